//! HDLC: ISO 3309 and Q.921 with raw bits, and against the model of the test kit.
use tandem_line::hdlc::{HdlcCounters, HdlcError, HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender, fcs16};
use tandem_testkit::Rng;
use tandem_testkit::hdlc::{FLAG, Heard, between_flags, bits_low_first, check_sequence, read};

const LIMITS: HdlcLimits = HdlcLimits { shortest: 3, longest: 20 };

/// Everything that a receiver makes of bits, in the model's terms.
fn hear(bits: &[bool], limits: HdlcLimits) -> (Vec<Heard>, HdlcCounters) {
    let (mut receiver, mut buffer) = (HdlcReceiver::new(limits), [0; 64]);
    let mut heard = Vec::new();
    for bit in bits {
        heard.extend(receiver.handle_bit(&mut buffer, *bit).map(|event| named(event, &buffer)));
    }
    (heard, *receiver.counters())
}

fn named(event: HdlcEvent, buffer: &[u8]) -> Heard {
    match event {
        HdlcEvent::Frame(length) => Heard::Frame(buffer[..length].to_vec()),
        HdlcEvent::Error(HdlcError::TooLong) => Heard::TooLong,
        HdlcEvent::Error(HdlcError::Abort) => Heard::Abort,
        HdlcEvent::Error(HdlcError::TooShort) => Heard::TooShort,
        HdlcEvent::Error(HdlcError::NotAligned) => Heard::NotAligned,
        HdlcEvent::Error(HdlcError::BadFcs) => Heard::BadCheck,
    }
}

/// The bits of a sender for these frames, and as many flags as make up the length.
fn send(frames: &[Vec<u8>], length: usize) -> Vec<bool> {
    let (mut sender, mut waiting, mut bits) = (HdlcSender::new(), frames, Vec::new());
    while bits.len() < length {
        let bit = sender.poll_bit(waiting.first().map_or(&[], Vec::as_slice));
        waiting = if bit.frame_done { &waiting[1..] } else { waiting };
        bits.push(bit.line);
    }
    assert!(waiting.is_empty());
    bits
}

fn random_frame(rng: &mut Rng, shortest: u64, longest: u64) -> Vec<u8> {
    // Many ones, so that there are many zeros to insert.
    let length = shortest + rng.below(longest + 1 - shortest);
    (0..length).map(|_| if rng.once_in(3) { 0xff } else { (rng.word() >> 56) as u8 }).collect()
}

#[test]
fn the_check_sequence_is_the_published_one() {
    assert_eq!(fcs16(b"123456789"), 0x906e);
    assert_eq!(check_sequence(&bits_low_first(b"123456789")), bits_low_first(&[0x6e, 0x90]));
    let mut rng = Rng::new(1);
    for _ in 0..200 {
        let frame = random_frame(&mut rng, 2, 60);
        assert_eq!(bits_low_first(&fcs16(&frame).to_le_bytes()), check_sequence(&bits_low_first(&frame)));
    }
}

#[test]
fn an_unnumbered_frame_is_these_bits() {
    // 0x7e 0x03 holds six ones, which are parted by a zero; the sequence of the two is 0x5708.
    assert_eq!(fcs16(&[0x7e, 0x03]), 0x5708);
    let bits: String = send(&[vec![0x7e, 0x03]], 49).iter().map(|bit| if *bit { '1' } else { '0' }).collect();
    let expected = ["01111110", "011111010", "11000000", "00010000", "11101010", "01111110"].concat();
    assert_eq!(bits, expected);
}

#[test]
fn one_flag_closes_a_frame_and_opens_the_next() {
    let frames = [vec![1, 2, 3], vec![4, 5, 6]];
    let wanted =
        [&FLAG[..], &between_flags(&frames[0]), &FLAG, &between_flags(&frames[1]), &FLAG, &FLAG].concat();
    let bits = send(&frames, wanted.len());
    assert_eq!(bits, wanted);
    assert_eq!(hear(&bits, LIMITS).0, frames.map(Heard::Frame));
}

#[test]
fn flags_may_share_a_zero() {
    let shared = [&FLAG[..], &FLAG[1..], &FLAG[1..], &between_flags(&[1, 2, 3]), &FLAG, &FLAG[1..]].concat();
    assert_eq!(hear(&shared, LIMITS).0, [Heard::Frame(vec![1, 2, 3])]);
}

#[test]
fn what_a_sender_sends_is_what_the_model_writes_and_reads() {
    let mut rng = Rng::new(2);
    for _ in 0..300 {
        let frames: Vec<Vec<u8>> = (0..rng.below(6)).map(|_| random_frame(&mut rng, 3, 20)).collect();
        let mut wanted = FLAG.to_vec();
        for frame in &frames {
            wanted.extend(between_flags(frame));
            wanted.extend(FLAG);
        }
        let bits = send(&frames, wanted.len());
        assert_eq!(bits, wanted);
        let heard: Vec<Heard> = frames.into_iter().map(Heard::Frame).collect();
        assert_eq!(read(&bits, 3, 20), heard);
        assert_eq!(hear(&bits, LIMITS).0, heard);
    }
}

