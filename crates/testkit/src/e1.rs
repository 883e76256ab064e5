//! E1 as G.704 writes it down, sent: a frame is 256 booleans, the CRC a long division on paper.

/// The remainder of `message` times x⁴ divided by x⁴ + x + 1: C1, C2, C3, C4.
#[must_use]
pub fn crc4(message: &[bool]) -> [bool; 4] {
    let mut dividend = message.to_vec();
    dividend.extend([false; 4]);
    for at in 0..message.len() {
        if dividend[at] {
            for (offset, coefficient) in [true, false, false, true, true].into_iter().enumerate() {
                dividend[at + offset] ^= coefficient;
            }
        }
    }
    let rest = &dividend[message.len()..];
    [rest[0], rest[1], rest[2], rest[3]]
}

/// The C bits of the sub-multiframe after this one: its own C bits count as 0.
#[must_use]
pub fn smf_crc(frames: &[Vec<bool>]) -> [bool; 4] {
    let mut message: Vec<bool> = Vec::new();
    for (number, frame) in frames.iter().enumerate() {
        let mut frame = frame.clone();
        if number.is_multiple_of(2) {
            frame[0] = false;
        }
        message.extend(frame);
    }
    crc4(&message)
}

/// Sends frames of one span.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Whether bit 1 of timeslot 0 carries the CRC-4 multiframe.
    pub crc4: bool,
    /// Whether timeslot 16 carries the signalling multiframe.
    pub cas: bool,
    /// Bit A.
    pub a: bool,
    /// Bit y.
    pub y: bool,
    /// Sa4 to Sa8.
    pub sa: [bool; 5],
    /// E1 and E2.
    pub e: [bool; 2],
    /// The bits a, b, c, d of channels 1 to 30, by channel number.
    pub abcd: [[bool; 4]; 31],
    number: usize,
    smf: Vec<Vec<bool>>,
    c: [bool; 4],
}

impl Sender {
    /// A sender at frame 0, with no alarm and all channels at 1101.
    #[must_use]
    pub fn new(crc4: bool, cas: bool) -> Self {
        Self {
            crc4,
            cas,
            a: false,
            y: false,
            sa: [true; 5],
            e: [true; 2],
            abcd: [[true, true, false, true]; 31],
            number: 0,
            smf: Vec::new(),
            c: [false; 4],
        }
    }

    /// The bits of the next frame, whose timeslots are filled from `slots` where framing leaves them alone.
    pub fn frame(&mut self, slots: &[u8; 32]) -> Vec<bool> {
        let n = self.number;
        let mut bits = crate::bits_of(slots);
        let ts0 = self.timeslot_0(n);
        bits[..8].copy_from_slice(&ts0);
        if self.cas {
            let ts16 = self.timeslot_16(n);
            bits[128..136].copy_from_slice(&ts16);
        }
        self.smf.push(bits.clone());
        if self.smf.len() == 8 {
            self.c = smf_crc(&self.smf);
            self.smf.clear();
        }
        self.number = (n + 1) % 16;
        bits
    }

    fn timeslot_0(&self, n: usize) -> [bool; 8] {
        if n.is_multiple_of(2) {
            let first = if self.crc4 { self.c[n % 8 / 2] } else { true };
            return [first, false, false, true, true, false, true, true];
        }
        let multiframe_bits = [false, false, true, false, true, true, self.e[0], self.e[1]];
        let first = if self.crc4 { multiframe_bits[n / 2] } else { true };
        let sa = self.sa;
        [first, true, self.a, sa[0], sa[1], sa[2], sa[3], sa[4]]
    }

    fn timeslot_16(&self, n: usize) -> [bool; 8] {
        if n == 0 {
            return [false, false, false, false, true, self.y, true, true];
        }
        let (low, high) = (self.abcd[n], self.abcd[n + 15]);
        [low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]]
    }
}
