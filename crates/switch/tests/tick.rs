//! The media tick from outside: when line signals are sent, and that every octet is accounted for.
use tandem_dsp::g711;
use tandem_rt::MediaLoop;
use tandem_switch::link::{
    BLOCK_FRAMES, Change, LineScript, LineStep, PlayerId, PromptBlock, SlotId, Source,
};
use tandem_switch::{EarSetup, SpanSetup, SwitchControl, SwitchLimits, SwitchProc, new_switch};
use tandem_types::{Abcd, Bearer, Law, SpanIndex, Timeslot};

const LIMITS: SwitchLimits = SwitchLimits { spans: 2, players: 4, taps: 4, bridges: 2, bridge_parties: 4 };

fn one_span() -> (SwitchControl, SwitchProc) {
    new_switch(
        &[SpanSetup {
            law: Law::A,
            traffic: 0xfffe_fffe,
            idle_bits: Abcd::new(0b1101),
            hdlc: None,
            ears: EarSetup::default(),
        }],
        &LIMITS,
    )
}

fn slot(number: u8) -> SlotId {
    SlotId { span: SpanIndex(0), slot: Timeslot::new(number).expect("a timeslot") }
}

/// Works a tick for which a card delivers and takes so many frames.
fn work(media: &mut MediaLoop, switch: &mut SwitchProc, tick: usize, delivered: usize, taken: usize) {
    media.run_tick(tick, |moment| {
        switch.receive(0, 0, delivered).fill([0x55; 32]);
        switch.process(moment);
        switch.note_sent(0, taken);
    });
}

/// The frames, counted from the first of all, at which slot 5 changes its bits.
fn changes_of_slot_5(tick: usize, ticks: u64, steps: &[(u8, u32)]) -> Vec<(u64, u8)> {
    let (mut control, mut switch) = one_span();
    let mut media = MediaLoop::default();
    let steps: Vec<_> =
        steps.iter().map(|(bits, frames)| LineStep { bits: Abcd::new(*bits), frames: *frames }).collect();
    control.signal(slot(5), LineScript::new(&steps).expect("at most eight"));
    let _ = switch.take_made(0, 0).1.count();
    let mut seen = Vec::new();
    for number in 0..ticks {
        work(&mut media, &mut switch, tick, tick, tick);
        let changes = switch.take_made(0, tick).1.filter(|change| change.slot.number() == 5);
        seen.extend(changes.map(|change| (number * tick as u64 + change.frame as u64, change.bits.bits())));
    }
    seen
}

#[test]
fn pulses_are_as_long_as_asked_for_whatever_the_tick() {
    let pulses = [(0b0101, 264), (0b1101, 528), (0b0101, 264), (0b1101, 0)];
    for tick in [1, 8, 40, 160] {
        let seen = changes_of_slot_5(tick, 2000 / tick as u64, &pulses);
        assert_eq!(seen, [(0, 0b0101), (264, 0b1101), (792, 0b0101), (1056, 0b1101)], "tick {tick}");
    }
}

#[test]
fn a_slot_of_the_other_law_is_converted_on_its_way_in_and_out() {
    let (mut control, mut switch) = one_span();
    let mut media = MediaLoop::default();
    let listen = |sink: u8, source: u8| Change::Listen {
        sink: slot(sink),
        source: Source::Slot(slot(source)),
        bearer: Bearer::Speech,
    };
    // 1 carries mu-law, 2 A-law, and each hears the other.
    control.apply(vec![Change::Code { slot: slot(1), law: Law::Mu }, listen(1, 2), listen(2, 1)]);
    let mut pass = |octet: u8| {
        let mut made = [0; 3];
        media.run_tick(8, |moment| {
            switch.receive(0, 0, 8).fill([octet; 32]);
            switch.process(moment);
            made.copy_from_slice(&switch.take_made(0, 8).0[7][1..4]);
            switch.note_sent(0, 8);
        });
        made
    };
    for octet in 0..=255 {
        let [to_1, to_2, idle] = pass(octet);
        assert_eq!(to_1, g711::transcode(Law::A, Law::Mu, octet));
        assert_eq!(to_2, g711::transcode(Law::Mu, Law::A, octet));
        assert_eq!(idle, Law::A.idle_octet());
    }
    control.apply(vec![Change::Code { slot: slot(1), law: Law::A }]);
    assert_eq!(pass(0x12), [0x12, 0x12, Law::A.idle_octet()]);
}

