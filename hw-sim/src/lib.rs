//! Simulated trunk hardware: cards at register level, wires with delay and faults, ports of raw bits.
//!
//! The simulator is a second opinion on the drivers, not their mirror: it has its own register tables, from
//! `docs/cards` and the public data sheets, and knows no driver. Time is virtual: a card catches up
//! when it is asked for its interrupt line. What is reached through `Bus` and `LineIo` runs on the media
//! thread and allocates nothing; everything is allocated when it is made.
#![forbid(unsafe_code)]

pub mod bit_port;
pub mod clock;
mod counters;
pub mod ds8;
pub mod exchange;
pub mod falc4;
pub mod line_port;
mod pattern;
mod rng;
mod signalling_slot;
pub mod slot;
pub mod wire;

pub use bit_port::BitPort;
pub use clock::{LineRate, TimeBase, Wander};
pub use ds8::{ChipWrite, Ds8, Ds8Config};
pub use falc4::{Falc4, Falc4Config, FramerWrite};
pub use line_port::LinePort;
pub use slot::{InterruptLine, PowerCycle, Slot, SlotControl, SlotState};
pub use wire::{Bursts, Way, WayConfig, WireConfig, WireControl, WireCounters, WireEnd};
