//! The receive HDLC controller: bits in, messages by the octet into a FIFO of 64.
//!
//! Octets reach the FIFO while their message goes on, so a message may be longer than the FIFO. The last three are
//! held back until it is known what they are: two of them may be the CRC, and one carries the end.
use super::registers::{set, state};

/// One controller.
#[derive(Clone, Debug)]
pub(super) struct HdlcReceive {
    fifo: [Entry; FIFO],
    first: usize,
    held: usize,
    /// RRTS5.PS.
    packet_status: u8,
    /// Ones in a row on the line.
    ones: u8,
    state: State,
}

/// An octet, and how its message ended if it is the last.
#[derive(Clone, Copy, Debug)]
struct Entry {
    octet: u8,
    end: u8,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// No flag since the start, an abort or an overrun.
    Hunt,
    Open(Message),
}

/// What came since a flag.
#[derive(Clone, Copy, Debug)]
struct Message {
    /// The last bits, which may turn out to be those of a flag, and how many.
    delayed: u8,
    waiting: u8,
    bits: u32,
    octet: u8,
    crc: u16,
    /// The last octets, the newest lowest, not in the FIFO yet.
    last: u32,
}

impl HdlcReceive {
    pub(super) const fn new() -> Self {
        let fifo = [Entry { octet: 0, end: IN_PROGRESS }; FIFO];
        Self { fifo, first: 0, held: 0, packet_status: IN_PROGRESS, ones: NO_FLAG, state: State::Hunt }
    }

    /// The line was not to be trusted.
    pub(super) const fn restart(&mut self) {
        (self.state, self.ones) = (State::Hunt, NO_FLAG);
    }

    /// RRTS5.
    pub(super) const fn now(&self) -> u8 {
        self.packet_status << 4 | (self.held > 0) as u8
    }

    /// RHPBA.
    pub(super) fn available(&self) -> u8 {
        let end = (0..self.held).position(|n| self.fifo[(self.first + n) % FIFO].end != IN_PROGRESS);
        match end {
            Some(place) => place as u8 + 1,
            None if self.held == 0 => 0,
            None => self.held as u8 | GOES_ON,
        }
    }

    /// RHF: the host reads.
    pub(super) const fn pop(&mut self) -> u8 {
        if self.held == 0 {
            return 0xff;
        }
        let entry = self.fifo[self.first % FIFO];
        (self.first, self.held) = ((self.first + 1) % FIFO, self.held - 1);
        self.packet_status = entry.end;
        entry.octet
    }

    /// Takes a bit of the line and gives bits of RLS5.
    pub(super) fn take(&mut self, rhc: u8, bit: bool) -> u8 {
        if bit {
            self.ones = (self.ones + 1).min(NO_FLAG);
            return match self.ones {
                0..=5 => self.data(true),
                7 => self.end(rhc, true),
                _ => 0,
            };
        }
        match std::mem::take(&mut self.ones) {
            0..=4 => self.data(false),
            6 => {
                let told = self.end(rhc, false);
                self.state = State::Open(Message::new());
                told
            }
            _ => 0,
        }
    }

    fn data(&mut self, bit: bool) -> u8 {
        let State::Open(message) = &mut self.state else { return 0 };
        match message.take(bit) {
            4.. => {
                let (oldest, begun) = ((message.last >> 24) as u8, message.bits == 32);
                if begun {
                    state::RPS | self.push(oldest, IN_PROGRESS)
                } else {
                    self.push(oldest, IN_PROGRESS)
                }
            }
            _ => 0,
        }
    }

    /// A flag, or an abort, in the midst of something.
    fn end(&mut self, rhc: u8, aborted: bool) -> u8 {
        let State::Open(message) = std::mem::replace(&mut self.state, State::Hunt) else { return 0 };
        if message.bits / 8 < SHORTEST {
            return 0;
        }
        let end = if aborted {
            ABORTED
        } else if message.bits.is_multiple_of(8) && message.crc == CRC_GOOD {
            GOOD
        } else {
            CRC_BAD
        };
        let [_, third, second, first] = message.last.to_be_bytes();
        if rhc & set::RCRCD == 0 {
            return state::RPE | self.push(third, end);
        }
        state::RPE | self.push(third, IN_PROGRESS) | self.push(second, IN_PROGRESS) | self.push(first, end)
    }

    fn push(&mut self, octet: u8, end: u8) -> u8 {
        if self.held == FIFO {
            (self.held, self.packet_status) = (0, OVERRUN);
            self.restart();
            return state::ROVR;
        }
        self.fifo[(self.first + self.held) % FIFO] = Entry { octet, end };
        self.held += 1;
        0
    }
}

impl Message {
    const fn new() -> Self {
        Self { delayed: 0, waiting: 0, bits: 0, octet: 0, crc: 0xffff, last: 0 }
    }

    /// Takes a bit; the number of octets, if one is complete with it.
    const fn take(&mut self, bit: bool) -> u32 {
        let sure = self.delayed >> (OF_FLAG - 1) & 1 != 0;
        self.delayed = self.delayed << 1 | bit as u8;
        if self.waiting < OF_FLAG {
            self.waiting += 1;
            return 0;
        }
        let fed_back = (self.crc & 1 != 0) != sure;
        self.crc = self.crc >> 1 ^ if fed_back { 0x8408 } else { 0 };
        self.octet = self.octet >> 1 | (sure as u8) << 7;
        self.bits = self.bits.saturating_add(1);
        if !self.bits.is_multiple_of(8) {
            return 0;
        }
        self.last = self.last << 8 | self.octet as u32;
        self.bits / 8
    }
}

const FIFO: usize = 64;
/// RHPBA: the octets do not end their message.
const GOES_ON: u8 = 0x80;
/// Octets with CRC that a message must have.
const SHORTEST: u32 = 4;
const IN_PROGRESS: u8 = 0;
const GOOD: u8 = 1;
const CRC_BAD: u8 = 2;
const ABORTED: u8 = 3;
const OVERRUN: u8 = 4;
/// What the register holds behind a good CRC (ISO 3309).
const CRC_GOOD: u16 = 0xf0b8;
/// A zero and five ones of a flag are taken for bits of a message before it is known.
const OF_FLAG: u8 = 6;
const NO_FLAG: u8 = 8;
