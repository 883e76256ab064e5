//! `tandem line generate`: a capture of a span that a framer sends, whole frames from frame 0 of the
//! multiframe.
use std::path::PathBuf;

use clap::Args;
use tandem_line::linecode::Encoder;
use tandem_line::{E1Config, E1Framer, FrameWords, LineCode, Symbols, frame_to_words};
use tandem_types::{Abcd, TelephoneChannel, Timeslot};

use super::slots::{Random, SlotArgument, Slots};
use super::{Code, FILE_FORMAT, Framing, NEGATIVE, POSITIVE, code, framing};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::stream::Output;

/// What `tandem line generate` is told.
#[derive(Args)]
#[command(after_help = FILE_FORMAT)]
pub(crate) struct Arguments {
    /// Framing of the span: e1, e1-crc4
    #[arg(long, value_parser = framing)]
    framing: Framing,
    /// How many frames of 125 µs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    frames: u64,
    /// File to write; - for standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Line code of the capture: none, ami, hdb3
    #[arg(long, value_parser = code, default_value = "none")]
    code: Code,
    /// Fill the timeslots with random octets; the same seed gives the same capture
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "slots")]
    seed: u64,
    /// Fill timeslots from files of octets, one a frame. Files go to timeslots 1, 2 and so on, or where
    /// TS= says. A timeslot without a file, or whose file has ended, is idle
    #[arg(long, value_name = "[TS=]FILE", num_args = 1.., value_parser = SlotArgument::parse)]
    slots: Vec<SlotArgument>,
    /// Channel-associated signalling in timeslot 16, with these bits for these timeslots; all others, and
    /// all if none are given, send 1101
    #[arg(long, value_name = "TS=ABCD", num_args = 0.., value_parser = signalling_bits)]
    cas: Option<Vec<(TelephoneChannel, Abcd)>>,
    /// Remote alarm indication: bit A
    #[arg(long)]
    rai: bool,
    /// Remote alarm of the signalling multiframe: bit y
    #[arg(long, requires = "cas")]
    cas_rai: bool,
    /// Alarm indication signal: ones and nothing else
    #[arg(long)]
    ais: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut framer = framer(&arguments)?;
    let mut slots = match arguments.slots.as_slice() {
        [] => Slots::Random(Random::new(arguments.seed)),
        files => Slots::open(files, arguments.cas.is_some())?,
    };
    let mut output = Output::create(&arguments.out, slots.inputs())?;
    let name = arguments.out.display().to_string();
    let mut writer = CaptureWriter::new(arguments.code.0);
    let size = arguments.frames.saturating_mul(writer.octets_a_frame());
    let mut progress = Progress::new(&name, Some(size));
    for _ in 0..arguments.frames {
        let mut frame = slots.next()?;
        framer.frame(&mut frame);
        let octets = writer.put(&frame_to_words(&frame));
        output.write(octets)?;
        progress.advance(octets.len());
    }
    output.write(writer.finish())?;
    output.flush()
}

fn framer(arguments: &Arguments) -> Result<E1Framer, Failure> {
    let crc4 = arguments.framing.crc_mode();
    let mut framer = E1Framer::new(&E1Config { crc4, cas: arguments.cas.is_some(), nfas_loss: false });
    framer.set_rai(arguments.rai);
    framer.set_cas_rai(arguments.cas_rai);
    framer.set_ais(arguments.ais);
    for (channel, abcd) in arguments.cas.iter().flatten() {
        framer
            .set_abcd(*channel, *abcd)
            .map_err(|error| Failure::Input(format!("--cas {}={abcd}: {error}", channel.timeslot())))?;
    }
    Ok(framer)
}

fn signalling_bits(text: &str) -> Result<(TelephoneChannel, Abcd), String> {
    let (slot, bits) = text.split_once('=').ok_or("give a timeslot and four bits, such as 1=1001")?;
    let channel = slot.parse().ok().and_then(Timeslot::new).and_then(Timeslot::telephone_channel);
    let channel = channel.ok_or("signalling bits belong to timeslots 1 to 15 and 17 to 31")?;
    let is_abcd = bits.len() == 4 && bits.bytes().all(|bit| matches!(bit, b'0' | b'1'));
    match u8::from_str_radix(bits, 2) {
        Ok(bits) if is_abcd => Ok((channel, Abcd::new(bits))),
        _ => Err("the signalling bits are four of 0 and 1".into()),
    }
}

/// Frames to the octets of a capture.
struct CaptureWriter {
    encoder: Option<Encoder>,
    /// Symbols by which the encoder delays, and how many of them are still to be left out.
    delay: usize,
    to_skip: usize,
    octets: Vec<u8>,
}

impl CaptureWriter {
    fn new(code: Option<LineCode>) -> Self {
        let delay = code.map_or(0, LineCode::delay) as usize;
        Self { encoder: code.map(Encoder::new), delay, to_skip: delay, octets: Vec::with_capacity(256) }
    }

    const fn octets_a_frame(&self) -> u64 {
        if self.encoder.is_some() { 256 } else { 32 }
    }

    fn put(&mut self, frame: &FrameWords) -> &[u8] {
        self.octets.clear();
        let Some(encoder) = &mut self.encoder else {
            self.octets.extend(frame.iter().flat_map(|word| word.to_be_bytes()));
            return &self.octets;
        };
        let mut symbols = [Symbols::default(); 4];
        encoder.encode(frame, &mut symbols);
        self.octets.extend(symbols.iter().flat_map(symbol_octets));
        &self.octets[std::mem::take(&mut self.to_skip)..]
    }

    /// The symbols that the encoder still holds. Ones behind them begin no substitution.
    fn finish(&mut self) -> &[u8] {
        self.octets.clear();
        if let Some(encoder) = &mut self.encoder {
            let mut symbols = [Symbols::default()];
            encoder.encode(&[u64::MAX], &mut symbols);
            self.octets.extend(symbols.iter().flat_map(symbol_octets).take(self.delay));
        }
        &self.octets
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
