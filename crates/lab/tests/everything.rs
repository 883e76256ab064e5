//! Everything at once on an emulated card, with the media thread's memory guarded: an allocation or a release
//! inside a tick aborts the test. Calls are answered, prompts barged in on, parties join and leave, recordings
//! start and stop, echo is cancelled, and wires are cut for less and for more than the failure time.
use hw_sim::WireControl;
use hw_sim::exchange::{CallerPlan, Exchange, ExchangeConfig, ExchangeControl, FarPort, Prompt};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tandem_card::CardFactory;
use tandem_engine::{CallId, Config, EndReason, Engine, Event, EventKind, PartyTerms, Terms};
use tandem_lab::{FarEnds, SimFactory};
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_types::{Cause, Digit, Frames, Handle};

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

#[derive(Debug)]
struct Cleared {
    channel: Handle,
    cause: Cause,
    at: u64,
}

/// A host that does with each call all that an engine offers.
struct Host<'a> {
    engine: &'a Engine,
    rooms: [Handle; 2],
    greeting: Arc<[i16]>,
    /// Operations that have begun and not ended.
    running: BTreeMap<Handle, CallId>,
    cleared: Vec<Cleared>,
    failed: Vec<(u64, Handle)>,
    restored: Vec<(u64, Handle)>,
    barged: u64,
    heard_out: u64,
    left: u64,
    recorded: u64,
}

impl<'a> Host<'a> {
    fn new(engine: &'a Engine, rooms: [Handle; 2], greeting: Arc<[i16]>) -> Self {
        Self {
            engine,
            rooms,
            greeting,
            running: BTreeMap::new(),
            cleared: Vec::new(),
            failed: Vec::new(),
            restored: Vec::new(),
            barged: 0,
            heard_out: 0,
            left: 0,
            recorded: 0,
        }
    }

    fn serve_until(&mut self, second: u64) {
        while self.engine.now().0 < second * 8000 {
            if let Some(event) = self.engine.event_wait(Some(Frames::from_ms(20))) {
                self.handle(event);
            }
        }
    }

    fn handle(&mut self, event: Event) {
        match event.kind {
            EventKind::CallOffered { call, .. } => self.engine.call_answer(call).expect("offered"),
            EventKind::CallAnswered { call, channel } => {
                self.record(call, channel, 1);
                let any = Terms { any_digit: true, ..Terms::default() };
                let play = self.engine.play_samples(channel, Arc::clone(&self.greeting), any);
                self.running.insert(play.expect("answered"), call);
            }
            EventKind::PlayDone { operation, channel, call, reason, .. } => {
                self.ended(operation);
                self.barged += u64::from(reason == EndReason::Digit);
                self.heard_out += u64::from(reason == EndReason::Finished);
                if reason != EndReason::Hangup {
                    let hash =
                        Terms { digits: Digit::from_char('#').into_iter().collect(), ..Terms::default() };
                    let collect = self.engine.collect(channel, hash).expect("answered");
                    self.running.insert(collect, call);
                }
            }
            EventKind::CollectDone { operation, channel, call, digits, reason } => {
                self.ended(operation);
                if reason == EndReason::Digit {
                    let room = self.rooms[usize::from(digits == "2")];
                    self.engine.bridge_join(room, channel, PartyTerms::default()).expect("answered");
                    self.record(call, channel, 2);
                }
            }
            EventKind::CallCleared { channel, cause, .. } => {
                self.cleared.push(Cleared { channel, cause, at: event.at.0 });
            }
            EventKind::RecordDone { operation, channel, reason, gap_ms, problem, .. } => {
                self.ended(operation);
                assert_eq!((gap_ms, problem.as_str()), (0, ""));
                assert_ne!(reason, EndReason::Failed);
                self.recorded += 1;
                if reason == EndReason::MaxTime {
                    // Five seconds in the room are enough, if the caller is still there.
                    self.left += u64::from(self.engine.bridge_leave(channel).is_ok());
                }
            }
            EventKind::SpanFailed { span, .. } => self.failed.push((event.at.0, span)),
            EventKind::SpanRestored { span } => self.restored.push((event.at.0, span)),
            EventKind::Overflow { .. } | EventKind::EngineFailed { .. } => panic!("{:?}", event.kind),
            _ => {}
        }
    }

    fn record(&mut self, call: CallId, channel: Handle, part: u32) {
        let path = format!("{}-{part}.wav", call.0);
        let most = Terms { max_time: Frames::from_seconds(5), ..Terms::default() };
        // The first recording of a call lasts as long as the call, the second five seconds.
        let terms = if part == 1 { Terms::default() } else { most };
        let record = self.engine.record(channel, Path::new(&path), terms).expect("answered");
        self.running.insert(record, call);
    }

    fn ended(&mut self, operation: Handle) {
        assert!(self.running.remove(&operation).is_some(), "{operation:?} ends a second time");
    }
}

