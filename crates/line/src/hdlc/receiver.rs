//! Bits to frames.
use super::{FCS_GOOD, FCS_OCTETS, FCS_START, fcs_step};
use crate::bits::count;

/// Receives frames from a line of bits.
#[derive(Clone, Debug)]
pub struct HdlcReceiver {
    limits: HdlcLimits,
    /// Ones in a row up to now, 8 for eight and more.
    ones: u8,
    /// The last zero was taken for no bit of a frame: it was inserted, or ended a flag.
    zero_dropped: bool,
    state: State,
    counters: HdlcCounters,
}

/// The lengths of frames that are taken, in octets without the frame check sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HdlcLimits {
    /// The shortest frame.
    pub shortest: u16,
    /// The longest; a lent buffer with room for fewer than this and two octets makes it shorter.
    pub longest: u16,
}

/// What a bit, or an octet, completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HdlcEvent {
    /// A good frame of so many octets, at the start of the buffer.
    Frame(usize),
    /// Something that is no frame.
    Error(HdlcError),
}

/// Why something between flags is no frame. The first that holds, in this order, is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HdlcError {
    /// More octets than the longest frame; found as soon as it is so.
    TooLong,
    /// Seven ones in a row in the midst of it, after two bits or more.
    Abort,
    /// Fewer bits than the shortest frame has.
    TooShort,
    /// Not a whole number of octets.
    NotAligned,
    /// The frame check sequence is wrong.
    BadFcs,
}

/// Counts of everything that stood between flags. They stop at their highest value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HdlcCounters {
    /// Good frames.
    pub frames: u64,
    /// See [`HdlcError::TooLong`].
    pub too_long: u64,
    /// See [`HdlcError::Abort`].
    pub aborts: u64,
    /// See [`HdlcError::TooShort`].
    pub too_short: u64,
    /// See [`HdlcError::NotAligned`].
    pub not_aligned: u64,
    /// See [`HdlcError::BadFcs`].
    pub bad_fcs: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// No flag has come since the start, or since an abort.
    Hunt,
    /// After a flag. The last bits may turn out to be those of the next.
    Open { bits: u32, octet: u8, fcs: u16 },
}

impl HdlcReceiver {
    /// A receiver that waits for a flag.
    #[must_use]
    pub const fn new(limits: HdlcLimits) -> Self {
        let counters =
            HdlcCounters { frames: 0, too_long: 0, aborts: 0, too_short: 0, not_aligned: 0, bad_fcs: 0 };
        Self { limits, ones: NO_FLAG_YET, zero_dropped: false, state: State::Hunt, counters }
    }

    /// Takes the next bit of the line.
    #[inline]
    pub fn handle_bit(&mut self, buffer: &mut [u8], bit: bool) -> Option<HdlcEvent> {
        if bit {
            self.ones = (self.ones + 1).min(NO_FLAG_YET);
            return match self.ones {
                0..=5 => self.take(buffer, true),
                7 => self.abort(),
                _ => None,
            };
        }
        let ones = core::mem::take(&mut self.ones);
        let was_dropped = core::mem::replace(&mut self.zero_dropped, ones > 4);
        match ones {
            0..=4 => self.take(buffer, false),
            6 => self.flag(buffer, was_dropped),
            _ => None, // the inserted zero after five ones, or the end of an abort
        }
    }

    /// Takes a timeslot, its highest bit first. No more than one event fits into eight bits.
    pub fn handle_octet(&mut self, buffer: &mut [u8], octet: u8) -> Option<HdlcEvent> {
        let mut event = None;
        for place in (0..8).rev() {
            event = self.handle_bit(buffer, (octet >> place) & 1 != 0).or(event);
        }
        event
    }

    /// Forgets what has begun: the line was not to be trusted. Waits for a flag.
    pub const fn restart(&mut self) {
        (self.ones, self.state) = (NO_FLAG_YET, State::Hunt);
    }

    /// What has been counted.
    #[must_use]
    pub const fn counters(&self) -> &HdlcCounters {
        &self.counters
    }

    fn take(&mut self, buffer: &mut [u8], bit: bool) -> Option<HdlcEvent> {
        let longest = self.longest(buffer);
        let State::Open { bits, octet, fcs } = &mut self.state else { return None };
        *octet = (*octet >> 1) | (u8::from(bit) << 7);
        *bits += 1;
        if bits.is_multiple_of(8) {
            *fcs = fcs_step(*fcs, *octet);
            if let Some(place) = buffer.get_mut((*bits / 8 - 1) as usize) {
                *place = *octet;
            }
        }
        if *bits >= 8 * (longest as u32 + 3) + BITS_OF_FLAG {
            self.state = State::Hunt;
            return Some(self.count(HdlcError::TooLong));
        }
        None
    }

    fn longest(&self, buffer: &[u8]) -> usize {
        usize::from(self.limits.longest).min(buffer.len().saturating_sub(FCS_OCTETS))
    }

    /// Five of the seven ones were taken for bits of a frame, and a zero before them may be that of a flag which
    /// was not sent whole.
    fn abort(&mut self) -> Option<HdlcEvent> {
        let before = core::mem::replace(&mut self.state, State::Hunt);
        match before {
            State::Open { bits, .. } if bits > BITS_OF_FLAG => Some(self.count(HdlcError::Abort)),
            _ => None,
        }
    }

    /// `zero_dropped` says whether the first zero of the flag was.
    fn flag(&mut self, buffer: &[u8], zero_dropped: bool) -> Option<HdlcEvent> {
        let before = core::mem::replace(&mut self.state, State::Open { bits: 0, octet: 0, fcs: FCS_START });
        let State::Open { bits, fcs, .. } = before else { return None };
        let bits = bits.saturating_sub(BITS_OF_FLAG - u32::from(zero_dropped)) as usize;
        let octets = bits / 8;
        if bits == 0 {
            None // flags in a row, with or without a common zero
        } else if octets < usize::from(self.limits.shortest) + FCS_OCTETS {
            Some(self.count(HdlcError::TooShort))
        } else if octets > self.longest(buffer) + FCS_OCTETS {
            Some(self.count(HdlcError::TooLong))
        } else if !bits.is_multiple_of(8) {
            Some(self.count(HdlcError::NotAligned))
        } else if fcs != FCS_GOOD {
            Some(self.count(HdlcError::BadFcs))
        } else {
            count(&mut self.counters.frames);
            Some(HdlcEvent::Frame(octets - FCS_OCTETS))
        }
    }

    fn count(&mut self, error: HdlcError) -> HdlcEvent {
        count(match error {
            HdlcError::TooLong => &mut self.counters.too_long,
            HdlcError::Abort => &mut self.counters.aborts,
            HdlcError::TooShort => &mut self.counters.too_short,
            HdlcError::NotAligned => &mut self.counters.not_aligned,
            HdlcError::BadFcs => &mut self.counters.bad_fcs,
        });
        HdlcEvent::Error(error)
    }
}

/// A zero and five ones of a flag are taken for bits of the frame before it is known.
const BITS_OF_FLAG: u32 = 6;
/// As after many ones: the next zero ends no flag.
const NO_FLAG_YET: u8 = 8;
