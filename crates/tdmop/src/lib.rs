//! TDM over packet: spans whose octets travel in datagrams, as SAToP (RFC 4553), CESoPSN (RFC 5086) and TDMoE.
//!
//! [`wire`] has the packets. What they mean, and what this crate does not do, is in `docs/tdm-over-packet.md`; what confirms
//! each field is in `docs/standards.md`.
#![forbid(unsafe_code)]

pub mod wire;
