//! A host that knows nothing but register numbers, as in docs/cards/falc4.md.
#![allow(dead_code, unreachable_pub, reason = "every test file is a crate that uses a part of it")]
use hw_sim::{Falc4, Falc4Config, WireEnd};
use tandem_card::Bus;
use tandem_types::FrameTime;

/// Where the areas are in DMA memory.
pub const RECEIVE: usize = 0;
pub const TRANSMIT: usize = 4096;

/// A card and the host beside it.
pub struct Host {
    pub card: Falc4,
    pub now: u64,
}

impl Host {
    /// A card with a wire at span 0 only.
    pub fn with_wire(wire: WireEnd) -> Self {
        Self::new([Some(wire), None, None, None])
    }

    pub fn new(wires: [Option<WireEnd>; 4]) -> Self {
        Self { card: Falc4::new(Falc4Config::default(), wires), now: 0 }
    }

    /// Activates the framers and starts the DMA.
    pub fn start(&mut self) {
        self.card.write32(7, 0x1000);
        self.card.write32(0, RECEIVE as u32);
        self.card.write32(1, TRANSMIT as u32);
        self.card.write32(3, 0xc000_0000);
    }

    pub fn write(&mut self, span: u32, reg: u32, value: u8) {
        let address = (span << 8) | reg;
        self.card.write32(10, address);
        self.card.write32(11, value.into());
        self.card.write32(10, address | 0x400);
        self.card.write32(10, address | 0x400 | 0x10000);
        self.card.write32(10, address);
    }

    pub fn read(&mut self, span: u32, reg: u32) -> u8 {
        let address = (span << 8) | reg;
        self.card.write32(10, address);
        self.card.write32(10, address | 0x400 | 0x8000);
        let value = self.card.read32(11) as u8;
        self.card.write32(10, address);
        value
    }

    /// A counter of two octets, low one first.
    pub fn counter(&mut self, span: u32, reg: u32) -> u16 {
        u16::from(self.read(span, reg)) | u16::from(self.read(span, reg + 1)) << 8
    }

    /// HDB3, CRC-4 demanded, remote alarm automatic, CAS if wanted; all interrupts unmasked.
    pub fn bring_up(&mut self, span: u32, cas: bool) {
        let xsp = if cas { 0x5c } else { 0x1c };
        let registers = [(0x1c, 0xf0), (0x1d, 0x4c), (0x1e, 0x82), (0x20, 0x9f), (0x21, xsp)];
        for (reg, value) in registers {
            self.write(span, reg, value);
        }
        for (reg, value) in [(0x38, 0x0a), (0x39, 0x15), (0x36, 0x00), (0x37, 0x80)] {
            self.write(span, reg, value);
        }
        self.write(span, 0x70, 0x0b);
        for reg in 0x71..0x80 {
            self.write(span, reg, 0x99);
        }
        for reg in 0x14..0x19 {
            self.write(span, reg, 0x00);
        }
    }

    /// Eight frames pass, and the completed buffer is acknowledged. Gives the half that the host may use.
    pub fn tick(&mut self) -> usize {
        self.now += 8;
        assert!(self.card.interrupt(FrameTime(self.now)), "a buffer is complete");
        let ident = (self.card.read32(4) >> 16) & 0x7f;
        self.card.write32(4, 0);
        (ident.wrapping_sub(1) & 1) as usize
    }

    pub fn received(&mut self, half: usize, span: usize, slot: usize) -> [u8; 8] {
        let mut octets = [0; 8];
        self.card.dma_read(RECEIVE + 1024 * half + 8 * (32 * span + slot), &mut octets);
        octets
    }

    pub fn send(&mut self, half: usize, span: usize, slot: usize, octets: [u8; 8]) {
        self.card.dma_write(TRANSMIT + 1024 * half + 8 * (32 * span + slot), &octets);
    }
}

/// Both cards pass so many milliseconds.
pub fn pass(left: &mut Host, right: &mut Host, ms: usize) {
    for _ in 0..ms {
        left.tick();
        right.tick();
    }
}

/// Two cards joined at span 0, brought up and aligned.
pub fn joined(wire: hw_sim::WireConfig, cas: bool) -> (Host, Host, hw_sim::WireControl) {
    let (a, b) = hw_sim::wire::pair(wire);
    let control = a.control();
    let (mut left, mut right) = (Host::with_wire(a), Host::with_wire(b));
    for host in [&mut left, &mut right] {
        host.start();
        host.bring_up(0, cas);
    }
    pass(&mut left, &mut right, 100);
    (left, right, control)
}

/// Octets that look like traffic: SplitMix64, so that the line sees long zero runs now and then.
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Fills the transmit half of a span with noise.
    pub fn fill(&mut self, host: &mut Host, half: usize, span: usize) {
        for slot in 1..32 {
            let octets = self.next().to_be_bytes();
            host.send(half, span, slot, octets);
        }
    }
}
