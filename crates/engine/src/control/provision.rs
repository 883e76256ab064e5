//! The configuration changed while calls run: spans come, go and are set up anew, groups and what holds for calls are taken
//! over at once.
//!
//! A span that is to change is drained first: no new call begins on it, and those in progress go on for as long as the host
//! gives them. Then control takes its channels down, media puts the new span in the place of the old one between two ticks
//! ([`SpanChange`]), and control builds its channels. What media told of the old span is heard, and ignored, in between.
use super::group::{Among, Group, Over};
use super::line_test::LineTest;
use super::performance::SpanPerformance;
use super::{Control, SpanPlace, Trunk};
use crate::EngineError;
use crate::config::{Changes, Config, Hardware, Signalling, SpanSection};
use crate::event::{CallId, EndReason, EventKind};
use crate::information::{Provisioned, SpanNews};
use crate::media::{CardOrder, PortSlot};
use crate::span_change::{Arrival, SpanChange};
use std::collections::VecDeque;
use tandem_card::CardError;
use tandem_rt::{Consumer, PushError};
use tandem_types::{Cause, FrameTime, Frames, Handle, SpanIndex, TickLength, Timeslot};

/// What is under way, and what is needed for it.
pub(super) struct Provisioning {
    hardware: Hardware,
    tick: TickLength,
    changed: Consumer<Box<SpanChange>>,
    /// What finds no room among the orders yet.
    unsent: VecDeque<CardOrder>,
    units: Vec<Unit>,
}

/// Spans that change together.
struct Unit {
    spans: Vec<usize>,
    /// Their sections from then on.
    sections: Vec<SpanSection>,
    /// Channels that the host has blocked: span, and bit n for timeslot n.
    blocked: Vec<(usize, u32)>,
    stage: Stage,
}

enum Stage {
    /// Until then at most calls go on.
    Draining(FrameTime),
    /// Calls have been cleared, and are over by then, or are left as they are.
    Clearing(FrameTime),
    /// Media is at it: the marks of the changes that have not come back yet, and those that have.
    Changing(Vec<u64>, Vec<Outcome>),
    /// Media has done it. What it told of the spans before is heard by now, when this is seen again.
    Changed(Vec<Outcome>),
}

/// What has become of a change.
#[derive(Clone)]
struct Outcome {
    mark: u64,
    span: usize,
    was_in_use: bool,
    /// Why its card has not taken it.
    refused: Option<CardError>,
}

impl Provisioning {
    pub(super) const fn new(
        hardware: Hardware,
        tick: TickLength,
        changed: Consumer<Box<SpanChange>>,
    ) -> Self {
        Self { hardware, tick, changed, unsent: VecDeque::new(), units: Vec::new() }
    }

    /// Whether a card has channels in pairs.
    pub(super) fn is_local(&self, card: usize) -> bool {
        self.hardware.cards.get(card).is_some_and(|card| card.is_local)
    }

    /// Nothing is under way.
    fn is_idle(&self) -> bool {
        self.units.is_empty() && self.unsent.is_empty()
    }

    /// When control is to look at it next.
    pub(super) fn poll_timeout(&self, now: FrameTime) -> Option<FrameTime> {
        let due = |unit: &Unit| match unit.stage {
            Stage::Draining(until) => until.min(now + LOOK_EACH),
            Stage::Clearing(_) => now + LOOK_EACH,
            Stage::Changing(..) | Stage::Changed(_) => now + Frames::from_ms(1),
        };
        let unsent = (!self.unsent.is_empty()).then_some(now + Frames::from_ms(1));
        self.units.iter().map(due).chain(unsent).min()
    }
}

