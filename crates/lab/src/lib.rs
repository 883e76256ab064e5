//! The laboratory: simulated hardware put together with the drivers that a real card would have.
//!
//! [`SimFactory`] makes cards by name, as a configuration asks for them. Each is an emulated device on wires,
//! with a driver above it and, at the other ends of the wires, whatever the caller puts there: an exchange, a
//! test peer, or nothing but idle frames. The emulation is `hw-sim`'s and the drivers are `tandem-card`'s;
//! neither knows the other, and this crate only joins them. A world is stepped by the media runner to the end
//! of a granule before the cards are served in it; time counts from 0, when the cards are made.
#![forbid(unsafe_code)]

mod callers;
mod factory;
mod far_end;

pub use factory::SimFactory;
pub use far_end::{FarEnds, SilentEnds};
