//! A simple reader of `include/tandem.h`: prototypes and constants, enough for this one header.
use std::path::PathBuf;

/// One function.
#[derive(Debug)]
pub struct Prototype {
    pub name: String,
    /// The parameters as they are written; none for `void`.
    pub parameters: Vec<String>,
}

pub fn include_directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../include")
}

pub fn prototypes() -> Vec<Prototype> {
    let text = code("tandem.h");
    let start = text.find("extern \"C\" {").expect("the C++ guard") + "extern \"C\" {".len();
    let statements = outside_braces(&text[start..]);
    statements.split(';').filter_map(prototype).collect()
}

fn prototype(statement: &str) -> Option<Prototype> {
    let statement = statement.trim();
    if statement.starts_with("typedef") || !statement.contains('(') {
        return None;
    }
    let (head, tail) = statement.split_once('(')?;
    let name = head.rsplit(|symbol: char| !is_word(symbol)).next()?.to_owned();
    let inside = tail.strip_suffix(')').expect("a prototype ends with a bracket");
    let parameters = inside.split(',').map(|one| one.trim().to_owned()).filter(|one| one != "void");
    Some(Prototype { name, parameters: parameters.collect() })
}

/// All enumerators and numeric macros.
pub fn constants() -> Vec<(String, i64)> {
    let text = code("tandem.h");
    let words: Vec<&str> =
        text.split(|symbol: char| !is_word(symbol) && symbol != '-' && symbol != '=').collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let constant = |place: usize| {
        let name = words[place];
        let value = if words.get(place + 1) == Some(&"=") { place + 2 } else { place + 1 };
        let value = number(words.get(value)?)?;
        name.starts_with("TANDEM_").then(|| (name.to_owned(), value))
    };
    (0..words.len()).filter_map(constant).collect()
}

fn number(word: &str) -> Option<i64> {
    match word.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits.trim_end_matches('u'), 16).ok(),
        None => word.parse().ok(),
    }
}

fn is_word(symbol: char) -> bool {
    symbol.is_ascii_alphanumeric() || symbol == '_'
}

/// A header without its comments.
pub fn code(header: &str) -> String {
    let text = std::fs::read_to_string(include_directory().join(header)).expect("the header");
    let mut code = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("/*") {
        code.push_str(before);
        rest = after.split_once("*/").expect("a comment ends").1;
    }
    code.push_str(rest);
    code.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect()
}

fn outside_braces(text: &str) -> String {
    let text: String = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join(" ");
    let mut depth = 0_i32;
    let outside = |symbol: &char| {
        depth += i32::from(*symbol == '{') - i32::from(*symbol == '}');
        depth == 0 && *symbol != '}'
    };
    text.chars().filter(outside).collect()
}
