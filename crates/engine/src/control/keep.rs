//! What is said before a recording begins: where the configuration wants it, a tap on each call has the recorder keep it.
use super::Control;
use super::channel::Channel;
use super::operation::Work;
use crate::EngineError;
use crate::recorder::{Before, Keeper, ToRecorder};
use tandem_switch::link::{SlotId, TapId, TapReader};
use tandem_types::{Frames, Law};

/// Of a call on a channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    tap: TapId,
    /// By which the recorder knows it.
    number: u64,
    /// Nothing is kept now, because a recording rests.
    rests: bool,
}

impl Control {
    /// Something can be heard of the call on a channel: it is kept from now on.
    pub(super) fn keep_what_is_said(&mut self, index: usize) {
        let kept = Frames::from_ms(self.config.recording.pre_roll_ms);
        let channel = &self.channels[index];
        if kept.0 == 0 || channel.keep.is_some() || !channel.is_trunk() {
            return;
        }
        let (slot, law) = (channel.slot, channel.law);
        let Ok((tap, reader)) = self.start_tap(slot, law) else {
            log::error!("what is said before recordings cannot be kept: all taps are in use");
            return;
        };
        self.keeps += 1;
        let keeper = Keeper::new(self.keeps, reader, kept);
        // A recorder that is gone has been closed with the engine.
        let _ = self.recorder.send(ToRecorder::Keep(keeper));
        self.helper_work = true;
        self.channels[index].keep = Some(Keep { tap, number: self.keeps, rests: false });
        self.update_routes(index);
    }

    /// The call on a channel is over.
    pub(super) fn forget_what_was_said(&mut self, index: usize) {
        if let Some(keep) = self.channels[index].keep.take() {
            self.link.stop_tap(keep.tap);
        }
    }

    /// While a recording of a channel rests nothing is kept for another either.
    pub(super) fn rest_keep(&mut self, index: usize) {
        let rests = self.channels[index].records.iter().any(|record| {
            let operation = self.operations.get(*record);
            operation
                .is_ok_and(|operation| matches!(operation.work, Work::Record { runs, .. } if runs.rests()))
        });
        if let Some(keep) = &mut self.channels[index].keep
            && keep.rests != rests
        {
            keep.rests = rests;
            self.link.rest_tap(keep.tap, rests);
        }
    }

    /// So much from before for a recording that begins on a channel.
    pub(super) fn what_was_before(
        &self,
        index: usize,
        length: Frames,
    ) -> Result<Option<Before>, EngineError> {
        if length.0 == 0 {
            return Ok(None);
        }
        if !self.channels[index].is_trunk() {
            return Err(EngineError::WrongState("nothing is kept of a channel without calls"));
        }
        let keep = self.channels[index].keep;
        Ok(keep.map(|keep| Before { keeper: keep.number, length }))
    }

    /// A tap for a recording or a stream of a host: of a line that is listened to, of both receivers.
    pub(super) fn start_tap_of_host(
        &mut self,
        index: usize,
        frames: Frames,
    ) -> Result<(TapId, TapReader), EngineError> {
        let used = self.operations.iter().filter(|(_, operation)| operation.has_tap()).count();
        if used >= self.config.limits.recordings {
            return Err(NO_TAP);
        }
        let Channel { slot, other_way, law, .. } = self.channels[index];
        let blank = self.config.recording.blank_digits.then_some(law);
        self.link.start_tap(slot, other_way, blank, frames).map_err(|_| NO_TAP)
    }

    fn start_tap(&mut self, slot: SlotId, law: Law) -> Result<(TapId, TapReader), EngineError> {
        let blank = self.config.recording.blank_digits.then_some(law);
        self.link.start_tap(slot, None, blank, self.tap_buffer()).map_err(|_| NO_TAP)
    }

    /// What waits for the recorder at most.
    pub(super) fn tap_buffer(&self) -> Frames {
        Frames((self.config.recording.buffer_seconds * 8000.0) as u64)
    }
}

const NO_TAP: EngineError = EngineError::Busy("all taps are in use");
