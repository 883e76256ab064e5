//! What is heard on the slots of a span, whatever the tick, and by whom it was asked for.
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_dsp::fsk::{
    CallerIdGenerator, CallerIdSender, Keying, Message, MessageKind, Parameter, ParameterKind,
};
use tandem_dsp::g711;
use tandem_dsp::mf::{MfGenerator, MfSender, MfSystem};
use tandem_dsp::progress::{ToneName, TonePlan, ToneSet};
use tandem_rt::MediaLoop;
use tandem_switch::link::{Change, Detectors, FromMedia, SlotId};
use tandem_switch::{EarSetup, SpanSetup, SwitchControl, SwitchLimits, SwitchProc, new_switch};
use tandem_types::{Abcd, FrameTime, Law, SpanIndex, Timeslot};

const LIMITS: SwitchLimits = SwitchLimits { spans: 2, players: 4, taps: 4, bridges: 2, bridge_parties: 4 };
const SECONDS: usize = 4;

/// Two spans that may hear so much.
fn two_spans(detectors: Detectors) -> (SwitchControl, SwitchProc) {
    let plan = TonePlan::country("cn").expect("it comes with the library");
    let tones = ToneSet::new(&plan).expect("it fits").into();
    let setup = SpanSetup {
        law: Law::A,
        traffic: 0xfffe_fffe,
        idle_bits: Abcd::new(0b1101),
        hdlc: None,
        ears: EarSetup { detectors, tones: Some(tones) },
    };
    new_switch(&[setup.clone(), setup], &LIMITS)
}

fn slot(span: u16, number: u8) -> SlotId {
    SlotId { span: SpanIndex(span), slot: Timeslot::new(number).expect("a timeslot") }
}

/// Four seconds of a signal for each detector, by slot from 1 on.
fn signals() -> Vec<(Detectors, Vec<i16>)> {
    let filled = |fill: &mut dyn FnMut(&mut [i16]) -> bool| {
        let mut samples = vec![0; SECONDS * 8000];
        fill(&mut samples[800..]);
        samples
    };
    let mut digits = DtmfGenerator::new(Law::A, DtmfSender::default());
    digits.dial_str("5").expect("a digit");
    let plan = TonePlan::country("cn").expect("it comes with the library");
    let busy = plan.tone(ToneName::Busy).expect("every country has one");
    let mut busy = busy.generator(Law::A, -10.0).expect("a tone");
    let signal = |system: MfSystem, symbol: &str| {
        let mut sender = MfGenerator::new(Law::A, system, MfSender::of(system));
        sender.dial_str(symbol).expect("a signal");
        filled(&mut |block| sender.fill(block))
    };
    let number = Parameter { kind: ParameterKind::CallingNumber, value: b"4711" };
    let message = Message::of_parameters(MessageKind::CallSetup, &[number]).expect("short");
    let mut caller = CallerIdGenerator::new(Law::A, CallerIdSender::new(Keying::V23), message);
    vec![
        (Detectors::DIGITS, filled(&mut |block| digits.fill(block))),
        (Detectors::TONES, filled(&mut |block| busy.fill(block))),
        (Detectors::R1, signal(MfSystem::R1, "7")),
        (Detectors::R2_FORWARD, signal(MfSystem::R2Forward, "7")),
        (Detectors::R2_BACKWARD, signal(MfSystem::R2Backward, "7")),
        (Detectors::LINE, signal(MfSystem::Line, "1")),
        (Detectors::CALLER_ID, filled(&mut |block| caller.fill(block))),
        (Detectors::VOICE, filled(&mut speak)),
    ]
}

/// Half a second of syllables, and silence.
fn speak(block: &mut [i16]) -> bool {
    for (n, sample) in block.iter_mut().take(4000).enumerate() {
        let syllable = 0.55 - 0.45 * (n as f32 * std::f32::consts::TAU / 1440.0).cos();
        let angle = n as f32 * 150.0 * std::f32::consts::TAU / 8000.0;
        *sample = (4000.0 * syllable * (angle.sin() + (2.0 * angle).sin())) as i16;
    }
    true
}

