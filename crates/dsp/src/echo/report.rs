//! What a canceller tells of itself, and what it can be made to know again.

use core::fmt;

use super::weights::Weights;
use super::{Disabled, EchoCanceller};

/// What a canceller has found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EchoReport {
    /// The loss of the echo path as the filter has it, in dB; 99 before it has learnt.
    pub return_loss_db: f32,
    /// By how much the filter alone lowers the echo, in dB, while the far end talks alone.
    pub enhancement_db: f32,
    /// Whether that is near what a line of G.711 allows.
    pub converged: bool,
    /// Frames of 125 µs after which all but a hundredth of the echo has come.
    pub tail_frames: usize,
    /// Whether the near end talks.
    pub near_end: bool,
    /// What a tone has turned off.
    pub disabled: Disabled,
    /// How often the filter that learns had to begin anew.
    pub resets: u32,
}

/// Octets that are not what [`EchoCanceller::save`] wrote for so many taps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreError;

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the state of an echo canceller of so many taps")
    }
}

impl core::error::Error for RestoreError {}

impl<const TAPS: usize> EchoCanceller<TAPS> {
    /// What it has found so far. Takes a look at each weight: not for every tick.
    #[must_use]
    pub fn report(&self) -> EchoReport {
        let energy = |weights: &[i16]| weights.iter().map(|weight| i64::from(*weight).pow(2)).sum::<i64>();
        let all = energy(&self.weights.foreground);
        let mut rest = 0;
        // The first weight is of the oldest sample.
        let beyond = self.weights.foreground.iter().position(|weight| {
            rest += i64::from(*weight).pow(2);
            rest * 100 > all
        });
        let unit = f64::from(1 << 26) as f32;
        let return_loss_db = if all == 0 { 99.0 } else { -10.0 * libm::log10f(all as f32 / unit) };
        let enhancement_db = self.control.enhancement_db();
        EchoReport {
            return_loss_db,
            enhancement_db,
            converged: enhancement_db >= CONVERGED_DB,
            tail_frames: beyond.map_or(0, |beyond| TAPS - beyond),
            near_end: self.control.near_end(),
            disabled: self.disabler.disabled(),
            resets: self.control.resets(),
        }
    }

    /// Octets that [`EchoCanceller::save`] writes.
    pub const SAVED: usize = 8 + 2 * TAPS;

    /// Writes what it has learnt of the line. Gives how many octets; nothing if there is no room for
    /// [`EchoCanceller::SAVED`] of them.
    pub fn save(&self, octets: &mut [u8]) -> Option<usize> {
        let octets = octets.get_mut(..Self::SAVED)?;
        octets[..2].copy_from_slice(&VERSION.to_le_bytes());
        octets[2..4].copy_from_slice(&(TAPS as u16).to_le_bytes());
        octets[4..8].copy_from_slice(&self.control.leak().to_bits().to_le_bytes());
        for (pair, weight) in octets[8..].as_chunks_mut::<2>().0.iter_mut().zip(&self.weights.foreground) {
            *pair = weight.to_le_bytes();
        }
        Some(Self::SAVED)
    }

    /// Takes up what a canceller had learnt of the same line. What is wrong is refused, and nothing changes.
    pub fn restore(&mut self, octets: &[u8]) -> Result<(), RestoreError> {
        let (head, rest) = octets.split_first_chunk::<8>().ok_or(RestoreError)?;
        let (pairs, odd) = rest.as_chunks::<2>();
        let [version, taps] = [[head[0], head[1]], [head[2], head[3]]].map(u16::from_le_bytes);
        let leak = f32::from_bits(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        if version != VERSION || usize::from(taps) != TAPS || pairs.len() != TAPS || !odd.is_empty() {
            return Err(RestoreError);
        }
        let weights = Weights::of(pairs.iter().map(|pair| i16::from_le_bytes(*pair))).ok_or(RestoreError)?;
        if !self.control.set_leak(leak) {
            return Err(RestoreError);
        }
        self.weights = weights;
        Ok(())
    }
}

const VERSION: u16 = 1;
const CONVERGED_DB: f32 = 20.0;
