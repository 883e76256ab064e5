//! T1 framer (G.704, T1.403): puts the F bits before the timeslots, and robs bits for signalling.
use super::ais_ci::AisCiGenerator;
use super::alarms::SECOND_BITS;
use super::crc6::Crc6;
use super::frame::{Frame, LAST_BITS, T1_TIMESLOTS, spread_bits};
use super::{FBit, LinkSender, T1Config, T1Framing};
use crate::bits::FrameWords;
use tandem_types::{Abcd, Timeslot};

/// Transmit side of a T1 span.
#[derive(Clone, Debug)]
pub struct T1Framer {
    config: T1Config,
    /// Number in the superframe of the next frame, from 0.
    next: u8,
    crc: Crc6,
    /// e1 to e6 of the superframe before, e1 in bit 5.
    crc_bits: u8,
    data_link: LinkSender,
    rai: bool,
    ais: bool,
    /// Goes before AIS.
    ais_ci: Option<AisCiGenerator>,
    /// Bits A, B, C and D to send, bit n for timeslot n.
    signalling: [u32; 4],
    suppresses_zeros: bool,
}

impl T1Framer {
    /// A framer at the first frame of its superframe: no alarms, flags in the data link, all signalling bits 0.
    #[must_use]
    pub const fn new(config: &T1Config) -> Self {
        Self {
            config: *config,
            next: 0,
            crc: Crc6::new(),
            crc_bits: 0,
            data_link: LinkSender::new(),
            rai: false,
            ais: false,
            ais_ci: None,
            signalling: [0; 4],
            suppresses_zeros: false,
        }
    }

    /// The next frame as it goes onto the line, in the first 193 places of the words. Timeslot n is octet n
    /// of `slots`; the others are not looked at.
    pub fn frame(&mut self, slots: &[u8; 32]) -> FrameWords {
        let number = self.next;
        let framing = self.config.framing;
        self.next = framing.after(number);
        let mut payload = Frame::payload_of(slots);
        if self.config.cas {
            self.rob(number, &mut payload);
        }
        if framing == T1Framing::Sf && self.rai {
            payload.iter_mut().for_each(|word| *word &= !SECOND_BITS);
        }
        if self.suppresses_zeros {
            payload.iter_mut().for_each(|word| *word |= stuffing(*word));
        }
        let f = match framing.f_bit(number) {
            FBit::Framing(bit) => bit,
            FBit::Crc => (self.crc_bits >> (5 - number % 24 / 4)) & 1 != 0,
            FBit::DataLink => self.data_link.poll_bit(framing, self.rai),
            FBit::Alarm => self.rai,
        };
        if framing.is_extended() {
            self.crc.push(f || framing == T1Framing::Esf, &payload);
            if self.next == 0 {
                self.crc_bits = core::mem::take(&mut self.crc).bits();
            }
        }
        match &mut self.ais_ci {
            Some(generator) => generator.frame(),
            None if self.ais => ONES,
            None => Frame { f, payload }.words(),
        }
    }

    fn rob(&self, number: u8, payload: &mut [u64; 3]) {
        let Some(which) = self.config.framing.signalling_bit(number) else { return };
        for (word, first) in payload.iter_mut().zip([1, 9, 17]) {
            *word = (*word & !LAST_BITS) | spread_bits(self.signalling[which], first);
        }
    }

    /// Sends octets of zeros with their seventh bit at 1, so that an AMI line never has more than 15 zeros in a row
    /// (zero-code suppression); data channels do not survive it.
    pub const fn set_zero_suppression(&mut self, on: bool) {
        self.suppresses_zeros = on;
    }

    /// Remote alarm indication: bit 2 of all channels at 0, in Japan the F bit of frame 12 at 1, or the data link taken
    /// over.
    pub const fn set_rai(&mut self, on: bool) {
        self.rai = on;
    }

    /// Sends ones and nothing else, or no longer.
    pub const fn set_ais(&mut self, on: bool) {
        self.ais = on;
    }

    /// Sends the ones of a customer installation (AIS-CI) and nothing else, or no longer. They go before AIS.
    pub const fn set_ais_ci(&mut self, on: bool) {
        self.ais_ci = if on { Some(AisCiGenerator::new()) } else { None };
    }

    /// The signalling bits of a timeslot, 1 to 24, sent from their next turn on. A superframe of 12 sends A
    /// and B only. Nothing happens for a timeslot that there is not.
    pub fn set_abcd(&mut self, timeslot: Timeslot, abcd: Abcd) {
        let number = timeslot.number();
        if number == 0 || number > T1_TIMESLOTS {
            return;
        }
        for (plane, place) in self.signalling.iter_mut().zip([3, 2, 1, 0]) {
            let bit = u32::from((abcd.bits() >> place) & 1);
            *plane = (*plane & !(1 << number)) | (bit << number);
        }
    }

    /// What is sent in the data link of an extended superframe.
    #[must_use]
    pub const fn data_link(&self) -> &LinkSender {
        &self.data_link
    }

    /// The same, to give it messages.
    pub const fn data_link_mut(&mut self) -> &mut LinkSender {
        &mut self.data_link
    }

    /// How it frames.
    #[must_use]
    pub const fn framing(&self) -> T1Framing {
        self.config.framing
    }

    /// The number in the superframe, 0 to 11 or to 23, of the frame that comes next.
    #[must_use]
    pub const fn next_number(&self) -> u8 {
        self.next
    }
}

/// The seventh bit of each octet that is zero.
const fn stuffing(word: u64) -> u64 {
    let low_bits = 0x7f7f_7f7f_7f7f_7f7f;
    // The top bit of an octet is set here unless all of its bits are 0.
    let used = ((word & low_bits) + low_bits) | word;
    (!used & !low_bits) >> 6
}

/// 193 ones.
const ONES: FrameWords = [u64::MAX, u64::MAX, u64::MAX, 1 << 63];
