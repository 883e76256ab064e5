//! Two engines joined by a primary rate interface: one has its span of our server, whose simulated card is joined by a wire to
//! the other's. In virtual time: the server moves with the engine that it serves.
mod common;
#[path = "../../lab/tests/pair/mod.rs"]
mod pair;
use common::{E1, Kept, opened, place};
use hw_sim::{BitPort, WayConfig, WireConfig, WireControl, wire};
use pair::{NETWORK, Pair, USER, keys};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tandem_card::{CardFactory, CardRequest, FactoryError, OpenedCard, SoftFramer};
use tandem_e1d::{Board, E1dFactory, Server};
use tandem_engine::{EndReason, EventKind, Terms};
use tandem_rt::{Next, Step};
use tandem_types::{Cause, Defect, FrameTime};

/// A server that comes and goes, as the world of the card that it serves.
#[derive(Clone)]
struct Daemon(Arc<Mutex<Option<Server>>>);

impl Step for Daemon {
    fn step(&mut self, _: FrameTime) -> Next {
        if let Some(server) = self.0.lock().expect("one thread").as_mut() {
            server.attend_to_all();
            server.tick();
        }
        Next::WhenWoken
    }
}

/// The card over osmo-e1d, with its server.
struct Client {
    path: PathBuf,
    superchannel: bool,
    daemon: Daemon,
}

impl CardFactory for Client {
    fn models(&self) -> Vec<&'static str> {
        vec!["e1d"]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let mut request = request.clone();
        let open = if self.superchannel { "superchannel" } else { "timeslots" };
        let socket = self.path.to_str().expect("a plain name");
        for (name, value) in [("socket", socket), ("open", open)] {
            request.options.insert(name.into(), value.into());
        }
        let opened = E1dFactory.open(&request)?;
        Ok(OpenedCard { world: Some(Box::new(self.daemon.clone())), ..opened })
    }
}

/// Makes one card, whatever it is called.
struct Ready(Option<OpenedCard>);

impl CardFactory for Ready {
    fn models(&self) -> Vec<&'static str> {
        vec!["e1d"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        Ok(self.0.take().expect("one"))
    }
}

struct Joined {
    pair: Pair,
    near: Kept<SoftFramer<BitPort>>,
    wire: WireControl,
    path: PathBuf,
    daemon: Daemon,
}

impl Joined {
    fn new(name: &str, superchannel: bool) -> Self {
        let way = WayConfig { delay: 4000, ..WayConfig::default() };
        let (near, far) = wire::pair(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() });
        let wire = near.control();
        let [near, far] = [near, far].map(|end| SoftFramer::new(BitPort::new([Some(end)])));
        let near = Kept::new(near);
        let (path, daemon) = (place(name), Daemon(Arc::default()));
        serve(&near, &path, &daemon);
        let client = Client { path: path.clone(), superchannel, daemon: daemon.clone() };
        let factories: [Box<dyn CardFactory>; 2] = [Box::new(client), Box::new(Ready(Some(opened(far))))];
        let pair = Pair::over("model = \"e1d\"", "", factories);
        Self { pair, near, wire, path, daemon }
    }

    fn kill(&self) {
        *self.daemon.0.lock().expect("one thread") = None;
    }

    fn revive(&self) {
        serve(&self.near, &self.path, &self.daemon);
    }

    /// A call in which digits are pressed, and its end.
    fn carry_call(&mut self, from: usize) {
        let (pair, to) = (&mut self.pair, 1 - from);
        pair.told = [Vec::new(), Vec::new()];
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
    }

    fn has(&self, defect: Defect) -> bool {
        self.pair.ends[USER].spans().expect("open").remove(0).defects.contains(defect)
    }
}

fn serve(near: &Kept<SoftFramer<BitPort>>, path: &std::path::Path, daemon: &Daemon) {
    let board = Board::new(vec![opened(near.handle())], &[(0, 0, E1)]).expect("a card");
    let server = Server::new(board, path).expect("a free place");
    *daemon.0.lock().expect("one thread") = Some(server);
}

#[test]
fn calls_are_carried_end_to_end_both_ways_over_timeslots_and_over_a_superchannel() {
    for superchannel in [false, true] {
        let mut joined = Joined::new("calls", superchannel);
        for from in [USER, NETWORK] {
            joined.carry_call(from);
        }
        for end in &joined.pair.ends {
            end.check_conservation().expect("every octet");
            let span = end.spans().expect("open").remove(0);
            assert_eq!((span.calls, span.defects.is_empty()), (0, true), "{span:?}");
        }
        let [user, network] = joined.pair.ends;
        user.close().expect("open");
        network.close().expect("open");
        let mut daemon = joined.daemon.0.lock().expect("one thread");
        let server = daemon.as_mut().expect("there");
        (0..102).for_each(|_| server.tick());
        assert_eq!(server.board().open_slots(), 0, "every descriptor was closed");
        assert_eq!((server.counters().failures, server.counters().malformed), (0, 0));
    }
}

#[test]
fn calls_go_on_after_the_daemon_was_killed_and_started_again() {
    let mut joined = Joined::new("killed", false);
    joined.carry_call(USER);
    joined.pair.told = [Vec::new(), Vec::new()];
    let (placed, _) = joined.pair.connect(NETWORK, 5);
    joined.kill();
    joined.pair.pass_ms(5000);
    assert!(joined.has(Defect::Card) && joined.has(Defect::Los));
    let user = &joined.pair;
    assert!(user.heard(USER, |kind| matches!(kind, EventKind::AlarmChanged { .. })), "{:?}", user.told[USER]);
    joined.revive();
    joined.pair.pass_ms(30_000);
    assert!(!joined.has(Defect::Card) && !joined.has(Defect::Los));
    // The calls may have been cleared by either end meanwhile.
    let _ = joined.pair.ends[NETWORK].call_clear(placed, Cause::NORMAL_CLEARING);
    joined.pair.pass_ms(3000);
    for from in [USER, NETWORK] {
        joined.carry_call(from);
    }
}

#[test]
fn a_wire_that_is_cut_is_loss_of_signal_at_the_engine_and_no_dead_card() {
    let mut joined = Joined::new("cut", true);
    joined.wire.cut_both();
    joined.pair.pass_ms(500);
    assert!(joined.has(Defect::Los) && !joined.has(Defect::Card));
    joined.wire.repair_both();
    joined.pair.pass_ms(20_000);
    assert!(!joined.has(Defect::Los));
    joined.carry_call(USER);
}
