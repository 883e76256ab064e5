//! A storm on a primary rate interface between two engines: calls from both ends that meet on the same channels, lost
//! wires, channels blocked and reset at random. What is known of it is written down call by call.
use crate::pair::{NETWORK, Pair, USER};
use std::collections::BTreeMap;
use tandem_engine::{CallId, CallState, EventKind, Party, PlaceOptions};
use tandem_isdn::profile::Profile;
use tandem_types::Cause;

/// The time between two looks of the hosts.
pub(crate) const STEP_MS: usize = 20;
/// Calling numbers count from here; each tells one call from all others at both ends.
const FIRST_KEY: u32 = 100_000;

/// What has been told of each call of an end: how often it has ended, and in which step it is to be cleared.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) ends: BTreeMap<CallId, u32>,
    /// The calling number of each call.
    pub(crate) keys: BTreeMap<CallId, String>,
    to_clear: BTreeMap<CallId, usize>,
    pub(crate) answered: u64,
    /// Whether the host has blocked a channel, by slot.
    pub(crate) blocked: BTreeMap<u8, bool>,
    /// Channels that the host has reset.
    pub(crate) resets: u64,
}

/// A sequence of chances that a seed begins.
pub(crate) struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// After how many steps a call is cleared by a host.
    fn duration(&mut self) -> usize {
        let longest = if self.once_in(2) { 400 } else { 3000 };
        5 + self.below(longest) as usize
    }
}

/// Both ends with what their hosts know.
pub(crate) struct Storm {
    pub(crate) pair: Pair,
    pub(crate) books: [Books; 2],
    pub(crate) profile: Profile,
    chance: Chance,
    step: usize,
    placed: u32,
}

impl Storm {
    /// Two ends of this kind of switch with their D channel up: those with 30 channels on an E1, the others on a T1.
    pub(crate) fn of(profile: Profile, seed: u64) -> Self {
        let span = if profile.service.is_some() { "framing = \"t1-esf\"" } else { "" };
        let pri = format!(", profile = \"{}\", t309_seconds = 20", profile.name);
        Self {
            pair: Pair::up(span, &pri),
            books: [Books::default(), Books::default()],
            profile,
            chance: Chance(seed),
            step: 0,
            placed: 0,
        }
    }

    /// The timeslots of its B channels.
    pub(crate) fn slots(&self) -> Vec<u8> {
        let channels = self.pair.ends[USER].channels(0).expect("open");
        channels.into_iter().map(|(_, slot)| slot).collect()
    }

    /// So many steps of it, with wires that are cut now and then or not. In each of them an end calls once in `rarely`: where calls
    /// are few, a link may fail at one end and be renewed by it while the other has nothing to say and notices nothing.
    pub(crate) fn rage(&mut self, steps: usize, cuts: bool, rarely: u64) {
        let mut mended_at = 0;
        for _ in 0..steps {
            self.step += 1;
            for end in [USER, NETWORK] {
                self.read(end);
                self.clear_those_due(end, self.step);
                if self.chance.once_in(rarely) {
                    self.place(end);
                }
                self.disturb(end);
            }
            if cuts && self.chance.once_in(1000) {
                self.pair.wires[0].cut_both();
                // Some nobody notices, some one end, some both, and some last longer than T309.
                let longest = [200, 800, 1500][self.chance.below(3) as usize];
                mended_at = self.step + self.chance.below(longest) as usize;
            }
            if self.step == mended_at {
                self.pair.wires[0].repair_both();
            }
            self.pair.pass_ms(STEP_MS);
        }
        self.pair.wires[0].repair_both();
    }

    /// Time passes in which no host does anything; what it is told it writes down.
    pub(crate) fn rest(&mut self, seconds: usize) {
        for _ in 0..seconds {
            self.pair.pass_ms(1000);
            for end in [USER, NETWORK] {
                self.write_down(end);
            }
        }
    }

    /// Channels are blocked, given back and reset.
    fn disturb(&mut self, end: usize) {
        let slot = 1 + self.chance.below(15) as u8;
        let channel = self.pair.channel(end, slot);
        let engine = &self.pair.ends[end];
        // Refused while the link is down and while one is under way.
        if self.chance.once_in(200) && engine.channel_reset(channel).is_ok() {
            self.books[end].resets += 1;
        }
        if self.chance.once_in(100) {
            let in_service = self.chance.once_in(2);
            engine.channel_set_service(channel, in_service).expect("a channel of the span");
            self.books[end].blocked.insert(slot, !in_service);
        }
    }

