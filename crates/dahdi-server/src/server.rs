//! A board behind a Unix socket: connections with one request each, and the streams of open devices.
use crate::board::Board;
use crate::errno::EPROTO;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use tandem_card::dahdi::abi::{
    DAHDI_FLUSH_WRITE, DAHDI_MAX_BLOCKSIZE, REQUEST_FLUSH, REQUEST_GETEVENT, REQUEST_SPECIFY,
    REQUEST_TIMERACK, REQUEST_TIMERPONG,
};
use tandem_rt::sys::{
    Errno, GivenEnd, MessageListener, MessageSocket, StreamEnd, Waitable, stream, wait_for_any,
};
use tandem_types::dahdi::{AnswerHeader, MOST_PAYLOAD, RequestHeader, RequestKind, device_name};

/// Gives the spans of a board to programs. Requests are answered in [`Server::attend`], time passes in
/// [`Server::tick`]; one thread at a time calls either.
#[derive(Debug)]
pub struct Server {
    board: Board,
    listener: MessageListener,
    /// What tells the names of our devices from those of other switches.
    number: u64,
    connections: Vec<MessageSocket>,
    streams: BTreeMap<u64, Stream>,
    counters: ServerCounters,
    /// Room that is used again and again: for a message, for a block that was written, for one that is to be read.
    message: Vec<u8>,
    written: Vec<u8>,
    octets: Vec<u8>,
    ready: Vec<usize>,
}

/// Our end of an open device.
#[derive(Debug)]
struct Stream {
    end: StreamEnd,
    /// A mark was set that the program has not asked about.
    is_urgent: bool,
    /// What was written and found no room yet, or half a sample.
    held: Vec<u8>,
    /// What was read and did not fit into the stream.
    rest: Vec<u8>,
}

/// What a server has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerCounters {
    /// Requests answered, with or without an error.
    pub requests: u64,
    /// Messages that were no request.
    pub malformed: u64,
    /// Connections that were closed without a request, because too many were open.
    pub refused: u64,
}

impl Server {
    /// Listens at this place. The number tells this server's devices from those of others.
    pub fn new(board: Board, path: &Path, number: u64) -> io::Result<Self> {
        let listener = MessageListener::bind(path)?;
        Ok(Self {
            board,
            listener,
            number,
            connections: Vec::new(),
            streams: BTreeMap::new(),
            counters: ServerCounters::default(),
            message: vec![0; RequestHeader::OCTETS + MOST_PAYLOAD + 1],
            written: vec![0; LONGEST_BLOCK],
            octets: Vec::new(),
            ready: Vec::new(),
        })
    }

    /// What was counted.
    #[must_use]
    pub const fn counters(&self) -> ServerCounters {
        self.counters
    }

    /// Devices that are open.
    #[must_use]
    pub fn devices(&self) -> usize {
        self.streams.len()
    }

