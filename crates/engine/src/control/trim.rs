//! The end of a recording that is to end with its last words.
use super::Control;
use super::operation::Work;
use crate::event::EndReason;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_types::{FrameTime, Frames, Handle};

/// What is said on the channel of a recording, as far as its end is concerned.
#[derive(Debug)]
pub(super) struct Trim {
    /// From this frame on nothing is to be in the file; the recorder reads it once the tap has ended.
    cut: Arc<AtomicU64>,
    began: FrameTime,
    /// When the last voice ended.
    quiet_since: Option<FrameTime>,
    /// When the voice began that goes on.
    voice_since: Option<FrameTime>,
}

impl Trim {
    /// Of a recording that begins now.
    pub(super) fn new(began: FrameTime, talking: bool) -> Self {
        let voice_since = talking.then_some(began);
        Self { cut: Arc::new(AtomicU64::new(u64::MAX)), began, quiet_since: None, voice_since }
    }

    pub(super) fn cut(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.cut)
    }

    /// Where the words end that were said until then. What was before the recording may be words too.
    fn end_of_words(&self, until: FrameTime) -> FrameTime {
        let end = match (self.voice_since, self.quiet_since) {
            // A key that is pressed is taken for a voice too, which begins with it.
            (Some(since), _) if since + SAME < until => until,
            (_, Some(since)) => since + KEPT,
            (_, None) => self.began,
        };
        end.max(self.began).min(until)
    }
}

impl Control {
    /// Somebody has begun to talk on a channel, or was last heard then.
    pub(super) fn note_voice_in_trims(&mut self, index: usize, at: FrameTime, talks: bool) {
        for handle in self.channels[index].records.clone() {
            let Ok(operation) = self.operations.get_mut(handle) else { continue };
            if let Work::Record { trim: Some(trim), .. } = &mut operation.work {
                trim.voice_since = talks.then_some(at);
                trim.quiet_since = if talks { trim.quiet_since } else { Some(at) };
            }
        }
    }

    /// Whether a recording is to end with its last words.
    pub(super) fn is_trimmed(&self, record: Handle) -> bool {
        let operation = self.operations.get(record);
        operation.is_ok_and(|operation| matches!(operation.work, Work::Record { trim: Some(_), .. }))
    }

    /// A recording ends for this reason: of one that is trimmed what is behind its last words is to go.
    pub(super) fn trim_recording(&self, index: usize, trim: &Trim, why: EndReason) {
        let pressed = self.channels[index].pressed.unwrap_or(self.now);
        let until = match why {
            EndReason::Digit => FrameTime(pressed.0.saturating_sub(UNTIL_CERTAIN.0)),
            EndReason::Silence | EndReason::Hangup => self.now,
            _ => return,
        };
        trim.cut.store(trim.end_of_words(until).0, Ordering::Release);
    }
}

/// What is kept behind a voice: its last sounds are often softer than what counts as one.
const KEPT: Frames = Frames::from_ms(200);
/// A digit is certain 38 to 44 ms after it began.
const UNTIL_CERTAIN: Frames = Frames::from_ms(45);
/// A voice is told to have begun with a hop of 10 ms.
const SAME: Frames = Frames::from_ms(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_ended_long_before_a_recording_do_not_cut_what_was_before_it() {
        let mut trim = Trim::new(FrameTime(10_000), true);
        (trim.voice_since, trim.quiet_since) = (None, Some(FrameTime(6_000)));
        assert_eq!(trim.end_of_words(FrameTime(20_000)), FrameTime(10_000));
        // A key that was pressed before is cut nevertheless.
        assert_eq!(trim.end_of_words(FrameTime(9_990)), FrameTime(9_990));
        trim.quiet_since = Some(FrameTime(9_000));
        assert_eq!(trim.end_of_words(FrameTime(20_000)), FrameTime(10_600));
    }
}
