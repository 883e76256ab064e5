//! E1 received, over a recording of bits that is there as a whole: every rule of G.706 and G.732 is looked
//! up where it is needed, by position.
use crate::e1::smf_crc;

/// How to read a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crc {
    /// No CRC-4.
    Off,
    /// CRC-4 is demanded.
    On,
    /// CRC-4 if it is there (G.706 Annex B).
    Auto,
}

/// What happened. `at` is the position of the bit that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Noted {
    Aligned {
        at: usize,
        first: usize,
    },
    Lost {
        at: usize,
    },
    Multiframe {
        at: usize,
    },
    NonCrc {
        at: usize,
    },
    FasError {
        at: usize,
    },
    /// A sub-multiframe, the first or the second of its multiframe, was errored.
    CrcError {
        at: usize,
        second: bool,
    },
    FarEndCrcError {
        at: usize,
        second: bool,
    },
    Rai {
        at: usize,
        on: bool,
    },
    CasAligned {
        at: usize,
        aligned: bool,
    },
    Signalling {
        at: usize,
        channel: usize,
        abcd: [bool; 4],
    },
}

/// Reads a recording from its first bit to its last.
#[must_use]
pub fn read(bits: &[bool], crc: Crc, cas: bool) -> Vec<Noted> {
    let mut reader = Reader { bits, crc, cas, noted: Vec::new(), signalling: None };
    let mut from = 0;
    while let Some(first) = reader.confirmed_fas(from) {
        reader.noted.push(Noted::Aligned { at: first + 2 * 256 + 7, first });
        match reader.follow(first) {
            Some(lost) => from = lost + 1,
            None => break,
        }
    }
    reader.noted
}

struct Reader<'a> {
    bits: &'a [bool],
    crc: Crc,
    cas: bool,
    noted: Vec<Noted>,
    signalling: Option<Vec<[bool; 8]>>,
}

/// What bit 1 is used for at the moment.
enum Bit1 {
    Unused,
    Search(Vec<bool>),
    Parallel(Option<(usize, usize)>),
    Monitor { number: usize, smf: Vec<Vec<bool>>, whole: bool, crc: Option<[bool; 4]>, verdicts: Vec<bool> },
}

