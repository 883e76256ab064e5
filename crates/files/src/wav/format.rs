//! The `fmt ` chunk: what the octets of the data mean.
use core::fmt;

use tandem_dsp::g711;
use tandem_types::Law;

/// How one sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Linear, 8 bits, unsigned around 128.
    Linear8,
    /// Linear, 16 bits.
    Linear16,
    /// Linear, 24 bits; the lowest 8 are cut.
    Linear24,
    /// Linear, 32 bits; the lowest 16 are cut.
    Linear32,
    /// Floating point, full scale 1.0.
    Float32,
    /// G.711 octets.
    G711(Law),
}

impl Encoding {
    /// Octets a sample.
    #[must_use]
    pub const fn octets(self) -> usize {
        match self {
            Self::Linear8 | Self::G711(_) => 1,
            Self::Linear16 => 2,
            Self::Linear24 => 3,
            Self::Linear32 | Self::Float32 => 4,
        }
    }

    /// All whole samples of `data`, as 16-bit linear.
    pub(super) fn decode(self, data: &[u8]) -> Vec<i16> {
        let octets = data.iter();
        match self {
            Self::Linear8 => octets.map(|octet| (i16::from(*octet) - 128) << 8).collect(),
            Self::G711(law) => octets.map(|octet| g711::decode(law, *octet)).collect(),
            Self::Linear16 => top_16_bits(data, 2),
            Self::Linear24 => top_16_bits(data, 3),
            Self::Linear32 => top_16_bits(data, 4),
            Self::Float32 => {
                data.as_chunks::<4>().0.iter().map(|o| from_float(f32::from_le_bytes(*o))).collect()
            }
        }
    }
}

/// Little-endian: the last two octets of each sample.
fn top_16_bits(data: &[u8], width: usize) -> Vec<i16> {
    data.chunks_exact(width).map(|o| i16::from_le_bytes([o[width - 2], o[width - 1]])).collect()
}

/// What is no number is silence; the conversion saturates.
fn from_float(sample: f32) -> i16 {
    (sample * 32_768.0).round() as i16
}

/// A checked `fmt ` chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) encoding: Encoding,
    pub(super) channels: u16,
    pub(super) rate: u32,
}

impl Format {
    pub(super) const LINEAR: u16 = 1;
    pub(super) const FLOAT: u16 = 3;
    pub(super) const A_LAW: u16 = 6;
    pub(super) const MU_LAW: u16 = 7;
    /// The tag is in the first two octets of the GUID.
    const EXTENSIBLE: u16 = 0xfffe;

    pub(super) fn parse(chunk: &[u8]) -> Result<Self, WavError> {
        let (fixed, extension) = chunk.split_first_chunk::<16>().ok_or(WavError::ShortFormat)?;
        let word = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let rate = u32::from_le_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
        let (channels, frame_octets) = (word(2), word(12));
        let tag = match word(0) {
            Self::EXTENSIBLE => extended_tag(extension)?,
            tag => tag,
        };
        if channels == 0 || frame_octets == 0 || frame_octets % channels != 0 {
            return Err(WavError::BadFrame { channels, octets: frame_octets });
        }
        if rate == 0 {
            return Err(WavError::NoRate);
        }
        let encoding = encoding(tag, frame_octets / channels)?;
        Ok(Self { encoding, channels, rate })
    }

    pub(super) const fn frame_octets(self) -> usize {
        self.encoding.octets() * self.channels as usize
    }
}

/// The container decides, not the number of valid bits: those are the upper ones.
const fn encoding(tag: u16, octets: u16) -> Result<Encoding, WavError> {
    Ok(match (tag, octets) {
        (Format::LINEAR, 1) => Encoding::Linear8,
        (Format::LINEAR, 2) => Encoding::Linear16,
        (Format::LINEAR, 3) => Encoding::Linear24,
        (Format::LINEAR, 4) => Encoding::Linear32,
        (Format::FLOAT, 4) => Encoding::Float32,
        (Format::A_LAW, 1) => Encoding::G711(Law::A),
        (Format::MU_LAW, 1) => Encoding::G711(Law::Mu),
        _ => return Err(WavError::UnknownEncoding { tag, octets }),
    })
}

/// Size, valid bits and speaker mask, then the GUID, whose tail says that its head is a format tag.
fn extended_tag(extension: &[u8]) -> Result<u16, WavError> {
    const GUID_TAIL: [u8; 14] =
        [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
    let guid = extension.get(8..24).ok_or(WavError::ShortFormat)?;
    let tag = u16::from_le_bytes([guid[0], guid[1]]);
    if guid[2..] == GUID_TAIL { Ok(tag) } else { Err(WavError::UnknownEncoding { tag, octets: 0 }) }
}

/// Why octets are no WAV file that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WavError {
    /// It does not begin with RIFF or RF64 and WAVE.
    NotWave,
    /// No `fmt ` chunk comes before the data.
    NoFormat,
    /// The `fmt ` chunk is cut short.
    ShortFormat,
    /// The samples are written in a way not known here.
    UnknownEncoding {
        /// Format tag.
        tag: u16,
        /// Octets a sample; 0 if the file does not get to say.
        octets: u16,
    },
    /// Channels and octets a frame do not agree.
    BadFrame {
        /// Channels.
        channels: u16,
        /// Octets a frame.
        octets: u16,
    },
    /// The sampling rate is 0.
    NoRate,
    /// There is no data chunk.
    NoData,
}

impl fmt::Display for WavError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWave => f.write_str("this is no WAV file; give one that begins with RIFF or RF64"),
            Self::NoFormat => f.write_str("no fmt chunk comes before the data; write the file anew"),
            Self::ShortFormat => f.write_str("the fmt chunk is cut short; write the file anew"),
            Self::UnknownEncoding { tag, octets } => write!(
                f,
                "format {tag} with {octets} octets a sample is not known; convert the file to linear, A-law or µ-law"
            ),
            Self::BadFrame { channels, octets } => {
                write!(f, "{octets} octets a frame do not fit {channels} channels; write the file anew")
            }
            Self::NoRate => f.write_str("the sampling rate is 0; write the file anew"),
            Self::NoData => f.write_str("there is no data chunk; write the file anew"),
        }
    }
}

impl core::error::Error for WavError {}
