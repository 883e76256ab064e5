//! Devices of DAHDI as any program has them: every request, also those that our back end never makes.
#![allow(unsafe_code)]
use std::ffi::CStr;
use std::fmt;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use tandem_card::dahdi::abi::{self, Plain};

/// The number of an error, by its name where programs for DAHDI meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) i32);

impl Errno {
    fn last() -> Self {
        Self(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
    }

    pub(crate) const AGAIN: Self = Self(libc::EAGAIN);
    /// An event waits.
    pub(crate) const EVENT: Self = Self(500);
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            libc::ENOENT => "ENOENT",
            libc::EIO => "EIO",
            libc::ENXIO => "ENXIO",
            libc::E2BIG => "E2BIG",
            libc::EAGAIN => "EAGAIN",
            libc::EFAULT => "EFAULT",
            libc::EBUSY => "EBUSY",
            libc::ENODEV => "ENODEV",
            libc::EINVAL => "EINVAL",
            libc::ENOTTY => "ENOTTY",
            libc::ENODATA => "ENODATA",
            libc::ENOSYS => "ENOSYS",
            500 => "ELAST",
            number => return write!(f, "errno_{number}"),
        };
        f.write_str(name)
    }
}

pub(crate) struct Device(OwnedFd);

impl Device {
    pub(crate) fn open(path: &CStr) -> Result<Self, Errno> {
        // SAFETY: `path` ends with a zero.
        let fd = unsafe { libc::open(path.as_ptr(), libc::O_RDWR | libc::O_NONBLOCK) };
        if fd < 0 {
            return Err(Errno::last());
        }
        // SAFETY: `fd` was just opened and belongs to nobody else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// A channel by its number.
    pub(crate) fn channel(number: i32) -> Result<Self, Errno> {
        let device = Self::open(c"/dev/dahdi/channel")?;
        device.set(abi::REQUEST_SPECIFY, number)?;
        Ok(device)
    }

    /// A request with a structure, in more room than any has.
    pub(crate) fn ask<T: Plain>(&self, request: u32, value: &mut T) -> Result<i32, Errno> {
        let mut room = [0_u8; 4096];
        let length = value.octets().len();
        room[..length].copy_from_slice(value.octets());
        // SAFETY: no request has more octets than there is room for, nor is any made here that has pointers among them.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), request as libc::Ioctl, room.as_mut_ptr()) };
        if result < 0 {
            return Err(Errno::last());
        }
        value.octets_mut().copy_from_slice(&room[..length]);
        Ok(result)
    }

    pub(crate) fn set(&self, request: u32, number: i32) -> Result<i32, Errno> {
        self.ask(request, &mut { number })
    }

    pub(crate) fn get(&self, request: u32) -> Result<i32, Errno> {
        let mut number = 0;
        self.ask(request, &mut number).map(|_| number)
    }

    pub(crate) fn read(&self, into: &mut [u8]) -> Result<usize, Errno> {
        // SAFETY: the buffer is as long as is told.
        let count = unsafe { libc::read(self.0.as_raw_fd(), into.as_mut_ptr().cast(), into.len()) };
        usize::try_from(count).map_err(|_| Errno::last())
    }

    pub(crate) fn write(&self, from: &[u8]) -> Result<usize, Errno> {
        // SAFETY: the buffer is as long as is told, and only read.
        let count = unsafe { libc::write(self.0.as_raw_fd(), from.as_ptr().cast(), from.len()) };
        usize::try_from(count).map_err(|_| Errno::last())
    }
}
