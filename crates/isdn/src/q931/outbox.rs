//! Messages that wait to be fetched.
use std::collections::VecDeque;

use super::LinkId;

/// A queue of messages in one buffer. When it is full a message is dropped and counted.
#[derive(Debug)]
pub(super) struct Outbox {
    octets: Vec<u8>,
    waiting: VecDeque<Waiting>,
    most: usize,
    lost: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    link: LinkId,
    start: usize,
    len: usize,
}

impl Outbox {
    /// With so many octets of messages already fetched at its front, the buffer is moved up.
    const SLACK: usize = 64 * 1024;

    pub(super) fn new(most: usize) -> Self {
        Self { octets: Vec::new(), waiting: VecDeque::new(), most, lost: 0 }
    }

    pub(super) fn push(&mut self, link: LinkId, message: &[u8]) {
        if self.waiting.len() >= self.most {
            self.lost += 1;
            return;
        }
        self.make_room();
        self.waiting.push_back(Waiting { link, start: self.octets.len(), len: message.len() });
        self.octets.extend_from_slice(message);
    }

    /// A message that is to go before all that wait.
    pub(super) fn push_front(&mut self, link: LinkId, message: &[u8]) {
        let before = self.waiting.len();
        self.push(link, message);
        if self.waiting.len() > before {
            self.waiting.rotate_right(1);
        }
    }

    fn make_room(&mut self) {
        if self.waiting.is_empty() {
            self.octets.clear();
        }
        if self.octets.len() <= Self::SLACK {
            return;
        }
        let start = self.waiting.iter().map(|waiting| waiting.start).min().unwrap_or(0);
        if start > Self::SLACK {
            self.octets.drain(..start);
            self.waiting.iter_mut().for_each(|waiting| waiting.start -= start);
        }
    }

    pub(super) fn pop(&mut self) -> Option<(LinkId, &[u8])> {
        let first = self.waiting.pop_front()?;
        self.octets.get(first.start..first.start + first.len).map(|octets| (first.link, octets))
    }

    /// What waits for one link is to go over another.
    pub(super) fn redirect(&mut self, from: LinkId, to: LinkId) {
        let waiting = self.waiting.iter_mut().filter(|waiting| waiting.link == from);
        waiting.for_each(|waiting| waiting.link = to);
    }

    /// What waits for a link is dropped: the link is gone, and what it carried with it. How many messages those were.
    pub(super) fn discard(&mut self, link: LinkId) -> u64 {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.link != link);
        (before - self.waiting.len()) as u64
    }

    pub(super) const fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_in_their_order_however_many_pass() {
        let mut outbox = Outbox::new(4);
        outbox.push(LinkId(0), &[0; 200]);
        for n in 0..10_000u16 {
            outbox.push(LinkId(0), &n.to_be_bytes());
            assert!(outbox.pop().is_some());
        }
        assert_eq!(outbox.pop(), Some((LinkId(0), &9_999u16.to_be_bytes()[..])));
        assert_eq!(outbox.pop(), None);
        assert!(outbox.octets.len() < 2 * Outbox::SLACK);
    }

    #[test]
    fn messages_that_come_back_go_first_in_their_order() {
        let mut outbox = Outbox::new(40_000);
        outbox.push(LinkId(1), &[3; 8]);
        for round in 0..10_000 {
            outbox.push(LinkId(1), &[4; 8]);
            [2, 1].into_iter().for_each(|n| outbox.push_front(LinkId(1), &[n; 8]));
            for n in [1, 2, if round == 0 { 3 } else { 4 }] {
                assert_eq!(outbox.pop(), Some((LinkId(1), &[n; 8][..])));
            }
        }
        assert!(outbox.octets.len() < 2 * Outbox::SLACK);
    }

    #[test]
    fn a_message_too_many_is_dropped_and_counted() {
        let mut outbox = Outbox::new(1);
        outbox.push(LinkId(0), &[1]);
        outbox.push(LinkId(0), &[2]);
        assert_eq!(outbox.lost(), 1);
        assert_eq!(outbox.pop(), Some((LinkId(0), &[1][..])));
        assert_eq!(outbox.pop(), None);
    }
}
