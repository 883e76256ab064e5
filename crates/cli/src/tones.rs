//! Tones by name and by country, as `detect` tells them and `generate` is asked for them.
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use tandem_dsp::answer::AnswerTone;
use tandem_dsp::fsk::{Keying, Modulator};
use tandem_dsp::progress::{ToneName, TonePlan};
use tandem_types::Law;

use crate::failure::Failure;

/// Whose tones are meant.
#[derive(Args)]
pub(crate) struct PlanChoice {
    /// Country whose tones are meant, two letters
    #[arg(long, value_parser = country)]
    country: Option<Box<TonePlan>>,
    /// A file with a tone plan of one's own, a tone a line: NAME HZ[+HZ][:ON_MS[/OFF_MS]]…
    #[arg(long, value_name = "FILE", conflicts_with = "country")]
    plan: Option<PathBuf>,
}

impl PlanChoice {
    /// The plan, if one was named.
    pub(crate) fn plan(&self) -> Result<Option<TonePlan>, Failure> {
        let Some(path) = &self.plan else { return Ok(self.country.as_deref().cloned()) };
        let name = path.display();
        let text = read_plan(path).map_err(|e| Failure::reading(&name.to_string(), &e))?;
        if text.len() as u64 > LONGEST_PLAN {
            return Err(Failure::Input(format!("{name}: is too long for a tone plan")));
        }
        let plan = TonePlan::parse(&text).map_err(|error| Failure::Input(format!("{name}: {error}")))?;
        Ok(Some(plan))
    }
}

/// The text of a file, or of one that is too long more than may be.
fn read_plan(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST_PLAN + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// What the tool calls a tone.
pub(crate) fn name_of(tone: ToneName) -> &'static str {
    match tone {
        ToneName::Ringing => "ringback",
        ToneName::SpecialDial => "special-dial",
        other => other.as_str(),
    }
}

/// Fills blocks with a sound.
pub(crate) type Filler = Box<dyn FnMut(&mut [i16])>;

/// What modems and fax machines send that is not made of steps, by name.
pub(crate) fn modem_sound(name: &str, law: Law, dbm0: f32) -> Option<Filler> {
    let answer = |reverses, modulated| -> Filler {
        let mut tone = AnswerTone::new(law, dbm0, reverses, modulated);
        Box::new(move |block| tone.fill(block))
    };
    match name {
        "ans-pr" => Some(answer(true, false)),
        "ansam" => Some(answer(false, true)),
        "ansam-pr" => Some(answer(true, true)),
        "v21" => {
            let mut modulator = Modulator::new(law, Keying::V21Channel2, dbm0);
            let mut flags = (0..8).map(|bit| FLAG >> bit & 1 == 1).cycle();
            Some(Box::new(move |block| {
                modulator.fill(block, || flags.next());
            }))
        }
        _ => None,
    }
}

/// The names that [`modem_sound`] knows.
pub(crate) const MODEM_SOUNDS: [&str; 4] = ["ans-pr", "ansam", "ansam-pr", "v21"];
/// What frames begin with, again and again in a preamble.
const FLAG: u8 = 0x7e;
/// Plans have some dozens of lines.
const LONGEST_PLAN: u64 = 1 << 16;

fn country(code: &str) -> Result<Box<TonePlan>, String> {
    TonePlan::country(code).map(Box::new).ok_or_else(|| {
        let known: Vec<_> = TonePlan::countries().map(|(code, _)| code.to_ascii_lowercase()).collect();
        format!("there are the tones of {}", known.join(" "))
    })
}
