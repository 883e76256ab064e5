//! Messages from control, and the boxes that go back to it.
use super::{SwitchProc, count_flushed, slot_id, voice_message};
use crate::counters::SwitchCounters;
use crate::link::{
    BridgeId, Change, Detectors, PlayerEnd, PlayerId, Returned, SlotId, Source, TapId, ToMedia,
};
use crate::proc::span::{Route, Seat, slots_in};
use crate::proc::{AnalystProc, ConcealProc, EchoProc, HiderProc, ShaperProc};
use tandem_types::{FrameTime, SpanIndex, Timeslot};

impl SwitchProc {
    pub(super) fn take_messages(&mut self, at: FrameTime) {
        // A bounded number a tick: control cannot keep media from its work.
        for _ in 0..MESSAGES_PER_TICK {
            let Some(message) = self.from_control.pop() else { return };
            self.handle(message, at);
        }
    }

    fn apply_all(&mut self, changes: &[Change]) {
        for change in changes {
            self.apply(*change);
        }
        self.note_listeners();
    }

    fn handle(&mut self, message: ToMedia, at: FrameTime) {
        match message {
            ToMedia::Apply(batch) => {
                self.apply_all(&batch.changes);
                self.give_back(Returned::Batch(batch));
            }
            ToMedia::StartPlayer(player) => {
                let index = player.id.0 as usize;
                self.apply_all(&player.routes);
                self.players[index] = Some(player);
                self.playing.push(index);
            }
            ToMedia::StopPlayer(id) => {
                if let Some(Some(player)) = self.players.get_mut(id.0 as usize) {
                    player.stop(PlayerEnd::Stopped);
                }
            }
            ToMedia::RemovePlayer(id) => self.remove_player(id),
            ToMedia::StartTap(tap) => {
                self.taps.push(tap);
                self.note_listeners();
            }
            ToMedia::StopTap(id) => self.stop_tap(id),
            ToMedia::RestTap { id, on } => {
                if let Some(tap) = self.taps.iter_mut().find(|tap| tap.id == id) {
                    tap.rest(on);
                }
            }
            ToMedia::HideDigits(hider) => self.hide_digits(hider.slot, Some(hider)),
            ToMedia::ShowDigits(slot) => self.hide_digits(slot, None),
            ToMedia::Shape(shaper) => self.shape(shaper.slot, Some(shaper)),
            ToMedia::LeaveUnshaped(slot) => self.shape(slot, None),
            ToMedia::Analyse(analyst) => self.analyse(analyst.slot, Some(analyst)),
            ToMedia::EndAnalysis(slot) => self.analyse(slot, None),
            ToMedia::AnalysedAnswered(slot) => {
                let span = &mut self.spans[usize::from(slot.span.0)];
                if let Some(analyst) = &mut span.analysts[slot.slot.index()] {
                    analyst.answered(at);
                }
            }
            ToMedia::Conceal(concealer) => self.conceal(concealer.slot, Some(concealer)),
            ToMedia::PassGaps(slot) => self.conceal(slot, None),
            ToMedia::CancelEcho(echo) => self.cancel_echo(echo.slot, Some(echo)),
            ToMedia::PassEcho(slot) => self.cancel_echo(slot, None),
            ToMedia::NewBridge(bridge) => {
                let index = bridge.id.0 as usize;
                self.bridges[index] = Some(bridge);
            }
            ToMedia::RemoveBridge(id) => self.remove_bridge(id),
            ToMedia::LimitTalkers { bridge, most } => {
                if let Some(Some(bridge)) = self.bridges.get_mut(bridge.0 as usize) {
                    bridge.limit_talkers(most);
                }
            }
            ToMedia::StartTest(test) => {
                let index = test.id.0 as usize;
                self.tests[index] = Some(test);
                self.note_listeners();
            }
            ToMedia::ListenFor(mut tones) => {
                for (span, set) in self.spans.iter_mut().zip(&mut tones.sets) {
                    span.ears.listen_for(set);
                }
                self.give_back(Returned::Tones(tones));
            }
            ToMedia::Attend { slot, options } => {
                self.spans[usize::from(slot.span.0)].ears.attend(slot.slot.index(), options);
            }
            ToMedia::RemoveTest(id) => {
                let Some(test) = self.tests.get_mut(id.0 as usize).and_then(Option::take) else { return };
                self.silence(Source::Test(id));
                self.give_back(Returned::Test(test));
            }
            ToMedia::Mark(mark) => self.mark = mark,
            ToMedia::Signal { slot, script } => {
                let span = &mut self.spans[usize::from(slot.span.0)];
                span.signals[slot.slot.index()].follow(&script);
                span.signalling |= 1 << slot.slot.index();
            }
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Listen { sink, source, bearer } => {
                self.spans[usize::from(sink.span.0)].routes[sink.slot.index()] = Route { source, bearer };
            }
            Change::Enter { slot, bridge, voice } => {
                if !self.is_party(slot, bridge) {
                    self.leave_bridge(slot);
                }
                if let Some(Some(proc)) = self.bridges.get_mut(bridge.0 as usize)
                    && proc.add(slot, voice)
                {
                    let span = &mut self.spans[usize::from(slot.span.0)];
                    span.seats[slot.slot.index()] = Some(Seat { bridge, audience: voice.heard_by() });
                    span.seated |= 1 << slot.slot.index();
                }
            }
            Change::Leave { slot, bridge } => {
                if self.is_party(slot, bridge) {
                    self.leave_bridge(slot);
                }
            }
            Change::Code { slot, law } => self.spans[usize::from(slot.span.0)].set_law(slot.slot, law),
            Change::Detect { slot, detectors } => {
                let span = usize::from(slot.span.0);
                if let Some(ended) = self.spans[span].ears.listen(slot.slot.index(), detectors)
                    && !self.outbox.insist(voice_message(span, ended))
                {
                    SwitchCounters::add(&self.counters.sounds_dropped, 1);
                }
                if !detectors.contains(Detectors::DIGITS) {
                    self.taps.iter_mut().for_each(|tap| tap.forget_digit(slot));
                    if let Some(hider) = &mut self.spans[usize::from(slot.span.0)].hiders[slot.slot.index()] {
                        hider.forget_digit();
                    }
                }
            }
        }
    }

