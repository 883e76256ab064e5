//! Finding the delay between two spans from what was sent and heard.
//!
//! A stretch of what a listener heard is compared with all delays of those who spoke from spans whose delay
//! is not known. A delay is taken when it is the only one that explains every octet of the stretch.
use super::{Checker, alaw};
use crate::exchange::trace::{Circuit, Trace};
use std::collections::BTreeSet;

/// What a search for delays came to.
pub(super) enum Search {
    /// All is known, or no delay explains anything.
    Nothing,
    /// Several delays would do, or nobody has looked again yet.
    Waiting,
    /// The delays are known now, and these views explain the stretch.
    Found(Vec<u64>),
}

/// A listener's view with the parts that depend on unknown delays kept apart.
struct Equation {
    mask: u64,
    /// What those with known delays add to each octet.
    known: Vec<i32>,
    /// For each span with an unknown delay, what its members sent from [`LONGEST`] frames before the
    /// stretch to its end.
    unknown: Vec<(usize, Vec<i32>)>,
}

/// A view, and a delay for each of its unknown spans.
type Solution = (u64, Vec<(usize, u16)>);

impl Checker {
    /// Looks for the unknown delays of what a circuit hears, with one of these views.
    pub(super) fn find_delays(
        &mut self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        masks: &[u64],
    ) -> Search {
        let to = circuit.span();
        let listener = &self.listeners[circuit.index()];
        let Some(room) = listener.room else { return Search::Nothing };
        let spans = self.rooms[usize::from(room)].spans;
        if self.delays.unknown(to) & spans == 0 || listener.uncalibrated >= self.config.calibration_limit.0 {
            return Search::Nothing;
        }
        if frame >= listener.next_search {
            let result = self.search(trace, circuit, frame, masks);
            let listener = &mut self.listeners[circuit.index()];
            listener.next_search = frame + AGAIN;
            listener.waiting = matches!(result, Search::Waiting);
            if !listener.waiting {
                return result;
            }
        }
        let listener = &mut self.listeners[circuit.index()];
        listener.uncalibrated += u64::from(listener.waiting);
        if listener.waiting { Search::Waiting } else { Search::Nothing }
    }

    fn search(&mut self, trace: &Trace, circuit: Circuit, frame: u64, masks: &[u64]) -> Search {
        let heard: Vec<u8> = (0..STRETCH).map(|n| trace.heard(circuit, frame + n)).collect();
        let mut work = MOST_WORK;
        let equations: Vec<Equation> = masks
            .iter()
            .take(MOST_EQUATIONS)
            .map(|mask| self.equation(trace, circuit, frame, *mask))
            .filter(|equation| !equation.unknown.is_empty())
            .take_while(|equation| {
                work -= equation.work();
                work >= 0
            })
            .collect();
        let solutions: Vec<Solution> = equations.iter().flat_map(|equation| equation.solve(&heard)).collect();
        if solutions.is_empty() {
            // Somebody may come or go within the stretch; but then its beginning has a solution.
            let beginning = &heard[..SHORT_STRETCH];
            let possible = equations
                .iter()
                .any(|equation| equation.unknown.len() > 2 || !equation.solve(beginning).is_empty());
            return if possible { Search::Waiting } else { Search::Nothing };
        }
        if is_telling(&heard) && self.take_delays(circuit.span(), &solutions) {
            self.rooms.iter_mut().for_each(super::Room::forget_sums);
            let masks: BTreeSet<u64> = solutions.iter().map(|(mask, _)| *mask).collect();
            return Search::Found(masks.into_iter().collect());
        }
        Search::Waiting
    }

    fn equation(&self, trace: &Trace, circuit: Circuit, frame: u64, mask: u64) -> Equation {
        let to = circuit.span();
        let room = usize::from(self.listeners[circuit.index()].room.unwrap_or(0));
        let mut equation = Equation { mask, known: vec![0; STRETCH as usize], unknown: Vec::new() };
        for (member, sign) in self.rooms[room].heard_by(circuit, mask) {
            let from = member.span();
            let known = self.delays.get(from, to).is_some() || is_silent(trace, member, frame);
            if known {
                let delay = self.delays.assumed(from, to);
                for (n, sum) in (0..).zip(&mut equation.known) {
                    *sum += sign * trace.said(member, frame + n, delay);
                }
            } else {
                let sums = equation.of_span(from);
                for (n, sum) in (0..).zip(sums) {
                    *sum += sign * trace.said(member, frame + n, LONGEST);
                }
            }
        }
        equation
    }

