//! The receive side of a span over packets: from datagrams as they arrive to octets as they are due.
//!
//! Each datagram is accounted for under exactly one reason. What is missing is filled with octets of exactly its length, and
//! told as a [`Gap`]. Loss of packets begins and ends by numbers of packets in a row, and the far end is told of it.
use crate::wire::{Conditions, Format, Refusals};
use crate::{Arrival, ClockRecovery, Due, Estimate, JitterBuffer, PacketTime};

/// How a stream is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverConfig {
    /// How its packets are made.
    pub format: Format,
    /// How long a packet is.
    pub packet_time: PacketTime,
    /// By how many packets the jitter buffer delays, 1 to [`JitterBuffer::DEEPEST`].
    pub depth: usize,
    /// The octet that takes the place of lost data.
    pub fill: u8,
    /// The only source whose packets are taken, by SSRC or subaddress. `None` takes the first, and another when that one is
    /// no longer heard.
    pub source: Option<u32>,
}

/// The receive side of a span.
#[derive(Debug)]
pub struct Receiver {
    config: ReceiverConfig,
    buffer: JitterBuffer,
    recovery: ClockRecovery,
    balance: Balance,
    loss: LossOfPackets,
    /// The source heard last.
    heard: Option<u32>,
    conditions: Conditions,
    counters: ReceiveCounters,
    gaps: Gaps,
    /// What takes the place of lost data, and of data that mean nothing.
    fill: Box<[u8]>,
    ones: Box<[u8]>,
}

/// What was received and played, in packets. Counters saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiveCounters {
    /// Datagrams that came.
    pub received: u64,
    /// Of these, no packets of the format, by reason.
    pub refused: Refusals,
    /// From another sender than the far end.
    pub strangers: u64,
    /// Second copies.
    pub duplicates: u64,
    /// Too late to be played.
    pub late: u64,
    /// With numbers far from those expected.
    pub out_of_window: u64,
    /// Played.
    pub played: u64,
    /// Thrown away from the buffer when it began anew.
    pub flushed: u64,
    /// Packet times in which the packet was not there.
    pub lost: u64,
    /// Packet times without a stream.
    pub idle: u64,
    /// Packets that came before one with a lower number, and were put in order.
    pub reordered: u64,
    /// Times that the buffer began, the first time counted.
    pub begun: u64,
}

impl ReceiveCounters {
    /// Whether each datagram that came is counted under one reason, or still held.
    #[must_use]
    pub fn balances(&self, held: usize) -> bool {
        let reasons = [
            self.refused.sum(),
            self.strangers,
            self.duplicates,
            self.late,
            self.out_of_window,
            self.played,
            self.flushed,
            held as u64,
        ];
        reasons.iter().sum::<u64>() == self.received
    }
}

/// What a packet time of a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Played<'a> {
    /// Octets of the span: always as many as a packet has.
    pub data: &'a [u8],
    /// Signalling, if there is any.
    pub signalling: Option<&'a [u8]>,
    /// Where the octets come from.
    pub kind: Kind,
    /// Whether they stand in a [`Gap`]: packets were played before, and now none is there.
    pub is_gap: bool,
}

/// Where octets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From the far end.
    Data,
    /// From here: the far end says that it has none that mean anything. They are ones.
    Fault,
    /// From here: the packet is missing.
    Lost,
    /// From here: no stream is played.
    Idle,
}

/// Octets that were not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// How many packet times after the first packet was played it begins.
    pub at: u64,
    /// How many packet times long it is.
    pub length: u64,
}

impl Receiver {
    /// A receive side that has heard nothing yet.
    #[must_use]
    pub fn new(config: ReceiverConfig) -> Self {
        let octets = config.format.data_octets();
        Self {
            config,
            buffer: JitterBuffer::new(config.depth, octets, config.format.signalling_octets()),
            recovery: ClockRecovery::new(config.packet_time),
            balance: Balance::default(),
            loss: LossOfPackets::new(),
            heard: None,
            conditions: Conditions::default(),
            counters: ReceiveCounters::default(),
            gaps: Gaps::default(),
            fill: vec![config.fill; octets].into(),
            ones: vec![0xff; octets].into(),
        }
    }

    /// A datagram came from an address that is not the far end's.
    pub const fn handle_stranger(&mut self) {
        add(&mut self.counters.received);
        add(&mut self.counters.strangers);
    }

