//! What the numbers of the header mean in Rust.
use super::EchoTerms;
use std::num::NonZeroU32;
use tandem_card::{Abilities, CrcMode, Framing, LineCode, LineTests, LoopObedience, PortKind, T1Framing};
use tandem_engine::config::RecordingFormat;
use tandem_engine::{
    AlarmKind, CallProgress, CallStage, CallState, ChannelService, Class, Detectors, DigitsEnd, EchoOptions,
    EchoSetup, EchoTail, End, EndReason, G726Rate, Hears, HoldChange, InformationKind, Interim, Latency,
    LineError, LineOrder, LoopCode, LoopCommand, Loopback, MfSystem, NumberType, Pattern, Presence, Quality,
    RawEncoding, RawFormat, Reasons, RecordingSides, Role, Seek, Sent, Severity, Side, Sound, SpanNews,
    StreamSide, TapEnd, TapState, TestTone, ToneName,
};
use tandem_types::{Bearer, FRAMES_PER_MS, Frames, Handle, Law};

/// `TANDEM_HEARS_`, and the handle of what is heard.
#[must_use]
pub fn hears_number(hears: Hears) -> (u32, u64) {
    match hears {
        Hears::Nothing => (0, 0),
        Hears::Play(operation) => (1, operation.map_or(0, Handle::raw)),
        Hears::Bridge(bridge) => (2, bridge.raw()),
        Hears::Channel(channel) => (3, channel.raw()),
        Hears::Tone => (4, 0),
        Hears::Test => (5, 0),
    }
}

/// `TANDEM_END_`: why an operation ended.
#[must_use]
pub const fn end_number(reason: EndReason) -> i32 {
    match reason {
        EndReason::Finished => 1,
        EndReason::Digit => 2,
        EndReason::MaxDigits => 3,
        EndReason::DigitTimeout => 4,
        EndReason::MaxTime => 5,
        EndReason::Hangup => 6,
        EndReason::Stopped => 7,
        EndReason::Failed => 8,
        EndReason::Tone => 9,
        EndReason::Voice => 10,
        EndReason::Silence => 11,
        EndReason::MaxVoice => 12,
    }
}

/// `TANDEM_SEVERITY_`: how bad something is.
#[must_use]
pub const fn severity_number(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 3,
        Severity::Major => 4,
        Severity::Minor => 5,
        Severity::Warning => 6,
    }
}

/// `TANDEM_SEVERITY_CLEARED`: it is over.
pub const CLEARED: u32 = 1;

/// `TANDEM_ALARM_`: what is wrong.
#[must_use]
pub const fn alarm_number(kind: AlarmKind) -> u32 {
    match kind {
        AlarmKind::Card => 1,
        AlarmKind::Span => 2,
        AlarmKind::Remote => 3,
        AlarmKind::Link => 4,
        AlarmKind::LinkLooped => 5,
        AlarmKind::Clock => 6,
        AlarmKind::Maintenance => 7,
        AlarmKind::Channel => 8,
        AlarmKind::Group => 9,
        AlarmKind::Host => 10,
    }
}

/// `TANDEM_SPAN_`: what has become of a span.
#[must_use]
pub const fn span_news_number(news: &SpanNews) -> i32 {
    match news {
        SpanNews::Added => 1,
        SpanNews::Changed => 2,
        SpanNews::Removed => 3,
        SpanNews::Refused(_) => 4,
    }
}

/// `TANDEM_SOUND_`: what may be heard.
#[must_use]
pub fn sound_number(sound: Sound) -> i32 {
    match sound {
        Sound::Tone(ToneName::User(own)) => FIRST_OWN_TONE + i32::from(own),
        Sound::Tone(tone) => {
            TONES.iter().position(|known| *known == tone).map_or(0, |place| place as i32 + 1)
        }
        Sound::Signal(signal) => match signal.system() {
            MfSystem::R1 => 40,
            MfSystem::R2Forward => 41,
            MfSystem::R2Backward => 42,
            MfSystem::Line => 43,
        },
        Sound::Voice => 44,
    }
}

