//! The character devices of DAHDI, `/dev/dahdi/*`: requests, reads and writes that do not wait.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// The number of an error, as the kernel and its drivers give it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub i32);

impl Errno {
    /// Not now.
    pub const AGAIN: Self = Self(libc::EAGAIN);
    /// A signal came first.
    pub const INTERRUPTED: Self = Self(libc::EINTR);
    /// The device is no more.
    pub const NO_DEVICE: Self = Self(libc::ENODEV);

    /// That of the last call that failed on this thread.
    pub(super) fn last() -> Self {
        Self(io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        io::Error::from_raw_os_error(self.0).fmt(f)
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Errno({}: {self})", self.0)
    }
}

impl std::error::Error for Errno {}

/// An open device. It is closed when it is dropped.
#[derive(Debug)]
pub struct DahdiFile(OwnedFd);

impl DahdiFile {
    /// Opens a device for both directions.
    pub fn open(path: &CStr) -> Result<Self, Errno> {
        // SAFETY: `path` is a string that ends with a zero and outlives the call.
        let fd = unsafe { libc::open(path.as_ptr(), libc::O_RDWR | libc::O_NONBLOCK | libc::O_CLOEXEC) };
        if fd < 0 {
            return Err(Errno::last());
        }
        // SAFETY: `fd` was just opened and belongs to nobody else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// A request with what it takes and gives. One that reaches further than its own size, or is not DAHDI's, is refused.
    pub fn control(&self, request: u32, data: &mut [u8]) -> Result<i32, Errno> {
        if (request >> 8) as u8 != CODE || !SELF_CONTAINED.contains(&(request as u8)) {
            return Err(Errno(libc::ENOTTY));
        }
        if data.len() < size_of_request(request) {
            return Err(Errno(libc::EFAULT));
        }
        // SAFETY: the driver reads and writes as many octets as the request says, which `data` has, for each of the requests
        // that were let through.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), request as libc::Ioctl, data.as_mut_ptr()) };
        if result < 0 { Err(Errno::last()) } else { Ok(result) }
    }

    /// Reads what is there.
    pub fn read(&self, into: &mut [u8]) -> Result<usize, Errno> {
        // SAFETY: the buffer is as long as is told.
        let count = unsafe { libc::read(self.0.as_raw_fd(), into.as_mut_ptr().cast(), into.len()) };
        usize::try_from(count).map_err(|_| Errno::last())
    }

    /// Writes what there is room for.
    pub fn write(&self, from: &[u8]) -> Result<usize, Errno> {
        // SAFETY: the buffer is as long as is told, and only read.
        let count = unsafe { libc::write(self.0.as_raw_fd(), from.as_ptr().cast(), from.len()) };
        usize::try_from(count).map_err(|_| Errno::last())
    }
}

/// How many octets a request passes, by its own code (`asm-generic/ioctl.h`).
const fn size_of_request(request: u32) -> usize {
    (request >> 16 & 0x3fff) as usize
}

/// DAHDI's group of requests.
const CODE: u8 = 0xda;
/// Requests of that group, by number, whose octets are all that the driver touches: no pointer in them, nothing behind them.
const SELF_CONTAINED: [u8; 18] = [1, 3, 5, 7, 8, 10, 11, 18, 19, 27, 32, 34, 38, 43, 57, 99, 100, 105];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_reaches_further_than_its_octets_is_not_made() {
        let file = DahdiFile::open(c"/dev/null").expect("a device");
        // SPANSTAT with 313 octets for its 314; LOADZONE; INDIRECT; another group's.
        assert_eq!(file.control(0xc13a_da0a, &mut [0; 313]), Err(Errno(libc::EFAULT)));
        for request in [0x4070_da19, 0xc010_da38, 0x8004_5430] {
            assert_eq!(file.control(request, &mut [0; 4096]), Err(Errno(libc::ENOTTY)));
        }
    }

    #[test]
    fn what_a_device_answers_comes_back_with_its_number() {
        let missing = DahdiFile::open(c"/dev/dahdi-is-not-here").expect_err("nothing");
        assert_eq!(missing.0, libc::ENOENT);
        assert!(missing.to_string().contains("No such file"), "{missing}");
        let file = DahdiFile::open(c"/dev/null").expect("a device");
        assert_eq!(file.control(0x8004_da08, &mut [0; 4]), Err(Errno(libc::ENOTTY)));
        assert_eq!((file.write(&[1, 2]), file.read(&mut [0; 8])), (Ok(2), Ok(0)));
    }
}
