//! `tandem generate cid`.
use clap::{Args, ValueEnum};
use tandem_dsp::fsk::{
    Absence, CallerIdGenerator, CallerIdSender, Keying, Message, MessageKind, Parameter, ParameterKind,
};

use super::{File, level};
use crate::failure::Failure;

/// What `tandem generate cid` is told.
#[derive(Args)]
pub(crate) struct Cid {
    /// The caller's number, or `private` or `unavailable`
    #[arg(long)]
    number: Option<String>,
    /// The caller's name, or `private` or `unavailable`
    #[arg(long)]
    name: Option<String>,
    /// When the call came: month, day, hour and minute, two digits each
    #[arg(long, value_name = "MMDDHHMM")]
    time: Option<String>,
    /// Instead of a call, whether messages wait
    #[arg(long, value_enum, value_name = "YES-OR-NO", conflicts_with_all = ["number", "name", "time"])]
    messages_wait: Option<Answer>,
    /// The single data message format, which has time and number only
    #[arg(long, requires = "number", requires = "time", conflicts_with = "name")]
    single: bool,
    /// The modem
    #[arg(long, value_enum, default_value_t = Modem::Bell202)]
    modem: Modem,
    /// Without channel seizure, as in a conversation
    #[arg(long)]
    off_hook: bool,
    /// Level
    #[arg(long, default_value_t = -13.5, value_name = "DBM0", value_parser = level, allow_negative_numbers = true)]
    level: f32,
    #[command(flatten)]
    file: File,
}

#[derive(Clone, Copy, ValueEnum)]
enum Answer {
    Yes,
    No,
}

#[derive(Clone, Copy, ValueEnum)]
enum Modem {
    /// 1200 and 2200 Hz
    #[value(name = "bell-202")]
    Bell202,
    /// 1300 and 2100 Hz
    V23,
}

impl Cid {
    pub(super) fn send(&self) -> Result<(), Failure> {
        let message = self
            .message()
            .ok_or_else(|| Failure::Input("all this together is too long for a message".into()))?;
        if self.time.is_some() && message.date_time().is_none() {
            return Err(Failure::Input("there is no such time; give MMDDHHMM, such as 12312359".into()));
        }
        let keying = match self.modem {
            Modem::Bell202 => Keying::Bell202,
            Modem::V23 => Keying::V23,
        };
        let sender = CallerIdSender { keying, dbm0: self.level, seizes: !self.off_hook, stuffing: 0 };
        let mut generator = CallerIdGenerator::new(self.file.encoding.law(), sender, message);
        self.file.write(SILENCE + sender.duration(&message).0 + SILENCE, |at, most| {
            let mut block = vec![0; most as usize];
            let silent = SILENCE.saturating_sub(at).min(most);
            generator.fill(&mut block[silent as usize..]);
            block
        })
    }

    fn message(&self) -> Option<Message> {
        if let Some(answer) = self.messages_wait {
            let value = if matches!(answer, Answer::Yes) { &[0xff] } else { &[0x00] };
            let parameter = Parameter { kind: ParameterKind::VisualIndicator, value };
            return Message::of_parameters(MessageKind::MessageWaiting, &[parameter]);
        }
        let time = self.time.as_deref().unwrap_or_default();
        if self.single {
            let number = self.number.as_deref().map(value_of).unwrap_or_default();
            return Message::new(MessageKind::NumberDelivery, &[time.as_bytes(), &number].concat());
        }
        let identity = |text: &str, known, absent| {
            (if absence(text).is_some() { absent } else { known }, value_of(text))
        };
        let values = [
            self.time.as_ref().map(|time| (ParameterKind::DateTime, time.as_bytes().to_vec())),
            self.number
                .as_deref()
                .map(|text| identity(text, ParameterKind::CallingNumber, ParameterKind::NumberAbsent)),
            self.name
                .as_deref()
                .map(|text| identity(text, ParameterKind::CallingName, ParameterKind::NameAbsent)),
        ];
        let parameters: Vec<_> =
            values.iter().flatten().map(|(kind, value)| Parameter { kind: *kind, value }).collect();
        Message::of_parameters(MessageKind::CallSetup, &parameters)
    }
}

fn absence(text: &str) -> Option<Absence> {
    match text {
        "private" => Some(Absence::Private),
        "unavailable" => Some(Absence::Unavailable),
        _ => None,
    }
}

fn value_of(text: &str) -> Vec<u8> {
    absence(text).map_or_else(|| text.as_bytes().to_vec(), |absence| vec![absence.letter()])
}

/// Before and after the transmission: half a second, as after a ring.
const SILENCE: u64 = 4000;
