//! Devices: how they are opened, asked, read and written. `Err` is the number of an error.
use crate::codes::*;
use crate::exchange::{Memory, exchange, last_errno};
use crate::table::{self, Shape};
use std::ffi::{c_int, c_void};
use std::mem::{offset_of, size_of, zeroed};
use tandem_types::dahdi::{DEVICE_NAME_OCTETS, MOST_PAYLOAD, RequestHeader, RequestKind, device_of_name};

/// Opens the device at this path below `/dev/dahdi/`.
pub(crate) fn open(path: &[u8], flags: c_int) -> Result<c_int, i32> {
    let request = RequestHeader { kind: RequestKind::Open, code: 0, device: 0 };
    let close_on_exec = flags & libc::O_CLOEXEC != 0;
    let answer = exchange(request, [Memory::of(path), Memory::NONE], Memory::NONE, close_on_exec)?;
    if answer.fd < 0 {
        return Err(libc::EIO);
    }
    if flags & libc::O_NONBLOCK != 0 {
        // SAFETY: no pointers are passed; the descriptor is ours.
        unsafe { libc::fcntl(answer.fd, libc::F_SETFL, libc::O_RDWR | libc::O_NONBLOCK) };
    }
    table::set(answer.fd, Shape::from(&answer.header));
    Ok(answer.fd)
}

/// The number of the device that this descriptor is open to, by the name of its other end.
pub(crate) fn number(fd: c_int) -> Option<u64> {
    // SAFETY: all octets zero are a valid address.
    let mut address: libc::sockaddr_un = unsafe { zeroed() };
    let mut length = size_of::<libc::sockaddr_un>() as libc::socklen_t;
    // SAFETY: the address has room for the length that is told.
    let told = unsafe { libc::getpeername(fd, (&raw mut address).cast(), &raw mut length) };
    let start = offset_of!(libc::sockaddr_un, sun_path);
    // A name in the abstract namespace has a zero before it.
    if told < 0 || length as usize != start + 1 + DEVICE_NAME_OCTETS || address.sun_path[0] != 0 {
        return None;
    }
    let name: [u8; DEVICE_NAME_OCTETS] = std::array::from_fn(|n| address.sun_path[n + 1] as u8);
    device_of_name(&name)
}

/// Makes a request of a device.
///
/// # Safety
///
/// `argument` is what the request asks for, or a bad address, which then is the kernel's error; of requests with more behind
/// or beyond what their code says (LOADZONE, ECHOCANCEL_PARAMS, INDIRECT, IOMUX) it must be good.
pub(crate) unsafe fn control(fd: c_int, device: u64, code: u32, argument: *mut c_void) -> Result<(), i32> {
    if argument.is_null() && size_of_request(code) > 0 {
        return Err(libc::EFAULT);
    }
    if [GETEVENT, TIMERACK, TIMERPONG, FLUSH].contains(&code) {
        take_mark(fd);
    }
    let own = Memory { at: argument, octets: size_of_request(code) };
    match code {
        // SAFETY: the argument is good, as the caller promises.
        IOMUX => return unsafe { wait(fd, device, argument.cast()) },
        SYNC => return wait_until_sent(fd, device),
        INDIRECT => {
            // SAFETY: a channel, a request and a pointer, as the caller promises.
            let (inner_code, inner) = unsafe {
                (argument.cast::<u32>().add(1).read_unaligned(), argument.byte_add(8).cast::<*mut c_void>())
            };
            // SAFETY: as above.
            let at = unsafe { inner.read_unaligned() };
            let inner = Memory { at, octets: size_of_request(inner_code) };
            // What comes back belongs where the pointer says, behind the three themselves.
            return ask(fd, device, code, [own, inner], inner);
        }
        _ => {}
    }
    // SAFETY: good memory, as the caller promises.
    let behind = unsafe { behind(code, argument) };
    let more = Memory { at: argument.wrapping_byte_add(own.octets), octets: behind };
    ask(fd, device, code, [own, more], own)?;
    if code == FLUSH {
        drop_read(fd);
    }
    Ok(())
}

/// Octets behind those that the code of a request tells of.
///
/// # Safety
///
/// The argument of LOADZONE and ECHOCANCEL_PARAMS is good memory.
unsafe fn behind(code: u32, argument: *mut c_void) -> usize {
    let (place, each) = match code {
        LOADZONE => (0, TONE_OCTETS),
        ECHOCANCEL_PARAMS => (1, PARAMETER_OCTETS),
        _ => return 0,
    };
    // SAFETY: as the caller promises.
    let count = unsafe { argument.cast::<u32>().add(place).read_unaligned() };
    (count as usize).saturating_mul(each).min(MOST_PAYLOAD - size_of_request(code))
}

