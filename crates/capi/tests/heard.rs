//! What is heard of calls: digits forgotten and hidden, an echo that is cancelled, a far end that is told for what it is.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::isdn::{End, Isdn};
use common::{c, ok, sized, text_of, wait, wait_for};
use std::ptr::null;
use tandem_bindings::*;

fn play(isdn: &Isdn, end: End, path: &str) -> u64 {
    let mut play = 0;
    ok(unsafe { tandem_play(isdn.engine, end.channel, c(path).as_ptr(), null(), &mut play) });
    play
}

/// All digits of a channel until nothing is told for two seconds.
fn digits(isdn: &Isdn, end: End) -> String {
    let mut digits = String::new();
    while let Ok(event) = wait(isdn.engine, 2_000) {
        if (event.type_, event.object) == (TANDEM_EVENT_DIGIT, end.channel) {
            digits += &text_of(&event);
        }
    }
    digits
}

/// The digits that wait, as many as there is room for, and how many there are.
fn peeked(isdn: &Isdn, end: End, room: usize) -> (String, usize) {
    let (mut digits, mut length) = ([0_u8; 8], 0);
    let place = digits.as_mut_ptr().cast();
    ok(unsafe { tandem_digits_peek(isdn.engine, end.channel, place, room, &mut length) });
    let written = digits.iter().take_while(|digit| **digit != 0).map(|digit| char::from(*digit));
    (written.collect(), length)
}

#[test]
fn a_host_that_lost_its_tables_finds_out_what_each_channel_hears_and_who_is_in_a_bridge() {
    let isdn = Isdn::up();
    let ends = [1, 2, 3].map(|slot| isdn.connect(slot).0.channel);
    let hears = |channel| {
        let mut state = sized::<tandem_channel_state>();
        ok(unsafe { tandem_channel_get_state(isdn.engine, channel, &mut state) });
        (state.hears_as, state.hears)
    };
    assert_eq!(hears(ends[0]), (TANDEM_HEARS_NOTHING, 0));
    ok(unsafe { tandem_connect(isdn.engine, ends[0], ends[1], TANDEM_BEARER_SPEECH) });
    assert_eq!(hears(ends[0]), (TANDEM_HEARS_CHANNEL, ends[1]));
    let mut bridge = 0;
    ok(unsafe { tandem_bridge_new(isdn.engine, &mut bridge) });
    let listed = |room: u32| {
        let (mut channels, mut count) = ([0; 4], 0);
        ok(unsafe { tandem_bridge_list(isdn.engine, bridge, channels.as_mut_ptr(), room, &mut count) });
        (channels.into_iter().take_while(|channel| *channel != 0).collect::<Vec<u64>>(), count)
    };
    assert_eq!(listed(4), (vec![], 0));
    for channel in [ends[2], ends[0]] {
        ok(unsafe { tandem_bridge_join(isdn.engine, bridge, channel) });
    }
    assert_eq!((listed(4), listed(1)), ((vec![ends[0], ends[2]], 2), (vec![ends[0]], 2)));
    assert_eq!(hears(ends[0]), (TANDEM_HEARS_BRIDGE, bridge));
    let mut play = 0;
    let path = c("tone:busy");
    ok(unsafe { tandem_play(isdn.engine, ends[0], path.as_ptr(), null(), &mut play) });
    assert_eq!(hears(ends[0]), (TANDEM_HEARS_PLAY, play));
    ok(unsafe { tandem_operation_stop(isdn.engine, play) });
    wait_for(isdn.engine, TANDEM_EVENT_PLAY_DONE);
    assert_eq!(hears(ends[0]), (TANDEM_HEARS_BRIDGE, bridge));
    ok(unsafe { tandem_bridge_leave(isdn.engine, ends[0]) });
    // What it was connected to before it joined is heard again.
    assert_eq!((hears(ends[0]), listed(4)), ((TANDEM_HEARS_CHANNEL, ends[1]), (vec![ends[2]], 1)));
}

#[test]
fn digits_that_are_cleared_are_not_collected() {
    let isdn = Isdn::up();
    let (near, far) = isdn.connect(1);
    for (clears, collected) in [(false, "1234"), (true, "34")] {
        play(&isdn, far, "dtmf:12");
        assert_eq!(digits(&isdn, near), "12");
        assert_eq!((peeked(&isdn, near, 8), peeked(&isdn, near, 1)), (("12".into(), 2), ("1".into(), 2)));
        let mut state = sized::<tandem_channel_state>();
        ok(unsafe { tandem_channel_get_state(isdn.engine, near.channel, &mut state) });
        assert_eq!(state.digits, 2);
        if clears {
            ok(unsafe { tandem_digits_clear(isdn.engine, near.channel) });
        }
        let terms = tandem_terms { first_digit_ms: 3_000, inter_digit_ms: 2_000, ..sized() };
        let mut collect = 0;
        ok(unsafe { tandem_collect(isdn.engine, near.channel, &terms, &mut collect) });
        play(&isdn, far, "dtmf:34");
        assert_eq!(text_of(&wait_for(isdn.engine, TANDEM_EVENT_COLLECT_DONE)), collected);
        assert_eq!(peeked(&isdn, near, 8), (String::new(), 0));
    }
}

