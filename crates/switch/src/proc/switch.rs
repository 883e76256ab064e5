//! The tick itself: messages in, expand, detect, play, mix, compand, tap, messages out.
use crate::counters::SwitchCounters;
use crate::link::{
    BridgeId, Change, FromMedia, PlayerEnd, PlayerId, Returned, SlotId, Source, TapId, ToMedia,
};
use crate::proc::outbox::Outbox;
use crate::proc::span::{Frame, Route, SpanProc, SpanSetup, slots_in};
use crate::proc::turn::Column;
use crate::proc::{BridgeProc, PIECE, PlayerProc, TapProc};
use std::sync::Arc;
use tandem_dsp::dtmf::DtmfEvent;
use tandem_dsp::g711;
use tandem_rt::{Consumer, MediaTick, Producer};
use tandem_types::{Abcd, Defects, FrameTime, Frames, SpanIndex, Timeslot};

/// The switch on the media thread.
#[derive(Debug)]
pub struct SwitchProc {
    spans: Vec<SpanProc>,
    players: Vec<Option<Box<PlayerProc>>>,
    /// The places of `players` in use. Never grows past its capacity.
    playing: Vec<usize>,
    bridges: Vec<Option<Box<BridgeProc>>>,
    /// Never grows past its capacity. Boxed, because the same boxes go back to control.
    #[allow(clippy::vec_box)]
    taps: Vec<Box<TapProc>>,
    from_control: Consumer<ToMedia>,
    outbox: Outbox,
    returns: Producer<Returned>,
    counters: Arc<SwitchCounters>,
}

/// How many of each object there may be.
pub(crate) struct Capacities {
    pub(crate) players: usize,
    pub(crate) bridges: usize,
    pub(crate) taps: usize,
}

impl SwitchProc {
    pub(crate) fn new(
        spans: &[SpanSetup],
        capacities: &Capacities,
        from_control: Consumer<ToMedia>,
        events: Producer<FromMedia>,
        returns: Producer<Returned>,
        counters: Arc<SwitchCounters>,
    ) -> Self {
        Self {
            spans: spans.iter().map(SpanProc::new).collect(),
            players: (0..capacities.players).map(|_| None).collect(),
            playing: Vec::with_capacity(capacities.players),
            bridges: (0..capacities.bridges).map(|_| None).collect(),
            taps: Vec::with_capacity(capacities.taps),
            from_control,
            outbox: Outbox::new(events),
            returns,
            counters,
        }
    }

    /// Where the frames that `span` received are to be put before [`SwitchProc::process`].
    pub fn received_frames(&mut self, span: usize) -> &mut [Frame] {
        &mut self.spans[span].rx[..]
    }

    /// The frames that `span` is to send, after [`SwitchProc::process`].
    #[must_use]
    pub fn frames_to_send(&self, span: usize) -> &[Frame] {
        &self.spans[span].tx[..]
    }

    /// Tells the signalling bits that a span receives, as of `at`. Changes go to control.
    pub fn note_received_bits(&mut self, span: usize, bits: &[Abcd; Timeslot::PER_FRAME], at: FrameTime) {
        let proc = &mut self.spans[span];
        if proc.rx_bits == *bits && proc.rx_bits_reported == *bits {
            return;
        }
        proc.rx_bits = *bits;
        for index in slots_in(proc.traffic) {
            let (new, reported) = (proc.rx_bits[index], proc.rx_bits_reported[index]);
            let message = FromMedia::LineSignal { slot: slot_id(span, index), bits: new, at };
            if new != reported && self.outbox.offer(message) {
                proc.rx_bits_reported[index] = new;
            }
        }
        // Slots without traffic are never reported; they must not keep the comparison above from matching.
        for index in slots_in(!proc.traffic) {
            proc.rx_bits_reported[index] = proc.rx_bits[index];
        }
    }

    /// Tells the defects of a span, as of `at`. Changes go to control.
    pub fn note_defects(&mut self, span: usize, defects: Defects, at: FrameTime) {
        let proc = &mut self.spans[span];
        proc.defects = defects;
        let message = FromMedia::Defects { span: SpanIndex(span as u16), defects, at };
        if proc.defects_reported != defects && self.outbox.offer(message) {
            proc.defects_reported = defects;
        }
    }

