//! Taps that blank digits: those of the tapped leg, and those of whoever it hears, by a connection or in a bridge. And
//! digits that nobody hears.
use tandem_dsp::blanking::Latency;
use tandem_dsp::dtmf::{Detector, DtmfEvent, DtmfGenerator, DtmfSender};
use tandem_dsp::g711;
use tandem_rt::MediaLoop;
use tandem_switch::link::{Audience, Change, Detectors, SlotId, Source, TapBlock, Voice};
use tandem_switch::{EarSetup, SpanSetup, SwitchControl, SwitchLimits, SwitchProc, new_switch};
use tandem_types::{Abcd, Bearer, Frames, Law, SpanIndex, Timeslot};

const LIMITS: SwitchLimits = SwitchLimits { spans: 2, players: 4, taps: 4, bridges: 2, bridge_parties: 4 };
const FRAMES: usize = 16_000;
/// A whole number of all ticks.
const STOPPED_AT: usize = 15_840;

fn slot(number: u8) -> SlotId {
    SlotId { span: SpanIndex(0), slot: Timeslot::new(number).expect("a timeslot") }
}

fn one_span() -> (SwitchControl, SwitchProc) {
    let setup = SpanSetup {
        law: Law::A,
        traffic: 0xfffe_fffe,
        idle_bits: Abcd::new(0b1101),
        hdlc: None,
        ears: EarSetup::default(),
    };
    let (mut control, switch) = new_switch(&[setup], &LIMITS);
    let detect = |number| Change::Detect { slot: slot(number), detectors: Detectors::DIGITS };
    control.apply([1, 2].map(detect).into());
    (control, switch)
}

/// Two seconds in which slot 1 receives digits between a hum, and slot 2 the hum alone.
fn received() -> [Vec<u8>; 2] {
    let mut digits = DtmfGenerator::new(Law::A, DtmfSender::default());
    digits.dial_str("47114711").expect("digits");
    let mut samples = vec![0; FRAMES];
    digits.fill(&mut samples[2000..14_000]);
    let hum = |n: usize| (200.0 * (n as f64 * 0.3).sin()) as i16;
    let voice = |with: &dyn Fn(usize) -> i16| -> Vec<u8> {
        (0..FRAMES).map(|n| g711::encode(Law::A, with(n).saturating_add(hum(n)))).collect()
    };
    [voice(&|n| samples[n]), voice(&|_| 0)]
}

/// Runs all of it by ticks, and gives what a tap on a slot has recorded of both directions, and from when on.
fn tapped(tick: usize, number: u8, blank: bool, set_up: impl Fn(&mut SwitchControl)) -> [Vec<u8>; 3] {
    let (mut control, mut switch) = one_span();
    set_up(&mut control);
    let (id, mut reader) =
        control.start_tap(slot(number), None, blank.then_some(Law::A), Frames(32_000)).expect("one is free");
    let (mut media, received) = (MediaLoop::default(), received());
    for first in (0..FRAMES).step_by(tick) {
        if first == STOPPED_AT {
            control.stop_tap(id);
        }
        media.run_tick(tick, |moment| {
            let frames = switch.receive(0, 0, tick);
            for (n, frame) in frames.iter_mut().enumerate() {
                frame.fill(Law::A.idle_octet());
                (frame[1], frame[2]) = (received[0][first + n], received[1][first + n]);
            }
            switch.process(moment);
            switch.note_sent(0, tick);
        });
        while control.poll().is_some() {}
    }
    control.counters().totals().check(&switch.pending(|_| 0)).expect("every octet is accounted for");
    let (mut rx, mut tx, mut next) = (Vec::new(), Vec::new(), None);
    while let Some(TapBlock { start, length, rx: from, tx: to, .. }) = reader.pop() {
        assert!(next.is_none_or(|next| next == start.0), "no gap");
        next = Some(start.0 + u64::from(length));
        rx.extend(&from[..usize::from(length)]);
        tx.extend(&to[..usize::from(length)]);
    }
    [rx, tx, next.unwrap_or(0).to_le_bytes().to_vec()]
}

