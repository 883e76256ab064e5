//! Tandem's standalone switch. Without a configuration file it runs on simulated cards, with an exchange at
//! the far end that places calls; with one, on whatever cards the file names.
#![forbid(unsafe_code)]

mod arguments;
mod board;
mod dahdi;
mod display;
mod e1d;
mod ivr;
mod keeper;
mod metrics;
mod placer;
mod records;
mod served;
mod speech;
mod summary;
mod tracer;
mod trunks;
mod verify;

use arguments::Arguments;
use clap::Parser;
use display::Display;
use ivr::Ivr;
use keeper::Keeper;
use metrics::Metrics;
use placer::Placer;
use records::Records;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use summary::Summary;
use tandem_engine::{Engine, Provisioned, config::Mode};
use tandem_rt::sys::{GuardedAlloc, Hangups, monotonic_ns, peak_resident_bytes};
use tandem_types::Frames;
use tracer::Tracer;
use trunks::Trunks;
use verify::Circuits;

/// Counts allocations on the media thread; there must be none.
#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            display::print_line(&mut std::io::stderr(), &format!("tandem-switch: {problem}"));
            ExitCode::from(2)
        }
    }
}

/// Runs the switch. `false` when something that must hold did not.
fn run(arguments: &Arguments) -> Result<bool, String> {
    // Before there are threads. Without a file there is nothing to read again, and a hangup ends the run.
    let hangups = arguments.config.as_ref().map(|_| Hangups::take()).transpose();
    let hangups = hangups.map_err(|error| format!("no way to hear SIGHUP: {error}"))?;
    let stop = Arc::new(AtomicBool::new(false));
    let on_signal = Arc::clone(&stop);
    ctrlc::set_handler(move || on_signal.store(true, Ordering::Relaxed))
        .map_err(|error| format!("no handler for Ctrl-C: {error}"))?;

    let sounds = speech::load(arguments)?;
    let mut config = arguments.engine_config()?;
    let mut trunks = Trunks::new(arguments, &config, &sounds);
    if let Some(path) = &arguments.dahdi_socket {
        return dahdi::serve(path, arguments, &config, &mut trunks, &stop);
    }
    if let Some(path) = &arguments.e1d_socket {
        return e1d::serve(path, arguments, &config, &mut trunks, &stop);
    }
    let mut placer = Placer::new(arguments, &config)?;
    let mut keeper = Keeper::default();
    if config.recording.directory.as_os_str().is_empty() {
        keeper = Keeper::new_run(&arguments.recordings)?;
        config.recording.directory = keeper.directory().unwrap_or(Path::new("")).to_owned();
    }
    let recordings = format!("recordings: {}", config.recording.directory.display());
    let engine = Engine::open(config, &mut trunks.factories()).map_err(|error| error.to_string())?;
    keeper.prune()?;
    let mut tracer = Tracer::new(arguments, &engine)?;
    let mut display = Display::new(arguments, &stop)?;
    display.note(&format!("sounds: {}", sounds.origin));
    display.note(&recordings);
    let mut metrics = arguments.metrics.map(Metrics::new).transpose()?;
    if let Some(metrics) = &metrics {
        display.note(&format!("metrics: http://{}/metrics", metrics.address()?));
    }

    let records = arguments.records.as_deref().map(|path| Records::new(path, &engine)).transpose()?;
    let mut ivr = Ivr::new(&engine, &sounds, arguments.max_rooms(), arguments.discard, keeper, records);
    let offered = serve(
        &engine,
        (&mut ivr, &mut placer),
        &trunks,
        (&mut display, &mut tracer, &mut metrics),
        arguments,
        &stop,
        hangups.as_ref(),
    );
    tracer.read(&engine, &mut display);
    let live = engine.statistics().map_err(|error| error.to_string())?;
    let spans = engine.spans().map_err(|error| error.to_string())?;
    let frames_lost = spans.iter().map(|span| span.frames_lost).sum();
    let reports = trunks.reports(&engine);
    let circuits = Circuits::of(&engine).map_err(|error| error.to_string())?;
    engine.close().map_err(|error| error.to_string())?;
    while let Some(event) = engine.event_wait(Some(Frames(0))) {
        ivr.handle(event);
    }
    ivr.keep_records();
    display.end();

    let conservation = engine.check_conservation();
    // Taken before the recordings are read back, which is not what a switch does.
    let peak_resident = peak_resident_bytes().map_err(|error| format!("memory in use: {error}"))?;
    if let Err(problem) = ivr.keeper.prune() {
        ivr.problems.push(problem);
    }
    let not_compared = trunks.why_not_compared().or_else(|| arguments.why_not_compared(offered));
    let verified = verify::verify(&ivr, &trunks, &circuits, &reports, not_compared);
    let summary =
        Summary::new((&live, frames_lost), &ivr, &trunks, &reports, &verified, conservation, peak_resident);
    summary.print(arguments.json)?;
    Ok(summary.is_good())
}