/// The tone of a `TANDEM_SOUND_`.
#[must_use]
pub fn tone_of_number(number: u32) -> Option<ToneName> {
    let own = i32::try_from(number).ok()? - FIRST_OWN_TONE;
    if (1..=8).contains(&own) {
        return Some(ToneName::User(own as u8));
    }
    TONES.get((number as usize).checked_sub(1)?).copied()
}

/// What `TANDEM_SOUND_USER` is.
const FIRST_OWN_TONE: i32 = 23;
/// From 1 on.
const TONES: [ToneName; 20] = [
    ToneName::Dial,
    ToneName::SpecialDial,
    ToneName::Ringing,
    ToneName::Busy,
    ToneName::Congestion,
    ToneName::Vacant,
    ToneName::Waiting,
    ToneName::Confirmation,
    ToneName::Howler,
    ToneName::Sit,
    ToneName::SitIntercept,
    ToneName::SitVacant,
    ToneName::SitReorder,
    ToneName::SitNoCircuit,
    ToneName::Cng,
    ToneName::Ans,
    ToneName::AnsPr,
    ToneName::AnsAm,
    ToneName::AnsAmPr,
    ToneName::V21,
];

/// `TANDEM_DETECT_` bits.
#[must_use]
pub fn detectors(bits: u32) -> Option<Detectors> {
    let known = (0..u32::BITS).filter(|bit| bits >> bit & 1 == 1).map(|bit| DETECTORS.get(bit as usize));
    known.into_iter().try_fold(Detectors::NONE, |all, one| Some(all.with(*one?)))
}

const DETECTORS: [Detectors; 8] = [
    Detectors::TONES,
    Detectors::R1,
    Detectors::R2_FORWARD,
    Detectors::R2_BACKWARD,
    Detectors::LINE,
    Detectors::CALLER_ID,
    Detectors::VOICE,
    Detectors::DIGITS,
];

/// `TANDEM_CLASS_`: what a call has come to.
#[must_use]
pub const fn class_number(class: Class) -> i32 {
    match class {
        Class::DialTone => 1,
        Class::Busy => 2,
        Class::Congestion => 3,
        Class::Vacant => 4,
        Class::Special => 5,
        Class::SpecialIntercept => 6,
        Class::SpecialVacant => 7,
        Class::SpecialReorder => 8,
        Class::SpecialNoCircuit => 9,
        Class::Fax => 10,
        Class::Modem => 11,
        Class::Human => 12,
        Class::Machine => 13,
        Class::Music => 14,
        Class::Announcement => 15,
        Class::Silence => 16,
        Class::NoAnswer => 17,
        Class::Unknown => 18,
    }
}

/// `TANDEM_HEARD_`: what is heard of a call that goes on.
#[must_use]
pub const fn heard_number(what: Interim) -> i32 {
    match what {
        Interim::Ringing => 1,
        Interim::Music => 2,
    }
}

/// Why a call was judged so, in words.
#[must_use]
pub fn reasons_text(reasons: Reasons) -> String {
    let words = REASONS.iter().filter(|(reason, _)| reasons.contains(*reason)).map(|(_, words)| *words);
    words.collect::<Vec<_>>().join(", ")
}

const REASONS: [(Reasons, &str); 13] = [
    (Reasons::ANSWERED, "answered"),
    (Reasons::EARLY_MEDIA, "before the answer"),
    (Reasons::RINGING, "after ring-back tone"),
    (Reasons::TONE, "a tone"),
    (Reasons::SPEECH, "speech"),
    (Reasons::MUSIC, "music"),
    (Reasons::SHORT_GREETING, "a short greeting"),
    (Reasons::LONG_GREETING, "a long greeting"),
    (Reasons::PHRASES, "of several phrases"),
    (Reasons::SILENCE_AFTER, "silence after it"),
    (Reasons::BEEP, "a beep"),
    (Reasons::NO_SPEECH, "no speech"),
    (Reasons::TIME_OUT, "the time is over"),
];

