//! One span: its channels, the blocks that are read and written, and what is asked and told besides.
//!
//! In a granule each channel is read and written once at most, and two more calls are made: one for what channels tell, one
//! for the rest; what one has no use for the other takes. An event that is in the way of a read or write is fetched by one of
//! the two, and the other is the second try; in the granule after that the two are for what waits. Only where all channels are
//! put in step, at the start and after events, each is flushed in place of a read.
use super::abi::{self, Plain, dahdi_bufferinfo, dahdi_chanconfig, dahdi_lineconfig, dahdi_spaninfo};
use super::status::{self, Seen};
use super::sys::{DahdiSys, ask, get, set};
use crate::condition::card_is_gone;
use crate::{
    CardError, CrcMode, Frame, Framing, LineCode, LineError, LineOrder, Loopback, PortKind, SpanConfig,
    SpanStatus, T1Framing, add,
};
use std::collections::VecDeque;
use tandem_rt::sys::Errno;
use tandem_types::{Abcd, MAX_TICK_FRAMES, Timeslot};

/// How all spans of a card are used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// Frames in a granule.
    pub(super) granule: usize,
    /// Blocks that the driver keeps of each channel, in each direction.
    pub(super) buffers: i32,
    /// The place of the first span among those that the driver may take its clock from; 0 takes it from none.
    pub(super) first_sync: i32,
}

impl Usage {
    /// Frames in a block: a granule, if that is not shorter than the driver's shortest.
    pub(super) const fn block(self) -> usize {
        if self.granule < SHORTEST_BLOCK { SHORTEST_BLOCK } else { self.granule }
    }
}

/// A call failed, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) call: &'static str,
    pub(super) errno: Errno,
}

impl From<Failed> for CardError {
    fn from(failed: Failed) -> Self {
        Self::Failed { function: failed.call, code: failed.errno.0 }
    }
}

/// Names the call in its error.
pub(super) fn named<T>(call: &'static str, result: Result<T, Errno>) -> Result<T, Failed> {
    result.map_err(|errno| Failed { call, errno })
}

#[derive(Debug)]
pub(super) struct Span<D> {
    number: i32,
    kind: PortKind,
    first_channel: i32,
    usage: Usage,
    /// As it is to be; `None` is none of ours.
    config: Option<SpanConfig>,
    /// Those that are open, by timeslot; none while the span does not run.
    channels: Vec<Channel<D>>,
    flow: Flow,
    /// A channel has missed what others have had.
    out_of_step: bool,
    /// The block that was read, and how many of its frames have been given.
    block: Box<[Frame]>,
    given: usize,
    /// Whether the frames last given came from the line.
    is_fresh: bool,
    /// Granules since a block came; `None` before the first.
    silent: Option<usize>,
    control_left: usize,
    /// Granules since an event was fetched on the way.
    since_retry: usize,
    /// The channel whose turn it is to tell.
    turn: usize,
    status_in: usize,
    /// The last channel is yet to be asked to tell of blocks that the driver had no room for.
    losses_wanted: bool,
    commands: VecDeque<i32>,
    ordered_loop: Option<Loopback>,
    seen: Seen,
    wanted_bits: [Option<Abcd>; Timeslot::PER_FRAME],
    sent_bits: [Option<Abcd>; Timeslot::PER_FRAME],
    pub(super) received_bits: [Abcd; Timeslot::PER_FRAME],
    pub(super) status: SpanStatus,
    pub(super) frames_dropped: u64,
}

#[derive(Debug)]
struct Channel<D> {
    device: D,
    slot: Timeslot,
    /// An event waits: nothing can be read or written before it is fetched.
    event: bool,
    bits_wanted: bool,
    /// What the driver holds is late, and is to be thrown away.
    flush_wanted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// An idle block goes ahead of what is sent, so that the driver does not run dry.
    Priming,
    /// The channels are to be put in step.
    Aligning,
    /// They were; no block has come since.
    Settling,
    Flowing,
}

