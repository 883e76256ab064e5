//! The `fmt ` chunk: what the octets of the data mean.
use core::fmt;

use tandem_dsp::g711;
use tandem_types::Law;

use crate::codec::adpcm::decode_oki;
use crate::codec::{gsm, ima};

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
    /// IMA ADPCM in blocks.
    ImaAdpcm,
    /// ADPCM of Oki and Dialogic, two samples an octet.
    OkiAdpcm,
    /// GSM full rate, two frames in 65 octets.
    Gsm,
}

impl Format {
    /// All whole samples of `data`, as 16-bit linear.
    pub(super) fn decode(self, data: &[u8]) -> Vec<i16> {
        let octets = data.iter();
        match self.encoding {
            Encoding::Linear8 => octets.map(|octet| (i16::from(*octet) - 128) << 8).collect(),
            Encoding::G711(law) => octets.map(|octet| g711::decode(law, *octet)).collect(),
            Encoding::Linear16 => top_16_bits(data, 2),
            Encoding::Linear24 => top_16_bits(data, 3),
            Encoding::Linear32 => top_16_bits(data, 4),
            Encoding::Float32 => {
                data.as_chunks::<4>().0.iter().map(|o| from_float(f32::from_le_bytes(*o))).collect()
            }
            Encoding::ImaAdpcm => {
                let mut samples = Vec::with_capacity(2 * data.len());
                let blocks = data.chunks(usize::from(self.block));
                blocks.for_each(|block| ima::decode_block(block, usize::from(self.channels), &mut samples));
                samples
            }
            Encoding::OkiAdpcm => decode_oki(data),
            Encoding::Gsm => {
                let mut decoder = gsm::Decoder::new();
                let frames = data.as_chunks().0.iter().flat_map(gsm::Frame::pair_from_octets);
                frames.flat_map(|frame| decoder.decode(&frame)).collect()
            }
        }
    }

    /// How many samples `decode` makes of so many octets.
    pub(super) const fn samples_in(self, octets: usize) -> usize {
        let (channels, block) = (self.channels as usize, self.block as usize);
        match self.encoding {
            Encoding::ImaAdpcm => {
                let whole = ima::frames_in(block, channels) * (octets / block);
                (whole + ima::frames_in(octets % block, channels)) * channels
            }
            Encoding::OkiAdpcm => octets * 2,
            Encoding::Gsm => octets / gsm::PAIR_OCTETS * gsm::PAIR_SAMPLES,
            _ => octets / block * channels,
        }
    }

    /// How many frames of the last block may be there only to fill it: what `fact` can take away.
    pub(super) const fn frames_a_block(self) -> usize {
        match self.encoding {
            Encoding::ImaAdpcm => ima::frames_in(self.block as usize, self.channels as usize),
            Encoding::OkiAdpcm => 2,
            Encoding::Gsm => gsm::PAIR_SAMPLES,
            _ => 1,
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
    /// Octets a frame, or of a block of frames.
    pub(super) block: u16,
}

impl Format {
    pub(super) const LINEAR: u16 = 1;
    pub(super) const FLOAT: u16 = 3;
    pub(super) const A_LAW: u16 = 6;
    pub(super) const MU_LAW: u16 = 7;
    const OKI_ADPCM: u16 = 0x10;
    pub(super) const IMA_ADPCM: u16 = 0x11;
    /// What Dialogic had registered for the same.
    const DIALOGIC_ADPCM: u16 = 0x17;
    pub(super) const GSM: u16 = 0x31;
    /// The tag is in the first two octets of the GUID.
    const EXTENSIBLE: u16 = 0xfffe;

    pub(super) fn parse(chunk: &[u8]) -> Result<Self, WavError> {
        let (fixed, extension) = chunk.split_first_chunk::<16>().ok_or(WavError::ShortFormat)?;
        let word = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let rate = u32::from_le_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
        let (channels, block, bits) = (word(2), word(12), word(14));
        let tag = match word(0) {
            Self::EXTENSIBLE => extended_tag(extension)?,
            tag => tag,
        };
        if rate == 0 {
            return Err(WavError::NoRate);
        }
        let format = |encoding| Ok(Self { encoding, channels, rate, block });
        let bad = Err(WavError::BadFrame { channels, octets: block });
        match tag {
            _ if channels == 0 || block == 0 => bad,
            Self::IMA_ADPCM if bits != 4 => Err(WavError::UnknownBits { tag, bits }),
            // A block is whole pieces of four octets a channel, its head and one more at least.
            Self::IMA_ADPCM if u32::from(block) < 8 * u32::from(channels) => bad,
            Self::IMA_ADPCM if !u32::from(block).is_multiple_of(4 * u32::from(channels)) => bad,
            Self::IMA_ADPCM => format(Encoding::ImaAdpcm),
            Self::OKI_ADPCM | Self::DIALOGIC_ADPCM if bits != 4 => Err(WavError::UnknownBits { tag, bits }),
            Self::OKI_ADPCM | Self::DIALOGIC_ADPCM if channels != 1 => bad,
            Self::OKI_ADPCM | Self::DIALOGIC_ADPCM => format(Encoding::OkiAdpcm),
            Self::GSM if channels != 1 || !usize::from(block).is_multiple_of(gsm::PAIR_OCTETS) => bad,
            Self::GSM => format(Encoding::Gsm),
            _ if block % channels != 0 => bad,
            _ => format(encoding(tag, block / channels)?),
        }
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
    /// ADPCM of another number of bits than four.
    UnknownBits {
        /// Format tag.
        tag: u16,
        /// Bits a sample.
        bits: u16,
    },
    /// Channels and octets a frame, or a block of frames, do not agree.
    BadFrame {
        /// Channels.
        channels: u16,
        /// Octets a frame or a block.
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
            Self::UnknownBits { tag, bits } => {
                write!(f, "format {tag} with {bits} bits a sample is not known; convert the file to four")
            }
            Self::BadFrame { channels, octets } => {
                write!(f, "{octets} octets a frame do not fit {channels} channels; write the file anew")
            }
            Self::NoRate => f.write_str("the sampling rate is 0; write the file anew"),
            Self::NoData => f.write_str("there is no data chunk; write the file anew"),
        }
    }
}

impl core::error::Error for WavError {}
