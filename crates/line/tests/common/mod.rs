//! What several tests need: a sink that remembers, and streams of bits that begin anywhere.
#![allow(dead_code)]
mod log;

use tandem_line::{E1Config, E1Deframer};
use tandem_testkit::e1::Sender;
use tandem_testkit::{Rng, octets_of};

pub(crate) use log::Log;

/// Pushes a stream of bits; a last incomplete frame is left out.
pub(crate) fn feed(deframer: &mut E1Deframer, bits: &[bool], log: &mut Log) {
    for octets in octets_of(bits).chunks_exact(32) {
        deframer.push(octets.try_into().unwrap(), log);
    }
}

pub(crate) fn deframe(config: &E1Config, bits: &[bool]) -> (E1Deframer, Log) {
    let (mut deframer, mut log) = (E1Deframer::new(config), Log::default());
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
