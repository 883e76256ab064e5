//! A tone put on top of what somebody hears, again and again: that the call is recorded, or costs more.
//!
//! The first sounds at once. Where a caller cuts time into blocks changes nothing. Runs on the media thread; no allocation.

use tandem_types::{Frames, Law};

use crate::level::amplitude_for_dbm0;
use crate::tone::{Oscillator, round};

/// What sounds, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReminderTone {
    /// Its frequency.
    pub hz: f32,
    /// Its level.
    pub dbm0: f32,
    /// How long it sounds.
    pub on: Frames,
    /// From one beginning to the next.
    pub each: Frames,
}

impl ReminderTone {
    /// Whether it is one: 300 to 3400 Hz, −60 to 0 dBm0, 20 ms to 5 s long, once an hour at least.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        (300.0..=3400.0).contains(&self.hz)
            && (-60.0..=0.0).contains(&self.dbm0)
            && self.on >= Frames::from_ms(20)
            && self.on <= Frames::from_seconds(5)
            && self.each > self.on
            && self.each <= Frames::from_seconds(3600)
    }
}

/// One that sounds.
#[derive(Clone, Debug)]
pub struct Reminder {
    tone: ReminderTone,
    amplitude: f32,
    oscillator: Oscillator,
    /// Frames since its last beginning.
    place: u64,
}

impl Reminder {
    /// One that begins now.
    #[must_use]
    pub fn new(law: Law, tone: ReminderTone) -> Self {
        let amplitude = amplitude_for_dbm0(law, tone.dbm0);
        Self { tone, amplitude, oscillator: Oscillator::new(tone.hz, amplitude), place: 0 }
    }

    /// Puts it on top of what is heard, held at full scale where both are louder.
    pub fn add(&mut self, samples: &mut [i16]) {
        for sample in samples {
            if self.place < self.tone.on.0 {
                *sample = sample.saturating_add(round(self.oscillator.next_sample()));
            }
            self.place += 1;
            if self.place == self.tone.each.0 {
                self.place = 0;
                self.oscillator = Oscillator::new(self.tone.hz, self.amplitude);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Level;

    const TONE: ReminderTone =
        ReminderTone { hz: 1400.0, dbm0: -20.0, on: Frames::from_ms(400), each: Frames::from_ms(1500) };

    fn heard(tone: ReminderTone, under: i16, cut: usize) -> [i16; 16_000] {
        let mut reminder = Reminder::new(Law::A, tone);
        let mut samples = [under; 16_000];
        samples.chunks_mut(cut).for_each(|block| reminder.add(block));
        samples
    }

    #[test]
    fn it_sounds_at_once_and_each_period_again_on_top_of_what_is_heard() {
        let samples = heard(TONE, 1000, 8);
        let level = |from: usize, to: usize| {
            let mut above = [0; 3200];
            above.iter_mut().zip(&samples[from..to]).for_each(|(above, sample)| *above = sample - 1000);
            Level::of(&above[..to - from]).dbm0(Law::A)
        };
        for (from, to) in [(0, 3200), (12_000, 15_200)] {
            assert!((level(from, to) + 20.0).abs() < 0.2, "{}", level(from, to));
        }
        assert!(samples[3200..12_000].iter().all(|sample| *sample == 1000));
        assert!(samples[15_200..].iter().all(|sample| *sample == 1000));
        assert_eq!(samples[..3200], samples[12_000..15_200], "each is like the first");
    }

    #[test]
    fn blocks_change_nothing_and_full_scale_does_not_wrap() {
        for cut in [1, 7, 160] {
            assert!(heard(TONE, 0, cut) == heard(TONE, 0, 16_000));
        }
        let loud = heard(ReminderTone { dbm0: 0.0, ..TONE }, i16::MAX, 8);
        assert!(loud.iter().all(|sample| *sample > 0), "it is cut, and does not wrap");
    }

    #[test]
    fn tones_that_are_none_are_known() {
        assert!(TONE.is_sound());
        for wrong in [
            ReminderTone { hz: 299.0, ..TONE },
            ReminderTone { hz: f32::NAN, ..TONE },
            ReminderTone { dbm0: 0.1, ..TONE },
            ReminderTone { on: Frames::from_ms(19), ..TONE },
            ReminderTone { on: Frames::from_ms(5001), each: Frames::from_seconds(9), ..TONE },
            ReminderTone { each: TONE.on, ..TONE },
            ReminderTone { each: Frames::from_seconds(3601), ..TONE },
        ] {
            assert!(!wrong.is_sound(), "{wrong:?}");
        }
    }
}
