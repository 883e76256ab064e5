//! What DAHDI says of a span, in our words.
use super::abi::{self, dahdi_spaninfo};
use crate::{Loopback, SpanCounters, add};
use tandem_types::{Defect, Defects};

/// The defects that alarms mean. Red without a reason is the loss of what the signal carries; a span that recovers has
/// none any more, since how long a failure lasts is the engine's to say.
pub(super) const fn defects(alarms: u32) -> Defects {
    let mut defects = Defects::NONE;
    let reasons = alarms & (abi::DAHDI_ALARM_LOS | abi::DAHDI_ALARM_LFA | abi::DAHDI_ALARM_LMFA);
    let unexplained = alarms & abi::DAHDI_ALARM_RED != 0 && reasons == 0;
    defects.set(Defect::Los, alarms & (abi::DAHDI_ALARM_LOS | abi::DAHDI_ALARM_NOTOPEN) != 0);
    defects.set(Defect::Lof, alarms & abi::DAHDI_ALARM_LFA != 0 || unexplained);
    defects.set(Defect::Lomf, alarms & abi::DAHDI_ALARM_LMFA != 0);
    defects.set(Defect::Ais, alarms & abi::DAHDI_ALARM_BLUE != 0);
    defects.set(Defect::Rai, alarms & abi::DAHDI_ALARM_YELLOW != 0);
    defects
}

/// The loop that was ordered, while the span says that it is in one.
pub(super) fn looped(alarms: u32, ordered: Option<Loopback>) -> Option<Loopback> {
    ordered.filter(|_| alarms & abi::DAHDI_ALARM_LOOPBACK != 0)
}

/// The counters of a span as they were last seen. Anybody may set them to zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen([u32; 7]);

impl Seen {
    /// Adds to the totals what has been counted since.
    pub(super) fn count(&mut self, info: &dahdi_spaninfo, frames_missed: usize, totals: &mut SpanCounters) {
        let now = [
            info.fascount as u32,
            info.fecount,
            info.crc4count as u32,
            info.ebitcount as u32,
            info.bpvcount as u32,
            info.cvcount,
            info.irqmisses as u32,
        ];
        let more: [u64; 7] = std::array::from_fn(|n| {
            let (now, before) = (now[n], self.0[n]);
            // Less than before: counted from zero again.
            u64::from(if now < before { now } else { now - before })
        });
        self.0 = now;
        let [fas, framing, crc, far, bipolar, code, interrupts] = more;
        add(&mut totals.fas_errors, fas + framing);
        add(&mut totals.crc_errors, crc);
        add(&mut totals.e_bits, far);
        add(&mut totals.line_code_violations, bipolar + code);
        add(&mut totals.frames_missed, interrupts * frames_missed as u64);
    }

    /// What a span has counted before it is ours is none of ours.
    pub(super) fn begin(&mut self, info: &dahdi_spaninfo) {
        self.count(info, 0, &mut SpanCounters::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dahdi::abi::Plain;

    /// Bits 2, 3 and 4: yellow, red, blue. Bits 8 to 10: loss of signal, of alignment, of multiframe alignment.
    #[test]
    fn alarms_are_defects() {
        let one = Defects::only;
        let cases = [
            (0, Defects::NONE),
            (1, Defects::NONE),
            (1 << 2, one(Defect::Rai)),
            (1 << 3, one(Defect::Lof)),
            (1 << 4, one(Defect::Ais)),
            (1 << 5, one(Defect::Los)),
            (1 << 3 | 1 << 8, one(Defect::Los)),
            (1 << 3 | 1 << 9, one(Defect::Lof)),
            (1 << 10, one(Defect::Lomf)),
        ];
        for (alarms, expected) in cases {
            assert_eq!(defects(alarms), expected, "{alarms:#x}");
        }
    }

    #[test]
    fn counters_that_begin_again_lose_nothing_that_was_counted() {
        let (mut seen, mut totals) = (Seen::default(), SpanCounters::default());
        let info = |crc, code| {
            let mut info = dahdi_spaninfo::zeroed();
            (info.crc4count, info.cvcount) = (crc, code);
            info
        };
        seen.begin(&info(500, 7));
        for (crc, code) in [(510, 7), (530, 8), (4, 0), (4, 0), (-1, 0)] {
            seen.count(&info(crc, code), 8, &mut totals);
        }
        assert_eq!(totals.crc_errors, 10 + 20 + 4 + u64::from(u32::MAX) - 4);
        assert_eq!(totals.line_code_violations, 1);
        assert_eq!(totals.frames_missed, 0);
    }
}
