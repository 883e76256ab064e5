//! Bits of the data link to messages.
use super::{LINK_FRAME_OCTETS, RAI_CI_ALARM_WORDS, RAI_CI_SIGNATURE_WORDS, SHORTEST_FRAME};
use crate::hdlc::{HdlcCounters, HdlcEvent, HdlcLimits, HdlcReceiver};
use crate::t1::prm::{FarEndSeconds, Prm, PrmTracker};
use crate::t1::{Bom, BomCode, BomDetector, BomThreshold};
use tandem_types::{FrameTime, Frames};

/// Receives a data link.
#[derive(Clone, Debug)]
pub struct LinkReceiver {
    hdlc: HdlcReceiver,
    buffer: [u8; LINK_FRAME_OCTETS + 2],
    bom: BomDetector,
    far_end: PrmTracker,
    /// When the signature of RAI-CI was there last.
    rai_ci: Option<FrameTime>,
}

/// What a data link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEvent<'a> {
    /// A performance report message, and what was new in it.
    Prm(Prm, FarEndSeconds),
    /// A bit-oriented message is there now.
    BomBegun(BomCode),
    /// It is there no longer.
    BomEnded(BomCode),
    /// The remote alarm comes from a customer installation (RAI-CI), or does so no longer.
    RaiCi(bool),
    /// A good frame that is no performance report, without its check sequence.
    Frame(&'a [u8]),
}

impl LinkReceiver {
    /// A receiver that has heard nothing.
    #[must_use]
    pub const fn new(threshold: BomThreshold) -> Self {
        let limits = HdlcLimits { shortest: SHORTEST_FRAME, longest: LINK_FRAME_OCTETS as u16 };
        Self {
            hdlc: HdlcReceiver::new(limits),
            buffer: [0; LINK_FRAME_OCTETS + 2],
            bom: BomDetector::new(threshold),
            far_end: PrmTracker::new(),
            rai_ci: None,
        }
    }

    /// Takes the next bit.
    pub fn handle_bit(&mut self, now: FrameTime, bit: bool, tell: &mut impl FnMut(LinkEvent<'_>)) {
        if let Some(change) = self.bom.handle_bit(bit) {
            change.ended.into_iter().for_each(|code| tell(LinkEvent::BomEnded(code)));
            change.begun.into_iter().for_each(|code| tell(LinkEvent::BomBegun(code)));
        }
        self.watch_rai_ci(now, tell);
        if let Some(HdlcEvent::Frame(length)) = self.hdlc.handle_bit(&mut self.buffer, bit) {
            let frame = self.buffer.get(..length).unwrap_or(&[]);
            match Prm::parse(frame) {
                Ok(prm) => tell(LinkEvent::Prm(prm, self.far_end.handle_prm(now, &prm))),
                Err(_) => tell(LinkEvent::Frame(frame)),
            }
        }
    }

    /// Alignment was lost: what had begun is not to be trusted.
    pub fn restart(&mut self, tell: &mut impl FnMut(LinkEvent<'_>)) {
        self.hdlc.restart();
        self.bom.restart().into_iter().for_each(|code| tell(LinkEvent::BomEnded(code)));
        if self.rai_ci.take().is_some() {
            tell(LinkEvent::RaiCi(false));
        }
    }

    /// The bit-oriented message that is there.
    #[must_use]
    pub fn bom(&self) -> Option<BomCode> {
        self.bom.current()
    }

    /// Whether the remote alarm bears the signature of a customer installation.
    #[must_use]
    pub const fn has_rai_ci(&self) -> bool {
        self.rai_ci.is_some()
    }

    /// Frames, and what was none.
    #[must_use]
    pub const fn counters(&self) -> &HdlcCounters {
        self.hdlc.counters()
    }

    /// The signature comes once in a cycle; it is missed when it has not come for two.
    fn watch_rai_ci(&mut self, now: FrameTime, tell: &mut impl FnMut(LinkEvent<'_>)) {
        if self.bom.current() == Some(Bom::RaiCi.code()) {
            if self.rai_ci.replace(now).is_none() {
                tell(LinkEvent::RaiCi(true));
            }
        } else if self.rai_ci.is_some_and(|last| now.since(last) > RAI_CI_STAYS) {
            self.rai_ci = None;
            tell(LinkEvent::RaiCi(false));
        }
    }
}

/// Two cycles of words of sixteen bits, a bit every other frame.
const RAI_CI_STAYS: Frames = Frames(2 * (RAI_CI_ALARM_WORDS + RAI_CI_SIGNATURE_WORDS) as u64 * 32);
