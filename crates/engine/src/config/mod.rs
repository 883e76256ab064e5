//! The configuration of an engine: a TOML document, checked field by field before anything is opened.
mod access;
mod alarms;
mod change;
mod echo;
mod group;
mod span;
mod tap;
mod tones;

pub(crate) use access::AccessPlan;
pub use alarms::{AlarmsSection, SeverityName};
pub(crate) use change::{CardKind, Changes, Hardware};
pub use echo::EchoSection;
pub use group::{GroupSection, Hunt, NumberTypeName};
pub use span::{
    CasSection, Crc4Name, EmSection, FramingName, HdlcSection, LawName, LineCodeName, PerformanceRules,
    PriSection, ProfileName, SideName, Signalling, SpanSection, TapSection,
};

pub use tones::{DetectorName, TonesSection};

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use tandem_card::{CardRequest, LocalCard};
use tandem_files::phrases::Language;
use tandem_line::clock::{MOST_SOURCES, Quality};
use tandem_line::e1::SaBit;
use tandem_types::TickLength;

/// A whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What holds for the whole engine.
    pub engine: EngineSection,
    /// How much it may hold.
    pub limits: LimitsSection,
    /// Where prompts are found.
    pub prompts: PromptsSection,
    /// How recordings are written.
    pub recording: RecordingSection,
    /// What holds for every call.
    pub calls: CallsSection,
    /// Where the clock comes from.
    pub clock: ClockSection,
    /// How bad what is.
    pub alarms: AlarmsSection,
    /// The trunk cards.
    #[serde(rename = "card")]
    pub cards: Vec<CardSection>,
    /// The spans in use, in the order in which they are numbered.
    #[serde(rename = "span")]
    pub spans: Vec<SpanSection>,
    /// What call progress sounds like.
    pub tones: TonesSection,
    /// `[[group]]`: trunks for outgoing calls.
    #[serde(rename = "group")]
    pub groups: Vec<GroupSection>,
}

/// How time runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Each part has its thread, and frames pass in real time.
    #[default]
    Threads,
    /// One thread steps all parts in virtual time, as fast as it can.
    Lockstep,
}

/// `[engine]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSection {
    /// How time runs.
    pub mode: Mode,
    /// Frames of 125 µs in a media tick, 1 to 160.
    pub tick_frames: usize,
    /// Real-time priority of the media thread, 1 to 99; 0 asks for none.
    pub realtime_priority: u8,
    /// Events that wait for the host before telemetry is dropped and new calls are refused.
    pub event_queue: usize,
    /// How late, at most, control comes after it is wanted, in milliseconds of virtual time: chance decides,
    /// the same in each run. For trying how a host and its callers bear a busy machine.
    pub lateness_ms: u64,
    /// Where the generations of its handles begin, from 1 on; no file says it. Engines whose generations begin far apart take each
    /// other's handles for stale ones.
    #[serde(skip)]
    pub first_generation: u32,
}

impl Default for EngineSection {
    fn default() -> Self {
        Self {
            mode: Mode::Threads,
            tick_frames: 8,
            realtime_priority: 0,
            event_queue: 4096,
            lateness_ms: 0,
            first_generation: 1,
        }
    }
}

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSection {
    /// Prompts playing at once.
    pub players: usize,
    /// Recordings at once.
    pub recordings: usize,
    /// Bridges at once.
    pub bridges: usize,
    /// Parties of one bridge.
    pub bridge_parties: usize,
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self { players: 512, recordings: 512, bridges: 256, bridge_parties: 64 }
    }
}

/// `[calls]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallsSection {
    /// How long an offered call waits for the host to answer or clear it, in seconds, before it is cleared
    /// with cause 19; 0 for as long as its caller does.
    pub offer_seconds: u64,
    /// Hosts are shown numbers whose presentation is restricted: for those who may know them, as emergency services.
    pub show_withheld: bool,
}

impl Default for CallsSection {
    fn default() -> Self {
        Self { offer_seconds: 180, show_withheld: false }
    }
}

/// `[clock]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockSection {
    /// The spans whose clock may be followed, the most wanted first, 16 at most; none to run by the cards' own.
    pub sources: Vec<usize>,
    /// How long a span that failed must be sound before its clock is followed again, in seconds, while there is
    /// another to follow.
    pub wait_to_restore_seconds: u64,
    /// The bit Sa4 to Sa8 that carries synchronisation status messages on E1 spans with CRC-4; 0 for none.
    pub message_bit: u8,
    /// What the far ends are told while our own clock is in use.
    pub quality: QualityName,
}

