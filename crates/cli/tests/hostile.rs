//! Files that mean harm, or nothing: the tool ends with status 0, or with status 2 and one line.
mod common;

use common::{file, run_with, wav};
use tandem_testkit::Rng;

fn octets(rng: &mut Rng, limit: u64) -> Vec<u8> {
    (0..rng.below(limit)).map(|_| (rng.word() >> 56) as u8).collect()
}

fn assert_orderly(words: &str, input: &[u8]) {
    let ran = run_with(words, input);
    let complaints = ran.stderr.lines().count();
    assert!(matches!((ran.status, complaints), (0, 0) | (2, 1)), "{words}: {} {}", ran.status, ran.stderr);
}

#[test]
fn random_octets_as_recordings_never_bring_it_down() {
    let mut rng = Rng::new(1);
    for round in 0..150 {
        let data = octets(&mut rng, 3000);
        let mut hostile = match round % 3 {
            0 => data,
            _ => {
                let tag = [1, 3, 6, 7, 0xfffe, 2][rng.below(6) as usize];
                let rate = [8000, 4000, 191_999, 44_100, 3999, u32::MAX, 1][rng.below(7) as usize];
                wav(tag, 1 + rng.below(4) as u16, 1 + rng.below(5) as u16, rate, &data)
            }
        };
        if round % 3 == 2 {
            for _ in 0..=rng.below(4) {
                let at = rng.below(44) as usize;
                hostile[at] = (rng.word() >> 56) as u8;
            }
            hostile.truncate(rng.below(3000) as usize);
        }
        file("hostile.wav", &hostile);
        assert_orderly("detect hostile.wav --json", &[]);
    }
}

#[test]
fn noise_at_full_scale_in_every_encoding_is_listened_to() {
    let mut rng = Rng::new(2);
    let data: Vec<u8> = (0..60_000).map(|_| (rng.word() >> 56) as u8).collect();
    for (tag, octets) in [(1, 1), (1, 2), (1, 3), (1, 4), (3, 4), (6, 1), (7, 1)] {
        for rate in [8000, 22_050, 191_999] {
            file("noise.wav", &wav(tag, octets, 2, rate, &data));
            assert_orderly("detect noise.wav", &[]);
        }
    }
}

#[test]
fn random_octets_as_captures_never_bring_it_down() {
    let mut rng = Rng::new(3);
    for round in 0..150 {
        let mut data = octets(&mut rng, 20_000);
        let code = ["none", "ami", "hdb3"][round % 3];
        if round % 3 > 0 && round % 7 > 0 {
            data.iter_mut().for_each(|octet| *octet %= 3);
        }
        let framing = ["e1", "e1-crc4", "e1 --cas"][rng.below(3) as usize];
        let json = ["", " --json"][rng.below(2) as usize];
        assert_orderly(&format!("line analyze - --framing {framing} --code {code}{json}"), &data);
    }
}

#[test]
fn frames_of_nothing_but_alignment_signals_do_not_confuse_it() {
    for octet in [0x1b, 0x9b, 0x36, 0x00, 0x55, 0xdb] {
        assert_orderly("line analyze - --framing e1-crc4 --cas --json", &[octet; 50_000]);
    }
}

#[test]
fn random_octets_as_samples_never_bring_it_down() {
    let mut rng = Rng::new(4);
    for round in 0..30 {
        let data = octets(&mut rng, 200_000);
        let operation = ["encode", "decode", "transcode"][round % 3];
        assert_orderly(&format!("g711 {operation} --law u - -"), &data);
    }
}
