//! What a deframer has counted since it was made. Counters never wrap.

/// Counts of one received span. All stop at their highest value instead of wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct T1Counters {
    /// Periods of 193 bits taken.
    pub frames: u64,
    /// Frames delivered as not to be trusted.
    pub unaligned_frames: u64,
    /// Times that frame alignment was lost.
    pub alignment_losses: u64,
    /// Times that it was found in another place, or with another superframe, than before (COFA).
    pub alignment_changes: u64,
    /// Framing bits received with an error while aligned.
    pub framing_errors: u64,
    /// Times that framing became severely errored (SEF).
    pub severe_framing_errors: u64,
    /// Extended superframes compared with their CRC-6.
    pub crc_blocks: u64,
    /// Of these, the errored ones.
    pub crc_errors: u64,
    /// Line code violations (`lcv`), from the line decoder.
    pub lcv: u64,
    /// Strings of excess zeros, from the line decoder.
    pub excess_zeros: u64,
}

impl T1Counters {
    /// Nothing counted.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            frames: 0,
            unaligned_frames: 0,
            alignment_losses: 0,
            alignment_changes: 0,
            framing_errors: 0,
            severe_framing_errors: 0,
            crc_blocks: 0,
            crc_errors: 0,
            lcv: 0,
            excess_zeros: 0,
        }
    }
}
