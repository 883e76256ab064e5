//! T1 and J1 received, over a recording of bits that is there as a whole: candidates for alignment are a list
//! of places, alarms are looked for in all that was received since, and every bit is named by its position.
use crate::t1::Framing;

/// What happened. `at` is the position of the bit that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Noted {
    /// `first` is the first bit of the first superframe since the search began.
    Aligned {
        at: usize,
        first: usize,
    },
    Lost {
        at: usize,
    },
    FramingError {
        at: usize,
    },
    CrcError {
        at: usize,
    },
    Rai {
        at: usize,
        on: bool,
    },
    Signalling {
        at: usize,
        channel: usize,
        abcd: [bool; 4],
    },
    /// A bit of the data link.
    Link {
        at: usize,
        bit: bool,
    },
}

/// Reads a recording from its first bit to its last whole frame; it is searched for alignment in periods of
/// 193 bits.
#[must_use]
pub fn read(bits: &[bool], framing: Framing, cas: bool) -> Vec<Noted> {
    let mut reader = Reader { bits, framing, cas, noted: Vec::new(), signalling: [None; 25] };
    let mut period = 0;
    while let Some((place, number, found)) = reader.search(period) {
        match reader.follow(place, number, found) {
            Some(lost) => period = lost + 1,
            None => break,
        }
    }
    reader.noted
}

struct Reader<'a> {
    bits: &'a [bool],
    framing: Framing,
    cas: bool,
    noted: Vec<Noted>,
    /// What is believed of each channel.
    signalling: [Option<[bool; 4]>; 25],
}

/// A place in the period at which frames may begin, and the number of the frame that began there last.
type Candidate = (usize, usize);

/// How a search that began at some period went.
enum Attempt {
    Found(Candidate, usize),
    /// No candidate is left after this period.
    Barren(usize),
    Ended,
}

