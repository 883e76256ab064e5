//! libpri in a process of its own, on the test's clock (`libpri/peer.c`).
#![allow(dead_code)] // no test uses all of it

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use tandem_types::FrameTime;

/// Microseconds in a frame.
const FRAME_US: u64 = 125;

/// The side that libpri plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plays {
    Network,
    User,
}

/// What libpri did in answer to something.
#[derive(Debug, Default)]
pub(crate) struct Reaction {
    /// Frames for the other end.
    pub(crate) frames: Vec<Vec<u8>>,
    /// The same on the second D channel of a group.
    pub(crate) second_frames: Vec<Vec<u8>>,
    /// Its events, as text.
    pub(crate) events: Vec<String>,
    /// Its log.
    pub(crate) log: Vec<String>,
}

pub(crate) struct Peer {
    process: Child,
    input: ChildStdin,
    output: ChildStdout,
    due_us: u64,
}

impl Peer {
    /// libpri on an interface of a switch type of `libpri.h`, and what it does at once. Nothing if it is not
    /// installed.
    pub(crate) fn start(plays: Plays, switch_type: u8) -> Option<(Self, Reaction)> {
        Self::start_with(plays, switch_type, None)
    }

    /// The same with two D channels for one set of calls.
    pub(crate) fn start_group(plays: Plays, switch_type: u8) -> Option<(Self, Reaction)> {
        Self::start_with(plays, switch_type, Some("group"))
    }

    fn start_with(plays: Plays, switch_type: u8, more: Option<&str>) -> Option<(Self, Reaction)> {
        let program = program()?;
        let side = if plays == Plays::Network { "nt" } else { "te" };
        let mut command = Command::new(program);
        command
            .arg(side)
            .arg(switch_type.to_string())
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command.spawn().expect("the peer starts");
        let input = process.stdin.take().expect("piped");
        let output = process.stdout.take().expect("piped");
        let mut peer = Self { process, input, output, due_us: u64::MAX };
        let reaction = peer.react();
        Some((peer, reaction))
    }

    /// The first frame that is not before libpri's next timer.
    pub(crate) fn poll_timeout(&self) -> Option<FrameTime> {
        (self.due_us != u64::MAX).then(|| FrameTime(self.due_us.div_ceil(FRAME_US)))
    }

    pub(crate) fn handle_timeout(&mut self, now: FrameTime) -> Reaction {
        self.ask(b'T', &(now.0 * FRAME_US).to_be_bytes())
    }

    /// Time must have been advanced to that of the frame before.
    pub(crate) fn handle_frame(&mut self, octets: &[u8]) -> Reaction {
        self.ask(b'F', octets)
    }

    /// The same on the second D channel of a group.
    pub(crate) fn handle_second_frame(&mut self, octets: &[u8]) -> Reaction {
        self.ask(b'G', octets)
    }

    /// A command of those at the foot of `peer.c`.
    pub(crate) fn command(&mut self, text: &str) -> Reaction {
        self.ask(b'C', text.as_bytes())
    }

    fn ask(&mut self, kind: u8, octets: &[u8]) -> Reaction {
        let length = (octets.len() as u16 + 1).to_be_bytes();
        let message = [&length[..], &[kind], octets].concat();
        self.input.write_all(&message).expect("the peer listens");
        self.react()
    }

    fn react(&mut self) -> Reaction {
        let mut reaction = Reaction::default();
        loop {
            let mut length = [0; 2];
            self.output.read_exact(&mut length).expect("the peer answers");
            let mut message = vec![0; u16::from_be_bytes(length).into()];
            self.output.read_exact(&mut message).expect("the peer answers");
            let text = || String::from_utf8_lossy(&message[1..]).trim().to_owned();
            match message[0] {
                b'F' => reaction.frames.push(message[1..].to_vec()),
                b'G' => reaction.second_frames.push(message[1..].to_vec()),
                b'E' => reaction.events.push(text()),
                b'L' => reaction.log.push(text()),
                _ => {
                    self.due_us = u64::from_be_bytes(message[1..].try_into().expect("eight octets"));
                    return reaction;
                }
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program, made once a test process.
fn program() -> Option<&'static PathBuf> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let program = PROGRAM.get_or_init(make).as_ref();
    if program.is_none() {
        println!("skipped: libpri-dev is not installed");
    }
    program
}

fn make() -> Option<PathBuf> {
    let probe =
        Command::new("cc").args(["-x", "c", "-fsyntax-only", "-include", "libpri.h", "/dev/null"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/libpri/peer.c");
    // Tests side by side make the same program: each its own file, which then takes the name in one step.
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let program = place.join("libpri-peer");
    let made = place.join(format!("libpri-peer-{}", std::process::id()));
    let mut compiler = Command::new("cc");
    compiler.args(["-std=c11", "-D_DEFAULT_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", source]);
    let output = compiler.args(["-lpri", "-o"]).arg(&made).output().expect("a C compiler runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(&made, &program).expect("in one directory");
    Some(program)
}
