//! Operations on channels: collect, record, stop; and the terms of all.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engine::LONGEST_PATH;
use crate::engines::{self, handle};
use crate::pointer::{Out, OutStructure, Room, structure, text};
use crate::result::{Failure, entry};
use crate::types::{self, Terms, recording_format, recording_sides, tone_of_number};
use std::ffi::c_char;
use std::path::Path;
use tandem_engine::{RecordOptions, ToneName};
use tandem_types::{Digit, FRAMES_PER_MS, Frames, HandleKind};

/// Collects digits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_collect(
    engine: u64,
    channel: u64,
    terms: *const Terms,
    operation: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (operation, terms) = unsafe { (Out::new(operation, "operation")?, read_terms(terms)?) };
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        operation.put(open.engine.collect(channel, terms)?.raw());
        Ok(())
    })
}

/// Writes the digits pressed and not collected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_digits_peek(
    engine: u64,
    channel: u64,
    digits: *mut c_char,
    room: usize,
    length: *mut usize,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (place, length) =
            unsafe { (Room::new(digits.cast(), "digits", room)?, Out::new(length, "length")?) };
        let open = engines::get(engine)?;
        let waiting = open.engine.digits_waiting(handle(channel, HandleKind::Channel, "channel")?)?;
        place.put(waiting.as_bytes());
        length.put(waiting.len());
        Ok(())
    })
}

/// Forgets digits pressed and not collected.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_digits_clear(engine: u64, channel: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.clear_digits(handle(channel, HandleKind::Channel, "channel")?)?)
    })
}

/// Records both directions of a channel into a new file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_record(
    engine: u64,
    channel: u64,
    path: *const c_char,
    terms: *const Terms,
    operation: *mut u64,
) -> i32 {
    // SAFETY: the host's promise.
    entry(|| unsafe { record(engine, channel, path, std::ptr::null(), terms, operation) })
}

/// Records a channel into a new file of any kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_record_with(
    engine: u64,
    channel: u64,
    path: *const c_char,
    options: *const types::RecordOptions,
    terms: *const Terms,
    operation: *mut u64,
) -> i32 {
    // SAFETY: the host's promise.
    entry(|| unsafe { record(engine, channel, path, options, terms, operation) })
}

/// How far a recording has come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_record_get_state(
    engine: u64,
    operation: u64,
    state: *mut types::RecordState,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(state, "state")? };
        let open = engines::get(engine)?;
        let record = open.engine.record_state(handle(operation, HandleKind::Operation, "operation")?)?;
        out.put(&types::RecordState {
            size: size_of::<types::RecordState>() as u32,
            paused: u32::from(record.paused),
            ending: u32::from(record.ending),
            reserved: 0,
            recorded_ms: record.recorded.as_ms(),
        });
        Ok(())
    })
}

/// Records a channel into a new file, of the usual kind without options.
///
/// # Safety
/// As for [`Out::new`], [`read_terms`], [`text`] and [`structure`].
unsafe fn record(
    engine: u64,
    channel: u64,
    path: *const c_char,
    options: *const types::RecordOptions,
    terms: *const Terms,
    operation: *mut u64,
) -> Result<(), Failure> {
    // SAFETY: this function's own condition.
    let (operation, terms) = unsafe { (Out::new(operation, "operation")?, read_terms(terms)?) };
    // SAFETY: as above.
    let (path, options) = unsafe { (text(path, "path", LONGEST_PATH)?, structure(options, "options")?) };
    let options = options.map_or(Ok(RecordOptions::default()), |options| read_options(&options))?;
    let open = engines::get(engine)?;
    let channel = handle(channel, HandleKind::Channel, "channel")?;
    operation.put(open.engine.record_with(channel, Path::new(&path), options, terms)?.raw());
    Ok(())
}

fn read_options(options: &types::RecordOptions) -> Result<RecordOptions, Failure> {
    let no_sides = || Failure::argument(format!("options->sides: there is no {}", options.sides));
    let no_format = || Failure::argument(format!("options->format: there is no format {}", options.format));
    Ok(RecordOptions {
        sides: recording_sides(options.sides).ok_or_else(no_sides)?,
        format: recording_format(options.format).ok_or_else(no_format)?,
        target_dbm0: (options.target != 0).then_some(options.target as f32 / 10.0),
        gains_db: [options.received_gain, options.sent_gain].map(|tenths| tenths as f32 / 10.0),
        longest_silence: (options.longest_silence_ms != 0)
            .then_some(Frames::from_ms(options.longest_silence_ms.into())),
        append: options.append != 0,
        before: Frames::from_ms(options.before_ms.into()),
        trim: options.trim != 0,
        segment: (options.segment_seconds != 0)
            .then_some(Frames::from_seconds(options.segment_seconds.into())),
    })
}

/// Lets a play or a recording rest, or go on.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_operation_pause(engine: u64, operation: u64, on: u32) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        let operation = handle(operation, HandleKind::Operation, "operation")?;
        Ok(if on == 0 { open.engine.resume(operation) } else { open.engine.pause(operation) }?)
    })
}

/// Ends an operation early.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_operation_stop(engine: u64, operation: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.stop(handle(operation, HandleKind::Operation, "operation")?)?)
    })
}

/// The terms as the engine takes them.
///
/// # Safety
/// As for [`structure`].
pub(crate) unsafe fn read_terms(terms: *const Terms) -> Result<tandem_engine::Terms, Failure> {
    // SAFETY: by this function's own condition.
    let Some(terms) = (unsafe { structure(terms, "terms")? }) else {
        return Ok(tandem_engine::Terms::default());
    };
    let frames = |ms: u64| Frames(ms.saturating_mul(FRAMES_PER_MS));
    Ok(tandem_engine::Terms {
        digits: read_digits(&terms.digits)?,
        any_digit: terms.any_digit != 0,
        max_digits: terms.max_digits as usize,
        first_digit: frames(terms.first_digit_ms),
        inter_digit: frames(terms.inter_digit_ms),
        max_time: frames(terms.max_time_ms),
        tones: read_tones(terms.tones)?,
        voice: terms.voice != 0,
        silence: frames(terms.silence_ms),
        initial_silence: frames(terms.initial_silence_ms),
        max_voice: frames(terms.max_voice_ms),
    })
}

fn read_tones(bits: u64) -> Result<Vec<ToneName>, Failure> {
    let numbers = (0..u64::BITS).filter(|number| bits >> number & 1 == 1);
    let tone = |number| {
        tone_of_number(number)
            .ok_or_else(|| Failure::argument(format!("terms->tones: there is no tone {number}")))
    };
    numbers.map(tone).collect()
}

fn read_digits(digits: &[c_char]) -> Result<Vec<Digit>, Failure> {
    let length = digits.iter().position(|symbol| *symbol == 0);
    let length = length.ok_or_else(|| Failure::argument("terms->digits does not end with a zero octet"))?;
    let digit = |symbol: &c_char| {
        let symbol = char::from(*symbol as u8);
        let unknown = || format!("terms->digits: {symbol:?} is not one of 0 to 9, A to D, * and #");
        Digit::from_char(symbol).ok_or_else(|| Failure::argument(unknown()))
    };
    digits[..length].iter().map(digit).collect()
}
