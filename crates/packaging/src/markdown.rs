//! As much of Markdown as the links of pages need: where code is, where links lead, which anchors a page has.
use std::collections::{BTreeMap, BTreeSet};

/// A stretch of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    /// Between fences, with them.
    Fenced(&'a str),
    /// A code span, with its backticks.
    Code(&'a str),
    /// All else.
    Text(&'a str),
}

/// A page in pieces, which together are all of it.
fn parts(page: &str) -> Vec<Part<'_>> {
    let (mut parts, mut begin, mut fenced) = (Vec::new(), 0, false);
    let mut place = 0;
    for line in page.split_inclusive('\n') {
        let end = place + line.len();
        if line.trim_start().starts_with("```") {
            if fenced {
                parts.push(Part::Fenced(&page[begin..end]));
                begin = end;
            } else {
                spans(&page[begin..place], &mut parts);
                begin = place;
            }
            fenced = !fenced;
        }
        place = end;
    }
    match fenced {
        true => parts.push(Part::Fenced(&page[begin..])),
        false => spans(&page[begin..], &mut parts),
    }
    parts
}

/// Code spans, each between two runs of as many backticks in one paragraph, and what is between them.
fn spans<'a>(text: &'a str, parts: &mut Vec<Part<'a>>) {
    let (mut begin, mut from) = (0, 0);
    while let Some(open) = text[from..].find('`').map(|place| from + place) {
        let ticks = text[open..].len() - text[open..].trim_start_matches('`').len();
        let after = open + ticks;
        let paragraph = text[after..].find("\n\n").map_or(text.len(), |length| after + length);
        let Some(close) = closing(&text[after..paragraph], ticks) else {
            from = after;
            continue;
        };
        let end = after + close + ticks;
        parts.extend([Part::Text(&text[begin..open]), Part::Code(&text[open..end])]);
        (begin, from) = (end, end);
    }
    parts.push(Part::Text(&text[begin..]));
}

/// Where a run of just so many backticks begins.
fn closing(text: &str, ticks: usize) -> Option<usize> {
    let mut from = 0;
    while let Some(place) = text[from..].find('`').map(|place| from + place) {
        let run = text[place..].len() - text[place..].trim_start_matches('`').len();
        if run == ticks {
            return Some(place);
        }
        from = place + run;
    }
    None
}

/// A page whose links lead where `lead` says; those for which it says nothing stay as they are.
pub(crate) fn map_links(page: &str, mut lead: impl FnMut(&str) -> Option<String>) -> String {
    let mut mapped = String::with_capacity(page.len());
    for part in parts(page) {
        let Part::Text(mut rest) = part else {
            let (Part::Fenced(code) | Part::Code(code) | Part::Text(code)) = part;
            mapped.push_str(code);
            continue;
        };
        while let Some((before, behind)) = rest.split_once("](") {
            let end = behind.find([')', ' ', '\n']).unwrap_or(behind.len());
            mapped.push_str(before);
            mapped.push_str("](");
            mapped.push_str(&lead(&behind[..end]).unwrap_or_else(|| behind[..end].to_owned()));
            rest = &behind[end..];
        }
        mapped.push_str(rest);
    }
    mapped
}

/// Where the links of a page lead that lead to files or to anchors.
#[must_use]
pub fn local_links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    map_links(page, |target| {
        if !target.contains("://") && !target.starts_with("mailto:") {
            links.push(target.to_owned());
        }
        None
    });
    links
}

/// A page in which code spans become links where `lead` says; not in headings and in what is a link already.
pub(crate) fn link_code(page: &str, lead: impl Fn(&str) -> Option<String>) -> String {
    let mut linked = String::with_capacity(page.len());
    let mut depth = 0_i32;
    for part in parts(page) {
        let code = match part {
            Part::Text(text) => {
                let open = text.rsplit("\n\n").next().unwrap_or(text);
                let signs = |text: &str, sign| i32::try_from(text.matches(sign).count()).unwrap_or(i32::MAX);
                depth = if open.len() < text.len() { 0 } else { depth } + signs(open, '[') - signs(open, ']');
                linked.push_str(text);
                continue;
            }
            Part::Fenced(code) | Part::Code(code) => code,
        };
        let in_heading = linked.rsplit('\n').next().is_some_and(|line| line.starts_with('#'));
        let is_free = depth <= 0 && !in_heading && matches!(part, Part::Code(_));
        match lead(code.trim_matches('`')).filter(|_| is_free) {
            Some(place) => linked.push_str(&format!("[{code}]({place})")),
            None => linked.push_str(code),
        }
    }
    linked
}