impl Control {
    /// Takes over another configuration. What cannot be done is refused before anything is. Spans follow, each with an
    /// event, when they carry no calls any more, or when `drain` is over.
    pub(crate) fn provision(
        &mut self,
        new: Config,
        drain: Option<Frames>,
    ) -> Result<Provisioned, EngineError> {
        if self.rest_until.is_some() {
            return Err(EngineError::Closed);
        }
        let waits = |unit: &Unit| matches!(unit.stage, Stage::Draining(_));
        if !self.provisioning.units.iter().all(waits) || !self.provisioning.unsent.is_empty() {
            return Err(EngineError::Busy("the last change of the configuration is still under way"));
        }
        let changes = Changes::between(&self.config, &new, &self.provisioning.hardware)?;
        let tones = if new.tones == self.config.tones { None } else { Some(self.tones.of(&new)?) };
        // What has only waited so far is begun anew, or not at all.
        for unit in std::mem::take(&mut self.provisioning.units) {
            self.keep(&unit.spans);
        }
        self.make_room(&new);
        let until = drain.map_or(u64::MAX, |drain| self.now.0.saturating_add(drain.0));
        let mut told = Provisioned::default();
        for spans in changes.units {
            for span in &spans {
                match (self.config.used_span(*span).is_some(), new.used_span(*span).is_some()) {
                    (false, true) => told.spans_added += 1,
                    (true, false) => told.spans_removed += 1,
                    (true, true) => told.spans_changed += 1,
                    (false, false) => {}
                }
            }
            let sections = spans.iter().map(|span| self.next_section(&new, *span)).collect();
            spans.iter().for_each(|span| self.spans[*span].leaving = true);
            let stage = Stage::Draining(FrameTime(until));
            self.provisioning.units.push(Unit { spans, sections, blocked: Vec::new(), stage });
        }
        told.calls = self.calls_to_drain();
        self.take_over(new);
        if let Some(tones) = tones {
            self.tones.put(tones, &mut self.link);
        }
        self.handle_provisioning();
        Ok(told)
    }

    /// The section of a span from then on: one that is left out stays as it was, without use.
    fn next_section(&self, new: &Config, span: usize) -> SpanSection {
        let left_out = || SpanSection { in_use: false, ..self.config.spans[span].clone() };
        new.spans.get(span).cloned().unwrap_or_else(left_out)
    }

    /// Places for sections that are new, not used yet: media numbers them in order.
    fn make_room(&mut self, new: &Config) {
        for span in self.config.spans.len()..new.spans.len() {
            let section = SpanSection { in_use: false, ..new.spans[span].clone() };
            self.config.spans.push(section);
            self.places.push(self.place_of(span));
            self.add_span(span);
            let change = self.prepare_change(span);
            self.provisioning.unsent.push_back(CardOrder::Change(Box::new(change)));
        }
    }

    fn place_of(&self, span: usize) -> SpanPlace {
        let section = &self.config.spans[span];
        let card = &self.provisioning.hardware.cards[section.card];
        SpanPlace {
            card: section.card,
            port: section.port,
            abilities: card.abilities,
            framing: section.span_config().framing,
            granule: card.granule,
        }
    }

    /// How many calls are on spans that are to change.
    fn calls_to_drain(&self) -> usize {
        let spans = self.provisioning.units.iter().flat_map(|unit| &unit.spans);
        let channels = spans.filter_map(|span| self.channel_at.get(*span)).flatten().flatten();
        channels.filter(|index| self.channels[**index as usize].call.is_some()).count()
    }

    /// Takes over all but the spans that change.
    fn take_over(&mut self, new: Config) {
        self.offer_limit = Frames::from_seconds(new.calls.offer_seconds);
        self.take_over_groups(&new);
        let spans = std::mem::take(&mut self.config.spans);
        self.config = Config { spans, ..new };
    }

    /// A group of the same name goes on with what it has counted, and its calls with it.
    fn take_over_groups(&mut self, new: &Config) {
        let mut old: Vec<Option<Group>> = std::mem::take(&mut self.groups).into_iter().map(Some).collect();
        let mut place_of = vec![None; old.len()];
        for (place, section) in new.groups.iter().enumerate() {
            let known = |group: &Option<Group>| {
                group.as_ref().is_some_and(|group| group.section.name == section.name)
            };
            let before = old.iter().position(known);
            let group = before.and_then(|before| {
                place_of[before] = Some(place);
                old[before].take()
            });
            let group = group.map(|group| group.with(section.clone()));
            self.groups.push(group.unwrap_or_else(|| Group::new(section.clone())));
        }
        self.move_group_alarms(&place_of);
        for call in self.calls.values_mut() {
            call.group = call.group.and_then(|group| place_of[group]);
            let Some(attempt) = &mut call.attempt else { continue };
            if let Among::Group(group) = attempt.among {
                match place_of[group] {
                    Some(place) => attempt.among = Among::Group(place),
                    // It stays where it is, and is not tried elsewhere.
                    None => call.attempt = None,
                }
            }
        }
    }

