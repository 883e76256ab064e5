//! The tick itself: messages in, expand, detect, play, mix, compand, tap, messages out.
mod messages;

use crate::counters::{Pending, SwitchCounters};
use crate::link::{DigitTones, FromMedia, PlayerEnd, Returned, SlotId, Source, ToMedia};
use crate::proc::ears::Heard as Sound;
use crate::proc::outbox::Outbox;
use crate::proc::span::{BitChange, Frame, Heard, Route, SpanProc, column_of, slots_in, timeslot};
use crate::proc::tone::TestTones;
use crate::proc::voices::VoiceEvent;
use crate::proc::{BridgeProc, LineTestProc, PIECE, PlayerProc, TapProc};
use std::sync::Arc;
use tandem_dsp::dtmf::DtmfEvent;
use tandem_dsp::fsk::CallerIdEvent;
use tandem_dsp::mf::MfEvent;
use tandem_dsp::progress::ToneEvent;
use tandem_line::bert::TesterState;
use tandem_rt::{Consumer, MediaTick, Producer};
use tandem_types::{Abcd, Defects, FrameTime, Frames, Law, LostFrames, SpanIndex, Timeslot};

/// The switch on the media thread.
#[derive(Debug)]
pub struct SwitchProc {
    /// Boxed, because spans are replaced while others carry calls. Never grows past its capacity.
    #[allow(clippy::vec_box)]
    spans: Vec<Box<SpanProc>>,
    /// The last mark in what control said.
    mark: u64,
    players: Vec<Option<Box<PlayerProc>>>,
    /// The places of `players` in use. Never grows past its capacity.
    playing: Vec<usize>,
    bridges: Vec<Option<Box<BridgeProc>>>,
    /// Never grows past its capacity. Boxed, because the same boxes go back to control.
    #[allow(clippy::vec_box)]
    taps: Vec<Box<TapProc>>,
    tests: Vec<Option<Box<LineTestProc>>>,
    tones: TestTones,
    /// Some slot hears what another sends.
    has_monitors: bool,
    from_control: Consumer<ToMedia>,
    outbox: Outbox,
    /// Apart from other messages, because they are long.
    caller_ids: Producer<(SlotId, CallerIdEvent)>,
    /// Frames or caller identifications came for control since the last tick.
    frames_came: bool,
    returns: Producer<Returned>,
    counters: Arc<SwitchCounters>,
}

/// A span that has been made, to be put in its place.
#[derive(Debug)]
pub struct PreparedSpan {
    pub(crate) span: SpanIndex,
    pub(crate) proc: Option<Box<SpanProc>>,
}

/// How many of each object there may be.
pub(crate) struct Capacities {
    pub(crate) spans: usize,
    pub(crate) players: usize,
    pub(crate) bridges: usize,
    pub(crate) taps: usize,
    pub(crate) tests: usize,
}

impl SwitchProc {
    pub(crate) fn new(
        made: Vec<SpanProc>,
        capacities: &Capacities,
        from_control: Consumer<ToMedia>,
        events: Producer<FromMedia>,
        caller_ids: Producer<(SlotId, CallerIdEvent)>,
        returns: Producer<Returned>,
        counters: Arc<SwitchCounters>,
    ) -> Self {
        let mut spans = Vec::with_capacity(capacities.spans);
        spans.extend(made.into_iter().map(Box::new));
        Self {
            spans,
            mark: 0,
            players: (0..capacities.players).map(|_| None).collect(),
            playing: Vec::with_capacity(capacities.players),
            bridges: (0..capacities.bridges).map(|_| None).collect(),
            taps: Vec::with_capacity(capacities.taps),
            tests: (0..capacities.tests).map(|_| None).collect(),
            tones: TestTones::new(),
            has_monitors: false,
            from_control,
            outbox: Outbox::new(events),
            caller_ids,
            frames_came: false,
            returns,
            counters,
        }
    }

