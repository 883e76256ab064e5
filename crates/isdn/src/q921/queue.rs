//! Messages waiting to be sent or acknowledged, in a ring of octets. No allocation after the start.

/// Why a message cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Where a message with its header lies in the ring.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    start: usize,
    len: usize,
}

/// Messages in order of arrival. Each lies in one piece, with room for its frame's header before it, so that a
/// frame is sent, and sent again, without being copied.
#[derive(Clone, Debug)]
pub(crate) struct MessageQueue {
    header: usize,
    octets: Box<[u8]>,
    places: Box<[Place]>,
    /// The oldest message, an index of `places`.
    first: usize,
    count: usize,
    /// Where the newest message ends, an index of `octets`. Not above the oldest one's start if the messages wrap.
    end: usize,
}

impl MessageQueue {
    /// Room for so many messages and so many octets, `header` of them before each message.
    pub(crate) fn new(header: usize, messages: usize, octets: usize) -> Self {
        Self {
            header,
            octets: vec![0; octets].into(),
            places: vec![Place::default(); messages].into(),
            first: 0,
            count: 0,
            end: 0,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a message of so many octets would be taken.
    pub(crate) fn has_room(&self, message: usize) -> bool {
        self.room_for(self.header + message).is_some()
    }

    pub(crate) fn push(&mut self, message: &[u8]) -> Result<(), Full> {
        let len = self.header + message.len();
        let start = self.room_for(len).ok_or(Full)?;
        let into = self.octets.get_mut(start..start + len).ok_or(Full)?;
        into[self.header..].copy_from_slice(message);
        let place = self.index(self.count);
        self.places[place] = Place { start, len };
        self.count += 1;
        self.end = start + len;
        Ok(())
    }

    /// The header's octets and the message, counted from the oldest.
    pub(crate) fn get(&mut self, index: usize) -> Option<&mut [u8]> {
        if index >= self.count {
            return None;
        }
        let Place { start, len } = self.places[self.index(index)];
        self.octets.get_mut(start..start + len)
    }

    /// Takes the oldest message out. Its octets stay in place until the next `push`.
    pub(crate) fn pop(&mut self) -> Option<&mut [u8]> {
        if self.count == 0 {
            return None;
        }
        let Place { start, len } = self.places[self.first];
        self.remove(1);
        self.octets.get_mut(start..start + len)
    }

    /// Takes the newest message out, without its header. Its octets stay in place until the next `push`.
    pub(crate) fn pop_newest(&mut self) -> Option<&[u8]> {
        let newest = self.index(self.count.checked_sub(1)?);
        let Place { start, len } = self.places[newest];
        self.count -= 1;
        self.end = start;
        self.octets.get(start + self.header..start + len)
    }

    /// Forgets the oldest `count` messages.
    pub(crate) fn remove(&mut self, count: usize) {
        let count = count.min(self.count);
        self.first = self.index(count);
        self.count -= count;
    }

    pub(crate) const fn clear(&mut self) {
        self.count = 0;
    }

    fn room_for(&self, len: usize) -> Option<usize> {
        if self.count == self.places.len() {
            return None;
        }
        if self.count == 0 {
            return (len <= self.octets.len()).then_some(0);
        }
        let oldest = self.places[self.first].start;
        if self.end <= oldest {
            return (len <= oldest - self.end).then_some(self.end);
        }
        if len <= self.octets.len() - self.end {
            return Some(self.end);
        }
        (len <= oldest).then_some(0)
    }

    const fn index(&self, after_first: usize) -> usize {
        let index = self.first + after_first;
        if index >= self.places.len() { index - self.places.len() } else { index }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// The same messages, kept simply.
    #[test]
    fn messages_of_all_lengths_come_out_as_they_went_in() {
        let mut queue = MessageQueue::new(4, 16, 512);
        let mut model: VecDeque<Vec<u8>> = VecDeque::new();
        let (mut refused, mut seed) = (0, 1_u32);
        for step in 0..100_000_u32 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (what, length) = (seed >> 30, (seed >> 16) as usize % 130);
            if what == 0 && length < 20 {
                assert_eq!(queue.pop_newest().map(<[u8]>::to_vec), model.pop_back());
            } else if what == 0 {
                let taken = queue.pop().map(|message| message[4..].to_vec());
                assert_eq!(taken, model.pop_front());
            } else if what == 1 {
                let index = length % 17;
                assert_eq!(queue.get(index).map(|message| message[4..].to_vec()), model.get(index).cloned());
            } else {
                let message = vec![step as u8; length];
                match queue.push(&message) {
                    Ok(()) => model.push_back(message),
                    Err(Full) => refused += 1,
                }
            }
            assert_eq!(queue.len(), model.len());
            assert!(model.len() <= 16 && model.iter().map(|message| message.len() + 4).sum::<usize>() <= 512);
        }
        assert!(refused > 1000);
    }

    #[test]
    fn a_full_ring_refuses_and_takes_again_when_the_oldest_is_gone() {
        let mut queue = MessageQueue::new(4, 16, 32);
        assert_eq!(queue.push(&[1; 12]), Ok(()));
        assert_eq!(queue.push(&[2; 12]), Ok(()));
        assert_eq!(queue.push(&[]), Err(Full));
        queue.remove(1);
        assert_eq!(queue.push(&[3; 13]), Err(Full));
        assert_eq!(queue.push(&[3; 12]), Ok(()));
        assert_eq!(queue.pop().map(|message| message[4]), Some(2));
        assert_eq!(queue.pop().map(|message| message[4]), Some(3));
        assert!(queue.is_empty());
    }
}
