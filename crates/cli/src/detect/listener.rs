//! All detectors over the same samples, the channels of a file in the lanes of a span.
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::{DetectorBank, LANES};
use tandem_dsp::fsk::CallerIdBank;
use tandem_dsp::mf::{MfBank, MfSystem};
use tandem_dsp::progress::{ToneBank, ToneSet};
use tandem_types::FrameTime;

use super::Detector;
use super::heard::Sound;
use super::voice::Voice;
use crate::progress::Progress;

/// The detectors that were asked for, at the beginning of a file.
#[derive(Clone)]
pub(super) struct Listener {
    wanted: Vec<Detector>,
    dtmf: DetectorBank,
    mf: Vec<MfBank>,
    tones: ToneSet,
    tone_bank: ToneBank,
    cid: CallerIdBank,
    voice: [Voice; LANES],
}

impl Listener {
    /// A listener for these; call progress, fax and special information tones share the set `tones`.
    pub(super) fn new(wanted: &[Detector], tones: ToneSet) -> Self {
        let set = InstructionSet::detect();
        let systems = [
            (Detector::MfR1, MfSystem::R1),
            (Detector::MfR2Fwd, MfSystem::R2Forward),
            (Detector::MfR2Bwd, MfSystem::R2Backward),
            (Detector::MfLine, MfSystem::Line),
        ];
        let asked = systems.iter().filter(|(name, _)| wanted.contains(name));
        Self {
            wanted: wanted.to_vec(),
            dtmf: DetectorBank::new(set),
            mf: asked.map(|(_, system)| MfBank::new(set, *system)).collect(),
            tones,
            tone_bank: ToneBank::new(set),
            cid: CallerIdBank::new(),
            voice: std::array::from_fn(|_| Voice::default()),
        }
    }

    /// Listens to channels from their beginning to their end, at most one a lane.
    pub(super) fn listen(
        mut self,
        channels: &[Vec<i16>],
        progress: &mut Progress,
        on_sound: &mut impl FnMut(usize, Sound),
    ) {
        for lane in 0..channels.len().min(LANES) {
            self.dtmf.enable(lane, self.wants(Detector::Dtmf));
            self.mf.iter_mut().for_each(|bank| bank.enable(lane, true));
            self.cid.enable(lane, self.wants(Detector::Cid));
            let tones = [Detector::Tones, Detector::Fax, Detector::Sit];
            self.tone_bank.enable(lane, tones.iter().any(|name| self.wants(*name)));
        }
        let length = channels.iter().map(Vec::len).max().unwrap_or(0);
        let mut frames = [[0; LANES]; BLOCK];
        for first in (0..length + SILENCE).step_by(BLOCK) {
            for (n, frame) in frames.iter_mut().enumerate() {
                for (sample, channel) in frame.iter_mut().zip(channels) {
                    *sample = channel.get(first + n).copied().unwrap_or(0);
                }
            }
            self.take(&frames, FrameTime(first as u64), on_sound);
            progress.advance(2 * BLOCK * channels.len());
        }
    }

    fn wants(&self, name: Detector) -> bool {
        self.wanted.contains(&name)
    }

    fn take(&mut self, frames: &[[i16; LANES]], first: FrameTime, on_sound: &mut impl FnMut(usize, Sound)) {
        self.dtmf.process(frames, first, |event| {
            if let Some((lane, sound)) = Sound::dtmf(event) {
                on_sound(lane, sound);
            }
        });
        for bank in &mut self.mf {
            bank.process(frames, first, |event| {
                if let Some((lane, sound)) = Sound::mf(event) {
                    on_sound(lane, sound);
                }
            });
        }
        let wanted = &self.wanted;
        self.tone_bank.process(&self.tones, frames, first, |event| {
            if let Some((lane, sound)) = Sound::tone(event) {
                let name = match sound {
                    Sound::Fax { .. } => Detector::Fax,
                    Sound::Sit { .. } => Detector::Sit,
                    _ => Detector::Tones,
                };
                if wanted.contains(&name) {
                    on_sound(lane, sound);
                }
            }
        });
        self.cid.process(frames, first, |event| on_sound(event.lane, Sound::cid(&event)));
        if self.wants(Detector::Voice) {
            for frame in frames {
                for (lane, (voice, sample)) in self.voice.iter_mut().zip(frame).enumerate() {
                    if let Some(stretch) = voice.take(*sample) {
                        on_sound(lane, Sound::voice(stretch));
                    }
                }
            }
        }
    }
}

/// Frames taken at a time: 20 ms, as long as the longest hop of a detector.
const BLOCK: usize = 160;
/// After the end: as long as the pause of the slowest cadence, so that all that was heard has ended.
const SILENCE: usize = 20 * 8000;
