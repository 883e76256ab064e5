//! Spans, channels and statistics.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines::{self, handle};
use crate::event::fixed_text;
use crate::pointer::{Out, OutStructure, text};
use crate::result::{Code, Failure, entry};
use crate::types::{
    Alarm, CardInfo, ChannelState, GroupStatistics, PERFORMANCE_DAY, Performance, SpanInfo, Statistics, Time,
    alarm_number, hears_number, performance_end, presence_numbers, serial_number, service_number,
    severity_number,
};
use std::ffi::c_char;
use tandem_engine::EngineError;
use tandem_types::{Abcd, FRAMES_PER_MS, FrameTime, Frames, Handle, HandleKind};

/// Tells the state of a span.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_get_info(engine: u64, index: u32, info: *mut SpanInfo) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let info = unsafe { OutStructure::new(info, "info")? };
        let spans = engines::get(engine)?.engine.spans()?;
        let state = spans.get(index as usize).ok_or_else(|| no_such_span(index, spans.len()))?;
        info.put(&SpanInfo {
            size: size_of::<SpanInfo>() as u32,
            defects: u32::from(state.defects.bits()),
            span: state.span.raw(),
            failed: u32::from(state.failed),
            channels: state.channels as u32,
            calls: state.calls as u32,
            looped: u32::from(state.looped),
            frames_lost: state.frames_lost,
        });
        Ok(())
    })
}

/// Tells the state of a card.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_card_get_info(engine: u64, index: u32, info: *mut CardInfo) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let info = unsafe { OutStructure::new(info, "info")? };
        let cards = engines::get(engine)?.engine.cards()?;
        let card = cards.get(index as usize).ok_or_else(|| {
            Failure::argument(format!("index: there is no card {index}; there are {}", cards.len()))
        })?;
        let (presence, other_serial) = presence_numbers(card.presence);
        info.put(&CardInfo {
            size: size_of::<CardInfo>() as u32,
            presence,
            serial: serial_number(card.serial),
            other_serial,
            ports: card.ports as u32,
            reserved: 0,
            name: fixed_text(&card.name),
            model: fixed_text(&card.model),
            text: fixed_text(&card.to_string()),
        });
        Ok(())
    })
}

/// Tells the performance of an end of a span.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_get_performance(
    engine: u64,
    index: u32,
    end: u32,
    ago: u32,
    performance: *mut Performance,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(performance, "performance")? };
        let open = engines::get(engine)?;
        let spans = open.engine.config().spans.len();
        if index as usize >= spans {
            return Err(no_such_span(index, spans));
        }
        let end =
            performance_end(end).ok_or_else(|| Failure::argument("end: 0 is the near end, 1 the far end"))?;
        let told = if ago == PERFORMANCE_DAY {
            open.engine.performance_of_day(index as usize, end)?
        } else {
            let told = open.engine.performance(index as usize, end, ago as usize)?;
            told.ok_or(EngineError::WrongState("the engine is not that old"))?
        };
        out.put(&performance_for_host(&told));
        Ok(())
    })
}

/// Finds the channel in a timeslot of a span.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_channel_find(
    engine: u64,
    index: u32,
    timeslot: u32,
    channel: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let channel = unsafe { Out::new(channel, "channel")? };
        let open = engines::get(engine)?;
        let spans = open.engine.config().spans.len();
        if index as usize >= spans {
            return Err(no_such_span(index, spans));
        }
        let channels = open.engine.channels(index as usize)?;
        let found = channels.iter().find(|(_, slot)| u32::from(*slot) == timeslot);
        let no_traffic = || format!("timeslot: slot {timeslot} of span {index} carries no traffic");
        let (found, _) = found.ok_or_else(|| Failure::argument(no_traffic()))?;
        channel.put(found.raw());
        Ok(())
    })
}

/// Reads the counters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_get_statistics(engine: u64, statistics: *mut Statistics) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(statistics, "statistics")? };
        out.put(&statistics_for_host(&engines::get(engine)?.engine.statistics()?));
        Ok(())
    })
}

/// Sends signalling bits.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_channel_send_bits(engine: u64, channel: u64, bits: u32, ms: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        let bits = u8::try_from(bits).ok().filter(|bits| *bits < 16);
        let bits = bits.ok_or_else(|| Failure::argument("bits: they are 0 to 15".to_owned()))?;
        let length = Frames(ms.saturating_mul(FRAMES_PER_MS));
        Ok(open.engine.send_bits(channel, Abcd::new(bits), length)?)
    })
}

/// Tells the signalling bits of a channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_channel_get_bits(
    engine: u64,
    channel: u64,
    received: *mut u32,
    sent: *mut u32,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (received, sent) = unsafe { (Out::new(received, "received")?, Out::new(sent, "sent")?) };
        let open = engines::get(engine)?;
        let bits = open.engine.bits(handle(channel, HandleKind::Channel, "channel")?)?;
        let number = |bits: Option<Abcd>| bits.map_or(BITS_NOT_KNOWN, |bits| bits.bits().into());
        received.put(number(bits.0));
        sent.put(number(bits.1));
        Ok(())
    })
}

/// Gives the oldest alarm behind another.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_alarm_get(engine: u64, after: u64, alarm: *mut Alarm) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(alarm, "alarm")? };
        let found = engines::get(engine)?.engine.alarms_after(after, 1)?;
        let Some(alarm) = found.first() else {
            return Err(Failure::new(Code::State, format!("no alarm goes on with a number above {after}")));
        };
        out.put(&Alarm {
            size: size_of::<Alarm>() as u32,
            kind: alarm_number(alarm.kind),
            severity: severity_number(alarm.severity),
            place: alarm.place.map_or(NO_PLACE, |place| place as u32),
            object: alarm.object.map_or(0, Handle::raw),
            number: alarm.number,
            since: alarm.since.0,
            text: fixed_text(&alarm.text),
        });
        Ok(())
    })
}

