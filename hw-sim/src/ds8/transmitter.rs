//! Transmit side of a span: frames of the transmit highway in, words of bits and symbols out, by the clock of the
//! line.
use super::bert::Bert;
use super::e1_receive::when;
use super::e1_send::{Consequence, E1Send};
use super::hdlc_send::HdlcSend;
use super::receiver::IDLE;
use super::registers::{self as reg, Registers, set, state};
use super::t1_send::T1Send;
use super::violation::Violator;
use tandem_line::t1::AisCiGenerator;
use tandem_line::{ElasticStore, Encoder, FrameWords, LineCode, Packer, Slip, Smf, Symbols};

#[derive(Clone, Debug)]
enum Framing {
    E1(E1Send),
    T1(T1Send),
}

/// Transmit side of one span.
#[derive(Clone, Debug)]
pub(super) struct Transmitter {
    framing: Framing,
    packer: Packer,
    code: LineCode,
    encoder: Encoder,
    violator: Violator,
    store: ElasticStore,
    pub(super) hdlc: HdlcSend,
    /// Words of frames that are made already.
    queue: [u64; 8],
    queued: usize,
    /// TLS1 and TLS2.
    latched: [u8; 2],
    ais_ci: AisCiGenerator,
}

/// What a transmitter looks at while it makes frames.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    pub(super) regs: &'a Registers,
    pub(super) bert: &'a mut Bert,
    pub(super) receive: Consequence,
    /// The last received frame.
    pub(super) received: &'a [u8; 32],
}

impl Transmitter {
    pub(super) const fn new() -> Self {
        Self {
            framing: Framing::T1(T1Send::new()),
            packer: Packer::new(193),
            code: LineCode::Ami,
            encoder: Encoder::new(LineCode::Ami),
            violator: Violator::NONE,
            store: ElasticStore::new(),
            hdlc: HdlcSend::new(),
            queue: [0; 8],
            queued: 0,
            latched: [0; 2],
            ais_ci: AisCiGenerator::new(),
        }
    }

    /// TLS1 and TLS2, by index.
    pub(super) fn latched(&self, index: usize) -> u8 {
        self.latched[index & 1]
    }

    /// The host writes ones.
    pub(super) fn clear(&mut self, index: usize, bits: u8) {
        self.latched[index & 1] &= !bits;
    }

    /// TIIR.
    pub(super) fn information(&self, regs: &Registers) -> u8 {
        let pending = |index: usize| self.latched(index) & regs.get(reg::TIM1 + index) != 0;
        u8::from(pending(0)) | u8::from(pending(1)) << 1
    }

    pub(super) const fn violate(&mut self) {
        self.violator.want();
    }

    pub(super) fn report(&mut self, smf: Smf) {
        if let Framing::E1(e1) = &mut self.framing {
            e1.report(smf);
        }
    }

    /// Takes over what was written. What stays as it is keeps its state.
    pub(super) fn configure(&mut self, regs: &Registers) {
        let e1 = regs.has(reg::TMMR, set::E1);
        if e1 != matches!(self.framing, Framing::E1(_)) {
            self.framing = if e1 { Framing::E1(E1Send::new()) } else { Framing::T1(T1Send::new()) };
            self.packer = Packer::new(if e1 { 256 } else { 193 });
            self.queued = 0;
        }
        let code = regs.line_code(reg::TMMR);
        if code != self.code {
            (self.code, self.encoder) = (code, Encoder::new(code));
        }
    }

    /// A frame of the system clock comes from the highway.
    pub(super) fn write(&mut self, frame: &[u8; 32], regs: &Registers) {
        let slip = self.store.write(frame);
        self.note_slip(slip, regs);
    }

    /// The next words of the line.
    pub(super) fn words(&mut self, words: &mut [u64], around: &mut Surroundings<'_>) {
        for word in words {
            while self.queued == 0 {
                let frame = self.frame(around);
                let (queue, queued) = (&mut self.queue, &mut self.queued);
                self.packer.push(&frame, |word| {
                    queue[*queued & 7] = word;
                    *queued += 1;
                });
            }
            *word = self.queue[0];
            self.queue.copy_within(1.., 0);
            self.queued -= 1;
        }
    }

    /// Words as symbols of the line.
    pub(super) fn encode(&mut self, words: &[u64], symbols: &mut [Symbols]) {
        self.encoder.encode(words, symbols);
        self.violator.apply(self.code, symbols);
    }

