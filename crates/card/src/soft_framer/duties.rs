//! What the end of a T1 does besides framing: it reports each second (PRM), hears the reports of the far end, tells
//! the quality of the clock, and sends in-band codes.
use crate::far_end::{FarEnd, quality_message};
use tandem_line::clock::Quality;
use tandem_line::t1::{
    LinkEvent, LoopCode, LoopCodeFraming, LoopCodeGenerator, MaintenanceEvent, PrmCounts, PrmReporter,
    PrmSource,
};
use tandem_line::{T1Counters, T1Terminal};
use tandem_types::FRAMES_PER_SECOND;

/// The duties of one T1 span.
#[derive(Debug)]
pub(super) struct Duties {
    reporter: PrmReporter,
    /// As of the end of the last second.
    counted: T1Counters,
    slips: u64,
    /// Frames of the second so far.
    frames: u64,
    /// What the far ends are told of the clock, once a second.
    quality: Option<Quality>,
    in_band: Option<LoopCodeGenerator>,
}

impl Duties {
    pub(super) const fn new() -> Self {
        Self {
            reporter: PrmReporter::new(PrmSource::Customer),
            counted: T1Counters::new(),
            slips: 0,
            frames: 0,
            quality: None,
            in_band: None,
        }
    }

    /// So many frames have passed; `slips` is the number of them so far. Once a second the data link gets its report.
    pub(super) fn pass(&mut self, frames: usize, slips: u64, payload_loop: bool, terminal: &mut T1Terminal) {
        self.frames += frames as u64;
        if self.frames < FRAMES_PER_SECOND {
            return;
        }
        self.frames -= FRAMES_PER_SECOND;
        let now = *terminal.counters();
        let counts = PrmCounts {
            slips: slips.saturating_sub(self.slips),
            payload_loop,
            ..PrmCounts::between(&self.counted, &now)
        };
        (self.counted, self.slips) = (now, slips);
        let report = self.reporter.handle_second(&counts);
        let link = terminal.data_link();
        link.send_prm(&report);
        if let Some(quality) = self.quality
            && !link.is_sending_bom()
        {
            link.send_bom(quality_message(quality).code(), Some(BOM_TIMES));
        }
    }

    pub(super) const fn set_quality(&mut self, quality: Option<Quality>) {
        self.quality = quality;
    }

    /// Sends an in-band code in place of traffic, or no longer.
    pub(super) fn send_in_band(&mut self, code: Option<LoopCode>) {
        self.in_band = code.map(LoopCodeGenerator::new);
    }

    /// What is sent in place of this frame, if anything is.
    pub(super) fn replace(&mut self, slots: &mut [u8; 32]) {
        if let Some(generator) = &mut self.in_band {
            generator.fill(slots, LoopCodeFraming::default());
        }
    }
}

/// Takes what a terminal heard of its far end.
pub(super) fn hear(far_end: &mut FarEnd, event: &MaintenanceEvent<'_>, remote_alarm: bool) {
    match event {
        MaintenanceEvent::Link(LinkEvent::Prm(_, told)) => far_end.hear_report(told, remote_alarm),
        MaintenanceEvent::Link(LinkEvent::BomBegun(code)) => far_end.hear_message(*code),
        _ => {}
    }
}

/// T1.403: a command is repeated ten times at least.
pub(super) const BOM_TIMES: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_line::{T1Config, T1Framing};

    #[test]
    fn the_quality_of_the_clock_is_told_ten_times_a_second() {
        let (mut duties, mut terminal) = (Duties::new(), T1Terminal::new(T1Config::default()));
        duties.set_quality(Some(Quality::Primary));
        duties.pass(7999, 0, false, &mut terminal);
        assert!(!terminal.data_link().is_sending_bom());
        duties.pass(1, 0, false, &mut terminal);
        let (link, mut bits) = (terminal.data_link(), 0);
        while link.is_sending_bom() {
            link.poll_bit(T1Framing::Esf, false);
            bits += 1;
        }
        assert_eq!(bits, 10 * 16);
    }
}
