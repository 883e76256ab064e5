//! Channels inside the engine, without a line: timeslots in pairs, each the far end of the other. What is played on one is
//! received on the other, to be heard in a bridge, or by many; what the bridge says there can be recorded on the first.
use crate::options::Options;
use crate::{
    Abilities, Card, CardError, CardFactory, CardInfo, CardRequest, FactoryError, Frame, OpenedCard,
    PortKind, SpanConfig, SpanStatus,
};
use tandem_rt::MediaTick;
use tandem_types::{Abcd, Law, MAX_TICK_FRAMES, Timeslot};

/// A card of such channels.
#[derive(Debug)]
pub struct LocalCard {
    info: CardInfo,
    ports: Vec<Port>,
}

#[derive(Debug)]
struct Port {
    /// What was sent in the last granule.
    sent: Vec<Frame>,
    status: SpanStatus,
    bits: [Abcd; Timeslot::PER_FRAME],
}

impl LocalCard {
    /// The model, as configurations name it.
    pub const MODEL: &'static str = "local";

    /// A card of so many spans, moving so many frames at a time.
    #[must_use]
    pub fn new(spans: usize, granule: usize) -> Self {
        let abilities = Abilities { changes: true, ..Abilities::default() };
        let kinds = vec![PortKind::E1OrT1; spans];
        let info = CardInfo { model: Self::MODEL, serial: None, spans: kinds, granule, abilities };
        let idle = [Law::A.idle_octet(); Timeslot::PER_FRAME];
        let port = |_| Port {
            sent: vec![idle; granule],
            status: SpanStatus::default(),
            bits: [Abcd::default(); Timeslot::PER_FRAME],
        };
        Self { info, ports: (0..spans).map(port).collect() }
    }

    /// The timeslot that hears this one, if it is of a pair: 1 and 2, 3 and 4, up to 29 and 30.
    #[must_use]
    pub fn partner(slot: Timeslot) -> Option<Timeslot> {
        let number = slot.number();
        let other = if number.is_multiple_of(2) { number.checked_sub(1)? } else { number + 1 };
        Timeslot::new(other).filter(|_| (1..=30).contains(&number) && (1..=30).contains(&other))
    }
}

impl Card for LocalCard {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, _: &SpanConfig) -> Result<(), CardError> {
        let spans = self.ports.len();
        if span < spans { Ok(()) } else { Err(CardError::NoSuchSpan { span, spans }) }
    }

    fn change(&mut self, _: &MediaTick<'_>, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        self.configure(span, config)
    }

    fn start(&mut self) -> Result<(), CardError> {
        Ok(())
    }

    fn stop(&mut self) {}

    fn service(&mut self, _: &MediaTick<'_>) {}

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        for (frame, sent) in frames.iter_mut().zip(&self.ports[span].sent) {
            *frame = *sent;
            for pair in frame[1..31].as_chunks_mut::<2>().0 {
                pair.swap(0, 1);
            }
        }
    }

    fn transmit(&mut self, _: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        self.ports[span].sent.copy_from_slice(frames);
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.ports[span].bits
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, _: usize, _: Timeslot, _: Abcd) {}

    fn status(&self, span: usize) -> &SpanStatus {
        &self.ports[span].status
    }
}

/// Makes them, by the model `local`.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalFactory;

impl CardFactory for LocalFactory {
    fn models(&self) -> Vec<&'static str> {
        vec![LocalCard::MODEL]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let options = Options::new(request, &["spans", "granule"], &[])?;
        let spans = options.number("spans", 1, 1..=64)?;
        let granule = options.number("granule", 8, 1..=MAX_TICK_FRAMES)?;
        Ok(OpenedCard { card: Box::new(LocalCard::new(spans, granule)), world: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_rt::MediaLoop;

    #[test]
    fn each_slot_of_a_pair_receives_what_the_other_sent_a_granule_ago() {
        let mut card = LocalCard::new(2, 8);
        let mut media = MediaLoop::default();
        let frame: Frame = std::array::from_fn(|slot| slot as u8);
        media.run_tick(8, |tick| {
            let mut frames = [[7; 32]; 8];
            card.receive(tick, 1, &mut frames);
            assert_eq!(frames, [[0xd5; 32]; 8]);
            card.transmit(tick, 1, &[frame; 8]);
            card.receive(tick, 1, &mut frames);
            assert_eq!(frames[7][..5], [0, 2, 1, 4, 3]);
            assert_eq!(frames[0][28..], [27, 30, 29, 31]);
            card.receive(tick, 0, &mut frames);
            assert_eq!(frames, [[0xd5; 32]; 8]);
        });
    }

    #[test]
    fn pairs_are_an_odd_slot_and_the_next() {
        let partner =
            |number| LocalCard::partner(Timeslot::new(number).expect("a timeslot")).map(Timeslot::number);
        assert_eq!([1, 2, 29, 30].map(partner), [Some(2), Some(1), Some(30), Some(29)]);
        assert_eq!([0, 31].map(partner), [None, None]);
    }
}
