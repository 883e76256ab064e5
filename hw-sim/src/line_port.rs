//! The plain end of a span for whatever stands at the far end of a wire: test peers, the exchange.
//!
//! One call a frame: a frame of timeslots goes out, a frame comes in. Line code, framing, CRC, signalling bits and
//! alarms are those of an ordinary terminal (G.704, G.706, G.732, T1.403); there are no registers. An end whose
//! clock is not that of simulated time sends by [`LinePort::frames_due`], now and then a frame more or less.
use crate::wire::{FRAME_WORDS, WireEnd, most_words};
use tandem_line::{
    CodeReport, Decoder, DeframerSink, ElasticStore, Encoder, Framing, LineCode, LineCounters, LineEvent,
    LosDetector, Packer, Symbols, Terminal, Unpacker,
};
use tandem_types::{Abcd, Defects, Timeslot};

/// A far end.
#[derive(Debug)]
pub struct LinePort {
    wire: WireEnd,
    encoder: Encoder,
    packer: Packer,
    decoder: Decoder,
    unpacker: Unpacker,
    los: LosDetector,
    terminal: Terminal,
    received: Received,
    /// Words to be sent by the clock of this end, less those sent.
    owed: i64,
    t1: bool,
}

/// What has come in.
#[derive(Debug)]
struct Received {
    store: ElasticStore,
    frame: [u8; 32],
    aligned: bool,
    /// Bit n: timeslot n has other signalling bits than before.
    changed: u32,
}

impl LinePort {
    /// An end at `wire` that speaks this code and framing, whose rate is that of the wire.
    #[must_use]
    pub fn new(wire: WireEnd, code: LineCode, framing: impl Into<Framing>) -> Self {
        let framing = framing.into();
        Self {
            wire,
            encoder: Encoder::new(code),
            packer: Packer::new(framing.bits()),
            decoder: Decoder::new(code),
            unpacker: Unpacker::new(framing.bits()),
            los: framing.los_detector(),
            terminal: Terminal::new(framing),
            received: Received::new(framing),
            owed: 0,
            t1: framing.is_t1(),
        }
    }

    /// Whether it is a T1 or J1.
    #[must_use]
    pub const fn is_t1(&self) -> bool {
        self.t1
    }

    /// One frame passes: sends `slots` (what belongs to the framing is filled in) as often as the clock of this end
    /// says, and receives. Nothing comes back while there is no frame alignment.
    pub fn exchange_frame(&mut self, slots: &[u8; 32]) -> Option<&[u8; 32]> {
        for _ in 0..self.frames_due() {
            self.send(slots);
        }
        self.receive()
    }

    /// How many frames this end is to send in the next frame of simulated time: one if it runs by that.
    pub fn frames_due(&mut self) -> usize {
        self.owed += self.wire.due(1) as i64;
        (self.owed.max(0) as usize).div_ceil(FRAME_WORDS)
    }

    /// Sends a frame.
    pub fn send(&mut self, slots: &[u8; 32]) {
        let bits = self.terminal.transmit(slots);
        let (mut words, mut count) = ([0; FRAME_WORDS + 1], 0);
        self.packer.push(&bits, |word| {
            words[count] = word;
            count += 1;
        });
        let mut symbols = [Symbols::default(); FRAME_WORDS + 1];
        self.encoder.encode(&words[..count], &mut symbols[..count]);
        self.wire.send(&symbols[..count]);
        self.owed -= count as i64;
    }

    /// What comes in within one frame of simulated time.
    pub fn receive(&mut self) -> Option<&[u8; 32]> {
        let mut symbols = [Symbols::default(); most_words(1)];
        let count = self.wire.receive(1, &mut symbols);
        let symbols = &symbols[..count];
        self.los.push(symbols);
        self.terminal.note_signal(self.los.is_lost());
        let mut words = [0; most_words(1)];
        let report: CodeReport = self.decoder.decode(symbols, &mut words[..count]);
        self.terminal.note_line_code(&report);
        self.received.changed = 0;
        for word in &words[..count] {
            if let Some(frame) = self.unpacker.push(*word) {
                self.terminal.receive(&frame, &mut self.received);
            }
        }
        self.received.read()
    }

    /// The timeslots whose received signalling bits changed with the last frame, and their bits now.
    pub fn changes(&self) -> impl Iterator<Item = (Timeslot, Abcd)> {
        let changed = self.received.changed;
        (0..32)
            .filter(move |number| changed & (1 << number) != 0)
            .filter_map(Timeslot::new)
            .filter_map(|timeslot| Some((timeslot, self.terminal.abcd(timeslot)?)))
    }

    /// The signalling bits last received for a timeslot.
    #[must_use]
    pub fn abcd(&self, timeslot: Timeslot) -> Option<Abcd> {
        self.terminal.abcd(timeslot)
    }

    /// The signalling bits to send for a timeslot; false where they cannot be sent (see [`Terminal::set_abcd`]).
    pub fn set_abcd(&mut self, timeslot: Timeslot, abcd: Abcd) -> bool {
        self.terminal.set_abcd(timeslot, abcd)
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
    pub const fn counters(&self) -> LineCounters {
        self.terminal.counters()
    }

    /// The end itself, for what is peculiar to its framing.
    pub const fn terminal_mut(&mut self) -> &mut Terminal {
        &mut self.terminal
    }

    /// Frames received twice or not at all, because the far end's clock is not ours: positive when it is faster.
    #[must_use]
    pub const fn slips(&self) -> i64 {
        self.received.store.balance()
    }
}

impl Received {
    /// Frames of 256 bits come one by one with their words; shorter ones do not, and one must be in hand.
    const fn new(framing: Framing) -> Self {
        let store = match framing {
            Framing::E1(_) => ElasticStore::empty(),
            Framing::T1(_) => ElasticStore::new(),
        };
        Self { store, frame: [0xff; 32], aligned: false, changed: 0 }
    }

    fn read(&mut self) -> Option<&[u8; 32]> {
        self.frame = *self.store.read().0;
        self.aligned.then_some(&self.frame)
    }
}

impl DeframerSink for Received {
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        self.store.write(octets);
        self.aligned = aligned;
    }

    fn event(&mut self, event: LineEvent) {
        if let LineEvent::CasChange { timeslot, .. } = event {
            self.changed |= 1 << timeslot.number();
        }
    }
}