impl Reader<'_> {
    fn periods(&self) -> usize {
        self.bits.len() / 193
    }

    fn after(&self, number: usize) -> usize {
        number % self.framing.frames() + 1
    }

    fn before(&self, number: usize) -> usize {
        if number == 1 { self.framing.frames() } else { number - 1 }
    }

    /// The start and the number of the frame that ended in `period`.
    fn ended(&self, (place, number): Candidate, period: usize) -> Candidate {
        match place {
            0 => (period * 193, number),
            _ => ((period - 1) * 193 + place, self.before(number)),
        }
    }

    /// Four superframes in which one place, and it alone, has shown every framing bit; several in extended
    /// superframes are put to the test of the CRC. Gives the candidate and the period that found it.
    fn search(&mut self, mut from: usize) -> Option<(usize, usize, usize)> {
        loop {
            match self.attempt(from) {
                Attempt::Found(candidate, period) => return Some(self.found(candidate, from, period)),
                Attempt::Barren(period) => from = period + 1,
                Attempt::Ended => return None,
            }
        }
    }

    fn attempt(&self, from: usize) -> Attempt {
        let mut candidates: Vec<Candidate> = Vec::new();
        for place in 0..193 {
            // The number that a frame there would have had before the first period.
            candidates.extend((1..=self.framing.frames()).map(|number| (place, number)));
        }
        for period in from..self.periods() {
            self.sift(&mut candidates, period);
            if candidates.is_empty() {
                return Attempt::Barren(period);
            }
            if period + 1 - from < 4 * self.framing.frames() {
                continue;
            }
            if let [only] = *candidates {
                return Attempt::Found(only, period);
            }
            if !self.framing.is_short() {
                return self.prove(candidates, period);
            }
        }
        Attempt::Ended
    }

    /// Counts on to the next period, and keeps the candidates whose framing bit there is right.
    fn sift(&self, candidates: &mut Vec<Candidate>, period: usize) {
        for candidate in &mut *candidates {
            candidate.1 = self.after(candidate.1);
        }
        candidates.retain(|candidate| self.is_right(*candidate, period));
    }

    fn is_right(&self, (place, number): Candidate, period: usize) -> bool {
        let bit = self.bits[period * 193 + place];
        self.framing.framing_bit(number).is_none_or(|wanted| wanted == bit)
    }

    /// One candidate after the other, by place and then by the number that comes next.
    fn prove(&self, mut candidates: Vec<Candidate>, mut period: usize) -> Attempt {
        while let Some(tried) =
            candidates.iter().copied().min_by_key(|(place, number)| (*place, self.after(*number)))
        {
            let Some((until, proved)) = self.trial(tried, period) else { return Attempt::Ended };
            candidates.retain(|candidate| *candidate != tried);
            let number = (tried.1 + until - period - 1) % 24 + 1;
            if proved {
                return Attempt::Found((tried.0, number), until);
            }
            while period < until {
                period += 1;
                self.sift(&mut candidates, period);
            }
        }
        Attempt::Barren(period)
    }

    /// The period that decided about a candidate, and how: two correct CRCs in a row prove it; a wrong one, or
    /// a wrong framing bit, ends its trial. The frames that end after `period` are looked at.
    fn trial(&self, mut candidate: Candidate, mut period: usize) -> Option<(usize, bool)> {
        let mut frames: Vec<&[bool]> = Vec::new();
        let mut superframes = 0;
        loop {
            period += 1;
            if period >= self.periods() {
                return None;
            }
            candidate.1 = self.after(candidate.1);
            if !self.is_right(candidate, period) {
                return Some((period, false));
            }
            let (start, number) = self.ended(candidate, period);
            if number == 1 {
                superframes += 1;
            }
            if superframes == 0 {
                continue;
            }
            frames.push(&self.bits[start..start + 193]);
            if number == 22 && superframes > 1 {
                let (before, this) = frames[(superframes - 2) * 24..].split_at(24);
                let before: Vec<Vec<bool>> = before.iter().map(|frame| frame.to_vec()).collect();
                if crc_bits(this) != self.framing.crc(&before) {
                    return Some((period, false));
                }
                if superframes == 3 {
                    return Some((period, true));
                }
            }
        }
    }

    fn found(&mut self, (place, number): Candidate, from: usize, period: usize) -> (usize, usize, usize) {
        let (mut first, mut its_number) = (period, number);
        while first > from {
            first -= 1;
            its_number = self.before(its_number);
        }
        while its_number != 1 {
            first += 1;
            its_number = self.after(its_number);
        }
        self.noted.push(Noted::Aligned { at: period * 193 + 192, first: first * 193 + place });
        (place, number, period)
    }

    /// Follows an alignment to its loss, and gives the period that lost it.
    fn follow(&mut self, place: usize, number: usize, period: usize) -> Option<usize> {
        let (mut start, mut number) = self.ended((place, number), period);
        let mut errors: Vec<bool> = Vec::new();
        let mut superframes: Vec<Superframe> = Vec::new();
        let (mut second_bits, mut link, mut twelfths) = (Vec::new(), Vec::new(), Vec::new());
        let (mut verdicts, mut rai) = (Vec::new(), false);
        while start + 193 <= self.bits.len() {
            let at = start + 192;
            let frame = self.bits[start..start + 193].to_vec();
            if number == 1 || superframes.is_empty() {
                superframes.push(Superframe { whole: number == 1, good: true, frames: Vec::new() });
            }
            let current = superframes.len() - 1;
            superframes[current].frames.push(frame.clone());
            if let Some(wanted) = self.framing.framing_bit(number) {
                errors.push(wanted != frame[0]);
                if wanted != frame[0] {
                    superframes[current].good = false;
                    self.noted.push(Noted::FramingError { at });
                    let last_four = &errors[errors.len().saturating_sub(4)..];
                    if last_four.iter().filter(|error| **error).count() >= 2 {
                        return Some(self.lose(at, rai));
                    }
                }
            }
            if self.framing == Framing::Superframe {
                second_bits.extend((0..24).map(|channel| frame[1 + channel * 8 + 1]));
            } else if self.framing == Framing::JapaneseSuperframe {
                twelfths.extend((number == 12).then_some(frame[0]));
            } else if number % 2 == 1 {
                link.push(frame[0]);
                self.noted.push(Noted::Link { at, bit: frame[0] });
            } else if number == 22 && current >= 1 && superframes[current - 1].whole {
                let this: Vec<&[bool]> = superframes[current].frames.iter().map(Vec::as_slice).collect();
                let errored = crc_bits(&this) != self.framing.crc(&superframes[current - 1].frames);
                verdicts.push(errored);
                if errored {
                    self.noted.push(Noted::CrcError { at });
                }
                let second = (verdicts.len() - 1) / 333;
                if verdicts[second * 333..].iter().filter(|errored| **errored).count() >= 320 {
                    return Some(self.lose(at, rai));
                }
            }
            let alarm = match self.framing {
                Framing::Superframe => bit_2_alarm(&second_bits),
                Framing::JapaneseSuperframe => twelfths_alarm(&twelfths),
                _ => link_alarm(&link, self.framing.link_alarm()),
            };
            if alarm != rai {
                rai = alarm;
                self.noted.push(Noted::Rai { at, on: rai });
            }
            if number == self.framing.frames() && self.cas {
                self.take_signalling(&superframes, at);
            }
            start += 193;
            number = self.after(number);
        }
        None
    }

    fn lose(&mut self, at: usize, rai: bool) -> usize {
        self.noted.push(Noted::Lost { at });
        if rai {
            self.noted.push(Noted::Rai { at, on: false });
        }
        at / 193
    }

    /// A channel's bits are believed when two superframes in a row, without a wrong framing bit, have them.
    fn take_signalling(&mut self, superframes: &[Superframe], at: usize) {
        let [.., before, last] = superframes else { return };
        if !(before.good && before.whole && last.good && last.whole) {
            return;
        }
        for channel in 1..=24 {
            let bits = self.signalling_of(last, channel);
            if bits == self.signalling_of(before, channel) && self.signalling[channel] != Some(bits) {
                self.signalling[channel] = Some(bits);
                self.noted.push(Noted::Signalling { at, channel, abcd: bits });
            }
        }
    }

    /// In a superframe of twelve A and B stand for C and D as well.
    fn signalling_of(&self, superframe: &Superframe, channel: usize) -> [bool; 4] {
        let mut abcd = [false; 4];
        for (index, frame) in superframe.frames.iter().enumerate() {
            if let Some(which) = self.framing.signalling_bit(index + 1) {
                abcd[which] = frame[channel * 8];
                if self.framing.is_short() {
                    abcd[which + 2] = frame[channel * 8];
                }
            }
        }
        abcd
    }
}

