//! Both ends of spans over packets as cards, on a simulated network in virtual time, each end with a clock of its own; and
//! over real sockets. No tick allocates.
use std::collections::VecDeque;
use std::net::SocketAddr;
use tandem_card::{Card, CrcMode, Frame, LineCode, LineOrder, SoftFramer, SpanConfig, T1Framing};
use tandem_rt::MediaLoop;
use tandem_rt::sys::{DatagramSocket, GuardedAlloc, Peer, ViolationPolicy};
use tandem_tdmop::wire::{Cesopsn, Satop, Tdmoe};
use tandem_tdmop::{
    Impairments, PacketIo, SatopLine, SatopSpan, SimulatedPort, SlotCard, SlotFormat, SlotSpan,
};
use tandem_testkit::Rng;
use tandem_types::{Abcd, Defect, Timeslot};

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

const GRANULE: usize = 8;
const E1: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, true);
const PERFECT: Impairments = Impairments { delay_ns: 500_000, jitter_ns: 0, lost_ppm: 0, copied_ppm: 0 };
const ROUGH: Impairments =
    Impairments { delay_ns: 3_000_000, jitter_ns: 4_000_000, lost_ppm: 50_000, copied_ppm: 10_000 };
/// Timeslots 1 to 15 and 17 to 31.
const TELEPHONE: u32 = !(1 | 1 << 16);

fn satop(io: SimulatedPort, depth: usize) -> SoftFramer<SatopLine<SimulatedPort>> {
    let format = Satop::new(Satop::E1_OCTETS, None).expect("a size");
    let span = SatopSpan { t1: false, format, depth, source: None, first_sequence: 65_000 };
    SoftFramer::new(SatopLine::new(vec![(span, io)]))
}

fn slots<N: PacketIo>(format: SlotFormat, slots: u32, depth: usize, io: N) -> SlotCard<N> {
    let span = SlotSpan { t1: false, format, slots, depth, idle: 0xd5, source: None, first_sequence: 65_500 };
    SlotCard::new(vec![(span, io)]).expect("as many timeslots as channels")
}

fn trunk() -> SlotFormat {
    SlotFormat::Cesopsn(Cesopsn::trunk(30, 16, None).expect("a size"))
}

/// A card with the thread that serves it. What it sends are frames of noise, which both ends can make.
struct End<C> {
    card: C,
    media: MediaLoop,
    ppb: i64,
    sends: Rng,
    heard: Vec<Frame>,
    /// Which of these did not come.
    lost: Vec<bool>,
}

