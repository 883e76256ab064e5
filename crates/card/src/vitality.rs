//! Whether a card is alive, judged by its own time. For the drivers of cards that count frames by themselves.
//!
//! A card that runs by itself goes on while the host is late, and has moved everything when the host makes up for it,
//! tick by tick. So it is no sign of death if it moves nothing then: only a host that is on time can tell.
use crate::Bus;
use tandem_rt::MediaTick;
use tandem_types::{FrameTime, Frames};

/// When a service is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// When the one before it was due, and when it was due itself.
    pub(crate) since: FrameTime,
    pub(crate) due: FrameTime,
    /// The time of the card.
    pub(crate) at: FrameTime,
    /// The card has had the time for another granule already, or the host makes up for such a time.
    pub(crate) is_late: bool,
}

/// When a card was last seen to have moved frames.
#[derive(Debug)]
pub(crate) struct Vitality {
    /// How long it may move none before it is taken for dead.
    patience: Frames,
    /// Or when it was first looked at.
    moved_at: Option<FrameTime>,
    /// How late the last service was.
    behind: Frames,
}

impl Vitality {
    pub(crate) const fn new() -> Self {
        Self { patience: PATIENCE, moved_at: None, behind: Frames(0) }
    }

    pub(crate) const fn set_patience(&mut self, patience: Frames) {
        self.patience = patience;
    }

    /// The card was started anew.
    pub(crate) const fn restart(&mut self) {
        self.moved_at = None;
    }

    /// Begins a service of a card that moves so many frames at a time.
    pub(crate) fn begin_service<B: Bus>(&mut self, bus: &B, tick: &MediaTick<'_>, granule: usize) -> Moment {
        let behind = if bus.runs_by_itself() { tick.behind() } else { Frames(0) };
        let before = std::mem::replace(&mut self.behind, behind);
        let is_late = behind.0 >= granule as u64 || behind < before;
        Moment { since: tick.start(), due: tick.end(), at: tick.end() + behind, is_late }
    }

    /// The card has moved frames.
    pub(crate) const fn note_move(&mut self, now: Moment) {
        self.moved_at = Some(now.at);
    }

    /// Whether the card has moved no frame for longer than the host is ready to wait.
    pub(crate) fn stands_still(&mut self, now: Moment) -> bool {
        let moved_at = *self.moved_at.get_or_insert(now.at);
        !now.is_late && now.at.since(moved_at) >= self.patience
    }
}

/// A card that answers no more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone {
    look_at: FrameTime,
}

impl Gone {
    pub(crate) fn at(now: Moment) -> Self {
        Self { look_at: now.at + LOOK_AGAIN }
    }

    /// Whether it is to be looked for.
    pub(crate) fn is_due(self, now: Moment) -> bool {
        self.look_at <= now.at
    }
}

const PATIENCE: Frames = Frames::from_ms(10);
/// How often a dead card is looked for.
const LOOK_AGAIN: Frames = Frames::from_seconds(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(due: u64, behind: u64) -> Moment {
        let (since, due, at) = (FrameTime(due - 8), FrameTime(due), FrameTime(due + behind));
        Moment { since, due, at, is_late: behind >= 8 }
    }

    #[test]
    fn a_card_is_dead_when_a_host_on_time_has_seen_nothing_move_for_10_ms() {
        let mut vitality = Vitality::new();
        assert!(!vitality.stands_still(moment(1000, 0)));
        assert!(!vitality.stands_still(moment(1079, 0)));
        assert!(vitality.stands_still(moment(1080, 0)));
        vitality.note_move(moment(1080, 0));
        assert!(!vitality.stands_still(moment(1159, 0)));
    }

    #[test]
    fn a_host_that_makes_up_for_a_stall_cannot_tell() {
        let mut vitality = Vitality::new();
        vitality.note_move(moment(1008, 192));
        for late in 1..24 {
            assert!(!vitality.stands_still(moment(1008 + 8 * late, 192 - 8 * late)), "{late} ms");
        }
        assert!(!vitality.stands_still(moment(1208, 0)), "the card moved at 1200 by its own time");
        assert!(vitality.stands_still(moment(1280, 0)));
    }
}
