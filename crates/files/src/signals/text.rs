//! Signals written as a line of text: `dtmf:12#`, `mf:r1 KP 12 ST`, `tone:us busy 10s`.
use core::fmt;

use tandem_dsp::dtmf::{DtmfSender, HIGH_HZ, LOW_HZ};
use tandem_dsp::level::amplitude_for_dbm0;
use tandem_dsp::mf::{MfSender, MfSystem};
use tandem_dsp::progress::TonePlan;
use tandem_dsp::tone::Chord;
use tandem_types::{Digit, Frames, Law};

use super::{Builder, Signal, tones};

/// Why a line is no signal.
#[derive(Clone, Debug, PartialEq)]
pub enum BadSignal {
    /// It does not say of what kind it is.
    Kind,
    /// There is nothing to be sent.
    Empty,
    /// More digits or signals than [`MOST_SYMBOLS`].
    TooMany,
    /// It would last for more than an hour, or for no time.
    Length,
    /// Times of digits and signals are not `ON/OFF`, or too short or too long.
    Times(String),
    /// A time of a tone is none.
    Duration(String),
    /// A level is none, or too low or too high.
    Level {
        /// What was given.
        given: String,
        /// The highest of this signal, in dBm0.
        most: f32,
    },
    /// No key has this mark.
    Key(char),
    /// There is no such system of register or line signals.
    System(String),
    /// A system has no signal of this name.
    Symbol {
        /// The system.
        system: MfSystem,
        /// The name.
        symbol: char,
    },
    /// The tones of this country are not known.
    Country(String),
    /// There is no such tone.
    Tone {
        /// What was given.
        given: String,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// Frequencies are none, too many, or not to be sent.
    Frequencies(String),
    /// The peaks of frequencies at once would be cut.
    Loud,
    /// A tone by frequencies does not say for how long.
    NoTimes,
    /// Words follow that say nothing.
    Word(String),
}

impl fmt::Display for BadSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => write!(f, "a signal begins with dtmf:, mf: or tone:"),
            Self::Empty => write!(f, "there is nothing to send"),
            Self::TooMany => {
                write!(f, "there are more than {MOST_SYMBOLS} signals; give the rest as another piece")
            }
            Self::Length => write!(f, "a signal lasts for a millisecond to an hour"),
            Self::Times(given) => {
                let (least, most) = (DIGIT_MS.start(), DIGIT_MS.end());
                write!(f, "{given:?} are no times; give ON/OFF in milliseconds, each from {least} to {most}")
            }
            Self::Duration(given) => write!(
                f,
                "{given:?} is no time of a tone; give ON or ON/OFF in milliseconds, or a length such as 10s"
            ),
            Self::Level { given, most } => {
                write!(f, "{given:?} is no level; give {LEAST_DBM0} to {most} dBm0")
            }
            Self::Key(symbol) => {
                write!(
                    f,
                    "no key is marked {symbol:?}; give 0 to 9, *, #, A to D, and , for a pause of a second"
                )
            }
            Self::System(given) => {
                write!(f, "there are no signals of {given:?}; give r1, r2-forward, r2-backward or line")
            }
            Self::Symbol { system, symbol } => {
                write!(f, "there is no signal {symbol:?}; give {}", symbols_of(*system))
            }
            Self::Country(given) => {
                let known: Vec<_> = TonePlan::countries().map(|(code, _)| code).collect();
                write!(f, "there are no tones of {given:?}; there are those of {}", known.join(", "))
            }
            Self::Tone { given, known } => {
                write!(f, "there is no tone {given:?}; there are {}", known.join(", "))
            }
            Self::Frequencies(given) => write!(
                f,
                "{given:?} are no frequencies; give one to four from {} to {} Hz, joined by +",
                tones::HZ.start(),
                tones::HZ.end()
            ),
            Self::Loud => {
                write!(f, "the frequencies together are louder than a line can carry; give lower levels")
            }
            Self::NoTimes => {
                write!(
                    f,
                    "say for how long the tone sounds: ON or ON/OFF in milliseconds, or a length such as 10s"
                )
            }
            Self::Word(given) => write!(f, "{given:?} is one word too many"),
        }
    }
}

