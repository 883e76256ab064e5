//! The larger example hosts in C, with scripted parties at the far ends of their trunks: what these hear, how their calls
//! end, and what is left on disk. Virtual time throughout, but for interrupts of waiting programs.
mod common;

use common::example::{Example, example_source, has_sanitizers, heard, read_wav, text};
use common::header::include_directory;
use common::write_wav;
use std::path::PathBuf;
use std::process::{Output, Stdio};

/// Spans that join the program to the parties, one or two, by ISDN.
fn trunks(spans: usize) -> String {
    let card = format!("[[card]]\nmodel = \"loop\"\noptions = {{ pair = \"line\", spans = {spans} }}\n");
    let span = |card: usize, port: usize, side: &str| {
        format!(
            "[[span]]\ncard = {card}\nport = {port}\nsignalling = \"pri\"\npri = {{ side = \"{side}\" }}\n"
        )
    };
    let near: String = (0..spans).map(|port| span(0, port, "user")).collect();
    let far: String = (0..spans).map(|port| span(1, port, "network")).collect();
    let group = format!("[[group]]\nname = \"out\"\nspans = [{}]\n", spans - 1);
    format!("[engine]\nmode = \"lockstep\"\n{card}{card}{near}{far}{group}")
}

/// A trunk in real time, on which nobody calls.
const QUIET: &str = "[engine]\nmode = \"threads\"\n[[card]]\nmodel = \"sim-bit\"\n\
    options = { cas = false }\n[[span]]\nport = 0\nsignalling = \"pri\"\n\
    [[group]]\nname = \"out\"\nspans = [0]\n";

/// The examples, with the arguments that are not the configuration.
const HOSTS: [(&str, &[&str]); 9] = [
    ("asr", &["greeting.wav"]),
    ("epoll", &[]),
    ("from_r4", &["greeting.wav"]),
    ("from_shp", &["greeting.wav", "out", "1000"]),
    ("outbound", &["out", "1000", "numbers.txt", "greeting.wav"]),
    ("recorder", &["out", "."]),
    ("switch", &["out"]),
    ("tap", &["."]),
    ("voicemail", &["."]),
];

/// An example with what it needs beside it.
fn with_files(example: Example, spans: usize) -> Example {
    let file = |name: &str| example.directory.0.join(name);
    let greeting: Vec<i16> = (0..8000).map(|n| (8000.0 * (f64::from(n) * 0.345_575).sin()) as i16).collect(); // 1 s of 440 Hz
    for name in ["greeting.wav", "greeting-0000.wav"] {
        write_wav(&file(name).display().to_string(), &greeting);
    }
    std::fs::write(file("trunks.toml"), trunks(spans)).expect("written");
    std::fs::write(file("quiet.toml"), QUIET).expect("written");
    std::fs::write(file("one.txt"), "2001\n").expect("written");
    std::fs::write(file("numbers.txt"), "2001\n2002\n2003\n2004\n2005\n").expect("written");
    example
}

fn alone(name: &str, compiler: &str, options: &[&str]) -> Example {
    with_files(Example::compile(compiler, options, &[example_source(&format!("c/{name}.c"))], true), 1)
}

/// How a host is built, and under what it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Under {
    /// Against the static library.
    Nothing,
    /// With those of the compiler.
    Sanitizers,
    Valgrind,
}

/// All of them that there are.
fn everywhere() -> Vec<Under> {
    let sanitizers = has_sanitizers();
    if !sanitizers {
        println!("the C compiler has no address sanitizer: not run under it");
    }
    [Under::Nothing, Under::Sanitizers, Under::Valgrind]
        .into_iter()
        .filter(|under| sanitizers || *under != Under::Sanitizers)
        .collect()
}

/// A host with parties at its far ends, who do what a script says, and what came of it.
struct Run {
    under: Under,
    example: Example,
    output: String,
    /// What happened to the parties.
    log: Vec<String>,
}

impl Run {
    #[track_caller]
    fn new(name: &str, under: Under, spans: usize, script: &str, arguments: &[&str]) -> Self {
        let mut run = Self::compile(name, under, spans);
        run.again(script, arguments);
        run
    }

