//! Figures of the switch over HTTP in the text format of Prometheus, for wallboards and alarms. Answered between the events
//! of the switch, without waiting for anybody: who is slow to ask is asked again later, and who never does is dropped.
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use tandem_engine::{Engine, EngineError, Severity};

/// A place where figures are asked for.
pub(crate) struct Metrics {
    listener: TcpListener,
    /// Who has connected and not asked yet, and how often it was looked at.
    asking: Vec<(TcpStream, Vec<u8>, u32)>,
}

impl Metrics {
    pub(crate) fn new(address: SocketAddr) -> Result<Self, String> {
        let cannot = |error| format!("--metrics {address}: {error}");
        let listener = TcpListener::bind(address).map_err(cannot)?;
        listener.set_nonblocking(true).map_err(cannot)?;
        Ok(Self { listener, asking: Vec::new() })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Result<SocketAddr, String> {
        self.listener.local_addr().map_err(|error| error.to_string())
    }

    /// Answers whoever has asked.
    pub(crate) fn look(&mut self, engine: &Engine) {
        while let Ok((stream, _)) = self.listener.accept() {
            if self.asking.len() < MOST_ASKING && stream.set_nonblocking(true).is_ok() {
                self.asking.push((stream, Vec::new(), 0));
            }
        }
        self.asking.retain_mut(|(stream, request, looks)| {
            *looks += 1;
            match read(stream, request) {
                Asked::NotYet => *looks < MOST_LOOKS,
                Asked::Gone => false,
                Asked::Yes => {
                    // What does not fit the socket's buffer is not waited for.
                    let _ = stream.write_all(&answer(request, engine));
                    false
                }
            }
        });
    }
}

enum Asked {
    NotYet,
    Yes,
    Gone,
}

fn read(stream: &mut TcpStream, request: &mut Vec<u8>) -> Asked {
    let mut part = [0; 512];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return Asked::Gone,
            Ok(length) => request.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Asked::NotYet,
            Err(_) => return Asked::Gone,
        }
        if request.windows(4).any(|end| end == b"\r\n\r\n") {
            return Asked::Yes;
        }
        if request.len() > LONGEST_REQUEST {
            return Asked::Gone;
        }
    }
}

fn answer(request: &[u8], engine: &Engine) -> Vec<u8> {
    let (status, kind, body) = if request.starts_with(b"GET /metrics ") || request.starts_with(b"GET / ") {
        match figures(engine) {
            Ok(text) => ("200 OK", "text/plain; version=0.0.4", text),
            Err(error) => ("503 Service Unavailable", "text/plain", format!("{error}\n")),
        }
    } else {
        ("404 Not Found", "text/plain", "there is /metrics\n".to_owned())
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.into_bytes(), body.into_bytes()].concat()
}

