//! Registers of the octal descriptor-ring card: the only place in the driver that knows an offset or a bit.
//! The contract, with what is settled by data sheets and what is this project's model, is `docs/cards/ds8.md`.

// The bridge: octet offsets of 32-bit words.

/// Lights and the framer's reset, RW.
pub(super) const GPO: usize = 0x0000;
/// 0 lets writes reach [`GPO`], RW.
pub(super) const GPO_TRI: usize = 0x0004;
/// Interrupt conditions, RO.
pub(super) const ISR: usize = 0x0300;
/// Enabled interrupt conditions, RW.
pub(super) const IER: usize = 0x0308;
/// Acknowledges conditions of [`ISR`], WO.
pub(super) const IAR: usize = 0x030c;
/// Master enable, RW.
pub(super) const MER: usize = 0x031c;
/// Offset of descriptor 0 in DMA memory, RW.
pub(super) const TDM_DRING: usize = 0x2000;
/// Clock and DMA, RW.
pub(super) const TDM_CONTROL: usize = 0x2004;
/// Offset of the signalling area in DMA memory, RW.
pub(super) const TDM_SIGADDR: usize = 0x2010;
/// The signalling slots of spans 0 to 3, an octet each, that of span 0 lowest; 0 for none, RW.
pub(super) const TDM_SIGSLOT1: usize = 0x2014;
/// Those of spans 4 to 7, RW.
pub(super) const TDM_SIGSLOT2: usize = 0x2018;
/// Model, RO.
pub(super) const TDM_VERSION: usize = 0x2024;
/// Serial number, RO; 0 where none was programmed.
pub(super) const TDM_SERIAL: usize = 0x2028;
/// Where the framer chip begins; its register at address `a` is the word here + 4 × `a`.
pub(super) const CHIP_WINDOW: usize = 0x10000;

/// [`GPO`]: 0 holds the framer chip in reset.
pub(super) const GPO_FRAMER_RUN: u32 = 0x0000_0800;
/// [`GPO`]: position of the lights of span 0, green below red; two bits a span.
pub(super) const GPO_LEDS_SHIFT: usize = 16;
/// [`ISR`]: the card came to a descriptor that it does not own, and DMA has stopped.
pub(super) const ISR_DESC_UNDERRUN: u32 = 0x0000_0001;
/// [`ISR`]: a descriptor was completed.
pub(super) const ISR_DESC_COMPLETE: u32 = 0x0000_0002;
/// [`ISR`]: the framer chip interrupts; follows the level.
pub(super) const ISR_FRAMER: u32 = 0x0000_0008;
/// [`ISR`]: bits that no card sets.
pub(super) const ISR_UNUSED: u32 = 0xffff_ffc0;
/// [`MER`]: the line is driven.
pub(super) const MER_ON: u32 = 0x0000_0003;
/// [`TDM_CONTROL`]: the system clock is the chip's backplane clock. A change counts only while DMA is stopped.
pub(super) const TDM_CONTROL_RECOVER_CLOCK: u32 = 0x0000_0002;
/// [`TDM_CONTROL`]: DMA runs from the next unit on.
pub(super) const TDM_CONTROL_ENABLE_DMA: u32 = 0x0000_0004;
/// [`TDM_CONTROL`]: DMA moves frames, RO.
pub(super) const TDM_CONTROL_DMA_RUNNING: u32 = 0x0000_0008;
/// [`TDM_CONTROL`]: RO, 1.
pub(super) const TDM_CONTROL_AUTHENTICATED: u32 = 0x0000_0020;
/// [`TDM_VERSION`]: version 1, eight spans.
pub(super) const TDM_VERSION_EIGHT_SPANS: u32 = 0x0001_0008;
/// What a bus reads where nothing answers.
pub(super) const ALL_ONES: u32 = 0xffff_ffff;

/// Control word of a descriptor: it is the card's.
pub(super) const DESC_OWN: u32 = 0x8000_0000;
/// Control word of a descriptor: completion raises [`ISR_DESC_COMPLETE`].
pub(super) const DESC_INT: u32 = 0x0000_0002;
/// Control word of a descriptor: after this one comes descriptor 0.
pub(super) const DESC_EOR: u32 = 0x0000_0001;
/// What the host puts into the status word of a descriptor.
pub(super) const DESC_NO_STATUS: u32 = 0xdead_be00;