    /// A datagram came from the far end's address at this time.
    pub fn handle_datagram(&mut self, at_ns: u64, octets: &[u8]) {
        add(&mut self.counters.received);
        let packet = match self.config.format.parse(octets) {
            Ok(packet) => packet,
            Err(reason) => return self.counters.refused.add(reason),
        };
        if !self.is_expected(packet.source) {
            return add(&mut self.counters.strangers);
        }
        let arrival = self.buffer.push(&packet);
        match arrival {
            Arrival::Queued { ahead } => {
                if self.loss.precedes(packet.sequence) {
                    add(&mut self.counters.reordered);
                }
                if let Some(ahead) = ahead {
                    self.balance.note(i64::from(ahead), self.buffer.depth());
                }
            }
            Arrival::Began { flushed } => {
                self.counters.flushed = self.counters.flushed.saturating_add(flushed as u64);
                add(&mut self.counters.begun);
                self.heard = packet.source;
                self.recovery.restart();
                self.balance = Balance::default();
            }
            Arrival::Duplicate => return add(&mut self.counters.duplicates),
            Arrival::OutOfWindow => return add(&mut self.counters.out_of_window),
            Arrival::Late { by } => {
                add(&mut self.counters.late);
                self.balance.note(-i64::from(by), self.buffer.depth());
            }
        }
        self.loss.note_arrival(packet.sequence);
        self.recovery.note(packet.sequence, at_ns);
    }

    /// What is due: to be called once a packet time of the far end's clock.
    pub fn play(&mut self) -> Played<'_> {
        let due = self.buffer.pop();
        let played = match due {
            Due::Packet { conditions, data, signalling } => {
                add(&mut self.counters.played);
                self.loss.note_played();
                self.conditions = conditions;
                let (kind, data) = if conditions.local_fault || data.is_empty() {
                    (Kind::Fault, &*self.ones)
                } else {
                    (Kind::Data, data)
                };
                let signalling = (kind == Kind::Data && !signalling.is_empty()).then_some(signalling);
                Played { data, signalling, kind, is_gap: false }
            }
            Due::Lost => {
                add(&mut self.counters.lost);
                self.loss.note_missing();
                Played { data: &self.fill, signalling: None, kind: Kind::Lost, is_gap: false }
            }
            Due::Nothing => {
                add(&mut self.counters.idle);
                Played { data: &self.fill, signalling: None, kind: Kind::Idle, is_gap: false }
            }
        };
        if self.loss.is_lost {
            self.conditions = Conditions::default();
        }
        let is_gap = self.gaps.note(matches!(played.kind, Kind::Lost | Kind::Idle));
        Played { is_gap, ..played }
    }

    /// How much faster than nominal packets are to be played, in parts per thousand million: the far end's clock, and a little
    /// more or less while the buffer is far from its depth.
    #[must_use]
    pub const fn rate_ppb(&self) -> i32 {
        self.recovery.estimate().ppb + self.balance.trim_ppb
    }

    /// The far end's clock.
    #[must_use]
    pub const fn clock(&self) -> Estimate {
        self.recovery.estimate()
    }

    /// Whether packets are lost so that there is no stream to speak of; the far end is to be told (bit R).
    #[must_use]
    pub const fn loss_of_packets(&self) -> bool {
        self.loss.is_lost
    }

    /// What the far end says of itself; nothing while packets are lost.
    #[must_use]
    pub const fn conditions(&self) -> Conditions {
        self.conditions
    }

    /// What was counted.
    #[must_use]
    pub const fn counters(&self) -> &ReceiveCounters {
        &self.counters
    }

    /// Packets that wait to be played.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.buffer.held()
    }

    /// The next gap that has ended and was not told yet. Of those that nobody asks for the latest are kept.
    pub const fn poll_gap(&mut self) -> Option<Gap> {
        self.gaps.poll()
    }

    /// Gaps that nobody asked for in time.
    #[must_use]
    pub const fn gaps_untold(&self) -> u64 {
        self.gaps.untold
    }

    fn is_expected(&self, source: Option<u32>) -> bool {
        match (self.config.source, self.heard) {
            (Some(wanted), _) => source == Some(wanted),
            (None, Some(heard)) => source == Some(heard) || self.buffer.is_empty(),
            (None, None) => true,
        }
    }
}

/// Loss of packets: begins when so many are missing in a row, ends when so many came in sequence.
#[derive(Debug)]
struct LossOfPackets {
    is_lost: bool,
    missing: u8,
    /// The number after the one that came last, and how many have come in sequence.
    expected: Option<u16>,
    in_sequence: u8,
}

impl LossOfPackets {
    const fn new() -> Self {
        Self { is_lost: true, missing: 0, expected: None, in_sequence: 0 }
    }

    /// Whether the number is before that of the packet that came last.
    fn precedes(&self, sequence: u16) -> bool {
        self.expected.is_some_and(|expected| sequence.wrapping_sub(expected).cast_signed() < 0)
    }

