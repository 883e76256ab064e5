//! `tandem`: the tool for the person with a capture and a question.
//!
//! A module a command; each reads its arguments, files and standard input and writes lines or a file. It
//! runs on one thread, reads no clock, and keeps memory constant except in `detect`. Exit status: 0 when
//! done (a reader of our output that goes away is no error), 1 when the output cannot be written, 2 for bad
//! input, told in one line on standard error.
#![forbid(unsafe_code)]

mod capacity;
mod detect;
mod failure;
mod g711;
mod generate;
mod line;
mod progress;
mod stream;
mod tones;
mod trace;
mod wav;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use failure::Failure;

/// Tools for telephone lines and what is heard on them
#[derive(Parser)]
#[command(name = "tandem", version, max_term_width = 100)]
#[command(after_help = "Exit status: 0 done, 1 the output cannot be written, 2 bad input.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tell what is heard in WAV files, and when
    Detect(detect::Arguments),
    /// Write a test signal to a WAV file
    #[command(subcommand)]
    Generate(generate::Signal),
    /// Compand, expand or convert G.711 octets
    G711(g711::Arguments),
    /// Look into a capture of a trunk line, or make one
    #[command(subcommand)]
    Line(line::Command),
    /// Tell what a capture of a D channel says
    Trace(trace::Arguments),
    /// Measure how many channels one core carries
    Capacity(capacity::Arguments),
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Detect(arguments) => detect::run(&arguments),
            Self::Generate(signal) => generate::run(signal),
            Self::G711(arguments) => g711::run(&arguments),
            Self::Line(command) => line::run(command),
            Self::Trace(arguments) => trace::run(&arguments),
            Self::Capacity(arguments) => capacity::run(&arguments),
        }
    }
}

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => cli.command.run().map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS),
        Err(error) => not_parsed(&error),
    }
}

/// Help asked for, help for who asked nothing, or one line about what cannot be understood.
fn not_parsed(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => Failure::writing("standard output", &error).report(),
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print(); // nobody left to tell
            ExitCode::from(2)
        }
        _ => Failure::Input(first_paragraph(&error.render().to_string())).report(),
    }
}

/// The parser's complaint without its usage and hints.
fn first_paragraph(message: &str) -> String {
    let lines = message.lines().map(str::trim).take_while(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join(" ");
    format!("{}; try --help", text.strip_prefix("error: ").unwrap_or(&text))
}
