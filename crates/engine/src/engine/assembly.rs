//! How an engine is put together from its configuration.
use crate::clock::{ClockKeeper, ClockSetup, Port};
use crate::config::{CardKind, Config, Hardware, SpanSection};
use crate::control::{Control, Helpers, SpanPlace};
use crate::error::OpenError;
use crate::event_queue::{EventReader, EventWriter};
use crate::media::{CardSlot, MediaLinks, MediaWorld};
use crate::prompter::Prompter;
use crate::recorder::Recorder;
use crate::runner::Components;
use crate::statistics::CardState;
use crossbeam::channel::unbounded;
use std::sync::Arc;
use tandem_card::{Abilities, CardError, CardFactory, LocalCard, OpenedCard, Presence};
use tandem_line::e1::SaBit;
use tandem_rt::{Step, ring};
use tandem_switch::{SpanSetup, SwitchLimits, new_switch};
use tandem_types::{Frames, Timeslot};

/// What is assembled before a runner is chosen.
pub(super) struct Assembly {
    pub(super) components: Components,
    pub(super) events: Arc<EventReader>,
    pub(super) cards: Vec<CardState>,
}

pub(super) fn assemble(
    config: &Config,
    factories: &mut [Box<dyn CardFactory>],
) -> Result<Assembly, OpenError> {
    let tones = Arc::new(config.tones.set()?);
    let setups: Vec<SpanSetup> = config.spans.iter().map(|span| span.switch_setup(&tones)).collect();
    let (cards, worlds) = open_cards(config, factories)?;
    let most_spans =
        cards.iter().map(|slot| slot.card().info().spans.len()).sum::<usize>().max(config.spans.len());
    let limits = SwitchLimits {
        spans: most_spans,
        // A play that turns has a new one before the old one has come back.
        players: 2 * config.limits.players,
        // Each call may have one more, for what was said before a recording.
        taps: config.limits.recordings + Timeslot::PER_FRAME * most_spans,
        bridges: config.limits.bridges,
        bridge_parties: config.limits.bridge_parties,
    };
    let (link, switch) = new_switch(&setups, &limits);
    let states = card_states(config, &cards);
    // Control empties these within 100 ms.
    let (tell_seconds, seconds) = ring(2 * most_spans);
    let (tell_far_seconds, far_seconds) = ring(8 * most_spans);
    let (tell_loops, loops) = ring(2 * most_spans);
    let (tell_clock, clock_news) = ring(16);
    let (give_orders, orders) = ring(16 + 4 * most_spans);
    let (tell_changed, changed) = ring(2 * most_spans);
    let places = config.spans.iter().map(|span| SpanPlace {
        card: span.card,
        port: span.port,
        abilities: cards[span.card].card().info().abilities,
        framing: span.span_config().framing,
        granule: cards[span.card].granule(),
    });
    let places: Vec<SpanPlace> = places.collect();
    let clock = ClockKeeper::new(clock_setup(config, &places), most_spans, tell_clock);
    let links = MediaLinks {
        loops: tell_loops,
        seconds: tell_seconds,
        far_seconds: tell_far_seconds,
        clock,
        orders,
        changed: tell_changed,
    };
    let hardware = Hardware { cards: cards.iter().map(kind_of).collect(), most_spans };
    let media = MediaWorld::new(config.tick()?, worlds, cards, switch, most_spans, links);
    let (writer, events) = EventWriter::new(config.engine.event_queue)?;
    let (to_prompter, feeds) = unbounded();
    let (to_recorder, jobs) = unbounded();
    let (done, recorded) = unbounded();
    let helpers = Helpers {
        prompter: to_prompter,
        recorder: to_recorder,
        recorded,
        seconds,
        far_seconds,
        loops,
        clock_news,
        orders: give_orders,
        changed,
        hardware,
        tones,
        places,
    };
    let control = Control::new(config.clone(), config.tick()?, link, writer, helpers);
    let (prompter, recorder) = (Prompter::new(feeds), Recorder::new(media.shared(), jobs, done));
    Ok(Assembly { components: Components { media, control, prompter, recorder }, events, cards: states })
}

