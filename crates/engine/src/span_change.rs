//! A span that is put in its place, taken out or set up anew while the others carry calls. Control makes all that is needed;
//! media puts it in between two ticks and gives back what was there before.
use crate::clock::ClockKeeper;
use crate::media::{CardSlot, PortSlot};
use tandem_card::{CardError, LineOrder, SpanConfig};
use tandem_rt::MediaTick;
use tandem_switch::{PreparedSpan, SwitchProc};

/// What is to be done with a span.
#[derive(Debug)]
pub(crate) struct SpanChange {
    pub(crate) span: usize,
    /// Not before the switch has come to this mark: what it was told of the span until then is about the one before.
    pub(crate) mark: u64,
    /// The card and port that the span leaves.
    pub(crate) leaves: Option<(usize, usize)>,
    /// A span without channels, for as long as there is no other.
    pub(crate) vacant: PreparedSpan,
    pub(crate) arrival: Option<Arrival>,
    /// Why the card has not taken what arrives.
    pub(crate) refused: Option<CardError>,
    /// Back to control, to be released there.
    pub(crate) old: Option<PortSlot>,
}

/// A span that comes.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) card: usize,
    pub(crate) prepared: PreparedSpan,
    /// Its place on the card; none once it is there.
    pub(crate) port: Option<PortSlot>,
    pub(crate) config: SpanConfig,
    /// The card sets its line up anew.
    pub(crate) sets_up: bool,
}

impl SpanChange {
    /// Carries it out, between two ticks.
    pub(crate) fn apply(
        &mut self,
        cards: &mut [CardSlot],
        switch: &mut SwitchProc,
        clock: &mut ClockKeeper,
        moment: &MediaTick<'_>,
    ) {
        let mut waiting = 0;
        if let Some((card, port)) = self.leaves {
            self.old = cards[card].take_port(port);
            waiting = self.old.as_ref().map_or(0, PortSlot::waiting);
            // Who listens there is to know that nobody calls any more.
            order_if_able(&mut cards[card], moment, port, LineOrder::SendAis(true));
            clock.leave(self.span);
        }
        switch.replace_span(&mut self.vacant, waiting);
        let Some(Arrival { card, prepared, port: arriving, config, sets_up }) = &mut self.arrival else {
            return;
        };
        let (slot, Some(mut port)) = (&mut cards[*card], arriving.take()) else { return };
        let number = port.number();
        if *sets_up {
            if let Err(error) = slot.card_mut().change(moment, number, config) {
                (self.refused, *arriving) = (Some(error), Some(port));
                return;
            }
        } else {
            order_if_able(slot, moment, number, LineOrder::SendAis(false));
            order_if_able(slot, moment, number, LineOrder::SendRai(false));
            order_if_able(slot, moment, number, LineOrder::Loop(None));
            order_if_able(slot, moment, number, LineOrder::SendAisCi(false));
            order_if_able(slot, moment, number, LineOrder::SendRaiCi(false));
            order_if_able(slot, moment, number, LineOrder::SendLoopCode(None));
            order_if_able(slot, moment, number, LineOrder::SendSaBits(0x1f));
        }
        switch.replace_span(prepared, 0);
        port.begin(switch, slot.card().status(number));
        slot.put_port(port);
        let can = slot.card().info().abilities.sync_messages;
        clock.join(*card, number, self.span, can);
        clock.announce(cards, moment);
    }
}

fn order_if_able(slot: &mut CardSlot, moment: &MediaTick<'_>, port: usize, order: LineOrder) {
    if slot.card().info().abilities.allow(&order) {
        slot.card_mut().order(moment, port, &order);
    }
}