#[test]
fn whatever_stands_between_flags_is_taken_as_the_model_takes_it_and_counted_once() {
    let mut rng = Rng::new(3);
    let mut sum = HdlcCounters::default();
    for round in 0..4000 {
        let mut bits: Vec<bool> = Vec::new();
        for _ in 0..rng.below(12) + 1 {
            match rng.below(6) {
                0 => bits.extend((0..rng.below(200)).map(|_| rng.once_in(2))),
                1 => bits.extend((0..rng.below(20)).map(|_| true)),
                2 => bits.extend(FLAG),
                3 => bits.extend(between_flags(&random_frame(&mut rng, 2, 26))),
                _ => bits.extend([&FLAG[..], &between_flags(&random_frame(&mut rng, 2, 26)), &FLAG].concat()),
            }
        }
        (0..rng.below(3)).for_each(|_| {
            let at = rng.below(bits.len() as u64 + 1) as usize;
            if at < bits.len() && rng.once_in(2) {
                bits.remove(at);
            } else if let Some(bit) = bits.get_mut(at) {
                *bit = !*bit;
            }
        });
        bits.extend(FLAG);
        let (heard, counters) = hear(&bits, LIMITS);
        assert_eq!(heard, read(&bits, 3, 20), "round {round}");
        let of = |wanted: fn(&Heard) -> bool| heard.iter().filter(|heard| wanted(heard)).count() as u64;
        assert_eq!(counters.frames, of(|heard| matches!(heard, Heard::Frame(_))));
        let errors = counters.too_long
            + counters.aborts
            + counters.too_short
            + counters.not_aligned
            + counters.bad_fcs;
        assert_eq!(errors + counters.frames, heard.len() as u64);
        sum.frames += counters.frames;
        sum.too_long += counters.too_long;
        sum.aborts += counters.aborts;
        sum.too_short += counters.too_short;
        sum.not_aligned += counters.not_aligned;
        sum.bad_fcs += counters.bad_fcs;
    }
    let counts = [sum.frames, sum.too_long, sum.aborts, sum.too_short, sum.not_aligned, sum.bad_fcs];
    assert!(counts.iter().all(|count| *count > 100), "{sum:?}");
}

#[test]
fn each_error_has_its_reason() {
    let heard = |between: &[bool]| hear(&[&FLAG[..], between, &FLAG].concat(), LIMITS).0;
    assert_eq!(heard(&between_flags(&[1, 2, 3])), [Heard::Frame(vec![1, 2, 3])]);
    assert_eq!(heard(&between_flags(&[1, 2])), [Heard::TooShort]);
    assert_eq!(heard(&between_flags(&[5; 20])), [Heard::Frame(vec![5; 20])]);
    assert_eq!(heard(&between_flags(&[5; 21])), [Heard::TooLong]);
    assert_eq!(heard(&between_flags(&[5; 60])), [Heard::TooLong]);
    let frame = between_flags(&[1, 2, 3, 4]);
    assert_eq!(heard(&[&frame[..], &[false]].concat()), [Heard::NotAligned]);
    assert_eq!(heard(&[&frame[..9], &[true; 7], &frame[9..]].concat()), [Heard::Abort]);
    let mut wrong = frame;
    wrong[3] ^= true;
    assert_eq!(heard(&wrong), [Heard::BadCheck]);
    assert_eq!(heard(&[]), []);
}

#[test]
fn a_line_of_ones_is_idle_and_no_abort() {
    let bits =
        [&FLAG[..], &[true; 50], &FLAG, &[true; 9], &FLAG, &FLAG[..4], &[true; 9], &[false; 3]].concat();
    assert_eq!(hear(&bits, LIMITS), (vec![], HdlcCounters::default()));
}

#[test]
fn an_aborted_frame_is_an_abort_to_the_receiver_and_the_next_arrives() {
    let (mut sender, mut bits) = (HdlcSender::new(), Vec::new());
    bits.extend((0..30).map(|_| sender.poll_bit(&[1, 2, 3, 4]).line));
    assert!(sender.is_in_frame());
    sender.abort();
    let mut done = false;
    while !done || bits.len() < 160 {
        let bit = sender.poll_bit(if done { &[] } else { &[9, 8, 7] });
        bits.push(bit.line);
        done |= bit.frame_done;
    }
    assert_eq!(hear(&bits, LIMITS).0, [Heard::Abort, Heard::Frame(vec![9, 8, 7])]);
}

#[test]
fn a_timeslot_carries_frames_its_highest_bit_first_on_the_line() {
    let (mut sender, mut receiver, mut buffer) = (HdlcSender::new(), HdlcReceiver::new(LIMITS), [0; 22]);
    let mut rng = Rng::new(4);
    let frames: Vec<Vec<u8>> = (0..200).map(|_| random_frame(&mut rng, 3, 20)).collect();
    let (mut waiting, mut heard) = (&frames[..], Vec::new());
    assert_eq!(sender.poll_octet(&[]).line, 0x7e);
    assert_eq!(receiver.handle_octet(&mut buffer, 0x7e), None);
    for _ in 0..6000 {
        let octet = sender.poll_octet(waiting.first().map_or(&[], Vec::as_slice));
        waiting = if octet.frame_done { &waiting[1..] } else { waiting };
        heard.extend(receiver.handle_octet(&mut buffer, octet.line).map(|event| named(event, &buffer)));
    }
    assert!(heard == frames.into_iter().map(Heard::Frame).collect::<Vec<_>>());
}

