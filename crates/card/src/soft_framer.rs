//! A card made of raw bits and our own framer: one [`E1Terminal`] for each span of a [`LineIo`].
//!
//! Framing, CRC-4, signalling bits and alarms are done here, on the media thread; the line code and loss of
//! signal are the device's. Each frame passes a two-frame elastic store after the framer, so signalling is
//! taken before it. With the clock of the tick on the line the delay is constant: the place of the far
//! end's frames among the bits, and one frame in the store.
use crate::{Card, CardError, CardInfo, Crc4, Frame, LineIo, LineSignal, SpanConfig, SpanStatus};
use tandem_line::{CodeReport, CrcMode, DeframerSink, E1Config, E1Terminal, ElasticStore, LineEvent};
use tandem_rt::MediaTick;
use tandem_types::{Abcd, Timeslot};

/// A [`Card`] over the raw bits of `L`.
#[derive(Debug)]
pub struct SoftFramer<L> {
    line: L,
    spans: Vec<Span>,
    /// Bits on their way between a terminal and the line, one granule long.
    bits: Vec<Frame>,
}

#[derive(Debug)]
struct Span {
    config: E1Config,
    terminal: E1Terminal,
    receiver: Receiver,
    /// What the span received in this granule.
    frames: Vec<Frame>,
    status: SpanStatus,
}

/// Where a terminal puts what it finds.
#[derive(Debug)]
struct Receiver {
    store: ElasticStore,
    bits: [Abcd; Timeslot::PER_FRAME],
}

impl<L: LineIo> SoftFramer<L> {
    /// A framer on every span of `line`, each with the default configuration.
    #[must_use]
    pub fn new(line: L) -> Self {
        let info = line.info();
        let (spans, granule) = (info.spans.len(), info.granule);
        let spans = (0..spans).map(|_| Span::new(granule)).collect();
        Self { line, spans, bits: vec![ONES; granule] }
    }

    /// The device below.
    #[must_use]
    pub const fn line(&self) -> &L {
        &self.line
    }

    /// The device below, for what a card has no word for.
    pub const fn line_mut(&mut self) -> &mut L {
        &mut self.line
    }

    /// The framer of `span`, to look at.
    #[must_use]
    pub fn terminal(&self, span: usize) -> Option<&E1Terminal> {
        self.spans.get(span).map(|span| &span.terminal)
    }
}

impl<L: LineIo> Card for SoftFramer<L> {
    fn info(&self) -> &CardInfo {
        self.line.info()
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        let spans = self.spans.len();
        let place = self.spans.get_mut(span).ok_or(CardError::NoSuchSpan { span, spans })?;
        self.line.configure(span, config.line_code)?;
        place.config = framing(config);
        Ok(())
    }

    fn start(&mut self) -> Result<(), CardError> {
        for span in &mut self.spans {
            span.restart();
        }
        self.line.start()
    }

    fn stop(&mut self) {
        self.line.stop();
    }

    fn service(&mut self, tick: &MediaTick<'_>) {
        self.line.service(tick);
        for (number, span) in self.spans.iter_mut().enumerate() {
            let signal = self.line.receive(tick, number, &mut self.bits);
            span.take(&signal, &self.bits);
        }
    }

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        for (frame, received) in frames.iter_mut().zip(&self.spans[span].frames) {
            *frame = *received;
        }
    }

    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        let terminal = &mut self.spans[span].terminal;
        for (bits, frame) in self.bits.iter_mut().zip(frames) {
            *bits = *frame;
            terminal.transmit(bits);
        }
        self.line.transmit(tick, span, &self.bits);
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.spans[span].receiver.bits
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        if let Some(channel) = slot.telephone_channel() {
            // Refused are bits that would imitate the multiframe alignment signal; the last ones stay.
            let _ = self.spans[span].terminal.set_abcd(channel, bits);
        }
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.spans[span].status
    }
}

impl Span {
    fn new(granule: usize) -> Self {
        let config = framing(&SpanConfig::default());
        Self {
            config,
            terminal: E1Terminal::new(config),
            receiver: Receiver::new(),
            frames: vec![ONES; granule],
            status: SpanStatus::default(),
        }
    }

    fn restart(&mut self) {
        self.terminal = E1Terminal::new(self.config);
        self.receiver = Receiver::new();
        self.frames.fill(ONES);
        self.status = SpanStatus::default();
    }

    /// Takes the bits of a granule. The signal's figures are those of the whole granule, so a loss inside
    /// it is heard at its first frame.
    fn take(&mut self, signal: &LineSignal, bits: &[Frame]) {
        self.terminal.note_signal(signal.loss_of_signal);
        self.terminal.note_line_code(&CodeReport {
            line_code_violations: signal.line_code_violations,
            excess_zeros: signal.excess_zeros,
        });
        for (bits, frame) in bits.iter().zip(&mut self.frames) {
            self.terminal.receive(bits, &mut self.receiver);
            *frame = *self.receiver.store.read().0;
        }
        self.note_status();
    }

    fn note_status(&mut self) {
        self.status.defects = self.terminal.defects();
        let counted = self.terminal.counters();
        let counters = &mut self.status.counters;
        counters.fas_errors = counted.fas_errors;
        counters.crc_errors = counted.crc_errors;
        counters.e_bits = counted.e_bits;
        counters.line_code_violations = counted.lcv;
        counters.slips_repeated = self.receiver.store.repeated();
        counters.slips_deleted = self.receiver.store.deleted();
    }
}

impl Receiver {
    const fn new() -> Self {
        Self { store: ElasticStore::new(), bits: [Abcd::new(0); Timeslot::PER_FRAME] }
    }
}

impl DeframerSink for Receiver {
    /// Towards the 64 kbit/s channels a span without alignment gives ones (G.732). Slips are counted by
    /// the store.
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        self.store.write(if aligned { octets } else { &ONES });
    }

    fn event(&mut self, event: LineEvent) {
        if let LineEvent::CasChange { timeslot, abcd, .. } = event {
            self.bits[timeslot.index()] = abcd;
        }
    }
}

fn framing(config: &SpanConfig) -> E1Config {
    let crc4 = match config.crc4 {
        Crc4::Off => CrcMode::Off,
        Crc4::On => CrcMode::On,
        Crc4::Auto => CrcMode::Auto,
    };
    E1Config { crc4, cas: config.cas, nfas_loss: false }
}

const ONES: Frame = [0xff; Timeslot::PER_FRAME];
