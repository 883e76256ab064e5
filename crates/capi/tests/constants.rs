//! The numbers of the header are those of the library, which says them by its own types.
mod common;

use tandem::frames::LONGEST_FRAME;
use tandem::info::{BITS_NOT_KNOWN, NO_PLACE};
use tandem::play::FOREVER;
use tandem::types::{
    CLEARED, EventType, abilities, alarm_number, alarm_order, bearer, call_state_number, class_number,
    crc4_number, detectors, end_number, framing_number, heard_number, hears_number, hidden_digits,
    hold_number, information_kind, information_number, law, law_number, line_code_number, line_error,
    log_number, loop_code, loop_command, loop_number, loop_order, number_end_number, number_type_number,
    obedience, order_numbers, pattern, performance_end, port_kind, portion_kind, presence_numbers,
    progress_bits, quality_number, raw_format, recording_format, recording_sides, role_number, seek,
    service_number, severity_number, sound_number, span_news_number, stage_number, stream_side,
    tap_end_number, tap_state_number, tone,
};
use tandem_card::{
    Abilities, CrcMode, E1Config, Framing, LineCode, LoopObedience, PortKind, T1Config, T1Framing,
};
use tandem_engine::config::RecordingFormat;
use tandem_engine::{
    AlarmKind, CallProgress, CallStage, CallState, ChannelService, Class, Detectors, End, EndReason,
    G726Rate, Hears, HoldChange, InformationKind, Interim, Latency, LineError, LineOrder, LoopCode,
    LoopCommand, Loopback, MfSystem, NoiseDescription, NumberType, Pattern, Presence, Quality, RawEncoding,
    RawFormat, RecordingSides, Role, Seek, Sent, Severity, Side, Sound, SpanNews, StreamSide, TapEnd,
    TapState, TestTone, ToneName,
};
use tandem_isdn::q921::FrameKind;
use tandem_isdn::q931::DigitsEnd;
use tandem_isdn::q931::element::Screening;
use tandem_types::{Bearer, Defect, Defects, Frames, Handle, HandleKind, Law};

#[test]
fn every_constant_of_the_header_has_its_value_in_the_library() {
    let ours = library_constants();
    for (name, value) in common::header::constants() {
        let known = ours.iter().find(|(known, _)| *known == name);
        let known = known.unwrap_or_else(|| panic!("{name} is compared with nothing"));
        assert_eq!(known.1, value, "{name}");
    }
    assert_eq!(ours.len(), common::header::constants().len(), "the library has one that the header has not");
}

