//! Any row of messages, commands, link changes and waits: no panic, one `Released` a call and that its last,
//! channels and calls that agree, and nothing left in the end.
mod q931_support;

use std::collections::BTreeSet;

use q931_support::rng::Rng;
use q931_support::{LINK, cause, e1, none, number, speech};
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::element::*;
use tandem_isdn::q931::*;
use tandem_types::{FrameTime, Frames};

const KINDS: [u8; 37] = [
    0x01, 0x02, 0x03, 0x05, 0x05, 0x05, 0x07, 0x07, 0x0d, 0x0f, 0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x30,
    0x31, 0x33, 0x37, 0x45, 0x45, 0x46, 0x4d, 0x4e, 0x5a, 0x60, 0x62, 0x64, 0x6e, 0x75, 0x79, 0x7b, 0x7b,
    0x7d, 0x7d, 0x11,
];

/// An interface with the books of its calls.
struct Audited {
    interface: Interface,
    now: FrameTime,
    open: BTreeSet<CallId>,
    ended: BTreeSet<CallId>,
}

impl Audited {
    fn new(config: InterfaceConfig) -> Self {
        let interface = Interface::new(config).expect("sound");
        let mut audited =
            Self { interface, now: FrameTime(8_000), open: BTreeSet::new(), ended: BTreeSet::new() };
        audited.establish();
        audited
    }

    fn establish(&mut self) {
        while let Some((link, LinkRequest::Establish)) = self.interface.poll_link_request() {
            self.interface.handle_link(self.now, link, LinkChange::Established);
        }
    }

    fn fetch(&mut self) {
        while let Some(event) = self.interface.poll_event() {
            let Event::Call(event) = event else { continue };
            match event.news {
                CallNews::Incoming { .. } => assert!(self.open.insert(event.call), "a new number"),
                CallNews::Released { .. } => {
                    assert!(self.open.remove(&event.call), "released once, after it began");
                    assert!(self.ended.insert(event.call));
                }
                _ => assert!(self.open.contains(&event.call), "no news after the end: {event:?}"),
            }
        }
    }

