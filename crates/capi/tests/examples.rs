//! The C and C++ example hosts build without a warning, against both libraries, and run to a clean end.
mod common;

use common::Directory;
use common::header::include_directory;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What the examples run on: two trunks of an emulated card in virtual time.
const CONFIGURATION: &str = "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-falc4\"\n\
    [[span]]\nport = 0\n[[span]]\nport = 3\n";

/// What the programs print at the end with it.
const SUMMARY: &str = "0 calls offered, 0 answered, 0 cleared";

/// The same card with three callers at the far end, who press 12# once they are answered.
const THREE_CALLERS: &str = "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-falc4\"\n\
    options = { seed = 5, calls_per_second = 1, max_calls = 3, hold_seconds = 6, digits = \"12#\" }\n\
    [[span]]\nport = 0\nem = { digits = 4 }\n";

/// One caller who stays for a short time, on a smaller card: valgrind is slow.
const ONE_CALLER: &str = "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-bit\"\n\
    options = { seed = 5, calls_per_second = 2, max_calls = 1, hold_seconds = 3, digits = \"12#\" }\n\
    [[span]]\nport = 0\nem = { digits = 4 }\n";

const WARNINGS: [&str; 6] = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-O1"];

/// What the static library needs of the system.
fn system_libraries() -> impl Iterator<Item = &'static str> {
    let private = include_str!("../tandem.pc.in").lines().find_map(|line| line.strip_prefix("Libs.private:"));
    private.expect("the line").split_whitespace()
}

/// The directory of the libraries: the tests' own.
fn libraries() -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    test.parent().expect("a directory").to_owned()
}

struct Example {
    directory: Directory,
    program: PathBuf,
}

impl Example {
    fn build(source: &str, compiler: &str, standard: &str, shared: bool) -> Self {
        let directory = Directory::new(&format!("{compiler}-{shared}"));
        let program = directory.0.join("ivr");
        let source = include_directory().join("../examples").join(source);
        let mut build = Command::new(compiler);
        build
            .args(WARNINGS)
            .arg(standard)
            .arg("-I")
            .arg(include_directory())
            .arg("-o")
            .arg(&program)
            .arg(source);
        if shared {
            build.arg("-L").arg(libraries()).arg("-ltandem");
        } else {
            build.arg(libraries().join("libtandem.a")).args(system_libraries());
        }
        let output = build.output().expect("a compiler");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::write(directory.0.join("engine.toml"), CONFIGURATION).expect("written");
        std::fs::write(directory.0.join("three.toml"), THREE_CALLERS).expect("written");
        std::fs::write(directory.0.join("one.toml"), ONE_CALLER).expect("written");
        Self { directory, program }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run_with(Command::new(&self.program), &self.directory.0, arguments)
    }

    fn under_valgrind(&self, arguments: &[&str]) -> Output {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["-q", "--leak-check=full", "--errors-for-leak-kinds=definite", "--error-exitcode=9"]);
        valgrind.arg(&self.program);
        run_with(valgrind, &self.directory.0, arguments)
    }
}

fn run_with(mut command: Command, directory: &Path, arguments: &[&str]) -> Output {
    command.args(arguments).current_dir(directory).env("LD_LIBRARY_PATH", libraries()).output().expect("runs")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[track_caller]
fn ends_well(output: &Output) {
    let (out, problems) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{problems}");
    assert!(out.lines().last().is_some_and(|line| line.starts_with(SUMMARY)), "{out}");
    assert_eq!(problems, "");
}

/// What both examples have in common.
fn looks_after_its_user(example: &Example) {
    ends_well(&example.run(&["--seconds", "2", "engine.toml"]));
    let help = example.run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).starts_with("usage: ivr "));
    let wrong: [&[&str]; 6] = [
        &[],
        &["--seconds"],
        &["--seconds", "two", "engine.toml"],
        &["--calls", "0", "engine.toml"],
        &["--what", "engine.toml"],
        &["engine.toml", "engine.toml"],
    ];
    for arguments in wrong {
        let output = example.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).starts_with("ivr: "), "{arguments:?}");
        assert!(text(&output.stderr).contains("usage: ivr "), "{arguments:?}");
    }
    let missing = example.run(&["missing.toml"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("missing.toml: No such file"), "{}", text(&missing.stderr));
    std::fs::write(example.directory.0.join("bad.toml"), "[engine]\ntick_frames = 0\n").expect("written");
    let bad = example.run(&["bad.toml"]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad.stderr).contains("engine.tick_frames"), "{}", text(&bad.stderr));
}

