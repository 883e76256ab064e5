//! G.711 over every input. The sums are those of the ITU's own test sequences (G.191) and of tables 3 and 4.

use tandem_dsp::arch::InstructionSet;
use tandem_dsp::g711::*;
use tandem_types::Law;

#[test]
fn every_sample_is_companded_as_g191_does() {
    assert_eq!(crc32((-32768..=32767).map(|x| encode(Law::A, x))), 0x9133_796e);
    assert_eq!(crc32((-32768..=32767).map(|x| encode(Law::Mu, x))), 0x6399_d432);
}

#[test]
fn every_octet_is_expanded_as_g191_does() {
    assert_eq!(crc32((0..=255).flat_map(|octet| decode(Law::A, octet).to_le_bytes())), 0x9d76_4657);
    assert_eq!(crc32((0..=255).flat_map(|octet| decode(Law::Mu, octet).to_le_bytes())), 0x0c84_7a9f);
}

#[test]
fn conversion_between_the_laws_is_by_tables_3_and_4() {
    assert_eq!(crc32((0..=255).map(|octet| transcode(Law::A, Law::Mu, octet))), 0x67fc_3ae1);
    assert_eq!(crc32((0..=255).map(|octet| transcode(Law::Mu, Law::A, octet))), 0x36bb_5a0f);
    assert!((0..=255).all(|octet| transcode(Law::A, Law::A, octet) == octet));
}

#[test]
fn sixteen_octets_change_on_the_way_there_and_back() {
    for (one, other) in [(Law::A, Law::Mu), (Law::Mu, Law::A)] {
        let changed = (0..=255u8).filter(|&x| transcode(other, one, transcode(one, other, x)) != x);
        assert_eq!(changed.count(), 16);
    }
}

#[test]
fn expanded_octets_compand_to_themselves_but_for_negative_zero() {
    for octet in 0..=255 {
        assert_eq!(encode(Law::A, decode(Law::A, octet)), octet);
        let expected = if octet == 0x7f { 0xff } else { octet };
        assert_eq!(encode(Law::Mu, decode(Law::Mu, octet)), expected);
    }
}

#[test]
fn landmarks_are_where_the_recommendation_has_them() {
    assert_eq!(decode(Law::A, 0xd5), 8);
    assert_eq!(decode(Law::A, 0x55), -8);
    assert_eq!((decode(Law::A, 0xaa), decode(Law::A, 0x2a)), (32256, -32256));
    assert_eq!((decode(Law::Mu, 0xff), decode(Law::Mu, 0x7f)), (0, 0));
    assert_eq!((decode(Law::Mu, 0x80), decode(Law::Mu, 0x00)), (32124, -32124));
}

#[test]
fn blocks_of_every_instruction_set_give_what_single_values_give() {
    let samples: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    let octets: Vec<u8> = (0..=255).collect();
    for set in InstructionSet::all() {
        for law in [Law::A, Law::Mu] {
            let mut companded = vec![0; samples.len()];
            encode_block(set, law, &samples, &mut companded);
            for (sample, octet) in samples.iter().zip(companded) {
                assert_eq!(octet, encode(law, *sample), "{set} {law:?} {sample}");
            }
            let mut expanded = [0; 256];
            decode_block(set, law, &octets, &mut expanded);
            assert_eq!(expanded, std::array::from_fn(|n| decode(law, n as u8)), "{set} {law:?}");
            for to in [Law::A, Law::Mu] {
                let mut converted = [0; 256];
                transcode_block(set, law, to, &octets, &mut converted);
                assert_eq!(converted, std::array::from_fn(|n| transcode(law, to, n as u8)), "{set} {law:?}");
            }
        }
    }
}

#[test]
fn blocks_of_any_length_leave_the_rest_alone() {
    let samples: [i16; 200] = std::array::from_fn(|n| (n as i16 - 100) * 327);
    let octets: [u8; 200] = std::array::from_fn(|n| n as u8);
    for set in InstructionSet::all() {
        for length in [0, 1, 8, 31, 32, 33, 63, 64, 65, 130, 200] {
            let (mut companded, mut expanded, mut converted) = ([1; 200], [1; 200], [1; 200]);
            encode_block(set, Law::A, &samples[..length], &mut companded);
            decode_block(set, Law::Mu, &octets, &mut expanded[..length]);
            transcode_block(set, Law::A, Law::Mu, &octets[..length], &mut converted);
            for n in 0..200 {
                let expected = [encode(Law::A, samples[n]), transcode(Law::A, Law::Mu, octets[n])];
                assert_eq!([companded[n], converted[n]], if n < length { expected } else { [1; 2] }, "{set}");
                assert_eq!(expanded[n], if n < length { decode(Law::Mu, octets[n]) } else { 1 }, "{set}");
            }
        }
    }
}

#[test]
fn zero_code_suppression_changes_the_octet_of_eight_zeros_alone() {
    let mut octets: [u8; 256] = std::array::from_fn(|n| n as u8);
    suppress_zero_codes(&mut octets);
    assert_eq!(octets[0], 0b0000_0010);
    assert!((1..256).all(|n| octets[n] == n as u8));
    assert_eq!(decode(Law::Mu, octets[0]), -7519 << 2);
}

/// CRC-32 as Ethernet and zip have it.
fn crc32(octets: impl Iterator<Item = u8>) -> u32 {
    !octets.fold(!0, |crc, octet| {
        (0..8).fold(crc ^ u32::from(octet), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
