//! What a trunk card is, seen from the media thread: spans of framed timeslots, signalling bits and status.
//!
//! Three levels meet here. A [`Card`] delivers framed slots. A [`Bus`] is what a register-level driver sees
//! of its hardware: registers, DMA memory, an interrupt line. A [`LineIo`] gives raw bits, and [`SoftFramer`]
//! makes a card of it. Everything named here runs on the media thread and demands its tick; only
//! `configure`, `start` and `stop` run before and after.
#![deny(unsafe_code)]

mod bus;
mod condition;
pub mod dahdi;
mod ds8;
mod error;
mod factory;
mod falc4;
mod far_end;
mod identity;
mod line_io;
mod local_card;
mod loop_card;
mod obedience;
pub mod options;
mod order;
mod sa_messages;
mod signalling_octets;
mod soft_framer;
mod vitality;

pub use bus::Bus;
pub use dahdi::DahdiFactory;
pub use ds8::Ds8Driver;
pub use error::CardError;
pub use factory::{CardFactory, CardRequest, FactoryError, OpenedCard};
pub use falc4::{Falc4Driver, TransmitCounters};
pub use line_io::{LineIo, LineSignal, most_words};
pub use local_card::{LocalCard, LocalFactory};
pub use loop_card::LoopCard;
pub use order::{
    Abilities, ClockSource, LineError, LineOrder, LineTests, LoopCommand, LoopObedience, Loopback,
};
pub use soft_framer::SoftFramer;
pub use tandem_line::{CrcMode, E1Config, Framing, LineCode, T1Config, T1Framing};

use std::num::NonZeroU32;
use tandem_line::bert::TesterState;
use tandem_line::clock::Quality;
pub use tandem_line::pm::Second;
use tandem_rt::MediaTick;
use tandem_types::{Abcd, Defects, LostFrames, Timeslot};

/// One frame of a span: 32 octets, timeslot 0 first. On T1 timeslots 1 to 24 are those of the line, and the others
/// are padding.
pub type Frame = [u8; Timeslot::PER_FRAME];

/// What a port of a card is. The hardware is a tree of card, facility, span and slot; other kinds of port
/// join this list without a change for those that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortKind {
    /// 2048 kbit/s, 32 timeslots.
    E1,
    /// 1544 kbit/s, 24 timeslots.
    T1,
    /// Either of these, by configuration.
    E1OrT1,
}

impl PortKind {
    /// Whether the port can carry this framing.
    #[must_use]
    pub const fn carries(self, framing: Framing) -> bool {
        match framing {
            Framing::E1(_) => matches!(self, Self::E1 | Self::E1OrT1),
            Framing::T1(_) => matches!(self, Self::T1 | Self::E1OrT1),
        }
    }
}

/// What a card says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardInfo {
    /// The model, as configuration files and people name it.
    pub model: &'static str,
    /// Its serial number, by which it is known again when it was pulled and is put back.
    pub serial: Option<NonZeroU32>,
    /// The kind of each span.
    pub spans: Vec<PortKind>,
    /// The number of frames that the card moves at a time. A tick is a whole number of these.
    pub granule: usize,
    /// What it can do besides.
    pub abilities: Abilities,
}

/// Whether a card is in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// It is there and works.
    #[default]
    There,
    /// It was pulled, or does not work; it is looked for.
    Away,
    /// Another card is where it was. It is left alone.
    Another {
        /// The serial number of that card, if it has one.
        serial: Option<NonZeroU32>,
    },
}

/// How a span is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanConfig {
    /// Line code in both directions.
    pub line_code: LineCode,
    /// Framing in both directions, and with it the rate.
    pub framing: Framing,
    /// The timeslot whose octets are also handed over as the line brings them ([`Card::receive_signalling`]), where the card
    /// can: a D channel. Not timeslot 0.
    pub signalling_slot: Option<Timeslot>,
}

impl SpanConfig {
    /// An E1.
    #[must_use]
    pub const fn e1(line_code: LineCode, crc4: CrcMode, cas: bool) -> Self {
        Self {
            line_code,
            framing: Framing::E1(E1Config { crc4, cas, nfas_loss: false }),
            signalling_slot: None,
        }
    }

    /// A T1 or J1.
    #[must_use]
    pub const fn t1(line_code: LineCode, framing: T1Framing, cas: bool) -> Self {
        Self { line_code, framing: Framing::T1(T1Config { framing, cas }), signalling_slot: None }
    }

    /// The same with this signalling slot.
    #[must_use]
    pub const fn with_signalling_slot(mut self, slot: Timeslot) -> Self {
        self.signalling_slot = Some(slot);
        self
    }
}

impl Default for SpanConfig {
    /// HDB3, CRC-4 demanded, no signalling in timeslot 16.
    fn default() -> Self {
        Self::e1(LineCode::Hdb3, CrcMode::On, false)
    }
}

