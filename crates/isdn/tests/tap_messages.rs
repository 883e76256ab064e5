//! A tapped interface, message by message: the frames of both ends are written by hand.
mod q931_support;

use q931_support::hex;
use tandem_isdn::Side::{self, Network, User};
use tandem_isdn::tap::{Tap, TapEnd, TapEvent, TapState, TappedCall};
use tandem_types::{FrameTime, Frames, SignalledChannel};

/// SETUP of call 1 by the user for 4711 on channel 5, which is preferred; 2001 calls.
const SETUP: &str = "08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 85 6c 05 81 32 30 30 31 70 05 81 34 37 31 31";
/// The same, and no other channel will do.
const SETUP_EXCLUSIVE: &str = "08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 85 70 05 81 34 37 31 31";
/// SETUP without digits.
const SETUP_OVERLAP: &str = "08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 85";
/// The network's answers to it.
const PROCEEDING_ON_7: &str = "08 02 80 01 02 18 03 a9 83 87";
const PROCEEDING: &str = "08 02 80 01 02";
const SETUP_ACKNOWLEDGE: &str = "08 02 80 01 0d 18 03 a9 83 85";
const ALERTING: &str = "08 02 80 01 01";
const CONNECT: &str = "08 02 80 01 07";
const CONNECT_ACKNOWLEDGE: &str = "08 02 00 01 0f";
/// Normal clearing by either.
const DISCONNECT_BY_USER: &str = "08 02 00 01 45 08 02 80 90";
const DISCONNECT_BY_NETWORK: &str = "08 02 80 01 45 08 02 82 91";
const RELEASE_BY_NETWORK: &str = "08 02 80 01 4d";
const RELEASE_COMPLETE_BY_USER: &str = "08 02 00 01 5a";

struct Ear {
    tap: Tap,
    now: FrameTime,
    /// N(S) of the user and of the network.
    next: [u8; 2],
}

const fn place(side: Side) -> usize {
    match side {
        User => 0,
        Network => 1,
    }
}

impl Ear {
    fn new() -> Self {
        Self { tap: Tap::new(8), now: FrameTime(8_000), next: [0; 2] }
    }

    /// A frame as an end would send it, by its control field and what follows.
    fn frame(&mut self, from: Side, command: bool, rest: &[u8]) {
        let cr = if command == (from == Network) { 2 } else { 0 };
        let octets = [&[cr, 1], rest].concat();
        self.tap.handle_frame(self.now, from, &octets);
    }

    /// An I frame, which acknowledges all that the other end has sent.
    fn numbered(&mut self, from: Side, ns: u8, message: &str) {
        let nr = self.next[1 - place(from)];
        let rest = [vec![ns << 1, nr << 1], hex(message)].concat();
        self.frame(from, true, &rest);
    }

    fn says(&mut self, from: Side, message: &str) -> &mut Self {
        let ns = self.next[place(from)];
        self.next[place(from)] = (ns + 1) % 128;
        self.numbered(from, ns, message);
        self
    }

    /// The same, and nobody hears it at the tap.
    fn missed(&mut self, from: Side) {
        self.next[place(from)] = (self.next[place(from)] + 1) % 128;
    }

    fn acknowledges(&mut self, from: Side) {
        let nr = self.next[1 - place(from)];
        self.frame(from, false, &[0x01, nr << 1]);
    }

    fn pass(&mut self, ms: u64) {
        let end = self.now + Frames::from_ms(ms);
        while let Some(due) = self.tap.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.tap.handle_timeout(self.now);
        }
        self.now = end;
    }

    fn calls(&mut self) -> Vec<TappedCall> {
        let events = std::iter::from_fn(|| self.tap.poll_event());
        events
            .filter_map(|event| match event {
                TapEvent::Call(call) => Some(call),
                TapEvent::Link { .. } => None,
            })
            .collect()
    }

    fn states(&mut self) -> Vec<TapState> {
        self.calls().iter().map(|call| call.state).collect()
    }

    fn links(&mut self) -> Vec<bool> {
        let events = std::iter::from_fn(|| self.tap.poll_event());
        events
            .filter_map(|event| match event {
                TapEvent::Link { up } => Some(up),
                TapEvent::Call(_) => None,
            })
            .collect()
    }
}

