//! What the far end of a T1 has told of itself: its seconds, the quality of its clock, whose remote alarm it sends.
use tandem_line::clock::Quality;
use tandem_line::pm::Second;
use tandem_line::t1::{Bom, BomCode, FarEndSeconds, SyncQuality};
use tandem_types::Frames;

/// What the far end has told.
#[derive(Debug, Default)]
pub(crate) struct FarEnd {
    /// Seconds of the far end that nobody has taken yet, oldest first.
    seconds: [Second; MOST_SECONDS],
    count: usize,
    quality: Option<Quality>,
    /// Since the last message that told it.
    silent: Frames,
    /// For so long the signature of a customer installation is still believed to be in the remote alarm.
    rai_ci_for: Frames,
}

impl FarEnd {
    /// A report came, and these of its seconds are new. Of the remote alarm a report says nothing.
    pub(crate) fn hear_report(&mut self, told: &FarEndSeconds, remote_alarm: bool) {
        for second in told.new_seconds() {
            if let Some(place) = self.seconds.get_mut(self.count) {
                *place = second.far_end(remote_alarm);
                self.count += 1;
            }
        }
    }

    /// A bit-oriented message came.
    pub(crate) fn hear_message(&mut self, code: BomCode) {
        match code.meaning() {
            Some(Bom::Sync(quality)) => {
                (self.quality, self.silent) = (Some(quality_of(quality)), Frames(0));
            }
            Some(Bom::RaiCi) => self.rai_ci_for = RAI_CI_LASTS,
            _ => {}
        }
    }

    /// Lets time pass. A quality that is told no more, or of a line that is `lost`, is not believed any more.
    pub(crate) fn pass(&mut self, time: Frames, lost: bool) {
        self.silent = Frames(self.silent.0.saturating_add(time.0));
        self.rai_ci_for = Frames(self.rai_ci_for.0.saturating_sub(time.0));
        if lost || self.silent >= QUALITY_LASTS {
            self.quality = None;
        }
    }

    /// The quality of the far end's clock, as it tells it.
    pub(crate) const fn quality(&self) -> Option<Quality> {
        self.quality
    }

    /// Whether its remote alarm bears the signature of a customer installation.
    pub(crate) const fn sends_rai_ci(&self) -> bool {
        self.rai_ci_for.0 > 0
    }

    pub(crate) const fn take_second(&mut self) -> Option<Second> {
        if self.count == 0 {
            return None;
        }
        let first = self.seconds[0];
        let mut place = 1;
        while place < self.count {
            self.seconds[place - 1] = self.seconds[place];
            place += 1;
        }
        self.count -= 1;
        Some(first)
    }
}

/// The nearest of what E1 and T1 tell.
const fn quality_of(quality: SyncQuality) -> Quality {
    match quality {
        SyncQuality::Stratum1 => Quality::Primary,
        SyncQuality::Stratum2 | SyncQuality::TransitNode => Quality::SupplyA,
        SyncQuality::Stratum3E | SyncQuality::Stratum3 => Quality::SupplyB,
        SyncQuality::SonetMinimum | SyncQuality::Stratum4 => Quality::Equipment,
        SyncQuality::Unknown | SyncQuality::Provisionable => Quality::Unknown,
        SyncQuality::DoNotUse => Quality::DoNotUse,
    }
}

/// The message that tells a quality on T1.
pub(crate) const fn quality_message(quality: Quality) -> Bom {
    Bom::Sync(match quality {
        Quality::Primary => SyncQuality::Stratum1,
        Quality::SupplyA => SyncQuality::TransitNode,
        Quality::SupplyB => SyncQuality::Stratum3,
        Quality::Equipment => SyncQuality::Stratum4,
        Quality::Unknown => SyncQuality::Unknown,
        Quality::DoNotUse => SyncQuality::DoNotUse,
    })
}

/// It is told once a second, or all the time.
const QUALITY_LASTS: Frames = Frames::from_seconds(10);
/// Two cycles of the signature (T1.403: 990 ms of the alarm, 90 ms of the signature).
const RAI_CI_LASTS: Frames = Frames::from_ms(2160);
/// A report tells four seconds at most.
const MOST_SECONDS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quality_that_is_told_no_more_or_of_a_lost_line_is_forgotten() {
        let mut far_end = FarEnd::default();
        let tell = |far_end: &mut FarEnd| far_end.hear_message(quality_message(Quality::DoNotUse).code());
        tell(&mut far_end);
        far_end.pass(Frames(79_999), false);
        assert_eq!(far_end.quality(), Some(Quality::DoNotUse));
        far_end.pass(Frames(1), false);
        assert_eq!(far_end.quality(), None);
        tell(&mut far_end);
        far_end.pass(Frames(8), true);
        assert_eq!(far_end.quality(), None);
    }

    #[test]
    fn the_signature_of_a_customer_installation_is_believed_for_two_cycles_of_1080_ms() {
        let mut far_end = FarEnd::default();
        far_end.hear_message(Bom::RaiCi.code());
        far_end.pass(Frames(17_279), false);
        assert!(far_end.sends_rai_ci());
        far_end.pass(Frames(1), false);
        assert!(!far_end.sends_rai_ci());
    }
}
