//! What a deframer has counted since it was made. Counters never wrap.

/// Counts of one received span. All stop at their highest value instead of wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct E1Counters {
    /// Periods of 256 bits taken.
    pub frames: u64,
    /// Frames delivered as not to be trusted.
    pub unaligned_frames: u64,
    /// Times that basic frame alignment was lost.
    pub alignment_losses: u64,
    /// Frame alignment signals received with an error while aligned.
    pub fas_errors: u64,
    /// Sub-multiframes compared with their CRC-4.
    pub crc_blocks: u64,
    /// Of these, the errored ones.
    pub crc_errors: u64,
    /// E bits that reported an error at the far end.
    pub e_bits: u64,
    /// Line code violations (`lcv`), from the line decoder.
    pub lcv: u64,
    /// Strings of excess zeros, from the line decoder.
    pub excess_zeros: u64,
    /// Alignment signals of the CAS multiframe received with an error while aligned.
    pub cas_mfas_errors: u64,
}

impl E1Counters {
    /// Nothing counted.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            frames: 0,
            unaligned_frames: 0,
            alignment_losses: 0,
            fas_errors: 0,
            crc_blocks: 0,
            crc_errors: 0,
            e_bits: 0,
            lcv: 0,
            excess_zeros: 0,
            cas_mfas_errors: 0,
        }
    }
}
