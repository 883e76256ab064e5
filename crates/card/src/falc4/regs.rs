//! Registers of the quad-span FALC card: the only place in the driver that knows an offset or a bit.
//! The contract, with what is settled by data sheets and what is this project's model, is `docs/cards/falc4.md`.

// The bridge: offsets count 32-bit words.

/// Offset of the receive area in DMA memory, RW.
pub(super) const RDADDR: usize = 0;
/// Offset of the transmit area in DMA memory, RW.
pub(super) const WRADDR: usize = 1;
/// DMA control, RW.
pub(super) const DMACTRL: usize = 3;
/// Interrupt status, RO; any write acknowledges a complete DMA buffer.
pub(super) const INTR: usize = 4;
/// Model and generation, RO.
pub(super) const VERSION: usize = 6;
/// Colours of the span lamps and the activate bit, RW.
pub(super) const LEDS: usize = 7;
/// Address and strobes of the framer bus, RW.
pub(super) const LADDR: usize = 10;
/// The octet on the framer bus, RW.
pub(super) const LDATA: usize = 11;
/// Offset of the signalling area in DMA memory, RW.
pub(super) const SIGADDR: usize = 13;
/// The signalling slot of each span, an octet each, that of span 0 lowest; 0 for none, RW.
pub(super) const SIGSLOT: usize = 14;
/// Serial number, RO; 0 where none was programmed.
pub(super) const SERIAL: usize = 15;

/// [`DMACTRL`]: run; both bits together.
pub(super) const DMACTRL_RUN: u32 = 0xc000_0000;
/// [`DMACTRL`]: the card's clock is RCLK instead of its oscillator.
pub(super) const DMACTRL_RCLK: u32 = 0x2000_0000;
/// [`INTR`]: a framer interrupt is pending.
pub(super) const INTR_FRAMER: u32 = 0x0000_0001;
/// [`INTR`]: a DMA buffer is complete.
pub(super) const INTR_DMA: u32 = 0x0000_0002;
/// [`INTR`]: position of `rxident`, the number of completed buffers modulo 128.
pub(super) const INTR_RXIDENT_SHIFT: u32 = 16;
/// [`INTR`]: bits that read 0 in a card that is there.
pub(super) const INTR_UNUSED: u32 = 0xff80_fffc;
/// [`VERSION`]: second generation, four spans.
pub(super) const VERSION_QUAD_GEN2: u32 = 0xd00d_0117;
/// [`VERSION`]: the part that all cards of this family have in common.
pub(super) const VERSION_FAMILY_MASK: u32 = 0xffff_0000;
/// [`LEDS`]: activate; without it the framers stay in reset.
pub(super) const LEDS_ACTIVATE: u32 = 0x0000_1000;
/// [`LADDR`]: position of the span.
pub(super) const LADDR_SPAN_SHIFT: u32 = 8;
/// [`LADDR`]: chip select.
pub(super) const LADDR_SELECT: u32 = 0x0000_0400;
/// [`LADDR`]: read strobe.
pub(super) const LADDR_READ: u32 = 0x0000_8000;
/// [`LADDR`]: write strobe.
pub(super) const LADDR_WRITE: u32 = 0x0001_0000;
/// What a bus reads where nothing answers.
pub(super) const ALL_ONES: u32 = 0xffff_ffff;

// The framer of each span: octets, the names of the data sheet.

