//! The command line, and what follows from it.
use clap::{Parser, ValueEnum};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use tandem_engine::Config;
use tandem_engine::config::{LimitsSection, Mode};
use tandem_types::Frames;

/// Tandem's standalone switch: answers calls from simulated (or configured) trunks, plays a prompt, takes
/// digits, joins callers in conferences, and records every call.
#[derive(Clone, Debug, Parser)]
#[command(name = "tandem-switch", version)]
pub(crate) struct Arguments {
    /// Configuration file (TOML), read again on SIGHUP. Without it: simulated E1 spans with an exchange that places calls
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Stop after so many seconds and wait for the calls in progress; without it, run until Ctrl-C
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub(crate) seconds: Option<u64>,
    /// Print a machine-readable summary as the last line
    #[arg(long)]
    pub(crate) json: bool,
    /// Simulated E1 spans
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) spans: u16,
    /// How calls are signalled on the simulated spans
    #[arg(long, value_enum, default_value_t = TrunkSignalling::Pri)]
    pub(crate) signalling: TrunkSignalling,
    /// Place so many calls over the trunks of the configuration, and stop when they are over: the next after the time that
    /// --rate says, as soon as a trunk is free, each for --hold seconds
    #[arg(long, value_name = "N", requires_all = ["config", "number"], value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) place: Option<u64>,
    /// The number that they call
    #[arg(long, value_name = "DIGITS", requires = "place")]
    pub(crate) number: Option<String>,
    /// The group of trunks that they are placed on; the first of the configuration unless said
    #[arg(long, value_name = "NAME", requires = "place")]
    pub(crate) group: Option<String>,
    /// Calls that the exchange places per second, on average
    #[arg(long, value_name = "RATE", default_value_t = 2.0, value_parser = positive)]
    pub(crate) rate: f64,
    /// Seconds that a caller stays, on average
    #[arg(long, value_name = "SECONDS", default_value_t = 20.0, value_parser = positive)]
    pub(crate) hold: f64,
    /// Seed of the exchange: equal seeds place equal calls
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Frames of 125 µs in a media tick
    #[arg(long, value_name = "FRAMES", default_value_t = 8)]
    pub(crate) tick: usize,
    /// Run in virtual time, as fast as it goes
    #[arg(long)]
    pub(crate) lockstep: bool,
    /// Let control come late by up to so many milliseconds, by chance, as on a busy machine
    #[arg(long, value_name = "MS", default_value_t = 0, requires = "lockstep")]
    pub(crate) lateness: u64,
    /// Where recordings are kept; the oldest runs are deleted above 1 GiB
    #[arg(long, value_name = "DIRECTORY", default_value = "recordings")]
    pub(crate) recordings: PathBuf,
    /// Use generated signals in place of recorded speech
    #[arg(long)]
    pub(crate) generated: bool,
    /// Plain lines even on a terminal
    #[arg(long)]
    pub(crate) plain: bool,
    /// Do not compare the recordings with what was said (they are compared unless the run is long)
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// Delete each recording once it is complete and part of the hash: for long runs
    #[arg(long)]
    pub(crate) discard: bool,
    /// Show the messages of all D channels as they go by
    #[arg(long)]
    pub(crate) trace: bool,
    /// Keep a capture of each D channel in this directory, for Wireshark and `tandem trace`
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) capture: Option<PathBuf>,
    /// Add a record of each call that is over to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) records: Option<PathBuf>,
    /// Tell figures of calls, spans, groups and recordings over HTTP at this address, for Prometheus
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Take no calls, but give the spans to DAHDI programs that ask at this socket (see docs/dahdi-shim.md)
    #[arg(long, value_name = "PATH", conflicts_with_all = ["lockstep", "trace", "capture", "records", "metrics"])]
    pub(crate) dahdi_socket: Option<PathBuf>,
    /// Take no calls, but give the spans to programs made for osmo-e1d that ask at this socket (see docs/e1d.md)
    #[arg(long, value_name = "PATH", conflicts_with_all = ["dahdi_socket", "lockstep", "trace", "capture", "records", "metrics"])]
    pub(crate) e1d_socket: Option<PathBuf>,
    /// Flip one symbol on the wire at this frame: the run must notice and fail
    #[arg(long, value_name = "FRAME", hide = true)]
    pub(crate) flip_at: Option<u64>,
}

