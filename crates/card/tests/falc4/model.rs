//! A small model of the card's registers, for the driver's tests only: raw offsets, no framer inside. The
//! tests put status, counters and bits in; the model keeps what the driver writes and counts every access.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tandem_card::Bus;
use tandem_types::FrameTime;

/// The end that the test holds.
#[derive(Clone, Debug)]
pub(crate) struct Fake(Arc<Mutex<Model>>);

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) words: [u32; 16],
    pub(crate) framers: [[u8; 256]; 4],
    pub(crate) rs: [[u8; 16]; 4],
    pub(crate) dma: Vec<u8>,
    /// (span, register, value) of every framer write.
    pub(crate) written: Vec<(usize, u8, u8)>,
    /// (word, value) of every bridge write but those to LADDR and LDATA, and (10, span << 8 | register) for
    /// every framer write among them.
    pub(crate) bridge_written: Vec<(usize, u32)>,
    /// First octet of span 0, slot 1 of every transmit half, as the card began to drain it.
    pub(crate) sent: Vec<u8>,
    pub(crate) reads: usize,
    pub(crate) writes: usize,
    pub(crate) interrupt_line_works: bool,
    pub(crate) pulled: bool,
    /// When set, the card is pulled after so many more reads.
    pub(crate) pulled_after: Option<usize>,
    /// The next read of INTR gives all ones.
    pub(crate) glitch: bool,
    /// What the next read of INTR gives besides.
    pub(crate) odd_intr: u32,
    /// When set, reads are random from this seed.
    pub(crate) hostile: Option<u64>,
    pub(crate) rxident: u32,
    /// How far the card's own time is ahead of what the driver says.
    pub(crate) ahead: u64,
    complete: bool,
    next_swap: u64,
}

impl Fake {
    pub(crate) fn new() -> Self {
        let mut model = Model {
            words: [0; 16],
            framers: [[0; 256]; 4],
            rs: [[0; 16]; 4],
            dma: vec![0; 8192],
            written: Vec::with_capacity(1 << 16),
            bridge_written: Vec::with_capacity(1 << 16),
            sent: Vec::with_capacity(1 << 16),
            reads: 0,
            writes: 0,
            interrupt_line_works: true,
            pulled: false,
            pulled_after: None,
            glitch: false,
            odd_intr: 0,
            hostile: None,
            rxident: 0,
            ahead: 0,
            complete: false,
            next_swap: 8,
        };
        model.words[6] = 0xd00d_0117;
        model.reset_framers();
        Self(Arc::new(Mutex::new(model)))
    }

    pub(crate) fn model(&self) -> MutexGuard<'_, Model> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model {
    pub(crate) fn accesses(&self) -> usize {
        self.reads + self.writes
    }

    pub(crate) fn forget(&mut self) {
        (self.reads, self.writes) = (0, 0);
        self.written.clear();
        self.bridge_written.clear();
    }

    fn reset_framers(&mut self) {
        for framer in &mut self.framers {
            *framer = [0; 256];
            framer[0x14..=0x18].fill(0xff);
        }
    }

    fn gis(&self, span: usize) -> u8 {
        let framer = &self.framers[span];
        (0..5).fold(0, |gis, n| gis | u8::from(framer[0x68 + n] & !framer[0x14 + n] != 0) << n)
    }

    fn cis(&self) -> u8 {
        (0..4).fold(0, |cis, span| cis | u8::from(self.gis(span) != 0) << span)
    }

    fn read_framer(&mut self, span: usize, register: u8) -> u8 {
        match register {
            0x68..=0x6c => std::mem::take(&mut self.framers[span][usize::from(register)]),
            0x6e => self.gis(span),
            0x6f => self.cis(),
            0x70..=0x7f => self.rs[span][usize::from(register - 0x70)],
            other => self.framers[span][usize::from(other)],
        }
    }

