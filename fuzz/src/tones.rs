//! Any text as a tone plan, and any samples to the detectors that listen for its tones.
use crate::Source;
use crate::bank::{Bank, Turns, detect};
use tandem_dsp::dtmf::LANES;
use tandem_dsp::g711;
use tandem_dsp::progress::{ToneBank, ToneEvent, TonePlan, ToneSet};
use tandem_types::{FrameTime, Law};

/// The first octet chooses how time is cut; a plan follows up to a zero octet, and samples in A-law after it, each
/// so many times. Starts and ends take turns, times do not run backward, and another cut and every instruction set
/// give the same events. Every tone of a plan can be sent.
pub fn tones(data: &[u8]) {
    let mut source = Source(data);
    let choice = usize::from(source.octet());
    let (text, octets) =
        source.0.split_at(source.0.iter().position(|octet| *octet == 0).unwrap_or(source.0.len()));
    let Ok(plan) = TonePlan::parse(&String::from_utf8_lossy(text)) else { return };
    let mut samples: Vec<i16> = octets
        .iter()
        .flat_map(|octet| [g711::decode(Law::A, *octet); 8].into_iter().take(1 + choice % 8))
        .collect();
    for tone in plan.tones() {
        let mut part = vec![0; 1600];
        tone.generator(Law::A, -20.0).expect("a tone of a plan can be sent").fill(&mut part);
        samples.extend(part);
    }
    let Ok(set) = ToneSet::new(&plan) else { return };
    let make = |instructions| Listener { bank: ToneBank::new(instructions), set: &set };
    let (events, end_of_time) = detect(make, &samples, choice + 1);
    let mut turns = Turns::new();
    for event in events {
        match event {
            ToneEvent::Start { lane, tone, at, reported } => {
                assert!(at <= reported && reported <= end_of_time);
                turns.start(lane, tone);
            }
            ToneEvent::End { lane, tone, start, end, dbm0, offset_hz } => {
                assert!(start <= end && end <= end_of_time);
                assert!(dbm0.is_finite() && offset_hz.is_none_or(f32::is_finite));
                turns.end(lane, tone);
            }
        }
    }
}

/// A bank with what it listens for.
struct Listener<'a> {
    bank: ToneBank,
    set: &'a ToneSet,
}

impl Bank for Listener<'_> {
    type Event = ToneEvent;

    fn enable(&mut self, lane: usize, on: bool) {
        self.bank.enable(lane, on);
    }

    fn process(&mut self, frames: &[[i16; LANES]], first: FrameTime, events: &mut Vec<ToneEvent>) {
        self.bank.process(self.set, frames, first, |event| events.push(event));
    }
}
