//! An engine on an ISDN span against a far end that says what the test says, message by message: what no engine of ours
//! would send.
use hw_sim::LinePort;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use tandem_card::CardFactory;
use tandem_engine::{
    CallId, CallStage, CallState, ChannelService, Config, DigitsEnd, EndReason, Engine, EngineError, Event,
    EventKind, HoldChange, InformationKind, Party, Pattern, PlaceOptions, Terms,
};
use tandem_isdn::Side;
use tandem_isdn::q921::{DataLink, Delivered, LinkEvent, LinkParameters};
use tandem_lab::{FarEnds, SimFactory};
use tandem_line::hdlc::{HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};
use tandem_rt::{Next, Step};
use tandem_types::{Bearer, Cause, FrameTime, Frames, Handle};

const LONGEST: usize = 264;
const D_CHANNEL: usize = 16;

/// What the test and the far end share.
#[derive(Default)]
struct Wanted {
    /// Messages of layer 3 to be sent.
    to_say: VecDeque<Vec<u8>>,
    /// Those received.
    heard: Vec<Vec<u8>>,
    /// SABME is answered by DM.
    refuses: bool,
    /// The link is to be released.
    releases: bool,
    /// How often it was asked to establish.
    asked: usize,
}

/// The network's end of the first port; the others have nobody.
struct FarEnd {
    port: LinePort,
    receiver: HdlcReceiver,
    incoming: [u8; LONGEST + 2],
    sender: HdlcSender,
    to_send: VecDeque<Vec<u8>>,
    link: DataLink,
    now: FrameTime,
    wanted: Arc<Mutex<Wanted>>,
}

impl FarEnd {
    fn new(mut ends: FarEnds, wanted: Arc<Mutex<Wanted>>) -> Self {
        let limits = HdlcLimits { shortest: 3, longest: LONGEST as u16 };
        Self {
            port: ends.ports.swap_remove(0),
            receiver: HdlcReceiver::new(limits),
            incoming: [0; LONGEST + 2],
            sender: HdlcSender::new(),
            to_send: VecDeque::new(),
            link: DataLink::new(LinkParameters::new(Side::Network)),
            now: FrameTime::ZERO,
            wanted,
        }
    }

    fn take(&mut self, octet: u8) {
        let Some(HdlcEvent::Frame(length)) = self.receiver.handle_octet(&mut self.incoming, octet) else {
            return;
        };
        let frame = &self.incoming[..length];
        let mut wanted = lock(&self.wanted);
        let is_sabme = frame.get(2).is_some_and(|control| control & !0x10 == 0x6f);
        wanted.asked += usize::from(is_sabme);
        if is_sabme && wanted.refuses {
            return self.to_send.push_back(vec![0x00, 0x01, 0x1f]);
        }
        if let Some(Delivered::Data(message)) = self.link.handle_frame(self.now, frame) {
            wanted.heard.push(message.to_vec());
        }
    }

    fn pass(&mut self) {
        if self.link.poll_timeout().is_some_and(|due| due <= self.now) {
            self.link.handle_timeout(self.now);
        }
        while let Some(event) = self.link.poll_event() {
            assert!(!matches!(event, LinkEvent::Error(_)), "{event:?}");
        }
        if std::mem::take(&mut lock(&self.wanted).releases) {
            self.link.release(self.now);
        }
        for message in lock(&self.wanted).to_say.drain(..) {
            self.link.send(self.now, &message).expect("the link is up");
        }
        while let Some(frame) = self.link.poll_transmit(self.now) {
            self.to_send.push_back(frame.to_vec());
        }
    }
}

impl Step for FarEnd {
    fn step(&mut self, now: FrameTime) -> Next {
        while self.now < now {
            let frame = self.to_send.front().map_or(&[][..], Vec::as_slice);
            let sent = self.sender.poll_octet(frame);
            if sent.frame_done {
                self.to_send.pop_front();
            }
            let mut slots = [0xd5; 32];
            slots[D_CHANNEL] = sent.line;
            match self.port.exchange_frame(&slots).map(|heard| heard[D_CHANNEL]) {
                Some(octet) => self.take(octet),
                None => self.receiver.restart(),
            }
            self.now += Frames(1);
            self.pass();
        }
        Next::At(now)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("one thread")
}

fn octets(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).expect("an octet")).collect()
}

/// The engine, who is the user, and the far end.
struct Bench {
    engine: Engine,
    wanted: Arc<Mutex<Wanted>>,
    told: Vec<EventKind>,
}

impl Bench {
    /// With these fields in `[span.pri]` and these sections before the cards.
    fn new(pri: &str, sections: &str) -> Self {
        let text = format!(
            "[engine]\nmode = \"lockstep\"\n{sections}\n[[card]]\nmodel = \"sim-bit\"\noptions = {{ cas = false }}\n\
             [[span]]\nport = 0\nsignalling = \"pri\"\npri = {{ {pri} }}\n"
        );
        let wanted = Arc::default();
        let shared = Arc::clone(&wanted);
        let make = move |ends| Box::new(FarEnd::new(ends, Arc::clone(&shared))) as Box<dyn Step>;
        let factory: Box<dyn CardFactory> = Box::new(SimFactory::new(Box::new(make)));
        let config = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let engine = Engine::open(config, &mut [factory]).expect("opens");
        Self { engine, wanted, told: Vec::new() }
    }

