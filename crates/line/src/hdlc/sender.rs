//! Frames to bits.
use super::{FCS_OCTETS, FCS_START, FLAG, fcs_step};

/// Sends frames, and flags between them.
#[derive(Clone, Debug)]
pub struct HdlcSender {
    state: State,
    /// Ones in a row within a frame.
    ones: u8,
}

/// A bit to send, or eight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HdlcBit<T = bool> {
    /// What goes onto the line; of an octet the highest bit first.
    pub line: T,
    /// The frame lent is sent with this, its closing flag too. Another may be lent in its place.
    pub frame_done: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Flag {
        place: u8,
        closes: bool,
    },
    /// After a whole flag: a frame or another flag.
    Between,
    Frame {
        at: usize,
        place: u8,
        fcs: u16,
    },
    Abort {
        left: u8,
    },
}

impl HdlcSender {
    /// A sender at the start of a flag.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::Flag { place: 0, closes: false }, ones: 0 }
    }

    /// The next bit. `frame` is what waits, nothing if it is empty: it begins after a whole flag, one flag
    /// closing a frame and opening the next, and stays lent until it is done.
    #[inline]
    pub fn poll_bit(&mut self, frame: &[u8]) -> HdlcBit {
        match self.state {
            State::Flag { place, closes } => self.flag_bit(place, closes),
            State::Between if frame.is_empty() => self.flag_bit(0, false),
            State::Between => {
                self.ones = 0;
                HdlcBit { line: self.frame_bit(frame, 0, 0, FCS_START), frame_done: false }
            }
            State::Frame { at, place, fcs } => {
                HdlcBit { line: self.frame_bit(frame, at, place, fcs), frame_done: false }
            }
            State::Abort { left } => {
                self.state = if left > 1 { State::Abort { left: left - 1 } } else { Self::new().state };
                HdlcBit { line: true, frame_done: false }
            }
        }
    }

    /// The next eight bits, for a timeslot of 64 kbit/s. After the end of a frame they hold a flag, begun if not whole.
    #[inline]
    pub fn poll_octet(&mut self, frame: &[u8]) -> HdlcBit<u8> {
        match self.state {
            State::Between if frame.is_empty() => HdlcBit { line: FLAG, frame_done: false },
            State::Flag { place: place @ 1.., closes: false } if frame.is_empty() => {
                HdlcBit { line: FLAG.rotate_left(u32::from(place)), frame_done: false }
            }
            State::Frame { at, place, fcs } if at + 1 < frame.len() => HdlcBit {
                line: self.frame_octet([frame[at], frame[at + 1]], at, place, fcs),
                frame_done: false,
            },
            _ => self.poll_bits(frame, 8),
        }
    }

    /// The next seven bits, for a timeslot of 56 kbit/s, and a one in the last place.
    pub fn poll_seven_bits(&mut self, frame: &[u8]) -> HdlcBit<u8> {
        let bits = self.poll_bits(frame, 7);
        HdlcBit { line: (bits.line << 1) | 1, ..bits }
    }

    /// Eight bits within a frame, from the octet at `at` and the one that follows.
    #[inline]
    fn frame_octet(&mut self, octets: [u8; 2], at: usize, place: u8, fcs: u16) -> u8 {
        let bits = (u16::from_le_bytes(octets) >> place) as u8;
        let step = STEPS[usize::from(self.ones)][usize::from(bits)];
        self.ones = step.ones;
        let place = place + step.taken;
        self.state = match place {
            8.. => State::Frame { at: at + 1, place: place - 8, fcs: fcs_step(fcs, octets[0]) },
            _ => State::Frame { at, place, fcs },
        };
        step.line
    }

    fn poll_bits(&mut self, frame: &[u8], count: u8) -> HdlcBit<u8> {
        let mut octet = HdlcBit { line: 0, frame_done: false };
        for _ in 0..count {
            let bit = self.poll_bit(if octet.frame_done { &[] } else { frame });
            octet.line = (octet.line << 1) | u8::from(bit.line);
            octet.frame_done |= bit.frame_done;
        }
        octet
    }

    /// Gives up the frame that has begun: eight ones, and flags. Without one nothing happens.
    pub const fn abort(&mut self) {
        if self.is_in_frame() {
            self.state = State::Abort { left: 8 };
        }
    }

    /// Begins anew with a flag: the line was taken for something else.
    pub const fn restart(&mut self) {
        *self = Self::new();
    }

    /// Whether a frame has begun and is not done.
    #[must_use]
    pub const fn is_in_frame(&self) -> bool {
        matches!(self.state, State::Frame { .. } | State::Flag { closes: true, .. })
    }

    fn flag_bit(&mut self, place: u8, closes: bool) -> HdlcBit {
        let is_last = place >= 7;
        self.state = if is_last { State::Between } else { State::Flag { place: place + 1, closes } };
        HdlcBit { line: (FLAG << place) & 0x80 != 0, frame_done: closes && is_last }
    }

    fn frame_bit(&mut self, frame: &[u8], at: usize, place: u8, fcs: u16) -> bool {
        if self.ones == 5 {
            self.ones = 0;
            self.end_after(frame.len() + FCS_OCTETS);
            return false;
        }
        let octet = match at.checked_sub(frame.len()) {
            None => frame.get(at).copied().unwrap_or(0),
            Some(0) => !fcs as u8,
            Some(_) => (!fcs >> 8) as u8,
        };
        let bit = (octet >> place) & 1 != 0;
        self.ones = if bit { self.ones + 1 } else { 0 };
        self.state = match place {
            7 if at < frame.len() => State::Frame { at: at + 1, place: 0, fcs: fcs_step(fcs, octet) },
            7 => State::Frame { at: at + 1, place: 0, fcs },
            _ => State::Frame { at, place: place + 1, fcs },
        };
        if self.ones < 5 {
            self.end_after(frame.len() + FCS_OCTETS);
        }
        bit
    }

    /// The closing flag follows so many octets, and the zero that the last may want.
    fn end_after(&mut self, octets: usize) {
        if matches!(self.state, State::Frame { at, .. } if at >= octets) {
            self.state = State::Flag { place: 0, closes: true };
        }
    }
}

impl Default for HdlcSender {
    fn default() -> Self {
        Self::new()
    }
}

/// Eight bits of the line within a frame.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// What is sent, the first bit highest.
    line: u8,
    /// Bits of the frame in it; the others are inserted zeros.
    taken: u8,
    /// Ones in a row at its end; after five a zero is due.
    ones: u8,
}

impl Step {
    /// Of the next bits of the frame, the first lowest, after so many ones in a row.
    const fn of(bits: u8, ones: u8) -> Self {
        let mut step = Self { line: 0, taken: 0, ones };
        let mut sent = 0;
        while sent < 8 {
            let inserts = step.ones == 5;
            let bit = if inserts { 0 } else { (bits >> step.taken) & 1 };
            step.taken += !inserts as u8;
            step.ones = if bit == 1 { step.ones + 1 } else { 0 };
            step.line = (step.line << 1) | bit;
            sent += 1;
        }
        step
    }
}

/// By the ones in a row before them, and the bits.
static STEPS: [[Step; 256]; 6] = {
    let mut steps = [[Step { line: 0, taken: 0, ones: 0 }; 256]; 6];
    let mut at = 0;
    while at < 6 * 256 {
        steps[at / 256][at % 256] = Step::of((at % 256) as u8, (at / 256) as u8);
        at += 1;
    }
    steps
};
