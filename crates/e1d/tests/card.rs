//! The card against the server, in virtual time; and against others that listen at its place.
mod common;
use common::{Client, E1, Kept, message, opened, place};
use std::path::{Path, PathBuf};
use tandem_card::{
    Card, CrcMode, Frame, LineCode, LineOrder, LoopCard, Presence, SpanConfig, SpanStatus, T1Framing,
};
use tandem_e1d::{Board, E1dCard, E1dOptions, Server};
use tandem_line::hdlc::{HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};
use tandem_rt::MediaLoop;
use tandem_rt::sys::{GuardedAlloc, MessageListener, MessageSocket, StreamEnd, ViolationPolicy};
use tandem_types::{Defect, Defects, Timeslot};

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

/// As a configuration may have it for calls; clients have timeslot 16 as it is.
const WITH_CAS: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, true);

fn options(socket: &Path, superchannel: bool) -> E1dOptions {
    E1dOptions {
        socket: socket.into(),
        interface: 0,
        first_line: 0,
        lines: 1,
        superchannel,
        force: false,
        granule: 8,
        delay: 16,
    }
}

/// A card over a server whose card is joined to another, `far`.
struct Bench {
    path: PathBuf,
    server: Option<Server>,
    near: Kept<LoopCard>,
    card: E1dCard,
    far: LoopCard,
    /// Of the card and of the far one, which moves with the server.
    media: [MediaLoop; 2],
    /// What each sends next, and what it has heard.
    sent: [Vec<Frame>; 2],
    heard: [Vec<Frame>; 2],
    signalling: Vec<u8>,
}

impl Bench {
    fn new(name: &str, superchannel: bool) -> Self {
        Self::with(name, |path| options(path, superchannel))
    }

    fn with(name: &str, options: impl FnOnce(&Path) -> E1dOptions) -> Self {
        GuardedAlloc::set_policy(ViolationPolicy::Abort);
        let path = place(name);
        let options = options(&path);
        let (near, far) = LoopCard::pair(options.lines.into(), 8);
        let near = Kept::new(near);
        let mut card = E1dCard::new(&options).expect("a short path");
        let slot_16 = Timeslot::new(16).expect("a timeslot");
        for span in 0..options.lines.into() {
            card.configure(span, &E1.with_signalling_slot(slot_16)).expect("an E1");
        }
        card.start().expect("always");
        let mut bench = Self {
            path,
            server: None,
            near,
            card,
            far,
            media: Default::default(),
            sent: Default::default(),
            heard: Default::default(),
            signalling: Vec::new(),
        };
        bench.serve();
        bench
    }

    fn serve(&mut self) {
        let lines = self.card.info().spans.len();
        let spans: Vec<_> = (0..lines).map(|port| (0, port, WITH_CAS)).collect();
        let board = Board::new(vec![opened(self.near.handle())], &spans).expect("a card");
        self.server = Some(Server::new(board, &self.path).expect("a free place"));
    }

    /// A millisecond of the server, if it is there.
    fn tick_server(&mut self) {
        if let Some(server) = &mut self.server {
            server.attend_to_all();
            server.tick();
        }
        let Self { far, media, sent, heard, .. } = self;
        let mut frames = [[0; 32]; 8];
        let next = next(&mut sent[1]);
        media[1].run_tick(8, |tick| {
            far.service(tick);
            far.receive(tick, 0, &mut frames);
            far.transmit(tick, 0, &next);
        });
        heard[1].extend(frames);
    }

    /// A millisecond of the card.
    fn tick_card(&mut self) {
        let Self { card, media, sent, heard, signalling, .. } = self;
        let (mut frames, mut octets) = ([[0; 32]; 8], [0; 15]);
        let next = next(&mut sent[0]);
        let spans = card.info().spans.len();
        let count = media[0].run_tick(8, |tick| {
            card.service(tick);
            for span in 1..spans {
                card.receive(tick, span, &mut frames);
                card.transmit(tick, span, &next);
            }
            card.receive(tick, 0, &mut frames);
            let count = card.receive_signalling(tick, 0, &mut octets);
            card.transmit(tick, 0, &next);
            count
        });
        heard[0].extend(frames);
        signalling.extend(&octets[..count.expect("there is a D channel")]);
    }

