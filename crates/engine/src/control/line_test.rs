//! Line tests: a pattern on some slots of a span, sent and looked for; and the tones of test lines on a channel.
use crate::EngineError;
use crate::control::Control;
use std::sync::Arc;
use tandem_line::bert::{Pattern, TesterCounts};
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

/// What a line test has found so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineTestState {
    /// Whether the pattern is being received.
    pub synchronised: bool,
    /// What has been counted.
    pub counts: TesterCounts,
}

impl Control {
    /// Sends a pattern in these slots of a span (bit n for timeslot n) and looks for it in what they receive. Their
    /// channels have no calls and are in no other test; meanwhile they are blocked.
    pub(crate) fn start_line_test(
        &mut self,
        span: usize,
        slots: u32,
        pattern: Pattern,
    ) -> Result<Handle, EngineError> {
        let at = self.channel_at.get(span).ok_or(EngineError::BadArgument("there is no such span"))?;
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
        let started = self.link.start_test(SpanIndex(span as u16), slots, pattern);
        let (id, shared) = started.map_err(|_| EngineError::Busy("all line tests are in use"))?;
        for index in &indices {
            self.channels[*index].tested = Some(id);
            self.update_service(*index);
        }
        let changes = indices.iter().flat_map(|index| self.route_changes(*index)).collect();
        self.link.apply(changes);
        let test = LineTest { id, span, slots, shared };
        self.line_tests.insert(test).ok_or(EngineError::Busy("all line tests are in use"))
    }

    /// What a test has found.
    pub(crate) fn line_test(&self, test: Handle) -> Result<LineTestState, EngineError> {
        let (synchronised, counts) = self.line_tests.get(test)?.shared.read();
        Ok(LineTestState { synchronised, counts })
    }

    /// Sends so many bits of a test wrong.
    pub(crate) fn insert_test_errors(&self, test: Handle, count: u32) -> Result<(), EngineError> {
        self.line_tests.get(test)?.shared.insert_errors(count);
        Ok(())
    }

    /// Ends a test; its channels are in use again. Gives what it found.
    pub(crate) fn stop_line_test(&mut self, test: Handle) -> Result<LineTestState, EngineError> {
        let state = self.line_test(test)?;
        let LineTest { id, span, slots, .. } = self.line_tests.remove(test)?;
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
    let wanted = (0..Timeslot::PER_FRAME).filter(|slot| slots & (1 << slot) != 0);
    let found: Option<Vec<usize>> = wanted.map(|slot| at[slot].map(|index| index as usize)).collect();
    found.ok_or(EngineError::BadArgument("not all of these timeslots carry traffic"))
}
