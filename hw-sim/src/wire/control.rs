//! Faults commanded while a wire runs, and what it has counted: atomics, so that a command may come from any
//! thread and no end ever waits.
use super::{WayConfig, WireConfig};
use crate::clock::{LineRate, TimeBase, limited};
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64};
use tandem_types::FrameTime;

/// A direction of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the first end of the pair to the second.
    AToB,
    /// From the second end of the pair to the first.
    BToA,
}

impl Way {
    /// The other direction.
    #[must_use]
    pub const fn back(self) -> Self {
        match self {
            Self::AToB => Self::BToA,
            Self::BToA => Self::AToB,
        }
    }
}

/// What one direction of a wire has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireCounters {
    /// Words that were sent into a full wire and are lost: nobody reads at the other end.
    pub overrun: u64,
    /// Words that the receiving end asked for before they were sent: it heard no pulses instead.
    pub starved: u64,
    /// Symbols that were made wrong, by the error rate or by command.
    pub errors: u64,
}

/// A handle to a wire, for those who break and mend it. Commands take effect when the sending end next sends.
#[derive(Clone, Debug)]
pub struct WireControl {
    shared: Arc<Shared>,
}

impl WireControl {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Cuts one direction: from now on no pulses enter it. What is under way still arrives.
    pub fn cut(&self, way: Way) {
        self.shared.way(way).command(|shared| shared.cut.store(true, Relaxed));
    }

    /// Cuts both directions.
    pub fn cut_both(&self) {
        self.cut(Way::AToB);
        self.cut(Way::BToA);
    }

    /// Mends one direction, and forgets a cut that was scheduled for it.
    pub fn repair(&self, way: Way) {
        self.shared.way(way).command(|shared| {
            shared.cut.store(false, Relaxed);
            shared.cut_from.store(u64::MAX, Relaxed);
            shared.cut_to.store(u64::MAX, Relaxed);
        });
    }

    /// Mends both directions.
    pub fn repair_both(&self) {
        self.repair(Way::AToB);
        self.repair(Way::BToA);
    }

    /// Has one direction cut for the frames `from` up to, not including, `to`, counted by what its sending
    /// end has sent. Replaces a cut scheduled before.
    pub fn schedule_cut(&self, way: Way, from: FrameTime, to: FrameTime) {
        self.shared.way(way).command(|shared| {
            let symbols = u64::from(shared.rate.frame_symbols());
            shared.cut_from.store(from.0.saturating_mul(symbols), Relaxed);
            shared.cut_to.store(to.0.saturating_mul(symbols), Relaxed);
        });
    }

    /// Turns one symbol of one direction wrong: the one sent as number `symbol`, from 0. A pulse is lost, a
    /// space becomes a positive pulse. False when the wire still waits for the symbol of the last command;
    /// a symbol that has been sent already is left as it was.
    #[must_use]
    pub fn flip(&self, way: Way, symbol: u64) -> bool {
        let shared = self.shared.way(way);
        let placed = shared.flip.compare_exchange(u64::MAX, symbol, AcqRel, Acquire).is_ok();
        if placed {
            shared.command(|_| ());
        }
        placed
    }

    /// Sets the part of the symbols of one direction that arrive wrong.
    pub fn set_error_rate(&self, way: Way, rate: f64) {
        self.shared.way(way).command(|shared| shared.error_rate.store(rate.to_bits(), Relaxed));
    }

    /// Sets the clock of the sending end of one direction: parts per billion off, or none for simulated time.
    /// Heard by both ends at their next step.
    pub fn set_ppb(&self, way: Way, ppb: Option<i64>) {
        self.shared.way(way).ppb.store(ppb.map_or(BY_TIME, limited), Relaxed);
    }

    /// Crosses the pair of one direction, or uncrosses it: every pulse arrives with the other polarity. No harm
    /// by itself, since the codes tell only changes of polarity.
    pub fn cross(&self, way: Way, crossed: bool) {
        self.shared.way(way).command(|shared| shared.crossed.store(crossed, Relaxed));
    }

    /// What one direction has counted.
    #[must_use]
    pub fn counters(&self, way: Way) -> WireCounters {
        let shared = self.shared.way(way);
        WireCounters {
            overrun: shared.overrun.load(Relaxed),
            starved: shared.starved.load(Relaxed),
            errors: shared.errors.load(Relaxed),
        }
    }
}

/// What ends and handles of a wire share.
#[derive(Debug)]
pub(super) struct Shared {
    ways: [WayShared; 2],
}

impl Shared {
    pub(super) fn new(config: &WireConfig) -> Self {
        Self { ways: [config.a_to_b, config.b_to_a].map(|way| WayShared::new(&way)) }
    }

    pub(super) const fn way(&self, way: Way) -> &WayShared {
        let [a_to_b, b_to_a] = &self.ways;
        match way {
            Way::AToB => a_to_b,
            Way::BToA => b_to_a,
        }
    }
}

/// Commands and counters of one direction. A command writes its fields and then counts `generation` up; the
/// sending end looks at the fields when it sees a new generation.
#[derive(Debug)]
pub(super) struct WayShared {
    rate: LineRate,
    /// Clock of the sending end; [`BY_TIME`] for simulated time.
    ppb: AtomicI64,
    pub(super) crossed: AtomicBool,
    pub(super) generation: AtomicU32,
    pub(super) cut: AtomicBool,
    /// In symbols sent.
    pub(super) cut_from: AtomicU64,
    pub(super) cut_to: AtomicU64,
    /// The symbol to turn wrong; `u64::MAX` for none. Taken out by the sending end.
    pub(super) flip: AtomicU64,
    /// The bits of an `f64`.
    pub(super) error_rate: AtomicU64,
    pub(super) overrun: AtomicU64,
    pub(super) starved: AtomicU64,
    pub(super) errors: AtomicU64,
}

impl WayShared {
    fn new(config: &WayConfig) -> Self {
        Self {
            rate: config.rate,
            ppb: AtomicI64::new(config.ppb.map_or(BY_TIME, limited)),
            crossed: AtomicBool::new(false),
            generation: AtomicU32::new(1),
            cut: AtomicBool::new(false),
            cut_from: AtomicU64::new(u64::MAX),
            cut_to: AtomicU64::new(u64::MAX),
            flip: AtomicU64::new(u64::MAX),
            error_rate: AtomicU64::new(config.error_rate.to_bits()),
            overrun: AtomicU64::new(0),
            starved: AtomicU64::new(0),
            errors: AtomicU64::new(0),
        }
    }

    pub(super) fn ppb(&self) -> Option<i64> {
        match self.ppb.load(Relaxed) {
            BY_TIME => None,
            ppb => Some(ppb),
        }
    }

    /// How fast the sending end is against simulated time.
    pub(super) fn ppb_against(&self, base: &TimeBase) -> i64 {
        self.ppb().map_or(0, |ppb| ppb - base.ppb())
    }

    fn command(&self, write: impl FnOnce(&Self)) {
        write(self);
        self.generation.fetch_add(1, Release); // pairs with the Acquire in Faults::apply
    }
}

const BY_TIME: i64 = i64::MIN;
