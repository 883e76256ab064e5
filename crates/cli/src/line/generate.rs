//! `tandem line generate`: a capture of a span that a framer sends, whole frames from the first of the
//! multiframe or superframe.
use std::path::PathBuf;

use clap::Args;
use tandem_line::linecode::Encoder;
use tandem_line::{E1Config, E1Framer, FrameWords, LineCode, Symbols, T1Config, T1Framer, frame_to_words};
use tandem_types::{Abcd, Timeslot};

use super::slots::{Layout, Random, SlotArgument, Slots};
use super::{Code, FILE_FORMAT, Framing, NEGATIVE, POSITIVE, code, framing};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::stream::Output;

/// What `tandem line generate` is told.
#[derive(Args)]
#[command(after_help = FILE_FORMAT)]
pub(crate) struct Arguments {
    /// Framing of the span: e1, e1-crc4, t1-sf, t1-esf, j1-esf, j1-sf
    #[arg(long, value_parser = framing)]
    framing: Framing,
    /// How many frames of 125 µs
    #[arg(long, value_name = "N", value_parser = frames, allow_negative_numbers = true)]
    frames: u64,
    /// File to write; - for standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Line code of the capture: none, ami, hdb3 (E1), b8zs (T1, J1)
    #[arg(long, value_parser = code, default_value = "none")]
    code: Code,
    /// Fill the timeslots with random octets; the same seed gives the same capture
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "slots")]
    seed: u64,
    /// Fill timeslots from files of octets, one a frame. Files go to timeslots 1, 2 and so on, or where
    /// TS= says. A timeslot without a file, or whose file has ended, is idle
    #[arg(long, value_name = "[TS=]FILE", num_args = 1.., value_parser = SlotArgument::parse)]
    slots: Vec<SlotArgument>,
    /// Channel-associated signalling, in timeslot 16 of an E1 or in the robbed bits of a T1, with these bits
    /// for these timeslots; t1-sf has two bits. All others, and all if none are given, send 1101, on a T1 0
    #[arg(long, value_name = "TS=ABCD", num_args = 0.., value_parser = SignallingArgument::parse)]
    cas: Option<Vec<SignallingArgument>>,
    /// Remote alarm indication: bit A, bit 2 of all channels (t1-sf), F bit 12 (j1-sf), or the data link (t1-esf, j1-esf)
    #[arg(long)]
    rai: bool,
    /// Remote alarm of the signalling multiframe of an E1: bit y
    #[arg(long, requires = "cas")]
    cas_rai: bool,
    /// Alarm indication signal: ones and nothing else
    #[arg(long)]
    ais: bool,
    /// As read from an elastic store by a clock that is P ppm fast: frames are repeated, with a negative P left
    /// out, at the intervals of such an offset
    #[arg(long, value_name = "P", default_value_t = 0, allow_negative_numbers = true)]
    #[arg(value_parser = ppm)]
    ppm: i32,
}

fn frames(text: &str) -> Result<u64, &'static str> {
    text.parse()
        .ok()
        .filter(|frames| *frames > 0)
        .ok_or("give a number of frames from 1 up; 8000 are a second")
}

fn ppm(text: &str) -> Result<i32, &'static str> {
    let parsed = text.parse().ok().filter(|ppm| (-10_000..=10_000).contains(ppm));
    parsed.ok_or("give a whole number from -10000 to 10000")
}

/// Runs the command.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let framing = arguments.framing;
    let code = arguments.code.of(framing)?;
    let mut sender = Sender::new(&arguments)?;
    let mut slots = match arguments.slots.as_slice() {
        [] => Slots::Random(Random::new(arguments.seed)),
        files => Slots::open(files, Layout::new(framing, arguments.cas.is_some()))?,
    };
    let mut output = Output::create(&arguments.out, slots.inputs())?;
    let name = arguments.out.display().to_string();
    let mut writer = CaptureWriter::new(code);
    let bits = arguments.frames.saturating_mul(framing.frame_bits().into());
    let mut progress = Progress::new(&name, Some(if code.is_some() { bits } else { bits.div_ceil(8) }));
    let mut store = Store::new(arguments.ppm);
    for _ in 0..arguments.frames {
        let frame = store.next(|| Ok(sender.frame(slots.next()?)))?;
        let octets = writer.put(&frame, framing.frame_bits());
        output.write(octets)?;
        progress.advance(octets.len());
    }
    output.write(writer.finish())?;
    output.flush()
}

