//! Streams between the host and a channel: what it says, as the host gives it, and what is heard there, as the host takes it.
use super::Control;
use super::operation::{Operation, Terms, Work};
use super::outflow::Outflow;
use super::sieve::{Added, Sieve};
use crate::EngineError;
use crate::event::{EndReason, EventKind};
use crate::streams::{Chunk, Portion, StreamOptions, StreamSide};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::comfort::{Description, FRAME};
use tandem_dsp::g711;
use tandem_switch::link::{BLOCK_FRAMES, TapBlock, TapId, TapReader};
use tandem_types::{FrameTime, Frames, Handle, Law};

/// What is heard on a channel on its way to the host.
#[derive(Debug)]
pub(super) struct Inflow {
    tap: Option<TapId>,
    reader: TapReader,
    law: Law,
    options: StreamOptions,
    /// What it passes where silence is suppressed.
    sieve: Option<Box<Sieve>>,
    /// The block that is being read, and how much of it was.
    block: Option<TapBlock>,
    read: usize,
    /// The host is given nothing before this, once somebody has talked.
    from: Option<FrameTime>,
    /// How much is kept until then: what is heard before a voice, and while it becomes certain.
    kept: Frames,
    /// Nothing that has come is told before this.
    look: FrameTime,
    /// What the host is to be given next; a jump from it was lost.
    expected: Option<FrameTime>,
    given: u64,
    lost: u64,
    /// What ended it, and until when the host may read the rest.
    ended: Option<(EndReason, FrameTime)>,
}

impl Inflow {
    /// The oldest block, if there is one that the host may have.
    fn next_block(&mut self, now: FrameTime) -> Option<&TapBlock> {
        let from = self.from.unwrap_or_else(|| FrameTime(now.0.saturating_sub(self.kept.0)));
        loop {
            if self.block.as_ref().is_none_or(|block| self.read >= usize::from(block.length)) {
                (self.block, self.read) = (Some(self.reader.pop()?), 0);
            }
            let block = self.block.as_ref()?;
            let begins = from.since(block.start).0.min(u64::from(block.length)) as usize;
            self.read = self.read.max(begins);
            if self.read < usize::from(block.length) {
                break;
            }
        }
        self.block.as_ref().filter(|_| self.from.is_some())
    }

    /// Frames that the host will not have: lost behind the last that it has read, and, but for those of one that it has
    /// stopped itself, what it has left unread.
    fn forsake(&mut self, reason: EndReason) -> u64 {
        if self.from.is_none() {
            return 0;
        }
        let left = self.sieve.as_ref().map_or(0, |sieve| sieve.left() as u64);
        self.given -= left;
        let mut lost = if reason == EndReason::Stopped { 0 } else { left };
        while reason != EndReason::Stopped
            && let Some(block) = self.next_block(FrameTime::ZERO)
        {
            let (start, end) = (block.start, block.start + Frames(u64::from(block.length)));
            let from = start + Frames(self.read as u64);
            lost += end.since(self.expected.unwrap_or(from).min(from)).0;
            (self.expected, self.read) = (Some(end), usize::MAX);
        }
        lost + self.reader.lost_at_end()
    }

    /// Whether it listens still.
    pub(super) const fn has_tap(&self) -> bool {
        self.tap.is_some()
    }

    /// Whether nothing can end it any more.
    pub(super) const fn is_ending(&self) -> bool {
        self.ended.is_some()
    }

    /// Gives up to so many samples, without a gap among them.
    fn take(&mut self, now: FrameTime, most: usize) -> Chunk {
        let mut chunk = Chunk { start: now, samples: Vec::new() };
        let (law, side) = (self.law, self.options.side);
        let most = most / side.samples_a_frame();
        let mut frames = 0;
        while frames < most {
            let expected = self.expected;
            let Some(block) = self.next_block(now).copied() else { break };
            let start = block.start + Frames(self.read as u64);
            if frames == 0 {
                chunk.start = start;
                self.lost += expected.map_or(0, |expected| start.since(expected).0);
            } else if expected.is_some_and(|expected| start != expected) {
                break;
            }
            let range = self.read..usize::from(block.length).min(self.read + most - frames);
            side.append(law, &block.rx[range.clone()], &block.tx[range.clone()], &mut chunk.samples);
            frames += range.len();
            self.read = range.end;
            self.expected = Some(block.start + Frames(range.end as u64));
        }
        self.given += frames as u64;
        chunk
    }

