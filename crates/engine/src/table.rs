//! Objects behind handles. A freed place is used again in order, with a new generation.
use crate::EngineError;
use std::collections::{BTreeSet, VecDeque};
use tandem_types::{Handle, HandleKind};

#[derive(Debug)]
pub(crate) struct Table<T> {
    kind: HandleKind,
    limit: usize,
    first_generation: u32,
    places: Vec<Place<T>>,
    free: VecDeque<u32>,
    /// Places in use, so that looking at all objects does not look at every place there ever was.
    used: BTreeSet<u32>,
}

#[derive(Debug)]
struct Place<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Table<T> {
    pub(crate) const fn new(kind: HandleKind, limit: usize, first_generation: u32) -> Self {
        Self {
            kind,
            limit,
            first_generation,
            places: Vec::new(),
            free: VecDeque::new(),
            used: BTreeSet::new(),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.free.is_empty() && self.places.len() >= self.limit
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.used.is_empty()
    }

    /// Adds an object; `None` when the table is full.
    pub(crate) fn insert(&mut self, value: T) -> Option<Handle> {
        if self.is_full() {
            return None;
        }
        // Fresh places first: a number rests as long as possible before it is used again.
        if self.places.len() < self.limit {
            let index = self.places.len() as u32;
            let generation = self.first_generation;
            self.places.push(Place { generation, value: Some(value) });
            self.used.insert(index);
            return Some(Handle::new(self.kind, index, generation));
        }
        let index = self.free.pop_front()?;
        self.used.insert(index);
        let place = &mut self.places[index as usize];
        place.value = Some(value);
        Some(Handle::new(self.kind, index, place.generation))
    }

    fn place(&self, handle: Handle) -> Result<usize, EngineError> {
        if handle.kind() != self.kind {
            return Err(EngineError::WrongKind);
        }
        let index = handle.index() as usize;
        match self.places.get(index) {
            Some(place) if place.generation == handle.generation() && place.value.is_some() => Ok(index),
            _ => Err(EngineError::Stale),
        }
    }

    pub(crate) fn get(&self, handle: Handle) -> Result<&T, EngineError> {
        let index = self.place(handle)?;
        self.places[index].value.as_ref().ok_or(EngineError::Stale)
    }

    pub(crate) fn get_mut(&mut self, handle: Handle) -> Result<&mut T, EngineError> {
        let index = self.place(handle)?;
        self.places[index].value.as_mut().ok_or(EngineError::Stale)
    }

    pub(crate) fn remove(&mut self, handle: Handle) -> Result<T, EngineError> {
        let index = self.place(handle)?;
        let place = &mut self.places[index];
        place.generation = place.generation.wrapping_add(1).max(1);
        self.free.push_back(index as u32);
        self.used.remove(&(index as u32));
        place.value.take().ok_or(EngineError::Stale)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Handle, &T)> {
        self.used.iter().filter_map(|index| {
            let place = self.places.get(*index as usize)?;
            let handle = Handle::new(self.kind, *index, place.generation);
            place.value.as_ref().map(|value| (handle, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_stale_once_its_place_is_used_again() {
        let mut table = Table::new(HandleKind::Bridge, 1, 1);
        let first = table.insert("first").expect("room");
        assert_eq!(table.insert("too many"), None);
        assert_eq!(table.remove(first), Ok("first"));
        let second = table.insert("second").expect("room");
        assert_eq!((second.index(), second.generation()), (0, 2));
        assert_eq!(table.get(first), Err(EngineError::Stale));
        assert_eq!(table.remove(first), Err(EngineError::Stale));
        assert_eq!(table.get(second), Ok(&"second"));
    }

    #[test]
    fn a_handle_of_another_kind_is_told_apart() {
        let table = Table::<u8>::new(HandleKind::Bridge, 1, 1);
        let other = Handle::new(HandleKind::Operation, 0, 1);
        assert_eq!(table.get(other), Err(EngineError::WrongKind));
    }

    #[test]
    fn places_are_used_again_in_the_order_in_which_they_were_freed() {
        let mut table = Table::new(HandleKind::Operation, 2, 1);
        let handles = [table.insert(0), table.insert(1)].map(|handle| handle.expect("room"));
        table.remove(handles[1]).expect("there");
        table.remove(handles[0]).expect("there");
        assert_eq!(table.insert(2).map(Handle::index), Some(1));
        assert_eq!(table.insert(3).map(Handle::index), Some(0));
    }
}
