//! libspandsp's receivers and senders in a process of its own (`spandsp/peer.c`), where libspandsp-dev is installed, and
//! libopenr2's receivers of R2, where libopenr2-dev is too. Tests of other crates use it from here.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The digits that a receiver hears: for tables that are asked for with `TANDEM_PEERS=1`.
pub(crate) fn heard(receiver: &str, samples: &[i16]) -> Option<String> {
    std::env::var_os("TANDEM_PEERS")?;
    run(receiver, &octets(samples)).map(|digits| String::from_utf8(digits).expect("digits"))
}

/// Samples as the peer takes them.
pub(crate) fn octets(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// What the peer makes of its input; `None` if there is no peer, or it has no such receiver.
pub(crate) fn run(kind: &str, input: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new(program()?)
        .arg(kind)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the peer starts");
    let mut stdin = child.stdin.take().expect("piped");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("the peer listens"));
        child.wait_with_output().expect("the peer ends")
    });
    if output.status.code() == Some(NO_SUCH_RECEIVER) {
        return None;
    }
    assert!(output.status.success());
    Some(output.stdout)
}

/// The program, made once a test process.
fn program() -> Option<&'static PathBuf> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let program = PROGRAM.get_or_init(make).as_ref();
    if program.is_none() {
        println!("skipped: libspandsp-dev is not installed");
    }
    program
}

fn make() -> Option<PathBuf> {
    let probe =
        Command::new("cc").args(["-x", "c", "-fsyntax-only", "-include", "spandsp.h", "/dev/null"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../dsp/tests/spandsp/peer.c");
    // Several test processes make the same program: each its own file.
    let name = format!("spandsp-peer-{}", std::process::id());
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let compile = |more: &[&str]| {
        let mut compiler = Command::new("cc");
        compiler.args(["-std=gnu11", "-O1", "-Wall", "-Wextra", source, "-lspandsp"]).args(more);
        compiler.arg("-o").arg(&program).output().expect("a C compiler runs")
    };
    // Its receivers are in the static library alone.
    if !compile(&["-DOPENR2", "-l:libopenr2.a", "-lm"]).status.success() {
        let output = compile(&[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    Some(program)
}

const NO_SUCH_RECEIVER: i32 = 2;