    #[track_caller]
    fn compile(name: &str, under: Under, spans: usize) -> Self {
        let far_end = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/far_end.c");
        let sources = [example_source(&format!("c/{name}.c")), far_end];
        let sanitizers: &[&str] =
            if under == Under::Sanitizers { &["-fsanitize=address,undefined"] } else { &[] };
        let options = [&["-std=c11", "-Wl,--wrap=tandem_event_wait"], sanitizers].concat();
        let example = with_files(Example::compile("cc", &options, &sources, under != Under::Nothing), spans);
        Self { under, example, output: String::new(), log: Vec::new() }
    }

    /// Runs it, once more, in its directory, to a clean end.
    #[track_caller]
    fn again(&mut self, script: &str, arguments: &[&str]) {
        let output = self.start(script, arguments);
        let (out, problems) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((output.status.code(), problems.as_str()), (Some(0), ""), "{:?}: {out}", self.under);
        let log = std::fs::read_to_string(self.file("log")).expect("a log");
        self.log = log.lines().map(str::to_owned).collect();
        self.output = out;
    }

    fn start(&self, script: &str, arguments: &[&str]) -> Output {
        std::fs::write(self.file("script"), script).expect("written");
        let valgrind = self.under == Under::Valgrind;
        let mut command = if valgrind { self.example.valgrind() } else { self.example.command() };
        command.arg("trunks.toml").args(arguments).env("FAR_END", "script").env("FAR_LOG", "log");
        command.output().expect("runs")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.example.directory.0.join(name)
    }

    /// The stretches in which a party has heard a tone, in tenths of a second.
    fn heard(&self, name: &str, hz: f64) -> Vec<(usize, usize)> {
        heard(&read_wav(&self.file(name))[0], hz)
    }

    #[track_caller]
    fn told(&self, lines: &[&str]) {
        for line in lines {
            assert!(self.log.iter().any(|told| told == line), "{line}: {:?}", self.log);
        }
    }
}

#[test]
fn every_host_is_short_explains_itself_and_builds_as_cpp_too() {
    for (name, arguments) in HOSTS {
        let source = std::fs::read_to_string(example_source(&format!("c/{name}.c"))).expect("a file");
        assert!(source.lines().count() < 150, "{name}: {} lines", source.lines().count());
        for (compiler, options) in [("cc", &["-std=c11"][..]), ("c++", &["-std=c++17", "-x", "c++"])] {
            let example = alone(name, compiler, options);
            let help = example.run(&["--help"]);
            assert_eq!(help.status.code(), Some(0), "{name}");
            assert!(text(&help.stdout).starts_with(&format!("usage: {name} CONFIG.toml")), "{name}");
            let zero = [&["quiet.toml"], arguments, &["0"]].concat();
            let many = [&["quiet.toml"], arguments, &["1", "more"]].concat();
            for wrong in [&[][..], &zero, &many] {
                let output = example.run(wrong);
                assert_eq!(output.status.code(), Some(2), "{name} {wrong:?}");
                assert!(text(&output.stderr).starts_with("usage: "), "{name} {wrong:?}");
            }
            let output = example.run(&[&["missing.toml"], arguments].concat());
            let problems = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{name}");
            assert!(problems.contains("missing.toml: No such file"), "{name}: {problems}");
            assert_eq!(problems.lines().count(), 1, "{name}: {problems}");
        }
    }
}

/// Waits until a process has SIGINT in this mask.
fn wait_for_signal(process: u32, mask: &str) {
    loop {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(mask)).expect("a mask");
        if u64::from_str_radix(line.trim(), 16).expect("hexadecimal") & 2 != 0 {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn an_interrupt_ends_every_host_cleanly() {
    for (name, arguments) in HOSTS {
        let example = alone(name, "cc", &["-std=c11"]);
        let mut command = example.command();
        command.arg("quiet.toml").args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().expect("runs");
        // Handled, or blocked and fetched by a descriptor.
        wait_for_signal(child.id(), if name == "epoll" { "SigBlk:" } else { "SigCgt:" });
        // SAFETY: no pointers are passed; the child has not been waited for, so that its number is its own.
        assert_eq!(unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGINT) }, 0);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{name}");
    }
}

