//! The vocabulary of Tandem: ids, timeslots, frames and ticks, laws and bearers, alarms and causes.
//!
//! Every other crate depends on this one and it depends on nothing. It holds no behaviour beyond what keeps
//! its own values valid: no clock, no allocation, no table that belongs to a protocol.
#![no_std]
#![forbid(unsafe_code)]

mod alarm;
mod bearer;
mod cause;
pub mod dahdi;
mod id;
mod lost;
mod number;
mod signal;
mod slot;
mod time;

pub use alarm::{Defect, Defects};
pub use bearer::{Bearer, Law};
pub use cause::Cause;
pub use id::{Handle, HandleKind};
pub use lost::LostFrames;
pub use number::{Dialled, NumberPattern, judge_number};
pub use signal::{Abcd, Digit};
pub use slot::{SignalledChannel, SpanIndex, TelephoneChannel, Timeslot};
pub use time::{FRAMES_PER_MS, FRAMES_PER_SECOND, FrameTime, Frames, MAX_TICK_FRAMES, TickLength};
