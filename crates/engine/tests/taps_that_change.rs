//! Lines that are listened to, while what hears them fails, changes or is not there; and what is done with a call but record it.
mod common;

use common::callers::dtmf;
use common::tapped::*;
use common::{Faults, open, open_with_faults};
use tandem_engine::Side::{Network, User};
use tandem_engine::*;
use tandem_types::{Bearer, Defect, Defects, Frames};

const NOTHING: Faults = Faults { schedule: |_| Defects::NONE, refuses: None };

fn ends(events: &[EventKind]) -> Vec<(CallId, TapState, Option<TapEnd>)> {
    let told = events.iter().filter_map(|kind| match kind {
        EventKind::TapCall { info } => Some((info.call, info.state, info.ended.map(|end| end.1))),
        _ => None,
    });
    told.collect()
}

fn done(events: &[EventKind]) -> Vec<(CallId, EndReason)> {
    let done = events.iter().filter_map(|kind| match kind {
        EventKind::RecordDone { call, reason, .. } | EventKind::StreamDone { call, reason, .. } => {
            Some((*call, *reason))
        }
        EventKind::TimerDone { call, reason, .. } => Some((*call, *reason)),
        _ => None,
    });
    done.collect()
}

#[test]
fn calls_end_unheard_when_a_receiver_fails_and_the_next_is_heard_when_it_is_back() {
    // Loss of signal from 2 s to 8 s; 2.5 s make a failure, and 10 s without end it.
    let schedule =
        |now| if (16_000..64_000).contains(&now) { Defects::only(Defect::Los) } else { Defects::NONE };
    let bench = Bench::with_card("taps-failure", "", BOTH, |config, ends| {
        open_with_faults(config, 2, Faults { schedule, ..NOTHING }, ends)
    });
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    let call = bench.told()[0].call;
    bench.record(bench.channel(1, 7), "failure.wav").expect("during the call");
    bench.engine.advance(Frames::from_ms(4_000));
    assert_eq!(done(&bench.events()), [], "a break that is short enough ends nothing");
    bench.engine.advance(Frames::from_ms(1_000));
    let events = bench.events();
    assert_eq!(ends(&events), [(call, TapState::Ended, Some(TapEnd::Lost))]);
    assert_eq!(done(&events), [(call, EndReason::Hangup)]);
    // The other receiver hears on, and what it hears alone is told.
    bench.says(User, DISCONNECT);
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    assert_eq!(bench.states(), [TapState::SetUp]);
    bench.engine.advance(Frames::from_seconds(15));
    let restored = |kind: &EventKind| matches!(kind, EventKind::SpanRestored { .. });
    assert!(bench.events().iter().any(restored));
    bench.says(User, &SETUP.replacen("00 01", "00 02", 1));
    bench.says(Network, &CONNECT.replacen("80 01", "80 02", 1));
    assert_eq!(bench.states(), [TapState::SetUp, TapState::Answered]);
    bench.finish();
}

#[test]
fn digits_and_timers_of_a_channel_are_those_of_the_call_that_is_heard_there() {
    let bench = Bench::new("taps-digits", "");
    let channel = bench.channel(1, 7);
    bench.engine.channel_listen(channel, Detectors::DIGITS).expect("a channel");
    let press = |digits: &str| {
        bench.ends.lock().expect("no panic").ends[1].tone.extend(dtmf(digits));
        bench.engine.advance(Frames::from_ms(120 * digits.len() as u64 + 100));
    };
    let digits = |events: &[EventKind]| -> Vec<(CallId, char)> {
        let told = events.iter().filter_map(|kind| match kind {
            EventKind::Digit { call, digit, .. } => Some((*call, digit.to_char())),
            _ => None,
        });
        told.collect()
    };
    press("1");
    assert_eq!(digits(&bench.events()), [(CallId::NONE, '1')]);
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    let call = bench.told()[0].call;
    press("23");
    let timer = bench.engine.timer_start(Some(channel), Frames::from_seconds(60)).expect("a timer");
    assert_eq!(digits(&bench.events()), [(call, '2'), (call, '3')]);
    let collect = |most| {
        let terms = Terms { max_digits: most, ..Terms::default() };
        bench.engine.collect(channel, terms).expect("during a call")
    };
    collect(1);
    let collected = |events: &[EventKind]| -> Vec<(CallId, String)> {
        let told = events.iter().filter_map(|kind| match kind {
            EventKind::CollectDone { call, digits, .. } => Some((*call, digits.clone())),
            _ => None,
        });
        told.collect()
    };
    assert_eq!(
        collected(&bench.events()),
        [(call, "2".to_owned())],
        "what was dialled before the call is none of it"
    );
    bench.says(User, DISCONNECT);
    let events = bench.events();
    assert_eq!(done(&events), [(call, EndReason::Hangup)], "timer {timer:?}");
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    let next = bench.told()[0].call;
    collect(1);
    assert_eq!(collected(&bench.events()), [], "the 3 was of the call before");
    press("4");
    assert_eq!(collected(&bench.events()), [(next, "4".to_owned())]);
    bench.finish();
}

