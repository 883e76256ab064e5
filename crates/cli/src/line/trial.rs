//! A framing or a line code tried on the first seconds of a capture.
use tandem_line::{CodeReport, CrcMode, FrameWords, LineCode, T1Framing};

use super::Framing;
use super::bits::{CaptureReader, LineSink, NotASymbol};
use super::evidence::Evidence;
use super::receiver::Receiver;

/// How a framing fared.
pub(super) struct Trial {
    pub(super) framing: Framing,
    pub(super) frames: u64,
    /// Frames in alignment that lasted.
    pub(super) steady: u64,
    pub(super) crc_blocks: u64,
    pub(super) crc_errors: u64,
    /// Where in the sample a frame begins, in bits.
    pub(super) place: Option<u64>,
}

impl Trial {
    /// Reads the sample in this framing and code.
    pub(super) fn of(framing: Framing, code: Option<LineCode>, octets: &[u8]) -> Result<Self, NotASymbol> {
        let mut run = Run { receiver: Receiver::new(framing), evidence: Evidence::new(framing) };
        let mut reader = CaptureReader::new(framing, code);
        reader.take(octets, &mut run)?;
        let Run { receiver, evidence } = run;
        Ok(Self {
            framing,
            frames: receiver.frames(),
            steady: evidence.alignment.steady_frames(),
            crc_blocks: receiver.crc_blocks(),
            crc_errors: receiver.crc_errors(),
            place: evidence.alignment.place(),
        })
    }

    /// The framing that fits these bits best, if one does.
    pub(super) fn best(code: Option<LineCode>, octets: &[u8]) -> Option<Self> {
        let trials = FRAMINGS.into_iter().filter_map(|framing| Self::of(framing, code, octets).ok());
        trials.filter(Self::fits).max_by_key(|trial| (trial.good_blocks(), trial.steady))
    }

    /// Whether most of the sample is aligned. Imitations do not last.
    pub(super) const fn fits(&self) -> bool {
        self.steady >= LEAST_FRAMES && self.steady * 2 > self.frames
    }

    /// Whether there is a CRC and it is right.
    pub(super) const fn crc_fits(&self) -> bool {
        self.crc_blocks >= LEAST_BLOCKS && self.crc_errors * 2 < self.crc_blocks
    }

    /// The framing by the name it is asked for; that of E1 says whether CRC-4 was there.
    pub(super) const fn name(&self) -> &'static str {
        match self.framing {
            Framing::E1(_) if self.crc_blocks > 0 => "e1-crc4",
            Framing::E1(_) => "e1",
            Framing::T1(T1Framing::Sf) => "t1-sf",
            Framing::T1(T1Framing::Esf) => "t1-esf",
            Framing::T1(T1Framing::J1Esf) => "j1-esf",
            Framing::T1(T1Framing::J1Sf) => "j1-sf",
        }
    }

    const fn good_blocks(&self) -> u64 {
        self.crc_blocks - self.crc_errors
    }
}

struct Run {
    receiver: Receiver,
    evidence: Evidence,
}

impl LineSink for Run {
    fn line_code(&mut self, _: &CodeReport, _: bool) {}

    fn period(&mut self, bits: &FrameWords) {
        self.evidence.begin(self.receiver.frames());
        self.receiver.push(bits, &mut self.evidence);
        self.evidence.settle(bits, &self.receiver);
    }

    fn rest(&mut self, _: &FrameWords, _: u64) {}
}

/// How a line code fared: violations of its rule, and symbols.
pub(super) fn violations(code: LineCode, octets: &[u8]) -> u64 {
    let mut found = Violations { code, count: 0 };
    // What it cannot read ends it; the command says so elsewhere.
    let _ = CaptureReader::new(Framing::E1(CrcMode::Off), Some(code)).take(octets, &mut found);
    found.count
}

struct Violations {
    code: LineCode,
    count: u64,
}

impl LineSink for Violations {
    fn line_code(&mut self, report: &CodeReport, _: bool) {
        // AMI forbids no run of zeros.
        let zeros = if self.code == LineCode::Ami { 0 } else { report.excess_zeros };
        self.count += u64::from(report.line_code_violations) + u64::from(zeros);
    }

    fn period(&mut self, _: &FrameWords) {}

    fn rest(&mut self, _: &FrameWords, _: u64) {}
}

/// The bits of a sample as octets, the code taken off.
pub(super) fn packed(code: LineCode, octets: &[u8]) -> Result<Vec<u8>, NotASymbol> {
    // 256 bits are whole words.
    let mut bits = Bits(Vec::with_capacity(octets.len() / 8));
    CaptureReader::new(Framing::E1(CrcMode::Off), Some(code)).take(octets, &mut bits)?;
    Ok(bits.0)
}

struct Bits(Vec<u8>);

impl LineSink for Bits {
    fn line_code(&mut self, _: &CodeReport, _: bool) {}

    fn period(&mut self, bits: &FrameWords) {
        self.0.extend(bits.iter().flat_map(|word| word.to_be_bytes()));
    }

    fn rest(&mut self, _: &FrameWords, _: u64) {}
}

/// All that exist. With `Auto` an E1 without CRC-4 is aligned too. Of two that fit alike the later is taken: without the
/// alarm of Japan the two superframes are the same.
const FRAMINGS: [Framing; 5] = [
    Framing::E1(CrcMode::Auto),
    Framing::T1(T1Framing::J1Sf),
    Framing::T1(T1Framing::Sf),
    Framing::T1(T1Framing::Esf),
    Framing::T1(T1Framing::J1Esf),
];
/// 50 ms.
const LEAST_FRAMES: u64 = 400;
const LEAST_BLOCKS: u64 = 8;
