//! TDM over packet: spans whose octets travel in datagrams, as SAToP (RFC 4553), CESoPSN (RFC 5086) and TDMoE.
//!
//! [`PacketFactory`] makes cards of them by name, as a configuration asks for them. [`wire`] has the packets, [`Receiver`] makes octets of them as they are due. What they mean, and what this crate does not do, is in `docs/tdm-over-packet.md`; what confirms
//! each field is in `docs/standards.md`.
#![forbid(unsafe_code)]

mod circuit;
mod factory;
mod io;
mod jitter;
mod receiver;
mod recovery;
mod satop_line;
mod simulated;
mod slot_card;
pub mod wire;

pub use circuit::{Circuit, SendCounters};
pub use factory::{Ends, Join, PacketFactory};
pub use io::PacketIo;
pub use jitter::{Arrival, Due, JitterBuffer};
pub use receiver::{Gap, Kind, Played, ReceiveCounters, Receiver, ReceiverConfig};
pub use recovery::{ClockRecovery, Estimate, PacketTime};
pub use satop_line::{SatopLine, SatopSpan};
pub use simulated::{Impairments, SimulatedPort};
pub use slot_card::{SlotCard, SlotFormat, SlotSpan};
