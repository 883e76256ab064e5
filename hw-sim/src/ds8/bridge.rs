//! The registers of the bridge, in words: interrupt controller, lights and reset, control of the DMA.

/// General outputs, RW: bit 11 lets the framer chip run, bits 31 to 16 are the lights.
pub(super) const GPO: usize = word(0x0000);
/// 0 lets writes reach the same bit of GPO, RW. Reset value ones.
pub(super) const GPO_TRI: usize = word(0x0004);
/// Interrupt conditions, RO.
pub(super) const ISR: usize = word(0x0300);
/// Those that are enabled, RW.
pub(super) const IER: usize = word(0x0308);
/// A written 1 clears that condition, WO.
pub(super) const IAR: usize = word(0x030c);
/// Both low bits drive the line, RW.
pub(super) const MER: usize = word(0x031c);
/// Offset of descriptor 0, RW.
pub(super) const TDM_DRING: usize = word(0x2000);
/// Clock and DMA, RW.
pub(super) const TDM_CONTROL: usize = word(0x2004);
/// Units since the card began to exist, RO.
pub(super) const TDM_UNITS: usize = word(0x2008);
/// Offset of the signalling area in DMA memory, RW.
pub(super) const TDM_SIGADDR: usize = word(0x2010);
/// The signalling slots of spans 0 to 3, an octet each, span 0 lowest, RW.
pub(super) const TDM_SIGSLOT1: usize = word(0x2014);
/// Those of spans 4 to 7, RW.
pub(super) const TDM_SIGSLOT2: usize = word(0x2018);
/// RO.
pub(super) const TDM_VERSION: usize = word(0x2024);
/// RO: serial number.
pub(super) const TDM_SERIAL: usize = word(0x2028);
/// The first word of the framer chip, and the one behind its last.
pub(super) const CHIP_WINDOW: usize = word(0x10000);
pub(super) const CHIP_END: usize = word(0x18000);

/// Version 1, eight spans.
pub(super) const VERSION: u32 = 0x0001_0008;
/// GPO: the framer chip is not in reset.
pub(super) const FRAMER_RUN: u32 = 1 << 11;

/// ISR: the card came to a descriptor that it does not own.
pub(super) const DESC_UNDERRUN: u32 = 1 << 0;
/// ISR: a descriptor with INT was completed.
pub(super) const DESC_COMPLETE: u32 = 1 << 1;
/// ISR: the chip asserts INTB.
pub(super) const FRAMER: u32 = 1 << 3;
/// ISR: DMA stopped because it was told to.
pub(super) const DMA_STOPPED: u32 = 1 << 5;

/// TDM_CONTROL: the system clock is the chip's backplane clock.
pub(super) const RECOVER_CLOCK: u32 = 1 << 1;
/// TDM_CONTROL: DMA runs from the next unit on.
pub(super) const ENABLE_DMA: u32 = 1 << 2;
/// TDM_CONTROL, RO: DMA moves frames.
pub(super) const DMA_RUNNING: u32 = 1 << 3;
/// TDM_CONTROL: what is sent is received.
pub(super) const DMA_LOOPBACK: u32 = 1 << 4;
/// TDM_CONTROL, RO: always set.
pub(super) const AUTHENTICATED: u32 = 1 << 5;

/// The word at an offset of octets.
const fn word(offset: usize) -> usize {
    offset / 4
}

/// What the words keep, and the conditions raised.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bridge {
    pub(super) gpo: u32,
    pub(super) gpo_tri: u32,
    /// The conditions but FRAMER, which follows the chip.
    pub(super) raised: u32,
    pub(super) enabled: u32,
    pub(super) master: u32,
    pub(super) dring: u32,
    pub(super) signalling_area: u32,
    /// TDM_SIGSLOT1 and 2.
    pub(super) signalling_slots: [u32; 2],
    /// TDM_CONTROL, with DMA_RUNNING.
    pub(super) control: u32,
}

impl Bridge {
    /// The values of power-on.
    pub(super) const fn new() -> Self {
        Self {
            gpo: 0,
            gpo_tri: u32::MAX,
            raised: 0,
            enabled: 0,
            master: 0,
            dring: 0,
            signalling_area: 0,
            signalling_slots: [0; 2],
            control: AUTHENTICATED,
        }
    }

    pub(super) const fn controls(&self, bit: u32) -> bool {
        self.control & bit != 0
    }

    /// The signalling slot of a span; 0 for none.
    pub(super) const fn signalling_slot(&self, span: usize) -> u8 {
        (self.signalling_slots[(span / 4) & 1] >> (8 * (span % 4))) as u8
    }

    /// A write to TDM_CONTROL; true if it starts the DMA.
    pub(super) const fn set_control(&mut self, value: u32) -> bool {
        let running = self.controls(DMA_RUNNING);
        let fixed = DMA_RUNNING | AUTHENTICATED | if running { RECOVER_CLOCK } else { 0 };
        self.control = value & !fixed | self.control & fixed;
        let starts = !running && self.controls(ENABLE_DMA);
        if starts {
            self.control |= DMA_RUNNING;
        }
        starts
    }

    /// DMA stops, and this is why.
    pub(super) const fn stop(&mut self, why: u32) {
        self.control &= !(DMA_RUNNING | ENABLE_DMA);
        self.raised |= why;
    }
}
