//! The CAS multiframe of timeslot 16, received: found by its word behind a timeslot 16 that is not all zero, lost
//! by two bad words. A multiframe is released by the correct word of the next.

/// The receiver of the multiframe.
#[derive(Clone, Debug)]
pub(super) struct Cas {
    state: State,
    /// Whether bit y was set in the last two multiframes.
    alarm: bool,
    last_y: bool,
}

#[derive(Clone, Debug)]
enum State {
    Search { before: u8 },
    Found { next: u8, bad_words: u8, octets: [u8; 16] },
}

/// What a timeslot 16 told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// It began a multiframe.
    pub(super) began: bool,
    /// The multiframe before it was correct.
    pub(super) released: Option<[u8; 16]>,
    /// It was the second bad word.
    pub(super) lost: bool,
}

impl Cas {
    pub(super) const fn new() -> Self {
        Self { state: State::Search { before: 0 }, alarm: false, last_y: false }
    }

    pub(super) const fn is_found(&self) -> bool {
        matches!(self.state, State::Found { .. })
    }

    /// RDMA.
    pub(super) const fn alarm(&self) -> bool {
        self.alarm
    }

    pub(super) fn take(&mut self, octet: u8) -> Told {
        let is_word = octet & 0xf0 == 0;
        match &mut self.state {
            State::Search { before } => {
                let found = is_word && *before != 0;
                *before = octet;
                if found {
                    self.begin(octet);
                }
                Told { began: found, ..Told::default() }
            }
            State::Found { next, octets, .. } if *next != 0 => {
                octets[usize::from(*next & 15)] = octet;
                *next = (*next + 1) & 15;
                Told::default()
            }
            State::Found { bad_words, octets, .. } if is_word => {
                let released = (*bad_words == 0).then_some(*octets);
                self.begin(octet);
                Told { began: true, released, lost: false }
            }
            State::Found { bad_words: 1.., .. } => {
                *self = Self::new();
                Told { lost: true, ..Told::default() }
            }
            State::Found { next, bad_words, .. } => {
                (*next, *bad_words) = (1, 1);
                Told { began: true, ..Told::default() }
            }
        }
    }

    fn begin(&mut self, octet: u8) {
        let mut octets = [0; 16];
        octets[0] = octet;
        let y = octet & 0x04 != 0;
        if y == self.last_y {
            self.alarm = y;
        }
        self.last_y = y;
        self.state = State::Found { next: 1, bad_words: 0, octets };
    }
}
