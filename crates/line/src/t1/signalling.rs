//! Robbed-bit signalling, received (G.704 §3.1.3, T1.403): the last bits of all channels in every sixth frame.
//!
//! A channel's bits are believed when two superframes in a row had them, neither with a wrong framing bit: one
//! bit in error, which is all that a robbed bit has to say, never shows as a change of signalling.
use super::T1Framing;
use super::frame::{T1_TIMESLOTS, last_bits};
use tandem_types::{Abcd, Timeslot};

/// Signalling bits of all channels: A, B, C and D, bit n for timeslot n.
type Planes = [u32; 4];

#[derive(Clone, Debug)]
pub(super) struct SignallingReceiver {
    /// The superframe being received.
    current: Planes,
    /// Whether it was taken from its start and had no wrong framing bit.
    trusted: bool,
    /// The superframe before, if it could be trusted.
    before: Option<Planes>,
    believed: Planes,
    /// The channels of which anything is believed.
    known: u32,
}

impl SignallingReceiver {
    pub(super) const fn new() -> Self {
        Self { current: [0; 4], trusted: false, before: None, believed: [0; 4], known: 0 }
    }

    /// Alignment is lost: what is believed stays.
    pub(super) const fn restart(&mut self) {
        self.trusted = false;
        self.before = None;
    }

    /// Takes a frame. At the end of a superframe it gives the timeslots with new bits, bit n for timeslot n.
    #[inline]
    pub(super) fn take(
        &mut self,
        framing: T1Framing,
        number: u8,
        payload: &[u64; 3],
        framing_error: bool,
    ) -> u32 {
        if number == 0 {
            self.trusted = true;
        }
        self.trusted &= !framing_error;
        if let Some(which) = framing.signalling_bit(number) {
            let bits = last_bits(payload);
            self.current[which] = bits;
            if !framing.is_extended() {
                self.current[which + 2] = bits;
            }
        }
        if number + 1 == framing.superframe() { self.complete() } else { 0 }
    }

    fn complete(&mut self) -> u32 {
        let now = self.current;
        let before = core::mem::replace(&mut self.before, self.trusted.then_some(now));
        let Some(before) = before.filter(|_| self.trusted) else { return 0 };
        let repeated = now.iter().zip(&before).fold(ALL_SLOTS, |same, (now, before)| same & !(now ^ before));
        let differs = now.iter().zip(&self.believed).fold(0, |other, (now, old)| other | (now ^ old));
        let changed = repeated & (differs | !self.known);
        for (old, now) in self.believed.iter_mut().zip(&now) {
            *old ^= (*old ^ now) & changed;
        }
        self.known |= changed;
        changed
    }

    /// The bits of a timeslot, last believed.
    pub(super) fn abcd(&self, timeslot: Timeslot) -> Option<Abcd> {
        let bit = |plane: &u32| (plane >> timeslot.number()) as u8 & 1;
        let bits = self.believed.iter().fold(0, |bits, plane| (bits << 1) | bit(plane));
        ((self.known >> timeslot.number()) & 1 != 0).then_some(Abcd::new(bits))
    }
}

/// Timeslots 1 to 24.
pub(super) const ALL_SLOTS: u32 = ((1 << T1_TIMESLOTS) - 1) << 1;