impl Default for ClockSection {
    fn default() -> Self {
        Self { sources: Vec::new(), wait_to_restore_seconds: 300, message_bit: 0, quality: QualityName::Sec }
    }
}

/// Qualities of a clock by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum QualityName {
    Prc,
    SsuA,
    SsuB,
    #[default]
    Sec,
    Unknown,
    Dnu,
}

impl From<QualityName> for Quality {
    fn from(name: QualityName) -> Self {
        match name {
            QualityName::Prc => Self::Primary,
            QualityName::SsuA => Self::SupplyA,
            QualityName::SsuB => Self::SupplyB,
            QualityName::Sec => Self::Equipment,
            QualityName::Unknown => Self::Unknown,
            QualityName::Dnu => Self::DoNotUse,
        }
    }
}

/// `[prompts]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromptsSection {
    /// Relative prompt names are looked up here.
    pub directory: PathBuf,
    /// The prompts of phrases are looked up here, by language (`en-us`, `en-gb`, `zh`); elsewhere in `directory`.
    pub phrases: BTreeMap<String, PathBuf>,
}

/// How the octets of a recording are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordingFormat {
    /// 16-bit linear.
    #[default]
    Linear16,
    /// The octets of the trunk, as they are.
    G711,
    /// IMA ADPCM, a quarter of 16 bits.
    ImaAdpcm,
    /// ADPCM of Oki and Dialogic without a header, a `.vox` file, of one channel.
    Vox,
    /// The same of 6,000 samples a second, a `.6k.vox` file.
    #[serde(rename = "vox-6k")]
    Vox6k,
    /// GSM full rate in a WAV file, a tenth of 16 bits, of one channel.
    Gsm,
    /// A-law without a header, an `.al` file, of one channel; on a channel of µ-law converted.
    Alaw,
    /// µ-law without a header, an `.ul` file, of one channel; on a channel of A-law converted.
    Ulaw,
    /// G.726 of 16 kbit/s without a header, a `.g726-16` file, of one channel.
    #[serde(rename = "g726-16")]
    G726Kbit16,
    /// Of 24 kbit/s.
    #[serde(rename = "g726-24")]
    G726Kbit24,
    /// Of 32 kbit/s, as G.721 was: a `.g726-32` or `.726` file.
    #[serde(rename = "g726-32")]
    G726Kbit32,
    /// Of 40 kbit/s.
    #[serde(rename = "g726-40")]
    G726Kbit40,
}

impl RecordingFormat {
    /// Whether a recording in it can have both sides apart.
    #[must_use]
    pub const fn has_two_channels(self) -> bool {
        match self {
            Self::Linear16 | Self::G711 | Self::ImaAdpcm => true,
            Self::Vox | Self::Vox6k | Self::Gsm | Self::Alaw | Self::Ulaw => false,
            Self::G726Kbit16 | Self::G726Kbit24 | Self::G726Kbit32 | Self::G726Kbit40 => false,
        }
    }
}

/// `[recording]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingSection {
    /// Relative recording names are created here.
    pub directory: PathBuf,
    /// What is written.
    pub format: RecordingFormat,
    /// Whether each second of a recording is forced to disk.
    pub sync: bool,
    /// Seconds that a tap holds for a slow disk before octets are dropped and counted.
    pub buffer_seconds: f64,
    /// So many milliseconds of each call are kept in memory for recordings that are to begin before they were asked for.
    pub pre_roll_ms: u64,
    /// Digits are replaced by silence, in both directions: what callers key in reaches no recording.
    pub blank_digits: bool,
    /// A call of which no recording runs is not answered, and one whose recording fails is cleared.
    pub required: bool,
}

impl Default for RecordingSection {
    fn default() -> Self {
        Self {
            directory: PathBuf::new(),
            format: RecordingFormat::Linear16,
            sync: false,
            buffer_seconds: 2.0,
            pre_roll_ms: 0,
            blank_digits: false,
            required: false,
        }
    }
}

/// `[[card]]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSection {
    /// The model: a name that a registered factory knows.
    pub model: String,
    /// What this card is called in events and errors.
    #[serde(default)]
    pub name: String,
    /// The serial number that it must have; any if not given.
    pub serial: Option<NonZeroU32>,
    /// Options of the model.
    #[serde(default)]
    pub options: BTreeMap<String, toml::Value>,
}

