//! Calls over primary rate, back to back, by how many are up at a time; beside them libpri, where it is installed, in
//! the same run. One element is a call.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use tandem_benches::peer::Peer;
use tandem_benches::pri::{MOST_CHANNELS, PriCalls};

fn ours(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("primary rate");
    group.throughput(Throughput::Elements(1));
    for (channels, concurrent) in [(30, 30), (480, 480), (MOST_CHANNELS, 30), (MOST_CHANNELS, 4096)] {
        let mut calls = PriCalls::new(channels, concurrent);
        calls.fill();
        group.bench_function(format!("call, {concurrent} of {channels} channels"), |bencher| {
            bencher.iter(|| calls.turn());
        });
    }
}

/// Both ends of libpri, which is GPL; the program reports its own processor time.
fn of_libpri(criterion: &mut Criterion<CpuTime>, program: &Peer) {
    let mut group = criterion.benchmark_group("libpri");
    group.throughput(Throughput::Elements(1));
    for concurrent in [30, 480] {
        group.bench_function(format!("call, {concurrent} at a time"), |bencher| {
            bencher.iter_custom(|calls| program.nanoseconds(&[concurrent.to_string(), calls.to_string()]));
        });
    }
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    ours(&mut criterion);
    match Peer::build("libpri.c", &["-lpri"]) {
        Some(program) => of_libpri(&mut criterion, &program),
        None => println!("libpri: not measured, because libpri-dev is not installed"),
    }
    criterion.final_summary();
}
