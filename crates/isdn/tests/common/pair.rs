//! Two links over a wire with faults, on a virtual clock.
#![allow(dead_code)] // no test uses all of it

use std::collections::BTreeMap;
use tandem_isdn::Side;
use tandem_isdn::q921::{DataLink, Delivered, LinkEvent, LinkParameters};
use tandem_types::FrameTime;

/// Faults of a wire, each in so many of a thousand frames.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    pub(crate) lost: u32,
    pub(crate) doubled: u32,
    pub(crate) overtaken: u32,
    /// A bit is wrong and the check sequence did not notice.
    pub(crate) corrupted: u32,
}

/// A frame of the other end arrives at `at`; `order` keeps those of one moment apart.
type Arrivals = BTreeMap<(u64, u64), (usize, Vec<u8>)>;

pub(crate) struct Pair {
    pub(crate) ends: [DataLink; 2],
    pub(crate) now: u64,
    pub(crate) delivered: [Vec<Vec<u8>>; 2],
    pub(crate) told: [Vec<LinkEvent>; 2],
    faults: Faults,
    delay: u64,
    wire: Arrivals,
    order: u64,
    rng: Rng,
}

impl Pair {
    pub(crate) fn new(parameters: impl Fn(Side) -> LinkParameters, faults: Faults, seed: u64) -> Self {
        Self {
            ends: [Side::User, Side::Network].map(|side| DataLink::new(parameters(side))),
            now: 0,
            delivered: Default::default(),
            told: Default::default(),
            faults,
            delay: 40,
            wire: Arrivals::new(),
            order: 0,
            rng: Rng(seed),
        }
    }

    pub(crate) fn time(&self) -> FrameTime {
        FrameTime(self.now)
    }

    /// Goes to the next thing that happens, if that is by `end`.
    pub(crate) fn step(&mut self, end: u64) -> bool {
        self.transmit();
        let arrival = self.wire.keys().next().map(|(at, _)| *at);
        let timer = self.ends.iter().filter_map(DataLink::poll_timeout).map(|due| due.0).min();
        let Some(next) = arrival.into_iter().chain(timer).min().filter(|next| *next <= end) else {
            self.now = end;
            return false;
        };
        self.now = self.now.max(next);
        match self.wire.first_entry().filter(|entry| entry.key().0 <= self.now) {
            Some(entry) => {
                let (to, octets) = entry.remove();
                self.receive(to, &octets);
            }
            None => self.ends.iter_mut().for_each(|end| end.handle_timeout(FrameTime(self.now))),
        }
        self.fetch_news();
        true
    }

    pub(crate) fn run_ms(&mut self, ms: u64) {
        let end = self.now + ms * 8;
        while self.step(end) {}
    }

    fn receive(&mut self, to: usize, octets: &[u8]) {
        if let Some(Delivered::Data(data)) = self.ends[to].handle_frame(FrameTime(self.now), octets) {
            self.delivered[to].push(data.to_vec());
        }
        assert!(self.ends[to].outstanding() <= 7);
    }

    fn fetch_news(&mut self) {
        for (end, told) in self.ends.iter_mut().zip(&mut self.told) {
            told.extend(std::iter::from_fn(|| end.poll_event()));
        }
    }

    fn transmit(&mut self) {
        for from in [0, 1] {
            while let Some(frame) = self.ends[from].poll_transmit(FrameTime(self.now)) {
                let octets = frame.to_vec();
                self.put_on_wire(1 - from, octets);
            }
        }
    }

    fn put_on_wire(&mut self, to: usize, mut octets: Vec<u8>) {
        let Faults { lost, doubled, overtaken, corrupted } = self.faults;
        if self.rng.hits(lost) {
            return;
        }
        if self.rng.hits(corrupted) {
            let bit = self.rng.below(octets.len() as u32 * 8) as usize;
            octets[bit / 8] ^= 1 << (bit % 8);
        }
        let copies = if self.rng.hits(doubled) { 2 } else { 1 };
        for _ in 0..copies {
            let late = if self.rng.hits(overtaken) { u64::from(self.rng.below(200)) } else { 0 };
            self.order += 1;
            self.wire.insert((self.now + self.delay + late, self.order), (to, octets.clone()));
        }
    }
}

/// A generator of its own, so that a seed means the same everywhere.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % u64::from(limit)) as u32
    }

    pub(crate) fn hits(&mut self, per_thousand: u32) -> bool {
        per_thousand != 0 && self.below(1_000) < per_thousand
    }
}
