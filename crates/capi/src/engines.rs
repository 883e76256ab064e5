//! The engines that are open in this process, by handle.
//!
//! The table is locked for looking up only, never during a call, so that an engine can be closed while other
//! threads wait for its events.
use crate::result::{Code, Failure};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use tandem_engine::config::Mode;
use tandem_engine::{Engine, EngineError, Event};
use tandem_rt::sys::on_fork;
use tandem_types::{FrameTime, Frames, Handle, HandleKind};

/// An engine that a handle names.
pub(crate) struct Open {
    pub(crate) engine: Engine,
    /// Somebody has begun to close it.
    closing: AtomicBool,
    /// It has been closed.
    closed: Mutex<bool>,
    on_closed: Condvar,
}

impl Open {
    fn new(engine: Engine) -> Self {
        Self { engine, closing: AtomicBool::new(false), closed: Mutex::new(false), on_closed: Condvar::new() }
    }

    /// What comes next, waiting for it for at most `timeout`: `next` is asked for so long at a time.
    pub(crate) fn wait(
        &self,
        timeout: Option<Frames>,
        next: impl Fn(Frames) -> Result<Option<Event>, EngineError>,
    ) -> Result<Event, Failure> {
        let lockstep = self.is_lockstep();
        let mut left = timeout;
        loop {
            let slice = left.map_or(self.slice(), |left| left.min(self.slice()));
            if let Some(event) = next(slice)? {
                return Ok(event);
            }
            if self.is_closing() {
                if lockstep {
                    // Closing lets time pass itself; it must not be kept from it.
                    self.wait_until_closed();
                    return next(Frames(0))?.ok_or_else(|| Code::Closed.into());
                }
                if self.engine.statistics().is_err() {
                    return Err(Code::Closed.into());
                }
            }
            left = left.map(|left| Frames(left.0 - slice.0));
            if left == Some(Frames(0)) {
                return Err(Code::Timeout.into());
            }
        }
    }

    /// The time up to which frames have been worked.
    pub(crate) fn now(&self) -> Result<FrameTime, Failure> {
        if self.engine.is_closed() { Err(Code::Closed.into()) } else { Ok(self.engine.now()) }
    }

    /// Lets virtual time pass.
    pub(crate) fn advance(&self, length: Frames) -> Result<(), Failure> {
        if !self.is_lockstep() {
            let problem = "the engine runs in mode \"threads\", where time passes by itself";
            return Err(Failure::new(Code::State, problem));
        }
        let mut left = length;
        while left.0 > 0 {
            if self.is_closing() {
                return Err(Code::Closed.into());
            }
            let slice = left.min(self.slice());
            self.engine.advance(slice);
            left = Frames(left.0 - slice.0);
        }
        Ok(())
    }

    /// How long to be inside the engine before looking whether it is being closed: whole ticks, so that
    /// slices add up.
    fn slice(&self) -> Frames {
        let most = if self.is_lockstep() { 800 } else { 8000 };
        let tick = self.engine.config().engine.tick_frames as u64;
        Frames(most / tick * tick)
    }