impl<C: Card> End<C> {
    fn new(mut card: C, ppb: i64, seed: u64, config: &SpanConfig) -> Self {
        card.configure(0, config).expect("the right kind");
        card.start().expect("a card that starts");
        Self {
            card,
            media: MediaLoop::default(),
            ppb,
            sends: Rng::new(seed),
            heard: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// True time at the end of the next granule, in picoseconds.
    fn due(&self) -> u128 {
        u128::from(self.media.now().0 + GRANULE as u64) * 125_000_000 * 1_000_000_000
            / (1_000_000_000 + self.ppb) as u128
    }

    fn turn(&mut self) {
        let frames: [Frame; GRANULE] = std::array::from_fn(|_| self.sends.frame());
        let mut heard = [[0; 32]; GRANULE];
        self.media.run_tick(GRANULE, |tick| {
            self.card.service(tick);
            self.card.receive(tick, 0, &mut heard);
            self.card.transmit(tick, 0, &frames);
        });
        self.heard.extend(heard);
        let lost = self.card.lost_frames(0);
        self.lost.extend((0..GRANULE).map(|frame| lost.contains(frame)));
    }

    fn set_bits(&mut self, bits: impl Fn(u8) -> u8) {
        self.media.run_tick(GRANULE, |tick| {
            for number in (1..16).chain(17..32) {
                let slot = Timeslot::new(number).expect("a slot");
                self.card.set_bits(tick, 0, slot, Abcd::new(bits(number)));
            }
        });
    }

    fn order(&mut self, order: LineOrder) {
        self.media.run_tick(GRANULE, |tick| self.card.order(tick, 0, &order));
    }

    fn has(&self, defect: Defect) -> bool {
        self.card.status(0).defects.contains(defect)
    }
}

/// Both ends for so long, in the order in which their clocks tick.
fn run<A: Card, B: Card>(one: &mut End<A>, other: &mut End<B>, ms: u64) {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    for (heard, lost) in [(&mut one.heard, &mut one.lost), (&mut other.heard, &mut other.lost)] {
        heard.clear();
        heard.reserve(10 * ms as usize);
        lost.clear();
        lost.reserve(10 * ms as usize);
    }
    let end = one.due().min(other.due()) + u128::from(ms) * 1_000_000_000;
    while one.due().min(other.due()) < end {
        if one.due() <= other.due() { one.turn() } else { other.turn() }
    }
}

/// How many of the frames heard are the far end's, in order, in the timeslots of `slots`; frames of nothing but `fill` between
/// take the place of lost ones. Panics on anything else.
fn matched(heard: &[Frame], seed: u64, slots: u32, fill: u8) -> (usize, usize) {
    let is_in = |number: &usize| slots >> number & 1 == 1;
    let mut sends = Rng::new(seed);
    let mut expected = VecDeque::new();
    let (mut found, mut filled) = (0, 0);
    for frame in heard {
        let all = |octet| (0..32).filter(is_in).all(|number| frame[number] == octet);
        // The elastic store begins with a frame of ones.
        if all(fill) || found == 0 && all(0xff) {
            filled += 1;
            continue;
        }
        let is_it = |sent: &Frame| (0..32).filter(is_in).all(|number| sent[number] == frame[number]);
        let limit = if found == 0 { 20_000 } else { 400 };
        while expected.len() < limit {
            expected.push_back(sends.frame());
        }
        let place =
            expected.iter().position(is_it).expect("a frame that the far end has sent, and not before");
        expected.drain(..=place);
        found += 1;
    }
    (found, filled)
}

#[test]
fn an_e1_travels_as_satop_with_framing_signalling_and_every_octet() {
    let (left, right) = SimulatedPort::pair(PERFECT, 1);
    let mut one = End::new(satop(left, 4), 0, 10, &E1);
    let mut other = End::new(satop(right, 4), 0, 20, &E1);
    one.set_bits(|number| number % 15 + 1);
    other.set_bits(|_| 0b1101);
    run(&mut one, &mut other, 400);
    assert!(one.card.status(0).defects.is_empty(), "{:?}", one.card.status(0).defects);
    assert!(other.card.status(0).defects.is_empty());
    assert_eq!(other.card.received_bits(0)[23], Abcd::new(23 % 15 + 1));
    assert_eq!(one.card.received_bits(0)[1], Abcd::new(0b1101));
    let before = *other.card.status(0);
    run(&mut one, &mut other, 1000);
    assert_eq!(matched_later(&other.heard, 10), other.heard.len());
    assert_eq!(other.card.status(0).counters, before.counters, "no error, no slip");
}

/// As [`matched`], of frames heard some time after the start; all must be found.
fn matched_later(heard: &[Frame], seed: u64) -> usize {
    matched(heard, seed, TELEPHONE, 0xff).0
}

#[test]
fn a_t1_travels_as_satop() {
    let (left, right) = SimulatedPort::pair(PERFECT, 1);
    let config = SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, false);
    let card = |io| {
        let format = Satop::new(Satop::T1_OCTETS, None).expect("a size");
        let span = SatopSpan { t1: true, format, depth: 4, source: None, first_sequence: 0 };
        SoftFramer::new(SatopLine::new(vec![(span, io)]))
    };
    let mut one = End::new(card(left), 0, 10, &config);
    let mut other = End::new(card(right), 0, 20, &config);
    // A remote alarm of a T1 lasts a second at least.
    run(&mut one, &mut other, 2000);
    assert!(other.card.status(0).defects.is_empty(), "{:?}", other.card.status(0).defects);
    run(&mut one, &mut other, 500);
    assert_eq!(matched(&other.heard, 10, 0x01ff_fffe, 0xff).0, other.heard.len());
}

#[test]
fn a_span_is_configured_as_what_it_travels_as() {
    let (left, right) = SimulatedPort::pair(PERFECT, 1);
    let t1 = SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, false);
    assert!(satop(left, 4).configure(0, &t1).is_err());
    let basic = SlotFormat::Cesopsn(Cesopsn::basic(30, 8, None).expect("a size"));
    let mut card = slots(basic, TELEPHONE, 4, right);
    assert!(card.configure(0, &t1).is_err());
    assert!(card.configure(0, &E1).is_err(), "no signalling in these packets");
    assert!(card.configure(1, &SpanConfig::default()).is_err());
    assert!(card.configure(0, &SpanConfig::default()).is_ok());
}

