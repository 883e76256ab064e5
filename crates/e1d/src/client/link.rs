//! The connection to the daemon: one request at a time, and events as they come.
use super::LOOK_AGAIN;
use super::line::{Line, Lost};
use crate::wire::{Command, LONGEST, Message};
use tandem_rt::sys::{Errno, MessageSocket};
use tandem_types::FrameTime;

#[derive(Debug)]
pub(super) struct Link {
    socket: MessageSocket,
    asked: Option<Asked>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    line: usize,
    command: Command,
    until: FrameTime,
}

impl Link {
    pub(super) const fn new(socket: MessageSocket) -> Self {
        Self { socket, asked: None }
    }

    /// Takes what the daemon says and asks what lines want. `Err` when it is gone, does not answer, or is no such daemon.
    pub(super) fn talk(&mut self, now: FrameTime, lines: &mut [Line], room: &mut [u8]) -> Result<(), Lost> {
        self.ask(now, lines)?;
        self.listen(now, lines, room)?;
        // However much else it says.
        if self.asked.is_some_and(|asked| asked.until <= now) {
            return Err(Lost);
        }
        self.ask(now, lines)
    }

    /// Takes events, up to an answer: a granule has one at most, and so no more descriptors than one message may bring.
    fn listen(&mut self, now: FrameTime, lines: &mut [Line], room: &mut [u8]) -> Result<(), Lost> {
        for _ in 0..MOST_MESSAGES {
            let (count, given) = match self.socket.receive_given(room) {
                Ok((0, _)) => return Err(Lost),
                Ok(received) => received,
                Err(Errno::AGAIN | Errno::INTERRUPTED) => return Ok(()),
                Err(_) => return Err(Lost),
            };
            let message = Message::parse(&room[..count]).map_err(|_| Lost)?;
            if given.is_some() && !matches!(message, Message::Answer { command: Command::OpenSlot, .. }) {
                return Err(Lost);
            }
            match message {
                Message::Event { interface, line, event } => {
                    if let Some(line) = lines.iter_mut().find(|ours| ours.is(interface, line)) {
                        line.handle_event(event);
                    }
                }
                Message::Answer { command, payload } => {
                    let asked = self.asked.take().filter(|asked| asked.command == command).ok_or(Lost)?;
                    return lines[asked.line].handle_answer(now, payload, given);
                }
                Message::Failure { .. } => {
                    let asked = self.asked.take().ok_or(Lost)?;
                    lines[asked.line].refuse(now);
                    return Ok(());
                }
                Message::Request(_) => return Err(Lost),
            }
        }
        Ok(())
    }

    fn ask(&mut self, now: FrameTime, lines: &mut [Line]) -> Result<(), Lost> {
        if self.asked.is_some() {
            return Ok(());
        }
        let wanted = |(place, line): (usize, &mut Line)| Some((place, line.next_request(now)?));
        let Some((line, request)) = lines.iter_mut().enumerate().find_map(wanted) else { return Ok(()) };
        let mut octets = [0; REQUEST_OCTETS];
        let length = Message::Request(request).emit(&mut octets).ok_or(Lost)?;
        self.socket.send(&octets[..length], None).map_err(|_| Lost)?;
        self.asked = Some(Asked { line, command: request.command(), until: now + LOOK_AGAIN });
        Ok(())
    }
}

/// Messages of one granule.
const MOST_MESSAGES: usize = 16;
/// No request is longer.
const REQUEST_OCTETS: usize = 16;
/// Room for a message that is longer than any may be, so that it is known for one.
pub(super) const ROOM: usize = LONGEST + 1;
