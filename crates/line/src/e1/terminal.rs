//! One end of an E1 span: a deframer and a framer, and the consequent actions of G.732 between them.
//!
//! The media thread calls `receive` and `transmit` once a frame each. What an owner orders by `set_rai` and
//! `set_ais` is added to what the received signal demands.
use super::{CrcMode, E1Config, E1Counters, E1Deframer, E1Framer, ForbiddenAbcd, SaBit};
use crate::clock::Quality;
use crate::{CodeReport, DeframerSink, FrameWords, frame_to_words};
use tandem_types::{Abcd, Defect, Defects, TelephoneChannel, Timeslot};

/// Both directions of an E1 span.
#[derive(Clone, Debug)]
pub struct E1Terminal {
    config: E1Config,
    framer: E1Framer,
    deframer: E1Deframer,
    forced_rai: bool,
    sync_bit: Option<SaBit>,
}

impl E1Terminal {
    /// A terminal that has received nothing, and says so to the far end: A = 1, y = 1, E = 0.
    #[must_use]
    pub fn new(config: E1Config) -> Self {
        let (framer, deframer) = (E1Framer::new(&config), E1Deframer::new(&config));
        let mut terminal = Self { config, framer, deframer, forced_rai: false, sync_bit: None };
        terminal.act();
        terminal
    }

    /// Takes the next 256 received bits. The sink hears the events and then gets exactly one frame.
    pub fn receive(&mut self, bits: &[u8; 32], sink: &mut impl DeframerSink) {
        self.receive_words(&frame_to_words(bits), sink);
    }

    /// The same with the bits as words.
    pub fn receive_words(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        self.deframer.push_words(bits, sink);
        self.answer();
    }

    /// Takes 256 bits of which some were not received; see [`E1Deframer::push_erased`].
    pub fn receive_erased(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        self.deframer.push_erased(bits, sink);
        self.answer();
    }

    /// See [`E1Deframer::frame_began`].
    #[must_use]
    pub const fn frame_began(&self) -> u64 {
        self.deframer.frame_began()
    }

    fn answer(&mut self) {
        self.act();
        if let Some(smf) = self.deframer.errored_smf() {
            self.framer.report_errored_smf(smf);
        }
    }

    /// Completes the next frame to be sent, whose timeslots the owner has filled.
    pub fn transmit(&mut self, slots: &mut [u8; 32]) {
        self.framer.frame(slots);
    }

    /// The signalling bits to send for a channel.
    ///
    /// # Errors
    /// 0000 is refused on channels 1 to 15; nothing changes then.
    pub fn set_abcd(&mut self, channel: TelephoneChannel, abcd: Abcd) -> Result<(), ForbiddenAbcd> {
        self.framer.set_abcd(channel, abcd)
    }

    /// The signalling bits last received for a timeslot.
    #[must_use]
    pub fn abcd(&self, timeslot: Timeslot) -> Option<Abcd> {
        self.deframer.abcd(timeslot)
    }

    /// Sends bit A = 1 whatever is received, or no longer.
    pub fn set_rai(&mut self, on: bool) {
        self.forced_rai = on;
        self.act();
    }

    /// Sends ones and nothing else, or no longer.
    pub const fn set_ais(&mut self, on: bool) {
        self.framer.set_ais(on);
    }

    /// Sa4 to Sa8 to send, Sa4 in bit 4.
    pub const fn set_sa_bits(&mut self, sa: u8) {
        self.framer.set_sa_bits(sa);
    }

    /// Sa4 to Sa8 received; `None` without alignment.
    #[must_use]
    pub const fn sa_bits(&self) -> Option<u8> {
        self.deframer.sa_bits()
    }

    /// Sends this message of the clock's quality in an Sa bit, and listens for the far end's in the same; with
    /// `None` neither. Needs CRC-4, whose multiframe tells where messages begin.
    pub fn set_sync_message(&mut self, message: Option<(SaBit, Quality)>) {
        if message.map(|(bit, _)| bit) != self.sync_bit {
            self.sync_bit = message.map(|(bit, _)| bit);
            self.deframer.listen_for_sync(self.sync_bit);
        }
        self.framer.set_sync_message(message);
    }

    /// What the far end says of its clock.
    #[must_use]
    pub fn sync_quality(&self) -> Option<Quality> {
        self.deframer.sync_quality()
    }

    /// The defects received.
    #[must_use]
    pub const fn defects(&self) -> Defects {
        self.deframer.defects()
    }

    /// What has been counted.
    #[must_use]
    pub const fn counters(&self) -> &E1Counters {
        self.deframer.counters()
    }

    /// Adds what the line decoder found to the counters.
    pub const fn note_line_code(&mut self, report: &CodeReport) {
        self.deframer.note_line_code(report);
    }

    /// Says whether the receiver of the line sees no pulses. Heard at the next `receive`.
    pub const fn note_signal(&mut self, lost: bool) {
        self.deframer.note_signal(lost);
    }

    /// The receive side, to look at.
    #[must_use]
    pub const fn deframer(&self) -> &E1Deframer {
        &self.deframer
    }

    /// The transmit side, to look at.
    #[must_use]
    pub const fn framer(&self) -> &E1Framer {
        &self.framer
    }

    /// Consequent actions (G.732): bit A while nothing of use is received, which is so too while a CRC-4 that is
    /// demanded is not found (G.706 §4.2; the far end must not take the moments between two searches for good), bit y while there is no CAS
    /// multiframe, both E bits while there is no CRC-4 multiframe.
    fn act(&mut self) {
        let defects = self.deframer.defects();
        let untrusted = self.config.crc4 == CrcMode::On && defects.contains(Defect::Lomf);
        let nothing = !self.deframer.is_aligned()
            || untrusted
            || defects.contains(Defect::Los)
            || defects.contains(Defect::Ais);
        self.framer.set_rai(nothing || self.forced_rai);
        self.framer.set_cas_rai(self.config.cas && !self.deframer.is_cas_aligned());
        if self.config.crc4 != CrcMode::Off {
            self.framer.set_crc_received(self.deframer.is_crc_aligned());
        }
    }
}
