//! `tandem generate`: test signals as WAV files of one channel at 8 kHz.
mod cid;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tandem_dsp::dtmf::{DialError, DtmfGenerator, DtmfSender};
use tandem_dsp::mf::{MfGenerator, MfSender, MfSignal, MfSystem};
use tandem_dsp::progress::{PlanTone, TonePlan};
use tandem_dsp::tone::{ToneGenerator, ToneStep};
use tandem_files::signals::{self, named_tones};
use tandem_types::{Digit, FRAMES_PER_SECOND, Frames};

use crate::failure::Failure;
use crate::progress::Progress;
use crate::tones::{Filler, MODEM_SOUNDS, PlanChoice, modem_sound, name_of};
use crate::wav::{Encoding, WavFile};

/// What `tandem generate` can make.
#[derive(Subcommand)]
pub(crate) enum Signal {
    /// DTMF digits (Q.23)
    Dtmf(Dtmf),
    /// R1 register signals (Q.320): 0-9, K for KP, S for ST, X, Y and Z for ST with one, two and three primes
    MfR1(Mf),
    /// R2 register signals, forward (Q.441): 1-9, 0 for the tenth, B-F for 11 to 15
    MfR2Fwd(Mf),
    /// R2 register signals, backward (Q.441): 1-9, 0 for the tenth, B-F for 11 to 15
    MfR2Bwd(Mf),
    /// Line signals: 1, 2, 3 for 2280, 2400, 2600 Hz, 4 for the last two, 5 and 6 for these with 2280 Hz
    MfLine(Mf),
    /// A message of caller identification (FSK), as between rings
    Cid(cid::Cid),
    /// A tone by name, or one or two frequencies, steady or with a cadence
    Tone(Tone),
    /// What a play of a line sends: dtmf:12#, "mf:r1 KP 12 ST", "tone:us busy 10s", as in a host's plays
    Line(Line),
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

/// What `tandem generate mf-r1` and its like are told.
#[derive(Args)]
pub(crate) struct Mf {
    /// Signals to send
    signals: String,
    /// How long each signal sounds; if not given, as the system has it
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=LONGEST_MS))]
    on_ms: Option<u32>,
    /// The pause after each signal; if not given, as the system has it
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(0..=LONGEST_MS))]
    off_ms: Option<u32>,
    /// Level of each frequency; if not given, as the system has it
    #[arg(long, value_name = "DBM0", value_parser = level, allow_negative_numbers = true)]
    level: Option<f32>,
    #[command(flatten)]
    file: File,
}

/// What `tandem generate tone` is told.
#[derive(Args)]
pub(crate) struct Tone {
    /// What `tandem detect` calls the tone, for example busy, cng or sit-vacant; those of networks need --country or
    /// --plan
    #[arg(value_name = "NAME", required_unless_present = "freq",
        conflicts_with_all = ["freq", "freq2", "on_ms", "off_ms", "repeat"])]
    name: Option<String>,
    #[command(flatten)]
    tones: PlanChoice,
    /// The frequency
    #[arg(long, value_name = "HZ", value_parser = frequency)]
    freq: Option<f32>,
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
    /// How long the signal is in all, tone and pause repeated as often as it takes; 10 for a tone by name
    #[arg(long, value_parser = seconds)]
    seconds: Option<f64>,
    #[command(flatten)]
    file: File,
}

/// What `tandem generate line` is told.
#[derive(Args)]
pub(crate) struct Line {
    /// The line
    line: String,
    #[command(flatten)]
    tones: PlanChoice,
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
        Signal::MfR1(mf) => register(&mf, MfSystem::R1),
        Signal::MfR2Fwd(mf) => register(&mf, MfSystem::R2Forward),
        Signal::MfR2Bwd(mf) => register(&mf, MfSystem::R2Backward),
        Signal::MfLine(mf) => register(&mf, MfSystem::Line),
        Signal::Cid(cid) => cid.send(),
        Signal::Tone(tone) => sound(&tone),
        Signal::Line(line) => line.send(),
    }
}

/// What dials symbols, and has room for some of them.
trait Dials {
    type Symbol: Copy;
    fn dial(&mut self, symbol: Self::Symbol) -> Result<(), DialError>;
    fn fill(&mut self, block: &mut [i16]);
}

impl Dials for DtmfGenerator {
    type Symbol = Digit;

    fn dial(&mut self, digit: Digit) -> Result<(), DialError> {
        Self::dial(self, &[digit])
    }

    fn fill(&mut self, block: &mut [i16]) {
        Self::fill(self, block);
    }
}

impl Dials for MfGenerator {
    type Symbol = MfSignal;

    fn dial(&mut self, signal: MfSignal) -> Result<(), DialError> {
        self.send(signal)
    }

    fn fill(&mut self, block: &mut [i16]) {
        Self::fill(self, block);
    }
}

