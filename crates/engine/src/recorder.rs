//! Writes recordings: taps in, files out. Runs on its own thread and may wait for the disk.
mod files;
mod keeper;
mod part;
mod place;
mod silence;

use crate::config::{RecordingFormat, RecordingSection};
use crate::error::EngineError;
use crate::event::CallId;
use crate::media::MediaShared;
use crossbeam::channel::{Receiver, Sender};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_dsp::g711;
use tandem_dsp::leveller::{LevelOptions, Leveller};
use tandem_files::wav::{Labels, RecordingSides, RecordingWriter, Summary};
use tandem_rt::sys::local_time;
use tandem_rt::{Next, Step};
use tandem_switch::link::{TapBlock, TapReader};
use tandem_types::{FrameTime, Frames, Handle, Law};

pub(crate) use files::{Files, Segments};
pub(crate) use keeper::{Before, Keeper};
use part::Part;
use place::Places;
pub(crate) use silence::Shortener;

/// What a recording is to be like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecordOptions {
    /// What it has of what the far end says (received) and hears (sent).
    pub sides: RecordingSides,
    /// How its samples are kept; `None` for what the configuration says.
    pub format: Option<RecordingFormat>,
    /// The level in dBm0 to which the voices of each side are brought, -40 to -6; `None` for as they are.
    pub target_dbm0: Option<f32>,
    /// By how many dB what is received, and what is sent, is louder in it: -40 to 18.
    pub gains_db: [f32; 2],
    /// A silence that is longer is so long in it, to 40 ms: half a second to a minute; `None` for as long as it was. It counts as no
    /// gap.
    pub longest_silence: Option<Frames>,
    /// It goes on at the end of the file, if there is one, which must be a recording in the same format and channels.
    pub append: bool,
    /// So long is each of the files that it fills one after another, whole seconds; `None` for one file.
    pub segment: Option<Frames>,
    /// When it ends by silence, a digit or the end of the call, it ends in the file 200 ms after the last voice, and before the
    /// digit. For recordings of what is received.
    pub trim: bool,
    /// So much of what was said before is in it too, as far as the call is as old; `recording.pre_roll_ms` at most, and of a call
    /// that was there before a reload changed that, what was kept then. With `trim` silence is never cut of it.
    pub before: Frames,
}

impl RecordOptions {
    /// What can be said of them without a channel and a file.
    fn check(&self, section: &RecordingSection) -> Result<(), EngineError> {
        let refused = |why| Err(EngineError::BadArgument(why));
        if self.trim && self.sides != RecordingSides::Received {
            return refused("the end is cut where the far end's side is recorded alone");
        }
        if self.append && self.segment.is_some() {
            return refused("a recording in segments begins with a file of its own");
        }
        if self
            .longest_silence
            .is_some_and(|longest| !(silence::SHORTEST..=silence::LONGEST).contains(&longest))
        {
            return refused("the longest silence of a recording is half a second to a minute");
        }
        if self.before > Frames::from_ms(section.pre_roll_ms) {
            return refused("recording.pre_roll_ms keeps less from before a recording");
        }
        Ok(())
    }
}

/// What control has for the recorder.
#[derive(Debug)]
pub(crate) enum ToRecorder {
    Record(Box<RecordJob>),
    Keep(Keeper),
}

/// A recording on its way to disk. The file exists already; the tap is running.
#[derive(Debug)]
pub(crate) struct RecordJob {
    pub(crate) operation: Handle,
    pub(crate) tap: TapReader,
    pub(crate) before: Option<Before>,
    pub(crate) writer: RecordingWriter,
    /// What the writer has of them.
    pub(crate) sides: RecordingSides,
    pub(crate) segments: Option<Segments>,
    /// Read once the tap has ended: nothing from this frame on is to be in the file.
    pub(crate) cut: Option<Arc<AtomicU64>>,
    pub(crate) law: Law,
    /// What brings the sides to a level.
    pub(crate) levellers: Option<Box<[Leveller; 2]>>,
    /// What leaves long silence out.
    pub(crate) shortener: Option<Box<Shortener>>,
    pub(crate) subject: Subject,
}