    fn pass(&mut self, ms: usize) {
        for _ in 0..ms {
            self.tick_server();
            self.tick_card();
        }
    }

    fn defects(&self) -> Defects {
        self.card.status(0).defects
    }

    fn is_dead(&self) -> bool {
        self.defects().contains(Defect::Los) && self.defects().contains(Defect::Card)
    }

    fn lost(&self) -> u64 {
        self.card.line_counters(0).expect("a line").lost
    }
}

fn next(sent: &mut Vec<Frame>) -> [Frame; 8] {
    let mut frames = [[0xd5; 32]; 8];
    let count = sent.len().min(8);
    frames[..count].copy_from_slice(&sent[..count]);
    sent.drain(..count);
    frames
}

fn numbered(count: usize, salt: u8) -> Vec<Frame> {
    (0..count)
        .map(|n| {
            std::array::from_fn(|slot| (n as u8).wrapping_mul(7) ^ (slot as u8) << 2 ^ (n >> 8) as u8 ^ salt)
        })
        .collect()
}

/// Where in `heard` all of `said` is in a piece, but for timeslot 0.
fn found(heard: &[Frame], said: &[Frame]) -> Option<usize> {
    heard.windows(said.len()).position(|some| some.iter().zip(said).all(|(a, b)| a[1..] == b[1..]))
}

#[test]
fn frames_pass_both_ways_each_octet_in_its_place() {
    for superchannel in [false, true] {
        let mut bench = Bench::new("passes", superchannel);
        bench.pass(60);
        assert_eq!(bench.defects(), Defects::NONE, "31 timeslots are opened in so many granules");
        let slips = bench.card.status(0).counters;
        let [near, far] = [numbered(4000, 0), numbered(4000, 0x55)];
        bench.sent = [near.clone(), far.clone()];
        bench.pass(600);
        assert!(found(&bench.heard[0], &far).is_some() && found(&bench.heard[1], &near).is_some());
        assert_eq!(bench.card.status(0).counters, slips, "nothing slips between clocks that are equal");
        let counters = bench.card.line_counters(0).expect("a line");
        assert_eq!((counters.unsent, counters.skewed, counters.refused), (0, 0, 0));
        let server = bench.server.as_ref().expect("there");
        assert_eq!(server.board().open_slots(), if superchannel { 1 } else { 31 });
        assert_eq!(server.board().losses(0, 0).expect("a line").unread, 0);
        bench.card.stop();
        bench.pass(101);
        assert_eq!(bench.server.as_ref().expect("there").board().open_slots(), 0, "all are closed");
    }
}

#[test]
fn a_daemon_that_goes_is_an_alarm_and_its_line_is_back_when_it_is() {
    let mut bench = Bench::new("goes", false);
    bench.pass(60);
    for times in 1..=3 {
        bench.server = None;
        bench.pass(1);
        assert!(bench.is_dead());
        assert_eq!((bench.card.presence(), bench.card.connections_lost()), (Presence::Away, times));
        assert_eq!(bench.lost(), times);
        bench.pass(2500);
        assert!(bench.is_dead(), "and nothing is counted while nobody is there");
        assert_eq!(bench.card.connections_lost(), times);
        let last = bench.heard[0].last().expect("many");
        assert_eq!(*last, [0xd5; 32]);
        bench.serve();
        bench.pass(1060);
        assert_eq!((bench.defects(), bench.card.presence()), (Defects::NONE, Presence::There));
        let said = numbered(80, times as u8);
        bench.sent[1] = said.clone();
        bench.heard[0].clear();
        bench.pass(40);
        assert!(found(&bench.heard[0], &said).is_some());
    }
}

