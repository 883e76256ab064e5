//! The stock of recorded speech: every stretch is given out once, and then all of it again from other places.
use super::alaw;
use super::report::SpeechStretch;
use std::collections::BTreeSet;
use std::sync::Arc;
use tandem_types::FrameTime;

/// The clips, and how far they have been given out.
#[derive(Debug)]
pub(super) struct SpeechBank {
    clips: Vec<Arc<[i16]>>,
    clip: usize,
    offset: usize,
    /// How often all clips have been given out.
    passes: usize,
    /// Where stretches began, by clip, if no two may begin at the same sample.
    begun: Option<Vec<BTreeSet<usize>>>,
    /// Samples given out again.
    pub(super) reused: u64,
}

impl SpeechBank {
    /// A stock of these clips. If `distinct`, no two stretches begin at the same sample of a clip.
    pub(super) fn new(clips: &[Arc<[i16]>], distinct: bool) -> Self {
        let clips: Vec<_> = clips.iter().filter(|clip| !clip.is_empty()).cloned().collect();
        let begun = distinct.then(|| vec![BTreeSet::new(); clips.len()]);
        Self { clips, clip: 0, offset: 0, passes: 0, begun, reused: 0 }
    }

    /// The next stretch of at most `frames` samples; it ends with its clip. `None` without material.
    fn take(&mut self, frames: u64) -> Option<Saying> {
        self.skip_begun();
        let samples = Arc::clone(self.clips.get(self.clip)?);
        let (number, offset) = (self.clip, self.offset);
        let length = (samples.len() - offset).min(usize::try_from(frames).unwrap_or(usize::MAX)).max(1);
        if let Some(begun) = &mut self.begun {
            begun[number].insert(offset);
        }
        if self.passes > 0 {
            self.reused += length as u64;
        }
        self.offset += length;
        if self.offset == samples.len() {
            self.next_clip();
        }
        Some(Saying { number, samples, start: offset, next: offset, end: offset + length })
    }

    /// Goes on to the next sample at which nobody has begun. Once there is none, all begins anew.
    fn skip_begun(&mut self) {
        let Some(begun) = &mut self.begun else { return };
        if begun.iter().zip(&self.clips).all(|(begun, clip)| begun.len() == clip.len()) {
            begun.iter_mut().for_each(BTreeSet::clear);
        }
        while let Some(begun) = self.begun.as_ref().and_then(|begun| begun.get(self.clip))
            && begun.contains(&self.offset)
        {
            self.offset += 1;
            if self.offset == self.clips[self.clip].len() {
                self.next_clip();
            }
        }
    }

    /// Each pass enters the clips at another place.
    fn next_clip(&mut self) {
        self.clip += 1;
        if self.clip == self.clips.len() {
            (self.clip, self.passes) = (0, self.passes + 1);
        }
        self.offset = self.passes.wrapping_mul(SHIFT) % self.clips[self.clip].len();
    }
}

/// Somebody speaking.
#[derive(Debug)]
pub(super) struct Speaker {
    /// When this speaker will be done; `None` if nobody knows.
    until: Option<FrameTime>,
    saying: Option<Saying>,
}

#[derive(Debug)]
struct Saying {
    number: usize,
    samples: Arc<[i16]>,
    start: usize,
    next: usize,
    end: usize,
}

impl Speaker {
    pub(super) const fn new(until: Option<FrameTime>) -> Self {
        Self { until, saying: None }
    }

    /// Says the next octets, and writes down what is said.
    pub(super) fn fill(
        &mut self,
        now: FrameTime,
        block: &mut [u8],
        bank: &mut SpeechBank,
        said: &mut Vec<SpeechStretch>,
    ) {
        for (frame, octet) in (now.0..).zip(block) {
            if self.saying.as_ref().is_none_or(|saying| saying.next == saying.end) {
                self.saying = bank.take(self.wanted(FrameTime(frame)));
                said.extend(self.saying.as_ref().map(|saying| SpeechStretch {
                    clip: saying.number,
                    offset: saying.start,
                    first_frame: FrameTime(frame),
                    frames: 0,
                }));
            }
            *octet = match (&mut self.saying, said.last_mut()) {
                (Some(saying), Some(stretch)) => {
                    saying.next += 1;
                    stretch.frames += 1;
                    alaw::encode(saying.samples[saying.next - 1])
                }
                _ => alaw::IDLE,
            };
        }
    }

    fn wanted(&self, now: FrameTime) -> u64 {
        self.until.map_or(UNKNOWN_LENGTH, |until| until.since(now).0)
    }
}

/// How much is taken at a time for a speaker who does not know when it will end: 10 s.
const UNKNOWN_LENGTH: u64 = 80_000;
/// Frames by which the beginning of a clip moves from pass to pass: a fifth of a second, and a prime.
const SHIFT: usize = 1601;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sample_is_said_twice_until_all_have_been_said() {
        let clips: Vec<Arc<[i16]>> = vec![(0..50).collect(), Arc::new([]), (100..130).collect()];
        let mut bank = SpeechBank::new(&clips, true);
        let mut said = [Vec::new(), Vec::new()];
        let mut speakers = [30, 50].map(|until| Speaker::new(Some(FrameTime(until))));
        for now in 0..50 {
            for (speaker, said) in speakers.iter_mut().zip(&mut said) {
                speaker.fill(FrameTime(now), &mut [0], &mut bank, said);
            }
        }
        let stretch = |clip, offset, first, frames| SpeechStretch {
            clip,
            offset,
            first_frame: FrameTime(first),
            frames,
        };
        assert_eq!(said[1], [stretch(0, 30, 0, 20), stretch(1, 0, 20, 30)]);
        assert_eq!(said[0][0], stretch(0, 0, 0, 30));
        assert_eq!(bank.reused, said[0][1..].iter().map(|stretch| stretch.frames).sum::<u64>());
        assert_eq!(bank.reused, 20);
    }

    #[test]
    fn no_two_stretches_begin_at_one_sample_until_all_samples_have_been_a_beginning() {
        let clips: Vec<Arc<[i16]>> = vec![(0..50).collect(), (0..7).collect(), (100..130).collect()];
        let mut bank = SpeechBank::new(&clips, true);
        let mut begun = BTreeSet::new();
        for turn in 0..87 {
            let saying = bank.take(turn * 5 % 13).expect("material");
            assert!(begun.insert((saying.number, saying.start)), "{saying:?}");
        }
        assert!(bank.take(4).is_some());
    }

    #[test]
    fn without_material_there_is_silence() {
        let mut octets = [0; 8];
        let mut said = Vec::new();
        let mut speaker = Speaker::new(None);
        speaker.fill(FrameTime(0), &mut octets, &mut SpeechBank::new(&[], true), &mut said);
        assert_eq!((octets, said.len()), ([0xd5; 8], 0));
    }
}
