//! The receive side against networks that lose, delay, copy, damage and mix packets, and far ends that begin anew.
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use tandem_tdmop::wire::{Conditions, Format, LONGEST, Packet, Refusal, Rtp, Satop};
use tandem_tdmop::{Gap, Kind, PacketTime, Receiver, ReceiverConfig};
use tandem_testkit::Rng;

const MS: u64 = 1_000_000;
const OCTETS: usize = 32;

fn satop(rtp: Option<Rtp>) -> Format {
    Format::Satop(Satop::new(OCTETS, rtp).expect("a size"))
}

fn receiver(format: Format, depth: usize) -> Receiver {
    let packet_time = PacketTime::of(8, 8000);
    Receiver::new(ReceiverConfig { format, packet_time, depth, fill: 0xff, source: None })
}

fn datagram(format: Format, sequence: u16, octet: u8) -> Vec<u8> {
    conditioned(format, sequence, octet, Conditions::default())
}

fn conditioned(format: Format, sequence: u16, octet: u8, conditions: Conditions) -> Vec<u8> {
    let mut out = [0; LONGEST];
    let packet = Packet { sequence, conditions, data: &[octet; OCTETS], ..Packet::default() };
    let length = format.emit(&packet, &mut out).expect("a packet");
    out[..length].to_vec()
}

/// A receiver of depth 2 for plain SAToP with a stream that runs from packet 0 on; packet `n` holds octets `n`. Packets
/// 0 to 9 have been played.
fn running() -> (Receiver, u16) {
    let mut receiver = receiver(satop(None), 2);
    for number in 0..12 {
        step(&mut receiver, number);
    }
    (receiver, 12)
}

/// A packet comes, and one is played.
fn step(receiver: &mut Receiver, number: u16) -> (Kind, u8) {
    receiver.handle_datagram(u64::from(number) * MS, &datagram(satop(None), number, number as u8));
    play(receiver)
}

fn play(receiver: &mut Receiver) -> (Kind, u8) {
    let played = receiver.play();
    assert_eq!(played.data.len(), OCTETS);
    assert!(played.data.iter().all(|octet| *octet == played.data[0]));
    (played.kind, played.data[0])
}

fn play_times(receiver: &mut Receiver, times: usize) {
    for _ in 0..times {
        play(receiver);
    }
}

#[test]
fn a_lost_packet_becomes_ones_of_its_length_and_a_gap_at_its_place() {
    let (mut receiver, next) = running();
    assert_eq!(play(&mut receiver), (Kind::Data, 10));
    for number in next..next + 8 {
        let lost = [3, 4].contains(&(number - next));
        if !lost {
            receiver.handle_datagram(u64::from(number) * MS, &datagram(satop(None), number, number as u8));
        }
        let due = number - 1;
        let expected = if [15, 16].contains(&due) { (Kind::Lost, 0xff) } else { (Kind::Data, due as u8) };
        assert_eq!(play(&mut receiver), expected, "{due}");
    }
    assert_eq!(receiver.poll_gap(), Some(Gap { at: 15, length: 2 }));
    assert_eq!(receiver.poll_gap(), None);
    assert_eq!(receiver.counters().lost, 2);
    assert!(!receiver.loss_of_packets());
}

#[test]
fn loss_of_packets_begins_with_the_tenth_missing_and_ends_with_the_second_in_sequence() {
    let mut receiver = receiver(satop(None), 2);
    assert!(receiver.loss_of_packets(), "before the first packet");
    step(&mut receiver, 0);
    assert!(receiver.loss_of_packets());
    step(&mut receiver, 1);
    assert!(!receiver.loss_of_packets());
    for number in 2..8 {
        step(&mut receiver, number);
    }
    // Two are in the buffer; then nine are missing.
    play_times(&mut receiver, 2 + 9);
    assert!(!receiver.loss_of_packets());
    play(&mut receiver);
    assert!(receiver.loss_of_packets());
    step(&mut receiver, 20);
    step(&mut receiver, 22);
    assert!(receiver.loss_of_packets(), "not in sequence");
    step(&mut receiver, 23);
    assert!(!receiver.loss_of_packets());
}

#[test]
fn what_the_far_end_says_of_itself_is_told_when_it_is_played_and_not_while_packets_are_lost() {
    let (mut receiver, next) = running();
    let loss = Conditions { remote_loss: true, ..Conditions::default() };
    receiver.handle_datagram(0, &conditioned(satop(None), next, 12, loss));
    play(&mut receiver);
    assert_eq!(receiver.conditions(), Conditions::default());
    play(&mut receiver);
    assert_eq!(play(&mut receiver), (Kind::Data, 12), "its data are good");
    assert_eq!(receiver.conditions(), loss);
    play_times(&mut receiver, 9);
    assert_eq!(receiver.conditions(), loss);
    play(&mut receiver);
    assert_eq!(receiver.conditions(), Conditions::default());
}

#[test]
fn data_that_mean_nothing_are_played_as_ones_and_are_no_gap() {
    let (mut receiver, next) = running();
    let fault = Conditions { local_fault: true, ..Conditions::default() };
    receiver.handle_datagram(0, &conditioned(satop(None), next, 0x55, fault));
    receiver.handle_datagram(0, &[0x08, 4, 0, next as u8 + 1]);
    let played: Vec<_> = (0..4).map(|_| play(&mut receiver)).collect();
    assert_eq!(played[2..], [(Kind::Fault, 0xff), (Kind::Fault, 0xff)]);
    assert!(receiver.conditions().local_fault);
    assert_eq!(receiver.poll_gap(), None);
}

