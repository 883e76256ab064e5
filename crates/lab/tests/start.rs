//! What the driver writes to the chip until it runs, and what that does to the line.
mod common;
use common::{CAS, Peer, Rig, Shared};
use hw_sim::{Ds8, Ds8Config, Falc4, Falc4Config, FramerWrite, LinePort, WireConfig, wire};
use tandem_card::{Card, Ds8Driver, Falc4Driver, SpanConfig};
use tandem_lab::FarEnds;
use tandem_line::{CrcMode, E1Config, Framing, LineCode};

/// HDB3, CRC-4 demanded, signalling: by the page on the hardware.
const SIGNALLING: [(u8, u8); 38] = [
    (0x14, 0xff),
    (0x15, 0xff),
    (0x16, 0xff),
    (0x17, 0xff),
    (0x18, 0xff),
    (0x28, 0x40),
    (0x1c, 0xf0),
    (0x1d, 0x4c),
    (0x1e, 0x82),
    (0x20, 0x9f),
    (0x21, 0x5c),
    (0x36, 0x00),
    (0x38, 0x0a),
    (0x39, 0x15),
    (0x46, 0x40),
    (0x70, 0x0b),
    (0x71, 0xdd),
    (0x72, 0xdd),
    (0x73, 0xdd),
    (0x74, 0xdd),
    (0x75, 0xdd),
    (0x76, 0xdd),
    (0x77, 0xdd),
    (0x78, 0xdd),
    (0x79, 0xdd),
    (0x7a, 0xdd),
    (0x7b, 0xdd),
    (0x7c, 0xdd),
    (0x7d, 0xdd),
    (0x7e, 0xdd),
    (0x7f, 0xdd),
    (0x28, 0x00),
    (0x37, 0x80),
    (0x14, 0xf7),
    (0x15, 0xff),
    (0x16, 0x00),
    (0x17, 0x84),
    (0x18, 0x3f),
];

/// AMI, automatic CRC-4, no signalling.
const CLEAR: [(u8, u8); 22] = [
    (0x14, 0xff),
    (0x15, 0xff),
    (0x16, 0xff),
    (0x17, 0xff),
    (0x18, 0xff),
    (0x28, 0x40),
    (0x1c, 0xa0),
    (0x1d, 0x4c),
    (0x1e, 0xc2),
    (0x20, 0x9f),
    (0x21, 0x1c),
    (0x36, 0x00),
    (0x38, 0x0a),
    (0x39, 0x15),
    (0x46, 0x40),
    (0x28, 0x00),
    (0x37, 0x80),
    (0x14, 0xff),
    (0x15, 0xff),
    (0x16, 0x00),
    (0x17, 0xbc),
    (0x18, 0x3f),
];

#[test]
fn the_driver_sets_the_chip_up_register_by_register_as_documented() {
    let mut chip = Falc4::new(Falc4Config::default(), [None, None, None, None]);
    let mut trace = chip.trace(1000);
    let mut card = Falc4Driver::new(chip).expect("the chip's VERSION");
    assert_eq!(trace.pop(), None, "nothing is written before the start");
    let clear = SpanConfig::e1(LineCode::Ami, CrcMode::Auto, false);
    for (span, config) in [CAS, clear, CAS, clear].iter().enumerate() {
        card.configure(span, config).expect("a span");
    }
    card.start().expect("the card starts");
    for (span, list) in [&SIGNALLING[..], &CLEAR, &SIGNALLING, &CLEAR].into_iter().enumerate() {
        for (register, value) in list {
            let expected = FramerWrite { span: span as u8, register: *register, value: *value };
            assert_eq!(trace.pop(), Some(expected));
        }
    }
    assert_eq!(trace.pop(), None);
    card.stop();
    let stop =
        [(0x14, 0xff), (0x15, 0xff), (0x16, 0xff), (0x17, 0xff), (0x18, 0xff), (0x28, 0x40), (0x37, 0)];
    for span in 0..4 {
        for (register, value) in stop {
            assert_eq!(trace.pop(), Some(FramerWrite { span, register, value }));
        }
    }
    assert_eq!(trace.pop(), None);
}

#[test]
fn a_running_card_in_peace_is_written_to_no_more() {
    let (near, far) = wire::pair(WireConfig::with_delay(2148));
    let wires = vec![near.control()];
    let mut chip = Falc4::new(Falc4Config::default(), [Some(near), None, None, None]);
    let mut trace = chip.trace(10_000);
    let card = Falc4Driver::new(chip).expect("the chip's VERSION");
    let port = LinePort::new(far, LineCode::Hdb3, E1Config { cas: true, ..E1Config::default() });
    let ends = FarEnds {
        card: String::new(),
        options: Default::default(),
        ports: vec![port],
        wires,
        framing: Framing::default(),
        slot: None,
    };
    let peer = Peer::shared(ends);
    let mut rig = Rig::with(Box::new(card), Box::new(Shared(peer.clone())), peer, CAS);
    rig.run_ms(100);
    while trace.pop().is_some() {}
    rig.run_ms(2000);
    assert_eq!(trace.pop(), None);
}

#[test]
fn the_framer_chip_of_a_ds8_in_peace_is_written_to_no_more() {
    let mut chip = Ds8::new(Ds8Config::default(), [const { None }; 8]);
    let mut trace = chip.trace(10_000);
    let mut card = Ds8Driver::new(chip).expect("the chip's TDM_VERSION");
    assert_eq!(trace.pop(), None, "nothing is written before the start");
    (0..8).for_each(|span| card.configure(span, &CAS).expect("a span"));
    card.start().expect("the card starts");
    // What the first services find is answered.
    let mut media = tandem_rt::MediaLoop::default();
    let turn = |media: &mut tandem_rt::MediaLoop, card: &mut Ds8Driver<Ds8>| {
        media.run_tick(8, |tick| {
            card.service(tick);
            (0..8).for_each(|span| card.transmit(tick, span, &[[0xd5; 32]; 8]));
        });
    };
    (0..100).for_each(|_| turn(&mut media, &mut card));
    while trace.pop().is_some() {}
    for _ in 0..2000 {
        turn(&mut media, &mut card);
        while let Some(write) = trace.pop() {
            // Latched bits are cleared: that a second is over, in RLS4.
            assert_eq!((write.address & 0x1ff, write.value), (0x093, 0x02));
        }
    }
}

#[test]
fn a_stopped_card_is_silent_and_can_be_started_again() {
    for model in common::MODELS {
        let mut rig = Rig::new(model, &[], CAS);
        rig.run_ms(100);
        rig.card.stop();
        rig.run_ms(50);
        let far = rig.peer().ports[0].defects();
        assert!(far.contains(tandem_types::Defect::Los), "{model}: {far}");
        rig.card.start().expect("the card starts");
        rig.run_ms(100);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
    }
}
