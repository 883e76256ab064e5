//! Events: fetching them, and their form for C.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines;
use crate::pointer::{Out, OutStructure};
use crate::result::entry;
use crate::types::{
    CLEARED, Event, EventType, alarm_number, class_number, end_number, heard_number, hold_number,
    information_number, loop_number, reasons_text, service_number, severity_number, sound_number,
    span_news_number, stage_number, tap_state_number,
};
use std::ffi::{c_char, c_int};
use std::os::fd::AsRawFd;
use tandem_engine::{CallId, CallNews, EndReason, EventKind, Sound, SpanNews};
use tandem_types::{FRAMES_PER_MS, Frames, Handle};

/// Fetches the next event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_event_wait(engine: u64, timeout_ms: i64, event: *mut Event) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(event, "event")? };
        let open = engines::get(engine)?;
        let told = open.wait(frames_of_ms(timeout_ms), |slice| Ok(open.engine.event_wait(Some(slice))))?;
        out.put(&event_for_host(&told));
        Ok(())
    })
}

/// So many milliseconds; what is negative has no end.
pub(crate) fn frames_of_ms(ms: i64) -> Option<Frames> {
    u64::try_from(ms).ok().map(|ms| Frames(ms.saturating_mul(FRAMES_PER_MS)))
}

/// Gives a file descriptor that is readable while events wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_event_fd(engine: u64, fd: *mut c_int) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let fd = unsafe { Out::new(fd, "fd")? };
        fd.put(engines::get(engine)?.engine.event_fd().as_raw_fd());
        Ok(())
    })
}

pub(crate) fn event_for_host(event: &tandem_engine::Event) -> Event {
    let shown = Shown::new(&event.kind);
    Event {
        size: size_of::<Event>() as u32,
        kind: shown.kind as u32,
        seq: event.seq,
        frame: event.at.0,
        object: shown.object.map_or(0, Handle::raw),
        call: shown.call.0,
        operation: shown.operation.map_or(0, Handle::raw),
        reason: shown.reason,
        value: shown.value,
        length_ms: shown.length_ms,
        gap_ms: shown.gap_ms,
        start: shown.start,
        text: if shown.octets.is_empty() { fixed_text(&shown.text) } else { fixed_octets(&shown.octets) },
        lost_ms: shown.lost_ms,
        gaps: u32::try_from(shown.gaps).unwrap_or(u32::MAX),
        reserved: 0,
    }
}

/// The fields of an event that depend on its type.
struct Shown {
    kind: EventType,
    object: Option<Handle>,
    call: CallId,
    operation: Option<Handle>,
    reason: i32,
    value: i32,
    length_ms: u64,
    gap_ms: u64,
    lost_ms: u64,
    gaps: u64,
    /// A frame, or a call.
    start: u64,
    text: String,
    /// In place of a text.
    octets: Vec<u8>,
}

