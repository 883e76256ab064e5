//! E1 deframer (G.704, G.706, G.775): bits at any offset in, frames, events and counts out.
//!
//! Takes 256 bits a push and gives one frame a push. While aligned a frame is cut out with shifts; the
//! search looks at 64 positions at a time. Not here: line code (`linecode.rs`), slips (`slip.rs`), what the
//! other direction does about alarms (`terminal.rs`), integration of defects into failures.
mod crc;

use super::alarms::{Ais, CasAis, Persistence};
use super::cas::{CasEvent, CasReceiver};
use super::multiframe::{CrcMonitor, MultiframeSearch};
use super::parallel::ParallelSearch;
use super::search::confirmed_fas;
use super::sync_message::{SaBit, SyncReceiver};
use super::window::Window;
use super::{A_BIT, BAD_FAS_LIMIT, NFAS_BIT, NationalBits, SIGNALLING_SLOT, is_fas};
use super::{CrcMode, E1Config, E1Counters, Smf};
use crate::bits::{FrameWords, count, frame_from_words, frame_to_words};
use crate::clock::Quality;
use crate::{CodeReport, DeframerSink, LineEvent};
use tandem_types::{Abcd, Defect, Defects, TelephoneChannel, Timeslot};

/// Receive side of an E1 span.
#[derive(Clone, Debug)]
pub struct E1Deframer {
    config: E1Config,
    window: Window,
    align: Align,
    /// Where the next frame begins, within or right behind the last push.
    next: u64,
    crc: Crc,
    cas: CasReceiver,
    ais: Ais,
    cas_ais: CasAis,
    rai: Persistence,
    cas_rai: Persistence,
    /// The receiver of the line reports no pulses.
    signal_lost: bool,
    /// Whether alignment has ever been found: before, its absence is a defect only after a time.
    was_aligned: bool,
    national: NationalBits,
    /// The Sa bit that carries synchronisation status messages, and what came in it.
    sync: Option<(SaBit, SyncReceiver)>,
    errored_smf: Option<Smf>,
    /// The bits that were last not received, from and up to these positions.
    erased: (u64, u64),
    defects: Defects,
    counters: E1Counters,
}

#[derive(Clone, Debug)]
enum Align {
    Search {
        from: u64,
    },
    /// Every 512 bits from `first_fas` on a frame with FAS begins.
    Aligned {
        first_fas: u64,
        bad_fas: u8,
        bad_nfas: u8,
    },
}

#[derive(Clone, Debug)]
enum Crc {
    /// Not used, or no basic alignment to build on.
    Off,
    /// The first 8 ms.
    Search(MultiframeSearch),
    /// G.706 Annex B: none found in 8 ms, 400 ms not yet over.
    Parallel(ParallelSearch),
    Monitor(CrcMonitor),
    /// G.706 Annex B: the far end sends none.
    Interworking,
}

impl E1Deframer {
    /// A deframer that has seen nothing.
    #[must_use]
    pub const fn new(config: &E1Config) -> Self {
        Self {
            config: *config,
            window: Window::new(),
            align: Align::Search { from: 0 },
            next: 0,
            crc: Crc::Off,
            cas: CasReceiver::new(),
            ais: Ais::new(),
            cas_ais: CasAis::new(),
            rai: Persistence::new(RAI_FRAMES),
            cas_rai: Persistence::new(CAS_RAI_MULTIFRAMES),
            signal_lost: false,
            was_aligned: false,
            national: NationalBits::new(),
            sync: None,
            errored_smf: None,
            erased: (0, 0),
            defects: Defects::NONE,
            counters: E1Counters::new(),
        }
    }

    /// Takes the next 256 bits, the first in the top bit of the first octet. The sink hears the events and
    /// then gets exactly one frame.
    pub fn push(&mut self, bits: &[u8; 32], sink: &mut impl DeframerSink) {
        self.push_words(&frame_to_words(bits), sink);
    }

    /// Takes 256 bits of which some were not received, though how many they are is known. Nothing is judged by timeslots 0
    /// and 16 that they touch: alignment and signalling stay as they were, and no alignment signal counts as received with
    /// an error. Blocks of the CRC that they touch are errored.
    pub fn push_erased(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        let position = self.window.end();
        let from = if self.erased.1 == position { self.erased.0 } else { position };
        self.erased = (from, position + 256);
        self.push_words(bits, sink);
    }

