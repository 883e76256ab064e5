//! One descriptor of a line: a timeslot, or all of them as one.
use super::line::Lost;
use std::collections::VecDeque;
use tandem_card::Frame;
use tandem_rt::sys::{Errno, StreamEnd};

use crate::wire::Slot;

#[derive(Debug)]
pub(super) struct Lane {
    pub(super) slot: Slot,
    /// The first timeslot that it carries, and how many.
    first: usize,
    width: usize,
    end: Option<StreamEnd>,
    received: VecDeque<u8>,
    /// As much has come as was taken: more may lie there.
    has_more: bool,
    /// It is too far ahead of others: all that lies there is thrown away.
    skewed: bool,
    /// What is left to be sent of a frame that was taken in part.
    rest: VecDeque<u8>,
}

impl Lane {
    pub(super) fn of(slot: Slot) -> Self {
        let (first, width) = match slot {
            Slot::Number(number) => (number.into(), 1),
            Slot::Superchannel => (1, SUPERCHANNEL_WIDTH),
        };
        let received = VecDeque::with_capacity(width * MOST_FRAMES);
        let rest = VecDeque::with_capacity(width);
        Self { slot, first, width, end: None, received, has_more: false, skewed: false, rest }
    }

    /// Uses this descriptor. About so many frames are sent before the daemon wants them.
    pub(super) fn open(&mut self, end: StreamEnd, ahead: usize) {
        end.limit_unread((2 * ahead + SHORT_WRITES) * (WRITE_COST + self.width));
        self.end = Some(end);
    }

    pub(super) fn close(&mut self) {
        self.end = None;
        (self.has_more, self.skewed) = (false, false);
        self.received.clear();
        self.rest.clear();
    }

    /// Takes what has come, octets of so many frames at most, in one call of the kernel.
    pub(super) fn hear(&mut self, frames: usize, room: &mut [u8]) -> Result<(), Lost> {
        self.has_more = false;
        let end = self.end.as_ref().ok_or(Lost)?;
        let most = (self.width * frames).min(self.width * MOST_FRAMES - self.received.len()).min(room.len());
        match end.receive(&mut room[..most]) {
            Ok(0) => Err(Lost),
            Ok(count) => {
                self.received.extend(&room[..count]);
                self.has_more = count == most;
                Ok(())
            }
            Err(Errno::AGAIN | Errno::INTERRUPTED) => Ok(()),
            Err(_) => Err(Lost),
        }
    }

    /// Whether as much had come at last as was to be taken.
    pub(super) const fn has_more(&self) -> bool {
        self.has_more
    }

    /// Whole frames that are there.
    pub(super) fn frames(&self) -> usize {
        self.received.len() / self.width
    }

    /// Puts the octets of the next frame into their places.
    pub(super) fn give(&mut self, frame: &mut Frame) {
        for (place, octet) in
            frame[self.first..][..self.width].iter_mut().zip(self.received.drain(..self.width))
        {
            *place = octet;
        }
    }

    /// Throws frames away.
    pub(super) fn skip(&mut self, frames: usize) {
        self.received.drain(..self.width * frames);
    }

    /// Throws away what is there if it is more than so many frames, and then all that lies behind it; how many these were.
    pub(super) fn drop_skew(&mut self, most: usize) -> usize {
        let ahead = self.frames();
        if !self.skewed && ahead <= most {
            return 0;
        }
        self.skip(ahead);
        self.skewed = self.has_more;
        ahead
    }

    /// Sends frames; how many found no room.
    pub(super) fn say(&mut self, frames: &[Frame], room: &mut [u8]) -> Result<usize, Lost> {
        let end = self.end.as_ref().ok_or(Lost)?;
        let mut lost = 0;
        for some in frames.chunks((room.len() / self.width).max(1)) {
            if !send_rest(end, &mut self.rest)? {
                lost += some.len();
                continue;
            }
            let octets = &mut room[..some.len() * self.width];
            for (octets, frame) in octets.chunks_exact_mut(self.width).zip(some) {
                octets.copy_from_slice(&frame[self.first..][..self.width]);
            }
            let sent = send(end, octets)?;
            // What has begun is completed, so that the others keep their places.
            let whole = sent.next_multiple_of(self.width);
            self.rest.extend(&octets[sent..whole]);
            lost += some.len() - whole / self.width;
        }
        Ok(lost)
    }
}

fn send(end: &StreamEnd, octets: &[u8]) -> Result<usize, Lost> {
    match end.send(octets) {
        Ok(count) => Ok(count),
        Err(Errno::AGAIN | Errno::INTERRUPTED) => Ok(0),
        Err(_) => Err(Lost),
    }
}

/// Whether nothing is left of it.
fn send_rest(end: &StreamEnd, rest: &mut VecDeque<u8>) -> Result<bool, Lost> {
    while !rest.is_empty() {
        let sent = send(end, rest.as_slices().0)?;
        if sent == 0 {
            return Ok(false);
        }
        rest.drain(..sent);
    }
    Ok(true)
}

/// Timeslots of a superchannel: all but timeslot 0.
pub(super) const SUPERCHANNEL_WIDTH: usize = 31;
/// Frames that are kept of a lane before they are taken: 200 ms.
const MOST_FRAMES: usize = 1600;
/// Memory that the kernel takes for a short write.
const WRITE_COST: usize = 768;
/// Writes that may lie unread besides those that are meant to.
const SHORT_WRITES: usize = 8;
