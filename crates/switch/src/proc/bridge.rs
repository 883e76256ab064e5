//! A conference bridge on the media thread: each party hears the exact sum of all others, clipped once.
use crate::link::{BridgeId, SlotId};
use crate::proc::PIECE;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::mix::{Gain, Mixer, Party};
use tandem_types::MAX_TICK_FRAMES;

/// One shard's part of a bridge. Parties on other shards arrive as their partial sum of one tick ago.
#[derive(Debug)]
pub struct BridgeProc {
    pub(crate) id: BridgeId,
    /// Who talks, and each one's place in the mix; as many of these as of those, and neither grows past its capacity.
    talkers: Vec<SlotId>,
    parties: Vec<Party>,
    mixer: Mixer,
    local: Box<[i32; MAX_TICK_FRAMES]>,
    remote: Box<[i32; MAX_TICK_FRAMES]>,
}

impl BridgeProc {
    pub(crate) fn new(id: BridgeId, max_parties: usize) -> Self {
        Self {
            id,
            talkers: Vec::with_capacity(max_parties),
            parties: Vec::with_capacity(max_parties),
            mixer: Mixer::new(InstructionSet::detect()),
            local: Box::new([0; MAX_TICK_FRAMES]),
            remote: Box::new([0; MAX_TICK_FRAMES]),
        }
    }

    /// The sum of the parties of this shard over the last tick: what the other shards need of it.
    #[must_use]
    pub fn local_sum(&self) -> &[i32; MAX_TICK_FRAMES] {
        &self.local
    }

    /// Sets what the other shards together contributed one tick ago.
    pub fn set_remote_sum(&mut self, sum: &[i32; MAX_TICK_FRAMES]) {
        self.remote.copy_from_slice(sum);
    }

    /// Adds a talker, and says whether it is one now. Control keeps within the capacity; a talker too many
    /// is left out.
    pub(crate) fn add(&mut self, slot: SlotId) -> bool {
        let present = self.talkers.contains(&slot);
        let room = self.talkers.len() < self.talkers.capacity().min(self.parties.capacity());
        if !present && room {
            self.talkers.push(slot);
            self.parties.push(Party::new(Gain::UNITY));
        }
        present || room
    }

    /// Takes a talker out.
    pub(crate) fn remove(&mut self, slot: SlotId) {
        if let Some(index) = self.talkers.iter().position(|talker| *talker == slot) {
            self.talkers.swap_remove(index);
            self.parties.swap_remove(index);
        }
    }

    pub(crate) fn talkers(&self) -> &[SlotId] {
        &self.talkers
    }

    /// Mixes one piece: `sample(slot)` is what a talker says. `offset` is the piece's place in the tick.
    pub(crate) fn mix<'a>(
        &mut self,
        offset: usize,
        frames: usize,
        sample: impl Fn(SlotId) -> &'a [i16; PIECE],
    ) {
        for (talker, party) in self.talkers.iter().zip(&mut self.parties) {
            party.say(&sample(*talker)[..frames]);
        }
        self.mixer.mix(&mut self.parties, frames, &self.remote[offset..offset + frames]);
        self.local[offset..offset + frames].copy_from_slice(&self.mixer.local_sum()[..frames]);
    }

    /// What each talker hears of the piece.
    pub(crate) fn heard_by_talkers(&self) -> impl Iterator<Item = (SlotId, &[i16; PIECE])> {
        self.talkers.iter().copied().zip(self.parties.iter().map(Party::heard))
    }

    /// What somebody hears who only listens.
    pub(crate) fn heard_by_listeners(&self) -> [i16; PIECE] {
        self.mixer.heard_by_listeners()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_types::{SpanIndex, Timeslot};

    fn slot(number: u8) -> SlotId {
        SlotId { span: SpanIndex(0), slot: Timeslot::new(number).expect("a timeslot") }
    }

    #[test]
    fn two_shards_hear_each_other_one_tick_later() {
        let mut near = BridgeProc::new(BridgeId(0), 4);
        let mut far = BridgeProc::new(BridgeId(0), 4);
        near.add(slot(1));
        far.add(slot(2));
        for (tick, expected) in [(1, 0), (2, 200), (3, 200)] {
            near.mix(0, 8, |_| &[100; 8]);
            far.mix(0, 8, |_| &[200; 8]);
            assert!(near.heard_by_talkers().eq([(slot(1), &[expected; 8])]), "tick {tick}");
            assert_eq!(near.heard_by_listeners(), [100 + expected; 8], "tick {tick}");
            near.set_remote_sum(far.local_sum());
        }
    }

    #[test]
    fn a_bridge_takes_no_more_than_its_parties() {
        let mut bridge = BridgeProc::new(BridgeId(0), 2);
        for number in [1, 2, 2, 3] {
            bridge.add(slot(number));
        }
        assert_eq!(bridge.talkers(), [slot(1), slot(2)]);
        bridge.remove(slot(1));
        assert_eq!(bridge.talkers(), [slot(2)]);
    }
}
