//! What happens to samples: G.711, levels, tones, DTMF, MF, call progress, caller identification, voice activity, comfort
//! noise, echo and mixing.
//!
//! Everything here works on memory lent by the caller, reads no clock and cannot allocate, so it may run on
//! the media thread or anywhere else. Samples are 16-bit linear at 8 kHz, one a 125 µs frame. Kernels that
//! matter for capacity work across timeslots, as many at a time as the machine's vectors hold: [`arch`] compiles them
//! for several instruction sets, and every variant gives the same bits.
#![no_std]
#![allow(clippy::needless_range_loop)] // loops over lanes read best, and vectorise best, by their index
#![deny(unsafe_code)] // allowed in `arch` alone

pub mod activity;
pub mod analysis;
pub mod answer;
pub mod arch;
pub mod blanking;
pub mod comfort;
pub mod concealment;
mod dialler;
pub mod drift;
pub mod dtmf;
pub mod echo;
pub mod fsk;
pub mod g711;
mod lanes;
pub mod level;
pub mod leveller;
pub mod mf;
pub mod mix;
pub mod progress;
pub mod reminder;
mod spectrum;
pub mod stretch;
mod sums;
pub mod tone;
