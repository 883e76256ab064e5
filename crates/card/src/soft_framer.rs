//! A card made of raw bits and our own framer: one [`Terminal`] for each span of a [`LineIo`].
//!
//! Framing, CRC, signalling bits and alarms are done here, on the media thread; the line code and loss of
//! signal are the device's. Each frame passes a two-frame elastic store after the framer, so signalling is
//! taken before it. With the clock of the tick on the line the delay is constant: the place of the far
//! end's frames among the bits, and one frame in the store. With another clock whole frames slip.
mod duties;
mod line_test;

use crate::far_end::FarEnd;
use crate::obedience::Obedience;
use crate::{
    Card, CardError, CardInfo, ClockSource, Frame, LineError, LineIo, LineOrder, LineSignal, Loopback,
    SpanConfig, SpanStatus, add, most_signalling_octets, most_words,
};
use duties::{BOM_TIMES, Duties};
use line_test::LineTest;
use tandem_line::pm::Second;
use tandem_line::t1::MaintenanceEvent;
use tandem_line::{
    CodeReport, DeframerSink, ElasticStore, FrameError, LineCode, LineEvent, Packer, Terminal, Unpacker,
};
use tandem_rt::MediaTick;
use tandem_types::{Abcd, Defect, Frames, LostFrames, MAX_TICK_FRAMES, Timeslot};

/// A [`Card`] over the raw bits of `L`.
#[derive(Debug)]
pub struct SoftFramer<L> {
    line: L,
    spans: Vec<Span>,
}

#[derive(Debug)]
struct Span {
    config: SpanConfig,
    terminal: Terminal,
    unpacker: Unpacker,
    packer: Packer,
    /// Some bits of the frame that the unpacker gathers were not received.
    erased: bool,
    receiver: Receiver,
    /// What the span received in this granule, and which of it did not come.
    frames: Vec<Frame>,
    lost: LostFrames,
    /// Of the last words those of which bits were lost, the newest in bit 0.
    lost_words: u64,
    status: SpanStatus,
    obedience: Obedience,
    duties: Duties,
    /// The test of the whole line.
    test: Option<LineTest>,
    /// Words on their way to the line, and back to it in a line loop.
    sending: Words,
    returning: Words,
}

/// Where a terminal puts what it finds.
#[derive(Debug)]
struct Receiver {
    store: ElasticStore,
    /// The frame that was given last, on its way into the store.
    frame: Frame,
    signalling_slot: Option<Timeslot>,
    /// What that slot brought in this granule. Never grows past its capacity.
    signalling: Vec<u8>,
    bits: [Abcd; Timeslot::PER_FRAME],
    far_end: FarEnd,
    remote_alarm: bool,
}

/// The words of one granule of one span.
#[derive(Debug)]
struct Words {
    words: [u64; most_words(MAX_TICK_FRAMES)],
    count: usize,
}

impl Words {
    const fn new() -> Self {
        Self { words: [u64::MAX; most_words(MAX_TICK_FRAMES)], count: 0 }
    }

    fn held(&self) -> &[u64] {
        &self.words[..self.count]
    }

    fn push(&mut self, word: u64) {
        if let Some(place) = self.words.get_mut(self.count) {
            *place = word;
            self.count += 1;
        }
    }
}

