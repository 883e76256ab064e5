//! Receive side of a span: symbols in; frames on the receive highway, status and interrupts out.
use super::counters::{Counter, Counters};
use super::dma::{FRAMES, Piece};
use super::interrupts::Interrupts;
use super::line_test::LineTest;
use super::los::LossOfSignal;
use super::registers::{set, state};
use crate::signalling_slot::SignallingSlot;
use crate::wire::most_words;
use tandem_line::{
    Decoder, DeframerSink, E1Config, E1Deframer, ElasticStore, FRAME_BITS, LineCode, LineEvent, Slip, Smf,
    Symbols, Unpacker, frame_from_words,
};
use tandem_types::{Abcd, Defect, Timeslot};

/// What the registers say of the receive side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReceiverSetup {
    pub(super) code: LineCode,
    pub(super) framing: E1Config,
}

/// Receive side of one span.
#[derive(Debug)]
pub(super) struct Receiver {
    setup: ReceiverSetup,
    decoder: Decoder,
    deframer: E1Deframer,
    los: LossOfSignal,
    unpacker: Unpacker,
    store: ElasticStore,
    signalling: SignallingSlot,
    /// LCR1.EPRM: the pattern is looked for.
    test: Option<LineTest>,
    status: Status,
}

/// What is told of the received signal.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) interrupts: Interrupts,
    pub(super) counters: Counters,
    /// GCR.SCI.
    both_edges: bool,
    /// FRS0.NMF: G.706 Annex B has given up on the CRC-4 multiframe.
    no_multiframe: bool,
    /// RS1 to RS16.
    signalling: [u8; 16],
    /// RSW: timeslot 0 of the last frame whose bit 2 is 1.
    pub(super) service_word: u8,
    /// RSA4 to RSA8, and those of the multiframe that is coming in.
    sa: [u8; 5],
    coming_sa: [u8; 5],
}

/// Takes what the deframer finds, one push at a time.
struct Sink<'a> {
    status: &'a mut Status,
    signalling: &'a mut SignallingSlot,
    store: &'a mut ElasticStore,
}

impl Receiver {
    pub(super) fn new(setup: ReceiverSetup, pcd: u8, pcr: u8) -> Self {
        Self {
            setup,
            decoder: Decoder::new(setup.code),
            deframer: E1Deframer::new(&setup.framing),
            los: LossOfSignal::new(pcd, pcr),
            unpacker: Unpacker::new(FRAME_BITS as u32),
            store: ElasticStore::new(),
            signalling: SignallingSlot::default(),
            test: None,
            status: Status::new(),
        }
    }

    /// The registers were written. What they leave as it is keeps its state.
    pub(super) fn configure(&mut self, setup: ReceiverSetup, pcd: u8, pcr: u8, global: u8) {
        if setup.code != self.setup.code {
            self.decoder = Decoder::new(setup.code);
        }
        if setup.framing != self.setup.framing {
            self.deframer = E1Deframer::new(&setup.framing);
            self.status.no_multiframe = false;
        }
        self.setup = setup;
        self.los.set(pcd, pcr);
        self.status.both_edges = global & set::GCR_SCI != 0;
        self.status.interrupts.set_masked_visible(global & set::GCR_VIS != 0);
    }

    /// LCR1.EPRM was written. What was counted of a pattern before is forgotten.
    pub(super) fn watch_pattern(&mut self, on: bool) {
        if on != self.test.is_some() {
            self.test = on.then(LineTest::new);
            self.status.counters.clear(Counter::Pattern);
        }
    }

    /// Whether the pattern is received.
    pub(super) fn finds_pattern(&self) -> bool {
        self.test.as_ref().is_some_and(LineTest::is_found)
    }

    /// Eight frames begin, in which this timeslot is kept apart.
    pub(super) const fn begin(&mut self, signalling: u8) {
        self.signalling.begin(signalling);
    }

    /// What it brought.
    pub(super) const fn signalling(&self) -> &SignallingSlot {
        &self.signalling
    }

