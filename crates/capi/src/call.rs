//! Calls: answer, clear, place, and what is known of them.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines::{self, handle};
use crate::event::fixed_text;
use crate::pointer::{self, MORE_THAN_AN_ELEMENT, Out, OutStructure, Room, held_text, structure, text};
use crate::result::{Code, Failure, entry};
use crate::types::{
    self, AnswerOptions, CallInfo, CallOptions, CallParties, Element, TapCall, bearer, bearer_number,
    call_state_number, information_kind, law, law_number, number_end_number, number_type, number_type_number,
    progress_bits, tap_end_number, tap_state_number,
};
use std::ffi::{c_char, c_void};
use tandem_engine::{AnalysisOptions, CallId, Party, PlaceOptions, Side, Subaddress};
use tandem_types::{Cause, Frames, Handle, HandleKind};

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

/// Tells the caller that something is to be heard.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_progress(engine: u64, call: u64) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.call_progress(CallId(call))?))
}

/// Answers an offered call with what is to go with the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_answer_with(
    engine: u64,
    call: u64,
    options: *const AnswerOptions,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let options = unsafe { structure(options, "options")? };
        let options = options.as_ref().map_or_else(|| Ok(Default::default()), answer_options)?;
        Ok(engines::get(engine)?.engine.call_answer_with(CallId(call), &options)?)
    })
}

/// Finds out what a call comes to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_analyse(
    engine: u64,
    call: u64,
    options: *const types::AnalysisOptions,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let options = unsafe { structure(options, "options")? };
        let options = options.map_or(Ok(AnalysisOptions::default()), |options| analysis(&options))?;
        Ok(engines::get(engine)?.engine.call_analyse(CallId(call), options)?)
    })
}

fn analysis(options: &types::AnalysisOptions) -> Result<AnalysisOptions, Failure> {
    let usual = AnalysisOptions::default();
    let ms = |ms: u32, usual| if ms == 0 { usual } else { Frames::from_ms(ms.into()) };
    let point = i32::from(usual.operating_point).checked_add(options.bias);
    let point = point.and_then(|point| u8::try_from(point).ok()).filter(|point| *point < 16);
    let no_point = || Failure::argument(format!("options->bias: it is -8 to 7, not {}", options.bias));
    let threshold = options.threshold as f32 / 10.0;
    Ok(AnalysisOptions {
        operating_point: point.ok_or_else(no_point)?,
        threshold_dbm0: if options.threshold == 0 { usual.threshold_dbm0 } else { threshold },
        no_answer: ms(options.no_answer_ms, usual.no_answer),
        silence: ms(options.silence_ms, usual.silence),
        total: ms(options.total_ms, usual.total),
        beep: ms(options.beep_ms, usual.beep),
    })
}

/// Asks the far end to hold a call.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_hold(engine: u64, call: u64) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.call_hold(CallId(call))?))
}

/// Transfers a call to another, or gives both back.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_transfer(engine: u64, call: u64, to: u64) -> i32 {
    entry(|| {
        let engine = engines::get(engine)?;
        match to {
            0 => Ok(engine.engine.call_end_transfer(CallId(call))?),
            to => Ok(engine.engine.call_transfer(CallId(call), CallId(to))?),
        }
    })
}

/// Asks for a held call back.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_retrieve(engine: u64, call: u64) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.call_retrieve(CallId(call))?))
}

/// Tells the far end of a call something.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_send(
    engine: u64,
    call: u64,
    kind: u32,
    octets: *const c_void,
    length: usize,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let octets = unsafe { pointer::octets(octets, "octets", length, MORE_THAN_AN_ELEMENT)? };
        let kind = information_kind(kind)
            .ok_or_else(|| Failure::argument(format!("kind: there is no information {kind}")))?;
        Ok(engines::get(engine)?.engine.call_send(CallId(call), kind, &octets)?)
    })
}

/// Gives elements to the next message about a call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_set_elements(
    engine: u64,
    call: u64,
    elements: *const Element,
    count: u32,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let elements = unsafe { elements_of_host(elements, "elements", count)? };
        Ok(engines::get(engine)?.engine.call_set_elements(CallId(call), &elements)?)
    })
}

