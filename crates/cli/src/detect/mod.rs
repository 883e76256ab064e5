//! `tandem detect`: what is heard in sound files, and when.
//!
//! Files are read whole; all channels of a file are brought to 8 kHz and listened to by all detectors in one
//! pass. Levels take +3.14 dBm0 as full scale.
mod files;
mod heard;
mod listener;
mod voice;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tandem_dsp::dtmf::LANES;
use tandem_dsp::progress::{TonePlan, ToneSet};
use tandem_files::wav::{self, ReadError, Wav, WavError};
use tandem_files::{Prompt, PromptError};
use tandem_types::FRAMES_PER_SECOND;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::stream::Output;
use crate::tones::PlanChoice;
use crate::wav::{Encoding, header};
use heard::Heard;
use listener::Listener;

/// What `tandem detect` is told.
#[derive(Args)]
#[command(
    after_help = "Without --detectors: dtmf, fax, sit and cid, and tones where a country or a plan is named. The \
    others take part of speech or of each other's signals for their own, and have to be asked for. A file with more \
    than one channel has its channels listened to one by one; they are counted from 1. Of a directory all files are \
    taken whose names end in .wav, those of directories in it too; a file that cannot be used is told, and the rest is \
    listened to."
)]
pub(crate) struct Arguments {
    /// Sound files or directories of WAV files. WAV: linear, floating point, A-law, µ-law, IMA or Oki ADPCM, GSM; 4000 to 192000 samples a second. Others by their ending: vox, alaw, al, ulaw, ul, mu, pcm, sln, raw, gsm; 8000 samples a second unless the name says another rate, as in x.6k.vox
    #[arg(required = true, value_name = "FILE.wav")]
    files: Vec<PathBuf>,
    /// What to listen for, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    detectors: Vec<Detector>,
    #[command(flatten)]
    tones: PlanChoice,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// What can be listened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Detector {
    /// DTMF digits
    Dtmf,
    /// R1 register signals
    MfR1,
    /// R2 register signals, forward
    MfR2Fwd,
    /// R2 register signals, backward
    MfR2Bwd,
    /// Line signals of 2280, 2400 and 2600 Hz
    MfLine,
    /// Call progress tones of a country or a plan
    Tones,
    /// Tones of fax machines and modems
    Fax,
    /// Special information tones
    Sit,
    /// Caller identification (FSK)
    Cid,
    /// Whatever is loud enough to be speech
    Voice,
}

/// Runs the command; a file that cannot be used is told in one line, and the next one is listened to.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let listener = listener(arguments)?;
    let mut output = Output::standard();
    let mut outcome = Ok(());
    let files = files::under(&arguments.files)?;
    for (index, path) in files.iter().enumerate() {
        let place = (files.len() > 1).then_some((index + 1, files.len()));
        match listen(path, &listener, place) {
            Ok(all) => {
                for heard in all {
                    output.write(heard.line(arguments.json).as_bytes())?;
                }
                output.flush()?;
            }
            Err(failure) => {
                failure.report();
                outcome = Err(Failure::Told);
            }
        }
    }
    outcome
}

/// A listener with the detectors asked for, for any number of files.
fn listener(arguments: &Arguments) -> Result<Listener, Failure> {
    let plan = arguments.tones.plan()?;
    let mut detectors = arguments.detectors.clone();
    if detectors.is_empty() {
        detectors = vec![Detector::Dtmf, Detector::Fax, Detector::Sit, Detector::Cid];
        detectors.extend(plan.is_some().then_some(Detector::Tones));
    }
    if detectors.contains(&Detector::Tones) && plan.is_none() {
        let reason = "tones differ from country to country; say whose with --country or --plan";
        return Err(Failure::Input(reason.into()));
    }
    let tones = ToneSet::new(&plan.unwrap_or_else(TonePlan::empty))
        .map_err(|error| Failure::Input(format!("the tone plan has {error}")))?;
    Ok(Listener::new(&detectors, tones))
}

