//! Packets of every kind as a foreign dissector reads them: no malformed packet, and each field what it was meant to be.
//! Needs `tshark`; without it a test says so in one line and passes.
mod common;

use common::pcap::{dissect, ethernet, udp};
use tandem_tdmop::wire::{Cesopsn, Conditions, Format, LONGEST, Packet, Satop, Tdmoe};

const PORT: u16 = 2142;
/// What a dissector complains of.
const MALFORMED: &str = "_ws.malformed || _ws.expert.group == \"Malformed\"";
const NONE: Conditions = Conditions { local_fault: false, remote_loss: false, remote_defect: false };

fn emit(format: &Format, packet: &Packet<'_>) -> Vec<u8> {
    let mut out = [0; LONGEST];
    let length = format.emit(packet, &mut out).expect("a packet of the format");
    out[..length].to_vec()
}

/// The fields of each packet that `protocol` finds, and that nothing is malformed.
fn fields(frames: &[Vec<u8>], decode_as: &[&str], names: &[&str]) -> Option<Vec<String>> {
    let malformed = dissect(frames, &[decode_as, &["-Y", MALFORMED]].concat())?;
    assert_eq!(malformed, Vec::<String>::new());
    let mut arguments = [decode_as, &["-T", "fields", "-E", "separator=/s"]].concat();
    names.iter().for_each(|name| arguments.extend(["-e", name]));
    dissect(frames, &arguments)
}

#[test]
fn satop_is_read_by_a_foreign_dissector() {
    let mut packets = Vec::new();
    for (octets, conditions, sequence, data) in [
        (256, NONE, 0, true),
        (192, Conditions { remote_loss: true, ..NONE }, 0x1234, true),
        (256, Conditions { local_fault: true, ..NONE }, 0xffff, false),
        (256, Conditions { local_fault: true, remote_loss: true, ..NONE }, 7, true),
        (40, NONE, 8, true),
    ] {
        let format = Format::Satop(Satop::new(octets, None).expect("a size"));
        let octets = vec![0xd5; if data { octets } else { 0 }];
        packets.push(emit(&format, &Packet { sequence, conditions, data: &octets, ..Packet::default() }));
    }
    let frames: Vec<_> = packets.iter().map(|packet| udp(PORT, packet)).collect();
    let names = ["lbit", "rbit", "rsv", "frag", "length", "seqno"].map(|name| format!("pwsatop.cw.{name}"));
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("pwsatop.payload.len");
    let Some(lines) = fields(&frames, &["-d", "udp.port==2142,pwsatopcw"], &names) else { return };
    let expected =
        ["0 0 0 0 0 0 256", "0 1 0 0 0 4660 192", "1 0 0 0 4 65535", "1 1 0 0 0 7 256", "0 0 0 0 44 8 40"];
    assert_eq!(lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>(), expected);
}

#[test]
fn cesopsn_is_read_by_a_foreign_dissector() {
    let basic = Format::Cesopsn(Cesopsn::basic(31, 8, None).expect("a size"));
    let few = Format::Cesopsn(Cesopsn::basic(1, 40, None).expect("a size"));
    // The dissector knows the basic format only, whose data are a multiple of eight octets.
    let trunk = Format::Cesopsn(Cesopsn::trunk(16, 16, None).expect("a size"));
    let mut packets = Vec::new();
    for (format, conditions, sequence, data) in [
        (&basic, NONE, 1, true),
        (&basic, Conditions { remote_defect: true, ..NONE }, 2, true),
        (&basic, Conditions { local_fault: true, ..NONE }, 3, false),
        (&few, Conditions { remote_loss: true, ..NONE }, 4, true),
        (&trunk, Conditions { remote_loss: true, remote_defect: true, ..NONE }, 5, true),
    ] {
        let octets = vec![0xd5; if data { format.data_octets() } else { 0 }];
        let signalling = vec![0x9d; if data { format.signalling_octets() } else { 0 }];
        let packet =
            Packet { sequence, conditions, data: &octets, signalling: &signalling, ..Packet::default() };
        packets.push(emit(format, &packet));
    }
    let frames: Vec<_> = packets.iter().map(|packet| udp(PORT, packet)).collect();
    let names = ["lm", "rbit", "frag", "length", "seqno"].map(|name| format!("pwcesopsn.cw.{name}"));
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("pwcesopsn.payload.len");
    let Some(lines) = fields(&frames, &["-d", "udp.port==2142,pwcesopsn"], &names) else { return };
    let expected =
        ["0x00 0 0 0 1 248", "0x02 0 0 0 2 248", "0x08 0 0 4 3", "0x00 1 0 44 4 40", "0x02 1 0 0 5 264"];
    assert_eq!(lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>(), expected);
}

#[test]
fn tdmoe_is_read_by_a_foreign_dissector() {
    let e1 = Format::Tdmoe(Tdmoe::new(3, 31).expect("channels"));
    let few = Format::Tdmoe(Tdmoe::new(200, 4).expect("channels"));
    let (data, bits) = ([0xd5; 248], [0x12; 16]);
    let packets = [
        emit(&e1, &Packet { sequence: 9, data: &data, signalling: &bits, ..Packet::default() }),
        emit(
            &few,
            &Packet {
                sequence: 0xffff,
                conditions: Conditions { remote_defect: true, ..NONE },
                data: &data[..32],
                signalling: &[0x43, 0x21],
                ..Packet::default()
            },
        ),
        emit(&e1, &Packet { sequence: 0, data: &data, ..Packet::default() }),
    ];
    let frames: Vec<_> = packets.iter().map(|packet| ethernet(Tdmoe::ETHERTYPE, packet)).collect();
    let names = ["samples", "yellowalarm", "sig_bits_present", "counter", "channels", "sig_bits"]
        .map(|name| format!("tdmoe.{name}"));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let Some(lines) = fields(&frames, &[], &names) else { return };
    let bits = "12".repeat(16);
    let expected = [&format!("8 0 1 9 31 {bits}"), "8 1 1 65535 4 4321", "8 0 0 0 31"];
    assert_eq!(lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>(), expected);
}

#[test]
fn the_foreign_dissector_does_complain() {
    // Reserved bits of SAToP.
    let frame = udp(PORT, &[0x03, 0, 0, 0, 1, 2, 3, 4]);
    let complaints = dissect(&[frame], &["-d", "udp.port==2142,pwsatopcw", "-Y", MALFORMED]);
    assert!(complaints.is_none_or(|lines| lines.len() == 1));
}