#[test]
fn as_many_timeslots_as_channels_and_no_others_than_the_span_has() {
    let card = |slots, t1| {
        let format = SlotFormat::Cesopsn(Cesopsn::basic(2, 8, None).expect("a size"));
        let (io, _) = SimulatedPort::pair(PERFECT, 1);
        let span = SlotSpan { t1, format, slots, depth: 4, idle: 0, source: None, first_sequence: 0 };
        SlotCard::new(vec![(span, io)]).is_ok()
    };
    assert!(card(0b110, false) && card(0b110, true));
    assert!(!card(0b10, false) && !card(0b1110, false), "one, three");
    assert!(!card(0b11, false), "timeslot 0");
    assert!(card(0x8000_0002, false) && !card(0x8000_0002, true), "timeslot 31");
}

#[test]
fn a_cut_is_loss_of_signal_here_and_told_to_the_far_end() {
    let (left, right) = SimulatedPort::pair(PERFECT, 1);
    let mut one = End::new(slots(trunk(), TELEPHONE, 2, left), 0, 10, &E1);
    let mut other = End::new(slots(trunk(), TELEPHONE, 2, right), 0, 20, &E1);
    assert!(!one.has(Defect::Los));
    run(&mut one, &mut other, 200);
    assert!(one.card.status(0).defects.is_empty() && other.card.status(0).defects.is_empty());
    let cut = Impairments { lost_ppm: 1_000_000, ..PERFECT };
    one.card.circuit_mut(0).expect("a span").io_mut().set_impairments(cut);
    // Two packets of 2 ms in the buffer, ten that are missing, and the way back.
    run(&mut one, &mut other, 20);
    assert!(!other.has(Defect::Los));
    run(&mut one, &mut other, 20);
    assert!(other.has(Defect::Los) && one.has(Defect::Rai) && !one.has(Defect::Los));
    one.card.circuit_mut(0).expect("a span").io_mut().set_impairments(PERFECT);
    run(&mut one, &mut other, 40);
    assert!(one.card.status(0).defects.is_empty() && other.card.status(0).defects.is_empty());
    let circuit = other.card.circuit_mut(0).expect("a span");
    let gap = circuit.receiver_mut().poll_gap().expect("the cut");
    assert!(
        (18..=25).contains(&gap.length),
        "packets of 2 ms in 40 ms and the filling of the buffer: {gap:?}"
    );
}

