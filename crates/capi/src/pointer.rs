//! The host's memory: the only place where its pointers are followed.
//!
//! Everything here is checked before it is read or written: NULL, the size that a structure says it has, the
//! length of a string and that it is UTF-8. Nothing needs alignment, and nothing is kept: inputs are copied,
//! and an [`Out`] lives no longer than the call.
#![allow(unsafe_code)]

use crate::result::{Code, Failure};
use crate::types::{
    Alarm, AnalysisOptions, AnswerOptions, BridgeParty, BridgeTerms, CallInfo, CallOptions, CallParties,
    CardInfo, Changes, ChannelState, Clock, DChannel, EchoTerms, Element, Event, FrameCounts,
    GroupStatistics, LineTest, Performance, Piece, PlayOptions, PlayState, PlayStreamOptions, RecordOptions,
    RecordState, Shape, SpanClock, SpanInfo, Statistics, StreamOptions, StreamPortion, TapCall, Terms, Time,
    Tone, VoiceTerms,
};
use std::ffi::{c_char, c_void};
use std::ptr::NonNull;

/// A structure of the header.
///
/// # Safety
/// The type is `repr(C)`, begins with a `u32` that is its size, has no padding, and takes any octets for a
/// value.
pub(crate) unsafe trait Structure: Copy {
    /// Its size in version 0.1 of the interface, which hosts must at least have.
    const FIRST_SIZE: u32;
}

// SAFETY: see types.rs; layouts are compared with the header in tests/layout.rs.
unsafe impl Structure for Event {
    const FIRST_SIZE: u32 = 352;
}

// SAFETY: as above.
unsafe impl Structure for CallInfo {
    const FIRST_SIZE: u32 = 88;
}

// SAFETY: as above.
unsafe impl Structure for TapCall {
    const FIRST_SIZE: u32 = 80;
}

// SAFETY: as above.
unsafe impl Structure for Time {
    const FIRST_SIZE: u32 = 72;
}

// SAFETY: as above.
unsafe impl Structure for DChannel {
    const FIRST_SIZE: u32 = 4640;
}

// SAFETY: as above; it holds a pointer, for which any octets are a value.
unsafe impl Structure for CallOptions {
    const FIRST_SIZE: u32 = 624;
}

// SAFETY: as above.
unsafe impl Structure for AnswerOptions {
    const FIRST_SIZE: u32 = 344;
}

// SAFETY: as above.
unsafe impl Structure for CallParties {
    const FIRST_SIZE: u32 = 728;
}

// SAFETY: as above.
unsafe impl Structure for ChannelState {
    const FIRST_SIZE: u32 = 40;
}

// SAFETY: as above.
unsafe impl Structure for BridgeTerms {
    const FIRST_SIZE: u32 = 32;
}

// SAFETY: as above.
unsafe impl Structure for EchoTerms {
    const FIRST_SIZE: u32 = 24;
}

// SAFETY: as above.
unsafe impl Structure for BridgeParty {
    const FIRST_SIZE: u32 = 48;
}

// SAFETY: as above.
unsafe impl Structure for Terms {
    const FIRST_SIZE: u32 = 96;
}

// SAFETY: as above.
unsafe impl Structure for PlayOptions {
    const FIRST_SIZE: u32 = 24;
}

// SAFETY: as above.
unsafe impl Structure for PlayStreamOptions {
    const FIRST_SIZE: u32 = 12;
}

// SAFETY: as above.
unsafe impl Structure for StreamOptions {
    const FIRST_SIZE: u32 = 28;
}

// SAFETY: as above.
unsafe impl Structure for StreamPortion {
    const FIRST_SIZE: u32 = 40;
}

// SAFETY: as above.
unsafe impl Structure for Shape {
    const FIRST_SIZE: u32 = 56;
}

// SAFETY: as above.
unsafe impl Structure for AnalysisOptions {
    const FIRST_SIZE: u32 = 32;
}

// SAFETY: as above.
unsafe impl Structure for RecordOptions {
    const FIRST_SIZE: u32 = 44;
}

// SAFETY: as above.
unsafe impl Structure for GroupStatistics {
    const FIRST_SIZE: u32 = 80;
}

