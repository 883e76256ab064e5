//! Reading WAV: every length is checked against the octets that are there, none is believed.
use core::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::format::{Encoding, Format, WavError};

/// A WAV file in memory, its samples as 16-bit linear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wav {
    format: Format,
    samples: Vec<i16>,
}

impl Wav {
    /// Frames a second.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        self.format.rate
    }

    /// Samples a frame, at least 1.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.format.channels as usize
    }

    /// How the samples were written in the file.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.format.encoding
    }

    /// All samples, frame by frame.
    #[must_use]
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// The number of frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.samples.len() / self.channels()
    }

    /// The samples of one channel, from 0; none if there is no such channel.
    pub fn channel(&self, index: usize) -> impl Iterator<Item = i16> {
        let channels = self.channels();
        let start = if index < channels { index } else { self.samples.len() };
        self.samples.get(start..).unwrap_or(&[]).iter().step_by(channels).copied()
    }
}

/// What a file says before its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WavHeader {
    format: Format,
    /// Where the samples begin.
    pub data_offset: usize,
    /// How many octets of samples the file claims; `None` if it says that it does not know.
    pub data_octets: Option<u64>,
    /// How many frames the file claims in its `fact` chunk.
    fact: Option<u32>,
}

impl WavHeader {
    /// Frames a second.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        self.format.rate
    }

    /// Samples a frame, at least 1.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.format.channels as usize
    }

    /// How the samples are written.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.format.encoding
    }

    /// The octets of the samples, as far as they are there.
    fn data<'a>(&self, octets: &'a [u8]) -> &'a [u8] {
        let rest = octets.get(self.data_offset..).unwrap_or(&[]);
        let claimed = match self.data_octets {
            None => rest.len(),
            Some(0) if !is_chunks(rest) => rest.len(),
            Some(claimed) => usize::try_from(claimed).unwrap_or(usize::MAX).min(rest.len()),
        };
        &rest[..claimed]
    }

    /// The samples of such data. Of the last block those go that `fact` does not count; a `fact` that says
    /// anything else is not believed.
    fn decode(&self, data: &[u8]) -> Wav {
        let channels = usize::from(self.format.channels);
        let mut samples = self.format.decode(data);
        let frames = samples.len() / channels;
        let fact = self.fact.map_or(frames, |fact| fact as usize);
        let filler = frames.saturating_sub(fact);
        let kept = if filler < self.format.frames_a_block() { frames - filler } else { frames };
        samples.truncate(kept * channels);
        Wav { format: self.format, samples }
    }
}

/// Reads a whole file from memory. Data that end early, and sizes that a crashed writer left at 0 or all
/// ones, are read to the end of the octets; a last frame that is not whole is dropped.
pub fn parse(octets: &[u8]) -> Result<Wav, WavError> {
    let header = parse_header(octets)?;
    Ok(header.decode(header.data(octets)))
}

/// Reads what comes before the samples.
pub fn parse_header(octets: &[u8]) -> Result<WavHeader, WavError> {
    let (id, rest) = octets.split_first_chunk::<4>().ok_or(WavError::NotWave)?;
    if !matches!(id, b"RIFF" | b"RF64") || rest.get(4..8) != Some(b"WAVE") {
        return Err(WavError::NotWave);
    }
    let mut format = None;
    let mut long_size = None;
    let mut fact = None;
    let mut at = 12;
    while let Some(chunk) = Chunk::at(octets, at) {
        match chunk.id {
            b"data" => {
                let format = format.ok_or(WavError::NoFormat)?;
                return Ok(WavHeader {
                    format,
                    data_offset: at + Chunk::HEADER,
                    data_octets: data_octets(chunk.size, long_size),
                    fact,
                });
            }
            b"fmt " => format = Some(Format::parse(chunk.body)?),
            b"fact" => fact = chunk.body.first_chunk().map(|frames| u32::from_le_bytes(*frames)),
            b"ds64" => long_size = chunk.body.get(8..16).and_then(|size| size.try_into().ok()),
            _ => {}
        }
        at = chunk.end(at);
    }
    Err(if format.is_some() { WavError::NoData } else { WavError::NoFormat })
}

