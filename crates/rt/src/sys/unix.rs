//! Unix sockets: messages, and pairs of which one end is given away with a message. Nothing here blocks but [`wait_for_any`],
//! and what the media thread does with what is open does not allocate.
#![allow(unsafe_code)]

use super::dahdi::Errno;
use std::io;
use std::mem::{MaybeUninit, offset_of, size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Takes connections on which each message stays whole (`SOCK_SEQPACKET`). Its place in the file system goes with it.
#[derive(Debug)]
pub struct MessageListener {
    fd: OwnedFd,
    path: PathBuf,
    /// What it has put there.
    file: Option<FileId>,
}

/// One such connection.
#[derive(Debug)]
pub struct MessageSocket(OwnedFd);

/// Our end of a stream of octets.
#[derive(Debug)]
pub struct StreamEnd(OwnedFd);

/// The other end, to be given away; or one that somebody has given us.
#[derive(Debug)]
pub struct GivenEnd(OwnedFd);

/// What can be waited for.
pub trait Waitable {
    /// Its number.
    fn number(&self) -> i32;
}

macro_rules! waitable {
    ($($name:ident . $field:tt),*) => {
        $(impl Waitable for $name {
            fn number(&self) -> i32 {
                self.$field.as_raw_fd()
            }
        })*
    };
}

waitable!(MessageListener.fd, MessageSocket.0, StreamEnd.0);

impl MessageListener {
    /// Listens at this place. What was left there by one that listens no more is taken away; a file that is
    /// no socket is not.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let (address, length) = address_of(path.as_os_str().as_bytes(), false)?;
        let fd = socket()?;
        // SAFETY: the address is as long as is told and outlives the call.
        let answered = unsafe { libc::connect(fd.as_raw_fd(), (&raw const address).cast(), length) };
        if answered == 0 {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        // A file that is no socket refuses too.
        if io::Error::last_os_error().kind() == io::ErrorKind::ConnectionRefused && socket_at(path).is_some()
        {
            std::fs::remove_file(path)?;
        }
        let fd = socket()?;
        // SAFETY: as above.
        let bound = unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), length) };
        check(bound)?;
        // SAFETY: no pointers are passed.
        check(unsafe { libc::listen(fd.as_raw_fd(), WAITING) })?;
        Ok(Self { fd, path: path.to_owned(), file: socket_at(path) })
    }

    /// The next connection that waits.
    #[must_use]
    pub fn accept(&self) -> Option<MessageSocket> {
        let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
        // SAFETY: no address is asked for.
        let fd =
            unsafe { libc::accept4(self.fd.as_raw_fd(), std::ptr::null_mut(), std::ptr::null_mut(), flags) };
        // SAFETY: `fd` was just made and belongs to nobody else.
        (fd >= 0).then(|| MessageSocket(unsafe { OwnedFd::from_raw_fd(fd) }))
    }
}

