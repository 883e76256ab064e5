//! Spans of lines that osmo-e1d moves, or whoever serves its socket: those of an icE1usb.
//!
//! The daemon frames, and hands out timeslots: each as it is over a descriptor of its own, that of a D channel too, whose HDLC
//! runs above like any card's; or timeslots 1 to 31 as one superchannel. It all runs on the media thread and no call waits.
//! A daemon that is not there, goes, or does not answer within a second makes dead spans; once a second it is looked for.
mod factory;
mod lane;
mod line;
mod link;

pub use crate::elastic::Slips;
pub use factory::E1dFactory;
pub use line::LineCounters;

use lane::SUPERCHANNEL_WIDTH;
use line::{BUDGET, Line};
use link::{Link, ROOM};
use std::path::{Path, PathBuf};
use tandem_card::{
    Abilities, Card, CardError, CardInfo, Frame, LineOrder, PortKind, Presence, SpanConfig, SpanStatus,
};
use tandem_rt::MediaTick;
use tandem_rt::sys::{LONGEST_PATH, MessageSocket};
use tandem_types::{Abcd, FrameTime, Frames, Timeslot};

/// Which lines of a daemon make up a card, and how they are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct E1dOptions {
    /// Where the daemon listens.
    pub socket: PathBuf,
    /// The number of the interface.
    pub interface: u8,
    /// The number of its first line.
    pub first_line: u8,
    /// How many lines are used, by their numbers from there on.
    pub lines: u8,
    /// Whether a line is opened as one superchannel; otherwise each timeslot by itself.
    pub superchannel: bool,
    /// Whether whoever has a timeslot open is to lose it.
    pub force: bool,
    /// Frames in a granule.
    pub granule: usize,
    /// Frames that are kept in each direction, for a daemon that moves many at a time and a host that comes late.
    pub delay: usize,
}

/// Spans of a daemon.
#[derive(Debug)]
pub struct E1dCard {
    info: CardInfo,
    socket: PathBuf,
    lines: Vec<Line>,
    state: State,
    connections_lost: u64,
    room: Box<[u8]>,
    bits: [Abcd; Timeslot::PER_FRAME],
}

#[derive(Debug)]
enum State {
    Stopped,
    Away { look_at: FrameTime },
    Connected(Link),
}

impl E1dCard {
    /// The model, as configurations name it.
    pub const MODEL: &'static str = "e1d";

    /// A card of such lines. The daemon is not asked before the card is started, and need not be there.
    pub fn new(options: &E1dOptions) -> Result<Self, CardError> {
        let path = options.socket.as_os_str().as_encoded_bytes();
        if path.is_empty() || path.len() > LONGEST_PATH || path.contains(&0) {
            return Err(CardError::Unsupported(
                "a path of no or of more than 107 octets, or with a zero, for a socket",
            ));
        }
        let numbers = options.first_line..options.first_line.saturating_add(options.lines);
        let lines: Vec<Line> = numbers.map(|number| Line::new(number, options)).collect();
        let info = CardInfo {
            model: Self::MODEL,
            serial: None,
            spans: vec![PortKind::E1; lines.len()],
            granule: options.granule,
            abilities: Abilities { sa_bits: true, changes: true, ..Abilities::default() },
        };
        Ok(Self {
            info,
            socket: options.socket.clone(),
            lines,
            state: State::Stopped,
            connections_lost: 0,
            room: vec![0; ROOM.max(SUPERCHANNEL_WIDTH * BUDGET * options.granule)].into(),
            bits: [Abcd::default(); Timeslot::PER_FRAME],
        })
    }

    /// Where the daemon is looked for.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Connections that were lost, or given up because what was said there was not what a daemon says.
    #[must_use]
    pub const fn connections_lost(&self) -> u64 {
        self.connections_lost
    }

    /// What the line of this span has counted besides what its status has.
    #[must_use]
    pub fn line_counters(&self, span: usize) -> Option<LineCounters> {
        self.lines.get(span).map(Line::counters)
    }

    fn leave(&mut self, state: State) {
        self.state = state;
        for line in &mut self.lines {
            line.close(FrameTime(0), true);
            line.note_status();
        }
    }
}

impl Card for E1dCard {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        let spans = self.lines.len();
        let line = self.lines.get_mut(span).ok_or(CardError::NoSuchSpan { span, spans })?;
        if config.framing.is_t1() {
            return Err(CardError::Unsupported("osmo-e1d has lines of E1 only"));
        }
        if config.framing.cas() {
            return Err(CardError::Unsupported("osmo-e1d hands over no signalling bits"));
        }
        line.signalling_slot = config.signalling_slot;
        Ok(())
    }

    fn change(&mut self, _: &MediaTick<'_>, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        self.configure(span, config)
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.leave(State::Away { look_at: FrameTime(0) });
        Ok(())
    }

    fn stop(&mut self) {
        self.leave(State::Stopped);
    }

    fn service(&mut self, tick: &MediaTick<'_>) {
        let now = tick.end();
        if let State::Away { look_at } = self.state
            && look_at <= now
        {
            self.state = match MessageSocket::connect(&self.socket) {
                Ok(socket) => State::Connected(Link::new(socket)),
                Err(_) => State::Away { look_at: now + LOOK_AGAIN },
            };
        }
        let Self { state, lines, room, .. } = self;
        let State::Connected(link) = state else { return };
        if link.talk(now, lines, room).is_err() {
            self.connections_lost += 1;
            return self.leave(State::Away { look_at: now + LOOK_AGAIN });
        }
        for line in lines {
            if line.move_octets(room).is_err() {
                line.close(now + LOOK_AGAIN, false);
            }
            line.note_status();
        }
    }

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        self.lines[span].receive(frames);
    }

    fn receive_signalling(&mut self, _: &MediaTick<'_>, span: usize, octets: &mut [u8]) -> Option<usize> {
        let line = self.lines.get_mut(span).filter(|line| line.signalling_slot.is_some())?;
        Some(line.receive_signalling(octets))
    }

    fn transmit(&mut self, _: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        self.lines[span].transmit(frames);
    }

    fn received_bits(&self, _: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.bits
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, _: usize, _: Timeslot, _: Abcd) {}

    fn order(&mut self, _: &MediaTick<'_>, span: usize, order: &LineOrder) {
        if let (Some(line), LineOrder::SendSaBits(bits)) = (self.lines.get_mut(span), order) {
            line.send_sa_bits(*bits);
        }
    }

    fn presence(&self) -> Presence {
        match self.state {
            State::Away { .. } => Presence::Away,
            State::Connected(_) | State::Stopped => Presence::There,
        }
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.lines[span].status
    }
}

/// How often a daemon that is not there, or a line that it does not give, is asked for again; and how long it may take for an
/// answer.
pub(crate) const LOOK_AGAIN: Frames = Frames::from_seconds(1);