    fn is_party(&self, slot: SlotId, bridge: BridgeId) -> bool {
        let seat = self.spans[usize::from(slot.span.0)].seats[slot.slot.index()];
        seat.is_some_and(|seat| seat.bridge == bridge)
    }

    /// A slot is a party of one bridge at a time.
    fn leave_bridge(&mut self, slot: SlotId) {
        let span = &mut self.spans[usize::from(slot.span.0)];
        span.seated &= !(1 << slot.slot.index());
        if let Some(seat) = span.seats[slot.slot.index()].take()
            && let Some(Some(bridge)) = self.bridges.get_mut(seat.bridge.0 as usize)
        {
            bridge.remove(slot);
        }
    }

    /// Gives back what the slots of a span have, and takes them out of bridges, routes and taps.
    pub(super) fn leave(&mut self, span: SpanIndex) {
        for slot in (0..Timeslot::PER_FRAME).map(|index| slot_id(usize::from(span.0), index)) {
            self.leave_bridge(slot);
            self.hide_digits(slot, None);
            self.shape(slot, None);
            self.analyse(slot, None);
            self.cancel_echo(slot, None);
            self.conceal(slot, None);
            self.end_routes(|source| source.slot() == Some(slot));
            while let Some(tap) = self.taps.iter().find(|tap| tap.slot == slot) {
                self.stop_tap(tap.id);
            }
        }
    }

    fn remove_player(&mut self, id: PlayerId) {
        let Some(player) = self.players.get_mut(id.0 as usize).and_then(Option::take) else { return };
        self.playing.retain(|index| *index != id.0 as usize);
        self.silence(Source::Player(id));
        self.give_back(Returned::Player(player));
    }

    fn remove_bridge(&mut self, id: BridgeId) {
        let Some(bridge) = self.bridges.get_mut(id.0 as usize).and_then(Option::take) else { return };
        for slot in bridge.members() {
            let span = &mut self.spans[usize::from(slot.span.0)];
            span.seats[slot.slot.index()] = None;
            span.seated &= !(1 << slot.slot.index());
        }
        self.silence(Source::Bridge(id));
        self.give_back(Returned::Bridge(bridge));
    }

