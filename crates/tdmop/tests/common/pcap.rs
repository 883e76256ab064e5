//! Captures of Ethernet frames, and what `tshark` reads in them.
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An Ethernet frame of this type.
pub(crate) fn ethernet(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    frame.extend(ethertype.to_be_bytes());
    frame.extend(payload);
    frame
}

/// An Ethernet frame with a UDP datagram to `port` over IPv4.
pub(crate) fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    let mut datagram = vec![0x45, 0];
    datagram.extend((20 + length).to_be_bytes());
    datagram.extend([0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    datagram.extend(49152_u16.to_be_bytes());
    datagram.extend(port.to_be_bytes());
    datagram.extend(length.to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    ethernet(0x0800, &datagram)
}

/// What `tshark` prints of the frames; nothing if it is not installed.
pub(crate) fn dissect(frames: &[Vec<u8>], arguments: &[&str]) -> Option<Vec<String>> {
    static CAPTURES: AtomicUsize = AtomicUsize::new(0);
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is not installed");
        return None;
    }
    // The header of a capture: version 2.4, the longest frame, link type Ethernet.
    let mut file = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0]);
    for (number, frame) in frames.iter().enumerate() {
        let length = frame.len() as u32;
        for word in [number as u32, 0, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    let number = CAPTURES.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("tandem-tdmop-{}-{number}.pcap", std::process::id()));
    std::fs::write(&path, file).expect("a capture is written");
    let output =
        Command::new("tshark").arg("-n").arg("-r").arg(&path).args(arguments).output().expect("tshark runs");
    std::fs::remove_file(&path).expect("the capture was there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}