// The framer chip, once for all spans.

/// Global control, RW.
pub(super) const GTCR1: u16 = 0x0f0;
/// Master clock and reference of the backplane clock, RW.
pub(super) const GTCCR: u16 = 0x0f3;
/// Reset of line interfaces, a bit a span, RW.
pub(super) const GLSRR: u16 = 0x0f5;
/// Reset of framers and pattern testers, a bit a span, RW.
pub(super) const GFSRR: u16 = 0x0f6;
/// Device and revision, RO.
pub(super) const IDR: u16 = 0x0f8;
/// Framers that interrupt, a bit a span, RO.
pub(super) const GFISR: u16 = 0x0f9;
/// 1 lets the bit of [`GFISR`] interrupt, RW.
pub(super) const GFIMR: u16 = 0x0fc;
/// The same for pattern testers, RW.
pub(super) const GBIMR: u16 = 0x0fd;
/// The same for line interfaces, RW.
pub(super) const GLIMR: u16 = 0x0fe;

/// [`GTCR1`]: inhibits the interrupt of the chip (GIPI).
pub(super) const GTCR1_NO_INTERRUPT: u8 = 0x01;
/// [`GTCCR`]: position of the reference, a span or [`GTCCR_MASTER`].
pub(super) const GTCCR_REFERENCE_SHIFT: u8 = 4;
/// [`GTCCR`]: the reference is the master clock.
pub(super) const GTCCR_MASTER: u8 = 0x80;
/// [`GTCCR`]: the reference is 1.544 MHz (BFREQSEL).
pub(super) const GTCCR_T1: u8 = 0x08;
/// [`IDR`]: device 0x0b in any revision.
pub(super) const IDR_DEVICE: u8 = 0x58;
/// [`IDR`]: the device without the revision.
pub(super) const IDR_DEVICE_MASK: u8 = 0xf8;

// The receive side of a span: chip addresses of span 0.

/// HDLC control, RW.
pub(super) const RHC: u16 = 0x010;
/// T1: control 2, RW.
pub(super) const T1RCR2: u16 = 0x014;
/// T1: control of bit-oriented messages, RW.
pub(super) const T1RBOCC: u16 = 0x015;
/// Received signalling bits, RO; 16 registers from here.
pub(super) const RS1: u16 = 0x040;
/// Line code violations of the last second, RO: high octet; the low octet follows.
pub(super) const LCVCR1: u16 = 0x050;
/// Errored CRC blocks of the last second, RO: high octet; the low octet follows.
pub(super) const PCVCR1: u16 = 0x052;
/// Errored framing of the last second, RO: high octet; the low octet follows.
pub(super) const FOSCR1: u16 = 0x054;
/// E1: E bits of the last second, RO: high octet; the low octet follows.
pub(super) const E1EBCR1: u16 = 0x056;
/// E1: what is being searched, RO.
pub(super) const E1RRTS7: u16 = 0x062;
/// T1: the last valid bit-oriented message, RO.
pub(super) const T1RBOC: u16 = 0x063;
/// E1: timeslot 0 of the last frame without alignment signal, RO.
pub(super) const E1RNAF: u16 = 0x065;
/// E1: bits Sa4 of the last multiframe, RO; Sa5 to Sa8 follow.
pub(super) const E1RSA4: u16 = 0x069;
/// Master mode, RW.
pub(super) const RMMR: u16 = 0x080;
/// Control 1, RW.
pub(super) const RCR1: u16 = 0x081;
/// T1: lengths of in-band loop codes, RW.
pub(super) const T1RIBCC: u16 = 0x082;
/// Control 3: loops, RW.
pub(super) const RCR3: u16 = 0x083;
/// The receive side of the BERT, RW.
pub(super) const RXPC: u16 = 0x08a;
/// Highway, RW.
pub(super) const RIOCR: u16 = 0x084;
/// Elastic store, RW.
pub(super) const RESCR: u16 = 0x085;
/// Counters: what and when, RW.
pub(super) const ERCNT: u16 = 0x086;
/// Alarms, both edges, W1C.
pub(super) const RLS1: u16 = 0x090;
/// Events of framing, W1C.
pub(super) const RLS2: u16 = 0x091;
/// Both edges of [`RRTS3`], W1C.
pub(super) const RLS3: u16 = 0x092;
/// Slips, signalling, time, W1C.
pub(super) const RLS4: u16 = 0x093;
/// HDLC, W1C.
pub(super) const RLS5: u16 = 0x094;
/// T1: bit-oriented messages, W1C.
pub(super) const RLS7: u16 = 0x096;
/// Channels whose signalling bits changed, W1C; four registers from here.
pub(super) const RSS1: u16 = 0x098;
/// Bit n − 1: RLSn has a bit that its mask lets through, RO.
pub(super) const RIIR: u16 = 0x09f;
/// 1 lets the bit of [`RLS1`] through, RW.
pub(super) const RIM1: u16 = 0x0a0;
/// The same for [`RLS2`].
pub(super) const RIM2: u16 = 0x0a1;
/// The same for [`RLS3`].
pub(super) const RIM3: u16 = 0x0a2;
/// The same for [`RLS4`].
pub(super) const RIM4: u16 = 0x0a3;
/// The same for [`RLS5`].
pub(super) const RIM5: u16 = 0x0a4;
/// The same for [`RLS7`].
pub(super) const RIM7: u16 = 0x0a6;
/// Channels whose change of signalling bits is told, RW; four registers from here.
pub(super) const RSCSE1: u16 = 0x0a8;
/// T1: loop up code, RW.
pub(super) const T1RUPCD1: u16 = 0x0ac;
/// T1: loop down code, RW.
pub(super) const T1RDNCD1: u16 = 0x0ae;
/// Alarms now, RO.
pub(super) const RRTS1: u16 = 0x0b0;
/// Codes and distant multiframe alarm now, RO.
pub(super) const RRTS3: u16 = 0x0b2;
/// HDLC now, RO.
pub(super) const RRTS5: u16 = 0x0b4;
/// Octets that can be read of a message, RO.
pub(super) const RHPBA: u16 = 0x0b5;
/// Receive FIFO, RO; reading takes an octet out.
pub(super) const RHF: u16 = 0x0b6;
/// T1: blank timeslots of the receive highway, RW; four registers from here.
pub(super) const RBCS1: u16 = 0x0c0;

