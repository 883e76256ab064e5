//! BOC, HDLC, in-band loop codes and the test pattern of the octal card, by register numbers.
mod ds8_common;
use ds8_common::*;
use hw_sim::{LinePort, Way, wire};
use tandem_line::t1::{Bom, LinkReceiver};
use tandem_line::{LineCode, T1Config, T1Framing};

#[test]
fn a_boc_is_told_when_it_comes_and_when_it_goes() {
    for mode in [ESF, J1] {
        let (mut left, mut right, _) = joined(mode);
        for code in [0x07, 0x1c, 0x0a, 0x19, 0x2a] {
            left.write(0, 0x163, code);
            left.write(0, 0x113, 0x40);
            pass(&mut left, &mut right, 50);
            assert_eq!((right.take(0, 0x096), right.read(0, 0x063)), (0x01, code), "{mode:?}");
            left.write(0, 0x113, 0x00);
            pass(&mut left, &mut right, 30);
            assert_eq!((right.take(0, 0x096), right.read(0, 0x063)), (0x02, code), "{mode:?}");
        }
        left.write(0, 0x113, 0x40);
        pass(&mut left, &mut right, 50);
        left.write(0, 0x163, 0x07);
        right.write(0, 0x096, 0xff);
        pass(&mut left, &mut right, 50);
        assert_eq!((right.take(0, 0x096), right.read(0, 0x063)), (0x01, 0x07), "another without BC");
        assert_eq!(right.read(0, 0x015), 0x16, "RBR clears itself");
    }
}

#[test]
fn a_boc_needs_as_many_words_as_were_taken_over() {
    let (mut left, mut right, _) = joined(ESF);
    for (rbocc, words) in [(0x80, 1), (0x82, 3), (0x84, 5), (0x86, 7)] {
        right.write(0, 0x015, rbocc);
        right.write(0, 0x015, rbocc ^ 0x86); // without RBR: not taken over
        left.write(0, 0x163, 0x07);
        left.write(0, 0x113, 0x40);
        let ms = (0..60).find(|_| {
            pass(&mut left, &mut right, 1);
            right.read(0, 0x096) & 1 != 0
        });
        let bits = words * 16;
        assert!(ms.is_some_and(|ms| (bits / 4..bits / 4 + 4).contains(&ms)), "{words} {ms:?}");
        left.write(0, 0x113, 0x00);
        pass(&mut left, &mut right, 30);
        right.write(0, 0x096, 0xff);
    }
}

#[test]
fn the_fdl_register_is_sent_over_and_over_and_the_last_bits_are_read() {
    let (mut left, mut right, _) = joined(ESF);
    left.write(0, 0x182, 0x00);
    left.write(0, 0x162, 0x55);
    pass(&mut left, &mut right, 10);
    let read = right.read(0, 0x062);
    assert!(read == 0x55 || read == 0xaa, "{read:#x}");
}

/// Reads messages as the page says: RPE, RHPBA octets, PS.
fn messages(host: &mut Host, into: &mut Vec<(Vec<u8>, u8)>, open: &mut Vec<u8>) {
    loop {
        let available = host.read(0, 0x0b5);
        if available & 0x7f == 0 {
            return;
        }
        (0..available & 0x7f).for_each(|_| open.push(host.read(0, 0x0b6)));
        if available & 0x80 == 0 {
            let status = host.read(0, 0x0b4) >> 4 & 7;
            into.push((std::mem::take(open), status));
        }
    }
}

fn send(host: &mut Host, octets: &[u8], thc1: u8) {
    for (place, octet) in octets.iter().enumerate() {
        if place + 1 == octets.len() {
            host.write(0, 0x110, thc1 | 0x04);
        }
        host.write(0, 0x1b4, *octet);
    }
    assert_eq!(host.read(0, 0x110), thc1, "TEOM clears itself");
}

