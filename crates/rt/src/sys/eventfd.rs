//! An eventfd: a wake-up that a thread or a host's event loop can wait for.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// A wake-up counter of the kernel, non-blocking and closed on exec.
#[derive(Debug)]
pub struct EventFd(OwnedFd);

impl EventFd {
    /// Makes one, unsignalled.
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointers are passed.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` was just made and belongs to nobody else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Signals it. Never blocks: a counter that is already full is signalled enough.
    pub fn signal(&self) {
        let one = 1_u64;
        // SAFETY: the buffer is eight octets long, as the call says.
        let _ = unsafe { libc::write(self.0.as_raw_fd(), (&raw const one).cast(), 8) };
    }

    /// Takes all signals back, so that the descriptor is no longer readable.
    pub fn clear(&self) {
        let mut count = 0_u64;
        // SAFETY: the buffer is eight octets long, as the call says.
        let _ = unsafe { libc::read(self.0.as_raw_fd(), (&raw mut count).cast(), 8) };
    }

    /// Waits until it is signalled; `false` when `timeout_ns` went by first. `None` waits without limit.
    #[must_use]
    pub fn wait(&self, timeout_ns: Option<u64>) -> bool {
        let mut poll = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let limit = timeout_ns.map(|ns| libc::timespec {
            tv_sec: (ns / 1_000_000_000) as libc::time_t,
            tv_nsec: (ns % 1_000_000_000) as libc::c_long,
        });
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: one pollfd is passed, `limit` is null or points to a timespec that outlives the call.
        let ready = unsafe { libc::ppoll(&raw mut poll, 1, limit, std::ptr::null()) };
        ready > 0
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_readable_until_cleared() {
        let event = EventFd::new().expect("an eventfd");
        assert!(!event.wait(Some(0)));
        event.signal();
        event.signal();
        assert!(event.wait(None));
        assert!(event.wait(Some(0)));
        event.clear();
        assert!(!event.wait(Some(0)));
    }
}
