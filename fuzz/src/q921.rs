//! A data link with a hostile far end, and two with a line between that loses frames.
use crate::Source;
use std::collections::VecDeque;
use tandem_isdn::Side;
use tandem_isdn::q921::{DataLink, Delivered, Frame, LinkParameters, LinkState, Repr};
use tandem_types::{FrameTime, Frames};

/// Alone: nothing panics, no more than k I frames are outstanding, the queue and what is sent at once have bounds, and
/// what is delivered is what N(S) says is next. In a pair: messages arrive in order and none twice.
pub fn q921(data: &[u8]) {
    let mut source = Source(data);
    if source.octet() & 1 == 0 {
        alone(&mut source);
    } else {
        pair(&mut source);
    }
}

/// The most messages that wait or are unacknowledged.
const MOST_MESSAGES: usize = 128;
/// The most frames sent without a stimulus between: answers, unit data, a window of I frames, an acknowledgement.
const MOST_FRAMES: usize = 16 + 4 + 127 + 1;

struct Alone {
    link: DataLink,
    side: Side,
    k: u8,
    now: FrameTime,
    /// The N(S) that is to be delivered next.
    next: u8,
}

fn alone(source: &mut Source<'_>) {
    let side = if source.octet() & 1 == 0 { Side::User } else { Side::Network };
    let k = source.octet() % 127 + 1;
    let parameters = LinkParameters::new(side).with_window(k).expect("in range");
    let mut alone = Alone { link: DataLink::new(parameters), side, k, now: FrameTime::ZERO, next: 0 };
    while !source.is_empty() {
        alone.stimulate(source);
        alone.check();
    }
}

impl Alone {
    fn stimulate(&mut self, source: &mut Source<'_>) {
        let (what, value) = (source.octet(), source.octet());
        match what % 16 {
            0..=4 => self.hear(&far_frame(self.side, what >> 4, value, source)),
            5 => self.hear(&(0..value % 8).map(|_| source.octet()).collect::<Vec<_>>()),
            6 => self.hear(&[far_frame(self.side, what >> 4, value, source), vec![value; 300]].concat()),
            other => command(&mut self.link, self.now, other, value),
        }
        match what >> 6 {
            0 => self.now += Frames(u64::from(value) * 100),
            1 => self.now = self.link.poll_timeout().unwrap_or(self.now).max(self.now),
            _ => {}
        }
        if what & 0x20 == 0 {
            self.link.handle_timeout(self.now);
        }
        if what & 0x10 == 0 {
            self.fetch();
        }
    }

    fn hear(&mut self, octets: &[u8]) {
        let before = self.link.state();
        let delivered = self.link.handle_frame(self.now, octets);
        let after = self.link.state();
        if let Some(Delivered::Data(data)) = delivered {
            assert!(is_up(before), "data in {before:?}");
            assert_eq!(octets[2] >> 1, self.next, "the next in sequence");
            assert_eq!(data, &octets[4..]);
            self.next = (self.next + 1) % 128;
        }
        let sabme = octets.len() == 3 && octets[2] & 0xef == 0x6f;
        if after == LinkState::MultipleFrameEstablished && (sabme || !is_up(before)) && !self.link.is_looped()
        {
            self.next = 0;
        }
    }

    fn fetch(&mut self) {
        let mut frames = 0;
        while let Some(octets) = self.link.poll_transmit(self.now) {
            let frame = Frame::new_checked(octets).expect("what is sent is a frame");
            let repr = Repr::parse(&frame, self.side).expect("that can be read");
            assert!(!repr.is_misdirected());
            frames += 1;
        }
        assert!(frames <= MOST_FRAMES, "{frames} frames at once");
        while self.link.poll_event().is_some() {}
    }

    fn check(&self) {
        assert!(self.link.outstanding() <= self.k);
        assert!(self.link.queued() <= MOST_MESSAGES);
        let messages = self.link.counters().messages;
        assert_eq!(messages.accepted, messages.acknowledged + messages.given_up + self.link.queued() as u64);
        let waits = self.link.poll_timeout().is_some();
        assert_eq!(waits, self.link.state() != LinkState::TeiAssigned, "every state but 4 ends by itself");
    }
}

const fn is_up(state: LinkState) -> bool {
    matches!(state, LinkState::MultipleFrameEstablished | LinkState::TimerRecovery)
}

