//! Streams of samples between the host and a channel.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines::{self, handle};
use crate::operation::read_terms;
use crate::pointer::{Out, OutStructure, SampleRoom, octets, samples, structure};
use crate::result::{Failure, entry};
use crate::types::{self, Terms, portion_kind, stream_side};
use std::ffi::c_void;
use tandem_engine::{PlayStreamOptions, Portion, Sent, StreamOptions};
use tandem_types::{Frames, HandleKind};

/// Plays what the host gives on the way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_play_stream(
    engine: u64,
    channel: u64,
    buffer_ms: u32,
    terms: *const Terms,
    operation: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (operation, terms) = unsafe { (Out::new(operation, "operation")?, read_terms(terms)?) };
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        operation.put(open.engine.play_stream(channel, Frames::from_ms(buffer_ms.into()), terms)?.raw());
        Ok(())
    })
}

/// Plays what the host gives on the way, in some way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_play_stream_with(
    engine: u64,
    channel: u64,
    options: *const types::PlayStreamOptions,
    terms: *const Terms,
    operation: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (operation, terms) = unsafe { (Out::new(operation, "operation")?, read_terms(terms)?) };
        // SAFETY: the host's promise.
        let options = unsafe { structure(options, "options")? };
        let options = options.map_or(PlayStreamOptions::default(), read_play_options);
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        operation.put(open.engine.play_stream_with(channel, options, terms)?.raw());
        Ok(())
    })
}

/// Gives samples to a play of a stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_stream_write(
    engine: u64,
    operation: u64,
    samples: *const i16,
    count: usize,
    taken: *mut usize,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (samples, taken) = unsafe { (self::samples(samples, count)?, Out::new(taken, "taken")?) };
        let open = engines::get(engine)?;
        let play = handle(operation, HandleKind::Operation, "operation")?;
        taken.put(open.engine.stream_write(play, samples)?);
        Ok(())
    })
}

/// Describes the noise with which a play of a stream goes on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_stream_write_noise(
    engine: u64,
    operation: u64,
    payload: *const c_void,
    length: usize,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let payload = unsafe { octets(payload, "payload", length, MOST_OF_A_DESCRIPTION)? };
        let open = engines::get(engine)?;
        let play = handle(operation, HandleKind::Operation, "operation")?;
        Ok(open.engine.stream_write_noise(play, &payload)?)
    })
}

/// What was given is all.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_stream_end(engine: u64, operation: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.stream_end(handle(operation, HandleKind::Operation, "operation")?)?)
    })
}

/// Gives the host what is heard on a channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_stream(
    engine: u64,
    channel: u64,
    options: *const types::StreamOptions,
    terms: *const Terms,
    operation: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (operation, terms) = unsafe { (Out::new(operation, "operation")?, read_terms(terms)?) };
        // SAFETY: the host's promise.
        let options = unsafe { structure(options, "options")? };
        let options = options.map_or(Ok(StreamOptions::default()), |options| read_options(&options))?;
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        operation.put(open.engine.stream(channel, options, terms)?.raw());
        Ok(())
    })
}

/// Takes samples from a stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_stream_read(
    engine: u64,
    operation: u64,
    samples: *mut i16,
    room: usize,
    count: *mut usize,
    frame: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (count, frame) = unsafe { (Out::new(count, "count")?, Out::new(frame, "frame")?) };
        // SAFETY: the host's promise.
        let samples = unsafe { SampleRoom::new(samples, "samples", room)? };
        let open = engines::get(engine)?;
        let stream = handle(operation, HandleKind::Operation, "operation")?;
        let chunk = open.engine.stream_read(stream, samples.samples())?;
        count.put(chunk.samples.len());
        frame.put(chunk.start.0);
        samples.put(&chunk.samples);
        Ok(())
    })
}

/// Takes what is to be sent on next from a stream that suppresses silence.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_stream_read_portion(
    engine: u64,
    operation: u64,
    samples: *mut i16,
    room: usize,
    portion: *mut types::StreamPortion,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let portion = unsafe { OutStructure::new(portion, "portion")? };
        // SAFETY: the host's promise.
        let samples = unsafe { SampleRoom::new(samples, "samples", room)? };
        let open = engines::get(engine)?;
        let stream = handle(operation, HandleKind::Operation, "operation")?;
        let taken = open.engine.stream_read_portion(stream, samples.samples())?;
        portion.put(&portion_for_host(taken.as_ref()));
        if let Some(Portion { sent: Sent::Voice(voice), .. }) = &taken {
            samples.put(voice);
        }
        Ok(())
    })
}

fn portion_for_host(portion: Option<&Portion>) -> types::StreamPortion {
    let mut noise = [0; 16];
    let octets = match portion.map(|portion| &portion.sent) {
        Some(Sent::Noise(description)) => description.octets(),
        _ => &[],
    };
    noise[..octets.len()].copy_from_slice(octets);
    types::StreamPortion {
        size: size_of::<types::StreamPortion>() as u32,
        kind: portion_kind(portion.map(|portion| &portion.sent)),
        frame: portion.map_or(0, |portion| portion.start.0),
        count: portion.map_or(0, |portion| portion.length.0 as u32),
        noise_length: octets.len() as u32,
        noise,
    }
}

fn read_play_options(options: types::PlayStreamOptions) -> PlayStreamOptions {
    let ms = |ms: u32| (ms != 0).then_some(Frames::from_ms(ms.into()));
    let usual = PlayStreamOptions::default();
    PlayStreamOptions { buffer: ms(options.buffer_ms).unwrap_or(usual.buffer), live: ms(options.live_ms) }
}

fn read_options(options: &types::StreamOptions) -> Result<StreamOptions, Failure> {
    let usual = StreamOptions::default();
    let ms = |ms: u32, usual| if ms == 0 { usual } else { Frames::from_ms(ms.into()) };
    let no_side = || Failure::argument(format!("options->side: there is no side {}", options.side));
    let before = Frames::from_ms(options.before_voice_ms.into());
    if options.waits_for_voice == 0 && options.before_voice_ms > 0 {
        return Err(Failure::argument(
            "options->before_voice_ms: the stream does not wait for a voice".to_owned(),
        ));
    }
    Ok(StreamOptions {
        side: stream_side(options.side).ok_or_else(no_side)?,
        each: ms(options.each_ms, usual.each),
        buffer: ms(options.buffer_ms, usual.buffer),
        before_voice: (options.waits_for_voice != 0).then_some(before),
        suppress: options.suppress != 0,
    })
}

/// More octets than describe a noise.
const MOST_OF_A_DESCRIPTION: usize = 256;
