//! Finding the delay between two spans from what was sent and heard.
//!
//! A stretch of what a listener heard is compared with all delays of those who spoke from spans whose delay
//! is not known; with several such spans, only delays at which what was heard resembles what was said are
//! tried together. Delays are taken when they are the only ones that explain every octet of the stretch.
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

/// A view that explains a stretch with some delays.
struct Solution {
    mask: u64,
    /// Delays of the spans that say enough in the stretch to be told from silence.
    proven: Vec<(usize, u16)>,
}

impl Checker {
    /// Whether a circuit may hear somebody whose delay is not known.
    pub(super) fn is_uncertain(&self, trace: &Trace, circuit: Circuit, frame: u64) -> bool {
        let listener = &self.listeners[circuit.index()];
        let Some(room) = listener.room.map(|room| &self.rooms[usize::from(room)]) else { return false };
        let unknown = self.delays.unknown(circuit.span());
        unknown & room.spans != 0
            && listener.uncalibrated < self.config.calibration_limit.0
            && room
                .heard_by(circuit, room.open)
                .iter()
                .any(|(member, _)| unknown & 1 << member.span() != 0 && !is_silent(trace, *member, frame))
    }

    /// Looks for the unknown delays of what a circuit hears, with one of these views.
    pub(super) fn find_delays(
        &mut self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        masks: &[u64],
    ) -> Search {
        let listener = &self.listeners[circuit.index()];
        if frame < listener.next_search || frame < self.next_search {
            return Search::Waiting;
        }
        self.next_search = frame + NEXT;
        let result = self.search(trace, circuit, frame, masks);
        if matches!(result, Search::Waiting) {
            self.listeners[circuit.index()].next_search = frame + AGAIN;
        }
        result
    }

    /// Whether it is certain that no delay explains so many octets from a frame on, with any of these views.
    pub(super) fn no_delay_explains(
        &self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        octets: usize,
        masks: &[u64],
    ) -> bool {
        let masks: BTreeSet<u64> = masks.iter().copied().collect();
        let heard: Vec<u8> = (frame..).take(octets).map(|frame| trace.heard(circuit, frame)).collect();
        masks.len() <= MOST_EQUATIONS
            && masks.into_iter().all(|mask| {
                let equation = self.equation(trace, circuit, frame, mask);
                equation.unknown.len() <= 1 && equation.solve(&heard, &heard).is_empty()
            })
    }

    fn search(&mut self, trace: &Trace, circuit: Circuit, frame: u64, masks: &[u64]) -> Search {
        let heard: Vec<u8> = (0..LONG_STRETCH as u64).map(|n| trace.heard(circuit, frame + n)).collect();
        let mut several = MOST_SEVERAL;
        let equations: Vec<Equation> = masks
            .iter()
            .take(MOST_EQUATIONS)
            .map(|mask| self.equation(trace, circuit, frame, *mask))
            .filter(|equation| !equation.unknown.is_empty())
            .filter(|equation| {
                several -= i32::from(equation.unknown.len() > 1);
                several >= 0
            })
            .collect();
        let stretch = &heard[..STRETCH];
        let solutions: Vec<Solution> =
            equations.iter().flat_map(|equation| equation.solve(stretch, &heard)).collect();
        if solutions.is_empty() {
            // The beginning alone denies it only when nobody can come or go.
            let beginning = &heard[..SHORT_STRETCH];
            let possible = self.may_change(circuit)
                || equations.iter().any(|equation| {
                    equation.unknown.len() > 1 || !equation.solve(beginning, &heard).is_empty()
                });
            return if possible { Search::Waiting } else { Search::Nothing };
        }
        if is_telling(stretch) && self.take_delays(circuit.span(), &solutions) {
            self.rooms.iter_mut().for_each(super::Room::forget_sums);
            let masks: BTreeSet<u64> = solutions.iter().map(|solution| solution.mask).collect();
            return Search::Found(masks.into_iter().collect());
        }
        Search::Waiting
    }

    /// Whether what a circuit hears may change at any moment.
    fn may_change(&self, circuit: Circuit) -> bool {
        let listener = &self.listeners[circuit.index()];
        let room = &self.rooms[usize::from(listener.room.unwrap_or(0))];
        listener.leaving || room.open & !room.bits_of(circuit) != 0
    }

