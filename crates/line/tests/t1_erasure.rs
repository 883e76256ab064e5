//! Bits of a T1 that were not received, though how many they are is known: what a deframer keeps over them.
mod t1_common;
use t1_common::{FRAMINGS, Log, feed, model_of, random, words};
use tandem_line::{LineEvent, T1Config, T1Deframer, T1Framing};
use tandem_testkit::Rng;
use tandem_testkit::t1::Sender;
use tandem_types::{Abcd, Defect, Timeslot};

const ONES: [u64; 4] = [u64::MAX; 4];

/// A far end whose bits begin at a place of a push.
struct Line {
    sender: Sender,
    rng: Rng,
    rest: Vec<bool>,
}

impl Line {
    fn new(sender: Sender, offset: usize) -> Self {
        let mut line = Self { sender, rng: Rng::new(offset as u64), rest: Vec::new() };
        line.bits(1);
        line.rest = vec![false; offset];
        line
    }

    /// So many pushes of bits.
    fn bits(&mut self, pushes: usize) -> Vec<bool> {
        while self.rest.len() < pushes * 193 {
            self.rest.extend(random(&mut self.sender, &mut self.rng, 1));
        }
        self.rest.drain(..pushes * 193).collect()
    }
}

#[test]
fn alignment_and_signalling_are_kept_over_any_number_of_erased_frames_at_any_offset() {
    for framing in FRAMINGS {
        for offset in [0, 1, 100, 192] {
            for length in [1, 2, 5, 8, 24, 64, 500] {
                let config = T1Config { framing, cas: true };
                let mut sender = Sender::new(model_of(framing), true);
                sender.abcd = [[true, false, true, false]; 25];
                let mut line = Line::new(sender, offset);
                let (mut deframer, mut log) = (T1Deframer::new(&config), Log::default());
                feed(&mut deframer, &line.bits(1000), &mut log);
                assert!(deframer.is_aligned() && deframer.defects().is_empty(), "{framing:?} {offset}");
                let (mut log, before) = (Log::default(), *deframer.counters());
                line.bits(length);
                (0..length).for_each(|_| deframer.push_erased(&ONES, &mut log));
                feed(&mut deframer, &line.bits(500), &mut log);
                let what = format!("{framing:?} {offset} {length}: {:?}", log.events);
                assert!(deframer.is_aligned() && deframer.defects().is_empty(), "{what}");
                let only_crc = log.events.iter().all(|event| matches!(event, LineEvent::CrcError { .. }));
                assert!(only_crc, "{what}");
                let after = deframer.counters();
                assert_eq!(after.framing_errors, before.framing_errors, "{what}");
                assert!(after.crc_errors - before.crc_errors <= length as u64 / 24 + 3, "{what}");
                let slot = Timeslot::new(7).expect("a slot");
                assert_eq!(deframer.abcd(slot), Some(Abcd::new(0b1010)), "{what}");
            }
        }
    }
}

/// Two wrong framing bits of four lose alignment, whatever is erased between them.
#[test]
fn what_is_not_erased_is_judged_as_ever() {
    for framing in FRAMINGS {
        let config = T1Config { framing, cas: false };
        let mut line = Line::new(Sender::new(model_of(framing), false), 0);
        let (mut deframer, mut log) = (T1Deframer::new(&config), Log::default());
        feed(&mut deframer, &line.bits(1000), &mut log);
        let mut wrong = 0;
        while deframer.is_aligned() {
            line.bits(4);
            (0..4).for_each(|_| deframer.push_erased(&ONES, &mut log));
            let mut bits = line.bits(1);
            bits[0] = !bits[0];
            let before = deframer.counters().framing_errors;
            deframer.push(&words(&bits), &mut log);
            wrong += deframer.counters().framing_errors - before;
            assert!(wrong <= 2, "{framing:?}");
        }
        assert_eq!(wrong, 2, "{framing:?}");
    }
}

/// 100 bits into a push a frame begins: its framing bit is before an erasure of the next push, of which the rest of it is.
#[test]
fn a_framing_bit_beside_an_erasure_that_is_wrong_is_counted_and_one_within_is_not() {
    for framing in FRAMINGS {
        let mut counted = [0, 0];
        for (within, counted) in [false, true].into_iter().zip(&mut counted) {
            for first in 0..24 {
                let config = T1Config { framing, cas: false };
                let mut line = Line::new(Sender::new(model_of(framing), false), 100);
                let (mut deframer, mut log) = (T1Deframer::new(&config), Log::default());
                feed(&mut deframer, &line.bits(1000 + first), &mut log);
                let before = deframer.counters().framing_errors;
                let mut bits = line.bits(1);
                bits[100] = !bits[100];
                if within {
                    deframer.push_erased(&words(&bits), &mut log);
                } else {
                    deframer.push(&words(&bits), &mut log);
                }
                line.bits(1);
                deframer.push_erased(&ONES, &mut log);
                feed(&mut deframer, &line.bits(100), &mut log);
                assert!(deframer.is_aligned(), "{framing:?} {first}");
                *counted += deframer.counters().framing_errors - before;
            }
        }
        // Of 24 frames of an extended superframe six have one; of two superframes of 12 all do, but in J1 the last has the alarm.
        let wanted = match framing {
            T1Framing::Sf => 24,
            T1Framing::J1Sf => 22,
            T1Framing::Esf | T1Framing::J1Esf => 6,
        };
        assert_eq!(counted, [wanted, 0], "{framing:?}");
    }
}

#[test]
fn erased_ones_are_no_ais_and_received_ones_are() {
    let config = T1Config { framing: FRAMINGS[1], cas: false };
    let mut line = Line::new(Sender::new(model_of(FRAMINGS[1]), false), 0);
    let (mut deframer, mut log) = (T1Deframer::new(&config), Log::default());
    feed(&mut deframer, &line.bits(1000), &mut log);
    (0..100).for_each(|_| deframer.push_erased(&ONES, &mut log));
    assert!(deframer.defects().is_empty());
    (0..200).for_each(|_| deframer.push(&ONES, &mut log));
    assert!(deframer.defects().contains(Defect::Ais));
}
