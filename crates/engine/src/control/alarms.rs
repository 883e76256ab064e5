//! Alarms: each tenth of a second it is looked what is wrong, and told what has come and gone. What follows from something worse
//! is none of its own: the spans of a card that is away, the link of a span that has failed, a group without its trunks.
use super::{Control, Span};
use crate::alarms::{Alarm, AlarmKind};
use crate::event::EventKind;
use crate::information::ChannelService;
use std::collections::{BTreeMap, BTreeSet};
use tandem_isdn::q931::LinkService;
use tandem_types::{Defect, FrameTime, Frames, Handle};

/// What an alarm is about: its kind, and the number of the card, span, channel or group.
type Subject = (AlarmKind, usize);

/// The alarms, and what may become one.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    active: BTreeMap<Subject, Alarm>,
    /// Since when something is wrong that is no alarm yet.
    coming: BTreeMap<Subject, FrameTime>,
    /// When it is looked next.
    due: FrameTime,
    last_number: u64,
}

impl Control {
    /// The alarms with numbers above this, the oldest first.
    pub(crate) fn alarms_after(&self, number: u64, most: usize) -> Vec<Alarm> {
        let mut alarms: Vec<Alarm> =
            self.alarms.active.values().filter(|alarm| alarm.number > number).cloned().collect();
        alarms.sort_unstable_by_key(|alarm| alarm.number);
        alarms.truncate(most);
        alarms
    }

    /// Groups have other places in another configuration.
    pub(super) fn move_group_alarms(&mut self, place_of: &[Option<usize>]) {
        let active = std::mem::take(&mut self.alarms.active);
        for ((kind, place), mut alarm) in active {
            let to =
                if kind == AlarmKind::Group { place_of.get(place).copied().flatten() } else { Some(place) };
            match to {
                Some(to) => {
                    if kind == AlarmKind::Group {
                        alarm.place = Some(to);
                    }
                    self.alarms.active.insert((kind, to), alarm);
                }
                None => self.tell_alarm(alarm, false),
            }
        }
    }

    pub(super) fn look_at_alarms(&mut self) {
        if self.now < self.alarms.due {
            return;
        }
        self.alarms.due = self.now + LOOK_EACH;
        let mut wrong = self.what_is_wrong();
        wrong.retain(|(kind, _)| self.config.alarms.severity(*kind).is_some());
        let gone: Vec<Subject> =
            self.alarms.active.keys().filter(|subject| !wrong.contains(*subject)).copied().collect();
        for subject in gone {
            if let Some(alarm) = self.alarms.active.remove(&subject) {
                self.tell_alarm(alarm, false);
            }
        }
        self.alarms.coming.retain(|subject, _| wrong.contains(subject));
        for subject in wrong {
            self.note_wrong(subject);
        }
    }

    fn note_wrong(&mut self, subject: Subject) {
        let (kind, place) = subject;
        let now = self.now;
        let Some(severity) = self.config.alarms.severity(kind) else { return };
        if let Some(known) = self.alarms.active.get_mut(&subject) {
            // As another configuration has it.
            known.severity = severity;
            return;
        }
        let since = *self.alarms.coming.entry(subject).or_insert(now);
        if now.since(since) < lasts(kind) {
            return;
        }
        self.alarms.coming.remove(&subject);
        self.alarms.last_number += 1;
        let (object, text) = (self.object_of(kind, place), self.alarm_text(kind, place));
        let place =
            (!matches!(kind, AlarmKind::Clock | AlarmKind::Host | AlarmKind::Channel)).then_some(place);
        let number = self.alarms.last_number;
        let alarm = Alarm { number, kind, severity, object, place, since, text };
        self.alarms.active.insert(subject, alarm.clone());
        self.tell_alarm(alarm, true);
    }

    fn tell_alarm(&mut self, alarm: Alarm, active: bool) {
        let what = if active { "alarm" } else { "over" };
        log::warn!("{what}, {}: {}", alarm.severity, alarm.text);
        self.events.tell(self.now, EventKind::AlarmChanged { alarm: Box::new(alarm), active });
    }

    fn what_is_wrong(&self) -> BTreeSet<Subject> {
        let mut wrong = BTreeSet::new();
        let refused = self.spans.iter().enumerate().filter(|(_, span)| span.refused);
        wrong.extend(refused.map(|(number, _)| (AlarmKind::Span, number)));
        for (number, span) in self.spans.iter().enumerate().filter(|(_, span)| span.in_use) {
            let place = self.places[number];
            match self.wrong_with(number, span) {
                Some(AlarmKind::Card) => wrong.insert((AlarmKind::Card, place.card)),
                Some(kind) => wrong.insert((kind, number)),
                None => false,
            };
        }
        for (index, channel) in self.channels.iter().enumerate().filter(|(_, channel)| channel.in_use) {
            let span = usize::from(channel.slot.span.0);
            if channel.told_service == ChannelService::OutOfService && !self.is_span_wrong(&wrong, span) {
                wrong.insert((AlarmKind::Channel, index));
            }
        }
        for (number, group) in self.groups.iter().enumerate() {
            let is_wrong = |span: &usize| self.is_span_wrong(&wrong, *span);
            if group.traffic.is_busy() && !group.section.spans.iter().any(is_wrong) {
                wrong.insert((AlarmKind::Group, number));
            }
        }
        if self.clock.source.is_none() && !self.config.clock.sources.is_empty() {
            wrong.insert((AlarmKind::Clock, 0));
        }
        if self.events.is_any_behind() {
            wrong.insert((AlarmKind::Host, 0));
        }
        wrong
    }

