//! Cards, spans, channels and the devices that programs have open.
use crate::channel::{CHUNK, Channel};
use crate::errno::{EBUSY, EINVAL, EMFILE, ENODEV, ENOENT, ENOSYS, ENXIO};
use crate::hdlc::Hdlc;
use crate::span::Span;
use crate::timer::Timer;
use crate::zones::Zones;
use std::collections::BTreeMap;
use std::fmt;
use tandem_card::dahdi::abi;
use tandem_card::{
    Card, CardError, ClockSource, LineOrder, OpenedCard, PortKind, SpanConfig, most_signalling_octets,
};
use tandem_rt::sys::Errno;
use tandem_rt::{MediaLoop, MediaTick, Step};
use tandem_types::{Abcd, Frames, Law, Timeslot};

/// Spans of cards, as DAHDI programs see them. Time passes in [`Board::tick`].
pub struct Board {
    pub(crate) cards: Vec<BoardCard>,
    pub(crate) spans: Vec<Span>,
    /// By number; those of no span from [`FIRST_PSEUDO`] on, for as long as they are open.
    pub(crate) channels: BTreeMap<i32, Channel>,
    pub(crate) devices: BTreeMap<u64, Device>,
    pub(crate) zones: Zones,
    /// Lengths of tones, which nothing here makes.
    pub(crate) dialling: [i32; 6],
    worlds: Vec<Box<dyn Step>>,
    media: MediaLoop,
    step: usize,
    last_device: u64,
}

pub(crate) struct BoardCard {
    pub(crate) card: Box<dyn Card>,
    granule: usize,
    started: bool,
    /// How each of its spans was set up when it was started.
    applied: Vec<Option<SpanConfig>>,
    /// For its lines, by port.
    pub(crate) orders: Vec<(usize, LineOrder)>,
    /// Signalling bits that are new, by port and slot.
    bits: Vec<(usize, usize, Abcd)>,
    /// The port whose clock was chosen, if any was; `None` before the first choice.
    clock: Option<Option<usize>>,
    new_clock: Option<ClockSource>,
}

/// What a descriptor is open to.
#[derive(Debug)]
pub(crate) enum Device {
    Control,
    /// A channel that is yet to be named.
    Unspecified,
    Timer(Timer),
    Channel(i32),
}

/// How the descriptor of a device is read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceShape {
    /// Octets that one read or write moves at most; 0 where there are none.
    pub most: usize,
    /// Whether each block is a frame.
    pub is_framed: bool,
}

impl Board {
    /// A board of these cards. Each of its spans is a port of one of them, T1 or E1 as is said.
    pub fn new(cards: Vec<OpenedCard>, spans: &[(usize, usize, bool)]) -> Result<Self, CardError> {
        let (mut boards, mut worlds) = (Vec::new(), Vec::new());
        for OpenedCard { card, world } in cards {
            let granule = card.info().granule;
            if granule == 0 || !CHUNK.is_multiple_of(granule) {
                return Err(CardError::Unsupported("a granule that is no part of 8 frames"));
            }
            let applied = vec![None; card.info().spans.len()];
            // Room for all that a millisecond may bring: nothing is allocated while frames move.
            let (orders, bits) = (Vec::new(), Vec::with_capacity(applied.len() * Timeslot::PER_FRAME));
            let (started, clock, new_clock) = (false, None, None);
            boards.push(BoardCard { card, granule, started, applied, orders, bits, clock, new_clock });
            worlds.extend(world);
        }
        let mut board = Self {
            step: boards.iter().map(|card| card.granule).min().unwrap_or(CHUNK),
            cards: boards,
            spans: Vec::new(),
            channels: BTreeMap::new(),
            devices: BTreeMap::new(),
            zones: Zones::default(),
            dialling: USUAL_DIALLING,
            worlds,
            media: MediaLoop::default(),
            last_device: 0,
        };
        spans.iter().try_for_each(|(card, port, t1)| board.add_span(*card, *port, *t1))?;
        Ok(board)
    }

    fn add_span(&mut self, card: usize, port: usize, t1: bool) -> Result<(), CardError> {
        let kinds = self.cards.get(card).map(|card| &card.card.info().spans);
        let kinds = kinds.ok_or(CardError::Unsupported("a span of a card that there is not"))?;
        let spans = kinds.len();
        let kind = kinds.get(port).ok_or(CardError::NoSuchSpan { span: port, spans })?;
        if matches!((kind, t1), (PortKind::E1, true) | (PortKind::T1, false)) {
            return Err(CardError::Unsupported("the other kind of span"));
        }
        let first = self.spans.last().map_or(1, |span| span.first_channel + span.channels());
        let span = Span::new(card, port, t1, first);
        for (number, slot) in (first..first + span.channels()).zip((1..).map_while(Timeslot::new)) {
            let channel = Channel::new(number, Some((self.spans.len(), slot)), span.law());
            self.channels.insert(number, channel);
        }
        self.spans.push(span);
        Ok(())
    }