use TapState::{Alerting, Answered, Ended, Proceeding, SetUp, Unknown};

#[test]
fn a_call_is_told_step_by_step_with_its_numbers_and_the_channel_that_the_other_end_chose() {
    let mut ear = Ear::new();
    ear.says(User, SETUP);
    let begun = ear.calls().remove(0);
    assert_eq!((begun.state, begun.caller, begun.channel), (SetUp, User, None));
    assert_eq!((&begun.called[..], &begun.calling[..]), (&b"4711"[..], &b"2001"[..]));
    ear.says(Network, PROCEEDING_ON_7).says(Network, ALERTING).says(Network, CONNECT);
    ear.says(User, CONNECT_ACKNOWLEDGE);
    let told = ear.calls();
    assert_eq!(told.iter().map(|call| call.state).collect::<Vec<_>>(), [Proceeding, Alerting, Answered]);
    assert!(told.iter().all(|call| call.channel == Some(SignalledChannel(7)) && call.number == begun.number));
    ear.pass(1_000);
    ear.says(Network, DISCONNECT_BY_NETWORK).says(User, "08 02 00 01 4d").says(Network, "08 02 80 01 5a");
    let ended = ear.calls();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].cause.map(|cause| cause.value()), Some(17));
    assert_eq!(ended[0].ended, Some((FrameTime(16_000), TapEnd::Cleared(Network))));
    assert_eq!(ended[0].answered, Some(FrameTime(8_000)));
    assert_eq!((ear.tap.calls().count(), ear.tap.counters().calls, ear.tap.counters().strays), (0, 1, 0));
}

#[test]
fn a_channel_is_certain_from_the_setup_on_that_allows_no_other_and_with_the_first_answer_that_names_none() {
    let mut ear = Ear::new();
    ear.says(User, SETUP_EXCLUSIVE);
    assert_eq!(ear.calls()[0].channel, Some(SignalledChannel(5)));
    let mut ear = Ear::new();
    ear.says(User, SETUP).says(Network, ALERTING);
    assert_eq!(ear.calls()[1].channel, Some(SignalledChannel(5)));
}

#[test]
fn digits_that_come_one_by_one_make_the_called_number() {
    let mut ear = Ear::new();
    ear.says(User, SETUP_OVERLAP).says(Network, SETUP_ACKNOWLEDGE);
    ear.says(User, "08 02 00 01 7b 70 03 81 34 37").says(User, "08 02 00 01 7b 2c 01 31");
    ear.says(Network, PROCEEDING).says(Network, CONNECT).says(User, "08 02 00 01 7b 70 02 81 39");
    let told = ear.calls();
    let states: Vec<_> = told.iter().map(|call| (call.state, call.channel.is_some())).collect();
    assert_eq!(states, [(SetUp, false), (SetUp, true), (Proceeding, true), (Answered, true)]);
    assert_eq!(told.last().map(|call| &call.called[..]), Some(&b"471"[..]));
}

#[test]
fn a_frame_that_is_repeated_is_one_message() {
    let mut ear = Ear::new();
    ear.says(User, SETUP);
    ear.numbered(User, 0, SETUP);
    ear.says(Network, PROCEEDING);
    ear.numbered(Network, 0, PROCEEDING);
    assert_eq!(ear.states(), [SetUp, Proceeding]);
    assert_eq!((ear.tap.way(User).repeated, ear.tap.way(Network).repeated), (1, 1));
    assert_eq!((ear.tap.way(User).messages, ear.tap.counters().repeated_setups), (1, 0));
    // By layer 3, once more before its answer (T303).
    let mut ear = Ear::new();
    ear.says(User, SETUP).says(User, SETUP);
    assert_eq!((ear.states(), ear.tap.counters().repeated_setups), (vec![SetUp], 1));
}

