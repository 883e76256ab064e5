//! A channel that hears what another hears: a supervisor without a bridge. The phones are the near channels of pairs.
use tandem_card::LocalFactory;
use tandem_dsp::dtmf::{Detector, DtmfEvent};
use tandem_engine::{
    Config, Detectors, Engine, EngineError, EventKind, PartyTerms, Piece, PlayOptions, Role, StreamOptions,
    StreamSide, Terms,
};
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_types::{Bearer, Frames, Handle};

/// An allocation or a release inside a tick aborts the test.
#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

const SPEECH: Bearer = Bearer::Speech;

/// Somebody with a phone, and the channel to it.
#[derive(Clone, Copy)]
struct Somebody {
    phone: Handle,
    channel: Handle,
}

/// An engine, with a caller, an agent, a coach and a supervisor, who is on a span of the other law.
fn open(more: &str) -> (Engine, [Somebody; 4]) {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let span = |port, law| format!("[[span]]\nport = {port}\nsignalling = \"none\"\nlaw = \"{law}\"\n");
    let text = format!(
        "[engine]\nmode = \"lockstep\"\ntick_frames = 20\n{more}[[card]]\nmodel = \"local\"\n\
         options = {{ spans = 2, granule = 20 }}\n{}{}",
        span(0, "a"),
        span(1, "mu")
    );
    let config = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let engine = Engine::open(config, &mut [Box::new(LocalFactory)]).expect("opens");
    let pairs: Vec<(Handle, Handle)> = (0..16).map(|_| engine.pair_new().expect("a pair")).collect();
    let people = [0, 1, 2, 15].map(|place| Somebody { phone: pairs[place].0, channel: pairs[place].1 });
    for somebody in &people {
        engine.channel_listen(somebody.phone, Detectors::DIGITS).expect("a channel");
    }
    (engine, people)
}

fn pass(engine: &Engine, ms: u64) {
    assert!(engine.advance(Frames::from_ms(ms)));
}

fn play(engine: &Engine, channel: Handle, path: &str) {
    let pieces = vec![Piece::of_path(path)];
    engine.play_list(channel, pieces, PlayOptions::default(), Terms::default()).expect("a channel");
}

/// Each of these phones keys its digit, one after another; what each phone has heard then.
fn heard(engine: &Engine, people: &[Somebody; 4], keyed: &[(usize, char)]) -> [String; 4] {
    while engine.event_wait(Some(Frames(0))).is_some() {}
    for (who, digit) in keyed {
        play(engine, people[*who].phone, &format!("dtmf:{digit}"));
        pass(engine, 400);
    }
    let mut heard: [String; 4] = Default::default();
    while let Some(event) = engine.event_wait(Some(Frames(0))) {
        if let EventKind::Digit { channel, digit, .. } = event.kind
            && let Some(place) = people.iter().position(|somebody| somebody.phone == channel)
        {
            heard[place].push(digit.to_char());
        }
    }
    heard
}

const ALL: [(usize, char); 4] = [(0, '1'), (1, '2'), (2, '7'), (3, '9')];

fn wrong_state(result: Result<(), EngineError>, word: &str) {
    assert!(matches!(result, Err(EngineError::WrongState(words)) if words.contains(word)), "{result:?}");
}

#[test]
fn a_supervisor_hears_either_side_of_a_call_or_both_and_is_heard_by_nobody() {
    let (engine, people) = open("");
    let [caller, agent, _, supervisor] = people.map(|somebody| somebody.channel);
    engine.connect(caller, Some(agent), SPEECH).expect("channels");
    engine.connect(agent, Some(caller), SPEECH).expect("channels");
    for (side, hears) in [
        (StreamSide::Sent, "2"),
        (StreamSide::Both, "12"),
        (StreamSide::Received, "1"),
        (StreamSide::Both, "12"),
    ] {
        engine.monitor(supervisor, caller, side).expect("nobody hears the supervisor");
        assert_eq!(heard(&engine, &people, &ALL), ["2", "1", "", hears], "{side:?}");
    }
    // A prompt is heard in place of the agent, as the caller hears it; and one to the supervisor in place of all.
    engine.monitor(supervisor, caller, StreamSide::Sent).expect("nobody hears the supervisor");
    heard(&engine, &people, &[]);
    play(&engine, caller, "dtmf:5");
    assert_eq!(heard(&engine, &people, &[(1, '2')]), ["5", "", "", "5"]);
    play(&engine, supervisor, "dtmf:6");
    assert_eq!(heard(&engine, &people, &[(1, '2'), (1, '3')]), ["23", "", "", "63"]);
    engine.connect(supervisor, None, SPEECH).expect("a channel");
    assert_eq!(heard(&engine, &people, &ALL), ["2", "1", "", ""]);
    engine.check_conservation().expect("every octet");
}

