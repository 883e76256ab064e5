//! The media world: cards, the switch between them, and the simulated world that is stepped with them.
use crate::OpenError;
use crate::clock::ClockKeeper;
use crate::seconds::{FarSecond, SecondWatch, SpanSecond};
use crate::span_change::SpanChange;
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use tandem_card::{
    Card, CardError, Frame, LineOrder, Loopback, Presence, SpanStatus, most_signalling_octets,
};
use tandem_rt::{Consumer, MediaLoop, MediaTick, Next, Producer, Step, ring};
use tandem_switch::{BitChange, Pending, SwitchProc};
use tandem_types::{FrameTime, Frames, Law, MAX_TICK_FRAMES, SpanIndex, TickLength, Timeslot};

/// Everything the media thread runs.
pub(crate) struct MediaWorld {
    media: MediaLoop,
    tick: usize,
    /// Frames between two steps: the smallest granule, or the tick when there is no card.
    granule: usize,
    worlds: Vec<Box<dyn Step>>,
    cards: Vec<CardSlot>,
    switch: SwitchProc,
    seconds: Producer<SpanSecond>,
    far_seconds: Producer<FarSecond>,
    loops: Producer<LoopChange>,
    clock: ClockKeeper,
    orders: Consumer<CardOrder>,
    /// A change of a span that waits for the end of the tick.
    change: Option<Box<SpanChange>>,
    changed: Producer<Box<SpanChange>>,
    shared: Arc<MediaShared>,
}

/// An order of control for the cards.
#[derive(Debug)]
pub(crate) enum CardOrder {
    /// For a span's line.
    Line { card: usize, port: usize, order: LineOrder },
    /// A span comes, goes, or is another. The box comes back.
    Change(Box<SpanChange>),
    /// Control knows of a span that has come: from now on it is told what happens there.
    Tell { card: usize, port: usize },
}

/// What a card tells of the loop on a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LoopChange {
    pub(crate) span: SpanIndex,
    pub(crate) at: FrameTime,
    pub(crate) now: LoopState,
}

/// The loop that is closed on a span, and whether its far end commanded it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoopState {
    pub(crate) looped: Option<Loopback>,
    pub(crate) by_far_end: bool,
}

const NO_SA_BITS: u8 = u8::MAX;
const THERE: u64 = 0;
const AWAY: u64 = 1;
/// With a serial number added.
const ANOTHER: u64 = 1 << 32;

/// What joins the media world to control, besides the switch's own rings.
pub(crate) struct MediaLinks {
    pub(crate) loops: Producer<LoopChange>,
    pub(crate) seconds: Producer<SpanSecond>,
    pub(crate) far_seconds: Producer<FarSecond>,
    pub(crate) clock: ClockKeeper,
    pub(crate) orders: Consumer<CardOrder>,
    pub(crate) changed: Producer<Box<SpanChange>>,
}

/// What the media thread publishes.
#[derive(Debug, Default)]
pub(crate) struct MediaShared {
    /// The time up to which frames have been worked.
    now: AtomicU64,
    /// Ticks since control was last told of news.
    news: AtomicU64,
    /// Frames that cards lost because the host came late, by all spans.
    frames_missed: AtomicU64,
    slips: AtomicU64,
    /// By card, whether it is in its place: its [`Presence`] with [`THERE`], [`AWAY`] or [`ANOTHER`] and its serial number.
    presence: Box<[AtomicU64]>,
    /// By span, the national bits that it receives, or [`NO_SA_BITS`].
    sa_bits: Box<[AtomicU8]>,
    /// By span, frames that were lost on their way here.
    frames_lost: Box<[AtomicU64]>,
}

impl MediaShared {
    fn new(cards: usize, spans: usize) -> Self {
        Self {
            presence: (0..cards).map(|_| AtomicU64::new(THERE)).collect(),
            sa_bits: (0..spans).map(|_| AtomicU8::new(NO_SA_BITS)).collect(),
            frames_lost: (0..spans).map(|_| AtomicU64::new(0)).collect(),
            ..Self::default()
        }
    }

