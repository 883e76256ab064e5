//! The data link of an extended superframe from end to end: messages, their order, loops, RAI-CI, alarms.
mod t1_common;
use tandem_line::t1::{
    Bom, BomCode, BomThreshold, InBandCode, LinkEvent, LinkReceiver, LinkSender, LoopCode, LoopCodeFraming,
    LoopCodeGenerator, LoopHearing, MaintenanceEvent, Prm, PrmCounts, PrmReporter, PrmSource, SendFrameError,
    SyncQuality, T1Loop,
};
use tandem_line::{DeframerSink, FrameWords, LineEvent, T1Config, T1Framing, T1Terminal};
use tandem_testkit::Rng;
use tandem_testkit::fdl::code_word;
use tandem_testkit::hdlc::{FLAG, between_flags};
use tandem_types::{Defect, FrameTime};

const ESF: T1Config = T1Config { framing: T1Framing::Esf, cas: false };

/// What was told, frames by their octets.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Prm(Prm),
    Begun(BomCode),
    Ended(BomCode),
    RaiCi(bool),
    Frame(Vec<u8>),
    InBand(InBandCode, bool),
    AisCi(bool),
    Loop(Option<T1Loop>),
    Rai(bool),
    Ais(bool),
}

fn of_link(event: LinkEvent<'_>) -> Told {
    match event {
        LinkEvent::Prm(prm, _) => Told::Prm(prm),
        LinkEvent::BomBegun(code) => Told::Begun(code),
        LinkEvent::BomEnded(code) => Told::Ended(code),
        LinkEvent::RaiCi(there) => Told::RaiCi(there),
        LinkEvent::Frame(octets) => Told::Frame(octets.to_vec()),
    }
}

/// Remembers what was told, and in which frame.
#[derive(Default)]
struct Ear {
    frames: usize,
    told: Vec<(usize, Told)>,
}

impl DeframerSink for Ear {
    fn frame(&mut self, _: &[u8; 32], _: bool) {
        self.frames += 1;
    }
    fn event(&mut self, event: LineEvent) {
        match event {
            LineEvent::Defect { defect: Defect::Rai, present, .. } => self.note(Told::Rai(present)),
            LineEvent::Defect { defect: Defect::Ais, present, .. } => self.note(Told::Ais(present)),
            _ => {}
        }
    }
    fn maintenance(&mut self, event: MaintenanceEvent<'_>) {
        self.note(match event {
            MaintenanceEvent::Link(event) => of_link(event),
            MaintenanceEvent::InBand { code, present } => Told::InBand(code, present),
            MaintenanceEvent::AisCi(there) => Told::AisCi(there),
            MaintenanceEvent::Loop(which) => Told::Loop(which),
        });
    }
}

impl Ear {
    fn note(&mut self, told: Told) {
        self.told.push((self.frames, told));
    }

    /// What was told since the last time.
    fn take(&mut self) -> Vec<Told> {
        self.told.drain(..).map(|(_, told)| told).collect()
    }
}

/// Two terminals joined by wires, aligned and without alarms.
struct Pair {
    near: T1Terminal,
    far: T1Terminal,
    at_near: Ear,
    at_far: Ear,
}

impl Pair {
    fn new(config: T1Config) -> Self {
        let (near, far) = (T1Terminal::new(config), T1Terminal::new(config));
        let mut pair = Self { near, far, at_near: Ear::default(), at_far: Ear::default() };
        pair.run(10_000);
        assert!(pair.near.defects().is_empty() && pair.far.defects().is_empty());
        pair.at_near.take();
        pair.at_far.take();
        pair
    }

    fn run(&mut self, frames: usize) {
        (0..frames).for_each(|_| self.step(&[0xff; 32], |_| ()));
    }

    fn step(&mut self, slots: &[u8; 32], spoil: impl FnOnce(&mut FrameWords)) {
        let mut there = self.near.transmit(slots);
        let back = self.far.transmit(&[0xff; 32]);
        spoil(&mut there);
        self.far.receive(&there, &mut self.at_far);
        self.near.receive(&back, &mut self.at_near);
    }
}