impl Shown {
    fn new(kind: &EventKind) -> Self {
        match kind {
            EventKind::CallOffered { call, channel, called } => {
                Self { text: called.clone(), ..Self::of_call(EventType::CallOffered, *call, *channel) }
            }
            EventKind::CallProgress { call, channel, stage, in_band } => Self {
                value: stage_number(*stage),
                reason: i32::from(*in_band),
                ..Self::of_call(EventType::CallProgress, *call, *channel)
            },
            EventKind::LinkChanged { span, up } => {
                Self { value: i32::from(*up), object: Some(*span), ..Self::empty(EventType::LinkChanged) }
            }
            EventKind::CallDisconnected { call, channel, cause, in_band } => Self {
                value: i32::from(cause.value()),
                reason: i32::from(*in_band),
                ..Self::of_call(EventType::CallDisconnected, *call, *channel)
            },
            EventKind::CallHold { call, channel, change } => {
                Self { value: hold_number(*change), ..Self::of_call(EventType::CallHold, *call, *channel) }
            }
            EventKind::CallTransferred { call, channel, to, reason, cause } => Self {
                value: cause.map_or(0, |cause| i32::from(cause.value())),
                reason: end_number(*reason),
                start: to.0,
                ..Self::of_call(EventType::CallTransferred, *call, *channel)
            },
            EventKind::CallInformation { call, channel, kind, octets } => Self {
                value: information_number(*kind) as i32,
                reason: octets.len().min(LONGEST_TEXT) as i32,
                octets: octets.clone(),
                ..Self::of_call(EventType::CallInformation, *call, *channel)
            },
            EventKind::SoundBegan { call, channel, sound } => {
                Self::of_sound(EventType::SoundBegan, *call, *channel, *sound)
            }
            EventKind::SoundEnded { call, channel, sound, length_ms } => Self {
                length_ms: *length_ms,
                ..Self::of_sound(EventType::SoundEnded, *call, *channel, *sound)
            },
            EventKind::CallerId { call, channel, octets } => Self {
                reason: octets.len().min(LONGEST_TEXT) as i32,
                octets: octets.clone(),
                ..Self::of_call(EventType::CallerId, *call, *channel)
            },
            EventKind::DigitEnded { call, channel, digit, length_ms, tones } => Self {
                value: tenths(tones.low_dbm0),
                reason: tenths(tones.high_dbm0),
                length_ms: *length_ms,
                text: format!("{digit} {:.1} {:.1}", tones.low_offset_hz, tones.high_offset_hz),
                ..Self::of_call(EventType::DigitEnded, *call, *channel)
            },
            EventKind::TimerDone { timer, channel, call, reason } => Self {
                object: *channel,
                call: *call,
                operation: Some(*timer),
                reason: end_number(*reason),
                ..Self::empty(EventType::Timer)
            },
            EventKind::GroupBusy { group, name, all_busy } => Self {
                value: i32::from(*all_busy),
                reason: *group as i32,
                text: name.clone(),
                ..Self::empty(EventType::GroupBusy)
            },
            EventKind::PartySpeaks { call, channel, bridge, speaks } => Self {
                value: i32::from(*speaks),
                operation: Some(*bridge),
                ..Self::of_call(EventType::Talker, *call, *channel)
            },
            EventKind::FramesReceived { span, number } => {
                Self { value: *number as i32, object: Some(*span), ..Self::empty(EventType::Frame) }
            }
            EventKind::FramesSendable { span, number } => {
                Self { value: *number as i32, object: Some(*span), ..Self::empty(EventType::FrameRoom) }
            }
            EventKind::BridgeModerated { bridge, on } => Self {
                value: i32::from(*on),
                object: Some(*bridge),
                ..Self::empty(EventType::BridgeModerated)
            },
            EventKind::TapCall { info } => Self {
                value: tap_state_number(info.state) as i32,
                object: info.from_network,
                call: info.call,
                operation: Some(info.span),
                reason: info.cause.map_or(0, |cause| i32::from(cause.value())),
                text: info.parties.called.number.clone(),
                ..Self::empty(EventType::TapCall)
            },
            EventKind::BitsReceived { channel, bits } => {
                Self { value: i32::from(bits.bits()), object: Some(*channel), ..Self::empty(EventType::Bits) }
            }
            EventKind::AlarmChanged { alarm, active } => Self {
                value: if *active { severity_number(alarm.severity) } else { CLEARED } as i32,
                reason: alarm_number(alarm.kind) as i32,
                object: alarm.object,
                text: alarm.text.clone(),
                ..Self::empty(EventType::Alarm)
            },
            EventKind::SpanChanged { span, news } => Self {
                value: span_news_number(news),
                object: Some(*span),
                text: if let SpanNews::Refused(problem) = news { problem.clone() } else { String::new() },
                ..Self::empty(EventType::SpanChanged)
            },
            EventKind::CallAnalysed { call, channel, news } => Self::of_news(*call, *channel, news),
            EventKind::StreamReady { operation, channel, call, ready_ms } => Self {
                operation: Some(*operation),
                length_ms: *ready_ms,
                ..Self::of_call(EventType::StreamReady, *call, *channel)
            },
            EventKind::StreamDone { operation, channel, call, reason, given_ms, lost_ms } => {
                let done = Self::of_operation(EventType::StreamDone, *operation, *channel, *call, *reason);
                Self { length_ms: *given_ms, gap_ms: *lost_ms, ..done }
            }
            EventKind::SpanFacility { span, octets } => Self {
                object: Some(*span),
                reason: octets.len().min(LONGEST_TEXT) as i32,
                octets: octets.clone(),
                ..Self::empty(EventType::SpanFacility)
            },
            EventKind::ChannelServiceChanged { channel, service } => Self {
                value: service_number(*service) as i32,
                object: Some(*channel),
                ..Self::empty(EventType::ChannelService)
            },
            EventKind::LinkSwitched { span, .. } => {
                Self { object: Some(*span), ..Self::empty(EventType::LinkSwitched) }
            }
            EventKind::LinkLooped { span, looped } => {
                Self { value: i32::from(*looped), object: Some(*span), ..Self::empty(EventType::LinkLooped) }
            }
            EventKind::CallAnswered { call, channel } => {
                Self::of_call(EventType::CallAnswered, *call, *channel)
            }
            EventKind::CallCleared { call, channel, cause, by_far_end } => Self {
                value: i32::from(cause.value()),
                reason: i32::from(*by_far_end),
                ..Self::of_call(EventType::CallCleared, *call, *channel)
            },
            EventKind::Digit { call, channel, digit } => {
                Self { text: digit.to_string(), ..Self::of_call(EventType::Digit, *call, *channel) }
            }
            EventKind::PlayDone { operation, channel, call, reason, played_ms, position_ms } => {
                let done = Self::of_operation(EventType::PlayDone, *operation, *channel, *call, *reason);
                let value = i32::try_from(*position_ms).unwrap_or(i32::MAX);
                Self { length_ms: *played_ms, value, ..done }
            }
            EventKind::CollectDone { operation, channel, call, reason, digits } => {
                let done = Self::of_operation(EventType::CollectDone, *operation, *channel, *call, *reason);
                Self { text: digits.clone(), ..done }
            }
            EventKind::RecordDone {
                operation,
                channel,
                call,
                reason,
                path,
                start,
                from_ms,
                recorded_ms,
                gap_ms,
                lost_ms,
                gaps,
                problem,
            } => {
                let path = path.display();
                let failed = *reason == EndReason::Failed;
                Self {
                    length_ms: *recorded_ms,
                    gap_ms: *gap_ms,
                    lost_ms: *lost_ms,
                    gaps: *gaps,
                    start: start.0,
                    value: i32::try_from(*from_ms).unwrap_or(i32::MAX),
                    text: if failed { format!("{path}: {problem}") } else { path.to_string() },
                    ..Self::of_operation(EventType::RecordDone, *operation, *channel, *call, *reason)
                }
            }
            EventKind::RecordSegment {
                operation,
                channel,
                call,
                number,
                path,
                start,
                recorded_ms,
                gap_ms,
                lost_ms,
                gaps,
            } => Self {
                operation: Some(*operation),
                value: i32::try_from(*number).unwrap_or(i32::MAX),
                start: start.0,
                length_ms: *recorded_ms,
                gap_ms: *gap_ms,
                lost_ms: *lost_ms,
                gaps: *gaps,
                text: path.display().to_string(),
                ..Self::of_call(EventType::RecordSegment, *call, *channel)
            },
            EventKind::SpanDefects { span, defects } => Self {
                value: i32::from(defects.bits()),
                object: Some(*span),
                ..Self::empty(EventType::SpanDefects)
            },
            EventKind::SpanFailed { span, defects } => Self {
                value: i32::from(defects.bits()),
                object: Some(*span),
                ..Self::empty(EventType::SpanFailed)
            },
            EventKind::SpanRestored { span } => {
                Self { object: Some(*span), ..Self::empty(EventType::SpanRestored) }
            }
            EventKind::ClockChanged { source } => {
                Self { object: *source, ..Self::empty(EventType::ClockChanged) }
            }
            EventKind::TimingLoop { span } => {
                Self { object: Some(*span), ..Self::empty(EventType::TimingLoop) }
            }
            EventKind::SpanLooped { span, looped, by_far_end } => Self {
                value: loop_number(*looped) as i32,
                reason: i32::from(*by_far_end),
                object: Some(*span),
                ..Self::empty(EventType::SpanLooped)
            },
            EventKind::EngineFailed { part } => {
                Self { text: part.clone(), ..Self::empty(EventType::EngineFailed) }
            }
            EventKind::Overflow { dropped } => {
                let value = i32::try_from(*dropped).unwrap_or(i32::MAX);
                Self { value, ..Self::empty(EventType::Overflow) }
            }
        }
    }

