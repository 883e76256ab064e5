//! The data link against libpri's, both sides, on a virtual clock. What the layers 3 say to each other does not
//! matter here, only that it arrives.
#[path = "common/libpri.rs"]
mod libpri;
#[path = "common/pair.rs"]
mod pair;

use libpri::{Peer, Plays, Reaction};
use pair::Rng;
use std::collections::VecDeque;
use tandem_isdn::Side;
use tandem_isdn::q921::LinkEvent::{Established, Released};
use tandem_isdn::q921::{DataLink, Delivered, Establishment, LinkEvent, LinkParameters, LinkState, Release};
use tandem_types::FrameTime;

/// Our link, libpri, and the wire between.
struct Joint {
    link: DataLink,
    peer: Peer,
    now: u64,
    to_us: VecDeque<(u64, Vec<u8>)>,
    to_peer: VecDeque<(u64, Vec<u8>)>,
    lost_per_thousand: u32,
    rng: Rng,
    received: Vec<Vec<u8>>,
    told: Vec<LinkEvent>,
    peer_events: Vec<String>,
    peer_log: Vec<String>,
}

/// EuroISDN on E1, of `libpri.h`.
const EURO_ISDN: u8 = 5;
/// 5 ms, in frames.
const DELAY: u64 = 40;
/// An hour, in frames: what no exchange here takes.
const LONGEST: u64 = 3_600 * 8_000;

impl Joint {
    fn start(plays: Plays, lost_per_thousand: u32, seed: u64) -> Option<Self> {
        let side = if plays == Plays::Network { Side::User } else { Side::Network };
        let parameters = LinkParameters::new(side).with_attempts(20).expect("in range");
        let (peer, first) = Peer::start(plays, EURO_ISDN)?;
        let mut joint = Self {
            link: DataLink::new(parameters),
            peer,
            now: 0,
            to_us: VecDeque::new(),
            to_peer: VecDeque::new(),
            lost_per_thousand,
            rng: Rng(seed),
            received: Vec::new(),
            told: Vec::new(),
            peer_events: Vec::new(),
            peer_log: Vec::new(),
        };
        joint.note(first);
        let patience = joint.peer.command("timer n200 20");
        joint.note(patience);
        Some(joint)
    }

    fn time(&self) -> FrameTime {
        FrameTime(self.now)
    }

    fn note(&mut self, reaction: Reaction) {
        for frame in reaction.frames {
            if !self.rng.hits(self.lost_per_thousand) {
                self.to_us.push_back((self.now + DELAY, frame));
            }
        }
        self.peer_events.extend(reaction.events);
        self.peer_log.extend(reaction.log);
    }

    fn transmit(&mut self) {
        while let Some(frame) = self.link.poll_transmit(FrameTime(self.now)) {
            let frame = frame.to_vec();
            if !self.rng.hits(self.lost_per_thousand) {
                self.to_peer.push_back((self.now + DELAY, frame));
            }
        }
        self.told.extend(std::iter::from_fn(|| self.link.poll_event()));
    }

    fn step(&mut self, end: u64) -> bool {
        self.transmit();
        let timers =
            [self.link.poll_timeout(), self.peer.poll_timeout()].into_iter().flatten().map(|due| due.0);
        let arrivals = [self.to_us.front(), self.to_peer.front()].into_iter().flatten().map(|(at, _)| *at);
        let next = timers.chain(arrivals).min().unwrap_or(u64::MAX).max(self.now);
        if next > end {
            self.now = end;
            return false;
        }
        self.now = next;
        let reaction = self.peer.handle_timeout(FrameTime(next));
        self.note(reaction);
        self.link.handle_timeout(FrameTime(next));
        while let Some(frame) = arrived(&mut self.to_us, next) {
            if let Some(Delivered::Data(data)) = self.link.handle_frame(FrameTime(next), &frame) {
                self.received.push(data.to_vec());
            }
        }
        while let Some(frame) = arrived(&mut self.to_peer, next) {
            let reaction = self.peer.handle_frame(&frame);
            self.note(reaction);
        }
        self.transmit();
        true
    }

    fn run_ms(&mut self, ms: u64) {
        let end = self.now + ms * 8;
        while self.step(end) {}
    }

    fn is_up(&self) -> bool {
        self.link.state() == LinkState::MultipleFrameEstablished
            || self.link.state() == LinkState::TimerRecovery
    }

    /// Sends STATUS ENQUIRY about calls that do not exist. libpri answers each.
    fn enquire(&mut self, count: u16) {
        let (before, end) = (self.received.len(), self.now + LONGEST);
        let mut next = 1;
        while next <= count {
            assert!(self.now < end, "it goes on");
            let [high, low] = next.to_be_bytes();
            let now = self.time();
            if self.link.send(now, &[0x08, 0x02, high & 0x7f, low, 0x75]).is_ok() {
                next += 1;
            } else {
                assert!(self.is_up(), "{:?}", self.told);
                self.step(u64::MAX);
            }
        }
        while self.received.len() - before < usize::from(count) && self.step(end) {}
        self.run_ms(60_000);
        assert_eq!(self.link.queued(), 0, "{:?}", self.told);
        assert_eq!(self.received.len() - before, usize::from(count), "every enquiry is answered once");
    }
}

