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

    /// The next eight bits, for a timeslot. After the end of a frame they hold a flag, begun if not whole.
    pub fn poll_octet(&mut self, frame: &[u8]) -> HdlcBit<u8> {
        let mut octet = HdlcBit { line: 0, frame_done: false };
        for _ in 0..8 {
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