    /// The national bits that a span receives, as far as they are known.
    pub(crate) fn sa_bits(&self, span: usize) -> Option<u8> {
        let bits = self.sa_bits[span].load(Ordering::Relaxed);
        (bits != NO_SA_BITS).then_some(bits)
    }

    fn note_sa_bits(&self, span: usize, bits: Option<u8>) {
        self.sa_bits[span].store(bits.unwrap_or(NO_SA_BITS), Ordering::Relaxed);
    }

    /// Whether a card is in its place.
    pub(crate) fn presence(&self, card: usize) -> Presence {
        match self.presence[card].load(Ordering::Relaxed) {
            THERE => Presence::There,
            AWAY => Presence::Away,
            another => Presence::Another { serial: NonZeroU32::new((another - ANOTHER) as u32) },
        }
    }

    fn note_presence(&self, card: usize, presence: Presence) {
        let told = match presence {
            Presence::There => THERE,
            Presence::Away => AWAY,
            Presence::Another { serial } => ANOTHER + serial.map_or(0, |serial| u64::from(serial.get())),
        };
        self.presence[card].store(told, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> FrameTime {
        FrameTime(self.now.load(Ordering::Acquire))
    }

    /// Whether media has sent something since the last call.
    pub(crate) fn take_news(&self) -> bool {
        self.news.swap(0, Ordering::AcqRel) > 0
    }

    pub(crate) fn frames_missed(&self) -> u64 {
        self.frames_missed.load(Ordering::Relaxed)
    }

    pub(crate) fn slips(&self) -> u64 {
        self.slips.load(Ordering::Relaxed)
    }

    /// Frames of a span that were lost on their way here.
    pub(crate) fn frames_lost(&self, span: usize) -> u64 {
        self.frames_lost.get(span).map_or(0, |lost| lost.load(Ordering::Relaxed))
    }
}

/// A card and the spans in use on it.
pub(crate) struct CardSlot {
    card: Box<dyn Card>,
    granule: usize,
    ports: Vec<PortSlot>,
    started: bool,
}

/// A port of a card that a span uses.
#[derive(Debug)]
pub(crate) struct PortSlot {
    /// Port on the card.
    port: usize,
    /// Span of the switch.
    span: usize,
    /// Its timeslot with HDLC frames.
    signalling: Option<Timeslot>,
    send: SendQueue,
    counted: Counted,
    watch: SecondWatch,
    /// As control was last told.
    loop_told: LoopState,
    /// Control does not know of the span yet, and is told nothing.
    held: bool,
}

/// How a span uses a port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortUse {
    /// Port on the card.
    pub(crate) port: usize,
    /// Span of the switch.
    pub(crate) span: usize,
    pub(crate) law: Law,
    /// Its timeslot with HDLC frames.
    pub(crate) signalling: Option<Timeslot>,
}

impl PortSlot {
    pub(crate) fn new(of: PortUse, tick: usize, granule: usize) -> Self {
        Self {
            port: of.port,
            span: of.span,
            signalling: of.signalling,
            send: SendQueue::new(tick, granule, of.law),
            counted: Counted::default(),
            watch: SecondWatch::default(),
            loop_told: LoopState::default(),
            held: false,
        }
    }

    /// For a span of which control does not know yet.
    pub(crate) fn held(of: PortUse, tick: usize, granule: usize) -> Self {
        Self { held: true, ..Self::new(of, tick, granule) }
    }

    /// Its number on the card.
    pub(crate) const fn number(&self) -> usize {
        self.port
    }

    /// Frames that the card has not been given yet.
    pub(crate) const fn waiting(&self) -> usize {
        (self.send.put - self.send.taken) as usize
    }

