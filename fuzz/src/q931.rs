//! Any messages, commands and waits to one interface of Q.931, or to two back to back.
use std::collections::BTreeSet;

use crate::Source;
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::element::{BearerCapability, InterfaceState, PartyNumber};
use tandem_isdn::q931::{
    BChannel, CallId, CallNews, ChannelWish, Event, Extra, Interface, InterfaceConfig, LinkChange, LinkId,
    Message, RestartScope, SetupRequest,
};
use tandem_types::{Bearer, Cause, FrameTime, Frames, Law};

const LINK: LinkId = LinkId(0);
/// Only in a group.
const BACKUP: LinkId = LinkId(1);

/// Nothing panics, each call ends in exactly one `Released` and says nothing after it, channels and calls
/// agree, and without a link nothing is left after T309.
pub fn q931(data: &[u8]) {
    let mut source = Source(data);
    let choice = source.octet();
    let mut ends = [Side::User, Side::Network].map(|side| Books::new(side, choice));
    let paired = choice & 0x80 != 0;
    while !source.is_empty() {
        let (what, value) = (source.octet(), source.octet());
        let end = usize::from(what >> 7);
        match what % 32 {
            0..=9 => ends[end].hear(&mut source, value),
            10 | 11 => ends[end].wait(u64::from(value) * 200),
            12 => ends[end].link(value),
            13 => ends[end].fetch(),
            14 | 15 => exchange(&mut ends, paired, value),
            command => ends[end].command(command, value),
        }
    }
    ends.into_iter().for_each(Books::settle);
}

/// Carries what waits from one end to the other, or drops it; one message may be lost.
fn exchange(ends: &mut [Books; 2], paired: bool, lost: u8) {
    for round in 0..16 {
        for from in 0..2 {
            while let Some((link, octets)) = ends[from].interface.poll_message() {
                assert!(Message::new_checked(octets).is_ok(), "what is sent can be read");
                let octets = octets.to_vec();
                if paired && round != lost {
                    let to = &mut ends[1 - from];
                    to.interface.handle_message(to.now, link, &octets);
                }
            }
        }
    }
}

/// An interface and the books of its calls.
struct Books {
    interface: Interface,
    now: FrameTime,
    open: BTreeSet<CallId>,
    ended: BTreeSet<CallId>,
}

impl Books {
    fn new(side: Side, choice: u8) -> Self {
        let profile = Profile::ALL[usize::from(choice & 7) % Profile::ALL.len()];
        let whole = match choice & 64 {
            0 => InterfaceConfig::e1(side, profile),
            _ => InterfaceConfig::t1_group(side, profile, &[0, 1], &[2]),
        };
        let config = InterfaceConfig {
            max_calls: 10,
            max_events: if choice & 8 == 0 { 400 } else { 12 },
            max_messages: 300,
            releases_at_once: choice & 16 == 0,
            acknowledges_at_once: choice & 32 == 0,
            ..whole
        };
        let mut interface = Interface::new(config).expect("sound");
        for link in [LINK, BACKUP] {
            interface.handle_link(FrameTime::ZERO, link, LinkChange::Established);
        }
        Self { interface, now: FrameTime::ZERO, open: BTreeSet::new(), ended: BTreeSet::new() }
    }

    /// A message of up to 255 octets; most begin like one of call control.
    fn hear(&mut self, source: &mut Source<'_>, value: u8) {
        let mut octets = Vec::new();
        if value & 0x80 == 0 {
            octets.extend([8, 2, source.octet() & 0x80, value & 7]);
        }
        let length = usize::from(source.octet()).min(source.0.len());
        let (content, rest) = source.0.split_at(length);
        octets.extend_from_slice(content);
        source.0 = rest;
        let link = if value & 0x40 == 0 { LINK } else { BACKUP };
        self.interface.handle_message(self.now, link, &octets);
    }

    fn wait(&mut self, ms: u64) {
        self.now += Frames::from_ms(ms);
        self.interface.handle_timeout(self.now);
        let due = self.interface.poll_timeout();
        assert!(due.is_none_or(|due| due > self.now), "what was due has been done");
    }

