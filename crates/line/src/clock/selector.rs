//! The choice of the span whose clock is followed.
//!
//! A source that fails is left at once. One that comes back is believed after the wait-to-restore time, unless there
//! is no other to follow. Among those that can be followed the best quality wins, then the place in the list.
use super::Quality;
use tandem_types::{FrameTime, Frames};

/// Spans that a selector can choose from.
pub const MOST_SOURCES: usize = 16;

/// What is known of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceState {
    /// Its signal is there: no loss of signal or alignment, no AIS.
    pub sound: bool,
    /// What it says of its clock.
    pub quality: Quality,
}

impl SourceState {
    const fn may_be_followed(self) -> bool {
        self.sound && !matches!(self.quality, Quality::DoNotUse)
    }
}

#[derive(Clone, Copy, Debug)]
struct Source {
    state: SourceState,
    /// Since when it may be followed without a break; `None` while it may not.
    since: Option<FrameTime>,
    /// Whether it has failed since it was last believed: it is believed again after the time to restore.
    on_trial: bool,
}

/// Chooses among up to [`MOST_SOURCES`] sources, in the order of their priority.
#[derive(Clone, Debug)]
pub struct Selector {
    sources: [Source; MOST_SOURCES],
    count: usize,
    wait_to_restore: Frames,
    current: Option<usize>,
}

impl Selector {
    /// A selector that knows nothing of its sources yet, and follows none.
    #[must_use]
    pub const fn new(count: usize, wait_to_restore: Frames) -> Self {
        let unknown = SourceState { sound: false, quality: Quality::Unknown };
        let source = Source { state: unknown, since: None, on_trial: false };
        let count = if count < MOST_SOURCES { count } else { MOST_SOURCES };
        Self { sources: [source; MOST_SOURCES], count, wait_to_restore, current: None }
    }

    /// The source that is followed, by its place in the list.
    #[must_use]
    pub const fn current(&self) -> Option<usize> {
        self.current
    }

    /// Takes what is known of a source now.
    pub fn handle_state(&mut self, now: FrameTime, source: usize, state: SourceState) {
        let Some(place) = self.sources[..self.count].get_mut(source) else { return };
        if place.state == state {
            return;
        }
        let may = state.may_be_followed();
        match (place.since, may) {
            (None, true) => place.since = Some(now),
            (Some(_), false) => (place.since, place.on_trial) = (None, true),
            _ => {}
        }
        place.state = state;
    }

    /// Chooses anew; true if another source is followed from now on, or none.
    pub fn choose(&mut self, now: FrameTime) -> bool {
        let before = self.current;
        let wait = self.wait_to_restore;
        for source in &mut self.sources[..self.count] {
            if source.on_trial && source.since.is_some_and(|since| now.since(since) >= wait) {
                source.on_trial = false;
            }
        }
        let kept = self.current.filter(|current| self.sources[*current].since.is_some());
        self.current = self.best(|source| !source.on_trial).or(kept).or_else(|| self.best(|_| true));
        if let Some(current) = self.current {
            self.sources[current].on_trial = false;
        }
        self.current != before
    }

    fn best(&self, allowed: impl Fn(&Source) -> bool) -> Option<usize> {
        let sources = self.sources[..self.count].iter().enumerate();
        let usable = sources.filter(|(_, source)| source.since.is_some() && allowed(source));
        usable.min_by_key(|(place, source)| (source.state.quality, *place)).map(|(place, _)| place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: SourceState = SourceState { sound: true, quality: Quality::Unknown };
    const BAD: SourceState = SourceState { sound: false, quality: Quality::Unknown };

    fn at_s(seconds: u64) -> FrameTime {
        FrameTime(8000 * seconds)
    }

    fn selector(states: &[SourceState]) -> Selector {
        let mut selector = Selector::new(states.len(), Frames::from_seconds(300));
        for (source, state) in states.iter().enumerate() {
            selector.handle_state(at_s(0), source, *state);
        }
        selector.choose(at_s(0));
        selector
    }

    #[test]
    fn the_first_sound_source_is_followed_at_once_and_none_when_there_is_none() {
        assert_eq!(selector(&[GOOD, GOOD]).current(), Some(0));
        assert_eq!(selector(&[BAD, GOOD]).current(), Some(1));
        assert_eq!(selector(&[BAD, BAD]).current(), None);
        assert_eq!(selector(&[]).current(), None);
    }

    #[test]
    fn a_failed_source_is_left_at_once_and_taken_back_after_the_time_to_restore() {
        let mut selector = selector(&[GOOD, GOOD]);
        selector.handle_state(at_s(10), 0, BAD);
        assert!(selector.choose(at_s(10)));
        assert_eq!(selector.current(), Some(1));
        selector.handle_state(at_s(20), 0, GOOD);
        assert!(!selector.choose(at_s(319)));
        assert!(selector.choose(at_s(320)));
        assert_eq!(selector.current(), Some(0));
    }

    #[test]
    fn a_failure_within_the_time_to_restore_begins_it_anew() {
        let mut selector = selector(&[GOOD, GOOD]);
        for (second, state) in [(10, BAD), (20, GOOD), (300, BAD), (301, GOOD)] {
            selector.handle_state(at_s(second), 0, state);
            selector.choose(at_s(second));
        }
        assert!(!selector.choose(at_s(600)));
        assert!(selector.choose(at_s(601)));
    }

    #[test]
    fn the_only_source_is_followed_again_as_soon_as_it_is_sound() {
        let mut selector = selector(&[GOOD]);
        selector.handle_state(at_s(10), 0, BAD);
        assert!(selector.choose(at_s(10)));
        assert_eq!(selector.current(), None);
        selector.handle_state(at_s(11), 0, GOOD);
        assert!(selector.choose(at_s(11)));
        assert_eq!(selector.current(), Some(0));
    }

    #[test]
    fn quality_comes_before_priority_and_a_clock_of_our_own_is_not_followed() {
        let quality = |quality| SourceState { sound: true, quality };
        let sources = [quality(Quality::Equipment), quality(Quality::Primary), quality(Quality::Primary)];
        let mut selector = selector(&sources);
        assert_eq!(selector.current(), Some(1));
        selector.handle_state(at_s(1), 1, quality(Quality::DoNotUse));
        selector.handle_state(at_s(1), 2, quality(Quality::DoNotUse));
        selector.choose(at_s(1));
        assert_eq!(selector.current(), Some(0));
    }

    #[test]
    fn sources_beyond_the_list_are_passed_over() {
        let mut selector = Selector::new(40, Frames(0));
        selector.handle_state(at_s(0), 16, GOOD);
        assert!(!selector.choose(at_s(0)));
        selector.handle_state(at_s(0), 15, GOOD);
        assert!(selector.choose(at_s(0)));
    }
}
