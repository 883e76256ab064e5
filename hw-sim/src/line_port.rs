//! The plain end of an E1 for whatever stands at the far end of a wire: test peers, the exchange.
//!
//! One call a frame: a frame of timeslots goes out, a frame comes in. Line code, framing, CRC-4, signalling
//! bits and alarms are those of an ordinary terminal (G.704, G.706, G.732); there are no registers.
use crate::wire::{FRAME_WORDS, WireEnd};
use tandem_line::{
    Decoder, DeframerSink, E1Config, E1Counters, E1Terminal, Encoder, ForbiddenAbcd, LineCode, LineEvent,
    LosDetector, Symbols, frame_from_words, frame_to_words,
};
use tandem_types::{Abcd, Defects, TelephoneChannel, Timeslot};

/// A far end.
#[derive(Debug)]
pub struct LinePort {
    wire: WireEnd,
    encoder: Encoder,
    decoder: Decoder,
    los: LosDetector,
    terminal: E1Terminal,
    received: Received,
}

/// What the last frame brought.
#[derive(Debug)]
struct Received {
    frame: [u8; 32],
    aligned: bool,
    /// Bit n: telephone channel n has other signalling bits than before.
    changed: u32,
}

impl LinePort {
    /// An end at `wire` that speaks this code and framing.
    #[must_use]
    pub fn new(wire: WireEnd, code: LineCode, config: E1Config) -> Self {
        Self {
            wire,
            encoder: Encoder::new(code),
            decoder: Decoder::new(code),
            los: LosDetector::default(),
            terminal: E1Terminal::new(config),
            received: Received { frame: [0xff; 32], aligned: false, changed: 0 },
        }
    }

    /// One frame passes: sends `slots` (timeslot 0, and 16 with signalling, are filled in) and receives.
    /// Nothing comes back while there is no frame alignment.
    pub fn exchange_frame(&mut self, slots: &[u8; 32]) -> Option<&[u8; 32]> {
        self.send(slots);
        self.receive();
        self.received.aligned.then_some(&self.received.frame)
    }

    /// The channels whose received signalling bits changed with the last frame, and their bits now.
    pub fn changes(&self) -> impl Iterator<Item = (TelephoneChannel, Abcd)> {
        let changed = self.received.changed;
        TelephoneChannel::all()
            .filter(move |channel| changed & (1 << channel.number()) != 0)
            .filter_map(|channel| Some((channel, self.terminal.abcd(channel.timeslot())?)))
    }

    /// The signalling bits last received for a timeslot.
    #[must_use]
    pub fn abcd(&self, timeslot: Timeslot) -> Option<Abcd> {
        self.terminal.abcd(timeslot)
    }

    /// The signalling bits to send for a channel.
    ///
    /// # Errors
    /// 0000 is refused on channels 1 to 15; nothing changes then.
    pub fn set_abcd(&mut self, channel: TelephoneChannel, abcd: Abcd) -> Result<(), ForbiddenAbcd> {
        self.terminal.set_abcd(channel, abcd)
    }

    /// Sends a remote alarm whatever is received, or no longer.
    pub fn set_remote_alarm(&mut self, on: bool) {
        self.terminal.set_rai(on);
    }

    /// Sends ones and nothing else, or no longer.
    pub fn set_ais(&mut self, on: bool) {
        self.terminal.set_ais(on);
    }

    /// What is wrong with the received signal.
    #[must_use]
    pub const fn defects(&self) -> Defects {
        self.terminal.defects()
    }

    /// What has been counted.
    #[must_use]
    pub const fn counters(&self) -> &E1Counters {
        self.terminal.counters()
    }

    fn send(&mut self, slots: &[u8; 32]) {
        let mut slots = *slots;
        self.terminal.transmit(&mut slots);
        let mut symbols = [Symbols::default(); FRAME_WORDS];
        self.encoder.encode(&frame_to_words(&slots), &mut symbols);
        self.wire.send(&symbols);
    }

    fn receive(&mut self) {
        let mut symbols = [Symbols::default(); FRAME_WORDS];
        self.wire.receive(&mut symbols);
        self.los.push(&symbols);
        self.terminal.note_signal(self.los.is_lost());
        let mut bits = [0; FRAME_WORDS];
        let report = self.decoder.decode(&symbols, &mut bits);
        self.terminal.note_line_code(&report);
        self.received.changed = 0;
        self.terminal.receive(&frame_from_words(&bits), &mut self.received);
    }
}

impl DeframerSink for Received {
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        (self.frame, self.aligned) = (*octets, aligned);
    }

    fn event(&mut self, event: LineEvent) {
        if let LineEvent::CasChange { timeslot, .. } = event {
            let channel = timeslot.telephone_channel().map_or(0, |channel| channel.number());
            self.changed |= 1 << channel;
        }
    }
}
