//! Performance report messages as a foreign dissector of LAPD reads them: the octets of the frames, and the bits of
//! a data link with flags, inserted zeros and check sequence. Needs `tshark`; without it the tests say so in one
//! line and pass.
use std::path::Path;
use std::process::Command;
use tandem_line::T1Framing;
use tandem_line::hdlc::fcs16;
use tandem_line::t1::{LinkSender, Prm, PrmCounts, PrmReporter, PrmSource};
use tandem_testkit::octets_of;

/// LAPD without check sequence.
const LINKTYPE_LAPD: u32 = 203;
/// What the user says it is: here the bits of a line.
const LINKTYPE_USER0: u32 = 147;
const USER0_IS_BITS: &str = r#"uat:user_dlts:"User 0 (DLT=147)","lapd-bitstream","0","","0","""#;

fn write_capture(path: &Path, link_type: u32, frames: &[Vec<u8>]) {
    let mut file = Vec::new();
    // Magic, version 2.4, zone, accuracy, longest packet, link type.
    file.extend(0xa1b2_c3d4_u32.to_le_bytes());
    file.extend([2, 0, 4, 0]);
    [0, 0, 65_535, link_type].iter().for_each(|word: &u32| file.extend(word.to_le_bytes()));
    for (second, frame) in frames.iter().enumerate() {
        let length = frame.len() as u32;
        [second as u32, 0, length, length].iter().for_each(|word| file.extend(word.to_le_bytes()));
        file.extend(frame);
    }
    std::fs::write(path, file).expect("a capture is written");
}

/// What `tshark` prints of packets; nothing if it is not installed.
fn dissect(link_type: u32, packets: &[Vec<u8>], arguments: &[&str]) -> Option<Vec<String>> {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is not installed");
        return None;
    }
    let name = format!("tandem-prm-{}-{link_type}-{}.pcap", std::process::id(), arguments.len());
    let path = std::env::temp_dir().join(name);
    write_capture(&path, link_type, packets);
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&path).args(["-o", USER0_IS_BITS]).args(arguments);
    let output = command.output().expect("tshark runs");
    std::fs::remove_file(&path).expect("the capture was there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

fn reports() -> Vec<Prm> {
    let of = |source| {
        let mut reporter = PrmReporter::new(source);
        let counts = |n: u64| PrmCounts { crc_errors: n * 17, slips: n % 3, ..PrmCounts::default() };
        (0..20).map(move |n| reporter.handle_second(&counts(n))).collect::<Vec<_>>()
    };
    [of(PrmSource::Customer), of(PrmSource::Carrier)].concat()
}

const FIELDS: [&str; 15] = [
    "-T",
    "fields",
    "-e",
    "lapd.sapi",
    "-e",
    "lapd.cr",
    "-e",
    "lapd.tei",
    "-e",
    "lapd.control",
    "-e",
    "data.data",
    "-e",
    "_ws.malformed",
    "-n",
];

/// SAPI 14, C/R as reported, TEI 0, control 0x03, the eight octets of the seconds, and nothing malformed.
fn assert_read(lines: &[String]) {
    assert_eq!(lines.len(), 40);
    for (line, prm) in lines.iter().zip(reports()) {
        let seconds: String = prm.emit()[3..].iter().map(|octet| format!("{octet:02x}")).collect();
        let source = u8::from(prm.from == PrmSource::Carrier);
        assert_eq!(*line, format!("14\t{source}\t0\t0x0003\t{seconds}\t"));
    }
}

#[test]
fn a_foreign_dissector_reads_unnumbered_frames_of_sapi_14() {
    let packets: Vec<Vec<u8>> = reports().iter().map(|prm| prm.emit().to_vec()).collect();
    if let Some(lines) = dissect(LINKTYPE_LAPD, &packets, &FIELDS) {
        assert_read(&lines);
    }
}

/// A data link in pieces of 256 bits, each with one report among flags.
fn pieces() -> Vec<Vec<u8>> {
    let mut sender = LinkSender::new();
    let mut piece = |prm: &Prm| {
        sender.send_prm(prm);
        octets_of(&(0..256).map(|_| sender.poll_bit(T1Framing::Esf, false)).collect::<Vec<_>>())
    };
    reports().iter().map(&mut piece).collect()
}

#[test]
fn a_foreign_dissector_finds_the_frames_in_the_bits_and_computes_the_same_check_sequence() {
    let packets = pieces();
    let Some(lines) = dissect(LINKTYPE_USER0, &packets, &FIELDS) else { return };
    assert_read(&lines);
    // It takes the two octets of the sequence the other way round than they are sent, and tells what it computed.
    let lines = dissect(LINKTYPE_USER0, &packets, &["-V"]).expect("tshark was there");
    let sequences: Vec<&String> = lines.iter().filter(|line| line.contains("Checksum: 0x")).collect();
    assert_eq!(sequences.len(), 40);
    for (line, prm) in sequences.iter().zip(reports()) {
        let computed = format!("should be 0x{:04x}", fcs16(&prm.emit()));
        assert!(line.contains(&computed) || line.contains("[correct]"), "{line} {computed}");
    }
}
