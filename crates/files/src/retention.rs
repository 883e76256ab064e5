//! Room for new recordings: the oldest run's directory goes first, once all of them are over the limit.
//!
//! Only directories that carry our marker are counted and deleted, and no symbolic link is followed: what
//! someone else put or linked here stays.
use core::fmt;
use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The name of the file that makes a directory ours.
pub const MARKER: &str = ".tandem-run";

/// How much is kept unless the configuration says otherwise: 1 GiB.
pub const DEFAULT_LIMIT: u64 = 1 << 30;

/// Makes the directory of a run, with its marker, readable by its owner only. It must not exist.
pub fn create_run(directory: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(directory)?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(directory.join(MARKER))?;
    Ok(())
}

/// What was deleted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The deleted directories, oldest first.
    pub removed: Vec<PathBuf>,
    /// Octets of the runs that are left.
    pub kept_octets: u64,
    /// Directories that should have gone and could not be deleted whole.
    pub stuck: Vec<PathBuf>,
}

/// Deletes the oldest runs in `root` until the rest has at most `limit` octets. The run in `keep` stays,
/// whatever its age and size.
pub fn prune(root: &Path, limit: u64, keep: &Path) -> Result<Pruned, PruneError> {
    let mut runs = runs_in(root)?;
    runs.sort_by(|one, other| (one.begun, &one.path).cmp(&(other.begun, &other.path)));
    let kept = fs::symlink_metadata(keep).ok().map(|metadata| identity(&metadata));
    let mut pruned = Pruned { kept_octets: runs.iter().map(|run| run.octets).sum(), ..Pruned::default() };
    for run in runs {
        if pruned.kept_octets <= limit {
            break;
        }
        if kept == Some(run.identity) {
            continue;
        }
        match remove_run(&run.path) {
            Ok(()) => {
                pruned.kept_octets -= run.octets;
                pruned.removed.push(run.path);
            }
            Err(_) => pruned.stuck.push(run.path),
        }
    }
    Ok(pruned)
}

struct Run {
    path: PathBuf,
    identity: (u64, u64),
    /// When the marker was written.
    begun: SystemTime,
    octets: u64,
}

fn runs_in(root: &Path) -> Result<Vec<Run>, PruneError> {
    match fs::symlink_metadata(root) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(PruneError::NotADirectory),
        Err(error) => return Err(PruneError::Root(error)),
    }
    let entries = fs::read_dir(root).map_err(PruneError::Root)?;
    Ok(entries.filter_map(|entry| run_at(entry.ok()?.path())).collect())
}

/// The run in this directory; `None` for anything else, and for what vanishes meanwhile.
fn run_at(path: PathBuf) -> Option<Run> {
    let metadata = fs::symlink_metadata(&path).ok().filter(Metadata::is_dir)?;
    let marker = fs::symlink_metadata(path.join(MARKER)).ok().filter(Metadata::is_file)?;
    let begun = marker.modified().ok()?;
    let octets = octets_in(&path, MOST_LEVELS);
    Some(Run { path, identity: identity(&metadata), begun, octets })
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn octets_in(directory: &Path, levels: usize) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    let size = |path: &Path| match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(metadata) if metadata.is_dir() && levels > 0 => octets_in(path, levels - 1),
        _ => 0,
    };
    entries.flatten().map(|entry| size(&entry.path())).sum()
}

/// The marker goes last, so that what a crash leaves behind is still known as ours.
fn remove_run(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name() == MARKER {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_file(directory.join(MARKER))?;
    fs::remove_dir(directory)
}

/// Why nothing could be pruned.
#[derive(Debug)]
pub enum PruneError {
    /// The recordings directory is something else, perhaps a symbolic link.
    NotADirectory,
    /// The recordings directory cannot be read.
    Root(io::Error),
}

impl fmt::Display for PruneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADirectory => {
                f.write_str("the recordings directory is no directory; give one that is not a link")
            }
            Self::Root(error) => {
                write!(f, "the recordings directory cannot be read: {error}; check its name and rights")
            }
        }
    }
}

impl core::error::Error for PruneError {}

/// Deeper directories than we make are not counted; they are deleted all the same.
const MOST_LEVELS: usize = 8;
