//! `[[span]]`: a span and how calls are signalled on it.
use super::{DetectorName, EchoSection};
use crate::media::PortUse;
use serde::Deserialize;
use std::sync::Arc;
use tandem_card::SpanConfig;
use tandem_cas::EmProfile;
use tandem_dsp::progress::ToneSet;
use tandem_isdn::Side;
use tandem_isdn::profile::{Profile, RestartFailure};
use tandem_isdn::q921::LinkParameters;
use tandem_isdn::q931::{BChannel, InterfaceConfig, Overlap};
use tandem_line::pm::PathFormat;
use tandem_line::{CrcMode, LineCode, T1Framing};
use tandem_switch::link::{Detectors, EchoSetup};
use tandem_switch::{EarSetup, FrameLengths, HdlcSlot, SpanSetup};
use tandem_types::{Abcd, Frames, Law, NumberPattern, Timeslot};

/// `[[span]]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpanSection {
    /// It is used. Otherwise its port is left alone, and the section only keeps the numbers of those behind it.
    #[serde(default = "yes")]
    pub in_use: bool,
    /// The card, counted from 0 in the order of the file.
    #[serde(default)]
    pub card: usize,
    /// The port of the card, counted from 0.
    pub port: usize,
    /// Framing, and with it the rate.
    #[serde(default)]
    pub framing: FramingName,
    /// Line code; HDB3 on E1 and B8ZS on T1, unless something else is said.
    #[serde(default)]
    pub line_code: Option<LineCodeName>,
    /// Use of CRC-4, on E1; on, unless something else is said.
    #[serde(default)]
    pub crc4: Option<Crc4Name>,
    /// Law of the voice channels; A on E1 and µ on T1, unless something else is said.
    #[serde(default)]
    pub law: Option<LawName>,
    /// Signalling system.
    #[serde(default)]
    pub signalling: Signalling,
    /// E&M parameters, for `signalling = "em"`.
    #[serde(default)]
    pub em: EmSection,
    /// Parameters of raw bits, for `signalling = "cas"`.
    #[serde(default)]
    pub cas: CasSection,
    /// Where the host's frames are, for `signalling = "hdlc"`.
    #[serde(default)]
    pub hdlc: HdlcSection,
    /// ISDN parameters, for `signalling = "pri"`; for `signalling = "tap"` its kind of switch and its D channel.
    #[serde(default)]
    pub pri: PriSection,
    /// Which receiver of a line this is, for `signalling = "tap"`.
    #[serde(default)]
    pub tap: TapSection,
    /// What may be listened for on its channels besides digits.
    #[serde(default = "tones_only")]
    pub detectors: Vec<DetectorName>,
    /// By which rules its performance is monitored.
    #[serde(default)]
    pub performance: PerformanceRules,
    /// Cancelling of the echo of its calls; none, unless something is said.
    #[serde(default)]
    pub echo: Option<EchoSection>,
    /// Whether lost frames are concealed: of its calls, and if it is said, of its channels where it has no signalling; of calls
    /// where its card may lose frames, unless something is said.
    #[serde(default)]
    pub conceal: Option<bool>,
}

const fn yes() -> bool {
    true
}

fn tones_only() -> Vec<DetectorName> {
    vec![DetectorName::Tones]
}

/// Framings by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum FramingName {
    #[default]
    E1,
    T1Sf,
    T1Esf,
    J1Esf,
    J1Sf,
}

/// Line codes by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum LineCodeName {
    Ami,
    Hdb3,
    B8zs,
}

/// Uses of CRC-4 by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Crc4Name {
    Off,
    On,
    Auto,
}

/// Laws by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum LawName {
    #[default]
    A,
    Mu,
}

impl From<LawName> for Law {
    fn from(name: LawName) -> Self {
        match name {
            LawName::A => Self::A,
            LawName::Mu => Self::Mu,
        }
    }
}

