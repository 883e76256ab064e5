//! Comfort noise through the interface: what a gateway sends of a channel whose noise it describes, and what it has heard of such.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{channel, ok, sized, wait_for};
use std::f64::consts::TAU;
use std::ptr::null;
use tandem_bindings::*;

/// Two cards back to back, without signalling.
const TWO_CARDS: &str = "[engine]\nmode = \"lockstep\"\n\
    [[card]]\nmodel = \"loop\"\noptions = { pair = \"a\" }\n[[card]]\nmodel = \"loop\"\noptions = { pair = \"a\" }\n\
    [[span]]\nport = 0\nsignalling = \"none\"\n[[span]]\ncard = 1\nport = 0\nsignalling = \"none\"\n";

struct Line {
    engine: u64,
    near: u64,
    far: u64,
}

impl Line {
    fn new() -> Self {
        let engine = common::open(TWO_CARDS);
        Self { engine, near: channel(engine, 0, 1), far: channel(engine, 1, 1) }
    }

    fn pass(&self, ms: u64) {
        ok(unsafe { tandem_engine_advance(self.engine, ms * 8) });
    }

    fn say(&self, samples: &[i16]) {
        let mut play = 0;
        let (place, count) = (samples.as_ptr(), samples.len());
        ok(unsafe { tandem_play_samples(self.engine, self.near, place, count, null(), &mut play) });
    }

    /// Begins to listen at the far end.
    fn listen(&self, suppress: u32) -> u64 {
        let options = tandem_stream_options { buffer_ms: 60_000, suppress, ..sized() };
        let mut stream = 0;
        ok(unsafe { tandem_stream(self.engine, self.far, &options, null(), &mut stream) });
        stream
    }

    /// The next portion, and what it wrote of its samples.
    fn portion(&self, stream: u64, room: usize) -> (tandem_stream_portion, Vec<i16>) {
        let mut samples = vec![0x5555; room + 1];
        let mut portion: tandem_stream_portion = sized();
        ok(unsafe {
            tandem_stream_read_portion(self.engine, stream, samples.as_mut_ptr(), room, &mut portion)
        });
        let written = samples.iter().rposition(|sample| *sample != 0x5555).map_or(0, |last| last + 1);
        samples.truncate(written);
        (portion, samples)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        ok(unsafe { tandem_engine_close(self.engine) });
    }
}

/// A noise of -52 dBov, and for 600 ms in the second second a voice.
fn speech() -> Vec<i16> {
    let mut seed = 1_u32;
    let mut sample = |n: usize| {
        let mut even = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(seed >> 16) / 32_768.0 - 1.0
        };
        let noise = 82.0 * 0.75_f64.sqrt() * (even() + even() + even() + even());
        let syllable = 0.55 - 0.45 * (n as f64 * TAU / 1440.0).cos();
        let angle = n as f64 * 150.0 * TAU / 8000.0;
        let voice = if (8_000..12_800).contains(&n) {
            4000.0 * syllable * (angle.sin() + (2.0 * angle).sin())
        } else {
            0.0
        };
        (noise + voice) as i16
    };
    (0..24_000).map(&mut sample).collect()
}

/// The level of noise, in dB below overload.
fn below_overload(samples: &[i16]) -> f64 {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    -10.0 * (power / samples.len() as f64 / 32_768_f64.powi(2)).log10()
}

