//! The registers of one framer, E1 meanings: offset, name, access, and the bits that the model acts on.
//!
//! From the data sheets of the FALC family (PEF 22554, PEF 2256). Offsets that are not named here and lie
//! among the configuration registers are kept and read back; among the status registers they read 0.

// Configuration, RW.

/// Interrupt masks 0 to 4; a 1 masks. Reset value 0xff.
pub(super) const IMR0: u8 = 0x14;
pub(super) const IMR4: u8 = 0x18;
/// Single defect insertion, WO: each bit written 1 puts one defect on the line.
pub(super) const IERR: u8 = 0x1b;
/// Framer mode 0: line codes of transmitter (bits 7, 6) and receiver (bits 5, 4).
pub(super) const FMR0: u8 = 0x1c;
/// Framer mode 1.
pub(super) const FMR1: u8 = 0x1d;
/// Framer mode 2.
pub(super) const FMR2: u8 = 0x1e;
/// Transmit service word.
pub(super) const XSW: u8 = 0x20;
/// Transmit spare bits.
pub(super) const XSP: u8 = 0x21;
/// Receive control 0.
pub(super) const RC0: u8 = 0x24;
/// Transmit pulse mask 2.
pub(super) const XPM2: u8 = 0x28;
/// Sa4 to Sa8 of the next multiframes, a register for each: its lowest bit for frame 1, its highest for frame 15.
pub(super) const XSA4: u8 = 0x2c;
/// Line interface modes 0 and 1.
pub(super) const LIM0: u8 = 0x36;
pub(super) const LIM1: u8 = 0x37;
/// Pulse count detection and recovery: loss of signal.
pub(super) const PCD: u8 = 0x38;
pub(super) const PCR: u8 = 0x39;
/// Loop code 1: test patterns.
pub(super) const LCR1: u8 = 0x3b;
/// Clock mode 1: of the first framer, whose receive clock is on RCLK (bits 7, 6).
pub(super) const CMR1: u8 = 0x44;
/// Global configuration.
pub(super) const GCR: u8 = 0x46;

// Status, RO.

pub(super) const FIRST_STATUS: u8 = 0x48;
/// Version: 2.x.
pub(super) const VSTR: u8 = 0x4a;
/// Framer receive status 0 and 1: the state now.
pub(super) const FRS0: u8 = 0x4c;
pub(super) const FRS1: u8 = 0x4d;
/// Receive service word, RO.
pub(super) const RSW: u8 = 0x4e;
/// Receive spare bits and additional status.
pub(super) const RSP: u8 = 0x4f;
/// The first and last octet of the counters FEC, CVC, CEC1, EBC, CEC2, each low octet first.
pub(super) const FEC_LOW: u8 = 0x50;
pub(super) const CEC2_HIGH: u8 = 0x59;
/// Sa4 to Sa8 of the last CRC-4 multiframe, in the same order.
pub(super) const RSA4: u8 = 0x5c;
pub(super) const RSA8: u8 = 0x60;
/// Interrupt status 0 to 4: reading clears.
pub(super) const ISR0: u8 = 0x68;
pub(super) const ISR4: u8 = 0x6c;
/// Global interrupt status: bit n for an unmasked bit in ISRn.
pub(super) const GIS: u8 = 0x6e;
/// Channel interrupt status: bit n for a GIS bit of span n. The same from every span.
pub(super) const CIS: u8 = 0x6f;
/// Timeslot 16 of the frames 0 to 15: reading gives what is received (RS), writing sets what is sent (XS).
pub(super) const RS1: u8 = 0x70;
pub(super) const RS16: u8 = 0x7f;

