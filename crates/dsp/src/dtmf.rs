//! DTMF (Q.23, Q.24): a generator that dials, and a detector for the 32 timeslots of a span.

mod detector;
mod generator;
mod hop;
mod lane;

pub use crate::lanes::LANES;
pub use detector::{Detector, DetectorBank, DtmfEvent};
pub use generator::{DialError, DtmfGenerator, DtmfSender};

/// Q.23 §2: the low group, one frequency a row of the keypad.
pub const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// Q.23 §2: the high group, one frequency a column.
pub const HIGH_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
