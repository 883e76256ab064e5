//! Clear channels: every octet both ways, and frames of our own HDLC on timeslot 16.
use crate::joined::{End, Joined};
use crate::{result, wait_us};
use tandem_card::dahdi::DahdiOptions;
use tandem_card::{Card, CardError, CrcMode, Frame, LineCode, SpanConfig};
use tandem_line::hdlc::{HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};
use tandem_rt::sys::monotonic_ns;
use tandem_types::Timeslot;

/// Octets of each channel each way: five seconds.
const OCTETS: usize = 40_000;
const FRAMES: usize = 100;
/// Granules of idle ahead of what is said, for a host that comes late.
const AHEAD: usize = 16;
const PATIENCE_NS: u64 = 60_000_000_000;
/// Frames of all channels one after the other, in blocks of an engine.
const UNBROKEN: usize = 1500;

/// Octets that never are the same on two channels, spans or places for long.
pub(crate) fn octet(span: usize, slot: usize, place: usize) -> u8 {
    let mut mixed = (span as u64) << 40 | (slot as u64) << 32 | place as u64;
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        mixed = (mixed ^ mixed >> 29).wrapping_mul(factor);
    }
    (mixed >> 56) as u8
}

/// A frame of 4 to 203 octets.
pub(crate) fn frame(span: usize, number: usize) -> Vec<u8> {
    let length = 4 + number * 199 / (FRAMES - 1);
    (0..length).map(|place| octet(span, 64 + number, place)).collect()
}

/// Where what is said begins: of which span and slot.
const fn beginning(span: usize, slot: usize) -> [u8; 4] {
    [0x00, 0xff, span as u8, slot as u8]
}

/// A channel as it is heard.
#[derive(Clone, Copy, Default)]
struct Ear {
    last: [u8; 4],
    /// Octets since the beginning, and how many of them were others.
    heard: Option<usize>,
    wrong: usize,
}

impl Ear {
    /// Takes an octet that `slot` of `span` has said.
    fn take(&mut self, span: usize, slot: usize, heard: u8) {
        if let Some(place) = &mut self.heard {
            if *place < OCTETS {
                self.wrong += usize::from(heard != octet(span, slot, *place));
                *place += 1;
            }
            return;
        }
        self.last.rotate_left(1);
        self.last[3] = heard;
        if self.last == beginning(span, slot) {
            self.heard = Some(0);
        }
    }

    fn is_done(&self) -> bool {
        self.heard == Some(OCTETS)
    }
}

/// One end of the line.
struct Talker {
    span: usize,
    ears: [Ear; Timeslot::PER_FRAME],
    /// Frames said since the beginning; `None` before it.
    said: Option<usize>,
    sender: HdlcSender,
    frames: Vec<Vec<u8>>,
    sent: usize,
    receiver: HdlcReceiver,
    buffer: Vec<u8>,
    expected: Vec<Vec<u8>>,
    /// Frames that came, and whether each was that which was next.
    received: usize,
    in_order: bool,
}

impl Talker {
    fn new(span: usize) -> Self {
        let frames = |span| (0..FRAMES).map(|number| frame(span, number)).collect();
        Self {
            span,
            ears: [Ear::default(); Timeslot::PER_FRAME],
            said: None,
            sender: HdlcSender::new(),
            frames: frames(span),
            sent: 0,
            receiver: HdlcReceiver::new(HdlcLimits { shortest: 4, longest: 203 }),
            buffer: vec![0; 256],
            expected: frames(1 - span),
            received: 0,
            in_order: true,
        }
    }

    fn is_done(&self) -> bool {
        self.received >= FRAMES && channels().all(|slot| self.ears[slot].is_done())
    }

    fn signalling_octet(&mut self) -> u8 {
        let frame = match self.said {
            Some(_) => self.frames.get(self.sent).map_or(&[][..], Vec::as_slice),
            None => &[],
        };
        let sent = self.sender.poll_octet(frame);
        self.sent += usize::from(sent.frame_done);
        sent.line
    }
}

impl End for Talker {
    fn hear(&mut self, frames: &[Frame], signalling: &[u8]) {
        for frame in frames {
            for slot in channels() {
                self.ears[slot].take(1 - self.span, slot, frame[slot]);
            }
        }
        for octet in signalling {
            if let Some(HdlcEvent::Frame(length)) = self.receiver.handle_octet(&mut self.buffer, *octet) {
                self.in_order &=
                    self.expected.get(self.received).is_some_and(|frame| *frame == self.buffer[..length]);
                self.received += 1;
            }
        }
    }