#[derive(Clone, Copy, Debug)]
enum Task {
    Event(usize),
    Bits(usize),
    Flush(usize),
    SendBits(usize, Abcd),
    TellLosses,
    Command(i32),
    Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Octets(usize),
    Nothing,
    Event,
}

impl<D> Span<D> {
    pub(super) fn new(number: i32, kind: PortKind, first_channel: i32, usage: Usage) -> Self {
        Self {
            number,
            kind,
            first_channel,
            usage,
            config: None,
            channels: Vec::with_capacity(Timeslot::PER_FRAME),
            flow: Flow::Priming,
            out_of_step: false,
            block: vec![idle(kind); usage.block()].into(),
            given: usage.block(),
            is_fresh: false,
            silent: None,
            control_left: 0,
            since_retry: 0,
            turn: 0,
            status_in: 0,
            losses_wanted: false,
            commands: VecDeque::with_capacity(MOST_COMMANDS),
            ordered_loop: None,
            seen: Seen::default(),
            wanted_bits: [None; Timeslot::PER_FRAME],
            sent_bits: [None; Timeslot::PER_FRAME],
            received_bits: [Abcd::new(0); Timeslot::PER_FRAME],
            status: SpanStatus::default(),
            frames_dropped: 0,
        }
    }

    pub(super) const fn kind(&self) -> PortKind {
        self.kind
    }

    pub(super) fn configure(&mut self, config: &SpanConfig) -> Result<(), CardError> {
        if !self.kind.carries(config.framing) {
            return Err(CardError::Unsupported("the framing of the other kind of span"));
        }
        line_config(config)?;
        self.config = Some(*config);
        Ok(())
    }

    /// A start forgets what was before.
    pub(super) fn forget(&mut self) {
        self.status = SpanStatus::default();
        self.received_bits = [Abcd::new(0); Timeslot::PER_FRAME];
        self.wanted_bits = [None; Timeslot::PER_FRAME];
        self.commands.clear();
        (self.ordered_loop, self.frames_dropped) = (None, 0);
    }

    pub(super) fn lose_card(&mut self) {
        self.status.defects = card_is_gone();
        self.status.looped = None;
    }

    pub(super) fn close<S: DahdiSys<Device = D>>(&mut self, sys: &mut S) {
        self.channels.drain(..).for_each(|channel| sys.close(channel.device));
        (self.given, self.silent) = (self.block.len(), None);
    }

    /// Sets the span up, opens its channels and asks how it is. What it sends and who listens is as before.
    pub(super) fn bring_up<S: DahdiSys<Device = D>>(
        &mut self,
        sys: &mut S,
        control: &D,
        place: usize,
    ) -> Result<(), Failed> {
        let Some(config) = self.config else { return Ok(()) };
        let mut line = dahdi_lineconfig::zeroed();
        line.span = self.number;
        line.lineconfig = line_config(&config).unwrap_or(0);
        line.sync = if self.usage.first_sync > 0 { self.usage.first_sync + place as i32 } else { 0 };
        named("SPANCONFIG", ask(sys, control, abi::REQUEST_SPANCONFIG, &mut line))?;
        for slot in slots(config.framing) {
            let mut channel = dahdi_chanconfig::zeroed();
            channel.chan = self.channel_number(slot);
            channel.master = channel.chan;
            let signalled = config.framing.cas();
            channel.sigtype = if signalled { abi::DAHDI_SIG_CAS } else { abi::DAHDI_SIG_CLEAR } as i32;
            channel.idlebits = if signalled { IDLE_BITS } else { 0 };
            named("CHANCONFIG", ask(sys, control, abi::REQUEST_CHANCONFIG, &mut channel))?;
        }
        named("STARTUP", set(sys, control, abi::REQUEST_STARTUP, self.number))?;
        for slot in slots(config.framing) {
            let device = named("open", sys.open(CHANNEL))?;
            self.channels.push(Channel {
                device,
                slot,
                event: false,
                bits_wanted: config.framing.cas(),
                flush_wanted: false,
            });
            self.set_up_channel(sys)?;
        }
        let mut info = dahdi_spaninfo::zeroed();
        info.spanno = self.number;
        named("SPANSTAT", ask(sys, control, abi::REQUEST_SPANSTAT, &mut info))?;
        self.seen.begin(&info);
        self.status.defects = status::defects(info.alarms as u32);
        self.begin();
        Ok(())
    }

