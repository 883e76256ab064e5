//! AMI, HDB3 and B8ZS (G.703 Annex A) on planes of bits, 64 symbols at a time.
//!
//! The polarity of a pulse is the parity of the pulses before it, so a whole word is coded with a running
//! parity; only zero runs (encoder) and bipolar violations (decoder) are visited one by one. HDB3 must see
//! three bits ahead and B8ZS seven: encoder and decoder each delay by [`LineCode::delay`] bits.
//! Not here: loss of signal (`los.rs`).
mod b8zs;

use crate::bits::{FIRST, running_parity, spread, spread_last};

/// 64 ternary symbols, the first in the most significant bit of both planes. A place set in both is not a
/// symbol; it is read as a positive pulse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    /// Where the positive pulses are.
    pub pos: u64,
    /// Where the negative pulses are.
    pub neg: u64,
}

impl Symbols {
    /// Where pulses of either polarity are.
    #[inline]
    #[must_use]
    pub const fn pulses(self) -> u64 {
        self.pos | self.neg
    }
}

/// A line code. HDB3 is of 2048 kbit/s spans, B8ZS of 1544 kbit/s spans, AMI of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineCode {
    /// Alternate mark inversion: every 1 a pulse, polarities alternating. The density of ones is then a matter
    /// of what is sent.
    Ami,
    /// High density bipolar of order 3: as AMI, and four zeros are sent as 000V or B00V.
    #[default]
    Hdb3,
    /// Bipolar with eight-zero substitution: as AMI, and eight zeros are sent as 000VB0VB.
    B8zs,
}

impl LineCode {
    /// By how many bits the encoder, and again the decoder, delays.
    #[must_use]
    pub const fn delay(self) -> u32 {
        match self {
            Self::Ami => 0,
            Self::Hdb3 => 3,
            Self::B8zs => b8zs::DELAY,
        }
    }
}

/// How an encoder or a decoder works; `B` is the state of B8ZS.
#[derive(Clone, Debug)]
enum Work<B> {
    Ami,
    Hdb3,
    B8zs(B),
}

/// Bits to symbols.
#[derive(Clone, Debug)]
pub struct Encoder {
    work: Work<b8zs::Substitution>,
    /// The last three bits taken, not yet sent, in the low bits.
    held: u64,
    /// Parity of all marks sent, in every place.
    marks: u64,
    /// Parity of all stuffed pulses B sent, in every place.
    stuffed: u64,
    /// `marks` at the last violation, in every place.
    marks_at_v: u64,
    /// The violation of a substitution that began in the last word and ends in the next.
    open_v: u64,
    /// Places at the head of the next word that belong to that substitution.
    open_places: u32,
}

impl Encoder {
    /// An encoder whose first pulse is positive. With B8ZS it may stand for eight zeros.
    #[must_use]
    pub const fn new(code: LineCode) -> Self {
        let work = match code {
            LineCode::Ami => Work::Ami,
            LineCode::Hdb3 => Work::Hdb3,
            LineCode::B8zs => Work::B8zs(b8zs::Substitution::new()),
        };
        Self { work, held: 0, marks: 0, stuffed: 0, marks_at_v: 0, open_v: 0, open_places: 3 }
    }

    /// Codes as many words as both slices hold.
    pub fn encode(&mut self, bits: &[u64], out: &mut [Symbols]) {
        match &mut self.work {
            Work::Ami => {
                for (symbols, bits) in out.iter_mut().zip(bits) {
                    *symbols = self.ami(*bits);
                }
            }
            Work::Hdb3 => {
                for (symbols, bits) in out.iter_mut().zip(bits) {
                    *symbols = self.hdb3(*bits);
                }
            }
            Work::B8zs(substitution) => {
                for (symbols, bits) in out.iter_mut().zip(bits) {
                    *symbols = substitution.encode(*bits);
                }
            }
        }
    }

