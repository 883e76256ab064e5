//! The messages, octet by octet.
use tandem_e1d::wire::{
    Command, Event, InterfaceInfo, LONGEST, LineInfo, LineMode, Message, Refusal, Request, Slot, SlotConfig,
    SlotInfo, SlotMode,
};

fn emitted(message: &Message<'_>) -> Vec<u8> {
    let mut octets = [0; LONGEST];
    let length = message.emit(&mut octets).expect("there is room");
    octets[..length].to_vec()
}

#[test]
fn every_request_is_these_octets_and_read_back() {
    let config = |force| SlotConfig { mode: SlotMode::Raw, force, read_octets: 0x0140 };
    let hdlc = SlotConfig { mode: SlotMode::Hdlc, force: false, read_octets: 264 };
    let cases: &[(Request, &[u8])] = &[
        (Request::Interfaces { interface: None }, &[0xe1, 1, 8, 0, 0, 0xff, 0xff, 0xff]),
        (Request::Interfaces { interface: Some(2) }, &[0xe1, 1, 8, 0, 0, 2, 0xff, 0xff]),
        (Request::Lines { interface: 1, line: None }, &[0xe1, 1, 8, 0, 1, 1, 0xff, 0xff]),
        (Request::Lines { interface: 1, line: Some(3) }, &[0xe1, 1, 8, 0, 1, 1, 3, 0xff]),
        (Request::Slots { interface: 1, line: 3, slot: None }, &[0xe1, 1, 8, 0, 2, 1, 3, 0xff]),
        (
            Request::Slots { interface: 1, line: 3, slot: Some(Slot::Number(31)) },
            &[0xe1, 1, 8, 0, 2, 1, 3, 31],
        ),
        (
            Request::SetLineMode { interface: 0, line: 1, mode: LineMode::Channelized },
            &[0xe1, 1, 9, 0, 3, 0, 1, 0xff, 0x20],
        ),
        (
            Request::SetLineMode { interface: 0, line: 1, mode: LineMode::Superchannel },
            &[0xe1, 1, 9, 0, 3, 0, 1, 0xff, 0x21],
        ),
        (
            Request::OpenSlot { interface: 0, line: 0, slot: Slot::Number(16), config: config(false) },
            &[0xe1, 1, 12, 0, 4, 0, 0, 16, 0x10, 0, 0x40, 1],
        ),
        (
            Request::OpenSlot { interface: 0, line: 0, slot: Slot::Superchannel, config: config(true) },
            &[0xe1, 1, 12, 0, 4, 0, 0, 0xfe, 0x10, 0x80, 0x40, 1],
        ),
        (
            Request::OpenSlot { interface: 7, line: 6, slot: Slot::Number(5), config: hdlc },
            &[0xe1, 1, 12, 0, 4, 7, 6, 5, 0x11, 0, 8, 1],
        ),
        // Sa4 and Sa6: bits 4 and 0.
        (Request::SetSaBits { interface: 0, line: 1, bits: 0b10100 }, &[0xe1, 1, 9, 0, 5, 0, 1, 0xff, 0x11]),
    ];
    for (request, octets) in cases {
        assert_eq!(emitted(&Message::Request(*request)), *octets, "{request:?}");
        assert_eq!(Message::parse(octets), Ok(Message::Request(*request)));
    }
}

#[test]
fn events_come_and_go_by_pairs_of_kinds() {
    let parse = |kind: u8| match Message::parse(&[0xe1, 1, 8, 0, kind, 2, 1, 0]) {
        Ok(Message::Event { interface: 2, line: 1, event }) => event,
        other => panic!("{other:?}"),
    };
    let expected = [
        (0x40, Event::Los(true)),
        (0x41, Event::Los(false)),
        (0x42, Event::Ais(true)),
        (0x43, Event::Ais(false)),
        (0x44, Event::Rai(true)),
        (0x45, Event::Rai(false)),
        (0x46, Event::Lof(true)),
        (0x47, Event::Lof(false)),
        (0x48, Event::Unknown(0x48)),
        (0x7e, Event::Unknown(0x7e)),
    ];
    for (kind, event) in expected {
        assert_eq!(parse(kind), event);
        let octets = emitted(&Message::Event { interface: 2, line: 1, event });
        assert_eq!(octets, [0xe1, 1, 8, 0, kind, 2, 1, 0]);
    }
    assert_eq!(Message::parse(&[0xe1, 1, 9, 0, 0x40, 2, 1, 0, 0]), Err(Refusal::Payload));
    let newer = [0xe1, 1, 10, 0, 0x7d, 2, 1, 5, 7, 7];
    let unknown = Message::Event { interface: 2, line: 1, event: Event::Unknown(0x7d) };
    assert_eq!(Message::parse(&newer), Ok(unknown), "whatever a newer daemon says");
}

#[test]
fn national_bits_have_their_places() {
    // Sa4 to Sa8 one by one.
    for (bits, octet) in [(16, 0x10), (8, 0x20), (4, 0x01), (2, 0x40), (1, 0x80), (31, 0xf1)] {
        let message = Message::Event { interface: 0, line: 0, event: Event::SaBits(bits) };
        assert_eq!(emitted(&message), [0xe1, 1, 9, 0, 0x7f, 0, 0, 0, octet]);
        assert_eq!(Message::parse(&[0xe1, 1, 9, 0, 0x7f, 0, 0, 0, octet | 0x0e]), Ok(message));
    }
    assert_eq!(Message::parse(&[0xe1, 1, 8, 0, 0x7f, 0, 0, 0]), Err(Refusal::Payload));
}