#[test]
fn messages_go_through_the_fdl() {
    for (mode, idle) in [(ESF, 0x00), (J1, 0x00), (ESF, 0x08)] {
        let (mut left, mut right, _) = joined(mode);
        right.write(0, 0x010, 0x60);
        right.write(0, 0x010, 0x20);
        left.write(0, 0x110, 0x10 | idle);
        left.write(0, 0x113, 0x20);
        pass(&mut left, &mut right, 20);
        right.clear(0);
        let first: Vec<u8> = (0..13_u8).map(|n| n.wrapping_mul(37)).collect();
        send(&mut left, &first, 0x10 | idle);
        assert_eq!(left.read(0, 0x1b3), 64 - 13);
        send(&mut left, &[0xff, 0xff, 0x7e, 0xff, 0x00], 0x10 | idle);
        let (mut got, mut open) = (Vec::new(), Vec::new());
        pass(&mut left, &mut right, 20);
        assert_eq!(right.read(0, 0x094), 0x04, "RPS");
        pass(&mut left, &mut right, 60);
        assert_eq!((right.take(0, 0x094), right.read(0, 0x0b4) & 1), (0x0c, 1), "RPE, RNE");
        messages(&mut right, &mut got, &mut open);
        assert_eq!(got, [(first.clone(), 1), (vec![0xff, 0xff, 0x7e, 0xff, 0x00], 1)], "{mode:?} {idle}");
        assert_eq!((right.read(0, 0x0b5), right.read(0, 0x0b6), right.read(0, 0x0b4)), (0, 0xff, 0x10));
        assert_eq!(left.take(0, 0x191), 0x04, "TMEND");
        assert_eq!(left.read(0, 0x1b3), 64);
        right.write(0, 0x010, 0xa0); // the CRC too
        send(&mut left, &first, 0x10 | idle);
        pass(&mut left, &mut right, 60);
        got.clear();
        messages(&mut right, &mut got, &mut open);
        assert_eq!((got[0].0.len(), got[0].1, &got[0].0[..13]), (15, 1, &first[..]));
    }
}

#[test]
fn a_message_longer_than_the_fifo_goes_through_a_timeslot() {
    let (mut left, mut right, _) = joined(E1_CRC);
    left.write(0, 0x113, 0x20 | 7);
    right.write(0, 0x010, 7);
    pass(&mut left, &mut right, 20);
    right.clear(0);
    let message: Vec<u8> = (0..200).map(|n| n as u8 ^ 0x7e).collect();
    let (mut sent, mut got, mut open) = (0, Vec::new(), Vec::new());
    for _ in 0..60 {
        while sent < 200 && left.read(0, 0x1b3) > 0 {
            left.write(0, 0x110, if sent == 199 { 0x04 } else { 0 });
            left.write(0, 0x1b4, message[sent]);
            sent += 1;
        }
        pass(&mut left, &mut right, 1);
        messages(&mut right, &mut got, &mut open);
    }
    assert_eq!(got, [(message, 1)]);
    assert_eq!((left.read(0, 0x191), right.read(0, 0x094)), (0x04, 0x0c));
}

#[test]
fn underrun_overrun_abort_and_a_wrong_crc_are_told() {
    let (mut left, mut right, _) = joined(ESF);
    right.write(0, 0x010, 0x20);
    left.write(0, 0x110, 0x10);
    left.write(0, 0x113, 0x20);
    pass(&mut left, &mut right, 20);
    left.clear(0);
    right.clear(0);
    let (mut got, mut open) = (Vec::new(), Vec::new());
    (0..8).for_each(|octet| left.write(0, 0x1b4, octet));
    pass(&mut left, &mut right, 40);
    assert_eq!(left.take(0, 0x191), 0x08, "TUDR");
    messages(&mut right, &mut got, &mut open);
    assert_eq!(got.pop().map(|(_, status)| status), Some(3), "aborted");
    right.clear(0);
    send(&mut left, &[1, 2, 3, 4, 5, 6], 0x11);
    pass(&mut left, &mut right, 40);
    messages(&mut right, &mut got, &mut open);
    assert_eq!(got.pop(), Some((vec![1, 2, 3, 4], 2)), "no CRC was added");
    assert_eq!(right.take(0, 0x094), 0x0c);
    right.write(0, 0x010, 0x60);
    right.write(0, 0x010, 0x20);
    pass(&mut left, &mut right, 60);
    right.clear(0);
    // 80 octets for a FIFO of 64 that nobody reads.
    let mut sent = 0;
    for _ in 0..250 {
        while sent < 80 && left.read(0, 0x1b3) > 0 {
            left.write(0, 0x110, if sent == 79 { 0x14 } else { 0x10 });
            left.write(0, 0x1b4, sent);
            sent += 1;
        }
        pass(&mut left, &mut right, 1);
    }
    assert_eq!(right.read(0, 0x094), 0x24, "ROVR, RPS, and no RPE");
    assert_eq!((right.read(0, 0x0b5), right.read(0, 0x0b4)), (0, 0x40));
    (0..70).for_each(|_| left.write(0, 0x1b4, 0));
    assert_eq!(left.read(0, 0x1b3), 0, "what is too much is lost");
    left.write(0, 0x110, 0x30);
    assert_eq!(left.read(0, 0x1b3), 64);
}