/// Interrupt masks of ISR0 to ISR4, RW, reset value 0xff; a set bit masks.
pub(super) const IMR: [u8; 5] = [0x14, 0x15, 0x16, 0x17, 0x18];
/// Single defect insertion, WO.
pub(super) const IERR: u8 = 0x1b;
/// Framer mode 0: line code, RW.
pub(super) const FMR0: u8 = 0x1c;
/// Framer mode 1: E1, counter latching, transmit CRC-4, RW.
pub(super) const FMR1: u8 = 0x1d;
/// Framer mode 2: receive framing, payload loop, RW.
pub(super) const FMR2: u8 = 0x1e;
/// Transmit service word: Si, A and Sa bits of the NFAS, RW.
pub(super) const XSW: u8 = 0x20;
/// Transmit spare bits: source of E bits and of timeslot 16, RW.
pub(super) const XSP: u8 = 0x21;
/// Sa4 to Sa8 that are sent with [`FMR1_SA_REGISTERS`], RW: a register for each, its lowest bit for frame 1.
pub(super) const XSA4: u8 = 0x2c;
/// Transmit pulse mask 2: state of the line driver, RW.
pub(super) const XPM2: u8 = 0x28;
/// Line interface mode 0: local loop, RW.
pub(super) const LIM0: u8 = 0x36;
/// Line interface mode 1: remote loop, line interface on, RW.
pub(super) const LIM1: u8 = 0x37;
/// Pulse count for detection of loss of signal, RW.
pub(super) const PCD: u8 = 0x38;
/// Pulse count for recovery from loss of signal, RW.
pub(super) const PCR: u8 = 0x39;
/// Loop code 1: test patterns, RW.
pub(super) const LCR1: u8 = 0x3b;
/// Clock mode 1, RW: of the first framer, whose receive clock is on RCLK (position of the span).
pub(super) const CMR1: u8 = 0x44;
/// [`CMR1`]: position of the span.
pub(super) const CMR1_SPAN_SHIFT: u8 = 6;
/// Global configuration: which changes interrupt, RW.
pub(super) const GCR: u8 = 0x46;
/// Framer receive status 0, RO.
pub(super) const FRS0: u8 = 0x4c;
/// Framer receive status 1, RO.
pub(super) const FRS1: u8 = 0x4d;
/// Receive service word: timeslot 0 of the last NFAS, RO.
pub(super) const RSW: u8 = 0x4e;
/// Receive spare bits, RO; here only whether a test pattern is received.
pub(super) const RSP: u8 = 0x4f;
/// Framing errors of the last second, RO: low octet; the high octet follows.
pub(super) const FEC: u8 = 0x50;
/// Line code violations of the last second, RO: low octet; the high octet follows.
pub(super) const CVC: u8 = 0x52;
/// CRC-4 errors of the last second, RO: low octet; the high octet follows.
pub(super) const CEC1: u8 = 0x54;
/// E bits of the last second, RO: low octet; the high octet follows.
pub(super) const EBC: u8 = 0x56;
/// Wrong bits of a test pattern in the last second, RO: low octet; the high octet follows.
pub(super) const CEC2: u8 = 0x58;
/// Sa4 to Sa8 of the last CRC-4 multiframe, RO: a register for each, its lowest bit that of frame 1.
pub(super) const RSA4: u8 = 0x5c;
/// Interrupt status 0 to 4, RO; reading clears.
pub(super) const ISR: [u8; 5] = [0x68, 0x69, 0x6a, 0x6b, 0x6c];
/// Global interrupt status, RO: bit n for ISRn.
pub(super) const GIS: u8 = 0x6e;
/// Channel interrupt status, RO: bit n for span n; the same from every span.
pub(super) const CIS: u8 = 0x6f;
/// Received signalling, RO: timeslot 16 of frames 0 to 15 in 16 registers from here.
pub(super) const RS1: u8 = 0x70;
/// Transmitted signalling, WO: timeslot 16 of frames 0 to 15 in 16 registers from here.
pub(super) const XS1: u8 = 0x70;

/// [`FMR0`]: HDB3 both ways.
pub(super) const FMR0_HDB3: u8 = 0xf0;
/// [`FMR0`]: AMI both ways.
pub(super) const FMR0_AMI: u8 = 0xa0;
/// [`FMR1`]: E1, counters latched each second.
pub(super) const FMR1_E1: u8 = 0x44;
/// [`IERR`]: a bipolar violation.
pub(super) const IERR_CODE: u8 = 0x01;
/// [`IERR`]: a wrong bit of a test pattern.
pub(super) const IERR_PATTERN: u8 = 0x02;
/// [`IERR`]: an errored CRC-4.
pub(super) const IERR_CRC4: u8 = 0x08;
/// [`IERR`]: an errored frame alignment signal.
pub(super) const IERR_FAS: u8 = 0x20;
/// [`FMR1`]: ones are sent (XAIS).
pub(super) const FMR1_AIS: u8 = 0x01;
/// [`FMR1`]: Sa bits are sent from the registers at [`XSA4`], not from XSW (ENSA).
pub(super) const FMR1_SA_REGISTERS: u8 = 0x20;
/// [`FMR1`]: CRC-4 multiframe is sent.
pub(super) const FMR1_TX_CRC4: u8 = 0x08;
/// [`FMR2`]: double frame format is received.
pub(super) const FMR2_DOUBLE_FRAME: u8 = 0x00;
/// [`FMR2`]: CRC-4 multiframe is required.
pub(super) const FMR2_CRC4: u8 = 0x80;
/// [`FMR2`]: CRC-4 multiframe is looked for during 400 ms, then done without.
pub(super) const FMR2_CRC4_AUTO: u8 = 0xc0;
/// [`FMR2`]: bit A is sent while there is no frame alignment (AXRA).
pub(super) const FMR2_AUTO_REMOTE_ALARM: u8 = 0x02;
/// [`FMR2`]: payload loop.
pub(super) const FMR2_PAYLOAD_LOOP: u8 = 0x04;
/// [`XSW`]: bit A is sent whatever is received.
pub(super) const XSW_REMOTE_ALARM: u8 = 0x20;
/// [`XSW`]: Sa4 to Sa8.
pub(super) const XSW_SA: u8 = 0x1f;
/// [`XSW`]: Si and Sa bits idle; bit A is left to [`FMR2_AUTO_REMOTE_ALARM`].
pub(super) const XSW_IDLE: u8 = 0x9f;
/// [`XSP`]: timeslot 16 comes from the XS registers.
pub(super) const XSP_CAS: u8 = 0x40;
/// [`XSP`]: E bits report errored submultiframes by themselves (AXS) and are 1 without multiframe (EBP); Si
/// is 1 in double frame format (XSIF).
pub(super) const XSP_AUTO_E_BITS: u8 = 0x10 | 0x08 | 0x04;
/// [`XPM2`]: the line driver is off.
pub(super) const XPM2_TRISTATE: u8 = 0x40;
/// [`XPM2`]: the line driver is on.
pub(super) const XPM2_ON: u8 = 0x00;
/// [`LIM0`]: no local loop.
pub(super) const LIM0_NO_LOOP: u8 = 0x00;
/// [`LIM0`]: what is sent is received.
pub(super) const LIM0_LOCAL_LOOP: u8 = 0x02;
/// [`LIM1`]: what is received is sent, bit for bit.
pub(super) const LIM1_REMOTE_LOOP: u8 = 0x02;
/// [`LIM1`]: receiver and transmitter of the line interface on, no remote loop.
pub(super) const LIM1_ON: u8 = 0x80;
/// [`LIM1`]: line interface off.
pub(super) const LIM1_OFF: u8 = 0x00;
/// [`PCD`]: loss of signal after 16 × 11 = 176 intervals without a pulse.
pub(super) const PCD_176_ZEROS: u8 = 0x0a;
/// [`PCR`]: the signal is back with 22 pulses in 176 intervals.
pub(super) const PCR_22_PULSES: u8 = 0x15;
/// [`LCR1`]: 2¹⁵ − 1 is sent in place of every bit (XPRBS), looked for, and its wrong bits counted (EPRM).
pub(super) const LCR1_TEST: u8 = 0x40 | 0x80;
/// [`LCR1`]: frames.
pub(super) const LCR1_FRAMES: u8 = 0x00;
/// [`GCR`]: LOS and AIS interrupt when they go away too (SCI).
pub(super) const GCR_BOTH_EDGES: u8 = 0x40;

