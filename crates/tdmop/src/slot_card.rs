//! CESoPSN and TDMoE as a card: they carry timeslots and signalling bits, so there is nothing to frame.
//!
//! The far end's frames pass a two-frame elastic store, as those of a line do: with another clock than the tick's whole
//! frames slip. Loss of packets is loss of signal; data that mean nothing are AIS; what the far end says of losses of its
//! own, and of its line's remote alarm, is a remote alarm.
use crate::circuit::{Circuit, Pacer};
use crate::wire::{Cesopsn, Conditions, Format, Packet, Tdmoe};
use crate::{PacketIo, PacketTime, ReceiverConfig};
use tandem_card::{
    Abilities, Card, CardError, CardInfo, Frame, LineOrder, PortKind, SpanConfig, SpanStatus,
    most_signalling_octets,
};
use tandem_line::ElasticStore;
use tandem_rt::MediaTick;
use tandem_types::{Abcd, Defect, LostFrames, Timeslot};

/// Spans that travel as timeslots.
#[derive(Debug)]
pub struct SlotCard<N> {
    info: CardInfo,
    ports: Vec<Port<N>>,
}

/// How a span travels as timeslots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotSpan {
    /// Whether it is a T1; otherwise an E1.
    pub t1: bool,
    /// How its packets are made.
    pub format: SlotFormat,
    /// The timeslots that travel, bit n for timeslot n: as many as the format has. The others are idle.
    pub slots: u32,
    /// By how many packets the jitter buffer delays.
    pub depth: usize,
    /// The octet of idle timeslots, and of lost packets: the silence of the law.
    pub idle: u8,
    /// The only SSRC whose packets are taken; `None` takes the first. TDMoE takes those to its subaddress.
    pub source: Option<u32>,
    /// The number of the first packet that is sent; a random one tells a restart from what was before.
    pub first_sequence: u16,
}

/// The formats that carry timeslots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotFormat {
    /// CESoPSN.
    Cesopsn(Cesopsn),
    /// TDMoE.
    Tdmoe(Tdmoe),
}

#[derive(Debug)]
struct Port<N> {
    span: SlotSpan,
    circuit: Circuit<N>,
    pacer: Pacer,
    store: ElasticStore,
    /// Where each octet of a packet belongs.
    layout: Layout,
    /// The packet that is being played, and how many frames of it were.
    playing: Box<[u8]>,
    played: usize,
    /// Whether it did not come.
    is_gap: bool,
    /// Which frames of the last granule did not come.
    lost: LostFrames,
    /// The packet that is being made, its signalling, and how many frames of it are there.
    making: Box<[u8]>,
    signalling: Box<[u8]>,
    made: usize,
    frames_sent: u64,
    received_bits: [Abcd; Timeslot::PER_FRAME],
    sent_bits: [Abcd; Timeslot::PER_FRAME],
    sends_ais: bool,
    sends_rai: bool,
    /// The slot whose octets are handed over apart, and those of this granule. Never grows past its capacity.
    signalling_slot: Option<Timeslot>,
    signalling_octets: Vec<u8>,
    status: SpanStatus,
}

/// How frames lie in a packet.
#[derive(Debug)]
struct Layout {
    slots: Vec<Timeslot>,
    frames: usize,
    /// Octets from a frame to the next, and from a timeslot to the next.
    frame_stride: usize,
    slot_stride: usize,
}

impl Layout {
    fn of(span: &SlotSpan) -> Self {
        let slots: Vec<_> =
            (0..32).filter(|number| span.slots >> number & 1 == 1).filter_map(Timeslot::new).collect();
        let (frames, frame_stride, slot_stride) = match span.format {
            SlotFormat::Cesopsn(format) => (format.frames(), slots.len(), 1),
            SlotFormat::Tdmoe(_) => (Tdmoe::SAMPLES, 1, Tdmoe::SAMPLES),
        };
        Self { slots, frames, frame_stride, slot_stride }
    }

    /// The places in a packet of the octets of one of its frames, and their timeslots.
    fn places(&self, frame: usize) -> impl Iterator<Item = (usize, Timeslot)> {
        let first = frame * self.frame_stride;
        self.slots.iter().enumerate().map(move |(place, slot)| (first + place * self.slot_stride, *slot))
    }
}

