//! From one configuration to another while calls run: what is another in it, and what cannot be changed.
use super::{AccessPlan, Config, ConfigError, SpanSection, check};
use std::collections::BTreeSet;
use tandem_card::{Abilities, PortKind};

/// What the cards have, against which a configuration is checked that is to take effect while they run.
#[derive(Clone, Debug)]
pub(crate) struct Hardware {
    pub(crate) cards: Vec<CardKind>,
    /// Spans that there is room for.
    pub(crate) most_spans: usize,
}

/// What a card has and can do.
#[derive(Clone, Debug)]
pub(crate) struct CardKind {
    pub(crate) ports: Vec<PortKind>,
    pub(crate) abilities: Abilities,
    /// Its timeslots are channels in pairs.
    pub(crate) is_local: bool,
    /// The frames that it moves at a time.
    pub(crate) granule: usize,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Spans that are added, changed or taken away, those together that share a D channel before or after.
    pub(crate) units: Vec<Vec<usize>>,
}

impl Changes {
    /// Compares two configurations that are good in themselves.
    pub(crate) fn between(old: &Config, new: &Config, hardware: &Hardware) -> Result<Self, ConfigError> {
        refuse_others(old, new)?;
        let most = hardware.most_spans;
        let field = format!("span[{most}]");
        check(&field, new.spans.len() <= most, &format!("there is room for {most} sections"))?;
        check_ports(new, hardware)?;
        check_places(old, new)?;
        let changed: BTreeSet<usize> =
            (0..old.spans.len().max(new.spans.len())).filter(|span| is_another(old, new, *span)).collect();
        for span in &changed {
            check_change(old, new, *span, hardware)?;
        }
        Ok(Self { units: units(changed, &[old.unions(), new.unions()]) })
    }
}

impl Config {
    /// The section of a span that is used.
    pub(crate) fn used_span(&self, span: usize) -> Option<&SpanSection> {
        self.spans.get(span).filter(|section| section.in_use)
    }
}

/// What is laid down when an engine is opened.
fn refuse_others(old: &Config, new: &Config) -> Result<(), ConfigError> {
    for (field, same) in [
        ("engine", old.engine == new.engine),
        ("limits", old.limits == new.limits),
        ("clock", old.clock == new.clock),
        ("card", old.cards == new.cards),
    ] {
        check(field, same, "cannot be changed while the engine runs; close it and open it again")?;
    }
    Ok(())
}

fn check_ports(new: &Config, hardware: &Hardware) -> Result<(), ConfigError> {
    for (number, span) in new.spans.iter().enumerate().filter(|(_, span)| span.in_use) {
        let ports = &hardware.cards[span.card].ports;
        let kind = ports.get(span.port).copied();
        check(
            &format!("span[{number}].port"),
            kind.is_some(),
            &format!("the card has {} ports", ports.len()),
        )?;
        let carries = kind.is_some_and(|kind| kind.carries(span.span_config().framing));
        check(&format!("span[{number}].framing"), carries, "is none that this port of the card can carry")?;
    }
    Ok(())
}

/// A port that is used keeps the number of its span: otherwise a section left out would move all behind it, and their calls
/// would have to end.
fn check_places(old: &Config, new: &Config) -> Result<(), ConfigError> {
    let port = |section: &SpanSection| (section.card, section.port);
    for (number, section) in new.spans.iter().enumerate().filter(|(_, section)| section.in_use) {
        let mut before = old.spans.iter().enumerate().filter(|(_, old)| old.in_use);
        let moved = before.find(|(place, old)| port(old) == port(section) && *place != number);
        if let Some((place, _)) = moved {
            let problem = format!(
                "this port is that of span {place}: sections keep their places while the engine runs, and one that is not \
                 needed any more gets in_use = false"
            );
            return Err(ConfigError { field: format!("span[{number}].port"), problem });
        }
    }
    Ok(())
}

