//! The decisions for one lane: which sound is on, for how long, and whether it is a tone that is wanted.
//!
//! Windows overlap by half and add up to a constant, so the sizes of a sound added up over the hops, over its full
//! size, are a duration, and what is missing is the duration of a silence, whatever the alignment.

use tandem_types::{FrameTime, Law};

use super::ToneEvent;
use super::bank::{HOP, Heard};
use super::cadence::{History, Record};
use super::plan::ToneName;
use super::set::{Template, ToneSet};
use crate::level::dbm0_of_power;
use crate::spectrum::Complex;

/// Decisions of one lane.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    sound: Option<Sounding>,
    history: History,
    told: Option<Told>,
}

/// The sound that is on, or was last.
#[derive(Clone, Debug)]
struct Sounding {
    sound: u8,
    start: FrameTime,
    /// The full size: the largest at first, a mean then; and the size in the last hop.
    full: f32,
    last: f32,
    /// Sum of the sizes in hops, to the deepest point of a silence that follows: the length of the sound in hops, times its full size.
    area: f32,
    /// Of a silence: what is missing of the full size, and what came back.
    silence: Option<Silence>,
    missing: f32,
    /// The last hop that had it in full, once its onset is over.
    whole: Option<Whole>,
    /// By how many hops the sizes of a sound are wider than it is.
    smear: f32,
    tone: Steadiness,
    /// Another sound, that was best in the last hops.
    rival: Option<Rival>,
}

/// A hop that had a sound in full. What is missing between two of them was none of its silence: it fluctuates, or its phase was turned.
#[derive(Clone, Copy, Debug)]
struct Whole {
    /// The length of the sound in hops up to its end.
    length: f32,
    /// Hops since then.
    since: u32,
}

#[derive(Clone, Copy, Debug)]
struct Rival {
    sound: u8,
    hops: u8,
    /// Sum of its sizes, from a hop before it was best.
    area: f32,
}

/// What a hop brings to the sound that is on.
enum Next {
    /// It goes on, or its silence does.
    Same,
    /// It has been this sound from the first: the two are alike, and their onsets more so.
    BetterKnown(Sounding),
    /// Another sound follows.
    Other(Sounding),
}

#[derive(Clone, Copy, Debug)]
struct Silence {
    hops: u32,
    /// Sum of the sizes since they rise.
    back: f32,
}

/// How steady the first frequency of a sound is, in phase and size.
#[derive(Clone, Debug)]
struct Steadiness {
    /// Spectra of the last two hops.
    before: [Complex; 2],
    /// Sum of the steps of its phase.
    turn: Complex,
    mean: f32,
    hops: u16,
    unsteady: u16,
    reversals: u16,
    since_reversal: u16,
    /// It was last louder than its mean, or softer, and the hops since it became so.
    louder: bool,
    since_swing: u16,
}

/// The tone that has been told, until it ends.
#[derive(Clone, Copy, Debug)]
struct Told {
    tone: ToneName,
    template: ToneName,
    /// It has no cadence: its end is that of its sound.
    continuous: bool,
    start: FrameTime,
    end: FrameTime,
    full: f32,
    /// What its phase turned a hop, where that tells its frequency.
    turn: Option<Complex>,
}

