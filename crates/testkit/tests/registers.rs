//! The registers of cards: what the pages in `docs/cards` say, and what driver and simulator have, each for itself.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A page, and the files that have its register numbers, each with what they are counted from. In both a name without an
/// underscore is a register.
struct CardFiles {
    page: &'static str,
    /// The types of constants that are registers; others are bits.
    types: &'static [&'static str],
    code: &'static [(&'static str, u64)],
}

const CARDS: &[CardFiles] = &[
    CardFiles {
        page: "docs/cards/falc4.md",
        types: &["u8", "usize"],
        code: &[
            ("crates/card/src/falc4/regs.rs", 0),
            ("hw-sim/src/falc4/registers.rs", 0),
            ("hw-sim/src/falc4/bridge.rs", 0),
        ],
    },
    CardFiles {
        page: "docs/cards/ds8.md",
        types: &["u16", "usize"],
        code: &[
            ("crates/card/src/ds8/regs.rs", 0),
            ("hw-sim/src/ds8/registers.rs", 0),
            ("hw-sim/src/ds8/bridge.rs", 0),
            ("hw-sim/src/ds8/chip.rs", 0x0f0),
            ("hw-sim/src/ds8/liu.rs", 0x1000),
            ("hw-sim/src/ds8/bert.rs", 0x1100),
        ],
    },
];

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim_matches('`').replace('_', "");
    // The offset of a word, in octets.
    let text = text.strip_prefix("word(").and_then(|text| text.strip_suffix(')')).unwrap_or(&text);
    text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |digits| u64::from_str_radix(digits, 16).ok())
}

/// Rows `| offset | name | ...` or `| name | offset | ...` of a page; names are in capitals when they are compared. An
/// offset may be a range (0x14–0x18) or a pair (0x50/0x51), of which the first counts, and the name a range (IMR0–IMR4)
/// or two names for one place (RS1–RS16 / XS1–XS16). Where the name comes first the meaning may have more of them
/// (`RIM2–RIM5 and RIM7 at 0x0a1–0x0a4, 0x0a6`).
fn registers_of_page(text: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [first, second, rest @ ..] = &cells[..] else { continue };
        if second.starts_with("`0x") {
            note_registers(first, second, &mut found);
            for meaning in rest {
                note_mentioned(meaning, &mut found);
            }
        } else {
            note_registers(second, first, &mut found);
        }
    }
    found
}

/// Names, and the offset of the first.
fn note_registers(names: &str, offsets: &str, found: &mut BTreeMap<String, u64>) {
    let Some(first) = offsets.split(['–', '/']).next().and_then(number) else { return };
    for name in names.split(" / ").filter(|name| is_name(name)) {
        let (from, to) = name.split_once('–').unwrap_or((name, name));
        let (stem, from_number) = numbered(from);
        let last = numbered(to).1.unwrap_or(0);
        match from_number.filter(|from| *from < last) {
            Some(from) => (from..=last).for_each(|n| {
                found.insert(format!("{stem}{n}").to_uppercase(), first + n - from);
            }),
            None => _ = found.insert(from.to_uppercase(), first),
        }
    }
}

/// `... NAME and NAME at OFFSET, OFFSET`, any number of times.
fn note_mentioned(meaning: &str, found: &mut BTreeMap<String, u64>) {
    let parts: Vec<&str> = meaning.split(" at `0x").collect();
    for pair in parts.windows(2) {
        let words = pair[0].split([' ', ';']).rev();
        let mut names: Vec<&str> = words.take_while(|word| *word == "and" || is_name(word)).collect();
        names.retain(|word| *word != "and");
        names.reverse();
        let offsets = format!("`0x{}", pair[1]);
        for (name, offset) in names.iter().zip(offsets.split(", ")) {
            let offset = offset.split([':', ';']).next().unwrap_or(offset);
            note_registers(name, offset.trim_end_matches(|letter: char| letter != '`'), found);
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_uppercase()) && text.len() > 1 && !text.contains(' ')
}

/// A name without its number at the end, and the number.
fn numbered(name: &str) -> (&str, Option<u64>) {
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    (stem, name[stem.len()..].parse().ok())
}

/// Constants `NAME: u8 = …;` and `NAME: usize = …;`, and arrays by their elements.
fn constants_of_code(text: &str, types: &[&str]) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    // Modules within hold bits.
    let registers = text.split("\npub(super) mod ").next().unwrap_or(text);
    for line in registers.lines().filter_map(|line| line.trim().split_once("const ")).map(|(_, rest)| rest) {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let Some((kind, value)) = rest.split_once('=') else { continue };
        let (kind, value) = (kind.trim(), value.trim().trim_end_matches(';'));
        if let Some(values) = value.strip_prefix('[') {
            let values: Vec<Option<u64>> =
                values.trim_end_matches(']').split(',').map(|value| number(value.trim())).collect();
            for (index, value) in values.into_iter().enumerate() {
                found.extend(value.map(|value| (format!("{name}{index}"), value)));
            }
        } else if types.contains(&kind) {
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
        for (file, base) in card.code {
            let constants = constants_of_code(&read(file), card.types);
            assert!(constants.len() > 2, "{file}: only {constants:?}");
            // A name with an underscore may be one of the page, or say what is in a register.
            for (name, offset) in constants {
                let name = name.to_uppercase();
                if name.contains('_') && !page.contains_key(&name) {
                    continue;
                }
                assert_eq!(page.get(&name), Some(&(base + offset)), "{file}: {name} in {}", card.page);
                used.insert(name, base + offset);
            }
        }
        // Of a row of registers the code names the first, or the first and the last; of two at one place, one.
        let stems: Vec<&str> = used.keys().map(|name| numbered(name).0).collect();
        let has = |name: &str, offset: &u64| {
            stems.contains(&numbered(name).0) || used.values().any(|used| used == offset)
        };
        let missing: Vec<_> = page.iter().filter(|(name, offset)| !has(name, offset)).collect();
        assert!(missing.is_empty(), "{}: nobody has {missing:?}", card.page);
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
    let page = "| RIM1 | `0x0a0` | RW | 1 lets; RIM2–RIM5 and RIM7 at `0x0a1`–`0x0a4`, `0x0a6` |\n| RS1 | `0x040` | RO | to RS16 at `0x04f`: bits |\n\
                | TDM_DRING | `0x2000` | RW | x |\n| GPO | 11 | FRAMER_RUN | 0 holds |\n| 0 | 0–3 | status | y |\n\
                | framer, receive side | `0x000 + 0x200 × n` | z |\n| E1RSa4 | `0x069` | RO | w |\n";
    let registers = registers_of_page(page);
    let expected = [
        ("E1RSA4", 0x69),
        ("RIM1", 0xa0),
        ("RIM2", 0xa1),
        ("RIM3", 0xa2),
        ("RIM4", 0xa3),
        ("RIM5", 0xa4),
        ("RIM7", 0xa6),
        ("RS1", 0x40),
        ("RS16", 0x4f),
        ("TDM_DRING", 0x2000),
    ];
    assert_eq!(registers, expected.map(|(name, offset)| (name.to_owned(), offset)).into());
    let code = "pub(super) const FMR0: u8 = 0x1c;\npub(super) const ISR: [u8; 2] = [0x68, 0x69];\nconst FMR0_HDB3: u8 = 0xf0;\n";
    let constants = constants_of_code(code, &["u8"]);
    assert_eq!(constants.get("FMR0"), Some(&0x1c));
    assert_eq!(constants.get("ISR1"), Some(&0x69));
    assert_eq!(constants.len(), 4);
}
