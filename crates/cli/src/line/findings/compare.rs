//! Whether what arrives is what was sent: here, or on another span.
//!
//! Both captures are cut into frames, so that a loop with a framer of its own is found as well. Where a run of
//! octets of a timeslot stands in what was sent and nowhere else, it is looked for in what was received; most of
//! them at one distance, and most octets equal at that distance, are the proof. An idle line or a steady tone has
//! no such runs, and then that is said.
use std::collections::BTreeMap;

use tandem_line::LineCode;

use super::{Case, Finding, rounded};
use crate::failure::Failure;
use crate::line::sample::Sample;
use crate::line::trial::{Trial, packed};
use crate::line::{Framing, symbol_failure};
use crate::stream::{CHUNK, Input};

/// The beginning of a capture of what was sent.
pub(in crate::line) struct Sent {
    name: String,
    /// Octets before these.
    start: u64,
    octets: Vec<u8>,
}

impl Sent {
    /// Reads as many octets as a sample holds, those of the same time.
    pub(in crate::line) fn read(mut input: Input, like: &Sample) -> Result<Self, Failure> {
        let mut octets = vec![0; CHUNK];
        let (mut skip, mut kept) = (like.start(), Vec::new());
        while kept.len() < like.octets().len() {
            let count = input.read(&mut octets)?;
            if count == 0 {
                break;
            }
            let skipped = skip.min(count as u64);
            skip -= skipped;
            let left = like.octets().len() - kept.len();
            let new = &octets[skipped as usize..count];
            kept.extend_from_slice(&new[..left.min(new.len())]);
        }
        Ok(Self { name: input.name().to_owned(), start: like.start(), octets: kept })
    }

    /// That it can be read in this line code.
    pub(in crate::line) fn check(&self, code: Option<LineCode>) -> Result<(), Failure> {
        match code.map(|code| packed(code, &self.octets)) {
            Some(Err(mut what)) => {
                what.position += self.start;
                Err(symbol_failure(&self.name, what))
            }
            _ => Ok(()),
        }
    }
}

impl Case<'_> {
    /// Compares what was received with what was sent; the first of these captures is of this span.
    pub(super) fn compare(&self, index: usize, sent: &Sent) -> Option<Finding> {
        let code = self.fitting_code();
        let Some(ours) = Frames::cut(self.framing, code, &sent.octets) else {
            let text = format!("{} is not aligned in this framing, and was not compared.", sent.name);
            return Some(Finding::note("sent-not-compared", text).with("sent", sent.name.as_str()));
        };
        let runs = Runs::of(&ours);
        if runs.places.is_empty() {
            let text = format!(
                "{} carries nothing to recognise it by, idle channels or steady tones only, and was not \
                 compared. Send speech or random octets.",
                sent.name
            );
            return Some(Finding::note("sent-not-compared", text).with("sent", sent.name.as_str()));
        }
        let received = Frames::cut(self.framing, code, self.first.octets())?;
        let lag = runs.lag(&received)?;
        let equal = ours.equal(&received, lag, &runs.slots);
        if equal < LEAST_EQUAL {
            return None;
        }
        let bits = lag * i64::from(self.framing.frame_bits()) + received.place as i64 - ours.place as i64;
        let same_framing = ours.equal_framing(&received, lag) >= SAME_FRAMING;
        let finding = match (index, bits < 0) {
            (0, false) if same_framing => line_loop(bits, &sent.name),
            (0, false) => payload_loop(bits, &sent.name),
            (0, true) => loop_here(-bits, &sent.name),
            _ => crossed(bits, &sent.name),
        };
        let finding = finding.with("bits", bits).with("equal", rounded(equal, 3));
        Some(finding.with("same_framing", same_framing).with("sent", sent.name.as_str()))
    }
}

fn line_loop(bits: i64, name: &str) -> Finding {
    let text = format!(
        "The line is looped to itself: what arrives is what {name} sends, {bits} bits later, with its framing. \
         A loop plug, a line loop at the far end or on the way, or transmit and receive pair joined; take it \
         away."
    );
    Finding::fault("line-loop", text)
}

fn payload_loop(bits: i64, name: &str) -> Finding {
    let text = format!(
        "The timeslots are looped to us: what arrives is what {name} sends, {bits} bits later, in frames of \
         another framer. A payload loop at the far end, or its channels connected to themselves; have it taken \
         down."
    );
    Finding::fault("payload-loop", text)
}

fn loop_here(bits: i64, name: &str) -> Finding {
    let text = format!(
        "What {name} sends is what arrived {bits} bits before: the loop is at this end, if both captures began \
         at the same time."
    );
    Finding::fault("loop-here", text)
}

fn crossed(bits: i64, name: &str) -> Finding {
    let text = format!(
        "Crossed pair: what arrives here is what {name} sends, {bits} bits apart. Two spans have their pairs \
         exchanged; follow the cable."
    );
    Finding::fault("crossed-pair", text)
}

/// A sample cut into frames. Octet 0 is the framing: timeslot 0 or the F bit.
struct Frames {
    /// Where the first frame begins in the sample, in bits.
    place: u64,
    rows: Vec<[u8; 32]>,
    slots: usize,
    /// Bits of an octet that no framer changes: signalling robs the last one.
    mask: u8,
}

