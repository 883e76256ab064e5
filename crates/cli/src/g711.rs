//! `tandem g711`: raw octets and 16-bit little-endian samples, one into the other, as a stream.
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tandem_dsp::g711;
use tandem_types::Law;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::stream::{CHUNK, Input, Output};

/// What `tandem g711` is told.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What to do
    operation: Operation,
    /// The law of the octets; with transcode, of the octets read (those written have the other law)
    #[arg(long)]
    law: LawName,
    /// File to read; - for standard input
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// File to write; - for standard output
    #[arg(value_name = "OUT")]
    output: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Operation {
    /// 16-bit little-endian samples to octets
    Encode,
    /// Octets to 16-bit little-endian samples
    Decode,
    /// Octets of one law to octets of the other, by the tables of G.711
    Transcode,
}

#[derive(Clone, Copy, ValueEnum)]
enum LawName {
    /// A-law
    A,
    /// µ-law
    U,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut input = Input::open(&arguments.input)?;
    let mut output = Output::create(&arguments.output, [&input])?;
    let mut progress = Progress::new(input.name(), input.length());
    let (law, other) = match arguments.law {
        LawName::A => (Law::A, Law::Mu),
        LawName::U => (Law::Mu, Law::A),
    };
    let mut octets = vec![0; CHUNK];
    // Half of a sample that the last read cut in two.
    let mut held = 0;
    loop {
        let count = input.read(&mut octets[held..])?;
        if count == 0 {
            break;
        }
        let filled = held + count;
        let used = match arguments.operation {
            Operation::Encode => filled - filled % 2,
            Operation::Decode | Operation::Transcode => filled,
        };
        output.write(&convert(arguments.operation, law, other, &octets[..used]))?;
        octets.copy_within(used..filled, 0);
        held = filled - used;
        progress.advance(count);
    }
    output.flush()?;
    if held > 0 {
        let name = input.name();
        return Err(Failure::Input(format!("{name}: the last sample has only one octet of two")));
    }
    Ok(())
}

fn convert(operation: Operation, law: Law, other: Law, octets: &[u8]) -> Vec<u8> {
    match operation {
        Operation::Encode => {
            octets.as_chunks::<2>().0.iter().map(|o| g711::encode(law, i16::from_le_bytes(*o))).collect()
        }
        Operation::Decode => octets.iter().flat_map(|o| g711::decode(law, *o).to_le_bytes()).collect(),
        Operation::Transcode => octets.iter().map(|o| g711::transcode(law, other, *o)).collect(),
    }
}