/// `TANDEM_RECORD_`: what a recording has.
#[must_use]
pub const fn recording_sides(number: u32) -> Option<RecordingSides> {
    match number {
        0 => Some(RecordingSides::Apart),
        1 => Some(RecordingSides::Received),
        2 => Some(RecordingSides::Sent),
        3 => Some(RecordingSides::Mixed),
        _ => None,
    }
}

/// `TANDEM_FORMAT_`: how a recording is kept, if otherwise than the configuration says.
#[must_use]
pub const fn recording_format(number: u32) -> Option<Option<RecordingFormat>> {
    match number {
        0 => Some(None),
        1 => Some(Some(RecordingFormat::Linear16)),
        2 => Some(Some(RecordingFormat::G711)),
        3 => Some(Some(RecordingFormat::ImaAdpcm)),
        4 => Some(Some(RecordingFormat::Vox)),
        5 => Some(Some(RecordingFormat::Gsm)),
        6 => Some(Some(RecordingFormat::Alaw)),
        7 => Some(Some(RecordingFormat::Ulaw)),
        8 => Some(Some(RecordingFormat::Vox6k)),
        9 => Some(Some(RecordingFormat::G726Kbit16)),
        10 => Some(Some(RecordingFormat::G726Kbit24)),
        11 => Some(Some(RecordingFormat::G726Kbit32)),
        12 => Some(Some(RecordingFormat::G726Kbit40)),
        _ => None,
    }
}

/// `TANDEM_SIDE_`: what a stream gives.
#[must_use]
pub const fn stream_side(number: u32) -> Option<StreamSide> {
    match number {
        0 => Some(StreamSide::Received),
        1 => Some(StreamSide::Sent),
        2 => Some(StreamSide::Both),
        _ => None,
    }
}

/// `TANDEM_PORTION_`: what is to be sent of a stream that suppresses silence.
#[must_use]
pub const fn portion_kind(sent: Option<&Sent>) -> u32 {
    match sent {
        None => 0,
        Some(Sent::Voice(_)) => 1,
        Some(Sent::Noise(_)) => 2,
        Some(Sent::Nothing) => 3,
    }
}

/// `TANDEM_SEEK_`: where a play goes on, by so many milliseconds.
#[must_use]
pub fn seek(number: u32, ms: i64) -> Option<Seek> {
    let frames = ms.saturating_mul(FRAMES_PER_MS as i64);
    match number {
        0 => Some(Seek::To(Frames(frames.max(0) as u64))),
        1 => Some(Seek::By(frames)),
        _ => None,
    }
}

/// `TANDEM_DIGITS_`: whether digits are hidden, and how long that may delay what is heard.
#[must_use]
pub const fn hidden_digits(number: u32) -> Option<Option<Latency>> {
    match number {
        0 => Some(None),
        1 => Some(Some(Latency::Live0)),
        2 => Some(Some(Latency::Live12)),
        3 => Some(Some(Latency::Live40)),
        _ => None,
    }
}

/// `TANDEM_LAW_`: by what a call is coded.
#[must_use]
pub const fn law(number: u32) -> Option<Option<Law>> {
    match number {
        0 => Some(None),
        1 => Some(Some(Law::A)),
        2 => Some(Some(Law::Mu)),
        _ => None,
    }
}

/// The same the other way, of a call that has one.
#[must_use]
pub const fn law_number(law: Law) -> u32 {
    match law {
        Law::A => 1,
        Law::Mu => 2,
    }
}

