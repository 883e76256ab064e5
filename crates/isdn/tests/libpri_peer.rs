//! The test peer itself: two libpri processes call each other over it, so that what other tests see of it can be
//! trusted.
#[path = "common/libpri.rs"]
mod libpri;

use libpri::{Peer, Plays, Reaction};
use std::collections::VecDeque;
use tandem_types::FrameTime;

/// The network and a user, on a wire without delay.
struct Two {
    peers: [Peer; 2],
    now: FrameTime,
    events: [Vec<String>; 2],
    /// Frames under way, and to whom.
    wire: VecDeque<(usize, Vec<u8>)>,
}

impl Two {
    fn up() -> Option<Self> {
        let (network, first) = Peer::start(Plays::Network, 5)?;
        let (user, second) = Peer::start(Plays::User, 5)?;
        let peers = [network, user];
        let mut two = Self { peers, now: FrameTime::ZERO, events: Default::default(), wire: VecDeque::new() };
        two.note(0, first);
        two.note(1, second);
        two.carry();
        for events in &mut two.events {
            assert_eq!(std::mem::take(events), ["PRI_EVENT_DCHAN_UP call=0 channel=-1"]);
        }
        Some(two)
    }

    fn note(&mut self, from: usize, reaction: Reaction) {
        self.wire.extend(reaction.frames.into_iter().map(|frame| (1 - from, frame)));
        self.events[from].extend(reaction.events);
        assert!(reaction.log.iter().all(|line| !line.contains("no such")), "{:?}", reaction.log);
    }

    fn carry(&mut self) {
        while let Some((to, frame)) = self.wire.pop_front() {
            let reaction = self.peers[to].handle_frame(&frame);
            self.note(to, reaction);
        }
    }

    fn command(&mut self, who: usize, text: &str) {
        let reaction = self.peers[who].command(text);
        self.note(who, reaction);
        self.carry();
    }

    fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds * 100 {
            self.now = FrameTime(self.now.0 + 80);
            for who in [0, 1] {
                let reaction = self.peers[who].handle_timeout(self.now);
                self.note(who, reaction);
            }
            self.carry();
        }
    }

    /// The names and fields of the events since last time, one line each.
    fn news(&mut self, who: usize) -> Vec<String> {
        std::mem::take(&mut self.events[who])
    }

    #[track_caller]
    fn expect(&mut self, who: usize, starts: &[&str]) {
        let news = self.news(who);
        assert_eq!(news.len(), starts.len(), "{news:?}");
        for (event, start) in news.iter().zip(starts) {
            assert!(event.starts_with(start), "{event} is not {start}");
        }
    }
}

#[test]
fn a_call_is_placed_answered_and_cleared() {
    let Some(mut two) = Two::up() else { return };
    two.command(1, "call 3 1 1 2345 6789");
    two.expect(1, &["placed call=1"]);
    let ring = two.news(0);
    assert!(
        ring[0].starts_with("PRI_EVENT_RING call=1 channel=3 called=2345 calling=6789 complete=1"),
        "{ring:?}"
    );
    two.command(0, "proceeding 1 3 0");
    two.expect(1, &["PRI_EVENT_PROCEEDING call=1 channel=3"]);
    two.command(0, "alerting 1 3 1");
    two.expect(1, &["PRI_EVENT_RINGING call=1 channel=3"]);
    two.command(0, "answer 1 3");
    two.expect(1, &["PRI_EVENT_ANSWER call=1 channel=3"]);
    two.news(0);
    two.wait(30);
    two.command(1, "hangup 1 16");
    let cleared =
        ["PRI_EVENT_HANGUP_REQ call=1 channel=3 cause=16", "PRI_EVENT_HANGUP_ACK call=1 channel=3 cause=16"];
    two.expect(0, &cleared);
    two.expect(1, &["PRI_EVENT_HANGUP call=1 channel=3 cause=16"]);
    two.wait(60);
    two.expect(0, &[]);
    two.expect(1, &[]);
}

#[test]
fn digits_follow_one_by_one() {
    let Some(mut two) = Two::up() else { return };
    two.command(0, "overlap 1");
    two.command(1, "overlap 1");
    two.command(1, "call 1 1 0 2");
    two.expect(1, &["placed call=1"]);
    let ring = two.news(0);
    assert!(ring[0].starts_with("PRI_EVENT_RING call=1 channel=1 called=2 calling= complete=0"), "{ring:?}");
    two.command(0, "more 1 1");
    two.expect(1, &["PRI_EVENT_SETUP_ACK call=1 channel=1"]);
    for digit in ["3", "4", "5"] {
        two.command(1, &format!("digit 1 {digit}"));
        let event = format!("PRI_EVENT_INFO_RECEIVED call=1 channel=1 called={digit}");
        two.expect(0, &[&event]);
    }
}

#[test]
fn a_channel_is_restarted() {
    let Some(mut two) = Two::up() else { return };
    two.command(1, "reset 5");
    two.expect(0, &["PRI_EVENT_RESTART call=0 channel=5"]);
    two.expect(1, &["PRI_EVENT_RESTART_ACK call=0 channel=5"]);
}