    /// Gives what is to be sent on next: up to so many samples of one kind.
    fn take_portion(&mut self, now: FrameTime, most: usize) -> Option<Portion> {
        let mut sieve = self.sieve.take()?;
        let mut portion = None;
        let has_room = |portion: &Option<Portion>| {
            let length = portion.as_ref().map_or(0, |portion| portion.length.0 as usize);
            length + FRAME <= most.min(MOST_OF_A_PORTION)
        };
        while has_room(&portion) {
            match sieve.add_to(&mut portion) {
                Added::Frame => {}
                Added::AnotherPortion => break,
                Added::NothingThere => {
                    let ended = self.reader.is_ended();
                    let chunk = self.take(now, sieve.wants());
                    if !chunk.samples.is_empty() {
                        sieve.hear(chunk.start, &chunk.samples);
                    } else if !ended || !sieve.end() {
                        break;
                    }
                }
            }
        }
        self.sieve = Some(sieve);
        portion
    }

    /// Frames that the host may have, about.
    fn waiting(&mut self, now: FrameTime) -> u64 {
        let is_ending = self.is_ending();
        let kept =
            self.sieve.as_ref().map_or(0, |sieve| if is_ending { sieve.left() } else { sieve.ready() });
        let Some(length) = self.next_block(now).map(|block| usize::from(block.length)) else {
            return kept as u64;
        };
        (kept + length - self.read + self.reader.blocks_waiting() * BLOCK_FRAMES) as u64
    }

    /// Whether all has been read that there will ever be.
    fn is_drained(&mut self, now: FrameTime) -> bool {
        let ended = self.reader.is_ended();
        let is_left = self.sieve.as_ref().is_some_and(|sieve| sieve.left() > 0);
        ended && !is_left && self.next_block(now).is_none()
    }
}

impl StreamSide {
    const fn samples_a_frame(self) -> usize {
        match self {
            Self::Received | Self::Sent => 1,
            Self::Both => 2,
        }
    }

    fn append(self, law: Law, rx: &[u8], tx: &[u8], samples: &mut Vec<i16>) {
        let linear = |octets: &[u8]| {
            let mut linear = vec![0; octets.len()];
            g711::decode_block(InstructionSet::detect(), law, octets, &mut linear);
            linear
        };
        match self {
            Self::Received => samples.extend(linear(rx)),
            Self::Sent => samples.extend(linear(tx)),
            Self::Both => {
                samples.extend(linear(rx).into_iter().zip(linear(tx)).flat_map(|(rx, tx)| [rx, tx]));
            }
        }
    }
}

/// What the host gives.
impl Control {
    /// Takes samples of the host for a play; returns how many there was room for.
    pub(crate) fn write_stream(&mut self, play: Handle, samples: &[i16]) -> Result<usize, EngineError> {
        let now = self.now;
        Ok(self.outflow(play)?.write(now, samples))
    }

    /// Has noise like this behind what the host has given, until it gives samples again.
    pub(crate) fn write_noise(&mut self, play: Handle, noise: &Description) -> Result<(), EngineError> {
        let now = self.now;
        // Noise of channels that are heard together is not the same.
        let seed = (play.raw() as u32).wrapping_mul(0x9e37_79b9);
        self.outflow(play)?.write_noise(now, noise, seed);
        Ok(())
    }

    /// The host has given all: the play is finished when it has been heard.
    pub(crate) fn end_stream(&mut self, play: Handle) -> Result<(), EngineError> {
        self.outflow(play)?.end();
        Ok(())
    }

    fn outflow(&mut self, play: Handle) -> Result<&mut Outflow, EngineError> {
        let Work::Play(play) = &mut self.operations.get_mut(play)?.work else {
            return Err(EngineError::WrongState("the operation takes no samples"));
        };
        let stream = play.stream().ok_or(EngineError::WrongState("the operation takes no samples"))?;
        match stream.is_open() {
            true => Ok(stream),
            false => Err(EngineError::WrongState("the stream has been ended")),
        }
    }
}