    /// The same as [`Self::push`] with the bits as words.
    #[inline]
    pub fn push_words(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        self.window.push(bits);
        self.errored_smf = None;
        self.check_signal(bits, sink);
        let mut start = self.next;
        let mut trusted = self.is_aligned();
        self.next += 256;
        if let Align::Search { from } = self.align {
            if let Some(first_fas) = confirmed_fas(&self.window, from) {
                (start, trusted) = self.align_at(first_fas, start, sink);
            } else if !self.was_aligned && self.counters.frames == SETTLING_FRAMES {
                self.set_defect(Defect::Lof, true, sink);
            }
        }
        // Cards that give whole frames need none to be cut out.
        let words = if start + 256 == self.window.end() { *bits } else { self.window.frame_at(start) };
        let octets = frame_from_words(&words);
        if trusted {
            self.take_frame(start, &words, &octets, sink);
            trusted = self.is_aligned();
        }
        if !trusted {
            count(&mut self.counters.unaligned_frames);
        }
        sink.frame(&octets, trusted);
        count(&mut self.counters.frames);
    }

    /// Says whether the receiver of the line sees no pulses (see [`crate::LosDetector`]). Heard at the next
    /// push; the defect does not by itself touch alignment.
    pub const fn note_signal(&mut self, lost: bool) {
        self.signal_lost = lost;
    }

    /// Adds what the line decoder found to the counters.
    pub const fn note_line_code(&mut self, report: &CodeReport) {
        let counters = &mut self.counters;
        counters.lcv = counters.lcv.saturating_add(report.line_code_violations as u64);
        counters.excess_zeros = counters.excess_zeros.saturating_add(report.excess_zeros as u64);
    }

    /// Whether basic frame alignment is there.
    #[must_use]
    pub const fn is_aligned(&self) -> bool {
        matches!(self.align, Align::Aligned { .. })
    }

    /// Whether the CRC-4 multiframe is aligned and its blocks are monitored.
    #[must_use]
    pub const fn is_crc_aligned(&self) -> bool {
        matches!(self.crc, Crc::Monitor(_))
    }

    /// How many bits before the end of what was pushed the frame began that was given last.
    #[must_use]
    pub const fn frame_began(&self) -> u64 {
        (self.window.end() + 256).saturating_sub(self.next)
    }

    /// The number, 0 to 15, that the last frame has in the CRC-4 multiframe; `None` while that is not aligned.
    #[must_use]
    pub const fn multiframe_number(&self) -> Option<u8> {
        match &self.crc {
            Crc::Monitor(monitor) => Some((monitor.next_number() + 15) & 15),
            _ => None,
        }
    }

    /// Whether the multiframe of channel-associated signalling is aligned.
    #[must_use]
    pub const fn is_cas_aligned(&self) -> bool {
        self.cas.is_aligned()
    }

    /// The defects there are now.
    #[must_use]
    pub const fn defects(&self) -> Defects {
        self.defects
    }

    /// What has been counted.
    #[must_use]
    pub const fn counters(&self) -> &E1Counters {
        &self.counters
    }

    /// The signalling bits of a timeslot as last known; `None` before the first multiframe, and for
    /// timeslots 0 and 16. They stay as they are while the multiframe is lost (G.732).
    #[must_use]
    pub fn abcd(&self, timeslot: Timeslot) -> Option<Abcd> {
        timeslot.telephone_channel().and_then(|channel| self.cas.abcd(channel))
    }

    /// Sa4 to Sa8, Sa4 in bit 4, each as it was in three frames in a row; `None` without alignment.
    #[must_use]
    pub const fn sa_bits(&self) -> Option<u8> {
        self.national.bits()
    }

    /// Listens for synchronisation status messages in this Sa bit, or no longer.
    pub fn listen_for_sync(&mut self, bit: Option<SaBit>) {
        self.sync = bit.map(|bit| (bit, SyncReceiver::new()));
    }

