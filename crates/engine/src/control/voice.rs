//! Who talks, and for how long: what operations end by it.
use super::Control;
use super::operation::{Terms, deadline};
use crate::EngineError;
use crate::event::EndReason;
use crate::sound::Sound;
use tandem_dsp::activity::ActivityOptions;
use tandem_switch::link::SlotId;
use tandem_types::{FrameTime, Frames, Handle};

/// When an operation is over because of what goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VoiceLimit {
    /// It is silent, until then at most.
    Silence(Option<FrameTime>),
    /// Somebody talks, until then at most.
    Voice(Option<FrameTime>),
}

impl VoiceLimit {
    pub(super) const fn until(self) -> Option<FrameTime> {
        match self {
            Self::Silence(until) | Self::Voice(until) => until,
        }
    }
}

impl Control {
    /// What an operation that begins now on a channel is limited by.
    pub(super) fn voice_limit(&self, index: usize, terms: &Terms) -> VoiceLimit {
        let silence = if terms.initial_silence.0 > 0 { terms.initial_silence } else { terms.silence };
        match self.channels[index].talking {
            true => VoiceLimit::Voice(deadline(self.now, terms.max_voice)),
            false => VoiceLimit::Silence(deadline(self.now, silence)),
        }
    }

    /// An operation has begun: a voice that ends it may have begun before.
    pub(super) fn end_by_voice_that_goes_on(&mut self, index: usize, handle: Handle) {
        let heeds = self.operations.get(handle).is_ok_and(|operation| operation.terms.voice);
        if heeds && self.channels[index].talking {
            self.end_operation(index, handle, EndReason::Voice);
        }
    }

    /// Somebody has begun to talk on a slot.
    pub(super) fn handle_voice(&mut self, slot: SlotId, start: FrameTime, at: FrameTime) {
        let Some(index) = self.index_of(slot) else { return };
        self.channels[index].talking = true;
        self.limit_by_voice(index, |terms| VoiceLimit::Voice(deadline(start, terms.max_voice)));
        self.note_voice_in_trims(index, start, true);
        self.open_streams(index, start);
        self.end_operations_by(index, |terms| terms.voice, EndReason::Voice);
        self.handle_sound(slot, Sound::Voice, at);
    }

    /// Whoever talked is silent, since `end`.
    pub(super) fn handle_voice_end(&mut self, slot: SlotId, start: FrameTime, end: FrameTime) {
        let Some(index) = self.index_of(slot) else { return };
        self.channels[index].talking = false;
        self.note_voice_in_trims(index, end, false);
        self.limit_by_voice(index, |terms| VoiceLimit::Silence(deadline(end, terms.silence)));
        self.handle_sound_end(slot, Sound::Voice, start, end);
    }

    fn limit_by_voice(&mut self, index: usize, limit: impl Fn(&Terms) -> VoiceLimit) {
        let running: Vec<Handle> = self.running(index).map(|it| it.0).collect();
        for handle in running {
            if let Ok(operation) = self.operations.get_mut(handle) {
                operation.voice = limit(&operation.terms);
            }
        }
    }

    /// From now on these limits decide what counts as a voice on a channel, until its call is over.
    pub(crate) fn attend(&mut self, channel: Handle, options: ActivityOptions) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        if self.channels[index].is_trunk() && self.channels[index].call.is_none() {
            return Err(EngineError::WrongState("there is no call on the channel"));
        }
        let known = (-60.0..=0.0).contains(&options.threshold_dbm0)
            && options.onset <= LONGEST_LIMIT
            && options.hangover <= LONGEST_LIMIT;
        if !known {
            return Err(EngineError::BadArgument(
                "a voice is from -60 to 0 dBm0, and its limits are at most 10 s",
            ));
        }
        self.set_attention(index, options);
        Ok(())
    }

    /// Tells media what counts as a voice on a channel, where that changes.
    pub(super) fn set_attention(&mut self, index: usize, options: ActivityOptions) {
        let channel = &mut self.channels[index];
        if std::mem::replace(&mut channel.attention, options) != options {
            self.link.attend(channel.slot, options);
        }
    }
}

/// Ten seconds.
const LONGEST_LIMIT: Frames = Frames::from_seconds(10);
