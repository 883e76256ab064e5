//! A device without a framer: its ports undo the line code and give raw bits, words of 64 at a time.
//!
//! Stands for bit-stream devices behind [`LineIo`]. It moves one frame a granule, so a wire at one of its
//! ports needs to delay no more than 256 symbols when the other end moves single frames as well.
use crate::clock::TimeBase;
use crate::wire::{WireEnd, most_words};
use tandem_card::{
    Abilities, CardError, CardInfo, ClockSource, LineIo, LineSignal, LineTests, PortKind, SpanConfig,
};
use tandem_line::{Decoder, Encoder, LosDetector, Symbols};
use tandem_rt::MediaTick;

/// A device of raw ports.
#[derive(Debug)]
pub struct BitPort {
    info: CardInfo,
    started: bool,
    time_base: TimeBase,
    /// The offset of its own oscillator, in parts per billion.
    ppb: i64,
    /// The port whose line makes simulated time.
    follows: Option<usize>,
    ports: Vec<Port>,
}

#[derive(Debug)]
struct Port {
    wire: Option<WireEnd>,
    encoder: Encoder,
    decoder: Decoder,
    /// The words that leave in this granule: they were handed over in the last.
    leaving: [u64; most_words(1)],
    leaving_count: usize,
    los: LosDetector,
}

impl BitPort {
    /// A device with a port for each of these wires; a port without a wire hears no pulses. Simulated time is its
    /// clock.
    #[must_use]
    pub fn new(wires: impl IntoIterator<Item = Option<WireEnd>>) -> Self {
        let ports: Vec<Port> = wires.into_iter().map(Port::new).collect();
        let info = CardInfo {
            model: "bits",
            serial: None,
            spans: vec![PortKind::E1OrT1; ports.len()],
            granule: 1,
            abilities: Abilities {
                clocks: true,
                loops: [true; 3],
                errors: [false, true, true, true],
                alarms: true,
                customer_alarms: true,
                sa_bits: true,
                sync_messages: true,
                loop_commands: true,
                network_loops: true,
                line_tests: LineTests::All,
                changes: true,
                loses_frames: false,
            },
        };
        Self { info, started: false, time_base: TimeBase::default(), ppb: 0, follows: None, ports }
    }

    /// The same with an oscillator that is off by so many parts per billion. It makes simulated time, whose base is
    /// that of the wires, until a line does.
    #[must_use]
    pub fn with_oscillator(mut self, time_base: TimeBase, ppb: i64) -> Self {
        time_base.set_ppb(ppb);
        (self.time_base, self.ppb) = (time_base, ppb);
        self
    }
}

impl LineIo for BitPort {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        let spans = self.ports.len();
        let port = self.ports.get_mut(span).ok_or(CardError::NoSuchSpan { span, spans })?;
        if !PortKind::E1OrT1.carries(config.framing) {
            return Err(CardError::Unsupported("no such framing"));
        }
        (port.encoder, port.decoder) = (Encoder::new(config.line_code), Decoder::new(config.line_code));
        port.los = config.framing.los_detector();
        Ok(())
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.started = true;
        for port in &mut self.ports {
            port.leaving_count = 0;
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.started = false;
    }

    /// A line that is followed is followed as it changes; of one that is lost the last clock is held.
    fn service(&mut self, _: &MediaTick<'_>) {
        let followed = self.follows.and_then(|port| self.ports.get(port));
        if let Some(Port { wire: Some(wire), los, .. }) = followed
            && !los.is_lost()
        {
            self.time_base.set_ppb(wire.received_ppb());
        }
    }

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, words: &mut [u64]) -> (usize, LineSignal) {
        self.ports
            .get_mut(span)
            .map_or((0, LineSignal { loss_of_signal: true, ..LineSignal::default() }), |port| {
                port.receive(words)
            })
    }

    fn transmit(&mut self, _: &MediaTick<'_>, span: usize, words: &[u64]) {
        if let Some(port) = self.ports.get_mut(span) {
            port.transmit(words, self.started);
        }
    }

    fn set_clock(&mut self, source: ClockSource) {
        self.follows = match source {
            ClockSource::Span(port) => Some(port),
            ClockSource::Internal | ClockSource::OtherCard => None,
        };
        if source == ClockSource::Internal {
            self.time_base.set_ppb(self.ppb);
        }
    }
}

impl Port {
    fn new(wire: Option<WireEnd>) -> Self {
        let config = SpanConfig::default();
        Self {
            wire,
            encoder: Encoder::new(config.line_code),
            decoder: Decoder::new(config.line_code),
            leaving: [u64::MAX; most_words(1)],
            leaving_count: 0,
            los: config.framing.los_detector(),
        }
    }

    fn receive(&mut self, words: &mut [u64]) -> (usize, LineSignal) {
        let mut symbols = [Symbols::default(); most_words(1)];
        let count = match &mut self.wire {
            Some(wire) => wire.receive(1, &mut symbols),
            None => NO_WIRE_WORDS,
        };
        let (symbols, words) = (&symbols[..count], &mut words[..count]);
        self.los.push(symbols);
        let report = self.decoder.decode(symbols, words);
        let signal = LineSignal {
            loss_of_signal: self.los.is_lost(),
            line_code_violations: report.line_code_violations,
            excess_zeros: report.excess_zeros,
        };
        (count, signal)
    }

    /// Before the first granule there are ones, as many words as the first granule has.
    fn transmit(&mut self, words: &[u64], started: bool) {
        let words = &words[..words.len().min(self.leaving.len())];
        let mut symbols = [Symbols::default(); most_words(1)];
        let count = if self.leaving_count == 0 { words.len() } else { self.leaving_count };
        if started {
            self.encoder.encode(&self.leaving[..count], &mut symbols[..count]);
        }
        if let Some(wire) = &mut self.wire {
            wire.send(&symbols[..count]);
        }
        self.leaving[..words.len()].copy_from_slice(words);
        self.leaving_count = words.len();
    }
}

/// What a port without a wire hears in a frame.
const NO_WIRE_WORDS: usize = 4;
