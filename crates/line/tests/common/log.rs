//! A sink that remembers.
use tandem_line::{DeframerSink, LineEvent};
use tandem_types::Defect;

/// Remembers everything.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<LineEvent>,
    pub(crate) frames: Vec<([u8; 32], bool)>,
    pub(crate) link: Vec<bool>,
}

impl DeframerSink for Log {
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        self.frames.push((*octets, aligned));
    }
    fn event(&mut self, event: LineEvent) {
        self.events.push(event);
    }
    fn data_link(&mut self, bit: bool) {
        self.link.push(bit);
    }
}

impl Log {
    pub(crate) fn aligned(&self) -> Vec<(u64, u64)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                LineEvent::Aligned { frame, bit_offset } => Some((*frame, *bit_offset)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn lost(&self) -> Vec<u64> {
        self.events
            .iter()
            .filter_map(|event| match event {
                LineEvent::Lost { frame } => Some(*frame),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn defect(&self, wanted: Defect) -> Vec<(bool, u64)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                LineEvent::Defect { defect, present, frame } if *defect == wanted => Some((*present, *frame)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn crc_errors(&self) -> Vec<u64> {
        self.events
            .iter()
            .filter_map(|event| match event {
                LineEvent::CrcError { smf: None, frame } => Some(*frame),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn count(&self, wanted: impl Fn(&LineEvent) -> bool) -> usize {
        self.events.iter().filter(|event| wanted(event)).count()
    }

    pub(crate) fn first(&self, wanted: impl Fn(&LineEvent) -> bool) -> Option<LineEvent> {
        self.events.iter().copied().find(wanted)
    }
}
