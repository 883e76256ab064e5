//! Keeps recordings within their limit: the oldest runs are deleted first, then this run's own oldest.
use std::collections::{BTreeSet, VecDeque};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tandem_engine::CallId;
use tandem_files::retention::{self, DEFAULT_LIMIT, MARKER};

/// The recordings of this run.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    /// `None` when the configuration says where recordings go: nobody else's are deleted there.
    run: Option<Run>,
    /// On disk, oldest first, with their sizes.
    kept: VecDeque<(CallId, PathBuf, u64)>,
    kept_octets: u64,
    /// Octets written since the oldest runs were last looked at.
    since_prune: u64,
    /// Calls whose recordings this run has deleted again.
    deleted: BTreeSet<CallId>,
}

#[derive(Debug)]
struct Run {
    /// Where all runs are.
    root: PathBuf,
    directory: PathBuf,
}

impl Keeper {
    /// Makes a directory for this run's recordings.
    pub(crate) fn new_run(root: &Path) -> Result<Self, String> {
        let problem = |error| format!("{}: {error}", root.display());
        std::fs::create_dir_all(root).map_err(problem)?;
        for number in 1..=999_999 {
            let directory = root.join(format!("run-{number:06}"));
            match retention::create_run(&directory) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => {
                    made.map_err(problem)?;
                    let mut keeper = Self::default();
                    keeper.run = Some(Run { root: root.to_owned(), directory });
                    return Ok(keeper);
                }
            }
        }
        Err(format!("{}: all run numbers are in use; delete old runs", root.display()))
    }

    /// The directory of this run, if it has one of its own.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.run.as_ref().map(|run| run.directory.as_path())
    }

    /// A complete recording, now on disk.
    pub(crate) fn keep(&mut self, call: CallId, path: &Path, octets: u64) {
        self.kept.push_back((call, path.to_owned(), octets));
        self.kept_octets += octets;
        while self.kept_octets > DEFAULT_LIMIT
            && let Some((oldest, path, octets)) = self.kept.pop_front()
        {
            self.kept_octets -= octets;
            self.deleted.insert(oldest);
            // One that cannot be deleted now goes with its run.
            let _ = std::fs::remove_file(path);
        }
        self.since_prune += octets;
        if self.since_prune >= PRUNE_EVERY {
            // What goes wrong now goes wrong at the end of the run as well, and is told then.
            let _ = self.prune();
        }
    }

    /// Deletes the oldest runs above the limit.
    pub(crate) fn prune(&mut self) -> Result<(), String> {
        self.since_prune = 0;
        let Some(run) = &self.run else { return Ok(()) };
        retention::prune(&run.root, DEFAULT_LIMIT, &run.directory)
            .map(drop)
            .map_err(|error| format!("{}: {error}", run.root.display()))
    }

    /// Whether this run has deleted the recording of this call.
    pub(crate) fn has_deleted(&self, call: CallId) -> bool {
        self.deleted.contains(&call)
    }
}

impl Drop for Keeper {
    /// A run without recordings leaves no directory.
    fn drop(&mut self) {
        let Some(directory) = self.directory() else { return };
        let Ok(mut entries) = std::fs::read_dir(directory) else { return };
        if entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == MARKER)) {
            // One that cannot be deleted is empty and in nobody's way.
            let _ = std::fs::remove_file(directory.join(MARKER));
            let _ = std::fs::remove_dir(directory);
        }
    }
}

/// 64 MiB.
const PRUNE_EVERY: u64 = 64 << 20;
