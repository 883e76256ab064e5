//! What a driver at register level sees of its card. Real hardware maps it from PCI; a simulator computes it.
use tandem_types::FrameTime;

/// Registers, DMA memory and interrupt line of one card. Word offsets count 32-bit words from the start of
/// the register window; DMA offsets count octets from the start of the memory shared with the card.
pub trait Bus: Send {
    /// Reads a register. Reading may change it, as the card's manual says.
    fn read32(&mut self, word: usize) -> u32;

    /// Writes a register.
    fn write32(&mut self, word: usize, value: u32);

    /// Octets of DMA memory that the card and the driver share.
    fn dma_size(&self) -> usize;

    /// Copies from DMA memory. The range must lie inside it.
    fn dma_read(&mut self, offset: usize, into: &mut [u8]);

    /// Copies into DMA memory. The range must lie inside it.
    fn dma_write(&mut self, offset: usize, from: &[u8]);

    /// Whether the card asserts its interrupt line at `now`. A simulated card catches up to `now` here.
    fn interrupt(&mut self, now: FrameTime) -> bool;

    /// Whether the card has a clock of its own and goes on while the host is late. A simulated card that moves only when
    /// it catches up has not.
    fn runs_by_itself(&self) -> bool {
        true
    }
}
