//! Interfaces on two D channels with libpri at the other end: the D channel that carries the calls fails, and those that are
//! up live on over the other.
//!
//! libpri itself clears calls in set-up when one of its data links fails, so those are tested between two ends of ours
//! (`q931_group.rs`).
#[path = "common/libpri.rs"]
mod libpri;
mod q931_support;

use std::collections::VecDeque;

use libpri::{Peer, Plays, Reaction};
use q931_support::{call_of, cause, line, none, request};
use tandem_isdn::Side;
use tandem_isdn::access::Access;
use tandem_isdn::profile::Profile;
use tandem_isdn::q921::LinkParameters;
use tandem_isdn::q931::*;
use tandem_types::{FrameTime, Frames};

/// Our end, libpri, and the lines of two D channels between.
struct Joint {
    access: Access,
    peer: Peer,
    now: FrameTime,
    to_us: [VecDeque<Vec<u8>>; 2],
    cut: [bool; 2],
    events: Vec<Event>,
    peer_events: Vec<String>,
    trace: Vec<String>,
}

const LINKS: [LinkId; 2] = [LinkId(0), LinkId(1)];
/// National ISDN 2, of `libpri.h`.
const NI2: u8 = 1;
/// libpri's number for a channel on the second interface, named explicitly.
const fn on_second_interface(channel: u32) -> u32 {
    1 << 16 | 1 << 8 | channel
}

impl Joint {
    fn start(plays: Plays) -> Option<Self> {
        let side = if plays == Plays::Network { Side::User } else { Side::Network };
        let (peer, first) = Peer::start_group(plays, NI2)?;
        let config = InterfaceConfig::t1_group(side, Profile::NI2, &[0, 1], &[]);
        let mut joint = Self {
            access: Access::new(config, LinkParameters::new(side)).expect("sound"),
            peer,
            now: FrameTime(0),
            to_us: Default::default(),
            cut: [false; 2],
            events: Vec::new(),
            peer_events: Vec::new(),
            trace: Vec::new(),
        };
        joint.note(first);
        joint.order("enable-service");
        joint.pass(5_000);
        assert_eq!(joint.services(), [LinkService::Active, LinkService::Standby]);
        joint.events.clear();
        Some(joint)
    }

    fn services(&self) -> [LinkService; 2] {
        LINKS.map(|link| self.access.interface().link_service(link).expect("there"))
    }

    fn note(&mut self, reaction: Reaction) {
        self.to_us[0].extend(reaction.frames);
        self.to_us[1].extend(reaction.second_frames);
        self.peer_events.extend(reaction.events);
    }

    fn order(&mut self, text: &str) {
        let reaction = self.peer.command(text);
        self.note(reaction);
        self.run();
    }

    /// Everything goes to and fro until there is nothing more to say.
    fn run(&mut self) {
        let mut quiet = false;
        while !quiet {
            quiet = true;
            for (at, id) in LINKS.into_iter().enumerate() {
                while let Some(frame) = self.access.poll_transmit(self.now, id).map(<[u8]>::to_vec) {
                    quiet = false;
                    self.keep("tandem", at, &frame);
                    if !self.cut[at] {
                        let reaction = match at {
                            0 => self.peer.handle_frame(&frame),
                            _ => self.peer.handle_second_frame(&frame),
                        };
                        self.note(reaction);
                    }
                }
                while let Some(frame) = self.to_us[at].pop_front() {
                    quiet = false;
                    self.keep("libpri", at, &frame);
                    if !self.cut[at] {
                        self.access.handle_frame(self.now, id, &frame);
                    }
                }
            }
        }
        self.events.extend(std::iter::from_fn(|| self.access.poll_event()));
    }

    fn keep(&mut self, who: &str, at: usize, frame: &[u8]) {
        if frame[2] & 1 == 0 {
            self.trace.push(format!("{} ms, D channel {at}, {who}: {}", self.now.0 / 8, line(&frame[4..])));
        }
    }

    fn pass(&mut self, ms: u64) {
        let until = self.now + Frames::from_ms(ms);
        self.run();
        while self.now < until {
            let due = self.access.poll_timeout().into_iter().chain(self.peer.poll_timeout()).min();
            self.now = due.unwrap_or(until).min(until).max(self.now);
            let reaction = self.peer.handle_timeout(self.now);
            self.note(reaction);
            self.access.handle_timeout(self.now);
            self.run();
        }
    }