#[test]
fn the_switch_places_calls_on_connects_them_both_ways_and_passes_causes_over() {
    let script = "\
        caller 5550100 wait 500 call 2001 hear caller.wav wait 1000 tone 300 500 stay\n\
        caller 5550101 wait 600 call 2002 stay\n\
        caller 5550102 wait 700 call 9999 stay\n\
        caller 5550103 wait 9000 call 2002 stay\n\
        at 2001 alert wait 1000 answer hear called.wav wait 2000 tone 900 500 wait 500 clear 16\n\
        at 2002 clear 17\n";
    for under in everywhere() {
        let run = Run::new("switch", under, 2, script, &["out", "4"]);
        assert_eq!(run.output, "");
        run.told(&["2001 called by 5550100", "2002 called by 5550101", "9999 called by 5550102"]);
        run.told(&["5550100 alerted", "5550101 cleared 17", "5550102 cleared 1", "5550100 cleared 16"]);
        assert_eq!(run.heard("caller.wav", 900.0), [(20, 25)]);
        assert_eq!(run.heard("called.wav", 300.0), [(10, 15)]);
    }
    let source = std::fs::read_to_string(example_source("c/switch.c")).expect("a file");
    let code = source.lines().skip_while(|line| !line.starts_with('#')).filter(|line| {
        let line = line.trim();
        !(line.is_empty() || line.starts_with('#') || line.starts_with("/*"))
    });
    assert_eq!(code.count(), 60, "lines of code");
}

/// Two messages: one ended by a key, one by silence.
const MESSAGES: &str = "\
    caller 5550100 wait 500 call 2001 wait 3000 say 150 1800 tone 700 2000 wait 200 press # stay\n\
    caller 5550101 wait 20000 call 2001 wait 3000 say 180 540 tone 1200 2000 stay\n";

#[test]
fn the_voicemail_takes_messages_and_plays_them_as_keys_say() {
    let listens = "caller 5550102 wait 500 call 2001 wait 500 press * hear heard.wav wait 1000 press 9 wait 500 press 8 \
        wait 2000 press 8 wait 1500 press 44 wait 9000 press 7 press 0 stay\n";
    for under in everywhere() {
        let mut run = Run::new("voicemail", under, 1, MESSAGES, &[".", "2"]);
        assert_eq!(run.output, "message 1, 5840 ms\nmessage 2, 5650 ms\n");
        let [first, second] = ["message-0001.wav", "message-0002.wav"].map(|name| run.heard(name, 700.0));
        assert_eq!((first.len(), second.len()), (1, 0));
        run.again(listens, &[".", "1"]);
        // On by three seconds into the tone, 700 ms of it, two seconds of rest, and what was left.
        assert_eq!(run.heard("heard.wav", 700.0), [(10, 17), (38, 47)]);
        // Two seconds at half the speed; then back into it, and deleted.
        assert_eq!(run.heard("heard.wav", 1200.0), [(88, 129), (148, 150)]);
        assert_eq!(run.heard("heard.wav", 1000.0), [(151, 153), (154, 156)], "goodbye");
        assert!(run.file("message-0001.wav").exists() && !run.file("message-0002.wav").exists());
    }
}

#[test]
fn an_interrupted_voicemail_keeps_what_was_said_and_writes_over_nothing() {
    let interrupted = "caller 5550100 wait 500 call 2001 wait 3000 tone 600 800 interrupt stay\n";
    for under in everywhere() {
        let mut run = Run::new("voicemail", under, 1, interrupted, &["."]);
        let said = run.heard("new-0001.wav", 600.0);
        assert_eq!(said, [(18, 26)]);
        run.again(interrupted, &["."]);
        assert_eq!(run.heard("new-0002.wav", 600.0), said);
        assert_eq!(run.heard("message-0001.wav", 600.0), said);
    }
}

/// What came of the calls of a campaign.
const CAMPAIGN: &str = "\
2003,1,\"no verdict\",17
2001,1,\"answered, a short greeting, silence after it\",16
2002,1,\"message left\",16
2004,1,\"the time is over\",19
2003,2,\"answered, a short greeting, silence after it\",16
2005,1,\"answered, a long greeting\",16
2004,2,\"the time is over\",19
2004,3,\"the time is over\",19
";

