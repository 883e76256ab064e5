//! What the tests of the C interface share. They call the library as a C program does, through the bindings.
#![allow(dead_code, unreachable_pub)] // each test file uses its part
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows

pub mod caller;
pub mod example;
pub mod header;
pub mod host_card;
pub mod isdn;

use std::ffi::{CStr, CString, c_char};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use tandem_bindings::*;

// The bindings name the symbols; this brings them.
extern crate tandem as _;

pub const LOCKSTEP: &str = "[engine]\nmode = \"lockstep\"\n";

/// Two spans in virtual time without signalling: their channels are the host's at any time.
pub const BARE: &str = "[engine]\nmode = \"lockstep\"\n\
    [[card]]\nmodel = \"loop\"\noptions = { pair = \"a\", spans = 2 }\n\
    [[span]]\nport = 0\nsignalling = \"none\"\n[[span]]\nport = 1\nsignalling = \"none\"\n";

pub fn problem() -> String {
    text_at(unsafe { tandem_problem() })
}

/// A string of the library.
pub fn text_at(text: *const c_char) -> String {
    assert!(!text.is_null());
    unsafe { CStr::from_ptr(text) }.to_str().expect("UTF-8").to_owned()
}

pub fn c(text: &str) -> CString {
    CString::new(text).expect("no zero octet")
}

/// Fails with the problem unless a call went well.
#[track_caller]
pub fn ok(result: i32) {
    assert_eq!(result, TANDEM_OK, "{}", problem());
}

#[track_caller]
pub fn open(configuration: &str) -> u64 {
    let mut engine = 0;
    ok(unsafe { tandem_engine_open(c(configuration).as_ptr(), &mut engine) });
    assert_eq!(engine >> 56, 1, "a handle of kind 1");
    engine
}

/// A structure of zeros that knows its size.
pub fn sized<T: Copy>() -> T {
    let mut value = std::mem::MaybeUninit::<T>::zeroed();
    // Every structure of the header begins with its size and takes zeros.
    unsafe {
        value.as_mut_ptr().cast::<u32>().write(size_of::<T>() as u32);
        value.assume_init()
    }
}

/// The next event, in at most so many milliseconds.
pub fn wait(engine: u64, timeout_ms: i64) -> Result<tandem_event, i32> {
    let mut event = sized::<tandem_event>();
    match unsafe { tandem_event_wait(engine, timeout_ms, &mut event) } {
        TANDEM_OK => Ok(event),
        code => Err(code),
    }
}

/// The next event of a type; others are passed over.
#[track_caller]
pub fn wait_for(engine: u64, kind: u32) -> tandem_event {
    loop {
        let event = wait(engine, 20_000).unwrap_or_else(|code| panic!("no event {kind}: {code}"));
        if event.type_ == kind {
            return event;
        }
    }
}

pub fn text_of(event: &tandem_event) -> String {
    text_at(event.text.as_ptr())
}

pub fn channel(engine: u64, index: u32, timeslot: u32) -> u64 {
    let mut channel = 0;
    ok(unsafe { tandem_channel_find(engine, index, timeslot, &mut channel) });
    channel
}

/// A fresh directory that goes with its owner.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let path = path.join(format!("{name}-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A mono 16-bit WAV file at 8 kHz.
pub fn write_wav(path: &str, samples: &[i16]) {
    let length = samples.len() as u32 * 2;
    let mut octets = Vec::new();
    octets.extend(b"RIFF");
    octets.extend((36 + length).to_le_bytes());
    octets.extend(b"WAVEfmt ");
    octets.extend(16_u32.to_le_bytes());
    octets.extend([1, 0, 1, 0]);
    octets.extend(8000_u32.to_le_bytes());
    octets.extend(16000_u32.to_le_bytes());
    octets.extend([2, 0, 16, 0]);
    octets.extend(b"data");
    octets.extend(length.to_le_bytes());
    octets.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    std::fs::write(path, octets).expect("a WAV file");
}
