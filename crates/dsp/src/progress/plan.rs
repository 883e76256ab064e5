//! Tone plans: the text they are written in, and the plans of the countries that come with the library.

use core::fmt;

use tandem_types::{Frames, Law};

use crate::tone::{ToneGenerator, ToneStep};

/// What a tone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // E.180 and E.182 say what they are
pub enum ToneName {
    Dial,
    /// Dial tone with something to tell: messages wait, or calls are diverted.
    SpecialDial,
    Ringing,
    Busy,
    Congestion,
    /// Number unobtainable.
    Vacant,
    /// A second call waits.
    Waiting,
    Confirmation,
    /// The receiver is off the hook.
    Howler,
    /// A tone of the host's own, 1 to 8.
    User(u8),
    /// Special information tone by E.180, of no class.
    Sit,
    SitIntercept,
    SitVacant,
    SitReorder,
    SitNoCircuit,
    /// Calling fax machine (T.30).
    Cng,
    /// Answer tone of a fax machine or modem, 2100 Hz (V.25).
    Ans,
    /// With phase reversals, /ANS.
    AnsPr,
    /// Amplitude-modulated (V.8).
    AnsAm,
    /// Amplitude-modulated with phase reversals, /ANSam.
    AnsAmPr,
    /// Preamble of a fax machine's V.21 frames.
    V21,
}

impl ToneName {
    /// How plans and tools write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(_, name)| *name == self).map_or("?", |(text, _)| text)
    }

    fn parse(text: &str) -> Option<Self> {
        let of_plans = NAMES.get(..NAMES_OF_PLANS)?;
        of_plans.iter().find(|(own, _)| *own == text).map(|(_, name)| *name)
    }

    /// Whether it is one of the special information tones.
    #[must_use]
    pub const fn is_sit(self) -> bool {
        matches!(
            self,
            Self::Sit | Self::SitIntercept | Self::SitVacant | Self::SitReorder | Self::SitNoCircuit
        )
    }

    /// Whether fax machines and modems send it.
    #[must_use]
    pub const fn is_fax(self) -> bool {
        matches!(self, Self::Cng | Self::Ans | Self::AnsPr | Self::AnsAm | Self::AnsAmPr | Self::V21)
    }
}

/// A sound and the silence after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The frequencies in Hz; the second 0 for a single one.
    pub hz: [u16; 2],
    /// How long it sounds, in ms; 0 for ever.
    pub on_ms: u16,
    /// How long silence follows, in ms.
    pub off_ms: u16,
}

/// A tone of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanTone {
    /// What it means.
    pub name: ToneName,
    steps: [Step; Self::MAX_STEPS],
    count: u8,
    /// Whether the cadence comes again and again.
    pub repeats: bool,
    /// How far the first frequency may be off, in Hz.
    pub deviation_hz: u16,
    /// Periods of the cadence before it is told; 0 for as many as it takes to be certain.
    pub periods: u8,
}

impl PlanTone {
    /// The longest cadence.
    pub const MAX_STEPS: usize = 8;

    /// A tone; `None` with no step, too many, or a step that no tone can have.
    #[must_use]
    pub fn new(name: ToneName, steps: &[Step], repeats: bool) -> Option<Self> {
        let mut own = [Step::default(); Self::MAX_STEPS];
        own.get_mut(..steps.len())?.copy_from_slice(steps);
        let sound = |step: &Step| {
            let low = HZ.contains(&step.hz[0]);
            low && (step.hz[1] == 0 || HZ.contains(&step.hz[1]) && step.hz[0] < step.hz[1])
        };
        let timed = steps.len() == 1 || steps.iter().all(|step| step.on_ms >= SHORTEST_ON_MS);
        let alone = steps.iter().all(|step| step.on_ms == 0 || step.on_ms >= SHORTEST_ON_MS);
        (!steps.is_empty() && steps.iter().all(sound) && timed && alone).then_some(Self {
            name,
            steps: own,
            count: steps.len() as u8,
            repeats,
            deviation_hz: DEVIATION_HZ,
            periods: 0,
        })
    }