#[test]
fn a_daemon_that_is_not_yet_there_is_waited_for() {
    let mut bench = Bench::new("later", true);
    bench.server = None;
    bench.pass(1500);
    assert!(bench.is_dead());
    assert_eq!((bench.card.presence(), bench.card.connections_lost()), (Presence::Away, 0));
    bench.serve();
    bench.pass(1010);
    assert_eq!(bench.defects(), Defects::NONE);
}

#[test]
fn alarms_and_national_bits_of_the_line_are_those_of_the_span_both_ways() {
    let mut bench = Bench::new("alarms", false);
    let set = |bench: &Bench, defect: Option<Defect>, bits| {
        let mut inner = bench.near.inner();
        let defects = defect.map_or(Defects::NONE, Defects::only);
        inner.status = Some(SpanStatus { defects, sa_bits: bits, ..SpanStatus::default() });
    };
    // Told to who comes later.
    set(&bench, Some(Defect::Lof), Some(0b10110));
    bench.tick_server();
    bench.tick_server();
    bench.pass(60);
    assert_eq!(bench.card.status(0).defects, Defects::only(Defect::Lof));
    assert_eq!(bench.card.status(0).sa_bits, Some(0b10110));
    for defect in [Defect::Los, Defect::Ais, Defect::Rai, Defect::Lof] {
        set(&bench, Some(defect), Some(31));
        bench.pass(2);
        assert_eq!(bench.defects(), Defects::only(defect));
        set(&bench, None, None);
        bench.pass(2);
        assert_eq!(bench.defects(), Defects::NONE);
    }
    assert_eq!(bench.card.status(0).sa_bits, Some(31));
    let order = |bench: &mut Bench, bits| {
        let Bench { card, media, .. } = bench;
        media[0].run_tick(8, |tick| card.order(tick, 0, &LineOrder::SendSaBits(bits)));
    };
    order(&mut bench, 0b01101);
    bench.pass(5);
    assert_eq!(bench.near.inner().orders, [LineOrder::SendSaBits(0b01101)]);
    // A daemon that begins anew is told again.
    bench.server = None;
    bench.pass(1);
    bench.serve();
    bench.pass(1100);
    assert_eq!(bench.near.inner().orders, [LineOrder::SendSaBits(0b01101); 2]);
}

#[test]
fn a_timeslot_that_somebody_has_is_asked_for_until_it_is_free_and_other_lines_are_not_disturbed() {
    let mut bench = Bench::with("busy", |path| E1dOptions { lines: 2, ..options(path, false) });
    let path = bench.path.clone();
    let server = bench.server.as_mut().expect("there");
    let client = Client::connect(server, &path);
    let taken = client.open(server, [0, 1, 9], 0x10, 8);
    bench.pass(200);
    assert_eq!(bench.defects(), Defects::NONE);
    assert!(bench.card.status(1).defects.contains(Defect::Card));
    assert_eq!(bench.card.line_counters(1).expect("a line").refused, 1);
    bench.pass(2100);
    assert_eq!(bench.card.line_counters(1).expect("a line").refused, 3, "once a second");
    drop(taken);
    bench.pass(1100);
    assert_eq!(bench.card.status(1).defects, Defects::NONE);
    // Taken away by force: that line is lost, and tried again.
    let server = bench.server.as_mut().expect("there");
    client.send(&message(4, [0, 1, 9], &[0x10, 0x80, 8, 0]));
    server.attend_to_all();
    while client.take().is_some_and(|(octets, _)| octets[4] != 0x84) {}
    bench.pass(3);
    assert!(bench.card.status(1).defects.contains(Defect::Card));
    assert_eq!((bench.card.line_counters(1).expect("a line").lost, bench.lost()), (1, 0));
    bench.pass(1200);
    assert_eq!((bench.defects(), bench.card.status(1).defects), (Defects::NONE, Defects::NONE));
    assert_eq!(bench.card.connections_lost(), 0);
}

#[test]
fn force_takes_a_timeslot_from_who_has_it() {
    let mut bench = Bench::with("force", |path| E1dOptions { force: true, ..options(path, false) });
    let path = bench.path.clone();
    let server = bench.server.as_mut().expect("there");
    let client = Client::connect(server, &path);
    let taken = client.open(server, [0, 0, 9], 0x10, 8).into_stream();
    bench.pass(60);
    assert_eq!((bench.defects(), taken.is_closed()), (Defects::NONE, true));
}

