//! Calls on a primary rate interface: layer 3 of Q.931, point to point, user and network side.
//!
//! `message`, `element` and `writer` are the wire, `rules` what a message must hold, and [`Interface`] the
//! machine: all calls, channels and timers of one D channel, or of the interfaces that a D channel and its
//! backup control. Clause numbers are those of Q.931 (05/98), which EN 300 403-1 shares.
pub mod element;
mod message;
mod message_type;
mod reference;
pub mod rules;
mod trace;
mod writer;

pub use message::{Discriminator, Elements, MAX_MESSAGE, Message, MessageError, RawElement};
pub use message_type::MessageType;
pub use reference::CallReference;
pub use writer::{MessageWriter, WriteError};
