//! The reference: pages in Markdown made of the header, one for each of its sections, one with what holds for every
//! function, and an index of names. [`lacks`] tells what the header leaves unsaid; nothing may be.
use crate::manual::{Item, Kind, Manual, Member, Section};
use crate::prose::{Names, page_of, sources};
use std::fmt::Write as _;

/// A page of the reference.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Its name as a file.
    pub file: String,
    /// Its heading.
    pub title: String,
    /// All of it.
    pub text: String,
}

/// All pages: the one with the rules first, then the sections, and the index of names last.
#[must_use]
pub fn reference(manual: &Manual) -> Vec<Page> {
    let names = Names::of(manual);
    let mut pages =
        vec![Page { file: "README.md".into(), title: "Reference".into(), text: rules(manual, &names) }];
    pages.extend(manual.sections.iter().map(|section| Page {
        file: page_of(&section.title),
        title: section.title.clone(),
        text: section_page(section, &names),
    }));
    pages.push(Page { file: "names.md".into(), title: "Index of names".into(), text: index(manual, &names) });
    pages
}

/// What of the header is not explained, each with its name.
#[must_use]
pub fn lacks(manual: &Manual) -> Vec<String> {
    let mut lacks = Vec::new();
    for item in manual.items() {
        if item.comment.is_empty() {
            lacks.push(format!("{} has no comment", item.name));
        }
        match &item.kind {
            Kind::Function(parameters) => {
                let unknown = parameters.iter().filter(|one| !is_explained(one, &item.comment));
                lacks.extend(unknown.map(|one| format!("{} does not say what `{}` is", item.name, one.name)));
            }
            Kind::Structure(members) | Kind::Enumeration(members) => {
                let silent =
                    members.iter().filter(|one| one.comment.is_empty() && field_named(&one.name).is_empty());
                lacks.extend(silent.map(|one| format!("{}: {} has no comment", item.name, one.name)));
            }
            Kind::Type | Kind::Macro => {}
        }
    }
    lacks
}

/// A parameter needs no word where its type or a name that means the same everywhere says what it is.
fn is_explained(member: &Member, comment: &str) -> bool {
    let kind = member.what.as_str();
    let is_structure = kind.contains("tandem_") && kind.contains('*') && !kind.contains("tandem_handle");
    let is_named = comment.split(|symbol| !crate::header::is_word(symbol)).any(|word| word == member.name);
    is_structure || is_named || !parameter_named(member).is_empty()
}

/// What parameters of these names are, whatever the function.
fn parameter_named(member: &Member) -> &'static str {
    match (member.name.as_str(), member.what.as_str()) {
        ("engine", "tandem_handle") => "the engine",
        ("engine", _) => "the engine that has been opened",
        ("channel", "tandem_handle") => "the channel",
        ("channel", _) => "the channel that was found",
        ("bridge", "tandem_handle") => "the bridge",
        ("bridge", _) => "the bridge that has been made",
        ("call", "uint64_t") => "the number of the call",
        ("call", _) => "the number of the call that is placed",
        ("operation", "tandem_handle") => "the operation",
        ("operation", _) => "the operation that has begun, as its event names it",
        ("test", "tandem_handle") => "the line test",
        ("test", _) => "the line test that has begun",
        ("context", _) => "anything of the host's own: it is handed on as it is, and may be NULL",
        _ => "",
    }
}

/// What fields of these names are, whatever the structure.
fn field_named(name: &str) -> &'static str {
    match name {
        "size" => "octets of the structure as the host was compiled with it",
        "reserved" => "has no meaning yet; set it to 0",
        "context" => "anything of the host's own: it is handed on as it is, and may be NULL",
        _ => "",
    }
}

/// The unit of a number, by what is said of it or by its name.
fn unit(member: &Member) -> &'static str {
    const FRAMES: &str = "frames of 125 µs";
    let said = [
        ("tenths of dBm0", "0.1 dBm0"),
        ("tenths of dB", "0.1 dB"),
        ("the frame in which", FRAMES),
        ("the frame by which", FRAMES),
        ("frame since when", FRAMES),
        ("frames from one", FRAMES),
    ];
    let ends = [
        ("_ms", "ms"),
        ("_us", "µs"),
        ("_hz", "Hz"),
        ("_seconds", "s"),
        ("_percent", "%"),
        ("ppm", "ppm"),
        ("frame", FRAMES),
    ];
    // Frames of a signalling link are no time: what is one says so, or is a parameter.
    let is_time = member.comment.is_empty() || member.comment.contains("frames");
    let by_comment = said.iter().find(|(words, _)| member.comment.contains(words));
    let by_name = ends.iter().find(|(end, _)| member.name.ends_with(end));
    match by_comment.or(by_name) {
        Some((_, unit)) => unit,
        None if member.name == "ms" => "ms",
        None if member.name == "frames" && is_time => FRAMES,
        None => "",
    }
}

