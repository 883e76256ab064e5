//! Two whole ends of a primary rate interface, layer 3 on a data link, with all that goes over the wire between them.
#![allow(dead_code)] // no test uses all of it

use crate::q931_support::{LINK, call_of};
use tandem_isdn::Side;
use tandem_isdn::q921::{DataLink, Delivered, LinkEvent, LinkParameters};
use tandem_isdn::q931::*;
use tandem_types::{FrameTime, Frames};

struct End {
    interface: Interface,
    link: DataLink,
    events: Vec<Event>,
}

/// The user is end 0, the network end 1.
pub(crate) struct Ends {
    ends: [End; 2],
    pub(crate) now: FrameTime,
    /// Every frame, with the side that sent it and the milliseconds.
    pub(crate) seen: Vec<(Side, u64, Vec<u8>)>,
}

const SIDES: [Side; 2] = [Side::User, Side::Network];

impl Ends {
    /// The two ends that a configuration describes, with the link up.
    pub(crate) fn new(config: impl Fn(Side) -> InterfaceConfig) -> Self {
        let ends = SIDES.map(|side| End {
            interface: Interface::new(config(side)).expect("sound"),
            link: DataLink::new(LinkParameters::new(side)),
            events: Vec::new(),
        });
        let mut both = Self { ends, now: FrameTime(8_000), seen: Vec::new() };
        both.carry();
        both
    }

    /// Does something with one end, and carries what comes of it.
    pub(crate) fn at<T>(&mut self, end: usize, order: impl FnOnce(&mut Interface, FrameTime) -> T) -> T {
        let done = order(&mut self.ends[end].interface, self.now);
        self.carry();
        done
    }

    /// The latest call of which an end has had news.
    pub(crate) fn call_at(&self, end: usize) -> CallId {
        self.ends[end].events.iter().rev().find_map(call_of).expect("a call")
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        let until = self.now + Frames::from_ms(ms);
        let due = |end: &End| [end.link.poll_timeout(), end.interface.poll_timeout()];
        while let Some(at) = self.ends.iter().flat_map(due).flatten().min().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            for end in &mut self.ends {
                end.link.handle_timeout(self.now);
                end.interface.handle_timeout(self.now);
            }
            self.carry();
        }
        self.now = until;
    }

    /// A message of one end's layer 3 that the machine would not make.
    pub(crate) fn say(&mut self, end: usize, message: &[u8]) {
        self.ends[end].link.send(self.now, message).expect("the link is up");
        self.carry();
    }

    fn carry(&mut self) {
        let mut quiet = false;
        while !quiet {
            quiet = true;
            for from in [0, 1] {
                self.ends[from].serve(self.now);
                while let Some(frame) = self.ends[from].link.poll_transmit(self.now).map(<[u8]>::to_vec) {
                    quiet = false;
                    let to = &mut self.ends[1 - from];
                    if let Some(Delivered::Data(octets)) = to.link.handle_frame(self.now, &frame) {
                        to.interface.handle_message(self.now, LINK, octets);
                    }
                    self.seen.push((SIDES[from], self.now.0 / 8, frame));
                }
            }
        }
        for end in &mut self.ends {
            end.events.extend(std::iter::from_fn(|| end.interface.poll_event()));
        }
    }
}

impl End {
    fn serve(&mut self, now: FrameTime) {
        while let Some((_, LinkRequest::Establish)) = self.interface.poll_link_request() {
            self.link.establish(now);
        }
        while let Some(event) = self.link.poll_event() {
            if let LinkEvent::Established(_) = event {
                self.interface.handle_link(now, LINK, LinkChange::Established);
            }
        }
        while let Some((_, octets)) = self.interface.poll_message() {
            self.link.send(now, octets).expect("there is room");
        }
    }
}
