//! The switch without an engine: its spans are given to DAHDI programs (`--dahdi-socket`).
use crate::arguments::Arguments;
use crate::display::print_line;
use crate::served::{open_cards, run};
use crate::trunks::Trunks;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tandem_dahdi_server::{Board, Server};
use tandem_engine::Config;
use tandem_engine::config::FramingName;
use tandem_rt::sys::monotonic_ns;

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
