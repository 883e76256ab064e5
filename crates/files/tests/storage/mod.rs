//! A disk that remembers every write, and what a crash can leave of it.
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use tandem_files::wav::Storage;

/// What was asked of the disk.
#[derive(Clone)]
pub(crate) enum Entry {
    Write { offset: u64, octets: Vec<u8> },
    Sync,
    Cut { octets: u64 },
}

/// The log of a disk, shared between the writer that fills it and the test that reads it.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<(u64, Entry)>>>);

/// Each entry of the log carries the number of frames that had been handed over by then.
pub(crate) struct LogStorage {
    log: Log,
    pub(crate) handed_over: Rc<RefCell<u64>>,
}

impl LogStorage {
    pub(crate) fn new() -> (Self, Log) {
        let log = Log::default();
        (Self { log: log.clone(), handed_over: Rc::default() }, log)
    }

    /// One that has this already.
    pub(crate) fn with(disk: Vec<u8>) -> (Self, Log) {
        let (storage, log) = Self::new();
        storage.note(Entry::Write { offset: 0, octets: disk });
        storage.note(Entry::Sync);
        (storage, log)
    }

    fn note(&self, entry: Entry) {
        self.log.0.borrow_mut().push((*self.handed_over.borrow(), entry));
    }
}

impl Storage for LogStorage {
    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.note(Entry::Write { offset, octets: octets.to_vec() });
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.note(Entry::Sync);
        Ok(())
    }

    fn read_at(&self, offset: u64, octets: &mut [u8]) -> io::Result<()> {
        let disk = self.log.after_kill(self.log.len(), 0);
        octets.copy_from_slice(&disk[offset as usize..][..octets.len()]);
        Ok(())
    }

    fn set_len(&mut self, octets: u64) -> io::Result<()> {
        self.note(Entry::Cut { octets });
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.log.after_kill(self.log.len(), 0).len() as u64)
    }
}

impl Log {
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn syncs(&self) -> usize {
        self.0.borrow().iter().filter(|(_, entry)| matches!(entry, Entry::Sync)).count()
    }

    /// Frames handed over when entry `at` was made.
    pub(crate) fn handed_over(&self, at: usize) -> u64 {
        self.0.borrow()[at].0
    }

    /// The disk after a kill: the first `entries` writes are whole, of the next one only the first `sectors`
    /// of 512 octets have come.
    pub(crate) fn after_kill(&self, entries: usize, sectors: usize) -> Vec<u8> {
        let log = self.0.borrow();
        let mut disk = Vec::new();
        for (_, entry) in &log[..entries] {
            match entry {
                Entry::Write { offset, octets } => put(&mut disk, *offset, octets),
                Entry::Cut { octets } => disk.truncate(*octets as usize),
                Entry::Sync => {}
            }
        }
        if let Some((_, Entry::Write { offset, octets })) = log.get(entries) {
            put(&mut disk, *offset, &octets[..octets.len().min(sectors * 512)]);
        }
        disk
    }

    /// The disk after a loss of power during entry `entries`: all that came before the last sync is there;
    /// of what came since, each sector is or is not, as `keep` says, in no order.
    pub(crate) fn after_power_loss(&self, entries: usize, mut keep: impl FnMut() -> bool) -> Vec<u8> {
        let log = self.0.borrow();
        let synced = log[..entries].iter().rposition(|(_, entry)| matches!(entry, Entry::Sync)).unwrap_or(0);
        let mut disk = self.after_kill(synced, 0);
        for (_, entry) in &log[synced..(entries + 1).min(log.len())] {
            let Entry::Write { offset, octets } = entry else { continue };
            let first = (512 - *offset as usize % 512).min(octets.len());
            let mut at = 0;
            let mut next = first;
            while at < octets.len() {
                if keep() {
                    put(&mut disk, offset + at as u64, &octets[at..next]);
                }
                (at, next) = (next, (next + 512).min(octets.len()));
            }
        }
        disk
    }
}

fn put(disk: &mut Vec<u8>, offset: u64, octets: &[u8]) {
    let offset = offset as usize;
    disk.resize(disk.len().max(offset + octets.len()), 0);
    disk[offset..offset + octets.len()].copy_from_slice(octets);
}
