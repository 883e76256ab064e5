//! SAToP as a device of raw bits: [`SoftFramer`](tandem_card::SoftFramer) makes a card of it.
//!
//! What is received runs at the far end's clock, as recovered from its packets; what is sent, at that of the tick. Lost
//! packets are ones of their length, told to the framer as bits that were not received, and loss of packets is loss of signal.
use crate::circuit::{Circuit, Pacer};
use crate::wire::{Format, Packet, Satop};
use crate::{Kind, PacketIo, PacketTime, Played, ReceiverConfig};
use tandem_card::{
    Abilities, CardError, CardInfo, ClockSource, LineIo, LineSignal, PortKind, SpanConfig, most_words,
};
use tandem_rt::MediaTick;

/// Spans that travel as SAToP.
#[derive(Debug)]
pub struct SatopLine<N> {
    info: CardInfo,
    ports: Vec<Port<N>>,
}

/// How a span travels as SAToP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SatopSpan {
    /// Whether it is a T1; otherwise an E1.
    pub t1: bool,
    /// How its packets are made.
    pub format: Satop,
    /// By how many packets the jitter buffer delays.
    pub depth: usize,
    /// The only SSRC whose packets are taken; `None` takes the first.
    pub source: Option<u32>,
    /// The number of the first packet that is sent; a random one tells a restart from what was before.
    pub first_sequence: u16,
}

/// What is missing of octets that are played.
#[derive(Clone, Copy, Debug, Default)]
struct Missing {
    /// They are those of a packet that did not come.
    erased: bool,
    /// They are part of a gap.
    lost: bool,
}

#[derive(Debug)]
struct Port<N> {
    span: SatopSpan,
    circuit: Circuit<N>,
    pacer: Pacer,
    /// The packet that is being played, how much of it was, and whether it is missing.
    playing: Box<[u8]>,
    played: usize,
    missing: Missing,
    /// Bit n: of word n of this granule some bits were missing; and they were, or there was no stream any more.
    erased: u64,
    lost: u64,
    /// The packet that is being made, and how much of it is there.
    making: Box<[u8]>,
    made: usize,
    /// Bits sent so far.
    bits_sent: u64,
}

impl SatopSpan {
    const fn frame_bits(&self) -> u32 {
        if self.t1 { 193 } else { 256 }
    }

    fn receiver(&self) -> ReceiverConfig {
        let bits = 8 * self.format.data_octets() as u64;
        ReceiverConfig {
            format: Format::Satop(self.format),
            packet_time: PacketTime::of(bits, 8000 * u64::from(self.frame_bits())),
            depth: self.depth,
            fill: 0xff,
            source: self.source,
        }
    }
}

impl<N: PacketIo> SatopLine<N> {
    /// A device of these spans, each with its network.
    #[must_use]
    pub fn new(spans: Vec<(SatopSpan, N)>) -> Self {
        let kinds = spans.iter().map(|(span, _)| if span.t1 { PortKind::T1 } else { PortKind::E1 });
        let info = CardInfo {
            model: "satop",
            serial: None,
            spans: kinds.collect(),
            granule: GRANULE,
            abilities: Abilities { changes: true, loses_frames: true, ..Abilities::default() },
        };
        Self { info, ports: spans.into_iter().map(|(span, io)| Port::new(span, io)).collect() }
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

impl<N: PacketIo> LineIo for SatopLine<N> {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        let spans = self.ports.len();
        let port = self.ports.get(span).ok_or(CardError::NoSuchSpan { span, spans })?;
        if config.framing.is_t1() == port.span.t1 {
            Ok(())
        } else if port.span.t1 {
            Err(CardError::Unsupported("framing of an E1 on a span that travels as a T1"))
        } else {
            Err(CardError::Unsupported("framing of a T1 on a span that travels as an E1"))
        }
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

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, words: &mut [u64]) -> (usize, LineSignal) {
        let port = &mut self.ports[span];
        port.pacer.pass(GRANULE, port.circuit.receiver().rate_ppb());
        let count = port.pacer.take(u64::BITS, most_words(GRANULE).min(words.len()));
        (port.erased, port.lost) = (0, 0);
        for (place, word) in words[..count].iter_mut().enumerate() {
            let (bits, missing) = port.word();
            *word = bits;
            port.erased |= u64::from(missing.erased) << place;
            port.lost |= u64::from(missing.lost) << place;
        }
        let loss_of_signal = port.circuit.receiver().loss_of_packets();
        (count, LineSignal { loss_of_signal, ..LineSignal::default() })
    }

    fn is_erased(&self, span: usize, word: usize) -> bool {
        self.ports[span].erased >> word & 1 == 1
    }

    fn is_lost(&self, span: usize, word: usize) -> bool {
        self.ports[span].lost >> word & 1 == 1
    }

    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, words: &[u64]) {
        let port = &mut self.ports[span];
        words.iter().for_each(|word| port.send(tick, &word.to_be_bytes()));
        port.circuit.flush(tick);
    }

    /// The clock of the tick is what it is.
    fn set_clock(&mut self, _: ClockSource) {}
}

impl<N: PacketIo> Port<N> {
    fn new(span: SatopSpan, io: N) -> Self {
        let octets = span.format.data_octets();
        Self {
            span,
            circuit: Circuit::new(io, span.receiver(), span.first_sequence),
            pacer: Pacer::new(span.frame_bits()),
            playing: vec![0xff; octets].into(),
            played: octets,
            missing: Missing::default(),
            erased: 0,
            lost: 0,
            making: vec![0xff; octets].into(),
            made: 0,
            bits_sent: 0,
        }
    }

    fn restart(&mut self) {
        self.circuit.restart();
        self.pacer = Pacer::new(self.span.frame_bits());
        (self.played, self.made) = (self.playing.len(), 0);
    }

    /// The next 64 bits that are due, and whether some of them are missing.
    fn word(&mut self) -> (u64, Missing) {
        let mut octets = [0; 8];
        let (mut filled, mut missing) = (0, Missing::default());
        while filled < octets.len() {
            if self.played == self.playing.len() {
                let played = self.circuit.receiver_mut().play();
                self.playing.copy_from_slice(played.data);
                let Played { kind, is_gap, .. } = played;
                (self.played, self.missing) = (0, Missing { erased: kind == Kind::Lost, lost: is_gap });
            }
            missing.erased |= self.missing.erased;
            missing.lost |= self.missing.lost;
            let count = (octets.len() - filled).min(self.playing.len() - self.played);
            octets[filled..filled + count].copy_from_slice(&self.playing[self.played..self.played + count]);
            (filled, self.played) = (filled + count, self.played + count);
        }
        (u64::from_be_bytes(octets), missing)
    }

    fn send(&mut self, tick: &MediaTick<'_>, mut octets: &[u8]) {
        while !octets.is_empty() {
            let count = octets.len().min(self.making.len() - self.made);
            let (now, later) = octets.split_at(count);
            self.making[self.made..self.made + count].copy_from_slice(now);
            (octets, self.made) = (later, self.made + count);
            if self.made == self.making.len() {
                let timestamp = (self.bits_sent / u64::from(self.span.frame_bits())) as u32;
                self.circuit.queue(tick, &Packet { timestamp, data: &self.making, ..Packet::default() });
                self.bits_sent = self.bits_sent.wrapping_add(8 * self.making.len() as u64);
                self.made = 0;
            }
        }
    }
}

/// Frames moved at a time, whatever the size of a packet.
const GRANULE: usize = 8;
const _: () = assert!(most_words(GRANULE) <= u64::BITS as usize);
