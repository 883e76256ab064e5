//! The registers of cards: what the pages in `docs/cards` say, and what driver and simulator have, each for itself.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A page, and the files that have its register numbers. In both a name without an underscore is a register.
struct CardFiles {
    page: &'static str,
    code: &'static [&'static str],
}

const CARDS: &[CardFiles] = &[CardFiles {
    page: "docs/cards/falc4.md",
    code: &["crates/card/src/falc4/regs.rs", "hw-sim/src/falc4/registers.rs", "hw-sim/src/falc4/bridge.rs"],
}];

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim_matches('`').replace('_', "");
    text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |digits| u64::from_str_radix(digits, 16).ok())
}

/// Rows `| offset | name | ...` of a page. An offset may be a range (0x14–0x18) or a pair (0x50/0x51), of which the
/// first counts, and the name a range (IMR0–IMR4) or two names for one place (RS1–RS16 / XS1–XS16).
fn registers_of_page(text: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [offsets, names, ..] = cells[..] else { continue };
        let Some(first) = offsets.split(['–', '/']).next().and_then(number) else { continue };
        for name in names.split(" / ") {
            let (from, to) = name.split_once('–').unwrap_or((name, name));
            let (stem, from_number) = numbered(from);
            let last = numbered(to).1.unwrap_or(0);
            match from_number.filter(|from| *from < last) {
                Some(from) => (from..=last).for_each(|n| {
                    found.insert(format!("{stem}{n}"), first + n - from);
                }),
                None => _ = found.insert(from.to_owned(), first),
            }
        }
    }
    found
}

/// A name without its number at the end, and the number.
fn numbered(name: &str) -> (&str, Option<u64>) {
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    (stem, name[stem.len()..].parse().ok())
}

/// Constants `NAME: u8 = …;` and `NAME: usize = …;`, and arrays by their first and last element.
fn constants_of_code(text: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    // Modules within hold bits.
    let registers = text.split("\npub(super) mod ").next().unwrap_or(text);
    for line in registers.lines().filter_map(|line| line.trim().split_once("const ")).map(|(_, rest)| rest) {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let Some((kind, value)) = rest.split_once('=') else { continue };
        let (kind, value) = (kind.trim(), value.trim().trim_end_matches(';'));
        if name.contains('_') {
            continue;
        }
        if let Some(values) = value.strip_prefix('[') {
            let values: Vec<Option<u64>> =
                values.trim_end_matches(']').split(',').map(|value| number(value.trim())).collect();
            for (index, value) in values.into_iter().enumerate() {
                found.extend(value.map(|value| (format!("{name}{index}"), value)));
            }
        } else if matches!(kind, "u8" | "u16" | "usize") {
            found.extend(number(value).map(|value| (name.to_owned(), value)));
        }
    }
    found
}

#[test]
fn every_register_of_the_code_is_where_the_page_has_it_and_every_one_of_the_page_is_used() {
    for card in CARDS {
        let page = registers_of_page(&read(card.page));
        assert!(page.len() > 20, "{}: only {page:?}", card.page);
        let mut used = BTreeMap::new();
        for file in card.code {
            let constants = constants_of_code(&read(file));
            assert!(constants.len() > 5, "{file}: only {constants:?}");
            for (name, offset) in constants {
                assert_eq!(page.get(&name), Some(&offset), "{file}: {name} in {}", card.page);
                used.insert(name, offset);
            }
        }
        // Of a row of registers the code names the first, or the first and the last.
        let stems: Vec<&str> = used.keys().map(|name| numbered(name).0).collect();
        for name in page.keys() {
            assert!(stems.contains(&numbered(name).0), "{}: nobody has {name}", card.page);
        }
    }
}

#[test]
fn the_readers_of_pages_and_code_understand_what_they_read() {
    let page = "| 0x1c | FMR0 | RW | x |\n| 0x14–0x18 | IMR0–IMR4 | RW | y |\n| 0x70–0x7f | RS1–RS16 / XS1–XS16 | z | |\n\
                | offset | name | access |\n| --- | --- |\n| 0x50/0x51 | FEC | RO | w |\n| 3 | DMACTRL | RW | v |\n";
    let registers = registers_of_page(page);
    for (name, offset) in [
        ("FMR0", 0x1c),
        ("IMR0", 0x14),
        ("IMR4", 0x18),
        ("XS1", 0x70),
        ("RS16", 0x7f),
        ("FEC", 0x50),
        ("DMACTRL", 3),
    ] {
        assert_eq!(registers.get(name), Some(&offset), "{name}");
    }
    let code = "pub(super) const FMR0: u8 = 0x1c;\npub(super) const ISR: [u8; 2] = [0x68, 0x69];\nconst FMR0_HDB3: u8 = 0xf0;\n";
    let constants = constants_of_code(code);
    assert_eq!(constants.get("FMR0"), Some(&0x1c));
    assert_eq!(constants.get("ISR1"), Some(&0x69));
    assert_eq!(constants.len(), 3);
}
