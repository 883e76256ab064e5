//! Layer 3 and the data link of ours on one wire with libpri, on a virtual clock.
#![allow(dead_code)] // no test uses all of it

use std::collections::VecDeque;

use crate::libpri::{Peer, Plays, Reaction};
use crate::q931_support::rng::Rng;
use crate::q931_support::{LINK, call_news, call_of, line};
use tandem_isdn::Side;
use tandem_isdn::access::Access;
use tandem_isdn::profile::Profile;
use tandem_isdn::q921::{Control, Frame, LinkParameters, Repr};
use tandem_isdn::q931::*;
use tandem_types::{FrameTime, Frames};

/// Switch types of `libpri.h` and our profile for each.
pub(crate) const SWITCHES: [(u8, Profile); 6] = [
    (1, Profile::NI2),
    (2, Profile::DMS100),
    (3, Profile::ESS5),
    (4, Profile::ESS4),
    (5, Profile::EURO_ISDN),
    (10, Profile::QSIG),
];

/// Messages kept to tell what went before a failure.
const KEPT: usize = 400;

pub(crate) struct Joint {
    pub(crate) access: Access,
    side: Side,
    pub(crate) peer: Peer,
    pub(crate) now: FrameTime,
    to_us: VecDeque<Vec<u8>>,
    pub(crate) events: Vec<Event>,
    pub(crate) peer_events: Vec<String>,
    /// The N(S) of the next new I frame of each end, libpri's last.
    next_ns: [u8; 2],
    /// The last messages, and whether libpri sent them.
    pub(crate) messages: VecDeque<(FrameTime, bool, Vec<u8>)>,
    /// Of so many frames either way one is lost; none with 0.
    pub(crate) loss: u64,
    /// The wire is cut, and neither end knows.
    pub(crate) cut: bool,
    pub(crate) rng: Rng,
}

impl Joint {
    /// The two are connected and the link is up; `None` where there is no libpri.
    pub(crate) fn start(plays: Plays, switch: u8, profile: Profile, commands: &[&str]) -> Option<Self> {
        let side = if plays == Plays::Network { Side::User } else { Side::Network };
        Self::with(plays, switch, InterfaceConfig::t1(side, profile), commands)
    }

    /// The same with another configuration of ours, for the other side.
    pub(crate) fn with(plays: Plays, switch: u8, config: InterfaceConfig, commands: &[&str]) -> Option<Self> {
        let (peer, first) = Peer::start(plays, switch)?;
        let mut joint = Self {
            side: config.side,
            access: Access::new(config.clone(), LinkParameters::new(config.side)).expect("sound"),
            next_ns: [0; 2],
            peer,
            now: FrameTime(0),
            to_us: VecDeque::new(),
            events: Vec::new(),
            peer_events: Vec::new(),
            messages: VecDeque::new(),
            loss: 0,
            cut: false,
            rng: Rng::new(1),
        };
        joint.access.interface_mut().establish(LINK);
        joint.note(first);
        for text in commands {
            joint.order(text);
        }
        joint.pass(5_000);
        assert_eq!(joint.access.interface().active_link(), Some(LINK), "the link is up");
        joint.events.clear();
        joint.peer_events.clear();
        Some(joint)
    }

    fn note(&mut self, reaction: Reaction) {
        self.to_us.extend(reaction.frames);
        self.peer_events.extend(reaction.events);
    }

    /// Tells libpri to do something.
    pub(crate) fn order(&mut self, text: &str) {
        let reaction = self.peer.command(text);
        self.note(reaction);
        self.run();
    }

    /// Everything goes to and fro until there is nothing more to say.
    pub(crate) fn run(&mut self) {
        loop {
            if let Some(frame) = self.access.poll_transmit(self.now, LINK) {
                let frame = frame.to_vec();
                self.keep(false, &frame);
                if self.is_lost() {
                    continue;
                }
                let reaction = self.peer.handle_frame(&frame);
                self.note(reaction);
            } else if let Some(frame) = self.to_us.pop_front() {
                if self.is_lost() {
                    continue;
                }
                self.keep(true, &frame);
                self.access.handle_frame(self.now, LINK, &frame);
            } else {
                break;
            }
        }
        self.events.extend(std::iter::from_fn(|| self.access.poll_event()));
    }

