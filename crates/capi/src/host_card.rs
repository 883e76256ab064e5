//! A card that the host brings, as the engine sees it.
//!
//! What the host's functions give is not trusted: bits that have no meaning are dropped, counters that run backwards
//! stand still, and frames pass through a buffer that is the card's own. After it has been stopped, a card is
//! released, and nothing of it is called any more.
use crate::card_functions::Functions;
use crate::types::{
    CardSpan, CardStatus, crc4_number, framing_number, line_code_number, loopback, order_numbers, quality,
};
use tandem_card::{
    Card, CardError, CardInfo, ClockSource, Frame, Framing, LineOrder, Second, SpanConfig, SpanCounters,
    SpanStatus,
};

use tandem_rt::MediaTick;
use tandem_types::{Abcd, Defect, Defects, Timeslot};

/// A card of the host.
pub(crate) struct HostCard {
    /// `None` once it has been released.
    functions: Option<Functions>,
    info: CardInfo,
    ports: Vec<Port>,
    /// A granule of frames, which the host's functions write and read.
    frames: Box<[Frame]>,
}

/// A span of the card.
#[derive(Clone, Default)]
struct Port {
    in_use: bool,
    signalling: bool,
    octets: [u8; Timeslot::PER_FRAME],
    bits: [Abcd; Timeslot::PER_FRAME],
    tallies: Tallies,
    line_bits: Tally,
    status: SpanStatus,
}

impl HostCard {
    /// Checks what the host has filled in. A card that is refused is released.
    pub(crate) fn new(model: &'static str, functions: Functions) -> Result<Self, CardError> {
        let (spans, granule, abilities) = functions.check()?;
        let serial = functions.serial();
        Ok(Self {
            functions: Some(functions),
            ports: vec![Port::default(); spans.len()],
            info: CardInfo { model, serial, spans, granule, abilities },
            frames: vec![[IDLE; Timeslot::PER_FRAME]; granule].into(),
        })
    }

    fn functions(&self) -> Result<&Functions, CardError> {
        self.functions.as_ref().ok_or(CardError::Hardware("it has been released"))
    }
}

impl Card for HostCard {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        let spans = self.ports.len();
        if span >= spans {
            return Err(CardError::NoSuchSpan { span, spans });
        }
        let functions = self.functions()?;
        let signalling = has_signalling(config.framing);
        if signalling {
            functions.check_signalling()?;
        }
        functions.configure(span, &setup_for_host(config))?;
        self.ports[span] = Port { in_use: true, signalling, ..Port::default() };
        Ok(())
    }

    fn change(&mut self, _: &MediaTick<'_>, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        match self.info.abilities.changes {
            true => self.configure(span, config),
            false => Err(CardError::Unsupported("a change of a span while the card runs")),
        }
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.functions()?.start()
    }

    fn stop(&mut self) {
        if let Some(functions) = self.functions.take() {
            functions.stop();
        }
    }

    fn service(&mut self, tick: &MediaTick<'_>) {
        let Some(functions) = &self.functions else { return };
        functions.service(tick.end().0);
        for (span, port) in self.ports.iter_mut().enumerate().filter(|(_, port)| port.in_use) {
            port.take_status(&functions.status(span));
            if port.signalling {
                functions.get_bits(span, &mut port.octets);
                port.bits = port.octets.map(|octet| Abcd::new(octet & 0x0f));
            }
        }
    }

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        let Some(functions) = &self.functions else { return };
        // What the card does not write is idle.
        self.frames.fill([IDLE; Timeslot::PER_FRAME]);
        functions.receive(span, &mut self.frames);
        frames.copy_from_slice(&self.frames);
    }

    fn transmit(&mut self, _: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        let Some(functions) = &self.functions else { return };
        self.frames.copy_from_slice(frames);
        functions.transmit(span, &mut self.frames);
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.ports[span].bits
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        if let Some(functions) = self.functions.as_ref().filter(|_| self.ports[span].signalling) {
            functions.set_bits(span, slot.index(), bits.bits());
        }
    }

    fn set_clock(&mut self, _: &MediaTick<'_>, source: ClockSource) {
        if let Some(functions) = &self.functions {
            functions.set_clock(source);
        }
    }

    fn order(&mut self, _: &MediaTick<'_>, span: usize, order: &LineOrder) {
        if let Some(functions) = &self.functions
            && let Some((order, value)) = order_numbers(order)
        {
            functions.order(span, order, value);
        }
    }

    fn poll_far_second(&mut self, span: usize) -> Option<Second> {
        let told = self.functions.as_ref()?.far_second(span)?;
        let most = |count: u64| count.min(Tally::MOST);
        Some(Second {
            crc_errors: most(told.crc_errors),
            framing_errors: most(told.framing_errors),
            code_violations: most(told.line_code_violations),
            slips: most(told.slips),
            severe_framing: told.severe != 0,
            ..Second::default()
        })
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.ports[span].status
    }
}

