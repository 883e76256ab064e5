//! What the targets of detectors have in common: samples cut into any pieces, and starts and ends that take turns.
use std::fmt::Debug;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::LANES;
use tandem_types::FrameTime;

/// A detector of a span.
pub(crate) trait Bank {
    type Event: Debug + PartialEq;

    fn enable(&mut self, lane: usize, on: bool);
    fn process(&mut self, frames: &[[i16; LANES]], first: FrameTime, events: &mut Vec<Self::Event>);
}

/// Gives the events of the samples cut into pieces of `cut`, which are the same for another cut in every instruction set.
pub(crate) fn detect<B: Bank>(
    make: impl Fn(InstructionSet) -> B,
    samples: &[i16],
    cut: usize,
) -> (Vec<B::Event>, FrameTime) {
    let once = listen(make(InstructionSet::BASELINE), samples, cut);
    for set in InstructionSet::all() {
        assert_eq!(once, listen(make(set), samples, 8), "{set}");
    }
    once
}

/// The events of lanes 3 and 29, of which one is switched off on the way, and the time at the end.
fn listen<B: Bank>(mut bank: B, samples: &[i16], cut: usize) -> (Vec<B::Event>, FrameTime) {
    bank.enable(3, true);
    bank.enable(29, true);
    bank.enable(LANES, true);
    let frames: Vec<[i16; LANES]> = samples.iter().map(|sample| [*sample; LANES]).collect();
    let mut events = Vec::new();
    let mut now = FrameTime::ZERO;
    for part in [&frames[..frames.len() / 2], &frames[frames.len() / 2..]] {
        for frames in part.chunks(cut) {
            bank.process(frames, now, &mut events);
            now.0 += frames.len() as u64;
        }
        bank.enable(29, false);
    }
    (events, now)
}

/// What each lane hears now.
pub(crate) struct Turns<T>([Option<T>; LANES]);

impl<T: Copy + Debug + PartialEq> Turns<T> {
    pub(crate) const fn new() -> Self {
        Self([None; LANES])
    }

    pub(crate) fn start(&mut self, lane: usize, what: T) {
        assert_eq!(self.0[lane].replace(what), None, "a start while another is held");
    }

    pub(crate) fn end(&mut self, lane: usize, what: T) {
        assert_eq!(self.0[lane].take(), Some(what), "an end of what was not begun");
    }
}
