//! One span on the media thread: its blocks, the routes of its transmit slots, its detectors and bits.
use crate::link::{Audience, BridgeId, Source};
use crate::proc::ears::{EarSetup, Ears};
use crate::proc::signal::SignalProc;
use crate::proc::turn::{Column, Columns, to_columns, to_frames};
use crate::proc::{AnalystProc, ConcealProc, EchoProc, HdlcProc, HdlcSlot, HiderProc, PIECE, ShaperProc};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::g711;
use tandem_types::{Abcd, Bearer, Defects, FrameTime, Law, LostFrames, MAX_TICK_FRAMES, Timeslot};

/// How a span is used by the switch.
#[derive(Clone, Debug)]
pub struct SpanSetup {
    /// The law of its voice channels.
    pub law: Law,
    /// The slots that carry traffic: bit n for timeslot n.
    pub traffic: u32,
    /// The bits that its slots send until a line signal says otherwise.
    pub idle_bits: Abcd,
    /// A slot with HDLC frames, which carries no traffic.
    pub hdlc: Option<HdlcSlot>,
    /// What may be listened for on its slots.
    pub ears: EarSetup,
}

pub(crate) type Frame = [u8; Timeslot::PER_FRAME];

/// What a transmit slot hears, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) source: Source,
    pub(crate) bearer: Bearer,
}

/// The bridge of which a slot is a party, and who hears it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) bridge: BridgeId,
    pub(crate) audience: Audience,
}

/// From a frame of the tick on, a slot sends these bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitChange {
    /// Counted from the first frame of the tick.
    pub frame: usize,
    /// The slot.
    pub slot: Timeslot,
    /// The bits.
    pub bits: Abcd,
}

/// What a transmit slot hears in a piece.
pub(crate) enum Heard {
    /// Octets to be sent as they are.
    Octets(Column),
    /// Octets of the other law.
    OtherLaw(Column),
    Samples([i16; PIECE]),
    /// The samples of [`SpanProc::set_mixed`].
    Mixed,
}

#[derive(Debug)]
pub(crate) struct SpanProc {
    set: InstructionSet,
    pub(crate) law: Law,
    pub(crate) traffic: u32,
    pub(crate) rx: Box<[Frame; MAX_TICK_FRAMES]>,
    pub(crate) tx: Box<[Frame; MAX_TICK_FRAMES]>,
    /// Which frames of `rx` were lost, and which of the piece under work, the first in bit 0.
    pub(crate) lost: LostFrames,
    lost_now: u8,
    /// What was received and is to be sent in the piece under work, by slot.
    pub(crate) rx_columns: Columns,
    pub(crate) tx_columns: Columns,
    /// What was received in the piece, expanded: by frame for the detectors, by slot for the bridges.
    pub(crate) linear: [[i16; Timeslot::PER_FRAME]; PIECE],
    linear_columns: [[i16; PIECE]; Timeslot::PER_FRAME],
    /// What slots are to send that hear samples, and which they are; and which of `tx_columns` are of the other law.
    tx_linear_columns: [[i16; PIECE]; Timeslot::PER_FRAME],
    hear_samples: u32,
    hear_other_law: u32,
    pub(crate) routes: [Route; Timeslot::PER_FRAME],
    pub(crate) seats: [Option<Seat>; Timeslot::PER_FRAME],
    pub(crate) ears: Box<Ears>,
    /// What conceals losses of slots, and which they are.
    concealers: [Option<Box<ConcealProc>>; Timeslot::PER_FRAME],
    concealing: u32,
    /// What cancels the echo of slots, and which they are.
    echoes: [Option<Box<EchoProc>>; Timeslot::PER_FRAME],
    cancelling: u32,
    /// What hides the digits of slots, and which they are.
    pub(crate) hiders: [Option<Box<HiderProc>>; Timeslot::PER_FRAME],
    hiding: u32,
    /// What shapes the levels of slots, and which they are.
    shapers: [Option<Box<ShaperProc>>; Timeslot::PER_FRAME],
    shaped: u32,
    /// What analyses the calls on slots, and which they are.
    pub(crate) analysts: [Option<Box<AnalystProc>>; Timeslot::PER_FRAME],
    pub(crate) analysed: u32,
    /// Slots whose line is coded by the other law.
    foreign: u32,
    /// Slots that hear what others send. Kept by the switch when routes change.
    pub(crate) monitors: u32,
    /// Slots that are parties of a bridge.
    pub(crate) seated: u32,
    /// Slots that anybody listens to. Kept by the switch when routes change.
    pub(crate) heard: u32,
    /// Frames received and not yet worked.
    pub(crate) fresh: usize,
    pub(crate) signals: [SignalProc; Timeslot::PER_FRAME],
    /// Slots whose signals are not settled.
    pub(crate) signalling: u32,
    pub(crate) tx_bits: [Abcd; Timeslot::PER_FRAME],
    /// Changes of `tx_bits` that the card has not been told. Never grows past its capacity.
    pub(crate) bit_changes: Vec<BitChange>,
    pub(crate) rx_bits: [Abcd; Timeslot::PER_FRAME],
    /// Slots whose received bits control has not been told.
    pub(crate) bits_to_report: u32,
    pub(crate) defects: Defects,
    /// There was a severe defect at some time since the last tick.
    pub(crate) defective: bool,
    /// What is received in this tick is silenced.
    pub(crate) muted: bool,
    pub(crate) defects_reported: Defects,
    pub(crate) hdlc: Option<Box<HdlcProc>>,
}

