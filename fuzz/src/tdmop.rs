//! Packets from a hostile network. The first octets choose what is configured, the others are the packet.
use crate::Source;
use tandem_tdmop::wire::{Cesopsn, Format, LONGEST, Packet, Rtp, Satop, Tdmoe};

/// Nothing panics; what is taken has the configured sizes and, written again, says the same.
pub fn satop(data: &[u8]) {
    let mut source = Source(data);
    let rtp = rtp(&mut source);
    let octets = usize::from(source.octet()) << 3 | usize::from(source.octet() & 7);
    if let Some(format) = Satop::new(octets, rtp) {
        check(Format::Satop(format), source.0);
    }
}

/// The same for CESoPSN, basic and trunk-specific.
pub fn cesopsn(data: &[u8]) {
    let mut source = Source(data);
    let rtp = rtp(&mut source);
    let (timeslots, frames) = (source.octet().into(), source.octet().into());
    let format = if source.octet() & 1 == 0 {
        Cesopsn::basic(timeslots, frames, rtp)
    } else {
        Cesopsn::trunk(timeslots, frames, rtp)
    };
    if let Some(format) = format {
        check(Format::Cesopsn(format), source.0);
    }
}

/// The same for TDMoE.
pub fn tdmoe(data: &[u8]) {
    let mut source = Source(data);
    let channels = source.octet().into();
    let subaddress =
        u16::from_be_bytes([source.0.first().copied().unwrap_or(0), source.0.get(1).copied().unwrap_or(0)]);
    if let Some(format) = Tdmoe::new(subaddress, channels) {
        check(Format::Tdmoe(format), source.0);
    }
}

fn rtp(source: &mut Source<'_>) -> Option<Rtp> {
    let payload_type = source.octet();
    (payload_type & 0x80 != 0).then_some(Rtp { payload_type: payload_type & 0x7f, ssrc: 0x0102_0304 })
}

fn check(format: Format, octets: &[u8]) {
    let Ok(packet) = format.parse(octets) else { return };
    assert!([0, format.data_octets()].contains(&packet.data.len()));
    assert!([0, format.signalling_octets()].contains(&packet.signalling.len()));
    let mut out = [0; LONGEST];
    let length = format.emit(&packet, &mut out).expect("what was read can be written");
    assert!(length <= octets.len(), "and is no longer without padding");
    let again = format.parse(&out[..length]).expect("what was written can be read");
    // With RTP, what is written bears our own source.
    assert_eq!(again, Packet { source: again.source, ..packet });
}
