//! A line of others, listened to by two receivers. Both of its ends are played frame by frame: what they send is known to the
//! octet, and what the engine sends too.
use super::{Line, Script, open};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tandem_card::Frame;
use tandem_engine::Side::Network;
use tandem_engine::*;
use tandem_line::hdlc::HdlcSender;
use tandem_types::{Frames, Handle};

/// SETUP by the user for 4711 from 2001 on channel 7; the network's answers; its end.
pub const SETUP: &str =
    "08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 87 6c 06 01 81 32 30 30 31 70 05 81 34 37 31 31";
pub const PROCEEDING: &str = "08 02 80 01 02 18 03 a9 83 87";
pub const ALERTING: &str = "08 02 80 01 01";
pub const CONNECT: &str = "08 02 80 01 07";
pub const DISCONNECT: &str = "08 02 00 01 45 08 02 80 90";
pub const REJECTED_BY_USER: &str = "08 02 80 01 5a 08 02 82 ac";
/// SETUP by the network on channel 7, with reference 1 too.
pub const SETUP_BY_NETWORK: &str = "08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 87 70 03 81 35 35";

const D: usize = 16;
const IDLE: u8 = 0xd5;
pub const BOTH: &str = "[[span]]\nport = 0\nsignalling = \"tap\"\ntap = { side = \"network\", with = 1 }\n\
                    [[span]]\nport = 1\nsignalling = \"tap\"\ntap = { side = \"user\", with = 0 }\n";

/// One end of the line: span 0 hears the network, span 1 the user.
pub struct End {
    sender: HdlcSender,
    frames: VecDeque<Vec<u8>>,
    current: Vec<u8>,
    ns: u8,
    seed: u8,
    /// What it says on slot 7 instead of its own octets.
    pub tone: VecDeque<u8>,
}

/// Both ends, and whether the engine was ever heard.
pub struct Ends {
    pub ends: [End; 2],
    pub heard: Option<(u64, usize, usize, u8)>,
    /// Octets on slot 7 by span, from frame 0 on; of a third span, whose slots may be sent on, what is heard there.
    pub said: [Vec<u8>; 3],
}

impl Script for Ends {
    fn frame(&mut self, now: u64, span: usize, heard: &Frame, send: &mut Frame, _: &mut Line) {
        if span == 2 {
            return self.said[2].push(heard[7]);
        }
        for (slot, octet) in heard.iter().enumerate().skip(1) {
            let silence = if slot == D { 0xff } else { IDLE };
            // The card itself is idle until its first frames arrive.
            if *octet != silence && *octet != 0xff {
                self.heard.get_or_insert((now, span, slot, *octet));
            }
        }
        let end = &mut self.ends[span];
        let octet = |slot: u8| (now as u8).wrapping_mul(7).wrapping_add(slot).wrapping_add(end.seed) | 1;
        for (slot, sent) in (0..).zip(&mut send[..]).skip(1) {
            *sent = octet(slot);
        }
        send[D] = end.next_octet();
        send[7] = end.tone.pop_front().unwrap_or(send[7]);
        self.said[span].push(send[7]);
    }
}

impl End {
    fn new(seed: u8) -> Self {
        let (frames, current) = (VecDeque::new(), Vec::new());
        Self { sender: HdlcSender::new(), frames, current, ns: 0, seed, tone: VecDeque::new() }
    }

    fn next_octet(&mut self) -> u8 {
        if self.current.is_empty() {
            self.current = self.frames.pop_front().unwrap_or_default();
        }
        let sent = self.sender.poll_octet(&self.current);
        if sent.frame_done {
            self.current.clear();
        }
        sent.line
    }
}

pub struct Bench {
    pub engine: Engine,
    pub ends: Arc<Mutex<Ends>>,
    pub directory: PathBuf,
}

impl Bench {
    pub fn new(name: &str, recording: &str) -> Self {
        Self::with_card(name, recording, BOTH, |config, ends| open(config, 2, 8, ends))
    }

    /// On a card of which something is to be known, with these spans.
    pub fn with_card(
        name: &str,
        recording: &str,
        spans: &str,
        open: impl FnOnce(&str, &Arc<Mutex<Ends>>) -> Result<Engine, OpenError>,
    ) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("a directory");
        let config = Self::config(&directory, recording, spans);
        let ends = Ends { ends: [End::new(0), End::new(100)], heard: None, said: Default::default() };
        let ends = Arc::new(Mutex::new(ends));
        let engine = open(&config, &ends).expect("a good configuration");
        Self { engine, ends, directory }
    }

    /// The text of a configuration with these spans.
    pub fn config(directory: &Path, recording: &str, spans: &str) -> String {
        format!(
            "[engine]\nmode = \"lockstep\"\nevent_queue = 64\n[recording]\ndirectory = {directory:?}\nformat = \"g711\"\n{recording}\n\
             [[card]]\nmodel = \"loop\"\n{spans}"
        )
    }

    /// An I frame of an end with this message, in hexadecimal; the engine has 100 ms to hear it.
    pub fn says(&self, from: Side, message: &str) {
        let (end, first) = if from == Network { (0, 2) } else { (1, 0) };
        let message = message.split(' ').map(|octet| u8::from_str_radix(octet, 16).expect("hexadecimal"));
        let mut ends = self.ends.lock().expect("no panic");
        let of = &mut ends.ends[end];
        let frame = [first, 1, of.ns << 1, 0].into_iter().chain(message).collect();
        of.ns = (of.ns + 1) % 128;
        of.frames.push_back(frame);
        drop(ends);
        self.engine.advance(Frames::from_ms(100));
    }

    pub fn events(&self) -> Vec<EventKind> {
        std::iter::from_fn(|| self.engine.event_wait(Some(Frames::from_ms(1))).map(|event| event.kind))
            .collect()
    }

    /// What is told of tapped calls.
    pub fn told(&self) -> Vec<TapCallInfo> {
        self.events()
            .into_iter()
            .filter_map(|kind| match kind {
                EventKind::TapCall { info } => Some(*info),
                _ => None,
            })
            .collect()
    }

    /// The calls whose recordings are over, and why.
    pub fn recorded(&self) -> Vec<(CallId, EndReason)> {
        self.engine.advance(Frames::from_ms(300));
        let done = self.events().into_iter().filter_map(|kind| match kind {
            EventKind::RecordDone { call, reason, .. } => Some((call, reason)),
            _ => None,
        });
        done.collect()
    }

    pub fn record(&self, channel: Handle, name: &str) -> Result<Handle, EngineError> {
        self.engine.record(channel, Path::new(name), Terms::default())
    }

    pub fn states(&self) -> Vec<TapState> {
        self.told().iter().map(|info| info.state).collect()
    }

    pub fn channel(&self, span: usize, slot: u8) -> Handle {
        let channels = self.engine.channels(span).expect("a span");
        channels.into_iter().find(|(_, number)| *number == slot).expect("a channel").0
    }

    pub fn finish(self) {
        assert_eq!(self.ends.lock().expect("no panic").heard, None, "nothing was ever sent");
        self.engine.close().expect("open until now");
        self.engine.check_conservation().expect("every octet accounted for");
        std::fs::remove_dir_all(&self.directory).expect("our own directory");
    }
}