impl Frames {
    fn cut(framing: Framing, code: Option<LineCode>, octets: &[u8]) -> Option<Self> {
        let place = Trial::of(framing, code, octets).ok().filter(|trial| trial.steady > 0)?.place?;
        let decoded = code.map(|code| packed(code, octets)).transpose().ok()?;
        let octets = decoded.as_deref().unwrap_or(octets);
        let bits = u64::from(framing.frame_bits());
        let (slots, mask, lead) = match framing {
            Framing::E1(_) => (31, 0xff, 8),
            Framing::T1(_) => (24, 0xfe, 1),
        };
        // Alignment may have been proved late; what is before it counts too.
        let first = place % bits;
        let ends = octets.len() as u64 * 8;
        let starts = (first..).step_by(bits as usize).take_while(|start| start + bits <= ends);
        Some(Self { place: first, rows: starts.map(|start| row(octets, start, lead)).collect(), slots, mask })
    }

    fn octet(&self, frame: usize, slot: usize) -> u8 {
        self.rows[frame][slot] & self.mask
    }

    /// How many octets that are other than the one before them arrive at this distance, as a share.
    fn equal(&self, received: &Self, lag: i64, slots: &[usize]) -> f64 {
        let (mut looked, mut equal) = (0u64, 0u64);
        for (frame, there) in self.overlap(received, lag).filter(|(frame, _)| *frame > 0) {
            for slot in slots {
                let octet = self.octet(frame, *slot);
                if octet != self.octet(frame - 1, *slot) {
                    looked += 1;
                    equal += u64::from(octet == received.octet(there, *slot));
                }
            }
        }
        if looked < LEAST_OCTETS { 0.0 } else { equal as f64 / looked as f64 }
    }

    fn equal_framing(&self, received: &Self, lag: i64) -> f64 {
        let (mut looked, mut equal) = (0u64, 0u64);
        for (frame, there) in self.overlap(received, lag) {
            looked += 1;
            equal += u64::from(self.rows[frame][0] == received.rows[there][0]);
        }
        equal as f64 / looked.max(1) as f64
    }

    fn overlap(&self, received: &Self, lag: i64) -> impl Iterator<Item = (usize, usize)> {
        let ends = received.rows.len();
        (0..self.rows.len()).filter_map(move |frame| {
            let there = usize::try_from(frame as i64 + lag).ok()?;
            (there < ends).then_some((frame, there))
        })
    }
}

/// The octets of a frame that begins with `lead` bits before its first timeslot, which are its octet 0.
fn row(octets: &[u8], start: u64, lead: u64) -> [u8; 32] {
    let mut row = [0; 32];
    row[0] = eight_bits(octets, start) >> (8 - lead);
    for (slot, octet) in row.iter_mut().enumerate().skip(1) {
        *octet = eight_bits(octets, start + lead + (slot as u64 - 1) * 8);
    }
    row
}

fn eight_bits(octets: &[u8], at: u64) -> u8 {
    let (index, shift) = ((at / 8) as usize, at % 8);
    let here = octets.get(index).copied().unwrap_or(0);
    let next = octets.get(index + 1).copied().unwrap_or(0);
    (u16::from_be_bytes([here, next]) >> (8 - shift)) as u8
}

/// Runs of octets in the timeslots sent, and where each is; `None` where more than one is alike.
struct Runs {
    slots: Vec<usize>,
    places: BTreeMap<(usize, u64), Option<usize>>,
}

impl Runs {
    fn of(sent: &Frames) -> Self {
        let slots: Vec<usize> =
            (1..=sent.slots).filter(|slot| varies(sent, *slot)).take(MOST_SLOTS).collect();
        let mut places = BTreeMap::new();
        for slot in &slots {
            for frame in 0..sent.rows.len().saturating_sub(RUN_FRAMES).min(MOST_FRAMES) {
                let place = places.entry((*slot, run(sent, frame, *slot))).or_insert(Some(frame));
                if *place != Some(frame) {
                    *place = None;
                }
            }
        }
        places.retain(|_, place| place.is_some());
        // The few that a periodic signal has at its beginning or its errors are not enough.
        if places.len() < LEAST_RUNS {
            places.clear();
        }
        Self { slots, places }
    }

    /// By how many frames most of the runs were received later.
    fn lag(&self, received: &Frames) -> Option<i64> {
        let mut votes: BTreeMap<i64, u32> = BTreeMap::new();
        for frame in (0..received.rows.len().saturating_sub(RUN_FRAMES)).step_by(RUN_FRAMES) {
            for slot in &self.slots {
                let key = (*slot, run(received, frame, *slot));
                if let Some(Some(place)) = self.places.get(&key) {
                    *votes.entry(frame as i64 - *place as i64).or_default() += 1;
                }
            }
        }
        votes.into_iter().max_by_key(|(lag, count)| (*count, -lag.abs())).map(|(lag, _)| lag)
    }
}

fn run(frames: &Frames, first: usize, slot: usize) -> u64 {
    (first..first + RUN_FRAMES).fold(0, |run, frame| (run << 8) | u64::from(frames.octet(frame, slot)))
}

/// Whether a tenth of the octets are other than the one before.
fn varies(frames: &Frames, slot: usize) -> bool {
    let changes = (1..frames.rows.len()).filter(|n| frames.octet(*n, slot) != frames.octet(n - 1, slot));
    changes.count() * 10 > frames.rows.len()
}

/// Octets in a run, in frames one after the other.
const RUN_FRAMES: usize = 8;
/// What is looked at: timeslots, and frames of what was sent (1 s).
const MOST_SLOTS: usize = 8;
const MOST_FRAMES: usize = 8000;
const LEAST_RUNS: usize = 64;
const LEAST_OCTETS: u64 = 200;
/// By chance one in a hundred is equal.
const LEAST_EQUAL: f64 = 0.6;
const SAME_FRAMING: f64 = 0.98;