fn reports(count: usize) -> Vec<Prm> {
    let mut reporter = PrmReporter::new(PrmSource::Customer);
    let counts = |n: usize| PrmCounts { crc_errors: n as u64 * 3, ..PrmCounts::default() };
    (0..count).map(|n| reporter.handle_second(&counts(n))).collect()
}

#[test]
fn a_report_a_second_arrives_and_each_second_once() {
    let mut pair = Pair::new(ESF);
    let mut seconds = Vec::new();
    for prm in reports(10) {
        pair.near.data_link().send_prm(&prm);
        pair.run(8000);
        assert_eq!(pair.at_far.take(), [Told::Prm(prm)]);
        seconds.push(prm.seconds[0]);
    }
    assert_eq!(seconds.len(), 10);
    assert_eq!(pair.far.received_data_link().counters().frames, 10);
    assert_eq!(pair.at_near.take(), []);
}

#[test]
fn the_far_end_s_seconds_are_told_with_its_reports() {
    let (mut sender, mut receiver) = (LinkSender::new(), LinkReceiver::new(BomThreshold::Seven));
    let (mut told, mut lost) = (Vec::new(), 0);
    for (second, prm) in reports(40).iter().enumerate() {
        // Two of three are not sent, and for eight seconds none.
        if second % 3 == 0 && !(12..20).contains(&second) {
            sender.send_prm(prm);
        }
        for bit in 0..4000 {
            let now = FrameTime((second * 8000 + bit * 2) as u64);
            receiver.handle_bit(now, sender.poll_bit(T1Framing::Esf, false), &mut |event| {
                if let LinkEvent::Prm(_, seconds) = event {
                    told.extend(seconds.new_seconds().iter().map(|second| second.number));
                    lost += seconds.lost;
                }
            });
        }
    }
    // 9 is the last before the gap and 21 the first after it: 10 to 17 are lost.
    let wanted: Vec<u8> = (0..10).chain(18..40).map(|second| second % 4).collect();
    assert_eq!((told, lost), (wanted, 8));
}

#[test]
fn frames_of_another_kind_are_given_out_as_they_are() {
    let mut pair = Pair::new(ESF);
    let long: Vec<u8> = (0..254).collect();
    for frame in [vec![0x3c, 0x01, 0x03, 0x55], vec![1, 2], long] {
        assert_eq!(pair.near.data_link().send_frame(&frame), Ok(()));
        assert_eq!(pair.near.data_link().send_frame(&frame), Err(SendFrameError::Busy));
        pair.run(6000);
        assert_eq!(pair.at_far.take(), [Told::Frame(frame)]);
    }
    assert_eq!(pair.near.data_link().send_frame(&[]), Err(SendFrameError::Length));
    assert_eq!(pair.near.data_link().send_frame(&[0; 255]), Err(SendFrameError::Length));
}

#[test]
fn ten_repetitions_of_a_command_are_one_command() {
    let mut pair = Pair::new(ESF);
    for (bom, expected) in [
        (Bom::LineLoopUp, Some(T1Loop::Line)),
        (Bom::LineLoopDown, None),
        (Bom::PayloadLoopUp, Some(T1Loop::Payload)),
        (Bom::PayloadLoopDown, None),
        (Bom::NetworkLoopUp, Some(T1Loop::Network)),
        (Bom::UniversalLoopDown, None),
    ] {
        pair.near.data_link().send_bom(bom.code(), Some(10));
        pair.run(1000);
        let wanted = [Told::Begun(bom.code()), Told::Loop(expected), Told::Ended(bom.code())];
        assert_eq!(pair.at_far.take(), wanted, "{bom:?}");
        assert_eq!(pair.far.commanded_loop(), expected);
    }
}