#[test]
fn alarms_on_demand_arrive_as_what_they_are() {
    let (left, right) = SimulatedPort::pair(PERFECT, 1);
    let mut one = End::new(slots(trunk(), TELEPHONE, 2, left), 0, 10, &E1);
    let mut other = End::new(slots(trunk(), TELEPHONE, 2, right), 0, 20, &E1);
    run(&mut one, &mut other, 100);
    one.order(LineOrder::SendRai(true));
    run(&mut one, &mut other, 20);
    assert!(other.has(Defect::Rai) && !other.has(Defect::Ais) && one.card.status(0).defects.is_empty());
    one.order(LineOrder::SendRai(false));
    one.order(LineOrder::SendAis(true));
    run(&mut one, &mut other, 30);
    assert!(other.has(Defect::Ais) && one.has(Defect::Rai), "a remote alarm answers AIS");
    assert!(other.heard[other.heard.len() - 1][1..16].iter().all(|octet| *octet == 0xff));
    one.order(LineOrder::SendAis(false));
    run(&mut one, &mut other, 30);
    assert!(one.card.status(0).defects.is_empty() && other.card.status(0).defects.is_empty());
}

/// What is heard of a network that loses 5 %, copies 1 % and mixes the order is what was sent, with silence of the right
/// length where it was lost.
#[test]
fn timeslots_arrive_in_order_over_a_rough_network_with_each_gap_told() {
    let tdmoe = SlotFormat::Tdmoe(Tdmoe::new(7, 31).expect("channels"));
    let basic = SlotFormat::Cesopsn(Cesopsn::basic(30, 8, None).expect("a size"));
    for (format, in_packets, depth, packet) in
        [(trunk(), TELEPHONE, 4, 16), (basic, TELEPHONE, 8, 8), (tdmoe, !1, 8, 8)]
    {
        let (left, right) = SimulatedPort::pair(ROUGH, 5);
        let config = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, packet == 16);
        let mut one = End::new(slots(format, in_packets, depth, left), 0, 10, &config);
        let mut other = End::new(slots(format, in_packets, depth, right), 0, 20, &config);
        one.set_bits(|number| number % 15 + 1);
        run(&mut one, &mut other, 10_000);
        assert!(other.card.status(0).defects.is_empty());
        let (found, filled) = matched(&other.heard, 10, in_packets, 0xd5);
        let circuit = other.card.circuit_mut(0).expect("a span");
        let counters = *circuit.receiver().counters();
        assert!(counters.balances(circuit.receiver().held()), "{counters:?}");
        assert!(counters.duplicates > 0 && counters.reordered > 0 && counters.lost > 0, "{counters:?}");
        assert_eq!((counters.strangers, counters.refused.sum(), counters.out_of_window), (0, 0, 0));
        // What the network lost is not what the host came too late for.
        assert_eq!(other.card.status(0).counters.frames_missed, 0);
        let missing = (counters.lost + counters.idle) * packet;
        assert!(
            filled.abs_diff(missing as usize) <= 2 * packet as usize,
            "{filled} frames, {missing} were missing"
        );
        assert!(found > 74_000, "{found}");
        if packet != 8 || in_packets == !1 {
            assert_eq!(other.card.received_bits(0)[23], Abcd::new(23 % 15 + 1));
        }
    }
}

#[test]
fn a_far_end_with_another_clock_slips_whole_frames_at_the_rate_of_the_difference() {
    let network = Impairments { delay_ns: 2_000_000, jitter_ns: 4_000_000, lost_ppm: 50_000, copied_ppm: 0 };
    for ppb in [-50_000, 50_000_i32] {
        let (left, right) = SimulatedPort::pair(network, 6);
        let mut one = End::new(slots(trunk(), TELEPHONE, 4, left.with_clock(ppb)), ppb.into(), 10, &E1);
        let mut other = End::new(slots(trunk(), TELEPHONE, 4, right), 0, 20, &E1);
        run(&mut one, &mut other, 60_000);
        let before = *other.card.status(0);
        run(&mut one, &mut other, 100_000);
        let after = *other.card.status(0);
        let receiver = other.card.circuit(0).expect("a span").receiver();
        assert!((receiver.clock().ppb - ppb).abs() <= 1000, "{:?}", receiver.clock());
        let repeated = after.counters.slips_repeated - before.counters.slips_repeated;
        let deleted = after.counters.slips_deleted - before.counters.slips_deleted;
        // 50 ppm of 100 s are 5 ms, 40 frames.
        let (expected, none) = if ppb > 0 { (deleted, repeated) } else { (repeated, deleted) };
        assert!((38..=42).contains(&expected) && none == 0, "{repeated} repeated, {deleted} deleted");
        let bits = after.line_bits.expect("counted") - before.line_bits.expect("counted");
        let nominal = 100_000 * 2048;
        let ppm = (bits as f64 / nominal as f64 - 1.0) * 1e6;
        assert!((ppm - f64::from(ppb) / 1000.0).abs() < 2.0, "{ppm}");
    }
}

