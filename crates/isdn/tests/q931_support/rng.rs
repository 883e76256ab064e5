//! A seeded generator.
#![allow(dead_code)] // each test file uses its part

/// A small generator of random numbers (xorshift64*): the same seed gives the same test.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(limit)) >> 64) as u64
    }

    pub(crate) fn octet(&mut self) -> u8 {
        (self.word() >> 56) as u8
    }

    pub(crate) fn bits(&mut self, count: u32) -> u8 {
        self.octet() >> (8 - count)
    }

    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn flip(&mut self) -> bool {
        self.below(2) == 0
    }

    pub(crate) fn octets(&mut self, most: u64) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.octet()).collect()
    }

    pub(crate) fn ia5(&mut self, most: u64) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.bits(7)).collect()
    }
}
