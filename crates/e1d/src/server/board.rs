//! Cards and their lines, and what clients ask of them.
use super::line::{CHUNK, EINVAL, ENODEV, Line};
use super::slot::SlotLosses;
use crate::wire::{Event, InterfaceInfo, Request, Slot};
use std::fmt;
use tandem_card::{
    Card, CardError, Framing, LineOrder, OpenedCard, PortKind, SpanConfig, most_signalling_octets,
};
use tandem_rt::sys::{Errno, GivenEnd};
use tandem_rt::{MediaLoop, MediaTick, Step};
use tandem_types::{Frames, Timeslot};

/// Spans of cards as lines of osmo-e1d: each card is an interface, each of its ports a line. Time passes in [`Board::tick`].
pub struct Board {
    cards: Vec<BoardCard>,
    lines: Vec<Line>,
    worlds: Vec<Box<dyn Step>>,
    media: MediaLoop,
    step: usize,
    events: Vec<(u8, u8, Event)>,
}

struct BoardCard {
    card: Box<dyn Card>,
    granule: usize,
    /// For its lines, by port.
    orders: Vec<(usize, LineOrder)>,
}

/// What is answered to a request that can be done.
#[derive(Debug, Default)]
pub struct Reply {
    /// Infos, one after the other.
    pub payload: Vec<u8>,
    /// The descriptor that goes with them.
    pub given: Option<GivenEnd>,
}

impl Board {
    /// A board of these cards, started. Each of its lines is a port of one of them and set up as is said; signalling bits are
    /// not used, so that timeslot 16 is one like the others.
    pub fn new(cards: Vec<OpenedCard>, spans: &[(usize, usize, SpanConfig)]) -> Result<Self, CardError> {
        let (mut boards, mut worlds) = (Vec::new(), Vec::new());
        for OpenedCard { card, world } in cards {
            let granule = card.info().granule;
            if granule == 0 || !CHUNK.is_multiple_of(granule) {
                return Err(CardError::Unsupported("a granule that is no part of 8 frames"));
            }
            boards.push(BoardCard { card, granule, orders: Vec::new() });
            worlds.extend(world);
        }
        if boards.len() > MOST_INTERFACES
            || boards.iter().any(|board| board.card.info().spans.len() > MOST_LINES)
        {
            return Err(CardError::Unsupported("more interfaces or lines than the protocol has numbers for"));
        }
        let step = boards.iter().map(|card| card.granule).min().unwrap_or(CHUNK);
        let (lines, events, media) = (Vec::new(), Vec::new(), MediaLoop::default());
        let mut board = Self { cards: boards, lines, worlds, media, step, events };
        spans.iter().try_for_each(|(card, port, config)| board.add_line(*card, *port, *config))?;
        board.cards.iter_mut().try_for_each(|board| board.card.start())?;
        Ok(board)
    }

    fn add_line(&mut self, card: usize, port: usize, mut config: SpanConfig) -> Result<(), CardError> {
        let board = self.cards.get_mut(card);
        let board = board.ok_or(CardError::Unsupported("a span of a card that there is not"))?;
        let kinds = &board.card.info().spans;
        let kind = kinds.get(port).ok_or(CardError::NoSuchSpan { span: port, spans: kinds.len() })?;
        let Framing::E1(e1) = &mut config.framing else {
            return Err(CardError::Unsupported("osmo-e1d has lines of E1 only"));
        };
        if *kind == PortKind::T1 {
            return Err(CardError::Unsupported("osmo-e1d has lines of E1 only"));
        }
        e1.cas = false;
        board.card.configure(port, &config)?;
        self.lines.push(Line::new(card, port, config.signalling_slot));
        Ok(())
    }

    /// Lines that there are.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Timeslots and superchannels that are open.
    #[must_use]
    pub fn open_slots(&self) -> usize {
        self.lines.iter().map(Line::open_slots).sum()
    }

    /// What clients of a line have lost.
    #[must_use]
    pub fn losses(&self, interface: u8, line: u8) -> Option<SlotLosses> {
        self.line(interface, line).map(Line::losses)
    }

    fn line(&self, interface: u8, line: u8) -> Option<&Line> {
        self.lines.iter().find(|ours| (ours.interface, ours.number) == (interface, line))
    }

    fn line_mut(&mut self, interface: u8, line: u8) -> Result<&mut Line, Errno> {
        let mut lines = self.lines.iter_mut();
        lines.find(|ours| (ours.interface, ours.number) == (interface, line)).ok_or(ENODEV)
    }