    fn link(&mut self, value: u8) {
        let change = match value & 3 {
            0 => LinkChange::Released,
            1 if value & 16 != 0 => LinkChange::Renewed,
            1 => LinkChange::ReEstablished,
            _ => LinkChange::Established,
        };
        let link = if value & 4 == 0 { LINK } else { BACKUP };
        self.interface.handle_link(self.now, link, change);
        let _ = self.interface.poll_link_request();
        // A message that has not been delivered.
        if value & 8 != 0
            && let Some((from, octets)) =
                self.interface.poll_message().map(|(link, octets)| (link, octets.to_vec()))
        {
            self.interface.take_back(self.now, from, &octets, value & 16 != 0);
        }
    }

    fn command(&mut self, command: u8, value: u8) {
        let call = self.open.iter().nth(usize::from(value & 15)).copied().unwrap_or(CallId(u64::from(value)));
        let (now, interface, extra) = (self.now, &mut self.interface, Extra::default());
        let channel = BChannel::new(0, value & 31);
        let state = match value >> 5 & 3 {
            0 => InterfaceState::InService,
            1 => InterfaceState::Maintenance,
            _ => InterfaceState::OutOfService,
        };
        match command {
            16 | 17 => self.setup(value),
            18 => drop(interface.more_digits(now, call, b"12", value & 64 != 0)),
            19 => drop(interface.setup_acknowledge(now, call, &extra)),
            20 => drop(interface.proceeding(now, call, &extra)),
            21 => drop(interface.alerting(now, call, &extra)),
            22 => drop(interface.connect(now, call, &extra)),
            23 => drop(interface.connect_acknowledge(now, call, &extra)),
            24 => drop(interface.disconnect(now, call, Cause::NORMAL_CLEARING, &extra)),
            25 => drop(interface.release(now, call, Cause::NORMAL_CLEARING, &extra)),
            26 => drop(interface.reject(now, call, Cause::CALL_REJECTED, &extra)),
            27 => drop(interface.hold(now, call, &extra)),
            28 => drop(interface.hold_acknowledge(now, call).or(interface.retrieve_acknowledge(now, call))),
            29 => drop(interface.retrieve(now, call, &extra).or(interface.status_enquiry(now, call))),
            30 if value == 255 => drop(interface.restart(now, RestartScope::Interface)),
            30 => drop(interface.restart(now, RestartScope::Channel(channel))),
            _ => drop(interface.service(now, channel, state)),
        }
    }

    fn setup(&mut self, value: u8) {
        let channel = BChannel::new(0, value & 31);
        let bearer = BearerCapability::circuit(Bearer::Speech, Law::A);
        let mut request = SetupRequest::new(bearer, PartyNumber::unknown(b"123"));
        request.complete = value & 32 == 0;
        request.channel = match value >> 6 {
            0 => ChannelWish::Any,
            1 => ChannelWish::Exclusive(channel),
            2 => ChannelWish::Preferred(channel),
            _ => ChannelWish::NoChannel,
        };
        if let Ok(call) = self.interface.setup(self.now, &request) {
            assert!(self.open.insert(call), "a new number");
        }
    }

    fn fetch(&mut self) {
        let mut fetched = 0;
        while let Some(event) = self.interface.poll_event() {
            fetched += 1;
            if let Event::Call(event) = event {
                self.book(event.call, event.news);
            }
        }
        assert!(fetched <= 400 + 10 + 70 * 2, "the queue is bounded");
        self.check();
    }

    fn book(&mut self, call: CallId, news: CallNews) {
        match news {
            CallNews::Incoming { .. } => assert!(self.open.insert(call), "a new number"),
            CallNews::Released { .. } => {
                assert!(self.open.remove(&call), "released once");
                assert!(self.ended.insert(call), "a number is not used again");
            }
            _ => assert!(self.open.contains(&call), "no news after the end"),
        }
    }

    fn check(&self) {
        assert_eq!(self.interface.call_count(), self.open.len());
        for call in &self.open {
            let channel = self.interface.call_channel(*call);
            assert!(channel.is_none_or(|channel| self.interface.channel_call(channel) == Some(*call)));
        }
        for channel in (0..32).map(|number| BChannel::new(0, number)) {
            let call = self.interface.channel_call(channel);
            assert!(call.is_none_or(|call| self.interface.call_channel(call) == Some(channel)));
        }
    }

    fn settle(mut self) {
        for link in [LINK, BACKUP] {
            self.interface.handle_link(self.now, link, LinkChange::Released);
        }
        for channel in (0..32).map(|number| BChannel::new(0, number)) {
            let _ = self.interface.unblock(self.now, channel);
        }
        self.wait(200_000);
        self.fetch();
        assert!(self.open.is_empty(), "{:?}", self.open);
    }
}
