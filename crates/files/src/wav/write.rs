//! Writing a recording so that it can be read after a kill at any moment, its last second at most missing.
//!
//! Samples are appended first and the header says so afterwards; between the two, and after them, the
//! storage is synchronised if the policy asks for it, so the header never promises what a loss of power can
//! take. Whatever follows the data that the header knows of is ignored by readers. A file without a header is
//! its samples and nothing else. One writer belongs to one recorder thread.
use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use tandem_types::Law;

use super::encode::{Encoder, RecordingFormat};
use super::layout::{HEADER_OCTETS, Labels, header};
use super::marks::Marks;
use super::storage::{FileStorage, Storage};

/// Sides of a leg: what it heard and what it said.
pub const CHANNELS: usize = 2;

/// What a recording is protected against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncPolicy {
    /// The end of the process.
    #[default]
    None,
    /// The loss of power too: two calls of fdatasync at each rewriting of the header.
    EverySecond,
}

/// A stretch of silence in place of samples that never arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The frame of the file at which it begins.
    pub at: u64,
    /// Its length.
    pub frames: u64,
}

/// What became of a recording. `frames` and `lost_frames` are together all that was handed over, but for what was cut.
#[derive(Debug)]
pub struct Summary {
    /// Where it is, if it is a file.
    pub path: PathBuf,
    /// Frames that it has, gaps included.
    pub frames: u64,
    /// Frames that were in the file before.
    pub from: u64,
    /// Frames that were not written because of `error`.
    pub lost_frames: u64,
    /// Frames of silence in gaps.
    pub gap_frames: u64,
    /// The gaps in order. After 4096 the last one grows over what lies between it and the next.
    pub gaps: Vec<Gap>,
    /// Frames that were lost before they came here, and have others in their place.
    pub marked_frames: u64,
    /// How many stretches there are of these, and of gaps.
    pub missing: u64,
    /// The first error, after which nothing more was written.
    pub error: Option<RecordError>,
}

/// A recording in progress.
#[derive(Debug)]
pub struct RecordingWriter<S: Storage = FileStorage> {
    pub(super) storage: S,
    path: PathBuf,
    pub(super) format: RecordingFormat,
    pub(super) encoder: Encoder,
    labels: Labels,
    /// The header does not say so yet.
    relabelled: bool,
    /// What the recording says of itself behind which this one goes on.
    before: Option<Labels>,
    policy: SyncPolicy,
    /// Frames encoded and not yet in the storage.
    buffer: Vec<u8>,
    /// How many frames these are, and those that the encoder keeps; fewer than `BUFFER_FRAMES` between calls.
    waiting: u64,
    /// Frames in the storage, of whole units.
    stored: u64,
    /// Frames that the header tells of.
    told: u64,
    /// Frames that were there before.
    from: u64,
    lost: u64,
    gaps: Vec<Gap>,
    gap_frames: u64,
    /// Where samples are missing: gaps, and what was lost before it came here.
    marks: Marks,
    error: Option<RecordError>,
}

impl RecordingWriter {
    /// Begins a recording in a new file, which only its owner may read. Of one that cannot be begun no file is left.
    pub fn create(
        path: &Path,
        format: impl Into<RecordingFormat>,
        policy: SyncPolicy,
    ) -> Result<Self, CreateError> {
        let format = possible(format.into())?;
        let storage = FileStorage::create_new(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => CreateError::Exists,
            _ => CreateError::File(error),
        })?;
        let begun = Self::on(storage, path, format, policy).and_then(|writer| {
            if policy == SyncPolicy::EverySecond {
                FileStorage::sync_directory_of(path).map_err(CreateError::File)?;
            }
            Ok(writer)
        });
        if begun.is_err() {
            // The name is free again: on a full disk nothing is to be in the way of another attempt.
            let _ = std::fs::remove_file(path);
        }
        begun
    }
}

