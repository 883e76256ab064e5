//! The framer registers of one span, by chip address as it is for span 0: offset, name, access, and the bits that
//! the model acts on.
//!
//! From `docs/cards/ds8.md`. The receive side has 0x000 to 0x0ef, the transmit side 0x100 to 0x1ff. Offsets that
//! are not named read 0 and ignore writes. "E1:" and "T1:" mark what holds in that mode only.

use tandem_line::LineCode;

// Receive side.

/// Receive HDLC control, RW.
pub(super) const RHC: usize = 0x010;
/// T1: receive control 2, RW. E1: kept.
pub(super) const T1RCR2: usize = 0x014;
/// T1: receive BOC control, RW.
pub(super) const T1RBOCC: usize = 0x015;
/// Idle codes of the receive highway, 32 octets, RW.
pub(super) const RIDR1: usize = 0x020;
const RIDR32: usize = 0x03f;
/// Received signalling bits, 16 octets, RO.
pub(super) const RS1: usize = 0x040;
pub(super) const RS16: usize = 0x04f;
/// Counters, high octets first, 8 octets, RO.
pub(super) const LCVCR1: usize = 0x050;
pub(super) const E1EBCR2: usize = 0x057;
/// E1: what is searched, RO. T1: the last eight FDL bits, RO.
pub(super) const E1RRTS7: usize = 0x062;
/// T1: the last BOC, RO.
pub(super) const T1RBOC: usize = 0x063;
/// E1: timeslot 0 of the last frames with and without alignment signal, RO.
pub(super) const E1RAF: usize = 0x064;
pub(super) const E1RNAF: usize = 0x065;
/// E1: Sa bits of the last multiframe, five octets, RO.
pub(super) const E1RSA4: usize = 0x069;
pub(super) const E1RSA8: usize = 0x06d;
/// Receive master mode, RW.
pub(super) const RMMR: usize = 0x080;
/// Receive controls, RW. 0x082 has the lengths of the in-band codes in T1.
pub(super) const RCR1: usize = 0x081;
pub(super) const RCR2: usize = 0x082;
pub(super) const RCR3: usize = 0x083;
/// Receive elastic store, RW.
pub(super) const RESCR: usize = 0x085;
/// Counters: what and when, RW.
pub(super) const ERCNT: usize = 0x086;
/// BERT receive port and its bit suppression, RW.
pub(super) const RXPC: usize = 0x08a;
pub(super) const RBPBS: usize = 0x08b;
/// Latched status 1 to 5 and 7, W1C.
pub(super) const RLS1: usize = 0x090;
pub(super) const RLS7: usize = 0x096;
/// Signalling changes by channel, four octets, W1C.
pub(super) const RSS1: usize = 0x098;
pub(super) const RSS4: usize = 0x09b;
/// Which of RLS1 to RLS7 have something unmasked, RO.
pub(super) const RIIR: usize = 0x09f;
/// Masks of the latched status, RW.
pub(super) const RIM1: usize = 0x0a0;
const RIM5: usize = 0x0a4;
const RIM7: usize = 0x0a6;
/// Channels whose signalling changes set RSCOS, four octets, RW.
pub(super) const RSCSE1: usize = 0x0a8;
/// T1: in-band codes to look for, two octets each, RW.
pub(super) const T1RUPCD1: usize = 0x0ac;
pub(super) const T1RDNCD1: usize = 0x0ae;
/// Status now, RO.
pub(super) const RRTS1: usize = 0x0b0;
pub(super) const RRTS3: usize = 0x0b2;
pub(super) const RRTS5: usize = 0x0b4;
/// Receive HDLC: octets available, and the FIFO itself, RO.
pub(super) const RHPBA: usize = 0x0b5;
pub(super) const RHF: usize = 0x0b6;
const RBCS1: usize = 0x0c0;
/// Timeslots with an idle code on the receive highway, and in the BERT, four octets each, RW.
pub(super) const RCICE1: usize = 0x0d0;
pub(super) const RBPCS1: usize = 0x0d4;
const RBPCS4: usize = 0x0d7;

// Transmit side.