    /// Takes the symbols that came in eight frames of the card's clock and fills the receive highway; `errored`
    /// hears of every errored sub-multiframe.
    pub(super) fn take(&mut self, symbols: &[Symbols], highway: &mut Piece, mut errored: impl FnMut(Smf)) {
        self.los.push(symbols);
        self.deframer.note_signal(self.los.is_lost());
        let mut bits = [0; most_words(FRAMES)];
        let bits = &mut bits[..symbols.len()];
        let report = self.decoder.decode(symbols, bits);
        let violations = report.line_code_violations.saturating_add(report.excess_zeros);
        self.status.counters.add(Counter::CodeViolations, violations);
        if let Some(test) = &mut self.test {
            self.status.counters.add(Counter::Pattern, test.take(bits));
        }
        let mut taken = 0;
        for (number, octets) in (1..).zip(highway) {
            // The line's clock writes the store and the card's reads it, in the order in which they tick.
            let end = (number * bits.len()).div_ceil(FRAMES);
            for word in &bits[taken..end] {
                if let Some(words) = self.unpacker.push(*word) {
                    let Self { status, signalling, store, .. } = self;
                    let mut sink = Sink { status, signalling, store };
                    self.deframer.push(&frame_from_words(&words), &mut sink);
                    if let Some(smf) = self.deframer.errored_smf() {
                        errored(smf);
                    }
                    if let Some(number) = self.deframer.multiframe_number().filter(|number| number & 1 == 1) {
                        self.status.take_sa(number);
                    }
                }
            }
            taken = end;
            let (frame, slip) = self.store.read();
            *octets = *frame;
            self.status.slip(slip);
        }
    }

    pub(super) const fn is_aligned(&self) -> bool {
        self.deframer.is_aligned()
    }

    pub(super) const fn is_crc_aligned(&self) -> bool {
        self.deframer.is_crc_aligned()
    }

    pub(super) const fn status(&self) -> &Status {
        &self.status
    }

    pub(super) const fn status_mut(&mut self) -> &mut Status {
        &mut self.status
    }

    /// FRS0, the state now.
    pub(super) fn frs0(&self) -> u8 {
        let defects = self.deframer.defects();
        let expects_crc = self.setup.framing.crc4 != tandem_line::CrcMode::Off;
        let no_multiframe = self.status.no_multiframe;
        when(self.los.is_lost(), state::LOS)
            | when(defects.contains(Defect::Ais), state::AIS)
            | when(!self.is_aligned(), state::LFA)
            | when(defects.contains(Defect::Rai), state::RRA)
            | when(no_multiframe, state::NMF)
            | when(expects_crc && !no_multiframe && !self.is_crc_aligned(), state::LMFA)
    }

    /// FRS1, the state now.
    pub(super) fn frs1(&self) -> u8 {
        let defects = self.deframer.defects();
        let no_cas = self.setup.framing.cas && !self.deframer.is_cas_aligned();
        when(defects.contains(Defect::CasRai), state::TS16RA)
            | when(defects.contains(Defect::CasAis), state::TS16AIS)
            | when(no_cas, state::TS16LFA)
    }

    /// A second has passed.
    pub(super) fn second(&mut self, latch: bool) {
        let severe = self.frs0() & (state::LOS | state::AIS | state::LFA) != 0;
        let status = &mut self.status;
        let errored = severe || status.counters.is_errored();
        status.interrupts.raise(3, state::ISR3_SEC | when(errored, state::ISR3_ES));
        if latch {
            status.counters.latch();
        }
    }
}

impl Status {
    const fn new() -> Self {
        Self {
            interrupts: Interrupts::new(),
            counters: Counters::new(),
            both_edges: false,
            no_multiframe: false,
            signalling: [0; 16],
            service_word: 0,
            sa: [0; 5],
            coming_sa: [0; 5],
        }
    }

    /// RSA4 to RSA8, by index.
    pub(super) fn received_sa(&self, index: u8) -> u8 {
        self.sa.get(usize::from(index)).copied().unwrap_or(0)
    }

    /// Keeps the Sa bits of the service word that was this frame of a multiframe.
    fn take_sa(&mut self, number: u8) {
        for (place, octet) in self.coming_sa.iter_mut().enumerate() {
            *octet = *octet >> 1 | (self.service_word >> (4 - place) & 1) << 7;
        }
        if number == 15 {
            self.sa = self.coming_sa;
        }
    }

