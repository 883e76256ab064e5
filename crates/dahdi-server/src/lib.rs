//! Spans of any card for DAHDI programs: what answers when a program with the preloaded `crates/dahdi-shim` opens
//! `/dev/dahdi/*`.
//!
//! [`Board`] has cards, spans, channels and devices, and answers requests with the errors of the driver; it opens no
//! socket and reads no clock. [`Server`] puts a board behind a Unix socket. What is there and what is not is in
//! `docs/dahdi-shim.md`.
#![forbid(unsafe_code)]

mod blocks;
mod board;
mod channel;
mod errno;
mod hdlc;
mod monitor;
mod requests;
mod server;
mod span;
mod timer;
mod zones;

pub use board::{Board, DeviceShape};
pub use server::Server;
