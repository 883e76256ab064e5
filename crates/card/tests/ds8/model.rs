//! A small model of the card's registers, for the driver's tests only: raw offsets, no framer inside. The tests put
//! status, counters and bits in; the model keeps what the driver writes and counts every access.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tandem_card::Bus;
use tandem_types::FrameTime;

/// The end that the test holds.
#[derive(Clone, Debug)]
pub(crate) struct Fake(Arc<Mutex<Model>>);

#[derive(Debug)]
pub(crate) struct Model {
    /// By octet offset / 4.
    words: Vec<u32>,
    pub(crate) dma: Vec<u8>,
    /// Octet offset and value of each write, in order.
    pub(crate) written: Vec<(usize, u32)>,
    /// Of every unit that left, the first octet of span 0, timeslot 1.
    pub(crate) sent: Vec<u8>,
    /// What the receive FIFO of span 0 holds.
    pub(crate) fifo: Vec<u8>,
    pub(crate) reads: usize,
    pub(crate) writes: usize,
    pub(crate) pulled: bool,
    /// When set, the card is pulled after so many more reads.
    pub(crate) pulled_after: Option<usize>,
    /// Time goes by, and the card does not notice.
    pub(crate) frozen: bool,
    /// How far the card's own time is ahead of what the driver says.
    pub(crate) ahead: u64,
    /// The next read of ISR gives all ones.
    pub(crate) glitch: bool,
    /// When set, reads are random from this seed.
    pub(crate) hostile: Option<u64>,
    isr: u32,
    units: u32,
    /// The descriptor that is being moved.
    moving: Option<usize>,
    next_descriptor: usize,
    next_unit: u64,
}

const RING_OCTETS: usize = 526_336;

impl Fake {
    pub(crate) fn new() -> Self {
        let mut model = Model {
            words: vec![0; 0x18000 / 4],
            dma: vec![0; RING_OCTETS],
            written: Vec::with_capacity(1 << 18),
            sent: Vec::with_capacity(1 << 18),
            fifo: Vec::with_capacity(64),
            reads: 0,
            writes: 0,
            pulled: false,
            pulled_after: None,
            frozen: false,
            ahead: 0,
            glitch: false,
            hostile: None,
            isr: 0,
            units: 0,
            moving: None,
            next_descriptor: 0,
            next_unit: 8,
        };
        model.words[0x2024 / 4] = 0x0001_0008;
        model.words[0x2004 / 4] = 0x20;
        model.reset_chip();
        Self(Arc::new(Mutex::new(model)))
    }

    pub(crate) fn model(&self) -> MutexGuard<'_, Model> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn port(&self, span: usize, register: usize) -> u8 {
        self.model().port(span, register)
    }

    pub(crate) fn set_port(&self, span: usize, register: usize, value: u8) {
        self.model().set_port(span, register, value);
    }

    pub(crate) fn bridge(&self, offset: usize) -> u32 {
        self.model().bridge(offset)
    }

    pub(crate) fn fifo_length(&self) -> usize {
        self.model().fifo.len()
    }

    /// Reads and writes since [`Model::forget`].
    pub(crate) fn accesses(&self) -> (usize, usize) {
        let model = self.model();
        (model.reads, model.writes)
    }
}

impl Model {
    pub(crate) fn forget(&mut self) {
        (self.reads, self.writes) = (0, 0);
        self.written.clear();
    }

    /// A word of the bridge.
    pub(crate) fn bridge(&self, offset: usize) -> u32 {
        self.words[offset / 4]
    }

    pub(crate) fn set_bridge(&mut self, offset: usize, value: u32) {
        self.words[offset / 4] = value;
    }

    /// A register of the framer chip, by its address for span 0.
    pub(crate) fn port(&self, span: usize, register: usize) -> u8 {
        self.words[word_of(span, register)] as u8
    }

    pub(crate) fn set_port(&mut self, span: usize, register: usize, value: u8) {
        self.words[word_of(span, register)] = u32::from(value);
    }

    fn reset_chip(&mut self) {
        self.words[0x10000 / 4..].fill(0);
        self.words[word_of(0, 0xf8)] = 0x58;
        for span in 0..8 {
            self.set_port(span, 0x1b3, 64);
        }
    }

    /// RIIR: bit n − 1 for a bit of RLSn that its mask lets through.
    fn riir(&self, span: usize) -> u8 {
        [(0, 0x90, 0xa0), (1, 0x91, 0xa1), (2, 0x92, 0xa2), (3, 0x93, 0xa3), (4, 0x94, 0xa4), (6, 0x96, 0xa6)]
            .iter()
            .fold(0, |riir, (bit, latched, mask)| {
                riir | u8::from(self.port(span, *latched) & self.port(span, *mask) != 0) << bit
            })
    }

    fn gfisr(&self) -> u8 {
        (0..8).fold(0, |gfisr, span| gfisr | u8::from(self.riir(span) != 0) << span)
    }

    fn isr(&self) -> u32 {
        let interrupts = self.port(0, 0xf0) & 1 == 0 && self.gfisr() & self.port(0, 0xfc) != 0;
        self.isr | u32::from(interrupts) << 3
    }