#[test]
fn a_short_message_is_dropped_without_a_sign() {
    let (mut left, mut right, _) = joined(ESF);
    right.write(0, 0x010, 0x20);
    left.write(0, 0x110, 0x10);
    left.write(0, 0x113, 0x20);
    pass(&mut left, &mut right, 20);
    right.clear(0);
    send(&mut left, &[0x55], 0x10);
    pass(&mut left, &mut right, 30);
    assert_eq!((right.read(0, 0x094), right.read(0, 0x0b5)), (0, 0));
    send(&mut left, &[0x55, 0x56], 0x10);
    pass(&mut left, &mut right, 30);
    assert_eq!((right.read(0, 0x094), right.read(0, 0x0b5)), (0x0c, 2));
}

#[test]
fn a_plain_terminal_hears_boc_messages_and_loop_codes() {
    let (a, b) = wire::pair(wire_config(ESF));
    let framing = T1Config { framing: T1Framing::Esf, cas: false };
    let (mut host, mut port) = (Host::with_wire(a), LinePort::new(b, LineCode::B8zs, framing));
    host.start();
    host.bring_up(0, ESF);
    let run = |host: &mut Host, port: &mut LinePort, ms: usize| {
        for _ in 0..ms {
            host.tick();
            (0..8).for_each(|_| {
                port.exchange_frame(&[0x55; 32]);
            });
        }
    };
    let bom =
        |port: &mut LinePort| port.terminal_mut().as_t1_mut().and_then(|t1| t1.received_data_link().bom());
    run(&mut host, &mut port, 1200);
    host.write(0, 0x163, 0x07);
    host.write(0, 0x113, 0x40);
    run(&mut host, &mut port, 60);
    assert_eq!(bom(&mut port), Some(Bom::LineLoopUp.code()));
    host.write(0, 0x110, 0x10);
    host.write(0, 0x113, 0x20);
    run(&mut host, &mut port, 100);
    assert_eq!(bom(&mut port), None);
    let frames = |port: &mut LinePort| {
        let link: Option<LinkReceiver> =
            port.terminal_mut().as_t1_mut().map(|t1| t1.received_data_link().clone());
        link.map_or(0, |link| link.counters().frames)
    };
    let before = frames(&mut port);
    send(&mut host, &[0x38, 0x01, 0x03, 1, 2, 3, 4, 5, 6, 7, 8], 0x10);
    run(&mut host, &mut port, 60);
    assert_eq!(frames(&mut port), before + 1);
    let t1 = port.terminal_mut().as_t1_mut().expect("a T1");
    t1.data_link().send_bom(Bom::PayloadLoopUp.code(), Some(10));
    host.clear(0);
    run(&mut host, &mut port, 60);
    assert_eq!((host.read(0, 0x096), host.read(0, 0x063)), (0x03, 0x0a));
    host.write(0, 0x010, 0x20);
    run(&mut host, &mut port, 20);
    let t1 = port.terminal_mut().as_t1_mut().expect("a T1");
    t1.data_link().send_frame(&[0x38, 0x01, 0x03, 0xff, 0x7e, 0x00]).expect("is taken");
    run(&mut host, &mut port, 40);
    let (mut got, mut open) = (Vec::new(), Vec::new());
    messages(&mut host, &mut got, &mut open);
    assert_eq!(got, [(vec![0x38, 0x01, 0x03, 0xff, 0x7e, 0x00], 1)]);
    for (octet, length, wanted) in [(0x80, 0x00, true), (0x90, 0x01, false)] {
        host.write(0, 0x1ac, octet);
        host.write(0, 0x186, length);
        host.write(0, 0x183, 0x01);
        run(&mut host, &mut port, 5200);
        let commanded = port.terminal_mut().as_t1_mut().is_some_and(|t1| t1.commanded_loop().is_some());
        assert_eq!(commanded, wanted);
    }
}