impl Drop for MessageListener {
    fn drop(&mut self) {
        // Another may have put its own there since.
        if self.file.is_some() && socket_at(&self.path) == self.file {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl MessageSocket {
    /// Connects to who listens at this place; [`Errno::AGAIN`] if so many wait there already that there is no room. A path that
    /// is longer than [`LONGEST_PATH`] is refused with an allocation.
    pub fn connect(path: &Path) -> Result<Self, Errno> {
        let address = address_of(path.as_os_str().as_bytes(), false);
        let (address, length) = address.map_err(|_| Errno(libc::ENAMETOOLONG))?;
        let fd = socket().map_err(|_| Errno::last())?;
        // SAFETY: the address is as long as is told and outlives the call.
        let connected = unsafe { libc::connect(fd.as_raw_fd(), (&raw const address).cast(), length) };
        if connected < 0 { Err(Errno::last()) } else { Ok(Self(fd)) }
    }

    /// A connection of which the other end is given away.
    pub fn pair() -> io::Result<(Self, GivenEnd)> {
        socket_pair(libc::SOCK_SEQPACKET).map(|(ours, given)| (Self(ours), GivenEnd(given)))
    }

    /// The next message, as much of it as there is room for, and the descriptor that came with it. `Ok((0, _))` is the end. Of
    /// several descriptors the first counts; the others are closed.
    pub fn receive_given(&self, into: &mut [u8]) -> Result<(usize, Option<GivenEnd>), Errno> {
        let mut vector = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
        let mut rights = Rights(MaybeUninit::zeroed());
        // SAFETY: all octets zero are a valid header.
        let mut header: libc::msghdr = unsafe { zeroed() };
        (header.msg_iov, header.msg_iovlen) = (&raw mut vector, 1);
        (header.msg_control, header.msg_controllen) =
            (rights.0.as_mut_ptr().cast(), size_of::<Rights>() as _);
        let flags = libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;
        // SAFETY: the header names one vector over `into` and room for control messages, of the lengths that are told.
        let count = unsafe { libc::recvmsg(self.0.as_raw_fd(), &raw mut header, flags) };
        let count = usize::try_from(count).map_err(|_| Errno::last())?;
        Ok((count, first_given(&header)))
    }

    /// The next message, as much of it as there is room for. `Ok(0)` is the end.
    pub fn receive(&self, into: &mut [u8]) -> Result<usize, Errno> {
        // SAFETY: the buffer is as long as is told.
        let count = unsafe {
            libc::recv(self.0.as_raw_fd(), into.as_mut_ptr().cast(), into.len(), libc::MSG_DONTWAIT)
        };
        usize::try_from(count).map_err(|_| Errno::last())
    }

    /// Whether all copies of the other end are closed, whatever is left of what was sent.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        poll(&self.0, 0) != 0
    }

    /// Sends a message, and with it an end that is given away.
    pub fn send(&self, message: &[u8], given: Option<GivenEnd>) -> Result<(), Errno> {
        let mut vector = libc::iovec { iov_base: message.as_ptr().cast_mut().cast(), iov_len: message.len() };
        let mut rights = Rights(MaybeUninit::zeroed());
        // SAFETY: all octets zero are a valid header.
        let mut header: libc::msghdr = unsafe { zeroed() };
        (header.msg_iov, header.msg_iovlen) = (&raw mut vector, 1);
        if let Some(given) = &given {
            // SAFETY: these only reckon.
            let (space, length) = unsafe { (libc::CMSG_SPACE(FD_OCTETS), libc::CMSG_LEN(FD_OCTETS)) };
            (header.msg_control, header.msg_controllen) = (rights.0.as_mut_ptr().cast(), space as _);
            // SAFETY: the control message has room for a header and a descriptor, and is aligned for them.
            unsafe {
                let message = libc::CMSG_FIRSTHDR(&raw const header);
                ((*message).cmsg_level, (*message).cmsg_type) = (libc::SOL_SOCKET, libc::SCM_RIGHTS);
                (*message).cmsg_len = length as _;
                libc::CMSG_DATA(message).cast::<i32>().write_unaligned(given.0.as_raw_fd());
            }
        }
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        // SAFETY: the header names one vector over `message`, which is only read, and a control message or none.
        let sent = unsafe { libc::sendmsg(self.0.as_raw_fd(), &raw const header, flags) };
        if sent < 0 { Err(Errno::last()) } else { Ok(()) }
    }
}

/// The first descriptor among the control messages that the kernel has put behind this header; the others are closed.
fn first_given(header: &libc::msghdr) -> Option<GivenEnd> {
    let mut first = None;
    // SAFETY: the kernel has filled the header and the room that it names, which outlives this.
    let mut message = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: not null, so it is the header of a control message.
    while let Some(control) = unsafe { message.as_ref() } {
        if (control.cmsg_level, control.cmsg_type) == (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            // SAFETY: this only reckons.
            let octets = control.cmsg_len.saturating_sub(unsafe { libc::CMSG_LEN(0) } as usize);
            for place in 0..octets / size_of::<i32>() {
                // SAFETY: so many descriptors follow the header of a message of rights.
                let fd = unsafe { libc::CMSG_DATA(message).cast::<i32>().add(place).read_unaligned() };
                // SAFETY: the kernel has just made it for us, and it is taken once.
                let fd = unsafe { OwnedFd::from_raw_fd(fd) };
                first.get_or_insert(GivenEnd(fd));
            }
        }
        // SAFETY: `message` is one of the messages of this header.
        message = unsafe { libc::CMSG_NXTHDR(header, message) };
    }
    first
}

impl GivenEnd {
    /// Takes it for a stream of octets.
    #[must_use]
    pub fn into_stream(self) -> StreamEnd {
        StreamEnd(self.0)
    }

    /// Takes it for a connection on which messages stay whole.
    #[must_use]
    pub fn into_messages(self) -> MessageSocket {
        MessageSocket(self.0)
    }
}

/// Room for a control message with a few descriptors, aligned as its header.
#[repr(C, align(8))]
struct Rights(MaybeUninit<[u8; 64]>);

/// A stream: our end, which bears this name in the abstract namespace, and the one to be given away, which holds back no
/// more than two short writes.
pub fn stream(name: &[u8]) -> io::Result<(StreamEnd, GivenEnd)> {
    let (ours, given) = socket_pair(libc::SOCK_STREAM)?;
    let (address, length) = address_of(name, true)?;
    // SAFETY: the address is as long as is told and outlives the call.
    check(unsafe { libc::bind(ours.as_raw_fd(), (&raw const address).cast(), length) })?;
    set_send_buffer(&given, 1)?;
    Ok((StreamEnd(ours), GivenEnd(given)))
}

fn socket_pair(kind: i32) -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds = [-1; 2];
    // SAFETY: there is room for two descriptors.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind | libc::SOCK_CLOEXEC, 0, fds.as_mut_ptr()) })?;
    // SAFETY: both were just made and belong to nobody else.
    let [ours, given] = fds.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) });
    Ok((ours, given))
}

