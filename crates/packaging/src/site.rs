//! The documentation as the source of a book: the pages of `docs`, the reference, and what they lead to elsewhere.
//!
//! Pages of `docs` are at its top. What they link outside `docs` comes along below `tree`, pages and sources alike, and a page
//! that is called README becomes the index of its directory. Names of the interface in code lead to the reference.
use crate::manual::Manual;
use crate::markdown::{anchors, link_code, local_links, map_links};
use crate::prose::Names;
use crate::reference::{lacks, reference};
use std::collections::BTreeMap;
use std::path::Path;

/// All files of a book's source, by their place in it.
#[derive(Debug, Default)]
pub struct Site {
    files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    /// Gathers it from a tree.
    ///
    /// # Errors
    ///
    /// What the header does not explain, files that are missing, and what the operating system says.
    pub fn gather(root: &Path) -> Result<Self, String> {
        let (manual, names) = read_manual(root)?;
        let mut waiting = BTreeMap::new();
        for path in walk(&root.join("docs"), "docs")? {
            if path != "docs/book.toml" {
                waiting.insert(path.clone(), read(root, &path)?);
            }
        }
        let pages = reference(&manual);
        let contents: String = pages[1..]
            .iter()
            .map(|page| format!("  - [{}](reference/{})\n", page.title, page.file))
            .collect();
        for page in pages {
            waiting.insert(format!("docs/reference/{}", page.file), page.text.into_bytes());
        }
        let mut site = Self::default();
        while let Some((path, octets)) = waiting.pop_first() {
            let octets = if path.ends_with(".md") {
                let text = String::from_utf8(octets).map_err(|_| format!("{path} is no UTF-8"))?;
                let text = text.replace(REFERENCE_PAGES, contents.trim_end());
                let text =
                    if path.starts_with("docs/reference/") { text } else { with_names(&text, &path, &names) };
                site.page(root, &path, &text, &mut waiting)?.into_bytes()
            } else {
                octets
            };
            site.files.insert(place(&path), octets);
        }
        Ok(site)
    }