impl Lane {
    /// Takes the newest hop.
    pub(super) fn hop(&mut self, heard: &Heard<'_>, set: &ToneSet, on_event: &mut impl FnMut(ToneEvent)) {
        let now = heard.now;
        let Some(sounding) = &mut self.sound else {
            // Only of a lane that has forgotten what it heard something is told.
            self.end(on_event);
            if let Some(sound) = heard.best() {
                self.sound = Some(Sounding::begin(sound, heard));
            }
            return;
        };
        match sounding.next(heard, set) {
            Next::Same => {
                let silence_over = sounding.advance(heard, set);
                if let Some(told) = &mut self.told
                    && told.continuous
                {
                    told.end = sounding.end();
                }
                if let Some(off_ms) = silence_over {
                    let on_ms = sounding.finish_on(heard.middle);
                    self.history.push(Record::new(sounding.sound, on_ms, off_ms, false));
                    self.look(set, now, on_event);
                    return;
                }
            }
            Next::BetterKnown(mut next) => {
                let share = sounding.area / sounding.full.max(1.0);
                next.area = share * next.full + next.full;
                next.find_start(heard.middle);
                *sounding = next;
            }
            Next::Other(next) => {
                let on_ms = sounding.on_ms();
                let end = sounding.start.0 as f32 + 8.0 * on_ms;
                let off_ms = (next.start.0 as f32 - end).max(0.0) / 8.0;
                self.history.push(Record::new(sounding.sound, on_ms, off_ms, false));
                *sounding = next;
                self.look(set, now, on_event);
                return;
            }
        }
        let sounding = &*sounding;
        match sounding.silence {
            None => self.look_at_sound(set, now, on_event),
            Some(silence) if silence.hops >= CERTAIN_SILENCE => {
                let off_ms = sounding.off_ms();
                if off_ms > longest_silence(set, sounding.sound) {
                    self.end(on_event);
                    *self = Self::default();
                } else if silence.hops % LOOK_HOPS == CERTAIN_SILENCE {
                    self.look(set, now, on_event);
                }
            }
            Some(_) => {}
        }
    }

    /// These sounds, bit n for number n, mean something else from now on: a lane that has heard one begins anew, and a tone
    /// that it has told ends with the next hop.
    pub(super) fn forget(&mut self, sounds: u32) {
        let is = |sound: u8| sounds >> (sound % 32) & 1 == 1;
        let sounding = self
            .sound
            .as_ref()
            .is_some_and(|own| is(own.sound) || own.rival.is_some_and(|rival| is(rival.sound)));
        if sounding || self.history.has(sounds) {
            (self.sound, self.history) = (None, History::default());
        }
    }

    /// A sound goes on: it may be a tone without a cadence, or too long for the tone told.
    fn look_at_sound(&mut self, set: &ToneSet, now: FrameTime, on_event: &mut impl FnMut(ToneEvent)) {
        let Some(sounding) = &self.sound else { return };
        let on_ms = sounding.on_ms();
        if let Some(told) = &self.told {
            let template = set.tones().find(|template| template.name == told.template);
            if let Some(ans) = template.filter(|template| template.name == ToneName::Ans) {
                self.refine(ans, now, on_event);
                return;
            }
            let longest = template.map_or(0.0, |template| longest_on(set, template, sounding.sound));
            if longest == f32::INFINITY || on_ms <= longest {
                return;
            }
            self.end(on_event);
        }
        let Some(sounding) = &self.sound else { return };
        let continuous = |template: &&Template| {
            template.plan().is_continuous() && template.steps().all(|(sound, _)| sound == sounding.sound)
        };
        if let Some(template) = set.tones().find(continuous)
            && on_ms >= certain_on(set, template, sounding.sound)
            && sounding.is_within(template)
        {
            let tone = if template.name == ToneName::Ans { sounding.tone.answer() } else { template.name };
            let start = sounding.start;
            self.tell(tone, template, start, now, on_event);
        }
    }

    /// An answer tone turns out to have reversals or an envelope.
    fn refine(&mut self, ans: &Template, now: FrameTime, on_event: &mut impl FnMut(ToneEvent)) {
        let (Some(sounding), Some(told)) = (&self.sound, &self.told) else { return };
        let (tone, start) = (sounding.tone.answer(), sounding.start);
        if tone != told.tone && sounding.tone.reversals <= 2 && tone_rank(tone) > tone_rank(told.tone) {
            self.end(on_event);
            self.tell(tone, ans, start, now, on_event);
        }
    }

    /// A sound is over: its cadence may be that of a tone, or no more that of the tone told.
    fn look(&mut self, set: &ToneSet, now: FrameTime, on_event: &mut impl FnMut(ToneEvent)) {
        let newest = self.sound.as_ref().and_then(Sounding::open_record);
        if let Some(told) = &mut self.told {
            let template = set.tones().find(|template| template.name == told.template);
            if template.is_some_and(|template| self.history.fitting(newest, template, set) > 0) {
                if let Some(sounding) = &self.sound {
                    told.end = sounding.end();
                }
                return;
            }
            self.end(on_event);
        }
        if let Some((template, records)) = self.history.tone(newest, set)
            && let Some(sounding) = &self.sound
            && sounding.is_within(template)
        {
            let before = records.saturating_sub(usize::from(newest.is_some()));
            let back = self.history.length_ms(before) * 8.0;
            let begin = FrameTime(sounding.start.0.saturating_sub(back as u64));
            self.tell(template.name, template, begin, now, on_event);
        }
    }

