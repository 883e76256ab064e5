//! Who hears whom in a bridge: five calls, each far end with a tone of its own, and what each of them hears.
mod pair;
use pair::{NETWORK, Pair, USER};
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use tandem_dsp::level::dbm0_of_amplitude;
use tandem_engine::{CallId, EngineError, EventKind, PartyTerms, Role, Terms};
use tandem_types::{Bearer, Cause, Handle, Law};

const PARTIES: usize = 5;
/// What each far end sends, at -20 dBm0: tones of which no small sums and differences are another.
const HERTZ: [f64; PARTIES] = [413.7, 538.3, 731.9, 978.1, 1127.3];
const SENT: f32 = -20.0;
/// What is not to be heard is below this.
const SILENT: f32 = -70.0;

/// Calls of one end with as many parties at the other.
struct Conference {
    pair: Pair,
    recordings: PathBuf,
    calls: [CallId; PARTIES],
    /// Of the end with the bridge.
    channels: [Handle; PARTIES],
    far_channels: [Handle; PARTIES],
    bridge: Handle,
    taken: usize,
}

impl Conference {
    fn new(name: &str) -> Self {
        let recordings = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("conference-{name}"));
        let _ = std::fs::remove_dir_all(&recordings);
        std::fs::create_dir_all(&recordings).expect("a place for recordings");
        let mut pair = Pair::with_engine(&format!("[recording]\ndirectory = {recordings:?}\n"), "", "");
        let calls: [_; PARTIES] = std::array::from_fn(|party| pair.connect(USER, 1 + party as u8));
        let channel = |end: usize, call| pair.ends[end].call_info(call).expect("answered").channel;
        let channels = calls.map(|(near, _)| channel(USER, near));
        let far_channels = calls.map(|(_, far)| channel(NETWORK, far));
        let bridge = pair.ends[USER].bridge_new().expect("a bridge");
        Self {
            pair,
            recordings,
            calls: calls.map(|(near, _)| near),
            channels,
            far_channels,
            bridge,
            taken: 0,
        }
    }

    fn join(&self, party: usize, role: Role) {
        let terms = PartyTerms { role, ..PartyTerms::default() };
        self.pair.ends[USER].bridge_join(self.bridge, self.channels[party], terms).expect("a call");
    }

    fn take_role(&self, party: usize, role: Role) {
        self.set_terms(party, PartyTerms { role, ..PartyTerms::default() }).expect("a party");
    }

    fn set_terms(&self, party: usize, terms: PartyTerms) -> Result<(), EngineError> {
        self.pair.ends[USER].bridge_set_terms(self.channels[party], terms)
    }

    /// What each party (the row) hears of each (the column), in dBm0, while all talk.
    fn heard(&mut self) -> [[f32; PARTIES]; PARTIES] {
        self.taken += 1;
        let far = &self.pair.ends[NETWORK];
        for (channel, hertz) in self.far_channels.iter().zip(HERTZ) {
            let peak = f64::from(tandem_dsp::level::amplitude_for_dbm0(Law::A, SENT));
            let tone = (0..16_000).map(|n| (peak * (TAU * hertz * f64::from(n) / 8000.0).sin()) as i16);
            far.play_samples(*channel, tone.collect(), Terms::default()).expect("nothing plays");
        }
        self.pair.pass_ms(500);
        let far = &self.pair.ends[NETWORK];
        let file = |party| format!("{}-{party}.wav", self.taken);
        let records: Vec<_> = (0..PARTIES)
            .map(|party| far.record(self.far_channels[party], Path::new(&file(party)), Terms::default()))
            .collect();
        self.pair.pass_ms(1100);
        let far = &self.pair.ends[NETWORK];
        records.into_iter().for_each(|record| far.stop(record.expect("a call")).expect("it runs"));
        self.pair.pass_ms(1000);
        let done = |kind: &EventKind| matches!(kind, EventKind::RecordDone { .. });
        assert_eq!(
            self.pair.told[NETWORK].iter().filter(|event| done(&event.kind)).count(),
            PARTIES * self.taken
        );
        std::array::from_fn(|party| {
            let wav = tandem_files::wav::read(&self.recordings.join(file(party)), 1 << 24).expect("recorded");
            let received: Vec<i16> = wav.channel(0).collect();
            HERTZ.map(|hertz| level(&received[..8000], hertz))
        })
    }

    /// Each party hears exactly these, at these levels; the row is who hears.
    #[track_caller]
    fn check(&mut self, expected: [[Option<f32>; PARTIES]; PARTIES]) {
        let heard = self.heard();
        for (listener, row) in expected.iter().enumerate() {
            for (talker, expected) in row.iter().enumerate() {
                let level = heard[listener][talker];
                let right = match expected {
                    Some(expected) => (level - expected).abs() < 0.5,
                    None => level < SILENT,
                };
                assert!(right, "{listener} hears {level} dBm0 of {talker}, and not {expected:?}: {heard:?}");
            }
        }
    }
}

