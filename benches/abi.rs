//! Calls as a host makes them, in virtual time: of the engine in Rust, and through the C interface, whose
//! functions check handles, pointers and sizes besides.
#![allow(unsafe_code)] // the C functions take pointers

mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::Criterion;
use std::ffi::CStr;
use std::hint::black_box;
use tandem::bridge::{tandem_bridge_free, tandem_bridge_new};
use tandem::engine::{tandem_engine_advance, tandem_engine_close, tandem_engine_open};
use tandem::info::tandem_get_statistics;
use tandem::types::Statistics;
use tandem_benches::memory;
use tandem_rt::sys::thread_cpu_ns;
use tandem_types::Frames;

fn through_rust(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("engine call");
    let engine = memory::open(1).expect("an engine with one span");
    group.bench_function("statistics", |bencher| bencher.iter(|| engine.statistics()));
    group.bench_function("spans", |bencher| bencher.iter(|| engine.spans()));
    group.bench_function("channels", |bencher| bencher.iter(|| engine.channels(0)));
    group.bench_function("event_wait, none waiting", |bencher| {
        bencher.iter(|| engine.event_wait(Some(Frames(0))));
    });
    group.bench_function("bridge_new and bridge_free", |bencher| {
        let pair = || {
            let bridge = engine.bridge_new().expect("there are bridges");
            black_box(engine.bridge_free(bridge)).expect("it is there");
        };
        bencher.iter_custom(|pairs| in_batches(pairs, pair, || assert!(engine.advance(Frames::from_ms(2)))));
    });
}

fn through_c(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("C call");
    let mut engine = 0;
    // SAFETY: both pointers are valid for the call.
    assert_eq!(unsafe { tandem_engine_open(CONFIGURATION.as_ptr(), &raw mut engine) }, 0);
    // SAFETY: all octets zero are a valid value.
    let mut statistics: Statistics = unsafe { std::mem::zeroed() };
    statistics.size = size_of::<Statistics>() as u32;
    group.bench_function("tandem_get_statistics", |bencher| {
        // SAFETY: the pointer is valid for the call.
        bencher.iter(|| unsafe { tandem_get_statistics(engine, &raw mut statistics) });
    });
    group.bench_function("tandem_bridge_free, stale handle", |bencher| {
        bencher.iter(|| tandem_bridge_free(engine, black_box(0x0400_0000_0000_ffff)));
    });
    group.bench_function("tandem_bridge_new and tandem_bridge_free", |bencher| {
        let pair = || {
            let mut bridge = 0;
            // SAFETY: the pointer is valid for the call.
            assert_eq!(unsafe { tandem_bridge_new(engine, &raw mut bridge) }, 0);
            assert_eq!(tandem_bridge_free(engine, bridge), 0);
        };
        let advance = || assert_eq!(tandem_engine_advance(engine, 16), 0);
        bencher.iter_custom(|pairs| in_batches(pairs, pair, advance));
    });
    assert_eq!(tandem_engine_close(engine), 0);
}

/// Times `pairs` runs of `pair`, with `advance` off the clock now and then: media takes the messages and
/// gives the boxes back.
fn in_batches(pairs: u64, pair: impl Fn(), advance: impl Fn()) -> u64 {
    let (mut left, mut spent) = (pairs, 0);
    while left > 0 {
        let now = left.min(BEFORE_A_TICK);
        let begun = thread_cpu_ns();
        (0..now).for_each(|_| pair());
        spent += thread_cpu_ns() - begun;
        left -= now;
        advance();
    }
    spent
}

/// Each pair is two messages and a bridge that is out until media has seen it; there are 256 bridges.
const BEFORE_A_TICK: u64 = 64;
const CONFIGURATION: &CStr = c"[engine]\nmode = \"lockstep\"";

fn main() {
    let mut criterion = criterion().configure_from_args();
    through_rust(&mut criterion);
    through_c(&mut criterion);
    criterion.final_summary();
}
