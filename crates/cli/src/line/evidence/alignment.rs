//! Alignment over time: for how long it was there, how often it went, and where it was when it came back.
//!
//! An alignment counts once it has lasted; so those that data imitate for a few frames do not. When it comes
//! back one frame from where it was, an elastic store before the capture has repeated or left out a frame.
use crate::line::Framing;

/// Watches alignment.
pub(in crate::line) struct Alignment {
    /// Bits after which alignment repeats: that of an E1 after two frames, of a T1 after a superframe.
    period: u64,
    frame_bits: u64,
    /// Frames since alignment was found.
    run: u64,
    place: u64,
    multiframe: Option<u64>,
    /// The last alignment that lasted.
    before: Option<Before>,
    steady: u64,
    losses: u64,
    moves: u64,
    slips: Slips,
    repeats: Repeats,
    dark_at: Option<u64>,
}

struct Before {
    place: u64,
    multiframe: Option<u64>,
    /// When it was lost, if it was, and whether a signal was missing then.
    lost: Option<u64>,
}

impl Alignment {
    pub(in crate::line) fn new(framing: Framing) -> Self {
        let frame_bits = u64::from(framing.frame_bits());
        let frames = match framing {
            Framing::E1(_) => 2,
            Framing::T1(framing) => u64::from(framing.superframe()),
        };
        Self {
            period: frames * frame_bits,
            frame_bits,
            run: 0,
            place: 0,
            multiframe: None,
            before: None,
            steady: 0,
            losses: 0,
            moves: 0,
            slips: Slips::default(),
            repeats: Repeats::default(),
            dark_at: None,
        }
    }

    /// Frames in alignments that lasted; in a short capture those of the only one.
    pub(in crate::line) const fn steady_frames(&self) -> u64 {
        if self.before.is_none() { self.run } else { self.steady }
    }

    /// Whether there is an alignment that has lasted.
    pub(in crate::line) const fn is_steady(&self) -> bool {
        self.run >= STEADY_FRAMES
    }

    /// Where frames of the last alignment that lasted begin, as a place in the input.
    pub(in crate::line) fn place(&self) -> Option<u64> {
        match &self.before {
            Some(before) => Some(before.place),
            None => (self.run > 0).then_some(self.place),
        }
    }

    /// Times that a steady alignment was lost for no reason that shows in the signal, slips left out.
    pub(in crate::line) const fn losses(&self) -> u64 {
        self.losses
    }

    /// Of these, how often it came back in another place.
    pub(in crate::line) const fn moves(&self) -> u64 {
        self.moves
    }

    pub(in crate::line) const fn slips(&self) -> &Slips {
        &self.slips
    }

    pub(super) const fn aligned(&mut self, bit_offset: u64) {
        self.place = bit_offset;
        self.run = 0;
        self.multiframe = None;
    }

    pub(super) const fn multiframe(&mut self, frame: u64) {
        self.multiframe = Some(frame % MULTIFRAME);
        if let Some(before) = &mut self.before
            && self.run >= STEADY_FRAMES
        {
            before.multiframe = self.multiframe;
        }
    }

    pub(super) fn lost(&mut self, frame: u64) {
        if self.is_steady()
            && let Some(before) = &mut self.before
        {
            before.lost = Some(frame);
        }
    }

    pub(super) fn frame(&mut self, now: u64, octets: &[u8; 32]) {
        self.repeats.take(now, octets);
    }

    pub(super) fn settle(&mut self, now: u64, is_aligned: bool, is_dark: bool) {
        if is_dark {
            self.dark_at = Some(now);
        }
        if !is_aligned {
            self.run = 0;
            return;
        }
        self.run += 1;
        if self.run == STEADY_FRAMES {
            self.steady += STEADY_FRAMES;
            self.has_lasted();
        } else if self.run > STEADY_FRAMES {
            self.steady += 1;
        }
    }

    /// The alignment at hand counts from now on: what has it to do with the last one?
    fn has_lasted(&mut self) {
        let now = Before { place: self.place, multiframe: self.multiframe, lost: None };
        let Some(Before { place, multiframe, lost: Some(lost) }) = self.before.replace(now) else { return };
        if self.dark_at.is_some_and(|dark| dark + DARK_FRAMES >= lost) {
            return;
        }
        let shift = (self.place % self.period + self.period - place % self.period) % self.period;
        match self.slip(shift, multiframe, lost) {
            Some(direction) => self.slips.note(lost, direction),
            None => {
                self.losses += 1;
                self.moves += u64::from(shift != 0);
            }
        }
    }