    #[inline]
    fn ami(&mut self, bits: u64) -> Symbols {
        let polarity = running_parity(bits) ^ self.marks;
        self.marks = spread_last(polarity);
        Symbols { pos: bits & polarity, neg: bits & !polarity }
    }

    /// The rule of G.703 Annex A, put as parities: marks and B change the polarity, V does not, and a B is
    /// needed exactly when the number of marks since the last V is even.
    #[inline]
    fn hdb3(&mut self, bits: u64) -> Symbols {
        let line = (self.held << 61) | (bits >> 3);
        let next = (self.held << 62) | (bits >> 2);
        let second = (self.held << 63) | (bits >> 1);
        let mut runs = !(line | next | second | bits) & (u64::MAX >> self.open_places);
        let marks = running_parity(line) ^ self.marks;
        let mut polarity = marks ^ self.stuffed;
        let mut pulses = line | self.open_v;
        self.held = bits & 0b111;
        self.open_v = 0;
        self.open_places = 0;
        while runs != 0 {
            let start = runs.leading_zeros();
            let here = FIRST >> start;
            let from_here = u64::MAX >> start;
            let parity = spread(marks, start);
            let stuff = !(parity ^ self.marks_at_v);
            pulses |= (here & stuff) | (here >> 3);
            polarity ^= from_here & stuff;
            self.stuffed ^= stuff;
            self.marks_at_v = parity;
            runs &= from_here >> 4;
            if start > 60 {
                self.open_v = FIRST >> (start - 61);
                self.open_places = start - 60;
            }
        }
        self.marks = spread_last(marks);
        Symbols { pos: pulses & polarity, neg: pulses & !polarity }
    }
}

/// What a decoder found wrong in the symbols it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeReport {
    /// Pulses of the same polarity as the one before that belong to no substitution, and substitutions
    /// whose violation has the polarity of the violation before (O.161).
    pub line_code_violations: u32,
    /// Strings of zeros longer than the code allows, each counted once: 4 or more in HDB3, 8 in B8ZS, 16 in
    /// AMI.
    pub excess_zeros: u32,
}

/// Symbols to bits.
#[derive(Clone, Debug)]
pub struct Decoder {
    work: Work<b8zs::Recognition>,
    /// Whether a pulse has been seen: the first may have either polarity.
    started: bool,
    /// Whether the polarity of the last substitution's violation is known, in every place.
    v_known: u64,
    /// That polarity, in every place.
    v_polarity: u64,
    /// Polarity of the last pulse, in every place.
    polarity: u64,
    /// Where pulses were in the word before.
    before: u64,
    /// The last three bits, which the next word may still turn into zeros.
    held: u64,
}

impl Decoder {
    /// A decoder that has seen nothing yet.
    #[must_use]
    pub const fn new(code: LineCode) -> Self {
        let work = match code {
            LineCode::Ami => Work::Ami,
            LineCode::Hdb3 => Work::Hdb3,
            LineCode::B8zs => Work::B8zs(b8zs::Recognition::new()),
        };
        Self { work, started: false, v_known: 0, v_polarity: 0, polarity: 0, before: u64::MAX, held: 0 }
    }

    /// Decodes as many words as both slices hold.
    pub fn decode(&mut self, symbols: &[Symbols], bits: &mut [u64]) -> CodeReport {
        let mut report = CodeReport::default();
        match self.work {
            Work::Ami => {
                for (bits, symbols) in bits.iter_mut().zip(symbols) {
                    *bits = self.ami(*symbols, &mut report);
                }
            }
            Work::Hdb3 => {
                for (bits, symbols) in bits.iter_mut().zip(symbols) {
                    *bits = self.hdb3(*symbols, &mut report);
                }
            }
            Work::B8zs(_) => {
                for (bits, symbols) in bits.iter_mut().zip(symbols) {
                    *bits = self.b8zs(*symbols, &mut report);
                }
            }
        }
        report
    }

