//! Signals to be sent, written as a line of text: digits, register signals and tones as sounds and pauses.
//!
//! `text.rs` reads the lines, `tones.rs` those of tones; `docs/signals.md` describes them. A signal is made while it is
//! played, from any frame on, so that an hour of it takes no more memory than its cadence. Not here: what a signal means
//! to the far end, and whether it was heard.

mod text;
mod tones;

use tandem_dsp::tone::Chord;
use tandem_types::Frames;
pub use text::{BadSignal, MOST_SYMBOLS, is_signal};
pub use tones::named_tones;

/// Sounds at their times.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// In their order; what is between them is silent.
    sounds: Vec<Sound>,
    /// After so many frames the sounds come again.
    period: u64,
    length: u64,
    /// How long the sound that ends a period has lasted, if the one that begins the next is its continuation.
    carried: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Sound {
    chord: Chord,
    begin: u64,
    end: u64,
}

impl Signal {
    /// How long it is.
    #[must_use]
    pub const fn length(&self) -> Frames {
        Frames(self.length)
    }

    /// Fills a block with what comes so many frames after the beginning, and with silence behind the end.
    pub fn fill_from(&self, frame: u64, block: &mut [i16]) {
        let (mut at, mut rest) = (frame, block);
        while !rest.is_empty() {
            let Some(left) = self.length.checked_sub(at).filter(|left| *left > 0) else {
                rest.fill(0);
                return;
            };
            let (sound, same) = self.stretch(at);
            let length = rest.len().min(usize::try_from(left.min(same)).unwrap_or(usize::MAX));
            let (now, later) = rest.split_at_mut(length);
            match sound {
                Some((chord, age)) => chord.fill_from(age, now),
                None => now.fill(0),
            }
            (at, rest) = (at + length as u64, later);
        }
    }

    /// What sounds at a frame, if anything does, since how many frames; and for how many more it goes on so.
    fn stretch(&self, at: u64) -> (Option<(&Chord, u64)>, u64) {
        let place = at % self.period;
        let index = self.sounds.partition_point(|sound| sound.end <= place);
        match self.sounds.get(index) {
            Some(sound) if sound.begin <= place => {
                let carried = if index == 0 && at >= self.period { self.carried } else { 0 };
                (Some((&sound.chord, place - sound.begin + carried)), sound.end - place)
            }
            Some(sound) => (None, sound.begin - place),
            None => (None, self.period - place),
        }
    }
}

/// Puts sounds and pauses one behind the other.
#[derive(Debug, Default)]
struct Builder {
    sounds: Vec<Sound>,
    period: u64,
}

impl Builder {
    /// A sound, which goes on without a break if it is the one that has just ended, and a pause.
    fn add(&mut self, chord: Chord, on: Frames, off: Frames) {
        let (begin, end) = (self.period, self.period + on.0);
        match self.sounds.last_mut() {
            Some(last) if last.end == begin && last.chord == chord => last.end = end,
            _ => self.sounds.push(Sound { chord, begin, end }),
        }
        self.pause(off);
        self.period += on.0;
    }

    const fn pause(&mut self, off: Frames) {
        self.period += off.0;
    }

    /// All of it, again and again for so long; `None` if that is more than an hour, or no time.
    fn build(mut self, length: Option<Frames>) -> Option<Signal> {
        let length = length.map_or(self.period, |length| length.0);
        if self.period == 0 || !(1..=LONGEST.0).contains(&length) {
            return None;
        }
        if let [only] = &mut self.sounds[..]
            && (only.begin, only.end) == (0, self.period)
        {
            // There is no pause in it.
            (only.end, self.period) = (length, length);
        }
        let carried = match (self.sounds.first(), self.sounds.last()) {
            (Some(first), Some(last))
                if first.begin == 0 && last.end == self.period && first.chord == last.chord =>
            {
                last.end - last.begin
            }
            _ => 0,
        };
        Some(Signal { sounds: self.sounds, period: self.period, length, carried })
    }
}

const LONGEST: Frames = Frames::from_seconds(3600);
