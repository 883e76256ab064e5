//! What the threads of a running switch ask of the kernel, by `strace`.
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

/// The calls of one thread with what they were asked, by the name of the thread, in the order in which they
/// were begun.
fn calls_of<'a>(trace: &'a str, thread: &str) -> Vec<(&'a str, &'a str)> {
    let mark = format!("<{thread}> ");
    let calls = trace.lines().filter_map(|line| line.split_once(&mark)?.1.split_once('('));
    calls.filter(|(call, _)| call.bytes().all(|octet| octet != b' ')).collect()
}

/// The number that begins a text: `0x` and hexadecimal digits.
fn address(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x")?;
    let end = digits.find(|digit: char| !digit.is_ascii_hexdigit()).unwrap_or(digits.len());
    u64::from_str_radix(&digits[..end], 16).ok()
}

/// Where the C library lies, by the first `mmap` of its file, which spans all of it. The lock of its only heap
/// is there, and no lock of ours can be.
fn c_library(trace: &str) -> Range<u64> {
    let mapped = trace.lines().find(|line| line.contains(" mmap(NULL, ") && line.contains("/libc.so"));
    let (_, asked) =
        mapped.expect("the C library is loaded").split_once(" mmap(NULL, ").expect("found by it");
    let length: u64 = asked.split(',').next().and_then(|length| length.parse().ok()).expect("a length");
    let begin = asked.rsplit("= ").next().and_then(address).expect("an address");
    begin..begin + length
}

#[test]
fn the_media_thread_sleeps_and_wakes_control_and_asks_for_nothing_else() {
    if Command::new("strace").arg("--version").output().is_err() {
        println!("skipped: strace is not installed (Debian: strace)");
        return;
    }
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("system-calls");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).expect("a directory");
    let trace = place.join("trace");
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-Y", "-o"]).arg(&trace).arg(env!("CARGO_BIN_EXE_tandem-switch"));
    traced.args(["--seconds", "4", "--rate", "30", "--hold", "2", "--json", "--recordings"]).arg(&place);
    // One heap for all threads, so that it is known where its lock lies.
    traced.env("GLIBC_TUNABLES", "glibc.malloc.arena_max=1");
    let run = traced.output().expect("strace runs");
    if String::from_utf8_lossy(&run.stderr).contains("PTRACE") {
        println!("skipped: processes cannot be traced here");
        return;
    }
    let said = String::from_utf8_lossy(&run.stdout);
    let summary: serde_json::Value =
        serde_json::from_str(said.lines().last().unwrap_or_default()).expect("a summary");
    assert!(summary["calls_answered"].as_u64() > Some(0), "{summary}");
    assert!(summary["recordings"].as_u64() > Some(0), "{summary}");

    let trace = std::fs::read_to_string(trace).expect("a trace");
    let media = calls_of(&trace, "tandem-media");
    let sleeps = |(call, _): &(&str, &str)| *call == "clock_nanosleep";
    let first = media.iter().position(sleeps).expect("it ticks");
    let last = media.iter().rposition(sleeps).expect("it ticks");
    assert!(last > 100, "{last}");
    // The simulated exchange is stepped on this thread between ticks, and its heap may grow and shrink, and be
    // locked by another thread. What a tick asks for is counted by the allocator.
    assert_eq!(summary["media_allocations"], 0, "{summary}");
    let library = c_library(&trace);
    let heap = |(call, asked): &&(&str, &str)| match *call {
        "brk" | "madvise" | "mmap" | "mprotect" | "munmap" => true,
        "futex" => address(asked).is_some_and(|lock| library.contains(&lock)),
        _ => false,
    };
    let ticks = media[first..=last].iter().filter(|call| !heap(call));
    let made: BTreeSet<&str> = ticks.map(|(call, _)| *call).collect();
    // Waiting for a lock or waking who waits for one would be a futex.
    assert_eq!(made, BTreeSet::from(["clock_nanosleep", "write"]), "a tick asks for nothing else");
    std::fs::remove_dir_all(place).expect("made above");
}
