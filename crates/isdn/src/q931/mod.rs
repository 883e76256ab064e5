//! Calls on a primary rate interface: layer 3 of Q.931, point to point, user and network side.
//!
//! `message`, `element` and `writer` are the wire, `rules` what a message must hold, and [`Interface`] the
//! machine: all calls, channels and timers of one D channel, or of the interfaces that a D channel and its
//! backup control. Clause numbers are those of Q.931 (05/98), which EN 300 403-1 shares.
mod call;
mod calls;
mod channels;
mod config;
mod counters;
pub mod element;
mod event;
mod interface;
mod message;
mod message_type;
mod outbox;
mod reference;
mod request;
pub mod rules;
mod schedule;
mod trace;
mod writer;

pub use config::{BChannel, ConfigError, Hunt, InterfaceConfig, LinkConfig, LinkId, Overlap};
pub use counters::{CauseCounts, Counters, MessageCounts};
pub use event::{CallEvent, CallId, CallNews, ChannelService, DigitsEnd, Event, ReleasedBy};
pub use interface::{Interface, LinkChange, LinkRequest, LinkService};
pub use message::{Discriminator, Elements, MAX_MESSAGE, Message, MessageError, RawElement};
pub use message_type::MessageType;
pub use reference::CallReference;
pub use request::{CallError, ChannelError, ChannelWish, Extra, RestartScope, SetupError, SetupRequest};
pub use writer::{MessageWriter, WriteError};
