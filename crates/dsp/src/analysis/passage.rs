//! Speech or music: the last three seconds of sound, by how level and colour change.
//!
//! The level of speech moves by 5 to 10 dB from one syllable to the next, and its colour between voice and hiss; music
//! keeps its level for longer and has no pauses, tones keep their colour. Three seconds are judged every 250 ms, and only
//! what is the same twice (music: four times) is told. Solo instruments with long rests, and singing alone, go either way.

use super::measure::Hop;

/// What a stretch of sound is, and how many hops ago it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    Speech { from: u64, confidence: u8 },
    Music { from: u64 },
}

/// Hops of the last three seconds in which there was sound now and then.
#[derive(Clone, Debug)]
pub(super) struct Passage {
    powers: [f32; KEPT],
    colours: [f32; KEPT],
    /// How many there are, and where the next goes.
    count: usize,
    next: usize,
    /// Since the first, and of silence since the last that was loud.
    hops: u64,
    silent: u32,
    loud: u32,
    /// How often the same was found in a row.
    speech: u8,
    music: u8,
    told: bool,
}

impl Passage {
    pub(super) const fn new() -> Self {
        Self {
            powers: [0.0; KEPT],
            colours: [0.0; KEPT],
            count: 0,
            next: 0,
            hops: 0,
            silent: 0,
            loud: 0,
            speech: 0,
            music: 0,
            told: false,
        }
    }

    pub(super) const fn clear(&mut self) {
        *self = Self::new();
    }

    /// Whether what was heard so far rather is music.
    pub(super) const fn may_be_music(&self) -> bool {
        self.music > 0
    }

    /// Whether the last second was one tone.
    pub(super) fn is_tone(&self) -> bool {
        let look = self.look_back(0, TONE_HOPS.min(self.count));
        self.count >= TONE_HOPS && look.colour < TONE_COLOUR && look.moved < TONE_MOVES && look.quiet == 0.0
    }

    /// Takes a hop, and tells what the sound is when that is certain, once.
    pub(super) fn take(&mut self, hop: &Hop, loud: bool) -> Option<Sound> {
        if self.hops == 0 && !loud {
            return None;
        }
        self.powers[self.next] = hop.power;
        self.colours[self.next] = hop.line.colour();
        self.next = (self.next + 1) % KEPT;
        self.count = (self.count + 1).min(KEPT);
        self.hops += 1;
        self.loud = self.loud.saturating_add(u32::from(loud));
        self.silent = if loud { 0 } else { self.silent + 1 };
        if self.silent == SILENCE {
            let ended = self.end();
            self.clear();
            return ended;
        }
        let due = self.count >= HOPS && self.hops.is_multiple_of(EVERY);
        if due && !self.told { self.judge() } else { None }
    }

    fn judge(&mut self) -> Option<Sound> {
        let look = self.look_back(0, HOPS);
        let (speech, music) = (look.is_speech(), look.is_music());
        self.speech = if speech { self.speech + 1 } else { 0 };
        self.music = if music { self.music + 1 } else { 0 };
        let from = self.hops;
        let sound = if self.speech == SPEECH_TIMES {
            Sound::Speech { from, confidence: 90 }
        } else if self.music == MUSIC_TIMES {
            Sound::Music { from }
        } else {
            return None;
        };
        self.told = true;
        Some(sound)
    }

    /// A stretch that ended before it was certain may have been a short announcement.
    fn end(&self) -> Option<Sound> {
        let sounding = self.count.saturating_sub(SILENCE as usize);
        if self.told || self.loud < SHORT_SPEECH || sounding < SHORT_SPEECH as usize {
            return None;
        }
        let look = self.look_back(SILENCE as usize, sounding);
        look.is_speech().then_some(Sound::Speech { from: self.hops, confidence: 60 })
    }

    /// Measures so many hops that ended so many ago.
    fn look_back(&self, ago: usize, hops: usize) -> Look {
        let place = |n: usize| (self.next + KEPT - ago - hops + n) % KEPT;
        let mean = (0..hops).map(|n| self.powers[place(n)]).sum::<f32>() / hops as f32;
        let (mut quiet, mut count, mut sum, mut squares, mut moved) = (0u32, 0.0f32, 0.0f32, 0.0f32, 0.0f32);
        let mut levels = [0.0f32; STEP];
        for n in 0..hops {
            let (power, colour) = (self.powers[place(n)], self.colours[place(n)]);
            quiet += u32::from(power < mean * (1.0 / 256.0));
            if power > mean * (1.0 / 64.0) {
                count += 1.0;
                sum += colour;
                squares += colour * colour;
            }
            if n >= 2 {
                let three = power + self.powers[place(n - 1)] + self.powers[place(n - 2)];
                let level = octaves((three * (1.0 / 3.0)).max(mean * 0.001));
                let before = core::mem::replace(&mut levels[n % STEP], level);
                moved += if n >= STEP + 2 { (level - before).abs() } else { 0.0 };
            }
        }
        let middle = sum / count.max(1.0);
        Look {
            quiet: quiet as f32 / hops as f32,
            colour: libm::sqrtf((squares / count.max(1.0) - middle * middle).max(0.0)),
            moved: 3.01 * moved / hops as f32,
        }
    }
}

/// What three seconds are like.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Share of hops that are 24 dB and more below the mean.
    quiet: f32,
    /// By how much the colour differs from its mean.
    colour: f32,
    /// By how many dB the level of 30 ms moves in 50 ms.
    moved: f32,
}

impl Look {
    fn is_speech(&self) -> bool {
        self.moved > SPEECH_MOVES && self.moved * self.colour > SPEECH_LIVELY && self.quiet < MOSTLY_QUIET
    }

    fn is_music(&self) -> bool {
        !self.is_speech() && self.quiet < MUSIC_PAUSES && self.colour > TONE_COLOUR
    }
}

/// The binary logarithm within 0.09, of the bits of the number.
fn octaves(power: f32) -> f32 {
    power.to_bits() as f32 * (1.0 / 8_388_608.0)
}

/// Three seconds.
const HOPS: usize = 300;
/// These, and the silence that ends them.
const KEPT: usize = HOPS + SILENCE as usize;
/// 250 ms.
const EVERY: u64 = 25;
/// 1.5 s of silence end a stretch.
const SILENCE: u32 = 150;
/// 700 ms of sound.
const SHORT_SPEECH: u32 = 70;
/// 50 ms.
const STEP: usize = 5;
const SPEECH_TIMES: u8 = 2;
const MUSIC_TIMES: u8 = 4;
const SPEECH_MOVES: f32 = 3.0;
const SPEECH_LIVELY: f32 = 0.35;
const MOSTLY_QUIET: f32 = 0.6;
const MUSIC_PAUSES: f32 = 0.15;
const TONE_COLOUR: f32 = 0.012;
const TONE_MOVES: f32 = 1.0;
const TONE_HOPS: usize = 100;
