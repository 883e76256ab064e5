//! What the receive side tells: latched bits, counters and signalling bits.
use super::counters::Counters;
use super::registers::state;

/// Latched status, and what stands beside it.
#[derive(Clone, Debug)]
pub(super) struct Status {
    /// RLS1 to RLS7.
    latched: [u8; 7],
    pub(super) counters: Counters,
    pub(super) signalling: Signalling,
}

/// RS1 to RS16, and which channels changed.
#[derive(Clone, Debug)]
pub(super) struct Signalling {
    octets: [u8; 16],
    /// RSS1 to RSS4, the first lowest.
    changed: u32,
}

impl Status {
    pub(super) const fn new() -> Self {
        let signalling = Signalling { octets: [0; 16], changed: 0 };
        Self { latched: [0; 7], counters: Counters::new(), signalling }
    }

    /// Sets bits of RLS1 to RLS7, by their number.
    pub(super) fn latch(&mut self, number: usize, bits: u8) {
        if let Some(place) = self.latched.get_mut(number.wrapping_sub(1)) {
            *place |= bits;
        }
    }

    /// A register of status now was `before`: what came is latched in the low half, what went in the high one.
    pub(super) fn latch_edges(&mut self, number: usize, before: u8, now: u8) {
        self.latch(number, now & !before | (before & !now) << 4);
    }

    pub(super) fn latched(&self, number: usize) -> u8 {
        self.latched.get(number.wrapping_sub(1)).copied().unwrap_or(0)
    }

    /// The host writes ones.
    pub(super) fn clear(&mut self, number: usize, bits: u8) {
        if let Some(place) = self.latched.get_mut(number.wrapping_sub(1)) {
            *place &= !bits;
        }
    }

    /// RIIR: which of RLS1 to RLS7 have a bit that its mask lets through.
    pub(super) fn information(&self, masks: [u8; 7], e1: bool) -> u8 {
        let silent = if e1 { state::SILENT } else { 0 };
        let pending = self.latched.iter().zip(masks).enumerate().map(|(place, (latched, mask))| {
            let mask = if place == 1 { mask & !silent } else { mask };
            u8::from(latched & mask != 0) << place
        });
        pending.fold(0, |all, bit| all | bit)
    }

    /// A multiframe of signalling bits was correct; `watched` are the channels that set RSCOS.
    pub(super) fn signalled(&mut self, octets: &[u8; 16], low_half: u32, watched: u32) {
        let mut changed = 0;
        for (place, (old, new)) in self.signalling.octets.iter().zip(octets).enumerate() {
            let differs = old ^ new;
            changed |= u32::from(differs & 0xf0 != 0) << place;
            changed |= u32::from(differs & 0x0f != 0) << (place as u32 + low_half);
        }
        self.signalling.octets = *octets;
        self.signalling.changed |= changed;
        if changed & watched != 0 {
            self.latch(4, state::RSCOS);
        }
    }
}

impl Signalling {
    /// RS1 to RS16, by index.
    pub(super) fn octet(&self, index: usize) -> u8 {
        self.octets.get(index).copied().unwrap_or(0)
    }

    /// RSS1 to RSS4, by index.
    pub(super) fn changed(&self, index: usize) -> u8 {
        self.changed.to_le_bytes().get(index).copied().unwrap_or(0)
    }

    /// The host writes ones to RSS1 to RSS4, by index.
    pub(super) fn clear(&mut self, index: usize, bits: u8) {
        self.changed &= !u32::from(bits).wrapping_shl(8 * index as u32);
    }
}