    /// Each channel's call knows its channel, and no two calls have one.
    fn check(&self) {
        assert_eq!(self.interface.call_count(), self.open.len());
        let counters = self.interface.counters();
        assert_eq!(
            counters.calls_made + counters.calls_taken,
            counters.released.total() + self.open.len() as u64
        );
        assert_eq!(counters.released.total(), self.ended.len() as u64);
        for call in &self.open {
            assert!(self.interface.call_state(*call).is_some());
            if let Some(channel) = self.interface.call_channel(*call) {
                assert_eq!(self.interface.channel_call(channel), Some(*call));
            }
        }
        for number in 0..32 {
            if let Some(call) = self.interface.channel_call(BChannel::new(0, number)) {
                assert_eq!(self.interface.call_channel(call), Some(BChannel::new(0, number)));
            }
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now += Frames::from_ms(ms);
        self.interface.handle_timeout(self.now);
        let next = self.interface.poll_timeout();
        assert!(next.is_none_or(|at| at > self.now), "what was due is done");
    }

    fn some_call(&self, rng: &mut Rng) -> CallId {
        let at = rng.below(self.open.len().max(1) as u64) as usize;
        self.open.iter().nth(at).copied().unwrap_or(CallId(rng.word()))
    }

    fn command(&mut self, rng: &mut Rng) {
        let call = self.some_call(rng);
        let (now, interface) = (self.now, &mut self.interface);
        let channel = BChannel::new(0, rng.bits(5));
        let wish = match rng.below(4) {
            0 => ChannelWish::Exclusive(channel),
            1 => ChannelWish::Preferred(channel),
            2 => ChannelWish::NoChannel,
            _ => ChannelWish::Any,
        };
        let request = SetupRequest {
            channel: wish,
            complete: rng.flip(),
            ..SetupRequest::new(speech(), number(b"12"))
        };
        let state = [InterfaceState::InService, InterfaceState::Maintenance, InterfaceState::OutOfService];
        match rng.below(24) {
            0..=3 => drop(interface.setup(now, &request).map(|call| self.open.insert(call))),
            4 => drop(interface.more_digits(now, call, b"123", rng.flip())),
            5 => drop(interface.setup_acknowledge(now, call, &none())),
            6 => drop(interface.proceeding(now, call, &none())),
            7 => drop(interface.alerting(now, call, &none())),
            8 => drop(interface.connect(now, call, &none())),
            9 => drop(interface.connect_acknowledge(now, call, &none())),
            10 => drop(interface.disconnect(now, call, cause(16), &none())),
            11 => drop(interface.release(now, call, cause(16), &none())),
            12 => drop(interface.reject(now, call, cause(21), &none())),
            13 => drop(interface.hold(now, call, &none())),
            14 => drop(interface.hold_acknowledge(now, call)),
            15 => drop(interface.retrieve(now, call, &none())),
            16 => drop(interface.retrieve_acknowledge(now, call)),
            17 => drop(interface.hold_reject(now, call, cause(29))),
            18 => drop(interface.status_enquiry(now, call)),
            19 => drop(interface.restart(now, RestartScope::Channel(channel))),
            20 if rng.once_in(4) => drop(interface.restart(now, RestartScope::Interface)),
            21 => drop(interface.service(now, channel, state[rng.below(3) as usize])),
            22 => drop(interface.congestion(now, call, rng.flip())),
            _ => drop(interface.progress(now, call, &none())),
        }
    }

    fn link(&mut self, rng: &mut Rng) {
        let changes =
            [LinkChange::Established, LinkChange::ReEstablished, LinkChange::Renewed, LinkChange::Released];
        self.interface.handle_link(self.now, LINK, changes[rng.below(4) as usize]);
    }

    /// A message of the far end: its parts are ordinary ones, in any company.
    fn message(&mut self, rng: &mut Rng) {
        let mut octets = vec![[0x08, 0x08, 0x08, 0x08, 0x43, 0x03][rng.below(6) as usize], 2];
        octets.push(if rng.flip() { 0x80 } else { 0x00 });
        octets.push(rng.below(6) as u8);
        octets.push(KINDS[rng.below(KINDS.len() as u64) as usize]);
        for _ in 0..rng.below(5) {
            octets.extend(element(rng));
        }
        if rng.once_in(8) {
            octets.truncate(rng.below(octets.len() as u64) as usize);
        }
        self.interface.handle_message(self.now, LINK, &octets);
    }

    fn settle(&mut self) {
        let now = self.now;
        self.interface.handle_link(now, LINK, LinkChange::Released);
        for number in 0..32 {
            let _ = self.interface.unblock(now, BChannel::new(0, number));
        }
        self.pass(200_000);
        self.fetch();
        assert_eq!(self.interface.call_count(), 0);
        assert!(self.open.is_empty());
        self.check();
    }
}

fn element(rng: &mut Rng) -> Vec<u8> {
    let channel = 0x80 | rng.bits(5);
    match rng.below(14) {
        0 | 1 => vec![0x04, 3, 0x80, 0x90, 0xa3],
        2 | 3 => vec![0x18, 3, if rng.flip() { 0xa9 } else { 0xa1 }, 0x83, channel],
        4 => vec![0x18, 1, 0xa3],
        5 => vec![0x08, 2, 0x80, 0x80 | rng.bits(7)],
        6 => vec![0x14, 1, rng.bits(5)],
        7 => vec![0x1e, 2, 0x82, 0x80 | rng.bits(4)],
        8 => vec![0x70, 3, 0x81, b'1', b'2'],
        9 => vec![0x79, 1, 0x80 | rng.bits(3)],
        10 => vec![0x01, 1, 0xc0 | rng.bits(2)],
        11 => vec![0xa1],
        12 => vec![0x27, 1, 0xf9],
        _ => {
            let content = rng.octets(6);
            [vec![rng.octet(), content.len() as u8], content].concat()
        }
    }
}

fn config(rng: &mut Rng) -> InterfaceConfig {
    let profile = Profile::ALL[rng.below(7) as usize];
    let side = if rng.flip() { Side::User } else { Side::Network };
    InterfaceConfig {
        profile,
        max_calls: 12,
        max_events: if rng.once_in(4) { 12 } else { 500 },
        releases_at_once: rng.flip(),
        acknowledges_at_once: rng.flip(),
        ..e1(side)
    }
}

#[test]
fn any_row_of_stimuli_keeps_the_books_in_order() {
    for seed in 0..1_500 {
        let mut rng = Rng::new(seed);
        let mut audited = Audited::new(config(&mut rng));
        for _ in 0..300 {
            match rng.below(20) {
                0..=8 => audited.message(&mut rng),
                9..=15 => audited.command(&mut rng),
                16 if rng.once_in(5) => audited.link(&mut rng),
                16 => audited.establish(),
                17 => audited.pass(rng.below(40_000)),
                18 => while audited.interface.poll_message().is_some() {},
                _ => {
                    audited.fetch();
                    audited.check();
                }
            }
        }
        audited.settle();
    }
}

/// Two interfaces whose messages are now and then lost, and whose owners do anything.
#[test]
fn two_ends_that_lose_messages_agree_again_when_the_storm_is_over() {
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let profile = Profile::ALL[rng.below(7) as usize];
        let mut ends =
            [Side::User, Side::Network].map(|side| Audited::new(InterfaceConfig { profile, ..e1(side) }));
        for _ in 0..400 {
            let end = rng.below(2) as usize;
            match rng.below(8) {
                0..=4 => ends[end].command(&mut rng),
                5 => wait(&mut ends, rng.below(5_000)),
                _ => {}
            }
            exchange(&mut ends, &mut rng, 50);
        }
        calm(&mut ends, &mut rng);
    }
}

