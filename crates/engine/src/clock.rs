//! The clock of an engine, on the media thread: which span it follows, decided in the granule in which something
//! changes, and what the far ends are told of it.
use crate::media::CardSlot;
use tandem_card::{ClockSource, LineOrder, Loopback};
use tandem_line::clock::{MOST_SOURCES, Quality, Selector, SourceState};
use tandem_line::e1::SaBit;
use tandem_rt::{MediaTick, Producer};
use tandem_types::{FrameTime, Frames, SpanIndex};

/// Where the clock comes from, as a configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClockSetup {
    /// Spans that may be followed, the first the most wanted: card, port and span.
    pub(crate) sources: Vec<Port>,
    /// All spans, which are told of the clock: card, port and span.
    pub(crate) spans: Vec<Port>,
    pub(crate) wait_to_restore: Frames,
    /// The Sa bit that carries synchronisation status messages, if any does, and the quality of our own clock.
    pub(crate) messages: Option<(SaBit, Quality)>,
}

/// A span by its place among the cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) card: usize,
    pub(crate) port: usize,
    pub(crate) span: usize,
}

/// What control is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockNews {
    /// From now on this span is followed, or the card's own oscillator.
    Source { span: Option<SpanIndex>, at: FrameTime },
    /// The far end of the span that was followed says that its clock comes from us.
    Loop { span: SpanIndex, at: FrameTime },
}

/// Keeps the clock.
#[derive(Debug)]
pub(crate) struct ClockKeeper {
    setup: ClockSetup,
    selector: Selector,
    states: [SourceState; MOST_SOURCES],
    /// Since when each source has had a sound signal.
    sound_since: [Option<FrameTime>; MOST_SOURCES],
    /// Which far ends have told of a clock that may be used.
    offered: [bool; MOST_SOURCES],
    /// The quality of the followed clock that the far ends were last told.
    announced: Option<Quality>,
    news: Producer<ClockNews>,
    /// A source that control had no room for, the newest.
    untold_source: Option<ClockNews>,
    /// Sources that were found to be in a timing loop, and when, which control has not been told yet.
    untold_loops: [Option<FrameTime>; MOST_SOURCES],
}

impl ClockKeeper {
    /// Of so many spans at most.
    pub(crate) fn new(mut setup: ClockSetup, most_spans: usize, news: Producer<ClockNews>) -> Self {
        let nothing = SourceState { sound: false, quality: Quality::Unknown };
        setup.spans.reserve_exact(most_spans.saturating_sub(setup.spans.len()));
        let selector = Selector::new(setup.sources.len(), setup.wait_to_restore);
        Self {
            setup,
            selector,
            states: [nothing; MOST_SOURCES],
            sound_since: [None; MOST_SOURCES],
            offered: [false; MOST_SOURCES],
            announced: None,
            news,
            untold_source: None,
            untold_loops: [None; MOST_SOURCES],
        }
    }

    /// Looks at the sources once a granule, and turns to another when one is better. True when control has news.
    pub(crate) fn attend(&mut self, cards: &mut [CardSlot], tick: &MediaTick<'_>) -> bool {
        let now = tick.end();
        for (number, source) in self.setup.sources.iter().enumerate().take(MOST_SOURCES) {
            let status = cards[source.card].card().status(source.port);
            // In a local loop what is received is our own clock.
            let sound = !status.defects.is_severe() && status.looped != Some(Loopback::Local);
            let since = sound.then(|| *self.sound_since[number].get_or_insert(now));
            self.sound_since[number] = since;
            // With messages in use it is not followed before it had the time to tell one.
            let heard = self.setup.messages.is_none()
                || status.sync_quality.is_some()
                || since.is_some_and(|since| now.since(since) >= TIME_TO_TELL);
            // A span whose far end tells nothing may be followed.
            let quality = status.sync_quality.unwrap_or(Quality::Unknown);
            let state = SourceState { sound: sound && heard, quality };
            let before = std::mem::replace(&mut self.states[number], state);
            if state == before {
                continue;
            }
            let refuses = state.sound && state.quality == Quality::DoNotUse;
            // One that has never told anything else may just leave the bits as ones.
            if refuses && self.offered[number] && self.selector.current() == Some(number) {
                self.untold_loops[number] = Some(now);
            }
            self.offered[number] |= state.sound && !refuses && status.sync_quality.is_some();
            self.selector.handle_state(now, number, state);
        }
        let quality = self.followed().map(|(number, _)| self.states[number].quality);
        if self.selector.choose(now) {
            self.turn(cards, tick);
        } else if quality != self.announced {
            self.announce(cards, tick);
        }
        self.tell()
    }

    /// A span is told of the clock no longer.
    pub(crate) fn leave(&mut self, span: usize) {
        self.setup.spans.retain(|port| port.span != span);
    }

    /// A span is told of it from now on, if its card can.
    pub(crate) fn join(&mut self, card: usize, port: usize, span: usize, can: bool) {
        // There is room for all spans that there may come to be.
        if can && self.setup.spans.len() < self.setup.spans.capacity() {
            self.setup.spans.push(Port { card, port, span });
        }
    }

    /// The source that is followed, and its number.
    fn followed(&self) -> Option<(usize, Port)> {
        let number = self.selector.current()?;
        Some((number, self.setup.sources[number]))
    }

    fn turn(&mut self, cards: &mut [CardSlot], tick: &MediaTick<'_>) {
        let source = self.followed().map(|(_, port)| port);
        for (number, card) in cards.iter_mut().enumerate() {
            let from = match source {
                Some(source) if source.card == number => ClockSource::Span(source.port),
                Some(_) => ClockSource::OtherCard,
                None => ClockSource::Internal,
            };
            card.card_mut().set_clock(tick, from);
        }
        self.announce(cards, tick);
        let span = source.map(|source| SpanIndex(source.span as u16));
        self.untold_source = Some(ClockNews::Source { span, at: tick.end() });
    }

    /// Tells the far ends how good our clock is, and the one that we follow that its clock would come back to it.
    pub(crate) fn announce(&mut self, cards: &mut [CardSlot], tick: &MediaTick<'_>) {
        let Some((bit, own)) = self.setup.messages else { return };
        let followed = self.followed();
        self.announced = followed.map(|(number, _)| self.states[number].quality);
        let quality = self.announced.unwrap_or(own);
        for port in &self.setup.spans {
            let follows = followed.is_some_and(|(_, source)| source.span == port.span);
            let quality = if follows { Quality::DoNotUse } else { quality };
            let order = LineOrder::SyncMessage(Some((bit, quality)));
            cards[port.card].card_mut().order(tick, port.port, &order);
        }
    }

    /// Loops come first: a source is left because of them.
    fn tell(&mut self) -> bool {
        let mut told = false;
        for (at, source) in self.untold_loops.iter_mut().zip(&self.setup.sources) {
            let Some(found) = *at else { continue };
            let span = SpanIndex(source.span as u16);
            if self.news.push(ClockNews::Loop { span, at: found }).is_err() {
                return told;
            }
            (*at, told) = (None, true);
        }
        if let Some(what) = self.untold_source
            && self.news.push(what).is_ok()
        {
            (self.untold_source, told) = (None, true);
        }
        told
    }
}

/// For so long a far end is listened to before its clock is followed, where messages are in use.
const TIME_TO_TELL: Frames = Frames::from_seconds(1);
