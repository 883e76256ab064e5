//! Changes of a room that take effect on one frame: a switch whose control comes late makes up for all that
//! has waited. With many under way, those that waited longest are tried in every combination.
use super::room::{MOST_VIEWS, bits};
use super::{Checker, alaw};
use crate::exchange::trace::{Circuit, Trace};
use std::cmp::Reverse;

impl Checker {
    /// The masks that differ from `base` in any of the transitions in `free` that have waited longest, and
    /// explain what a circuit hears in a frame. Those that explain most of what follows come first.
    pub(super) fn fitting_masks(
        &mut self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        base: u64,
        free: u64,
    ) -> Vec<u64> {
        let oldest = self.oldest(circuit, free);
        let (from, parts) = self.contributions(trace, circuit, frame, base, &oldest);
        let octet = trace.heard(circuit, frame);
        let (mut mask, mut sum, mut fitting) = (base, from, Vec::new());
        // One transition more or less from each combination to the next, as in a Gray code.
        for number in 1..1_u32 << oldest.len() {
            let place = number.trailing_zeros() as usize;
            mask ^= 1 << oldest[place];
            let is_in = mask & 1 << oldest[place] != 0;
            sum += if is_in { parts[place] } else { -parts[place] };
            if alaw::encode_sum(sum) == octet {
                fitting.push(mask);
            }
        }
        self.rank(trace, circuit, frame, base, &oldest, fitting)
    }

    fn rank(
        &mut self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        base: u64,
        oldest: &[u8],
        masks: Vec<u64>,
    ) -> Vec<u64> {
        let mut lasting: Vec<(u64, u64)> = masks.into_iter().map(|mask| (1, mask)).collect();
        for ahead in 1..WEIGHED {
            let (from, parts) = self.contributions(trace, circuit, frame + ahead, base, oldest);
            let octet = trace.heard(circuit, frame + ahead);
            for (explained, mask) in lasting.iter_mut().filter(|(explained, _)| *explained == ahead) {
                let added = oldest.iter().zip(&parts).filter(|(bit, _)| *mask & 1 << **bit != 0);
                let sum = from + added.map(|(_, part)| part).sum::<i32>();
                *explained += u64::from(alaw::encode_sum(sum) == octet);
            }
        }
        lasting.sort_by_key(|(explained, _)| Reverse(*explained));
        lasting.truncate(MOST_VIEWS);
        lasting.into_iter().map(|(_, mask)| mask).collect()
    }

    /// What a circuit hears in a frame with the transitions in `base`, and what each of the others changes.
    fn contributions(
        &mut self,
        trace: &Trace,
        circuit: Circuit,
        frame: u64,
        base: u64,
        others: &[u8],
    ) -> (i32, Vec<i32>) {
        let from = self.sum_heard(trace, circuit, frame, base);
        let Some(number) = self.listeners[circuit.index()].room else { return (from, Vec::new()) };
        let room = &self.rooms[usize::from(number)];
        let part = |bit: &u8| room.changes(trace, &self.delays, circuit.span(), frame, 1 << *bit);
        (from, others.iter().map(part).collect())
    }

    fn oldest(&self, circuit: Circuit, free: u64) -> Vec<u8> {
        let Some(number) = self.listeners[circuit.index()].room else { return Vec::new() };
        let room = &self.rooms[usize::from(number)];
        let mut oldest: Vec<u8> = bits(free).collect();
        oldest.sort_by_key(|bit| room.transition(*bit).map(|open| open.closes));
        oldest.truncate(TOGETHER);
        oldest
    }
}

/// Transitions that are tried in every combination.
const TOGETHER: usize = 13;
/// Octets by which explanations are weighed: 10 ms.
const WEIGHED: u64 = 80;