    /// Hands each signalling bit change since the last call to `tell`.
    pub fn take_bits_to_send(&mut self, span: usize, mut tell: impl FnMut(Timeslot, Abcd)) {
        let proc = &mut self.spans[span];
        for index in slots_in(std::mem::take(&mut proc.tx_bits_changed)) {
            tell(timeslot(index), proc.tx_bits[index]);
        }
    }

    /// Octets that lie in tap blocks not yet passed on.
    #[must_use]
    pub fn pending_in_taps(&self) -> u64 {
        self.taps.iter().map(|tap| tap.pending()).sum()
    }

    /// Works one tick: what was received becomes what is to be sent. Returns whether control has news.
    pub fn process(&mut self, tick: &MediaTick<'_>) -> bool {
        self.take_messages();
        self.mute_defective_spans(tick.frames());
        for offset in (0..tick.frames()).step_by(PIECE) {
            let frames = (tick.frames() - offset).min(PIECE);
            let at = tick.start() + Frames(offset as u64);
            self.work_piece(offset, frames, at);
        }
        for span in &mut self.spans {
            span.advance_signals(tick.frames() as u32);
        }
        self.report_ended_players(tick.end());
        self.count_tick(tick.frames() as u64);
        self.outbox.take_sent()
    }

    fn work_piece(&mut self, offset: usize, frames: usize, at: FrameTime) {
        for span in &mut self.spans {
            span.take_in(offset, frames);
        }
        self.detect(frames, at);
        for index in &self.playing {
            let Some(player) = &mut self.players[*index] else { continue };
            let starved = player.advance(frames);
            SwitchCounters::add(&self.counters.octets_starved, starved as u64);
        }
        for bridge in self.bridges.iter_mut().flatten() {
            bridge.mix(offset, frames, |slot| self.spans[usize::from(slot.span.0)].linear_of(slot.slot));
        }
        for span in 0..self.spans.len() {
            for index in slots_in(self.spans[span].traffic) {
                self.spans[span].tx_columns[index] = self.heard_by(span, index);
            }
            self.spans[span].put_out(offset, frames);
        }
        self.run_taps(frames, at);
    }

    fn detect(&mut self, frames: usize, at: FrameTime) {
        for (number, span) in self.spans.iter_mut().enumerate() {
            if span.detecting == 0 {
                continue;
            }
            let (outbox, players, counters) = (&mut self.outbox, &mut self.players, &self.counters);
            span.detectors.process(&span.linear[..frames], at, |event| {
                let message = digit_message(number, event);
                if let FromMedia::DigitStart { slot, .. } = message {
                    barge_in(players, slot);
                }
                if !outbox.insist(message) {
                    SwitchCounters::add(&counters.digits_dropped, 1);
                }
            });
        }
    }

    /// What a transmit slot hears in this piece, as octets of its span's law.
    #[inline]
    fn heard_by(&self, span: usize, index: usize) -> Column {
        let Route { source, bearer } = self.spans[span].routes[index];
        let law = self.spans[span].law;
        match source {
            Source::Idle => [law.idle_octet(); PIECE],
            Source::Slot(from) => {
                let source = &self.spans[usize::from(from.span.0)];
                let column = source.rx_columns[from.slot.index()];
                if source.law == law || bearer.is_data() {
                    column
                } else {
                    column.map(|octet| g711::transcode(source.law, law, octet))
                }
            }
            Source::Player(id) => match self.players.get(id.0 as usize) {
                Some(Some(player)) => player.piece.map(|sample| g711::encode(law, sample)),
                _ => [law.idle_octet(); PIECE],
            },
            Source::Bridge(id) => match self.bridges.get(id.0 as usize) {
                Some(Some(bridge)) => {
                    let own = if self.spans[span].talks_to[index] == Some(id) {
                        self.spans[span].linear_of(timeslot(index))
                    } else {
                        &[0; PIECE]
                    };
                    bridge.heard_by(own).map(|sample| g711::encode(law, sample))
                }
                _ => [law.idle_octet(); PIECE],
            },
        }
    }

    fn run_taps(&mut self, frames: usize, at: FrameTime) {
        for tap in &mut self.taps {
            let span = &self.spans[usize::from(tap.slot.span.0)];
            let index = tap.slot.slot.index();
            let flushed = tap.record(at, frames, &span.rx_columns[index], &span.tx_columns[index]);
            count_flushed(&self.counters, flushed);
        }
        SwitchCounters::add(&self.counters.octets_tapped, 2 * (self.taps.len() * frames) as u64);
    }

