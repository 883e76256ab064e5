//! Frames of signalling channels that are the host's own.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::lines::span;
use crate::pointer::{self, Out, OutStructure, Room};
use crate::result::entry;
use crate::types::FrameCounts;
use std::ffi::c_void;

/// Sends a frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_send_frame(
    engine: u64,
    index: u32,
    octets: *const c_void,
    length: usize,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let octets = unsafe { pointer::octets(octets, "octets", length, LONGEST_FRAME)? };
        let (open, span) = span(engine, index)?;
        Ok(open.engine.send_frame(span, octets)?)
    })
}

/// Takes the oldest frame that was received.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_read_frame(
    engine: u64,
    index: u32,
    octets: *mut c_void,
    room: usize,
    length: *mut usize,
    frame: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (place, length) = unsafe { (Room::new(octets, "octets", room)?, Out::new(length, "length")?) };
        // SAFETY: the host's promise.
        let frame = unsafe { Out::new(frame, "frame")? };
        let (open, span) = span(engine, index)?;
        let received = open.engine.read_frame(span, room)?.unwrap_or_default();
        place.put(&received.octets);
        length.put(received.octets.len());
        frame.put(received.at.0);
        Ok(())
    })
}

/// Tells what has come of frames.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_span_get_frame_counts(
    engine: u64,
    index: u32,
    counted: *mut FrameCounts,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(counted, "counted")? };
        let (open, span) = span(engine, index)?;
        let counts = open.engine.frame_counts(span)?;
        out.put(&FrameCounts {
            size: size_of::<FrameCounts>() as u32,
            waiting: counts.waiting as u32,
            received: counts.heard.frames,
            bad_fcs: counts.heard.bad_fcs,
            aborts: counts.heard.aborts,
            too_short: counts.heard.too_short,
            too_long: counts.heard.too_long,
            not_aligned: counts.heard.not_aligned,
            dropped: counts.dropped,
            unread: counts.unread,
            sent: counts.sent,
            refused: counts.refused,
        });
        Ok(())
    })
}

/// `TANDEM_LONGEST_FRAME`
pub const LONGEST_FRAME: usize = 512;