    fn say(&mut self, frames: &mut [Frame]) {
        for frame in frames {
            frame[16] = self.signalling_octet();
            let Some(said) = &mut self.said else { continue };
            for slot in channels() {
                frame[slot] = match said.checked_sub(4) {
                    Some(place) => octet(self.span, slot, place),
                    None => beginning(self.span, slot)[*said],
                };
            }
            *said += 1;
        }
    }
}

/// Bearer channels.
fn channels() -> impl Iterator<Item = usize> {
    (1..=31).filter(|slot| *slot != 16)
}

fn clear() -> SpanConfig {
    let signalling = Timeslot::new(16).expect("a timeslot");
    SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false).with_signalling_slot(signalling)
}

/// Blocks of 20 ms, as many of them as the driver keeps: nobody can come too late.
pub(crate) fn in_large_blocks() -> Result<(), CardError> {
    let options = DahdiOptions { granule: 160, buffers: 32, ..DahdiOptions::default() };
    let mut joined = Joined::start(options, clear())?;
    let mut ends = [Talker::new(0), Talker::new(1)];
    for _ in 0..2 * AHEAD {
        joined.pass(&mut ends, true);
        joined.wait();
    }
    // Two granules in the time of one.
    for _ in 0..AHEAD {
        joined.pass(&mut ends, true);
        wait_us(10_000);
    }
    // What the card found out while they began is behind them.
    for _ in 0..AHEAD {
        if !joined.pass(&mut ends, false) {
            joined.wait();
        }
    }
    let before = [0, 1].map(|span| joined.losses(span));
    let bad_before = [0, 1].map(|span: usize| ends[span].receiver.counters().bad_fcs);
    for end in &mut ends {
        end.said = Some(0);
    }
    let begun = monotonic_ns();
    while !ends.iter().all(Talker::is_done) && monotonic_ns() - begun < PATIENCE_NS {
        if !joined.pass(&mut ends, false) {
            joined.wait();
        }
    }
    for (span, end) in ends.iter().enumerate() {
        let name = |what: &str| format!("clear.span{}.{what}", span + 1);
        let whole = channels().filter(|slot| end.ears[*slot].is_done()).count();
        let wrong: usize = end.ears.iter().map(|ear| ear.wrong).sum();
        result(&name("channels_heard"), format!("{whole}x{OCTETS}"));
        result(&name("wrong_octets"), wrong);
        result(&name("hdlc_frames"), format!("{} in_order={}", end.received, end.in_order));
        result(&name("hdlc_bad_fcs"), end.receiver.counters().bad_fcs - bad_before[span]);
        result(&name("defects"), joined.card.status(span).defects.iter().count());
        let counted = joined.losses(span);
        let lost: Vec<_> = (counted.iter().zip(before[span]))
            .map(|((what, now), (_, then))| format!("{what}={}", now - then))
            .collect();
        result(&name("losses"), lost.join(" "));
    }
    Ok(())
}

/// Counts up on every channel, and looks how long what it hears does.
#[derive(Default)]
struct Counter {
    said: u8,
    last: Frame,
    run: usize,
    longest: usize,
}

impl End for Counter {
    fn hear(&mut self, frames: &[Frame], _: &[u8]) {
        for frame in frames {
            let goes_on = (1..=31).all(|slot| frame[slot] == self.last[slot].wrapping_add(1));
            self.run = if goes_on { self.run + 1 } else { 0 };
            self.longest = self.longest.max(self.run);
            self.last = *frame;
        }
    }

    fn say(&mut self, frames: &mut [Frame]) {
        for frame in frames {
            self.said = self.said.wrapping_add(1);
            *frame = std::array::from_fn(|slot| self.said.wrapping_add(7 * slot as u8));
        }
    }
}

/// The short blocks that an engine has, a granule each millisecond, come what may. A host that is busy with other things is late
/// at times, but not always. Dynamic spans move eight milliseconds at a time, for which the usual number of blocks is the least.
pub(crate) fn in_short_blocks() -> Result<(), CardError> {
    let options = DahdiOptions { buffers: 32, ..DahdiOptions::default() };
    let mut joined = Joined::start(options, clear())?;
    let mut ends = [Counter::default(), Counter::default()];
    let begun = monotonic_ns();
    let mut granules = 0;
    while ends.iter().any(|end| end.longest < UNBROKEN) && monotonic_ns() - begun < PATIENCE_NS {
        // Less late than the driver keeps blocks; what is later was lost.
        let due = (monotonic_ns() - begun) / 1_000_000;
        if granules + 30 < due {
            granules = due;
        }
        if granules < due {
            joined.pass(&mut ends, true);
            granules += 1;
        } else {
            wait_us(200);
        }
    }
    for (span, end) in ends.iter().enumerate() {
        result(&format!("short.span{}.frames_without_gap", span + 1), end.longest.min(UNBROKEN));
    }
    Ok(())
}