#[test]
fn what_is_behind_a_gap_waits_for_the_repetition_and_keeps_its_order() {
    let mut ear = Ear::new();
    ear.says(User, SETUP_OVERLAP).says(Network, SETUP_ACKNOWLEDGE);
    ear.calls();
    // Frame 1 is lost on the line, so the network does not acknowledge it, and the user repeats both.
    ear.numbered(User, 2, "08 02 00 01 7b 70 02 81 38");
    ear.numbered(User, 1, "08 02 00 01 7b 70 02 81 37");
    ear.numbered(User, 2, "08 02 00 01 7b 70 02 81 38");
    ear.says(Network, PROCEEDING);
    assert_eq!(ear.calls()[0].called, b"78");
    let way = ear.tap.way(User);
    assert_eq!((way.messages, way.repeated, way.missed), (3, 1, 0));
}

#[test]
fn what_the_other_end_has_acknowledged_is_not_waited_for() {
    let mut ear = Ear::new();
    ear.says(User, SETUP).says(Network, PROCEEDING);
    ear.missed(Network);
    ear.acknowledges(User);
    ear.says(Network, CONNECT);
    assert_eq!(ear.states(), [SetUp, Proceeding, Answered], "acknowledged before");
    assert_eq!(ear.tap.way(Network).missed, 1);
    let mut ear = Ear::new();
    ear.says(User, SETUP).says(Network, PROCEEDING);
    ear.missed(Network);
    ear.says(Network, CONNECT);
    assert_eq!(ear.states(), [SetUp, Proceeding], "it may be repeated");
    ear.acknowledges(User);
    assert_eq!(ear.states(), [Answered]);
}

#[test]
fn a_gap_that_nobody_closes_is_left_after_four_seconds_or_nine_frames() {
    let mut ear = Ear::new();
    ear.says(Network, ALERTING);
    ear.calls();
    ear.numbered(Network, 2, CONNECT);
    ear.pass(3_999);
    assert_eq!(ear.states(), []);
    ear.pass(1);
    assert_eq!(ear.states(), [Answered]);
    let mut ear = Ear::new();
    ear.says(Network, ALERTING);
    ear.calls();
    (2..10).for_each(|ns| ear.numbered(Network, ns, CONNECT));
    assert_eq!(ear.states(), []);
    ear.numbered(Network, 10, CONNECT);
    assert_eq!((ear.states(), ear.tap.way(Network).missed), (vec![Answered], 1));
}

#[test]
fn a_frame_as_far_ahead_as_one_is_taken_for_a_new_one_waits_no_longer_than_any_other() {
    let mut ear = Ear::new();
    ear.numbered(Network, 127, ALERTING);
    ear.calls();
    ear.numbered(Network, 63, CONNECT);
    ear.pass(3_999);
    assert_eq!(ear.states(), []);
    ear.pass(1);
    assert_eq!((ear.states(), ear.tap.way(Network).missed), (vec![Answered], 63));
    assert!(ear.tap.poll_timeout().is_some_and(|due| due > ear.now), "nothing waits");
    ear.numbered(Network, 64, DISCONNECT_BY_NETWORK);
    assert_eq!(ear.states(), [Ended]);
}

#[test]
fn numbers_begin_again_with_the_link_and_calls_go_on() {
    let mut ear = Ear::new();
    ear.says(User, SETUP).says(Network, PROCEEDING).says(Network, CONNECT);
    ear.frame(User, true, &[0x7f]);
    ear.frame(Network, false, &[0x73]);
    ear.next = [0; 2];
    ear.says(Network, DISCONNECT_BY_NETWORK);
    assert_eq!(ear.states(), [SetUp, Proceeding, Answered, Ended]);
    assert_eq!(ear.tap.way(Network).repeated, 0);
}

#[test]
fn what_came_between_the_two_frames_that_set_a_link_up_is_of_the_one_before() {
    let mut ear = Ear::new();
    ear.frame(User, true, &[0x7f]);
    ear.numbered(Network, 60, CONNECT);
    ear.numbered(Network, 62, ALERTING);
    ear.frame(Network, false, &[0x73]);
    ear.next = [0; 2];
    assert_eq!(ear.states(), [Answered]);
    ear.says(Network, DISCONNECT_BY_NETWORK);
    assert_eq!(ear.states(), [Ended]);
    ear.pass(10_000);
    assert!(ear.tap.poll_timeout().is_some_and(|due| due > ear.now), "nothing waits for a number of before");
}

