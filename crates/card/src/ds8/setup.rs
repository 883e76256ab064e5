//! How a span is set up: the register tables of the page, by mode, and the registers that orders and alarms change.
use super::bridge::Bridge;
use super::regs;
use crate::{Bus, CardError, CrcMode, Framing, LineCode, Loopback, SpanConfig, T1Framing};
use tandem_types::Timeslot;

/// How a span is set up, of what this card can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setup {
    line_code: LineCode,
    framing: Framing,
    signalling_slot: Option<Timeslot>,
}

/// What a span is to do besides what its set-up says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub(super) looped: Option<Loopback>,
    pub(super) ais: bool,
    pub(super) rai: bool,
    /// T1: these two are those of a customer installation.
    pub(super) ais_ci: bool,
    pub(super) rai_ci: bool,
    /// E1: Sa4 to Sa8.
    pub(super) sa: u8,
    /// E1: CRC-4 is done without, since the far end has none.
    pub(super) without_crc4: bool,
    /// T1: in place of traffic.
    pub(super) in_band: Option<InBand>,
}

/// An in-band code as the chip sends it.
#[derive(Clone, Copy, Debug)]
pub(super) struct InBand {
    /// First bit highest.
    pub(super) octet: u8,
    /// TCR4.TC: the length.
    pub(super) length: u8,
}

impl Setup {
    pub(super) fn new(config: &SpanConfig) -> Result<Self, CardError> {
        let SpanConfig { line_code, framing, signalling_slot } = *config;
        match (framing, line_code) {
            (Framing::E1(_), LineCode::B8zs) => Err(CardError::Unsupported("B8ZS is no line code of E1")),
            (Framing::T1(_), LineCode::Hdb3) => Err(CardError::Unsupported("HDB3 is no line code of T1")),
            _ => Ok(Self { line_code, framing, signalling_slot }),
        }
    }

    pub(super) const fn is_t1(&self) -> bool {
        matches!(self.framing, Framing::T1(_))
    }

    pub(super) const fn signalling_slot(&self) -> Option<Timeslot> {
        self.signalling_slot
    }

    /// Whether there are signalling bits.
    pub(super) const fn cas(&self) -> bool {
        match self.framing {
            Framing::E1(e1) => e1.cas,
            Framing::T1(t1) => t1.cas,
        }
    }

    /// How an E1 uses CRC-4; a T1 does not.
    pub(super) const fn crc4(&self) -> CrcMode {
        match self.framing {
            Framing::E1(e1) => e1.crc4,
            Framing::T1(_) => CrcMode::Off,
        }
    }

    /// Whether there is a data link, and with it a CRC-6.
    pub(super) const fn has_link(&self) -> bool {
        matches!(self.framing, Framing::T1(t1) if t1.framing.is_extended())
    }

    /// Whether the remote alarm lets reports through.
    pub(super) const fn interrupts_alarm(&self) -> bool {
        matches!(self.framing, Framing::T1(t1) if matches!(t1.framing, T1Framing::Esf))
    }

    /// RMMR and TMMR without their resets.
    pub(super) const fn mode(&self) -> u8 {
        if self.is_t1() { 0 } else { regs::MODE_E1 }
    }

    /// Whether zeros are replaced, so that runs of them are errors.
    const fn replaces_zeros(&self) -> bool {
        !matches!(self.line_code, LineCode::Ami)
    }

