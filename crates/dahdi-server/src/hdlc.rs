//! A channel whose blocks are HDLC frames with their check sequence. A frame that is written has two octets at its end for
//! it, which are not sent; one that is read has it there.
use tandem_card::dahdi::abi::{DAHDI_EVENT_ABORT, DAHDI_EVENT_BADFCS, DAHDI_EVENT_OVERRUN};
use tandem_line::hdlc::{HdlcError, HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};

#[derive(Debug)]
pub(crate) struct Hdlc {
    receiver: HdlcReceiver,
    received: Box<[u8]>,
    sender: HdlcSender,
    seven_bits: bool,
}

/// What an octet of the line has completed.
pub(crate) enum Received<'a> {
    Frame(&'a [u8]),
    Event(i32),
}

impl Hdlc {
    /// Whether a block that is written has anything but room for a check sequence.
    pub(crate) const fn is_frame(block: &[u8]) -> bool {
        block.len() > CHECK
    }

    /// Frames fit into blocks of this size.
    pub(crate) fn new(block: usize, seven_bits: bool) -> Self {
        let longest = block.saturating_sub(CHECK).max(1);
        let limits = HdlcLimits { shortest: SHORTEST, longest: longest as u16 };
        Self {
            receiver: HdlcReceiver::new(limits),
            received: vec![0; longest + CHECK].into(),
            sender: HdlcSender::new(),
            seven_bits,
        }
    }

    pub(crate) fn receive(&mut self, octet: u8) -> Option<Received<'_>> {
        let event = match self.seven_bits {
            false => self.receiver.handle_octet(&mut self.received, octet),
            true => self.receiver.handle_seven_bits(&mut self.received, octet),
        };
        match event? {
            HdlcEvent::Frame(length) => {
                let check = check_sequence(&self.received[..length]);
                self.received[length..length + CHECK].copy_from_slice(&check);
                Some(Received::Frame(&self.received[..length + CHECK]))
            }
            HdlcEvent::Error(error) => Some(Received::Event(match error {
                HdlcError::TooLong => DAHDI_EVENT_OVERRUN as i32,
                HdlcError::BadFcs => DAHDI_EVENT_BADFCS as i32,
                HdlcError::Abort | HdlcError::TooShort | HdlcError::NotAligned => DAHDI_EVENT_ABORT as i32,
            })),
        }
    }

    /// The next octet for the line, of this frame or between frames; whether the frame is done.
    pub(crate) fn send(&mut self, frame: &[u8]) -> (u8, bool) {
        let frame = &frame[..frame.len().saturating_sub(CHECK)];
        let sent = match self.seven_bits {
            false => self.sender.poll_octet(frame),
            true => self.sender.poll_seven_bits(frame),
        };
        (sent.line, sent.frame_done)
    }
}

/// Q.921 §2.7: x¹⁶ + x¹² + x⁵ + 1, begun with ones, complemented, the lowest octet first.
fn check_sequence(octets: &[u8]) -> [u8; CHECK] {
    let step = |fcs: u16, octet: &u8| {
        (0..8).fold(fcs ^ u16::from(*octet), |fcs, _| fcs >> 1 ^ if fcs & 1 == 1 { 0x8408 } else { 0 })
    };
    (!octets.iter().fold(0xffff, step)).to_le_bytes()
}

const CHECK: usize = 2;
/// Less than an address and a control field is no frame.
const SHORTEST: u16 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_with_its_check_sequence() {
        // CRC-16/X-25 of "123456789" is 0x906e.
        assert_eq!(check_sequence(b"123456789"), [0x6e, 0x90]);
        for seven_bits in [false, true] {
            let (mut sender, mut receiver) = (Hdlc::new(64, seven_bits), Hdlc::new(64, seven_bits));
            let (mut heard, mut sent) = (Vec::new(), 0);
            while heard.len() < 3 {
                let (octet, done) = sender.send(b"123456789??");
                sent += usize::from(done);
                if let Some(Received::Frame(frame)) = receiver.receive(octet) {
                    heard.push(frame.to_vec());
                }
            }
            assert_eq!(heard, [b"123456789\x6e\x90"; 3]);
            assert_eq!(sent, 3);
        }
    }

    #[test]
    fn what_is_no_frame_is_an_event() {
        let mut receiver = Hdlc::new(16, false);
        let mut events = |octets: &[u8]| {
            let events = octets.iter().filter_map(|octet| match receiver.receive(*octet) {
                Some(Received::Event(event)) => Some(event),
                _ => None,
            });
            events.collect::<Vec<_>>()
        };
        assert_eq!(events(&[0x7e, 0x55, 0xff]), [6]);
        assert_eq!(events(&[0x7e, 0x55, 0x55, 0x55, 0x55, 0x55, 0x7e]), [8]);
        assert_eq!(events(&[[0x7e; 2], [0x55; 2]].concat().repeat(1)), []);
        assert_eq!(events(&[0x55; 20]), [7]);
    }
}