fn rules(manual: &Manual, names: &Names) -> String {
    let mut text = String::from(
        "# Reference\n\nOf the C interface, made of `include/tandem.h`.\n\n| page | functions | structures |\n| --- | --- | --- |\n",
    );
    for section in &manual.sections {
        let count =
            |wanted: fn(&Kind) -> bool| section.items.iter().filter(|item| wanted(&item.kind)).count();
        let functions = count(|kind| matches!(kind, Kind::Function(_)));
        let structures = count(|kind| matches!(kind, Kind::Structure(_)));
        let _ = writeln!(
            text,
            "| [{}]({}) | {functions} | {structures} |",
            section.title,
            page_of(&section.title)
        );
    }
    text.push_str("\nAll names, those of types and numbers too: [index of names](names.md).\n\n## What holds for every function\n\n");
    for line in manual.introduction.lines() {
        let _ = writeln!(text, "{}", names.prose(line));
    }
    text
}

fn section_page(section: &Section, names: &Names) -> String {
    let mut text = format!("# {}\n", section.title);
    let functions = || section.items.iter().filter(|item| matches!(item.kind, Kind::Function(_)));
    if functions().next().is_some() {
        text.push_str("\n| function | does |\n| --- | --- |\n");
    }
    for function in functions() {
        let said = names.prose(first_sentence(mark(&function.comment).1));
        let _ = writeln!(text, "| {} | {said} |", names.link(&function.name));
    }
    for item in &section.items {
        let _ = write!(text, "\n## {}\n\n", item.name);
        text.push_str(&match &item.kind {
            Kind::Function(parameters) => function(item, parameters, names),
            Kind::Structure(fields) => {
                format!("{}\n\n{}", names.prose(&item.comment), rows_of_fields(fields, names))
            }
            Kind::Enumeration(numbers) => {
                format!("{}\n\n{}", names.prose(&item.comment), rows_of_numbers(numbers, names))
            }
            Kind::Type | Kind::Macro => {
                format!("```c\n{}\n```\n\n{}\n", item.code, names.prose(&item.comment))
            }
        });
    }
    text
}

fn function(item: &Item, parameters: &[Member], names: &Names) -> String {
    let (mark, comment) = mark(&item.comment);
    let (said, errors) = comment.split_once("Errors: ").unwrap_or((comment, ""));
    let mut text = format!("```c\n{}\n```\n\n{}\n", item.code, names.prose(said.trim_end()));
    if !parameters.is_empty() {
        text.push_str("\n| parameter | is |\n| --- | --- |\n");
    }
    for parameter in parameters {
        let _ = writeln!(text, "| `{}` | {} |", parameter.name, what_is(parameter, names));
    }
    let _ = write!(text, "\n- **Threads:** {}\n", threads(mark));
    let _ = writeln!(text, "- **Errors:** {}", errors_of(item, parameters, errors, names));
    let events: Vec<String> = names.events(said).iter().map(|name| names.link(name)).collect();
    if !events.is_empty() {
        let _ = writeln!(text, "- **Events:** {}", events.join(", "));
    }
    let sources = sources(comment);
    if !sources.is_empty() {
        let _ = writeln!(text, "- **Sources:** {} ([standards](../standards.md))", sources.join(", "));
    }
    text
}

/// Whether a parameter is read or written, its type if that is explained, its unit, and what it is.
fn what_is(parameter: &Member, names: &Names) -> String {
    let kind = parameter.what.as_str();
    let is_written = kind.contains('*') && !kind.contains("const") && parameter.name != "context";
    let bare = kind.trim_start_matches("const ").trim_end_matches([' ', '*']);
    let mut words = vec![if is_written { "out" } else { "in" }.to_owned()];
    if names.place(bare).is_some() && !matches!(bare, "tandem_handle") {
        words.push(names.link(bare));
        if is_written && bare != "tandem_handle" {
            words.push("`size` is set before".into());
        }
    }
    words.extend(
        [parameter_named(parameter), unit(parameter)]
            .iter()
            .filter(|word| !word.is_empty())
            .map(|word| (*word).into()),
    );
    words.join("; ")
}

/// The mark that a comment begins with, and the rest.
fn mark(comment: &str) -> (&str, &str) {
    let marked = comment.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    marked.unwrap_or(("", comment))
}

fn threads(mark: &str) -> &'static str {
    match mark {
        "control" => "any. Waits for the control thread of the engine: microseconds, as a rule.",
        "files" => {
            "any. Waits for the control thread of the engine, and reads or creates a file in the caller's thread."
        }
        "wait" => "any. Waits as long as it is told.",
        _ => "any. Returns at once.",
    }
}

