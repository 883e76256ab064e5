//! T1 deframer (G.704, G.706, T1.231): bits at any offset in, frames, events and counts out.
//!
//! Takes 193 bits a push and gives one frame a push. Not here: line code (`linecode.rs`), slips (`slip.rs`),
//! what the other direction does about alarms (`terminal.rs`), messages in the data link, integration of
//! defects into failures.
use super::alarms::{Ais, RemoteAlarm};
use super::frame::{Frame, History, T1_FRAME_BITS, T1_TIMESLOTS};
use super::monitor::{Block, CrcMonitor, FramingMonitor, FramingVerdict};
use super::search::{Found, Search};
use super::signalling::SignallingReceiver;
use super::{FBit, T1Config, T1Counters};
use crate::bits::{FrameWords, count};
use crate::{CodeReport, DeframerSink, LineEvent};
use tandem_types::{Abcd, Defect, Defects, Timeslot};

/// Receive side of a T1 span.
#[derive(Clone, Debug)]
pub struct T1Deframer {
    config: T1Config,
    history: History,
    /// The place of a push at which frames begin, or began last.
    phase: u8,
    align: Align,
    signalling: SignallingReceiver,
    ais: Ais,
    /// The receiver of the line reports no pulses.
    signal_lost: bool,
    /// Where superframes began when alignment was found last, as a place in a superframe's length of bits.
    last_alignment: Option<u64>,
    errored_block: bool,
    /// Whether some bits were not received, of the push before the last and of the last; while one is awaited, of that.
    erased: (bool, bool),
    defects: Defects,
    counters: T1Counters,
}

// Nothing is boxed here: this crate cannot allocate.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug)]
enum Align {
    Search(Search),
    Aligned(Aligned),
}

/// What is known only of a span that is aligned.
#[derive(Clone, Debug)]
struct Aligned {
    /// Number in the superframe of the next frame to end, from 0.
    next: u8,
    framing: FramingMonitor,
    crc: CrcMonitor,
    remote: RemoteAlarm,
}

impl T1Deframer {
    /// A deframer that has seen nothing.
    #[must_use]
    pub const fn new(config: &T1Config) -> Self {
        Self {
            config: *config,
            history: History::new(),
            phase: 0,
            align: Align::Search(Search::new(config.framing)),
            signalling: SignallingReceiver::new(),
            ais: Ais::new(),
            signal_lost: false,
            last_alignment: None,
            errored_block: false,
            erased: (false, false),
            defects: Defects::NONE,
            counters: T1Counters::new(),
        }
    }

    /// Takes the next 193 bits, the first 193 places of the words. The sink hears the events and the bits of
    /// the data link and then gets exactly one frame.
    pub fn push(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        let (before, now) = (self.erased.0, self.erased.1);
        self.history.push(bits);
        self.errored_block = false;
        if let Align::Search(search) = &mut self.align {
            if let Some(found) = search.step(self.config.framing, bits, &self.history) {
                self.align_at(found, sink);
            } else if self.last_alignment.is_none() && self.counters.frames == SETTLING_FRAMES {
                self.set_defect(Defect::Lof, true, sink);
            }
        }
        self.set_defect(Defect::Los, self.signal_lost, sink);
        let framed = match &self.align {
            Align::Search(search) => search.pushes(),
            Align::Aligned(_) => u64::MAX,
        };
        if !now {
            let ais = self.ais.take(bits, framed);
            self.set_defect(Defect::Ais, ais, sink);
        }
        let frame = self.history.frame_at(self.phase);
        if now || before && self.phase > 0 {
            // A frame begins in the push before, but where frames are pushes.
            let has_f = if self.phase > 0 { !before } else { !now };
            self.take_erased(&frame, has_f, sink);
        } else {
            self.take_frame(&frame, sink);
        }
        self.erased = (now, false);
        let aligned = self.is_aligned();
        if !aligned {
            count(&mut self.counters.unaligned_frames);
        }
        sink.frame(&frame.row(), aligned);
        count(&mut self.counters.frames);
    }

    /// Takes 193 bits of which some were not received, though how many they are is known. Nothing is judged by framing bits
    /// among them, nor are signalling bits believed of a superframe that they touch: alignment and signalling stay as they
    /// were. Blocks of the CRC that they touch are errored.
    pub fn push_erased(&mut self, bits: &FrameWords, sink: &mut impl DeframerSink) {
        self.note_erased();
        self.push(bits, sink);
    }