/// In RF64 all ones means: see `ds64`. Without it, and with 0 in it, the writer never came to say.
fn data_octets(size: u32, long_size: Option<[u8; 8]>) -> Option<u64> {
    match (size, long_size.map(u64::from_le_bytes)) {
        (u32::MAX, None | Some(0)) => None,
        (u32::MAX, Some(long)) => Some(long),
        (size, _) => Some(u64::from(size)),
    }
}

/// Whether octets are a clean row of chunks: then an empty data chunk before them is meant.
fn is_chunks(octets: &[u8]) -> bool {
    let mut at = 0;
    while at < octets.len() {
        match Chunk::at(octets, at) {
            Some(chunk) if chunk.is_whole() && chunk.id.iter().all(|c| matches!(c, b' '..=b'~')) => {
                at = chunk.end(at);
            }
            _ => return false,
        }
    }
    true
}

/// One chunk, as far as it is there.
struct Chunk<'a> {
    id: &'a [u8; 4],
    size: u32,
    body: &'a [u8],
}

impl<'a> Chunk<'a> {
    const HEADER: usize = 8;

    fn at(octets: &'a [u8], at: usize) -> Option<Self> {
        let (id, rest) = octets.get(at..)?.split_first_chunk::<4>()?;
        let (size, rest) = rest.split_first_chunk::<4>()?;
        let size = u32::from_le_bytes(*size);
        let there = (size as usize).min(rest.len());
        Some(Self { id, size, body: &rest[..there] })
    }

    const fn is_whole(&self) -> bool {
        self.body.len() == self.size as usize
    }

    /// Where the next chunk begins: at an even place.
    const fn end(&self, at: usize) -> usize {
        let length = Self::HEADER.saturating_add(self.size as usize).saturating_add(self.size as usize % 2);
        at.saturating_add(length)
    }
}

/// Reads the file at `path`, if it has at most `limit` octets, and as many samples.
pub fn read(path: &Path, limit: u64) -> Result<Wav, ReadError> {
    parse_within(&octets_of(path, limit)?, limit)
}

/// Makes a WAV file of octets, if it has at most `limit` samples.
pub(crate) fn parse_within(octets: &[u8], limit: u64) -> Result<Wav, ReadError> {
    let header = parse_header(octets).map_err(ReadError::Content)?;
    let data = header.data(octets);
    if header.format.samples_in(data.len()) as u64 > limit {
        return Err(ReadError::TooManySamples { limit });
    }
    Ok(header.decode(data))
}

/// What is in the file at `path`, if it has at most `limit` octets.
pub(crate) fn octets_of(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let file = File::open(path).map_err(ReadError::File)?;
    let mut octets = Vec::new();
    // One more than allowed tells a file that is too long, even if it grows meanwhile.
    file.take(limit.saturating_add(1)).read_to_end(&mut octets).map_err(ReadError::File)?;
    if octets.len() as u64 > limit {
        return Err(ReadError::TooLong { limit });
    }
    Ok(octets)
}

/// So many octets of the file at `path` from one on, as many as there are, if they are at most `limit`.
pub(crate) fn octets_of_part(
    path: &Path,
    offset: u64,
    length: u64,
    limit: u64,
) -> Result<Vec<u8>, ReadError> {
    let mut file = File::open(path).map_err(ReadError::File)?;
    file.seek(SeekFrom::Start(offset)).map_err(ReadError::File)?;
    let mut octets = Vec::new();
    file.take(length.min(limit.saturating_add(1))).read_to_end(&mut octets).map_err(ReadError::File)?;
    if octets.len() as u64 > limit {
        return Err(ReadError::TooLong { limit });
    }
    Ok(octets)
}

/// Why a WAV file cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// It cannot be opened or read.
    File(io::Error),
    /// It is longer than the limit.
    TooLong {
        /// The limit in octets.
        limit: u64,
    },
    /// It would become more samples than the limit.
    TooManySamples {
        /// The limit in samples.
        limit: u64,
    },
    /// Its content cannot be used.
    Content(WavError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, "the file cannot be read: {error}; check its name and rights"),
            Self::TooLong { limit } => {
                write!(f, "the file has more than {limit} octets; cut it or raise the limit")
            }
            Self::TooManySamples { limit } => write!(f, "the file has more than {limit} samples; cut it"),
            Self::Content(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ReadError {}
