//! One interface with the test as its far end, or two back to back, on a virtual clock.
#![allow(dead_code)] // each test file uses its part

use std::collections::VecDeque;

use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::element::{BearerCapability, NumberKind, NumberingPlan, PartyNumber};
use tandem_isdn::q931::*;
use tandem_types::{Bearer, Cause, FrameTime, Frames, Law};

#[path = "rng.rs"]
pub(crate) mod rng;

pub(crate) const LINK: LinkId = LinkId(0);

pub(crate) fn cause(value: u8) -> Cause {
    Cause::new(value).expect("1 to 127")
}

pub(crate) fn speech() -> BearerCapability {
    BearerCapability::circuit(Bearer::Speech, Law::A)
}

pub(crate) fn number(digits: &[u8]) -> PartyNumber<'_> {
    PartyNumber { kind: NumberKind::NATIONAL, plan: NumberingPlan::E164, digits, ..PartyNumber::default() }
}

pub(crate) fn request(digits: &[u8]) -> SetupRequest<'_> {
    SetupRequest::new(speech(), number(digits))
}

pub(crate) fn e1(side: Side) -> InterfaceConfig {
    InterfaceConfig::e1(side, Profile::EURO_ISDN)
}

pub(crate) fn none() -> Extra<'static> {
    Extra::default()
}

/// Octets from text such as "08 02 00 01 05".
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let octets = text.split_whitespace().map(|octet| u8::from_str_radix(octet, 16));
    octets.collect::<Result<_, _>>().unwrap_or_else(|_| panic!("hexadecimal: {text}"))
}

/// An interface and its clock; the test speaks for the far end in raw octets.
pub(crate) struct One {
    pub(crate) interface: Interface,
    pub(crate) now: FrameTime,
}

impl One {
    pub(crate) fn new(config: InterfaceConfig) -> Self {
        let mut interface = Interface::new(config).expect("a sound configuration");
        let now = FrameTime(8_000);
        while let Some((link, LinkRequest::Establish)) = interface.poll_link_request() {
            interface.handle_link(now, link, LinkChange::Established);
        }
        let mut one = Self { interface, now };
        one.events();
        one
    }

    pub(crate) fn user() -> Self {
        Self::new(e1(Side::User))
    }

    pub(crate) fn network() -> Self {
        Self::new(e1(Side::Network))
    }

    /// A message from the far end.
    pub(crate) fn hear(&mut self, text: &str) -> &mut Self {
        self.interface.handle_message(self.now, LINK, &hex(text));
        self
    }

    /// What has been sent since the last look.
    pub(crate) fn sent(&mut self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while let Some((_, octets)) = self.interface.poll_message() {
            all.push(octets.to_vec());
        }
        all
    }

    /// The only message sent since the last look.
    pub(crate) fn said(&mut self) -> Vec<u8> {
        let mut all = self.sent();
        assert_eq!(all.len(), 1, "one message: {:?}", all.iter().map(|m| line(m)).collect::<Vec<_>>());
        all.remove(0)
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.interface.poll_event()).collect()
    }

    pub(crate) fn news(&mut self) -> Vec<CallNews> {
        self.events().into_iter().filter_map(call_news).collect()
    }

    /// The call of the first event that waits.
    pub(crate) fn call(&mut self) -> CallId {
        let events = self.events();
        events.iter().find_map(call_of).expect("an event of a call")
    }

    /// Time passes, and all that is due happens at its time.
    pub(crate) fn pass(&mut self, ms: u64) {
        let until = self.now + Frames::from_ms(ms);
        while let Some(at) = self.interface.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.interface.handle_timeout(self.now);
            assert!(self.interface.poll_timeout().is_none_or(|next| next > at), "what was due is done");
        }
        self.now = until;
        self.interface.handle_timeout(until);
    }
}

pub(crate) fn call_news(event: Event) -> Option<CallNews> {
    match event {
        Event::Call(event) => Some(event.news),
        _ => None,
    }
}

pub(crate) fn call_of(event: &Event) -> Option<CallId> {
    match event {
        Event::Call(event) => Some(event.call),
        _ => None,
    }
}

pub(crate) fn line(octets: &[u8]) -> String {
    Message::new_checked(octets).map_or_else(|error| format!("{error:?}"), |message| message.to_string())
}

pub(crate) fn kind(octets: &[u8]) -> u8 {
    Message::new_checked(octets).expect("a message").kind().value
}