fn kind_of(slot: &CardSlot) -> CardKind {
    let info = slot.card().info();
    let is_local = info.model == LocalCard::MODEL;
    CardKind { ports: info.spans.clone(), abilities: info.abilities, is_local, granule: slot.granule() }
}

fn card_states(config: &Config, cards: &[CardSlot]) -> Vec<CardState> {
    let state = |(index, slot): (usize, &CardSlot)| {
        let section = &config.cards[index];
        let (name, info) = (section.request(index).name, slot.card().info());
        let (serial, ports) = (info.serial, info.spans.len());
        CardState { name, model: section.model.clone(), serial, ports, presence: Presence::There }
    };
    cards.iter().enumerate().map(state).collect()
}

/// Only what the cards can do is asked of them.
fn clock_setup(config: &Config, places: &[SpanPlace]) -> ClockSetup {
    let section = &config.clock;
    let port = |span: usize| Port { card: places[span].card, port: places[span].port, span };
    let can = |able: fn(&Abilities) -> bool| move |span: &usize| able(&places[*span].abilities);
    let tells = |span: &usize| section.message_bit != 0 && places[*span].abilities.sync_messages;
    if let Some(silent) = section.sources.iter().find(|span| !tells(span)) {
        log::info!(
            "clock source {silent} carries no synchronisation messages: a timing loop over it cannot be named"
        );
    }
    ClockSetup {
        sources: section.sources.iter().copied().filter(can(|card| card.clocks)).map(port).collect(),
        spans: (0..places.len())
            .filter(|span| config.spans[*span].in_use)
            .filter(can(|card| card.sync_messages))
            .map(port)
            .collect(),
        wait_to_restore: Frames::from_seconds(section.wait_to_restore_seconds),
        messages: SaBit::new(section.message_bit).map(|bit| (bit, section.quality.into())),
    }
}

fn open_cards(config: &Config, factories: &mut [Box<dyn CardFactory>]) -> Result<CardsAndWorlds, OpenError> {
    let tick = config.tick()?;
    let (mut cards, mut worlds) = (Vec::new(), Vec::new());
    for (index, section) in config.cards.iter().enumerate() {
        let request = section.request(index);
        let name = request.name.clone();
        let factory = factories.iter_mut().find(|factory| factory.models().contains(&section.model.as_str()));
        let Some(factory) = factory else {
            let known = factories.iter().flat_map(|factory| factory.models()).collect();
            return Err(OpenError::UnknownModel { card: name, model: section.model.clone(), known });
        };
        let OpenedCard { mut card, world } =
            factory.open(&request).map_err(|error| OpenError::Factory { card: name.clone(), error })?;
        let card_error = |error| OpenError::Card { card: name.clone(), error };
        let found = card.info().serial;
        if section.serial.is_some() && section.serial != found {
            return Err(card_error(CardError::Another { wanted: section.serial, found }));
        }
        let mut ports = Vec::new();
        let of_card = |span: &SpanSection| span.in_use && span.card == index;
        for (number, span) in config.spans.iter().enumerate().filter(|(_, span)| of_card(span)) {
            let setup = span.span_config();
            if card.info().spans.get(span.port).is_some_and(|kind| !kind.carries(setup.framing)) {
                return Err(card_error(CardError::Unsupported("such a framing on a port of that kind")));
            }
            card.configure(span.port, &setup).map_err(card_error)?;
            ports.push(span.port_use(number));
        }
        let mut slot = CardSlot::new(card, &name, tick, &ports)?;
        slot.start().map_err(card_error)?;
        cards.push(slot);
        worlds.extend(world);
    }
    check_granules(config, &cards)?;
    Ok((cards, worlds))
}

/// Every card is served when its own granule is over, in steps of the smallest: they must fit into each other.
fn check_granules(config: &Config, cards: &[CardSlot]) -> Result<(), OpenError> {
    let Some(step) = cards.iter().map(CardSlot::granule).min() else { return Ok(()) };
    match cards.iter().position(|card| !card.granule().is_multiple_of(step)) {
        None => Ok(()),
        Some(index) => Err(OpenError::Granules {
            card: config.cards[index].request(index).name,
            granule: cards[index].granule(),
            step,
        }),
    }
}

type CardsAndWorlds = (Vec<CardSlot>, Vec<Box<dyn Step>>);
