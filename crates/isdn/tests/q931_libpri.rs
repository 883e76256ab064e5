//! Calls against libpri, which plays the other side, over a data link of ours, on a virtual clock.
#[path = "common/libpri.rs"]
mod libpri;
mod q931_support;

use std::collections::VecDeque;

use libpri::{Peer, Plays, Reaction};
use q931_support::rng::Rng;
use q931_support::{call_news, call_of, cause, line, none, number, request, speech};
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q921::{DataLink, Delivered, Establishment, LinkEvent, LinkParameters};
use tandem_isdn::q931::element::UserUser;
use tandem_isdn::q931::*;
use tandem_types::FrameTime;

use CallNews::*;

const LINK: LinkId = LinkId(0);

/// Switch types of `libpri.h` and our profile for each.
const SWITCHES: [(u8, Profile); 6] = [
    (1, Profile::NI2),
    (2, Profile::DMS100),
    (3, Profile::ESS5),
    (4, Profile::ESS4),
    (5, Profile::EURO_ISDN),
    (10, Profile::QSIG),
];

struct Joint {
    interface: Interface,
    link: DataLink,
    peer: Peer,
    now: FrameTime,
    to_us: VecDeque<Vec<u8>>,
    events: Vec<Event>,
    peer_events: Vec<String>,
    trace: Vec<String>,
    /// Messages of libpri.
    heard: Vec<Vec<u8>>,
    /// Of so many frames either way one is lost; none with 0.
    loss: u64,
    rng: Rng,
}

impl Joint {
    /// The two are connected and the link is up; `None` where there is no libpri.
    fn start(plays: Plays, switch: u8, profile: Profile, commands: &[&str]) -> Option<Self> {
        let side = if plays == Plays::Network { Side::User } else { Side::Network };
        let (peer, first) = Peer::start(plays, switch)?;
        let mut joint = Self {
            interface: Interface::new(InterfaceConfig::t1(side, profile)).expect("sound"),
            link: DataLink::new(LinkParameters::new(side)),
            peer,
            now: FrameTime(0),
            to_us: VecDeque::new(),
            events: Vec::new(),
            peer_events: Vec::new(),
            trace: Vec::new(),
            heard: Vec::new(),
            loss: 0,
            rng: Rng::new(1),
        };
        joint.note(first);
        for text in commands {
            joint.order(text);
        }
        joint.link.establish(joint.now);
        joint.pass(5_000);
        assert_eq!(joint.interface.active_link(), Some(LINK), "the link is up");
        joint.events.clear();
        joint.peer_events.clear();
        Some(joint)
    }

    fn note(&mut self, reaction: Reaction) {
        self.to_us.extend(reaction.frames);
        self.peer_events.extend(reaction.events);
    }

    fn order(&mut self, text: &str) {
        let reaction = self.peer.command(text);
        self.note(reaction);
        self.run();
    }

    /// Everything goes to and fro until there is nothing more to say.
    fn run(&mut self) {
        loop {
            self.serve_link();
            if let Some(frame) = self.link.poll_transmit(self.now) {
                let frame = frame.to_vec();
                if self.is_lost() {
                    continue;
                }
                let reaction = self.peer.handle_frame(&frame);
                self.note(reaction);
            } else if let Some(frame) = self.to_us.pop_front() {
                if self.is_lost() {
                    continue;
                }
                if let Some(Delivered::Data(data)) = self.link.handle_frame(self.now, &frame) {
                    self.trace.push(format!("libpri: {}", line(data)));
                    self.heard.push(data.to_vec());
                    self.interface.handle_message(self.now, LINK, data);
                }
            } else {
                break;
            }
        }
        self.events.extend(std::iter::from_fn(|| self.interface.poll_event()));
    }

    fn is_lost(&mut self) -> bool {
        self.loss > 0 && self.rng.once_in(self.loss)
    }

