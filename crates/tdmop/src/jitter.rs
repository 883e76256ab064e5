//! The jitter buffer: packets in the order of their sequence numbers, each played at its time or missed.
//!
//! Its memory is made once. The first packet of a stream is played so many packet times after it has come as the buffer is
//! deep, and then one follows each packet time. A packet that comes after its time is late; one that is far from the others
//! is out of the window, until a few of them follow each other: then the far end has begun anew, and so does the buffer.
use crate::wire::{Conditions, Packet};

/// Packets between arrival and playing.
#[derive(Debug)]
pub struct JitterBuffer {
    depth: u16,
    /// A power of two, so that it divides the range of sequence numbers.
    slots: Box<[Slot]>,
    /// The octets of each slot, data first, then signalling.
    octets: Box<[u8]>,
    data_octets: usize,
    signalling_octets: usize,
    state: State,
    /// The packet to be played next; meaningless while empty.
    next: u16,
    /// Bit n: the packet that was due n + 1 packet times ago was played.
    history: u64,
    held: usize,
    /// The sequence number that would follow the last packet out of the window, and how many have followed each other.
    elsewhere: Option<(u16, u8)>,
    late_in_a_row: u8,
    missed_in_a_row: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No stream.
    Empty,
    /// The first packets of a stream are gathered for so many packet times more.
    Priming { left: u16 },
    /// A packet is due each packet time.
    Playing,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    held: bool,
    conditions: Conditions,
    data: bool,
    signalling: bool,
}

/// What became of a packet that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It waits to be played.
    Queued {
        /// How many packet times before its own, while packets are played.
        ahead: Option<i16>,
    },
    /// It waits to be played as the first of a new stream; so many packets of the old one will not be played any more.
    Began {
        /// Packets thrown away.
        flushed: usize,
    },
    /// It was here before.
    Duplicate,
    /// Its time to be played is past by so many packet times.
    Late {
        /// At least 1.
        by: i16,
    },
    /// Its number is far from those expected.
    OutOfWindow,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due<'a> {
    /// No stream, or one that has not begun to be played.
    Nothing,
    /// The packet did not come in time.
    Lost,
    /// The packet.
    Packet {
        /// What its sender said of itself.
        conditions: Conditions,
        /// Octets of the span; none if they were left out.
        data: &'a [u8],
        /// Signalling; none if it was left out.
        signalling: &'a [u8],
    },
}

impl JitterBuffer {
    /// The deepest buffer, in packets.
    pub const DEEPEST: usize = 64;

    /// A buffer that delays by `depth` packets, 1 to [`Self::DEEPEST`] (others are brought into that range), with room for
    /// twice as many, of packets with so many octets of data and signalling.
    #[must_use]
    pub fn new(depth: usize, data_octets: usize, signalling_octets: usize) -> Self {
        let depth = depth.clamp(1, Self::DEEPEST);
        let capacity = (2 * depth).next_power_of_two().max(LEAST_CAPACITY);
        Self {
            depth: depth as u16,
            slots: vec![Slot::default(); capacity].into(),
            octets: vec![0; capacity * (data_octets + signalling_octets)].into(),
            data_octets,
            signalling_octets,
            state: State::Empty,
            next: 0,
            history: 0,
            held: 0,
            elsewhere: None,
            late_in_a_row: 0,
            missed_in_a_row: 0,
        }
    }