    fn read_chip(&mut self, address: usize) -> u32 {
        let (span, register) = (address >> 9, address & 0x1ff);
        match register {
            0xf9 if span == 0 => u32::from(self.gfisr()),
            0x9f => u32::from(self.riir(span)),
            0xb5 => self.fifo.len() as u32,
            0xb6 if self.fifo.is_empty() => 0xff,
            0xb6 => u32::from(self.fifo.remove(0)),
            _ => self.words[0x4000 + address],
        }
    }

    fn write_chip(&mut self, address: usize, value: u32) {
        let word = &mut self.words[0x4000 + address];
        match (address < 0x1000, address & 0x1ff) {
            // Written ones clear.
            (true, 0x90..=0x96 | 0x98..=0x9b | 0x190 | 0x191) => *word &= !value & 0xff,
            (true, 0xb0..=0xb6 | 0x1b3) => {}
            _ if address == 0x0f8 => {}
            _ => *word = value & 0xff,
        }
    }

    fn descriptor(&self, number: usize) -> usize {
        (self.words[0x2000 / 4] as usize & !0xf) + 16 * number
    }

    fn dma_word(&self, offset: usize) -> u32 {
        let octets =
            self.dma.get(offset..offset + 4).map_or([0; 4], |octets| octets.try_into().expect("four"));
        u32::from_be_bytes(octets)
    }

    /// The end of a unit and the beginning of the next.
    fn boundary(&mut self, at: u64) {
        if let Some(number) = self.moving.take() {
            self.complete(number, at);
        }
        self.units += 1;
        if self.words[0x2004 / 4] & 8 == 0 {
            return;
        }
        if self.words[0x2004 / 4] & 4 == 0 {
            self.words[0x2004 / 4] &= !8;
            self.isr |= 0x20;
            return;
        }
        let place = self.descriptor(self.next_descriptor);
        if self.dma_word(place + 12) & 0x8000_0000 == 0 {
            self.words[0x2004 / 4] &= !0xc;
            self.isr |= 1;
            return;
        }
        let transmit = self.dma_word(place + 4) as usize;
        self.sent.push(self.dma[transmit + 8]);
        self.moving = Some(self.next_descriptor);
    }

    fn complete(&mut self, number: usize, at: u64) {
        let place = self.descriptor(number);
        let (receive, control) = (self.dma_word(place + 8) as usize, self.dma_word(place + 12));
        for frame in 0..8 {
            for slot in 0..32 {
                for span in 0..8 {
                    self.dma[receive + 256 * frame + 8 * slot + span] =
                        received_octet(at - 8 + frame as u64, slot, span);
                }
            }
        }
        self.dma[place..place + 4].copy_from_slice(&self.units.to_be_bytes());
        self.dma[place + 12..place + 16].copy_from_slice(&(control & 0x7fff_00ff).to_be_bytes());
        self.isr |= control & 2;
        self.next_descriptor = if control & 1 != 0 { 0 } else { number + 1 };
    }

    fn random(&mut self) -> Option<u32> {
        let seed = self.hostile.as_mut()?;
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        Some((*seed >> 16) as u32)
    }

    /// What garbage looks like that could be a card: framer words have octets only, and the name is right.
    fn hostile_answer(&mut self, offset: usize) -> Option<u32> {
        let random = self.random()?;
        Some(match (random >> 24, offset) {
            (0..=2, _) => 0xffff_ffff,
            (_, 0x2024) => 0x0001_0008,
            (_, 0x300) => random & 0x3f,
            (_, 0x10000..) => random & 0xff,
            _ => random,
        })
    }
}

const fn word_of(span: usize, register: usize) -> usize {
    0x4000
        + register
        + match register {
            0..0x1000 => 0x200 * span,
            0x1000..0x1100 => 0x20 * span,
            _ => 0x10 * span,
        }
}

/// What the model's far end sends in a frame.
pub(crate) fn received_octet(frame: u64, slot: usize, span: usize) -> u8 {
    (frame * 7 + slot as u64 + 32 * span as u64) as u8
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
        if model.pulled || (word == 0x300 / 4 && std::mem::take(&mut model.glitch)) {
            return 0xffff_ffff;
        }
        if let Some(answer) = model.hostile_answer(4 * word) {
            return answer;
        }
        match word {
            _ if word == 0x300 / 4 => model.isr(),
            0x4000.. => model.read_chip(word - 0x4000),
            _ => model.words[word],
        }
    }

    fn write32(&mut self, word: usize, value: u32) {
        let mut model = self.model();
        model.writes += 1;
        if model.pulled {
            return;
        }
        model.written.push((4 * word, value));
        match 4 * word {
            0x30c => model.isr &= !value,
            0x0000 => {
                model.words[0] = value;
                if value & 0x800 == 0 {
                    model.reset_chip();
                }
            }
            0x2004 => {
                let running = model.words[word] & 8;
                let starts = value & 4 != 0 && running == 0;
                model.words[word] = 0x20 | value & 0x16 | running | u32::from(starts) << 3;
                if starts {
                    model.next_descriptor = 0;
                }
            }
            0x10000.. => model.write_chip(word - 0x4000, value),
            _ => model.words[word] = value,
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
        while model.next_unit <= now.0 + model.ahead {
            let at = model.next_unit;
            model.next_unit += 8;
            if !model.frozen && !model.pulled {
                model.boundary(at);
            }
        }
        model.isr() & model.bridge(0x308) != 0
    }
}
