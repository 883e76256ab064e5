//! ISDN lines of others that are listened to: their calls are told, and never touched.
//!
//! A tapped call is no [`Call`](super::call::Call): it cannot be answered, cleared or counted as ours. It has a number of the same
//! row, so that recordings, events and files name it without mistaking it for another, and a life of its own here.
use super::trace::Trace;
use super::{Control, MOST_FINISHED};
use crate::EngineError;
use crate::config::SpanSection;
use crate::event::{CallId, EndReason, EventKind};
use crate::party::CallParties;
use crate::tapped::TapCallInfo;
use std::collections::{BTreeMap, VecDeque};
use tandem_card::{LineOrder, LoopObedience};
use tandem_isdn::Side;
use tandem_isdn::profile::ChannelNumbering;
use tandem_isdn::q931::Message;
use tandem_isdn::tap::{Tap, TapEvent, TapState, TappedCall};
use tandem_rt::LONGEST_FRAME;
use tandem_switch::HdlcChannel;
use tandem_switch::link::SlotId;
use tandem_types::{FrameTime, Handle, SignalledChannel, SpanIndex};

/// A line that is listened to.
pub(super) struct TappedLine {
    tap: Tap,
    /// What hears the network, and what hears the user.
    receivers: [Receiver; 2],
    /// The frames of both, as at the user: the network's are received.
    pub(super) trace: Trace,
    numbering: ChannelNumbering,
    display_codeset: u8,
    /// The calls that hosts were told of, by their numbers at the tap.
    calls: BTreeMap<u64, Followed>,
    /// The last call that a host was not told of because it was behind.
    untold: u64,
    warned: bool,
}

/// A call that a host was told of.
#[derive(Clone, Copy)]
struct Followed {
    id: CallId,
    channel: Option<SignalledChannel>,
    /// The channel is the call's own, and not only what its SETUP asks for.
    has_channel: bool,
}

/// One of its receivers.
struct Receiver {
    span: usize,
    side: Side,
    frames: HdlcChannel,
    /// The frame that was heard next.
    next: Option<(FrameTime, Vec<u8>)>,
}

/// Calls on lines that are listened to, and those that are over for as long as there is room.
#[derive(Default)]
pub(super) struct TappedCalls {
    known: BTreeMap<CallId, TapCallInfo>,
    /// In the order of their ends.
    over: VecDeque<CallId>,
}

impl Receiver {
    fn look(&mut self) -> Option<FrameTime> {
        if self.next.is_none() {
            let mut frame = [0; LONGEST_FRAME];
            self.next = self.frames.receive(&mut frame).map(|(at, length)| (at, frame[..length].to_vec()));
        }
        self.next.as_ref().map(|(at, _)| *at)
    }
}

impl TappedLine {
    /// Takes what both receivers have heard, in the order of time.
    fn listen(&mut self) {
        loop {
            let [network, user] = self.receivers.each_mut().map(Receiver::look);
            let which = match (network, user) {
                (None, None) => break,
                (Some(network), Some(user)) => usize::from(user < network),
                (network, _) => usize::from(network.is_none()),
            };
            let receiver = &mut self.receivers[which];
            let Some((at, frame)) = receiver.next.take() else { break };
            self.trace.note(at, receiver.side == Side::User, &frame);
            self.tap.handle_frame(at, receiver.side, &frame);
        }
        if !self.warned && self.receivers.iter().all(|it| self.tap.way(it.side).misdirected > 0) {
            self.warned = true;
            let [network, user] = self.receivers.each_ref().map(|receiver| receiver.span);
            log::error!(
                "spans {network} and {user} hear each other's ends: exchange tap.side, or their cables"
            );
        }
    }

    /// Whether its ends exchange messages.
    pub(super) const fn is_up(&self) -> bool {
        self.tap.is_up()
    }

    pub(super) fn poll_timeout(&self) -> Option<FrameTime> {
        self.tap.poll_timeout()
    }

    /// The call on a channel: the one that has it, and else the last that asks for it.
    fn call_on(&self, channel: SignalledChannel) -> Option<CallId> {
        let there = self.calls.values().filter(|call| call.channel == Some(channel));
        there.max_by_key(|call| (call.has_channel, call.id)).map(|call| call.id)
    }

    /// Whether a call was ever heard: its messages can be read.
    const fn has_calls(&self) -> bool {
        let counters = self.tap.counters();
        counters.calls > 0 || counters.half_known > 0
    }

    fn slot(&self, receiver: usize, channel: SignalledChannel) -> Option<SlotId> {
        let span = SpanIndex(self.receivers[receiver].span as u16);
        self.numbering.timeslot(channel).map(|slot| SlotId { span, slot })
    }
}

