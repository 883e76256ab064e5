//! Probing, the order of initialisation, stopping.
use crate::model::Fake;
use crate::{CAS, CCS, ESF, settled, started};
use tandem_card::{Card, CardError, CrcMode, Ds8Driver, LineCode, SpanConfig, T1Framing};

/// Everything that is written until the card runs, to the bridge, the chip and span 0: octet offset and value; a run of
/// words with one value in a line.
const E1_CRC4_CAS: &str = include_str!("e1_crc4_cas.txt");
const T1_ESF: &str = include_str!("t1_esf.txt");

/// Whose window an offset is in: `None` is the bridge and what the chip has once.
fn owner(offset: usize) -> Option<usize> {
    let address = offset.checked_sub(0x10000)? / 4;
    match address {
        0x0f0..=0x0fe => None,
        0..0x1000 => Some(address >> 9),
        0x1000..0x1100 => Some((address - 0x1000) >> 5),
        _ => Some((address - 0x1100) >> 4),
    }
}

/// An offset as it would be for span 0.
fn as_of_span_0(offset: usize, span: usize) -> usize {
    let step = match (offset - 0x10000) / 4 {
        0..0x1000 => 0x200,
        0x1000..0x1100 => 0x20,
        _ => 0x10,
    };
    offset - 4 * step * span
}

fn in_lines(writes: &[(usize, u32)]) -> String {
    let mut runs: Vec<(usize, usize, u32)> = Vec::new();
    for &(offset, value) in writes {
        match runs.last_mut() {
            Some((_, last, same)) if *same == value && *last + 4 == offset => *last = offset,
            _ => runs.push((offset, offset, value)),
        }
    }
    let line = |(first, last, value): &(usize, usize, u32)| {
        let last = if last == first { String::new() } else { format!("-{last:05x}") };
        format!("{first:05x}{last} {value:x}\n")
    };
    runs.iter().map(line).collect()
}

#[test]
fn the_card_is_brought_up_write_by_write_as_recorded() {
    for (config, recorded, name) in [(CAS, E1_CRC4_CAS, "e1_crc4_cas"), (ESF, T1_ESF, "t1_esf")] {
        let (fake, _card) = started(config);
        let written = fake.model().written.clone();
        let of = |span: usize| -> Vec<(usize, u32)> {
            let its = written.iter().filter(|(offset, _)| owner(*offset) == Some(span));
            its.map(|(offset, value)| (as_of_span_0(*offset, span), *value)).collect()
        };
        for span in 1..8 {
            assert_eq!(of(span), of(0), "{name}: span {span} is set up as span 0");
        }
        let shown: Vec<_> =
            written.iter().filter(|(offset, _)| matches!(owner(*offset), None | Some(0))).copied().collect();
        let lines = in_lines(&shown);
        // Comments of the record say which step of the page it is.
        let recorded: String =
            recorded.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        assert!(lines == recorded, "{name}:\n{lines}");
    }
}

#[test]
fn control_registers_are_those_of_the_table_in_every_mode() {
    let e1 = SpanConfig::e1;
    let t1 = SpanConfig::t1;
    for (config, rcr1, tcr1, tcr2, tcr3, ercnt) in [
        (e1(LineCode::Hdb3, CrcMode::Off, false), 0x64, 0x14, 0x20, 0x00, 1),
        (e1(LineCode::Hdb3, CrcMode::On, false), 0x6c, 0x05, 0xa0, 0x00, 1),
        (e1(LineCode::Hdb3, CrcMode::Auto, false), 0x6c, 0x05, 0x80, 0x00, 1),
        (e1(LineCode::Hdb3, CrcMode::On, true), 0x4c, 0x45, 0xa0, 0x00, 1),
        (e1(LineCode::Ami, CrcMode::Off, true), 0x04, 0x50, 0x20, 0x00, 0),
        // A span that hears nothing yet sends the remote alarm: bit 0 of TCR1.
        (t1(LineCode::B8zs, T1Framing::Sf, false), 0xe8, 0x05, 0x00, 0x04, 1),
        (t1(LineCode::B8zs, T1Framing::Esf, false), 0xc8, 0x05, 0x80, 0x00, 1),
        (t1(LineCode::B8zs, T1Framing::J1Esf, false), 0xcc, 0x85, 0x84, 0x00, 1),
        (t1(LineCode::B8zs, T1Framing::J1Sf, false), 0xe8, 0x05, 0x04, 0x04, 1),
        (t1(LineCode::Ami, T1Framing::Esf, true), 0x88, 0x11, 0x82, 0x00, 1),
    ] {
        let (fake, _card) = started(config);
        let model = fake.model();
        let found = [0x081, 0x181, 0x182, 0x183, 0x086].map(|register| model.port(5, register));
        assert_eq!(found, [rcr1, tcr1, tcr2, tcr3, ercnt], "{config:?}");
    }
}

