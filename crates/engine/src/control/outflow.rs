//! Samples of the host on their way to a player, at the host's leisure or by its own clock, and noise in place of such as it
//! describes.
use super::pace::Pace;
use super::stream::SOON;
use crate::streams::PlayStreamOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::comfort::{Description, NoiseGenerator};
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
    /// Until there are samples again.
    noise: Option<Box<Noise>>,
    /// The last that the host has given.
    last: i16,
}

/// Noise like that of the host's, made while it gives none.
#[derive(Debug)]
struct Noise {
    generator: NoiseGenerator,
    /// Whether any was made: before that, what was given is heard.
    begun: bool,
    /// More may be needed then.
    look: FrameTime,
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
        let live = options.live.map(Live::new);
        Self { blocks, pipe: Pipe::default(), live, wanted: None, noise: None, last: 0 }
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

    /// Takes as many samples as there is room for, and returns how many. Noise goes over into them.
    pub(super) fn write(&mut self, now: FrameTime, samples: &[i16]) -> usize {
        let blended = self.end_noise(samples);
        let samples = blended.as_deref().unwrap_or(samples);
        let taken = match &mut self.live {
            Some(live) => live.write(&mut self.pipe, samples),
            None => self.pipe.push(samples),
        };
        if let Some(last) = samples[..taken].last() {
            (self.last, self.noise) = (*last, None);
        }
        self.wanted = (taken < samples.len()).then_some(now + SOON);
        taken
    }

    /// Has noise like this behind what was given, until there are samples again.
    pub(super) fn write_noise(&mut self, now: FrameTime, description: &Description, seed: u32) {
        match &mut self.noise {
            Some(noise) if noise.begun => noise.generator.change(description),
            _ => {
                let mut generator = NoiseGenerator::new(seed.wrapping_add(self.pipe.given as u32));
                generator.begin(description, self.last);
                self.noise = Some(Box::new(Noise { generator, begun: false, look: now }));
                if let Some(live) = &mut self.live {
                    live.begin_noise(&mut self.pipe);
                }
            }
        }
        self.make_noise(now);
    }

    /// Makes as much noise as is to wait, until it is looked at again.
    fn make_noise(&mut self, now: FrameTime) {
        let ahead = self.live.as_ref().map_or(AHEAD, Live::ahead);
        self.put_noise(ahead);
        if let Some(noise) = &mut self.noise {
            // Of all streams at the same time, so that control has fewer turns.
            noise.look = FrameTime((now.0 / NOISE_EACH + 1) * NOISE_EACH);
        }
    }

    /// Makes noise until so many samples wait.
    fn put_noise(&mut self, waiting: usize) {
        let Some(noise) = &mut self.noise else { return };
        let mut missing = waiting.saturating_sub(self.pipe.waiting() as usize);
        while missing > 0 {
            let mut made = [0; AT_ONCE];
            let made = &mut made[..missing.min(AT_ONCE)];
            noise.generator.fill(made);
            noise.begun = true;
            match &mut self.live {
                Some(live) => live.push_noise(&mut self.pipe, made),
                None => _ = self.pipe.push(made),
            }
            missing -= made.len();
        }
    }

    /// Samples come again: as much noise was made before them as makes what waits what it is to be, and goes over into these.
    fn end_noise(&mut self, samples: &[i16]) -> Option<Vec<i16>> {
        if samples.is_empty() {
            return None;
        }
        if let Some(live) = &mut self.live {
            live.packet = samples.len().min(LONGEST_PACKET);
            let before = live.before_packet();
            self.put_noise(before);
        }
        let noise = self.noise.as_mut().filter(|noise| noise.begun)?;
        let mut samples = samples.to_vec();
        noise.generator.end(&mut samples);
        Some(samples)
    }

    /// What has been given is all.
    pub(super) fn end(&mut self) {
        self.noise = None;
        if let Some(live) = &mut self.live {
            live.end(&mut self.pipe);
        }
        self.pipe.end();
        self.wanted = None;
    }

    /// When it is to be looked at.
    pub(super) fn look(&self) -> Option<FrameTime> {
        self.wanted.into_iter().chain(self.noise.as_ref().map(|noise| noise.look)).min()
    }

    /// Makes noise that is due, and returns how many samples there is room for, once the host can give half a buffer that wants
    /// to; or it is looked at again.
    pub(super) fn room(&mut self, now: FrameTime) -> Option<u64> {
        if self.noise.as_ref().is_some_and(|noise| noise.look <= now) {
            self.make_noise(now);
        }
        self.wanted.filter(|wanted| *wanted <= now)?;
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
    /// Samples of the last packet.
    packet: usize,
    /// Times that nothing was left.
    dried: u64,
}

impl Live {
    fn new(depth: Frames) -> Self {
        let resampler = DriftResampler::new(InstructionSet::detect(), 0.0);
        let gathered = Some(Vec::new());
        Self {
            resampler,
            pace: Pace::new(depth.0),
            depth: depth.0 as usize,
            gathered,
            packet: USUAL_PACKET,
            dried: 0,
        }
    }

    /// Samples that wait before a packet where as many wait on average as are to.
    const fn before_packet(&self) -> usize {
        self.depth.saturating_sub(self.packet / 2)
    }

    /// Samples of noise that are to wait: as before a packet, in the middle between two looks.
    fn ahead(&self) -> usize {
        (self.before_packet() + NOISE_EACH as usize / 2).max(LEAST_AHEAD)
    }

    /// What has been given is heard, however little it is, and noise behind it.
    fn begin_noise(&mut self, pipe: &mut Pipe) {
        if self.gathered.is_none() && pipe.is_dry() {
            self.begin_anew(pipe);
        }
        pipe.push(&self.gathered.take().unwrap_or_default());
        self.pace.begin_anew();
    }

    /// Noise goes the way of voices, so that one follows the other without a step.
    fn push_noise(&mut self, pipe: &mut Pipe, samples: &[i16]) {
        let mut resampled = [0; MOST_MADE];
        let made = self.resampler.process(samples, &mut resampled).put_out;
        pipe.push(&resampled[..made]);
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
/// 20 ms.
const USUAL_PACKET: usize = 160;
/// Noise is made each 10 ms, so that 60 ms wait of a stream that is not live, and 40 at least of one that is: a block that is not full
/// is not heard yet.
const NOISE_EACH: u64 = 80;
const AHEAD: usize = 480;
const LEAST_AHEAD: usize = 320;

#[cfg(test)]
mod tests;
