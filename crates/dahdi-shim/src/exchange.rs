//! A message to the switch and its answer, over a connection of its own.
use std::ffi::{CStr, c_void};
use std::mem::{MaybeUninit, offset_of, size_of, zeroed};
use tandem_types::dahdi::{AnswerHeader, RequestHeader, RequestKind, SOCKET, SOCKET_VARIABLE};

/// Memory of the program, which the kernel reads or writes: a bad address is its error and not ours.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) at: *mut c_void,
    pub(crate) octets: usize,
}

impl Memory {
    pub(crate) const NONE: Self = Self { at: std::ptr::null_mut(), octets: 0 };

    pub(crate) const fn of(octets: &[u8]) -> Self {
        Self { at: octets.as_ptr().cast_mut().cast(), octets: octets.len() }
    }

    const fn vector(self) -> libc::iovec {
        libc::iovec { iov_base: self.at, iov_len: self.octets }
    }
}

/// What an answer brought.
pub(crate) struct Answer {
    pub(crate) header: AnswerHeader,
    /// The descriptor that came along, or -1.
    pub(crate) fd: i32,
}

/// Sends a request with what follows it and waits for the answer, of which what follows its header is put into `into`.
/// `Err` is the number of an error, the switch's or ours.
pub(crate) fn exchange(
    request: RequestHeader,
    with: [Memory; 2],
    into: Memory,
    close_on_exec: bool,
) -> Result<Answer, i32> {
    let socket = connect()?;
    let answer = converse(socket, request, with, into, close_on_exec);
    // SAFETY: `socket` was made here and is used no more.
    unsafe { libc::syscall(libc::SYS_close, socket) };
    let answer = answer?;
    match answer.header.errno {
        0 => Ok(answer),
        errno => {
            close(answer.fd);
            Err(errno.into())
        }
    }
}

fn converse(
    socket: i32,
    request: RequestHeader,
    with: [Memory; 2],
    into: Memory,
    close_on_exec: bool,
) -> Result<Answer, i32> {
    let header = request.to_octets();
    let mut vectors = [Memory::of(&header).vector(), with[0].vector(), with[1].vector()];
    // SAFETY: all octets zero are a valid header.
    let mut message: libc::msghdr = unsafe { zeroed() };
    (message.msg_iov, message.msg_iovlen) = (vectors.as_mut_ptr(), vectors.len());
    // SAFETY: the header names three vectors: one over `header`, two over memory of the program's, which is only read.
    let sent = unsafe { libc::sendmsg(socket, &raw const message, libc::MSG_NOSIGNAL) };
    if sent < 0 {
        return Err(last_errno());
    }
    let mut answer = [0; AnswerHeader::OCTETS];
    let head = libc::iovec { iov_base: answer.as_mut_ptr().cast(), iov_len: answer.len() };
    let mut vectors = [head, into.vector()];
    let mut rights = Rights(MaybeUninit::zeroed());
    (message.msg_iov, message.msg_iovlen) = (vectors.as_mut_ptr(), vectors.len());
    (message.msg_control, message.msg_controllen) = (rights.0.as_mut_ptr().cast(), size_of::<Rights>() as _);
    let flags = if close_on_exec { libc::MSG_CMSG_CLOEXEC } else { 0 };
    let count = loop {
        // SAFETY: the header names two vectors, over `answer` and over memory of the program's that the request is to fill,
        // and room for control messages.
        let count = unsafe { libc::recvmsg(socket, &raw mut message, flags) };
        if count >= 0 || last_errno() != libc::EINTR {
            break count;
        }
    };
    if count < 0 {
        return Err(last_errno());
    }
    let fd = descriptor(&message);
    let header = AnswerHeader::from_octets(&answer).filter(|_| count as usize >= AnswerHeader::OCTETS);
    // A switch that hangs up in the midst is no device any more.
    let Some(header) = header else {
        close(fd);
        return Err(libc::ENODEV);
    };
    // Only what is opened is a descriptor.
    if request.kind != RequestKind::Open {
        close(fd);
        return Ok(Answer { header, fd: -1 });
    }
    Ok(Answer { header, fd })
}

