//! Where a recording goes: a file, or what a test puts in its place.
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use tandem_rt::sys::lock_alone;

/// A place for octets.
pub trait Storage {
    /// Writes all octets at `offset`. After an error any part of them may have been written.
    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<()>;

    /// Returns when everything written so far would survive a loss of power.
    fn sync(&mut self) -> io::Result<()>;

    /// Reads octets that are all there.
    fn read_at(&self, offset: u64, octets: &mut [u8]) -> io::Result<()>;

    /// Cuts off what is behind so many octets, which are all there.
    fn set_len(&mut self, octets: u64) -> io::Result<()>;

    /// The length in octets.
    fn len(&self) -> io::Result<u64>;

    /// Whether nothing is stored.
    fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|len| len == 0)
    }
}

/// A file.
#[derive(Debug)]
pub struct FileStorage(File);

impl FileStorage {
    /// Makes a new file that only its owner may read and write. Whatever is there already, a symbolic link
    /// included, is an error and stays as it is.
    pub fn create_new(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        // Nobody else has it yet who would not go on at once.
        lock_alone(&file)?;
        Ok(Self(file))
    }

    /// Opens a file to be written on; `None` while somebody else writes it. What is no file, a symbolic link included, is
    /// `InvalidInput`.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        if !path.symlink_metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(lock_alone(&file)?.then_some(Self(file)))
    }

    /// Makes the name of a new file survive a loss of power.
    pub(super) fn sync_directory_of(path: &Path) -> io::Result<()> {
        match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
            _ => File::open(".")?.sync_all(),
        }
    }
}

impl Storage for FileStorage {
    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.0.write_all_at(octets, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn read_at(&self, offset: u64, octets: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(octets, offset)
    }

    fn set_len(&mut self, octets: u64) -> io::Result<()> {
        self.0.set_len(octets)
    }

    fn len(&self) -> io::Result<u64> {
        self.0.metadata().map(|metadata| metadata.len())
    }
}
