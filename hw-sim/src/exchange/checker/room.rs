//! A conference as the exchange knows it: who is surely in, and who is on the way in or out.
use super::delays::Delays;
use crate::exchange::trace::{Circuit, Trace};

/// A room. Whoever is on the way is a [`Transition`] with a bit; every listener has its own view of which of
/// these have happened, a mask of such bits.
#[derive(Debug)]
pub(super) struct Room {
    /// Circuits that all listeners hear.
    settled: Vec<Circuit>,
    transitions: [Option<Transition>; MOST_OPEN],
    /// Bits of the transitions under way.
    pub(super) open: u64,
    /// Circuits whose callers asked for this room and may hear it.
    pub(super) listeners: Vec<Circuit>,
    /// Spans of all who are in or on the way.
    pub(super) spans: u32,
    /// What the settled say: for each class of listening spans, the frame and the sum in it.
    sums: Vec<(u64, i32)>,
}

/// A member on the way in or out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transition {
    pub(super) circuit: Circuit,
    pub(super) call: u64,
    pub(super) joins: bool,
    /// When it has happened for everybody.
    pub(super) closes: u64,
    /// When it was first known to have been heard.
    pub(super) heard: Option<u64>,
}

impl Room {
    pub(super) fn new(spans: usize) -> Self {
        Self {
            settled: Vec::new(),
            transitions: [None; MOST_OPEN],
            open: 0,
            listeners: Vec::new(),
            spans: 0,
            sums: vec![(NEVER, 0); spans],
        }
    }

    /// Begins a transition; `None` when too many are under way.
    pub(super) fn begin(&mut self, transition: Transition) -> Option<u8> {
        let bit = (!self.open).trailing_zeros() as usize;
        *self.transitions.get_mut(bit)? = Some(transition);
        self.open |= 1 << bit;
        self.note_spans();
        Some(bit as u8)
    }

    pub(super) fn transition(&self, bit: u8) -> Option<&Transition> {
        self.transitions[usize::from(bit)].as_ref()
    }

    pub(super) fn transition_mut(&mut self, bit: u8) -> Option<&mut Transition> {
        self.transitions[usize::from(bit)].as_mut()
    }

    /// The transition under way of a call, if there is one.
    pub(super) fn find(&self, call: u64, joins: bool) -> Option<u8> {
        bits(self.open)
            .find(|&bit| self.transition(bit).is_some_and(|open| open.call == call && open.joins == joins))
    }

    /// Notes that a transition has been heard; true when that was known so long ago already.
    pub(super) fn was_heard(&mut self, bit: u8, now: u64, ago: u64) -> bool {
        self.transition_mut(bit).is_some_and(|open| *open.heard.get_or_insert(now) + ago <= now)
    }

    /// From now on it has happened for everybody.
    pub(super) fn close(&mut self, bit: u8) -> Option<Transition> {
        let closed = self.transitions[usize::from(bit)].take()?;
        self.open &= !(1 << bit);
        if closed.joins {
            self.settled.push(closed.circuit);
        } else if let Some(index) = self.settled.iter().position(|member| *member == closed.circuit) {
            self.settled.swap_remove(index);
        }
        self.note_spans();
        self.forget_sums();
        Some(closed)
    }

    pub(super) fn forget_sums(&mut self) {
        self.sums.fill((NEVER, 0));
    }

    /// How often a circuit is among the settled: once, or twice for a moment between two of its calls.
    pub(super) fn times_settled(&self, circuit: Circuit) -> i32 {
        self.settled.iter().filter(|member| **member == circuit).count() as i32
    }

    /// Bits of the transitions of a circuit itself: it does not hear them.
    pub(super) fn bits_of(&self, circuit: Circuit) -> u64 {
        let own = |bit: &u8| self.transition(*bit).is_some_and(|open| open.circuit == circuit);
        bits(self.open).filter(own).fold(0, |mask, bit| mask | 1 << bit)
    }

    /// What the settled said that a span hears in a frame; worked out once for spans with equal delays.
    pub(super) fn sum(&mut self, trace: &Trace, delays: &Delays, to: usize, frame: u64) -> i32 {
        let (stamp, sum) = &mut self.sums[delays.class(to)];
        if *stamp != frame {
            let said = |member: &Circuit| trace.said(*member, frame, delays.assumed(member.span(), to));
            (*stamp, *sum) = (frame, self.settled.iter().map(said).sum());
        }
        *sum
    }

    /// What the transitions in `mask` add to that.
    pub(super) fn changes(&self, trace: &Trace, delays: &Delays, to: usize, frame: u64, mask: u64) -> i32 {
        let change = |bit| {
            self.transition(bit).map_or(0, |open| {
                let delay = delays.assumed(open.circuit.span(), to);
                open.sign() * trace.said(open.circuit, frame, delay)
            })
        };
        bits(mask).map(change).sum()
    }

    /// Everybody whom a listener hears in this view, and whether added or taken away.
    pub(super) fn heard_by(&self, listener: Circuit, mask: u64) -> Vec<(Circuit, i32)> {
        let settled = self.settled.iter().map(|member| (*member, 1));
        let changes =
            bits(mask).filter_map(|bit| self.transition(bit)).map(|open| (open.circuit, open.sign()));
        settled.chain(changes).filter(|(member, _)| *member != listener).collect()
    }

    fn note_spans(&mut self) {
        let open = self.transitions.iter().flatten().map(|open| open.circuit);
        let members = self.settled.iter().copied().chain(open);
        self.spans = members.fold(0, |mask, member| mask | 1 << member.span());
    }
}

impl Transition {
    const fn sign(&self) -> i32 {
        if self.joins { 1 } else { -1 }
    }
}

/// The numbers of the bits that are set.
pub(super) fn bits(mask: u64) -> impl Iterator<Item = u8> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        let bit = rest.trailing_zeros() as u8;
        rest &= rest.wrapping_sub(1);
        (bit < 64).then_some(bit)
    })
}

/// `mask` with one to `most` of the bits of `free` added, those with fewer bits first.
pub(super) fn supersets(mask: u64, free: u64, most: u32) -> Vec<u64> {
    let mut found: Vec<u64> = Vec::new();
    let mut layer = vec![(mask, free & !mask)];
    for _ in 0..most {
        let mut next = Vec::new();
        for (mask, free) in layer {
            for bit in bits(free) {
                // Only higher bits may follow, so that every set appears once.
                next.push((mask | 1 << bit, free & (u64::MAX << bit) & !(1 << bit)));
            }
        }
        found.extend(next.iter().map(|(mask, _)| *mask));
        layer = next;
        if found.len() > MOST_VIEWS {
            break;
        }
    }
    found.truncate(MOST_VIEWS);
    found
}

/// Views that are tried at once.
pub(super) const MOST_VIEWS: usize = 512;
const MOST_OPEN: usize = 64;
const NEVER: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supersets_come_in_order_of_size_and_once_each() {
        assert_eq!(supersets(0b1, 0b111, 3), [0b011, 0b101, 0b111]);
        assert_eq!(supersets(0, 0b1011, 2), [0b1, 0b10, 0b1000, 0b11, 0b1001, 0b1010]);
        assert_eq!(supersets(0, 1 << 63, 3), [1 << 63]);
        assert!(supersets(5, 0, 3).is_empty());
    }

    #[test]
    fn bits_are_listed_from_the_lowest() {
        assert!(bits(1 << 63 | 0b101).eq([0, 2, 63]));
        assert!(bits(0).next().is_none());
    }
}
