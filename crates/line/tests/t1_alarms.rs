//! T1 and J1: defects, remote alarms, robbed-bit signalling, the data link and what a terminal does: T1.403,
//! T1.231 and G.704 with raw numbers.
mod t1_common;
use t1_common::{FRAMINGS, Log, constant, deframe, feed, model_of, random};
use tandem_line::{LineEvent, LosDetector, Symbols, T1Config, T1Deframer, T1Framer, T1Framing, T1Terminal};
use tandem_testkit::Rng;
use tandem_testkit::hdlc::{FLAG, between_flags};
use tandem_testkit::t1::Sender;
use tandem_types::{Abcd, Defect, Defects, Timeslot};

const SF: T1Config = T1Config { framing: T1Framing::Sf, cas: false };
const ESF: T1Config = T1Config { framing: T1Framing::Esf, cas: false };
const J1: T1Config = T1Config { framing: T1Framing::J1Esf, cas: false };

/// Two terminals joined by wires.
struct Pair {
    near: T1Terminal,
    far: T1Terminal,
    at_near: Log,
    at_far: Log,
}

impl Pair {
    fn new(config: T1Config) -> Self {
        let (near, far) = (T1Terminal::new(config), T1Terminal::new(config));
        Self { near, far, at_near: Log::default(), at_far: Log::default() }
    }

    /// One frame each way; `spoil` may change what the far end receives.
    fn step(&mut self, spoil: impl FnOnce(&mut [u64; 4])) {
        let mut there = self.near.transmit(&[0xff; 32]);
        let back = self.far.transmit(&[0xff; 32]);
        spoil(&mut there);
        self.far.receive(&there, &mut self.at_far);
        self.near.receive(&back, &mut self.at_near);
    }

    fn run(&mut self, frames: usize) {
        (0..frames).for_each(|_| self.step(|_| ()));
    }
}

fn slot(number: u8) -> Timeslot {
    Timeslot::new(number).unwrap()
}

/// After alignment: so many channels with bit 2 at 1 in each piece of 32 frames, which is three times 256
/// channels, all other channels having it at 0.
fn second_bits(ones: &[usize]) -> Log {
    let mut sender = Sender::new(model_of(T1Framing::Sf), false);
    // Channels are counted from the frame that alignment is found in, number 47 from 0.
    let mut bits = constant(&mut sender, 0xff, 47 + 32);
    for count in ones {
        let mut left = *count;
        for _ in 0..32 {
            let mut slots = [0xbf; 32];
            slots[1..25].iter_mut().take(left).for_each(|octet| *octet = 0xff);
            left = left.saturating_sub(24);
            bits.extend(sender.frame(&slots));
        }
    }
    deframe(&SF, &bits).1
}

#[test]
fn bit_2_at_0_in_254_of_256_channels_is_the_remote_alarm_of_a_superframe() {
    // 256 channels end with the eleventh frame, in which they have 16.
    assert_eq!(second_bits(&[2]).defect(Defect::Rai), [(true, 79 + 10)]);
    // Without a third 1 only the second 256 are an alarm: they end with the 22nd frame.
    assert_eq!(second_bits(&[3]).defect(Defect::Rai), [(true, 79 + 21)]);
    let log = second_bits(&[0, 3, 2]);
    assert_eq!(log.defect(Defect::Rai), [(true, 89), (false, 79 + 32 + 10), (true, 79 + 32 + 21)]);
}

#[test]
fn sixteen_patterns_in_the_data_link_are_the_remote_alarm_of_an_extended_superframe() {
    for (config, pattern) in [(ESF, "1111111100000000"), (J1, "1111111111111111")] {
        let wire = |text: &str| text.bytes().map(|bit| bit == b'1').collect::<Vec<bool>>();
        // A bit every other frame.
        for (patterns, expected) in [(15, false), (16, true)] {
            let mut sender = Sender::new(model_of(config.framing), false);
            sender.say(vec![false]);
            let mut bits = constant(&mut sender, 0xff, 200);
            sender.say([wire(pattern).repeat(patterns), vec![false; 3000]].concat());
            bits.extend(constant(&mut sender, 0xff, 2 * 16 * patterns + 4));
            let (deframer, log) = deframe(&config, &bits);
            assert_eq!(deframer.defects().contains(Defect::Rai), expected, "{:?} {patterns}", config.framing);
            if expected {
                // The last bit of the sixteenth pattern.
                assert_eq!(log.defect(Defect::Rai), [(true, 200 + 2 * 255)]);
            }
        }
    }
}

