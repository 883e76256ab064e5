//! ISDN spans by the D channels that signal for them.
use super::{Config, ConfigError, SpanSection, check};
use std::collections::BTreeSet;
use tandem_isdn::q931::{InterfaceConfig, LinkConfig, LinkId};

/// Spans with one set of calls: one with its D channel, or several with one or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccessPlan {
    /// The spans and which interface each is, that of the primary D channel first.
    pub(crate) members: Vec<(usize, u8)>,
    /// The spans with a D channel, the primary one first.
    pub(crate) d_channels: Vec<usize>,
}

impl AccessPlan {
    /// What layer 3 is made from.
    pub(crate) fn interface(&self, spans: &[SpanSection]) -> InterfaceConfig {
        let channels = self.members.iter().flat_map(|(span, interface)| spans[*span].b_channels(*interface));
        let interface = |span: &usize| {
            self.members.iter().find(|(member, _)| member == span).map_or(0, |member| member.1)
        };
        let links = self.d_channels.iter().zip(0..);
        let links = links.map(|(span, id)| LinkConfig { id: LinkId(id), interface: interface(span) });
        let channels: Vec<_> = channels.collect();
        InterfaceConfig {
            max_calls: 2 * channels.len() as u16 + 4,
            channels,
            links: links.collect(),
            ..spans[self.d_channels[0]].interface()
        }
    }
}

impl Config {
    /// How the ISDN spans hang together.
    pub(crate) fn access_plans(&self) -> Vec<AccessPlan> {
        let primary = |section: &SpanSection| section.is_isdn() && section.pri.shares.is_none();
        let primaries = (0..self.spans.len()).filter(|span| primary(&self.spans[*span]));
        primaries.map(|span| self.plan_of(span)).collect()
    }

    fn plan_of(&self, primary: usize) -> AccessPlan {
        let shares =
            |span: &usize| self.spans[*span].is_isdn() && self.spans[*span].pri.shares == Some(primary);
        let sharing: Vec<usize> = (0..self.spans.len()).filter(shares).collect();
        let all = [primary].into_iter().chain(sharing.iter().copied());
        let named =
            all.zip(0_u8..=127).map(|(span, place)| (span, self.spans[span].pri.interface.unwrap_or(place)));
        let backup = sharing.iter().copied().find(|span| self.spans[*span].pri.backup);
        AccessPlan {
            members: named.collect(),
            d_channels: [Some(primary), backup].into_iter().flatten().collect(),
        }
    }

    pub(super) fn check_accesses(&self) -> Result<(), ConfigError> {
        for (index, span) in self.spans.iter().enumerate().filter(|(_, span)| span.is_isdn()) {
            let field = |name: &str| format!("span[{index}].pri.{name}");
            let Some(shares) = span.pri.shares else {
                check(
                    &field("backup"),
                    !span.pri.backup,
                    "is for a span that shares the D channel of another",
                )?;
                continue;
            };
            let primary = self
                .spans
                .get(shares)
                .filter(|primary| primary.is_isdn() && primary.pri.shares.is_none() && shares != index);
            let e1 = |span: &SpanSection| span.framing == super::FramingName::E1;
            let fits = primary.is_some_and(|primary| e1(primary) == e1(span) && primary.law() == span.law());
            check(
                &field("shares"),
                fits,
                "must be an ISDN span in use of the same kind with a D channel of its own",
            )?;
        }
        for plan in self.access_plans() {
            let primary = plan.d_channels[0];
            let field = |name: &str| format!("span[{primary}].pri.{name}");
            let members = &plan.members;
            check(&field("shares"), members.len() <= MOST_INTERFACES, "at most 20 spans share a D channel")?;
            let mut seen = BTreeSet::new();
            for (span, interface) in members {
                let good = *interface <= 127 && seen.insert(*interface);
                check(
                    &format!("span[{span}].pri.interface"),
                    good,
                    "must be 0 to 127, and of one span only",
                )?;
            }
            let backups = members.iter().filter(|(span, _)| self.spans[*span].pri.backup).count();
            check(&field("backup"), backups <= 1, "one span only has the backup D channel")?;
        }
        Ok(())
    }
}

/// As many as switches have in a group (NI-2: 20 DS1).
const MOST_INTERFACES: usize = 20;