    /// Takes what is under way a step further.
    pub(super) fn handle_provisioning(&mut self) {
        if self.provisioning.is_idle() {
            return;
        }
        while let Some(order) = self.provisioning.unsent.pop_front() {
            if let Err(PushError::Full(order)) = self.orders.push(order) {
                self.provisioning.unsent.push_front(order);
                break;
            }
        }
        let units = std::mem::take(&mut self.provisioning.units);
        let mut done = Vec::new();
        while let Some(change) = self.provisioning.changed.pop() {
            let SpanChange { span, mark, leaves, ref refused, .. } = *change;
            done.push(Outcome { mark, span, was_in_use: leaves.is_some(), refused: refused.clone() });
        }
        for unit in units {
            self.advance_unit(unit, &done);
        }
    }

    fn advance_unit(&mut self, mut unit: Unit, done: &[Outcome]) {
        match &mut unit.stage {
            Stage::Draining(until) => {
                let until = *until;
                self.block_channels(&unit.spans);
                if self.is_free(&unit.spans) {
                    return self.begin_change(unit);
                }
                if self.now >= until {
                    self.clear_all(&unit.spans);
                    unit.stage = Stage::Clearing(self.now + LONGEST_CLEARING);
                }
            }
            Stage::Clearing(until) => {
                if self.is_free(&unit.spans) || self.now >= *until {
                    return self.begin_change(unit);
                }
            }
            Stage::Changing(marks, outcomes) => {
                outcomes.extend(done.iter().filter(|outcome| marks.contains(&outcome.mark)).cloned());
                if outcomes.len() == marks.len() {
                    unit.stage = Stage::Changed(std::mem::take(outcomes));
                }
            }
            Stage::Changed(outcomes) => {
                let outcomes = std::mem::take(outcomes);
                return self.build(&unit, &outcomes);
            }
        }
        self.provisioning.units.push(unit);
    }

    /// No new call begins on the channels of these spans.
    fn block_channels(&mut self, spans: &[usize]) {
        for index in self.channels_in(spans) {
            let channel = &self.channels[index];
            if channel.is_trunk() && !channel.blocked && self.block_channel(index, true).is_ok() {
                // One that cannot be blocked now is tried again.
                self.channels[index].drained = true;
            }
        }
    }

    /// The spans stay as they are: calls begin on them again.
    fn keep(&mut self, spans: &[usize]) {
        spans.iter().for_each(|span| self.spans[*span].leaving = false);
        for index in self.channels_in(spans) {
            if std::mem::take(&mut self.channels[index].drained)
                && let Err(error) = self.block_channel(index, false)
            {
                log::warn!("a channel stays blocked: {error}");
            }
        }
    }

    /// Whether nothing new may begin on a channel, because its span is to change.
    pub(super) fn check_stays(&self, index: usize) -> Result<(), EngineError> {
        match self.spans[usize::from(self.channels[index].slot.span.0)].leaving {
            true if !self.channels[index].is_trunk() => Err(LEAVING),
            _ => Ok(()),
        }
    }

    /// The channels of a span that the host has blocked, bit n for timeslot n.
    fn host_blocks(&self, span: usize) -> u32 {
        let slots = (0..).zip(self.channel_at[span]);
        let blocked = slots.filter(|(_, index)| {
            let channel = index.map(|index| &self.channels[index as usize]);
            channel.is_some_and(|channel| channel.blocked && !channel.drained)
        });
        blocked.fold(0, |mask, (slot, _)| mask | 1 << slot)
    }

    fn channels_in(&self, spans: &[usize]) -> Vec<usize> {
        let slots = spans.iter().filter_map(|span| self.channel_at.get(*span)).flatten();
        slots.flatten().map(|index| *index as usize).collect()
    }

    /// Whether no call, operation or line test is on these spans.
    fn is_free(&self, spans: &[usize]) -> bool {
        let idle = |index: &usize| {
            let channel = &self.channels[*index];
            let of_host = channel.tested.is_some() || channel.paired || channel.is_operated();
            channel.call.is_none() && !of_host
        };
        let signalled = spans.iter().filter_map(|span| self.pri_of(*span));
        // A recording that is being finished is told under the channel that it was on.
        let channels = self.channels_in(spans);
        let operated = self.operations.iter().any(|(_, operation)| channels.contains(&operation.channel));
        !operated
            && channels.iter().all(idle)
            && signalled.map(|pri| pri.interface().call_count()).sum::<usize>() == 0
            && !self.again.iter().any(|over| self.is_of(over.id, spans))
    }

