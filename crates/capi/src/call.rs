//! Calls: answer, clear, place, and what is known of them.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines::{self, handle};
use crate::pointer::{Out, OutStructure, text};
use crate::result::{Failure, entry};
use crate::types::{CallInfo, call_state_number};
use std::ffi::c_char;
use tandem_engine::CallId;
use tandem_types::{Cause, HandleKind};

/// Answers an offered call.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_answer(engine: u64, call: u64) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.call_answer(CallId(call))?))
}

/// Clears a call with a cause.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_clear(engine: u64, call: u64, cause: u32) -> i32 {
    entry(|| {
        let known = u8::try_from(cause).ok().and_then(Cause::new);
        let cause = known.ok_or_else(|| Failure::argument(format!("cause: {cause} is not from 1 to 127")))?;
        Ok(engines::get(engine)?.engine.call_clear(CallId(call), cause)?)
    })
}

/// Calls a number on a free channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_place(
    engine: u64,
    channel: u64,
    number: *const c_char,
    call: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let call = unsafe { Out::new(call, "call")? };
        // SAFETY: the host's promise.
        let number = unsafe { text(number, "number", LONGEST_NUMBER)? };
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        call.put(open.engine.call_place(channel, &number)?.0);
        Ok(())
    })
}

/// Tells the state of a call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_get_info(engine: u64, call: u64, info: *mut CallInfo) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let info = unsafe { OutStructure::new(info, "info")? };
        let (state, channel, user) = engines::get(engine)?.engine.call_info(CallId(call))?;
        let (state, channel) = (call_state_number(state), channel.raw());
        info.put(&CallInfo { size: size_of::<CallInfo>() as u32, state, channel, user });
        Ok(())
    })
}

/// Keeps a number of the host's own with a call.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_set_user(engine: u64, call: u64, user: u64) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.call_set_user(CallId(call), user)?))
}

/// More than any number plan has; the engine says what is too long for the line.
const LONGEST_NUMBER: usize = 255;
