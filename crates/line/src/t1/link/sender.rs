//! Messages to bits of the data link.
use super::{LINK_FRAME_OCTETS, RAI_CI_ALARM_WORDS, RAI_CI_SIGNATURE_WORDS};
use crate::hdlc::HdlcSender;
use crate::t1::alarms::{RAI_CI_WORD, link_alarm};
use crate::t1::prm::{PRM_OCTETS, Prm};
use crate::t1::{BomCode, T1Framing};

/// Sends a data link. The remote alarm and bit-oriented messages begin at any bit, and their first eight ones abort
/// the frame that they break; they end with a whole word. What was broken is sent anew. The remote alarm lets a report
/// through once a second.
#[derive(Clone, Debug)]
pub struct LinkSender {
    rai_ci: bool,
    alarm: AlarmPlace,
    /// Bits since the remote alarm, or the last interruption of it, began.
    since_interruption: u16,
    /// The remote alarm is interrupted for a report.
    interrupted: bool,
    bom: Option<Repetition>,
    hdlc: HdlcSender,
    /// The frame that is being sent.
    sending: Option<Sending>,
    /// The report that is being sent, and the one that waits.
    report: [u8; PRM_OCTETS],
    next_report: Option<[u8; PRM_OCTETS]>,
    frame: [u8; LINK_FRAME_OCTETS],
    frame_length: u8,
}

/// Why a frame was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendFrameError {
    /// The frame before is not sent yet.
    Busy,
    /// Empty, or longer than [`LINK_FRAME_OCTETS`].
    Length,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Report,
    Frame,
}

/// A message that is being repeated.
#[derive(Clone, Copy, Debug)]
struct Repetition {
    code: BomCode,
    /// Words to be sent yet, `None` for no end.
    left: Option<u8>,
    /// Bits sent of this one.
    place: u8,
}

/// Where in the cycle of RAI-CI the remote alarm is.
#[derive(Clone, Copy, Debug, Default)]
struct AlarmPlace {
    word: u16,
    bit: u8,
}

