//! Line signals in frames: what each slot of a span sends in its signalling bits, step by step.
use crate::link::{LineScript, LineStep};
use tandem_types::Abcd;

/// Steps that may wait on one slot: two full signals.
const QUEUE: usize = 16;

/// The sender of one slot's signalling bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignalProc {
    current: LineStep,
    waiting: [LineStep; QUEUE],
    count: usize,
}

impl SignalProc {
    pub(crate) const fn new() -> Self {
        let none = LineStep { bits: Abcd::new(0), frames: 0 };
        Self { current: none, waiting: [none; QUEUE], count: 0 }
    }

    /// Lets a signal follow those under way. When too many wait, the newest state takes the last place.
    pub(crate) fn follow(&mut self, script: &LineScript) {
        for step in script.steps() {
            let place = self.count.min(QUEUE - 1);
            self.waiting[place] = *step;
            self.count = place + 1;
        }
    }

    /// Whether anything is left to do.
    pub(crate) const fn is_settled(&self) -> bool {
        self.count == 0 && self.current.frames == 0
    }

    /// The bits to send in the piece that follows, whose length is `frames`.
    pub(crate) fn advance(&mut self, frames: u32) -> Abcd {
        if self.current.frames == 0 && self.count > 0 {
            self.current = self.waiting[0];
            self.waiting.copy_within(1..self.count, 0);
            self.count -= 1;
        }
        self.current.frames = self.current.frames.saturating_sub(frames);
        self.current.bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(steps: &[(u8, u32)]) -> LineScript {
        let steps: Vec<_> =
            steps.iter().map(|(bits, frames)| LineStep { bits: Abcd::new(*bits), frames: *frames }).collect();
        LineScript::new(&steps).expect("at most eight steps")
    }

    #[test]
    fn each_step_lasts_its_frames_and_the_last_is_held() {
        let mut signal = SignalProc::new();
        signal.follow(&script(&[(0b0101, 16), (0b1101, 8)]));
        let sent: Vec<u8> = (0..5).map(|_| signal.advance(8).bits()).collect();
        assert_eq!(sent, [0b0101, 0b0101, 0b1101, 0b1101, 0b1101]);
        assert!(signal.is_settled());
    }

    #[test]
    fn a_second_signal_waits_for_the_first() {
        let mut signal = SignalProc::new();
        signal.follow(&script(&[(1, 16)]));
        assert_eq!(signal.advance(8).bits(), 1);
        signal.follow(&script(&[(2, 0)]));
        assert_eq!(signal.advance(8).bits(), 1);
        assert_eq!(signal.advance(8).bits(), 2);
    }

    #[test]
    fn the_newest_state_survives_a_flood() {
        let mut signal = SignalProc::new();
        for bits in 0..100_u8 {
            signal.follow(&script(&[(bits % 15 + 1, 1)]));
        }
        let last = (0..20).map(|_| signal.advance(8).bits()).last();
        assert_eq!(last, Some(99 % 15 + 1));
    }
}
