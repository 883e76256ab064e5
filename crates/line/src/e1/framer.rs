//! E1 framer (G.704): writes timeslot 0, and timeslot 16 when it carries channel-associated signalling.
use super::crc4::Crc4;
use super::sync_message::{SaBit, bit_to_send};
use super::{A_BIT, CrcMode, E1Config, FAS, NFAS_BIT, SA_BITS, SI_BIT, SIGNALLING_SLOT, Smf, Y_BIT};
use crate::bits::frame_to_words;
use crate::clock::Quality;
use core::fmt;
use tandem_types::{Abcd, TelephoneChannel};

/// Transmit side of an E1 span.
#[derive(Clone, Debug)]
pub struct E1Framer {
    crc4: bool,
    cas: bool,
    /// Number in the multiframe of the next frame; both multiframes run together.
    next: u8,
    crc: Crc4,
    /// C1 to C4 of the sub-multiframe before, C1 in bit 3.
    c_bits: u8,
    /// Errored sub-multiframes still to be reported by E1 and by E2.
    to_report: [u8; 2],
    crc_received: bool,
    rai: bool,
    ais: bool,
    cas_rai: bool,
    sa: u8,
    /// The synchronisation status message, and the Sa bit that carries it.
    sync: Option<(SaBit, Quality)>,
    /// Timeslot 16 of the frames 1 to 15, by frame number.
    signalling: [u8; 16],
}

/// Bits 0000 were asked for on one of the channels 1 to 15, where they would imitate the alignment signal
/// of the multiframe (G.704 §5.1.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForbiddenAbcd;

impl fmt::Display for ForbiddenAbcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("signalling bits 0000 are not allowed on telephone channels 1 to 15")
    }
}

impl core::error::Error for ForbiddenAbcd {}

impl E1Framer {
    /// A framer at frame 0 of its multiframe: no alarms, Sa bits 1, all channels on-hook (abcd 1101).
    #[must_use]
    pub const fn new(config: &E1Config) -> Self {
        Self {
            crc4: !matches!(config.crc4, CrcMode::Off),
            cas: config.cas,
            next: 0,
            crc: Crc4::new(),
            c_bits: 0,
            to_report: [0; 2],
            crc_received: true,
            rai: false,
            ais: false,
            cas_rai: false,
            sa: SA_BITS,
            sync: None,
            signalling: [0b1101_1101; 16],
        }
    }

    /// Completes the next frame: writes timeslot 0, and 16 with channel-associated signalling. The other
    /// timeslots stay as they are, except that AIS sets all of them to ones.
    pub fn frame(&mut self, slots: &mut [u8; 32]) {
        let number = self.next;
        self.next = (number + 1) & 15;
        // Read before its octets are written: what was just stored by octets is slow to be loaded by words.
        let mut words = frame_to_words(slots);
        if self.cas {
            let ts16 = self.ts16(number);
            slots[SIGNALLING_SLOT] = ts16;
            words[SIGNALLING_SLOT / 8] = with_first_octet(words[SIGNALLING_SLOT / 8], ts16);
        }
        let ts0 = if number & 1 == 0 { self.fas(number) } else { self.nfas(number) };
        slots[0] = ts0;
        if self.crc4 {
            words[0] = with_first_octet(words[0], ts0);
            self.crc.push(&words, number & 1 == 0);
            if number & 7 == 7 {
                self.c_bits = core::mem::take(&mut self.crc).bits();
            }
        }
        if self.ais {
            *slots = [0xff; 32];
        }
    }

    /// Bit A, remote alarm indication, of the frames from now on.
    pub const fn set_rai(&mut self, on: bool) {
        self.rai = on;
    }

    /// Sends ones and nothing else.
    pub const fn set_ais(&mut self, on: bool) {
        self.ais = on;
    }

    /// Bit y, remote alarm of the CAS multiframe.
    pub const fn set_cas_rai(&mut self, on: bool) {
        self.cas_rai = on;
    }