/// Signalling systems of the simulated spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrunkSignalling {
    /// ISDN primary rate, the switch being the user
    Pri,
    /// E&M in timeslot 16, numbers in DTMF
    Em,
}

impl Arguments {
    /// How long calls are offered.
    pub(crate) fn duration(&self) -> Option<Frames> {
        self.seconds.map(Frames::from_seconds)
    }

    /// Why recordings are not compared with what was said after a run in which calls were offered for so long;
    /// `None` if they are.
    pub(crate) fn why_not_compared(&self, offered: Frames) -> Option<String> {
        if self.no_verify || self.discard {
            return Some(if self.no_verify { "--no-verify" } else { "--discard" }.into());
        }
        let long = offered > Frames::from_seconds(LONGEST_VERIFIED);
        long.then(|| format!("the run was longer than {LONGEST_VERIFIED} s"))
    }

    /// Conference rooms of each card's callers.
    pub(crate) const fn max_rooms(&self) -> usize {
        ROOMS
    }

    /// The configuration of the engine: the file's, or that of the simulated spans.
    pub(crate) fn engine_config(&self) -> Result<Config, String> {
        let text = match &self.config {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("{}: {error}; give the path of a TOML file", path.display()))?,
            None => self.simulated(),
        };
        let mut config = Config::parse(&text).map_err(|error| match &self.config {
            Some(path) => format!("{}: {error}", path.display()),
            None => error.to_string(),
        })?;
        if !config.recording.format.has_two_channels() {
            return Err("recording.format: a call is recorded with its sides apart, and this format has one channel; \
                        choose \"linear16\", \"g711\" or \"ima-adpcm\""
                .into());
        }
        if self.lockstep {
            config.engine.mode = Mode::Lockstep;
            config.engine.lateness_ms = self.lateness;
        }
        Ok(config)
    }

    fn simulated(&self) -> String {
        let mut text = format!("[engine]\ntick_frames = {}\n{}", self.tick, self.limits());
        let (far_end, signalling) = match self.signalling {
            TrunkSignalling::Pri => ("options = { cas = false }\n", "signalling = \"pri\"\n"),
            TrunkSignalling::Em => ("", "em = { digits = 4 }\n"),
        };
        for card in 0..self.spans.div_ceil(PORTS) {
            let _ = write!(text, "[[card]]\nmodel = \"sim-falc4\"\nname = \"card {card}\"\n{far_end}");
        }
        for span in 0..self.spans {
            let (card, port) = (span / PORTS, span % PORTS);
            let _ = write!(text, "[[span]]\ncard = {card}\nport = {port}\n{signalling}");
        }
        text
    }

    /// Every channel carries a call that is recorded and hears a prompt, while the last call's recording is
    /// still being completed.
    fn limits(&self) -> String {
        let channels = usize::from(self.spans) * 30;
        let rooms = usize::from(self.spans.div_ceil(PORTS)) * ROOMS;
        let usual = LimitsSection::default();
        let players = usual.players.max(channels + MORE);
        let recordings = usual.recordings.max(channels + MORE);
        let bridges = usual.bridges.max(rooms + MORE);
        format!("[limits]\nplayers = {players}\nrecordings = {recordings}\nbridges = {bridges}\n")
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0.001..=100_000.0).contains(&number) => Ok(number),
        _ => Err("give a number from 0.001 to 100000".into()),
    }
}

const PORTS: u16 = 4;
const ROOMS: usize = 16;
/// What may be left over from calls that have ended: as much as 64 spans leave of the engine's greatest limit.
const MORE: usize = 128;
/// Longer runs say more than is kept on disk.
const LONGEST_VERIFIED: u64 = 600;
