//! A D channel: HDLC by the octets of a timeslot, in frames and between them. One element is an octet of the line.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tandem_line::hdlc::{HdlcLimits, HdlcReceiver, HdlcSender};

const OCTETS: usize = 8000;
const LIMITS: HdlcLimits = HdlcLimits { shortest: 3, longest: 260 };

/// A second of a line with frames of this length, or with flags only.
fn line(frame: &[u8]) -> Vec<u8> {
    let mut sender = HdlcSender::new();
    (0..OCTETS).map(|_| sender.poll_octet(frame).line).collect()
}

fn noise(length: usize) -> Vec<u8> {
    let mut noise = 1_u32;
    (0..length)
        .map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        })
        .collect()
}

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("hdlc");
    group.throughput(Throughput::Elements(OCTETS as u64));
    for (name, frame) in [("flags", vec![]), ("frames of 40 octets", noise(40))] {
        let octets = line(&frame);
        let (mut receiver, mut buffer) = (HdlcReceiver::new(LIMITS), [0; 262]);
        group.bench_function(format!("receive, {name}"), |bencher| {
            bencher.iter(|| {
                for octet in black_box(&octets) {
                    black_box(receiver.handle_octet(&mut buffer, *octet));
                }
            });
        });
        let mut sender = HdlcSender::new();
        group.bench_function(format!("send, {name}"), |bencher| {
            bencher.iter(|| {
                for _ in 0..OCTETS {
                    black_box(sender.poll_octet(black_box(&frame)));
                }
            });
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    benches(&mut criterion);
    criterion.final_summary();
}