/// Tells how a group of trunks stands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_group_get_statistics(
    engine: u64,
    group: *const c_char,
    statistics: *mut GroupStatistics,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(statistics, "statistics")? };
        // SAFETY: the host's promise.
        let group = unsafe { text(group, "group", LONGEST_NAME)? };
        let state = engines::get(engine)?.engine.group_state(&group)?;
        out.put(&GroupStatistics {
            size: size_of::<GroupStatistics>() as u32,
            channels: state.channels as u32,
            calls: state.calls as u32,
            free: state.free as u32,
            placed: state.placed,
            refused: state.refused,
            placed_answered: state.placed_answered,
            offered: state.offered,
            offered_answered: state.offered_answered,
            talk_ms: state.talk.as_ms(),
            all_busy_count: state.all_busy_count,
            all_busy_ms: state.all_busy_frames.as_ms(),
        });
        Ok(())
    })
}

fn performance_for_host(told: &tandem_engine::Performance) -> Performance {
    let counts = &told.counts;
    Performance {
        size: size_of::<Performance>() as u32,
        seconds: told.seconds,
        errored_seconds: counts.errored_seconds,
        severely_errored_seconds: counts.severely_errored_seconds,
        severely_errored_framing_seconds: counts.severely_errored_framing_seconds,
        bursty_errored_seconds: counts.bursty_errored_seconds,
        unavailable_seconds: counts.unavailable_seconds,
        line_errored_seconds: counts.line_errored_seconds,
        controlled_slip_seconds: counts.controlled_slip_seconds,
        degraded_minutes: counts.degraded_minutes,
        path_coding_violations: counts.path_coding_violations,
        line_coding_violations: counts.line_coding_violations,
        background_block_errors: counts.background_block_errors,
        failures: counts.failures,
    }
}

fn statistics_for_host(statistics: &tandem_engine::Statistics) -> Statistics {
    let totals = &statistics.totals;
    let media = &totals.media;
    Statistics {
        size: size_of::<Statistics>() as u32,
        calls_active: u32::try_from(totals.calls_active).unwrap_or(u32::MAX),
        frames: statistics.now.0,
        ticks: media.ticks,
        late_ticks: statistics.late_ticks,
        calls_offered: totals.calls_offered,
        calls_refused: totals.calls_refused,
        calls_placed: totals.calls_placed,
        calls_answered: totals.calls_answered,
        calls_cleared: totals.calls_cleared,
        digits_received: totals.digits_received,
        digits_dropped: totals.digits_dropped + media.digits_dropped,
        recordings: totals.recordings,
        recorded_ms: Frames(totals.recorded_frames).as_ms(),
        octets_in: media.octets_in,
        octets_out: media.octets_out,
        octets_tap_dropped: media.octets_tap_dropped,
        octets_starved: media.octets_starved,
        octets_muted: media.octets_muted,
        card_frames_missed: statistics.card_frames_missed,
        slips: statistics.slips,
        span_failures: totals.span_failures,
        events_dropped: totals.events_dropped,
        circuits_freed: totals.circuits_freed,
        sounds_dropped: media.sounds_dropped,
        octets_lost: media.octets_lost,
        octets_concealed: media.octets_concealed,
    }
}

pub(crate) fn no_such_span(index: u32, spans: usize) -> Failure {
    Failure::argument(format!("index: there is no span {index}; there are {spans}, counted from 0"))
}

/// Tells when a frame was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_get_time(engine: u64, frame: u64, time: *mut Time) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let time = unsafe { OutStructure::new(time, "time")? };
        let moment = engines::get(engine)?.engine.local_time(FrameTime(frame))?;
        time.put(&Time {
            size: size_of::<Time>() as u32,
            offset_seconds: moment.offset_seconds,
            utc_us: moment.utc_us,
            zone: fixed_text(&moment.zone),
            text: fixed_text(&moment.to_string()),
        });
        Ok(())
    })
}

/// Tells how a channel stands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_channel_get_state(
    engine: u64,
    channel: u64,
    state: *mut ChannelState,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let state = unsafe { OutStructure::new(state, "state")? };
        let open = engines::get(engine)?;
        let known = open.engine.channel_state(handle(channel, HandleKind::Channel, "channel")?)?;
        let (hears_as, hears) = hears_number(known.hears);
        state.put(&ChannelState {
            size: size_of::<ChannelState>() as u32,
            service: service_number(known.service),
            call: known.call.map_or(0, |call| call.0),
            span_down: u32::from(known.span_is_down),
            tested: u32::from(known.tested),
            hears,
            hears_as,
            digits: known.digits_waiting as u32,
        });
        Ok(())
    })
}

/// Takes a channel out of service, or puts it back.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_channel_set_service(engine: u64, channel: u64, in_service: u32) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        Ok(open.engine.channel_set_service(channel, in_service != 0)?)
    })
}

/// Brings a channel to idle at both ends.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_channel_reset(engine: u64, channel: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.channel_reset(handle(channel, HandleKind::Channel, "channel")?)?)
    })
}

/// The same of every channel of a span.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_span_reset(engine: u64, index: u32) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.span_reset(index as usize)?))
}

/// The longest name of a group that is looked at.
const LONGEST_NAME: usize = 255;

/// `TANDEM_BITS_NOT_KNOWN`
pub const BITS_NOT_KNOWN: u32 = 16;
/// `TANDEM_NO_PLACE`
pub const NO_PLACE: u32 = u32::MAX;
