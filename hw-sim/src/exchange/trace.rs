//! What every span sent and heard in the last seconds, a row of octets a frame.
use super::alaw;
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

#[derive(Debug)]
struct Rows(Vec<Row>);

impl Trace {
    pub(super) fn new(spans: usize) -> Self {
        let rows = |_| Rows(vec![[alaw::IDLE; Timeslot::PER_FRAME]; KEPT]);
        Self { sent: (0..spans).map(rows).collect(), heard: (0..spans).map(rows).collect() }
    }

    pub(super) fn record(&mut self, span: usize, frame: u64, sent: &Row, heard: &Row) {
        self.sent[span].0[place(frame)] = *sent;
        self.heard[span].0[place(frame)] = *heard;
    }

    pub(super) fn heard_row(&self, span: usize, frame: u64) -> &Row {
        &self.heard[span].0[place(frame)]
    }

    pub(super) fn heard(&self, circuit: Circuit, frame: u64) -> u8 {
        self.heard[circuit.span()].0[place(frame)][circuit.slot()]
    }

    /// What a circuit sent in a frame; the frame may lie before the first.
    pub(super) fn sent(&self, circuit: Circuit, frame: u64) -> u8 {
        self.sent[circuit.span()].0[place(frame)][circuit.slot()]
    }

    /// What a circuit sent `delay` frames before a frame, expanded.
    pub(super) fn said(&self, circuit: Circuit, frame: u64, delay: u64) -> i32 {
        i32::from(alaw::decode(self.sent(circuit, frame.wrapping_sub(delay))))
    }
}

const fn place(frame: u64) -> usize {
    frame as usize % KEPT
}

/// Rows kept: four seconds.
const KEPT: usize = 32_768;
