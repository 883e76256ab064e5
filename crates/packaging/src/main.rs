//! `tandem-abi`: what a release of `libtandem` promises.
//!
//! ```text
//! tandem-abi check      fails if programs of the last release are not served; tells what is new
//! tandem-abi dump       keeps the interface of this version in abi/
//! tandem-abi map        prints the linker's version script
//! tandem-abi symbols    prints Debian's symbols file
//! ```
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;
use tandem_packaging::{Interface, Tree, debian_symbols, version_script};

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    match run(&command) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("tandem-abi: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str) -> Result<String, String> {
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tree = Tree::new(packaging.ancestors().nth(2).ok_or("no workspace")?);
    let scratch = std::env::temp_dir().join(format!("tandem-abi-{}", std::process::id()));
    let text = tree.print_interface(&scratch);
    let _ = std::fs::remove_dir_all(&scratch); // of no more use, and in nobody's way
    let text = text?;
    let now = Interface::parse(&text)?;
    match command {
        "check" => check(&tree, &now),
        "dump" => {
            let place = tree.place_of(now.version);
            std::fs::write(&place, format!("{INTRODUCTION}{text}"))
                .map_err(|error| format!("{}: {error}", place.display()))?;
            Ok(format!("{} functions in {}\n", now.functions().count(), place.display()))
        }
        "map" => Ok(version_script(&now, &tree.releases()?)),
        "symbols" => Ok(debian_symbols(&now, &tree.releases()?)),
        _ => Err("usage: tandem-abi check|dump|map|symbols".into()),
    }
}

fn check(tree: &Tree, now: &Interface) -> Result<String, String> {
    let found = tree.check(now)?;
    let added: String = found.added.iter().map(|line| format!("new: {line}\n")).collect();
    if found.broken.is_empty() {
        return Ok(added);
    }
    Err(format!(
        "programs that were compiled before would break:\n  {}\n\
         Give the change another form, or, before the release that abi/ describes, keep it: make abi-dump",
        found.broken.join("\n  ")
    ))
}

const INTRODUCTION: &str =
    "# What programs compiled with this version of include/tandem.h rely on. Written by `make abi-dump`.\n";