    const fn empty(kind: EventType) -> Self {
        Self {
            kind,
            object: None,
            call: CallId::NONE,
            operation: None,
            reason: 0,
            value: 0,
            length_ms: 0,
            gap_ms: 0,
            lost_ms: 0,
            gaps: 0,
            start: 0,
            text: String::new(),
            octets: Vec::new(),
        }
    }

    fn of_call(kind: EventType, call: CallId, channel: Handle) -> Self {
        Self { call, object: Some(channel), ..Self::empty(kind) }
    }

    fn of_sound(kind: EventType, call: CallId, channel: Handle, sound: Sound) -> Self {
        Self {
            value: sound_number(sound),
            text: sound.name().to_owned(),
            ..Self::of_call(kind, call, channel)
        }
    }

    fn of_news(call: CallId, channel: Handle, news: &CallNews) -> Self {
        match news {
            CallNews::Goes(what) => {
                Self { value: heard_number(*what), ..Self::of_call(EventType::CallHeard, call, channel) }
            }
            CallNews::Beep { length, hz } => Self {
                value: hz.round() as i32,
                length_ms: length.as_ms(),
                ..Self::of_call(EventType::CallBeep, call, channel)
            },
            CallNews::Verdict(verdict) => Self {
                value: class_number(verdict.class),
                reason: verdict.confidence.into(),
                length_ms: verdict.greeting.as_ms(),
                gap_ms: (verdict.decided - verdict.start).as_ms(),
                text: reasons_text(verdict.reasons),
                ..Self::of_call(EventType::CallAnalysed, call, channel)
            },
        }
    }

