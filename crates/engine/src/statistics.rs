//! What an engine has counted.
use std::fmt;
use std::num::NonZeroU32;
use tandem_card::Presence;
use tandem_isdn::q921::LinkCounters;
use tandem_isdn::q931::Counters as CallCounters;
use tandem_line::hdlc::HdlcCounters;
use tandem_switch::SwitchTotals;
use tandem_types::{Defects, FrameTime, Frames, Handle};

/// Counters of the control plane and of the switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Incoming seizures.
    pub calls_seized: u64,
    /// Calls offered to the host.
    pub calls_offered: u64,
    /// Incoming calls refused because the host was behind (cause 42).
    pub calls_refused: u64,
    /// Outgoing calls.
    pub calls_placed: u64,
    /// Calls answered, in both directions.
    pub calls_answered: u64,
    /// Calls cleared that the host had been told of.
    pub calls_cleared: u64,
    /// Calls there are now.
    pub calls_active: u64,
    /// Calls of others that hosts were told of, on lines that are listened to.
    pub tapped_calls: u64,
    /// Calls of others that the host was not told of because it was behind.
    pub tapped_calls_untold: u64,
    /// Circuits that were taken by calls that are no more, and have been freed. There should never be any.
    pub circuits_freed: u64,
    /// Digits received on calls, without those of called numbers.
    pub digits_received: u64,
    /// Digits lost because too many waited to be collected.
    pub digits_dropped: u64,
    /// Recordings begun.
    pub recordings: u64,
    /// Frames written to recordings, gaps included.
    pub recorded_frames: u64,
    /// Frames of silence in recordings for what their taps lost.
    pub recording_gap_frames: u64,
    /// Frames that could not be written.
    pub recording_lost_frames: u64,
    /// Failures declared on spans.
    pub span_failures: u64,
    /// Events for information that were dropped because the host was behind.
    pub events_dropped: u64,
    /// What the media thread has counted.
    pub media: SwitchTotals,
}

/// All of an engine's counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Frames worked since open.
    pub now: FrameTime,
    /// Control plane and switch.
    pub totals: Totals,
    /// Steps of the media thread that began later than one granule after they were due.
    pub late_ticks: u64,
    /// Frames that cards lost because the host came late.
    pub card_frames_missed: u64,
    /// Controlled slips.
    pub slips: u64,
}

/// A card as it stands now. Displays as a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardState {
    /// What the configuration calls it; if nothing, `card` and its place, from 0.
    pub name: String,
    /// Its model.
    pub model: String,
    /// Its serial number, by which it is known again when it is put back.
    pub serial: Option<NonZeroU32>,
    /// The ports it has.
    pub ports: usize,
    /// Whether it is in its place.
    pub presence: Presence,
}

impl fmt::Display for CardState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(serial) = self.serial {
            write!(f, ", serial number {serial}")?;
        }
        match self.presence {
            Presence::There => f.write_str(": in its place"),
            Presence::Away => f.write_str(": away, and looked for"),
            Presence::Another { serial: Some(serial) } => {
                write!(f, ": away; in its place is a card with serial number {serial}, which is not used")
            }
            Presence::Another { serial: None } => {
                f.write_str(": away; in its place is a card without a serial number, which is not used")
            }
        }
    }
}

/// A span as it stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanState {
    /// The span.
    pub span: Handle,
    /// What its receiver sees.
    pub defects: Defects,
    /// Whether it has failed: its circuits are blocked.
    pub failed: bool,
    /// Whether a loop is closed on it by order: its circuits are blocked as well.
    pub looped: bool,
    /// Calls on it.
    pub calls: usize,
    /// Channels that it has.
    pub channels: usize,
    /// Frames of it that were lost on their way here, since the engine was opened.
    pub frames_lost: u64,
}

/// How a group of trunks stands, and what it has counted since open. Calls that the host places on a channel, and those of far
/// ends, count for the first group that their trunk belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupState {
    /// Channels that it has.
    pub channels: usize,
    /// Calls on them now.
    pub calls: usize,
    /// Channels on which a call could begin now.
    pub free: usize,
    /// Calls placed in it.
    pub placed: u64,
    /// Calls that could not be placed in it, because no channel was free.
    pub refused: u64,
    /// Calls placed that were answered. Of those placed, this is the answer-seizure ratio (ITU-T E.425).
    pub placed_answered: u64,
    /// Calls offered by far ends.
    pub offered: u64,
    /// Of those, answered.
    pub offered_answered: u64,
    /// How long the answered calls that are over lasted, together.
    pub talk: Frames,
    /// How often the last free channel was taken.
    pub all_busy_count: u64,
    /// For how long none was free.
    pub all_busy_frames: Frames,
}

/// What the D channel of an ISDN span has counted since open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DChannel {
    /// Calls can be made on it now.
    pub up: bool,
    /// Good frames, and what else stood between flags, by what was wrong with it.
    pub heard: HdlcCounters,
    /// Good frames that were lost because the control thread was behind.
    pub frames_dropped: u64,
    /// The data link (Q.921).
    pub link: LinkCounters,
    /// Messages and calls (Q.931).
    pub calls: CallCounters,
}

/// What has come of frames that are the host's own, since its span was set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCounts {
    /// Between flags.
    pub heard: HdlcCounters,
    /// Good ones that were lost because the engine was behind.
    pub dropped: u64,
    /// Frames that wait to be read.
    pub waiting: usize,
    /// Good ones, the oldest, that were lost because the host did not read them.
    pub unread: u64,
    /// Frames given to be sent.
    pub sent: u64,
    /// Frames that found no room.
    pub refused: u64,
}
