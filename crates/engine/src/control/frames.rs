//! Frames of a signalling channel that are the host's own, on spans with `signalling = "hdlc"`: the engine does HDLC, and the
//! host all that is above it.
//!
//! What is received waits for the host, as much as there is room for; then the oldest go, and are counted.
use super::Control;
use crate::EngineError;
use crate::config::Signalling;
use crate::event::EventKind;
use crate::statistics::FrameCounts;
use std::collections::VecDeque;
use tandem_rt::LONGEST_FRAME;
use tandem_switch::HdlcChannel;
use tandem_types::{FrameTime, Frames, SpanIndex};

/// A frame that was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceivedFrame {
    /// When its closing flag came.
    pub at: FrameTime,
    /// Without its check sequence.
    pub octets: Box<[u8]>,
}

/// The frames of a span.
pub(super) struct FrameLink {
    channel: HdlcChannel,
    /// What the host has not read, the oldest first.
    waiting: VecDeque<ReceivedFrame>,
    /// When the host is told again that frames wait.
    tell_again: Option<FrameTime>,
    /// The host wants to send, and there was no room.
    wants_room: bool,
    unread: u64,
    sent: u64,
    refused: u64,
}

impl FrameLink {
    const fn new(channel: HdlcChannel) -> Self {
        Self {
            channel,
            waiting: VecDeque::new(),
            tell_again: None,
            wants_room: false,
            unread: 0,
            sent: 0,
            refused: 0,
        }
    }

    /// Takes over what media has received.
    fn take_in(&mut self) {
        let mut frame = [0; LONGEST_FRAME];
        while let Some((at, length)) = self.channel.receive(&mut frame) {
            if self.waiting.len() == MOST_WAITING {
                self.waiting.pop_front();
                self.unread += 1;
            }
            self.waiting.push_back(ReceivedFrame { at, octets: frame[..length].into() });
        }
    }

    /// When control is to look at it next.
    pub(super) fn poll_timeout(&self, now: FrameTime) -> Option<FrameTime> {
        let room = self.wants_room.then_some(now + LOOK_FOR_ROOM_EACH);
        self.tell_again.into_iter().chain(room).min()
    }
}

impl Control {
    /// The links of these spans, whose channels media has just come to have.
    pub(super) fn make_frame_links(&mut self, spans: &[usize]) {
        for span in spans {
            let section = &self.config.spans[*span];
            if section.in_use
                && section.signalling == Signalling::Hdlc
                && let Some(channel) = self.link.take_hdlc(SpanIndex(*span as u16))
            {
                self.frame_links.insert(*span, FrameLink::new(channel));
            }
        }
    }

    /// Tells of frames that wait, and of room for others.
    pub(super) fn handle_frames(&mut self) {
        let now = self.now;
        for (number, link) in &mut self.frame_links {
            link.take_in();
            let span = self.spans[*number].handle;
            if !link.waiting.is_empty() && link.tell_again.is_none_or(|due| due <= now) {
                link.tell_again = Some(now + TELL_AGAIN);
                self.events.tell(now, EventKind::FramesReceived { span, number: *number });
            }
            if link.wants_room && link.channel.has_room_again() {
                link.wants_room = false;
                self.events.tell(now, EventKind::FramesSendable { span, number: *number });
            }
        }
    }

    /// Sends a frame, without its check sequence, behind those that wait to be sent.
    pub(crate) fn send_frame(&mut self, span: usize, octets: &[u8]) -> Result<(), EngineError> {
        let now = self.now;
        let link = self.frame_link(span)?;
        if !(SHORTEST_FRAME..=LONGEST_FRAME).contains(&octets.len()) {
            return Err(EngineError::BadArgument("a frame has 2 to 512 octets"));
        }
        if !link.channel.send(now, octets) {
            link.refused += 1;
            link.wants_room = true;
            return Err(EngineError::Busy("as many frames as there is room for wait to be sent"));
        }
        link.sent += 1;
        Ok(())
    }

    /// The oldest frame that waits, without its check sequence, and when it had come; one that is longer than so many octets
    /// stays.
    pub(crate) fn read_frame(
        &mut self,
        span: usize,
        room: usize,
    ) -> Result<Option<ReceivedFrame>, EngineError> {
        let link = self.frame_link(span)?;
        if link.waiting.front().is_some_and(|frame| frame.octets.len() > room) {
            return Err(EngineError::BadArgument("the frame that waits is longer than there is room for"));
        }
        let frame = link.waiting.pop_front();
        if link.waiting.is_empty() {
            link.tell_again = None;
        }
        Ok(frame)
    }

    /// What the frames of a span have come to.
    pub(crate) fn frame_counts(&mut self, span: usize) -> Result<FrameCounts, EngineError> {
        let link = self.frame_link(span)?;
        let (heard, dropped) = link.channel.counters();
        let (waiting, unread) = (link.waiting.len(), link.unread);
        Ok(FrameCounts { heard, dropped, waiting, unread, sent: link.sent, refused: link.refused })
    }

    fn frame_link(&mut self, span: usize) -> Result<&mut FrameLink, EngineError> {
        if span >= self.spans.len() {
            return Err(EngineError::BadArgument("there is no span of that number"));
        }
        let none = EngineError::Unsupported(
            "the frames of the span are not the host's: its signalling is not \"hdlc\"",
        );
        self.frame_links.get_mut(&span).ok_or(none)
    }
}

/// Frames that wait for a host: of the shortest kind, back to back at 64 kbit/s, three quarters of a second.
const MOST_WAITING: usize = 1024;
/// Address and control of the plainest kind (ISO/IEC 13239).
const SHORTEST_FRAME: usize = 2;
const TELL_AGAIN: Frames = Frames::from_seconds(1);
const LOOK_FOR_ROOM_EACH: Frames = Frames::from_ms(5);
