//! The library's own types and functions are those of the header, as `bindgen` reads it.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use tandem::types::{Event, EventType, bearer, call_state_number, end_number, log_number, performance_end};
use tandem_bindings as outside;
use tandem_engine::{CallState, End, EndReason};
use tandem_types::{Bearer, Defect, Defects};

/// The library's functions and types under the names of the header.
mod inside {
    pub(crate) use tandem::bridge::*;
    pub(crate) use tandem::call::*;
    pub(crate) use tandem::engine::*;
    pub(crate) use tandem::event::*;
    pub(crate) use tandem::info::*;
    pub(crate) use tandem::log::{LogFunction as tandem_log_function, tandem_log_set};
    pub(crate) use tandem::operation::*;
    pub(crate) use tandem::result::*;
    pub(crate) use tandem::types::{
        CallInfo as tandem_call_info, Event as tandem_event, Performance as tandem_performance,
        SpanInfo as tandem_span_info, Statistics as tandem_statistics, Terms as tandem_terms,
    };
}

/// Every function with its type: what both sides must have.
macro_rules! with_signatures {
    ($then:ident $($more:tt)*) => {
        $then! {
            [$($more)*]
            tandem_abi_version: () -> u32;
            tandem_version: () -> *const c_char;
            tandem_strerror: (i32) -> *const c_char;
            tandem_problem: () -> *const c_char;
            tandem_log_set: (tandem_log_function, *mut c_void, u32) -> i32;
            tandem_engine_open: (*const c_char, *mut u64) -> i32;
            tandem_engine_open_file: (*const c_char, *mut u64) -> i32;
            tandem_engine_close: (u64) -> i32;
            tandem_engine_advance: (u64, u64) -> i32;
            tandem_event_wait: (u64, i64, *mut tandem_event) -> i32;
            tandem_event_fd: (u64, *mut c_int) -> i32;
            tandem_call_answer: (u64, u64) -> i32;
            tandem_call_clear: (u64, u64, u32) -> i32;
            tandem_call_place: (u64, u64, *const c_char, *mut u64) -> i32;
            tandem_call_get_info: (u64, u64, *mut tandem_call_info) -> i32;
            tandem_call_set_user: (u64, u64, u64) -> i32;
            tandem_play: (u64, u64, *const c_char, *const tandem_terms, *mut u64) -> i32;
            tandem_play_samples: (u64, u64, *const i16, usize, *const tandem_terms, *mut u64) -> i32;
            tandem_collect: (u64, u64, *const tandem_terms, *mut u64) -> i32;
            tandem_record: (u64, u64, *const c_char, *const tandem_terms, *mut u64) -> i32;
            tandem_digits_clear: (u64, u64) -> i32;
            tandem_operation_stop: (u64, u64) -> i32;
            tandem_connect: (u64, u64, u64, u32) -> i32;
            tandem_bridge_new: (u64, *mut u64) -> i32;
            tandem_bridge_free: (u64, u64) -> i32;
            tandem_bridge_join: (u64, u64, u64) -> i32;
            tandem_bridge_leave: (u64, u64) -> i32;
            tandem_span_get_info: (u64, u32, *mut tandem_span_info) -> i32;
            tandem_span_get_performance: (u64, u32, u32, u32, *mut tandem_performance) -> i32;
            tandem_channel_find: (u64, u32, u32, *mut u64) -> i32;
            tandem_get_statistics: (u64, *mut tandem_statistics) -> i32;
        }
    };
}

