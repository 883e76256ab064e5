//! Clocks, loops and errors of lines, line tests, test tones.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engine::LONGEST_PATH;
use crate::engines::{self, Open, handle};
use crate::event::fixed_text;
use crate::info::no_such_span;
use crate::pointer::{self, MORE_THAN_AN_ELEMENT, Out, OutStructure, Room, text};
use crate::result::{Failure, entry};
use crate::types::{
    self, Clock, DChannel, EchoTerms, LineTest, SpanClock, VoiceTerms, alarm_order, detectors, echo,
    hidden_digits, line_error, loop_code, loop_command, loop_order, obedience, pattern, quality_number, tone,
};
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use tandem_engine::{
    ActivityOptions, EngineError, LevelOptions, LineOrder, ReminderTone, Shape, TesterState,
};
use tandem_types::{FrameTime, Frames, Handle, HandleKind};

/// Tells where the engine's clock comes from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_clock_get(engine: u64, clock: *mut Clock) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(clock, "clock")? };
        let state = engines::get(engine)?.engine.clock()?;
        out.put(&Clock {
            size: size_of::<Clock>() as u32,
            reserved: 0,
            source: state.source.map_or(0, Handle::raw),
            since: state.since.0,
            changes: state.changes,
        });
        Ok(())
    })
}

/// Tells the clock of the line of a span.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_get_clock(engine: u64, index: u32, clock: *mut SpanClock) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(clock, "clock")? };
        let (open, span) = span(engine, index)?;
        out.put(&clock_for_host(&open.engine.span_clock(span)?));
        Ok(())
    })
}

/// Tells what the D channel of a span has counted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_get_d_channel(engine: u64, index: u32, counted: *mut DChannel) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(counted, "counted")? };
        let (open, span) = span(engine, index)?;
        out.put(&d_channel_for_host(&open.engine.d_channel(span)?));
        Ok(())
    })
}

/// Sends a facility that belongs to no call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_send_facility(
    engine: u64,
    index: u32,
    octets: *const c_void,
    length: usize,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let octets = unsafe { pointer::octets(octets, "octets", length, MORE_THAN_AN_ELEMENT)? };
        let (open, span) = span(engine, index)?;
        Ok(open.engine.send_facility(span, &octets)?)
    })
}

/// Gives the next frames of the D channel of a span.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_read_trace(
    engine: u64,
    index: u32,
    after: u64,
    octets: *mut c_void,
    room: usize,
    length: *mut usize,
    last: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (place, length) = unsafe { (Room::new(octets, "octets", room)?, Out::new(length, "length")?) };
        // SAFETY: the host's promise.
        let last = unsafe { Out::new(last, "last")? };
        let (open, span) = span(engine, index)?;
        let (capture, newest) = open.engine.read_capture(span, after, room)?;
        place.put(&capture);
        length.put(capture.len());
        last.put(newest);
        Ok(())
    })
}

/// Takes the D channel on a span out of service, or puts it back.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_span_set_d_channel_service(engine: u64, index: u32, in_service: u32) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.d_channel_set_service(index as usize, in_service != 0)?))
}

fn d_channel_for_host(counted: &tandem_engine::DChannel) -> DChannel {
    let tandem_engine::DChannel { up, heard, frames_dropped, link, calls } = counted;
    let in_16 = |counts: &[u64]| std::array::from_fn(|index| counts.get(index).copied().unwrap_or(0));
    DChannel {
        size: size_of::<DChannel>() as u32,
        up: u32::from(*up),
        frames: heard.frames,
        bad_fcs: heard.bad_fcs,
        aborts: heard.aborts,
        wrong_length: heard.too_short + heard.too_long + heard.not_aligned,
        frames_dropped: *frames_dropped,
        sent: in_16(link.sent.all()),
        received: in_16(link.received.all()),
        errors: in_16(link.errors.all()),
        retransmitted: link.retransmitted_frames,
        t200_expiries: link.t200_expiries,
        established: link.established,
        resets: link.reset,
        failures: link.failures,
        outages: link.outages,
        outage_ms: link.outage_time.as_ms(),
        far_end_busy: link.peer_busy,
        messages_sent: *calls.sent.by_type(),
        messages_received: *calls.received.by_type(),
        calls_made: calls.calls_made,
        calls_taken: calls.calls_taken,
        refused: *calls.setups_refused.all(),
        released: *calls.released.all(),
        not_of_q931: calls.discriminator + calls.short + calls.call_reference,
        of_unknown_calls: calls.unknown_call,
        unexpected: calls.unexpected + calls.unrecognised,
        bad_elements: calls.mandatory + calls.optional,
    }
}

