//! G.711 in blocks of 20 ms. One element is a sample.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tandem_benches::signal::channel_samples;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::g711::{decode_block, encode_block, transcode_block};
use tandem_types::Law;

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("g711");
    group.throughput(Throughput::Elements(160));
    for set in InstructionSet::all() {
        for (name, law, other) in [("A-law", Law::A, Law::Mu), ("µ-law", Law::Mu, Law::A)] {
            let samples = channel_samples(law);
            let samples = &samples[4000..4160];
            let (mut octets, mut converted, mut linear) = ([0; 160], [0; 160], [0; 160]);
            group.bench_function(format!("{name} compand, {set}"), |bencher| {
                bencher.iter(|| encode_block(set, law, black_box(samples), black_box(&mut octets)));
            });
            group.bench_function(format!("{name} expand, {set}"), |bencher| {
                bencher.iter(|| decode_block(set, law, black_box(&octets), black_box(&mut linear)));
            });
            group.bench_function(format!("{name} to the other, {set}"), |bencher| {
                bencher.iter(|| {
                    transcode_block(set, law, other, black_box(&octets), black_box(&mut converted));
                });
            });
        }
    }
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
