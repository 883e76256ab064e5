//! A host of the octal card that knows nothing but the numbers of docs/cards/ds8.md.
#![allow(dead_code, unreachable_pub, reason = "every test file is a crate that uses a part of it")]
use hw_sim::{Ds8, Ds8Config, TimeBase, WayConfig, WireConfig, WireControl, WireEnd, wire};
use tandem_card::Bus;
use tandem_types::FrameTime;

/// Where the ring lies in these tests: descriptors, then two buffers for each.
pub const BUFFERS: usize = 128 * 16;

/// A card and the host beside it.
pub struct Host<B = Ds8> {
    pub card: B,
    pub now: u64,
    /// Descriptors of the ring, and the next to be serviced.
    pub length: usize,
    pub next: usize,
    /// What is sent in the next unit, as the buffer has it.
    pub sends: Vec<u8>,
    /// The last unit received.
    pub heard: Vec<u8>,
}

/// How a span is set up: RCR1, TCR1, TCR2, TCR3 of the page, and whether it is an E1.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    pub e1: bool,
    pub rcr1: u8,
    pub tcr1: u8,
    pub tcr2: u8,
    pub tcr3: u8,
    pub t1rcr2: u8,
}

pub const E1: Mode = Mode { e1: true, rcr1: 0x64, tcr1: 0x14, tcr2: 0x20, tcr3: 0, t1rcr2: 0 };
pub const E1_CRC: Mode = Mode { rcr1: 0x6c, tcr1: 0x05, tcr2: 0xa0, ..E1 };
pub const E1_CAS: Mode = Mode { rcr1: 0x4c, tcr1: 0x45, ..E1_CRC };
pub const E1_AMI: Mode = Mode { rcr1: 0x2c, tcr1: 0x01, ..E1_CRC };
pub const SF: Mode = Mode { e1: false, rcr1: 0xe8, tcr1: 0x04, tcr2: 0, tcr3: 0x04, t1rcr2: 0 };
pub const ESF: Mode = Mode { rcr1: 0xc8, tcr2: 0x80, tcr3: 0, ..SF };
pub const J1_SF: Mode = Mode { tcr2: 0x04, t1rcr2: 0x01, ..SF };
pub const J1: Mode = Mode { rcr1: 0xcc, tcr1: 0x84, tcr2: 0x84, t1rcr2: 0x01, ..ESF };
pub const SF_AMI: Mode = Mode { rcr1: 0xa8, tcr1: 0x00, tcr2: 0x02, ..SF };
pub const ESF_CAS: Mode = Mode { tcr1: 0x14, ..ESF };
pub const SF_CAS: Mode = Mode { tcr1: 0x14, ..SF };

impl Host {
    pub fn new(wires: [Option<WireEnd>; 8]) -> Self {
        Self::of(Ds8::new(Ds8Config::default(), wires))
    }

    pub fn with_wire(wire: WireEnd) -> Self {
        let mut wires = [const { None }; 8];
        wires[0] = Some(wire);
        Self::new(wires)
    }
}

impl<B: Bus> Host<B> {
    pub fn of(card: B) -> Self {
        Self { card, now: 0, length: 2, next: 0, sends: vec![0xff; 2048], heard: vec![0; 2048] }
    }

    pub fn bridge(&mut self, offset: usize) -> u32 {
        self.card.read32(offset / 4)
    }

    pub fn set_bridge(&mut self, offset: usize, value: u32) {
        self.card.write32(offset / 4, value);
    }

    /// A chip address.
    pub fn get(&mut self, address: usize) -> u8 {
        let word = self.card.read32((0x10000 + 4 * address) / 4);
        assert_eq!(word >> 8, 0);
        word as u8
    }

    pub fn set(&mut self, address: usize, value: u8) {
        self.card.write32((0x10000 + 4 * address) / 4, value.into());
    }

    /// A framer register of a span.
    pub fn read(&mut self, span: usize, offset: usize) -> u8 {
        self.get(0x200 * span + offset)
    }

