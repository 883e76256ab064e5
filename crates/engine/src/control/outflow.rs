//! Samples of the host on their way to a player, at the host's leisure or by its own clock.
use super::pace::Pace;
use super::stream::SOON;
use crate::streams::PlayStreamOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::drift::{DELAY, DriftResampler};
use tandem_rt::Producer;
use tandem_switch::link::{BLOCK_FRAMES, PromptBlock};
use tandem_types::{FrameTime, Frames};

/// What the host gives to a play.
#[derive(Debug)]
pub(super) struct Outflow {
    /// Blocks that may wait; one more has room for the end.
    blocks: usize,
    pipe: Pipe,
    live: Option<Live>,
    /// The host has more than there was room for, and is told when half of it is free. Looked at then.
    wanted: Option<FrameTime>,
}

/// How far the stream of a host has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OutflowState {
    /// What was given and has not been heard yet.
    pub waiting: Frames,
    /// Times that a live stream ran dry.
    pub dried: u64,
    /// By how many parts per million the host's clock is faster than the line, of a live stream.
    pub faster: i32,
}

impl Outflow {
    /// For options that have been checked.
    pub(super) fn new(options: PlayStreamOptions) -> Self {
        let blocks = (options.buffer.0 as usize).div_ceil(BLOCK_FRAMES);
        Self { blocks, pipe: Pipe::default(), live: options.live.map(Live::new), wanted: None }
    }

    /// Blocks of a ring that it takes.
    pub(super) const fn blocks(&self) -> usize {
        self.blocks + 1
    }

    /// Gives from now on what comes to a player, which counts what it has played.
    pub(super) fn begin(&mut self, ring: Producer<PromptBlock>, played: Arc<AtomicU64>) {
        (self.pipe.ring, self.pipe.played) = (Some(ring), played);
    }

    /// Whether the host may give more.
    pub(super) const fn is_open(&self) -> bool {
        self.pipe.ring.is_some()
    }

    pub(super) fn state(&self) -> OutflowState {
        let waiting = Frames(self.pipe.waiting() + self.live.as_ref().map_or(0, Live::gathered));
        let Some(live) = &self.live else { return OutflowState { waiting, ..OutflowState::default() } };
        OutflowState { waiting, dried: live.dried, faster: live.pace.faster().round() as i32 }
    }

    /// Takes as many samples as there is room for, and returns how many.
    pub(super) fn write(&mut self, now: FrameTime, samples: &[i16]) -> usize {
        let taken = match &mut self.live {
            Some(live) => live.write(&mut self.pipe, samples),
            None => self.pipe.push(samples),
        };
        self.wanted = (taken < samples.len()).then_some(now + SOON);
        taken
    }

    /// What has been given is all.
    pub(super) fn end(&mut self) {
        if let Some(live) = &mut self.live {
            live.end(&mut self.pipe);
        }
        self.pipe.end();
        self.wanted = None;
    }

    /// When it is to be looked at.
    pub(super) const fn look(&self) -> Option<FrameTime> {
        self.wanted
    }

    /// Samples that there is room for, once the host can give half a buffer; or it is looked at again.
    pub(super) fn room(&mut self, now: FrameTime) -> Option<u64> {
        let free = self.pipe.ring.as_ref()?.free().saturating_sub(1);
        let enough = free * 2 >= self.blocks;
        self.wanted = (!enough).then_some(now + SOON);
        enough.then_some((free * BLOCK_FRAMES) as u64)
    }
}

/// The way to a player.
#[derive(Debug)]
struct Pipe {
    /// Until the end.
    ring: Option<Producer<PromptBlock>>,
    /// What does not fill a block yet.
    pending: PromptBlock,
    /// Frames of the blocks that went into the ring.
    given: u64,
    /// Frames that the player has played, as media counts them.
    played: Arc<AtomicU64>,
}

impl Default for Pipe {
    fn default() -> Self {
        Self { ring: None, pending: EMPTY, given: 0, played: Arc::default() }
    }
}

impl Pipe {
    fn played(&self) -> u64 {
        self.played.load(Ordering::Relaxed)
    }

    /// What has not been heard yet.
    fn waiting(&self) -> u64 {
        (self.given + u64::from(self.pending.length)).saturating_sub(self.played())
    }

    /// Whether its player has nothing to play.
    fn is_dry(&self) -> bool {
        self.given == self.played()
    }

    /// Samples that there is room for; that of one block is kept for the end.
    fn room(&self) -> usize {
        let free = self.ring.as_ref().map_or(0, Producer::free).saturating_sub(1);
        (free * BLOCK_FRAMES).saturating_sub(self.pending.length.into())
    }

    /// Takes as many as there is room for, and returns how many.
    fn push(&mut self, samples: &[i16]) -> usize {
        let Some(ring) = &mut self.ring else { return 0 };
        let mut taken = 0;
        while taken < samples.len() && ring.free() > 1 {
            taken += fill(&mut self.pending, &samples[taken..]);
            if usize::from(self.pending.length) == BLOCK_FRAMES {
                if ring.push(std::mem::replace(&mut self.pending, EMPTY)).is_err() {
                    break;
                }
                self.given += BLOCK_FRAMES as u64;
            }
        }
        taken
    }