    fn serve_link(&mut self) {
        while let Some(event) = self.link.poll_event() {
            let change = match event {
                LinkEvent::Established(Establishment::Reset) => LinkChange::ReEstablished,
                LinkEvent::Established(_) => LinkChange::Established,
                LinkEvent::Released(_) => LinkChange::Released,
                _ => continue,
            };
            self.interface.handle_link(self.now, LINK, change);
        }
        while let Some((_, message)) = self.interface.poll_message() {
            self.trace.push(format!("tandem: {}", line(message)));
            let _ = self.link.send(self.now, message);
        }
    }

    fn pass(&mut self, ms: u64) {
        let until = FrameTime(self.now.0 + ms * 8);
        loop {
            self.run();
            let due = [self.interface.poll_timeout(), self.link.poll_timeout(), self.peer.poll_timeout()];
            let Some(at) = due.into_iter().flatten().min().filter(|at| *at <= until) else { break };
            self.now = self.now.max(at);
            let reaction = self.peer.handle_timeout(self.now);
            self.note(reaction);
            self.link.handle_timeout(self.now);
            self.interface.handle_timeout(self.now);
        }
        self.now = until;
        let reaction = self.peer.handle_timeout(until);
        self.note(reaction);
        self.run();
    }

    fn news(&mut self) -> Vec<CallNews> {
        self.events.drain(..).filter_map(call_news).collect()
    }

    fn call(&self) -> CallId {
        self.events.iter().rev().find_map(call_of).expect("a call")
    }

    /// The number of the peer's call in its latest event of a kind.
    fn peer_call(&self, kind: &str) -> u32 {
        let event = self.peer_events.iter().rev().find(|event| event.starts_with(kind));
        let event =
            event.unwrap_or_else(|| panic!("{kind}: {:?}\n{}", self.peer_events, self.trace.join("\n")));
        let field = event.split("call=").nth(1).expect("a call");
        field.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
    }

    fn assert_over(&self) {
        assert_eq!(self.interface.call_count(), 0, "{}", self.trace.join("\n"));
    }
}

fn each(commands: &[&str], mut test: impl FnMut(&mut Joint, &Profile)) {
    for plays in [Plays::Network, Plays::User] {
        for (switch, profile) in SWITCHES {
            let Some(mut joint) = Joint::start(plays, switch, profile, commands) else { return };
            test(&mut joint, &profile);
            assert_eq!(
                joint.trace.iter().filter(|line| line.contains(": STATUS ")).count(),
                0,
                "{}",
                joint.trace.join("\n")
            );
        }
    }
}

#[test]
fn a_call_to_libpri_is_answered_and_cleared_by_us() {
    each(&[], |joint, profile| {
        let user_user = UserUser { protocol: 4, information: b"hello" };
        let request = SetupRequest {
            channel: ChannelWish::Exclusive(BChannel::new(0, 1)),
            calling: Some(number(b"5551")),
            user_user: Some(user_user),
            display: Some(b"Ann"),
            ..request(b"5552")
        };
        let call = joint.interface.setup(joint.now, &request).expect("accepted");
        joint.run();
        let theirs = joint.peer_call("PRI_EVENT_RING");
        joint.order(&format!("proceeding {theirs} 1 0"));
        joint.order(&format!("alerting {theirs} 1 0"));
        joint.order(&format!("answer {theirs} 1"));
        assert_eq!(joint.news(), [Proceeding, Alerting, Answered], "{}", profile.name);
        joint.pass(60_000);
        joint.interface.disconnect(joint.now, call, cause(16), &none()).expect("accepted");
        joint.run();
        let theirs = joint.peer_call("PRI_EVENT_HANGUP");
        joint.order(&format!("hangup {theirs} 16"));
        joint.pass(10_000);
        assert_eq!(joint.news(), [Released { cause: cause(16), by: ReleasedBy::Local }], "{}", profile.name);
        joint.assert_over();
    });
}

