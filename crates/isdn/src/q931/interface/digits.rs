//! Numbers digit by digit (Q.931 §5.1.3, §5.2.4).
use tandem_types::FrameTime;

use super::super::call::{Digits, State, Timer};
use super::super::calls::Slot;
use super::super::element::{CalledNumber, Keypad, PartyNumber, SendingComplete};
use super::super::event::{CallNews, DigitsEnd};
use super::super::{Message, MessageType};
use super::Interface;

impl Interface {
    /// The digits of a SETUP, and whether more may come.
    pub(super) fn take_first_digits(&mut self, slot: Slot, message: &Message<'_>) -> Option<DigitsEnd> {
        let end = self.collect(slot, message);
        let en_bloc = !self.config.profile.overlap;
        let end = end.or_else(|| en_bloc.then_some(DigitsEnd::EnBloc));
        if let Some(call) = self.calls.get_mut(slot) {
            call.complete = end.is_some();
        }
        end
    }

    /// More digits in an INFORMATION.
    pub(super) fn on_digits(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        if !self.holds_digits(message) {
            self.tell(slot, CallNews::Information, Some(message));
            return;
        }
        if self.call(slot).is_some_and(|call| call.complete) {
            self.tell(slot, CallNews::LateDigits, Some(message));
            return;
        }
        let end = self.collect(slot, message);
        let collecting = self.call(slot).is_some_and(|call| call.state == State::Collecting);
        if let Some(call) = self.calls.get_mut(slot) {
            call.complete = end.is_some();
            call.timer.take_if(|timer| timer.0 == Timer::T302);
        }
        if collecting && end.is_none() {
            self.start(now, slot, Timer::T302, self.timers.t302);
        }
        self.tell(slot, CallNews::Digits { end }, Some(message));
    }

    /// Whether a message says anything about a number.
    pub(super) fn holds_digits(&self, message: &Message<'_>) -> bool {
        message.find::<SendingComplete>().is_some()
            || message.find::<CalledNumber<'_>>().is_some()
            || message.find::<Keypad<'_>>().is_some()
    }

    /// Adds the digits of a message; the reason why there will be no more, if there is one.
    fn collect(&mut self, slot: Slot, message: &Message<'_>) -> Option<DigitsEnd> {
        let overlap = &self.config.overlap;
        let most = usize::from(overlap.max_digits).min(Digits::MAX);
        let call = self.calls.get_mut(slot)?;
        let called = message.find::<CalledNumber<'_>>().map(|number| number.0.digits);
        let digits = called.or_else(|| message.find::<Keypad<'_>>().map(|keypad| keypad.0));
        for digit in digits.unwrap_or(&[]) {
            let known = call.digits.as_slice();
            if overlap.is_ended_by(known, *digit) {
                return Some(DigitsEnd::EndDigit);
            }
            if known.len() >= most || overlap.is_whole(known) || !call.digits.push(*digit) {
                return Some(DigitsEnd::TooMany);
            }
            if overlap.is_unknown(call.digits.as_slice()) {
                return Some(DigitsEnd::NotInPlan);
            }
        }
        if message.find::<SendingComplete>().is_some() {
            return Some(DigitsEnd::SendingComplete);
        }
        let digits = call.digits.as_slice();
        (digits.len() >= most || overlap.is_whole(digits)).then_some(DigitsEnd::Full)
    }

    /// Sends digits in an INFORMATION; T304 starts again.
    pub(super) fn send_digits(&mut self, now: FrameTime, slot: Slot, digits: &Digits, complete: bool) {
        self.draft.clear();
        if complete {
            self.draft.put(&SendingComplete);
        }
        if !digits.as_slice().is_empty() {
            let kind = self.called_kind(slot);
            self.draft.put(&CalledNumber(PartyNumber { digits: digits.as_slice(), ..kind }));
        }
        if let Some(call) = self.calls.get_mut(slot) {
            call.complete = complete;
        }
        self.send_own(slot, MessageType::INFORMATION);
        self.start(now, slot, Timer::T304, self.timers.t304);
    }

    /// The type and plan that the SETUP gave for its called number.
    fn called_kind(&self, slot: Slot) -> PartyNumber<'static> {
        let setup = self.call(slot).and_then(|call| Message::new_checked(&call.setup).ok());
        let number = setup.and_then(|setup| setup.find::<CalledNumber<'_>>());
        number.map_or_else(PartyNumber::default, |number| PartyNumber {
            kind: number.0.kind,
            plan: number.0.plan,
            ..PartyNumber::default()
        })
    }
}
