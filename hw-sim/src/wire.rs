//! A wire: two ends, and in each direction a delay of any number of symbols and the faults of a line.
//!
//! The two ends may live in different owners and on different threads: each direction is a ring of words of
//! 64 symbols, and nothing waits. Each direction has a clock: simulated time, or one that is a little off, and then
//! an end takes now and then a word more or less than the frames that have passed would make. An end that finds the wire empty hears no pulses until as much as the delay is under way
//! again; one that finds it full loses what it sends, and the other end then passes over what has become too
//! old. Both are counted, and neither happens while the ends are stepped in turn and no step is longer than
//! the delay. All faults strike at the sending end, at a place counted in the symbols it has sent.
mod control;
mod faults;

pub use control::{Way, WireControl, WireCounters};

use crate::clock::{LineRate, Pace, TimeBase, Wander};
use control::{Shared, WayShared};
use faults::Faults;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tandem_line::Symbols;
use tandem_rt::{Consumer, Producer, ring};
use tandem_types::MAX_TICK_FRAMES;

/// Words of symbols in an E1 frame; a T1 frame has three, and one more now and then.
pub const FRAME_WORDS: usize = 4;
/// Words that a receiver may get in so many frames, on any line.
#[must_use]
pub const fn most_words(frames: usize) -> usize {
    FRAME_WORDS * frames + 2
}

/// One direction of a wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WayConfig {
    /// How many bits a frame has.
    pub rate: LineRate,
    /// The clock of the sending end, in parts per billion off; none for simulated time itself.
    pub ppb: Option<i64>,
    /// How its phase swings.
    pub wander: Option<Wander>,
    /// How many symbols are on the wire. One frame at least; one step of whatever is stepped at its ends
    /// (2048 for a card that moves eight frames), so that it does not matter which end is stepped first.
    pub delay: u32,
    /// The part of the symbols that arrive wrong, 0 to 1.
    pub error_rate: f64,
    /// Errors that come in bursts, besides.
    pub bursts: Option<Bursts>,
    /// From what seed the places of all errors come.
    pub seed: u64,
}

/// Bursts of errors, as of a bad contact or a storm: two states of the line that take turns (Gilbert and Elliott), each
/// for a random time. While a burst lasts its error rate takes the place of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bursts {
    /// Symbols between the end of a burst and the next, on the average.
    pub apart: u64,
    /// Symbols that a burst lasts, on the average.
    pub length: u64,
    /// The part of the symbols in a burst that arrive wrong, 0 to 1.
    pub error_rate: f64,
}

impl Default for WayConfig {
    fn default() -> Self {
        Self {
            rate: LineRate::E1,
            ppb: None,
            wander: None,
            delay: 2093,
            error_rate: 0.0,
            bursts: None,
            seed: 0,
        }
    }
}

/// Both directions of a wire.
#[derive(Clone, Debug, Default)]
pub struct WireConfig {
    /// The offset of simulated time, against which the clocks of both directions are seen.
    pub time_base: TimeBase,
    /// From the first end to the second.
    pub a_to_b: WayConfig,
    /// From the second end to the first.
    pub b_to_a: WayConfig,
}

impl WireConfig {
    /// A clean wire with this many symbols in each direction.
    #[must_use]
    pub fn with_delay(delay: u32) -> Self {
        let way = WayConfig { delay, ..WayConfig::default() };
        Self { a_to_b: way, b_to_a: way, ..Self::default() }
    }
}

/// One end of a wire.
#[derive(Debug)]
pub struct WireEnd {
    outbound: Outbound,
    inbound: Inbound,
    shared: Arc<Shared>,
    /// Of the wire that it receives from, which is another when pairs are crossed.
    received: Arc<Shared>,
    sends: Way,
    receives: Way,
    time_base: TimeBase,
    /// Who else hears what this end sends.
    copies: Vec<(Outbound, Arc<Shared>)>,
}

/// Makes a wire and gives its ends.
#[must_use]
pub fn pair(config: WireConfig) -> (WireEnd, WireEnd) {
    let shared = Arc::new(Shared::new(&config));
    let (a_out, b_in) = direction(&config.a_to_b);
    let (b_out, a_in) = direction(&config.b_to_a);
    let end = |outbound, inbound, sends| WireEnd {
        outbound,
        inbound,
        shared: Arc::clone(&shared),
        received: Arc::clone(&shared),
        sends,
        receives: sends.back(),
        time_base: config.time_base.clone(),
        copies: Vec::new(),
    };
    (end(a_out, a_in, Way::AToB), end(b_out, b_in, Way::BToA))
}

impl WireEnd {
    /// Words that this end is to have sent when so many more frames have passed, by the clock it sends with.
    #[inline]
    pub fn due(&mut self, frames: usize) -> usize {
        let ppb = self.shared.way(self.sends).ppb_against(&self.time_base);
        self.outbound.pace.advance(frames, ppb)
    }

