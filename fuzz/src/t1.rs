//! Any bits to the receive side of a T1 or J1 span: line codes, loss of signal, alignment, signalling, alarms.
use crate::{Source, symbols_of};
use tandem_line::{
    Decoder, DeframerSink, FrameWords, LineCode, LineEvent, LosDetector, T1Config, T1Deframer, T1Framing,
    T1Terminal,
};
use tandem_types::{Abcd, Defect, Timeslot};

/// The first octet chooses the set-up and what becomes of the rest: bits for a deframer, symbols for a whole
/// receiver, or frames for a terminal that talks to itself through errors.
pub fn t1(data: &[u8]) {
    let mut source = Source(data);
    let choice = source.octet();
    let framing = match choice & 3 {
        0 => T1Framing::Sf,
        1 => T1Framing::J1Esf,
        2 => T1Framing::J1Sf,
        _ => T1Framing::Esf,
    };
    let config = T1Config { framing, cas: choice & 4 != 0 };
    let code = if choice & 16 != 0 { LineCode::Ami } else { LineCode::B8zs };
    match choice >> 6 {
        0 | 1 => bits(&config, source),
        2 => symbols(&config, code, source),
        _ => looped(&config, source),
    }
}

/// Counts what a deframer tells.
#[derive(Default)]
struct Sink {
    frames: u64,
    aligned: u64,
    losses: u64,
    framing_errors: u64,
    crc_errors: u64,
    link_bits: u64,
    /// Bits taken since the start, for the places of alignments.
    taken: u64,
}

impl DeframerSink for Sink {
    fn frame(&mut self, octets: &[u8; 32], _: bool) {
        self.frames += 1;
        assert!(octets[0] == 0xff && octets[25..] == [0xff; 7], "padding");
    }

    fn event(&mut self, event: LineEvent) {
        match event {
            LineEvent::Aligned { frame, bit_offset } => {
                self.aligned += 1;
                assert_eq!(frame, self.frames);
                assert!(bit_offset < self.taken, "alignment is found in what was received");
            }
            LineEvent::Lost { .. } => self.losses += 1,
            LineEvent::FasError { .. } => self.framing_errors += 1,
            LineEvent::CrcError { smf, .. } => {
                self.crc_errors += 1;
                assert!(smf.is_none());
            }
            LineEvent::CasChange { timeslot, .. } => assert!((1..=24).contains(&timeslot.number())),
            LineEvent::Defect { .. } => {}
            other => panic!("{other:?} on a T1"),
        }
    }

    fn data_link(&mut self, _: bool) {
        self.link_bits += 1;
    }
}

fn agree(deframer: &T1Deframer, sink: &Sink) {
    let counters = deframer.counters();
    assert_eq!(counters.frames, sink.frames);
    assert_eq!(counters.alignment_losses, sink.losses);
    assert_eq!(counters.framing_errors, sink.framing_errors);
    assert_eq!(counters.crc_errors, sink.crc_errors);
    assert!(sink.aligned == sink.losses + u64::from(deframer.is_aligned()));
    assert!(counters.alignment_changes < sink.aligned.max(1));
    assert!(!deframer.is_aligned() || !deframer.defects().contains(Defect::Lof));
    assert!(!deframer.is_aligned() || !deframer.defects().contains(Defect::Ais));
    assert!(deframer.is_aligned() || !deframer.defects().contains(Defect::Rai));
}

fn bits(config: &T1Config, source: Source<'_>) {
    let (mut deframer, mut sink) = (T1Deframer::new(config), Sink::default());
    let bit = |at: usize| source.0.get(at / 8).is_some_and(|octet| (octet >> (7 - at % 8)) & 1 != 0);
    for push in 0..(source.0.len() * 8).div_ceil(193) {
        let mut words: FrameWords = [0; 4];
        for at in 0..193 {
            words[at / 64] |= u64::from(bit(push * 193 + at)) << (63 - at % 64);
        }
        sink.taken += 193;
        deframer.push(&words, &mut sink);
        agree(&deframer, &sink);
    }
    assert!(config.framing.is_extended() || (sink.link_bits == 0 && sink.crc_errors == 0));
    for slot in (0..32).filter_map(Timeslot::new) {
        let _ = deframer.abcd(slot);
    }
}

fn symbols(config: &T1Config, code: LineCode, source: Source<'_>) {
    let (mut decoder, mut los) = (Decoder::new(code), LosDetector::for_t1());
    let (mut terminal, mut sink) = (T1Terminal::new(*config), Sink::default());
    for octets in source.0.chunks(64) {
        let symbols = symbols_of(octets);
        los.push(&symbols);
        let mut bits = [0; 4];
        let report = decoder.decode(&symbols, &mut bits);
        assert!(report.line_code_violations <= 263);
        terminal.note_signal(los.is_lost());
        terminal.note_line_code(&report);
        sink.taken += 193;
        terminal.receive(&bits, &mut sink);
        let _ = terminal.transmit(&[0xff; 32]);
        agree(terminal.deframer(), &sink);
    }
}

/// What a terminal sends comes back to it, with bits changed by the input.
fn looped(config: &T1Config, mut source: Source<'_>) {
    let (mut terminal, mut sink) = (T1Terminal::new(*config), Sink::default());
    while !source.is_empty() {
        let (place, error) = (source.octet(), source.octet());
        if let Some(slot) = Timeslot::new(place & 31) {
            terminal.set_abcd(slot, Abcd::new(error));
        }
        let _ = terminal.data_link().send_frame(&[place, error]);
        let mut words = terminal.transmit(&[error; 32]);
        if place >= 128 {
            words[usize::from(place & 3)] ^= 1 << (error & 63);
        }
        sink.taken += 193;
        terminal.receive(&words, &mut sink);
        agree(terminal.deframer(), &sink);
    }
    // The line is clean from here on: alignment must come, whatever was before.
    let mut clean = T1Terminal::new(*config);
    for _ in 0..256 {
        sink.taken += 193;
        terminal.receive(&clean.transmit(&[0xff; 32]), &mut sink);
    }
    assert!(terminal.deframer().is_aligned(), "a clean line is found");
}