impl<L: LineIo> SoftFramer<L> {
    /// A framer on every span of `line`, each with the default configuration.
    #[must_use]
    pub fn new(line: L) -> Self {
        let info = line.info();
        let (spans, granule) = (info.spans.len(), info.granule);
        let spans = (0..spans).map(|_| Span::new(granule)).collect();
        Self { line, spans }
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
    pub fn terminal(&self, span: usize) -> Option<&Terminal> {
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
        self.line.configure(span, config)?;
        place.config = *config;
        Ok(())
    }

    fn change(&mut self, _: &MediaTick<'_>, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        if !self.info().abilities.changes {
            return Err(CardError::Unsupported("a change of a span while the card runs"));
        }
        self.configure(span, config)?;
        self.spans[span].restart();
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
            let words = &mut span.returning;
            let (count, signal) = self.line.receive(tick, number, &mut words.words);
            words.count = count;
            let line = &self.line;
            span.take(&signal, |word| Missing {
                erased: line.is_erased(number, word),
                lost: line.is_lost(number, word),
            });
        }
    }

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        for (frame, received) in frames.iter_mut().zip(&self.spans[span].frames) {
            *frame = *received;
        }
    }

    fn lost_frames(&self, span: usize) -> LostFrames {
        self.spans[span].lost
    }

    fn receive_signalling(&mut self, _: &MediaTick<'_>, span: usize, octets: &mut [u8]) -> Option<usize> {
        let Receiver { signalling_slot, signalling, .. } = &self.spans.get(span)?.receiver;
        (*signalling_slot)?;
        let count = signalling.len().min(octets.len());
        octets[..count].copy_from_slice(&signalling[..count]);
        Some(count)
    }

    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        let place = &mut self.spans[span];
        place.make(frames);
        let returns = place.status.looped == Some(Loopback::Line);
        let words = if returns { &place.returning } else { &place.sending };
        self.line.transmit(tick, span, words.held());
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.spans[span].receiver.bits
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        // Where these bits cannot be sent the last ones stay.
        let _ = self.spans[span].terminal.set_abcd(slot, bits);
    }

    fn set_clock(&mut self, _: &MediaTick<'_>, source: ClockSource) {
        self.line.set_clock(source);
    }

    fn order(&mut self, _: &MediaTick<'_>, span: usize, order: &LineOrder) {
        let Some(span) = self.spans.get_mut(span) else { return };
        span.obedience.note(order);
        match *order {
            LineOrder::Loop(_) | LineOrder::ObeyLoops(_) => {}
            LineOrder::SendLoopCode(code) => span.duties.send_in_band(code),
            LineOrder::CommandLoop(command) => {
                if let Some(t1) = span.terminal.as_t1_mut() {
                    t1.data_link().send_bom(command.message().code(), Some(BOM_TIMES));
                }
            }
            LineOrder::InsertError(LineError::Framing) => span.terminal.insert_error(FrameError::Framing),
            LineOrder::InsertError(LineError::Crc) => span.terminal.insert_error(FrameError::Crc),
            LineOrder::InsertError(LineError::Payload) => span.terminal.insert_error(FrameError::Payload),
            // The line code is the device's.
            LineOrder::InsertError(LineError::Code) => {}
            LineOrder::SendAis(on) => span.terminal.set_ais(on),
            LineOrder::SendRai(on) => span.terminal.set_rai(on),
            LineOrder::SendAisCi(on) => {
                span.terminal.as_t1_mut().into_iter().for_each(|t1| t1.set_ais_ci(on));
            }
            LineOrder::SendRaiCi(on) => {
                span.terminal.as_t1_mut().into_iter().for_each(|t1| t1.set_rai_ci(on));
            }
            LineOrder::SendSaBits(bits) => {
                if let Some(e1) = span.terminal.as_e1_mut() {
                    e1.set_sa_bits(bits);
                }
            }
            LineOrder::SyncMessage(message) => {
                span.duties.set_quality(message.map(|(_, quality)| quality));
                if let Some(e1) = span.terminal.as_e1_mut() {
                    e1.set_sync_message(message);
                }
            }
            LineOrder::TestLine(pattern) => {
                span.test = pattern.map(LineTest::new);
                span.status.line_test = span.test.as_ref().map(LineTest::state);
            }
            LineOrder::InsertTestErrors(count) => {
                span.test.iter_mut().for_each(|test| test.insert_errors(count));
            }
        }
    }

    fn poll_far_second(&mut self, span: usize) -> Option<Second> {
        self.spans.get_mut(span)?.receiver.far_end.take_second()
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.spans[span].status
    }
}

impl Span {
    fn new(granule: usize) -> Self {
        let signalling = Vec::with_capacity(most_signalling_octets(granule));
        Self::with(SpanConfig::default(), vec![ONES; granule], signalling)
    }