#[test]
fn who_hears_what_a_pupil_hears_does_not_hear_its_coach() {
    let (engine, people) = open("");
    let [caller, agent, coach, supervisor] = people.map(|somebody| somebody.channel);
    let bridge = engine.bridge_new().expect("a bridge");
    for (channel, role) in [(caller, Role::Full), (agent, Role::Full), (coach, Role::Coach(Some(agent)))] {
        engine.bridge_join(bridge, channel, PartyTerms { role, ..PartyTerms::default() }).expect("room");
    }
    for (source, side, hears) in [
        (agent, StreamSide::Sent, "1"),
        (agent, StreamSide::Both, "12"),
        (caller, StreamSide::Sent, "2"),
        (caller, StreamSide::Both, "12"),
        (coach, StreamSide::Sent, "12"),
    ] {
        engine.monitor(supervisor, source, side).expect("nobody hears the supervisor");
        assert_eq!(heard(&engine, &people, &ALL), ["2", "17", "12", hears], "{side:?}");
    }
    // Not even one who began to listen before there was a coach, and not the next whose pupil was another's.
    engine.monitor(supervisor, agent, StreamSide::Sent).expect("nobody hears the supervisor");
    let role = |role| PartyTerms { role, ..PartyTerms::default() };
    engine.bridge_set_terms(coach, role(Role::Full)).expect("a party");
    assert_eq!(heard(&engine, &people, &ALL), ["27", "17", "12", "17"]);
    engine.bridge_set_terms(coach, role(Role::Coach(Some(caller)))).expect("a party");
    assert_eq!(heard(&engine, &people, &ALL), ["27", "1", "12", "1"]);
    engine.bridge_set_terms(coach, role(Role::Coach(Some(agent)))).expect("a party");
    assert_eq!(heard(&engine, &people, &ALL), ["2", "17", "12", "1"]);
    engine.check_conservation().expect("every octet");
}

#[test]
fn what_would_come_back_to_who_said_it_is_refused() {
    let (engine, people) = open("");
    let [caller, agent, other, supervisor] = people.map(|somebody| somebody.channel);
    wrong_state(engine.monitor(caller, caller, StreamSide::Sent), "hear itself");
    engine.connect(caller, Some(agent), SPEECH).expect("channels");
    wrong_state(engine.monitor(agent, caller, StreamSide::Sent), "hear itself");
    wrong_state(engine.monitor(agent, caller, StreamSide::Both), "hear itself");
    // In a bridge, where the supervisor is heard, and where it is not.
    let bridge = engine.bridge_new().expect("a bridge");
    let role = |role| PartyTerms { role, ..PartyTerms::default() };
    engine.bridge_join(bridge, other, PartyTerms::default()).expect("room");
    engine.bridge_join(bridge, supervisor, role(Role::Talk)).expect("room");
    wrong_state(engine.monitor(supervisor, other, StreamSide::Sent), "hear itself");
    engine.bridge_set_terms(supervisor, role(Role::Listen)).expect("a party");
    engine.monitor(supervisor, other, StreamSide::Sent).expect("it is not heard there");
    engine.bridge_leave(supervisor).expect("a party");
    // One hears with another, and nobody with that one.
    wrong_state(engine.monitor(agent, supervisor, StreamSide::Sent), "not heard with");
    wrong_state(engine.monitor(other, caller, StreamSide::Both), "not heard with");
    wrong_state(engine.connect(other, Some(supervisor), SPEECH), "hear itself");
    engine.monitor(agent, supervisor, StreamSide::Received).expect("a connection");
    // By a pair: what is sent to a phone is received on it, and what it sends is heard on its channel.
    let phone = people[2].phone;
    wrong_state(engine.monitor(phone, other, StreamSide::Both), "hear itself");
    assert_eq!(engine.monitor(bridge, other, StreamSide::Sent), Err(EngineError::WrongKind));
    // Nothing has changed by all this.
    assert_eq!(heard(&engine, &people, &[(0, '1'), (1, '2')]), ["2", "", "", ""]);
}

