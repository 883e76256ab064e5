//! One span on the media thread: its blocks, the routes of its transmit slots, its detectors and bits.
use crate::link::{BridgeId, Source};
use crate::proc::PIECE;
use crate::proc::signal::SignalProc;
use tandem_dsp::dtmf::DetectorBank;
use tandem_types::{Abcd, Bearer, Defects, Law, MAX_TICK_FRAMES, Timeslot};

/// How a span is used by the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanSetup {
    /// The law of its voice channels.
    pub law: Law,
    /// The slots that carry traffic: bit n for timeslot n.
    pub traffic: u32,
    /// The bits that its slots send until a line signal says otherwise.
    pub idle_bits: Abcd,
}

pub(crate) type Frame = [u8; Timeslot::PER_FRAME];

/// What a transmit slot hears, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) source: Source,
    pub(crate) bearer: Bearer,
}

#[derive(Debug)]
pub(crate) struct SpanProc {
    pub(crate) law: Law,
    pub(crate) traffic: u32,
    pub(crate) rx: Box<[Frame; MAX_TICK_FRAMES]>,
    pub(crate) tx: Box<[Frame; MAX_TICK_FRAMES]>,
    /// What was received in the piece under work, expanded.
    pub(crate) linear: [[i16; Timeslot::PER_FRAME]; PIECE],
    pub(crate) routes: [Route; Timeslot::PER_FRAME],
    pub(crate) talks_to: [Option<BridgeId>; Timeslot::PER_FRAME],
    pub(crate) detectors: Box<DetectorBank>,
    /// Slots whose digits are detected.
    pub(crate) detecting: u32,
    /// Slots that talk to a bridge.
    pub(crate) talking: u32,
    /// Slots that anybody listens to. Kept by the switch when routes change.
    pub(crate) heard: u32,
    pub(crate) signals: [SignalProc; Timeslot::PER_FRAME],
    /// Slots whose signals are not settled.
    pub(crate) signalling: u32,
    pub(crate) tx_bits: [Abcd; Timeslot::PER_FRAME],
    /// Slots whose `tx_bits` changed since the card was last told.
    pub(crate) tx_bits_changed: u32,
    pub(crate) rx_bits: [Abcd; Timeslot::PER_FRAME],
    pub(crate) rx_bits_reported: [Abcd; Timeslot::PER_FRAME],
    pub(crate) defects: Defects,
    pub(crate) defects_reported: Defects,
}

impl SpanProc {
    pub(crate) fn new(setup: &SpanSetup) -> Self {
        let idle = [setup.law.idle_octet(); Timeslot::PER_FRAME];
        Self {
            law: setup.law,
            traffic: setup.traffic,
            rx: Box::new([idle; MAX_TICK_FRAMES]),
            tx: Box::new([idle; MAX_TICK_FRAMES]),
            linear: [[0; Timeslot::PER_FRAME]; PIECE],
            routes: [Route { source: Source::Idle, bearer: Bearer::Speech }; Timeslot::PER_FRAME],
            talks_to: [None; Timeslot::PER_FRAME],
            detectors: Box::new(DetectorBank::new()),
            detecting: 0,
            talking: 0,
            heard: 0,
            signals: [SignalProc::new(); Timeslot::PER_FRAME],
            signalling: 0,
            tx_bits: [setup.idle_bits; Timeslot::PER_FRAME],
            tx_bits_changed: setup.traffic,
            rx_bits: [Abcd::default(); Timeslot::PER_FRAME],
            rx_bits_reported: [Abcd::default(); Timeslot::PER_FRAME],
            defects: Defects::NONE,
            defects_reported: Defects::NONE,
        }
    }

    /// Silences what arrives while the span can carry no traffic, so that nobody hears a lost frame.
    pub(crate) fn mute(&mut self, frames: usize) {
        let idle = [self.law.idle_octet(); Timeslot::PER_FRAME];
        self.rx[..frames].fill(idle);
    }

    /// Expands the frames of a piece, if any slot needs it.
    pub(crate) fn expand(&mut self, offset: usize, frames: usize) {
        if self.detecting | self.talking == 0 {
            return;
        }
        for (linear, octets) in self.linear.iter_mut().zip(&self.rx[offset..offset + frames]) {
            tandem_dsp::g711::decode_block(self.law, octets, linear);
        }
    }

    /// What `slot` says in the piece, channel-major.
    pub(crate) fn linear_of(&self, slot: Timeslot) -> [i16; PIECE] {
        std::array::from_fn(|frame| self.linear[frame][slot.index()])
    }

    /// Plays the line signals of one tick.
    pub(crate) fn advance_signals(&mut self, frames: u32) {
        for index in slots_in(self.signalling) {
            let signal = &mut self.signals[index];
            let bits = signal.advance(frames);
            if signal.is_settled() {
                self.signalling &= !(1 << index);
            }
            if bits != self.tx_bits[index] {
                self.tx_bits[index] = bits;
                self.tx_bits_changed |= 1 << index;
            }
        }
    }
}

/// The indices of the slots in a mask.
pub(crate) fn slots_in(mask: u32) -> impl Iterator<Item = usize> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        let index = rest.trailing_zeros() as usize;
        rest &= rest.wrapping_sub(1);
        (index < Timeslot::PER_FRAME).then_some(index)
    })
}