    /// The first frames go to a card that stands like this.
    pub(crate) fn begin(&mut self, switch: &mut SwitchProc, status: &SpanStatus) {
        self.counted = counted(status);
        switch.note_sent_ahead(self.span, self.send.ahead);
        // A card sends these bits from its first frame.
        let (_, first) = switch.take_made(self.span, 0);
        self.send.changes.extend(first.map(|change| (0, change)));
    }
}

/// Frames that a card came too late for, slips, and frames that were lost on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    missed: u64,
    slips: u64,
    lost: u64,
}

const fn counted(status: &SpanStatus) -> Counted {
    let counters = &status.counters;
    let slips = counters.slips_deleted + counters.slips_repeated;
    Counted { missed: counters.frames_missed, slips, lost: counters.frames_lost }
}

/// Frames and signalling bits on their way from the switch to a card: as many as make the delay through the
/// switch two ticks, whatever the card's granule.
#[derive(Debug)]
struct SendQueue {
    into: Producer<Frame>,
    out: Consumer<Frame>,
    /// Changes of bits by the number of the frame with which they are to be sent, oldest first. Never grows
    /// past its capacity.
    changes: VecDeque<(u64, BitChange)>,
    /// Frames put in and taken out so far.
    put: u64,
    taken: u64,
    /// Frames put in before the first tick.
    ahead: usize,
}

impl SendQueue {
    fn new(tick: usize, granule: usize, law: Law) -> Self {
        let (mut into, out) = ring(3 * tick);
        let ahead = 2 * (tick - granule);
        for _ in 0..ahead {
            let _ = into.push([law.idle_octet(); 32]);
        }
        // A slot changes at most once in a millisecond, and once more at the beginning.
        let most_changes = Timeslot::PER_FRAME * (3 * tick.div_ceil(8) + 1);
        Self { into, out, changes: VecDeque::with_capacity(most_changes), put: ahead as u64, taken: 0, ahead }
    }

    /// Puts in what the switch made of a tick.
    fn put(&mut self, frames: &[Frame], changes: impl Iterator<Item = BitChange>) {
        for change in changes {
            debug_assert!(self.changes.len() < self.changes.capacity());
            self.changes.push_back((self.put + change.frame as u64, change));
        }
        self.put += self.into.push_slice(frames) as u64;
    }

    /// Takes out the next frames.
    fn take(&mut self, frames: &mut [Frame]) {
        let taken = self.out.pop_slice(frames);
        debug_assert_eq!(taken, frames.len(), "the queue holds two ticks");
        self.taken += taken as u64;
    }

    /// The next change that is to be sent within the frames taken out so far.
    fn take_change(&mut self) -> Option<BitChange> {
        let due = self.changes.front().is_some_and(|(frame, _)| *frame < self.taken);
        if due { self.changes.pop_front().map(|(_, change)| change) } else { None }
    }
}

impl CardSlot {
    pub(crate) fn new(
        card: Box<dyn Card>,
        name: &str,
        tick: TickLength,
        uses: &[PortUse],
    ) -> Result<Self, OpenError> {
        let (tick, granule) = (tick.frames(), card.info().granule);
        if granule == 0 || !tick.is_multiple_of(granule) {
            return Err(OpenError::Granule { card: name.into(), granule, tick });
        }
        // Spans may use the others later.
        let mut ports = Vec::with_capacity(card.info().spans.len().max(uses.len()));
        ports.extend(uses.iter().map(|of| PortSlot::new(*of, tick, granule)));
        Ok(Self { card, granule, ports, started: false })
    }

    pub(crate) fn start(&mut self) -> Result<(), CardError> {
        self.card.start()?;
        self.started = true;
        Ok(())
    }

    pub(crate) const fn granule(&self) -> usize {
        self.granule
    }

    pub(crate) fn card(&self) -> &dyn Card {
        &*self.card
    }

    pub(crate) fn card_mut(&mut self) -> &mut dyn Card {
        &mut *self.card
    }

    /// Takes a port out of use.
    pub(crate) fn take_port(&mut self, number: usize) -> Option<PortSlot> {
        let place = self.ports.iter().position(|port| port.port == number)?;
        Some(self.ports.remove(place))
    }