// The transmit side of a span.

/// HDLC control 1, RW.
pub(super) const THC1: u16 = 0x110;
/// HDLC control 2 and bit-oriented messages, RW.
pub(super) const THC2: u16 = 0x113;
/// E1: Sa bits that come from registers, RW.
pub(super) const E1TSACR: u16 = 0x114;
/// T1: channels whose robbed bits come from [`TS1`], RW; four registers from here.
pub(super) const SSIE1: u16 = 0x118;
/// Signalling bits to send, RW; 16 registers from here.
pub(super) const TS1: u16 = 0x140;
/// T1: what the data link sends without HDLC; in a superframe the Fs bits, RW.
pub(super) const T1TFDL: u16 = 0x162;
/// T1: bit-oriented message to send, RW.
pub(super) const T1TBOC: u16 = 0x163;
/// E1: timeslot 0 of align frames, RW.
pub(super) const E1TAF: u16 = 0x164;
/// E1: timeslot 0 of non-align frames, RW.
pub(super) const E1TNAF: u16 = 0x165;
/// E1: bits Sa4 to send, RW; Sa5 to Sa8 follow.
pub(super) const E1TSA4: u16 = 0x169;
/// Master mode, RW.
pub(super) const TMMR: u16 = 0x180;
/// Control 1, RW.
pub(super) const TCR1: u16 = 0x181;
/// Control 2, RW.
pub(super) const TCR2: u16 = 0x182;
/// Control 3, RW.
pub(super) const TCR3: u16 = 0x183;
/// Highway, RW.
pub(super) const TIOCR: u16 = 0x184;
/// Elastic store, RW.
pub(super) const TESCR: u16 = 0x185;
/// T1: control 4, RW.
pub(super) const TCR4: u16 = 0x186;
/// The transmit side of the BERT, RW.
pub(super) const TXPC: u16 = 0x18a;
/// Slips and multiframe, W1C.
pub(super) const TLS1: u16 = 0x190;
/// HDLC, W1C.
pub(super) const TLS2: u16 = 0x191;
/// 1 lets the bit of [`TLS1`] through, RW.
pub(super) const TIM1: u16 = 0x1a0;
/// T1: in-band code to send, RW; the second octet follows.
pub(super) const T1TCD1: u16 = 0x1ac;
/// Free octets of the transmit FIFO, RO.
pub(super) const TFBA: u16 = 0x1b3;
/// Transmit FIFO, WO.
pub(super) const THF: u16 = 0x1b4;
/// T1: blank timeslots of the transmit highway, RW; four registers from here.
pub(super) const TBCS1: u16 = 0x1c0;