    /// A page with its links as they are in the book. What they lead to and is not there yet is waited for.
    fn page(
        &self,
        root: &Path,
        path: &str,
        text: &str,
        waiting: &mut BTreeMap<String, Vec<u8>>,
    ) -> Result<String, String> {
        let mut problem = None;
        let text = map_links(text, |target| {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if file.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                return None;
            }
            let led_to = resolved(path, file);
            let is_known = self.files.contains_key(&place(&led_to)) || waiting.contains_key(&led_to);
            if !is_known && led_to != path {
                match read(root, &led_to) {
                    Ok(octets) => drop(waiting.insert(led_to.clone(), octets)),
                    Err(error) => problem = Some(format!("{path} leads to {target}: {error}")),
                }
            }
            let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
            Some(relative(&place(path), &place(&led_to)) + &anchor)
        });
        problem.map_or(Ok(text), Err)
    }

    /// What is wrong with it: links that lead nowhere, and pages that the summary does not have, or has twice.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (path, page) in self.pages() {
            for target in local_links(page) {
                let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
                let led_to = if file.is_empty() { path.to_owned() } else { resolved(path, file) };
                match self.files.get(&led_to) {
                    None => problems.push(format!("{path}: {target} is not there")),
                    Some(octets) if !anchor.is_empty() => {
                        if !anchors(&String::from_utf8_lossy(octets)).contains(anchor) {
                            problems.push(format!("{path}: {target} has no such anchor"));
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        let summary = self.text("SUMMARY.md").map(local_links).unwrap_or_default();
        for (path, _) in self.pages().filter(|(path, _)| *path != "SUMMARY.md") {
            let times = summary.iter().filter(|target| *target == path).count();
            if times != 1 {
                problems.push(format!("SUMMARY.md has {path} {times} times"));
            }
        }
        problems
    }

    /// The pages of the book, each with its place.
    pub fn pages(&self) -> impl Iterator<Item = (&str, &str)> {
        let pages = self.files.iter().filter(|(path, _)| path.ends_with(".md"));
        pages.map(|(path, octets)| (path.as_str(), std::str::from_utf8(octets).unwrap_or_default()))
    }

    /// A page by its place.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).and_then(|octets| std::str::from_utf8(octets).ok())
    }

    /// Writes all files below a directory, which is made anew.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn write(&self, directory: &Path) -> Result<(), String> {
        if directory.exists() {
            std::fs::remove_dir_all(directory)
                .map_err(|error| format!("{}: {error}", directory.display()))?;
        }
        for (path, octets) in &self.files {
            let path = directory.join(path);
            let parent = path.parent().unwrap_or(directory);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&path, octets))
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// The header of a tree as a manual that leaves nothing unsaid, and the names in it.
///
/// # Errors
///
/// What is not understood or not explained.
pub fn read_manual(root: &Path) -> Result<(Manual, Names), String> {
    let text = String::from_utf8(read(root, "include/tandem.h")?).map_err(|_| "tandem.h is no UTF-8")?;
    let manual = Manual::parse(&text).map_err(|problem| format!("tandem.h: {problem}"))?;
    let lacks = lacks(&manual);
    if lacks.is_empty() {
        let names = Names::of(&manual);
        Ok((manual, names))
    } else {
        Err(format!("tandem.h leaves unsaid:\n  {}", lacks.join("\n  ")))
    }
}

/// A page in which names of the interface lead to the reference.
fn with_names(text: &str, path: &str, names: &Names) -> String {
    let here = place(path);
    if here == "SUMMARY.md" {
        return text.into();
    }
    link_code(text, |code| {
        let place = names.place(code.strip_suffix("()").unwrap_or(code))?;
        // Links are read as those of the tree, like all others of the page.
        Some(relative(path, &format!("docs/reference/{place}")))
    })
}

/// Where a file of the tree is in the book.
fn place(path: &str) -> String {
    let path = path.strip_prefix("docs/").map_or_else(|| format!("tree/{path}"), str::to_owned);
    match path.strip_suffix("README.md") {
        Some(directory) if directory.is_empty() || directory.ends_with('/') => format!("{directory}index.md"),
        _ => path,
    }
}

/// What a link of a page leads to, from the top.
fn resolved(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// How a page leads to another place.
fn relative(page: &str, target: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (page.split('/').collect(), target.split('/').collect());
    let directories = from.len() - 1;
    let shared = (0..directories.min(to.len() - 1)).take_while(|place| from[*place] == to[*place]).count();
    let mut parts = vec![".."; directories - shared];
    parts.extend(&to[shared..]);
    parts.join("/")
}

/// All files below a directory, each with `name` before it, sorted.
fn walk(directory: &Path, name: &str) -> Result<Vec<String>, String> {
    let problem = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(problem)? {
        let entry = entry.map_err(problem)?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(problem)?.is_dir() {
            files.extend(walk(&entry.path(), &name)?);
        } else if !name.ends_with('~') {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

fn read(root: &Path, path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(root.join(path)).map_err(|error| format!("{path}: {error}"))
}

/// Stands in pages for the list of the pages of the reference.
const REFERENCE_PAGES: &str = "  <!-- the pages of the reference -->";

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &str)]) -> Site {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Site { files: files.collect() }
    }

    #[test]
    fn places_are_those_below_docs_and_all_else_is_below_tree() {
        assert_eq!(place("docs/abi.md"), "abi.md");
        assert_eq!(place("docs/README.md"), "index.md");
        assert_eq!(place("docs/guide/README.md"), "guide/index.md");
        assert_eq!(place("examples/c/README.md"), "tree/examples/c/index.md");
        assert_eq!(place("docs/THEREADME.md"), "THEREADME.md");
    }

    #[test]
    fn links_are_resolved_and_made() {
        assert_eq!(resolved("docs/guide/README.md", "../../examples/c/a.c"), "examples/c/a.c");
        assert_eq!(resolved("a.md", "./b/c.md"), "b/c.md");
        assert_eq!(relative("guide/index.md", "tree/examples/a.c"), "../tree/examples/a.c");
        assert_eq!(relative("a/b/c.md", "a/d/e.md"), "../d/e.md");
        assert_eq!(relative("a.md", "b.md"), "b.md");
    }

    #[test]
    fn a_book_without_problems_has_none() {
        let files = [
            ("SUMMARY.md", "# S\n- [A](a.md)\n- [B](b/index.md)\n"),
            ("a.md", "# A\n[b](b/index.md#two-words) [here](#a) [picture](p.svg)\n"),
            ("b/index.md", "# B\n## Two words\n"),
            ("p.svg", "<svg/>"),
        ];
        assert_eq!(site(&files).problems(), [""; 0]);
    }

    #[test]
    fn links_to_nothing_and_pages_left_out_or_told_twice_are_problems() {
        let files = [
            ("SUMMARY.md", "- [A](a.md)\n- [A again](a.md)\n- [C](c.md)\n"),
            ("a.md", "# A\n[b](b.md#x) [c](d.md) [e](#f)\n"),
            ("b.md", "# B\n"),
        ];
        let expected = [
            "SUMMARY.md: c.md is not there",
            "a.md: b.md#x has no such anchor",
            "a.md: d.md is not there",
            "a.md: #f has no such anchor",
            "SUMMARY.md has a.md 2 times",
            "SUMMARY.md has b.md 0 times",
        ];
        assert_eq!(site(&files).problems(), expected);
    }

    #[test]
    fn names_lead_to_the_reference_from_any_page() {
        let manual = Manual::parse("/* I. */ /* ---- Calls ---- */ /** A. */ int tandem_a(void);")
            .expect("understood");
        let names = Names::of(&manual);
        let text = with_names("`tandem_a()` `tandem_b`", "docs/guide/README.md", &names);
        assert_eq!(text, "[`tandem_a()`](../reference/calls.md#tandem_a) `tandem_b`");
        let text = with_names("`tandem_a`", "examples/c/README.md", &names);
        assert_eq!(text, "[`tandem_a`](../../docs/reference/calls.md#tandem_a)");
    }
}