/// [`FRS0`]: loss of signal.
pub(super) const FRS0_LOS: u8 = 0x80;
/// [`FRS0`]: alarm indication signal.
pub(super) const FRS0_AIS: u8 = 0x40;
/// [`FRS0`]: loss of frame alignment.
pub(super) const FRS0_LFA: u8 = 0x20;
/// [`FRS0`]: remote alarm received.
pub(super) const FRS0_RRA: u8 = 0x10;
/// [`FRS0`]: no CRC-4 multiframe was found in 400 ms.
pub(super) const FRS0_NO_CRC4: u8 = 0x04;
/// [`FRS0`]: loss of CRC-4 multiframe alignment.
pub(super) const FRS0_LMFA: u8 = 0x02;
/// [`RSP`]: the test pattern is received.
pub(super) const RSP_PATTERN: u8 = 0x08;
/// [`FRS1`]: remote alarm of the CAS multiframe, bit y.
pub(super) const FRS1_TS16_RA: u8 = 0x40;
/// [`FRS1`]: alarm indication signal in timeslot 16.
pub(super) const FRS1_TS16_AIS: u8 = 0x10;
/// [`FRS1`]: loss of CAS multiframe alignment.
pub(super) const FRS1_TS16_LFA: u8 = 0x08;

/// ISR0: received signalling changed.
pub(super) const ISR0_CASC: u8 = 0x08;
/// ISR2: frame alignment (FAR, LFA), CRC-4 multiframe (MFAR, T400MS), AIS, LOS or remote alarm (RAR, RA)
/// changed.
pub(super) const ISR2_STATUS: u8 = 0x80 | 0x40 | 0x20 | 0x10 | 0x08 | 0x04 | 0x02 | 0x01;
/// ISR2: frame alignment was lost (LFA).
pub(super) const ISR2_LFA: u8 = 0x40;
/// ISR2: AIS appeared or went away.
pub(super) const ISR2_AIS: u8 = 0x08;
/// ISR2: LOS appeared or went away.
pub(super) const ISR2_LOS: u8 = 0x04;
/// ISR2: remote alarm appeared (RA).
pub(super) const ISR2_RA: u8 = 0x01;
/// ISR3: a second has passed and the counters are latched.
pub(super) const ISR3_SEC: u8 = 0x40;
/// ISR3: CAS multiframe lost (LMFA16), AIS in timeslot 16 (AIS16) or bit y (RA16) changed.
pub(super) const ISR3_CAS_STATUS: u8 = 0x20 | 0x10 | 0x08;
/// ISR3: CAS multiframe lost (LMFA16).
pub(super) const ISR3_LMFA16: u8 = 0x20;
/// ISR3: receive slip negative, a frame was deleted.
pub(super) const ISR3_RSN: u8 = 0x02;
/// ISR3: receive slip positive, a frame was repeated.
pub(super) const ISR3_RSP: u8 = 0x01;
/// ISR4: a transmit slip of either sign.
pub(super) const ISR4_TX_SLIP: u8 = 0xc0;

/// XS1: `0000xyxx` with spare bits one, no alarm.
pub(super) const XS1_IDLE: u8 = 0x0b;
/// XS1: bit y, the remote alarm of the CAS multiframe.
pub(super) const XS1_REMOTE_ALARM: u8 = 0x04;
/// XS2 to XS16: two channels with a = b = 1 (blocked in R2), c = 0, d = 1 (G.704 §5.1.3.2 for unused bits).
pub(super) const XS_BLOCKED: u8 = 0xdd;