// The line interface and the pattern tester of a span.

/// Mode, RW.
pub(super) const LTRCR: u16 = 0x1000;
/// Impedance and pulse, RW.
pub(super) const LTITSR: u16 = 0x1001;
/// Loops and transmitter, RW.
pub(super) const LMCR: u16 = 0x1002;
/// Both edges of the line's state, W1C.
pub(super) const LLSR: u16 = 0x1005;
/// Receive impedance and sensitivity, RW.
pub(super) const LRISMR: u16 = 0x1007;
/// BERT: the repeated pattern, lowest octet first of four, RW.
pub(super) const BRP1: u16 = 0x1101;
/// BERT: control 1, RW.
pub(super) const BC1: u16 = 0x1105;
/// BERT: control 2: errors, the length of the repeated pattern less 17, RW.
pub(super) const BC2: u16 = 0x1106;
/// BERT: bits counted, lowest octet first of four, RO.
pub(super) const BBC1: u16 = 0x1107;
/// BERT: errors counted, lowest octet first of three, RO.
pub(super) const BEC1: u16 = 0x110b;
/// Events of the pattern tester, W1C.
pub(super) const BLSR: u16 = 0x110e;

// Blocks of a span that a set-up clears: first address and length.

/// Receive side, up to the global registers.
pub(super) const RECEIVE_BLOCK: (u16, u16) = (0x000, 0xf0);
/// Transmit side.
pub(super) const TRANSMIT_BLOCK: (u16, u16) = (0x100, 0xf0);
/// Line interface.
pub(super) const LIU_BLOCK: (u16, u16) = (0x1000, 0x20);
/// Pattern tester.
pub(super) const BERT_BLOCK: (u16, u16) = (0x1100, 0x10);
/// From one span to the next: framer, line interface, pattern tester.
pub(super) const FRAMER_STEP: u16 = 0x200;
/// The same of line interfaces.
pub(super) const LIU_STEP: u16 = 0x20;
/// The same of pattern testers.
pub(super) const BERT_STEP: u16 = 0x10;

