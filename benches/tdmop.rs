//! Spans over packets: eight E1 as SAToP both ways over the loopback interface, kernel and both ends in one thread. One
//! element is a millisecond of one span, so that 12,500 ns an element are a tenth of a core for all eight.
//!
//! "bits" is the device alone: sockets, jitter buffer, clock recovery. "framed" has the software framer on it as well. These
//! run as fast as they can; "paced" sleeps until each millisecond is due, as a switch does, and prints its part of a core.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use std::net::SocketAddr;
use tandem_card::{Card, CrcMode, Frame, LineCode, LineIo, SoftFramer, SpanConfig, most_words};
use tandem_rt::MediaLoop;
use tandem_rt::sys::{DatagramSocket, Peer, monotonic_ns, sleep_until_ns, thread_cpu_ns};
use tandem_tdmop::wire::Satop;
use tandem_tdmop::{SatopLine, SatopSpan};

const SPANS: usize = 8;
const GRANULE: usize = 8;
const CONFIG: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, true);

type Line = SatopLine<DatagramSocket>;

/// Two devices whose spans are each other's far ends.
fn lines() -> [Line; 2] {
    let format = Satop::new(Satop::E1_OCTETS, None).expect("a size");
    let span = SatopSpan { t1: false, format, depth: 8, source: None, first_sequence: 0 };
    let (left, right) = (0..SPANS)
        .map(|_| {
            let (one, other) = sockets();
            ((span, one), (span, other))
        })
        .unzip();
    [SatopLine::new(left), SatopLine::new(right)]
}

fn sockets() -> (DatagramSocket, DatagramSocket) {
    let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    let address = |socket: &DatagramSocket| match socket.local() {
        Ok(Peer::Udp(address)) => address,
        other => panic!("{other:?}"),
    };
    let mut one = DatagramSocket::udp(any, any).expect("a socket");
    let other = DatagramSocket::udp(any, address(&one)).expect("a socket");
    one.set_peer(address(&other));
    (one, other)
}

/// What was measured are spans on which nothing was lost.
fn check(line: &Line) {
    for span in 0..SPANS {
        let receiver = line.circuit(span).expect("a span").receiver();
        let counters = receiver.counters();
        assert!(!receiver.loss_of_packets() && counters.played > 100, "span {span}: {counters:?}");
        assert!(
            1000 * (counters.lost + counters.refused.sum()) < counters.played,
            "span {span}: {counters:?}"
        );
    }
}

fn bench(criterion: &mut Criterion<CpuTime>, name: &str, mut turn: impl FnMut()) {
    (0..1000).for_each(|_| turn());
    let mut group = criterion.benchmark_group("tdmop");
    group.throughput(Throughput::Elements(SPANS as u64));
    group.bench_function(name, |bencher| bencher.iter(&mut turn));
}

fn bits(criterion: &mut Criterion<CpuTime>) {
    let mut lines = lines();
    lines.iter_mut().for_each(|line| line.start().expect("sockets"));
    let mut media = MediaLoop::default();
    let mut words = [0; most_words(GRANULE)];
    bench(criterion, "eight E1 as SAToP over loopback, both ends, bits", || {
        media.run_tick(GRANULE, |tick| {
            for line in &mut lines {
                line.service(tick);
                for span in 0..SPANS {
                    black_box(line.receive(tick, span, &mut words));
                    line.transmit(tick, span, &words[..4 * GRANULE]);
                }
            }
        });
    });
    lines.iter().for_each(check);
}

/// Two cards with the thread that serves both.
struct Framed {
    cards: [SoftFramer<Line>; 2],
    media: MediaLoop,
    frames: [Frame; GRANULE],
}

impl Framed {
    fn new() -> Self {
        let mut cards = lines().map(SoftFramer::new);
        for card in &mut cards {
            (0..SPANS).for_each(|span| card.configure(span, &CONFIG).expect("an E1"));
            card.start().expect("sockets");
        }
        Self { cards, media: MediaLoop::default(), frames: [[0x55; 32]; GRANULE] }
    }

    fn turn(&mut self) {
        let Self { cards, media, frames } = self;
        media.run_tick(GRANULE, |tick| {
            for card in cards {
                card.service(tick);
                for span in 0..SPANS {
                    card.receive(tick, span, frames);
                    card.transmit(tick, span, black_box(frames));
                }
            }
        });
    }

    fn check(&self) {
        for card in &self.cards {
            check(card.line());
            assert!((0..SPANS).all(|span| card.status(span).defects.is_empty()));
        }
    }
}

fn framed(criterion: &mut Criterion<CpuTime>) {
    let mut framed = Framed::new();
    bench(criterion, "the same, framed", || framed.turn());
    framed.check();
}

fn paced() {
    let mut framed = Framed::new();
    (0..1000).for_each(|_| framed.turn());
    let (mut due_ns, used_ns) = (monotonic_ns(), thread_cpu_ns());
    for _ in 0..PACED_MS {
        due_ns += 1_000_000;
        sleep_until_ns(due_ns);
        framed.turn();
    }
    let used_ns = thread_cpu_ns() - used_ns;
    framed.check();
    println!("the same, framed and paced: {:.1} % of a core", used_ns as f64 / PACED_MS as f64 / 1e4);
}

const PACED_MS: u64 = 10_000;

fn main() {
    let mut criterion = criterion().configure_from_args();
    bits(&mut criterion);
    framed(&mut criterion);
    // Not when cargo only asks whether the bench can be run.
    if !std::env::args().any(|argument| argument == "--test") {
        paced();
    }
    criterion.final_summary();
}
