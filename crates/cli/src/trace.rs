//! `tandem trace`: what a capture of a D channel says, message by message, as a telephony engineer reads it.
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde_json::json;
use tandem_isdn::Side;
use tandem_isdn::capture::{CaptureReader, Captured};
use tandem_isdn::ladder::{Hex, Rung};
use tandem_rt::sys::local_time;

use crate::failure::Failure;
use crate::stream::{CHUNK, Input, Output};

/// What `tandem trace` is told.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Capture to read (pcap, LAPD); - for standard input
    #[arg(value_name = "FILE.pcap")]
    input: PathBuf,
    /// Show acknowledgements and polls as well
    #[arg(long)]
    all: bool,
    /// A line a message, without its elements
    #[arg(long)]
    brief: bool,
    /// Times of the day instead of seconds since the first frame
    #[arg(long)]
    clock: bool,
    /// Only calls with this reference: N, or of those that one side began, user:N or net:N
    #[arg(long, value_name = "N")]
    call: Option<Wanted>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// A call by its reference, and the side that began it if it is said.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    began: Option<Side>,
    value: u16,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (began, value) = match text.split_once(':') {
            None => (None, text),
            Some(("user", value)) => (Some(Side::User), value),
            Some(("net", value)) => (Some(Side::Network), value),
            Some(_) => return Err("a side is 'user' or 'net'".into()),
        };
        let value = value.parse().map_err(|_| format!("'{value}' is no call reference, 0 to 65535"))?;
        Ok(Self { began, value })
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut input = Input::open(&arguments.input)?;
    let octets = read_whole(&mut input)?;
    let name = input.name().to_owned();
    let wrong = |error| Failure::Input(format!("{name}: {error}"));
    let mut output = Output::standard();
    let mut begun = None;
    for seen in CaptureReader::new(&octets).map_err(wrong)? {
        let seen = seen.map_err(wrong)?;
        let begun = *begun.get_or_insert(seen.at_us);
        let line = Line::new(&seen, seen.at_us.saturating_sub(begun));
        if line.is_wanted(arguments) {
            output.write(line.text(arguments).as_bytes())?;
        }
    }
    output.flush()
}

fn read_whole(input: &mut Input) -> Result<Vec<u8>, Failure> {
    let (mut octets, mut chunk) = (Vec::new(), vec![0; CHUNK]);
    loop {
        match input.read(&mut chunk)? {
            0 => return Ok(octets),
            _ if octets.len() > LARGEST => {
                return Err(Failure::Input(format!("{}: larger than a gigabyte", input.name())));
            }
            count => octets.extend(&chunk[..count]),
        }
    }
}

/// A frame, and when it was seen after the first.
struct Line<'a> {
    at_us: u64,
    since_us: u64,
    octets: &'a [u8],
    rung: Rung<'a>,
}

impl<'a> Line<'a> {
    fn new(seen: &Captured<'a>, since_us: u64) -> Self {
        Self { at_us: seen.at_us, since_us, octets: seen.frame, rung: Rung::new(seen) }
    }

    fn is_wanted(&self, arguments: &Arguments) -> bool {
        match arguments.call {
            Some(Wanted { began, value }) => self.rung.call().is_some_and(|(side, reference)| {
                reference == value && began.is_none_or(|began| began == side)
            }),
            None => arguments.all || !self.rung.is_acknowledgement(),
        }
    }

    fn text(&self, arguments: &Arguments) -> String {
        if arguments.json {
            return self.json();
        }
        let time = match arguments.clock {
            true => local_time(self.at_us).to_string(),
            false => format!("{:>8}.{:06} s", self.since_us / 1_000_000, self.since_us % 1_000_000),
        };
        // Below the message, past time and arrow.
        let indent = time.len() + 2 + 15;
        format!("{time}  {}\n", self.rung.shown((!arguments.brief).then_some(indent)))
    }

    fn json(&self) -> String {
        let mut object = json!({
            "at_s": self.since_us as f64 / 1e6,
            "at": local_time(self.at_us).to_string(),
            "from": if self.rung.sender == Side::User { "user" } else { "network" },
            "octets": Hex(self.octets).to_string(),
        });
        match &self.rung.repr {
            Ok(repr) => object["frame"] = repr.to_string().into(),
            Err(problem) => object["problem"] = problem.as_str().into(),
        }
        if let Some(message) = &self.rung.message {
            object["message"] = format!("{message}").into();
        }
        format!("{object}\n")
    }
}

const LARGEST: usize = 1 << 30;
