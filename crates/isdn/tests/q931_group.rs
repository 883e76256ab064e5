//! Several T1 on two D channels (non-facility associated signalling, Q.931 annex F): whole ends, layer 3 on its data links,
//! on a virtual clock. While calls come and go the D channels fail one after the other, and no call is lost.
mod q931_support;

use std::collections::{BTreeMap, VecDeque};

use q931_support::rng::Rng;
use q931_support::{cause, none, request};
use tandem_isdn::Side;
use tandem_isdn::access::Access;
use tandem_isdn::profile::Profile;
use tandem_isdn::q921::LinkParameters;
use tandem_isdn::q931::*;
use tandem_types::{FrameTime, Frames};

/// What a call is to do next, and when.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    Ring,
    Answer,
    HangUp,
    Nothing,
}

struct Call {
    plan: Plan,
    at: FrameTime,
    answered: bool,
}

struct End {
    access: Access,
    calls: BTreeMap<CallId, Call>,
    made: usize,
    switched: usize,
    links_lost: usize,
    /// The causes of calls that did not go as planned.
    failed: Vec<(CallNews, bool)>,
}

/// Two ends and the lines of two D channels between them.
struct Group {
    ends: [End; 2],
    now: FrameTime,
    /// Frames on their way: when they arrive, on which D channel, to which end.
    wire: VecDeque<(FrameTime, usize, usize, Vec<u8>)>,
    cut: [bool; 2],
    /// One frame in so many is lost besides; none if 0.
    loss: u64,
    rng: Rng,
}

const LINKS: [LinkId; 2] = [LinkId(0), LinkId(1)];
const DELAY: Frames = Frames::from_ms(12);
const STEP: Frames = Frames::from_ms(5);

impl End {
    fn new(side: Side, profile: Profile) -> Self {
        let config = InterfaceConfig::t1_group(side, profile, &[0, 1], &[2, 3]);
        Self {
            access: Access::new(config, LinkParameters::new(side)).expect("sound"),
            calls: BTreeMap::new(),
            made: 0,
            switched: 0,
            links_lost: 0,
            failed: Vec::new(),
        }
    }

    fn news(&mut self, now: FrameTime, rng: &mut Rng) {
        while let Some(event) = self.access.poll_event() {
            let Event::Call(event) = event else {
                self.switched += usize::from(matches!(event, Event::LinkSwitched { .. }));
                self.links_lost += usize::from(event == Event::LinksLost);
                continue;
            };
            let in_a_while = |rng: &mut Rng| now + Frames::from_ms(rng.below(3_000));
            match event.news {
                CallNews::Incoming { .. } => {
                    self.access.interface_mut().proceeding(now, event.call, &none()).expect("offered");
                    let at = in_a_while(rng);
                    self.calls.insert(event.call, Call { plan: Plan::Ring, at, answered: false });
                }
                CallNews::Answered | CallNews::AnswerAcknowledged => {
                    let at = in_a_while(rng);
                    let call = self.calls.get_mut(&event.call).expect("known");
                    call.answered = true;
                    // The caller hangs up first, or the called party, by chance.
                    (call.plan, call.at) = (Plan::HangUp, at);
                }
                CallNews::Released { cause, .. } => {
                    let call = self.calls.remove(&event.call).expect("known");
                    if !call.answered || cause.value() != 16 {
                        self.failed.push((event.news, call.answered));
                    }
                }
                _ => {}
            }
        }
    }

    fn act(&mut self, now: FrameTime) {
        for (id, call) in &mut self.calls {
            if call.plan == Plan::Nothing || call.at > now {
                continue;
            }
            match call.plan {
                Plan::Ring => {
                    self.access.interface_mut().alerting(now, *id, &none()).expect("offered");
                    (call.plan, call.at) = (Plan::Answer, now + Frames::from_ms(700));
                }
                Plan::Answer => {
                    self.access.interface_mut().connect(now, *id, &none()).expect("ringing");
                    call.plan = Plan::Nothing;
                    // At the network an answer needs no acknowledgement to count.
                    call.answered = true;
                }
                _ => {
                    call.plan = Plan::Nothing;
                    // The other end may just have hung up.
                    let _ = self.access.interface_mut().disconnect(now, *id, cause(16), &none());
                }
            }
        }
    }
}

impl Group {
    fn new(profile: Profile, seed: u64) -> Self {
        let ends = [Side::User, Side::Network].map(|side| End::new(side, profile));
        let rng = Rng::new(seed);
        let mut group =
            Self { ends, now: FrameTime(8_000), wire: VecDeque::new(), cut: [false; 2], loss: 0, rng };
        group.pass(2_000, false);
        for end in &group.ends {
            let services = LINKS.map(|link| end.access.interface().link_service(link));
            assert_eq!(services, [Some(LinkService::Active), Some(LinkService::Standby)]);
        }
        group
    }

