//! Loads to measure Tandem with: what the criterion benches, the reports and `tandem capacity` share.
//!
//! Everything is timed in processor time of the thread, so that other work on the machine distorts it little.
//! Nothing here is part of the engine.
#![forbid(unsafe_code)]

pub mod capacity;
pub mod memory;
pub mod peer;
pub mod pri;
pub mod signal;
pub mod speed;
pub mod tick;
