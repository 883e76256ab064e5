//! Results: codes, the problem that a thread last ran into, and the guard around every entry point.
#![allow(unsafe_code)] // exported names

#[cfg(feature = "mutation")]
use crate::mutation;
use crate::{card_functions, engines};
use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tandem_card::FactoryError;
use tandem_engine::{EngineError, OpenError};

/// `tandem_result`: codes are never used again for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
#[allow(missing_docs)] // the header says what each means, and so does `sentence`
pub enum Code {
    Ok = 0,
    Null = -1,
    Argument = -2,
    Size = -3,
    Stale = -4,
    Kind = -5,
    NoCall = -6,
    State = -7,
    Busy = -8,
    File = -9,
    Config = -10,
    Card = -11,
    System = -12,
    Timeout = -13,
    Closed = -14,
    Internal = -15,
    Unsupported = -16,
}

impl Code {
    /// All codes, in the order of the header.
    pub const ALL: [Self; 17] = [
        Self::Ok,
        Self::Null,
        Self::Argument,
        Self::Size,
        Self::Stale,
        Self::Kind,
        Self::NoCall,
        Self::State,
        Self::Busy,
        Self::File,
        Self::Config,
        Self::Card,
        Self::System,
        Self::Timeout,
        Self::Closed,
        Self::Internal,
        Self::Unsupported,
    ];

    const fn sentence(self) -> &'static CStr {
        match self {
            Self::Ok => c"done",
            Self::Null => c"a pointer is NULL that must not be",
            Self::Argument => c"an argument is out of range or malformed",
            Self::Size => c"the size field of a structure is too small",
            Self::Stale => c"the handle names something that is gone, or never was",
            Self::Kind => c"the handle names something of another kind",
            Self::NoCall => c"there is no such call, or it is over",
            Self::State => c"not possible in the present state",
            Self::Busy => c"all in use, or the host is behind with its events; try later",
            Self::File => c"a file cannot be read or created",
            Self::Config => c"the configuration is wrong",
            Self::Card => c"a card cannot be opened or used",
            Self::System => c"the operating system refused something",
            Self::Timeout => c"nothing happened in the time given",
            Self::Closed => c"the engine has been closed",
            Self::Internal => c"a defect of the library; please report it",
            Self::Unsupported => c"the card or the signalling that it would take cannot do it",
        }
    }
}

/// Why a call fails.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: Code,
    /// What exactly; when empty, what the code says.
    problem: Cow<'static, str>,
}

impl Failure {
    pub(crate) fn new(code: Code, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { code, problem: problem.into() }
    }

    pub(crate) fn argument(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Argument, problem)
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::new(code, "")
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let code = match &error {
            EngineError::Stale => Code::Stale,
            EngineError::WrongKind => Code::Kind,
            EngineError::NoSuchCall => Code::NoCall,
            EngineError::WrongState(_) => Code::State,
            EngineError::BadArgument(_) => Code::Argument,
            EngineError::Busy(_) => Code::Busy,
            EngineError::File { .. } => Code::File,
            EngineError::Unsupported(_) => Code::Unsupported,
            EngineError::Config(_) => Code::Config,
            EngineError::Closed => Code::Closed,
        };
        Self::new(code, error.to_string())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let code = match &error {
            OpenError::Config(_) | OpenError::UnknownModel { .. } => Code::Config,
            OpenError::Granule { .. } | OpenError::Granules { .. } => Code::Config,
            OpenError::Factory { error: FactoryError::Card(_), .. } | OpenError::Card { .. } => Code::Card,
            OpenError::Factory { .. } => Code::Config,
            OpenError::System(_) => Code::System,
        };
        Self::new(code, error.to_string())
    }
}

