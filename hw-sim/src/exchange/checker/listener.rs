//! What the checker knows of one circuit: what its caller has done, and what may be heard there now.
use super::room::bits;
use crate::exchange::report::HeardClass;

/// One explanation of what is heard. A circuit has several while they cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum View {
    /// Silence since this frame.
    Idle { since: u64 },
    /// A prompt whose sample `next` is due.
    Prompt { number: u16, next: u32 },
    /// The conference, after the transitions in `mask`.
    Mix { mask: u64 },
}

/// One circuit.
#[derive(Debug)]
pub(super) struct Listener {
    /// Never empty.
    pub(super) views: Vec<View>,
    pub(super) call: Option<u64>,
    /// The switch is dialling here.
    pub(super) dialling: bool,
    /// One end has gone on-hook: what is heard may end.
    pub(super) leaving: bool,
    /// The room that the caller asked for.
    pub(super) room: Option<u16>,
    /// Whether it must be in that room by now.
    pub(super) must_mix: bool,
    /// How often the room's sum of settled members holds this circuit.
    pub(super) times_in_sum: i32,
    /// When digits began that have not cut off a prompt.
    pub(super) digits: Vec<u64>,
    /// How often each prompt began.
    pub(super) plays: Vec<u32>,
    /// The last frame with anything but the idle octet.
    pub(super) last_sound: Option<u64>,
    /// What is heard may be anywhere in a prompt: checking was off, or all views had failed.
    pub(super) lost: bool,
    /// Unexplained octets in a row.
    pub(super) failures: u32,
    /// Octets of this call that waited for a delay.
    pub(super) uncalibrated: u64,
    /// When a delay is next looked for.
    pub(super) next_search: u64,
}

impl Listener {
    pub(super) fn new(prompts: usize) -> Self {
        Self {
            views: vec![View::Idle { since: 0 }],
            call: None,
            dialling: false,
            leaving: false,
            room: None,
            must_mix: false,
            times_in_sum: 0,
            digits: Vec::new(),
            plays: vec![0; prompts],
            last_sound: None,
            lost: false,
            failures: 0,
            uncalibrated: 0,
            next_search: 0,
        }
    }

    /// A new call, or none.
    pub(super) fn reset(&mut self, call: Option<u64>, now: u64) {
        *self = Self { call, last_sound: self.last_sound, ..Self::new(self.plays.len()) };
        self.views = vec![View::Idle { since: now }];
    }

    /// Whether silence is all there is to be heard, so that a silent octet needs no look.
    pub(super) fn is_plain(&self) -> bool {
        !self.dialling && matches!(self.views[..], [View::Idle { .. }])
    }

    /// The first frame of the silence that lasts until now.
    pub(super) fn silent_since(&self) -> u64 {
        self.last_sound.map_or(0, |frame| frame + 1)
    }

    /// The masks of those views that are of a conference.
    pub(super) fn masks(&self) -> impl Iterator<Item = u64> {
        self.views.iter().filter_map(|view| match view {
            View::Mix { mask } => Some(*mask),
            _ => None,
        })
    }

    /// Whether a transition has happened here in every view.
    pub(super) fn has_surely(&self, bit: u8) -> bool {
        self.views.iter().all(|view| matches!(view, View::Mix { mask } if bits(*mask).any(|set| set == bit)))
    }

    /// A transition has happened for everybody: views in which it has not give way to those in which it has.
    pub(super) fn close(&mut self, bit: u8) {
        let happened = self.masks().any(|mask| mask & 1 << bit != 0);
        if happened {
            self.views.retain(|view| !matches!(view, View::Mix { mask } if mask & 1 << bit == 0));
        }
        for view in &mut self.views {
            if let View::Mix { mask } = view {
                *mask &= !(1 << bit);
            }
        }
        self.views.dedup();
    }

    /// A digit cut off a prompt: it cuts off no other.
    pub(super) fn use_digit(&mut self, limit: u64) {
        let silent_since = self.silent_since();
        if let Some(index) = self.digits.iter().position(|digit| digit + limit >= silent_since) {
            self.digits.drain(..=index);
        }
    }

    /// The class of the first view, for reports.
    pub(super) fn class(&self) -> HeardClass {
        match (self.views.first(), self.room) {
            (Some(View::Prompt { number, .. }), _) => HeardClass::Prompt(usize::from(*number)),
            (Some(View::Mix { .. }), Some(room)) => HeardClass::Mix(usize::from(room)),
            _ => HeardClass::Idle,
        }
    }
}