#[test]
fn a_call_of_libpri_is_answered_and_cleared_by_libpri() {
    each(&[], |joint, profile| {
        joint.order("call 3 1 1 5552 5551");
        let call = joint.call();
        assert_eq!(joint.interface.call_channel(call), Some(BChannel::new(0, 3)), "{}", profile.name);
        assert_eq!(joint.interface.called_digits(call), Some(&b"5552"[..]));
        joint.interface.proceeding(joint.now, call, &none()).expect("accepted");
        joint.interface.alerting(joint.now, call, &none()).expect("accepted");
        joint.interface.connect(joint.now, call, &none()).expect("accepted");
        joint.run();
        let theirs = joint.peer_call("PRI_EVENT_ANSWER");
        joint.pass(60_000);
        joint.news();
        joint.order(&format!("hangup {theirs} 16"));
        joint.pass(10_000);
        assert_eq!(
            joint.news(),
            [Disconnected { cause: cause(16) }, Released { cause: cause(16), by: ReleasedBy::Far }]
        );
        joint.assert_over();
    });
}

#[test]
fn a_channel_is_restarted_by_either_end() {
    each(&[], |joint, _| {
        let channel = BChannel::new(0, 2);
        joint.interface.restart(joint.now, RestartScope::Channel(channel)).expect("accepted");
        joint.run();
        assert_eq!(
            joint.interface.channel_service(channel),
            Some(ChannelService::InService),
            "{}",
            joint.trace.join("\n")
        );
        joint.order("reset 2");
        assert!(joint.events.contains(&Event::RestartedByFar), "{}", joint.trace.join("\n"));
        assert!(joint.peer_events.iter().any(|event| event.starts_with("PRI_EVENT_RESTART_ACK")));
    });
}

#[test]
fn digits_go_one_by_one_both_ways() {
    for plays in [Plays::Network, Plays::User] {
        for (switch, profile) in [(5, Profile::EURO_ISDN), (10, Profile::QSIG)] {
            let Some(mut joint) = Joint::start(plays, switch, profile, &["overlap 1"]) else { return };
            let channel = ChannelWish::Exclusive(BChannel::new(0, 1));
            let open = SetupRequest { channel, complete: false, ..SetupRequest::new(speech(), number(b"5")) };
            let call = joint.interface.setup(joint.now, &open).expect("accepted");
            joint.run();
            let theirs = joint.peer_call("PRI_EVENT_RING");
            joint.order(&format!("more {theirs} 1"));
            for digit in b"123" {
                joint.pass(1);
                joint.interface.more_digits(joint.now, call, &[*digit], false).expect("accepted");
            }
            joint.run();
            let digits = joint.peer_events.iter().filter(|event| event.contains("INFO_RECEIVED")).count();
            assert_eq!(digits, 3, "{:?}", joint.peer_events);
            joint.order(&format!("hangup {theirs} 28"));
            joint.pass(10_000);
            joint.assert_over();

            joint.news();
            joint.order("call 3 1 0 5");
            let call = joint.call();
            joint.interface.setup_acknowledge(joint.now, call, &none()).expect("accepted");
            joint.run();
            let theirs = joint.peer_call("placed");
            for digit in ["1", "2", "3"] {
                joint.pass(1);
                joint.order(&format!("digit {theirs} {digit}"));
            }
            assert_eq!(joint.interface.called_digits(call), Some(&b"5123"[..]));
            joint.interface.disconnect(joint.now, call, cause(1), &none()).expect("accepted");
            joint.pass(5_000);
            joint.order(&format!("hangup {theirs} 1"));
            joint.pass(60_000);
            joint.assert_over();
        }
    }
}

#[test]
fn libpri_takes_channels_out_of_service_and_brings_them_back() {
    for plays in [Plays::Network, Plays::User] {
        for (switch, profile) in SWITCHES.into_iter().filter(|(_, profile)| profile.service.is_some()) {
            let Some(mut joint) = Joint::start(plays, switch, profile, &["enable-service"]) else { return };
            let channel = BChannel::new(0, 2);
            joint.order("service 2 2");
            let blocked = joint.interface.channel_service(channel);
            assert!(matches!(blocked, Some(ChannelService::Blocked { .. })), "{}", profile.name);
            assert_eq!(
                joint.heard[0][0],
                profile.service.map_or(0, Discriminator::octet),
                "{}",
                profile.name
            );
            joint.order("service 2 0");
            assert_eq!(joint.interface.channel_service(channel), Some(ChannelService::InService));
            joint.interface.block(joint.now, channel).expect("accepted");
            joint.run();
            let told = "PRI_EVENT_SERVICE call=0 channel=2 status=2";
            assert!(joint.peer_events.iter().any(|event| event == told), "{:?}", joint.peer_events);
        }
    }
}