/// The framer keeps alignment, multiframes and signalling bits over what was lost; the blocks that it was in are errored.
#[test]
fn satop_keeps_its_alignment_and_signalling_over_lost_packets() {
    for (lost_ppm, octets) in [(1000, 256), (50_000, 256), (50_000, 200), (50_000, 64)] {
        let network = Impairments { delay_ns: 2_000_000, jitter_ns: 2_000_000, lost_ppm, copied_ppm: 0 };
        let (left, right) = SimulatedPort::pair(network, 8);
        let card = |io| {
            let format = Satop::new(octets, None).expect("a size");
            let span = SatopSpan { t1: false, format, depth: 16, source: None, first_sequence: 0 };
            SoftFramer::new(SatopLine::new(vec![(span, io)]))
        };
        let mut one = End::new(card(left), 20_000, 10, &E1);
        let mut other = End::new(card(right), 0, 20, &E1);
        one.set_bits(|number| number % 15 + 1);
        run(&mut one, &mut other, 2000);
        let before = *other.card.status(0);
        assert!(before.defects.is_empty(), "{octets} octets: {:?}", before.defects);
        for _ in 0..1000 {
            run(&mut one, &mut other, 10);
            let status = other.card.status(0);
            assert!(status.defects.is_empty(), "{octets} octets: {:?}", status.defects);
            assert!((1..16).chain(17..32).all(|number| {
                other.card.received_bits(0)[usize::from(number)] == Abcd::new(number % 15 + 1)
            }));
        }
        let after = other.card.status(0).counters;
        assert_eq!((after.fas_errors, after.severe_framing_errors), (before.counters.fas_errors, 0));
        let lost = other.card.line().circuit(0).expect("a span").receiver().counters().lost;
        assert!(lost > 5 && after.crc_errors >= lost / 8, "{lost} packets, {} blocks", after.crc_errors);
    }
}

/// Every frame that is not said to be lost is the one that the far end sent at its place, and no other is said to be lost: how
/// many, and in how many stretches. The far end has the same clock, and has sent so many frames before what was heard.
fn check_lost(end: &End<impl Card>, seed: u64, slots: u32) -> (usize, usize) {
    let is_in = |number: &usize| slots >> number & 1 == 1;
    let same = |one: &Frame, other: &Frame| (0..32).filter(is_in).all(|number| one[number] == other[number]);
    let mut sends = Rng::new(seed);
    let sent: Vec<Frame> = (0..200_000).map(|_| sends.frame()).collect();
    let first = end.lost.iter().position(|lost| !lost).expect("a frame that came");
    let place = sent.iter().position(|frame| same(frame, &end.heard[first])).expect("a frame of the far end");
    let mut stretches = 0;
    for (number, (frame, lost)) in end.heard.iter().zip(&end.lost).enumerate() {
        let was_sent = same(frame, &sent[(place + number).checked_sub(first).expect("not the first ones")]);
        assert_eq!(was_sent, !lost, "frame {number}");
        stretches += usize::from(*lost && (number == 0 || !end.lost[number - 1]));
    }
    (end.lost.iter().filter(|lost| **lost).count(), stretches)
}

/// How far a receive side has come: packets that were not there, and gaps that have ended.
fn missing<N: PacketIo>(circuit: &mut tandem_tdmop::Circuit<N>) -> (u64, usize) {
    let gaps = std::iter::from_fn(|| circuit.receiver_mut().poll_gap()).count();
    (circuit.receiver().counters().lost, gaps)
}

