//! What every span over packets has, whatever its format: a network, a receive side, and the numbering of what it sends.
use crate::wire::{LONGEST, Packet};
use crate::{PacketIo, Receiver, ReceiverConfig};
use tandem_rt::{MediaTick, PacketBatch};

/// A span's packets both ways.
#[derive(Debug)]
pub struct Circuit<N> {
    io: N,
    config: ReceiverConfig,
    receiver: Receiver,
    incoming: PacketBatch,
    outgoing: PacketBatch,
    sequence: u16,
    counters: SendCounters,
}

/// What was sent, in packets. Counters saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendCounters {
    /// Packets that the network took.
    pub sent: u64,
    /// Packets that it did not take.
    pub refused: u64,
}

impl<N: PacketIo> Circuit<N> {
    /// A circuit that has sent and heard nothing; the first packet that it sends bears this number.
    #[must_use]
    pub(crate) fn new(io: N, config: ReceiverConfig, first_sequence: u16) -> Self {
        Self {
            io,
            config,
            receiver: Receiver::new(config),
            incoming: PacketBatch::new(PacketBatch::MOST, LONGEST),
            outgoing: PacketBatch::new(PacketBatch::MOST, LONGEST),
            sequence: first_sequence,
            counters: SendCounters::default(),
        }
    }

    /// Its receive side.
    #[must_use]
    pub const fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// Its receive side, to fetch gaps from.
    pub const fn receiver_mut(&mut self) -> &mut Receiver {
        &mut self.receiver
    }

    /// Its network.
    pub const fn io_mut(&mut self) -> &mut N {
        &mut self.io
    }

    /// What was sent.
    #[must_use]
    pub const fn send_counters(&self) -> SendCounters {
        self.counters
    }

    /// Forgets what it has heard; its packets go on in their numbering.
    pub(crate) fn restart(&mut self) {
        self.receiver = Receiver::new(self.config);
        self.outgoing.clear();
    }

    /// Takes what has arrived; more than a few batches wait for the next granule.
    pub(crate) fn hear(&mut self, tick: &MediaTick<'_>) {
        let now_ns = now_ns(tick);
        for _ in 0..MOST_BATCHES {
            self.io.receive(tick, &mut self.incoming);
            for packet in self.incoming.iter() {
                if packet.stranger {
                    self.receiver.handle_stranger();
                } else {
                    self.receiver.handle_datagram(now_ns.saturating_sub(packet.age_ns), packet.octets);
                }
            }
            if !self.incoming.is_full() {
                return;
            }
        }
    }

    /// Puts a packet into the batch that is sent next. Its number is the next one, whatever it says; bit R is set while
    /// packets are lost here.
    pub(crate) fn queue(&mut self, tick: &MediaTick<'_>, packet: &Packet<'_>) {
        let mut packet = Packet { sequence: self.sequence, ..*packet };
        packet.conditions.remote_loss = self.receiver.loss_of_packets();
        let queued = self.outgoing.push_with(|room| self.config.format.emit(&packet, room));
        debug_assert!(queued, "there is room, and the packet is of the configured sizes");
        self.sequence = self.sequence.wrapping_add(1);
        if self.outgoing.is_full() {
            self.flush(tick);
        }
    }

    /// Sends what was put into the batch.
    pub(crate) fn flush(&mut self, tick: &MediaTick<'_>) {
        if self.outgoing.is_empty() {
            return;
        }
        let sent = self.io.send(tick, &self.outgoing);
        let refused = self.outgoing.len().saturating_sub(sent);
        self.counters.sent = self.counters.sent.saturating_add(sent as u64);
        self.counters.refused = self.counters.refused.saturating_add(refused as u64);
        self.outgoing.clear();
    }
}

/// The local time at which a tick is worked.
pub(crate) fn now_ns(tick: &MediaTick<'_>) -> u64 {
    (tick.end() + tick.behind()).0.saturating_mul(FRAME_NS)
}

/// The far end's clock, beating on the local one: so many bits are due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pacer {
    frame_bits: i64,
    /// Bits that are due, times a thousand million.
    credit: i64,
}

impl Pacer {
    /// For frames of so many bits.
    pub(crate) const fn new(frame_bits: u32) -> Self {
        Self { frame_bits: frame_bits as i64, credit: 0 }
    }

    /// So many local frames have passed; the far end's clock is so much faster.
    pub(crate) const fn pass(&mut self, frames: usize, ppb: i32) {
        self.credit += frames as i64 * self.frame_bits * (PARTS + ppb as i64);
    }

    /// Takes as many whole units of so many bits as are due, `most` of them at most.
    pub(crate) fn take(&mut self, bits: u32, most: usize) -> usize {
        let unit = i64::from(bits) * PARTS;
        let count = (self.credit / unit).min(most as i64);
        self.credit -= count * unit;
        // What there is no room for is no debt.
        self.credit = self.credit.min(unit);
        count as usize
    }
}

const FRAME_NS: u64 = 125_000;
const PARTS: i64 = 1_000_000_000;
/// Batches taken in a granule.
const MOST_BATCHES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_faster_clock_are_due_more_often_by_just_that_much() {
        for (ppb, words) in [(0, 3_200_000), (50_000, 3_200_160), (-50_000, 3_199_840), (1, 3_200_000)] {
            let mut pacer = Pacer::new(256);
            let mut due = 0;
            for _ in 0..100_000 {
                pacer.pass(8, ppb);
                due += pacer.take(64, 34);
            }
            assert_eq!(due, words, "{ppb}");
        }
    }

    #[test]
    fn frames_of_193_bits_are_due_as_words_without_losing_a_bit() {
        let mut pacer = Pacer::new(193);
        let due: usize = (0..64)
            .map(|_| {
                pacer.pass(8, 0);
                pacer.take(64, 34)
            })
            .sum();
        assert_eq!(due, 8 * 193);
    }
}
