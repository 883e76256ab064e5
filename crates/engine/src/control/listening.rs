//! What is heard on channels besides digits: tones, register and line signals, caller identification. And digits that
//! nobody is to hear.
use super::Control;
use super::call::Call;
use crate::EngineError;
use crate::event::{CallId, EndReason, EventKind};
use crate::sound::Sound;
use tandem_dsp::blanking::Latency;
use tandem_dsp::fsk::CallerIdEvent;
use tandem_switch::link::{Detectors, DigitTones, EchoSetup, Shape, SlotId};
use tandem_types::{Digit, FrameTime, Handle};

impl Control {
    /// From now on, until the call on a channel is over, the host is told what these detectors hear there.
    pub(crate) fn listen(&mut self, channel: Handle, detectors: Detectors) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        if self.channels[index].is_trunk() && self.channels[index].call.is_none() {
            return Err(EngineError::WrongState("there is no call on the channel"));
        }
        self.check_detectors(index, detectors)?;
        self.channels[index].listening = detectors;
        self.update_routes(index);
        Ok(())
    }

    /// From now on, until the call on a channel is over, nobody who is connected to it or in a bridge with it hears its
    /// digits, and everybody hears it so much later; or all is heard at once again.
    pub(crate) fn hide_digits(
        &mut self,
        channel: Handle,
        latency: Option<Latency>,
    ) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        let channel = &self.channels[index];
        if channel.is_trunk() && channel.call.is_none() {
            return Err(EngineError::WrongState("there is no call on the channel"));
        }
        self.set_hidden(index, latency);
        self.update_routes(index);
        Ok(())
    }

    /// From now on, until the call on a channel is over, its echo is cancelled so, or not at all.
    pub(crate) fn cancel_echo(
        &mut self,
        channel: Handle,
        setup: Option<EchoSetup>,
    ) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        self.check_may_send(index)?;
        let channel = &mut self.channels[index];
        if channel.is_trunk() && channel.call.is_none() {
            return Err(EngineError::WrongState("there is no call on the channel"));
        }
        channel.echo = setup;
        self.update_echo(index);
        Ok(())
    }

    /// From now on, until the call on a channel is over, what it does not receive is concealed, or not.
    pub(crate) fn conceal(&mut self, channel: Handle, on: bool) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        let channel = &mut self.channels[index];
        if channel.is_trunk() && channel.call.is_none() {
            return Err(EngineError::WrongState("there is no call on the channel"));
        }
        channel.conceal = on;
        self.update_concealment(index);
        Ok(())
    }

    /// From now on, until the call on a channel is over, its levels are shaped so, or not at all.
    pub(crate) fn shape(&mut self, channel: Handle, shape: Option<Shape>) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        if shape.is_some_and(|shape| shape.sent.is_some() || shape.reminder.is_some()) {
            self.check_may_send(index)?;
        }
        let channel = &mut self.channels[index];
        if channel.is_trunk() && channel.call.is_none() {
            return Err(EngineError::WrongState("there is no call on the channel"));
        }
        let levels = shape.into_iter().flat_map(|shape| [shape.received, shape.sent]).flatten();
        let reminder = shape.and_then(|shape| shape.reminder);
        if reminder.is_some_and(|tone| !tone.is_sound()) {
            return Err(EngineError::BadArgument(
                "a reminder is a tone of 300 to 3400 Hz and -60 to 0 dBm0, 20 ms to 5 s long, each hour at least",
            ));
        }
        if !levels.into_iter().all(|options| options.are_sound()) {
            return Err(EngineError::BadArgument(
                "a gain is -40 to 18 dB, a target -40 to -6 dBm0, a gate -70 to -20 dBm0",
            ));
        }
        channel.shape = shape;
        self.update_shape(index);
        Ok(())
    }

    /// Tells media how the levels of a channel are shaped, where that changes. Data and line tests are not touched.
    pub(super) fn update_shape(&mut self, index: usize) {
        let channel = &mut self.channels[index];
        let wanted = channel.shape.filter(|_| !channel.bearer.is_data() && channel.tested.is_none());
        if std::mem::replace(&mut channel.shaped, wanted) == wanted {
            return;
        }
        match wanted {
            Some(shape) => self.link.shape(channel.slot, channel.law, shape),
            None => self.link.leave_unshaped(channel.slot),
        }
    }

    /// Whether losses are concealed of a call on a channel unless its host says something else.
    pub(super) fn conceals_calls(&self, index: usize) -> bool {
        let span = usize::from(self.channels[index].slot.span.0);
        self.config.spans[span].conceal.unwrap_or_else(|| self.loses_frames(span))
    }

    /// Whether the card of a span may lose frames on their way.
    pub(super) fn loses_frames(&self, span: usize) -> bool {
        self.places.get(span).is_some_and(|place| place.abilities.loses_frames)
    }

    /// Whether they are without a call: that is for channels without signalling, whose host keeps calls on them to itself.
    pub(super) fn conceals_idle(&self, index: usize) -> bool {
        let channel = &self.channels[index];
        !channel.is_trunk() && self.config.spans[usize::from(channel.slot.span.0)].conceal == Some(true)
    }

    /// Tells media whether losses of a channel are concealed, where that changes. Data and line tests are not touched.
    pub(super) fn update_concealment(&mut self, index: usize) {
        let channel = &mut self.channels[index];
        let wanted = channel.conceal && !channel.bearer.is_data() && channel.tested.is_none();
        if std::mem::replace(&mut channel.concealing, wanted) == wanted {
            return;
        }
        match wanted {
            true => self.link.conceal(channel.slot, channel.law),
            false => self.link.pass_gaps(channel.slot),
        }
    }

    /// How the echo of a call on a channel is cancelled unless its host says something else: as its group has it, or its
    /// span.
    pub(super) fn configured_echo(&self, index: usize, call: &Call) -> Option<EchoSetup> {
        let span = usize::from(self.channels[index].slot.span.0);
        let of_span = || self.config.spans[span].echo();
        // A configuration with mistakes has been refused.
        self.echo_of_group(call).map_or_else(of_span, |echo| echo.setup()).unwrap_or(None)
    }

    /// Tells media how the echo of a channel is cancelled, where that changes. Data and line tests are not touched.
    pub(super) fn update_echo(&mut self, index: usize) {
        let channel = &mut self.channels[index];
        let wanted = channel.echo.filter(|_| !channel.bearer.is_data() && channel.tested.is_none());
        if std::mem::replace(&mut channel.cancelling, wanted) == wanted {
            return;
        }
        match wanted {
            Some(setup) => self.link.cancel_echo(channel.slot, channel.law, setup),
            None => self.link.pass_echo(channel.slot),
        }
    }

    /// Tells media how digits of a channel are hidden, where that changes.
    pub(super) fn set_hidden(&mut self, index: usize, latency: Option<Latency>) {
        let channel = &mut self.channels[index];
        if std::mem::replace(&mut channel.hidden_digits, latency) == latency {
            return;
        }
        match latency {
            Some(latency) => self.link.hide_digits(channel.slot, channel.law, latency),
            None => self.link.show_digits(channel.slot),
        }
    }

    /// Whether a channel has these detectors.
    pub(super) fn check_detectors(&self, index: usize, detectors: Detectors) -> Result<(), EngineError> {
        let span = usize::from(self.channels[index].slot.span.0);
        match self.config.spans[span].detectors().contains(detectors) {
            true => Ok(()),
            false => Err(EngineError::Unsupported("the span has no such detector by its configuration")),
        }
    }

    /// A sound has begun on a slot: operations that it ends are over, and a host that listens is told.
    pub(super) fn handle_sound(&mut self, slot: SlotId, sound: Sound, at: FrameTime) {
        let Some(index) = self.index_of(slot) else { return };
        if let Sound::Tone(tone) = sound {
            self.end_operations_by(index, |terms| terms.tones.contains(&tone), EndReason::Tone);
        }
        let tell = |call, channel| EventKind::SoundBegan { call, channel, sound };
        self.tell_sound(index, sound.detector(), at, tell);
    }

    /// A sound has ended.
    pub(super) fn handle_sound_end(&mut self, slot: SlotId, sound: Sound, start: FrameTime, end: FrameTime) {
        let Some(index) = self.index_of(slot) else { return };
        let length = end - start;
        let tell = |call, channel| EventKind::SoundEnded { call, channel, sound, length_ms: length.as_ms() };
        self.tell_sound(index, sound.detector(), end, tell);
    }

    /// Who calls, as a transmission on a channel says.
    pub(super) fn handle_caller_id(&mut self, slot: SlotId, event: &CallerIdEvent) {
        let Some(index) = self.index_of(slot) else { return };
        match &event.message {
            Ok(message) => {
                let octets = message.octets().to_vec();
                let tell = |call, channel| EventKind::CallerId { call, channel, octets };
                self.tell_sound(index, Detectors::CALLER_ID, event.end, tell);
            }
            Err(fault) => log::debug!("{slot:?}: a caller identification without a message: {fault}"),
        }
    }

    /// A digit has ended.
    pub(super) fn handle_digit_end(
        &mut self,
        slot: SlotId,
        digit: Digit,
        (start, end): (FrameTime, FrameTime),
        tones: DigitTones,
    ) {
        let Some(index) = self.index_of(slot) else { return };
        let length_ms = (end - start).as_ms();
        let tell = |call, channel| EventKind::DigitEnded { call, channel, digit, length_ms, tones };
        self.tell_sound(index, Detectors::DIGITS, end, tell);
    }

    fn tell_sound(
        &mut self,
        index: usize,
        detector: Detectors,
        at: FrameTime,
        kind: impl FnOnce(CallId, Handle) -> EventKind,
    ) {
        let channel = &self.channels[index];
        if channel.listening.contains(detector) {
            self.events.inform(at, kind(channel.call_heard(), channel.handle));
        }
    }
}