    /// The same with the D channel up, and no restart at its beginning.
    fn up_with(pri: &str, sections: &str) -> Self {
        let mut bench = Self::new(&format!("restart = false{pri}"), sections);
        bench.pass_ms(500);
        assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::LinkChanged { up: true, .. })));
        bench.told.clear();
        bench
    }

    fn up() -> Self {
        Self::up_with("", "")
    }

    fn pass_ms(&mut self, ms: u64) {
        for _ in 0..ms.div_ceil(10) {
            assert!(self.engine.advance(Frames::from_ms(10)));
            let told = std::iter::from_fn(|| self.engine.event_wait(Some(Frames(0))));
            self.told.extend(told.map(|event: Event| event.kind));
        }
    }

    /// The far end sends these messages at once, and 100 ms pass.
    fn say(&mut self, messages: &[&str]) {
        lock(&self.wanted).to_say.extend(messages.iter().map(|message| octets(message)));
        self.pass_ms(100);
    }

    /// What the far end has heard since the last time: call reference and type of each message.
    fn heard(&mut self) -> Vec<String> {
        let heard = std::mem::take(&mut lock(&self.wanted).heard);
        heard.iter().map(|it| format!("{:02x}{:02x} {:02x}", it[2], it[3], it[4])).collect()
    }

    fn heard_whole(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut lock(&self.wanted).heard)
    }

    fn channel(&self, slot: u8) -> Handle {
        let channels = self.engine.channels(0).expect("open");
        channels.into_iter().find(|(_, number)| *number == slot).expect("a channel").0
    }

    fn place(&mut self, slot: u8) -> CallId {
        let call = self.engine.call_place(self.channel(slot), "4711").expect("a free channel");
        self.pass_ms(100);
        call
    }

    /// A call of the far end on channel 1, offered.
    fn offered(&mut self) -> CallId {
        self.say(&[&setup(1)]);
        let offered = self.told.iter().find_map(|kind| match kind {
            EventKind::CallOffered { call, .. } => Some(*call),
            _ => None,
        });
        offered.expect("a call")
    }

    /// A call of ours on channel 1 that has been answered.
    fn answered(&mut self) -> CallId {
        let call = self.place(1);
        self.say(&["08 02 80 01 02 18 03 a9 83 81", "08 02 80 01 07"]);
        assert!(self.told.iter().any(|kind| matches!(kind, EventKind::CallAnswered { .. })));
        self.told.clear();
        self.heard();
        call
    }

    fn cleared(&self) -> Vec<(CallId, u8, bool)> {
        let cleared = |kind: &EventKind| match kind {
            EventKind::CallCleared { call, cause, by_far_end, .. } => {
                Some((*call, cause.value(), *by_far_end))
            }
            _ => None,
        };
        self.told.iter().filter_map(cleared).collect()
    }

    fn stages(&self) -> Vec<CallStage> {
        let stage = |kind: &EventKind| match kind {
            EventKind::CallProgress { stage, .. } => Some(*stage),
            _ => None,
        };
        self.told.iter().filter_map(stage).collect()
    }

    fn information(&self) -> Vec<(InformationKind, Vec<u8>)> {
        let told = |kind: &EventKind| match kind {
            EventKind::CallInformation { kind, octets, .. } => Some((*kind, octets.clone())),
            _ => None,
        };
        self.told.iter().filter_map(told).collect()
    }

    fn holds(&self) -> Vec<HoldChange> {
        let told = |kind: &EventKind| match kind {
            EventKind::CallHold { change, .. } => Some(*change),
            _ => None,
        };
        self.told.iter().filter_map(told).collect()
    }

    fn services(&self) -> Vec<ChannelService> {
        let told = |kind: &EventKind| match kind {
            EventKind::ChannelServiceChanged { service, .. } => Some(*service),
            _ => None,
        };
        self.told.iter().filter_map(told).collect()
    }
}

/// A call of the far end for 2001, speech, exclusively on this channel.
fn setup(channel: u8) -> String {
    format!("08 02 00 01 05 a1 04 03 80 90 a3 18 03 a9 83 {:02x} 70 05 80 32 30 30 31", 0x80 | channel)
}

const BUSY_WITH_TONE: &str = "08 02 80 01 45 08 02 82 91 1e 02 82 88";

#[test]
fn a_busy_tone_is_heard_until_the_host_has_enough_of_it() {
    let mut bench = Bench::up();
    let call = bench.place(1);
    bench.say(&["08 02 80 01 02 18 03 a9 83 81", BUSY_WITH_TONE]);
    let busy = Cause::USER_BUSY;
    let told = |kind: &EventKind| matches!(kind, EventKind::CallDisconnected { cause, in_band: true, .. } if *cause == busy);
    assert!(bench.told.iter().any(told), "{:?}", bench.told);
    bench.engine.collect(bench.channel(1), Terms::default()).expect("something may still be heard");
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("it is still here");
    bench.pass_ms(50);
    assert_eq!(bench.heard(), ["0001 05", "0001 4d"]);
    bench.say(&["08 02 80 01 5a"]);
    assert_eq!(bench.cleared(), [(call, 17, true)]);
    assert!(
        bench
            .told
            .iter()
            .any(|kind| matches!(kind, EventKind::CollectDone { reason: EndReason::Hangup, .. }))
    );
}

#[test]
fn a_busy_tone_that_nobody_ends_is_ended_after_30_s() {
    let mut bench = Bench::up();
    bench.place(1);
    bench.say(&["08 02 80 01 02 18 03 a9 83 81", BUSY_WITH_TONE]);
    bench.heard();
    bench.pass_ms(29_500);
    assert_eq!(bench.heard(), Vec::<String>::new());
    bench.pass_ms(1_000);
    assert_eq!(bench.heard(), ["0001 4d"]);
}