    fn tell(
        &mut self,
        tone: ToneName,
        template: &Template,
        at: FrameTime,
        now: FrameTime,
        on_event: &mut impl FnMut(ToneEvent),
    ) {
        let Some(sounding) = &self.sound else { return };
        self.told = Some(Told {
            tone,
            template: template.name,
            continuous: template.plan().is_continuous(),
            start: at,
            end: sounding.end(),
            full: sounding.full,
            turn: (!template.is_wide()).then_some(sounding.tone.turn),
        });
        on_event(ToneEvent::Start { lane: 0, tone, at, reported: now });
    }

    fn end(&mut self, on_event: &mut impl FnMut(ToneEvent)) {
        let Some(told) = self.told.take() else { return };
        on_event(ToneEvent::End {
            lane: 0,
            tone: told.tone,
            start: told.start,
            end: told.end.max(FrameTime(told.start.0 + 1)),
            dbm0: dbm0_of_power(Law::A, 0.5 * told.full * told.full),
            offset_hz: told.turn.map(offset_hz),
        });
    }
}

impl Sounding {
    fn begin(sound: u8, heard: &Heard<'_>) -> Self {
        let size = heard.size(sound);
        let mut sounding = Self {
            sound,
            start: heard.middle,
            full: size,
            last: size,
            area: size + heard.size_before(sound).min(size),
            silence: None,
            missing: 0.0,
            whole: None,
            smear: heard.smear,
            tone: Steadiness::begin(heard.spectrum(sound)),
            rival: None,
        };
        sounding.find_start(heard.middle);
        sounding
    }

    /// Whether the newest hop has this sound or another. That it is not one that is much like it is certain when
    /// its onset is over.
    fn next(&mut self, heard: &Heard<'_>, set: &ToneSet) -> Next {
        let before = self.rival.take();
        let Some(other) = heard.best().filter(|best| *best != self.sound) else { return Next::Same };
        let next = Self::begin(other, heard);
        if !set.alike(other, self.sound) {
            return if next.full > heard.size(self.sound) { Next::Other(next) } else { Next::Same };
        }
        let rival = match before {
            Some(before) if before.sound == other => {
                Rival { sound: other, hops: before.hops.saturating_add(1), area: before.area + next.full }
            }
            _ => Rival { sound: other, hops: 1, area: next.area },
        };
        self.rival = Some(rival);
        let onset = if set.spread() > 0.0 { 4 } else { 2 };
        if rival.hops < onset {
            Next::Same
        } else if self.silence.is_none() && self.area < ONSET * self.full {
            Next::BetterKnown(next)
        } else if self.silence.is_none() && set.are_the_same(other, self.sound) {
            Next::Same
        } else if self.silence.is_some() || next.full > BACK * self.full {
            let mut next = next;
            next.area = rival.area;
            next.find_start(heard.middle);
            Next::Other(next)
        } else {
            Next::Same
        }
    }

    /// The areas reach to half a hop before the end of the newest hop.
    fn find_start(&mut self, middle: FrameTime) {
        let reach = HOP as f32 * (self.area / self.full.max(1.0) + 0.5 - 0.5 * self.smear);
        self.start = FrameTime(middle.0.saturating_sub(reach as u64));
    }

    /// Whether its frequency is off by no more than that of a tone may be. That of one that may be far off was looked at
    /// with its sound.
    fn is_within(&self, template: &Template) -> bool {
        template.is_wide() || self.tone.is_within(template.plan().deviation_hz)
    }

    fn on_ms(&self) -> f32 {
        HOP_MS * (self.area / self.full.max(1.0) - self.smear).max(0.0)
    }

    fn off_ms(&self) -> f32 {
        HOP_MS * (self.missing + self.smear)
    }

    fn end(&self) -> FrameTime {
        FrameTime(self.start.0.saturating_add((8.0 * self.on_ms()) as u64))
    }

