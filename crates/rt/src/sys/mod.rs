//! System calls, and the `unsafe` that they need. Nothing else in the workspace calls the kernel directly.
mod alloc;
mod clock;
mod dahdi;
mod datagram;
mod eventfd;
mod file;
mod hangup;
mod process;
mod signals;
mod unix;

pub use alloc::{AllocReport, GuardedAlloc, MediaSection, ViolationPolicy};
pub use clock::{LocalTime, local_time, monotonic_ns, realtime_us, sleep_until_ns, thread_cpu_ns};
pub use dahdi::{DahdiFile, Errno};
pub use datagram::{DatagramSocket, Peer};
pub use eventfd::EventFd;
pub use file::lock_alone;
pub use hangup::Hangups;
pub use process::{lock_all_memory, on_fork, peak_resident_bytes, request_realtime};
pub use signals::without_signals;
pub use unix::{
    GivenEnd, LONGEST_PATH, MessageListener, MessageSocket, StreamEnd, Waitable, stream, wait_for_any,
};
