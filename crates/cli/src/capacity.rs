//! `tandem capacity`: how many channels one core carries, for each mix of features, in CPU time.
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::io::{self, Write as _};
use tandem_benches::capacity::{HEADING, Options, measure};
use tandem_benches::tick::Mix;
use tandem_types::TickLength;

use crate::failure::Failure;

/// What to load the switch with.
#[derive(Args)]
pub(crate) struct Arguments {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Only this mix of features
    #[arg(long, value_parser = PossibleValuesParser::new(Mix::ALL.map(Mix::name)))]
    mix: Option<String>,
    /// Spans of 30 channels
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=128))]
    spans: u16,
    /// Frames of 125 µs in a tick
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=160))]
    tick_frames: u16,
    /// Passes, of which the median counts
    #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u16).range(1..=1000))]
    passes: u16,
    /// Milliseconds of line time in a pass
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pass_ms: u16,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let tick = TickLength::new(usize::from(arguments.tick_frames));
    let options = Options {
        spans: usize::from(arguments.spans),
        tick: tick.ok_or_else(|| Failure::Input("a tick has 1 to 160 frames".into()))?,
        passes: usize::from(arguments.passes),
        pass_ms: u64::from(arguments.pass_ms),
    };
    let mut out = io::stdout().lock();
    let mut say =
        |line: &str| writeln!(out, "{line}").map_err(|error| Failure::writing("standard output", &error));
    if !arguments.json {
        say(&format!(
            "{} channels, ticks of {} frames: {} frames through the switch; ns of CPU a channel and ms",
            30 * options.spans,
            options.tick.frames(),
            2 * options.tick.frames(),
        ))?;
        say(HEADING)?;
    }
    let wanted = |mix: &Mix| arguments.mix.as_deref().is_none_or(|name| name == mix.name());
    for mix in Mix::ALL.into_iter().filter(wanted) {
        let figure = measure(mix, &options).map_err(|error| Failure::Output(format!("{mix}: {error}")))?;
        say(&if arguments.json { figure.json() } else { figure.to_string() })?;
    }
    Ok(())
}
