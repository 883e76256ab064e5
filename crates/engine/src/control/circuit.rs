//! Circuits of channel associated signalling: what they want carried out, and what their events mean for calls.
use super::call::{Call, CallOnTrunk};
use super::{Control, PlayerUse};
use crate::EngineError;
use crate::event::CallId;
use crate::party::PlaceOptions;
use crate::playback::{Manner, Playback};
use std::sync::Arc;
use tandem_cas::{BlockedBy, CircuitEvent, Number, Output, Side};
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_switch::link::{LineScript, LineStep};
use tandem_types::{Bearer, Cause, Digit, Frames, Law};

impl Control {
    pub(super) fn place_em(
        &mut self,
        index: usize,
        id: CallId,
        call: &Call,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<(), EngineError> {
        if options.more_digits_follow {
            return Err(EngineError::Unsupported("this signalling sends whole numbers only"));
        }
        if matches!(options.bearer, Bearer::Unrestricted | Bearer::Restricted) {
            return Err(EngineError::Unsupported("this signalling is for speech only"));
        }
        let number = Number::parse(number)
            .map_err(|_| EngineError::BadArgument("the number must be 0 to 32 DTMF digits"))?;
        let (now, in_use) =
            (self.now, EngineError::WrongState("the channel is in use, blocked or not yet free"));
        let circuit = self.channels[index].circuit().ok_or(in_use.clone())?;
        circuit.seize(now, number).map_err(|_| in_use)?;
        self.enter_call(id, call.placed_on(index, CallOnTrunk::Circuit, options.bearer));
        self.run_circuit(index);
        Ok(())
    }

    pub(super) fn handle_circuit_timers(&mut self) {
        let now = self.now;
        for index in 0..self.channels.len() {
            let Some(circuit) = self.channels[index].circuit() else { continue };
            if circuit.poll_timeout().is_some_and(|due| due <= now) {
                circuit.handle_timeout(now);
                self.run_circuit(index);
            }
        }
    }

    /// Carries out what a circuit wants and says.
    pub(super) fn run_circuit(&mut self, index: usize) {
        while let Some(output) = self.channels[index].circuit().and_then(|c| c.poll_transmit()) {
            self.handle_circuit_output(index, output);
        }
        while let Some(event) = self.channels[index].circuit().and_then(|c| c.poll_event()) {
            self.handle_circuit_event(index, event);
        }
    }

    fn handle_circuit_output(&mut self, index: usize, output: Output) {
        match output {
            Output::Line(script) => {
                let steps: Vec<LineStep> = script
                    .steps()
                    .iter()
                    .map(|(bits, frames)| LineStep {
                        bits: *bits,
                        frames: u32::try_from(frames.0).unwrap_or(u32::MAX),
                    })
                    .collect();
                let slot = self.channels[index].slot;
                // A script of the circuit has no more steps than one of media.
                if let Some(script) = LineScript::new(&steps) {
                    self.link.signal(slot, script);
                }
            }
            Output::CollectDigits(on) => self.channels[index].dialling = on,
            Output::SendDigits(number) => self.send_number(index, &number),
            Output::StopDigits => self.stop_playing(index),
        }
    }

    /// Sends a called number in DTMF.
    fn send_number(&mut self, index: usize, number: &Number) {
        let samples = dtmf_samples(self.channels[index].law, number.digits());
        let playback = Playback::new(samples.into(), 0, Manner::PLAIN);
        if self.start_player(index, playback, None, PlayerUse::Dial(index)).is_err() {
            log::warn!("no player is free to dial with");
            self.clear_circuit(index, Cause::CONGESTION);
        }
    }

    fn handle_circuit_event(&mut self, index: usize, event: CircuitEvent) {
        match event {
            CircuitEvent::Seized => {
                self.totals.calls_seized += 1;
                self.new_call(index);
                if self.events.is_behind(Some(self.channels[index].handle)) || self.rest_until.is_some() {
                    self.refuse(index, Cause::CONGESTION);
                }
            }
            CircuitEvent::Offered { number } => {
                let called = number.digits().iter().map(|digit| digit.to_char()).collect();
                self.offer(index, called);
            }
            CircuitEvent::Answered => self.answered(index),
            CircuitEvent::Cleared { cause, by } => self.cleared(index, cause, by == Side::Far),
            CircuitEvent::Blocked { by: BlockedBy::Far } => self.set_far_blocked(index, true),
            CircuitEvent::Unblocked { by: BlockedBy::Far } => self.set_far_blocked(index, false),
            CircuitEvent::DigitsSent => self.open_media(index),
            CircuitEvent::Glare
            | CircuitEvent::Idle
            | CircuitEvent::Lockout
            | CircuitEvent::Blocked { .. }
            | CircuitEvent::Unblocked { .. } => {
                log::debug!("{:?}: {event:?}", self.channels[index].slot);
            }
        }
    }

    fn set_far_blocked(&mut self, index: usize, blocked: bool) {
        self.channels[index].far_blocked = blocked;
        self.note_service(index);
    }

    fn refuse(&mut self, index: usize, cause: Cause) {
        self.totals.calls_refused += 1;
        self.clear_circuit(index, cause);
    }

    /// Clears the call of a circuit; [`Self::run_circuit`] has to follow, unless it is at it.
    pub(super) fn clear_circuit(&mut self, index: usize, cause: Cause) {
        let now = self.now;
        if let Some(circuit) = self.channels[index].circuit() {
            // The event that follows clears the call like any other.
            let _ = circuit.clear(now, cause);
        }
    }
}

fn dtmf_samples(law: Law, digits: &[Digit]) -> Arc<[i16]> {
    let sender = DtmfSender { on: Frames::from_ms(70), off: Frames::from_ms(70), ..DtmfSender::default() };
    let mut generator = DtmfGenerator::new(law, sender);
    // A called number is shorter than what a generator holds.
    let _ = generator.dial(digits);
    let mut samples = vec![0; digits.len() * Frames::from_ms(140).0 as usize];
    generator.fill(&mut samples);
    samples.into()
}