// SAFETY: as above.
unsafe impl Structure for Alarm {
    const FIRST_SIZE: u32 = 168;
}

// SAFETY: as above.
unsafe impl Structure for PlayState {
    const FIRST_SIZE: u32 = 48;
}

// SAFETY: as above.
unsafe impl Structure for RecordState {
    const FIRST_SIZE: u32 = 24;
}

// SAFETY: as above.
unsafe impl Structure for Changes {
    const FIRST_SIZE: u32 = 24;
}

// SAFETY: as above.
unsafe impl Structure for VoiceTerms {
    const FIRST_SIZE: u32 = 16;
}

// SAFETY: as above.
unsafe impl Structure for FrameCounts {
    const FIRST_SIZE: u32 = 88;
}

// SAFETY: as above.
unsafe impl Structure for Tone {
    const FIRST_SIZE: u32 = 144;
}

// SAFETY: as above.
unsafe impl Structure for SpanInfo {
    const FIRST_SIZE: u32 = 40;
}

// SAFETY: as above.
unsafe impl Structure for CardInfo {
    const FIRST_SIZE: u32 = 248;
}

// SAFETY: as above.
unsafe impl Structure for Performance {
    const FIRST_SIZE: u32 = 104;
}

// SAFETY: as above.
unsafe impl Structure for Statistics {
    const FIRST_SIZE: u32 = 208;
}

// SAFETY: as above.
unsafe impl Structure for Clock {
    const FIRST_SIZE: u32 = 32;
}

// SAFETY: as above.
unsafe impl Structure for SpanClock {
    const FIRST_SIZE: u32 = 192;
}

// SAFETY: as above.
unsafe impl Structure for LineTest {
    const FIRST_SIZE: u32 = 56;
}

/// Where the host wants one number.
#[derive(Debug)]
pub(crate) struct Out<T>(NonNull<T>);

impl<T: Copy> Out<T> {
    /// Checks the pointer of the argument called `name`.
    ///
    /// # Safety
    /// If it is not NULL, it is valid for writing while the value lives.
    pub(crate) unsafe fn new(pointer: *mut T, name: &'static str) -> Result<Self, Failure> {
        NonNull::new(pointer).map(Self).ok_or_else(|| null(name))
    }

    pub(crate) fn put(self, value: T) {
        // SAFETY: valid for writing, by the promise given to `new`.
        unsafe { self.0.write_unaligned(value) }
    }
}

/// Where the host wants a structure.
#[derive(Debug)]
pub(crate) struct OutStructure<T> {
    place: NonNull<T>,
    size: u32,
}

impl<T: Structure> OutStructure<T> {
    /// Checks the pointer of the argument called `name`, and the size in the structure.
    ///
    /// # Safety
    /// If it is not NULL, it is valid for reading its first four octets, and for writing as many octets as
    /// they say, while the value lives.
    pub(crate) unsafe fn new(pointer: *mut T, name: &'static str) -> Result<Self, Failure> {
        let place = NonNull::new(pointer).ok_or_else(|| null(name))?;
        // SAFETY: four octets are readable, by this function's own condition.
        let size = unsafe { size_of_host::<T>(place, name)? };
        Ok(Self { place, size })
    }

    /// Writes as much of `value` as the host's structure has, and leaves the host's size in it.
    pub(crate) fn put(self, value: &T) {
        let octets = octets_in_common::<T>(self.size);
        let from = std::ptr::from_ref(value).cast::<u8>();
        // SAFETY: both have `octets` octets, the host's by the promise given to `new`, and four at least. The
        // value is the library's, so that they do not overlap; it has no padding.
        unsafe {
            let to = self.place.as_ptr().cast::<u8>();
            std::ptr::copy_nonoverlapping(from.add(SIZE_FIELD), to.add(SIZE_FIELD), octets - SIZE_FIELD);
        }
    }
}