impl SpanProc {
    /// Span `number` of the switch.
    pub(crate) fn new(setup: &SpanSetup, number: usize, hdlc: Option<HdlcProc>) -> Self {
        let idle = [setup.law.idle_octet(); Timeslot::PER_FRAME];
        let first = |index| BitChange { frame: 0, slot: timeslot(index), bits: setup.idle_bits };
        let mut bit_changes = Vec::with_capacity(MOST_BIT_CHANGES);
        bit_changes.extend(slots_in(setup.traffic).map(first));
        let set = InstructionSet::detect();
        Self {
            set,
            law: setup.law,
            traffic: setup.traffic,
            rx: Box::new([idle; MAX_TICK_FRAMES]),
            tx: Box::new([idle; MAX_TICK_FRAMES]),
            lost: LostFrames::NONE,
            lost_now: 0,
            rx_columns: [[setup.law.idle_octet(); PIECE]; Timeslot::PER_FRAME],
            tx_columns: [[setup.law.idle_octet(); PIECE]; Timeslot::PER_FRAME],
            linear: [[0; Timeslot::PER_FRAME]; PIECE],
            linear_columns: [[0; PIECE]; Timeslot::PER_FRAME],
            tx_linear_columns: [[0; PIECE]; Timeslot::PER_FRAME],
            hear_samples: 0,
            hear_other_law: 0,
            routes: [Route { source: Source::Idle, bearer: Bearer::Speech }; Timeslot::PER_FRAME],
            seats: [None; Timeslot::PER_FRAME],
            ears: Box::new(Ears::new(&setup.ears, number)),
            concealers: [const { None }; Timeslot::PER_FRAME],
            concealing: 0,
            echoes: [const { None }; Timeslot::PER_FRAME],
            cancelling: 0,
            hiders: [const { None }; Timeslot::PER_FRAME],
            hiding: 0,
            shapers: [const { None }; Timeslot::PER_FRAME],
            shaped: 0,
            analysts: [const { None }; Timeslot::PER_FRAME],
            analysed: 0,
            foreign: 0,
            monitors: 0,
            seated: 0,
            heard: 0,
            fresh: 0,
            signals: [SignalProc::new(); Timeslot::PER_FRAME],
            signalling: 0,
            tx_bits: [setup.idle_bits; Timeslot::PER_FRAME],
            bit_changes,
            rx_bits: [Abcd::default(); Timeslot::PER_FRAME],
            bits_to_report: setup.traffic,
            defects: Defects::NONE,
            defective: false,
            muted: false,
            defects_reported: Defects::NONE,
            hdlc: hdlc.map(Box::new),
        }
    }

    /// Silences what arrives while the span can carry no traffic, so that nobody hears a lost frame.
    pub(crate) fn mute(&mut self, frames: usize) {
        let idle = [self.law.idle_octet(); Timeslot::PER_FRAME];
        self.rx[..frames].fill(idle);
    }

    /// Turns the frames of a piece, and expands what detectors and bridges need of it.
    pub(crate) fn take_in(&mut self, offset: usize, frames: usize) {
        if !self.muted {
            convert(self.foreign, self.other_law(), self.law, &mut self.rx[offset..offset + frames]);
        }
        let received = &self.rx[offset..offset + frames];
        to_columns(received, &mut self.rx_columns);
        if self.is_listened_to() {
            g711::decode_block(self.set, self.law, received.as_flattened(), self.linear.as_flattened_mut());
        }
        self.lost_now = self.lost.eight_from(offset);
        self.conceal(frames);
        self.cancel_echoes(frames);
        if self.seated != 0 {
            let linear = self.linear_columns.as_flattened_mut();
            g711::decode_block(self.set, self.law, self.rx_columns.as_flattened(), linear);
        }
    }