/// Signalling systems by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signalling {
    /// E&M immediate start on timeslot 16, on T1 in robbed bits; called number in DTMF.
    #[default]
    Em,
    /// ISDN primary rate: Q.921 and Q.931 in a D channel.
    Pri,
    /// The signalling bits of timeslot 16, on T1 robbed bits, are the host's to send and hear; all else is as with none.
    Cas,
    /// The frames of a D channel are the host's to send and read, all that is above HDLC; all else is as with none.
    Hdlc,
    /// None: all slots are the host's to route.
    None,
    /// A receiver that listens to one direction of an ISDN line between two others, and sends nothing. The other direction is
    /// another span's.
    Tap,
}

/// Rules of performance monitoring by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PerformanceRules {
    /// G.826: blocks, and unavailable time after ten severely errored seconds.
    #[default]
    G826,
    /// RFC 4805: violations, and unavailable time also from the onset of a failure.
    Rfc4805,
}

/// `[span.em]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmSection {
    /// Digits of a complete called number; 0 lets the inter-digit time-out decide.
    pub digits: usize,
    /// How long to wait for the first digit, in milliseconds.
    pub first_digit_ms: u64,
    /// How long to wait for each further digit, in milliseconds.
    pub inter_digit_ms: u64,
    /// How long a released circuit rests, in milliseconds.
    pub guard_ms: u64,
}

impl Default for EmSection {
    fn default() -> Self {
        let profile = EmProfile::E1;
        Self {
            digits: 0,
            first_digit_ms: profile.first_digit.as_ms(),
            inter_digit_ms: profile.inter_digit.as_ms(),
            guard_ms: profile.guard.as_ms(),
        }
    }
}

/// `[span.cas]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CasSection {
    /// The bits that every channel sends until the host says others: a is 8, d is 1.
    pub idle: u8,
}

impl Default for CasSection {
    /// As E&M circuits rest on an E1: 1101.
    fn default() -> Self {
        Self { idle: 0b1101 }
    }
}

/// `[span.hdlc]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HdlcSection {
    /// The timeslot of the frames; 16 of an E1 and 24 of a T1, unless something else is said.
    pub d_channel: Option<u8>,
    /// It has 56 kbit/s: the last bit of each octet is not used.
    pub d_channel_56k: bool,
}

/// `[span.pri]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriSection {
    /// Which end of the interface we are.
    pub side: SideName,
    /// The kind of switch; EuroISDN on E1 and NI-2 on T1, unless something else is said.
    pub profile: Option<ProfileName>,
    /// The timeslot of the D channel; 16 of an E1 and 24 of a T1, unless something else is said.
    pub d_channel: Option<u8>,
    /// The D channel has 56 kbit/s: the last bit of each octet is not used.
    pub d_channel_56k: bool,
    /// Digits that an incoming number has at least; with fewer when digits cease, the call is cleared with cause 28.
    pub min_digits: u8,
    /// Digits that it has at most: with so many it is complete.
    pub max_digits: u8,
    /// The numbers that there are, where they come digit by digit: patterns of `NumberPattern`, such as `"110"`,
    /// `"1[3-9]XXXXXXXXX"` and `"00."`. A number is complete with the digit with which no longer one begins. None: digits are
    /// only counted.
    pub dial_plan: Vec<String>,
    /// Numbers may come and go digit by digit; as the kind of switch has it, unless something else is said. Without, a
    /// number is complete as it comes in SETUP.
    pub overlap: Option<bool>,
    /// All channels are restarted when the D channel first comes up: what the far end still keeps of calls from before the
    /// start is over.
    pub restart: bool,
    /// What becomes of a channel whose restart is never answered.
    pub unanswered_restart: UnansweredRestart,
    /// The span whose D channel signals the calls of this one too (non-facility associated signalling): then all its slots
    /// carry calls, and of this section only this, `interface`, `backup` and where the backup D channel is count.
    pub shares: Option<usize>,
    /// The interface identifier of the span among those that share a D channel; by their order, from 0 for the span of the
    /// D channel, unless something else is said.
    pub interface: Option<u8>,
    /// This span, which shares the D channel of another, has the backup D channel.
    pub backup: bool,
    /// For how long a call in progress outlives its data link, in seconds, 0 for not at all; as the kind of switch has it,
    /// unless something else is said.
    pub t309_seconds: Option<u64>,
    /// How long more digits of a number that comes digit by digit are waited for.
    pub t302_seconds: Option<u64>,
    /// How long the data link waits for an acknowledgement, in milliseconds; 1000, and on cards that may lose frames 250,
    /// unless something else is said.
    pub t200_ms: Option<u64>,
    /// How often it asks again before it begins anew; so often that this takes 4 s, unless something else is said.
    pub n200: Option<u8>,
}