/// Copies a structure of the host; what the host's does not have is zero. NULL gives `None`.
///
/// # Safety
/// If the pointer is not NULL, it is valid for reading its first four octets, and as many octets as they say.
pub(crate) unsafe fn structure<T: Structure>(
    pointer: *const T,
    name: &'static str,
) -> Result<Option<T>, Failure> {
    let Some(place) = NonNull::new(pointer.cast_mut()) else { return Ok(None) };
    // SAFETY: four octets are readable, by this function's own condition.
    let size = unsafe { size_of_host::<T>(place, name)? };
    let mut value = std::mem::MaybeUninit::<T>::zeroed();
    // SAFETY: both have so many octets, the host's by this function's condition; zero octets and any others
    // are a value of a `Structure`.
    unsafe {
        let from = pointer.cast::<u8>();
        std::ptr::copy_nonoverlapping(from, value.as_mut_ptr().cast(), octets_in_common::<T>(size));
        Ok(Some(value.assume_init()))
    }
}

/// Copies a structure of the host that there must be.
///
/// # Safety
/// As for [`structure`].
pub(crate) unsafe fn needed<T: Structure>(pointer: *const T, name: &'static str) -> Result<T, Failure> {
    // SAFETY: by this function's own condition.
    unsafe { structure(pointer, name)? }.ok_or_else(|| null(name))
}

/// Copies `count` samples.
///
/// # Safety
/// If the pointer is not NULL, it is valid for reading `count` samples.
pub(crate) unsafe fn samples(pointer: *const i16, count: usize) -> Result<Vec<i16>, Failure> {
    if pointer.is_null() {
        return Err(null("samples"));
    }
    if count > MOST_SAMPLES {
        return Err(Failure::argument(format!("count: at most {MOST_SAMPLES} samples, an hour")));
    }
    let mut samples = vec![0_i16; count];
    // SAFETY: both have `count` samples; the vector is new, so that they do not overlap.
    unsafe {
        std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), samples.as_mut_ptr().cast(), count * 2);
    }
    Ok(samples)
}

/// Copies `count` octets, `most` at most.
///
/// # Safety
/// If the pointer is not NULL, it is valid for reading `count` octets.
pub(crate) unsafe fn octets(
    pointer: *const c_void,
    name: &'static str,
    count: usize,
    most: usize,
) -> Result<Vec<u8>, Failure> {
    if pointer.is_null() && count > 0 {
        return Err(null(name));
    }
    if count > most {
        return Err(Failure::argument(format!("{name}: at most {most} octets")));
    }
    let mut octets = vec![0; count];
    if count > 0 {
        // SAFETY: both have `count` octets; the vector is new, so that they do not overlap.
        unsafe { std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), octets.as_mut_ptr(), count) };
    }
    Ok(octets)
}

/// Octets that may become an element: one more than it holds, so that what is too long is told by its kind.
pub(crate) const MORE_THAN_AN_ELEMENT: usize = 256;

/// Copies `count` elements, `most` at most, of the argument called `name`.
///
/// # Safety
/// If the pointer is not NULL, it is valid for reading `count` elements.
pub(crate) unsafe fn elements(
    pointer: *const Element,
    name: &'static str,
    count: usize,
    most: usize,
) -> Result<Vec<Element>, Failure> {
    if pointer.is_null() && count > 0 {
        return Err(null(name));
    }
    if count > most {
        return Err(Failure::argument(format!("{name}: at most {most} of them")));
    }
    // SAFETY: each of `count` elements is readable, by this function's own condition.
    Ok((0..count).map(|index| unsafe { pointer.add(index).read_unaligned() }).collect())
}

/// Copies `count` pieces, `most` at most.
///
/// # Safety
/// If the pointer is not NULL, it is valid for reading `count` pieces.
pub(crate) unsafe fn pieces(pointer: *const Piece, count: usize, most: usize) -> Result<Vec<Piece>, Failure> {
    if pointer.is_null() && count > 0 {
        return Err(null("pieces"));
    }
    if count > most {
        return Err(Failure::argument(format!("pieces: at most {most} of them")));
    }
    // SAFETY: each of `count` pieces is readable, by this function's own condition.
    Ok((0..count).map(|index| unsafe { pointer.add(index).read_unaligned() }).collect())
}

/// Where the host wants octets.
#[derive(Debug)]
pub(crate) struct Room {
    place: NonNull<u8>,
    room: usize,
}

