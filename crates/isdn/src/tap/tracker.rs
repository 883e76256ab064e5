//! Calls by the messages (Q.931) that two ends have given each other.
//!
//! The ends need not agree with us: messages may have been missed, and calls may be older than the tap. A state goes forward
//! only, what follows from nothing that was heard begins a call that is half known, and a call whose end was missed ends when
//! its reference or its channel turns out to be another's, or by time.
use super::TapEvent;
use super::call::{TapEnd, TapState, TappedCall};
use crate::Side;
use crate::q931::element::{
    CallStateInfo, CauseInfo, ChannelIdentification, RestartClass, RestartIndicator, Selection,
};
use crate::q931::{CallReference, Discriminator, Message, MessageType};
use std::collections::{BTreeMap, VecDeque};
use tandem_types::{FrameTime, Frames, SignalledChannel};

/// What has been counted of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TapCounters {
    /// Calls whose SETUP was heard.
    pub calls: u64,
    /// Calls that were there before their messages could be heard.
    pub half_known: u64,
    /// Calls whose end was not heard.
    pub lost: u64,
    /// Calls that were passed over because nobody fetched the events.
    pub passed_over: u64,
    /// Messages that follow from nothing that was heard and begin nothing.
    pub strays: u64,
    /// SETUP once more, before its answer (T303).
    pub repeated_setups: u64,
    /// Messages that belong to no call, and those of other protocols.
    pub of_no_call: u64,
    /// Octets that are no message.
    pub undecodable: u64,
}

/// A call by the end that chose its reference, which is the one that called.
type Key = (bool, u16);

#[derive(Debug)]
pub(super) struct Tracker {
    most_calls: usize,
    calls: BTreeMap<Key, TappedCall>,
    next_number: u64,
    events: VecDeque<TapEvent>,
    counters: TapCounters,
}

impl Tracker {
    pub(super) fn new(most_calls: usize) -> Self {
        Self {
            most_calls: most_calls.max(1),
            calls: BTreeMap::new(),
            next_number: 1,
            events: VecDeque::new(),
            counters: TapCounters::default(),
        }
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &TappedCall> {
        self.calls.values().filter(|call| call.state != TapState::Ended)
    }

    pub(super) const fn counters(&self) -> &TapCounters {
        &self.counters
    }

    pub(super) fn poll_event(&mut self) -> Option<TapEvent> {
        self.events.pop_front()
    }

    pub(super) fn tell_link(&mut self, up: bool) {
        // The last word counts.
        if let Some(TapEvent::Link { up: told }) = self.events.back_mut() {
            *told = up;
        } else {
            self.events.push_back(TapEvent::Link { up });
        }
    }

    /// A message of an end.
    pub(super) fn handle_message(&mut self, now: FrameTime, from: Side, octets: &[u8]) {
        let Ok(message) = Message::new_checked(octets) else {
            self.counters.undecodable += 1;
            return;
        };
        match message.reference() {
            _ if message.discriminator() != Discriminator::CallControl => self.counters.of_no_call += 1,
            CallReference::Dummy => self.counters.of_no_call += 1,
            CallReference::Global { .. } if message.kind() == MessageType::RESTART => {
                self.on_restart(now, from, &message);
            }
            CallReference::Global { .. } => self.counters.of_no_call += 1,
            CallReference::Call { value, flag } => {
                let caller = if flag { from.other() } else { from };
                self.on_message(now, from, caller, value, &message);
            }
        }
    }

    /// What becomes of the calls cannot be heard.
    pub(super) fn give_up_all(&mut self, now: FrameTime) {
        self.end_those(now, TapEnd::Lost, |_| true);
        self.calls.clear();
    }

    pub(super) fn handle_timeout(&mut self, now: FrameTime) {
        self.end_those(now, TapEnd::Lost, |call| deadline(call) <= now);
        self.calls.retain(|_, call| call.state != TapState::Ended || call.forget_at > now);
    }

    pub(super) fn poll_timeout(&self) -> Option<FrameTime> {
        self.calls.values().map(deadline).min()
    }

    fn on_message(&mut self, now: FrameTime, from: Side, caller: Side, value: u16, message: &Message<'_>) {
        let (key, by_caller) = ((caller == Side::Network, value), from == caller);
        if message.kind() == MessageType::SETUP {
            if by_caller {
                self.on_setup(now, key, caller, message);
            } else {
                self.counters.strays += 1;
            }
            return;
        }
        let state = state_after(message, by_caller);
        if !self.calls.contains_key(&key) && !self.begin_half_known(now, key, caller, message, state) {
            return;
        }
        let Some(call) = self.calls.get_mut(&key) else { return };
        (call.messages, call.heard) = (call.messages + 1, now);
        if call.state == TapState::Ended {
            call.forget_at = now + forgotten_after(message.kind());
            return;
        }
        if by_caller && message.kind() == MessageType::INFORMATION && call.state < TapState::Answered {
            call.add_digits(message);
        }
        let moved = call.settle_channel(message, by_caller);
        let (settled, channel) = (call.settled || call.setup.is_none(), call.channel);
        if let Some(channel) = channel.filter(|_| settled) {
            self.free_channel(now, key, channel);
        }
        if state == Some(TapState::Ended) {
            self.end(now, key, TapEnd::Cleared(from), Some(message));
        } else {
            self.advance(now, key, state, moved);
        }
    }

    /// The state that a message shows, or a channel, is news.
    fn advance(&mut self, now: FrameTime, key: Key, state: Option<TapState>, moved: bool) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let further = state.filter(|state| *state > call.state);
        call.state = further.unwrap_or(call.state);
        if further == Some(TapState::Answered) {
            call.answered = Some(now);
        }
        if further.is_some() || moved {
            self.events.push_back(TapEvent::Call(call.clone()));
        }
    }