/// What becomes of a channel whose restart is never answered (Q.931 §5.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnansweredRestart {
    /// It is out of service, and restarted again from time to time.
    #[default]
    Retry,
    /// It is out of service until somebody brings it back.
    StayOut,
    /// It is taken for idle at once.
    InService,
}

impl PriSection {
    /// The patterns that are good.
    fn dial_plan(&self) -> Arc<[NumberPattern]> {
        self.dial_plan.iter().filter_map(|text| NumberPattern::parse(text)).collect()
    }

    /// What the data link is made from, on a card that may lose frames or not. A message that is lost with them costs a T200
    /// or several, and layer 3 gives up after 4 s (T303, T308, T313): of 250 ms there is room for sixteen in these.
    pub(crate) fn link(&self, side: Side, loses_frames: bool) -> LinkParameters {
        let usual = LinkParameters::new(side);
        let t200_ms = self.t200_ms.unwrap_or(if loses_frames { 250 } else { 1000 });
        let in_4_seconds = (4000 / t200_ms.max(100)).max(4) as u8;
        let n200 = self.n200.unwrap_or(in_4_seconds - 1);
        let timed = usual.with_timers(Frames::from_ms(t200_ms), Frames::from_seconds(10));
        // They have been checked.
        timed.and_then(|link| link.with_attempts(n200)).unwrap_or(usual)
    }
}

const D_CHANNEL: &str = "must be 1 to 31, on T1 1 to 24";
const PATTERNS: &str = "must be patterns of 1 to 32 places, each a digit, X, Z, N or a choice such as [2-5], with '.' for any more at the end";

impl Default for PriSection {
    fn default() -> Self {
        Self {
            side: SideName::User,
            profile: None,
            d_channel: None,
            d_channel_56k: false,
            min_digits: 1,
            max_digits: 32,
            dial_plan: Vec::new(),
            overlap: None,
            restart: true,
            unanswered_restart: UnansweredRestart::Retry,
            shares: None,
            interface: None,
            backup: false,
            t309_seconds: None,
            t302_seconds: None,
            t200_ms: None,
            n200: None,
        }
    }
}

/// `[span.tap]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TapSection {
    /// Which end of the line this receiver hears.
    pub side: SideName,
    /// The span that hears the other end.
    pub with: Option<usize>,
}

/// Ends of an interface by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum SideName {
    #[default]
    User,
    Network,
}

/// Kinds of switches by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)]
pub enum ProfileName {
    #[serde(rename = "euroisdn")]
    EuroIsdn,
    #[serde(rename = "china")]
    China,
    #[serde(rename = "ni2")]
    Ni2,
    #[serde(rename = "5ess")]
    Ess5,
    #[serde(rename = "4ess")]
    Ess4,
    #[serde(rename = "dms100")]
    Dms100,
    #[serde(rename = "qsig")]
    Qsig,
}

impl From<SideName> for Side {
    fn from(name: SideName) -> Self {
        match name {
            SideName::User => Self::User,
            SideName::Network => Self::Network,
        }
    }
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::EuroIsdn => Self::EURO_ISDN,
            ProfileName::China => Self::CHINA,
            ProfileName::Ni2 => Self::NI2,
            ProfileName::Ess5 => Self::ESS5,
            ProfileName::Ess4 => Self::ESS4,
            ProfileName::Dms100 => Self::DMS100,
            ProfileName::Qsig => Self::QSIG,
        }
    }
}