    /// A span in this memory.
    fn with(config: SpanConfig, mut frames: Vec<Frame>, signalling: Vec<u8>) -> Self {
        let bits = config.framing.bits();
        frames.fill(ONES);
        Self {
            config,
            terminal: Terminal::new(config.framing),
            unpacker: Unpacker::new(bits),
            packer: Packer::new(bits),
            erased: false,
            receiver: Receiver::new(config.signalling_slot, signalling),
            frames,
            lost: LostFrames::NONE,
            lost_words: 0,
            status: SpanStatus::default(),
            obedience: Obedience::new(),
            duties: Duties::new(),
            test: None,
            sending: Words::new(),
            returning: Words::new(),
        }
    }

    fn restart(&mut self) {
        // Without new memory: a span is changed on the media thread.
        let (frames, signalling) =
            (std::mem::take(&mut self.frames), std::mem::take(&mut self.receiver.signalling));
        *self = Self::with(self.config, frames, signalling);
        self.status.line_bits = Some(0);
        if let Some(t1) = self.terminal.as_t1_mut() {
            t1.set_zero_suppression(self.config.line_code == LineCode::Ami);
        }
    }

    /// Takes the words of a granule. The signal's figures are those of the whole granule, so a loss inside
    /// it is heard at its first frame. The line's clock writes the store and ours reads it, in the order in which
    /// they tick.
    fn take(&mut self, signal: &LineSignal, missing: impl Fn(usize) -> Missing) {
        // In a local loop we hear what we sent a granule ago.
        let local = self.status.looped == Some(Loopback::Local);
        let Self { sending, returning, terminal, unpacker, receiver, frames, erased, test, .. } = self;
        let Self { lost, lost_words, .. } = self;
        let words = if local { sending.held() } else { returning.held() };
        let dead = signal.loss_of_signal && !local;
        terminal.note_signal(dead);
        if let Some(test) = test {
            test.take(words, dead);
            self.status.line_test = Some(test.state());
        }
        if !local {
            terminal.note_line_code(&CodeReport {
                line_code_violations: signal.line_code_violations,
                excess_zeros: signal.excess_zeros,
            });
        }
        receiver.signalling.clear();
        *lost = LostFrames::NONE;
        let frame_bits = self.config.framing.bits();
        let (granule, mut taken) = (frames.len(), 0);
        for (number, frame) in (1..).zip(frames) {
            let end = (number * words.len()).div_ceil(granule);
            for (place, word) in (taken..).zip(&words[taken..end]) {
                let of_word = if local { Missing::default() } else { missing(place) };
                *erased |= of_word.erased;
                *lost_words = *lost_words << 1 | u64::from(of_word.lost);
                let Some(bits) = unpacker.push(*word) else { continue };
                // Its last bits may be the first of the next frame.
                let rest_is_erased = of_word.erased && unpacker.filled() > 0;
                if std::mem::replace(erased, rest_is_erased) {
                    terminal.receive_erased(&bits, receiver);
                } else {
                    terminal.receive(&bits, receiver);
                }
                let is_lost = *lost_words & words_of(terminal, unpacker, frame_bits) != 0;
                receiver.store.write_marked(&receiver.frame, is_lost);
            }
            taken = end;
            *frame = *receiver.store.read().0;
            if receiver.store.last_is_lost() {
                lost.set(number - 1);
            }
        }
        add(&mut self.status.counters.frames_lost, self.lost.count() as u64);
        let came = 64 * self.returning.count as u64;
        self.status.line_bits = self.status.line_bits.map(|bits| bits.saturating_add(came));
        self.note_status();
        self.attend_to_duties();
    }

