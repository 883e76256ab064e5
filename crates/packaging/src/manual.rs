//! Reads the C header as the manual that it is: what each of its sections declares, with what its comments say.
//!
//! `header.rs` reads the same text for its types, and knows no comments. Here a declaration is kept as it is written, and
//! what is said of it, of its parameters' structure, its fields and its numbers lies beside it. A comment that belongs to
//! nothing is an error, as is code that is not understood.
use crate::header::{is_word, tokens};

/// The header, section by section.
#[derive(Debug, Default)]
pub struct Manual {
    /// What holds for every function: the comment that the header begins with, line by line.
    pub introduction: String,
    /// In the order of the header.
    pub sections: Vec<Section>,
}

/// What stands below a line such as `/* ---- Calls ---- */`.
#[derive(Debug)]
pub struct Section {
    /// `Calls`.
    pub title: String,
    /// In the order of the header.
    pub items: Vec<Item>,
}

/// A declaration.
#[derive(Debug)]
pub struct Item {
    /// Its name; of an enumeration what the names of its numbers begin with, as `TANDEM_CLASS_`.
    pub name: String,
    /// What is said of it; empty if nothing is.
    pub comment: String,
    /// It, as it is written, without comments.
    pub code: String,
    /// What kind it is, and its parts.
    pub kind: Kind,
}

/// Kinds of declarations.
#[derive(Debug)]
pub enum Kind {
    /// A function, with its parameters.
    Function(Vec<Member>),
    /// An enumeration, with its numbers.
    Enumeration(Vec<Member>),
    /// A structure, with its fields.
    Structure(Vec<Member>),
    /// Another name for a type.
    Type,
    /// A number made by `#define`.
    Macro,
}

/// A parameter, field or number.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its type, or of a number its value.
    pub what: String,
    /// What is said of it; of parameters nothing, because the comment of their function does.
    pub comment: String,
    /// What is said of it and those that follow it, if it is the first of a group.
    pub group: String,
}

impl Manual {
    /// Reads a header.
    ///
    /// # Errors
    ///
    /// Names what is not understood, and comments that belong to nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader::default();
        for piece in pieces(text)? {
            match piece {
                Piece::Directive(line) => reader.directive(line)?,
                Piece::Comment { text, alone } => reader.comment(text, alone)?,
                Piece::Code(code) => reader.code(code)?,
            }
        }
        reader.finish()
    }

    /// All declarations.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|section| &section.items)
    }
}

