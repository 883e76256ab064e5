//! Whether programs compiled with one version of the interface are served by another.
//!
//! Nothing may be gone and nothing may mean something else. What may be more: constants, functions, types and whole
//! structures; and fields at the end of a structure that begins with its size, because hosts and library tell each other
//! how much they know of it. One that is a part of another structure, or has no size of its own, stays as it is.
use crate::interface::{Interface, Record};

/// What has changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What breaks programs that were compiled before.
    pub broken: Vec<String>,
    /// What is new and harms nobody.
    pub added: Vec<String>,
}

/// Compares a later interface with an earlier one.
#[must_use]
pub fn compare(earlier: &Interface, later: &Interface) -> Comparison {
    let mut comparison = Comparison::default();
    for (record, was) in &earlier.records {
        match later.records.get(record) {
            None => comparison.broken.push(format!("{} {} is gone; it was {was}", record.kind, record.name)),
            Some(is) if is == was => {}
            Some(is) if may_grow(earlier, record) && has_grown(was, is) => {
                comparison.added.push(format!(
                    "structure {}: {} octets, where {} were",
                    record.name,
                    octets(is),
                    octets(was)
                ));
            }
            Some(is) => {
                comparison.broken.push(format!("{} {} is {is}; it was {was}", record.kind, record.name));
            }
        }
    }
    for (record, is) in later.records.iter().filter(|(record, _)| !earlier.records.contains_key(record)) {
        let text = format!("{} {} {is}", record.kind, record.name);
        if is_behind_the_end(earlier, record, is) {
            comparison.added.push(text);
        } else {
            comparison.broken.push(format!("{text} has taken a place that had a meaning"));
        }
    }
    comparison
}

/// A structure that begins with its size, and which no other has as a part.
fn may_grow(interface: &Interface, record: &Record) -> bool {
    let name = record.name.as_str();
    let is_part = |(field, value): (&Record, &String)| {
        let kind = value.splitn(3, ' ').nth(2).unwrap_or_default();
        field.kind == "field" && kind.split('[').next() == Some(name)
    };
    record.kind == "structure"
        && interface.value("field", &format!("{name}.size")) == Some("0 4 uint32_t")
        && !interface.records.iter().any(is_part)
}

/// More octets, the same alignment.
fn has_grown(was: &str, is: &str) -> bool {
    let alignment = |value: &str| value.split_once(' ').map(|(_, alignment)| alignment.to_owned());
    alignment(was) == alignment(is) && octets(was) < octets(is)
}

/// The first number of a structure: its octets; of a field: its place.
fn octets(value: &str) -> u64 {
    value.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// A new field of a structure that was there before begins where that ended; all else that is new has taken nobody's place.
fn is_behind_the_end(earlier: &Interface, record: &Record, value: &str) -> bool {
    let structure = record.name.split_once('.').map_or("", |(structure, _)| structure);
    match earlier.value("structure", structure) {
        Some(was) if record.kind == "field" => octets(value) >= octets(was),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIER: &str = "version 0.1.0\npointer 8\nconstant TANDEM_A 1\ntype handle uint64_t\n\
        structure event 16 8\nfield event.size 0 4 uint32_t\nfield event.type 4 4 uint32_t\nfield event.seq 8 8 uint64_t\n\
        structure party 8 4\nfield party.size 0 4 uint32_t\nfield party.kind 4 4 uint32_t\n\
        structure call 24 4\nfield call.size 0 4 uint32_t\nfield call.parties 4 16 party[2]\nfield call.reason 20 4 uint32_t\n\
        structure element 8 4\nfield element.id 0 4 uint32_t\nfield element.length 4 4 uint32_t\n\
        function wait int32_t (handle)\n";

    fn changed(from: &str, to: &str) -> Comparison {
        assert!(EARLIER.contains(from), "{from}");
        let read = |text: &str| Interface::parse(text).expect("an interface");
        compare(&read(EARLIER), &read(&EARLIER.replace(from, to)))
    }

    #[track_caller]
    fn breaks(from: &str, to: &str) {
        let comparison = changed(from, to);
        assert!(!comparison.broken.is_empty(), "{to}: {comparison:?}");
    }

    #[track_caller]
    fn adds(from: &str, to: &str, told: usize) {
        let comparison = changed(from, to);
        assert_eq!((comparison.broken.len(), comparison.added.len()), (0, told), "{comparison:?}");
    }

    #[test]
    fn the_same_interface_is_the_same() {
        assert_eq!(changed("wait", "wait"), Comparison::default());
    }

    #[test]
    fn what_is_gone_or_means_something_else_breaks_programs() {
        breaks("constant TANDEM_A 1\n", "");
        breaks("constant TANDEM_A 1\n", "constant TANDEM_A 2\n");
        breaks("type handle uint64_t", "type handle uint32_t");
        breaks("function wait int32_t (handle)\n", "function await int32_t (handle)\n");
        breaks("int32_t (handle)", "int32_t (handle, int64_t)");
        breaks("field event.type 4 4 uint32_t", "field event.kind 4 4 uint32_t");
        breaks("field event.type 4 4 uint32_t", "field event.type 4 4 int32_t");
    }

    #[test]
    fn what_is_new_is_told_and_harms_nobody() {
        adds("constant TANDEM_A 1\n", "constant TANDEM_A 1\nconstant TANDEM_B 2\n", 1);
        adds("function wait", "function open int32_t (void)\nfunction wait", 1);
        adds("function wait", "structure more 8 4\nfield more.x 0 8 uint32_t[2]\nfunction wait", 2);
    }

    #[test]
    fn a_structure_that_begins_with_its_size_grows_at_its_end_alone() {
        adds("structure event 16 8\n", "structure event 24 8\nfield event.more 16 8 uint64_t\n", 2);
        breaks("structure event 16 8\n", "structure event 24 8\nfield event.more 12 4 uint32_t\n");
        breaks("structure event 16 8\n", "structure event 8 8\n");
        breaks("structure event 16 8\n", "structure event 24 16\n");
        breaks(
            "field event.seq 8 8 uint64_t",
            "field event.more 8 8 uint64_t\nfield event.seq 16 8 uint64_t",
        );
    }

    #[test]
    fn what_is_a_part_of_another_or_has_no_size_does_not_grow() {
        breaks("structure party 8 4\n", "structure party 12 4\nfield party.more 8 4 uint32_t\n");
        breaks("structure element 8 4\n", "structure element 12 4\nfield element.more 8 4 uint32_t\n");
    }
}
