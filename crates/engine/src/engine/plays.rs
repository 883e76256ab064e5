//! Plays.
use super::Engine;
use crate::control::{PlayState, Terms};
use crate::error::EngineError;
use crate::playback::{Loaded, Piece, PlayOptions, Playlist, Seek, check_memory};
use crate::prompts::samples_of;
use crate::streams::{Chunk, PlayStreamOptions, Portion, StreamOptions};
use std::path::Path;
use std::sync::Arc;
use tandem_dsp::comfort::Description;
use tandem_dsp::mix::Gain;
use tandem_dsp::stretch::Speed;
use tandem_types::{Frames, Handle};

impl Engine {
    /// Plays a prompt file. Reads the file in this thread, unless it was read before. `PlayDone` follows.
    pub fn play(&self, channel: Handle, path: &Path, terms: Terms) -> Result<Handle, EngineError> {
        self.play_list(channel, vec![Piece::File(path.into())], PlayOptions::default(), terms)
    }

    /// Plays 8 kHz linear samples from memory. `PlayDone` follows.
    pub fn play_samples(
        &self,
        channel: Handle,
        samples: Arc<[i16]>,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        self.play_list(channel, vec![Piece::Samples(samples)], PlayOptions::default(), terms)
    }

    /// Plays pieces one after another without a gap. Reads files in this thread, unless they were read before, and makes
    /// samples of octets. `PlayDone` follows.
    pub fn play_list(
        &self,
        channel: Handle,
        pieces: Vec<Piece>,
        options: PlayOptions,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        self.check_open()?;
        check_memory(&pieces)?;
        let mut loaded = Vec::new();
        for piece in pieces {
            match piece {
                Piece::File(path) => loaded.push(Loaded::Samples(self.prompts().get(&path)?)),
                Piece::Part(path, part) => loaded.push(Loaded::Samples(self.prompts().part(&path, part)?)),
                Piece::Samples(samples) => loaded.push(Loaded::Samples(samples)),
                Piece::Octets(octets, format) => loaded.push(Loaded::Samples(samples_of(&octets, format)?)),
                Piece::Silence(frames) => loaded.push(Loaded::Silence(frames.0)),
                Piece::Phrase(line) => {
                    loaded.extend(self.prompts().phrase(&line)?.into_iter().map(Loaded::Samples));
                }
                Piece::Signal(line) => loaded.push(Loaded::Signal(self.prompts().signal(&line)?)),
            }
        }
        let list = Playlist::new(loaded, options.rounds);
        self.ask(move |control| control.play(channel, list, options, terms))?
    }

    /// Plays what is given to it on the way with [`Engine::stream_write`], of which so much may wait: 100 ms to 60 s. Where
    /// nothing waits, the far end hears silence. `PlayDone` follows once [`Engine::stream_end`] was called and all was heard.
    pub fn play_stream(&self, channel: Handle, buffer: Frames, terms: Terms) -> Result<Handle, EngineError> {
        self.play_stream_with(channel, PlayStreamOptions { buffer, live: None }, terms)
    }

    /// The same, in another way. Live, the host gives samples by a clock of its own, up to 1000 parts per million off: heard is
    /// what it gives once as much waits as is to, and as fast as keeps it so, which settles within two minutes and without a step in the
    /// sound. Where it runs dry it begins anew. What there is no room for is not taken; a live host drops it.
    pub fn play_stream_with(
        &self,
        channel: Handle,
        options: PlayStreamOptions,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        self.ask(move |control| control.play_stream(channel, options, terms))?
    }

    /// Gives samples to a play of a stream; returns how many there was room for. If not for all, `StreamReady` tells when half
    /// of what may wait has been heard.
    pub fn stream_write(&self, play: Handle, samples: Vec<i16>) -> Result<usize, EngineError> {
        self.ask(move |control| control.write_stream(play, &samples))?
    }

    /// Has a play of a stream go on with noise of which this is a description (the payload of RFC 3389, 1 to 256 octets), behind what was
    /// given and until samples are given again, into which it goes over.
    pub fn stream_write_noise(&self, play: Handle, payload: &[u8]) -> Result<(), EngineError> {
        let noise = Description::parse(payload).ok().filter(|_| payload.len() <= MOST_OF_A_DESCRIPTION);
        let noise =
            noise.ok_or(EngineError::BadArgument("the description of a noise has 1 to 256 octets"))?;
        self.ask(move |control| control.write_noise(play, &noise))?
    }

    /// What has been given to a play of a stream is all.
    pub fn stream_end(&self, play: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.end_stream(play))?
    }

    /// Gives the host what is heard on a channel: `StreamReady` tells when there is something, [`Engine::stream_read`] takes it.
    /// When something has ended it, the host has five seconds to read the rest; then `StreamDone` follows, at once if the host
    /// has stopped it.
    pub fn stream(
        &self,
        channel: Handle,
        options: StreamOptions,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        self.ask(move |control| control.stream(channel, options, terms))?
    }

    /// Takes up to so many samples from a stream, none if there are none now.
    pub fn stream_read(&self, stream: Handle, most: usize) -> Result<Chunk, EngineError> {
        self.ask(move |control| control.read_stream(stream, most))?
    }

    /// Takes from a stream that suppresses silence what is to be sent on next: up to so many samples, and up to a second, or nothing
    /// if nothing is decided upon now. It comes late by the onset of a voice ([`Engine::channel_attend`] before the stream
    /// begins), so that voices are in it from their beginning on.
    pub fn stream_read_portion(&self, stream: Handle, most: usize) -> Result<Option<Portion>, EngineError> {
        self.ask(move |control| control.read_stream_portion(stream, most))?
    }

    /// How far a play has come.
    pub fn play_state(&self, play: Handle) -> Result<PlayState, EngineError> {
        self.ask(move |control| control.play_state(play))?
    }

    /// Lets a play go on from elsewhere: from what has been heard to the frame, some milliseconds of silence lie between. Behind
    /// the end it is finished.
    pub fn seek_play(&self, play: Handle, seek: Seek) -> Result<(), EngineError> {
        self.ask(move |control| control.seek_play(play, seek))?
    }

    /// Lets a play go on at another speed and volume.
    pub fn adjust_play(&self, play: Handle, speed: Speed, gain: Gain) -> Result<(), EngineError> {
        self.ask(move |control| control.adjust_play(play, speed, gain))?
    }
}

/// More than any sender of noise describes; what is behind the thirteenth is left out.
const MOST_OF_A_DESCRIPTION: usize = 256;
