//! Hosts with clocks of their own, and a player that plays a sample a frame.

use super::*;
use std::f64::consts::TAU;
use tandem_rt::{Consumer, ring};

/// A player that plays a sample a frame, and a host whose clock is so many parts per million faster.
struct Ends {
    outflow: Outflow,
    blocks: Consumer<PromptBlock>,
    played: Arc<AtomicU64>,
    block: Option<(PromptBlock, usize)>,
    heard: Vec<i16>,
    /// Frames in which there was nothing to play.
    starved: u64,
}

impl Ends {
    fn new(buffer_ms: u64, live_ms: u64) -> Self {
        let (buffer, live) = (Frames::from_ms(buffer_ms), Some(Frames::from_ms(live_ms)));
        let options = PlayStreamOptions { buffer, live: live.filter(|live| live.0 > 0) };
        options.check().expect("good options");
        let mut outflow = Outflow::new(options);
        let (producer, blocks) = ring(outflow.blocks());
        let played = Arc::<AtomicU64>::default();
        outflow.begin(producer, Arc::clone(&played));
        Self { outflow, blocks, played, block: None, heard: Vec::new(), starved: 0 }
    }

    fn play(&mut self, frames: u64) {
        for _ in 0..frames {
            if self.block.is_none_or(|(block, at)| at == usize::from(block.length)) {
                self.block = self.blocks.pop().map(|block| (block, 0));
            }
            match self.block.as_mut().filter(|(block, at)| *at < usize::from(block.length)) {
                Some((block, at)) => {
                    self.heard.push(block.samples[*at]);
                    *at += 1;
                    self.played.fetch_add(1, Ordering::Relaxed);
                }
                None => self.starved += 1,
            }
        }
    }

    fn now(&self) -> FrameTime {
        FrameTime(self.heard.len() as u64 + self.starved)
    }

    /// Time passes, and what is due is done.
    fn pass(&mut self, frames: u64) {
        for _ in 0..frames {
            self.play(1);
            if self.outflow.look().is_some_and(|look| look <= self.now()) {
                self.outflow.room(self.now());
            }
        }
    }

    fn waiting_ms(&self) -> f64 {
        self.outflow.state().waiting.0 as f64 / 8.0
    }
}

/// A tone of 1 kHz as the host counts, from its sample `from` on.
fn tone(from: u64, samples: u64) -> Vec<i16> {
    (from..from + samples).map(|n| (8000.0 * (TAU * n as f64 / 8.0).sin()).round() as i16).collect()
}

/// A tone's frequency in Hz, nearly 1 kHz, and how far all else is below it in dB.
fn measure(samples: &[i16]) -> (f64, f64) {
    let sums = |samples: &[i16], hz: f64| {
        samples.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, sample)| {
            let (sin, cos) = (TAU * hz / 8000.0 * n as f64).sin_cos();
            (re + f64::from(*sample) * cos, im - f64::from(*sample) * sin)
        })
    };
    let (one, other) = samples.split_at(samples.len() / 2);
    let angle = |samples| {
        let (re, im) = sums(samples, 1000.0);
        im.atan2(re)
    };
    // Halves of whole turns: their phases differ by what the frequency is off.
    let off = (angle(other) - angle(one) + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
    let hz = 1000.0 + off / TAU * 8000.0 / one.len() as f64;
    (hz, snr(samples, TAU * hz / 8000.0))
}

/// A tone of so many radians a sample over all that is no such tone, in dB, by least squares.
fn snr(samples: &[i16], angle: f64) -> f64 {
    let (mut cc, mut ss, mut cs, mut xc, mut xs, mut xx) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let ((sin, cos), x) = ((angle * n as f64).sin_cos(), f64::from(*sample));
        (cc, ss, cs) = (cc + cos * cos, ss + sin * sin, cs + cos * sin);
        (xc, xs, xx) = (xc + x * cos, xs + x * sin, xx + x * x);
    }
    let tone = (xc * (xc * ss - xs * cs) + xs * (xs * cc - xc * cs)) / (cc * ss - cs * cs);
    10.0 * (tone / (xx - tone).max(1e-9)).log10()
}

struct Run {
    ends: Ends,
    refused: u64,
    /// What waited on average, in ms, second by second.
    depths: Vec<f64>,
}