/// What the host takes.
impl Control {
    /// Begins to give the host what is heard on a channel.
    pub(crate) fn stream(
        &mut self,
        channel: Handle,
        options: StreamOptions,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        options.check()?;
        let (index, call) = self.channel_to_take(channel)?;
        let law = self.channels[index].law;
        let waits = options.before_voice.is_some() && !self.channels[index].talking;
        let onset = self.channels[index].attention.onset;
        let kept = Frames(options.before_voice.unwrap_or_default().0 + onset.0 + UNTIL_TOLD.0);
        let buffer = Frames(options.buffer.0 + kept.0);
        let (tap, reader) = self.start_tap_of_host(index, buffer)?;
        let attention = self.channels[index].attention;
        let inflow = Inflow {
            tap: Some(tap),
            reader,
            law,
            options,
            sieve: options.suppress.then(|| Box::new(Sieve::new(attention))),
            block: None,
            read: 0,
            from: (!waits).then_some(FrameTime::ZERO),
            kept,
            look: self.now + options.each,
            expected: None,
            given: 0,
            lost: 0,
            ended: None,
        };
        let handle = match self.begin(index, call, terms, Work::Stream(Box::new(inflow))) {
            Ok(handle) => handle,
            Err(error) => {
                self.link.stop_tap(tap);
                return Err(error);
            }
        };
        self.channels[index].records.push(handle);
        self.update_routes(index);
        self.end_records_by_digit(index);
        self.end_by_voice_that_goes_on(index, handle);
        Ok(handle)
    }

    /// Gives what has been heard, up to so many samples of it.
    pub(crate) fn read_stream(&mut self, stream: Handle, most: usize) -> Result<Chunk, EngineError> {
        let now = self.now;
        let inflow = self.inflow(stream)?;
        if inflow.options.suppress {
            return Err(EngineError::WrongState("the stream suppresses silence: it is read in portions"));
        }
        let chunk = inflow.take(now, most);
        self.note_read(stream);
        Ok(chunk)
    }

    /// Gives what is to be sent on next of what has been heard, up to so many samples of it.
    pub(crate) fn read_stream_portion(
        &mut self,
        stream: Handle,
        most: usize,
    ) -> Result<Option<Portion>, EngineError> {
        let now = self.now;
        let inflow = self.inflow(stream)?;
        if !inflow.options.suppress {
            return Err(EngineError::WrongState("the stream does not suppress silence"));
        }
        if most < FRAME {
            return Err(EngineError::BadArgument("a portion has 10 ms at least, 80 samples"));
        }
        let portion = inflow.take_portion(now, most);
        self.note_read(stream);
        Ok(portion)
    }

    fn inflow(&mut self, stream: Handle) -> Result<&mut Inflow, EngineError> {
        match &mut self.operations.get_mut(stream)?.work {
            Work::Stream(inflow) => Ok(inflow),
            _ => Err(EngineError::WrongState("the operation gives no samples")),
        }
    }

    /// The host has read: it is told of more after a while, and with the last of it the stream is over.
    fn note_read(&mut self, stream: Handle) {
        let now = self.now;
        let Ok(inflow) = self.inflow(stream) else { return };
        inflow.look = now + inflow.options.each;
        if inflow.ended.is_some() && inflow.is_drained(now) {
            self.finish_stream(stream);
        }
    }

    /// Whether a stream begins when somebody talks.
    pub(super) fn begins_by_voice(&self, stream: Handle) -> bool {
        let operation = self.operations.get(stream);
        operation.is_ok_and(|operation| match &operation.work {
            Work::Stream(inflow) => inflow.options.before_voice.is_some(),
            _ => false,
        })
    }

    /// Somebody has begun to talk on a channel: streams that wait for it begin.
    pub(super) fn open_streams(&mut self, index: usize, start: FrameTime) {
        let now = self.now;
        for handle in self.channels[index].records.clone() {
            if let Ok(operation) = self.operations.get_mut(handle)
                && let Work::Stream(inflow) = &mut operation.work
                && let (None, Some(before)) = (inflow.from, inflow.options.before_voice)
            {
                inflow.from = Some(FrameTime(start.0.saturating_sub(before.0)));
                inflow.look = now;
            }
        }
    }