impl Room {
    /// Checks the pointer of the argument called `name`.
    ///
    /// # Safety
    /// If it is not NULL, it is valid for writing `room` octets while the value lives.
    pub(crate) unsafe fn new(pointer: *mut c_void, name: &'static str, room: usize) -> Result<Self, Failure> {
        let place = NonNull::new(pointer.cast()).ok_or_else(|| null(name))?;
        Ok(Self { place, room })
    }

    /// Writes as many as there is room for.
    pub(crate) fn put(self, octets: &[u8]) {
        let count = octets.len().min(self.room);
        // SAFETY: both have `count` octets, the host's by the promise given to `new`; ours are the library's.
        unsafe { std::ptr::copy_nonoverlapping(octets.as_ptr(), self.place.as_ptr(), count) };
    }
}

/// Where the host wants samples.
#[derive(Debug)]
pub(crate) struct SampleRoom(Room);

impl SampleRoom {
    /// Checks the pointer of the argument called `name`.
    ///
    /// # Safety
    /// If it is not NULL, it is valid for writing `room` samples while the value lives.
    pub(crate) unsafe fn new(pointer: *mut i16, name: &'static str, room: usize) -> Result<Self, Failure> {
        // SAFETY: this function's own condition; more octets than there are addresses cannot be valid.
        unsafe { Room::new(pointer.cast(), name, room.saturating_mul(2)).map(Self) }
    }

    /// How many there is room for.
    pub(crate) const fn samples(&self) -> usize {
        self.0.room / 2
    }

    /// Writes as many as there is room for.
    pub(crate) fn put(self, samples: &[i16]) {
        let octets: Vec<u8> = samples.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        self.0.put(&octets);
    }
}

/// Copies a string of at most `longest` octets.
///
/// # Safety
/// If the pointer is not NULL, it is valid for reading up to a zero octet, or `longest` + 1 octets.
pub(crate) unsafe fn text(
    pointer: *const c_char,
    name: &'static str,
    longest: usize,
) -> Result<String, Failure> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: by this function's own condition; nothing is read behind the first zero octet.
    let length = unsafe { libc::strnlen(pointer, longest + 1) };
    if length > longest {
        return Err(Failure::argument(format!("{name}: longer than {longest} octets")));
    }
    // SAFETY: `length` octets were just read.
    let octets = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), length) };
    let text = std::str::from_utf8(octets);
    let text = text.map_err(|error| {
        Failure::argument(format!("{name}: not UTF-8 from octet {} on", error.valid_up_to()))
    })?;
    Ok(text.to_owned())
}

/// The string in an array of a structure that has been copied.
pub(crate) fn held_text(array: &[c_char], name: &str) -> Result<String, Failure> {
    let octets: Vec<u8> = array.iter().map(|octet| *octet as u8).take_while(|octet| *octet != 0).collect();
    if octets.len() == array.len() {
        return Err(Failure::argument(format!("{name}: there is no zero octet in its {}", array.len())));
    }
    String::from_utf8(octets).map_err(|error| {
        let from = error.utf8_error().valid_up_to();
        Failure::argument(format!("{name}: not UTF-8 from octet {from} on"))
    })
}

/// The size in the host's structure.
///
/// # Safety
/// Four octets are readable.
unsafe fn size_of_host<T: Structure>(place: NonNull<T>, name: &'static str) -> Result<u32, Failure> {
    // SAFETY: by this function's own condition.
    let size = unsafe { place.cast::<u32>().read_unaligned() };
    if size >= T::FIRST_SIZE {
        return Ok(size);
    }
    let least = T::FIRST_SIZE;
    Err(Failure::new(Code::Size, format!("{name}->size is {size}; set it to sizeof, at least {least}")))
}

fn octets_in_common<T: Structure>(size: u32) -> usize {
    size_of::<T>().min(size as usize)
}

fn null(name: &'static str) -> Failure {
    Failure::new(Code::Null, format!("{name} is NULL"))
}

const SIZE_FIELD: usize = size_of::<u32>();
/// An hour.
pub(crate) const MOST_SAMPLES: usize = 3600 * 8000;