/// Ten minutes of a host that writes packets of so many samples, each late by up to so many frames.
fn ten_minutes(mut ends: Ends, ppm: f64, packet: u64, late: u64) -> Run {
    let mut random = tandem_testkit::Rng::new(7);
    let (mut now, mut written, mut refused) = (0, 0, 0);
    let (mut depths, mut sum, mut looks) = (Vec::new(), 0.0, 0);
    for n in 0.. {
        let due = (n * packet) as f64 / (1.0 + ppm * 1e-6);
        let at = (due as u64 + random.below(late + 1)).max(now);
        if at >= 600 * 8000 {
            return Run { ends, refused, depths };
        }
        while now < at {
            let part = (at - now).min(8);
            ends.play(part);
            (now, sum, looks) = (now + part, sum + ends.waiting_ms(), looks + 1);
            if looks == 1000 {
                depths.push(sum / 1000.0);
                (sum, looks) = (0.0, 0);
            }
        }
        let taken = ends.outflow.write(FrameTime(now), &tone(written, packet)) as u64;
        (written, refused) = (written + packet, refused + packet - taken);
    }
    unreachable!()
}

#[test]
fn a_host_with_a_clock_of_its_own_is_heard_for_ten_minutes_as_it_speaks() {
    for (ppm, packet) in [(100.0, 160), (-100.0, 160), (500.0, 160), (-500.0, 80), (0.0, 80), (500.0, 240)] {
        let mut ends = Ends::new(500, 60);
        ends.heard.reserve(5_000_000);
        let Run { ends, refused, depths } = ten_minutes(ends, ppm, packet, 0);
        let state = ends.outflow.state();
        assert_eq!((refused, state.dried), (0, 0), "{ppm} ppm");
        assert!(ends.starved < 8 * 80, "only until it begins: {}", ends.starved);
        for (second, depth) in depths.iter().enumerate().skip(1) {
            let most = if second < 60 { 15.0 } else { 10.0 };
            assert!((depth - 60.0).abs() < most, "{ppm} ppm, second {second}: {depth} ms");
            assert!(second < 300 || (depth - 60.0).abs() < 1.0, "{ppm} ppm, second {second}: {depth} ms");
        }
        assert!((f64::from(state.faster) - ppm).abs() <= 3.0, "{ppm} ppm: {}", state.faster);
        // A fifth of a second each, against the pitch that the host's tone has by the clock of the line.
        let real = 1000.0 * (1.0 + ppm * 1e-6);
        for (n, part) in ends.heard[800..].chunks_exact(1600).enumerate() {
            let (hz, snr) = measure(part);
            let off = (hz / real - 1.0) * 1e6;
            let most = if n < 1500 { ppm.abs() + 5.0 } else { 5.0 };
            assert!(off.abs() <= most, "{ppm} ppm, part {n}: {off} ppm off");
            assert!(snr > 50.0, "{ppm} ppm, part {n}: {snr} dB");
        }
    }
}

#[test]
fn without_it_such_a_host_runs_dry_or_is_refused() {
    // 500 ppm are 300 ms in ten minutes.
    let Run { ends, refused, .. } = ten_minutes(Ends::new(100, 0), 500.0, 160, 0);
    assert!(refused > 1_000, "{refused}");
    assert!(ends.starved < 8 * 80);
    let Run { ends, refused, .. } = ten_minutes(Ends::new(100, 0), -500.0, 160, 0);
    assert_eq!(refused, 0);
    assert!(ends.starved > 2_000, "{}", ends.starved);
}

#[test]
fn packets_that_come_late_by_chance_are_no_clock() {
    let ends = Ends::new(1000, 120);
    let Run { ends, refused, depths } = ten_minutes(ends, -100.0, 160, 320);
    assert_eq!((refused, ends.outflow.state().dried), (0, 0));
    assert!(depths[60..].iter().all(|depth| (depth - 120.0).abs() < 10.0), "{depths:?}");
    // What is left of the jitter wavers the pace, and by it the pitch: by 300 parts per million at most, most of which a
    // measurement takes for noise.
    for part in ends.heard[2_000_000..].chunks_exact(400) {
        let (hz, snr) = measure(part);
        assert!((hz - 999.9).abs() < 0.3 && snr > 40.0, "{hz} Hz, {snr} dB");
    }
}

