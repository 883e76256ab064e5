//! Spans of cards that DAHDI drives: channels by `/dev/dahdi/*`, a descriptor each, octets as they are.
//!
//! The driver frames, and this back end sets it up as `dahdi_cfg` would: a clear channel for every timeslot, that of a D
//! channel too, whose HDLC runs above like any card's; where signalling is channel-associated a channel of bits for every
//! telephone channel. It all runs on the media thread and no call waits. A card moves frames by its own clock, so blocks
//! come a little early or late: a granule without one is filled with idle and counted as repeated, and what the driver
//! had to throw away as deleted. A driver that answers with an error, or is silent for a second, is taken for gone; once
//! a second it is looked for.

pub mod abi;
mod factory;
mod span;
mod status;
mod sys;

pub use factory::DahdiFactory;
pub use sys::{DahdiSys, Kernel};

use crate::{
    Abilities, Card, CardError, CardInfo, Frame, LineOrder, LineTests, PortKind, Presence, SpanConfig,
    SpanStatus,
};
use abi::{Plain, dahdi_params, dahdi_spaninfo};
use span::{Failed, Span, Usage, named};
use sys::ask;
use tandem_rt::MediaTick;
use tandem_rt::sys::Errno;
use tandem_types::{Abcd, FrameTime, Frames, Timeslot};

/// Which spans of the system make up a card, and how they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DahdiOptions {
    /// The number of the first, as `dahdi_scan` has it.
    pub first_span: u16,
    /// How many there are.
    pub spans: u16,
    /// Frames in a granule, a multiple of 8 up to 160. Blocks are of two granules where it is 8, the driver's shortest.
    pub granule: usize,
    /// Blocks that the driver keeps in each direction, 2 to 32: how late the host may come, and the most delay.
    pub buffers: u8,
    /// Whether the card follows the clock of a line, of the first of these spans that is good; otherwise its own.
    pub follow_line: bool,
}

impl Default for DahdiOptions {
    fn default() -> Self {
        Self { first_span: 1, spans: 1, granule: 8, buffers: 8, follow_line: true }
    }
}

/// Spans that DAHDI drives.
#[derive(Debug)]
pub struct DahdiCard<S: DahdiSys> {
    info: CardInfo,
    sys: S,
    spans: Vec<Span<S::Device>>,
    first_span: i32,
    state: State<S::Device>,
}

#[derive(Debug)]
enum State<D> {
    Stopped,
    Running { control: D },
    Gone { look_at: FrameTime },
}

impl<S: DahdiSys> DahdiCard<S> {
    /// Finds the spans. Nothing of them is changed.
    pub fn new(mut sys: S, options: DahdiOptions) -> Result<Self, CardError> {
        let first_span = i32::from(options.first_span);
        let usage = Usage {
            granule: options.granule.next_multiple_of(8).clamp(8, 160),
            buffers: options.buffers.clamp(2, 32).into(),
            first_sync: options.follow_line.into(),
        };
        let control = named("open of /dev/dahdi/ctl", sys.open(CONTROL))?;
        let spans: Result<Vec<_>, _> = (first_span..first_span + i32::from(options.spans))
            .map(|number| find_span(&mut sys, &control, number, usage))
            .collect();
        sys.close(control);
        let spans = spans?;
        let info = CardInfo {
            model: MODEL,
            serial: None,
            spans: spans.iter().map(Span::kind).collect(),
            granule: usage.granule,
            abilities: ABILITIES,
        };
        Ok(Self { info, sys, spans, first_span, state: State::Stopped })
    }

    /// Frames of `span` that the driver had no room for.
    #[must_use]
    pub fn frames_dropped(&self, span: usize) -> u64 {
        self.spans.get(span).map_or(0, |span| span.frames_dropped)
    }

    fn bring_up(&mut self) -> Result<S::Device, Failed> {
        let control = named("open", self.sys.open(CONTROL))?;
        let Self { sys, spans, first_span, .. } = self;
        let mut up = (0..).zip(spans.iter_mut()).map(|(place, span)| {
            let kind = kind_of(sys, &control, *first_span + place)?;
            if kind != Some(span.kind()) {
                return Err(Failed { call: "SPANSTAT", errno: Errno::NO_DEVICE });
            }
            span.bring_up(sys, &control, place as usize)
        });
        match up.try_for_each(|result| result) {
            Ok(()) => Ok(control),
            Err(failed) => {
                self.close(control);
                Err(failed)
            }
        }
    }

    fn close(&mut self, control: S::Device) {
        for span in &mut self.spans {
            span.close(&mut self.sys);
        }
        self.sys.close(control);
    }

    fn leave(&mut self, state: State<S::Device>) {
        if let State::Running { control } = std::mem::replace(&mut self.state, state) {
            self.close(control);
        }
    }