#[test]
fn a_prompt_is_heard_from_its_first_sample_however_much_is_asked_for_in_that_tick() {
    // Media takes at most 256 messages in a tick.
    for before in 250..258 {
        let (mut control, mut switch) = one_span();
        let mut media = MediaLoop::default();
        (0..before).for_each(|_| control.stop_player(PlayerId(3)));
        let (player, mut ring) = control.new_player(2, None).expect("one is free");
        let mut block = PromptBlock { samples: [0; BLOCK_FRAMES], length: 100 };
        block.samples[..100].fill(1000);
        ring.push(block).expect("room");
        let source = Source::Player(player.id());
        control.start_player(player, vec![Change::Listen { sink: slot(7), source, bearer: Bearer::Speech }]);
        let mut heard = 0;
        for _ in 0..20 {
            work(&mut media, &mut switch, 8, 8, 8);
            let sound = g711::encode(Law::A, 1000);
            heard += switch.take_made(0, 8).0.iter().filter(|frame| frame[7] == sound).count();
        }
        assert_eq!(heard, 100, "after {before} messages");
    }
}

#[test]
fn each_slot_begins_with_its_idle_bits() {
    let (_control, mut switch) = one_span();
    let first: Vec<_> = switch.take_made(0, 0).1.map(|change| (change.frame, change.bits.bits())).collect();
    assert_eq!(first, [(0, 0b1101); 30]);
}

#[test]
fn octets_that_a_card_owes_or_did_not_take_are_missed() {
    let (control, mut switch) = one_span();
    let mut media = MediaLoop::default();
    let check = |switch: &SwitchProc| control.counters().totals().check(&switch.pending(|_| 0));
    for _ in 0..5 {
        work(&mut media, &mut switch, 8, 8, 8);
    }
    check(&switch).expect("every octet is accounted for");
    work(&mut media, &mut switch, 8, 7, 8);
    assert_eq!(
        check(&switch).expect_err("30 are owed"),
        "1410 octets received, but the reasons add up to 1440"
    );
    switch.receive(0, 0, 1);
    check(&switch).expect_err("delivered too late, they are still to be worked");

    let (control, mut switch) = one_span();
    work(&mut media, &mut switch, 8, 8, 6);
    let totals = control.counters().totals();
    assert_eq!(
        totals.check(&switch.pending(|_| 0)).expect_err("60 were not taken"),
        "180 octets sent, but the reasons add up to 240"
    );
    totals.check(&switch.pending(|_| 2)).expect("two frames wait for the card");
}

#[test]
fn what_media_has_no_room_for_waits_and_arrives_in_order() {
    let (mut control, mut switch) = one_span();
    let mut media = MediaLoop::default();
    let hold = |bits| LineScript::new(&[LineStep { bits: Abcd::new(bits), frames: 0 }]).expect("one step");
    // More messages, and more boxes, than the rings hold.
    for number in 0..20_000_u32 {
        control.signal(slot(5), hold((number % 15 + 1) as u8));
        control.apply(Vec::new());
    }
    assert!(control.is_waiting());
    let mut ticks = 0;
    while control.is_waiting() {
        work(&mut media, &mut switch, 8, 8, 8);
        let _ = switch.take_made(0, 8).1.count();
        while control.poll().is_some() {}
        ticks += 1;
        assert!(ticks < 1000, "media takes 256 messages a tick");
    }
    for _ in 0..40 {
        work(&mut media, &mut switch, 8, 8, 8);
        let _ = switch.take_made(0, 8).1.count();
    }
    control.signal(slot(6), hold(9));
    work(&mut media, &mut switch, 8, 8, 8);
    let last: Vec<_> =
        switch.take_made(0, 8).1.map(|change| (change.slot.number(), change.bits.bits())).collect();
    assert_eq!(last, [(6, 9)], "slot 5 has come to rest, and nothing is left");
}
