//! Signalling by the host itself: bits, and registers by tones.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{c, ok, text_of, wait_for};
use std::ptr::null;
use tandem_bindings::*;

/// Two cards back to back, whose bits are the host's; circuits rest with 1001, as of R2.
const BACK_TO_BACK: &str = "[engine]\nmode = \"lockstep\"\n\
    [[card]]\nmodel = \"loop\"\noptions = { pair = \"b\" }\n[[card]]\nmodel = \"loop\"\noptions = { pair = \"b\" }\n\
    [[span]]\nport = 0\nsignalling = \"cas\"\ncas = { idle = 9 }\ndetectors = [\"tones\", \"r2-backward\"]\n\
    [[span]]\ncard = 1\nport = 0\nsignalling = \"cas\"\ncas = { idle = 9 }\ndetectors = [\"tones\", \"r2-forward\"]\n";

fn bits(engine: u64, channel: u64) -> (u32, u32) {
    let (mut received, mut sent) = (0, 0);
    ok(unsafe { tandem_channel_get_bits(engine, channel, &mut received, &mut sent) });
    (received, sent)
}

fn send(engine: u64, channel: u64, bits: u32, ms: u64) {
    ok(unsafe { tandem_channel_send_bits(engine, channel, bits, ms) });
}

/// The bits that a channel receives from now on, and when.
fn next_bits(engine: u64, channel: u64) -> (i32, u64) {
    loop {
        let event = wait_for(engine, TANDEM_EVENT_BITS);
        if event.object == channel {
            return (event.value, event.frame / 8);
        }
    }
}

fn play(engine: u64, channel: u64, path: &str) {
    let (mut operation, path) = (0, c(path));
    ok(unsafe { tandem_play(engine, channel, path.as_ptr(), null(), &mut operation) });
}

#[test]
fn a_host_signals_by_r2_itself() {
    let engine = common::open(BACK_TO_BACK);
    let (caller, called) = (common::channel(engine, 0, 5), common::channel(engine, 1, 5));
    ok(unsafe { tandem_engine_advance(engine, 8 * 500) });
    assert_eq!(
        (bits(engine, caller), bits(engine, called)),
        ((9, TANDEM_BITS_NOT_KNOWN), (9, TANDEM_BITS_NOT_KNOWN))
    );
    while next_bits(engine, called).0 != 9 {}
    // Seized, and acknowledged.
    send(engine, caller, 0b0001, 0);
    assert_eq!(next_bits(engine, called).0, 0b0001);
    send(engine, called, 0b1101, 0);
    while next_bits(engine, caller).0 != 0b1101 {}
    assert_eq!((bits(engine, caller), bits(engine, called)), ((0b1101, 0b0001), (0b0001, 0b1101)));
    // A register signal each way.
    ok(unsafe { tandem_channel_listen(engine, called, TANDEM_DETECT_R2_FORWARD) });
    ok(unsafe { tandem_channel_listen(engine, caller, TANDEM_DETECT_R2_BACKWARD) });
    play(engine, caller, "mf:r2-forward 7");
    let forward = wait_for(engine, TANDEM_EVENT_SOUND_BEGAN);
    assert_eq!(
        (forward.object, forward.value, text_of(&forward).as_str()),
        (called, TANDEM_SOUND_R2_FORWARD as i32, "7")
    );
    play(engine, called, "mf:r2-backward 1");
    let backward = wait_for(engine, TANDEM_EVENT_SOUND_BEGAN);
    assert_eq!((backward.object, backward.value), (caller, TANDEM_SOUND_R2_BACKWARD as i32));
    // A flash of 100 ms is two commands, and each is held as long as it says.
    send(engine, called, 0b0101, 100);
    send(engine, called, 0b1101, 100);
    send(engine, called, 0b1001, 0);
    let told: Vec<(i32, u64)> = (0..3).map(|_| next_bits(engine, caller)).collect();
    assert_eq!(told.iter().map(|(bits, _)| *bits).collect::<Vec<_>>(), [0b0101, 0b1101, 0b1001]);
    for pair in told.windows(2) {
        let ms = pair[1].1 - pair[0].1;
        assert!((98..=104).contains(&ms), "{told:?}");
    }
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn more_than_a_dozen_signals_do_not_wait_and_none_is_lost() {
    let engine = common::open(BACK_TO_BACK);
    let (caller, called) = (common::channel(engine, 0, 5), common::channel(engine, 1, 5));
    ok(unsafe { tandem_engine_advance(engine, 8 * 500) });
    let accepted = (0..40).take_while(|turn| {
        let bits = [1, 9][turn % 2];
        let result = unsafe { tandem_channel_send_bits(engine, caller, bits, 40) };
        assert!(result == TANDEM_OK || result == TANDEM_E_BUSY, "{result}");
        result == TANDEM_OK
    });
    assert_eq!(accepted.count(), 12);
    while next_bits(engine, called).0 != 1 {}
    let rest: Vec<i32> = (0..11).map(|_| next_bits(engine, called).0).collect();
    assert_eq!(rest, [9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9]);
    // Those that have been sent make room.
    send(engine, caller, 1, 0);
    assert_eq!(next_bits(engine, called).0, 1);
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn bits_of_other_signalling_are_not_the_hosts_to_send() {
    let engine = common::open(common::BARE);
    let channel = common::channel(engine, 0, 1);
    assert_eq!(unsafe { tandem_channel_send_bits(engine, channel, 9, 0) }, TANDEM_E_UNSUPPORTED);
    assert_eq!(unsafe { tandem_channel_send_bits(engine, channel, 16, 0) }, TANDEM_E_ARGUMENT);
    ok(unsafe { tandem_engine_close(engine) });
}