    fn write_laddr(&mut self, value: u32) {
        let rising = value & !self.words[10];
        self.words[10] = value;
        let (span, register) = ((value >> 8 & 3) as usize, value as u8);
        if value & 0x1000 == 0 && self.words[7] & 0x1000 != 0 && value & 0x400 != 0 {
            if rising & 0x8000 != 0 {
                self.words[11] = u32::from(self.read_framer(span, register));
            }
            if rising & 0x1_0000 != 0 {
                self.framers[span][usize::from(register)] = self.words[11] as u8;
                self.written.push((span, register, self.words[11] as u8));
                self.bridge_written.push((10, value & 0x3ff));
            }
        }
    }

    fn swap(&mut self, at: u64) {
        let rx = self.words[0] as usize + 1024 * (self.rxident as usize & 1);
        for slot in 0..128 {
            for frame in 0..8 {
                self.dma[rx + 8 * slot + frame] = received_octet(at - 8 + frame as u64, slot);
            }
        }
        self.rxident = (self.rxident + 1) & 0x7f;
        self.complete = true;
        let tx = self.words[1] as usize + 1024 * (self.rxident as usize & 1);
        self.sent.push(self.dma[tx + 8]);
    }

    fn random(&mut self) -> Option<u32> {
        let seed = self.hostile.as_mut()?;
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        Some(match *seed % 16 {
            0 => 0,
            1 => 0xffff_ffff,
            _ => (*seed >> 16) as u32,
        })
    }

    /// What garbage looks like that could be a card: bits that are always 0 are, and the name is right.
    fn hostile_answer(&mut self, word: usize) -> Option<u32> {
        let random = self.random()?;
        Some(match word {
            _ if random == 0xffff_ffff => random,
            4 => random & 0x007f_0003,
            6 => 0xd00d_0117,
            _ => random,
        })
    }
}

/// What the model's far end sends in `slot` (32 a span) of a frame.
pub(crate) fn received_octet(frame: u64, slot: usize) -> u8 {
    (frame * 7 + slot as u64) as u8
}

impl Bus for Fake {
    fn read32(&mut self, word: usize) -> u32 {
        let mut model = self.model();
        model.reads += 1;
        match &mut model.pulled_after {
            Some(0) => model.pulled = true,
            Some(reads) => *reads -= 1,
            None => {}
        }
        if model.pulled || (word == 4 && std::mem::take(&mut model.glitch)) {
            return 0xffff_ffff;
        }
        if let Some(answer) = model.hostile_answer(word) {
            return answer;
        }
        match word {
            4 => {
                std::mem::take(&mut model.odd_intr)
                    | model.rxident << 16
                    | u32::from(model.complete) << 1
                    | u32::from(model.cis() != 0)
            }
            0..=3 | 6 | 7 | 10 | 11 | 15 => model.words[word],
            _ => 0xffff_ffff,
        }
    }

    fn write32(&mut self, word: usize, value: u32) {
        let mut model = self.model();
        model.writes += 1;
        match word {
            4 => model.complete = false,
            10 => return model.write_laddr(value),
            0..=3 | 7 | 11 | 13 | 14 => model.words[word] = value,
            _ => {}
        }
        if word == 7 && value & 0x1000 == 0 {
            model.reset_framers();
        }
        if word != 11 {
            model.bridge_written.push((word, value));
        }
    }

    fn dma_size(&self) -> usize {
        self.model().dma.len()
    }

    fn dma_read(&mut self, offset: usize, into: &mut [u8]) {
        into.copy_from_slice(&self.model().dma[offset..offset + into.len()]);
    }

    fn dma_write(&mut self, offset: usize, from: &[u8]) {
        self.model().dma[offset..offset + from.len()].copy_from_slice(from);
    }

    fn interrupt(&mut self, now: FrameTime) -> bool {
        let mut model = self.model();
        while model.next_swap <= now.0 + model.ahead {
            let at = model.next_swap;
            model.next_swap += 8;
            if model.words[3] & 0xc000_0000 == 0xc000_0000 {
                model.swap(at);
            }
        }
        model.interrupt_line_works && (model.complete || model.cis() != 0)
    }
}
