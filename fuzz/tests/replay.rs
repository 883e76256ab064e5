//! Every input of every corpus, without a fuzzer: `cargo test --manifest-path fuzz/Cargo.toml`.
use std::path::{Path, PathBuf};
use tandem_fuzz::TARGETS;

fn inputs(target: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = std::fs::read_dir(&directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn every_target_takes_its_whole_corpus() {
    for (name, target) in TARGETS {
        let files = inputs(name);
        assert!(!files.is_empty(), "the corpus of {name} is empty");
        for file in files {
            println!("{name}: {}", file.display());
            target(&std::fs::read(&file).expect("a readable file"));
        }
    }
}

#[test]
fn every_target_takes_short_and_uniform_input() {
    for (name, target) in TARGETS {
        println!("{name}");
        target(&[]);
        for octet in [0x00, 0x55, 0x7f, 0x80, 0xd5, 0xff] {
            [1, 2, 3, 31, 32, 33, 64, 65, 99].into_iter().for_each(|length| target(&vec![octet; length]));
            target(&vec![octet; 4000]);
        }
    }
}