/// Writes the last frames of the D channel of a span.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_write_trace(engine: u64, index: u32, path: *const c_char) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let path = unsafe { text(path, "path", LONGEST_PATH)? };
        let (open, span) = span(engine, index)?;
        Ok(open.engine.write_trace(span, path.as_ref())?)
    })
}

/// Closes a loop on a span, and opens any other.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_span_loop(engine: u64, index: u32, r#loop: u32) -> i32 {
    entry(|| {
        let unknown = || Failure::argument(format!("loop: there is no loop {}", r#loop));
        order(engine, index, loop_order(r#loop).ok_or_else(unknown)?)
    })
}

/// Puts one error into what a span sends.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_span_insert_error(engine: u64, index: u32, error: u32) -> i32 {
    entry(|| {
        let unknown = || Failure::argument(format!("error: there is no error {error}"));
        order(engine, index, LineOrder::InsertError(line_error(error).ok_or_else(unknown)?))
    })
}

/// Sends an alarm on a span whatever is received, or no longer.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_span_send_alarm(engine: u64, index: u32, alarm: u32, on: u32) -> i32 {
    entry(|| {
        let unknown = || Failure::argument(format!("alarm: there is no alarm {alarm}"));
        order(engine, index, alarm_order(alarm, on != 0).ok_or_else(unknown)?)
    })
}

/// Sends national bits on an E1.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_span_send_sa_bits(engine: u64, index: u32, bits: u32) -> i32 {
    entry(|| {
        let bits = u8::try_from(bits).ok().filter(|bits| *bits <= MOST_SA_BITS);
        let too_many = || Failure::argument("bits: Sa4 to Sa8 are five bits, 0 to 31");
        order(engine, index, LineOrder::SendSaBits(bits.ok_or_else(too_many)?))
    })
}

/// Tells the national bits that an E1 receives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_get_sa_bits(engine: u64, index: u32, bits: *mut u32) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { Out::new(bits, "bits")? };
        let (open, span) = span(engine, index)?;
        let known = open.engine.sa_bits(span)?;
        out.put(u32::from(known.ok_or(EngineError::WrongState("the Sa bits of the span are not known"))?));
        Ok(())
    })
}

/// Commands a loop at the far end of a T1, or its end.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_span_command_loop(engine: u64, index: u32, command: u32) -> i32 {
    entry(|| {
        let unknown = || Failure::argument(format!("command: there is no command {command}"));
        order(engine, index, LineOrder::CommandLoop(loop_command(command).ok_or_else(unknown)?))
    })
}

/// Sends an in-band loop code on a T1 in place of traffic, or no longer.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_span_send_loop_code(engine: u64, index: u32, code: u32) -> i32 {
    entry(|| {
        let unknown = || Failure::argument(format!("code: there is no loop code {code}"));
        order(engine, index, LineOrder::SendLoopCode(loop_code(code).ok_or_else(unknown)?))
    })
}

/// Closes the loops that the far end of a T1 commands, or no longer.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_span_obey_loops(engine: u64, index: u32, kind: u32) -> i32 {
    entry(|| {
        let unknown = || Failure::argument(format!("kind: there is no kind of equipment {kind}"));
        order(engine, index, LineOrder::ObeyLoops(obedience(kind).ok_or_else(unknown)?))
    })
}

