//! An engine on an ISDN span against a far end that says what the test says, message by message: what no engine of ours
//! would send.
#![allow(dead_code)] // each test takes what it needs
use hw_sim::LinePort;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use tandem_card::CardFactory;
use tandem_engine::{
    CallId, CallStage, ChannelService, Config, Engine, Event, EventKind, HoldChange, InformationKind,
};
use tandem_isdn::Side;
use tandem_isdn::q921::{DataLink, Delivered, LinkEvent, LinkParameters};
use tandem_lab::{FarEnds, SimFactory};
use tandem_line::hdlc::{HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};
use tandem_rt::{Next, Step};
use tandem_types::{FrameTime, Frames, Handle};

const LONGEST: usize = 264;
const D_CHANNEL: usize = 16;

/// What the test and the far end share.
#[derive(Default)]
pub(crate) struct Wanted {
    /// Messages of layer 3 to be sent.
    pub(crate) to_say: VecDeque<Vec<u8>>,
    /// Those received.
    pub(crate) heard: Vec<Vec<u8>>,
    /// SABME is answered by DM.
    pub(crate) refuses: bool,
    /// The link is to be released.
    pub(crate) releases: bool,
    /// How often it was asked to establish.
    pub(crate) asked: usize,
    /// What is said on the other slots, where that is not silence, and the frame that was heard last.
    pub(crate) says: [Option<u8>; 32],
    pub(crate) hears: [u8; 32],
}

/// The network's end of the first port; the others have nobody.
struct FarEnd {
    port: LinePort,
    receiver: HdlcReceiver,
    incoming: [u8; LONGEST + 2],
    sender: HdlcSender,
    to_send: VecDeque<Vec<u8>>,
    link: DataLink,
    now: FrameTime,
    wanted: Arc<Mutex<Wanted>>,
}

impl FarEnd {
    fn new(mut ends: FarEnds, wanted: Arc<Mutex<Wanted>>) -> Self {
        let limits = HdlcLimits { shortest: 3, longest: LONGEST as u16 };
        Self {
            port: ends.ports.swap_remove(0),
            receiver: HdlcReceiver::new(limits),
            incoming: [0; LONGEST + 2],
            sender: HdlcSender::new(),
            to_send: VecDeque::new(),
            link: DataLink::new(LinkParameters::new(Side::Network)),
            now: FrameTime::ZERO,
            wanted,
        }
    }

    fn take(&mut self, octet: u8) {
        let Some(HdlcEvent::Frame(length)) = self.receiver.handle_octet(&mut self.incoming, octet) else {
            return;
        };
        let frame = &self.incoming[..length];
        let mut wanted = lock(&self.wanted);
        let is_sabme = frame.get(2).is_some_and(|control| control & !0x10 == 0x6f);
        wanted.asked += usize::from(is_sabme);
        if is_sabme && wanted.refuses {
            return self.to_send.push_back(vec![0x00, 0x01, 0x1f]);
        }
        if let Some(Delivered::Data(message)) = self.link.handle_frame(self.now, frame) {
            wanted.heard.push(message.to_vec());
        }
    }

    fn pass(&mut self) {
        if self.link.poll_timeout().is_some_and(|due| due <= self.now) {
            self.link.handle_timeout(self.now);
        }
        while let Some(event) = self.link.poll_event() {
            assert!(!matches!(event, LinkEvent::Error(_)), "{event:?}");
        }
        if std::mem::take(&mut lock(&self.wanted).releases) {
            self.link.release(self.now);
        }
        for message in lock(&self.wanted).to_say.drain(..) {
            self.link.send(self.now, &message).expect("the link is up");
        }
        while let Some(frame) = self.link.poll_transmit(self.now) {
            self.to_send.push_back(frame.to_vec());
        }
    }
}

impl Step for FarEnd {
    fn step(&mut self, now: FrameTime) -> Next {
        while self.now < now {
            let frame = self.to_send.front().map_or(&[][..], Vec::as_slice);
            let sent = self.sender.poll_octet(frame);
            if sent.frame_done {
                self.to_send.pop_front();
            }
            let mut slots = lock(&self.wanted).says.map(|octet| octet.unwrap_or(0xd5));
            slots[D_CHANNEL] = sent.line;
            match self.port.exchange_frame(&slots).copied() {
                Some(heard) => {
                    lock(&self.wanted).hears = heard;
                    self.take(heard[D_CHANNEL]);
                }
                None => self.receiver.restart(),
            }
            self.now += Frames(1);
            self.pass();
        }
        Next::At(now)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("one thread")
}

pub(crate) fn octets(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).expect("an octet")).collect()
}

/// The engine, who is the user, and the far end.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) wanted: Arc<Mutex<Wanted>>,
    pub(crate) told: Vec<EventKind>,
}

