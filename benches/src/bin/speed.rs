//! Prints the speed table: ours in each instruction set, spandsp and plain C in the same run, and instructions a sample.
//!
//!   speed                        the table
//!   speed WORK                   one row of it
//!   speed WORK SET SECONDS       one work by itself, for counting its instructions
use std::path::Path;
use std::process::{Command, ExitCode};
use tandem_benches::peer::Peer;
use tandem_benches::signal::channel_samples;
use tandem_benches::speed::{Cost, WORKS, Work};
use tandem_dsp::arch::InstructionSet;
use tandem_types::Law;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ran = match arguments.as_slice() {
        [] => {
            table(&WORKS.each_ref());
            true
        }
        [work] => {
            let row: Vec<&Work> = WORKS.iter().filter(|own| own.name == work).collect();
            table(&row);
            !row.is_empty()
        }
        [work, set, seconds] => run_alone(work, set, seconds).is_some(),
        _ => false,
    };
    if ran { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

fn run_alone(work: &str, set: &str, seconds: &str) -> Option<Cost> {
    let work = WORKS.iter().find(|own| own.name == work)?;
    let set = InstructionSet::all().find(|own| own.to_string() == set)?;
    Some(work.run(set, seconds.parse().ok()?))
}

fn table(works: &[&Work]) {
    let samples = std::env::temp_dir().join(format!("tandem-speed-{}.raw", std::process::id()));
    let octets: Vec<u8> = channel_samples(Law::A).into_iter().flat_map(i16::to_le_bytes).collect();
    std::fs::write(&samples, octets).expect("a temporary file");
    let vectors = ["-O3", "-march=x86-64-v3"];
    let plain = Peer::build("speed.c", &vectors).or_else(|| Peer::build("speed.c", &["-O3"]));
    let spandsp = Peer::build("speed.c", &[vectors[0], vectors[1], "-DSPANDSP", "-lspandsp"]);
    let speexdsp = Peer::build("speed.c", &[vectors[0], vectors[1], "-DSPEEXDSP", "-lspeexdsp"]);
    let counter = Command::new("valgrind").arg("--version").output().is_ok();
    println!("ns a sample of a channel, and in brackets instructions; the least of {ROUNDS} rounds\n");
    print!("| work |");
    InstructionSet::all().for_each(|set| print!(" {set} |"));
    println!(" goals | spandsp | speexdsp | plain C | best of ours against them |");
    println!("| --- |{}", " ---: |".repeat(InstructionSet::all().count() + 5));
    for work in works {
        row(work, [spandsp.as_ref(), speexdsp.as_ref(), plain.as_ref()], &samples, counter);
    }
    let _ = std::fs::remove_file(&samples);
    if spandsp.is_none() {
        println!("spandsp: not measured, because libspandsp-dev is not installed");
    }
    if speexdsp.is_none() {
        println!("speexdsp: not measured, because libspeexdsp-dev is not installed");
    }
    if plain.is_none() {
        println!("plain C: not measured, because there is no C compiler");
    }
    if !counter {
        println!("instructions: not counted, because valgrind is not installed");
    }
    for (name, there) in [("avx2", 2), ("avx512", 3)] {
        if InstructionSet::all().count() < there {
            println!("{name}: not measured, because this machine or compiler does not have it");
        }
    }
    println!("Instructions of avx512 are not counted: valgrind does not know them.");
}

fn row(work: &Work, peers: [Option<&Peer>; 3], samples: &Path, counter: bool) {
    // All take turns, so that what else runs on the machine hits all alike.
    let mut ours = vec![f64::MAX; InstructionSet::all().count()];
    let mut theirs = [f64::MAX; 3];
    let programs = [0, 1, 2].map(|n| peers[n].zip(work.peers[n]));
    for _ in 0..ROUNDS {
        for (least, set) in ours.iter_mut().zip(InstructionSet::all()) {
            *least = least.min(work.run(set, SECONDS).a_sample());
        }
        for (least, program) in theirs.iter_mut().zip(programs) {
            if let Some((peer, name)) = program {
                let time = peer.nanoseconds(&peer_arguments(name, PEER_SECONDS, samples));
                *least = least.min(time as f64 / (PEER_SECONDS * 8000) as f64);
            }
        }
    }
    print!("| {} |", work.title);
    for (least, set) in ours.iter().zip(InstructionSet::all()) {
        let count = (counter && set.to_string() != "avx512").then(|| count_ours(work, set)).flatten();
        print!(" {} |", cell(*least, count));
    }
    match work.goals {
        Some([avx2, avx512]) if avx2 == avx512 => print!(" {avx2} |"),
        Some([avx2, avx512]) => print!(" {avx2}, {avx512} |"),
        None => print!(" |"),
    }
    for (least, program) in theirs.iter().zip(programs) {
        let Some((peer, name)) = program else {
            print!(" |");
            continue;
        };
        let count = counter.then(|| count_peer(peer, name, samples)).flatten();
        print!(" {} |", cell(*least, count));
    }
    let best = ours.into_iter().fold(f64::MAX, f64::min);
    let ratios = theirs.iter().filter(|least| **least < f64::MAX).map(|least| format!("{:.1}", least / best));
    println!(" {} |", ratios.collect::<Vec<_>>().join(", "));
}

fn cell(nanoseconds: f64, instructions: Option<f64>) -> String {
    let count = instructions.map_or_else(String::new, |count| format!(" ({count:.1})"));
    format!("{nanoseconds:.2}{count}")
}

fn peer_arguments(name: &str, seconds: u64, samples: &Path) -> [String; 3] {
    [name.into(), seconds.to_string(), samples.to_string_lossy().into_owned()]
}

/// Instructions a sample: what a longer run takes more than a shorter.
fn count_ours(work: &Work, set: InstructionSet) -> Option<f64> {
    let program = std::env::current_exe().ok()?;
    let run = |seconds: u64| {
        let mut command = Command::new("valgrind");
        command.args(COUNTING).arg(&program).args([work.name, &set.to_string(), &seconds.to_string()]);
        counted(command)
    };
    Some((run(3)? - run(1)?) / work.run(set, 2).samples as f64)
}

fn count_peer(peer: &Peer, name: &str, samples: &Path) -> Option<f64> {
    let run = |seconds: u64| {
        let mut command = Command::new("valgrind");
        command.args(COUNTING).arg(peer.command().get_program()).args(peer_arguments(name, seconds, samples));
        counted(command)
    };
    Some((run(3)? - run(1)?) / 16_000.0)
}

fn counted(mut command: Command) -> Option<f64> {
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("Collected : "))?;
    line.rsplit(' ').next()?.parse().ok()
}

const COUNTING: [&str; 2] = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
const ROUNDS: u32 = 15;
/// A second of ours is a second of up to 32 channels.
const SECONDS: u64 = 4;
const PEER_SECONDS: u64 = 20;
