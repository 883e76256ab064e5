//! A primary rate E1 or T1 for the exchange, which thinks in hooks: the other end of a D channel, and what its calls are
//! to a circuit.
//!
//! On-hook bits given for a channel clear its call, off-hook bits answer one; the bits received are off-hook from the
//! moment the switch calls on, and from its answer. Numbers go with SETUP, so nothing is dialled in band. It uses the
//! same layers 2 and 3 as the engine: that they are right is proved elsewhere, against foreign peers.
use super::port::{FarPort, Placement};
use super::t1_port::{self, T1Port};
use crate::line_port::LinePort;
use std::collections::{BTreeMap, VecDeque};
use tandem_isdn::access::Access;
use tandem_isdn::q921::LinkParameters;
use tandem_isdn::q931::element::{BearerCapability, PartyNumber};
use tandem_isdn::q931::{
    BChannel, CallEvent, CallId, CallNews, ChannelWish, ConfigError, Event, Extra, InterfaceConfig, LinkId,
    SetupRequest,
};
use tandem_line::hdlc::{HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};
use tandem_types::{
    Abcd, Bearer, Cause, Defects, FRAMES_PER_MS, FrameTime, Frames, Law, TelephoneChannel, Timeslot,
};

/// A primary rate interface of one link, seen from the exchange.
#[derive(Clone, Debug)]
pub struct DChannel {
    /// Its layer 3.
    pub interface: InterfaceConfig,
    /// Where the D channel is.
    pub slot: Timeslot,
    /// It has 56 kbit/s.
    pub seven_bits: bool,
}

/// The exchange's end of a primary rate interface.
pub struct PriPort {
    line: LinePort,
    slot: Timeslot,
    now: FrameTime,
    hdlc: Hdlc,
    access: Access,
    /// By telephone channel.
    circuits: BTreeMap<u8, Circuit>,
    hooks: Hooks,
}

/// The bits that the circuits of the exchange use.
#[derive(Clone, Copy)]
struct Hooks {
    on: Abcd,
    off: Abcd,
}

/// A call on a channel.
struct Circuit {
    call: CallId,
    /// The number that the switch has called, if it is the switch that calls.
    called: Option<String>,
    /// The switch: it has called, or answered, and has not cleared.
    off_hook: bool,
    /// The exchange has cleared.
    left: bool,
    /// The switch has refused the call of the exchange.
    refused: bool,
    /// Nothing is left of the call.
    over: bool,
}

impl Circuit {
    const fn new(call: CallId, called: Option<String>) -> Self {
        let off_hook = called.is_some();
        Self { call, called, off_hook, left: false, refused: false, over: false }
    }
}

/// Frames of the D channel, to the octets of its timeslot and from them.
struct Hdlc {
    receiver: HdlcReceiver,
    incoming: [u8; LONGEST + 2],
    sender: HdlcSender,
    to_send: VecDeque<Vec<u8>>,
    seven_bits: bool,
}

impl PriPort {
    /// The end at `line`, which has no signalling bits. The exchange chooses channels itself; `on` and `off` are its hooks.
    ///
    /// # Errors
    /// Such an interface cannot be.
    pub fn new(line: LinePort, d_channel: DChannel, on: Abcd, off: Abcd) -> Result<Self, ConfigError> {
        let parameters = LinkParameters::new(d_channel.interface.side);
        let mut access = Access::new(d_channel.interface, parameters)?;
        access.interface_mut().establish(LINK);
        Ok(Self {
            line,
            slot: d_channel.slot,
            now: FrameTime::ZERO,
            hdlc: Hdlc::new(d_channel.seven_bits),
            access,
            circuits: BTreeMap::new(),
            hooks: Hooks { on, off },
        })
    }

    /// The timeslot of a channel, unless it is the D channel's.
    fn timeslot(&self, channel: TelephoneChannel) -> Option<u8> {
        let slot = if self.line.is_t1() { channel.number() } else { channel.timeslot().number() };
        (channel.number() <= self.channels() && slot != self.slot.number()).then_some(slot)
    }

    fn channel(&self, timeslot: u8) -> Option<TelephoneChannel> {
        TelephoneChannel::all().find(|channel| self.timeslot(*channel) == Some(timeslot))
    }

    fn take(&mut self, octet: u8) {
        let Some(length) = self.hdlc.take(octet) else { return };
        self.access.handle_frame(self.now, LINK, &self.hdlc.incoming[..length]);
        self.run();
    }

    /// What has become due, once a millisecond.
    fn pass(&mut self) {
        if self.access.poll_timeout().is_some_and(|due| due <= self.now) {
            self.access.handle_timeout(self.now);
        }
        self.run();
    }

    fn run(&mut self) {
        loop {
            while let Some(frame) = self.access.poll_transmit(self.now, LINK) {
                self.hdlc.to_send.push_back(frame.to_vec());
            }
            let Some(event) = self.access.poll_event() else { return };
            if let Event::Call(event) = event {
                self.handle(&event);
            }
        }
    }

    fn handle(&mut self, event: &CallEvent) {
        if let CallNews::Incoming { number } = event.news {
            return if number.is_some() { self.be_called(event) } else { self.refuse(event.call) };
        }
        let Some(circuit) = self.circuits.values_mut().find(|circuit| circuit.call == event.call) else {
            return;
        };
        match event.news {
            CallNews::Answered => circuit.off_hook = true,
            CallNews::Disconnected { .. } | CallNews::Released { .. } => {
                circuit.refused |= !circuit.off_hook && circuit.called.is_none();
                circuit.off_hook = false;
                circuit.over |= matches!(event.news, CallNews::Released { .. });
            }
            _ => {}
        }
        self.forget();
    }

