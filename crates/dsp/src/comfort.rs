//! Comfort noise: what is told of the noise of a line while nobody talks, and noise like it at the far end.
//!
//! A [`Description`] is the payload of RFC 3389, which has it of G.711 Appendix II: a level and, if wanted, the spectrum as
//! reflection coefficients. An [`Analyser`] makes it, a [`NoiseGenerator`] makes noise of it, and a [`SilenceSuppressor`] decides
//! what a leg over packets sends when: voice with what was shortly before it, descriptions, or nothing. How noise is
//! measured and made is open in both; nothing here knows packets. No allocation, for any thread.

mod analyser;
mod generator;
mod suppressor;

pub use analyser::Analyser;
pub use generator::NoiseGenerator;
pub use suppressor::{FRAME, Sending, SilenceSuppressor, SuppressorOptions};

use crate::level::FULL_SCALE;

/// Coefficients that are kept at most; a payload may have more.
pub const MOST_COEFFICIENTS: usize = 12;

/// Why octets are no description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadError {
    /// There is not even a level.
    Empty,
}

/// A noise: its level and its spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    octets: [u8; 1 + MOST_COEFFICIENTS],
    length: usize,
}

impl Description {
    /// A noise of this level in dB below overload, in whole dB from 0 to 127, with these reflection coefficients; what is beyond
    /// the range of either becomes the nearest that there is, and what is no number silence or no reflection. 0 dBov is the square wave that fills the linear range.
    #[must_use]
    pub fn new(below_overload_db: f32, reflections: &[f32]) -> Self {
        let mut octets = [0; 1 + MOST_COEFFICIENTS];
        octets[0] = nearest(below_overload_db, LARGEST_LEVEL, LARGEST_LEVEL);
        for (octet, reflection) in octets[1..].iter_mut().zip(reflections) {
            let index = reflection * (32_768.0 / 258.0) + f32::from(NO_REFLECTION);
            *octet = nearest(index, LARGEST_INDEX, NO_REFLECTION);
        }
        Self { octets, length: 1 + reflections.len().min(MOST_COEFFICIENTS) }
    }

    /// Reads a payload (RFC 3389 §3). The highest bit of the level does not count; coefficients behind the twelfth are left
    /// out, as a receiver may, and so are those from one on that has the reserved index.
    ///
    /// # Errors
    ///
    /// [`PayloadError::Empty`] without an octet.
    pub fn parse(payload: &[u8]) -> Result<Self, PayloadError> {
        let (level, indices) = payload.split_first().ok_or(PayloadError::Empty)?;
        let mut octets = [0; 1 + MOST_COEFFICIENTS];
        octets[0] = level & LARGEST_LEVEL;
        let known = indices.iter().take(MOST_COEFFICIENTS).take_while(|index| **index <= LARGEST_INDEX);
        let mut length = 1;
        for (octet, index) in octets[1..].iter_mut().zip(known) {
            *octet = *index;
            length += 1;
        }
        Ok(Self { octets, length })
    }

    /// The payload.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[..self.length]
    }

    /// How far below overload, in dB.
    #[must_use]
    pub const fn below_overload_db(&self) -> u8 {
        self.octets[0]
    }

    /// The coefficients: those of a lattice whose first stage subtracts `k₁` times the sample before, so that a low tone
    /// has a first one near −1 (RFC 3389 §3.2).
    pub fn reflections(&self) -> impl Iterator<Item = f32> + '_ {
        let value = |index: &u8| 258.0 * (f32::from(*index) - f32::from(NO_REFLECTION)) / 32_768.0;
        self.octets()[1..].iter().map(value)
    }

    /// The root of the mean square of its samples.
    fn rms(&self) -> f32 {
        FULL_SCALE * libm::powf(10.0, -f32::from(self.below_overload_db()) / 20.0)
    }

    /// Whether the two sound so different that it is worth another packet: by 2 dB, or by a fifth in a coefficient.
    fn differs(&self, other: &Self) -> bool {
        let far = |(one, other): (&u8, &u8)| one.abs_diff(*other) > FAR_INDEX;
        self.below_overload_db().abs_diff(other.below_overload_db()) >= 2
            || self.length != other.length
            || self.octets()[1..].iter().zip(&other.octets()[1..]).any(far)
    }
}

/// The nearest whole number of 0 to this one, or another one for what is no number.
fn nearest(value: f32, largest: u8, for_none: u8) -> u8 {
    if value.is_nan() { for_none } else { (libm::roundf(value) as u8).min(largest) }
}

/// RFC 3389 §3.1: seven bits.
const LARGEST_LEVEL: u8 = 127;
/// RFC 3389 §3.2: indices from 0 to 254, 127 for no reflection; 255 is reserved.
const LARGEST_INDEX: u8 = 254;
const NO_REFLECTION: u8 = 127;
const FAR_INDEX: u8 = 25;
