//! The works of the speed table: what is done with the samples of channels, a second at a time.
use crate::signal::{PERIOD, channel_samples, echo_of, lanes};
use std::hint::black_box;
use tandem_dsp::activity::{ActivityBank, ActivityDetector};
use tandem_dsp::analysis::{AnalysisOptions, CallAnalyser};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::concealment::{Concealer, FRAME};
use tandem_dsp::drift::DriftResampler;
use tandem_dsp::dtmf::{DetectorBank, LANES};
use tandem_dsp::echo::{EchoCanceller, EchoOptions};
use tandem_dsp::g711::{decode_block, encode_block};
use tandem_dsp::leveller::{LevelOptions, Leveller, LevellerBank};
use tandem_dsp::mf::{MfBank, MfSystem};
use tandem_dsp::mix::{Gain, Mixer, PIECE, Party};
use tandem_dsp::progress::{ToneBank, TonePlan, ToneSet};
use tandem_dsp::stretch::{self, Speed, Stretcher};
use tandem_rt::sys::thread_cpu_ns;
use tandem_types::{FrameTime, Frames, Law};

/// A work, and who does it besides us.
#[derive(Debug)]
pub struct Work {
    /// What the table calls it.
    pub title: &'static str,
    /// What the programs call it.
    pub name: &'static str,
    /// The same in spandsp, in speexdsp and in plain C, as `speed.c` calls it.
    pub peers: [Option<&'static str>; 3],
    /// What it may take in AVX2 and in AVX-512, where that was set.
    pub goals: Option<[f64; 2]>,
    run: fn(InstructionSet, u64) -> Cost,
}

/// Processor time, and of how many samples of channels.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// In nanoseconds.
    pub nanoseconds: u64,
    /// Samples times channels.
    pub samples: u64,
}

impl Cost {
    /// Nanoseconds a sample of a channel.
    #[must_use]
    pub fn a_sample(self) -> f64 {
        self.nanoseconds as f64 / self.samples as f64
    }
}

impl Work {
    /// Does the work for so many seconds of its channels.
    #[must_use]
    pub fn run(&self, set: InstructionSet, seconds: u64) -> Cost {
        (self.run)(set, seconds)
    }
}

