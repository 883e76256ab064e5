//! Calls over primary rate, back to back, by how many are up at a time; beside them libpri, where it is installed, in
//! the same run. One element is a call.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::path::{Path, PathBuf};
use std::process::Command;
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

/// The program reports its own processor time.
fn of_libpri(criterion: &mut Criterion<CpuTime>, program: &Path) {
    let mut group = criterion.benchmark_group("libpri");
    group.throughput(Throughput::Elements(1));
    for concurrent in [30, 480] {
        group.bench_function(format!("call, {concurrent} at a time"), |bencher| {
            bencher.iter_custom(|calls| {
                let mut command = Command::new(program);
                command.arg(concurrent.to_string()).arg(calls.to_string());
                let output = command.output().expect("the program runs");
                let text = String::from_utf8_lossy(&output.stdout);
                text.trim().parse().unwrap_or_else(|_| panic!("nanoseconds: {text}"))
            });
        });
    }
}

/// A program with both ends of libpri, which is GPL and so in a program of its own; nothing where there is no libpri.
fn libpri() -> Option<PathBuf> {
    let program = std::env::temp_dir().join(format!("tandem-libpri-{}", std::process::id()));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/libpri.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-std=c11", "-D_DEFAULT_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", source]);
    let output = compiler.args(["-lpri", "-o"]).arg(&program).output().ok()?;
    output.status.success().then_some(program)
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    ours(&mut criterion);
    match libpri() {
        Some(program) => {
            of_libpri(&mut criterion, &program);
            let _ = std::fs::remove_file(program);
        }
        None => println!("libpri: not measured, because libpri-dev is not installed"),
    }
    criterion.final_summary();
}
