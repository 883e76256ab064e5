//! A library to be preloaded into programs that use DAHDI: it gives them the spans of a running switch in place of
//! `/dev/dahdi/*`.
//!
//! A device opens as one end of a stream that the switch made, so everything but these is the kernel's: `open`, and by
//! it the descriptor; `ioctl`, each a message to the switch and its answer; `read` and `write`, which see to it that an event
//! is told first and that blocks stay whole; `close`, `close_range`, `dup2` and `dup3`, for the table below. An event is urgent data, so `poll`, `select` and
//! `epoll` show it as the driver does. No threads, no memory but one table of numbers, and nothing is kept of a device but
//! what can be asked of its descriptor: copies, children and programs that are executed have it as well.
//!
//! The table tells what descriptors to look at more closely. One that got there unseen (`dup`) is read and written as the
//! stream that it is; one that is no more (closed unseen) costs a look.
#![deny(unsafe_code)]

mod codes;
#[allow(unsafe_code)]
mod device;
#[allow(unsafe_code)]
mod exchange;
#[allow(unsafe_code, unreachable_pub)] // they are reached by their names
mod hooks;
mod table;
