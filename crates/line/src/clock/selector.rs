//! The choice of the span whose clock is followed.
//!
//! A source that fails is left at once. One whose signal comes back is believed after the wait-to-restore time, unless
//! there is no other to follow; one that told not to be used waits for that time even if it is alone, for two ends that
//! follow each other would else turn to and fro without end. A quality that gets worse counts at once, one that gets
//! better after the same time. Among those that can be followed the best quality wins, then the place in the list.
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
    trial: Trial,
    /// What is believed of its clock: the worst that it told in the time to restore.
    believed: Quality,
    /// Since when it tells of a better clock than is believed.
    better_since: FrameTime,
}

/// What has become of a source since it was last believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trial {
    None,
    /// It was lost: it is believed again after the time to restore, or at once if there is no other.
    Lost,
    /// It told that it is not to be used: it is believed again after the time to restore.
    Refused,
}

impl Source {
    const fn handle_state(&mut self, now: FrameTime, state: SourceState) {
        if state.may_be_followed() {
            if self.since.is_none() {
                self.since = Some(now);
            }
        } else {
            let refused = state.sound || matches!(self.trial, Trial::Refused);
            let was_known = self.since.is_some() || !matches!(self.trial, Trial::None);
            if was_known || state.sound {
                self.trial = if refused { Trial::Refused } else { Trial::Lost };
            }
            self.since = None;
        }
        let worse = state.quality as u8 >= self.believed as u8;
        if worse || matches!(self.believed, Quality::Unknown | Quality::DoNotUse) {
            self.believed = state.quality;
        }
        if state.quality as u8 != self.state.quality as u8 {
            self.better_since = now;
        }
        self.state = state;
    }

    fn pass(&mut self, now: FrameTime, wait: Frames) {
        if self.since.is_some_and(|since| now.since(since) >= wait) {
            self.trial = Trial::None;
        }
        if self.state.quality < self.believed && now.since(self.better_since) >= wait {
            self.believed = self.state.quality;
        }
    }
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
        let source = Source {
            state: unknown,
            since: None,
            trial: Trial::None,
            believed: Quality::Unknown,
            better_since: FrameTime::ZERO,
        };
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
        if let Some(place) = self.sources[..self.count].get_mut(source).filter(|place| place.state != state) {
            place.handle_state(now, state);
        }
    }

    /// Chooses anew; true if another source is followed from now on, or none.
    pub fn choose(&mut self, now: FrameTime) -> bool {
        let before = self.current;
        let wait = self.wait_to_restore;
        self.sources[..self.count].iter_mut().for_each(|source| source.pass(now, wait));
        let kept = self.current.filter(|current| self.sources[*current].since.is_some());
        self.current = self
            .best(|source| source.trial == Trial::None)
            .or(kept)
            .or_else(|| self.best(|source| source.trial != Trial::Refused));
        if let Some(current) = self.current {
            self.sources[current].trial = Trial::None;
        }
        self.current != before
    }

    fn best(&self, allowed: impl Fn(&Source) -> bool) -> Option<usize> {
        let sources = self.sources[..self.count].iter().enumerate();
        let usable = sources.filter(|(_, source)| source.since.is_some() && allowed(source));
        usable.min_by_key(|(place, source)| (source.believed, *place)).map(|(place, _)| place)
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
    fn a_source_that_told_not_to_be_used_waits_even_if_it_is_the_only_one() {
        let quality = |quality| SourceState { sound: true, quality };
        let mut selector = selector(&[quality(Quality::SupplyB)]);
        assert_eq!(selector.current(), Some(0));
        selector.handle_state(at_s(1), 0, quality(Quality::DoNotUse));
        assert!(selector.choose(at_s(1)));
        // Lost in between, and back: it has still told so.
        for (second, state) in [(2, quality(Quality::SupplyB)), (3, BAD), (4, quality(Quality::SupplyB))] {
            selector.handle_state(at_s(second), 0, state);
            assert!(!selector.choose(at_s(second)));
        }
        assert!(!selector.choose(at_s(303)));
        assert!(selector.choose(at_s(304)));
    }

    #[test]
    fn a_better_quality_counts_after_the_time_to_restore_and_a_worse_one_at_once() {
        let quality = |quality| SourceState { sound: true, quality };
        let mut selector = selector(&[quality(Quality::Equipment), quality(Quality::SupplyB)]);
        assert_eq!(selector.current(), Some(1));
        // One that wavers is judged by the worst that it tells.
        for second in 1..400 {
            let told = if second % 2 == 0 { Quality::Equipment } else { Quality::Primary };
            selector.handle_state(at_s(second), 0, quality(told));
            assert!(!selector.choose(at_s(second)), "{second}");
        }
        assert!(!selector.choose(at_s(698)));
        assert!(selector.choose(at_s(699)));
        assert_eq!(selector.current(), Some(0));
        selector.handle_state(at_s(700), 0, quality(Quality::Equipment));
        assert!(selector.choose(at_s(700)));
        assert_eq!(selector.current(), Some(1));
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