impl RecordJob {
    /// Adds a part of both sides.
    fn append(&mut self, part: &Part) {
        for (first, length) in part.lost_runs(self.sides) {
            self.writer.mark(first, length);
        }
        let frames = &part.frames[..];
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

/// What brings either side of a recording to its level; `None` if they are to be as they are.
pub(crate) fn levellers(options: &RecordOptions) -> Result<Option<Box<[Leveller; 2]>>, EngineError> {
    let target_dbm0 = options.target_dbm0;
    if target_dbm0.is_none() && options.gains_db == [0.0; 2] {
        return Ok(None);
    }
    let levels = options.gains_db.map(|gain_db| LevelOptions { gain_db, target_dbm0, gate_dbm0: None });
    if !levels.iter().all(LevelOptions::are_sound) {
        return Err(EngineError::BadArgument("a target is -40 to -6 dBm0, a gain -40 to 18 dB"));
    }
    Ok(Some(Box::new(levels.map(Leveller::new))))
}

/// What a recording is of.
#[derive(Debug)]
pub(crate) struct Subject {
    /// A frame, and when it was: microseconds since 1970, UTC.
    pub(crate) asked: (FrameTime, u64),
    /// The call, and of what interaction it is a leg, which the host may change.
    pub(crate) call: Option<(CallId, Arc<AtomicU64>)>,
}

impl Subject {
    /// What a file says of itself that begins with this frame.
    fn labels(&self, start: FrameTime) -> Labels {
        let comment = self.call.as_ref().map_or_else(String::new, |(call, interaction)| {
            format!("call {}, interaction {}", call.0, interaction.load(Ordering::Relaxed))
        });
        let (asked, asked_us) = self.asked;
        let since = Frames(start.0.abs_diff(asked.0)).as_us();
        let us = if start < asked { asked_us.saturating_sub(since) } else { asked_us.saturating_add(since) };
        Labels { began: local_time(us).to_string(), comment }
    }
}

/// What became of a recording, or of one of its files.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) operation: Handle,
    /// The number of a file behind which the recording goes on in another.
    pub(crate) segment: Option<u32>,
    pub(crate) path: PathBuf,
    /// The time of the first frame; `None` when nothing was recorded.
    pub(crate) start: Option<FrameTime>,
    /// Frames that were in the file before.
    pub(crate) from: u64,
    pub(crate) frames: u64,
    pub(crate) gap_frames: u64,
    pub(crate) lost_frames: u64,
    /// Frames that were lost before they came here, and in how many places any are missing.
    pub(crate) marked_frames: u64,
    pub(crate) missing: u64,
    pub(crate) problem: Option<String>,
}

/// All recordings of an engine.
#[derive(Debug)]
pub(crate) struct Recorder {
    media: Arc<MediaShared>,
    incoming: Receiver<ToRecorder>,
    done: Sender<Recorded>,
    active: Vec<Active>,
    keepers: Vec<Keeper>,
}

#[derive(Debug)]
struct Active {
    job: Box<RecordJob>,
    done: Sender<Recorded>,
    /// The first block of its tap, while what was before it has not come.
    first: Option<TapBlock>,
    /// Which frames are where in the file.
    places: Places,
    /// Where the next block should begin; a later beginning is a gap.
    expected: Option<FrameTime>,
    /// Why the next file could not be begun, and how much was to be in it.
    problem: Option<String>,
    lost: u64,
}

impl Recorder {
    pub(crate) const fn new(
        media: Arc<MediaShared>,
        incoming: Receiver<ToRecorder>,
        done: Sender<Recorded>,
    ) -> Self {
        Self { media, incoming, done, active: Vec::new(), keepers: Vec::new() }
    }
}

impl Active {
    fn new(mut job: Box<RecordJob>, done: Sender<Recorded>) -> Self {
        job.writer.set_labels(job.subject.labels(job.subject.asked.0));
        Self { job, done, first: None, places: Places::default(), expected: None, problem: None, lost: 0 }
    }

