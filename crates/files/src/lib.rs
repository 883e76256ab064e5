//! Prompts and recordings on disk: WAV and files without a header read in any usual form, recordings written so
//! that a crash costs at most their last second, old recordings thrown away.
//!
//! Everything here may block and allocate. It runs on prompt and recorder threads and never on the media
//! thread; samples cross in rings (`rt`). No clock is read: time is the number of frames.
#![forbid(unsafe_code)]

mod codec;
pub mod phrases;
mod prompt;
mod raw;
pub mod retention;
pub mod signals;
pub mod wav;

pub use prompt::{Prompt, PromptError};
pub use raw::{G726Rate, RawEncoding, RawError, RawFormat};