/// What a span has counted since it was started. Counters saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanCounters {
    /// Errored frame alignment signals; on T1 errored framing bits.
    pub fas_errors: u64,
    /// Times that framing was severely errored; on E1, that alignment was lost.
    pub severe_framing_errors: u64,
    /// Errored CRC-4 blocks; on T1 extended superframes with an errored CRC-6.
    pub crc_errors: u64,
    /// Blocks that the far end reported errored (E bits).
    pub e_bits: u64,
    /// Line code violations.
    pub line_code_violations: u64,
    /// Frames that were repeated by a controlled slip.
    pub slips_repeated: u64,
    /// Frames that were deleted by a controlled slip.
    pub slips_deleted: u64,
    /// Frames that the host came too late for.
    pub frames_missed: u64,
    /// Frames that were lost on their way here: [`Card::lost_frames`].
    pub frames_lost: u64,
}

/// The state of a span now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanStatus {
    /// What the receiver sees.
    pub defects: Defects,
    /// What it has counted.
    pub counters: SpanCounters,
    /// Bits received from the line since the start, by the clock of the line; `None` where the card cannot tell,
    /// and only slips show the difference between the clocks.
    pub line_bits: Option<u64>,
    /// What the far end says of its clock, if it says anything.
    pub sync_quality: Option<Quality>,
    /// The national bits of an E1 as they are received, Sa4 in bit 4 to Sa8 in bit 0, once they are known.
    pub sa_bits: Option<u8>,
    /// The loop that is closed, by order or because the far end commanded it.
    pub looped: Option<Loopback>,
    /// Whether the far end commanded it.
    pub looped_by_far_end: bool,
    /// What the test of the whole line has found, while there is one.
    pub line_test: Option<TesterState>,
}

/// A trunk card. All calls come from one thread at a time.
///
/// Once a granule the media thread calls [`Card::service`], then [`Card::receive`] and [`Card::transmit`]
/// for each span. What is handed to `transmit` in one granule leaves on the transmit highway in the next.
pub trait Card: Send {
    /// What the card is.
    fn info(&self) -> &CardInfo;

    /// Sets a span up. Called before [`Card::start`].
    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError>;

    /// Sets a span of a running card up anew, between two granules: what it was ordered is forgotten, and what it
    /// counts may begin anew. The other spans go on. [`Abilities::changes`] says whether the card can.
    fn change(&mut self, tick: &MediaTick<'_>, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        let _ = (tick, span, config);
        Err(CardError::Unsupported("a change of a span while the card runs"))
    }

    /// Starts all spans.
    fn start(&mut self) -> Result<(), CardError>;

    /// Stops all spans and leaves the lines quiet.
    fn stop(&mut self);

    /// Attends to the hardware for the granule that ends with this tick: interrupts, status, buffers.
    fn service(&mut self, tick: &MediaTick<'_>);

    /// Takes the frames that `span` received in this granule; `frames` is one granule long.
    fn receive(&mut self, tick: &MediaTick<'_>, span: usize, frames: &mut [Frame]);

    /// Which of the frames of the last [`Card::receive`] of `span` did not come, and have others in their place; none where a
    /// line cannot lose any.
    fn lost_frames(&self, span: usize) -> LostFrames {
        let _ = span;
        LostFrames::NONE
    }

    /// Takes the octets of the signalling slot of `span` that the line brought in this granule: before the elastic store, so
    /// that a slip takes none away and repeats none, and therefore now and then one more or less than the granule has
    /// frames; ones without alignment. How many lie in `octets`, which has room for [`most_signalling_octets`]; `None` where
    /// the card hands none over apart, and the frames have to do.
    fn receive_signalling(&mut self, tick: &MediaTick<'_>, span: usize, octets: &mut [u8]) -> Option<usize> {
        let _ = (tick, span, octets);
        None
    }

    /// Hands over the frames that `span` sends in the next granule; `frames` is one granule long.
    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, frames: &[Frame]);

    /// The signalling bits that `span` receives, by timeslot. They keep their last value while the CAS
    /// multiframe is lost. Meaningless for spans without channel-associated signalling.
    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME];

    /// Sends these signalling bits for `slot` from the next multiframe on.
    fn set_bits(&mut self, tick: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd);

    /// Takes the card's clock from here from now on. [`Abilities::clocks`] says whether it can.
    fn set_clock(&mut self, tick: &MediaTick<'_>, source: ClockSource) {
        let _ = (tick, source);
    }

    /// Does on the line of `span` what is ordered. [`Abilities`] say what it can; of the rest nothing comes.
    fn order(&mut self, tick: &MediaTick<'_>, span: usize, order: &LineOrder) {
        let _ = (tick, span, order);
    }

    /// A second of the far end of `span`, as it reports it (T1 performance report messages), if another has been told.
    fn poll_far_second(&mut self, span: usize) -> Option<Second> {
        let _ = span;
        None
    }

    /// Whether the card is in its place, as of the last [`Card::service`].
    fn presence(&self) -> Presence {
        Presence::There
    }

    /// The state of `span` as of the last [`Card::service`].
    fn status(&self, span: usize) -> &SpanStatus;
}

/// Octets of a signalling slot that a granule may bring.
#[must_use]
pub const fn most_signalling_octets(granule: usize) -> usize {
    granule + 7
}

/// Adds to a counter, which stops at its end.
const fn add(total: &mut u64, more: u64) {
    *total = total.saturating_add(more);
}