/// After 16 patterns of alarm so many times sixteen more places, so many of them holding the pattern.
fn alarm_then(times: usize, good: usize) -> bool {
    let mut sender = Sender::new(model_of(T1Framing::Esf), false);
    sender.say(vec![false]);
    let mut bits = constant(&mut sender, 0xff, 192);
    let pattern = [[true; 8], [false; 8]].concat();
    let other = [true, false].repeat(8);
    let sixteen = [other.repeat(16 - good), pattern.repeat(good)].concat();
    // The last two are no whole sixteen.
    sender.say([pattern.repeat(16), sixteen.repeat(times), pattern.repeat(2)].concat());
    bits.extend(constant(&mut sender, 0xff, 2 * 16 * (16 * (1 + times) + 2)));
    deframe(&ESF, &bits).0.defects().contains(Defect::Rai)
}

#[test]
fn fourteen_patterns_of_sixteen_four_times_in_a_row_end_the_remote_alarm_and_fifteen_do_not() {
    assert!(alarm_then(4, 16) && alarm_then(4, 15));
    assert!(!alarm_then(4, 14) && !alarm_then(4, 0));
    assert!(alarm_then(3, 14) && alarm_then(3, 0));
}

#[test]
fn an_interruption_of_100_ms_does_not_end_the_remote_alarm_wherever_it_is_and_goes_on_with_any_bit() {
    let pattern = [[true; 8], [false; 8]].concat();
    for start in 0..256 {
        let mut sender = Sender::new(model_of(T1Framing::Esf), false);
        sender.say(vec![false]);
        let mut bits = constant(&mut sender, 0xff, 192);
        // 100 ms of 4 kbit/s.
        let alarm = pattern.repeat(48);
        sender.say([&alarm[..256 + start], &[true, false].repeat(200), &alarm, &[false; 3000]].concat());
        bits.extend(constant(&mut sender, 0xff, 2 * (256 + start + 400 + 768)));
        let (deframer, log) = deframe(&ESF, &bits);
        assert!(deframer.defects().contains(Defect::Rai), "{start}");
        assert_eq!(log.defect(Defect::Rai).len(), 1, "{start}");
    }
}

#[test]
fn remote_alarms_of_t1_and_of_japan_are_not_mistaken_for_each_other() {
    for (sent, read) in [(T1Framing::Esf, J1), (T1Framing::J1Esf, ESF)] {
        let mut sender = Sender::new(model_of(sent), false);
        sender.rai = true;
        let (deframer, log) = deframe(&read, &constant(&mut sender, 0xff, 2000));
        assert!(deframer.counters().frames > 0 && log.defect(Defect::Rai).is_empty(), "{sent:?}");
    }
}

#[test]
fn every_style_of_remote_alarm_arrives_and_goes() {
    for framing in FRAMINGS {
        let config = T1Config { framing, cas: true };
        let mut framer = T1Framer::new(&config);
        let (mut deframer, mut log) = (T1Deframer::new(&config), Log::default());
        for frame in 0..6000 {
            framer.set_rai((1000..3000).contains(&frame));
            deframer.push(&framer.frame(&[0xd5; 32]), &mut log);
        }
        let &[(true, on), (false, off)] = &log.defect(Defect::Rai)[..] else { panic!("{:?}", log.events) };
        // A superframe takes 256 channels twice at most; a data link 16 patterns of 32 frames, and five times as much.
        let (most, times) = if framing == T1Framing::Sf { (22, 2) } else { (16 * 32 + 32, 5) };
        assert!(on - 1000 <= most && off - 3000 <= times * most, "{framing:?}: {on} {off}");
        assert_eq!(log.lost(), []);
        assert_eq!(deframer.counters().crc_errors, 0);
    }
}

