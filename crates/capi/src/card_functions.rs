//! The functions of cards that the host brings: the only place where they are called.
//!
//! Not here: what a card is to the engine (`host_card`). While one of them runs, its thread is marked, and no function
//! of the header lets it in. Those for media are called on the media thread and nothing is allocated for them.
#![allow(unsafe_code)]

use crate::types::{Card, CardFunction, CardSecond, CardSpan, CardStatus, abilities, port_kind};
use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::num::NonZeroU32;
use tandem_card::{Abilities, CardError, ClockSource, Frame, PortKind};

/// Whether this thread is in a function of the host's: one of a card, or that for messages.
pub(crate) fn is_inside() -> bool {
    INSIDE.get()
}

/// Marks this thread while a function of the host's runs.
pub(crate) fn inside<R>(call: impl FnOnce() -> R) -> R {
    let before = INSIDE.replace(true);
    let result = call();
    INSIDE.set(before);
    result
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// The function that makes cards of one model, and its context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maker {
    function: CardFunction,
    context: *mut c_void,
}

// SAFETY: the header says that the function is called in any thread that opens an engine; the context is only handed
// on, never followed here.
unsafe impl Send for Maker {}

impl Maker {
    pub(crate) const fn new(function: CardFunction, context: *mut c_void) -> Self {
        Self { function, context }
    }

    /// Has a card made.
    pub(crate) fn make(&self, name: &CStr, options: &CStr) -> Result<Functions, CardError> {
        let mut room = Room { card: EMPTY, more: [0; MORE] };
        let Some(function) = self.function else { return Err(CardError::Hardware("nothing makes it")) };
        let card = (&raw mut room).cast::<Card>();
        // SAFETY: the host's promise on registering the function; the strings and the card outlive the call, and no
        // one else has the card meanwhile. The pointer may be written through for the whole room.
        let code = inside(|| unsafe { function(self.context, name.as_ptr(), options.as_ptr(), card) });
        match code {
            0 => Ok(Functions(room.card)),
            code => Err(CardError::Failed { function: "the function that makes it", code }),
        }
    }
}

/// The functions of one card, and its context. Dropping them releases the card.
#[derive(Debug)]
pub(crate) struct Functions(Card);

// SAFETY: the header says that the functions are called from threads of the engine, no two at once, which is kept by
// their having one owner; the context is only handed on, never followed here.
unsafe impl Send for Functions {}

/// Calls a function that is not NULL, with the context first.
macro_rules! call {
    ($card:expr, $function:ident $(, $argument:expr)*) => {
        // SAFETY: the host's promise on filling the card: each function takes the context and what the header says.
        // It comes from `Functions`, so that the card has not been released; the caller says of pointers what they
        // are valid for.
        $card.$function.map(|function| inside(|| unsafe { function($card.context $(, $argument)*) }))
    };
}

impl Functions {
    /// Ports, granule and abilities, if the card is complete.
    pub(crate) fn check(&self) -> Result<(Vec<PortKind>, usize, Abilities), CardError> {
        let card = &self.0;
        if !SIZES.contains(&card.size) {
            return Err(CardError::Hardware("its size is not what the library has set"));
        }
        if !(1..=64).contains(&card.spans) {
            return Err(CardError::Hardware("its spans are not 1 to 64"));
        }
        if !(1..=160).contains(&card.granule) {
            return Err(CardError::Hardware("its granule is not 1 to 160 frames"));
        }
        let functions = [
            (card.configure.is_some(), "configure is NULL"),
            (card.start.is_some(), "start is NULL"),
            (card.stop.is_some(), "stop is NULL"),
            (card.service.is_some(), "service is NULL"),
            (card.get_status.is_some(), "get_status is NULL"),
            (card.receive.is_some(), "receive is NULL"),
            (card.transmit.is_some(), "transmit is NULL"),
            (card.release.is_some(), "release is NULL"),
        ];
        if let Some((_, problem)) = functions.into_iter().find(|(there, _)| !there) {
            return Err(CardError::Hardware(problem));
        }
        let ports = port_kind(card.ports).ok_or(CardError::Hardware("its ports are no TANDEM_PORT_"))?;
        let mut abilities = abilities(card.abilities)
            .ok_or(CardError::Hardware("its abilities have a bit without a meaning"))?;
        if card.abilities != 0 && card.order.is_none() {
            return Err(CardError::Hardware("order is NULL, in spite of its abilities"));
        }
        abilities.clocks = card.set_clock.is_some();
        Ok((vec![ports; card.spans as usize], card.granule as usize, abilities))
    }