    /// Opens the device at this path below `/dev/dahdi/`.
    pub fn open(&mut self, path: &str) -> Result<u64, Errno> {
        if self.devices.len() >= MOST_DEVICES {
            return Err(EMFILE);
        }
        let id = self.last_device + 1;
        let device = match path {
            "ctl" => Device::Control,
            "channel" => Device::Unspecified,
            "timer" => Device::Timer(Timer::default()),
            "pseudo" => Device::Channel(self.add_pseudo(id)),
            "transcode" => return Err(ENXIO),
            _ => {
                let number = self.number_of(path).ok_or(ENOENT)?;
                self.open_channel(number, id)?;
                Device::Channel(number)
            }
        };
        self.last_device = id;
        self.devices.insert(id, device);
        Ok(id)
    }

    /// The channel of a path: its number, or `chan/` and those of its span and of the channel in it.
    fn number_of(&self, path: &str) -> Option<i32> {
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let Some(place) = path.strip_prefix("chan/") else {
            return number(path).filter(|number| *number < FIRST_PSEUDO);
        };
        let (span, channel) = place.split_once('/')?;
        let span = self.spans.get(number(span)? as usize - 1)?;
        number(channel)
            .filter(|channel| *channel <= span.channels())
            .map(|channel| span.first_channel + channel - 1)
    }

    pub(crate) fn open_channel(&mut self, number: i32, id: u64) -> Result<(), Errno> {
        let channel = self.channels.get_mut(&number).filter(|channel| channel.sig != 0).ok_or(ENXIO)?;
        if channel.device.is_some() {
            return Err(EBUSY);
        }
        channel.open(id);
        Ok(())
    }

    fn add_pseudo(&mut self, id: u64) -> i32 {
        let free = (FIRST_PSEUDO..).find(|number| !self.channels.contains_key(number));
        let number = free.unwrap_or(i32::MAX);
        let mut channel = Channel::new(number, None, Law::Mu);
        channel.open(id);
        self.channels.insert(number, channel);
        number
    }

    /// The last copy of a descriptor was closed.
    pub fn close(&mut self, id: u64) {
        if let Some(Device::Channel(number)) = self.devices.remove(&id)
            && let Some(channel) = self.channels.get_mut(&number)
        {
            channel.close();
            if channel.is_pseudo() {
                self.channels.remove(&number);
            }
        }
    }

    /// Writes a block; how much of it was taken, 0 if there is no room or it is half a sample.
    pub fn write(&mut self, id: u64, octets: &[u8]) -> Result<usize, Errno> {
        let channel = self.channel_of(id)?;
        if octets.is_empty() || channel.hdlc.is_some() && !Hdlc::is_frame(octets) {
            return Err(EINVAL);
        }
        Ok(channel.write(octets))
    }

    /// Whether there is room for a block that is written.
    #[must_use]
    pub fn has_room(&self, id: u64) -> bool {
        self.channel_at(id).is_some_and(|channel| !channel.to_send.is_full())
    }

    /// Puts the next block that is to be read into `into`. False if there is none.
    pub fn read(&mut self, id: u64, into: &mut Vec<u8>) -> bool {
        self.channel_of(id).is_ok_and(|channel| channel.read(into))
    }

    /// Whether something is to be asked for by GETEVENT.
    #[must_use]
    pub fn is_urgent(&self, id: u64) -> bool {
        match self.devices.get(&id) {
            Some(Device::Timer(timer)) => timer.event() != abi::DAHDI_EVENT_NONE,
            _ => self.channel_at(id).is_some_and(Channel::has_event),
        }
    }

    /// How the descriptor of a device is read and written now.
    #[must_use]
    pub fn shape(&self, id: u64) -> DeviceShape {
        self.channel_at(id).map_or_else(DeviceShape::default, |channel| DeviceShape {
            most: channel.most(),
            is_framed: channel.hdlc.is_some(),
        })
    }

    fn channel_at(&self, id: u64) -> Option<&Channel> {
        match self.devices.get(&id)? {
            Device::Channel(number) => self.channels.get(number),
            _ => None,
        }
    }