    /// What the far end says of its clock; `None` before three messages were alike, and while there is no CRC-4
    /// multiframe to tell where they begin.
    #[must_use]
    pub fn sync_quality(&self) -> Option<Quality> {
        let (_, receiver) = self.sync.as_ref().filter(|_| self.is_crc_aligned())?;
        receiver.quality()
    }

    /// The sub-multiframe that the last push proved to be errored.
    #[must_use]
    pub const fn errored_smf(&self) -> Option<Smf> {
        self.errored_smf
    }

    fn check_signal(&mut self, words: &FrameWords, sink: &mut impl DeframerSink) {
        self.set_defect(Defect::Los, self.signal_lost, sink);
        if self.erased.1 != self.window.end() {
            let ais = self.ais.take(words);
            self.set_defect(Defect::Ais, ais, sink);
        }
    }

    /// Alignment was found at `first_fas`. Gives the start of the frame to deliver now and whether to trust
    /// it: the first frame of the new alignment if all of it is here, else the one of the old timing, once
    /// more.
    fn align_at(&mut self, first_fas: u64, old_start: u64, sink: &mut impl DeframerSink) -> (u64, bool) {
        let first = first_fas + 2 * 256;
        self.align = Align::Aligned { first_fas, bad_fas: 0, bad_nfas: 0 };
        self.was_aligned = true;
        self.crc = match self.config.crc4 {
            CrcMode::Off => Crc::Off,
            CrcMode::On | CrcMode::Auto => Crc::Search(MultiframeSearch::EMPTY),
        };
        self.ais.clear();
        sink.event(LineEvent::Aligned { frame: self.counters.frames, bit_offset: first_fas });
        self.set_defect(Defect::Ais, false, sink);
        self.set_defect(Defect::Lof, false, sink);
        if first <= self.window.now() {
            self.next = first + 256;
            (first, true)
        } else {
            self.next = first;
            (old_start, false)
        }
    }

    fn take_frame(
        &mut self,
        start: u64,
        words: &FrameWords,
        octets: &[u8; 32],
        sink: &mut impl DeframerSink,
    ) {
        let Align::Aligned { first_fas, .. } = self.align else { return };
        // The first frame delivered is the one that confirmed the first signal.
        let age = (start - first_fas) / 256 - 1;
        let has_fas = !age.is_multiple_of(2);
        let ts0 = octets[0];
        // Of a frame that an erasure touches at its other end the signals were received, and count.
        let is_erased =
            |slot: u64| start + 8 * slot < self.erased.1 && start + 8 * (slot + 1) > self.erased.0;
        let (no_ts0, no_ts16) = (is_erased(0), is_erased(16));
        let kept = match (no_ts0, has_fas) {
            (true, _) => true,
            (false, true) => self.check_fas(ts0, sink),
            (false, false) => self.take_nfas(ts0, sink),
        };
        if !kept || !self.take_crc(start, words, ts0, has_fas, age, sink) {
            return self.lose(start, sink);
        }
        match (self.config.cas, no_ts16) {
            (true, true) => self.cas.skip(),
            (true, false) => self.take_cas(octets[SIGNALLING_SLOT], age, sink),
            (false, _) => {}
        }
    }

    fn check_fas(&mut self, ts0: u8, sink: &mut impl DeframerSink) -> bool {
        let Align::Aligned { bad_fas, .. } = &mut self.align else { return false };
        if is_fas(ts0) {
            *bad_fas = 0;
            return true;
        }
        *bad_fas += 1;
        let kept = *bad_fas < BAD_FAS_LIMIT;
        count(&mut self.counters.fas_errors);
        sink.event(LineEvent::FasError { frame: self.counters.frames });
        kept
    }

    fn take_nfas(&mut self, ts0: u8, sink: &mut impl DeframerSink) -> bool {
        let Align::Aligned { bad_nfas, .. } = &mut self.align else { return false };
        *bad_nfas = if ts0 & NFAS_BIT != 0 { 0 } else { bad_nfas.saturating_add(1) };
        if self.config.nfas_loss && *bad_nfas >= BAD_FAS_LIMIT {
            return false;
        }
        self.national.take(ts0);
        let rai = self.rai.take(ts0 & A_BIT != 0);
        self.set_defect(Defect::Rai, rai, sink);
        true
    }

