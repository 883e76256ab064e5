//! The C and C++ example hosts build without a warning, against both libraries, and run to a clean end.
mod common;

use common::example::{Example, example_source, has_sanitizers, libraries, text};
use common::header::include_directory;
use std::path::Path;
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

/// Builds an example, with what it runs on beside it.
fn build(source: &str, compiler: &str, standard: &str, shared: bool) -> Example {
    build_with(source, compiler, &[standard], shared)
}

fn build_with(source: &str, compiler: &str, options: &[&str], shared: bool) -> Example {
    let example = Example::compile(compiler, options, &[example_source(source)], shared);
    std::fs::write(example.directory.0.join("engine.toml"), CONFIGURATION).expect("written");
    std::fs::write(example.directory.0.join("three.toml"), THREE_CALLERS).expect("written");
    std::fs::write(example.directory.0.join("one.toml"), ONE_CALLER).expect("written");
    std::fs::write(example.directory.0.join("greeting.wav"), greeting()).expect("written");
    example
}

/// Half a second of 400 Hz as a WAV file: mono, 8 kHz, 16 bits.
fn greeting() -> Vec<u8> {
    let samples: Vec<i16> = (0..4000).map(|n| if n / 10 % 2 == 0 { 4000 } else { -4000 }).collect();
    let data = 2 * samples.len() as u32;
    let mut file = Vec::from(*b"RIFF");
    file.extend((36 + data).to_le_bytes());
    file.extend(*b"WAVEfmt ");
    file.extend([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0]);
    file.extend(*b"data");
    file.extend(data.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[track_caller]
fn ends_well(output: &Output) {
    let (out, problems) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}\n{problems}");
    assert!(out.lines().last().is_some_and(|line| line.starts_with(SUMMARY)), "{out}");
    assert_eq!(problems, "");
}

/// Wrong arguments get a line and the usage; what cannot be opened is named.
fn looks_after_its_user(example: &Example, wrong: &[&[&str]], after_configuration: &[&str]) {
    for arguments in wrong {
        let output = example.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("usage: ivr "), "{arguments:?}");
    }
    std::fs::write(example.directory.0.join("bad.toml"), "[engine]\ntick_frames = 0\n").expect("written");
    for (configuration, problem) in
        [("missing.toml", "missing.toml: No such file"), ("bad.toml", "engine.tick_frames")]
    {
        let output = example.run(&[&[configuration], after_configuration].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(problem), "{}", text(&output.stderr));
    }
}

#[test]
fn the_c_example_explains_wrong_arguments_and_is_as_short_as_it_says() {
    let example = build("c/ivr.c", "cc", "-std=c11", true);
    let greeting: [&[&str]; 5] = [
        &[],
        &["engine.toml"],
        &["engine.toml", "greeting.wav", "two"],
        &["engine.toml", "greeting.wav", "0"],
        &["engine.toml", "greeting.wav", "1", "more"],
    ];
    looks_after_its_user(&example, &greeting, &["greeting.wav"]);
    let source = std::fs::read_to_string(include_directory().join("../examples/c/ivr.c")).expect("a file");
    assert!(source.lines().count() <= 90, "{} lines", source.lines().count());
}

#[test]
fn the_cpp_example_runs_on_the_shared_library() {
    let example = build("cpp/ivr.cpp", "c++", "-std=c++17", true);
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
    looks_after_its_user(&example, &wrong, &[]);
}

/// The recordings there are now.
fn recordings(example: &Example) -> usize {
    let files = std::fs::read_dir(&example.directory.0).expect("a directory");
    let name = |file: std::io::Result<std::fs::DirEntry>| file.expect("an entry").file_name();
    files.map(name).filter(|name| name.to_string_lossy().starts_with("call-")).count()
}

/// A run has taken so many calls from the answer into the conference to their end, and recorded them.
#[track_caller]
fn took_calls(example: &Example, output: &Output, calls: usize) {
    let (out, problems) = (text(&output.stdout), text(&output.stderr));
    assert_eq!((output.status.code(), problems.as_str()), (Some(0), ""), "{out}");
    assert_eq!(out.lines().filter(|line| line.ends_with(" 12")).count(), calls, "digits of each: {out}");
    assert_eq!(recordings(example), calls);
}

#[test]
fn the_c_example_takes_three_calls_into_its_conference() {
    for shared in [true, false] {
        let example = build("c/ivr.c", "cc", "-std=c11", shared);
        took_calls(&example, &example.run(&["three.toml", "greeting.wav", "3"]), 3);
    }
}