impl Drop for HostCard {
    /// However the opening ended, a card is not left running.
    fn drop(&mut self) {
        self.stop();
    }
}

impl Port {
    fn take_status(&mut self, told: &CardStatus) {
        let defects = Defects::from_bits((told.defects & KNOWN_DEFECTS) as u16);
        let lof = |defects: Defects| defects.contains(Defect::Lof);
        let lost = u64::from(lof(defects) && !lof(self.status.defects));
        let severe = self.status.counters.severe_framing_errors.saturating_add(lost);
        self.status.defects = defects;
        self.status.counters = self.tallies.take(told, severe);
        // A card that does not count them gives 0 for ever.
        self.status.line_bits = Some(self.line_bits.take(told.line_bits)).filter(|bits| *bits != 0);
        self.status.sync_quality = quality(told.quality);
        self.status.sa_bits = sa_bits(told.sa_bits);
        self.status.looped = loopback(told.looped);
        self.status.looped_by_far_end = self.status.looped.is_some() && told.looped_by_far_end != 0;
    }
}

/// A counter of the card, and what it has counted in all.
#[derive(Clone, Copy, Default)]
struct Tally {
    last: u64,
    total: u64,
}

impl Tally {
    /// Sums and differences of a few totals are within 64 bits.
    const MOST: u64 = 1 << 60;

    fn take(&mut self, counter: u64) -> u64 {
        let more = counter.saturating_sub(std::mem::replace(&mut self.last, counter));
        self.total = self.total.saturating_add(more).min(Self::MOST);
        self.total
    }
}

#[derive(Clone, Copy, Default)]
struct Tallies([Tally; 7]);

impl Tallies {
    fn take(&mut self, told: &CardStatus, severe_framing_errors: u64) -> SpanCounters {
        let [framing, crc, e_bits, code, repeated, deleted, missed] = &mut self.0;
        SpanCounters {
            fas_errors: framing.take(told.framing_errors),
            severe_framing_errors,
            crc_errors: crc.take(told.crc_errors),
            e_bits: e_bits.take(told.e_bits),
            line_code_violations: code.take(told.line_code_violations),
            slips_repeated: repeated.take(told.slips_repeated),
            slips_deleted: deleted.take(told.slips_deleted),
            frames_missed: missed.take(told.frames_missed),
            frames_lost: 0,
        }
    }
}

fn setup_for_host(config: &SpanConfig) -> CardSpan {
    let crc4 = match config.framing {
        Framing::E1(e1) => crc4_number(e1.crc4),
        Framing::T1(_) => 0,
    };
    CardSpan {
        size: size_of::<CardSpan>() as u32,
        framing: framing_number(config.framing),
        line_code: line_code_number(config.line_code),
        crc4,
        cas: u32::from(has_signalling(config.framing)),
        reserved: 0,
    }
}

const fn has_signalling(framing: Framing) -> bool {
    match framing {
        Framing::E1(e1) => e1.cas,
        Framing::T1(t1) => t1.cas,
    }
}

/// Five bits, and one that says that they are known.
const fn sa_bits(told: u32) -> Option<u8> {
    if told & 32 != 0 { Some(told as u8 & 31) } else { None }
}

const IDLE: u8 = 0xff;
/// The bits of `TANDEM_DEFECT_`.
const KNOWN_DEFECTS: u32 = 0x7ff;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_runs_backwards_stands_still_and_goes_on_from_there() {
        let mut tally = Tally::default();
        let counted: Vec<u64> =
            [5, 7, 3, 4, 4, 0, 10].into_iter().map(|counter| tally.take(counter)).collect();
        assert_eq!(counted, [5, 7, 7, 8, 8, 8, 18]);
        assert_eq!([u64::MAX, 0, u64::MAX].map(|counter| tally.take(counter)), [1 << 60; 3]);
    }
}
