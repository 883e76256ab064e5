//! A timeslot that a client has open, or a superchannel: its octets on their way between the line and the descriptor.
//!
//! What the client does not take in time is lost to it, whole buffers and whole frames; what it does not give is idle.
use crate::wire::{LONGEST_FRAME, SlotMode};
use std::collections::VecDeque;
use std::io;
use tandem_line::hdlc::{HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};
use tandem_rt::sys::{Errno, GivenEnd, MessageSocket, StreamEnd};

/// An open timeslot.
#[derive(Debug)]
pub(super) struct OpenSlot {
    /// Octets of it in a frame of the line.
    width: usize,
    read_octets: u16,
    flow: Flow,
    pub(super) losses: SlotLosses,
}

#[derive(Debug)]
enum Flow {
    Raw(Raw),
    Hdlc(Box<Hdlc>),
}

#[derive(Debug)]
struct Raw {
    end: StreamEnd,
    /// What the line brought, until there is enough of it; how much is enough; how much of that was sent.
    received: Vec<u8>,
    enough: usize,
    sent: usize,
    /// What was read of the client and is not a whole frame.
    to_send: VecDeque<u8>,
    /// It has written something once.
    has_begun: bool,
}

#[derive(Debug)]
struct Hdlc {
    end: MessageSocket,
    receiver: HdlcReceiver,
    received: [u8; LONGEST_FRAME + CHECK],
    sender: HdlcSender,
    frame: [u8; LONGEST_FRAME + 1],
    length: usize,
}

/// What a client has lost by being late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotLosses {
    /// Octets, and octets of frames, that it did not read in time.
    pub unread: u64,
    /// Octets that it did not write in time; idle went out in their place. Not of HDLC.
    pub unwritten: u64,
    /// Frames it wrote that are too long for any.
    pub too_long: u64,
}

/// The client has closed the descriptor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closed;

impl OpenSlot {
    /// Opens one, so many octets wide, and the end to be given away.
    pub(super) fn open(mode: SlotMode, width: usize, read_octets: u16) -> io::Result<(Self, GivenEnd)> {
        let (flow, given) = if mode == SlotMode::Hdlc {
            let (end, given) = MessageSocket::pair()?;
            (Flow::Hdlc(Box::new(Hdlc::new(end))), given)
        } else {
            let (end, given) = StreamEnd::pair()?;
            // A superchannel keeps its place in the frames whatever is lost.
            let enough = usize::from(read_octets).next_multiple_of(width);
            let (received, to_send) = (Vec::with_capacity(enough), VecDeque::new());
            (Flow::Raw(Raw { end, received, enough, sent: 0, to_send, has_begun: false }), given)
        };
        Ok((Self { width, read_octets, flow, losses: SlotLosses::default() }, given))
    }

    pub(super) const fn mode(&self) -> SlotMode {
        match self.flow {
            Flow::Raw(_) => SlotMode::Raw,
            Flow::Hdlc(_) => SlotMode::Hdlc,
        }
    }

    pub(super) const fn read_octets(&self) -> u16 {
        self.read_octets
    }

    /// Whether the client has closed it, for a timeslot that does not move.
    pub(super) fn is_closed(&self) -> bool {
        match &self.flow {
            Flow::Raw(raw) => raw.end.is_closed(),
            Flow::Hdlc(hdlc) => hdlc.end.is_closed(),
        }
    }

    /// Takes octets of whole frames of the line.
    pub(super) fn receive(&mut self, octets: &[u8]) -> Result<(), Closed> {
        match &mut self.flow {
            Flow::Raw(raw) => {
                for frame in octets.chunks(self.width) {
                    self.losses.unread += raw.receive(frame)?;
                }
                Ok(())
            }
            Flow::Hdlc(hdlc) => {
                for octet in octets {
                    self.losses.unread += hdlc.receive(*octet)?;
                }
                Ok(())
            }
        }
    }

