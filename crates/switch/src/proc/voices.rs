//! Voices on the slots of a span. A key that is pressed sounds like one for a while: a voice is told a little later than it is
//! certain, and not when the digit detector has taken it for a key by then. Each beginning that is told is followed by its end.
use crate::proc::PIECE;
use crate::proc::span::{column_of, slots_in};
use tandem_dsp::activity::{ActivityDetector, ActivityEvent, ActivityOptions};
use tandem_dsp::dtmf::DtmfEvent;
use tandem_types::{FrameTime, Frames, Timeslot};

/// What is told of a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct VoiceEvent {
    pub(crate) index: usize,
    /// When the voice began.
    pub(crate) start: FrameTime,
    /// When it was certain, or when it was last heard.
    pub(crate) at: FrameTime,
    pub(crate) begins: bool,
}

#[derive(Debug)]
pub(crate) struct Voices {
    detectors: [ActivityDetector; Timeslot::PER_FRAME],
    states: [State; Timeslot::PER_FRAME],
    /// Slots that are listened to.
    attentive: u32,
    /// Slots on which a key is held.
    keyed: u32,
    /// What has been worked.
    now: FrameTime,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Silent,
    /// A voice, or a key that is not recognised yet, is told then.
    Held {
        start: FrameTime,
        until: FrameTime,
    },
    /// A voice was told.
    Told {
        start: FrameTime,
    },
}

impl Voices {
    pub(crate) fn new() -> Self {
        Self {
            detectors: std::array::from_fn(|_| ActivityDetector::default()),
            states: [State::Silent; Timeslot::PER_FRAME],
            attentive: 0,
            keyed: 0,
            now: FrameTime::ZERO,
        }
    }

    /// From now on a slot is listened to, or no longer. What was taken for the noise of its line is kept.
    pub(crate) fn listen(&mut self, index: usize, on: bool) -> Option<VoiceEvent> {
        self.attentive = self.attentive & !(1 << index) | u32::from(on) << index;
        self.detectors[index].finish();
        match std::mem::replace(&mut self.states[index], State::Silent) {
            State::Told { start } => Some(VoiceEvent { index, start, at: self.now, begins: false }),
            State::Silent | State::Held { .. } => None,
        }
    }

    pub(crate) fn attend(&mut self, index: usize, options: ActivityOptions) {
        self.detectors[index].set_options(options);
    }

    /// A key is pressed on a slot, or let go: what is heard from then on is judged anew.
    pub(crate) fn on_digit(&mut self, event: &DtmfEvent) {
        let index = event.lane();
        match event {
            DtmfEvent::Start { reported, .. } => {
                self.keyed |= 1 << index;
                if matches!(self.states[index], State::Held { until, .. } if *reported <= until) {
                    self.states[index] = State::Silent;
                }
            }
            DtmfEvent::End { .. } => {
                self.keyed &= !(1 << index);
                if self.states[index] == State::Silent {
                    self.detectors[index].finish();
                }
            }
        }
    }

    /// Takes the frames of a piece.
    pub(crate) fn process(
        &mut self,
        frames: &[[i16; Timeslot::PER_FRAME]],
        at: FrameTime,
        mut on_event: impl FnMut(VoiceEvent),
    ) {
        self.now = at + Frames(frames.len() as u64);
        for index in slots_in(self.attentive) {
            let column: [i16; PIECE] = column_of(frames, index);
            let (state, keyed) = (&mut self.states[index], self.keyed >> index & 1 == 1);
            self.detectors[index].process(&column[..frames.len()], at, |event| match (event, *state) {
                (ActivityEvent::Start { at: start, reported }, State::Silent) if !keyed => {
                    *state = State::Held { start, until: reported + HELD_BACK };
                }
                (ActivityEvent::End { start, end, .. }, State::Told { .. }) => {
                    *state = State::Silent;
                    on_event(VoiceEvent { index, start, at: end, begins: false });
                }
                (ActivityEvent::End { .. }, _) => *state = State::Silent,
                (ActivityEvent::Start { .. }, _) => {}
            });
            if let State::Held { start, until } = *state
                && until <= self.now
            {
                *state = State::Told { start };
                on_event(VoiceEvent { index, start, at: until, begins: true });
            }
        }
    }
}

/// A key is recognised within so much of when it may be a voice.
const HELD_BACK: Frames = Frames::from_ms(40);