    fn is_lost(&mut self) -> bool {
        self.cut || self.loss > 0 && self.rng.once_in(self.loss)
    }

    /// Keeps the message of an I frame, the first time that it is sent.
    fn keep(&mut self, theirs: bool, frame: &[u8]) {
        let side = match (theirs, self.side) {
            (false, side) => side,
            (true, Side::User) => Side::Network,
            (true, Side::Network) => Side::User,
        };
        let frame = Frame::new_checked(frame).expect("a frame");
        match Repr::parse(&frame, side).expect("a frame").control {
            Control::Sabme { .. } | Control::Ua { .. } => self.next_ns = [0; 2],
            Control::I { ns, .. } if ns == self.next_ns[usize::from(theirs)] => {
                self.next_ns[usize::from(theirs)] = (ns + 1) % 128;
                self.messages.push_back((self.now, theirs, frame.octets()[4..].to_vec()));
                if self.messages.len() > KEPT {
                    self.messages.pop_front();
                }
            }
            _ => {}
        }
    }

    /// The next moment at which either end has something to do, no later than `until`.
    fn next(&self, until: FrameTime) -> Option<FrameTime> {
        let due = [self.access.poll_timeout(), self.peer.poll_timeout()];
        due.into_iter().flatten().min().filter(|at| *at <= until)
    }

    fn advance(&mut self, to: FrameTime) {
        self.now = self.now.max(to);
        let reaction = self.peer.handle_timeout(self.now);
        self.note(reaction);
        self.access.handle_timeout(self.now);
        self.run();
    }

    /// Time goes on to the next thing that happens by itself, but not past `until`.
    pub(crate) fn step(&mut self, until: FrameTime) {
        self.run();
        let at = self.next(until).unwrap_or(until);
        self.advance(at);
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        let until = self.now + Frames::from_ms(ms);
        self.run();
        while let Some(at) = self.next(until) {
            self.advance(at);
        }
        self.advance(until);
    }

    pub(crate) fn news(&mut self) -> Vec<CallNews> {
        self.events.drain(..).filter_map(call_news).collect()
    }

    pub(crate) fn call(&self) -> CallId {
        self.events.iter().rev().find_map(call_of).expect("a call")
    }

    /// The number of the peer's call in its latest event of a kind.
    pub(crate) fn peer_call(&self, kind: &str) -> u32 {
        let event = self.peer_events.iter().rev().find(|event| event.starts_with(kind));
        let event = event.unwrap_or_else(|| panic!("{kind}: {:?}\n{}", self.peer_events, self.trace()));
        field(event, "call").and_then(|number| number.parse().ok()).expect("a number")
    }

    /// The last messages, a line each.
    pub(crate) fn trace(&self) -> String {
        let said = |(at, theirs, message): &(FrameTime, bool, Vec<u8>)| {
            let who = if *theirs { "libpri" } else { "tandem" };
            format!("{:>10} ms {who}: {}\n", at.0 / 8, line(message))
        };
        self.messages.iter().map(said).collect()
    }

    /// Messages of a type among those kept, of libpri or ours.
    pub(crate) fn count(&self, theirs: bool, kind: MessageType) -> usize {
        let is_one = |octets: &[u8]| Message::new_checked(octets).is_ok_and(|message| message.kind() == kind);
        self.messages.iter().filter(|(_, from, octets)| *from == theirs && is_one(octets)).count()
    }

    pub(crate) fn assert_over(&self) {
        assert_eq!(self.access.interface().call_count(), 0, "{}", self.trace());
    }
}

/// A field of an event of libpri's, as in `call=3`.
pub(crate) fn field<'e>(event: &'e str, name: &str) -> Option<&'e str> {
    event.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}