/// Sends a pattern in timeslots of a span and looks for it in what they receive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_line_test_start(
    engine: u64,
    index: u32,
    timeslots: u32,
    pattern: u32,
    test: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let test = unsafe { Out::new(test, "test")? };
        let known = self::pattern(pattern);
        let pattern =
            known.ok_or_else(|| Failure::argument(format!("pattern: there is no pattern {pattern}")))?;
        let (open, span) = span(engine, index)?;
        test.put(open.engine.line_test_start(span, timeslots, pattern)?.raw());
        Ok(())
    })
}

/// Tells what a line test has found so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_line_test_get(engine: u64, test: u64, found: *mut LineTest) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(found, "found")? };
        let open = engines::get(engine)?;
        out.put(&test_for_host(&open.engine.line_test(handle(test, HandleKind::LineTest, "test")?)?));
        Ok(())
    })
}

/// Sends so many more bits of a line test wrong.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_line_test_insert_errors(engine: u64, test: u64, count: u32) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.line_test_insert_errors(handle(test, HandleKind::LineTest, "test")?, count)?)
    })
}

/// Ends a line test and tells what it found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_line_test_stop(engine: u64, test: u64, found: *mut LineTest) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(found, "found")? };
        let open = engines::get(engine)?;
        out.put(&test_for_host(&open.engine.line_test_stop(handle(test, HandleKind::LineTest, "test")?)?));
        Ok(())
    })
}

/// Has the host told what is heard on a channel.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_channel_listen(engine: u64, channel: u64, detectors: u32) -> i32 {
    entry(|| {
        let known = self::detectors(detectors);
        let known =
            known.ok_or_else(|| Failure::argument("detectors: not all of these bits are detectors"))?;
        let open = engines::get(engine)?;
        Ok(open.engine.channel_listen(handle(channel, HandleKind::Channel, "channel")?, known)?)
    })
}

/// Hides what the far end of a channel keys in from whoever hears it, or no longer.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_channel_hide_digits(engine: u64, channel: u64, how: u32) -> i32 {
    entry(|| {
        let latency =
            hidden_digits(how).ok_or_else(|| Failure::argument(format!("how: there is no way {how}")))?;
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        Ok(open.engine.channel_hide_digits(channel, latency)?)
    })
}

/// Shapes the levels of a channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_channel_shape(engine: u64, channel: u64, shape: *const types::Shape) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let given = unsafe { pointer::structure(shape, "shape")? };
        let shape = given.map(|given| Shape {
            received: levels(&given.received),
            sent: levels(&given.sent),
            reminder: (given.reminder_hz != 0).then(|| ReminderTone {
                hz: given.reminder_hz as f32,
                dbm0: given.reminder_level as f32 / 10.0,
                on: Frames::from_ms(given.reminder_ms.into()),
                each: Frames::from_ms(given.reminder_each_ms.into()),
            }),
        });
        let open = engines::get(engine)?;
        Ok(open.engine.channel_shape(handle(channel, HandleKind::Channel, "channel")?, shape)?)
    })
}

fn levels(given: &types::Levels) -> Option<LevelOptions> {
    let optional = |tenths: i32| (tenths != 0).then_some(tenths as f32 / 10.0);
    let options = LevelOptions {
        gain_db: given.gain as f32 / 10.0,
        target_dbm0: optional(given.target),
        gate_dbm0: optional(given.gate),
    };
    (given.gain != 0 || given.target != 0 || given.gate != 0).then_some(options)
}

/// Says what counts as a voice on a channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_channel_attend(engine: u64, channel: u64, terms: *const VoiceTerms) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let given = unsafe { pointer::structure(terms, "terms")? };
        let usual = ActivityOptions::default();
        let options = given.map_or(usual, |given| {
            let ms = |ms: u32, usual| if ms == 0 { usual } else { Frames::from_ms(ms.into()) };
            let threshold = given.threshold as f32 / 10.0;
            ActivityOptions {
                threshold_dbm0: if given.threshold == 0 { usual.threshold_dbm0 } else { threshold },
                onset: ms(given.onset_ms, usual.onset),
                hangover: ms(given.hangover_ms, usual.hangover),
            }
        });
        let open = engines::get(engine)?;
        Ok(open.engine.channel_attend(handle(channel, HandleKind::Channel, "channel")?, options)?)
    })
}