/// The user's interface and the network's, with a wire that delivers at once, loses or holds back.
pub(crate) struct Pair {
    pub(crate) ends: [Interface; 2],
    pub(crate) now: FrameTime,
    pub(crate) events: [Vec<Event>; 2],
    /// Every message with the end that sent it.
    pub(crate) trace: Vec<(usize, Vec<u8>)>,
    /// What lies on the wire, while it is held.
    wire: VecDeque<(usize, LinkId, Vec<u8>)>,
    pub(crate) held: bool,
    /// Messages of these types are lost.
    pub(crate) lose: Vec<u8>,
}

pub(crate) const USER: usize = 0;
pub(crate) const NETWORK: usize = 1;

impl Pair {
    pub(crate) fn new(user: InterfaceConfig, network: InterfaceConfig) -> Self {
        let ends = [user, network].map(|config| Interface::new(config).expect("sound"));
        let mut pair = Self {
            ends,
            now: FrameTime(8_000),
            events: [Vec::new(), Vec::new()],
            trace: Vec::new(),
            wire: VecDeque::new(),
            held: false,
            lose: Vec::new(),
        };
        pair.establish();
        pair.run();
        pair.events = [Vec::new(), Vec::new()];
        pair.trace.clear();
        pair
    }

    pub(crate) fn profile(profile: Profile) -> Self {
        Self::new(InterfaceConfig::e1(Side::User, profile), InterfaceConfig::e1(Side::Network, profile))
    }

    pub(crate) fn euro() -> Self {
        Self::profile(Profile::EURO_ISDN)
    }

    /// Every link that is asked for comes up at both ends.
    pub(crate) fn establish(&mut self) {
        for end in &mut self.ends {
            while let Some((link, LinkRequest::Establish)) = end.poll_link_request() {
                end.handle_link(self.now, link, LinkChange::Established);
            }
        }
    }

    pub(crate) fn links(&mut self, link: LinkId, change: LinkChange) {
        self.ends.iter_mut().for_each(|end| end.handle_link(self.now, link, change));
        self.run();
    }

    /// Messages go to and fro until there are none.
    pub(crate) fn run(&mut self) {
        loop {
            for from in 0..2 {
                while let Some((link, octets)) = self.ends[from].poll_message() {
                    let octets = octets.to_vec();
                    self.trace.push((from, octets.clone()));
                    if !self.lose.contains(&kind(&octets)) {
                        self.wire.push_back((from, link, octets));
                    }
                }
            }
            if self.held {
                break;
            }
            let Some((from, link, octets)) = self.wire.pop_front() else { break };
            self.ends[1 - from].handle_message(self.now, link, &octets);
        }
        for end in 0..2 {
            while let Some(event) = self.ends[end].poll_event() {
                self.events[end].push(event);
            }
        }
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        let until = self.now + Frames::from_ms(ms);
        loop {
            self.run();
            let next = self.ends.iter().filter_map(Interface::poll_timeout).min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            self.now = self.now.max(at);
            self.ends.iter_mut().for_each(|end| end.handle_timeout(self.now));
        }
        self.now = until;
    }

    /// The news of calls at an end since the last look.
    pub(crate) fn news(&mut self, end: usize) -> Vec<CallNews> {
        self.events[end].drain(..).filter_map(call_news).collect()
    }

    /// The latest call of which an end has had news.
    pub(crate) fn call_at(&self, end: usize) -> CallId {
        self.events[end].iter().rev().find_map(call_of).expect("a call")
    }

    /// The types of the messages sent so far: "U 05", "N 02".
    pub(crate) fn types(&self) -> Vec<String> {
        let side = |end: usize| if end == USER { "U" } else { "N" };
        self.trace.iter().map(|(end, octets)| format!("{} {:02x}", side(*end), kind(octets))).collect()
    }

    pub(crate) fn setup(&mut self, end: usize, request: &SetupRequest<'_>) -> CallId {
        let call = self.ends[end].setup(self.now, request).expect("accepted");
        self.run();
        call
    }

    /// A call from one end that the other answers.
    pub(crate) fn answered(&mut self, from: usize) -> [CallId; 2] {
        let here = self.setup(from, &request(b"5551234"));
        let there = self.call_at(1 - from);
        self.ends[1 - from].connect(self.now, there, &none()).expect("accepted");
        self.run();
        self.events = [Vec::new(), Vec::new()];
        self.trace.clear();
        if from == USER { [here, there] } else { [there, here] }
    }

    /// Both ends have no call and every channel in service.
    pub(crate) fn assert_idle(&self) {
        for end in &self.ends {
            assert_eq!(end.call_count(), 0);
            for number in (1..16).chain(17..32) {
                let channel = BChannel::new(0, number);
                assert_eq!(end.channel_call(channel), None);
                if let Some(service) = end.channel_service(channel) {
                    assert_eq!(service, ChannelService::InService, "channel {number}");
                }
            }
        }
    }
}
