//! Signalling bits that are the host's own, on spans with `signalling = "cas"`.
use super::Control;
use crate::EngineError;
use crate::config::Signalling;
use crate::event::EventKind;
use tandem_switch::link::{LineScript, LineStep};
use tandem_types::{Abcd, FrameTime, Frames, Handle};

impl Control {
    pub(super) fn note_bits(&mut self, index: usize, bits: Abcd, at: FrameTime) {
        self.channels[index].bits = Some(bits);
        if self.has_raw_bits(index) {
            let channel = self.channels[index].handle;
            self.events.tell(at, EventKind::BitsReceived { channel, bits });
        }
    }

    /// Sends signalling bits on a channel after those on their way, for so long at least before others may follow.
    pub(crate) fn send_bits(
        &mut self,
        channel: Handle,
        bits: Abcd,
        length: Frames,
    ) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        if !self.has_raw_bits(index) {
            return Err(EngineError::Unsupported("the signalling bits of the channel are not the host's"));
        }
        let frames = u32::try_from(length.0)
            .map_err(|_| EngineError::BadArgument("bits are held for no longer than six days"))?;
        let now = self.now;
        let channel = &mut self.channels[index];
        while channel.bits_sent.front().is_some_and(|end| *end <= now) {
            channel.bits_sent.pop_front();
        }
        if channel.bits_sent.len() >= MOST_WAITING {
            return Err(EngineError::Busy("twelve signals wait to be sent on the channel"));
        }
        // Media sends in pieces of a millisecond, and begins with the next tick.
        let begins =
            channel.bits_sent.back().copied().unwrap_or(now + Frames(self.config.engine.tick_frames as u64));
        channel.bits_sent.push_back(begins + Frames((length.0 / 8 + 1) * 8));
        channel.sent_bits = Some(bits);
        if let Some(script) = LineScript::new(&[LineStep { bits, frames }]) {
            self.link.signal(self.channels[index].slot, script);
        }
        Ok(())
    }

    /// The signalling bits that a channel receives, where any have been, and those that the host sends.
    pub(crate) fn bits(&self, channel: Handle) -> Result<(Option<Abcd>, Option<Abcd>), EngineError> {
        let channel = &self.channels[self.channel_index(channel)?];
        Ok((channel.bits, channel.sent_bits))
    }

    /// Whether the bits of a channel are the host's.
    fn has_raw_bits(&self, index: usize) -> bool {
        self.spans[usize::from(self.channels[index].slot.span.0)].signalling == Signalling::Cas
    }
}

/// Fewer than media keeps for a slot.
const MOST_WAITING: usize = 12;