    /// RS1 to RS16, by index.
    pub(super) fn received_signalling(&self, index: u8) -> u8 {
        self.signalling.get(usize::from(index)).copied().unwrap_or(0)
    }

    /// A controlled slip is told by an interrupt.
    fn slip(&mut self, slip: Option<Slip>) {
        let told = match slip {
            Some(Slip::Deleted) => state::ISR3_RSN,
            Some(Slip::Repeated) => state::ISR3_RSP,
            None => return,
        };
        self.interrupts.raise(3, told);
    }

    fn defect(&mut self, defect: Defect, present: bool) {
        let shown = present || self.both_edges;
        let interrupts = &mut self.interrupts;
        match defect {
            Defect::Los => interrupts.raise(2, when(shown, state::ISR2_LOS)),
            Defect::Ais => interrupts.raise(2, when(shown, state::ISR2_AIS)),
            Defect::Rai => interrupts.raise(2, if present { state::ISR2_RA } else { state::ISR2_RAR }),
            Defect::LossOfCasMultiframe => interrupts.raise(3, when(present, state::ISR3_LMFA16)),
            Defect::CasAis => interrupts.raise(3, state::ISR3_AIS16),
            Defect::CasRai => {
                self.signalling[0] = if present { 0x0f } else { 0x0b };
                interrupts.raise(3, state::ISR3_RA16);
            }
            // Told by the events of alignment.
            Defect::Lof | Defect::Lomf => {}
            // Of T1, and none of a line.
            Defect::RaiCi | Defect::AisCi | Defect::Card => {}
        }
    }

    fn signalling(&mut self, timeslot: Timeslot, abcd: Abcd) {
        let Some(channel) = timeslot.telephone_channel().map(|channel| channel.number()) else { return };
        let (index, shift) = if channel <= 15 { (channel, 4) } else { (channel - 15, 0) };
        if let Some(octet) = self.signalling.get_mut(usize::from(index)) {
            *octet = (*octet & !(0x0f << shift)) | (abcd.bits() << shift);
        }
        self.interrupts.raise(0, state::ISR0_CASC);
    }
}

impl DeframerSink for Sink<'_> {
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        let frame = if aligned { octets } else { &[0xff; 32] };
        self.signalling.take(frame);
        if aligned && octets[0] & 0x40 != 0 {
            self.status.service_word = octets[0];
        }
        let slip = self.store.write(frame);
        self.status.slip(slip);
    }

    fn event(&mut self, event: LineEvent) {
        let status = &mut *self.status;
        match event {
            LineEvent::Aligned { .. } => {
                status.no_multiframe = false;
                status.interrupts.raise(2, state::ISR2_FAR);
            }
            LineEvent::Lost { .. } => {
                status.no_multiframe = false;
                status.interrupts.raise(2, state::ISR2_LFA);
            }
            LineEvent::MultiframeAligned { .. } => {
                status.no_multiframe = false;
                status.interrupts.raise(2, state::ISR2_MFAR);
            }
            LineEvent::NonCrcInterworking { .. } => {
                status.no_multiframe = true;
                status.interrupts.raise(2, state::ISR2_T400MS);
            }
            LineEvent::Defect { defect, present, .. } => status.defect(defect, present),
            LineEvent::CasChange { timeslot, abcd, .. } => status.signalling(timeslot, abcd),
            LineEvent::CrcError { .. } => {
                status.counters.add(Counter::Crc, 1);
                status.interrupts.raise(0, state::ISR0_CRC4);
            }
            LineEvent::FarEndCrcError { .. } => status.counters.add(Counter::EBits, 1),
            LineEvent::FasError { .. } => status.counters.add(Counter::Framing, 1),
            // The chip tells it by FRS1 alone. A remote alarm is told on its own, after this.
            LineEvent::CasAligned { .. } => status.signalling[0] = 0x0b,
        }
    }
}

/// `bits` when the condition holds.
const fn when(holds: bool, bits: u8) -> u8 {
    if holds { bits } else { 0 }
}