    /// Ends a stream; the host may read what it has not yet, unless it ended it itself.
    pub(super) fn end_inflow(&mut self, index: usize, handle: Handle, reason: EndReason) {
        let now = self.now;
        self.channels[index].records.retain(|record| *record != handle);
        if let Ok(operation) = self.operations.get_mut(handle)
            && let Work::Stream(inflow) = &mut operation.work
            && let Some(tap) = inflow.tap.take()
        {
            self.link.stop_tap(tap);
            inflow.ended = Some((reason, now + TIME_TO_READ));
            inflow.look = now;
        }
        self.update_routes(index);
        if reason == EndReason::Stopped || self.rest_until.is_some() {
            self.finish_stream(handle);
        }
    }

    /// Nobody is waited for who has not read the rest of a stream.
    pub(super) fn finish_unread_streams(&mut self) {
        let ended =
            |operation: &Operation| matches!(&operation.work, Work::Stream(inflow) if inflow.is_ending());
        let ended: Vec<Handle> = self
            .operations
            .iter()
            .filter(|(_, operation)| ended(operation))
            .map(|(handle, _)| handle)
            .collect();
        ended.into_iter().for_each(|handle| self.finish_stream(handle));
    }

    fn finish_stream(&mut self, handle: Handle) {
        let Ok(operation) = self.operations.remove(handle) else { return };
        let Work::Stream(mut inflow) = operation.work else { return };
        let reason = inflow.ended.map_or(EndReason::Stopped, |ended| ended.0);
        inflow.lost += inflow.forsake(reason);
        let kind = EventKind::StreamDone {
            operation: handle,
            channel: operation.named,
            call: operation.call,
            reason,
            given_ms: Frames(inflow.given).as_ms(),
            lost_ms: Frames(inflow.lost).as_ms(),
        };
        self.events.tell(self.now, kind);
    }

    /// Looks at streams whose time has come: the host is told that it can write or read, or one is over that it does not read.
    pub(super) fn handle_streams(&mut self) {
        let now = self.now;
        let mut ready = Vec::new();
        let mut over = Vec::new();
        let is_due = |operation: &Operation| operation.look().is_some_and(|look| look <= now);
        let due = self.operations.iter().filter(|(_, operation)| is_due(operation));
        let due: Vec<Handle> = due.map(|(handle, _)| handle).collect();
        for handle in due {
            let Ok(operation) = self.operations.get_mut(handle) else { continue };
            let frames = match &mut operation.work {
                Work::Play(play) => play.stream().and_then(|stream| stream.room(now)),
                Work::Stream(inflow) => {
                    let waiting = inflow.waiting(now);
                    if let Some((_, until)) = inflow.ended
                        && (until <= now || inflow.is_drained(now))
                    {
                        over.push(handle);
                        continue;
                    }
                    // Told once until the host has read; who does not read is told again after a while.
                    inflow.look = now + if waiting > 0 { LOOK_AGAIN } else { SOON };
                    (waiting > 0).then_some(waiting)
                }
                _ => None,
            };
            if let Some(frames) = frames {
                ready.push((handle, operation.channel, operation.call, frames));
            }
        }
        over.into_iter().for_each(|handle| self.finish_stream(handle));
        for (operation, channel, call, frames) in ready {
            let channel = self.channels[channel].handle;
            let kind = EventKind::StreamReady { operation, channel, call, ready_ms: Frames(frames).as_ms() };
            self.events.tell(now, kind);
        }
    }
}

impl Operation {
    /// When its stream is to be looked at.
    pub(super) fn look(&self) -> Option<FrameTime> {
        match &self.work {
            Work::Stream(inflow) => Some(inflow.look),
            Work::Play(play) => play.look(),
            _ => None,
        }
    }
}

/// How long the rest of a stream can be read that has ended.
const TIME_TO_READ: Frames = Frames::from_seconds(5);
/// Between a voice that is certain and control that knows of it.
const UNTIL_TOLD: Frames = Frames::from_ms(200);
/// A second: what control does at once for one stream.
const MOST_OF_A_PORTION: usize = 8000;
const LOOK_AGAIN: Frames = Frames::from_seconds(1);
pub(super) const SOON: Frames = Frames::from_ms(20);
