//! The blocks that a driver keeps of a channel in one direction. Nothing grows after it was made.
use std::collections::VecDeque;

#[derive(Debug)]
pub(crate) struct Blocks {
    octets: VecDeque<u8>,
    /// Of whole blocks.
    lengths: VecDeque<usize>,
    /// Octets behind them, of the block that is not yet whole.
    begun: usize,
    size: usize,
    count: usize,
}

impl Blocks {
    pub(crate) fn new(size: usize, count: usize) -> Self {
        let (octets, lengths) = (VecDeque::with_capacity(size * count), VecDeque::with_capacity(count));
        Self { octets, lengths, begun: 0, size, count }
    }

    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn is_full(&self) -> bool {
        self.lengths.len() == self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.octets.clear();
        self.lengths.clear();
        self.begun = 0;
    }

    /// Adds octets to blocks of the full size. False if there is no room for the first of them.
    #[must_use]
    pub(crate) fn fill(&mut self, octets: &[u8]) -> bool {
        if self.is_full() {
            return false;
        }
        for octet in octets.iter().take(self.size * (self.count - self.lengths.len()) - self.begun) {
            self.octets.push_back(*octet);
            self.begun += 1;
            if self.begun == self.size {
                self.lengths.push_back(self.size);
                self.begun = 0;
            }
        }
        true
    }

    /// Adds a block of any length up to the full size. False if there is no room.
    #[must_use]
    pub(crate) fn push(&mut self, block: &[u8]) -> bool {
        let room = !self.is_full() && block.len() <= self.size && self.begun == 0;
        if room {
            self.octets.extend(block);
            self.lengths.push_back(block.len());
        }
        room
    }

    /// Takes a block out. False if there is none.
    #[must_use]
    pub(crate) fn pop(&mut self, into: &mut Vec<u8>) -> bool {
        let Some(length) = self.lengths.pop_front() else { return false };
        into.clear();
        into.extend(self.octets.drain(..length));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_make_blocks_and_what_finds_no_room_is_refused() {
        let (mut blocks, mut block) = (Blocks::new(16, 2), Vec::new());
        assert!(blocks.fill(&[1; 8]) && blocks.is_empty());
        assert!(blocks.fill(&[2; 8]) && !blocks.is_empty());
        assert!(blocks.fill(&[3; 40]) && blocks.is_full(), "as much as there is room for");
        assert!(!blocks.fill(&[4]) && !blocks.push(&[4]));
        assert!(blocks.pop(&mut block));
        assert_eq!(block, [[1; 8], [2; 8]].concat());
        assert!(blocks.push(&[5; 3]) && blocks.pop(&mut block) && blocks.pop(&mut block));
        assert_eq!((block.as_slice(), blocks.pop(&mut Vec::new())), (&[5; 3][..], false));
        assert!(!blocks.push(&[6; 17]));
    }
}