    /// Sa4 to Sa8, Sa4 in bit 4.
    pub const fn set_sa_bits(&mut self, sa: u8) {
        self.sa = sa & SA_BITS;
    }

    /// The synchronisation status message to send, and in which Sa bit; `None` leaves that bit as it is set.
    pub const fn set_sync_message(&mut self, message: Option<(SaBit, Quality)>) {
        self.sync = message;
    }

    /// The signalling bits of a channel, sent from its next turn on.
    ///
    /// # Errors
    /// 0000 is refused on channels 1 to 15; nothing changes then.
    pub fn set_abcd(&mut self, channel: TelephoneChannel, abcd: Abcd) -> Result<(), ForbiddenAbcd> {
        let number = channel.number();
        let first_half = number <= 15;
        if first_half && abcd.bits() == 0 {
            return Err(ForbiddenAbcd);
        }
        let frame = if first_half { number } else { number - 15 };
        if let Some(octet) = self.signalling.get_mut(usize::from(frame)) {
            *octet = match first_half {
                true => (*octet & 0x0f) | (abcd.bits() << 4),
                false => (*octet & 0xf0) | abcd.bits(),
            };
        }
        Ok(())
    }

    /// A sub-multiframe was received with an error: the E bit of its kind will say so once, in this
    /// multiframe or the next.
    pub fn report_errored_smf(&mut self, smf: Smf) {
        let waiting = self.waiting(smf);
        *waiting = (*waiting + 1).min(MOST_WAITING);
    }

    /// Whether the CRC-4 multiframe of the far end is aligned. While it is not, both E bits are 0.
    pub const fn set_crc_received(&mut self, aligned: bool) {
        if self.crc_received && !aligned {
            self.to_report = [0; 2];
        }
        self.crc_received = aligned;
    }

    /// The number in the multiframe, 0 to 15, of the frame that comes next.
    #[must_use]
    pub const fn next_number(&self) -> u8 {
        self.next
    }

    fn fas(&self, number: u8) -> u8 {
        let c_bit = (self.c_bits >> (3 - number / 2 % 4)) & 1 != 0;
        if !self.crc4 || c_bit { FAS | SI_BIT } else { FAS }
    }

    fn nfas(&mut self, number: u8) -> u8 {
        let si = match number {
            _ if !self.crc4 => true,
            13 => self.e_bit(Smf::I),
            15 => self.e_bit(Smf::II),
            // G.704: the multiframe alignment signal 0, 0, 1, 0, 1, 1.
            _ => matches!(number, 5 | 9 | 11),
        };
        let sa = match self.sync {
            Some((bit, quality)) if bit_to_send(quality, number) => self.sa | bit.mask(),
            Some((bit, _)) => self.sa & !bit.mask(),
            None => self.sa,
        };
        NFAS_BIT | sa | if si { SI_BIT } else { 0 } | if self.rai { A_BIT } else { 0 }
    }

    fn e_bit(&mut self, smf: Smf) -> bool {
        if !self.crc_received {
            return false;
        }
        let waiting = self.waiting(smf);
        let errored = *waiting > 0;
        *waiting = waiting.saturating_sub(1);
        !errored
    }

    const fn waiting(&mut self, smf: Smf) -> &mut u8 {
        match smf {
            Smf::I => &mut self.to_report[0],
            Smf::II => &mut self.to_report[1],
        }
    }

    fn ts16(&self, number: u8) -> u8 {
        match number {
            0 => SPARE_BITS | if self.cas_rai { Y_BIT } else { 0 },
            _ => self.signalling.get(usize::from(number)).copied().unwrap_or(SPARE_BITS),
        }
    }
}

const fn with_first_octet(word: u64, octet: u8) -> u64 {
    word << 8 >> 8 | (octet as u64) << 56
}

/// Bits x of timeslot 16 in frame 0, which are 1 when not used.
const SPARE_BITS: u8 = 0b0000_1011;
/// Reports that may wait when the far end's clock is the faster one.
const MOST_WAITING: u8 = 2;