#[test]
fn in_band_codes_are_found_after_48_ms_and_gone_after_48() {
    for (mode, errors) in [(ESF, 0.0), (SF, 0.0), (ESF, 5e-3)] {
        for (octet, length, up, down) in [(0x80, 0x00, 1, 0), (0x90, 0x01, 0, 2)] {
            let (mut left, mut right, control) = joined(mode);
            pass(&mut left, &mut right, 60);
            left.write(0, 0x1ac, octet);
            left.write(0, 0x186, length);
            left.write(0, 0x183, mode.tcr3 | 0x01);
            control.set_error_rate(Way::AToB, errors);
            let (mut came, mut went) = (None, None);
            for ms in 0..200 {
                if ms == 100 {
                    left.write(0, 0x183, mode.tcr3);
                }
                pass(&mut left, &mut right, 1);
                match right.read(0, 0x0b2) {
                    0 if came.is_some() && went.is_none() => went = Some(ms),
                    0 => {}
                    now => {
                        assert_eq!(now, up | down);
                        came = came.or(Some(ms));
                    }
                }
            }
            assert!(came.is_some_and(|ms| (47..54).contains(&ms)), "{mode:?} {came:?}");
            assert!(went.is_some_and(|ms| (147..154).contains(&ms)), "{mode:?} {went:?}");
            assert_eq!(right.read(0, 0x092), (up | down) * 0x11);
        }
    }
}

#[test]
fn codes_of_every_length_are_found() {
    let (mut left, mut right, _) = joined(ESF);
    for (rib, octets, tc) in
        [(0x30, [0xb0, 0xb0], 2), (0x28, [0x88, 0x88], 1), (0x38, [0xa5, 0x3c], 3), (0x38, [0x81; 2], 3)]
    {
        right.write(0, 0x082, rib);
        (0..2).for_each(|n| right.write(0, 0x0ac + n, octets[n]));
        (0..2).for_each(|n| left.write(0, 0x1ac + n, octets[n]));
        left.write(0, 0x186, tc);
        left.write(0, 0x183, 0x01);
        pass(&mut left, &mut right, 60);
        assert_eq!(right.read(0, 0x0b2) & 1, 1, "{octets:x?}");
        left.write(0, 0x183, 0x00);
        pass(&mut left, &mut right, 60);
        assert_eq!(right.read(0, 0x0b2) & 1, 0, "{octets:x?}");
    }
}

/// Loads a pattern on both sides and begins a search.
fn load(host: &mut Host, control: u8, bc2: u8) {
    host.set(0x1106, bc2);
    host.set(0x1105, control);
    host.set(0x1105, control | 0x80);
    host.set(0x1105, control);
}

fn counts(host: &mut Host, control: u8) -> (u32, u32) {
    host.set(0x1105, control | 0x02);
    host.set(0x1105, control);
    let octet = |host: &mut Host, address: usize| u32::from(host.get(address));
    let bits = (0..4).map(|n| octet(host, 0x1107 + n) << (8 * n)).sum();
    (bits, (0..3).map(|n| octet(host, 0x110b + n) << (8 * n)).sum())
}

