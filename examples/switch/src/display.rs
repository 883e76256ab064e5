//! What is shown while the switch works: a live board on a terminal, plain lines elsewhere.
use crate::arguments::Arguments;
use crate::board::Board;
use crate::ivr::Ivr;
use crate::trunks::Trunks;
use std::io::{IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tandem_engine::{Engine, Event, EventKind};
use tandem_types::Frames;

/// One of the two.
pub(crate) enum Display {
    /// A full screen, refreshed.
    Board(Box<Board>),
    /// Lines on standard error when a program reads standard output, on standard output otherwise.
    Lines(Lines),
}

/// Plain lines.
pub(crate) struct Lines {
    to_stderr: bool,
    next_status: Frames,
}

impl Display {
    pub(crate) fn new(arguments: &Arguments, stop: &Arc<AtomicBool>) -> Result<Self, String> {
        let terminal = std::io::stdout().is_terminal() && !arguments.json && !arguments.plain;
        if terminal {
            let board = Board::new(Arc::clone(stop)).map_err(|error| format!("no live board: {error}"))?;
            return Ok(Self::Board(Box::new(board)));
        }
        Ok(Self::Lines(Lines { to_stderr: arguments.json, next_status: Frames(0) }))
    }

    /// Tells something in a sentence.
    pub(crate) fn note(&mut self, text: &str) {
        match self {
            Self::Board(board) => board.note(text.to_owned()),
            Self::Lines(lines) => lines.print(text),
        }
    }

    /// Whether messages may be told with their elements, on many lines.
    pub(crate) const fn has_room_for_elements(&self) -> bool {
        matches!(self, Self::Lines(_))
    }

    /// Tells of an event.
    pub(crate) fn event(&mut self, event: &Event) {
        if let Some(text) = line_for(event) {
            self.note(&text);
        }
    }

    /// Brings what is shown up to date.
    pub(crate) fn refresh(&mut self, engine: &Engine, ivr: &Ivr<'_>, trunks: &Trunks, now: Frames) {
        match self {
            Self::Board(board) => board.refresh(engine, ivr, trunks, now),
            Self::Lines(lines) => lines.status(engine, trunks, now),
        }
    }

    /// Whether the person at the terminal has asked for the end.
    pub(crate) fn wants_to_stop(&mut self) -> bool {
        match self {
            Self::Board(board) => board.wants_to_stop(),
            Self::Lines(_) => false,
        }
    }

    /// Gives the terminal back.
    pub(crate) fn end(self) {
        if let Self::Board(board) = self {
            board.end();
        }
    }
}

impl Lines {
    fn print(&self, text: &str) {
        if self.to_stderr {
            print_line(&mut std::io::stderr(), text);
        } else {
            print_line(&mut std::io::stdout(), text);
        }
    }

    fn status(&mut self, engine: &Engine, trunks: &Trunks, now: Frames) {
        if now < self.next_status {
            return;
        }
        self.next_status = now + Frames::from_seconds(5);
        let Ok(statistics) = engine.statistics() else { return };
        let (blocked, wrong) = trunks.live();
        let totals = &statistics.totals;
        self.print(&format!(
            "{:8.1} s  {} calls in progress, {} answered, {blocked} blocked, {} recorded, {wrong} wrong octets",
            now.as_seconds(),
            totals.calls_active,
            totals.calls_answered,
            totals.recordings,
        ));
    }
}

/// Prints a line, if anybody still reads: the switch goes on without readers.
pub(crate) fn print_line(out: &mut dyn Write, text: &str) {
    let _ = out.write_all(format!("{text}\n").as_bytes());
}

/// The line that a person reads for an event; `None` for those that say little.
fn line_for(event: &Event) -> Option<String> {
    let at = event.at;
    let text = match &event.kind {
        EventKind::CallOffered { call, called, .. } => format!("call {} for {called}", call.0),
        EventKind::CallCleared { call, cause, .. } => format!("call {} cleared: {cause}", call.0),
        EventKind::CollectDone { call, digits, .. } if !digits.is_empty() => {
            format!("call {} chose room {digits}", call.0)
        }
        EventKind::RecordDone { call, path, recorded_ms, .. } => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            format!("call {} recorded: {name}, {:.1} s", call.0, *recorded_ms as f64 / 1000.0)
        }
        EventKind::RecordSegment { call, path, recorded_ms, .. } => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            format!("call {} goes on behind {name}, {:.1} s", call.0, *recorded_ms as f64 / 1000.0)
        }
        EventKind::SpanDefects { span, defects } => format!("span {}: defects {defects}", span.index()),
        EventKind::SpanFailed { span, defects } => format!("span {} has FAILED: {defects}", span.index()),
        EventKind::SpanRestored { span } => format!("span {} is in use again", span.index()),
        EventKind::ClockChanged { source: Some(span) } => {
            format!("the clock of span {} is followed", span.index())
        }
        EventKind::ClockChanged { source: None } => {
            "no span can be followed: the cards run by their own clock".into()
        }
        EventKind::TimingLoop { span } => {
            format!(
                "TIMING LOOP: the far end of span {}, whose clock was followed, follows ours",
                span.index()
            )
        }
        EventKind::SpanLooped { span, looped: None, .. } => {
            format!("span {} is looped no longer", span.index())
        }
        EventKind::SpanLooped { span, by_far_end, .. } => {
            let who = if *by_far_end { " by its far end" } else { "" };
            format!("span {} is looped{who}", span.index())
        }
        EventKind::SpanChanged { span, news } => format!("span {}: {news}", span.index()),
        EventKind::AlarmChanged { alarm, active: true } => {
            format!("alarm, {}: {}", alarm.severity, alarm.text)
        }
        EventKind::AlarmChanged { alarm, active: false } => format!("over: {}", alarm.text),
        EventKind::DigitEnded { .. }
        | EventKind::BitsReceived { .. }
        | EventKind::FramesReceived { .. }
        | EventKind::FramesSendable { .. }
        | EventKind::PartySpeaks { .. }
        | EventKind::TapCall { .. }
        | EventKind::BridgeModerated { .. }
        | EventKind::TimerDone { .. } => {
            return None;
        }
        EventKind::GroupBusy { name, all_busy: true, .. } => format!("no trunk of group {name} is free"),
        EventKind::GroupBusy { name, all_busy: false, .. } => {
            format!("a trunk of group {name} is free again")
        }
        EventKind::LinkChanged { span, up } => {
            format!("the D channel of span {} is {}", span.index(), if *up { "up" } else { "DOWN" })
        }
        EventKind::LinkSwitched { span, .. } => {
            format!("calls are signalled by the D channel of span {}", span.index())
        }
        EventKind::LinkLooped { span, looped: true } => {
            format!("the D channel of span {} is LOOPED to itself", span.index())
        }
        EventKind::LinkLooped { span, looped: false } => {
            format!("the D channel of span {} is looped no longer", span.index())
        }
        EventKind::ChannelServiceChanged { channel, service } => {
            format!("channel {}: {service:?}", channel.index())
        }
        EventKind::EngineFailed { part } => format!("the engine's {part} thread has FAILED"),
        EventKind::Overflow { dropped } => format!("{dropped} events dropped"),
        EventKind::CallAnswered { .. }
        | EventKind::CallProgress { .. }
        | EventKind::CallDisconnected { .. }
        | EventKind::CallHold { .. }
        | EventKind::CallTransferred { .. }
        | EventKind::CallInformation { .. }
        | EventKind::SpanFacility { .. }
        | EventKind::SoundBegan { .. }
        | EventKind::SoundEnded { .. }
        | EventKind::CallerId { .. }
        | EventKind::CallAnalysed { .. }
        | EventKind::StreamReady { .. }
        | EventKind::StreamDone { .. }
        | EventKind::Digit { .. }
        | EventKind::PlayDone { .. }
        | EventKind::CollectDone { .. } => return None,
    };
    Some(format!("{:>12}  {text}", at.to_string()))
}
