//! `libtandem`: the C interface of `include/tandem.h` over [`tandem_engine::Engine`].
//!
//! The header is the contract and is written by hand; tests hold this crate to it. A module each for the
//! groups of functions; `pointer` alone touches the host's memory, `card_functions` alone calls the cards that the
//! host brings, `engines` keeps what handles of engines name, and [`result`] turns errors and panics into codes. Any
//! thread may be in any function.
//!
//! One promise of the host holds for every function, so it is said here only: a pointer is NULL or valid for
//! what the header says is read or written through it, for the time of the call. It need not be aligned.
//!
//! Rust programs that bring cards of their own use [`register_factory`].
#![deny(unsafe_code)]

pub mod bridge;
pub mod call;
mod card_functions;
pub mod cards;
pub mod engine;
mod engines;
pub mod event;
mod factories;
pub mod frames;
mod host_card;
pub mod info;
pub mod lines;
pub mod log;
#[cfg(feature = "mutation")]
mod mutation;
pub mod operation;
pub mod play;
mod pointer;
pub mod queue;
pub mod result;
pub mod stream;
pub mod tones;
pub mod types;

pub use factories::register_factory;
