//! Calls: answer, clear, place, and what is known of them.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines::{self, handle};
use crate::event::fixed_text;
use crate::pointer::{Out, OutStructure, held_text, structure, text};
use crate::result::{Failure, entry};
use crate::types::{
    self, CallInfo, CallOptions, CallParties, bearer, call_state_number, number_type, number_type_number,
};
use std::ffi::c_char;
use tandem_engine::{CallId, Party, PlaceOptions};
use tandem_types::{Cause, HandleKind};

/// Answers an offered call.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_answer(engine: u64, call: u64) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.call_answer(CallId(call))?))
}

/// Tells the caller that somebody is being alerted.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_alert(engine: u64, call: u64) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.call_alert(CallId(call))?))
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
    // SAFETY: the host's promise.
    unsafe { tandem_call_place_with(engine, channel, number, std::ptr::null(), call) }
}

/// The same with what is to go with the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_place_with(
    engine: u64,
    channel: u64,
    number: *const c_char,
    options: *const CallOptions,
    call: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let call = unsafe { Out::new(call, "call")? };
        // SAFETY: the host's promise.
        let number = unsafe { text(number, "number", LONGEST_NUMBER)? };
        // SAFETY: the host's promise.
        let options = unsafe { structure(options, "options")? };
        let options = options.as_ref().map_or_else(|| Ok(PlaceOptions::default()), place_options)?;
        let open = engines::get(engine)?;
        let channel = handle(channel, HandleKind::Channel, "channel")?;
        call.put(open.engine.call_place_with(channel, &number, &options)?.0);
        Ok(())
    })
}

/// Sends more digits of a called number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_more_digits(
    engine: u64,
    call: u64,
    digits: *const c_char,
    complete: u32,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let digits = unsafe { text(digits, "digits", LONGEST_NUMBER)? };
        Ok(engines::get(engine)?.engine.call_more_digits(CallId(call), &digits, complete != 0)?)
    })
}

/// Tells who is behind a call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_get_parties(engine: u64, call: u64, parties: *mut CallParties) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let parties = unsafe { OutStructure::new(parties, "parties")? };
        let known = engines::get(engine)?.engine.call_parties(CallId(call))?;
        parties.put(&CallParties {
            size: size_of::<CallParties>() as u32,
            reserved: 0,
            calling: party_for_host(known.calling.as_ref()),
            redirecting: party_for_host(known.redirecting.as_ref()),
            display: fixed_text(&known.display),
        });
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

fn place_options(given: &CallOptions) -> Result<PlaceOptions, Failure> {
    let unknown = |what: &str, number| Failure::argument(format!("options->{what}: there is no {number}"));
    Ok(PlaceOptions {
        called_type: number_type(given.called_type)
            .ok_or_else(|| unknown("called_type", given.called_type))?,
        calling: party_of_host(&given.calling, "calling")?,
        redirecting: party_of_host(&given.redirecting, "redirecting")?,
        display: held_text(&given.display, "options->display")?,
        bearer: bearer(given.bearer).ok_or_else(|| unknown("bearer", given.bearer))?,
        more_digits_follow: given.incomplete != 0,
    })
}

/// `None` for one without a number that is not withheld either.
fn party_of_host(given: &types::Party, name: &str) -> Result<Option<Party>, Failure> {
    let field = |field: &str| format!("options->{name}.{field}");
    let number = held_text(&given.number, &field("number"))?;
    let kind = given.number_type;
    let number_type = number_type(kind)
        .ok_or_else(|| Failure::argument(format!("{}: there is no {kind}", field("number_type"))))?;
    let reason = u8::try_from(given.reason).ok().filter(|reason| *reason < 16);
    let reason = reason.ok_or_else(|| Failure::argument(format!("{}: must be 0 to 15", field("reason"))))?;
    let withheld = given.withheld != 0;
    let party = Party { number, number_type, withheld, verified: false, reason };
    Ok(Some(party).filter(|party| !party.number.is_empty() || party.withheld))
}

fn party_for_host(party: Option<&Party>) -> types::Party {
    let nobody = Party::default();
    let party = party.unwrap_or(&nobody);
    types::Party {
        number_type: number_type_number(party.number_type),
        withheld: u32::from(party.withheld),
        verified: u32::from(party.verified),
        reason: u32::from(party.reason),
        number: fixed_text(&party.number),
    }
}

/// More than any number plan has; the engine says what is too long for the line.
const LONGEST_NUMBER: usize = 255;