/// What the library says, not what the bindings say, which are the header's own numbers.
fn library_constants() -> Vec<(&'static str, i64)> {
    let raw = |wanted: Option<(RawEncoding, u32)>| {
        let wanted = wanted.map(|(encoding, rate)| RawFormat { encoding, rate });
        (0..16).find(|number| raw_format(*number) == Some(wanted)).map_or(-1, i64::from)
    };
    let version = env!("CARGO_PKG_VERSION").split('.').map(|part| part.parse::<i64>().expect("a number"));
    let names = ["TANDEM_VERSION_MAJOR", "TANDEM_VERSION_MINOR", "TANDEM_VERSION_PATCH"];
    let mut constants: Vec<(&str, i64)> = names.into_iter().zip(version).collect();
    let codes = [
        "TANDEM_OK",
        "TANDEM_E_NULL",
        "TANDEM_E_ARGUMENT",
        "TANDEM_E_SIZE",
        "TANDEM_E_STALE",
        "TANDEM_E_KIND",
        "TANDEM_E_NO_CALL",
        "TANDEM_E_STATE",
        "TANDEM_E_BUSY",
        "TANDEM_E_FILE",
        "TANDEM_E_CONFIG",
        "TANDEM_E_CARD",
        "TANDEM_E_SYSTEM",
        "TANDEM_E_TIMEOUT",
        "TANDEM_E_CLOSED",
        "TANDEM_E_INTERNAL",
        "TANDEM_E_UNSUPPORTED",
    ];
    constants.extend(codes.into_iter().zip(tandem::result::Code::ALL.map(|code| code as i64)));
    let level = |level| log_number(level).map_or(0, i64::from);
    let defect = |defect| i64::from(Defects::only(defect).bits());
    let end = |reason| i64::from(end_number(reason));
    let state = |state| i64::from(call_state_number(state));
    let progress = |happened: fn(&mut CallProgress)| {
        let mut progress = CallProgress::default();
        happened(&mut progress);
        i64::from(progress_bits(progress))
    };
    let stage = |stage| i64::from(stage_number(stage));
    let hold = |change| i64::from(hold_number(change));
    let service = |service| i64::from(service_number(service));
    let severity_of = |severity| i64::from(severity_number(severity));
    let wrong = |kind| i64::from(alarm_number(kind));
    let span_news = |news| i64::from(span_news_number(&news));
    let ends = |end| i64::from(number_end_number(Some(end)));
    let told = |kind| {
        assert_eq!(information_kind(information_number(kind)), Some(kind));
        i64::from(information_number(kind))
    };
    let kind_of_number = |kind| i64::from(number_type_number(kind));
    let whose =
        |wanted| (0..10).find(|number| performance_end(*number) == Some(wanted)).map_or(-1, i64::from);
    let carries = |wanted| (0..10).find(|number| bearer(*number) == Some(wanted)).map_or(-1, i64::from);
    let none = Abilities::default();
    let ability = |wanted: Abilities| {
        (0..14).map(|bit| 1 << bit).find(|bits| abilities(*bits) == Some(wanted)).map_or(-1, i64::from)
    };
    let obeys = |wanted| (0..10).find(|number| obedience(*number) == Some(wanted)).map_or(-1, i64::from);
    let ordered = |order| order_numbers(&order).map_or(-1, |(number, _)| i64::from(number));
    let some = Handle::new(HandleKind::Bridge, 1, 1);
    let hears = |hears| i64::from(hears_number(hears).0);
    constants.extend([
        ("TANDEM_HEARS_NOTHING", hears(Hears::Nothing)),
        ("TANDEM_HEARS_PLAY", hears(Hears::Play(None))),
        ("TANDEM_HEARS_BRIDGE", hears(Hears::Bridge(some))),
        ("TANDEM_HEARS_CHANNEL", hears(Hears::Channel(some))),
        ("TANDEM_HEARS_TONE", hears(Hears::Tone)),
        ("TANDEM_HEARS_TEST", hears(Hears::Test)),
    ]);
    let port = |wanted| (0..10).find(|number| port_kind(*number) == Some(wanted)).map_or(-1, i64::from);
    constants.extend([
        ("TANDEM_PORT_E1_OR_T1", port(PortKind::E1OrT1)),
        ("TANDEM_PORT_E1", port(PortKind::E1)),
        ("TANDEM_PORT_T1", port(PortKind::T1)),
        ("TANDEM_CARD_LOOP_LOCAL", ability(Abilities { loops: [true, false, false], ..none })),
        ("TANDEM_CARD_LOOP_LINE", ability(Abilities { loops: [false, true, false], ..none })),
        ("TANDEM_CARD_LOOP_PAYLOAD", ability(Abilities { loops: [false, false, true], ..none })),
        ("TANDEM_CARD_ERROR_CODE", ability(Abilities { errors: [true, false, false, false], ..none })),
        ("TANDEM_CARD_ERROR_FRAMING", ability(Abilities { errors: [false, true, false, false], ..none })),
        ("TANDEM_CARD_ERROR_CRC", ability(Abilities { errors: [false, false, true, false], ..none })),
        ("TANDEM_CARD_ERROR_PAYLOAD", ability(Abilities { errors: [false, false, false, true], ..none })),
        ("TANDEM_CARD_ALARMS", ability(Abilities { alarms: true, ..none })),
        ("TANDEM_CARD_CUSTOMER_ALARMS", ability(Abilities { customer_alarms: true, ..none })),
        ("TANDEM_CARD_CHANGES", ability(Abilities { changes: true, ..none })),
        ("TANDEM_CARD_SA_BITS", ability(Abilities { sa_bits: true, ..none })),
        ("TANDEM_CARD_SYNC_MESSAGES", ability(Abilities { sync_messages: true, ..none })),
        ("TANDEM_CARD_LOOP_COMMANDS", ability(Abilities { loop_commands: true, ..none })),
        ("TANDEM_CARD_NETWORK_LOOPS", ability(Abilities { network_loops: true, ..none })),
        ("TANDEM_OBEY_NOTHING", obeys(LoopObedience::Nobody)),
        ("TANDEM_OBEY_CUSTOMER", obeys(LoopObedience::Customer)),
        ("TANDEM_OBEY_NETWORK", obeys(LoopObedience::NetworkInterface)),
        ("TANDEM_ORDER_LOOP", ordered(LineOrder::Loop(None))),
        ("TANDEM_ORDER_INSERT_ERROR", ordered(LineOrder::InsertError(LineError::Crc))),
        ("TANDEM_ORDER_SEND", ordered(LineOrder::SendAis(true))),
        ("TANDEM_ORDER_SEND_NO_MORE", ordered(LineOrder::SendAis(false))),
        ("TANDEM_ORDER_QUALITY", ordered(LineOrder::SyncMessage(None))),
        ("TANDEM_ORDER_COMMAND_LOOP", ordered(LineOrder::CommandLoop(LoopCommand::LineUp))),
        ("TANDEM_ORDER_LOOP_CODE", ordered(LineOrder::SendLoopCode(None))),
        ("TANDEM_ORDER_OBEY_LOOPS", ordered(LineOrder::ObeyLoops(LoopObedience::Customer))),
        ("TANDEM_ORDER_SA_BITS", ordered(LineOrder::SendSaBits(0))),
    ]);
    let tone = |tone| i64::from(sound_number(Sound::Tone(tone)));
    let signal = |system: MfSystem| {
        i64::from(sound_number(Sound::Signal((0..16).find_map(|n| system.signal(n)).expect("each has one"))))
    };
    let detector = |wanted| {
        (0..8).map(|bit| 1 << bit).find(|bits| detectors(*bits) == Some(wanted)).map_or(-1, i64::from)
    };
    let portion = |sent: Sent| i64::from(portion_kind(Some(&sent)));
    let sides =
        |wanted| (0..10).find(|number| recording_sides(*number) == Some(wanted)).map_or(-1, i64::from);
    let kept =
        |wanted| (0..100).find(|number| recording_format(*number) == Some(wanted)).map_or(-1, i64::from);
    let class = |class| i64::from(class_number(class));
    let side = |wanted| (0..10).find(|number| stream_side(*number) == Some(wanted)).map_or(-1, i64::from);
    let seeks = |wanted| (0..10).find(|number| seek(*number, 7) == Some(wanted)).map_or(-1, i64::from);
    constants.extend([
        ("TANDEM_SOUND_DIAL", tone(ToneName::Dial)),
        ("TANDEM_SOUND_SPECIAL_DIAL", tone(ToneName::SpecialDial)),
        ("TANDEM_SOUND_RINGING", tone(ToneName::Ringing)),
        ("TANDEM_SOUND_BUSY", tone(ToneName::Busy)),
        ("TANDEM_SOUND_CONGESTION", tone(ToneName::Congestion)),
        ("TANDEM_SOUND_VACANT", tone(ToneName::Vacant)),
        ("TANDEM_SOUND_WAITING", tone(ToneName::Waiting)),
        ("TANDEM_SOUND_CONFIRMATION", tone(ToneName::Confirmation)),
        ("TANDEM_SOUND_HOWLER", tone(ToneName::Howler)),
        ("TANDEM_SOUND_SIT", tone(ToneName::Sit)),
        ("TANDEM_SOUND_SIT_INTERCEPT", tone(ToneName::SitIntercept)),
        ("TANDEM_SOUND_SIT_VACANT", tone(ToneName::SitVacant)),
        ("TANDEM_SOUND_SIT_REORDER", tone(ToneName::SitReorder)),
        ("TANDEM_SOUND_SIT_NO_CIRCUIT", tone(ToneName::SitNoCircuit)),
        ("TANDEM_SOUND_CNG", tone(ToneName::Cng)),
        ("TANDEM_SOUND_ANS", tone(ToneName::Ans)),
        ("TANDEM_SOUND_ANS_PR", tone(ToneName::AnsPr)),
        ("TANDEM_SOUND_ANSAM", tone(ToneName::AnsAm)),
        ("TANDEM_SOUND_ANSAM_PR", tone(ToneName::AnsAmPr)),
        ("TANDEM_SOUND_V21", tone(ToneName::V21)),
        ("TANDEM_SOUND_USER", tone(ToneName::User(1)) - 1),
        ("TANDEM_SOUND_R1", signal(MfSystem::R1)),
        ("TANDEM_SOUND_R2_FORWARD", signal(MfSystem::R2Forward)),
        ("TANDEM_SOUND_R2_BACKWARD", signal(MfSystem::R2Backward)),
        ("TANDEM_SOUND_LINE", signal(MfSystem::Line)),
        ("TANDEM_RECORD_APART", sides(RecordingSides::Apart)),
        ("TANDEM_RECORD_RECEIVED", sides(RecordingSides::Received)),
        ("TANDEM_RECORD_SENT", sides(RecordingSides::Sent)),
        ("TANDEM_RECORD_MIXED", sides(RecordingSides::Mixed)),
        ("TANDEM_FORMAT_CONFIGURED", kept(None)),
        ("TANDEM_FORMAT_LINEAR16", kept(Some(RecordingFormat::Linear16))),
        ("TANDEM_FORMAT_G711", kept(Some(RecordingFormat::G711))),
        ("TANDEM_FORMAT_IMA_ADPCM", kept(Some(RecordingFormat::ImaAdpcm))),
        ("TANDEM_FORMAT_VOX", kept(Some(RecordingFormat::Vox))),
        ("TANDEM_FORMAT_GSM", kept(Some(RecordingFormat::Gsm))),
        ("TANDEM_FORMAT_ALAW", kept(Some(RecordingFormat::Alaw))),
        ("TANDEM_FORMAT_ULAW", kept(Some(RecordingFormat::Ulaw))),
        ("TANDEM_FORMAT_VOX_6K", kept(Some(RecordingFormat::Vox6k))),
        ("TANDEM_FORMAT_G726_16", kept(Some(RecordingFormat::G726Kbit16))),
        ("TANDEM_FORMAT_G726_24", kept(Some(RecordingFormat::G726Kbit24))),
        ("TANDEM_FORMAT_G726_32", kept(Some(RecordingFormat::G726Kbit32))),
        ("TANDEM_FORMAT_G726_40", kept(Some(RecordingFormat::G726Kbit40))),
        ("TANDEM_HEARD_RINGING", i64::from(heard_number(Interim::Ringing))),
        ("TANDEM_HEARD_MUSIC", i64::from(heard_number(Interim::Music))),
        ("TANDEM_CLASS_DIAL_TONE", class(Class::DialTone)),
        ("TANDEM_CLASS_BUSY", class(Class::Busy)),
        ("TANDEM_CLASS_CONGESTION", class(Class::Congestion)),
        ("TANDEM_CLASS_VACANT", class(Class::Vacant)),
        ("TANDEM_CLASS_SIT", class(Class::Special)),
        ("TANDEM_CLASS_SIT_INTERCEPT", class(Class::SpecialIntercept)),
        ("TANDEM_CLASS_SIT_VACANT", class(Class::SpecialVacant)),
        ("TANDEM_CLASS_SIT_REORDER", class(Class::SpecialReorder)),
        ("TANDEM_CLASS_SIT_NO_CIRCUIT", class(Class::SpecialNoCircuit)),
        ("TANDEM_CLASS_FAX", class(Class::Fax)),
        ("TANDEM_CLASS_MODEM", class(Class::Modem)),
        ("TANDEM_CLASS_HUMAN", class(Class::Human)),
        ("TANDEM_CLASS_MACHINE", class(Class::Machine)),
        ("TANDEM_CLASS_MUSIC", class(Class::Music)),
        ("TANDEM_CLASS_ANNOUNCEMENT", class(Class::Announcement)),
        ("TANDEM_CLASS_SILENCE", class(Class::Silence)),
        ("TANDEM_CLASS_NO_ANSWER", class(Class::NoAnswer)),
        ("TANDEM_CLASS_UNKNOWN", class(Class::Unknown)),
        ("TANDEM_SOUND_VOICE", i64::from(sound_number(Sound::Voice))),
        ("TANDEM_DETECT_VOICE", detector(Detectors::VOICE)),
        ("TANDEM_DETECT_DIGITS", detector(Detectors::DIGITS)),
        ("TANDEM_SIDE_RECEIVED", side(StreamSide::Received)),
        ("TANDEM_SIDE_SENT", side(StreamSide::Sent)),
        ("TANDEM_SIDE_BOTH", side(StreamSide::Both)),
        ("TANDEM_PORTION_NONE", i64::from(portion_kind(None))),
        ("TANDEM_PORTION_VOICE", portion(Sent::Voice(vec![0]))),
        ("TANDEM_PORTION_NOISE", portion(Sent::Noise(NoiseDescription::new(60.0, &[])))),
        ("TANDEM_PORTION_SILENT", portion(Sent::Nothing)),
        ("TANDEM_SEEK_TO", seeks(Seek::To(Frames(56)))),
        ("TANDEM_SEEK_BY", seeks(Seek::By(56))),
        ("TANDEM_FOREVER", i64::from(FOREVER)),
        ("TANDEM_DETECT_TONES", detector(Detectors::TONES)),
        ("TANDEM_DETECT_R1", detector(Detectors::R1)),
        ("TANDEM_DETECT_R2_FORWARD", detector(Detectors::R2_FORWARD)),
        ("TANDEM_DETECT_R2_BACKWARD", detector(Detectors::R2_BACKWARD)),
        ("TANDEM_DETECT_LINE", detector(Detectors::LINE)),
        ("TANDEM_DETECT_CALLER_ID", detector(Detectors::CALLER_ID)),
    ]);
    constants.extend([
        ("TANDEM_LOG_ERROR", level(log::Level::Error)),
        ("TANDEM_LOG_WARNING", level(log::Level::Warn)),
        ("TANDEM_LOG_INFO", level(log::Level::Info)),
        ("TANDEM_LOG_DEBUG", level(log::Level::Debug)),
        ("TANDEM_EVENT_CALL_OFFERED", EventType::CallOffered as i64),
        ("TANDEM_EVENT_CALL_ANSWERED", EventType::CallAnswered as i64),
        ("TANDEM_EVENT_CALL_CLEARED", EventType::CallCleared as i64),
        ("TANDEM_EVENT_DIGIT", EventType::Digit as i64),
        ("TANDEM_EVENT_PLAY_DONE", EventType::PlayDone as i64),
        ("TANDEM_EVENT_COLLECT_DONE", EventType::CollectDone as i64),
        ("TANDEM_EVENT_RECORD_DONE", EventType::RecordDone as i64),
        ("TANDEM_EVENT_SPAN_DEFECTS", EventType::SpanDefects as i64),
        ("TANDEM_EVENT_SPAN_FAILED", EventType::SpanFailed as i64),
        ("TANDEM_EVENT_SPAN_RESTORED", EventType::SpanRestored as i64),
        ("TANDEM_EVENT_OVERFLOW", EventType::Overflow as i64),
        ("TANDEM_EVENT_ENGINE_FAILED", EventType::EngineFailed as i64),
        ("TANDEM_EVENT_CLOCK_CHANGED", EventType::ClockChanged as i64),
        ("TANDEM_EVENT_TIMING_LOOP", EventType::TimingLoop as i64),
        ("TANDEM_EVENT_SPAN_LOOPED", EventType::SpanLooped as i64),
        ("TANDEM_END_FINISHED", end(EndReason::Finished)),
        ("TANDEM_END_DIGIT", end(EndReason::Digit)),
        ("TANDEM_END_MAX_DIGITS", end(EndReason::MaxDigits)),
        ("TANDEM_END_DIGIT_TIMEOUT", end(EndReason::DigitTimeout)),
        ("TANDEM_END_MAX_TIME", end(EndReason::MaxTime)),
        ("TANDEM_END_HANGUP", end(EndReason::Hangup)),
        ("TANDEM_END_STOPPED", end(EndReason::Stopped)),
        ("TANDEM_END_FAILED", end(EndReason::Failed)),
        ("TANDEM_END_TONE", end(EndReason::Tone)),
        ("TANDEM_END_VOICE", end(EndReason::Voice)),
        ("TANDEM_END_SILENCE", end(EndReason::Silence)),
        ("TANDEM_END_MAX_VOICE", end(EndReason::MaxVoice)),
        ("TANDEM_DEFECT_LOS", defect(Defect::Los)),
        ("TANDEM_DEFECT_LOF", defect(Defect::Lof)),
        ("TANDEM_DEFECT_AIS", defect(Defect::Ais)),
        ("TANDEM_DEFECT_RAI", defect(Defect::Rai)),
        ("TANDEM_DEFECT_LOMF", defect(Defect::Lomf)),
        ("TANDEM_DEFECT_CAS_LOF", defect(Defect::LossOfCasMultiframe)),
        ("TANDEM_DEFECT_CAS_RAI", defect(Defect::CasRai)),
        ("TANDEM_DEFECT_CAS_AIS", defect(Defect::CasAis)),
        ("TANDEM_DEFECT_RAI_CI", defect(Defect::RaiCi)),
        ("TANDEM_DEFECT_AIS_CI", defect(Defect::AisCi)),
        ("TANDEM_DEFECT_CARD", defect(Defect::Card)),
        ("TANDEM_EVENT_CALL_PROGRESS", EventType::CallProgress as i64),
        ("TANDEM_EVENT_LINK_CHANGED", EventType::LinkChanged as i64),
        ("TANDEM_EVENT_CALL_DISCONNECTED", EventType::CallDisconnected as i64),
        ("TANDEM_EVENT_CALL_HOLD", EventType::CallHold as i64),
        ("TANDEM_EVENT_CALL_INFORMATION", EventType::CallInformation as i64),
        ("TANDEM_EVENT_CHANNEL_SERVICE", EventType::ChannelService as i64),
        ("TANDEM_EVENT_LINK_LOOPED", EventType::LinkLooped as i64),
        ("TANDEM_EVENT_LINK_SWITCHED", EventType::LinkSwitched as i64),
        ("TANDEM_EVENT_SPAN_FACILITY", EventType::SpanFacility as i64),
        ("TANDEM_EVENT_SOUND_BEGAN", EventType::SoundBegan as i64),
        ("TANDEM_EVENT_SOUND_ENDED", EventType::SoundEnded as i64),
        ("TANDEM_EVENT_CALLER_ID", EventType::CallerId as i64),
        ("TANDEM_EVENT_STREAM_READY", EventType::StreamReady as i64),
        ("TANDEM_EVENT_STREAM_DONE", EventType::StreamDone as i64),
        ("TANDEM_EVENT_CALL_ANALYSED", EventType::CallAnalysed as i64),
        ("TANDEM_EVENT_CALL_HEARD", EventType::CallHeard as i64),
        ("TANDEM_EVENT_CALL_BEEP", EventType::CallBeep as i64),
        ("TANDEM_EVENT_GROUP_BUSY", EventType::GroupBusy as i64),
        ("TANDEM_EVENT_SPAN_CHANGED", EventType::SpanChanged as i64),
        ("TANDEM_EVENT_DIGIT_ENDED", EventType::DigitEnded as i64),
        ("TANDEM_EVENT_TIMER", EventType::Timer as i64),
        ("TANDEM_EVENT_RECORD_SEGMENT", EventType::RecordSegment as i64),
        ("TANDEM_EVENT_ALARM", EventType::Alarm as i64),
        ("TANDEM_SEVERITY_CLEARED", i64::from(CLEARED)),
        ("TANDEM_SEVERITY_CRITICAL", severity_of(Severity::Critical)),
        ("TANDEM_SEVERITY_MAJOR", severity_of(Severity::Major)),
        ("TANDEM_SEVERITY_MINOR", severity_of(Severity::Minor)),
        ("TANDEM_SEVERITY_WARNING", severity_of(Severity::Warning)),
        ("TANDEM_ALARM_CARD", wrong(AlarmKind::Card)),
        ("TANDEM_ALARM_SPAN", wrong(AlarmKind::Span)),
        ("TANDEM_ALARM_REMOTE", wrong(AlarmKind::Remote)),
        ("TANDEM_ALARM_LINK", wrong(AlarmKind::Link)),
        ("TANDEM_ALARM_LINK_LOOPED", wrong(AlarmKind::LinkLooped)),
        ("TANDEM_ALARM_CLOCK", wrong(AlarmKind::Clock)),
        ("TANDEM_ALARM_MAINTENANCE", wrong(AlarmKind::Maintenance)),
        ("TANDEM_ALARM_CHANNEL", wrong(AlarmKind::Channel)),
        ("TANDEM_ALARM_GROUP", wrong(AlarmKind::Group)),
        ("TANDEM_ALARM_HOST", wrong(AlarmKind::Host)),
        ("TANDEM_EVENT_TALKER", EventType::Talker as i64),
        ("TANDEM_EVENT_TAP_CALL", EventType::TapCall as i64),
        ("TANDEM_TAP_UNKNOWN", i64::from(tap_state_number(TapState::Unknown))),
        ("TANDEM_TAP_SET_UP", i64::from(tap_state_number(TapState::SetUp))),
        ("TANDEM_TAP_PROCEEDING", i64::from(tap_state_number(TapState::Proceeding))),
        ("TANDEM_TAP_ALERTING", i64::from(tap_state_number(TapState::Alerting))),
        ("TANDEM_TAP_ANSWERED", i64::from(tap_state_number(TapState::Answered))),
        ("TANDEM_TAP_ENDED", i64::from(tap_state_number(TapState::Ended))),
        ("TANDEM_TAP_END_NONE", i64::from(tap_end_number(None))),
        ("TANDEM_TAP_END_NETWORK", i64::from(tap_end_number(Some(TapEnd::Cleared(Side::Network))))),
        ("TANDEM_TAP_END_USER", i64::from(tap_end_number(Some(TapEnd::Cleared(Side::User))))),
        ("TANDEM_TAP_END_RESTARTED", i64::from(tap_end_number(Some(TapEnd::Restarted(Side::User))))),
        ("TANDEM_TAP_END_LOST", i64::from(tap_end_number(Some(TapEnd::Lost)))),
        ("TANDEM_EVENT_BRIDGE_MODERATED", EventType::BridgeModerated as i64),
        ("TANDEM_EVENT_CALL_TRANSFERRED", EventType::CallTransferred as i64),
        ("TANDEM_EVENT_FRAME", EventType::Frame as i64),
        ("TANDEM_EVENT_FRAME_ROOM", EventType::FrameRoom as i64),
        ("TANDEM_RAW_NONE", raw(None)),
        ("TANDEM_RAW_ALAW", raw(Some((RawEncoding::G711(Law::A), 8_000)))),
        ("TANDEM_RAW_MULAW", raw(Some((RawEncoding::G711(Law::Mu), 8_000)))),
        ("TANDEM_RAW_LINEAR16", raw(Some((RawEncoding::Linear16, 8_000)))),
        ("TANDEM_RAW_VOX", raw(Some((RawEncoding::OkiAdpcm, 8_000)))),
        ("TANDEM_RAW_VOX_6K", raw(Some((RawEncoding::OkiAdpcm, 6_000)))),
        ("TANDEM_RAW_GSM", raw(Some((RawEncoding::Gsm, 8_000)))),
        ("TANDEM_RAW_IMA_ADPCM", raw(Some((RawEncoding::ImaAdpcm, 8_000)))),
        ("TANDEM_RAW_G726_16", raw(Some((RawEncoding::G726(G726Rate::Kbit16), 8_000)))),
        ("TANDEM_RAW_G726_24", raw(Some((RawEncoding::G726(G726Rate::Kbit24), 8_000)))),
        ("TANDEM_RAW_G726_32", raw(Some((RawEncoding::G726(G726Rate::Kbit32), 8_000)))),
        ("TANDEM_RAW_G726_40", raw(Some((RawEncoding::G726(G726Rate::Kbit40), 8_000)))),
        ("TANDEM_LONGEST_FRAME", LONGEST_FRAME as i64),
        ("TANDEM_EVENT_BITS", EventType::Bits as i64),
        ("TANDEM_BITS_NOT_KNOWN", i64::from(BITS_NOT_KNOWN)),
        ("TANDEM_NO_PLACE", i64::from(NO_PLACE)),
        ("TANDEM_SPAN_ADDED", span_news(SpanNews::Added)),
        ("TANDEM_SPAN_CHANGED", span_news(SpanNews::Changed)),
        ("TANDEM_SPAN_REMOVED", span_news(SpanNews::Removed)),
        ("TANDEM_SPAN_REFUSED", span_news(SpanNews::Refused(String::new()))),
        ("TANDEM_HOLD_HELD", hold(HoldChange::Held)),
        ("TANDEM_HOLD_REFUSED", hold(HoldChange::HoldRefused)),
        ("TANDEM_HOLD_RETRIEVED", hold(HoldChange::Retrieved)),
        ("TANDEM_HOLD_RETRIEVE_REFUSED", hold(HoldChange::RetrieveRefused)),
        ("TANDEM_HOLD_FOR_FAR_END", hold(HoldChange::HeldForFarEnd)),
        ("TANDEM_HOLD_BACK_FOR_FAR_END", hold(HoldChange::RetrievedByFarEnd)),
        ("TANDEM_INFORMATION_NOTIFICATION", told(InformationKind::Notification)),
        ("TANDEM_INFORMATION_KEYPAD", told(InformationKind::Keypad)),
        ("TANDEM_INFORMATION_USER_USER", told(InformationKind::UserUser)),
        ("TANDEM_INFORMATION_FACILITY", told(InformationKind::Facility)),
        ("TANDEM_INFORMATION_DISPLAY", told(InformationKind::Display)),
        ("TANDEM_INFORMATION_LATE_DIGITS", told(InformationKind::LateDigits)),
        ("TANDEM_NUMBER_END_NOT_TOLD", i64::from(number_end_number(None))),
        ("TANDEM_NUMBER_END_EN_BLOC", ends(DigitsEnd::EnBloc)),
        ("TANDEM_NUMBER_END_COMPLETE", ends(DigitsEnd::SendingComplete)),
        ("TANDEM_NUMBER_END_DIGIT", ends(DigitsEnd::EndDigit)),
        ("TANDEM_NUMBER_END_FULL", ends(DigitsEnd::Full)),
        ("TANDEM_NUMBER_END_TOO_MANY", ends(DigitsEnd::TooMany)),
        ("TANDEM_NUMBER_END_TIMER", ends(DigitsEnd::Timer)),
        ("TANDEM_NUMBER_END_NOT_IN_PLAN", ends(DigitsEnd::NotInPlan)),
        ("TANDEM_SERVICE_IN", service(ChannelService::InService)),
        ("TANDEM_SERVICE_BLOCKED", service(ChannelService::Blocked)),
        ("TANDEM_SERVICE_BLOCKED_BY_FAR", service(ChannelService::BlockedByFarEnd)),
        ("TANDEM_SERVICE_RESETTING", service(ChannelService::Resetting)),
        ("TANDEM_SERVICE_OUT", service(ChannelService::OutOfService)),
        ("TANDEM_PROGRESS_PROCEEDING", progress(|all| all.proceeding = true)),
        ("TANDEM_PROGRESS_ALERTING", progress(|all| all.alerting = true)),
        ("TANDEM_PROGRESS_IN_BAND", progress(|all| all.in_band = true)),
        ("TANDEM_PROGRESS_HELD", progress(|all| all.held = true)),
        ("TANDEM_PROGRESS_HELD_FOR_FAR_END", progress(|all| all.held_for_far_end = true)),
        ("TANDEM_STAGE_DIGITS_NOT_WANTED", stage(CallStage::DigitsNotWanted)),
        ("TANDEM_STAGE_MORE_DIGITS", stage(CallStage::MoreDigitsWanted)),
        ("TANDEM_STAGE_PROCEEDING", stage(CallStage::Proceeding)),
        ("TANDEM_STAGE_ALERTING", stage(CallStage::Alerting)),
        ("TANDEM_STAGE_PROGRESS", stage(CallStage::Progress)),
        ("TANDEM_NUMBER_UNKNOWN", kind_of_number(NumberType::Unknown)),
        ("TANDEM_NUMBER_INTERNATIONAL", kind_of_number(NumberType::International)),
        ("TANDEM_NUMBER_NATIONAL", kind_of_number(NumberType::National)),
        ("TANDEM_NUMBER_SUBSCRIBER", kind_of_number(NumberType::Subscriber)),
        ("TANDEM_NUMBER_PRIVATE", kind_of_number(NumberType::Private)),
        ("TANDEM_NUMBER_OTHER", kind_of_number(NumberType::Other(0))),
        ("TANDEM_CALL_DIALLING", state(CallState::Dialling)),
        ("TANDEM_CALL_OFFERED", state(CallState::Offered)),
        ("TANDEM_CALL_PLACED", state(CallState::Placed)),
        ("TANDEM_CALL_ANSWERED", state(CallState::Answered)),
        ("TANDEM_CALL_CLEARED", state(CallState::Cleared)),
        ("TANDEM_CALL_CLEARING", state(CallState::Clearing)),
        ("TANDEM_PERFORMANCE_NEAR", whose(End::Near)),
        ("TANDEM_PERFORMANCE_FAR", whose(End::Far)),
        ("TANDEM_PERFORMANCE_DAY", i64::from(tandem::types::PERFORMANCE_DAY)),
        ("TANDEM_WHOLE_LINE", i64::from(tandem_engine::WHOLE_LINE)),
        ("TANDEM_BEARER_SPEECH", carries(Bearer::Speech)),
        ("TANDEM_BEARER_AUDIO_3K1", carries(Bearer::Audio31)),
        ("TANDEM_BEARER_UNRESTRICTED", carries(Bearer::Unrestricted)),
        ("TANDEM_BEARER_RESTRICTED", carries(Bearer::Restricted)),
    ]);
    constants.extend(line_constants());
    constants.extend(card_constants());
    constants
}

