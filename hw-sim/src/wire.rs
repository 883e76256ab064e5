//! A wire: two ends, and in each direction a delay of any number of symbols and the faults of a line.
//!
//! The two ends may live in different owners and on different threads: each direction is a ring of words of
//! 64 symbols, and nothing waits. Both ends run at the rate of the master clock, so an end takes as many
//! words as it gives. An end that finds the wire empty hears no pulses until as much as the delay is under way
//! again; one that finds it full loses what it sends, and the other end then passes over what has become too
//! old. Both are counted, and neither happens while the ends are stepped in turn and no step is longer than
//! the delay. All faults strike at the sending end, at a place counted in the symbols it has sent.
mod control;
mod faults;

pub use control::{Way, WireControl, WireCounters};

use control::{Shared, WayShared};
use faults::Faults;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tandem_line::Symbols;
use tandem_rt::{Consumer, Producer, ring};
use tandem_types::MAX_TICK_FRAMES;

/// Symbols in an E1 frame.
pub const FRAME_SYMBOLS: u32 = 256;
/// Words of symbols in an E1 frame.
pub const FRAME_WORDS: usize = 4;

/// One direction of a wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WayConfig {
    /// How many symbols are on the wire. One frame at least; one step of whatever is stepped at its ends
    /// (2048 for a card that moves eight frames), so that it does not matter which end is stepped first.
    pub delay: u32,
    /// The part of the symbols that arrive wrong, 0 to 1.
    pub error_rate: f64,
    /// From what seed the places of these errors come.
    pub seed: u64,
}

impl Default for WayConfig {
    fn default() -> Self {
        Self { delay: 2093, error_rate: 0.0, seed: 0 }
    }
}

/// Both directions of a wire.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WireConfig {
    /// From the first end to the second.
    pub a_to_b: WayConfig,
    /// From the second end to the first.
    pub b_to_a: WayConfig,
}

impl WireConfig {
    /// A clean wire with this many symbols in each direction.
    #[must_use]
    pub const fn with_delay(delay: u32) -> Self {
        let way = WayConfig { delay, error_rate: 0.0, seed: 0 };
        Self { a_to_b: way, b_to_a: way }
    }
}

/// One end of a wire.
#[derive(Debug)]
pub struct WireEnd {
    outbound: Outbound,
    inbound: Inbound,
    shared: Arc<Shared>,
    sends: Way,
}

/// Makes a wire and gives its ends.
#[must_use]
pub fn pair(config: WireConfig) -> (WireEnd, WireEnd) {
    let shared = Arc::new(Shared::new(&config));
    let (a_out, b_in) = direction(&config.a_to_b);
    let (b_out, a_in) = direction(&config.b_to_a);
    (
        WireEnd { outbound: a_out, inbound: a_in, shared: Arc::clone(&shared), sends: Way::AToB },
        WireEnd { outbound: b_out, inbound: b_in, shared, sends: Way::BToA },
    )
}

impl WireEnd {
    /// Puts words of symbols on the wire, at the rate of four a frame.
    #[inline]
    pub fn send(&mut self, symbols: &[Symbols]) {
        let shared = self.shared.way(self.sends);
        for piece in symbols.chunks(PIECE) {
            let mut words = [Symbols::default(); PIECE];
            let words = &mut words[..piece.len()];
            words.copy_from_slice(piece);
            self.outbound.faults.apply(words, shared);
            self.outbound.shift(words);
            let taken = self.outbound.ring.push_slice(words);
            if taken < words.len() {
                shared.overrun.fetch_add((words.len() - taken) as u64, Relaxed);
            }
        }
    }

    /// Takes words of symbols off the wire, at the rate of four a frame. What has not arrived is silence.
    #[inline]
    pub fn receive(&mut self, into: &mut [Symbols]) {
        let shared = self.shared.way(self.sends.back());
        let came = self.inbound.take(into, shared);
        if let Some(missing @ [_, ..]) = into.get_mut(came..) {
            missing.fill(Symbols::default());
            shared.starved.fetch_add(missing.len() as u64, Relaxed);
        }
    }

    /// The direction in which this end sends.
    #[must_use]
    pub const fn sends(&self) -> Way {
        self.sends
    }

    /// A handle to the faults and counters of the wire.
    #[must_use]
    pub fn control(&self) -> WireControl {
        WireControl::new(Arc::clone(&self.shared))
    }
}

/// The sending side of one direction.
#[derive(Debug)]
struct Outbound {
    ring: Producer<Symbols>,
    faults: Faults,
    /// By how many places below a whole word the direction delays, 0 to 63.
    places: u32,
    /// The last word sent, whose end is still to go.
    before: Symbols,
}

impl Outbound {
    /// Delays by less than a word.
    fn shift(&mut self, words: &mut [Symbols]) {
        if self.places == 0 {
            return;
        }
        let (right, left) = (self.places, 64 - self.places);
        for word in words {
            let sent = *word;
            word.pos = (self.before.pos << left) | (sent.pos >> right);
            word.neg = (self.before.neg << left) | (sent.neg >> right);
            self.before = sent;
        }
    }
}

/// The receiving side of one direction.
#[derive(Debug)]
struct Inbound {
    ring: Consumer<Symbols>,
    /// Words that are under way when both ends are on time.
    depth: usize,
    /// Whether the wire ran empty and has not filled up again.
    filling: bool,
    /// Words known to have been lost at the sending end.
    overrun: u64,
}

impl Inbound {
    /// Fills `into` from the front with what has arrived, and says how much that is.
    fn take(&mut self, into: &mut [Symbols], shared: &WayShared) -> usize {
        let overrun = shared.overrun.load(Relaxed);
        if overrun != self.overrun {
            self.overrun = overrun;
            self.drop_old();
        }
        if self.filling && self.ring.len() < self.depth {
            return 0;
        }
        let came = self.ring.pop_slice(into);
        self.filling = came < into.len();
        came
    }

    /// This end was away for so long that the wire overflowed; the delay shall be what it was.
    #[cold]
    fn drop_old(&mut self) {
        for _ in self.depth..self.ring.len() {
            let _ = self.ring.pop();
        }
    }
}

/// One direction, filled with no pulses for as long as it delays.
fn direction(config: &WayConfig) -> (Outbound, Inbound) {
    let delay = config.delay.max(FRAME_SYMBOLS);
    let depth = (delay / 64) as usize;
    let (mut producer, consumer) = ring(depth + 2 * MAX_TICK_FRAMES * FRAME_WORDS);
    for _ in 0..depth {
        let _ = producer.push(Symbols::default());
    }
    let faults = Faults::new(config.seed);
    (
        Outbound { ring: producer, faults, places: delay % 64, before: Symbols::default() },
        Inbound { ring: consumer, depth, filling: false, overrun: 0 },
    )
}

/// Words that are worked on at a time: eight frames.
const PIECE: usize = 8 * FRAME_WORDS;