#[test]
fn the_cpp_example_takes_three_calls_into_its_conference() {
    let example = build("cpp/ivr.cpp", "c++", "-std=c++17", true);
    let output = example.run(&["--calls", "3", "three.toml"]);
    took_calls(&example, &output, 3);
    assert!(text(&output.stdout).contains("3 calls offered, 3 answered, 3 cleared"));
}

#[test]
fn the_cpp_header_reads_lists_and_buffers_and_tells_what_is_not_there() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpp/methods.cpp");
    let example = Example::compile("c++", &["-std=c++17"], &[source], true);
    std::fs::write(example.directory.0.join("two.toml"), common::isdn::TWO_ENDS).expect("written");
    let output = example.run(&["two.toml"]);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}

#[test]
fn the_c_examples_leak_nothing_over_calls() {
    let example = build("c/ivr.c", "cc", "-std=c11", true);
    took_calls(&example, &example.under_valgrind(&["one.toml", "greeting.wav", "1"]), 1);
    for source in ["c/conference.c", "c/pri.c"] {
        let output = build(source, "cc", "-std=c11", true).under_valgrind(&[]);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{source}");
    }
}

#[test]
fn an_interrupt_ends_the_c_example_cleanly() {
    let example = build("c/ivr.c", "cc", "-std=c17", true);
    let configuration = CONFIGURATION.replace("lockstep", "threads");
    std::fs::write(example.directory.0.join("engine.toml"), configuration).expect("written");
    let mut child = Command::new(&example.program)
        .args(["engine.toml", "greeting.wav"])
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
    assert!(line.contains(SPAN_DEFECTS), "{line}");
    // SAFETY: no pointers are passed; the child has not been waited for, so that its number is its own.
    assert_eq!(unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGINT) }, 0);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

/// The number of the event in what the C example prints.
const SPAN_DEFECTS: &str = "event 8 ";

const FOUND: &str = "errors found of 25 put in, 0 losses";

#[test]
fn the_card_in_c_carries_a_line_test_and_is_released() {
    for shared in [true, false] {
        let example = build("c/card.c", "cc", "-std=c11", shared);
        for arguments in [&[][..], &["3"], &["1", "granule = 16"], &["1", "granule = 1"]] {
            let output = example.run(arguments);
            let (out, problems) = (text(&output.stdout), text(&output.stderr));
            assert_eq!((output.status.code(), problems.as_str()), (Some(0), ""), "{out}");
            assert!(out.contains(&format!("25 {FOUND}")) && out.ends_with("card released\n"), "{out}");
        }
    }
    let source = std::fs::read_to_string(include_directory().join("../examples/c/card.c")).expect("a file");
    assert!(source.lines().count() <= 150, "{} lines", source.lines().count());
}

#[test]
fn the_isdn_example_dials_digit_by_digit_and_writes_what_its_d_channel_carried() {
    for (standard, compiler, shared) in [("-std=c11", "cc", true), ("-std=c11", "cc", false)] {
        let example = build("c/pri.c", compiler, standard, shared);
        for number in [&[][..], &["1"], &["0123456789"]] {
            let output = example.run(&[number, &[][..]].concat());
            let (out, problems) = (text(&output.stdout), text(&output.stderr));
            assert_eq!((output.status.code(), problems.as_str()), (Some(0), ""), "{out}");
            let called = number.first().unwrap_or(&"4711");
            let offered = format!("network: a call to {called} from somebody who does not want to be shown");
            let lines: Vec<&str> = out.lines().collect();
            assert_eq!(lines[..3], [offered.as_str(), "user: it rings", "both: answered"], "{out}");
            assert_eq!(lines[3..].len(), 2, "{out}");
            assert!(lines[3..].iter().all(|line| line.ends_with("cleared with cause 16")), "{out}");
        }
        let output = example.run(&["4711", "trace.pcap"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let capture = std::fs::read(example.directory.0.join("trace.pcap")).expect("written");
        assert!(capture.starts_with(&[0xd4, 0xc3, 0xb2, 0xa1]) && capture.len() > 300);
        for arguments in [&["x"][..], &[""], &["1", "2", "3"]] {
            let output = example.run(arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            assert!(text(&output.stderr).contains("usage: pri "), "{arguments:?}");
        }
        assert_eq!(example.run(&["4711", "no/such/folder.pcap"]).status.code(), Some(1));
        assert_eq!(example.run(&["--help"]).status.code(), Some(0));
    }
    let source = std::fs::read_to_string(include_directory().join("../examples/c/pri.c")).expect("a file");
    assert!(source.lines().count() <= 150, "{} lines", source.lines().count());
}

#[test]
fn the_card_in_c_explains_wrong_arguments_and_refuses_wrong_options() {
    let example = build("c/card.c", "cc", "-std=c17", true);
    let help = example.run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).starts_with("usage: card "));
    let wrong: [&[&str]; 5] = [&["0"], &["two"], &["-1"], &["3601"], &["1", "", "more"]];
    for arguments in wrong {
        let output = example.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("usage: card "), "{arguments:?}");
    }
    for (options, problem) in [
        ("granule = 300", "the only option is granule"),
        ("granule = 8, zone = 1", "the only option is granule"),
        ("granule = 3", "must be a multiple of 3"),
        ("granule = ", "TOML"),
    ] {
        let output = example.run(&["1", options]);
        assert_eq!(output.status.code(), Some(1), "{options}");
        assert!(text(&output.stderr).contains(problem), "{options}: {}", text(&output.stderr));
    }
}

