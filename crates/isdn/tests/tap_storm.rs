//! Two ends that call each other as they please, and a tap between them. What it tells is compared with what both ends know:
//! all of it while the tap hears every frame, whatever the line loses; and when it misses some, every call that it tells ends.
mod q931_support;

use std::collections::BTreeMap;

use q931_support::rng::Rng;
use q931_support::{LINK, cause, none, number, speech};
use tandem_isdn::Side;
use tandem_isdn::access::Access;
use tandem_isdn::profile::Profile;
use tandem_isdn::q921::LinkParameters;
use tandem_isdn::q931::*;
use tandem_isdn::tap::{Tap, TapEnd, TapEvent, TapState, TappedCall};
use tandem_types::{FrameTime, Frames, SignalledChannel};

const SIDES: [Side; 2] = [Side::User, Side::Network];

/// What both ends know of a call, by its called number.
#[derive(Debug, Default)]
struct Known {
    caller: usize,
    /// The called end has it.
    offered: bool,
    /// The called end has answered, and the caller knows.
    connected: bool,
    told_answered: bool,
    channel: Option<SignalledChannel>,
    /// Who cleared it, with what cause.
    cleared: Vec<(Side, u8)>,
    released: [bool; 2],
}

/// Frames lost of a thousand.
#[derive(Clone, Copy, Default)]
struct Losses {
    /// Before the tap and before the other end.
    before: u64,
    /// Behind the tap: it hears what the other end does not.
    behind: u64,
    /// Of the tap alone.
    at_tap: u64,
}

struct Line {
    ends: [Access; 2],
    calls: [BTreeMap<CallId, String>; 2],
    known: BTreeMap<String, Known>,
    tap: Tap,
    told: BTreeMap<u64, Vec<TappedCall>>,
    now: FrameTime,
    /// Frames on their way, by arrival.
    wire: BTreeMap<(u64, u64), (usize, Vec<u8>)>,
    order: u64,
    losses: Losses,
    rng: Rng,
    made: u64,
}

impl Line {
    fn new(profile: Profile, losses: Losses, seed: u64) -> Self {
        let end = |side| {
            let config = InterfaceConfig { profile, ..InterfaceConfig::e1(side, profile) };
            let mut access = Access::new(config, LinkParameters::new(side)).expect("sound");
            access.interface_mut().establish(LINK);
            access
        };
        Self {
            ends: SIDES.map(end),
            calls: Default::default(),
            known: BTreeMap::new(),
            tap: Tap::new(64),
            told: BTreeMap::new(),
            now: FrameTime(8_000),
            wire: BTreeMap::new(),
            order: 0,
            losses,
            rng: Rng::new(seed),
            made: 0,
        }
    }

    fn hits(&mut self, per_thousand: u64) -> bool {
        per_thousand != 0 && self.rng.below(1_000) < per_thousand
    }

    fn transmit(&mut self) {
        for from in [0, 1] {
            while let Some(frame) = self.ends[from].poll_transmit(self.now, LINK).map(<[u8]>::to_vec) {
                let Losses { before, behind, at_tap } = self.losses;
                if self.hits(before) {
                    continue;
                }
                if !self.hits(at_tap) {
                    self.tap.handle_frame(self.now, SIDES[from], &frame);
                }
                if !self.hits(behind) {
                    self.order += 1;
                    self.wire.insert((self.now.0 + 80, self.order), (1 - from, frame));
                }
            }
        }
    }

    fn pass(&mut self, ms: u64) {
        let end = self.now + Frames::from_ms(ms);
        loop {
            self.transmit();
            self.fetch();
            let arrival = self.wire.keys().next().map(|key| FrameTime(key.0));
            let timers = self.ends.iter().filter_map(Access::poll_timeout).chain(self.tap.poll_timeout());
            let Some(next) = arrival.into_iter().chain(timers).min().filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            match self.wire.first_entry().filter(|entry| entry.key().0 <= self.now.0) {
                Some(entry) => {
                    let (to, frame) = entry.remove();
                    self.ends[to].handle_frame(self.now, LINK, &frame);
                }
                None => {
                    self.ends.iter_mut().for_each(|end| end.handle_timeout(self.now));
                    self.tap.handle_timeout(self.now);
                }
            }
        }
        self.now = end;
    }