#[test]
fn nine_repetitions_are_a_command_too_and_six_are_none() {
    // Seven of ten are enough (T1.403), so the last three may be missing altogether.
    for (times, expected) in [(6, None), (7, Some(T1Loop::Line)), (9, Some(T1Loop::Line))] {
        let mut pair = Pair::new(ESF);
        pair.near.data_link().send_bom(Bom::LineLoopUp.code(), Some(times));
        pair.run(1000);
        assert_eq!(pair.far.commanded_loop(), expected, "{times}");
    }
}

#[test]
fn a_command_down_touches_its_own_loop_only_but_for_the_universal_one() {
    let mut pair = Pair::new(ESF);
    let mut say = |bom: Bom| {
        pair.near.data_link().send_bom(bom.code(), Some(10));
        pair.run(1000);
        pair.far.commanded_loop()
    };
    assert_eq!(say(Bom::PayloadLoopUp), Some(T1Loop::Payload));
    assert_eq!(say(Bom::LineLoopDown), Some(T1Loop::Payload));
    assert_eq!(say(Bom::Sync(SyncQuality::Stratum3)), Some(T1Loop::Payload));
    assert_eq!(say(Bom::LoopRetention), Some(T1Loop::Payload));
    assert_eq!(say(Bom::LineLoopUp), Some(T1Loop::Line));
    assert_eq!(say(Bom::UniversalLoopDown), None);
}

/// Sends a code in the timeslots for so many frames, with one error in a thousand bits.
fn send_in_band(pair: &mut Pair, code: LoopCode, frames: usize, rng: &mut Rng) {
    let (mut generator, mut slots) = (LoopCodeGenerator::new(code), [0xff; 32]);
    for _ in 0..frames {
        generator.fill(&mut slots, LoopCodeFraming::Overwritten);
        let spoil = |bits: &mut FrameWords| {
            (0..193).for_each(|at| bits[at / 64] ^= u64::from(rng.once_in(1000)) << (63 - at % 64));
        };
        pair.step(&slots, spoil);
    }
}

#[test]
fn five_seconds_of_an_in_band_code_put_a_loop_up_and_five_take_it_down() {
    for framing in t1_common::FRAMINGS {
        let mut rng = Rng::new(1);
        let mut pair = Pair::new(T1Config { framing, cas: false });
        for (code, name, expected) in [
            (LoopCode::LINE_UP, InBandCode::LineUp, Some(T1Loop::Line)),
            (LoopCode::LINE_DOWN, InBandCode::LineDown, None),
            (LoopCode::NETWORK_UP, InBandCode::NetworkUp, Some(T1Loop::Network)),
            (LoopCode::LINE_DOWN, InBandCode::LineDown, Some(T1Loop::Network)),
            (LoopCode::NETWORK_DOWN, InBandCode::NetworkDown, None),
        ] {
            let before = pair.far.commanded_loop();
            send_in_band(&mut pair, code, 39_760, &mut rng);
            assert_eq!(pair.far.commanded_loop(), before, "{framing:?} {name:?}");
            send_in_band(&mut pair, code, 240, &mut rng);
            assert_eq!(pair.far.commanded_loop(), expected, "{framing:?} {name:?}");
            pair.run(200);
            let of_loops = |told: &Told| matches!(told, Told::InBand(..) | Told::Loop(_));
            let told: Vec<Told> = pair.at_far.take().into_iter().filter(of_loops).collect();
            let changed = (before != expected).then_some(Told::Loop(expected));
            let mut wanted = vec![Told::InBand(name, true)];
            wanted.extend(changed);
            wanted.push(Told::InBand(name, false));
            assert_eq!(told, wanted, "{framing:?}");
        }
    }
}

#[test]
fn an_in_band_code_without_framing_is_a_command_too() {
    let mut terminal = T1Terminal::new(ESF);
    let (mut generator, mut ear) = (LoopCodeGenerator::new(LoopCode::LINE_UP), Ear::default());
    (0..40_000).for_each(|_| terminal.receive(&generator.unframed(), &mut ear));
    assert_eq!(terminal.commanded_loop(), Some(T1Loop::Line));
    terminal.set_loop_hearing(LoopHearing::Deaf);
    assert_eq!(terminal.commanded_loop(), Some(T1Loop::Line));
    terminal.set_loop_hearing(LoopHearing::Refuses);
    assert_eq!(terminal.commanded_loop(), None);
    // What is not heard is not remembered, and the code that is still there is no new command.
    (0..40_000).for_each(|_| terminal.receive(&generator.unframed(), &mut ear));
    terminal.set_loop_hearing(LoopHearing::Obeys);
    (0..40_000).for_each(|_| terminal.receive(&generator.unframed(), &mut ear));
    assert_eq!(terminal.commanded_loop(), None);
}