/// The rows of the table.
pub const WORKS: [Work; 21] = [
    Work {
        title: "A-law, expand",
        name: "expand",
        peers: [Some("expand"), None, Some("naive expand")],
        goals: None,
        run: expand,
    },
    Work {
        title: "A-law, compand",
        name: "compand",
        peers: [Some("compand"), None, Some("naive compand")],
        goals: None,
        run: compand,
    },
    Work {
        title: "DTMF, octets in, events out",
        name: "dtmf",
        peers: [Some("dtmf"), None, None],
        goals: Some([1.0, 0.5]),
        run: dtmf,
    },
    Work { title: "MF, R1", name: "r1", peers: [Some("r1"), None, None], goals: None, run: r1 },
    Work { title: "MF, R2 forward", name: "r2", peers: [Some("r2"), None, None], goals: None, run: r2 },
    Work {
        title: "tones of `us`, fax tones",
        name: "tones",
        peers: [Some("tones"), None, None],
        goals: None,
        run: tones,
    },
    Work { title: "voice activity", name: "activity", peers: [None; 3], goals: None, run: activity },
    Work {
        title: "voice activity, gain that follows, gate",
        name: "level",
        peers: [None, Some("speex level"), None],
        goals: Some([0.6, 0.3]),
        run: level,
    },
    Work {
        title: "voice activity, a channel by itself",
        name: "activity alone",
        peers: [None; 3],
        goals: None,
        run: activity_alone,
    },
    Work {
        title: "the same, gain and gate, channels by themselves",
        name: "level alone",
        peers: [None; 3],
        goals: None,
        run: level_alone,
    },
    Work {
        title: "8000 Hz to 8001",
        name: "drift",
        peers: [None, Some("speex drift"), None],
        goals: Some([10.0, 10.0]),
        run: drift,
    },
    Work {
        title: "lost 10 ms concealed",
        name: "lost",
        peers: [Some("lost"), None, None],
        goals: Some([250.0, 250.0]),
        run: lost,
    },
    Work {
        title: "voice at 150 %",
        name: "stretch",
        peers: [Some("stretch"), None, None],
        goals: Some([30.0, 30.0]),
        run: stretch,
    },
    Work {
        title: "analysis of an answered call, without its tones",
        name: "analysis",
        peers: [None; 3],
        goals: None,
        run: analysis,
    },
    Work {
        title: "mix 30 ports, a gain each",
        name: "mix",
        peers: [None, None, Some("naive mix")],
        goals: None,
        run: mix,
    },
    Work {
        title: "echo, 256 taps, first second",
        name: "echo 256 first",
        peers: [None; 3],
        goals: Some([25.0, 15.0]),
        run: |set, seconds| echo::<256>(set, seconds, 1, 0),
    },
    Work {
        title: "echo, 256 taps, one canceller",
        name: "echo 256",
        peers: [Some("echo 256"), Some("speex echo 256"), None],
        goals: Some([25.0, 15.0]),
        run: |set, seconds| echo::<256>(set, seconds, 1, 4),
    },
    Work {
        title: "echo, 256 taps, 480 that learn",
        name: "echo 256 x 480",
        peers: [None; 3],
        goals: Some([25.0, 15.0]),
        run: |set, seconds| echo::<256>(set, seconds, 480, 4),
    },
    Work {
        title: "echo, 1024 taps, first second",
        name: "echo 1024 first",
        peers: [None; 3],
        goals: Some([80.0, 45.0]),
        run: |set, seconds| echo::<1024>(set, seconds, 1, 0),
    },
    Work {
        title: "echo, 1024 taps, one canceller",
        name: "echo 1024",
        peers: [Some("echo 1024"), Some("speex echo 1024"), None],
        goals: Some([80.0, 45.0]),
        run: |set, seconds| echo::<1024>(set, seconds, 1, 4),
    },
    Work {
        title: "echo, 1024 taps, 480 that learn",
        name: "echo 1024 x 480",
        peers: [None; 3],
        goals: Some([80.0, 45.0]),
        run: |set, seconds| echo::<1024>(set, seconds, 480, 4),
    },
];

/// Times `pass` so many times, each over so many samples.
fn cost(seconds: u64, samples: usize, mut pass: impl FnMut()) -> Cost {
    let begun = thread_cpu_ns();
    (0..seconds).for_each(|_| pass());
    Cost { nanoseconds: thread_cpu_ns() - begun, samples: seconds * samples as u64 }
}

fn expand(set: InstructionSet, seconds: u64) -> Cost {
    let samples = channel_samples(Law::A);
    let (mut octets, mut linear) = ([0; PERIOD], [0; PERIOD]);
    encode_block(set, Law::A, &samples, &mut octets);
    cost(seconds, PERIOD, || decode_block(set, Law::A, black_box(&octets), black_box(&mut linear)))
}

fn compand(set: InstructionSet, seconds: u64) -> Cost {
    let samples = channel_samples(Law::A);
    let mut octets = [0; PERIOD];
    cost(seconds, PERIOD, || encode_block(set, Law::A, black_box(&samples), black_box(&mut octets)))
}

fn dtmf(set: InstructionSet, seconds: u64) -> Cost {
    let frames = lanes(&channel_samples(Law::A));
    let mut octets = vec![[0; LANES]; frames.len()];
    encode_block(set, Law::A, frames.as_flattened(), octets.as_flattened_mut());
    let mut bank = DetectorBank::new(set);
    (0..LANES).for_each(|lane| bank.enable(lane, true));
    let (mut linear, mut now) = ([[0; LANES]; PIECE], 0);
    cost(seconds, PERIOD * LANES, || {
        for tick in black_box(&octets).chunks_exact(PIECE) {
            decode_block(set, Law::A, tick.as_flattened(), linear.as_flattened_mut());
            bank.process(&linear, FrameTime(now), |event| _ = black_box(event));
            now += PIECE as u64;
        }
    })
}

fn r1(set: InstructionSet, seconds: u64) -> Cost {
    mf(MfSystem::R1, set, seconds)
}

