//! Zero-code suppression: a T1 in AMI has a pulse in every octet.
use tandem_line::{Encoder, LineCode, Packer, Symbols, T1Config, T1Framer, T1Framing};
use tandem_testkit::Rng;

fn framer(framing: T1Framing, cas: bool) -> T1Framer {
    let mut framer = T1Framer::new(&T1Config { framing, cas });
    framer.set_zero_suppression(true);
    framer
}

#[test]
fn an_octet_of_zeros_is_sent_with_its_seventh_bit_at_one_and_others_as_they_are() {
    let mut framer = framer(T1Framing::Esf, false);
    let mut slots = [0x5a; 32];
    (slots[1], slots[2], slots[8], slots[24]) = (0x00, 0x01, 0x80, 0x00);
    let words = framer.frame(&slots);
    let octet = |slot: usize| {
        (0..8).fold(0, |octet, place| {
            let bit = 1 + 8 * (slot - 1) + place;
            octet << 1 | (words[bit / 64] << (bit % 64) >> 63) as u8
        })
    };
    assert_eq!((octet(1), octet(2), octet(8), octet(24)), (0x02, 0x01, 0x80, 0x02));
    for slot in (3..24).filter(|slot| *slot != 8) {
        assert_eq!(octet(slot), 0x5a, "slot {slot}");
    }
}

#[test]
fn no_more_than_15_zeros_follow_each_other_whatever_is_sent() {
    let mut rng = Rng::new(4);
    for (framing, cas) in [(T1Framing::Sf, true), (T1Framing::Esf, true), (T1Framing::Esf, false)] {
        let (mut framer, mut packer) = (framer(framing, cas), Packer::new(193));
        let mut encoder = Encoder::new(LineCode::Ami);
        let (mut zeros, mut longest) = (0, 0);
        for _ in 0..20_000 {
            // Octets with few ones, and many without any.
            let slots: [u8; 32] = std::array::from_fn(|_| match rng.below(4) {
                0 => 1 << rng.below(8),
                _ => 0,
            });
            packer.push(&framer.frame(&slots), |word| {
                let mut symbols = [Symbols::default()];
                encoder.encode(&[word], &mut symbols);
                for place in 0..64 {
                    let pulse = symbols[0].pulses() << place >> 63 == 1;
                    zeros = if pulse { 0 } else { zeros + 1 };
                    longest = longest.max(zeros);
                }
            });
        }
        assert!(longest <= 15, "{framing:?}: {longest} zeros in a row");
        assert!(longest >= 13, "the worst that can be sent was tried: {longest}");
    }
}
