//! The deframer of the framing that was asked for; on T1 with what listens to the far end's messages.
use tandem_line::{
    CodeReport, DeframerSink, E1Config, E1Deframer, FrameWords, T1Config, T1Terminal, frame_from_words,
};
use tandem_types::Defects;

use super::Framing;

/// The receive side of a span.
// There is one of it.
#[allow(clippy::large_enum_variant)]
pub(super) enum Receiver {
    E1(E1Deframer),
    T1(T1Terminal),
}

impl Receiver {
    /// A receiver that has seen nothing, and looks for signalling.
    pub(super) fn new(framing: Framing) -> Self {
        match framing {
            Framing::E1(crc4) => Self::E1(E1Deframer::new(&E1Config { crc4, cas: true, nfas_loss: false })),
            Framing::T1(framing) => Self::T1(T1Terminal::new(T1Config { framing, cas: true })),
        }
    }

    /// Takes the bits of a frame's length.
    pub(super) fn push(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        match self {
            Self::E1(deframer) => deframer.push(&frame_from_words(bits), sink),
            Self::T1(terminal) => terminal.receive(bits, sink),
        }
    }

    /// Passes on what the line decoder found, and whether pulses are missing.
    pub(super) const fn note_line(&mut self, report: &CodeReport, signal_lost: bool) {
        match self {
            Self::E1(deframer) => {
                deframer.note_line_code(report);
                deframer.note_signal(signal_lost);
            }
            Self::T1(terminal) => {
                terminal.note_line_code(report);
                terminal.note_signal(signal_lost);
            }
        }
    }

    pub(super) const fn is_aligned(&self) -> bool {
        match self {
            Self::E1(deframer) => deframer.is_aligned(),
            Self::T1(terminal) => terminal.deframer().is_aligned(),
        }
    }

    pub(super) const fn defects(&self) -> Defects {
        match self {
            Self::E1(deframer) => deframer.defects(),
            Self::T1(terminal) => terminal.defects(),
        }
    }

    /// Pushes taken.
    pub(super) const fn frames(&self) -> u64 {
        match self {
            Self::E1(deframer) => deframer.counters().frames,
            Self::T1(terminal) => terminal.counters().frames,
        }
    }

    /// Blocks compared with their CRC.
    pub(super) const fn crc_blocks(&self) -> u64 {
        match self {
            Self::E1(deframer) => deframer.counters().crc_blocks,
            Self::T1(terminal) => terminal.counters().crc_blocks,
        }
    }

    /// Of these, the errored ones.
    pub(super) const fn crc_errors(&self) -> u64 {
        match self {
            Self::E1(deframer) => deframer.counters().crc_errors,
            Self::T1(terminal) => terminal.counters().crc_errors,
        }
    }
}
