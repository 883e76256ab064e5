//! The lanes of a span, which all its detectors share.

/// Lanes of a bank: the timeslots of a frame in memory.
pub const LANES: usize = 32;

/// A value for each lane.
pub(crate) type Lanes = [f32; LANES];

/// The lanes of a mask.
pub(crate) fn lanes_in(mask: u32) -> impl Iterator<Item = usize> {
    let mut rest = mask;
    core::iter::from_fn(move || {
        let lane = rest.trailing_zeros() as usize;
        rest &= rest.wrapping_sub(1);
        (lane < LANES).then_some(lane)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_of_a_mask_come_in_order() {
        assert!(lanes_in(0x8000_0101).eq([0, 8, 31]));
    }
}
