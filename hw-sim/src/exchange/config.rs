//! What an exchange is told when it is made.
use std::sync::Arc;
use tandem_types::{Abcd, Frames};

/// An exchange: its traffic, its callers, its line signals, and what it may hear.
#[derive(Clone, Debug)]
pub struct ExchangeConfig {
    /// Where all chance comes from. Equal seeds place equal calls.
    pub seed: u64,
    /// Calls offered per second on average (Poisson arrivals). 0 offers none.
    pub calls_per_second: f64,
    /// How long a caller stays after the answer on average, the minimum included.
    pub mean_hold: Frames,
    /// How long every caller stays at least.
    pub min_hold: Frames,
    /// How many calls are offered in all; `None` for no limit.
    pub max_calls: Option<u64>,
    /// The numbers that are dialled, each as likely. Characters that are on no key are left out.
    pub numbers: Vec<String>,
    /// What callers do once they are answered.
    pub plan: CallerPlan,
    /// Who answers the calls that the switch places. Other numbers ring for ever.
    pub called: Vec<CalledParty>,
    /// The line signals.
    pub line: LineConfig,
    /// All prompts that the switch may play.
    pub prompts: Vec<Prompt>,
    /// Recorded speech, 8 kHz linear, for callers to say.
    pub speech: Vec<Arc<[i16]>>,
    /// How closely the checker looks; `None` for no checker, whose report then is empty.
    pub check: Option<CheckConfig>,
    /// Whether the report lists the calls that have ended. An exchange that runs for weeks had better not.
    pub keep_records: bool,
}

impl Default for ExchangeConfig {
    /// One call in two seconds, of twenty seconds on average, to number 100; nobody presses or speaks.
    fn default() -> Self {
        Self {
            seed: 1,
            calls_per_second: 0.5,
            mean_hold: Frames::from_seconds(20),
            min_hold: Frames::from_seconds(4),
            max_calls: None,
            numbers: vec!["100".to_owned()],
            plan: CallerPlan::default(),
            called: Vec::new(),
            line: LineConfig::default(),
            prompts: Vec::new(),
            speech: Vec::new(),
            check: Some(CheckConfig::default()),
            keep_records: true,
        }
    }
}

/// What a caller does after the answer: waits, presses the digits of a room, then speaks until it hangs up.
#[derive(Clone, Debug)]
pub struct CallerPlan {
    /// The digits of each room, its terminator included ("101#"). A caller picks one; the position in this
    /// list is the number of the room. With none, callers press nothing and are in no room.
    pub rooms: Vec<String>,
    /// From the answer to the first digit, for those who do not wait for a prompt to end; and from the end
    /// of the prompt for those who do.
    pub pause: (Frames, Frames),
    /// The part of the callers, 0 to 1, who let a prompt finish before they press.
    pub patient: f64,
    /// How long a patient caller waits in all before it presses anyway.
    pub patience: Frames,
    /// How long each digit sounds.
    pub tone: (Frames, Frames),
    /// The pause after each digit.
    pub gap: (Frames, Frames),
    /// The level of each of a digit's two tones, in dBm0.
    pub level_dbm0: (f32, f32),
    /// From the last digit to the first word.
    pub before_speech: (Frames, Frames),
}

impl Default for CallerPlan {
    fn default() -> Self {
        Self {
            rooms: Vec::new(),
            pause: (Frames::from_ms(300), Frames::from_ms(1500)),
            patient: 0.5,
            patience: Frames::from_seconds(15),
            tone: (Frames::from_ms(60), Frames::from_ms(100)),
            gap: (Frames::from_ms(60), Frames::from_ms(120)),
            level_dbm0: (-16.0, -6.0),
            before_speech: (Frames::from_ms(0), Frames::from_ms(400)),
        }
    }
}

/// A subscriber of the exchange whom the switch may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledParty {
    /// The number the switch dials.
    pub number: String,
    /// The room that the switch puts this party in, from its answer on.
    pub room: Option<usize>,
    /// How long it stays on the line; `None` until the switch ends the call.
    pub hold: Option<Frames>,
}

