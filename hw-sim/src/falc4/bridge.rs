//! The registers of the PCI bridge, in words, and the framer bus behind two of them.

/// Offset of the receive area in DMA memory, RW.
pub(super) const RDADDR: usize = 0;
/// Offset of the transmit area in DMA memory, RW.
pub(super) const WRADDR: usize = 1;
/// First generation only, RW; no effect.
pub(super) const COUNT: usize = 2;
/// DMA control, RW.
pub(super) const DMACTRL: usize = 3;
/// Interrupt status, RO; any write acknowledges a completed buffer.
pub(super) const INTR: usize = 4;
/// RO.
pub(super) const VERSION: usize = 6;
/// Colours of the spans, and activation, RW.
pub(super) const LEDS: usize = 7;
/// Framer address and strobes, RW.
pub(super) const LADDR: usize = 10;
/// Framer data, RW; reading gives the octet of the last read strobe.
pub(super) const LDATA: usize = 11;
/// Offset of the signalling area in DMA memory, RW.
pub(super) const SIGADDR: usize = 13;
/// The signalling slot of each span, an octet each, span 0 lowest, RW.
pub(super) const SIGSLOT: usize = 14;
/// RO: serial number.
pub(super) const SERIAL: usize = 15;

/// Second generation, four spans.
pub(super) const VERSION_VALUE: u32 = 0xd00d_0117;
/// What words without a register read.
pub(super) const UNUSED: u32 = 0xffff_ffff;
/// DMACTRL: both set, the DMA runs.
pub(super) const DMACTRL_RUN: u32 = 0xc000_0000;
/// DMACTRL: the card's clock is RCLK, not its oscillator.
pub(super) const DMACTRL_RCLK: u32 = 0x2000_0000;
/// INTR: a framer interrupt is pending.
pub(super) const INTR_FRAMER: u32 = 0x01;
/// INTR: a DMA buffer is complete and not acknowledged.
pub(super) const INTR_DMA: u32 = 0x02;
/// INTR: completed buffers modulo 128.
pub(super) const INTR_IDENT_SHIFT: u32 = 16;
pub(super) const INTR_IDENT_MASK: u32 = 0x7f;
/// LEDS: the framers leave reset.
pub(super) const LEDS_ACTIVATE: u32 = 1 << 12;

/// What a write to LADDR does on the framer bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strobe {
    /// No strobe rises.
    Nothing,
    /// This register of this span is read into LDATA.
    Read { span: usize, offset: u8 },
    /// LDATA is written to this register of this span.
    Write { span: usize, offset: u8 },
}

/// A strobe acts when it rises while the chip is selected. Both at once is no cycle of the bus.
pub(super) const fn strobe(before: u32, now: u32) -> Strobe {
    let (span, offset) = (((now >> 8) & 3) as usize, now as u8);
    let read = rose(before, now, READ_STROBE);
    let write = rose(before, now, WRITE_STROBE);
    match (read, write) {
        (true, false) => Strobe::Read { span, offset },
        (false, true) => Strobe::Write { span, offset },
        _ => Strobe::Nothing,
    }
}

const fn rose(before: u32, now: u32, bit: u32) -> bool {
    let both = CHIP_SELECT | bit;
    now & both == both && before & both != both
}

const CHIP_SELECT: u32 = 1 << 10;
const READ_STROBE: u32 = 1 << 15;
const WRITE_STROBE: u32 = 1 << 16;
