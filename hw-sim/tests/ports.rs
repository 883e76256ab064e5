//! The far ends that are no cards: the plain port and the port of raw bits.
mod common;
use common::Host;
use hw_sim::{BitPort, LinePort, Way, WireConfig, WireCounters, wire};
use tandem_card::{LineIo, SpanConfig};
use tandem_line::{CrcMode, E1Config, LineCode};
use tandem_rt::MediaLoop;
use tandem_types::{Abcd, Defect, TelephoneChannel};

const CAS: E1Config = E1Config { crc4: CrcMode::On, cas: true, nfas_loss: false };

#[test]
fn two_plain_ports_exchange_frames_and_signalling_bits() {
    let (a, b) = wire::pair(WireConfig::with_delay(300));
    let mut left = LinePort::new(a, LineCode::Hdb3, CAS);
    let mut right = LinePort::new(b, LineCode::Hdb3, CAS);
    let channel = TelephoneChannel::new(17).expect("a channel");
    let mut changes = Vec::new();
    let mut heard = None;
    for number in 0..2000_u32 {
        if number == 1000 {
            assert!(left.set_abcd(channel.timeslot(), Abcd::new(0b0101)));
        }
        left.exchange_frame(&[number as u8; 32]);
        let frame = right.exchange_frame(&[0; 32]).copied();
        heard = frame.or(heard);
        if number > 900 {
            assert!(frame.is_some(), "aligned");
            changes.extend(right.changes());
        }
    }
    assert_eq!(changes, [(channel.timeslot(), Abcd::new(0b0101))]);
    assert_eq!(right.abcd(channel.timeslot()), Some(Abcd::new(0b0101)));
    let heard = heard.expect("frames");
    assert_eq!((heard[1], heard[31]), (heard[1], heard[1]));
    assert!(right.defects().is_empty() && left.defects().is_empty());
}

#[test]
fn a_card_and_a_plain_port_align_and_see_each_others_alarms() {
    let (a, b) = wire::pair(WireConfig::with_delay(2345));
    let control = a.control();
    let mut host = Host::with_wire(a);
    host.start();
    host.bring_up(0, true);
    let mut port = LinePort::new(b, LineCode::Hdb3, CAS);
    let mut pass = |host: &mut Host, ms| {
        let mut last = None;
        for _ in 0..ms {
            let half = host.tick();
            host.send(half, 0, 20, [0x42; 8]);
            for _ in 0..8 {
                last = port.exchange_frame(&[0x24; 32]).copied();
            }
        }
        (last, port.defects())
    };
    let (frame, defects) = pass(&mut host, 100);
    assert_eq!(frame.map(|frame| frame[20]), Some(0x42));
    assert!(defects.is_empty(), "{defects}");
    assert_eq!((host.read(0, 0x4c), host.read(0, 0x4d)), (0, 0));
    assert_eq!(host.received(0, 0, 3), [0x24; 8]);
    control.cut(Way::BToA);
    let (_, defects) = pass(&mut host, 20);
    assert_eq!(host.read(0, 0x4c) & 0x80, 0x80);
    assert!(defects.contains(Defect::Rai), "{defects}");
    assert_eq!(control.counters(Way::AToB), WireCounters::default());
}

#[test]
fn a_port_of_raw_bits_gives_the_bits_of_the_line_unaligned() {
    let (a, b) = wire::pair(WireConfig::with_delay(256));
    let control = a.control();
    let mut bits = BitPort::new([Some(a), None]);
    let mut peer = LinePort::new(b, LineCode::Hdb3, E1Config { crc4: CrcMode::Off, ..CAS });
    assert_eq!(bits.info().granule, 1);
    bits.configure(0, &SpanConfig::default()).expect("there is span 0");
    assert!(bits.configure(2, &SpanConfig::default()).is_err());
    bits.start().expect("starts");
    let mut media = MediaLoop::default();
    let mut run = |frames: usize| {
        let mut last = ([0; 6], [0; 6]);
        let mut signals = Vec::new();
        for _ in 0..frames {
            media.run_tick(1, |tick| {
                bits.service(tick);
                let (count, here) = bits.receive(tick, 0, &mut last.0);
                let (_, nowhere) = bits.receive(tick, 1, &mut last.1);
                signals.push((here, nowhere));
                // What comes is sent back: a loop of bits.
                bits.transmit(tick, 0, &last.0[..count]);
            });
            peer.exchange_frame(&[0x6b; 32]);
        }
        (signals[frames - 1], peer.defects(), peer.counters().line_code_violations)
    };
    let ((here, nowhere), defects, violations) = run(800);
    assert!(!here.loss_of_signal && nowhere.loss_of_signal);
    assert_eq!(here.line_code_violations + here.excess_zeros, 0);
    assert_eq!(violations, 0);
    assert!(!defects.is_severe(), "the peer hears itself: {defects}");
    control.cut(Way::BToA);
    let ((here, _), ..) = run(4);
    assert!(here.loss_of_signal);
}
