//! The switch without an engine: its spans are given to DAHDI programs (`--dahdi-socket`).
use crate::arguments::Arguments;
use crate::display::print_line;
use crate::trunks::Trunks;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tandem_card::{CardFactory, OpenedCard};
use tandem_dahdi_server::{Board, Server};
use tandem_engine::Config;
use tandem_engine::config::FramingName;
use tandem_rt::sys::monotonic_ns;
use tandem_types::Frames;

/// Gives the spans of the configuration to whoever asks at this place, until it is told to stop.
pub(crate) fn serve(
    path: &Path,
    arguments: &Arguments,
    config: &Config,
    trunks: &mut Trunks,
    stop: &AtomicBool,
) -> Result<bool, String> {
    let cards = open_cards(config, &mut trunks.factories())?;
    let span = |span: &tandem_engine::config::SpanSection| {
        let t1 = span.framing != FramingName::E1;
        (span.card, span.port, t1)
    };
    let spans: Vec<_> = config.spans.iter().map(span).collect();
    let board = Board::new(cards, &spans).map_err(|error| error.to_string())?;
    let number = u64::from(std::process::id()) << 32 ^ monotonic_ns();
    let mut server =
        Server::new(board, path, number).map_err(|error| format!("{}: {error}", path.display()))?;
    print_line(
        &mut std::io::stderr(),
        &format!("{} spans for DAHDI programs at {}", spans.len(), path.display()),
    );
    let missed = run(&mut server, arguments.duration(), stop);
    let counters = server.counters();
    let (requests, malformed) = (counters.requests, counters.malformed);
    let summary = if arguments.json {
        format!("{{\"requests\":{requests},\"malformed\":{malformed},\"missed_ms\":{missed}}}")
    } else {
        format!("{requests} requests answered, {malformed} messages that were none, {missed} ms missed")
    };
    print_line(&mut std::io::stdout(), &summary);
    Ok(true)
}

/// Answers and moves. How many milliseconds were left out because the machine stood still.
fn run(server: &mut Server, duration: Option<Frames>, stop: &AtomicBool) -> u64 {
    let start = monotonic_ns();
    let end = duration.map(|length| start + length.0 * NS_PER_FRAME);
    let (mut next, mut missed) = (start, 0);
    loop {
        let now = monotonic_ns();
        if stop.load(Ordering::Relaxed) || end.is_some_and(|end| now >= end) {
            return missed;
        }
        if now < next {
            server.attend(next - now);
            continue;
        }
        server.attend(0);
        server.tick();
        next += NS_PER_MS;
        if now > next + MOST_BEHIND_NS {
            missed += (now - next) / NS_PER_MS;
            next = now;
        }
    }
}

fn open_cards(config: &Config, factories: &mut [Box<dyn CardFactory>]) -> Result<Vec<OpenedCard>, String> {
    let open = |(index, section): (usize, &tandem_engine::config::CardSection)| {
        let request = section.request(index);
        let model = section.model.as_str();
        let factory = factories.iter_mut().find(|factory| factory.models().contains(&model));
        let factory = factory.ok_or_else(|| format!("{}: there is no card model '{model}'", request.name))?;
        factory.open(&request).map_err(|error| format!("{}: {error}", request.name))
    };
    config.cards.iter().enumerate().map(open).collect()
}

const NS_PER_FRAME: u64 = 125_000;
const NS_PER_MS: u64 = 1_000_000;
/// What is made up for after the machine stood still.
const MOST_BEHIND_NS: u64 = 200 * NS_PER_MS;