#[test]
fn two_bits_of_frame_12_are_the_remote_alarm_of_a_japanese_superframe_and_no_framing() {
    let config = T1Config { framing: T1Framing::J1Sf, cas: false };
    let mut sender = Sender::new(model_of(T1Framing::J1Sf), false);
    let mut bits = Vec::new();
    // By superframe: one alone is no alarm, and one alone does not end it.
    for rai in
        [false, false, false, false, false, false, true, false, true, true, false, true, false, false, true]
    {
        sender.rai = rai;
        bits.extend(constant(&mut sender, 0xd5, 12));
    }
    let (deframer, log) = deframe(&config, &bits);
    assert_eq!(log.defect(Defect::Rai), [(true, 12 * 10 - 1), (false, 12 * 14 - 1)]);
    assert_eq!((deframer.counters().framing_errors, log.lost()), (0, vec![]));
    // In a T1 superframe the same bits are framing errors.
    let (deframer, log) = deframe(&SF, &bits);
    assert_eq!((deframer.counters().framing_errors, log.defect(Defect::Rai)), (5, vec![]));
    // With the alarm there all the time alignment is found too, and there is no bit 2 in it.
    let mut sender = Sender::new(model_of(T1Framing::J1Sf), false);
    sender.rai = true;
    let mut bits = constant(&mut sender, 0xd5, 120);
    bits.drain(..777);
    let (deframer, log) = deframe(&config, &bits);
    assert!(deframer.is_aligned() && deframer.defects() == Defects::only(Defect::Rai), "{:?}", log.events);
    assert!(log.frames.last().expect("frames").0[1..25] == [0xd5; 24]);
    assert!(!deframe(&SF, &bits).0.is_aligned(), "48 frames without an error never come");
}

/// 3 ms (4632 bits) each of ones with so many zeros.
fn ones_with_zeros(zeros: &[usize]) -> Log {
    let mut bits = Vec::new();
    for count in zeros {
        let mut period = vec![true; 4632];
        (0..*count).for_each(|n| period[10 + n * 61] = false);
        bits.extend(period);
    }
    deframe(&ESF, &bits).1
}

#[test]
fn five_zeros_in_three_ms_are_ais_and_six_are_not() {
    assert_eq!(ones_with_zeros(&[5]).defect(Defect::Ais), [(true, 23)]);
    assert_eq!(ones_with_zeros(&[6, 6, 6]).defect(Defect::Ais), []);
    assert_eq!(ones_with_zeros(&[0, 5, 6, 0]).defect(Defect::Ais), [(true, 23), (false, 71), (true, 95)]);
}

#[test]
fn ais_is_seen_through_one_error_in_a_thousand() {
    let mut rng = Rng::new(1);
    let bits: Vec<bool> = (0..4632 * 200).map(|_| !rng.once_in(1000)).collect();
    let (_, log) = deframe(&SF, &bits);
    assert!(log.defect(Defect::Ais)[0].1 < 120, "{:?}", log.defect(Defect::Ais));
    assert_eq!(log.aligned(), []);
}

#[test]
fn framed_ones_are_not_ais() {
    for framing in FRAMINGS {
        for rai in [false, true] {
            let mut sender = Sender::new(model_of(framing), false);
            sender.rai = rai && framing != T1Framing::Sf;
            let mut bits = constant(&mut sender, 0xff, 1000);
            bits.drain(..1000);
            let (deframer, log) = deframe(&T1Config { framing, cas: false }, &bits);
            assert_eq!(log.defect(Defect::Ais), [], "{framing:?}");
            assert!(deframer.is_aligned());
        }
    }
}

#[test]
fn ais_ends_when_framing_is_found_and_takes_it_away_when_it_comes() {
    for framing in FRAMINGS {
        let mut sender = Sender::new(model_of(framing), false);
        let mut bits = constant(&mut sender, 0xd5, 240);
        bits.extend(vec![true; 193 * 240]);
        bits.extend(constant(&mut sender, 0xd5, 240));
        let (_, log) = deframe(&T1Config { framing, cas: false }, &bits);
        let &[(true, on), (false, off)] = &log.defect(Defect::Ais)[..] else { panic!("{:?}", log.events) };
        // Two wrong framing bits of 0 (within 3 ms), and 3 ms of ones, at most 6 ms from the start.
        assert!(log.lost()[0] <= 240 + 24 && on < 240 + 48, "{framing:?}: {:?} {on}", log.lost());
        assert!(off < 480 + 24 + 96, "{off}");
    }
}

#[test]
fn loss_of_signal_is_what_the_receiver_says() {
    let mut sender = Sender::new(model_of(T1Framing::Esf), false);
    let (mut deframer, mut log) = (T1Deframer::new(&ESF), Log::default());
    let mut los = LosDetector::for_t1();
    los.push(&[Symbols::default(); 2]);
    feed(&mut deframer, &constant(&mut sender, 0xd5, 120), &mut log);
    los.push(&[Symbols::default()]);
    deframer.note_signal(los.is_lost());
    feed(&mut deframer, &vec![false; 193 * 40], &mut log);
    los.push(&[Symbols { pos: u64::MAX, neg: 0 }; 3]);
    deframer.note_signal(los.is_lost());
    feed(&mut deframer, &constant(&mut sender, 0xd5, 20), &mut log);
    assert_eq!(log.defect(Defect::Los), [(true, 120), (false, 160)]);
    // Zeros: framing bits of 1 are frames 12, 20 and 24 of a superframe, 132, 140 and 144 of the input.
    assert_eq!(log.lost(), [120 + 20 - 1]);
}