#[test]
fn the_c_example_runs_on_the_shared_library_and_leaks_nothing() {
    let example = Example::build("c/ivr.c", "cc", "-std=c11", true);
    looks_after_its_user(&example);
    ends_well(&example.under_valgrind(&["--seconds", "2", "engine.toml"]));
}

#[test]
fn the_c_example_runs_on_the_static_library() {
    let example = Example::build("c/ivr.c", "cc", "-std=c11", false);
    ends_well(&example.run(&["--seconds", "2", "engine.toml"]));
}

#[test]
fn the_cpp_example_runs_on_the_shared_library() {
    let example = Example::build("cpp/ivr.cpp", "c++", "-std=c++17", true);
    looks_after_its_user(&example);
}

/// The recordings there are now.
fn recordings(example: &Example) -> usize {
    let files = std::fs::read_dir(&example.directory.0).expect("a directory");
    files
        .filter(|file| file.as_ref().is_ok_and(|file| file.path().extension() == Some("wav".as_ref())))
        .count()
}

/// A run has taken so many calls from the answer into the conference to their end, and recorded them.
#[track_caller]
fn took_calls(example: &Example, output: &Output, calls: usize) {
    let (out, problems) = (text(&output.stdout), text(&output.stderr));
    assert_eq!((output.status.code(), problems.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains(&format!("{calls} calls offered, {calls} answered, {calls} cleared")), "{out}");
    assert_eq!(out.lines().filter(|line| line.ends_with(" 12")).count(), calls, "digits of each: {out}");
    assert_eq!(recordings(example), calls);
}

#[test]
fn the_c_example_takes_three_calls_into_its_conference() {
    let example = Example::build("c/ivr.c", "cc", "-std=c11", true);
    took_calls(&example, &example.run(&["--calls", "3", "three.toml"]), 3);
}

#[test]
fn the_cpp_example_takes_three_calls_into_its_conference() {
    let example = Example::build("cpp/ivr.cpp", "c++", "-std=c++17", true);
    took_calls(&example, &example.run(&["--calls", "3", "three.toml"]), 3);
}

#[test]
fn the_c_example_leaks_nothing_over_a_call() {
    let example = Example::build("c/ivr.c", "cc", "-std=c11", true);
    took_calls(&example, &example.under_valgrind(&["--calls", "1", "one.toml"]), 1);
}

#[test]
fn an_interrupt_ends_the_c_example_cleanly() {
    let example = Example::build("c/ivr.c", "cc", "-std=c17", true);
    let configuration = CONFIGURATION.replace("lockstep", "threads");
    std::fs::write(example.directory.0.join("engine.toml"), configuration).expect("written");
    let mut child = Command::new(&example.program)
        .arg("engine.toml")
        .current_dir(&example.directory.0)
        .env("LD_LIBRARY_PATH", libraries())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("runs");
    // The first line of output says that the engine is open and the signal handled.
    let mut line = String::new();
    let mut output = std::io::BufReader::new(child.stdout.take().expect("piped"));
    std::io::BufRead::read_line(&mut output, &mut line).expect("a line");
    assert!(line.contains("span defects"), "{line}");
    // SAFETY: no pointers are passed; the child has not been waited for, so that its number is its own.
    assert_eq!(unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGINT) }, 0);
    std::io::Read::read_to_string(&mut output, &mut line).expect("the rest");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(line.contains(SUMMARY), "{line}");
}
