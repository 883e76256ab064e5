//! Which loop the far end has commanded, by bit-oriented messages or in-band codes. To put it up, and to take it
//! down after a time, is up to the owner.
use super::Bom;

/// A loop at this end, as seen from the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum T1Loop {
    /// All 193 bits are sent back as they come.
    Line,
    /// The 192 bits of the timeslots are sent back in frames of our own.
    Payload,
    /// The loop of the network interface, for those who are one.
    Network,
}

/// An in-band loop code with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InBandCode {
    /// 00001.
    LineUp,
    /// 001.
    LineDown,
    /// 11000.
    NetworkUp,
    /// 11100.
    NetworkDown,
}

/// Keeps the loop that is commanded. The last command to put up a loop replaces what was; a command to take down
/// touches its own loop only, except the universal one and that of the network interface, which take down any.
#[derive(Clone, Debug, Default)]
pub struct LoopControl {
    commanded: Option<T1Loop>,
    hearing: LoopHearing,
}

/// What becomes of commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoopHearing {
    /// They are taken.
    #[default]
    Obeys,
    /// They are not taken: they may be the owner's own, come back. What was commanded before stays.
    Deaf,
    /// They are not taken, and no loop is commanded.
    Refuses,
}

impl LoopControl {
    /// No loop.
    #[must_use]
    pub const fn new() -> Self {
        Self { commanded: None, hearing: LoopHearing::Obeys }
    }

    /// The loop that is commanded.
    #[must_use]
    pub const fn commanded(&self) -> Option<T1Loop> {
        self.commanded
    }

    /// A message was detected; true if the loop is another now.
    pub fn handle_bom(&mut self, bom: Bom) -> bool {
        match bom {
            Bom::LineLoopUp => self.command(Some(T1Loop::Line)),
            Bom::PayloadLoopUp => self.command(Some(T1Loop::Payload)),
            Bom::NetworkLoopUp => self.command(Some(T1Loop::Network)),
            Bom::LineLoopDown => self.release(T1Loop::Line),
            Bom::PayloadLoopDown => self.release(T1Loop::Payload),
            Bom::UniversalLoopDown => self.command(None),
            Bom::Rai | Bom::RaiCi | Bom::LoopRetention | Bom::Sync(_) => false,
        }
    }

    /// An in-band code has come to be there; true if the loop is another now.
    pub fn handle_in_band(&mut self, code: InBandCode) -> bool {
        match code {
            InBandCode::LineUp => self.command(Some(T1Loop::Line)),
            InBandCode::NetworkUp => self.command(Some(T1Loop::Network)),
            InBandCode::LineDown => self.release(T1Loop::Line),
            InBandCode::NetworkDown => self.command(None),
        }
    }

    /// What becomes of commands from now on.
    pub const fn set_hearing(&mut self, hearing: LoopHearing) {
        self.hearing = hearing;
        if matches!(hearing, LoopHearing::Refuses) {
            self.commanded = None;
        }
    }

    fn command(&mut self, to: Option<T1Loop>) -> bool {
        self.hearing == LoopHearing::Obeys && core::mem::replace(&mut self.commanded, to) != to
    }

    fn release(&mut self, which: T1Loop) -> bool {
        self.commanded == Some(which) && self.command(None)
    }
}
