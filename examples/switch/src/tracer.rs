//! What goes over the D channels, shown as it happens and kept in captures.
use crate::arguments::Arguments;
use crate::display::Display;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use tandem_engine::config::Signalling;
use tandem_engine::{Engine, TracedFrame};
use tandem_isdn::capture;
use tandem_isdn::ladder::Rung;
use tandem_types::Frames;

/// Follows the D channels of all spans that have one.
pub(crate) struct Tracer {
    channels: Vec<Followed>,
    show: bool,
    next_look: Frames,
}

struct Followed {
    span: usize,
    /// Number of the last frame that was read.
    last: u64,
    file: Option<(PathBuf, File)>,
}

impl Tracer {
    /// Makes the captures, one a span, if they are wanted.
    pub(crate) fn new(arguments: &Arguments, engine: &Engine) -> Result<Self, String> {
        let mut new = Self { channels: Vec::new(), show: arguments.trace, next_look: Frames(0) };
        if !arguments.trace && arguments.capture.is_none() {
            return Ok(new);
        }
        for (span, section) in engine.config().spans.iter().enumerate() {
            if section.signalling == Signalling::Pri {
                let file = arguments.capture.as_ref().map(|directory| {
                    let path = directory.join(format!("span-{span}.pcap"));
                    std::fs::create_dir_all(directory)
                        .and_then(|()| File::create(&path))
                        .and_then(|mut file| file.write_all(&capture::file_header()).map(|()| file))
                        .map(|file| (path.clone(), file))
                        .map_err(|error| format!("{}: {error}", path.display()))
                });
                new.channels.push(Followed { span, last: 0, file: file.transpose()? });
            }
        }
        match new.channels.is_empty() {
            true => Err("there is no D channel to trace: no span has ISDN signalling".into()),
            false => Ok(new),
        }
    }

    /// Shows and keeps what has come since the last look.
    pub(crate) fn look(&mut self, engine: &Engine, display: &mut Display, now: Frames) {
        if now < self.next_look {
            return;
        }
        self.next_look = now + Frames::from_ms(250);
        self.read(engine, display);
    }

    /// The same, however soon.
    pub(crate) fn read(&mut self, engine: &Engine, display: &mut Display) {
        for channel in &mut self.channels {
            // An engine that is closed has no more.
            let frames = engine.read_trace(channel.span, channel.last).unwrap_or_default();
            let missed = frames.first().map_or(0, |first| first.number - channel.last - 1);
            if missed > 0 {
                display.note(&format!("span {}: {missed} frames of the D channel were missed", channel.span));
            }
            channel.last = frames.last().map_or(channel.last, |last| last.number);
            if let Err(problem) = channel.keep(&frames) {
                display.note(&problem);
            }
            if self.show {
                channel.show(&frames, display);
            }
        }
    }
}

impl Followed {
    /// Adds frames to the capture. After an error it is given up.
    fn keep(&mut self, frames: &[TracedFrame]) -> Result<(), String> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let mut octets = Vec::new();
        frames.iter().for_each(|frame| capture::append(&mut octets, &frame.captured()));
        let written = file.write_all(&octets).map_err(|error| format!("{}: {error}", path.display()));
        if written.is_err() {
            self.file = None;
        }
        written
    }

    fn show(&self, frames: &[TracedFrame], display: &mut Display) {
        for frame in frames {
            let seen = frame.captured();
            let rung = Rung::new(&seen);
            if !rung.is_acknowledgement() {
                let text = rung.shown(display.has_room_for_elements().then_some(ELEMENTS_AT)).to_string();
                display.note(&format!("{:>12}  span {:<3} {text}", frame.at.to_string(), self.span));
            }
        }
    }
}

const ELEMENTS_AT: usize = 38;
