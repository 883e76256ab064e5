//! What a card keeps apart of one timeslot of a span: the octets as the line brings them, before the elastic store.

/// Octets of a span in memory, for both cards: how many came, and these.
pub(crate) const OCTETS: usize = 16;

/// The octets of a granule.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SignallingSlot {
    /// 0 for none.
    slot: u8,
    kept: [u8; OCTETS],
}

impl SignallingSlot {
    /// A granule begins, in which this slot is looked at.
    pub(crate) const fn begin(&mut self, slot: u8) {
        *self = Self { slot: slot & 31, kept: [0; OCTETS] };
    }

    /// A frame has come from the line.
    pub(crate) fn take(&mut self, frame: &[u8; 32]) {
        let next = usize::from(self.kept[0]) + 1;
        if self.slot > 0
            && let Some(place) = self.kept.get_mut(next)
        {
            *place = frame[usize::from(self.slot) & 31];
            self.kept[0] += 1;
        }
    }

    /// How many came, and these; nothing of a span without such a slot.
    pub(crate) fn kept(&self) -> Option<&[u8; OCTETS]> {
        (self.slot > 0).then_some(&self.kept)
    }
}
