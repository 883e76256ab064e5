//! A channel: one traffic slot of a span, with its circuit, its call and what it hears and says.
use crate::control::Control;
use crate::control::bridge::Seat;
use crate::control::keep::Keep;
use crate::event::CallId;
use crate::information::ChannelService;
use crate::streams::StreamSide;
use std::collections::VecDeque;
use tandem_cas::{Circuit, EmProfile};
use tandem_dsp::activity::ActivityOptions;
use tandem_dsp::blanking::Latency;
use tandem_switch::link::{Change, Detectors, EchoSetup, PlayerId, Shape, SlotId, Source, TestId, TestTone};
use tandem_types::{Abcd, Bearer, Digit, FrameTime, Handle, Law};

/// Digits kept for an operation that has not begun yet.
const TYPE_AHEAD: usize = 64;

/// How calls are signalled on a channel.
pub(crate) enum Trunk {
    /// They are not: it is the host's.
    None,
    /// By its own bits.
    Em(Box<Circuit>),
    /// By messages in the D channel of its span.
    Isdn,
}

impl Trunk {
    pub(crate) fn em(profile: EmProfile, now: FrameTime) -> Self {
        Self::Em(Box::new(Circuit::new(profile, now)))
    }
}

pub(crate) struct Channel {
    pub(crate) handle: Handle,
    /// Its span has it still.
    pub(crate) in_use: bool,
    /// A host has it as one of a pair.
    pub(crate) paired: bool,
    /// It is blocked because its span is to change, and not by the host.
    pub(crate) drained: bool,
    /// When the signalling bits that the host has given are sent, each in its turn.
    pub(crate) bits_sent: VecDeque<FrameTime>,
    pub(crate) slot: SlotId,
    /// Of a line that is listened to: the slot that hears the other direction, and the call that both hear.
    pub(crate) other_way: Option<SlotId>,
    pub(crate) tapped: Option<CallId>,
    /// That of its span.
    pub(crate) law: Law,
    /// That of its call, as media was told.
    pub(crate) coded: Law,
    pub(crate) trunk: Trunk,
    pub(crate) call: Option<CallId>,
    /// Digits pressed and not yet collected.
    pub(crate) typed: Vec<Digit>,
    /// When the last digit was certain.
    pub(crate) pressed: Option<FrameTime>,
    /// What plays to the far end now.
    pub(crate) player: Option<PlayerId>,
    pub(crate) play: Option<Handle>,
    pub(crate) collect: Option<Handle>,
    pub(crate) records: Vec<Handle>,
    /// What is said of its call is kept for recordings to come.
    pub(crate) keep: Option<Keep>,
    /// Its place in a bridge.
    pub(crate) seat: Option<Seat>,
    /// The slot that the far end hears when nothing plays and the channel is in no bridge.
    pub(crate) hears: Option<SlotId>,
    /// Which side of it.
    pub(crate) side: StreamSide,
    /// The bearer of that connection.
    pub(crate) bearer: Bearer,
    /// The circuit wants the digits of the called number.
    pub(crate) dialling: bool,
    /// What listens on its slot, as media was told.
    pub(crate) detecting: Detectors,
    /// What the host is told of.
    pub(crate) listening: Detectors,
    /// Its signalling bits: as received, where any have been, and as last sent by the host.
    pub(crate) bits: Option<Abcd>,
    pub(crate) sent_bits: Option<Abcd>,
    /// The call on it is analysed.
    pub(crate) analysed: bool,
    /// Somebody talks there, as far as that is detected.
    pub(crate) talking: bool,
    /// What counts as a voice, as media was told.
    pub(crate) attention: ActivityOptions,
    /// Nobody is to hear its digits, at the price of so much delay.
    pub(crate) hidden_digits: Option<Latency>,
    /// How its echo is to be cancelled, and how media was told to.
    pub(crate) echo: Option<EchoSetup>,
    pub(crate) cancelling: Option<EchoSetup>,
    /// Whether what it does not receive is to be concealed, and whether media was told to.
    pub(crate) conceal: bool,
    pub(crate) concealing: bool,
    /// How its levels are to be shaped, and how media was told to.
    pub(crate) shape: Option<Shape>,
    pub(crate) shaped: Option<Shape>,
    /// The tone that the far end hears when nothing else is sent to it.
    pub(crate) tone: Option<TestTone>,
    /// A line test has its slot.
    pub(crate) tested: Option<TestId>,
    /// Calls that it has had, of either end.
    pub(crate) calls_had: u64,
    /// The host has blocked it.
    pub(crate) blocked: bool,
    /// The far end has, by its line signals.
    pub(crate) far_blocked: bool,
    /// What the host was last told.
    pub(crate) told_service: ChannelService,
}

impl Channel {
    pub(crate) fn new(handle: Handle, slot: SlotId, law: Law, trunk: Trunk) -> Self {
        Self {
            handle,
            in_use: true,
            paired: false,
            drained: false,
            bits_sent: VecDeque::new(),
            slot,
            other_way: None,
            tapped: None,
            law,
            coded: law,
            trunk,
            call: None,
            typed: Vec::new(),
            pressed: None,
            player: None,
            play: None,
            collect: None,
            records: Vec::new(),
            keep: None,
            seat: None,
            hears: None,
            side: StreamSide::Received,
            bearer: Bearer::Speech,
            dialling: false,
            detecting: Detectors::NONE,
            listening: Detectors::NONE,
            bits: None,
            sent_bits: None,
            analysed: false,
            talking: false,
            attention: ActivityOptions::default(),
            hidden_digits: None,
            echo: None,
            cancelling: None,
            conceal: false,
            concealing: false,
            shape: None,
            shaped: None,
            tone: None,
            tested: None,
            calls_had: 0,
            blocked: false,
            far_blocked: false,
            told_service: ChannelService::InService,
        }
    }