    /// Forgets the calls of which nothing is left on either side.
    fn forget(&mut self) {
        self.circuits.retain(|_, circuit| !(circuit.left && circuit.over));
    }

    fn be_called(&mut self, event: &CallEvent) {
        let slot = event.channel.and_then(|channel| u8::try_from(channel.number.0).ok());
        let channel = slot.and_then(|slot| self.channel(slot));
        let Some(channel) = channel.filter(|channel| !self.circuits.contains_key(&channel.number())) else {
            return self.refuse(event.call);
        };
        let digits = self.access.interface().called_digits(event.call).unwrap_or(&[]);
        let called = Some(String::from_utf8_lossy(digits).into_owned());
        self.circuits.insert(channel.number(), Circuit::new(event.call, called));
        let _ = self.access.interface_mut().alerting(self.now, event.call, &Extra::default());
    }

    fn refuse(&mut self, call: CallId) {
        let _ = self.access.interface_mut().disconnect(self.now, call, Cause::NO_CIRCUIT, &Extra::default());
    }
}

impl FarPort for PriPort {
    fn channels(&self) -> u8 {
        if self.line.is_t1() { T1Port::CHANNELS } else { 30 }
    }

    fn exchange_frame(&mut self, slots: &[u8; Timeslot::PER_FRAME]) -> Option<[u8; Timeslot::PER_FRAME]> {
        let (t1, d_channel) = (self.line.is_t1(), self.slot.index());
        let mut sent = if t1 { t1_port::to_line(slots) } else { *slots };
        sent[d_channel] = self.hdlc.next_octet();
        let heard = self.line.exchange_frame(&sent).copied();
        self.now += Frames(1);
        match heard {
            Some(heard) => self.take(heard[d_channel]),
            None => self.hdlc.receiver.restart(),
        }
        if self.now.0.is_multiple_of(FRAMES_PER_MS) {
            self.pass();
        }
        heard.map(|heard| if t1 { t1_port::from_line(&heard) } else { heard })
    }

    fn set_bits(&mut self, channel: TelephoneChannel, bits: Abcd) {
        let Some(circuit) = self.circuits.get_mut(&channel.number()) else { return };
        let call = circuit.call;
        // What is being cleared, or has been answered, stays as it is.
        if bits == self.hooks.on {
            circuit.left = true;
            let _ = self.access.interface_mut().disconnect(
                self.now,
                call,
                Cause::NORMAL_CLEARING,
                &Extra::default(),
            );
        } else if circuit.called.is_some() {
            let _ = self.access.interface_mut().connect(self.now, call, &Extra::default());
        }
        self.forget();
        self.run();
    }

    fn bits(&self, channel: TelephoneChannel) -> Option<Abcd> {
        let circuit = self.circuits.get(&channel.number());
        let off_hook = circuit.is_some_and(|circuit| circuit.off_hook);
        Some(if off_hook { self.hooks.off } else { self.hooks.on })
    }

    fn place(&mut self, channel: TelephoneChannel, number: &str) -> Placement {
        let Some(slot) = self.timeslot(channel).filter(|_| !self.circuits.contains_key(&channel.number()))
        else {
            return Placement::Refused;
        };
        let law = if self.line.is_t1() { Law::Mu } else { Law::A };
        let bearer = BearerCapability::circuit(Bearer::Speech, law);
        let called = PartyNumber::unknown(number.as_bytes());
        let request = SetupRequest {
            channel: ChannelWish::Exclusive(BChannel::new(0, slot)),
            ..SetupRequest::new(bearer, called)
        };
        let Ok(call) = self.access.interface_mut().setup(self.now, &request) else {
            return Placement::Refused;
        };
        self.circuits.insert(channel.number(), Circuit::new(call, None));
        self.run();
        Placement::Signalled
    }

    fn called_number(&self, channel: TelephoneChannel) -> Option<&str> {
        self.circuits.get(&channel.number())?.called.as_deref()
    }

    fn has_refused(&self, channel: TelephoneChannel) -> bool {
        self.circuits.get(&channel.number()).is_some_and(|circuit| circuit.refused)
    }

    fn defects(&self) -> Defects {
        self.line.defects()
    }
}

impl Hdlc {
    fn new(seven_bits: bool) -> Self {
        Self {
            receiver: HdlcReceiver::new(HdlcLimits { shortest: 3, longest: LONGEST as u16 }),
            incoming: [0; LONGEST + 2],
            sender: HdlcSender::new(),
            to_send: VecDeque::new(),
            seven_bits,
        }
    }

    fn take(&mut self, octet: u8) -> Option<usize> {
        let event = match self.seven_bits {
            false => self.receiver.handle_octet(&mut self.incoming, octet),
            true => self.receiver.handle_seven_bits(&mut self.incoming, octet),
        };
        match event? {
            HdlcEvent::Frame(length) => Some(length),
            HdlcEvent::Error(_) => None,
        }
    }

    fn next_octet(&mut self) -> u8 {
        let frame = self.to_send.front().map_or(&[][..], Vec::as_slice);
        let sent = match self.seven_bits {
            false => self.sender.poll_octet(frame),
            true => self.sender.poll_seven_bits(frame),
        };
        if sent.frame_done {
            self.to_send.pop_front();
        }
        sent.line
    }
}

const LINK: LinkId = LinkId(0);
/// Address, control and N201.
const LONGEST: usize = 264;
