//! Any samples to the detectors of register and line signals, cut into any pieces.
use crate::Source;
use crate::bank::{Bank, Turns, detect};
use tandem_dsp::dtmf::LANES;
use tandem_dsp::g711;
use tandem_dsp::mf::{MfBank, MfEvent, MfSystem};
use tandem_types::{FrameTime, Law};

/// The first octet chooses the system, how samples are made of octets and how time is cut. Starts and ends take turns on
/// every lane, times do not run backward, and another cut and every instruction set give the same events.
pub fn mf(data: &[u8]) {
    let mut source = Source(data);
    let choice = source.octet();
    let system = MfSystem::ALL[usize::from(choice) % MfSystem::ALL.len()];
    let samples: Vec<i16> = if choice & 4 == 0 {
        source.0.iter().map(|octet| g711::decode(Law::A, *octet)).collect()
    } else {
        source.0.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
    };
    let (events, end_of_time) =
        detect(|set| MfBank::new(set, system), &samples, usize::from(choice >> 3) + 1);
    let mut turns = Turns::new();
    for event in events {
        match event {
            MfEvent::Start { lane, signal, at, reported } => {
                assert!(at <= reported && reported <= end_of_time);
                assert_eq!(signal.system(), system);
                turns.start(lane, signal);
            }
            MfEvent::End { lane, signal, start, end, dbm0, offset_hz } => {
                assert!(start <= end && end <= end_of_time);
                assert!(dbm0.iter().chain(&offset_hz).all(|value| value.is_finite()));
                turns.end(lane, signal);
            }
        }
    }
}

impl Bank for MfBank {
    type Event = MfEvent;

    fn enable(&mut self, lane: usize, on: bool) {
        Self::enable(self, lane, on);
    }

    fn process(&mut self, frames: &[[i16; LANES]], first: FrameTime, events: &mut Vec<MfEvent>) {
        Self::process(self, frames, first, |event| events.push(event));
    }
}
