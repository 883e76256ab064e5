//! One end of a T1 span: a deframer and a framer, and what the one does because of the other.
//!
//! The media thread calls `receive` and `transmit` once a frame each. What an owner orders by `set_rai` and
//! `set_ais` is added to what the received signal demands.
use super::maintenance::Maintenance;
use super::{LinkReceiver, LinkSender, LoopHearing, T1Config, T1Counters, T1Deframer, T1Framer, T1Loop};
use crate::{CodeReport, DeframerSink, FrameWords};
use tandem_types::{Abcd, Defect, Defects, FrameTime, Timeslot};

/// Both directions of a T1 span.
#[derive(Clone, Debug)]
pub struct T1Terminal {
    framer: T1Framer,
    deframer: T1Deframer,
    maintenance: Maintenance,
    forced_rai: bool,
    forced_rai_ci: bool,
    /// Frames for which the remote alarm goes on at least.
    rai_to_send: u16,
}

impl T1Terminal {
    /// A terminal that has received nothing, and says so to the far end.
    #[must_use]
    pub fn new(config: T1Config) -> Self {
        let (framer, deframer) = (T1Framer::new(&config), T1Deframer::new(&config));
        let maintenance = Maintenance::new();
        let mut terminal =
            Self { framer, deframer, maintenance, forced_rai: false, forced_rai_ci: false, rai_to_send: 0 };
        terminal.act();
        terminal
    }

    /// Takes the next 193 received bits. The sink hears the events, the bits of the data link and what they say,
    /// and then gets exactly one frame.
    pub fn receive(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        let now = FrameTime(self.deframer.counters().frames);
        self.maintenance.handle_frame(bits, self.deframer.is_aligned(), sink);
        self.deframer.push(bits, &mut self.maintenance.listen(now, sink));
        self.act();
    }

    /// Takes 193 bits of which some were not received; see [`T1Deframer::push_erased`].
    pub fn receive_erased(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        self.deframer.note_erased();
        self.receive(bits, sink);
    }

    /// See [`T1Deframer::frame_began`].
    #[must_use]
    pub const fn frame_began(&self) -> u64 {
        self.deframer.frame_began()
    }

    /// The next frame to be sent, whose timeslots the owner has filled.
    pub fn transmit(&mut self, slots: &[u8; 32]) -> FrameWords {
        self.rai_to_send = self.rai_to_send.saturating_sub(1);
        let words = self.framer.frame(slots);
        self.act();
        words
    }

    /// The signalling bits to send for a timeslot, 1 to 24.
    pub fn set_abcd(&mut self, timeslot: Timeslot, abcd: Abcd) {
        self.framer.set_abcd(timeslot, abcd);
    }

    /// The signalling bits last received for a timeslot.
    #[must_use]
    pub fn abcd(&self, timeslot: Timeslot) -> Option<Abcd> {
        self.deframer.abcd(timeslot)
    }

    /// What is sent in the data link of an extended superframe: messages are given to it.
    pub const fn data_link(&mut self) -> &mut LinkSender {
        self.framer.data_link_mut()
    }

    /// What is received in it.
    #[must_use]
    pub const fn received_data_link(&self) -> &LinkReceiver {
        self.maintenance.link()
    }

    /// The loop that the far end has commanded, to be put up by the owner.
    #[must_use]
    pub const fn commanded_loop(&self) -> Option<T1Loop> {
        self.maintenance.commanded_loop()
    }

    /// What becomes of commands of loops from now on.
    pub const fn set_loop_hearing(&mut self, hearing: LoopHearing) {
        self.maintenance.set_loop_hearing(hearing);
    }

    /// Sends the remote alarm whatever is received, or no longer.
    pub fn set_rai(&mut self, on: bool) {
        self.forced_rai = on;
        self.act();
    }

    /// Sends octets of zeros with a one in them, for lines in AMI (see [`T1Framer::set_zero_suppression`]).
    pub const fn set_zero_suppression(&mut self, on: bool) {
        self.framer.set_zero_suppression(on);
    }

    /// Sends ones and nothing else, or no longer.
    pub const fn set_ais(&mut self, on: bool) {
        self.framer.set_ais(on);
    }

    /// Sends the ones of a customer installation (AIS-CI) and nothing else, or no longer. They go before AIS.
    pub const fn set_ais_ci(&mut self, on: bool) {
        self.framer.set_ais_ci(on);
    }

    /// Sends the remote alarm of a customer installation (RAI-CI) whatever is received, or no longer. It is that of an
    /// extended superframe; elsewhere it is a plain remote alarm.
    pub fn set_rai_ci(&mut self, on: bool) {
        self.forced_rai_ci = on;
        self.framer.data_link_mut().set_rai_ci(on);
        self.act();
    }

    /// The defects received.
    #[must_use]
    pub const fn defects(&self) -> Defects {
        let mut defects = self.deframer.defects();
        let rai_ci = defects.contains(Defect::Rai) && self.maintenance.link().has_rai_ci();
        let ais_ci = defects.contains(Defect::Ais) && self.maintenance.has_ais_ci();
        defects.set(Defect::RaiCi, rai_ci);
        defects.set(Defect::AisCi, ais_ci);
        defects
    }

    /// What has been counted.
    #[must_use]
    pub const fn counters(&self) -> &T1Counters {
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
    pub const fn deframer(&self) -> &T1Deframer {
        &self.deframer
    }

    /// The transmit side, to look at.
    #[must_use]
    pub const fn framer(&self) -> &T1Framer {
        &self.framer
    }

    /// The remote alarm while nothing of use is received, and for a second at least (T1.403).
    fn act(&mut self) {
        let defects = self.deframer.defects();
        let nothing =
            !self.deframer.is_aligned() || defects.contains(Defect::Los) || defects.contains(Defect::Ais);
        if nothing || self.forced_rai || self.forced_rai_ci {
            self.rai_to_send = RAI_FRAMES;
        }
        self.framer.set_rai(self.rai_to_send > 0);
    }
}

/// T1.403: the remote alarm lasts a second at least.
const RAI_FRAMES: u16 = 8000;
