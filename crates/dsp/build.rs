//! Tells the sources whether the compiler has AVX-512 (Rust 1.89 and later).
use std::process::Command;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(avx512)");
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().map(|output| output.stdout);
    let text = version.map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
    // "rustc 1.95.0 (…)"
    let minor = text.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
    if minor.is_some_and(|minor| minor >= 89) {
        println!("cargo::rustc-cfg=avx512");
    }
}