impl Reader<'_> {
    fn fas_at(&self, p: usize) -> bool {
        self.bits.len() >= p + 8 && self.bits[p + 1..p + 8] == [false, false, true, true, false, true, true]
    }

    /// G.706 §4.1.2 at every position in turn.
    fn confirmed_fas(&self, from: usize) -> Option<usize> {
        (from..self.bits.len().saturating_sub(2 * 256 + 7))
            .find(|p| self.fas_at(*p) && self.bits[p + 257] && self.fas_at(p + 512))
    }

    /// The search behind an alignment that shows no multiframe: the first alignment that does, and the
    /// start of the frame that completed the proof.
    fn parallel(&self, mut from: usize) -> Option<(usize, usize)> {
        'candidates: loop {
            let first = self.confirmed_fas(from)?;
            let (mut bit1, mut bad) = (Vec::new(), 0);
            for k in 2.. {
                let start = first + k * 256;
                if start + 256 > self.bits.len() {
                    return None;
                }
                let failed = if k % 2 == 0 {
                    bad = if self.fas_at(start) { 0 } else { bad + 1 };
                    bad == 3
                } else {
                    bit1.push(self.bits[start]);
                    if multiframe_proved(&bit1) {
                        return Some((first, start));
                    }
                    bit1.len() == 32
                };
                if failed {
                    from = start + 1;
                    continue 'candidates;
                }
            }
        }
    }

    /// Follows an alignment to its loss, and gives the start of the frame that lost it.
    fn follow(&mut self, first: usize) -> Option<usize> {
        let (mut first, mut start) = (first, first + 512);
        let mut bit1 = if self.crc == Crc::Off { Bit1::Unused } else { Bit1::Search(Vec::new()) };
        let (mut bad, mut age) = (0, 0);
        let mut a_bits = Vec::new();
        let mut cas = Cas::default();
        while start + 256 <= self.bits.len() {
            let at = start + 255;
            age += 1;
            let has_fas = (start - first) % 512 == 0;
            if has_fas {
                bad = if self.fas_at(start) { 0 } else { bad + 1 };
                if bad > 0 {
                    self.noted.push(Noted::FasError { at });
                }
                if bad == 3 {
                    return Some(self.lose(start, &a_bits, &cas));
                }
            } else {
                self.remote_alarm(start, &mut a_bits);
            }
            let mut next = start + 256;
            match &mut bit1 {
                Bit1::Unused => {}
                Bit1::Search(seen) => {
                    if !has_fas {
                        seen.push(self.bits[start]);
                        if multiframe_proved(seen) {
                            self.noted.push(Noted::Multiframe { at });
                            bit1 = monitor();
                        } else if seen.len() == 32 {
                            if self.crc == Crc::On {
                                return Some(self.lose(start, &a_bits, &cas));
                            }
                            bit1 = Bit1::Parallel(self.parallel(start + 1));
                        }
                    }
                }
                Bit1::Parallel(proof) => match proof {
                    Some((other, proved)) if proved.div_ceil(256) == at / 256 => {
                        if *other % 512 != first % 512 {
                            (first, next, bad) = (*other, *proved + 256, 0);
                            self.drop_cas(at, &cas);
                            cas = Cas::default();
                            self.noted.push(Noted::Aligned { at, first });
                        }
                        self.noted.push(Noted::Multiframe { at });
                        bit1 = monitor();
                    }
                    _ if age >= 3200 => {
                        self.noted.push(Noted::NonCrc { at });
                        bit1 = Bit1::Unused;
                    }
                    _ => {}
                },
                Bit1::Monitor { .. } => {
                    if self.monitor(&mut bit1, start) {
                        return Some(self.lose(start, &a_bits, &cas));
                    }
                }
            }
            if self.cas {
                let mut octet = [false; 8];
                octet.copy_from_slice(&self.bits[start + 128..start + 136]);
                self.take_cas(&mut cas, octet, at);
            }
            start = next;
        }
        None
    }

    fn lose(&mut self, start: usize, a_bits: &[bool], cas: &Cas) -> usize {
        let at = start + 255;
        self.noted.push(Noted::Lost { at });
        self.drop_cas(at, cas);
        if rai(a_bits) {
            self.noted.push(Noted::Rai { at, on: false });
        }
        start
    }

    fn drop_cas(&mut self, at: usize, cas: &Cas) {
        if cas.start.is_some() {
            self.noted.push(Noted::CasAligned { at, aligned: false });
        }
    }

    fn remote_alarm(&mut self, start: usize, a_bits: &mut Vec<bool>) {
        let before = rai(a_bits);
        a_bits.push(self.bits[start + 2]);
        if rai(a_bits) != before {
            self.noted.push(Noted::Rai { at: start + 255, on: !before });
        }
    }

    /// G.706 §4.3; true when the last 1000 blocks hold 915 errored ones.
    fn monitor(&mut self, bit1: &mut Bit1, start: usize) -> bool {
        let Bit1::Monitor { number, smf, whole, crc, verdicts } = bit1 else { return false };
        let at = start + 255;
        let n = *number;
        *number = (n + 1) % 16;
        if n % 8 == 0 {
            *crc = whole.then(|| smf_crc(smf));
            smf.clear();
            *whole = true;
        }
        smf.push(self.bits[start..start + 256].to_vec());
        if n % 8 == 6
            && let Some(crc) = crc
        {
            let received: Vec<bool> = smf.iter().step_by(2).map(|frame| frame[0]).collect();
            let errored = received != *crc;
            verdicts.push(errored);
            if errored {
                self.noted.push(Noted::CrcError { at, second: n == 6 });
            }
            let window = verdicts.len().div_ceil(1000) - 1;
            return verdicts[window * 1000..].iter().filter(|errored| **errored).count() >= 915;
        }
        if (n == 13 || n == 15) && !self.bits[start] {
            self.noted.push(Noted::FarEndCrcError { at, second: n == 15 });
        }
        false
    }

    fn take_cas(&mut self, cas: &mut Cas, octet: [bool; 8], at: usize) {
        cas.octets.push(octet);
        let mfas = !octet[0] && !octet[1] && !octet[2] && !octet[3];
        let last = cas.octets.len() - 1;
        let Some(start) = cas.start else {
            if mfas && last >= 1 && cas.octets[last - 1].contains(&true) {
                cas.start = Some(last);
                self.noted.push(Noted::CasAligned { at, aligned: true });
            }
            return;
        };
        if !(last - start).is_multiple_of(16) {
            return;
        }
        let good_mfas = |index: usize| !cas.octets[index][..4].contains(&true);
        let whole = cas.octets[last - 16..last].to_vec();
        let two_bad = !mfas && !good_mfas(last - 16);
        let silent = mfas && !whole.iter().flatten().any(|bit| *bit);
        if two_bad || silent {
            self.noted.push(Noted::CasAligned { at, aligned: false });
            *cas = Cas { octets: vec![octet], start: None };
        } else if mfas && good_mfas(last - 16) {
            self.release(whole, at);
        }
    }

    fn release(&mut self, whole: Vec<[bool; 8]>, at: usize) {
        for channel in 1..=30usize {
            let of = |multiframe: &Vec<[bool; 8]>| -> Vec<bool> {
                if channel <= 15 {
                    multiframe[channel][..4].to_vec()
                } else {
                    multiframe[channel - 15][4..].to_vec()
                }
            };
            let new = of(&whole);
            if self.signalling.as_ref().map(of).as_ref() != Some(&new) {
                let abcd = [new[0], new[1], new[2], new[3]];
                self.noted.push(Noted::Signalling { at, channel, abcd });
            }
        }
        self.signalling = Some(whole);
    }
}

/// Timeslot 16 since the search for its multiframe began.
#[derive(Default)]
struct Cas {
    octets: Vec<[bool; 8]>,
    /// Index of a frame 0.
    start: Option<usize>,
}

fn monitor() -> Bit1 {
    Bit1::Monitor { number: 12, smf: Vec::new(), whole: false, crc: None, verdicts: Vec::new() }
}

/// G.706 §4.2: the newest bit ends a 001011, and another ended a multiple of 8 frames without FAS before.
fn multiframe_proved(bit1: &[bool]) -> bool {
    let ends_here = |n: usize| n >= 6 && bit1[n - 6..n] == [false, false, true, false, true, true];
    let n = bit1.len();
    ends_here(n) && (1..n).any(|earlier| (n - earlier).is_multiple_of(8) && ends_here(earlier))
}

/// Bit A is believed after three in a row.
fn rai(a_bits: &[bool]) -> bool {
    a_bits.windows(3).rev().find(|three| three[0] == three[1] && three[1] == three[2]).is_some_and(|t| t[0])
}
