//! Prompts by name, read once and kept as long as there is room.
use crate::EngineError;
use crate::config::PromptsSection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tandem_files::Prompt;
use tandem_files::phrases::say_line;

#[derive(Debug)]
pub(crate) struct PromptStore {
    directory: PathBuf,
    /// Of phrases, by language.
    phrases: BTreeMap<String, PathBuf>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    prompts: BTreeMap<PathBuf, Arc<[i16]>>,
    samples: usize,
}

impl PromptStore {
    pub(crate) fn new(section: &PromptsSection) -> Self {
        let PromptsSection { directory, phrases } = section.clone();
        Self { directory, phrases, kept: Mutex::default() }
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

    /// The samples of a prompt. Two threads that ask for the same new prompt at once both read it.
    pub(crate) fn get(&self, path: &Path) -> Result<Arc<[i16]>, EngineError> {
        let path = self.directory.join(path);
        if let Some(samples) = self.kept().prompts.get(&path) {
            return Ok(Arc::clone(samples));
        }
        let prompt = Prompt::load(&path)
            .map_err(|error| EngineError::File { path: path.clone(), problem: error.to_string() })?;
        let samples: Arc<[i16]> = prompt.samples().into();
        let mut kept = self.kept();
        if kept.samples + samples.len() <= MOST_SAMPLES {
            kept.samples += samples.len();
            if let Some(before) = kept.prompts.insert(path, Arc::clone(&samples)) {
                kept.samples -= before.len();
            }
        }
        Ok(samples)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seventeen minutes of prompts, 16 MiB.
const MOST_SAMPLES: usize = 8 << 20;
