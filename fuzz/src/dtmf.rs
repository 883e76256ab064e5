//! Any samples to the DTMF detectors, cut into any pieces.
use crate::Source;
use tandem_dsp::arch::InstructionSet;
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
    let once = detect(InstructionSet::BASELINE, &samples, usize::from(choice >> 1) + 1);
    for set in InstructionSet::all() {
        assert_eq!(once, detect(set, &samples, 8), "{set}");
    }
}

/// The events of lanes 3 and 29, of which one is switched off and on again on the way.
fn detect(set: InstructionSet, samples: &[i16], cut: usize) -> Vec<DtmfEvent> {
    let mut bank = DetectorBank::new(set);
    bank.enable(3, true);
    bank.enable(29, true);
    bank.enable(LANES, true);
    let frames: Vec<[i16; LANES]> = samples.iter().map(|sample| [*sample; LANES]).collect();
    let mut events = Vec::new();
    let mut now = FrameTime::ZERO;
    for part in [&frames[..frames.len() / 2], &frames[frames.len() / 2..]] {
        for frames in part.chunks(cut) {
            bank.process(frames, now, |event| events.push(event));
            now.0 += frames.len() as u64;
        }
        bank.enable(29, false);
    }
    check(&events, now);
    events
}

fn check(events: &[DtmfEvent], end_of_time: FrameTime) {
    let mut held = [None; LANES];
    for event in events {
        match *event {
            DtmfEvent::Start { lane, digit, at, reported } => {
                assert!(at <= reported && reported <= end_of_time);
                assert_eq!(held[lane].replace(digit), None, "a start while another is held");
            }
            DtmfEvent::End { lane, digit, start, end, low_dbm0, high_dbm0, twist_db } => {
                assert!(start <= end && end <= end_of_time);
                assert_eq!(held[lane].take(), Some(digit), "an end of what was not begun");
                assert!(low_dbm0.is_finite() && high_dbm0.is_finite() && twist_db.is_finite());
            }
        }
    }
}
