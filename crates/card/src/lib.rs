//! What a trunk card is, seen from the media thread: spans of framed timeslots, signalling bits and status.
//!
//! Three levels meet here. A [`Card`] delivers framed slots. A [`Bus`] is what a register-level driver sees
//! of its hardware: registers, DMA memory, an interrupt line. A [`LineIo`] gives raw bits, and [`SoftFramer`]
//! makes a card of it. Everything named here runs on the media thread and demands its tick; only
//! `configure`, `start` and `stop` run before and after.
#![deny(unsafe_code)]

mod bus;
mod error;
mod factory;
mod falc4;
mod line_io;
mod loop_card;
mod soft_framer;

pub use bus::Bus;
pub use error::CardError;
pub use factory::{CardFactory, CardRequest, FactoryError, OpenedCard};
pub use falc4::{Falc4Driver, TransmitCounters};
pub use line_io::{LineIo, LineSignal};
pub use loop_card::LoopCard;
pub use soft_framer::SoftFramer;

use tandem_rt::MediaTick;
use tandem_types::{Abcd, Defects, Timeslot};

/// One frame of a span: 32 octets, timeslot 0 first.
pub type Frame = [u8; Timeslot::PER_FRAME];

/// What a port of a card is. The hardware is a tree of card, facility, span and slot; other kinds of port
/// join this list without a change for those that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortKind {
    /// 2048 kbit/s, 32 timeslots.
    E1,
}

/// What a card says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardInfo {
    /// The model, as configuration files and people name it.
    pub model: &'static str,
    /// The kind of each span.
    pub spans: Vec<PortKind>,
    /// The number of frames that the card moves at a time. A tick is a whole number of these.
    pub granule: usize,
}

/// Line code of an E1 (G.703).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineCode {
    /// High density bipolar of order 3.
    #[default]
    Hdb3,
    /// Alternate mark inversion.
    Ami,
}

/// Use of the CRC-4 procedure on an E1 (G.706).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crc4 {
    /// Double frame format only.
    Off,
    /// CRC-4 multiframe, demanded from the far end too.
    #[default]
    On,
    /// CRC-4 multiframe; interworking with equipment without it after G.706 Annex B.
    Auto,
}

/// How a span is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanConfig {
    /// Line code in both directions.
    pub line_code: LineCode,
    /// Use of CRC-4.
    pub crc4: Crc4,
    /// Whether timeslot 16 carries channel-associated signalling.
    pub cas: bool,
}

/// What a span has counted since it was started. Counters saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanCounters {
    /// Errored frame alignment signals.
    pub fas_errors: u64,
    /// Errored CRC-4 blocks.
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
}

/// The state of a span now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanStatus {
    /// What the receiver sees.
    pub defects: Defects,
    /// What it has counted.
    pub counters: SpanCounters,
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

    /// Starts all spans.
    fn start(&mut self) -> Result<(), CardError>;

    /// Stops all spans and leaves the lines quiet.
    fn stop(&mut self);

    /// Attends to the hardware for the granule that ends with this tick: interrupts, status, buffers.
    fn service(&mut self, tick: &MediaTick<'_>);

    /// Takes the frames that `span` received in this granule; `frames` is one granule long.
    fn receive(&mut self, tick: &MediaTick<'_>, span: usize, frames: &mut [Frame]);

    /// Hands over the frames that `span` sends in the next granule; `frames` is one granule long.
    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, frames: &[Frame]);

    /// The signalling bits that `span` receives, by timeslot. They keep their last value while the CAS
    /// multiframe is lost. Meaningless for spans without channel-associated signalling.
    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME];

    /// Sends these signalling bits for `slot` from the next multiframe on.
    fn set_bits(&mut self, tick: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd);

    /// The state of `span` as of the last [`Card::service`].
    fn status(&self, span: usize) -> &SpanStatus;
}