/// `tandem_echo_terms`: how echo is cancelled, if it is.
#[must_use]
pub const fn echo(terms: &EchoTerms) -> Option<Option<EchoSetup>> {
    let tail = match terms.tail_ms {
        0 => return Some(None),
        16 => EchoTail::Ms16,
        32 => EchoTail::Ms32,
        64 => EchoTail::Ms64,
        128 => EchoTail::Ms128,
        _ => return None,
    };
    let options = EchoOptions {
        nonlinear: terms.linear_only == 0,
        comfort_noise: terms.silence == 0,
        tone_disabler: terms.heed_no_tones == 0,
        learning: true,
    };
    Some(Some(EchoSetup { tail, options }))
}

/// `TANDEM_ROLE_`: how a party takes part in a bridge, and whom it coaches.
#[must_use]
pub const fn role(number: u32, pupil: Option<Handle>) -> Option<Role> {
    match number {
        0 => Some(Role::Full),
        1 => Some(Role::Listen),
        2 => Some(Role::Talk),
        3 => Some(Role::Coach(pupil)),
        _ => None,
    }
}

/// The same the other way.
#[must_use]
pub const fn role_number(role: Role) -> (u32, Option<Handle>) {
    match role {
        Role::Full => (0, None),
        Role::Listen => (1, None),
        Role::Talk => (2, None),
        Role::Coach(pupil) => (3, pupil),
    }
}

/// `TANDEM_PROGRESS_`: what has happened to a call, a bit each.
#[must_use]
pub fn progress_bits(progress: CallProgress) -> u32 {
    let CallProgress { proceeding, alerting, in_band, held, held_for_far_end } = progress;
    [proceeding, alerting, in_band, held, held_for_far_end]
        .iter()
        .rev()
        .fold(0, |bits, happened| bits << 1 | u32::from(*happened))
}

/// `TANDEM_STAGE_`: how far a call has come.
#[must_use]
pub const fn stage_number(stage: CallStage) -> i32 {
    match stage {
        CallStage::MoreDigitsWanted => 1,
        CallStage::Proceeding => 2,
        CallStage::Alerting => 3,
        CallStage::Progress => 4,
        CallStage::DigitsNotWanted => 5,
    }
}

/// `TANDEM_PRESENCE_`: whether a card is in its place, and the serial number of the one that is instead.
#[must_use]
pub fn presence_numbers(presence: Presence) -> (u32, u32) {
    match presence {
        Presence::There => (0, 0),
        Presence::Away => (1, 0),
        Presence::Another { serial } => (2, serial_number(serial)),
    }
}

/// A serial number; 0 for none.
#[must_use]
pub fn serial_number(serial: Option<NonZeroU32>) -> u32 {
    serial.map_or(0, NonZeroU32::get)
}

/// `TANDEM_HOLD_`: what has become of a hold.
#[must_use]
pub const fn hold_number(change: HoldChange) -> i32 {
    match change {
        HoldChange::Held => 1,
        HoldChange::HoldRefused => 2,
        HoldChange::Retrieved => 3,
        HoldChange::RetrieveRefused => 4,
        HoldChange::HeldForFarEnd => 5,
        HoldChange::RetrievedByFarEnd => 6,
    }
}

/// `TANDEM_INFORMATION_`: kinds of information.
#[must_use]
pub const fn information_number(kind: InformationKind) -> u32 {
    match kind {
        InformationKind::Notification => 1,
        InformationKind::Keypad => 2,
        InformationKind::UserUser => 3,
        InformationKind::Facility => 4,
        InformationKind::Display => 5,
        InformationKind::LateDigits => 6,
    }
}

/// The kind of information of a `TANDEM_INFORMATION_`.
#[must_use]
pub const fn information_kind(number: u32) -> Option<InformationKind> {
    match number {
        1 => Some(InformationKind::Notification),
        2 => Some(InformationKind::Keypad),
        3 => Some(InformationKind::UserUser),
        4 => Some(InformationKind::Facility),
        5 => Some(InformationKind::Display),
        6 => Some(InformationKind::LateDigits),
        _ => None,
    }
}