impl SlotFormat {
    const fn channels(&self) -> usize {
        match self {
            Self::Cesopsn(format) => format.timeslots(),
            Self::Tdmoe(format) => format.channels(),
        }
    }

    const fn wire(self) -> Format {
        match self {
            Self::Cesopsn(format) => Format::Cesopsn(format),
            Self::Tdmoe(format) => Format::Tdmoe(format),
        }
    }

    /// The octet of a packet's signalling, and the shift in it, where the bits of a channel are. CESoPSN begins with the
    /// upper half of the first octet; TDMoE has words of four channels, the first lowest, in network order.
    const fn signalling_place(&self, channel: usize) -> (usize, u32) {
        match self {
            Self::Cesopsn(_) => (channel / 2, if channel.is_multiple_of(2) { 4 } else { 0 }),
            Self::Tdmoe(_) => {
                let word = channel / 4 * 2;
                (word + 1 - channel % 4 / 2, if channel.is_multiple_of(2) { 0 } else { 4 })
            }
        }
    }
}

impl<N: PacketIo> SlotCard<N> {
    /// A card of these spans, each with its network.
    pub fn new(spans: Vec<(SlotSpan, N)>) -> Result<Self, CardError> {
        for (span, _) in &spans {
            let allowed = if span.t1 { T1_SLOTS } else { E1_SLOTS };
            if span.slots & !allowed != 0 {
                return Err(CardError::Unsupported("a timeslot that the span does not have"));
            }
            if span.slots.count_ones() as usize != span.format.channels() {
                return Err(CardError::Unsupported("as many timeslots as the packets have channels"));
            }
        }
        let kinds = spans.iter().map(|(span, _)| if span.t1 { PortKind::T1 } else { PortKind::E1 });
        let info = CardInfo {
            model: "tdm-over-packet",
            serial: None,
            spans: kinds.collect(),
            granule: GRANULE,
            abilities: Abilities { alarms: true, changes: true, loses_frames: true, ..Abilities::default() },
        };
        Ok(Self { info, ports: spans.into_iter().map(|(span, io)| Port::new(span, io)).collect() })
    }

    /// The packets of `span`.
    #[must_use]
    pub fn circuit(&self, span: usize) -> Option<&Circuit<N>> {
        self.ports.get(span).map(|port| &port.circuit)
    }

    /// The packets of `span`, to fetch gaps from.
    pub fn circuit_mut(&mut self, span: usize) -> Option<&mut Circuit<N>> {
        self.ports.get_mut(span).map(|port| &mut port.circuit)
    }
}

impl<N: PacketIo> Card for SlotCard<N> {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        let spans = self.ports.len();
        let port = self.ports.get_mut(span).ok_or(CardError::NoSuchSpan { span, spans })?;
        if config.framing.is_t1() != port.span.t1 {
            return Err(CardError::Unsupported("the framing of the other kind of span"));
        }
        if config.framing.cas() && port.signalling.is_empty() {
            return Err(CardError::Unsupported("signalling bits in packets that have none"));
        }
        port.signalling_slot = config.signalling_slot;
        Ok(())
    }

    fn change(&mut self, _: &MediaTick<'_>, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        self.configure(span, config)?;
        // The packets go on as they are.
        self.ports[span].sends_ais = false;
        Ok(())
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.ports.iter_mut().for_each(Port::restart);
        Ok(())
    }

    fn stop(&mut self) {}

    fn service(&mut self, tick: &MediaTick<'_>) {
        for port in &mut self.ports {
            port.circuit.hear(tick);
        }
    }

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        let port = &mut self.ports[span];
        port.pacer.pass(GRANULE, port.circuit.receiver().rate_ppb());
        let due = port.pacer.take(1, GRANULE + 1);
        let (granule, mut written) = (frames.len(), 0);
        port.signalling_octets.clear();
        port.lost = LostFrames::NONE;
        // The far end's clock writes the store and ours reads it, in the order in which they tick.
        for (number, frame) in (1..).zip(frames) {
            while written < (number * due).div_ceil(granule) {
                let received = port.next_frame();
                port.signalling_octets.extend(port.signalling_slot.map(|slot| received[slot.index()]));
                port.store.write_marked(&received, port.is_gap);
                written += 1;
            }
            *frame = *port.store.read().0;
            if port.store.last_is_lost() {
                port.lost.set(number - 1);
            }
        }
        port.note_status(due);
    }

    fn lost_frames(&self, span: usize) -> LostFrames {
        self.ports[span].lost
    }

    fn receive_signalling(&mut self, _: &MediaTick<'_>, span: usize, octets: &mut [u8]) -> Option<usize> {
        let port = self.ports.get(span).filter(|port| port.signalling_slot.is_some())?;
        let count = port.signalling_octets.len().min(octets.len());
        octets[..count].copy_from_slice(&port.signalling_octets[..count]);
        Some(count)
    }

    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        let port = &mut self.ports[span];
        frames.iter().for_each(|frame| port.send(tick, frame));
        port.circuit.flush(tick);
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.ports[span].received_bits
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        self.ports[span].sent_bits[slot.index()] = bits;
    }

    fn order(&mut self, _: &MediaTick<'_>, span: usize, order: &LineOrder) {
        let Some(port) = self.ports.get_mut(span) else { return };
        match order {
            LineOrder::SendAis(on) => port.sends_ais = *on,
            LineOrder::SendRai(on) => port.sends_rai = *on,
            _ => {}
        }
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.ports[span].status
    }
}

