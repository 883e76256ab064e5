//! Descriptors that are devices, by their numbers, and how they are read and written.
use std::sync::atomic::{AtomicU32, Ordering};
use tandem_types::dahdi::AnswerHeader;

/// What is known of a descriptor that was opened here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Octets that one read or write moves at most.
    pub(crate) most: u16,
    /// Each write is a frame.
    pub(crate) whole_writes: bool,
    /// What is left of a mark lies behind octets that are yet to be read.
    pub(crate) husk: bool,
}

impl From<&AnswerHeader> for Shape {
    fn from(answer: &AnswerHeader) -> Self {
        Self { most: answer.most, whole_writes: answer.whole_writes, husk: false }
    }
}

pub(crate) fn set(fd: i32, shape: Shape) {
    if let Some(place) = place(fd) {
        let framed = if shape.whole_writes { FRAMED } else { 0 };
        let husk = if shape.husk { HUSK } else { 0 };
        place.store(OURS | framed | husk | u32::from(shape.most), Ordering::Relaxed);
    }
}

pub(crate) fn set_husk(fd: i32, husk: bool) {
    if let Some(shape) = get(fd) {
        set(fd, Shape { husk, ..shape });
    }
}

pub(crate) fn forget(fd: i32) {
    if let Some(place) = place(fd) {
        place.store(0, Ordering::Relaxed);
    }
}

pub(crate) fn forget_range(first: usize, last: usize) {
    for place in TABLE.iter().take(last.saturating_add(1)).skip(first) {
        place.store(0, Ordering::Relaxed);
    }
}

pub(crate) fn get(fd: i32) -> Option<Shape> {
    let known = place(fd)?.load(Ordering::Relaxed);
    (known & OURS != 0).then_some(Shape {
        most: known as u16,
        whole_writes: known & FRAMED != 0,
        husk: known & HUSK != 0,
    })
}

fn place(fd: i32) -> Option<&'static AtomicU32> {
    TABLE.get(usize::try_from(fd).ok()?)
}

/// Descriptors of higher numbers are read and written as the streams that they are.
static TABLE: [AtomicU32; 4096] = [const { AtomicU32::new(0) }; 4096];
const OURS: u32 = 1 << 31;
const FRAMED: u32 = 1 << 30;
const HUSK: u32 = 1 << 29;
