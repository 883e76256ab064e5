//! A channel: how it is configured, the device that has it, and its blocks, events and bits.
use crate::blocks::Blocks;
use crate::errno::{EINVAL, ENOSYS};
use crate::hdlc::{Hdlc, Received};
use crate::monitor::Monitor;
use std::collections::VecDeque;
use tandem_card::dahdi::abi;
use tandem_dsp::g711::{decode, encode};
use tandem_rt::sys::Errno;
use tandem_types::{Abcd, Law, Timeslot};

/// Frames in which everything moves.
pub(crate) const CHUNK: usize = 8;

#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) number: i32,
    /// The span, from 0, and the timeslot; a pseudo channel has none.
    pub(crate) place: Option<(usize, Timeslot)>,
    /// A type of signalling of the header; 0 while it is not configured.
    pub(crate) sig: u32,
    pub(crate) idle_bits: i32,
    /// The law of the span, unless configured otherwise, and that in use.
    pub(crate) usual_law: Law,
    pub(crate) law: Law,
    /// The device that has it open.
    pub(crate) device: Option<u64>,
    pub(crate) audio: bool,
    pub(crate) linear: bool,
    pub(crate) frozen: bool,
    pub(crate) looped: bool,
    pub(crate) seven_bits: bool,
    pub(crate) hdlc: Option<Box<Hdlc>>,
    pub(crate) received: Blocks,
    pub(crate) to_send: Blocks,
    pub(crate) policy: i32,
    /// The block that is being sent, and how much of it was.
    sending: Vec<u8>,
    sent: usize,
    events: VecDeque<i32>,
    pub(crate) tells_losses: bool,
    losing: bool,
    lacking: bool,
    pub(crate) rx_bits: Abcd,
    pub(crate) tx_bits: Abcd,
    /// What `dahdi_params` has of times, in its order.
    pub(crate) times: [i32; 11],
    pub(crate) monitor: Option<Monitor>,
    pub(crate) conference_muted: i32,
    /// Tables for what is received and for what is sent, where they were set.
    pub(crate) gains: Option<Box<[[u8; 256]; 2]>>,
    /// The last chunk in both directions, as it is on the line.
    pub(crate) chunk: [[u8; CHUNK]; 2],
}

impl Channel {
    pub(crate) fn new(number: i32, place: Option<(usize, Timeslot)>, law: Law) -> Self {
        let blocks = || Blocks::new(abi::DAHDI_DEFAULT_BLOCKSIZE as usize, LEAST_BLOCKS);
        Self {
            number,
            place,
            sig: 0,
            idle_bits: 0,
            usual_law: law,
            law,
            device: None,
            audio: false,
            linear: false,
            frozen: false,
            looped: false,
            seven_bits: false,
            hdlc: None,
            received: blocks(),
            to_send: blocks(),
            policy: 0,
            sending: Vec::with_capacity(abi::DAHDI_MAX_BLOCKSIZE as usize),
            sent: 0,
            events: VecDeque::with_capacity(abi::DAHDI_MAX_EVENTSIZE as usize),
            tells_losses: false,
            losing: false,
            lacking: true,
            rx_bits: Abcd::new(0),
            tx_bits: Abcd::new(0),
            times: TIMES,
            monitor: None,
            conference_muted: 0,
            gains: None,
            chunk: [[law.idle_octet(); CHUNK]; 2],
        }
    }

    pub(crate) const fn is_pseudo(&self) -> bool {
        self.place.is_none()
    }

    const fn is_clear(&self) -> bool {
        self.sig & abi::DAHDI_SIG_CLEAR != 0
    }

    pub(crate) const fn is_signalled(&self) -> bool {
        self.sig == abi::DAHDI_SIG_CAS
    }

    /// Configures it, if this is a type of signalling that there is here.
    pub(crate) fn configure(&mut self, sig: u32, idle_bits: i32, law: Law) -> Result<(), Errno> {
        if sig == abi::DAHDI_SIG_HDLCNET {
            return Err(ENOSYS);
        }
        if ![0, abi::DAHDI_SIG_CLEAR, abi::DAHDI_SIG_HDLCFCS, abi::DAHDI_SIG_CAS].contains(&sig) {
            return Err(EINVAL);
        }
        (self.sig, self.law, self.usual_law) = (sig, law, law);
        self.idle_bits = if self.is_signalled() { idle_bits } else { 0 };
        self.tx_bits = Abcd::new(self.idle_bits as u8);
        self.reset();
        Ok(())
    }

    /// What a device finds that opens it.
    pub(crate) fn open(&mut self, device: u64) {
        self.device = Some(device);
        self.reset();
        self.set_blocks(abi::DAHDI_DEFAULT_BLOCKSIZE as usize, LEAST_BLOCKS);
    }

