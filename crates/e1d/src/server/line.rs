//! A span of a card as clients see it: a line with timeslots that they open.
use super::slot::{IDLE, OpenSlot, SlotLosses};
use crate::wire::{Event, LineInfo, LineMode, Slot, SlotConfig, SlotInfo, SlotMode};
use tandem_card::{Frame, SpanStatus, most_signalling_octets};
use tandem_rt::sys::{Errno, GivenEnd};
use tandem_types::{Defect, Defects, Timeslot};

/// Frames that are moved at a time: a millisecond.
pub(super) const CHUNK: usize = 8;

#[derive(Debug)]
pub(super) struct Line {
    pub(super) interface: u8,
    pub(super) number: u8,
    pub(super) card: usize,
    pub(super) port: usize,
    mode: LineMode,
    /// By number; none has number 0.
    slots: Vec<Option<OpenSlot>>,
    superchannel: Option<OpenSlot>,
    pub(super) received: [Frame; CHUNK],
    pub(super) sent: [Frame; CHUNK],
    /// The timeslot whose octets the card hands over as the line brings them, and those of this millisecond.
    pub(super) signalling_slot: Option<Timeslot>,
    pub(super) signalling: Vec<u8>,
    told: Defects,
    told_sa_bits: Option<u8>,
    /// Of timeslots that are closed again.
    losses: SlotLosses,
    look_in: usize,
}

impl Line {
    pub(super) fn new(card: usize, port: usize, signalling_slot: Option<Timeslot>) -> Self {
        Self {
            interface: card as u8,
            number: port as u8,
            card,
            port,
            mode: LineMode::Channelized,
            slots: (0..Timeslot::PER_FRAME).map(|_| None).collect(),
            superchannel: None,
            received: [[IDLE; 32]; CHUNK],
            sent: [[IDLE; 32]; CHUNK],
            signalling_slot,
            signalling: Vec::with_capacity(CHUNK * most_signalling_octets(1)),
            told: Defects::NONE,
            told_sa_bits: None,
            losses: SlotLosses::default(),
            look_in: 0,
        }
    }

    pub(super) const fn info(&self) -> LineInfo {
        LineInfo { line: self.number, mode: self.mode, status: 0 }
    }

    pub(super) const fn set_mode(&mut self, mode: LineMode) -> Result<LineInfo, Errno> {
        match mode {
            LineMode::Channelized | LineMode::Superchannel => {
                self.mode = mode;
                Ok(self.info())
            }
            LineMode::Off | LineMode::OverIp | LineMode::Other(_) => Err(EINVAL),
        }
    }

    /// What clients of its timeslots have lost.
    pub(super) fn losses(&self) -> SlotLosses {
        let open = self.slots.iter().chain([&self.superchannel]).flatten();
        open.fold(self.losses, |sum, slot| add(sum, slot.losses))
    }

    /// Timeslots that are open.
    pub(super) fn open_slots(&self) -> usize {
        self.slots.iter().chain([&self.superchannel]).flatten().count()
    }

    fn place(&mut self, slot: Slot) -> Option<&mut Option<OpenSlot>> {
        match slot {
            Slot::Number(0) => None,
            Slot::Number(number) => self.slots.get_mut(usize::from(number)),
            Slot::Superchannel => Some(&mut self.superchannel),
        }
    }

    pub(super) fn slot_info(&self, slot: Slot) -> Option<SlotInfo> {
        let open = match slot {
            Slot::Number(number) => self.slots.get(usize::from(number))?,
            Slot::Superchannel => &self.superchannel,
        };
        let number = slot.number();
        Some(open.as_ref().map_or(SlotInfo::closed(number), |open| SlotInfo {
            slot: number,
            config: SlotConfig { mode: open.mode(), force: false, read_octets: open.read_octets() },
            status: 0,
        }))
    }

    /// Opens a timeslot.
    pub(super) fn open(&mut self, slot: Slot, config: SlotConfig) -> Result<(SlotInfo, GivenEnd), Errno> {
        let place = self.place(slot).ok_or(ENODEV)?;
        if !matches!(config.mode, SlotMode::Raw | SlotMode::Hdlc) || config.read_octets == 0 {
            return Err(EINVAL);
        }
        if !config.force && place.as_ref().is_some_and(|open| !open.is_closed()) {
            return Err(EBUSY);
        }
        let width = if slot == Slot::Superchannel { SUPERCHANNEL_WIDTH } else { 1 };
        let opened = OpenSlot::open(config.mode, width, config.read_octets);
        let (open, given) = opened.map_err(|_| EMFILE)?;
        let before = place.replace(open);
        self.close(before);
        Ok((SlotInfo { slot: slot.number(), config, status: JUST_OPENED }, given))
    }