    fn equation(&self, trace: &Trace, circuit: Circuit, frame: u64, mask: u64) -> Equation {
        let to = circuit.span();
        let room = usize::from(self.listeners[circuit.index()].room.unwrap_or(0));
        let mut equation = Equation { mask, known: vec![0; LONG_STRETCH], unknown: Vec::new() };
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

    /// Takes the delays that all solutions prove; false when there are none.
    fn take_delays(&mut self, to: usize, solutions: &[Solution]) -> bool {
        let Some(first) = solutions.first() else { return false };
        let agreed: Vec<(usize, u16)> = first
            .proven
            .iter()
            .filter(|delay| solutions.iter().all(|solution| solution.proven.contains(delay)))
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
            self.unknown.push((span, vec![0; LONGEST as usize + LONG_STRETCH]));
            self.unknown.len() - 1
        });
        &mut self.unknown[index].1
    }

    /// All delays that explain what was heard in a stretch; `long` goes on beyond it.
    fn solve(&self, stretch: &[u8], long: &[u8]) -> Vec<Solution> {
        let candidates: Vec<Vec<u64>> = match &self.unknown[..] {
            [_] => vec![(0..=LONGEST).collect()],
            several => several.iter().map(|(_, sums)| self.likely_delays(sums, long)).collect(),
        };
        let combinations: usize = candidates.iter().map(Vec::len).product();
        let mut solutions = Vec::new();
        for number in 0..combinations.min(MOST_COMBINATIONS) {
            let mut rest = number;
            let delays: Vec<u64> = candidates
                .iter()
                .map(|delays| {
                    let delay = delays[rest % delays.len()];
                    rest /= delays.len();
                    delay
                })
                .collect();
            if self.holds(stretch, &delays) {
                self.add_neighbours(stretch, &delays, &mut solutions);
            }
        }
        solutions
    }

    /// Adds a solution, and those that differ from it in the delay of one span: the likely delays may have
    /// left them out.
    fn add_neighbours(&self, stretch: &[u8], delays: &[u64], solutions: &mut Vec<Solution>) {
        solutions.push(self.solution(delays));
        if delays.len() == 1 {
            return;
        }
        for span in 0..delays.len() {
            let mut others = delays.to_vec();
            for delay in (0..=LONGEST).filter(|delay| *delay != delays[span]) {
                others[span] = delay;
                if self.holds(stretch, &others) {
                    solutions.push(self.solution(&others));
                }
            }
        }
    }

    fn solution(&self, delays: &[u64]) -> Solution {
        let mut solution = Solution { mask: self.mask, proven: Vec::new() };
        for ((span, sums), delay) in self.unknown.iter().zip(delays) {
            let found = (*span, *delay as u16);
            let part: BTreeSet<i32> = (0..STRETCH).map(|n| at(sums, n, *delay)).collect();
            if part.len() >= VARIED {
                solution.proven.push(found);
            }
        }
        solution
    }

    /// The delays at which what one span said is most like what was heard.
    fn likely_delays(&self, sums: &[i32], heard: &[u8]) -> Vec<u64> {
        let rest: Vec<f32> = heard
            .iter()
            .zip(&self.known)
            .map(|(octet, known)| i32::from(alaw::decode(*octet)) - known)
            .map(|sample| sample as f32)
            .collect();
        let sums: Vec<f32> = sums.iter().map(|sum| *sum as f32).collect();
        let mut likeness: Vec<(f32, u64)> = (0..=LONGEST)
            .map(|delay| {
                let said = &sums[(LONGEST - delay) as usize..][..rest.len()];
                let product: f32 = said.iter().zip(&rest).map(|(said, heard)| said * heard).sum();
                let power: f32 = said.iter().map(|said| said * said).sum();
                (product.max(0.0).powi(2) / power.max(1.0), delay)
            })
            .collect();
        likeness.sort_by(|one, other| other.0.total_cmp(&one.0));
        likeness.truncate(LIKELY);
        likeness.into_iter().map(|(_, delay)| delay).collect()
    }

    fn holds(&self, heard: &[u8], delays: &[u64]) -> bool {
        let mut octets = self.known.iter().zip(heard).enumerate();
        octets.all(|(n, (known, octet))| {
            let unknown = self.unknown.iter().zip(delays).map(|((_, sums), delay)| at(sums, n, *delay));
            alaw::encode_sum(known + unknown.sum::<i32>()) == *octet
        })
    }
}

/// What was sent for octet `n` of the stretch, with this delay.
fn at(sums: &[i32], n: usize, delay: u64) -> i32 {
    sums[n + (LONGEST - delay) as usize]
}

/// Whether all that a stretch could have in it of a member is silence, whatever the delay.
fn is_silent(trace: &Trace, member: Circuit, frame: u64) -> bool {
    (0..LONGEST + STRETCH as u64).all(|n| trace.sent(member, (frame + n).wrapping_sub(LONGEST)) == alaw::IDLE)
}

/// Whether a stretch is so varied that nothing else sounds like it.
fn is_telling(heard: &[u8]) -> bool {
    let values: BTreeSet<u8> = heard.iter().copied().collect();
    let sounding = heard.iter().filter(|octet| **octet != alaw::IDLE).count();
    sounding >= heard.len() / 3 && values.len() >= 12
}

/// The longest delay that is looked for: 200 ms.
pub(super) const LONGEST: u64 = 1600;
/// Octets that are compared: 20 ms.
const STRETCH: usize = 160;
const SHORT_STRETCH: usize = 8;
/// So many different values are not said by somebody who is silent.
const VARIED: usize = 8;
/// Octets in which a likeness is looked for: 80 ms.
const LONG_STRETCH: usize = 640;
/// How long a fruitless search is not repeated for the same circuit, and for any.
const AGAIN: u64 = 80;
const NEXT: u64 = 8;
/// Views that are tried in one search, and how many of them with several unknown spans.
const MOST_EQUATIONS: usize = 16;
const MOST_SEVERAL: i32 = 4;
/// Delays of each span that are tried together with those of others.
const LIKELY: usize = 4;
const MOST_COMBINATIONS: usize = 4096;