enum Piece<'a> {
    Directive(&'a str),
    /// `alone`: nothing but white space is before it on its line.
    Comment {
        text: &'a str,
        alone: bool,
    },
    Code(&'a str),
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let (mut pieces, mut rest, mut alone, mut cpp_only) = (Vec::new(), text, true, false);
    while !rest.is_empty() {
        let length = if rest.starts_with("/*") {
            let length = rest.find("*/").ok_or("a comment does not end")? + 2;
            pieces.push(Piece::Comment { text: &rest[..length], alone });
            length
        } else if alone && rest.starts_with('#') {
            let length = rest.find(['\n']).unwrap_or(rest.len());
            let line = &rest[..length];
            cpp_only = line.starts_with("#ifdef") || (cpp_only && !line.starts_with("#endif"));
            pieces.push(Piece::Directive(line));
            length
        } else {
            let length = next_piece(rest);
            if !cpp_only {
                pieces.push(Piece::Code(&rest[..length]));
            }
            alone = rest[..length].trim_end_matches([' ', '\t']).ends_with('\n');
            rest = &rest[length..];
            continue;
        };
        alone = false;
        rest = &rest[length..];
    }
    Ok(pieces)
}

/// How long the code is up to a comment, or up to a directive at the beginning of a line.
fn next_piece(text: &str) -> usize {
    let comment = text.find("/*").unwrap_or(text.len());
    let directive = text.find("\n#").map_or(text.len(), |place| place + 1);
    comment.min(directive).max(1)
}

#[derive(Default)]
struct Reader {
    manual: Manual,
    /// The comment of what is declared next.
    comment: String,
    /// The declaration that has begun, without comments.
    code: String,
    inside: bool,
    members: Vec<Member>,
    /// The field or number that has begun, with what was said of it before its end.
    member: String,
    member_comment: String,
    group: String,
}

impl Reader {
    fn directive(&mut self, line: &str) -> Result<(), String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["#define", name, value] = words.as_slice() else { return Ok(()) };
        let code = format!("#define {name} {value}");
        self.declare(Item { name: (*name).into(), comment: String::new(), code, kind: Kind::Macro })
    }

    fn comment(&mut self, comment: &str, alone: bool) -> Result<(), String> {
        let text = running(comment);
        if let Some(title) = text.strip_prefix("---- ") {
            self.nothing_waits()?;
            let title = title.trim_end_matches(['-', ' ']).to_owned();
            self.manual.sections.push(Section { title, items: Vec::new() });
        } else if self.manual.introduction.is_empty() {
            self.manual.introduction = lines(comment);
        } else if self.inside {
            self.comment_inside(&text, alone && comment.starts_with("/**"), alone);
        } else if self.code.trim().is_empty() {
            self.nothing_waits()?;
            self.comment = text;
        } else {
            return Err(format!("a comment in the middle of {}", self.code.trim()));
        }
        Ok(())
    }

    /// Behind a field or number, before its end or after it; or before it, of it alone or of a group.
    fn comment_inside(&mut self, text: &str, before: bool, alone: bool) {
        let begun = !self.member.trim().is_empty();
        match self.members.last_mut() {
            _ if begun || before => self.member_comment = text.into(),
            Some(last) if !alone => last.comment = text.into(),
            _ => self.group = text.into(),
        }
    }

    fn code(&mut self, code: &str) -> Result<(), String> {
        for symbol in code.chars() {
            match symbol {
                '{' => self.inside = true,
                '}' => {
                    self.member_ends()?;
                    self.inside = false;
                }
                ';' if !self.inside => {
                    self.code.push(';');
                    self.declaration_ends()?;
                    continue;
                }
                ',' | ';' if self.inside && (symbol == ';' || self.code.starts_with("enum")) => {
                    self.member_ends()?;
                }
                _ if self.inside => self.member.push(symbol),
                _ => {}
            }
            if !(self.code.is_empty() && symbol.is_whitespace()) {
                self.code.push(symbol);
            }
        }
        Ok(())
    }

    fn member_ends(&mut self) -> Result<(), String> {
        let text = std::mem::take(&mut self.member);
        if text.trim().is_empty() {
            return Ok(());
        }
        let (name, what) = named(&text).ok_or_else(|| format!("not understood: {}", text.trim()))?;
        let comment = std::mem::take(&mut self.member_comment);
        self.members.push(Member { name, what, comment, group: std::mem::take(&mut self.group) });
        Ok(())
    }

    fn declaration_ends(&mut self) -> Result<(), String> {
        let code = std::mem::take(&mut self.code).trim().to_owned();
        let members = std::mem::take(&mut self.members);
        let unknown = || format!("not understood: {code}");
        let words = tokens(&code);
        let (name, kind) = match words.as_slice() {
            ["enum", "{", ..] => (prefix(&members), Kind::Enumeration(members)),
            ["typedef", "struct", tag, "{", .., "}", name, ";"] if tag == name => {
                ((*name).to_owned(), Kind::Structure(members))
            }
            ["typedef", ..] if !code.contains('{') => {
                (named(code.trim_end_matches(';')).ok_or_else(unknown)?.0, Kind::Type)
            }
            [.., ")", ";"] => {
                let (name, parameters) = function(&code).ok_or_else(unknown)?;
                (name, Kind::Function(parameters))
            }
            _ => return Err(unknown()),
        };
        self.declare(Item { name, comment: String::new(), code, kind })
    }

    fn declare(&mut self, mut item: Item) -> Result<(), String> {
        item.comment = std::mem::take(&mut self.comment);
        let section =
            self.manual.sections.last_mut().ok_or_else(|| format!("{} is in no section", item.name))?;
        section.items.push(item);
        Ok(())
    }

    fn nothing_waits(&self) -> Result<(), String> {
        if self.comment.is_empty() { Ok(()) } else { Err(format!("a comment of nothing: {}", self.comment)) }
    }

    fn finish(self) -> Result<Manual, String> {
        self.nothing_waits()?;
        match self.code.trim() {
            "" => Ok(self.manual),
            rest => Err(format!("not ended: {rest}")),
        }
    }
}