    /// Its serial number.
    pub(crate) const fn serial(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.0.serial)
    }

    /// Whether the card can carry signalling.
    pub(crate) const fn check_signalling(&self) -> Result<(), CardError> {
        match (self.0.get_bits, self.0.set_bits) {
            (Some(_), Some(_)) => Ok(()),
            (None, _) => Err(CardError::Unsupported("signalling, because get_bits is NULL")),
            (_, None) => Err(CardError::Unsupported("signalling, because set_bits is NULL")),
        }
    }

    pub(crate) fn configure(&self, span: usize, setup: &CardSpan) -> Result<(), CardError> {
        // `setup` is valid for reading for the time of the call.
        done("configure", call!(self.0, configure, span as u32, std::ptr::from_ref(setup)))
    }

    pub(crate) fn start(&self) -> Result<(), CardError> {
        done("start", call!(self.0, start))
    }

    pub(crate) fn stop(&self) {
        let _ = call!(self.0, stop);
    }

    pub(crate) fn service(&self, frame: u64) {
        let _ = call!(self.0, service, frame);
    }

    pub(crate) fn status(&self, span: usize) -> CardStatus {
        let mut status = NO_STATUS;
        // `status` is valid for writing for the time of the call; all octets are a value.
        let _ = call!(self.0, get_status, span as u32, &raw mut status);
        status
    }

    pub(crate) fn far_second(&self, span: usize) -> Option<CardSecond> {
        let mut second = NO_SECOND;
        // `second` is valid for writing for the time of the call; all octets are a value.
        let told = call!(self.0, get_far_second, span as u32, &raw mut second)?;
        (told != 0).then_some(second)
    }

    pub(crate) fn get_bits(&self, span: usize, bits: &mut [u8; 32]) {
        // `bits` has the 32 octets that the header says are written.
        let _ = call!(self.0, get_bits, span as u32, bits.as_mut_ptr());
    }

    /// `frames` is one granule long.
    pub(crate) fn receive(&self, span: usize, frames: &mut [Frame]) {
        debug_assert_eq!(frames.len(), self.0.granule as usize);
        // `frames` has the octets of a granule, which the header says are written.
        let _ = call!(self.0, receive, span as u32, frames.as_mut_ptr().cast());
    }

    pub(crate) fn set_bits(&self, span: usize, timeslot: usize, bits: u8) {
        let _ = call!(self.0, set_bits, span as u32, timeslot as u32, u32::from(bits));
    }

    /// `frames` is one granule long, and a copy: nothing else reads it, should the card write there.
    pub(crate) fn transmit(&self, span: usize, frames: &mut [Frame]) {
        debug_assert_eq!(frames.len(), self.0.granule as usize);
        // `frames` has the octets of a granule, which the header says are read.
        let _ = call!(self.0, transmit, span as u32, frames.as_mut_ptr().cast_const().cast());
    }

    pub(crate) fn set_clock(&self, source: ClockSource) {
        let span = match source {
            ClockSource::Span(span) => span as i32,
            ClockSource::Internal => -1,
            ClockSource::OtherCard => -2,
        };
        let _ = call!(self.0, set_clock, span);
    }

    pub(crate) fn order(&self, span: usize, order: u32, value: u32) {
        let _ = call!(self.0, order, span as u32, order, value);
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        let _ = call!(self.0, release);
    }
}

fn done(function: &'static str, code: Option<i32>) -> Result<(), CardError> {
    match code {
        Some(0) => Ok(()),
        Some(code) => Err(CardError::Failed { function, code }),
        None => Err(CardError::Hardware("a function is NULL")),
    }
}

/// A card and what a host with a later header may write behind it: one that assigns the whole structure writes as much
/// as its own has, and is refused by its size only afterwards.
#[repr(C)]
struct Room {
    card: Card,
    more: [u64; MORE],
}

const MORE: usize = 128;

const EMPTY: Card = Card {
    size: size_of::<Card>() as u32,
    spans: 0,
    granule: 0,
    ports: 0,
    abilities: 0,
    serial: 0,
    context: std::ptr::null_mut(),
    configure: None,
    start: None,
    stop: None,
    service: None,
    get_status: None,
    get_bits: None,
    receive: None,
    set_bits: None,
    transmit: None,
    set_clock: None,
    order: None,
    get_far_second: None,
    release: None,
};

const NO_SECOND: CardSecond = CardSecond {
    size: size_of::<CardSecond>() as u32,
    severe: 0,
    framing_errors: 0,
    crc_errors: 0,
    line_code_violations: 0,
    slips: 0,
};

const NO_STATUS: CardStatus = CardStatus {
    size: size_of::<CardStatus>() as u32,
    defects: 0,
    framing_errors: 0,
    crc_errors: 0,
    e_bits: 0,
    line_code_violations: 0,
    slips_repeated: 0,
    slips_deleted: 0,
    frames_missed: 0,
    line_bits: 0,
    quality: 0,
    looped: 0,
    looped_by_far_end: 0,
    sa_bits: 0,
};

/// From the size in version 0.1 of the interface, which hosts must at least have, to what the library knows.
const SIZES: std::ops::RangeInclusive<u32> = 136..=size_of::<Card>() as u32;