    /// A call of ours that libpri answers: our number of it and libpri's.
    fn place_to_libpri(&mut self, channel: BChannel) -> (CallId, u32) {
        let request = SetupRequest { channel: ChannelWish::Exclusive(channel), ..request(b"5552") };
        let call = self.access.interface_mut().setup(self.now, &request).expect("accepted");
        self.run();
        let (theirs, channel) = self.peer_call("PRI_EVENT_RING");
        self.order(&format!("answer {theirs} {channel}"));
        assert_eq!(self.access.interface().call_state(call), Some(10), "{:#?}", self.trace);
        (call, theirs)
    }

    /// A call of libpri's that we answer.
    fn answer_libpri(&mut self, channel: u32) -> (CallId, u32) {
        self.order(&format!("call {channel} 1 1 5552"));
        let (theirs, _) = self.peer_call("placed");
        let call = self.events.iter().rev().find_map(call_of).expect("a call");
        self.access.interface_mut().connect(self.now, call, &none()).expect("accepted");
        self.run();
        assert_eq!(self.access.interface().call_state(call), Some(10), "{:#?}", self.trace);
        (call, theirs)
    }

    /// The number of libpri's call and its channel in the latest event of a kind.
    fn peer_call(&self, kind: &str) -> (u32, u32) {
        let event = self.peer_events.iter().rev().find(|event| event.starts_with(kind));
        let event = event.unwrap_or_else(|| panic!("{kind}: {:?}\n{:#?}", self.peer_events, self.trace));
        let field = |name: &str| event.split(' ').find_map(|word| word.strip_prefix(name)?.parse().ok());
        (field("call=").expect("a number"), field("channel=").unwrap_or(0))
    }

    fn assert_cleared(&mut self, call: CallId) {
        self.run();
        self.pass(1_000);
        assert_eq!(self.access.interface().call_state(call), None, "{:#?}", self.trace);
        let is_end = |event: &&Event| call_of(event) == Some(call);
        let last = self.events.iter().rev().find(is_end);
        let Some(Event::Call(CallEvent { news: CallNews::Released { cause, .. }, .. })) = last else {
            panic!("{last:?}");
        };
        assert_eq!(cause.value(), 16);
    }
}

#[test]
fn calls_with_libpri_live_on_over_the_backup_d_channel_and_new_ones_are_made_there() {
    for plays in [Plays::Network, Plays::User] {
        let Some(mut joint) = Joint::start(plays) else { return };
        let ours = [joint.place_to_libpri(BChannel::new(0, 2)), joint.place_to_libpri(BChannel::new(1, 3))];
        let theirs = [joint.answer_libpri(4), joint.answer_libpri(on_second_interface(5))];
        // The line of the primary D channel is lost, and our end sees it at once.
        joint.cut[0] = true;
        joint.access.handle_line(joint.now, LINKS[0], false);
        joint.run();
        assert_eq!(joint.services()[1], LinkService::Active);
        joint.pass(20_000);
        let so_far = std::mem::take(&mut joint.peer_events);
        assert!(so_far.iter().any(|event| event == "PRI_EVENT_DCHAN_DOWN call=0 channel=-1 d=0 active=1"));
        assert!(!so_far.iter().any(|event| event.contains("HANGUP")), "{so_far:#?}");
        // Two are cleared over the backup, by either end, and two are made.
        joint.access.interface_mut().disconnect(joint.now, ours[0].0, cause(16), &none()).expect("accepted");
        joint.assert_cleared(ours[0].0);
        joint.order(&format!("hangup {} 16", theirs[0].1));
        joint.assert_cleared(theirs[0].0);
        let new = [joint.place_to_libpri(BChannel::new(0, 10)), joint.answer_libpri(on_second_interface(11))];
        // The line is back, and its D channel the reserve.
        joint.cut[0] = false;
        joint.access.handle_line(joint.now, LINKS[0], true);
        joint.pass(30_000);
        assert_eq!(joint.services(), [LinkService::Standby, LinkService::Active], "{:#?}", joint.trace);
        for (call, _) in [ours[1], theirs[1], new[0], new[1]] {
            assert_eq!(joint.access.interface().call_state(call), Some(10), "{:#?}", joint.trace);
            joint.access.interface_mut().disconnect(joint.now, call, cause(16), &none()).expect("accepted");
            joint.assert_cleared(call);
        }
        assert_eq!(joint.access.interface().call_count(), 0);
        let cleared_by_us =
            |event: &&String| event.starts_with("PRI_EVENT_HANGUP_REQ") && event.ends_with("cause=16");
        assert_eq!(joint.peer_events.iter().filter(cleared_by_us).count(), 5, "{:#?}", joint.peer_events);
    }
}
