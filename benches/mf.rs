//! R1, R2 and line signals: the detectors of a span, in ticks of 1 ms. One element is a sample of a channel.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tandem_benches::signal::{channel_samples, lanes};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::LANES;
use tandem_dsp::mf::{MfBank, MfGenerator, MfSender, MfSystem};
use tandem_types::{FrameTime, Law};

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("mf");
    group.throughput(Throughput::Elements(8000 * LANES as u64));
    for system in [MfSystem::R1, MfSystem::R2Forward, MfSystem::Line] {
        let mut signals = vec![0; 8000];
        let mut generator = MfGenerator::new(Law::A, system, MfSender::of(system));
        generator.dial_str("1234561").or_else(|_| generator.dial_str("1")).expect("signals");
        generator.fill(&mut signals);
        let loads = [("signals", lanes(&signals)), ("speech and digits", lanes(&channel_samples(Law::A)))];
        for set in InstructionSet::all() {
            for (name, frames) in &loads {
                let mut bank = MfBank::new(set, system);
                (0..LANES).for_each(|lane| bank.enable(lane, true));
                let mut now = 0;
                group.bench_function(format!("{system:?}, {name}, {set}"), |bencher| {
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
        }
    }
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