    #[inline]
    fn ami(&mut self, symbols: Symbols, report: &mut CodeReport) -> u64 {
        let pulses = symbols.pulses();
        let mut violations = 0;
        self.each_violation(symbols.pos, pulses, |_, _| violations += 1);
        report.line_code_violations = report.line_code_violations.saturating_add(violations);
        report.excess_zeros =
            report.excess_zeros.saturating_add(long_strings(&[1, 2, 4, 8], pulses, self.before));
        self.before = pulses;
        pulses
    }

    /// A violation after two zeros closes a substitution: it and the place three before it are zeros.
    #[inline]
    fn hdb3(&mut self, symbols: Symbols, report: &mut CodeReport) -> u64 {
        let pulses = symbols.pulses();
        let busy = (pulses >> 1) | (self.before << 63) | (pulses >> 2) | (self.before << 62);
        let (mut codes, mut violations) = (0, 0);
        let (mut known, mut last) = (self.v_known, self.v_polarity);
        self.each_violation(symbols.pos, pulses, |place, here| {
            let is_code = !spread(busy, place);
            let polarity = spread(symbols.pos, place);
            let repeated = known & !(polarity ^ last);
            violations += (!is_code | repeated) as u32 & 1;
            codes |= here & is_code;
            last ^= (last ^ polarity) & is_code;
            known |= is_code;
        });
        (self.v_known, self.v_polarity) = (known, last);
        report.line_code_violations = report.line_code_violations.saturating_add(violations);
        report.excess_zeros = report.excess_zeros.saturating_add(long_strings(&[1, 2], pulses, self.before));
        let data = pulses & !codes & !(codes << 3);
        let bits = ((self.held & !(codes >> 61)) << 61) | (data >> 3);
        self.held = data & 0b111;
        self.before = pulses;
        bits
    }

    #[inline]
    fn b8zs(&mut self, symbols: Symbols, report: &mut CodeReport) -> u64 {
        let pulses = symbols.pulses();
        // The first pulse of all may be a violation: nobody knows what came before it.
        let first = if self.started { 0 } else { first_of(pulses) };
        let mut violations = 0;
        self.each_violation(symbols.pos, pulses, |_, here| violations |= here);
        report.excess_zeros =
            report.excess_zeros.saturating_add(long_strings(&[1, 2, 4], pulses, self.before));
        self.before = pulses;
        let Work::B8zs(recognition) = &mut self.work else { return pulses };
        let (bits, stray) = recognition.decode(pulses, violations, first);
        report.line_code_violations = report.line_code_violations.saturating_add(stray);
        bits
    }

    /// Visits the pulses that have the polarity of the pulse before. If polarities alternate, the polarity
    /// of every pulse is the running parity; behind a violation it is the opposite.
    #[inline]
    fn each_violation(&mut self, pos: u64, pulses: u64, mut visit: impl FnMut(u32, u64)) {
        if !self.started && pulses != 0 {
            self.started = true;
            self.polarity = !spread(pos, pulses.leading_zeros());
        }
        let mut expected = running_parity(pulses) ^ self.polarity;
        let mut wrong = pulses & (pos ^ expected);
        while wrong != 0 {
            let place = wrong.leading_zeros();
            visit(place, FIRST >> place);
            let from_here = u64::MAX >> place;
            expected ^= from_here;
            wrong ^= pulses & from_here;
        }
        self.polarity = spread_last(expected);
    }
}

/// The first of these pulses alone.
const fn first_of(pulses: u64) -> u64 {
    match pulses {
        0 => 0,
        _ => FIRST >> pulses.leading_zeros(),
    }
}

/// How many strings of zeros reach the length 2^n in this word, n being the number of `steps` 1, 2, 4 …
#[inline]
fn long_strings(steps: &[u32], pulses: u64, before: u64) -> u32 {
    let mut zeros = !((u128::from(before) << 64) | u128::from(pulses));
    for step in steps {
        zeros &= zeros >> step;
    }
    ((zeros & !(zeros >> 1)) as u64).count_ones()
}
