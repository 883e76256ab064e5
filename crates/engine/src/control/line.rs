//! Orders for lines: loops, test errors, alarms. A looped span carries no calls.
use crate::EngineError;
use crate::control::Control;
use crate::event::EventKind;
use crate::media::{CardOrder, LoopChange, LoopState};
use tandem_card::{Abilities, LineError, LineOrder};
use tandem_line::{CrcMode, Framing, T1Framing};
use tandem_types::FrameTime;

/// Where a span is, and what its card can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanPlace {
    pub(crate) card: usize,
    pub(crate) port: usize,
    pub(crate) abilities: Abilities,
    pub(crate) framing: Framing,
    /// The frames that the card moves at a time.
    pub(crate) granule: usize,
}

impl Control {
    /// Gives an order for the line of a span; it is carried out with the next granule. A span whose traffic cannot
    /// reach the far end, because it is looped or sends AIS, is taken out of use as by a failure: its calls are
    /// cleared and its circuits blocked until the order is withdrawn.
    pub(crate) fn line_order(&mut self, span: usize, order: LineOrder) -> Result<(), EngineError> {
        if matches!(order, LineOrder::TestLine(_) | LineOrder::InsertTestErrors(_)) {
            return Err(EngineError::BadArgument(
                "a test of a line is a line test, with a handle of its own",
            ));
        }
        self.check_not_tap(span)?;
        self.give_order(span, order)?;
        let state = &mut self.spans[span].out_of_use;
        match order {
            LineOrder::Loop(which) => state.looped = which.is_some(),
            LineOrder::SendAis(on) => state.sends_ais = on,
            LineOrder::SendAisCi(on) => state.sends_ais_ci = on,
            LineOrder::SendLoopCode(code) => state.sends_code = code.is_some(),
            LineOrder::InsertError(_)
            | LineOrder::SendRai(_)
            | LineOrder::SendRaiCi(_)
            | LineOrder::SendSaBits(_)
            | LineOrder::SyncMessage(_)
            | LineOrder::CommandLoop(_)
            | LineOrder::ObeyLoops(_)
            | LineOrder::TestLine(_)
            | LineOrder::InsertTestErrors(_) => return Ok(()),
        }
        self.update_service_of(span);
        Ok(())
    }

    /// Where a span is, if its card and its framing can do this.
    pub(super) fn place_for(&self, span: usize, order: LineOrder) -> Result<SpanPlace, EngineError> {
        let place = *self.places.get(span).ok_or(EngineError::BadArgument("there is no such span"))?;
        if !self.spans[span].in_use {
            return Err(EngineError::WrongState("the span is not in use"));
        }
        if !place.abilities.allow(&order) {
            return Err(EngineError::Unsupported("the card of this span cannot do that"));
        }
        if !has_sense(place.framing, &order) {
            return Err(EngineError::Unsupported("there is no such thing in the framing of this span"));
        }
        Ok(place)
    }

    /// Gives an order to the card of a span.
    pub(super) fn give_order(&mut self, span: usize, order: LineOrder) -> Result<(), EngineError> {
        let SpanPlace { card, port, .. } = self.place_for(span, order)?;
        self.orders
            .push(CardOrder::Line { card, port, order })
            .map_err(|_| EngineError::Busy("too many orders at once"))
    }
}

impl Control {
    /// Takes what cards tell of the loops on their spans.
    pub(super) fn handle_loops(&mut self) {
        while let Some(LoopChange { span, at, now }) = self.loops.pop() {
            self.note_loop(usize::from(span.0), at, now);
        }
    }

    fn note_loop(&mut self, span: usize, at: FrameTime, now: LoopState) {
        let LoopState { looped, by_far_end } = now;
        let Some(state) = self.spans.get_mut(span).filter(|state| state.in_use) else { return };
        state.out_of_use.looped_by_far_end = by_far_end;
        let handle = state.handle;
        if by_far_end {
            log::warn!("the far end of span {span} has commanded a loop: {looped:?}");
        }
        self.events.tell(at, EventKind::SpanLooped { span: handle, looped, by_far_end });
        self.update_service_of(span);
    }
}

/// Whether there is such a thing in a framing: CRC errors where there is a CRC, messages where there is a data link.
const fn has_sense(framing: Framing, order: &LineOrder) -> bool {
    match order {
        LineOrder::InsertError(LineError::Crc) => match framing {
            Framing::E1(e1) => !matches!(e1.crc4, CrcMode::Off),
            Framing::T1(t1) => t1.framing.is_extended(),
        },
        LineOrder::SendSaBits(_) => !framing.is_t1(),
        LineOrder::CommandLoop(_) => matches!(framing, Framing::T1(t1) if t1.framing.is_extended()),
        LineOrder::SendRaiCi(_) => {
            matches!(framing, Framing::T1(t1) if matches!(t1.framing, T1Framing::Esf))
        }
        LineOrder::SendLoopCode(_) | LineOrder::ObeyLoops(_) | LineOrder::SendAisCi(_) => framing.is_t1(),
        _ => true,
    }
}

/// Why a span is out of use by order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OutOfUse {
    pub(super) looped: bool,
    pub(super) sends_ais: bool,
    pub(super) sends_ais_ci: bool,
    pub(super) sends_code: bool,
    /// Its line is tested as a whole.
    pub(super) tested: bool,
    /// The far end has commanded a loop.
    pub(super) looped_by_far_end: bool,
}

impl OutOfUse {
    pub(super) const fn any(self) -> bool {
        let Self { looped, sends_ais, sends_ais_ci, sends_code, tested, looped_by_far_end } = self;
        looped || sends_ais || sends_ais_ci || sends_code || tested || looped_by_far_end
    }
}
