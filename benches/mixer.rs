//! Conference mixing: pieces of 1 ms, a gain a party. One element is a sample of a party.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tandem_benches::signal::channel_samples;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::mix::{Gain, Mixer, PIECE, Party};
use tandem_types::Law;

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("mixer");
    let second = channel_samples(Law::A);
    for count in [3, 8, 30, 300] {
        let voices: Vec<&[i16]> = (0..count).map(|party| &second[3000 + party * 10..][..PIECE]).collect();
        group.throughput(Throughput::Elements((count * PIECE) as u64));
        for set in InstructionSet::all() {
            let gain = Gain::from_db(-3.0).expect("a gain");
            let mut parties: Vec<Party> = (0..count).map(|_| Party::new(gain)).collect();
            let mut mixer = Mixer::new(set);
            group.bench_function(format!("a bridge of {count}, {set}"), |bencher| {
                bencher.iter(|| {
                    for (party, voice) in parties.iter_mut().zip(black_box(&voices)) {
                        party.say(voice);
                    }
                    mixer.mix(black_box(&mut parties), &[], PIECE, &[]);
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
