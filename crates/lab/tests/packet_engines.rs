//! Two engines joined by a primary rate interface that travels in packets, over a network that delays, mixes, copies and
//! loses them.
mod network;
mod pair;
use network::over_packets;
use pair::{NETWORK, Pair, USER, keys};
use tandem_engine::{EndReason, EventKind, Terms};
use tandem_types::Cause;

/// One packet in a hundred.
const LOSSY: u32 = 10_000;

#[test]
fn calls_over_packets_are_answered_spoken_and_cleared_both_ways_though_some_are_lost() {
    // A T1 over SAToP loses its alignment with a packet, and with it parts of digits.
    for (model, lost_ppm, more, span) in [
        ("satop", LOSSY, "", ""),
        ("satop", 0, ", line = \"t1\"", "framing = \"t1-esf\""),
        ("cesopsn", LOSSY, "", ""),
        ("cesopsn", LOSSY, ", line = \"t1\", packet_frames = 16", "framing = \"t1-esf\""),
    ] {
        let ends = "local = \"192.0.2.1:2142\", peer = \"192.0.2.2:2142\"";
        let card = format!("model = \"{model}\"\noptions = {{ {ends}{more} }}");
        let mut pair = Pair::over(&card, span, over_packets(lost_ppm, 7));
        for from in [USER, NETWORK] {
            let to = 1 - from;
            let (placed, offered) = pair.connect(from, 9);
            let (near, far) = (pair.channel(from, 9), pair.channel(to, 9));
            pair.ends[to].collect(far, Terms { max_digits: 4, ..Terms::default() }).expect("answered");
            pair.ends[from].play_samples(near, keys("2580"), Terms::default()).expect("answered");
            pair.pass_ms(2000);
            let all_digits = |kind: &EventKind| matches!(kind, EventKind::CollectDone { digits, reason: EndReason::MaxDigits, .. } if digits == "2580");
            assert!(pair.heard(to, all_digits), "{card}: {:?}", pair.told[to]);
            // Whoever was called clears.
            pair.ends[to].call_clear(offered, Cause::NORMAL_CLEARING).expect("a call");
            pair.pass_ms(2000);
            assert_eq!(
                (pair.cleared(from), pair.cleared(to)),
                (vec![(16, true)], vec![(16, false)]),
                "{card}: {placed:?}"
            );
            pair.told = [Vec::new(), Vec::new()];
        }
        for end in &pair.ends {
            end.check_conservation().expect("every octet");
            assert_eq!(end.spans().expect("open")[0].calls, 0, "{card}");
        }
    }
}
