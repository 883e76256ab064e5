//! Any samples to the DTMF detectors, cut into any pieces.
use crate::Source;
use crate::bank::{Bank, Turns, detect};
use tandem_dsp::dtmf::{DetectorBank, DtmfEvent, LANES};
use tandem_dsp::g711;
use tandem_types::{FrameTime, Law};

/// The first octet chooses how samples are made of octets and how time is cut. Starts and ends take turns on
/// every lane, times do not run backward, and another cut and every instruction set give the same events.
pub fn dtmf(data: &[u8]) {
    let mut source = Source(data);
    let choice = source.octet();
    let samples: Vec<i16> = if choice & 1 == 0 {
        source.0.iter().map(|octet| g711::decode(Law::A, *octet)).collect()
    } else {
        source.0.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
    };
    let (events, end_of_time) = detect(DetectorBank::new, &samples, usize::from(choice >> 1) + 1);
    let mut turns = Turns::new();
    for event in events {
        match event {
            DtmfEvent::Start { lane, digit, at, reported } => {
                assert!(at <= reported && reported <= end_of_time);
                turns.start(lane, digit);
            }
            DtmfEvent::End {
                lane,
                digit,
                start,
                end,
                low_dbm0,
                high_dbm0,
                twist_db,
                low_offset_hz,
                high_offset_hz,
            } => {
                assert!(start <= end && end <= end_of_time);
                let measured = [low_dbm0, high_dbm0, twist_db, low_offset_hz, high_offset_hz];
                assert!(measured.iter().all(|value| value.is_finite()));
                turns.end(lane, digit);
            }
        }
    }
}

impl Bank for DetectorBank {
    type Event = DtmfEvent;

    fn enable(&mut self, lane: usize, on: bool) {
        Self::enable(self, lane, on);
    }

    fn process(&mut self, frames: &[[i16; LANES]], first: FrameTime, events: &mut Vec<DtmfEvent>) {
        Self::process(self, frames, first, |event| events.push(event));
    }
}
