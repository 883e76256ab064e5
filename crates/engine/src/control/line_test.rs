//! Line tests: a pattern on some slots of a span, sent and looked for; and the tones of test lines on a channel.
use crate::EngineError;
use crate::control::Control;
use std::sync::Arc;
use tandem_card::LineOrder;
use tandem_line::bert::{Pattern, TesterState};
use tandem_switch::LineTestShared;
use tandem_switch::link::{TestId, TestTone};
use tandem_types::{Handle, SpanIndex, Timeslot};

/// A test in progress.
#[derive(Debug)]
pub(crate) struct LineTest {
    id: TestId,
    span: usize,
    slots: u32,
    shared: Arc<LineTestShared>,
}

impl LineTest {
    pub(super) const fn span(&self) -> usize {
        self.span
    }
}

/// In place of timeslots: every bit of the line, framing too.
pub const WHOLE_LINE: u32 = u32::MAX;

impl Control {
    /// Sends a pattern in these slots of a span (bit n for timeslot n) and looks for it in what they receive. Their
    /// channels have no calls and are in no other test; meanwhile they are blocked. The whole line is tested by the card,
    /// and the span out of use meanwhile.
    pub(crate) fn start_line_test(
        &mut self,
        span: usize,
        slots: u32,
        pattern: Pattern,
    ) -> Result<Handle, EngineError> {
        let at = self.channel_at.get(span).ok_or(EngineError::BadArgument("there is no such span"))?;
        let whole = slots == WHOLE_LINE;
        if whole {
            self.place_for(span, LineOrder::TestLine(Some(pattern)))?;
        }
        self.check_not_tap(span)?;
        let indices = channels_in(at, slots)?;
        for index in &indices {
            let channel = &self.channels[*index];
            if channel.call.is_some() || channel.tested.is_some() || channel.is_operated() {
                return Err(EngineError::WrongState("a channel of these slots is in use"));
            }
        }
        if self.line_tests.is_full() {
            return Err(EngineError::Busy("all line tests are in use"));
        }
        let slots_of_test = if whole { 0 } else { slots };
        let started = self.link.start_test(SpanIndex(span as u16), slots_of_test, pattern);
        let (id, shared) = started.map_err(|_| EngineError::Busy("all line tests are in use"))?;
        if whole {
            if let Err(error) = self.give_order(span, LineOrder::TestLine(Some(pattern))) {
                self.link.remove_test(id);
                return Err(error);
            }
            self.spans[span].out_of_use.tested = true;
            self.update_isdn(span);
        }
        for index in &indices {
            self.channels[*index].tested = Some(id);
            self.update_service(*index);
        }
        let changes = indices.iter().flat_map(|index| self.route_changes(*index)).collect();
        self.link.apply(changes);
        for index in indices {
            self.update_concealment(index);
            self.update_echo(index);
        }
        let test = LineTest { id, span, slots, shared };
        self.line_tests.insert(test).ok_or(EngineError::Busy("all line tests are in use"))
    }

    /// What a test has found.
    pub(crate) fn line_test(&self, test: Handle) -> Result<TesterState, EngineError> {
        Ok(self.line_tests.get(test)?.shared.read())
    }

    /// Sends so many bits of a test wrong.
    pub(crate) fn insert_test_errors(&mut self, test: Handle, count: u32) -> Result<(), EngineError> {
        let LineTest { span, slots, shared, .. } = self.line_tests.get(test)?;
        if *slots == WHOLE_LINE {
            return self.give_order(*span, LineOrder::InsertTestErrors(count));
        }
        shared.insert_errors(count);
        Ok(())
    }

    /// Ends a test; its channels are in use again. Gives what it found.
    pub(crate) fn stop_line_test(&mut self, test: Handle) -> Result<TesterState, EngineError> {
        let state = self.line_test(test)?;
        let LineTest { id, span, slots, .. } = *self.line_tests.get(test)?;
        if slots == WHOLE_LINE {
            // Before the test goes: what the card says of it is not taken for another's.
            self.give_order(span, LineOrder::TestLine(None))?;
            self.spans[span].out_of_use.tested = false;
            self.update_isdn(span);
        }
        self.line_tests.remove(test)?;
        self.link.remove_test(id);
        let indices = channels_in(&self.channel_at[span], slots)?;
        for index in indices {
            self.channels[index].tested = None;
            self.update_routes(index);
            self.update_service(index);
        }
        Ok(state)
    }

    /// Lets the far end of a channel hear a tone whenever nothing else is sent to it, or no longer. Ends with the
    /// call.
    pub(crate) fn test_tone(&mut self, channel: Handle, tone: Option<TestTone>) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        self.check_may_send(index)?;
        if self.channels[index].tested.is_some() {
            return Err(EngineError::WrongState("a line test runs on this channel"));
        }
        if self.channels[index].is_trunk() && self.channels[index].call.is_none() {
            return Err(EngineError::WrongState("there is no call on this channel"));
        }
        self.channels[index].tone = tone;
        self.update_routes(index);
        Ok(())
    }

    /// Blocks the circuit of a channel that cannot carry calls, or gives it back: because its span has failed, is
    /// looped or sends AIS by order, or because it is tested.
    pub(super) fn update_service(&mut self, index: usize) {
        let channel = &self.channels[index];
        let span = &self.spans[usize::from(channel.slot.span.0)];
        let out = span.failure.is_declared() || span.out_of_use.any() || channel.tested.is_some();
        let now = self.now;
        if let Some(circuit) = self.channels[index].circuit() {
            if out {
                circuit.handle_failure(now);
            } else {
                circuit.handle_repair(now);
            }
        }
        let slot = self.channels[index].slot;
        let access = self.access_of[usize::from(slot.span.0)];
        if let Some(pri) = access.and_then(|access| self.isdn[access].as_mut()) {
            pri.reserve(slot, out);
        }
        self.run_circuit(index);
    }
}

/// The channels of these slots; there is one for each.
fn channels_in(at: &[Option<u32>; Timeslot::PER_FRAME], slots: u32) -> Result<Vec<usize>, EngineError> {
    if slots == 0 {
        return Err(EngineError::BadArgument("a line test needs a timeslot at least"));
    }
    if slots == WHOLE_LINE {
        return Ok(at.iter().flatten().map(|index| *index as usize).collect());
    }
    let wanted = (0..Timeslot::PER_FRAME).filter(|slot| slots & (1 << slot) != 0);
    let found: Option<Vec<usize>> = wanted.map(|slot| at[slot].map(|index| index as usize)).collect();
    found.ok_or(EngineError::BadArgument("not all of these timeslots carry traffic"))
}