fn errors_of(item: &Item, parameters: &[Member], own: &str, names: &Names) -> String {
    if !item.code.starts_with("tandem_result") {
        return "none: it cannot fail.".into();
    }
    let handles: Vec<&str> =
        parameters.iter().filter(|one| one.what == "tandem_handle").map(|one| one.name.as_str()).collect();
    let mut besides = Vec::new();
    if !handles.is_empty() {
        besides.extend(["TANDEM_E_STALE", "TANDEM_E_KIND"]);
    }
    if handles.contains(&"engine") && item.name != "tandem_engine_close" {
        besides.push("TANDEM_E_CLOSED");
    }
    besides.extend(["TANDEM_E_NULL", "TANDEM_E_ARGUMENT", "TANDEM_E_SIZE", "TANDEM_E_INTERNAL"]);
    let says = |short: &str| own.split([' ', ',', '.', ':']).any(|word| word == short);
    let besides = besides.iter().filter_map(|name| {
        let short = name.strip_prefix("TANDEM_E_").filter(|short| !says(short))?;
        Some(format!("[`{short}`]({})", names.place(name)?))
    });
    let besides: Vec<String> = besides.collect();
    let rule = "[what holds for every function](README.md#what-holds-for-every-function)";
    let own = if own.is_empty() { "none of its own." } else { &names.prose(own) };
    format!("{own} Besides, by {rule}: {}.", besides.join(", "))
}

fn rows_of_fields(fields: &[Member], names: &Names) -> String {
    let mut text = String::from("| field | type | unit | is |\n| --- | --- | --- | --- |\n");
    for field in fields {
        if !field.group.is_empty() {
            let _ = writeln!(text, "| | | | *{}* |", names.prose(&field.group));
        }
        let said = if field.comment.is_empty() { field_named(&field.name) } else { &field.comment };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            field.name,
            kind(&field.what, names),
            unit(field),
            names.prose(said)
        );
    }
    text
}

/// A type, with a link if it is one of ours.
fn kind(what: &str, names: &Names) -> String {
    let ours = names.prose(what);
    if ours.contains("](") { ours } else { format!("`{what}`") }
}

fn rows_of_numbers(numbers: &[Member], names: &Names) -> String {
    let mut text = String::from("| name | value | is |\n| --- | --- | --- |\n");
    for number in numbers {
        let (name, value, said) = (&number.name, &number.what, names.prose(&number.comment));
        let _ = writeln!(text, "| <a id=\"{name}\"></a>`{name}` | {value} | {said} |");
    }
    text
}

fn index(manual: &Manual, names: &Names) -> String {
    let mut text = String::from("# Index of names\n\n| name | is on the page |\n| --- | --- |\n");
    let title = |page: &str| {
        let section = manual.sections.iter().find(|section| page_of(&section.title) == page);
        section.map_or("", |section| section.title.as_str())
    };
    for (name, place) in names.iter() {
        let page = place.split('#').next().unwrap_or_default();
        let _ = writeln!(text, "| [`{name}`]({place}) | [{}]({page}) |", title(page));
    }
    text
}

