//! Messages of display services: type, length, body, checksum. The body of the older ones is fixed (single data
//! message format), that of the others a row of parameters (multiple data message format).
//!
//! Parsing and making are inverses; whatever parses has whole parameters.

use core::fmt;

/// A message, its checksum correct.
#[derive(Clone, Copy)]
pub struct Message {
    octets: [u8; Self::MAX_OCTETS],
    length: u16,
}

/// What a message is for, by its first octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// A call, date and number only (single data message format).
    NumberDelivery,
    /// Messages wait or no more (single data message format).
    SingleMessageWaiting,
    /// A call, as parameters.
    CallSetup,
    /// A test of call delivery, as parameters.
    CallSetupTest,
    /// Messages wait or no more, as parameters.
    MessageWaiting,
    /// What a call has cost, as parameters.
    AdviceOfCharge,
    /// Another; its body is not looked into.
    Other(u8),
}

/// What a parameter tells, by its first octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterKind {
    /// Month, day, hour and minute, two digits each.
    DateTime,
    /// The caller's number.
    CallingNumber,
    /// The number dialled, or one to dial.
    CalledNumber,
    /// Why there is no number: `O` for unavailable, `P` for private.
    NumberAbsent,
    /// Why the call was redirected (CLASS).
    RedirectionReason,
    /// `L` for a long-distance call (CLASS).
    Qualifier,
    /// The caller's name.
    CallingName,
    /// Why there is no name: `O` for unavailable, `P` for private.
    NameAbsent,
    /// 255: messages wait; 0: none do.
    VisualIndicator,
    /// Another number of the caller.
    ComplementaryNumber,
    /// 1 voice, 2 ring back when free, 0x81 message waiting (ETSI).
    CallType,
    /// The number that was called first (ETSI).
    FirstCalledNumber,
    /// How many messages wait (ETSI).
    MessageCount,
    /// Why the call was forwarded (ETSI).
    ForwardedType,
    /// What kind of user calls (ETSI).
    UserType,
    /// Who redirected last (ETSI).
    RedirectingNumber,
    /// The charge (ETSI).
    Charge,
    /// Text to show (ETSI).
    Display,
    /// Another.
    Other(u8),
}

/// A parameter of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// What it tells.
    pub kind: ParameterKind,
    /// Its octets.
    pub value: &'a [u8],
}

/// A number or a name, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    /// As it was sent, digits or text.
    Known(&'a [u8]),
    /// There is none.
    Absent(Absence),
}

/// Why there is no number or name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The network does not know it.
    Unavailable,
    /// The caller does not want it shown.
    Private,
}

/// When a call came, in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// Why octets are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// They are not as many as the second says.
    Length,
    /// Their sum is not 0.
    Checksum,
    /// The parameters do not fill the body.
    Parameters,
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "not as long as it says",
            Self::Checksum => "checksum wrong",
            Self::Parameters => "parameters do not fill it",
        })
    }
}

impl core::error::Error for MessageError {}

impl Message {
    /// The longest message, type, length and checksum included.
    pub const MAX_OCTETS: usize = 255 + 3;

