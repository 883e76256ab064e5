//! Two links over a wire that loses, doubles, delays and spoils frames. The only measure is what layer 3 sees.
#[path = "common/pair.rs"]
mod pair;

use pair::{Faults, Pair};
use tandem_isdn::Side;
use tandem_isdn::q921::LinkEvent::{Established, Released};
use tandem_isdn::q921::{Establishment, LinkEvent, LinkParameters, LinkState, Release};

/// A day, in frames: what no exchange here takes.
const LONGEST: u64 = 86_400 * 8_000;

/// N200 so high that no run of losses resets a link.
fn patient(side: Side) -> LinkParameters {
    LinkParameters::new(side).with_attempts(20).expect("in range")
}

fn established(parameters: impl Fn(Side) -> LinkParameters, faults: Faults, seed: u64) -> Pair {
    let mut pair = Pair::new(parameters, faults, seed);
    while pair.ends.iter().any(|end| end.state() != LinkState::MultipleFrameEstablished) {
        let now = pair.time();
        if pair.ends[0].state() == LinkState::TeiAssigned {
            pair.ends[0].establish(now);
        }
        assert!(pair.step(LONGEST), "it comes up");
    }
    pair
}

/// A thousand with `TANDEM_SOAK`, a few without.
fn seeds() -> u64 {
    if std::env::var_os("TANDEM_SOAK").is_some() { 1_000 } else { 20 }
}

fn message(number: u32) -> Vec<u8> {
    let mut message = number.to_be_bytes().to_vec();
    message.resize(4 + number as usize * 7 % 257, number as u8);
    message
}

/// Each end sends messages numbered from 0, as fast as its link takes them.
fn exchange(pair: &mut Pair, count: u32) {
    let mut next = [0; 2];
    loop {
        for (end, next) in pair.ends.iter_mut().zip(&mut next) {
            let now = tandem_types::FrameTime(pair.now);
            while *next < count && end.send(now, &message(*next)).is_ok() {
                *next += 1;
            }
        }
        let done = next == [count; 2] && pair.ends.iter().all(|end| end.queued() == 0);
        if done || !pair.step(LONGEST) {
            return;
        }
    }
}

fn expect_all_in_order(pair: &Pair, count: u32) {
    for delivered in &pair.delivered {
        assert_eq!(delivered.len(), count as usize);
        assert!((0..count).zip(delivered).all(|(number, found)| message(number) == *found));
    }
    for end in &pair.ends {
        let messages = end.counters().messages;
        assert_eq!((messages.accepted, messages.acknowledged), (u64::from(count), u64::from(count)));
        assert_eq!(messages.given_up, 0);
    }
}

#[test]
fn a_clean_wire_carries_all_messages_once_and_sends_none_twice() {
    let mut pair = established(LinkParameters::new, Faults::default(), 1);
    exchange(&mut pair, 2_000);
    expect_all_in_order(&pair, 2_000);
    assert!(pair.ends.iter().all(|end| end.counters().retransmitted_frames == 0));
}

#[test]
fn one_frame_of_a_hundred_lost_delays_messages_and_loses_none() {
    for seed in 1..=seeds() {
        let mut pair = established(patient, Faults { lost: 10, ..Faults::default() }, seed);
        exchange(&mut pair, 1_000);
        expect_all_in_order(&pair, 1_000);
    }
}

#[test]
fn one_frame_of_twenty_lost_delays_messages_and_loses_none() {
    for seed in 1..=seeds() {
        let mut pair = established(patient, Faults { lost: 50, ..Faults::default() }, seed);
        exchange(&mut pair, 1_000);
        expect_all_in_order(&pair, 1_000);
        assert!(pair.ends.iter().all(|end| end.counters().retransmitted_frames > 20));
    }
}

#[test]
fn with_n200_of_3_what_is_lost_at_a_reset_is_told_and_the_rest_is_in_order() {
    let mut resets = 0;
    for seed in 1..=seeds() {
        let mut pair = established(LinkParameters::new, Faults { lost: 200, ..Faults::default() }, seed);
        exchange(&mut pair, 1_000);
        resets += expect_order_and_books(&pair);
    }
    assert!(resets > 0, "N200 losses in a row happen");
}

/// Nothing is delivered twice or out of order, and what is missing was given up with a word to layer 3.
fn expect_order_and_books(pair: &Pair) -> usize {
    let mut resets = 0;
    for (from, to) in [(0, 1), (1, 0)] {
        let numbers: Vec<u32> = pair.delivered[to]
            .iter()
            .map(|message| u32::from_be_bytes(message[..4].try_into().expect("four octets")))
            .collect();
        assert!(numbers.is_sorted_by(|one, other| one < other), "in order, none twice");
        let messages = pair.ends[from].counters().messages;
        let queued = pair.ends[from].queued() as u64;
        assert_eq!(messages.accepted, messages.acknowledged + messages.given_up + queued);
        assert!(numbers.len() as u64 >= messages.acknowledged, "acknowledged is delivered");
        let told = pair.told[from].iter().filter(|event| is_loss(**event)).count();
        assert!(messages.given_up == 0 || told > 0, "a loss is told");
        resets += told;
    }
    resets
}

fn is_loss(event: LinkEvent) -> bool {
    matches!(event, Established(Establishment::Reset) | Released(_))
}