/// Up to the first period that ends a sentence.
fn first_sentence(text: &str) -> &str {
    let text = text.split(" Errors: ").next().unwrap_or_default();
    text.find(". ").map_or(text, |end| &text[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "/* How it is used. */\n/* ---- Results ---- */\n\
        /* Codes. */ enum { TANDEM_OK = 0, /* done */ TANDEM_E_STALE = -4, /* gone */ TANDEM_E_FILE = -9, /* no file */ TANDEM_E_CLOSED = -14 /* over */ };\n\
        /** Names something. */ typedef uint64_t tandem_handle;\n/* ---- Plays ---- */\n\
        /* Events. */ enum { TANDEM_EVENT_DIGIT = 4, /* one */ TANDEM_EVENT_PLAY_DONE = 5 /* object: channel */ };\n\
        /** How. */ typedef struct tandem_terms { uint32_t size; uint64_t start_ms; /* passed over */ int32_t gain; /* in tenths of dB */ } tandem_terms;\n\
        /** [files] Plays the file at `path` (G.711). PLAY_DONE follows. Errors: FILE (not there). */\n\
        tandem_result tandem_play(tandem_handle engine, const char *path, const tandem_terms *terms, tandem_handle *operation);\n\
        /** Text. */ const char *tandem_version(void);\n";

    fn page(file: &str) -> String {
        let manual = Manual::parse(HEADER).expect("understood");
        assert_eq!(lacks(&manual), [""; 0]);
        reference(&manual).into_iter().find(|page| page.file == file).expect("a page").text
    }

    #[test]
    fn a_function_tells_its_parameters_threads_errors_events_and_sources() {
        let page = page("plays.md");
        let (_, entry) = page.split_once("\n## tandem_play\n").expect("an entry");
        for part in [
            "Plays the file at `path` (G.711). [`PLAY_DONE`](plays.md#TANDEM_EVENT_PLAY_DONE) follows.\n",
            "| `engine` | in; the engine |\n| `path` | in |\n| `terms` | in; [`tandem_terms`](plays.md#tandem_terms) |\n",
            "| `operation` | out; the operation that has begun, as its event names it |\n",
            "- **Threads:** any. Waits for the control thread of the engine, and reads or creates a file in the caller's thread.\n",
            "- **Errors:** [`FILE`](results.md#TANDEM_E_FILE) (not there). Besides, by [what holds for every function]\
             (README.md#what-holds-for-every-function): [`STALE`](results.md#TANDEM_E_STALE), [`CLOSED`](results.md#TANDEM_E_CLOSED).\n",
            "- **Events:** [`TANDEM_EVENT_PLAY_DONE`](plays.md#TANDEM_EVENT_PLAY_DONE)\n",
            "- **Sources:** G.711 ([standards](../standards.md))\n",
        ] {
            assert!(entry.contains(part), "{part}\n{entry}");
        }
        assert!(!entry.contains("Errors: "), "{entry}");
        let (_, version) = page.split_once("\n## tandem_version\n").expect("an entry");
        assert!(version.contains("Returns at once.\n- **Errors:** none: it cannot fail.\n"), "{version}");
    }

    #[test]
    fn structures_tell_units_and_numbers_have_anchors() {
        let plays = page("plays.md");
        for row in [
            "| `size` | `uint32_t` |  | octets of the structure as the host was compiled with it |\n",
            "| `start_ms` | `uint64_t` | ms | passed over |\n",
            "| `gain` | `int32_t` | 0.1 dB | in tenths of dB |\n",
            "| <a id=\"TANDEM_EVENT_PLAY_DONE\"></a>`TANDEM_EVENT_PLAY_DONE` | 5 | object: channel |\n",
        ] {
            assert!(plays.contains(row), "{row}\n{plays}");
        }
    }

    #[test]
    fn the_first_page_lists_the_sections_and_the_last_all_names() {
        assert!(page("README.md").contains("| [Plays](plays.md) | 2 | 1 |\n"));
        assert!(page("README.md").contains("## What holds for every function\n\nHow it is used.\n"));
        let names = page("names.md");
        assert!(names.contains("| [`TANDEM_E_FILE`](results.md#TANDEM_E_FILE) | [Results](results.md) |\n"));
        assert!(names.contains("| [`tandem_play`](plays.md#tandem_play) | [Plays](plays.md) |\n"));
    }

    #[test]
    fn units_are_those_of_moments_levels_and_lengths() {
        let of = |name: &str, comment: &str| {
            let member = Member {
                name: name.into(),
                what: "uint64_t".into(),
                comment: comment.into(),
                group: String::new(),
            };
            unit(&member)
        };
        assert_eq!(of("began", "the frame in which it was placed"), "frames of 125 µs");
        assert_eq!(of("threshold", "in tenths of dBm0"), "0.1 dBm0");
        assert_eq!(of("reminder_hz", "a tone"), "Hz");
        assert_eq!(of("severely_errored_seconds", "SES"), "s");
        assert_eq!(of("frame", "when it happened"), "frames of 125 µs");
        assert_eq!(of("frames", ""), "frames of 125 µs");
        assert_eq!(of("frames", "good ones"), "");
        assert_eq!(of("slips", "controlled slips"), "");
    }

    #[track_caller]
    fn leaves_unsaid(from: &str, to: &str, expected: &str) {
        assert!(HEADER.contains(from), "{from}");
        let manual = Manual::parse(&HEADER.replace(from, to)).expect("understood");
        assert_eq!(lacks(&manual), [expected]);
    }

    #[test]
    fn what_is_not_explained_is_named() {
        leaves_unsaid("/** Text. */", "", "tandem_version has no comment");
        leaves_unsaid("/** Names something. */", "", "tandem_handle has no comment");
        leaves_unsaid("/* Codes. */", "", "TANDEM_E_ has no comment");
        leaves_unsaid("/* gone */", "", "TANDEM_E_: TANDEM_E_STALE has no comment");
        leaves_unsaid("/* no file */", "", "TANDEM_E_: TANDEM_E_FILE has no comment");
        leaves_unsaid("/* passed over */", "", "tandem_terms: start_ms has no comment");
        leaves_unsaid("the file at `path`", "a file", "tandem_play does not say what `path` is");
    }
}