    fn is_of(&self, call: CallId, spans: &[usize]) -> bool {
        let channel = self.calls.get(&call).map(|call| &self.channels[call.channel]);
        channel.is_some_and(|channel| spans.contains(&usize::from(channel.slot.span.0)))
    }

    fn calls_of(&self, spans: &[usize]) -> Vec<CallId> {
        self.calls.keys().copied().filter(|id| self.is_of(*id, spans)).collect()
    }

    /// Clears the calls on these spans, and ends what else is on them.
    fn clear_all(&mut self, spans: &[usize]) {
        let calls = self.calls_of(spans);
        log::warn!("{} calls on spans that are to change are cleared: their time is over", calls.len());
        for call in calls {
            // One that cannot be cleared is being cleared already.
            let _ = self.clear(call, Cause::NORMAL_UNSPECIFIED);
        }
        self.end_line_tests(spans);
        for index in self.channels_in(spans) {
            if self.channels[index].call.is_none() {
                self.silence(index, EndReason::Stopped);
                self.channels[index].paired = false;
            }
        }
    }

    /// Takes the spans down, and has media put the new ones in their place.
    fn begin_change(&mut self, mut unit: Unit) {
        self.end_line_tests(&unit.spans);
        // Those whose far end has not answered that they are over.
        let left = self.calls_of(&unit.spans);
        self.again.retain(|over| !left.contains(&over.id));
        let mut marks = Vec::new();
        for (span, section) in unit.spans.iter().zip(&unit.sections) {
            unit.blocked.push((*span, self.host_blocks(*span)));
            self.take_down(*span);
            let leaves = self.config.used_span(*span).map(|old| (old.card, old.port, old.span_config()));
            self.config.spans[*span] = section.clone();
            self.places[*span] = self.place_of(*span);
            let mut change = self.prepare_change(*span);
            change.leaves = leaves.map(|(card, port, _)| (card, port));
            if let Some(arrival) = &mut change.arrival {
                arrival.sets_up = self.provisioning.hardware.cards[section.card].abilities.changes;
            }
            marks.push(change.mark);
            self.provisioning.unsent.push_back(CardOrder::Change(Box::new(change)));
        }
        for id in left {
            self.over(Over { id, cause: Cause::NORMAL_UNSPECIFIED, by_far_end: false }, false);
        }
        unit.stage = Stage::Changing(marks, Vec::new());
        self.provisioning.units.push(unit);
    }

    /// No channel of a span can be reached any more, and nothing signals for it.
    fn take_down(&mut self, span: usize) {
        for index in self.channels_in(&[span]) {
            self.silence(index, EndReason::Stopped);
            let channel = &mut self.channels[index];
            (channel.in_use, channel.trunk, channel.call) = (false, Trunk::None, None);
        }
        self.channel_at[span] = [None; Timeslot::PER_FRAME];
        self.take_tap_down(span);
        if let Some(access) = self.access_of[span].take() {
            // Those that share it go with it.
            self.isdn[access] = None;
        }
        self.frame_links.remove(&span);
        self.spans[span].in_use = false;
    }

    fn end_line_tests(&mut self, spans: &[usize]) {
        let of_spans = |(_, test): &(Handle, &LineTest)| spans.contains(&test.span());
        let tests: Vec<Handle> = self.line_tests.iter().filter(of_spans).map(|(handle, _)| handle).collect();
        for test in tests {
            if let Err(error) = self.stop_line_test(test) {
                log::warn!("a line test on a span that changes cannot be ended: {error}");
            }
        }
    }