    fn channel_of(&mut self, id: u64) -> Result<&mut Channel, Errno> {
        match self.devices.get(&id).ok_or(ENODEV)? {
            Device::Channel(number) => self.channels.get_mut(number).ok_or(ENODEV),
            _ => Err(ENOSYS),
        }
    }

    /// The channels of a span.
    pub(crate) fn channels_of(&self, span: usize) -> impl Iterator<Item = &Channel> {
        let (first, count) =
            self.spans.get(span).map_or((0, 0), |span| (span.first_channel, span.channels()));
        self.channels.range(first..first + count).map(|(_, channel)| channel)
    }

    /// Starts a span: its card is set up anew if that changes how any of its spans are to be.
    pub(crate) fn start_span(&mut self, span: usize) -> Result<(), CardError> {
        let Some(Span { card, .. }) = self.spans.get(span) else { return Ok(()) };
        let card = *card;
        self.spans[span].running = true;
        let mut wanted = self.cards[card].applied.clone();
        for (number, span) in
            self.spans.iter().enumerate().filter(|(_, span)| span.card == card && span.running)
        {
            let mut framed = self.channels_of(number).filter(|channel| channel.sig == abi::DAHDI_SIG_HDLCFCS);
            let d_channel = framed.next().and_then(|channel| channel.place).map(|(_, slot)| slot);
            wanted[span.port] = Some(span.card_config(d_channel));
        }
        let board = &mut self.cards[card];
        if board.started && board.applied == wanted {
            return Ok(());
        }
        board.stop();
        for (port, config) in wanted.iter().enumerate() {
            config.map_or(Ok(()), |config| board.card.configure(port, &config))?;
        }
        board.card.start()?;
        (board.started, board.applied, board.clock) = (true, wanted, None);
        for span in self.spans.iter_mut().filter(|span| span.card == card) {
            span.sent_bits = [None; Timeslot::PER_FRAME];
            let config = self.cards[card].applied[span.port];
            span.signalling_slot = config.and_then(|config| config.signalling_slot).map(Timeslot::index);
        }
        Ok(())
    }

    /// A millisecond passes: what has come is received, what waits is sent.
    pub fn tick(&mut self) {
        for frame in (0..CHUNK).step_by(self.step) {
            let now = self.media.now() + Frames(self.step as u64);
            for world in &mut self.worlds {
                world.step(now);
            }
            let Self { media, cards, spans, step, .. } = self;
            media.run_tick(*step, |tick| {
                let end = frame + *step;
                for (number, board) in
                    cards.iter_mut().enumerate().filter(|(_, board)| end.is_multiple_of(board.granule))
                {
                    let spans = spans.iter_mut().filter(|span| span.card == number);
                    board.work(&tick.spanning(board.granule), end, spans);
                }
            });
        }
        self.move_octets();
        self.hear_others();
        for device in self.devices.values_mut() {
            if let Device::Timer(timer) = device {
                timer.pass(CHUNK as i32);
            }
        }
    }

    /// Between the channels and the frames of their spans; bits, alarms and the clock.
    fn move_octets(&mut self) {
        let Self { cards, spans, channels, .. } = self;
        for span in &mut *spans {
            let board = &mut cards[span.card];
            let changed = board.started && span.note(board.card.status(span.port));
            let bits = *board.card.received_bits(span.port);
            for (_, channel) in channels.range_mut(span.first_channel..span.first_channel + span.channels()) {
                let Some((_, slot)) = channel.place else { continue };
                let slot = slot.index();
                let octets: [u8; CHUNK] = std::array::from_fn(|n| span.received[n][slot]);
                // A D channel is heard as the line brings it, where the card can.
                let from_line = channel.hdlc.is_some() && span.signalling_slot == Some(slot);
                channel.receive(if from_line { &span.signalling } else { &octets });
                if changed {
                    let alarm = span.alarms != 0;
                    channel.tell(if alarm { abi::DAHDI_EVENT_ALARM } else { abi::DAHDI_EVENT_NOALARM });
                }
                if channel.is_signalled() && !channel.frozen && channel.rx_bits != bits[slot] {
                    channel.rx_bits = bits[slot];
                    channel.tell(abi::DAHDI_EVENT_BITSCHANGED);
                }
                for (frame, octet) in span.sent.iter_mut().zip(channel.send()) {
                    frame[slot] = octet;
                }
                // A card that is started has all bits anew.
                if board.started && channel.is_signalled() && span.sent_bits[slot] != Some(channel.tx_bits) {
                    span.sent_bits[slot] = Some(channel.tx_bits);
                    board.bits.push((span.port, slot, channel.tx_bits));
                }
            }
        }
        for (number, board) in cards.iter_mut().enumerate() {
            board.choose_clock(spans.iter_mut().filter(|span| span.card == number));
        }
    }

