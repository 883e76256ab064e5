//! A switch with simulated cards in a thread of its own, in real time, and programs with the library preloaded.
#![allow(dead_code)] // each test takes what it needs
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};
use tandem_card::{CardFactory, CardRequest, OpenedCard};
use tandem_dahdi_server::{Board, Server};
use tandem_lab::SimFactory;
use tandem_rt::sys::monotonic_ns;

pub(crate) struct Switch {
    pub(crate) path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Switch {
    /// A switch with these cards, whose spans are E1.
    pub(crate) fn start(name: &str, cards: Vec<OpenedCard>) -> Self {
        let ports = |card: usize, opened: &OpenedCard| {
            (0..opened.card.info().spans.len()).map(move |port| (card, port, false)).collect::<Vec<_>>()
        };
        let spans: Vec<_> = cards.iter().enumerate().flat_map(|(card, opened)| ports(card, opened)).collect();
        let board = Board::new(cards, &spans).expect("cards");
        let path = place(name);
        static STARTED: AtomicU64 = AtomicU64::new(0);
        let number = u64::from(std::process::id()) << 32 | STARTED.fetch_add(1, Ordering::Relaxed);
        let mut server = Server::new(board, &path, number).expect("a free place");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let work = move || {
            let mut next = monotonic_ns();
            while !stopped.load(Ordering::Relaxed) {
                let now = monotonic_ns();
                if now < next {
                    server.attend(next - now);
                    continue;
                }
                server.attend(0);
                server.tick();
                next += 1_000_000;
            }
        };
        let thread = Builder::new().spawn(work).expect("a thread");
        Self { path, stop, thread: Some(thread) }
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("LD_PRELOAD", library()).env("TANDEM_DAHDI_SOCKET", &self.path);
        command
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || matches!(ended, Some(Ok(()))), "the switch has failed");
    }
}

/// A card of the simulator; who is at its far ends is said by its options.
pub(crate) fn simulated(model: &str, options: &[(&str, &str)]) -> OpenedCard {
    let options = options.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let request = CardRequest { model: model.into(), name: String::new(), options };
    SimFactory::by_options().open(&request).expect("a card")
}

/// A program made of this source in `tests/`, gone when it is dropped.
pub(crate) struct Program(PathBuf);

impl Program {
    /// `None` if it cannot be made because a library is missing.
    pub(crate) fn compile(name: &str, library: Option<&str>) -> Option<Self> {
        let program = std::env::temp_dir().join(format!("tandem-{name}-{}", std::process::id()));
        let source = format!("{}/tests/{name}.c", env!("CARGO_MANIFEST_DIR"));
        let mut compiler = Command::new("cc");
        compiler
            .args(["-std=gnu11", "-O2", "-D_FORTIFY_SOURCE=2", "-Wall", "-Wextra", "-Werror", &source, "-o"])
            .arg(&program);
        if let Some(library) = library {
            if !Path::new(&format!("/usr/include/{library}.h")).is_file() {
                println!("skipped: {library}-dev is not installed");
                return None;
            }
            compiler.arg(format!("-l{}", library.trim_start_matches("lib")));
        }
        let compiled = compiler.output().expect("a C compiler runs");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        Some(Self(program))
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("a plain name")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

pub(crate) fn place(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("tandem-{name}-{}.sock", std::process::id()))
}

pub(crate) fn library() -> PathBuf {
    let tests = std::env::current_exe().expect("a test has a path");
    let profile = tests.parent().and_then(Path::parent).expect("target/profile/deps");
    let library = profile.join("libtandem_dahdi_shim.so");
    assert!(library.is_file(), "no {}: cargo build -p tandem-dahdi-shim makes it", library.display());
    library
}

/// Whether a program can be run; if not it is said in a line.
pub(crate) fn is_installed(program: &str) -> bool {
    let there = Path::new(program).is_file();
    if !there {
        println!("skipped: {program} is not installed (Debian: dahdi)");
    }
    there
}
