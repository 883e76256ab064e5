//! Captures of a D channel, and what `tshark` reads in them.
use std::path::Path;
use std::process::Command;
use tandem_isdn::Side;

/// LAPD with a header that tells the direction (LINKTYPE_LINUX_LAPD).
const LINKTYPE_LINUX_LAPD: u32 = 177;

/// A capture, seen from the network: the side that sent a frame, the time in milliseconds, the frame.
pub(crate) fn write_capture(path: &Path, frames: &[(Side, u64, Vec<u8>)]) {
    let mut file = Vec::new();
    // Magic, version 2.4, zone, accuracy, longest packet, link type.
    file.extend(0xa1b2_c3d4_u32.to_le_bytes());
    file.extend([2, 0, 4, 0]);
    [0, 0, 65_535, LINKTYPE_LINUX_LAPD].iter().for_each(|word: &u32| file.extend(word.to_le_bytes()));
    for (sender, ms, frame) in frames {
        let length = frame.len() as u32 + 16;
        let (seconds, us) = ((ms / 1_000) as u32, (ms % 1_000 * 1_000) as u32);
        [seconds, us, length, length].iter().for_each(|word| file.extend(word.to_le_bytes()));
        // Packet type (0 received, 4 sent), ARPHRD_LAPD, address length, the side in the address, protocol.
        let kind = if *sender == Side::Network { 4 } else { 0 };
        file.extend([0, kind, 0x20, 0xfd, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x30]);
        file.extend(frame);
    }
    std::fs::write(path, file).expect("a capture is written");
}

/// What `tshark` prints of the frames, one line each; nothing if it is not installed.
pub(crate) fn dissect(frames: &[(Side, u64, Vec<u8>)], arguments: &[&str]) -> Option<Vec<String>> {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is not installed");
        return None;
    }
    let name = format!("tandem-{}-{}.pcap", env!("CARGO_CRATE_NAME"), std::process::id());
    let path = std::env::temp_dir().join(name);
    write_capture(&path, frames);
    let output =
        Command::new("tshark").arg("-n").arg("-r").arg(&path).args(arguments).output().expect("tshark runs");
    std::fs::remove_file(&path).expect("the capture was there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}