    /// Puts one in use. There is room for all that the card has.
    pub(crate) fn put_port(&mut self, port: PortSlot) {
        debug_assert!(self.ports.len() < self.ports.capacity());
        self.ports.push(port);
    }

    fn stop(&mut self) {
        if std::mem::take(&mut self.started) {
            self.card.stop();
        }
    }
}

impl Drop for CardSlot {
    /// Whatever goes wrong after its start, a card is not left running: its DMA would go on.
    fn drop(&mut self) {
        self.stop();
    }
}

impl MediaWorld {
    pub(crate) fn new(
        tick: TickLength,
        worlds: Vec<Box<dyn Step>>,
        mut cards: Vec<CardSlot>,
        mut switch: SwitchProc,
        most_spans: usize,
        links: MediaLinks,
    ) -> Self {
        let MediaLinks { loops, seconds, far_seconds, clock, orders, changed } = links;
        let tick = tick.frames();
        for CardSlot { card, ports, .. } in &mut cards {
            ports.iter_mut().for_each(|port| port.begin(&mut switch, card.status(port.port)));
        }
        let granule = cards.iter().map(|slot| slot.granule).min().unwrap_or(tick);
        let shared = Arc::new(MediaShared::new(cards.len(), most_spans));
        Self {
            media: MediaLoop::default(),
            tick,
            granule,
            worlds,
            cards,
            switch,
            seconds,
            far_seconds,
            loops,
            clock,
            orders,
            change: None,
            changed,
            shared,
        }
    }

    pub(crate) fn shared(&self) -> Arc<MediaShared> {
        Arc::clone(&self.shared)
    }

    pub(crate) const fn granule(&self) -> Frames {
        Frames(self.granule as u64)
    }

    /// Octets on their way through the switch now.
    pub(crate) fn pending(&self) -> Pending {
        let ports = || self.cards.iter().flat_map(|slot| &slot.ports);
        self.switch.pending(|span| ports().find(|port| port.span == span).map_or(0, PortSlot::waiting))
    }

    /// Stops the cards. The world is not stepped again.
    pub(crate) fn stop(&mut self) {
        self.cards.iter_mut().for_each(CardSlot::stop);
    }

    /// Works the granule that ends at `now`, so long after its end.
    fn work(&mut self, now: FrameTime, behind: Frames) {
        for world in &mut self.worlds {
            world.step(now);
        }
        let Self { media, tick, granule, cards, switch, clock, orders, shared, .. } = self;
        let Self { seconds, far_seconds, loops, change, changed, .. } = self;
        media.run_tick_behind(*granule, behind, |moment| {
            if moment.end().0 == *granule as u64 {
                clock.announce(cards, moment);
            }
            let begins = (moment.end().0 - *granule as u64).is_multiple_of(*tick as u64);
            if begins && let Some(mut due) = change.take_if(|change| change.mark <= switch.mark()) {
                due.apply(cards, switch, clock, moment);
                shared.note_sa_bits(due.span, None);
                give_back(changed, due);
                shared.news.fetch_add(1, Ordering::AcqRel);
            }
            take_orders(orders, change, cards, moment);
            let place = (moment.end().0 % *tick as u64) as usize;
            let due = |granule: usize| moment.end().0.is_multiple_of(granule as u64);
            for (index, slot) in cards.iter_mut().enumerate().filter(|(_, slot)| due(slot.granule)) {
                receive(slot, switch, *tick, place, moment);
                shared.note_presence(index, slot.card.presence());
                for port in &slot.ports {
                    shared.note_sa_bits(port.span, slot.card.status(port.port).sa_bits);
                }
                tell_seconds(slot, seconds, moment);
                tell_far_seconds(slot, far_seconds);
                if tell_loops(slot, loops, moment) {
                    shared.news.fetch_add(1, Ordering::AcqRel);
                }
            }
            if clock.attend(cards, moment) {
                shared.news.fetch_add(1, Ordering::AcqRel);
            }
            if place == 0 {
                let whole = moment.spanning(*tick);
                if switch.process(&whole) {
                    shared.news.fetch_add(1, Ordering::AcqRel);
                }
                cards.iter_mut().for_each(|slot| enqueue(slot, switch, *tick));
            }
            for slot in cards.iter_mut().filter(|slot| due(slot.granule)) {
                transmit(slot, switch, shared, moment);
            }
        });
        self.shared.now.store(self.media.now().0, Ordering::Release);
    }
}