impl LinkSender {
    /// A sender of flags.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rai_ci: false,
            alarm: AlarmPlace { word: 0, bit: 0 },
            since_interruption: 0,
            interrupted: false,
            bom: None,
            hdlc: HdlcSender::new(),
            sending: None,
            report: [0; PRM_OCTETS],
            next_report: None,
            frame: [0; LINK_FRAME_OCTETS],
            frame_length: 0,
        }
    }

    /// Sends a message so many times, or without end, in place of any before. Commands want ten repetitions.
    /// None at all ends the one before.
    pub const fn send_bom(&mut self, code: BomCode, times: Option<u8>) {
        match times {
            Some(0) => self.stop_bom(),
            left => self.bom = Some(Repetition { code, left, place: 0 }),
        }
    }

    /// Ends the message that is being sent, with the word that has begun.
    pub const fn stop_bom(&mut self) {
        self.bom = match self.bom {
            Some(bom) if bom.place > 0 => Some(Repetition { left: Some(1), ..bom }),
            _ => None,
        };
    }

    /// Whether a bit-oriented message is being sent, or waits for the end of the remote alarm.
    #[must_use]
    pub const fn is_sending_bom(&self) -> bool {
        self.bom.is_some()
    }

    /// Sends a performance report message before any other frame. One that waits is replaced by it: its seconds
    /// are in this one too.
    pub fn send_prm(&mut self, prm: &Prm) {
        self.next_report = Some(prm.emit());
    }

    /// Sends a frame, given without its check sequence.
    pub fn send_frame(&mut self, octets: &[u8]) -> Result<(), SendFrameError> {
        if self.is_sending_frame() {
            return Err(SendFrameError::Busy);
        }
        match self.frame.get_mut(..octets.len()) {
            Some(place) if !octets.is_empty() => place.copy_from_slice(octets),
            _ => return Err(SendFrameError::Length),
        }
        self.frame_length = octets.len() as u8;
        Ok(())
    }

    /// Whether the frame given last is not sent yet.
    #[must_use]
    pub const fn is_sending_frame(&self) -> bool {
        self.frame_length > 0
    }

    /// Has the remote alarm, when it is sent, bear the signature of a customer installation (RAI-CI), or no
    /// longer. J1 has no such thing.
    pub const fn set_rai_ci(&mut self, on: bool) {
        self.rai_ci = on;
    }

    /// The next bit; `rai` says whether the remote alarm is to be sent.
    #[inline]
    pub fn poll_bit(&mut self, framing: T1Framing, rai: bool) -> bool {
        if rai || self.alarm.bit > 0 {
            if self.is_interrupted(framing) {
                return self.frame_bit();
            }
            self.break_off();
            if let Some(bom) = &mut self.bom {
                bom.place = 0;
            }
            return self.alarm_bit(framing);
        }
        self.alarm = AlarmPlace::default();
        (self.since_interruption, self.interrupted) = (0, false);
        if let Some(bom) = self.bom {
            self.break_off();
            return self.bom_bit(bom);
        }
        self.frame_bit()
    }

    /// T1.403 lets the remote alarm be interrupted for 100 ms: for a report and its flags, of 44 ms at most, once a
    /// second, between two words. J1 sends the alarm only.
    fn is_interrupted(&mut self, framing: T1Framing) -> bool {
        self.since_interruption = self.since_interruption.saturating_add(1);
        if self.interrupted {
            self.interrupted = self.sending.is_some();
        } else if self.since_interruption > BITS_PER_SECOND
            && self.alarm.bit == 0
            && self.next_report.is_some()
            && framing == T1Framing::Esf
        {
            (self.since_interruption, self.interrupted) = (1, true);
        }
        self.interrupted
    }

    fn alarm_bit(&mut self, framing: T1Framing) -> bool {
        let AlarmPlace { word, bit } = self.alarm;
        let is_signature = self.rai_ci && framing == T1Framing::Esf && word >= RAI_CI_ALARM_WORDS;
        let pattern = if is_signature { RAI_CI_WORD } else { link_alarm(framing) };
        self.alarm = match (bit, word) {
            (15, LAST_ALARM_WORD) => AlarmPlace::default(),
            (15, _) => AlarmPlace { word: word + 1, bit: 0 },
            _ => AlarmPlace { word, bit: bit + 1 },
        };
        (pattern >> (15 - bit)) & 1 != 0
    }

    fn bom_bit(&mut self, bom: Repetition) -> bool {
        let Repetition { code, left, place } = bom;
        self.bom = match (place, left) {
            (15, Some(0 | 1)) => None,
            (15, left) => Some(Repetition { left: left.map(|left| left - 1), place: 0, ..bom }),
            _ => Some(Repetition { place: place + 1, ..bom }),
        };
        (code.word() >> (15 - place)) & 1 != 0
    }

    fn frame_bit(&mut self) -> bool {
        if self.sending.is_none() {
            self.choose();
        }
        let frame = match self.sending {
            Some(Sending::Report) => &self.report,
            Some(Sending::Frame) => self.frame.get(..usize::from(self.frame_length)).unwrap_or(&[]),
            None => &[],
        };
        let bit = self.hdlc.poll_bit(frame);
        if bit.frame_done && self.sending.take() == Some(Sending::Frame) {
            self.frame_length = 0;
        }
        bit.line
    }

    fn choose(&mut self) {
        if let Some(report) = self.next_report.take() {
            self.report = report;
            self.sending = Some(Sending::Report);
        } else if self.frame_length > 0 {
            self.sending = Some(Sending::Frame);
        }
    }

    /// Something else takes the link. A broken report waits again, unless a later one does.
    fn break_off(&mut self) {
        if self.sending.take() == Some(Sending::Report) {
            self.next_report.get_or_insert(self.report);
        }
        self.hdlc.restart();
    }
}

impl Default for LinkSender {
    fn default() -> Self {
        Self::new()
    }
}

/// The data link has 4 kbit/s.
const BITS_PER_SECOND: u16 = 4000;
const LAST_ALARM_WORD: u16 = RAI_CI_ALARM_WORDS + RAI_CI_SIGNATURE_WORDS - 1;