/// Conceals what a channel does not receive, or no longer.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_channel_conceal(engine: u64, channel: u64, on: u32) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.channel_conceal(handle(channel, HandleKind::Channel, "channel")?, on != 0)?)
    })
}

/// Cancels the echo of a channel, or no longer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_channel_cancel_echo(
    engine: u64,
    channel: u64,
    terms: *const EchoTerms,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let given = unsafe { pointer::structure(terms, "terms")? };
        let usual =
            EchoTerms { size: 0, tail_ms: 64, linear_only: 0, silence: 0, heed_no_tones: 0, reserved: 0 };
        let given = given.unwrap_or(usual);
        let no_tail =
            || Failure::argument(format!("terms.tail_ms: it is 0, 16, 32, 64 or 128, not {}", given.tail_ms));
        let setup = echo(&given).ok_or_else(no_tail)?;
        let open = engines::get(engine)?;
        Ok(open.engine.channel_cancel_echo(handle(channel, HandleKind::Channel, "channel")?, setup)?)
    })
}

/// Lets the far end of a channel hear the tone of a test line, or no longer.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_test_tone(engine: u64, channel: u64, tone: u32) -> i32 {
    entry(|| {
        let known = self::tone(tone);
        let tone = known.ok_or_else(|| Failure::argument(format!("tone: there is no tone {tone}")))?;
        let open = engines::get(engine)?;
        Ok(open.engine.test_tone(handle(channel, HandleKind::Channel, "channel")?, tone)?)
    })
}

fn order(engine: u64, index: u32, order: LineOrder) -> Result<(), Failure> {
    let (open, span) = span(engine, index)?;
    Ok(open.engine.line_order(span, order)?)
}

/// The engine, and the span if it has one of that number.
pub(crate) fn span(engine: u64, index: u32) -> Result<(Arc<Open>, usize), Failure> {
    let open = engines::get(engine)?;
    let spans = open.engine.config().spans.len();
    if index as usize >= spans {
        return Err(no_such_span(index, spans));
    }
    Ok((open, index as usize))
}

fn clock_for_host(clock: &tandem_engine::SpanClock) -> SpanClock {
    let drift = clock.drift.as_ref();
    let said = drift.map_or_else(|| NOT_KNOWN.to_owned(), ToString::to_string);
    SpanClock {
        size: size_of::<SpanClock>() as u32,
        known: u32::from(drift.is_some()),
        ppm: drift.map_or(0.0, |drift| drift.ppm),
        uncertainty_ppm: drift.map_or(0.0, |drift| drift.uncertainty_ppm),
        slip_period: drift.and_then(|drift| drift.slip_period).unwrap_or(Frames(0)).0,
        next_slip: drift.and_then(|drift| drift.next_slip).unwrap_or(FrameTime(0)).0,
        slips_repeated: clock.slips_repeated,
        slips_deleted: clock.slips_deleted,
        quality: quality_number(clock.quality),
        reserved: 0,
        text: fixed_text(&said),
    }
}

fn test_for_host(state: &TesterState) -> LineTest {
    let counts = &state.counts;
    LineTest {
        size: size_of::<LineTest>() as u32,
        synchronised: u32::from(state.synchronised),
        bits: counts.bits,
        errors: counts.errors,
        losses: counts.losses,
        deletions: counts.deletions,
        repetitions: counts.repetitions,
        last_slip: counts.last_slip,
    }
}

const MOST_SA_BITS: u8 = 31;
const NOT_KNOWN: &str = "not known: the signal is lost, or has not been there for long enough";