    /// The worst that is wrong with a span.
    fn wrong_with(&self, number: usize, span: &Span) -> Option<AlarmKind> {
        let link = self.pri_of(number).filter(|pri| pri.line(number).is_some());
        let link_is_down = link
            .is_some_and(|pri| pri.line(number).and_then(|line| pri.link_service(line)).is_none_or(is_down));
        if span.defects.contains(Defect::Card) {
            Some(AlarmKind::Card)
        } else if span.failure.is_declared() {
            Some(AlarmKind::Span)
        } else if span.out_of_use.any() {
            Some(AlarmKind::Maintenance)
        } else if span.defects.contains(Defect::Rai) {
            Some(AlarmKind::Remote)
        } else if link.is_some_and(|pri| pri.line(number).is_some_and(|line| line.told_looped)) {
            Some(AlarmKind::LinkLooped)
        } else if link_is_down {
            Some(AlarmKind::Link)
        } else {
            None
        }
    }

    /// Whether a span has an alarm, or its card.
    fn is_span_wrong(&self, wrong: &BTreeSet<Subject>, span: usize) -> bool {
        let of_span = [
            AlarmKind::Span,
            AlarmKind::Maintenance,
            AlarmKind::Remote,
            AlarmKind::Link,
            AlarmKind::LinkLooped,
        ];
        of_span.iter().any(|kind| wrong.contains(&(*kind, span)))
            || self.places.get(span).is_some_and(|place| wrong.contains(&(AlarmKind::Card, place.card)))
    }

    fn object_of(&self, kind: AlarmKind, place: usize) -> Option<Handle> {
        match kind {
            AlarmKind::Span
            | AlarmKind::Remote
            | AlarmKind::Link
            | AlarmKind::LinkLooped
            | AlarmKind::Maintenance => self.spans.get(place).map(|span| span.handle),
            AlarmKind::Channel => self.channels.get(place).map(|channel| channel.handle),
            AlarmKind::Card | AlarmKind::Clock | AlarmKind::Group | AlarmKind::Host => None,
        }
    }

    fn alarm_text(&self, kind: AlarmKind, place: usize) -> String {
        match kind {
            AlarmKind::Card => {
                let name = self.config.cards.get(place).map(|card| card.request(place).name);
                format!("{} does not answer as it should", name.unwrap_or_default())
            }
            AlarmKind::Span if self.spans[place].refused => {
                format!("span {place} is not in use: its card has not taken it")
            }
            AlarmKind::Span => format!("span {place} has failed: {}", self.spans[place].defects),
            AlarmKind::Remote => format!("the far end of span {place} does not receive us"),
            AlarmKind::Link => format!("the signalling link of span {place} is down"),
            AlarmKind::LinkLooped => format!("the D channel of span {place} comes back to us"),
            AlarmKind::Clock => "no span can be followed: the cards run by their own oscillator".to_owned(),
            AlarmKind::Maintenance => {
                format!("span {place} is out of use by order: looped, in alarm or tested")
            }
            AlarmKind::Channel => {
                let slot = self.channels[place].slot;
                let (span, timeslot) = (slot.span.0, slot.slot.number());
                format!("timeslot {timeslot} of span {span} is out of service: its reset was not answered")
            }
            AlarmKind::Group => {
                format!("no trunk of group {} is free", self.groups[place].section.name)
            }
            AlarmKind::Host => "the host does not fetch its events".to_owned(),
        }
    }
}

const fn is_down(service: LinkService) -> bool {
    !matches!(service, LinkService::Active | LinkService::Standby)
}

/// How long something must be wrong to be an alarm, its own integration apart.
const fn lasts(kind: AlarmKind) -> Frames {
    match kind {
        // As a failure is declared.
        AlarmKind::Remote => Frames::from_ms(2_500),
        // A link comes up within a few seconds after its line, and a clock is found.
        AlarmKind::Link | AlarmKind::Clock => Frames::from_seconds(10),
        AlarmKind::Host => Frames::from_seconds(1),
        AlarmKind::Card
        | AlarmKind::Span
        | AlarmKind::LinkLooped
        | AlarmKind::Maintenance
        | AlarmKind::Channel
        | AlarmKind::Group => Frames(0),
    }
}

const LOOK_EACH: Frames = Frames::from_ms(100);
