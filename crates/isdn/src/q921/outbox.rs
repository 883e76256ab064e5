//! Short frames, which carry no information, waiting to be fetched.
use super::frame::{Control, FrameKind, NUMBERED_LEN};

/// A frame without information field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShortFrame {
    octets: [u8; NUMBERED_LEN],
    len: usize,
    pub(crate) kind: FrameKind,
}

impl ShortFrame {
    pub(crate) const fn new(address: [u8; 2], control: Control) -> Self {
        let ([first, second], size) = control.encode();
        Self { octets: [address[0], address[1], first, second], len: 2 + size, kind: control.kind() }
    }

    pub(crate) fn octets(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or(&[])
    }
}

/// Short frames in the order in which they were decided on.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    frames: [Option<ShortFrame>; Self::CAPACITY],
    first: usize,
    len: usize,
}

impl Outbox {
    /// More than an owner who fetches after every stimulus ever sees.
    const CAPACITY: usize = 16;

    pub(crate) const fn new() -> Self {
        Self { frames: [None; Self::CAPACITY], first: 0, len: 0 }
    }

    /// Whether there was room. A frame without room is as good as lost on the line.
    pub(crate) const fn push(&mut self, frame: ShortFrame) -> bool {
        if self.len == Self::CAPACITY {
            return false;
        }
        self.frames[(self.first + self.len) % Self::CAPACITY] = Some(frame);
        self.len += 1;
        true
    }

    pub(crate) const fn pop(&mut self) -> Option<ShortFrame> {
        if self.len == 0 {
            return None;
        }
        let frame = self.frames[self.first];
        self.first = (self.first + 1) % Self::CAPACITY;
        self.len -= 1;
        frame
    }

    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }
}
