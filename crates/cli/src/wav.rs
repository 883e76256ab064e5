//! Writes the WAV files of `generate`: one channel, the length known before the first sample, so that even a
//! pipe gets a correct header. Recordings that may be interrupted are the business of `tandem_files`.
use std::path::Path;

use clap::ValueEnum;
use tandem_dsp::g711;
use tandem_types::{FRAMES_PER_SECOND, Law};

use crate::failure::Failure;
use crate::stream::Output;

/// How samples are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Encoding {
    /// Linear, 16 bits
    Linear16,
    /// G.711 A-law
    Alaw,
    /// G.711 µ-law
    Ulaw,
}

impl Encoding {
    /// The law whose full scale levels refer to: +3.14 dBm0 in A-law, +3.17 dBm0 in µ-law.
    pub(crate) const fn law(self) -> Law {
        match self {
            Self::Linear16 | Self::Alaw => Law::A,
            Self::Ulaw => Law::Mu,
        }
    }

    const fn tag(self) -> u16 {
        match self {
            Self::Linear16 => 1,
            Self::Alaw => 6,
            Self::Ulaw => 7,
        }
    }

    const fn octets(self) -> u16 {
        match self {
            Self::Linear16 => 2,
            Self::Alaw | Self::Ulaw => 1,
        }
    }
}

/// A WAV file being written.
pub(crate) struct WavFile {
    output: Output,
    encoding: Encoding,
}

impl WavFile {
    /// Begins a file that will have exactly so many samples.
    pub(crate) fn create(path: &Path, encoding: Encoding, samples: u64) -> Result<Self, Failure> {
        let header = header(encoding, FRAMES_PER_SECOND as u32, samples).ok_or_else(|| {
            Failure::Input("the signal is longer than a WAV file can be; make it shorter".into())
        })?;
        let mut output = Output::create(path, [])?;
        output.write(&header)?;
        Ok(Self { output, encoding })
    }

    /// Adds samples.
    pub(crate) fn write(&mut self, samples: &[i16]) -> Result<(), Failure> {
        let octets: Vec<u8> = match self.encoding {
            Encoding::Linear16 => samples.iter().flat_map(|sample| sample.to_le_bytes()).collect(),
            Encoding::Alaw => samples.iter().map(|sample| g711::encode(Law::A, *sample)).collect(),
            Encoding::Ulaw => samples.iter().map(|sample| g711::encode(Law::Mu, *sample)).collect(),
        };
        self.output.write(&octets)
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.output.flush()
    }
}

/// What comes before the samples of one channel; `None` if there are more than 32 bits can count.
///
/// Encodings other than linear have a longer `fmt ` chunk and a `fact` chunk with the number of samples.
pub(crate) fn header(encoding: Encoding, rate: u32, samples: u64) -> Option<Vec<u8>> {
    let octets = encoding.octets();
    let linear = matches!(encoding, Encoding::Linear16);
    let data = u32::try_from(samples.checked_mul(octets.into())?).ok()?;
    let fixed: u32 = if linear { 36 } else { 50 };
    let mut out = Vec::with_capacity(64);
    out.extend(b"RIFF");
    out.extend(fixed.checked_add(data)?.to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend((if linear { 16_u32 } else { 18 }).to_le_bytes());
    out.extend(encoding.tag().to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend(rate.checked_mul(octets.into())?.to_le_bytes());
    out.extend(octets.to_le_bytes());
    out.extend((8 * octets).to_le_bytes());
    if !linear {
        out.extend(0_u16.to_le_bytes());
        out.extend(b"fact");
        out.extend(4_u32.to_le_bytes());
        out.extend(u32::try_from(samples).ok()?.to_le_bytes());
    }
    out.extend(b"data");
    out.extend(data.to_le_bytes());
    Some(out)
}
