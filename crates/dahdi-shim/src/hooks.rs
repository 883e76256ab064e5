//! The functions of the C library that this library stands before. What is no device's goes to the kernel as it is.
use crate::device;
use crate::table;
use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_ulong, c_void};

const DIRECTORY: &[u8] = b"/dev/dahdi/";
/// The group of DAHDI's requests.
const CODE: u32 = 0xda;

/// # Safety
///
/// As `open(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: libc::mode_t) -> c_int {
    // SAFETY: the caller's promises are those of `openat`.
    unsafe { openat(libc::AT_FDCWD, path, flags, mode) }
}

/// # Safety
///
/// As `open(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: libc::mode_t) -> c_int {
    // SAFETY: the caller's promises are those of `openat`.
    unsafe { openat(libc::AT_FDCWD, path, flags | libc::O_LARGEFILE, mode) }
}

/// # Safety
///
/// As `openat(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(at: c_int, path: *const c_char, flags: c_int, mode: libc::mode_t) -> c_int {
    if !path.is_null() {
        // SAFETY: a path is a string that ends with a zero.
        let path = unsafe { CStr::from_ptr(path) }.to_bytes();
        if let Some(device) = path.strip_prefix(DIRECTORY) {
            return give(device::open(device, flags).map(i64::from)) as c_int;
        }
    }
    // SAFETY: the caller's arguments, as they are.
    let fd = unsafe { libc::syscall(libc::SYS_openat, at, path, flags, c_ulong::from(mode)) as c_int };
    // A device that had this number was closed unseen.
    table::forget(fd);
    fd
}

/// # Safety
///
/// As `openat(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(at: c_int, path: *const c_char, flags: c_int, mode: libc::mode_t) -> c_int {
    // SAFETY: the caller's promises are those of `openat`.
    unsafe { openat(at, path, flags | libc::O_LARGEFILE, mode) }
}

/// What compilers make of `open` with checks.
///
/// # Safety
///
/// As `open(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __open_2(path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's promises are those of `openat`.
    unsafe { openat(libc::AT_FDCWD, path, flags, 0) }
}

/// # Safety
///
/// As `open(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __open64_2(path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's promises are those of `openat`.
    unsafe { openat(libc::AT_FDCWD, path, flags | libc::O_LARGEFILE, 0) }
}

/// # Safety
///
/// As `ioctl(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ioctl(fd: c_int, request: c_ulong, argument: *mut c_void) -> c_int {
    let code = request as u32;
    if code >> 8 & 0xff == CODE
        && let Some(device) = device::number(fd)
    {
        // SAFETY: the argument is what the request asks for, as the caller promises.
        return give(unsafe { device::control(fd, device, code, argument) }.map(|()| 0)) as c_int;
    }
    // SAFETY: the caller's arguments, as they are.
    unsafe { libc::syscall(libc::SYS_ioctl, fd, request, argument) as c_int }
}

/// # Safety
///
/// As `read(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(fd: c_int, into: *mut c_void, octets: usize) -> isize {
    if let Some(shape) = table::get(fd) {
        // SAFETY: there is room for so many octets, as the caller promises.
        match unsafe { device::read(fd, shape, into, octets) } {
            Err(libc::ENOTSOCK) => table::forget(fd),
            result => return give(result.map(|count| count as i64)) as isize,
        }
    }
    // SAFETY: the caller's arguments, as they are.
    unsafe { libc::syscall(libc::SYS_read, fd, into, octets) as isize }
}

/// # Safety
///
/// As `write(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, from: *const c_void, octets: usize) -> isize {
    if let Some(shape) = table::get(fd) {
        // SAFETY: there are so many octets, as the caller promises.
        match unsafe { device::write(fd, shape, from, octets) } {
            Err(libc::ENOTSOCK) => table::forget(fd),
            result => return give(result.map(|count| count as i64)) as isize,
        }
    }
    // SAFETY: the caller's arguments, as they are.
    unsafe { libc::syscall(libc::SYS_write, fd, from, octets) as isize }
}

/// # Safety
///
/// As `close(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(fd: c_int) -> c_int {
    table::forget(fd);
    // SAFETY: the caller's argument, as it is.
    unsafe { libc::syscall(libc::SYS_close, fd) as c_int }
}

/// # Safety
///
/// As `dup2(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dup2(from: c_int, to: c_int) -> c_int {
    if from == to {
        // SAFETY: no pointers are passed.
        return if unsafe { libc::fcntl(from, libc::F_GETFD) } < 0 { -1 } else { to };
    }
    // SAFETY: the caller's promises are those of `dup3`.
    unsafe { dup3(from, to, 0) }
}

/// # Safety
///
/// As `dup3(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dup3(from: c_int, to: c_int, flags: c_int) -> c_int {
    // SAFETY: the caller's arguments, as they are.
    let fd = unsafe { libc::syscall(libc::SYS_dup3, from, to, flags) as c_int };
    table::forget(fd);
    fd
}

/// # Safety
///
/// As `close_range(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close_range(first: c_uint, last: c_uint, flags: c_int) -> c_int {
    // SAFETY: the caller's arguments, as they are.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) as c_int };
    if result == 0 && flags as c_uint & libc::CLOSE_RANGE_CLOEXEC == 0 {
        table::forget_range(first as usize, last as usize);
    }
    result
}

/// What compilers make of `read` with checks.
///
/// # Safety
///
/// As `read(2)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __read_chk(fd: c_int, into: *mut c_void, octets: usize, room: usize) -> isize {
    if octets > room {
        // SAFETY: it ends the program, as the C library's own check does.
        unsafe { libc::abort() };
    }
    // SAFETY: the caller's promises are those of `read`.
    unsafe { read(fd, into, octets) }
}

/// What a call gives, with the number of its error where C looks for it.
fn give(result: Result<i64, i32>) -> c_long {
    match result {
        Ok(value) => value as c_long,
        Err(errno) => {
            // SAFETY: the place of errno is always there for its thread.
            unsafe { *libc::__errno_location() = errno };
            -1
        }
    }
}
