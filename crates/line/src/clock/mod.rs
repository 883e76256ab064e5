//! Clocks of spans: which one to follow, how far each is off, and what the ends tell each other of theirs.
//!
//! A [`Selector`] chooses among the spans that may be followed, by the quality they announce and by priority. A
//! [`DriftEstimator`] says for one span how fast its line runs against the local clock, and when the next frame will
//! slip. [`Quality`] is what synchronisation status messages carry (G.704 for E1, T1.403 for T1). Nothing here reads
//! a clock or turns one: time and counts come in, decisions come out.
mod drift;
mod quality;
mod selector;

pub use drift::{Drift, DriftEstimator};
pub use quality::Quality;
pub use selector::{MOST_SOURCES, Selector, SourceState};