#[test]
fn a_live_stream_is_silent_until_enough_waits_and_again_once_it_ran_dry() {
    let mut ends = Ends::new(500, 60);
    let mut begun = [0; 2];
    for (round, begun) in begun.iter_mut().enumerate() {
        let before = ends.heard.len();
        while ends.heard.len() == before {
            assert_eq!(ends.outflow.write(FrameTime::ZERO, &[1000; 160]), 160);
            ends.play(160);
            *begun += 1;
        }
        // Nobody writes for a second: what can be heard is.
        ends.play(8000);
        assert_eq!(ends.outflow.state().dried, round as u64, "told once there is more");
    }
    // 480 frames and, on average, half a packet; the resampler keeps 24, the second time those of the first.
    assert_eq!(begun[0], 3);
    assert!((2..=3).contains(&begun[1]), "{begun:?}");
    assert_eq!(ends.outflow.write(FrameTime::ZERO, &[1000; 160]), 160);
    assert_eq!(ends.outflow.state().dried, 2);
}

#[test]
fn the_last_sample_of_a_live_stream_is_heard_however_few_there_are() {
    for (samples, buffer) in [(1, 100), (100, 100), (399, 100), (760, 100), (4000, 1000), (100_000, 100)] {
        let mut ends = Ends::new(buffer, 40);
        let given: Vec<i16> = (0..samples).map(|n| 1000 + (n % 50) as i16).collect();
        let taken = ends.outflow.write(FrameTime::ZERO, &given);
        assert!(taken == samples || taken > 600 && samples > 700, "{taken} of {samples}");
        ends.outflow.end();
        assert!(!ends.outflow.is_open());
        ends.play(20_000);
        let peak = ends.heard.iter().rposition(|sample| *sample > 300).expect("something is heard") + 1;
        let begin = ends.heard.iter().position(|sample| *sample > 300).expect("something is heard");
        assert!((peak - begin).abs_diff(taken) <= 2, "{} of {taken}", peak - begin);
        assert_eq!(ends.outflow.write(FrameTime::ZERO, &given), 0);
    }
}

#[test]
fn a_live_host_that_gives_too_much_is_refused_and_nothing_grows() {
    let mut ends = Ends::new(100, 50);
    let taken = ends.outflow.write(FrameTime::ZERO, &vec![1000; 1_000_000]);
    assert!((600..=800).contains(&taken), "{taken}");
    for _ in 0..100 {
        assert!(ends.outflow.write(FrameTime::ZERO, &[1000; 777]) <= 160);
    }
    assert!(ends.outflow.state().waiting <= Frames(800));
    assert!(ends.outflow.look().is_some());
    assert_eq!(ends.outflow.write(FrameTime::ZERO, &[]), 0);
}