/// Transmit HDLC controls, RW.
pub(super) const THC1: usize = 0x110;
pub(super) const THC2: usize = 0x113;
/// E1: which Sa bits come from the registers of a multiframe, RW.
pub(super) const E1TSACR: usize = 0x114;
/// T1: channels with robbed bits, four octets, RW.
pub(super) const SSIE1: usize = 0x118;
/// Idle codes towards the line, 32 octets, RW.
pub(super) const TIDR1: usize = 0x120;
/// Signalling bits to send, 16 octets, RW.
pub(super) const TS1: usize = 0x140;
/// Timeslots with an idle code towards the line, four octets, RW.
pub(super) const TCICE1: usize = 0x150;
/// T1: FDL bits to repeat, and the BOC to send, RW.
pub(super) const T1TFDL: usize = 0x162;
pub(super) const T1TBOC: usize = 0x163;
/// E1: timeslot 0 to send with and without alignment signal, RW. Reset values 0x1b and 0x40.
pub(super) const E1TAF: usize = 0x164;
pub(super) const E1TNAF: usize = 0x165;
/// E1: Sa bits to send, five octets, RW.
pub(super) const E1TSA4: usize = 0x169;
/// Transmit master mode, RW.
pub(super) const TMMR: usize = 0x180;
/// Transmit controls, RW.
pub(super) const TCR1: usize = 0x181;
pub(super) const TCR2: usize = 0x182;
pub(super) const TCR3: usize = 0x183;
/// Transmit elastic store, RW.
pub(super) const TESCR: usize = 0x185;
/// T1: transmit control 4, RW.
pub(super) const TCR4: usize = 0x186;
/// BERT transmit port and its bit suppression, RW.
pub(super) const TXPC: usize = 0x18a;
pub(super) const TBPBS: usize = 0x18b;
/// Latched status 1 and 2, W1C.
pub(super) const TLS1: usize = 0x190;
pub(super) const TLS2: usize = 0x191;
/// Which of them have something unmasked, RO.
pub(super) const TIIR: usize = 0x19f;
/// Their masks, RW.
pub(super) const TIM1: usize = 0x1a0;
const TIM2: usize = 0x1a1;
/// T1: in-band code to send, two octets, RW.
pub(super) const T1TCD1: usize = 0x1ac;
/// Transmit HDLC: free octets, RO, and the FIFO itself, WO.
pub(super) const TFBA: usize = 0x1b3;
pub(super) const THF: usize = 0x1b4;
/// Timeslots of the BERT towards the line, four octets, RW.
pub(super) const TBPCS1: usize = 0x1d4;

/// Whether an offset is a register that keeps what is written.
pub(super) const fn is_kept(offset: usize) -> bool {
    matches!(
        offset,
        RHC | T1RCR2
            | T1RBOCC
            | RIDR1..=RIDR32
            | RMMR..=ERCNT
            | RXPC
            | RBPBS
            | RIM1..=RIM5
            | RIM7
            | 0x0a8..=0x0af
            | RBCS1..=0x0c3
            | RCICE1..=RBPCS4
            | THC1
            | THC2
            | E1TSACR
            | 0x118..=0x11b
            | 0x120..=0x14f
            | 0x150..=0x153
            | 0x162..=0x165
            | 0x169..=0x16d
            | TMMR..=TCR4
            | TXPC
            | TBPBS
            | TIM1
            | TIM2
            | T1TCD1
            | 0x1ad
            | 0x1c0..=0x1c3
            | 0x1d4..=0x1d7
    )
}

/// Bits of the registers.
pub(super) mod set {
    /// RMMR, TMMR: framer on.
    pub(crate) const FRM_EN: u8 = 0x80;
    /// RMMR, TMMR: the set-up is complete.
    pub(crate) const INIT_DONE: u8 = 0x40;
    /// RMMR, TMMR: this side is held in reset.
    pub(crate) const SFTRST: u8 = 0x02;
    /// RMMR, TMMR: E1, else T1.
    pub(crate) const E1: u8 = 0x01;

    /// RCR1, E1: HDB3. T1: B8ZS.
    pub(crate) const RCODE: u8 = 0x40;
    /// RCR1, E1: no CAS multiframe is looked for. T1: superframe of 12.
    pub(crate) const RSIGM: u8 = 0x20;
    pub(crate) const RFM: u8 = 0x20;
    /// RCR1, E1: the CRC-4 multiframe is looked for.
    pub(crate) const RCRC4: u8 = 0x08;
    /// RCR1, E1: bad bits 2 lose alignment. T1: CRC-6 of J1.
    pub(crate) const FRC: u8 = 0x04;
    pub(crate) const RJC: u8 = 0x04;
    /// RCR1: no search by itself; a search begins.
    pub(crate) const SYNCE: u8 = 0x02;
    pub(crate) const RESYNC: u8 = 0x01;
    /// RCR2, E1: loss of signal after 2048 zeros.
    pub(crate) const RLOSA: u8 = 0x01;
    /// T1RCR2: out of frame criterion; remote alarm integrated; remote alarm of J1.
    pub(crate) const OOF: u8 = 0x0c;
    pub(crate) const RAIIE: u8 = 0x02;
    pub(crate) const RRAIS: u8 = 0x01;
    /// RCR3: payload loop, framer loop.
    pub(crate) const PLB: u8 = 0x02;
    pub(crate) const FLB: u8 = 0x01;
    /// RESCR, TESCR: the elastic store is on.
    pub(crate) const STORE: u8 = 0x01;
    /// ERCNT.
    pub(crate) const SECOND_OF_SPAN_0: u8 = 0x80;
    pub(crate) const MCUS: u8 = 0x40;
    pub(crate) const MECU: u8 = 0x20;
    pub(crate) const ECUS: u8 = 0x10;
    pub(crate) const EAMS: u8 = 0x08;
    pub(crate) const FSBE: u8 = 0x04;
    pub(crate) const MOSCRF: u8 = 0x02;
    pub(crate) const LCVCRF: u8 = 0x01;
    /// RXPC, TXPC: BERT port on; the whole frame is the test's.
    pub(crate) const BERT_ON: u8 = 0x01;
    pub(crate) const BERT_UNFRAMED: u8 = 0x02;
    /// T1RBOCC: the receiver takes its setting over.
    pub(crate) const RBR: u8 = 0x80;
    /// RHC: the CRC goes to the FIFO too; reset; FDL, else a timeslot; which.
    pub(crate) const RCRCD: u8 = 0x80;
    pub(crate) const RHR: u8 = 0x40;
    pub(crate) const RHMS: u8 = 0x20;
    pub(crate) const RHCS: u8 = 0x1f;

