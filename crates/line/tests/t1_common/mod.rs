//! What the tests of T1 need: a sink that remembers, and streams of bits that begin anywhere.
#![allow(dead_code)]
#[path = "../common/log.rs"]
mod log;

use tandem_line::{T1Config, T1Deframer, T1Framing};
use tandem_testkit::Rng;
use tandem_testkit::t1::{Framing, Sender};

pub(crate) use log::Log;

pub(crate) const FRAMINGS: [T1Framing; 4] =
    [T1Framing::Sf, T1Framing::Esf, T1Framing::J1Esf, T1Framing::J1Sf];

/// The model's name for a framing.
pub(crate) fn model_of(framing: T1Framing) -> Framing {
    match framing {
        T1Framing::Sf => Framing::Superframe,
        T1Framing::Esf => Framing::Extended,
        T1Framing::J1Esf => Framing::Japanese,
        T1Framing::J1Sf => Framing::JapaneseSuperframe,
    }
}

/// 193 bits as words.
pub(crate) fn words(bits: &[bool]) -> [u64; 4] {
    let mut words = [0; 4];
    for (at, bit) in bits.iter().enumerate() {
        words[at / 64] |= u64::from(*bit) << (63 - at % 64);
    }
    words
}

/// Pushes a stream of bits; a last incomplete frame is left out.
pub(crate) fn feed(deframer: &mut T1Deframer, bits: &[bool], log: &mut Log) {
    bits.chunks_exact(193).for_each(|frame| deframer.push(&words(frame), log));
}

pub(crate) fn deframe(config: &T1Config, bits: &[bool]) -> (T1Deframer, Log) {
    let (mut deframer, mut log) = (T1Deframer::new(config), Log::default());
    feed(&mut deframer, bits, &mut log);
    (deframer, log)
}

/// So many frames whose timeslots all hold `octet`.
pub(crate) fn constant(sender: &mut Sender, octet: u8, frames: usize) -> Vec<bool> {
    (0..frames).flat_map(|_| sender.frame(&[octet; 32])).collect()
}

pub(crate) fn random(sender: &mut Sender, rng: &mut Rng, frames: usize) -> Vec<bool> {
    (0..frames).flat_map(|_| sender.frame(&rng.frame())).collect()
}