    fn mute_defective_spans(&mut self, frames: usize) {
        for span in &mut self.spans {
            if span.defects.is_severe() {
                span.mute(frames);
            }
        }
    }

    fn report_ended_players(&mut self, at: FrameTime) {
        for index in &self.playing {
            let Some(player) = &mut self.players[*index] else { continue };
            let Some((reason, played, starved)) = player.outcome() else { continue };
            let message = FromMedia::PlayerEnded { player: player.id, reason, played, starved, at };
            if !player.end_reported && self.outbox.offer(message) {
                player.end_reported = true;
            }
        }
    }

    fn count_tick(&self, frames: u64) {
        let counters = &*self.counters;
        SwitchCounters::add(&counters.ticks, 1);
        for span in &self.spans {
            let traffic = u64::from(span.traffic.count_ones()) * frames;
            let heard = u64::from((span.heard & span.traffic).count_ones()) * frames;
            SwitchCounters::add(&counters.octets_in, traffic);
            SwitchCounters::add(&counters.octets_out, traffic);
            if span.defects.is_severe() {
                SwitchCounters::add(&counters.octets_muted, traffic);
            } else {
                SwitchCounters::add(&counters.octets_heard, heard);
                SwitchCounters::add(&counters.octets_unheard, traffic - heard);
            }
            for (counter, slots) in [
                (&counters.octets_idle, span.sources.idle),
                (&counters.octets_from_slots, span.sources.slots),
                (&counters.octets_from_players, span.sources.players),
                (&counters.octets_from_bridges, span.sources.bridges),
            ] {
                SwitchCounters::add(counter, u64::from(slots) * frames);
            }
        }
    }
}

/// Messages from control.
impl SwitchProc {
    fn take_messages(&mut self) {
        // A bounded number a tick: control cannot keep media from its work.
        for _ in 0..MESSAGES_PER_TICK {
            let Some(message) = self.from_control.pop() else { return };
            self.handle(message);
        }
    }

    fn handle(&mut self, message: ToMedia) {
        match message {
            ToMedia::Apply(batch) => {
                for change in &batch.changes {
                    self.apply(*change);
                }
                self.note_listeners();
                self.give_back(Returned::Batch(batch));
            }
            ToMedia::StartPlayer(player) => {
                let index = player.id.0 as usize;
                self.players[index] = Some(player);
                self.playing.push(index);
            }
            ToMedia::StopPlayer(id) => {
                if let Some(Some(player)) = self.players.get_mut(id.0 as usize) {
                    player.stop(PlayerEnd::Stopped);
                }
            }
            ToMedia::RemovePlayer(id) => self.remove_player(id),
            ToMedia::StartTap(tap) => {
                self.taps.push(tap);
                self.note_listeners();
            }
            ToMedia::StopTap(id) => self.stop_tap(id),
            ToMedia::NewBridge(bridge) => {
                let index = bridge.id.0 as usize;
                self.bridges[index] = Some(bridge);
            }
            ToMedia::RemoveBridge(id) => self.remove_bridge(id),
            ToMedia::Signal { slot, script } => {
                let span = &mut self.spans[usize::from(slot.span.0)];
                span.signals[slot.slot.index()].follow(&script);
                span.signalling |= 1 << slot.slot.index();
            }
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Listen { sink, source, bearer } => {
                self.spans[usize::from(sink.span.0)].routes[sink.slot.index()] = Route { source, bearer };
            }
            Change::Talk { slot, bridge } => {
                self.hush(slot);
                if let Some(Some(proc)) = self.bridges.get_mut(bridge.0 as usize)
                    && proc.add(slot)
                {
                    let span = &mut self.spans[usize::from(slot.span.0)];
                    span.talks_to[slot.slot.index()] = Some(bridge);
                    span.talking |= 1 << slot.slot.index();
                }
            }
            Change::Hush { slot, bridge } => {
                if self.spans[usize::from(slot.span.0)].talks_to[slot.slot.index()] == Some(bridge) {
                    self.hush(slot);
                }
            }
            Change::Detect { slot, on } => self.detect_on(slot, on),
        }
    }