    fn take_cas(&mut self, ts16: u8, age: u64, sink: &mut impl DeframerSink) {
        let ais = self.cas_ais.take(ts16);
        match self.cas.take(ts16) {
            CasEvent::Nothing => {
                if !self.cas.is_aligned() && age >= CAS_SETTLING_FRAMES {
                    self.set_defect(Defect::LossOfCasMultiframe, true, sink);
                }
            }
            CasEvent::Aligned { y } => {
                self.cas_ais.clear();
                sink.event(LineEvent::CasAligned { frame: self.counters.frames });
                self.set_defect(Defect::LossOfCasMultiframe, false, sink);
                self.take_y(y, sink);
            }
            CasEvent::Multiframe { y, changed } => {
                self.take_y(y, sink);
                self.report_changes(changed, sink);
            }
            CasEvent::BadMfas => count(&mut self.counters.cas_mfas_errors),
            CasEvent::Lost { bad_mfas } => {
                if bad_mfas {
                    count(&mut self.counters.cas_mfas_errors);
                }
                self.set_defect(Defect::LossOfCasMultiframe, true, sink);
                self.cas_rai.clear();
                self.set_defect(Defect::CasRai, false, sink);
            }
        }
        self.set_defect(Defect::CasAis, ais && !self.cas.is_aligned(), sink);
    }

    fn take_y(&mut self, y: bool, sink: &mut impl DeframerSink) {
        let rai = self.cas_rai.take(y);
        self.set_defect(Defect::CasRai, rai, sink);
    }

    /// Tells the channels of the frames whose bit is set in `changed`.
    fn report_changes(&self, changed: u32, sink: &mut impl DeframerSink) {
        if changed == 0 {
            return;
        }
        for channel in TelephoneChannel::all() {
            let Some(abcd) = self.cas.abcd(channel) else { continue };
            if changed & (1 << channel.number()) != 0 {
                let (timeslot, frame) = (channel.timeslot(), self.counters.frames);
                sink.event(LineEvent::CasChange { timeslot, abcd, frame });
            }
        }
    }

    /// Alignment is lost; the search goes on one bit behind the start of the frame that showed it.
    fn lose(&mut self, start: u64, sink: &mut impl DeframerSink) {
        self.align = Align::Search { from: start + 1 };
        self.crc = Crc::Off;
        self.rai.clear();
        self.national = NationalBits::new();
        count(&mut self.counters.alignment_losses);
        sink.event(LineEvent::Lost { frame: self.counters.frames });
        self.set_defect(Defect::Lof, true, sink);
        self.set_defect(Defect::Rai, false, sink);
        self.lose_cas(sink);
        if self.config.crc4 != CrcMode::On {
            self.set_defect(Defect::Lomf, false, sink);
        }
    }

    /// The CAS multiframe goes with the alignment it was found in.
    fn lose_cas(&mut self, sink: &mut impl DeframerSink) {
        self.cas.restart();
        self.cas_ais.clear();
        self.cas_rai.clear();
        self.set_defect(Defect::LossOfCasMultiframe, self.config.cas, sink);
        self.set_defect(Defect::CasRai, false, sink);
        self.set_defect(Defect::CasAis, false, sink);
    }

    #[inline]
    fn set_defect(&mut self, defect: Defect, present: bool, sink: &mut impl DeframerSink) {
        if self.defects.contains(defect) != present {
            self.defects.set(defect, present);
            sink.event(LineEvent::Defect { defect, present, frame: self.counters.frames });
        }
    }
}

/// G.775: RAI is believed after 2 to 5 consecutive double frames; 3 here.
const RAI_FRAMES: u8 = 3;
/// Bit y is believed after two consecutive multiframes.
const CAS_RAI_MULTIFRAMES: u8 = 2;
/// A new deframer reports no loss of alignment before it can have found it: 1 ms.
const SETTLING_FRAMES: u64 = 8;
/// Likewise for the CAS multiframe, three of them after basic alignment.
const CAS_SETTLING_FRAMES: u64 = 48;