fn r2(set: InstructionSet, seconds: u64) -> Cost {
    mf(MfSystem::R2Forward, set, seconds)
}

fn mf(system: MfSystem, set: InstructionSet, seconds: u64) -> Cost {
    let frames = lanes(&channel_samples(Law::A));
    let mut bank = MfBank::new(set, system);
    (0..LANES).for_each(|lane| bank.enable(lane, true));
    let mut now = 0;
    cost(seconds, PERIOD * LANES, || {
        for tick in black_box(&frames).chunks_exact(PIECE) {
            bank.process(tick, FrameTime(now), |event| _ = black_box(event));
            now += PIECE as u64;
        }
    })
}

fn tones(set: InstructionSet, seconds: u64) -> Cost {
    let frames = lanes(&channel_samples(Law::A));
    let tones = ToneSet::new(&TonePlan::country("us").expect("a country")).expect("room");
    let mut bank = ToneBank::new(set);
    (0..LANES).for_each(|lane| bank.enable(lane, true));
    let mut now = 0;
    cost(seconds, PERIOD * LANES, || {
        for tick in black_box(&frames).chunks_exact(PIECE) {
            bank.process(&tones, tick, FrameTime(now), |event| _ = black_box(event));
            now += PIECE as u64;
        }
    })
}

fn activity_alone(_: InstructionSet, seconds: u64) -> Cost {
    let samples = channel_samples(Law::A);
    let mut detector = ActivityDetector::default();
    let mut now = 0;
    cost(seconds, PERIOD, || {
        for tick in black_box(&samples).chunks_exact(PIECE) {
            detector.process(tick, FrameTime(now), |event| _ = black_box(event));
            now += PIECE as u64;
        }
    })
}

fn activity(set: InstructionSet, seconds: u64) -> Cost {
    let frames = lanes(&channel_samples(Law::A));
    let mut bank = ActivityBank::new(set);
    (0..LANES).for_each(|lane| bank.enable(lane, true));
    let mut now = 0;
    cost(seconds, PERIOD * LANES, || {
        for tick in black_box(&frames).chunks_exact(PIECE) {
            bank.process(tick, FrameTime(now), |_, event| _ = black_box(event));
            now += PIECE as u64;
        }
    })
}

fn level(set: InstructionSet, seconds: u64) -> Cost {
    let frames = lanes(&channel_samples(Law::A));
    let mut bank = LevellerBank::new(set);
    (0..LANES).for_each(|lane| bank.set(lane, Some(LEVELS)));
    let mut heard = [[0; LANES]; PIECE];
    cost(seconds, PERIOD * LANES, || {
        for tick in black_box(&frames).as_chunks::<PIECE>().0 {
            heard = *tick;
            bank.process(black_box(&mut heard));
        }
    })
}

/// Each channel of a span by itself, a tick of each in turn.
fn level_alone(_: InstructionSet, seconds: u64) -> Cost {
    let frames = lanes(&channel_samples(Law::A));
    let mut levellers = vec![Leveller::new(LEVELS); LANES];
    let mut column = [0; PIECE];
    cost(seconds, PERIOD * LANES, || {
        for tick in black_box(&frames).chunks_exact(PIECE) {
            for (lane, leveller) in levellers.iter_mut().enumerate() {
                column.iter_mut().zip(tick).for_each(|(sample, frame)| *sample = frame[lane]);
                leveller.process(black_box(&mut column));
            }
        }
    })
}

/// All that can be asked of a level.
const LEVELS: LevelOptions = LevelOptions { gain_db: 3.0, target_dbm0: Some(-18.0), gate_dbm0: Some(-50.0) };

fn drift(set: InstructionSet, seconds: u64) -> Cost {
    let samples = channel_samples(Law::A);
    let mut resampler = DriftResampler::new(set, 125.0);
    let mut room = [0; PIECE + 1];
    cost(seconds, PERIOD, || {
        for tick in black_box(&samples).chunks_exact(PIECE) {
            black_box(resampler.process(tick, black_box(&mut room)));
        }
    })
}

