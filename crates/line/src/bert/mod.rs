//! Bit error rate tests (O.150 to O.153): patterns to send, and a tester that finds the pattern in what is
//! received and counts where it differs.
//!
//! Bits go in the order in which they are on the line, the first in the most significant place of those given.
//! Nothing here knows slots: its owner picks the bits of a slot, a set of slots or a span, in both directions in
//! the same order. No allocation, no clock.
mod pattern;
mod tester;

pub use pattern::{Generator, Pattern};
pub use tester::{Tester, TesterCounts, TesterState};