/// The number that stands for something by a function of the library.
fn number_of<T: PartialEq>(meaning: impl Fn(u32) -> Option<T>, wanted: T) -> i64 {
    (0..100).find(|number| meaning(*number).as_ref() == Some(&wanted)).map_or(-1, i64::from)
}

fn line_constants() -> Vec<(&'static str, i64)> {
    let quality = |quality| i64::from(quality_number(quality));
    let error = |wanted| number_of(line_error, wanted);
    let alarm = |wanted| number_of(|number| alarm_order(number, true), wanted);
    let command = |wanted| number_of(loop_command, wanted);
    let code = |wanted| number_of(loop_code, wanted);
    let pattern = |wanted| number_of(pattern, wanted);
    let present = |presence| i64::from(presence_numbers(presence).0);
    let which = |wanted| {
        let number = number_of(loop_order, LineOrder::Loop(wanted));
        assert_eq!(number, i64::from(loop_number(wanted)));
        number
    };
    let frame = |kind: FrameKind| kind as i64;
    vec![
        ("TANDEM_FRAME_I", frame(FrameKind::I)),
        ("TANDEM_FRAME_RR", frame(FrameKind::Rr)),
        ("TANDEM_FRAME_RNR", frame(FrameKind::Rnr)),
        ("TANDEM_FRAME_REJ", frame(FrameKind::Rej)),
        ("TANDEM_FRAME_SABME", frame(FrameKind::Sabme)),
        ("TANDEM_FRAME_DM", frame(FrameKind::Dm)),
        ("TANDEM_FRAME_UI", frame(FrameKind::Ui)),
        ("TANDEM_FRAME_DISC", frame(FrameKind::Disc)),
        ("TANDEM_FRAME_UA", frame(FrameKind::Ua)),
        ("TANDEM_FRAME_FRMR", frame(FrameKind::Frmr)),
        ("TANDEM_FRAME_XID", frame(FrameKind::Xid)),
        ("TANDEM_QUALITY_NOT_TOLD", quality(None)),
        ("TANDEM_QUALITY_PRIMARY", quality(Some(Quality::Primary))),
        ("TANDEM_QUALITY_SUPPLY_A", quality(Some(Quality::SupplyA))),
        ("TANDEM_QUALITY_SUPPLY_B", quality(Some(Quality::SupplyB))),
        ("TANDEM_QUALITY_EQUIPMENT", quality(Some(Quality::Equipment))),
        ("TANDEM_QUALITY_UNKNOWN", quality(Some(Quality::Unknown))),
        ("TANDEM_QUALITY_DO_NOT_USE", quality(Some(Quality::DoNotUse))),
        ("TANDEM_PRESENCE_THERE", present(Presence::There)),
        ("TANDEM_PRESENCE_AWAY", present(Presence::Away)),
        ("TANDEM_PRESENCE_ANOTHER", present(Presence::Another { serial: None })),
        // These are Q.931's own, and the last none of Q.850's.
        ("TANDEM_SCREENING_NONE", i64::from(Screening::NOT_SCREENED.0)),
        ("TANDEM_SCREENING_PASSED", i64::from(Screening::PASSED.0)),
        ("TANDEM_SCREENING_FAILED", i64::from(Screening::FAILED.0)),
        ("TANDEM_SCREENING_NETWORK", i64::from(Screening::NETWORK.0)),
        ("TANDEM_SUBADDRESS_NONE", 0),
        ("TANDEM_SUBADDRESS_NSAP", 1),
        ("TANDEM_SUBADDRESS_USER", 3),
        ("TANDEM_LOCATION_NOT_TOLD", 255),
        ("TANDEM_LOOP_NONE", which(None)),
        ("TANDEM_LOOP_LOCAL", which(Some(Loopback::Local))),
        ("TANDEM_LOOP_LINE", which(Some(Loopback::Line))),
        ("TANDEM_LOOP_PAYLOAD", which(Some(Loopback::Payload))),
        ("TANDEM_LINE_ERROR_CODE", error(LineError::Code)),
        ("TANDEM_LINE_ERROR_FRAMING", error(LineError::Framing)),
        ("TANDEM_LINE_ERROR_CRC", error(LineError::Crc)),
        ("TANDEM_LINE_ERROR_PAYLOAD", error(LineError::Payload)),
        ("TANDEM_SEND_RAI", alarm(LineOrder::SendRai(true))),
        ("TANDEM_SEND_AIS", alarm(LineOrder::SendAis(true))),
        ("TANDEM_SEND_RAI_CI", alarm(LineOrder::SendRaiCi(true))),
        ("TANDEM_SEND_AIS_CI", alarm(LineOrder::SendAisCi(true))),
        ("TANDEM_COMMAND_LINE_UP", command(LoopCommand::LineUp)),
        ("TANDEM_COMMAND_LINE_DOWN", command(LoopCommand::LineDown)),
        ("TANDEM_COMMAND_PAYLOAD_UP", command(LoopCommand::PayloadUp)),
        ("TANDEM_COMMAND_PAYLOAD_DOWN", command(LoopCommand::PayloadDown)),
        ("TANDEM_COMMAND_NETWORK_UP", command(LoopCommand::NetworkUp)),
        ("TANDEM_COMMAND_ALL_DOWN", command(LoopCommand::AllDown)),
        ("TANDEM_LOOP_CODE_NONE", code(None)),
        ("TANDEM_LOOP_CODE_LINE_UP", code(Some(LoopCode::LINE_UP))),
        ("TANDEM_LOOP_CODE_LINE_DOWN", code(Some(LoopCode::LINE_DOWN))),
        ("TANDEM_LOOP_CODE_NETWORK_UP", code(Some(LoopCode::NETWORK_UP))),
        ("TANDEM_LOOP_CODE_NETWORK_DOWN", code(Some(LoopCode::NETWORK_DOWN))),
        ("TANDEM_PATTERN_PRBS9", pattern(Pattern::Prbs9)),
        ("TANDEM_PATTERN_PRBS11", pattern(Pattern::Prbs11)),
        ("TANDEM_PATTERN_PRBS15", pattern(Pattern::Prbs15)),
        ("TANDEM_PATTERN_PRBS20", pattern(Pattern::Prbs20)),
        ("TANDEM_PATTERN_QRSS", pattern(Pattern::Qrss)),
        ("TANDEM_PATTERN_PRBS23", pattern(Pattern::Prbs23)),
        ("TANDEM_PATTERN_PRBS29", pattern(Pattern::Prbs29)),
        ("TANDEM_PATTERN_PRBS31", pattern(Pattern::Prbs31)),
        ("TANDEM_PATTERN_ONES", pattern(Pattern::ONES)),
        ("TANDEM_PATTERN_ZEROS", pattern(Pattern::ZEROS)),
        ("TANDEM_PATTERN_ALTERNATING", pattern(Pattern::ALTERNATING)),
        ("TANDEM_PATTERN_ONE_IN_8", pattern(Pattern::ONE_IN_EIGHT)),
        ("TANDEM_PATTERN_3_IN_24", pattern(Pattern::THREE_IN_24)),
        ("TANDEM_LAW_OF_SPAN", number_of(law, None)),
        ("TANDEM_LAW_A", number_of(law, Some(Law::A))),
        ("TANDEM_LAW_MU", law_number(Law::Mu).into()),
        ("TANDEM_ROLE_FULL", role_number(Role::Full).0.into()),
        ("TANDEM_ROLE_LISTEN", role_number(Role::Listen).0.into()),
        ("TANDEM_ROLE_TALK", role_number(Role::Talk).0.into()),
        ("TANDEM_ROLE_COACH", role_number(Role::Coach(None)).0.into()),
        ("TANDEM_DIGITS_HEARD", number_of(hidden_digits, None)),
        ("TANDEM_DIGITS_HIDDEN_0_MS", number_of(hidden_digits, Some(Latency::Live0))),
        ("TANDEM_DIGITS_HIDDEN_12_MS", number_of(hidden_digits, Some(Latency::Live12))),
        ("TANDEM_DIGITS_HIDDEN_40_MS", number_of(hidden_digits, Some(Latency::Live40))),
        ("TANDEM_TONE_NONE", number_of(tone, None)),
        ("TANDEM_TONE_MILLIWATT", number_of(tone, Some(TestTone::Milliwatt))),
        ("TANDEM_TONE_1004", number_of(tone, Some(TestTone::Tone1004))),
    ]
}

