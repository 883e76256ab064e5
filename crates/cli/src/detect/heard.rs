//! What was heard, as a line for people and as one for programs.
use serde::Serialize;
use tandem_dsp::dtmf::DtmfEvent;
use tandem_dsp::fsk::{Absence, CallerIdEvent, Identity, Keying, MessageKind};
use tandem_dsp::mf::{MfEvent, MfSystem};
use tandem_dsp::progress::{ToneEvent, ToneName};
use tandem_types::FrameTime;

use super::voice::Stretch;
use crate::failure::one_line;
use crate::tones::name_of;

/// One line of output; its fields are in the order of the JSON.
#[derive(Serialize)]
pub(super) struct Heard {
    pub(super) file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<usize>,
    #[serde(flatten)]
    pub(super) sound: Sound,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Time {
    start_ms: f64,
    end_ms: f64,
}

/// A sound that has ended.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Sound {
    Dtmf {
        digit: char,
        #[serde(flatten)]
        time: Time,
        low_dbm0: f64,
        high_dbm0: f64,
        twist_db: f64,
        low_offset_hz: f64,
        high_offset_hz: f64,
    },
    Mf {
        system: &'static str,
        signal: &'static str,
        #[serde(flatten)]
        time: Time,
        low_dbm0: f64,
        high_dbm0: f64,
        low_offset_hz: f64,
        high_offset_hz: f64,
    },
    Tone {
        tone: &'static str,
        #[serde(flatten)]
        time: Time,
        dbm0: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        offset_hz: Option<f64>,
    },
    Fax {
        tone: &'static str,
        #[serde(flatten)]
        time: Time,
        dbm0: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        offset_hz: Option<f64>,
    },
    Sit {
        class: &'static str,
        #[serde(flatten)]
        time: Time,
        dbm0: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        offset_hz: Option<f64>,
    },
    Cid {
        keying: &'static str,
        #[serde(flatten)]
        time: Time,
        #[serde(flatten)]
        message: CidMessage,
        mark_dbm0: f64,
        space_dbm0: f64,
    },
    Voice {
        #[serde(flatten)]
        time: Time,
        dbm0: f64,
    },
}

/// What a message of caller identification says, or what was wrong with it.
#[derive(Default, Serialize)]
pub(super) struct CidMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Month, day, hour and minute, as in 03-24 09:02.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_absent: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_absent: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages_wait: Option<bool>,
    /// All octets, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    octets: Option<String>,
}

impl Heard {
    /// The line, with its end.
    pub(super) fn line(&self, json: bool) -> String {
        if json {
            // Numbers and strings only: nothing in it can fail to be written.
            return serde_json::to_string(self).unwrap_or_default() + "\n";
        }
        let channel = self.channel.map(|number| format!(" channel {number}")).unwrap_or_default();
        let Time { start_ms, end_ms } = self.sound.time();
        let what = self.sound.words();
        format!("{}{channel}: {start_ms:.1} to {end_ms:.1} ms: {what}\n", one_line(&self.file))
    }
}

impl Sound {
    /// The lane and the end of a digit, which tells all that its start does.
    pub(super) fn dtmf(event: DtmfEvent) -> Option<(usize, Self)> {
        let DtmfEvent::End {
            lane,
            digit,
            start,
            end,
            low_dbm0,
            high_dbm0,
            twist_db,
            low_offset_hz,
            high_offset_hz,
        } = event
        else {
            return None;
        };
        let sound = Self::Dtmf {
            digit: digit.to_char(),
            time: Time::of(start, end),
            low_dbm0: tenths(low_dbm0),
            high_dbm0: tenths(high_dbm0),
            twist_db: tenths(twist_db),
            low_offset_hz: tenths(low_offset_hz),
            high_offset_hz: tenths(high_offset_hz),
        };
        Some((lane, sound))
    }

    /// The lane and the end of a register or line signal.
    pub(super) fn mf(event: MfEvent) -> Option<(usize, Self)> {
        let MfEvent::End { lane, signal, start, end, dbm0, offset_hz } = event else { return None };
        let system = match signal.system() {
            MfSystem::R1 => "r1",
            MfSystem::R2Forward => "r2-fwd",
            MfSystem::R2Backward => "r2-bwd",
            MfSystem::Line => "line",
        };
        let sound = Self::Mf {
            system,
            signal: signal.name(),
            time: Time::of(start, end),
            low_dbm0: tenths(dbm0[0]),
            high_dbm0: tenths(dbm0[1]),
            low_offset_hz: tenths(offset_hz[0]),
            high_offset_hz: tenths(offset_hz[1]),
        };
        Some((lane, sound))
    }

    /// The lane and the end of a tone: of networks, of fax machines, or a special information tone.
    pub(super) fn tone(event: ToneEvent) -> Option<(usize, Self)> {
        let ToneEvent::End { lane, tone: name, start, end, dbm0, offset_hz } = event else { return None };
        let (time, dbm0, offset_hz) = (Time::of(start, end), tenths(dbm0), offset_hz.map(tenths));
        let tone = name_of(name);
        let sound = match name {
            ToneName::Sit => Self::Sit { class: "general", time, dbm0, offset_hz },
            _ if name.is_sit() => {
                Self::Sit { class: tone.strip_prefix("sit-").unwrap_or(tone), time, dbm0, offset_hz }
            }
            _ if name.is_fax() => Self::Fax { tone, time, dbm0, offset_hz },
            _ => Self::Tone { tone, time, dbm0, offset_hz },
        };
        Some((lane, sound))
    }