#[test]
fn a_line_that_is_not_there_is_refused_and_asked_for_again() {
    let mut bench = Bench::with("no-line", |path| E1dOptions { first_line: 7, ..options(path, false) });
    bench.pass(2100);
    assert!(bench.is_dead());
    assert_eq!(bench.card.line_counters(0).expect("a line").refused, 3);
    assert_eq!((bench.card.presence(), bench.card.connections_lost()), (Presence::There, 0));
}

/// Runs a card against who does at its place what `work` does with each connection; the connections lost after so long.
fn against(name: &str, ms: usize, mut work: impl FnMut(&MessageSocket)) -> u64 {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let path = place(name);
    let listener = MessageListener::bind(&path).expect("a free place");
    let mut card = E1dCard::new(&options(&path, false)).expect("a short path");
    card.configure(0, &E1).expect("an E1");
    card.start().expect("always");
    let (mut media, mut open) = (MediaLoop::default(), None);
    for _ in 0..ms {
        media.run_tick(8, |tick| card.service(tick));
        open = listener.accept().or(open);
        if let Some(socket) = &open {
            work(socket);
        }
        assert!(card.status(0).defects.contains(Defect::Card));
    }
    card.connections_lost()
}

#[test]
fn who_is_no_daemon_is_left_and_looked_at_again_once_a_second() {
    let answers: [(&str, Vec<u8>); 9] = [
        ("nonsense", b"220 mail ESMTP".to_vec()),
        ("older", vec![0xe1, 0, 8, 0, 0x83, 0, 0, 0]),
        ("half", message(0x83, [0; 3], &[0, 0x20, 0])[..9].to_vec()),
        ("request", message(0, [255; 3], &[])),
        ("other", message(0x80, [0; 3], &[0, 1])),
        ("infos", message(0x83, [0; 3], &[0, 0x20])),
        ("closes", Vec::new()),
        ("silent", vec![0]),
        ("long", vec![7; 5000]),
    ];
    for (name, octets) in answers {
        let lost = against(name, 3500, |socket| {
            let mut room = [0; 64];
            if socket.receive(&mut room).is_ok() && octets != [0] {
                let _ = socket.send(&octets, None);
            }
        });
        // One that says nothing is given a second to answer.
        let expected = if octets == [0] { 1..=2 } else { 3..=4 };
        assert!(expected.contains(&lost), "{name}: {lost}");
    }
}

#[test]
fn descriptors_that_are_none_of_a_timeslot_end_the_line_and_answers_without_one_are_refusals() {
    // A pair whose other end is closed at once.
    let mut opened = 0;
    let lost = against("dead-ends", 300, |socket| {
        let mut room = [0; 64];
        let Ok(count) = socket.receive(&mut room) else { return };
        let answer = match room[..count] {
            [_, _, _, _, 3, ..] => message(0x83, [0; 3], &[0, room[8], 0]),
            [_, _, _, _, 4, _, _, slot, ..] => message(0x84, [0; 3], &[slot, 0x10, 0, 8, 0, 0xa5]),
            _ => return,
        };
        let given = (room[4] == 4).then(|| StreamEnd::pair().expect("a pair").1);
        opened += usize::from(given.is_some());
        socket.send(&answer, given).expect("room");
    });
    assert_eq!((lost, opened), (0, 31), "then it waits a second");
    // An info and no descriptor.
    let lost = against("no-descriptor", 300, |socket| {
        let mut room = [0; 64];
        if socket.receive(&mut room).is_ok() {
            let payload = if room[4] == 3 { vec![0, room[8], 0] } else { vec![room[7], 0x10, 0, 8, 0, 0xa5] };
            // It may have left already.
            let _ = socket.send(&message(0x80 | room[4], [0; 3], &payload), None);
        }
    });
    assert_eq!(lost, 1);
}