fn digits(octets: &[u8]) -> String {
    let samples: Vec<i16> = octets.iter().map(|octet| g711::decode(Law::A, *octet)).collect();
    let (mut detector, mut found) = (Detector::new(), String::new());
    let mut note = |event| {
        if let DtmfEvent::Start { digit, .. } = event {
            found.push(digit.to_char());
        }
    };
    detector.process(&samples, &mut note);
    detector.finish(&mut note);
    found
}

#[test]
fn a_tap_has_no_digits_of_its_leg_and_all_of_the_rest_at_its_place() {
    let plain = tapped(8, 1, false, |_| ());
    assert_eq!(digits(&plain[0]), "47114711");
    for tick in [1, 8, 40, 160] {
        let [rx, tx, end] = tapped(tick, 1, true, |_| ());
        assert_eq!(digits(&rx), "", "tick {tick}");
        assert_eq!((rx.len(), tx.len(), &end), (plain[0].len(), plain[1].len(), &plain[2]), "tick {tick}");
        // Before the first digit and after the last, and between them, all is as it was.
        assert_eq!(rx[..1900], plain[0][..1900]);
        assert_eq!(rx[14_500..], plain[0][14_500..]);
        let same = rx.iter().zip(&plain[0]).filter(|(one, other)| one == other).count();
        assert!(same > 6_000, "{same}");
    }
}

#[test]
fn digits_of_whom_the_leg_hears_are_blanked_too() {
    let connected = |control: &mut SwitchControl| connect(control, Bearer::Speech);
    for set_up in [&connected as &dyn Fn(&mut SwitchControl), &share_bridge] {
        assert_eq!(digits(&tapped(8, 2, false, set_up)[1]), "47114711");
        let [rx, tx, _] = tapped(8, 2, true, set_up);
        assert_eq!(digits(&tx), "");
        // Both directions are silent while a digit is.
        assert!(rx[2100..2400].iter().all(|octet| *octet == Law::A.idle_octet()));
    }
    // Who hears nothing of them is not blanked.
    assert_eq!(tapped(8, 2, true, |_| ())[0], tapped(8, 2, false, |_| ())[0]);
}

#[test]
fn a_digit_whose_detection_ends_blanks_nothing_more() {
    let (mut control, mut switch) = one_span();
    let (id, mut reader) =
        control.start_tap(slot(1), None, Some(Law::A), Frames(32_000)).expect("one is free");
    let (mut media, received) = (MediaLoop::default(), received());
    // Detection ends in the middle of the first digit, which began at 2000.
    for first in (0..FRAMES).step_by(8) {
        match first {
            2400 => control.apply(vec![Change::Detect { slot: slot(1), detectors: Detectors::NONE }]),
            15_992 => control.stop_tap(id),
            _ => {}
        }
        media.run_tick(8, |moment| {
            for (n, frame) in switch.receive(0, 0, 8).iter_mut().enumerate() {
                frame.fill(received[0][first + n]);
            }
            switch.process(moment);
        });
        while control.poll().is_some() {}
    }
    let blocks = std::iter::from_fn(|| reader.pop());
    let rx: Vec<u8> = blocks.flat_map(|block| block.rx[..usize::from(block.length)].to_vec()).collect();
    assert_eq!(rx[3000..], received[0][3000..rx.len()]);
}

fn connect(control: &mut SwitchControl, bearer: Bearer) {
    control.apply(vec![Change::Listen { sink: slot(2), source: Source::Slot(slot(1)), bearer }]);
}

fn share_bridge(control: &mut SwitchControl) {
    share_bridge_with(control, Audience::All);
}