/// The bits of a sender that `order` tells what to do before each.
fn poll(
    sender: &mut LinkSender,
    bits: usize,
    mut order: impl FnMut(usize, &mut LinkSender) -> bool,
) -> Vec<bool> {
    (0..bits)
        .map(|at| {
            let rai = order(at, sender);
            sender.poll_bit(T1Framing::Esf, rai)
        })
        .collect()
}

#[test]
fn the_remote_alarm_goes_before_messages_these_before_reports_and_reports_before_frames() {
    let mut sender = LinkSender::new();
    let report = reports(1)[0];
    let up = Bom::LineLoopUp.code();
    let bits = poll(&mut sender, 700, |at, sender| {
        if at == 0 {
            sender.send_frame(&[1, 2, 3]).unwrap();
            sender.send_prm(&report);
            sender.send_bom(up, Some(2));
        }
        at < 32
    });
    let alarm = code_word("00000000 11111111").repeat(2);
    let messages = code_word("00001110 11111111").repeat(2);
    let mut wanted = [alarm, messages, FLAG.to_vec(), between_flags(&report.emit()), FLAG.to_vec()].concat();
    wanted.extend([between_flags(&[1, 2, 3]), FLAG.repeat(60)].concat());
    assert_eq!(bits, wanted[..700]);
}

#[test]
fn what_is_broken_is_an_abort_and_is_sent_anew() {
    for broken in 10..72 {
        for by_alarm in [false, true] {
            let (mut sender, mut receiver) = (LinkSender::new(), LinkReceiver::new(BomThreshold::Seven));
            sender.send_frame(&[0x10, 0x20, 0x30, 0x40]).unwrap();
            let bits = poll(&mut sender, 700, |at, sender| {
                if at == broken && !by_alarm {
                    sender.send_bom(Bom::LineLoopUp.code(), Some(10));
                }
                by_alarm && (broken..broken + 160).contains(&at)
            });
            let mut told = Vec::new();
            for bit in bits {
                receiver.handle_bit(FrameTime(0), bit, &mut |event| told.push(of_link(event)));
            }
            assert_eq!(told.iter().filter(|told| matches!(told, Told::Frame(_))).count(), 1, "{broken}");
            assert!(told.contains(&Told::Frame(vec![0x10, 0x20, 0x30, 0x40])));
            let counters = receiver.counters();
            let errors = counters.too_short + counters.not_aligned + counters.bad_fcs + counters.too_long;
            // The frame and its sequence are the bits 8 to 55, its closing flag 56 to 63.
            assert_eq!((counters.aborts, errors), (u64::from(broken < 64), 0), "{broken} {by_alarm}");
        }
    }
}