/// Carries out what control has ordered, up to a change that has to wait for the end of the tick.
fn take_orders(
    orders: &mut Consumer<CardOrder>,
    change: &mut Option<Box<SpanChange>>,
    cards: &mut [CardSlot],
    moment: &MediaTick<'_>,
) {
    while change.is_none() {
        match orders.pop() {
            None => return,
            Some(CardOrder::Line { card, port, order }) => cards[card].card.order(moment, port, &order),
            Some(CardOrder::Change(next)) => *change = Some(next),
            Some(CardOrder::Tell { card, port }) => {
                let known = cards[card].ports.iter_mut().find(|known| known.port == port);
                known.into_iter().for_each(|port| port.held = false);
            }
        }
    }
}

fn give_back(changed: &mut Producer<Box<SpanChange>>, done: Box<SpanChange>) {
    // Each span has one change under way at most, and the ring has room for all spans.
    if let Err(full) = changed.push(done) {
        debug_assert!(false, "the ring of changes is full");
        std::mem::forget(full);
    }
}

fn receive(slot: &mut CardSlot, switch: &mut SwitchProc, tick: usize, place: usize, moment: &MediaTick<'_>) {
    // A granule of the card may span several steps: it reads its own length.
    let own = moment.spanning(slot.granule);
    slot.card.service(&own);
    let end = if place == 0 { tick } else { place };
    for port in &slot.ports {
        let block = switch.receive(port.span, end - slot.granule, slot.granule);
        slot.card.receive(&own, port.port, block);
        let lost = slot.card.lost_frames(port.port);
        let mut octets = [0; most_signalling_octets(MAX_TICK_FRAMES)];
        let count = port.signalling.map(|signalling| {
            let from_line = slot.card.receive_signalling(&own, port.port, &mut octets);
            from_line.unwrap_or_else(|| take_slot(block, signalling, &mut octets))
        });
        switch.note_lost(port.span, end - slot.granule, &lost);
        if port.held {
            continue;
        }
        switch.note_defects(port.span, slot.card.status(port.port).defects, own.end());
        if let Some(found) = slot.card.status(port.port).line_test {
            switch.note_line_test(port.span, found);
        }
        switch.note_received_bits(port.span, slot.card.received_bits(port.port), own.end());
        if let Some(count) = count {
            switch.receive_hdlc(port.span, &octets[..count], own.end());
        }
    }
}

/// The octets of a timeslot, and how many they are.
fn take_slot(frames: &[Frame], slot: Timeslot, octets: &mut [u8]) -> usize {
    for (octet, frame) in octets.iter_mut().zip(frames) {
        *octet = frame[slot.index()];
    }
    frames.len()
}

/// Tells control of the second that has ended, if one has.
fn tell_seconds(slot: &mut CardSlot, seconds: &mut Producer<SpanSecond>, moment: &MediaTick<'_>) {
    let (now, length) = (moment.end(), Frames(slot.granule as u64));
    for port in &mut slot.ports {
        let status = slot.card.status(port.port);
        port.watch.observe(status, now, length);
        if port.held {
            continue;
        }
        if let Some(second) = port.watch.second(port.span, status, now, length) {
            let told = seconds.push(second).is_ok();
            port.watch.note(told);
        }
    }
}