    /// Channels of no span move by themselves, and hear others.
    fn hear_others(&mut self) {
        let chunks: Vec<(i32, [u8; CHUNK])> = self
            .channels
            .range(FIRST_PSEUDO..)
            .map(|(number, channel)| {
                let source =
                    channel.monitor.and_then(|monitor| Some((monitor, self.channels.get(&monitor.of)?)));
                let chunk = source.map_or([channel.law.idle_octet(); CHUNK], |(monitor, of)| {
                    monitor.hear(of.chunk[0], of.chunk[1], of.law, channel.law)
                });
                (*number, chunk)
            })
            .collect();
        for (number, chunk) in chunks {
            if let Some(channel) = self.channels.get_mut(&number) {
                channel.send();
                channel.receive(&chunk);
            }
        }
    }
}

impl BoardCard {
    /// A granule of the card that ends with these frames of the chunk.
    fn work<'a>(&mut self, tick: &MediaTick<'_>, end: usize, spans: impl Iterator<Item = &'a mut Span>) {
        if !self.started {
            return;
        }
        for (port, order) in self.orders.drain(..) {
            self.card.order(tick, port, &order);
        }
        for (port, slot, bits) in self.bits.drain(..) {
            if let Some(slot) = Timeslot::new(slot as u8) {
                self.card.set_bits(tick, port, slot, bits);
            }
        }
        if let Some(clock) = self.new_clock.take() {
            self.card.set_clock(tick, clock);
        }
        self.card.service(tick);
        for span in spans {
            let granule = end - self.granule..end;
            self.card.receive(tick, span.port, &mut span.received[granule.clone()]);
            let mut octets = [0; most_signalling_octets(CHUNK)];
            if granule.start == 0 {
                span.signalling.clear();
            }
            let count = self.card.receive_signalling(tick, span.port, &mut octets);
            span.signalling_slot = span.signalling_slot.filter(|_| count.is_some());
            span.signalling.extend_from_slice(&octets[..count.unwrap_or(0)]);
            self.card.transmit(tick, span.port, &span.sent[granule]);
        }
    }

    /// The clock is that of the running span without an alarm whose place in the order of sources is the first.
    fn choose_clock<'a>(&mut self, spans: impl Iterator<Item = &'a mut Span>) {
        if !self.started || !self.card.info().abilities.clocks {
            return;
        }
        let usable = spans.filter(|span| span.running && span.sync > 0 && span.alarms & NO_CLOCK == 0);
        let best = usable.min_by_key(|span| span.sync).map(|span| span.port);
        if self.clock != Some(best) {
            self.clock = Some(best);
            self.new_clock = Some(best.map_or(ClockSource::Internal, ClockSource::Span));
        }
    }

    /// The port whose clock the card follows.
    pub(crate) fn clock(&self) -> Option<usize> {
        self.clock.flatten()
    }

    fn stop(&mut self) {
        if std::mem::take(&mut self.started) {
            self.card.stop();
        }
    }
}

impl Drop for BoardCard {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("spans", &self.spans.len()).field("devices", &self.devices).finish()
    }
}

pub(crate) const FIRST_PSEUDO: i32 = 32_768;
/// Alarms with which a line has no clock to follow.
const NO_CLOCK: u32 = abi::DAHDI_ALARM_RED | abi::DAHDI_ALARM_BLUE | abi::DAHDI_ALARM_NOTOPEN;
/// Descriptors that may be open at a time.
const MOST_DEVICES: usize = 1024;
/// Of digits R1, DTMF and R2, in milliseconds, and three places for more.
const USUAL_DIALLING: [i32; 6] = [68, 100, 100, 0, 0, 0];

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_card::LoopCard;

    #[test]
    fn bits_for_a_card_that_is_not_started_do_not_heap_up() {
        let card = OpenedCard { card: Box::new(LoopCard::pair(1, 8).0), world: None };
        let mut board = Board::new(vec![card], &[(0, 0, false)]).expect("a card");
        board.channels.get_mut(&1).expect("there").sig = abi::DAHDI_SIG_CAS;
        let device = board.open("1").expect("configured");
        for bits in 0..100_i32 {
            let mut bits = (bits & 1).to_ne_bytes().to_vec();
            assert_eq!(board.control(device, abi::REQUEST_SETTXBITS, &mut bits), Ok(()));
            board.tick();
        }
        assert_eq!(board.cards[0].bits, []);
    }
}