#[test]
fn the_remote_alarm_is_interrupted_for_a_report_once_a_second_and_for_no_more_than_100_ms() {
    for rai_ci in [false, true] {
        let mut sender = LinkSender::new();
        sender.set_rai_ci(rai_ci);
        let all = reports(8);
        // Messages and other frames wait for the end of the alarm; a report is given every half second.
        sender.send_bom(Bom::LineLoopUp.code(), Some(10));
        sender.send_frame(&[1, 2, 3]).unwrap();
        let bits = poll(&mut sender, 16_400, |at, sender| {
            if at % 2000 == 0
                && let Some(prm) = all.get(at / 2000)
            {
                sender.send_prm(prm);
            }
            true
        });
        let words = [code_word("00000000 11111111"), code_word("00111110 11111111")];
        let is_alarm =
            |at: usize| bits.get(at..at + 16).is_some_and(|word| words.iter().any(|it| it == word));
        let (mut at, mut breaks) = (0, Vec::new());
        while at + 16 <= bits.len() {
            if is_alarm(at) {
                at += 16;
            } else {
                let again = (at..bits.len()).find(|end| (0..8).all(|word| is_alarm(end + 16 * word)));
                let end = again.expect("the alarm goes on");
                breaks.push((at, end));
                at = end;
            }
        }
        let begins: Vec<usize> = breaks.iter().map(|(begin, _)| *begin).collect();
        assert_eq!(begins.len(), 4, "{begins:?}");
        assert!((4000..4016).contains(&begins[0]));
        assert!(begins.windows(2).all(|two| (4000..4016).contains(&(two[1] - two[0]))), "{begins:?}");
        assert!(breaks.iter().all(|(begin, end)| end - begin <= 400), "{breaks:?}");
        let (mut receiver, mut told) = (LinkReceiver::new(BomThreshold::Seven), Vec::new());
        for bit in bits {
            receiver.handle_bit(FrameTime(0), bit, &mut |event| told.push(of_link(event)));
        }
        told.retain(|told| matches!(told, Told::Prm(_) | Told::Frame(_)));
        let latest = [2, 4, 6, 7].map(|number| Told::Prm(all[number]));
        assert_eq!(told, latest);
    }
}

#[test]
fn japan_s_remote_alarm_is_not_interrupted() {
    let mut sender = LinkSender::new();
    sender.send_prm(&reports(1)[0]);
    assert!((0..10_000).all(|_| sender.poll_bit(T1Framing::J1Esf, true)));
}

#[test]
fn of_reports_that_wait_the_latest_is_sent() {
    let mut sender = LinkSender::new();
    let all = reports(5);
    let bits = poll(&mut sender, 4000, |at, sender| {
        // The alarm breaks the first, which waits behind four others.
        if at % 100 == 0
            && let Some(prm) = all.get(at / 100)
        {
            sender.send_prm(prm);
        }
        (50..600).contains(&at)
    });
    let (mut receiver, mut told) = (LinkReceiver::new(BomThreshold::Seven), Vec::new());
    for bit in bits {
        receiver.handle_bit(FrameTime(0), bit, &mut |event| told.push(of_link(event)));
    }
    told.retain(|told| matches!(told, Told::Prm(_)));
    assert_eq!(told, [Told::Prm(all[4])]);
}

#[test]
fn the_remote_alarm_of_a_customer_installation_is_remote_alarm_all_the_time() {
    let mut pair = Pair::new(ESF);
    pair.near.data_link().set_rai_ci(true);
    pair.near.set_rai(true);
    pair.run(40_000);
    let told = pair.at_far.take();
    let [alarm, ci] = [Bom::Rai, Bom::RaiCi].map(Bom::code);
    let wanted = [
        Told::Begun(alarm),
        Told::Rai(true),
        Told::Ended(alarm),
        Told::Begun(ci),
        Told::RaiCi(true),
        Told::Ended(ci),
        Told::Begun(alarm),
        Told::Ended(alarm),
        Told::Begun(ci),
    ];
    assert_eq!(told[..wanted.len()], wanted);
    assert!(!told.contains(&Told::Rai(false)) && !told.contains(&Told::RaiCi(false)), "{told:?}");
    pair.near.set_rai(false);
    pair.run(30_000);
    let told = pair.at_far.take();
    assert_eq!(told.iter().filter(|told| **told == Told::RaiCi(false)).count(), 1);
    assert_eq!(told.iter().filter(|told| **told == Told::Rai(false)).count(), 1);
    // Without the order the alarm is as ever.
    pair.near.data_link().set_rai_ci(false);
    pair.near.set_rai(true);
    pair.run(30_000);
    assert!(!pair.at_far.take().contains(&Told::RaiCi(true)));
}

