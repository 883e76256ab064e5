//! Any text as a tone plan, and any samples to the detectors that listen for its tones.
use crate::Source;
use tandem_dsp::arch::InstructionSet;
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
    let once = detect(InstructionSet::BASELINE, &set, &samples, choice + 1);
    for instructions in InstructionSet::all() {
        assert_eq!(once, detect(instructions, &set, &samples, 8), "{instructions}");
    }
}

/// The events of lanes 3 and 29, of which one is switched off on the way.
fn detect(instructions: InstructionSet, set: &ToneSet, samples: &[i16], cut: usize) -> Vec<ToneEvent> {
    let mut bank = ToneBank::new(instructions);
    bank.enable(3, true);
    bank.enable(29, true);
    bank.enable(LANES, true);
    let frames: Vec<[i16; LANES]> = samples.iter().map(|sample| [*sample; LANES]).collect();
    let mut events = Vec::new();
    let mut now = FrameTime::ZERO;
    for part in [&frames[..frames.len() / 2], &frames[frames.len() / 2..]] {
        for frames in part.chunks(cut) {
            bank.process(set, frames, now, |event| events.push(event));
            now.0 += frames.len() as u64;
        }
        bank.enable(29, false);
    }
    check(&events, now);
    events
}

fn check(events: &[ToneEvent], end_of_time: FrameTime) {
    let mut told = [None; LANES];
    for event in events {
        match *event {
            ToneEvent::Start { lane, tone, at, reported } => {
                assert!(at <= reported && reported <= end_of_time);
                assert_eq!(told[lane].replace(tone), None, "a start while another tone is told");
            }
            ToneEvent::End { lane, tone, start, end, dbm0, offset_hz } => {
                assert!(start <= end && end <= end_of_time);
                assert_eq!(told[lane].take(), Some(tone), "an end of what was not begun");
                assert!(dbm0.is_finite() && offset_hz.is_finite());
            }
        }
    }
}