    /// The line signalling, if calls are signalled by bits.
    pub(crate) fn circuit(&mut self) -> Option<&mut Circuit> {
        match &mut self.trunk {
            Trunk::Em(circuit) => Some(circuit),
            Trunk::Isdn | Trunk::None => None,
        }
    }

    /// When its circuit is to be looked at.
    pub(crate) fn poll_timeout(&self) -> Option<FrameTime> {
        match &self.trunk {
            Trunk::Em(circuit) => circuit.poll_timeout(),
            Trunk::Isdn | Trunk::None => None,
        }
    }

    /// Whether there are calls on it.
    pub(crate) const fn is_trunk(&self) -> bool {
        !matches!(self.trunk, Trunk::None)
    }

    /// Whether the host is told of digits: on a trunk always, on a channel without calls while an operation, hiding or a
    /// host that listens wants them.
    pub(crate) const fn wants_digits(&self) -> bool {
        self.is_trunk()
            || self.play.is_some()
            || self.collect.is_some()
            || self.hidden_digits.is_some()
            || self.listening.contains(Detectors::DIGITS)
    }

    /// The call that is heard there: one of ours, or one of others that is listened to.
    pub(crate) fn call_heard(&self) -> CallId {
        self.call.or(self.tapped).unwrap_or(CallId::NONE)
    }

    /// Whether an operation, a bridge or a connection has the channel.
    pub(crate) const fn is_operated(&self) -> bool {
        self.player.is_some()
            || self.play.is_some()
            || self.collect.is_some()
            || self.seat.is_some()
            || self.hears.is_some()
            || !self.records.is_empty()
    }

    /// Keeps a digit for later; `false` when the oldest one had to give way.
    pub(crate) fn type_ahead(&mut self, digit: Digit) -> bool {
        let full = self.typed.len() >= TYPE_AHEAD;
        if full {
            self.typed.remove(0);
        }
        self.typed.push(digit);
        !full
    }
}

impl Control {
    /// Brings what a channel hears and whether its digits are detected in line with its state.
    pub(super) fn update_routes(&mut self, index: usize) {
        let changes = self.route_changes(index);
        self.link.apply(changes);
        self.update_stages(index);
    }

    /// Puts the stages of a leg in and out, as what it hears and says now needs them.
    pub(super) fn update_stages(&mut self, index: usize) {
        self.update_concealment(index);
        self.update_echo(index);
        self.update_shape(index);
    }

    /// Nobody hears the slot of a channel any more whose call is over: the next call on it is another's.
    pub(super) fn disconnect_listeners(&mut self, index: usize) {
        let slot = self.channels[index].slot;
        for listener in 0..self.channels.len() {
            if self.channels[listener].hears == Some(slot) {
                self.channels[listener].hears = None;
                self.update_routes(listener);
            }
        }
    }

    /// The law by which the octets of a channel are coded: its call's, or its span's. Data are left as they are, those of a
    /// connection for data in either direction too.
    fn law_of_call(&self, index: usize) -> Law {
        let channel = &self.channels[index];
        let call = channel.call.and_then(|id| self.calls.get(&id));
        let Some(law) = call.filter(|call| !call.bearer.is_data()).and_then(|call| call.law) else {
            return channel.law;
        };
        let is_data = |listener: &Channel| listener.bearer.is_data() && listener.hears.is_some();
        let is_heard_as_data = |listener: &Channel| is_data(listener) && listener.hears == Some(channel.slot);
        let as_data = law != channel.law && (is_data(channel) || self.channels.iter().any(is_heard_as_data));
        if as_data { channel.law } else { law }
    }

    /// Tells media the law of a call that has just come to its channel.
    pub(super) fn update_law(&mut self, index: usize) {
        if self.law_of_call(index) != self.channels[index].coded {
            self.update_routes(index);
        }
    }

    pub(super) fn route_changes(&mut self, index: usize) -> Vec<Change> {
        let bridge = self.bridge_heard(index);
        let waits_for = self.waits_for(index);
        let law = self.law_of_call(index);
        let channel = &mut self.channels[index];
        let source = match (channel.player, bridge) {
            (Some(player), _) => Source::Player(player),
            (None, Some(bridge)) => Source::Bridge(bridge),
            (None, None) => match (channel.tone, channel.hears) {
                (Some(tone), _) => Source::Tone(tone),
                (None, Some(slot)) => match channel.side {
                    StreamSide::Received => Source::Slot(slot),
                    StreamSide::Sent => Source::Sent { slot, with_received: false },
                    StreamSide::Both => Source::Sent { slot, with_received: true },
                },
                (None, None) => Source::Idle,
            },
        };
        let source = channel.tested.map_or(source, Source::Test);
        // Whatever is asked for: nothing is sent on a tap.
        let source = if channel.other_way.is_some() { Source::Idle } else { source };
        let mut changes = vec![Change::Listen { sink: channel.slot, source, bearer: channel.bearer }];
        if law != channel.coded {
            channel.coded = law;
            changes.push(Change::Code { slot: channel.slot, law });
        }
        // Digits are detected always: the first of a called number may come before control has looked at the seizure, a key be
        // held from one operation into the next, and whoever is recorded come to hear the channel.
        let tones = if channel.analysed { Detectors::TONES } else { Detectors::NONE };
        let detectors = channel.listening.with(Detectors::DIGITS).with(waits_for).with(tones);
        if detectors != channel.detecting {
            channel.detecting = detectors;
            // The end of a voice that nobody waits for is not told.
            channel.talking &= detectors.contains(Detectors::VOICE);
            changes.push(Change::Detect { slot: channel.slot, detectors });
        }
        changes
    }
}
