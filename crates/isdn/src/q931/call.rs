//! A call: its state, timers and what is known of it.
use std::sync::Arc;

use tandem_types::{Cause, FrameTime};

use super::CallId;
use super::channels::ChannelIndex;
use super::event::ReleasedBy;
use super::rules::Faulty;

/// Where a call is. One name for both sides: what the user calls U1 and the network N6 is to have sent a
/// SETUP (Q.931 §2.1.1, §2.1.2). States 15, 17 and 22 belong to call rearrangement on a basic access and to
/// broadcast data links; a primary rate interface has neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// U1, N6: SETUP sent.
    Calling,
    /// U2, N25: the far end takes digits.
    Dialling,
    /// U3, N9: the far end has all digits.
    Proceeding,
    /// U4, N7: the far end rings.
    Ringing,
    /// N8: the far end has answered, and the owner is to acknowledge.
    Completing,
    /// U6, N1: SETUP received.
    Offered,
    /// U25, N2: we take digits.
    Collecting,
    /// U9, N3: we have all digits.
    Accepted,
    /// U7, N4: we ring.
    Alerted,
    /// U8: we have answered.
    Answering,
    /// U10, N10.
    Active,
    /// U11, N12: DISCONNECT sent.
    Disconnecting,
    /// U12, N11: DISCONNECT received.
    Disconnected,
    /// U19, N19: RELEASE sent.
    Releasing,
}

impl State {
    /// The number in a Call state element, for a side that follows the user's procedures or the network's.
    pub(super) const fn number(self, as_user: bool) -> u8 {
        let (user, network) = match self {
            Self::Calling => (1, 6),
            Self::Dialling => (2, 25),
            Self::Proceeding => (3, 9),
            Self::Ringing => (4, 7),
            Self::Completing => (8, 8),
            Self::Offered => (6, 1),
            Self::Collecting => (25, 2),
            Self::Accepted => (9, 3),
            Self::Alerted => (7, 4),
            Self::Answering => (8, 8),
            Self::Active => (10, 10),
            Self::Disconnecting => (11, 12),
            Self::Disconnected => (12, 11),
            Self::Releasing => (19, 19),
        };
        if as_user { user } else { network }
    }

    /// We sent the SETUP and the call is not yet active.
    pub(super) const fn is_outgoing_setup(self) -> bool {
        matches!(self, Self::Calling | Self::Dialling | Self::Proceeding | Self::Ringing | Self::Completing)
    }

    /// The far end sent the SETUP and the call is not yet active.
    pub(super) const fn is_incoming_setup(self) -> bool {
        matches!(self, Self::Offered | Self::Collecting | Self::Accepted | Self::Alerted | Self::Answering)
    }

    pub(super) const fn is_clearing(self) -> bool {
        matches!(self, Self::Disconnecting | Self::Disconnected | Self::Releasing)
    }
}

/// The hold of a call (EN 300 196-1 §7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Hold {
    /// Not held.
    #[default]
    Idle,
    /// We have asked for hold.
    Requested,
    /// We hold.
    Held,
    /// We have asked for retrieval.
    RetrieveRequested,
    /// The far end has asked for hold.
    FarRequested,
    /// The far end holds.
    FarHeld,
    /// The far end has asked for retrieval.
    FarRetrieveRequested,
}

/// The timer of a state; a call runs one of these at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    T301,
    T302,
    T303,
    T304,
    T305,
    T306,
    T308,
    T310,
    T313,
}

/// A timer that ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    State(Timer),
    T309,
    T322,
    Hold,
}

/// The end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) cause: Cause,
    pub(super) by: ReleasedBy,
}

impl Ending {
    pub(super) const fn new(cause: Cause, by: ReleasedBy) -> Self {
        Self { cause, by }
    }
}

/// Digits of a number, at most 32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digits {
    octets: [u8; Self::MAX],
    len: u8,
}

impl Digits {
    pub(super) const MAX: usize = 32;

    /// These digits; `None` when they are too many.
    pub(super) fn of(digits: &[u8]) -> Option<Self> {
        let mut new = Self::default();
        digits.iter().all(|digit| new.push(*digit)).then_some(new)
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }

