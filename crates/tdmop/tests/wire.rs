//! Packets octet by octet, as the documents draw them.
use tandem_tdmop::wire::{Cesopsn, Conditions, Format, LONGEST, Packet, Refusal, Rtp, Satop, Tdmoe};
use tandem_testkit::Rng;

const RTP: Rtp = Rtp { payload_type: 97, ssrc: 0x0a0b_0c0d };

fn emit(format: Format, packet: &Packet<'_>) -> Vec<u8> {
    let mut out = [0xee; LONGEST];
    let length = format.emit(packet, &mut out).expect("a packet of the format");
    assert!(out[length..].iter().all(|octet| *octet == 0xee), "nothing is written behind a packet");
    out[..length].to_vec()
}

fn satop(octets: usize, rtp: Option<Rtp>) -> Format {
    Format::Satop(Satop::new(octets, rtp).expect("a size"))
}

fn basic(timeslots: usize, frames: usize) -> Format {
    Format::Cesopsn(Cesopsn::basic(timeslots, frames, None).expect("a size"))
}

fn trunk(timeslots: usize, frames: usize) -> Format {
    Format::Cesopsn(Cesopsn::trunk(timeslots, frames, None).expect("a size"))
}

fn tdmoe(channels: usize) -> Format {
    Format::Tdmoe(Tdmoe::new(0x0102, channels).expect("channels"))
}

#[test]
fn satop_of_an_e1_is_a_control_word_and_256_octets() {
    let data = [0xa5; 256];
    let conditions = Conditions { remote_loss: true, ..Conditions::default() };
    let octets =
        emit(satop(256, None), &Packet { sequence: 0x1234, conditions, data: &data, ..Packet::default() });
    assert_eq!(octets.len(), 260);
    assert_eq!(octets[..4], [0x04, 0x00, 0x12, 0x34]);
    assert_eq!(octets[4..], data);
}

#[test]
fn the_rtp_header_comes_first_and_counts_in_the_length() {
    let data = [7; 40];
    let packet = Packet { sequence: 0x0102, timestamp: 0x1122_3344, data: &data, ..Packet::default() };
    let octets = emit(satop(40, Some(RTP)), &packet);
    let head = [0x80, 97, 1, 2, 0x11, 0x22, 0x33, 0x44, 0x0a, 0x0b, 0x0c, 0x0d, 0x00, 56, 1, 2];
    assert_eq!(octets[..16], head);
    let read = satop(40, Some(RTP)).parse(&octets).expect("ours");
    assert_eq!(read, Packet { source: Some(RTP.ssrc), ..packet });
}

#[test]
fn the_length_is_stated_below_64_octets_only() {
    for (octets, stated) in [(1, 5), (59, 63), (60, 0), (256, 0)] {
        let data = vec![1; octets];
        let made = emit(satop(octets, None), &Packet { data: &data, ..Packet::default() });
        assert_eq!(made[1], stated, "{octets}");
    }
}

#[test]
fn what_lies_behind_the_stated_length_is_padding() {
    let mut octets = vec![0, 12, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8];
    octets.resize(46, 0);
    assert_eq!(satop(8, None).parse(&octets).expect("padded").data, [1, 2, 3, 4, 5, 6, 7, 8]);
    octets[1] = 0;
    assert_eq!(satop(8, None).parse(&octets), Err(Refusal::Payload), "no length, no padding");
}