    /// A slot talks to one bridge at a time.
    fn hush(&mut self, slot: SlotId) {
        let span = &mut self.spans[usize::from(slot.span.0)];
        span.talking &= !(1 << slot.slot.index());
        if let Some(id) = span.talks_to[slot.slot.index()].take()
            && let Some(Some(bridge)) = self.bridges.get_mut(id.0 as usize)
        {
            bridge.remove(slot);
        }
    }

    fn detect_on(&mut self, slot: SlotId, on: bool) {
        let span = &mut self.spans[usize::from(slot.span.0)];
        let bit = 1 << slot.slot.index();
        if (span.detecting & bit != 0) != on {
            span.detectors.enable(slot.slot.index(), on);
            span.detecting ^= bit;
        }
    }

    fn remove_player(&mut self, id: PlayerId) {
        let Some(player) = self.players.get_mut(id.0 as usize).and_then(Option::take) else { return };
        self.playing.retain(|index| *index != id.0 as usize);
        self.silence(Source::Player(id));
        self.give_back(Returned::Player(player));
    }

    fn remove_bridge(&mut self, id: BridgeId) {
        let Some(bridge) = self.bridges.get_mut(id.0 as usize).and_then(Option::take) else { return };
        for slot in bridge.talkers() {
            let span = &mut self.spans[usize::from(slot.span.0)];
            span.talks_to[slot.slot.index()] = None;
            span.talking &= !(1 << slot.slot.index());
        }
        self.silence(Source::Bridge(id));
        self.give_back(Returned::Bridge(bridge));
    }

    fn stop_tap(&mut self, id: TapId) {
        let Some(index) = self.taps.iter().position(|tap| tap.id == id) else { return };
        let mut tap = self.taps.swap_remove(index);
        count_flushed(&self.counters, tap.flush());
        self.note_listeners();
        self.give_back(Returned::Tap(tap));
    }

    fn silence(&mut self, gone: Source) {
        for route in self.spans.iter_mut().flat_map(|span| &mut span.routes) {
            if route.source == gone {
                route.source = Source::Idle;
            }
        }
        self.note_listeners();
    }

    /// Finds anew which received slots anybody listens to, and what the transmit slots hear.
    fn note_listeners(&mut self) {
        for span in &mut self.spans {
            span.heard = span.detecting | span.talking;
            span.count_sources();
        }
        for sink in 0..self.spans.len() {
            for index in 0..Timeslot::PER_FRAME {
                if let Source::Slot(from) = self.spans[sink].routes[index].source {
                    self.spans[usize::from(from.span.0)].heard |= 1 << from.slot.index();
                }
            }
        }
        for tap in &self.taps {
            self.spans[usize::from(tap.slot.span.0)].heard |= 1 << tap.slot.slot.index();
        }
    }

    fn give_back(&mut self, returned: Returned) {
        // Control lets no more boxes out than this ring holds.
        if let Err(full) = self.returns.push(returned) {
            debug_assert!(false, "the return ring is full: {full:?}");
            std::mem::forget(full);
        }
    }
}

fn barge_in(players: &mut [Option<Box<PlayerProc>>], slot: SlotId) {
    for player in players.iter_mut().flatten() {
        if player.barge_in == Some(slot) {
            player.stop(PlayerEnd::Digit);
        }
    }
}

fn digit_message(span: usize, event: DtmfEvent) -> FromMedia {
    match event {
        DtmfEvent::Start { lane, digit, reported, .. } => {
            FromMedia::DigitStart { slot: slot_id(span, lane), digit, at: reported }
        }
        DtmfEvent::End { lane, digit, start, end, .. } => {
            FromMedia::DigitEnd { slot: slot_id(span, lane), digit, start, end }
        }
    }
}

fn count_flushed(counters: &SwitchCounters, flushed: crate::proc::tap::Flushed) {
    if flushed.recorded + flushed.dropped > 0 {
        SwitchCounters::add(&counters.octets_recorded, flushed.recorded);
        SwitchCounters::add(&counters.octets_tap_dropped, flushed.dropped);
    }
}

fn slot_id(span: usize, index: usize) -> SlotId {
    SlotId { span: SpanIndex(span as u16), slot: timeslot(index) }
}

fn timeslot(index: usize) -> Timeslot {
    // Indices come from 32-bit masks.
    Timeslot::new(index as u8 & 31).expect("below 32")
}

const MESSAGES_PER_TICK: usize = 256;
