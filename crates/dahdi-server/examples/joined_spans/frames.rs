//! Frames of the driver's own HDLC, on timeslot 16 of both spans.
use crate::device::{Device, Errno};
use crate::octets::frame;
use crate::{result, wait_us};
use tandem_card::dahdi::abi::*;
use tandem_rt::sys::monotonic_ns;

const FRAMES: usize = 100;
const PATIENCE_NS: u64 = 30_000_000_000;
/// Until flags pass. The real driver loses a frame that is written as soon as the channels are open, and tells of no event.
const SETTLED_US: u64 = 1_000_000;

struct Side {
    device: Device,
    sent: usize,
    /// The numbers of the frames that came as they were sent, in their order.
    good: Vec<usize>,
    wrong: usize,
    events: Vec<i32>,
    expected: Vec<Vec<u8>>,
    said: Vec<Vec<u8>>,
}

impl Side {
    fn new(span: usize) -> Result<Self, Errno> {
        let number = 16 + 31 * span as i32;
        let control = Device::open(c"/dev/dahdi/ctl")?;
        let mut channel = dahdi_chanconfig::zeroed();
        (channel.chan, channel.master, channel.sigtype) = (number, number, DAHDI_SIG_HDLCFCS as i32);
        control.ask(REQUEST_CHANCONFIG, &mut channel)?;
        let device = Device::channel(number)?;
        let mut buffers = dahdi_bufferinfo::zeroed();
        (buffers.numbufs, buffers.bufsize) = (16, 256);
        device.ask(REQUEST_SET_BUFINFO, &mut buffers)?;
        let frames = |span| (0..FRAMES).map(|number| frame(span, number)).collect();
        Ok(Self {
            device,
            sent: 0,
            good: Vec::new(),
            wrong: 0,
            events: Vec::new(),
            expected: frames(1 - span),
            said: frames(span),
        })
    }

    fn event(&mut self) -> Result<(), Errno> {
        self.events.push(self.device.get(REQUEST_GETEVENT)?);
        Ok(())
    }

    /// Reads and writes what it can.
    fn work(&mut self) -> Result<(), Errno> {
        let mut block = [0; 256];
        loop {
            match self.device.read(&mut block) {
                Ok(length) => self.take(&block[..length.saturating_sub(2)]),
                Err(Errno::EVENT) => self.event()?,
                Err(Errno::AGAIN) => break,
                Err(errno) => return Err(errno),
            }
        }
        while let Some(frame) = self.said.get(self.sent) {
            // Room for the check sequence, which the driver puts there.
            let written = [frame.as_slice(), &[0; 2]].concat();
            match self.device.write(&written) {
                Ok(_) => self.sent += 1,
                Err(Errno::EVENT) => self.event()?,
                Err(Errno::AGAIN) => break,
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    fn take(&mut self, octets: &[u8]) {
        match self.expected.iter().position(|frame| frame == octets) {
            Some(number) => self.good.push(number),
            None => self.wrong += 1,
        }
    }
}

pub(crate) fn both_ways() -> Result<(), Errno> {
    let mut sides = [Side::new(0)?, Side::new(1)?];
    wait_us(SETTLED_US);
    for side in &mut sides {
        // What passed before both were there was no frame.
        side.device.set(REQUEST_FLUSH, DAHDI_FLUSH_ALL as i32)?;
    }
    let begun = monotonic_ns();
    while monotonic_ns() - begun < PATIENCE_NS {
        for side in &mut sides {
            side.work()?;
        }
        if sides.iter().all(|side| side.good.last() == Some(&(FRAMES - 1))) {
            break;
        }
        wait_us(5000);
    }
    for (span, side) in sides.iter().enumerate() {
        let name = |what: &str| format!("driver_hdlc.span{}.{what}", span + 1);
        let missing: Vec<String> = (0..FRAMES)
            .filter(|number| !side.good.contains(number))
            .map(|number| number.to_string())
            .collect();
        result(&name("frames"), side.good.len());
        result(&name("missing"), if missing.is_empty() { "none".into() } else { missing.join(",") });
        result(&name("in_order"), side.good.is_sorted());
        result(&name("wrong"), side.wrong);
        result(&name("events"), side.events.len());
    }
    Ok(())
}