/// An elastic store whose reader has a clock of its own.
struct Store {
    ppm: i32,
    /// Millionths of a frame by which the reader is ahead or behind.
    offset: u32,
    last: FrameWords,
}

impl Store {
    const fn new(ppm: i32) -> Self {
        Self { ppm, offset: 0, last: [0; 4] }
    }

    /// The next frame to be read, of those that `write` gives.
    fn next(
        &mut self,
        mut write: impl FnMut() -> Result<FrameWords, Failure>,
    ) -> Result<FrameWords, Failure> {
        self.offset += self.ppm.unsigned_abs();
        let slips = self.offset >= MILLION;
        if slips {
            self.offset -= MILLION;
        }
        if slips && self.ppm > 0 {
            return Ok(self.last);
        }
        if slips {
            write()?;
        }
        self.last = write()?;
        Ok(self.last)
    }
}

const MILLION: u32 = 1_000_000;

/// Signalling bits for a timeslot, as asked for: `TS=ABCD`, or `TS=AB`.
#[derive(Clone, Debug)]
struct SignallingArgument {
    timeslot: Timeslot,
    bits: String,
}

impl SignallingArgument {
    fn parse(text: &str) -> Result<Self, String> {
        let (slot, bits) = text.split_once('=').ok_or("give a timeslot and its bits, such as 1=1001")?;
        let timeslot = slot.parse().ok().and_then(Timeslot::new).ok_or("there is no such timeslot")?;
        Ok(Self { timeslot, bits: bits.into() })
    }

    /// The bits, of which there must be so many.
    fn abcd(&self, count: usize) -> Result<Abcd, Failure> {
        let are_bits = self.bits.len() == count && self.bits.bytes().all(|bit| matches!(bit, b'0' | b'1'));
        match u8::from_str_radix(&self.bits, 2) {
            Ok(bits) if are_bits => Ok(Abcd::new(bits << (4 - count))),
            _ if count == 2 => Err(self.refused("the signalling bits are two of 0 and 1")),
            _ => Err(self.refused("the signalling bits are four of 0 and 1")),
        }
    }

    fn refused(&self, why: &str) -> Failure {
        Failure::Input(format!("--cas {}={}: {why}", self.timeslot, self.bits))
    }
}

/// The framer of the framing that was asked for.
// There is one of it.
#[allow(clippy::large_enum_variant)]
enum Sender {
    E1(E1Framer),
    T1(T1Framer),
}

impl Sender {
    fn new(arguments: &Arguments) -> Result<Self, Failure> {
        match arguments.framing {
            Framing::E1(crc4) => {
                let config = E1Config { crc4, cas: arguments.cas.is_some(), nfas_loss: false };
                e1_framer(&config, arguments).map(Self::E1)
            }
            Framing::T1(framing) => {
                let config = T1Config { framing, cas: arguments.cas.is_some() };
                t1_framer(&config, arguments).map(Self::T1)
            }
        }
    }

    fn frame(&mut self, mut slots: [u8; 32]) -> FrameWords {
        match self {
            Self::E1(framer) => {
                framer.frame(&mut slots);
                frame_to_words(&slots)
            }
            Self::T1(framer) => framer.frame(&slots),
        }
    }
}

