//! A driver in memory: spans whose channels carry what the test says, with errors and answers that no kernel gives.
use std::collections::{BTreeMap, VecDeque};
use std::ffi::CStr;
use std::sync::{Arc, Mutex, MutexGuard};
use tandem_card::dahdi::DahdiSys;
use tandem_rt::sys::Errno;

pub(crate) const EINVAL: i32 = 22;
pub(crate) const EAGAIN: i32 = 11;
pub(crate) const ENODEV: i32 = 19;
pub(crate) const ENXIO: i32 = 6;
pub(crate) const ENOTTY: i32 = 25;
pub(crate) const ENOSYS: i32 = 38;
pub(crate) const ELAST: i32 = 500;

pub(crate) const SPANSTAT: u32 = 0xc13a_da0a;
pub(crate) const SPANCONFIG: u32 = 0x4024_da12;
pub(crate) const CHANCONFIG: u32 = 0x404c_da13;
pub(crate) const GET_PARAMS: u32 = 0xc088_da05;
pub(crate) const SET_BUFINFO: u32 = 0x4018_da1b;
pub(crate) const SPECIFY: u32 = 0x4004_da26;
pub(crate) const STARTUP: u32 = 0x4004_da63;
pub(crate) const GETEVENT: u32 = 0x8004_da08;
pub(crate) const GETRXBITS: u32 = 0x8004_da2b;
pub(crate) const SETTXBITS: u32 = 0x4004_da2b;
pub(crate) const FLUSH: u32 = 0x4004_da03;
pub(crate) const MAINT: u32 = 0x4008_da0b;
pub(crate) const BUFFER_EVENTS: u32 = 0x4004_da69;

/// Dynamic spans with so many channels.
pub(crate) const DYNAMIC_31: &[u8; 2] = b"D1";
pub(crate) const DYNAMIC_24: &[u8; 2] = b"D2";

#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Mutex<Driver>>);

#[derive(Default)]
pub(crate) struct Driver {
    pub(crate) spans: Vec<FakeSpan>,
    pub(crate) channels: Vec<FakeChannel>,
    /// Open devices: none for those of the control device, and of the channel device before SPECIFY.
    devices: BTreeMap<u32, Option<usize>>,
    next_device: u32,
    pub(crate) frame: u64,
    /// Calls since the test last looked.
    pub(crate) data_calls: usize,
    pub(crate) control_calls: usize,
    flushes: usize,
    pub(crate) opens: usize,
    /// The driver is not loaded.
    pub(crate) absent: bool,
    /// What these requests, or reads and writes, end with.
    pub(crate) refused: BTreeMap<u32, i32>,
    pub(crate) read_errno: Option<i32>,
    pub(crate) write_errno: Option<i32>,
    /// How long reads claim to be.
    pub(crate) read_length: Option<usize>,
    pub(crate) maintenance: Vec<(i32, i32)>,
}

pub(crate) struct FakeSpan {
    pub(crate) kind: &'static [u8; 2],
    pub(crate) first_channel: usize,
    pub(crate) count: usize,
    pub(crate) lineconfig: i32,
    pub(crate) sync: i32,
    pub(crate) started: bool,
    pub(crate) alarms: i32,
    pub(crate) crc4count: i32,
}

#[derive(Clone, Default)]
pub(crate) struct FakeChannel {
    pub(crate) sigtype: i32,
    open: bool,
    block: usize,
    blocks: usize,
    filling: Vec<u8>,
    ready: VecDeque<Vec<u8>>,
    waiting: VecDeque<Vec<u8>>,
    pub(crate) sent: Vec<u8>,
    pub(crate) events: VecDeque<i32>,
    tells_losses: bool,
    loses: bool,
    /// Nothing waits to be sent, and something did.
    lacks: bool,
    pub(crate) rx_bits: i32,
    pub(crate) tx_bits: i32,
    pub(crate) underruns: u64,
}

impl Fake {
    pub(crate) fn new(kinds: &[&'static [u8; 2]]) -> Self {
        let mut driver = Driver::default();
        for kind in kinds {
            let count = if [b"E1", DYNAMIC_31].contains(kind) { 31 } else { 24 };
            let first_channel = driver.channels.len() + 1;
            driver.spans.push(FakeSpan {
                kind,
                first_channel,
                count,
                lineconfig: 0,
                sync: 0,
                started: false,
                alarms: 0,
                crc4count: 0,
            });
            driver.channels.extend(vec![FakeChannel::default(); count]);
        }
        Self(Arc::new(Mutex::new(driver)))
    }

    pub(crate) fn driver(&self) -> MutexGuard<'_, Driver> {
        self.0.lock().expect("no test panics with it")
    }
}