    /// Sets up the channel that was opened last.
    fn set_up_channel<S: DahdiSys<Device = D>>(&mut self, sys: &mut S) -> Result<(), Failed> {
        let Some(Channel { device, slot, .. }) = self.channels.last() else { return Ok(()) };
        named("SPECIFY", set(sys, device, abi::REQUEST_SPECIFY, self.channel_number(*slot)))?;
        let mut buffers = dahdi_bufferinfo::zeroed();
        buffers.txbufpolicy = abi::DAHDI_POLICY_IMMEDIATE as i32;
        buffers.rxbufpolicy = abi::DAHDI_POLICY_IMMEDIATE as i32;
        (buffers.numbufs, buffers.bufsize) = (self.usage.buffers, self.usage.block() as i32);
        named("SET_BUFINFO", ask(sys, device, abi::REQUEST_SET_BUFINFO, &mut buffers))
    }

    const fn channel_number(&self, slot: Timeslot) -> i32 {
        self.first_channel + slot.number() as i32 - 1
    }

    fn begin(&mut self) {
        self.flow = Flow::Priming;
        self.out_of_step = false;
        self.given = self.usage.block();
        (self.silent, self.turn, self.status_in) = (None, 0, 0);
        self.losses_wanted = true;
        self.sent_bits = [None; Timeslot::PER_FRAME];
    }

    /// Reads, if a block is due, and attends to what was told. An error that the span does not live through ends it.
    pub(super) fn service<S: DahdiSys<Device = D>>(&mut self, sys: &mut S, control: &D) -> Result<(), Errno> {
        if self.channels.is_empty() {
            return Ok(());
        }
        self.control_left = CONTROL_CALLS;
        self.since_retry = self.since_retry.saturating_add(1);
        match self.flow {
            Flow::Aligning => self.align(sys)?,
            Flow::Settling | Flow::Flowing if self.given == self.block.len() => self.read(sys)?,
            Flow::Settling | Flow::Flowing | Flow::Priming => {}
        }
        self.attend(sys, control)?;
        if self.flow == Flow::Flowing
            && self.out_of_step
            && !self.channels.iter().any(|channel| channel.event)
        {
            (self.flow, self.given, self.silent) = (Flow::Aligning, self.block.len(), None);
        }
        Ok(())
    }

    /// Throws away what lies in the driver for each channel, so that the next block of all begins with the same frame. In
    /// this granule alone so many requests are made; nothing is read.
    fn align<S: DahdiSys<Device = D>>(&mut self, sys: &mut S) -> Result<(), Errno> {
        for channel in &self.channels {
            bearable(set(sys, &channel.device, abi::REQUEST_FLUSH, abi::DAHDI_FLUSH_READ as i32))?;
        }
        (self.flow, self.out_of_step) = (Flow::Settling, false);
        Ok(())
    }

