//! `tandem g711` over every octet and every sample.
mod common;

use common::{file, good, good_with, read, refused, refused_with};

fn all_samples() -> Vec<u8> {
    (i16::MIN..=i16::MAX).flat_map(i16::to_le_bytes).collect()
}

fn samples(octets: &[u8]) -> Vec<i32> {
    octets.chunks_exact(2).map(|o| i32::from(i16::from_le_bytes([o[0], o[1]]))).collect()
}

/// G.711 by its segments: the value of an octet, on the scale of 16 bits.
fn value(law: &str, octet: u8) -> i32 {
    let bits = i32::from(if law == "a" { octet ^ 0x55 } else { !octet });
    let (segment, step) = ((bits >> 4) & 7, bits & 15);
    let value = match (law, segment) {
        ("a", 0) => 16 * step + 8,
        ("a", _) => (16 * step + 264) << (segment - 1),
        _ => (((2 * step + 33) << segment) - 33) * 4,
    };
    let positive = (bits & 0x80 != 0) == (law == "a");
    if positive { value } else { -value }
}

#[test]
fn every_octet_is_expanded_as_g711_says() {
    let octets: Vec<u8> = (0..=255).collect();
    for law in ["a", "u"] {
        let decoded = good_with(&format!("g711 decode --law {law} - -"), &octets).stdout;
        let wanted: Vec<i32> = octets.iter().map(|octet| value(law, *octet)).collect();
        assert_eq!(samples(&decoded), wanted, "{law}");
    }
}

#[test]
fn every_sample_is_companded_to_the_value_of_its_interval() {
    for law in ["a", "u"] {
        let octets = good_with(&format!("g711 encode --law {law} - -"), &all_samples()).stdout;
        assert_eq!(octets.len(), 65_536);
        let most = if law == "a" { 32_256 } else { 32_124 };
        for (sample, octet) in (-32_768_i32..).zip(&octets) {
            let segment = (if law == "a" { octet ^ 0x55 } else { !octet }) >> 4 & 7;
            // Half an interval; µ-law moreover does not look at the two lowest bits.
            let slack = if law == "a" { 8 << segment.saturating_sub(1) } else { (4 << segment) + 3 };
            let error = (value(law, *octet) - sample.clamp(-most, most)).abs();
            assert!(error <= slack, "{law} {sample}: {octet:02x} is off by {error}");
        }
    }
}

#[test]
fn decoding_and_encoding_again_gives_every_octet_back() {
    let octets: Vec<u8> = (0..=255).collect();
    for law in ["a", "u"] {
        let decoded = good_with(&format!("g711 decode --law {law} - -"), &octets).stdout;
        let encoded = good_with(&format!("g711 encode --law {law} - -"), &decoded).stdout;
        // µ-law has two zeros, which are one number.
        let wanted: Vec<u8> =
            octets.iter().map(|octet| if law == "u" && *octet == 0x7f { 0xff } else { *octet }).collect();
        assert_eq!(encoded, wanted, "{law}");
    }
}

#[test]
fn transcoding_goes_from_the_law_named_to_the_other() {
    let octets: Vec<u8> = (0..=255).collect();
    for (from, to) in [("a", "u"), ("u", "a")] {
        let there = good_with(&format!("g711 transcode --law {from} - -"), &octets).stdout;
        for (before, after) in octets.iter().zip(&there) {
            let (before, after) = (value(from, *before), value(to, *after));
            assert!((before - after).abs() <= before.abs() / 16 + 16, "{from}: {before} became {after}");
        }
        let back = good_with(&format!("g711 transcode --law {to} - -"), &there).stdout;
        let changed = octets.iter().zip(&back).filter(|(one, other)| one != other).count();
        assert_eq!(changed, 16, "{from}");
    }
}

#[test]
fn a_long_file_is_converted_whole() {
    let octets: Vec<u8> = (0..300_001u32).map(|n| ((n * 7) >> 3) as u8).collect();
    file("long.al", &octets);
    good("g711 decode --law a long.al long.raw");
    let raw = read("long.raw");
    let wanted: Vec<i32> = octets.iter().map(|octet| value("a", *octet)).collect();
    assert_eq!(samples(&raw), wanted);
    good("g711 encode --law a long.raw long.back");
    assert!(read("long.back") == octets);
}

#[test]
fn an_octet_too_many_is_refused_after_the_samples_before_it() {
    let line = refused_with("g711 encode --law u - odd.out", &[0, 0, 1]);
    assert_eq!(line, "tandem: standard input: the last sample has only one octet of two");
    assert_eq!(read("odd.out"), [0xff]);
    assert!(good_with("g711 encode --law u - -", &[]).stdout.is_empty());
}

#[test]
fn a_file_is_not_written_over_itself() {
    file("same.raw", &[1; 100]);
    refused("g711 encode --law a same.raw ./same.raw");
    assert_eq!(read("same.raw"), [1; 100]);
}