    /// Gives octets of whole frames for the line.
    pub(super) fn send(&mut self, octets: &mut [u8]) -> Result<(), Closed> {
        match &mut self.flow {
            Flow::Raw(raw) => {
                let given = raw.send(octets, self.width)?;
                if raw.has_begun {
                    self.losses.unwritten += (octets.len() - given) as u64;
                }
            }
            Flow::Hdlc(hdlc) => self.losses.too_long += hdlc.send(octets)?,
        }
        Ok(())
    }
}

impl Raw {
    /// How many octets were lost.
    fn receive(&mut self, frame: &[u8]) -> Result<u64, Closed> {
        if self.received.len() >= self.enough && !self.hand_over()? {
            return Ok(frame.len() as u64);
        }
        self.received.extend_from_slice(frame);
        if self.received.len() >= self.enough {
            self.hand_over()?;
        }
        Ok(0)
    }

    /// Whether all of it was taken.
    fn hand_over(&mut self) -> Result<bool, Closed> {
        self.sent += taken(self.end.send(&self.received[self.sent..]))?;
        if self.sent < self.received.len() {
            return Ok(false);
        }
        self.sent = 0;
        self.received.clear();
        Ok(true)
    }

    /// How many octets the client gave; the others are idle.
    fn send(&mut self, octets: &mut [u8], width: usize) -> Result<usize, Closed> {
        let wanted = octets.len() - self.to_send.len();
        octets[..wanted].fill(IDLE);
        match self.end.receive(&mut octets[..wanted]) {
            Ok(0) => return Err(Closed),
            Ok(count) => {
                self.to_send.extend(&octets[..count]);
                self.has_begun = true;
            }
            Err(Errno::AGAIN | Errno::INTERRUPTED) => {}
            Err(_) => return Err(Closed),
        }
        octets.fill(IDLE);
        let whole = self.to_send.len() - self.to_send.len() % width;
        for (place, octet) in octets.iter_mut().zip(self.to_send.drain(..whole)) {
            *place = octet;
        }
        Ok(whole)
    }
}

impl Hdlc {
    fn new(end: MessageSocket) -> Self {
        let limits = HdlcLimits { shortest: 1, longest: LONGEST_FRAME as u16 };
        Self {
            end,
            receiver: HdlcReceiver::new(limits),
            received: [0; LONGEST_FRAME + CHECK],
            sender: HdlcSender::new(),
            frame: [0; LONGEST_FRAME + 1],
            length: 0,
        }
    }

    /// How many octets were lost. What is no frame is not told.
    fn receive(&mut self, octet: u8) -> Result<u64, Closed> {
        let Some(HdlcEvent::Frame(length)) = self.receiver.handle_octet(&mut self.received, octet) else {
            return Ok(0);
        };
        match self.end.send(&self.received[..length], None) {
            Ok(()) => Ok(0),
            Err(Errno::AGAIN | Errno::INTERRUPTED) => Ok(length as u64),
            Err(_) => Err(Closed),
        }
    }

    /// How many frames were too long.
    fn send(&mut self, octets: &mut [u8]) -> Result<u64, Closed> {
        let (mut too_long, mut dry) = (0, false);
        for octet in octets {
            while self.length == 0 && !dry {
                match self.end.receive(&mut self.frame) {
                    Ok(0) => return Err(Closed),
                    Ok(count) if count > LONGEST_FRAME => too_long += 1,
                    Ok(count) => self.length = count,
                    Err(Errno::AGAIN | Errno::INTERRUPTED) => dry = true,
                    Err(_) => return Err(Closed),
                }
                dry |= too_long == MOST_TOO_LONG;
            }
            let sent = self.sender.poll_octet(&self.frame[..self.length]);
            *octet = sent.line;
            if sent.frame_done {
                self.length = 0;
            }
        }
        Ok(too_long)
    }
}

fn taken(sent: Result<usize, Errno>) -> Result<usize, Closed> {
    match sent {
        Ok(count) => Ok(count),
        Err(Errno::AGAIN | Errno::INTERRUPTED) => Ok(0),
        Err(_) => Err(Closed),
    }
}

/// What timeslots carry that nobody has open, as osmo-e1d has it.
pub(super) const IDLE: u8 = 0xff;
const CHECK: usize = 2;
/// Messages thrown away before it is the turn of others.
const MOST_TOO_LONG: u64 = 16;
