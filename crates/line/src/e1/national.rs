//! The national bits Sa4 to Sa8 as they are received.
use super::SA_BITS;

/// Each of the five bits is believed after it was the same in three looks at it.
#[derive(Clone, Copy, Debug)]
pub struct NationalBits {
    /// The two looks before.
    before: [u8; 2],
    believed: u8,
    looks: u8,
}

impl NationalBits {
    /// Nothing was received yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { before: [0; 2], believed: SA_BITS, looks: 0 }
    }

    /// Takes timeslot 0 of a frame without alignment signal.
    #[inline]
    pub const fn take(&mut self, ts0: u8) {
        let [older, old] = self.before;
        let alike = !(ts0 ^ old) & !(old ^ older);
        self.before = [old, ts0];
        if self.looks < ENOUGH {
            self.looks += 1;
        }
        if self.looks == ENOUGH {
            self.believed = (self.believed & !alike) | (ts0 & alike & SA_BITS);
        }
    }

    /// Sa4 to Sa8, Sa4 in bit 4; `None` before the third look. One that never was the same three times counts as 1.
    #[must_use]
    pub const fn bits(&self) -> Option<u8> {
        if self.looks == ENOUGH { Some(self.believed & SA_BITS) } else { None }
    }
}

impl Default for NationalBits {
    fn default() -> Self {
        Self::new()
    }
}

const ENOUGH: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_is_believed_the_third_time_and_those_that_change_disturb_no_other() {
        let mut national = NationalBits::new();
        let mut told = |ts0| {
            national.take(ts0);
            national.bits()
        };
        assert_eq!([0xd5, 0xd5, 0xd5].map(&mut told), [None, None, Some(0x15)]);
        assert_eq!([0xc0, 0xc0, 0xd5, 0xc0].map(&mut told), [Some(0x15); 4], "twice is not enough");
        assert_eq!([0xc0, 0xc0].map(&mut told), [Some(0x15), Some(0)]);
        // Sa4 with a message in it, Sa8 set.
        assert_eq!([0x01, 0x11, 0x01, 0x11].map(&mut told), [Some(0), Some(0), Some(1), Some(1)]);
    }
}
