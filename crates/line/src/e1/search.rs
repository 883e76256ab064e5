//! Search for basic frame alignment, 64 bit positions at a time (G.706 §4.1.2).
use super::window::{NOW, Window};

/// The first position, not before `from`, of a frame alignment signal that is confirmed within the last
/// push: bit 2 of the frame after it is 1, and the frame after that has the signal again. Looking at every
/// position is the same as looking at one and, when it fails, starting again one bit further.
pub(super) fn confirmed_fas(window: &Window, from: u64) -> Option<u64> {
    (NOW..NOW + 4).find_map(|word| {
        let second = ends_of_fas(window, word);
        if second == 0 {
            return None;
        }
        let mut confirmed = second & window.delayed(word - 4, 6) & ends_of_fas(window, word - 8);
        while confirmed != 0 {
            let place = confirmed.leading_zeros();
            let end = window.now() + (word - NOW) as u64 * 64 + u64::from(place);
            if let Some(first) = end.checked_sub(LAST_BIT_OF_SECOND).filter(|first| *first >= from) {
                return Some(first);
            }
            confirmed &= !(1 << (63 - place));
        }
        None
    })
}

/// Where the seven bits 0011011 have just ended.
#[inline]
fn ends_of_fas(window: &Window, word: usize) -> u64 {
    let back = |places| window.delayed(word, places);
    !back(6) & !back(5) & back(4) & back(3) & !back(2) & back(1) & back(0)
}

/// From the first bit of a frame to bit 8 of the second frame after it.
const LAST_BIT_OF_SECOND: u64 = 2 * 256 + 7;