impl SpanSection {
    /// The set-up of the port.
    #[must_use]
    pub fn span_config(&self) -> SpanConfig {
        let cas = matches!(self.signalling, Signalling::Em | Signalling::Cas);
        let (framing, usual_code) = match self.framing {
            FramingName::E1 => (None, LineCode::Hdb3),
            FramingName::T1Sf => (Some(T1Framing::Sf), LineCode::B8zs),
            FramingName::T1Esf => (Some(T1Framing::Esf), LineCode::B8zs),
            FramingName::J1Esf => (Some(T1Framing::J1Esf), LineCode::B8zs),
            FramingName::J1Sf => (Some(T1Framing::J1Sf), LineCode::B8zs),
        };
        let line_code = match self.line_code {
            None => usual_code,
            Some(LineCodeName::Ami) => LineCode::Ami,
            Some(LineCodeName::Hdb3) => LineCode::Hdb3,
            Some(LineCodeName::B8zs) => LineCode::B8zs,
        };
        let crc4 = match self.crc4 {
            Some(Crc4Name::Off) => CrcMode::Off,
            Some(Crc4Name::On) | None => CrcMode::On,
            Some(Crc4Name::Auto) => CrcMode::Auto,
        };
        let config = match framing {
            None => SpanConfig::e1(line_code, crc4, cas),
            Some(framing) => SpanConfig::t1(line_code, framing, cas),
        };
        SpanConfig { signalling_slot: self.hdlc_slot().map(|hdlc| hdlc.slot), ..config }
    }

    /// What of the line's set-up does not belong together: the field, and what would be right.
    pub(super) fn check_line(&self) -> Result<(), (&'static str, &'static str)> {
        match (self.framing, self.line_code, self.crc4) {
            (FramingName::E1, Some(LineCodeName::B8zs), _) => Err(("line_code", "of E1 is hdb3 or ami")),
            (FramingName::E1, ..) => Ok(()),
            (_, Some(LineCodeName::Hdb3), _) => Err(("line_code", "of T1 and J1 is b8zs or ami")),
            (_, _, Some(_)) => Err(("crc4", "is for E1 only; an extended superframe always has its CRC-6")),
            _ => Ok(()),
        }
    }

    /// The law of its voice channels.
    #[must_use]
    pub fn law(&self) -> Law {
        match (self.law, self.framing) {
            (Some(law), _) => law.into(),
            (None, FramingName::E1) => Law::A,
            (None, _) => Law::Mu,
        }
    }

    /// What can be seen of errors on its path.
    pub(crate) fn path_format(&self) -> PathFormat {
        match (self.framing, self.crc4) {
            (FramingName::E1, Some(Crc4Name::Off)) => PathFormat::E1,
            (FramingName::E1, _) => PathFormat::E1Crc4,
            (FramingName::T1Sf | FramingName::J1Sf, _) => PathFormat::T1Sf,
            (FramingName::T1Esf | FramingName::J1Esf, _) => PathFormat::T1Esf,
        }
    }

    /// The slots that carry traffic: bit n for timeslot n.
    #[must_use]
    pub fn traffic(&self) -> u32 {
        if !self.in_use {
            return 0;
        }
        let all = if self.framing == FramingName::E1 { 0xffff_fffe } else { 0x01ff_fffe };
        match (self.framing, self.signalling) {
            (FramingName::E1, Signalling::Em | Signalling::Cas) => 0xfffe_fffe,
            (_, Signalling::Em | Signalling::Cas | Signalling::None) => all,
            (_, Signalling::Pri | Signalling::Hdlc | Signalling::Tap) if self.has_d_channel() => {
                all & !(1 << self.d_channel())
            }
            (_, Signalling::Pri | Signalling::Hdlc | Signalling::Tap) => all,
        }
    }

