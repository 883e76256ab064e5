//! An allocator that knows the media section: it counts every allocation, and inside a media tick it counts
//! or forbids them. Programs and tests install it with `#[global_allocator]`; the library never does.
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// What happens when memory is allocated or released inside a media tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ViolationPolicy {
    /// It is counted.
    Count = 0,
    /// The process aborts: for tests.
    Abort = 1,
}

/// The system allocator with counters. The counters are process-wide.
#[derive(Debug, Default)]
pub struct GuardedAlloc;

/// What the allocator has counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocReport {
    /// Octets in use now.
    pub in_use: u64,
    /// The most octets ever in use.
    pub peak: u64,
    /// Allocations made inside media ticks.
    pub media_allocations: u64,
    /// Releases made inside media ticks.
    pub media_releases: u64,
}

static POLICY: AtomicU8 = AtomicU8::new(ViolationPolicy::Count as u8);
static IN_USE: AtomicU64 = AtomicU64::new(0);
static PEAK: AtomicU64 = AtomicU64::new(0);
static MEDIA_ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static MEDIA_RELEASES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    // Constant and without destructor, so that reading it inside the allocator allocates nothing.
    static IN_MEDIA_TICK: Cell<bool> = const { Cell::new(false) };
}

/// The time in which this thread runs a media tick; ends when dropped.
#[derive(Debug)]
pub struct MediaSection(());

impl MediaSection {
    pub(crate) fn enter() -> Self {
        IN_MEDIA_TICK.set(true);
        Self(())
    }
}

impl Drop for MediaSection {
    fn drop(&mut self) {
        IN_MEDIA_TICK.set(false);
    }
}

impl GuardedAlloc {
    /// Chooses what a violation does, for the whole process.
    pub fn set_policy(policy: ViolationPolicy) {
        POLICY.store(policy as u8, Ordering::Relaxed);
    }

    /// Reads the counters.
    #[must_use]
    pub fn report() -> AllocReport {
        AllocReport {
            in_use: IN_USE.load(Ordering::Relaxed),
            peak: PEAK.load(Ordering::Relaxed),
            media_allocations: MEDIA_ALLOCATIONS.load(Ordering::Relaxed),
            media_releases: MEDIA_RELEASES.load(Ordering::Relaxed),
        }
    }
}

fn note_violation(counter: &AtomicU64) {
    if IN_MEDIA_TICK.try_with(Cell::get).unwrap_or(false) {
        counter.fetch_add(1, Ordering::Relaxed);
        if POLICY.load(Ordering::Relaxed) == ViolationPolicy::Abort as u8 {
            // The backtrace that an unwinding panic prints would allocate; a core dump tells as much.
            std::process::abort();
        }
    }
}

fn note_growth(octets: usize) {
    let now = IN_USE.fetch_add(octets as u64, Ordering::Relaxed) + octets as u64;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: every call is passed on to `System` with the arguments it came with; the counters around it
// neither allocate nor touch the memory.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for GuardedAlloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note_violation(&MEDIA_ALLOCATIONS);
        note_growth(layout.size());
        // SAFETY: the caller's promises about `layout` are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note_violation(&MEDIA_RELEASES);
        IN_USE.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: `memory` came from `System` through `alloc` above, with this layout.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        note_violation(&MEDIA_ALLOCATIONS);
        IN_USE.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        note_growth(new_size);
        // SAFETY: `memory` came from `System` through `alloc` above, with this layout.
        unsafe { System.realloc(memory, layout, new_size) }
    }
}

#[cfg(test)]
mod tests {
    use crate::MediaLoop;
    use crate::sys::GuardedAlloc;

    #[global_allocator]
    static ALLOCATOR: GuardedAlloc = GuardedAlloc;

    #[test]
    fn an_allocation_inside_a_tick_is_counted_and_one_outside_is_not() {
        let before = GuardedAlloc::report();
        let outside = vec![1_u8; 100];
        let between = GuardedAlloc::report();
        assert_eq!(between.media_allocations, before.media_allocations);
        let inside = MediaLoop::default().run_tick(8, |_| vec![1_u8; 100]);
        let after = GuardedAlloc::report();
        assert_eq!(after.media_allocations, between.media_allocations + 1);
        assert_eq!(after.media_releases, before.media_releases);
        drop((outside, inside));
    }

    #[test]
    fn what_is_released_is_no_longer_in_use() {
        let large = vec![0_u8; 50_000_000];
        let with = GuardedAlloc::report();
        drop(large);
        let without = GuardedAlloc::report();
        assert!(with.in_use >= 50_000_000 && without.in_use < with.in_use);
        assert!(without.peak >= with.in_use);
    }
}