impl<S: Storage> RecordingWriter<S> {
    /// Begins a recording on an empty storage; `path` is only for the summary.
    pub fn on(
        storage: S,
        path: &Path,
        format: impl Into<RecordingFormat>,
        policy: SyncPolicy,
    ) -> Result<Self, CreateError> {
        let mut writer = Self::new(storage, path, format, policy)?;
        writer.write_header()?;
        Ok(writer)
    }

    /// One that has done nothing yet.
    pub(super) fn new(
        storage: S,
        path: &Path,
        format: impl Into<RecordingFormat>,
        policy: SyncPolicy,
    ) -> Result<Self, CreateError> {
        let format = possible(format.into())?;
        Ok(Self {
            storage,
            path: path.to_owned(),
            format,
            encoder: Encoder::new(format),
            labels: Labels::default(),
            relabelled: false,
            before: None,
            policy,
            buffer: Vec::with_capacity(format.octets_of(BUFFER_FRAMES as u64) as usize),
            waiting: 0,
            stored: 0,
            told: 0,
            from: 0,
            lost: 0,
            gaps: Vec::new(),
            gap_frames: 0,
            marks: Marks::default(),
            error: None,
        })
    }

    /// Whether it goes on behind what was there before.
    #[must_use]
    pub const fn goes_on(&self) -> bool {
        self.before.is_some()
    }

    /// Whether nothing more is written, because of an error.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Says what the recording is. The file says so from the next rewriting of its header on, at its end at the latest.
    pub fn set_labels(&mut self, labels: Labels) {
        let labels = match &self.before {
            Some(before) => labels.behind(before),
            None => labels,
        };
        self.relabelled |= labels != self.labels;
        self.labels = labels;
    }

    /// Adds frames of linear samples, received and sent.
    pub fn append(&mut self, frames: &[[i16; CHANNELS]]) {
        self.append_with(frames, |encoder, frame, buffer| encoder.linear(*frame, buffer));
    }

    /// Adds frames of G.711 octets of this law, received and sent. A recording in the same law keeps them as they
    /// are, unless it mixes them.
    pub fn append_octets(&mut self, law: Law, frames: &[[u8; CHANNELS]]) {
        self.append_with(frames, |encoder, frame, buffer| encoder.g711(law, *frame, buffer));
    }

    /// Of the frames that are added next, so many from one on, counted from the first of them, were lost before they came here:
    /// whatever is in their place, the file says at its end where it is and how long. None may be before those said last.
    pub fn mark(&mut self, first: u64, frames: u64) {
        if self.error.is_none() && frames > 0 {
            self.marks.note(Gap { at: self.frames() + first, frames });
        }
    }

    /// Adds silence for frames that never arrived, and remembers that.
    pub fn gap(&mut self, frames: u64) {
        if frames == 0 {
            return;
        }
        if self.error.is_none() {
            let gap = Gap { at: self.frames(), frames };
            self.list_gap(gap);
            self.marks.note(gap);
            self.gap_frames = self.gap_frames.saturating_add(frames);
        }
        let silence = [[0; CHANNELS]; 256];
        let mut left = frames;
        while left > 0 && self.error.is_none() {
            let piece = left.min(silence.len() as u64);
            self.append(&silence[..piece as usize]);
            left -= piece;
        }
        self.lost = self.lost.saturating_add(left);
    }

