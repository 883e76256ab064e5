//! The files that are meant by names of files and directories.
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The files named, and those in the directories named, each directory in order of its names.
pub(super) fn under(names: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for name in names {
        if !name.is_dir() {
            files.push(name.clone());
            continue;
        }
        let before = files.len();
        let text = name.to_string_lossy();
        gather(name, &mut files).map_err(|error| Failure::reading(&text, &error))?;
        if files.len() == before {
            return Err(Failure::Input(format!("{text}: has no file whose name ends in .wav")));
        }
    }
    Ok(files)
}

/// Links to directories are not followed, so there is an end to it; nor is a pipe read, which might never end.
fn gather(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = std::fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav")) && path.is_file()
        {
            files.push(path);
        }
    }
    Ok(())
}
