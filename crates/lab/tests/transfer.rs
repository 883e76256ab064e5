//! Transfers: a caller who has talked to an agent is joined with an expert, and both ends are an engine's.
mod pair;
use pair::{NETWORK, Pair, USER, keys};
use tandem_engine::{CallId, CallState, EndReason, EngineError, EventKind, PartyTerms, Terms};
use tandem_types::{Bearer, Cause, Frames, Handle};

/// A call centre at the user's end: its own numbers of two calls, and those that the network's end has of them.
struct Centre {
    pair: Pair,
    caller: CallId,
    caller_far: CallId,
    expert: CallId,
    expert_far: CallId,
}

const BUSY: Cause = Cause::new(17).expect("a cause");
const REJECTED: Cause = Cause::new(21).expect("a cause");

impl Centre {
    /// A caller who has been answered, and an expert who is being called.
    fn asking() -> Self {
        let mut pair = Pair::up("", "");
        let (caller_far, caller) = pair.connect(NETWORK, 1);
        let expert = pair.ends[USER].call_place(pair.channel(USER, 9), "4712").expect("a free channel");
        pair.pass_ms(300);
        let (expert_far, ..) = pair.offered(NETWORK);
        Self { pair, caller, caller_far, expert, expert_far }
    }

    /// The same with the expert's answer.
    fn talking() -> Self {
        let mut centre = Self::asking();
        centre.expert_answers();
        centre
    }

    fn expert_answers(&mut self) {
        self.pair.ends[NETWORK].call_answer(self.expert_far).expect("offered");
        self.pair.pass_ms(300);
    }

    fn transfer(&self) -> Result<(), EngineError> {
        self.pair.ends[USER].call_transfer(self.caller, self.expert)
    }

    /// What transfers have come to: of which call, to which, why it ended so, and the cause.
    fn transferred(&self) -> Vec<(CallId, CallId, EndReason, Option<u8>)> {
        let told = self.pair.told[USER].iter();
        let of = |kind: &EventKind| match kind {
            EventKind::CallTransferred { call, to, reason, cause, .. } => {
                Some((*call, *to, *reason, cause.map(Cause::value)))
            }
            _ => None,
        };
        told.filter_map(|event| of(&event.kind)).collect()
    }

    fn channel(&self, end: usize, call: CallId) -> Handle {
        self.pair.ends[end].call_info(call).expect("known").channel
    }

    /// The digits that one party of the network's end hears when another presses keys.
    fn heard(&mut self, from: CallId, by: CallId) -> String {
        let (from, by) = (self.channel(NETWORK, from), self.channel(NETWORK, by));
        let network = &self.pair.ends[NETWORK];
        network.clear_digits(by).expect("a call");
        network.play_samples(from, keys("258"), Terms::default()).expect("nothing plays");
        let terms = Terms { max_time: Frames::from_ms(1500), ..Terms::default() };
        let collection = network.collect(by, terms).expect("nothing collects");
        self.pair.pass_ms(2000);
        let told = self.pair.told[NETWORK].iter();
        let mut digits = told.filter_map(|event| match &event.kind {
            EventKind::CollectDone { operation, digits, .. } if *operation == collection => {
                Some(digits.clone())
            }
            _ => None,
        });
        digits.next_back().expect("it ends")
    }

    fn state(&self, end: usize, call: CallId) -> CallState {
        self.pair.ends[end].call_info(call).expect("known").state
    }
}

#[test]
fn calls_that_are_joined_hear_each_other_and_end_together_for_the_cause_of_the_first() {
    for (end, first) in [(NETWORK, 0), (NETWORK, 1), (USER, 0), (USER, 1)] {
        let mut centre = Centre::talking();
        let (caller_far, expert_far) = (centre.caller_far, centre.expert_far);
        assert_eq!(centre.heard(caller_far, expert_far), "", "nothing joins them yet");
        centre.transfer().expect("both are answered");
        assert_eq!(centre.heard(caller_far, expert_far), "258");
        assert_eq!(centre.heard(expert_far, caller_far), "258");
        assert_eq!(centre.transferred(), [(centre.caller, centre.expert, EndReason::Finished, None)]);
        let calls = [[centre.caller, centre.expert], [caller_far, expert_far]];
        centre.pair.ends[end].call_clear(calls[end][first], REJECTED).expect("a call");
        centre.pair.pass_ms(500);
        for (end, calls) in calls.iter().enumerate() {
            for call in calls {
                let ended = centre.pair.ends[end].call_info(*call).expect("known").ended;
                assert_eq!(ended.expect("over").cause, REJECTED, "end {end}, cleared: {first}");
            }
        }
        assert_eq!(centre.transferred().len(), 1, "it is told once");
    }
}

