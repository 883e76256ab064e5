//! `tandem trace`: what a capture of a D channel says, message by message, as a telephony engineer reads it.
use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tandem_isdn::Side;
use tandem_isdn::capture::{CaptureReader, Captured};
use tandem_isdn::q921::{Control, Frame, Repr};
use tandem_isdn::q931::{CallReference, Message};

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
    /// Only calls whose reference has this value
    #[arg(long, value_name = "N")]
    call: Option<u16>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
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

/// A frame and what it means.
struct Line<'a> {
    since_us: u64,
    sender: Side,
    frame: &'a [u8],
    /// Why it is no frame, or what it is.
    repr: Result<Repr<'a>, String>,
    message: Option<Message<'a>>,
}

impl<'a> Line<'a> {
    fn new(seen: &Captured<'a>, since_us: u64) -> Self {
        let sender = seen.sender();
        let repr = Frame::new_checked(seen.frame)
            .map_err(|error| format!("{error:?}"))
            .and_then(|frame| Repr::parse(&frame, sender).map_err(|error| format!("{error:?}")));
        let carries = |repr: &Repr<'a>| {
            repr.sapi == 0 && matches!(repr.control, Control::I { .. } | Control::Ui { .. })
        };
        let message = repr.as_ref().ok().filter(|repr| carries(repr));
        let message = message.and_then(|repr| Message::new_checked(repr.information).ok());
        Self { since_us, sender, frame: seen.frame, repr, message }
    }

    fn is_wanted(&self, arguments: &Arguments) -> bool {
        if let Some(call) = arguments.call {
            return self.message.is_some_and(
                |message| matches!(message.reference(), CallReference::Call { value, .. } if value == call),
            );
        }
        arguments.all || !self.repr.as_ref().is_ok_and(|repr| matches!(repr.control, Control::Rr { .. }))
    }

    fn text(&self, arguments: &Arguments) -> String {
        if arguments.json {
            return self.json();
        }
        let (ms, us) = (self.since_us / 1000, self.since_us % 1000);
        let arrow = if self.sender == Side::User { "user ---> net " } else { "user <--- net " };
        let said: &dyn fmt::Display = match (&self.message, &self.repr) {
            (Some(message), _) => &Shown { message, brief: arguments.brief },
            (None, Ok(repr)) => repr,
            (None, Err(problem)) => &format!("no frame ({problem}): {}", hex(self.frame)),
        };
        format!("{:>8}.{:03}{us:03} s  {arrow} {said}\n", ms / 1000, ms % 1000)
    }

    fn json(&self) -> String {
        let mut object = json!({
            "at_s": self.since_us as f64 / 1e6,
            "from": if self.sender == Side::User { "user" } else { "network" },
            "octets": hex(self.frame),
        });
        match &self.repr {
            Ok(repr) => object["frame"] = repr.to_string().into(),
            Err(problem) => object["problem"] = problem.as_str().into(),
        }
        if let Some(message) = &self.message {
            object["message"] = format!("{message}").into();
        }
        format!("{object}\n")
    }
}

/// A message, with its elements below it or without.
struct Shown<'m, 'a> {
    message: &'m Message<'a>,
    brief: bool,
}

impl fmt::Display for Shown<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:#}", self.message);
        let mut lines = text.lines();
        f.write_str(lines.next().unwrap_or_default())?;
        for element in lines.filter(|_| !self.brief) {
            write!(f, "\n{:INDENT$}{}", "", element.trim_start())?;
        }
        Ok(())
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Under the message, past time and arrow.
const INDENT: usize = 38;
const LARGEST: usize = 1 << 30;