    fn note_arrival(&mut self, sequence: u16) {
        let follows = self.expected == Some(sequence);
        self.in_sequence = if follows { self.in_sequence.saturating_add(1) } else { 1 };
        self.expected = Some(sequence.wrapping_add(1));
        if self.is_lost && self.in_sequence >= IN_SEQUENCE_TO_END {
            (self.is_lost, self.missing) = (false, 0);
        }
    }

    const fn note_played(&mut self) {
        self.missing = 0;
    }

    const fn note_missing(&mut self) {
        self.missing = self.missing.saturating_add(1);
        if !self.is_lost && self.missing >= MISSING_TO_BEGIN {
            (self.is_lost, self.in_sequence) = (true, 0);
        }
    }
}

/// How far the buffer is from its depth, and what is done about it: a little faster or slower until it is near again.
#[derive(Debug, Default)]
struct Balance {
    sum: i64,
    count: i64,
    trim_ppb: i32,
}

impl Balance {
    /// A packet came so many packet times before its own.
    const fn note(&mut self, ahead: i64, depth: usize) {
        self.sum += ahead;
        self.count += 1;
        if self.count < BALANCE_PACKETS {
            return;
        }
        // In 1/16 of a packet: correct from a quarter of the depth on until an eighth.
        let off = 16 * self.sum / self.count - 16 * depth as i64;
        let allowed = 2 * depth as i64 * if self.trim_ppb == 0 { 2 } else { 1 };
        self.trim_ppb = match off {
            _ if off.abs() <= if allowed < LEAST_OFF { LEAST_OFF } else { allowed } => 0,
            1.. => TRIM_PPB,
            _ => -TRIM_PPB,
        };
        (self.sum, self.count) = (0, 0);
    }
}

/// Where octets were missing. Of gaps that nobody asks for the latest are kept.
#[derive(Debug, Default)]
struct Gaps {
    /// Packet times since the first packet was played; nothing is a gap before that.
    position: Option<u64>,
    open: Option<Gap>,
    ended: [Option<Gap>; GAPS_KEPT],
    oldest: usize,
    count: usize,
    untold: u64,
}

impl Gaps {
    /// Takes a packet time, and says whether it is part of a gap.
    const fn note(&mut self, is_missing: bool) -> bool {
        let at = match self.position {
            Some(position) => position + 1,
            None if is_missing => return false,
            None => 0,
        };
        self.position = Some(at);
        match (&mut self.open, is_missing) {
            (Some(gap), true) => gap.length += 1,
            (None, true) => self.open = Some(Gap { at, length: 1 }),
            (Some(gap), false) => {
                let gap = *gap;
                self.open = None;
                self.keep(gap);
            }
            (None, false) => {}
        }
        is_missing
    }

    const fn keep(&mut self, gap: Gap) {
        if self.count == GAPS_KEPT {
            self.oldest = (self.oldest + 1) % GAPS_KEPT;
            self.count -= 1;
            add(&mut self.untold);
        }
        self.ended[(self.oldest + self.count) % GAPS_KEPT] = Some(gap);
        self.count += 1;
    }

    const fn poll(&mut self) -> Option<Gap> {
        if self.count == 0 {
            return None;
        }
        let gap = self.ended[self.oldest];
        self.oldest = (self.oldest + 1) % GAPS_KEPT;
        self.count -= 1;
        gap
    }
}

const fn add(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// RFC 5604, pwTDMCfgConsecMissPktsOutSynch: the default.
const MISSING_TO_BEGIN: u8 = 10;
/// RFC 5604, pwTDMCfgConsecPktsInSynch: the default.
const IN_SEQUENCE_TO_END: u8 = 2;
/// Packets over which the fill of the buffer is averaged.
const BALANCE_PACKETS: i64 = 1024;
/// Half a packet, in 1/16: as near as a shallow buffer needs to be.
const LEAST_OFF: i64 = 8;
/// A packet of a millisecond is made up for in 100 s.
const TRIM_PPB: i32 = 10_000;
const GAPS_KEPT: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_far_from_its_depth_is_brought_back_slowly_and_then_left_alone() {
        let mut balance = Balance::default();
        let mut after = |ahead: i64| {
            (0..BALANCE_PACKETS).for_each(|_| balance.note(ahead, 16));
            balance.trim_ppb
        };
        assert_eq!(after(19), 0);
        assert_eq!(after(21), TRIM_PPB, "too full: play faster");
        assert_eq!(after(19), TRIM_PPB);
        assert_eq!(after(18), 0);
        assert_eq!(after(11), -TRIM_PPB);
        assert_eq!(after(14), 0);
    }
}
