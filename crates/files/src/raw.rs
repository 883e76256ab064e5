//! Files of samples without a header, as voice cards of Dialogic and Synway wrote them: what they hold is told
//! by their names alone.
use core::fmt;
use std::path::Path;

use tandem_dsp::g711;
use tandem_types::{FRAMES_PER_SECOND, Law};

use crate::codec::adpcm::decode_oki;
pub use crate::codec::g726::G726Rate;
use crate::codec::g726::{G726, unpack};
use crate::codec::{gsm, ima};

/// How the samples of a file without a header are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RawEncoding {
    /// ADPCM of Oki and Dialogic, two samples an octet, the upper half first.
    OkiAdpcm,
    /// G.711 octets.
    G711(Law),
    /// Linear, 16 bits, little-endian.
    Linear16,
    /// GSM full rate, 160 samples in 33 octets.
    Gsm,
    /// IMA ADPCM in blocks of 256 octets, 505 samples, as they are in a WAV file of one channel. No name tells it.
    ImaAdpcm,
    /// G.726, the first code of an octet in its lowest bits.
    G726(G726Rate),
}

/// What a file without a header holds: one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawFormat {
    /// How the samples are written.
    pub encoding: RawEncoding,
    /// Samples a second.
    pub rate: u32,
}

impl RawFormat {
    /// What a file of this name holds; `None` if its ending is not one of ours.
    ///
    /// The ending tells the encoding: `vox`; `alaw`, `al`; `ulaw`, `ul`, `mu`; `pcm`, `sln`, `raw`; `gsm`;
    /// `g726-16`, `g726-24`, `g726-32`, `g726-40`, and `726`, which is `g726-32`. The rate is 8000, unless thousands and a `k` come before the ending, after a dot, a dash or an underscore:
    /// `welcome.6k.vox`, `welcome-6k.vox`. 11k, 22k and 44k mean 11025, 22050 and 44100. GSM and G.726 have no
    /// other.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        let encoding = ENDINGS.iter().find(|(known, _)| *known == ending)?.1;
        let told = path.file_stem().and_then(|stem| rate_in(stem.to_str()?));
        let rate = told
            .filter(|_| !matches!(encoding, RawEncoding::Gsm | RawEncoding::G726(_)))
            .unwrap_or(FRAMES_PER_SECOND as u32);
        Some(Self { encoding, rate })
    }

    /// How many samples so many octets are.
    #[must_use]
    pub const fn samples_in(self, octets: usize) -> usize {
        match self.encoding {
            RawEncoding::OkiAdpcm => octets.saturating_mul(2),
            RawEncoding::G711(_) => octets,
            RawEncoding::Linear16 => octets / 2,
            RawEncoding::Gsm => (octets / gsm::FRAME_OCTETS).saturating_mul(gsm::FRAME_SAMPLES),
            RawEncoding::ImaAdpcm => {
                let whole = (octets / ima::BLOCK).saturating_mul(ima::frames_in(ima::BLOCK, 1));
                whole.saturating_add(ima::frames_in(octets % ima::BLOCK, 1))
            }
            RawEncoding::G726(rate) => {
                let whole = (octets / rate.bits()).saturating_mul(8);
                whole.saturating_add(octets % rate.bits() * 8 / rate.bits())
            }
        }
    }

    /// Whether nothing of so many octets is dropped at their end.
    #[must_use]
    pub const fn is_whole(self, octets: usize) -> bool {
        let unit = match self.encoding {
            RawEncoding::OkiAdpcm | RawEncoding::G711(_) => 1,
            RawEncoding::Linear16 => 2,
            RawEncoding::Gsm => gsm::FRAME_OCTETS,
            RawEncoding::ImaAdpcm => 4,
            // Two and four bits fill each octet, the others so many octets as a code has bits.
            RawEncoding::G726(G726Rate::Kbit16 | G726Rate::Kbit32) => 1,
            RawEncoding::G726(rate) => rate.bits(),
        };
        octets.is_multiple_of(unit)
    }

    /// The samples, 16-bit linear; what is not whole at the end is dropped.
    pub fn decode(self, octets: &[u8]) -> Result<Vec<i16>, RawError> {
        Ok(match self.encoding {
            RawEncoding::OkiAdpcm => decode_oki(octets),
            RawEncoding::G711(law) => octets.iter().map(|octet| g711::decode(law, *octet)).collect(),
            RawEncoding::Linear16 => octets.as_chunks().0.iter().map(|o| i16::from_le_bytes(*o)).collect(),
            RawEncoding::Gsm => return decode_gsm(octets),
            RawEncoding::ImaAdpcm => {
                let mut samples = Vec::with_capacity(self.samples_in(octets.len()));
                octets.chunks(ima::BLOCK).for_each(|block| ima::decode_block(block, 1, &mut samples));
                samples
            }
            RawEncoding::G726(rate) => {
                let mut decoder = G726::new(rate);
                unpack(rate.bits(), octets).map(|code| decoder.decode(code)).collect()
            }
        })
    }
}

