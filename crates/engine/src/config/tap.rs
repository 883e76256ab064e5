//! Spans that listen to lines of others: the two receivers of each.
use super::{AccessPlan, Config, ConfigError, FramingName, SideName, SpanSection, check};

impl Config {
    /// The lines that are listened to: the span that hears the network, then the one that hears the user.
    pub(crate) fn tap_plans(&self) -> Vec<[usize; 2]> {
        let hears_network = |section: &SpanSection| section.is_tap() && section.tap.side == SideName::Network;
        let pair = |(network, section): (usize, &SpanSection)| {
            let user =
                section.tap.with.filter(|user| self.spans.get(*user).is_some_and(SpanSection::is_tap))?;
            hears_network(section).then_some([network, user])
        };
        self.spans.iter().enumerate().filter_map(pair).collect()
    }

    /// Spans that belong together: they change together.
    pub(super) fn unions(&self) -> Vec<AccessPlan> {
        let of_tap = |[network, user]: [usize; 2]| AccessPlan {
            members: vec![(network, 0), (user, 0)],
            d_channels: vec![network, user],
        };
        self.access_plans().into_iter().chain(self.tap_plans().into_iter().map(of_tap)).collect()
    }

    pub(super) fn check_taps(&self) -> Result<(), ConfigError> {
        for (index, span) in self.spans.iter().enumerate().filter(|(_, span)| span.is_tap()) {
            let field = |name: &str| format!("span[{index}].{name}");
            let with = span.tap.with.filter(|with| *with != index);
            check(
                &field("tap.with"),
                with.is_some(),
                "must be another span: a line has two directions, and each has a receiver of its own",
            )?;
            let other = with.and_then(|with| self.spans.get(with));
            let other = other.filter(|other| other.is_tap() && other.tap.with == Some(index));
            check(
                &field("tap.with"),
                other.is_some(),
                "must be a span in use with signalling = \"tap\" that names this one in turn",
            )?;
            let Some(other) = other else { continue };
            check(
                &field("tap.side"),
                other.tap.side != span.tap.side,
                "one of the two receivers hears the network, and one the user",
            )?;
            let kind = |span: &SpanSection| (span.framing == FramingName::E1, span.law());
            check(
                &field("tap.with"),
                kind(other) == kind(span),
                "must be of the same kind, E1 or T1, and law",
            )?;
            let d_channel = |span: &SpanSection| (span.hdlc_slot(), span.profile().name);
            check(
                &field("tap.with"),
                d_channel(other) == d_channel(span),
                "must have the same D channel and kind of switch",
            )?;
            check(&field("echo"), span.echo.is_none(), "is of what is sent, and a tap sends nothing")?;
        }
        for (index, group) in self.groups.iter().enumerate() {
            let tap = group.spans.iter().find(|span| self.spans[**span].is_tap());
            let problem = tap.map_or_else(String::new, |span| {
                format!("span {span} is a tap: it only listens, and no call can be placed on it")
            });
            check(&format!("group[{index}].spans"), tap.is_none(), &problem)?;
        }
        Ok(())
    }
}
