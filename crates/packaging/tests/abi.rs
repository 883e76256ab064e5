//! The header is compatible with the release that `abi/` describes, and the reader of the header sees what a person sees.
mod common;

use common::has;
use std::path::{Path, PathBuf};
use std::process::Command;
use tandem_packaging::{Comparison, Header, Interface, Tree, compare, probe, stub};
use tandem_testkit::Rng;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace").to_owned()
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("abi-{name}-{}", std::process::id()))
}

/// The interface of the tree.
fn interface(name: &str) -> Interface {
    interface_of(&root(), name)
}

fn interface_of(root: &Path, name: &str) -> Interface {
    let scratch = scratch(name);
    let text = Tree::new(root).print_interface(&scratch).expect("a compiler");
    std::fs::remove_dir_all(scratch).expect("made by it");
    Interface::parse(&text).expect("an interface")
}

#[test]
fn programs_compiled_with_the_last_release_are_served() {
    let found = Tree::new(&root()).check(&interface("check")).expect("abi/ describes a release");
    for line in &found.added {
        println!("new: {line}");
    }
    assert!(
        found.broken.is_empty(),
        "programs that were compiled before would break:\n  {}\nGive the change another form, or, before the release that \
         abi/ describes, keep it: make abi-dump",
        found.broken.join("\n  ")
    );
}

#[test]
fn the_interface_has_what_the_compiler_makes_of_the_header() {
    let now = interface("known");
    // Raw numbers: of x86-64 and ARM64, counted by hand in the header.
    for (kind, name, value) in [
        ("constant", "TANDEM_E_UNSUPPORTED", "-16"),
        ("constant", "TANDEM_WHOLE_LINE", "4294967295"),
        ("type", "tandem_handle", "uint64_t"),
        ("type", "tandem_log_function", "void (*)(void *, uint32_t, const char *)"),
        ("structure", "tandem_event", "352 8"),
        ("field", "tandem_event.text", "80 256 char[256]"),
        ("field", "tandem_span_clock.ppm", "8 8 double"),
        ("field", "tandem_call_options.elements", "464 8 const tandem_element *"),
        ("field", "tandem_card.get_far_second", "120 8 uint32_t (*)(void *, uint32_t, tandem_card_second *)"),
        ("function", "tandem_problem", "const char * (void)"),
        ("function", "tandem_event_fd", "tandem_result (tandem_handle, int *)"),
    ] {
        assert_eq!(now.value(kind, name), Some(value), "{kind} {name}");
    }
}

/// The interface of the header with a change to its text.
fn changed(name: &str, from: &str, to: &str) -> Interface {
    let text = std::fs::read_to_string(root().join("include/tandem.h")).expect("the header");
    assert!(text.contains(from), "{from}");
    let tree = scratch(name);
    std::fs::create_dir_all(tree.join("include")).expect("a directory");
    std::fs::write(tree.join("include/tandem.h"), text.replacen(from, to, 1)).expect("written");
    let changed = interface_of(&tree, &format!("{name}-changed"));
    std::fs::remove_dir_all(tree).expect("made above");
    changed
}

/// Changes that break programs: the first of a number, all others of what debug information tells too.
const HARMFUL: [(&str, &str); 7] = [
    ("TANDEM_E_STALE = -4,", "TANDEM_E_STALE = -40,"),
    ("typedef uint64_t tandem_handle;", "typedef uint32_t tandem_handle;"),
    ("uint32_t tandem_abi_version(void);", ""),
    (
        "tandem_engine_advance(tandem_handle engine, uint64_t frames)",
        "tandem_engine_advance(tandem_handle engine, uint32_t frames)",
    ),
    ("    uint32_t any_digit; ", "    uint32_t other_digit; "),
    ("    char number[48]; ", "    char number[56]; "),
    ("    void (*stop)(void *context);", "    void (*stop)(void *context, uint32_t span);"),
];

#[test]
fn a_changed_header_is_noticed() {
    let before = interface("harm");
    for (number, (from, to)) in HARMFUL.into_iter().enumerate() {
        let found = compare(&before, &changed(&format!("harm-{number}"), from, to));
        assert!(!found.broken.is_empty(), "{from}: {found:?}");
    }
}