/// [`RXPC`], [`TXPC`]: the BERT has every bit (RBPEN, RBPFUS).
pub(super) const XPC_WHOLE_LINE: u8 = 0x03;
/// [`BC1`]: 2^9-1 (PS).
pub(super) const BC1_PRBS9: u8 = 0x1c;
/// [`BC1`]: 2^11-1.
pub(super) const BC1_PRBS11: u8 = 0x04;
/// [`BC1`]: 2^15-1, inverted both ways (TINV, RINV).
pub(super) const BC1_PRBS15_INVERTED: u8 = 0x68;
/// [`BC1`]: the quasi-random signal.
pub(super) const BC1_QRSS: u8 = 0x0c;
/// [`BC1`]: the pattern of [`BRP1`].
pub(super) const BC1_REPEATED: u8 = 0x10;
/// [`BC1`]: 0 to 1 loads the pattern (TC).
pub(super) const BC1_LOAD: u8 = 0x80;
/// [`BC1`]: 0 to 1 moves the counts to [`BBC1`] and [`BEC1`] (LC).
pub(super) const BC1_LATCH: u8 = 0x02;
/// [`BC1`]: 0 to 1 begins a search (RESYNC).
pub(super) const BC1_SEARCH: u8 = 0x01;
/// [`BC2`]: 0 to 1 sends a wrong bit (SBE).
pub(super) const BC2_ERROR: u8 = 0x10;
/// [`BLSR`]: a search began (BRLOS).
pub(super) const BLSR_LOST: u8 = 0x02;
/// [`BLSR`]: the pattern was found (BSYNC).
pub(super) const BLSR_FOUND: u8 = 0x01;
/// [`RMMR`], [`TMMR`]: reset (SFTRST).
pub(super) const MODE_RESET: u8 = 0x02;
/// [`RMMR`], [`TMMR`]: E1 (T1E1).
pub(super) const MODE_E1: u8 = 0x01;
/// [`RMMR`], [`TMMR`]: framer on (FRM_EN).
pub(super) const MODE_ON: u8 = 0x80;
/// [`RMMR`], [`TMMR`]: set-up is complete (INIT_DONE).
pub(super) const MODE_DONE: u8 = 0x40;
/// [`RCR1`], E1: HDB3; T1: B8ZS.
pub(super) const RCR1_CODE: u8 = 0x40;
/// [`RCR1`], E1: no CAS multiframe is looked for (RSIGM).
pub(super) const RCR1_NO_CAS: u8 = 0x20;
/// [`RCR1`], E1: CRC-4 multiframe is looked for (RCRC4).
pub(super) const RCR1_CRC4: u8 = 0x08;
/// [`RCR1`], E1: bits 2 of the NFAS lose alignment too (FRC).
pub(super) const RCR1_NFAS_LOSS: u8 = 0x04;
/// [`RCR1`], T1: qualifies 24 framing bits, those of a superframe together (SYNCT, SYNCC).
pub(super) const RCR1_T1_SEARCH: u8 = 0x88;
/// [`RCR1`], T1: SF (RFM).
pub(super) const RCR1_SF: u8 = 0x20;
/// [`RCR1`], T1: CRC-6 of J1 (RJC).
pub(super) const RCR1_J1: u8 = 0x04;
/// [`T1RCR2`]: the remote alarm of an extended superframe must come and go for 200 ms (RAIIE): reports of each second and
/// the signature of a customer installation interrupt it.
pub(super) const T1RCR2_ALARM_LASTS: u8 = 0x02;
/// [`T1RCR2`]: the remote alarm of J1 (RRAIS).
pub(super) const T1RCR2_J1_ALARM: u8 = 0x01;
/// [`RCR3`]: payload loop.
pub(super) const RCR3_PAYLOAD_LOOP: u8 = 0x02;
/// [`RIOCR`], [`TIOCR`]: highway at 2.048 Mbit/s.
pub(super) const IOCR_2048: u8 = 0x10;
/// [`RESCR`], [`TESCR`]: elastic store on.
pub(super) const ESCR_ON: u8 = 0x01;
/// [`ERCNT`]: runs of zeros count as violations (LCVCRF); each second.
pub(super) const ERCNT_ZEROS: u8 = 0x01;
/// [`RBCS1`], [`TBCS1`]: channel n is timeslot n.
pub(super) const BCS_T1: [u8; 4] = [0x01, 0x00, 0x00, 0xfe];
/// [`RSCSE1`], E1: the telephone channels.
pub(super) const RSCSE_E1: [u8; 4] = [0xfe, 0xff, 0xfe, 0xff];
/// [`RSCSE1`], [`SSIE1`], T1: the channels.
pub(super) const CHANNELS_T1: [u8; 4] = [0xff, 0xff, 0xff, 0x00];
/// [`T1RBOCC`]: 32 bits without a message end it, 7 alike are one.
pub(super) const T1RBOCC_SEVEN: u8 = 0x16;
/// [`T1RBOCC`]: takes these over (RBR).
pub(super) const T1RBOCC_RESET: u8 = 0x80;
/// [`T1RIBCC`]: five bits up, three down.
pub(super) const T1RIBCC_5_AND_3: u8 = 0x22;
/// [`T1RUPCD1`], [`T1RDNCD1`]: a one, then zeros.
pub(super) const LOOP_CODE: u8 = 0x80;
/// [`RHC`]: resets the FIFO (RHR).
pub(super) const RHC_RESET: u8 = 0x40;
/// [`RHC`]: the data link (RHMS), without check sequences.
pub(super) const RHC_LINK: u8 = 0x20;
/// [`TCR1`], E1: timeslot 16 from [`TS1`] (T16S).
pub(super) const TCR1_CAS: u8 = 0x40;
/// [`TCR1`], E1: Si from registers (TSiS).
pub(super) const TCR1_SI: u8 = 0x10;
/// [`TCR1`], E1: HDB3; T1: B8ZS.
pub(super) const TCR1_CODE: u8 = 0x04;
/// [`TCR1`]: unframed ones (TAIS).
pub(super) const TCR1_AIS: u8 = 0x02;
/// [`TCR1`], E1: CRC-4 multiframe (TCRC4).
pub(super) const TCR1_CRC4: u8 = 0x01;
/// [`TCR1`], T1: CRC-6 of J1 (TJC).
pub(super) const TCR1_J1: u8 = 0x80;
/// [`TCR1`], T1: robbed bits from [`TS1`] (TSSE).
pub(super) const TCR1_ROBBED: u8 = 0x10;
/// [`TCR1`], T1: remote alarm (TRAI).
pub(super) const TCR1_RAI: u8 = 0x01;
/// [`TCR2`], E1: E bits tell of received errors (AEBE).
pub(super) const TCR2_E_BITS: u8 = 0x80;
/// [`TCR2`], E1: bit A by itself (ARA).
pub(super) const TCR2_AUTO_RAI: u8 = 0x20;
/// [`TCR2`], T1: the data link comes from the HDLC controller (TFDLS).
pub(super) const TCR2_LINK: u8 = 0x80;
/// [`TCR2`], T1: the remote alarm of J1 (TD4RM).
pub(super) const TCR2_J1_ALARM: u8 = 0x04;
/// [`TCR2`], T1: enforces the density of ones (PDE).
pub(super) const TCR2_DENSITY: u8 = 0x02;
/// [`TCR3`]: SF (TFM).
pub(super) const TCR3_SF: u8 = 0x04;
/// [`TCR3`]: 0 to 1 sends a bipolar violation (IBPV).
pub(super) const TCR3_VIOLATION: u8 = 0x02;
/// [`TCR3`], T1: sends the in-band code (TLOOP).
pub(super) const TCR3_LOOP_CODE: u8 = 0x01;
/// [`TCR4`], T1: the remote alarm is that of a customer installation (TRAIM).
pub(super) const TCR4_RAI_CI: u8 = 0x08;
/// [`TCR4`], T1: AIS is that of a customer installation (TAISM).
pub(super) const TCR4_AIS_CI: u8 = 0x04;
/// [`T1TFDL`]: flags.
pub(super) const T1TFDL_FLAGS: u8 = 0x7e;
/// [`T1TFDL`]: the Fs bits of a superframe.
pub(super) const T1TFDL_FS: u8 = 0x1c;
/// [`E1TAF`]: the alignment signal, Si 1.
pub(super) const E1TAF_FAS: u8 = 0x9b;
/// [`E1TNAF`]: Si and Sa bits 1, no alarm.
pub(super) const E1TNAF_IDLE: u8 = 0xdf;
/// [`E1TNAF`]: Sa4 to Sa8.
pub(super) const E1TNAF_SA: u8 = 0x1f;
/// [`E1TNAF`]: bit A.
pub(super) const E1TNAF_A: u8 = 0x20;
/// [`THC1`]: resets the FIFO (THR).
pub(super) const THC1_RESET: u8 = 0x20;
/// [`THC1`]: the data link (THMS), flags between messages.
pub(super) const THC1_LINK: u8 = 0x10;
/// [`THC1`]: the next octet ends the message (TEOM).
pub(super) const THC1_END: u8 = 0x04;
/// [`THC2`]: sends the bit-oriented message (SBOC).
pub(super) const THC2_BOC: u8 = 0x40;
/// [`THC2`]: HDLC controller on (THCEN).
pub(super) const THC2_ON: u8 = 0x20;
/// [`TFBA`]: the FIFO is empty.
pub(super) const TFBA_EMPTY: u8 = 64;
/// [`LTRCR`]: T1.
pub(super) const LTRCR_T1: u8 = 0x02;
/// [`LTITSR`]: 120 Ω, pulse of 120 Ω.
pub(super) const LTITSR_120_OHM: u8 = 0x31;
/// [`LTITSR`]: 100 Ω, DSX-1 to 133 ft.
pub(super) const LTITSR_100_OHM: u8 = 0x10;
/// [`LMCR`]: local loop (LLB).
pub(super) const LMCR_LOCAL_LOOP: u8 = 0x20;
/// [`LMCR`]: remote loop (RLB).
pub(super) const LMCR_LINE_LOOP: u8 = 0x08;
/// [`LMCR`]: pulses are sent (TE).
pub(super) const LMCR_ON: u8 = 0x01;

