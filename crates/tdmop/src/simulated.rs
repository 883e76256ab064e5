//! A network in memory, in virtual time: it delays, loses, copies and mixes packets by a seed.
//!
//! Two ports, each with a clock of its own: a port's frames are as long as its clock makes them, and what arrives is timed
//! by the clock of the port that hears it. All memory is made once.
use crate::PacketIo;
use crate::circuit::now_ns;
use crate::wire::LONGEST;
use tandem_rt::{Consumer, MediaTick, PacketBatch, Producer, ring};

/// What one direction of a network does to packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impairments {
    /// Every packet takes so long at least.
    pub delay_ns: u64,
    /// And up to so much longer, each by a chance of its own: beyond a packet time this mixes their order.
    pub jitter_ns: u64,
    /// So many packets in a million are lost.
    pub lost_ppm: u32,
    /// So many packets in a million come twice.
    pub copied_ppm: u32,
}

/// One port of a simulated network.
pub struct SimulatedPort {
    out: Producer<UnderWay>,
    incoming: Consumer<UnderWay>,
    /// Packets that have not arrived yet. Never grows past its capacity.
    under_way: Vec<UnderWay>,
    impairments: Impairments,
    random: u64,
    /// How much faster its clock is, in parts per thousand million.
    clock_ppb: i32,
    lost: u64,
}

/// A packet and when it arrives, by true time.
#[derive(Clone, Copy)]
struct UnderWay {
    arrives_ns: u64,
    length: usize,
    octets: [u8; LONGEST],
}

impl std::fmt::Debug for SimulatedPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedPort").field("impairments", &self.impairments).finish_non_exhaustive()
    }
}

impl SimulatedPort {
    /// The two ports of a network that does the same to packets both ways.
    #[must_use]
    pub fn pair(impairments: Impairments, seed: u64) -> (Self, Self) {
        let (one_out, other_in) = ring(PACKETS_UNDER_WAY);
        let (other_out, one_in) = ring(PACKETS_UNDER_WAY);
        let port = |out, incoming, seed: u64| Self {
            out,
            incoming,
            under_way: Vec::with_capacity(PACKETS_UNDER_WAY),
            impairments,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            clock_ppb: 0,
            lost: 0,
        };
        (port(one_out, one_in, 2 * seed), port(other_out, other_in, 2 * seed + 1))
    }

    /// The port's clock is so much faster than true time, in parts per thousand million.
    #[must_use]
    pub const fn with_clock(mut self, ppb: i32) -> Self {
        self.clock_ppb = ppb;
        self
    }

    /// From now on this happens to what it sends.
    pub const fn set_impairments(&mut self, impairments: Impairments) {
        self.impairments = impairments;
    }

    /// Packets sent here that were lost.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// True time at the end of a tick.
    fn true_ns(&self, tick: &MediaTick<'_>) -> u64 {
        let local = u128::from(now_ns(tick));
        (local * 1_000_000_000 / (1_000_000_000 + i128::from(self.clock_ppb)) as u128) as u64
    }

    /// A random number below `limit` (xorshift64*).
    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let word = self.random.wrapping_mul(0x2545_f491_4f6c_dd1d);
        ((u128::from(word) * u128::from(limit)) >> 64) as u64
    }
}

impl PacketIo for SimulatedPort {
    fn send(&mut self, tick: &MediaTick<'_>, batch: &PacketBatch) -> usize {
        let now_ns = self.true_ns(tick);
        for packet in batch.iter() {
            let Impairments { delay_ns, jitter_ns, lost_ppm, copied_ppm } = self.impairments;
            if self.below(1_000_000) < lost_ppm.into() {
                self.lost += 1;
                continue;
            }
            let copies = 1 + u32::from(self.below(1_000_000) < copied_ppm.into());
            for _ in 0..copies {
                let arrives_ns = now_ns + delay_ns + self.below(jitter_ns + 1);
                let length = packet.octets.len().min(LONGEST);
                let mut octets = [0; LONGEST];
                octets[..length].copy_from_slice(&packet.octets[..length]);
                // A network that nobody listens to overflows, and loses.
                self.lost += u64::from(self.out.push(UnderWay { arrives_ns, length, octets }).is_err());
            }
        }
        batch.len()
    }

    fn receive(&mut self, tick: &MediaTick<'_>, batch: &mut PacketBatch) {
        batch.clear();
        while self.under_way.len() < PACKETS_UNDER_WAY
            && let Some(packet) = self.incoming.pop()
        {
            self.under_way.push(packet);
        }
        let now_ns = self.true_ns(tick);
        while !batch.is_full() {
            let places = (0..).zip(&self.under_way).filter(|(_, packet)| packet.arrives_ns <= now_ns);
            let Some((place, _)) = places.min_by_key(|(_, packet)| packet.arrives_ns) else { return };
            let packet = self.under_way.remove(place);
            batch.push_received(&packet.octets[..packet.length], now_ns - packet.arrives_ns, false);
        }
    }
}

/// The most packets between two ports, each way.
const PACKETS_UNDER_WAY: usize = 256;