#[test]
fn the_link_is_up_while_both_ends_are_heard() {
    let mut ear = Ear::new();
    assert!(!ear.tap.is_up());
    ear.frame(User, true, &[0x7f]);
    assert_eq!(ear.links(), []);
    ear.frame(Network, false, &[0x73]);
    assert_eq!(ear.links(), [true]);
    ear.frame(User, true, &[0x53]);
    assert_eq!(ear.links(), [false]);
    ear.frame(Network, false, &[0x73]);
    assert_eq!(ear.links(), [], "the answer to DISC");
    ear.acknowledges(User);
    ear.acknowledges(Network);
    assert_eq!(ear.links(), [true]);
    ear.pass(30_000);
    ear.acknowledges(User);
    ear.pass(29_999);
    assert_eq!(ear.links(), []);
    ear.pass(1);
    assert_eq!(ear.links(), [false], "the network has said nothing for a minute");
}

#[test]
fn a_link_of_which_one_end_is_never_heard_is_not_up_and_that_is_not_told_again_and_again() {
    let mut ear = Ear::new();
    for _ in 0..12 {
        ear.acknowledges(User);
        ear.pass(10_000);
    }
    assert_eq!(ear.links(), []);
    ear.acknowledges(Network);
    assert_eq!(ear.links(), [true]);
    // Now it is the user who says nothing, and the network asks on.
    for _ in 0..12 {
        ear.acknowledges(Network);
        ear.pass(10_000);
    }
    assert_eq!(ear.links(), [false], "once");
}

#[test]
fn a_call_from_before_the_tap_is_half_known_from_the_first_message_on_that_takes_it_further() {
    let mut ear = Ear::new();
    ear.says(Network, ALERTING).says(Network, CONNECT);
    ear.says(User, DISCONNECT_BY_USER);
    let told = ear.calls();
    assert_eq!(told.iter().map(|call| call.state).collect::<Vec<_>>(), [Alerting, Answered, Ended]);
    assert!(told.iter().all(|call| call.setup.is_none() && call.caller == User && call.called.is_empty()));
    assert_eq!((ear.tap.counters().half_known, ear.tap.counters().calls), (1, 0));
    let mut ear = Ear::new();
    ear.says(Network, "08 02 80 01 6e 27 01 f9").says(Network, "08 02 80 01 62 1c 00");
    let told = ear.calls();
    assert_eq!(told.iter().map(|call| call.state).collect::<Vec<_>>(), [Unknown]);
    assert_eq!(ear.tap.calls().map(|call| call.messages).collect::<Vec<_>>(), [2]);
}

#[test]
fn the_end_of_a_call_that_was_never_heard_of_is_counted_and_begins_nothing() {
    let mut ear = Ear::new();
    for message in
        [DISCONNECT_BY_NETWORK, RELEASE_BY_NETWORK, "08 02 80 01 5a", "08 02 80 01 7d 08 02 80 9e 14 01 0a"]
    {
        ear.says(Network, message);
    }
    assert_eq!((ear.states(), ear.tap.counters().strays), (vec![], 4));
}

#[test]
fn nothing_that_crosses_the_end_of_a_call_begins_another() {
    let mut ear = Ear::new();
    ear.says(User, SETUP).says(Network, CONNECT).says(User, DISCONNECT_BY_USER);
    ear.says(Network, "08 02 80 01 62 1c 00")
        .says(Network, RELEASE_BY_NETWORK)
        .says(User, RELEASE_COMPLETE_BY_USER);
    ear.says(Network, "08 02 80 01 6e 27 01 f9");
    assert_eq!(ear.states(), [SetUp, Answered, Ended]);
    // The reference is free.
    ear.says(User, SETUP);
    assert_eq!((ear.states(), ear.tap.counters().lost), (vec![SetUp], 0));
}

