//! Going on at the end of a recording that is there.
//!
//! Of a WAV file the header must be, octet for octet, one that this writer makes of the same format: so nothing in it
//! is believed. What the header does not know of, because a recording was cut off, is no part of it. A file without a
//! header is taken for what its name says. A coder that has to know the past (vox, GSM, G.726) goes once through all of it.
use std::io;
use std::path::Path;

use super::encode::{Encoder, RecordingEncoding, RecordingFormat};
use super::layout::{HEADER_OCTETS, Labels, header, read_header};
use super::marks::{MOST_OCTETS, parse_marks};
use super::storage::{FileStorage, Storage};
use super::write::{CreateError, Gap, RecordingWriter, SyncPolicy};
use crate::codec::gsm;

impl RecordingWriter {
    /// Goes on at the end of the recording in a file, which must be of this format, or begins one where no file is.
    pub fn resume(
        path: &Path,
        format: impl Into<RecordingFormat>,
        policy: SyncPolicy,
    ) -> Result<Self, CreateError> {
        let format = format.into();
        match FileStorage::open(path) {
            Ok(Some(storage)) => Self::resume_on(storage, path, format, policy),
            Ok(None) => Err(CreateError::InUse),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path, format, policy),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Err(CreateError::Unlike),
            Err(error) => Err(CreateError::File(error)),
        }
    }
}

impl<S: Storage> RecordingWriter<S> {
    /// Goes on at the end of the recording that a storage has; `path` is only for the summary.
    pub fn resume_on(
        storage: S,
        path: &Path,
        format: impl Into<RecordingFormat>,
        policy: SyncPolicy,
    ) -> Result<Self, CreateError> {
        let mut writer = Self::new(storage, path, format, policy)?;
        let (format, offset) = (writer.format, writer.header_octets());
        let (frames, labels, marks) = match format.has_header() {
            true => told(&mut writer.storage, format)?,
            false => {
                (format.frames_in(length_without_header(&writer.storage)?), Labels::default(), Vec::new())
            }
        };
        let begun = writer.encoder.go_on(&writer.storage, offset, frames)?;
        writer.storage.set_len(offset.saturating_add(format.octets_of(frames)))?;
        writer.set_before(frames, begun, labels, marks);
        Ok(writer)
    }
}

/// How many octets of samples there are in a file that is to be nothing else.
fn length_without_header(storage: &impl Storage) -> Result<u64, CreateError> {
    let (length, mut first) = (storage.len()?, [0; 4]);
    if length >= 4 {
        storage.read_at(0, &mut first)?;
    }
    if matches!(&first, b"RIFF" | b"RF64") { Err(CreateError::Unlike) } else { Ok(length) }
}

/// How many frames a recording has, as its header says and as are there, and what is said behind them of those that are missing:
/// that is taken away, and the header says so first.
fn told(storage: &mut impl Storage, format: RecordingFormat) -> Result<(u64, Labels, Vec<Gap>), CreateError> {
    let mut octets = [0; HEADER_OCTETS];
    let there = storage.len()?.checked_sub(HEADER_OCTETS as u64).ok_or(CreateError::Unlike)?;
    storage.read_at(0, &mut octets)?;
    let (frames, labels, behind) = read_header(format, &octets).ok_or(CreateError::Unlike)?;
    if behind == 0 {
        return Ok((frames.min(format.frames_in(there)), labels, Vec::new()));
    }
    // They are written when all the rest is there.
    let end = format.octets_of(frames).saturating_add(format.octets_of(frames) % 2);
    if behind > MOST_OCTETS || there < end.saturating_add(behind) {
        return Err(CreateError::Unlike);
    }
    let mut chunks = vec![0; behind as usize];
    storage.read_at(HEADER_OCTETS as u64 + end, &mut chunks)?;
    let marks = parse_marks(&chunks).ok_or(CreateError::Unlike)?;
    storage.write_at(0, &header(format, frames, &labels, 0))?;
    Ok((frames, labels, marks))
}

impl Encoder {
    /// Goes on behind so many frames of a storage, whose samples begin at `offset`: tells how many of them are of a unit
    /// that is not full, and keeps these.
    fn go_on(&mut self, storage: &impl Storage, offset: u64, frames: u64) -> io::Result<u64> {
        let (unit_frames, unit_octets) = (self.format.unit_frames() as u64, self.format.unit_octets());
        let (whole, begun) = (frames / unit_frames * unit_octets as u64, frames % unit_frames);
        let mut decoder = gsm::Decoder::new();
        if matches!(
            self.format.encoding,
            RecordingEncoding::Vox
                | RecordingEncoding::Vox6k
                | RecordingEncoding::Gsm
                | RecordingEncoding::G726(_)
        ) {
            let at_once = unit_octets * UNITS_FOLLOWED_AT_ONCE;
            let mut octets = vec![0; at_once];
            for at in (0..whole).step_by(at_once) {
                let part = &mut octets[..(whole - at).min(at_once as u64) as usize];
                storage.read_at(offset + at, part)?;
                self.follow(part, &mut decoder);
            }
        }
        if begun > 0 {
            let mut block = vec![0; unit_octets];
            storage.read_at(offset + whole, &mut block)?;
            self.keep_of_block(&block, begun as usize, &mut decoder);
        }
        Ok(begun)
    }
}

impl From<io::Error> for CreateError {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

const UNITS_FOLLOWED_AT_ONCE: usize = 4_096;
