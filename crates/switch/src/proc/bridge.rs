//! A conference bridge on the media thread: each party hears the exact sum of all others that are heard by all, and of
//! those that are heard by it alone, clipped once.
use crate::link::{Audience, BridgeId, SlotId, Voice};
use crate::proc::{PIECE, PartyMeters};
use std::sync::Arc;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::mix::{Mixer, Party};
use tandem_types::MAX_TICK_FRAMES;

/// One shard's part of a bridge. Parties on other shards arrive as their partial sum of one tick ago.
#[derive(Debug)]
pub struct BridgeProc {
    pub(crate) id: BridgeId,
    /// Who takes part and how, and each one's place in the mix; as many of these as of those, and neither grows past its
    /// capacity.
    members: Vec<(SlotId, Voice)>,
    parties: Vec<Party>,
    /// Places of parties that are heard by one alone, and of those. Never more than there are members.
    whispers: Vec<(usize, usize)>,
    /// Members have changed since they were found.
    whispers_are_stale: bool,
    mixer: Mixer,
    meters: Arc<PartyMeters>,
    local: Box<[i32; MAX_TICK_FRAMES]>,
    remote: Box<[i32; MAX_TICK_FRAMES]>,
}

impl BridgeProc {
    pub(crate) fn new(id: BridgeId, max_parties: usize) -> Self {
        Self {
            id,
            members: Vec::with_capacity(max_parties),
            parties: Vec::with_capacity(max_parties),
            whispers: Vec::with_capacity(max_parties),
            whispers_are_stale: false,
            mixer: Mixer::new(InstructionSet::detect()),
            meters: Arc::new(PartyMeters::new(max_parties)),
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

    /// What it tells of its parties.
    pub(crate) fn meters(&self) -> Arc<PartyMeters> {
        Arc::clone(&self.meters)
    }

    /// Adds a party, or changes how it takes part, and says whether it is one now. Control keeps within the capacity; a
    /// party too many is left out.
    pub(crate) fn add(&mut self, slot: SlotId, voice: Voice) -> bool {
        let room = self.members.len() < self.members.capacity().min(self.parties.capacity());
        let known = self.place_of(slot);
        let place = match known {
            Some(place) => place,
            None if room => {
                self.members.push((slot, voice));
                self.parties.push(Party::new(voice.gain));
                self.parties.len() - 1
            }
            None => return false,
        };
        self.members[place].1 = voice;
        self.parties[place].set_gain(voice.gain);
        self.parties[place].set_public(voice.audience == Audience::All);
        self.whispers_are_stale = true;
        if known.is_none() {
            // What was told of the place may have been another's.
            self.publish();
        }
        true
    }

    /// Takes a party out.
    pub(crate) fn remove(&mut self, slot: SlotId) {
        if let Some(place) = self.place_of(slot) {
            self.members.swap_remove(place);
            self.parties.swap_remove(place);
            self.publish();
            self.whispers_are_stale = true;
        }
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = SlotId> {
        self.members.iter().map(|(slot, _)| *slot)
    }

    /// From the next measurement on only so many are heard, or all.
    pub(crate) fn limit_talkers(&mut self, most: Option<u8>) {
        self.mixer.set_loudest(most.map(usize::from));
    }

    fn publish(&self) {
        self.meters.publish(self.members().zip(&self.parties));
    }

    fn place_of(&self, slot: SlotId) -> Option<usize> {
        self.members.iter().position(|(member, _)| *member == slot)
    }

    fn find_whispers(&mut self) {
        self.whispers.clear();
        self.parties.iter_mut().for_each(Party::forget_whispers);
        for (place, (_, voice)) in self.members.iter().enumerate() {
            let Audience::One(to) = voice.audience else { continue };
            // Not `place_of`, which would borrow the whole.
            if let Some(to) = self.members.iter().position(|(member, _)| *member == to) {
                self.whispers.push((place, to));
            }
        }
    }

    /// Mixes one piece: `sample(slot)` is what a party says. `offset` is the piece's place in the tick.
    pub(crate) fn mix<'a>(
        &mut self,
        offset: usize,
        frames: usize,
        sample: impl Fn(SlotId) -> &'a [i16; PIECE],
    ) {
        for ((slot, _), party) in self.members.iter().zip(&mut self.parties) {
            party.say(&sample(*slot)[..frames]);
        }
        if std::mem::take(&mut self.whispers_are_stale) {
            self.find_whispers();
        }
        let remote = &self.remote[offset..offset + frames];
        if self.mixer.mix(&mut self.parties, &self.whispers, frames, remote) {
            self.publish();
        }
        self.local[offset..offset + frames].copy_from_slice(&self.mixer.local_sum()[..frames]);
    }

    /// What each party hears of the piece.
    pub(crate) fn heard_by_members(&self) -> impl Iterator<Item = (SlotId, &[i16; PIECE])> {
        self.members().zip(self.parties.iter().map(Party::heard))
    }

    /// What a party hears of the piece, but for what is said to it alone; silence of one that there is not.
    pub(crate) fn heard_with(&self, slot: SlotId) -> [i16; PIECE] {
        let party = self.place_of(slot).map(|place| &self.parties[place]);
        party.map_or([0; PIECE], |party| self.mixer.heard_without_whispers(party))
    }

    /// What somebody hears who is no party.
    pub(crate) fn heard_by_listeners(&self) -> [i16; PIECE] {
        self.mixer.heard_by_listeners()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_dsp::mix::Gain;
    use tandem_types::{SpanIndex, Timeslot};

    fn slot(number: u8) -> SlotId {
        SlotId { span: SpanIndex(0), slot: Timeslot::new(number).expect("a timeslot") }
    }

    #[test]
    fn two_shards_hear_each_other_one_tick_later() {
        let mut near = BridgeProc::new(BridgeId(0), 4);
        let mut far = BridgeProc::new(BridgeId(0), 4);
        near.add(slot(1), Voice::FULL);
        far.add(slot(2), Voice::FULL);
        for (tick, expected) in [(1, 0), (2, 200), (3, 200)] {
            near.mix(0, 8, |_| &[100; 8]);
            far.mix(0, 8, |_| &[200; 8]);
            assert!(near.heard_by_members().eq([(slot(1), &[expected; 8])]), "tick {tick}");
            assert_eq!(near.heard_by_listeners(), [100 + expected; 8], "tick {tick}");
            near.set_remote_sum(far.local_sum());
        }
    }

    #[test]
    fn a_bridge_takes_no_more_than_its_parties() {
        let mut bridge = BridgeProc::new(BridgeId(0), 2);
        for number in [1, 2, 2, 3] {
            bridge.add(slot(number), Voice::FULL);
        }
        assert!(bridge.members().eq([slot(1), slot(2)]));
        bridge.remove(slot(1));
        assert!(bridge.members().eq([slot(2)]));
    }

    /// What each of the parties 1 to 5 hears, of which party n says 10 to the power of n - 1.
    fn heard(bridge: &mut BridgeProc) -> Vec<(u8, i16)> {
        const SAID: [[i16; PIECE]; 5] = [[1; 8], [10; 8], [100; 8], [1000; 8], [10_000; 8]];
        bridge.mix(0, 8, |slot| &SAID[slot.slot.index() - 1]);
        let pieces = bridge.heard_by_members().map(|(slot, piece)| (slot.slot.index() as u8, piece[0]));
        let mut heard: Vec<_> = pieces.collect();
        heard.sort_unstable();
        heard
    }

    /// The customer 1, the agent 2, an expert 3; a supervisor 4 who coaches the agent; and 5, who listens.
    fn supervised() -> BridgeProc {
        let mut bridge = BridgeProc::new(BridgeId(0), 5);
        let audiences =
            [Audience::All, Audience::All, Audience::All, Audience::One(slot(2)), Audience::Nobody];
        for (number, audience) in (1..).zip(audiences) {
            assert!(bridge.add(slot(number), Voice { audience, ..Voice::FULL }));
        }
        bridge
    }

    #[test]
    fn each_party_hears_whom_it_is_to_hear_and_nobody_else() {
        let mut bridge = supervised();
        assert_eq!(heard(&mut bridge), [(1, 110), (2, 1101), (3, 11), (4, 111), (5, 111)]);
        assert_eq!(bridge.heard_by_listeners()[0], 111);
        // Who hears what a party hears does not hear the coach.
        assert_eq!([1, 2, 3, 4, 6].map(|number| bridge.heard_with(slot(number))[0]), [110, 101, 11, 111, 0]);
        assert_eq!(bridge.local_sum()[0], 111);
        // The supervisor joins in, and the customer is muted.
        bridge.add(slot(4), Voice::FULL);
        bridge.add(slot(1), Voice { gain: Gain::MUTE, ..Voice::FULL });
        assert_eq!(heard(&mut bridge), [(1, 1110), (2, 1100), (3, 1010), (4, 110), (5, 1110)]);
    }

    #[test]
    fn a_coach_whose_pupil_has_left_is_heard_by_nobody_and_by_the_pupil_when_it_is_back() {
        let mut bridge = supervised();
        heard(&mut bridge);
        bridge.remove(slot(2));
        assert_eq!(heard(&mut bridge), [(1, 100), (3, 1), (4, 101), (5, 101)]);
        assert_eq!([1, 3, 4].map(|number| bridge.heard_with(slot(number))[0]), [100, 1, 101]);
        bridge.add(slot(2), Voice::FULL);
        assert_eq!(heard(&mut bridge), [(1, 110), (2, 1101), (3, 11), (4, 111), (5, 111)]);
        // The places of others move when one goes; the whisper goes where it went.
        bridge.remove(slot(1));
        assert_eq!(heard(&mut bridge), [(2, 1100), (3, 10), (4, 110), (5, 110)]);
    }

    #[test]
    fn levels_of_the_parties_are_told_each_20_ms_and_of_no_others() {
        let mut bridge = supervised();
        let meters = bridge.meters();
        for _ in 0..19 {
            heard(&mut bridge);
        }
        assert_eq!(meters.of(slot(1)).map(|level| level.mean_square), Some(0.0), "not measured yet");
        assert_eq!(meters.of(slot(4)).map(|level| level.is_heard), Some(false), "a coach from the first");
        heard(&mut bridge);
        let level = |number| meters.of(slot(number)).map(|level| (level.mean_square, level.is_heard));
        assert_eq!(level(3), Some((9984.0, true)), "squares are kept in parts of 64");
        assert_eq!(level(4).map(|(_, is_heard)| is_heard), Some(false));
        assert!(meters.of(slot(4)).is_some_and(|level| level.speaks));
        bridge.remove(slot(3));
        bridge.limit_talkers(Some(1));
        for _ in 0..20 {
            heard(&mut bridge);
        }
        assert_eq!(level(3), None);
        // One that comes back begins anew.
        bridge.add(slot(3), Voice { gain: Gain::MUTE, ..Voice::FULL });
        assert_eq!(level(3), Some((0.0, false)), "muted");
        bridge.remove(slot(3));
        assert_eq!(
            [1, 2].map(|number| level(number).map(|(_, is_heard)| is_heard)),
            [Some(false), Some(true)]
        );
    }
}