/// What is heard in one file, of which `place` tells the number and how many there are.
fn listen(path: &Path, listener: &Listener, place: Option<(usize, usize)>) -> Result<Vec<Heard>, Failure> {
    let name = path.to_string_lossy().into_owned();
    let refuse = |reason: String| Failure::Input(format!("{name}: {reason}"));
    let sound = Sound::read(path).map_err(|error| match error {
        PromptError::Read(ReadError::File(error)) => Failure::reading(&name, &error),
        PromptError::Read(ReadError::TooLong { limit }) => {
            refuse(format!("has more than {} MiB; cut it", limit >> 20))
        }
        PromptError::Read(ReadError::TooManySamples { limit }) => {
            refuse(format!("has more than {limit} samples; cut it"))
        }
        error => refuse(error.to_string()),
    })?;
    let channels = sound.channels();
    if channels > MOST_CHANNELS {
        return Err(refuse(format!("has {channels} channels; {MOST_CHANNELS} can be listened to")));
    }
    let mut progress = Progress::new(&name, Some(2 * sound.samples() as u64));
    if let Some((number, count)) = place {
        progress.show_place(number, count);
    }
    let mut all = Vec::new();
    for first in (0..channels).step_by(LANES) {
        let lanes: Vec<Vec<i16>> = (first..channels.min(first + LANES))
            .map(|index| sound.at_8_khz(index).map_err(refuse))
            .collect::<Result<_, _>>()?;
        listener.clone().listen(&lanes, &mut progress, &mut |lane, sound| {
            let channel = (channels > 1).then_some(first + lane + 1);
            all.push(Heard { file: name.clone(), channel, sound });
        });
    }
    all.sort_by(|one, other| {
        let start = |heard: &Heard| heard.sound.start_ms();
        start(one).total_cmp(&start(other)).then(one.channel.cmp(&other.channel))
    });
    Ok(all)
}

/// What is in a file.
enum Sound {
    Wav(Wav),
    /// A file without a header, whose name told what it is.
    Raw(Prompt),
}

impl Sound {
    fn read(path: &Path) -> Result<Self, PromptError> {
        match wav::read(path, LONGEST_FILE) {
            Ok(wav) => Ok(Self::Wav(wav)),
            Err(ReadError::Content(WavError::NotWave)) => Prompt::load(path).map(Self::Raw),
            Err(error) => Err(PromptError::Read(error)),
        }
    }

    fn channels(&self) -> usize {
        match self {
            Self::Wav(wav) => wav.channels(),
            Self::Raw(_) => 1,
        }
    }

    fn samples(&self) -> usize {
        match self {
            Self::Wav(wav) => wav.samples().len(),
            Self::Raw(prompt) => prompt.samples().len(),
        }
    }

    fn at_8_khz(&self, channel: usize) -> Result<Vec<i16>, String> {
        match self {
            Self::Wav(wav) => at_8_khz(wav, channel),
            Self::Raw(prompt) => Ok(prompt.samples().to_vec()),
        }
    }
}

/// One channel as a voice channel carries it. The resampler of prompts takes whole files of any rate, so the
/// channel is handed to it as a file of its own.
fn at_8_khz(wav: &Wav, channel: usize) -> Result<Vec<i16>, String> {
    if u64::from(wav.rate()) == FRAMES_PER_SECOND {
        return Ok(wav.channel(channel).collect());
    }
    if wav.channels() == 1 {
        return Prompt::from_wav(wav).map(|p| p.samples().to_vec()).map_err(|error| error.to_string());
    }
    let mut octets = header(Encoding::Linear16, wav.rate(), wav.frames() as u64)
        .ok_or("its sampling rate makes no sense")?;
    octets.extend(wav.channel(channel).flat_map(i16::to_le_bytes));
    let alone = wav::parse(&octets).map_err(|error| error.to_string())?;
    Prompt::from_wav(&alone).map(|p| p.samples().to_vec()).map_err(|error| error.to_string())
}

const LONGEST_FILE: u64 = 512 << 20;
const MOST_CHANNELS: usize = 64;