#[test]
fn answers_carry_infos_and_failures_a_negative_number() {
    let line = LineInfo { line: 1, mode: LineMode::Superchannel, status: 0 };
    let config = SlotConfig { mode: SlotMode::Hdlc, force: false, read_octets: 0x0203 };
    let slot = SlotInfo { slot: 9, config, status: 0xa5 };
    assert_eq!(InterfaceInfo { interface: 3, lines: 4 }.to_octets(), [3, 4]);
    assert_eq!(line.to_octets(), [1, 0x21, 0]);
    assert_eq!(slot.to_octets(), [9, 0x11, 0, 3, 2, 0xa5]);
    let octets = [0xe1, 1, 14, 0, 0x84, 0, 0, 0, 9, 0x11, 0, 3, 2, 0xa5];
    let Ok(Message::Answer { command: Command::OpenSlot, payload }) = Message::parse(&octets) else {
        panic!("an answer");
    };
    assert_eq!(SlotInfo::all(payload).map(Iterator::collect::<Vec<_>>), Some(vec![slot]));
    assert_eq!(emitted(&Message::Answer { command: Command::OpenSlot, payload }), octets);
    let lines = LineInfo::all(&[0, 0x20, 0, 1, 0x21, 0]).expect("two");
    assert_eq!(
        lines.map(|line| line.mode).collect::<Vec<_>>(),
        [LineMode::Channelized, LineMode::Superchannel]
    );
    assert!(InterfaceInfo::all(&[1]).is_none() && LineInfo::all(&[1; 4]).is_none());
    assert!(SlotInfo::all(&[1; 8]).is_none());
    assert_eq!(SlotInfo::all(&[]).map(|infos| infos.len()), Some(0), "nothing was found");
    // -16, -22 and -24 in six bits.
    for (errno, kind) in [(16, 0xf0), (22, 0xea), (24, 0xe8), (1, 0xff), (64, 0xc0)] {
        let octets = [0xe1, 1, 8, 0, kind, 0, 0, 0];
        assert_eq!(Message::parse(&octets), Ok(Message::Failure { errno }));
        assert_eq!(emitted(&Message::Failure { errno }), octets);
    }
}

#[test]
fn what_is_no_message_is_refused_with_its_reason() {
    let cases: &[(&[u8], Refusal)] = &[
        (&[], Refusal::Short),
        (&[0xe1, 1, 7, 0, 0, 0xff, 0xff], Refusal::Short),
        // Of the first version of the protocol, and of none.
        (&[0xe1, 0, 8, 0, 0, 0xff, 0xff, 0xff], Refusal::Magic),
        (&[1, 0xe1, 8, 0, 0, 0xff, 0xff, 0xff], Refusal::Magic),
        (&[0xe1, 1, 7, 0, 0, 0xff, 0xff, 0xff], Refusal::Length),
        (&[0xe1, 1, 9, 0, 0, 0xff, 0xff, 0xff], Refusal::Length),
        (&[0xe1, 1, 8, 1, 0, 0xff, 0xff, 0xff], Refusal::Length),
        (&[0xe1, 1, 8, 0, 6, 0, 0, 0], Refusal::Kind),
        (&[0xe1, 1, 8, 0, 0x86, 0, 0, 0], Refusal::Kind),
        (&[0xe1, 1, 8, 0, 0, 0, 0, 0xff], Refusal::Place),
        (&[0xe1, 1, 8, 0, 0, 0xff, 0xff, 1], Refusal::Place),
        (&[0xe1, 1, 8, 0, 1, 0xff, 0xff, 0xff], Refusal::Place),
        (&[0xe1, 1, 8, 0, 1, 0, 0, 0], Refusal::Place),
        (&[0xe1, 1, 8, 0, 2, 0, 0xff, 0xff], Refusal::Place),
        (&[0xe1, 1, 9, 0, 3, 0, 0, 1, 0x20], Refusal::Place),
        (&[0xe1, 1, 12, 0, 4, 0, 0, 0xff, 0x10, 0, 1, 0], Refusal::Place),
        (&[0xe1, 1, 9, 0, 5, 0xff, 0, 0xff, 0], Refusal::Place),
        (&[0xe1, 1, 9, 0, 0, 0xff, 0xff, 0xff, 0], Refusal::Payload),
        (&[0xe1, 1, 8, 0, 3, 0, 0, 0xff], Refusal::Payload),
        (&[0xe1, 1, 11, 0, 4, 0, 0, 1, 0x10, 0, 1], Refusal::Payload),
        (&[0xe1, 1, 13, 0, 4, 0, 0, 1, 0x10, 0, 1, 0, 0], Refusal::Payload),
        (&[0xe1, 1, 10, 0, 5, 0, 0, 0xff, 0, 0], Refusal::Payload),
        (&[0xe1, 1, 9, 0, 0xea, 0, 0, 0, 0], Refusal::Payload),
    ];
    for (octets, refusal) in cases {
        assert_eq!(Message::parse(octets), Err(*refusal), "{octets:x?}");
    }
    let long = vec![0; LONGEST - 7];
    let answer = Message::Answer { command: Command::Interfaces, payload: &long };
    assert_eq!(answer.emit(&mut [0; 8192]), None);
    assert_eq!(Message::Failure { errno: 1 }.emit(&mut [0; 7]), None);
}

#[test]
fn modes_that_are_not_known_keep_their_number() {
    for number in 0..=u8::MAX {
        assert_eq!(LineMode::of(number).number(), number);
        assert_eq!(SlotMode::of(number).number(), number);
        assert_eq!(Slot::of(number).number(), number);
    }
    assert_eq!((LineMode::of(0x22), LineMode::of(0x23)), (LineMode::OverIp, LineMode::Other(0x23)));
    assert_eq!((SlotMode::of(0x11), SlotMode::of(0x12)), (SlotMode::Hdlc, SlotMode::Other(0x12)));
    assert_eq!(Slot::of(0xfe), Slot::Superchannel);
}