/// Whether the section of a span, or what it shares a D channel with, is another.
fn is_another(old: &Config, new: &Config, span: usize) -> bool {
    // A section that is not used says nothing.
    if old.used_span(span) != new.used_span(span) {
        return true;
    }
    let shared = |config: &Config| {
        let plans = config.unions();
        plans.into_iter().find(|plan| holds(plan, span)).map(|plan| {
            let sections = plan.members.iter().map(|(member, _)| config.spans[*member].clone());
            let sections: Vec<SpanSection> = sections.collect();
            (plan, sections)
        })
    };
    shared(old) != shared(new)
}

fn holds(plan: &AccessPlan, span: usize) -> bool {
    plan.members.iter().any(|(member, _)| *member == span)
}

/// The card must be able to set up a line anew while it runs, unless the line stays as it is; and sources of the clock keep
/// their ports.
fn check_change(old: &Config, new: &Config, span: usize, hardware: &Hardware) -> Result<(), ConfigError> {
    let before = old.used_span(span).map(|old| (old.card, old.port, old.span_config()));
    if let Some(section) = new.used_span(span) {
        let after = (section.card, section.port, section.span_config());
        let can = hardware.cards[section.card].abilities.changes || before == Some(after);
        let problem = "its card cannot set up a line while it runs; close the engine and open it again";
        check(&format!("span[{span}]"), can, problem)?;
        if new.clock.sources.contains(&span) {
            let same = before.is_some_and(|(card, port, _)| (card, port) == (section.card, section.port));
            check(&format!("span[{span}].port"), same, "of a source of the clock cannot be changed")?;
        }
    }
    Ok(())
}