impl Control {
    /// The receivers of these spans.
    pub(super) fn make_taps(&mut self, spans: &[usize]) {
        for span in spans {
            if self.config.spans[*span].is_tap() {
                self.obey_nobody(*span);
            }
        }
        for [network, user] in self.config.tap_plans() {
            if !spans.contains(&network) {
                continue;
            }
            let frames = [network, user].map(|span| self.link.take_hdlc(SpanIndex(span as u16)));
            let [Some(from_network), Some(from_user)] = frames else { continue };
            let receiver = |span, side, frames| Receiver { span, side, frames, next: None };
            let section = &self.config.spans[network];
            let profile = section.profile();
            let most_calls = 2 * section.traffic().count_ones() as usize + 4;
            let line = TappedLine {
                tap: Tap::new(most_calls),
                receivers: [
                    receiver(network, Side::Network, from_network),
                    receiver(user, Side::User, from_user),
                ],
                trace: Trace::new(Side::User),
                numbering: profile.numbering,
                display_codeset: profile.display_codeset,
                calls: BTreeMap::new(),
                untold: 0,
                warned: false,
            };
            let free = self.taps.iter().position(Option::is_none).unwrap_or(self.taps.len());
            self.taps.resize_with(self.taps.len().max(free + 1), || None);
            self.taps[free] = Some(Box::new(line));
            for span in [network, user] {
                self.tap_of[span] = Some(free);
            }
        }
    }

    /// A T1 closes no loop that the line's own ends command, whether or not the other direction is heard.
    fn obey_nobody(&mut self, span: usize) {
        let order = LineOrder::ObeyLoops(LoopObedience::Nobody);
        if self.place_for(span, order).is_ok()
            && let Err(error) = self.give_order(span, order)
        {
            log::error!("span {span} obeys loop commands although it is a tap: {error}");
        }
    }

    /// The tap of a span goes, and that of the other direction with it.
    pub(super) fn take_tap_down(&mut self, span: usize) {
        let Some(tap) = self.tap_of[span].take() else { return };
        if let Some(mut line) = self.taps[tap].take() {
            line.tap.deafened(self.now);
            self.follow_tap(&mut line);
        }
    }

    pub(super) fn handle_taps(&mut self) {
        for tap in 0..self.taps.len() {
            let Some(mut line) = self.taps[tap].take() else { continue };
            line.listen();
            if line.tap.poll_timeout().is_some_and(|due| due <= self.now) {
                line.tap.handle_timeout(self.now);
            }
            self.follow_tap(&mut line);
            self.taps[tap] = Some(line);
        }
    }

    /// A receiver has failed or is out of use: what becomes of the calls is not heard.
    pub(super) fn update_tap(&mut self, span: usize) {
        let state = &self.spans[span];
        if !state.failure.is_declared() && !state.out_of_use.any() {
            return;
        }
        let Some(tap) = self.tap_of[span] else { return };
        if let Some(mut line) = self.taps[tap].take() {
            line.listen();
            line.tap.deafened(self.now);
            self.follow_tap(&mut line);
            self.taps[tap] = Some(line);
        }
    }

    /// The line that a span listens to, and what its receiver has counted.
    pub(super) fn tapped_line(&self, span: usize) -> Option<(&TappedLine, &HdlcChannel)> {
        let line = self.taps[(*self.tap_of.get(span)?)?].as_deref()?;
        let receiver = line.receivers.iter().find(|receiver| receiver.span == span)?;
        Some((line, &receiver.frames))
    }

    /// What is known of a call on a line that is listened to.
    pub(crate) fn tap_call_info(&self, call: CallId) -> Result<TapCallInfo, EngineError> {
        self.tapped.known.get(&call).cloned().map(|known| self.as_shown(known)).ok_or(EngineError::NoSuchCall)
    }

    /// Without numbers that hosts are not to see.
    fn as_shown(&self, info: TapCallInfo) -> TapCallInfo {
        if self.config.calls.show_withheld {
            return info;
        }
        TapCallInfo { parties: info.parties.without_withheld(), ..info }
    }

    /// The channel and the call on it, when what passes there may be taken: of a line whose calls are heard, only during a call.
    /// A host that is late would otherwise have the calls of others under the name of one that is over.
    pub(super) fn channel_to_take(&self, channel: Handle) -> Result<(usize, CallId), EngineError> {
        let (index, call) = self.open_channel(channel)?;
        let line = self.tapped_line(usize::from(self.channels[index].slot.span.0));
        if call == CallId::NONE && line.is_some_and(|(line, _)| line.has_calls()) {
            return Err(EngineError::WrongState("there is no call on the channel that is listened to"));
        }
        Ok((index, call))
    }

    /// Whether a channel can be sent on: one of a tap cannot.
    pub(super) fn check_may_send(&self, index: usize) -> Result<(), EngineError> {
        match self.channels[index].other_way {
            Some(_) => {
                Err(EngineError::Unsupported("nothing is ever sent on a line that is only listened to"))
            }
            None => Ok(()),
        }
    }

