//! What a process asks of the kernel for real time. Each request may be refused, and the caller goes on.
#![allow(unsafe_code)]

use std::io;

/// Asks for round-robin-free real-time scheduling (`SCHED_FIFO`) of the calling thread. Where the kernel
/// refuses, the thread stays as it was.
pub fn request_realtime(priority: u8) -> io::Result<()> {
    let parameters = libc::sched_param { sched_priority: i32::from(priority) };
    // SAFETY: `parameters` is a valid sched_param; 0 names the calling thread.
    let result = unsafe {
        libc::sched_setscheduler(0, libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK, &raw const parameters)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Locks all memory of the process. For programs; a library must not do this to its host.
pub fn lock_all_memory() -> io::Result<()> {
    // SAFETY: no pointers are passed.
    let result = unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// From now on this is called in each child that the process forks, by the thread that is left there. Only what a handler of
/// a signal may do is allowed to it.
pub fn on_fork(in_child: extern "C" fn()) -> io::Result<()> {
    let call: unsafe extern "C" fn() = in_child;
    // SAFETY: the function lives as long as the code of the library, which its documentation lets nobody unload.
    let result = unsafe { libc::pthread_atfork(None, None, Some(call)) };
    if result == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(result)) }
}

/// The most octets of the process that have been resident in memory at once, as the kernel counts them.
pub fn peak_resident_bytes() -> io::Result<u64> {
    // SAFETY: the structure holds numbers only, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a structure of the right type that outlives the call.
    let result = unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    if result == 0 { Ok(usage.ru_maxrss as u64 * 1024) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_at_least_a_page() {
        assert!(peak_resident_bytes().expect("always there") >= 4096);
    }
}
