//! Two cards back to back without line, framer or faults: what one transmits the other receives, octet for
//! octet. For tests of what lies above a card, and for a switch that is to talk to itself.
use crate::{Abilities, Card, CardError, CardInfo, Frame, PortKind, SpanConfig, SpanStatus};
use tandem_rt::{Consumer, MediaTick, Producer, ring};
use tandem_types::{Abcd, MAX_TICK_FRAMES, Timeslot};

/// One end of a pair of looped cards.
#[derive(Debug)]
pub struct LoopCard {
    info: CardInfo,
    ports: Vec<Port>,
}

#[derive(Debug)]
struct Port {
    to_peer: Producer<Frame>,
    from_peer: Consumer<Frame>,
    bits_to_peer: Producer<(Timeslot, Abcd)>,
    bits_from_peer: Consumer<(Timeslot, Abcd)>,
    received_bits: [Abcd; Timeslot::PER_FRAME],
    status: SpanStatus,
}

impl LoopCard {
    /// Two cards of so many spans, moving `granule` frames at a time. The wire between them delays by one
    /// granule, so that it does not matter which end is served first.
    #[must_use]
    pub fn pair(spans: usize, granule: usize) -> (Self, Self) {
        let info = CardInfo {
            model: "loop",
            serial: None,
            spans: vec![PortKind::E1OrT1; spans],
            granule,
            abilities: Abilities { changes: true, ..Abilities::default() },
        };
        let (left, right) = (0..spans).map(|_| Port::pair(granule)).unzip();
        (Self { info: info.clone(), ports: left }, Self { info, ports: right })
    }
}

impl Port {
    fn pair(granule: usize) -> (Self, Self) {
        let (mut left_out, right_in) = ring(MAX_TICK_FRAMES + 2 * granule);
        let (mut right_out, left_in) = ring(MAX_TICK_FRAMES + 2 * granule);
        let (left_bits_out, right_bits_in) = ring(32 * 16);
        let (right_bits_out, left_bits_in) = ring(32 * 16);
        // One granule on the wire and one in the transmit buffer of the far card.
        for _ in 0..2 * granule {
            let _ = left_out.push(IDLE);
            let _ = right_out.push(IDLE);
        }
        (
            Self::new(left_out, left_in, left_bits_out, left_bits_in),
            Self::new(right_out, right_in, right_bits_out, right_bits_in),
        )
    }

    fn new(
        to_peer: Producer<Frame>,
        from_peer: Consumer<Frame>,
        bits_to_peer: Producer<(Timeslot, Abcd)>,
        bits_from_peer: Consumer<(Timeslot, Abcd)>,
    ) -> Self {
        let received_bits = [Abcd::default(); Timeslot::PER_FRAME];
        let status = SpanStatus::default();
        Self { to_peer, from_peer, bits_to_peer, bits_from_peer, received_bits, status }
    }
}

impl Card for LoopCard {
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

    fn service(&mut self, _: &MediaTick<'_>) {
        for port in &mut self.ports {
            while let Some((slot, bits)) = port.bits_from_peer.pop() {
                port.received_bits[slot.index()] = bits;
            }
        }
    }

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        let port = &mut self.ports[span];
        for frame in frames {
            *frame = port.from_peer.pop().unwrap_or_else(|| {
                port.status.counters.frames_missed += 1;
                IDLE
            });
        }
    }

    fn transmit(&mut self, _: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        let port = &mut self.ports[span];
        let taken = port.to_peer.push_slice(frames);
        port.status.counters.frames_missed += (frames.len() - taken) as u64;
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.ports[span].received_bits
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        // A full ring means a peer that is never served; its bits are as lost as its frames.
        let _ = self.ports[span].bits_to_peer.push((slot, bits));
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.ports[span].status
    }
}

const IDLE: Frame = [0xff; Timeslot::PER_FRAME];

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_rt::MediaLoop;

    #[test]
    fn frames_arrive_at_the_peer_two_granules_later_and_in_order() {
        let (mut left, mut right) = LoopCard::pair(1, 8);
        let mut media = MediaLoop::default();
        let mut heard = Vec::new();
        for granule in 0..4_u8 {
            media.run_tick(8, |tick| {
                let mut frames = [[0; 32]; 8];
                right.service(tick);
                right.receive(tick, 0, &mut frames);
                heard.push(frames[3][5]);
                left.transmit(tick, 0, &[[granule; 32]; 8]);
            });
        }
        assert_eq!(heard, [0xff, 0xff, 0, 1]);
    }

    #[test]
    fn signalling_bits_reach_the_same_slot_of_the_peer() {
        let (mut left, mut right) = LoopCard::pair(2, 1);
        let slot = Timeslot::new(17).expect("a slot");
        MediaLoop::default().run_tick(1, |tick| {
            left.set_bits(tick, 1, slot, Abcd::new(0b0101));
            right.service(tick);
        });
        assert_eq!(right.received_bits(1)[17], Abcd::new(0b0101));
        assert_eq!(right.received_bits(0)[17], Abcd::new(0));
    }
}