#[test]
fn it_ends_when_something_else_lets_who_listens_hear_itself() {
    let role = |role| PartyTerms { role, ..PartyTerms::default() };
    type Act = fn(&Engine, Handle, [Handle; 4]);
    // By a pair: what is sent to the caller's phone comes back on its channel.
    let by_pair: Act = |engine, phone, [caller, agent, ..]| {
        engine.monitor(phone, agent, StreamSide::Both).expect("nothing leads back yet");
        engine.connect(agent, Some(caller), SPEECH).expect("channels");
    };
    let talks: Act = |engine, _, [caller, _, other, supervisor]| {
        let bridge = engine.bridge_new().expect("a bridge");
        engine.bridge_join(bridge, other, PartyTerms::default()).expect("room");
        engine.bridge_join(bridge, caller, PartyTerms::default()).expect("room");
        engine.monitor(supervisor, caller, StreamSide::Both).expect("nothing leads back yet");
        let terms = PartyTerms { role: Role::Talk, ..PartyTerms::default() };
        engine.bridge_join(bridge, supervisor, terms).expect("room");
    };
    for (act, listener) in [(by_pair, None), (talks, Some(3))] {
        let (engine, people) = open("");
        let channels = people.map(|somebody| somebody.channel);
        act(&engine, people[0].phone, channels);
        let listener = listener.map_or(people[0].phone, |place: usize| channels[place]);
        // It hears nothing any more, and may listen to another.
        play(&engine, people[1].phone, "tone:1004 300");
        pass(&engine, 1000);
        let options = StreamOptions { side: StreamSide::Sent, ..StreamOptions::default() };
        let stream = engine.stream(listener, options, Terms::default()).expect("a channel");
        pass(&engine, 500);
        let chunk = engine.stream_read(stream, 100_000).expect("it runs");
        assert!(chunk.samples.iter().all(|sample| sample.abs() < 16), "{:?}", chunk.samples.iter().max());
    }
    // A change of role does it too.
    let (engine, people) = open("");
    let [caller, _, other, supervisor] = people.map(|somebody| somebody.channel);
    let bridge = engine.bridge_new().expect("a bridge");
    engine.bridge_join(bridge, caller, role(Role::Full)).expect("room");
    engine.bridge_join(bridge, other, role(Role::Full)).expect("room");
    engine.bridge_join(bridge, supervisor, role(Role::Listen)).expect("room");
    engine.monitor(supervisor, caller, StreamSide::Sent).expect("it is not heard there");
    engine.bridge_set_terms(supervisor, role(Role::Talk)).expect("a party");
    assert_eq!(heard(&engine, &people, &[(2, '7')])[3], "", "it does not hear what the caller hears");
}

#[test]
fn it_ends_with_either_of_them() {
    let (engine, people) = open("");
    let [caller, agent, _, supervisor] = people.map(|somebody| somebody.channel);
    engine.connect(caller, Some(agent), SPEECH).expect("channels");
    engine.monitor(supervisor, caller, StreamSide::Both).expect("nobody hears the supervisor");
    assert_eq!(heard(&engine, &people, &ALL), ["2", "", "", "12"]);
    engine.pair_free(caller).expect("a pair");
    assert_eq!(heard(&engine, &people, &ALL[1..]), ["", "", "", ""]);
    let (phone, channel) = engine.pair_new().expect("a pair");
    // Whoever is there next is another.
    engine.connect(channel, Some(agent), SPEECH).expect("channels");
    play(&engine, phone, "dtmf:4");
    assert_eq!(heard(&engine, &people, &ALL[1..]), ["", "", "", ""]);
    assert_eq!(engine.monitor(supervisor, caller, StreamSide::Both), Err(EngineError::Stale));
}

#[test]
fn digits_are_blanked_for_who_listens_with_another_as_for_that_one() {
    for (blank, side, digits) in [
        (false, StreamSide::Both, "12"),
        (true, StreamSide::Both, ""),
        (true, StreamSide::Sent, ""),
        (false, StreamSide::Sent, "2"),
    ] {
        let (engine, people) = open(&format!("[recording]\nblank_digits = {blank}\n"));
        let [caller, agent, _, supervisor] = people.map(|somebody| somebody.channel);
        engine.connect(caller, Some(agent), SPEECH).expect("channels");
        engine.monitor(supervisor, caller, side).expect("nobody hears the supervisor");
        let options = StreamOptions { side: StreamSide::Sent, ..StreamOptions::default() };
        let stream = engine.stream(supervisor, options, Terms::default()).expect("a channel");
        heard(&engine, &people, &[(0, '1'), (1, '2')]);
        pass(&engine, 500);
        let (mut detector, mut told) = (Detector::new(), String::new());
        let chunk = engine.stream_read(stream, 100_000).expect("it runs");
        assert!(chunk.samples.len() > 8000, "{}", chunk.samples.len());
        detector.process(&chunk.samples, |event| {
            if let DtmfEvent::Start { digit, .. } = event {
                told.push(digit.to_char());
            }
        });
        assert_eq!(told, digits, "{blank} {side:?}");
    }
}