    /// Packet times by which it delays.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.depth as usize
    }

    /// Packets in it.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }

    /// Whether there is no stream.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self.state, State::Empty)
    }

    /// Takes a packet. Its data and signalling must be of the configured lengths, or left out.
    pub fn push(&mut self, packet: &Packet<'_>) -> Arrival {
        if self.is_empty() {
            return self.begin(packet);
        }
        let ahead = packet.sequence.wrapping_sub(self.next).cast_signed();
        let arrival = match ahead {
            0.. if (ahead as usize) < self.slots.len() => {
                if self.slots[self.place(packet.sequence)].held {
                    Arrival::Duplicate
                } else {
                    self.store(packet);
                    let playing = self.state == State::Playing;
                    Arrival::Queued { ahead: playing.then_some(ahead) }
                }
            }
            HISTORY_START..0 if self.history >> (-1 - ahead) & 1 == 1 => Arrival::Duplicate,
            HISTORY_START..0 => Arrival::Late { by: -ahead },
            _ => Arrival::OutOfWindow,
        };
        match arrival {
            Arrival::Queued { .. } => (self.elsewhere, self.late_in_a_row) = (None, 0),
            Arrival::Late { .. } => {
                self.late_in_a_row += 1;
                if self.late_in_a_row >= LATE_LIMIT {
                    return self.begin(packet);
                }
            }
            Arrival::OutOfWindow => {
                let following = match self.elsewhere {
                    Some((expected, count)) if expected == packet.sequence => count + 1,
                    _ => 1,
                };
                if following >= ELSEWHERE_LIMIT {
                    return self.begin(packet);
                }
                self.elsewhere = Some((packet.sequence.wrapping_add(1), following));
            }
            Arrival::Duplicate | Arrival::Began { .. } => {}
        }
        arrival
    }

    /// Gives what is due now; to be called once a packet time.
    pub fn pop(&mut self) -> Due<'_> {
        match self.state {
            State::Empty => return Due::Nothing,
            State::Priming { left: 2.. } => {
                let State::Priming { left } = &mut self.state else { return Due::Nothing };
                *left -= 1;
                return Due::Nothing;
            }
            State::Priming { .. } => self.state = State::Playing,
            State::Playing => {}
        }
        let place = self.place(self.next);
        let slot = std::mem::take(&mut self.slots[place]);
        self.next = self.next.wrapping_add(1);
        self.history = self.history << 1 | u64::from(slot.held);
        if !slot.held {
            self.missed_in_a_row += 1;
            if self.held == 0 && usize::from(self.missed_in_a_row) >= self.slots.len().max(LEAST_SILENCE) {
                self.state = State::Empty;
            }
            return Due::Lost;
        }
        self.missed_in_a_row = 0;
        self.held -= 1;
        let width = self.data_octets + self.signalling_octets;
        let (data, signalling) = self.octets[place * width..][..width].split_at(self.data_octets);
        Due::Packet {
            conditions: slot.conditions,
            data: if slot.data { data } else { &[] },
            signalling: if slot.signalling { signalling } else { &[] },
        }
    }

    /// Begins a stream with this packet.
    fn begin(&mut self, packet: &Packet<'_>) -> Arrival {
        let flushed = std::mem::take(&mut self.held);
        self.slots.fill(Slot::default());
        (self.elsewhere, self.late_in_a_row, self.missed_in_a_row) = (None, 0, 0);
        self.history = 0;
        self.next = packet.sequence;
        self.state = State::Priming { left: self.depth + 1 };
        self.store(packet);
        Arrival::Began { flushed }
    }

    fn store(&mut self, packet: &Packet<'_>) {
        let place = self.place(packet.sequence);
        let width = self.data_octets + self.signalling_octets;
        let (data, signalling) = self.octets[place * width..][..width].split_at_mut(self.data_octets);
        self.slots[place] = Slot {
            held: true,
            conditions: packet.conditions,
            data: copy_whole(packet.data, data),
            signalling: copy_whole(packet.signalling, signalling),
        };
        self.held += 1;
    }

    const fn place(&self, sequence: u16) -> usize {
        sequence as usize & (self.slots.len() - 1)
    }
}

/// Copies if the lengths are equal, and says whether they were.
fn copy_whole(from: &[u8], to: &mut [u8]) -> bool {
    let whole = from.len() == to.len();
    if whole {
        to.copy_from_slice(from);
    }
    whole
}