#[test]
fn of_timeslots_exactly_the_frames_of_lost_packets_are_told_as_lost() {
    let tdmoe = SlotFormat::Tdmoe(Tdmoe::new(7, 31).expect("channels"));
    let basic = SlotFormat::Cesopsn(Cesopsn::basic(30, 5, None).expect("a size"));
    for (format, in_packets, packet) in [(trunk(), TELEPHONE, 16), (basic, TELEPHONE, 5), (tdmoe, !1, 8)] {
        let network =
            Impairments { delay_ns: 2_000_000, jitter_ns: 2_000_000, lost_ppm: 50_000, copied_ppm: 0 };
        let (left, right) = SimulatedPort::pair(network, 5);
        let config = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, packet == 16);
        let mut one = End::new(slots(format, in_packets, 8, left), 0, 10, &config);
        let mut other = End::new(slots(format, in_packets, 8, right), 0, 20, &config);
        run(&mut one, &mut other, 1000);
        let counted = other.card.status(0).counters.frames_lost;
        let (lost_before, gaps) = missing(other.card.circuit_mut(0).expect("a span"));
        assert!(gaps > 0);
        let (mut lost, mut stretches, mut gaps) = (0, 0, 0);
        for _ in 0..25 {
            run(&mut one, &mut other, 200);
            let (frames, times) = check_lost(&other, 10, in_packets);
            (lost, stretches) = (lost + frames, stretches + times);
            gaps += missing(other.card.circuit_mut(0).expect("a span")).1;
        }
        let packets = missing(other.card.circuit_mut(0).expect("a span")).0 - lost_before;
        assert!(packets > 100 && (lost as u64).abs_diff(packets * packet) < packet, "{lost} of {packets}");
        assert_eq!(other.card.status(0).counters.frames_lost - counted, lost as u64);
        assert!(stretches.abs_diff(gaps) <= 25 && stretches > 50, "{stretches} of {gaps}, some in two runs");
    }
}

#[test]
fn of_framed_bits_the_frames_that_a_lost_packet_touches_are_told_as_lost() {
    // Packets of whole frames, and such as end within one, at 64 bits or elsewhere.
    for (octets, at_least, at_most) in [(256, 8, 8), (200, 7, 8), (48, 2, 3), (64, 2, 3)] {
        let network =
            Impairments { delay_ns: 2_000_000, jitter_ns: 2_000_000, lost_ppm: 20_000, copied_ppm: 0 };
        let (left, right) = SimulatedPort::pair(network, 9);
        let card = |io| {
            let format = Satop::new(octets, None).expect("a size");
            let span = SatopSpan { t1: false, format, depth: 32, source: None, first_sequence: 0 };
            SoftFramer::new(SatopLine::new(vec![(span, io)]))
        };
        let mut one = End::new(card(left), 0, 10, &E1);
        let mut other = End::new(card(right), 0, 20, &E1);
        run(&mut one, &mut other, 1000);
        let before = other.card.line().circuit(0).expect("a span").receiver().counters().lost;
        run(&mut one, &mut other, 5000);
        let (frames, _) = check_lost(&other, 10, TELEPHONE);
        let packets = other.card.line().circuit(0).expect("a span").receiver().counters().lost - before;
        // Packets lost one after another share a frame.
        let (least, most) = (packets * (at_least - 1), packets * at_most + 8);
        assert!(packets > 50 && (least..=most).contains(&(frames as u64)), "{octets}: {frames} of {packets}");
    }
}

