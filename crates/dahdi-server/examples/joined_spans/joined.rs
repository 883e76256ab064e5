//! Both spans as one card of our back end.
use crate::wait_us;
use tandem_card::dahdi::{DahdiCard, DahdiOptions, Kernel};
use tandem_card::{Card, CardError, Frame, SpanConfig, most_signalling_octets};
use tandem_rt::MediaLoop;
use tandem_types::{Abcd, MAX_TICK_FRAMES, Timeslot};

/// The silence of A-law.
pub(crate) const IDLE: u8 = 0xd5;

/// Who sends on a span and hears it.
pub(crate) trait End {
    /// A granule has come from the line.
    fn hear(&mut self, frames: &[Frame], signalling: &[u8]);
    /// What goes onto the line next.
    fn say(&mut self, frames: &mut [Frame]);
}

pub(crate) struct Joined {
    pub(crate) card: DahdiCard<Kernel>,
    media: MediaLoop,
    granule: usize,
}

impl Joined {
    /// Both spans, set up like this and started.
    pub(crate) fn start(options: DahdiOptions, config: SpanConfig) -> Result<Self, CardError> {
        let options = DahdiOptions { spans: 2, ..options };
        let mut card = DahdiCard::new(Kernel, options)?;
        for span in 0..2 {
            card.configure(span, &config)?;
        }
        card.start()?;
        Ok(Self { card, media: MediaLoop::default(), granule: options.granule })
    }

    /// A granule. Who has heard one says one; with `unasked` also who has not. Whether any was heard.
    pub(crate) fn pass<E: End>(&mut self, ends: &mut [E; 2], unasked: bool) -> bool {
        let Self { card, media, granule } = self;
        let mut room = [[IDLE; Timeslot::PER_FRAME]; MAX_TICK_FRAMES];
        let frames = &mut room[..*granule];
        let mut octets = [0; most_signalling_octets(MAX_TICK_FRAMES)];
        media.run_tick(*granule, |tick| {
            card.service(tick);
            let mut any = false;
            for (span, end) in ends.iter_mut().enumerate() {
                card.receive(tick, span, frames);
                let heard = card.receive_signalling(tick, span, &mut octets).unwrap_or(0);
                if heard > 0 {
                    end.hear(frames, &octets[..heard]);
                    any = true;
                }
                if heard > 0 || unasked {
                    frames.fill([IDLE; Timeslot::PER_FRAME]);
                    end.say(frames);
                    card.transmit(tick, span, frames);
                }
            }
            any
        })
    }

    /// A granule without anyone, in which bits are told and sent.
    pub(crate) fn pass_bits(&mut self, bits: [Option<Abcd>; 2]) {
        let Self { card, media, granule } = self;
        let mut frames = [[IDLE; Timeslot::PER_FRAME]; MAX_TICK_FRAMES];
        media.run_tick(*granule, |tick| {
            for (span, bits) in bits.into_iter().enumerate() {
                for slot in telephone_slots() {
                    if let Some(bits) = bits {
                        card.set_bits(tick, span, slot, turned(bits, slot));
                    }
                }
            }
            card.service(tick);
            for span in 0..bits.len() {
                card.receive(tick, span, &mut frames[..*granule]);
                frames.fill([IDLE; Timeslot::PER_FRAME]);
                card.transmit(tick, span, &frames[..*granule]);
            }
        });
    }

    /// What a span has counted that is no good; what it repeats is for who comes early.
    pub(crate) fn losses(&self, span: usize) -> [(&'static str, u64); 7] {
        let counters = &self.card.status(span).counters;
        [
            ("fas", counters.fas_errors),
            ("crc", counters.crc_errors),
            ("e_bits", counters.e_bits),
            ("code", counters.line_code_violations),
            ("deleted", counters.slips_deleted),
            ("missed", counters.frames_missed),
            ("dropped", self.card.frames_dropped(span)),
        ]
    }

    /// As long as a granule lasts.
    pub(crate) fn wait(&self) {
        wait_us(125 * self.granule as u64);
    }
}

/// Timeslots with signalling bits of their own.
pub(crate) fn telephone_slots() -> impl Iterator<Item = Timeslot> {
    (1..=31).filter(|number| *number != 16).filter_map(Timeslot::new)
}

/// Another pattern for each of sixteen neighbours.
pub(crate) fn turned(bits: Abcd, slot: Timeslot) -> Abcd {
    Abcd::new(bits.bits().wrapping_add(slot.number()) & 0xf)
}
