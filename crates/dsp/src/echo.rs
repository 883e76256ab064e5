//! Line echo canceller: takes out of what a line sends the echo of what it received, after G.168.
//!
//! Two filters of as many taps as the echo path is long hear what goes to the line (Rin). One of them always learns,
//! eight samples at a time, on signals whose low frequencies are weakened, so that speech is learnt nearly as fast as
//! noise (block NLMS). The other one, whose echo counts, takes over its weights when they have proved better: speech of
//! the near end may spoil the first, and never reaches the second. What is left of the echo is replaced by noise like
//! that of the line while the near end is silent, and a tone of 2100 Hz turns off this part, or with its phase
//! reversed all, until it has gone.
//!
//! Everything is in memory of the canceller itself, one for each channel. Filters and learning are of integers and
//! exact; all else keeps the order of its arithmetic, so that each instruction set gives the same samples. There is no
//! delay. `docs/echo.md` has the tests of G.168 and what they gave.

mod block;
mod control;
mod disabler;
mod history;
mod report;
mod residual;
mod weights;

use crate::arch::{BLOCK, Echoes, InstructionSet, Kernel, Vector, adapt, convolve, run};
use block::{Block, beginning_with};
use control::{Control, Powers, Verdict};
use disabler::Disabler;
use history::History;
pub use report::{EchoReport, RestoreError};
use residual::Residual;
use weights::{Weights, scaled};

/// What a canceller is to do besides cancelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EchoOptions {
    /// Replaces what is left of the echo while the near end is silent.
    pub nonlinear: bool,
    /// Replaces it by noise like that of the line, and not by silence.
    pub comfort_noise: bool,
    /// Listens for the tone of 2100 Hz that turns the canceller off.
    pub tone_disabler: bool,
    /// Goes on learning.
    pub learning: bool,
}

impl Default for EchoOptions {
    fn default() -> Self {
        Self { nonlinear: true, comfort_noise: true, tone_disabler: true, learning: true }
    }
}

/// What a tone has turned off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disabled {
    /// Nothing.
    #[default]
    Nothing,
    /// The part that replaces what is left of the echo: 2100 Hz was heard.
    Nonlinear,
    /// All: its phase was reversed.
    Canceller,
}

/// Cancels the echo of one channel whose echo path is at most so many taps (of 125 µs) long: 128 to 1024, a multiple
/// of 64.
#[derive(Clone, Debug)]
pub struct EchoCanceller<const TAPS: usize> {
    set: InstructionSet,
    options: EchoOptions,
    history: History<TAPS>,
    weights: Weights<TAPS>,
    block: Block,
    control: Control,
    residual: Residual,
    disabler: Disabler,
}

impl<const TAPS: usize> EchoCanceller<TAPS> {
    /// A canceller that has learnt nothing.
    #[must_use]
    pub fn new(set: InstructionSet, options: EchoOptions) -> Self {
        const { assert!(TAPS >= 128 && TAPS <= 1024 && TAPS.is_multiple_of(64)) }
        Self {
            set,
            options,
            history: History::new(),
            weights: Weights::new(),
            block: Block::default(),
            control: Control::new(TAPS),
            residual: Residual::new(),
            disabler: Disabler::default(),
        }
    }

    /// What it is to do from now on.
    pub fn set_options(&mut self, options: EchoOptions) {
        self.options = options;
        if !options.tone_disabler {
            self.disabler = Disabler::default();
        }
    }

    /// Takes what goes to the line (Rin), and out of what comes from it at the same time (Sin) its echo, in place
    /// (Sout).
    ///
    /// # Panics
    ///
    /// If the two are not as long as each other.
    pub fn process(&mut self, receive: &[i16], send: &mut [i16]) {
        assert_eq!(receive.len(), send.len());
        let (mut receive, mut send) = (receive, send);
        while !send.is_empty() {
            let count = send.len().min(BLOCK - self.block.filled);
            let (part, rest) = send.split_at_mut(count);
            let (received, rest_received) = receive.split_at(count);
            run(self.set, Work { canceller: self, receive: received, send: part });
            (receive, send) = (rest_received, rest);
        }
    }

    /// Works what is no more than the rest of a block, of which `from` samples have come.
    #[inline(always)]
    fn work(&mut self, from: usize, receive: &[i16], send: &mut [i16]) {
        let count = send.len();
        let [receive, sent] = [receive, &*send].map(beginning_with);
        if self.options.tone_disabler {
            self.disabler.listen([&receive, &sent], count);
        }
        self.history.push(from, &receive, count);
        let disabled = self.disabler.disabled();
        let echoes = if disabled == Disabled::Canceller {
            Echoes::default()
        } else {
            convolve(self.set, self.history.met(from), &self.weights.foreground, self.weights.background())
        };
        self.block.take(from, &sent, &echoes, count);
        if from + count == BLOCK {
            self.finish_block(disabled);
        }
        if disabled != Disabled::Canceller {
            let suppress =
                self.options.nonlinear && disabled == Disabled::Nothing && self.control.suppresses();
            let mut left = [0.0; BLOCK];
            left[..count].copy_from_slice(&self.block.left[from..from + count]);
            self.residual.pass(&left, suppress, self.options.comfort_noise, send);
        }
        if from + count == BLOCK {
            self.block.filled = 0;
        }
    }

    /// Judges a whole block, and learns of it.
    #[inline(always)]
    fn finish_block(&mut self, disabled: Disabled) {
        let far = self.history.correlate(self.set);
        if disabled == Disabled::Canceller {
            return;
        }
        let verdict = self.control.judge(&Powers::of(&self.block, far));
        self.residual.note_line(&self.block.left, !self.control.far_talks());
        if verdict.judged {
            self.follow(&verdict);
        }
        if self.options.learning
            && verdict.step > 0.0
            && let Some((errors, shift)) = scaled(&self.block.background, verdict.step / self.history.bound())
        {
            adapt(self.set, self.history.met(0), self.weights.background_mut(), &errors, shift);
        }
    }

    /// Does with the filters what was judged.
    fn follow(&mut self, verdict: &Verdict) {
        self.residual.shape_noise(self.control.line_noise());
        if !self.weights.learning_is_possible() {
            self.weights.forget_background();
            self.control.note_reset();
        } else if verdict.promote {
            self.weights.promote();
        } else if verdict.demote {
            self.weights.demote();
        }
    }
}

/// The rest of a block, or a part of it.
struct Work<'a, const TAPS: usize> {
    canceller: &'a mut EchoCanceller<TAPS>,
    receive: &'a [i16],
    send: &'a mut [i16],
}

impl<const TAPS: usize> Kernel for Work<'_, TAPS> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        if let (Ok(receive), Ok(send)) =
            (<&[i16; BLOCK]>::try_from(self.receive), <&mut [i16; BLOCK]>::try_from(&mut *self.send))
        {
            // Where all lengths are known, there is little left to do.
            self.canceller.work(0, receive, send);
        } else {
            self.canceller.work(self.canceller.block.filled, self.receive, self.send);
        }
    }
}