/// Gives an element of the last message of a type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_get_element(
    engine: u64,
    call: u64,
    message: u32,
    codeset: u32,
    id: u32,
    which: u32,
    octets: *mut c_void,
    room: usize,
    length: *mut usize,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (place, length) = unsafe { (Room::new(octets, "octets", room)?, Out::new(length, "length")?) };
        let octet = |number: u32, name| {
            u8::try_from(number).map_err(|_| Failure::argument(format!("{name}: must be 0 to 255")))
        };
        let (message, codeset, id) =
            (octet(message, "message")?, octet(codeset, "codeset")?, octet(id, "id")?);
        let engine = &engines::get(engine)?.engine;
        let element = engine.call_element(CallId(call), message, codeset, id, which as usize)?;
        let element = element.ok_or_else(|| Failure::new(Code::State, "there is no such element"))?;
        place.put(&element);
        length.put(element.len());
        Ok(())
    })
}

/// Keeps octets of the host's own with a call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_set_data(
    engine: u64,
    call: u64,
    octets: *const c_void,
    length: usize,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let octets = unsafe { pointer::octets(octets, "octets", length, MOST_DATA)? };
        Ok(engines::get(engine)?.engine.call_set_data(CallId(call), &octets)?)
    })
}

/// Gives the octets kept with a call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_get_data(
    engine: u64,
    call: u64,
    octets: *mut c_void,
    room: usize,
    length: *mut usize,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (place, length) = unsafe { (Room::new(octets, "octets", room)?, Out::new(length, "length")?) };
        let data = engines::get(engine)?.engine.call_data(CallId(call))?;
        place.put(&data);
        length.put(data.len());
        Ok(())
    })
}

/// Lists the calls in progress.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_list(
    engine: u64,
    after: u64,
    calls: *mut u64,
    room: u32,
    count: *mut u32,
    seq: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (count, seq) = unsafe { (Out::new(count, "count")?, Out::new(seq, "seq")?) };
        let octets = (room as usize).saturating_mul(size_of::<u64>());
        // SAFETY: the host's promise.
        let place = unsafe { Room::new(calls.cast(), "calls", octets)? };
        let (found, last) = engines::get(engine)?.engine.calls_after(CallId(after), room as usize)?;
        let octets: Vec<u8> = found.iter().flat_map(|call| call.0.to_ne_bytes()).collect();
        place.put(&octets);
        count.put(found.len() as u32);
        seq.put(last);
        Ok(())
    })
}

/// Makes a call a leg of an interaction.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_set_interaction(engine: u64, call: u64, interaction: u64) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.call_set_interaction(CallId(call), interaction)?))
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
    entry(|| unsafe { place(engine, channel, number, std::ptr::null(), call) })
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
    // SAFETY: the host's promise.
    entry(|| unsafe { place(engine, channel, number, options, call) })
}

/// Calls a number, with what is to go with the call or nothing.
///
/// # Safety
/// As for [`Out::new`], [`text`] and [`place_options`].
unsafe fn place(
    engine: u64,
    channel: u64,
    number: *const c_char,
    options: *const CallOptions,
    call: *mut u64,
) -> Result<(), Failure> {
    // SAFETY: this function's own condition.
    let call = unsafe { Out::new(call, "call")? };
    // SAFETY: as above.
    let number = unsafe { text(number, "number", LONGEST_NUMBER)? };
    // SAFETY: as above.
    let options = unsafe { place_options(options)? };
    let open = engines::get(engine)?;
    let channel = handle(channel, HandleKind::Channel, "channel")?;
    call.put(open.engine.call_place_with(channel, &number, &options)?.0);
    Ok(())
}

/// Calls a number on a free channel of a group.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_call_place_in(
    engine: u64,
    group: *const c_char,
    number: *const c_char,
    options: *const CallOptions,
    call: *mut u64,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let call = unsafe { Out::new(call, "call")? };
        // SAFETY: the host's promise.
        let group = unsafe { text(group, "group", LONGEST_NUMBER)? };
        // SAFETY: the host's promise.
        let number = unsafe { text(number, "number", LONGEST_NUMBER)? };
        // SAFETY: the host's promise.
        let options = unsafe { place_options(options)? };
        call.put(engines::get(engine)?.engine.call_place_in(&group, &number, &options)?.0);
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
            connected: party_for_host(known.connected.as_ref()),
            called: party_for_host(Some(&known.called)),
            original_called: party_for_host(known.original_called.as_ref()),
            second_calling: party_for_host(known.second_calling.as_deref()),
        });
        Ok(())
    })
}

