//! The lanes of a span, which all its detectors share.

use tandem_types::FrameTime;

/// Lanes of a bank: the timeslots of a frame in memory.
pub const LANES: usize = 32;

/// A value for each lane.
pub(crate) type Lanes = [f32; LANES];

/// Gives the samples of a single channel from `now` on as frames that have them in lane 0.
pub(crate) fn in_lane_0(
    samples: &[i16],
    now: &mut FrameTime,
    mut process: impl FnMut(&[[i16; LANES]], FrameTime),
) {
    let mut frames = [[0; LANES]; AT_ONCE];
    for block in samples.chunks(AT_ONCE) {
        frames.iter_mut().zip(block).for_each(|(frame, &sample)| frame[0] = sample);
        process(&frames[..block.len()], *now);
        now.0 = now.0.saturating_add(block.len() as u64);
    }
}

/// 20 ms.
const AT_ONCE: usize = 160;

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