    /// The same of a whole span.
    pub(super) fn check_not_tap(&self, span: usize) -> Result<(), EngineError> {
        match self.config.spans.get(span).is_some_and(SpanSection::is_tap) {
            true => Err(EngineError::Unsupported("nothing is ever sent on a line that is only listened to")),
            false => Ok(()),
        }
    }

    /// The slot that hears the other direction, of a slot of a tap.
    pub(super) fn other_way(&self, slot: SlotId) -> Option<SlotId> {
        let section = &self.config.spans[usize::from(slot.span.0)];
        let other = section.tap.with.filter(|_| section.is_tap())?;
        Some(SlotId { span: SpanIndex(other as u16), ..slot })
    }

    fn follow_tap(&mut self, line: &mut TappedLine) {
        while let Some(event) = line.tap.poll_event() {
            match event {
                TapEvent::Call(call) => self.follow_tapped_call(line, &call),
                TapEvent::Link { up } => {
                    for receiver in &line.receivers {
                        let span = self.spans[receiver.span].handle;
                        self.events.tell(self.now, EventKind::LinkChanged { span, up });
                    }
                }
            }
        }
    }

    fn follow_tapped_call(&mut self, line: &mut TappedLine, call: &TappedCall) {
        let ended = call.state == TapState::Ended;
        let id = match line.calls.get(&call.number) {
            Some(known) => known.id,
            // A host that is behind is not told of more; what it does not know of does not end either.
            None if ended => return,
            None if self.events.is_behind(None) => {
                // The first news of calls come in the order of their numbers.
                self.totals.tapped_calls_untold += u64::from(call.number > line.untold);
                line.untold = line.untold.max(call.number);
                return;
            }
            None => {
                let id = CallId(self.next_call);
                self.next_call += 1;
                self.totals.tapped_calls += 1;
                id
            }
        };
        let followed = Followed { id, channel: call.channel, has_channel: call.has_channel() };
        let before = line.calls.insert(call.number, followed).and_then(|before| before.channel);
        let places = self.places_of(line, call.channel);
        let [from_network, from_user] = places.map(|index| index.map(|index| self.channels[index].handle));
        let info = TapCallInfo {
            call: id,
            state: call.state,
            caller: call.caller,
            whole: call.setup.is_some(),
            span: self.spans[line.receivers[0].span].handle,
            from_network,
            from_user,
            parties: parties_of(call, line.display_codeset),
            began: call.began,
            answered: call.answered,
            ended: call.ended,
            cause: call.cause,
        };
        let kind = EventKind::TapCall { info: Box::new(self.as_shown(info.clone())) };
        self.tapped.known.insert(id, info);
        if ended {
            line.calls.remove(&call.number);
            self.keep_tapped(id);
        }
        // A call that has another channel now has left the one before.
        if before.is_some() && (ended || before != call.channel) {
            let left = self.places_of(line, before);
            left.into_iter().flatten().for_each(|index| self.leave_tapped(index, id));
        }
        for channel in [before, call.channel].into_iter().flatten() {
            let there = line.call_on(channel);
            let places = self.places_of(line, Some(channel));
            for index in places.into_iter().flatten() {
                let channel = &mut self.channels[index];
                if std::mem::replace(&mut channel.tapped, there) != there {
                    // Nothing of whoever was heard before.
                    channel.typed.clear();
                }
            }
        }
        self.events.tell(self.now, kind);
    }

    /// Where both directions of a channel of a line are heard.
    fn places_of(&self, line: &TappedLine, channel: Option<SignalledChannel>) -> [Option<usize>; 2] {
        [0, 1].map(|receiver| self.index_of(line.slot(receiver, channel?)?))
    }

    /// What the host does with a call on a channel ends with the call; what it began before goes on.
    fn leave_tapped(&mut self, index: usize, id: CallId) {
        let running: Vec<Handle> = self.running(index).map(|(handle, _)| handle).collect();
        for handle in running {
            if self.operations.get(handle).is_ok_and(|operation| operation.call == id) {
                self.end_operation(index, handle, EndReason::Hangup);
            }
        }
        self.end_timers_of_tapped(index, id);
    }

    fn keep_tapped(&mut self, id: CallId) {
        self.tapped.over.push_back(id);
        if self.tapped.over.len() > MOST_FINISHED.min(self.config.engine.event_queue)
            && let Some(oldest) = self.tapped.over.pop_front()
        {
            self.tapped.known.remove(&oldest);
        }
    }
}

fn parties_of(call: &TappedCall, display_codeset: u8) -> CallParties {
    let setup = call.setup.as_deref().and_then(|setup| Message::new_checked(setup).ok());
    let mut parties =
        setup.map_or_else(CallParties::default, |setup| CallParties::of_setup(&setup, display_codeset));
    parties.called.number = String::from_utf8_lossy(&call.called).into_owned();
    parties
}
