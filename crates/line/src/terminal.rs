//! The end of a span, whatever its framing: one set of calls for E1, T1 and J1.
//!
//! For owners that carry both. A frame on the line is [`Framing::bits`] bits, in the first places of four words;
//! to its owner it is a row of 32 octets by timeslot. Rules of one framing alone are in [`E1Terminal`] and
//! [`T1Terminal`].
use crate::{
    CodeReport, DeframerSink, E1Config, E1Terminal, FRAME_BITS, FrameWords, LosDetector, T1Config, T1Framing,
    T1Terminal, frame_to_words, t1,
};
use tandem_types::{Abcd, Defects, Timeslot};

/// How a span is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// 2048 kbit/s.
    E1(E1Config),
    /// 1544 kbit/s.
    T1(T1Config),
}

impl Default for Framing {
    fn default() -> Self {
        Self::E1(E1Config::default())
    }
}

impl From<E1Config> for Framing {
    fn from(config: E1Config) -> Self {
        Self::E1(config)
    }
}

impl From<T1Config> for Framing {
    fn from(config: T1Config) -> Self {
        Self::T1(config)
    }
}

impl Framing {
    /// Bits in a frame.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::E1(_) => FRAME_BITS as u32,
            Self::T1(_) => t1::T1_FRAME_BITS as u32,
        }
    }

    /// Whether the rate is that of T1.
    #[must_use]
    pub const fn is_t1(self) -> bool {
        matches!(self, Self::T1(_))
    }

    /// Whether there is channel-associated signalling.
    #[must_use]
    pub const fn cas(self) -> bool {
        match self {
            Self::E1(config) => config.cas,
            Self::T1(config) => config.cas,
        }
    }

    /// The same with or without channel-associated signalling.
    #[must_use]
    pub const fn with_cas(mut self, cas: bool) -> Self {
        match &mut self {
            Self::E1(config) => config.cas = cas,
            Self::T1(config) => config.cas = cas,
        }
        self
    }

    /// The detector of loss of signal that belongs to the rate.
    #[must_use]
    pub fn los_detector(self) -> LosDetector {
        match self {
            Self::E1(_) => LosDetector::default(),
            Self::T1(_) => LosDetector::for_t1(),
        }
    }
}

/// An error put into a sent frame, for tests of the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// An errored frame alignment signal; on T1 a framing bit.
    Framing,
    /// An errored CRC, where there is one.
    Crc,
    /// An errored bit of the first timeslot of traffic.
    Payload,
}

/// What every framing counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounters {
    /// Errored frame alignment signals; on T1 errored framing bits.
    pub framing_errors: u64,
    /// Times that framing became severely errored; on E1, that alignment was lost.
    pub severe_framing_errors: u64,
    /// Blocks compared with their CRC.
    pub crc_blocks: u64,
    /// Of these, the errored ones.
    pub crc_errors: u64,
    /// Blocks that the far end reported errored by E bits.
    pub e_bits: u64,
    /// Line code violations.
    pub line_code_violations: u64,
    /// Runs of zeros longer than the code allows.
    pub excess_zeros: u64,
}

/// Both directions of a span.
#[derive(Clone, Debug)]
pub struct Terminal {
    end: End,
    /// Errors that are still to be put into a frame, by [`FrameError`].
    errors: [bool; 3],
}

// Owners keep one for each span, and most spans of an engine are alike.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug)]
enum End {
    E1(E1Terminal),
    T1(T1Terminal),
}