/// A frame with the right address, of the far end or one of ours given back.
fn far_frame(side: Side, what: u8, value: u8, source: &mut Source<'_>) -> Vec<u8> {
    const CONTROLS: [u8; 14] =
        [0x00, 0x01, 0x05, 0x09, 0x6f, 0x7f, 0x0f, 0x1f, 0x03, 0x53, 0x63, 0x73, 0x87, 0xaf];
    let control = CONTROLS[usize::from(value) % CONTROLS.len()];
    let command = control & 1 == 0 || [0x6f, 0x7f, 0x03, 0x53].contains(&control) || what & 1 == 0;
    let ours = what & 14 == 14;
    let first = if (command == (side == Side::User)) != ours { 0x02 } else { 0x00 };
    match control {
        0x00 => vec![first, 1, (source.octet() & 15) << 1, source.octet() & 31, 0x31],
        0x01..=0x09 if control & 3 == 1 => vec![first, 1, control, source.octet() & 31],
        0x87 => vec![first, 1, control, 0, 0, 0, 0, 1],
        _ => vec![first, 1, control],
    }
}

fn command(link: &mut DataLink, now: FrameTime, what: u8, value: u8) {
    match what {
        7 => link.establish(now),
        8 if value & 3 == 0 => link.release(now),
        8 if value & 3 == 1 => link.hold(now),
        8 if value & 3 == 2 => while link.take_back().is_some() {},
        9 => link.set_receiver_busy(now, value & 1 == 0),
        10 if value & 3 == 0 => link.deactivated(now),
        11 => link.activated(now),
        12 => drop(link.send_unit_data(now, &[value; 200])),
        13 => link.handle_timeout(now),
        _ => drop(link.send(now, &vec![value; usize::from(value) * 2])),
    }
}

/// Two links. Messages carry numbers.
struct Pair {
    ends: [DataLink; 2],
    wires: [VecDeque<Vec<u8>>; 2],
    now: FrameTime,
    sent: [u32; 2],
    last: [Option<u32>; 2],
}

fn pair(source: &mut Source<'_>) {
    let link = |side| DataLink::new(LinkParameters::new(side));
    let mut pair = Pair {
        ends: [link(Side::User), link(Side::Network)],
        wires: Default::default(),
        now: FrameTime::ZERO,
        sent: [0; 2],
        last: [None; 2],
    };
    while !source.is_empty() {
        let (what, value) = (source.octet(), source.octet());
        pair.stimulate(usize::from(what & 1), what >> 1, value);
        pair.transmit();
    }
}

impl Pair {
    fn stimulate(&mut self, end: usize, what: u8, value: u8) {
        match what % 16 {
            0..=5 => self.carry(end, usize::from(value % 8), false),
            6 if value & 3 == 0 => self.carry(end, 1, true),
            7 => self.wait(),
            8 if value & 7 == 0 => command(&mut self.ends[end], self.now, value >> 3 & 3 | 8, 0),
            9 | 10 => self.ends[end].establish(self.now),
            11 => self.ends[end].set_receiver_busy(self.now, value & 1 == 0),
            12 => self.ends[end].activated(self.now),
            _ => {
                let message = self.sent[end].to_be_bytes();
                if self.ends[end].send(self.now, &message).is_ok() {
                    self.sent[end] += 1;
                }
            }
        }
    }

    /// The next frames to an end arrive, or are lost.
    fn carry(&mut self, to: usize, count: usize, lost: bool) {
        for _ in 0..count {
            let Some(octets) = self.wires[to].pop_front() else { return };
            if lost {
                continue;
            }
            if let Some(Delivered::Data(data)) = self.ends[to].handle_frame(self.now, &octets) {
                let number = u32::from_be_bytes(data.try_into().expect("four octets"));
                assert!(self.last[to].is_none_or(|last| last < number), "in order, none twice");
                self.last[to] = Some(number);
            }
        }
    }

    /// Until a timer expires. The line is much faster than that: all that is on it arrives before.
    fn wait(&mut self) {
        while self.wires.iter().any(|wire| !wire.is_empty()) {
            for to in [0, 1] {
                self.carry(to, usize::MAX, false);
            }
            self.transmit();
        }
        let due = self.ends.iter().filter_map(DataLink::poll_timeout).min();
        self.now = due.unwrap_or(self.now).max(self.now);
        self.ends.iter_mut().for_each(|end| end.handle_timeout(self.now));
    }

    fn transmit(&mut self) {
        for from in [0, 1] {
            while let Some(octets) = self.ends[from].poll_transmit(self.now) {
                self.wires[1 - from].push_back(octets.to_vec());
            }
            while self.ends[from].poll_event().is_some() {}
            assert!(self.ends[from].outstanding() <= 7 && self.ends[from].queued() <= MOST_MESSAGES);
        }
    }
}