    /// The last mark in what control said that has been carried out: [`SwitchControl::mark`](crate::SwitchControl::mark).
    #[must_use]
    pub const fn mark(&self) -> u64 {
        self.mark
    }

    /// Puts a span in its place, between two ticks, and gives back the one that was there. Of that so many frames were still
    /// to be given to its card, which count as lost. Nobody hears its slots any more, and its parties leave their bridges.
    pub fn replace_span(&mut self, prepared: &mut PreparedSpan, waiting: usize) {
        let Some(proc) = &mut prepared.proc else { return };
        let number = usize::from(prepared.span.0);
        let Some(old) = self.spans.get(number) else {
            // Control prepares spans in order, and no more than there is room for.
            if number == self.spans.len() && number < self.spans.capacity() {
                self.spans.extend(prepared.proc.take());
            }
            return;
        };
        debug_assert_eq!(old.fresh, 0, "between two ticks");
        SwitchCounters::add(&self.counters.octets_lost_with_span, old.octets_in(waiting));
        self.leave(prepared.span);
        std::mem::swap(&mut self.spans[number], proc);
        self.note_listeners();
    }

    /// Where frames that `span` received are to be put: those from `first` on of the tick that
    /// [`SwitchProc::process`] works next. They count as received.
    pub fn receive(&mut self, span: usize, first: usize, frames: usize) -> &mut [Frame] {
        let proc = &mut self.spans[span];
        proc.fresh += frames;
        SwitchCounters::add(&self.counters.octets_in, proc.octets_in(frames));
        &mut proc.rx[first..first + frames]
    }

    /// Of the frames put where [`SwitchProc::receive`] said, those from `first` on, these were lost on their way to the card.
    pub fn note_lost(&mut self, span: usize, first: usize, lost: &LostFrames) {
        if !lost.is_empty() {
            self.spans[span].lost.add_at(first, lost);
        }
    }

    /// Takes the octets that the slot with HDLC frames of `span` received up to `end`: as the line brought them, where the
    /// card tells it, or else as its frames have them, after [`SwitchProc::note_defects`]. They are as many as they are:
    /// by the clock of the line.
    pub fn receive_hdlc(&mut self, span: usize, octets: &[u8], end: FrameTime) {
        let proc = &mut self.spans[span];
        let usable = !proc.defects.is_severe();
        if let Some(hdlc) = &mut proc.hdlc {
            self.frames_came |= hdlc.receive(usable.then_some(octets), end);
        }
    }

    /// What [`SwitchProc::process`] made of a tick of so many frames: the frames that `span` is to send, and the
    /// changes of its signalling bits. Before the first tick, with 0 frames, the bits of all its slots.
    pub fn take_made(&mut self, span: usize, frames: usize) -> (&[Frame], impl Iterator<Item = BitChange>) {
        let proc = &mut self.spans[span];
        (&proc.tx[..frames], proc.bit_changes.drain(..))
    }

    /// Tells the signalling bits that a span receives, as of `at`. Changes go to control, and the first bits, whatever
    /// they are; none while the span has a severe defect.
    pub fn note_received_bits(&mut self, span: usize, bits: &[Abcd; Timeslot::PER_FRAME], at: FrameTime) {
        let proc = &mut self.spans[span];
        if proc.rx_bits == *bits && proc.bits_to_report == 0 {
            return;
        }
        for index in slots_in(proc.traffic) {
            if bits[index] != proc.rx_bits[index] {
                proc.bits_to_report |= 1 << index;
            }
        }
        proc.rx_bits = *bits;
        if proc.defects.is_severe() {
            return;
        }
        for index in slots_in(proc.bits_to_report) {
            let message = FromMedia::LineSignal { slot: slot_id(span, index), bits: bits[index], at };
            if self.outbox.offer(message) {
                proc.bits_to_report &= !(1 << index);
            }
        }
    }

