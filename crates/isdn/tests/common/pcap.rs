//! Captures of a D channel, and what `tshark` reads in them.
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use tandem_isdn::Side;
use tandem_isdn::capture::{self, Captured};

/// A capture, seen from the network: the side that sent a frame, the time in milliseconds, the frame.
pub(crate) fn write_capture(path: &Path, frames: &[(Side, u64, Vec<u8>)]) {
    let mut file = capture::file_header();
    for (sender, ms, frame) in frames {
        let sent = *sender == Side::Network;
        let seen = Captured { at_us: ms * 1000, our_side: Side::Network, sent, frame };
        capture::append(&mut file, &seen);
    }
    std::fs::write(path, file).expect("a capture is written");
}

/// What `tshark` prints of the frames, one line each; nothing if it is not installed.
pub(crate) fn dissect(frames: &[(Side, u64, Vec<u8>)], arguments: &[&str]) -> Option<Vec<String>> {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is not installed");
        return None;
    }
    static CAPTURES: AtomicU32 = AtomicU32::new(0);
    let number = CAPTURES.fetch_add(1, Ordering::Relaxed);
    let name = format!("tandem-{}-{}-{number}.pcap", env!("CARGO_CRATE_NAME"), std::process::id());
    let path = std::env::temp_dir().join(name);
    write_capture(&path, frames);
    let output =
        Command::new("tshark").arg("-n").arg("-r").arg(&path).args(arguments).output().expect("tshark runs");
    std::fs::remove_file(&path).expect("the capture was there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}
