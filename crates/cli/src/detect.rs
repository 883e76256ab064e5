//! `tandem detect`: what is heard in WAV files, and when.
//!
//! Files are read whole; each channel is brought to 8 kHz and listened to on its own. Levels take +3.14 dBm0
//! as full scale.
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use tandem_dsp::dtmf::{Detector, DtmfEvent};
use tandem_files::Prompt;
use tandem_files::wav::{self, ReadError, Wav};
use tandem_types::{FRAMES_PER_SECOND, FrameTime};

use crate::failure::{Failure, one_line};
use crate::progress::Progress;
use crate::stream::Output;
use crate::wav::{Encoding, header};

/// What `tandem detect` is told.
#[derive(Args)]
#[command(after_help = "Of the detectors only dtmf is built yet. A file with more than one channel has its \
    channels listened to one by one; they are counted from 1.")]
pub(crate) struct Arguments {
    /// WAV files: linear, floating point, A-law or µ-law, 4000 to 192000 samples a second
    #[arg(required = true, value_name = "FILE.wav")]
    files: Vec<PathBuf>,
    /// What to listen for: dtmf
    #[arg(long, value_delimiter = ',', value_name = "NAME", value_parser = detector)]
    detectors: Vec<()>,
    /// Country whose tones to expect, two letters; DTMF is the same everywhere
    #[arg(long, value_parser = country)]
    country: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// One line of output; its fields are in the order of the JSON.
#[derive(Serialize)]
struct Heard<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<usize>,
    event: &'static str,
    digit: char,
    start_ms: f64,
    end_ms: f64,
    low_dbm0: f64,
    high_dbm0: f64,
    twist_db: f64,
}

/// Runs the command; it ends at the first file that cannot be used.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut output = Output::standard();
    for path in &arguments.files {
        let name = path.to_string_lossy();
        for heard in listen(path, &name)? {
            output.write(line(&heard, arguments.json).as_bytes())?;
        }
        output.flush()?;
    }
    Ok(())
}

fn listen<'a>(path: &Path, name: &'a str) -> Result<Vec<Heard<'a>>, Failure> {
    let refuse = |reason: String| Failure::Input(format!("{name}: {reason}"));
    let wav = wav::read(path, LONGEST_FILE).map_err(|error| match error {
        ReadError::File(error) => Failure::reading(name, &error),
        ReadError::TooLong { limit } => refuse(format!("has more than {} MiB; cut it", limit >> 20)),
        ReadError::Content(error) => refuse(error.to_string()),
    })?;
    let channels = wav.channels();
    if channels > MOST_CHANNELS {
        return Err(refuse(format!("has {channels} channels; {MOST_CHANNELS} can be listened to")));
    }
    let mut progress = Progress::new(name, Some(2 * wav.samples().len() as u64));
    let mut all = Vec::new();
    for index in 0..channels {
        let samples = at_8_khz(&wav, index).map_err(refuse)?;
        let channel = (channels > 1).then_some(index + 1);
        let mut detector = Detector::new();
        let mut on_event = |event| all.extend(heard(name, channel, event));
        for block in samples.chunks(BLOCK) {
            detector.process(block, &mut on_event);
            progress.advance(2 * block.len());
        }
        detector.finish(&mut on_event);
    }
    all.sort_by(|one, other| one.start_ms.total_cmp(&other.start_ms).then(one.channel.cmp(&other.channel)));
    Ok(all)
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

fn heard(file: &str, channel: Option<usize>, event: DtmfEvent) -> Option<Heard<'_>> {
    let DtmfEvent::End { digit, start, end, low_dbm0, high_dbm0, twist_db, .. } = event else {
        return None; // the end tells all that the start does
    };
    Some(Heard {
        file,
        channel,
        event: "dtmf",
        digit: digit.to_char(),
        start_ms: tenths(FrameTime::as_ms(start)),
        end_ms: tenths(FrameTime::as_ms(end)),
        low_dbm0: tenths(low_dbm0.into()),
        high_dbm0: tenths(high_dbm0.into()),
        twist_db: tenths(twist_db.into()),
    })
}

/// Rounded to one decimal; adding 0 makes -0 a 0.
fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0 + 0.0
}

fn line(heard: &Heard<'_>, json: bool) -> String {
    if json {
        // Numbers and strings only: nothing in it can fail to be written.
        return serde_json::to_string(heard).unwrap_or_default() + "\n";
    }
    let Heard { file, channel, digit, start_ms, end_ms, low_dbm0, high_dbm0, twist_db, .. } = heard;
    let channel = channel.map(|number| format!(" channel {number}")).unwrap_or_default();
    format!(
        "{}{channel}: {start_ms:.1} to {end_ms:.1} ms: DTMF {digit} \
         (low {low_dbm0:.1} dBm0, high {high_dbm0:.1} dBm0, twist {twist_db:.1} dB)\n",
        one_line(file)
    )
}

fn detector(name: &str) -> Result<(), String> {
    match name {
        "dtmf" => Ok(()),
        _ if NOT_BUILT_YET.contains(&name) => Err("not built yet; what exists: dtmf".into()),
        _ => Err("no such detector; what exists: dtmf".into()),
    }
}

fn country(code: &str) -> Result<String, String> {
    match code.len() == 2 && code.bytes().all(|octet| octet.is_ascii_alphabetic()) {
        true => Ok(code.to_ascii_lowercase()),
        false => Err("give the two letters of ISO 3166, such as cn".into()),
    }
}

const NOT_BUILT_YET: [&str; 7] = ["mf-r1", "mf-r2-fwd", "mf-r2-bwd", "tones", "fax", "sit", "voice"];
const LONGEST_FILE: u64 = 512 << 20;
const MOST_CHANNELS: usize = 64;
/// Samples between two looks at the progress.
const BLOCK: usize = 1 << 16;
