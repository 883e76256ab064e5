//! Available and unavailable time, decided as late as the rules need and no later.
use super::Second;
use super::rules::{RuleSet, Verdict};

/// G.826 annex A, RFC 4805: so many seconds in a row change the state, and belong to the new one.
const RUN: usize = 10;
/// The longest onset of a failure: nine severely errored seconds, then the time in which a defect is declared a
/// failure (3 s at most), begun and ended within a second.
const MOST_PENDING: usize = RUN - 1 + 5;

/// A second of which it is known, or assumed, whether it was available time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decided {
    pub(super) verdict: Verdict,
    pub(super) available: bool,
    /// The quarter hour to which it belongs.
    pub(super) interval: u64,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    verdict: Verdict,
    defect_at_end: bool,
    interval: u64,
}

/// The state, and the last seconds that may yet belong to the other one.
#[derive(Clone, Debug)]
pub(super) struct Availability {
    available: bool,
    /// Oldest first.
    pending: [Option<Pending>; MOST_PENDING],
    count: usize,
}

impl Availability {
    pub(super) const fn new() -> Self {
        Self { available: true, pending: [None; MOST_PENDING], count: 0 }
    }

    pub(super) const fn is_available(&self) -> bool {
        self.available
    }

    /// The seconds that are not decided, as what they are taken for now.
    pub(super) fn pending(&self) -> impl Iterator<Item = Decided> {
        let available = self.available;
        self.waiting().map(move |pending| pending.decided(available))
    }

    /// Takes a second, and gives those that are decided by it, oldest first.
    pub(super) fn handle(
        &mut self,
        rules: RuleSet,
        verdict: Verdict,
        second: &Second,
        interval: u64,
        mut decide: impl FnMut(Decided),
    ) {
        if self.count == MOST_PENDING {
            // A defect that lasts and is not declared a failure: it is none.
            self.release(1, self.available, &mut decide);
        }
        let pending = Pending { verdict, defect_at_end: second.defect_at_end, interval };
        self.pending[self.count] = Some(pending);
        self.count += 1;
        let failure = second.failure && rules == RuleSet::Rfc4805;
        if self.available {
            self.settle_available(failure, &mut decide);
        } else {
            self.settle_unavailable(failure, &mut decide);
        }
    }

    /// Ten severely errored seconds in a row, or a failure, end available time at their onset. What lies before
    /// anything that may become such an onset is available for good.
    fn settle_available(&mut self, failure: bool, decide: &mut impl FnMut(Decided)) {
        let onset =
            if failure { self.onset_of_failure() } else { self.start_of(self.count, Pending::is_severe) };
        if failure || self.count - onset == RUN {
            self.release(onset, true, decide);
            self.available = false;
            self.release(self.count, false, decide);
            return;
        }
        self.release(onset.min(self.onset_of_failure_to_come()), true, decide);
    }

    /// A severely errored second ends the hope; ten without, and no failure, end unavailable time.
    fn settle_unavailable(&mut self, failure: bool, decide: &mut impl FnMut(Decided)) {
        let newest = self.count - 1;
        if self.waiting().nth(newest).is_some_and(|second| second.is_severe()) {
            self.release(self.count, false, decide);
        } else if self.count == RUN && failure {
            // A failure is cleared by ten seconds: what lies before those is unavailable for good.
            self.release(1, false, decide);
        } else if self.count == RUN {
            self.available = true;
            let onset = self.onset_of_failure_to_come();
            self.release(onset, true, decide);
        }
    }

    /// Where the condition began that has led to the failure declared in the newest second: a defect that has
    /// lasted over the ends of the seconds before, and the severely errored seconds right before it.
    fn onset_of_failure(&self) -> usize {
        let condition = self.start_of(self.count - 1, |second| second.defect_at_end);
        self.start_of(condition, Pending::is_severe)
    }

    /// Where it would have begun if the defect at the end of the newest second led to a failure.
    fn onset_of_failure_to_come(&self) -> usize {
        let condition = self.start_of(self.count, |second| second.defect_at_end);
        self.start_of(condition, Pending::is_severe)
    }

    /// The first of the seconds before place `end` that follow each other and are all so.
    fn start_of(&self, end: usize, is_so: impl Fn(&Pending) -> bool) -> usize {
        let before = self.pending[..end].iter().rev().map_while(|second| second.as_ref());
        end - before.take_while(|second| is_so(second)).count()
    }

    /// Decides the oldest `count` seconds.
    fn release(&mut self, count: usize, available: bool, decide: &mut impl FnMut(Decided)) {
        for second in self.pending[..count].iter().flatten() {
            decide(second.decided(available));
        }
        self.pending[..self.count].rotate_left(count);
        self.count -= count;
        self.pending[self.count..].fill(None);
    }

    fn waiting(&self) -> impl Iterator<Item = &Pending> {
        self.pending[..self.count].iter().flatten()
    }
}

impl Pending {
    const fn is_severe(&self) -> bool {
        self.verdict.severe
    }

    const fn decided(&self, available: bool) -> Decided {
        Decided { verdict: self.verdict, available, interval: self.interval }
    }
}
