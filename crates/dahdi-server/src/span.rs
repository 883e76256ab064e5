//! A span of a card: how it is configured, its alarms and its counters.
use crate::channel::CHUNK;
use crate::errno::EINVAL;
use tandem_card::dahdi::abi::{self, Plain, dahdi_lineconfig, dahdi_spaninfo, set_text};
use tandem_card::{
    Abilities, CrcMode, Frame, LineCode, LineError, LineOrder, Loopback, SpanConfig, SpanCounters,
    SpanStatus, T1Framing, most_signalling_octets,
};
use tandem_rt::sys::Errno;
use tandem_types::{Abcd, Defect, Law, Timeslot};

#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) card: usize,
    pub(crate) port: usize,
    pub(crate) t1: bool,
    pub(crate) first_channel: i32,
    pub(crate) line_config: u32,
    pub(crate) lbo: i32,
    pub(crate) sync: i32,
    pub(crate) running: bool,
    pub(crate) alarms: u32,
    pub(crate) maintenance: u32,
    /// What the card has counted when the counters were set to zero.
    reset_at: SpanCounters,
    counters: SpanCounters,
    errored_seconds: u32,
    frames_in_second: usize,
    errors_at_second: u64,
    severe_in_second: bool,
    /// What is on the line in this chunk, and what goes out in the next.
    pub(crate) received: [Frame; CHUNK],
    pub(crate) sent: [Frame; CHUNK],
    /// The slot whose octets the card hands over apart, and those of this chunk.
    pub(crate) signalling_slot: Option<usize>,
    pub(crate) signalling: Vec<u8>,
    pub(crate) sent_bits: [Option<Abcd>; Timeslot::PER_FRAME],
}

impl Span {
    pub(crate) fn new(card: usize, port: usize, t1: bool, first_channel: i32) -> Self {
        let law = if t1 { Law::Mu } else { Law::A };
        let idle = [[law.idle_octet(); Timeslot::PER_FRAME]; CHUNK];
        Self {
            card,
            port,
            t1,
            first_channel,
            line_config: 0,
            lbo: 0,
            sync: 0,
            running: false,
            alarms: 0,
            maintenance: 0,
            reset_at: SpanCounters::default(),
            counters: SpanCounters::default(),
            errored_seconds: 0,
            frames_in_second: 0,
            errors_at_second: 0,
            severe_in_second: false,
            received: idle,
            sent: idle,
            signalling_slot: None,
            signalling: Vec::with_capacity(CHUNK * most_signalling_octets(1)),
            sent_bits: [None; Timeslot::PER_FRAME],
        }
    }

    pub(crate) const fn channels(&self) -> i32 {
        if self.t1 { 24 } else { 31 }
    }

    pub(crate) const fn law(&self) -> Law {
        if self.t1 { Law::Mu } else { Law::A }
    }

    const fn line_compatibility(&self) -> u32 {
        if self.t1 {
            abi::DAHDI_CONFIG_AMI | abi::DAHDI_CONFIG_B8ZS | abi::DAHDI_CONFIG_D4 | abi::DAHDI_CONFIG_ESF
        } else {
            abi::DAHDI_CONFIG_AMI | abi::DAHDI_CONFIG_HDB3 | abi::DAHDI_CONFIG_CCS | abi::DAHDI_CONFIG_CRC4
        }
    }

    pub(crate) fn configure(&mut self, line: &dahdi_lineconfig) -> Result<(), Errno> {
        let config = line.lineconfig as u32;
        if config & LINE_CONFIG & !self.line_compatibility() != 0 {
            return Err(EINVAL);
        }
        (self.line_config, self.lbo, self.sync) = (config, line.lbo, line.sync);
        Ok(())
    }

    /// What the card is told, when the channel of this slot is a D channel.
    pub(crate) fn card_config(&self, d_channel: Option<Timeslot>) -> SpanConfig {
        let has = |bit: u32| self.line_config & bit != 0;
        let config = if self.t1 {
            let code = if has(abi::DAHDI_CONFIG_AMI) { LineCode::Ami } else { LineCode::B8zs };
            let framing = if has(abi::DAHDI_CONFIG_D4) { T1Framing::Sf } else { T1Framing::Esf };
            SpanConfig::t1(code, framing, d_channel.is_none())
        } else {
            let code = if has(abi::DAHDI_CONFIG_AMI) { LineCode::Ami } else { LineCode::Hdb3 };
            let crc4 = if has(abi::DAHDI_CONFIG_CRC4) { CrcMode::On } else { CrcMode::Off };
            SpanConfig::e1(code, crc4, !has(abi::DAHDI_CONFIG_CCS))
        };
        match d_channel {
            Some(slot) => config.with_signalling_slot(slot),
            None => config,
        }
    }

    /// Takes the status of the card after a chunk. Whether there are alarms where there were none, or none where there were.
    pub(crate) fn note(&mut self, status: &SpanStatus) -> bool {
        let before = self.alarms;
        self.alarms = alarms(status);
        self.counters = status.counters;
        self.note_second(status);
        (before == 0) != (self.alarms == 0)
    }

    fn note_second(&mut self, status: &SpanStatus) {
        self.severe_in_second |= status.defects.is_severe();
        self.frames_in_second += CHUNK;
        if self.frames_in_second < FRAMES_IN_SECOND {
            return;
        }
        let counters = &status.counters;
        let errors = counters.crc_errors + counters.fas_errors + counters.line_code_violations;
        if errors != self.errors_at_second || self.severe_in_second {
            self.errored_seconds = self.errored_seconds.saturating_add(1);
        }
        (self.errors_at_second, self.frames_in_second, self.severe_in_second) = (errors, 0, false);
    }