#[test]
fn the_campaign_connects_people_leaves_machines_a_message_and_tries_again() {
    let script = "\
        at 1000 alert wait 300 answer hear agent.wav tone 500 60000 stay\n\
        at 2001 alert wait 500 answer wait 800 say 150 720 hear person.wav wait 3000 tone 900 1000 wait 2000 clear 16\n\
        at 2002 alert wait 500 answer wait 400 say 180 7200 wait 300 tone 1000 400 hear machine.wav stay\n\
        at 2003 clear 17\n\
        at 2003 alert wait 500 answer wait 800 say 150 720 hear second.wav wait 6000 clear 16\n\
        at 2004 alert stay\n\
        at 2005 answer wait 500 say 160 7200 stay\n";
    for under in everywhere() {
        // Valgrind is slow: one person, and no minutes of waiting.
        let numbers = if under == Under::Valgrind { "one.txt" } else { "numbers.txt" };
        let run = Run::new("outbound", under, 1, script, &["out", "1000", numbers, "greeting.wav", "3"]);
        assert_eq!(run.heard("agent.wav", 900.0), [(50, 61)]);
        assert_eq!(run.heard("person.wav", 500.0), [(9, 60)], "the agent, from the verdict to the end");
        if under == Under::Valgrind {
            assert_eq!(run.output, "2001,1,\"answered, a short greeting, silence after it\",16\n");
        } else {
            assert_eq!(run.output, CAMPAIGN);
            assert_eq!(run.heard("machine.wav", 440.0), [(0, 10)], "the message, behind the beep");
        }
    }
}

#[test]
fn the_recorder_writes_both_sides_of_every_call_and_who_they_were() {
    // The last call is interrupted with the program.
    let script = "\
        caller 5550100 wait 500 call 2001 wait 1000 tone 300 500 stay\n\
        caller 5550101 wait 600 call 2002 stay\n\
        caller 5550102 wait 9000 call 2003 tone 300 500 stay\n\
        at 2001 alert wait 1000 answer wait 2000 tone 900 500 wait 500 clear 16\n\
        at 2002 clear 17\n\
        at 2003 answer wait 600 interrupt stay\n";
    for under in everywhere() {
        let run = Run::new("recorder", under, 2, script, &["out", "."]);
        let list = std::fs::read_to_string(run.file("calls.csv")).expect("a list");
        let mut lines = list.lines().map(|line| line.rsplit_once(',').expect("columns"));
        assert_eq!(lines.next().expect("a line").1, "file");
        let expected = [
            ("6,1970-01-01T00:00:00.608+00:00,0.0,0.0,5550101,2002,,17,called,0.0,0.0", vec![]),
            (
                "2,1970-01-01T00:00:00.508+00:00,1.0,3.0,5550100,2001,,16,called,3.0,0.0",
                vec![vec![(10, 15)], vec![(20, 25)]],
            ),
            (
                "10,1970-01-01T00:00:09.008+00:00,0.0,0.6,5550102,2003,,16,called,0.6,0.0",
                vec![vec![(0, 5)], vec![]],
            ),
        ];
        for (told, sides) in expected {
            let (line, file) = lines.next().expect("a line");
            assert_eq!(line, told);
            if sides.is_empty() {
                assert_eq!(file, "");
                continue;
            }
            let channels = read_wav(&run.file(file));
            assert_eq!([heard(&channels[0], 300.0), heard(&channels[1], 900.0)], sides[..], "{line}");
        }
        assert_eq!(lines.next(), None);

        // Where calls must be recorded before they are answered, by the far end too, they are.
        let mut required = run;
        let trunks = trunks(2) + "[recording]\nrequired = true\n";
        std::fs::write(required.file("trunks.toml"), trunks).expect("written");
        std::fs::create_dir(required.file("again")).expect("a directory");
        let recorded =
            "caller 5550100 wait 500 call 2001 stay\nat 2001 hear 2001.wav answer wait 1000 clear 16\n";
        required.again(recorded, &["out", "again", "1"]);
        let list = std::fs::read_to_string(required.file("again/calls.csv")).expect("a list");
        assert!(list.lines().count() == 2 && list.ends_with("-2.wav\n"), "{list}");
    }
}

#[test]
fn the_recogniser_lets_callers_talk_into_its_prompt_and_counts_what_they_say() {
    let script = "\
        caller 5550100 wait 500 call 2001 hear heard.wav wait 400 say 150 540 wait 4000 say 180 900 wait 8000 clear 16\n\
        caller 5550101 wait 700 call 2001 stay\n";
    for under in everywhere() {
        let run = Run::new("asr", under, 1, script, &["greeting.wav", "2"]);
        assert_eq!(run.output, "3 syllables in 1710 ms\n5 syllables in 2060 ms\n0 syllables in 0 ms\n");
        let prompts = run.heard("heard.wav", 440.0);
        assert_eq!(prompts, [(0, 5), (32, 43), (89, 100)], "the first is talked into");
        assert_eq!(run.heard("heard.wav", 500.0).len(), 3 + 5, "a tone for each syllable");
        // The silent caller never clears: without being cleared the run would not have ended.
    }
}