    /// TCR1, E1: timeslot 0 from the highway. T1: CRC-6 of J1.
    pub(crate) const TTPT: u8 = 0x80;
    pub(crate) const TJC: u8 = 0x80;
    /// TCR1, E1: timeslot 16 from the TS registers.
    pub(crate) const T16S: u8 = 0x40;
    /// TCR1, E1: Si from the registers. T1: robbed bits from the TS registers.
    pub(crate) const TSIS: u8 = 0x10;
    pub(crate) const TSSE: u8 = 0x10;
    /// TCR1, E1: HDB3. T1: B8ZS.
    pub(crate) const TCODE: u8 = 0x04;
    /// TCR1: unframed ones.
    pub(crate) const TAIS: u8 = 0x02;
    /// TCR1, E1: CRC-4 is sent. T1: the remote alarm is sent.
    pub(crate) const TCRC4: u8 = 0x01;
    pub(crate) const TRAI: u8 = 0x01;
    /// TCR2, E1: E bits by themselves. T1: the FDL comes from the HDLC controller.
    pub(crate) const AEBE: u8 = 0x80;
    pub(crate) const TFDLS: u8 = 0x80;
    /// TCR2, E1: bit A by itself.
    pub(crate) const ARA: u8 = 0x20;
    /// TCR2, T1: the remote alarm of J1.
    pub(crate) const TD4RM: u8 = 0x04;
    /// TCR3: transmit clock; T1: superframe of 12; a violation; T1: the in-band code.
    pub(crate) const TCSS: u8 = 0x30;
    pub(crate) const TFM: u8 = 0x04;
    pub(crate) const IBPV: u8 = 0x02;
    pub(crate) const TLOOP: u8 = 0x01;
    /// TCR4, T1: the remote alarm, and AIS, of a customer installation.
    pub(crate) const TRAIM: u8 = 0x08;
    pub(crate) const TAISM: u8 = 0x04;
    /// THC1: reset; FDL, else a timeslot; ones between messages; end of message; no CRC.
    pub(crate) const THR: u8 = 0x20;
    pub(crate) const THMS: u8 = 0x10;
    pub(crate) const TFS: u8 = 0x08;
    pub(crate) const TEOM: u8 = 0x04;
    pub(crate) const TCRCD: u8 = 0x01;
    /// THC2: the BOC is sent; the controller is on; its timeslot.
    pub(crate) const SBOC: u8 = 0x40;
    pub(crate) const THCEN: u8 = 0x20;
    pub(crate) const THCS: u8 = 0x1f;
}

