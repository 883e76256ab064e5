//! The files of a recording: one, new or gone on with, or one after another.
use super::RecordOptions;
use crate::config::{RecordingFormat, RecordingSection};
use crate::error::EngineError;
use std::path::{Path, PathBuf};
use tandem_files::G726Rate;
use tandem_files::wav::{self, CreateError, RecordingEncoding, RecordingWriter, SyncPolicy};
use tandem_types::{Frames, Law};

/// What a recording goes into.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) writer: RecordingWriter,
    pub(crate) segments: Option<Segments>,
    /// The file, if it was made for this recording.
    pub(crate) made: Option<PathBuf>,
}

impl Files {
    /// Makes them, or takes that which is there.
    pub(crate) fn begin(
        path: &Path,
        options: &RecordOptions,
        section: &RecordingSection,
        law: Law,
    ) -> Result<Self, EngineError> {
        options.check(section)?;
        let path = section.directory.join(path);
        let encoding = encoding(options.format.unwrap_or(section.format), law);
        let format = wav::RecordingFormat { encoding, sides: options.sides };
        let policy = if section.sync { SyncPolicy::EverySecond } else { SyncPolicy::None };
        let segments = options.segment.map(|each| Segments::new(&path, each, format, policy)).transpose()?;
        let path = segments.as_ref().map_or(path, Segments::path);
        let writer = match options.append {
            true => RecordingWriter::resume(&path, format, policy),
            false => RecordingWriter::create(&path, format, policy),
        };
        match writer {
            Ok(writer) => {
                let made = (!writer.goes_on()).then_some(path);
                Ok(Self { writer, segments, made })
            }
            Err(CreateError::TwoChannels) => Err(EngineError::BadArgument(
                "a vox, GSM or raw G.711 file has one channel: received, sent, or both mixed",
            )),
            Err(error) => Err(EngineError::File { path, problem: error.to_string() }),
        }
    }
}

/// Files one after another, each of the same length but the last, with a number in their names.
#[derive(Debug)]
pub(crate) struct Segments {
    each: Frames,
    path: PathBuf,
    number: u32,
    format: wav::RecordingFormat,
    policy: SyncPolicy,
}

impl Segments {
    fn new(
        path: &Path,
        each: Frames,
        format: wav::RecordingFormat,
        policy: SyncPolicy,
    ) -> Result<Self, EngineError> {
        let whole = each.0.is_multiple_of(Frames::from_seconds(1).0);
        if !whole || each < Frames::from_seconds(1) || each > LONGEST {
            return Err(EngineError::BadArgument("a segment is whole seconds, a day at most"));
        }
        Ok(Self { each, path: path.to_owned(), number: 1, format, policy })
    }

    /// The number of the file that is written, from 1.
    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    /// Its name: `-0001` and so on before its ending.
    fn path(&self) -> PathBuf {
        let mut name = self.path.file_stem().unwrap_or_default().to_owned();
        name.push(format!("-{:04}", self.number));
        if let Some(ending) = self.path.extension() {
            name.push(".");
            name.push(ending);
        }
        self.path.with_file_name(name)
    }

    /// Frames that a file has room for.
    pub(super) fn room(&self, writer: &RecordingWriter) -> u64 {
        self.each.0.saturating_sub(writer.frames())
    }

    /// Begins the next file; or tells why it cannot be. Names that somebody else has taken are passed over.
    pub(super) fn next(&mut self) -> Result<RecordingWriter, String> {
        for _ in 0..MOST_PASSED_OVER {
            self.number += 1;
            match RecordingWriter::create(&self.path(), self.format, self.policy) {
                Err(CreateError::Exists) => {}
                created => return created.map_err(|error| format!("after it {error}")),
            }
        }
        Err(format!("after it there are {MOST_PASSED_OVER} files whose names it was to have"))
    }
}

/// The encoding of a recording of channels with this law.
const fn encoding(format: RecordingFormat, law: Law) -> RecordingEncoding {
    match format {
        RecordingFormat::Linear16 => RecordingEncoding::Linear16,
        RecordingFormat::G711 => RecordingEncoding::G711(law),
        RecordingFormat::ImaAdpcm => RecordingEncoding::ImaAdpcm,
        RecordingFormat::Vox => RecordingEncoding::Vox,
        RecordingFormat::Vox6k => RecordingEncoding::Vox6k,
        RecordingFormat::Gsm => RecordingEncoding::Gsm,
        RecordingFormat::Alaw => RecordingEncoding::RawG711(Law::A),
        RecordingFormat::Ulaw => RecordingEncoding::RawG711(Law::Mu),
        RecordingFormat::G726Kbit16 => RecordingEncoding::G726(G726Rate::Kbit16),
        RecordingFormat::G726Kbit24 => RecordingEncoding::G726(G726Rate::Kbit24),
        RecordingFormat::G726Kbit32 => RecordingEncoding::G726(G726Rate::Kbit32),
        RecordingFormat::G726Kbit40 => RecordingEncoding::G726(G726Rate::Kbit40),
    }
}

const LONGEST: Frames = Frames::from_seconds(86_400);
const MOST_PASSED_OVER: usize = 1_000;