    /// Takes the delays on which all solutions agree; false when there are none.
    fn take_delays(&mut self, to: usize, solutions: &[Solution]) -> bool {
        let Some((_, first)) = solutions.first() else { return false };
        let agreed: Vec<(usize, u16)> = first
            .iter()
            .filter(|delay| solutions.iter().all(|(_, delays)| delays.contains(delay)))
            .copied()
            .collect();
        for (from, delay) in &agreed {
            self.delays.set(*from, to, *delay);
        }
        !agreed.is_empty()
    }
}

impl Equation {
    fn of_span(&mut self, span: usize) -> &mut Vec<i32> {
        let index = self.unknown.iter().position(|(known, _)| *known == span).unwrap_or_else(|| {
            self.unknown.push((span, vec![0; (LONGEST + STRETCH) as usize]));
            self.unknown.len() - 1
        });
        &mut self.unknown[index].1
    }

    /// How many combinations of delays there are to try, in searches of one delay.
    fn work(&self) -> i64 {
        if self.unknown.len() == 2 { LONGEST as i64 } else { 1 }
    }

    /// All delays that explain what was heard. With more than two unknown spans, only equal ones are tried.
    fn solve(&self, heard: &[u8]) -> Vec<Solution> {
        let mut solutions = Vec::new();
        let spans: Vec<usize> = self.unknown.iter().map(|(span, _)| *span).collect();
        let mut keep = |delays: &[u64]| {
            let delays = spans.iter().zip(delays).map(|(span, delay)| (*span, *delay as u16)).collect();
            solutions.push((self.mask, delays));
            solutions.len() >= MOST_SOLUTIONS
        };
        for delay in 0..=LONGEST {
            let found = match &self.unknown[..] {
                [(_, first), (_, second)] => (0..=LONGEST).any(|other| {
                    let sum = |n| at(first, n, delay) + at(second, n, other);
                    self.holds(heard, sum) && keep(&[delay, other])
                }),
                all => {
                    let sum = |n| all.iter().map(|(_, sums)| at(sums, n, delay)).sum();
                    self.holds(heard, sum) && keep(&vec![delay; all.len()])
                }
            };
            if found {
                break;
            }
        }
        solutions
    }

    fn holds(&self, heard: &[u8], unknown: impl Fn(usize) -> i32) -> bool {
        let mut octets = self.known.iter().zip(heard).enumerate();
        octets.all(|(n, (known, octet))| alaw::encode_sum(known + unknown(n)) == *octet)
    }
}

/// What was sent for octet `n` of the stretch, with this delay.
fn at(sums: &[i32], n: usize, delay: u64) -> i32 {
    sums[n + (LONGEST - delay) as usize]
}

/// Whether all that a stretch could have in it of a member is silence, whatever the delay.
fn is_silent(trace: &Trace, member: Circuit, frame: u64) -> bool {
    (0..LONGEST + STRETCH).all(|n| trace.sent(member, (frame + n).wrapping_sub(LONGEST)) == alaw::IDLE)
}

/// Whether a stretch is so varied that nothing else sounds like it.
fn is_telling(heard: &[u8]) -> bool {
    let values: BTreeSet<u8> = heard.iter().copied().collect();
    let sounding = heard.iter().filter(|octet| **octet != alaw::IDLE).count();
    sounding >= heard.len() / 3 && values.len() >= 12
}

/// The longest delay that is looked for: 200 ms.
const LONGEST: u64 = 1600;
/// Octets that are compared: 20 ms.
const STRETCH: u64 = 160;
const SHORT_STRETCH: usize = 8;
/// How long a fruitless search is not repeated.
const AGAIN: u64 = 80;
/// Views that are tried in one search.
const MOST_EQUATIONS: usize = 16;
/// Combinations of delays that are tried in one search, in searches of one delay.
const MOST_WORK: i64 = 4 * LONGEST as i64 + MOST_EQUATIONS as i64;
/// More solutions than this say no more.
const MOST_SOLUTIONS: usize = 4000;