fn ask(fd: c_int, device: u64, code: u32, with: [Memory; 2], into: Memory) -> Result<(), i32> {
    let request = RequestHeader { kind: RequestKind::Control, code, device };
    let answer = exchange(request, with, into, true)?;
    if let Some(shape) = table::get(fd) {
        table::set(fd, Shape { husk: shape.husk, ..Shape::from(&answer.header) });
    }
    Ok(())
}

/// Takes the mark away that tells of events; the switch sets it again if there are more.
fn take_mark(fd: c_int) {
    let mut mark = 0_u8;
    let flags = libc::MSG_OOB | libc::MSG_DONTWAIT;
    // SAFETY: there is room for the octet.
    let taken = unsafe { libc::recv(fd, (&raw mut mark).cast(), 1, flags) };
    if taken == 1 && !take_husk(fd) {
        table::set_husk(fd, true);
    }
}

/// The kernel leaves the place of a mark in the queue, and `poll` says that it can be read, until a read comes to it. Whether
/// it is gone; octets before it keep it there.
fn take_husk(fd: c_int) -> bool {
    let nowhere = std::ptr::without_provenance_mut::<c_void>(1);
    // SAFETY: nothing is ever at this address, so the kernel takes the husk from the head of the queue and, if octets follow,
    // leaves them there because it cannot write them.
    let count = unsafe { libc::recv(fd, nowhere, 1, libc::MSG_DONTWAIT) };
    count >= 0 || last_errno() != libc::EFAULT
}

/// Throws away what lies in the stream before a mark. What is behind it came after the flush, and who receives across a mark
/// takes it away.
fn drop_read(fd: c_int) {
    let mut octets = [0_u8; 4096];
    while !is_at_mark(fd) && has_octets(fd) {
        // SAFETY: there is room for so many octets.
        if unsafe { libc::recv(fd, octets.as_mut_ptr().cast(), octets.len(), libc::MSG_DONTWAIT) } <= 0 {
            return;
        }
    }
}

fn is_at_mark(fd: c_int) -> bool {
    let mut at_mark = 0;
    // SAFETY: the request gives an integer.
    unsafe { libc::syscall(libc::SYS_ioctl, fd, SIOCATMARK, &raw mut at_mark) == 0 && at_mark != 0 }
}

/// IOMUX: waits for any of what is asked, and tells which.
///
/// # Safety
///
/// `flags` is good memory.
unsafe fn wait(fd: c_int, device: u64, flags: *mut u32) -> Result<(), i32> {
    // SAFETY: as the caller promises.
    let asked = unsafe { flags.read_unaligned() };
    let wanted = [(MUX_READ, libc::POLLIN), (MUX_WRITE, libc::POLLOUT), (MUX_EVENT, libc::POLLPRI)];
    let events = wanted.iter().filter(|(flag, _)| asked & flag != 0).fold(0, |all, (_, event)| all | event);
    loop {
        let timeout = match (asked & MUX_NOWAIT, asked & MUX_SENT) {
            (0, 0) => -1,
            (0, _) => 1,
            _ => 0,
        };
        let mut ready = poll(fd, events, timeout)?;
        // The mark alone looks like something to be read.
        if ready & libc::POLLPRI != 0 && !has_octets(fd) {
            ready &= !libc::POLLIN;
        }
        let mut found =
            wanted.iter().filter(|(_, event)| ready & event != 0).fold(0, |all, (flag, _)| all | flag);
        if asked & MUX_SENT != 0 {
            match ask(fd, device, SYNC, [Memory::NONE; 2], Memory::NONE) {
                Ok(()) => found |= MUX_SENT,
                Err(libc::EAGAIN) => {}
                Err(errno) => return Err(errno),
            }
        }
        // The switch is gone, or has closed the device: nothing will come.
        if found == 0 && ready & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0 {
            return Err(libc::ENODEV);
        }
        if found != 0 || asked & MUX_NOWAIT != 0 {
            // SAFETY: as the caller promises.
            unsafe { flags.write_unaligned(found) };
            return Ok(());
        }
    }
}

/// Whether octets lie in the stream.
fn has_octets(fd: c_int) -> bool {
    let mut octet = 0_u8;
    let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    // SAFETY: there is room for the octet.
    unsafe { libc::recv(fd, (&raw mut octet).cast(), 1, flags) > 0 }
}

fn wait_until_sent(fd: c_int, device: u64) -> Result<(), i32> {
    loop {
        match ask(fd, device, SYNC, [Memory::NONE; 2], Memory::NONE) {
            Err(libc::EAGAIN) => pause()?,
            result => return result,
        }
    }
}

