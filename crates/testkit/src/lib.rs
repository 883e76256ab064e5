//! For tests only: reference models, written from the text of the standards bit by bit and without a thought
//! of speed, and the random numbers that tests draw. Shares no code with the crates it judges.
#![forbid(unsafe_code)]

pub mod call;
pub mod e1;
pub mod e1_receive;
pub mod fdl;
pub mod g168;
pub mod hdlc;
pub mod linecode;
mod rng;
pub mod t1;
pub mod t1_receive;

pub use rng::Rng;

/// The bits of octets, first bit first.
#[must_use]
pub fn bits_of(octets: &[u8]) -> Vec<bool> {
    octets.iter().flat_map(|octet| (0..8).map(move |n| (octet >> (7 - n)) & 1 == 1)).collect()
}

/// The octets of bits; a last incomplete octet is left out.
#[must_use]
pub fn octets_of(bits: &[bool]) -> Vec<u8> {
    bits.chunks_exact(8)
        .map(|eight| eight.iter().fold(0, |octet, bit| (octet << 1) | u8::from(*bit)))
        .collect()
}