/// [`RRTS1`]: remote alarm.
pub(super) const RRTS1_RAI: u8 = 0x08;
/// [`RRTS1`]: ones.
pub(super) const RRTS1_AIS: u8 = 0x04;
/// [`RRTS1`]: no pulses.
pub(super) const RRTS1_LOS: u8 = 0x02;
/// [`RRTS1`]: no frame alignment.
pub(super) const RRTS1_LOF: u8 = 0x01;
/// [`RLS1`]: those of [`RRTS1`] that came.
pub(super) const RLS1_CAME: u8 = 0x0f;
/// [`RLS1`]: frame alignment was found.
pub(super) const RLS1_LOF_WENT: u8 = 0x10;
/// [`RRTS3`], E1: bit y (RDMA).
pub(super) const RRTS3_CAS_ALARM: u8 = 0x01;
/// [`RRTS3`], T1: loop up and loop down code.
pub(super) const RRTS3_LOOP_CODES: [u8; 2] = [0x01, 0x02];
/// [`RLS3`]: position of those of [`RRTS3`] that went.
pub(super) const RLS3_WENT_SHIFT: u8 = 4;
/// [`E1RRTS7`]: from here on 384 ms were too short to find the CRC-4 multiframe.
pub(super) const E1RRTS7_NO_CRC4: u8 = 0xc0;
/// [`E1RRTS7`]: CRC-4 multiframe is searched.
pub(super) const E1RRTS7_CRC4: u8 = 0x04;
/// [`E1RRTS7`]: CAS multiframe is searched.
pub(super) const E1RRTS7_CAS: u8 = 0x02;
/// [`RLS2`], E1: too many errored CRC-4 blocks.
pub(super) const RLS2_CRC4_LOST: u8 = 0x40;
/// [`RLS2`], E1: two bad CAS words.
pub(super) const RLS2_CAS_LOST: u8 = 0x20;
/// [`RLS2`], E1: ones in timeslot 16.
pub(super) const RLS2_CAS_ONES: u8 = 0x08;
/// [`RLS2`], T1: two of six framing bits bad.
pub(super) const RLS2_SEVERE: u8 = 0x04;
/// [`RLS4`]: a frame was deleted.
pub(super) const RLS4_DELETED: u8 = 0x80;
/// [`RLS4`]: a frame was repeated.
pub(super) const RLS4_REPEATED: u8 = 0x40;
/// [`RLS4`]: a slip of either sign.
pub(super) const RLS4_SLIP: u8 = 0x20;
/// [`RLS4`]: signalling bits changed.
pub(super) const RLS4_SIGNALLING: u8 = 0x08;
/// [`RLS4`]: the counters were latched.
pub(super) const RLS4_TIMER: u8 = 0x02;
/// [`RLS5`]: a message ended.
pub(super) const RLS5_END: u8 = 0x08;
/// [`RLS7`]: a bit-oriented message is received.
pub(super) const RLS7_MESSAGE: u8 = 0x01;
/// [`RLS7`]: AIS of a customer installation was found in AIS.
pub(super) const RLS7_AIS_CI: u8 = 0x10;
/// [`RLS7`]: both edges.
pub(super) const RLS7_BOTH: u8 = 0x03;
/// [`RHPBA`]: the octets do not end the message.
pub(super) const RHPBA_GOES_ON: u8 = 0x80;
/// [`RRTS5`]: how the message ended.
pub(super) const RRTS5_STATE_MASK: u8 = 0x70;
/// [`RRTS5`]: well.
pub(super) const RRTS5_GOOD: u8 = 0x10;
/// [`TLS1`]: transmit slips: a frame was deleted, one was repeated.
pub(super) const TLS1_SLIPS: u8 = 0xc0;
/// [`TLS1`]: a slip of either sign.
pub(super) const TLS1_SLIP: u8 = 0x20;

/// [`TS1`], E1: `0000xyxx` with spare bits one, no alarm.
pub(super) const TS1_IDLE: u8 = 0x0b;
/// [`TS1`], E1: bit y, the remote alarm of the CAS multiframe.
pub(super) const TS1_REMOTE_ALARM: u8 = 0x04;
/// Two channels of E1 with a = b = 1 (blocked in R2), c = 0, d = 1 (G.704 §5.1.3.2 for unused bits).
pub(super) const TS_BLOCKED: u8 = 0xdd;
