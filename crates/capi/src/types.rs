//! The structures of the header, and what its numbers mean in Rust.
use std::ffi::c_char;
use tandem_engine::{CallState, End, EndReason};
use tandem_types::Bearer;

/// `tandem_event`: one thing that happened.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)] // the header documents the fields
pub struct Event {
    pub size: u32,
    pub kind: u32,
    pub seq: u64,
    pub frame: u64,
    pub object: u64,
    pub call: u64,
    pub operation: u64,
    pub reason: i32,
    pub value: i32,
    pub length_ms: u64,
    pub gap_ms: u64,
    pub text: [c_char; 256],
}

/// `tandem_call_info`: what is known of a call.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct CallInfo {
    pub size: u32,
    pub state: u32,
    pub channel: u64,
    pub user: u64,
}

/// `tandem_terms`: what ends an operation.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Terms {
    pub size: u32,
    pub any_digit: u32,
    pub digits: [c_char; 20],
    pub max_digits: u32,
    pub first_digit_ms: u64,
    pub inter_digit_ms: u64,
    pub max_time_ms: u64,
}

/// `tandem_span_info`: the state of a span.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct SpanInfo {
    pub size: u32,
    pub defects: u32,
    pub span: u64,
    pub failed: u32,
    pub channels: u32,
    pub calls: u32,
    pub reserved: u32,
}

/// `tandem_performance`: the performance of one end of a span.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Performance {
    pub size: u32,
    pub seconds: u32,
    pub errored_seconds: u64,
    pub severely_errored_seconds: u64,
    pub severely_errored_framing_seconds: u64,
    pub bursty_errored_seconds: u64,
    pub unavailable_seconds: u64,
    pub line_errored_seconds: u64,
    pub controlled_slip_seconds: u64,
    pub degraded_minutes: u64,
    pub path_coding_violations: u64,
    pub line_coding_violations: u64,
    pub background_block_errors: u64,
    pub failures: u64,
}

/// `tandem_statistics`: what an engine has counted.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs)]
pub struct Statistics {
    pub size: u32,
    pub calls_active: u32,
    pub frames: u64,
    pub ticks: u64,
    pub late_ticks: u64,
    pub calls_offered: u64,
    pub calls_refused: u64,
    pub calls_placed: u64,
    pub calls_answered: u64,
    pub calls_cleared: u64,
    pub digits_received: u64,
    pub digits_dropped: u64,
    pub recordings: u64,
    pub recorded_ms: u64,
    pub octets_in: u64,
    pub octets_out: u64,
    pub octets_tap_dropped: u64,
    pub octets_starved: u64,
    pub octets_muted: u64,
    pub card_frames_missed: u64,
    pub slips: u64,
    pub span_failures: u64,
    pub events_dropped: u64,
}

/// `TANDEM_EVENT_`: the types of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)]
pub enum EventType {
    CallOffered = 1,
    CallAnswered = 2,
    CallCleared = 3,
    Digit = 4,
    PlayDone = 5,
    CollectDone = 6,
    RecordDone = 7,
    SpanDefects = 8,
    SpanFailed = 9,
    SpanRestored = 10,
    Overflow = 11,
    EngineFailed = 12,
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
    }
}

/// `TANDEM_CALL_`: where a call stands.
#[must_use]
pub const fn call_state_number(state: CallState) -> u32 {
    match state {
        CallState::Dialling => 1,
        CallState::Offered => 2,
        CallState::Placed => 3,
        CallState::Answered => 4,
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