/// `TANDEM_SERVICE_`: whether a channel takes calls.
#[must_use]
pub const fn service_number(service: ChannelService) -> u32 {
    match service {
        ChannelService::InService => 0,
        ChannelService::Blocked => 1,
        ChannelService::BlockedByFarEnd => 2,
        ChannelService::Resetting => 3,
        ChannelService::OutOfService => 4,
    }
}

/// `TANDEM_NUMBER_`: what kind of number it is.
#[must_use]
pub const fn number_type_number(kind: NumberType) -> u32 {
    match kind {
        NumberType::Unknown => 0,
        NumberType::International => 1,
        NumberType::National => 2,
        NumberType::Subscriber => 3,
        NumberType::Private => 4,
        NumberType::Other(octet) => OTHER_NUMBER | octet as u32,
    }
}

/// The kind of number of a `TANDEM_NUMBER_`.
#[must_use]
pub const fn number_type(number: u32) -> Option<NumberType> {
    match number {
        0 => Some(NumberType::Unknown),
        1 => Some(NumberType::International),
        2 => Some(NumberType::National),
        3 => Some(NumberType::Subscriber),
        4 => Some(NumberType::Private),
        OTHER_NUMBER..=OTHER_NUMBER_MOST => Some(NumberType::Other(number as u8)),
        _ => None,
    }
}

/// `TANDEM_NUMBER_OTHER`, to which type and plan are added.
pub const OTHER_NUMBER: u32 = 256;
const OTHER_NUMBER_MOST: u32 = OTHER_NUMBER + 0x7f;

/// `TANDEM_CALL_`: where a call stands.
#[must_use]
pub const fn call_state_number(state: CallState) -> u32 {
    match state {
        CallState::Dialling => 1,
        CallState::Offered => 2,
        CallState::Placed => 3,
        CallState::Answered => 4,
        CallState::Cleared => 5,
        CallState::Clearing => 6,
    }
}

/// `TANDEM_NUMBER_END_`: how a called number came to its end.
#[must_use]
pub const fn number_end_number(end: Option<DigitsEnd>) -> u32 {
    match end {
        None => 0,
        Some(DigitsEnd::EnBloc) => 1,
        Some(DigitsEnd::SendingComplete) => 2,
        Some(DigitsEnd::EndDigit) => 3,
        Some(DigitsEnd::Full) => 4,
        Some(DigitsEnd::NotInPlan) => 7,
        Some(DigitsEnd::TooMany) => 5,
        Some(DigitsEnd::Timer) => 6,
    }
}

/// `TANDEM_PERFORMANCE_`: whose reception is told of.
#[must_use]
pub const fn performance_end(number: u32) -> Option<End> {
    match number {
        0 => Some(End::Near),
        1 => Some(End::Far),
        _ => None,
    }
}

/// `TANDEM_PERFORMANCE_DAY`: all quarter hours that are over.
pub const PERFORMANCE_DAY: u32 = 1000;

/// `TANDEM_BEARER_`: what a connection carries.
#[must_use]
pub const fn bearer(number: u32) -> Option<Bearer> {
    match number {
        0 => Some(Bearer::Speech),
        1 => Some(Bearer::Audio31),
        2 => Some(Bearer::Unrestricted),
        3 => Some(Bearer::Restricted),
        _ => None,
    }
}

/// The `TANDEM_BEARER_` of a bearer.
#[must_use]
pub const fn bearer_number(bearer: Bearer) -> u32 {
    match bearer {
        Bearer::Speech => 0,
        Bearer::Audio31 => 1,
        Bearer::Unrestricted => 2,
        Bearer::Restricted => 3,
    }
}

/// `TANDEM_LOG_`: how grave a message is; `None` for what hosts are not told.
#[must_use]
pub const fn log_number(level: log::Level) -> Option<u32> {
    match level {
        log::Level::Error => Some(1),
        log::Level::Warn => Some(2),
        log::Level::Info => Some(3),
        log::Level::Debug => Some(4),
        log::Level::Trace => None,
    }
}