    fn lose_card(&mut self, now: FrameTime) {
        self.leave(State::Gone { look_at: now + LOOK_AGAIN });
        self.spans.iter_mut().for_each(Span::lose_card);
    }
}

impl<S: DahdiSys> Drop for DahdiCard<S> {
    fn drop(&mut self) {
        self.leave(State::Stopped);
    }
}

/// What kind of span this is; `None` is neither E1 nor T1. Dynamic spans, those over a network and those joined in the driver,
/// have no kind but so many channels.
fn kind_of<S: DahdiSys>(sys: &mut S, control: &S::Device, number: i32) -> Result<Option<PortKind>, Failed> {
    let mut info = dahdi_spaninfo::zeroed();
    info.spanno = number;
    named("SPANSTAT", ask(sys, control, abi::REQUEST_SPANSTAT, &mut info))?;
    Ok(match info.spantype.map(|octet| octet as u8) {
        [b'E', b'1', 0, ..] => Some(PortKind::E1),
        [b'T', b'1', 0, ..] => Some(PortKind::T1),
        [b'D', b'Y', b'N', ..] if info.totalchans == 31 => Some(PortKind::E1),
        [b'D', b'Y', b'N', ..] if info.totalchans == 24 => Some(PortKind::T1),
        _ => None,
    })
}

fn find_span<S: DahdiSys>(
    sys: &mut S,
    control: &S::Device,
    number: i32,
    usage: Usage,
) -> Result<Span<S::Device>, CardError> {
    let kind = kind_of(sys, control, number)?;
    let kind = kind.ok_or(CardError::Unsupported("a span that is neither E1 nor T1"))?;
    let is_first = |channel: &i32| {
        let mut params = dahdi_params::zeroed();
        params.channo = *channel;
        let known = ask(sys, control, abi::REQUEST_GET_PARAMS, &mut params).is_ok();
        known && params.spanno == number && params.chanpos == 1
    };
    let first = (1..abi::DAHDI_MAX_CHANNELS as i32).find(is_first);
    let first = first.ok_or(CardError::Hardware("a span without channels"))?;
    Ok(Span::new(number, kind, first, usage))
}

impl<S: DahdiSys> Card for DahdiCard<S> {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        let spans = self.spans.len();
        self.spans.get_mut(span).ok_or(CardError::NoSuchSpan { span, spans })?.configure(config)
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.leave(State::Stopped);
        self.spans.iter_mut().for_each(Span::forget);
        let control = self.bring_up()?;
        self.state = State::Running { control };
        Ok(())
    }

    fn stop(&mut self) {
        self.leave(State::Stopped);
    }

    fn service(&mut self, tick: &MediaTick<'_>) {
        match &self.state {
            State::Running { control } => {
                let Self { sys, spans, .. } = self;
                if spans.iter_mut().any(|span| span.service(sys, control).is_err()) {
                    self.lose_card(tick.end());
                }
            }
            State::Gone { look_at } if *look_at <= tick.end() => {
                self.state = match self.bring_up() {
                    Ok(control) => State::Running { control },
                    Err(_) => State::Gone { look_at: tick.end() + LOOK_AGAIN },
                };
            }
            State::Gone { .. } | State::Stopped => {}
        }
    }

    fn receive(&mut self, tick: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        if self.spans[span].receive(frames).is_err() {
            self.lose_card(tick.end());
        }
    }

    fn receive_signalling(&mut self, _: &MediaTick<'_>, span: usize, octets: &mut [u8]) -> Option<usize> {
        self.spans.get(span)?.receive_signalling(octets)
    }

    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        if let State::Running { .. } = self.state
            && self.spans[span].transmit(&mut self.sys, frames).is_err()
        {
            self.lose_card(tick.end());
        }
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.spans[span].received_bits
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        self.spans[span].set_bits(slot, bits);
    }

    fn order(&mut self, _: &MediaTick<'_>, span: usize, order: &LineOrder) {
        if let Some(span) = self.spans.get_mut(span) {
            span.order(order);
        }
    }

    fn presence(&self) -> Presence {
        match self.state {
            State::Gone { .. } => Presence::Away,
            State::Running { .. } | State::Stopped => Presence::There,
        }
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.spans[span].status
    }
}

/// The driver decides by itself what clock it takes, from the order that it was given; in-band loop codes, too, have no
/// words for the way in which the engine commands them.
const ABILITIES: Abilities = Abilities {
    clocks: false,
    loops: [true; 3],
    errors: [true, true, true, false],
    alarms: false,
    customer_alarms: false,
    sa_bits: false,
    sync_messages: false,
    loop_commands: false,
    network_loops: false,
    line_tests: LineTests::None,
    changes: false,
    loses_frames: false,
};
const MODEL: &str = "dahdi";
const CONTROL: &std::ffi::CStr = c"/dev/dahdi/ctl";
/// How often a driver that is gone is looked for.
const LOOK_AGAIN: Frames = Frames::from_seconds(1);
