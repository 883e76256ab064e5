//! Reads the C header: as much of C as it is written in, and an error for anything else, so that nothing is left out
//! unseen. Names of parameters are dropped, because no compiled program knows them.

/// What the header declares, in its order.
#[derive(Debug, Default)]
pub struct Header {
    /// `TANDEM_VERSION_MAJOR`, `_MINOR` and `_PATCH`.
    pub version: [u32; 3],
    /// Names of enumerators and of macros with a value.
    pub constants: Vec<String>,
    /// Names and what they stand for: numbers, and functions of the host.
    pub types: Vec<(String, String)>,
    /// All structures.
    pub structures: Vec<Structure>,
    /// Names of functions and their types, as `int32_t (uint64_t, const char *)`.
    pub functions: Vec<(String, String)>,
}

/// A structure that hosts and library share.
#[derive(Debug)]
pub struct Structure {
    /// Its name, as a tag and as a type.
    pub name: String,
    /// Its fields in order.
    pub fields: Vec<Field>,
}

/// A field of a structure.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type without its name: `char[256]`, `void (*)(void *)`.
    pub kind: String,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    ///
    /// Names the declaration that is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut header = Self::default();
        let code = header.take_directives(&without_comments(text)?)?;
        for statement in statements(&code)? {
            let tokens = tokens(&statement);
            header.declaration(&tokens).ok_or_else(|| format!("not understood: {}", spelt(&tokens)))?;
        }
        Ok(header)
    }

    /// Takes macros with a value, and leaves the code that is seen by C.
    fn take_directives(&mut self, text: &str) -> Result<String, String> {
        let (mut code, mut cpp_only) = (String::new(), false);
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["#ifdef", "__cplusplus"] => cpp_only = true,
                ["#endif"] => cpp_only = false,
                ["#include", _] | ["#ifndef" | "#define", "TANDEM_H"] => {}
                ["#define", name, value] if is_name(name) => self.macro_with_value(name, value)?,
                [first, ..] if first.starts_with('#') => return Err(format!("not understood: {line}")),
                _ if !cpp_only => {
                    code.push_str(line);
                    code.push('\n');
                }
                _ => {}
            }
        }
        Ok(code)
    }

    fn macro_with_value(&mut self, name: &str, value: &str) -> Result<(), String> {
        let parts = ["TANDEM_VERSION_MAJOR", "TANDEM_VERSION_MINOR", "TANDEM_VERSION_PATCH"];
        match parts.iter().position(|part| *part == name) {
            Some(part) => self.version[part] = value.parse().map_err(|_| format!("{name} is no number"))?,
            None => self.constants.push(name.into()),
        }
        Ok(())
    }

    fn declaration(&mut self, tokens: &[&str]) -> Option<()> {
        match tokens {
            ["enum", "{", rest @ .., "}"] => {
                for enumerator in pieces(rest, ",") {
                    let [name, "=", _, ..] = enumerator else { return None };
                    self.constants.push((*name).into());
                }
            }
            ["typedef", "struct", tag, "{", fields @ .., "}", name] if tag == name => {
                let fields = pieces(fields, ";").into_iter().map(|field| {
                    let (name, kind) = declarator(field)?;
                    Some(Field { name, kind })
                });
                self.structures
                    .push(Structure { name: (*name).into(), fields: fields.collect::<Option<_>>()? });
            }
            ["typedef", rest @ ..] => self.types.push(declarator(rest)?),
            [_, .., ")"] => self.functions.push(declarator(tokens)?),
            _ => return None,
        }
        Some(())
    }
}

/// The name that is declared and its type without the name.
fn declarator(tokens: &[&str]) -> Option<(String, String)> {
    let of_a_type = |token: &&str| token.chars().all(|symbol| is_word(symbol) || "*()[],".contains(symbol));
    tokens.iter().all(of_a_type).then_some(())?;
    let place = |token: &str| tokens.iter().position(|one| *one == token);
    match (place("("), place("[")) {
        (Some(open), None) if tokens.get(open + 1) == Some(&"*") => {
            let ["(", "*", name, ")", "(", parameters @ .., ")"] = &tokens[open..] else { return None };
            is_name(name).then_some(())?;
            Some(((*name).into(), format!("{} (*)({})", spelt(&tokens[..open]), parameters_of(parameters)?)))
        }
        (Some(open), None) => {
            let ["(", parameters @ .., ")"] = &tokens[open..] else { return None };
            let (name, result) = tokens[..open].split_last()?;
            is_name(name).then_some(())?;
            Some(((*name).into(), format!("{} ({})", spelt(result), parameters_of(parameters)?)))
        }
        (None, Some(open)) => {
            let (name, kind) = tokens[..open].split_last()?;
            is_name(name).then_some(())?;
            Some(((*name).into(), format!("{}{}", spelt(kind), tokens[open..].concat())))
        }
        (None, None) => {
            let (name, kind) = tokens.split_last()?;
            (is_name(name) && !kind.is_empty()).then_some(())?;
            Some(((*name).into(), spelt(kind)))
        }
        (Some(_), Some(_)) => None,
    }
}

