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

/// Octets of the process that are resident in memory, as the kernel counts them.
pub fn resident_bytes() -> io::Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm.split_whitespace().nth(1).and_then(|field| field.parse::<u64>().ok());
    // SAFETY: no pointers are passed.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages
        .map(|pages| pages * page as u64)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "/proc/self/statm has no second field"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_at_least_a_page() {
        assert!(resident_bytes().expect("/proc is mounted") >= 4096);
    }
}