    /// Tells the defects of a span, as of `at`. Changes go to control.
    pub fn note_defects(&mut self, span: usize, defects: Defects, at: FrameTime) {
        let proc = &mut self.spans[span];
        proc.defects = defects;
        proc.defective |= defects.is_severe();
        let message = FromMedia::Defects { span: SpanIndex(span as u16), defects, at };
        if proc.defects_reported != defects && self.outbox.offer(message) {
            proc.defects_reported = defects;
        }
    }

    /// The card of `span`, which tests its line as a whole, has found this.
    pub fn note_line_test(&self, span: usize, found: TesterState) {
        let tests = self.tests.iter().flatten();
        for test in tests.filter(|test| test.is_of_whole_line() && usize::from(test.span.0) == span) {
            test.note(found);
        }
    }

    /// Frames of `span` have been given to its card to send.
    pub fn note_sent(&self, span: usize, frames: usize) {
        SwitchCounters::add(&self.counters.octets_out, self.spans[span].octets_in(frames));
    }

    /// Idle frames go to the card of `span` ahead of what the switch makes.
    pub fn note_sent_ahead(&self, span: usize, frames: usize) {
        SwitchCounters::add(&self.counters.octets_idle, self.spans[span].octets_in(frames));
    }

    /// Octets on their way now, if of the frames to send of a span so many wait for its card.
    #[must_use]
    pub fn pending(&self, to_send: impl Fn(usize) -> usize) -> Pending {
        let spans = || self.spans.iter().enumerate();
        Pending {
            received: spans().map(|(_, span)| span.octets_in(span.fresh)).sum(),
            to_send: spans().map(|(number, span)| span.octets_in(to_send(number))).sum(),
            in_taps: self.taps.iter().map(|tap| tap.pending()).sum(),
        }
    }

    /// Works one tick: what was received becomes what is to be sent. Returns whether control has news.
    pub fn process(&mut self, tick: &MediaTick<'_>) -> bool {
        self.take_messages(tick.start());
        self.begin_tick(tick.frames());
        for offset in (0..tick.frames()).step_by(PIECE) {
            let frames = (tick.frames() - offset).min(PIECE);
            let at = tick.start() + Frames(offset as u64);
            self.work_piece(offset, frames, at);
        }
        self.spans.iter_mut().for_each(|span| span.lost = LostFrames::NONE);
        self.report_ended_players(tick.end());
        SwitchCounters::add(&self.counters.ticks, 1);
        self.outbox.take_sent() || std::mem::take(&mut self.frames_came)
    }

    fn work_piece(&mut self, offset: usize, frames: usize, at: FrameTime) {
        for span in &mut self.spans {
            span.take_in(offset, frames);
            span.advance_signals(offset, frames);
            count_received(span, frames, &self.counters);
        }
        self.detect(frames, at);
        for span in &mut self.spans {
            span.make_fit_to_hear(frames, at);
        }
        for index in &self.playing {
            let Some(player) = &mut self.players[*index] else { continue };
            let starved = player.advance(frames);
            SwitchCounters::add(&self.counters.octets_starved, starved as u64);
        }
        for bridge in self.bridges.iter_mut().flatten() {
            bridge.mix(offset, frames, |slot| self.spans[usize::from(slot.span.0)].linear_of(slot.slot));
            for (slot, heard) in bridge.heard_by_members() {
                self.spans[usize::from(slot.span.0)].set_mixed(slot.slot, heard);
            }
        }
        for test in self.tests.iter_mut().flatten() {
            let span = &self.spans[usize::from(test.span.0)];
            test.advance(frames, (!span.muted).then_some(&span.rx_columns));
        }
        let mut made = Made::default();
        for span in 0..self.spans.len() {
            self.fill(span, !self.spans[span].monitors, (frames, at), &mut made);
            if !self.has_monitors {
                self.spans[span].send_piece(offset, frames);
            }
        }
        if self.has_monitors {
            // What they hear has been made by now.
            for span in 0..self.spans.len() {
                self.fill(span, self.spans[span].monitors, (frames, at), &mut made);
            }
            self.spans.iter_mut().for_each(|span| span.send_piece(offset, frames));
        }
        made.count(frames, &self.counters);
        self.run_taps(frames, at);
    }

