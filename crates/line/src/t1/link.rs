//! The data link of an extended superframe, 4 kbit/s: what T1.403 puts on it.
//!
//! [`LinkReceiver`] takes its bits and tells messages; [`LinkSender`] gives its bits: the remote alarm before
//! bit-oriented messages, these before frames, and flags when there is nothing. `T1Framer` holds a sender and
//! `T1Terminal` a receiver beside it; with a framer chip that gives the link as bits they stand alone. Frames that
//! are no performance reports are given out and taken as octets, those of TR 54016 too.
mod receiver;
mod sender;

pub use receiver::{LinkEvent, LinkReceiver};
pub use sender::{LinkSender, SendFrameError};

/// The longest frame that the data link carries, without its check sequence.
pub const LINK_FRAME_OCTETS: usize = 254;
/// The shortest that is taken: an octet of address and one of control.
const SHORTEST_FRAME: u16 = 2;
/// Words of the remote alarm of a customer installation (T1.403): 0.99 s of the remote alarm and 0.09 s of the
/// signature, in words of 4 ms.
const RAI_CI_ALARM_WORDS: u16 = 248;
const RAI_CI_SIGNATURE_WORDS: u16 = 22;