#[test]
fn a_malformed_packet_counts_as_lost() {
    let (mut receiver, next) = running();
    let mut octets = datagram(satop(None), next, 1);
    octets.push(0);
    octets[1] = 0;
    receiver.handle_datagram(0, &octets);
    assert_eq!(receiver.counters().refused.of(Refusal::Payload), 1);
    let played: Vec<_> = (0..3).map(|_| play(&mut receiver).0).collect();
    assert_eq!(played, [Kind::Data, Kind::Data, Kind::Lost]);
}

#[test]
fn a_strangers_stream_changes_nothing_while_the_far_end_is_heard() {
    let rtp = |ssrc| Rtp { payload_type: 97, ssrc };
    let (ours, other) = (satop(Some(rtp(1))), satop(Some(rtp(2))));
    let mut receiver = receiver(ours, 2);
    for number in 0..50 {
        receiver.handle_datagram(0, &datagram(ours, number, 1));
        receiver.handle_datagram(0, &datagram(other, 30_000 + number, 2));
        receiver.handle_stranger();
        let played = play(&mut receiver);
        assert!(number < 2 || played == (Kind::Data, 1), "{number}: {played:?}");
    }
    assert_eq!(receiver.counters().strangers, 100);
    // It falls silent, and is replaced.
    play_times(&mut receiver, 20);
    (0..5).for_each(|number| receiver.handle_datagram(0, &datagram(other, number, 2)));
    play_times(&mut receiver, 3);
    assert_eq!(play(&mut receiver), (Kind::Data, 2));
}

#[test]
fn no_other_source_is_taken_when_one_is_configured() {
    let rtp = |ssrc| Rtp { payload_type: 97, ssrc };
    let (packet_time, format) = (PacketTime::of(8, 8000), satop(Some(rtp(0))));
    let config = ReceiverConfig { format, packet_time, depth: 2, fill: 0xff, source: Some(7) };
    let mut receiver = Receiver::new(config);
    receiver.handle_datagram(0, &datagram(satop(Some(rtp(6))), 0, 1));
    receiver.handle_datagram(0, &datagram(satop(Some(rtp(7))), 0, 1));
    assert_eq!((receiver.counters().strangers, receiver.held()), (1, 1));
}

/// Whatever a network does, each datagram is counted once, each packet time is filled, and the gaps are those that were.
#[test]
fn every_datagram_is_accounted_for_under_one_reason() {
    for seed in 0..300 {
        let mut rng = Rng::new(seed);
        let rtp = rng.once_in(2).then_some(Rtp { payload_type: 97, ssrc: 5 });
        let format = satop(rtp);
        let mut receiver = receiver(format, 1 + rng.below(12) as usize);
        let (loss, mix) = (1 + rng.below(30), 1 + rng.below(20));
        let mut network = BinaryHeap::new();
        let (mut sequence, mut kinds, mut gaps) = (rng.word() as u16, Vec::new(), Vec::new());
        for time in 0..1500_u64 {
            let silent = (600..600 + 10 * (seed % 5)).contains(&time);
            if time == 900 && rng.once_in(2) {
                sequence = rng.word() as u16;
            }
            if !silent && !rng.once_in(loss) {
                let copies = 1 + u64::from(rng.once_in(20));
                for _ in 0..copies {
                    network.push(Reverse((time + rng.below(mix), sequence, rng.below(60))));
                }
            }
            sequence = sequence.wrapping_add(1);
            while let Some(Reverse((due, number, damage))) = network.peek().copied() {
                if due > time {
                    break;
                }
                network.pop();
                let mut octets = datagram(format, number, number as u8);
                match damage {
                    0 => octets.truncate(rng.below(octets.len() as u64) as usize),
                    1 => octets[rng.below(48) as usize % 36] ^= 1 << rng.below(8),
                    2 => octets = (0..rng.below(80)).map(|_| rng.word() as u8).collect(),
                    _ => {}
                }
                if damage == 3 {
                    receiver.handle_stranger();
                } else {
                    receiver.handle_datagram(time * MS, &octets);
                }
                assert!(receiver.counters().balances(receiver.held()), "{seed}: {:?}", receiver.counters());
            }
            kinds.push(receiver.play().kind);
            assert!(receiver.counters().balances(receiver.held()), "{seed}: {:?}", receiver.counters());
            gaps.extend(std::iter::from_fn(|| receiver.poll_gap()));
        }
        assert_eq!(gaps, gaps_of(&kinds), "{seed}");
        let counters = receiver.counters();
        let of = |kind| kinds.iter().filter(|played| **played == kind).count() as u64;
        assert_eq!(counters.lost, of(Kind::Lost));
        assert_eq!(counters.idle, of(Kind::Idle));
        assert_eq!(counters.played, of(Kind::Data) + of(Kind::Fault));
    }
}

/// The gaps that have ended, read off what was played.
fn gaps_of(kinds: &[Kind]) -> Vec<Gap> {
    let is_played = |kind: &Kind| matches!(kind, Kind::Data | Kind::Fault);
    let Some(first) = kinds.iter().position(is_played) else { return Vec::new() };
    let (mut gaps, mut length) = (Vec::new(), 0);
    for (at, kind) in (0..).zip(&kinds[first..]) {
        if !is_played(kind) {
            length += 1;
        } else if length > 0 {
            gaps.push(Gap { at: at - length, length });
            length = 0;
        }
    }
    gaps
}
