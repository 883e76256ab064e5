//! What media keeps for channels: everything on every channel at once, replaced and taken back, and control still gets through.
use tandem_dsp::analysis::AnalysisOptions;
use tandem_dsp::blanking::Latency;
use tandem_dsp::echo::EchoOptions;
use tandem_dsp::leveller::LevelOptions;
use tandem_rt::MediaLoop;
use tandem_switch::link::{EchoSetup, EchoTail, FromMedia, Shape, SlotId};
use tandem_switch::{EarSetup, SpanSetup, SwitchLimits, new_switch};
use tandem_types::{Abcd, Frames, Law, SpanIndex, Timeslot};

const SPANS: usize = 90;
const LIMITS: SwitchLimits = SwitchLimits { spans: 2, players: 4, taps: 4, bridges: 2, bridge_parties: 4 };

#[test]
fn every_slot_of_ninety_spans_may_have_all_that_a_slot_can_have() {
    let span = SpanSetup {
        law: Law::A,
        traffic: 0xfffe_fffe,
        idle_bits: Abcd::new(0b1101),
        hdlc: None,
        ears: EarSetup::default(),
    };
    let (mut control, mut switch) = new_switch(&vec![span; SPANS], &LIMITS);
    let mut media = MediaLoop::default();
    let slots: Vec<SlotId> = (0..SPANS as u16)
        .flat_map(|span| (1..32).filter_map(Timeslot::new).map(move |slot| (span, slot)))
        .map(|(span, slot)| SlotId { span: SpanIndex(span), slot })
        .collect();
    let gain = Some(LevelOptions { gain_db: -3.0, target_dbm0: None, gate_dbm0: None });
    let echo = EchoSetup { tail: EchoTail::Ms16, options: EchoOptions::default() };
    // Twice: what was there before comes back.
    for _ in 0..2 {
        for slot in &slots {
            control.shape(*slot, Law::A, Shape { received: gain, sent: gain, reminder: None });
            control.hide_digits(*slot, Law::A, Latency::Live0);
            control.cancel_echo(*slot, Law::A, echo);
            control.conceal(*slot, Law::A);
            control.analyse(*slot, AnalysisOptions::default());
        }
        for _ in 0..60 {
            media.run_tick(8, |moment| {
                for span in 0..SPANS {
                    switch.receive(span, 0, 8).fill([0xd5; 32]);
                }
                switch.process(moment);
            });
            while control.poll().is_some() {}
        }
        assert!(!control.is_waiting(), "all have been taken");
    }
    // And a player is still started, heard and told of.
    let (player, ring) = control.new_player(1, None).expect("one is free");
    drop(ring);
    let id = control.start_player(player, Vec::new());
    let ended = (0..3).any(|_| {
        media.run_tick(8, |moment| {
            switch.process(moment);
        });
        std::iter::from_fn(|| control.poll())
            .any(|told| matches!(told, FromMedia::PlayerEnded { player, .. } if player == id))
    });
    assert!(ended);
    let (tap, _) = control.start_tap(slots[0], None, None, Frames(800)).expect("one is free");
    control.stop_tap(tap);
    for slot in &slots {
        control.leave_unshaped(*slot);
        control.show_digits(*slot);
        control.pass_echo(*slot);
        control.pass_gaps(*slot);
        control.end_analysis(*slot);
    }
    for _ in 0..60 {
        media.run_tick(8, |moment| {
            switch.process(moment);
        });
        while control.poll().is_some() {}
    }
    assert!(!control.is_waiting());
}
