//! The errors that a driver answers with (`errno` of Linux).
use tandem_rt::sys::Errno;

pub(crate) const ENOENT: Errno = Errno(2);
pub(crate) const ENXIO: Errno = Errno(6);
pub(crate) const E2BIG: Errno = Errno(7);
pub(crate) const EFAULT: Errno = Errno(14);
pub(crate) const EBUSY: Errno = Errno(16);
pub(crate) const ENODEV: Errno = Errno(19);
pub(crate) const EINVAL: Errno = Errno(22);
pub(crate) const EMFILE: Errno = Errno(24);
pub(crate) const ENOTTY: Errno = Errno(25);
pub(crate) const ENOSYS: Errno = Errno(38);
pub(crate) const ENODATA: Errno = Errno(61);
pub(crate) const EPROTO: Errno = Errno(71);
