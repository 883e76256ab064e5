//! Plays, and what becomes of them on their way.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engine::LONGEST_PATH;
use crate::engines::{self, handle};
use crate::operation::read_terms;
use crate::pointer::{MOST_SAMPLES, Out, OutStructure, octets, samples, structure, text};
use crate::result::{Failure, entry};
use crate::types::{self, Terms};
use std::ffi::c_char;
use tandem_engine::{Gain, Part, Piece, PlayOptions, RawFormat, Speed};
use tandem_types::{FRAMES_PER_MS, Frames, HandleKind};

/// Plays what a path names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_play(
    engine: u64,
    channel: u64,
    path: *const c_char,
    terms: *const Terms,
    operation: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (operation, terms) = unsafe { (Out::new(operation, "operation")?, read_terms(terms)?) };
        // SAFETY: the host's promise.
        let path = unsafe { text(path, "path", LONGEST_PATH)? };
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        let options = PlayOptions::default();
        operation.put(open.engine.play_list(channel, vec![Piece::of_path(&path)], options, terms)?.raw());
        Ok(())
    })
}

/// Plays linear samples from memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_play_samples(
    engine: u64,
    channel: u64,
    samples: *const i16,
    count: usize,
    terms: *const Terms,
    operation: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (operation, terms) = unsafe { (Out::new(operation, "operation")?, read_terms(terms)?) };
        // SAFETY: the host's promise.
        let samples = unsafe { self::samples(samples, count)? };
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        operation.put(open.engine.play_samples(channel, samples.into(), terms)?.raw());
        Ok(())
    })
}

/// Plays pieces one after another.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_play_list(
    engine: u64,
    channel: u64,
    pieces: *const types::Piece,
    count: u32,
    options: *const types::PlayOptions,
    terms: *const Terms,
    operation: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (operation, terms) = unsafe { (Out::new(operation, "operation")?, read_terms(terms)?) };
        // SAFETY: the host's promise.
        let (options, pieces) = unsafe { (structure(options, "options")?, read_pieces(pieces, count)?) };
        let options = options.map_or(Ok(PlayOptions::default()), |options| read_options(&options))?;
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        operation.put(open.engine.play_list(channel, pieces, options, terms)?.raw());
        Ok(())
    })
}

/// Lets a play go on from elsewhere.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_play_seek(engine: u64, operation: u64, how: u32, ms: i64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        let play = handle(operation, HandleKind::Operation, "operation")?;
        let seek = types::seek(how, ms);
        let seek = seek.ok_or_else(|| Failure::argument(format!("how: there is no way {how} to seek")))?;
        Ok(open.engine.seek_play(play, seek)?)
    })
}

/// Tells how far a play has come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_play_get_state(
    engine: u64,
    operation: u64,
    state: *mut types::PlayState,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(state, "state")? };
        let open = engines::get(engine)?;
        let play = open.engine.play_state(handle(operation, HandleKind::Operation, "operation")?)?;
        out.put(&types::PlayState {
            size: size_of::<types::PlayState>() as u32,
            paused: u32::from(play.paused),
            heard_ms: play.heard.as_ms(),
            position_ms: play.position.as_ms(),
            length_ms: play.length.as_ms(),
            waiting_ms: play.waiting.as_ms(),
            dried: u32::try_from(play.dried).unwrap_or(u32::MAX),
            faster_ppm: play.faster,
        });
        Ok(())
    })
}

/// Lets a play go on at another speed and volume.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_play_adjust(engine: u64, operation: u64, speed_percent: u32, gain: i32) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        let play = handle(operation, HandleKind::Operation, "operation")?;
        let (speed, gain) = (read_speed(speed_percent, "speed_percent")?, read_gain(gain, "gain")?);
        Ok(open.engine.adjust_play(play, speed, gain)?)
    })
}

