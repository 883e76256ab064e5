//! Finds out on the media thread what a call has come to, from what its slot receives and the tones that are heard there.
use crate::link::SlotId;
use tandem_dsp::analysis::{AnalysisEvent, AnalysisOptions, CallAnalyser};
use tandem_dsp::progress::ToneEvent;
use tandem_types::FrameTime;

/// Analyses the call on one slot.
#[derive(Debug)]
pub struct AnalystProc {
    pub(crate) slot: SlotId,
    analyser: CallAnalyser,
}

impl AnalystProc {
    /// For a call that has just been placed.
    pub(crate) fn new(slot: SlotId, options: AnalysisOptions) -> Self {
        Self { slot, analyser: CallAnalyser::new(options) }
    }

    /// The call was answered.
    pub(crate) fn answered(&mut self, at: FrameTime) {
        self.analyser.answered(at);
    }

    /// A tone was heard on the slot, in the piece that follows.
    pub(crate) fn on_tone(&mut self, event: &ToneEvent) {
        self.analyser.tone(event);
    }

    /// Takes the samples of a piece.
    pub(crate) fn hear(&mut self, samples: &[i16], at: FrameTime, mut on_event: impl FnMut(AnalysisEvent)) {
        self.analyser.hear(samples, at);
        while let Some(event) = self.analyser.poll() {
            on_event(event);
        }
    }
}
