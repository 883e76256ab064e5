//! Search for frame alignment: all 193 places and all numbers in the superframe at once (G.706 §2.1.2).
//!
//! Four superframes in which a place, and no other, has shown every framing bit are the proof. Random payload
//! leaves none standing by then; payload that imitates framing for longer leaves several. Superframes of 12
//! then wait for the imitations to end. Extended ones have a judge, the CRC-6: the candidates are tried one
//! after the other, and the first with two correct CRCs in a row is taken.
use super::frame::{Frame, History};
use super::monitor::{Block, CrcMonitor};
use super::{FBit, T1Framing};
use crate::bits::{FIRST, FrameWords};

/// Places of a push, as bits.
type Plane = FrameWords;

#[derive(Clone, Debug)]
pub(super) struct Search {
    /// For each number in the superframe the places at which the next frame with that number may begin.
    alive: [Plane; 24],
    /// Pushes since the search began.
    pushes: u64,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Sifting,
    Proving(Option<Trial>),
}

/// A candidate on trial.
#[derive(Clone, Debug)]
struct Trial {
    phase: u8,
    /// The number of the next frame to begin.
    next: u8,
    crc: CrcMonitor,
    /// Whether the last CRC was right.
    one_good: bool,
}

/// An alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The place of a push at which frames begin.
    pub(super) phase: u8,
    /// The number of the frame that ended within the last push.
    pub(super) ended: u8,
    /// Where the first superframe since the search began starts: at the place of frames, so many pushes before
    /// the next.
    pub(super) first: u64,
}

impl Search {
    pub(super) const fn new(framing: T1Framing) -> Self {
        let mut alive = [[0; 4]; 24];
        let mut number = 0;
        while number < framing.superframe() {
            alive[number as usize] = ALL_PLACES;
            number += 1;
        }
        Self { alive, pushes: 0, stage: Stage::Sifting }
    }

    /// For how many pushes there has been a candidate.
    pub(super) const fn pushes(&self) -> u64 {
        self.pushes
    }

    /// Looks at the last push.
    pub(super) fn step(&mut self, framing: T1Framing, now: &FrameWords, history: &History) -> Option<Found> {
        self.sift(framing, now);
        self.pushes += 1;
        let count = self.candidates();
        if count == 0 {
            *self = Self::new(framing);
            return None;
        }
        if self.pushes < PROVING_SUPERFRAMES * u64::from(framing.superframe()) {
            return None;
        }
        if matches!(self.stage, Stage::Sifting) {
            if count == 1 {
                let (phase, next) = self.first_candidate()?;
                return Some(self.found(framing, phase, next));
            }
            if !framing.is_extended() {
                return None;
            }
            self.stage = Stage::Proving(None);
        }
        self.prove(framing, history)
    }

    /// Keeps the candidates whose framing bit is right, and counts on to the next frame.
    fn sift(&mut self, framing: T1Framing, now: &FrameWords) {
        let length = framing.superframe();
        let mut carried = [0; 4];
        for (number, plane) in (0..length).zip(&mut self.alive) {
            let mut kept = *plane;
            if let FBit::Framing(wanted) = framing.f_bit(number) {
                let turn = if wanted { 0 } else { u64::MAX };
                kept.iter_mut().zip(now).for_each(|(places, bits)| *places &= bits ^ turn);
            }
            *plane = core::mem::replace(&mut carried, kept);
        }
        self.alive[0] = carried;
    }

    fn candidates(&self) -> u32 {
        self.alive.iter().flatten().map(|word| word.count_ones()).sum()
    }

    /// The first place, and at that place the lowest number of the next frame.
    fn first_candidate(&self) -> Option<(u8, u8)> {
        let first_place = |plane: &Plane| {
            let word = plane.iter().position(|word| *word != 0)?;
            Some(word as u8 * 64 + plane[word].leading_zeros() as u8)
        };
        (0u8..).zip(&self.alive).filter_map(|(next, plane)| Some((first_place(plane)?, next))).min()
    }

    fn is_alive(&self, phase: u8, next: u8) -> bool {
        let plane = self.alive.get(usize::from(next));
        plane.is_some_and(|plane| plane[usize::from(phase / 64)] & (FIRST >> (phase % 64)) != 0)
    }

    fn prove(&mut self, framing: T1Framing, history: &History) -> Option<Found> {
        let Stage::Proving(trial) = &mut self.stage else { return None };
        if let Some(mut trial) = trial.take() {
            trial.next = framing.after(trial.next);
            let (phase, next) = (trial.phase, trial.next);
            if self.is_alive(phase, next) {
                let frame = history.frame_at(phase);
                match trial.take(framing, &frame) {
                    Some(true) => return Some(self.found(framing, phase, next)),
                    Some(false) => {
                        self.alive[usize::from(next)][usize::from(phase / 64)] &= !(FIRST >> (phase % 64));
                        if self.candidates() == 0 {
                            *self = Self::new(framing);
                            return None;
                        }
                    }
                    None => {
                        self.stage = Stage::Proving(Some(trial));
                        return None;
                    }
                }
            }
        }
        let next = self.first_candidate();
        self.stage = Stage::Proving(next.map(|(phase, next)| Trial::new(framing, phase, next)));
        None
    }

    fn found(&self, framing: T1Framing, phase: u8, next: u8) -> Found {
        let length = u64::from(framing.superframe());
        // In the first push of the search the place had this number.
        let number = (u64::from(next) + length - self.pushes % length) % length;
        let first_push = (length - number) % length;
        Found { phase, ended: ended(framing, phase, next), first: self.pushes - first_push }
    }
}

impl Trial {
    const fn new(framing: T1Framing, phase: u8, next: u8) -> Self {
        Self { phase, next, crc: CrcMonitor::new(framing), one_good: false }
    }

    /// Takes the frame that ended within the last push; true when the candidate is proved, false when it is
    /// refuted.
    fn take(&mut self, framing: T1Framing, frame: &Frame) -> Option<bool> {
        match self.crc.take(ended(framing, self.phase, self.next), frame) {
            Block::Nothing => None,
            Block::Good if self.one_good => Some(true),
            Block::Good => {
                self.one_good = true;
                None
            }
            Block::Errored | Block::FalseAlignment => Some(false),
        }
    }
}

/// The number of the frame that ended within a push. One that begins with the push ends with it, any other
/// began in the push before.
const fn ended(framing: T1Framing, phase: u8, next: u8) -> u8 {
    framing.before(next, if phase == 0 { 1 } else { 2 })
}

const ALL_PLACES: Plane = [u64::MAX, u64::MAX, u64::MAX, FIRST];
/// So many superframes without an errored framing bit prove an alignment.
const PROVING_SUPERFRAMES: u64 = 4;