/// The level of one tone of a second, by a raised cosine, so that the others do not count.
fn level(second: &[i16], hertz: f64) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in (0..).zip(second) {
        let (sin, cos) = (TAU * hertz * f64::from(n) / 8000.0).sin_cos();
        let sample = f64::from(*sample) * (1.0 - (TAU * f64::from(n) / second.len() as f64).cos());
        re += cos * sample;
        im += sin * sample;
    }
    dbm0_of_amplitude(Law::A, (2.0 * re.hypot(im) / second.len() as f64) as f32)
}

const NO: Option<f32> = None;
const YES: Option<f32> = Some(SENT);
const CUSTOMER: usize = 0;
const AGENT: usize = 1;
const EXPERT: usize = 2;
const COACH: usize = 3;
const LISTENER: usize = 4;

/// Customer, agent and expert talk; a supervisor coaches the agent; another listens.
fn supervised(name: &str) -> Conference {
    let conference = Conference::new(name);
    for party in [CUSTOMER, AGENT, EXPERT] {
        conference.join(party, Role::Full);
    }
    conference.join(COACH, Role::Coach(Some(conference.channels[AGENT])));
    conference.join(LISTENER, Role::Listen);
    conference
}

#[test]
fn a_coach_is_heard_by_the_pupil_alone_and_a_listener_by_nobody() {
    let mut conference = supervised("coach");
    conference.check([
        [NO, YES, YES, NO, NO],
        [YES, NO, YES, YES, NO],
        [YES, YES, NO, NO, NO],
        [YES, YES, YES, NO, NO],
        [YES, YES, YES, NO, NO],
    ]);
    // The coach takes part, the listener coaches the customer, the agent talks only and the expert is muted.
    conference.take_role(COACH, Role::Full);
    conference.take_role(LISTENER, Role::Coach(Some(conference.channels[CUSTOMER])));
    conference.take_role(AGENT, Role::Talk);
    let muted = PartyTerms { muted: true, ..PartyTerms::default() };
    conference.set_terms(EXPERT, muted).expect("a call");
    conference.check([
        [NO, YES, NO, YES, YES],
        [NO, NO, NO, NO, NO],
        [YES, YES, NO, YES, NO],
        [YES, YES, NO, NO, NO],
        [YES, YES, NO, YES, NO],
    ]);
    let louder = PartyTerms { gain_db: 6.0, ..PartyTerms::default() };
    conference.set_terms(CUSTOMER, louder).expect("a call");
    let whisper = Role::Coach(Some(conference.channels[CUSTOMER]));
    let quieter = PartyTerms { role: whisper, gain_db: -10.0, ..PartyTerms::default() };
    conference.set_terms(LISTENER, quieter).expect("a call");
    let [plus, minus] = [Some(SENT + 6.0), Some(SENT - 10.0)];
    conference.check([
        [NO, YES, NO, YES, minus],
        [NO, NO, NO, NO, NO],
        [plus, YES, NO, YES, NO],
        [plus, YES, NO, NO, NO],
        [plus, YES, NO, YES, NO],
    ]);
}

/// A role as a table of who hears whom knows it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Full,
    Muted,
    Listen,
    Talk,
    /// The pupil is the next party.
    Coach,
}

const PARTS: [Part; PARTIES] = [Part::Full, Part::Muted, Part::Listen, Part::Talk, Part::Coach];

/// Whether who has the first part hears who has the second, whose pupil it may be.
const fn hears(listener: Part, talker: Part, is_pupil: bool) -> bool {
    match (listener, talker) {
        (Part::Talk, _) | (_, Part::Muted | Part::Listen) => false,
        (_, Part::Full | Part::Talk) => true,
        (_, Part::Coach) => is_pupil,
    }
}

