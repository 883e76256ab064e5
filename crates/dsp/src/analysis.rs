//! Call progress analysis: what an outgoing call has come to, as one verdict with its reasons.
//!
//! An analyser hears one channel, is told what tones a [`ToneBank`](crate::progress::ToneBank) finds there and when the
//! signalling says that the call is answered. Before the answer speech is an announcement and lasting sound without pauses
//! is music in place of ring-back; after it a short greeting and then silence is a person, a long one a machine, and of
//! that the beep is told when it has ended. There are sixteen operating points, from 0, which takes few machines for
//! people, to 15, which takes few people for machines; `docs/call-progress.md` has what each of them gives.
//!
//! It does no input and output: samples, tones and the answer come in, [`CallAnalyser::poll`] gives out what they bring.
//! Where a caller cuts time into blocks changes nothing as long as tones and the answer are told before the samples of
//! their time. There is at most one verdict; whoever wants another begins anew. Runs on the media thread.

mod beep;
mod cadence;
mod measure;
mod options;
mod passage;
mod score;
mod verdict;

use tandem_types::{FrameTime, Frames, Law};

use crate::activity::{MARGIN, Noise};
use crate::level::amplitude_for_dbm0;
use crate::progress::{ToneEvent, ToneName};
use beep::BeepTracker;
use cadence::Cadence;
use measure::{BEFORE, HOP, Hop};
pub use options::AnalysisOptions;
use passage::{Passage, Sound};
use score::{Judgement, Score};
pub use verdict::{AnalysisEvent, Class, Interim, Reasons, Verdict};

/// Analyses one outgoing call.
#[derive(Clone, Debug)]
pub struct CallAnalyser {
    options: AnalysisOptions,
    /// A mean square.
    threshold: f32,
    score: Score,
    /// Samples of a hop so far, after the last of the hop before.
    hop: [i16; HOP + BEFORE],
    filled: usize,
    begun: Option<FrameTime>,
    next: FrameTime,
    /// What was told and lies ahead.
    answer: Option<FrameTime>,
    tones: [Option<Tone>; MOST_TONES],
    stage: Stage,
    noise: Noise<f32>,
    passage: Passage,
    cadence: Cadence,
    beep: BeepTracker,
    /// An answer tone of which it is not known yet whose it is, and when it began.
    answer_tone: Option<FrameTime>,
    /// What may be a dial tone, and when it began.
    dial_tone: Option<FrameTime>,
    heard: Reasons,
    /// Beeps after the answer before anybody has spoken.
    beeps: u8,
    told: [bool; 2],
    out: Out,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Before the answer.
    Calling,
    Answered {
        at: FrameTime,
    },
    /// A machine has answered: beeps are listened for.
    Machine {
        until: FrameTime,
    },
    Over,
}

/// A tone that was told.
#[derive(Clone, Copy, Debug)]
struct Tone {
    name: ToneName,
    at: FrameTime,
    reported: FrameTime,
}

/// What waits to be polled: there is room for one of each.
#[derive(Clone, Copy, Debug, Default)]
struct Out {
    interims: [Option<AnalysisEvent>; 2],
    verdict: Option<Verdict>,
    beep: Option<AnalysisEvent>,
}

impl CallAnalyser {
    /// An analyser of a call that has just been placed.
    #[must_use]
    pub fn new(options: AnalysisOptions) -> Self {
        let amplitude = amplitude_for_dbm0(Law::A, options.threshold_dbm0);
        Self {
            options,
            threshold: amplitude * amplitude / 2.0,
            score: Score::new(options.operating_point),
            hop: [0; HOP + BEFORE],
            filled: 0,
            begun: None,
            next: FrameTime::ZERO,
            answer: None,
            tones: [None; MOST_TONES],
            stage: Stage::Calling,
            noise: Noise::<f32>::NEW,
            passage: Passage::new(),
            cadence: Cadence::default(),
            beep: BeepTracker::default(),
            answer_tone: None,
            dial_tone: None,
            heard: Reasons::NONE,
            beeps: 0,
            told: [false; 2],
            out: Out::default(),
        }
    }

    /// Takes the samples from `now` on. A gap is time in which nothing was heard; time that runs backward makes waits longer and
    /// does no other harm.
    pub fn hear(&mut self, samples: &[i16], now: FrameTime) {
        if now != self.next {
            self.filled = 0;
            self.next = now;
        }
        self.begun.get_or_insert(now);
        let mut rest = samples;
        while !rest.is_empty() && !self.is_over() {
            let (part, after) = rest.split_at(rest.len().min(HOP - self.filled));
            let place = BEFORE + self.filled;
            self.hop[place..place + part.len()].copy_from_slice(part);
            self.filled += part.len();
            self.next += Frames(part.len() as u64);
            rest = after;
            if self.filled == HOP {
                self.filled = 0;
                self.end_hop();
                self.hop.copy_within(HOP.., 0);
            }
        }
        self.next = FrameTime(self.next.0.saturating_add(rest.len() as u64));
    }