/// What is wrong with a configuration: which field, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The field, as a path: `span[1].port`. Empty when the document is not TOML at all.
    pub field: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "{}: {}", self.field, self.problem)
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks a document.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)
            .map_err(|error| ConfigError { field: String::new(), problem: error.to_string() })?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the types do not.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.tick()?;
        let engine = &self.engine;
        check("engine.event_queue", (16..=1 << 20).contains(&engine.event_queue), "must be 16 to 1048576")?;
        check("engine.realtime_priority", engine.realtime_priority <= 99, "must be 0 to 99")?;
        check("engine.lateness_ms", engine.lateness_ms <= 60_000, "must be 0 to 60000")?;
        let virtual_time = engine.mode == Mode::Lockstep || engine.lateness_ms == 0;
        check("engine.lateness_ms", virtual_time, "is for mode = \"lockstep\" only")?;
        let limits = &self.limits;
        for (field, value, most) in [
            ("limits.players", limits.players, 4096),
            ("limits.recordings", limits.recordings, 2048),
            ("limits.bridges", limits.bridges, 1024),
            ("limits.bridge_parties", limits.bridge_parties, 1024),
        ] {
            check(field, (1..=most).contains(&value), &format!("must be 1 to {most}"))?;
        }
        for language in self.prompts.phrases.keys() {
            let known = Language::ALL.iter().any(|known| known.as_str() == language);
            check("prompts.phrases", known, &format!("{language:?} is no language: en-us, en-gb or zh is"))?;
        }
        check("calls.offer_seconds", self.calls.offer_seconds <= 86_400, "must be 0 to 86400")?;
        let seconds = self.recording.buffer_seconds;
        check("recording.buffer_seconds", (0.1..=60.0).contains(&seconds), "must be 0.1 to 60")?;
        check("recording.pre_roll_ms", self.recording.pre_roll_ms <= 10_000, "must be 0 to 10000")?;
        check("span", self.spans.len() <= 1024, "at most 1024 spans")?;
        self.tones.set()?;
        self.check_spans()?;
        self.check_accesses()?;
        self.check_groups()?;
        self.check_taps()?;
        self.check_clock()
    }

    fn check_clock(&self) -> Result<(), ConfigError> {
        let clock = &self.clock;
        check("clock.sources", clock.sources.len() <= MOST_SOURCES, "at most 16 spans")?;
        let mut seen = BTreeSet::new();
        for source in &clock.sources {
            let spans = self.spans.len();
            check("clock.sources", *source < spans, &format!("there are {spans} spans, counted from 0"))?;
            check("clock.sources", seen.insert(source), "each span once")?;
            check("clock.sources", self.spans[*source].in_use, "must be spans in use")?;
        }
        let restore = clock.wait_to_restore_seconds <= 86_400;
        check("clock.wait_to_restore_seconds", restore, "must be 0 to 86400")?;
        let bit = clock.message_bit == 0 || SaBit::new(clock.message_bit).is_some();
        check("clock.message_bit", bit, "must be 4 to 8, or 0 for none")
    }

    fn check_groups(&self) -> Result<(), ConfigError> {
        let mut names = BTreeSet::new();
        for (index, group) in self.groups.iter().enumerate() {
            let field = |name: &str| format!("group[{index}].{name}");
            check(&field("name"), names.insert(&group.name), "another group has the same name")?;
            let checked = group.check(self.spans.len());
            checked.map_err(|(name, problem)| ConfigError { field: field(name), problem })?;
        }
        Ok(())
    }

    fn check_spans(&self) -> Result<(), ConfigError> {
        let mut ports = BTreeSet::new();
        for (index, span) in self.spans.iter().enumerate() {
            let field = |name: &str| format!("span[{index}].{name}");
            let known = span.card < self.cards.len();
            let cards = self.cards.len();
            check(&field("card"), known, &format!("there are {cards} cards, counted from 0"))?;
            let fresh = !span.in_use || ports.insert((span.card, span.port));
            check(&field("port"), fresh, "this port of the card is already in use by another span")?;
            let inside = self.cards[span.card].model == LocalCard::MODEL;
            let silent = !inside || span.signalling == Signalling::None;
            check(&field("signalling"), silent, "channels inside the engine have none: say \"none\"")?;
            span.check_line()
                .and_then(|()| span.check_signalling())
                .map_err(|(name, problem)| ConfigError { field: field(name), problem: problem.into() })?;
        }
        Ok(())
    }

    /// The tick.
    pub fn tick(&self) -> Result<TickLength, ConfigError> {
        TickLength::new(self.engine.tick_frames).ok_or_else(|| ConfigError {
            field: "engine.tick_frames".into(),
            problem: format!("{} is not a tick: it must be 1 to 160 frames", self.engine.tick_frames),
        })
    }
}

