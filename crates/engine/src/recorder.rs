//! Writes recordings: taps in, WAV files out. Runs on its own thread and may wait for the disk.
use crate::config::RecordingFormat;
use crate::event::CallId;
use crossbeam::channel::{Receiver, Sender};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_dsp::g711;
use tandem_dsp::leveller::{LevelOptions, Leveller};
use tandem_files::wav::{Labels, RecordingEncoding, RecordingSides, RecordingWriter, Summary, SyncPolicy};
use tandem_rt::{Next, Step};
use tandem_switch::link::TapReader;
use tandem_types::{FrameTime, Frames, Handle, Law};

/// What a recording is to be like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecordOptions {
    /// What it has of what the far end says (received) and hears (sent).
    pub sides: RecordingSides,
    /// How its samples are kept; `None` for what the configuration says.
    pub format: Option<RecordingFormat>,
    /// The level in dBm0 to which the voices of each side are brought, -40 to -6; `None` for as they are.
    pub target_dbm0: Option<f32>,
}

/// A recording on its way to disk. The file exists already; the tap is running.
#[derive(Debug)]
pub(crate) struct RecordJob {
    pub(crate) operation: Handle,
    pub(crate) tap: TapReader,
    pub(crate) writer: RecordingWriter,
    pub(crate) law: Law,
    /// What brings the sides to a level.
    pub(crate) levellers: Option<Box<[Leveller; 2]>>,
    pub(crate) subject: Subject,
}

impl RecordJob {
    /// Adds a block of both sides.
    fn append(&mut self, frames: &[[u8; 2]]) {
        let Some(levellers) = &mut self.levellers else {
            return self.writer.append_octets(self.law, frames);
        };
        let mut linear: Vec<[i16; 2]> =
            frames.iter().map(|frame| frame.map(|octet| g711::decode(self.law, octet))).collect();
        for (side, leveller) in levellers.iter_mut().enumerate() {
            let mut samples: Vec<i16> = linear.iter().map(|frame| frame[side]).collect();
            leveller.process(&mut samples);
            linear.iter_mut().zip(samples).for_each(|(frame, sample)| frame[side] = sample);
        }
        self.writer.append(&linear);
    }
}

/// What brings both sides of a recording to this level.
pub(crate) fn levellers(target_dbm0: f32) -> Option<Box<[Leveller; 2]>> {
    let options = LevelOptions { gain_db: 0.0, target_dbm0: Some(target_dbm0), gate_dbm0: None };
    options.are_sound().then(|| Box::new([Leveller::new(options), Leveller::new(options)]))
}

/// What a recording is of.
#[derive(Debug)]
pub(crate) struct Subject {
    /// When it was begun, as ISO 8601 has it.
    pub(crate) began: String,
    /// The call, and of what interaction it is a leg, which the host may change.
    pub(crate) call: Option<(CallId, Arc<AtomicU64>)>,
}

impl Subject {
    fn labels(&self) -> Labels {
        let comment = self.call.as_ref().map_or_else(String::new, |(call, interaction)| {
            format!("call {}, interaction {}", call.0, interaction.load(Ordering::Relaxed))
        });
        Labels { began: self.began.clone(), comment }
    }
}

/// What became of a recording.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) operation: Handle,
    pub(crate) path: PathBuf,
    /// The time of the first frame; `None` when nothing was recorded.
    pub(crate) start: Option<FrameTime>,
    pub(crate) frames: u64,
    pub(crate) gap_frames: u64,
    pub(crate) lost_frames: u64,
    pub(crate) problem: Option<String>,
}

/// All recordings of an engine.
#[derive(Debug)]
pub(crate) struct Recorder {
    incoming: Receiver<RecordJob>,
    done: Sender<Recorded>,
    active: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    job: RecordJob,
    start: Option<FrameTime>,
    /// Where the next block should begin; a later beginning is a gap.
    expected: Option<FrameTime>,
}

impl Recorder {
    pub(crate) const fn new(incoming: Receiver<RecordJob>, done: Sender<Recorded>) -> Self {
        Self { incoming, done, active: Vec::new() }
    }
}

impl Active {
    /// Writes what has come. `false` once the tap has ended and everything is written, or nothing can be written any more.
    fn write(&mut self) -> bool {
        // Asked first: what the tap flushed before it went is then seen by the loop below.
        let ended = self.job.tap.is_ended();
        while let Some(block) = self.job.tap.pop() {
            self.start.get_or_insert(block.start);
            let expected = self.expected.unwrap_or(block.start);
            // What came while the tap rested is not to be in the file.
            self.job.writer.gap(block.start.since(expected).0.saturating_sub(block.rested));
            let frames: Vec<[u8; 2]> = block
                .rx
                .iter()
                .zip(&block.tx)
                .take(usize::from(block.length))
                .map(|(r, t)| [*r, *t])
                .collect();
            self.job.append(&frames);
            self.expected = Some(block.start + Frames(u64::from(block.length)));
        }
        if ended {
            self.job.writer.set_labels(self.job.subject.labels());
            self.job.writer.gap(self.job.tap.lost_at_end());
        }
        !ended && !self.job.writer.has_failed()
    }

    fn finish(self) -> Recorded {
        let Summary { path, frames, lost_frames, gap_frames, error, .. } = self.job.writer.finish();
        Recorded {
            operation: self.job.operation,
            path,
            start: self.start,
            frames,
            gap_frames,
            lost_frames,
            problem: error.map(|error| error.to_string()),
        }
    }
}

impl Step for Recorder {
    fn step(&mut self, now: FrameTime) -> Next {
        let fresh = self.incoming.try_iter().map(|mut job| {
            job.writer.set_labels(job.subject.labels());
            Active { job, start: None, expected: None }
        });
        self.active.extend(fresh);
        let mut index = 0;
        while index < self.active.len() {
            if self.active[index].write() {
                index += 1;
            } else {
                let finished = self.active.remove(index).finish();
                // Without control there is nobody left to tell.
                let _ = self.done.send(finished);
            }
        }
        if self.active.is_empty() { Next::WhenWoken } else { Next::At(now + PERIOD) }
    }
}

/// The encoding of a recording of channels with this law.
pub(crate) fn encoding(format: RecordingFormat, law: Law) -> RecordingEncoding {
    match format {
        RecordingFormat::Linear16 => RecordingEncoding::Linear16,
        RecordingFormat::G711 => RecordingEncoding::G711(law),
        RecordingFormat::ImaAdpcm => RecordingEncoding::ImaAdpcm,
        RecordingFormat::Vox => RecordingEncoding::Vox,
    }
}

/// The policy that the configuration asks for.
pub(crate) const fn sync_policy(sync: bool) -> SyncPolicy {
    if sync { SyncPolicy::EverySecond } else { SyncPolicy::None }
}

const PERIOD: Frames = Frames::from_ms(100);