/// All figures.
fn figures(engine: &Engine) -> Result<String, EngineError> {
    let statistics = engine.statistics()?;
    let totals = &statistics.totals;
    let mut text = String::new();
    let mut one = |name: &str, kind: &str, help: &str, value: u64| {
        head(&mut text, name, kind, help);
        let _ = writeln!(text, "tandem_{name} {value}");
    };
    one("calls", "gauge", "Calls there are now.", totals.calls_active);
    one("calls_offered_total", "counter", "Incoming calls offered.", totals.calls_offered);
    one(
        "calls_refused_total",
        "counter",
        "Incoming calls refused because the host was behind.",
        totals.calls_refused,
    );
    one("calls_placed_total", "counter", "Outgoing calls.", totals.calls_placed);
    one("calls_answered_total", "counter", "Calls answered, of both directions.", totals.calls_answered);
    one("calls_cleared_total", "counter", "Calls that are over.", totals.calls_cleared);
    one(
        "circuits_freed_total",
        "counter",
        "Circuits that belonged to no call any more.",
        totals.circuits_freed,
    );
    one("recordings_total", "counter", "Recordings begun.", totals.recordings);
    one(
        "recording_gap_frames_total",
        "counter",
        "Frames of 125 us that recordings lack.",
        totals.recording_gap_frames,
    );
    one(
        "recording_lost_frames_total",
        "counter",
        "Frames that could not be written.",
        totals.recording_lost_frames,
    );
    one(
        "events_dropped_total",
        "counter",
        "Events for information that were dropped.",
        totals.events_dropped,
    );
    one("late_ticks_total", "counter", "Steps of the media thread that came late.", statistics.late_ticks);
    one("card_frames_missed_total", "counter", "Frames that cards lost.", statistics.card_frames_missed);
    one("slips_total", "counter", "Controlled slips.", statistics.slips);
    one(
        "octets_concealed_total",
        "counter",
        "Octets concealed in the place of lost ones.",
        totals.media.octets_concealed,
    );
    let alarms = engine.alarms_after(0, usize::MAX)?;
    let so_bad = |severity| alarms.iter().filter(|alarm| alarm.severity == severity).count() as u64;
    let by_severity = Severity::ALL.map(|severity| (format!("severity=\"{severity}\""), so_bad(severity)));
    many(&mut text, "alarms", "gauge", "Alarms that go on.", by_severity.into());
    let spans = engine.spans()?;
    let per_span = |value: fn(&tandem_engine::SpanState) -> u64| {
        spans.iter().enumerate().map(|(number, span)| (format!("span=\"{number}\""), value(span))).collect()
    };
    many(
        &mut text,
        "span_failed",
        "gauge",
        "Whether the span has failed.",
        per_span(|span| span.failed.into()),
    );
    many(
        &mut text,
        "span_defects",
        "gauge",
        "Defects now, a bit each.",
        per_span(|span| span.defects.bits().into()),
    );
    many(&mut text, "span_calls", "gauge", "Calls on the span.", per_span(|span| span.calls as u64));
    many(&mut text, "span_channels", "gauge", "Channels of the span.", per_span(|span| span.channels as u64));
    many(
        &mut text,
        "span_frames_lost_total",
        "counter",
        "Frames that were lost on their way here.",
        per_span(|span| span.frames_lost),
    );
    let config = engine.config();
    let names: Vec<&String> = config.groups.iter().map(|group| &group.name).collect();
    let groups = names.iter().map(|name| engine.group_state(name)).collect::<Result<Vec<_>, _>>()?;
    let per_group = |value: fn(&tandem_engine::GroupState) -> u64| {
        let labels = names.iter().map(|name| format!("group=\"{}\"", escaped(name)));
        labels.zip(groups.iter().map(value)).collect()
    };
    many(
        &mut text,
        "group_calls",
        "gauge",
        "Calls on the trunks of the group.",
        per_group(|group| group.calls as u64),
    );
    many(
        &mut text,
        "group_free",
        "gauge",
        "Trunks on which a call could begin.",
        per_group(|group| group.free as u64),
    );
    many(
        &mut text,
        "group_placed_total",
        "counter",
        "Calls placed in the group.",
        per_group(|group| group.placed),
    );
    many(
        &mut text,
        "group_refused_total",
        "counter",
        "Calls for which no trunk was free.",
        per_group(|group| group.refused),
    );
    many(
        &mut text,
        "group_placed_answered_total",
        "counter",
        "Of those placed, answered.",
        per_group(|group| group.placed_answered),
    );
    many(&mut text, "group_offered_total", "counter", "Calls of far ends.", per_group(|group| group.offered));
    many(
        &mut text,
        "group_offered_answered_total",
        "counter",
        "Of those offered, answered.",
        per_group(|group| group.offered_answered),
    );
    many(
        &mut text,
        "group_talk_milliseconds_total",
        "counter",
        "Time talked, of calls that are over.",
        per_group(|group| group.talk.as_ms()),
    );
    many(
        &mut text,
        "group_all_busy_total",
        "counter",
        "How often the last free trunk was taken.",
        per_group(|group| group.all_busy_count),
    );
    many(
        &mut text,
        "group_all_busy_milliseconds_total",
        "counter",
        "Time without a free trunk.",
        per_group(|group| group.all_busy_frames.as_ms()),
    );
    Ok(text)
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP tandem_{name} {help}\n# TYPE tandem_{name} {kind}");
}

fn many(text: &mut String, name: &str, kind: &str, help: &str, values: Vec<(String, u64)>) {
    if values.is_empty() {
        return;
    }
    head(text, name, kind, help);
    for (label, value) in values {
        let _ = writeln!(text, "tandem_{name}{{{label}}} {value}");
    }
}

fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

const MOST_ASKING: usize = 16;
/// Some seconds.
const MOST_LOOKS: u32 = 200;
const LONGEST_REQUEST: usize = 8192;
