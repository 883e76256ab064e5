//! What outgoing calls come to: the analysis of what is heard of them, until there is a verdict, or of a machine its beeps, or
//! the call is over.
use super::Control;
use crate::EngineError;
use crate::event::{CallId, CallNews, EventKind};
use tandem_dsp::analysis::{AnalysisEvent, AnalysisOptions, Class};
use tandem_switch::link::{Detectors, SlotId};
use tandem_types::Frames;

impl Control {
    /// Analyses what is heard of a call, from now on, or once something can be heard.
    pub(crate) fn analyse(&mut self, call: CallId, options: AnalysisOptions) -> Result<(), EngineError> {
        let within = |frames: Frames| frames.0 > 0 && frames <= LONGEST_WAIT;
        let waits = [options.no_answer, options.silence, options.total, options.beep];
        if !(-60.0..=0.0).contains(&options.threshold_dbm0) || !waits.into_iter().all(within) {
            return Err(EngineError::BadArgument(
                "an analysis hears what is louder than -60 to 0 dBm0, and waits for an hour at most",
            ));
        }
        let known = self.calls.get(&call).ok_or(EngineError::NoSuchCall)?;
        if known.analysis.is_some() {
            return Err(EngineError::WrongState("the call is analysed already"));
        }
        let index = known.channel;
        self.check_detectors(index, Detectors::TONES)?;
        // Beeps of a machine may still be listened for.
        self.end_analysis(index);
        if let Some(known) = self.calls.get_mut(&call) {
            known.analysis = Some(Box::new(options));
        }
        self.begin_analysis(index);
        Ok(())
    }

    /// Begins the analysis of the call on a channel that wants one, if it can be heard.
    pub(super) fn begin_analysis(&mut self, index: usize) {
        let Some(call) = self.channels[index].call.and_then(|id| self.calls.get(&id)) else { return };
        let (Some(options), true) = (call.analysis.as_deref().copied(), call.is_heard) else { return };
        if self.channels[index].analysed {
            return;
        }
        let slot = self.channels[index].slot;
        self.link.analyse(slot, options);
        if call.answered.is_some() {
            self.link.analysed_answered(slot);
        }
        self.channels[index].analysed = true;
        self.update_routes(index);
    }

    /// Something may be heard of the far end of the call on a channel.
    pub(super) fn far_end_is_heard(&mut self, index: usize) {
        if let Some(call) = self.channels[index].call.and_then(|id| self.calls.get_mut(&id)) {
            call.is_heard = true;
            self.begin_analysis(index);
        }
    }

    /// The call on a channel was answered.
    pub(super) fn analysed_answered(&mut self, index: usize) {
        match self.channels[index].analysed {
            true => self.link.analysed_answered(self.channels[index].slot),
            false => self.far_end_is_heard(index),
        }
    }

    /// The call on a channel is analysed no longer.
    pub(super) fn end_analysis(&mut self, index: usize) {
        if std::mem::take(&mut self.channels[index].analysed) {
            self.link.end_analysis(self.channels[index].slot);
            self.update_routes(index);
        }
    }

    /// Something is known of the call on a slot.
    pub(super) fn handle_analysis(&mut self, slot: SlotId, event: AnalysisEvent) {
        let Some(index) = self.index_of(slot) else { return };
        let channel = &self.channels[index];
        let (Some(call), true) = (channel.call, channel.analysed) else { return };
        let channel = channel.handle;
        let (at, news) = match event {
            AnalysisEvent::Interim { what, reported, .. } => (reported, CallNews::Goes(what)),
            AnalysisEvent::Verdict(verdict) => (verdict.decided, CallNews::Verdict(verdict)),
            AnalysisEvent::Beep { start, end, reported, hz, .. } => {
                (reported, CallNews::Beep { length: end - start, hz })
            }
        };
        self.events.tell(at, EventKind::CallAnalysed { call, channel, news });
        if let CallNews::Verdict(verdict) = news {
            // A call that comes to another channel is not analysed again; beeps of a machine are told as long as it stays.
            if let Some(known) = self.calls.get_mut(&call) {
                known.analysis = None;
            }
            if verdict.class != Class::Machine {
                self.end_analysis(index);
            }
        }
    }
}

const LONGEST_WAIT: Frames = Frames::from_seconds(3600);