impl core::error::Error for BadSignal {}

/// Whether a line says that it is a signal, and not the name of a file.
#[must_use]
pub fn is_signal(line: &str) -> bool {
    KINDS.iter().any(|kind| line.starts_with(kind))
}

impl Signal {
    /// The signal of a line. Tones without a country are those of `own`, or the ones that are the same everywhere.
    ///
    /// | line | what is sent |
    /// | --- | --- |
    /// | `dtmf:[ON/OFF][@LEVEL] DIGITS` | DTMF |
    /// | `mf:SYSTEM [ON/OFF][@LEVEL] SIGNALS` | signals of `r1`, `r2-forward`, `r2-backward` or `line` |
    /// | `tone:[COUNTRY] NAME[@LEVEL] [LENGTH]` | a tone with its cadence |
    /// | `tone:HZ[@LEVEL][+HZ[@LEVEL]…] ON[/OFF] … [LENGTH]` | a tone by frequencies |
    pub fn parse(line: &str, own: &TonePlan) -> Result<Self, BadSignal> {
        let (kind, rest) = line.split_once(':').ok_or(BadSignal::Kind)?;
        match kind {
            "dtmf" => dtmf(rest),
            "mf" => mf(rest.trim_start()),
            "tone" => tones::tone(rest, own),
            _ => Err(BadSignal::Kind),
        }
    }
}

fn dtmf(text: &str) -> Result<Signal, BadSignal> {
    let own = DtmfSender { on: DIGIT_ON, off: DIGIT_ON, ..DtmfSender::default() };
    let (manner, digits) = Manner::split(text, DTMF_MOST_DBM0)?;
    let [on, off] = manner.times.unwrap_or([own.on, own.off]);
    let low = manner.dbm0.unwrap_or(own.low_dbm0);
    let levels = [low, low + (own.high_dbm0 - own.low_dbm0)];
    send(digits, off, |symbol| {
        let (row, column) = Digit::from_char(symbol).ok_or(BadSignal::Key(symbol))?.key();
        Ok((chord(&[LOW_HZ[row], HIGH_HZ[column]], &levels), on))
    })
}

fn mf(text: &str) -> Result<Signal, BadSignal> {
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (_, system) =
        SYSTEMS.into_iter().find(|(own, _)| *own == name).ok_or_else(|| BadSignal::System(name.into()))?;
    let (manner, signals) = Manner::split(rest, MF_MOST_DBM0)?;
    let mut sender = MfSender::of(system);
    if let Some([on, off]) = manner.times {
        sender = MfSender { on, off, key_pulse_on: sender.key_pulse_on.max(on), ..sender };
    }
    let level = manner.dbm0.unwrap_or(sender.dbm0);
    send(&with_short_names(system, signals), sender.off, |symbol| {
        let signal = system.signal_of(symbol).ok_or(BadSignal::Symbol { system, symbol })?;
        let hz = signal.hz();
        let different = if hz[0] == hz[1] { 1 } else { 2 };
        Ok((chord(&hz[..different], &[level; 2]), sender.on_of(signal)))
    })
}

/// Signals with the letters that the sender knows in place of the names that are told of those heard.
fn with_short_names(system: MfSystem, signals: &str) -> String {
    let mut short = signals.to_ascii_uppercase();
    if system == MfSystem::R1 {
        for (name, letter) in [("KP", "K"), ("ST'''", "Z"), ("ST''", "Y"), ("ST'", "X"), ("ST", "S")] {
            short = short.replace(name, letter);
        }
    }
    short
}

/// Symbols one by one, each a chord for its time and a pause; spaces are not sent.
fn send(
    symbols: &str,
    off: Frames,
    sound: impl Fn(char) -> Result<(Chord, Frames), BadSignal>,
) -> Result<Signal, BadSignal> {
    let mut built = Builder::default();
    let symbols = symbols.chars().filter(|symbol| !symbol.is_whitespace());
    let mut count = 0;
    for symbol in symbols {
        count += 1;
        if count > MOST_SYMBOLS {
            return Err(BadSignal::TooMany);
        }
        if symbol == ',' {
            built.pause(COMMA);
            continue;
        }
        let (chord, on) = sound(symbol)?;
        built.add(chord, on, off);
    }
    if count == 0 {
        return Err(BadSignal::Empty);
    }
    built.build(None).ok_or(BadSignal::Length)
}

