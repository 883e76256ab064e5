//! Runs the tool as a person does, and holds it to its promises about status and complaints.
#![allow(dead_code)]
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tandem_testkit::e1::Sender;
use tandem_testkit::{Rng, octets_of};

/// What a run gave.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("text")
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}

/// Runs `tandem` with these words, separated by blanks, and this standard input.
pub(crate) fn run_with(words: &str, input: &[u8]) -> Ran {
    run_words(&words.split_whitespace().collect::<Vec<_>>(), input)
}

pub(crate) fn run_words(words: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tandem"))
        .args(words)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let output = std::thread::scope(|scope| {
        // It may stop reading early.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().expect("the tool ends")
    });
    let stderr = String::from_utf8(output.stderr).expect("text");
    let status = output.status.code().unwrap_or(-1);
    Ran { status, stdout: output.stdout, stderr }
}

/// Runs what must succeed, silently on standard error.
pub(crate) fn good(words: &str) -> Ran {
    good_with(words, &[])
}

pub(crate) fn good_with(words: &str, input: &[u8]) -> Ran {
    let ran = run_with(words, input);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{words}");
    ran
}

/// Runs what must be refused with status 2 and one line, and gives the line.
pub(crate) fn refused(words: &str) -> String {
    refused_with(words, &[])
}

pub(crate) fn refused_with(words: &str, input: &[u8]) -> String {
    let ran = run_with(words, input);
    assert_eq!(ran.status, 2, "{words}: {}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1, "{words}: {}", ran.stderr);
    assert!(ran.stderr.starts_with("tandem: ") && ran.stderr.ends_with('\n'), "{words}: {}", ran.stderr);
    ran.stderr.trim_end().to_owned()
}

/// The name of a file of this test alone, in the directory that the tool runs in.
pub(crate) fn file(name: &str, octets: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, octets).expect("written");
    path
}

pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)).expect("read")
}

/// So many frames of a sender, its timeslots random.
pub(crate) fn sent(sender: &mut Sender, rng: &mut Rng, frames: usize) -> Vec<bool> {
    (0..frames).flat_map(|_| sender.frame(&rng.frame())).collect()
}

/// Bits as a capture; what does not fill an octet is left out.
pub(crate) fn packed(bits: &[bool]) -> Vec<u8> {
    octets_of(bits)
}

/// Symbols as a capture.
pub(crate) fn symbols(symbols: &[i8]) -> Vec<u8> {
    symbols.iter().map(|symbol| if *symbol < 0 { 2 } else { *symbol as u8 }).collect()
}

/// A WAV file written from the description of the format.
pub(crate) fn wav(tag: u16, octets_a_sample: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
    let frame = octets_a_sample.wrapping_mul(channels);
    let mut out = b"RIFF".to_vec();
    out.extend((data.len() as u32 + 36).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0");
    out.extend(tag.to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend(rate.wrapping_mul(frame.into()).to_le_bytes());
    out.extend(frame.to_le_bytes());
    out.extend((octets_a_sample * 8).to_le_bytes());
    out.extend(b"data");
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out
}
