//! Tones that hosts define.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines;
use crate::pointer::{self, Out};
use crate::result::{Failure, entry};
use crate::types::{Tone, ToneStep, sound_number, tone_of_number};
use tandem_engine::{Sound, ToneName, ToneTemplate};

/// Has detectors of tones listen for one more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_tone_define(engine: u64, tone: *const Tone, sound: *mut u32) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let (tone, sound) = unsafe { (pointer::needed(tone, "tone")?, Out::new(sound, "sound")?) };
        let open = engines::get(engine)?;
        let number = open.engine.tone_define(template(&tone)?)?;
        sound.put(sound_number(Sound::Tone(ToneName::User(number))) as u32);
        Ok(())
    })
}

/// Has them listen for it no longer.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_tone_remove(engine: u64, sound: u32) -> i32 {
    entry(|| {
        let open = engines::get(engine)?;
        match tone_of_number(sound) {
            Some(ToneName::User(number)) => Ok(open.engine.tone_remove(number)?),
            _ => Err(Failure::argument(format!("sound: {sound} is no tone that a host defines"))),
        }
    })
}

fn template(tone: &Tone) -> Result<ToneTemplate, Failure> {
    let count = tone.step_count as usize;
    let steps = tone.steps.get(..count).filter(|steps| !steps.is_empty());
    let steps =
        steps.ok_or_else(|| Failure::argument(format!("tone.step_count: it is 1 to 8, not {count}")))?;
    Ok(ToneTemplate {
        steps: steps.iter().map(step).collect::<Result<_, _>>()?,
        // What is too much is refused as such.
        deviation_hz: tone.deviation_hz.try_into().unwrap_or(u16::MAX),
        periods: tone.periods.try_into().unwrap_or(u8::MAX),
    })
}

fn step(step: &ToneStep) -> Result<tandem_engine::ToneStep, Failure> {
    let ms = |ms: u32| {
        let known = u16::try_from(ms).ok().filter(|ms| *ms <= LONGEST_MS);
        known.ok_or_else(|| Failure::argument(format!("tone.steps: a minute at most, not {ms} ms")))
    };
    let [one, two] = step.hz.map(|hz| u16::try_from(hz).unwrap_or(u16::MAX));
    let hz = if two != 0 && two < one { [two, one] } else { [one, two] };
    Ok(tandem_engine::ToneStep { hz, on_ms: ms(step.on_ms)?, off_ms: ms(step.off_ms)? })
}

/// Of a sound or a silence.
const LONGEST_MS: u16 = 60_000;
