//! Tones by name and by frequency.
use tandem_dsp::level::{FULL_SCALE, amplitude_for_dbm0};
use tandem_dsp::progress::{PlanTone, ToneName, TonePlan, universal_tones};
use tandem_dsp::tone::Chord;
use tandem_types::{Frames, Law};

use super::text::{BadSignal, chord, split_level};
use super::{Builder, LONGEST, Signal};

/// `[COUNTRY] NAME[@LEVEL] [LENGTH]`, or `HZ[@LEVEL][+HZ[@LEVEL]…] ON[/OFF] … [LENGTH]`.
pub(super) fn tone(text: &str, own: &TonePlan) -> Result<Signal, BadSignal> {
    let mut words = text.split_whitespace();
    let first = words.next().ok_or(BadSignal::Empty)?;
    if first.starts_with(|c: char| c.is_ascii_digit()) {
        return by_frequencies(first, words);
    }
    let plan = if first.len() == LETTERS { Some(country(first)?) } else { None };
    let name = if plan.is_some() { words.next().unwrap_or_default() } else { first };
    let tone = named(name.split('@').next().unwrap_or_default(), plan.as_ref().unwrap_or(own))?;
    by_name(&tone, name, words)
}

fn country(code: &str) -> Result<TonePlan, BadSignal> {
    TonePlan::country(code).ok_or_else(|| BadSignal::Country(code.into()))
}

/// The tones that can be sent by name: those of a plan, and those that are the same everywhere.
pub fn named_tones(plan: &TonePlan) -> impl Iterator<Item = PlanTone> {
    // Two frequencies stand for the preamble of V.21 in the detector; they are not what a machine sends.
    plan.tones().copied().chain(universal_tones().filter(|tone| tone.name != ToneName::V21))
}

fn named(name: &str, plan: &TonePlan) -> Result<PlanTone, BadSignal> {
    named_tones(plan).find(|tone| tone.name.as_str() == name).ok_or_else(|| {
        let known = named_tones(plan).map(|tone| tone.name.as_str()).collect();
        BadSignal::Tone { given: name.into(), known }
    })
}

fn by_name<'a>(
    tone: &PlanTone,
    name: &str,
    mut words: impl Iterator<Item = &'a str>,
) -> Result<Signal, BadSignal> {
    let two = tone.steps().iter().any(|step| step.hz[1] != 0);
    let (_, dbm0) = split_level(name, if two { MOST_OF_TWO_DBM0 } else { MOST_DBM0 })?;
    let length = words.next().map(length).transpose()?;
    if let Some(word) = words.next() {
        return Err(BadSignal::Word(word.into()));
    }
    let mut built = Builder::default();
    for step in tone.steps() {
        let hz = step.hz.map(f32::from);
        let on = if step.on_ms == 0 { CONTINUOUS_MS } else { step.on_ms.into() };
        let count = if step.hz[1] == 0 { 1 } else { 2 };
        let chord = chord(&hz[..count], &[dbm0.unwrap_or(EACH_DBM0[count - 1]); 2]);
        built.add(chord, Frames::from_ms(on), Frames::from_ms(step.off_ms.into()));
    }
    if !tone.repeats && length.is_some() {
        built.pause(BETWEEN);
    }
    built.build(length).ok_or(BadSignal::Length)
}

fn by_frequencies<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Result<Signal, BadSignal> {
    let chord = at_once(word)?;
    let (mut built, mut length) = (Builder::default(), None);
    for word in words {
        if length.is_some() {
            return Err(BadSignal::Word(word.into()));
        }
        if word.ends_with('s') {
            length = Some(self::length(word)?);
            continue;
        }
        let (on, off) = word.split_once('/').unwrap_or((word, "0"));
        let wrong = || BadSignal::Duration(word.into());
        let on = milliseconds(on).filter(|on| on.0 > 0).ok_or_else(wrong)?;
        built.add(chord, on, milliseconds(off).ok_or_else(wrong)?);
    }
    if built.period == 0 {
        built.add(chord, length.ok_or(BadSignal::NoTimes)?, Frames(0));
    }
    built.build(length).ok_or(BadSignal::Length)
}

/// `HZ[@LEVEL]+HZ[@LEVEL]…`, in which a level holds for the frequencies before it that have none.
fn at_once(word: &str) -> Result<Chord, BadSignal> {
    let (mut hz, mut dbm0) = ([0.0; Chord::MAX_SINES], [None; Chord::MAX_SINES]);
    let mut count = 0;
    for part in word.split('+') {
        let (number, level) = split_level(part, MOST_DBM0)?;
        let wrong = || BadSignal::Frequencies(word.into());
        *hz.get_mut(count).ok_or_else(wrong)? =
            number.parse().ok().filter(|hz| HZ.contains(hz)).map(f32::from).ok_or_else(wrong)?;
        dbm0[count] = level;
        count += 1;
        if level.is_some() {
            dbm0[..count].iter_mut().for_each(|each| *each = each.or(level));
        }
    }
    let dbm0 = dbm0.map(|level| level.unwrap_or(EACH_DBM0[count - 1]));
    let peak: f32 = dbm0[..count].iter().map(|dbm0| amplitude_for_dbm0(Law::A, *dbm0)).sum();
    if peak > FULL_SCALE { Err(BadSignal::Loud) } else { Ok(chord(&hz[..count], &dbm0)) }
}

/// `10s` or `500ms`.
fn length(word: &str) -> Result<Frames, BadSignal> {
    let wrong = || BadSignal::Duration(word.into());
    let (number, unit) = match word.strip_suffix("ms") {
        Some(number) => (number, Frames::from_ms(1)),
        None => (word.strip_suffix('s').ok_or_else(wrong)?, Frames::from_seconds(1)),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    Ok(Frames(number.saturating_mul(unit.0)))
}

fn milliseconds(text: &str) -> Option<Frames> {
    text.parse().ok().map(Frames::from_ms).filter(|time| *time <= LONGEST)
}

const LETTERS: usize = 2;
/// E.180: the silence between special information tones that come again and again.
const BETWEEN: Frames = Frames::from_seconds(1);
pub(super) const HZ: core::ops::RangeInclusive<u16> = 20..=3980;
const MOST_DBM0: f32 = 0.0;
/// Of tones by name with two frequencies: with it their peaks together are not cut.
const MOST_OF_TWO_DBM0: f32 = -3.0;
/// Of one, two, three and four frequencies, if no level is given: all together have -10 dBm0, as E.180 has tones.
const EACH_DBM0: [f32; Chord::MAX_SINES] = [-10.0, -13.0, -14.8, -16.0];
/// Of a tone without a cadence, where no length is given.
const CONTINUOUS_MS: u64 = 1000;