/// `TANDEM_QUALITY_`: what the far end says of its clock, if anything.
#[must_use]
pub const fn quality_number(quality: Option<Quality>) -> u32 {
    match quality {
        None => 0,
        Some(Quality::Primary) => 1,
        Some(Quality::SupplyA) => 2,
        Some(Quality::SupplyB) => 3,
        Some(Quality::Equipment) => 4,
        Some(Quality::Unknown) => 5,
        Some(Quality::DoNotUse) => 6,
    }
}

/// The quality of a `TANDEM_QUALITY_`, if one is told.
#[must_use]
pub const fn quality(number: u32) -> Option<Quality> {
    match number {
        1 => Some(Quality::Primary),
        2 => Some(Quality::SupplyA),
        3 => Some(Quality::SupplyB),
        4 => Some(Quality::Equipment),
        5 => Some(Quality::Unknown),
        6 => Some(Quality::DoNotUse),
        _ => None,
    }
}

/// `TANDEM_LOOP_`: which loop is closed.
#[must_use]
pub const fn loop_number(which: Option<Loopback>) -> u32 {
    match which {
        None => 0,
        Some(Loopback::Local) => 1,
        Some(Loopback::Line) => 2,
        Some(Loopback::Payload) => 3,
    }
}

/// The loop of a `TANDEM_LOOP_`, if it is one.
#[must_use]
pub const fn loopback(number: u32) -> Option<Loopback> {
    match number {
        1 => Some(Loopback::Local),
        2 => Some(Loopback::Line),
        3 => Some(Loopback::Payload),
        _ => None,
    }
}

/// The order for a `TANDEM_LOOP_`.
#[must_use]
pub const fn loop_order(number: u32) -> Option<LineOrder> {
    match (number, loopback(number)) {
        (0, _) => Some(LineOrder::Loop(None)),
        (_, Some(which)) => Some(LineOrder::Loop(Some(which))),
        (_, None) => None,
    }
}

/// `TANDEM_COMMAND_`: what the far end is told of its loops.
#[must_use]
pub const fn loop_command(number: u32) -> Option<LoopCommand> {
    match number {
        1 => Some(LoopCommand::LineUp),
        2 => Some(LoopCommand::LineDown),
        3 => Some(LoopCommand::PayloadUp),
        4 => Some(LoopCommand::PayloadDown),
        5 => Some(LoopCommand::NetworkUp),
        6 => Some(LoopCommand::AllDown),
        _ => None,
    }
}

/// `TANDEM_OBEY_`: whose loops are closed.
#[must_use]
pub const fn obedience(number: u32) -> Option<LoopObedience> {
    match number {
        0 => Some(LoopObedience::Nobody),
        1 => Some(LoopObedience::Customer),
        2 => Some(LoopObedience::NetworkInterface),
        _ => None,
    }
}

/// `TANDEM_LOOP_CODE_`: what is sent in place of traffic; the inner `None` is nothing.
#[must_use]
pub const fn loop_code(number: u32) -> Option<Option<LoopCode>> {
    match number {
        0 => Some(None),
        1 => Some(Some(LoopCode::LINE_UP)),
        2 => Some(Some(LoopCode::LINE_DOWN)),
        3 => Some(Some(LoopCode::NETWORK_UP)),
        4 => Some(Some(LoopCode::NETWORK_DOWN)),
        _ => None,
    }
}

/// `TANDEM_LINE_ERROR_`: what is put into what is sent.
#[must_use]
pub const fn line_error(number: u32) -> Option<LineError> {
    match number {
        0 => Some(LineError::Code),
        1 => Some(LineError::Framing),
        2 => Some(LineError::Crc),
        3 => Some(LineError::Payload),
        _ => None,
    }
}