    /// Writes what has come. `false` once the tap has ended and everything is written, or nothing can be written any more.
    /// The keepers have what media had passed on at `worked`.
    fn write(&mut self, keepers: &[Keeper], worked: FrameTime) -> bool {
        // Asked first: what the tap flushed before it went is then seen by the loop below.
        let ended = self.job.tap.is_ended();
        if !self.write_what_was_before(keepers, worked, ended) {
            return true;
        }
        while let Some(block) = self.first.take().or_else(|| self.job.tap.pop()) {
            self.take(Part::whole(&block));
        }
        if ended {
            let held = self.job.shortener.as_mut().map(|shortener| shortener.rest());
            held.into_iter().flatten().for_each(|part| self.write_part(&part));
            let end = self.expected.unwrap_or(self.job.subject.asked.0);
            self.put(end, self.job.tap.lost_at_end(), |job, lost| job.writer.gap(lost.end - lost.start));
        }
        !ended && self.problem.is_none() && !self.job.writer.has_failed()
    }

    /// From when on it wants what a keeper has, if it waits for that.
    fn wants(&self, keeper: u64) -> Option<FrameTime> {
        let before = self.job.before.filter(|before| before.keeper == keeper)?;
        // Its tap began when it was asked for, or a moment later.
        Some(FrameTime(self.job.subject.asked.0.0.saturating_sub(before.length.0)))
    }

    /// Writes what a keeper has from before the tap began. `false` while it may still come.
    fn write_what_was_before(&mut self, keepers: &[Keeper], worked: FrameTime, ended: bool) -> bool {
        let Some(before) = self.job.before else { return true };
        if self.first.is_none() {
            self.first = self.job.tap.pop();
        }
        let began = match &self.first {
            // What came before its first block came while it rested already.
            Some(block) => FrameTime(block.start.0.saturating_sub(block.rested.into())),
            None if ended => self.job.subject.asked.0,
            None => return false,
        };
        let keeper = keepers.iter().find(|keeper| keeper.number == before.keeper);
        // A keeper that rests has no more: it is not known when it will.
        if keeper.is_some_and(|keeper| !keeper.has_come_to(began)) && worked < began + MOST_ON_THE_WAY {
            return false;
        }
        let from = FrameTime(began.0.saturating_sub(before.length.0));
        for part in keeper.into_iter().flat_map(|keeper| keeper.between(from, began)) {
            self.take(part);
        }
        if keeper.is_none_or(|keeper| keeper.rested_until(began)) {
            // From when the keeper rested until the tap began nothing is missing.
            self.expected = None;
        }
        self.job.before = None;
        true
    }

    /// Writes a part, unless it is silence of which there is enough, or may be.
    fn take(&mut self, part: Part) {
        match &mut self.job.shortener {
            None => self.write_part(&part),
            Some(shortener) => {
                shortener.take(part).iter().for_each(|part| self.write_part(part));
            }
        }
    }

    fn write_part(&mut self, part: &Part) {
        let (start, length) = (part.start, part.frames.len() as u64);
        let expected = self.expected.unwrap_or(start);
        // What came while the tap rested is not to be in the file.
        let gap = start.since(expected).0.saturating_sub(part.rested);
        self.put(FrameTime(start.0 - gap), gap, |job, lost| job.writer.gap(lost.end - lost.start));
        self.put(start, length, |job, range| job.append(&part.cut(range.start as usize..range.end as usize)));
        self.expected = Some(start + Frames(length));
    }

