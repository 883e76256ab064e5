//! Files that one alone may write.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// Takes a file for whoever has it open here, until it is closed, as far as others ask likewise. `false`: somebody else has
/// it. Where the file system knows no locks it is taken.
pub fn lock_alone(file: &File) -> io::Result<bool> {
    // SAFETY: no pointers are passed; the descriptor is open while it is borrowed.
    if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
        return Ok(true);
    }
    match io::Error::last_os_error() {
        error if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        error if matches!(error.raw_os_error(), Some(libc::ENOLCK | libc::ENOSYS | libc::EOPNOTSUPP)) => {
            Ok(true)
        }
        error => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_until_it_is_closed() {
        let path = std::env::temp_dir().join(format!("tandem-lock-{}", std::process::id()));
        let first = File::create(&path).expect("a directory for such files");
        let second = File::open(&path).expect("it is there");
        assert!(lock_alone(&first).expect("a file"));
        assert!(lock_alone(&first).expect("a file"), "one's own");
        assert!(!lock_alone(&second).expect("a file"));
        drop(first);
        assert!(lock_alone(&second).expect("a file"));
        std::fs::remove_file(&path).expect("our own");
    }
}