#[test]
fn digits_that_are_hidden_are_told_to_the_host_and_not_heard_by_who_is_connected() {
    let isdn = Isdn::up();
    let (near, far) = isdn.connect(1);
    let (other, listener) = isdn.connect(2);
    ok(unsafe { tandem_connect(isdn.engine, other.channel, near.channel, TANDEM_BEARER_SPEECH) });
    for (how, heard) in [
        (TANDEM_DIGITS_HEARD, "4711"),
        (TANDEM_DIGITS_HIDDEN_40_MS, ""),
        (TANDEM_DIGITS_HIDDEN_12_MS, ""),
        (TANDEM_DIGITS_HEARD, "4711"),
    ] {
        ok(unsafe { tandem_channel_hide_digits(isdn.engine, near.channel, how) });
        let begin = play(&isdn, far, "dtmf:80/80 4711");
        let (mut told, mut passed_on) = (String::new(), String::new());
        while let Ok(event) = wait(isdn.engine, 2_000) {
            match (event.type_, event.object) {
                (TANDEM_EVENT_DIGIT, object) if object == near.channel => told += &text_of(&event),
                (TANDEM_EVENT_DIGIT, object) if object == listener.channel => passed_on += &text_of(&event),
                (TANDEM_EVENT_PLAY_DONE, _) => assert_eq!(event.operation, begin),
                _ => {}
            }
        }
        assert_eq!((told.as_str(), passed_on.as_str()), ("4711", heard), "{how}");
    }
}

/// Begins to read what a channel receives.
fn listen(isdn: &Isdn, end: End) -> u64 {
    let options = tandem_stream_options { buffer_ms: 60_000, ..sized() };
    let mut stream = 0;
    ok(unsafe { tandem_stream(isdn.engine, end.channel, &options, null(), &mut stream) });
    stream
}

/// What has been received since.
fn read(isdn: &Isdn, stream: u64) -> Vec<i16> {
    let (mut heard, mut length, mut frame) = (vec![0_i16; 480_000], 0, 0);
    let (place, room) = (heard.as_mut_ptr(), heard.len());
    ok(unsafe { tandem_stream_read(isdn.engine, stream, place, room, &mut length, &mut frame) });
    heard.truncate(length);
    heard
}

/// The level of what a stream has brought, in dB below full scale.
fn level(samples: &[i16]) -> f64 {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    10.0 * (power / samples.len() as f64 / 32_768_f64.powi(2) + 1e-12).log10()
}

#[test]
fn an_echo_is_cancelled_when_a_host_asks_for_it_and_comes_back_when_it_asks_for_none() {
    let isdn = Isdn::up();
    let (near, far) = isdn.connect(1);
    // The far end gives back what it hears, 12 dB softer.
    let mut softer: tandem_shape = sized();
    softer.sent.gain = -120;
    ok(unsafe { tandem_connect(isdn.engine, far.channel, far.channel, TANDEM_BEARER_SPEECH) });
    ok(unsafe { tandem_channel_shape(isdn.engine, far.channel, &softer) });
    let mut seed = 1_u32;
    let noise: Vec<i16> = (0..10 * 8_000)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as i16 / 8
        })
        .collect();
    let mut play = 0;
    let (samples, count) = (noise.as_ptr(), noise.len());
    ok(unsafe { tandem_play_samples(isdn.engine, near.channel, samples, count, null(), &mut play) });
    let stream = listen(&isdn, near);
    // What comes back in the second of two seconds.
    let come_back = || {
        isdn.pass(2_000);
        let heard = read(&isdn, stream);
        level(&heard[heard.len() - 8_000..])
    };
    let echo = come_back();
    ok(unsafe { tandem_channel_cancel_echo(isdn.engine, near.channel, null()) });
    let left = come_back();
    assert!(left < echo - 20.0, "{echo:.1} dB before, {left:.1} dB after");
    let none = tandem_echo_terms { tail_ms: 0, ..sized() };
    ok(unsafe { tandem_channel_cancel_echo(isdn.engine, near.channel, &none) });
    let again = come_back();
    assert!((again - echo).abs() < 1.0, "{echo:.1} dB before, {again:.1} dB again");
}