#[test]
fn line_codes_of_the_other_rate_are_refused() {
    let mut card = Ds8Driver::new(Fake::new()).expect("the model's TDM_VERSION");
    for config in [
        SpanConfig::e1(LineCode::B8zs, CrcMode::On, false),
        SpanConfig::t1(LineCode::Hdb3, T1Framing::Esf, false),
    ] {
        assert!(matches!(card.configure(0, &config), Err(CardError::Unsupported(_))), "{config:?}");
    }
}

#[test]
fn other_cards_are_refused_by_name_and_not_written_to() {
    for (version, control, expected) in [
        (0xffff_ffff, 0x20, CardError::Hardware("TDM_VERSION reads all ones: no card answers")),
        (0x0001_0004, 0x20, CardError::Unsupported("TDM_VERSION does not name a ds8 card of eight spans")),
        (0x0001_0008, 0x00, CardError::Hardware("TDM_CONTROL does not say AUTHENTICATED")),
    ] {
        let fake = Fake::new();
        fake.model().set_bridge(0x2024, version);
        fake.model().set_bridge(0x2004, control);
        assert_eq!(Ds8Driver::new(fake.clone()).err(), Some(expected));
        assert_eq!(fake.model().writes, 0, "a stranger is not written to");
    }
    let fake = Fake::new();
    fake.model().dma.truncate(4096 + 12 * 4096 - 1);
    assert!(matches!(Ds8Driver::new(fake).err(), Some(CardError::Hardware(_))));
}

#[test]
fn there_is_no_ninth_span() {
    let (_fake, mut card) = started(CCS);
    assert_eq!(card.configure(8, &CCS), Err(CardError::NoSuchSpan { span: 8, spans: 8 }));
    assert_eq!((card.info().model, card.info().spans.len(), card.info().granule), ("ds8", 8, 8));
}

#[test]
fn stop_ends_dma_and_pulses_and_the_next_start_waits_for_the_end_of_the_unit() {
    let (fake, mut card, mut media) = settled(CCS);
    card.stop();
    assert_eq!(fake.bridge(0x2004) & 0x04, 0, "ENABLE_DMA");
    assert_eq!(fake.bridge(0x0000), 0x800, "the lights are off");
    for span in 0..8 {
        let model = fake.model();
        let found = [0x1002, 0x080, 0x180, 0x0a0].map(|register| model.port(span, register));
        assert_eq!(found, [0, 0x02, 0x02, 0], "LMCR, RMMR, TMMR, RIM1 of span {span}");
    }
    fake.model().forget();
    card.start().expect("a card that answers");
    // DMA still runs to the end of its unit: a ring that is set now would not be taken over.
    assert!(!fake.model().written.iter().any(|(offset, value)| *offset == 0x2004 && value & 4 != 0));
    (0..4).for_each(|_| media.turn(&mut card, 8, 0x42));
    assert_eq!(fake.bridge(0x2004), 0x2e);
    assert_ne!(media.frames, [[0xff; 32]; 8], "frames flow again");
}

#[test]
fn a_framer_that_keeps_nothing_fails_the_start() {
    let fake = Fake::new();
    let mut card = Ds8Driver::new(fake.clone()).expect("the model's TDM_VERSION");
    for seed in 1..20 {
        fake.model().hostile = Some(seed);
        assert!(card.start().is_err());
    }
    fake.model().hostile = None;
    assert_eq!(card.start(), Ok(()), "the next start is a clean one");
}

#[test]
fn the_clock_is_changed_while_dma_runs_and_no_frame_is_missed() {
    let (fake, mut card, mut media) = settled(ESF);
    for (source, reference) in [
        (tandem_card::ClockSource::Span(3), 0x38), // 1.544 MHz of span 3
        (tandem_card::ClockSource::Span(0), 0x08),
        (tandem_card::ClockSource::Internal, 0x80),
    ] {
        fake.model().forget();
        media.ticks.run_tick(0, |tick| card.set_clock(tick, source));
        media.ticks.run_tick(0, |tick| card.set_clock(tick, source));
        assert_eq!(fake.accesses(), (0, 1), "once, and nothing else");
        assert_eq!((fake.bridge(0x2004), fake.port(0, 0x0f3)), (0x2e, reference));
        (0..4).for_each(|_| media.turn(&mut card, 8, 0));
    }
    assert_eq!(card.status(0).counters.frames_missed, 0);
}
