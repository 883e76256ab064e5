//! Whatever is loud enough to be speech: the power of 10 ms against a threshold, with a hangover. It knows
//! nothing of speech itself, so that tones are voice to it too.
use tandem_dsp::level::dbm0_of_power;
use tandem_types::{FrameTime, Law};

/// A stretch of voice that has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) start: FrameTime,
    pub(super) end: FrameTime,
    pub(super) dbm0: f32,
}

/// Listens to one channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Voice {
    now: u64,
    /// Of the 10 ms under way.
    energy: f64,
    heard: Option<Ongoing>,
}

/// Loud hops with gaps of less than the hangover.
#[derive(Clone, Debug)]
struct Ongoing {
    start: u64,
    end: u64,
    energy: f64,
    loud_hops: u32,
}

impl Voice {
    /// Takes a sample; gives a stretch when the hangover after it has passed.
    pub(super) fn take(&mut self, sample: i16) -> Option<Stretch> {
        self.energy += f64::from(sample) * f64::from(sample);
        self.now += 1;
        if !self.now.is_multiple_of(HOP) {
            return None;
        }
        let energy = std::mem::take(&mut self.energy);
        if dbm0_of_power(Law::A, (energy / HOP as f64) as f32) >= THRESHOLD_DBM0 {
            let start = self.now - HOP;
            let heard = self.heard.get_or_insert(Ongoing { start, end: 0, energy: 0.0, loud_hops: 0 });
            heard.end = self.now;
            heard.energy += energy;
            heard.loud_hops += 1;
            return None;
        }
        let over = self.heard.take_if(|heard| self.now - heard.end >= HANGOVER)?;
        (over.loud_hops >= FEWEST_HOPS).then(|| Stretch {
            start: FrameTime(over.start),
            end: FrameTime(over.end),
            dbm0: dbm0_of_power(Law::A, (over.energy / f64::from(over.loud_hops) / HOP as f64) as f32),
        })
    }
}

/// 10 ms.
const HOP: u64 = 80;
const THRESHOLD_DBM0: f32 = -40.0;
/// 200 ms: pauses between words are longer, those within them are not.
const HANGOVER: u64 = 1600;
/// A click is no voice.
const FEWEST_HOPS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    /// Stretches of a square wave of this size in these frames, silence elsewhere.
    fn heard(size: i16, loud: impl Fn(u64) -> bool) -> Vec<(u64, u64)> {
        let mut voice = Voice::default();
        let square = |n: u64| if n.is_multiple_of(2) { size } else { -size };
        (0..40_000)
            .filter_map(|n| voice.take(if loud(n) { square(n) } else { 8 }))
            .map(|stretch| (stretch.start.0, stretch.end.0))
            .collect()
    }

    #[test]
    fn a_pause_within_the_hangover_does_not_end_a_stretch() {
        assert_eq!(heard(2000, |n| (8000..16_000).contains(&n) && n != 9000), [(8000, 16_000)]);
        assert_eq!(heard(2000, |n| (800..1600).contains(&n) || (3120..4000).contains(&n)), [(800, 4000)]);
        assert_eq!(
            heard(2000, |n| (800..1600).contains(&n) || (3280..4000).contains(&n)),
            [(800, 1600), (3280, 4000)]
        );
    }

    #[test]
    fn clicks_and_what_is_faint_are_no_voice() {
        assert_eq!(heard(2000, |n| (800..960).contains(&n)), []);
        // A square wave of 160 has -43.1 dBm0, one of 260 has -38.9.
        assert_eq!(heard(160, |n| n < 8000), []);
        assert_eq!(heard(260, |n| n < 8000), [(0, 8000)]);
    }
}
