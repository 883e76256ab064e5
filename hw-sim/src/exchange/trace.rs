//! What every span sent and heard in the last seconds, a row of octets a frame.
use super::alaw;
use super::voice::BLOCK;
use tandem_types::Timeslot;

/// One frame of a span.
pub(super) type Row = [u8; Timeslot::PER_FRAME];

/// A channel of the exchange: span and timeslot in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Circuit(u16);

impl Circuit {
    pub(super) const fn new(span: usize, slot: usize) -> Self {
        Self((span * Timeslot::PER_FRAME + slot) as u16)
    }

    pub(super) const fn span(self) -> usize {
        self.0 as usize / Timeslot::PER_FRAME
    }

    pub(super) const fn slot(self) -> usize {
        self.0 as usize % Timeslot::PER_FRAME
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The rows of both directions of all spans. Before the first frame all was idle.
#[derive(Debug)]
pub(super) struct Trace {
    sent: Vec<Rows>,
    heard: Vec<Rows>,
}

/// A ring of rows, a power of two of them.
#[derive(Debug)]
struct Rows(Vec<Row>);

impl Trace {
    /// A trace for a checker.
    pub(super) fn new(spans: usize) -> Self {
        Self::of(KEPT, spans)
    }

    /// A trace for callers only, who listen for prompts and digits.
    pub(super) fn short(spans: usize) -> Self {
        Self::of(2 * BLOCK, spans)
    }

    fn of(kept: usize, spans: usize) -> Self {
        let rows = |_| Rows(vec![[alaw::IDLE; Timeslot::PER_FRAME]; kept]);
        Self { sent: (0..spans).map(rows).collect(), heard: (0..spans).map(rows).collect() }
    }

    pub(super) fn record(&mut self, span: usize, frame: u64, sent: &Row, heard: &Row) {
        *self.sent[span].at_mut(frame) = *sent;
        *self.heard[span].at_mut(frame) = *heard;
    }

    pub(super) fn heard_row(&self, span: usize, frame: u64) -> &Row {
        self.heard[span].at(frame)
    }

    pub(super) fn heard(&self, circuit: Circuit, frame: u64) -> u8 {
        self.heard[circuit.span()].at(frame)[circuit.slot()]
    }

    /// What a circuit sent in a frame; the frame may lie before the first.
    pub(super) fn sent(&self, circuit: Circuit, frame: u64) -> u8 {
        self.sent[circuit.span()].at(frame)[circuit.slot()]
    }

    /// What a circuit sent `delay` frames before a frame, expanded.
    pub(super) fn said(&self, circuit: Circuit, frame: u64, delay: u64) -> i32 {
        i32::from(alaw::decode(self.sent(circuit, frame.wrapping_sub(delay))))
    }
}

impl Rows {
    fn at(&self, frame: u64) -> &Row {
        &self.0[frame as usize & (self.0.len() - 1)]
    }

    fn at_mut(&mut self, frame: u64) -> &mut Row {
        let kept = self.0.len();
        &mut self.0[frame as usize & (kept - 1)]
    }
}

/// Rows kept: four seconds.
const KEPT: usize = 32_768;