#[test]
fn a_call_cleared_without_a_tone_is_told_twice_and_can_carry_nothing_between() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.say(&["08 02 80 01 45 08 02 82 90"]);
    assert!(matches!(bench.told[0], EventKind::CallDisconnected { in_band: false, .. }), "{:?}", bench.told);
    assert_eq!(bench.heard(), ["0001 4d"]);
    bench.say(&["08 02 80 01 5a"]);
    assert_eq!(bench.cleared(), [(call, 16, true)]);
}

#[test]
fn a_call_that_has_lost_its_channel_is_not_connected_by_a_lax_network() {
    let mut bench = Bench::up();
    let call = bench.engine.call_place(bench.channel(1), "4711").expect("a free channel");
    // Theirs has left before ours has come.
    bench.say(&[&setup(1)]);
    assert_eq!(bench.cleared(), [(call, 44, true)]);
    bench.say(&["08 02 80 01 02 18 03 a9 83 85", "08 02 80 01 07"]);
    let heard = bench.heard();
    assert!(heard.contains(&"0001 45".into()) && !heard.contains(&"0001 0f".into()), "{heard:?}");
    // The network's call has the channel, and goes on.
    assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::CallOffered { .. })), "{:?}", bench.told);
}

#[test]
fn a_far_end_that_refuses_the_link_is_asked_once_a_second() {
    let mut bench = Bench::new("", "");
    lock(&bench.wanted).refuses = true;
    bench.pass_ms(10_500);
    let asked = lock(&bench.wanted).asked;
    assert!((9..=12).contains(&asked), "{asked}");
    lock(&bench.wanted).refuses = false;
    bench.pass_ms(3_000);
    assert!(!bench.told.iter().any(|kind| matches!(kind, EventKind::LinkChanged { up: false, .. })));
    assert!(!bench.heard().is_empty(), "the channels are restarted");
}

#[test]
fn what_layer_3_clears_by_itself_falls_silent_at_once() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.engine.collect(bench.channel(1), Terms::default()).expect("answered");
    // STATUS: the network says that the call is in state 1.
    bench.say(&["08 02 80 01 7d 08 02 82 e5 14 01 01"]);
    assert!(
        matches!(bench.told[..], [EventKind::CollectDone { reason: EndReason::Hangup, .. }]),
        "{:?}",
        bench.told
    );
    assert!(bench.engine.collect(bench.channel(1), Terms::default()).is_err());
    assert_eq!(bench.heard(), ["0001 45"]);
    bench.say(&["08 02 80 01 4d"]);
    assert_eq!(bench.cleared(), [(call, 101, false)]);
}

#[test]
fn a_channel_under_test_is_passed_over_when_the_far_end_leaves_the_choice() {
    let mut bench = Bench::up();
    let test = bench.engine.line_test_start(0, 1 << 1, Pattern::Prbs15).expect("a free channel");
    // Channel 1 preferred, then any.
    bench.say(&["08 02 00 01 05 a1 04 03 80 90 a3 18 03 a1 83 81 70 03 80 32 30"]);
    bench.say(&["08 02 00 02 05 a1 04 03 80 90 a3 18 03 a1 83 83 70 03 80 32 30"]);
    let offered: Vec<u32> = bench
        .told
        .iter()
        .filter_map(|kind| match kind {
            EventKind::CallOffered { channel, .. } => Some(channel.index()),
            _ => None,
        })
        .collect();
    assert_eq!(offered.len(), 2, "{:?}", bench.told);
    assert!(!offered.contains(&bench.channel(1).index()));
    bench.engine.line_test_stop(test).expect("it runs");
    bench.place(1);
}

#[test]
fn names_are_read_where_the_switch_puts_them_and_in_any_script() {
    for (pri, text) in [("", "28 0c"), (", profile = \"5ess\"", "96 28 0c")] {
        let mut bench = Bench::up_with(pri, "");
        let name = "c3 84 72 7a 74 65 20 4b c3 b6 6c 6e";
        bench.say(&[&format!("{} {text} {name}", setup(1).replace("70 05", "6c 03 21 81 37 70 05"))]);
        let offered = bench.told.iter().find_map(|kind| match kind {
            EventKind::CallOffered { call, .. } => Some(*call),
            _ => None,
        });
        let parties = bench.engine.call_parties(offered.expect("a call")).expect("it is there");
        assert_eq!(parties.display, "Ärzte Köln", "{pri}");
        assert_eq!(parties.calling.map(|party| party.number), Some("7".into()));
    }
}

#[test]
fn withheld_numbers_are_shown_to_whom_the_configuration_says() {
    for (sections, shown) in [("", ""), ("[calls]\nshow_withheld = true", "7")] {
        let mut bench = Bench::up_with("", sections);
        bench.say(&[&setup(1).replace("70 05", "6c 03 21 a1 37 70 05")]);
        let parties = bench.engine.call_parties(CallId(1)).expect("a call");
        assert_eq!(parties.calling.map(|party| (party.number, party.withheld)), Some((shown.into(), true)));
    }
}