/// What the switch tells of these signals on slots 1 to 8 of its second span, in text.
fn heard(control: &mut SwitchControl, switch: &mut SwitchProc, tick: usize) -> Vec<String> {
    let samples = signals();
    let (mut media, mut told) = (MediaLoop::default(), Vec::new());
    for first in (0..SECONDS * 8000).step_by(tick) {
        media.run_tick(tick, |moment| {
            for span in 0..2 {
                let frames = switch.receive(span, 0, tick);
                for (n, frame) in frames.iter_mut().enumerate() {
                    frame.fill(Law::A.idle_octet());
                    for (octet, (_, samples)) in frame[1..].iter_mut().zip(&samples).filter(|_| span == 1) {
                        *octet = g711::encode(Law::A, samples[first + n]);
                    }
                }
            }
            switch.process(moment);
        });
        told.extend(std::iter::from_fn(|| control.poll()).filter_map(text));
        told.extend(std::iter::from_fn(|| control.poll_caller_id()).map(|(slot, event)| {
            let message = event.message.expect("whole");
            format!("{slot:?} caller {:?} {:?}..{:?}", message.calling_number(), event.start, event.end)
        }));
    }
    assert_eq!(control.counters().totals().sounds_dropped, 0);
    told.sort();
    told
}

fn text(message: FromMedia) -> Option<String> {
    let whole = |slot: SlotId, name: &str, start: FrameTime, end: FrameTime| {
        Some(format!("{slot:?} {name} {start:?}..{end:?}"))
    };
    match message {
        FromMedia::DigitStart { slot, digit, at } => Some(format!("{slot:?} digit {digit} {at:?}")),
        FromMedia::DigitEnd { slot, digit, start, end, .. } => whole(slot, &digit.to_string(), start, end),
        FromMedia::ToneStart { slot, tone, at } => Some(format!("{slot:?} tone {} {at:?}", tone.as_str())),
        FromMedia::ToneEnd { slot, tone, start, end } => whole(slot, tone.as_str(), start, end),
        FromMedia::SignalStart { slot, signal, at } => {
            Some(format!("{slot:?} {:?} {} {at:?}", signal.system(), signal.name()))
        }
        FromMedia::SignalEnd { slot, signal, start, end } => whole(slot, signal.name(), start, end),
        FromMedia::VoiceStart { slot, start, at } => Some(format!("{slot:?} voice {start:?} {at:?}")),
        FromMedia::VoiceEnd { slot, start, end } => whole(slot, "voice", start, end),
        FromMedia::LineSignal { .. } | FromMedia::Defects { .. } => None,
        FromMedia::Analysis { .. } | FromMedia::PlayerEnded { .. } => None,
    }
}

fn listen(control: &mut SwitchControl, wanted: impl Fn(usize) -> Detectors) {
    let changes =
        (1..=8).map(|number| Change::Detect { slot: slot(1, number), detectors: wanted(number as usize) });
    control.apply(changes.collect());
}

#[test]
fn each_detector_hears_its_own_at_the_same_times_whatever_the_tick() {
    let asked: Vec<Detectors> = signals().into_iter().map(|(detector, _)| detector).collect();
    let of_tick = |tick| {
        let (mut control, mut switch) = two_spans(Detectors::ALL);
        listen(&mut control, |number| asked[number - 1]);
        heard(&mut control, &mut switch, tick)
    };
    let usual = of_tick(8);
    for (place, word) in [
        (1, "digit 5"),
        (2, "tone busy"),
        (3, "R1 7"),
        (4, "R2Forward 7"),
        (5, "R2Backward 7"),
        (6, "Line 2280"),
        (7, "caller Some"),
        (8, "voice"),
    ] {
        let slot = format!("{:?}", slot(1, place));
        let own: Vec<&String> = usual.iter().filter(|told| told.starts_with(&slot)).collect();
        assert!(own.iter().any(|told| told.contains(word)), "{place}: {own:?}");
        assert!(!own.is_empty() && own.len() <= 2, "{place}: {own:?}");
    }
    for tick in [1, 40, 160] {
        assert_eq!(of_tick(tick), usual, "tick {tick}");
    }
}

#[test]
fn nothing_is_heard_where_nobody_listens_or_the_span_has_no_such_detector() {
    let (mut control, mut switch) = two_spans(Detectors::ALL);
    assert_eq!(heard(&mut control, &mut switch, 8), Vec::<String>::new());
    // All are asked for, of a span with but one of them, and tones.
    let (mut control, mut switch) = two_spans(Detectors::R1);
    listen(&mut control, |_| Detectors::ALL);
    let told = heard(&mut control, &mut switch, 8);
    assert!(
        told.iter().all(|told| !told.contains("R2") && !told.contains("Line") && !told.contains("caller"))
    );
    for word in ["digit 5", "tone busy", "R1 7"] {
        assert!(told.iter().any(|told| told.contains(word)), "{word}: {told:?}");
    }
}
