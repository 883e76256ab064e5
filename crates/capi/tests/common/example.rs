//! Programs in C and C++ that are built against the library and run.
use super::Directory;
use super::header::include_directory;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tandem_dsp::g711;
use tandem_types::Law;

const WARNINGS: [&str; 6] = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-O1"];

/// A program, and a fresh directory for it to run in.
pub struct Example {
    pub directory: Directory,
    pub program: PathBuf,
}

impl Example {
    /// Builds a program with every warning an error.
    #[track_caller]
    pub fn compile(compiler: &str, options: &[&str], sources: &[PathBuf], shared: bool) -> Self {
        let directory = Directory::new(&format!("{compiler}-{shared}"));
        let program = directory.0.join("program");
        let mut build = Command::new(compiler);
        build.args(WARNINGS).args(options).arg("-I").arg(include_directory());
        build.arg("-o").arg(&program).args(sources).args(["-x", "none"]);
        if shared {
            build.arg("-L").arg(libraries()).arg("-ltandem");
        } else {
            build.arg(libraries().join("libtandem.a")).args(system_libraries());
        }
        let output = build.args(["-lm", "-pthread"]).output().expect("a compiler");
        assert!(output.status.success(), "{}", text(&output.stderr));
        Self { directory, program }
    }

    pub fn command(&self) -> Command {
        self.prepare(Command::new(&self.program))
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("runs")
    }

    pub fn valgrind(&self) -> Command {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["-q", "--leak-check=full", "--errors-for-leak-kinds=definite", "--error-exitcode=9"]);
        valgrind.arg(&self.program);
        self.prepare(valgrind)
    }

    pub fn under_valgrind(&self, arguments: &[&str]) -> Output {
        self.valgrind().args(arguments).output().expect("runs")
    }

    fn prepare(&self, mut command: Command) -> Command {
        command.current_dir(&self.directory.0).env("LD_LIBRARY_PATH", libraries());
        command
    }
}

/// Where an example is, as `c/ivr.c`.
pub fn example_source(name: &str) -> PathBuf {
    include_directory().join("../examples").join(name)
}

/// The directory of the libraries: the tests' own.
pub fn libraries() -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    test.parent().expect("a directory").to_owned()
}

pub fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// The channels of a WAV file of 16-bit samples or A-law.
pub fn read_wav(path: &Path) -> Vec<Vec<i16>> {
    let octets = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let chunk = |name: &[u8; 4]| {
        let at = octets.windows(4).position(|window| window == name).expect("a chunk") + 8;
        let length = u32::from_le_bytes(octets[at - 4..at].try_into().expect("four octets")) as usize;
        &octets[at..(at + length).min(octets.len())]
    };
    let format = chunk(b"fmt ");
    let channels = usize::from(format[2]);
    let samples: Vec<i16> = match (format[0], format[14]) {
        (1, 16) => {
            chunk(b"data").chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
        }
        (6, 8) => chunk(b"data").iter().map(|octet| g711::decode(Law::A, *octet)).collect(),
        other => panic!("format {other:?}"),
    };
    (0..channels).map(|channel| samples[channel..].iter().copied().step_by(channels).collect()).collect()
}

/// The stretches in which a tone is heard, in tenths of a second, as (beginning, end).
pub fn heard(samples: &[i16], hz: f64) -> Vec<(usize, usize)> {
    let loud = |block: &[i16]| {
        let turn = std::f64::consts::TAU * hz / 8000.0;
        let parts = |part: fn(f64) -> f64| -> f64 {
            block.iter().enumerate().map(|(n, sample)| f64::from(*sample) * part(turn * n as f64)).sum()
        };
        parts(f64::sin).hypot(parts(f64::cos)) * 2.0 / block.len() as f64 > 1000.0
    };
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (tenth, block) in samples.chunks_exact(800).enumerate() {
        match stretches.last_mut() {
            _ if !loud(block) => {}
            Some(last) if last.1 == tenth => last.1 = tenth + 1,
            _ => stretches.push((tenth, tenth + 1)),
        }
    }
    stretches
}

/// What the static library needs of the system.
fn system_libraries() -> impl Iterator<Item = &'static str> {
    let private = include_str!("../../../../packaging/tandem.pc.in")
        .lines()
        .find_map(|line| line.strip_prefix("Libs.private:"));
    private.expect("the line").split_whitespace()
}

/// Whether the C compiler can build for its address sanitizer.
pub fn has_sanitizers() -> bool {
    let mut compiler = Command::new("cc");
    compiler.args(["-fsanitize=address,undefined", "-x", "c", "-", "-o", "/dev/null"]);
    let mut child = compiler.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a compiler");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), b"int main(void) { return 0; }\n")
        .expect("written");
    child.wait().expect("it ends").success()
}