    /// Makes what these slots of a span send in a piece that begins then.
    fn fill(&mut self, span: usize, slots: u32, (frames, at): (usize, FrameTime), made: &mut Made) {
        if slots == 0 {
            return;
        }
        for index in slots_in(self.spans[span].traffic & slots) {
            let heard = self.heard_by(span, index, at, made);
            self.spans[span].hear(index, heard);
        }
        self.spans[span].compand();
        self.spans[span].shape_sent(frames, slots);
    }

    fn detect(&mut self, frames: usize, at: FrameTime) {
        for (number, span) in self.spans.iter_mut().enumerate() {
            if !span.is_listened_to() {
                continue;
            }
            let (outbox, players, counters) = (&mut self.outbox, &mut self.players, &self.counters);
            let (caller_ids, came) = (&mut self.caller_ids, &mut self.frames_came);
            let (taps, seats, hiders) = (&mut self.taps, &span.seats, &mut span.hiders);
            let analysts = &mut span.analysts;
            span.ears.process(&span.linear[..frames], at, |heard| {
                let (message, dropped) = match heard {
                    Sound::Digit(event) => {
                        let lane = event.lane();
                        let (slot, seat) = (slot_id(number, lane), seats[lane]);
                        taps.iter_mut().for_each(|tap| tap.on_digit(slot, seat, &event));
                        if let Some(hider) = &mut hiders[lane] {
                            hider.on_digit(&event);
                        }
                        (digit_message(number, event), &counters.digits_dropped)
                    }
                    Sound::Tone(event) => {
                        if let Some(analyst) = &mut analysts[event.lane()] {
                            analyst.on_tone(&event);
                        }
                        (tone_message(number, event), &counters.sounds_dropped)
                    }
                    Sound::Signal(event) => (signal_message(number, event), &counters.sounds_dropped),
                    Sound::CallerId(event) => {
                        match caller_ids.push((slot_id(number, event.lane), event)) {
                            Ok(()) => *came = true,
                            Err(_) => SwitchCounters::add(&counters.sounds_dropped, 1),
                        }
                        return;
                    }
                    Sound::Voice(event) => (voice_message(number, event), &counters.sounds_dropped),
                };
                match message {
                    FromMedia::DigitStart { slot, .. } => barge_in(players, slot, PlayerEnd::Digit),
                    FromMedia::VoiceStart { slot, .. } => barge_in(players, slot, PlayerEnd::Voice),
                    _ => {}
                }
                if !outbox.insist(message) {
                    SwitchCounters::add(dropped, 1);
                }
            });
            for index in slots_in(span.analysed) {
                let Some(analyst) = &mut span.analysts[index] else { continue };
                let slot = slot_id(number, index);
                analyst.hear(&column_of(&span.linear, index)[..frames], at, |event| {
                    if !self.outbox.insist(FromMedia::Analysis { slot, event }) {
                        SwitchCounters::add(&self.counters.sounds_dropped, 1);
                    }
                });
            }
        }
    }

    /// What a transmit slot hears in this piece.
    #[inline]
    fn heard_by(&self, span: usize, index: usize, at: FrameTime, made: &mut Made) -> Heard {
        let Route { source, bearer } = self.spans[span].routes[index];
        let law = self.spans[span].law;
        match source {
            Source::Slot(from) => {
                made.from_slots += 1;
                let source = &self.spans[usize::from(from.span.0)];
                if bearer.is_data() {
                    return Heard::Octets(*source.received(from.slot));
                }
                let column = source.rx_columns[from.slot.index()];
                if source.law == law { Heard::Octets(column) } else { Heard::OtherLaw(column) }
            }
            Source::Sent { slot, with_received } => {
                made.from_slots += 1;
                self.heard_with(slot, with_received)
            }
            Source::Player(id) => {
                let Some(Some(player)) = self.players.get(id.0 as usize) else { return made.idle(law) };
                made.by_players += 1;
                Heard::Samples(player.piece)
            }
            Source::Bridge(id) => {
                let Some(Some(bridge)) = self.bridges.get(id.0 as usize) else { return made.idle(law) };
                made.by_bridges += 1;
                if self.spans[span].seats[index].is_some_and(|seat| seat.bridge == id) {
                    Heard::Mixed
                } else {
                    Heard::Samples(bridge.heard_by_listeners())
                }
            }
            Source::Tone(tone) => {
                made.by_tests += 1;
                Heard::Octets(self.tones.column(tone, law, at))
            }
            Source::Test(id) => {
                let Some(Some(test)) = self.tests.get(id.0 as usize) else { return made.idle(law) };
                made.by_tests += 1;
                Heard::Octets(test.columns[index])
            }
            Source::Idle => made.idle(law),
        }
    }

