//! Files and standard streams, read and written in order, with errors that name them. `-` is standard input
//! or standard output.
use std::fs::{File, Metadata};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::failure::Failure;

/// Octets a command reads at a time.
pub(crate) const CHUNK: usize = 1 << 16;

/// Where octets come from.
pub(crate) struct Input {
    name: String,
    reader: Box<dyn Read>,
    /// What the file system says about a file.
    metadata: Option<Metadata>,
}

impl Input {
    /// Opens a file, or standard input for `-`.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        if is_standard(path) {
            let reader = Box::new(io::stdin());
            return Ok(Self { name: "standard input".into(), reader, metadata: None });
        }
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| Failure::reading(&name, &error))?;
        let metadata = file.metadata().ok();
        Ok(Self { name, reader: Box::new(file), metadata })
    }

    /// What to call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How much there is to read, if a file says so.
    pub(crate) fn length(&self) -> Option<u64> {
        self.metadata.as_ref().filter(|metadata| metadata.is_file()).map(Metadata::len)
    }

    /// Reads what is there, up to the room in `octets`; 0 at the end.
    pub(crate) fn read(&mut self, octets: &mut [u8]) -> Result<usize, Failure> {
        loop {
            match self.reader.read(octets) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome.map_err(|error| Failure::reading(&self.name, &error)),
            }
        }
    }

    /// Whether `path` is this very file, so that writing there would destroy what is still to be read.
    fn is_at(&self, path: &Path) -> bool {
        let there = std::fs::metadata(path).ok().filter(Metadata::is_file);
        match (&self.metadata, there) {
            (Some(here), Some(there)) => (here.dev(), here.ino()) == (there.dev(), there.ino()),
            _ => false,
        }
    }
}

/// Where octets or lines go.
pub(crate) struct Output {
    name: String,
    writer: BufWriter<Box<dyn Write>>,
}

impl Output {
    /// Standard output.
    pub(crate) fn standard() -> Self {
        Self { name: "standard output".into(), writer: BufWriter::new(Box::new(io::stdout().lock())) }
    }

    /// Makes or replaces a file; standard output for `-`. It must be none of `inputs`.
    pub(crate) fn create<'a>(
        path: &Path,
        inputs: impl IntoIterator<Item = &'a Input>,
    ) -> Result<Self, Failure> {
        if is_standard(path) {
            return Ok(Self::standard());
        }
        let name = path.display().to_string();
        if inputs.into_iter().any(|input| input.is_at(path)) {
            return Err(Failure::Input(format!("{name}: is read and cannot be written at the same time")));
        }
        let file = File::create(path).map_err(|error| {
            Failure::Input(format!("{name}: cannot be made: {error}; choose another name"))
        })?;
        Ok(Self { name, writer: BufWriter::with_capacity(CHUNK, Box::new(file)) })
    }

    /// Writes all of it, sooner or later.
    pub(crate) fn write(&mut self, octets: &[u8]) -> Result<(), Failure> {
        self.writer.write_all(octets).map_err(|error| Failure::writing(&self.name, &error))
    }

    /// Brings everything written out; to be called at the end, or an error would go unseen.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| Failure::writing(&self.name, &error))
    }
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}
