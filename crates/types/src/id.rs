//! Handles: what a host holds instead of pointers. A stale one is recognised, never followed.

/// What a handle names. The value is the top octet of the handle and part of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum HandleKind {
    /// An open engine.
    Engine = 1,
    /// A trunk span.
    Span = 2,
    /// One channel of a span.
    Channel = 3,
    /// A conference bridge.
    Bridge = 4,
    /// An operation in progress: a play, a record, a collect, a stream.
    Operation = 5,
    /// A line test in progress.
    LineTest = 6,
    /// A queue of events besides the main one.
    Queue = 7,
    /// A timer that runs.
    Timer = 8,
}

impl HandleKind {
    const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            1 => Some(Self::Engine),
            2 => Some(Self::Span),
            3 => Some(Self::Channel),
            4 => Some(Self::Bridge),
            5 => Some(Self::Operation),
            6 => Some(Self::LineTest),
            7 => Some(Self::Queue),
            8 => Some(Self::Timer),
            _ => None,
        }
    }
}

/// A 64-bit handle: kind in bits 63–56, index in bits 55–32, generation in bits 31–0. Zero names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(u64);

impl Handle {
    /// Indices are 24 bits wide.
    pub const MAX_INDEX: u32 = (1 << 24) - 1;

    /// Puts a handle together. The index is cut to its 24 bits: tables are never that large.
    #[must_use]
    pub const fn new(kind: HandleKind, index: u32, generation: u32) -> Self {
        Self(((kind as u64) << 56) | (((index & Self::MAX_INDEX) as u64) << 32) | generation as u64)
    }

    /// Reads a handle from a host's number; `None` for 0 and for kinds that do not exist.
    #[must_use]
    pub const fn from_raw(raw: u64) -> Option<Self> {
        match HandleKind::from_octet((raw >> 56) as u8) {
            Some(_) => Some(Self(raw)),
            None => None,
        }
    }

    /// The number a host holds.
    #[must_use]
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// What the handle names.
    #[must_use]
    pub const fn kind(self) -> HandleKind {
        match HandleKind::from_octet((self.0 >> 56) as u8) {
            Some(kind) => kind,
            None => unreachable!(), // both constructors admit existing kinds only
        }
    }

    /// The slot in its table.
    #[must_use]
    pub const fn index(self) -> u32 {
        (self.0 >> 32) as u32 & Self::MAX_INDEX
    }

    /// Which user of that slot it was made for.
    #[must_use]
    pub const fn generation(self) -> u32 {
        self.0 as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_gives_back_its_parts() {
        let handle = Handle::new(HandleKind::Bridge, 0x00ab_cdef, 0x1234_5678);
        assert_eq!(handle.raw(), 0x04ab_cdef_1234_5678);
        assert_eq!(Handle::from_raw(handle.raw()), Some(handle));
        assert_eq!(
            (handle.kind(), handle.index(), handle.generation()),
            (HandleKind::Bridge, 0x00ab_cdef, 0x1234_5678)
        );
    }

    #[test]
    fn zero_and_unknown_kinds_are_no_handles() {
        assert_eq!(Handle::from_raw(0), None);
        assert_eq!(Handle::from_raw(0xff00_0000_0000_0001), None);
    }
}
