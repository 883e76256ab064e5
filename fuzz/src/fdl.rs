//! Any bits to what listens on a T1 beyond its frames: HDLC, bit-oriented messages, performance reports, loop codes,
//! AIS-CI, the data link as a whole.
use crate::Source;
use tandem_line::hdlc::{HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};
use tandem_line::t1::{
    AisCiDetector, BomCode, BomDetector, BomThreshold, LinkEvent, LinkReceiver, LinkSender, LoopCode,
    LoopCodeDetector, PRM_OCTETS, Prm, PrmTracker,
};
use tandem_line::{FrameWords, T1Framing};
use tandem_types::FrameTime;

/// The first octet chooses who gets the rest.
pub fn fdl(data: &[u8]) {
    let mut source = Source(data);
    let choice = source.octet();
    match choice >> 5 {
        0 => receive_frames(source),
        1 => send_frames(source),
        2 => messages(choice, source),
        3 => reports(source),
        4 => in_band(source),
        5 => link(choice, source),
        _ => looped(choice, source),
    }
}

/// The bits of the rest of an input, the first in the top bit of an octet.
fn bits(source: Source<'_>) -> impl Iterator<Item = bool> + '_ {
    source.0.iter().flat_map(|octet| (0..8).rev().map(move |place| (octet >> place) & 1 != 0))
}

/// Every piece between flags is told and counted once, and a good frame can be sent and received again. By octets
/// it is the same as by bits, of 64 kbit/s and of 56.
fn receive_frames(mut source: Source<'_>) {
    let limits = HdlcLimits { shortest: u16::from(source.octet() & 7), longest: u16::from(source.octet()) };
    let mut buffer = vec![0; usize::from(source.octet())];
    let longest = usize::from(limits.longest).min(buffer.len().saturating_sub(2));
    let (mut receiver, mut by_octets) = (HdlcReceiver::new(limits), HdlcReceiver::new(limits));
    let mut told = 0;
    let mut other = buffer.clone();
    for octet in source.0 {
        let mut event = None;
        for bit in bits(Source(&[*octet])) {
            let here = receiver.handle_bit(&mut buffer, bit);
            assert!(here.is_none() || event.is_none(), "one event in eight bits");
            if let Some(HdlcEvent::Frame(length)) = here {
                assert!((usize::from(limits.shortest)..=longest).contains(&length));
                assert_eq!(round_trip(&buffer[..length]), [buffer[..length].to_vec()]);
            }
            event = event.or(here);
        }
        told += u64::from(event.is_some());
        assert_eq!(by_octets.handle_octet(&mut other, *octet), event);
    }
    let (mut receiver_of_56k, mut by_sevens) = (HdlcReceiver::new(limits), HdlcReceiver::new(limits));
    for octet in source.0 {
        let one = [*octet];
        let seven = bits(Source(&one)).take(7);
        let events: Vec<HdlcEvent> =
            seven.filter_map(|bit| receiver_of_56k.handle_bit(&mut buffer, bit)).collect();
        assert_eq!(Vec::from_iter(by_sevens.handle_seven_bits(&mut other, *octet)), events);
    }
    assert_eq!(receiver_of_56k.counters(), by_sevens.counters());
    let counters = receiver.counters();
    assert_eq!(counters, by_octets.counters());
    let errors =
        counters.too_long + counters.aborts + counters.too_short + counters.not_aligned + counters.bad_fcs;
    assert_eq!(counters.frames + errors, told);
}

/// What arrives of a frame that is sent.
fn round_trip(frame: &[u8]) -> Vec<Vec<u8>> {
    let (mut sender, mut done, mut heard) = (HdlcSender::new(), frame.is_empty(), Vec::new());
    let mut receiver = HdlcReceiver::new(HdlcLimits { shortest: 0, longest: 300 });
    let mut buffer = [0; 302];
    for _ in 0..frame.len() * 10 + 64 {
        let bit = sender.poll_bit(if done { &[] } else { frame });
        done |= bit.frame_done;
        if let Some(HdlcEvent::Frame(length)) = receiver.handle_bit(&mut buffer, bit.line) {
            heard.push(buffer[..length].to_vec());
        }
    }
    if frame.is_empty() {
        heard.push(Vec::new());
    }
    heard
}

/// Frames of any octets arrive as they are, whatever is aborted between them.
fn send_frames(mut source: Source<'_>) {
    let (mut sender, mut sent, mut heard) = (HdlcSender::new(), Vec::new(), Vec::new());
    let mut receiver = HdlcReceiver::new(HdlcLimits { shortest: 1, longest: 40 });
    let mut buffer = [0; 42];
    while !source.is_empty() {
        let order = source.octet();
        let frame: Vec<u8> = (0..order % 40 + 1).map(|_| source.octet()).collect();
        let breaks_at = if order >= 0xc0 { u32::from(source.octet()) } else { u32::MAX };
        let (mut done, mut at) = (false, 0);
        while !done {
            if at == breaks_at && sender.is_in_frame() {
                sender.abort();
                break;
            }
            let bit = sender.poll_bit(&frame);
            done = bit.frame_done;
            if let Some(HdlcEvent::Frame(length)) = receiver.handle_bit(&mut buffer, bit.line) {
                heard.push(buffer[..length].to_vec());
            }
            at += 1;
            assert!(at < 1000, "a frame has an end");
        }
        if done {
            sent.push(frame);
        }
    }
    assert_eq!(heard, sent);
}

/// A message that ends had begun, and only one is there at a time.
fn messages(choice: u8, source: Source<'_>) {
    let threshold = if choice & 1 == 0 { BomThreshold::Seven } else { BomThreshold::Eight };
    let (mut detector, mut there): (_, Option<BomCode>) = (BomDetector::new(threshold), None);
    for bit in bits(source) {
        if let Some(change) = detector.handle_bit(bit) {
            assert_eq!(change.ended, there.take());
            there = change.begun;
            assert!(change.ended != change.begun);
            let code = there.or(change.ended).expect("something changed");
            assert_eq!(BomCode::from_word(code.word()), Some(code));
            assert!(!code.to_string().is_empty());
        }
        assert_eq!(detector.current(), there);
    }
    assert_eq!(detector.restart(), there);
}

/// Parsing and emitting are inverse but for the bits that mean nothing; of any messages at any times no more
/// seconds are new than a message has.
fn reports(mut source: Source<'_>) {
    let (mut tracker, mut now) = (PrmTracker::new(), FrameTime(0));
    while !source.is_empty() {
        let order = source.octet();
        let mut octets = [0; PRM_OCTETS];
        octets.iter_mut().for_each(|octet| *octet = source.octet());
        if order & 1 == 0 {
            octets[..3].copy_from_slice(&[0x38 | (order & 2), 0x01, 0x03]);
        }
        now.0 += u64::from(order) << (order & 31);
        let Ok(prm) = Prm::parse(&octets) else { continue };
        assert_eq!(Prm::parse(&prm.emit()), Ok(prm));
        assert!(prm.to_string().starts_with("PRM C/R="));
        assert!(tracker.handle_prm(now, &prm).new_seconds().len() <= 4);
    }
}

/// The input again and again for 5.1 s: a code that fills it is found by its own detector, and nothing ends that
/// had not begun.
fn in_band(mut source: Source<'_>) {
    let (pattern, length) = (source.octet(), source.octet() % 6 + 3);
    let code = LoopCode::new(pattern, length).expect("3 to 8 bits");
    let mut detectors =
        [code, LoopCode::LINE_UP, LoopCode::LINE_DOWN, LoopCode::NETWORK_UP, LoopCode::NETWORK_DOWN]
            .map(|code| (LoopCodeDetector::new(code), false));
    let (mut ais_ci, mut has_ais_ci) = (AisCiDetector::new(), false);
    let mut frames: Vec<FrameWords> = Vec::new();
    for octets in source.0.chunks(25).take(64) {
        let word = |at: usize| {
            (0..8).fold(0, |word, n| (word << 8) | u64::from(octets.get(at + n).copied().unwrap_or(0)))
        };
        frames.push([word(0), word(8), word(16), word(24)]);
    }
    let rounds = if frames.is_empty() { 0 } else { 40_800 };
    for frame in frames.iter().cycle().take(rounds) {
        for (detector, there) in &mut detectors {
            if let Some(present) = detector.handle_frame(frame) {
                assert_ne!(present, *there);
                *there = present;
            }
            assert_eq!(detector.is_present(), *there);
        }
        if let Some(present) = ais_ci.handle_frame(frame) {
            assert_ne!(present, has_ais_ci);
            has_ais_ci = present;
        }
    }
}

fn framing_of(choice: u8) -> T1Framing {
    if choice & 1 == 0 { T1Framing::Esf } else { T1Framing::J1Esf }
}

/// Any bits at a growing time.
fn link(choice: u8, source: Source<'_>) {
    let mut receiver = LinkReceiver::new(BomThreshold::Seven);
    let (mut rai_ci, mut frames, mut now) = (false, 0, FrameTime(0));
    let mut hear = |event: LinkEvent<'_>| match event {
        LinkEvent::RaiCi(there) => {
            assert_ne!(there, rai_ci);
            rai_ci = there;
        }
        LinkEvent::Frame(octets) => {
            assert!((2..=254).contains(&octets.len()));
            assert!(Prm::parse(octets).is_err());
            frames += 1;
        }
        LinkEvent::Prm(..) => frames += 1,
        LinkEvent::BomBegun(_) | LinkEvent::BomEnded(_) => {}
    };
    for bit in bits(source) {
        now.0 += 1 << (choice & 7);
        receiver.handle_bit(now, bit, &mut hear);
    }
    receiver.restart(&mut hear);
    assert!(!rai_ci && receiver.bom().is_none());
    assert_eq!(receiver.counters().frames, frames);
}

