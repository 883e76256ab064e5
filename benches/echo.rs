//! Echo cancellers, in ticks of 1 ms: while they learn, and when they have; and lost frames concealed. One element is a
//! sample of a channel.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tandem_benches::signal::{channel_samples, echo_of};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::concealment::{Concealer, FRAME};
use tandem_dsp::echo::{EchoCanceller, EchoOptions};
use tandem_types::Law;

fn benches(criterion: &mut Criterion<CpuTime>) {
    cancellers::<256>(criterion);
    cancellers::<1024>(criterion);
    concealment(criterion);
}

fn concealment(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("concealment");
    group.throughput(Throughput::Elements(FRAME as u64));
    let mut heard = Concealer::new();
    let frames = channel_samples(Law::A);
    frames[4000..].as_chunks::<FRAME>().0.iter().for_each(|frame| heard.hear(&mut frame.clone()));
    group.bench_function("10 ms lost", |bencher| {
        bencher.iter(|| heard.clone().lose(black_box(&mut [0; FRAME])));
    });
    group.bench_function("10 ms lost, in pieces of 1 ms", |bencher| {
        bencher.iter(|| {
            let mut heard = heard.clone();
            black_box([0; FRAME]).chunks_mut(8).for_each(|piece| heard.lose(black_box(piece)));
        });
    });
    group.bench_function("10 ms heard, in pieces of 1 ms", |bencher| {
        bencher.iter(|| black_box([0; FRAME]).chunks_mut(8).for_each(|piece| heard.hear(black_box(piece))));
    });
}

fn cancellers<const TAPS: usize>(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("echo");
    let receive = channel_samples(Law::A);
    let send = echo_of(Law::A, &receive);
    group.throughput(Throughput::Elements(receive.len() as u64));
    for set in InstructionSet::all() {
        let pass = |canceller: &mut EchoCanceller<TAPS>| {
            for (receive, send) in receive.chunks(8).zip(send.chunks(8)) {
                let mut sent: [i16; 8] = send.try_into().expect("a tick");
                canceller.process(black_box(receive), black_box(&mut sent));
            }
        };
        let fresh = EchoCanceller::<TAPS>::new(set, EchoOptions::default());
        let mut settled = fresh.clone();
        (0..5).for_each(|_| pass(&mut settled));
        for (name, canceller) in [("first second", fresh), ("settled", settled)] {
            group.bench_function(format!("{TAPS} taps, {name}, {set}"), |bencher| {
                bencher.iter(|| pass(&mut canceller.clone()));
            });
        }
    }
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
