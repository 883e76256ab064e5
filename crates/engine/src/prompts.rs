//! What plays name: prompts, read once for as long as their files stay as they are and there is room; phrases; signals.
use crate::EngineError;
use crate::config::PromptsSection;
use crate::playback::Part;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tandem_dsp::progress::TonePlan;
use tandem_files::phrases::say_line;
use tandem_files::signals::Signal;
use tandem_files::{Prompt, PromptError, RawFormat};

#[derive(Debug)]
pub(crate) struct PromptStore {
    directory: PathBuf,
    /// Of phrases, by language.
    phrases: BTreeMap<String, PathBuf>,
    /// The tones that need no country to be named.
    tones: TonePlan,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    prompts: BTreeMap<PathBuf, (Arc<[i16]>, Version)>,
    /// In the order in which they were read: the first give way.
    order: VecDeque<PathBuf>,
    samples: usize,
}

/// What a file was like when it was read: one that is written anew is read anew.
type Version = (u64, Option<SystemTime>);

impl Kept {
    fn keep(&mut self, path: PathBuf, samples: &Arc<[i16]>, version: Version) {
        self.forget(&path);
        if samples.len() > MOST_SAMPLES {
            return;
        }
        while (self.samples + samples.len() > MOST_SAMPLES || self.order.len() >= MOST_PROMPTS)
            && let Some(oldest) = self.order.front().cloned()
        {
            self.forget(&oldest);
        }
        self.samples += samples.len();
        self.order.push_back(path.clone());
        self.prompts.insert(path, (Arc::clone(samples), version));
    }

    fn forget(&mut self, path: &Path) {
        if let Some((samples, _)) = self.prompts.remove(path) {
            self.samples -= samples.len();
            self.order.retain(|kept| kept != path);
        }
    }
}

impl PromptStore {
    pub(crate) fn new(section: &PromptsSection, tones: TonePlan) -> Self {
        let PromptsSection { directory, phrases } = section.clone();
        Self { directory, phrases, tones, kept: Mutex::default() }
    }

    /// The signal of a line.
    pub(crate) fn signal(&self, line: &str) -> Result<Arc<Signal>, EngineError> {
        let wrong = |problem: String| EngineError::File { path: line.into(), problem };
        Signal::parse(line, &self.tones).map(Arc::new).map_err(|error| wrong(error.to_string()))
    }

    /// The samples of all prompts that say a phrase.
    pub(crate) fn phrase(&self, line: &str) -> Result<Vec<Arc<[i16]>>, EngineError> {
        let unsaid = |problem: String| EngineError::File { path: line.into(), problem };
        let (language, names) = say_line(line).map_err(|error| unsaid(error.to_string()))?;
        let directory = match self.phrases.get(language.as_str()) {
            Some(own) => self.directory.join(own),
            None => self.directory.clone(),
        };
        let find = |name: &String| {
            let name = directory.join(name);
            let missing = || unsaid(format!("there is no prompt {}, with whatever ending", name.display()));
            self.get(&Prompt::find(&name).ok_or_else(missing)?)
        };
        names.iter().map(find).collect()
    }

    /// The samples of a part of a prompt.
    pub(crate) fn part(&self, path: &Path, part: Part) -> Result<Arc<[i16]>, EngineError> {
        let beyond = |length: u64, what: &str| EngineError::File {
            path: self.directory.join(path),
            problem: format!("it has {length} {what}, and the part that is asked for ends behind them"),
        };
        let end = part.offset.saturating_add(part.length.unwrap_or(0));
        let Some(encoding) = part.format else {
            let whole = self.get(path)?;
            let length = whole.len() as u64;
            if end > length {
                return Err(beyond(length, "frames"));
            }
            let to = if part.length.is_some() { end } else { length };
            return Ok(whole[part.offset as usize..to as usize].into());
        };
        let whole = self.directory.join(path);
        let failed = |problem: String| EngineError::File { path: whole.clone(), problem };
        let version = version_of(&whole)?;
        if end > version.0 {
            return Err(beyond(version.0, "octets"));
        }
        let key = key_of_part(&whole, part);
        if let Some((samples, kept)) = self.kept().prompts.get(&key)
            && *kept == version
        {
            return Ok(Arc::clone(samples));
        }
        let format = RawFormat { encoding, rate: part.rate };
        let prompt = Prompt::load_part(&whole, format, part.offset, part.length.unwrap_or(u64::MAX));
        let samples: Arc<[i16]> = prompt.map_err(|error| failed(error.to_string()))?.samples().into();
        self.kept().keep(key, &samples, version);
        Ok(samples)
    }

