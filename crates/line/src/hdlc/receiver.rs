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
    /// An octet that has just come, changed nothing, and would change nothing again.
    at_rest: Option<u8>,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let state = State::Hunt;
        Self { limits, ones: NO_FLAG_YET, zero_dropped: false, state, at_rest: None, counters }
    }

    /// Takes the next bit of the line.
    #[inline]
    pub fn handle_bit(&mut self, buffer: &mut [u8], bit: bool) -> Option<HdlcEvent> {
        self.at_rest = None;
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

    /// Takes a timeslot of 64 kbit/s, its highest bit first. No more than one event fits into eight bits.
    #[inline]
    pub fn handle_octet(&mut self, buffer: &mut [u8], octet: u8) -> Option<HdlcEvent> {
        if self.at_rest == Some(octet) {
            return None;
        }
        let step = match STEPS.get(usize::from(self.ones)) {
            Some(steps) => steps[usize::from(octet)],
            None => Step::BIT_BY_BIT,
        };
        if self.take_step(buffer, step) { None } else { self.handle_bits(buffer, octet, 8) }
    }

    /// Takes a timeslot of 56 kbit/s: its first seven bits. The last is none of the channel's.
    pub fn handle_seven_bits(&mut self, buffer: &mut [u8], octet: u8) -> Option<HdlcEvent> {
        self.handle_bits(buffer, octet, 7)
    }

    /// The first `count` bits of an octet. One that changes nothing, as flags between frames, need not be looked at again.
    fn handle_bits(&mut self, buffer: &mut [u8], octet: u8, count: u8) -> Option<HdlcEvent> {
        let before = (self.ones, self.zero_dropped, self.state);
        let mut event = None;
        for place in (8 - count..8).rev() {
            event = self.handle_bit(buffer, (octet >> place) & 1 != 0).or(event);
        }
        let is_same = before == (self.ones, self.zero_dropped, self.state) && count == 8;
        self.at_rest = (is_same && event.is_none()).then_some(octet);
        event
    }

    /// Takes the bits of an octet at once, if there is nothing but bits of a frame in them.
    #[inline]
    fn take_step(&mut self, buffer: &mut [u8], step: Step) -> bool {
        let most_bits = self.most_bits(buffer);
        let State::Open { bits, octet, fcs } = &mut self.state else { return false };
        let count = u32::from(step.count);
        if count == 0 || *bits + count >= most_bits {
            return false;
        }
        let (filled, joined) = (*bits % 8, u32::from(*octet) | u32::from(step.bits) << 8);
        if filled + count >= 8 {
            let whole = (joined >> (8 - filled)) as u8;
            *fcs = fcs_step(*fcs, whole);
            if let Some(place) = buffer.get_mut((*bits / 8) as usize) {
                *place = whole;
            }
        }
        *bits += count;
        *octet = (joined >> count) as u8;
        (self.ones, self.at_rest) = (step.ones, None);
        self.zero_dropped = step.zero_dropped.unwrap_or(self.zero_dropped);
        true
    }

    /// Forgets what has begun: the line was not to be trusted. Waits for a flag.
    pub const fn restart(&mut self) {
        (self.ones, self.state, self.at_rest) = (NO_FLAG_YET, State::Hunt, None);
    }

    /// What has been counted.
    #[must_use]
    pub const fn counters(&self) -> &HdlcCounters {
        &self.counters
    }

    fn take(&mut self, buffer: &mut [u8], bit: bool) -> Option<HdlcEvent> {
        let most_bits = self.most_bits(buffer);
        let State::Open { bits, octet, fcs } = &mut self.state else { return None };
        *octet = (*octet >> 1) | (u8::from(bit) << 7);
        *bits += 1;
        if bits.is_multiple_of(8) {
            *fcs = fcs_step(*fcs, *octet);
            if let Some(place) = buffer.get_mut((*bits / 8 - 1) as usize) {
                *place = *octet;
            }
        }
        if *bits >= most_bits {
            self.state = State::Hunt;
            return Some(self.count(HdlcError::TooLong));
        }
        None
    }

    /// With so many there are too many for the longest frame, whatever follows.
    fn most_bits(&self, buffer: &[u8]) -> u32 {
        8 * (self.longest(buffer) as u32 + 3) + BITS_OF_FLAG
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

/// What an octet of the line is within a frame.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Its bits without the inserted zeros, the first lowest, and how many they are; none if it must be looked at bit by
    /// bit, because there are six ones in a row in it.
    bits: u8,
    count: u8,
    /// Ones in a row at its end.
    ones: u8,
    /// Whether its last zero was inserted, if it has one.
    zero_dropped: Option<bool>,
}

impl Step {
    const BIT_BY_BIT: Self = Self { bits: 0, count: 0, ones: 0, zero_dropped: None };

    /// After so many ones in a row.
    const fn of(octet: u8, ones: u8) -> Self {
        let mut step = Self { ones, ..Self::BIT_BY_BIT };
        let mut place = 8;
        while place > 0 {
            place -= 1;
            let bit = (octet >> place) & 1;
            if bit == 0 {
                step.zero_dropped = Some(step.ones == 5);
            }
            if bit == 1 || step.ones < 5 {
                step.bits |= bit << step.count;
                step.count += 1;
            }
            step.ones = if bit == 1 { step.ones + 1 } else { 0 };
            if step.ones > 5 {
                return Self::BIT_BY_BIT;
            }
        }
        step
    }
}

/// By the ones in a row before it, and the octet.
static STEPS: [[Step; 256]; 6] = {
    let mut steps = [[Step::BIT_BY_BIT; 256]; 6];
    let mut at = 0;
    while at < 6 * 256 {
        steps[at / 256][at % 256] = Step::of((at % 256) as u8, (at / 256) as u8);
        at += 1;
    }
    steps
};