/// The pieces as the engine takes them.
///
/// # Safety
/// If the pointer is not NULL, `count` pieces are readable, and what they point to.
unsafe fn read_pieces(pieces: *const types::Piece, count: u32) -> Result<Vec<Piece>, Failure> {
    // SAFETY: by this function's own condition.
    let pieces = unsafe { crate::pointer::pieces(pieces, count as usize, MOST_PIECES)? };
    let mut left = MOST_OCTETS;
    let mut take = |octets: usize| {
        left = left.checked_sub(octets).ok_or_else(too_much)?;
        Ok::<_, Failure>(())
    };
    let read = |piece: &types::Piece| {
        if !piece.path.is_null() {
            // SAFETY: by this function's own condition.
            let path = unsafe { text(piece.path, "pieces->path", LONGEST_PATH)? };
            return of_file(piece, &path);
        }
        if piece.offset != 0 || piece.length != 0 {
            return Err(Failure::argument("pieces->path: a part is one of a file, and none is named"));
        }
        let format = format_of(piece)?;
        if piece.samples.is_null() {
            return match format {
                None => Ok(Piece::Silence(Frames(piece.count))),
                Some(_) => Err(Failure::argument("pieces->format: silence has none")),
            };
        }
        let count = usize::try_from(piece.count).unwrap_or(usize::MAX);
        take(count.saturating_mul(if format.is_none() { 2 } else { 1 }))?;
        let Some(format) = format else {
            // SAFETY: by this function's own condition.
            return Ok(Piece::Samples(unsafe { samples(piece.samples, count)? }.into()));
        };
        // SAFETY: by this function's own condition.
        let octets = unsafe { octets(piece.samples.cast(), "pieces->count", count, MOST_OCTETS)? };
        Ok(Piece::Octets(octets.into(), format))
    };
    pieces.iter().map(read).collect()
}

fn too_much() -> Failure {
    Failure::argument("pieces->count: what is in memory is an hour in all at most")
}

/// What is named by a path, or a part of a file.
fn of_file(piece: &types::Piece, path: &str) -> Result<Piece, Failure> {
    let format = format_of(piece)?;
    let whole = Piece::of_path(path);
    if format.is_none() && piece.offset == 0 && piece.length == 0 {
        return Ok(whole);
    }
    let Piece::File(path) = whole else {
        return Err(Failure::argument("pieces->path: a part is one of a file, not of a phrase or a signal"));
    };
    Ok(Piece::Part(
        path,
        Part {
            format: format.map(|format| format.encoding),
            rate: format.map_or(0, |format| format.rate),
            offset: piece.offset,
            length: (piece.length != 0).then_some(piece.length),
        },
    ))
}

fn format_of(piece: &types::Piece) -> Result<Option<RawFormat>, Failure> {
    let none = || Failure::argument(format!("pieces->format: there is no format {}", piece.format));
    types::raw_format(piece.format).ok_or_else(none)
}

fn read_options(options: &types::PlayOptions) -> Result<PlayOptions, Failure> {
    let percent = if options.speed_percent == 0 { 100 } else { options.speed_percent };
    Ok(PlayOptions {
        speed: read_speed(percent, "options->speed_percent")?,
        gain: read_gain(options.gain, "options->gain")?,
        rounds: (options.rounds != FOREVER).then_some(options.rounds.max(1)),
        start: Frames(options.start_ms.saturating_mul(FRAMES_PER_MS)),
    })
}

fn read_speed(percent: u32, name: &str) -> Result<Speed, Failure> {
    let wrong = || Failure::argument(format!("{name}: it is 50 to 200, not {percent}"));
    Speed::percent(percent).ok_or_else(wrong)
}

fn read_gain(tenths: i32, name: &str) -> Result<Gain, Failure> {
    let wrong = |_| Failure::argument(format!("{name}: it is 180 at most, not {tenths}"));
    Gain::from_db(tenths as f32 / 10.0).map_err(wrong)
}

/// `TANDEM_FOREVER`.
pub const FOREVER: u32 = u32::MAX;
const MOST_PIECES: usize = 256;
/// Those of an hour in the widest format.
const MOST_OCTETS: usize = 2 * MOST_SAMPLES;