impl<N: PacketIo> Port<N> {
    fn new(span: SlotSpan, io: N) -> Self {
        let (layout, format) = (Layout::of(&span), span.format.wire());
        let receiver = ReceiverConfig {
            format,
            packet_time: PacketTime::of(layout.frames as u64, 8000),
            depth: span.depth,
            fill: span.idle,
            source: match span.format {
                SlotFormat::Cesopsn(_) => span.source,
                SlotFormat::Tdmoe(format) => Some(format.subaddress().into()),
            },
        };
        Self {
            span,
            circuit: Circuit::new(io, receiver, span.first_sequence),
            pacer: Pacer::new(1),
            store: ElasticStore::new(),
            played: layout.frames,
            is_gap: false,
            lost: LostFrames::NONE,
            layout,
            playing: vec![span.idle; format.data_octets()].into(),
            making: vec![span.idle; format.data_octets()].into(),
            signalling: vec![0; format.signalling_octets()].into(),
            made: 0,
            frames_sent: 0,
            received_bits: [Abcd::new(0); Timeslot::PER_FRAME],
            sent_bits: [Abcd::new(0); Timeslot::PER_FRAME],
            sends_ais: false,
            sends_rai: false,
            signalling_slot: None,
            signalling_octets: Vec::with_capacity(most_signalling_octets(GRANULE)),
            status: SpanStatus { line_bits: Some(0), ..SpanStatus::default() },
        }
    }

    fn restart(&mut self) {
        self.circuit.restart();
        (self.pacer, self.store) = (Pacer::new(1), ElasticStore::new());
        (self.played, self.made) = (self.layout.frames, 0);
        self.status = SpanStatus { line_bits: Some(0), ..SpanStatus::default() };
    }

    /// The next frame of the far end that is due.
    fn next_frame(&mut self) -> Frame {
        if self.played == self.layout.frames {
            self.next_packet();
        }
        let mut frame = [self.span.idle; Timeslot::PER_FRAME];
        for (place, slot) in self.layout.places(self.played) {
            frame[slot.index()] = self.playing[place];
        }
        self.played += 1;
        frame
    }

    /// Signalling bits keep their last value while none come.
    fn next_packet(&mut self) {
        let played = self.circuit.receiver_mut().play();
        self.playing.copy_from_slice(played.data);
        (self.played, self.is_gap) = (0, played.is_gap);
        if let Some(signalling) = played.signalling {
            for (channel, slot) in self.layout.slots.iter().enumerate() {
                let (octet, shift) = self.span.format.signalling_place(channel);
                self.received_bits[slot.index()] = Abcd::new(signalling[octet] >> shift);
            }
        }
    }

