//! libsndfile in a process of its own (`judge.c`), where it and a C compiler are installed.
#![allow(dead_code)] // each test takes what it needs

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Formats of libsndfile: a file without a header, and a WAV file.
pub(crate) const RAW: u32 = 0x4_0000;
pub(crate) const WAV: u32 = 0x1_0000;
/// What is in it.
pub(crate) const IMA: u32 = 0x12;
pub(crate) const GSM: u32 = 0x20;
pub(crate) const VOX: u32 = 0x21;

/// The samples that libsndfile finds in a file; `format` 0 for one with a header.
pub(crate) fn read(path: &Path, format: u32) -> Option<Vec<i16>> {
    let octets = judge(&["read", &format.to_string(), "8000"], path, &[])?;
    Some(octets.as_chunks().0.iter().map(|o| i16::from_le_bytes(*o)).collect())
}

/// A file that libsndfile has written of these samples; `None` if there is no libsndfile.
pub(crate) fn write(name: &str, format: u32, channels: usize, samples: &[i16]) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let octets: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    judge(&["write", &format.to_string(), &channels.to_string()], &path, &octets)?;
    Some(path)
}

fn judge(arguments: &[&str], path: &Path, input: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new(program()?)
        .args(arguments)
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the judge starts");
    let mut stdin = child.stdin.take().expect("piped");
    let output = std::thread::scope(|scope| {
        // A judge that reads a file does not read this.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().expect("the judge ends")
    });
    if output.status.code() == Some(NO_LIBRARY) {
        println!("skipped: libsndfile1 is not installed");
        return None;
    }
    assert!(output.status.success(), "{arguments:?} {path:?}: {}", output.status);
    Some(output.stdout)
}

/// The program, made once a test process.
fn program() -> Option<&'static PathBuf> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(make).as_ref()
}

fn make() -> Option<PathBuf> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sndfile/judge.c");
    // Several test processes make the same program: each its own file.
    let name = format!("sndfile-judge-{}", std::process::id());
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let flags = ["-std=c11", "-O1", "-Wall", "-Wextra", source, "-ldl", "-o"];
    let Ok(output) = Command::new("cc").args(flags).arg(&program).output() else {
        println!("skipped: there is no C compiler");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(program)
}

const NO_LIBRARY: i32 = 2;
