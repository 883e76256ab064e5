//! What a span takes: everything that frames and watches it, both ends monitored for a day.
use tandem_line::clock::DriftEstimator;
use tandem_line::pm::Monitor;
use tandem_line::{ElasticStore, LosDetector, Packer, Terminal, Unpacker};

#[test]
fn a_span_with_96_quarter_hours_of_both_ends_takes_less_than_64_kib() {
    let framing = size_of::<Terminal>() + size_of::<Packer>() + size_of::<Unpacker>();
    let line = size_of::<LosDetector>() + size_of::<ElasticStore>() + size_of::<DriftEstimator>();
    let monitors = 2 * size_of::<Monitor>();
    println!("framing {framing}, line {line}, monitors {monitors} octets");
    // The software framer keeps two granules of words besides, 5 KiB each when they are 20 ms.
    assert!(framing + line + monitors + 2 * 8 * 642 < 64 * 1024);
}