#[test]
fn a_length_that_cannot_be_is_refused() {
    for stated in [1, 3, 13, 63] {
        let octets = [0, stated, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(satop(8, None).parse(&octets), Err(Refusal::Length), "{stated}");
    }
    for stated in [4, 5, 11] {
        let octets = [0, stated, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(satop(8, None).parse(&octets), Err(Refusal::Payload), "{stated}");
    }
}

#[test]
fn data_may_be_left_out_when_they_mean_nothing() {
    let conditions = Conditions { local_fault: true, ..Conditions::default() };
    let packet = Packet { sequence: 5, conditions, ..Packet::default() };
    for format in [satop(256, None), basic(31, 8), trunk(30, 16)] {
        let octets = emit(format, &packet);
        assert_eq!(octets, [0x08, 4, 0, 5]);
        assert_eq!(format.parse(&octets), Ok(packet));
        assert_eq!(format.parse(&[0, 4, 0, 5]), Err(Refusal::Payload), "without L they may not");
        assert_eq!(format.emit(&Packet { conditions: Conditions::default(), ..packet }, &mut [0; 300]), None);
    }
}

#[test]
fn satop_does_not_look_at_reserved_bits() {
    let mut octets = emit(satop(32, None), &Packet { data: &[3; 32], ..Packet::default() });
    octets[0] |= 0x03;
    octets[1] |= 0xc0;
    assert!(satop(32, None).parse(&octets).is_ok());
}

#[test]
fn an_associated_channel_is_no_data() {
    let mut octets = emit(satop(32, None), &Packet { data: &[3; 32], ..Packet::default() });
    octets[0] |= 0x10;
    assert_eq!(satop(32, None).parse(&octets), Err(Refusal::NoControlWord));
}

#[test]
fn another_rtp_header_than_agreed_is_refused() {
    let octets = emit(satop(32, Some(RTP)), &Packet { data: &[3; 32], ..Packet::default() });
    let other = Rtp { payload_type: 98, ..RTP };
    assert_eq!(satop(32, Some(other)).parse(&octets), Err(Refusal::PayloadType));
    assert_eq!(satop(32, None).parse(&octets), Err(Refusal::NoControlWord));
    let extended = [&[0x90], &octets[1..]].concat();
    assert_eq!(satop(32, Some(RTP)).parse(&extended), Err(Refusal::RtpHeader));
    assert_eq!(satop(32, Some(RTP)).parse(&octets[..15]), Err(Refusal::Short));
}

#[test]
fn the_bits_of_a_multiframe_follow_its_timeslots() {
    // Three timeslots: 48 octets, then 1010 1100, 0110 and four zeros.
    let data: Vec<u8> = (0..48).collect();
    let packet = Packet { sequence: 1, data: &data, signalling: &[0xac, 0x60], ..Packet::default() };
    let octets = emit(trunk(3, 16), &packet);
    assert_eq!(octets.len(), 4 + 48 + 2);
    assert_eq!(octets[1], 54);
    assert_eq!(octets[52..], [0xac, 0x60]);
    assert_eq!(trunk(3, 16).parse(&octets), Ok(packet));
    assert_eq!(trunk(30, 16).signalling_octets(), 15);
    assert_eq!(trunk(24, 24).data_octets(), 576);
    assert_eq!(Cesopsn::trunk(30, 8, None), None, "a whole multiframe");
}

#[test]
fn m_bits_say_what_l_means() {
    let data = [9; 40];
    let good = emit(basic(5, 8), &Packet { data: &data, ..Packet::default() });
    let with = |first: u8| {
        let mut octets = good.clone();
        octets[0] = first;
        basic(5, 8).parse(&octets).map(|packet| packet.conditions)
    };
    let none = Conditions::default();
    assert_eq!(with(0b0000), Ok(none));
    assert_eq!(with(0b0010), Ok(Conditions { remote_defect: true, ..none }));
    assert_eq!(with(0b1000), Ok(Conditions { local_fault: true, ..none }));
    assert_eq!(with(0b0110), Ok(Conditions { remote_defect: true, remote_loss: true, ..none }));
    assert_eq!(with(0b0011), Err(Refusal::SignallingOnly));
    for reserved in [0b0001, 0b1001, 0b1010, 0b1011] {
        assert_eq!(with(reserved), Err(Refusal::Modifier), "{reserved:04b}");
    }
    let both = Conditions { local_fault: true, remote_defect: true, remote_loss: true };
    assert_eq!(emit(basic(5, 8), &Packet { data: &data, conditions: both, ..Packet::default() })[0], 0b1100);
}

#[test]
fn a_fragment_is_refused() {
    let mut octets =
        emit(trunk(16, 16), &Packet { data: &[0; 256], signalling: &[0; 8], ..Packet::default() });
    for fragment in 1..4 {
        octets[1] = fragment << 6;
        assert_eq!(trunk(16, 16).parse(&octets), Err(Refusal::Fragment));
    }
}

#[test]
fn tdmoe_is_laid_out_as_dahdi_does() {
    // Five channels: two words of signalling, channel 1 in the lowest bits of the first.
    let data: Vec<u8> = (0..40).collect();
    let conditions = Conditions { remote_defect: true, ..Conditions::default() };
    let signalling = [0x43, 0x21, 0x00, 0x05];
    let packet = Packet {
        sequence: 0xfffe,
        conditions,
        source: Some(0x0102),
        data: &data,
        signalling: &signalling,
        ..Packet::default()
    };
    let octets = emit(tdmoe(5), &packet);
    assert_eq!(octets[..12], [1, 2, 8, 3, 0xff, 0xfe, 0, 5, 0x43, 0x21, 0x00, 0x05]);
    assert_eq!(octets[12..], data);
    assert_eq!(tdmoe(5).parse(&octets), Ok(packet));
    let without = emit(tdmoe(5), &Packet { signalling: &[], ..packet });
    assert_eq!(without.len(), 48);
    assert_eq!(tdmoe(5).parse(&without), Ok(Packet { signalling: &[], ..packet }));
}

#[test]
fn tdmoe_refuses_what_does_not_fit_and_takes_the_padding_of_ethernet() {
    let good = emit(tdmoe(2), &Packet { data: &[1; 16], signalling: &[0, 0], ..Packet::default() });
    let changed = |at: usize, to: u8| {
        let mut octets = good.clone();
        octets[at] = to;
        tdmoe(2).parse(&octets).map(|_| ())
    };
    assert_eq!(changed(2, 16), Err(Refusal::Samples));
    assert_eq!(changed(7, 3), Err(Refusal::Channels));
    assert_eq!(changed(6, 1), Err(Refusal::Channels));
    assert_eq!(tdmoe(2).parse(&good[..7]), Err(Refusal::Short));
    assert_eq!(tdmoe(2).parse(&good[..25]), Err(Refusal::Payload));
    let mut padded = good.clone();
    padded.push(0);
    assert_eq!(tdmoe(2).parse(&padded), Err(Refusal::Payload));
    padded.resize(46, 0);
    assert_eq!(tdmoe(2).parse(&padded).map(|packet| packet.data.len()), Ok(16));
}

#[test]
fn sizes_that_no_packet_can_have_are_not_configured() {
    assert_eq!(Satop::new(0, None), None);
    assert_eq!(Satop::new(1457, None), None);
    assert!(Satop::new(1456, Some(RTP)).is_some());
    assert_eq!(Cesopsn::basic(0, 8, None), None);
    assert_eq!(Cesopsn::basic(32, 8, None), None);
    assert_eq!(Cesopsn::basic(31, 47, None), None);
    assert!(Cesopsn::basic(31, 46, None).is_some());
    assert_eq!(Cesopsn::basic(31, usize::MAX, None), None);
    assert_eq!(Tdmoe::new(0, 0), None);
    assert_eq!(Tdmoe::new(0, 32), None);
}

#[test]
fn nothing_is_written_where_there_is_no_room() {
    let data = [1; 256];
    for room in [0, 3, 4, 11, 15, 16, 259, 271] {
        let packet = Packet { data: &data, ..Packet::default() };
        assert_eq!(satop(256, Some(RTP)).emit(&packet, &mut vec![0; room]), None, "{room}");
    }
}

#[test]
fn any_packet_is_read_as_it_was_written() {
    let mut rng = Rng::new(1);
    for _ in 0..3000 {
        let (count, frames) = (1 + rng.below(31) as usize, 1 + rng.below(40) as usize);
        let format = match rng.below(4) {
            0 => satop(1 + rng.below(1456) as usize, rng.once_in(2).then_some(RTP)),
            1 => basic(count, frames),
            2 => trunk(count, if rng.once_in(2) { 16 } else { 24 }),
            _ => tdmoe(count),
        };
        let octet = |rng: &mut Rng| rng.word() as u8;
        let data: Vec<u8> = (0..format.data_octets()).map(|_| octet(&mut rng)).collect();
        let signalling: Vec<u8> = (0..format.signalling_octets()).map(|_| octet(&mut rng)).collect();
        let conditions = match format {
            Format::Satop(_) => {
                Conditions { local_fault: rng.once_in(2), remote_loss: rng.once_in(2), remote_defect: false }
            }
            Format::Cesopsn(_) => {
                Conditions { local_fault: false, remote_loss: rng.once_in(2), remote_defect: rng.once_in(2) }
            }
            Format::Tdmoe(_) => Conditions { remote_defect: rng.once_in(2), ..Conditions::default() },
        };
        let sequence = rng.word() as u16;
        let written =
            Packet { sequence, conditions, timestamp: 0, source: None, data: &data, signalling: &signalling };
        let octets = emit(format, &written);
        let read = format.parse(&octets).expect("ours");
        assert_eq!(Packet { source: None, ..read }, written);
        // One octet less is no packet.
        assert!(format.parse(&octets[..octets.len() - 1]).is_err());
    }
}
