//! The greeting: when it began, how long it has been, of how many phrases, and how long it has been silent since.

use tandem_types::{FrameTime, Frames};

use super::measure::{HOP, Hop};

/// What was said after the answer, so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cadence {
    answer: FrameTime,
    /// Phrases that are over: how many, when the first began and the last ended.
    phrases: u32,
    start: FrameTime,
    end: FrameTime,
    sound: Option<Stretch>,
    /// When there last was sound of any kind.
    loud: FrameTime,
    /// When there last was a tone.
    tone: FrameTime,
}

/// What the greeting is at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Greeting {
    pub(super) start: FrameTime,
    /// From its start to the end of what was said last, or to this moment.
    pub(super) length: Frames,
    /// From its end, or that of a tone after it, to this moment.
    pub(super) silence: Frames,
    pub(super) phrases: u32,
}

/// Sound with pauses too short to end it.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: FrameTime,
    end: FrameTime,
    loud_hops: u32,
    /// Of hops that have sound on both sides.
    colours: [f32; 2],
    last_colour: Option<f32>,
}

impl Cadence {
    /// The call is answered: what was heard before does not count.
    pub(super) fn begin(&mut self, answer: FrameTime) {
        *self = Self { answer, loud: answer, ..Self::default() };
    }

    /// Takes the hop that ends now.
    pub(super) fn take(&mut self, hop: &Hop, loud: bool, now: FrameTime) {
        if loud {
            self.loud = now;
            let start = FrameTime(now.0.saturating_sub(HOP as u64)).max(self.answer);
            self.sound.get_or_insert(Stretch::new(start)).add(hop, now);
        } else if let Some(sound) = &mut self.sound {
            sound.last_colour = None;
            if now.since(sound.end) >= PAUSE {
                let ended = *sound;
                self.sound = None;
                if ended.is_speech() {
                    self.count(&ended);
                }
            }
        }
    }

    fn count(&mut self, ended: &Stretch) {
        if self.phrases == 0 {
            self.start = ended.start;
        }
        self.phrases = self.phrases.saturating_add(1);
        self.end = ended.end;
    }

    /// A tone sounds: this is no silence.
    pub(super) fn meet_tone(&mut self, now: FrameTime) {
        self.tone = now;
    }

    /// For how long there has been no sound of any kind.
    pub(super) fn silence(&self, now: FrameTime) -> Frames {
        now.since(self.loud)
    }

    pub(super) fn start(&self) -> Option<FrameTime> {
        if self.phrases > 0 { Some(self.start) } else { self.sound.map(|sound| sound.start) }
    }

    /// The greeting, if there is one.
    pub(super) fn greeting(&self, now: FrameTime) -> Option<Greeting> {
        let going_on = self.sound.filter(Stretch::is_speech);
        let mut all = *self;
        if let Some(sound) = going_on {
            all.count(&sound);
        }
        (all.phrases > 0).then(|| Greeting {
            start: all.start,
            length: all.end.since(all.start),
            silence: now.since(all.end.max(all.tone)),
            phrases: all.phrases,
        })
    }
}

impl Stretch {
    const fn new(start: FrameTime) -> Self {
        Self { start, end: start, loud_hops: 0, colours: [1.0, -1.0], last_colour: None }
    }

    fn add(&mut self, hop: &Hop, now: FrameTime) {
        self.end = now;
        self.loud_hops += 1;
        if let Some(colour) = self.last_colour.replace(hop.line.colour())
            && self.loud_hops > 2
        {
            self.colours = [self.colours[0].min(colour), self.colours[1].max(colour)];
        }
    }

    /// Long enough for a syllable, and no tone, whose colour stays.
    fn is_speech(&self) -> bool {
        self.loud_hops >= SYLLABLE_HOPS && self.colours[1] - self.colours[0] > COLOURS
    }
}

/// 150 ms: a longer silence ends a phrase.
const PAUSE: Frames = Frames::from_ms(150);
const SYLLABLE_HOPS: u32 = 6;
const COLOURS: f32 = 0.02;