    /// The timeslot with HDLC frames, if there is one.
    #[must_use]
    pub fn hdlc_slot(&self) -> Option<HdlcSlot> {
        let slot = Timeslot::new(self.d_channel()).filter(|_| self.has_d_channel())?;
        let (seven_bits, lengths) = match self.signalling {
            Signalling::Hdlc => (self.hdlc.d_channel_56k, FrameLengths::Any),
            _ => (self.pri.d_channel_56k, FrameLengths::Lapd),
        };
        Some(HdlcSlot { slot, seven_bits, lengths, silent: self.is_tap() })
    }

    /// How the switch uses it. `tones` is what its detector of tones listens for.
    pub(crate) fn switch_setup(&self, tones: &Arc<ToneSet>) -> SpanSetup {
        let detectors = self.detectors();
        let tones = detectors.contains(Detectors::TONES).then(|| Arc::clone(tones));
        SpanSetup {
            law: self.law(),
            traffic: self.traffic(),
            idle_bits: self.idle_bits(),
            hdlc: self.hdlc_slot(),
            ears: EarSetup { detectors, tones },
        }
    }

    /// What its channels send in their signalling bits at first.
    fn idle_bits(&self) -> Abcd {
        match self.signalling {
            Signalling::Cas => Abcd::new(self.cas.idle),
            Signalling::Em | Signalling::Pri | Signalling::Hdlc | Signalling::None | Signalling::Tap => {
                self.em_profile().idle
            }
        }
    }

    /// How the span of this number uses its port.
    pub(crate) fn port_use(&self, span: usize) -> PortUse {
        let signalling = self.hdlc_slot().map(|hdlc| hdlc.slot);
        PortUse { port: self.port, span, law: self.law(), signalling }
    }

    /// Calls are signalled on it by a D channel.
    pub(super) fn is_isdn(&self) -> bool {
        self.in_use && self.signalling == Signalling::Pri
    }

    /// It listens to a line of others.
    pub(crate) fn is_tap(&self) -> bool {
        self.in_use && self.signalling == Signalling::Tap
    }

    fn has_d_channel(&self) -> bool {
        let of_host = self.in_use && self.signalling == Signalling::Hdlc;
        of_host || self.is_tap() || self.is_isdn() && (self.pri.shares.is_none() || self.pri.backup)
    }

    fn d_channel(&self) -> u8 {
        let said = if self.signalling == Signalling::Hdlc { self.hdlc.d_channel } else { self.pri.d_channel };
        said.unwrap_or(if self.framing == FramingName::E1 { 16 } else { 24 })
    }

    /// The channels of an ISDN span by the interface that it is.
    pub(super) fn b_channels(&self, interface: u8) -> Vec<BChannel> {
        let traffic = self.traffic();
        let slots = (0..32).filter(|slot| traffic & (1 << slot) != 0);
        slots.map(|slot| BChannel::new(interface, slot)).collect()
    }

    /// The interface of an ISDN span that shares its D channel with none.
    #[must_use]
    pub fn interface(&self) -> InterfaceConfig {
        let (side, profile) = (Side::from(self.pri.side), self.profile());
        let restart_failure = match self.pri.unanswered_restart {
            UnansweredRestart::Retry => profile.restart_failure,
            UnansweredRestart::StayOut => RestartFailure::StayOut,
            UnansweredRestart::InService => RestartFailure::ReturnAtOnce,
        };
        let overlap = self.pri.overlap.unwrap_or(profile.overlap);
        let profile = Profile { overlap, restart_failure, ..profile };
        let mut timers = *profile.timers(side);
        if let Some(seconds) = self.pri.t302_seconds {
            timers.t302 = Frames::from_seconds(seconds);
        }
        if let Some(seconds) = self.pri.t309_seconds {
            timers.t309 = (seconds > 0).then(|| Frames::from_seconds(seconds));
        }
        let overlap = Overlap {
            plan: if profile.overlap { self.pri.dial_plan() } else { Arc::default() },
            min_digits: self.pri.min_digits,
            max_digits: self.pri.max_digits,
            end_digit: Some(b'#'),
        };
        InterfaceConfig {
            channels: self.b_channels(0),
            timers: (timers != *profile.timers(side)).then_some(timers),
            overlap,
            ..InterfaceConfig::e1(side, profile)
        }
    }