#[test]
fn digits_that_the_far_end_no_longer_wants_are_told() {
    let mut bench = Bench::up();
    let options = PlaceOptions { more_digits_follow: true, ..PlaceOptions::default() };
    let call = bench.engine.call_place_with(bench.channel(1), "47", &options).expect("a free channel");
    bench.engine.call_more_digits(call, "11", true).expect("kept");
    bench.say(&["08 02 80 01 02 18 03 a9 83 81"]);
    assert_eq!(bench.stages(), [CallStage::DigitsNotWanted, CallStage::Proceeding]);
    let mut bench = Bench::up_with(", overlap = false", "");
    let refused = bench.engine.call_place_with(bench.channel(1), "47", &options);
    assert!(matches!(refused, Err(EngineError::Unsupported(_))), "{refused:?}");
    // En bloc without Sending complete is complete all the same.
    bench.say(&["08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 05 80 32 30 30 31"]);
    assert!(
        matches!(&bench.told[0], EventKind::CallOffered { called, .. } if called == "2001"),
        "{:?}",
        bench.told
    );
}

#[test]
fn a_restart_by_the_far_end_ends_the_call_by_the_far_end() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.say(&["08 02 00 00 46 18 03 a9 83 81 79 01 80"]);
    assert_eq!(bench.cleared(), [(call, 41, true)]);
    assert_eq!(bench.heard(), ["8000 4e"]);
}

#[test]
fn a_caller_who_has_gone_is_not_offered() {
    let mut bench = Bench::up();
    bench.say(&[&setup(1), "08 02 00 01 5a 08 02 82 90"]);
    let events = &bench.told;
    assert!(
        !events.iter().any(|kind| matches!(kind, EventKind::CallOffered { called, .. } if called.is_empty()))
    );
    assert_eq!(bench.engine.statistics().expect("open").totals.calls_active, 0);
}

#[test]
fn a_host_that_takes_its_time_is_covered_by_an_alert_and_told_so_only_once() {
    let mut bench = Bench::up();
    let call = bench.offered();
    assert_eq!(bench.heard(), ["8001 02"]);
    bench.pass_ms(3_500);
    assert_eq!(bench.heard(), Vec::<String>::new());
    bench.pass_ms(1_000);
    assert_eq!(bench.heard(), ["8001 01"]);
    bench.engine.call_answer(call).expect("offered");
    bench.pass_ms(5_000);
    assert_eq!(bench.heard()[0], "8001 07");
}

#[test]
fn an_answer_within_the_limit_stands_although_it_is_acknowledged_after_it() {
    let mut bench = Bench::up_with("", "[calls]\noffer_seconds = 1");
    let call = bench.offered();
    bench.pass_ms(800);
    bench.engine.call_answer(call).expect("offered");
    bench.pass_ms(1_500);
    bench.say(&["08 02 00 01 0f"]);
    assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::CallAnswered { .. })), "{:?}", bench.told);
    assert_eq!(bench.cleared(), []);
}

#[test]
fn numbers_and_texts_that_cannot_be_sent_are_refused() {
    let bench = Bench::up();
    let long = "1".repeat(33);
    for number in ["a b", "1\n", "€", &long] {
        let refused = bench.engine.call_place(bench.channel(1), number);
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{number:?}: {refused:?}");
    }
    let options = PlaceOptions { display: "x".repeat(80), ..PlaceOptions::default() };
    let refused = bench.engine.call_place_with(bench.channel(1), "1", &options);
    assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
}

#[test]
fn the_reason_of_a_redirection_is_sent_with_the_redirecting_number_alone() {
    let mut bench = Bench::up();
    let party = Party { number: "9".into(), reason: 1, ..Party::default() };
    let options =
        PlaceOptions { calling: Some(party.clone()), redirecting: Some(party), ..PlaceOptions::default() };
    bench.engine.call_place_with(bench.channel(1), "1", &options).expect("a free channel");
    bench.pass_ms(100);
    let setup = bench.heard_whole().remove(0);
    let has = |element: &[u8]| setup.windows(element.len()).any(|at| at == element);
    assert!(has(&octets("6c 03 00 80 39")) && has(&octets("74 04 00 00 81 39")), "{setup:02x?}");
}

#[test]
fn what_ends_tell_each_other_during_a_call_goes_both_ways() {
    let mut bench = Bench::up();
    let call = bench.answered();
    for (kind, said) in [
        (InformationKind::Notification, &b"\x00"[..]),
        (InformationKind::Keypad, b"*21#"),
        (InformationKind::UserUser, b"\x00hello"),
        (InformationKind::Facility, b"\x91\xa1\x03\x02\x01\x01"),
    ] {
        bench.engine.call_send(call, kind, said).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    }
    bench.pass_ms(200);
    let heard: Vec<Vec<u8>> = bench.heard_whole().into_iter().map(|message| message[4..].to_vec()).collect();
    let expected =
        ["6e 27 01 80", "7b 2c 04 2a 32 31 23", "20 7e 06 00 68 65 6c 6c 6f", "62 1c 06 91 a1 03 02 01 01"];
    assert_eq!(heard, expected.map(octets));
    // Only the network shows texts.
    let refused = bench.engine.call_send(call, InformationKind::Display, b"x");
    assert!(matches!(refused, Err(EngineError::Unsupported(_))), "{refused:?}");
    bench.say(&[
        "08 02 80 01 6e 27 01 f9",
        "08 02 80 01 7b 28 02 68 69",
        "08 02 80 01 20 7e 03 04 41 42",
        "08 02 80 01 62 1c 02 91 a1",
    ]);
    let expected = [
        (InformationKind::Notification, vec![0x79]),
        (InformationKind::Display, b"hi".to_vec()),
        (InformationKind::UserUser, b"\x04AB".to_vec()),
        (InformationKind::Facility, vec![0x91, 0xa1]),
    ];
    assert_eq!(bench.information(), expected);
    for (kind, wrong) in [
        (InformationKind::Notification, &b"ab"[..]),
        (InformationKind::Keypad, b" "),
        (InformationKind::UserUser, &[0; 130]),
    ] {
        assert!(
            matches!(bench.engine.call_send(call, kind, wrong), Err(EngineError::BadArgument(_))),
            "{kind:?}"
        );
    }
}

