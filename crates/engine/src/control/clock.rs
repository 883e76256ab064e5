//! What control knows of clocks: which span is followed, how fast each line runs against us, and when it will slip.
use crate::EngineError;
use crate::clock::ClockNews;
use crate::control::Control;
use crate::event::EventKind;
use crate::seconds::SpanSecond;
use tandem_line::clock::{Drift, DriftEstimator, Quality};
use tandem_types::{FrameTime, Handle};

/// The clock of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockState {
    /// The span whose clock is followed; `None` for the oscillator of the cards.
    pub source: Option<Handle>,
    /// Since when.
    pub since: FrameTime,
    /// How often the source has changed.
    pub changes: u64,
}

/// The clock of one span's line, as of the last second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpanClock {
    /// How fast it runs against the engine, and when the next frame slips; `None` while there is no telling: in the
    /// first seconds, and while the signal is lost. Its text is for people.
    pub drift: Option<Drift>,
    /// Frames repeated because the line is slow.
    pub slips_repeated: u64,
    /// Frames deleted because the line is fast.
    pub slips_deleted: u64,
    /// What the far end says of its clock.
    pub quality: Option<Quality>,
}

/// What is kept of a span.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineClock {
    estimator: DriftEstimator,
    frame_bits: u32,
    slips_repeated: u64,
    slips_deleted: u64,
    quality: Option<Quality>,
}

impl LineClock {
    pub(super) const fn new(frame_bits: u32) -> Self {
        Self {
            estimator: DriftEstimator::new(),
            frame_bits,
            slips_repeated: 0,
            slips_deleted: 0,
            quality: None,
        }
    }

    /// A second in which the signal was lost says nothing of its clock, and the bits counted before it neither.
    pub(super) const fn handle_second(&mut self, second: &SpanSecond) {
        self.slips_repeated = second.counters.slips_repeated;
        self.slips_deleted = second.counters.slips_deleted;
        self.quality = second.sync_quality;
        if second.near.seen {
            self.estimator.restart();
            return;
        }
        let slips = self.slips_deleted.wrapping_sub(self.slips_repeated) as i64;
        self.estimator.handle_reading(second.read_at, second.line_bits, slips);
    }
}

impl Control {
    /// Takes what media tells of the engine's clock.
    pub(super) fn handle_clock_news(&mut self) {
        while let Some(news) = self.clock_news.pop() {
            match news {
                ClockNews::Source { span, at } => {
                    let source = span.map(|span| self.spans[usize::from(span.0)].handle);
                    let changes = self.clock.changes + 1;
                    self.clock = ClockState { source, since: at, changes };
                    // All rates were against the old clock.
                    self.spans.iter_mut().for_each(|span| span.line_clock.estimator.restart());
                    match span {
                        Some(span) => log::info!("the clock of span {} is followed", span.0),
                        None => log::warn!("no span can be followed; the cards run by their own oscillator"),
                    }
                    self.events.tell(at, EventKind::ClockChanged { source });
                }
                ClockNews::Loop { span, at } => {
                    log::warn!(
                        "timing loop: the far end of span {}, whose clock was followed, follows ours",
                        span.0
                    );
                    let span = self.spans[usize::from(span.0)].handle;
                    self.events.tell(at, EventKind::TimingLoop { span });
                }
            }
        }
    }

    /// Where the clock comes from.
    pub(crate) const fn clock(&self) -> ClockState {
        self.clock
    }

    /// The clock of a span's line.
    pub(crate) fn span_clock(&self, span: usize) -> Result<SpanClock, EngineError> {
        let span = self.spans.get(span).ok_or(EngineError::BadArgument("there is no such span"))?;
        let clock = &span.line_clock;
        Ok(SpanClock {
            drift: clock.estimator.drift(clock.frame_bits),
            slips_repeated: clock.slips_repeated,
            slips_deleted: clock.slips_deleted,
            quality: clock.quality,
        })
    }
}
