//! What callers say and what the switch plays: recorded speech where it is installed, generated signals
//! where it is not.
use crate::arguments::Arguments;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tandem_dsp::tone::{ToneGenerator, ToneStep};
use tandem_files::Prompt;
use tandem_types::{Frames, Law};

/// Sounds of a run, 8 kHz linear.
pub(crate) struct Sounds {
    /// Where they come from, for people.
    pub(crate) origin: String,
    /// Asks for the number of a conference room.
    pub(crate) welcome: Arc<[i16]>,
    /// What callers say.
    pub(crate) clips: Vec<Arc<[i16]>>,
}

/// Where Debian's package asterisk-core-sounds-en-wav puts its files.
const RECORDED: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";
const WELCOME: &str = "conf-getconfno.wav";

/// Loads the sounds.
pub(crate) fn load(arguments: &Arguments) -> Result<Sounds, String> {
    let directory = Path::new(RECORDED);
    if arguments.generated || !directory.join(WELCOME).exists() {
        return generated();
    }
    let prompt = |path: &Path| {
        let loaded = Prompt::load(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok::<Arc<[i16]>, String>(loaded.samples().into())
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory)
        .map_err(|error| format!("{}: {error}", directory.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "wav"))
        .collect();
    paths.sort();
    let clips = paths.iter().map(|path| prompt(path)).collect::<Result<Vec<_>, _>>()?;
    Ok(Sounds {
        origin: format!("{} clips of recorded speech from {RECORDED}", clips.len()),
        welcome: prompt(&directory.join(WELCOME))?,
        clips,
    })
}

/// A rising scale for a prompt, and clips of noise shaped like syllables, each different.
fn generated() -> Result<Sounds, String> {
    let steps: Vec<ToneStep> = [440.0, 494.0, 554.0, 587.0]
        .iter()
        .map(|hz| ToneStep {
            first_hz: *hz,
            second_hz: 2.0 * hz,
            dbm0: -13.0,
            on: Frames::from_ms(400),
            off: Frames::from_ms(50),
        })
        .collect();
    let mut scale = ToneGenerator::new(Law::A, &steps, false).ok_or("the generated prompt is too long")?;
    let mut welcome = vec![0; Frames::from_ms(1_800).0 as usize];
    scale.fill(&mut welcome);
    let clips = (1..=500).map(syllables).collect();
    let origin = "generated signals (install asterisk-core-sounds-en-wav for recorded speech)".into();
    Ok(Sounds { origin, welcome: welcome.into(), clips })
}

/// Four seconds of low-passed noise, louder and softer at the pace of speech.
fn syllables(seed: u64) -> Arc<[i16]> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut low = 0.0_f64;
    (0..32_000_u32)
        .map(|n| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let noise = (state >> 40) as f64 / f64::from(1 << 23) - 1.0;
            low += 0.3 * (noise - low);
            let pace = (f64::from(n) / 8000.0 * 4.0 * std::f64::consts::PI).sin().abs();
            (low * pace * 9000.0) as i16
        })
        .collect()
}
