//! RIFF/WAVE and its 64-bit form RF64 (EBU Tech 3306): a reader that trusts no length, and a writer that
//! may be killed at any moment.
mod encode;
mod format;
mod layout;
mod marks;
mod read;
mod resume;
mod storage;
mod write;

pub use encode::{RecordingEncoding, RecordingFormat, RecordingSides};
pub use format::{Encoding, WavError};
pub use layout::Labels;
pub use marks::parse_marks;
pub use read::{ReadError, Wav, WavHeader, parse, parse_header, read};
pub(crate) use read::{octets_of, octets_of_part, parse_within};
pub use storage::{FileStorage, Storage};
pub use write::{CHANNELS, CreateError, Gap, RecordError, RecordingWriter, Summary, SyncPolicy};