/// The endings that tell an encoding.
pub(crate) fn endings() -> impl Iterator<Item = &'static str> {
    ENDINGS.iter().map(|(ending, _)| *ending)
}

fn decode_gsm(octets: &[u8]) -> Result<Vec<i16>, RawError> {
    let (frames, rest) = octets.as_chunks();
    if frames.is_empty() && !rest.is_empty() {
        return Err(RawError::NoGsmFrame { number: 0 });
    }
    let mut decoder = gsm::Decoder::new();
    let mut samples = Vec::with_capacity(frames.len() * gsm::FRAME_SAMPLES);
    for (number, frame) in frames.iter().enumerate() {
        let frame = gsm::Frame::from_octets(frame).ok_or(RawError::NoGsmFrame { number })?;
        samples.extend(decoder.decode(&frame));
    }
    Ok(samples)
}

/// The rate at the end of a name: `-6k` and the like.
fn rate_in(stem: &str) -> Option<u32> {
    let (_, last) = stem.rsplit_once(['.', '-', '_'])?;
    let thousands = last.strip_suffix(['k', 'K'])?;
    if thousands.is_empty() || thousands.len() > 3 || !thousands.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    match thousands.parse().ok()? {
        11 => Some(11_025),
        22 => Some(22_050),
        44 => Some(44_100),
        thousands => Some(thousands * 1_000),
    }
}

/// Why octets are not what the name of their file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawError {
    /// A GSM frame does not begin as it must, or the first is cut short.
    NoGsmFrame {
        /// Its number, from 0.
        number: usize,
    },
}

impl fmt::Display for RawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGsmFrame { number } => write!(
                f,
                "frame {number} is no GSM frame of 33 octets that begin with 1101; convert the file anew, or name it for what it is"
            ),
        }
    }
}

impl core::error::Error for RawError {}

const ENDINGS: [(&str, RawEncoding); 15] = [
    ("vox", RawEncoding::OkiAdpcm),
    ("alaw", RawEncoding::G711(Law::A)),
    ("al", RawEncoding::G711(Law::A)),
    ("ulaw", RawEncoding::G711(Law::Mu)),
    ("ul", RawEncoding::G711(Law::Mu)),
    ("mu", RawEncoding::G711(Law::Mu)),
    ("pcm", RawEncoding::Linear16),
    ("sln", RawEncoding::Linear16),
    ("raw", RawEncoding::Linear16),
    ("gsm", RawEncoding::Gsm),
    ("g726-16", RawEncoding::G726(G726Rate::Kbit16)),
    ("g726-24", RawEncoding::G726(G726Rate::Kbit24)),
    ("g726-32", RawEncoding::G726(G726Rate::Kbit32)),
    ("726", RawEncoding::G726(G726Rate::Kbit32)),
    ("g726-40", RawEncoding::G726(G726Rate::Kbit40)),
];
