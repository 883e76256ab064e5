//! A whole tick of the switch, 30 and 480 channels, routes only and everything at once. One element is a
//! channel's millisecond.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use tandem_benches::tick::{Load, Mix};
use tandem_types::TickLength;

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("tick");
    for (spans, tick_frames) in [(1, 8), (16, 8), (16, 1), (16, 160)] {
        for mix in [Mix::Plain, Mix::Full] {
            let tick = TickLength::new(tick_frames).expect("1 to 160");
            let mut load = Load::new(spans, mix, tick).expect("within the limits");
            // Throughput counts whole units: for the 1-frame tick, an element is a channel's frame.
            group.throughput(Throughput::Elements((load.channels() * tick_frames.div_ceil(8)) as u64));
            let name = format!("{mix}, {} channels, {tick_frames} frames", load.channels());
            group.bench_function(name, |bencher| bencher.iter_custom(|ticks| load.run(ticks)));
            load.check().expect("all accounted for");
        }
    }
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