    /// Does what is asked. What is not there has no infos; what cannot be done has the number of an error.
    pub fn handle(&mut self, request: Request) -> Result<Reply, Errno> {
        let payload = match request {
            Request::Interfaces { interface } => self.interfaces(interface),
            Request::Lines { interface, line } => {
                let asked =
                    |ours: &&Line| ours.interface == interface && line.is_none_or(|line| line == ours.number);
                self.lines.iter().filter(asked).flat_map(|line| line.info().to_octets()).collect()
            }
            Request::Slots { interface, line, slot } => self.slots(interface, line, slot),
            Request::SetLineMode { interface, line, mode } => {
                self.line_mut(interface, line)?.set_mode(mode)?.to_octets().to_vec()
            }
            Request::OpenSlot { interface, line, slot, config } => {
                let (info, given) = self.line_mut(interface, line)?.open(slot, config)?;
                return Ok(Reply { payload: info.to_octets().to_vec(), given: Some(given) });
            }
            Request::SetSaBits { interface, line, bits } => {
                let Line { card, port, .. } = *self.line_mut(interface, line)?;
                let board = &mut self.cards[card];
                let order = LineOrder::SendSaBits(bits);
                if !board.card.info().abilities.allow(&order) {
                    return Err(EINVAL);
                }
                // The last one counts.
                board.orders.retain(|(of, _)| *of != port);
                board.orders.push((port, order));
                Vec::new()
            }
        };
        Ok(Reply { payload, given: None })
    }

    fn interfaces(&self, interface: Option<u8>) -> Vec<u8> {
        let info = |number: u8| {
            let lines = self.lines.iter().filter(|line| line.interface == number).count();
            InterfaceInfo { interface: number, lines: lines as u8 }.to_octets()
        };
        let numbers =
            (0..self.cards.len() as u8).filter(|number| interface.is_none_or(|asked| asked == *number));
        numbers.flat_map(info).collect()
    }

    fn slots(&self, interface: u8, line: u8, slot: Option<Slot>) -> Vec<u8> {
        let Some(line) = self.line(interface, line) else { return Vec::new() };
        let all = 0..Timeslot::PER_FRAME as u8;
        let asked: Vec<Slot> = slot.map_or_else(|| all.map(Slot::Number).collect(), |slot| vec![slot]);
        let infos = asked.into_iter().filter_map(|slot| line.slot_info(slot));
        infos.flat_map(|info| info.to_octets()).collect()
    }

    /// A millisecond passes: what has come is received, what waits is sent.
    pub fn tick(&mut self) {
        for frame in (0..CHUNK).step_by(self.step) {
            let now = self.media.now() + Frames(self.step as u64);
            for world in &mut self.worlds {
                world.step(now);
            }
            let Self { media, cards, lines, step, .. } = self;
            media.run_tick(*step, |tick| {
                let end = frame + *step;
                for (number, board) in
                    cards.iter_mut().enumerate().filter(|(_, board)| end.is_multiple_of(board.granule))
                {
                    let lines = lines.iter_mut().filter(|line| line.card == number);
                    board.work(&tick.spanning(board.granule), end, lines);
                }
            });
        }
        for line in &mut self.lines {
            line.move_octets();
            line.note(self.cards[line.card].card.status(line.port), &mut self.events);
        }
    }

    /// What has happened on lines since this was asked last.
    pub fn take_events(&mut self) -> impl Iterator<Item = (u8, u8, Event)> {
        self.events.drain(..)
    }

    /// What is to be known of lines by somebody who has just come: alarms that are there, national bits.
    pub fn state(&self) -> impl Iterator<Item = (u8, u8, Event)> {
        self.lines.iter().flat_map(|line| line.state().map(|event| (line.interface, line.number, event)))
    }
}

impl BoardCard {
    /// A granule of the card that ends with these frames of the millisecond.
    fn work<'a>(&mut self, tick: &MediaTick<'_>, end: usize, lines: impl Iterator<Item = &'a mut Line>) {
        for (port, order) in self.orders.drain(..) {
            self.card.order(tick, port, &order);
        }
        self.card.service(tick);
        for line in lines {
            let granule = end - self.granule..end;
            self.card.receive(tick, line.port, &mut line.received[granule.clone()]);
            let mut octets = [0; most_signalling_octets(CHUNK)];
            if granule.start == 0 {
                line.signalling.clear();
            }
            let count = self.card.receive_signalling(tick, line.port, &mut octets);
            line.signalling_slot = line.signalling_slot.filter(|_| count.is_some());
            line.signalling.extend_from_slice(&octets[..count.unwrap_or(0)]);
            self.card.transmit(tick, line.port, &line.sent[granule]);
        }
    }
}

impl Drop for BoardCard {
    fn drop(&mut self) {
        self.card.stop();
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("lines", &self.lines).finish_non_exhaustive()
    }
}

/// 255 is no number, and 254 among timeslots the superchannel.
const MOST_INTERFACES: usize = 255;
const MOST_LINES: usize = 255;
