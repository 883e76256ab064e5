//! A line on standard error that says how far a long piece of work is. Only for a terminal, only for inputs
//! that take noticeable time, and gone when the work is done.
use std::io::{self, IsTerminal, Write};

use crate::failure::one_line;

/// How far one piece of work is, counted in octets.
pub(crate) struct Progress {
    name: String,
    total: Option<u64>,
    done: u64,
    next: u64,
    terminal: bool,
    shown: bool,
}

impl Progress {
    /// Work on `total` octets, if that is known.
    pub(crate) fn new(name: &str, total: Option<u64>) -> Self {
        let terminal = io::stderr().is_terminal();
        Self { name: one_line(name), total, done: 0, next: STEP, terminal, shown: false }
    }

    /// Says at once which of several pieces of work this is, however little it takes.
    pub(crate) fn show_place(&mut self, number: usize, count: usize) {
        if self.terminal {
            self.name = format!("{number} of {count}, {}", self.name);
            self.show();
        }
    }

    /// So many octets more are done.
    pub(crate) fn advance(&mut self, octets: usize) {
        self.done = self.done.saturating_add(octets as u64);
        if !self.terminal || self.done < self.next {
            return;
        }
        self.next = self.done.saturating_add(STEP);
        self.show();
    }

    fn show(&mut self) {
        let mebi = self.done >> 20;
        let _ = match self.total {
            Some(total) => write!(io::stderr(), "\r{}: {mebi} of {} MiB", self.name, total >> 20),
            None => write!(io::stderr(), "\r{}: {mebi} MiB", self.name),
        };
        self.shown = true;
    }

    /// Takes the line away, so that another can be written.
    pub(crate) fn clear(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
            self.shown = false;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A new line every 16 MiB: a minute of an E1, some tenths of a second of work.
const STEP: u64 = 16 << 20;