impl CardSection {
    /// The request for a factory.
    #[must_use]
    pub fn request(&self, index: usize) -> CardRequest {
        let name = if self.name.is_empty() { format!("card {index}") } else { self.name.clone() };
        let text = |value: &toml::Value| match value {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let options = self.options.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        CardRequest { model: self.model.clone(), name, options }
    }
}

fn check(field: &str, good: bool, problem: &str) -> Result<(), ConfigError> {
    if good { Ok(()) } else { Err(ConfigError { field: field.into(), problem: problem.into() }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_card::SpanConfig;
    use tandem_isdn::q921::LinkParameters;
    use tandem_line::{CrcMode, LineCode, T1Framing};
    use tandem_types::{Law, Timeslot};

    const GOOD: &str = r#"
        [engine]
        mode = "lockstep"
        tick_frames = 40
        [[card]]
        model = "sim-falc4"
        options = { seed = 7, exchange = "busy" }
        [[span]]
        port = 2
        crc4 = "auto"
        em = { digits = 4 }
    "#;

    #[test]
    fn a_good_document_says_what_it_means() {
        let config = Config::parse(GOOD).expect("good");
        assert_eq!(config.engine.mode, Mode::Lockstep);
        assert_eq!(config.tick().map(TickLength::frames), Ok(40));
        let request = config.cards[0].request(0);
        assert_eq!(request.options.get("seed").map(String::as_str), Some("7"));
        assert_eq!(request.options.get("exchange").map(String::as_str), Some("busy"));
        let span = config.spans[0].span_config();
        assert_eq!(span, SpanConfig::e1(LineCode::Hdb3, CrcMode::Auto, true));
        assert_eq!(config.spans[0].em_profile().max_digits, 4);
        assert_eq!(config.spans[0].traffic().count_ones(), 30);
    }

    #[test]
    fn every_format_of_recordings_has_a_name() {
        for (name, format, two) in [
            ("linear16", RecordingFormat::Linear16, true),
            ("g711", RecordingFormat::G711, true),
            ("ima-adpcm", RecordingFormat::ImaAdpcm, true),
            ("vox", RecordingFormat::Vox, false),
            ("vox-6k", RecordingFormat::Vox6k, false),
            ("gsm", RecordingFormat::Gsm, false),
            ("alaw", RecordingFormat::Alaw, false),
            ("ulaw", RecordingFormat::Ulaw, false),
            ("g726-16", RecordingFormat::G726Kbit16, false),
            ("g726-24", RecordingFormat::G726Kbit24, false),
            ("g726-32", RecordingFormat::G726Kbit32, false),
            ("g726-40", RecordingFormat::G726Kbit40, false),
        ] {
            let config = Config::parse(&format!("{GOOD}[recording]\nformat = \"{name}\"\n")).expect(name);
            assert_eq!((config.recording.format, config.recording.format.has_two_channels()), (format, two));
        }
        assert!(Config::parse(&format!("{GOOD}[recording]\nformat = \"mp3\"\n")).is_err());
    }

    #[test]
    fn a_t1_has_b8zs_mu_law_and_24_slots_unless_told_otherwise() {
        let text = "[[card]]\nmodel = \"x\"\n[[span]]\nport = 0\nframing = \"t1-sf\"";
        let span = &Config::parse(text).expect("good").spans[0];
        assert_eq!(span.span_config(), SpanConfig::t1(LineCode::B8zs, T1Framing::Sf, true));
        assert_eq!((span.law(), span.traffic()), (Law::Mu, 0x01ff_fffe));
        let text = format!("{text}\nline_code = \"ami\"\nlaw = \"a\"\nsignalling = \"none\"");
        let span = &Config::parse(&text).expect("good").spans[0];
        assert_eq!(span.span_config(), SpanConfig::t1(LineCode::Ami, T1Framing::Sf, false));
        assert_eq!((span.law(), span.traffic().count_ones()), (Law::A, 24));
    }

    #[test]
    fn an_isdn_span_has_a_d_channel_and_all_other_slots_for_calls() {
        let with = |extra: &str| {
            let text = format!("[[card]]\nmodel = \"x\"\n[[span]]\nport = 0\nsignalling = \"pri\"\n{extra}");
            Config::parse(&text).expect("good").spans.remove(0)
        };
        let span = with("");
        assert_eq!(span.traffic(), 0xfffe_fffe);
        let slot_16 = Timeslot::new(16).expect("a timeslot");
        let wanted = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false).with_signalling_slot(slot_16);
        assert_eq!(span.span_config(), wanted);
        assert_eq!(span.hdlc_slot().map(|hdlc| (hdlc.slot.number(), hdlc.seven_bits)), Some((16, false)));
        let interface = span.interface();
        assert_eq!(
            (interface.profile.name, interface.channels.len(), interface.timers),
            ("euroisdn", 30, None)
        );
        let span = with(
            "framing = \"t1-esf\"\npri = { side = \"network\", profile = \"5ess\", d_channel_56k = true, t309_seconds = 0, t302_seconds = 4 }",
        );
        assert_eq!(span.traffic(), 0x00ff_fffe);
        assert_eq!(span.hdlc_slot().map(|hdlc| (hdlc.slot.number(), hdlc.seven_bits)), Some((24, true)));
        let interface = span.interface();
        assert_eq!((interface.profile.name, interface.side), ("5ess", tandem_isdn::Side::Network));
        let timers = interface.timers.map(|timers| (timers.t309, timers.t302));
        assert_eq!(timers, Some((None, tandem_types::Frames::from_seconds(4))));
        assert_eq!(with("pri = { d_channel = 31 }").traffic(), 0x7fff_fffe);
    }

    #[test]
    fn a_data_link_asks_every_quarter_of_a_second_where_frames_may_be_lost_and_gives_up_after_four() {
        let link = |pri: &str, loses_frames: bool| {
            let text = format!("[[card]]\nmodel = \"x\"\n[[span]]\nport = 0\npri = {{ {pri} }}");
            let config = Config::parse(&text).expect("good");
            config.spans[0].pri.link(tandem_isdn::Side::User, loses_frames)
        };
        let of = |t200_frames, n200| {
            let seconds = tandem_types::Frames::from_seconds;
            let link = LinkParameters::new(tandem_isdn::Side::User).with_attempts(n200).expect("attempts");
            link.with_timers(tandem_types::Frames(t200_frames), seconds(10)).expect("timers")
        };
        assert_eq!(link("", false), of(8000, 3));
        assert_eq!(link("", true), of(2000, 15));
        assert_eq!(link("t200_ms = 100", false), of(800, 39));
        assert_eq!(link("t200_ms = 10000", true), of(80_000, 3));
        assert_eq!(link("t200_ms = 500, n200 = 2", true), of(4000, 2));
        assert_eq!(link("n200 = 100", true), of(2000, 100));
    }

    #[test]
    fn each_wrong_field_is_named() {
        let with = |extra: &str| format!("[[card]]\nmodel = \"x\"\n[[span]]\nport = 0\n{extra}");
        let cases = [
            ("[engine]\ntick_frames = 161".to_string(), "engine.tick_frames"),
            ("[engine]\ntick_frames = 0".to_string(), "engine.tick_frames"),
            ("[engine]\nevent_queue = 1".to_string(), "engine.event_queue"),
            ("[engine]\nrealtime_priority = 100".to_string(), "engine.realtime_priority"),
            ("[engine]\nlateness_ms = 5".to_string(), "engine.lateness_ms"),
            ("[engine]\nmode = \"lockstep\"\nlateness_ms = 60001".to_string(), "engine.lateness_ms"),
            ("[limits]\nplayers = 0".to_string(), "limits.players"),
            ("[prompts]\nphrases = { fr = \"x\" }".to_string(), "prompts.phrases"),
            ("[limits]\nrecordings = 100000".to_string(), "limits.recordings"),
            ("[limits]\nbridges = 0".to_string(), "limits.bridges"),
            ("[limits]\nbridge_parties = 0".to_string(), "limits.bridge_parties"),
            ("[calls]\noffer_seconds = 86401".to_string(), "calls.offer_seconds"),
            ("[clock]\nsources = [0]".to_string(), "clock.sources"),
            ("[clock]\nmessage_bit = 3".to_string(), "clock.message_bit"),
            ("[clock]\nwait_to_restore_seconds = 86401".to_string(), "clock.wait_to_restore_seconds"),
            (format!("[clock]\nsources = [0, 0]\n{}", with("")), "clock.sources"),
            ("[recording]\nbuffer_seconds = nan".to_string(), "recording.buffer_seconds"),
            ("[recording]\npre_roll_ms = 10001".to_string(), "recording.pre_roll_ms"),
            ("[[span]]\nport = 0".to_string(), "span[0].card"),
            ("[[card]]\nmodel = \"local\"\n[[span]]\nport = 0".to_string(), "span[0].signalling"),
            (with("[[span]]\nport = 0"), "span[1].port"),
            (with("line_code = \"b8zs\""), "span[0].line_code"),
            (with("framing = \"t1-esf\"\nline_code = \"hdb3\""), "span[0].line_code"),
            (with("framing = \"j1-esf\"\ncrc4 = \"on\""), "span[0].crc4"),
            (with("pri = { d_channel = 0 }"), "span[0].pri.d_channel"),
            (with("framing = \"t1-esf\"\npri = { d_channel = 25 }"), "span[0].pri.d_channel"),
            (with("pri = { min_digits = 9, max_digits = 8 }"), "span[0].pri.max_digits"),
            (with("pri = { dial_plan = [\"4XXX\", \"4[\"] }"), "span[0].pri.dial_plan"),
            (with("pri = { t309_seconds = 601 }"), "span[0].pri.t309_seconds"),
            (with("pri = { t302_seconds = 0 }"), "span[0].pri.t302_seconds"),
            (with("pri = { t302_seconds = 61 }"), "span[0].pri.t302_seconds"),
            (with("pri = { t200_ms = 99 }"), "span[0].pri.t200_ms"),
            (with("pri = { t200_ms = 10001 }"), "span[0].pri.t200_ms"),
            (with("pri = { n200 = 0 }"), "span[0].pri.n200"),
            (with("pri = { n200 = 101 }"), "span[0].pri.n200"),
            (with("em = { digits = 33 }"), "span[0].em.digits"),
            (with("signalling = \"cas\"\ncas = { idle = 16 }"), "span[0].cas.idle"),
            (with("signalling = \"hdlc\"\nhdlc = { d_channel = 0 }"), "span[0].hdlc.d_channel"),
            (
                with("framing = \"t1-esf\"\nsignalling = \"hdlc\"\nhdlc = { d_channel = 25 }"),
                "span[0].hdlc.d_channel",
            ),
            (with("em = { guard_ms = 0 }"), "span[0].em.guard_ms"),
            (with("em = { first_digit_ms = 0 }"), "span[0].em.first_digit_ms"),
            (with("em = { inter_digit_ms = 9999999 }"), "span[0].em.inter_digit_ms"),
        ];
        for (text, field) in cases {
            let error = Config::parse(&text).expect_err(&text);
            assert_eq!(error.field, field, "{error}");
            assert!(error.problem.len() > 5);
        }
    }

    #[test]
    fn a_field_of_the_wrong_type_or_name_is_shown_with_its_line() {
        for (text, word) in [
            ("[engine]\ntick_frames = \"eight\"", "tick_frames"),
            ("[engine]\nticks = 8", "ticks"),
            ("[engine]\nmode = \"fast\"", "fast"),
            ("[[span]]\nport = -1", "port"),
            ("[[span]]\ncard = 0", "port"),
            ("[[card]]\nname = \"a\"", "model"),
            ("[recording]\nformat = \"mp3\"", "mp3"),
            ("[[span]]\nport = 0\nlaw = \"b\"", "law"),
            ("[[span]]\nport = 0\nline_code = \"b3zs\"", "b3zs"),
            ("[[span]]\nport = 0\nframing = \"t1\"", "t1"),
            ("[[span]]\nport = 0\ncrc4 = true", "crc4"),
            ("[[span]]\nport = 0\nperformance = \"g821\"", "g821"),
            ("[[span]]\nport = 0\nsignalling = \"r3\"", "r3"),
            ("[[span]]\nport = 0\npri = { profile = \"6ess\" }", "6ess"),
            ("[[span]]\nport = 0\npri = { side = \"both\" }", "both"),
            ("nonsense", "nonsense"),
        ] {
            let error = Config::parse(text).expect_err(text);
            assert!(error.problem.contains(word), "{text:?} gives {error}");
            assert!(error.problem.contains("line"), "{text:?} gives {error}");
        }
    }
}