/// The anchors of a page: of its headings as mdBook and code hosts make them, and its own.
#[must_use]
pub fn anchors(page: &str) -> BTreeSet<String> {
    let (mut anchors, mut times) = (BTreeSet::new(), BTreeMap::new());
    let is_fenced = |part: &Part<'_>| matches!(part, Part::Fenced(_));
    let text: String = parts(page).into_iter().filter(|part| !is_fenced(part)).map(written).collect();
    for line in text.lines() {
        let heading = line.trim_start_matches('#');
        if heading.len() < line.len() && heading.starts_with(' ') {
            let anchor = anchor(heading);
            let before = times.entry(anchor.clone()).or_insert(0);
            anchors.insert(if *before == 0 { anchor } else { format!("{anchor}-{before}") });
            *before += 1;
        }
        let own = line.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        anchors.extend(own.map(str::to_owned));
    }
    anchors
}

fn written(part: Part<'_>) -> &str {
    let (Part::Fenced(text) | Part::Code(text) | Part::Text(text)) = part;
    text
}

fn anchor(heading: &str) -> String {
    let mut heading = heading.to_owned();
    while let Some((before, rest)) = heading.split_once("](") {
        let behind = rest.split_once(')').map_or("", |(_, behind)| behind);
        heading = format!("{before}{behind}");
    }
    let letters = heading.trim().chars().flat_map(char::to_lowercase);
    letters
        .filter_map(|symbol| match symbol {
            ' ' => Some('-'),
            _ => (symbol.is_alphanumeric() || "_-".contains(symbol)).then_some(symbol),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_text_and_not_in_code() {
        let page = "[a](x.md) `[b](y.md)` ![c](z.svg) [`d`](w.md#e)\n```c\n[f](v.md)\n```\n``a ` [g](u.md)`` [h](t.md)";
        assert_eq!(local_links(page), ["x.md", "z.svg", "w.md#e", "t.md"]);
    }

    #[test]
    fn a_backtick_without_a_partner_in_its_paragraph_makes_no_code() {
        assert_eq!(local_links("a ` b\n\n[c](d.md) ` e"), ["d.md"]);
        assert_eq!(local_links("a `b\nc` [d](e.md)"), ["e.md"]);
        assert_eq!(local_links("a `b ``` [c](d.md) ` [e](f.md)"), ["f.md"]);
    }

    #[test]
    fn links_to_elsewhere_are_none_of_ours() {
        assert_eq!(local_links("[a](https://x.org/y.md) [b](mailto:a@b) [c](#d)"), ["#d"]);
    }

    #[test]
    fn links_lead_elsewhere_and_nothing_else_changes() {
        let page = "# A\n[a](x.md \"title\") `](x.md)` [b](y.md)\n";
        let mapped = map_links(page, |target| (target == "x.md").then(|| "../z.md".into()));
        assert_eq!(mapped, "# A\n[a](../z.md \"title\") `](x.md)` [b](y.md)\n");
    }

    #[test]
    fn code_becomes_a_link_where_it_can() {
        let lead = |name: &str| (name == "f").then(|| "r.md#f".to_owned());
        let linked = link_code("# `f`\n`f` `g` [see `f`](x) [`f`](y) ``f``\n```\n`f`\n```\n", lead);
        let expected = "# `f`\n[`f`](r.md#f) `g` [see `f`](x) [`f`](y) [``f``](r.md#f)\n```\n`f`\n```\n";
        assert_eq!(linked, expected);
    }

    #[test]
    fn a_bracket_in_one_paragraph_hides_nothing_in_the_next() {
        let lead = |_: &str| Some("x".to_owned());
        assert_eq!(link_code("a [ b\n\n`f`", lead), "a [ b\n\n[`f`](x)");
    }

    #[test]
    fn anchors_are_headings_in_small_letters_and_ids() {
        let page = "# The `a_b` of [C](d.md), 2nd\n## X\n## X\n#no\n```\n# code\n```\n| <a id=\"TANDEM_A\"></a>`x` |\n";
        let expected = ["TANDEM_A", "the-a_b-of-c-2nd", "x", "x-1"];
        assert_eq!(anchors(page).iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }
}