/// E&M immediate start by raw bits and times.
#[derive(Clone, Copy, Debug)]
pub struct LineConfig {
    /// The bits of on-hook, a first, in the low four places. 0000 is not allowed on half the channels.
    pub idle: u8,
    /// The bits of off-hook.
    pub seized: u8,
    /// How long bits must last to count. Codes that are neither on-hook nor off-hook are passed over.
    pub recognise: Frames,
    /// From the seizure to the first digit.
    pub seize_to_dial: Frames,
    /// How long each dialled digit sounds, and the pause after it.
    pub dial: (Frames, Frames),
    /// How long a call waits for its answer after the last digit.
    pub answer_limit: Frames,
    /// How long a double seizure is held until the far end gives way.
    pub glare_limit: Frames,
    /// How long the far end may stay off-hook after a release before that is reported.
    pub clear_limit: Frames,
    /// How long both ends are on-hook before the circuit is used, after a call or at the beginning.
    pub guard: Frames,
    /// Called: how long after the last digit the number is complete.
    pub number_complete: Frames,
    /// Called: how long the first digit may take.
    pub first_digit_limit: Frames,
    /// Called: from the complete number to the answer.
    pub answer_after: Frames,
}

impl Default for LineConfig {
    fn default() -> Self {
        Self {
            idle: 0b1101,
            seized: 0b0101,
            recognise: Frames::from_ms(20),
            seize_to_dial: Frames::from_ms(200),
            dial: (Frames::from_ms(70), Frames::from_ms(70)),
            answer_limit: Frames::from_seconds(10),
            glare_limit: Frames::from_seconds(4),
            clear_limit: Frames::from_seconds(5),
            guard: Frames::from_ms(1000),
            number_complete: Frames::from_seconds(1),
            first_digit_limit: Frames::from_seconds(10),
            answer_after: Frames::from_ms(300),
        }
    }
}

impl LineConfig {
    pub(super) const fn idle_bits(&self) -> Abcd {
        Abcd::new(self.idle)
    }

    pub(super) const fn seized_bits(&self) -> Abcd {
        Abcd::new(self.seized)
    }
}

/// A prompt that may be heard.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// Its samples, 8 kHz linear.
    pub samples: Arc<[i16]>,
    /// Whether a digit of the caller cuts it off. It must then, within the limit.
    pub barge_in: bool,
    /// How often it may be played in one call.
    pub most_plays: u32,
}

impl Prompt {
    /// A prompt that a digit cuts off, played as often as the switch likes.
    #[must_use]
    pub const fn new(samples: Arc<[i16]>) -> Self {
        Self { samples, barge_in: true, most_plays: u32::MAX }
    }
}

/// The limits within which the switch must act.
#[derive(Clone, Copy, Debug)]
pub struct CheckConfig {
    /// From the start of a digit's tone until a prompt has fallen silent.
    pub barge_in_limit: Frames,
    /// From the start of a room's last digit until its caller is in the room for everybody; and from a
    /// hang-up until its caller is out for everybody. It bounds how late the control of the switch may come;
    /// nothing else here does, as long as the media cuts off prompts by itself.
    pub room_limit: Frames,
    /// How long a circuit may still carry sound after the far end's on-hook was seen.
    pub clear_limit: Frames,
    /// How long a circuit may still carry sound after our on-hook when no answer had come.
    pub abandon_limit: Frames,
    /// How long after a defect has gone checking begins again.
    pub settle: Frames,
    /// For how many octets of a call the delay from another span may be unknown.
    pub calibration_limit: Frames,
    /// How many unexplained octets are described one by one.
    pub details: usize,
}

impl Default for CheckConfig {
    fn default() -> Self {
        Self {
            barge_in_limit: Frames::from_ms(250),
            room_limit: Frames::from_seconds(2),
            clear_limit: Frames::from_ms(100),
            abandon_limit: Frames::from_ms(800),
            settle: Frames::from_seconds(1),
            calibration_limit: Frames::from_seconds(2),
            details: 20,
        }
    }
}