/// Tells control what far ends report; without room it stays with the card, which keeps a few.
fn tell_far_seconds(slot: &mut CardSlot, seconds: &mut Producer<FarSecond>) {
    for port in slot.ports.iter().filter(|port| !port.held) {
        while seconds.free() > 0
            && let Some(second) = slot.card.poll_far_second(port.port)
        {
            let _ = seconds.push(FarSecond { span: SpanIndex(port.span as u16), second });
        }
    }
}

/// Tells control which loops are closed now, if they are others than it knows; without room with a later granule.
/// Whether it told.
fn tell_loops(slot: &mut CardSlot, loops: &mut Producer<LoopChange>, moment: &MediaTick<'_>) -> bool {
    let mut told = false;
    for port in slot.ports.iter_mut().filter(|port| !port.held) {
        let status = slot.card.status(port.port);
        let now = LoopState { looped: status.looped, by_far_end: status.looped_by_far_end };
        let change = LoopChange { span: SpanIndex(port.span as u16), at: moment.end(), now };
        if now != port.loop_told && loops.push(change).is_ok() {
            port.loop_told = now;
            told = true;
        }
    }
    told
}

fn enqueue(slot: &mut CardSlot, switch: &mut SwitchProc, tick: usize) {
    for port in &mut slot.ports {
        let (frames, changes) = switch.take_made(port.span, tick);
        port.send.put(frames, changes);
    }
}

fn transmit(slot: &mut CardSlot, switch: &SwitchProc, shared: &MediaShared, moment: &MediaTick<'_>) {
    let own = moment.spanning(slot.granule);
    let mut frames = [[0; 32]; MAX_TICK_FRAMES];
    for port in &mut slot.ports {
        let frames = &mut frames[..slot.granule];
        port.send.take(frames);
        while let Some(change) = port.send.take_change() {
            slot.card.set_bits(&own, port.port, change.slot, change.bits);
        }
        slot.card.transmit(&own, port.port, frames);
        switch.note_sent(port.span, frames.len());
        let now = counted(slot.card.status(port.port));
        if now != port.counted {
            // A card that was set up anew may count from 0 again.
            let before = port.counted;
            let add = |sum: &AtomicU64, now: u64, before: u64| {
                sum.fetch_add(now.saturating_sub(before), Ordering::Relaxed);
            };
            add(&shared.frames_missed, now.missed, before.missed);
            add(&shared.slips, now.slips, before.slips);
            add(&shared.frames_lost[port.span], now.lost, before.lost);
            port.counted = now;
        }
    }
}

impl MediaWorld {
    /// As [`Step::step`], by a thread that is so late.
    pub(crate) fn step_late(&mut self, now: FrameTime, late: Frames) -> Next {
        while self.media.now() + self.granule() <= now {
            let end = self.media.now() + self.granule();
            self.work(end, now.since(end) + late);
        }
        Next::At(self.media.now() + self.granule())
    }
}

impl Step for MediaWorld {
    fn step(&mut self, now: FrameTime) -> Next {
        self.step_late(now, Frames(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_types::Abcd;

    #[test]
    fn signalling_bits_leave_with_the_frames_they_belong_to() {
        let mut queue = SendQueue::new(16, 8, Law::A);
        let slot = Timeslot::new(3).expect("a timeslot");
        let change = |frame, bits| BitChange { frame, slot, bits: Abcd::new(bits) };
        queue.put(&[[1; 32]; 16], [change(0, 1), change(8, 2)].into_iter());
        let mut left = Vec::new();
        for granule in 0..4 {
            let mut frames = [[0; 32]; 8];
            queue.take(&mut frames);
            let bits = std::iter::from_fn(|| queue.take_change()).map(|change| change.bits.bits()).last();
            left.push((granule, frames[0][0], bits));
        }
        // Two idle granules go ahead on a tick of two granules.
        let idle = Law::A.idle_octet();
        assert_eq!(left, [(0, idle, None), (1, idle, None), (2, 1, Some(1)), (3, 1, Some(2))]);
    }
}