/// Slots 1, 2 and 3, of which the first is heard by these.
fn share_bridge_with(control: &mut SwitchControl, audience: Audience) {
    let (bridge, _) = control.new_bridge().expect("one is free");
    let mut changes = Vec::new();
    for number in [1, 2, 3] {
        let source = Source::Bridge(bridge);
        let audience = if number == 1 { audience } else { Audience::All };
        changes.push(Change::Enter { slot: slot(number), bridge, voice: Voice { audience, ..Voice::FULL } });
        changes.push(Change::Listen { sink: slot(number), source, bearer: Bearer::Speech });
    }
    control.apply(changes);
}

#[test]
fn in_a_bridge_digits_are_blanked_for_those_who_hear_them_and_nobody_elses_voice_is() {
    let audiences =
        [(Audience::One(slot(2)), "47114711"), (Audience::One(slot(3)), ""), (Audience::Nobody, "")];
    for (audience, heard) in audiences {
        let bridge = |control: &mut SwitchControl| share_bridge_with(control, audience);
        let [_, plain, _] = tapped(8, 2, false, bridge);
        let [_, blanked, _] = tapped(8, 2, true, bridge);
        assert_eq!((digits(&plain).as_str(), digits(&blanked).as_str()), (heard, ""));
        assert_eq!(blanked == plain, heard.is_empty(), "{audience:?}");
    }
}

#[test]
fn hidden_digits_are_heard_by_nobody_and_still_taped_on_their_own_leg() {
    let said = received();
    for tick in [1, 8, 160] {
        for latency in [Latency::Live12, Latency::Live40] {
            let delay = latency.frames().0 as usize;
            let hide = |control: &mut SwitchControl| control.hide_digits(slot(1), Law::A, latency);
            let [_, heard, _] = tapped(tick, 2, false, |control| {
                connect(control, Bearer::Speech);
                hide(control);
            });
            assert_eq!(digits(&heard), "", "{latency:?}");
            // Before the first digit and behind the last all comes so much later, and nothing before it.
            assert!(heard[..delay].iter().all(|octet| *octet == Law::A.idle_octet()));
            assert_eq!(heard[delay..1900], said[0][..1900 - delay]);
            assert_eq!(heard[14_500..], said[0][14_500 - delay..STOPPED_AT - delay]);
            let [_, mixed, _] = tapped(tick, 2, false, |control| {
                share_bridge(control);
                hide(control);
            });
            assert_eq!(digits(&mixed), "", "{latency:?} in a bridge");
            assert!(mixed[1500..1900].iter().any(|octet| *octet != Law::A.idle_octet()));
            // Recordings of the leg itself have what their own rule says, at its place.
            assert_eq!(tapped(tick, 1, false, hide)[0], said[0][..STOPPED_AT]);
            assert_eq!(digits(&tapped(tick, 1, true, hide)[0]), "");
        }
    }
}

#[test]
fn hiding_leaves_data_alone_and_ends_when_it_is_told_to() {
    let said = received();
    let hide = |control: &mut SwitchControl| control.hide_digits(slot(1), Law::A, Latency::Live40);
    let [_, data, _] = tapped(8, 2, false, |control| {
        connect(control, Bearer::Unrestricted);
        hide(control);
    });
    assert_eq!(data, said[0][..STOPPED_AT]);
    let [_, shown, _] = tapped(8, 2, false, |control| {
        connect(control, Bearer::Speech);
        hide(control);
        control.hide_digits(slot(1), Law::A, Latency::Live12);
        control.show_digits(slot(1));
    });
    assert_eq!(shown, said[0][..STOPPED_AT]);
    // At no delay a digit is heard until it is certain: none can be taken for a whole one.
    let [_, at_once, _] = tapped(8, 2, false, |control| {
        connect(control, Bearer::Speech);
        control.hide_digits(slot(1), Law::A, Latency::Live0);
    });
    assert_eq!(at_once[14_500..], said[0][14_500..STOPPED_AT]);
    let silent = |octets: &[u8]| octets.iter().filter(|octet| **octet == Law::A.idle_octet()).count();
    assert!(silent(&at_once) > silent(&said[0]) + 8 * 8 * 50, "{} octets", silent(&at_once));
}