    /// What is heard of what a slot sends, and of what it receives: not what is said to it alone.
    fn heard_with(&self, slot: SlotId, with_received: bool) -> Heard {
        let (span, index) = (&self.spans[usize::from(slot.span.0)], slot.slot.index());
        let bridge = match span.routes[index].source {
            Source::Bridge(id) if span.seats[index].is_some_and(|seat| seat.bridge == id) => {
                self.bridges.get(id.0 as usize).and_then(Option::as_deref)
            }
            _ => None,
        };
        let sent = bridge.map_or_else(|| span.linear_sent(index), |bridge| bridge.heard_with(slot));
        if !with_received {
            return Heard::Samples(sent);
        }
        let received = span.linear_received(index);
        Heard::Samples(std::array::from_fn(|n| sent[n].saturating_add(received[n])))
    }

    fn run_taps(&mut self, frames: usize, at: FrameTime) {
        for tap in &mut self.taps {
            let (span, slot) = (&self.spans[usize::from(tap.slot.span.0)], tap.slot.slot);
            let (sent, sent_lost) = match tap.other_way {
                Some(SlotId { span, slot }) => {
                    let other = &self.spans[usize::from(span.0)];
                    (other.received_without_echo(slot), other.received_lost(slot))
                }
                None => {
                    let Route { source, bearer } = span.routes[slot.index()];
                    let lost = match source {
                        Source::Slot(SlotId { span, slot }) => {
                            self.spans[usize::from(span.0)].heard_lost(slot, bearer.is_data())
                        }
                        _ => 0,
                    };
                    (&span.tx_columns[slot.index()], lost)
                }
            };
            let lost = [span.received_lost(slot), sent_lost];
            let flushed = tap.record(at, frames, [span.received_without_echo(slot), sent], lost);
            count_flushed(&self.counters, flushed);
        }
        SwitchCounters::add(&self.counters.octets_tapped, 2 * (self.taps.len() * frames) as u64);
    }

    /// What was received is worked now; on spans with a severe defect, nobody is to hear it.
    fn begin_tick(&mut self, frames: usize) {
        for span in &mut self.spans {
            span.fresh = 0;
            span.muted = std::mem::replace(&mut span.defective, span.defects.is_severe());
            if span.muted {
                span.mute(frames);
            }
        }
    }

    fn report_ended_players(&mut self, at: FrameTime) {
        for index in &self.playing {
            let Some(player) = &mut self.players[*index] else { continue };
            let Some((reason, played)) = player.outcome() else { continue };
            let message = FromMedia::PlayerEnded { player: player.id, reason, played, at };
            if !player.end_reported && self.outbox.offer(message) {
                player.end_reported = true;
            }
        }
    }
}

/// Ends the prompts that a digit or a voice on this slot ends.
fn barge_in(players: &mut [Option<Box<PlayerProc>>], slot: SlotId, by: PlayerEnd) {
    for player in players.iter_mut().flatten() {
        let Some(barge_in) = player.barge_in.filter(|barge_in| barge_in.slot == slot) else { continue };
        if if by == PlayerEnd::Voice { barge_in.voice } else { barge_in.digit } {
            player.stop(by);
        }
    }
}