impl Terminal {
    /// A terminal that has received nothing, and says so to the far end.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        let end = match framing {
            Framing::E1(config) => End::E1(E1Terminal::new(config)),
            Framing::T1(config) => End::T1(T1Terminal::new(config)),
        };
        Self { end, errors: [false; 3] }
    }

    /// Takes a frame's length of received bits. The sink hears the events and then gets exactly one frame.
    #[inline]
    pub fn receive(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        match &mut self.end {
            End::E1(terminal) => terminal.receive_words(bits, sink),
            End::T1(terminal) => terminal.receive(bits, sink),
        }
    }

    /// Takes a frame's length of bits of which some were not received: alignment and signalling are kept over them.
    pub fn receive_erased(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        match &mut self.end {
            End::E1(terminal) => terminal.receive_erased(bits, sink),
            End::T1(terminal) => terminal.receive_erased(bits, sink),
        }
    }

    /// How many bits before the end of what was received the frame began that the sink got last.
    #[must_use]
    pub const fn frame_began(&self) -> u64 {
        match &self.end {
            End::E1(terminal) => terminal.frame_began(),
            End::T1(terminal) => terminal.frame_began(),
        }
    }

    /// The bits of the next frame to be sent, whose timeslots the owner has filled.
    #[inline]
    pub fn transmit(&mut self, slots: &[u8; 32]) -> FrameWords {
        let (mut bits, places) = match &mut self.end {
            End::E1(terminal) => {
                let (number, mut slots) = (terminal.framer().next_number(), *slots);
                terminal.transmit(&mut slots);
                (frame_to_words(&slots), e1_places(number))
            }
            End::T1(terminal) => {
                let (number, framing) = (terminal.framer().next_number(), terminal.framer().framing());
                (terminal.transmit(slots), t1_places(number, framing))
            }
        };
        for (wanted, place) in self.errors.iter_mut().zip(places) {
            if *wanted && place != 0 {
                bits[0] ^= place;
                *wanted = false;
            }
        }
        bits
    }

    /// Puts an error into the next frame that has such a bit.
    pub const fn insert_error(&mut self, error: FrameError) {
        self.errors[error as usize] = true;
    }

    /// The E1 that it is, if it is one.
    pub const fn as_e1_mut(&mut self) -> Option<&mut E1Terminal> {
        match &mut self.end {
            End::E1(terminal) => Some(terminal),
            End::T1(_) => None,
        }
    }

    /// The T1 that it is, if it is one.
    pub const fn as_t1_mut(&mut self) -> Option<&mut T1Terminal> {
        match &mut self.end {
            End::E1(_) => None,
            End::T1(terminal) => Some(terminal),
        }
    }

    /// The signalling bits to send for a timeslot; false where none can be sent: a timeslot that carries no
    /// channel, or bits that E1 forbids (0000 on channels 1 to 15). The last ones stay then.
    pub fn set_abcd(&mut self, timeslot: Timeslot, abcd: Abcd) -> bool {
        match &mut self.end {
            End::E1(terminal) => {
                timeslot.telephone_channel().is_some_and(|channel| terminal.set_abcd(channel, abcd).is_ok())
            }
            End::T1(terminal) => {
                let exists = (1..=t1::T1_TIMESLOTS).contains(&timeslot.number());
                if exists {
                    terminal.set_abcd(timeslot, abcd);
                }
                exists
            }
        }
    }

    /// The signalling bits last received for a timeslot.
    #[must_use]
    pub fn abcd(&self, timeslot: Timeslot) -> Option<Abcd> {
        match &self.end {
            End::E1(terminal) => terminal.abcd(timeslot),
            End::T1(terminal) => terminal.abcd(timeslot),
        }
    }

    /// On T1, sends octets of zeros with a one in them, as a line in AMI needs it, or no longer.
    pub const fn set_zero_suppression(&mut self, on: bool) {
        if let End::T1(terminal) = &mut self.end {
            terminal.set_zero_suppression(on);
        }
    }

    /// Sends the remote alarm whatever is received, or no longer.
    pub fn set_rai(&mut self, on: bool) {
        match &mut self.end {
            End::E1(terminal) => terminal.set_rai(on),
            End::T1(terminal) => terminal.set_rai(on),
        }
    }

    /// Sends ones and nothing else, or no longer.
    pub const fn set_ais(&mut self, on: bool) {
        match &mut self.end {
            End::E1(terminal) => terminal.set_ais(on),
            End::T1(terminal) => terminal.set_ais(on),
        }
    }

    /// The defects received.
    #[must_use]
    pub const fn defects(&self) -> Defects {
        match &self.end {
            End::E1(terminal) => terminal.defects(),
            End::T1(terminal) => terminal.defects(),
        }
    }

    /// What has been counted.
    #[must_use]
    pub const fn counters(&self) -> LineCounters {
        match &self.end {
            End::E1(terminal) => {
                let counted = terminal.counters();
                LineCounters {
                    framing_errors: counted.fas_errors,
                    severe_framing_errors: counted.alignment_losses,
                    crc_blocks: counted.crc_blocks,
                    crc_errors: counted.crc_errors,
                    e_bits: counted.e_bits,
                    line_code_violations: counted.lcv,
                    excess_zeros: counted.excess_zeros,
                }
            }
            End::T1(terminal) => {
                let counted = terminal.counters();
                LineCounters {
                    framing_errors: counted.framing_errors,
                    severe_framing_errors: counted.severe_framing_errors,
                    crc_blocks: counted.crc_blocks,
                    crc_errors: counted.crc_errors,
                    e_bits: 0,
                    line_code_violations: counted.lcv,
                    excess_zeros: counted.excess_zeros,
                }
            }
        }
    }

    /// Adds what the line decoder found to the counters.
    pub const fn note_line_code(&mut self, report: &CodeReport) {
        match &mut self.end {
            End::E1(terminal) => terminal.note_line_code(report),
            End::T1(terminal) => terminal.note_line_code(report),
        }
    }

    /// Says whether the receiver of the line sees no pulses. Heard at the next `receive`.
    pub const fn note_signal(&mut self, lost: bool) {
        match &mut self.end {
            End::E1(terminal) => terminal.note_signal(lost),
            End::T1(terminal) => terminal.note_signal(lost),
        }
    }
}

/// Where the bits of a frame are that an error can be put into, by [`FrameError`]; 0 where there is none. The bit of
/// CRC-4 carries nothing when there is no CRC-4.
const fn e1_places(number: u8) -> [u64; 3] {
    let (crc, framing) = if number & 1 == 0 { (1 << 63, 1 << 62) } else { (0, 0) };
    [framing, crc, 1 << 48]
}

const fn t1_places(number: u8, framing: T1Framing) -> [u64; 3] {
    let f = 1 << 63;
    let payload = 1 << 55;
    match (framing, number & 3) {
        (T1Framing::J1Sf, 3) if number == 11 => [0, 0, payload],
        (T1Framing::Sf | T1Framing::J1Sf, _) => [f, 0, payload],
        (_, 3) => [f, 0, payload],
        (_, 1) => [0, f, payload],
        _ => [0, 0, payload],
    }
}