/// The name that is declared, and its type or value.
fn named(text: &str) -> Option<(String, String)> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((name, value)) = text.split_once(" = ") {
        return Some((name.to_owned(), value.to_owned()));
    }
    let end = text.find("(*").map_or_else(
        || text.find(['[']).unwrap_or(text.len()),
        |open| text[open..].find(')').map_or(text.len(), |length| open + length),
    );
    let start = text[..end].rfind(|symbol| !is_word(symbol))? + 1;
    let name = &text[start..end];
    let what = format!("{}{}", &text[..start], &text[end..]);
    (!name.is_empty()).then(|| (name.to_owned(), what.trim().to_owned()))
}

/// The name and parameters of a function.
fn function(code: &str) -> Option<(String, Vec<Member>)> {
    let (head, rest) = code.split_once('(')?;
    let (name, _) = named(head)?;
    let (parameters, _) = rest.rsplit_once(')')?;
    if parameters.trim() == "void" {
        return Some((name, Vec::new()));
    }
    let parameters = parameters.split(',').map(|one| {
        let (name, what) = named(one)?;
        Some(Member { name, what, ..Member::default() })
    });
    Some((name, parameters.collect::<Option<_>>()?))
}

/// What the names of numbers begin with. That of results has one besides, `TANDEM_OK`.
fn prefix(members: &[Member]) -> String {
    let shared = |members: &[Member]| {
        let first = members.first().map_or("", |member| &member.name);
        let is_shared = |end: usize| members.iter().all(|member| member.name.starts_with(&first[..end]));
        let mut ends = first.match_indices('_').map(|(place, _)| place + 1).chain([first.len()]);
        let longest = ends.rfind(|end| is_shared(*end)).unwrap_or(0);
        first[..longest].to_owned()
    };
    match shared(members) {
        common if common == "TANDEM_" && members.len() > 2 => shared(&members[1..]),
        common => common,
    }
}