    fn is_lockstep(&self) -> bool {
        self.engine.config().engine.mode == Mode::Lockstep
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    fn wait_until_closed(&self) {
        let closed = lock(&self.closed);
        let closed = self.on_closed.wait_while(closed, |closed| !*closed);
        drop(closed.unwrap_or_else(PoisonError::into_inner));
    }

    /// Closes the engine, unless another thread has begun to.
    fn close(&self) -> Option<Result<(), EngineError>> {
        if self.closing.swap(true, Ordering::AcqRel) {
            return None;
        }
        let closed = self.engine.close();
        *lock(&self.closed) = true;
        self.on_closed.notify_all();
        Some(closed)
    }
}

/// Where the generations of the handles of the next engine begin: each place of an engine has a million of its own, and it is four
/// thousand engines later that they are an engine's again.
pub(crate) fn first_generation() -> Result<u32, Failure> {
    static OPENED: AtomicU32 = AtomicU32::new(0);
    static FORKS: OnceLock<bool> = OnceLock::new();
    if !*FORKS.get_or_init(|| on_fork(in_child).is_ok()) {
        return Err(Failure::new(Code::System, "forks cannot be watched"));
    }
    Ok((OPENED.fetch_add(1, Ordering::Relaxed) << 20).wrapping_add(1))
}

/// Whether this process is the child of one that had engines: their threads are not here, and what they held is held for ever.
pub(crate) fn are_of_parent() -> bool {
    OF_PARENT.load(Ordering::Relaxed)
}

extern "C" fn in_child() {
    OF_PARENT.store(OPEN.load(Ordering::Relaxed) > 0, Ordering::Relaxed);
}

static OF_PARENT: AtomicBool = AtomicBool::new(false);
/// Engines that are open.
static OPEN: AtomicU32 = AtomicU32::new(0);

/// Adds an engine; `None` when there are too many.
pub(crate) fn add(engine: Engine) -> Option<u64> {
    Some(lock(&TABLE).add(Arc::new(Open::new(engine)))?.raw())
}

/// The engine that a host's number names.
pub(crate) fn get(raw: u64) -> Result<Arc<Open>, Failure> {
    lock(&TABLE).get(handle(raw, HandleKind::Engine, "engine")?)
}

/// Closes an engine; its number is stale then.
pub(crate) fn close(raw: u64) -> Result<(), Failure> {
    let open = get(raw)?;
    let closed =
        open.close().ok_or_else(|| Failure::new(Code::Closed, "another thread is closing the engine"))?;
    lock(&TABLE).remove(handle(raw, HandleKind::Engine, "engine")?);
    Ok(closed?)
}

/// What a host's number names, if it can be of that kind.
pub(crate) fn handle(raw: u64, kind: HandleKind, name: &'static str) -> Result<Handle, Failure> {
    let stale = || Failure::new(Code::Stale, format!("{name}: {raw:#x} names nothing"));
    let handle = Handle::from_raw(raw).ok_or_else(stale)?;
    if handle.kind() == kind {
        return Ok(handle);
    }
    let (is, should) = (kind_name(handle.kind()), kind_name(kind));
    Err(Failure::new(Code::Kind, format!("{name}: {raw:#x} names {is}, not {should}")))
}

const fn kind_name(kind: HandleKind) -> &'static str {
    match kind {
        HandleKind::Engine => "an engine",
        HandleKind::Span => "a span",
        HandleKind::Channel => "a channel",
        HandleKind::Bridge => "a bridge",
        HandleKind::Operation => "an operation",
        HandleKind::LineTest => "a line test",
        HandleKind::Queue => "a queue",
        HandleKind::Timer => "a timer",
    }
}

static TABLE: Mutex<Table> = Mutex::new(Table { places: Vec::new(), free: VecDeque::new() });

struct Table {
    places: Vec<Place>,
    free: VecDeque<u32>,
}

struct Place {
    generation: u32,
    open: Option<Arc<Open>>,
}

impl Table {
    fn add(&mut self, open: Arc<Open>) -> Option<Handle> {
        let index = match self.free.pop_front() {
            Some(index) => index,
            None if self.places.len() > Handle::MAX_INDEX as usize => return None,
            None => {
                self.places.push(Place { generation: 1, open: None });
                self.places.len() as u32 - 1
            }
        };
        let place = &mut self.places[index as usize];
        place.open = Some(open);
        OPEN.fetch_add(1, Ordering::Relaxed);
        Some(Handle::new(HandleKind::Engine, index, place.generation))
    }

    fn get(&self, handle: Handle) -> Result<Arc<Open>, Failure> {
        let place = self.places.get(handle.index() as usize);
        let place = place.filter(|place| place.generation == handle.generation());
        let open = place.and_then(|place| place.open.as_ref());
        open.cloned().ok_or_else(|| Failure::new(Code::Stale, "engine: it has been closed, or never was"))
    }

    fn remove(&mut self, handle: Handle) {
        let place = &mut self.places[handle.index() as usize];
        place.generation = place.generation.wrapping_add(1).max(1);
        place.open = None;
        OPEN.fetch_sub(1, Ordering::Relaxed);
        self.free.push_back(handle.index());
    }
}

/// What is behind these locks is whole at every moment, a panic or not.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
