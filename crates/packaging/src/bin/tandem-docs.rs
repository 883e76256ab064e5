//! `tandem-docs`: the documentation, made of the header and of `docs`.
//!
//! ```text
//! tandem-docs check            fails if a link leads nowhere, a page is not in the summary, or the header leaves something unsaid
//! tandem-docs site DIR         writes the source of a book for mdBook, in DIR/src, with its settings
//! tandem-docs reference DIR    writes the pages of the reference alone
//! ```
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;
use tandem_packaging::{Site, read_manual, reference};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("tandem-docs: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<String, String> {
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = packaging.ancestors().nth(2).ok_or("no workspace")?;
    match arguments {
        ["check"] => Ok(format!("{} pages\n", checked(root)?.pages().count())),
        ["site", directory] => {
            let directory = Path::new(directory);
            checked(root)?.write(&directory.join("src"))?;
            let settings = directory.join("book.toml");
            std::fs::copy(root.join("docs/book.toml"), &settings)
                .map_err(|error| format!("{}: {error}", settings.display()))?;
            Ok(String::new())
        }
        ["reference", directory] => {
            let (manual, _) = read_manual(root)?;
            let directory = Path::new(directory);
            std::fs::create_dir_all(directory)
                .map_err(|error| format!("{}: {error}", directory.display()))?;
            for page in reference(&manual) {
                let path = directory.join(page.file);
                std::fs::write(&path, page.text).map_err(|error| format!("{}: {error}", path.display()))?;
            }
            Ok(String::new())
        }
        _ => Err("usage: tandem-docs check | site DIR | reference DIR".into()),
    }
}

/// The site, if nothing is wrong with it.
fn checked(root: &Path) -> Result<Site, String> {
    let site = Site::gather(root)?;
    match site.problems().as_slice() {
        [] => Ok(site),
        problems => Err(format!("wrong in the pages:\n  {}", problems.join("\n  "))),
    }
}
