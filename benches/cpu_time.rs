//! Processor time of the thread as what criterion measures: a busy machine distorts it less than the clock.
use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{Criterion, Throughput};
use tandem_rt::sys::thread_cpu_ns;

/// Processor time of the thread.
pub(crate) struct CpuTime;

/// A bench harness that measures processor time.
pub(crate) fn criterion() -> Criterion<CpuTime> {
    Criterion::default().with_measurement(CpuTime)
}

impl Measurement for CpuTime {
    type Intermediate = u64;
    type Value = u64;

    fn start(&self) -> u64 {
        thread_cpu_ns()
    }

    fn end(&self, begun: u64) -> u64 {
        thread_cpu_ns() - begun
    }

    fn add(&self, one: &u64, other: &u64) -> u64 {
        one + other
    }

    fn zero(&self) -> u64 {
        0
    }

    fn to_f64(&self, value: &u64) -> f64 {
        *value as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &Nanoseconds
    }
}

struct Nanoseconds;

impl ValueFormatter for Nanoseconds {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        let (factor, unit) = match typical {
            ..1e3 => (1.0, "ns"),
            1e3..1e6 => (1e-3, "µs"),
            1e6..1e9 => (1e-6, "ms"),
            _ => (1e-9, "s"),
        };
        values.iter_mut().for_each(|value| *value *= factor);
        unit
    }

    /// Elements are what a bench counts (channels, frames, octets): nanoseconds for one of them.
    fn scale_throughputs(&self, _: f64, throughput: &Throughput, values: &mut [f64]) -> &'static str {
        let count = match throughput {
            Throughput::Elements(count) | Throughput::Bytes(count) | Throughput::BytesDecimal(count) => {
                *count
            }
            _ => 1,
        };
        values.iter_mut().for_each(|value| *value /= count as f64);
        "ns/elem"
    }

    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        "ns"
    }
}