    /// What a device leaves that closes it.
    pub(crate) fn close(&mut self) {
        self.device = None;
        self.tx_bits = Abcd::new(self.idle_bits as u8);
        self.reset();
    }

    fn reset(&mut self) {
        self.audio = !self.is_clear();
        (self.linear, self.frozen, self.looped, self.tells_losses) = (false, false, false, false);
        self.law = self.usual_law;
        (self.policy, self.times, self.monitor) = (0, TIMES, None);
        (self.conference_muted, self.gains) = (0, None);
        self.events.clear();
        self.set_hdlc(self.sig == abi::DAHDI_SIG_HDLCFCS);
        self.flush(abi::DAHDI_FLUSH_BOTH);
    }

    /// What was received or written otherwise does not mix with what comes.
    pub(crate) fn set_hdlc(&mut self, on: bool) {
        if on != self.hdlc.is_some() {
            self.flush(abi::DAHDI_FLUSH_READ | abi::DAHDI_FLUSH_WRITE);
        }
        // Frames are no samples.
        self.linear &= !on;
        self.hdlc = on.then(|| Box::new(Hdlc::new(self.received.size(), self.seven_bits)));
    }

    pub(crate) fn set_blocks(&mut self, size: usize, count: usize) {
        let count = count.clamp(LEAST_BLOCKS, abi::DAHDI_MAX_NUM_BUFS as usize);
        (self.received, self.to_send) = (Blocks::new(size, count), Blocks::new(size, count));
        self.set_hdlc(self.hdlc.is_some());
        self.flush(abi::DAHDI_FLUSH_BOTH);
    }

    pub(crate) fn flush(&mut self, what: u32) {
        if what & abi::DAHDI_FLUSH_READ != 0 {
            self.received.clear();
            self.losing = false;
        }
        if what & abi::DAHDI_FLUSH_WRITE != 0 {
            self.to_send.clear();
            self.sending.clear();
            (self.sent, self.lacking) = (0, true);
        }
        if what & abi::DAHDI_FLUSH_EVENT != 0 {
            self.events.clear();
        }
    }

    /// Whether nothing waits to be sent.
    pub(crate) fn is_quiet(&self) -> bool {
        self.to_send.is_empty() && self.sent == self.sending.len()
    }

    /// An event for who has it open. What finds no room is lost, as with the driver.
    pub(crate) fn tell(&mut self, event: u32) {
        if self.device.is_some() && self.events.len() < abi::DAHDI_MAX_EVENTSIZE as usize {
            self.events.push_back(event as i32);
        }
    }

    pub(crate) fn has_event(&self) -> bool {
        !self.events.is_empty()
    }

    pub(crate) fn take_event(&mut self) -> i32 {
        self.events.pop_front().unwrap_or(0)
    }

    /// Octets that one read or write moves.
    pub(crate) const fn most(&self) -> usize {
        self.received.size() << self.linear as usize
    }

    /// Takes a chunk of the line.
    pub(crate) fn receive(&mut self, octets: &[u8]) {
        for (place, octet) in self.chunk[0].iter_mut().zip(octets) {
            *place = *octet;
        }
        if self.device.is_some() {
            self.take(octets);
        }
    }

    /// Takes what a device reads.
    pub(crate) fn take(&mut self, octets: &[u8]) {
        let Self { hdlc, received, gains, audio, .. } = self;
        let mut event = None;
        let taken = match (hdlc, gains) {
            (Some(hdlc), _) => {
                let mut taken = true;
                for octet in octets {
                    match hdlc.receive(*octet) {
                        Some(Received::Frame(frame)) => taken &= received.push(frame),
                        Some(Received::Event(what)) => event = Some(what as u32),
                        None => {}
                    }
                }
                taken
            }
            (None, Some(gains)) if *audio => {
                octets.iter().all(|octet| received.fill(&[gains[0][usize::from(*octet)]]))
            }
            (None, _) => received.fill(octets),
        };
        if let Some(event) = event {
            self.tell(event);
        }
        if !taken && self.tells_losses && !self.losing {
            self.tell(abi::DAHDI_EVENT_READ_OVERRUN);
        }
        self.losing = !taken;
    }

    /// A chunk for the line. In a loop what was written goes nowhere, but goes.
    pub(crate) fn send(&mut self) -> [u8; CHUNK] {
        let written = std::array::from_fn(|_| self.next_octet());
        let chunk = if self.looped { self.chunk[0] } else { written };
        self.chunk[1] = chunk;
        chunk
    }

    fn next_octet(&mut self) -> u8 {
        if self.sent == self.sending.len() {
            self.next_block();
        }
        let Self { hdlc, sending, sent, gains, audio, .. } = self;
        if let Some(hdlc) = hdlc {
            let (octet, done) = hdlc.send(sending);
            if done {
                *sent = sending.len();
            }
            return octet;
        }
        let Some(octet) = sending.get(*sent) else { return self.law.idle_octet() };
        *sent += 1;
        match gains {
            Some(gains) if *audio => gains[1][usize::from(*octet)],
            _ => *octet,
        }
    }