impl Driver {
    /// The card has moved so many frames: what each channel receives is told by its number and that of the frame.
    pub(crate) fn pass(&mut self, frames: usize, octet: impl Fn(usize, u64) -> u8) {
        for first in (self.frame..self.frame + frames as u64).step_by(8) {
            for (number, channel) in (1..).zip(&mut self.channels).filter(|(_, channel)| channel.open) {
                channel.receive(std::array::from_fn(|n| octet(number, first + n as u64)));
                (0..8).for_each(|_| channel.send());
            }
        }
        self.frame += frames as u64;
    }

    pub(crate) fn take_calls(&mut self) -> (usize, usize) {
        (std::mem::take(&mut self.data_calls), std::mem::take(&mut self.control_calls))
    }

    pub(crate) fn take_flushes(&mut self) -> usize {
        std::mem::take(&mut self.flushes)
    }

    fn channel(&mut self, device: u32) -> Result<&mut FakeChannel, Errno> {
        let channel = self.devices.get(&device).copied().flatten();
        let channel = channel.ok_or(Errno(ENOSYS))?;
        Ok(&mut self.channels[channel - 1])
    }

    fn span_of(&self, number: i32) -> Option<usize> {
        (1..=self.spans.len()).find(|span| *span as i32 == number).map(|span| span - 1)
    }
}

impl FakeChannel {
    /// Takes a millisecond, or loses it. That it loses some is told once.
    fn receive(&mut self, octets: [u8; 8]) {
        if self.ready.len() == self.blocks {
            if self.tells_losses && !std::mem::replace(&mut self.loses, true) {
                self.events.push_back(29);
            }
            return;
        }
        self.loses = false;
        self.filling.extend(octets);
        if self.filling.len() == self.block {
            self.ready.push_back(std::mem::take(&mut self.filling));
        }
    }

    fn send(&mut self) {
        while self.waiting.front().is_some_and(Vec::is_empty) {
            self.waiting.pop_front();
        }
        match self.waiting.front_mut() {
            Some(block) => {
                self.sent.push(block.remove(0));
                self.lacks = false;
            }
            None => {
                self.underruns += 1;
                if self.tells_losses && !std::mem::replace(&mut self.lacks, true) {
                    self.events.push_back(30);
                }
            }
        }
    }
}

fn number(data: &[u8], at: usize) -> i32 {
    i32::from_le_bytes(std::array::from_fn(|n| data[at + n]))
}

fn put(data: &mut [u8], at: usize, number: i32) {
    data[at..at + 4].copy_from_slice(&number.to_le_bytes());
}

impl DahdiSys for Fake {
    type Device = u32;

    fn open(&mut self, path: &CStr) -> Result<u32, Errno> {
        let mut driver = self.driver();
        driver.opens += 1;
        if driver.absent || !path.to_bytes().starts_with(b"/dev/dahdi/") {
            return Err(Errno(2));
        }
        driver.next_device += 1;
        let device = driver.next_device;
        driver.devices.insert(device, None);
        Ok(device)
    }