/// Runs the body of an entry point: no panic leaves it, and a failure leaves its problem with the thread. Refused to
/// a thread that is in a function of a card of the host's; nothing is allocated then, as it may be the media thread.
pub(crate) fn entry(body: impl FnOnce() -> Result<(), Failure>) -> i32 {
    if card_functions::is_inside() {
        keep(Cow::Borrowed(FROM_INSIDE));
        return Code::State as i32;
    }
    if engines::are_of_parent() {
        keep(Cow::Borrowed(IN_CHILD));
        return Code::State as i32;
    }
    #[cfg(feature = "mutation")]
    let call = mutation::begin(&body);
    #[cfg(feature = "mutation")]
    if call.is_mutant() {
        return Code::Ok as i32;
    }
    // What a panic may leave half done lies behind the engine's own locks and threads; the host is told that
    // the library has a defect.
    let outcome = catch_unwind(AssertUnwindSafe(body));
    let failure = match outcome {
        Ok(Ok(())) => return Code::Ok as i32,
        Ok(Err(failure)) => failure,
        Err(payload) => {
            let problem = format!("a defect of the library: {}", panic_text(&*payload));
            // Dropping a payload may panic in its turn; it is the host's process that must go on.
            std::mem::forget(payload);
            Failure::new(Code::Internal, problem)
        }
    };
    #[cfg(feature = "mutation")]
    call.failed();
    keep_problem(&failure);
    failure.code as i32
}

/// Runs the body of an entry point that cannot fail. `nothing` is what a stub would give.
fn plain<T>(body: impl FnOnce() -> T, nothing: T) -> T {
    #[cfg(feature = "mutation")]
    if mutation::begin(&body).is_mutant() {
        return nothing;
    }
    let _ = nothing;
    body()
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("panic")
}

fn keep_problem(failure: &Failure) {
    keep(if failure.problem.is_empty() {
        Cow::Borrowed(failure.code.sentence())
    } else {
        Cow::Owned(c_string(&failure.problem))
    });
}

fn keep(text: Cow<'static, CStr>) {
    // A thread that is ending has no problem to look up any more.
    let _ = PROBLEM.try_with(|problem| *problem.borrow_mut() = text);
}

/// Text for C. A zero octet inside, which only an escape in a configuration can bring, becomes a space.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

thread_local! {
    static PROBLEM: RefCell<Cow<'static, CStr>> = const { RefCell::new(Cow::Borrowed(c"")) };
}

/// The version of the interface: major << 16 | minor.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_abi_version() -> u32 {
    plain(|| ABI_MAJOR << 16 | ABI_MINOR, 0)
}

/// The version of the library as text.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_version() -> *const c_char {
    plain(|| VERSION.as_ptr(), c"".as_ptr())
}

/// A sentence that explains a result code.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_strerror(result: i32) -> *const c_char {
    let known = || Code::ALL.into_iter().find(|code| *code as i32 == result);
    plain(|| known().map_or(c"no result code of this library", Code::sentence).as_ptr(), c"".as_ptr())
}

/// What this thread's last failed call ran into.
#[unsafe(no_mangle)]
pub extern "C" fn tandem_problem() -> *const c_char {
    // The text stays in its place until the thread's next failure replaces it.
    plain(|| PROBLEM.try_with(|problem| problem.borrow().as_ptr()).unwrap_or(c"".as_ptr()), c"".as_ptr())
}

const FROM_INSIDE: &CStr =
    c"a function that the library called has called back: none may call a function of tandem.h";
const IN_CHILD: &CStr = c"this process was forked from one with an engine, which is the parent's: what it executes may use the library";
const ABI_MAJOR: u32 = 0;
const ABI_MINOR: u32 = 1;
const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn problem() -> String {
        // SAFETY: the text is this thread's own and is not replaced before it has been copied.
        unsafe { CStr::from_ptr(tandem_problem()) }.to_string_lossy().into_owned()
    }

    #[test]
    fn a_panic_becomes_a_code_and_a_problem_with_its_text() {
        assert_eq!(entry(|| panic!("planted {}", 7)), -15);
        assert_eq!(problem(), "a defect of the library: planted 7");
        assert_eq!(entry(|| std::panic::panic_any(7_u8)), -15);
        assert_eq!(problem(), "a defect of the library: panic");
    }

    #[test]
    fn a_problem_is_its_threads_own_and_outlives_success() {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(problem(), "");
                assert_eq!(entry(|| Err(Failure::argument("mine\0 own"))), -2);
                assert_eq!(entry(|| Ok(())), 0);
                scope.spawn(|| assert_eq!(problem(), ""));
                assert_eq!(problem(), "mine  own");
            });
        });
    }

    #[test]
    fn every_code_has_a_sentence_of_its_own() {
        let mut sentences: Vec<&CStr> = Code::ALL.into_iter().map(Code::sentence).collect();
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), Code::ALL.len());
    }
}
