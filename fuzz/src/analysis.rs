//! Any samples, tones and answers to the analyser of calls and to the detector of voices.
use crate::Source;
use tandem_dsp::activity::{ActivityDetector, ActivityEvent, ActivityOptions};
use tandem_dsp::analysis::{AnalysisEvent, AnalysisOptions, CallAnalyser};
use tandem_dsp::g711;
use tandem_dsp::progress::{ToneEvent, ToneName};
use tandem_types::{FrameTime, Frames, Law};

/// The first octets are options; then come orders: samples, so many times each, tones, the answer, gaps. There is at most one
/// verdict, times lie between the beginning and now, starts and ends of speech take turns, and another cut of the same samples
/// gives the same events.
pub fn analysis(data: &[u8]) {
    let mut source = Source(data);
    let options = AnalysisOptions {
        operating_point: source.octet(),
        threshold_dbm0: -f32::from(source.octet()),
        no_answer: Frames::from_ms(u64::from(source.octet()) * 100),
        silence: Frames::from_ms(u64::from(source.octet()) * 30),
        total: Frames::from_ms(u64::from(source.octet()) * 60),
        beep: Frames::from_ms(u64::from(source.octet()) * 60),
    };
    let cut = 1 + usize::from(source.octet());
    let whole = run(options, source.0, 1 << 16);
    assert_eq!(run(options, source.0, cut), whole);
}

/// The events of a row of orders, samples in pieces of this length at most.
fn run(options: AnalysisOptions, orders: &[u8], piece: usize) -> Vec<String> {
    let mut source = Source(orders);
    let mut analyser = CallAnalyser::new(options);
    let mut voice = ActivityDetector::new(ActivityOptions {
        threshold_dbm0: options.threshold_dbm0,
        onset: options.silence,
        hangover: options.total,
    });
    let (mut now, mut heard, mut heard_voice) = (FrameTime::ZERO, Vec::new(), Vec::new());
    let (mut verdicts, mut talks) = (0, false);
    let mut budget = MOST_SAMPLES;
    while !source.is_empty() && budget > 0 {
        match source.octet() {
            order @ 0..=0x9f => {
                let [one, other] = [source.octet(), source.octet()].map(|octet| g711::decode(Law::A, octet));
                let count = (1 + usize::from(order)) * 50;
                budget = budget.saturating_sub(count);
                let samples: Vec<i16> = (0..count).map(|n| sample(order, n, one, other)).collect();
                for part in samples.chunks(piece) {
                    analyser.hear(part, now);
                    voice.process(part, now, |event| {
                        assert_eq!(talks, matches!(event, ActivityEvent::End { .. }));
                        talks = !talks;
                        heard_voice.push(format!("{event:?}"));
                    });
                    now += Frames(part.len() as u64);
                }
            }
            0xa0..=0xcf => {
                let tone = TONES[usize::from(source.octet()) % TONES.len()];
                let at = FrameTime(now.0.saturating_sub(u64::from(source.octet()) * 80));
                // What was reported earlier than the last hop is due at once, wherever time was cut.
                let reported = now + Frames(u64::from(source.octet()) * 80 + 80);
                analyser.tone(&ToneEvent::Start { lane: 0, tone, at, reported });
            }
            0xd0..=0xdf => analyser.answered(now + Frames(u64::from(source.octet()) * 80)),
            0xe0..=0xef => now += Frames(u64::from(source.octet()) * 800),
            // Time that runs backward: speech that was told is forgotten.
            _ => {
                now = FrameTime(now.0 / 2);
                voice.process(&[], now, |event| unreachable!("{event:?}"));
                talks = voice.is_active();
            }
        }
        while let Some(event) = analyser.poll() {
            if let AnalysisEvent::Verdict(verdict) = event {
                verdicts += 1;
                assert!(verdict.confidence <= 100);
            }
            if let AnalysisEvent::Beep { hz, dbm0, .. } = event {
                assert!(hz.is_finite() && dbm0.is_finite() && verdicts == 1);
            }
            heard.push(format!("{event:?}"));
        }
    }
    assert!(verdicts <= 1);
    heard.extend(heard_voice);
    heard
}

/// Two values in turn, a square wave or a burst of a sine, by the order.
fn sample(order: u8, n: usize, one: i16, other: i16) -> i16 {
    match order % 4 {
        0 => one,
        1 => [one, other][n % 2],
        2 => [one, other][n / (1 + usize::from(order)) % 2],
        _ => {
            let turns = n as f32 * f32::from(other) / 16_384.0;
            (f32::from(one) * (turns * core::f32::consts::TAU).sin()) as i16
        }
    }
}

/// Half a minute.
const MOST_SAMPLES: usize = 240_000;
const TONES: [ToneName; 20] = [
    ToneName::Dial,
    ToneName::SpecialDial,
    ToneName::Ringing,
    ToneName::Busy,
    ToneName::Congestion,
    ToneName::Vacant,
    ToneName::Waiting,
    ToneName::Confirmation,
    ToneName::Howler,
    ToneName::User(3),
    ToneName::Sit,
    ToneName::SitIntercept,
    ToneName::SitVacant,
    ToneName::Cng,
    ToneName::Ans,
    ToneName::AnsPr,
    ToneName::AnsAm,
    ToneName::AnsAmPr,
    ToneName::V21,
    ToneName::Ringing,
];
