//! When calls and channels want to be woken.
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tandem_types::FrameTime;

use super::CallId;
use super::channels::ChannelIndex;

/// Whose timer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Call(CallId),
    Channel(ChannelIndex),
    /// The restart of the whole interface.
    Interface,
    /// The D channels.
    Links,
}

/// A heap of wake-ups. An owner that no longer wants one does not take it out: it is passed over when its
/// time comes, and all such are thrown out when they are many.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    heap: BinaryHeap<Reverse<(FrameTime, Owner)>>,
}

impl Schedule {
    pub(super) fn push(&mut self, at: FrameTime, owner: Owner) {
        self.heap.push(Reverse((at, owner)));
    }

    pub(super) fn peek(&self) -> Option<(FrameTime, Owner)> {
        self.heap.peek().map(|entry| entry.0)
    }

    pub(super) fn pop(&mut self) -> Option<(FrameTime, Owner)> {
        self.heap.pop().map(|entry| entry.0)
    }

    /// More than this many for `wanted` owners are to be thinned out.
    pub(super) fn is_crowded(&self, wanted: usize) -> bool {
        self.heap.len() > 2 * wanted + 64
    }

    pub(super) fn retain(&mut self, keep: impl Fn(FrameTime, Owner) -> bool) {
        self.heap.retain(|Reverse((at, owner))| keep(*at, *owner));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }
}