    fn fetch(&mut self) {
        for end in [0, 1] {
            while let Some(event) = self.ends[end].poll_event() {
                if let Event::Call(event) = event {
                    self.on_event(end, &event);
                }
            }
        }
        while let Some(event) = self.tap.poll_event() {
            if let TapEvent::Call(call) = event {
                self.told.entry(call.number).or_default().push(call);
            }
        }
    }

    fn on_event(&mut self, end: usize, event: &CallEvent) {
        let now = self.now;
        if let CallNews::Incoming { .. } = event.news {
            let digits = self.ends[end].interface().called_digits(event.call).unwrap_or(&[]);
            let digits = String::from_utf8_lossy(digits).into_owned();
            self.known.get_mut(&digits).expect("a call of the other end").offered = true;
            self.calls[end].insert(event.call, digits);
            let interface = self.ends[end].interface_mut();
            let _ = interface.proceeding(now, event.call, &none());
            return;
        }
        let Some(digits) = self.calls[end].get(&event.call).cloned() else { return };
        let known = self.known.get_mut(&digits).expect("known");
        match event.news {
            CallNews::Answered if known.caller == end => {
                known.told_answered = true;
                known.channel = event.channel.map(|channel| channel.number);
            }
            CallNews::Released { .. } => {
                known.released[end] = true;
                self.calls[end].remove(&event.call);
            }
            _ => {}
        }
    }

    /// An end does anything that it may.
    fn act(&mut self) {
        let (end, now) = (self.rng.below(2) as usize, self.now);
        let what = self.rng.below(10);
        if what < 3 {
            self.made += 1;
            let digits = format!("{:06}", self.made);
            let wish = if self.rng.flip() {
                ChannelWish::Any
            } else {
                ChannelWish::Preferred(BChannel::new(0, 1 + self.rng.below(15) as u8))
            };
            let request =
                SetupRequest { channel: wish, ..SetupRequest::new(speech(), number(digits.as_bytes())) };
            if let Ok(call) = self.ends[end].interface_mut().setup(now, &request) {
                self.calls[end].insert(call, digits.clone());
                self.known.insert(digits, Known { caller: end, ..Known::default() });
            }
            return;
        }
        let at = self.rng.below(self.calls[end].len().max(1) as u64) as usize;
        let Some((call, digits)) = self.calls[end].iter().nth(at).map(|(call, it)| (*call, it.clone()))
        else {
            return;
        };
        let known = self.known.get_mut(&digits).expect("known");
        let interface = self.ends[end].interface_mut();
        match what {
            3 => drop(interface.alerting(now, call, &none())),
            4..=6 => known.connected |= interface.connect(now, call, &none()).is_ok() && known.caller != end,
            7 => {
                let value = [16, 17, 21, 31][self.rng.below(4) as usize];
                if interface.disconnect(now, call, cause(value), &none()).is_ok() {
                    known.cleared.push((SIDES[end], value));
                }
            }
            _ => {}
        }
    }

    /// All calls are cleared.
    fn calm(&mut self) {
        for _ in 0..10 {
            for end in [0, 1] {
                for (call, digits) in self.calls[end].clone() {
                    if self.ends[end].interface_mut().disconnect(self.now, call, cause(16), &none()).is_ok() {
                        self.known.get_mut(&digits).expect("known").cleared.push((SIDES[end], 16));
                    }
                }
            }
            self.pass(10_000);
        }
        assert!(self.calls.iter().all(BTreeMap::is_empty), "the ends are at rest");
    }

    fn check_all(&self) {
        let mut told: BTreeMap<String, &Vec<TappedCall>> = BTreeMap::new();
        for news in self.told.values() {
            let last = news.last().expect("news");
            assert!(last.setup.is_some(), "{last:?}");
            let again = told.insert(String::from_utf8_lossy(&last.called).into_owned(), news);
            assert!(again.is_none(), "a call is told once");
        }
        for (digits, known) in &self.known {
            let news = told.remove(digits).unwrap_or_else(|| panic!("{digits} was not told: {known:?}"));
            check_call(known, news);
        }
        assert!(told.is_empty(), "{told:?}");
        let counters = self.tap.counters();
        assert_eq!((counters.half_known, counters.lost, counters.strays), (0, 0, 0));
        assert_eq!(counters.calls, self.known.len() as u64);
    }
}