#[test]
fn a_signal_without_framing_is_lof_after_25_ms() {
    let (_, log) = deframe(&ESF, &vec![false; 193 * 400]);
    assert_eq!(log.events, [LineEvent::Defect { defect: Defect::Lof, present: true, frame: 200 }]);
    let (_, log) = deframe(&ESF, &constant(&mut Sender::new(model_of(T1Framing::Esf), false), 0xff, 400));
    assert_eq!(log.defect(Defect::Lof), []);
}

#[test]
fn a_clean_start_is_one_second_of_remote_alarm_at_most() {
    for framing in FRAMINGS {
        let mut pair = Pair::new(T1Config { framing, cas: true });
        pair.run(12_000);
        for log in [&pair.at_near, &pair.at_far] {
            assert_eq!((log.defect(Defect::Lof), log.lost()), (vec![], vec![]));
            let &[(true, _), (false, off)] = &log.defect(Defect::Rai)[..] else { panic!("{framing:?}") };
            assert!((8000..8000 + 2700).contains(&off), "{off}");
        }
        assert!(pair.near.defects().is_empty() && pair.far.defects().is_empty());
    }
}

#[test]
fn a_cut_wire_is_told_to_the_far_end_for_a_second_and_mends() {
    for framing in FRAMINGS {
        let mut pair = Pair::new(T1Config { framing, cas: false });
        pair.run(12_000);
        (pair.at_near, pair.at_far) = (Log::default(), Log::default());
        (0..100).for_each(|_| pair.step(|bits| *bits = [u64::MAX; 4]));
        assert!(pair.far.defects().contains(Defect::Ais) && pair.far.defects().contains(Defect::Lof));
        pair.run(12_000);
        let &[(true, on), (false, off)] = &pair.at_near.defect(Defect::Rai)[..] else {
            panic!("{framing:?}")
        };
        assert!(off - on >= 8000, "{framing:?}: {on} {off}");
        assert!(pair.near.defects().is_empty() && pair.far.defects().is_empty(), "{framing:?}");
        assert_eq!(pair.near.counters().alignment_losses, 0);
        assert_eq!(pair.far.counters().alignment_losses, 1);
    }
}

#[test]
fn an_order_to_send_the_remote_alarm_is_obeyed_for_a_second_at_least() {
    let mut pair = Pair::new(SF);
    pair.run(12_000);
    pair.at_far = Log::default();
    pair.near.set_rai(true);
    pair.run(1);
    pair.near.set_rai(false);
    pair.run(9000);
    let &[(true, on), (false, off)] = &pair.at_far.defect(Defect::Rai)[..] else { panic!() };
    assert!((7950..8050).contains(&(off - on)), "{on} {off}");
}

#[test]
fn the_shortest_remote_alarm_is_8000_frames() {
    let mut terminal = T1Terminal::new(SF);
    let mut sender = Sender::new(model_of(T1Framing::Sf), false);
    let mut ear = Log::default();
    let mut step = |terminal: &mut T1Terminal| {
        terminal.receive(&t1_common::words(&sender.frame(&[0xff; 32])), &mut ear);
        // Bit 2 of timeslot 1, behind the F bit.
        terminal.transmit(&[0xff; 32])[0] >> 61 & 1 == 0
    };
    (0..9000).for_each(|_| _ = step(&mut terminal));
    assert!(!step(&mut terminal), "it hears frames, and that it once did not is over");
    terminal.set_rai(true);
    terminal.set_rai(false);
    let alarmed: Vec<bool> = (0..9000).map(|_| step(&mut terminal)).collect();
    assert_eq!(alarmed.iter().position(|alarm| !alarm), Some(8000));
}

#[test]
fn ais_is_nothing_but_ones() {
    for framing in FRAMINGS {
        let mut terminal = T1Terminal::new(T1Config { framing, cas: true });
        terminal.set_ais(true);
        assert_eq!(terminal.transmit(&[0; 32]), [u64::MAX, u64::MAX, u64::MAX, 1 << 63]);
        terminal.set_ais(false);
        assert_ne!(terminal.transmit(&[0; 32])[0], u64::MAX);
    }
}