    /// The steps of its cadence.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps[..usize::from(self.count).min(Self::MAX_STEPS)]
    }

    /// Whether it has no cadence.
    #[must_use]
    pub fn is_continuous(&self) -> bool {
        self.steps[0].on_ms == 0
    }

    /// A generator of this tone, each of its frequencies at this level.
    #[must_use]
    pub fn generator(&self, law: Law, dbm0: f32) -> Option<ToneGenerator> {
        let mut steps = [ToneStep { first_hz: 0.0, second_hz: 0.0, dbm0, on: Frames(0), off: Frames(0) };
            Self::MAX_STEPS];
        for (step, own) in steps.iter_mut().zip(self.steps()) {
            step.first_hz = own.hz[0].into();
            step.second_hz = own.hz[1].into();
            step.on = Frames::from_ms(if own.on_ms == 0 { 1000 } else { own.on_ms.into() });
            step.off = Frames::from_ms(own.off_ms.into());
        }
        ToneGenerator::new(law, &steps[..self.steps().len()], self.repeats)
    }
}

/// The tones of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TonePlan {
    tones: [Option<PlanTone>; Self::MAX_TONES],
}

/// Why a text is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: PlanFault,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanFault {
    /// No tone has this name.
    Name,
    /// A step is not `HZ[+HZ][:ON[/OFF]]`, or its numbers make no sense.
    Step,
    /// More steps than [`PlanTone::MAX_STEPS`].
    TooManySteps,
    /// More tones than [`TonePlan::MAX_TONES`].
    TooManyTones,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            PlanFault::Name => "no tone has this name",
            PlanFault::Step => "a step is HZ[+HZ][:ON_MS[/OFF_MS]]",
            PlanFault::TooManySteps => "too many steps",
            PlanFault::TooManyTones => "too many tones",
        };
        write!(f, "line {}: {what}", self.line)
    }
}

impl core::error::Error for PlanError {}

impl TonePlan {
    /// The most tones of a plan.
    pub const MAX_TONES: usize = 20;

    /// A plan without tones.
    #[must_use]
    pub const fn empty() -> Self {
        Self { tones: [None; Self::MAX_TONES] }
    }

    /// The plan of a country by its two letters, of those that come with the library.
    #[must_use]
    pub fn country(code: &str) -> Option<Self> {
        let section = |line: &str| header(line).is_some_and(|(own, _)| own.eq_ignore_ascii_case(code));
        let after = PLANS.split_inclusive('\n').scan(0, |at, line| {
            *at += line.len();
            Some((*at, line))
        });
        let begin = after.into_iter().find(|(_, line)| section(line)).map(|(end, _)| end)?;
        let text = PLANS.get(begin..)?;
        Self::parse(text.split_once("\n[").map_or(text, |(own, _)| own)).ok()
    }

    /// The countries whose plans come with the library, two letters and name each, in order of the letters.
    pub fn countries() -> impl Iterator<Item = (&'static str, &'static str)> {
        PLANS.lines().filter_map(header)
    }

    /// Reads the tones of a text; sections are ignored.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let mut plan = Self::empty();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() || line.starts_with('[') {
                continue;
            }
            let tone = parse_tone(line).and_then(|tone| plan.add(tone));
            tone.map_err(|fault| PlanError { line: number + 1, fault })?;
        }
        Ok(plan)
    }

    /// Adds a tone.
    pub fn add(&mut self, tone: PlanTone) -> Result<(), PlanFault> {
        *self.tones.iter_mut().find(|slot| slot.is_none()).ok_or(PlanFault::TooManyTones)? = Some(tone);
        Ok(())
    }

    /// Its tones.
    pub fn tones(&self) -> impl Iterator<Item = &PlanTone> {
        self.tones.iter().flatten()
    }

    /// The tone of a name.
    #[must_use]
    pub fn tone(&self, name: ToneName) -> Option<&PlanTone> {
        self.tones().find(|tone| tone.name == name)
    }
}

