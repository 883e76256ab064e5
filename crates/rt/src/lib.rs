//! What crosses into real time: rings between threads, the media loop, the step contract, and the one home
//! of system calls.
//!
//! [`ring`] carries values from one thread to one other without waiting. [`MediaLoop`] is the only maker of
//! [`MediaTick`], the proof that a procedure runs on the media thread; while a tick lives, the thread may
//! neither allocate nor release memory, and [`sys::GuardedAlloc`] holds it to that. [`Step`] is how everything
//! that runs is driven, by a thread or by a test that owns time.
#![deny(unsafe_code)]

mod frame_ring;
mod media;
mod packets;
mod ring;
mod step;
pub mod sys;

pub use frame_ring::{FrameConsumer, FrameProducer, LONGEST_FRAME, frame_ring};
pub use media::{MediaLoop, MediaTick};
pub use packets::{BatchedPacket, PacketBatch};
pub use ring::{Consumer, Producer, PushError, ring};
pub use step::{Next, Step};
