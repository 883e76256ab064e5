//! All calls of an interface, found by their slot, their number or their reference at once.
use std::sync::Arc;

use super::CallId;
use super::call::Call;

/// Where a call lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(pub(super) u16);

#[derive(Debug)]
pub(super) struct Calls {
    slots: Vec<Option<Call>>,
    free: Vec<u16>,
    by_reference: ReferenceMap,
    most: usize,
    /// Calls ever begun: the upper part of the next call's number. The lower 16 bits are its slot.
    begun: u64,
    /// Where the search for a free reference of ours goes on.
    last_reference: u16,
    highest_reference: u16,
}

impl Calls {
    pub(super) fn new(most: u16, reference_length: u8) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_reference: ReferenceMap::new(usize::from(most)),
            most: usize::from(most),
            begun: 0,
            last_reference: 0,
            highest_reference: if reference_length == 1 { 0x7f } else { 0x7fff },
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.most
    }

    /// The slot of a call that is still there.
    pub(super) fn slot_of(&self, id: CallId) -> Option<Slot> {
        let slot = (id.0 & 0xffff) as u16;
        self.get(Slot(slot)).is_some_and(|call| call.id == id).then_some(Slot(slot))
    }

    pub(super) fn find(&self, ours: bool, reference: u16) -> Option<Slot> {
        self.by_reference.get(key(ours, reference)).map(Slot)
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Call> {
        self.slots.get(usize::from(slot.0)).and_then(Option::as_ref)
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut Call> {
        self.slots.get_mut(usize::from(slot.0)).and_then(Option::as_mut)
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        let occupied = self.slots.iter().enumerate().filter(|(_, call)| call.is_some());
        occupied.map(|(at, _)| Slot(at as u16))
    }

    /// A reference of ours that no call has. There are more references than calls.
    pub(super) fn free_reference(&mut self) -> Option<u16> {
        for _ in 0..=self.len() {
            self.last_reference =
                if self.last_reference >= self.highest_reference { 1 } else { self.last_reference + 1 };
            if self.find(true, self.last_reference).is_none() {
                return Some(self.last_reference);
            }
        }
        None
    }

    /// A new call; `None` when there are as many as there may be.
    pub(super) fn begin(&mut self, ours: bool, reference: u16, setup: Arc<[u8]>) -> Option<Slot> {
        if self.is_full() || self.find(ours, reference).is_some() {
            return None;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u16
        });
        self.begun += 1;
        let id = CallId(self.begun << 16 | u64::from(slot));
        self.slots[usize::from(slot)] = Some(Call::new(id, reference, ours, setup));
        self.by_reference.insert(key(ours, reference), slot);
        Some(Slot(slot))
    }

    pub(super) fn end(&mut self, slot: Slot) -> Option<Call> {
        let call = self.slots.get_mut(usize::from(slot.0))?.take()?;
        self.by_reference.remove(key(call.ours, call.reference));
        self.free.push(slot.0);
        Some(call)
    }
}

/// Never 0, which marks a free place.
const fn key(ours: bool, reference: u16) -> u32 {
    1 << 31 | (ours as u32) << 16 | reference as u32
}

/// A hash table of references with linear probing, never more than half full.
#[derive(Debug)]
struct ReferenceMap {
    places: Vec<(u32, u16)>,
}

impl ReferenceMap {
    fn new(most: usize) -> Self {
        Self { places: vec![(0, 0); (2 * most + 2).next_power_of_two()] }
    }

    fn home(&self, key: u32) -> usize {
        (key.wrapping_mul(0x9e37_79b1) >> 8) as usize & (self.places.len() - 1)
    }

    fn place(&self, key: u32) -> usize {
        let mut at = self.home(key);
        while self.places[at].0 != 0 && self.places[at].0 != key {
            at = (at + 1) & (self.places.len() - 1);
        }
        at
    }

    fn get(&self, key: u32) -> Option<u16> {
        let (found, slot) = self.places[self.place(key)];
        (found == key).then_some(slot)
    }

    fn insert(&mut self, key: u32, slot: u16) {
        let at = self.place(key);
        self.places[at] = (key, slot);
    }

    /// Takes the entry out and moves back those behind it that it kept from their home.
    fn remove(&mut self, key: u32) {
        let mask = self.places.len() - 1;
        let mut hole = self.place(key);
        self.places[hole] = (0, 0);
        let mut at = (hole + 1) & mask;
        while self.places[at].0 != 0 {
            let distance = at.wrapping_sub(self.home(self.places[at].0)) & mask;
            if distance >= (at.wrapping_sub(hole) & mask) {
                self.places[hole] = self.places[at];
                self.places[at] = (0, 0);
                hole = at;
            }
            at = (at + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_until_it_is_removed() {
        for stride in 1..200 {
            let mut map = ReferenceMap::new(8);
            let keys: Vec<u32> = (0..16).map(|n| key(n % 2 == 0, (n * stride) & 0x7fff)).collect();
            keys.iter().zip(0..).for_each(|(key, slot)| map.insert(*key, slot));
            for (gone, key) in keys.iter().enumerate() {
                map.remove(*key);
                assert_eq!(map.get(*key), None);
                for (slot, key) in keys.iter().enumerate().skip(gone + 1) {
                    assert_eq!(map.get(*key), Some(slot as u16), "stride {stride}");
                }
            }
            assert!(map.places.iter().all(|place| place.0 == 0));
        }
    }

    #[test]
    fn a_call_takes_less_than_2_kib() {
        assert!(size_of::<Call>() + super::super::MAX_MESSAGE + 64 < 2048);
    }

    #[test]
    fn a_number_of_an_ended_call_is_not_used_again() {
        let mut calls = Calls::new(2, 2);
        let setup: Arc<[u8]> = Arc::from([]);
        let first = calls.begin(true, 1, setup.clone()).expect("room");
        let id = calls.get(first).expect("a call").id;
        calls.end(first);
        let second = calls.begin(true, 1, setup).expect("room");
        assert_eq!(first, second);
        assert_eq!(calls.slot_of(id), None);
    }
}
