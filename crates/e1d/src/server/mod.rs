//! Spans of any card for programs made for osmo-e1d: what answers at its control socket.
//!
//! [`Board`] has cards, lines and timeslots and does what is asked; it listens nowhere and reads no clock. [`Server`] puts a
//! board behind a socket. A connection that says what is no request is closed, as osmo-e1d does; what it has open stays open.
mod board;
mod line;
mod slot;

pub use board::{Board, Reply};
pub use slot::SlotLosses;

use crate::wire::{Event, LONGEST, Message};
use std::io;
use std::path::Path;
use tandem_rt::sys::{Errno, GivenEnd, MessageListener, MessageSocket, Waitable, wait_for_any};

/// Gives the lines of a board to programs. Requests are answered in [`Server::attend`], time passes in [`Server::tick`]; one
/// thread at a time calls either.
#[derive(Debug)]
pub struct Server {
    board: Board,
    listener: MessageListener,
    connections: Vec<MessageSocket>,
    counters: ServerCounters,
    /// Milliseconds in which nobody is let in.
    closed_ms: u32,
    /// Room that is used again and again.
    message: Vec<u8>,
    answer: Vec<u8>,
    ready: Vec<usize>,
}

/// What a server has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerCounters {
    /// Requests answered, those among them that could not be done too.
    pub requests: u64,
    /// Requests that could not be done.
    pub failures: u64,
    /// Messages that were no request.
    pub malformed: u64,
    /// Connections that were closed at once, because too many were open.
    pub refused: u64,
    /// Times that somebody waited to be let in and no descriptor was left for it; nobody is let in for 100 ms then.
    pub unaccepted: u64,
    /// Events that a client did not take.
    pub untold: u64,
}

impl Server {
    /// Listens at this place.
    pub fn new(board: Board, path: &Path) -> io::Result<Self> {
        Ok(Self {
            board,
            listener: MessageListener::bind(path)?,
            connections: Vec::new(),
            counters: ServerCounters::default(),
            closed_ms: 0,
            message: vec![0; LONGEST + 1],
            answer: vec![0; LONGEST],
            ready: Vec::new(),
        })
    }

    /// What was counted.
    #[must_use]
    pub const fn counters(&self) -> ServerCounters {
        self.counters
    }

    /// The lines.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// Answers what is asked within so long.
    pub fn attend(&mut self, timeout_ns: u64) {
        // A number below zero is not waited for.
        let mut numbers = vec![if self.closed_ms == 0 { self.listener.number() } else { -1 }];
        numbers.extend(self.connections.iter().map(Waitable::number));
        let mut ready = std::mem::take(&mut self.ready);
        wait_for_any(&numbers, timeout_ns, &mut ready);
        // From the last, so that those that end do not move the others.
        for place in ready.iter().rev() {
            match place.checked_sub(1) {
                None => self.accept(),
                Some(connection) => {
                    if !self.answer(connection) {
                        self.connections.remove(connection);
                    }
                }
            }
        }
        self.ready = ready;
    }

    /// Answers everything that is asked by now.
    pub fn attend_to_all(&mut self) {
        loop {
            self.attend(0);
            if self.ready.is_empty() {
                return;
            }
        }
    }

    /// A millisecond passes.
    pub fn tick(&mut self) {
        self.board.tick();
        self.closed_ms = self.closed_ms.saturating_sub(1);
        let Self { board, connections, counters, answer, .. } = self;
        for (interface, line, event) in board.take_events() {
            for socket in connections.iter() {
                counters.untold += u64::from(!tell(socket, interface, line, event, answer));
            }
        }
    }

    fn accept(&mut self) {
        // Who connects without end does not keep us from the others.
        for nth in 0..MOST_CONNECTIONS {
            let Some(socket) = self.listener.accept() else {
                // Somebody is there and cannot be let in: to look at once again would be in vain.
                if nth == 0 {
                    self.closed_ms = CLOSED_MS;
                    self.counters.unaccepted += 1;
                }
                return;
            };
            if self.connections.len() == MOST_CONNECTIONS {
                self.counters.refused += 1;
                continue;
            }
            for (interface, line, event) in self.board.state() {
                let told = tell(&socket, interface, line, event, &mut self.answer);
                self.counters.untold += u64::from(!told);
            }
            self.connections.push(socket);
        }
    }

    /// Answers a message. False if the connection is to be closed.
    fn answer(&mut self, connection: usize) -> bool {
        let count = match self.connections[connection].receive(&mut self.message) {
            Ok(0) => return false,
            Ok(count) => count,
            Err(errno) => return matches!(errno, Errno::AGAIN | Errno::INTERRUPTED),
        };
        let request = match Message::parse(&self.message[..count]) {
            Ok(Message::Request(request)) => request,
            other => {
                self.counters.malformed += 1;
                if self.counters.malformed.is_power_of_two() {
                    let reason =
                        other.err().map_or("it is none of a client".into(), |reason| reason.to_string());
                    let count = self.counters.malformed;
                    log::warn!(
                        "messages at the socket for programs of osmo-e1d that are no requests: {count}; the last: {reason}"
                    );
                }
                return false;
            }
        };
        self.counters.requests += 1;
        match self.board.handle(request) {
            Ok(Reply { payload, given }) => self.say(
                connection,
                &Message::Answer { command: request.command(), payload: &payload },
                given,
            ),
            Err(errno) => {
                self.counters.failures += 1;
                log::info!("a program of osmo-e1d asked what cannot be done: {request:?}: {errno}");
                self.say(connection, &Message::Failure { errno: errno.0 as u8 }, None)
            }
        }
    }

    fn say(&mut self, connection: usize, message: &Message<'_>, given: Option<GivenEnd>) -> bool {
        let Some(length) = message.emit(&mut self.answer) else { return false };
        self.connections[connection].send(&self.answer[..length], given).is_ok()
    }
}

/// Whether a client has taken an event.
fn tell(socket: &MessageSocket, interface: u8, line: u8, event: Event, room: &mut [u8]) -> bool {
    let length = Message::Event { interface, line, event }.emit(room);
    length.is_some_and(|length| socket.send(&room[..length], None).is_ok())
}

/// How long nobody is let in when no descriptor was left.
const CLOSED_MS: u32 = 100;
/// Programs that may be connected at a time.
const MOST_CONNECTIONS: usize = 256;