/// The root of the mean square.
fn rms(samples: &[i16]) -> f64 {
    (samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

#[test]
fn noise_fills_the_time_until_there_are_samples_again_and_what_waits_stays_what_it_is_to_be() {
    for (live, packet) in [(40, 160), (60, 160), (60, 80), (100, 320), (0, 160)] {
        let mut ends = Ends::new(250, live);
        let write = |ends: &mut Ends, rounds: usize| {
            let mut waited = 0.0;
            for _ in 0..rounds {
                waited += ends.waiting_ms();
                assert_eq!(ends.outflow.write(FrameTime::ZERO, &vec![1000; packet]), packet);
                waited += ends.waiting_ms();
                ends.play(packet as u64);
            }
            waited / (2 * rounds) as f64
        };
        write(&mut ends, 20);
        let (starved, noise) = (ends.starved, Description::parse(&[50]).expect("a payload"));
        for round in 0..5 {
            ends.outflow.write_noise(ends.now(), &noise, 1);
            let before = ends.heard.len();
            // Each time another part of a packet passes before there is a voice again.
            ends.pass(16_000 + 71 * round);
            let noise = &ends.heard[before + 1_200..];
            assert!((rms(noise) / 103.6 - 1.0).abs() < 0.1, "{live} ms: {}", rms(noise));
            let waits = write(&mut ends, 4_000 / packet);
            let off = waits - live as f64;
            assert!(live == 0 || (-1.0..=11.0).contains(&off), "{live} ms, packets of {packet}: {waits}");
            assert!(live > 0 || waits < 85.0, "{waits}");
            assert_eq!((ends.starved, ends.outflow.state().dried), (starved, 0), "{live} ms");
        }
    }
}

#[test]
fn noise_is_heard_behind_what_was_given_and_becomes_another() {
    let mut ends = Ends::new(1000, 0);
    assert_eq!(ends.outflow.write(FrameTime::ZERO, &[5000; 4_010]), 4_010);
    ends.outflow.write_noise(ends.now(), &Description::parse(&[50]).expect("a payload"), 1);
    // What is given before any noise was made goes on as it was.
    assert_eq!(ends.outflow.write(FrameTime::ZERO, &[5000; 40]), 40);
    ends.outflow.write_noise(ends.now(), &Description::parse(&[50]).expect("a payload"), 1);
    ends.pass(8_000);
    assert!(ends.heard[..4_050] == [5000; 4_050]);
    assert!((3_000..3_800).contains(&ends.heard[4_060]), "it dies away: {}", ends.heard[4_060]);
    assert!((rms(&ends.heard[4_200..]) / 103.6 - 1.0).abs() < 0.1);
    ends.outflow.write_noise(ends.now(), &Description::parse(&[70]).expect("a payload"), 1);
    ends.pass(8_000);
    assert!((rms(&ends.heard[9_000..]) / 10.36 - 1.0).abs() < 0.1, "{}", rms(&ends.heard[9_000..]));
    let before = ends.heard.len() as u64 + ends.outflow.state().waiting.0;
    assert_eq!(ends.outflow.write(ends.now(), &[5000; 800]), 800);
    assert!(ends.outflow.look().is_none(), "no more noise is made");
    ends.play(1_200);
    let voice = &ends.heard[before as usize..];
    assert!(voice[0] < 500 && voice[16] > 1_500 && voice[16] < 3_500, "it goes over: {:?}", &voice[..32]);
    assert!(voice[32..640] == [5000; 608]);
}

#[test]
fn a_host_that_describes_noise_again_and_again_makes_nothing_grow() {
    for live in [0, 50] {
        let mut ends = Ends::new(100, live);
        for level in 0..2_000 {
            let noise = Description::parse(&[level as u8]).expect("a payload");
            ends.outflow.write_noise(FrameTime::ZERO, &noise, 1);
            assert!(ends.outflow.state().waiting <= Frames(480));
        }
        assert_eq!(ends.outflow.write(FrameTime::ZERO, &[]), 0);
        assert!(ends.outflow.look().is_some(), "no samples are none");
        // Nor are such as there was no room for.
        let mut full = Ends::new(100, live);
        while full.outflow.write(FrameTime::ZERO, &[1000; 80]) > 0 {}
        full.outflow.write_noise(FrameTime::ZERO, &Description::parse(&[50]).expect("a payload"), 1);
        assert_eq!(full.outflow.write(FrameTime::ZERO, &[1000; 80]), 0);
        full.pass(4_000);
        assert_eq!(full.starved, 0);
        ends.outflow.end();
        assert!(ends.outflow.look().is_none());
        ends.play(1_000);
        assert!(!ends.outflow.is_open() && ends.heard.len() <= 640);
    }
}

#[test]
fn noise_neither_starves_where_control_is_late_nor_tells_of_the_clock_of_the_host() {
    let noise = Description::parse(&[50]).expect("a payload");
    for packet in [1, 80, 320, 800] {
        let mut ends = Ends::new(200, 40);
        assert_eq!(ends.outflow.write(FrameTime::ZERO, &vec![1000; packet]), packet);
        ends.outflow.write_noise(ends.now(), &noise, 1);
        // Control comes nine milliseconds late each time.
        for _ in 0..100 {
            ends.play(152);
            ends.outflow.room(ends.now());
        }
        assert_eq!(ends.starved, 0, "packets of {packet}");
    }
    let mut ends = Ends::new(250, 60);
    for _ in 0..20 {
        ends.outflow.write(FrameTime::ZERO, &[1000; 160]);
        ends.play(160);
    }
    // Much comes at once, and for ten seconds nothing: that is no fast host.
    assert_eq!(ends.outflow.write(FrameTime::ZERO, &[1000; 480]), 480);
    ends.outflow.write_noise(ends.now(), &noise, 1);
    ends.pass(80_000);
    for _ in 0..20 {
        ends.outflow.write(FrameTime::ZERO, &[1000; 160]);
        ends.play(160);
    }
    assert!(ends.outflow.state().faster.abs() < 20, "{}", ends.outflow.state().faster);
}