    pub fn write(&mut self, span: usize, offset: usize, value: u8) {
        self.set(0x200 * span + offset, value);
    }

    /// A counter, high octet first.
    pub fn counter(&mut self, span: usize, offset: usize) -> u16 {
        u16::from(self.read(span, offset)) << 8 | u16::from(self.read(span, offset + 1))
    }

    /// Lets the chip out of reset, puts the ring up and starts the DMA.
    pub fn start(&mut self) {
        self.set_bridge(0x2004, 0);
        self.set_bridge(0x0004, 0);
        self.set_bridge(0x0000, 0x0000_0800);
        self.start_ring(self.length);
    }

    pub fn start_ring(&mut self, length: usize) {
        (self.length, self.next) = (length, 0);
        for number in 0..length {
            self.give(number);
        }
        self.set_bridge(0x2000, 0);
        self.set_bridge(0x030c, 0xffff_ffff);
        self.set_bridge(0x2004, 0x04);
    }

    /// Gives a descriptor to the card.
    pub fn give(&mut self, number: usize) {
        let last = number + 1 == self.length;
        let sends = std::mem::take(&mut self.sends);
        self.card.dma_write(tx_buf(number), &sends);
        self.sends = sends;
        let control = 0x8000_0002 | u32::from(last);
        for (word, value) in
            [0xdead_be00, tx_buf(number) as u32, rx_buf(number) as u32, control].iter().enumerate()
        {
            self.card.dma_write(16 * number + 4 * word, &value.to_be_bytes());
        }
    }

    pub fn descriptor(&mut self, number: usize) -> [u32; 4] {
        let mut octets = [0; 16];
        self.card.dma_read(16 * number, &mut octets);
        std::array::from_fn(|n| u32::from_be_bytes(octets[4 * n..4 * n + 4].try_into().expect("four octets")))
    }

    /// Brings a span up as the page says, steps 4 to 8.
    pub fn bring_up(&mut self, span: usize, mode: Mode) {
        for offset in (0..0xf0).chain(0x100..0x1f0).filter(|offset| *offset != 0x1b4) {
            self.write(span, offset, 0);
        }
        for offset in [0x164, 0x165] {
            self.write(span, offset, 0);
        }
        let kind = u8::from(mode.e1);
        for value in [0x02, kind, 0x80 | kind] {
            self.write(span, 0x080, value);
            self.write(span, 0x180, value);
        }
        let controls = [
            (0x081, mode.rcr1),
            (0x181, mode.tcr1),
            (0x182, mode.tcr2),
            (0x183, mode.tcr3),
            (0x014, mode.t1rcr2),
        ];
        for (offset, value) in controls {
            self.write(span, offset, value);
        }
        for (offset, value) in [(0x084, 0x10), (0x184, 0x10), (0x085, 1), (0x185, 1)] {
            self.write(span, offset, value);
        }
        self.write(span, 0x086, u8::from(mode.rcr1 & 0x40 != 0));
        if mode.e1 {
            self.write(span, 0x164, 0x9b);
            self.write(span, 0x165, 0xdf);
            self.write(span, 0x140, 0x0b);
            (0x141..0x150).for_each(|offset| self.write(span, offset, 0xdd));
        } else {
            self.write(span, 0x082, 0x22);
            (0x0ac..0x0b0).for_each(|offset| self.write(span, offset, 0x80));
            self.write(span, 0x162, if mode.rcr1 & 0x20 != 0 { 0x1c } else { 0x7e });
            self.write(span, 0x015, 0x96);
            (0x118..0x11b).for_each(|offset| self.write(span, offset, 0xff));
            for (offset, value) in [0x01, 0x00, 0x00, 0xfe].into_iter().enumerate() {
                self.write(span, 0x0c0 + offset, value);
                self.write(span, 0x1c0 + offset, value);
            }
        }
        self.write(span, 0x080, 0xc0 | kind);
        self.write(span, 0x180, 0xc0 | kind);
        self.set(0x1000 + 0x20 * span, if mode.e1 { 0 } else { 2 });
        self.set(0x1002 + 0x20 * span, 0x01);
    }