    /// Raw numbers of the interface: where each field is.
    fn control(&mut self, device: &u32, request: u32, data: &mut [u8]) -> Result<i32, Errno> {
        let driver = &mut *self.driver();
        driver.control_calls += 1;
        assert_eq!(data.len(), (request >> 16 & 0x3fff) as usize, "{request:#x}");
        if driver.absent {
            return Err(Errno(ENODEV));
        }
        if let Some(errno) = driver.refused.get(&request) {
            return Err(Errno(*errno));
        }
        match request {
            SPANSTAT => {
                let span = driver.span_of(number(data, 0)).ok_or(Errno(EINVAL))?;
                let span = &driver.spans[span];
                data[4..].fill(0);
                put(data, 64, span.alarms);
                put(data, 80, span.crc4count);
                put(data, 120, span.count as i32);
                put(data, 124, span.count as i32);
                let kind =
                    if [DYNAMIC_31, DYNAMIC_24].contains(&span.kind) { &b"DYNAM"[..] } else { span.kind };
                data[308..][..kind.len()].copy_from_slice(kind);
            }
            GET_PARAMS => {
                let channel = number(data, 0) as usize;
                let spans = (1..).zip(&driver.spans);
                let mut spans = spans.filter(|(_, span)| {
                    (span.first_channel..span.first_channel + span.count).contains(&channel)
                });
                let (span, at) = spans.next().ok_or(Errno(EINVAL))?;
                put(data, 4, span);
                put(data, 8, (channel - at.first_channel + 1) as i32);
            }
            SPANCONFIG => {
                let span = driver.span_of(number(data, 0)).ok_or(Errno(ENXIO))?;
                driver.spans[span].lineconfig = number(data, 28);
                driver.spans[span].sync = number(data, 32);
            }
            CHANCONFIG => {
                let channel = number(data, 0) as usize;
                assert_eq!(number(data, 52), channel as i32, "its own master");
                driver.channels[channel - 1].sigtype = number(data, 44);
            }
            STARTUP => {
                let span = driver.span_of(number(data, 0)).ok_or(Errno(ENXIO))?;
                driver.spans[span].started = true;
            }
            MAINT => driver.maintenance.push((number(data, 0), number(data, 4))),
            SPECIFY => {
                let channel = number(data, 0) as usize;
                driver.channels.get_mut(channel - 1).ok_or(Errno(EINVAL))?.open = true;
                driver.devices.insert(*device, Some(channel));
            }
            SET_BUFINFO => {
                let channel = driver.channel(*device)?;
                (channel.blocks, channel.block) = (number(data, 8) as usize, number(data, 12) as usize);
                assert!((2..=32).contains(&channel.blocks) && (16..=8192).contains(&channel.block));
            }
            BUFFER_EVENTS => driver.channel(*device)?.tells_losses = true,
            GETEVENT => {
                let event = driver.channel(*device)?.events.pop_front();
                put(data, 0, event.unwrap_or(0));
            }
            GETRXBITS => put(data, 0, driver.channel(*device)?.rx_bits),
            SETTXBITS => {
                let channel = driver.channel(*device)?;
                if channel.sigtype != 1 << 15 {
                    return Err(Errno(EINVAL));
                }
                channel.tx_bits = number(data, 0);
            }
            FLUSH => {
                driver.flushes += 1;
                let channel = driver.channel(*device)?;
                assert_eq!(number(data, 0), 1, "what was read");
                channel.ready.clear();
                channel.filling.clear();
            }
            _ => return Err(Errno(ENOTTY)),
        }
        Ok(0)
    }

    fn read(&mut self, device: &u32, into: &mut [u8]) -> Result<usize, Errno> {
        let driver = &mut *self.driver();
        driver.data_calls += 1;
        if driver.absent {
            return Err(Errno(ENODEV));
        }
        if let Some(errno) = driver.read_errno {
            return Err(Errno(errno));
        }
        let length = driver.read_length;
        let channel = driver.channel(*device)?;
        if !channel.events.is_empty() {
            return Err(Errno(ELAST));
        }
        let block = channel.ready.pop_front().ok_or(Errno(EAGAIN))?;
        let count = block.len().min(into.len());
        into[..count].copy_from_slice(&block[..count]);
        Ok(length.unwrap_or(count))
    }

    fn write(&mut self, device: &u32, from: &[u8]) -> Result<usize, Errno> {
        let driver = &mut *self.driver();
        driver.data_calls += 1;
        if driver.absent {
            return Err(Errno(ENODEV));
        }
        if let Some(errno) = driver.write_errno {
            return Err(Errno(errno));
        }
        let channel = driver.channel(*device)?;
        if !channel.events.is_empty() {
            return Err(Errno(ELAST));
        }
        if channel.waiting.len() == channel.blocks {
            return Err(Errno(EAGAIN));
        }
        channel.waiting.push_back(from.to_vec());
        Ok(from.len())
    }

    fn close(&mut self, device: u32) {
        let driver = &mut *self.driver();
        if let Some(Some(channel)) = driver.devices.remove(&device) {
            driver.channels[channel - 1] = FakeChannel::default();
        }
    }
}

/// Devices that are open.
impl Drop for Driver {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.devices.len(), 0, "every device was closed");
        }
    }
}
