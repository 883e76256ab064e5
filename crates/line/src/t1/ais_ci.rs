//! AIS-CI (T1.403): the AIS of a customer installation, which is AIS to everyone who does not look closer.
//!
//! In 1.26 s there are 1.11 s of ones and 0.15 s of a signature of 6176 bits, of which bits 3088, 3474 and 5790
//! are zero. As these are multiples of 193, and 386 of them apart, the signature reads as a data link of `01111100
//! 11111111` under ones.
use super::T1_FRAME_BITS;
use crate::bits::{FIRST, FrameWords};

/// Sends AIS-CI.
#[derive(Clone, Debug, Default)]
pub struct AisCiGenerator {
    frame: u16,
}

impl AisCiGenerator {
    /// Begins with the ones.
    #[must_use]
    pub const fn new() -> Self {
        Self { frame: 0 }
    }

    /// The next 193 bits.
    pub const fn frame(&mut self) -> FrameWords {
        let number = self.frame;
        self.frame = (self.frame + 1) % CYCLE_FRAMES;
        let is_zero =
            number >= ONES_FRAMES && matches!((number - ONES_FRAMES) % SIGNATURE_FRAMES, 16 | 18 | 30);
        [if is_zero { !FIRST } else { u64::MAX }, u64::MAX, u64::MAX, FIRST]
    }
}

/// Looks for the signature in AIS: its three zeros, four times in a row, and no more than 50 zeros in all of the
/// four (framed ones with a remote alarm have more). It goes away when none has come for two cycles, or when a
/// frame has more zeros than AIS.
#[derive(Clone, Debug)]
pub struct AisCiDetector {
    /// Bits taken before the next frame.
    taken: u64,
    /// Where the last zeros were, in no order but that the oldest is overwritten.
    zeros: [u64; ZEROS],
    next: u8,
    has_zeros: bool,
    /// Frames for which it stays; 0 when it is not there.
    stays: u16,
}

impl AisCiDetector {
    /// A detector that has received nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { taken: LOOK_BACK, zeros: [0; ZEROS], next: 0, has_zeros: false, stays: 0 }
    }

    /// Takes the next 193 bits, wherever the signature begins. Not of a signal that is framed. Tells when it has come and when it has gone.
    pub fn handle_frame(&mut self, bits: &FrameWords) -> Option<bool> {
        let was_present = self.is_present();
        self.stays = self.stays.saturating_sub(1);
        let [a, b, c, d] = *bits;
        let zeros = [!a, !b, !c, !d & FIRST];
        if zeros.iter().map(|word| word.count_ones()).sum::<u32>() > ZEROS_OF_AIS {
            self.forget();
        } else {
            for (word, start) in zeros.into_iter().zip([0, 64, 128, 192]) {
                self.take_zeros(word, start);
            }
        }
        self.taken += T1_FRAME_BITS;
        (self.is_present() != was_present).then_some(self.is_present())
    }

    /// Forgets what was received: the signal is framed. Tells when the signature goes with it.
    pub fn restart(&mut self) -> Option<bool> {
        let was_present = self.is_present();
        self.forget();
        was_present.then_some(false)
    }

    /// Whether the signature is there.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        self.stays > 0
    }

    fn forget(&mut self) {
        self.stays = 0;
        if core::mem::take(&mut self.has_zeros) {
            self.zeros = [0; ZEROS];
        }
    }

    fn take_zeros(&mut self, mut word: u64, start: u64) {
        while word != 0 {
            let place = word.leading_zeros();
            word &= !(FIRST >> place);
            let at = self.taken + start + u64::from(place);
            self.has_zeros = true;
            self.zeros[usize::from(self.next)] = at;
            self.next = (self.next + 1) % ZEROS as u8;
            if SIGNATURES.iter().all(|ago| self.zeros.contains(&(at - ago)))
                && self.zeros_since(at - LOOK_BACK) <= ZEROS_OF_SIGNATURES
            {
                self.stays = 2 * CYCLE_FRAMES;
            }
        }
    }

    fn zeros_since(&self, start: u64) -> usize {
        self.zeros.iter().filter(|at| **at > start).count()
    }
}

impl Default for AisCiDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// 1.26 s and the ones of them, 1.11 s.
const CYCLE_FRAMES: u16 = 10_080;
const ONES_FRAMES: u16 = 8880;
/// 6176 bits.
const SIGNATURE_FRAMES: u16 = 32;
/// From the last zero of a signature back to the others of it and of the three before.
const SIGNATURES: [u64; 11] = {
    const SIGNATURE: u64 = 6176;
    const SECOND: u64 = 5790 - 3474;
    const FIRST: u64 = 5790 - 3088;
    [
        SECOND,
        FIRST,
        SIGNATURE,
        SIGNATURE + SECOND,
        SIGNATURE + FIRST,
        2 * SIGNATURE,
        2 * SIGNATURE + SECOND,
        2 * SIGNATURE + FIRST,
        3 * SIGNATURE,
        3 * SIGNATURE + SECOND,
        3 * SIGNATURE + FIRST,
    ]
};
/// Bits are counted from here, so that no distance reaches below zero.
const LOOK_BACK: u64 = 4 * 6176;
/// More than are looked at: four signatures have 12 zeros, and one error in a thousand bits gives them 25 more.
const ZEROS: usize = 80;
const ZEROS_OF_SIGNATURES: usize = 50;
/// More in a frame, and it is not AIS.
const ZEROS_OF_AIS: u32 = 8;