#[test]
fn a_call_whose_end_was_missed_ends_when_its_reference_or_its_channel_is_anothers() {
    let mut ear = Ear::new();
    ear.says(User, SETUP).says(Network, CONNECT);
    ear.calls();
    ear.says(User, SETUP);
    let told = ear.calls();
    assert_eq!((told[0].ended.map(|end| end.1), told[0].cause), (Some(TapEnd::Lost), None));
    assert_eq!((told[1].state, told[1].number), (SetUp, told[0].number + 1));
    // Reference 2, on channel 5 too: with its answer it is certain.
    ear.says(Network, CONNECT);
    ear.calls();
    ear.says(User, &SETUP.replacen("00 01", "00 02", 1));
    assert_eq!(ear.states(), [SetUp]);
    ear.says(Network, "08 02 80 02 02");
    let told = ear.calls();
    assert_eq!((told[0].state, told[0].ended.map(|end| end.1)), (Ended, Some(TapEnd::Lost)));
    assert_eq!((told[1].state, told[1].channel), (Proceeding, Some(SignalledChannel(5))));
}

#[test]
fn two_setups_for_one_channel_end_nobody_before_one_of_them_is_answered() {
    let mut ear = Ear::new();
    ear.says(User, SETUP_EXCLUSIVE).says(Network, SETUP_EXCLUSIVE);
    assert_eq!(ear.states(), [SetUp, SetUp]);
    ear.says(Network, "08 02 80 01 5a 08 02 82 ac").says(User, "08 02 80 01 02");
    let told = ear.calls();
    assert_eq!((told[0].state, told[0].caller), (Ended, User));
    assert_eq!((told[1].state, told[1].caller), (Proceeding, Network));
    assert_eq!(ear.tap.counters().lost, 0);
}

#[test]
fn a_restart_ends_the_calls_on_what_is_restarted() {
    let both = |ear: &mut Ear| {
        ear.says(User, SETUP).says(Network, CONNECT);
        ear.says(User, &SETUP.replacen("00 01", "00 02", 1)).says(Network, "08 02 80 02 02 18 03 a9 83 86");
        ear.calls();
    };
    let mut ear = Ear::new();
    both(&mut ear);
    ear.says(Network, "08 02 00 00 46 18 03 a9 83 85 79 01 80");
    let told = ear.calls();
    assert_eq!(told.iter().map(|call| call.channel).collect::<Vec<_>>(), [Some(SignalledChannel(5))]);
    assert_eq!(told[0].ended.map(|end| end.1), Some(TapEnd::Restarted(Network)));
    let mut ear = Ear::new();
    both(&mut ear);
    ear.says(User, "08 02 00 00 46 79 01 86");
    assert_eq!(ear.states(), [Ended, Ended]);
}

#[test]
fn no_call_stays_for_ever() {
    let mut ear = Ear::new();
    ear.says(User, SETUP).says(Network, ALERTING);
    ear.says(User, &SETUP.replacen("00 01", "00 02", 1)).says(Network, "08 02 80 02 07 18 03 a9 83 86");
    ear.calls();
    ear.pass(599_999);
    assert_eq!(ear.states(), []);
    ear.pass(1);
    let told = ear.calls();
    assert_eq!(told.iter().map(|call| call.called.len()).collect::<Vec<_>>(), [4]);
    ear.pass(86_400_000 - 600_000 - 1);
    assert_eq!(ear.states(), []);
    ear.pass(1);
    assert_eq!(ear.states(), [Ended]);
    ear.pass(61_000);
    assert_eq!((ear.tap.calls().count(), ear.tap.poll_timeout()), (0, None));
}

#[test]
fn one_call_too_many_takes_the_place_of_the_one_not_heard_of_for_longest() {
    let mut ear = Ear::new();
    for reference in 1..=9 {
        ear.pass(1_000);
        let setup = SETUP.replacen("00 01", &format!("00 {reference:02x}"), 1);
        ear.says(User, &setup);
        if reference == 8 {
            ear.says(Network, ALERTING);
        }
    }
    let told = ear.calls();
    let ended: Vec<u64> = told.iter().filter(|call| call.state == Ended).map(|call| call.number).collect();
    assert_eq!((ended, ear.tap.calls().count()), (vec![2], 8), "the first was heard of again");
}

