//! Any bits to the receive side of a span: line codes, loss of signal, alignment, alarms.
use crate::{Source, symbols_of};
use tandem_line::{
    CrcMode, Decoder, DeframerSink, E1Config, E1Deframer, E1Terminal, Encoder, LineCode, LineEvent,
    LosDetector, Symbols, frame_from_words, frame_to_words,
};
use tandem_types::{Abcd, Defect, TelephoneChannel, Timeslot};

/// The first octet chooses the set-up and what becomes of the rest: bits for a deframer, symbols for a whole
/// receiver, or frames for a terminal that talks to itself through errors.
pub fn deframer(data: &[u8]) {
    let mut source = Source(data);
    let choice = source.octet();
    let crc4 = match choice & 3 {
        0 => CrcMode::Off,
        1 => CrcMode::On,
        _ => CrcMode::Auto,
    };
    let config = E1Config { crc4, cas: choice & 4 != 0, nfas_loss: choice & 8 != 0 };
    match choice >> 6 {
        0 | 1 => bits(&config, source),
        2 => symbols(&config, if choice & 16 != 0 { LineCode::Ami } else { LineCode::Hdb3 }, source),
        _ => looped(&config, if choice & 16 != 0 { LineCode::Ami } else { LineCode::Hdb3 }, source),
    }
}

/// Counts what a deframer tells.
#[derive(Default)]
struct Sink {
    frames: u64,
    aligned: u64,
    losses: u64,
    octets: [u8; 32],
}

impl DeframerSink for Sink {
    fn frame(&mut self, octets: &[u8; 32], _: bool) {
        self.frames += 1;
        self.octets = *octets;
    }

    fn event(&mut self, event: LineEvent) {
        match event {
            LineEvent::Aligned { .. } => self.aligned += 1,
            LineEvent::Lost { .. } => self.losses += 1,
            LineEvent::CasChange { timeslot, .. } => assert!(timeslot.telephone_channel().is_some()),
            _ => {}
        }
    }
}

fn bits(config: &E1Config, source: Source<'_>) {
    let (mut deframer, mut sink) = (E1Deframer::new(config), Sink::default());
    for (pushes, bits) in (1..).zip(source.0.chunks(32)) {
        let mut frame = [0; 32];
        frame[..bits.len()].copy_from_slice(bits);
        deframer.push(&frame, &mut sink);
        assert_eq!(sink.frames, pushes, "one frame a push");
        assert!(sink.aligned >= sink.losses, "what was not found cannot be lost");
        assert!(!deframer.is_crc_aligned() || deframer.is_aligned());
        assert!(!deframer.is_aligned() || !deframer.defects().contains(Defect::Lof));
    }
    let counters = deframer.counters();
    assert_eq!(counters.frames, sink.frames);
    assert_eq!(counters.alignment_losses, sink.losses);
    for slot in (0..32).filter_map(Timeslot::new) {
        let _ = deframer.abcd(slot);
    }
}

fn symbols(config: &E1Config, code: LineCode, source: Source<'_>) {
    let (mut decoder, mut los) = (Decoder::new(code), LosDetector::default());
    let (mut terminal, mut sink) = (E1Terminal::new(*config), Sink::default());
    for octets in source.0.chunks(64) {
        let symbols = symbols_of(octets);
        los.push(&symbols);
        let mut bits = [0; 4];
        let report = decoder.decode(&symbols, &mut bits);
        assert!(report.line_code_violations <= 256);
        terminal.note_signal(los.is_lost());
        terminal.note_line_code(&report);
        terminal.receive(&frame_from_words(&bits), &mut sink);
        terminal.transmit(&mut [0xff; 32]);
    }
}

/// What a terminal sends comes back to it, with one octet in each frame changed by the input.
fn looped(config: &E1Config, code: LineCode, mut source: Source<'_>) {
    let (mut encoder, mut decoder) = (Encoder::new(code), Decoder::new(code));
    let (mut terminal, mut sink) = (E1Terminal::new(*config), Sink::default());
    while !source.is_empty() {
        let (place, error) = (source.octet(), source.octet());
        if let Some(channel) = TelephoneChannel::new(place) {
            let _ = terminal.set_abcd(channel, Abcd::new(error));
        }
        let mut slots = [error; 32];
        terminal.transmit(&mut slots);
        let mut symbols = [Symbols::default(); 4];
        encoder.encode(&frame_to_words(&slots), &mut symbols);
        if place >= 128 {
            symbols[usize::from(place & 3)].pos ^= 1 << (error & 63);
        }
        let mut bits = [0; 4];
        terminal.note_line_code(&decoder.decode(&symbols, &mut bits));
        terminal.receive(&frame_from_words(&bits), &mut sink);
    }
    // The line is clean from here on: alignment must come, whatever was before.
    for _ in 0..64 {
        let mut slots = [0xd5; 32];
        terminal.transmit(&mut slots);
        let mut symbols = [Symbols::default(); 4];
        encoder.encode(&frame_to_words(&slots), &mut symbols);
        let mut bits = [0; 4];
        decoder.decode(&symbols, &mut bits);
        terminal.receive(&frame_from_words(&bits), &mut sink);
    }
    assert!(terminal.deframer().is_aligned(), "a clean line is found");
}