#[test]
fn a_stream_that_ends_is_a_gap_until_it_comes_again_and_none_before_it_began() {
    let (left, right) = SimulatedPort::pair(PERFECT, 1);
    let mut one = End::new(slots(trunk(), TELEPHONE, 2, left), 0, 10, &E1);
    let mut other = End::new(satop(right, 2), 0, 20, &E1);
    run(&mut one, &mut other, 100);
    assert!(!one.lost.contains(&true) && !other.lost.contains(&true), "neither understands the other");
    let (left, right) = SimulatedPort::pair(PERFECT, 1);
    let mut one = End::new(satop(left, 2), 0, 10, &E1);
    let mut other = End::new(satop(right, 2), 0, 20, &E1);
    run(&mut one, &mut other, 200);
    assert!(!other.lost.contains(&true));
    let cut = Impairments { lost_ppm: 1_000_000, ..PERFECT };
    one.card.line_mut().circuit_mut(0).expect("a span").io_mut().set_impairments(cut);
    run(&mut one, &mut other, 500);
    let lost = other.lost.iter().filter(|lost| **lost).count();
    // What was on its way is heard: two packets of 1 ms, and the network's half.
    assert!(other.has(Defect::Los) && (3960..=3984).contains(&lost), "{lost}");
    one.card.line_mut().circuit_mut(0).expect("a span").io_mut().set_impairments(PERFECT);
    run(&mut one, &mut other, 200);
    assert!(!other.lost[100..].contains(&true) && other.card.status(0).defects.is_empty());
}

#[test]
fn a_t1_over_satop_keeps_its_alignment_and_signalling_over_lost_packets() {
    let network = Impairments { delay_ns: 2_000_000, jitter_ns: 2_000_000, lost_ppm: 50_000, copied_ppm: 0 };
    let (left, right) = SimulatedPort::pair(network, 8);
    let config = SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, true);
    let card = |io| {
        let format = Satop::new(Satop::T1_OCTETS, None).expect("a size");
        let span = SatopSpan { t1: true, format, depth: 16, source: None, first_sequence: 0 };
        SoftFramer::new(SatopLine::new(vec![(span, io)]))
    };
    let mut one = End::new(card(left), 0, 10, &config);
    let mut other = End::new(card(right), 0, 20, &config);
    one.set_bits(|number| number % 15 + 1);
    run(&mut one, &mut other, 3000);
    let before = *other.card.status(0);
    assert!(before.defects.is_empty(), "{:?}", before.defects);
    let lost = |card: &SoftFramer<SatopLine<SimulatedPort>>| {
        card.line().circuit(0).expect("a span").receiver().counters().lost
    };
    let (mut frames, lost_before) = (0, lost(&other.card));
    for _ in 0..100 {
        run(&mut one, &mut other, 100);
        frames += other.lost.iter().filter(|lost| **lost).count() as u64;
        let status = other.card.status(0);
        assert!(status.defects.is_empty(), "{:?}", status.defects);
        let bits = other.card.received_bits(0);
        assert!((1..16).chain(17..25).all(|number| bits[usize::from(number)] == Abcd::new(number % 15 + 1)));
    }
    let after = other.card.status(0).counters;
    assert_eq!(after.fas_errors, before.counters.fas_errors);
    let packets = lost(&other.card) - lost_before;
    assert!(packets > 300 && after.crc_errors > packets / 4, "{} blocks", after.crc_errors);
    // A packet of eight frames, and what it cuts of a ninth; words of 64 bits end within frames of 193.
    assert!((packets * 7..packets * 9).contains(&frames), "{frames} of {packets}");
}

/// Packets are fetched once a millisecond, but timed when they arrive: a small difference of the clocks shows at once.
#[test]
fn a_clock_3_ppm_off_is_known_after_twenty_seconds_without_jitter() {
    let (left, right) = SimulatedPort::pair(PERFECT, 6);
    let mut one = End::new(slots(trunk(), TELEPHONE, 4, left.with_clock(3000)), 3000, 10, &E1);
    let mut other = End::new(slots(trunk(), TELEPHONE, 4, right), 0, 20, &E1);
    run(&mut one, &mut other, 20_000);
    let clock = other.card.circuit(0).expect("a span").receiver().clock();
    assert!((clock.ppb - 3000).abs() <= 50 && clock.wander_ns < 1000, "{clock:?}");
}