/// How digits and signals are sent, as far as a line says it.
#[derive(Debug)]
struct Manner {
    times: Option<[Frames; 2]>,
    dbm0: Option<f32>,
}

impl Manner {
    /// Takes `ON/OFF@LEVEL`, or either, off the front of a line.
    fn split(text: &str, most: f32) -> Result<(Self, &str), BadSignal> {
        let text = text.trim_start();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        if !word.contains(['/', '@']) {
            return Ok((Self { times: None, dbm0: None }, text));
        }
        let (times, dbm0) = split_level(word, most)?;
        let wrong = || BadSignal::Times(times.into());
        let milliseconds = |text: &str| text.parse().ok().filter(|ms| DIGIT_MS.contains(ms));
        let pair = |text: &str| {
            let (on, off) = text.split_once('/')?;
            Some([Frames::from_ms(milliseconds(on)?), Frames::from_ms(milliseconds(off)?)])
        };
        let times = if times.is_empty() { None } else { Some(pair(times).ok_or_else(wrong)?) };
        Ok((Self { times, dbm0 }, rest))
    }
}

/// What is before an `@`, and the level behind it, if there is one.
pub(super) fn split_level(word: &str, most: f32) -> Result<(&str, Option<f32>), BadSignal> {
    let Some((before, level)) = word.split_once('@') else { return Ok((word, None)) };
    let dbm0 = level.parse().ok().filter(|dbm0| (LEAST_DBM0..=most).contains(dbm0));
    Ok((before, Some(dbm0.ok_or_else(|| BadSignal::Level { given: level.into(), most })?)))
}

/// Frequencies at their levels; four of them at most.
pub(super) fn chord(hz: &[f32], dbm0: &[f32]) -> Chord {
    let mut sines = [(0.0, 0.0); Chord::MAX_SINES];
    for (sine, (hz, dbm0)) in sines.iter_mut().zip(hz.iter().zip(dbm0)) {
        // Whose law it will be is not known; those of a telephone line are three hundredths of a dB apart.
        *sine = (*hz, amplitude_for_dbm0(Law::A, *dbm0));
    }
    Chord::new(&sines[..hz.len().min(Chord::MAX_SINES)]).expect("no more than there may be")
}

const fn symbols_of(system: MfSystem) -> &'static str {
    match system {
        MfSystem::R1 => {
            "0 to 9, KP or K, ST or S, ST' or X, ST'' or Y, ST''' or Z, and , for a pause of a second"
        }
        MfSystem::R2Forward | MfSystem::R2Backward => {
            "1 to 9, 0 for the tenth, B to F for those behind, and , for a pause of a second"
        }
        MfSystem::Line => "1 to 6, and , for a pause of a second",
    }
}

/// What a line begins with.
const KINDS: [&str; 3] = ["dtmf:", "mf:", "tone:"];
/// By the names that the configuration has for their detectors.
const SYSTEMS: [(&str, MfSystem); 4] = [
    ("r1", MfSystem::R1),
    ("r2-forward", MfSystem::R2Forward),
    ("r2-backward", MfSystem::R2Backward),
    ("line", MfSystem::Line),
];
/// Longer than any receiver that keeps to Q.24 needs it.
const DIGIT_ON: Frames = Frames::from_ms(100);
const DIGIT_MS: core::ops::RangeInclusive<u64> = 10..=60_000;
const COMMA: Frames = Frames::from_seconds(1);
/// Digits or signals of a line.
pub const MOST_SYMBOLS: usize = 256;
pub(super) const LEAST_DBM0: f32 = -60.0;
/// With the high group 2 dB louder the peaks are those of the loudest sine.
const DTMF_MOST_DBM0: f32 = -4.0;
/// Of two at once.
const MF_MOST_DBM0: f32 = -3.0;