fn check_call(known: &Known, news: &[TappedCall]) {
    let last = news.last().expect("news");
    assert!(news.windows(2).all(|pair| pair[0].state <= pair[1].state), "forward only: {news:?}");
    assert_eq!(news.iter().filter(|call| call.state == TapState::Ended).count(), 1);
    assert_eq!((news[0].state, last.state), (TapState::SetUp, TapState::Ended));
    assert_eq!(last.caller, SIDES[known.caller]);
    // Of a CONNECT that crosses a DISCONNECT the ends make what they will.
    assert!(!known.told_answered || last.answered.is_some(), "{known:?} {last:?}");
    assert!(last.answered.is_none() || known.connected, "{known:?} {last:?}");
    if known.told_answered {
        assert_eq!(last.channel, known.channel);
    }
    let Some((_, TapEnd::Cleared(by))) = last.ended else { panic!("{last:?}") };
    let value = last.cause.expect("a cause").value();
    let by_command = known.cleared.contains(&(by, value));
    // The called end refuses by itself what finds no channel.
    assert!(
        by_command || known.cleared.is_empty() || !known.offered || value == 44 || value == 34,
        "{known:?} {last:?}"
    );
}

fn storm(profile: Profile, losses: Losses, seed: u64) -> Line {
    let mut line = Line::new(profile, losses, seed);
    line.pass(3_000);
    for _ in 0..600 {
        line.act();
        let wait = line.rng.below(400);
        line.pass(wait);
    }
    line
}

#[test]
fn a_tap_tells_exactly_the_calls_that_both_ends_know() {
    for seed in 0..60 {
        let profile = Profile::ALL[seed as usize % Profile::ALL.len()];
        let mut line = storm(profile, Losses::default(), seed);
        line.calm();
        assert!(line.known.len() > 60, "{}", line.known.len());
        assert!(line.known.values().filter(|known| known.told_answered).count() > 20);
        line.check_all();
    }
}

#[test]
fn what_the_line_loses_and_repeats_changes_nothing_of_it() {
    for seed in 0..60 {
        let profile = Profile::ALL[seed as usize % Profile::ALL.len()];
        let mut line = storm(profile, Losses { before: 10, behind: 10, at_tap: 0 }, seed);
        line.losses = Losses::default();
        line.calm();
        let repeated = line.tap.way(Side::User).repeated + line.tap.way(Side::Network).repeated;
        assert!(repeated > 0, "frames are repeated");
        line.check_all();
    }
}

#[test]
fn of_a_tap_that_misses_frames_no_call_stays_and_the_most_are_right() {
    let (mut calls, mut right, mut missed) = (0, 0, 0);
    for seed in 0..60 {
        let profile = Profile::ALL[seed as usize % Profile::ALL.len()];
        let mut line = storm(profile, Losses { before: 5, behind: 5, at_tap: 20 }, seed);
        line.calm();
        missed += line.tap.way(Side::User).missed + line.tap.way(Side::Network).missed;
        // Whatever is left ends by time.
        line.pass(90_000_000);
        assert_eq!(line.tap.calls().count(), 0);
        for news in line.told.values() {
            let ends = news.iter().filter(|call| call.state == TapState::Ended).count();
            assert_eq!((ends, news.last().map(|call| call.state)), (1, Some(TapState::Ended)), "{news:?}");
            let last = news.last().expect("news");
            let known = line.known.get(std::str::from_utf8(&last.called).expect("digits"));
            right += u64::from(known.is_some_and(|known| known.told_answered == last.answered.is_some()));
        }
        calls += line.known.len() as u64;
    }
    assert!(missed > 100, "{missed} frames were missed");
    assert!(right * 100 > calls * 95, "{right} of {calls}");
}