/// How far back a duplicate is told from a late packet.
const HISTORY_START: i16 = -64;
/// So many packets out of the window, one after the other, are a stream that has begun anew.
const ELSEWHERE_LIMIT: u8 = 3;
/// So many late packets with none in time between: the way has become longer, and the buffer begins anew.
const LATE_LIMIT: u8 = 32;
const LEAST_CAPACITY: usize = 8;
/// A stream of which so many packet times bring nothing has ended; more than make a loss of packets.
const LEAST_SILENCE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16, data: &[u8]) -> Packet<'_> {
        Packet { sequence, data, ..Packet::default() }
    }

    /// A buffer of depth 2 that plays packet 10 next, of which 10 and 11 are there.
    fn playing() -> JitterBuffer {
        let mut buffer = JitterBuffer::new(2, 1, 0);
        assert_eq!(buffer.push(&packet(9, &[9])), Arrival::Began { flushed: 0 });
        assert_eq!(buffer.pop(), Due::Nothing);
        assert_eq!(buffer.push(&packet(10, &[10])), Arrival::Queued { ahead: None });
        assert_eq!(buffer.pop(), Due::Nothing);
        assert_eq!(buffer.push(&packet(11, &[11])), Arrival::Queued { ahead: None });
        assert_eq!(octet(&mut buffer), Some(9));
        buffer
    }

    fn octet(buffer: &mut JitterBuffer) -> Option<u8> {
        match buffer.pop() {
            Due::Packet { data, .. } => Some(data[0]),
            Due::Lost | Due::Nothing => None,
        }
    }

    #[test]
    fn the_first_packet_is_played_when_as_many_have_followed_as_the_buffer_is_deep() {
        let mut buffer = playing();
        assert_eq!(buffer.push(&packet(12, &[12])), Arrival::Queued { ahead: Some(2) });
        assert_eq!(
            (octet(&mut buffer), octet(&mut buffer), octet(&mut buffer)),
            (Some(10), Some(11), Some(12))
        );
        assert_eq!(buffer.pop(), Due::Lost);
    }

    #[test]
    fn packets_are_played_in_order_whatever_order_they_come_in() {
        let mut buffer = playing();
        for sequence in [14, 12, 13] {
            assert!(matches!(buffer.push(&packet(sequence, &[sequence as u8])), Arrival::Queued { .. }));
        }
        let played: Vec<_> = (0..5).map(|_| octet(&mut buffer)).collect();
        assert_eq!(played, [Some(10), Some(11), Some(12), Some(13), Some(14)]);
    }

    #[test]
    fn a_second_copy_is_a_duplicate_before_and_after_the_first_was_played() {
        let mut buffer = playing();
        assert_eq!(buffer.push(&packet(11, &[0])), Arrival::Duplicate);
        assert_eq!(buffer.push(&packet(9, &[0])), Arrival::Duplicate);
        assert_eq!(octet(&mut buffer), Some(10));
        assert_eq!(octet(&mut buffer), Some(11), "the first copy is played");
    }

    #[test]
    fn a_packet_after_its_time_is_late() {
        let mut buffer = playing();
        for _ in 0..3 {
            octet(&mut buffer);
        }
        assert_eq!(buffer.push(&packet(12, &[12])), Arrival::Late { by: 1 });
        assert_eq!(buffer.push(&packet(8, &[8])), Arrival::Late { by: 5 }, "never seen");
        assert_eq!(buffer.push(&packet(11, &[11])), Arrival::Duplicate);
    }

    #[test]
    fn sequence_numbers_go_on_at_zero_behind_65535() {
        let mut buffer = JitterBuffer::new(1, 2, 0);
        let first = 65_530_u16;
        for step in 0..20_u16 {
            let sequence = first.wrapping_add(step);
            buffer.push(&packet(sequence, &sequence.to_be_bytes()));
            match buffer.pop() {
                Due::Nothing => assert_eq!(step, 0),
                Due::Lost => panic!("{sequence} lost"),
                Due::Packet { data, .. } => assert_eq!(data, first.wrapping_add(step - 1).to_be_bytes()),
            }
        }
    }

    #[test]
    fn three_packets_in_a_row_far_away_are_a_far_end_that_began_anew() {
        let mut buffer = playing();
        assert_eq!(buffer.push(&packet(40_000, &[1])), Arrival::OutOfWindow);
        assert_eq!(buffer.push(&packet(50_000, &[1])), Arrival::OutOfWindow);
        assert_eq!(buffer.push(&packet(50_001, &[1])), Arrival::OutOfWindow);
        assert_eq!(buffer.push(&packet(50_002, &[2])), Arrival::Began { flushed: 2 });
        assert_eq!(buffer.push(&packet(50_001, &[1])), Arrival::Late { by: 1 }, "it was not kept");
        assert_eq!((octet(&mut buffer), octet(&mut buffer)), (None, None));
        assert_eq!(octet(&mut buffer), Some(2));
    }

    #[test]
    fn strays_far_away_change_nothing_when_expected_packets_come_between() {
        let mut buffer = playing();
        for step in 0..100_u16 {
            assert_eq!(buffer.push(&packet(40_000 + step, &[1])), Arrival::OutOfWindow);
            assert!(matches!(buffer.push(&packet(12 + step, &[0])), Arrival::Queued { .. }));
            assert!(octet(&mut buffer).is_some());
        }
    }

    #[test]
    fn a_way_that_has_become_longer_makes_the_buffer_begin_anew() {
        let mut buffer = playing();
        while buffer.held() > 0 || octet(&mut buffer).is_some() {
            octet(&mut buffer);
        }
        let mut began = 0;
        // Each packet comes when the one three behind it is due.
        for sequence in 12..60 {
            began += usize::from(matches!(buffer.push(&packet(sequence, &[5])), Arrival::Began { .. }));
            octet(&mut buffer);
        }
        assert_eq!(began, 1);
        assert_eq!(octet(&mut buffer), Some(5));
    }

    #[test]
    fn without_packets_the_stream_ends_and_the_next_packet_begins_another() {
        let mut buffer = playing();
        let popped: Vec<_> = (0..2 + 16).map(|_| octet(&mut buffer)).collect();
        assert_eq!(popped.iter().flatten().count(), 2);
        assert!(buffer.is_empty());
        assert_eq!(buffer.pop(), Due::Nothing);
        assert_eq!(buffer.push(&packet(25, &[1])), Arrival::Began { flushed: 0 });
    }

    #[test]
    fn data_that_were_left_out_stay_so() {
        let mut buffer = JitterBuffer::new(1, 4, 1);
        let conditions = Conditions { local_fault: true, ..Conditions::default() };
        buffer.push(&Packet { conditions, ..Packet::default() });
        buffer.push(&Packet { sequence: 1, data: &[1; 4], signalling: &[2], ..Packet::default() });
        buffer.pop();
        assert_eq!(buffer.pop(), Due::Packet { conditions, data: &[], signalling: &[] });
        let none = Conditions::default();
        assert_eq!(buffer.pop(), Due::Packet { conditions: none, data: &[1; 4], signalling: &[2] });
    }
}