/// Puts those together that share a D channel in any of these plans.
fn units(changed: BTreeSet<usize>, plans: &[Vec<AccessPlan>]) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = Vec::new();
    for span in changed {
        let together = |unit: &Vec<usize>| {
            let plans = plans.iter().flatten();
            plans.filter(|plan| holds(plan, span)).any(|plan| unit.iter().any(|other| holds(plan, *other)))
        };
        let (mut with, without): (Vec<_>, Vec<_>) = units.into_iter().partition(together);
        units = without;
        with.push(vec![span]);
        let mut unit = with.concat();
        unit.sort_unstable();
        units.push(unit);
    }
    units.sort();
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hardware() -> Hardware {
        let able = Abilities { changes: true, ..Abilities::default() };
        let first = CardKind { ports: vec![PortKind::E1; 4], abilities: able, is_local: false, granule: 8 };
        let ports = vec![PortKind::E1OrT1; 2];
        let second = CardKind { ports, abilities: Abilities::default(), is_local: false, granule: 8 };
        Hardware { cards: vec![first, second], most_spans: 6 }
    }

    fn config(spans: &str) -> Config {
        let cards = "[[card]]\nmodel = \"x\"\n[[card]]\nmodel = \"y\"\n";
        Config::parse(&format!("{cards}{spans}")).unwrap_or_else(|error| panic!("{error}"))
    }

    fn between(old: &str, new: &str) -> Result<Vec<Vec<usize>>, String> {
        let changes = Changes::between(&config(old), &config(new), &hardware());
        changes.map(|changes| changes.units).map_err(|error| error.to_string())
    }

    const ONE: &str = "[[span]]\nport = 0\n";
    const TWO: &str = "[[span]]\nport = 0\n[[span]]\nport = 1\n";

    #[test]
    fn what_is_the_same_is_not_changed_and_what_is_added_or_taken_away_is() {
        assert_eq!(between(TWO, TWO), Ok(vec![]));
        assert_eq!(between(ONE, TWO), Ok(vec![vec![1]]));
        assert_eq!(between(TWO, ONE), Ok(vec![vec![1]]));
        let without_first = "[[span]]\nport = 0\nin_use = false\n[[span]]\nport = 1\n";
        assert_eq!(between(TWO, without_first), Ok(vec![vec![0]]));
        assert_eq!(between(without_first, TWO), Ok(vec![vec![0]]));
        let group = format!("{TWO}[[group]]\nname = \"out\"\nspans = [0, 1]\n");
        assert_eq!(between(TWO, &group), Ok(vec![]));
        assert_eq!(between(TWO, &format!("{TWO}[tones]\ncountry = \"fr\"\n")), Ok(vec![]));
        let other_port = "[[span]]\nport = 0\n[[span]]\nport = 3\nlaw = \"mu\"\n";
        assert_eq!(between(TWO, other_port), Ok(vec![vec![1]]));
    }

    #[test]
    fn spans_that_share_a_d_channel_change_together() {
        let pri = |extra: &str, more: &str| {
            format!(
                "[[span]]\nport = 0\nsignalling = \"pri\"\n{extra}\n[[span]]\nport = 1\nsignalling = \"pri\"\npri = {{ shares = 0 }}\n\
                 [[span]]\nport = 2\nsignalling = \"pri\"\n{more}"
            )
        };
        assert_eq!(between(&pri("", ""), &pri("pri = { restart = false }", "")), Ok(vec![vec![0, 1]]));
        assert_eq!(between(&pri("", ""), &pri("", "pri = { shares = 0 }")), Ok(vec![vec![0, 1, 2]]));
        assert_eq!(between(&pri("", ""), &pri("", "pri = { restart = false }")), Ok(vec![vec![2]]));
    }

    #[test]
    fn what_cannot_be_changed_is_refused_and_named() {
        let refused = |new: &str, words: [&str; 2]| {
            let error = between(TWO, new).expect_err(new);
            assert!(words.iter().all(|word| error.contains(word)), "{new}: {error}");
        };
        refused("[engine]\ntick_frames = 40\n[[span]]\nport = 0\n", ["engine:", "cannot be changed"]);
        refused("[limits]\nplayers = 4\n[[span]]\nport = 0\n", ["limits:", "cannot be changed"]);
        refused("[clock]\nsources = [0]\n[[span]]\nport = 0\n", ["clock:", "cannot be changed"]);
        refused("[[card]]\nmodel = \"z\"\n[[span]]\nport = 0\n", ["card:", "cannot be changed"]);
        refused("[[span]]\nport = 1\n", ["span[0].port", "span 1"]);
        refused("[[span]]\nport = 4\n", ["span[0].port", "4 ports"]);
        refused("[[span]]\nport = 2\nframing = \"t1-esf\"\n", ["span[0].framing", "none that"]);
        refused(&format!("{TWO}[[span]]\ncard = 1\nport = 0\n"), ["span[2]", "cannot set up a line"]);
        let many = "[[span]]\nport = 3\nin_use = false\n".repeat(5);
        refused(&format!("{TWO}{many}"), ["span[6]", "room for 6"]);
    }

    #[test]
    fn a_card_that_cannot_change_lines_still_takes_other_signalling() {
        let span = |extra: &str| format!("[[span]]\ncard = 1\nport = 0\n{extra}");
        assert_eq!(between(&span(""), &span("em = { digits = 4 }")), Ok(vec![vec![0]]));
        assert_eq!(between(&span(""), ""), Ok(vec![vec![0]]));
        assert!(between(&span(""), &span("crc4 = \"off\"")).is_err());
    }

    #[test]
    fn a_source_of_the_clock_keeps_its_port() {
        let with = |spans: &str| format!("{spans}[clock]\nsources = [1]\n");
        let moved = with("[[span]]\nport = 0\n[[span]]\nport = 2\n");
        let error = between(&with(TWO), &moved).expect_err("moved");
        assert!(error.contains("source of the clock"), "{error}");
        let other = with("[[span]]\nport = 0\n[[span]]\nport = 1\ncrc4 = \"off\"\n");
        assert_eq!(between(&with(TWO), &other), Ok(vec![vec![1]]));
    }
}
