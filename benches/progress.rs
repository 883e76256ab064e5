//! Call progress, fax and modem tones: the detectors of a span, in ticks of 1 ms. One element is a sample of a channel.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tandem_benches::signal::{channel_samples, lanes};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::LANES;
use tandem_dsp::progress::{ToneBank, ToneName, TonePlan, ToneSet};
use tandem_types::{FrameTime, Law};

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("progress");
    group.throughput(Throughput::Elements(8000 * LANES as u64));
    // India's tones beat, which takes a mean over hops.
    for country in ["us", "cn", "in"] {
        let plan = TonePlan::country(country).expect("a country");
        let tones = ToneSet::new(&plan).expect("room");
        let mut busy = vec![0; 8000];
        let tone = plan.tone(ToneName::Busy).and_then(|tone| tone.generator(Law::A, -15.0));
        tone.expect("a busy tone").fill(&mut busy);
        let loads = [("busy", lanes(&busy)), ("speech and digits", lanes(&channel_samples(Law::A)))];
        let frequencies = tones.frequencies();
        for set in InstructionSet::all() {
            for (name, frames) in &loads {
                let mut bank = ToneBank::new(set);
                (0..LANES).for_each(|lane| bank.enable(lane, true));
                let mut now = 0;
                group.bench_function(
                    format!("{country}, {frequencies} frequencies, {name}, {set}"),
                    |bencher| {
                        bencher.iter(|| {
                            for tick in frames.chunks(8) {
                                bank.process(&tones, black_box(tick), FrameTime(now), |event| {
                                    black_box(event);
                                });
                                now += 8;
                            }
                        });
                    },
                );
            }
        }
    }
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
