//! Timeslots of E1 lines over the control socket of osmo-e1d, from both ends.
//!
//! [`wire`] has the messages. [`E1dCard`] has spans of whoever serves such a socket, [`E1dFactory`] makes it by name.
//! [`Server`] serves one, for programs made for osmo-e1d, with the spans of a [`Board`]. What is
//! there and what is not is in `docs/e1d.md`; what confirms each field is in `docs/standards.md`.
#![forbid(unsafe_code)]

mod client;
mod elastic;
mod server;
pub mod wire;

pub use client::{E1dCard, E1dFactory, E1dOptions, LineCounters, Slips};
pub use server::{Board, Reply, Server, ServerCounters, SlotLosses};