/// The order for a `TANDEM_SEND_`.
#[must_use]
pub const fn alarm_order(number: u32, on: bool) -> Option<LineOrder> {
    match number {
        0 => Some(LineOrder::SendRai(on)),
        1 => Some(LineOrder::SendAis(on)),
        2 => Some(LineOrder::SendRaiCi(on)),
        3 => Some(LineOrder::SendAisCi(on)),
        _ => None,
    }
}

/// `TANDEM_PATTERN_`: what a line test sends.
#[must_use]
pub const fn pattern(number: u32) -> Option<Pattern> {
    match number {
        1 => Some(Pattern::Prbs9),
        2 => Some(Pattern::Prbs11),
        3 => Some(Pattern::Prbs15),
        4 => Some(Pattern::Prbs20),
        5 => Some(Pattern::Qrss),
        6 => Some(Pattern::Prbs23),
        7 => Some(Pattern::ONES),
        8 => Some(Pattern::ZEROS),
        9 => Some(Pattern::ALTERNATING),
        10 => Some(Pattern::ONE_IN_EIGHT),
        11 => Some(Pattern::THREE_IN_24),
        12 => Some(Pattern::Prbs29),
        13 => Some(Pattern::Prbs31),
        _ => None,
    }
}

/// `TANDEM_TONE_`: the tone of a test line, `Some(None)` for none.
#[must_use]
pub const fn tone(number: u32) -> Option<Option<TestTone>> {
    match number {
        0 => Some(None),
        1 => Some(Some(TestTone::Milliwatt)),
        2 => Some(Some(TestTone::Tone1004)),
        _ => None,
    }
}

/// `TANDEM_FRAMING_`: how a span is framed.
#[must_use]
pub const fn framing_number(framing: Framing) -> u32 {
    match framing {
        Framing::E1(_) => 0,
        Framing::T1(config) => match config.framing {
            T1Framing::Sf => 1,
            T1Framing::Esf => 2,
            T1Framing::J1Esf => 3,
            T1Framing::J1Sf => 4,
        },
    }
}

/// `TANDEM_LINE_CODE_`: its line code.
#[must_use]
pub const fn line_code_number(code: LineCode) -> u32 {
    match code {
        LineCode::Ami => 0,
        LineCode::Hdb3 => 1,
        LineCode::B8zs => 2,
    }
}

/// `TANDEM_CRC4_`: its CRC-4.
#[must_use]
pub const fn crc4_number(mode: CrcMode) -> u32 {
    match mode {
        CrcMode::Off => 0,
        CrcMode::On => 1,
        CrcMode::Auto => 2,
    }
}

/// `TANDEM_PORT_`: what the ports of a card are.
#[must_use]
pub const fn port_kind(number: u32) -> Option<PortKind> {
    match number {
        0 => Some(PortKind::E1OrT1),
        1 => Some(PortKind::E1),
        2 => Some(PortKind::T1),
        _ => None,
    }
}

/// `TANDEM_CARD_`: what a card can do, but for its clock; `None` for a bit without a meaning.
#[must_use]
pub fn abilities(bits: u32) -> Option<Abilities> {
    if bits >= 1 << 14 {
        return None;
    }
    let has = |bit: u32| bits & (1 << bit) != 0;
    Some(Abilities {
        clocks: false,
        loops: [has(0), has(1), has(2)],
        errors: [has(3), has(4), has(5), has(6)],
        alarms: has(7),
        customer_alarms: has(8),
        sync_messages: has(9),
        loop_commands: has(10),
        network_loops: has(11),
        sa_bits: has(12),
        line_tests: LineTests::None,
        changes: has(13),
        loses_frames: false,
    })
}