    fn pass(&mut self, ms: u64, calls: bool) {
        let until = self.now + Frames::from_ms(ms);
        while self.now < until {
            self.now += STEP;
            self.step(calls);
        }
    }

    fn step(&mut self, calls: bool) {
        let now = self.now;
        while self.wire.front().is_some_and(|(at, ..)| *at <= now) {
            let Some((_, link, to, frame)) = self.wire.pop_front() else { break };
            let lost = self.loss > 0 && self.rng.once_in(self.loss);
            if !self.cut[link] && !lost {
                self.ends[to].access.handle_frame(now, LINKS[link], &frame);
            }
        }
        for from in 0..2 {
            let end = &mut self.ends[from];
            if calls && end.calls.len() < 30 && self.rng.once_in(10) {
                let id = end.access.interface_mut().setup(now, &request(b"5551234")).expect("a free channel");
                end.calls.insert(id, Call { plan: Plan::Nothing, at: now, answered: false });
                end.made += 1;
            }
            end.act(now);
            end.access.handle_timeout(now);
            end.news(now, &mut self.rng);
            for (link, id) in LINKS.into_iter().enumerate() {
                while let Some(frame) = end.access.poll_transmit(now, id) {
                    self.wire.push_back((now + DELAY, link, 1 - from, frame.to_vec()));
                }
            }
        }
    }

    /// A D channel's line fails: frames are lost, and the ends that see it do so up to 2.5 s later. Then it is repaired.
    fn fail(&mut self, link: usize, seen_by: &[usize]) {
        self.cut[link] = true;
        let mut seen: Vec<(u64, usize)> = seen_by.iter().map(|end| (self.rng.below(2_500), *end)).collect();
        seen.sort_unstable();
        let mut passed = 0;
        for (at, end) in seen {
            self.pass(at - passed, true);
            passed = at;
            self.ends[end].access.handle_line(self.now, LINKS[link], false);
        }
        self.pass(3_500, true);
        self.cut[link] = false;
        self.ends.iter_mut().for_each(|end| end.access.handle_line(self.now, LINKS[link], true));
        self.pass(2_500, true);
    }

    /// The D channels in turn, so many times.
    fn fail_in_turn(&mut self, times: usize, seen_by: &[usize]) {
        for number in 0..times {
            // The one that carries the calls, whichever that is, and now and then the other.
            let active = self.ends[0].access.interface().active_link().expect("one is up");
            let link = if number % 5 == 4 { 1 - usize::from(active.0) } else { usize::from(active.0) };
            self.fail(link, seen_by);
        }
        self.pass(30_000, false);
    }

    fn assert_no_call_lost(&self, switches: usize) {
        for end in &self.ends {
            assert_eq!(end.failed, []);
            assert_eq!(end.access.interface().call_count(), 0);
            assert_eq!(end.links_lost, 0);
            assert!(end.switched >= switches, "{} switch-overs", end.switched);
            assert!(end.made > 20 * switches, "{} calls", end.made);
        }
        let actives = self.ends.each_ref().map(|end| end.access.interface().active_link());
        assert_eq!(actives[0], actives[1], "both ends use the same D channel");
    }
}

#[test]
fn no_call_is_lost_while_the_lines_of_the_d_channels_fail_in_turn() {
    for (seed, profile) in
        [Profile::NI2, Profile::DMS100, Profile::ESS4, Profile::EURO_ISDN].into_iter().enumerate()
    {
        let mut group = Group::new(profile, seed as u64);
        group.fail_in_turn(20, &[0, 1]);
        group.assert_no_call_lost(16);
    }
}

#[test]
fn nor_when_one_end_alone_sees_the_failure_and_tells_the_other_by_service() {
    for (seed, seen_by) in [0, 1].into_iter().enumerate() {
        let mut group = Group::new(Profile::NI2, seed as u64);
        group.fail_in_turn(20, &[seen_by]);
        group.assert_no_call_lost(16);
    }
}

#[test]
fn nor_when_one_frame_in_a_hundred_is_lost_besides() {
    let seeds = if std::env::var_os("TANDEM_SOAK").is_some() { 200 } else { 4 };
    for seed in 0..seeds {
        let mut group = Group::new(Profile::NI2, seed);
        group.loss = 100;
        group.fail_in_turn(20, &[0, 1]);
        group.assert_no_call_lost(16);
    }
}
