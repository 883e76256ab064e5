//! The transmit HDLC controller: octets from a FIFO of 64, flags or ones between messages, CRC, aborts.
use super::registers::{set, state};

/// One controller.
#[derive(Clone, Debug)]
pub(super) struct HdlcSend {
    fifo: [Entry; FIFO],
    first: usize,
    held: usize,
    /// Ones in a row within a message.
    ones: u8,
    state: State,
}

/// An octet, and whether it is the last of its message.
#[derive(Clone, Copy, Debug)]
struct Entry {
    octet: u8,
    last: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    /// A flag; `closes` a message.
    Flag {
        place: u8,
        closes: bool,
    },
    Octet {
        octet: u8,
        place: u8,
        last: bool,
        crc: u16,
    },
    Crc {
        crc: u16,
        place: u8,
    },
    Abort {
        left: u8,
    },
}

impl HdlcSend {
    pub(super) const fn new() -> Self {
        let fifo = [Entry { octet: 0, last: false }; FIFO];
        Self { fifo, first: 0, held: 0, ones: 0, state: State::Idle }
    }

    /// THR: the FIFO is emptied, and what was being sent is aborted.
    pub(super) const fn reset(&mut self) {
        self.held = 0;
        if !matches!(self.state, State::Idle) {
            self.state = State::Abort { left: 8 };
        }
    }

    /// The line was taken for something else: begins anew with a flag.
    pub(super) const fn restart(&mut self) {
        if !matches!(self.state, State::Idle) {
            self.state = State::Flag { place: 0, closes: false };
        }
    }

    /// TFBA.
    pub(super) const fn free(&self) -> u8 {
        (FIFO - self.held) as u8
    }

    /// THF: the host writes.
    pub(super) const fn push(&mut self, octet: u8, last: bool) {
        if self.held < FIFO {
            self.fifo[(self.first + self.held) % FIFO] = Entry { octet, last };
            self.held += 1;
        }
    }

    /// The next bit, and bits of TLS2.
    pub(super) fn poll(&mut self, thc1: u8) -> (bool, u8) {
        match self.state {
            State::Idle if thc1 & set::TFS != 0 && self.held == 0 => (true, 0),
            State::Idle => self.flag(0, false, thc1),
            State::Flag { place, closes } => self.flag(place, closes, thc1),
            State::Octet { .. } | State::Crc { .. } if self.ones == 5 => {
                self.ones = 0;
                (false, 0)
            }
            State::Octet { octet, place, last, crc } => self.octet(octet, place, last, crc, thc1),
            State::Crc { crc, place } => {
                let bit = crc >> place & 1 != 0;
                self.count(bit);
                self.state = if place == 15 { CLOSING_FLAG } else { State::Crc { crc, place: place + 1 } };
                (bit, 0)
            }
            State::Abort { left } => {
                self.state = if left > 1 { State::Abort { left: left - 1 } } else { State::Idle };
                (true, 0)
            }
        }
    }

    fn flag(&mut self, place: u8, closes: bool, thc1: u8) -> (bool, u8) {
        // The five ones that may have ended the message want their zero first.
        if closes && place == 0 && self.ones == 5 {
            self.ones = 0;
            return (false, 0);
        }
        self.ones = 0;
        let bit = 0x7e >> place & 1 != 0;
        if place < 7 {
            self.state = State::Flag { place: place + 1, closes };
            return (bit, 0);
        }
        self.state = match self.pop() {
            Some(entry) => State::octet(entry, 0xffff),
            None if thc1 & set::TFS != 0 => State::Idle,
            None => State::Flag { place: 0, closes: false },
        };
        (bit, if closes { state::TMEND } else { 0 })
    }

    fn octet(&mut self, octet: u8, place: u8, last: bool, crc: u16, thc1: u8) -> (bool, u8) {
        let bit = octet >> place & 1 != 0;
        let fed_back = (crc & 1 != 0) != bit;
        let crc = crc >> 1 ^ if fed_back { 0x8408 } else { 0 };
        self.count(bit);
        let mut told = 0;
        self.state = if place < 7 {
            State::Octet { octet, place: place + 1, last, crc }
        } else if last && thc1 & set::TCRCD != 0 {
            CLOSING_FLAG
        } else if last {
            State::Crc { crc: !crc, place: 0 }
        } else if let Some(entry) = self.pop() {
            State::octet(entry, crc)
        } else {
            told = state::TUDR;
            State::Abort { left: 8 }
        };
        (bit, told)
    }

    const fn count(&mut self, bit: bool) {
        self.ones = if bit { self.ones + 1 } else { 0 };
    }

    const fn pop(&mut self) -> Option<Entry> {
        if self.held == 0 {
            return None;
        }
        let entry = self.fifo[self.first % FIFO];
        (self.first, self.held) = ((self.first + 1) % FIFO, self.held - 1);
        Some(entry)
    }
}

impl State {
    const fn octet(entry: Entry, crc: u16) -> Self {
        Self::Octet { octet: entry.octet, place: 0, last: entry.last, crc }
    }
}

const FIFO: usize = 64;
const CLOSING_FLAG: State = State::Flag { place: 0, closes: true };