/// What a tap on a slot has of what it sends and receives while slot 1 receives a key held from 2000 to 6000. At 3600,
/// when the digit has long been told, `change` happens; the tap begins then, or at the beginning.
fn tapped_while_held(
    number: u8,
    blank: bool,
    begins: usize,
    set_up: impl Fn(&mut SwitchControl),
    change: impl Fn(&mut SwitchControl),
) -> [Vec<u8>; 2] {
    let (mut control, mut switch) = one_span();
    set_up(&mut control);
    let sender = DtmfSender { on: Frames(4000), ..DtmfSender::default() };
    let mut samples = vec![0; 8000];
    let mut key = DtmfGenerator::new(Law::A, sender);
    key.dial_str("5").expect("a digit");
    key.fill(&mut samples[2000..]);
    let (mut media, mut tap) = (MediaLoop::default(), None);
    for first in (0..8000).step_by(8) {
        if first == 3600 {
            change(&mut control);
        }
        if first == begins {
            tap = Some(
                control
                    .start_tap(slot(number), None, blank.then_some(Law::A), Frames(32_000))
                    .expect("one is free"),
            );
        }
        media.run_tick(8, |moment| {
            for (n, frame) in switch.receive(0, 0, 8).iter_mut().enumerate() {
                frame.fill(Law::A.idle_octet());
                frame[1] = g711::encode(Law::A, samples[first + n]);
            }
            switch.process(moment);
        });
        while control.poll().is_some() {}
    }
    let (_, mut reader) = tap.expect("it has begun");
    let (mut rx, mut tx) = (Vec::new(), Vec::new());
    while let Some(block) = reader.pop() {
        rx.extend(&block.rx[..usize::from(block.length)]);
        tx.extend(&block.tx[..usize::from(block.length)]);
    }
    [rx, tx]
}

fn hide(latency: Latency) -> impl Fn(&mut SwitchControl) {
    move |control| control.hide_digits(slot(1), Law::A, latency)
}

#[test]
fn a_tap_that_begins_or_comes_to_hear_a_leg_while_its_key_is_held_has_nothing_of_the_digit() {
    let connected = |control: &mut SwitchControl| connect(control, Bearer::Speech);
    let nothing = |_: &mut SwitchControl| ();
    assert_eq!(digits(&tapped_while_held(1, false, 3600, nothing, nothing)[0]), "5", "the rest is a digit");
    assert_eq!(digits(&tapped_while_held(1, true, 3600, nothing, nothing)[0]), "", "begins");
    assert_eq!(
        digits(&tapped_while_held(2, true, 3600, connected, nothing)[1]),
        "",
        "begins at the other end"
    );
    assert_eq!(digits(&tapped_while_held(2, true, 0, nothing, connected)[1]), "", "is connected");
    assert_eq!(digits(&tapped_while_held(2, true, 0, nothing, share_bridge)[1]), "", "is bridged");
}

#[test]
fn a_key_that_is_held_is_hidden_from_when_hiding_begins_or_changes_on() {
    let connected = |control: &mut SwitchControl| connect(control, Bearer::Speech);
    assert_eq!(digits(&tapped_while_held(2, false, 3600, connected, |_| ())[1]), "5");
    for latency in [Latency::Live0, Latency::Live12, Latency::Live40] {
        let [_, heard] = tapped_while_held(2, false, 3600, connected, hide(latency));
        assert_eq!(digits(&heard), "", "hidden at once, {latency:?}");
        for before in [Latency::Live0, Latency::Live12, Latency::Live40] {
            let set_up = |control: &mut SwitchControl| {
                connected(control);
                hide(before)(control);
            };
            let [_, heard] = tapped_while_held(2, false, 3600, set_up, hide(latency));
            assert_eq!(digits(&heard), "", "{before:?} to {latency:?}");
        }
    }
}