    fn attend_to_duties(&mut self) {
        let Some(t1) = self.terminal.as_t1_mut() else {
            self.obedience.close(None, &mut self.status);
            return;
        };
        let passed = Frames(self.frames.len() as u64);
        self.obedience.pass(passed);
        t1.set_loop_hearing(self.obedience.hearing());
        self.obedience.close(t1.commanded_loop(), &mut self.status);
        let counters = &self.status.counters;
        let slips = counters.slips_repeated + counters.slips_deleted;
        let payload_loop = self.status.looped == Some(Loopback::Payload);
        self.duties.pass(self.frames.len(), slips, payload_loop, t1);
        self.receiver.far_end.pass(passed, self.status.defects.is_severe());
        self.status.sync_quality = self.receiver.far_end.quality();
    }

    /// Makes the words of a granule of frames.
    fn make(&mut self, frames: &[Frame]) {
        let Self { terminal, packer, sending, status, duties, test, frames: received, .. } = self;
        sending.count = 0;
        let frames = if status.looped == Some(Loopback::Payload) { received } else { frames };
        for frame in frames {
            let mut slots = *frame;
            duties.replace(&mut slots);
            let mut bits = terminal.transmit(&slots);
            if let Some(test) = test {
                bits = test.make(self.config.framing.bits());
            }
            packer.push(&bits, |word| sending.push(word));
        }
    }

    fn note_status(&mut self) {
        self.status.defects = self.terminal.defects();
        self.receiver.remote_alarm = self.status.defects.contains(Defect::Rai);
        self.status.sync_quality = self.terminal.as_e1_mut().and_then(|e1| e1.sync_quality());
        self.status.sa_bits = self.terminal.as_e1_mut().and_then(|e1| e1.sa_bits());
        let counted = self.terminal.counters();
        let counters = &mut self.status.counters;
        counters.fas_errors = counted.framing_errors;
        counters.severe_framing_errors = counted.severe_framing_errors;
        counters.crc_errors = counted.crc_errors;
        counters.e_bits = counted.e_bits;
        counters.line_code_violations = counted.line_code_violations.saturating_add(counted.excess_zeros);
        counters.slips_repeated = self.receiver.store.repeated();
        counters.slips_deleted = self.receiver.store.deleted();
    }
}

/// What is missing of a word.
#[derive(Clone, Copy, Default)]
struct Missing {
    /// For the framer.
    erased: bool,
    /// For whoever listens.
    lost: bool,
}

/// The words of which the frame is made that the terminal gave last, the newest of all in bit 0: the last bits of that are of
/// a frame to come.
fn words_of(terminal: &Terminal, unpacker: &Unpacker, frame_bits: u32) -> u64 {
    let begins = terminal.frame_began() + u64::from(unpacker.filled());
    let ends = begins.saturating_sub(frame_bits.into());
    let (oldest, newest) = (begins.saturating_sub(1) / 64, ends / 64);
    (u64::MAX >> (63 - oldest.min(63))) & (u64::MAX << newest.min(63))
}

impl Receiver {
    fn new(signalling_slot: Option<Timeslot>, mut signalling: Vec<u8>) -> Self {
        signalling.clear();
        Self {
            store: ElasticStore::new(),
            frame: ONES,
            signalling_slot,
            signalling,
            bits: [Abcd::new(0); Timeslot::PER_FRAME],
            far_end: FarEnd::default(),
            remote_alarm: false,
        }
    }
}

impl DeframerSink for Receiver {
    /// Towards the 64 kbit/s channels a span without alignment gives ones (G.732). Slips are counted by
    /// the store.
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        let frame = if aligned { octets } else { &ONES };
        if let Some(slot) = self.signalling_slot
            && self.signalling.len() < self.signalling.capacity()
        {
            self.signalling.push(frame[slot.index()]);
        }
        self.frame = *frame;
    }

    fn event(&mut self, event: LineEvent) {
        if let LineEvent::CasChange { timeslot, abcd, .. } = event {
            self.bits[timeslot.index()] = abcd;
        }
    }

    fn maintenance(&mut self, event: MaintenanceEvent<'_>) {
        duties::hear(&mut self.far_end, &event, self.remote_alarm);
    }
}

const ONES: Frame = [0xff; Timeslot::PER_FRAME];