#[test]
fn what_is_received_is_heard_later_by_what_concealment_takes_while_a_host_wants_it() {
    let isdn = Isdn::up();
    let (near, far) = isdn.connect(1);
    let mut click = [0; 800];
    click[400] = 20_000;
    // How long after its beginning a play of the far end is loudest here, in samples.
    let comes_after = || {
        let stream = listen(&isdn, near);
        let mut play = 0;
        ok(unsafe { tandem_play_samples(isdn.engine, far.channel, click.as_ptr(), 800, null(), &mut play) });
        isdn.pass(300);
        let heard = read(&isdn, stream);
        ok(unsafe { tandem_operation_stop(isdn.engine, stream) });
        isdn.pass(300);
        (0..heard.len()).max_by_key(|at| heard[*at]).expect("samples") as i64
    };
    let before = comes_after();
    ok(unsafe { tandem_channel_conceal(isdn.engine, near.channel, 1) });
    isdn.pass(100);
    assert_eq!(comes_after() - before, 30);
    ok(unsafe { tandem_channel_conceal(isdn.engine, near.channel, 0) });
    isdn.pass(100);
    assert_eq!(comes_after(), before);
}

#[test]
fn a_call_that_meets_a_busy_tone_is_told_for_what_it_is_and_one_that_nobody_answers_too() {
    let isdn = Isdn::up();
    for (timeslot, heard, class) in
        [(1, Some("tone:busy 5s"), TANDEM_CLASS_BUSY), (2, None, TANDEM_CLASS_NO_ANSWER)]
    {
        let (near, far) = isdn.place(timeslot);
        let options = tandem_analysis_options { no_answer_ms: 20_000, ..sized() };
        ok(unsafe { tandem_call_analyse(isdn.engine, near.call, &options) });
        ok(unsafe { tandem_call_progress(isdn.engine, far.call) });
        if let Some(path) = heard {
            play(&isdn, far, path);
        }
        let verdict = isdn.told(near, TANDEM_EVENT_CALL_ANALYSED);
        assert_eq!(verdict.value as u32, class, "{}", text_of(&verdict));
    }
}

#[test]
fn a_test_tone_is_heard_at_the_far_end_until_it_is_taken_away() {
    let isdn = Isdn::up();
    let (near, far) = isdn.connect(1);
    let stream = listen(&isdn, far);
    for (tone, hz) in [(TANDEM_TONE_MILLIWATT, 1000), (TANDEM_TONE_1004, 1004), (TANDEM_TONE_NONE, 0)] {
        ok(unsafe { tandem_test_tone(isdn.engine, near.channel, tone) });
        isdn.pass(1_500);
        let heard = read(&isdn, stream);
        let second = &heard[heard.len() - 8_000..];
        let rises = second.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
        if tone == TANDEM_TONE_NONE {
            assert!(second.iter().all(|sample| sample.abs() <= 8), "silence");
            continue;
        }
        assert!(rises.abs_diff(hz) <= 1, "{rises} Hz");
        // In A-law a sine wave of full scale has 3.14 dBm0; it is 3.01 dB below a square wave.
        assert!((level(second) + 6.15).abs() < 0.2, "{:.2}", level(second));
    }
}

#[test]
fn of_talkers_in_a_bridge_as_many_are_heard_as_it_is_told_the_loudest_first() {
    let isdn = Isdn::up();
    let parties = [1, 2, 3].map(|timeslot| isdn.connect(timeslot));
    let mut bridge = 0;
    ok(unsafe { tandem_bridge_new(isdn.engine, &mut bridge) });
    for ((near, far), tone) in
        parties.iter().zip(["tone:500@-10 60s", "tone:600@-25 60s", "tone:700@-20 60s"])
    {
        ok(unsafe { tandem_bridge_join(isdn.engine, bridge, near.channel) });
        play(&isdn, *far, tone);
    }
    for (most, heard) in [(0, [1, 1, 1]), (1, [1, 0, 0]), (2, [1, 0, 1]), (0, [1, 1, 1])] {
        ok(unsafe { tandem_bridge_limit_talkers(isdn.engine, bridge, most) });
        isdn.pass(2_000);
        let told = parties.map(|(near, _)| {
            let mut party: tandem_bridge_party = sized();
            ok(unsafe { tandem_bridge_get_party(isdn.engine, near.channel, &mut party) });
            party.heard
        });
        assert_eq!(told, heard, "{most} at most");
    }
}