fn voice_message(span: usize, event: VoiceEvent) -> FromMedia {
    let VoiceEvent { index, start, at, begins } = event;
    let slot = slot_id(span, index);
    match begins {
        true => FromMedia::VoiceStart { slot, start, at },
        false => FromMedia::VoiceEnd { slot, start, end: at },
    }
}

fn digit_message(span: usize, event: DtmfEvent) -> FromMedia {
    match event {
        DtmfEvent::Start { lane, digit, reported, .. } => {
            FromMedia::DigitStart { slot: slot_id(span, lane), digit, at: reported }
        }
        DtmfEvent::End {
            lane,
            digit,
            start,
            end,
            low_dbm0,
            high_dbm0,
            low_offset_hz,
            high_offset_hz,
            ..
        } => {
            let tones = DigitTones { low_dbm0, high_dbm0, low_offset_hz, high_offset_hz };
            FromMedia::DigitEnd { slot: slot_id(span, lane), digit, start, end, tones }
        }
    }
}

fn tone_message(span: usize, event: ToneEvent) -> FromMedia {
    match event {
        ToneEvent::Start { lane, tone, reported, .. } => {
            FromMedia::ToneStart { slot: slot_id(span, lane), tone, at: reported }
        }
        ToneEvent::End { lane, tone, start, end, .. } => {
            FromMedia::ToneEnd { slot: slot_id(span, lane), tone, start, end }
        }
    }
}

fn signal_message(span: usize, event: MfEvent) -> FromMedia {
    match event {
        MfEvent::Start { lane, signal, reported, .. } => {
            FromMedia::SignalStart { slot: slot_id(span, lane), signal, at: reported }
        }
        MfEvent::End { lane, signal, start, end, .. } => {
            FromMedia::SignalEnd { slot: slot_id(span, lane), signal, start, end }
        }
    }
}

fn count_flushed(counters: &SwitchCounters, flushed: crate::proc::tap::Flushed) {
    if flushed.recorded + flushed.dropped + flushed.rested > 0 {
        SwitchCounters::add(&counters.octets_recorded, flushed.recorded);
        SwitchCounters::add(&counters.octets_tap_dropped, flushed.dropped);
        SwitchCounters::add(&counters.octets_tap_rested, flushed.rested);
    }
}

fn slot_id(span: usize, index: usize) -> SlotId {
    SlotId { span: SpanIndex(span as u16), slot: timeslot(index) }
}

/// Slots of a piece by what they were given.
#[derive(Clone, Copy, Default)]
struct Made {
    from_slots: u64,
    by_players: u64,
    by_bridges: u64,
    by_tests: u64,
    idle: u64,
}

impl Made {
    const fn idle(&mut self, law: Law) -> Heard {
        self.idle += 1;
        Heard::Octets([law.idle_octet(); PIECE])
    }

    fn count(self, frames: usize, counters: &SwitchCounters) {
        for (counter, slots) in [
            (&counters.octets_from_slots, self.from_slots),
            (&counters.octets_from_players, self.by_players),
            (&counters.octets_from_bridges, self.by_bridges),
            (&counters.octets_from_tests, self.by_tests),
            (&counters.octets_idle, self.idle),
        ] {
            SwitchCounters::add(counter, slots * frames as u64);
        }
    }
}

fn count_received(span: &SpanProc, frames: usize, counters: &SwitchCounters) {
    if span.muted {
        SwitchCounters::add(&counters.octets_muted, span.octets_in(frames));
    } else {
        let count = |slots: u32| u64::from(slots.count_ones()) * frames as u64;
        SwitchCounters::add(&counters.octets_heard, count(span.traffic & span.heard));
        SwitchCounters::add(&counters.octets_unheard, count(span.traffic & !span.heard));
    }
    let (lost, concealed) = span.lost_in_piece();
    if lost > 0 {
        SwitchCounters::add(&counters.octets_lost, span.octets_in(lost as usize));
        SwitchCounters::add(&counters.octets_concealed, concealed);
    }
}
