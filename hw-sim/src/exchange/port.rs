//! What the exchange needs of a trunk port.
use crate::line_port::LinePort;
use tandem_types::{Abcd, Defects, TelephoneChannel, Timeslot};

/// What became of a call to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Its number is to be dialled in band.
    InBand,
    /// Its number has gone with the signalling.
    Signalled,
    /// It cannot be placed now.
    Refused,
}

/// The far end of a span, worked one frame at a time.
pub trait FarPort: Send {
    /// Telephone channels, from 1.
    fn channels(&self) -> u8 {
        30
    }

    /// One frame passes: `slots` goes out, and what came in comes back. Nothing comes back while there is no
    /// frame alignment.
    fn exchange_frame(&mut self, slots: &[u8; Timeslot::PER_FRAME]) -> Option<[u8; Timeslot::PER_FRAME]>;

    /// The signalling bits to send for a channel from now on.
    fn set_bits(&mut self, channel: TelephoneChannel, bits: Abcd);

    /// The signalling bits last received for a channel, if any were.
    fn bits(&self, channel: TelephoneChannel) -> Option<Abcd>;

    /// A call to `number` is placed on a free channel, whose off-hook bits follow.
    fn place(&mut self, channel: TelephoneChannel, number: &str) -> Placement {
        let _ = (channel, number);
        Placement::InBand
    }

    /// The number that the switch has called on a channel, where it goes with the signalling.
    fn called_number(&self, channel: TelephoneChannel) -> Option<&str> {
        let _ = channel;
        None
    }

    /// Whether the switch has cleared the call placed on a channel, before any answer.
    fn has_refused(&self, channel: TelephoneChannel) -> bool {
        let _ = channel;
        false
    }

    /// What is wrong with the received signal.
    fn defects(&self) -> Defects;
}

impl FarPort for LinePort {
    fn exchange_frame(&mut self, slots: &[u8; Timeslot::PER_FRAME]) -> Option<[u8; Timeslot::PER_FRAME]> {
        Self::exchange_frame(self, slots).copied()
    }

    fn set_bits(&mut self, channel: TelephoneChannel, bits: Abcd) {
        // The configuration has been cleared of the one code that is refused.
        let _ = self.set_abcd(channel.timeslot(), bits);
    }

    fn bits(&self, channel: TelephoneChannel) -> Option<Abcd> {
        self.abcd(channel.timeslot())
    }

    fn defects(&self) -> Defects {
        Self::defects(self)
    }
}
