//! The stock of recorded speech: every stretch is given out once, and then all of it again.
use super::alaw;
use super::report::SpeechStretch;
use std::sync::Arc;
use tandem_types::FrameTime;

/// The clips, and how far they have been given out.
#[derive(Debug)]
pub(super) struct SpeechBank {
    clips: Vec<Arc<[i16]>>,
    clip: usize,
    offset: usize,
    used_up: bool,
    /// Samples given out again.
    pub(super) reused: u64,
}

impl SpeechBank {
    pub(super) fn new(clips: &[Arc<[i16]>]) -> Self {
        let clips = clips.iter().filter(|clip| !clip.is_empty()).cloned().collect();
        Self { clips, clip: 0, offset: 0, used_up: false, reused: 0 }
    }

    /// The next stretch of at most `frames` samples; it ends with its clip. `None` without material.
    fn take(&mut self, frames: u64) -> Option<Saying> {
        let clip = self.clips.get(self.clip)?;
        let (number, offset) = (self.clip, self.offset);
        let length = (clip.len() - offset).min(usize::try_from(frames).unwrap_or(usize::MAX)).max(1);
        let samples = Arc::clone(clip);
        if self.used_up {
            self.reused += length as u64;
        }
        self.offset += length;
        if self.offset == samples.len() {
            self.offset = 0;
            self.clip += 1;
        }
        if self.clip == self.clips.len() {
            (self.clip, self.used_up) = (0, true);
        }
        Some(Saying { number, samples, start: offset, next: offset, end: offset + length })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sample_is_said_twice_until_all_have_been_said() {
        let clips: Vec<Arc<[i16]>> = vec![(0..50).collect(), Arc::new([]), (100..130).collect()];
        let mut bank = SpeechBank::new(&clips);
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
    fn without_material_there_is_silence() {
        let mut octets = [0; 8];
        let mut said = Vec::new();
        let mut speaker = Speaker::new(None);
        speaker.fill(FrameTime(0), &mut octets, &mut SpeechBank::new(&[]), &mut said);
        assert_eq!((octets, said.len()), ([0xd5; 8], 0));
    }
}
