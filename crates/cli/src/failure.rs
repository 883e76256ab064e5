//! Why a command did not get to its end, and how a person is told: one line and an exit status.
use std::io::{self, Write};
use std::process::ExitCode;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Arguments, files, or what is in them.
    Input(String),
    /// What was to be written could not be.
    Output(String),
    /// Bad input that has been told already, where the rest was worked on nevertheless.
    Told,
    /// Whoever read our output has seen enough.
    ReaderGone,
}

impl Failure {
    /// A file that cannot be opened or read.
    pub(crate) fn reading(name: &str, error: &io::Error) -> Self {
        Self::Input(format!("{name}: cannot be read: {error}"))
    }

    /// An open output that takes no more.
    pub(crate) fn writing(name: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Output(format!("{name}: cannot be written: {error}")),
        }
    }

    /// Tells it on standard error and gives the exit status.
    pub(crate) fn report(self) -> ExitCode {
        let (message, status) = match self {
            Self::Input(message) => (message, 2),
            Self::Output(message) => (message, 1),
            Self::Told => return ExitCode::from(2),
            Self::ReaderGone => return ExitCode::SUCCESS,
        };
        // Without a standard error the status still tells.
        let _ = writeln!(io::stderr(), "tandem: {}", one_line(&message));
        ExitCode::from(status)
    }
}

/// Names of files and arguments may hold anything; a line stays a line.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
