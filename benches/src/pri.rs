//! Calls over primary rate, back to back: both ends ours, layer 3 on a data link, octet frames in memory.
use std::collections::VecDeque;
use tandem_isdn::Side;
use tandem_isdn::access::Access;
use tandem_isdn::profile::Profile;
use tandem_isdn::q921::LinkParameters;
use tandem_isdn::q931::element::{BearerCapability, NumberKind, NumberingPlan, PartyNumber};
use tandem_isdn::q931::{BChannel, CallId, CallNews, Event, Extra, InterfaceConfig, LinkId, SetupRequest};
use tandem_types::{Bearer, Cause, FrameTime, Law};

/// The most channels of an interface.
pub const MOST_CHANNELS: u16 = 4096;
const LINK: LinkId = LinkId(0);

fn end(side: Side, channels: u16) -> Access {
    let number = |n: u16| BChannel::new((n / 100) as u8, (n % 100 + 1) as u8);
    let config = InterfaceConfig {
        channels: (0..channels).map(number).collect(),
        max_calls: channels + 8,
        ..InterfaceConfig::e1(side, Profile::EURO_ISDN)
    };
    Access::new(config, LinkParameters::new(side)).expect("a sound configuration")
}

/// Two ends and the calls between them. The user's end calls; the network's rings and answers at once.
pub struct PriCalls {
    user: Access,
    network: Access,
    now: FrameTime,
    /// Calls that are up, the oldest first.
    up: VecDeque<CallId>,
    concurrent: usize,
}

impl PriCalls {
    /// Ends with so many channels, of which `concurrent` are to carry calls at a time.
    #[must_use]
    pub fn new(channels: u16, concurrent: usize) -> Self {
        let [user, network] = [Side::User, Side::Network].map(|side| end(side, channels));
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
        [&self.user, &self.network].map(|end| end.interface().call_count())
    }

    fn place(&mut self) {
        self.now.0 += 1;
        let bearer = BearerCapability::circuit(Bearer::Speech, Law::A);
        let number = PartyNumber {
            kind: NumberKind::NATIONAL,
            plan: NumberingPlan::E164,
            ..PartyNumber::unknown(b"5551234")
        };
        let call = self
            .user
            .interface_mut()
            .setup(self.now, &SetupRequest::new(bearer, number))
            .expect("a free channel");
        self.exchange();
        self.answer();
        self.exchange();
        self.up.push_back(call);
        self.forget_events();
    }

    fn clear(&mut self) {
        let Some(call) = self.up.pop_front() else { return };
        let interface = self.user.interface_mut();
        interface.disconnect(self.now, call, Cause::NORMAL_CLEARING, &Extra::default()).expect("it is up");
        self.exchange();
        self.forget_events();
    }

    fn answer(&mut self) {
        let (now, network) = (self.now, self.network.interface_mut());
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
            while end.poll_event().is_some() {}
        }
    }

    fn exchange(&mut self) {
        while carry(&mut self.user, &mut self.network, self.now)
            | carry(&mut self.network, &mut self.user, self.now)
        {}
    }
}

/// Carries the frames that one end has for the other; false when it has none.
fn carry(from: &mut Access, to: &mut Access, now: FrameTime) -> bool {
    let mut carried = false;
    while let Some(frame) = from.poll_transmit(now, LINK) {
        carried = true;
        to.handle_frame(now, LINK, frame);
    }
    carried
}
