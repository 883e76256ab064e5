//! What several tests need: a sink that remembers, and streams of bits that begin anywhere.
#![allow(dead_code)]
use tandem_line::{DeframerSink, E1Config, E1Deframer, LineEvent};
use tandem_testkit::e1::Sender;
use tandem_testkit::{Rng, octets_of};
use tandem_types::Defect;

/// Remembers everything.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<LineEvent>,
    pub(crate) frames: Vec<([u8; 32], bool)>,
}

impl DeframerSink for Log {
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        self.frames.push((*octets, aligned));
    }
    fn event(&mut self, event: LineEvent) {
        self.events.push(event);
    }
}

impl Log {
    pub(crate) fn aligned(&self) -> Vec<(u64, u64)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                LineEvent::Aligned { frame, bit_offset } => Some((*frame, *bit_offset)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn lost(&self) -> Vec<u64> {
        self.events
            .iter()
            .filter_map(|event| match event {
                LineEvent::Lost { frame } => Some(*frame),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn defect(&self, wanted: Defect) -> Vec<(bool, u64)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                LineEvent::Defect { defect, present, frame } if *defect == wanted => Some((*present, *frame)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn count(&self, wanted: impl Fn(&LineEvent) -> bool) -> usize {
        self.events.iter().filter(|event| wanted(event)).count()
    }

    pub(crate) fn first(&self, wanted: impl Fn(&LineEvent) -> bool) -> Option<LineEvent> {
        self.events.iter().copied().find(wanted)
    }
}

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