    /// The samples of a prompt. Two threads that ask for the same new prompt at once both read it.
    pub(crate) fn get(&self, path: &Path) -> Result<Arc<[i16]>, EngineError> {
        let path = self.directory.join(path);
        let version = version_of(&path)?;
        if let Some((samples, kept)) = self.kept().prompts.get(&path)
            && *kept == version
        {
            return Ok(Arc::clone(samples));
        }
        let prompt = Prompt::load(&path)
            .map_err(|error| EngineError::File { path: path.clone(), problem: error.to_string() })?;
        let samples: Arc<[i16]> = prompt.samples().into();
        // Of one that changed while it was read the older version is kept, so that it is read again.
        self.kept().keep(path, &samples, version);
        Ok(samples)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells a file from a later one of its name. Pipes and devices are refused before they are opened: who opens a pipe waits for
/// somebody who writes into it.
fn version_of(path: &Path) -> Result<Version, EngineError> {
    let failed = |problem: String| EngineError::File { path: path.to_owned(), problem };
    let file = std::fs::metadata(path)
        .map_err(|error| failed(format!("the file cannot be read: {error}; check its name and rights")))?;
    match file.is_file() {
        true => Ok((file.len(), file.modified().ok())),
        false => Err(failed("it is no file, but a directory, a pipe or a device".into())),
    }
}

/// The samples of octets in memory: whole ones.
pub(crate) fn samples_of(octets: &[u8], format: RawFormat) -> Result<Arc<[i16]>, EngineError> {
    if !format.is_whole(octets.len()) {
        return Err(EngineError::BadArgument("octets in memory end with a whole sample or frame"));
    }
    match Prompt::from_raw(format, octets) {
        Ok(prompt) => Ok(prompt.samples().into()),
        Err(PromptError::Raw(_)) => Err(EngineError::BadArgument(
            "octets in memory that are to be GSM are frames of 33 that begin with 1101",
        )),
        Err(_) => Err(EngineError::BadArgument("octets in memory have 4000 to 192000 samples a second")),
    }
}

/// A name for a part, which no file has.
fn key_of_part(path: &Path, part: Part) -> PathBuf {
    let mut key = path.as_os_str().to_owned();
    key.push(format!("\0{part:?}"));
    key.into()
}

/// Seventeen minutes of prompts, 16 MiB.
const MOST_SAMPLES: usize = 8 << 20;
/// However short they are: one without samples takes room too.
const MOST_PROMPTS: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_files::RawEncoding;
    use tandem_types::Law;

    fn samples(count: usize) -> Arc<[i16]> {
        vec![0; count].into()
    }

    #[test]
    fn a_file_that_is_written_anew_is_read_anew() {
        let directory = std::env::temp_dir().join(format!("tandem-prompts-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let write = |sample: i16, count: usize| {
            let octets: Vec<u8> =
                vec![sample; count].iter().flat_map(|sample| sample.to_le_bytes()).collect();
            std::fs::write(directory.join("message.sln"), octets).expect("written");
        };
        let store = PromptStore::new(
            &PromptsSection { directory: directory.clone(), ..PromptsSection::default() },
            TonePlan::empty(),
        );
        let get = || store.get(Path::new("message.sln")).expect("a prompt");
        write(1000, 80);
        let first = get();
        assert!(Arc::ptr_eq(&first, &get()), "it is kept");
        write(2000, 160);
        assert_eq!(get()[..], [2000; 160]);
        std::fs::remove_file(directory.join("message.sln")).expect("there");
        assert!(store.get(Path::new("message.sln")).is_err(), "what is gone is not played");
        std::fs::remove_dir_all(&directory).expect("our own");
    }

    #[test]
    fn the_first_that_were_read_give_way() {
        let mut kept = Kept::default();
        let version = (0, None);
        kept.keep("a".into(), &samples(MOST_SAMPLES / 2), version);
        kept.keep("b".into(), &samples(MOST_SAMPLES / 4), version);
        kept.keep("a".into(), &samples(MOST_SAMPLES / 2), version);
        assert_eq!(kept.samples, MOST_SAMPLES / 2 + MOST_SAMPLES / 4);
        kept.keep("c".into(), &samples(MOST_SAMPLES / 2), version);
        let both = [Path::new("a"), Path::new("c")];
        assert!(kept.prompts.keys().eq(both), "b was read before a was again");
        kept.keep("d".into(), &samples(MOST_SAMPLES + 1), version);
        assert!(kept.prompts.keys().eq(both), "one that never fits drives nobody out");
        assert_eq!((kept.samples, kept.order.len()), (MOST_SAMPLES, 2));
    }

    #[test]
    fn prompts_without_samples_give_way_too() {
        let mut kept = Kept::default();
        for number in 0..10_000 {
            kept.keep(format!("{number}").into(), &samples(0), (0, None));
            assert_eq!(
                (kept.prompts.len(), kept.order.len()),
                (4_096.min(number + 1), 4_096.min(number + 1))
            );
        }
        assert!(
            kept.prompts.contains_key(Path::new("9999")) && !kept.prompts.contains_key(Path::new("5903"))
        );
        // One that is kept already takes no other's place.
        kept.keep("7000".into(), &samples(1), (0, None));
        assert!(kept.prompts.contains_key(Path::new("5904")));
        assert_eq!((kept.prompts.len(), kept.samples), (4_096, 1));
    }

    #[test]
    fn octets_in_memory_are_checked_before_they_are_samples() {
        let of = |encoding, rate, octets: &[u8]| samples_of(octets, RawFormat { encoding, rate });
        assert_eq!(of(RawEncoding::Linear16, 8_000, &[1, 0, 0, 0x80]).expect("two")[..], [1, -32_768]);
        assert_eq!(of(RawEncoding::OkiAdpcm, 6_000, &[0; 3_000]).expect("a second").len(), 8_000);
        let hour = 3_600 * 8_000;
        assert_eq!(of(RawEncoding::G711(Law::A), 8_000, &vec![0xd5; hour]).expect("an hour").len(), hour);
        for (encoding, rate, octets, word) in [
            (RawEncoding::Linear16, 8_000, vec![0; 3], "whole"),
            (RawEncoding::Gsm, 8_000, vec![0xd0; 65], "whole"),
            (RawEncoding::ImaAdpcm, 8_000, vec![0; 5], "whole"),
            (RawEncoding::Gsm, 8_000, vec![0xc0; 33], "1101"),
            (RawEncoding::Linear16, 3_999, vec![0; 2], "4000"),
        ] {
            let refused = of(encoding, rate, &octets).expect_err("it cannot be").to_string();
            assert!(refused.contains(word), "{encoding:?}: {refused}");
        }
    }
}