/// What abidiff makes of two interfaces, with what harms sources alone: bits, of which 4 is a difference, 8 a harmful one, and
/// the rest its own failure.
fn abidiff(directory: &Path, before: &Interface, after: &Interface) -> i32 {
    let library = |name: &str, interface: &Interface| {
        let (source, library) = (directory.join(format!("{name}.c")), directory.join(format!("{name}.so")));
        std::fs::write(&source, stub(interface)).expect("written");
        let mut compiler = Command::new("cc");
        let compiled = compiler.args(["-g", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
        assert!(compiled.expect("a compiler").success(), "{}", source.display());
        library
    };
    let (before, after) = (library("before", before), library("after", after));
    Command::new("abidiff")
        .arg("--harmless")
        .arg(before)
        .arg(after)
        .output()
        .expect("it runs")
        .status
        .code()
        .expect("an end")
}

#[test]
fn abidiff_comes_to_the_same_verdicts() {
    if !has("abidiff") {
        return;
    }
    let directory = scratch("abidiff");
    std::fs::create_dir_all(&directory).expect("a directory");
    let now = interface("abidiff-now");
    let [.., release] = &Tree::new(&root()).releases().expect("abi/")[..] else { panic!("no release") };
    let verdict = abidiff(&directory, release, &now);
    match compare(release, &now) {
        same if same == Comparison::default() => assert_eq!(verdict, 0),
        // Additions are differences; constants are none to it.
        found => assert_eq!(verdict & !4, 0, "{found:?}"),
    }
    assert_eq!(abidiff(&directory, &now, &now), 0);
    let more = changed("abidiff-names", "uint64_t frames);", "uint64_t count);");
    assert_eq!(abidiff(&directory, &now, &more), 0);
    for (number, (from, to)) in HARMFUL.into_iter().enumerate().skip(1) {
        let verdict = abidiff(&directory, &now, &changed(&format!("abidiff-{number}"), from, to));
        assert!(verdict & 4 != 0 && verdict & 3 == 0, "{from}: {verdict}");
    }
    std::fs::remove_dir_all(directory).expect("made above");
}

#[test]
fn a_header_with_more_at_its_ends_is_compatible_and_what_is_new_is_told() {
    let additions = [
        ("TANDEM_E_UNSUPPORTED = -16 ", "TANDEM_E_UNSUPPORTED = -16, TANDEM_E_NEW = -17 ", 1),
        (
            "/** The version of the library as text",
            "int tandem_new(void);\n/** The version of the library as text",
            1,
        ),
        ("} tandem_event;", "    uint64_t more;\n} tandem_event;", 2),
    ];
    let before = interface("more");
    for (number, (from, to, told)) in additions.into_iter().enumerate() {
        let found = compare(&before, &changed(&format!("more-{number}"), from, to));
        assert_eq!((found.broken.len(), found.added.len()), (0, told), "{found:?}");
    }
}

#[test]
fn parameters_may_have_other_names() {
    let changed = changed("names", "uint64_t frames);", "uint64_t count);");
    assert_eq!(compare(&interface("names-before"), &changed), Comparison::default());
}

#[test]
fn everything_in_the_header_has_its_line() {
    let text = std::fs::read_to_string(root().join("include/tandem.h")).expect("the header");
    let header = Header::parse(&text).expect("understood");
    let fields: usize = header.structures.iter().map(|one| one.fields.len()).sum();
    let things = header.constants.len() + header.types.len() + header.functions.len();
    let things = things + header.structures.len() + fields;
    assert_eq!(interface("lines").records.len(), things);
    // Each line that declares a function begins with its result and has a bracket behind its name.
    let declared = text.lines().filter(|line| {
        line.strip_prefix("tandem_result ")
            .or_else(|| line.strip_prefix("const char *"))
            .or_else(|| line.strip_prefix("uint32_t "))
            .is_some_and(|rest| rest.starts_with("tandem_"))
    });
    assert_eq!(declared.count(), header.functions.len());
    assert!(probe(&header).contains("sizeof(tandem_event)"));
}

/// Cuts, doubles and overwrites pieces of a text, between characters.
fn garbled(text: &str, random: &mut Rng) -> String {
    let mut octets = text.as_bytes().to_vec();
    for _ in 0..1 + random.below(4) {
        let place = random.below(octets.len() as u64) as usize;
        let end = (place + random.below(40) as usize).min(octets.len());
        match random.below(3) {
            0 => drop(octets.drain(place..end)),
            1 => octets.extend_from_within(place..end),
            _ => octets[place] = MARKS[random.below(MARKS.len() as u64) as usize],
        }
    }
    String::from_utf8_lossy(&octets).into_owned()
}

const MARKS: &[u8] = b"{}();,*/#\"[]= \nx7";

#[test]
fn garbled_headers_and_interfaces_are_refused_or_read_and_nothing_worse() {
    let header = std::fs::read_to_string(root().join("include/tandem.h")).expect("the header");
    let interface = std::fs::read_to_string(root().join("abi/0.1.0.abi")).expect("an interface");
    let known = Interface::parse(&interface).expect("an interface");
    let mut random = Rng::new(8);
    let (mut refused, mut read) = (0, 0);
    for _ in 0..200 {
        match Header::parse(&garbled(&header, &mut random)) {
            Ok(header) => read += usize::from(!probe(&header).is_empty()),
            Err(problem) => refused += usize::from(!problem.is_empty()),
        }
        if let Ok(other) = Interface::parse(&garbled(&interface, &mut random)) {
            let nothing_told = compare(&known, &other) == Comparison::default();
            assert_eq!(nothing_told, known.records == other.records);
        }
    }
    assert!(refused > 20 && read > 20, "{refused} refused, {read} read");
}