impl Bench {
    /// With these fields in `[span.pri]` and these sections before the cards.
    pub(crate) fn new(pri: &str, sections: &str) -> Self {
        let text = format!(
            "[engine]\nmode = \"lockstep\"\n{sections}\n[[card]]\nmodel = \"sim-bit\"\noptions = {{ cas = false }}\n\
             [[span]]\nport = 0\nsignalling = \"pri\"\npri = {{ {pri} }}\n"
        );
        let wanted = Arc::default();
        let shared = Arc::clone(&wanted);
        let make = move |ends| Box::new(FarEnd::new(ends, Arc::clone(&shared))) as Box<dyn Step>;
        let factory: Box<dyn CardFactory> = Box::new(SimFactory::new(Box::new(make)));
        let config = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let engine = Engine::open(config, &mut [factory]).expect("opens");
        Self { engine, wanted, told: Vec::new() }
    }

    /// The same with the D channel up, and no restart at its beginning.
    pub(crate) fn up_with(pri: &str, sections: &str) -> Self {
        let mut bench = Self::new(&format!("restart = false{pri}"), sections);
        bench.pass_ms(500);
        assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::LinkChanged { up: true, .. })));
        bench.told.clear();
        bench
    }

    pub(crate) fn up() -> Self {
        Self::up_with("", "")
    }

    pub(crate) fn pass_ms(&mut self, ms: u64) {
        for _ in 0..ms.div_ceil(10) {
            assert!(self.engine.advance(Frames::from_ms(10)));
            let told = std::iter::from_fn(|| self.engine.event_wait(Some(Frames(0))));
            self.told.extend(told.map(|event: Event| event.kind));
        }
    }

    /// The far end sends these messages at once, and 100 ms pass.
    pub(crate) fn say(&mut self, messages: &[&str]) {
        lock(&self.wanted).to_say.extend(messages.iter().map(|message| octets(message)));
        self.pass_ms(100);
    }

    /// What the far end has heard since the last time: call reference and type of each message.
    pub(crate) fn heard(&mut self) -> Vec<String> {
        let heard = std::mem::take(&mut lock(&self.wanted).heard);
        heard.iter().map(|it| format!("{:02x}{:02x} {:02x}", it[2], it[3], it[4])).collect()
    }

    pub(crate) fn heard_whole(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut lock(&self.wanted).heard)
    }

    pub(crate) fn channel(&self, slot: u8) -> Handle {
        let channels = self.engine.channels(0).expect("open");
        channels.into_iter().find(|(_, number)| *number == slot).expect("a channel").0
    }

    pub(crate) fn place(&mut self, slot: u8) -> CallId {
        let call = self.engine.call_place(self.channel(slot), "4711").expect("a free channel");
        self.pass_ms(100);
        call
    }

    /// A call of the far end on channel 1, offered.
    pub(crate) fn offered(&mut self) -> CallId {
        self.say(&[&setup(1)]);
        let offered = self.told.iter().find_map(|kind| match kind {
            EventKind::CallOffered { call, .. } => Some(*call),
            _ => None,
        });
        offered.expect("a call")
    }

    /// A call of ours on channel 1 that has been answered.
    pub(crate) fn answered(&mut self) -> CallId {
        let call = self.place(1);
        self.say(&["08 02 80 01 02 18 03 a9 83 81", "08 02 80 01 07"]);
        assert!(self.told.iter().any(|kind| matches!(kind, EventKind::CallAnswered { .. })));
        self.told.clear();
        self.heard();
        call
    }

    pub(crate) fn cleared(&self) -> Vec<(CallId, u8, bool)> {
        let cleared = |kind: &EventKind| match kind {
            EventKind::CallCleared { call, cause, by_far_end, .. } => {
                Some((*call, cause.value(), *by_far_end))
            }
            _ => None,
        };
        self.told.iter().filter_map(cleared).collect()
    }

    pub(crate) fn stages(&self) -> Vec<CallStage> {
        let stage = |kind: &EventKind| match kind {
            EventKind::CallProgress { stage, .. } => Some(*stage),
            _ => None,
        };
        self.told.iter().filter_map(stage).collect()
    }

    pub(crate) fn information(&self) -> Vec<(InformationKind, Vec<u8>)> {
        let told = |kind: &EventKind| match kind {
            EventKind::CallInformation { kind, octets, .. } => Some((*kind, octets.clone())),
            _ => None,
        };
        self.told.iter().filter_map(told).collect()
    }

    pub(crate) fn holds(&self) -> Vec<HoldChange> {
        let told = |kind: &EventKind| match kind {
            EventKind::CallHold { change, .. } => Some(*change),
            _ => None,
        };
        self.told.iter().filter_map(told).collect()
    }

    pub(crate) fn services(&self) -> Vec<ChannelService> {
        let told = |kind: &EventKind| match kind {
            EventKind::ChannelServiceChanged { service, .. } => Some(*service),
            _ => None,
        };
        self.told.iter().filter_map(told).collect()
    }
}

/// A call of the far end for 2001, speech, exclusively on this channel.
pub(crate) fn setup(channel: u8) -> String {
    format!("08 02 00 01 05 a1 04 03 80 90 a3 18 03 a9 83 {:02x} 70 05 80 32 30 30 31", 0x80 | channel)
}