/// Closes what came with an answer and is of no use, if anything did.
fn close(fd: i32) {
    if fd >= 0 {
        // SAFETY: it was just received and belongs to nobody else.
        unsafe { libc::syscall(libc::SYS_close, fd) };
    }
}

/// The descriptor that came with a message, or -1.
fn descriptor(message: &libc::msghdr) -> i32 {
    // SAFETY: the kernel has filled the control messages and set their length.
    let first = unsafe { libc::CMSG_FIRSTHDR(message) };
    if first.is_null() {
        return -1;
    }
    // SAFETY: not null, so it is a whole header within the control messages.
    let (level, kind) = unsafe { ((*first).cmsg_level, (*first).cmsg_type) };
    if (level, kind) != (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
        return -1;
    }
    // SAFETY: a message of this kind holds a descriptor at least; it need not be aligned.
    unsafe { libc::CMSG_DATA(first).cast::<i32>().read_unaligned() }
}

fn connect() -> Result<i32, i32> {
    // SAFETY: all octets zero are a valid address.
    let mut address: libc::sockaddr_un = unsafe { zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    let length = set_path(&mut address).ok_or(libc::ENOENT)?;
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: no pointers are passed.
    let socket = unsafe { libc::socket(libc::AF_UNIX, kind, 0) };
    if socket < 0 {
        return Err(last_errno());
    }
    let patience = libc::timeval { tv_sec: PATIENCE_SECONDS, tv_usec: 0 };
    for option in [libc::SO_RCVTIMEO, libc::SO_SNDTIMEO] {
        // SAFETY: a time of the length that is told.
        unsafe {
            libc::setsockopt(
                socket,
                libc::SOL_SOCKET,
                option,
                (&raw const patience).cast(),
                size_of::<libc::timeval>() as libc::socklen_t,
            )
        };
    }
    // SAFETY: the address is as long as is told and outlives the call.
    let connected = unsafe { libc::connect(socket, (&raw const address).cast(), length) };
    if connected == 0 {
        return Ok(socket);
    }
    // Nobody there is a driver that is not loaded.
    let errno = if last_errno() == libc::ECONNREFUSED { libc::ENXIO } else { last_errno() };
    // SAFETY: `socket` was made here and is used no more.
    unsafe { libc::syscall(libc::SYS_close, socket) };
    Err(errno)
}

/// Puts the place of the switch into an address. Its length; `None` if it is too long.
fn set_path(address: &mut libc::sockaddr_un) -> Option<libc::socklen_t> {
    const NAME: [u8; SOCKET_VARIABLE.len() + 1] = {
        let mut name = [0; SOCKET_VARIABLE.len() + 1];
        let mut place = 0;
        while place < SOCKET_VARIABLE.len() {
            name[place] = SOCKET_VARIABLE.as_bytes()[place];
            place += 1;
        }
        name
    };
    // SAFETY: the name ends with a zero.
    let named = unsafe { libc::getenv(NAME.as_ptr().cast()) };
    let path = if named.is_null() {
        SOCKET.as_bytes()
    } else {
        // SAFETY: not null, so it is a string of the environment, which nobody changes during the call.
        unsafe { CStr::from_ptr(named) }.to_bytes()
    };
    if path.len() >= address.sun_path.len() {
        return None;
    }
    for (place, octet) in address.sun_path.iter_mut().zip(path) {
        *place = *octet as libc::c_char;
    }
    Some((offset_of!(libc::sockaddr_un, sun_path) + path.len() + 1) as libc::socklen_t)
}

/// Room for control messages, aligned as their header.
#[repr(C, align(8))]
struct Rights(MaybeUninit<[u8; 64]>);

pub(crate) fn last_errno() -> i32 {
    // SAFETY: the place of errno is always there for its thread.
    unsafe { *libc::__errno_location() }
}

/// How long a switch may take to answer.
const PATIENCE_SECONDS: libc::time_t = 5;