    /// The kind of switch.
    pub(crate) fn profile(&self) -> Profile {
        let usual = if self.framing == FramingName::E1 { Profile::EURO_ISDN } else { Profile::NI2 };
        self.pri.profile.map_or(usual, Profile::from)
    }

    /// What of the signalling does not fit: the field, and what would be right.
    pub(super) fn check_signalling(&self) -> Result<(), (&'static str, &'static str)> {
        self.echo().map_err(|problem| ("echo.tail_ms", problem))?;
        let slots = if self.framing == FramingName::E1 { 1..=31 } else { 1..=24 };
        let pri = &self.pri;
        let digits = pri.min_digits <= pri.max_digits && (1..=32).contains(&pri.max_digits);
        for (good, field, problem) in [
            (self.em.digits <= 32, "em.digits", "must be 0 to 32"),
            (self.cas.idle <= 15, "cas.idle", "must be 0 to 15: a is 8, b 4, c 2, d 1"),
            (self.pri.d_channel.is_none_or(|slot| slots.contains(&slot)), "pri.d_channel", D_CHANNEL),
            (self.hdlc.d_channel.is_none_or(|slot| slots.contains(&slot)), "hdlc.d_channel", D_CHANNEL),
            (digits, "pri.max_digits", "must be 1 to 32, and no less than min_digits"),
            (pri.dial_plan().len() == pri.dial_plan.len(), "pri.dial_plan", PATTERNS),
            (pri.t309_seconds.is_none_or(|it| it <= 600), "pri.t309_seconds", "must be 0 to 600"),
            (pri.t302_seconds.is_none_or(|it| (1..=60).contains(&it)), "pri.t302_seconds", "must be 1 to 60"),
            (
                pri.t200_ms.is_none_or(|it| (100..=10_000).contains(&it)),
                "pri.t200_ms",
                "must be 100 to 10000",
            ),
            (pri.n200.is_none_or(|it| (1..=100).contains(&it)), "pri.n200", "must be 1 to 100"),
        ] {
            if !good {
                return Err((field, problem));
            }
        }
        let ms = [
            ("em.first_digit_ms", self.em.first_digit_ms),
            ("em.inter_digit_ms", self.em.inter_digit_ms),
            ("em.guard_ms", self.em.guard_ms),
        ];
        match ms.into_iter().find(|(_, value)| !(1..=600_000).contains(value)) {
            Some((field, _)) => Err((field, "must be 1 to 600000")),
            None => Ok(()),
        }
    }

    /// How the echo of its calls is cancelled.
    pub(crate) fn echo(&self) -> Result<Option<EchoSetup>, &'static str> {
        self.echo.map_or(Ok(None), |echo| echo.setup())
    }

    /// What may be listened for on its channels: digits and voices in any case.
    #[must_use]
    pub fn detectors(&self) -> Detectors {
        if !self.in_use {
            return Detectors::NONE;
        }
        let names = self.detectors.iter().map(|name| name.detector());
        names.fold(Detectors::DIGITS.with(Detectors::VOICE), Detectors::with)
    }

    /// The line signalling profile.
    #[must_use]
    pub fn em_profile(&self) -> EmProfile {
        let mut profile = if self.framing == FramingName::E1 { EmProfile::E1 } else { EmProfile::T1 };
        if self.em.digits > 0 {
            (profile.min_digits, profile.max_digits) = (self.em.digits, self.em.digits);
        }
        profile.first_digit = Frames::from_ms(self.em.first_digit_ms);
        profile.inter_digit = Frames::from_ms(self.em.inter_digit_ms);
        profile.guard = Frames::from_ms(self.em.guard_ms);
        profile
    }
}
