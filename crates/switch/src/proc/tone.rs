//! Tones that test lines send, as octets: they are the same at every moment of a second, so a table will do.
use crate::link::TestTone;
use crate::proc::PIECE;
use crate::proc::turn::Column;
use tandem_dsp::g711;
use tandem_dsp::level::amplitude_for_dbm0;
use tandem_types::{FrameTime, Law};

/// The tones in both laws, made at open.
#[derive(Debug)]
pub(crate) struct TestTones {
    tone_1004: [Box<[u8; PERIOD]>; 2],
}

impl TestTones {
    pub(crate) fn new() -> Self {
        let sample = |law, n: usize| {
            let phase = std::f64::consts::TAU * 1004.0 * n as f64 / 8000.0;
            (f64::from(amplitude_for_dbm0(law, 0.0)) * phase.sin()).round() as i16
        };
        let tone = |law| Box::new(std::array::from_fn(|n| g711::encode(law, sample(law, n))));
        Self { tone_1004: [tone(Law::A), tone(Law::Mu)] }
    }

    /// The octets of a tone in the piece that begins at `at`.
    pub(crate) fn column(&self, tone: TestTone, law: Law, at: FrameTime) -> Column {
        std::array::from_fn::<u8, PIECE, _>(|frame| {
            let time = at.0 + frame as u64;
            match (tone, law) {
                (TestTone::Milliwatt, Law::A) => MILLIWATT_A[(time % 8) as usize],
                (TestTone::Milliwatt, Law::Mu) => MILLIWATT_MU[(time % 8) as usize],
                (TestTone::Tone1004, Law::A) => self.tone_1004[0][(time % PERIOD as u64) as usize],
                (TestTone::Tone1004, Law::Mu) => self.tone_1004[1][(time % PERIOD as u64) as usize],
            }
        })
    }
}

/// 1 kHz at 0 dBm0 as G.711 defines it, tables 5 and 6.
const MILLIWATT_A: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
const MILLIWATT_MU: [u8; 8] = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];
/// In a quarter of a second there are 251 whole waves of 1004 Hz.
const PERIOD: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_dsp::level::Level;

    #[test]
    fn both_tones_have_0_dbm0_in_both_laws() {
        let tones = TestTones::new();
        for law in [Law::A, Law::Mu] {
            for tone in [TestTone::Milliwatt, TestTone::Tone1004] {
                let pieces =
                    (0..PERIOD / PIECE).map(|n| tones.column(tone, law, FrameTime((n * PIECE) as u64)));
                let samples: Vec<i16> = pieces.flatten().map(|octet| g711::decode(law, octet)).collect();
                let level = Level::of(&samples).dbm0(law);
                assert!(level.abs() < 0.05, "{law:?} {tone:?}: {level} dBm0");
            }
        }
    }

    #[test]
    fn a_tone_goes_on_from_piece_to_piece() {
        let tones = TestTones::new();
        let whole = tones.column(TestTone::Tone1004, Law::Mu, FrameTime(1996));
        let later = tones.column(TestTone::Tone1004, Law::Mu, FrameTime(2000));
        assert_eq!(whole[4..], later[..4]);
    }
}