#[test]
fn the_signature_of_rai_ci_is_missed_after_two_cycles_of_1080_ms() {
    let mut receiver = LinkReceiver::new(BomThreshold::Seven);
    let (mut told, mut now) = (Vec::new(), 0);
    let bits = [
        code_word("00000000 11111111").repeat(20),
        code_word("00111110 11111111").repeat(22),
        code_word("00000000 11111111").repeat(700),
    ];
    for bit in bits.concat() {
        now += 2;
        receiver.handle_bit(FrameTime(now), bit, &mut |event| told.push((now, of_link(event))));
    }
    let at = |wanted: Told| told.iter().find(|(_, told)| *told == wanted).expect("told").0;
    // Of 8640 frames each. The message was there last a bit before it ended.
    assert_eq!(at(Told::RaiCi(false)), at(Told::Ended(Bom::RaiCi.code())) + 2 * 8640);
}

#[test]
fn a_frame_of_one_octet_is_none() {
    let mut receiver = LinkReceiver::new(BomThreshold::Seven);
    let mut told = Vec::new();
    for bit in
        [FLAG.repeat(3), between_flags(&[0x55]), FLAG.to_vec(), between_flags(&[0x55, 0xaa]), FLAG.to_vec()]
            .concat()
    {
        receiver.handle_bit(FrameTime(0), bit, &mut |event| told.push(of_link(event)));
    }
    assert_eq!(told, [Told::Frame(vec![0x55, 0xaa])]);
    assert_eq!(receiver.counters().too_short, 1);
}

#[test]
fn the_signature_of_rai_ci_comes_every_1080_ms() {
    let mut sender = LinkSender::new();
    sender.set_rai_ci(true);
    let bits = poll(&mut sender, 2 * 4320, |_, _| true);
    let cycle =
        [code_word("00000000 11111111").repeat(248), code_word("00111110 11111111").repeat(22)].concat();
    assert_eq!(bits, cycle.repeat(2));
}

#[test]
fn ais_of_a_customer_installation_is_ais_and_more() {
    let mut pair = Pair::new(ESF);
    pair.near.set_ais_ci(true);
    pair.run(30_000);
    pair.near.set_ais_ci(false);
    pair.run(30_000);
    let told = pair.at_far.take();
    let of_ais: Vec<&Told> =
        told.iter().filter(|told| matches!(told, Told::Ais(_) | Told::AisCi(_))).collect();
    assert_eq!(of_ais, [&Told::Ais(true), &Told::AisCi(true), &Told::Ais(false), &Told::AisCi(false)]);
    pair.near.set_ais(true);
    pair.run(30_000);
    assert!(!pair.at_far.take().contains(&Told::AisCi(true)));
}

#[test]
fn a_message_ends_when_alignment_is_lost() {
    let mut pair = Pair::new(ESF);
    let code = Bom::Sync(SyncQuality::Stratum1).code();
    pair.near.data_link().send_bom(code, None);
    pair.run(2000);
    assert_eq!(pair.at_far.take(), [Told::Begun(code)]);
    assert_eq!(pair.far.received_data_link().bom(), Some(code));
    (0..100).for_each(|_| pair.step(&[0xff; 32], |bits| *bits = [0; 4]));
    assert_eq!(pair.at_far.take(), [Told::Ended(code)]);
}

#[test]
fn a_noisy_link_tells_nothing_that_was_not_said() {
    let mut rng = Rng::new(9);
    let (mut sender, mut receiver) = (LinkSender::new(), LinkReceiver::new(BomThreshold::Seven));
    let (all, mut told) = (reports(2000), Vec::new());
    for prm in &all {
        sender.send_prm(prm);
        for _ in 0..4000 {
            let bit = sender.poll_bit(T1Framing::Esf, false) ^ rng.once_in(1000);
            receiver.handle_bit(FrameTime(0), bit, &mut |event| told.push(of_link(event)));
        }
    }
    let prms = told.iter().filter(|told| matches!(told, Told::Prm(prm) if all.contains(prm))).count();
    // 138 bits and two flags: one in seven is hit.
    assert!((1600..1850).contains(&prms), "{prms}");
    assert_eq!(told.len(), prms);
}