#[test]
fn what_comes_with_a_call_and_its_answer_is_told_and_any_element_can_be_had() {
    let mut bench = Bench::up();
    bench.say(&[&format!("{} 7d 02 91 81 7e 03 04 41 42", setup(1))]);
    assert_eq!(bench.information(), [(InformationKind::UserUser, b"\x04AB".to_vec())]);
    assert_eq!(bench.engine.call_element(CallId(1), 0, 0x7d).expect("a call"), Some(vec![0x91, 0x81]));
    assert_eq!(bench.engine.call_element(CallId(1), 0, 0x7c).expect("a call"), None);
    bench.told.clear();
    let placed = bench.place(2);
    bench.say(&["08 02 80 01 02 18 03 a9 83 82", "08 02 80 01 07 4c 03 21 80 35 7e 02 00 5a"]);
    assert_eq!(bench.information(), [(InformationKind::UserUser, b"\x00Z".to_vec())]);
    let connected = bench.engine.call_parties(placed).expect("a call").connected.expect("a number");
    assert_eq!(connected.number, "5");
}

#[test]
fn calls_are_held_and_retrieved_by_either_end() {
    let mut bench = Bench::up();
    let call = bench.answered();
    assert!(bench.engine.call_retrieve(call).is_err(), "it is not held");
    bench.engine.call_hold(call).expect("answered");
    bench.say(&["08 02 80 01 28"]);
    bench.engine.call_retrieve(call).expect("held");
    bench.say(&["08 02 80 01 37 08 02 82 a9"]);
    bench.engine.call_retrieve(call).expect("held still");
    bench.say(&["08 02 80 01 33 18 03 a9 83 81"]);
    bench.say(&["08 02 80 01 24"]);
    bench.say(&["08 02 80 01 31 18 03 a9 83 81"]);
    let told = [
        HoldChange::Held,
        HoldChange::RetrieveRefused,
        HoldChange::Retrieved,
        HoldChange::HeldForFarEnd,
        HoldChange::RetrievedByFarEnd,
    ];
    assert_eq!(bench.holds(), told);
    assert_eq!(bench.heard(), ["0001 24", "0001 31", "0001 31", "0001 28", "0001 33"]);
    assert_eq!(bench.cleared(), []);
}

#[test]
fn a_channel_is_blocked_after_its_call_reset_and_out_of_service_without_an_answer() {
    let mut bench = Bench::up();
    bench.answered();
    let channel = bench.channel(1);
    bench.engine.channel_set_service(channel, false).expect("a trunk");
    assert_eq!(bench.cleared(), [], "the call goes on");
    assert_eq!(bench.engine.channel_state(channel).expect("open").call, Some(CallId(1)));
    bench.engine.call_clear(CallId(1), Cause::NORMAL_CLEARING).expect("a call");
    bench.say(&["08 02 80 01 4d"]);
    assert!(bench.engine.call_place(channel, "1").is_err(), "it is blocked");
    bench.say(&[&setup(1)]);
    assert!(!bench.told.iter().any(|kind| matches!(kind, EventKind::CallOffered { .. })));
    bench.engine.channel_set_service(channel, true).expect("a trunk");
    bench.engine.channel_reset(channel).expect("the link is up");
    bench.pass_ms(50);
    assert!(bench.heard().contains(&"0000 46".into()));
    bench.say(&["08 02 80 00 4e 18 03 a9 83 81 79 01 80"]);
    use ChannelService::*;
    assert_eq!(bench.services(), [Blocked, InService, Resetting, InService]);
    // T316 runs out twice, 2 minutes each.
    bench.engine.channel_reset(channel).expect("the link is up");
    bench.pass_ms(241_000);
    assert_eq!(bench.services()[4..], [Resetting, OutOfService]);
    assert_eq!(bench.engine.channel_state(channel).expect("open").service, OutOfService);
    bench.engine.channel_set_service(channel, true).expect("a trunk");
    bench.engine.channel_set_service(channel, false).expect("a trunk");
    bench.engine.channel_set_service(channel, true).expect("maintenance says that it is good");
    bench.place(1);
}

#[test]
fn something_may_be_heard_before_the_answer_in_both_directions() {
    let mut bench = Bench::up();
    let call = bench.offered();
    let channel = bench.channel(1);
    bench.engine.call_progress(call).expect("offered");
    bench.engine.play_samples(channel, vec![0; 80].into(), Terms::default()).expect("it may be heard");
    bench.pass_ms(200);
    let heard = bench.heard_whole();
    assert_eq!(heard[1][4..], octets("03 1e 02 80 88"), "PROGRESS: in-band information, from the user");
    assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::PlayDone { .. })));
    let outgoing = bench.channel(2);
    bench.engine.call_place(outgoing, "1").expect("a free channel");
    assert!(bench.engine.collect(outgoing, Terms::default()).is_err(), "the channel is not ours yet");
    bench.say(&["08 02 80 01 02 18 03 a9 83 82"]);
    bench.engine.collect(outgoing, Terms::default()).expect("the far end has given us the channel");
}

