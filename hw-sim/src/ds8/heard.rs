//! What a deframer of `line` tells in one push, gathered so that the chip can make its own of it.
use tandem_line::{DeframerSink, LineEvent};

/// One push of a deframer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    pub(super) frame: [u8; 32],
    /// The frame belongs to an alignment.
    pub(super) aligned: bool,
    /// Alignment was found, with the bit at which it begins.
    pub(super) found_at: Option<u64>,
    pub(super) lost: bool,
    pub(super) framing_error: bool,
    pub(super) crc_error: bool,
    pub(super) data_link: Option<bool>,
}

impl Heard {
    pub(super) const NOTHING: Self = Self {
        frame: [0xff; 32],
        aligned: false,
        found_at: None,
        lost: false,
        framing_error: false,
        crc_error: false,
        data_link: None,
    };
}

impl DeframerSink for Heard {
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        (self.frame, self.aligned) = (*octets, aligned);
    }

    fn event(&mut self, event: LineEvent) {
        match event {
            LineEvent::Aligned { bit_offset, .. } => self.found_at = Some(bit_offset),
            LineEvent::Lost { .. } => self.lost = true,
            LineEvent::FasError { .. } => self.framing_error = true,
            LineEvent::CrcError { .. } => self.crc_error = true,
            _ => {}
        }
    }

    fn data_link(&mut self, bit: bool) {
        self.data_link = Some(bit);
    }
}

/// Ones and few zeros: RAIS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ais {
    zeros: u32,
    frames: u8,
    verdict: bool,
}

impl Ais {
    pub(super) const fn new() -> Self {
        Self { zeros: 0, frames: 0, verdict: false }
    }

    /// Takes a frame. E1: two zeros or less in 512 bits. T1: four or less in 3 ms.
    pub(super) fn take(&mut self, bits: &[u64; 4], e1: bool) {
        let [a, b, c, last] = *bits;
        let (last, period, most) = if e1 { (last, 2, 2) } else { (last | u64::MAX >> 1, 24, 4) };
        self.zeros += [a, b, c, last].iter().map(|word| word.count_zeros()).sum::<u32>();
        self.frames += 1;
        if self.frames >= period {
            *self = Self { verdict: self.zeros <= most, ..Self::new() };
        }
    }

    pub(super) const fn is_there(&self) -> bool {
        self.verdict
    }
}
