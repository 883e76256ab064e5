//! Cadences: how many of the last sounds and silences of a lane are those of a tone.

use super::plan::{Step, ToneName};
use super::set::{Template, ToneSet};

/// A sound that was heard and the silence after it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Record {
    sound: u8,
    /// Whether the silence goes on.
    open: bool,
    /// In whole ms, for the room that they take.
    on_ms: u16,
    off_ms: u16,
}

impl Record {
    pub(super) fn new(sound: u8, on_ms: f32, off_ms: f32, open: bool) -> Self {
        let [on_ms, off_ms] = [on_ms, off_ms].map(|ms| (ms + 0.5) as u16);
        Self { sound, open, on_ms, off_ms }
    }
}

/// The last sounds of a lane, the newest first.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    records: [Record; LENGTH],
    count: u8,
}

impl History {
    pub(super) fn push(&mut self, record: Record) {
        self.records.rotate_right(1);
        self.records[0] = record;
        self.count = (self.count + 1).min(LENGTH as u8);
    }

    /// Whether any of these sounds, bit n for number n, is among them.
    pub(super) fn has(&self, sounds: u32) -> bool {
        self.records[..usize::from(self.count)].iter().any(|record| sounds >> (record.sound % 32) & 1 == 1)
    }

    /// How long the newest records took.
    pub(super) fn length_ms(&self, records: usize) -> f32 {
        let records = self.records[..usize::from(self.count)].iter().take(records);
        records.map(|record| f32::from(record.on_ms) + f32::from(record.off_ms)).sum()
    }

    /// The records, and before them the one that is not over.
    fn with(&self, newest: Option<Record>) -> impl Iterator<Item = Record> + Clone {
        newest.into_iter().chain(self.records[..usize::from(self.count)].iter().copied())
    }

    /// The tone whose cadence fits more of the newest records than any other's, if they are enough, and how
    /// many they are.
    pub(super) fn tone<'a>(&self, newest: Option<Record>, set: &'a ToneSet) -> Option<(&'a Template, usize)> {
        let (mut best, mut most, mut next) = (None, (0, true), (0, true));
        for template in set.tones() {
            // Of as many, those of a tone whose frequencies are just these.
            let fitting = (self.fitting(newest, template, set), !template.is_wide());
            if fitting > most {
                (best, most, next) = (Some(template), fitting, most);
            } else {
                next = next.max(fitting);
            }
        }
        best.filter(|template| most > next && most.0 >= needed(template)).map(|template| (template, most.0))
    }

    /// How many of the newest records a tone's cadence has in this order, wherever it began. One period alone
    /// does not count if the same sound came before it sooner than the cadence has it.
    pub(super) fn fitting(&self, newest: Option<Record>, template: &Template, set: &ToneSet) -> usize {
        let steps = template.steps().len();
        if template.plan().is_continuous() {
            return 0;
        }
        let step = |index: usize| template.steps().nth(index);
        let ends = if template.plan().repeats { 0..steps } else { steps - 1..steps };
        let fitting = ends.map(|last| {
            let back = |by: usize| (last + 2 * LENGTH * steps - by) % steps;
            let records = self.with(newest).enumerate();
            let count = records
                .take_while(|(by, record)| {
                    step(back(*by)).is_some_and(|s| {
                        let last = *by == 0 && !template.plan().repeats;
                        fits(record, s, last, template, set)
                    })
                })
                .count();
            let sooner =
                self.with(newest).nth(count).zip(step(back(count))).is_some_and(|(before, (sound, step))| {
                    let off = f32::from(step.off_ms);
                    before.sound == sound && f32::from(before.off_ms) < off - template.tolerance(off)
                });
            if sooner && count <= steps { 0 } else { count }
        });
        fitting.max().unwrap_or(0)
    }
}

/// Whether the sounds of one of two tones, as its plan has them, are those of the other as well.
pub(super) fn are_twins(one: &Template, other: &Template, set: &ToneSet) -> bool {
    if one.plan().is_continuous() || other.plan().is_continuous() {
        let sounds = |tone: &Template| tone.steps().next().map(|(sound, _)| sound);
        return one.plan().is_continuous() && other.plan().is_continuous() && sounds(one) == sounds(other);
    }
    let is_heard_as = |sent: &Template, taken: &Template| {
        let mut history = History::default();
        for (sound, step) in sent.steps().chain(sent.steps()).take(LENGTH) {
            history.push(Record::new(sound, step.on_ms.into(), step.off_ms.into(), false));
        }
        let own = history.fitting(None, sent, set);
        !taken.is_wide() && own > 0 && history.fitting(None, taken, set) >= own
    };
    is_heard_as(one, other) || is_heard_as(other, one)
}

/// How many records must fit before a tone is told: one period of a slow or intricate cadence, two of another; more
/// of one that is a short beep now and then, as speech has them too.
fn needed(template: &Template) -> usize {
    let steps = template.steps();
    let period: u32 = template.steps().map(|(_, step)| u32::from(step.on_ms) + u32::from(step.off_ms)).sum();
    let first_on = template.plan().steps()[0].on_ms;
    let periods = match template.plan().periods {
        0 if steps.len() > 1 => 1,
        0 if first_on < BEEP_MS => 3,
        0 if first_on >= LONG_MS && period >= SLOW_MS => 1,
        0 => 2,
        periods => periods.into(),
    };
    periods * steps.len()
}

/// After the last sound of a tone that comes once, anything may follow.
fn fits(record: &Record, (sound, step): (u8, &Step), last: bool, template: &Template, set: &ToneSet) -> bool {
    let (on, off) = (f32::from(step.on_ms), f32::from(step.off_ms));
    let (on_ms, off_ms) = (f32::from(record.on_ms), f32::from(record.off_ms));
    let off_fits = if last {
        true
    } else if record.open {
        off_ms <= off + template.tolerance(off)
    } else {
        (off_ms - off).abs() <= template.tolerance(off)
    };
    set.may_be(record.sound, (sound, step)) && off_fits && (on_ms - on).abs() <= template.tolerance(on)
}

impl Template {
    /// By how much a time may differ from the plan's: 12 %, and no less than 25 ms; of special information tones,
    /// the 70 ms of E.180 and 10 ms for measuring.
    pub(super) fn tolerance(&self, ms: f32) -> f32 {
        (0.12 * ms).max(if self.name == ToneName::Sit { 80.0 } else { 25.0 })
    }
}

const LENGTH: usize = 8;
const BEEP_MS: u16 = 80;
const LONG_MS: u16 = 150;
const SLOW_MS: u32 = 2000;