    /// Of the next push some bits are not received.
    pub(super) const fn note_erased(&mut self) {
        self.erased.1 = true;
    }

    /// How many bits before the end of what was pushed the frame began that was given last.
    #[must_use]
    pub const fn frame_began(&self) -> u64 {
        if self.phase == 0 { T1_FRAME_BITS } else { 2 * T1_FRAME_BITS - self.phase as u64 }
    }

    /// Says whether the receiver of the line sees no pulses (see [`crate::LosDetector::for_t1`]). Heard at the
    /// next push; the defect does not by itself touch alignment.
    pub const fn note_signal(&mut self, lost: bool) {
        self.signal_lost = lost;
    }

    /// Adds what the line decoder found to the counters.
    pub const fn note_line_code(&mut self, report: &CodeReport) {
        let counters = &mut self.counters;
        counters.lcv = counters.lcv.saturating_add(report.line_code_violations as u64);
        counters.excess_zeros = counters.excess_zeros.saturating_add(report.excess_zeros as u64);
    }

    /// Whether frame alignment is there; that of the superframe comes and goes with it.
    #[must_use]
    pub const fn is_aligned(&self) -> bool {
        matches!(self.align, Align::Aligned(_))
    }

    /// Whether framing is severely errored (T1.231): two framing bits in error within 3 ms of an extended
    /// superframe, or two terminal framing bits within 0.75 ms of a superframe, or no alignment at all.
    #[must_use]
    pub const fn is_framing_severe(&self) -> bool {
        match &self.align {
            Align::Search(_) => true,
            Align::Aligned(aligned) => aligned.framing.is_severe(),
        }
    }

    /// The defects there are now.
    #[must_use]
    pub const fn defects(&self) -> Defects {
        self.defects
    }

    /// What has been counted.
    #[must_use]
    pub const fn counters(&self) -> &T1Counters {
        &self.counters
    }

    /// The signalling bits of a timeslot as last believed; `None` before the first, and for timeslots that
    /// there are not. They stay as they are while alignment is lost. In superframes of 12, C repeats A and D
    /// repeats B.
    #[must_use]
    pub fn abcd(&self, timeslot: Timeslot) -> Option<Abcd> {
        self.signalling.abcd(timeslot)
    }

    /// Whether the last push proved an extended superframe to be errored.
    #[must_use]
    pub const fn errored_block(&self) -> bool {
        self.errored_block
    }

    fn align_at(&mut self, found: Found, sink: &mut impl DeframerSink) {
        let framing = self.config.framing;
        let push = self.counters.frames + 1 - found.first;
        let bit_offset = push * T1_FRAME_BITS + u64::from(found.phase);
        let in_superframe = bit_offset % (u64::from(framing.superframe()) * T1_FRAME_BITS);
        if self.last_alignment.replace(in_superframe).is_some_and(|last| last != in_superframe) {
            count(&mut self.counters.alignment_changes);
        }
        self.phase = found.phase;
        self.align = Align::Aligned(Aligned {
            next: found.ended,
            framing: FramingMonitor::new(),
            crc: CrcMonitor::new(framing),
            remote: RemoteAlarm::new(framing),
        });
        sink.event(LineEvent::Aligned { frame: self.counters.frames, bit_offset });
        self.set_defect(Defect::Lof, false, sink);
    }

    fn take_frame(&mut self, frame: &Frame, sink: &mut impl DeframerSink) {
        let Align::Aligned(aligned) = &mut self.align else { return };
        let framing = self.config.framing;
        let number = aligned.next;
        aligned.next = framing.after(number);
        let verdict = self.take_f_bit(number, frame.f, sink);
        if verdict.is_lost || !self.take_crc(number, frame, sink) {
            return self.lose(sink);
        }
        if framing.f_bit(number) == FBit::DataLink {
            sink.data_link(frame.f);
        }
        self.take_remote_alarm(number, frame, sink);
        if self.config.cas {
            let changed = self.signalling.take(framing, number, &frame.payload, verdict.is_error);
            self.report_changes(changed, sink);
        }
    }