    fn send(&mut self, tick: &MediaTick<'_>, frame: &Frame) {
        for (place, slot) in self.layout.places(self.made) {
            self.making[place] = frame[slot.index()];
        }
        self.made += 1;
        if self.made < self.layout.frames {
            return;
        }
        self.made = 0;
        self.signalling.fill(0);
        if !self.signalling.is_empty() {
            for (channel, slot) in self.layout.slots.iter().enumerate() {
                let (octet, shift) = self.span.format.signalling_place(channel);
                self.signalling[octet] |= self.sent_bits[slot.index()].bits() << shift;
            }
        }
        // A far end whose line has failed is told that we know.
        let remote_defect = self.sends_rai || self.circuit.receiver().conditions().local_fault;
        let packet = Packet {
            conditions: Conditions { local_fault: self.sends_ais, remote_loss: false, remote_defect },
            timestamp: self.frames_sent as u32,
            data: &self.making,
            signalling: &self.signalling,
            ..Packet::default()
        };
        self.circuit.queue(tick, &packet);
        self.frames_sent = self.frames_sent.wrapping_add(self.layout.frames as u64);
    }

    /// So many frames of the far end were due in this granule.
    fn note_status(&mut self, due: usize) {
        let (receiver, status) = (self.circuit.receiver(), &mut self.status);
        let Conditions { local_fault, remote_loss, remote_defect } = receiver.conditions();
        status.defects.set(Defect::Los, receiver.loss_of_packets());
        status.defects.set(Defect::Ais, local_fault);
        status.defects.set(Defect::Rai, remote_loss || remote_defect);
        let counters = &mut status.counters;
        counters.frames_lost = counters.frames_lost.saturating_add(self.lost.count() as u64);
        status.counters.slips_repeated = self.store.repeated();
        status.counters.slips_deleted = self.store.deleted();
        let bits = due as u64 * if self.span.t1 { 193 } else { 256 };
        status.line_bits = status.line_bits.map(|total| total.saturating_add(bits));
    }
}

/// Frames moved at a time, whatever the size of a packet.
const GRANULE: usize = 8;
const E1_SLOTS: u32 = !1;
const T1_SLOTS: u32 = 0x01ff_fffe;

#[cfg(test)]
mod tests {
    use super::*;

    fn span(format: SlotFormat, slots: u32) -> SlotSpan {
        SlotSpan { t1: false, format, slots, depth: 1, idle: 0, source: None, first_sequence: 0 }
    }

    /// RFC 5086 §5: the first timeslot in the upper half of the first octet. DAHDI: the first channel lowest in a word that
    /// is sent high octet first.
    #[test]
    fn signalling_bits_are_where_the_formats_have_them() {
        let places = |format: SlotFormat| {
            (0..6).map(move |channel| format.signalling_place(channel)).collect::<Vec<_>>()
        };
        let trunk = SlotFormat::Cesopsn(Cesopsn::trunk(6, 16, None).expect("a size"));
        assert_eq!(places(trunk), [(0, 4), (0, 0), (1, 4), (1, 0), (2, 4), (2, 0)]);
        let tdmoe = SlotFormat::Tdmoe(Tdmoe::new(0, 6).expect("channels"));
        assert_eq!(places(tdmoe), [(1, 0), (1, 4), (0, 0), (0, 4), (3, 0), (3, 4)]);
    }

    /// CESoPSN: frame after frame. TDMoE: channel after channel.
    #[test]
    fn octets_are_where_the_formats_have_them() {
        let places = |format, frame| {
            let layout = Layout::of(&span(format, 0b1000_0110));
            layout.places(frame).map(|(place, slot)| (place, slot.number())).collect::<Vec<_>>()
        };
        let basic = SlotFormat::Cesopsn(Cesopsn::basic(3, 8, None).expect("a size"));
        assert_eq!(places(basic, 0), [(0, 1), (1, 2), (2, 7)]);
        assert_eq!(places(basic, 5), [(15, 1), (16, 2), (17, 7)]);
        let tdmoe = SlotFormat::Tdmoe(Tdmoe::new(0, 3).expect("channels"));
        assert_eq!(places(tdmoe, 0), [(0, 1), (8, 2), (16, 7)]);
        assert_eq!(places(tdmoe, 5), [(5, 1), (13, 2), (21, 7)]);
    }
}