    /// Whether frames are one frame from where they were, and in which direction.
    fn slip(&self, shift: u64, multiframe: Option<u64>, lost: u64) -> Option<Direction> {
        let is_e1 = self.period == 2 * self.frame_bits;
        if !is_e1 {
            let back = self.period - self.frame_bits;
            return if shift == self.frame_bits {
                Some(Direction::Repeated)
            } else {
                (shift == back).then_some(Direction::LeftOut)
            };
        }
        if shift != self.frame_bits {
            return None;
        }
        match multiframe.zip(self.multiframe).map(|(was, is)| (is + MULTIFRAME - was) % MULTIFRAME) {
            Some(1) => Some(Direction::Repeated),
            Some(LAST_OF_MULTIFRAME) => Some(Direction::LeftOut),
            Some(_) => None,
            None => Some(self.repeats.direction(lost)),
        }
    }
}

/// What an elastic store did to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::line) enum Direction {
    Repeated,
    LeftOut,
    /// One of the two; on a line at rest a frame looks as the last but one.
    Unknown,
}

/// Slips and their intervals.
#[derive(Debug, Default)]
pub(in crate::line) struct Slips {
    pub(in crate::line) repeated: u64,
    pub(in crate::line) left_out: u64,
    pub(in crate::line) unknown: u64,
    first: u64,
    last: u64,
    shortest: u64,
    longest: u64,
}

impl Slips {
    pub(in crate::line) const fn count(&self) -> u64 {
        self.repeated + self.left_out + self.unknown
    }

    /// The interval in frames, if it was the same again and again.
    pub(in crate::line) fn regular_interval(&self) -> Option<f64> {
        let one_direction = self.repeated == 0 || self.left_out == 0;
        let is_regular = self.count() > 2 && (self.longest - self.shortest) * 5 <= self.longest;
        (one_direction && is_regular).then(|| (self.last - self.first) as f64 / (self.count() - 1) as f64)
    }

    fn note(&mut self, at: u64, direction: Direction) {
        let interval = at.saturating_sub(self.last);
        match self.count() {
            0 => self.first = at,
            1 => (self.shortest, self.longest) = (interval, interval),
            _ => {
                self.shortest = self.shortest.min(interval);
                self.longest = self.longest.max(interval);
            }
        }
        self.last = at;
        match direction {
            Direction::Repeated => self.repeated += 1,
            Direction::LeftOut => self.left_out += 1,
            Direction::Unknown => self.unknown += 1,
        }
    }
}

/// Looks for frames that are the same as the one before. In an E1 no two frames in a row are: one of them has
/// the alignment signal.
#[derive(Default)]
struct Repeats {
    last: [u8; 32],
    last_but_one: [u8; 32],
    /// When a frame came twice.
    at: Option<u64>,
    frames: u64,
    /// Frames with the payload of the last but one.
    at_rest: u64,
}

impl Repeats {
    fn take(&mut self, now: u64, octets: &[u8; 32]) {
        if *octets == self.last {
            self.at = Some(now);
        }
        self.frames += 1;
        self.at_rest += u64::from(octets[1..] == self.last_but_one[1..]);
        self.last_but_one = std::mem::replace(&mut self.last, *octets);
    }

    fn direction(&self, lost: u64) -> Direction {
        if self.at_rest * 2 > self.frames {
            Direction::Unknown
        } else if self.at.is_some_and(|at| at + LOSING_FRAMES >= lost) {
            Direction::Repeated
        } else {
            Direction::LeftOut
        }
    }
}

/// 12 ms, which no data imitate.
const STEADY_FRAMES: u64 = 100;
/// A multiframe of an E1.
const MULTIFRAME: u64 = 16;
const LAST_OF_MULTIFRAME: u64 = MULTIFRAME - 1;
/// A slip is seen as a loss of alignment within so many frames.
const LOSING_FRAMES: u64 = 16;
/// AIS and loss of signal are told so many frames late, and alignment is lost a little before or after.
const DARK_FRAMES: u64 = 32;