#[test]
fn the_program_from_r4_takes_a_message_into_a_vox_file() {
    let script = "\
        caller 5550100 wait 500 call 2001 wait 300 press 1 wait 1000 say 150 1800 stay\n\
        caller 5550101 wait 700 call 2001 wait 500 press 2 stay\n\
        caller 5550102 wait 20000 call 2001 wait 500 press 1 wait 500 tone 600 1500 clear 16\n";
    for under in everywhere() {
        let run = Run::new("from_r4", under, 1, script, &["greeting.wav", "3"]);
        // 11: silence; 6: the caller has hung up.
        assert_eq!(run.output, "message-2.vox: 5900 ms, reason 11\nmessage-6.vox: 2122 ms, reason 6\n");
        run.told(&["5550101 cleared 16", "5550100 cleared 16"]);
        for (name, octets) in [("message-2.vox", 23_600), ("message-6.vox", 8_488)] {
            let length = std::fs::metadata(run.file(name)).expect("a file").len();
            assert!(length.abs_diff(octets) <= 1, "{name}: {length} octets");
        }
    }
}

#[test]
fn the_program_from_shp_connects_callers_to_an_agent_and_records_both_in_one_channel() {
    let script = "\
        caller 5550100 wait 500 call 2001 wait 300 press 1 hear caller.wav wait 3000 tone 600 1000 wait 2000 clear 16\n\
        caller 5550101 wait 700 call 2001 wait 500 press 2 stay\n\
        at 1000 alert wait 1000 answer hear agent.wav wait 500 tone 900 1000 stay\n";
    for under in everywhere() {
        let run = Run::new("from_shp", under, 1, script, &["greeting.wav", "out", "1000", "3"]);
        assert_eq!(run.heard("caller.wav", 900.0), [(14, 24)]);
        assert_eq!(run.heard("agent.wav", 600.0), [(21, 31)]);
        let recording = read_wav(&run.file("call-2.wav"));
        assert_eq!(recording.len(), 1);
        assert_eq!(heard(&recording[0], 900.0), [(5, 15)]);
        assert_eq!(heard(&recording[0], 600.0), [(21, 31)]);
        run.told(&["5550101 cleared 16", "5550100 cleared 16"]);
    }
}

#[test]
fn the_loop_on_epoll_answers_calls_in_real_time_and_wants_no_other() {
    // The parties go on when something happens, and at no other time.
    let script = "\
        caller 5550100 call 2001 hear heard.wav tone 300 500 clear 16\n\
        caller 5550101 call 2001 tone 300 1500 clear 16\n";
    for under in everywhere() {
        let mut run = Run::compile("epoll", under, 1);
        let refused = run.start(script, &[]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("the mode must be \"threads\""), "{}", text(&refused.stderr));
        if under == Under::Valgrind {
            continue; // too slow for real time
        }
        let real_time = trunks(1).replace("lockstep", "threads");
        std::fs::write(run.file("trunks.toml"), real_time).expect("written");
        run.again(script, &["2"]);
        let tone = run.heard("heard.wav", 1004.0);
        assert!(tone.len() == 1 && tone[0].1 - tone[0].0 >= 4, "{tone:?}");
        run.told(&["5550100 cleared 16"]);
    }
}

#[test]
fn hosts_run_on_the_trunks_that_are_with_them() {
    let trunks = example_source("c/trunks.toml");
    let trunks = trunks.to_str().expect("UTF-8");
    for (name, arguments, calls, line) in [
        ("switch", &["out"][..], "3", ""),
        ("recorder", &["out", "."], "3", ""),
        ("voicemail", &["."], "3", "message 3, "),
        ("from_r4", &["greeting.wav"], "3", "message-2.vox: "),
        ("from_shp", &["greeting.wav", "out", "1000"], "6", ""),
    ] {
        let example = alone(name, "cc", &["-std=c11"]);
        let output = example.run(&[&[trunks], arguments, &[calls]].concat());
        let (out, problems) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((output.status.code(), problems.as_str()), (Some(0), ""), "{name}: {out}");
        assert!(line.is_empty() || out.lines().any(|told| told.starts_with(line)), "{name}: {out}");
        if name == "recorder" {
            let list = std::fs::read_to_string(example.directory.0.join("calls.csv")).expect("a list");
            assert_eq!(list.lines().count(), 1 + 3);
            assert!(list.lines().skip(1).all(|line| line.ends_with(".wav")), "{list}");
        }
    }
}