    fn close(&mut self, slot: Option<OpenSlot>) {
        if let Some(slot) = slot {
            self.losses = add(self.losses, slot.losses);
        }
    }

    /// Moves the octets of a millisecond between frames and clients.
    pub(super) fn move_octets(&mut self) {
        self.sent = [[IDLE; 32]; CHUNK];
        self.close_unused();
        match self.mode {
            LineMode::Superchannel => self.move_superchannel(),
            _ => (1..Timeslot::PER_FRAME).for_each(|number| self.move_slot(number)),
        }
    }

    fn move_slot(&mut self, number: usize) {
        let Some(slot) = &mut self.slots[number] else { return };
        let mut octets: [u8; CHUNK] = std::array::from_fn(|n| self.received[n][number]);
        // A D channel is heard as the line brings it, where the card can.
        let from_line = self.signalling_slot.is_some_and(|slot| slot.index() == number);
        let brought = if from_line { &self.signalling[..] } else { &octets };
        let moved = slot.receive(brought).and_then(|()| slot.send(&mut octets));
        if moved.is_err() {
            let closed = self.slots[number].take();
            return self.close(closed);
        }
        for (frame, octet) in self.sent.iter_mut().zip(octets) {
            frame[number] = octet;
        }
    }

    fn move_superchannel(&mut self) {
        let Some(slot) = &mut self.superchannel else { return };
        let mut octets = [0; CHUNK * SUPERCHANNEL_WIDTH];
        for (octets, frame) in octets.chunks_exact_mut(SUPERCHANNEL_WIDTH).zip(&self.received) {
            octets.copy_from_slice(&frame[1..]);
        }
        if slot.receive(&octets).and_then(|()| slot.send(&mut octets)).is_err() {
            let closed = self.superchannel.take();
            return self.close(closed);
        }
        for (octets, frame) in octets.chunks_exact(SUPERCHANNEL_WIDTH).zip(&mut self.sent) {
            frame[1..].copy_from_slice(octets);
        }
    }

    /// Looks now and then whether clients have closed what does not move in this mode.
    fn close_unused(&mut self) {
        self.look_in = self.look_in.checked_sub(1).unwrap_or(LOOK_EVERY);
        if self.look_in > 0 {
            return;
        }
        let superchannel = self.mode == LineMode::Superchannel;
        for place in self.slots.iter_mut().filter(|_| superchannel).chain([&mut self.superchannel]) {
            if let Some(slot) = place.take_if(|slot| slot.is_closed()) {
                self.losses = add(self.losses, slot.losses);
            }
        }
    }

    /// Puts what is new about the line into `events`.
    pub(super) fn note(&mut self, status: &SpanStatus, events: &mut Vec<(u8, u8, Event)>) {
        let mut tell = |event| events.push((self.interface, self.number, event));
        for (defect, event) in ALARMS {
            let now = status.defects.contains(defect);
            if now != self.told.contains(defect) {
                self.told.set(defect, now);
                tell(event(now));
            }
        }
        if let Some(bits) = status.sa_bits.filter(|bits| Some(*bits) != self.told_sa_bits) {
            self.told_sa_bits = Some(bits);
            tell(Event::SaBits(bits));
        }
    }

    /// What somebody is to know of the line who has just come.
    pub(super) fn state(&self) -> impl Iterator<Item = Event> {
        let alarms = ALARMS.into_iter().filter(|(defect, _)| self.told.contains(*defect));
        alarms.map(|(_, event)| event(true)).chain(self.told_sa_bits.map(Event::SaBits))
    }
}

fn add(a: SlotLosses, b: SlotLosses) -> SlotLosses {
    SlotLosses {
        unread: a.unread + b.unread,
        unwritten: a.unwritten + b.unwritten,
        too_long: a.too_long + b.too_long,
    }
}

/// An event that begins or ends.
type Alarm = fn(bool) -> Event;
/// Alarms that there are events for.
const ALARMS: [(Defect, Alarm); 4] = [
    (Defect::Los, Event::Los),
    (Defect::Ais, Event::Ais),
    (Defect::Rai, Event::Rai),
    (Defect::Lof, Event::Lof),
];
const SUPERCHANNEL_WIDTH: usize = 31;
/// Milliseconds.
const LOOK_EVERY: usize = 100;
/// The status that osmo-e1d gives a timeslot with its descriptor.
const JUST_OPENED: u8 = 0xa5;
pub(super) const EBUSY: Errno = Errno(16);
pub(super) const ENODEV: Errno = Errno(19);
pub(super) const EINVAL: Errno = Errno(22);
pub(super) const EMFILE: Errno = Errno(24);