/// The letters and the name in a section's first line.
fn header(line: &str) -> Option<(&str, &str)> {
    line.trim().strip_prefix('[')?.strip_suffix(']')?.split_once(' ')
}

fn parse_tone(line: &str) -> Result<PlanTone, PlanFault> {
    let mut words = line.split_ascii_whitespace();
    let name = words.next().and_then(ToneName::parse).ok_or(PlanFault::Name)?;
    let mut steps = [Step::default(); PlanTone::MAX_STEPS];
    let mut count = 0;
    let (mut deviation_hz, mut periods) = (DEVIATION_HZ, 0);
    for word in words {
        if let Some(by) = word.strip_prefix("by=") {
            deviation_hz = by.parse().ok().filter(|by| (1..=20).contains(by)).ok_or(PlanFault::Step)?;
        } else if let Some(times) = word.strip_prefix("times=") {
            periods = times.parse().ok().filter(|times| (1..=4).contains(times)).ok_or(PlanFault::Step)?;
        } else {
            *steps.get_mut(count).ok_or(PlanFault::TooManySteps)? =
                parse_step(word).ok_or(PlanFault::Step)?;
            count += 1;
        }
    }
    let tone = PlanTone::new(name, &steps[..count], true).ok_or(PlanFault::Step)?;
    Ok(PlanTone { deviation_hz, periods, ..tone })
}

fn parse_step(word: &str) -> Option<Step> {
    let (hz, times) = word.split_once(':').map_or((word, None), |(hz, times)| (hz, Some(times)));
    let (one, two) = hz.split_once('+').map_or((hz, None), |(one, two)| (one, Some(two)));
    let (on, off) = match times {
        None => (0, 0),
        Some(times) => {
            let (on, off) = times.split_once('/').unwrap_or((times, "0"));
            (on.parse().ok().filter(|on| *on > 0)?, off.parse().ok()?)
        }
    };
    let hz = [one.parse().ok()?, two.map_or(Some(0), |two| two.parse().ok())?];
    Some(Step { hz, on_ms: on, off_ms: off })
}

/// The plans, and where their facts are from.
const PLANS: &str = include_str!("../../tones/plans.txt");

const HZ: core::ops::RangeInclusive<u16> = 250..=3400;
/// The window of the detector is 40 ms long.
const SHORTEST_ON_MS: u16 = 40;
const DEVIATION_HZ: u16 = 15;

/// Names that may stand in a plan come first.
const NAMES: [(&str, ToneName); 28] = [
    ("dial", ToneName::Dial),
    ("special", ToneName::SpecialDial),
    ("ringing", ToneName::Ringing),
    ("busy", ToneName::Busy),
    ("congestion", ToneName::Congestion),
    ("vacant", ToneName::Vacant),
    ("waiting", ToneName::Waiting),
    ("confirmation", ToneName::Confirmation),
    ("howler", ToneName::Howler),
    ("user1", ToneName::User(1)),
    ("user2", ToneName::User(2)),
    ("user3", ToneName::User(3)),
    ("user4", ToneName::User(4)),
    ("user5", ToneName::User(5)),
    ("user6", ToneName::User(6)),
    ("user7", ToneName::User(7)),
    ("user8", ToneName::User(8)),
    ("sit", ToneName::Sit),
    ("sit-intercept", ToneName::SitIntercept),
    ("sit-vacant", ToneName::SitVacant),
    ("sit-reorder", ToneName::SitReorder),
    ("sit-no-circuit", ToneName::SitNoCircuit),
    ("cng", ToneName::Cng),
    ("ans", ToneName::Ans),
    ("ans-pr", ToneName::AnsPr),
    ("ansam", ToneName::AnsAm),
    ("ansam-pr", ToneName::AnsAmPr),
    ("v21", ToneName::V21),
];
const NAMES_OF_PLANS: usize = 17;
