//! Two engines joined by a primary rate interface: one has its span from our own back end, through this library, of a switch
//! whose card is joined to the other's. In virtual time: the switch moves with the engine that it serves.
mod common;
#[path = "../../lab/tests/pair/mod.rs"]
mod pair;
use common::{library, place};
use pair::{NETWORK, Pair, USER, keys};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tandem_card::dahdi::{DahdiCard, DahdiOptions, Kernel};
use tandem_card::{CardFactory, CardRequest, FactoryError, LoopCard, OpenedCard};
use tandem_dahdi_server::{Board, Server};
use tandem_engine::{EndReason, EventKind, Terms};
use tandem_rt::sys::{monotonic_ns, sleep_until_ns};
use tandem_rt::{Next, Step};
use tandem_types::{Cause, FrameTime};

/// The switch: it answers from a thread of its own and moves when the engine does.
#[derive(Clone)]
struct Shared(Arc<Mutex<Server>>);

impl Shared {
    fn with<R>(&self, work: impl FnOnce(&mut Server) -> R) -> R {
        work(&mut self.0.lock().expect("it does not fail"))
    }
}

impl Step for Shared {
    fn step(&mut self, _: FrameTime) -> Next {
        self.with(Server::tick);
        Next::WhenWoken
    }
}

/// Makes one card, whatever it is called.
struct Ready(Box<dyn FnMut() -> OpenedCard + Send>);

impl CardFactory for Ready {
    fn models(&self) -> Vec<&'static str> {
        vec!["ready"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        Ok(self.0())
    }
}

const CHILD: &str = "TANDEM_DAHDI_TEST_CHILD";

#[test]
fn calls_are_carried_end_to_end_over_our_back_end_and_this_library() {
    if std::env::var_os(CHILD).is_some() {
        return carry_calls();
    }
    let path = place("engines");
    let output = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "calls_are_carried_end_to_end_over_our_back_end_and_this_library", "--nocapture"])
        .env(CHILD, &path)
        .env("TANDEM_DAHDI_SOCKET", &path)
        .env("LD_PRELOAD", library())
        .output()
        .expect("the test runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn carry_calls() {
    let path = std::env::var_os(CHILD).expect("a place");
    let (near, far) = LoopCard::pair(1, 8);
    let board = Board::new(vec![OpenedCard { card: Box::new(near), world: None }], &[(0, 0, false)]);
    let server = Server::new(board.expect("a card"), path.as_ref(), 1).expect("a free place");
    let shared = Shared(Arc::new(Mutex::new(server)));
    let stop = Arc::new(AtomicBool::new(false));
    let (answering, stopped) = (shared.clone(), Arc::clone(&stop));
    let answer = move || {
        while !stopped.load(Ordering::Relaxed) {
            answering.with(|server| server.attend(0));
            sleep_until_ns(monotonic_ns() + 20_000);
        }
    };
    let thread = std::thread::Builder::new().spawn(answer).expect("a thread");

    let (served, mut far) = (shared.clone(), Some(far));
    let ours = Ready(Box::new(move || OpenedCard {
        card: Box::new(DahdiCard::new(Kernel, DahdiOptions::default()).expect("a span")),
        world: Some(Box::new(served.clone())),
    }));
    let theirs =
        Ready(Box::new(move || OpenedCard { card: Box::new(far.take().expect("one")), world: None }));
    let mut pair = Pair::over("model = \"ready\"", "", [Box::new(ours), Box::new(theirs)]);
    for from in [USER, NETWORK] {
        let to = 1 - from;
        let (_, offered) = pair.connect(from, 9);
        let (near, far) = (pair.channel(from, 9), pair.channel(to, 9));
        pair.ends[to].collect(far, Terms { max_digits: 4, ..Terms::default() }).expect("answered");
        pair.ends[from].play_samples(near, keys("2580"), Terms::default()).expect("answered");
        pair.pass_ms(2000);
        let all_digits = |kind: &EventKind| matches!(kind, EventKind::CollectDone { digits, reason: EndReason::MaxDigits, .. } if digits == "2580");
        assert!(pair.heard(to, all_digits), "{:?}", pair.told[to]);
        pair.ends[to].call_clear(offered, Cause::NORMAL_CLEARING).expect("a call");
        pair.pass_ms(2000);
        assert_eq!((pair.cleared(from), pair.cleared(to)), (vec![(16, true)], vec![(16, false)]));
        pair.told = [Vec::new(), Vec::new()];
    }
    for end in &pair.ends {
        end.check_conservation().expect("every octet");
    }
    let span = pair.ends[USER].spans().expect("open").remove(0);
    assert_eq!((span.calls, span.defects.is_empty()), (0, true), "{span:?}");
    // Closed by the engine, and by that here.
    let [user, network] = pair.ends;
    user.close().expect("open");
    network.close().expect("open");
    shared.with(Server::tick);
    assert_eq!(shared.with(|server| server.devices()), 0, "every descriptor was closed");
    stop.store(true, Ordering::Relaxed);
    thread.join().expect("it does not fail");
}
