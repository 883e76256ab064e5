//! Programs in C that do the same work as ours, for benches that stand beside it. What they link may be GPL or LGPL, and
//! so they are programs of their own, built when a bench runs and only where their libraries are installed.
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A program built from a source of this directory, gone when it is dropped.
#[derive(Debug)]
pub struct Peer(PathBuf);

impl Peer {
    /// Compiles `source` with these further arguments; nothing where that fails.
    #[must_use]
    pub fn build(source: &str, arguments: &[&str]) -> Option<Self> {
        static BUILT: AtomicUsize = AtomicUsize::new(0);
        let number = BUILT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tandem-{source}-{}-{number}.out", std::process::id());
        let peer = Self(std::env::temp_dir().join(name));
        let mut compiler = Command::new("cc");
        compiler.args(["-std=c11", "-D_DEFAULT_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"]);
        compiler.arg(format!("{}/{source}", env!("CARGO_MANIFEST_DIR")));
        let output = compiler.args(arguments).arg("-o").arg(&peer.0).output().ok()?;
        output.status.success().then_some(peer)
    }

    /// The program, to be given arguments.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::new(&self.0)
    }

    /// Runs it and takes what it prints as nanoseconds.
    #[must_use]
    pub fn nanoseconds(&self, arguments: &[String]) -> u64 {
        let output = self.command().args(arguments).output().expect("the program runs");
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().unwrap_or_else(|_| panic!("nanoseconds: {text}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
