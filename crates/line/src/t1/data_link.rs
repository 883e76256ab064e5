//! The data link of an extended superframe, sent: the remote alarm, then what the owner has to say, then flags.
use super::T1Framing;
use super::alarms::link_alarm;

/// Bits that the owner has given and that wait for their turn.
#[derive(Clone, Debug)]
pub(super) struct DataLinkSender {
    /// The bits that wait, the oldest in the bit `waiting - 1`.
    bits: u64,
    waiting: u8,
    /// Place in the flag that is being sent; a flag once begun is sent whole.
    flag_place: u32,
    /// Place in the pattern of the remote alarm.
    alarm_place: u32,
}

impl DataLinkSender {
    pub(super) const fn new() -> Self {
        Self { bits: 0, waiting: 0, flag_place: 0, alarm_place: 0 }
    }

    /// Takes a bit to be sent; false when 64 wait already.
    pub(super) const fn queue(&mut self, bit: bool) -> bool {
        if self.waiting == ROOM {
            return false;
        }
        self.bits = (self.bits << 1) | bit as u64;
        self.waiting += 1;
        true
    }

    /// How many more bits may wait.
    pub(super) const fn room(&self) -> u8 {
        ROOM - self.waiting
    }

    /// The next bit. While there is a remote alarm, what the owner has given waits.
    #[inline]
    pub(super) const fn next(&mut self, framing: T1Framing, rai: bool) -> bool {
        if rai {
            let bit = (link_alarm(framing) >> (15 - self.alarm_place)) & 1 != 0;
            self.alarm_place = (self.alarm_place + 1) & 15;
            self.flag_place = 0;
            return bit;
        }
        self.alarm_place = 0;
        if self.flag_place == 0 && self.waiting > 0 {
            self.waiting -= 1;
            return (self.bits >> self.waiting) & 1 != 0;
        }
        let bit = (FLAG >> (7 - self.flag_place)) & 1 != 0;
        self.flag_place = (self.flag_place + 1) & 7;
        bit
    }
}

const ROOM: u8 = 64;
/// What an idle data link sends (T1.403).
const FLAG: u8 = 0b0111_1110;