#[test]
fn who_tells_events_without_end_or_gives_descriptors_unasked_is_left() {
    // It never answers, and there is always more to hear.
    let lost =
        against("events", 1500, |socket| while socket.send(&message(0x40, [0; 3], &[]), None).is_ok() {});
    assert_eq!(lost, 1, "after a second");
    let lost = against("unasked", 900, |socket| {
        let given = StreamEnd::pair().expect("a pair").1;
        // It may have left already.
        let _ = socket.send(&message(0x40, [0; 3], &[]), Some(given));
    });
    assert_eq!(lost, 1);
}

/// A card whose line is open, by a daemon of which there are the ends of its timeslots.
struct Ends {
    card: E1dCard,
    media: MediaLoop,
    ends: Vec<StreamEnd>,
    _daemon: (MessageListener, MessageSocket),
}

impl Ends {
    fn open(name: &str) -> Self {
        GuardedAlloc::set_policy(ViolationPolicy::Abort);
        let path = place(name);
        let listener = MessageListener::bind(&path).expect("a free place");
        let mut card = E1dCard::new(&options(&path, false)).expect("a short path");
        card.configure(0, &E1).expect("an E1");
        card.start().expect("always");
        let (mut media, mut open, mut ends) = (MediaLoop::default(), None::<MessageSocket>, Vec::new());
        for _ in 0..100 {
            media.run_tick(8, |tick| card.service(tick));
            open = listener.accept().or(open);
            let mut room = [0; 64];
            let Some(socket) = open.as_ref().filter(|socket| socket.receive(&mut room).is_ok()) else {
                continue;
            };
            if room[4] == 3 {
                socket.send(&message(0x83, [0; 3], &[0, room[8], 0]), None).expect("room");
            } else {
                let (ours, given) = StreamEnd::pair().expect("a pair");
                ends.push(ours);
                let payload = [room[7], 0x10, 0, 8, 0, 0xa5];
                socket.send(&message(0x84, [0; 3], &payload), Some(given)).expect("room");
            }
        }
        Self { card, media, ends, _daemon: (listener, open.expect("it has come")) }
    }
}

#[test]
fn a_daemon_that_gives_too_much_is_heard_four_times_as_fast_and_left_after_two_seconds() {
    let Ends { mut card, mut media, ends, _daemon } = Ends::open("flood");
    let mut room = [0; 4096];
    for end in &ends {
        assert_eq!((end.receive(&mut room), end.receive(&mut room).is_err()), (Ok(16), true), "sent ahead");
        while end.send(&[7; 4096]).is_ok() {}
    }
    for ms in 0..1999 {
        media.run_tick(8, |tick| card.service(tick));
        for end in &ends {
            assert_eq!(end.receive(&mut room), Ok(32), "{ms}");
        }
        assert_eq!(card.line_counters(0).expect("a line").lost, 0, "{ms}");
    }
    media.run_tick(8, |tick| card.service(tick));
    assert_eq!((card.line_counters(0).expect("a line").lost, card.connections_lost()), (1, 0));
    assert!(card.status(0).defects.contains(Defect::Card) && ends[0].is_closed());
}

#[test]
fn timeslots_that_are_far_ahead_of_another_are_thrown_away_and_all_go_on_together() {
    let Ends { mut card, mut media, ends, _daemon } = Ends::open("skew");
    assert_eq!((ends.len(), card.status(0).defects), (31, Defects::NONE));
    for end in ends.iter().enumerate().filter(|(place, _)| *place != 8).map(|(_, end)| end) {
        assert_eq!(end.send(&[7; 200]), Ok(200));
    }
    // Four granules at a time.
    (0..7).for_each(|_| media.run_tick(8, |tick| card.service(tick)));
    assert_eq!(card.line_counters(0).expect("a line").skewed, 30 * 200);
    for end in &ends {
        assert_eq!(end.send(&[9; 40]), Ok(40));
    }
    let mut frames = [[0; 32]; 8];
    media.run_tick(8, |tick| card.service(tick));
    media.run_tick(8, |tick| {
        card.service(tick);
        card.receive(tick, 0, &mut frames);
    });
    assert!(frames.iter().all(|frame| frame[1..] == [9; 31]), "{frames:?}");
}

