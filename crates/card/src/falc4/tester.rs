//! The test of a whole line: 2¹⁵ − 1 in place of every bit, framing too. The framer finds it and counts wrong bits by
//! the second; how many bits there were is told by the time.
use super::bridge::Bridge;
use super::regs;
use crate::Bus;
use tandem_line::bert::{TesterCounts, TesterState};
use tandem_types::Frames;

/// A test of one span.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineTest {
    state: TesterState,
    /// Bits still to be sent wrong.
    to_insert: u32,
    /// Since the framer was asked last.
    passed: Frames,
}

impl LineTest {
    /// Has the framer send the pattern and look for it, from nothing.
    pub(super) fn begin<B: Bus>(bridge: Option<&mut Bridge<B>>, span: usize) -> Self {
        let counts =
            TesterCounts { bits: 0, errors: 0, losses: 0, deletions: 0, repetitions: 0, last_slip: 0 };
        let test =
            Self { state: TesterState { synchronised: false, counts }, to_insert: 0, passed: Frames(0) };
        if let Some(bridge) = bridge {
            // A test before it is over.
            bridge.write(span, regs::LCR1, regs::LCR1_FRAMES);
            bridge.write(span, regs::LCR1, regs::LCR1_TEST);
        }
        test
    }

    pub(super) const fn state(&self) -> TesterState {
        self.state
    }

    pub(super) const fn insert_errors(&mut self, count: u32) {
        self.to_insert = self.to_insert.saturating_add(count);
    }

    /// The card has moved so many frames. One bit is sent wrong while errors wait.
    pub(super) fn pass<B: Bus>(&mut self, bridge: &mut Bridge<B>, span: usize, frames: Frames) {
        self.passed = Frames(self.passed.0.saturating_add(frames.0));
        if self.to_insert > 0 {
            self.to_insert -= 1;
            bridge.write(span, regs::IERR, regs::IERR_PATTERN);
        }
    }

    /// Asks whether the pattern is received; on a line that is `dead` none is.
    pub(super) fn look<B: Bus>(&mut self, bridge: &mut Bridge<B>, span: usize, dead: bool) {
        let found = bridge.read(span, regs::RSP) & regs::RSP_PATTERN != 0 && !dead;
        if found && self.state.synchronised {
            let counts = &mut self.state.counts;
            counts.bits = counts.bits.saturating_add(self.passed.0.saturating_mul(FRAME_BITS));
        }
        self.passed = Frames(0);
        self.note(found);
    }

    /// The pattern is received now, or is not.
    pub(super) const fn note(&mut self, synchronised: bool) {
        if self.state.synchronised && !synchronised {
            self.state.counts.losses = self.state.counts.losses.saturating_add(1);
        }
        self.state.synchronised = synchronised;
    }

    /// What the framer has counted in a second.
    pub(super) const fn add_errors(&mut self, errors: u64) {
        self.state.counts.errors = self.state.counts.errors.saturating_add(errors);
    }
}

const FRAME_BITS: u64 = 256;