/// Types of parameters, each of which has a name, or `void`.
fn parameters_of(tokens: &[&str]) -> Option<String> {
    if tokens == ["void"] {
        return Some("void".into());
    }
    let kinds = pieces(tokens, ",").into_iter().map(|one| declarator(one).map(|(_, kind)| kind));
    Some(kinds.collect::<Option<Vec<_>>>()?.join(", "))
}

/// What stands between separators; none at the end.
fn pieces<'a, 'b>(tokens: &'b [&'a str], separator: &str) -> Vec<&'b [&'a str]> {
    tokens.split(|token| *token == separator).filter(|piece| !piece.is_empty()).collect()
}

/// A type as it is written everywhere: `const char *`. `struct` says nothing more, because tags are names of types too.
fn spelt(tokens: &[&str]) -> String {
    let mut text = String::new();
    for token in tokens.iter().filter(|token| **token != "struct") {
        if !text.is_empty() && !text.ends_with('*') {
            text.push(' ');
        }
        text.push_str(token);
    }
    text
}

pub(crate) fn tokens(statement: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = statement.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match rest.find(|symbol: char| !is_word(symbol)).unwrap_or(rest.len()) {
            0 => first.len_utf8(),
            word => word,
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

pub(crate) fn is_word(symbol: char) -> bool {
    symbol.is_ascii_alphanumeric() || symbol == '_'
}

fn is_name(token: &str) -> bool {
    token.chars().all(is_word) && !token.starts_with(|first: char| first.is_ascii_digit())
}

/// Statements outside braces, each up to its semicolon.
fn statements(code: &str) -> Result<Vec<String>, String> {
    let (mut statements, mut statement, mut depth) = (Vec::new(), String::new(), 0_i32);
    for symbol in code.chars() {
        depth += i32::from(symbol == '{') - i32::from(symbol == '}');
        if symbol == ';' && depth == 0 {
            statements.push(std::mem::take(&mut statement));
        } else {
            statement.push(symbol);
        }
    }
    match statement.trim() {
        "" => Ok(statements),
        rest => Err(format!("not ended: {rest}")),
    }
}

fn without_comments(text: &str) -> Result<String, String> {
    let (mut code, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("/*") {
        code.push_str(before);
        code.push(' ');
        rest = after.split_once("*/").ok_or("a comment does not end")?.1;
    }
    Ok(code + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Header {
        Header::parse(text).expect("understood")
    }

    #[test]
    fn functions_have_types_without_names_of_parameters() {
        let header = only(
            "const char *tandem_a(void);\ntandem_result tandem_b(uint64_t engine, int *fd,\n const char *p);",
        );
        let expected = [
            ("tandem_a", "const char * (void)"),
            ("tandem_b", "tandem_result (uint64_t, int *, const char *)"),
        ];
        assert_eq!(header.functions, expected.map(|(name, kind)| (name.to_owned(), kind.to_owned())));
    }

    #[test]
    fn fields_are_arrays_pointers_and_functions() {
        let header = only(
            "typedef struct s { char text[256]; const struct e *more; void (*stop)(void *context); } s;",
        );
        let fields: Vec<(&str, &str)> =
            header.structures[0].fields.iter().map(|one| (one.name.as_str(), one.kind.as_str())).collect();
        assert_eq!(fields, [("text", "char[256]"), ("more", "const e *"), ("stop", "void (*)(void *)")]);
    }

    #[test]
    fn enumerators_and_macros_are_constants_and_the_version_is_none() {
        let header = only(
            "#define TANDEM_VERSION_MINOR 7\n#define TANDEM_X 0xffu\nenum { TANDEM_A = 1, /* one */\nTANDEM_B = -2 };",
        );
        assert_eq!(header.version, [0, 7, 0]);
        assert_eq!(header.constants, ["TANDEM_X", "TANDEM_A", "TANDEM_B"]);
    }

    #[test]
    fn what_is_for_cpp_only_is_passed_over() {
        let header = only(
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\ntypedef uint64_t h;\n#ifdef __cplusplus\n}\n#endif",
        );
        assert_eq!(header.types, [("h".to_owned(), "uint64_t".to_owned())]);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for text in [
            "extern int tandem_counter;",
            "union u { int a; };",
            "typedef struct a { int x; } b;",
            "#define TANDEM_F(x) x",
            "enum { TANDEM_A };",
            "int tandem_f(int);",
            "int tandem_g(void)",
            "/* int tandem_h(void);",
            "typedef struct s { unsigned x : 3; } s;",
        ] {
            assert!(Header::parse(text).is_err(), "{text}");
        }
    }
}