    fn on_setup(&mut self, now: FrameTime, key: Key, caller: Side, setup: &Message<'_>) {
        if let Some(call) = self.calls.get_mut(&key) {
            let same = call.setup.as_deref() == Some(setup.octets());
            if same && call.state == TapState::SetUp && !call.settled {
                (call.messages, call.heard) = (call.messages + 1, now);
                self.counters.repeated_setups += 1;
                return;
            }
            self.end(now, key, TapEnd::Lost, None);
            self.calls.remove(&key);
        }
        if !self.begin(now, key, caller) {
            return;
        }
        self.counters.calls += 1;
        if let Some(call) = self.calls.get_mut(&key) {
            call.take_setup(setup);
            call.messages = 1;
            self.events.push_back(TapEvent::Call(call.clone()));
        }
    }

    /// A message of a call that was not known: whether it begins one.
    fn begin_half_known(
        &mut self,
        now: FrameTime,
        key: Key,
        caller: Side,
        message: &Message<'_>,
        state: Option<TapState>,
    ) -> bool {
        let ends = state == Some(TapState::Ended);
        let enquires = [MessageType::STATUS, MessageType::STATUS_ENQUIRY].contains(&message.kind());
        if ends || enquires || message.kind().national {
            self.counters.strays += 1;
            return false;
        }
        if !self.begin(now, key, caller) {
            return false;
        }
        self.counters.half_known += 1;
        // Told as it is, where the message says no more of it.
        if state.is_none()
            && let Some(call) = self.calls.get_mut(&key)
        {
            call.settle_channel(message, true);
            self.events.push_back(TapEvent::Call(call.clone()));
        }
        true
    }

    /// Makes a call, in place of another if there are too many; false if nobody fetches the events.
    fn begin(&mut self, now: FrameTime, key: Key, caller: Side) -> bool {
        if self.events.len() >= MOST_EVENTS {
            self.counters.passed_over += 1;
            return false;
        }
        if self.calls.len() >= self.most_calls {
            let least = self.calls.iter().min_by_key(|(_, call)| (worth(call), call.heard));
            if let Some(least) = least.map(|(key, _)| *key) {
                self.end(now, least, TapEnd::Lost, None);
                self.calls.remove(&least);
            }
        }
        self.calls.insert(key, TappedCall::new(self.next_number, caller, now));
        self.next_number += 1;
        true
    }

    /// A channel is this call's: any other call on it is over.
    fn free_channel(&mut self, now: FrameTime, of: Key, channel: SignalledChannel) {
        let holds =
            |call: &TappedCall| call.channel == Some(channel) && (call.settled || call.setup.is_none());
        let others = self.calls.iter().filter(|(key, call)| **key != of && holds(call));
        let others: Vec<Key> = others.map(|(key, _)| *key).collect();
        others.into_iter().for_each(|key| self.end(now, key, TapEnd::Lost, None));
    }

