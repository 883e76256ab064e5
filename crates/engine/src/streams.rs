//! Streams between the host and a channel, for speech that is made or understood elsewhere.
use crate::EngineError;
use tandem_dsp::comfort::Description;
use tandem_types::{FrameTime, Frames};

/// How what the host gives on the way is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayStreamOptions {
    /// How much may wait: 100 ms to 60 s.
    pub buffer: Frames,
    /// The host gives it as it comes, by a clock of its own: so much waits on average, 40 ms at least and half of the buffer at
    /// most. `None`: the host gives it as there is room.
    pub live: Option<Frames>,
}

impl Default for PlayStreamOptions {
    fn default() -> Self {
        Self { buffer: Frames::from_ms(500), live: None }
    }
}

impl PlayStreamOptions {
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        if self.buffer < Frames::from_ms(100) || self.buffer > Frames::from_seconds(60) {
            return Err(EngineError::BadArgument("a stream's buffer has 100 ms at least and 60 s at most"));
        }
        if self.live.is_some_and(|live| live < Frames::from_ms(40) || live.0 > self.buffer.0 / 2) {
            return Err(EngineError::BadArgument(
                "of a live stream 40 ms wait at least and half of its buffer at most",
            ));
        }
        Ok(())
    }
}

/// Which side of a channel a stream gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamSide {
    /// What the far end says.
    #[default]
    Received,
    /// What it hears.
    Sent,
    /// Both, one sample of each in turn, what it says first.
    Both,
}

/// How what is heard on a channel is given to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// Which side.
    pub side: StreamSide,
    /// The host is told that there is something to read when it has read nothing for so long.
    pub each: Frames,
    /// How much waits for the host, at most; what comes then is lost.
    pub buffer: Frames,
    /// It begins when somebody talks, with so much from before; `None`: at once.
    pub before_voice: Option<Frames>,
    /// The host sends on nothing but voices, and what the noise is like in between: it reads [`Portion`]s, not [`Chunk`]s. Of one side.
    pub suppress: bool,
}

impl Default for StreamOptions {
    fn default() -> Self {
        let (each, buffer) = (Frames::from_ms(100), Frames::from_seconds(5));
        Self { side: StreamSide::Received, each, buffer, before_voice: None, suppress: false }
    }
}

impl StreamOptions {
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        let fits = |frames: Frames, least, most| frames >= least && frames <= most;
        let (least, most) = (Frames::from_ms(20), Frames::from_seconds(60));
        if !fits(self.each, least, Frames::from_seconds(1)) {
            return Err(EngineError::BadArgument("a stream is told of each 20 to 1000 ms"));
        }
        if !fits(self.buffer, Frames::from_ms(100), most) {
            return Err(EngineError::BadArgument("a stream's buffer has 100 ms at least and 60 s at most"));
        }
        if self.before_voice.is_some_and(|before| before > Frames::from_seconds(10)) {
            return Err(EngineError::BadArgument("at most 10 s are kept from before a voice"));
        }
        if self.suppress && self.side == StreamSide::Both {
            return Err(EngineError::BadArgument(
                "silence is suppressed of one side of a channel, not of both",
            ));
        }
        Ok(())
    }
}

/// A part of a stream, without a gap in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The time of its first frame. A jump from the end of the chunk before was lost, because the host was late.
    pub start: FrameTime,
    /// Linear samples at 8 kHz, two a frame where the stream has both sides.
    pub samples: Vec<i16>,
}

/// A portion of what a host is to send on of a stream that suppresses silence: whole frames of 10 ms, without a gap among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portion {
    /// When its first sample was heard. A jump from the end of the portion before was lost, because the host was late.
    pub start: FrameTime,
    /// How much of the stream it stands for.
    pub length: Frames,
    /// What is to be sent of it.
    pub sent: Sent,
}

/// What is to be sent of a part of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// These linear samples at 8 kHz.
    Voice(Vec<i16>),
    /// What noise is like from here on: the payload of RFC 3389.
    Noise(Description),
    /// Nothing: the noise goes on as it was described last.
    Nothing,
}