#[test]
fn a_call_is_held_and_retrieved_on_either_side() {
    for plays in [Plays::Network, Plays::User] {
        let Some(mut joint) = Joint::start(plays, 5, Profile::EURO_ISDN, &["enable-hold"]) else { return };
        let request =
            SetupRequest { channel: ChannelWish::Exclusive(BChannel::new(0, 1)), ..request(b"5552") };
        let call = joint.interface.setup(joint.now, &request).expect("accepted");
        joint.run();
        let theirs = joint.peer_call("PRI_EVENT_RING");
        joint.order(&format!("answer {theirs} 1"));
        joint.news();
        joint.interface.hold(joint.now, call, &none()).expect("accepted");
        joint.run();
        joint.order(&format!("hold-ack {theirs}"));
        joint.interface.retrieve(joint.now, call, &none()).expect("accepted");
        joint.run();
        joint.order(&format!("retrieve-ack {theirs} 1"));
        assert_eq!(joint.news(), [Held, Retrieved], "{}", joint.trace.join("\n"));
        joint.order(&format!("hold {theirs}"));
        assert_eq!(joint.news(), [HoldRequested], "{}", joint.trace.join("\n"));
        joint.interface.hold_acknowledge(joint.now, call).expect("accepted");
        joint.run();
        joint.order(&format!("retrieve {theirs} 1"));
        assert_eq!(joint.news(), [RetrieveRequested], "{}", joint.trace.join("\n"));
        joint.interface.retrieve_acknowledge(joint.now, call).expect("accepted");
        joint.run();
        assert_eq!(joint.interface.call_state(call), Some(10));
    }
}

#[test]
fn user_information_arrives_at_libpri_and_from_it() {
    let Some(mut joint) = Joint::start(Plays::Network, 5, Profile::EURO_ISDN, &[]) else { return };
    let user_user = Some(UserUser { protocol: 4, information: b"hello" });
    joint.interface.setup(joint.now, &SetupRequest { user_user, ..request(b"5552") }).expect("accepted");
    joint.run();
    let ring = joint.peer_events.iter().find(|event| event.starts_with("PRI_EVENT_RING"));
    assert!(ring.is_some_and(|event| event.contains("hello")), "{:?}", joint.peer_events);
    joint.events.clear();
    joint.order("call 3 1 1 5552 5551 bonjour");
    let Some(Event::Call(event)) = joint.events.first() else { panic!("a call") };
    let information = event.message().and_then(|message| message.find::<UserUser<'_>>());
    assert_eq!(information.map(|user_user| user_user.information), Some(&b"bonjour"[..]));
}

#[test]
fn calls_end_as_they_should_although_every_twentieth_frame_is_lost() {
    for plays in [Plays::Network, Plays::User] {
        let Some(mut joint) = Joint::start(plays, 5, Profile::EURO_ISDN, &[]) else { return };
        joint.loss = 20;
        for n in 0..200 {
            joint.trace.clear();
            let channel = ChannelWish::Exclusive(BChannel::new(0, n % 23 + 1));
            let wish = SetupRequest { channel, ..request(b"5552") };
            let Ok(call) = joint.interface.setup(joint.now, &wish) else {
                panic!("{}", joint.trace.join("\n"))
            };
            joint.pass(3_000);
            let theirs = joint.peer_call("PRI_EVENT_RING");
            joint.order(&format!("answer {theirs} {}", n % 23 + 1));
            joint.pass(3_000);
            joint.interface.disconnect(joint.now, call, cause(16), &none()).expect("accepted");
            joint.pass(3_000);
            joint.order(&format!("hangup {theirs} 16"));
            joint.pass(20_000);
            let news = joint.news();
            let released = Released { cause: cause(16), by: ReleasedBy::Local };
            assert_eq!(news.last(), Some(&released), "{news:?}\n{}", joint.trace.join("\n"));
            joint.assert_over();
            joint.peer_events.clear();
        }
    }
}
