//! Queues of events besides the main one, the ends of operations, timers, and channels in pairs.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines::{self, handle};
use crate::event::{event_for_host, frames_of_ms};
use crate::pointer::{Out, OutStructure};
use crate::result::{Failure, entry};
use crate::types::Event;
use std::ffi::c_int;
use tandem_types::{FRAMES_PER_MS, Frames, Handle, HandleKind};

/// Makes a queue of events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_queue_new(engine: u64, queue: *mut u64) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let queue = unsafe { Out::new(queue, "queue")? };
        queue.put(engines::get(engine)?.engine.queue_new()?.raw());
        Ok(())
    })
}

/// Takes a queue away.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_queue_free(engine: u64, queue: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.queue_free(handle(queue, HandleKind::Queue, "queue")?)?)
    })
}

/// Tells all events about a channel in a queue.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_channel_set_queue(engine: u64, channel: u64, queue: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        Ok(open.engine.queue_assign(channel, or_none(queue, HandleKind::Queue, "queue")?)?)
    })
}

/// Fetches the next event of a queue.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_queue_wait(
    engine: u64,
    queue: u64,
    timeout_ms: i64,
    event: *mut Event,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(event, "event")? };
        let open = engines::get(engine)?;
        let queue = handle(queue, HandleKind::Queue, "queue")?;
        let told = open.wait(frames_of_ms(timeout_ms), |slice| open.engine.queue_wait(queue, Some(slice)))?;
        out.put(&event_for_host(&told));
        Ok(())
    })
}

/// Gives the file descriptor of a queue.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_queue_fd(engine: u64, queue: u64, fd: *mut c_int) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let fd = unsafe { Out::new(fd, "fd")? };
        let open = engines::get(engine)?;
        fd.put(open.engine.queue_fd(handle(queue, HandleKind::Queue, "queue")?)?);
        Ok(())
    })
}

/// Waits until an operation has ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_operation_wait(
    engine: u64,
    operation: u64,
    timeout_ms: i64,
    event: *mut Event,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let out = unsafe { OutStructure::new(event, "event")? };
        let open = engines::get(engine)?;
        let operation = handle(operation, HandleKind::Operation, "operation")?;
        let next = |slice| open.engine.operation_wait(operation, Some(slice));
        out.put(&event_for_host(&open.wait(frames_of_ms(timeout_ms), next)?));
        Ok(())
    })
}

/// Starts a timer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_timer_start(engine: u64, channel: u64, ms: u64, timer: *mut u64) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let timer = unsafe { Out::new(timer, "timer")? };
        let open = engines::get(engine)?;
        let channel = or_none(channel, HandleKind::Channel, "channel")?;
        let length = Frames(ms.saturating_mul(FRAMES_PER_MS));
        timer.put(open.engine.timer_start(channel, length)?.raw());
        Ok(())
    })
}

/// Ends a timer.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_timer_stop(engine: u64, timer: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.timer_stop(handle(timer, HandleKind::Timer, "timer")?)?)
    })
}

/// Gives the present frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_get_frame(engine: u64, frame: *mut u64) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let frame = unsafe { Out::new(frame, "frame")? };
        frame.put(engines::get(engine)?.now()?.0);
        Ok(())
    })
}

/// Gives a pair of channels.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_pair_new(engine: u64, near: *mut u64, far: *mut u64) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (near, far) = unsafe { (Out::new(near, "near")?, Out::new(far, "far")?) };
        let pair = engines::get(engine)?.engine.pair_new()?;
        near.put(pair.0.raw());
        far.put(pair.1.raw());
        Ok(())
    })
}

/// Takes a pair back.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_pair_free(engine: u64, channel: u64) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        Ok(open.engine.pair_free(handle(channel, HandleKind::Channel, "channel")?)?)
    })
}

/// What a host's number names, or nothing.
fn or_none(raw: u64, kind: HandleKind, name: &'static str) -> Result<Option<Handle>, Failure> {
    if raw == 0 { Ok(None) } else { handle(raw, kind, name).map(Some) }
}