    /// Whether detectors or analysts listen to any slot.
    pub(crate) fn is_listened_to(&self) -> bool {
        self.ears.listening() | self.analysed != 0
    }

    /// Puts what was likely said in the place of what was lost. Slots with connections for data pass as they are.
    fn conceal(&mut self, frames: usize) {
        for index in slots_in(self.concealing) {
            let Some(concealer) = &mut self.concealers[index] else { continue };
            if self.routes[index].bearer.is_data() {
                continue;
            }
            concealer.conceal(frames, self.lost_now, &mut self.rx_columns[index]);
            for (frame, put_out) in self.linear[..frames].iter_mut().zip(concealer.put_out()) {
                frame[index] = *put_out;
            }
        }
    }

    /// Frames of so many of the piece that were lost, and octets of slots that were concealed.
    pub(crate) fn lost_in_piece(&self) -> (u64, u64) {
        let data = |index: &usize| self.routes[*index].bearer.is_data();
        let lost = u64::from(self.lost_now.count_ones());
        if lost == 0 {
            return (0, 0);
        }
        (lost, lost * slots_in(self.concealing).filter(|index| !data(index)).count() as u64)
    }

    /// Which frames of what [`Self::received_without_echo`] gives were lost, the first in bit 0.
    pub(crate) fn received_lost(&self, slot: Timeslot) -> u8 {
        let index = slot.index();
        match &self.concealers[index] {
            Some(concealer) if !self.routes[index].bearer.is_data() => concealer.put_out_lost(),
            _ => self.lost_now,
        }
    }

    /// Which frames of what a slot is given that hears this one, for data or not, were lost; of one whose digits are hidden,
    /// which is heard later, nobody knows.
    pub(crate) fn heard_lost(&self, slot: Timeslot, as_data: bool) -> u8 {
        match self.hiding >> slot.index() & 1 {
            _ if as_data => self.lost_now,
            0 => self.received_lost(slot),
            _ => 0,
        }
    }

    /// Takes echoes out of what was received. Slots with connections for data pass as they are.
    fn cancel_echoes(&mut self, frames: usize) {
        for index in slots_in(self.cancelling) {
            let Some(echo) = &mut self.echoes[index] else { continue };
            if self.routes[index].bearer.is_data() {
                continue;
            }
            echo.cancel(frames, &mut self.rx_columns[index]);
            for (frame, left) in self.linear[..frames].iter_mut().zip(echo.left()) {
                frame[index] = *left;
            }
        }
    }

    /// Cancellers hear what their slots send in the piece.
    pub(crate) fn note_sent(&mut self, frames: usize) {
        for index in slots_in(self.cancelling) {
            if let Some(echo) = &mut self.echoes[index] {
                echo.note_sent(frames, &self.tx_columns[index]);
            }
        }
    }

    /// From now on losses of a slot are concealed, or no longer; gives what concealed them before.
    pub(crate) fn set_concealer(
        &mut self,
        slot: Timeslot,
        concealer: Option<Box<ConcealProc>>,
    ) -> Option<Box<ConcealProc>> {
        put(&mut self.concealers, &mut self.concealing, slot, concealer)
    }

    /// From now on a slot's echo is cancelled, or no longer; gives what cancelled it before.
    pub(crate) fn set_echo(&mut self, slot: Timeslot, echo: Option<Box<EchoProc>>) -> Option<Box<EchoProc>> {
        put(&mut self.echoes, &mut self.cancelling, slot, echo)
    }

    /// From now on a slot's digits are hidden, or no longer; gives what hid them before.
    pub(crate) fn set_hider(
        &mut self,
        slot: Timeslot,
        hider: Option<Box<HiderProc>>,
    ) -> Option<Box<HiderProc>> {
        put(&mut self.hiders, &mut self.hiding, slot, hider)
    }

    /// From now on the call on a slot is analysed, or no longer; gives what analysed one before.
    pub(crate) fn set_analyst(
        &mut self,
        slot: Timeslot,
        analyst: Option<Box<AnalystProc>>,
    ) -> Option<Box<AnalystProc>> {
        put(&mut self.analysts, &mut self.analysed, slot, analyst)
    }

