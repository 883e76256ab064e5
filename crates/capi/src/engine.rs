//! Engines: open, close, and virtual time.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::pointer::{Out, text};
use crate::result::{Code, Failure, entry};
use crate::{engines, factories};
use std::ffi::c_char;
use std::io::Read;
use tandem_engine::{Config, Engine};
use tandem_types::Frames;

/// Opens an engine from a configuration text and starts it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_engine_open(configuration: *const c_char, engine: *mut u64) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let engine = unsafe { Out::new(engine, "engine")? };
        // SAFETY: the host's promise.
        let configuration = unsafe { text(configuration, "configuration", LONGEST_CONFIGURATION)? };
        engine.put(open(&configuration)?);
        Ok(())
    })
}

/// Opens an engine from a configuration file and starts it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_engine_open_file(path: *const c_char, engine: *mut u64) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let engine = unsafe { Out::new(engine, "engine")? };
        // SAFETY: the host's promise.
        let path = unsafe { text(path, "path", LONGEST_PATH)? };
        let configuration = read_configuration(&path)
            .map_err(|error| Failure::new(Code::File, format!("{path}: {error}")))?;
        engine.put(open(&configuration)?);
        Ok(())
    })
}

/// Closes an engine.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_engine_close(engine: u64) -> i32 {
    entry(|| engines::close(engine))
}

/// Lets virtual time pass.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_engine_advance(engine: u64, frames: u64) -> i32 {
    entry(|| engines::get(engine)?.advance(Frames(frames)))
}

fn open(configuration: &str) -> Result<u64, Failure> {
    let config =
        Config::parse(configuration).map_err(|error| Failure::new(Code::Config, error.to_string()))?;
    let engine = Engine::open(config, &mut factories::for_one_engine())?;
    engines::add(engine).ok_or_else(|| Failure::new(Code::Busy, "too many engines are open"))
}

fn read_configuration(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    let most = LONGEST_CONFIGURATION as u64;
    let read = std::fs::File::open(path)?.take(most + 1).read_to_string(&mut text)? as u64;
    if read > most {
        return Err(std::io::Error::other(format!("longer than {most} octets")));
    }
    Ok(text)
}

const LONGEST_CONFIGURATION: usize = 1 << 20;
/// What Linux takes for a path, less its zero octet.
pub(crate) const LONGEST_PATH: usize = 4095;