    fn frame(&mut self, around: &mut Surroundings<'_>) -> FrameWords {
        let (highway, slip) = self.store.read();
        let highway = *highway;
        let regs = around.regs;
        self.note_slip(slip, regs);
        let mut slots = if regs.has(reg::TESCR, set::STORE) { highway } else { IDLE };
        if regs.has(reg::RCR3, set::PLB) {
            slots[1..].copy_from_slice(&around.received[1..]);
        }
        self.fill(around.regs, around.bert, &mut slots);
        let (words, told) = match &mut self.framing {
            Framing::E1(e1) => {
                let (words, told) = e1.frame(regs, around.receive, &mut slots);
                (words, [told, 0])
            }
            Framing::T1(t1) => t1.frame(regs, &mut self.hdlc, &mut slots),
        };
        self.latch(0, told[0], regs);
        self.latch(1, told[1], regs);
        let tested = regs.get(reg::TXPC) & TEST == TEST;
        let (e1, ais) = (regs.has(reg::TMMR, set::E1), regs.has(reg::TCR1, set::TAIS));
        // The test goes on underneath.
        let words = if tested { unframed(around.bert, if e1 { 256 } else { 193 }) } else { words };
        match () {
            () if !regs.has(reg::TMMR, set::FRM_EN) => [u64::MAX; 4],
            () if ais && !e1 && regs.has(reg::TCR4, set::TAISM) => self.ais_ci.frame(),
            () if ais => [u64::MAX; 4],
            () => words,
        }
    }

    /// What takes the place of the highway: idle codes, messages, the test, the in-band code.
    fn fill(&mut self, regs: &Registers, bert: &mut Bert, slots: &mut [u8; 32]) {
        let codes = regs.timeslots(reg::TCICE1);
        if codes != 0 {
            let (idle, first): ([u8; 32], _) = (regs.row(reg::TIDR1), usize::from(!regs.is_e1()));
            for (slot, octet) in slots.iter_mut().enumerate().filter(|(slot, _)| codes >> slot & 1 != 0) {
                *octet = idle[(slot + 32 - first) & 31];
            }
        }
        let thc2 = regs.get(reg::THC2);
        if thc2 & set::THCEN != 0 && !regs.has(reg::THC1, set::THMS) {
            let slot = &mut slots[usize::from(thc2 & set::THCS)];
            for _ in 0..8 {
                let (bit, told) = self.hdlc.poll(regs.get(reg::THC1));
                *slot = *slot << 1 | u8::from(bit);
                self.latched[1] |= told & when(regs.has(reg::TMMR, set::INIT_DONE), 0xff);
            }
        }
        if regs.get(reg::TXPC) & TEST == set::BERT_ON {
            let (chosen, left_out) = (regs.timeslots(reg::TBPCS1), regs.get(reg::TBPBS));
            for (_, octet) in slots.iter_mut().enumerate().filter(|(slot, _)| chosen >> slot & 1 != 0) {
                for place in (0..8).rev().filter(|place| left_out >> place & 1 == 0) {
                    *octet = *octet & !(1 << place) | u8::from(bert.send()) << place;
                }
            }
        }
        if let Framing::T1(t1) = &mut self.framing
            && regs.has(reg::TCR3, set::TLOOP)
        {
            t1.loop_code(regs, slots);
        }
    }

    fn note_slip(&mut self, slip: Option<Slip>, regs: &Registers) {
        match slip {
            Some(Slip::Deleted) => self.latch(0, state::TESF | state::TSLIP, regs),
            Some(Slip::Repeated) => self.latch(0, state::TESEM | state::TSLIP, regs),
            None => {}
        }
    }

    /// No latched bit is set before the set-up is complete.
    fn latch(&mut self, index: usize, bits: u8, regs: &Registers) {
        if regs.has(reg::TMMR, set::INIT_DONE) {
            self.latched[index & 1] |= bits;
        }
    }
}

/// A frame all of whose bits are the test's.
fn unframed(bert: &mut Bert, bits: u32) -> FrameWords {
    let mut words = [0; 4];
    for place in 0..bits {
        words[place as usize / 64] |= u64::from(bert.send()) << (63 - place % 64);
    }
    words
}

const TEST: u8 = set::BERT_ON | set::BERT_UNFRAMED;
