//! DTMF: the detectors of a span, in ticks of 1 ms, and the sender. One element is a channel's millisecond.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tandem_benches::signal::{channel_samples, lanes};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::{DetectorBank, DtmfGenerator, DtmfSender, LANES};
use tandem_types::{FrameTime, Law};

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("dtmf");
    let second = channel_samples(Law::A);
    let mut digits = vec![0; 8000];
    let mut dialler = DtmfGenerator::new(Law::A, DtmfSender::default());
    dialler.dial_str("1234567").expect("keys");
    dialler.fill(&mut digits);
    let loads = [("mixed", lanes(&second)), ("digits only", lanes(&digits)), ("silence", lanes(&[0; 8000]))];
    group.throughput(Throughput::Elements(1000 * LANES as u64));
    let sets =
        InstructionSet::all().flat_map(|set| loads.iter().map(move |(name, frames)| (set, name, frames)));
    for (set, name, frames) in sets {
        let mut bank = DetectorBank::new(set);
        (0..LANES).for_each(|lane| bank.enable(lane, true));
        let mut now = 0;
        group.bench_function(format!("32 detectors, a second of {name}, {set}"), |bencher| {
            bencher.iter(|| {
                for tick in frames.chunks(8) {
                    bank.process(black_box(tick), FrameTime(now), |event| {
                        black_box(event);
                    });
                    now += 8;
                }
            });
        });
    }
    group.throughput(Throughput::Elements(1000));
    let mut sender = DtmfGenerator::new(Law::A, DtmfSender::default());
    group.bench_function("sender, a second", |bencher| {
        bencher.iter(|| {
            sender.dial_str("1234567").expect("room");
            sender.fill(black_box(&mut digits));
            sender.stop();
        });
    });
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