/// `TANDEM_ORDER_` and its value; `None` for what a card of a host is not asked for.
#[must_use]
pub fn order_numbers(order: &LineOrder) -> Option<(u32, u32)> {
    let send = |on: bool, which: u32| (if on { 3 } else { 4 }, which);
    let numbers = match *order {
        LineOrder::Loop(which) => (1, loop_number(which)),
        LineOrder::InsertError(error) => (2, error as u32),
        LineOrder::SendRai(on) => send(on, 0),
        LineOrder::SendAis(on) => send(on, 1),
        LineOrder::SendRaiCi(on) => send(on, 2),
        LineOrder::SendAisCi(on) => send(on, 3),
        LineOrder::SyncMessage(None) => (5, 0),
        LineOrder::SyncMessage(Some((bit, told))) => {
            (5, quality_number(Some(told)) | u32::from(bit.number()) << 8)
        }
        LineOrder::CommandLoop(command) => (6, command_number(command)),
        LineOrder::SendLoopCode(code) => (7, code_number(code)),
        LineOrder::ObeyLoops(LoopObedience::Nobody) => (8, 0),
        LineOrder::ObeyLoops(LoopObedience::Customer) => (8, 1),
        LineOrder::ObeyLoops(LoopObedience::NetworkInterface) => (8, 2),
        LineOrder::SendSaBits(bits) => (9, u32::from(bits)),
        LineOrder::TestLine(_) | LineOrder::InsertTestErrors(_) => return None,
    };
    Some(numbers)
}

const fn command_number(command: LoopCommand) -> u32 {
    match command {
        LoopCommand::LineUp => 1,
        LoopCommand::LineDown => 2,
        LoopCommand::PayloadUp => 3,
        LoopCommand::PayloadDown => 4,
        LoopCommand::NetworkUp => 5,
        LoopCommand::AllDown => 6,
    }
}

/// Codes other than those of the header are never ordered through it.
fn code_number(code: Option<LoopCode>) -> u32 {
    match code {
        Some(LoopCode::LINE_UP) => 1,
        Some(LoopCode::LINE_DOWN) => 2,
        Some(LoopCode::NETWORK_UP) => 3,
        Some(LoopCode::NETWORK_DOWN) => 4,
        _ => 0,
    }
}

/// `TANDEM_RAW_`: how octets are to be read; `None` inside for as the file says.
#[must_use]
pub const fn raw_format(number: u32) -> Option<Option<RawFormat>> {
    let (encoding, rate) = match number {
        0 => return Some(None),
        1 => (RawEncoding::G711(Law::A), 8_000),
        2 => (RawEncoding::G711(Law::Mu), 8_000),
        3 => (RawEncoding::Linear16, 8_000),
        4 => (RawEncoding::OkiAdpcm, 8_000),
        5 => (RawEncoding::OkiAdpcm, 6_000),
        6 => (RawEncoding::Gsm, 8_000),
        7 => (RawEncoding::ImaAdpcm, 8_000),
        8 => (RawEncoding::G726(G726Rate::Kbit16), 8_000),
        9 => (RawEncoding::G726(G726Rate::Kbit24), 8_000),
        10 => (RawEncoding::G726(G726Rate::Kbit32), 8_000),
        11 => (RawEncoding::G726(G726Rate::Kbit40), 8_000),
        _ => return None,
    };
    Some(Some(RawFormat { encoding, rate }))
}

/// How far a call of others has come.
#[must_use]
pub const fn tap_state_number(state: TapState) -> u32 {
    match state {
        TapState::Unknown => 1,
        TapState::SetUp => 2,
        TapState::Proceeding => 3,
        TapState::Alerting => 4,
        TapState::Answered => 5,
        TapState::Ended => 6,
    }
}

/// How a call of others has ended.
#[must_use]
pub const fn tap_end_number(end: Option<TapEnd>) -> u32 {
    match end {
        None => 0,
        Some(TapEnd::Cleared(Side::Network)) => 1,
        Some(TapEnd::Cleared(Side::User)) => 2,
        Some(TapEnd::Restarted(_)) => 3,
        Some(TapEnd::Lost) => 4,
    }
}