    /// Writes so many frames, of which the first was at this time, into one file or as many as they need.
    fn put(&mut self, at: FrameTime, frames: u64, write: impl Fn(&mut RecordJob, Range<u64>)) {
        let mut done = 0;
        while done < frames {
            let at = FrameTime(at.0 + done);
            let part = (frames - done).min(self.room(at));
            if self.problem.is_some() {
                self.lost += frames - done;
                return;
            }
            self.places.note(at, self.job.writer.frames());
            write(&mut self.job, done..done + part);
            done += part;
        }
    }

    /// Frames that the file has room for. When it has none, another is begun, with this frame.
    fn room(&mut self, at: FrameTime) -> u64 {
        let Some(segments) = &mut self.job.segments else { return u64::MAX };
        let room = segments.room(&self.job.writer);
        if room > 0 || self.problem.is_some() {
            return room;
        }
        let number = segments.number();
        match segments.next() {
            Ok(writer) => {
                let mut full = std::mem::replace(&mut self.job.writer, writer);
                let places = std::mem::take(&mut self.places);
                full.set_labels(self.job.subject.labels(places.start().unwrap_or(at)));
                self.job.writer.set_labels(self.job.subject.labels(at));
                // Without control there is nobody left to tell.
                let _ = self.done.send(told(self.job.operation, full.finish(), places.start(), Some(number)));
            }
            Err(problem) => self.problem = Some(problem),
        }
        self.job.segments.as_ref().map_or(u64::MAX, |segments| segments.room(&self.job.writer))
    }

    fn finish(mut self) {
        let start = self.places.start();
        self.job.writer.set_labels(self.job.subject.labels(start.unwrap_or(self.job.subject.asked.0)));
        let RecordJob { operation, writer, cut, .. } = *self.job;
        let cut = cut.map(|cut| FrameTime(cut.load(Ordering::Acquire)));
        let end = writer.frames();
        let summary = writer.finish_at(cut.map_or(end, |cut| self.places.frame_at(cut, end)));
        let mut recorded = told(operation, summary, start, None);
        recorded.problem = recorded.problem.or(self.problem);
        recorded.lost_frames += self.lost;
        let _ = self.done.send(recorded);
    }
}

fn told(operation: Handle, summary: Summary, start: Option<FrameTime>, segment: Option<u32>) -> Recorded {
    let Summary { path, from, frames, lost_frames, gap_frames, marked_frames, missing, error, .. } = summary;
    let problem = error.map(|error| error.to_string());
    Recorded {
        operation,
        segment,
        path,
        start,
        from,
        frames,
        gap_frames,
        lost_frames,
        marked_frames,
        missing,
        problem,
    }
}

impl Step for Recorder {
    fn step(&mut self, now: FrameTime) -> Next {
        // Asked first: what the taps passed on by then is seen below.
        let worked = self.media.now();
        for fresh in self.incoming.try_iter() {
            match fresh {
                ToRecorder::Record(job) => self.active.push(Active::new(job, self.done.clone())),
                ToRecorder::Keep(keeper) => self.keepers.push(keeper),
            }
        }
        for keeper in &mut self.keepers {
            keeper.step(self.active.iter().filter_map(|active| active.wants(keeper.number)).min());
        }
        let mut index = 0;
        while index < self.active.len() {
            if self.active[index].write(&self.keepers, worked) {
                index += 1;
            } else {
                self.active.remove(index).finish();
            }
        }
        let wanted = |number| self.active.iter().any(|active| active.wants(number).is_some());
        self.keepers.retain(|keeper| !keeper.is_over() || wanted(keeper.number));
        if self.active.is_empty() && self.keepers.is_empty() {
            Next::WhenWoken
        } else {
            Next::At(now + PERIOD)
        }
    }
}

const PERIOD: Frames = Frames::from_ms(100);
/// What a tap has not passed on is younger: a block and the delay of blanked digits are 80 ms.
const MOST_ON_THE_WAY: Frames = Frames::from_ms(100);
