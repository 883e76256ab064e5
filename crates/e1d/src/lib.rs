//! Timeslots of E1 lines over the control socket of osmo-e1d.
//!
//! [`wire`] has the messages. What they mean, and what is not here, is in `docs/e1d.md`; what confirms each field is in
//! `docs/standards.md`.
#![forbid(unsafe_code)]

pub mod wire;
