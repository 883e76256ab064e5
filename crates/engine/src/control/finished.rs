//! Calls that are over, kept until their owner has asked what became of them.
use super::call::Call;
use crate::event::CallId;
use std::collections::{BTreeMap, VecDeque};

/// The last calls that have ended, as many as there is room for.
#[derive(Debug)]
pub(super) struct Finished {
    calls: BTreeMap<CallId, Box<Call>>,
    /// In the order of their ends.
    order: VecDeque<CallId>,
    room: usize,
}

impl Finished {
    pub(super) const fn new(room: usize) -> Self {
        Self { calls: BTreeMap::new(), order: VecDeque::new(), room }
    }

    pub(super) fn get(&self, id: CallId) -> Option<&Call> {
        self.calls.get(&id).map(|call| &**call)
    }

    pub(super) fn keep(&mut self, id: CallId, call: Box<Call>) {
        if self.order.len() == self.room
            && let Some(oldest) = self.order.pop_front()
        {
            self.calls.remove(&oldest);
        }
        self.order.push_back(id);
        self.calls.insert(id, call);
    }
}
