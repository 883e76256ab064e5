//! Defects that are decided by counting: persistence of a bit, AIS of the span and of timeslot 16.
use crate::bits::FrameWords;

/// A bit that is believed after it has had the same value so many times in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Persistence {
    limit: u8,
    against: u8,
    state: bool,
}

impl Persistence {
    pub(super) const fn new(limit: u8) -> Self {
        Self { limit, against: 0, state: false }
    }

    /// Takes the bit and gives what is believed.
    pub(super) const fn take(&mut self, bit: bool) -> bool {
        if bit == self.state {
            self.against = 0;
        } else {
            self.against += 1;
            if self.against >= self.limit {
                self.state = bit;
                self.against = 0;
            }
        }
        self.state
    }

    /// Whether this value is believed, with nothing against it of late.
    const fn is_settled(&self, value: bool) -> bool {
        self.state == value && self.against == 0
    }

    pub(super) const fn clear(&mut self) {
        self.state = false;
        self.against = 0;
    }
}

/// G.775, AIS at 2048 kbit/s: two or fewer zeros in each of two consecutive double frame periods, until each
/// of two has three or more or the frame alignment signal is found.
#[derive(Clone, Debug)]
pub(super) struct Ais {
    zeros: u32,
    second_half: bool,
    verdict: Persistence,
}

impl Ais {
    pub(super) const fn new() -> Self {
        Self { zeros: 0, second_half: false, verdict: Persistence::new(AIS_PERIODS) }
    }

    /// Takes 256 bits wherever they begin, and says whether there is AIS.
    #[inline]
    pub(super) fn take(&mut self, bits: &FrameWords) -> bool {
        self.second_half = !self.second_half;
        if self.verdict.is_settled(false) && bits[..3].iter().all(|word| *word != u64::MAX) {
            // A zero in each of three words, as on a line with traffic: no period with this frame in it is one of AIS.
            self.zeros = if self.second_half { AIS_ZEROS + 1 } else { 0 };
            return false;
        }
        self.take_closely(bits)
    }

    fn take_closely(&mut self, bits: &FrameWords) -> bool {
        self.zeros += bits.iter().map(|word| word.count_zeros()).sum::<u32>();
        if self.second_half {
            return self.verdict.state;
        }
        let ones = self.zeros <= AIS_ZEROS;
        self.zeros = 0;
        self.verdict.take(ones)
    }

    /// A frame alignment signal was found.
    pub(super) const fn clear(&mut self) {
        self.verdict.clear();
    }
}

/// AIS in timeslot 16: the same rule over the 16 octets of a multiframe's length.
#[derive(Clone, Debug)]
pub(super) struct CasAis {
    zeros: u32,
    octets: u8,
    verdict: Persistence,
}

impl CasAis {
    pub(super) const fn new() -> Self {
        Self { zeros: 0, octets: 0, verdict: Persistence::new(AIS_PERIODS) }
    }

    #[inline]
    pub(super) const fn take(&mut self, octet: u8) -> bool {
        if octet != 0xff && self.zeros <= AIS_ZEROS {
            self.zeros += octet.count_zeros();
        }
        self.octets = (self.octets + 1) & 15;
        if self.octets != 0 {
            return self.verdict.state;
        }
        let ones = self.zeros <= AIS_ZEROS;
        self.zeros = 0;
        self.verdict.take(ones)
    }

    pub(super) const fn clear(&mut self) {
        *self = Self::new();
    }
}

const AIS_ZEROS: u32 = 2;
const AIS_PERIODS: u8 = 2;
