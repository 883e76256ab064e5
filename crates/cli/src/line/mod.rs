//! `tandem line`: captures of a trunk line, looked into and made.
mod analyze;
mod bits;
mod cas;
mod evidence;
mod findings;
mod generate;
mod receiver;
mod report;
mod sample;
mod slots;
mod trial;

use clap::Subcommand;
use tandem_line::{CrcMode, LineCode, LosDetector, T1Framing};

use bits::NotASymbol;

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
    /// With e1-crc4 CRC-4 is looked for, and missed when it is not there; but a line without it is still
    /// analysed, where [`CrcMode::On`] would lose and find alignment every 8 ms.
    E1(CrcMode),
    T1(T1Framing),
}

impl Framing {
    /// Bits in a frame.
    const fn frame_bits(self) -> u32 {
        match self {
            Self::E1(_) => 256,
            Self::T1(_) => 193,
        }
    }

    /// The detector of loss of signal that belongs to it.
    fn los(self) -> LosDetector {
        match self {
            Self::E1(_) => LosDetector::default(),
            Self::T1(_) => LosDetector::for_t1(),
        }
    }
}

fn framing(name: &str) -> Result<Framing, String> {
    match name {
        "e1" => Ok(Framing::E1(CrcMode::Off)),
        "e1-crc4" => Ok(Framing::E1(CrcMode::Auto)),
        "t1-sf" => Ok(Framing::T1(T1Framing::Sf)),
        "t1-esf" => Ok(Framing::T1(T1Framing::Esf)),
        "j1-esf" => Ok(Framing::T1(T1Framing::J1Esf)),
        "j1-sf" => Ok(Framing::T1(T1Framing::J1Sf)),
        _ => Err("no such framing; what exists: e1, e1-crc4, t1-sf, t1-esf, j1-esf, j1-sf".into()),
    }
}

/// A line code as asked for, or packed bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    None,
    Ami,
    Hdb3,
    B8zs,
}

fn code(name: &str) -> Result<Code, String> {
    match name {
        "none" => Ok(Code::None),
        "ami" => Ok(Code::Ami),
        "hdb3" => Ok(Code::Hdb3),
        "b8zs" => Ok(Code::B8zs),
        _ => Err("no such line code; what exists: none, ami, hdb3, b8zs".into()),
    }
}

impl Code {
    /// The code for a framing; `None` for packed bits.
    fn of(self, framing: Framing) -> Result<Option<LineCode>, Failure> {
        match (framing, self) {
            (_, Self::None) => Ok(None),
            (_, Self::Ami) => Ok(Some(LineCode::Ami)),
            (Framing::E1(_), Self::Hdb3) => Ok(Some(LineCode::Hdb3)),
            (Framing::T1(_), Self::B8zs) => Ok(Some(LineCode::B8zs)),
            (Framing::E1(_), Self::B8zs) => {
                Err(Failure::Input("E1 has no line code b8zs; its codes are ami and hdb3".into()))
            }
            (Framing::T1(_), Self::Hdb3) => {
                Err(Failure::Input("T1 and J1 have no line code hdb3; their codes are ami and b8zs".into()))
            }
        }
    }
}

/// Why symbols cannot be read.
fn symbol_failure(name: &str, NotASymbol { octet, position }: NotASymbol) -> Failure {
    Failure::Input(format!(
        "{name}: octet {position} is {octet}; with a line code an octet is a symbol: 0, 1 or 2"
    ))
}

/// How captures are written down, for the help of both commands.
const FILE_FORMAT: &str = "A capture holds packed bits, the first in the top bit of an octet; with a line \
    code it holds one octet a symbol: 0 for none, 1 for a positive pulse, 2 for a negative one. \
    Line codes of E1 are ami and hdb3, of T1 and J1 ami and b8zs.";

/// Symbols as they are written in a file.
const POSITIVE: u8 = 1;
const NEGATIVE: u8 = 2;