/// Bits of the status registers.
pub(super) mod state {
    /// RRTS1 and the low half of RLS1.
    pub(crate) const RRAI: u8 = 0x08;
    pub(crate) const RAIS: u8 = 0x04;
    pub(crate) const RLOS: u8 = 0x02;
    pub(crate) const RLOF: u8 = 0x01;
    /// RRTS3 and the low half of RLS3.
    pub(crate) const LDN: u8 = 0x02;
    pub(crate) const LUP: u8 = 0x01;
    pub(crate) const RDMA: u8 = 0x01;
    /// E1RRTS7.
    pub(crate) const CRC4SA: u8 = 0x04;
    pub(crate) const CASSA: u8 = 0x02;
    pub(crate) const FASSA: u8 = 0x01;
    /// RLS2, E1.
    pub(crate) const CRCRC: u8 = 0x40;
    pub(crate) const CASRC: u8 = 0x20;
    pub(crate) const FASRC: u8 = 0x10;
    pub(crate) const RSA1: u8 = 0x08;
    pub(crate) const RSA0: u8 = 0x04;
    pub(crate) const RCMF: u8 = 0x02;
    pub(crate) const RAF: u8 = 0x01;
    /// The bits of RLS2 that never interrupt in E1.
    pub(crate) const SILENT: u8 = CRCRC | CASRC | FASRC;
    /// RLS2, T1.
    pub(crate) const COFA: u8 = 0x20;
    pub(crate) const EIGHT_ZEROS: u8 = 0x10;
    pub(crate) const SIXTEEN_ZEROS: u8 = 0x08;
    pub(crate) const SEFE: u8 = 0x04;
    pub(crate) const B8ZS: u8 = 0x02;
    pub(crate) const FBE: u8 = 0x01;
    /// RLS4.
    pub(crate) const RESF: u8 = 0x80;
    pub(crate) const RESEM: u8 = 0x40;
    pub(crate) const RSLIP: u8 = 0x20;
    pub(crate) const RSCOS: u8 = 0x08;
    pub(crate) const SECOND: u8 = 0x04;
    pub(crate) const TIMER: u8 = 0x02;
    pub(crate) const RMF: u8 = 0x01;
    /// RLS5.
    pub(crate) const ROVR: u8 = 0x20;
    pub(crate) const RPE: u8 = 0x08;
    pub(crate) const RPS: u8 = 0x04;
    /// RLS7.
    pub(crate) const RAIS_CI: u8 = 0x10;
    pub(crate) const BC: u8 = 0x02;
    pub(crate) const BD: u8 = 0x01;
    /// TLS1.
    pub(crate) const TESF: u8 = 0x80;
    pub(crate) const TESEM: u8 = 0x40;
    pub(crate) const TSLIP: u8 = 0x20;
    pub(crate) const TMF: u8 = 0x04;
    /// TLS2.
    pub(crate) const TUDR: u8 = 0x08;
    pub(crate) const TMEND: u8 = 0x04;
}

/// What was written to the framer registers of a span.
#[derive(Clone, Debug)]
pub(super) struct Registers([u8; 0x200]);

impl Registers {
    /// The values of reset.
    pub(super) const fn new() -> Self {
        let mut octets = [0; 0x200];
        octets[E1TAF] = 0x1b;
        octets[E1TNAF] = 0x40;
        Self(octets)
    }

    pub(super) fn get(&self, offset: usize) -> u8 {
        self.0.get(offset).copied().unwrap_or(0)
    }

    pub(super) fn set(&mut self, offset: usize, value: u8) {
        if let Some(place) = self.0.get_mut(offset) {
            *place = value;
        }
    }

    pub(super) fn has(&self, offset: usize, bit: u8) -> bool {
        self.get(offset) & bit != 0
    }

    /// One side back to the values of reset.
    pub(super) fn reset_side(&mut self, transmit: bool) {
        let (fresh, half) = (Self::new(), if transmit { 0x100..0x200 } else { 0..0x100 });
        self.0[half.clone()].copy_from_slice(&fresh.0[half]);
    }

    pub(super) fn is_e1(&self) -> bool {
        self.has(RMMR, set::E1)
    }

    /// The line code of the side that this master mode is of.
    pub(super) fn line_code(&self, mode: usize) -> LineCode {
        let control = if mode == RMMR { RCR1 } else { TCR1 };
        let substituted = self.has(control, if mode == RMMR { set::RCODE } else { set::TCODE });
        match (substituted, self.has(mode, set::E1)) {
            (false, _) => LineCode::Ami,
            (true, true) => LineCode::Hdb3,
            (true, false) => LineCode::B8zs,
        }
    }

    /// Four octets with a bit for each channel, as timeslots: bit n for timeslot n. E1: number k + 1 is timeslot
    /// k. T1: number n is timeslot n.
    pub(super) fn timeslots(&self, first: usize) -> u32 {
        let numbers = self.long(first);
        if self.is_e1() { numbers } else { numbers << 1 & T1_TIMESLOTS }
    }

    /// Four octets, the lowest first.
    pub(super) fn long(&self, first: usize) -> u32 {
        u32::from_le_bytes(std::array::from_fn(|n| self.get(first + n)))
    }

    /// A row of octets.
    pub(super) fn row<const N: usize>(&self, first: usize) -> [u8; N] {
        std::array::from_fn(|n| self.get(first + n))
    }

    /// Two octets, the first in the high half.
    pub(super) fn pair(&self, first: usize) -> u16 {
        u16::from_be_bytes(self.row(first))
    }
}

/// Timeslots 1 to 24.
pub(super) const T1_TIMESLOTS: u32 = 0x01ff_fffe;