/// Bits of the configuration registers.
pub(super) mod set {
    /// IERR: bipolar violation.
    pub(crate) const IERR_IBV: u8 = 0x01;
    /// IERR: a wrong bit of a test pattern.
    pub(crate) const IERR_IPE: u8 = 0x02;
    /// IERR: CRC-4 error.
    pub(crate) const IERR_ICRCE: u8 = 0x08;
    /// IERR: error in the frame alignment signal.
    pub(crate) const IERR_IFASE: u8 = 0x20;
    /// FMR0: both bits set for HDB3 in the transmitter.
    pub(crate) const FMR0_XC: u8 = 0xc0;
    /// FMR0: both bits set for HDB3 in the receiver.
    pub(crate) const FMR0_RC: u8 = 0x30;
    /// FMR1: Sa bits are sent from the XSA registers, not from XSW.
    pub(crate) const FMR1_ENSA: u8 = 0x20;
    /// FMR1: the transmitter sends the CRC-4 multiframe.
    pub(crate) const FMR1_XFS: u8 = 0x08;
    /// FMR1: counters are latched and cleared each second.
    pub(crate) const FMR1_ECM: u8 = 0x04;
    /// FMR1: the transmitter sends AIS.
    pub(crate) const FMR1_XAIS: u8 = 0x01;
    /// FMR2: receive framing. 10 is CRC-4 multiframe, 11 the same with automatic interworking.
    pub(crate) const FMR2_RFS: u8 = 0xc0;
    pub(crate) const FMR2_RFS_CRC4: u8 = 0x80;
    pub(crate) const FMR2_RFS_AUTO: u8 = 0xc0;
    /// FMR2: payload loop, received timeslots are sent back.
    pub(crate) const FMR2_PLB: u8 = 0x04;
    /// FMR2: remote alarm is sent while there is no frame alignment.
    pub(crate) const FMR2_AXRA: u8 = 0x02;
    /// XSW: remote alarm is sent.
    pub(crate) const XSW_XRA: u8 = 0x20;
    /// XSP: the CAS multiframe is sent from the XS registers; here, received as well.
    pub(crate) const XSP_CASEN: u8 = 0x40;
    /// XSP: E bits are 1 while the CRC-4 multiframe is not aligned.
    pub(crate) const XSP_EBP: u8 = 0x10;
    /// XSP: E bits tell of received errors; otherwise they are as XS13 and XS15 set them.
    pub(crate) const XSP_AXS: u8 = 0x08;
    pub(crate) const XSP_XS13: u8 = 0x02;
    pub(crate) const XSP_XS15: u8 = 0x01;
    /// RC0: errors in the service word do not lose alignment.
    pub(crate) const RC0_SWD: u8 = 0x80;
    /// XPM2: the line driver is off.
    pub(crate) const XPM2_XLT: u8 = 0x40;
    /// LIM0: local loop, the receiver hears what the transmitter sends.
    pub(crate) const LIM0_LL: u8 = 0x02;
    /// LIM1: line interface on. (The chip's own meaning is "clear data in case of LOS"; the card model takes
    /// it for the power of the interface.)
    pub(crate) const LIM1_ON: u8 = 0x80;
    /// LIM1: remote loop, the line gets back what it sends.
    pub(crate) const LIM1_RL: u8 = 0x02;
    /// LCR1: a test pattern is looked for, and its wrong bits are counted in CEC2.
    pub(crate) const LCR1_EPRM: u8 = 0x80;
    /// LCR1: a test pattern is sent, here in place of every bit.
    pub(crate) const LCR1_XPRBS: u8 = 0x40;
    /// GCR: masked interrupts show in the ISR registers all the same.
    pub(crate) const GCR_VIS: u8 = 0x80;
    /// GCR: LOS and AIS interrupt at both edges, not only when they appear.
    pub(crate) const GCR_SCI: u8 = 0x40;
}

/// Bits of the status registers.
pub(super) mod state {
    /// FRS0: loss of signal.
    pub(crate) const LOS: u8 = 0x80;
    /// FRS0: alarm indication signal.
    pub(crate) const AIS: u8 = 0x40;
    /// FRS0: loss of frame alignment.
    pub(crate) const LFA: u8 = 0x20;
    /// FRS0: remote alarm received.
    pub(crate) const RRA: u8 = 0x10;
    /// FRS0: no CRC-4 multiframe found in 400 ms.
    pub(crate) const NMF: u8 = 0x04;
    /// FRS0: loss of CRC-4 multiframe alignment.
    pub(crate) const LMFA: u8 = 0x02;
    /// FRS1: remote alarm in timeslot 16 (bit y).
    pub(crate) const TS16RA: u8 = 0x40;
    /// FRS1: AIS in timeslot 16.
    pub(crate) const TS16AIS: u8 = 0x10;
    /// FRS1: loss of CAS multiframe alignment.
    pub(crate) const TS16LFA: u8 = 0x08;
    /// RSP: with EPRM, the test pattern is received.
    pub(crate) const RSP_LLBAD: u8 = 0x08;
    /// ISR0: received signalling changed.
    pub(crate) const ISR0_CASC: u8 = 0x08;
    /// ISR0: a sub-multiframe with a CRC-4 error.
    pub(crate) const ISR0_CRC4: u8 = 0x04;
    /// ISR2: frame alignment recovered.
    pub(crate) const ISR2_FAR: u8 = 0x80;
    /// ISR2: frame alignment lost.
    pub(crate) const ISR2_LFA: u8 = 0x40;
    /// ISR2: CRC-4 multiframe alignment found.
    pub(crate) const ISR2_MFAR: u8 = 0x20;
    /// ISR2: 400 ms without it.
    pub(crate) const ISR2_T400MS: u8 = 0x10;
    /// ISR2: AIS appeared.
    pub(crate) const ISR2_AIS: u8 = 0x08;
    /// ISR2: signal lost.
    pub(crate) const ISR2_LOS: u8 = 0x04;
    /// ISR2: remote alarm went away.
    pub(crate) const ISR2_RAR: u8 = 0x02;
    /// ISR2: remote alarm appeared.
    pub(crate) const ISR2_RA: u8 = 0x01;
    /// ISR3: the last second was errored.
    pub(crate) const ISR3_ES: u8 = 0x80;
    /// ISR3: a second has passed.
    pub(crate) const ISR3_SEC: u8 = 0x40;
    /// ISR3: CAS multiframe alignment lost.
    pub(crate) const ISR3_LMFA16: u8 = 0x20;
    /// ISR3: AIS in timeslot 16 appeared or went away.
    pub(crate) const ISR3_AIS16: u8 = 0x10;
    /// ISR3: remote alarm in timeslot 16 appeared or went away.
    pub(crate) const ISR3_RA16: u8 = 0x08;
    /// ISR3: receive slip, a frame was deleted.
    pub(crate) const ISR3_RSN: u8 = 0x02;
    /// ISR3: receive slip, a frame was repeated.
    pub(crate) const ISR3_RSP: u8 = 0x01;
}
