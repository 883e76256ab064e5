//! A link of the user side, its far end played by hand with octets in hexadecimal.
//!
//! The far end is the network: its commands begin with 02 01, its responses with 00 01, and ours the other way
//! round.
#![allow(dead_code)] // no test uses all of it

use tandem_isdn::Side;
use tandem_isdn::q921::{DataLink, Delivered, LinkEvent, LinkParameters};
use tandem_types::{FrameTime, Frames};

pub(crate) struct Rig {
    pub(crate) link: DataLink,
    pub(crate) now: FrameTime,
    pub(crate) data: Vec<Vec<u8>>,
    pub(crate) unit_data: Vec<Vec<u8>>,
}

/// What can happen to a link.
#[derive(Clone, Copy)]
pub(crate) enum Stimulus {
    /// A frame of the far end.
    Hear(&'static str),
    Establish,
    Release,
    /// DL-DATA request of the octet aa, refused or not.
    Send,
    SendUnit,
    Busy,
    Ready,
    LineLost,
    LineBack,
    /// Time passes until the next timer has expired.
    Expiry,
}

impl Rig {
    pub(crate) fn new(parameters: LinkParameters) -> Self {
        let link = DataLink::new(parameters);
        Self { link, now: FrameTime(8_000), data: Vec::new(), unit_data: Vec::new() }
    }

    pub(crate) fn apply(&mut self, stimulus: Stimulus) {
        let now = self.now;
        match stimulus {
            Stimulus::Hear(octets) => self.hear(octets),
            Stimulus::Establish => self.link.establish(now),
            Stimulus::Release => self.link.release(now),
            Stimulus::Send => drop(self.link.send(now, &[0xaa])),
            Stimulus::SendUnit => {
                self.link.send_unit_data(now, &[0xbb]).expect("UI can be sent in any state");
            }
            Stimulus::Busy => self.link.set_receiver_busy(now, true),
            Stimulus::Ready => self.link.set_receiver_busy(now, false),
            Stimulus::LineLost => self.link.deactivated(now),
            Stimulus::LineBack => self.link.activated(now),
            Stimulus::Expiry => self.expire(),
        }
    }

    pub(crate) fn hear(&mut self, octets: &str) {
        self.hear_octets(&octets_of(octets));
    }

    pub(crate) fn hear_octets(&mut self, octets: &[u8]) {
        match self.link.handle_frame(self.now, octets) {
            Some(Delivered::Data(data)) => self.data.push(data.to_vec()),
            Some(Delivered::UnitData(data)) => self.unit_data.push(data.to_vec()),
            None => {}
        }
    }

    /// Frames that the link sends now.
    pub(crate) fn says(&mut self) -> Vec<String> {
        let mut frames = Vec::new();
        while let Some(frame) = self.link.poll_transmit(self.now) {
            frames.push(hex(frame));
        }
        frames
    }

    pub(crate) fn tells(&mut self) -> Vec<LinkEvent> {
        std::iter::from_fn(|| self.link.poll_event()).collect()
    }

    /// Forgets what the link said and told so far.
    pub(crate) fn settle(mut self) -> Self {
        self.says();
        self.tells();
        self.data.clear();
        self
    }

    pub(crate) fn then(mut self, stimulus: Stimulus) -> Self {
        self.apply(stimulus);
        self.settle()
    }

    pub(crate) fn expire(&mut self) {
        self.now = self.link.poll_timeout().expect("a timer runs");
        self.link.handle_timeout(self.now);
    }

    pub(crate) fn pass(&mut self, time: Frames) {
        self.now += time;
        self.link.handle_timeout(self.now);
    }

    /// How long until the next timer expires, in milliseconds.
    pub(crate) fn timer_ms(&self) -> Option<u64> {
        self.link.poll_timeout().map(|due| due.since(self.now).as_ms())
    }
}

/// State 4.
pub(crate) fn state_4() -> Rig {
    Rig::new(LinkParameters::new(Side::User))
}

/// State 5.0: layer 3 has asked for the link.
pub(crate) fn state_5_0() -> Rig {
    state_4().then(Stimulus::Establish)
}

/// State 5.1: re-establishing after an FRMR, with so many I frames outstanding.
pub(crate) fn state_5_1(outstanding: usize) -> Rig {
    state_7(outstanding).then(Stimulus::Hear("00 01 97 00 00 00 00 01"))
}

/// State 5.2: layer 3 does not want the link any more.
pub(crate) fn state_5_2() -> Rig {
    state_5_0().then(Stimulus::Release)
}

/// State 6.
pub(crate) fn state_6() -> Rig {
    state_7(0).then(Stimulus::Release)
}

/// State 7 with V(R)=0 and so many I frames outstanding.
pub(crate) fn state_7(outstanding: usize) -> Rig {
    let established = state_5_0().then(Stimulus::Hear("00 01 73"));
    (0..outstanding).fold(established, |rig, _| rig.then(Stimulus::Send))
}

/// State 8 with RC=1, or 0 without outstanding I frames.
pub(crate) fn state_8(outstanding: usize) -> Rig {
    state_7(outstanding).then(Stimulus::Expiry)
}

/// One row of the state tables: what the link says and tells upon a stimulus, and its next state.
#[track_caller]
pub(crate) fn when(mut rig: Rig, stimulus: Stimulus, says: &[&str], tells: &[LinkEvent], state: u8) -> Rig {
    rig.apply(stimulus);
    assert_eq!(rig.says(), says, "says");
    assert_eq!(rig.tells(), tells, "tells");
    assert_eq!(rig.link.state() as u8, state, "state");
    rig
}

pub(crate) fn octets_of(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).expect("hexadecimal")).collect()
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}

/// I, RR, RNR and REJ as commands, and the last three as responses, with P/F 0 and 1, N(S) and N(R) good and bad for a
/// link that has neither sent nor received any.
pub(crate) fn numbered() -> impl Iterator<Item = &'static str> {
    const FRAMES: &str = "\
02 01 00 00 99,02 01 00 01 99,02 01 02 00 99,02 01 02 01 99,02 01 00 20 99,02 01 00 21 99,\
02 01 01 00,02 01 01 01,02 01 01 20,02 01 01 21,00 01 01 00,00 01 01 01,00 01 01 20,00 01 01 21,\
02 01 05 00,02 01 05 01,02 01 05 20,02 01 05 21,00 01 05 00,00 01 05 01,00 01 05 20,00 01 05 21,\
02 01 09 00,02 01 09 01,02 01 09 20,02 01 09 21,00 01 09 00,00 01 09 01,00 01 09 20,00 01 09 21";
    FRAMES.split(',')
}