/// A block, or what an event makes of the call.
///
/// # Safety
///
/// `into` is room for so many octets, or a bad address, which then is the kernel's error.
pub(crate) unsafe fn read(fd: c_int, shape: Shape, into: *mut c_void, octets: usize) -> Result<usize, i32> {
    check(fd, shape, octets)?;
    loop {
        let ready = ready_for(fd, libc::POLLIN)?;
        if ready & libc::POLLIN != 0 {
            // SAFETY: as the caller promises.
            let count = unsafe { libc::recv(fd, into, octets.min(shape.most.into()), libc::MSG_DONTWAIT) };
            match (count, last_errno()) {
                (1.., _) => {
                    if shape.husk && take_husk(fd) {
                        table::set_husk(fd, false);
                    }
                    return Ok(count as usize);
                }
                (0, _) => return Err(libc::ENODEV),
                (_, libc::EAGAIN) => {}
                (_, errno) => return Err(errno),
            }
        }
    }
}

/// As much of a block as there is room for.
///
/// # Safety
///
/// `from` is so many octets, or a bad address, which then is the kernel's error.
pub(crate) unsafe fn write(
    fd: c_int,
    shape: Shape,
    from: *const c_void,
    octets: usize,
) -> Result<usize, i32> {
    check(fd, shape, octets)?;
    let octets = octets.min(shape.most.into());
    loop {
        ready_for(fd, libc::POLLOUT)?;
        let result = if shape.whole_writes {
            let device = number(fd).ok_or(libc::ENOTSOCK)?;
            let request = RequestHeader { kind: RequestKind::Write, code: 0, device };
            let frame = Memory { at: from.cast_mut(), octets };
            let answer = exchange(request, [frame, Memory::NONE], Memory::NONE, true);
            answer.map(|answer| answer.header.result as usize)
        } else {
            // SAFETY: as the caller promises.
            let count = unsafe { libc::send(fd, from, octets, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) };
            usize::try_from(count).map_err(|_| last_errno())
        };
        match result {
            Err(libc::EAGAIN) if is_blocking(fd) => pause()?,
            Err(libc::EPIPE | libc::ECONNRESET) => return Err(libc::ENODEV),
            result => return result,
        }
    }
}

/// What is refused without being tried. A descriptor that was closed unseen may be another's by now: ENOTSOCK.
fn check(fd: c_int, shape: Shape, octets: usize) -> Result<(), i32> {
    match (shape.most, octets) {
        (0, _) | (_, 0) if number(fd).is_none() => Err(libc::ENOTSOCK),
        (0, _) => Err(libc::ENOSYS),
        (_, 0) => Err(libc::EINVAL),
        _ => Ok(()),
    }
}

/// Waits until this can be done, if the descriptor waits. An event goes before.
fn ready_for(fd: c_int, wanted: i16) -> Result<i16, i32> {
    let mut timeout = 0;
    loop {
        let ready = poll(fd, wanted | libc::POLLPRI, timeout)?;
        if ready & wanted != 0 && ready & libc::POLLPRI == 0 {
            return Ok(ready);
        }
        // Out of the ordinary: it may be another's by now.
        if ready != 0 {
            return Err(match (number(fd), ready & libc::POLLPRI) {
                (Some(_), 1..) => ELAST,
                (None, _) => libc::ENOTSOCK,
                _ => libc::ENODEV,
            });
        }
        if timeout == 0 && !is_blocking(fd) {
            return Err(libc::EAGAIN);
        }
        timeout = -1;
    }
}

fn poll(fd: c_int, events: i16, timeout: c_int) -> Result<i16, i32> {
    let mut polled = libc::pollfd { fd, events, revents: 0 };
    // SAFETY: one place is there.
    let count = unsafe { libc::poll(&raw mut polled, 1, timeout) };
    if count < 0 { Err(last_errno()) } else { Ok(polled.revents) }
}

fn is_blocking(fd: c_int) -> bool {
    // SAFETY: no pointers are passed.
    unsafe { libc::fcntl(fd, libc::F_GETFL) & libc::O_NONBLOCK == 0 }
}

/// A millisecond, in which the switch moves.
fn pause() -> Result<(), i32> {
    let time = libc::timespec { tv_sec: 0, tv_nsec: 1_000_000 };
    // SAFETY: a valid time; what is left of it is not asked for.
    let slept = unsafe { libc::nanosleep(&raw const time, std::ptr::null_mut()) };
    if slept < 0 { Err(last_errno()) } else { Ok(()) }
}

/// Whether the head of the queue is a mark (`asm-generic/sockios.h`).
const SIOCATMARK: c_int = 0x8905;

/// How many octets a request passes, by its own code (`asm-generic/ioctl.h`).
const fn size_of_request(code: u32) -> usize {
    (code >> 16 & 0x3fff) as usize
}