    /// Q.931 §5.5: what an end restarts is free.
    fn on_restart(&mut self, now: FrameTime, from: Side, message: &Message<'_>) {
        let channels = match message.find::<RestartIndicator>().map(|indicator| indicator.0) {
            Some(RestartClass::Channels) | None => match message.find::<ChannelIdentification>() {
                Some(ChannelIdentification {
                    selection: Selection::Channels(set), interface: None, ..
                }) => set.members,
                _ => 0,
            },
            Some(_) => u128::MAX,
        };
        let is_meant =
            |channel: SignalledChannel| channels.checked_shr(channel.0.into()).unwrap_or(0) & 1 == 1;
        let all = channels == u128::MAX;
        self.end_those(now, TapEnd::Restarted(from), |call| call.channel.map_or(all, is_meant));
    }

    fn end_those(&mut self, now: FrameTime, how: TapEnd, which: impl Fn(&TappedCall) -> bool) {
        let ended = self.calls.iter().filter(|(_, call)| call.state != TapState::Ended && which(call));
        let ended: Vec<Key> = ended.map(|(key, _)| *key).collect();
        ended.into_iter().for_each(|key| self.end(now, key, how, None));
    }

    fn end(&mut self, now: FrameTime, key: Key, how: TapEnd, message: Option<&Message<'_>>) {
        let Some(call) = self.calls.get_mut(&key).filter(|call| call.state != TapState::Ended) else {
            return;
        };
        call.state = TapState::Ended;
        call.ended = Some((now, how));
        call.cause = message.and_then(|message| message.find::<CauseInfo<'_>>()).map(|info| info.cause());
        call.forget_at = now + message.map_or(LONGEST_CLEARING, |message| forgotten_after(message.kind()));
        self.counters.lost += u64::from(how == TapEnd::Lost);
        self.events.push_back(TapEvent::Call(call.clone()));
    }
}

/// The state that a message shows, by who sent it.
fn state_after(message: &Message<'_>, by_caller: bool) -> Option<TapState> {
    match message.kind() {
        MessageType::SETUP_ACKNOWLEDGE if !by_caller => Some(TapState::SetUp),
        MessageType::CALL_PROCEEDING if !by_caller => Some(TapState::Proceeding),
        MessageType::ALERTING if !by_caller => Some(TapState::Alerting),
        MessageType::CONNECT if !by_caller => Some(TapState::Answered),
        MessageType::CONNECT_ACKNOWLEDGE => Some(TapState::Answered),
        MessageType::DISCONNECT | MessageType::RELEASE | MessageType::RELEASE_COMPLETE => {
            Some(TapState::Ended)
        }
        // Q.931 §5.8.11: the other end releases.
        MessageType::STATUS if message.find::<CallStateInfo>().is_some_and(|state| state.value == 0) => {
            Some(TapState::Ended)
        }
        _ => None,
    }
}

/// Which calls are kept where there are too many: whoever talks says nothing more in the D channel.
const fn worth(call: &TappedCall) -> u8 {
    match call.state {
        TapState::Ended => 0,
        TapState::Answered => 4,
        _ if call.setup.is_none() => 2,
        _ if !call.settled => 1,
        _ => 3,
    }
}

/// When nothing has been heard of a call for too long, or of the end of one.
fn deadline(call: &TappedCall) -> FrameTime {
    match call.state {
        TapState::Ended => call.forget_at,
        TapState::SetUp | TapState::Proceeding | TapState::Alerting => call.heard + LONGEST_SET_UP,
        TapState::Unknown | TapState::Answered => call.heard + LONGEST_CALL,
    }
}

/// How long something may still come of a call that is over.
fn forgotten_after(kind: MessageType) -> Frames {
    if kind == MessageType::RELEASE_COMPLETE { CROSSING } else { LONGEST_CLEARING }
}

/// With more events waiting no call begins. Of those that have begun each has a few more at most.
const MOST_EVENTS: usize = 1024;
/// Alerting is over after T301, 3 minutes or more.
const LONGEST_SET_UP: Frames = Frames::from_seconds(600);
/// Whoever is on the telephone for longer is told of as two.
const LONGEST_CALL: Frames = Frames::from_seconds(86_400);
/// T305 and T308, twice.
const LONGEST_CLEARING: Frames = Frames::from_seconds(60);
/// What was on its way when a call ended has come by then.
const CROSSING: Frames = Frames::from_seconds(4);