/// Orders to a sender whose bits a receiver hears. In the end all that was ordered and not replaced has arrived.
fn looped(choice: u8, mut source: Source<'_>) {
    let framing = framing_of(choice);
    let (mut sender, mut receiver) = (LinkSender::new(), LinkReceiver::new(BomThreshold::Seven));
    let (mut frames, mut heard, mut rai, mut now) = (Vec::new(), Vec::new(), false, FrameTime(0));
    let mut hear = |event: LinkEvent<'_>| match event {
        LinkEvent::Frame(octets) => heard.push(octets.to_vec()),
        LinkEvent::Prm(prm, _) => assert!(Prm::parse(&prm.emit()).is_ok()),
        _ => {}
    };
    while !source.is_empty() {
        let order = source.octet();
        match order & 7 {
            0 => rai = order & 8 != 0,
            1 => sender.set_rai_ci(order & 8 != 0),
            2 => sender.send_bom(BomCode::new(order >> 3).expect("below 32"), Some(source.octet() & 15)),
            3 => sender.stop_bom(),
            4 => {
                let mut octets = [0; PRM_OCTETS];
                octets[..3].copy_from_slice(&[0x38, 0x01, 0x03]);
                octets[3] = order;
                sender.send_prm(&Prm::parse(&octets).expect("a report"));
            }
            5 => {
                let frame: Vec<u8> = (0..(order >> 3) + 2).map(|_| source.octet() | 1).collect();
                if sender.send_frame(&frame).is_ok() {
                    frames.push(frame);
                }
            }
            _ => {}
        }
        for _ in 0..order {
            now.0 += 2;
            receiver.handle_bit(now, sender.poll_bit(framing, rai), &mut hear);
        }
    }
    sender.stop_bom();
    for _ in 0..1000 {
        now.0 += 2;
        receiver.handle_bit(now, sender.poll_bit(framing, false), &mut hear);
    }
    assert!(!sender.is_sending_frame() && !sender.is_sending_bom());
    // Addresses are odd, so none of them is a report.
    assert_eq!(heard, frames);
    let counters = receiver.counters();
    assert_eq!((counters.bad_fcs, counters.not_aligned, counters.too_long), (0, 0, 0));
}