#[test]
fn of_a_stream_that_suppresses_silence_voices_are_read_and_descriptions_of_noise() {
    let line = Line::new();
    line.say(&speech());
    line.pass(50);
    let (whole, stream) = (line.listen(0), line.listen(1));
    line.pass(2_900);
    let (mut samples, mut frame, mut count) = (vec![0_i16; 30_000], 0, 0);
    ok(unsafe {
        tandem_stream_read(line.engine, whole, samples.as_mut_ptr(), 30_000, &mut count, &mut frame)
    });
    samples.truncate(count);
    let (mut next, mut voiced, mut told) = (frame, Vec::new(), Vec::new());
    loop {
        let (portion, voice) = line.portion(stream, 400);
        let at = (next - frame) as usize;
        match portion.kind {
            TANDEM_PORTION_NONE => {
                assert_eq!((portion.count, portion.frame, portion.noise_length), (0, 0, 0));
                break;
            }
            TANDEM_PORTION_VOICE => {
                assert!((80..=400).contains(&portion.count), "{}", portion.count);
                assert!(voice == samples[at..at + portion.count as usize], "as it was heard");
                voiced.push(at);
            }
            TANDEM_PORTION_NOISE => {
                assert_eq!((portion.count, portion.noise_length), (80, 11));
                assert_eq!(portion.noise[11..], [0; 5]);
                told.push(f64::from(portion.noise[0]));
            }
            kind => assert_eq!(kind, TANDEM_PORTION_SILENT),
        }
        assert_eq!((portion.frame, portion.count % 80), (next, 0));
        assert!(portion.kind == TANDEM_PORTION_VOICE || voice.is_empty(), "nothing is written of a pause");
        next += u64::from(portion.count);
    }
    assert!((frame + count as u64 - next) <= 400, "40 ms wait to be decided upon");
    // The voice lasts from 950 to 1550 ms, its hangover 200 more.
    let speaks = voiced.iter().filter(|at| (7_600..14_080).contains(*at)).count();
    assert!(speaks >= 5_600 / 400 && voiced.iter().all(|at| *at < 400 || (7_500..14_080).contains(at)));
    let level = below_overload(&samples[1_000..7_000]);
    assert!(told.len() >= 3 && told.iter().all(|told| (told - level).abs() < 2.0), "{told:?}, {level}");

    // Each kind of stream is read in its own way, and there is room for 10 ms at least.
    let (place, mut portion) = (samples.as_mut_ptr(), sized());
    let read = unsafe { tandem_stream_read_portion(line.engine, whole, place, 80, &mut portion) };
    assert_eq!(read, TANDEM_E_STATE);
    let read = unsafe { tandem_stream_read_portion(line.engine, stream, place, 79, &mut portion) };
    assert_eq!(read, TANDEM_E_ARGUMENT);
    let read = unsafe { tandem_stream_read(line.engine, stream, place, 80, &mut count, &mut frame) };
    assert_eq!(read, TANDEM_E_STATE);
    ok(unsafe { tandem_operation_stop(line.engine, stream) });
    let done = wait_for(line.engine, TANDEM_EVENT_STREAM_DONE);
    assert_eq!((done.operation, done.gap_ms), (stream, 0));
    assert!((2_840..=2_900).contains(&done.length_ms), "{}", done.length_ms);
}

#[test]
fn noise_that_a_host_describes_is_heard_until_it_writes_samples_again() {
    let line = Line::new();
    let options = tandem_play_stream_options { buffer_ms: 200, live_ms: 60, ..sized() };
    let (mut play, mut taken) = (0, 0);
    ok(unsafe { tandem_play_stream_with(line.engine, line.near, &options, null(), &mut play) });
    let stream = line.listen(0);
    let noise = |payload: &[u8]| unsafe {
        tandem_stream_write_noise(line.engine, play, payload.as_ptr().cast(), payload.len())
    };
    let heard = |ms: u64| {
        line.pass(ms);
        let (mut samples, mut frame, mut count) = (vec![0_i16; 30_000], 0, 0);
        ok(unsafe {
            tandem_stream_read(line.engine, stream, samples.as_mut_ptr(), 30_000, &mut count, &mut frame)
        });
        samples.truncate(count);
        samples
    };
    for level in [50, 40, 60] {
        ok(noise(&[level, 127, 127]));
        heard(100);
        let told = below_overload(&heard(1_000));
        assert!((told - f64::from(level)).abs() < 1.0, "{told:.1} of {level} dB");
    }
    // A voice in the place of noise, with what waits as it is to be.
    for _ in 0..50 {
        ok(unsafe { tandem_stream_write(line.engine, play, [1008; 160].as_ptr(), 160, &mut taken) });
        assert_eq!(taken, 160);
        line.pass(20);
    }
    let voice = heard(0);
    assert!(
        voice[1_000..7_000].iter().all(|sample| (900..1_100).contains(sample)),
        "{:?}",
        &voice[1_000..1_010]
    );
    let mut state: tandem_play_state = sized();
    ok(unsafe { tandem_play_get_state(line.engine, play, &mut state) });
    assert_eq!(state.dried, 0);
    // What is no description is refused, and changes nothing.
    assert_eq!(noise(&[]), TANDEM_E_ARGUMENT);
    assert_eq!(noise(&[50; 300]), TANDEM_E_ARGUMENT);
    assert_eq!(unsafe { tandem_stream_write_noise(line.engine, play, null(), 1) }, TANDEM_E_NULL);
    ok(unsafe { tandem_stream_end(line.engine, play) });
    assert_eq!(noise(&[50]), TANDEM_E_STATE);
    assert_eq!(wait_for(line.engine, TANDEM_EVENT_PLAY_DONE).reason, TANDEM_END_FINISHED as i32);
    assert_eq!(noise(&[50]), TANDEM_E_STALE);
}
