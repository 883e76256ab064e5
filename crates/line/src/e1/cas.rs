//! Channel-associated signalling in timeslot 16, received (G.704 §5.1.3.2, G.732 §5).
//!
//! The bits of a multiframe are released by the correct alignment signal of the next one, so that a slip or
//! a burst of errors between the two never shows as a change of signalling.
use super::Y_BIT;
use tandem_types::{Abcd, TelephoneChannel};

#[derive(Clone, Debug)]
pub(super) struct CasReceiver {
    state: State,
    /// Timeslot 16 of frames 1 to 15 as last released, by frame number.
    released: [u8; 16],
    known: bool,
}

#[derive(Clone, Debug)]
enum State {
    Search {
        /// Timeslot 16 of the frame before; zero when there was none.
        before: u8,
    },
    Aligned {
        /// Number of the next frame.
        next: u8,
        bad_mfas: u8,
        /// Whether the multiframe in `octets` began with a correct alignment signal.
        trusted: bool,
        /// The multiframe being received.
        octets: [u8; 16],
    },
}

/// What an octet of timeslot 16 told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CasEvent {
    Nothing,
    /// The multiframe is aligned; this octet was its frame 0.
    Aligned {
        y: bool,
    },
    /// Correct alignment signal; the multiframe before it is released. Bit n of `changed` says
    /// that telephone channel n has new bits.
    Multiframe {
        y: bool,
        changed: u32,
    },
    /// An alignment signal was wrong.
    BadMfas,
    /// As above, or nothing but zeros in a multiframe: alignment is lost.
    Lost {
        bad_mfas: bool,
    },
}

impl CasReceiver {
    pub(super) const fn new() -> Self {
        Self { state: State::Search { before: 0 }, released: [0; 16], known: false }
    }

    pub(super) const fn is_aligned(&self) -> bool {
        matches!(self.state, State::Aligned { .. })
    }

    /// Begins the search again; the bits stay as they were last known.
    pub(super) const fn restart(&mut self) {
        self.state = State::Search { before: 0 };
    }

    /// The bits of a channel, last known.
    pub(super) fn abcd(&self, channel: TelephoneChannel) -> Option<Abcd> {
        let number = channel.number();
        let (frame, shift) = if number <= 15 { (number, 4) } else { (number - 15, 0) };
        let octet = self.released.get(usize::from(frame))?;
        self.known.then_some(Abcd::new(octet >> shift))
    }

    #[inline]
    pub(super) fn take(&mut self, octet: u8) -> CasEvent {
        match &mut self.state {
            State::Aligned { next, octets, .. } if *next != 0 => {
                octets[usize::from(*next & 15)] = octet;
                *next = (*next + 1) & 15;
                CasEvent::Nothing
            }
            State::Aligned { .. } => self.take_frame_0(octet),
            State::Search { before } => {
                // G.732 §5.2: with the octet before it all zeros, the signal may be an imitation.
                let found = is_mfas(octet) && *before != 0;
                *before = octet;
                if !found {
                    return CasEvent::Nothing;
                }
                self.state = State::aligned(octet);
                CasEvent::Aligned { y: octet & Y_BIT != 0 }
            }
        }
    }

    /// An octet was not received. The multiframe goes on, and is not released.
    pub(super) const fn skip(&mut self) {
        match &mut self.state {
            State::Search { before } => *before = 0,
            State::Aligned { next, trusted, .. } => {
                *next = (*next + 1) & 15;
                *trusted = false;
            }
        }
    }

    fn take_frame_0(&mut self, octet: u8) -> CasEvent {
        let State::Aligned { next, bad_mfas, trusted, octets } = &mut self.state else {
            return CasEvent::Nothing;
        };
        if !is_mfas(octet) {
            *bad_mfas += 1;
            if *bad_mfas >= BAD_MFAS_LIMIT {
                self.state = State::Search { before: octet };
                return CasEvent::Lost { bad_mfas: true };
            }
            *next = 1;
            *trusted = false;
            return CasEvent::BadMfas;
        }
        if *octets == [0; 16] {
            self.state = State::Search { before: octet };
            return CasEvent::Lost { bad_mfas: false };
        }
        let y = octet & Y_BIT != 0;
        let complete = *octets;
        let release = *trusted;
        self.state = State::aligned(octet);
        CasEvent::Multiframe { y, changed: if release { self.release(&complete) } else { 0 } }
    }

    /// Keeps the octets and says which channels have new bits.
    fn release(&mut self, octets: &[u8; 16]) -> u32 {
        let before = core::mem::replace(&mut self.released, *octets);
        if !core::mem::replace(&mut self.known, true) {
            return ALL_CHANNELS;
        }
        if before[1..] == octets[1..] {
            return 0;
        }
        let mut changed = 0;
        for (frame, (old, new)) in before.iter().zip(octets).enumerate().skip(1) {
            let differs = old ^ new;
            changed |= u32::from(differs & 0xf0 != 0) << frame;
            changed |= u32::from(differs & 0x0f != 0) << (frame + 15);
        }
        changed
    }
}

impl State {
    const fn aligned(frame_0: u8) -> Self {
        let mut octets = [0; 16];
        octets[0] = frame_0;
        Self::Aligned { next: 1, bad_mfas: 0, trusted: true, octets }
    }
}

/// Bits 1–4 of timeslot 16 in frame 0 are 0000.
const fn is_mfas(octet: u8) -> bool {
    octet & 0xf0 == 0
}

/// G.732 §5.2: two consecutive incorrect alignment signals lose the multiframe.
const BAD_MFAS_LIMIT: u8 = 2;

/// Telephone channels 1 to 30.
const ALL_CHANNELS: u32 = 0x7fff_fffe;
