//! Every kind of frame that a link sends, as a foreign dissector reads it. Needs `tshark`; without it the test says so
//! in one line and passes.
#[path = "common/pcap.rs"]
mod pcap;

use pcap::dissect;
use tandem_isdn::Side::{self, Network, User};
use tandem_isdn::q921::{DataLink, LinkParameters};
use tandem_types::FrameTime;

/// Two links without faults on the wire, and all that goes over it.
struct Wire {
    ends: [DataLink; 2],
    now: u64,
    seen: Vec<(Side, u64, Vec<u8>)>,
}

const SIDES: [Side; 2] = [User, Network];

impl Wire {
    fn new() -> Self {
        let ends = SIDES.map(|side| DataLink::new(LinkParameters::new(side)));
        Self { ends, now: 0, seen: Vec::new() }
    }

    fn carry(&mut self) {
        let mut quiet = false;
        while !quiet {
            quiet = true;
            for from in [0, 1] {
                let now = FrameTime(self.now);
                while let Some(frame) = self.ends[from].poll_transmit(now).map(<[u8]>::to_vec) {
                    quiet = false;
                    self.seen.push((SIDES[from], self.now / 8, frame.clone()));
                    self.ends[1 - from].handle_frame(now, &frame);
                }
            }
            self.now += 8;
        }
    }

    /// A frame of one end that the other does not get.
    fn lose(&mut self, from: usize) {
        let frame = self.ends[from].poll_transmit(FrameTime(self.now)).expect("a frame").to_vec();
        self.seen.push((SIDES[from], self.now / 8, frame));
    }

    fn wait(&mut self) {
        let due = self.ends.iter().filter_map(DataLink::poll_timeout).min().expect("a timer runs");
        self.now = self.now.max(due.0);
        self.ends.iter_mut().for_each(|end| end.handle_timeout(due));
    }

    fn send(&mut self, from: usize, octets: &[u8]) {
        assert_eq!(self.ends[from].send(FrameTime(self.now), octets), Ok(()));
    }
}

/// A life of a link in which every kind of frame occurs.
fn frames() -> Vec<(Side, u64, Vec<u8>)> {
    let mut wire = Wire::new();
    let restart = [0x08, 0x02, 0x00, 0x00, 0x46, 0x18, 0x03, 0xa1, 0x83, 0x81, 0x79, 0x01, 0x80];
    let status_enquiry = [0x08, 0x02, 0x12, 0x34, 0x75];
    // Disconnected mode, both establish at once, messages both ways.
    wire.ends[0].handle_frame(FrameTime(0), &[0x02, 0x01, 0x53]);
    wire.ends.iter_mut().for_each(|end| end.establish(FrameTime(0)));
    wire.carry();
    for from in [0, 1, 0, 1] {
        wire.send(from, &restart);
        wire.send(1 - from, &status_enquiry);
        wire.carry();
    }
    // A lost message: REJ. A busy receiver: RNR, then RR. Silence: enquiries.
    for from in [0, 1] {
        (0..3).for_each(|_| wire.send(from, &status_enquiry));
        wire.lose(from);
        wire.carry();
        let now = FrameTime(wire.now);
        wire.ends[from].set_receiver_busy(now, true);
        wire.carry();
        wire.send(1 - from, &status_enquiry);
        (0..4).for_each(|_| {
            wire.wait();
            wire.carry();
        });
        let now = FrameTime(wire.now);
        wire.ends[from].set_receiver_busy(now, false);
        wire.carry();
    }
    // Unit data, and the end.
    for from in [0, 1] {
        let now = FrameTime(wire.now);
        assert_eq!(wire.ends[from].send_unit_data(now, &status_enquiry), Ok(()));
        wire.carry();
    }
    let now = FrameTime(wire.now);
    wire.ends[1].release(now);
    wire.carry();
    wire.seen
}

const FIELDS: [&str; 28] = [
    "-T",
    "fields",
    "-e",
    "lapd.sapi",
    "-e",
    "lapd.tei",
    "-e",
    "lapd.cr",
    "-e",
    "lapd.control",
    "-e",
    "lapd.control.p",
    "-e",
    "lapd.control.f",
    "-e",
    "lapd.control.n_r",
    "-e",
    "lapd.control.n_s",
    "-e",
    "lapd.direction",
    "-e",
    "q931.message_type",
    "-e",
    "_ws.malformed",
    "-e",
    "_ws.expert",
    "-E",
    "separator=|",
];

/// The fields by the octets, as Q.921 §3 has them.
fn expected(sender: Side, frame: &[u8]) -> String {
    let cr = frame[0] >> 1 & 1;
    let command = (cr == 1) == (sender == Network);
    let numbered = frame[2] & 3 != 3;
    let (control, pf) = if numbered {
        (u16::from(frame[3]) << 8 | u16::from(frame[2]), frame[3] & 1)
    } else {
        (u16::from(frame[2]), frame[2] >> 4 & 1)
    };
    // It prints the bit where it is set.
    let [p, f] = [command, !command].map(|mine| if mine && pf == 1 { "1" } else { "" });
    let nr = if numbered { (frame[3] >> 1).to_string() } else { String::new() };
    let ns = if frame[2] & 1 == 0 { (frame[2] >> 1).to_string() } else { String::new() };
    let direction = u8::from(sender == Network);
    let message = match frame {
        [_, _, i, _, 8, 2, _, _, message, ..] if i & 1 == 0 => format!("0x{message:02x}"),
        [_, _, 0x03, 8, 2, _, _, message, ..] => format!("0x{message:02x}"),
        _ => String::new(),
    };
    format!("0|0|{cr}|0x{control:04x}|{p}|{f}|{nr}|{ns}|{direction}|{message}||")
}

#[test]
fn a_foreign_dissector_reads_every_kind_of_frame_as_it_was_meant() {
    let frames = frames();
    let Some(lines) = dissect(&frames, &FIELDS) else { return };
    assert_eq!(lines.len(), frames.len());
    for (line, (sender, _, frame)) in lines.iter().zip(&frames) {
        assert_eq!(*line, expected(*sender, frame), "{frame:02x?}");
    }
}

#[test]
fn every_kind_of_frame_that_a_link_sends_is_among_them() {
    let frames = frames();
    for sender in SIDES {
        let has = |wanted: &dyn Fn(&[u8]) -> bool| {
            frames.iter().any(|(from, _, frame)| *from == sender && wanted(frame))
        };
        let command = if sender == Network { 0x02 } else { 0x00 };
        let response = command ^ 0x02;
        assert!(has(&|frame| frame[0] == command && frame[2] & 1 == 0), "I");
        for control in [0x7f, 0x03] {
            assert!(has(&|frame| frame[0] == command && frame[2] == control), "{control:02x}");
        }
        for control in [0x01, 0x05, 0x09] {
            assert!(has(&|frame| frame[0] == response && frame[2] == control), "{control:02x}");
        }
        assert!(has(&|frame| frame[0] == command && frame[2] == 0x01 && frame[3] & 1 == 1), "enquiry");
        assert!(has(&|frame| frame[0] == response && frame[2] == 0x73), "UA");
    }
    let has_control = |control| frames.iter().any(|(_, _, frame)| frame[2] == control);
    assert!(has_control(0x1f) && has_control(0x53), "DM and DISC");
}