#[test]
fn the_far_end_may_choose_another_channel_where_it_is_told_so() {
    let mut bench = Bench::up();
    let [first, third] = [1, 3].map(|slot| bench.channel(slot));
    let options =
        PlaceOptions { channel_may_change: true, bearer: Bearer::Unrestricted, ..PlaceOptions::default() };
    let call = bench.engine.call_place_with(first, "12", &options).expect("a free channel");
    bench.pass_ms(100);
    let setup = bench.heard_whole().remove(0);
    assert!(setup.windows(5).any(|at| at == octets("18 03 a1 83 81")), "preferred: {setup:02x?}");
    bench.say(&["08 02 80 01 02 18 03 a9 83 83"]);
    let at = bench.told.iter().find_map(|kind| match kind {
        EventKind::CallProgress { stage: CallStage::Proceeding, channel, .. } => Some(*channel),
        _ => None,
    });
    assert_eq!((at, bench.engine.call_info(call).expect("a call").channel), (Some(third), third));
    assert!(bench.engine.call_place(third, "1").is_err(), "it is in use");
    bench.say(&["08 02 80 01 07"]);
    bench.engine.collect(third, Terms::default()).expect("answered there");
    assert!(bench.engine.collect(first, Terms::default()).is_err(), "there is no call there");
    // The first is free for another call, to which the far end gives the channel of the one in progress: it cannot.
    bench.engine.call_place_with(first, "12", &options).expect("free again");
    bench.pass_ms(100);
    bench.heard();
    bench.say(&["08 02 80 02 02 18 03 a9 83 83"]);
    assert_eq!(bench.engine.call_info(call).expect("the first").channel, third);
    assert!(!bench.heard().is_empty(), "it is told so");
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("answered");
    bench.say(&["08 02 80 01 4d"]);
    assert!(bench.cleared().contains(&(call, 16, false)));
    assert_eq!(bench.engine.statistics().expect("open").totals.circuits_freed, 0);
}

#[test]
fn a_call_in_a_group_goes_on_to_another_channel_when_it_has_lost_one() {
    let group =
        "[[group]]\nname = \"out\"\nspans = [0]\nhunt = \"descending\"\nprefix = \"0\"\nmax_digits = 4";
    let mut bench = Bench::up_with("", group);
    let wrong = bench.engine.call_place_in("out", "12345", &PlaceOptions::default());
    assert!(matches!(wrong, Err(EngineError::BadArgument(_))), "{wrong:?}");
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
    bench.pass_ms(100);
    let first = bench.heard_whole().remove(0);
    assert!(first.ends_with(&octets("70 04 80 30 31 32")), "{first:02x?}");
    assert!(first.windows(5).any(|at| at == octets("18 03 a9 83 9f")), "{first:02x?}");
    // Requested channel not available; then no channel at all.
    bench.say(&["08 02 80 01 5a 08 02 82 ac"]);
    let second = bench.heard_whole().remove(0);
    assert!(second.windows(5).any(|at| at == octets("18 03 a9 83 9e")), "{second:02x?}");
    assert_eq!(bench.engine.call_info(call).expect("the same call").channel, bench.channel(30));
    bench.say(&["08 02 80 02 02 18 03 a9 83 9e", "08 02 80 02 07"]);
    assert!(
        bench.told.iter().any(|kind| matches!(kind, EventKind::CallAnswered { call: it, .. } if *it == call))
    );
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("answered");
    bench.say(&["08 02 80 02 4d"]);
    assert_eq!(bench.cleared(), [(call, 16, false)]);
    // A third loss is the last.
    bench.told.clear();
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
    for reference in ["03", "04", "05"] {
        bench.say(&[&format!("08 02 80 {reference} 5a 08 02 82 ac")]);
    }
    assert_eq!(bench.cleared(), [(call, 44, true)]);
    assert_eq!(bench.engine.statistics().expect("open").totals.circuits_freed, 0);
}

#[test]
fn octets_of_the_hosts_own_and_an_interaction_travel_with_the_call() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.engine.call_set_data(call, &[7; 4096]).expect("room");
    assert!(matches!(bench.engine.call_set_data(call, &[7; 4097]), Err(EngineError::BadArgument(_))));
    assert_eq!(bench.engine.call_data(call).expect("a call"), [7; 4096]);
    assert_eq!(bench.engine.call_info(call).expect("a call").interaction, call.0);
    bench.engine.call_set_interaction(call, 99).expect("a call");
    let info = bench.engine.call_info(call).expect("a call");
    assert_eq!(info.interaction, 99);
    assert!(info.answered.is_some_and(|at| at > info.began));
}

