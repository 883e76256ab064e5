//! Line signalling of channel-associated trunks: E&M immediate start on the a, b, c, d bits of an E1's
//! timeslot 16, the called number in DTMF, either end.
//!
//! One [`Circuit`] is one channel. It does no input or output and reads no clock: signals, digits and
//! commands go in with the frame they belong to, line scripts and events are polled out. The control thread
//! owns it; the media thread plays its scripts, so no signal's length depends on when control wakes.
//! Not here: bits in a multiframe (`line`), tones and digit detection (`dsp`), routing (`engine`).
//! What differs between vendors and countries is data in [`EmProfile`].
#![no_std]
#![forbid(unsafe_code)]

mod circuit;
mod event;
mod line;
mod number;
mod output;
mod profile;

pub use circuit::{AnswerError, BlockError, Circuit, ClearError, SeizeError, UnblockError};
pub use event::{BlockedBy, CircuitEvent, Side};
pub use number::{Number, NumberError};
pub use output::{Output, Script};
pub use profile::{EmProfile, GlareRule};
