//! What the deframer does with bit 1 of timeslot 0: CRC-4 multiframe, its monitoring, interworking without.
use super::{Align, Crc, E1Deframer};
use crate::bits::{FrameWords, count};
use crate::e1::CrcMode;
use crate::e1::multiframe::{Block, CrcMonitor, Found};
use crate::e1::parallel::{ParallelSearch, Proved};
use crate::e1::sync_message::SyncReceiver;
use crate::{DeframerSink, LineEvent};
use tandem_types::Defect;

impl E1Deframer {
    /// Works on the CRC-4 multiframe; false if it shows that the alignment is an imitation.
    pub(super) fn take_crc(
        &mut self,
        start: u64,
        words: &FrameWords,
        ts0: u8,
        has_fas: bool,
        age: u64,
        sink: &mut impl DeframerSink,
    ) -> bool {
        let Crc::Monitor(monitor) = &mut self.crc else {
            return self.search_multiframe(start, ts0, has_fas, age, sink);
        };
        if let (false, Some((bit, receiver))) = (has_fas, &mut self.sync) {
            receiver.take(monitor.next_number(), ts0 & bit.mask() != 0);
        }
        let block = monitor.take(words, ts0);
        self.note_block(block, sink)
    }

    /// Looks for the multiframe where that is due; false if there is none and has to be.
    fn search_multiframe(
        &mut self,
        start: u64,
        ts0: u8,
        has_fas: bool,
        age: u64,
        sink: &mut impl DeframerSink,
    ) -> bool {
        match &mut self.crc {
            Crc::Off | Crc::Interworking | Crc::Monitor(_) => true,
            Crc::Search(_) if has_fas => true,
            Crc::Search(search) => {
                let found = search.take(ts0);
                self.multiframe_searched(found, start, sink)
            }
            Crc::Parallel(parallel) => {
                if let Some(proved) = parallel.step(&self.window) {
                    self.adopt(proved, sink);
                } else if age >= INTERWORKING_FRAMES {
                    self.crc = Crc::Interworking;
                    sink.event(LineEvent::NonCrcInterworking { frame: self.counters.frames });
                    self.set_defect(Defect::Lomf, false, sink);
                }
                true
            }
        }
    }

    fn multiframe_searched(&mut self, found: Found, start: u64, sink: &mut impl DeframerSink) -> bool {
        match found {
            Found::NotYet => true,
            Found::Aligned => {
                self.monitor_crc();
                self.multiframe_aligned(sink);
                true
            }
            Found::Failed => {
                self.set_defect(Defect::Lomf, true, sink);
                self.crc = Crc::Parallel(ParallelSearch::behind(start + 1));
                self.config.crc4 == CrcMode::Auto
            }
        }
    }

    /// The frame at hand is frame 11 of the multiframe.
    fn monitor_crc(&mut self) {
        self.crc = Crc::Monitor(CrcMonitor::starting_at(12));
        if let Some((_, receiver)) = &mut self.sync {
            *receiver = SyncReceiver::new();
        }
    }

    fn multiframe_aligned(&mut self, sink: &mut impl DeframerSink) {
        sink.event(LineEvent::MultiframeAligned { frame: self.counters.frames });
        self.set_defect(Defect::Lomf, false, sink);
    }

    /// The parallel search has proved an alignment: it replaces the one in use, if it is another.
    fn adopt(&mut self, proved: Proved, sink: &mut impl DeframerSink) {
        self.monitor_crc();
        let Align::Aligned { first_fas, bad_fas, bad_nfas } = &mut self.align else {
            return;
        };
        if proved.first_fas % 512 != *first_fas % 512 {
            (*first_fas, *bad_fas, *bad_nfas) = (proved.first_fas, 0, 0);
            self.next = proved.next;
            self.lose_cas(sink);
            let frame = self.counters.frames;
            sink.event(LineEvent::Aligned { frame, bit_offset: proved.first_fas });
        }
        self.multiframe_aligned(sink);
    }

    fn note_block(&mut self, block: Block, sink: &mut impl DeframerSink) -> bool {
        let frame = self.counters.frames;
        match block {
            Block::Nothing => true,
            Block::Good => {
                count(&mut self.counters.crc_blocks);
                true
            }
            Block::FarEndErrored(smf) => {
                count(&mut self.counters.e_bits);
                sink.event(LineEvent::FarEndCrcError { smf, frame });
                true
            }
            Block::Errored(smf) | Block::FalseAlignment(smf) => {
                count(&mut self.counters.crc_blocks);
                count(&mut self.counters.crc_errors);
                self.errored_smf = Some(smf);
                sink.event(LineEvent::CrcError { smf: Some(smf), frame });
                matches!(block, Block::Errored(_))
            }
        }
    }
}

/// G.706 Annex B: 400 ms.
const INTERWORKING_FRAMES: u64 = 3200;