    fn hide_digits(&mut self, slot: SlotId, mut hider: Option<Box<HiderProc>>) {
        let span = &mut self.spans[usize::from(slot.span.0)];
        if let (Some(hider), Some(digit)) = (&mut hider, span.ears.held(slot.slot.index())) {
            hider.on_digit(&digit);
        }
        if let Some(before) = span.set_hider(slot.slot, hider) {
            self.give_back(Returned::Hider(before));
        }
    }

    fn conceal(&mut self, slot: SlotId, concealer: Option<Box<ConcealProc>>) {
        if let Some(before) = self.spans[usize::from(slot.span.0)].set_concealer(slot.slot, concealer) {
            self.give_back(Returned::Concealer(before));
        }
    }

    fn cancel_echo(&mut self, slot: SlotId, echo: Option<Box<EchoProc>>) {
        if let Some(before) = self.spans[usize::from(slot.span.0)].set_echo(slot.slot, echo) {
            self.give_back(Returned::Echo(before));
        }
    }

    fn analyse(&mut self, slot: SlotId, analyst: Option<Box<AnalystProc>>) {
        if let Some(before) = self.spans[usize::from(slot.span.0)].set_analyst(slot.slot, analyst) {
            self.give_back(Returned::Analyst(before));
        }
    }

    fn shape(&mut self, slot: SlotId, shaper: Option<Box<ShaperProc>>) {
        if let Some(before) = self.spans[usize::from(slot.span.0)].set_shaper(slot.slot, shaper) {
            self.give_back(Returned::Shaper(before));
        }
    }

    fn stop_tap(&mut self, id: TapId) {
        let Some(index) = self.taps.iter().position(|tap| tap.id == id) else { return };
        let mut tap = self.taps.swap_remove(index);
        count_flushed(&self.counters, tap.finish());
        self.note_listeners();
        self.give_back(Returned::Tap(tap));
    }

    fn silence(&mut self, gone: Source) {
        self.end_routes(|source| source == gone);
        self.note_listeners();
    }

    fn end_routes(&mut self, is_gone: impl Fn(Source) -> bool) {
        for route in self.spans.iter_mut().flat_map(|span| &mut span.routes) {
            if is_gone(route.source) {
                route.source = Source::Idle;
            }
        }
    }

    /// Finds anew which received slots anybody listens to, and what taps hear, of digits that go on too.
    pub(super) fn note_listeners(&mut self) {
        for span in &mut self.spans {
            span.heard = span.ears.listening() | span.seated;
            span.monitors = 0;
        }
        self.has_monitors = false;
        for sink in 0..self.spans.len() {
            for index in 0..Timeslot::PER_FRAME {
                let source = self.spans[sink].routes[index].source;
                if let Source::Sent { .. } = source {
                    self.spans[sink].monitors |= 1 << index;
                    self.has_monitors = true;
                }
                if let Source::Slot(from) | Source::Sent { slot: from, with_received: true } = source {
                    self.spans[usize::from(from.span.0)].heard |= 1 << from.slot.index();
                }
            }
        }
        for tap in &mut self.taps {
            let source = |slot: SlotId| self.spans[usize::from(slot.span.0)].routes[slot.slot.index()].source;
            (tap.hears, tap.hears_too) = match source(tap.slot) {
                Source::Sent { slot, with_received } => (source(slot), with_received.then_some(slot)),
                other => (other, None),
            };
            for slot in [Some(tap.slot), tap.other_way].into_iter().flatten() {
                self.spans[usize::from(slot.span.0)].heard |= 1 << slot.slot.index();
            }
            // It may have begun, or come to hear another, in the middle of a digit.
            for (number, span) in self.spans.iter().enumerate() {
                for index in slots_in(span.ears.holding()) {
                    let Some(digit) = span.ears.held(index) else { continue };
                    tap.on_digit(slot_id(number, index), span.seats[index], &digit);
                }
            }
        }
        for test in self.tests.iter().flatten() {
            self.spans[usize::from(test.span.0)].heard |= test.slots;
        }
    }

    fn give_back(&mut self, returned: Returned) {
        // Control lets no more boxes out than this ring holds.
        if let Err(full) = self.returns.push(returned) {
            debug_assert!(false, "the return ring is full: {full:?}");
            std::mem::forget(full);
        }
    }
}

const MESSAGES_PER_TICK: usize = 256;
