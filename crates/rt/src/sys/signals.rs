//! Signals belong to the process that an engine is in.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

/// Runs something with all signals blocked, and then those that were before: threads that it makes take none, so that a handler
/// of the process never runs on them. What a thread brings upon itself (SIGSEGV, SIGFPE…) is never held back by Linux.
pub fn without_signals<R>(make: impl FnOnce() -> R) -> R {
    struct Before(libc::sigset_t);
    impl Drop for Before {
        fn drop(&mut self) {
            // SAFETY: the set was filled by the call that blocked.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut()) };
        }
    }

    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: the first call fills `all`, which the second reads; that fills `before`, as it cannot fail with SIG_SETMASK and
    // a whole set.
    let _before = unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
        Before(before.assume_init())
    };
    make()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit n-1: signal n is blocked in the calling thread.
    fn blocked() -> u64 {
        let status = std::fs::read_to_string("/proc/thread-self/status").expect("procfs");
        let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).expect("a mask");
        u64::from_str_radix(line.trim(), 16).expect("hexadecimal")
    }

    #[test]
    fn threads_made_inside_take_no_signal_and_their_maker_takes_those_it_took() {
        let before = blocked();
        let made = without_signals(|| std::thread::Builder::new().spawn(blocked)).expect("a thread");
        assert_eq!(blocked(), before);
        let made = made.join().expect("it ends");
        // All but SIGKILL and SIGSTOP, which nobody can block, and the two that the C library keeps for itself.
        assert_eq!(made | 1 << 8 | 1 << 18 | 1 << 31 | 1 << 32, u64::MAX);
        assert_ne!(before, made);
    }
}
