//! What differs between E&M trunks, as data: codes, times, number plan.
use tandem_types::{Abcd, Digit, Frames};

/// Who gives way when both ends seize at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlareRule {
    /// This end goes on-hook and takes the far end's call.
    Yield,
    /// This end stays off-hook until the far end has given way, then dials.
    Hold,
}

/// A kind of E&M immediate-start trunk. The two ends of a circuit have opposite [`GlareRule`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmProfile {
    /// On-hook.
    pub idle: Abcd,
    /// Off-hook: seizure forward, answer backward.
    pub seized: Abcd,
    /// Out of service, where the trunk has a code for it.
    pub blocked: Option<Abcd>,
    /// The bits that tell on-hook from off-hook. A code that agrees with neither in them means nothing and
    /// is passed over, as is usual while a multiframe is being lost.
    pub significant: Abcd,
    /// An off-hook shorter than this on a free circuit is a hit. Also the time that on-hook must last where
    /// no call depends on it.
    pub recognise_seizure: Frames,
    /// An off-hook shorter than this on a called circuit is no answer.
    pub recognise_answer: Frames,
    /// An on-hook shorter than this in a call is no disconnection.
    pub recognise_disconnect: Frames,
    /// How long the blocked code must last. Longer than a failure takes to be declared, because AIS in
    /// timeslot 16 looks the same.
    pub recognise_blocked: Frames,
    /// From our off-hook to the first digit. Longer than the far end's `recognise_seizure` and than a round
    /// trip of the circuit, or a double seizure is taken for an answer.
    pub seize_to_digit: Frames,
    /// The shortest on-hook we send.
    pub min_on_hook: Frames,
    /// After we give up an unanswered call, an off-hook within this time is an answer that crossed our
    /// release, not a seizure.
    pub answer_crossing: Frames,
    /// After both ends are on-hook, how long we do not seize.
    pub guard: Frames,
    /// From the seizure to the first digit received.
    pub first_digit: Frames,
    /// From one digit received to the next.
    pub inter_digit: Frames,
    /// With fewer digits the number is incomplete.
    pub min_digits: usize,
    /// With so many digits the number is complete. Equal to `min_digits`: numbers of fixed length. More
    /// than 32 counts as 32.
    pub max_digits: usize,
    /// A digit that ends the number and is not part of it.
    pub end_of_number: Option<Digit>,
    /// What this end does about a double seizure.
    pub glare: GlareRule,
    /// How long a holding end waits for the other to give way.
    pub glare_limit: Frames,
    /// How long the far end may stay off-hook after a release before it is reported.
    pub lockout: Frames,
}

impl EmProfile {
    /// E&M on E1 with signalling in bit a, the other bits fixed at 1, 0, 1: on-hook 1101, off-hook 0101,
    /// blocked 1111.
    pub const E1: Self = Self {
        idle: Abcd::new(0b1101),
        seized: Abcd::new(0b0101),
        blocked: Some(Abcd::new(0b1111)),
        significant: Abcd::new(0b1101),
        recognise_seizure: Frames::from_ms(50),
        recognise_answer: Frames::from_ms(100),
        recognise_disconnect: Frames::from_ms(300),
        recognise_blocked: Frames::from_ms(3_000),
        seize_to_digit: Frames::from_ms(150),
        min_on_hook: Frames::from_ms(400),
        answer_crossing: Frames::from_ms(600),
        guard: Frames::from_ms(500),
        first_digit: Frames::from_ms(10_000),
        inter_digit: Frames::from_ms(4_000),
        min_digits: 1,
        max_digits: 32,
        end_of_number: None,
        glare: GlareRule::Yield,
        glare_limit: Frames::from_ms(4_000),
        lockout: Frames::from_ms(30_000),
    };

    /// E&M on E1 as DAHDI's signalling type `em_e1` sends it: on-hook 0001, off-hook 1101, no code for
    /// blocked.
    pub const E1_DAHDI: Self =
        Self { idle: Abcd::new(0b0001), seized: Abcd::new(0b1101), blocked: None, ..Self::E1 };

    /// E&M on T1, where A and B are alike: on-hook 0, off-hook 1, no code for blocked. A superframe of 12 frames has A
    /// and B only, so only A is read.
    pub const T1: Self = Self {
        idle: Abcd::new(0b0000),
        seized: Abcd::new(0b1111),
        blocked: None,
        significant: Abcd::new(0b1000),
        ..Self::E1
    };

    /// The same trunk seen from the other end: the opposite glare rule.
    #[must_use]
    pub const fn other_end(mut self) -> Self {
        self.glare = match self.glare {
            GlareRule::Yield => GlareRule::Hold,
            GlareRule::Hold => GlareRule::Yield,
        };
        self
    }
}

impl Default for EmProfile {
    fn default() -> Self {
        Self::E1
    }
}