#[test]
fn what_plays_to_them_and_their_bridges_end_when_they_are_joined_and_their_recordings_go_on() {
    let mut centre = Centre::talking();
    let (caller, expert) = (centre.channel(USER, centre.caller), centre.channel(USER, centre.expert));
    let engine = &centre.pair.ends[USER];
    let play = engine.play_samples(caller, vec![1000; 80_000].into(), Terms::default()).expect("plays");
    let bridge = engine.bridge_new().expect("a bridge");
    engine.bridge_join(bridge, expert, PartyTerms::default()).expect("a call");
    let collection = engine.collect(caller, Terms::default()).expect("collects");
    centre.transfer().expect("both are answered");
    assert!(matches!(engine.bridge_leave(expert), Err(EngineError::WrongState(_))), "it has left");
    centre.pair.pass_ms(10);
    let ended = |wanted: Handle| {
        centre.pair.told[USER].iter().find_map(|event| match event.kind {
            EventKind::PlayDone { operation, reason, .. } if operation == wanted => Some(reason),
            EventKind::CollectDone { operation, reason, .. } if operation == wanted => Some(reason),
            _ => None,
        })
    };
    assert_eq!((ended(play), ended(collection)), (Some(EndReason::Stopped), None));
    let (caller_far, expert_far) = (centre.caller_far, centre.expert_far);
    assert_eq!(centre.heard(caller_far, expert_far), "258");
}

#[test]
fn a_call_that_is_transferred_without_asking_waits_for_the_answer_with_what_it_hears() {
    let mut centre = Centre::asking();
    let caller = centre.channel(USER, centre.caller);
    let music = centre.pair.ends[USER].play_samples(caller, keys("5"), Terms { ..Terms::default() });
    music.expect("plays");
    centre.transfer().expect("the expert is being called");
    centre.pair.pass_ms(400);
    assert_eq!(centre.transferred(), [], "it waits");
    let played = |kind: &EventKind| matches!(kind, EventKind::PlayDone { reason: EndReason::Finished, .. });
    assert!(centre.pair.heard(USER, played), "the music has gone on");
    centre.expert_answers();
    assert_eq!(centre.transferred(), [(centre.caller, centre.expert, EndReason::Finished, None)]);
    let (caller_far, expert_far) = (centre.caller_far, centre.expert_far);
    assert_eq!(centre.heard(expert_far, caller_far), "258");
}

#[test]
fn a_call_whose_transfer_fails_is_the_hosts_again_and_can_be_transferred_elsewhere() {
    let mut centre = Centre::asking();
    centre.transfer().expect("the expert is being called");
    centre.pair.ends[NETWORK].call_clear(centre.expert_far, BUSY).expect("offered");
    centre.pair.pass_ms(500);
    assert_eq!(centre.transferred(), [(centre.caller, centre.expert, EndReason::Failed, Some(17))]);
    assert_eq!(centre.state(USER, centre.caller), CallState::Answered);
    let again = centre.pair.connect(USER, 11);
    centre.pair.ends[USER].call_transfer(centre.caller, again.0).expect("both are answered");
    centre.pair.pass_ms(100);
    assert_eq!(centre.transferred().len(), 2);
    assert_eq!(centre.heard(centre.caller_far, again.1), "258");
}

#[test]
fn a_caller_who_does_not_wait_takes_the_call_to_the_expert_along() {
    let mut centre = Centre::asking();
    centre.transfer().expect("the expert is being called");
    centre.pair.ends[NETWORK].call_clear(centre.caller_far, REJECTED).expect("answered");
    centre.pair.pass_ms(500);
    assert_eq!(centre.transferred(), [(centre.caller, centre.expert, EndReason::Hangup, Some(21))]);
    assert_eq!(centre.pair.cleared(USER), [(21, true), (21, false)]);
    assert_eq!(centre.state(NETWORK, centre.expert_far), CallState::Cleared);
}