    fn take_f_bit(&mut self, number: u8, f: bool, sink: &mut impl DeframerSink) -> FramingVerdict {
        let Align::Aligned(aligned) = &mut self.align else { return FramingVerdict::GOOD };
        let was_severe = aligned.framing.is_severe();
        let verdict = aligned.framing.take(self.config.framing, number, f);
        if aligned.framing.is_severe() && !was_severe {
            count(&mut self.counters.severe_framing_errors);
        }
        if verdict.is_error {
            count(&mut self.counters.framing_errors);
            sink.event(LineEvent::FasError { frame: self.counters.frames });
        }
        verdict
    }

    /// A frame of which some bits were not received: its place is taken, and a superframe with it is not believed. Its framing
    /// bit counts if that was received.
    fn take_erased(&mut self, frame: &Frame, has_f: bool, sink: &mut impl DeframerSink) {
        let Align::Aligned(aligned) = &mut self.align else { return };
        let framing = self.config.framing;
        let number = aligned.next;
        aligned.next = framing.after(number);
        if !has_f {
            aligned.framing.skip(framing, number);
        }
        let is_lost = has_f && self.take_f_bit(number, frame.f, sink).is_lost;
        if is_lost || !self.take_crc(number, frame, sink) {
            return self.lose(sink);
        }
        if framing.f_bit(number) == FBit::DataLink {
            sink.data_link(frame.f);
        }
        if self.config.cas {
            let changed = self.signalling.take(framing, number, &frame.payload, true);
            self.report_changes(changed, sink);
        }
    }

    /// Compares the CRC-6; false if it shows that the alignment is an imitation.
    fn take_crc(&mut self, number: u8, frame: &Frame, sink: &mut impl DeframerSink) -> bool {
        let Align::Aligned(aligned) = &mut self.align else { return false };
        if !self.config.framing.is_extended() {
            return true;
        }
        match aligned.crc.take(number, frame) {
            Block::Nothing => true,
            Block::Good => {
                count(&mut self.counters.crc_blocks);
                true
            }
            block @ (Block::Errored | Block::FalseAlignment) => {
                count(&mut self.counters.crc_blocks);
                count(&mut self.counters.crc_errors);
                self.errored_block = true;
                sink.event(LineEvent::CrcError { smf: None, frame: self.counters.frames });
                block == Block::Errored
            }
        }
    }

    fn take_remote_alarm(&mut self, number: u8, frame: &Frame, sink: &mut impl DeframerSink) {
        let Align::Aligned(aligned) = &mut self.align else { return };
        let rai = match &mut aligned.remote {
            RemoteAlarm::Bit2(alarm) => alarm.take(&frame.payload),
            RemoteAlarm::DataLink(alarm) if self.config.framing.f_bit(number) == FBit::DataLink => {
                alarm.take(frame.f)
            }
            RemoteAlarm::Frame12(alarm) if self.config.framing.f_bit(number) == FBit::Alarm => {
                alarm.take(frame.f)
            }
            RemoteAlarm::DataLink(_) | RemoteAlarm::Frame12(_) => return,
        };
        self.set_defect(Defect::Rai, rai, sink);
    }

    /// Tells the timeslots whose bit is set in `changed`.
    fn report_changes(&self, changed: u32, sink: &mut impl DeframerSink) {
        if changed == 0 {
            return;
        }
        for timeslot in (1..=T1_TIMESLOTS).filter_map(Timeslot::new) {
            let Some(abcd) = self.signalling.abcd(timeslot) else { continue };
            if changed & (1 << timeslot.number()) != 0 {
                sink.event(LineEvent::CasChange { timeslot, abcd, frame: self.counters.frames });
            }
        }
    }

    /// Alignment is lost; the search begins with the next push.
    fn lose(&mut self, sink: &mut impl DeframerSink) {
        self.align = Align::Search(Search::new(self.config.framing));
        self.signalling.restart();
        count(&mut self.counters.alignment_losses);
        sink.event(LineEvent::Lost { frame: self.counters.frames });
        self.set_defect(Defect::Lof, true, sink);
        self.set_defect(Defect::Rai, false, sink);
    }

    #[inline]
    fn set_defect(&mut self, defect: Defect, present: bool, sink: &mut impl DeframerSink) {
        if self.defects.contains(defect) != present {
            self.defects.set(defect, present);
            sink.event(LineEvent::Defect { defect, present, frame: self.counters.frames });
        }
    }
}

/// A new deframer reports no loss of alignment before it can have found it: 25 ms.
const SETTLING_FRAMES: u64 = 200;
