//! A batch of packets in memory made once: what one system call moves, and what a simulated network moves in its place.

/// Packets on their way to or from a network.
#[derive(Debug)]
pub struct PacketBatch {
    octets: Box<[u8]>,
    longest: usize,
    packets: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    length: usize,
    age_ns: u64,
    stranger: bool,
}

/// A packet of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchedPacket<'a> {
    /// Its octets.
    pub octets: &'a [u8],
    /// How long ago it arrived when the batch was received.
    pub age_ns: u64,
    /// Whether it came from another address than the far end's.
    pub stranger: bool,
}

impl PacketBatch {
    /// The most packets a batch can have.
    pub const MOST: usize = 32;

    /// Room for so many packets, [`Self::MOST`] at most, each of up to `longest` octets.
    #[must_use]
    pub fn new(packets: usize, longest: usize) -> Self {
        let packets = packets.clamp(1, Self::MOST);
        Self { octets: vec![0; packets * longest].into(), longest, packets: Vec::with_capacity(packets) }
    }

    /// Octets that a packet may have.
    #[must_use]
    pub const fn longest(&self) -> usize {
        self.longest
    }

    /// Packets that it has room for.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        match self.octets.len().checked_div(self.longest) {
            Some(packets) => packets,
            None => 0,
        }
    }

    /// Packets in it.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Whether there is no room for another.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// Takes all packets out.
    pub fn clear(&mut self) {
        self.packets.clear();
    }

    /// Appends a packet that `write` writes to the room it is given; `false` if the batch is full or `write` gives up.
    pub fn push_with(&mut self, write: impl FnOnce(&mut [u8]) -> Option<usize>) -> bool {
        if self.is_full() {
            return false;
        }
        let start = self.len() * self.longest;
        let room = &mut self.octets[start..start + self.longest];
        let Some(length) = write(room).filter(|length| *length <= self.longest) else { return false };
        self.packets.push(Entry { length, ..Entry::default() });
        true
    }

    /// Appends a packet that arrived so long ago; `false` if there is no room for it.
    pub fn push_received(&mut self, octets: &[u8], age_ns: u64, stranger: bool) -> bool {
        let pushed = self.push_with(|room| {
            room.get_mut(..octets.len())?.copy_from_slice(octets);
            Some(octets.len())
        });
        if let (true, Some(entry)) = (pushed, self.packets.last_mut()) {
            (entry.age_ns, entry.stranger) = (age_ns, stranger);
        }
        pushed
    }

    /// Its packets in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = BatchedPacket<'_>> {
        self.packets.iter().enumerate().map(|(place, entry)| BatchedPacket {
            octets: &self.octets[place * self.longest..][..entry.length],
            age_ns: entry.age_ns,
            stranger: entry.stranger,
        })
    }

    /// The room of all packets one after the other, for a system call that fills it and then says by
    /// [`Self::note_received`] what it has put there.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.clear();
        &mut self.octets
    }

    /// The next packet of the room has so many octets.
    pub(crate) fn note_received(&mut self, length: usize, age_ns: u64, stranger: bool) {
        if !self.is_full() {
            self.packets.push(Entry { length: length.min(self.longest), age_ns, stranger });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_as_they_were_put_in_until_the_batch_is_full() {
        let mut batch = PacketBatch::new(2, 4);
        assert!(!batch.push_received(&[1; 5], 0, false), "too long");
        assert!(batch.push_received(&[1, 2, 3, 4], 7, true));
        assert!(!batch.push_with(|_| None));
        assert!(!batch.push_with(|_| Some(5)));
        assert!(batch.push_with(|room| {
            room[0] = 9;
            Some(1)
        }));
        assert!(batch.is_full() && !batch.push_with(|_| Some(0)));
        let packets: Vec<_> = batch.iter().collect();
        assert_eq!(packets[0], BatchedPacket { octets: &[1, 2, 3, 4], age_ns: 7, stranger: true });
        assert_eq!(packets[1], BatchedPacket { octets: &[9], age_ns: 0, stranger: false });
        batch.clear();
        assert!(batch.is_empty() && batch.capacity() == 2);
    }
}
