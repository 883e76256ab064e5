//! Single-producer single-consumer rings, on `ringbuf`: the only way into and out of the media thread.
//!
//! Neither end ever waits for the other. A ring holds exactly the number of items it was made for.
use ringbuf::HeapRb;
use ringbuf::traits::{Consumer as _, Observer as _, Producer as _, Split as _};
use std::fmt;

/// Why an item was not taken; it is handed back.
#[derive(Debug, PartialEq, Eq)]
pub enum PushError<T> {
    /// The consumer has not made room yet.
    Full(T),
}

/// The writing end. One thread at a time.
pub struct Producer<T>(ringbuf::HeapProd<T>);

/// The reading end. One thread at a time.
pub struct Consumer<T>(ringbuf::HeapCons<T>);

/// A ring for `capacity` items (at least one).
#[must_use]
pub fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    let (producer, consumer) = HeapRb::new(capacity.max(1)).split();
    (Producer(producer), Consumer(consumer))
}

impl<T> Producer<T> {
    /// Puts one item in, or hands it back when the ring is full.
    pub fn push(&mut self, item: T) -> Result<(), PushError<T>> {
        self.0.try_push(item).map_err(PushError::Full)
    }

    /// How many items would be taken now. The consumer can only make it more.
    #[must_use]
    pub fn free(&self) -> usize {
        self.0.vacant_len()
    }

    /// Whether the other end is gone: nobody will read what is pushed.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        !self.0.read_is_held()
    }
}

impl<T: Copy> Producer<T> {
    /// Puts in as many items from the front of `items` as there is room for, and says how many.
    pub fn push_slice(&mut self, items: &[T]) -> usize {
        self.0.push_slice(items)
    }
}

impl<T> Consumer<T> {
    /// Takes the oldest item out.
    pub fn pop(&mut self) -> Option<T> {
        self.0.try_pop()
    }

    /// How many items can be taken now. The producer can only make it more.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.occupied_len()
    }

    /// Whether nothing can be taken now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the other end is gone: once empty, the ring stays empty.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        !self.0.write_is_held()
    }
}

impl<T: Copy> Consumer<T> {
    /// Fills `into` from the front with what is there, and says how many items came.
    pub fn pop_slice(&mut self, into: &mut [T]) -> usize {
        self.0.pop_slice(into)
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Producer({} free)", self.free())
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Consumer({} waiting)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_hands_the_item_back() {
        let (mut producer, mut consumer) = ring(2);
        assert_eq!(producer.push(1), Ok(()));
        assert_eq!(producer.push(2), Ok(()));
        assert_eq!(producer.push(3), Err(PushError::Full(3)));
        assert_eq!(consumer.pop(), Some(1));
        assert_eq!(producer.push(3), Ok(()));
        assert_eq!((consumer.pop(), consumer.pop(), consumer.pop()), (Some(2), Some(3), None));
    }

    #[test]
    fn slices_go_in_and_come_out_in_part() {
        let (mut producer, mut consumer) = ring(3);
        assert_eq!(producer.push_slice(&[1, 2, 3, 4]), 3);
        let mut out = [0; 2];
        assert_eq!(consumer.pop_slice(&mut out), 2);
        assert_eq!((out, consumer.len()), ([1, 2], 1));
    }

    #[test]
    fn each_end_learns_that_the_other_is_gone() {
        let (producer, consumer) = ring::<u8>(1);
        assert!(!consumer.is_abandoned());
        drop(producer);
        assert!(consumer.is_abandoned());
        let (producer, consumer) = ring::<u8>(1);
        drop(consumer);
        assert!(producer.is_abandoned());
    }

    #[test]
    fn items_cross_threads_in_order() {
        let (mut producer, mut consumer) = ring(8);
        let writer = std::thread::Builder::new()
            .spawn(move || {
                for item in 0..10_000_u32 {
                    while producer.push(item).is_err() {
                        std::thread::yield_now();
                    }
                }
            })
            .expect("a thread");
        for expected in 0..10_000 {
            let item = loop {
                match consumer.pop() {
                    Some(item) => break item,
                    None => std::thread::yield_now(),
                }
            };
            assert_eq!(item, expected);
        }
        writer.join().expect("the writer ends");
    }
}