    fn next_block(&mut self) {
        self.sent = 0;
        if self.to_send.pop(&mut self.sending) {
            self.lacking = false;
            return;
        }
        self.sending.clear();
        if self.tells_losses && !std::mem::replace(&mut self.lacking, true) && self.hdlc.is_none() {
            self.tell(abi::DAHDI_EVENT_WRITE_UNDERRUN);
        }
    }

    /// Puts the next block that is to be read into `into`. False if there is none.
    pub(crate) fn read(&mut self, into: &mut Vec<u8>) -> bool {
        if !self.received.pop(into) {
            return false;
        }
        if self.linear {
            let octets = std::mem::take(into);
            into.extend(octets.iter().flat_map(|octet| decode(self.law, *octet).to_ne_bytes()));
        }
        true
    }

    /// Takes a block that was written; how much of it, 0 if there is no room or it is half a sample.
    pub(crate) fn write(&mut self, octets: &[u8]) -> usize {
        let octets = &octets[..octets.len().min(self.most())];
        if !self.linear {
            return if self.to_send.push(octets) { octets.len() } else { 0 };
        }
        let samples = octets.as_chunks().0.iter().map(|sample| i16::from_ne_bytes(*sample));
        let block: Vec<u8> = samples.map(|sample| encode(self.law, sample)).collect();
        if !block.is_empty() && self.to_send.push(&block) { 2 * block.len() } else { 0 }
    }
}

const LEAST_BLOCKS: usize = abi::DAHDI_DEFAULT_NUM_BUFS as usize;
/// In milliseconds: before winks and flashes, winks, flashes, start, received winks and flashes, debounce, and the three
/// of pulses. Usual values of the driver.
const TIMES: [i32; 11] = [50, 50, 150, 750, 1500, 300, 1250, 600, 50, 50, 750];

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Channel {
        let mut channel = Channel::new(1, Timeslot::new(1).map(|slot| (0, slot)), Law::A);
        channel.configure(abi::DAHDI_SIG_CLEAR, 0, Law::A).expect("clear");
        channel.open(1);
        channel.set_blocks(16, 2);
        channel
    }

    #[test]
    fn octets_pass_in_blocks_and_idle_where_there_are_none() {
        let (mut channel, mut block) = (open(), Vec::new());
        assert_eq!(channel.send(), [0xd5; 8]);
        assert_eq!(channel.write(&[7; 12]), 12);
        assert_eq!(channel.write(&[8; 40]), 16, "a block at most");
        assert_eq!(channel.write(&[9; 1]), 0, "no room");
        let sent: Vec<u8> = (0..4).flat_map(|_| channel.send()).collect();
        assert_eq!(sent, [vec![7; 12], vec![8; 16], vec![0xd5; 4]].concat());
        channel.receive(&[1; 8]);
        assert!(!channel.read(&mut block));
        channel.receive(&[2; 8]);
        assert!(channel.read(&mut block));
        assert_eq!(block, [[1; 8], [2; 8]].concat());
    }

    #[test]
    fn what_is_written_in_a_loop_goes() {
        let mut channel = open();
        channel.looped = true;
        assert_eq!((channel.write(&[7; 16]), channel.write(&[8; 16]), channel.write(&[9; 16])), (16, 16, 0));
        channel.receive(&[1; 8]);
        (0..4).for_each(|_| assert_eq!(channel.send(), [1; 8]));
        assert!(channel.is_quiet());
    }

    #[test]
    fn losses_are_told_once_to_who_asks() {
        let mut channel = open();
        channel.tells_losses = true;
        (0..10).for_each(|_| channel.receive(&[1; 8]));
        assert_eq!((channel.take_event(), channel.take_event()), (29, 0));
        channel.write(&[1; 8]);
        (0..10).for_each(|_| {
            channel.send();
        });
        assert_eq!((channel.take_event(), channel.take_event()), (30, 0));
    }

    #[test]
    fn linear_samples_are_octets_on_the_line() {
        let (mut channel, mut block) = (open(), Vec::new());
        channel.linear = true;
        let samples: Vec<u8> = [1000_i16, -1000].iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        assert_eq!(channel.write(&[&samples[..], &[7]].concat()), 4, "half a sample is left");
        assert_eq!(channel.write(&[7]), 0);
        let sent = channel.send();
        assert_eq!([sent[0], sent[1]], [encode(Law::A, 1000), encode(Law::A, -1000)]);
        (0..2).for_each(|_| channel.receive(&sent));
        assert!(channel.read(&mut block));
        assert_eq!(block.len(), 32);
        assert!((i16::from_ne_bytes([block[0], block[1]]) - 1000).abs() < 50);
    }
}