    /// The registers that are written once.
    pub(super) fn write_fixed<B: Bus>(&self, bridge: &mut Bridge<B>, span: usize) {
        let mut write = |register, value| bridge.write_port(span, register, value);
        write(regs::RIOCR, regs::IOCR_2048);
        write(regs::TIOCR, regs::IOCR_2048);
        write(regs::RESCR, regs::ESCR_ON);
        write(regs::TESCR, regs::ESCR_ON);
        match self.framing {
            Framing::E1(_) => {
                write(regs::ERCNT, if self.replaces_zeros() { regs::ERCNT_ZEROS } else { 0 });
                write(regs::E1TAF, regs::E1TAF_FAS);
            }
            Framing::T1(t1) => {
                write(regs::ERCNT, regs::ERCNT_ZEROS);
                let alarm = match t1.framing {
                    T1Framing::Sf => 0,
                    T1Framing::Esf => regs::T1RCR2_ALARM_LASTS,
                    T1Framing::J1Esf | T1Framing::J1Sf => regs::T1RCR2_J1_ALARM,
                };
                write(regs::T1RCR2, alarm);
                for (offset, blank) in (0..).zip(regs::BCS_T1) {
                    write(regs::RBCS1 + offset, blank);
                    write(regs::TBCS1 + offset, blank);
                }
                write(regs::T1RIBCC, regs::T1RIBCC_5_AND_3);
                write(regs::T1RUPCD1, regs::LOOP_CODE);
                write(regs::T1RDNCD1, regs::LOOP_CODE);
                write(regs::T1TFDL, if self.has_link() { regs::T1TFDL_FLAGS } else { regs::T1TFDL_FS });
            }
        }
        if self.has_link() {
            for (register, value) in DATA_LINK {
                write(register, value);
            }
        }
        if self.cas() {
            let enabled = if self.is_t1() { regs::CHANNELS_T1 } else { regs::RSCSE_E1 };
            for (offset, channels) in (0..).zip(enabled) {
                write(regs::RSCSE1 + offset, channels);
                if self.is_t1() {
                    write(regs::SSIE1 + offset, channels);
                }
            }
        }
    }

    /// The registers of the line interface but for LMCR, the last.
    pub(super) fn write_line_interface<B: Bus>(&self, bridge: &mut Bridge<B>, span: usize) {
        let (mode, pulse) =
            if self.is_t1() { (regs::LTRCR_T1, regs::LTITSR_100_OHM) } else { (0, regs::LTITSR_120_OHM) };
        bridge.write_port(span, regs::LTRCR, mode);
        bridge.write_port(span, regs::LTITSR, pulse);
        bridge.write_port(span, regs::LRISMR, 0);
    }

    /// What interrupts.
    pub(super) fn write_masks<B: Bus>(&self, bridge: &mut Bridge<B>, span: usize) {
        let codes = if self.is_t1() { RIM3_T1 } else { RIM3_E1 };
        let signalling = if self.cas() { regs::RLS4_SIGNALLING } else { 0 };
        let (hdlc, messages) = if self.has_link() { (regs::RLS5_END, regs::RLS7_BOTH) } else { (0, 0) };
        let ais_ci = if self.is_t1() { regs::RLS7_AIS_CI } else { 0 };
        for (mask, value) in [
            (regs::RIM1, 0xff),
            (regs::RIM2, 0),
            (regs::RIM3, codes),
            (regs::RIM4, signalling | regs::RLS4_SLIP | regs::RLS4_TIMER),
            (regs::RIM5, hdlc),
            (regs::RIM7, messages | ais_ci),
            (regs::TIM1, 0),
        ] {
            bridge.write_port(span, mask, value);
        }
    }