#[test]
fn frames_doubled_are_never_delivered_twice_or_out_of_order() {
    for seed in 1..=seeds() {
        let mut pair =
            established(LinkParameters::new, Faults { doubled: 50, lost: 10, ..Faults::default() }, seed);
        exchange(&mut pair, 500);
        expect_order_and_books(&pair);
        assert!(pair.delivered.iter().all(|delivered| delivered.len() > 250));
    }
}

/// A line does not change the order of frames, and after a reset nothing tells old frames from new ones. Up to then
/// the sequence numbers do.
#[test]
fn frames_overtaken_are_delivered_in_order_until_a_reset_is_told() {
    for seed in 1..=50 {
        let mut pair = established(LinkParameters::new, Faults { overtaken: 20, ..Faults::default() }, seed);
        let mut next = 0;
        while next < 500 && pair.ends.iter().all(|end| end.counters().reset == 0) {
            let now = pair.time();
            while next < 500 && pair.ends[0].send(now, &message(next)).is_ok() {
                next += 1;
            }
            assert!(pair.step(LONGEST), "it goes on");
        }
        let delivered = (0..).zip(&pair.delivered[1]);
        assert!(delivered.into_iter().all(|(number, found)| message(number) == *found), "seed {seed}");
    }
}

#[test]
fn spoiled_frames_that_pass_the_check_sequence_stop_no_link() {
    let faults = Faults { corrupted: 20, lost: 10, ..Faults::default() };
    for seed in 1..=seeds() {
        let mut pair = Pair::new(LinkParameters::new, faults, seed);
        for round in 0..200_u32 {
            let now = pair.time();
            for end in &mut pair.ends {
                if end.state() == LinkState::TeiAssigned {
                    end.establish(now);
                }
                let _ = end.send(now, &message(round));
            }
            pair.run_ms(5_000);
        }
        // A bit of an address can make any frame one of our own; the next good one ends that.
        assert!(pair.delivered.iter().all(|delivered| delivered.len() > 150), "seed {seed}");
    }
}

#[test]
fn both_ends_at_once_establish_one_link() {
    for seed in 1..=50 {
        let faults = Faults { lost: if seed < 5 { 0 } else { 100 }, ..Faults::default() };
        let mut pair = Pair::new(patient, faults, seed);
        let now = pair.time();
        pair.ends.iter_mut().for_each(|end| end.establish(now));
        pair.run_ms(120_000);
        for (end, told) in pair.ends.iter().zip(&pair.told) {
            assert_eq!(end.state(), LinkState::MultipleFrameEstablished, "seed {seed}");
            assert_eq!(told[0], Established(Establishment::Confirmed));
        }
        if seed < 5 {
            assert!(pair.told.iter().all(|told| told.len() == 1), "no error on a clean wire");
        }
    }
}

#[test]
fn a_busy_far_end_gets_everything_when_it_is_ready() {
    let mut pair = established(LinkParameters::new, Faults::default(), 1);
    let now = pair.time();
    pair.ends[1].set_receiver_busy(now, true);
    for number in 0..50 {
        assert_eq!(pair.ends[0].send(now, &message(number)), Ok(()));
    }
    pair.run_ms(60_000);
    assert_eq!(pair.delivered[1].len(), 0);
    assert_eq!(pair.ends[0].queued(), 50);
    let now = pair.time();
    pair.ends[1].set_receiver_busy(now, false);
    pair.run_ms(1_000);
    assert!((0..50).zip(&pair.delivered[1]).all(|(number, found)| message(number) == *found));
    assert_eq!((pair.delivered[1].len(), pair.ends[0].queued()), (50, 0));
    assert_eq!(pair.ends[0].counters().reset, 0);
}

#[test]
fn a_line_lost_at_both_ends_comes_back_with_the_layers_above() {
    let mut pair = established(LinkParameters::new, Faults::default(), 1);
    let now = pair.time();
    pair.ends.iter_mut().for_each(|end| end.deactivated(now));
    // As Q.931 §5.8.9 has it, both ask for the link again at once.
    pair.ends.iter_mut().for_each(|end| end.establish(now));
    pair.run_ms(60_000);
    assert!(pair.ends.iter().all(|end| end.state() == LinkState::TeiAssigned));
    let now = pair.time();
    pair.ends.iter_mut().for_each(|end| end.activated(now));
    pair.run_ms(1_000);
    assert!(pair.ends.iter().all(|end| end.state() == LinkState::MultipleFrameEstablished));
    exchange(&mut pair, 10);
    assert!(pair.delivered.iter().all(|delivered| delivered.len() == 10));
    assert!(pair.told.iter().all(|told| told.contains(&Released(Release::LineLost))));
}

#[test]
fn an_idle_link_exchanges_nothing_but_an_enquiry_every_t203() {
    let mut pair = established(LinkParameters::new, Faults::default(), 1);
    let before: u64 = pair.ends.iter().map(|end| end.counters().sent.total()).sum();
    pair.run_ms(3_600_000);
    let frames = pair.ends.iter().map(|end| end.counters().sent.total()).sum::<u64>() - before;
    assert!((2 * 360 - 10..=2 * 2 * 360).contains(&frames), "{frames}");
    assert!(pair.ends.iter().all(|end| end.state() == LinkState::MultipleFrameEstablished));
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let faults = Faults { lost: 30, doubled: 10, overtaken: 10, corrupted: 10 };
        let mut pair = established(LinkParameters::new, faults, 7);
        exchange(&mut pair, 300);
        (pair.now, pair.ends.map(|end| *end.counters()), pair.told)
    };
    assert_eq!(run(), run());
}