#[test]
fn the_tap_records_both_directions_of_every_call_of_a_line_that_it_only_listens_to() {
    let configuration = example_source("c/tap.toml");
    for under in everywhere() {
        let sanitizers: &[&str] =
            if under == Under::Sanitizers { &["-fsanitize=address,undefined"] } else { &[] };
        let options = [&["-std=c11"], sanitizers].concat();
        let shared = under != Under::Nothing;
        let example = Example::compile("cc", &options, &[example_source("c/tap.c")], shared);
        let mut command = if under == Under::Valgrind { example.valgrind() } else { example.command() };
        let output = command.arg(&configuration).args([".", "3"]).output().expect("runs");
        let (out, problems) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((output.status.code(), problems.as_str()), (Some(0), ""), "{under:?}: {out}");
        let calls: Vec<Vec<&str>> = out.lines().skip(1).map(|line| line.split(',').collect()).collect();
        assert!(calls.len() >= 3, "{out}");
        let (mut pressed, mut answered) = (0, 0);
        for call in &calls[..3] {
            assert_eq!((call[2], call[4], call[6]), ("network", "2001", "16"), "{out}");
            let talked: f64 = call[5].parse().expect("seconds");
            let sides = read_wav(&example.directory.0.join(format!("call-{}.wav", call[0])));
            assert!(
                talked > 3.0 && (sides[0].len() as f64 / 8000.0 - talked).abs() < 0.2,
                "{talked} s: {out}"
            );
            // Callers press 5, if they do not wait for a prompt, and nobody else does: on the side of the network alone.
            pressed += usize::from(has_tone(&sides[0], 770.0) && has_tone(&sides[0], 1336.0));
            assert!(!has_tone(&sides[1], 770.0) && !has_tone(&sides[1], 1336.0));
            answered += usize::from(has_tone(&sides[1], 180.0));
        }
        assert!(pressed > 0 && answered > 0, "{pressed} press, {answered} speak");
    }
}

/// Whether there are 50 ms of a tone.
fn has_tone(samples: &[i16], hz: f64) -> bool {
    let turn = std::f64::consts::TAU * hz / 8000.0;
    let part = |block: &[i16], of: fn(f64) -> f64| -> f64 {
        block.iter().enumerate().map(|(n, sample)| f64::from(*sample) * of(turn * n as f64)).sum()
    };
    let blocks = (0..samples.len().saturating_sub(400)).step_by(100).map(|at| &samples[at..at + 400]);
    let level = |block: &[i16]| part(block, f64::sin).hypot(part(block, f64::cos)) / 200.0;
    blocks.into_iter().any(|block| level(block) > 1500.0)
}

/// What stands in blocks of C on a page.
fn blocks_of_c(page: &str) -> Vec<&str> {
    page.split("```c\n").skip(1).map(|rest| rest.split_once("```").expect("an end").0).collect()
}

#[test]
fn the_guides_for_porting_name_what_there_is_and_show_what_is_built() {
    let header = std::fs::read_to_string(include_directory().join("tandem.h")).expect("a header");
    let known = |word: &str| {
        header.match_indices(word).any(|(at, _)| {
            !header[at + word.len()..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
        })
    };
    for (guide, program) in [("porting-r4.md", "from_r4"), ("porting-shp-a3.md", "from_shp")] {
        let page = std::fs::read_to_string(include_directory().join("../docs").join(guide)).expect("a page");
        let (today, not_yet) = page.split_once("## Not yet\n").expect("a section");
        assert!(not_yet.lines().filter(|line| line.starts_with("| ")).count() > 3, "{guide}");
        let names = today.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'));
        let ours =
            names.filter(|word| word.to_ascii_lowercase().starts_with("tandem_") && !word.ends_with('_'));
        let mut count = 0;
        for word in ours {
            assert!(known(word), "{guide}: there is no {word}");
            count += 1;
        }
        assert!(count > 60, "{guide}: {count}");
        let source = std::fs::read_to_string(example_source(&format!("c/{program}.c"))).expect("a file");
        let blocks = blocks_of_c(today);
        assert_eq!(blocks.len(), 1, "{guide}");
        for line in blocks[0].lines() {
            assert!(source.lines().any(|there| there.trim() == line.trim()), "{guide}: {line}");
        }
    }
}
