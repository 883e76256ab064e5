//! Layer 3 on its data links: one interface with its D channel, or several with one or two.
//!
//! Carries news, requests and messages between the layers, in the order that loses no message when one D channel takes over
//! from another. Its owner brings frames, lines and time, and gives commands to layer 3. Not here: HDLC, traces.
use tandem_types::{FrameTime, Frames};

use crate::q921::{DataLink, Delivered, Establishment, LinkEvent, LinkParameters, MdlError};
use crate::q931::{ConfigError, Event, Interface, InterfaceConfig, LinkChange, LinkId, LinkRequest};

/// A D channel's data link, and what layer 3 wants of it.
#[derive(Debug)]
struct DChannel {
    id: LinkId,
    link: DataLink,
    establish: bool,
    /// After a release the link is not asked for before then.
    establish_after: FrameTime,
}

/// The signalling of one or more primary rate interfaces that share a set of calls. After stimuli, commands to layer 3 too,
/// the owner fetches the frames of every D channel and events.
#[derive(Debug)]
pub struct Access {
    interface: Interface,
    d_channels: Vec<DChannel>,
}

impl Access {
    /// With a data link for each D channel of the configuration, which is asked for at once.
    pub fn new(config: InterfaceConfig, parameters: LinkParameters) -> Result<Self, ConfigError> {
        let d_channel = |id| DChannel {
            id,
            link: DataLink::new(parameters),
            establish: false,
            establish_after: FrameTime::ZERO,
        };
        let d_channels = config.links.iter().map(|link| d_channel(link.id)).collect();
        Ok(Self { interface: Interface::new(config)?, d_channels })
    }

    /// Layer 3.
    #[must_use]
    pub const fn interface(&self) -> &Interface {
        &self.interface
    }

    /// Layer 3, for commands.
    pub const fn interface_mut(&mut self) -> &mut Interface {
        &mut self.interface
    }

    /// The data link of a D channel; `None` for one that is not there.
    #[must_use]
    pub fn link(&self, id: LinkId) -> Option<&DataLink> {
        self.d_channels.iter().find(|known| known.id == id).map(|known| &known.link)
    }

    /// A frame without check sequence came on a D channel.
    pub fn handle_frame(&mut self, now: FrameTime, id: LinkId, octets: &[u8]) {
        let Some(d_channel) = self.d_channels.iter_mut().find(|known| known.id == id) else { return };
        let delivered = d_channel.link.handle_frame(now, octets);
        self.hear_links(now);
        if let Some(Delivered::Data(message)) = delivered {
            self.interface.handle_message(now, id, message);
        }
    }

    /// The line of a D channel carries something, or nothing.
    pub fn handle_line(&mut self, now: FrameTime, id: LinkId, carries: bool) {
        let Some(d_channel) = self.d_channels.iter_mut().find(|known| known.id == id) else { return };
        if carries {
            d_channel.link.activated(now);
        } else {
            d_channel.link.deactivated(now);
        }
        self.hear_links(now);
    }

    /// Lets everything happen that is due.
    pub fn handle_timeout(&mut self, now: FrameTime) {
        self.d_channels.iter_mut().for_each(|known| known.link.handle_timeout(now));
        self.hear_links(now);
        self.interface.handle_timeout(now);
    }

    /// When `handle_timeout` is wanted next; it may lie in the past.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<FrameTime> {
        let of_link = |known: &DChannel| {
            let again = known.establish.then_some(known.establish_after);
            [known.link.poll_timeout(), again].into_iter().flatten().min()
        };
        self.d_channels.iter().filter_map(of_link).chain(self.interface.poll_timeout()).min()
    }

    /// The next frame to be sent on a D channel, without check sequence.
    pub fn poll_transmit(&mut self, now: FrameTime, id: LinkId) -> Option<&[u8]> {
        self.serve_links(now);
        self.d_channels.iter_mut().find(|known| known.id == id)?.link.poll_transmit(now)
    }

    /// The next news of layer 3. Loops are also told by the links (`DataLink::is_looped`).
    pub fn poll_event(&mut self) -> Option<Event> {
        self.interface.poll_event()
    }

    /// What layer 3 wants of the links, and only then its messages: before them goes what a link gives back.
    fn serve_links(&mut self, now: FrameTime) {
        while let Some((id, request)) = self.interface.poll_link_request() {
            let Some(at) = self.d_channels.iter().position(|known| known.id == id) else { continue };
            self.d_channels[at].establish = request == LinkRequest::Establish;
            if request == LinkRequest::Hold {
                self.d_channels[at].link.hold(now);
                self.give_back(now, at);
            }
        }
        for known in self.d_channels.iter_mut().filter(|known| known.establish_after <= now) {
            if std::mem::take(&mut known.establish) {
                known.link.establish(now);
            }
        }
        self.send(now);
    }

    fn hear_links(&mut self, now: FrameTime) {
        (0..self.d_channels.len()).for_each(|at| self.hear_link(now, at));
    }

    fn hear_link(&mut self, now: FrameTime, at: usize) {
        while let Some(event) = self.d_channels[at].link.poll_event() {
            let change = match event {
                LinkEvent::Established(Establishment::Reset) => LinkChange::ReEstablished,
                LinkEvent::Established(_) => LinkChange::Established,
                LinkEvent::Released(_) => LinkChange::Released,
                // Management hears of it always, layer 3 by a reset only where messages are lost (Q.921 figure B.7).
                LinkEvent::Error(MdlError::F) => LinkChange::Renewed,
                LinkEvent::Error(_)
                | LinkEvent::PeerBusy(_)
                | LinkEvent::LoopedBack
                | LinkEvent::LoopCleared => continue,
            };
            self.interface.handle_link(now, self.d_channels[at].id, change);
            if change == LinkChange::Released {
                self.d_channels[at].establish_after = now + ESTABLISH_AGAIN;
                self.give_back(now, at);
            }
        }
    }

    fn give_back(&mut self, now: FrameTime, at: usize) {
        let DChannel { id, link, .. } = &mut self.d_channels[at];
        while let Some(back) = link.take_back() {
            self.interface.take_back(now, *id, back.octets, back.may_have_arrived);
        }
    }

    /// What finds no room waits in layer 3, all of it for the active link.
    fn send(&mut self, now: FrameTime) {
        let active = self.interface.active_link();
        let Some(known) = self.d_channels.iter_mut().find(|known| Some(known.id) == active) else { return };
        while known.link.has_room()
            && let Some((_, message)) = self.interface.poll_message()
        {
            // The link is up, or layer 3 has yet to be told that it is not.
            let _ = known.link.send(now, message);
        }
    }
}

/// A far end that refuses a link is not asked again at once.
const ESTABLISH_AGAIN: Frames = Frames::from_seconds(1);