    /// Answers what is asked within so long.
    pub fn attend(&mut self, timeout_ns: u64) {
        let mut numbers = vec![self.listener.number()];
        numbers.extend(self.connections.iter().map(Waitable::number));
        let mut ready = std::mem::take(&mut self.ready);
        wait_for_any(&numbers, timeout_ns, &mut ready);
        // From the last, so that those that end do not move the others.
        for place in ready.iter().rev() {
            match place.checked_sub(1) {
                None => self.accept(),
                Some(connection) => {
                    let socket = self.connections.remove(connection);
                    self.answer(&socket);
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

    fn accept(&mut self) {
        // Who connects without end does not keep us from the others.
        for socket in (0..MOST_CONNECTIONS).map_while(|_| self.listener.accept()) {
            if self.connections.len() == MOST_CONNECTIONS {
                // Whoever has asked nothing for the longest.
                self.connections.remove(0);
                self.counters.refused += 1;
            }
            self.connections.push(socket);
        }
    }

    /// A connection has one request and one answer.
    fn answer(&mut self, socket: &MessageSocket) {
        let mut message = std::mem::take(&mut self.message);
        let mut payload = Vec::new();
        let (header, given) = match socket.receive(&mut message) {
            Ok(0) | Err(_) => (None, None),
            Ok(count) => self.handle(&message[..count], &mut payload),
        };
        self.message = message;
        if let Some(header) = header {
            let answer = [&header.to_octets()[..], &payload].concat();
            // Who does not wait for the answer has lost the device with it: the other end is closed.
            let _ = socket.send(&answer, given);
        }
    }

    /// Works a message. What it gives is put into `payload`.
    fn handle(&mut self, message: &[u8], payload: &mut Vec<u8>) -> (Option<AnswerHeader>, Option<GivenEnd>) {
        let parts = RequestHeader::split(message).filter(|(_, rest)| rest.len() <= MOST_PAYLOAD);
        let Some((header, rest)) = parts else {
            self.counters.malformed += 1;
            if self.counters.malformed.is_power_of_two() {
                let count = self.counters.malformed;
                log::warn!("messages at the socket for DAHDI programs that are no requests: {count}");
            }
            return (Some(self.answer_for(0, Err(EPROTO))), None);
        };
        self.counters.requests += 1;
        match header.kind {
            RequestKind::Open => match self.open(rest) {
                Ok((id, given)) => (Some(self.answer_for(id, Ok(0))), Some(given)),
                Err(errno) => (Some(self.answer_for(0, Err(errno))), None),
            },
            RequestKind::Control => {
                payload.extend_from_slice(rest);
                let result = self.control(header.device, header.code, payload);
                (Some(self.answer_for(header.device, result)), None)
            }
            RequestKind::Write => {
                let result = self.board.write(header.device, rest);
                let result = result.and_then(|taken| if taken == 0 { Err(Errno::AGAIN) } else { Ok(taken) });
                (Some(self.answer_for(header.device, result)), None)
            }
        }
    }

    fn answer_for(&self, id: u64, result: Result<usize, Errno>) -> AnswerHeader {
        let shape = self.board.shape(id);
        AnswerHeader {
            errno: result.map_or_else(|errno| errno.0 as u16, |_| 0),
            most: shape.most as u16,
            whole_writes: shape.is_framed,
            result: result.unwrap_or(0) as u32,
        }
    }

    fn open(&mut self, path: &[u8]) -> Result<(u64, GivenEnd), Errno> {
        // Who closes a device may open it again at once.
        self.take_writes();
        let path = std::str::from_utf8(path).map_err(|_| crate::errno::ENOENT)?;
        let id = self.board.open(path)?;
        match stream(&device_name(self.number, id)) {
            Ok((end, given)) => {
                let (held, rest) = (Vec::new(), Vec::new());
                self.streams.insert(id, Stream { end, is_urgent: false, held, rest });
                Ok((id, given))
            }
            Err(_) => {
                self.board.close(id);
                Err(crate::errno::EMFILE)
            }
        }
    }

    /// Makes a request. What was written before it comes before it.
    fn control(&mut self, id: u64, code: u32, payload: &mut Vec<u8>) -> Result<usize, Errno> {
        if code == REQUEST_SPECIFY {
            self.take_writes();
        }
        let Self { board, streams, written, .. } = self;
        let Some(stream) = streams.get_mut(&id) else { return board.control(id, code, payload).map(|()| 0) };
        let _ = stream.take(board, id, written);
        let flushes = code == REQUEST_FLUSH && payload.first().is_some_and(|what| what & FLUSH_WRITE != 0);
        let result = board.control(id, code, payload).map(|()| 0);
        if flushes && result.is_ok() {
            stream.held.clear();
            let left = (0..MOST_TAKEN).map_while(|_| stream.end.receive(written).ok());
            let _ = left.take_while(|count| *count > 0).count();
        }
        // With these the program has taken the mark away before it asked; if more is to be told it is set again. A second mark
        // would make an octet of the first.
        if [REQUEST_GETEVENT, REQUEST_TIMERACK, REQUEST_TIMERPONG, REQUEST_FLUSH].contains(&code) {
            stream.is_urgent = false;
        }
        if !stream.is_urgent {
            stream.mark(board, id);
        }
        result
    }

    /// A millisecond passes.
    pub fn tick(&mut self) {
        self.take_writes();
        self.board.tick();
        let Self { board, streams, octets, .. } = self;
        for (id, stream) in streams {
            stream.give(board, *id, octets);
            if !stream.is_urgent {
                stream.mark(board, *id);
            }
        }
    }

    /// Takes what was written, as far as there is room, and closes what is closed.
    fn take_writes(&mut self) {
        let mut closed = Vec::new();
        let Self { board, streams, written, .. } = self;
        for (id, stream) in streams.iter_mut() {
            if stream.take(board, *id, written) {
                closed.push(*id);
            }
        }
        for id in closed {
            self.streams.remove(&id);
            self.board.close(id);
        }
    }
}

impl Stream {
    fn mark(&mut self, board: &Board, id: u64) {
        self.is_urgent = board.is_urgent(id) && self.end.send_urgent().is_ok();
    }

    /// Hands over blocks that are to be read: of frames one at a time, so that no read has two; of octets a few, so that a
    /// program that does not read finds no more than a driver would have kept for it, and marks have room.
    fn give(&mut self, board: &mut Board, id: u64, octets: &mut Vec<u8>) {
        let framed = board.shape(id).is_framed;
        loop {
            if !self.rest.is_empty() {
                let sent = self.end.send(&self.rest).unwrap_or(0);
                self.rest.drain(..sent);
            }
            let most = if framed { 1 } else { MOST_UNREAD };
            if !self.rest.is_empty() || self.end.unread() >= most || !board.read(id, octets) {
                return;
            }
            self.rest.extend_from_slice(octets);
        }
    }

    /// Takes what the program has written. Whether it has closed the device, or has written to one that is not written.
    fn take(&mut self, board: &mut Board, id: u64, room: &mut [u8]) -> bool {
        let most = board.shape(id).most.min(room.len());
        if most == 0 {
            return self.end.is_readable();
        }
        for _ in 0..MOST_TAKEN {
            if !self.held.is_empty() {
                let taken = board.write(id, &self.held).unwrap_or(self.held.len());
                self.held.drain(..taken);
            }
            // All that is held while there is room is half a sample, which what comes makes whole.
            if !board.has_room(id) || self.held.len() >= most {
                return self.end.is_closed();
            }
            match self.end.receive(&mut room[..most - self.held.len()]) {
                Ok(0) => return true,
                Ok(count) => self.held.extend_from_slice(&room[..count]),
                Err(Errno::AGAIN | Errno::INTERRUPTED) => return false,
                Err(_) => return true,
            }
        }
        false
    }
}

/// Samples are twice as long as octets.
const LONGEST_BLOCK: usize = 2 * DAHDI_MAX_BLOCKSIZE as usize;
/// By the memory that they take: three short blocks.
const MOST_UNREAD: usize = 2304;
/// Times that one device's stream is received from before it is the others' turn: more than there are blocks.
const MOST_TAKEN: usize = 64;
const FLUSH_WRITE: u8 = DAHDI_FLUSH_WRITE as u8;
/// Requests that may wait at a time.
const MOST_CONNECTIONS: usize = 256;