    /// The order that a command of maintenance is; `Ok(None)` if it is none for the card.
    pub(crate) fn maintain(
        &mut self,
        command: u32,
        abilities: &Abilities,
    ) -> Result<Option<LineOrder>, Errno> {
        let order = match command {
            abi::DAHDI_MAINT_NONE => LineOrder::Loop(None),
            abi::DAHDI_MAINT_LOCALLOOP => LineOrder::Loop(Some(Loopback::Local)),
            abi::DAHDI_MAINT_NETWORKLINELOOP => LineOrder::Loop(Some(Loopback::Line)),
            abi::DAHDI_MAINT_NETWORKPAYLOADLOOP => LineOrder::Loop(Some(Loopback::Payload)),
            abi::DAHDI_MAINT_FAS_DEFECT => LineOrder::InsertError(LineError::Framing),
            abi::DAHDI_MAINT_CRC_DEFECT => LineOrder::InsertError(LineError::Crc),
            abi::DAHDI_MAINT_BIPOLAR_DEFECT => LineOrder::InsertError(LineError::Code),
            abi::DAHDI_RESET_COUNTERS => {
                (self.reset_at, self.errored_seconds) = (self.counters, 0);
                return Ok(None);
            }
            _ => return Err(crate::errno::ENOSYS),
        };
        if !abilities.allow(&order) {
            return Err(crate::errno::ENOSYS);
        }
        if let LineOrder::Loop(_) = order {
            self.maintenance = command;
        }
        Ok(Some(order))
    }

    /// What the driver says of a span: `number` of so many, the source of the clock, channels that are configured.
    pub(crate) fn info(
        &self,
        number: i32,
        of: i32,
        clock: i32,
        configured: i32,
        model: &str,
    ) -> dahdi_spaninfo {
        let counted = |what: fn(&SpanCounters) -> u64| {
            what(&self.counters).saturating_sub(what(&self.reset_at)).min(i32::MAX as u64) as i32
        };
        let mut info = dahdi_spaninfo::zeroed();
        info.spanno = number;
        (info.totalspans, info.syncsrc) = (of, clock);
        (info.numchans, info.totalchans) = (configured, self.channels());
        info.alarms = self.alarms as i32;
        (info.lbo, info.txlevel, info.lineconfig) = (self.lbo, self.lbo, self.line_config as i32);
        info.linecompat = self.line_compatibility() as i32;
        info.bpvcount = counted(|counters| counters.line_code_violations);
        info.crc4count = counted(|counters| counters.crc_errors);
        info.ebitcount = counted(|counters| counters.e_bits);
        info.fascount = counted(|counters| counters.fas_errors);
        info.fecount = counted(|counters| counters.severe_framing_errors) as u32;
        info.cvcount = counted(|counters| counters.line_code_violations) as u32;
        info.errsec = self.errored_seconds;
        info.irqmisses = counted(|counters| counters.frames_missed.div_ceil(CHUNK as u64));
        let mut texts = [[0; 40]; 5];
        let name = format!("TDM/{}/{}", self.card, self.port);
        let description = format!("Tandem {model} card {} span {}", self.card, self.port + 1);
        let place = format!("card {}", self.card);
        for (field, text) in
            texts.iter_mut().zip([&description, LBO[self.lbo as usize % 8], &place, MAKER, model])
        {
            set_text(field, text);
        }
        [info.desc, info.lboname, info.location, info.manufacturer, info.devicetype] = texts;
        let mut short = [0; 20];
        set_text(&mut short, &name);
        info.name = short;
        let mut kind = [0; 6];
        set_text(&mut kind, if self.t1 { "T1" } else { "E1" });
        info.spantype = kind;
        info
    }
}

/// Alarms by their bits.
fn alarms(status: &SpanStatus) -> u32 {
    let mut alarms = 0;
    for defect in status.defects.iter() {
        alarms |= match defect {
            Defect::Los => abi::DAHDI_ALARM_RED | abi::DAHDI_ALARM_LOS,
            Defect::Lof => abi::DAHDI_ALARM_RED | abi::DAHDI_ALARM_LFA,
            Defect::Lomf | Defect::LossOfCasMultiframe => abi::DAHDI_ALARM_RED | abi::DAHDI_ALARM_LMFA,
            Defect::Ais => abi::DAHDI_ALARM_BLUE,
            Defect::Rai => abi::DAHDI_ALARM_YELLOW,
            Defect::Card => abi::DAHDI_ALARM_NOTOPEN,
            Defect::CasRai | Defect::CasAis | Defect::RaiCi | Defect::AisCi => 0,
        };
    }
    if status.looped.is_some() { alarms | abi::DAHDI_ALARM_LOOPBACK } else { alarms }
}

/// The bits of a configuration that a span may or may not be capable of.
const LINE_CONFIG: u32 = 0x1ff0;
const FRAMES_IN_SECOND: usize = 8000;
const MAKER: &str = "Tandem";
const LBO: [&str; 8] = [
    "0 to 133 feet",
    "133 to 266 feet",
    "266 to 399 feet",
    "399 to 533 feet",
    "533 to 655 feet",
    "-7.5 dB",
    "-15 dB",
    "-22.5 dB",
];