    /// Puts words of symbols on the wire.
    #[inline]
    pub fn send(&mut self, symbols: &[Symbols]) {
        let shared = self.shared.way(self.sends);
        for piece in symbols.chunks(PIECE) {
            let mut words = [Symbols::default(); PIECE];
            let words = &mut words[..piece.len()];
            words.copy_from_slice(piece);
            self.outbound.faults.apply(words, shared);
            self.outbound.shift(words);
            self.outbound.push(words, shared);
            for (copy, shared) in &mut self.copies {
                let mut copied = [Symbols::default(); PIECE];
                let copied = &mut copied[..words.len()];
                copied.copy_from_slice(words);
                let shared = shared.way(Way::BToA);
                copy.faults.apply(copied, shared);
                copy.push(copied, shared);
            }
        }
    }

    /// Takes off the wire what arrives in so many frames, and says how many words that is: no more than
    /// [`most_words`], for which `into` has room. What has not arrived is silence.
    #[inline]
    pub fn receive(&mut self, frames: usize, into: &mut [Symbols]) -> usize {
        let shared = self.received.way(self.receives);
        let due = self.inbound.pace.advance(frames, shared.ppb_against(&self.time_base)).min(into.len());
        let into = &mut into[..due];
        let came = self.inbound.take(into, shared);
        if let Some(missing @ [_, ..]) = into.get_mut(came..) {
            missing.fill(Symbols::default());
            shared.starved.fetch_add(missing.len() as u64, Relaxed);
        }
        due
    }

    /// The offset of the clock that this end receives with, in parts per billion.
    #[must_use]
    pub fn received_ppb(&self) -> i64 {
        self.received.way(self.receives).ppb().unwrap_or_else(|| self.time_base.ppb())
    }

    /// The direction in which this end sends.
    #[must_use]
    pub const fn sends(&self) -> Way {
        self.sends
    }

    /// Crosses the receiving pairs of two ends, as a wiring frame does on which two cables were punched down wrong: each
    /// sends into its own wire as before, and receives what was meant for the other.
    pub const fn cross_pairs(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.inbound, &mut other.inbound);
        std::mem::swap(&mut self.received, &mut other.received);
        std::mem::swap(&mut self.receives, &mut other.receives);
    }

    /// An end that hears a copy of what this one sends, as a receiver of high impedance does that is bridged across the pair,
    /// with the delay and the faults of a wire of its own (its direction from b to a). What it sends goes nowhere, and the
    /// end that the wire leads to gets what it would get without it.
    #[must_use]
    pub fn tapped(&mut self, config: &WireConfig) -> Self {
        let shared = Arc::new(Shared::new(config));
        let (outbound, _) = direction(&config.a_to_b);
        let (copy, inbound) = direction(&config.b_to_a);
        self.copies.push((copy, Arc::clone(&shared)));
        Self {
            outbound,
            inbound,
            shared: Arc::clone(&shared),
            received: shared,
            sends: Way::AToB,
            receives: Way::BToA,
            time_base: config.time_base.clone(),
            copies: Vec::new(),
        }
    }

    /// A handle to the faults and counters of the wire into which it sends.
    #[must_use]
    pub fn control(&self) -> WireControl {
        WireControl::new(Arc::clone(&self.shared))
    }
}

/// The sending side of one direction.
#[derive(Debug)]
struct Outbound {
    ring: Producer<Symbols>,
    pace: Pace,
    faults: Faults,
    /// By how many places below a whole word the direction delays, 0 to 63.
    places: u32,
    /// The last word sent, whose end is still to go.
    before: Symbols,
}

impl Outbound {
    fn push(&mut self, words: &[Symbols], shared: &WayShared) {
        let taken = self.ring.push_slice(words);
        if taken < words.len() {
            shared.overrun.fetch_add((words.len() - taken) as u64, Relaxed);
        }
    }

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
    pace: Pace,
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
    let delay = config.delay.max(config.rate.frame_symbols());
    let depth = (delay / 64) as usize;
    let (mut producer, consumer) = ring(depth + 2 * MAX_TICK_FRAMES * FRAME_WORDS);
    for _ in 0..depth {
        let _ = producer.push(Symbols::default());
    }
    let faults = Faults::new(config.seed, config.bursts);
    let pace = Pace::new(config.rate, config.wander);
    (
        Outbound {
            ring: producer,
            pace: pace.clone(),
            faults,
            places: delay % 64,
            before: Symbols::default(),
        },
        Inbound { ring: consumer, pace, depth, filling: false, overrun: 0 },
    )
}

/// Words that are worked on at a time: eight frames.
const PIECE: usize = 8 * FRAME_WORDS;