    fn open_record(&self) -> Option<Record> {
        self.silence.filter(|silence| silence.hops >= CERTAIN_SILENCE)?;
        let off_ms = self.off_ms();
        Some(Record::new(self.sound, self.on_ms(), off_ms, true))
    }

    /// Takes the newest hop; gives the length of a silence that is over.
    fn advance(&mut self, heard: &Heard<'_>, set: &ToneSet) -> Option<f32> {
        let size = heard.size(self.sound);
        let share = size / self.full.max(1.0);
        self.missing =
            if share >= FULL && self.silence.is_none() { 0.0 } else { self.missing + (1.0 - share).max(0.0) };
        let falling = size <= self.last;
        self.last = size;
        if let Some(whole) = &mut self.whole {
            whole.since = whole.since.saturating_add(1);
        }
        let Some(silence) = &mut self.silence else {
            self.area += size;
            if self.area < ONSET * self.full {
                self.full = self.full.max(size);
                self.find_start(heard.middle);
            } else if share > BACK {
                let full = self.full + 0.1 * (size - self.full);
                // It is no longer or shorter for being louder or softer from now on.
                self.area *= full / self.full;
                self.full = full;
                if share >= FULL {
                    self.fill_up(share.min(1.0));
                }
            }
            if share < SILENT {
                self.silence = Some(Silence { hops: 0, back: 0.0 });
            }
            let bin = set.sounds().get(usize::from(self.sound)).map_or(0, |sound| sound.bins[0]);
            self.tone.advance(heard.spectrum(self.sound), share, set.turn(bin.into()));
            return None;
        };
        silence.hops = silence.hops.saturating_add(1);
        if falling && silence.back == 0.0 {
            self.area += size;
        } else {
            silence.back = if falling { size } else { silence.back + size };
        }
        if share < BACK || heard.best() != Some(self.sound) && share < FULL {
            return None;
        }
        if self.missing < SHORTEST_SILENCE {
            self.area += silence.back;
            self.silence = None;
            return None;
        }
        // The size is not full yet where the sound began within the window.
        Some(self.off_ms())
    }

    /// In the newest hop it is there in full, by so much: so it was on in all hops since the last such one.
    fn fill_up(&mut self, share: f32) {
        if let Some(whole) = self.whole {
            self.area = self.full * (whole.length + (whole.since - 1) as f32 + share);
        }
        self.whole = Some(Whole { length: self.area / self.full - share + 1.0, since: 0 });
    }

    /// Ends a sound that has come back after a silence: gives its length, and begins anew.
    fn finish_on(&mut self, middle: FrameTime) -> f32 {
        let on_ms = self.on_ms();
        self.area = self.silence.map_or(0.0, |silence| silence.back);
        self.silence = None;
        self.missing = 0.0;
        self.whole = None;
        self.find_start(middle);
        on_ms
    }
}

impl Steadiness {
    fn begin(spectrum: Complex) -> Self {
        Self {
            before: [spectrum; 2],
            turn: Complex { re: 0.0, im: 0.0 },
            mean: libm::sqrtf(spectrum.power()),
            hops: 0,
            unsteady: 0,
            reversals: 0,
            since_reversal: 0,
            louder: false,
            since_swing: 0,
        }
    }

    fn advance(&mut self, now: Complex, share: f32, by: [f32; 2]) {
        let size = libm::sqrtf(now.power());
        let one = self.before[0].turned(by);
        let two = self.before[1].turned(by).turned(by);
        self.before = [now, self.before[0]];
        self.hops = self.hops.saturating_add(1);
        self.since_reversal = self.since_reversal.saturating_add(1);
        if self.hops < 3 {
            self.mean = size;
            return;
        }
        let step = now.times_conjugate(one);
        let double = now.times_conjugate(two);
        // Where the phase should be after two steps like those so far.
        let length = libm::sqrtf(self.turn.power());
        if length > 0.0 {
            let unit = Complex { re: self.turn.re / length, im: self.turn.im / length };
            let expected = Complex { re: unit.re * unit.re - unit.im * unit.im, im: 2.0 * unit.re * unit.im };
            let along = double.times_conjugate(expected).re;
            if along < -0.5 * libm::sqrtf(double.power()) && self.since_reversal > 10 {
                self.reversals = self.reversals.saturating_add(1);
                self.since_reversal = 0;
            }
        }
        if share > 0.9 || self.hops < 5 {
            self.turn = Complex { re: self.turn.re + step.re, im: self.turn.im + step.im };
        }
        self.since_swing = self.since_swing.saturating_add(1);
        if (size - self.mean).abs() > UNSTEADY * self.mean {
            let louder = size > self.mean;
            if louder != self.louder {
                (self.louder, self.since_swing) = (louder, 0);
            }
            // An envelope swings; a level that changes once in a while does not.
            self.unsteady = self.unsteady.saturating_add((self.since_swing < SWING).into());
        }
        self.mean += 0.1 * (size - self.mean);
    }