#[test]
fn clocks_that_differ_slip_single_frames_and_the_d_channel_loses_nothing() {
    let mut bench = Bench::new("slips", true);
    bench.pass(60);
    let (mut sender, mut queue) = (HdlcSender::new(), 0_u32);
    let mut frame = queue.to_be_bytes();
    let before = bench.card.status(0).counters;
    bench.signalling.clear();
    // 10,000 ms of the line are 9,999 of ours: 8 frames in 10 s are 100 ppm.
    for ms in 0..40_000 {
        bench.sent[1] = (0..8)
            .map(|_| {
                let sent = sender.poll_octet(&frame);
                if sent.frame_done {
                    queue += 1;
                    frame = queue.to_be_bytes();
                }
                std::array::from_fn(|slot| if slot == 16 { sent.line } else { 0x11 })
            })
            .collect();
        bench.tick_server();
        if ms % 10_000 != 9_999 {
            bench.tick_card();
        }
    }
    let after = bench.card.status(0).counters;
    assert_eq!(after.slips_repeated, before.slips_repeated);
    // 32 frames too many, of which the store keeps 8, and may still have some to go.
    assert!((14..=24).contains(&(after.slips_deleted - before.slips_deleted)), "{after:?}");
    let mut receiver = HdlcReceiver::new(HdlcLimits { shortest: 4, longest: 4 });
    let (mut buffer, mut expected) = ([0; 8], None);
    for octet in &bench.signalling {
        match receiver.handle_octet(&mut buffer, *octet) {
            Some(HdlcEvent::Frame(4)) => {
                let number = u32::from_be_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]);
                assert_eq!(number, expected.unwrap_or(number), "none is lost");
                expected = Some(number + 1);
            }
            None => {}
            // What was on the line before.
            Some(event) => assert!(expected.is_none(), "{event:?}"),
        }
    }
    assert!(expected.is_some_and(|number| number > queue - 20), "{expected:?} of {queue}");
}

#[test]
fn a_line_without_octets_for_a_second_is_dead_until_they_come() {
    let mut bench = Bench::new("silent", false);
    bench.pass(60);
    (0..998).for_each(|_| bench.tick_card());
    assert_eq!(bench.defects(), Defects::NONE);
    (0..4).for_each(|_| bench.tick_card());
    assert!(bench.is_dead());
    assert_eq!(bench.card.presence(), Presence::There, "its daemon is there");
    bench.pass(1);
    assert_eq!((bench.defects(), bench.lost()), (Defects::NONE, 0));
}

#[test]
fn a_host_that_stands_still_goes_on_with_what_is_new() {
    let mut bench = Bench::new("still", false);
    bench.pass(60);
    // Longer than there is room for in the stores of the card.
    (0..2000).for_each(|_| bench.tick_server());
    bench.pass(2500);
    assert_eq!(bench.defects(), Defects::NONE);
    let [near, far] = [numbered(400, 1), numbered(400, 2)];
    bench.sent = [near.clone(), far.clone()];
    bench.heard = Default::default();
    bench.pass(400);
    assert!(found(&bench.heard[0], &far).is_some_and(|at| at < 80), "no delay is left of it");
    assert!(found(&bench.heard[1], &near).is_some());
}

#[test]
fn spans_that_a_daemon_cannot_have_are_refused() {
    let mut card = E1dCard::new(&options(&place("refused"), false)).expect("a short path");
    assert!(card.configure(0, &SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, false)).is_err());
    assert!(card.configure(0, &SpanConfig::e1(LineCode::Hdb3, CrcMode::On, true)).is_err());
    assert!(card.configure(1, &E1).is_err());
    assert!(card.configure(0, &E1).is_ok());
    assert!(E1dCard::new(&options(Path::new(""), false)).is_err());
    assert!(E1dCard::new(&options(Path::new("/tmp/e1d\0.ctl"), false)).is_err());
}
