//! The data link layer of a D channel (Q.921), point to point, modulo 128.
//!
//! [`DataLink`] is one data link connection with a fixed TEI: the states 4 to 8 of Annex B. Frames go in and come
//! out without flags and check sequence, in the order of the line; time is an argument and nothing reads a clock.
//! The control thread owns it. Not here: states 1 to 3 and TEI management, which a basic access will put in front
//! (frames carry any SAPI and TEI, and a link leaves alone what is addressed to another), HDLC
//! (`tandem_line::hdlc`), calls ([`q931`](crate::q931)).
mod counters;
mod event;
mod frame;
mod link;
mod mirror;
mod outbox;
mod parameters;
mod queue;

pub use counters::{Discards, ErrorCounts, FrameCounts, LinkCounters, MessageCounts};
pub use event::{Establishment, LinkEvent, MdlError, Release};
pub use frame::{Control, Frame, FrameKind, Invalid, Rejection, Repr};
pub use link::{DataLink, Delivered, GivenBack, LinkState, SendError};
pub use parameters::{LinkParameters, ParameterError};