#[test]
fn a_host_may_take_both_calls_back() {
    // While it waits, by either call.
    for first in [true, false] {
        let mut centre = Centre::asking();
        centre.transfer().expect("the expert is being called");
        let named = if first { centre.caller } else { centre.expert };
        centre.pair.ends[USER].call_end_transfer(named).expect("it waits");
        centre.expert_answers();
        assert_eq!(centre.transferred(), [(centre.caller, centre.expert, EndReason::Stopped, None)]);
        assert_eq!(centre.heard(centre.caller_far, centre.expert_far), "", "nothing joins them");
    }
    // And when they are joined.
    let mut centre = Centre::talking();
    centre.transfer().expect("both are answered");
    centre.pair.ends[USER].call_end_transfer(centre.expert).expect("joined");
    assert_eq!(centre.heard(centre.caller_far, centre.expert_far), "");
    assert_eq!(centre.heard(centre.expert_far, centre.caller_far), "");
    centre.pair.ends[NETWORK].call_clear(centre.expert_far, REJECTED).expect("answered");
    centre.pair.pass_ms(500);
    assert_eq!(centre.state(USER, centre.caller), CallState::Answered, "it ends by itself");
    let again = centre.pair.ends[USER].call_end_transfer(centre.caller);
    assert_eq!(again, Err(EngineError::WrongState("no transfer has the call")));
}

#[test]
fn both_become_legs_of_the_interaction_of_the_first() {
    let centre = Centre::talking();
    let engine = &centre.pair.ends[USER];
    engine.call_set_interaction(centre.caller, 4711).expect("a call");
    centre.transfer().expect("both are answered");
    assert_eq!(engine.call_info(centre.expert).expect("known").interaction, 4711);
}

#[test]
fn a_host_that_is_behind_has_no_calls_joined() {
    let centre = Centre::talking();
    let engine = &centre.pair.ends[USER];
    for _ in 0..3072 {
        engine.timer_start(None, Frames(1)).expect("a timer");
    }
    engine.advance(Frames(16));
    assert!(matches!(centre.transfer(), Err(EngineError::Busy(_))));
    while engine.event_wait(Some(Frames(0))).is_some() {}
    centre.transfer().expect("both are answered");
}

#[test]
fn what_cannot_be_joined_is_refused() {
    let mut centre = Centre::asking();
    let engine = &centre.pair.ends[USER];
    let transfer = |call, to| engine.call_transfer(call, to).expect_err("refused");
    let (caller, expert) = (centre.caller, centre.expert);
    assert!(matches!(transfer(caller, caller), EngineError::BadArgument(_)));
    assert!(matches!(transfer(caller, CallId(99)), EngineError::NoSuchCall));
    assert!(matches!(transfer(CallId(99), caller), EngineError::NoSuchCall));
    assert!(matches!(transfer(expert, caller), EngineError::WrongState(_)), "not answered");
    engine.call_transfer(caller, expert).expect("the expert is being called");
    assert!(matches!(transfer(caller, expert), EngineError::WrongState(_)), "it is under way");
    engine.call_end_transfer(caller).expect("it waits");
    // One that is held is heard by nobody until it is retrieved.
    for (retrieve, expected) in [(false, false), (true, true)] {
        let engine = &centre.pair.ends[USER];
        match retrieve {
            false => engine.call_hold(caller).expect("answered"),
            true => engine.call_retrieve(caller).expect("held"),
        }
        centre.pair.pass_ms(300);
        let engine = &centre.pair.ends[USER];
        assert_eq!(engine.call_transfer(caller, expert).is_ok(), expected, "retrieved: {retrieve}");
    }
    centre.pair.ends[USER].call_end_transfer(caller).expect("it waits");
    // A caller who is being offered has nobody to talk to.
    centre.pair.ends[NETWORK].call_place(centre.pair.channel(NETWORK, 3), "4713").expect("free");
    centre.pair.pass_ms(300);
    let (offered, ..) = centre.pair.offered(USER);
    let refused = centre.pair.ends[USER].call_transfer(centre.caller, offered).expect_err("refused");
    assert!(matches!(refused, EngineError::WrongState(_)));
    // Nor is a voice heard on a call for data.
    let options = tandem_engine::PlaceOptions { bearer: Bearer::Unrestricted, ..Default::default() };
    let place = centre.pair.ends[USER].call_place_with(centre.pair.channel(USER, 12), "1", &options);
    let data = place.expect("a free channel");
    let refused = centre.pair.ends[USER].call_transfer(centre.caller, data).expect_err("refused");
    assert_eq!(refused, EngineError::WrongState("one call carries data, the other does not"));
}