    /// Frames of the file: those that were there before, and those taken so far and neither lost nor known to be.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.stored + self.waiting
    }

    /// Frames lost so far.
    #[must_use]
    pub const fn lost_frames(&self) -> u64 {
        self.lost
    }

    /// The error that ended the writing.
    #[must_use]
    pub const fn error(&self) -> Option<&RecordError> {
        self.error.as_ref()
    }

    /// Writes what is left, cuts what is in the file behind so many frames, but for what was there before, and tells what
    /// became of it all.
    pub fn finish_at(mut self, frames: u64) -> Summary {
        self.write_rest();
        let kept = frames.max(self.from);
        if kept < self.stored && self.error.is_none() {
            self.stored = kept;
            if let Err(error) = self.cut() {
                self.error = Some(RecordError::Header(error));
            }
        }
        self.write_marks();
        self.summary()
    }

    /// Writes what is left and tells what became of it all.
    pub fn finish(mut self) -> Summary {
        self.write_rest();
        self.write_marks();
        self.summary()
    }

    /// Says behind the samples where some are missing; then the header says that this is there too.
    fn write_marks(&mut self) {
        self.marks.cut(self.stored);
        let chunks = self.marks.chunks();
        if chunks.is_empty() || !self.format.has_header() || self.error.is_some() {
            return;
        }
        let end = (self.header_octets() + self.format.octets_of(self.stored)).next_multiple_of(2);
        let written = self.storage.write_at(end, &chunks).and_then(|()| self.sync_data());
        if let Err(error) = written.and_then(|()| self.write_header_with(chunks.len() as u64)) {
            self.error = Some(RecordError::Header(error));
        }
    }

    fn write_rest(&mut self) {
        self.encoder.flush(&mut self.buffer);
        if self.format.has_header() && !self.format.octets_of(self.frames()).is_multiple_of(2) {
            self.buffer.push(0);
        }
        self.store();
        self.tell();
    }

    /// The header is first: it never tells of more than there is.
    fn cut(&mut self) -> io::Result<()> {
        self.write_header()?;
        let end = self.header_octets() + self.format.octets_of(self.stored);
        if self.format.has_header() && !end.is_multiple_of(2) {
            self.storage.write_at(end, &[0])?;
        }
        self.storage.set_len(if self.format.has_header() { end.next_multiple_of(2) } else { end })
    }

    fn summary(mut self) -> Summary {
        self.cut_gaps();
        let (missing, missing_frames) = self.marks.count();
        Summary {
            path: self.path,
            frames: self.stored.saturating_sub(self.from),
            from: self.from,
            lost_frames: self.lost,
            gap_frames: self.gap_frames,
            gaps: self.gaps,
            marked_frames: missing_frames.saturating_sub(self.gap_frames),
            missing,
            error: self.error,
        }
    }

    /// So many frames were there before, of which `begun` are of a unit that is not full and are kept to be written again.
    pub(super) fn set_before(&mut self, frames: u64, begun: u64, labels: Labels, marks: Vec<Gap>) {
        self.marks = Marks::of_before(marks);
        (self.stored, self.waiting) = (frames - begun, begun);
        (self.told, self.from) = (frames, frames);
        self.labels = labels.clone();
        self.before = Some(labels);
    }

    fn append_with<T>(&mut self, frames: &[T], encode: impl Fn(&mut Encoder, &T, &mut Vec<u8>)) {
        let mut left = frames;
        while self.error.is_none() && !left.is_empty() {
            let room = BUFFER_FRAMES.saturating_sub(self.waiting as usize).max(1);
            let (now, later) = left.split_at(room.min(left.len()));
            now.iter().for_each(|frame| encode(&mut self.encoder, frame, &mut self.buffer));
            self.waiting += now.len() as u64;
            left = later;
            if self.waiting >= BUFFER_FRAMES as u64 {
                self.store();
            }
            if self.stored.saturating_sub(self.told) >= TELL_FRAMES {
                self.tell();
            }
        }
        self.lost = self.lost.saturating_add(left.len() as u64);
    }

    /// The buffer goes to the storage, or what waits is lost.
    fn store(&mut self) {
        let kept = self.encoder.kept_frames() as u64;
        if self.error.is_none() && self.waiting > kept {
            let offset = self.header_octets() + self.format.octets_of(self.stored);
            match self.storage.write_at(offset, &self.buffer) {
                Ok(()) => {
                    self.stored += self.waiting - kept;
                    self.waiting = kept;
                }
                Err(error) => self.error = Some(RecordError::Data(error)),
            }
        }
        if self.error.is_some() {
            // Those of a unit that was begun before are there still.
            let before = self.from.saturating_sub(self.stored);
            self.lost = self.lost.saturating_add(self.waiting.saturating_sub(before));
            self.waiting = 0;
            self.stored = self.stored.max(self.from);
        }
        self.buffer.clear();
    }

    pub(super) fn header_octets(&self) -> u64 {
        if self.format.has_header() { HEADER_OCTETS as u64 } else { 0 }
    }

    /// Brings the header up to what is stored. Also tried after an error in the data: a full disk still
    /// lets a header be replaced.
    fn tell(&mut self) {
        if self.stored <= self.told && !self.relabelled {
            return;
        }
        if let Err(error) = self.sync_data().and_then(|()| self.write_header()) {
            self.error.get_or_insert(RecordError::Header(error));
        }
    }

    fn sync_data(&mut self) -> io::Result<()> {
        match self.policy {
            SyncPolicy::None => Ok(()),
            SyncPolicy::EverySecond => self.storage.sync(),
        }
    }

    fn write_header(&mut self) -> io::Result<()> {
        self.write_header_with(0)
    }

    /// With so many octets of chunks behind the samples.
    fn write_header_with(&mut self, behind: u64) -> io::Result<()> {
        if self.format.has_header() {
            self.storage.write_at(0, &header(self.format, self.stored, &self.labels, behind))?;
            self.sync_data()?;
        }
        (self.told, self.relabelled) = (self.stored, false);
        Ok(())
    }

    fn list_gap(&mut self, gap: Gap) {
        let full = self.gaps.len() >= MOST_GAPS;
        match self.gaps.last_mut() {
            Some(last) if last.at.saturating_add(last.frames) == gap.at => {
                last.frames = last.frames.saturating_add(gap.frames);
            }
            Some(last) if full => last.frames = gap.frames.saturating_add(gap.at - last.at),
            _ => self.gaps.push(gap),
        }
    }

    /// What an error kept out of the file is no gap in it.
    fn cut_gaps(&mut self) {
        let end = self.stored;
        for gap in &mut self.gaps {
            let kept = gap.frames.min(end.saturating_sub(gap.at));
            self.gap_frames = self.gap_frames.saturating_sub(gap.frames - kept);
            gap.frames = kept;
        }
        self.gaps.retain(|gap| gap.frames > 0);
    }
}

