//! The media world: cards, the switch between them, and the simulated world that is stepped with them.
use crate::OpenError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_card::{Card, CardError, Frame};
use tandem_rt::{Consumer, MediaLoop, MediaTick, Next, Producer, Step, ring};
use tandem_switch::SwitchProc;
use tandem_types::{FrameTime, Frames, Law, TickLength};

/// Everything the media thread runs.
pub(crate) struct MediaWorld {
    media: MediaLoop,
    tick: usize,
    /// Frames between two steps: the smallest granule, or the tick when there is no card.
    granule: usize,
    worlds: Vec<Box<dyn Step>>,
    cards: Vec<CardSlot>,
    switch: SwitchProc,
    shared: Arc<MediaShared>,
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
}

impl MediaShared {
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
}

/// A card and the spans in use on it.
pub(crate) struct CardSlot {
    card: Box<dyn Card>,
    granule: usize,
    ports: Vec<PortSlot>,
    started: bool,
}

struct PortSlot {
    /// Port on the card.
    port: usize,
    /// Span of the switch.
    span: usize,
    send: SendQueue,
    counted: (u64, u64),
}

/// Frames on their way from the switch to a card: as many as make the delay through the switch two ticks,
/// whatever the card's granule.
struct SendQueue {
    into: Producer<Frame>,
    out: Consumer<Frame>,
}

impl SendQueue {
    fn new(tick: usize, granule: usize, law: Law) -> Self {
        let (mut into, out) = ring(3 * tick);
        for _ in 0..2 * (tick - granule) {
            let _ = into.push([law.idle_octet(); 32]);
        }
        Self { into, out }
    }
}

impl CardSlot {
    /// `ports` are (port of the card, span of the switch, law).
    pub(crate) fn new(
        card: Box<dyn Card>,
        name: &str,
        tick: TickLength,
        ports: &[(usize, usize, Law)],
    ) -> Result<Self, OpenError> {
        let (tick, granule) = (tick.frames(), card.info().granule);
        if granule == 0 || !tick.is_multiple_of(granule) {
            return Err(OpenError::Granule { card: name.into(), granule, tick });
        }
        let ports = ports
            .iter()
            .map(|(port, span, law)| PortSlot {
                port: *port,
                span: *span,
                send: SendQueue::new(tick, granule, *law),
                counted: (0, 0),
            })
            .collect();
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
        cards: Vec<CardSlot>,
        switch: SwitchProc,
    ) -> Self {
        let tick = tick.frames();
        let granule = cards.iter().map(|slot| slot.granule).min().unwrap_or(tick);
        let shared = Arc::new(MediaShared::default());
        Self { media: MediaLoop::default(), tick, granule, worlds, cards, switch, shared }
    }

    pub(crate) fn shared(&self) -> Arc<MediaShared> {
        Arc::clone(&self.shared)
    }

    pub(crate) const fn granule(&self) -> Frames {
        Frames(self.granule as u64)
    }

    pub(crate) fn pending_in_taps(&self) -> u64 {
        self.switch.pending_in_taps()
    }

    /// Stops the cards. The world is not stepped again.
    pub(crate) fn stop(&mut self) {
        self.cards.iter_mut().for_each(CardSlot::stop);
    }

    /// Works the granule that ends at `now`.
    fn work(&mut self, now: FrameTime) {
        for world in &mut self.worlds {
            world.step(now);
        }
        let Self { media, tick, granule, cards, switch, shared, .. } = self;
        media.run_tick(*granule, |moment| {
            let place = (moment.end().0 % *tick as u64) as usize;
            let due = |granule: usize| moment.end().0.is_multiple_of(granule as u64);
            for slot in cards.iter_mut().filter(|slot| due(slot.granule)) {
                receive(slot, switch, *tick, place, moment);
            }
            if place == 0 {
                let whole = moment.spanning(*tick);
                if switch.process(&whole) {
                    shared.news.fetch_add(1, Ordering::AcqRel);
                }
                cards.iter_mut().for_each(|slot| enqueue(slot, switch, *tick, moment));
            }
            for slot in cards.iter_mut().filter(|slot| due(slot.granule)) {
                transmit(slot, shared, moment);
            }
        });
        self.shared.now.store(self.media.now().0, Ordering::Release);
    }
}

fn receive(slot: &mut CardSlot, switch: &mut SwitchProc, tick: usize, place: usize, moment: &MediaTick<'_>) {
    // A granule of the card may span several steps: it reads its own length.
    let own = moment.spanning(slot.granule);
    slot.card.service(&own);
    let end = if place == 0 { tick } else { place };
    for port in &slot.ports {
        let block = &mut switch.received_frames(port.span)[end - slot.granule..end];
        slot.card.receive(&own, port.port, block);
        switch.note_received_bits(port.span, slot.card.received_bits(port.port), own.end());
        switch.note_defects(port.span, slot.card.status(port.port).defects, own.end());
    }
}

fn enqueue(slot: &mut CardSlot, switch: &mut SwitchProc, tick: usize, moment: &MediaTick<'_>) {
    for port in &mut slot.ports {
        port.send.into.push_slice(&switch.frames_to_send(port.span)[..tick]);
        let card = &mut slot.card;
        switch
            .take_bits_to_send(port.span, |timeslot, bits| card.set_bits(moment, port.port, timeslot, bits));
    }
}

fn transmit(slot: &mut CardSlot, shared: &MediaShared, moment: &MediaTick<'_>) {
    let own = moment.spanning(slot.granule);
    let mut frames = [[0; 32]; tandem_types::MAX_TICK_FRAMES];
    for port in &mut slot.ports {
        let frames = &mut frames[..slot.granule];
        let taken = port.send.out.pop_slice(frames);
        debug_assert_eq!(taken, slot.granule, "the queue holds two ticks");
        slot.card.transmit(&own, port.port, frames);
        let counters = &slot.card.status(port.port).counters;
        let now = (counters.frames_missed, counters.slips_deleted + counters.slips_repeated);
        if now != port.counted {
            shared.frames_missed.fetch_add(now.0 - port.counted.0, Ordering::Relaxed);
            shared.slips.fetch_add(now.1 - port.counted.1, Ordering::Relaxed);
            port.counted = now;
        }
    }
}

impl Step for MediaWorld {
    fn step(&mut self, now: FrameTime) -> Next {
        while self.media.now() + self.granule() <= now {
            let end = self.media.now() + self.granule();
            self.work(end);
        }
        Next::At(self.media.now() + self.granule())
    }
}