    /// The registers that change while the span runs, in the order of [`CONTROLS`].
    pub(super) fn controls(&self, wanted: &Wanted) -> [u8; CONTROLS.len()] {
        let when = |on: bool, bit: u8| if on { bit } else { 0 };
        let code = self.replaces_zeros();
        let payload = when(wanted.looped == Some(Loopback::Payload), regs::RCR3_PAYLOAD_LOOP);
        let line = regs::LMCR_ON
            | when(wanted.looped == Some(Loopback::Local), regs::LMCR_LOCAL_LOOP)
            | when(wanted.looped == Some(Loopback::Line), regs::LMCR_LINE_LOOP);
        let ais = when(wanted.ais || wanted.ais_ci, regs::TCR1_AIS);
        match self.framing {
            Framing::E1(e1) => {
                let crc4 = e1.crc4 != CrcMode::Off;
                let looked_for = crc4 && !wanted.without_crc4;
                let rcr1 = when(code, regs::RCR1_CODE)
                    | when(!e1.cas, regs::RCR1_NO_CAS)
                    | when(looked_for, regs::RCR1_CRC4)
                    | regs::RCR1_NFAS_LOSS;
                let tcr1 = when(e1.cas, regs::TCR1_CAS)
                    | when(code, regs::TCR1_CODE)
                    | if crc4 { regs::TCR1_CRC4 } else { regs::TCR1_SI };
                // ARA would send bit A to a far end without CRC-4.
                let tcr2 =
                    when(looked_for, regs::TCR2_E_BITS) | when(e1.crc4 != CrcMode::Auto, regs::TCR2_AUTO_RAI);
                let tnaf =
                    regs::E1TNAF_IDLE & !regs::E1TNAF_SA | wanted.sa | when(wanted.rai, regs::E1TNAF_A);
                [rcr1, tcr1 | ais, tcr2, payload, tnaf, 0, 0, 0, 0, line]
            }
            Framing::T1(t1) => {
                let sf = !t1.framing.is_extended();
                let j1_crc = t1.framing == T1Framing::J1Esf;
                let j1 = j1_crc || t1.framing == T1Framing::J1Sf;
                let rcr1 = regs::RCR1_T1_SEARCH
                    | when(code, regs::RCR1_CODE)
                    | when(sf, regs::RCR1_SF)
                    | when(j1_crc, regs::RCR1_J1);
                let tcr1 = when(code, regs::TCR1_CODE)
                    | when(t1.cas, regs::TCR1_ROBBED)
                    | when(j1_crc, regs::TCR1_J1)
                    | when(wanted.rai, regs::TCR1_RAI);
                let tcr2 = when(!sf, regs::TCR2_LINK)
                    | when(j1, regs::TCR2_J1_ALARM)
                    | when(!code, regs::TCR2_DENSITY);
                let (octet, length) = wanted.in_band.map_or((0, 0), |code| (code.octet, code.length));
                let tcr4 =
                    length | when(wanted.rai_ci, regs::TCR4_RAI_CI) | when(wanted.ais_ci, regs::TCR4_AIS_CI);
                let tcr3 = when(sf, regs::TCR3_SF) | when(wanted.in_band.is_some(), regs::TCR3_LOOP_CODE);
                [rcr1, tcr1 | ais, tcr2, payload, 0, octet, octet, tcr4, tcr3, line]
            }
        }
    }
}

/// Writes 0 to all registers of a span, and clears what is latched: its reset does neither.
pub(super) fn clear<B: Bus>(bridge: &mut Bridge<B>, span: usize) {
    for (first, length) in [regs::RECEIVE_BLOCK, regs::TRANSMIT_BLOCK, regs::LIU_BLOCK, regs::BERT_BLOCK] {
        // A write to the FIFO would queue an octet.
        for register in (first..first + length).filter(|register| *register != regs::THF) {
            bridge.write_port(span, register, 0);
        }
    }
    clear_latched(bridge, span);
}

/// Clears what is latched.
pub(super) fn clear_latched<B: Bus>(bridge: &mut Bridge<B>, span: usize) {
    for register in LATCHED {
        bridge.write_port(span, register, 0xff);
    }
}

/// The registers that change while a span runs. The code is there before it is sent, and the line interface comes last.
pub(super) const CONTROLS: [u16; 10] = [
    regs::RCR1,
    regs::TCR1,
    regs::TCR2,
    regs::RCR3,
    regs::E1TNAF,
    regs::T1TCD1,
    regs::T1TCD1 + 1,
    regs::TCR4,
    regs::TCR3,
    regs::LMCR,
];
/// Where TCR3 is among them.
pub(super) const TCR3_PLACE: usize = 8;
/// Both FIFOs are emptied, and bit-oriented messages are received by these rules from now on.
const DATA_LINK: [(u16, u8); 7] = [
    (regs::T1RBOCC, regs::T1RBOCC_SEVEN),
    (regs::T1RBOCC, regs::T1RBOCC_SEVEN | regs::T1RBOCC_RESET),
    (regs::RHC, regs::RHC_LINK | regs::RHC_RESET),
    (regs::RHC, regs::RHC_LINK),
    (regs::THC1, regs::THC1_LINK | regs::THC1_RESET),
    (regs::THC1, regs::THC1_LINK),
    (regs::THC2, regs::THC2_ON),
];
/// Bit y came and went.
const RIM3_E1: u8 = 0x11;
/// Both loop codes came and went.
const RIM3_T1: u8 = 0x33;
/// All registers in which written ones clear.
const LATCHED: [u16; 14] = [
    regs::RLS1,
    regs::RLS2,
    regs::RLS3,
    regs::RLS4,
    regs::RLS5,
    regs::RLS7,
    regs::RSS1,
    regs::RSS1 + 1,
    regs::RSS1 + 2,
    regs::RSS1 + 3,
    regs::TLS1,
    regs::TLS2,
    regs::LLSR,
    regs::BLSR,
];