    /// All latched bits of a span are cleared.
    pub fn clear(&mut self, span: usize) {
        for offset in [0x090, 0x091, 0x092, 0x093, 0x094, 0x096, 0x098, 0x099, 0x09a, 0x09b, 0x190, 0x191] {
            self.write(span, offset, 0xff);
        }
        self.set(0x1005 + 0x20 * span, 0xff);
        self.set(0x110e + 0x10 * span, 0xff);
    }

    /// Reads and clears a latched register.
    pub fn take(&mut self, span: usize, offset: usize) -> u8 {
        let bits = self.read(span, offset);
        self.write(span, offset, bits);
        bits
    }

    /// Eight frames pass; every descriptor that is done is taken and given back.
    pub fn tick(&mut self) {
        self.now += 8;
        self.card.interrupt(FrameTime(self.now));
        self.service();
    }

    pub fn service(&mut self) -> usize {
        let mut taken = 0;
        while self.descriptor(self.next)[3] >> 31 == 0 {
            let mut heard = std::mem::take(&mut self.heard);
            self.card.dma_read(rx_buf(self.next), &mut heard);
            self.heard = heard;
            self.give(self.next);
            self.next = (self.next + 1) % self.length;
            taken += 1;
        }
        taken
    }

    /// Sends an octet in a timeslot from now on.
    pub fn say(&mut self, span: usize, slot: usize, octet: u8) {
        self.say_frames(span, slot, [octet; 8]);
    }

    pub fn say_frames(&mut self, span: usize, slot: usize, octets: [u8; 8]) {
        for (frame, octet) in octets.into_iter().enumerate() {
            self.sends[256 * frame + 8 * slot + span] = octet;
        }
    }

    /// What the last unit had in a timeslot.
    pub fn hears(&self, span: usize, slot: usize) -> [u8; 8] {
        std::array::from_fn(|frame| self.heard[256 * frame + 8 * slot + span])
    }
}

pub const fn tx_buf(number: usize) -> usize {
    BUFFERS + 4096 * number
}

pub const fn rx_buf(number: usize) -> usize {
    tx_buf(number) + 2048
}

/// Both cards pass so many milliseconds.
pub fn pass(left: &mut Host, right: &mut Host, ms: usize) {
    for _ in 0..ms {
        left.tick();
        right.tick();
    }
}

/// A wire for this mode.
pub fn wire_config(mode: Mode) -> WireConfig {
    let rate = if mode.e1 { hw_sim::LineRate::E1 } else { hw_sim::LineRate::T1 };
    let way = WayConfig { rate, ..WayConfig::default() };
    WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() }
}

/// Two cards joined at span 0, brought up and aligned.
pub fn joined(mode: Mode) -> (Host, Host, WireControl) {
    joined_by(mode, wire_config(mode))
}

pub fn joined_by(mode: Mode, config: WireConfig) -> (Host, Host, WireControl) {
    let base: TimeBase = config.time_base.clone();
    let (a, b) = wire::pair(config);
    let control = a.control();
    let card = |wire| {
        let mut wires = [const { None }; 8];
        wires[0] = Some(wire);
        Host::of(Ds8::new(Ds8Config { time_base: base.clone(), ..Ds8Config::default() }, wires))
    };
    let (mut left, mut right) = (card(a), card(b));
    for host in [&mut left, &mut right] {
        host.start();
        host.bring_up(0, mode);
    }
    pass(&mut left, &mut right, 150);
    for host in [&mut left, &mut right] {
        host.clear(0);
    }
    (left, right, control)
}

/// Octets that look like traffic: SplitMix64.
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Fills all timeslots of what is sent with noise.
    pub fn fill<B>(&mut self, host: &mut Host<B>) {
        for octets in host.sends.chunks_mut(8) {
            octets.copy_from_slice(&self.next().to_be_bytes()[..octets.len()]);
        }
    }
}