    /// Reads a message, its checksum included.
    pub fn parse(octets: &[u8]) -> Result<Self, MessageError> {
        let [_, length, rest @ ..] = octets else { return Err(MessageError::Length) };
        if rest.len() != usize::from(*length) + 1 {
            return Err(MessageError::Length);
        }
        if octets.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet)) != 0 {
            return Err(MessageError::Checksum);
        }
        let mut message = Self { octets: [0; Self::MAX_OCTETS], length: octets.len() as u16 };
        message.octets[..octets.len()].copy_from_slice(octets);
        let whole: usize = message.parameters().map(|parameter| 2 + parameter.value.len()).sum();
        if message.kind().has_parameters() && whole != message.body().len() {
            return Err(MessageError::Parameters);
        }
        Ok(message)
    }

    /// A message with this body; `None` if it is too long, or if it should be made of parameters and is not.
    #[must_use]
    pub fn new(kind: MessageKind, body: &[u8]) -> Option<Self> {
        let mut octets = [0; Self::MAX_OCTETS];
        let (head, rest) = octets.split_at_mut(2);
        head.copy_from_slice(&[kind.code(), u8::try_from(body.len()).ok()?]);
        rest.get_mut(..body.len())?.copy_from_slice(body);
        let whole = octets.get_mut(..body.len() + 3)?;
        let sum = whole.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
        *whole.last_mut()? = sum.wrapping_neg();
        Self::parse(whole).ok()
    }

    /// A message of these parameters; `None` if they are too long.
    #[must_use]
    pub fn of_parameters(kind: MessageKind, parameters: &[Parameter<'_>]) -> Option<Self> {
        let mut body = [0; 255];
        let mut length = 0;
        for Parameter { kind, value } in parameters {
            let place = body.get_mut(length..length + 2 + value.len())?;
            place[0] = kind.code();
            place[1] = u8::try_from(value.len()).ok()?;
            place[2..].copy_from_slice(value);
            length += place.len();
        }
        Self::new(kind, &body[..length])
    }

    /// All octets, the checksum included.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }

    /// What it is for.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        MessageKind::of(self.octets[0])
    }

    /// What is between length and checksum.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.octets().get(2..usize::from(self.length) - 1).unwrap_or(&[])
    }

    /// Its parameters; a message of another format has none.
    pub fn parameters(&self) -> impl Iterator<Item = Parameter<'_>> {
        let mut rest = if self.kind().has_parameters() { self.body() } else { &[] };
        core::iter::from_fn(move || {
            let [kind, length, after @ ..] = rest else { return None };
            let (value, after) = after.split_at_checked(usize::from(*length))?;
            rest = after;
            Some(Parameter { kind: ParameterKind::of(*kind), value })
        })
    }

    /// The value of the first parameter of a kind.
    #[must_use]
    pub fn parameter(&self, kind: ParameterKind) -> Option<&[u8]> {
        self.parameters().find(|parameter| parameter.kind == kind).map(|parameter| parameter.value)
    }

    /// When the call came, if it says so and the time makes sense.
    #[must_use]
    pub fn date_time(&self) -> Option<DateTime> {
        let text = match self.kind() {
            MessageKind::NumberDelivery => self.body().get(..DATE_TIME_OCTETS)?,
            _ => self.parameter(ParameterKind::DateTime)?,
        };
        let mut numbers = [0; DATE_TIME_OCTETS / 2];
        for (number, pair) in numbers.iter_mut().zip(text.as_chunks::<2>().0) {
            let digit = |octet: u8| octet.is_ascii_digit().then(|| octet - b'0');
            *number = 10 * digit(pair[0])? + digit(pair[1])?;
        }
        let [month, day, hour, minute] = numbers;
        // No year is told, so that any February may have 29 days.
        let days = match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        let sound = (1..=days).contains(&day) && hour < 24 && minute < 60;
        (text.len() == DATE_TIME_OCTETS && sound).then_some(DateTime { month, day, hour, minute })
    }

    /// The caller's number, or why there is none.
    #[must_use]
    pub fn calling_number(&self) -> Option<Identity<'_>> {
        if self.kind() != MessageKind::NumberDelivery {
            return self.identity(ParameterKind::CallingNumber, ParameterKind::NumberAbsent);
        }
        let number = self.body().get(DATE_TIME_OCTETS..).filter(|number| !number.is_empty())?;
        Some(Absence::of(number).map_or(Identity::Known(number), Identity::Absent))
    }

    /// The caller's name, or why there is none.
    #[must_use]
    pub fn calling_name(&self) -> Option<Identity<'_>> {
        self.identity(ParameterKind::CallingName, ParameterKind::NameAbsent)
    }

    fn identity(&self, known: ParameterKind, absent: ParameterKind) -> Option<Identity<'_>> {
        let reason = || self.parameter(absent).and_then(Absence::of).map(Identity::Absent);
        self.parameter(known).map(Identity::Known).or_else(reason)
    }

    /// Whether messages wait, if that is told.
    #[must_use]
    pub fn messages_wait(&self) -> Option<bool> {
        if self.kind() == MessageKind::SingleMessageWaiting {
            return match self.body() {
                [0x42, 0x42, 0x42] => Some(true),
                [0x6f, 0x6f, 0x6f] => Some(false),
                _ => None,
            };
        }
        match self.parameter(ParameterKind::VisualIndicator)? {
            [0xff] => Some(true),
            [0x00] => Some(false),
            _ => None,
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Message").field(&self.octets()).finish()
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.octets() == other.octets()
    }
}

impl Eq for Message {}

impl MessageKind {
    const fn of(code: u8) -> Self {
        match code {
            0x04 => Self::NumberDelivery,
            0x06 => Self::SingleMessageWaiting,
            0x80 => Self::CallSetup,
            0x81 => Self::CallSetupTest,
            0x82 => Self::MessageWaiting,
            0x86 => Self::AdviceOfCharge,
            other => Self::Other(other),
        }
    }

    /// Its octet.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::NumberDelivery => 0x04,
            Self::SingleMessageWaiting => 0x06,
            Self::CallSetup => 0x80,
            Self::CallSetupTest => 0x81,
            Self::MessageWaiting => 0x82,
            Self::AdviceOfCharge => 0x86,
            Self::Other(code) => code,
        }
    }

    const fn has_parameters(self) -> bool {
        matches!(self, Self::CallSetup | Self::CallSetupTest | Self::MessageWaiting | Self::AdviceOfCharge)
    }
}

impl ParameterKind {
    const fn of(code: u8) -> Self {
        let mut n = 0;
        while n < PARAMETERS.len() {
            if PARAMETERS[n].0 == code {
                return PARAMETERS[n].1;
            }
            n += 1;
        }
        Self::Other(code)
    }

    /// Its octet.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Other(code) => code,
            known => PARAMETERS.iter().find(|(_, kind)| *kind == known).map_or(0, |(code, _)| *code),
        }
    }
}

impl Absence {
    fn of(value: &[u8]) -> Option<Self> {
        match value {
            b"O" => Some(Self::Unavailable),
            b"P" => Some(Self::Private),
            _ => None,
        }
    }

    /// The letter that is sent.
    #[must_use]
    pub const fn letter(self) -> u8 {
        match self {
            Self::Unavailable => b'O',
            Self::Private => b'P',
        }
    }
}

const DATE_TIME_OCTETS: usize = 8;

const PARAMETERS: [(u8, ParameterKind); 18] = [
    (0x01, ParameterKind::DateTime),
    (0x02, ParameterKind::CallingNumber),
    (0x03, ParameterKind::CalledNumber),
    (0x04, ParameterKind::NumberAbsent),
    (0x05, ParameterKind::RedirectionReason),
    (0x06, ParameterKind::Qualifier),
    (0x07, ParameterKind::CallingName),
    (0x08, ParameterKind::NameAbsent),
    (0x0b, ParameterKind::VisualIndicator),
    (0x10, ParameterKind::ComplementaryNumber),
    (0x11, ParameterKind::CallType),
    (0x12, ParameterKind::FirstCalledNumber),
    (0x13, ParameterKind::MessageCount),
    (0x15, ParameterKind::ForwardedType),
    (0x16, ParameterKind::UserType),
    (0x1a, ParameterKind::RedirectingNumber),
    (0x20, ParameterKind::Charge),
    (0x50, ParameterKind::Display),
];
