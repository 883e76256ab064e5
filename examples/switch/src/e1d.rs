//! The switch without an engine: its spans are given to programs made for osmo-e1d (`--e1d-socket`).
use crate::arguments::Arguments;
use crate::display::print_line;
use crate::served::{open_cards, run};
use crate::trunks::Trunks;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tandem_e1d::{Board, Server};
use tandem_engine::Config;

/// Gives the spans of the configuration to whoever asks at this place, until it is told to stop.
pub(crate) fn serve(
    path: &Path,
    arguments: &Arguments,
    config: &Config,
    trunks: &mut Trunks,
    stop: &AtomicBool,
) -> Result<bool, String> {
    let cards = open_cards(config, &mut trunks.factories())?;
    let spans: Vec<_> = config.spans.iter().map(|span| (span.card, span.port, span.span_config())).collect();
    let board = Board::new(cards, &spans).map_err(|error| error.to_string())?;
    let mut server = Server::new(board, path).map_err(|error| format!("{}: {error}", path.display()))?;
    print_line(
        &mut std::io::stderr(),
        &format!("{} lines for programs of osmo-e1d at {}", spans.len(), path.display()),
    );
    let missed = run(&mut server, arguments.duration(), stop);
    let counters = server.counters();
    let (requests, failures, malformed) = (counters.requests, counters.failures, counters.malformed);
    let summary = if arguments.json {
        format!(
            "{{\"requests\":{requests},\"failures\":{failures},\"malformed\":{malformed},\"missed_ms\":{missed}}}"
        )
    } else {
        format!(
            "{requests} requests answered, {failures} of them refused, {malformed} messages that were none, {missed} ms missed"
        )
    };
    print_line(&mut std::io::stdout(), &summary);
    Ok(true)
}
