//! The real-time half: everything here runs inside a media tick and works only with memory it was given.
mod analyst;
mod bridge;
mod conceal;
mod ears;
mod echo;
mod hdlc;
mod hider;
mod line_test;
mod meters;
mod outbox;
mod player;
mod shaper;
mod signal;
mod span;
mod switch;
mod tap;
mod tone;
mod turn;
mod voices;

pub use analyst::AnalystProc;
pub use bridge::BridgeProc;
pub use conceal::ConcealProc;
pub use ears::EarSetup;
pub use echo::EchoProc;
pub use hdlc::{FrameLengths, HdlcChannel, HdlcSlot};
pub(crate) use hdlc::{HdlcProc, hdlc_channel};
pub use hider::HiderProc;
pub use line_test::{LineTestProc, LineTestShared};
pub use meters::{PartyLevel, PartyMeters};
pub use player::PlayerProc;
pub use shaper::ShaperProc;
pub(crate) use span::SpanProc;
pub use span::{BitChange, SpanSetup};
pub(crate) use switch::Capacities;
pub use switch::{PreparedSpan, SwitchProc};
pub use tap::TapProc;

/// A tick is worked in pieces of at most this many frames.
pub(crate) const PIECE: usize = 8;
