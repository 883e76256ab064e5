//! The BERT of one span: a pattern to send, and a receiver that finds it and counts.
use crate::pattern::{Follower, Pattern, Sequence};

/// The block's registers and both directions.
#[derive(Clone, Debug)]
pub(super) struct Bert {
    /// 0x0 to 0xf; those that are not RW stay 0.
    registers: [u8; 16],
    sequence: Sequence,
    follower: Follower,
    /// Bits until the next that is inverted by EIB.
    until_error: u32,
    single_error: bool,
    /// Counting began with the first synchronism.
    counting: bool,
    bits: u32,
    errors: u32,
    ones: u8,
    zeros: u8,
}

impl Bert {
    pub(super) const fn new() -> Self {
        Self {
            registers: [0; 16],
            sequence: Sequence::new(Pattern::of(0, 0, 0)),
            follower: Follower::new(Pattern::of(0, 0, 0)),
            until_error: 0,
            single_error: false,
            counting: false,
            bits: 0,
            errors: 0,
            ones: 0,
            zeros: 0,
        }
    }

    pub(super) fn read(&self, offset: usize) -> u8 {
        self.registers.get(offset).copied().unwrap_or(0)
    }

    /// BLSR has a bit that BSIM lets through.
    pub(super) const fn asserts(&self) -> bool {
        self.registers[BLSR] & self.registers[BSIM] != 0
    }

    pub(super) fn write(&mut self, offset: usize, value: u8) {
        match offset {
            BRP1..=BRP4 | BSIM => self.registers[offset] = value,
            BC1 => {
                let rose = value & !std::mem::replace(&mut self.registers[BC1], value);
                self.control(rose);
            }
            BC2 => {
                let before = std::mem::replace(&mut self.registers[BC2], value);
                self.single_error |= value & !before & SBE != 0;
                if (value ^ before) & EIB != 0 {
                    self.until_error = self.error_distance();
                }
            }
            BLSR => self.registers[BLSR] &= !value,
            _ => {}
        }
    }

    fn control(&mut self, rose: u8) {
        if rose & LC != 0 {
            self.registers[BBC1..BBC1 + 4].copy_from_slice(&self.bits.to_le_bytes());
            self.registers[BEC1..BEC1 + 3].copy_from_slice(&self.errors.to_le_bytes()[..3]);
            (self.bits, self.errors) = (0, 0);
        }
        if rose & TC != 0 {
            self.sequence = Sequence::new(self.pattern());
            self.counting = false;
        }
        if rose & (TC | RESYNC) != 0 {
            self.search();
        }
    }

    fn pattern(&self) -> Pattern {
        let bits = u32::from_le_bytes(std::array::from_fn(|n| self.registers[BRP1 + n]));
        Pattern::of(self.registers[BC1] >> 2, bits, self.registers[BC2])
    }

    fn search(&mut self) {
        self.follower = Follower::new(self.pattern());
        self.registers[BLSR] |= BRLOS;
    }

    /// The next bit to send.
    pub(super) fn send(&mut self) -> bool {
        let mut bit = self.sequence.next_bit();
        if self.registers[BC2] & EIB != 0 {
            self.until_error = self.until_error.saturating_sub(1);
            if self.until_error == 0 {
                self.until_error = self.error_distance();
                bit = !bit;
            }
        }
        bit ^= std::mem::take(&mut self.single_error);
        bit ^ (self.registers[BC1] & TINV != 0)
    }

    fn error_distance(&self) -> u32 {
        10_u32.pow(u32::from(self.registers[BC2] >> 5))
    }

    /// Takes a received bit.
    pub(super) fn take(&mut self, bit: bool) {
        let bit = bit ^ (self.registers[BC1] & RINV != 0);
        self.watch_runs(bit);
        let told = self.follower.take(bit);
        self.counting |= told.found;
        if told.found {
            self.registers[BLSR] |= BSYNC;
        }
        if told.wrong {
            self.registers[BLSR] |= BBED;
            match self.errors {
                MOST_ERRORS => self.registers[BLSR] |= BECO,
                _ => self.errors += 1,
            }
        }
        if self.counting {
            match self.bits.checked_add(1) {
                Some(bits) => self.bits = bits,
                None => self.registers[BLSR] |= BBCO,
            }
        }
        if told.lost {
            self.search();
        }
    }

    fn watch_runs(&mut self, bit: bool) {
        let (runs, other) =
            if bit { (&mut self.ones, &mut self.zeros) } else { (&mut self.zeros, &mut self.ones) };
        *other = 0;
        *runs = runs.saturating_add(1).min(33);
        if *runs == 32 {
            self.registers[BLSR] |= if bit { BRA1 } else { BRA0 };
        }
    }
}

// The registers, from 0x1100 for span 0: repetitive pattern, controls and mask RW, counts RO, events W1C.
const BRP1: usize = 0x1;
const BRP4: usize = 0x4;
const BC1: usize = 0x5;
const BC2: usize = 0x6;
const BBC1: usize = 0x7;
const BEC1: usize = 0xb;
const BLSR: usize = 0xe;
const BSIM: usize = 0xf;

/// BC1.
const TC: u8 = 0x80;
const TINV: u8 = 0x40;
const RINV: u8 = 0x20;
const LC: u8 = 0x02;
const RESYNC: u8 = 0x01;
/// BC2.
const EIB: u8 = 0xe0;
const SBE: u8 = 0x10;
/// BLSR.
const BBED: u8 = 0x40;
const BBCO: u8 = 0x20;
const BECO: u8 = 0x10;
const BRA1: u8 = 0x08;
const BRA0: u8 = 0x04;
const BRLOS: u8 = 0x02;
const BSYNC: u8 = 0x01;
/// 24 bits.
const MOST_ERRORS: u32 = 0xff_ffff;