#[test]
fn every_pair_of_parts_hears_each_other_as_the_table_says() {
    let mut conference = Conference::new("parts");
    (0..PARTIES).for_each(|party| conference.join(party, Role::Full));
    let mut seen = std::collections::BTreeSet::new();
    // All have the same part; then all have different ones, each beside each other.
    let same = PARTS.map(|part| [part; PARTIES]);
    let different = (1..PARTIES).map(|step| std::array::from_fn(|party| PARTS[party * step % PARTIES]));
    for parts in same.into_iter().chain(different) {
        for (party, part) in parts.into_iter().enumerate() {
            let next = conference.channels[(party + 1) % PARTIES];
            let role = match part {
                Part::Full | Part::Muted => Role::Full,
                Part::Listen => Role::Listen,
                Part::Talk => Role::Talk,
                Part::Coach => Role::Coach(Some(next)),
            };
            let terms = PartyTerms { role, muted: part == Part::Muted, ..PartyTerms::default() };
            conference.set_terms(party, terms).expect("a party");
        }
        conference.check(std::array::from_fn(|listener| {
            std::array::from_fn(|talker| {
                let is_pupil = listener == (talker + 1) % PARTIES;
                seen.insert(format!("{:?} {:?} {is_pupil}", parts[listener], parts[talker]));
                let heard = listener != talker && hears(parts[listener], parts[talker], is_pupil);
                heard.then_some(SENT)
            })
        }));
    }
    assert_eq!(seen.len(), 2 * PARTIES * PARTIES, "every pair, as neighbours and not: {seen:?}");
}

#[test]
fn the_next_call_on_the_pupils_channel_does_not_hear_the_coach() {
    let mut conference = supervised("next-call");
    let pupil = conference.channels[AGENT];
    conference.pair.ends[USER].call_clear(conference.calls[AGENT], Cause::NORMAL_CLEARING).expect("a call");
    conference.pair.pass_ms(1000);
    let (next, _) = conference.pair.connect(USER, 1 + AGENT as u8);
    assert_eq!(conference.pair.ends[USER].call_info(next).expect("answered").channel, pupil);
    conference.join(AGENT, Role::Full);
    let state = conference.pair.ends[USER].bridge_party(conference.channels[COACH]).expect("a party");
    assert_eq!(state.terms.role, Role::Coach(None));
    conference.check([
        [NO, YES, YES, NO, NO],
        [YES, NO, YES, NO, NO],
        [YES, YES, NO, NO, NO],
        [YES, YES, YES, NO, NO],
        [YES, YES, YES, NO, NO],
    ]);
    // Another bridge is another's too: who coaches is in the pupil's.
    let other = conference.pair.ends[USER].bridge_new().expect("a bridge");
    conference.take_role(COACH, Role::Coach(Some(pupil)));
    conference.pair.ends[USER].bridge_join(other, pupil, PartyTerms::default()).expect("a call");
    let state = conference.pair.ends[USER].bridge_party(conference.channels[COACH]).expect("a party");
    assert_eq!((state.bridge, state.terms.role), (conference.bridge, Role::Coach(None)));
}

#[test]
fn hosts_are_told_who_speaks_how_loud_and_whether_all_hear_it() {
    let mut conference = supervised("levels");
    conference.pair.ends[USER].bridge_limit_talkers(conference.bridge, Some(2)).expect("a bridge");
    let louder = PartyTerms { gain_db: 3.5, ..PartyTerms::default() };
    for party in [CUSTOMER, EXPERT] {
        conference.set_terms(party, louder).expect("a call");
    }
    conference.heard();
    let party = |conference: &Conference, party: usize| {
        conference.pair.ends[USER].bridge_party(conference.channels[party]).expect("a party")
    };
    for number in 0..PARTIES {
        let silent = party(&conference, number);
        assert!(silent.level_dbm0 < -60.0 && !silent.speaks, "{silent:?}");
    }
    for (channel, hertz) in conference.far_channels.iter().zip(HERTZ) {
        let tone = (0..4000).map(|n| (2300.0 * (TAU * hertz * f64::from(n) / 8000.0).sin()) as i16);
        let far = &conference.pair.ends[NETWORK];
        far.play_samples(*channel, tone.collect(), Terms::default()).expect("nothing plays");
    }
    conference.pair.pass_ms(300);
    let is_heard = [true, false, true, false, false];
    for (number, is_heard) in is_heard.into_iter().enumerate() {
        let state = party(&conference, number);
        assert!((state.level_dbm0 - SENT).abs() < 0.5 && state.speaks, "{state:?}");
        assert_eq!(state.is_heard, is_heard, "{number}");
        assert_eq!(state.bridge, conference.bridge);
    }
    assert_eq!(party(&conference, EXPERT).terms, louder);
    conference.pair.ends[USER].bridge_limit_talkers(conference.bridge, None).expect("a bridge");
    conference.pair.pass_ms(100);
    assert!(party(&conference, AGENT).is_heard);
}

