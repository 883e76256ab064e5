//! `tandem line`: captures of a trunk line, looked into and made.
mod analyze;
mod bits;
mod cas;
mod generate;
mod report;
mod slots;

use clap::Subcommand;
use tandem_line::{CrcMode, LineCode};

use crate::failure::Failure;

/// What `tandem line` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Tell alignment, alarms, counters and signalling bits of a capture
    Analyze(analyze::Arguments),
    /// Write a capture, from a seed or from files for timeslots
    Generate(generate::Arguments),
}

/// Runs the command.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Analyze(arguments) => analyze::run(&arguments),
        Command::Generate(arguments) => generate::run(arguments),
    }
}

/// Framings that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    E1,
    E1Crc4,
}

impl Framing {
    /// With e1-crc4 CRC-4 is looked for, and missed when it is not there; but a line without it is still
    /// analysed, where [`CrcMode::On`] would lose and find alignment every 8 ms.
    const fn crc_mode(self) -> CrcMode {
        match self {
            Self::E1 => CrcMode::Off,
            Self::E1Crc4 => CrcMode::Auto,
        }
    }
}

fn framing(name: &str) -> Result<Framing, String> {
    match name {
        "e1" => Ok(Framing::E1),
        "e1-crc4" => Ok(Framing::E1Crc4),
        "t1-sf" | "t1-esf" | "j1-esf" => Err("not built yet; what exists: e1, e1-crc4".into()),
        _ => Err("no such framing; what exists: e1, e1-crc4".into()),
    }
}

/// A line code, or packed bits.
#[derive(Clone, Copy, Debug)]
struct Code(Option<LineCode>);

fn code(name: &str) -> Result<Code, String> {
    match name {
        "none" => Ok(Code(None)),
        "ami" => Ok(Code(Some(LineCode::Ami))),
        "hdb3" => Ok(Code(Some(LineCode::Hdb3))),
        "b8zs" => Err("not built yet; what exists: none, ami, hdb3".into()),
        _ => Err("no such line code; what exists: none, ami, hdb3".into()),
    }
}

/// How captures are written down, for the help of both commands.
const FILE_FORMAT: &str = "A capture holds packed bits, the first in the top bit of an octet; with a line \
    code it holds one octet a symbol: 0 for none, 1 for a positive pulse, 2 for a negative one. \
    Of the framings e1 and e1-crc4 are built yet, of the line codes ami and hdb3.";

/// Symbols as they are written in a file.
const POSITIVE: u8 = 1;
const NEGATIVE: u8 = 2;
