//! A device without a framer: its ports undo the line code and give raw bits, a frame's length at a time.
//!
//! Stands for bit-stream devices behind [`LineIo`]. It moves one frame a granule, so a wire at one of its
//! ports needs to delay no more than 256 symbols when the other end moves single frames as well.
use crate::wire::{FRAME_WORDS, WireEnd};
use tandem_card::{CardError, CardInfo, Frame, LineCode, LineIo, LineSignal, PortKind};
use tandem_line::{Decoder, Encoder, LosDetector, Symbols, frame_from_words, frame_to_words};
use tandem_rt::MediaTick;

/// A device of raw E1 ports.
#[derive(Debug)]
pub struct BitPort {
    info: CardInfo,
    started: bool,
    ports: Vec<Port>,
}

#[derive(Debug)]
struct Port {
    wire: Option<WireEnd>,
    encoder: Encoder,
    decoder: Decoder,
    /// The bits that leave in this granule: they were handed over in the last.
    leaving: Frame,
    los: LosDetector,
}

impl BitPort {
    /// A device with a port for each of these wires; a port without a wire hears no pulses.
    #[must_use]
    pub fn new(wires: impl IntoIterator<Item = Option<WireEnd>>) -> Self {
        let ports: Vec<Port> = wires.into_iter().map(Port::new).collect();
        let info = CardInfo { model: "bits", spans: vec![PortKind::E1; ports.len()], granule: 1 };
        Self { info, started: false, ports }
    }
}

impl LineIo for BitPort {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, line_code: LineCode) -> Result<(), CardError> {
        let spans = self.ports.len();
        let port = self.ports.get_mut(span).ok_or(CardError::NoSuchSpan { span, spans })?;
        let code = match line_code {
            LineCode::Hdb3 => tandem_line::LineCode::Hdb3,
            LineCode::Ami => tandem_line::LineCode::Ami,
        };
        (port.encoder, port.decoder) = (Encoder::new(code), Decoder::new(code));
        Ok(())
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.started = true;
        for port in &mut self.ports {
            port.leaving = [0xff; 32];
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.started = false;
    }

    fn service(&mut self, _: &MediaTick<'_>) {}

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, bits: &mut [Frame]) -> LineSignal {
        match self.ports.get_mut(span) {
            Some(port) => port.receive(bits),
            None => {
                bits.fill([0; 32]);
                LineSignal { loss_of_signal: true, ..LineSignal::default() }
            }
        }
    }

    fn transmit(&mut self, _: &MediaTick<'_>, span: usize, bits: &[Frame]) {
        if let Some(port) = self.ports.get_mut(span) {
            port.transmit(bits, self.started);
        }
    }
}

impl Port {
    fn new(wire: Option<WireEnd>) -> Self {
        let code = tandem_line::LineCode::Hdb3;
        Self {
            wire,
            encoder: Encoder::new(code),
            decoder: Decoder::new(code),
            leaving: [0xff; 32],
            los: LosDetector::default(),
        }
    }

    fn receive(&mut self, bits: &mut [Frame]) -> LineSignal {
        let mut signal = LineSignal::default();
        for frame in bits {
            let mut symbols = [Symbols::default(); FRAME_WORDS];
            if let Some(wire) = &mut self.wire {
                wire.receive(&mut symbols);
            }
            self.los.push(&symbols);
            let mut words = [0; FRAME_WORDS];
            let report = self.decoder.decode(&symbols, &mut words);
            signal.line_code_violations += report.line_code_violations;
            signal.excess_zeros += report.excess_zeros;
            *frame = frame_from_words(&words);
        }
        signal.loss_of_signal = self.los.is_lost();
        signal
    }

    fn transmit(&mut self, bits: &[Frame], started: bool) {
        for frame in bits {
            let leaving = std::mem::replace(&mut self.leaving, *frame);
            let mut symbols = [Symbols::default(); FRAME_WORDS];
            if started {
                self.encoder.encode(&frame_to_words(&leaving), &mut symbols);
            }
            if let Some(wire) = &mut self.wire {
                wire.send(&symbols);
            }
        }
    }
}
