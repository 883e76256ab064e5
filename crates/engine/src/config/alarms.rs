//! `[alarms]`: how bad what is.
use crate::alarms::{AlarmKind, Severity};
use serde::Deserialize;

/// `[alarms]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlarmsSection {
    /// A card does not answer, or is another.
    pub card: SeverityName,
    /// A span has failed.
    pub span: SeverityName,
    /// The far end of a span says that it does not receive us.
    pub remote: SeverityName,
    /// The signalling link of a span is down.
    pub link: SeverityName,
    /// The signalling link of a span is looped to itself.
    pub link_looped: SeverityName,
    /// No span can be followed for the clock.
    pub clock: SeverityName,
    /// A span is out of use by order.
    pub maintenance: SeverityName,
    /// The far end has not answered the reset of a channel.
    pub channel: SeverityName,
    /// No trunk of a group is free.
    pub group: SeverityName,
    /// The host does not fetch its events.
    pub host: SeverityName,
}

/// Severities by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum SeverityName {
    Critical,
    Major,
    Minor,
    Warning,
    /// It is no alarm.
    None,
}

impl Default for AlarmsSection {
    fn default() -> Self {
        use SeverityName::{Critical, Major, Minor, Warning};
        Self {
            card: Critical,
            span: Critical,
            remote: Major,
            link: Major,
            link_looped: Major,
            clock: Major,
            maintenance: Warning,
            channel: Minor,
            group: Warning,
            host: Major,
        }
    }
}

impl AlarmsSection {
    /// How bad it is; `None` if it is no alarm.
    pub(crate) const fn severity(&self, kind: AlarmKind) -> Option<Severity> {
        let name = match kind {
            AlarmKind::Card => self.card,
            AlarmKind::Span => self.span,
            AlarmKind::Remote => self.remote,
            AlarmKind::Link => self.link,
            AlarmKind::LinkLooped => self.link_looped,
            AlarmKind::Clock => self.clock,
            AlarmKind::Maintenance => self.maintenance,
            AlarmKind::Channel => self.channel,
            AlarmKind::Group => self.group,
            AlarmKind::Host => self.host,
        };
        match name {
            SeverityName::Critical => Some(Severity::Critical),
            SeverityName::Major => Some(Severity::Major),
            SeverityName::Minor => Some(Severity::Minor),
            SeverityName::Warning => Some(Severity::Warning),
            SeverityName::None => None,
        }
    }
}
