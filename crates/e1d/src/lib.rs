//! Timeslots of E1 lines over the control socket of osmo-e1d, from both ends.
//!
//! [`wire`] has the messages. [`Server`] serves one, for programs made for osmo-e1d, with the spans of a [`Board`]. What is
//! there and what is not is in `docs/e1d.md`; what confirms each field is in `docs/standards.md`.
#![forbid(unsafe_code)]

mod server;
pub mod wire;

pub use server::{Board, Reply, Server, ServerCounters, SlotLosses};