    /// A transmission of caller identification.
    pub(super) fn cid(event: &CallerIdEvent) -> Self {
        let keying = match event.keying {
            Keying::Bell202 => "bell-202",
            Keying::V23 => "v23",
            Keying::V21Channel2 => "v21",
        };
        Self::Cid {
            keying,
            time: Time::of(event.start, event.end),
            message: CidMessage::of(event),
            mark_dbm0: tenths(event.dbm0[0]),
            space_dbm0: tenths(event.dbm0[1]),
        }
    }

    pub(super) fn voice(stretch: Stretch) -> Self {
        Self::Voice { time: Time::of(stretch.start, stretch.end), dbm0: tenths(stretch.dbm0) }
    }

    pub(super) const fn start_ms(&self) -> f64 {
        self.time().start_ms
    }

    const fn time(&self) -> Time {
        match self {
            Self::Dtmf { time, .. }
            | Self::Mf { time, .. }
            | Self::Tone { time, .. }
            | Self::Fax { time, .. }
            | Self::Sit { time, .. }
            | Self::Cid { time, .. }
            | Self::Voice { time, .. } => *time,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Dtmf { digit, low_dbm0, high_dbm0, twist_db, low_offset_hz, high_offset_hz, .. } => {
                format!(
                    "DTMF {digit} (low {low_dbm0:.1} dBm0, high {high_dbm0:.1} dBm0, twist {twist_db:.1} dB, \
                 {low_offset_hz:+.1} and {high_offset_hz:+.1} Hz off)"
                )
            }
            Self::Mf { system, signal, low_dbm0, high_dbm0, low_offset_hz, high_offset_hz, .. } => format!(
                "MF {system} {signal} ({low_dbm0:.1} and {high_dbm0:.1} dBm0, \
                 {low_offset_hz:+.1} and {high_offset_hz:+.1} Hz off)"
            ),
            Self::Tone { tone, dbm0, offset_hz, .. } => {
                format!("{tone} tone ({dbm0:.1} dBm0{})", off(*offset_hz))
            }
            Self::Fax { tone, dbm0, offset_hz, .. } => {
                format!("fax or modem, {tone} ({dbm0:.1} dBm0{})", off(*offset_hz))
            }
            Self::Sit { class, dbm0, offset_hz, .. } => {
                format!("special information tone, {class} ({dbm0:.1} dBm0{})", off(*offset_hz))
            }
            Self::Cid { keying, message, mark_dbm0, space_dbm0, .. } => {
                let words = message.words();
                format!("caller ID {keying} {words} ({mark_dbm0:.1} and {space_dbm0:.1} dBm0)")
            }
            Self::Voice { dbm0, .. } => format!("voice ({dbm0:.1} dBm0)"),
        }
    }
}

impl CidMessage {
    fn of(event: &CallerIdEvent) -> Self {
        let message = match &event.message {
            Ok(message) => message,
            Err(fault) => return Self { fault: Some(fault.to_string()), ..Self::default() },
        };
        let kind = match message.kind() {
            MessageKind::NumberDelivery => "number-delivery".into(),
            MessageKind::SingleMessageWaiting => "single-message-waiting".into(),
            MessageKind::CallSetup => "call-setup".into(),
            MessageKind::CallSetupTest => "call-setup-test".into(),
            MessageKind::MessageWaiting => "message-waiting".into(),
            MessageKind::AdviceOfCharge => "advice-of-charge".into(),
            MessageKind::Other(code) => format!("type-{code:02x}"),
        };
        let time = message
            .date_time()
            .map(|time| format!("{:02}-{:02} {:02}:{:02}", time.month, time.day, time.hour, time.minute));
        let (number, number_absent) = known_or_absent(message.calling_number());
        let (name, name_absent) = known_or_absent(message.calling_name());
        let octets = message.octets().iter().map(|octet| format!("{octet:02x}")).collect();
        Self {
            fault: None,
            message: Some(kind),
            time,
            number,
            number_absent,
            name,
            name_absent,
            messages_wait: message.messages_wait(),
            octets: Some(octets),
        }
    }

    fn words(&self) -> String {
        let mut words = self.message.clone().or_else(|| self.fault.clone()).unwrap_or_default();
        let said = [
            ("time", self.time.as_deref()),
            ("number", self.number.as_deref().or(self.number_absent)),
            ("name", self.name.as_deref().or(self.name_absent)),
            ("messages wait", self.messages_wait.map(|wait| if wait { "yes" } else { "no" })),
        ];
        for (what, value) in said {
            if let Some(value) = value {
                words += &format!(", {what} {}", one_line(value));
            }
        }
        words
    }
}

fn known_or_absent(identity: Option<Identity<'_>>) -> (Option<String>, Option<&'static str>) {
    match identity {
        None => (None, None),
        Some(Identity::Known(text)) => (Some(String::from_utf8_lossy(text).into_owned()), None),
        Some(Identity::Absent(Absence::Unavailable)) => (None, Some("unavailable")),
        Some(Identity::Absent(Absence::Private)) => (None, Some("private")),
    }
}

impl Time {
    fn of(start: FrameTime, end: FrameTime) -> Self {
        Self { start_ms: round(FrameTime::as_ms(start)), end_ms: round(FrameTime::as_ms(end)) }
    }
}

/// How far off a frequency is, if that is known.
fn off(hz: Option<f64>) -> String {
    hz.map_or_else(String::new, |hz| format!(", {hz:+.1} Hz off"))
}

fn tenths(number: f32) -> f64 {
    round(number.into())
}

/// Rounded to one decimal; adding 0 makes -0 a 0.
fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0 + 0.0
}