    /// Hears of a tone on this channel. To be called before the samples of the moment in which it was reported. Ends of tones
    /// are of no interest.
    pub fn tone(&mut self, event: &ToneEvent) {
        let ToneEvent::Start { tone: name, at, reported, .. } = *event else { return };
        if let Some(free) = self.tones.iter_mut().find(|tone| tone.is_none()) {
            *free = Some(Tone { name, at, reported });
        }
    }

    /// The call was answered. To be called before the samples of that moment; what is told a second time is ignored.
    pub fn answered(&mut self, now: FrameTime) {
        if self.stage == Stage::Calling {
            self.answer.get_or_insert(now);
        }
    }

    /// What has been found out since, in order.
    pub fn poll(&mut self) -> Option<AnalysisEvent> {
        let interim = self.out.interims.iter_mut().find_map(Option::take);
        interim
            .or_else(|| self.out.verdict.take().map(AnalysisEvent::Verdict))
            .or_else(|| self.out.beep.take())
    }

    /// Whether nothing more will be found out: there is a verdict, and beeps are not waited for.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    fn end_hop(&mut self) {
        let now = self.next;
        let hop = Hop::of(&self.hop);
        self.noise.take(hop.power);
        if let Stage::Machine { until } = self.stage {
            self.listen_for_beep(&hop, now);
            if now >= until {
                self.stage = Stage::Over;
            }
            return;
        }
        if self.stage == Stage::Calling
            && let Some(at) = self.answer
            && at < now
        {
            self.stage = Stage::Answered { at };
            self.cadence.begin(at);
            self.passage.clear();
        }
        self.meet_tones(now);
        if matches!(self.stage, Stage::Calling | Stage::Answered { .. }) {
            self.judge(&hop, now);
        }
    }

    /// Does what tones bring that have been reported by now.
    fn meet_tones(&mut self, now: FrameTime) {
        for place in 0..MOST_TONES {
            let due = self.tones[place].filter(|tone| tone.reported <= now);
            if let Some(tone) = due {
                self.tones[place] = None;
                self.meet_tone(tone, now);
            }
        }
    }

    fn meet_tone(&mut self, tone: Tone, now: FrameTime) {
        match tone.name {
            ToneName::Ringing => {
                self.heard |= Reasons::RINGING;
                self.tell_interim(Interim::Ringing, tone.at, now);
            }
            ToneName::Ans => _ = self.answer_tone.get_or_insert(tone.at),
            ToneName::Dial => _ = self.dial_tone.get_or_insert(tone.at),
            // A fax machine that is called does not call; a note of music may be one of its tones.
            ToneName::Cng if self.stage == Stage::Calling => {}
            name => {
                if let Some(class) = Class::of_tone(name) {
                    let start =
                        if class == Class::Fax { self.answer_tone.unwrap_or(tone.at) } else { tone.at };
                    self.decide(class, TONE_CONFIDENCE, Reasons::TONE, start, now);
                }
            }
        }
    }

    fn judge(&mut self, hop: &Hop, now: FrameTime) {
        let loud = hop.power > self.threshold;
        let over_noise = loud && hop.power > MARGIN * self.noise.power();
        if let Some(sound) = self.passage.take(hop, loud) {
            self.meet_sound(sound, now);
        }
        self.look_at_tones(now);
        match self.stage {
            Stage::Calling => self.judge_before_answer(now),
            Stage::Answered { at } => {
                self.cadence.take(hop, over_noise, now);
                self.listen_for_beep(hop, now);
                if self.beep.is_sounding() {
                    self.cadence.meet_tone(now);
                }
                self.judge_after_answer(at, now);
            }
            Stage::Machine { .. } | Stage::Over => {}
        }
    }

    /// A dial tone and an answer tone sound on; a note of music that is one of their frequencies does not.
    fn look_at_tones(&mut self, now: FrameTime) {
        if let Some(at) = self.dial_tone.take_if(|at| now.since(*at) >= SOUNDS_ON)
            && self.passage.is_tone()
        {
            self.decide(Class::DialTone, TONE_CONFIDENCE, Reasons::TONE, at, now);
        }
        let look = SOUNDS_ON.0..SOUNDS_ON.0 + HOP as u64;
        if self.answer_tone.is_some_and(|at| look.contains(&now.since(at).0)) && !self.passage.is_tone() {
            self.answer_tone = None;
        }
    }

    /// What a stretch of sound has been recognised as.
    fn meet_sound(&mut self, sound: Sound, now: FrameTime) {
        if self.answer_tone.is_some() {
            return;
        }
        match (sound, self.stage) {
            (Sound::Speech { from, confidence }, Stage::Calling) => {
                let from = FrameTime(now.0.saturating_sub(from * HOP as u64));
                let reasons = Reasons::SPEECH | Reasons::EARLY_MEDIA;
                self.decide(Class::Announcement, confidence, reasons, from, now);
            }
            (Sound::Music { from }, Stage::Calling) => {
                self.heard |= Reasons::MUSIC;
                self.tell_interim(Interim::Music, FrameTime(now.0.saturating_sub(from * HOP as u64)), now);
            }
            (Sound::Music { .. }, Stage::Answered { at }) => {
                let start = self.cadence.start().unwrap_or(at);
                self.decide(Class::Music, MUSIC_CONFIDENCE, Reasons::MUSIC | Reasons::ANSWERED, start, now);
            }
            _ => {}
        }
    }

    fn judge_before_answer(&mut self, now: FrameTime) {
        let begun = self.begun.unwrap_or(now);
        if self.judge_answer_tone(now) || now.since(begun) < self.options.no_answer {
            return;
        }
        let class = if self.heard.contains(Reasons::MUSIC) { Class::Music } else { Class::NoAnswer };
        let confidence = if self.heard == Reasons::NONE { 60 } else { 95 };
        self.decide(class, confidence, self.heard | Reasons::TIME_OUT, begun, now);
    }

    fn judge_after_answer(&mut self, at: FrameTime, now: FrameTime) {
        // The verdict may have come with this hop.
        if self.stage != (Stage::Answered { at }) || self.judge_answer_tone(now) {
            return;
        }
        let greeting = self.cadence.greeting(now);
        if let Some(greeting) = greeting
            && let Some(Judgement { class, confidence, reasons }) = self.score.judge(&greeting)
            && !(class == Class::Machine && self.passage.may_be_music())
        {
            self.decide(class, confidence, reasons | Reasons::ANSWERED, greeting.start, now);
        } else if greeting.is_none()
            && now.since(at) >= self.options.silence
            && self.cadence.silence(now) >= TONES_APART
        {
            let (class, reasons) = if self.beeps == 1 {
                (Class::Machine, Reasons::BEEP)
            } else {
                (Class::Silence, Reasons::NO_SPEECH)
            };
            self.decide(class, 70, reasons | Reasons::ANSWERED, at, now);
        } else if now.since(at) >= self.options.total {
            let (class, confidence) =
                if self.passage.may_be_music() { (Class::Music, 50) } else { (Class::Unknown, 0) };
            self.decide(class, confidence, Reasons::TIME_OUT | Reasons::ANSWERED, at, now);
        }
    }

    /// An answer tone without reversals or an envelope is a fax machine's if its flags follow, or else a modem's. Until that is
    /// known, nothing else is.
    fn judge_answer_tone(&mut self, now: FrameTime) -> bool {
        let Some(start) = self.answer_tone else { return false };
        if now.since(start) >= FLAGS_WITHIN {
            self.decide(Class::Modem, 60, Reasons::TONE, start, now);
        }
        true
    }

    fn listen_for_beep(&mut self, hop: &Hop, now: FrameTime) {
        let Some(beep) = self.beep.take(hop, self.threshold, now) else { return };
        if let Stage::Answered { at } = self.stage {
            if beep.start < at {
                return;
            }
            self.beeps = self.beeps.saturating_add(1);
            let Some(greeting) = self.cadence.greeting(now) else { return };
            let reasons = Reasons::BEEP | Reasons::ANSWERED;
            self.decide(Class::Machine, BEEP_CONFIDENCE, reasons, greeting.start, now);
        }
        self.out.beep = Some(AnalysisEvent::Beep {
            start: beep.start,
            end: beep.end,
            reported: now,
            hz: beep.hz,
            dbm0: beep.dbm0,
        });
    }

    /// Tells each but once, and before the answer.
    fn tell_interim(&mut self, what: Interim, at: FrameTime, now: FrameTime) {
        let place = what as usize;
        if self.stage == Stage::Calling && !core::mem::replace(&mut self.told[place], true) {
            self.out.interims[place] = Some(AnalysisEvent::Interim { what, at, reported: now });
        }
    }

    fn decide(&mut self, class: Class, confidence: u8, reasons: Reasons, start: FrameTime, now: FrameTime) {
        let greeting = self.cadence.greeting(now).map_or(Frames(0), |greeting| greeting.length);
        self.out.verdict = Some(Verdict { class, confidence, reasons, start, decided: now, greeting });
        self.stage = if class == Class::Machine {
            Stage::Machine { until: now + self.options.beep }
        } else {
            Stage::Over
        };
    }
}

/// Tones that are reported and wait for their time: a bank reports one a lane in 20 ms, and a block has as much.
const MOST_TONES: usize = 4;
const TONE_CONFIDENCE: u8 = 98;
const BEEP_CONFIDENCE: u8 = 95;
const MUSIC_CONFIDENCE: u8 = 80;
/// After so long another burst of a busy tone would have come.
const TONES_APART: Frames = Frames::from_ms(1500);
const SOUNDS_ON: Frames = Frames::from_ms(1500);
/// T.30: CED lasts up to 4 s, the flags begin 75 ms later and are told within a second.
const FLAGS_WITHIN: Frames = Frames::from_ms(5500);