#[test]
fn every_pattern_is_found_and_its_errors_are_counted_exactly() {
    for mode in [E1_CRC, ESF] {
        for (select, inverted) in [(0, 0), (1, 0), (2, 0x60), (3, 0), (4, 0), (7, 0)] {
            let (mut left, mut right, _) = joined(mode);
            let control = select << 2 | inverted;
            for host in [&mut left, &mut right] {
                (0..4).for_each(|n| host.set(0x1101 + n, [0x04, 0x00, 0x44, 0x00][n]));
                load(host, control, 7);
            }
            // Channels 3 and 4, numbers of the page; two of their bits are left out.
            for (host, port, bits, channels) in
                [(&mut left, 0x18a, 0x18b, 0x1d4), (&mut right, 0x08a, 0x08b, 0x0d4)]
            {
                host.write(0, channels, 0x0c);
                host.write(0, bits, 0x81);
                host.write(0, port, 0x01);
            }
            pass(&mut left, &mut right, 50);
            assert_eq!(right.get(0x110e) & 0x01, 0x01, "{mode:?} {select} found");
            right.set(0x110e, 0xff);
            right.set(0x1105, control | 0x01);
            assert_eq!(right.get(0x110e), 0x02, "RESYNC begins a search at once");
            right.set(0x1105, control);
            pass(&mut left, &mut right, 50);
            assert_eq!(right.get(0x110e) & 0x03, 0x03);
            counts(&mut right, control);
            right.set(0x110e, 0xff);
            pass(&mut left, &mut right, 100);
            assert_eq!(counts(&mut right, control), (100 * 8 * 12, 0), "{mode:?} {select}");
            for _ in 0..30 {
                left.set(0x1106, 0x17);
                left.set(0x1106, 0x07);
                pass(&mut left, &mut right, 10);
            }
            assert_eq!(counts(&mut right, control), (300 * 8 * 12, 30), "{mode:?} {select}");
            assert_eq!(right.get(0x110e) & 0x43, 0x40, "BBED, and still in synchronism");
            assert_eq!(right.read(0, 0x0b0), 0);
        }
    }
}

#[test]
fn an_unframed_test_uses_every_bit_and_a_rate_of_errors_is_kept() {
    for (mode, bits) in [(E1_CRC, 256), (ESF, 193)] {
        let (mut left, mut right, _) = joined(mode);
        for host in [&mut left, &mut right] {
            load(host, 0x0c, 0x60);
        }
        left.write(0, 0x18a, 0x03);
        right.write(0, 0x08a, 0x03);
        pass(&mut left, &mut right, 100);
        assert_eq!(right.read(0, 0x0b0) & 1, 1, "no frame");
        counts(&mut right, 0x0c);
        pass(&mut left, &mut right, 1000);
        let (counted, errors) = counts(&mut right, 0x0c);
        assert!(counted.abs_diff(8000 * bits) < 256, "{counted}");
        assert!(errors.abs_diff(counted / 1000) <= 3, "one in a thousand: {errors} of {counted}");
    }
}

#[test]
fn a_lost_pattern_is_told_and_searched_again() {
    let (mut left, mut right, control) = joined(E1_CRC);
    for host in [&mut left, &mut right] {
        load(host, 0x04, 0);
        host.write(0, 0x1d4, 0xfe);
        host.write(0, 0x0d4, 0xfe);
        host.write(0, 0x18a, 0x01);
        host.write(0, 0x08a, 0x01);
    }
    right.set(0x110f, 0x02);
    right.set(0x0fd, 0x01);
    pass(&mut left, &mut right, 50);
    right.set(0x110e, 0xff);
    assert_eq!((right.get(0x0fa), right.bridge(0x0300) & 8), (0, 0));
    counts(&mut right, 0x04);
    left.write(0, 0x18a, 0x00); // traffic of ones
    pass(&mut left, &mut right, 20);
    assert_eq!(right.get(0x110e), 0x4a, "BBED, ones, a search");
    assert_eq!((right.get(0x0fa), right.bridge(0x0300) & 8), (1, 8));
    let (bits, errors) = counts(&mut right, 0x04);
    assert_eq!((bits, errors), (20 * 8 * 56, 6), "bits go on through a loss");
    right.set(0x110e, 0xff);
    left.write(0, 0x18a, 0x01);
    pass(&mut left, &mut right, 20);
    assert_eq!(right.get(0x110e) & 0x03, 0x01);
    control.cut(Way::AToB);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.read(0, 0x0b0), 0x03);
}
