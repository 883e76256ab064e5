//! Writes `src/generated.rs` from `include/tandem.h`, or with `--check` tells whether it is up to date.
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = crate_directory.join("src/generated.rs");
    let text = match generate(crate_directory) {
        Ok(text) => text,
        Err(problem) => return fail(&problem),
    };
    if std::env::args().any(|argument| argument == "--check") {
        return match std::fs::read_to_string(&target) {
            Ok(committed) if committed == text => ExitCode::SUCCESS,
            Ok(_) => fail("the bindings are not those of include/tandem.h: run `make bindings`"),
            Err(error) => fail(&format!("{}: {error}", target.display())),
        };
    }
    match std::fs::write(&target, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{}: {error}", target.display())),
    }
}

fn generate(crate_directory: &Path) -> Result<String, String> {
    let root: PathBuf = crate_directory.join("../..");
    let oldest = bindgen::RustTarget::stable(88, 0).map_err(|error| error.to_string())?;
    let bindings = bindgen::Builder::default()
        .header(root.join("include/tandem.h").display().to_string())
        .clang_arg("-std=c11")
        .allowlist_item("(tandem|TANDEM)_.*")
        .use_core()
        .rust_target(oldest)
        .rust_edition(bindgen::RustEdition::Edition2024)
        .rustfmt_configuration_file(Some(root.join("rustfmt.toml")))
        .generate()
        .map_err(|error| error.to_string())?;
    Ok(bindings.to_string())
}

fn fail(problem: &str) -> ExitCode {
    eprintln!("generate-bindings: {problem}");
    ExitCode::FAILURE
}