    /// The driver fills the channels in their order: where the last has a block the others have theirs.
    fn read<S: DahdiSys<Device = D>>(&mut self, sys: &mut S) -> Result<(), Errno> {
        let mut octets = [0; MAX_TICK_FRAMES];
        let length = self.block.len();
        let signalled = self.config.is_some_and(|config| config.framing.cas());
        let (mut came, mut whole) = (false, true);
        self.block.fill(idle(self.kind));
        for index in (0..self.channels.len()).rev() {
            let mut heard = hear(sys, &self.channels[index].device, &mut octets[..length])?;
            if heard == Heard::Event && self.fetch_event(sys, index)? {
                heard = hear(sys, &self.channels[index].device, &mut octets[..length])?;
            }
            let channel = &mut self.channels[index];
            match heard {
                Heard::Octets(count) => {
                    came = true;
                    for (frame, octet) in self.block.iter_mut().zip(&octets[..count]) {
                        frame[channel.slot.index()] = *octet;
                    }
                }
                // Not yet: the next granule asks again.
                Heard::Nothing if !came && whole => break,
                Heard::Nothing => self.out_of_step |= !signalled,
                Heard::Event => {
                    channel.event = true;
                    // Where every channel is a call of its own each catches up by itself.
                    channel.flush_wanted |= signalled;
                    self.out_of_step |= !signalled;
                }
            }
            whole &= heard == Heard::Octets(length);
        }
        if came {
            (self.flow, self.given, self.silent) = (Flow::Flowing, 0, Some(0));
            if !whole {
                add(&mut self.status.counters.frames_missed, length as u64);
            }
        } else if self.flow == Flow::Settling && whole {
            self.check_alignment(sys)?;
        }
        Ok(())
    }

    /// Fetches an event that is in the way, if the granule has all its calls left: then what it kept from being read or written
    /// can be tried again.
    fn fetch_event<S: DahdiSys<Device = D>>(&mut self, sys: &mut S, index: usize) -> Result<bool, Errno> {
        let may = self.control_left == CONTROL_CALLS && self.since_retry > 1;
        if may {
            (self.control_left, self.since_retry) = (0, 0);
            let event = bearable(get(sys, &self.channels[index].device, abi::REQUEST_GETEVENT))?;
            self.handle_event(index, event.unwrap_or(0))?;
        }
        Ok(may)
    }

    /// Before the first block of the last channel none has one. If the first has, the card interrupted while they were put
    /// in step.
    fn check_alignment<S: DahdiSys<Device = D>>(&mut self, sys: &mut S) -> Result<(), Errno> {
        let mut octets = [0; MAX_TICK_FRAMES];
        if let Some(first) = self.channels.first()
            && hear(sys, &first.device, &mut octets[..self.block.len()])? != Heard::Nothing
        {
            self.flow = Flow::Aligning;
        }
        Ok(())
    }

    fn attend<S: DahdiSys<Device = D>>(&mut self, sys: &mut S, control: &D) -> Result<(), Errno> {
        self.status_in = self.status_in.saturating_sub(self.usage.granule);
        while self.control_left > 0 {
            let task = if self.control_left == 1 {
                self.span_task().or_else(|| self.channel_task())
            } else {
                self.channel_task().or_else(|| self.span_task())
            };
            let Some(task) = task else { break };
            self.control_left -= 1;
            self.perform(sys, control, task)?;
        }
        Ok(())
    }

    fn channel_task(&self) -> Option<Task> {
        let count = self.channels.len();
        (0..count).map(|n| (self.turn + n) % count).find_map(|index| {
            let channel = &self.channels[index];
            match channel {
                Channel { bits_wanted: true, .. } => Some(Task::Bits(index)),
                Channel { event: true, .. } => Some(Task::Event(index)),
                Channel { flush_wanted: true, .. } => Some(Task::Flush(index)),
                _ => None,
            }
        })
    }

    fn span_task(&mut self) -> Option<Task> {
        let unsent = self.channels.iter().enumerate().find_map(|(index, channel)| {
            let slot = channel.slot.index();
            self.wanted_bits[slot]
                .filter(|bits| self.sent_bits[slot] != Some(*bits))
                .map(|bits| Task::SendBits(index, bits))
        });
        let losses = self.losses_wanted && self.flow == Flow::Flowing;
        let command = || self.commands.pop_front().map(Task::Command);
        unsent
            .or(losses.then_some(Task::TellLosses))
            .or_else(command)
            .or_else(|| (self.status_in == 0).then_some(Task::Status))
    }