/// What a comment says, as one line.
fn running(comment: &str) -> String {
    lines(comment).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a comment says, line by line, without its frame.
fn lines(comment: &str) -> String {
    let inner = comment.trim_start_matches("/*").trim_start_matches('*').trim_end_matches("*/");
    let inner = inner.lines().map(|line| {
        let line = line.trim_end();
        let framed = line.trim_start();
        framed.strip_prefix("* ").or_else(|| framed.strip_prefix('*')).unwrap_or(line).to_owned()
    });
    inner.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Item {
        let text = format!("/* How it is used. */\n/* ---- Calls ---- */\n{text}");
        let mut manual = Manual::parse(&text).expect("understood");
        assert_eq!(manual.sections[0].title, "Calls");
        assert_eq!(manual.sections[0].items.len(), 1);
        manual.sections.remove(0).items.remove(0)
    }

    fn said(members: &[Member]) -> Vec<(&str, &str, &str)> {
        members.iter().map(|one| (one.name.as_str(), one.what.as_str(), one.comment.as_str())).collect()
    }

    #[test]
    fn a_function_has_its_comment_in_one_line_and_its_parameters() {
        let item = only(
            "/** [wait] Waits for\n *  it. */\ntandem_result tandem_a(uint64_t call,\n    const char *p);",
        );
        assert_eq!((item.name.as_str(), item.comment.as_str()), ("tandem_a", "[wait] Waits for it."));
        let Kind::Function(parameters) = &item.kind else { panic!("{item:?}") };
        assert_eq!(said(parameters), [("call", "uint64_t", ""), ("p", "const char *", "")]);
        assert_eq!(item.code, "tandem_result tandem_a(uint64_t call,\n    const char *p);");
    }

    #[test]
    fn numbers_have_the_comment_behind_them_be_it_before_or_after_the_comma() {
        let item = only(
            "/* Ways. */\nenum {\n  TANDEM_WAY_A = 1, /* one,\n     and more */\n  TANDEM_WAY_B_C = 2 /* last */\n};",
        );
        assert_eq!((item.name.as_str(), item.comment.as_str()), ("TANDEM_WAY_", "Ways."));
        let Kind::Enumeration(numbers) = &item.kind else { panic!("{item:?}") };
        assert_eq!(said(numbers), [("TANDEM_WAY_A", "1", "one, and more"), ("TANDEM_WAY_B_C", "2", "last")]);
    }

    #[test]
    fn the_results_have_a_name_though_one_is_called_otherwise() {
        let item = only("enum { TANDEM_OK = 0, TANDEM_E_NULL = -1, TANDEM_E_SIZE = -2 };");
        assert_eq!(item.name, "TANDEM_E_");
    }

    #[test]
    fn fields_have_the_comment_behind_or_above_them_and_groups_one_of_their_own() {
        let item = only(
            "/** S. */\ntypedef struct s {\n  uint32_t size; /* of it */\n  /* Between flags. */\n  char a[4]; /* text */\n  \
             /** Stops. */\n  void (*stop)(void *context, int b);\n} s;",
        );
        let Kind::Structure(fields) = &item.kind else { panic!("{item:?}") };
        let expected = [
            ("size", "uint32_t", "of it"),
            ("a", "char [4]", "text"),
            ("stop", "void (*)(void *context, int b)", "Stops."),
        ];
        assert_eq!(said(fields), expected);
        assert_eq!(fields[1].group, "Between flags.");
        assert_eq!((fields[0].group.as_str(), fields[2].group.as_str()), ("", ""));
    }

    #[test]
    fn types_and_macros_have_comments_too() {
        let item = only("/** A log function. */\ntypedef void (*log)(void *context, int level);");
        assert_eq!((item.name.as_str(), item.comment.as_str()), ("log", "A log function."));
        let item = only("/** Always. */\n#define TANDEM_FOREVER 0xffu\n");
        assert_eq!(
            (item.name.as_str(), item.code.as_str()),
            ("TANDEM_FOREVER", "#define TANDEM_FOREVER 0xffu")
        );
        assert_eq!(item.comment, "Always.");
    }

    #[test]
    fn a_comment_of_one_declaration_is_not_that_of_the_next() {
        let text = "/* I. */\n/* ---- A ---- */\n/** A. */\nint a(void);\nint b(void);\n";
        let manual = Manual::parse(text).expect("understood");
        let comments: Vec<&str> = manual.items().map(|item| item.comment.as_str()).collect();
        assert_eq!(comments, ["A.", ""]);
    }

    #[test]
    fn what_is_not_understood_and_comments_of_nothing_are_named() {
        for text in [
            "int a(void);", // in no section
            "/* ---- A ---- */ int a;",
            "/* ---- A ---- */ int a(void)",
            "/* ---- A ---- */ /** One. */ /** Two. */ int a(void);",
            "/* ---- A ---- */ /** One. */",
            "/* ---- A ---- */ int /* whole */ a(void);",
            "/* ---- A ---- */ typedef struct a { int x; } b;",
            "/* ---- A ---- */ /** One.",
        ] {
            assert!(Manual::parse(&format!("/* I. */ {text}")).is_err(), "{text}");
        }
    }
}
