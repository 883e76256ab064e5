//! The clock of an engine, on the media thread: which span it follows, decided in the granule in which something
//! changes, and what the far ends are told of it.
use crate::media::CardSlot;
use tandem_card::{Card, ClockSource, LineOrder};
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
    /// The quality of the followed clock that the far ends were last told.
    announced: Option<Quality>,
    news: Producer<ClockNews>,
    /// What control had no room for: the newest of each kind.
    untold: [Option<ClockNews>; 2],
}

impl ClockKeeper {
    pub(crate) fn new(setup: ClockSetup, news: Producer<ClockNews>) -> Self {
        let nothing = SourceState { sound: false, quality: Quality::Unknown };
        let selector = Selector::new(setup.sources.len(), setup.wait_to_restore);
        Self { setup, selector, states: [nothing; MOST_SOURCES], announced: None, news, untold: [None; 2] }
    }

    /// Looks at the sources once a granule, and turns to another when one is better. True when control has news.
    pub(crate) fn attend(&mut self, cards: &mut [CardSlot], tick: &MediaTick<'_>) -> bool {
        let now = tick.end();
        for (number, source) in self.setup.sources.iter().enumerate().take(MOST_SOURCES) {
            let state = state_of(cards[source.card].card(), source.port);
            let before = std::mem::replace(&mut self.states[number], state);
            if state == before {
                continue;
            }
            let follows_us = state.sound && state.quality == Quality::DoNotUse;
            if follows_us && self.selector.current() == Some(number) {
                self.untold[1] = Some(ClockNews::Loop { span: SpanIndex(source.span as u16), at: now });
            }
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
        self.untold[0] = Some(ClockNews::Source { span, at: tick.end() });
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

    fn tell(&mut self) -> bool {
        let mut told = false;
        for news in &mut self.untold {
            if let Some(what) = *news
                && self.news.push(what).is_ok()
            {
                (*news, told) = (None, true);
            }
        }
        told
    }
}

/// What a card says of a span. A span whose far end tells nothing may be followed.
fn state_of(card: &dyn Card, port: usize) -> SourceState {
    let status = card.status(port);
    let quality = status.sync_quality.unwrap_or(Quality::Unknown);
    SourceState { sound: !status.defects.is_severe(), quality }
}