    /// An end gives back all channels that its host has blocked.
    pub(crate) fn unblock(&mut self, end: usize) {
        for (slot, blocked) in std::mem::take(&mut self.books[end].blocked) {
            if blocked {
                let channel = self.pair.channel(end, slot);
                self.pair.ends[end].channel_set_service(channel, true).expect("a channel of the span");
            }
        }
    }

    /// Every call that an end knows is cleared.
    pub(crate) fn clear_all(&mut self, end: usize) {
        for (call, ends) in &self.books[end].ends {
            if *ends == 0 {
                // Refused where the far end has cleared it meanwhile.
                let _ = self.pair.ends[end].call_clear(*call, Cause::NORMAL_CLEARING);
            }
        }
    }

    /// Reads what an end was told, and does as hosts do.
    fn read(&mut self, end: usize) {
        let (offered, answered) = self.write_down(end);
        for call in offered {
            let at = self.step + self.chance.duration();
            let engine = &self.pair.ends[end];
            self.books[end].to_clear.insert(call, at);
            // Some are refused, some alerted for long, most answered; what has gone meanwhile is refused by the engine.
            let _ = match self.chance.below(8) {
                0 => engine.call_clear(call, Cause::USER_BUSY),
                1 => engine.call_alert(call),
                2 => engine.call_progress(call),
                _ => engine.call_answer(call),
            };
        }
        for call in answered {
            if self.chance.once_in(4) {
                // Refused where the far end clears at the same time, and by switches that have none.
                let _ = self.pair.ends[end].call_hold(call);
            }
        }
    }

    /// Writes down what an end was told, and gives the calls that were offered and those that were answered.
    fn write_down(&mut self, end: usize) -> (Vec<CallId>, Vec<CallId>) {
        let (mut offered, mut answered) = (Vec::new(), Vec::new());
        for event in std::mem::take(&mut self.pair.told[end]) {
            let books = &mut self.books[end];
            match event.kind {
                EventKind::CallOffered { call, called, .. } => {
                    assert!(["47", "4711"].contains(&called.as_str()), "{called}");
                    assert_eq!(books.ends.insert(call, 0), None, "offered twice");
                    let parties = self.pair.ends[end].call_parties(call).expect("known");
                    books.keys.insert(call, parties.calling.expect("a calling number").number);
                    offered.push(call);
                }
                EventKind::CallAnswered { call, .. } => {
                    books.answered += 1;
                    answered.push(call);
                }
                EventKind::CallCleared { call, .. } => {
                    *books.ends.get_mut(&call).expect("a call that began") += 1;
                    books.to_clear.remove(&call);
                }
                _ => {}
            }
        }
        (offered, answered)
    }

    fn place(&mut self, end: usize) {
        let options = PlaceOptions {
            more_digits_follow: self.chance.once_in(5) && self.profile.overlap,
            channel_may_change: self.chance.once_in(2),
            calling: Some(Party { number: (FIRST_KEY + self.placed).to_string(), ..Party::default() }),
            ..PlaceOptions::default()
        };
        // Refused when the link is down or all channels are taken.
        let Ok(call) = self.pair.ends[end].call_place_in("all", "47", &options) else { return };
        self.placed += 1;
        let at = self.step + self.chance.duration();
        let books = &mut self.books[end];
        assert_eq!(books.ends.insert(call, 0), None, "a number used twice");
        books.keys.insert(call, options.calling.expect("as above").number);
        books.to_clear.insert(call, at);
        if options.more_digits_follow {
            let complete = self.chance.once_in(2);
            self.pair.ends[end].call_more_digits(call, "11", complete).expect("a call");
        }
    }

    fn clear_those_due(&mut self, end: usize, step: usize) {
        let (engine, to_clear) = (&self.pair.ends[end], &mut self.books[end].to_clear);
        let due: Vec<CallId> =
            to_clear.iter().filter(|(_, when)| **when <= step).map(|(call, _)| *call).collect();
        for call in due {
            to_clear.remove(&call);
            // In any state; of one that is over the event may not have been read yet.
            if engine.call_clear(call, Cause::NORMAL_CLEARING).is_err() {
                assert_eq!(engine.call_info(call).expect("known").state, CallState::Cleared);
            }
        }
    }
}
