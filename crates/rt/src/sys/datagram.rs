//! Datagrams in batches: UDP, and Ethernet frames of one type. Nothing here blocks.
#![allow(unsafe_code)]

use crate::PacketBatch;
use std::io;
use std::mem::{MaybeUninit, size_of, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// The far end of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// An address and a port of UDP.
    Udp(SocketAddr),
    /// The hardware address of an Ethernet interface.
    Ethernet([u8; 6]),
}

/// A socket for the datagrams of one far end. Those of others are told apart.
#[derive(Debug)]
pub struct DatagramSocket {
    fd: OwnedFd,
    peer: Address,
}

impl DatagramSocket {
    /// A UDP socket at `local`; port 0 takes any that is free.
    pub fn udp(local: SocketAddr, peer: SocketAddr) -> io::Result<Self> {
        let family = if local.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
        if local.is_ipv4() != peer.is_ipv4() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "one address is IPv4, the other IPv6"));
        }
        Self::open(family, libc::SOCK_DGRAM, 0, &Address::of_udp(local), Address::of_udp(peer))
    }

    /// A socket for Ethernet frames of this type on `interface`; the kernel makes and takes off their headers. Needs the
    /// right to open packet sockets (CAP_NET_RAW).
    pub fn ethernet(interface: &str, ethertype: u16, peer: [u8; 6]) -> io::Result<Self> {
        let name = std::ffi::CString::new(interface)?;
        // SAFETY: `name` is a string that ends with a zero and outlives the call.
        let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
        if index == 0 {
            return Err(io::Error::last_os_error());
        }
        let local = Address::of_ethernet(index, ethertype, [0; 6]);
        let peer = Address::of_ethernet(index, ethertype, peer);
        Self::open(libc::AF_PACKET, libc::SOCK_DGRAM, ethertype.to_be().into(), &local, peer)
    }

    fn open(family: i32, kind: i32, protocol: i32, local: &Address, peer: Address) -> io::Result<Self> {
        // SAFETY: no pointers are passed.
        let fd = unsafe { libc::socket(family, kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC, protocol) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` was just made and belongs to nobody else.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        let (on, size) = (1_i32, size_of::<i32>() as libc::socklen_t);
        // SAFETY: `on` is an integer of the length that is told.
        let stamps = unsafe {
            libc::setsockopt(
                fd.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_TIMESTAMPNS,
                (&raw const on).cast(),
                size,
            )
        };
        // SAFETY: the address is as long as is told, and outlives the call.
        let bound = unsafe { libc::bind(fd.as_raw_fd(), (&raw const local.storage).cast(), local.length) };
        if stamps < 0 || bound < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { fd, peer })
    }

    /// Where it is, for UDP: with the port that was chosen.
    pub fn local(&self) -> io::Result<Peer> {
        let mut address = Address::empty();
        // SAFETY: the address has room for the length that is told, and the call tells the length it has written.
        let told = unsafe {
            libc::getsockname(self.fd.as_raw_fd(), (&raw mut address.storage).cast(), &raw mut address.length)
        };
        if told < 0 {
            return Err(io::Error::last_os_error());
        }
        address.peer().ok_or_else(|| io::Error::from(io::ErrorKind::Unsupported))
    }

    /// Sends to another far end from now on.
    pub const fn set_peer(&mut self, peer: SocketAddr) {
        self.peer = Address::of_udp(peer);
    }

    /// Sends the packets of a batch to the far end, by one system call unless the kernel takes them in parts. How many it
    /// has taken.
    pub fn send(&self, batch: &PacketBatch) -> usize {
        // SAFETY: all octets zero are a valid header and a valid vector.
        let (mut headers, mut vectors): (
            [libc::mmsghdr; PacketBatch::MOST],
            [libc::iovec; PacketBatch::MOST],
        ) = unsafe { (zeroed(), zeroed()) };
        for ((packet, header), vector) in batch.iter().zip(&mut headers).zip(&mut vectors) {
            vector.iov_base = packet.octets.as_ptr().cast_mut().cast();
            vector.iov_len = packet.octets.len();
            header.msg_hdr.msg_name = (&raw const self.peer.storage).cast_mut().cast();
            header.msg_hdr.msg_namelen = self.peer.length;
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
        }
        let (mut sent, mut fresh_start) = (0, true);
        while sent < batch.len() {
            let (rest, count) = (&mut headers[sent..], (batch.len() - sent) as u32);
            // SAFETY: so many headers are there; each names one vector over octets of the batch and the address of the far
            // end, which all outlive the call and are only read by it.
            let taken =
                unsafe { libc::sendmmsg(self.fd.as_raw_fd(), rest.as_mut_ptr(), count, libc::MSG_DONTWAIT) };
            if taken > 0 {
                (sent, fresh_start) = (sent + taken as usize, true);
            } else if fresh_start && io::Error::last_os_error().raw_os_error() == Some(libc::ECONNREFUSED) {
                // What a packet before has met, told by the next call; that one is tried once more.
                fresh_start = false;
            } else {
                break;
            }
        }
        sent
    }

    /// Fills a batch with what has arrived, by one system call. A packet that came before the kernel had begun to stamp what
    /// arrives, which it does soon after the first socket asks for it, is of age 0. A packet longer than the batch has room for counts as one
    /// that is a stranger's: it cannot be the far end's.
    pub fn receive(&self, batch: &mut PacketBatch) {
        let (longest, capacity) = (batch.longest(), batch.capacity());
        // SAFETY: all octets zero are valid headers, vectors and addresses.
        let (mut headers, mut vectors, mut senders): (
            [libc::mmsghdr; PacketBatch::MOST],
            [libc::iovec; PacketBatch::MOST],
            [Address; PacketBatch::MOST],
        ) = unsafe { (zeroed(), zeroed(), zeroed()) };
        let mut stamps = [Stamp(MaybeUninit::uninit()); PacketBatch::MOST];
        let room = batch.room();
        for (place, octets) in room.chunks_exact_mut(longest.max(1)).enumerate().take(capacity) {
            vectors[place] = libc::iovec { iov_base: octets.as_mut_ptr().cast(), iov_len: octets.len() };
            let header = &mut headers[place].msg_hdr;
            header.msg_name = (&raw mut senders[place].storage).cast();
            header.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_iov = &raw mut vectors[place];
            header.msg_iovlen = 1;
            header.msg_control = stamps[place].0.as_mut_ptr().cast();
            header.msg_controllen = size_of::<Stamp>();
        }
        // SAFETY: so many headers are there; each names one vector over its own octets of the batch, an address and room
        // for control messages, which nothing else refers to during the call.
        let count = unsafe {
            libc::recvmmsg(
                self.fd.as_raw_fd(),
                headers.as_mut_ptr(),
                capacity as u32,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        if count <= 0 {
            return;
        }
        let now_ns = super::clock::realtime_ns();
        for (header, sender) in headers.iter().zip(&mut senders).take(count as usize) {
            sender.length = header.msg_hdr.msg_namelen;
            if sender.is_our_own() {
                continue;
            }
            let whole = header.msg_hdr.msg_flags & libc::MSG_TRUNC == 0;
            let age_ns = now_ns.saturating_sub(arrival_ns(&header.msg_hdr).unwrap_or(now_ns));
            batch.note_received(header.msg_len as usize, age_ns, !whole || !sender.is_like(&self.peer));
        }
    }
}

/// Room for the control message with the time of arrival, aligned as its header.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Stamp(MaybeUninit<[u8; 64]>);

/// The time of arrival on the clock of the day, by the kernel.
fn arrival_ns(header: &libc::msghdr) -> Option<u64> {
    // SAFETY: the kernel has filled the control messages of `header` and set their length; these functions stay within it.
    let mut message = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !message.is_null() {
        // SAFETY: not null, so it is a whole header within the control messages.
        let (level, kind) = unsafe { ((*message).cmsg_level, (*message).cmsg_type) };
        if level == libc::SOL_SOCKET && kind == libc::SCM_TIMESTAMPNS {
            // SAFETY: a message of this kind holds a timespec; it need not be aligned.
            let time = unsafe { libc::CMSG_DATA(message).cast::<libc::timespec>().read_unaligned() };
            return Some(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64);
        }
        // SAFETY: both come from the same control messages.
        message = unsafe { libc::CMSG_NXTHDR(header, message) };
    }
    None
}

/// A socket address of any family.
#[derive(Clone, Copy)]
#[repr(C)]
struct Address {
    storage: libc::sockaddr_storage,
    length: libc::socklen_t,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.peer().fmt(f)
    }
}

impl Address {
    const fn empty() -> Self {
        // SAFETY: all octets zero are a valid address, of no family.
        let storage = unsafe { zeroed() };
        Self { storage, length: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }

    const fn of_udp(address: SocketAddr) -> Self {
        let mut made = Self::empty();
        match address {
            SocketAddr::V4(address) => {
                let place = (&raw mut made.storage).cast::<libc::sockaddr_in>();
                // SAFETY: the storage is aligned for, and longer than, an address of any family, and all zeros.
                let place = unsafe { &mut *place };
                place.sin_family = libc::AF_INET as u16;
                place.sin_port = address.port().to_be();
                place.sin_addr.s_addr = u32::from_ne_bytes(address.ip().octets());
                made.length = size_of::<libc::sockaddr_in>() as libc::socklen_t;
            }
            SocketAddr::V6(address) => {
                let place = (&raw mut made.storage).cast::<libc::sockaddr_in6>();
                // SAFETY: as above.
                let place = unsafe { &mut *place };
                place.sin6_family = libc::AF_INET6 as u16;
                place.sin6_port = address.port().to_be();
                place.sin6_addr.s6_addr = address.ip().octets();
                place.sin6_scope_id = address.scope_id();
                made.length = size_of::<libc::sockaddr_in6>() as libc::socklen_t;
            }
        }
        made
    }

    fn of_ethernet(index: u32, ethertype: u16, hardware: [u8; 6]) -> Self {
        let mut made = Self::empty();
        let place = (&raw mut made.storage).cast::<libc::sockaddr_ll>();
        // SAFETY: the storage is aligned for, and longer than, an address of any family, and all zeros.
        let place = unsafe { &mut *place };
        place.sll_family = libc::AF_PACKET as u16;
        place.sll_protocol = ethertype.to_be();
        place.sll_ifindex = index.cast_signed();
        place.sll_halen = 6;
        place.sll_addr[..6].copy_from_slice(&hardware);
        made.length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
        made
    }

    /// What it says, if it is of a family that is known here.
    fn peer(&self) -> Option<Peer> {
        match i32::from(self.storage.ss_family) {
            libc::AF_INET => {
                let place = (&raw const self.storage).cast::<libc::sockaddr_in>();
                // SAFETY: of this family it is such an address; the storage is aligned for it.
                let place = unsafe { &*place };
                let ip = Ipv4Addr::from(place.sin_addr.s_addr.to_ne_bytes());
                Some(Peer::Udp((ip, u16::from_be(place.sin_port)).into()))
            }
            libc::AF_INET6 => {
                let place = (&raw const self.storage).cast::<libc::sockaddr_in6>();
                // SAFETY: as above.
                let place = unsafe { &*place };
                let ip = Ipv6Addr::from(place.sin6_addr.s6_addr);
                Some(Peer::Udp((ip, u16::from_be(place.sin6_port)).into()))
            }
            libc::AF_PACKET => {
                let [a, b, c, d, e, f, ..] = self.link().sll_addr;
                Some(Peer::Ethernet([a, b, c, d, e, f]))
            }
            _ => None,
        }
    }

    fn link(&self) -> &libc::sockaddr_ll {
        let place = (&raw const self.storage).cast::<libc::sockaddr_ll>();
        // SAFETY: the storage is aligned for, and longer than, an address of any family; any octets are valid in this one.
        unsafe { &*place }
    }

    /// Whether a packet socket shows a frame that this machine has sent.
    fn is_our_own(&self) -> bool {
        let is_packet = i32::from(self.storage.ss_family) == libc::AF_PACKET;
        is_packet && self.link().sll_pkttype == libc::PACKET_OUTGOING
    }

    fn is_like(&self, other: &Self) -> bool {
        self.peer().is_some_and(|peer| other.peer() == Some(peer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::{monotonic_ns, sleep_until_ns};

    fn pair(local: &str) -> (DatagramSocket, DatagramSocket) {
        let any: SocketAddr = local.parse().expect("an address");
        let mut one = DatagramSocket::udp(any, any).expect("a socket");
        let address = |socket: &DatagramSocket| match socket.local() {
            Ok(Peer::Udp(address)) => address,
            other => panic!("{other:?}"),
        };
        let other = DatagramSocket::udp(any, address(&one)).expect("a socket");
        one.set_peer(address(&other));
        (one, other)
    }

    #[test]
    fn a_batch_goes_through_as_it_is() {
        for local in ["127.0.0.1:0", "[::1]:0"] {
            if local.contains("::1")
                && DatagramSocket::udp(local.parse().expect("an address"), local.parse().expect("an address"))
                    .is_err()
            {
                println!("skipped: no IPv6 here");
                continue;
            }
            let (one, other) = pair(local);
            let mut batch = PacketBatch::new(8, 100);
            (0..5).for_each(|n| assert!(batch.push_received(&vec![n; 10 + usize::from(n)], 0, false)));
            assert_eq!(one.send(&batch), 5);
            let mut received = PacketBatch::new(8, 100);
            other.receive(&mut received);
            let lengths: Vec<_> = received.iter().map(|packet| packet.octets.len()).collect();
            assert_eq!(lengths, [10, 11, 12, 13, 14]);
            assert!(received.iter().all(|packet| !packet.stranger));
            assert!(
                received.iter().zip(0..).all(|(packet, n)| packet.octets.iter().all(|octet| *octet == n))
            );
            other.receive(&mut received);
            assert!(received.is_empty());
        }
    }

    #[test]
    fn a_packet_tells_how_old_it_is() {
        let (one, other) = pair("127.0.0.1:0");
        let (mut batch, mut received) = (PacketBatch::new(1, 10), PacketBatch::new(8, 10));
        assert!(batch.push_received(&[1; 10], 0, false));
        // The kernel begins to stamp what arrives some time after it was asked to.
        let aged = (0..1000).any(|_| {
            assert_eq!(one.send(&batch), 1);
            sleep_until_ns(monotonic_ns() + 2_000_000);
            other.receive(&mut received);
            received.iter().any(|packet| packet.age_ns > 1_000_000)
        });
        assert!(aged);
    }

    #[test]
    fn what_comes_from_elsewhere_or_is_too_long_is_a_strangers() {
        let (one, other) = pair("127.0.0.1:0");
        let Ok(Peer::Udp(address)) = other.local() else { panic!("an address") };
        let stranger =
            DatagramSocket::udp("127.0.0.1:0".parse().expect("an address"), address).expect("a socket");
        let (mut short, mut long) = (PacketBatch::new(1, 200), PacketBatch::new(1, 200));
        assert!(short.push_received(&[1; 100], 0, false) && long.push_received(&[1; 101], 0, false));
        assert_eq!((stranger.send(&short), one.send(&long), one.send(&short)), (1, 1, 1));
        let mut received = PacketBatch::new(8, 100);
        other.receive(&mut received);
        let strangers: Vec<_> = received.iter().map(|packet| packet.stranger).collect();
        assert_eq!(strangers, [true, true, false]);
    }

    #[test]
    fn a_far_end_that_is_not_there_is_no_error() {
        let (one, other) = pair("127.0.0.1:0");
        drop(other);
        let mut batch = PacketBatch::new(2, 10);
        assert!(batch.push_received(&[1; 10], 0, false));
        for _ in 0..3 {
            assert_eq!(one.send(&batch), 1);
            one.receive(&mut PacketBatch::new(2, 10));
        }
    }

    #[test]
    fn frames_of_a_type_go_over_an_interface() {
        let Ok(socket) = DatagramSocket::ethernet("lo", 0x88b5, [0; 6]) else {
            println!("skipped: packet sockets may not be opened here");
            return;
        };
        let ours = [std::process::id().to_be_bytes(); 15].concat();
        let mut batch = PacketBatch::new(4, 100);
        assert!(batch.push_received(&ours, 0, false));
        assert_eq!(socket.send(&batch), 1);
        let mut received = PacketBatch::new(32, 100);
        socket.receive(&mut received);
        // Another run of this test may be heard as well.
        let packets: Vec<_> = received.iter().filter(|packet| packet.octets == ours).collect();
        assert_eq!(packets.len(), 1, "once, though the loopback shows it going and coming");
        assert!(!packets[0].stranger);
    }
}
