//! Recordings of lines over a network in memory that loses packets: each gap is told at its place with its length.
mod common;

use std::path::{Path, PathBuf};
use tandem_card::{Card, CardFactory, CardRequest, FactoryError, OpenedCard, SoftFramer, SpanConfig};
use tandem_engine::config::RecordingFormat;
use tandem_engine::{Config, Engine, EventKind, RecordOptions, RecordingSides, Terms};
use tandem_files::wav::parse_marks;
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_rt::{MediaLoop, Next, Step};
use tandem_tdmop::wire::{Cesopsn, Satop};
use tandem_tdmop::{Impairments, SatopLine, SatopSpan, SimulatedPort, SlotCard, SlotFormat, SlotSpan};
use tandem_testkit::Rng;
use tandem_types::{Bearer, FrameTime, Frames, Handle};

const LOSSY: Impairments =
    Impairments { delay_ns: 2_000_000, jitter_ns: 3_000_000, lost_ppm: 50_000, copied_ppm: 5_000 };

/// The other end of the network sends noise on all timeslots: any octet but silence and ones.
struct FarEnd {
    card: Box<dyn Card>,
    media: MediaLoop,
    noise: Rng,
}

impl Step for FarEnd {
    fn step(&mut self, now: FrameTime) -> Next {
        while self.media.now() < now {
            let Self { card, media, noise } = self;
            let mut frames = [[0; 32]; 8];
            media.run_tick(8, |tick| {
                card.service(tick);
                card.receive(tick, 0, &mut frames);
                for frame in &mut frames {
                    *frame = noise.frame().map(|octet| octet % 0xc0);
                }
                card.transmit(tick, 0, &frames);
            });
        }
        Next::At(now + Frames(8))
    }
}

/// Lines over that network as `satop` and `cesopsn`.
struct Network {
    seed: u64,
}

impl Network {
    fn card(model: &str, io: SimulatedPort) -> Box<dyn Card> {
        if model == "satop" {
            let format = Satop::new(Satop::E1_OCTETS, None).expect("a size");
            let span = SatopSpan { t1: false, format, depth: 8, source: None, first_sequence: 0 };
            return Box::new(SoftFramer::new(SatopLine::new(vec![(span, io)])));
        }
        let format = SlotFormat::Cesopsn(Cesopsn::basic(31, 5, None).expect("a size"));
        let span =
            SlotSpan { t1: false, format, slots: !1, depth: 8, idle: IDLE, source: None, first_sequence: 0 };
        Box::new(SlotCard::new(vec![(span, io)]).expect("as many timeslots as channels"))
    }
}

impl CardFactory for Network {
    fn models(&self) -> Vec<&'static str> {
        vec!["satop", "cesopsn"]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let (near, far) = SimulatedPort::pair(LOSSY, self.seed);
        let mut far = Self::card(&request.model, far);
        far.configure(0, &SpanConfig::default()).expect("an E1");
        far.start().expect("a card that starts");
        let world = FarEnd { card: far, media: MediaLoop::default(), noise: Rng::new(7) };
        Ok(OpenedCard { card: Self::card(&request.model, near), world: Some(Box::new(world)) })
    }
}

const IDLE: u8 = 0xd5;
const ONES: u8 = 0xff;
const RECEIVED: RecordOptions = RecordOptions {
    sides: RecordingSides::Received,
    format: Some(RecordingFormat::G711),
    target_dbm0: None,
    gains_db: [0.0; 2],
    longest_silence: None,
    append: false,
    segment: None,
    trim: false,
    before: Frames(0),
};

struct World {
    engine: Engine,
    directory: PathBuf,
}

impl World {
    /// Two seconds after it was opened.
    fn new(name: &str, model: &str, recording: &str, conceal: bool) -> Self {
        GuardedAlloc::set_policy(ViolationPolicy::Abort);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("a directory");
        let config = format!(
            "[engine]\nmode = \"lockstep\"\n[recording]\ndirectory = {directory:?}\n{recording}\n\
             [[card]]\nmodel = \"{model}\"\n[[span]]\nport = 0\nsignalling = \"none\"\nconceal = {conceal}\n"
        );
        let config = Config::parse(&config).expect("a good configuration");
        let engine = Engine::open(config, &mut [Box::new(Network { seed: 11 })]).expect("an engine");
        assert!(engine.advance(Frames(16_000)));
        Self { engine, directory }
    }

    fn channel(&self, place: usize) -> Handle {
        self.engine.channels(0).expect("open")[place].0
    }

    fn frames_lost(&self) -> u64 {
        self.engine.spans().expect("open")[0].frames_lost
    }

    /// Records for so many frames, and gives what is told of it: lost milliseconds, and places.
    fn record(&self, channel: Handle, name: &str, options: RecordOptions, frames: u64) -> (u64, u64) {
        let record = self.engine.record_with(channel, Path::new(name), options, Terms::default());
        let record = record.expect("a channel");
        assert!(self.engine.advance(Frames(frames)));
        self.engine.stop(record).expect("it runs");
        loop {
            let event = self.engine.event_wait(Some(Frames::from_seconds(10))).expect("an event");
            if let EventKind::RecordDone { lost_ms, gaps, gap_ms, .. } = event.kind {
                assert_eq!(gap_ms, 0);
                return (lost_ms, gaps);
            }
        }
    }

