//! G.711 over every input. The sums are those of the ITU's own test sequences (G.191) and of tables 3 and 4.

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
fn blocks_give_what_single_values_give() {
    let octets: [u8; 256] = core::array::from_fn(|n| n as u8);
    for law in [Law::A, Law::Mu] {
        let (mut samples, mut again, mut other) = ([0; 256], [0; 256], [0; 200]);
        decode_block(law, &octets, &mut samples);
        encode_block(law, &samples, &mut again);
        transcode_block(law, Law::A, &octets, &mut other);
        for n in 0..256 {
            assert_eq!(samples[n], decode(law, n as u8));
            assert_eq!(again[n], encode(law, samples[n]));
        }
        assert!((0..200).all(|n| other[n] == transcode(law, Law::A, n as u8)));
    }
}

/// CRC-32 as Ethernet and zip have it.
fn crc32(octets: impl Iterator<Item = u8>) -> u32 {
    !octets.fold(!0, |crc, octet| {
        (0..8).fold(crc ^ u32::from(octet), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
