//! `tandem line analyze`: a capture read once from its first bit to its last.
//!
//! A frame in the output is a period of 256 bits, of T1 and J1 193, counted from the first bit of the capture,
//! from 0.
use std::path::PathBuf;

use clap::Args;
use tandem_line::{CodeReport, FrameWords};

use super::bits::{CaptureReader, LineSink, NotASymbol};
use super::receiver::Receiver;
use super::report::Report;
use super::{Code, FILE_FORMAT, Framing, code, framing};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::stream::{CHUNK, Input, Output};

/// What `tandem line analyze` is told.
#[derive(Args)]
#[command(after_help = FILE_FORMAT)]
pub(crate) struct Arguments {
    /// Capture to read; - for standard input
    file: PathBuf,
    /// Framing of the span: e1, e1-crc4, t1-sf, t1-esf, j1-esf. With e1-crc4 a line without CRC-4 is analysed
    /// all the same (G.706 Annex B), with the alarm lomf as long as it lasts
    #[arg(long, value_parser = framing)]
    framing: Framing,
    /// Line code of the capture: none, ami, hdb3 (E1), b8zs (T1, J1)
    #[arg(long, value_parser = code, default_value = "none")]
    code: Code,
    /// Expect channel-associated signalling: its alarms are told from the start. Otherwise it is looked for
    /// all the same, and its alarms are told once its multiframe has been seen for 16 ms. T1 and J1 have no
    /// such alarms; there bits that stay the same are taken for signalling, as those of an idle line do
    #[arg(long)]
    cas: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let code = arguments.code.of(arguments.framing)?;
    let mut input = Input::open(&arguments.file)?;
    let mut output = Output::standard();
    let mut progress = Progress::new(input.name(), input.length());
    let mut reader = CaptureReader::new(arguments.framing, code);
    let mut analysis = Analysis::new(arguments);
    let mut octets = vec![0; CHUNK];
    loop {
        let count = input.read(&mut octets)?;
        if count == 0 {
            break;
        }
        let read = reader.take(&octets[..count], &mut analysis);
        analysis.tell(&mut output, &mut progress)?;
        read.map_err(|what| not_a_symbol(input.name(), what))?;
        progress.advance(count);
    }
    reader.finish(&mut analysis);
    analysis.summary();
    analysis.tell(&mut output, &mut progress)
}

fn not_a_symbol(name: &str, NotASymbol { octet, position }: NotASymbol) -> Failure {
    Failure::Input(format!(
        "{name}: octet {position} is {octet}; with a line code an octet is a symbol: 0, 1 or 2"
    ))
}

struct Analysis {
    framing: Framing,
    receiver: Receiver,
    report: Report,
    /// Whole periods taken.
    frames: u64,
}

impl Analysis {
    fn new(arguments: &Arguments) -> Self {
        let framing = arguments.framing;
        let report = Report::new(arguments.json, arguments.cas);
        Self { framing, receiver: Receiver::new(framing), report, frames: 0 }
    }

    fn push(&mut self, bits: &FrameWords) {
        let now = self.receiver.frames();
        self.receiver.push(bits, &mut self.report);
        self.report.settle(now, &self.receiver);
    }

    fn summary(&mut self) {
        self.report.summary(self.frames, self.framing, &self.receiver);
    }

    fn tell(&mut self, output: &mut Output, progress: &mut Progress) -> Result<(), Failure> {
        let text = self.report.take_text();
        if text.is_empty() {
            return Ok(());
        }
        progress.clear();
        output.write(text.as_bytes())?;
        output.flush()
    }
}

impl LineSink for Analysis {
    fn line_code(&mut self, report: &CodeReport, signal_lost: bool) {
        self.receiver.note_line(report, signal_lost);
    }

    fn period(&mut self, bits: &FrameWords) {
        self.push(bits);
        self.frames += 1;
    }

    /// A push makes the deframer look at the frame that ends within it. When the last bits reach that end,
    /// the zeros behind them change nothing; otherwise they would show as errors, and the begun frame is left
    /// out. While E1 alignment is searched for they change nothing either; a search of T1 goes over whole
    /// periods only.
    fn rest(&mut self, bits: &FrameWords, count: u64) {
        let frame_end = self.report.bit_offset() % u64::from(self.framing.frame_bits());
        let is_complete = (1..=count).contains(&frame_end);
        let is_looked_at = match self.framing {
            Framing::E1(_) => is_complete || !self.receiver.is_aligned(),
            Framing::T1(_) => is_complete && self.receiver.is_aligned(),
        };
        if count > 0 && is_looked_at {
            self.push(bits);
        }
    }
}