fn card_constants() -> Vec<(&'static str, i64)> {
    let e1 = Framing::E1(E1Config::default());
    let t1 = |framing| Framing::T1(T1Config { framing, ..T1Config::default() });
    let framing = |framing| i64::from(framing_number(framing));
    let code = |code| i64::from(line_code_number(code));
    let crc4 = |mode| i64::from(crc4_number(mode));
    vec![
        ("TANDEM_FRAMING_E1", framing(e1)),
        ("TANDEM_FRAMING_T1_SF", framing(t1(T1Framing::Sf))),
        ("TANDEM_FRAMING_T1_ESF", framing(t1(T1Framing::Esf))),
        ("TANDEM_FRAMING_J1_ESF", framing(t1(T1Framing::J1Esf))),
        ("TANDEM_FRAMING_J1_SF", framing(t1(T1Framing::J1Sf))),
        ("TANDEM_LINE_CODE_AMI", code(LineCode::Ami)),
        ("TANDEM_LINE_CODE_HDB3", code(LineCode::Hdb3)),
        ("TANDEM_LINE_CODE_B8ZS", code(LineCode::B8zs)),
        ("TANDEM_CRC4_OFF", crc4(CrcMode::Off)),
        ("TANDEM_CRC4_ON", crc4(CrcMode::On)),
        ("TANDEM_CRC4_AUTO", crc4(CrcMode::Auto)),
    ]
}