fn possible(format: RecordingFormat) -> Result<RecordingFormat, CreateError> {
    if format.is_possible() { Ok(format) } else { Err(CreateError::TwoChannels) }
}

/// Why a recording cannot be begun.
#[derive(Debug)]
pub enum CreateError {
    /// A file of this encoding has one channel, and two are asked for.
    TwoChannels,
    /// There is something of this name; it is left alone.
    Exists,
    /// What there is of this name is no recording of the same format; it is left alone.
    Unlike,
    /// Somebody else records into it.
    InUse,
    /// The file cannot be made or written.
    File(io::Error),
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoChannels => f.write_str("a vox, GSM or raw G.711 file has one channel; record one side, or both mixed"),
            Self::Exists => f.write_str("there is a file of this name already; choose another name"),
            Self::Unlike => f.write_str(
                "what there is of this name is no recording in the same format and channels; choose another name",
            ),
            Self::InUse => f.write_str("another recording goes into this file; choose another name"),
            Self::File(error) => {
                write!(f, "the recording cannot be begun: {error}; check directory, rights and space")
            }
        }
    }
}

impl core::error::Error for CreateError {}

/// Why a recording was cut short.
#[derive(Debug)]
pub enum RecordError {
    /// Samples could not be written.
    Data(io::Error),
    /// The header could not be brought up to date.
    Header(io::Error),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, error) = match self {
            Self::Data(error) => ("samples", error),
            Self::Header(error) => ("the header", error),
        };
        write!(f, "{what} of the recording could not be written: {error}; check the disk and its space")
    }
}

impl core::error::Error for RecordError {}

/// A quarter of a second waits in memory at most.
const BUFFER_FRAMES: usize = 2_000;
/// Half a second at most is stored before the header tells of it, plus what waits and what is being stored:
/// less than a second in all.
const TELL_FRAMES: u64 = 4_000;
const MOST_GAPS: usize = 4_096;