    fn perform<S: DahdiSys<Device = D>>(
        &mut self,
        sys: &mut S,
        control: &D,
        task: Task,
    ) -> Result<(), Errno> {
        match task {
            Task::Event(index) => {
                let event = bearable(get(sys, &self.channels[index].device, abi::REQUEST_GETEVENT))?;
                self.handle_event(index, event.unwrap_or(0))
            }
            Task::Bits(index) => {
                let channel = &mut self.channels[index];
                if let Some(bits) = bearable(get(sys, &channel.device, abi::REQUEST_GETRXBITS))? {
                    channel.bits_wanted = false;
                    // The four above are a neighbour's, with some drivers.
                    self.received_bits[channel.slot.index()] = Abcd::new(bits as u8 & 0xf);
                }
                Ok(())
            }
            Task::Flush(index) => {
                let channel = &mut self.channels[index];
                channel.flush_wanted = false;
                self.turn = index + 1;
                let flushed = set(sys, &channel.device, abi::REQUEST_FLUSH, abi::DAHDI_FLUSH_READ as i32);
                bearable(flushed).map(|_| ())
            }
            Task::SendBits(index, bits) => {
                let Channel { device, slot, .. } = &self.channels[index];
                let sent = set(sys, device, abi::REQUEST_SETTXBITS, bits.bits().into());
                if bearable(sent)?.is_some() {
                    self.sent_bits[slot.index()] = Some(bits);
                }
                Ok(())
            }
            Task::TellLosses => {
                self.losses_wanted = false;
                if let Some(last) = self.channels.last() {
                    // Older drivers have no such request; what they lose is then not told.
                    let _ = set(sys, &last.device, abi::REQUEST_BUFFER_EVENTS, 1);
                }
                Ok(())
            }
            Task::Command(command) => {
                let mut maintenance = abi::dahdi_maintinfo { spanno: self.number, command };
                // Of what a driver cannot do nothing comes.
                let _ = ask(sys, control, abi::REQUEST_MAINT, &mut maintenance);
                self.status_in = 0;
                Ok(())
            }
            Task::Status => self.ask_status(sys, control),
        }
    }

    fn handle_event(&mut self, index: usize, event: i32) -> Result<(), Errno> {
        let channel = &mut self.channels[index];
        // If more wait, the next read says so.
        channel.event = false;
        self.turn = index + 1;
        match event as u32 {
            abi::DAHDI_EVENT_BITSCHANGED => {
                channel.bits_wanted = true;
                self.turn = index;
            }
            abi::DAHDI_EVENT_ALARM | abi::DAHDI_EVENT_NOALARM => self.status_in = 0,
            abi::DAHDI_EVENT_READ_OVERRUN => {
                add(&mut self.status.counters.slips_deleted, self.block.len() as u64);
            }
            abi::DAHDI_EVENT_REMOVED => return Err(Errno::NO_DEVICE),
            _ => {}
        }
        Ok(())
    }

    fn ask_status<S: DahdiSys<Device = D>>(&mut self, sys: &mut S, control: &D) -> Result<(), Errno> {
        let mut info = dahdi_spaninfo::zeroed();
        info.spanno = self.number;
        if bearable(ask(sys, control, abi::REQUEST_SPANSTAT, &mut info))?.is_some() {
            let alarms = info.alarms as u32;
            self.status_in = STATUS_FRAMES;
            self.seen.count(&info, FRAMES_PER_INTERRUPT, &mut self.status.counters);
            self.status.defects = status::defects(alarms);
            self.status.looped = status::looped(alarms, self.ordered_loop);
        }
        Ok(())
    }