/// Lets the switch work until its time is over or it is told to stop, then until all calls have ended. Says for
/// how long calls were offered.
fn serve(
    engine: &Engine,
    (ivr, placer): (&mut Ivr<'_>, &mut Option<Placer>),
    trunks: &Trunks,
    (display, tracer, metrics): (&mut Display, &mut Tracer, &mut Option<Metrics>),
    arguments: &Arguments,
    stop: &AtomicBool,
    hangups: Option<&Hangups>,
) -> Frames {
    let mut clock = Clock::new(engine);
    let mut drain = Drain::NotYet;
    let mut offered = Frames(0);
    loop {
        if let Some(event) = engine.event_wait(Some(POLL)) {
            display.event(&event);
            if let Some(placer) = placer {
                placer.note(&event, clock.now(engine));
            }
            ivr.handle(event);
        }
        if hangups.is_some_and(Hangups::came) {
            display.note(&reload(engine, arguments));
        }
        let now = clock.now(engine);
        if let Some(placer) = placer {
            placer.look(engine, ivr, now);
        }
        let placed = placer.as_ref().is_some_and(|placer| placer.is_done(now));
        let over = placed || arguments.duration().is_some_and(|length| now >= length);
        let stopped = stop.load(Ordering::Relaxed) || display.wants_to_stop();
        drain = match drain {
            Drain::NotYet if over || stopped => {
                offered = now;
                trunks.stop_offering();
                if let Some(unplaced) = placer.as_mut().map(|placer| placer.stop(engine))
                    && unplaced > 0
                    && !stopped
                {
                    ivr.problems.push(format!("{unplaced} calls were not placed for want of a free trunk"));
                }
                display.note("no more calls are placed; waiting for those in progress");
                // Whoever stops the switch does not wait for conversations to end.
                Drain::Finishing { until: now + if stopped { Frames(0) } else { FINISH } }
            }
            Drain::Finishing { until } if now >= until => {
                if trunks.why_not_compared().is_some() {
                    ivr.clear_all();
                }
                trunks.hang_up_all();
                Drain::HangingUp { until: now + HANG_UP_LIMIT }
            }
            Drain::HangingUp { until } if now >= until => {
                display.note("calls are still up after their callers hung up");
                return offered;
            }
            Drain::Finishing { .. } | Drain::HangingUp { .. } if ivr.is_idle() && trunks.is_idle() => {
                return offered;
            }
            unchanged => unchanged,
        };
        tracer.look(engine, display, now);
        if let Some(metrics) = metrics {
            metrics.look(engine);
        }
        display.refresh(engine, ivr, trunks, now);
    }
}

/// Has the configuration file, as it is now, take effect, and says what came of it. Where recordings go stays as it is.
fn reload(engine: &Engine, arguments: &Arguments) -> String {
    let told = arguments.engine_config().and_then(|mut config| {
        if config.recording.directory.as_os_str().is_empty() {
            config.recording.directory.clone_from(&engine.config().recording.directory);
        }
        engine.reload(config, None).map_err(|error| error.to_string())
    });
    match told {
        Err(problem) => format!("the configuration stays as it is: {problem}"),
        Ok(Provisioned { spans_added, spans_changed, spans_removed, calls }) => format!(
            "another configuration: {spans_added} spans come, {spans_changed} change, {spans_removed} go, when their {calls} \
             calls are over"
        ),
    }
}

/// How far the end of a run has come.
#[derive(Clone, Copy)]
enum Drain {
    NotYet,
    Finishing { until: Frames },
    HangingUp { until: Frames },
}

/// Time of the run in frames: by the engine in virtual time, by the wall clock in real time.
struct Clock {
    start_ns: Option<u64>,
}

impl Clock {
    fn new(engine: &Engine) -> Self {
        let real = engine.config().engine.mode == Mode::Threads;
        Self { start_ns: real.then(monotonic_ns) }
    }

    fn now(&mut self, engine: &Engine) -> Frames {
        match self.start_ns {
            Some(start) => Frames((monotonic_ns() - start) / 125_000),
            None => Frames(engine.now().0),
        }
    }
}

const POLL: Frames = Frames::from_ms(50);
const FINISH: Frames = Frames::from_seconds(15);
const HANG_UP_LIMIT: Frames = Frames::from_seconds(15);