#[test]
fn the_cpp_owners_of_lines_do_what_the_c_functions_do() {
    let example = build("../crates/capi/tests/lines.cpp", "c++", "-std=c++17", true);
    let output = example.run(&[]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    assert_eq!(text(&output.stdout), "3 errors\nUNSUPPORTED\nARGUMENT\nreleased\n");
}

#[test]
fn the_cpp_header_needs_no_exceptions() {
    let source = example_source("../crates/capi/tests/no_exceptions.cpp");
    let options = ["-std=c++17", "-fno-exceptions", "-fno-rtti"];
    let example = Example::compile("c++", &options, &[source], true);
    let output = example.run(&[]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn the_card_in_c_leaks_nothing() {
    let example = build("c/card.c", "cc", "-std=c11", true);
    let output = example.under_valgrind(&["1"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

/// Who hears whom, step by step.
const SUPERVISED: &str = "\
the supervisor listens
  customer   is heard by agent at -10 dBm0 supervisor at -10 dBm0
  agent      is heard by customer at -10 dBm0 supervisor at -10 dBm0
  supervisor is heard by nobody
the supervisor whispers to the agent
  customer   is heard by agent at -10 dBm0 supervisor at -10 dBm0
  agent      is heard by customer at -10 dBm0 supervisor at -10 dBm0
  supervisor is heard by agent at -16 dBm0
the supervisor joins in
  customer   is heard by agent at -10 dBm0 supervisor at -10 dBm0
  agent      is heard by customer at -10 dBm0 supervisor at -10 dBm0
  supervisor is heard by customer at -10 dBm0 agent at -10 dBm0
";

#[test]
fn the_conference_example_shows_whom_a_supervisor_hears_and_who_hears_the_supervisor() {
    for (compiler, standard, shared) in [("cc", "-std=c11", true), ("cc", "-std=c11", false)] {
        let example = build("c/conference.c", compiler, standard, shared);
        let output = example.run(&[]);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
        assert_eq!(text(&output.stdout), SUPERVISED);
        assert_eq!(example.run(&["--help"]).status.code(), Some(0));
        assert_eq!(example.run(&["what"]).status.code(), Some(2));
    }
    let source =
        std::fs::read_to_string(include_directory().join("../examples/c/conference.c")).expect("a file");
    assert!(source.lines().count() < 150, "{} lines", source.lines().count());
}

#[test]
fn the_c_examples_are_cpp_as_well_and_clean_under_the_sanitizers() {
    let mut ways = vec![("c++", &["-std=c++17", "-x", "c++"][..])];
    match has_sanitizers() {
        true => ways.push(("cc", &["-std=c11", "-fsanitize=address,undefined"])),
        false => println!("the C compiler has no address sanitizer: not run under it"),
    }
    for (compiler, options) in ways {
        let example = build_with("c/ivr.c", compiler, options, true);
        took_calls(&example, &example.run(&["three.toml", "greeting.wav", "3"]), 3);
        for source in ["c/card.c", "c/conference.c", "c/pri.c"] {
            let output = build_with(source, compiler, options, true).run(&[]);
            let problems = text(&output.stderr);
            assert_eq!((output.status.code(), problems.as_str()), (Some(0), ""), "{source}");
        }
    }
}
