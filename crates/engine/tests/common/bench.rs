//! An engine with one span of E&M circuits and scripted callers on them, in virtual time. The media thread's memory is
//! guarded: an allocation or a release inside a tick aborts the test.
use super::callers::{Caller, Callers};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use tandem_engine::{CallId, Engine, EngineError, EventKind};
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_types::{Frames, Handle};

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

pub struct Bench {
    pub engine: Engine,
    callers: Arc<Mutex<Callers>>,
    pub directory: PathBuf,
}

impl Bench {
    pub fn new(name: &str, callers: Vec<Caller>) -> Self {
        Self::made(name, "", "", callers)
    }

    /// With so many players.
    pub fn with_players(name: &str, players: usize, callers: Vec<Caller>) -> Self {
        Self::made(name, "", &format!("[limits]\nplayers = {players}\n"), callers)
    }

    /// With more in the section of recordings.
    pub fn with_recording(name: &str, recording: &str, callers: Vec<Caller>) -> Self {
        Self::made(name, recording, "", callers)
    }

    /// With prompts here, and those of phrases by these languages.
    pub fn with_prompts(name: &str, directory: &Path, phrases: &str, callers: Vec<Caller>) -> Self {
        Self::made(
            name,
            "",
            &format!("[prompts]\ndirectory = {directory:?}\nphrases = {{ {phrases} }}\n"),
            callers,
        )
    }

    fn made(name: &str, recording: &str, sections: &str, callers: Vec<Caller>) -> Self {
        GuardedAlloc::set_policy(ViolationPolicy::Abort);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("a directory");
        let config = format!(
            "[engine]\nmode = \"lockstep\"\n[recording]\ndirectory = {directory:?}\nformat = \"g711\"\n{recording}\n{sections}\
             [[card]]\nmodel = \"loop\"\n[[span]]\nport = 0\nem = {{ digits = 4 }}\n"
        );
        let callers = Arc::new(Mutex::new(Callers(callers)));
        let engine = super::open(&config, 1, 8, &callers).expect("a good configuration");
        Self { engine, callers, directory }
    }

    /// The next event of interest, within ten virtual seconds.
    pub fn event(&self) -> EventKind {
        loop {
            let event = self.engine.event_wait(Some(Frames::from_seconds(10))).expect("an event");
            if !matches!(event.kind, EventKind::Digit { .. } | EventKind::SpanDefects { .. }) {
                return event.kind;
            }
        }
    }

    /// The next event that tells of no sound.
    pub fn event_but_sounds(&self) -> EventKind {
        loop {
            let event = self.event();
            if !matches!(event, EventKind::SoundBegan { .. } | EventKind::SoundEnded { .. }) {
                return event;
            }
        }
    }

    pub fn answer_next(&self) -> (CallId, Handle) {
        let EventKind::CallOffered { call, channel, called } = self.event() else { panic!("no offer") };
        assert_eq!(called, "1234");
        self.engine.call_answer(call).expect("offered");
        assert_eq!(self.event(), EventKind::CallAnswered { call, channel });
        (call, channel)
    }

    pub fn callers(&self) -> MutexGuard<'_, Callers> {
        self.callers.lock().expect("no panic in a script")
    }

    pub fn finish(self) {
        self.engine.close().expect("open until now");
        self.engine.check_conservation().expect("every octet accounted for");
        let totals = self.engine.statistics();
        assert_eq!(totals, Err(EngineError::Closed));
        std::fs::remove_dir_all(&self.directory).expect("our own directory");
    }
}
