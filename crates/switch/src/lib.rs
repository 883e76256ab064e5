//! The media tick: timeslot interchange, players, taps and conference bridges between cards and control.
//!
//! Two halves share one crossing, [`link`]. [`SwitchControl`] lives on the control thread, may allocate, and
//! is where every object is made and ends. [`SwitchProc`] lives on the media thread, demands a tick and only
//! works with what it was given. The switch knows neither cards nor calls: the engine moves frames and
//! signalling bits between it and the cards, and gives calls their routes.
#![forbid(unsafe_code)]

mod control;
mod counters;
pub mod link;
mod proc;

pub use control::{Exhausted, SwitchControl, SwitchLimits, new_switch};
pub use counters::{Pending, SwitchCounters, SwitchTotals};
pub use proc::{
    AnalystProc, BitChange, BridgeProc, ConcealProc, EarSetup, EchoProc, FrameLengths, HdlcChannel, HdlcSlot,
    HiderProc, LineTestProc, LineTestShared, PartyLevel, PartyMeters, PlayerProc, PreparedSpan, ShaperProc,
    SpanSetup, SwitchProc, TapProc,
};
