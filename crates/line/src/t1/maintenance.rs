//! What the far end tells and commands, by whatever way: data link, in-band loop codes, the signature in AIS.
use super::loops::{InBandCode, LoopControl, LoopHearing, T1Loop};
use super::{AisCiDetector, BomThreshold, LinkEvent, LinkReceiver, LoopCode, LoopCodeDetector};
use crate::bits::FrameWords;
use crate::{DeframerSink, LineEvent};
use tandem_types::FrameTime;

/// What the far end of a T1 tells or commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaintenanceEvent<'a> {
    /// A message of the data link.
    Link(LinkEvent<'a>),
    /// An in-band loop code is there, or is there no longer.
    InBand {
        /// Which.
        code: InBandCode,
        /// Whether it is there now.
        present: bool,
    },
    /// The AIS received bears the signature of a customer installation, or does so no longer.
    AisCi(bool),
    /// The loop that the far end commands is this from now on.
    Loop(Option<T1Loop>),
}

/// Everything that listens for it.
#[derive(Clone, Debug)]
pub(super) struct Maintenance {
    link: LinkReceiver,
    in_band: [(InBandCode, LoopCodeDetector); 4],
    ais_ci: AisCiDetector,
    loops: LoopControl,
}

impl Maintenance {
    pub(super) const fn new() -> Self {
        Self {
            link: LinkReceiver::new(BomThreshold::Seven),
            in_band: [
                (InBandCode::LineUp, LoopCodeDetector::new(LoopCode::LINE_UP)),
                (InBandCode::LineDown, LoopCodeDetector::new(LoopCode::LINE_DOWN)),
                (InBandCode::NetworkUp, LoopCodeDetector::new(LoopCode::NETWORK_UP)),
                (InBandCode::NetworkDown, LoopCodeDetector::new(LoopCode::NETWORK_DOWN)),
            ],
            ais_ci: AisCiDetector::new(),
            loops: LoopControl::new(),
        }
    }

    pub(super) const fn link(&self) -> &LinkReceiver {
        &self.link
    }

    pub(super) const fn commanded_loop(&self) -> Option<T1Loop> {
        self.loops.commanded()
    }

    pub(super) const fn has_ais_ci(&self) -> bool {
        self.ais_ci.is_present()
    }

    pub(super) const fn set_loop_hearing(&mut self, hearing: LoopHearing) {
        self.loops.set_hearing(hearing);
    }

    /// Takes 193 bits as they come; `aligned` says whether there are frames in them.
    pub(super) fn handle_frame(&mut self, bits: &FrameWords, aligned: bool, sink: &mut impl DeframerSink) {
        for (code, detector) in &mut self.in_band {
            let Some(present) = detector.handle_frame(bits) else { continue };
            sink.maintenance(MaintenanceEvent::InBand { code: *code, present });
            if present && self.loops.handle_in_band(*code) {
                sink.maintenance(MaintenanceEvent::Loop(self.loops.commanded()));
            }
        }
        let ais_ci = if aligned { self.ais_ci.restart() } else { self.ais_ci.handle_frame(bits) };
        ais_ci.into_iter().for_each(|present| sink.maintenance(MaintenanceEvent::AisCi(present)));
    }

    /// A sink for the deframer, through which the data link is heard.
    pub(super) const fn listen<'a, S>(&'a mut self, now: FrameTime, sink: &'a mut S) -> Listener<'a, S> {
        Listener { maintenance: self, now, sink }
    }
}

/// Hears what a deframer tells, and passes it on.
pub(super) struct Listener<'a, S> {
    maintenance: &'a mut Maintenance,
    now: FrameTime,
    sink: &'a mut S,
}

impl<S: DeframerSink> DeframerSink for Listener<'_, S> {
    #[inline]
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        self.sink.frame(octets, aligned);
    }

    #[inline]
    fn event(&mut self, event: LineEvent) {
        self.sink.event(event);
        if matches!(event, LineEvent::Lost { .. }) {
            let Self { maintenance, sink, .. } = self;
            maintenance.link.restart(&mut |event| sink.maintenance(MaintenanceEvent::Link(event)));
        }
    }

    fn data_link(&mut self, bit: bool) {
        self.sink.data_link(bit);
        let Self { maintenance: Maintenance { link, loops, .. }, now, sink } = self;
        link.handle_bit(*now, bit, &mut |event| {
            sink.maintenance(MaintenanceEvent::Link(event));
            if let LinkEvent::BomBegun(code) = event
                && code.meaning().is_some_and(|bom| loops.handle_bom(bom))
            {
                sink.maintenance(MaintenanceEvent::Loop(loops.commanded()));
            }
        });
    }
}