#[test]
fn digits_go_with_a_call_to_another_channel_and_the_last_end_is_told() {
    let mut bench = Bench::up_with("", GROUP);
    let options = PlaceOptions { more_digits_follow: true, ..PlaceOptions::default() };
    let call = bench.engine.call_place_in("out", "12", &options).expect("free channels");
    bench.engine.call_more_digits(call, "34", true).expect("kept");
    bench.pass_ms(100);
    bench.heard();
    bench.say(&["08 02 80 01 5a 08 02 82 ac"]);
    let second = bench.heard_whole().remove(0);
    assert!(second.ends_with(&octets("70 05 80 31 32 33 34")), "{second:02x?}");
    assert!(second.contains(&0xa1), "sending is complete");
    assert_eq!(bench.engine.call_parties(call).expect("a call").called.number, "1234");
    let too_long = bench.engine.call_place_in("out", "1", &options).expect("free channels");
    assert!(bench.engine.call_more_digits(too_long, "2345678", false).is_err(), "six digits at most");
    // All others are blocked: the end of the only attempt is the end of the call.
    let mut bench = Bench::up_with("", GROUP);
    for slot in (2..=15).chain(17..=31) {
        bench.engine.channel_set_service(bench.channel(slot), false).expect("in service");
    }
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("channel 1");
    bench.pass_ms(100);
    bench.say(&["08 02 80 01 5a 08 02 82 ac"]);
    assert_eq!(bench.cleared(), [(call, 44, true)]);
    assert_eq!(bench.engine.statistics().expect("open").totals.calls_placed, 1);
}

#[test]
fn a_call_of_which_something_was_told_and_one_that_the_host_clears_are_not_tried_again() {
    let mut bench = Bench::up_with("", GROUP);
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
    bench.pass_ms(100);
    bench.heard();
    bench.engine.call_clear(call, Cause::NO_CIRCUIT).expect("a call");
    assert_eq!(bench.engine.call_info(call).map(|info| info.state), Ok(CallState::Clearing));
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("it is being cleared already");
    bench.say(&["08 02 80 01 4d"]);
    assert_eq!(
        (bench.heard(), bench.cleared()),
        (vec!["0001 45".into(), "0001 5a".into()], vec![(call, 34, false)])
    );
    bench.told.clear();
    // The far end has asked for more digits, and then has an announcement, and no circuit.
    let options = PlaceOptions { more_digits_follow: true, ..PlaceOptions::default() };
    let call = bench.engine.call_place_in("out", "12", &options).expect("free channels");
    bench.pass_ms(100);
    bench.say(&["08 02 80 02 0d 18 03 a9 83 81 1e 02 82 88"]);
    bench.engine.collect(bench.channel(1), Terms::default()).expect("there is a tone to be heard");
    bench.say(&["08 02 80 02 45 08 02 82 a2 1e 02 82 88"]);
    bench.say(&["08 02 80 02 4d 08 02 82 a2"]);
    assert_eq!(bench.cleared(), [(call, 34, true)]);
    assert_eq!(bench.heard(), ["0002 05", "0002 5a"]);
    // A call that is refused with an announcement at once is heard too.
    let call = bench.place(2);
    bench.say(&["08 02 80 03 45 08 02 82 91 1e 02 82 88"]);
    bench.engine.collect(bench.channel(2), Terms::default()).expect("there is a tone to be heard");
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("kept for the tone");
}

#[test]
fn what_comes_on_the_wire_while_a_call_is_placed_is_heard_first() {
    for ms in 0..50 {
        let mut bench = Bench::up_with("", &format!("lateness_ms = 40\n{GROUP}"));
        lock(&bench.wanted).to_say.push_back(octets(&setup(1)));
        assert!(bench.engine.advance(Frames::from_ms(ms)));
        let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
        assert_eq!(bench.engine.call_parties(call).expect("known at once").called.number, "12");
        bench.pass_ms(300);
        assert_eq!(bench.cleared(), [], "{ms} ms: the far end's call and ours are on two channels");
        assert_eq!(bench.engine.call_info(call).map(|info| info.state), Ok(CallState::Placed));
        assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::CallOffered { .. })), "{ms} ms");
    }
}

#[test]
fn a_held_call_may_come_back_on_another_channel_and_takes_nothing_of_the_old_one_with_it() {
    let mut bench = Bench::up();
    let call = bench.answered();
    let [first, second] = [1, 2].map(|slot| bench.channel(slot));
    bench.engine.collect(first, Terms::default()).expect("answered");
    let bridge = bench.engine.bridge_new().expect("a bridge");
    bench.engine.bridge_join(bridge, first).expect("answered");
    bench.engine.call_hold(call).expect("answered");
    bench.say(&["08 02 80 01 28"]);
    bench.engine.call_retrieve(call).expect("held");
    bench.say(&["08 02 80 01 33 18 03 a9 83 82"]);
    let stopped =
        |kind: &EventKind| matches!(kind, EventKind::CollectDone { reason: EndReason::Stopped, .. });
    assert_eq!(bench.told.iter().filter(|kind| stopped(kind)).count(), 1);
    assert_eq!(bench.engine.call_info(call).expect("answered").channel, second);
    bench.engine.bridge_join(bridge, second).expect("there now");
    // A stranger on the first channel has nothing to do with the conference.
    bench.say(&[&setup(1)]);
    bench.engine.bridge_join(bridge, first).expect("in no bridge yet");
    bench.engine.collect(first, Terms::default()).expect("nothing is collected there yet");
    // On a channel that is in use it cannot come back: it is cleared, and the ends agree.
    bench.engine.call_hold(call).expect("answered");
    bench.say(&["08 02 80 01 28"]);
    bench.engine.call_retrieve(call).expect("held");
    bench.heard();
    bench.say(&["08 02 80 01 33 18 03 a9 83 81"]);
    assert_eq!(bench.heard(), ["0001 31", "0001 45"]);
    bench.say(&["08 02 80 01 4d"]);
    assert_eq!(bench.cleared(), [(call, 44, false)]);
    assert_eq!(bench.engine.statistics().expect("open").totals.circuits_freed, 0);
}

