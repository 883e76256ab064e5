//! Messages of the library on their way to the host's log function. Without one, nothing is written anywhere.
#![allow(unsafe_code)] // the exported name, the host's function and its context
#![allow(clippy::missing_safety_doc)] // the one promise of hosts is in the crate's documentation

use crate::card_functions::inside;
use crate::result::{Code, Failure, c_string, entry};
use crate::types::log_number;
use log::{LevelFilter, Log, Metadata, Record};
use std::ffi::{c_char, c_void};
use std::sync::{OnceLock, PoisonError, RwLock};

/// `tandem_log_function`, which may be NULL.
pub type LogFunction = Option<unsafe extern "C" fn(context: *mut c_void, level: u32, message: *const c_char)>;

/// Sets the log function of the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tandem_log_set(function: LogFunction, context: *mut c_void, level: u32) -> i32 {
    entry(|| {
        let Some(function) = function else {
            if INSTALLED.get() == Some(&true) {
                log::set_max_level(LevelFilter::Off);
            }
            set_target(None);
            return Ok(());
        };
        let filter = match level {
            1 => LevelFilter::Error,
            2 => LevelFilter::Warn,
            3 => LevelFilter::Info,
            4 => LevelFilter::Debug,
            _ => return Err(Failure::argument(format!("level: there is no level {level}"))),
        };
        if !install() {
            return Err(Failure::new(
                Code::State,
                "this process has a logger already, which is not Tandem's",
            ));
        }
        set_target(Some(Target { function, context }));
        log::set_max_level(filter);
        Ok(())
    })
}

/// Installs this library's logger in the process, unless there is another; tells whether it is there.
fn install() -> bool {
    *INSTALLED.get_or_init(|| log::set_logger(&ToHost).is_ok())
}

fn set_target(target: Option<Target>) {
    *TARGET.write().unwrap_or_else(PoisonError::into_inner) = target;
}

/// Where messages go.
#[derive(Clone, Copy)]
struct Target {
    function: unsafe extern "C" fn(*mut c_void, u32, *const c_char),
    context: *mut c_void,
}

// SAFETY: the header says that the function is called from the engine's threads; the context is only handed
// on, never followed here.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

/// Whether the process took this library's logger, once it has been asked to.
static INSTALLED: OnceLock<bool> = OnceLock::new();
static TARGET: RwLock<Option<Target>> = RwLock::new(None);

struct ToHost;

impl Log for ToHost {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        let Some(level) = log_number(record.level()) else { return };
        // Copied, so that no lock is held while the host's function runs.
        let Some(target) = *TARGET.read().unwrap_or_else(PoisonError::into_inner) else { return };
        let message = c_string(&record.args().to_string());
        // SAFETY: the host's promise on setting the function; the message outlives the call.
        inside(|| unsafe { (target.function)(target.context, level, message.as_ptr()) });
    }

    fn flush(&self) {}
}