    /// Adds a digit; false when there is no room.
    pub(super) fn push(&mut self, digit: u8) -> bool {
        let place = self.octets.get_mut(usize::from(self.len));
        let has_room = place.is_some();
        if let Some(place) = place {
            *place = digit;
            self.len += 1;
        }
        has_room
    }
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: CallId,
    /// The value of the call reference.
    pub(super) reference: u16,
    /// We chose the reference: the call is outgoing.
    pub(super) ours: bool,
    pub(super) state: State,
    pub(super) channel: Option<ChannelIndex>,
    /// The channel may not be changed.
    pub(super) exclusive: bool,
    /// The first answer to the SETUP has gone or come: the channel is agreed.
    pub(super) settled: bool,
    /// No channel is wanted.
    pub(super) bearerless: bool,
    pub(super) in_band: bool,
    /// Our call gave its channel up to one of the far end.
    pub(super) glare: bool,
    /// An event found no room.
    pub(super) untold: bool,
    /// The timer of the state.
    pub(super) timer: Option<(Timer, FrameTime)>,
    pub(super) t309: Option<FrameTime>,
    pub(super) t322: Option<FrameTime>,
    pub(super) hold_timer: Option<FrameTime>,
    /// When the schedule wakes for this call.
    pub(super) wakes_at: Option<FrameTime>,
    /// Messages sent again by the timer of the state.
    pub(super) repeats: u8,
    /// STATUS ENQUIRIES sent again.
    pub(super) enquiries: u8,
    pub(super) hold: Hold,
    /// Why and by whom the call is cleared, once it is.
    pub(super) ending: Option<Ending>,
    /// The fault that the next clearing message tells.
    pub(super) fault: Option<(Cause, Faulty)>,
    /// The SETUP as it was sent or received.
    pub(super) setup: Arc<[u8]>,
    /// Outgoing: digits that wait for SETUP ACKNOWLEDGE. Incoming: the called number.
    pub(super) digits: Digits,
    /// Outgoing: Sending complete goes with the digits that wait. Incoming: the number is complete.
    pub(super) complete: bool,
    /// Of a call of ours: the SETUP had the whole number.
    pub(super) whole: bool,
}

impl Call {
    pub(super) fn new(id: CallId, reference: u16, ours: bool, setup: Arc<[u8]>) -> Self {
        Self {
            id,
            reference,
            ours,
            state: if ours { State::Calling } else { State::Offered },
            channel: None,
            exclusive: false,
            settled: false,
            bearerless: false,
            in_band: false,
            glare: false,
            untold: false,
            timer: None,
            t309: None,
            t322: None,
            hold_timer: None,
            wakes_at: None,
            repeats: 0,
            enquiries: 0,
            hold: Hold::Idle,
            ending: None,
            fault: None,
            setup,
            digits: Digits::default(),
            complete: false,
            whole: false,
        }
    }

    /// When the first of its timers runs out.
    pub(super) fn earliest(&self) -> Option<FrameTime> {
        let timers = [self.timer.map(|timer| timer.1), self.t309, self.t322, self.hold_timer];
        timers.into_iter().flatten().min()
    }

    /// Takes the first timer that has run out.
    pub(super) fn take_due(&mut self, now: FrameTime) -> Option<(Due, FrameTime)> {
        let at = self.earliest().filter(|at| *at <= now)?;
        if let Some((timer, _)) = self.timer.take_if(|timer| timer.1 == at) {
            return Some((Due::State(timer), at));
        }
        let others =
            [(&mut self.t309, Due::T309), (&mut self.t322, Due::T322), (&mut self.hold_timer, Due::Hold)];
        let due = others.into_iter().find_map(|(timer, due)| timer.take_if(|t| *t == at).map(|_| due));
        due.map(|due| (due, at))
    }

    pub(super) fn stop_all(&mut self) {
        self.timer = None;
        self.t309 = None;
        self.t322 = None;
        self.hold_timer = None;
    }
}