fn e1_framer(config: &E1Config, arguments: &Arguments) -> Result<E1Framer, Failure> {
    let mut framer = E1Framer::new(config);
    framer.set_rai(arguments.rai);
    framer.set_cas_rai(arguments.cas_rai);
    framer.set_ais(arguments.ais);
    for argument in arguments.cas.iter().flatten() {
        let channel = argument.timeslot.telephone_channel();
        let channel = channel
            .ok_or_else(|| argument.refused("signalling bits belong to timeslots 1 to 15 and 17 to 31"))?;
        let set = framer.set_abcd(channel, argument.abcd(4)?);
        set.map_err(|error| argument.refused(&error.to_string()))?;
    }
    Ok(framer)
}

fn t1_framer(config: &T1Config, arguments: &Arguments) -> Result<T1Framer, Failure> {
    if arguments.cas_rai {
        return Err(Failure::Input("--cas-rai: the signalling of T1 and J1 has no remote alarm".into()));
    }
    let mut framer = T1Framer::new(config);
    framer.set_rai(arguments.rai);
    framer.set_ais(arguments.ais);
    let count = if !config.framing.is_extended() { 2 } else { 4 };
    for argument in arguments.cas.iter().flatten() {
        if !(1..=24).contains(&argument.timeslot.number()) {
            return Err(argument.refused("the timeslots of T1 and J1 are 1 to 24"));
        }
        framer.set_abcd(argument.timeslot, argument.abcd(count)?);
    }
    Ok(framer)
}

/// Frames to the octets of a capture.
struct CaptureWriter {
    encoder: Option<Encoder>,
    /// Bits that do not yet fill a word, the first in the top bit, and how many.
    word: u64,
    filled: u32,
    /// Symbols by which the encoder delays, and how many of them are still to be left out.
    delay: usize,
    to_skip: usize,
    octets: Vec<u8>,
}

impl CaptureWriter {
    fn new(code: Option<LineCode>) -> Self {
        let delay = code.map_or(0, LineCode::delay) as usize;
        let encoder = code.map(Encoder::new);
        Self { encoder, word: 0, filled: 0, delay, to_skip: delay, octets: Vec::with_capacity(320) }
    }

    /// The octets that the first so many bits of the frame complete.
    fn put(&mut self, frame: &FrameWords, mut count: u32) -> &[u8] {
        self.octets.clear();
        for word in frame {
            self.push(*word, count.min(64));
            count = count.saturating_sub(64);
        }
        let skipped = self.to_skip.min(self.octets.len());
        self.to_skip -= skipped;
        &self.octets[skipped..]
    }

    fn push(&mut self, bits: u64, count: u32) {
        if count == 0 {
            return;
        }
        let bits = bits & (u64::MAX << (64 - count));
        self.word |= bits >> self.filled;
        if self.filled + count < 64 {
            self.filled += count;
            return;
        }
        let word = std::mem::replace(&mut self.word, bits.checked_shl(64 - self.filled).unwrap_or(0));
        self.filled = self.filled + count - 64;
        self.emit(word);
    }

    fn emit(&mut self, word: u64) {
        let Some(encoder) = &mut self.encoder else {
            self.octets.extend(word.to_be_bytes());
            return;
        };
        let mut symbols = [Symbols::default()];
        encoder.encode(&[word], &mut symbols);
        self.octets.extend(symbols.iter().flat_map(symbol_octets));
    }

    /// What is left: the last bits, in an octet filled with zeros, or the symbols that the encoder still
    /// holds. Ones behind them begin no substitution.
    fn finish(&mut self) -> &[u8] {
        self.octets.clear();
        let left = match self.encoder {
            None => self.filled.div_ceil(8) as usize,
            Some(_) => {
                self.word |= u64::MAX >> self.filled;
                self.filled as usize + self.delay
            }
        };
        self.emit(self.word);
        self.emit(u64::MAX);
        let skipped = self.to_skip.min(left);
        &self.octets[skipped..left]
    }
}

fn symbol_octets(symbols: &Symbols) -> impl Iterator<Item = u8> + use<> {
    let Symbols { pos, neg } = *symbols;
    (0..64).map(move |place| match ((pos << place) >> 63, (neg << place) >> 63) {
        (1, _) => POSITIVE,
        (_, 1) => NEGATIVE,
        _ => 0,
    })
}
