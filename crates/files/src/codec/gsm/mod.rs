//! GSM full rate speech, RPE-LTP: EN 300 961 (GSM 06.10), to the bit by the fixed-point rules of its §5.
//!
//! A frame of 260 bits is 160 samples. There is no homing, no detection of silence and no substitution of lost frames:
//! those belong to a radio path. Here are the frames and their two ways into octets; `decode` makes samples of them,
//! `encode` makes them of samples, and what both do alike is in `synthesis` and `arithmetic`.
mod arithmetic;
mod decode;
mod encode;
mod synthesis;

pub(crate) use decode::Decoder;
pub(crate) use encode::Coder;

/// Octets of a frame in a file named `.gsm` and in RTP (RFC 3551 §4.5.8).
pub(crate) const FRAME_OCTETS: usize = 33;
/// Octets of two frames in a WAV file (format 0x31).
pub(crate) const PAIR_OCTETS: usize = 65;
/// Samples of a frame.
pub(crate) const FRAME_SAMPLES: usize = 160;
/// Samples of two.
pub(crate) const PAIR_SAMPLES: usize = 2 * FRAME_SAMPLES;

/// The parameters of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Coded logarithmic area ratios.
    ratios: [u8; 8],
    parts: [Part; 4],
}

/// The parameters of a quarter of a frame, 40 samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    /// How many samples back the voice repeats (Nc).
    lag: u8,
    /// How much of it (bc).
    gain: u8,
    /// Where the first pulse is (Mc).
    grid: u8,
    /// The size of the largest pulse (xmaxc).
    largest: u8,
    pulses: [u8; 13],
}

impl Frame {
    /// A frame of 33 octets, the highest bit first; `None` if they do not begin with the bits 1101.
    pub(crate) fn from_octets(octets: &[u8; FRAME_OCTETS]) -> Option<Self> {
        let mut at = 4;
        let high_first = |width: usize| {
            let value =
                (at..at + width).fold(0, |value, bit| value << 1 | octets[bit / 8] >> (7 - bit % 8) & 1);
            at += width;
            value
        };
        (octets[0] >> 4 == SIGNATURE).then(|| Self::read(high_first))
    }

    /// Two frames of 65 octets, the lowest bit first.
    pub(crate) fn pair_from_octets(octets: &[u8; PAIR_OCTETS]) -> [Self; 2] {
        let mut at = 0;
        let mut low_first = |width: usize| {
            let bits = (at..at + width).rev();
            at += width;
            bits.fold(0, |value, bit| value << 1 | octets[bit / 8] >> (bit % 8) & 1)
        };
        [Self::read(&mut low_first), Self::read(&mut low_first)]
    }

    /// The 65 octets of two frames.
    pub(crate) fn pair_to_octets(frames: &[Self; 2]) -> [u8; PAIR_OCTETS] {
        let mut octets = [0; PAIR_OCTETS];
        let mut at = 0;
        let mut low_first = |width: usize, value: u8| {
            (0..width).for_each(|bit| octets[(at + bit) / 8] |= (value >> bit & 1) << ((at + bit) % 8));
            at += width;
        };
        frames.iter().for_each(|frame| frame.write(&mut low_first));
        octets
    }

    /// In the order of §1.7, table 1.1.
    fn read(mut bits: impl FnMut(usize) -> u8) -> Self {
        let ratios = RATIO_BITS.map(&mut bits);
        let parts = [(); 4].map(|()| Part {
            lag: bits(7),
            gain: bits(2),
            grid: bits(2),
            largest: bits(6),
            pulses: [(); 13].map(|()| bits(3)),
        });
        Self { ratios, parts }
    }

    /// In the same order.
    fn write(&self, mut bits: impl FnMut(usize, u8)) {
        RATIO_BITS.iter().zip(self.ratios).for_each(|(width, ratio)| bits(*width, ratio));
        for part in &self.parts {
            bits(7, part.lag);
            bits(2, part.gain);
            bits(2, part.grid);
            bits(6, part.largest);
            part.pulses.iter().for_each(|pulse| bits(3, *pulse));
        }
    }
}

/// The first half octet of each frame.
const SIGNATURE: u8 = 0xd;
const RATIO_BITS: [usize; 8] = [6, 6, 5, 5, 4, 4, 3, 3];

#[cfg(test)]
mod tests;