    /// From now on the levels of a slot are shaped, or no longer; gives what shaped them before.
    pub(crate) fn set_shaper(
        &mut self,
        slot: Timeslot,
        shaper: Option<Box<ShaperProc>>,
    ) -> Option<Box<ShaperProc>> {
        put(&mut self.shapers, &mut self.shaped, slot, shaper)
    }

    /// Takes digits out of what was received, and shapes its level, when detectors have heard it.
    pub(crate) fn make_fit_to_hear(&mut self, frames: usize, at: FrameTime) {
        for index in slots_in(self.hiding | self.shaped) {
            let column = &mut self.rx_columns[index];
            if let Some(hider) = &mut self.hiders[index] {
                hider.hide(at, frames, column);
            }
            if let Some(shaper) = &mut self.shapers[index] {
                shaper.shape_received(frames, column);
            }
            if self.seated >> index & 1 == 1 {
                g711::decode_block(self.set, self.law, column, &mut self.linear_columns[index]);
            }
        }
    }

    /// Shapes the level of what these slots send. Those with connections for data pass as they are.
    pub(crate) fn shape_sent(&mut self, frames: usize, slots: u32) {
        for index in slots_in(self.shaped & slots) {
            if let Some(shaper) = &mut self.shapers[index]
                && !self.routes[index].bearer.is_data()
            {
                shaper.shape_sent(frames, &mut self.tx_columns[index]);
            }
        }
    }

    /// What a slot received in the piece, as it came.
    pub(crate) fn received(&self, slot: Timeslot) -> &Column {
        let index = slot.index();
        if self.routes[index].bearer.is_data() {
            return self.received_without_echo(slot);
        }
        match (&self.concealers[index], &self.echoes[index]) {
            (Some(concealer), _) => concealer.received(),
            (None, Some(echo)) => echo.received(),
            (None, None) => self.received_without_echo(slot),
        }
    }

    /// The same without its echo, but with its digits, as loud as it came.
    pub(crate) fn received_without_echo(&self, slot: Timeslot) -> &Column {
        let index = slot.index();
        match (&self.hiders[index], &self.shapers[index]) {
            (Some(hider), _) => hider.received(),
            (None, Some(shaper)) => shaper.raw(),
            (None, None) => &self.rx_columns[index],
        }
    }

    /// Takes what a slot is to send in the piece.
    #[inline]
    pub(crate) fn hear(&mut self, index: usize, heard: Heard) {
        match heard {
            Heard::Octets(column) => self.tx_columns[index] = column,
            Heard::OtherLaw(column) => {
                self.tx_columns[index] = column;
                self.hear_other_law |= 1 << index;
            }
            Heard::Samples(column) => {
                self.tx_linear_columns[index] = column;
                self.hear_samples |= 1 << index;
            }
            Heard::Mixed => self.hear_samples |= 1 << index,
        }
    }

    /// Sets what a party of a bridge hears if it listens to it.
    pub(crate) fn set_mixed(&mut self, slot: Timeslot, heard: &[i16; PIECE]) {
        self.tx_linear_columns[slot.index()] = *heard;
    }

    /// Makes octets of its law of all that was heard in the piece: of all slots at once, which takes less than those
    /// that need it one by one.
    pub(crate) fn compand(&mut self) {
        let (set, law, mut octets) = (self.set, self.law, [[0; PIECE]; Timeslot::PER_FRAME]);
        if self.hear_other_law != 0 {
            let other = self.other_law();
            let columns = self.tx_columns.as_flattened();
            g711::transcode_block(set, other, law, columns, octets.as_flattened_mut());
            self.replace_columns(self.hear_other_law, &octets);
        }
        if self.hear_samples != 0 {
            let columns = self.tx_linear_columns.as_flattened();
            g711::encode_block(set, law, columns, octets.as_flattened_mut());
            self.replace_columns(self.hear_samples, &octets);
        }
        (self.hear_other_law, self.hear_samples) = (0, 0);
    }

    fn replace_columns(&mut self, slots: u32, columns: &Columns) {
        for index in slots_in(slots) {
            self.tx_columns[index] = columns[index];
        }
    }

    /// What a slot sends in the piece, expanded.
    pub(crate) fn linear_sent(&self, index: usize) -> [i16; PIECE] {
        self.tx_columns[index].map(|octet| g711::decode(self.law, octet))
    }

