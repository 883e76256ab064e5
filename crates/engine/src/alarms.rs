//! Alarms: what is wrong now, how badly, and since when.
use serde::Deserialize;
use std::fmt;
use tandem_types::{FrameTime, Handle};

/// How badly it is (perceived severity of ITU-T X.733).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Service is lost; act at once.
    Critical,
    /// Service is much worse; act soon.
    Major,
    /// Nothing is lost yet.
    Minor,
    /// To be looked at.
    Warning,
}

impl Severity {
    /// The worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Major, Self::Minor, Self::Warning];
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Critical => "critical",
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Warning => "warning",
        })
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmKind {
    /// A card does not answer, or is another.
    Card,
    /// A span has failed.
    Span,
    /// The far end of a span says that it does not receive us.
    Remote,
    /// The signalling link of a span is down.
    Link,
    /// The signalling link of a span is looped to itself.
    LinkLooped,
    /// No span can be followed for the clock.
    Clock,
    /// A span is out of use by order: a loop, AIS, a line test.
    Maintenance,
    /// The far end has not answered the reset of a channel.
    Channel,
    /// No trunk of a group is free.
    Group,
    /// The host does not fetch its events.
    Host,
}

/// An alarm that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Counts the alarms of an engine from 1.
    pub number: u64,
    /// What is wrong.
    pub kind: AlarmKind,
    /// How badly.
    pub severity: Severity,
    /// With what, if it has a handle: a span, a channel.
    pub object: Option<Handle>,
    /// Its place in the configuration, from 0: of a card, a span, a group.
    pub place: Option<usize>,
    /// Since when.
    pub since: FrameTime,
    /// All of this for people.
    pub text: String,
}