#[test]
fn a_recording_ends_when_its_call_has_another_channel_and_the_next_can_be_begun_there() {
    let bench = Bench::new("taps-moved", "");
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    let call = bench.told()[0].call;
    bench.record(bench.channel(0, 7), "moved.wav").expect("during the call");
    bench.says(Network, "08 02 80 01 33 18 03 a9 83 88");
    let events = bench.events();
    assert_eq!(ends(&events), [(call, TapState::Answered, None)], "told anew");
    let same = bench.record(bench.channel(0, 8), "moved.wav").expect_err("there is a file");
    assert!(matches!(same, EngineError::File { .. }), "{same}");
    bench.record(bench.channel(0, 8), "moved-on.wav").expect("it is there now");
    assert_eq!(bench.recorded(), [(call, EndReason::Hangup)]);
    bench.says(User, DISCONNECT);
    assert_eq!(bench.recorded(), [(call, EndReason::Hangup)]);
    bench.finish();
}

#[test]
fn a_call_can_be_streamed_and_listened_to_on_another_channel_until_it_ends() {
    let spans = format!("{BOTH}[[span]]\nport = 2\nsignalling = \"none\"\n");
    let bench = Bench::with_card("taps-listen", "", &spans, |config, ends| open(config, 3, 8, ends));
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    let call = bench.told()[0].call;
    let phone = bench.channel(2, 7);
    bench.engine.connect(phone, Some(bench.channel(1, 7)), Bearer::Speech).expect("what the user says");
    let stream = bench
        .engine
        .stream(bench.channel(0, 7), StreamOptions::default(), Terms::default())
        .expect("during a call");
    bench.engine.advance(Frames::from_ms(200));
    let chunk = bench.engine.stream_read(stream, 1_600).expect("it runs");
    assert_eq!(chunk.samples.len(), 1_600);
    let law = |octets: &[u8]| -> Vec<i16> {
        octets.iter().map(|octet| tandem_dsp::g711::decode(tandem_types::Law::A, *octet)).collect()
    };
    let ends_said = bench.ends.lock().expect("no panic").said.clone();
    let from = chunk.start.0 as usize;
    let came = (from - 40..=from).any(|at| law(&ends_said[0][at..at + 1_600]) == chunk.samples);
    assert!(came, "what the network says");
    let heard = &ends_said[2][ends_said[2].len() - 400..];
    assert!(ends_said[1].windows(400).any(|said| said == heard), "what the user says");
    bench.says(User, DISCONNECT);
    let rest = bench.engine.stream_read(stream, 16_000).expect("what is left");
    assert!(!rest.samples.is_empty());
    assert_eq!(done(&bench.events()), [(call, EndReason::Hangup)]);
    bench.finish();
}

#[test]
fn a_line_can_be_taken_away_and_put_back_while_the_engine_runs() {
    let bench = Bench::new("taps-reload", "");
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    let call = bench.told()[0].call;
    bench.record(bench.channel(0, 7), "reload.wav").expect("during the call");
    let config = |spans: &str| {
        let text = Bench::config(&bench.directory, "", spans);
        Config::parse(&text).expect("good")
    };
    let without = BOTH.replace("[[span]]", "[[span]]\nin_use = false");
    let told = bench.engine.reload(config(&without), None).expect("good");
    assert_eq!(told.spans_removed, 2);
    bench.engine.advance(Frames::from_seconds(5));
    assert_eq!(done(&bench.events()), [], "what is recorded is waited for");
    let is_leaving = bench.record(bench.channel(0, 7), "another.wav").expect_err("while it leaves");
    assert!(matches!(is_leaving, EngineError::WrongState(_)), "{is_leaving}");
    bench.engine.reload(config(&without), Some(Frames(0))).expect("good");
    bench.engine.advance(Frames::from_ms(500));
    let events = bench.events();
    assert_eq!(ends(&events), [(call, TapState::Ended, Some(TapEnd::Lost))]);
    assert_eq!(done(&events), [(call, EndReason::Stopped)]);
    bench.says(User, DISCONNECT);
    bench.says(User, SETUP);
    assert_eq!(bench.states(), []);
    bench.engine.reload(config(BOTH), None).expect("good");
    bench.engine.advance(Frames::from_ms(500));
    bench.events();
    bench.says(User, &SETUP.replacen("00 01", "00 05", 1));
    bench.says(Network, &PROCEEDING.replacen("80 01", "80 05", 1));
    let told = bench.told();
    assert_eq!(
        told.iter().map(|info| info.state).collect::<Vec<_>>(),
        [TapState::SetUp, TapState::Proceeding]
    );
    assert_eq!(told[1].from_network, Some(bench.channel(0, 7)));
    bench.finish();
}

#[test]
fn a_line_of_which_a_card_takes_but_one_direction_is_not_listened_to() {
    for refused in [0, 1] {
        let spans = "[[span]]\nport = 0\nin_use = false\n[[span]]\nport = 1\nin_use = false\n";
        let name = format!("taps-refused-{refused}");
        let bench = Bench::with_card(&name, "", spans, |config, ends| {
            open_with_faults(config, 2, Faults { refuses: Some(refused), ..NOTHING }, ends)
        });
        let text = Bench::config(&bench.directory, "", BOTH);
        bench.engine.reload(Config::parse(&text).expect("good"), None).expect("good");
        bench.engine.advance(Frames::from_ms(500));
        let news: Vec<_> = bench
            .events()
            .into_iter()
            .filter_map(|kind| match kind {
                EventKind::SpanChanged { news, .. } => Some(news),
                _ => None,
            })
            .collect();
        let is_refused = |news: &SpanNews| matches!(news, SpanNews::Refused(_));
        assert_eq!(news.iter().map(is_refused).collect::<Vec<_>>(), [refused == 0, refused == 1]);
        bench.says(User, SETUP);
        assert_eq!(bench.states(), []);
        bench.finish();
    }
}