    /// The octets of a file, and for each whether it is told to be lost.
    fn told(&self, name: &str, channels: usize) -> (Vec<u8>, Vec<bool>, usize) {
        let file = std::fs::read(self.directory.join(name)).expect("a recording");
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four")) as usize;
        let (riff, data) = (word(4), word(508));
        assert_eq!(riff + 8, file.len());
        let marks = parse_marks(&file[512 + data + data % 2..]).expect("ours");
        let mut lost = vec![false; data / channels];
        for mark in &marks {
            lost[mark.at as usize..(mark.at + mark.frames) as usize].fill(true);
        }
        (file[512..512 + data].to_vec(), lost, marks.len())
    }
}

fn count(lost: &[bool]) -> u64 {
    lost.iter().filter(|lost| **lost).count() as u64
}

#[test]
fn gaps_are_where_the_octets_of_lost_packets_are() {
    for (model, fill) in [("cesopsn", IDLE), ("satop", ONES)] {
        for (blanks, recording) in [(false, ""), (true, "blank_digits = true")] {
            let world = World::new(&format!("gaps-{model}-{blanks}"), model, recording, false);
            let before = world.frames_lost();
            let (lost_ms, gaps) = world.record(world.channel(0), "a.wav", RECEIVED, 40_000);
            let lost = world.frames_lost() - before;
            let (octets, told, places) = world.told("a.wav", 1);
            assert!(octets.len() >= 39_000 && lost > 1_500, "{model}: {} frames, {lost} lost", octets.len());
            let filled: Vec<bool> = octets.iter().map(|octet| *octet == fill).collect();
            assert!(told == filled, "{model}");
            // Those on their way at either end: a tick, and what waits for digits.
            assert!(count(&told).abs_diff(lost) <= 160, "{model}: {} of {lost}", count(&told));
            assert_eq!((count(&told) / 8, places as u64), (lost_ms, gaps), "{model}");
        }
    }
}

#[test]
fn what_is_concealed_is_told_where_it_is_heard_375_ms_later() {
    for model in ["cesopsn", "satop"] {
        let told = [false, true].map(|conceal| {
            let world = World::new(&format!("late-gaps-{model}-{conceal}"), model, "", conceal);
            world.record(world.channel(0), "a.wav", RECEIVED, 40_000);
            world.told("a.wav", 1)
        });
        let [(octets, lost, _), (concealed, lost_later, _)] = &told;
        assert!(lost_later[30..] == lost[..lost.len() - 30], "{model}");
        // Whatever was not lost, nor is next to it, is as it was; what was lost is heard as something else.
        let near =
            |place: usize| lost[place.saturating_sub(40)..(place + 120).min(lost.len())].contains(&true);
        let (mut same, mut other) = (0, 0);
        for place in 0..octets.len() - 120 {
            if !near(place) {
                // 0x7f, silence below zero, does not occur in A-law.
                assert_eq!(concealed[place + 30], octets[place], "{model}: {place}");
                same += 1;
            }
            other += usize::from(lost[place] && concealed[place + 30] != octets[place]);
        }
        assert!(
            same > 1_000 && other as u64 > count(lost) * 9 / 10,
            "{model}: {same} {other} {}",
            count(lost)
        );
    }
}

#[test]
fn a_recording_of_both_sides_tells_what_either_lacks() {
    let world = World::new("both-gaps", "cesopsn", "", false);
    let [one, other] = [0, 1].map(|place| world.channel(place));
    // A channel hears another: what that loses is missing in what this one sends, a tick later or at once.
    world.engine.connect(one, Some(other), Bearer::Speech).expect("two channels");
    assert!(world.engine.advance(Frames(800)));
    let both = RecordOptions { sides: RecordingSides::Apart, ..RECEIVED };
    world.record(one, "both.wav", both, 24_000);
    let (octets, told, _) = world.told("both.wav", 2);
    let filled = octets.as_chunks::<2>().0.iter().map(|sides| sides.contains(&IDLE));
    assert!(told.iter().copied().eq(filled) && count(&told) > 800);
    let sent = RecordOptions { sides: RecordingSides::Sent, ..RECEIVED };
    world.record(one, "sent.wav", sent, 24_000);
    let (octets, told, _) = world.told("sent.wav", 1);
    assert!(told.iter().copied().eq(octets.iter().map(|octet| *octet == IDLE)) && count(&told) > 800);
}

#[test]
fn recordings_that_go_on_and_those_in_segments_tell_their_own() {
    let world = World::new("more-gaps", "cesopsn", "", false);
    let append = RecordOptions { append: true, ..RECEIVED };
    let sums = [(); 3].map(|()| world.record(world.channel(3), "on.wav", append, 8_000));
    let (octets, told, places) = world.told("on.wav", 1);
    assert!(told.iter().copied().eq(octets.iter().map(|octet| *octet == IDLE)));
    assert!(octets.len() >= 23_500, "{}", octets.len());
    // Where one ends within a gap and the next begins within one, these are two.
    let gaps: u64 = sums.iter().map(|(_, gaps)| gaps).sum();
    assert_eq!(places as u64, gaps);
    let segments = RecordOptions { segment: Some(Frames(8_000)), ..RECEIVED };
    world.record(world.channel(3), "part.wav", segments, 20_000);
    for (name, length) in [("part-0001.wav", 8_000), ("part-0002.wav", 8_000)] {
        let (octets, told, _) = world.told(name, 1);
        assert_eq!(octets.len(), length);
        assert!(told.iter().copied().eq(octets.iter().map(|octet| *octet == IDLE)), "{name}");
        assert!(count(&told) > 200, "{name}");
    }
}