#[test]
fn a_moderated_bridge_is_heard_only_while_a_moderator_is_in_it() {
    let mut conference = Conference::new("moderated");
    let (bridge, moderator) = (conference.bridge, PartyTerms { moderator: true, ..PartyTerms::default() });
    conference.pair.ends[USER].bridge_moderate(bridge, true).expect("a bridge");
    conference.join(CUSTOMER, Role::Full);
    conference.join(EXPERT, Role::Full);
    // While they wait, one hears what it is connected to.
    let [customer, coach] = [CUSTOMER, COACH].map(|party| conference.channels[party]);
    let user = &conference.pair.ends[USER];
    user.connect(customer, Some(coach), Bearer::Speech).expect("calls");
    const WAITING: [Option<f32>; PARTIES] = [NO; PARTIES];
    conference.check([[NO, NO, NO, YES, NO], WAITING, WAITING, WAITING, WAITING]);
    let talking = [[NO, YES, YES, NO, NO], [YES, NO, YES, NO, NO], [YES, YES, NO, NO, NO], WAITING, WAITING];
    let told = |conference: &Conference| -> Vec<bool> {
        let on = |kind: &EventKind| match kind {
            EventKind::BridgeModerated { bridge: told, on } if *told == bridge => Some(*on),
            _ => None,
        };
        conference.pair.told[USER].iter().filter_map(|event| on(&event.kind)).collect()
    };
    // One comes; another, who was a party already, takes over.
    let agent = conference.channels[AGENT];
    conference.pair.ends[USER].bridge_join(bridge, agent, moderator).expect("a call");
    conference.check(talking);
    assert_eq!(told(&conference), [true]);
    conference.set_terms(EXPERT, moderator).expect("a party");
    conference.set_terms(AGENT, PartyTerms::default()).expect("a party");
    conference.check(talking);
    assert_eq!(told(&conference), [true], "there was always one");
    // The last one leaves, by the end of its call.
    let clear = conference.pair.ends[USER].call_clear(conference.calls[EXPERT], Cause::NORMAL_CLEARING);
    clear.expect("a call");
    conference.pair.pass_ms(100);
    assert_eq!(told(&conference), [true, false]);
    let user = &conference.pair.ends[USER];
    user.bridge_moderate(bridge, false).expect("a bridge");
    assert_eq!(user.bridge_leave(agent), Ok(()));
    assert_eq!(user.bridge_join(bridge, agent, moderator), Ok(()));
    conference.pair.pass_ms(10);
    assert_eq!(told(&conference), [true, false], "of one that is not moderated it is not told");
    // One who goes to another bridge has left too.
    let user = &conference.pair.ends[USER];
    user.bridge_moderate(bridge, true).expect("a bridge");
    let other = user.bridge_new().expect("a bridge");
    user.bridge_join(other, agent, moderator).expect("a call");
    conference.pair.pass_ms(10);
    assert_eq!(told(&conference), [true, false, false]);
    conference.pair.ends[USER].bridge_free(bridge).expect("a bridge");
    conference.pair.pass_ms(10);
    assert_eq!(told(&conference).len(), 3, "nothing more is told of one that is gone");
}

#[test]
fn terms_that_cannot_be_are_refused_and_change_nothing() {
    let conference = supervised("refused");
    let engine = &conference.pair.ends[USER];
    let before = engine.bridge_party(conference.channels[COACH]).expect("a party");
    let coach = |pupil: usize| Role::Coach(Some(conference.channels[pupil]));
    engine.bridge_leave(conference.channels[EXPERT]).expect("a party");
    for pupil in [COACH, EXPERT] {
        let refused = conference.set_terms(COACH, PartyTerms { role: coach(pupil), ..PartyTerms::default() });
        assert!(matches!(refused, Err(EngineError::WrongState(_))), "{refused:?}");
    }
    for gain_db in [18.1, f32::NAN, f32::INFINITY] {
        let refused = conference.set_terms(COACH, PartyTerms { gain_db, ..before.terms });
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    }
    assert_eq!(engine.bridge_party(conference.channels[COACH]), Ok(before));
    let again = engine.bridge_join(conference.bridge, conference.channels[COACH], PartyTerms::default());
    assert!(matches!(again, Err(EngineError::WrongState(_))), "{again:?}");
    let refused = conference.set_terms(EXPERT, PartyTerms::default());
    assert!(matches!(refused, Err(EngineError::WrongState(_))), "{refused:?}");
    assert!(matches!(engine.bridge_party(conference.channels[EXPERT]), Err(EngineError::WrongState(_))));
    engine.bridge_free(conference.bridge).expect("a bridge");
    assert!(matches!(engine.bridge_party(conference.channels[COACH]), Err(EngineError::WrongState(_))));
    assert_eq!(engine.bridge_limit_talkers(conference.bridge, None), Err(EngineError::Stale));
}