    fn of_operation(
        kind: EventType,
        operation: Handle,
        channel: Handle,
        call: CallId,
        reason: EndReason,
    ) -> Self {
        let (operation, object) = (Some(operation), Some(channel));
        Self { operation, object, call, reason: end_number(reason), ..Self::empty(kind) }
    }
}

/// What the text of an event has room for.
const LONGEST_TEXT: usize = 255;

/// Octets in an array, with a zero octet behind them.
fn fixed_octets<const LENGTH: usize>(octets: &[u8]) -> [c_char; LENGTH] {
    let mut array = [0; LENGTH];
    for (place, octet) in array.iter_mut().take(LENGTH - 1).zip(octets) {
        *place = *octet as c_char;
    }
    array
}

/// Text in an array, cut between characters, with a zero octet at its end.
pub(crate) fn fixed_text<const LENGTH: usize>(text: &str) -> [c_char; LENGTH] {
    let end = (0..LENGTH).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let mut array = [0; LENGTH];
    for (place, octet) in array.iter_mut().zip(text[..end].bytes()) {
        *place = octet as c_char;
    }
    array
}

/// Decibels in tenths.
fn tenths(db: f32) -> i32 {
    (db * 10.0).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_types::FrameTime;
    use tandem_types::{Defect, Defects, HandleKind};

    fn shown(kind: EventKind) -> Event {
        event_for_host(&tandem_engine::Event { seq: 3, at: FrameTime(80), kind })
    }

    fn text(event: &Event) -> String {
        event.text.iter().take_while(|octet| **octet != 0).map(|octet| *octet as u8 as char).collect()
    }

    #[test]
    fn a_failed_recording_tells_its_file_and_what_failed() {
        let operation = Handle::new(HandleKind::Operation, 9, 2);
        let record = |reason| EventKind::RecordDone {
            operation,
            channel: Handle::new(HandleKind::Channel, 4, 1),
            call: CallId(5),
            reason,
            path: "calls/5.wav".into(),
            start: FrameTime(8),
            from_ms: 900,
            recorded_ms: 1200,
            gap_ms: 20,
            lost_ms: 31,
            gaps: 7,
            problem: "no space left".into(),
        };
        let good = shown(record(EndReason::Hangup));
        assert_eq!((good.kind, good.reason, good.seq, good.frame), (7, 6, 3, 80));
        assert_eq!(
            (good.object, good.call, good.operation),
            (0x0300_0004_0000_0001, 5, 0x0500_0009_0000_0002)
        );
        assert_eq!((good.start, good.value), (8, 900));
        assert_eq!((good.length_ms, good.gap_ms, text(&good)), (1200, 20, "calls/5.wav".into()));
        assert_eq!((good.lost_ms, good.gaps), (31, 7));
        let bad = shown(record(EndReason::Failed));
        assert_eq!((bad.reason, text(&bad)), (8, "calls/5.wav: no space left".into()));
    }

    #[test]
    fn what_is_told_of_spans_and_dropped_events_is_in_object_value_and_reason() {
        let span = Handle::new(HandleKind::Span, 1, 1);
        let mut defects = Defects::only(Defect::Lof);
        defects.set(Defect::CasAis, true);
        let failed = shown(EventKind::SpanFailed { span, defects });
        assert_eq!((failed.kind, failed.value, failed.object), (9, 130, 0x0200_0001_0000_0001));
        assert_eq!(shown(EventKind::SpanDefects { span, defects }).kind, 8);
        let restored = shown(EventKind::SpanRestored { span });
        assert_eq!((restored.kind, restored.object), (10, span.raw()));
        let followed = shown(EventKind::ClockChanged { source: Some(span) });
        assert_eq!((followed.kind, followed.object), (13, span.raw()));
        assert_eq!(shown(EventKind::ClockChanged { source: None }).object, 0);
        let looped = shown(EventKind::TimingLoop { span });
        assert_eq!((looped.kind, looped.object), (14, span.raw()));
        let line = Some(tandem_engine::Loopback::Line);
        let commanded = shown(EventKind::SpanLooped { span, looped: line, by_far_end: true });
        assert_eq!((commanded.kind, commanded.value, commanded.reason), (15, 2, 1));
        let opened = shown(EventKind::SpanLooped { span, looped: None, by_far_end: false });
        assert_eq!((opened.object, opened.value, opened.reason), (span.raw(), 0, 0));
        let overflow = shown(EventKind::Overflow { dropped: u64::MAX });
        assert_eq!((overflow.kind, overflow.value), (11, i32::MAX));
    }

    #[test]
    fn text_is_cut_between_characters_and_ends_with_a_zero_octet() {
        let cut: [c_char; 5] = fixed_text("aaaé");
        assert_eq!(cut, [b'a' as c_char, b'a' as c_char, b'a' as c_char, 0, 0]);
        let fits: [c_char; 5] = fixed_text("aaaa");
        assert_eq!(fits[3..], [b'a' as c_char, 0]);
    }
}