#[test]
fn every_code_of_every_channel_arrives_within_three_superframes() {
    for (framing, codes, frames) in
        [(T1Framing::Sf, 4, 36), (T1Framing::Esf, 16, 72), (T1Framing::J1Esf, 16, 72)]
    {
        let mut pair = Pair::new(T1Config { framing, cas: true });
        pair.run(400);
        for number in 1..=24 {
            for code in (0..codes).rev() {
                // In a superframe of 12 frames A and B are all there is, and stand for C and D too.
                let wanted = Abcd::new(if codes == 4 { code << 2 | code } else { code });
                pair.near.set_abcd(slot(number), Abcd::new(if codes == 4 { code << 2 } else { code }));
                let mut took = 0;
                while pair.far.abcd(slot(number)) != Some(wanted) {
                    pair.run(1);
                    took += 1;
                    assert!(took <= frames, "{framing:?} timeslot {number} code {code}");
                }
            }
        }
        for none in [0, 25, 31] {
            assert_eq!(pair.far.abcd(slot(none)), None);
        }
        // Each change was told once, and nothing else: all at first, then each channel's codes.
        let changes = pair.at_far.events.iter().filter(|e| matches!(e, LineEvent::CasChange { .. })).count();
        assert_eq!(changes, 24 + 24 * usize::from(codes), "{framing:?}");
    }
}

/// A span whose channels all send 0000, and one bit of timeslot 5 that is hit in frame `frame`.
fn hit(framing: T1Framing, frame: usize, times: usize) -> Vec<LineEvent> {
    let mut sender = Sender::new(model_of(framing), true);
    let mut bits = constant(&mut sender, 0x00, 480);
    for superframe in 0..times {
        bits[(frame + superframe * model_of(framing).frames()) * 193 + 5 * 8] ^= true;
    }
    let (_, log) = deframe(&T1Config { framing, cas: true }, &bits);
    log.events.into_iter().filter(|event| matches!(event, LineEvent::CasChange { .. })).skip(24).collect()
}

#[test]
fn one_wrong_bit_is_no_signalling_and_two_in_a_row_are() {
    for framing in FRAMINGS {
        // Frame 6 of a superframe that begins with frame 240.
        assert_eq!(hit(framing, 245, 1), [], "{framing:?}");
        let superframe = model_of(framing).frames() as u64;
        let second = 240 + 2 * superframe - 1;
        let abcd = |bits| LineEvent::CasChange { timeslot: slot(5), abcd: Abcd::new(bits), frame: second };
        let a = if framing.is_extended() { 0b1000 } else { 0b1010 };
        assert_eq!(hit(framing, 245, 2)[0], abcd(a), "{framing:?}");
        // Frame 5 carries speech.
        assert_eq!(hit(framing, 244, 5), []);
    }
}

#[test]
fn signalling_of_a_superframe_with_a_wrong_framing_bit_is_not_believed() {
    let mut sender = Sender::new(model_of(T1Framing::Esf), true);
    let mut bits = constant(&mut sender, 0xff, 240);
    sender.abcd[7] = [true, false, true, true];
    bits.extend(constant(&mut sender, 0xff, 240));
    let changes = |bits: &[bool]| -> Vec<u64> {
        let (_, log) = deframe(&T1Config { cas: true, ..ESF }, bits);
        let of_7 = |event: &LineEvent| match event {
            LineEvent::CasChange { timeslot, abcd, frame } if *timeslot == slot(7) => {
                (abcd.bits() == 0b1011).then_some(*frame)
            }
            _ => None,
        };
        log.events.iter().filter_map(of_7).collect()
    };
    assert_eq!(changes(&bits), [287]);
    // Frame 4 of the second superframe with the new bits: the third and the fourth are believed.
    bits[(264 + 3) * 193] ^= true;
    assert_eq!(changes(&bits), [335]);
}

#[test]
fn signalling_stays_as_it_was_while_alignment_is_lost() {
    for framing in FRAMINGS {
        let config = T1Config { framing, cas: true };
        let mut pair = Pair::new(config);
        pair.near.set_abcd(slot(24), Abcd::new(0b1111));
        pair.run(400);
        assert_eq!(pair.far.abcd(slot(24)), Some(Abcd::new(15)));
        pair.at_far = Log::default();
        (0..200).for_each(|_| pair.step(|bits| *bits = [0; 4]));
        assert!(!pair.far.deframer().is_aligned());
        pair.run(400);
        assert_eq!(pair.far.abcd(slot(24)), Some(Abcd::new(15)));
        let changes = pair.at_far.events.iter().filter(|e| matches!(e, LineEvent::CasChange { .. })).count();
        assert_eq!(changes, 0, "{framing:?}");
    }
}