fn dial(dtmf: &Dtmf) -> Result<(), Failure> {
    let digit = |c| Digit::from_char(c).ok_or_else(|| Failure::Input(format!("no DTMF key is marked '{c}'")));
    let digits = dtmf.digits.chars().map(digit).collect::<Result<Vec<_>, _>>()?;
    let (on, off) = (Frames::from_ms(dtmf.on_ms.into()), Frames::from_ms(dtmf.off_ms.into()));
    let sender = DtmfSender { low_dbm0: dtmf.low_dbm0, high_dbm0: dtmf.high_dbm0, on, off };
    let generator = DtmfGenerator::new(dtmf.file.encoding.law(), sender);
    dtmf.file.write_dialled(generator, &digits, (on.0 + off.0).saturating_mul(digits.len() as u64))
}

fn register(mf: &Mf, system: MfSystem) -> Result<(), Failure> {
    let signal = |c| system.signal_of(c).ok_or_else(|| Failure::Input(format!("no signal is called '{c}'")));
    let signals = mf.signals.chars().map(signal).collect::<Result<Vec<_>, _>>()?;
    let own = MfSender::of(system);
    let frames = |ms: Option<u32>, own: Frames| ms.map_or(own, |ms| Frames::from_ms(ms.into()));
    let (on, off) = (frames(mf.on_ms, own.on), frames(mf.off_ms, own.off));
    let sender = MfSender { dbm0: mf.level.unwrap_or(own.dbm0), on, off, key_pulse_on: own.key_pulse_on };
    let samples = signals.iter().map(|signal| sender.on_of(*signal).0 + off.0).sum();
    mf.file.write_dialled(MfGenerator::new(mf.file.encoding.law(), system, sender), &signals, samples)
}

fn sound(tone: &Tone) -> Result<(), Failure> {
    let (on, off) = (Frames::from_ms(tone.on_ms.into()), Frames::from_ms(tone.off_ms.into()));
    let (mut fill, seconds): (Filler, _) = match &tone.name {
        Some(name) => (tone.named(name)?, Some(tone.seconds.unwrap_or(SECONDS_OF_A_NAMED_TONE))),
        None => {
            let (first_hz, second_hz) = (tone.freq.unwrap_or(0.0), tone.freq2.unwrap_or(0.0));
            let step = ToneStep { first_hz, second_hz, dbm0: tone.level, on, off };
            let generator = ToneGenerator::new(tone.file.encoding.law(), &[step], true)
                .ok_or_else(|| Failure::Input("the tone takes no time".into()))?;
            (filler(generator), tone.seconds)
        }
    };
    let samples = match seconds {
        Some(seconds) => (seconds * FRAMES_PER_SECOND as f64).round() as u64,
        None => (on.0 + off.0).saturating_mul(tone.repeat.into()),
    };
    tone.file.write(samples, |_, most| {
        let mut block = vec![0; most as usize];
        fill(&mut block);
        block
    })
}

fn filler(mut generator: ToneGenerator) -> Filler {
    Box::new(move |block| {
        generator.fill(block);
    })
}

impl Line {
    fn send(&self) -> Result<(), Failure> {
        let plan = self.tones.plan()?.unwrap_or(TonePlan::empty());
        let signal = signals::Signal::parse(&self.line, &plan)
            .map_err(|error| Failure::Input(format!("{}: {error}", self.line)))?;
        self.file.write(signal.length().0, |done, most| {
            let mut block = vec![0; most as usize];
            signal.fill_from(done, &mut block);
            block
        })
    }
}

impl Tone {
    fn named(&self, name: &str) -> Result<Filler, Failure> {
        let law = self.file.encoding.law();
        if let Some(sound) = modem_sound(name, law, self.level) {
            return Ok(sound);
        }
        let plan = self.tones.plan()?;
        let more = if plan.is_some() { "" } else { ", and those of a country with --country or --plan" };
        let plan = plan.unwrap_or(TonePlan::empty());
        let known: Vec<PlanTone> = named_tones(&plan).collect();
        let found = known.iter().find(|tone| name_of(tone.name) == name);
        found.and_then(|tone| tone.generator(law, self.level)).map(filler).ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|tone| name_of(tone.name)).chain(MODEM_SOUNDS).collect();
            Failure::Input(format!("there is no tone {name}; there are {}{more}", names.join(", ")))
        })
    }
}

impl File {
    /// Writes what is dialled. The sender has room for some symbols only, so it gets more every few milliseconds.
    fn write_dialled<D: Dials>(
        &self,
        mut sender: D,
        symbols: &[D::Symbol],
        samples: u64,
    ) -> Result<(), Failure> {
        if symbols.is_empty() {
            return Err(Failure::Input("there is nothing to send".into()));
        }
        let mut waiting = symbols.iter().peekable();
        self.write(samples, |_, most| {
            while waiting.next_if(|symbol| sender.dial(**symbol).is_ok()).is_some() {}
            let mut block = vec![0; most.min(LEAST_QUEUED) as usize];
            sender.fill(&mut block);
            block
        })
    }

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

const LONGEST_MS: i64 = 600_000;
const SECONDS_OF_A_NAMED_TONE: f64 = 10.0;
/// Samples made at a time.
const BLOCK: u64 = 8192;
/// What a sender's queue lasts at least: 64 symbols of a millisecond.
const LEAST_QUEUED: u64 = 64 * 8;