/// What the factory leaves with the test.
struct FarEnd {
    control: Arc<ExchangeControl>,
    wires: Vec<WireControl>,
}

fn factory(greeting: &Arc<[i16]>, left: &Arc<Mutex<Option<FarEnd>>>) -> Box<dyn CardFactory> {
    let config = ExchangeConfig {
        seed: 11,
        calls_per_second: 3.0,
        mean_hold: Frames::from_seconds(12),
        min_hold: Frames::from_seconds(8),
        numbers: vec!["2001".into()],
        plan: CallerPlan { rooms: vec!["1#".into(), "2#".into()], ..CallerPlan::default() },
        prompts: vec![Prompt { most_plays: 1, ..Prompt::new(Arc::clone(greeting)) }],
        speech: vec![speech()],
        // Here callers come and go as the host likes, which the checker does not know.
        check: None,
        ..ExchangeConfig::default()
    };
    let left = Arc::clone(left);
    Box::new(SimFactory::new(Box::new(move |ends: FarEnds| {
        let ports = ends.ports.into_iter().map(|port| Box::new(port) as Box<dyn FarPort>);
        let exchange = Exchange::new(config.clone(), ports.collect());
        let far_end = FarEnd { control: exchange.control(), wires: ends.wires };
        *left.lock().expect("no panic elsewhere") = Some(far_end);
        Box::new(exchange)
    })))
}

/// A minute of noise that is low enough for many to speak at once.
fn speech() -> Arc<[i16]> {
    let mut state = 1_u32;
    (0..480_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 22) as i16 - 512
        })
        .collect()
}

fn place() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("everything");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory");
    directory
}

#[test]
fn calls_prompts_rooms_recordings_and_cut_wires_touch_no_memory_on_the_media_thread() {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let directory = place();
    let spans: String = (0..4)
        .map(|port| format!("[[span]]\nport = {port}\nem = {{ digits = 4 }}\necho = {{ tail_ms = 32 }}\n"))
        .collect();
    let text = format!(
        "[engine]\nmode = \"lockstep\"\n[recording]\ndirectory = {directory:?}\nformat = \"g711\"\n\
         [[card]]\nmodel = \"sim-falc4\"\n{spans}"
    );
    let greeting: Arc<[i16]> = (0..16_000).map(|n| ((n * 37) % 4001 - 2000) as i16).collect();
    let left = Arc::new(Mutex::new(None));
    let engine =
        Engine::open(Config::parse(&text).expect("good"), &mut [factory(&greeting, &left)]).expect("a card");
    let far_end = left.lock().expect("no panic elsewhere").take().expect("made");
    let rooms = [(); 2].map(|()| engine.bridge_new().expect("there are bridges"));
    let mut host = Host::new(&engine, rooms, greeting);
    let wire = |span: usize| &far_end.wires[span];
    host.serve_until(20);
    wire(1).cut_both();
    host.serve_until(21);
    wire(1).repair_both();
    host.serve_until(30);
    wire(2).cut_both();
    host.serve_until(36);
    wire(2).repair_both();
    host.serve_until(70);
    far_end.control.stop_offering();
    far_end.control.hang_up_all();
    host.serve_until(75);

    let span = engine.spans().expect("open")[2].span;
    let [failed] = host.failed[..] else { panic!("{:?}", host.failed) };
    let [restored] = host.restored[..] else { panic!("{:?}", host.restored) };
    assert_eq!((failed.1, restored.1), (span, span));
    assert!((32_500 * 8..33_000 * 8).contains(&failed.0), "{failed:?}");
    assert!((46_000 * 8..47_000 * 8).contains(&restored.0), "{restored:?}");
    let on_span_2: Vec<Handle> =
        engine.channels(2).expect("open").into_iter().map(|(channel, _)| channel).collect();
    for cleared in &host.cleared {
        let lost = cleared.cause == Cause::DESTINATION_OUT_OF_ORDER;
        assert_eq!(lost, on_span_2.contains(&cleared.channel) && cleared.at == failed.0, "{cleared:?}");
    }
    let after = host.cleared.iter().filter(|c| on_span_2.contains(&c.channel) && c.at > restored.0);
    assert!(after.count() > 5, "calls flow again");
    let statistics = engine.statistics().expect("open").totals;
    assert_eq!(statistics.calls_active, 0);
    assert_eq!(statistics.recordings, host.recorded);
    assert!(host.running.is_empty(), "{:?}", host.running);
    for (what, times) in [("barged in", host.barged), ("heard out", host.heard_out), ("left", host.left)] {
        assert!(times > 20, "{what} {times} times");
    }
    engine.close().expect("open until now");
    engine.check_conservation().expect("every octet accounted for");
    std::fs::remove_dir_all(&directory).expect("our own directory");
}