#[test]
fn bits_are_robbed_in_every_sixth_frame_and_nowhere_else() {
    for framing in FRAMINGS {
        let mut framer = T1Framer::new(&T1Config { framing, cas: true });
        let (mut deframer, mut log) = (T1Deframer::new(&T1Config { framing, cas: true }), Log::default());
        (0..300).for_each(|_| deframer.push(&framer.frame(&[0xff; 32]), &mut log));
        for (number, (octets, aligned)) in log.frames.iter().enumerate().skip(100) {
            let wanted = if number % 6 == 5 { 0xfe } else { 0xff };
            assert!(*aligned && octets[1..25] == [wanted; 24], "{framing:?} frame {number}");
        }
        // Without signalling all 64 kbit/s go through.
        let mut rng = Rng::new(4);
        let mut framer = T1Framer::new(&T1Config { framing, cas: false });
        let mut deframer = T1Deframer::new(&T1Config { framing, cas: false });
        let mut log = Log::default();
        let sent: Vec<[u8; 32]> = (0..300).map(|_| rng.frame()).collect();
        sent.iter().for_each(|slots| deframer.push(&framer.frame(slots), &mut log));
        assert!(log.frames[100..].iter().zip(&sent[100..]).all(|(got, sent)| got.0[1..25] == sent[1..25]));
    }
}

#[test]
fn the_data_link_carries_a_frame_between_whole_flags() {
    for framing in [T1Framing::Esf, T1Framing::J1Esf] {
        let mut framer = T1Framer::new(&T1Config { framing, cas: false });
        let (mut deframer, mut log) = (T1Deframer::new(&T1Config { framing, cas: false }), Log::default());
        let mut send = |framer: &mut T1Framer, log: &mut Log, frames| {
            (0..frames).for_each(|_| deframer.push(&framer.frame(&[0xff; 32]), log));
        };
        send(&mut framer, &mut log, 202);
        log.link.clear();
        assert_eq!(framer.data_link_mut().send_frame(&[0xff, 0x03]), Ok(()));
        send(&mut framer, &mut log, 200);
        assert!(!framer.data_link().is_sending_frame());
        let message = between_flags(&[0xff, 0x03]);
        // A flag was begun with the 97th bit of the link, four bits before.
        let expected = [&FLAG[5..], &message, &FLAG.repeat(9)].concat();
        assert_eq!(log.link, expected[..100]);
    }
}

#[test]
fn the_remote_alarm_takes_the_data_link_and_messages_wait() {
    let mut framer = T1Framer::new(&ESF);
    let (mut deframer, mut log) = (T1Deframer::new(&ESF), Log::default());
    (0..192).for_each(|_| deframer.push(&framer.frame(&[0xff; 32]), &mut log));
    log.link.clear();
    assert_eq!(framer.data_link_mut().send_frame(&[0xff, 0x03]), Ok(()));
    framer.set_rai(true);
    (0..64).for_each(|_| deframer.push(&framer.frame(&[0xff; 32]), &mut log));
    framer.set_rai(false);
    (0..64).for_each(|_| deframer.push(&framer.frame(&[0xff; 32]), &mut log));
    let pattern = [[true; 8], [false; 8]].concat();
    let message = [&FLAG[..], &between_flags(&[0xff, 0x03]), &FLAG].concat();
    assert_eq!(log.link, [&pattern.repeat(2), &message[..32]].concat());
}

#[test]
fn random_signalling_and_speech_go_through_a_noisy_line_without_false_signals() {
    // 0.1 errors a superframe: single ones are never believed.
    let mut rng = Rng::new(5);
    let mut sender = Sender::new(model_of(T1Framing::Esf), true);
    (1..25).for_each(|n| sender.abcd[n] = std::array::from_fn(|_| rng.once_in(2)));
    let mut bits = random(&mut sender, &mut rng, 24 * 400);
    bits.iter_mut().for_each(|bit| *bit ^= rng.once_in(40_000));
    let (deframer, log) = deframe(&T1Config { cas: true, ..ESF }, &bits);
    let changes = log.events.iter().filter(|event| matches!(event, LineEvent::CasChange { .. })).count();
    assert_eq!(changes, 24);
    assert!(deframer.counters().crc_errors > 20);
}