/// Every frame of a channel is lost, by a copy of one that then hears it.
fn lost(_: InstructionSet, seconds: u64) -> Cost {
    let samples = channel_samples(Law::A);
    let mut concealer = Concealer::new();
    cost(seconds, PERIOD, || {
        for frame in black_box(&samples).as_chunks::<FRAME>().0 {
            concealer.clone().lose(black_box(&mut [0; FRAME]));
            concealer.hear(black_box(&mut frame.clone()));
        }
    })
}

/// Of samples that are put out.
fn stretch(_: InstructionSet, seconds: u64) -> Cost {
    let samples = channel_samples(Law::A);
    let speed = Speed::percent(150).expect("a speed");
    let hops = PERIOD / stretch::HOP;
    let mut stretcher = Stretcher::new(speed, 0);
    cost(seconds, hops * stretch::HOP, || {
        for _ in 0..hops {
            black_box(stretcher.put_out(|place, out| {
                let mut place = place as usize % PERIOD;
                for sample in out {
                    *sample = samples[place];
                    place = if place + 1 == PERIOD { 0 } else { place + 1 };
                }
            }));
        }
    })
}

/// A call is answered at once, and analysed for 5 s until its time is over; then the next one.
fn analysis(_: InstructionSet, seconds: u64) -> Cost {
    let samples = channel_samples(Law::A);
    let long = Frames::from_seconds(60);
    let options = AnalysisOptions { silence: long, total: long, ..AnalysisOptions::default() };
    let (mut analyser, mut now) = (CallAnalyser::new(options), 0);
    cost(seconds, PERIOD, || {
        for tick in black_box(&samples).chunks_exact(PIECE) {
            analyser.hear(tick, FrameTime(now));
            now += PIECE as u64;
        }
        if black_box(analyser.poll()).is_some() || now >= 40_000 {
            (analyser, now) = (CallAnalyser::new(options), 0);
            analyser.answered(FrameTime(0));
        }
    })
}

fn mix(set: InstructionSet, seconds: u64) -> Cost {
    const PORTS: usize = 30;
    let samples = channel_samples(Law::A);
    let mut parties = vec![Party::new(Gain::from_db(-3.0).expect("a gain")); PORTS];
    let mut mixer = Mixer::new(set);
    let pieces = PERIOD / (PORTS * PIECE);
    cost(seconds, pieces * PORTS * PIECE, || {
        for said in black_box(&samples).chunks_exact(PORTS * PIECE) {
            for (party, voice) in parties.iter_mut().zip(said.chunks_exact(PIECE)) {
                party.say(voice);
            }
            mixer.mix(black_box(&mut parties), &[], PIECE, &[]);
        }
    })
}

/// So many cancellers in turn, tick by tick, in the same call that one has heard for so many seconds. Where there are many,
/// a few ticks each time, and each goes on at another place of the call, so that it learns anew; where there is one that
/// has heard nothing, the first second each time.
fn echo<const TAPS: usize>(set: InstructionSet, seconds: u64, count: usize, heard: usize) -> Cost {
    let receive = channel_samples(Law::A);
    let send = echo_of(Law::A, &receive);
    let work = |cancellers: &mut [EchoCanceller<TAPS>], ticks: std::ops::Range<usize>| {
        for tick in ticks {
            for (n, canceller) in cancellers.iter_mut().enumerate() {
                // Each is at another place of the second.
                let place = (tick + 37 * n) % (PERIOD / PIECE) * PIECE;
                let part = place..place + PIECE;
                let mut sent: [i16; PIECE] = send[part.clone()].try_into().expect("a piece");
                canceller.process(black_box(&receive[part.clone()]), black_box(&mut sent));
            }
        }
    };
    let ticks = PERIOD / PIECE;
    let mut one = [EchoCanceller::<TAPS>::new(set, EchoOptions::default())];
    (0..heard).for_each(|_| work(&mut one, 0..ticks));
    let [one] = one;
    let mut cancellers = vec![one.clone(); count];
    let each_time = if count == 1 { ticks } else { ticks / 40 };
    let mut from = 0;
    cost(seconds, each_time * PIECE * count, || {
        if heard == 0 {
            cancellers[0] = one.clone();
        }
        work(&mut cancellers, from..from + each_time);
        from = (from + each_time) % ticks;
    })
}