    /// Gives the frames of a granule. `Err` when none have come for too long.
    pub(super) fn receive(&mut self, frames: &mut [Frame]) -> Result<(), Errno> {
        frames.fill(idle(self.kind));
        self.is_fresh = self.given < self.block.len();
        if self.is_fresh {
            let length = frames.len().min(self.block.len() - self.given);
            frames[..length].copy_from_slice(&self.block[self.given..][..length]);
            self.given += length;
            return Ok(());
        }
        if let (Some(silent), Flow::Flowing) = (&mut self.silent, self.flow) {
            *silent += frames.len();
            add(&mut self.status.counters.slips_repeated, frames.len() as u64);
            if *silent >= PATIENCE_FRAMES {
                return Err(Errno::NO_DEVICE);
            }
        }
        Ok(())
    }

    /// The octets of the signalling slot among the frames last given: none where those are made up.
    pub(super) fn receive_signalling(&self, octets: &mut [u8]) -> Option<usize> {
        let slot = self.config?.signalling_slot?;
        if !self.is_fresh {
            return Some(0);
        }
        let end = self.given;
        let frames = &self.block[end.saturating_sub(self.usage.granule)..end];
        for (octet, frame) in octets.iter_mut().zip(frames) {
            *octet = frame[slot.index()];
        }
        Some(frames.len().min(octets.len()))
    }

    pub(super) fn transmit<S: DahdiSys<Device = D>>(
        &mut self,
        sys: &mut S,
        frames: &[Frame],
    ) -> Result<(), Errno> {
        let silence = [idle(self.kind)[0]; MAX_TICK_FRAMES];
        let mut octets = silence;
        let priming = self.flow == Flow::Priming;
        let mut whole = true;
        for index in 0..self.channels.len() {
            let channel = &mut self.channels[index];
            if channel.event {
                whole = false;
                continue;
            }
            if priming && say(sys, &channel.device, &silence[..frames.len()])?.is_none() {
                (channel.event, whole) = (true, false);
                continue;
            }
            for (octet, frame) in octets.iter_mut().zip(frames) {
                *octet = frame[channel.slot.index()];
            }
            let mut said = say(sys, &channel.device, &octets[..frames.len()])?;
            if said.is_none() && self.fetch_event(sys, index)? {
                said = say(sys, &self.channels[index].device, &octets[..frames.len()])?;
            }
            match said {
                Some(said) => whole &= said,
                None => (self.channels[index].event, whole) = (true, false),
            }
        }
        if priming && !self.channels.is_empty() {
            self.flow = Flow::Aligning;
        }
        if !whole {
            add(&mut self.frames_dropped, frames.len() as u64);
        }
        Ok(())
    }

    /// A clear channel has no bits, and refuses them.
    pub(super) fn set_bits(&mut self, slot: Timeslot, bits: Abcd) {
        if self.config.is_some_and(|config| config.framing.cas()) {
            self.wanted_bits[slot.index()] = Some(bits);
        }
    }

    pub(super) fn order(&mut self, order: &LineOrder) {
        let command = match order {
            LineOrder::Loop(which) => {
                self.ordered_loop = *which;
                match which {
                    None => abi::DAHDI_MAINT_NONE,
                    Some(Loopback::Local) => abi::DAHDI_MAINT_LOCALLOOP,
                    Some(Loopback::Line) => abi::DAHDI_MAINT_NETWORKLINELOOP,
                    Some(Loopback::Payload) => abi::DAHDI_MAINT_NETWORKPAYLOADLOOP,
                }
            }
            LineOrder::InsertError(LineError::Code) => abi::DAHDI_MAINT_BIPOLAR_DEFECT,
            LineOrder::InsertError(LineError::Framing) => abi::DAHDI_MAINT_FAS_DEFECT,
            LineOrder::InsertError(LineError::Crc) => abi::DAHDI_MAINT_CRC_DEFECT,
            _ => return,
        };
        if self.commands.len() < MOST_COMMANDS {
            self.commands.push_back(command as i32);
        }
    }
}

