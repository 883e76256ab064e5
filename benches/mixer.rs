//! Conference mixing: pieces of 1 ms. One element is a party.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tandem_benches::signal::channel_samples;
use tandem_dsp::mix::{PIECE, minus_self, sum_into};
use tandem_types::Law;

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("mixer");
    let second = channel_samples(Law::A);
    for parties in [3, 8, 64] {
        let voices: Vec<[i16; PIECE]> =
            (0..parties).map(|party| std::array::from_fn(|n| second[3000 + party * 50 + n])).collect();
        let mut heard = vec![[0; PIECE]; parties];
        group.throughput(Throughput::Elements(parties as u64));
        group.bench_function(format!("a bridge of {parties}"), |bencher| {
            bencher.iter(|| {
                let mut sum = [0; PIECE];
                black_box(&voices).iter().for_each(|voice| sum_into(&mut sum, voice));
                for (heard, own) in heard.iter_mut().zip(&voices) {
                    *heard = minus_self(&sum, own);
                }
                black_box(&heard);
            });
        });
    }
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
