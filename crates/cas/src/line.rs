//! What the far end says: raw bits become a signal when they have lasted long enough.
use tandem_types::{Abcd, FrameTime};

use crate::EmProfile;

/// A signal of the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FarSignal {
    OnHook,
    OffHook,
    Blocked,
}

impl FarSignal {
    /// The blocked code goes first: it may agree with on-hook in the significant bits.
    fn read(profile: &EmProfile, abcd: Abcd) -> Option<Self> {
        let agrees = |code: Abcd| (code.bits() ^ abcd.bits()) & profile.significant.bits() == 0;
        if profile.blocked == Some(abcd) {
            Some(Self::Blocked)
        } else if agrees(profile.idle) {
            Some(Self::OnHook)
        } else if agrees(profile.seized) {
            Some(Self::OffHook)
        } else {
            None
        }
    }
}

/// The receiver of one circuit.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineReceiver {
    /// What the bits mean at present; `None` before the first and during codes without meaning.
    present: Option<FarSignal>,
    /// Since when.
    since: FrameTime,
    /// The last signal that lasted long enough.
    recognised: Option<FarSignal>,
}

impl LineReceiver {
    /// Takes bits that changed at frame `at`.
    pub(crate) fn observe(&mut self, profile: &EmProfile, at: FrameTime, abcd: Abcd) {
        let signal = FarSignal::read(profile, abcd);
        if signal != self.present {
            self.present = signal;
            self.since = self.since.max(at);
        }
    }

    /// The signal that is on the line but not recognised yet, and since when.
    pub(crate) fn candidate(&self) -> Option<(FarSignal, FrameTime)> {
        self.present.filter(|_| self.present != self.recognised).map(|signal| (signal, self.since))
    }

    /// Makes the candidate the recognised signal.
    pub(crate) const fn recognise(&mut self) {
        self.recognised = self.present;
    }

    pub(crate) fn is_recognised(&self, signal: FarSignal) -> bool {
        self.recognised == Some(signal)
    }

    /// Recognised, and nothing else is coming up.
    pub(crate) fn is_steady(&self, signal: FarSignal) -> bool {
        self.is_recognised(signal) && self.present == Some(signal)
    }

    /// After a failure: what is on the line counts from `now`.
    pub(crate) const fn restart(&mut self, now: FrameTime) {
        self.recognised = None;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_by_their_significant_bits() {
        let read = |bits| FarSignal::read(&EmProfile::E1, Abcd::new(bits));
        assert_eq!(read(0b1101), Some(FarSignal::OnHook));
        assert_eq!(read(0b0101), Some(FarSignal::OffHook));
        assert_eq!(read(0b0111), Some(FarSignal::OffHook));
        assert_eq!(read(0b1111), Some(FarSignal::Blocked));
        assert_eq!(read(0b0000), None);
        assert_eq!(read(0b1001), None);
    }

    #[test]
    fn dahdis_unused_channel_is_not_off_hook() {
        let read = |bits| FarSignal::read(&EmProfile::E1_DAHDI, Abcd::new(bits));
        assert_eq!(read(0b0001), Some(FarSignal::OnHook));
        assert_eq!(read(0b1101), Some(FarSignal::OffHook));
        assert_eq!(read(0b1011), None);
    }
}
