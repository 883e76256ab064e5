//! A call in progress: its record, and what its caller does after the answer.
use super::alaw;
use super::circuit::Office;
use super::report::{CallRecord, Direction, Outcome};
use super::speech::Speaker;
use super::trace::Circuit;
use super::voice::{BLOCK, Voice, pressed_keys};
use tandem_types::{FrameTime, Frames, SpanIndex, Timeslot};

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) record: CallRecord,
    /// The room that the caller will ask for.
    pub(super) wanted_room: Option<usize>,
}

impl Call {
    pub(super) fn new(
        id: u64,
        direction: Direction,
        place: Circuit,
        number: String,
        seized: FrameTime,
    ) -> Self {
        let slot = Timeslot::new(place.slot() as u8);
        let record = CallRecord {
            id,
            direction,
            span: SpanIndex(place.span() as u16),
            slot: slot.unwrap_or_else(|| unreachable!("a circuit is below 32")),
            number,
            digits: Vec::new(),
            room: None,
            seized,
            answered: None,
            cleared: None,
            cleared_by: None,
            outcome: Outcome::InProgress,
            speech: Vec::new(),
        };
        Self { record, wanted_room: None }
    }

    /// The answer: decides what this caller will do, and for how long.
    pub(super) fn begin_talking(&mut self, office: &mut Office<'_>) -> Progress {
        let (now, config) = (office.now, office.config);
        let more = config.mean_hold.0.saturating_sub(config.min_hold.0) as f64;
        // Whole milliseconds, and no longer than a day.
        let hold = (config.min_hold.0 as f64 + office.chance.exponential(more)).min(LONGEST_HOLD);
        let hang_up = now + Frames::from_ms(Frames(hold as u64).as_ms());
        let plan = &config.plan;
        self.wanted_room = (!plan.rooms.is_empty()).then(|| office.chance.below(plan.rooms.len()));
        let act = if office.chance.unit() <= plan.patient && self.wanted_room.is_some() {
            Act::Listen { heard: false, quiet: Frames(0), give_up: now + plan.patience }
        } else {
            Act::Pause { until: now + office.chance.length(plan.pause) }
        };
        Progress::Caller { hang_up, act, fragile_until: FrameTime::ZERO }
    }
}

/// How far a conversation has come.
#[derive(Debug)]
pub(super) enum Progress {
    /// A caller, who hangs up at some time. Until `fragile_until` a digit may be under way.
    Caller { hang_up: FrameTime, act: Act, fragile_until: FrameTime },
    /// Somebody whom the switch has called: speaks until one of the two hangs up.
    Called { hang_up: Option<FrameTime> },
}

/// What a caller does now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Waits for a prompt to end: for silence after sound.
    Listen { heard: bool, quiet: Frames, give_up: FrameTime },
    /// Waits before the first digit.
    Pause { until: FrameTime },
    /// Presses digits.
    Press,
    /// Waits before the first word.
    Breathe { until: FrameTime },
    /// Speaks to the end.
    Speak,
}

impl Progress {
    /// Whether digits are being pressed, or the switch may not have heard the last one yet.
    pub(super) fn is_pressing(&self, voice: &Voice, now: FrameTime) -> bool {
        match self {
            Self::Caller { act: Act::Press, .. } if !voice.is_finished() => true,
            Self::Caller { fragile_until, .. } => now < *fragile_until,
            Self::Called { .. } => false,
        }
    }

    /// One millisecond passes. Says how the call came out when the caller hangs up.
    pub(super) fn step(
        &mut self,
        voice: &mut Voice,
        room: Option<usize>,
        place: Circuit,
        office: &mut Office<'_>,
    ) -> Option<Outcome> {
        let (hang_up, act, fragile_until) = match self {
            Self::Called { hang_up } => {
                return hang_up.filter(|at| office.now >= *at).map(|_| Outcome::Completed);
            }
            Self::Caller { hang_up, act, fragile_until } => (hang_up, act, fragile_until),
        };
        if office.now >= *hang_up {
            return Some(Outcome::Completed);
        }
        if matches!(act, Act::Press) {
            *fragile_until = office.now + DIGIT_UNDER_WAY;
        }
        // Nobody knows what the switch made of digits in which the span failed.
        if !office.sound && office.now < *fragile_until {
            return Some(Outcome::Disturbed);
        }
        *act = act.next(*hang_up, voice, room, place, office);
        None
    }
}

impl Act {
    fn next(
        self,
        hang_up: FrameTime,
        voice: &mut Voice,
        room: Option<usize>,
        place: Circuit,
        office: &mut Office<'_>,
    ) -> Self {
        let (now, plan) = (office.now, &office.config.plan);
        match self {
            Self::Listen { heard, quiet, give_up } => {
                let sound = office.heard(place).iter().any(|octet| *octet != alaw::IDLE);
                let quiet = if sound { Frames(0) } else { quiet + Frames(BLOCK as u64) };
                if now >= give_up || heard && quiet >= PROMPT_OVER {
                    return Self::Pause { until: now + office.chance.length(plan.pause) };
                }
                Self::Listen { heard: heard || sound, quiet, give_up }
            }
            Self::Pause { until } if now >= until => match room.and_then(|room| plan.rooms.get(room)) {
                Some(digits) => {
                    *voice = Voice::press(pressed_keys(digits, plan, office.chance));
                    Self::Press
                }
                None => Self::begin_speech(hang_up, voice),
            },
            Self::Press if voice.is_finished() => {
                *voice = Voice::Silent;
                Self::Breathe { until: now + office.chance.length(plan.before_speech) }
            }
            Self::Breathe { until } if now >= until => Self::begin_speech(hang_up, voice),
            act => act,
        }
    }

    fn begin_speech(hang_up: FrameTime, voice: &mut Voice) -> Self {
        *voice = Voice::Speech(Speaker::new(Some(hang_up)));
        Self::Speak
    }
}

/// Silence of this length after a sound is the end of a prompt for those who wait for it.
const PROMPT_OVER: Frames = Frames::from_ms(500);
/// From the sending of a digit to the moment when nothing can happen to it any more.
const DIGIT_UNDER_WAY: Frames = Frames::from_ms(300);
/// In frames: a day.
const LONGEST_HOLD: f64 = 86_400.0 * 8000.0;
