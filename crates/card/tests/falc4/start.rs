//! Probing, the order of initialisation, stopping.
use crate::model::Fake;
use crate::{CAS, CCS, started};
use tandem_card::{Card, CardError, Falc4Driver, SpanConfig};
use tandem_line::{CrcMode, LineCode};

/// What a span without signalling is set up with: HDB3, CRC-4 both ways.
const GOLDEN_CCS: [(u8, u8); 22] = [
    (0x14, 0xff),
    (0x15, 0xff),
    (0x16, 0xff),
    (0x17, 0xff),
    (0x18, 0xff),
    (0x28, 0x40),
    (0x1c, 0xf0),
    (0x1d, 0x4c),
    (0x1e, 0x82),
    (0x20, 0x9f),
    (0x21, 0x1c),
    (0x36, 0x00),
    (0x38, 0x0a),
    (0x39, 0x15),
    (0x46, 0x40),
    (0x28, 0x00),
    (0x37, 0x80),
    (0x14, 0xff),
    (0x15, 0xff),
    (0x16, 0x00),
    (0x17, 0xbc),
    (0x18, 0x3f),
];

/// What a span with signalling and in double frame format is set up with.
const GOLDEN_CAS: [(u8, u8); 38] = [
    (0x14, 0xff),
    (0x15, 0xff),
    (0x16, 0xff),
    (0x17, 0xff),
    (0x18, 0xff),
    (0x28, 0x40),
    (0x1c, 0xf0),
    (0x1d, 0x44),
    (0x1e, 0x02),
    (0x20, 0x9f),
    (0x21, 0x5c),
    (0x36, 0x00),
    (0x38, 0x0a),
    (0x39, 0x15),
    (0x46, 0x40),
    (0x70, 0x0b),
    (0x71, 0xdd),
    (0x72, 0xdd),
    (0x73, 0xdd),
    (0x74, 0xdd),
    (0x75, 0xdd),
    (0x76, 0xdd),
    (0x77, 0xdd),
    (0x78, 0xdd),
    (0x79, 0xdd),
    (0x7a, 0xdd),
    (0x7b, 0xdd),
    (0x7c, 0xdd),
    (0x7d, 0xdd),
    (0x7e, 0xdd),
    (0x7f, 0xdd),
    (0x28, 0x00),
    (0x37, 0x80),
    (0x14, 0xf7),
    (0x15, 0xff),
    (0x16, 0x00),
    (0x17, 0x84),
    (0x18, 0x3f),
];

fn golden(list: &[(u8, u8)]) -> Vec<(usize, u8, u8)> {
    (0..4).flat_map(|span| list.iter().map(move |&(register, value)| (span, register, value))).collect()
}

#[test]
fn spans_are_set_up_one_after_the_other_in_the_documented_order() {
    let (fake, _card) = started(CCS);
    assert_eq!(fake.model().written, golden(&GOLDEN_CCS));
    let (fake, _card) = started(CAS);
    assert_eq!(fake.model().written, golden(&GOLDEN_CAS));
}

#[test]
fn framers_are_woken_before_their_set_up_and_dma_runs_last() {
    let (fake, _card) = started(CCS);
    let model = fake.model();
    let bridge: Vec<_> = model.bridge_written.iter().filter(|(word, _)| *word != 10).copied().collect();
    assert_eq!(
        bridge,
        [(3, 0), (4, 0), (7, 0x1000), (0, 0), (1, 2048), (13, 4096), (14, 0), (3, 0xc000_0000)]
    );
    let first_framer = model.bridge_written.iter().position(|(word, _)| *word == 10);
    let last_framer = model.bridge_written.iter().rposition(|(word, _)| *word == 10);
    assert_eq!(first_framer, Some(3));
    assert_eq!(last_framer, Some(model.bridge_written.len() - 6));
    assert!(model.dma[..4096].iter().all(|octet| *octet == 0xff));
}

#[test]
fn line_code_and_crc4_choose_the_framer_modes() {
    for (line_code, crc4, expected) in [
        (LineCode::Ami, CrcMode::Off, [0xa0, 0x44, 0x02, 0x1c]),
        (LineCode::Hdb3, CrcMode::On, [0xf0, 0x4c, 0x82, 0x1c]),
        (LineCode::Hdb3, CrcMode::Auto, [0xf0, 0x4c, 0xc2, 0x1c]),
    ] {
        let (fake, _card) = started(SpanConfig::e1(line_code, crc4, false));
        let framer = fake.model().framers[2];
        assert_eq!([framer[0x1c], framer[0x1d], framer[0x1e], framer[0x21]], expected, "{crc4:?}");
    }
}

#[test]
fn other_cards_are_refused_by_name() {
    for (version, expected) in [
        (0xffff_ffff, CardError::Hardware("VERSION reads all ones: no card answers")),
        (0xd00d_0115, CardError::Unsupported("a falc4 relative of another generation or number of spans")),
        (0x1234_5678, CardError::Unsupported("VERSION does not name a falc4 card")),
    ] {
        let fake = Fake::new();
        fake.model().words[6] = version;
        assert_eq!(Falc4Driver::new(fake.clone()).err(), Some(expected));
        assert_eq!(fake.model().writes, 0, "a stranger is not written to");
    }
    let fake = Fake::new();
    fake.model().dma.truncate(4223);
    assert!(matches!(Falc4Driver::new(fake).err(), Some(CardError::Hardware(_))));
}

#[test]
fn there_is_no_fifth_span() {
    let (_fake, mut card) = started(CCS);
    assert_eq!(card.configure(4, &CCS), Err(CardError::NoSuchSpan { span: 4, spans: 4 }));
    assert_eq!((card.info().model, card.info().spans.len(), card.info().granule), ("falc4", 4, 8));
}

#[test]
fn stop_silences_the_line_and_leaves_the_framers_in_reset() {
    let (fake, mut card) = started(CCS);
    fake.model().forget();
    card.stop();
    let model = fake.model();
    assert_eq!(model.words[3], 0);
    assert_eq!(model.words[7], 0);
    for span in 0..4 {
        assert!(model.written.contains(&(span, 0x28, 0x40)));
        assert!(model.written.contains(&(span, 0x37, 0x00)));
        assert!(model.written.contains(&(span, 0x17, 0xff)));
    }
}

#[test]
fn a_framer_that_keeps_nothing_fails_the_start() {
    let fake = Fake::new();
    let mut card = Falc4Driver::new(fake.clone()).expect("the model's VERSION");
    fake.model().hostile = Some(1);
    assert!(card.start().is_err());
    fake.model().hostile = None;
    assert_eq!(card.start(), Ok(()), "the next start is a clean one");
}
