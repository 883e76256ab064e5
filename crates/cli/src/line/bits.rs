//! What a capture holds, as periods of a frame's length, which are what a deframer takes.
use tandem_line::linecode::Decoder;
use tandem_line::{CodeReport, FrameWords, LineCode, LosDetector, Symbols, Unpacker};

use super::{Framing, NEGATIVE, POSITIVE};

/// Takes what is read out of a capture.
pub(super) trait LineSink {
    /// What the line decoder found in the last 64 symbols, and whether pulses are missing.
    fn line_code(&mut self, report: &CodeReport, signal_lost: bool);

    /// The next 256 or 193 bits, the first in the top bit of the first word, with zeros behind them.
    fn period(&mut self, bits: &FrameWords);

    /// At the end: fewer bits, with zeros behind them.
    fn rest(&mut self, bits: &FrameWords, count: u64);
}

/// An octet that is no symbol, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotASymbol {
    pub(super) octet: u8,
    pub(super) position: u64,
}

/// Reads octets of a capture.
pub(super) enum CaptureReader {
    Packed(Unpacker),
    Coded(SymbolReader),
}

impl CaptureReader {
    pub(super) fn new(framing: Framing, code: Option<LineCode>) -> Self {
        match code {
            None => Self::Packed(Unpacker::new(framing.frame_bits())),
            Some(code) => Self::Coded(SymbolReader::new(framing, code)),
        }
    }

    /// Takes the next octets; after an error the capture cannot be read further.
    pub(super) fn take(&mut self, octets: &[u8], sink: &mut impl LineSink) -> Result<(), NotASymbol> {
        match self {
            Self::Packed(unpacker) => {
                octets.iter().for_each(|octet| pass(unpacker, u64::from(*octet) << 56, 8, sink));
                Ok(())
            }
            Self::Coded(reader) => octets.iter().try_for_each(|octet| reader.take(*octet, sink)),
        }
    }

    /// The capture has ended.
    pub(super) fn finish(self, sink: &mut impl LineSink) {
        match self {
            Self::Packed(unpacker) => pass_rest(&unpacker, sink),
            Self::Coded(reader) => reader.finish(sink),
        }
    }
}

/// Symbols to bits. What the decoder delays is taken out again, so that a bit has the position of its symbol.
pub(super) struct SymbolReader {
    decoder: Decoder,
    los: LosDetector,
    unpacker: Unpacker,
    word: Symbols,
    filled: u32,
    /// Bits by which the decoder delays, and how many of them are still to be skipped at the beginning.
    delay: u32,
    to_skip: u32,
    taken: u64,
}

impl SymbolReader {
    fn new(framing: Framing, code: LineCode) -> Self {
        Self {
            decoder: Decoder::new(code),
            los: framing.los(),
            unpacker: Unpacker::new(framing.frame_bits()),
            word: Symbols::default(),
            filled: 0,
            delay: code.delay(),
            to_skip: code.delay(),
            taken: 0,
        }
    }

    fn take(&mut self, octet: u8, sink: &mut impl LineSink) -> Result<(), NotASymbol> {
        let place = (1 << 63) >> self.filled;
        match octet {
            0 => {}
            POSITIVE => self.word.pos |= place,
            NEGATIVE => self.word.neg |= place,
            _ => return Err(NotASymbol { octet, position: self.taken }),
        }
        self.taken += 1;
        self.filled += 1;
        if self.filled == 64 {
            self.decode(64, sink);
        }
        Ok(())
    }

    /// Decodes the word and passes on so many of the bits that come out.
    fn decode(&mut self, count: u32, sink: &mut impl LineSink) {
        let symbols = [std::mem::take(&mut self.word)];
        self.filled = 0;
        let mut bits = [0];
        let report = self.decoder.decode(&symbols, &mut bits);
        // The delayed bits that end a period come with the first word of the next, whose pulses must not yet
        // count for it.
        let verdict_first = self.delay == 0;
        if verdict_first {
            self.los.push(&symbols);
        }
        sink.line_code(&report, self.los.is_lost());
        let skipped = std::mem::take(&mut self.to_skip);
        pass(&mut self.unpacker, bits[0] << skipped, count.saturating_sub(skipped), sink);
        if !verdict_first {
            self.los.push(&symbols);
        }
    }

    /// The last symbols, and then the bits that the decoder still holds.
    fn finish(mut self, sink: &mut impl LineSink) {
        let left = self.filled + self.delay;
        self.decode(left.min(64), sink);
        if left > 64 {
            self.decode(left - 64, sink);
        }
        pass_rest(&self.unpacker, sink);
    }
}

/// Passes on the first `count` of these bits, 64 at most.
fn pass(unpacker: &mut Unpacker, bits: u64, count: u32, sink: &mut impl LineSink) {
    if let Some(period) = unpacker.push_bits(bits, count) {
        sink.period(&period);
    }
}

fn pass_rest(unpacker: &Unpacker, sink: &mut impl LineSink) {
    sink.rest(unpacker.begun(), u64::from(unpacker.filled()));
}
