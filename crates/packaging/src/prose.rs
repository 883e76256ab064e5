//! What the header's comments say, as Markdown: names become links to where they are explained.
//!
//! Comments name events and results without what they begin with: `PLAY_DONE follows`, `Errors: STATE`. Those are links too.
use crate::header::is_word;
use crate::manual::{Kind, Manual};
use std::collections::BTreeMap;

/// Where each name is explained.
#[derive(Debug, Default)]
pub struct Names {
    /// Page and anchor by name: `calls.md#tandem_call_answer`.
    places: BTreeMap<String, String>,
}

impl Names {
    /// Those of a manual.
    #[must_use]
    pub fn of(manual: &Manual) -> Self {
        let mut places = BTreeMap::new();
        for section in &manual.sections {
            let page = page_of(&section.title);
            for item in &section.items {
                if let Kind::Enumeration(numbers) = &item.kind {
                    let rows = numbers.iter().map(|one| (one.name.clone(), format!("{page}#{}", one.name)));
                    places.extend(rows);
                }
                places.insert(item.name.clone(), format!("{page}#{}", item.name.to_lowercase()));
            }
        }
        Self { places }
    }

    /// All names, sorted, each with its page and anchor.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places.iter().map(|(name, place)| (name.as_str(), place.as_str()))
    }

    /// The page and anchor of a name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<&str> {
        self.places.get(name).map(String::as_str)
    }

    /// A name as a link, or as code if nothing explains it.
    #[must_use]
    pub fn link(&self, name: &str) -> String {
        self.place(name).map_or_else(|| format!("`{name}`"), |place| format!("[`{name}`]({place})"))
    }

    /// The events that a comment names, in its order.
    #[must_use]
    pub fn events(&self, comment: &str) -> Vec<String> {
        let mut events: Vec<String> = Vec::new();
        for word in comment.split(|symbol| !is_word(symbol)) {
            let name = format!("TANDEM_EVENT_{word}");
            if !word.is_empty() && self.places.contains_key(&name) && !events.contains(&name) {
                events.push(name);
            }
        }
        events
    }

    /// A comment as Markdown.
    #[must_use]
    pub fn prose(&self, comment: &str) -> String {
        let (mut text, mut rest) = (String::new(), comment);
        while let Some(symbol) = rest.chars().next() {
            let length = if symbol == '`' {
                rest[1..].find('`').map_or(1, |length| length + 2)
            } else if let Some(length) = page_length(rest) {
                length
            } else {
                rest.find(|symbol| !is_word(symbol)).unwrap_or(rest.len()).max(symbol.len_utf8())
            };
            let (word, behind) = rest.split_at(length);
            let call = if behind.starts_with("()") { "()" } else { "" };
            match self.meant(word) {
                Some(place) if !call.is_empty() => text.push_str(&format!("[`{word}()`]({place})")),
                Some(place) => text.push_str(&format!("[`{word}`]({place})")),
                None => text.push_str(&plain(word)),
            }
            rest = &behind[if self.meant(word).is_some() { call.len() } else { 0 }..];
        }
        text
    }

    /// Where that is explained which a word of a comment means. NULL is a pointer more often than a result.
    fn meant(&self, word: &str) -> Option<&str> {
        let short = |beginning: &str| self.place(&format!("{beginning}{word}"));
        let all_capitals = word.chars().all(|symbol| symbol.is_ascii_uppercase() || symbol == '_');
        if word.is_empty() || !word.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return None;
        }
        self.place(word).or_else(|| {
            (all_capitals && word != "NULL").then(|| short("TANDEM_EVENT_").or_else(|| short("TANDEM_E_")))?
        })
    }
}

/// The file of a section of the header.
#[must_use]
pub(crate) fn page_of(title: &str) -> String {
    let words = title.to_lowercase().replace(',', "");
    format!("{}.md", words.split_whitespace().collect::<Vec<_>>().join("-"))
}

