//! Engines: open, close, and virtual time.
#![allow(unsafe_code)] // exported names, and the host's pointers on their way to `pointer`
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::engines::Open;
use crate::event::frames_of_ms;
use crate::pointer::{Out, OutStructure, text};
use crate::result::{Code, Failure, entry};
use crate::types::Changes;
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
        engine.put(open(&read_configuration(&path)?)?);
        Ok(())
    })
}

/// Closes an engine.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_engine_close(engine: u64) -> i32 {
    entry(|| engines::close(engine))
}

/// Has another configuration take effect.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_engine_reload(
    engine: u64,
    configuration: *const c_char,
    drain_ms: i64,
    changes: *mut Changes,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let changes = unsafe { OutStructure::new(changes, "changes")? };
        // SAFETY: the host's promise.
        let configuration = unsafe { text(configuration, "configuration", LONGEST_CONFIGURATION)? };
        let open = engines::get(engine)?;
        changes.put(&reload(&open, &configuration, drain_ms)?);
        Ok(())
    })
}

/// Has another configuration, from a file, take effect.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_engine_reload_file(
    engine: u64,
    path: *const c_char,
    drain_ms: i64,
    changes: *mut Changes,
) -> i32 {
    entry(|| {
        // SAFETY: the host's promise.
        let changes = unsafe { OutStructure::new(changes, "changes")? };
        // SAFETY: the host's promise.
        let path = unsafe { text(path, "path", LONGEST_PATH)? };
        let open = engines::get(engine)?;
        changes.put(&reload(&open, &read_configuration(&path)?, drain_ms)?);
        Ok(())
    })
}

/// Lets virtual time pass.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_engine_advance(engine: u64, frames: u64) -> i32 {
    entry(|| engines::get(engine)?.advance(Frames(frames)))
}

fn parse(configuration: &str) -> Result<Config, Failure> {
    Config::parse(configuration).map_err(|error| Failure::new(Code::Config, error.to_string()))
}

fn reload(open: &Open, configuration: &str, drain_ms: i64) -> Result<Changes, Failure> {
    let drain = frames_of_ms(drain_ms);
    let mut config = parse(configuration)?;
    config.engine.first_generation = open.engine.config().engine.first_generation;
    let told = open.engine.reload(config, drain)?;
    Ok(Changes {
        size: size_of::<Changes>() as u32,
        spans_added: told.spans_added as u32,
        spans_changed: told.spans_changed as u32,
        spans_removed: told.spans_removed as u32,
        calls: told.calls as u32,
        reserved: 0,
    })
}

fn open(configuration: &str) -> Result<u64, Failure> {
    let mut config = parse(configuration)?;
    config.engine.first_generation = engines::first_generation()?;
    let engine = Engine::open(config, &mut factories::for_one_engine())?;
    engines::add(engine).ok_or_else(|| Failure::new(Code::Busy, "too many engines are open"))
}

fn read_configuration(path: &str) -> Result<String, Failure> {
    read_to_end(path).map_err(|error| Failure::new(Code::File, format!("{path}: {error}")))
}

fn read_to_end(path: &str) -> std::io::Result<String> {
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