/// Tells of a call of others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_tap_get_call(engine: u64, call: u64, tapped: *mut TapCall) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let tapped = unsafe { OutStructure::new(tapped, "tapped")? };
        let known = engines::get(engine)?.engine.tap_call_info(CallId(call))?;
        tapped.put(&TapCall {
            size: size_of::<TapCall>() as u32,
            state: tap_state_number(known.state),
            call: known.call.0,
            span: known.span.raw(),
            from_network: known.from_network.map_or(0, Handle::raw),
            from_user: known.from_user.map_or(0, Handle::raw),
            began: known.began.0,
            answered: known.answered.map_or(0, |at| at.0),
            ended: known.ended.map_or(0, |(at, _)| at.0),
            by_network: u32::from(known.caller == Side::Network),
            whole: u32::from(known.whole),
            cause: known.cause.map_or(0, |cause| u32::from(cause.value())),
            end: tap_end_number(known.ended.map(|(_, how)| how)),
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
        let known = engines::get(engine)?.engine.call_info(CallId(call))?;
        info.put(&CallInfo {
            size: size_of::<CallInfo>() as u32,
            state: call_state_number(known.state),
            channel: known.channel.raw(),
            user: known.user,
            interaction: known.interaction,
            began: known.began.0,
            answered: known.answered.map_or(0, |at| at.0),
            ended: known.ended.map_or(0, |end| end.at.0),
            bearer: bearer_number(known.bearer),
            incoming: u32::from(known.incoming),
            cause: known.ended.map_or(0, |end| u32::from(end.cause.value())),
            cleared_by_far_end: u32::from(known.ended.is_some_and(|end| end.by_far_end)),
            law: law_number(known.law),
            number_end: number_end_number(known.number_end),
            cause_location: known.ended.and_then(|end| end.location).map_or(LOCATION_NOT_TOLD, u32::from),
            progress: progress_bits(known.progress),
        });
        Ok(())
    })
}

/// Keeps a number of the host's own with a call.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_call_set_user(engine: u64, call: u64, user: u64) -> i32 {
    entry(|| Ok(engines::get(engine)?.engine.call_set_user(CallId(call), user)?))
}

/// # Safety
/// If the pointer is not NULL, it is valid for reading a structure, and the pointer to elements in it for as many as it
/// says.
unsafe fn place_options(options: *const CallOptions) -> Result<PlaceOptions, Failure> {
    // SAFETY: by this function's own condition.
    let Some(given) = (unsafe { structure(options, "options")? }) else { return Ok(PlaceOptions::default()) };
    // SAFETY: by this function's own condition.
    let elements = unsafe { elements_of_host(given.elements, "options->elements", given.element_count)? };
    let unknown = |what: &str, number| Failure::argument(format!("options->{what}: there is no {number}"));
    Ok(PlaceOptions {
        called_type: number_type(given.called_type)
            .ok_or_else(|| unknown("called_type", given.called_type))?,
        calling: party_of_host(&given.calling, "calling")?,
        redirecting: party_of_host(&given.redirecting, "redirecting")?,
        original_called: party_of_host(&given.original_called, "original_called")?,
        called_subaddress: subaddress_of_host(
            given.called_subaddress_kind,
            given.called_subaddress_odd,
            given.called_subaddress_length,
            &given.called_subaddress,
        )?,
        display: held_text(&given.display, "options->display")?,
        user_user: user_user_of_host(&given.user_user, given.user_user_length)?,
        elements,
        bearer: bearer(given.bearer).ok_or_else(|| unknown("bearer", given.bearer))?,
        law: law(given.law).ok_or_else(|| unknown("law", given.law))?,
        channel_may_change: given.channel_may_change != 0,
        more_digits_follow: given.incomplete != 0,
    })
}