/// What was received of one superframe.
struct Superframe {
    whole: bool,
    /// No framing bit was wrong.
    good: bool,
    frames: Vec<Vec<bool>>,
}

/// e1 to e6 as 22 or more frames of a superframe carry them.
fn crc_bits(frames: &[&[bool]]) -> [bool; 6] {
    [2, 6, 10, 14, 18, 22].map(|number: usize| frames[number - 1][0])
}

/// 256 channels in a row of which 254 or more have bit 2 at 0, judged 256 at a time.
fn bit_2_alarm(second_bits: &[bool]) -> bool {
    second_bits.chunks_exact(256).next_back().is_some_and(|c| c.iter().filter(|bit| !**bit).count() >= 254)
}

/// What the last two F bits of frame 12 that are alike say.
fn twelfths_alarm(bits: &[bool]) -> bool {
    bits.windows(2).rfind(|pair| pair[0] == pair[1]).is_some_and(|pair| pair[0])
}

/// The pattern, or the one that stands in its place when a customer installation has the alarm.
fn is_alarm(bits: &[bool], pattern: [bool; 16]) -> bool {
    let signature = crate::fdl::code_word("00111110 11111111");
    bits == pattern || (pattern.contains(&false) && bits == signature)
}

/// Sixteen times the pattern in a row begin the alarm. From there on each stretch of sixteen times its length is bad when
/// no more than 14 patterns end in it, wherever they begin; the fourth bad one in a row ends the alarm.
fn link_alarm(link: &[bool], pattern: [bool; 16]) -> bool {
    let (mut at, mut in_a_row, mut on) = (0, 0, false);
    let (mut stretch, mut bad) = (0, 0);
    while at + 16 <= link.len() {
        if on {
            if stretch + 256 > link.len() {
                break;
            }
            let mut seen = 0;
            while at + 16 <= stretch + 256 {
                let hit = is_alarm(&link[at..at + 16], pattern);
                (seen, at) = if hit { (seen + 1, at + 16) } else { (seen, at + 1) };
            }
            bad = if seen > 14 { 0 } else { bad + 1 };
            stretch += 256;
            on = bad < 4;
        } else if is_alarm(&link[at..at + 16], pattern) {
            in_a_row += 1;
            at += 16;
            if in_a_row == 16 {
                (on, in_a_row, stretch, bad) = (true, 0, at, 0);
            }
        } else {
            in_a_row = 0;
            at += 1;
        }
    }
    on
}
