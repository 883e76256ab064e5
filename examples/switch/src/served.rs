//! The switch without an engine: a server moves its spans and gives them to programs of others.
use std::sync::atomic::{AtomicBool, Ordering};
use tandem_card::{CardFactory, OpenedCard};
use tandem_engine::Config;
use tandem_rt::sys::monotonic_ns;
use tandem_types::Frames;

/// What answers programs and moves spans.
pub(crate) trait Server {
    /// Answers what is asked within so long.
    fn attend(&mut self, timeout_ns: u64);
    /// A millisecond passes.
    fn tick(&mut self);
}

impl Server for tandem_dahdi_server::Server {
    fn attend(&mut self, timeout_ns: u64) {
        Self::attend(self, timeout_ns);
    }

    fn tick(&mut self) {
        Self::tick(self);
    }
}

impl Server for tandem_e1d::Server {
    fn attend(&mut self, timeout_ns: u64) {
        Self::attend(self, timeout_ns);
    }

    fn tick(&mut self) {
        Self::tick(self);
    }
}

/// Answers and moves. How many milliseconds were left out because the machine stood still.
pub(crate) fn run(server: &mut impl Server, duration: Option<Frames>, stop: &AtomicBool) -> u64 {
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

/// The cards of the configuration.
pub(crate) fn open_cards(
    config: &Config,
    factories: &mut [Box<dyn CardFactory>],
) -> Result<Vec<OpenedCard>, String> {
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
