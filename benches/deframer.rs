//! E1 and T1: framing, alignment and line codes, and E1 over a simulated wire. One element is a frame.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use hw_sim::{LinePort, WireConfig, wire};
use std::hint::black_box;
use tandem_line::{
    CrcMode, Decoder, DeframerSink, E1Config, E1Deframer, E1Framer, Encoder, FrameWords, LineCode, LineEvent,
    Symbols, T1Config, T1Deframer, T1Framer, T1Framing, frame_to_words,
};

const CONFIG: E1Config = E1Config { crc4: CrcMode::On, cas: true, nfas_loss: false };
const FRAMES: usize = 160;

struct Sink {
    last: u8,
}

impl DeframerSink for Sink {
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        self.last ^= octets[5] ^ u8::from(aligned);
    }

    fn event(&mut self, event: LineEvent) {
        black_box(event);
    }
}

/// Frames of noise, framed.
fn framed() -> Vec<[u8; 32]> {
    let mut framer = E1Framer::new(&CONFIG);
    let mut noise = 1_u32;
    (0..FRAMES)
        .map(|_| {
            let mut slots = [0; 32];
            for octet in &mut slots {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *octet = (noise >> 24) as u8;
            }
            framer.frame(&mut slots);
            slots
        })
        .collect()
}

/// The same bits, begun 77 bits later.
fn off_boundary(frames: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let octets = frames.as_flattened();
    let bit = |at: usize| (octets[at / 8 % octets.len()] >> (7 - at % 8)) & 1;
    let octet = |n: usize| (0..8).fold(0, |octet, place| (octet << 1) | bit(n * 8 + place + 77));
    (0..frames.len()).map(|frame| std::array::from_fn(|n| octet(frame * 32 + n))).collect()
}

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("e1");
    group.throughput(Throughput::Elements(FRAMES as u64));
    let frames = framed();
    for (name, bits) in [("deframer, on the boundary", frames.clone()), ("deframer", off_boundary(&frames))] {
        let (mut deframer, mut sink) = (E1Deframer::new(&CONFIG), Sink { last: 0 });
        for _ in 0..4 {
            bits.iter().for_each(|bits| deframer.push(bits, &mut sink));
        }
        assert!(deframer.is_crc_aligned() && deframer.is_cas_aligned(), "the bench shows the aligned state");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                black_box(&bits).iter().for_each(|bits| deframer.push(bits, &mut sink));
                sink.last
            });
        });
    }
    let mut framer = E1Framer::new(&CONFIG);
    let mut slots = frames.clone();
    group.bench_function("framer", |bencher| {
        bencher.iter(|| black_box(&mut slots).iter_mut().for_each(|slots| framer.frame(slots)));
    });
    line_code(&mut group, &frames);
    over_a_wire(&mut group, &frames);
}

type Group<'a> = criterion::BenchmarkGroup<'a, CpuTime>;

fn line_code(group: &mut Group<'_>, frames: &[[u8; 32]]) {
    let words: Vec<u64> = frames.iter().flat_map(frame_to_words).collect();
    let (mut encoder, mut decoder) = (Encoder::new(LineCode::Hdb3), Decoder::new(LineCode::Hdb3));
    let mut symbols = vec![Symbols::default(); words.len()];
    group.bench_function("HDB3 encoder", |bencher| {
        bencher.iter(|| encoder.encode(black_box(&words), &mut symbols));
    });
    let mut bits = vec![0; words.len()];
    group.bench_function("HDB3 decoder", |bencher| {
        bencher.iter(|| decoder.decode(black_box(&symbols), &mut bits));
    });
}

fn over_a_wire(group: &mut Group<'_>, frames: &[[u8; 32]]) {
    let (left, right) = wire::pair(WireConfig::default());
    let [mut left, mut right] = [left, right].map(|end| LinePort::new(end, LineCode::Hdb3, CONFIG));
    group.bench_function("both ends of a wire, both ways", |bencher| {
        bencher.iter(|| {
            for slots in frames {
                black_box(left.exchange_frame(slots));
                black_box(right.exchange_frame(slots));
            }
        });
    });
}

fn t1(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("t1");
    group.throughput(Throughput::Elements(FRAMES as u64));
    let slots = framed();
    for (name, framing) in [("SF", T1Framing::Sf), ("ESF", T1Framing::Esf)] {
        let config = T1Config { framing, cas: true };
        let mut framer = T1Framer::new(&config);
        group.bench_function(format!("framer, {name}"), |bencher| {
            bencher.iter(|| {
                black_box(&slots).iter().for_each(|slots| {
                    black_box(framer.frame(slots));
                });
            });
        });
        // Whole superframes, so that they may be given again and again.
        let mut framer = T1Framer::new(&config);
        let bits: Vec<FrameWords> = slots.iter().cycle().take(480).map(|slots| framer.frame(slots)).collect();
        let (mut deframer, mut sink) = (T1Deframer::new(&config), Sink { last: 0 });
        bits.iter().for_each(|bits| deframer.push(bits, &mut sink));
        assert!(deframer.is_aligned(), "the bench shows the aligned state");
        let mut frames = bits.iter().cycle();
        group.bench_function(format!("deframer, {name}"), |bencher| {
            bencher.iter(|| {
                for bits in frames.by_ref().take(FRAMES) {
                    deframer.push(black_box(bits), &mut sink);
                }
                sink.last
            });
        });
        assert_eq!(deframer.counters().alignment_losses, 0);
        let noise: Vec<FrameWords> = slots.iter().map(frame_to_words).collect();
        let mut deframer = T1Deframer::new(&config);
        group.bench_function(format!("search, {name}"), |bencher| {
            bencher.iter(|| {
                black_box(&noise).iter().for_each(|bits| deframer.push(bits, &mut sink));
                sink.last
            });
        });
    }
    let words: Vec<u64> = slots.iter().flat_map(frame_to_words).collect();
    let mut symbols = vec![Symbols::default(); words.len()];
    let mut encoder = Encoder::new(LineCode::B8zs);
    group.throughput(Throughput::Elements((words.len() * 64 / 193) as u64));
    group.bench_function("B8ZS encoder", |bencher| {
        bencher.iter(|| encoder.encode(black_box(&words), &mut symbols));
    });
    let (mut decoder, mut bits) = (Decoder::new(LineCode::B8zs), vec![0; words.len()]);
    group.bench_function("B8ZS decoder", |bencher| {
        bencher.iter(|| decoder.decode(black_box(&symbols), &mut bits));
    });
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    benches(&mut criterion);
    t1(&mut criterion);
    criterion.final_summary();
}
