//! `tandem generate`: test signals as WAV files of one channel at 8 kHz.
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_dsp::tone::{ToneGenerator, ToneStep};
use tandem_types::{Digit, FRAMES_PER_SECOND, Frames};

use crate::failure::Failure;
use crate::progress::Progress;
use crate::wav::{Encoding, WavFile};

/// What `tandem generate` can make.
#[derive(Subcommand)]
pub(crate) enum Signal {
    /// DTMF digits (Q.23)
    Dtmf(Dtmf),
    /// One or two frequencies, steady or with a cadence
    Tone(Tone),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// What `tandem generate dtmf` is told.
#[derive(Args)]
pub(crate) struct Dtmf {
    /// Digits to send: 0-9, A-D, * and #
    digits: String,
    /// How long each digit sounds
    #[arg(long, default_value_t = 70, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=LONGEST_MS))]
    on_ms: u32,
    /// The pause after each digit
    #[arg(long, default_value_t = 70, value_name = "MS", value_parser = clap::value_parser!(u32).range(0..=LONGEST_MS))]
    off_ms: u32,
    /// Level of the low-group frequency
    #[arg(long, default_value_t = -9.0, value_name = "DBM0", value_parser = level, allow_negative_numbers = true)]
    low_dbm0: f32,
    /// Level of the high-group frequency
    #[arg(long, default_value_t = -7.0, value_name = "DBM0", value_parser = level, allow_negative_numbers = true)]
    high_dbm0: f32,
    #[command(flatten)]
    file: File,
}

/// What `tandem generate tone` is told.
#[derive(Args)]
pub(crate) struct Tone {
    /// The frequency
    #[arg(long, value_name = "HZ", value_parser = frequency)]
    freq: f32,
    /// A second frequency at the same time
    #[arg(long, value_name = "HZ", value_parser = frequency)]
    freq2: Option<f32>,
    /// Level of each frequency
    #[arg(long, default_value_t = -10.0, value_name = "DBM0", value_parser = level, allow_negative_numbers = true)]
    level: f32,
    /// How long the tone sounds
    #[arg(long, default_value_t = 1000, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=LONGEST_MS))]
    on_ms: u32,
    /// The pause after it
    #[arg(long, default_value_t = 0, value_name = "MS", value_parser = clap::value_parser!(u32).range(0..=LONGEST_MS))]
    off_ms: u32,
    /// How often tone and pause come
    #[arg(long, default_value_t = 1, value_name = "TIMES", conflicts_with = "seconds",
        value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// How long the signal is in all, tone and pause repeated as often as it takes
    #[arg(long, value_parser = seconds)]
    seconds: Option<f64>,
    #[command(flatten)]
    file: File,
}

#[derive(Args)]
struct File {
    /// WAV file to write; - for standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How its samples are written
    #[arg(long, value_enum, default_value_t = Encoding::Linear16)]
    encoding: Encoding,
}

/// Runs the command.
pub(crate) fn run(signal: Signal) -> Result<(), Failure> {
    match signal {
        Signal::Dtmf(dtmf) => dial(&dtmf),
        Signal::Tone(tone) => sound(&tone),
        Signal::Other(words) => Err(no_such_signal(&words)),
    }
}

fn no_such_signal(words: &[OsString]) -> Failure {
    let name = words.first().map(|word| word.to_string_lossy()).unwrap_or_default();
    let what = match NOT_BUILT_YET.contains(&&*name) {
        true => "is not built yet",
        false => "is no signal known here",
    };
    Failure::Input(format!("{name} {what}; what exists: dtmf, tone"))
}

fn dial(dtmf: &Dtmf) -> Result<(), Failure> {
    let digit = |c| Digit::from_char(c).ok_or_else(|| Failure::Input(format!("no DTMF key is marked '{c}'")));
    let digits = dtmf.digits.chars().map(digit).collect::<Result<Vec<_>, _>>()?;
    if digits.is_empty() {
        return Err(Failure::Input("there are no digits to send".into()));
    }
    let (on, off) = (Frames::from_ms(dtmf.on_ms.into()), Frames::from_ms(dtmf.off_ms.into()));
    let sender = DtmfSender { low_dbm0: dtmf.low_dbm0, high_dbm0: dtmf.high_dbm0, on, off };
    let mut generator = DtmfGenerator::new(dtmf.file.encoding.law(), sender);
    let mut waiting = digits.iter();
    let samples = (on.0 + off.0).saturating_mul(digits.len() as u64);
    // The generator holds 64 digits, a file any number: each is handed over when the one before is done.
    let per_digit = on.0 + off.0;
    dtmf.file.write(samples, |at, most| {
        if at % per_digit == 0
            && let Some(digit) = waiting.next()
        {
            let _ = generator.dial(&[*digit]); // it is idle, so there is room
        }
        let mut block = vec![0; (per_digit - at % per_digit).min(most) as usize];
        generator.fill(&mut block);
        block
    })
}

fn sound(tone: &Tone) -> Result<(), Failure> {
    let (on, off) = (Frames::from_ms(tone.on_ms.into()), Frames::from_ms(tone.off_ms.into()));
    let second_hz = tone.freq2.unwrap_or(0.0);
    let step = ToneStep { first_hz: tone.freq, second_hz, dbm0: tone.level, on, off };
    let mut generator = ToneGenerator::new(tone.file.encoding.law(), &[step], true)
        .ok_or_else(|| Failure::Input("the tone takes no time".into()))?;
    let samples = match tone.seconds {
        Some(seconds) => (seconds * FRAMES_PER_SECOND as f64).round() as u64,
        None => (on.0 + off.0).saturating_mul(tone.repeat.into()),
    };
    tone.file.write(samples, |_, most| {
        let mut block = vec![0; most as usize];
        generator.fill(&mut block);
        block
    })
}

impl File {
    /// Writes what `more` gives when told how many samples there are already and how many it may give.
    fn write(&self, samples: u64, mut more: impl FnMut(u64, u64) -> Vec<i16>) -> Result<(), Failure> {
        let mut wav = WavFile::create(&self.out, self.encoding, samples)?;
        let mut progress = Progress::new(&self.out.display().to_string(), Some(samples.saturating_mul(2)));
        let mut done = 0;
        while done < samples {
            let block = more(done, (samples - done).min(BLOCK));
            wav.write(&block)?;
            done += block.len() as u64;
            progress.advance(2 * block.len());
        }
        wav.finish()
    }
}

fn number(text: &str, least: f64, most: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number >= least && number <= most => Ok(number),
        _ => Err(format!("give a number from {least} to {most}")),
    }
}

fn level(text: &str) -> Result<f32, String> {
    number(text, -80.0, 3.0).map(|level| level as f32)
}

fn frequency(text: &str) -> Result<f32, String> {
    number(text, 1.0, 3999.0).map(|hz| hz as f32)
}

fn seconds(text: &str) -> Result<f64, String> {
    number(text, 0.001, 86_400.0)
}

const NOT_BUILT_YET: [&str; 3] = ["mf-r1", "mf-r2-fwd", "mf-r2-bwd"];
const LONGEST_MS: i64 = 600_000;
/// Samples made at a time.
const BLOCK: u64 = 8192;