fn arrived(wire: &mut VecDeque<(u64, Vec<u8>)>, now: u64) -> Option<Vec<u8>> {
    let here = wire.front().is_some_and(|(at, _)| *at <= now);
    if here { wire.pop_front().map(|(_, frame)| frame) } else { None }
}

const BOTH: [Plays; 2] = [Plays::Network, Plays::User];

#[test]
fn libpri_establishes_the_link_and_we_follow() {
    for plays in BOTH {
        let Some(mut joint) = Joint::start(plays, 0, 1) else { return };
        joint.run_ms(1_000);
        assert_eq!(joint.told, [Established(Establishment::ByFarEnd)], "{plays:?}");
        assert!(
            joint.peer_events.iter().any(|event| event.starts_with("PRI_EVENT_DCHAN_UP ")),
            "{:?}",
            joint.peer_events
        );
        joint.enquire(50);
        assert_eq!(joint.link.counters().retransmitted_frames, 0);
    }
}

#[test]
fn both_establish_at_once_and_the_link_comes_up_once() {
    for plays in BOTH {
        let Some(mut joint) = Joint::start(plays, 0, 1) else { return };
        let now = joint.time();
        joint.link.establish(now);
        joint.run_ms(1_000);
        assert_eq!(joint.told, [Established(Establishment::Confirmed)], "{plays:?}");
        joint.enquire(50);
    }
}

#[test]
fn one_frame_of_a_hundred_and_one_of_twenty_lost_delays_messages_and_loses_none() {
    for (lost, seed) in [(10, 1), (10, 2), (50, 3), (50, 4)] {
        for plays in BOTH {
            let Some(mut joint) = Joint::start(plays, lost, seed) else { return };
            let now = joint.time();
            joint.link.establish(now);
            joint.run_ms(60_000);
            assert!(joint.is_up(), "{plays:?} {:?}", joint.told);
            joint.enquire(if std::env::var_os("TANDEM_SOAK").is_some() { 20_000 } else { 500 });
            let losses = joint.told.iter().filter(|event| is_loss(**event)).count();
            assert_eq!(losses, 0, "{:?}", joint.told);
            assert!(lost < 50 || joint.link.counters().retransmitted_frames > 0);
        }
    }
}

fn is_loss(event: LinkEvent) -> bool {
    matches!(event, Established(Establishment::Reset) | Released(_))
}

#[test]
fn a_line_cut_for_two_minutes_takes_the_link_down_and_up_again() {
    for plays in BOTH {
        let Some(mut joint) = Joint::start(plays, 0, 1) else { return };
        joint.run_ms(1_000);
        joint.lost_per_thousand = 1_000;
        let now = joint.time();
        joint.link.deactivated(now);
        joint.run_ms(120_000);
        assert!(joint.told.contains(&Released(Release::LineLost)));
        joint.lost_per_thousand = 0;
        let now = joint.time();
        joint.link.activated(now);
        joint.link.establish(now);
        joint.told.clear();
        joint.run_ms(10_000);
        assert!(matches!(joint.told[..], [Established(_), ..]), "{plays:?} {:?}", joint.told);
        joint.enquire(50);
    }
}

#[test]
fn frames_lost_unnoticed_for_two_minutes_take_the_link_down_and_libpri_brings_it_back() {
    for plays in BOTH {
        let Some(mut joint) = Joint::start(plays, 0, 1) else { return };
        joint.run_ms(1_000);
        joint.lost_per_thousand = 1_000;
        joint.run_ms(120_000);
        assert!(joint.told.contains(&Released(Release::NoAnswer)), "{:?}", joint.told);
        joint.lost_per_thousand = 0;
        joint.told.clear();
        joint.run_ms(60_000);
        assert!(joint.told.contains(&Established(Establishment::ByFarEnd)), "{plays:?} {:?}", joint.told);
        joint.enquire(50);
    }
}

#[test]
fn an_idle_hour_changes_nothing() {
    for plays in BOTH {
        let Some(mut joint) = Joint::start(plays, 0, 1) else { return };
        joint.run_ms(3_600_000);
        assert_eq!(joint.told, [Established(Establishment::ByFarEnd)], "{plays:?}");
        joint.enquire(10);
    }
}

#[test]
fn two_ends_that_play_the_same_side_hear_of_it() {
    for (plays, side) in [(Plays::Network, Side::Network), (Plays::User, Side::User)] {
        let Some(mut joint) = Joint::start(plays, 0, 1) else { return };
        joint.link = DataLink::new(LinkParameters::new(side));
        joint.run_ms(1_000);
        assert_eq!(joint.told, [LinkEvent::LoopedBack]);
    }
}