fn wait(ends: &mut [Audited; 2], ms: u64) {
    ends.iter_mut().for_each(|end| end.pass(ms));
}

/// Carries messages; one in `lost` is lost, none when it is 0.
fn exchange(ends: &mut [Audited; 2], rng: &mut Rng, lost: u64) {
    loop {
        let mut carried = false;
        for from in 0..2 {
            while let Some((link, octets)) = ends[from].interface.poll_message() {
                let octets = octets.to_vec();
                carried = true;
                if lost == 0 || !rng.once_in(lost) {
                    let to = &mut ends[1 - from];
                    to.interface.handle_message(to.now, link, &octets);
                }
            }
        }
        if !carried {
            break;
        }
    }
    for end in ends {
        end.fetch();
        end.check();
    }
}

/// Every call is cleared and every channel brought back; both ends' lists are then equal and empty.
fn calm(ends: &mut [Audited; 2], rng: &mut Rng) {
    for _ in 0..40 {
        for end in ends.iter_mut() {
            for call in end.open.clone() {
                let _ = end.interface.disconnect(end.now, call, cause(16), &none());
                let _ = end.interface.release(end.now, call, cause(16), &none());
            }
        }
        exchange(ends, rng, 0);
        wait(ends, 20_000);
        exchange(ends, rng, 0);
    }
    for end in ends.iter_mut() {
        for number in 0..32 {
            let _ = end.interface.unblock(end.now, BChannel::new(0, number));
        }
    }
    exchange(ends, rng, 0);
    for end in ends.iter() {
        assert_eq!(end.interface.call_count(), 0);
        for number in (1..16).chain(17..32) {
            let service = end.interface.channel_service(BChannel::new(0, number));
            assert_eq!(service, Some(ChannelService::InService), "channel {number}");
        }
        assert_eq!(end.interface.poll_timeout(), None);
    }
}