fn set_send_buffer(fd: &OwnedFd, octets: i32) -> io::Result<()> {
    // SAFETY: an integer of the length that is told.
    check(unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_SNDBUF,
            (&raw const octets).cast(),
            size_of::<i32>() as libc::socklen_t,
        )
    })
}

impl StreamEnd {
    /// A stream without a name, with the room that the kernel gives it.
    pub fn pair() -> io::Result<(Self, GivenEnd)> {
        socket_pair(libc::SOCK_STREAM).map(|(ours, given)| (Self(ours), GivenEnd(given)))
    }

    /// Holds back no more of what is sent than about so many octets of memory; a short write takes some 800.
    pub fn limit_unread(&self, octets: usize) {
        // The kernel doubles what it is told.
        let _ = set_send_buffer(&self.0, i32::try_from(octets / 2).unwrap_or(i32::MAX));
    }

    /// Sends octets; how many were taken.
    pub fn send(&self, octets: &[u8]) -> Result<usize, Errno> {
        self.send_with(octets, 0)
    }

    /// Marks the stream as urgent: whoever polls the other end for that is woken.
    pub fn send_urgent(&self) -> Result<(), Errno> {
        self.send_with(&[0], libc::MSG_OOB).map(|_| ())
    }

    fn send_with(&self, octets: &[u8], flags: i32) -> Result<usize, Errno> {
        let flags = flags | libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        // SAFETY: the buffer is as long as is told, and only read.
        let count = unsafe { libc::send(self.0.as_raw_fd(), octets.as_ptr().cast(), octets.len(), flags) };
        usize::try_from(count).map_err(|_| Errno::last())
    }

    /// What the other end has written. `Ok(0)` when all its copies are closed.
    pub fn receive(&self, into: &mut [u8]) -> Result<usize, Errno> {
        // SAFETY: the buffer is as long as is told.
        let count = unsafe {
            libc::recv(self.0.as_raw_fd(), into.as_mut_ptr().cast(), into.len(), libc::MSG_DONTWAIT)
        };
        usize::try_from(count).map_err(|_| Errno::last())
    }

    /// Whether all copies of the other end are closed, whatever is left of what was written.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.poll(0) != 0
    }

    /// Whether something can be received: octets, or the end.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.poll(libc::POLLIN) != 0
    }

    /// Which of these events there are, and whether it is closed or broken.
    fn poll(&self, events: i16) -> i16 {
        poll(&self.0, events)
    }

    /// Octets of memory that what was sent and not yet read takes; 0 when all has been read.
    #[must_use]
    pub fn unread(&self) -> usize {
        let mut waiting = 0_i32;
        // SAFETY: there is room for the integer that the request gives.
        let asked = unsafe { libc::ioctl(self.0.as_raw_fd(), libc::TIOCOUTQ, &raw mut waiting) };
        if asked < 0 { 0 } else { usize::try_from(waiting).unwrap_or(0) }
    }
}

fn poll(fd: &OwnedFd, events: i16) -> i16 {
    let mut polled = libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
    // SAFETY: one place is there.
    let count = unsafe { libc::poll(&raw mut polled, 1, 0) };
    if count > 0 { polled.revents } else { 0 }
}

/// Waits until one of these can be read, or so long. The places of those that can are put into `ready`.
pub fn wait_for_any(numbers: &[i32], timeout_ns: u64, ready: &mut Vec<usize>) {
    ready.clear();
    let mut polled: Vec<libc::pollfd> =
        numbers.iter().map(|fd| libc::pollfd { fd: *fd, events: libc::POLLIN, revents: 0 }).collect();
    let timeout = libc::timespec {
        tv_sec: (timeout_ns / 1_000_000_000) as libc::time_t,
        tv_nsec: (timeout_ns % 1_000_000_000) as libc::c_long,
    };
    // SAFETY: so many places are there; the timeout is valid and no mask of signals is given.
    let count = unsafe {
        libc::ppoll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, &raw const timeout, std::ptr::null())
    };
    if count > 0 {
        ready.extend((0..polled.len()).filter(|place| polled[*place].revents != 0));
    }
}