    /// What a slot received in the piece, as others hear it, expanded.
    pub(crate) fn linear_received(&self, index: usize) -> [i16; PIECE] {
        self.rx_columns[index].map(|octet| g711::decode(self.law, octet))
    }

    /// Fills the slot with HDLC frames in a piece.
    pub(crate) fn send_frames(&mut self, frames: usize) {
        if let Some(hdlc) = &mut self.hdlc {
            hdlc.send(frames, &mut self.tx_columns);
        }
    }

    /// Gives out what its slots send in a piece.
    pub(crate) fn send_piece(&mut self, offset: usize, frames: usize) {
        self.note_sent(frames);
        self.send_frames(frames);
        self.put_out(offset, frames);
    }

    /// Turns the columns to be sent back into frames.
    pub(crate) fn put_out(&mut self, offset: usize, frames: usize) {
        let (law, other) = (self.law, self.other_law());
        let frames = &mut self.tx[offset..offset + frames];
        to_frames(&self.tx_columns, frames);
        convert(self.foreign, law, other, frames);
    }

    /// From now on the line of a slot is coded by this law.
    pub(crate) fn set_law(&mut self, slot: Timeslot, law: Law) {
        let bit = 1 << slot.index();
        self.foreign = if law == self.law { self.foreign & !bit } else { self.foreign | bit };
    }

    const fn other_law(&self) -> Law {
        match self.law {
            Law::A => Law::Mu,
            Law::Mu => Law::A,
        }
    }

    /// What `slot` says in the piece, if it is a party of a bridge.
    pub(crate) fn linear_of(&self, slot: Timeslot) -> &[i16; PIECE] {
        &self.linear_columns[slot.index()]
    }

    /// How many octets of traffic so many frames carry.
    pub(crate) fn octets_in(&self, frames: usize) -> u64 {
        u64::from(self.traffic.count_ones()) * frames as u64
    }

    /// Plays the line signals of a piece that begins at frame `offset` of the tick.
    pub(crate) fn advance_signals(&mut self, offset: usize, frames: usize) {
        for index in slots_in(self.signalling) {
            let signal = &mut self.signals[index];
            let bits = signal.advance(frames as u32);
            if signal.is_settled() {
                self.signalling &= !(1 << index);
            }
            if bits != self.tx_bits[index] {
                self.tx_bits[index] = bits;
                debug_assert!(self.bit_changes.len() < MOST_BIT_CHANGES, "the card has not been told");
                self.bit_changes.push(BitChange { frame: offset, slot: timeslot(index), bits });
            }
        }
    }
}

/// Converts these slots of frames from one law to the other.
fn convert(slots: u32, from: Law, to: Law, frames: &mut [Frame]) {
    for index in slots_in(slots) {
        for frame in &mut *frames {
            frame[index] = g711::transcode(from, to, frame[index]);
        }
    }
}

/// The indices of the slots in a mask.
/// Puts a box, or none, in the place of a slot, notes in a mask whether there is one, and gives that which was there.
fn put<T>(
    boxes: &mut [Option<Box<T>>; Timeslot::PER_FRAME],
    mask: &mut u32,
    slot: Timeslot,
    new: Option<Box<T>>,
) -> Option<Box<T>> {
    let index = slot.index();
    *mask = *mask & !(1 << index) | u32::from(new.is_some()) << index;
    std::mem::replace(&mut boxes[index], new)
}

/// The samples of one slot in up to a piece of frames.
pub(crate) fn column_of(frames: &[[i16; Timeslot::PER_FRAME]], index: usize) -> [i16; PIECE] {
    let mut column = [0; PIECE];
    column.iter_mut().zip(frames).for_each(|(sample, frame)| *sample = frame[index]);
    column
}

pub(crate) fn slots_in(mask: u32) -> impl Iterator<Item = usize> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        let index = rest.trailing_zeros() as usize;
        rest &= rest.wrapping_sub(1);
        (index < Timeslot::PER_FRAME).then_some(index)
    })
}

pub(crate) fn timeslot(index: usize) -> Timeslot {
    // Indices come from 32-bit masks.
    Timeslot::new(index as u8 & 31).expect("below 32")
}

/// The first bits of all slots, and a change of each in each piece of the longest tick.
const MOST_BIT_CHANGES: usize = Timeslot::PER_FRAME * (1 + MAX_TICK_FRAMES.div_ceil(PIECE));