#[test]
fn nothing_is_told_of_a_call_before_its_offer_and_then_what_its_setup_brought() {
    let mut bench = Bench::up();
    bench.say(&["08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 03 80 32 30 7e 03 04 41 42"]);
    bench.say(&["08 02 00 01 62 1c 02 91 a1", "08 02 00 01 6e 27 01 f9"]);
    assert_eq!(bench.told, []);
    bench.say(&["08 02 00 01 7b a1 70 03 80 30 31"]);
    assert_eq!(bench.information(), [(InformationKind::UserUser, vec![4, 0x41, 0x42])]);
    assert!(
        matches!(&bench.told[0], EventKind::CallOffered { called, .. } if called == "2001"),
        "{:?}",
        bench.told
    );
    let mut bench = Bench::up();
    bench.say(&["08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 03 80 32 30"]);
    bench.say(&["08 02 00 01 45 08 02 80 90 7e 03 04 41 42", "08 02 00 01 5a"]);
    assert_eq!(bench.told, [], "a caller who gives up while dialling");
}

#[test]
fn a_withheld_number_has_no_digits_in_its_element_either() {
    let withheld = setup(1).replace("70 05", "6c 03 21 a1 37 70 05");
    for (privileged, expected) in [(false, octets("21 a1")), (true, octets("21 a1 37"))] {
        let mut bench = Bench::up_with("", &format!("[calls]\nshow_withheld = {privileged}"));
        bench.say(&[&withheld]);
        assert_eq!(bench.engine.call_element(CallId(1), 0, 0x6c), Ok(Some(expected)));
    }
}

#[test]
fn a_reset_of_ours_is_no_clearing_by_the_far_end() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.engine.channel_reset(bench.channel(1)).expect("answered");
    bench.say(&["08 02 80 00 4e 18 03 a9 83 81 79 01 80"]);
    assert_eq!(bench.cleared(), [(call, 41, false)]);
}

#[test]
fn a_host_that_alerts_after_the_engine_has_done_so_is_not_refused() {
    let mut bench = Bench::up();
    let call = bench.offered();
    bench.pass_ms(4500);
    bench.engine.call_alert(call).expect("offered");
    assert!(bench.engine.call_alert(call).is_err(), "but once only");
    assert_eq!(bench.heard().iter().filter(|heard| heard.ends_with(" 01")).count(), 1);
}

#[test]
fn the_far_end_is_told_of_blocked_channels_when_the_link_is_back() {
    let mut bench = Bench::up_with(", profile = \"5ess\"", "");
    lock(&bench.wanted).refuses = true;
    lock(&bench.wanted).releases = true;
    bench.pass_ms(500);
    bench.engine.channel_set_service(bench.channel(1), false).expect("in service");
    bench.pass_ms(500);
    lock(&bench.wanted).refuses = false;
    bench.heard();
    bench.pass_ms(5000);
    assert_eq!(bench.heard_whole(), [octets("03 02 00 00 0f 01 01 c2 18 03 a9 83 81")]);
    // A link that falls before its channels are restarted was never told to be up.
    let mut bench = Bench::new("", "");
    bench.pass_ms(1000);
    lock(&bench.wanted).releases = true;
    lock(&bench.wanted).refuses = true;
    bench.pass_ms(500);
    assert!(!bench.told.iter().any(|kind| matches!(kind, EventKind::LinkChanged { .. })), "{:?}", bench.told);
}

#[test]
fn each_way_in_which_a_number_ends_has_a_name() {
    let begun = "08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 03 80 32 30";
    let more = |digits: &str| format!("08 02 00 01 7b 70 {:02x} 80 {digits}", digits.split(' ').count() + 1);
    let complete = "08 02 00 01 7b a1 70 02 80 31".to_owned();
    for (messages, wait_ms, called, end) in [
        (vec![setup(1)], 0, "2001", DigitsEnd::SendingComplete),
        (vec![begun.to_owned(), complete], 0, "201", DigitsEnd::SendingComplete),
        (vec![begun.to_owned(), more("31 23")], 0, "201", DigitsEnd::EndDigit),
        (vec![begun.to_owned(), more("31 32")], 0, "2012", DigitsEnd::Full),
        (vec![begun.to_owned(), more("31 32 33")], 0, "2012", DigitsEnd::TooMany),
        (vec![begun.to_owned(), more("31")], 16_000, "201", DigitsEnd::Timer),
    ] {
        let mut bench = Bench::up_with(", max_digits = 4", "");
        messages.iter().for_each(|message| bench.say(&[message]));
        bench.pass_ms(wait_ms);
        let info = bench.engine.call_info(CallId(1)).expect("a call");
        assert_eq!((info.number_end, info.state), (Some(end), CallState::Offered), "{messages:?}");
        assert_eq!(bench.engine.call_parties(CallId(1)).expect("a call").called.number, called, "{end:?}");
        bench.say(&[&more("39")]);
        assert_eq!(bench.information(), [(InformationKind::LateDigits, b"9".to_vec())], "{end:?}");
    }
    // None at all: the caller is told why, and the host has never heard of it.
    let mut bench = Bench::up();
    bench.say(&["08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81"]);
    bench.pass_ms(20_000);
    assert_eq!((bench.heard(), bench.told), (vec!["8001 0d".into(), "8001 45".into()], vec![]));
}

const GROUP: &str = "[[group]]\nname = \"out\"\nspans = [0]\nmax_digits = 6\n";