    fn offset_hz(&self) -> f32 {
        offset_hz(self.turn)
    }

    /// Whether the frequency is off by no more than this; of a short sound it is not known.
    fn is_within(&self, hz: u16) -> bool {
        self.hops < SHORT_HOPS || self.offset_hz().abs() <= hz.into()
    }

    /// Which answer tone it is.
    fn answer(&self) -> ToneName {
        let modulated = 10 * u32::from(self.unsteady) > 4 * u32::from(self.hops);
        match (modulated, self.reversals > 0) {
            (false, false) => ToneName::Ans,
            (false, true) => ToneName::AnsPr,
            (true, false) => ToneName::AnsAm,
            (true, true) => ToneName::AnsAmPr,
        }
    }
}

/// Answer tones may become more than they were, and not less.
fn tone_rank(tone: ToneName) -> u8 {
    match tone {
        ToneName::AnsPr | ToneName::AnsAm => 1,
        ToneName::AnsAmPr => 2,
        _ => 0,
    }
}

fn offset_hz(turn: Complex) -> f32 {
    libm::atan2f(turn.im, turn.re) * (1000.0 / HOP_MS / core::f32::consts::TAU)
}

/// How long a sound may last in a tone, with its tolerance; 0 if the tone has no such sound.
fn longest_on(set: &ToneSet, template: &Template, sound: u8) -> f32 {
    let own = template.steps().filter(|step| set.may_be(sound, *step));
    own.fold(0.0, |longest, (_, step)| match step.on_ms {
        0 => f32::INFINITY,
        on => longest.max(f32::from(on) + template.tolerance(on.into())),
    })
}

/// How long a sound must last before it can be nothing but continuous.
fn certain_on(set: &ToneSet, template: &Template, sound: u8) -> f32 {
    let least = match template.name {
        ToneName::V21 => 200.0,
        ToneName::Ans => 500.0,
        _ => 600.0,
    };
    let timed = set.tones().filter(|template| !template.plan().is_continuous());
    timed.fold(least, |longest, template| longest.max(longest_on(set, template, sound) + 50.0))
}

/// How long silence may follow a sound before nothing can come of it any more.
fn longest_silence(set: &ToneSet, sound: u8) -> f32 {
    let steps = set.tones().flat_map(|template| template.steps().map(move |step| (template, step)));
    let alike = steps.filter(|(_, (own, _))| set.alike(*own, sound));
    alike.fold(200.0, |longest, (template, (_, step))| {
        longest.max(f32::from(step.off_ms) + template.tolerance(step.off_ms.into()))
    })
}

const HOP_MS: f32 = HOP as f32 / 8.0;
/// Of the full size: below, silence has begun; above, it is over; and the sound is there in full.
const SILENT: f32 = 0.45;
const BACK: f32 = 0.7;
const FULL: f32 = 0.9;
/// In hops: a phase reversal leaves less than this missing, a silence of 30 ms more.
const SHORTEST_SILENCE: f32 = 1.25;
/// In hops: how long a sound may take to be told from those that are alike.
const ONSET: f32 = 6.0;
/// Hops within which the envelope of an answer tone (15 Hz) has swung to the other side.
const SWING: u16 = 5;
/// Hops of silence after which a sound is over for certain, and between two looks at a silence.
const CERTAIN_SILENCE: u32 = 3;
const LOOK_HOPS: u32 = 10;
const SHORT_HOPS: u16 = 5;
/// The envelope of ANSam (20 %) goes beyond this most of the time.
const UNSTEADY: f32 = 0.06;
