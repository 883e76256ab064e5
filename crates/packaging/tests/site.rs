//! The documentation is whole: the header leaves nothing unsaid, every link leads somewhere, the book has every page once, and
//! mdBook, where it is installed, makes a site of it without a warning.
mod common;

use common::{Directory, has, output, root, text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use tandem_packaging::{Header, Kind, Manual, Member, Site, anchors, lacks, local_links, reference};

fn header() -> String {
    std::fs::read_to_string(root().join("include/tandem.h")).expect("the header")
}

fn manual() -> Manual {
    Manual::parse(&header()).expect("the header is understood")
}

#[test]
fn every_function_structure_field_and_number_of_the_header_is_explained() {
    assert_eq!(lacks(&manual()), [""; 0]);
}

#[test]
fn a_comment_that_goes_is_missed() {
    let header = header();
    for comment in [
        "/** [control] Answers an offered call.",
        "/* there is no such call, or it is over */",
        "/** What ends an operation,",
        "/* the operation that ended; 0 if none */",
        "/* Why an operation ended. */",
    ] {
        let (before, rest) = header.split_once(comment).expect(comment);
        let after = if comment.ends_with("*/") { rest } else { rest.split_once("*/").expect("its end").1 };
        let manual = Manual::parse(&format!("{before}{after}")).expect("understood");
        assert_eq!(lacks(&manual).len(), 1, "{comment}: {:?}", lacks(&manual));
    }
}

#[test]
fn the_manual_has_all_that_compilers_see() {
    let (manual, header) = (manual(), Header::parse(&header()).expect("understood"));
    let names = |wanted: fn(&Kind) -> bool| -> Vec<&str> {
        manual.items().filter(|item| wanted(&item.kind)).map(|item| item.name.as_str()).collect()
    };
    let functions: Vec<&str> = header.functions.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names(|kind| matches!(kind, Kind::Function(_))), functions);
    let types: Vec<&str> = header.types.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names(|kind| matches!(kind, Kind::Type)), types);
    let structures: Vec<&str> = header.structures.iter().map(|structure| structure.name.as_str()).collect();
    assert_eq!(names(|kind| matches!(kind, Kind::Structure(_))), structures);

    let mut members: Vec<&Member> = Vec::new();
    let mut numbers: BTreeSet<&str> = names(|kind| matches!(kind, Kind::Macro)).into_iter().collect();
    for item in manual.items() {
        match &item.kind {
            Kind::Structure(fields) => members.extend(fields),
            Kind::Enumeration(all) => numbers.extend(all.iter().map(|one| one.name.as_str())),
            _ => {}
        }
    }
    let fields: Vec<&str> =
        header.structures.iter().flat_map(|one| &one.fields).map(|field| field.name.as_str()).collect();
    assert_eq!(members.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), fields);
    let version = ["TANDEM_VERSION_MAJOR", "TANDEM_VERSION_MINOR", "TANDEM_VERSION_PATCH"];
    assert_eq!(numbers, header.constants.iter().map(String::as_str).chain(version).collect());
}

#[test]
fn each_section_of_the_header_has_a_page_with_its_functions() {
    let pages = reference(&manual());
    let titles: Vec<&str> = pages.iter().map(|page| page.title.as_str()).collect();
    for line in header().lines().filter(|line| line.starts_with("/* ---- ")) {
        let title = line.trim_start_matches("/* ---- ").trim_end_matches(['*', '/', ' ', '-']);
        assert!(titles.contains(&title), "{title}: {titles:?}");
    }
    let calls = pages.iter().find(|page| page.file == "calls.md").expect("the page of calls");
    let (_, entry) = calls.text.split_once("\n## tandem_call_clear\n").expect("an entry");
    let (entry, _) = entry.split_once("\n## ").expect("another follows");
    for part in [
        "tandem_result tandem_call_clear(tandem_handle engine, uint64_t call, uint32_t cause);",
        "Clears a call in any state with a Q.850 cause, 1 to 127 (16: normal clearing).",
        "- **Threads:** any. Waits for the control thread",
        "- **Errors:** [`NO_CALL`](versions-and-results.md#TANDEM_E_NO_CALL), [`ARGUMENT`](versions-and-results.md#TANDEM_E_ARGUMENT).",
        "- **Events:** [`TANDEM_EVENT_CALL_CLEARED`](events.md#TANDEM_EVENT_CALL_CLEARED)",
        "- **Sources:** Q.850",
    ] {
        assert!(entry.contains(part), "{part}: {entry}");
    }
}

#[test]
fn every_link_of_the_book_leads_somewhere_and_its_summary_has_every_page_once() {
    let site = Site::gather(&root()).expect("the pages");
    assert_eq!(site.problems(), [""; 0]);
    for page in ["index.md", "guide/index.md", "abi.md", "reference/events.md", "tree/examples/c/index.md"] {
        assert!(site.text(page).is_some(), "{page}");
    }
    let first = site.text("index.md").expect("the first page");
    assert!(first.contains("\n![From card to card") && first.contains("](reference/calls.md)"), "{first}");
    assert!(site.text("architecture.md").expect("a page").contains("\n![From card to card"));
    // A name in code leads to what explains it.
    let abi = site.text("abi.md").expect("a page");
    assert!(abi.contains("[`tandem_call_answer`](reference/calls.md#tandem_call_answer)"), "{abi}");
}

/// Pages below a directory, without what is built.
fn pages(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().expect("a type").is_dir() {
            if name != "target" && !name.starts_with('.') {
                found.extend(pages(&path));
            }
        } else if name.ends_with(".md") && name != "SUMMARY.md" {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_link_between_files_of_the_tree_leads_somewhere() {
    let pages = pages(&root());
    assert!(pages.len() > 25, "{pages:?}");
    let mut nowhere = Vec::new();
    for path in pages {
        let page = std::fs::read_to_string(&path).expect("a page");
        for target in local_links(&page) {
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let led_to = if file.is_empty() { path.clone() } else { path.with_file_name("").join(file) };
            let is_there = led_to.exists()
                && (anchor.is_empty()
                    || std::fs::read_to_string(&led_to).is_ok_and(|page| anchors(&page).contains(anchor)));
            if !is_there {
                nowhere.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert_eq!(nowhere, [""; 0]);
}

#[test]
fn mdbook_makes_the_site_without_a_warning() {
    if !has("mdbook") {
        return; // said by then
    }
    let directory = Directory::new("site");
    let site = Site::gather(&root()).expect("the pages");
    site.write(&directory.join("src")).expect("written");
    std::fs::copy(root().join("docs/book.toml"), directory.join("book.toml")).expect("copied");
    let done = output(Command::new("mdbook").arg("build").arg(&directory.0));
    let said = text(&done.stdout) + &text(&done.stderr);
    assert!(done.status.success() && !said.contains("WARN") && !said.contains("ERROR"), "{said}");
    let calls = std::fs::read_to_string(directory.join("book/reference/calls.html")).expect("made");
    assert!(calls.contains("id=\"tandem_call_answer\""));
}