#[test]
fn of_too_many_calls_those_that_talk_are_given_up_last() {
    let mut ear = Ear::new();
    let setup = |reference: u8| SETUP.replacen("00 01", &format!("00 {reference:02x}"), 1);
    // 1 talks, 2 was there before the tap, 3 is alerting; 4 to 8 are not answered by anybody.
    ear.says(User, &setup(1)).says(Network, CONNECT);
    ear.pass(1_000);
    ear.says(Network, "08 02 80 02 6e 27 01 f9");
    ear.pass(1_000);
    ear.says(User, &setup(3)).says(Network, "08 02 80 03 01 18 03 a9 83 86");
    for reference in 4..=8 {
        ear.pass(1_000);
        ear.says(User, &setup(reference));
    }
    ear.calls();
    let mut given_up = |reference: u8| {
        // What comes now is settled at once.
        ear.pass(1_000);
        ear.says(User, &setup(reference));
        let channel = format!("08 02 80 {reference:02x} 01 18 03 a9 83 {:02x}", 0x80 + reference);
        ear.says(Network, &channel);
        let ended = ear.calls().into_iter().filter(|call| call.state == Ended);
        ended.map(|call| call.number).collect::<Vec<_>>()
    };
    let order: Vec<u64> = (9..=15).flat_map(&mut given_up).collect();
    assert_eq!(order, [4, 5, 6, 7, 8, 2, 3]);
    assert!(ear.tap.calls().any(|call| call.number == 1 && call.state == Answered));
}

#[test]
fn who_does_not_fetch_the_events_is_told_of_no_more_calls_but_of_the_end_of_those_he_knows() {
    let mut ear = Ear::new();
    for _ in 0..3_000 {
        ear.says(User, SETUP).says(Network, "08 02 80 01 5a 08 02 82 91");
    }
    let told = ear.states();
    let begun = told.iter().filter(|state| **state == SetUp).count();
    assert_eq!(begun, told.iter().filter(|state| **state == Ended).count());
    assert!((512..=513).contains(&begun), "{begun}");
    assert!(ear.tap.counters().passed_over >= 2_486);
}

#[test]
fn a_receiver_that_hears_nothing_ends_all_calls_and_then_takes_any_number() {
    let mut ear = Ear::new();
    ear.says(User, SETUP).says(Network, CONNECT);
    ear.calls();
    ear.tap.deafened(ear.now);
    assert_eq!(ear.states(), [Ended]);
    ear.next = [77, 90];
    ear.says(Network, DISCONNECT_BY_NETWORK).says(User, SETUP);
    assert_eq!((ear.states(), ear.tap.counters().strays), (vec![SetUp], 1));
}

#[test]
fn receivers_that_are_exchanged_show_and_what_is_not_of_this_interface_is_counted_apart() {
    let mut ear = Ear::new();
    let setup = hex(SETUP);
    let i_frame = |first: u8, tei: u8| [vec![first, tei, 0, 0], setup.clone()].concat();
    // A command of the user has the C/R bit 0.
    ear.tap.handle_frame(ear.now, Network, &i_frame(0x00, 1));
    assert_eq!(ear.tap.way(Network).misdirected, 1);
    ear.tap.handle_frame(ear.now, User, &i_frame(0xfc, 1));
    ear.tap.handle_frame(ear.now, User, &i_frame(0x00, 0x81));
    assert_eq!(ear.tap.way(User).other_link, 2);
    ear.tap.handle_frame(ear.now, User, &[0x00]);
    ear.tap.handle_frame(ear.now, User, &[0x00, 0x01, 0x0d, 0x00]);
    assert_eq!(ear.tap.way(User).invalid, 2);
    assert_eq!(ear.states(), []);
    // Unit data, to the interface and to all.
    ear.frame(Network, true, &[vec![0x03], hex(SETUP)].concat());
    ear.tap.handle_frame(
        ear.now,
        Network,
        &[vec![0x02, 0xff, 0x03], hex(&SETUP.replacen("00 01", "00 02", 1))].concat(),
    );
    assert_eq!((ear.states(), ear.tap.way(Network).messages), (vec![SetUp, SetUp], 2));
    for message in ["08 00 62 1c 00", "08 02 00 00 4e", "43 02 00 01 0f", "09 02", "08"] {
        ear.says(Network, message);
    }
    let counters = ear.tap.counters();
    assert_eq!((counters.of_no_call, counters.undecodable), (3, 2));
}
