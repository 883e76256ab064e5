//! What the threads of a running switch ask of the kernel, by `strace`.
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The calls of one thread, by the name of the thread, in the order in which they were begun.
fn calls_of<'a>(trace: &'a str, thread: &str) -> Vec<&'a str> {
    let mark = format!("<{thread}> ");
    let calls = trace.lines().filter_map(|line| line.split_once(&mark)?.1.split_once('('));
    calls.map(|(call, _)| call).filter(|call| call.bytes().all(|octet| octet != b' ')).collect()
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
    traced.args(["-f", "-Y", "-o"]).arg(&trace).arg(env!("CARGO_BIN_EXE_tandem-switch"));
    traced.args(["--seconds", "4", "--rate", "30", "--hold", "2", "--json", "--recordings"]).arg(&place);
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
    let ticks = media.iter().skip_while(|call| **call != "clock_nanosleep");
    let last = media.iter().rposition(|call| *call == "clock_nanosleep").expect("it ticks");
    assert!(last > 100, "{last}");
    let first = media.len() - ticks.count();
    let mut made: BTreeSet<&str> = media[first..=last].iter().copied().collect();
    // The simulated exchange is stepped on this thread between ticks, and its heap may grow and shrink. What a
    // tick asks for is counted by the allocator.
    assert_eq!(summary["media_allocations"], 0, "{summary}");
    made.retain(|call| !["brk", "madvise", "mmap", "mprotect", "munmap"].contains(call));
    // Waiting for a lock or waking who waits for one would be a futex.
    assert_eq!(made, BTreeSet::from(["clock_nanosleep", "write"]), "a tick asks for nothing else");
    std::fs::remove_dir_all(place).expect("made above");
}