/// A file system and a file in it.
type FileId = (u64, u64);

/// The socket at this place, if it is one.
fn socket_at(path: &Path) -> Option<FileId> {
    let file = std::fs::symlink_metadata(path).ok().filter(|file| file.file_type().is_socket())?;
    Some((file.dev(), file.ino()))
}

fn socket() -> io::Result<OwnedFd> {
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: no pointers are passed.
    let fd = unsafe { libc::socket(libc::AF_UNIX, kind, 0) };
    check(fd)?;
    // SAFETY: `fd` was just made and belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn check(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The address of a path, or of a name in the abstract namespace.
fn address_of(name: &[u8], is_abstract: bool) -> io::Result<(libc::sockaddr_un, libc::socklen_t)> {
    // SAFETY: all octets zero are a valid address.
    let mut address: libc::sockaddr_un = unsafe { zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    let first = usize::from(is_abstract);
    // A path ends with a zero.
    if first + name.len() > LONGEST_PATH || name.is_empty() || name.contains(&0) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name of a socket is empty or too long"));
    }
    for (place, octet) in address.sun_path[first..].iter_mut().zip(name) {
        *place = *octet as libc::c_char;
    }
    let length = offset_of!(libc::sockaddr_un, sun_path) + first + name.len() + usize::from(!is_abstract);
    Ok((address, length as libc::socklen_t))
}

/// Octets that the path of a socket may have.
pub const LONGEST_PATH: usize = 107;
const FD_OCTETS: u32 = size_of::<i32>() as u32;
/// Connections that may wait to be taken.
const WAITING: i32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("tandem-{name}-{}", std::process::id()))
    }

    #[test]
    fn one_listens_at_a_place_and_leaves_nothing_behind() {
        let path = place("listener");
        let listener = MessageListener::bind(&path).expect("a free place");
        assert!(listener.accept().is_none());
        let second = MessageListener::bind(&path).map(|_| ()).expect_err("taken");
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
        assert!(listener.accept().is_some(), "the second had asked");
        drop(listener);
        assert!(!path.exists());
        // One that was killed leaves its place behind.
        let left = socket().expect("a socket");
        let (address, length) = address_of(path.as_os_str().as_bytes(), false).expect("an address");
        // SAFETY: the address is as long as is told.
        assert_eq!(unsafe { libc::bind(left.as_raw_fd(), (&raw const address).cast(), length) }, 0);
        drop(left);
        assert!(path.exists());
        MessageListener::bind(&path).expect("taken over");
        assert!(MessageListener::bind(&PathBuf::from("x".repeat(200))).is_err());
    }

    #[test]
    fn files_of_others_stay() {
        let path = place("others");
        std::fs::write(&path, "precious").expect("a file");
        assert!(MessageListener::bind(&path).is_err());
        assert_eq!(std::fs::read(&path).expect("still there"), b"precious");
        // Put in the listener's place while it listens.
        std::fs::remove_file(&path).expect("ours");
        let listener = MessageListener::bind(&path).expect("a free place");
        let moved = place("moved");
        std::fs::rename(&path, &moved).expect("ours");
        let second = MessageListener::bind(&path).expect("a free place");
        drop(listener);
        assert!(MessageListener::bind(&path).is_err(), "the second listens there still");
        drop(second);
        std::fs::remove_file(&moved).expect("left by the first");
        assert!(!path.exists());
    }

    #[test]
    fn a_descriptor_comes_with_its_message_and_of_several_the_first() {
        let path = place("given");
        assert_eq!(MessageSocket::connect(&path).map(|_| ()), Err(Errno(libc::ENOENT)));
        let listener = MessageListener::bind(&path).expect("a free place");
        let client = MessageSocket::connect(&path).expect("it listens");
        let server = listener.accept().expect("connected");
        let mut octets = [0; 8];
        assert_eq!(client.receive_given(&mut octets).map(|_| ()), Err(Errno::AGAIN));
        let (ours, given) = StreamEnd::pair().expect("a pair");
        server.send(b"plain", None).expect("room");
        server.send(b"given away", Some(given)).expect("room");
        let (count, none) = client.receive_given(&mut octets).expect("a message");
        assert_eq!((&octets[..count], none.is_none()), (&b"plain"[..], true));
        let (count, given) = client.receive_given(&mut octets).expect("a message");
        assert_eq!(&octets[..count], b"given aw", "as much as there is room for");
        let theirs = given.expect("it came").into_stream();
        assert_eq!((theirs.send(&[1, 2, 3]), ours.receive(&mut octets)), (Ok(3), Ok(3)));
        // Three at once: the second and the third are closed.
        let pairs: Vec<_> = (0..3).map(|_| StreamEnd::pair().expect("a pair")).collect();
        let fds: Vec<i32> = pairs.iter().map(|(_, given)| given.0.as_raw_fd()).collect();
        send_several(&server, &fds);
        let ends: Vec<StreamEnd> = pairs.into_iter().map(|(ours, _)| ours).collect();
        assert!(ends.iter().all(|end| !end.is_closed()), "on their way");
        let (_, given) = client.receive_given(&mut octets).expect("a message");
        assert_eq!(ends.iter().map(StreamEnd::is_closed).collect::<Vec<_>>(), [false, true, true]);
        drop(given);
        assert!(ends[0].is_closed());
        drop(server);
        assert_eq!(client.receive_given(&mut octets).map(|(count, _)| count), Ok(0));
    }

    fn send_several(socket: &MessageSocket, fds: &[i32]) {
        let octets = size_of_val(fds);
        let mut vector = libc::iovec { iov_base: b"x".as_ptr().cast_mut().cast(), iov_len: 1 };
        let mut rights = Rights(MaybeUninit::zeroed());
        // SAFETY: all octets zero are a valid header; there is room for three descriptors behind that of the control message.
        let sent = unsafe {
            let mut header: libc::msghdr = zeroed();
            (header.msg_iov, header.msg_iovlen) = (&raw mut vector, 1);
            header.msg_control = rights.0.as_mut_ptr().cast();
            header.msg_controllen = libc::CMSG_SPACE(octets as u32) as _;
            let message = libc::CMSG_FIRSTHDR(&raw const header);
            ((*message).cmsg_level, (*message).cmsg_type) = (libc::SOL_SOCKET, libc::SCM_RIGHTS);
            (*message).cmsg_len = libc::CMSG_LEN(octets as u32) as _;
            std::ptr::copy_nonoverlapping(fds.as_ptr().cast(), libc::CMSG_DATA(message), octets);
            libc::sendmsg(socket.0.as_raw_fd(), &raw const header, 0)
        };
        assert_eq!(sent, 1);
    }

    #[test]
    fn messages_of_a_pair_stay_whole_and_a_limit_holds_writes_back() {
        let (ours, given) = MessageSocket::pair().expect("a pair");
        let theirs = given.into_messages();
        theirs.send(b"one", None).expect("room");
        theirs.send(b"two", None).expect("room");
        let mut octets = [0; 64];
        assert_eq!((ours.receive(&mut octets), ours.is_closed()), (Ok(3), false));
        drop(theirs);
        assert!(ours.is_closed(), "whatever lies there unread");
        assert_eq!((ours.receive(&mut octets), ours.receive(&mut octets)), (Ok(3), Ok(0)));
        let (ours, given) = StreamEnd::pair().expect("a pair");
        let written = |end: &StreamEnd| (0..10_000).take_while(|_| end.send(&[0; 8]).is_ok()).count();
        ours.limit_unread(16 * 1024);
        let count = written(&ours);
        assert!((10..40).contains(&count), "{count}");
        drop(given);
    }

    #[test]
    fn a_stream_tells_when_it_was_read_and_that_the_other_end_is_gone() {
        let (ours, given) = stream(format!("tandem-test/{}", std::process::id()).as_bytes()).expect("a pair");
        assert!(ours.unread() == 0 && !ours.is_closed() && !ours.is_readable());
        assert_eq!(ours.send(&[1; 100]), Ok(100));
        ours.send_urgent().expect("a mark");
        assert!(ours.unread() > 100);
        let other = StreamEnd(given.0);
        let mut ready = Vec::new();
        wait_for_any(&[ours.number(), other.number()], 0, &mut ready);
        assert_eq!(ready, [1]);
        let mut octets = [0; 200];
        assert_eq!((other.receive(&mut octets), octets[99]), (Ok(100), 1));
        // Two short writes are held back, not a flood.
        let taken = (0..100).take_while(|_| other.send(&[2; 160]).is_ok()).count();
        assert!((2..10).contains(&taken), "{taken}");
        assert!(!ours.is_closed() && ours.is_readable());
        drop(other);
        assert!(ours.is_closed(), "whatever lies there unread");
        while ours.receive(&mut octets).is_ok_and(|count| count > 0) {}
        assert_eq!(ours.receive(&mut octets), Ok(0));
        assert!(ours.is_closed() && ours.is_readable());
        assert!(ours.send(&[1]).is_err());
    }
}