/// Recommendations that a comment names, with the clause if it tells one: `Q.931 4.5.22`.
#[must_use]
pub(crate) fn sources(comment: &str) -> Vec<String> {
    let mut sources: Vec<String> = Vec::new();
    let words: Vec<&str> = comment.split([' ', '(', ')', ',', ';', ':']).collect();
    for (place, word) in words.iter().enumerate() {
        let word = word.trim_end_matches('.');
        let Some((series, number)) = word.split_once('.') else { continue };
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|symbol| symbol.is_ascii_digit());
        if series.len() != 1 || !"EGIMOQTVX".contains(series) || !is_number(number) {
            continue;
        }
        let clause = words.get(place + 1).map_or("", |next| next.trim_end_matches('.'));
        let is_clause = clause.contains('.') && clause.split('.').all(is_number);
        let source = if is_clause { format!("{word} {clause}") } else { word.to_owned() };
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

/// How long a name of one of these pages is that a text begins with.
fn page_length(text: &str) -> Option<usize> {
    let end = text.starts_with("docs/").then(|| text.find(".md"))?? + 3;
    text[..end].chars().all(|symbol| is_word(symbol) || "/.-".contains(symbol)).then_some(end)
}

/// Text that names nothing; a page is a link, and what means something to Markdown is kept from it.
fn plain(word: &str) -> String {
    if word.starts_with('`') {
        return word.into();
    }
    if let Some(page) = word.strip_prefix("docs/") {
        return format!("[{word}](../{page})");
    }
    let mut text = String::new();
    for symbol in word.chars() {
        if "_*<>|[]\\".contains(symbol) {
            text.push('\\');
        }
        text.push(symbol);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let text = "/* I. */\n/* ---- Spans, channels ---- */\ntandem_result tandem_a(void);\n\
            enum { TANDEM_EVENT_PLAY_DONE = 1, TANDEM_EVENT_DIGIT = 2 };\n/* ---- Results ---- */\n\
            enum { TANDEM_OK = 0, TANDEM_E_NULL = -1, TANDEM_E_STATE = -2 };\n";
        Names::of(&Manual::parse(text).expect("understood"))
    }

    #[test]
    fn names_lead_to_the_heading_or_the_row_that_explains_them() {
        assert_eq!(names().place("tandem_a"), Some("spans-channels.md#tandem_a"));
        assert_eq!(names().place("TANDEM_E_STATE"), Some("results.md#TANDEM_E_STATE"));
        assert_eq!(names().place("TANDEM_E_"), Some("results.md#tandem_e_"));
        assert_eq!(names().place("TANDEM_EVENT_"), Some("spans-channels.md#tandem_event_"));
    }

    #[test]
    fn comments_link_what_they_name_in_full_or_in_short() {
        let prose = names().prose("As tandem_a(), PLAY_DONE follows. Errors: STATE, NULL is none.");
        assert_eq!(
            prose,
            "As [`tandem_a()`](spans-channels.md#tandem_a), [`PLAY_DONE`](spans-channels.md#TANDEM_EVENT_PLAY_DONE) \
             follows. Errors: [`STATE`](results.md#TANDEM_E_STATE), NULL is none."
        );
        assert_eq!(names().prose("PLAY and STATES, tandem_b()"), "PLAY and STATES, tandem\\_b()");
    }

    #[test]
    fn what_means_something_to_markdown_is_kept_from_it() {
        assert_eq!(names().prose("a|b <c> [d] `e_|f` 2*3"), "a\\|b \\<c\\> \\[d\\] `e_|f` 2\\*3");
        assert_eq!(names().prose("see docs/a-b.md, docs/ is"), "see [docs/a-b.md](../a-b.md), docs/ is");
    }

    #[test]
    fn events_are_told_once_in_the_order_of_the_comment() {
        let events = names().events("DIGIT, then PLAY_DONE, and DIGIT; not DIGITS or TANDEM_END_DIGIT");
        assert_eq!(events, ["TANDEM_EVENT_DIGIT", "TANDEM_EVENT_PLAY_DONE"]);
    }

    #[test]
    fn sources_are_recommendations_with_their_clauses() {
        let found =
            sources("a Q.850 cause (Q.931 4.5.22), as in Q.850. Not a.5, 2.5 s, WAV 8. or Q.x; T.30.");
        assert_eq!(found, ["Q.850", "Q.931 4.5.22", "T.30"]);
    }
}
