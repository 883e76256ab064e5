//! T1 and J1 as G.704 and T1.403 write them down, sent: a frame is 193 booleans, numbered from 1 in its
//! superframe; the CRC is a long division on paper.

/// How 193-bit frames make a superframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Twelve frames, known as SF or D4.
    Superframe,
    /// Twenty-four frames, known as ESF.
    Extended,
    /// As that, with the CRC and the remote alarm of Japan.
    Japanese,
    /// Twelve frames, the F bit of the last of which is the remote alarm of Japan.
    JapaneseSuperframe,
}

impl Framing {
    /// Frames in a superframe.
    #[must_use]
    pub fn frames(self) -> usize {
        if self.is_short() { 12 } else { 24 }
    }

    /// Whether a superframe has twelve frames.
    #[must_use]
    pub fn is_short(self) -> bool {
        self == Self::Superframe || self == Self::JapaneseSuperframe
    }

    /// The framing bit of frame `number`, if that frame has one to be aligned by.
    #[must_use]
    pub fn framing_bit(self, number: usize) -> Option<bool> {
        if self == Self::JapaneseSuperframe && number == 12 {
            return None;
        }
        if self.is_short() {
            // Terminal frames are the odd ones, signalling frames the even ones.
            let bit = match number {
                1 | 5 | 9 => 1,
                3 | 7 | 11 => 0,
                2 | 4 => 0,
                6 | 8 | 10 => 1,
                12 => 0,
                _ => panic!("frame {number}"),
            };
            return Some(bit == 1);
        }
        match number {
            4 | 8 | 16 => Some(false),
            12 | 20 | 24 => Some(true),
            _ => None,
        }
    }

    /// Which signalling bit, A being 0, the channels give their last bit to in frame `number`.
    #[must_use]
    pub fn signalling_bit(self, number: usize) -> Option<usize> {
        match number {
            6 => Some(0),
            12 => Some(1),
            18 if !self.is_short() => Some(2),
            24 if !self.is_short() => Some(3),
            _ => None,
        }
    }

    /// Sixteen bits of the data link that say, again and again, that the other end cannot be received.
    #[must_use]
    pub fn link_alarm(self) -> [bool; 16] {
        let mut pattern = [true; 16];
        if self == Self::Extended {
            pattern[8..].fill(false);
        }
        pattern
    }

    /// The CRC that follows these 24 frames.
    #[must_use]
    pub fn crc(self, frames: &[Vec<bool>]) -> [bool; 6] {
        let mut message: Vec<bool> = Vec::new();
        for frame in frames {
            let mut frame = frame.clone();
            if self == Self::Extended {
                frame[0] = true;
            }
            message.extend(frame);
        }
        crc6(&message)
    }
}

/// The remainder of `message` times x⁶ divided by x⁶ + x + 1: e1 to e6.
#[must_use]
pub fn crc6(message: &[bool]) -> [bool; 6] {
    let mut dividend = message.to_vec();
    dividend.extend([false; 6]);
    for at in 0..message.len() {
        if dividend[at] {
            for (offset, coefficient) in [1, 0, 0, 0, 0, 1, 1].into_iter().enumerate() {
                dividend[at + offset] ^= coefficient == 1;
            }
        }
    }
    let mut rest = [false; 6];
    rest.copy_from_slice(&dividend[message.len()..]);
    rest
}

/// Sends frames of one span.
#[derive(Clone, Debug)]
pub struct Sender {
    /// How it frames.
    pub framing: Framing,
    /// Whether channels give bits to signalling.
    pub cas: bool,
    /// Remote alarm.
    pub rai: bool,
    /// The bits A, B, C, D of channels 1 to 24, by channel number.
    pub abcd: [[bool; 4]; 25],
    number: usize,
    superframe: Vec<Vec<bool>>,
    crc: [bool; 6],
    link: Vec<bool>,
    link_sent: usize,
    alarm_sent: usize,
}

impl Sender {
    /// A sender at frame 1, with no alarm, all signalling bits 0 and flags in the data link.
    #[must_use]
    pub fn new(framing: Framing, cas: bool) -> Self {
        Self {
            framing,
            cas,
            rai: false,
            abcd: [[false; 4]; 25],
            number: 1,
            superframe: Vec::new(),
            crc: [false; 6],
            link: vec![false, true, true, true, true, true, true, false],
            link_sent: 0,
            alarm_sent: 0,
        }
    }

    /// Lets the data link say these bits from now on, again and again.
    pub fn say(&mut self, link: Vec<bool>) {
        (self.link, self.link_sent) = (link, 0);
    }

    /// The bits of the next frame, whose channels are filled from `slots`, index 1 for channel 1.
    pub fn frame(&mut self, slots: &[u8; 32]) -> Vec<bool> {
        let n = self.number;
        let mut bits = vec![self.f_bit(n)];
        for channel in 1..=24 {
            let mut octet = crate::bits_of(&slots[channel..=channel]);
            if let Some(which) = self.framing.signalling_bit(n).filter(|_| self.cas) {
                octet[7] = self.abcd[channel][which];
            }
            if self.rai && self.framing == Framing::Superframe {
                octet[1] = false;
            }
            bits.extend(octet);
        }
        self.superframe.push(bits.clone());
        if n == self.framing.frames() {
            self.crc = self.framing.crc(&self.superframe);
            self.superframe.clear();
            self.number = 0;
        }
        self.number += 1;
        bits
    }

    fn f_bit(&mut self, n: usize) -> bool {
        if let Some(bit) = self.framing.framing_bit(n) {
            return bit;
        }
        if self.framing == Framing::JapaneseSuperframe {
            return self.rai;
        }
        if n.is_multiple_of(2) {
            return self.crc[(n - 2) / 4];
        }
        // A pattern that has begun is sent to its end.
        if self.rai || !self.alarm_sent.is_multiple_of(16) {
            self.link_sent = 0;
            self.alarm_sent += 1;
            return self.framing.link_alarm()[(self.alarm_sent - 1) % 16];
        }
        self.alarm_sent = 0;
        self.link_sent += 1;
        self.link[(self.link_sent - 1) % self.link.len()]
    }
}