    /// What media needs to bring a span in line with its section.
    fn prepare_change(&mut self, span: usize) -> SpanChange {
        let (number, section) = (SpanIndex(span as u16), &self.config.spans[span]);
        let (tones, tick) = (self.tones.set(), &self.provisioning.tick);
        let setup = section.switch_setup(tones);
        let unused = SpanSection { in_use: false, ..section.clone() }.switch_setup(tones);
        let SpanPlace { card, granule, .. } = self.places[span];
        let port = PortSlot::held(section.port_use(span), tick.frames(), granule);
        let (config, in_use) = (section.span_config(), section.in_use);
        let vacant = self.link.prepare_span(number, &unused);
        let arrival = in_use.then(|| {
            let prepared = self.link.prepare_span(number, &setup);
            Arrival { card, prepared, port: Some(port), config, sets_up: false }
        });
        let mark = self.link.mark();
        SpanChange { span, mark, leaves: None, vacant, arrival, refused: None, old: None }
    }

    /// Builds the channels of the spans that media has put in their place, and tells of them.
    fn build(&mut self, unit: &Unit, outcomes: &[Outcome]) {
        for Outcome { span, refused, .. } in outcomes {
            let section = &mut self.config.spans[*span];
            section.in_use &= refused.is_none();
            let generation = self.spans[*span].handle.generation() + 1;
            self.spans[*span] = self.new_span(*span, generation);
            self.spans[*span].refused = refused.is_some();
            if self.config.spans[*span].in_use {
                self.spans[*span].performance = SpanPerformance::of_latecomer(&self.config.spans[*span]);
                self.make_channels(*span);
            }
        }
        self.make_accesses(&unit.spans);
        self.make_taps(&unit.spans);
        self.make_frame_links(&unit.spans);
        // There may be others than when the spans were made.
        self.link.listen_for(self.tones.set());
        for index in self.channels_in(&unit.spans) {
            self.run_circuit(index);
            self.update_routes(index);
        }
        self.block_again(&unit.blocked);
        self.leave_without_d_channel(unit, outcomes);
        for outcome in outcomes {
            let span = outcome.span;
            if self.config.spans[span].in_use {
                let SpanPlace { card, port, .. } = self.places[span];
                self.provisioning.unsent.push_back(CardOrder::Tell { card, port });
            }
            self.tell_outcome(outcome);
        }
    }

    /// What the host has blocked stays so.
    fn block_again(&mut self, blocked: &[(usize, u32)]) {
        for (span, mask) in blocked {
            for slot in (0..Timeslot::PER_FRAME).filter(|slot| mask >> slot & 1 == 1) {
                let Some(index) = self.channel_at[*span][slot] else { continue };
                if self.channels[index as usize].is_trunk()
                    && let Err(error) = self.block_channel(index as usize, true)
                {
                    log::warn!("a channel that was blocked is not any more: {error}");
                }
            }
        }
    }

    /// Spans whose D channel is on one that its card has not taken go too: nobody signals for them.
    fn leave_without_d_channel(&mut self, unit: &Unit, outcomes: &[Outcome]) {
        if outcomes.iter().all(|outcome| outcome.refused.is_none()) {
            return;
        }
        for span in &unit.spans {
            let section = &self.config.spans[*span];
            let unsignalled =
                section.in_use && section.signalling == Signalling::Pri && self.access_of[*span].is_none();
            if unsignalled {
                let sections = vec![SpanSection { in_use: false, ..section.clone() }];
                let stage = Stage::Draining(self.now);
                self.spans[*span].leaving = true;
                let spans = vec![*span];
                self.provisioning.units.push(Unit { spans, sections, blocked: Vec::new(), stage });
            }
        }
    }

    fn tell_outcome(&mut self, outcome: &Outcome) {
        let Outcome { span, was_in_use, ref refused, .. } = *outcome;
        let news = match (refused, was_in_use, self.config.spans[span].in_use) {
            (Some(error), ..) => SpanNews::Refused(error.to_string()),
            (None, false, true) => SpanNews::Added,
            (None, true, true) => SpanNews::Changed,
            (None, _, false) => SpanNews::Removed,
        };
        match &news {
            SpanNews::Refused(problem) => log::error!("span {span} is out of use: its card says: {problem}"),
            other => log::info!("span {span}: {other}"),
        }
        let handle = self.spans[span].handle;
        self.events.tell(self.now, EventKind::SpanChanged { span: handle, news });
    }
}

pub(super) const LEAVING: EngineError = EngineError::WrongState("the span of the channel is to change");
const LOOK_EACH: Frames = Frames::from_ms(100);
/// Signalling has so long to end the calls that were cleared (T308, and some more).
const LONGEST_CLEARING: Frames = Frames::from_seconds(5);
