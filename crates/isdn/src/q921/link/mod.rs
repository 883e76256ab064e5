//! One data link connection: states 4 to 8 of Annex B/Q.921.
//!
//! `state.rs` has what a link remembers, `requests.rs` layer 3's and the physical layer's side, `unnumbered.rs` and
//! `numbered.rs` what the received frames do, `timers.rs` T200, T203 and the procedures that begin with them. Each
//! stimulus is a function with an arm for each state.
mod numbered;
mod requests;
mod state;
mod timers;
mod unnumbered;

use tandem_types::{FrameTime, Frames};

use super::counters::LinkCounters;
use super::event::{Establishment, EventQueue, LinkEvent, MdlError, Release};
use super::frame::{Control, Frame, FrameKind, Invalid, Rejection, Repr, address};
use super::frame::{NUMBERED_LEN, UNNUMBERED_LEN};
use super::mirror::Mirror;
use super::outbox::{Outbox, ShortFrame};
use super::parameters::LinkParameters;
use super::queue::MessageQueue;

use state::{Availability, Conditions, Line, Purpose, SEQUENCE, State, Undelivered, Window};

pub use requests::{GivenBack, SendError};
pub use state::LinkState;

/// What a received frame brought for layer 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered<'f> {
    /// DL-DATA indication.
    Data(&'f [u8]),
    /// DL-UNIT DATA indication.
    UnitData(&'f [u8]),
}

/// A data link connection. After each stimulus its owner fetches frames and events until there are none; what is not
/// fetched waits in queues that have bounds. It allocates when it is made and never again.
#[derive(Clone, Debug)]
pub struct DataLink {
    parameters: LinkParameters,
    state: State,
    line: Line,
    mirror: Mirror,
    window: Window,
    conditions: Conditions,
    availability: Availability,
    /// Layer 3 keeps the link down: the far end's attempts are refused.
    held: bool,
    /// Of the messages in the I queue, those that were given up and wait to be taken back. They are all or none.
    undelivered: Undelivered,
    /// The owner cannot take messages at present.
    receiver_busy: bool,
    t200: Option<FrameTime>,
    t203: Option<FrameTime>,
    /// The I queue, from the oldest unacknowledged message on.
    messages: MessageQueue,
    /// The UI queue.
    unit_data: MessageQueue,
    outbox: Outbox,
    /// The short frame that was fetched last.
    fetched: ShortFrame,
    events: EventQueue,
    counters: LinkCounters,
}

impl DataLink {
    /// A link in state 4 on an active line.
    #[must_use]
    pub fn new(parameters: LinkParameters) -> Self {
        let (k, n201) = (usize::from(parameters.k), usize::from(parameters.n201));
        let octets = ((k + 1) * (NUMBERED_LEN + n201)).max(QUEUE_OCTETS);
        Self {
            parameters,
            state: State::TeiAssigned,
            line: Line::Active,
            mirror: Mirror::default(),
            window: Window::default(),
            conditions: Conditions::default(),
            availability: Availability::NotYetUp,
            held: false,
            undelivered: Undelivered::default(),
            receiver_busy: false,
            t200: None,
            t203: None,
            messages: MessageQueue::new(NUMBERED_LEN, QUEUE_MESSAGES, octets),
            unit_data: MessageQueue::new(UNNUMBERED_LEN, UNIT_DATA, UNIT_DATA * (UNNUMBERED_LEN + n201)),
            outbox: Outbox::new(),
            fetched: ShortFrame::new([0, 1], Control::Dm { f: false }),
            events: EventQueue::new(),
            counters: LinkCounters::default(),
        }
    }

    /// Takes a frame without check sequence, and gives back what is in it for layer 3.
    pub fn handle_frame<'f>(&mut self, now: FrameTime, octets: &'f [u8]) -> Option<Delivered<'f>> {
        if self.line != Line::Active {
            self.counters.discarded.line_down += 1;
            return None;
        }
        let frame = match Frame::new_checked(octets) {
            Ok(frame) => frame,
            Err(invalid) => return self.discard_invalid(invalid),
        };
        if frame.sapi() != self.parameters.sapi || frame.tei() != self.parameters.tei {
            self.counters.discarded.other_link += 1;
            return None;
        }
        match Repr::parse(&frame, self.parameters.far_side()) {
            Ok(repr) => self.on_frame(now, repr),
            Err(rejection) => {
                self.on_rejection(now, rejection.error());
                None
            }
        }
    }

    /// The next frame to be sent, without check sequence.
    pub fn poll_transmit(&mut self, now: FrameTime) -> Option<&[u8]> {
        if let Some(frame) = self.outbox.pop() {
            return Some(self.fetch(frame));
        }
        if !self.unit_data.is_empty() {
            return self.fetch_unit_data();
        }
        if self.may_transmit_information() {
            return self.fetch_information(now);
        }
        if !self.conditions.acknowledge_pending {
            return None;
        }
        // Figures B.7 (10) and B.8 (9): no I frame has carried the acknowledgement.
        self.conditions.acknowledge_pending = false;
        let frame = self.short_frame(false, Control::Rr { nr: self.window.vr, pf: false });
        Some(self.fetch(frame))
    }

    /// The next news.
    pub fn poll_event(&mut self) -> Option<LinkEvent> {
        self.events.pop()
    }

    /// When `handle_timeout` is wanted next; it may lie in the past.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<FrameTime> {
        match (self.t200, self.t203) {
            (Some(t200), Some(t203)) => Some(t200.min(t203)),
            (one, other) => one.or(other),
        }
    }

    /// Where the link is.
    #[must_use]
    pub const fn state(&self) -> LinkState {
        self.state.public()
    }

    /// Whether our own frames come back, and nothing of the far end's has come since.
    #[must_use]
    pub const fn is_looped(&self) -> bool {
        self.mirror.is_looped()
    }

    /// How long the link has been down after it had been up.
    #[must_use]
    pub fn outage(&self, now: FrameTime) -> Option<Frames> {
        match self.availability {
            Availability::DownSince(since) => Some(now.since(since)),
            Availability::NotYetUp | Availability::Up => None,
        }
    }

    /// I frames sent and not acknowledged, at most k.
    #[must_use]
    pub const fn outstanding(&self) -> u8 {
        self.window.outstanding()
    }

    /// Messages accepted and neither acknowledged nor given up.
    #[must_use]
    pub const fn queued(&self) -> usize {
        self.messages.len() - self.undelivered.count
    }

    /// What has been counted since the link was made.
    #[must_use]
    pub const fn counters(&self) -> &LinkCounters {
        &self.counters
    }

    fn discard_invalid<T>(&mut self, invalid: Invalid) -> Option<T> {
        match invalid {
            Invalid::Short => self.counters.discarded.short += 1,
            Invalid::Address => self.counters.discarded.address += 1,
        }
        None
    }

    fn on_frame<'f>(&mut self, now: FrameTime, frame: Repr<'f>) -> Option<Delivered<'f>> {
        let (command, information) = (frame.command, frame.information);
        if self.is_own(now, &frame) {
            self.counters.discarded.own += 1;
            return None;
        }
        self.counters.received.count(frame.control.kind());
        match frame.control {
            Control::I { ns, nr, p } => return self.on_information(now, ns, nr, p, information),
            Control::Rr { nr, pf } => self.on_rr(now, command, nr, pf),
            Control::Rnr { nr, pf } => self.on_rnr(now, command, nr, pf),
            Control::Rej { nr, pf } => self.on_rej(now, command, nr, pf),
            Control::Sabme { p } => self.on_sabme(now, p),
            Control::Disc { p } => self.on_disc(now, p),
            Control::Ua { f } => self.on_ua(now, f),
            Control::Dm { f } => self.on_dm(now, f),
            Control::Frmr { .. } => self.on_frmr(now),
            Control::Ui { .. } => return self.on_unit_data(now, information),
            // §5.4: negotiation is an option; whoever asks and hears nothing keeps the default values.
            Control::Xid { .. } => self.counters.discarded.xid += 1,
        }
        None
    }

    /// Tells frames that the line gave back from the far end's, and says so when that changes.
    fn is_own(&mut self, now: FrameTime, frame: &Repr<'_>) -> bool {
        let news = match frame.control.is_command() {
            None => {
                let enquiry = frame.command && frame.control.pf();
                if enquiry && self.mirror.on_enquiry(now) && self.mirror.on_own_frame() {
                    self.tell(LinkEvent::LoopedBack);
                }
                return self.mirror.is_looped();
            }
            Some(_) if frame.is_misdirected() => self.mirror.on_own_frame().then_some(LinkEvent::LoopedBack),
            Some(_) => self.mirror.on_far_frame().then_some(LinkEvent::LoopCleared),
        };
        if let Some(event) = news {
            self.tell(event);
        }
        self.mirror.is_looped()
    }

    fn fetch(&mut self, frame: ShortFrame) -> &[u8] {
        self.counters.sent.count(frame.kind);
        self.fetched = frame;
        self.fetched.octets()
    }

    fn short_frame(&self, command: bool, control: Control) -> ShortFrame {
        ShortFrame::new(self.address(command), control)
    }

    const fn address(&self, command: bool) -> [u8; 2] {
        address(self.parameters.sapi, self.parameters.tei, command, self.parameters.side)
    }

    fn send_short(&mut self, command: bool, control: Control) {
        let frame = self.short_frame(command, control);
        if !self.outbox.push(frame) {
            self.counters.unsent += 1;
        }
    }

    fn tell(&mut self, event: LinkEvent) {
        if !self.events.push(event) {
            self.counters.unreported += 1;
        }
    }

    /// MDL-ERROR indication.
    fn tell_error(&mut self, error: MdlError) {
        self.counters.errors.count(error);
        self.tell(LinkEvent::Error(error));
    }

    fn tell_established(&mut self, now: FrameTime, how: Establishment) {
        if let Some(outage) = self.outage(now) {
            self.counters.outage_time = self.counters.outage_time + outage;
        }
        self.availability = Availability::Up;
        match how {
            Establishment::Confirmed | Establishment::ByFarEnd => {
                self.counters.established += 1;
                self.discard_messages();
            }
            Establishment::Reset => {}
        }
        self.tell(LinkEvent::Established(how));
    }

    fn tell_released(&mut self, now: FrameTime, how: Release) {
        if self.availability == Availability::Up {
            self.counters.outages += 1;
            self.availability = Availability::DownSince(now);
        }
        match how {
            Release::Confirmed | Release::ByFarEnd => {}
            Release::Refused | Release::NoAnswer | Release::LineLost => self.counters.failures += 1,
        }
        self.tell(LinkEvent::Released(how));
    }

    fn set_peer_busy(&mut self, busy: bool) {
        if self.conditions.peer_receiver_busy != busy {
            self.conditions.peer_receiver_busy = busy;
            self.counters.peer_busy += u64::from(busy);
            self.tell(LinkEvent::PeerBusy(busy));
        }
    }

    /// Figure B.9 (4).
    fn clear_exception_conditions(&mut self) {
        self.set_peer_busy(false);
        self.conditions = Conditions::default();
    }

    /// DISCARD I QUEUE, which holds the unacknowledged messages as well.
    fn discard_messages(&mut self) {
        self.give_up_messages();
        self.messages.clear();
        self.undelivered = Undelivered::default();
    }

    /// The same, but the messages can be taken back until the link is established again.
    fn give_up_messages(&mut self) {
        if self.undelivered.count == 0 {
            let count = self.messages.len();
            self.counters.messages.given_up += count as u64;
            self.undelivered = Undelivered { count, sent: usize::from(self.window.sent) };
        }
        self.window.sent = 0;
    }

    /// V(S)=V(A)=V(R)=0, T200 stopped, T203 started. A receiver that is busy says so anew, because the conditions
    /// have been cleared.
    fn enter_established(&mut self, now: FrameTime) {
        self.window = Window::default();
        self.t200 = None;
        self.start_t203(now);
        self.state = State::MultipleFrameEstablished;
        if self.receiver_busy {
            self.set_own_receiver_busy(true);
        }
    }

    /// To state 4, from which everything begins anew.
    fn enter_tei_assigned(&mut self) {
        self.give_up_messages();
        self.clear_exception_conditions();
        self.window = Window::default();
        (self.t200, self.t203) = (None, None);
        self.state = State::TeiAssigned;
    }
}

impl Rejection {
    const fn error(self) -> MdlError {
        match self {
            Self::Undefined => MdlError::L,
            Self::InformationNotPermitted => MdlError::M,
            Self::WrongSize => MdlError::N,
        }
    }
}

/// The most messages that wait or are unacknowledged.
const QUEUE_MESSAGES: usize = 128;
/// The most octets of them with their headers, where the window does not ask for more.
const QUEUE_OCTETS: usize = 16 * 1024;
/// The most UI frames that wait.
const UNIT_DATA: usize = 4;
