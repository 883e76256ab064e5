//! Bit-oriented codes and the remote alarm in the FDL of an extended superframe, received.
use super::registers::state;

/// The BOC receiver: words of eight ones, 0, six bits lowest first, 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct BocReceiver {
    /// T1RBOCC as it was taken over.
    gone_after: u8,
    wanted: u8,
    last: u16,
    /// Bits since the last valid word.
    silent: u8,
    /// The code of that word, and how many there were in a row.
    code: u8,
    in_a_row: u8,
    current: Option<u8>,
    /// T1RBOC.
    told: u8,
}

impl BocReceiver {
    pub(super) const fn new(t1rbocc: u8) -> Self {
        Self {
            gone_after: 16 * ((t1rbocc >> 4 & 3) + 1),
            wanted: 2 * (t1rbocc >> 1 & 3) + 1,
            last: 0,
            silent: 0,
            code: NONE,
            in_a_row: 0,
            current: None,
            told: 0,
        }
    }

    /// T1RBOC, the last code that came.
    pub(super) const fn told(&self) -> u8 {
        self.told
    }

    /// Takes a bit of the FDL and gives bits of RLS7.
    pub(super) const fn take(&mut self, bit: bool) -> u8 {
        self.last = self.last << 1 | bit as u16;
        self.silent = self.silent.saturating_add(1);
        let code = (self.last as u8).reverse_bits() >> 1;
        // Code 0 is the remote alarm, code 63 would be a flag.
        if self.last & 0xff81 == 0xff00 && code != 0 && code != NONE {
            self.in_a_row =
                if self.silent == 16 && code == self.code { self.in_a_row.saturating_add(1) } else { 1 };
            (self.code, self.silent) = (code, 0);
            let is_new = !matches!(self.current, Some(current) if current == code);
            if self.in_a_row >= self.wanted && is_new {
                (self.current, self.told) = (Some(code), code);
                return state::BD;
            }
        } else if self.silent >= self.gone_after && self.current.is_some() {
            self.current = None;
            return state::BC;
        }
        0
    }
}

/// The remote alarm in the FDL: sixteen patterns in a row, until of sixteen there are 14 or fewer.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkAlarm {
    last: u16,
    wait: u8,
    /// Patterns in a row; while the alarm is there, patterns seen of those looked at.
    seen: u8,
    looked: u8,
    on: bool,
}

impl LinkAlarm {
    pub(super) const fn new() -> Self {
        Self { last: 0, wait: 0, seen: 0, looked: 0, on: false }
    }

    pub(super) const fn is_on(&self) -> bool {
        self.on
    }

    /// Takes a bit; `pattern` has the first bit of the alarm in bit 15.
    pub(super) const fn take(&mut self, bit: bool, pattern: u16) {
        self.last = self.last << 1 | bit as u16;
        if self.wait > 0 {
            self.wait -= 1;
            return;
        }
        let is_pattern = self.last == pattern;
        self.wait = if is_pattern || self.on { 15 } else { 0 };
        self.seen = if is_pattern {
            self.seen + 1
        } else if self.on {
            self.seen
        } else {
            0
        };
        self.looked += 1;
        if !self.on {
            self.looked = 0;
            if self.seen == 16 {
                (self.on, self.seen) = (true, 0);
            }
        } else if self.looked == 16 {
            (self.on, self.seen, self.looked) = (self.seen > 14, 0, 0);
        }
    }
}

const NONE: u8 = 0x3f;