#[test]
fn a_small_buffer_makes_the_longest_frame_shorter() {
    for (room, expected) in [(5, Heard::Frame(vec![1, 2, 3])), (4, Heard::TooLong), (0, Heard::TooLong)] {
        let (mut receiver, mut buffer) = (HdlcReceiver::new(LIMITS), vec![0; room]);
        let bits = [&FLAG[..], &between_flags(&[1, 2, 3]), &FLAG].concat();
        let heard: Vec<Heard> = bits
            .iter()
            .filter_map(|bit| receiver.handle_bit(&mut buffer, *bit).map(|event| named(event, &buffer)))
            .collect();
        assert_eq!(heard, [expected], "{room}");
    }
}

/// Octets of a line: noise, ones, flags at any place, frames good and bad, each for a while.
fn noisy_line(rng: &mut Rng) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    for _ in 0..rng.below(20) + 1 {
        match rng.below(5) {
            0 => bits.extend((0..rng.below(300)).map(|_| rng.once_in(2))),
            1 => bits.extend((0..rng.below(60)).map(|_| true)),
            2 => (0..rng.below(20)).for_each(|_| bits.extend(FLAG)),
            3 => (0..rng.below(20)).for_each(|_| bits.extend(&FLAG[1..])),
            _ => bits.extend([&FLAG[..], &between_flags(&random_frame(rng, 2, 26)), &FLAG].concat()),
        }
        if let Some(bit) = bits.last_mut().filter(|_| rng.once_in(5)) {
            *bit = !*bit;
        }
    }
    let octets = bits.chunks_exact(8);
    octets.map(|bits| bits.iter().fold(0, |octet, bit| octet << 1 | u8::from(*bit))).collect()
}

#[test]
fn octets_are_heard_as_their_bits_are() {
    let mut rng = Rng::new(8);
    for round in 0..3000 {
        let octets = noisy_line(&mut rng);
        let bits: Vec<bool> =
            octets.iter().flat_map(|octet| (0..8).map(move |n| octet << n & 0x80 != 0)).collect();
        let (mut receiver, mut buffer, mut heard) = (HdlcReceiver::new(LIMITS), [0; 64], Vec::new());
        for octet in &octets {
            // Octets and bits may take turns.
            if rng.once_in(10) {
                for place in (0..8).rev() {
                    let event = receiver.handle_bit(&mut buffer, octet >> place & 1 != 0);
                    heard.extend(event.map(|event| named(event, &buffer)));
                }
            } else {
                heard.extend(receiver.handle_octet(&mut buffer, *octet).map(|event| named(event, &buffer)));
            }
        }
        let (wanted, counters) = hear(&bits, LIMITS);
        assert_eq!((heard, *receiver.counters()), (wanted, counters), "round {round}");
    }
}

#[test]
fn octets_are_sent_as_their_bits_are() {
    let mut rng = Rng::new(9);
    for _ in 0..500 {
        let (mut by_octet, mut by_bit) = (HdlcSender::new(), HdlcSender::new());
        let frame = random_frame(&mut rng, 1, 40);
        for _ in 0..120 {
            let lent: &[u8] = if by_octet.is_in_frame() || rng.once_in(4) { &frame } else { &[] };
            let sent = by_octet.poll_octet(lent);
            let mut bits = (0, false);
            for _ in 0..8 {
                let bit = by_bit.poll_bit(if bits.1 { &[] } else { lent });
                bits = (bits.0 << 1 | u8::from(bit.line), bits.1 | bit.frame_done);
            }
            assert_eq!((sent.line, sent.frame_done), bits);
        }
    }
}

#[test]
fn seven_bits_of_a_timeslot_carry_frames_whatever_the_eighth_becomes() {
    let mut rng = Rng::new(10);
    let frames: Vec<Vec<u8>> = (0..50).map(|_| random_frame(&mut rng, 3, 20)).collect();
    let (mut sender, mut receiver, mut buffer) = (HdlcSender::new(), HdlcReceiver::new(LIMITS), [0; 64]);
    let (mut waiting, mut heard) = (&frames[..], Vec::new());
    for _ in 0..2500 {
        let sent = sender.poll_seven_bits(waiting.first().map_or(&[], Vec::as_slice));
        waiting = if sent.frame_done { &waiting[1..] } else { waiting };
        assert_eq!(sent.line & 1, 1);
        let arrives = sent.line & !u8::from(rng.once_in(2));
        heard.extend(receiver.handle_seven_bits(&mut buffer, arrives).map(|event| named(event, &buffer)));
    }
    assert!(waiting.is_empty());
    assert_eq!(heard, frames.into_iter().map(Heard::Frame).collect::<Vec<_>>());
}