/// A D channel over timeslots whose far end has another clock: frames slip, its octets do not.
#[test]
fn the_octets_of_a_signalling_slot_are_handed_over_before_frames_slip() {
    let (left, right) = SimulatedPort::pair(PERFECT, 6);
    let slot = Timeslot::new(16).expect("a slot");
    let config = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false).with_signalling_slot(slot);
    let format = SlotFormat::Cesopsn(Cesopsn::basic(31, 8, None).expect("a size"));
    let mut one = End::new(slots(format, !1, 4, left.with_clock(100_000)), 100_000, 10, &config);
    let mut other = End::new(slots(format, !1, 4, right), 0, 20, &config);
    let (mut brought, mut octets) = (Vec::new(), [0; 15]);
    for _ in 0..20_000 {
        run(&mut one, &mut other, 1);
        let count = other.media.run_tick(0, |tick| other.card.receive_signalling(tick, 0, &mut octets));
        // Both ends may have had a turn, or one of them: what was brought is of the last granule.
        if !other.heard.is_empty() {
            brought.extend_from_slice(&octets[..count.expect("a signalling slot")]);
        }
    }
    let mut sends = Rng::new(10);
    let sent: Vec<u8> = (0..brought.len() + 100).map(|_| sends.frame()[16]).collect();
    let start = brought.windows(8).position(|octets| *octets == sent[..8]).expect("the first octets");
    assert!(brought.len() > 159_000);
    assert!(brought[start..] == sent[..brought.len() - start], "every octet once and in order");
    let counters = other.card.status(0).counters;
    assert!(counters.slips_deleted > 5, "{counters:?}");
}

#[test]
fn an_e1_travels_over_udp() {
    let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    let address = |socket: &DatagramSocket| match socket.local() {
        Ok(Peer::Udp(address)) => address,
        other => panic!("{other:?}"),
    };
    let mut left = DatagramSocket::udp(any, any).expect("a socket");
    let right = DatagramSocket::udp(any, address(&left)).expect("a socket");
    left.set_peer(address(&right));
    let mut one = End::new(slots(trunk(), TELEPHONE, 4, left), 0, 10, &E1);
    let mut other = End::new(slots(trunk(), TELEPHONE, 4, right), 0, 20, &E1);
    one.set_bits(|number| number % 15 + 1);
    run(&mut one, &mut other, 500);
    // Virtual time runs faster than the sockets' own; what is checked is what arrives.
    let circuit = other.card.circuit(0).expect("a span");
    let (sent, counters) =
        (one.card.circuit(0).expect("a span").send_counters(), circuit.receiver().counters());
    assert_eq!((sent.sent, sent.refused), (249, 0));
    assert!(
        counters.received >= 248 && counters.strangers == 0 && counters.refused.sum() == 0,
        "{counters:?}"
    );
    assert_eq!(other.card.received_bits(0)[23], Abcd::new(23 % 15 + 1));
    assert!(matched(&other.heard, 10, TELEPHONE, 0xd5).0 > 3900);
}

#[test]
fn tdmoe_travels_in_ethernet_frames() {
    let Ok(socket) = DatagramSocket::ethernet("lo", Tdmoe::ETHERTYPE, [0; 6]) else {
        println!("skipped: packet sockets may not be opened here");
        return;
    };
    // What goes out of the loopback comes in again: the card hears itself. Another run of this test may be heard too, and is
    // a stranger.
    let subaddress = std::process::id() as u16;
    let format = SlotFormat::Tdmoe(Tdmoe::new(subaddress, 31).expect("channels"));
    let mut end = End::new(slots(format, !1, 4, socket), 0, 10, &SpanConfig::default());
    (0..200).for_each(|_| end.turn());
    assert!(end.card.status(0).defects.is_empty());
    let (found, filled) = matched(&end.heard, 10, !1, 0xd5);
    assert!(found > 1500 && found + filled == 1600, "{found} {filled}");
}