fn answer_options(given: &AnswerOptions) -> Result<tandem_engine::AnswerOptions, Failure> {
    Ok(tandem_engine::AnswerOptions {
        connected: party_of_host(&given.connected, "connected")?,
        display: held_text(&given.display, "options->display")?,
        user_user: user_user_of_host(&given.user_user, given.user_user_length)?,
    })
}

fn user_user_of_host(octets: &[u8], length: u32) -> Result<Vec<u8>, Failure> {
    let given = octets.get(..length as usize);
    let too_long = || Failure::argument("options->user_user_length: at most 129");
    Ok(given.ok_or_else(too_long)?.to_vec())
}

/// # Safety
/// If the pointer is not NULL, it is valid for reading `count` elements.
unsafe fn elements_of_host(
    elements: *const Element,
    name: &'static str,
    count: u32,
) -> Result<Vec<tandem_engine::Element>, Failure> {
    // SAFETY: by this function's own condition.
    let elements = unsafe { pointer::elements(elements, name, count as usize, MOST_ELEMENTS)? };
    elements.iter().map(|given| element_of_host(given, name)).collect()
}

fn element_of_host(given: &Element, name: &str) -> Result<tandem_engine::Element, Failure> {
    let wrong = || Failure::argument(format!("{name}: codeset 0 to 7, id 0 to 255, length at most 255"));
    let content = given.content.get(..given.length as usize).ok_or_else(wrong)?.to_vec();
    let codeset = u8::try_from(given.codeset).map_err(|_| wrong())?;
    Ok(tandem_engine::Element { codeset, id: u8::try_from(given.id).map_err(|_| wrong())?, content })
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
    let subaddress = subaddress_of_host(
        given.subaddress_kind,
        given.subaddress_odd,
        given.subaddress_length,
        &given.subaddress,
    )?;
    let party =
        Party { number, number_type, withheld, screening: 0, reason, subaddress: subaddress.map(Box::new) };
    Ok(Some(party).filter(|party| !party.number.is_empty() || party.withheld || party.subaddress.is_some()))
}

/// `None` of kind 0.
fn subaddress_of_host(
    kind: u32,
    odd: u32,
    length: u32,
    octets: &[u8],
) -> Result<Option<Subaddress>, Failure> {
    let Some(kind) = kind.checked_sub(1) else { return Ok(None) };
    let wrong = || Failure::argument("options: a subaddress is of kind 0 to 8 and has at most 20 octets");
    let kind = u8::try_from(kind).ok().filter(|kind| *kind < 8).ok_or_else(wrong)?;
    let octets = octets.get(..length as usize).ok_or_else(wrong)?.to_vec();
    Ok(Some(Subaddress { kind, odd: odd != 0, octets }))
}

fn party_for_host(party: Option<&Party>) -> types::Party {
    let nobody = Party::default();
    let party = party.unwrap_or(&nobody);
    let subaddress = party.subaddress.as_ref();
    let octets = subaddress.map_or(&[][..], |subaddress| &subaddress.octets);
    let mut room = [0; 24];
    // The far end may send more than there are in any.
    let length = octets.len().min(room.len());
    room[..length].copy_from_slice(&octets[..length]);
    types::Party {
        number_type: number_type_number(party.number_type),
        withheld: u32::from(party.withheld),
        screening: u32::from(party.screening),
        reason: u32::from(party.reason),
        subaddress_kind: subaddress.map_or(0, |subaddress| u32::from(subaddress.kind) + 1),
        subaddress_odd: u32::from(subaddress.is_some_and(|subaddress| subaddress.odd)),
        subaddress_length: length as u32,
        reserved: 0,
        number: fixed_text(&party.number),
        subaddress: room,
    }
}

/// `TANDEM_LOCATION_NOT_TOLD`.
const LOCATION_NOT_TOLD: u32 = 255;
/// Q.931 elements of a call of the host's own.
const MOST_ELEMENTS: usize = 16;
/// Octets of the host's own with a call.
const MOST_DATA: usize = 4096;
/// More than any number plan has; the engine says what is too long for the line.
const LONGEST_NUMBER: usize = 255;
