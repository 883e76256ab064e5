//! Signals by their lines, heard by the receivers of libspandsp where libspandsp-dev is installed.
#[path = "../../dsp/tests/signal/spandsp.rs"]
#[allow(dead_code)]
mod spandsp;

use tandem_dsp::progress::TonePlan;
use tandem_files::signals::Signal;

/// What a receiver makes of a line; `None` if it is not there.
fn heard(receiver: &str, line: &str) -> Option<String> {
    let signal = Signal::parse(line, &TonePlan::empty()).expect("a signal");
    let mut samples = vec![0; 1600 + signal.length().0 as usize];
    signal.fill_from(0, &mut samples[800..]);
    let octets = spandsp::run(receiver, &spandsp::octets(&samples))?;
    Some(String::from_utf8(octets).expect("digits"))
}

#[test]
fn libspandsp_hears_digits() {
    for line in ["dtmf:0123456789*#ABCD", "dtmf:50/50@-20 0123456789*#ABCD", "dtmf:@-4 0123,456789*#ABCD"] {
        let Some(heard) = heard("dtmf", line) else { return };
        assert_eq!(heard, "0123456789*#ABCD", "{line}");
    }
}

#[test]
fn libspandsp_hears_register_signals() {
    for (receiver, line, wanted) in [
        ("r1", "mf:r1 KP 0123456789 ST", "*0123456789#"),
        ("r1", "mf:r1 ST' ST'' ST'''", "ABC"),
        ("r2-fwd", "mf:r2-forward 1234567890BCDEF", "1234567890BCDEF"),
        ("r2-bwd", "mf:r2-backward 70/70@-20 1234567890BCDEF", "1234567890BCDEF"),
    ] {
        let Some(heard) = heard(receiver, line) else { return };
        assert_eq!(heard, wanted, "{line}");
    }
}
