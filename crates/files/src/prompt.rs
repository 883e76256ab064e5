//! A prompt: a sound file of any kind made into what a voice channel plays.
use core::fmt;
use std::path::{Path, PathBuf};

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};
use tandem_types::FRAMES_PER_SECOND;

use crate::raw::{self, RawError, RawFormat};
use crate::wav::{self, ReadError, Wav, WavError};

/// Speech to be played: one channel, 8000 samples a second, 16-bit linear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    samples: Box<[i16]>,
}

impl Prompt {
    /// The longest file that is taken, in octets and in samples: almost six minutes of two channels at 48 kHz,
    /// or more than two hours of one at 8 kHz.
    pub const MAX_FILE: u64 = 64 << 20;

    /// Reads a sound file, averages its channels and brings it to 8 kHz. Takes its time: never call it where
    /// something waits for it.
    pub fn load(path: &Path) -> Result<Self, PromptError> {
        let octets = wav::octets_of(path, Self::MAX_FILE).map_err(PromptError::Read)?;
        Self::from_octets(path, &octets)
    }

    /// Makes a prompt of a part of a file, whatever its name or its beginning says: samples without a header, so many octets of
    /// them from one on, or fewer if there are no more. What is coded by what came before begins anew there.
    pub fn load_part(path: &Path, format: RawFormat, offset: u64, length: u64) -> Result<Self, PromptError> {
        let octets = wav::octets_of_part(path, offset, length, Self::MAX_FILE).map_err(PromptError::Read)?;
        Self::from_raw(format, &octets)
    }

    /// The file of a prompt named without an ending, as phrases name theirs: that which ends in `wav`, or else in
    /// the first of the other endings there are ([`RawFormat::of_name`]).
    #[must_use]
    pub fn find(name: &Path) -> Option<PathBuf> {
        let with = |ending: &str| {
            let mut path = name.as_os_str().to_owned();
            path.push(".");
            path.push(ending);
            PathBuf::from(path)
        };
        core::iter::once("wav").chain(raw::endings()).map(with).find(|path| path.is_file())
    }

    /// Makes a prompt of what is in the file of this name. What begins like a WAV file is one, whatever its
    /// name; of anything else the name says what it is ([`RawFormat::of_name`]).
    pub fn from_octets(path: &Path, octets: &[u8]) -> Result<Self, PromptError> {
        match (wav::parse_within(octets, Self::MAX_FILE), RawFormat::of_name(path)) {
            (Ok(wav), _) => Self::from_wav(&wav),
            (Err(ReadError::Content(WavError::NotWave)), Some(format)) => Self::from_raw(format, octets),
            (Err(ReadError::Content(WavError::NotWave)), None) => Err(PromptError::Unknown),
            (Err(error), _) => Err(PromptError::Read(error)),
        }
    }

    /// Makes a prompt of a WAV file in memory.
    pub fn from_wav(wav: &Wav) -> Result<Self, PromptError> {
        at_8_khz(mix_down(wav), wav.rate()).map(Self::from_samples)
    }

    /// Makes a prompt of samples without a header.
    pub fn from_raw(format: RawFormat, octets: &[u8]) -> Result<Self, PromptError> {
        if format.samples_in(octets.len()) as u64 > Self::MAX_FILE {
            return Err(PromptError::Read(ReadError::TooManySamples { limit: Self::MAX_FILE }));
        }
        let samples = format.decode(octets).map_err(PromptError::Raw)?;
        at_8_khz(samples, format.rate).map(Self::from_samples)
    }

    /// A prompt of these samples.
    #[must_use]
    pub fn from_samples(samples: Vec<i16>) -> Self {
        Self { samples: samples.into_boxed_slice() }
    }

    /// The samples, one a frame.
    #[must_use]
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }
}

fn at_8_khz(samples: Vec<i16>, rate: u32) -> Result<Vec<i16>, PromptError> {
    match rate {
        8_000 => Ok(samples),
        LOWEST_RATE..=HIGHEST_RATE => resample(&samples, rate),
        rate => Err(PromptError::Rate(rate)),
    }
}

fn mix_down(wav: &Wav) -> Vec<i16> {
    let mean = |frame: &[i16]| {
        let sum: i64 = frame.iter().map(|sample| i64::from(*sample)).sum();
        (sum / frame.len() as i64) as i16
    };
    wav.samples().chunks_exact(wav.channels()).map(mean).collect()
}

fn resample(samples: &[i16], rate: u32) -> Result<Vec<i16>, PromptError> {
    if samples.is_empty() {
        return Ok(Vec::new());
    }
    let failed = |_| PromptError::Rate(rate);
    let input: Vec<f32> = samples.iter().map(|sample| f32::from(*sample)).collect();
    let adapter = InterleavedSlice::new(&input, 1, input.len()).map_err(|_| PromptError::Rate(rate))?;
    let mut resampler = Fft::<f32>::new(rate as usize, FRAMES_PER_SECOND as usize, CHUNK, 1, FixedSync::Both)
        .map_err(failed)?;
    let output = resampler.process_all(&adapter, input.len(), None).map_err(|_| PromptError::Rate(rate))?;
    Ok(output.take_data().into_iter().map(|sample| sample.round() as i16).collect())
}

/// Why a file is no prompt.
#[derive(Debug)]
pub enum PromptError {
    /// It cannot be read.
    Read(ReadError),
    /// It does not begin like a WAV file, and its name does not say what else it is.
    Unknown,
    /// It is not what its name says.
    Raw(RawError),
    /// Its sampling rate cannot be brought to 8 kHz.
    Rate(u32),
}

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Unknown => f.write_str(
                "this is no WAV file, and its name does not say what else it is; give one that begins with RIFF or \
                 RF64, or whose name ends in vox, alaw, al, ulaw, ul, mu, pcm, sln, raw, gsm, 726, g726-16, g726-24, \
                 g726-32 or g726-40",
            ),
            Self::Raw(error) => error.fmt(f),
            Self::Rate(rate) => {
                write!(f, "{rate} samples a second cannot be used; give a file with 4000 to 192000")
            }
        }
    }
}

impl core::error::Error for PromptError {}

const LOWEST_RATE: u32 = 4_000;
const HIGHEST_RATE: u32 = 192_000;
/// Frames the resampler takes at a time.
const CHUNK: usize = 1_024;
