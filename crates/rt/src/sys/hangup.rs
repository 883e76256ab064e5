//! The signal by which a process is asked to read its configuration again.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Takes SIGHUP for the whole process, as a question that is asked now and then and not as an interruption.
#[derive(Debug)]
pub struct Hangups(OwnedFd);

impl Hangups {
    /// From now on the signal waits to be asked for, in this thread and those that it makes: so before it makes any.
    pub fn take() -> io::Result<Self> {
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: the set is made before it is used, and outlives the calls.
        let fd = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGHUP);
            let problem = libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
            if problem != 0 {
                return Err(io::Error::from_raw_os_error(problem));
            }
            libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
        };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` was just made and belongs to nobody else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Whether it has come since this was asked last.
    #[must_use]
    pub fn came(&self) -> bool {
        let mut info = std::mem::MaybeUninit::<libc::signalfd_siginfo>::uninit();
        let length = size_of::<libc::signalfd_siginfo>();
        // SAFETY: the buffer is as long as the call says.
        let read = unsafe { libc::read(self.0.as_raw_fd(), info.as_mut_ptr().cast(), length) };
        read == length as isize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hangup_is_told_once_and_ends_nothing() {
        let hangups = Hangups::take().expect("a signalfd");
        assert!(!hangups.came());
        // SAFETY: raises a signal that this thread has blocked.
        assert_eq!(unsafe { libc::raise(libc::SIGHUP) }, 0);
        assert!(hangups.came());
        assert!(!hangups.came());
    }
}
