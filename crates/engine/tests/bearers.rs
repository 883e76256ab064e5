//! What happens to octets on their way from one channel to another, by law and bearer.
mod common;

use common::{Line, Script};
use std::sync::{Arc, Mutex};
use tandem_card::Frame;
use tandem_dsp::g711;
use tandem_types::{Bearer, Frames, Law};

/// Sends all 256 octets in turn on slot 1 of span 0, and keeps what slot 1 of span 1 hears.
#[derive(Default)]
struct Ramp {
    heard: Vec<u8>,
}

impl Script for Ramp {
    fn frame(&mut self, now: u64, span: usize, heard: &Frame, send: &mut Frame, _: &mut Line) {
        *send = [0x33; 32];
        if span == 0 {
            send[1] = now as u8;
        } else {
            self.heard.push(heard[1]);
        }
    }
}

/// 256 octets in a row as the far end of span 1 hears them, beginning with the one for octet 0.
fn heard(laws: [&str; 2], bearer: Bearer) -> Vec<u8> {
    let script = Arc::new(Mutex::new(Ramp::default()));
    let span =
        |port: usize| format!("[[span]]\nport = {port}\nsignalling = \"none\"\nlaw = \"{}\"\n", laws[port]);
    let config = format!("[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"loop\"\n{}{}", span(0), span(1));
    let engine = common::open(&config, 2, 8, &script).expect("a good configuration");
    let channel = |span| engine.channels(span).expect("open")[0].0;
    engine.connect(channel(1), Some(channel(0)), bearer).expect("two channels");
    engine.advance(Frames(8000));
    let all = std::mem::take(&mut script.lock().expect("no panic").heard);
    // Two ticks through the switch and a granule at each end: the ramp begins anew every 256 frames.
    let shift = 256 * 20 + 2 * 8 + 2 * 8;
    all[shift..shift + 256].to_vec()
}

fn ramp() -> Vec<u8> {
    (0..=255).collect()
}

#[test]
fn between_equal_laws_speech_passes_octet_for_octet() {
    assert_eq!(heard(["a", "a"], Bearer::Speech), ramp());
    assert_eq!(heard(["mu", "mu"], Bearer::Speech), ramp());
}

#[test]
fn between_laws_speech_is_converted_by_the_tables_of_g711() {
    let converted =
        |from, to| ramp().into_iter().map(|octet| g711::transcode(from, to, octet)).collect::<Vec<_>>();
    assert_eq!(heard(["a", "mu"], Bearer::Speech), converted(Law::A, Law::Mu));
    assert_eq!(heard(["mu", "a"], Bearer::Audio31), converted(Law::Mu, Law::A));
}

#[test]
fn data_passes_untouched_across_laws() {
    assert_eq!(heard(["a", "mu"], Bearer::Unrestricted), ramp());
    assert_eq!(heard(["mu", "a"], Bearer::Restricted), ramp());
}
