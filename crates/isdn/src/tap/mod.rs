//! A primary rate interface that is only listened to: two receivers, one a direction, and nothing is ever sent.
//!
//! [`Tap`] takes the frames of both directions as they come, without flags and check sequence, and tells the calls that the
//! two ends have with each other. `link` finds out which messages the ends have given each other (no acknowledging, no
//! asking again), `tracker` what they mean. Time is an argument. The control thread owns it. Not here: HDLC
//! (`tandem_line::hdlc`), the sound of the calls, D channels that several interfaces share.
mod call;
mod link;
mod tracker;

pub use call::{Number, TapEnd, TapState, TappedCall};
pub use link::{TapFrames, WayCounters};
pub use tracker::TapCounters;

use crate::Side;
use link::PassiveLink;
use tandem_types::FrameTime;
use tracker::Tracker;

/// News of a tapped interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TapEvent {
    /// A call begins, has come further, has another channel, or is over: as it stands now.
    Call(TappedCall),
    /// The ends exchange messages, or do not any more.
    Link {
        /// Whether they do.
        up: bool,
    },
}

/// A tapped interface. After each stimulus its owner fetches the events until there are none.
#[derive(Debug)]
pub struct Tap {
    link: PassiveLink,
    tracker: Tracker,
}

impl Tap {
    /// Nothing has been heard. Of so many calls it keeps track at a time; for one more, one that is over is
    /// forgotten, or one is given up: first one whose SETUP nobody has answered, then one that is half known, at last one that is
    /// answered; of those the one that it has not heard of for the longest time.
    #[must_use]
    pub fn new(most_calls: usize) -> Self {
        Self { link: PassiveLink::default(), tracker: Tracker::new(most_calls) }
    }

    /// A frame without check sequence was heard of an end. Frames of both ends come in the order of their time.
    pub fn handle_frame(&mut self, now: FrameTime, from: Side, octets: &[u8]) {
        let Self { link, tracker } = self;
        link.handle_frame(now, from, octets, &mut |from, message| tracker.handle_message(now, from, message));
        self.tell_link();
    }

    /// One of the receivers hears nothing any more: what becomes of the calls is not known.
    pub fn deafened(&mut self, now: FrameTime) {
        self.link.forget();
        self.tracker.give_up_all(now);
        self.tell_link();
    }

    /// Lets everything happen that is due.
    pub fn handle_timeout(&mut self, now: FrameTime) {
        let Self { link, tracker } = self;
        link.handle_timeout(now, &mut |from, message| tracker.handle_message(now, from, message));
        tracker.handle_timeout(now);
        self.tell_link();
    }

    /// When `handle_timeout` is wanted next; it may lie in the past.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<FrameTime> {
        [self.link.poll_timeout(), self.tracker.poll_timeout()].into_iter().flatten().min()
    }

    /// The next news.
    pub fn poll_event(&mut self) -> Option<TapEvent> {
        self.tracker.poll_event()
    }

    /// Calls that are not over, as far as that has been heard.
    pub fn calls(&self) -> impl Iterator<Item = &TappedCall> {
        self.tracker.calls()
    }

    /// Whether the ends exchange messages.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.link.is_up()
    }

    /// What has been counted of the frames of an end.
    #[must_use]
    pub const fn way(&self, of: Side) -> &WayCounters {
        self.link.way(of)
    }

    /// What has been counted of calls.
    #[must_use]
    pub const fn counters(&self) -> &TapCounters {
        self.tracker.counters()
    }

    fn tell_link(&mut self) {
        if let Some(up) = self.link.poll_change() {
            self.tracker.tell_link(up);
        }
    }
}
