//! `tandem line analyze`: a capture read once from its first bit to its last; its first seconds are kept for a second
//! look, with which it ends: what is wrong (`findings/`).
//!
//! A frame in the output is a period of 256 bits, of T1 and J1 193, counted from the first bit of the capture,
//! from 0.
use std::path::PathBuf;

use clap::Args;
use tandem_line::{CodeReport, FrameWords, LineCode};

use super::bits::{CaptureReader, LineSink};
use super::evidence::{Both, Evidence};
use super::findings::{Case, Duration, Sent};
use super::receiver::Receiver;
use super::report::Report;
use super::sample::{Sample, is_constant};
use super::{Code, FILE_FORMAT, Framing, code, framing, symbol_failure};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::stream::{CHUNK, Input, Output};

/// What `tandem line analyze` is told.
#[derive(Args)]
#[command(after_help = FILE_FORMAT)]
#[command(after_long_help = format!("{FILE_FORMAT}\n\n{FINDINGS}"))]
pub(crate) struct Arguments {
    /// Capture to read; - for standard input
    file: PathBuf,
    /// Framing of the span: e1, e1-crc4, t1-sf, t1-esf, j1-esf, j1-sf. With e1-crc4 a line without CRC-4 is analysed
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
    /// A capture of what was sent at the same time, in the same format, to find loops and crossed pairs. The
    /// first FILE is what this end sent on this span; give more for what was sent on other spans
    #[arg(long, value_name = "FILE")]
    sent: Vec<PathBuf>,
    /// How many seconds the capture took, by a good clock: tells the rate of the line in ppm. The digits given
    /// say how exact it is, as 60.250 does
    #[arg(long, value_name = "S", value_parser = Duration::parse, allow_negative_numbers = true)]
    seconds: Option<Duration>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let code = arguments.code.of(arguments.framing)?;
    if arguments.sent.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::Input("--sent -: standard input can be the capture only".into()));
    }
    let mut input = Input::open(&arguments.file)?;
    // Read at the end, but whoever mistypes a name hears of it at once.
    let sent = arguments.sent.iter().map(|path| Input::open(path)).collect::<Result<Vec<_>, _>>()?;
    let mut output = Output::standard();
    let mut progress = Progress::new(input.name(), input.length());
    let mut reader = CaptureReader::new(arguments.framing, code);
    let mut analysis = Analysis::new(arguments, code);
    let mut octets = vec![0; CHUNK];
    loop {
        let count = input.read(&mut octets)?;
        if count == 0 {
            break;
        }
        let read = reader.take(&octets[..count], &mut analysis);
        analysis.tell(&mut output, &mut progress)?;
        read.map_err(|what| symbol_failure(input.name(), what))?;
        analysis.keep(&octets[..count]);
        progress.advance(count);
    }
    reader.finish(&mut analysis);
    analysis.conclude(arguments, sent)?;
    analysis.tell(&mut output, &mut progress)
}

struct Analysis {
    framing: Framing,
    code: Option<LineCode>,
    receiver: Receiver,
    report: Report,
    evidence: Evidence,
    /// Whole periods taken.
    frames: u64,
    /// Octets taken.
    octets: u64,
    first: Sample,
    unaligned: Sample,
}

impl Analysis {
    fn new(arguments: &Arguments, code: Option<LineCode>) -> Self {
        let framing = arguments.framing;
        let bits = SAMPLE_FRAMES * framing.frame_bits() as usize;
        let limit = if code.is_some() { bits } else { bits / 8 };
        Self {
            framing,
            code,
            receiver: Receiver::new(framing),
            report: Report::new(arguments.json, arguments.cas),
            evidence: Evidence::new(framing),
            frames: 0,
            octets: 0,
            first: Sample::new(limit),
            unaligned: Sample::new(limit),
        }
    }

    fn push(&mut self, bits: &FrameWords) {
        let now = self.receiver.frames();
        self.evidence.begin(now);
        let mut both = Both { report: &mut self.report, evidence: &mut self.evidence };
        self.receiver.push(bits, &mut both);
        self.report.settle(now, &self.receiver);
    }

    /// Keeps the first octets, and the first that are not aligned, for a second look.
    fn keep(&mut self, octets: &[u8]) {
        self.octets += octets.len() as u64;
        self.first.offer(octets);
        if self.evidence.alignment.is_steady() || is_constant(octets) {
            self.unaligned.restart(self.octets);
        } else {
            self.unaligned.offer(octets);
        }
    }

    /// Findings and summary, in the order in which they are told.
    fn conclude(&mut self, arguments: &Arguments, sent: Vec<Input>) -> Result<(), Failure> {
        self.evidence.errors.finish(&self.receiver);
        let (cas_found, cas_expected) = self.report.finish_signalling();
        let read =
            |input| Sent::read(input, &self.first).and_then(|sent| sent.check(self.code).map(|()| sent));
        let sent = sent.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let case = Case {
            framing: self.framing,
            code: self.code,
            frames: self.frames,
            bits: if self.code.is_some() { self.octets } else { self.octets * 8 },
            cas_expected,
            cas_found,
            evidence: &self.evidence,
            receiver: &self.receiver,
            first: &self.first,
            unaligned: &self.unaligned,
            duration: arguments.seconds.as_ref(),
            sent: &sent,
        };
        let findings = case.findings();
        if self.report.is_json() {
            self.report.findings(&findings);
        }
        self.report.summary(self.frames, self.framing, &self.receiver);
        if !self.report.is_json() {
            self.report.findings(&findings);
        }
        Ok(())
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
        self.evidence.note_line(report, signal_lost);
    }

    fn period(&mut self, bits: &FrameWords) {
        self.push(bits);
        self.evidence.settle(bits, &self.receiver);
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

/// 3 s are kept: 0.8 MB of packed bits, 6.1 MB of symbols.
const SAMPLE_FRAMES: usize = 24_000;

/// What is told at the end, for the help.
const FINDINGS: &str = "At the end it says what is wrong, the most probable cause first, and what to do about it; \
    with --json one object a finding before the summary, {\"event\":\"finding\",\"kind\":…,\"severity\":\"fault\" or \
    \"note\",\"text\":…} and its figures. When the framing or the line code asked for does not fit, the others are \
    tried on the first three seconds.";