macro_rules! names {
    ([] $($name:ident: ($($parameter:ty),*) -> $result:ty;)+) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

/// Compiles only if the functions of that side have these types exactly.
macro_rules! side_has_them {
    ([$module:ident $side:ident] $($name:ident: ($($parameter:ty),*) -> $result:ty;)+) => {
        mod $module {
            use super::$side::{self as side, *};
            use std::ffi::{c_char, c_int, c_void};
            $(const _: unsafe extern "C" fn($($parameter),*) -> $result = side::$name;)+
        }
    };
}

with_signatures!(names);
with_signatures!(side_has_them checked_inside inside);
with_signatures!(side_has_them checked_outside outside);

#[test]
fn the_types_of_all_functions_are_compared() {
    let mut header: Vec<String> = common::header::prototypes().into_iter().map(|one| one.name).collect();
    let mut compared: Vec<&str> = NAMES.to_vec();
    header.sort_unstable();
    compared.sort_unstable();
    assert_eq!(header, compared);
}

/// Compares a structure of ours with that of the header: size, alignment, and every field's place.
macro_rules! same_layout {
    ($ours:ident, $theirs:ident { $($field:ident = $name:ident),+ $(,)? }) => {{
        // Naming every field fails to compile when the header has one more.
        let fields = |value: outside::$theirs| {
            let outside::$theirs { $($name),+ } = value;
            let _ = ($($name),+);
        };
        let _ = fields;
        assert_eq!(size_of::<tandem::types::$ours>(), size_of::<outside::$theirs>());
        assert_eq!(align_of::<tandem::types::$ours>(), align_of::<outside::$theirs>());
        $(assert_eq!(
            std::mem::offset_of!(tandem::types::$ours, $field),
            std::mem::offset_of!(outside::$theirs, $name),
            stringify!($field)
        );)+
        let sizes = [$(size_of_field(|value: &tandem::types::$ours| &value.$field)),+];
        assert_eq!(sizes, [$(size_of_field(|value: &outside::$theirs| &value.$name)),+]);
        assert_eq!(sizes.iter().sum::<usize>(), size_of::<outside::$theirs>(), "there is no padding");
    }};
}

const fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

#[test]
fn every_structure_is_laid_out_as_in_the_header() {
    same_layout!(Event, tandem_event {
        size = size, kind = type_, seq = seq, frame = frame, object = object, call = call,
        operation = operation, reason = reason, value = value, length_ms = length_ms, gap_ms = gap_ms,
        text = text,
    });
    same_layout!(CallInfo, tandem_call_info { size = size, state = state, channel = channel, user = user });
    same_layout!(Terms, tandem_terms {
        size = size, any_digit = any_digit, digits = digits, max_digits = max_digits,
        first_digit_ms = first_digit_ms, inter_digit_ms = inter_digit_ms, max_time_ms = max_time_ms,
    });
    same_layout!(SpanInfo, tandem_span_info {
        size = size, defects = defects, span = span, failed = failed, channels = channels, calls = calls,
        reserved = reserved,
    });
    same_layout!(Performance, tandem_performance {
        size = size, seconds = seconds,
        errored_seconds = errored_seconds,
        severely_errored_seconds = severely_errored_seconds,
        severely_errored_framing_seconds = severely_errored_framing_seconds,
        bursty_errored_seconds = bursty_errored_seconds,
        unavailable_seconds = unavailable_seconds,
        line_errored_seconds = line_errored_seconds,
        controlled_slip_seconds = controlled_slip_seconds,
        degraded_minutes = degraded_minutes,
        path_coding_violations = path_coding_violations,
        line_coding_violations = line_coding_violations,
        background_block_errors = background_block_errors,
        failures = failures,
    });
    same_layout!(Statistics, tandem_statistics {
        size = size, calls_active = calls_active, frames = frames, ticks = ticks, late_ticks = late_ticks,
        calls_offered = calls_offered, calls_refused = calls_refused, calls_placed = calls_placed,
        calls_answered = calls_answered, calls_cleared = calls_cleared, digits_received = digits_received,
        digits_dropped = digits_dropped, recordings = recordings, recorded_ms = recorded_ms,
        octets_in = octets_in, octets_out = octets_out, octets_tap_dropped = octets_tap_dropped,
        octets_starved = octets_starved, octets_muted = octets_muted,
        card_frames_missed = card_frames_missed, slips = slips, span_failures = span_failures,
        events_dropped = events_dropped,
    });
}

#[test]
fn the_sizes_of_version_0_1_stay_as_they_were() {
    // Raw numbers: hosts compiled with the first header say these. They never grow.
    assert_eq!(size_of::<Event>(), 328);
    assert_eq!(size_of::<tandem::types::CallInfo>(), 24);
    assert_eq!(size_of::<tandem::types::Terms>(), 56);
    assert_eq!(size_of::<tandem::types::SpanInfo>(), 32);
    assert_eq!(size_of::<tandem::types::Performance>(), 104);
    assert_eq!(size_of::<tandem::types::Statistics>(), 176);
}

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
    ];
    constants.extend(codes.into_iter().zip(tandem::result::Code::ALL.map(|code| code as i64)));
    let level = |level| log_number(level).map_or(0, i64::from);
    let defect = |defect| i64::from(Defects::only(defect).bits());
    let end = |reason| i64::from(end_number(reason));
    let state = |state| i64::from(call_state_number(state));
    let whose =
        |wanted| (0..10).find(|number| performance_end(*number) == Some(wanted)).map_or(-1, i64::from);
    let carries = |wanted| (0..10).find(|number| bearer(*number) == Some(wanted)).map_or(-1, i64::from);
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
        ("TANDEM_END_FINISHED", end(EndReason::Finished)),
        ("TANDEM_END_DIGIT", end(EndReason::Digit)),
        ("TANDEM_END_MAX_DIGITS", end(EndReason::MaxDigits)),
        ("TANDEM_END_DIGIT_TIMEOUT", end(EndReason::DigitTimeout)),
        ("TANDEM_END_MAX_TIME", end(EndReason::MaxTime)),
        ("TANDEM_END_HANGUP", end(EndReason::Hangup)),
        ("TANDEM_END_STOPPED", end(EndReason::Stopped)),
        ("TANDEM_END_FAILED", end(EndReason::Failed)),
        ("TANDEM_DEFECT_LOS", defect(Defect::Los)),
        ("TANDEM_DEFECT_LOF", defect(Defect::Lof)),
        ("TANDEM_DEFECT_AIS", defect(Defect::Ais)),
        ("TANDEM_DEFECT_RAI", defect(Defect::Rai)),
        ("TANDEM_DEFECT_LOMF", defect(Defect::Lomf)),
        ("TANDEM_DEFECT_CAS_LOF", defect(Defect::LossOfCasMultiframe)),
        ("TANDEM_DEFECT_CAS_RAI", defect(Defect::CasRai)),
        ("TANDEM_DEFECT_CAS_AIS", defect(Defect::CasAis)),
        ("TANDEM_CALL_DIALLING", state(CallState::Dialling)),
        ("TANDEM_CALL_OFFERED", state(CallState::Offered)),
        ("TANDEM_CALL_PLACED", state(CallState::Placed)),
        ("TANDEM_CALL_ANSWERED", state(CallState::Answered)),
        ("TANDEM_PERFORMANCE_NEAR", whose(End::Near)),
        ("TANDEM_PERFORMANCE_FAR", whose(End::Far)),
        ("TANDEM_PERFORMANCE_DAY", i64::from(tandem::types::PERFORMANCE_DAY)),
        ("TANDEM_BEARER_SPEECH", carries(Bearer::Speech)),
        ("TANDEM_BEARER_AUDIO_3K1", carries(Bearer::Audio31)),
        ("TANDEM_BEARER_UNRESTRICTED", carries(Bearer::Unrestricted)),
        ("TANDEM_BEARER_RESTRICTED", carries(Bearer::Restricted)),
    ]);
    constants
}

#[test]
fn the_version_of_the_interface_is_the_headers() {
    let version = unsafe { outside::tandem_abi_version() };
    assert_eq!(version, outside::TANDEM_VERSION_MAJOR << 16 | outside::TANDEM_VERSION_MINOR);
    assert_eq!(common::text_at(unsafe { outside::tandem_version() }), env!("CARGO_PKG_VERSION"));
}