/// The bits of `lineconfig` for this, or what the interface has no words for.
fn line_config(config: &SpanConfig) -> Result<i32, CardError> {
    let code = match config.line_code {
        LineCode::Ami => abi::DAHDI_CONFIG_AMI,
        LineCode::Hdb3 => abi::DAHDI_CONFIG_HDB3,
        LineCode::B8zs => abi::DAHDI_CONFIG_B8ZS,
    };
    let framing = match config.framing {
        Framing::E1(e1) => {
            let crc4 = match e1.crc4 {
                CrcMode::On => abi::DAHDI_CONFIG_CRC4,
                CrcMode::Off => 0,
                CrcMode::Auto => {
                    return Err(CardError::Unsupported(
                        "DAHDI has CRC-4 on or off, not as the far end has it",
                    ));
                }
            };
            crc4 | if e1.cas { 0 } else { abi::DAHDI_CONFIG_CCS }
        }
        Framing::T1(t1) => match t1.framing {
            T1Framing::Sf => abi::DAHDI_CONFIG_D4,
            T1Framing::Esf => abi::DAHDI_CONFIG_ESF,
            T1Framing::J1Esf | T1Framing::J1Sf => {
                return Err(CardError::Unsupported("DAHDI has no framing of Japan's"));
            }
        },
    };
    Ok((code | framing) as i32)
}

/// The timeslots that are channels. That of signalling bits is none.
fn slots(framing: Framing) -> impl Iterator<Item = Timeslot> {
    let (last, none) = match framing {
        Framing::E1(e1) => (31, if e1.cas { 16 } else { 0 }),
        Framing::T1(_) => (24, 0),
    };
    (1..=last).filter(move |number| *number != none).filter_map(Timeslot::new)
}

fn hear<S: DahdiSys>(sys: &mut S, device: &S::Device, into: &mut [u8]) -> Result<Heard, Errno> {
    match sys.read(device, into) {
        // A device is never at its end.
        Ok(0) => Err(Errno::NO_DEVICE),
        Ok(count) => Ok(Heard::Octets(count.min(into.len()))),
        Err(Errno::AGAIN | Errno::INTERRUPTED) => Ok(Heard::Nothing),
        Err(Errno(EVENT_WAITS)) => Ok(Heard::Event),
        Err(errno) => Err(errno),
    }
}

/// Whether all of it was taken; `None` when an event waits.
fn say<S: DahdiSys>(sys: &mut S, device: &S::Device, from: &[u8]) -> Result<Option<bool>, Errno> {
    match sys.write(device, from) {
        Ok(count) => Ok(Some(count == from.len())),
        Err(Errno::AGAIN | Errno::INTERRUPTED) => Ok(Some(false)),
        Err(Errno(EVENT_WAITS)) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// What came of a call, `None` if it is to be made again.
fn bearable<T>(result: Result<T, Errno>) -> Result<Option<T>, Errno> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Errno::AGAIN | Errno::INTERRUPTED) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Silence of the law that the kind of span has.
const fn idle(kind: PortKind) -> Frame {
    [match kind {
        PortKind::T1 => 0xff,
        PortKind::E1 | PortKind::E1OrT1 => 0xd5,
    }; Timeslot::PER_FRAME]
}

const CHANNEL: &std::ffi::CStr = c"/dev/dahdi/channel";
/// The driver refuses shorter blocks.
const SHORTEST_BLOCK: usize = 16;
/// Calls in a granule besides those that read and write.
const CONTROL_CALLS: usize = 2;
/// How often the status is asked.
const STATUS_FRAMES: usize = 128;
const MOST_COMMANDS: usize = 8;
/// A second without a block.
const PATIENCE_FRAMES: usize = 8000;
/// A card interrupts once a millisecond.
const FRAMES_PER_INTERRUPT: usize = 8;
/// On hook, and what bits B, C and D of timeslot 16 are where nothing uses them (G.704).
const IDLE_BITS: i32 = 0b1101;
const EVENT_WAITS: i32 = abi::ELAST as i32;