    /// Takes the last few samples, of which the block that is kept for the end has room for fewer than it holds.
    fn push_last(&mut self, samples: &[i16]) {
        let taken = self.push(samples);
        // Where all room is taken no block is begun.
        let rest = &samples[taken..];
        fill(&mut self.pending, &rest[..rest.len().min(BLOCK_FRAMES - 1)]);
    }

    fn end(&mut self) {
        if let Some(mut ring) = self.ring.take() {
            // There is room for one more; the player of a ring that is gone has ended.
            let _ = ring.push(self.pending);
        }
    }
}

/// Takes as many samples as a block has room for.
fn fill(block: &mut PromptBlock, samples: &[i16]) -> usize {
    let filled = usize::from(block.length);
    let part = (BLOCK_FRAMES - filled).min(samples.len());
    block.samples[filled..filled + part].copy_from_slice(&samples[..part]);
    block.length += part as u16;
    part
}

/// What is given by a clock of its own: kept as much as it is to be, by a few samples more or fewer.
#[derive(Debug)]
struct Live {
    resampler: DriftResampler,
    pace: Pace,
    /// Samples that are to wait.
    depth: usize,
    /// What has come until it is that much; nothing while it is heard.
    gathered: Option<Vec<i16>>,
    /// Times that nothing was left.
    dried: u64,
}

impl Live {
    fn new(depth: Frames) -> Self {
        let resampler = DriftResampler::new(InstructionSet::detect(), 0.0);
        let gathered = Some(Vec::new());
        Self { resampler, pace: Pace::new(depth.0), depth: depth.0 as usize, gathered, dried: 0 }
    }

    fn gathered(&self) -> u64 {
        self.gathered.as_ref().map_or(0, Vec::len) as u64
    }

    fn write(&mut self, pipe: &mut Pipe, samples: &[i16]) -> usize {
        if self.gathered.is_none() && pipe.is_dry() {
            self.begin_anew(pipe);
        }
        let (played, before) = (pipe.played(), pipe.waiting());
        let mut resampled = [0; MOST_MADE];
        let mut taken = 0;
        while taken < samples.len() {
            let part = &samples[taken..samples.len().min(taken + AT_ONCE)];
            if pipe.room() < self.gathered() as usize + MOST_MADE {
                break;
            }
            let progress = self.resampler.process(part, &mut resampled);
            taken += progress.taken;
            self.pass(pipe, &resampled[..progress.put_out]);
        }
        self.begin(pipe, samples.len());
        if self.gathered.is_none()
            && let Some(ppm) = self.pace.note(played, before, pipe.waiting())
        {
            self.resampler.set_ppm(ppm);
        }
        taken
    }

    fn pass(&mut self, pipe: &mut Pipe, samples: &[i16]) {
        match &mut self.gathered {
            Some(gathered) => gathered.extend_from_slice(samples),
            None => _ = pipe.push(samples),
        }
    }

    /// Lets what was gathered be heard once as much waits as is to on average, while packets of so many samples come: half of one
    /// more than that is there after each. A little silence before it makes it exact, so that the pace need not.
    fn begin(&mut self, pipe: &mut Pipe, packet: usize) {
        let half = packet.min(LONGEST_PACKET) / 2;
        let Some(gathered) = self.gathered.take_if(|gathered| gathered.len() + half >= self.depth) else {
            return;
        };
        let missing = (self.depth + half).saturating_sub(gathered.len());
        pipe.push(&[0; LONGEST_PACKET][..missing]);
        pipe.push(&gathered);
    }

    /// Nothing was left to be heard: what comes waits until it is enough again.
    fn begin_anew(&mut self, pipe: &mut Pipe) {
        let begun = std::mem::replace(&mut pipe.pending, EMPTY);
        self.gathered = Some(begun.samples[..begun.length.into()].to_vec());
        self.dried += 1;
        self.pace.begin_anew();
    }

    /// What has come is heard to its last sample, however little it is.
    fn end(&mut self, pipe: &mut Pipe) {
        pipe.push(&self.gathered.take().unwrap_or_default());
        let mut last = [0; MOST_MADE];
        let made = self.resampler.process(&[0; DELAY], &mut last).put_out;
        pipe.push_last(&last[..made]);
    }
}

const EMPTY: PromptBlock = PromptBlock { samples: [0; BLOCK_FRAMES], length: 0 };
/// Samples that are resampled at once, and the most that may be made of them.
const AT_ONCE: usize = 80;
const MOST_MADE: usize = AT_ONCE + 2;
/// 40 ms: what is written at once beyond it comes from no packet.
const LONGEST_PACKET: usize = 320;

#[cfg(test)]
mod tests {
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
        for (ppm, packet) in
            [(100.0, 160), (-100.0, 160), (500.0, 160), (-500.0, 80), (0.0, 80), (500.0, 240)]
        {
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
        for (samples, buffer) in [(1, 100), (100, 100), (399, 100), (760, 100), (4000, 1000), (100_000, 100)]
        {
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
}
