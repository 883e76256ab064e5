//! Calls over primary rate, back to back: both ends ours, layer 3 on a data link, octet frames in memory.
use std::collections::VecDeque;
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q921::{DataLink, Delivered, LinkEvent, LinkParameters};
use tandem_isdn::q931::element::{BearerCapability, NumberKind, NumberingPlan, PartyNumber};
use tandem_isdn::q931::{
    BChannel, CallId, CallNews, Event, Extra, Interface, InterfaceConfig, LinkChange, LinkId, LinkRequest,
    SetupRequest,
};
use tandem_types::{Bearer, Cause, FrameTime, Law};

/// The most channels of an interface.
pub const MOST_CHANNELS: u16 = 4096;
const LINK: LinkId = LinkId(0);

struct End {
    interface: Interface,
    link: DataLink,
}

impl End {
    fn new(side: Side, channels: u16) -> Self {
        let number = |n: u16| BChannel::new((n / 100) as u8, (n % 100 + 1) as u8);
        let config = InterfaceConfig {
            channels: (0..channels).map(number).collect(),
            max_calls: channels + 8,
            ..InterfaceConfig::e1(side, Profile::EURO_ISDN)
        };
        let interface = Interface::new(config).expect("a sound configuration");
        Self { interface, link: DataLink::new(LinkParameters::new(side)) }
    }

    /// Takes messages and news from one layer to the other.
    fn serve(&mut self, now: FrameTime) {
        while let Some((_, LinkRequest::Establish)) = self.interface.poll_link_request() {
            self.link.establish(now);
        }
        while let Some(event) = self.link.poll_event() {
            if let LinkEvent::Established(_) = event {
                self.interface.handle_link(now, LINK, LinkChange::Established);
            }
        }
        while let Some((_, message)) = self.interface.poll_message() {
            self.link.send(now, message).expect("the link is up and its queue has room");
        }
    }
}

/// Two ends and the calls between them. The user's end calls; the network's rings and answers at once.
pub struct PriCalls {
    user: End,
    network: End,
    now: FrameTime,
    /// Calls that are up, the oldest first.
    up: VecDeque<CallId>,
    concurrent: usize,
}

impl PriCalls {
    /// Ends with so many channels, of which `concurrent` are to carry calls at a time.
    #[must_use]
    pub fn new(channels: u16, concurrent: usize) -> Self {
        let [user, network] = [Side::User, Side::Network].map(|side| End::new(side, channels));
        let mut calls = Self { user, network, now: FrameTime(8_000), up: VecDeque::new(), concurrent };
        calls.exchange();
        calls
    }

    /// Makes calls until as many are up as there are to be.
    pub fn fill(&mut self) {
        (self.up.len()..self.concurrent).for_each(|_| self.place());
    }

    /// One call comes, and the oldest one goes.
    pub fn turn(&mut self) {
        if self.up.len() >= self.concurrent {
            self.clear();
        }
        self.place();
    }

    /// Clears every call.
    pub fn empty(&mut self) {
        while !self.up.is_empty() {
            self.clear();
        }
    }

    /// Calls at both ends.
    #[must_use]
    pub fn count(&self) -> [usize; 2] {
        [&self.user, &self.network].map(|end| end.interface.call_count())
    }

    fn place(&mut self) {
        self.now.0 += 1;
        let bearer = BearerCapability::circuit(Bearer::Speech, Law::A);
        let number = PartyNumber {
            kind: NumberKind::NATIONAL,
            plan: NumberingPlan::E164,
            ..PartyNumber::unknown(b"5551234")
        };
        let call =
            self.user.interface.setup(self.now, &SetupRequest::new(bearer, number)).expect("a free channel");
        self.exchange();
        self.answer();
        self.exchange();
        self.up.push_back(call);
        self.forget_events();
    }

    fn clear(&mut self) {
        let Some(call) = self.up.pop_front() else { return };
        let interface = &mut self.user.interface;
        interface.disconnect(self.now, call, Cause::NORMAL_CLEARING, &Extra::default()).expect("it is up");
        self.exchange();
        self.forget_events();
    }

    fn answer(&mut self) {
        let (now, network) = (self.now, &mut self.network.interface);
        while let Some(event) = network.poll_event() {
            if let Event::Call(event) = event
                && let CallNews::Incoming { .. } = event.news
            {
                let none = Extra::default();
                network.proceeding(now, event.call, &none).expect("it was offered");
                network.alerting(now, event.call, &none).expect("it was offered");
                network.connect(now, event.call, &none).expect("it was offered");
            }
        }
    }

    fn forget_events(&mut self) {
        for end in [&mut self.user, &mut self.network] {
            while end.interface.poll_event().is_some() {}
        }
    }

    fn exchange(&mut self) {
        while carry(&mut self.user, &mut self.network, self.now)
            | carry(&mut self.network, &mut self.user, self.now)
        {}
    }
}

/// Carries the frames that one end has for the other; false when it has none.
fn carry(from: &mut End, to: &mut End, now: FrameTime) -> bool {
    from.serve(now);
    let mut carried = false;
    while let Some(frame) = from.link.poll_transmit(now) {
        carried = true;
        if let Some(Delivered::Data(message)) = to.link.handle_frame(now, frame) {
            to.interface.handle_message(now, LINK, message);
        }
    }
    carried
}
