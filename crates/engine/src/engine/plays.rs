//! Plays.
use super::Engine;
use crate::control::Terms;
use crate::error::EngineError;
use crate::playback::{Loaded, Piece, PlayOptions, Playlist, Seek};
use std::path::Path;
use std::sync::Arc;
use tandem_dsp::mix::Gain;
use tandem_dsp::stretch::Speed;
use tandem_types::Handle;

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

    /// Plays pieces one after another without a gap. Reads files in this thread, unless they were read before. `PlayDone`
    /// follows.
    pub fn play_list(
        &self,
        channel: Handle,
        pieces: Vec<Piece>,
        options: PlayOptions,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        self.check_open()?;
        let load = |piece| match piece {
            Piece::File(path) => self.prompts.get(&path).map(Loaded::Samples),
            Piece::Samples(samples) => Ok(Loaded::Samples(samples)),
            Piece::Silence(frames) => Ok(Loaded::Silence(frames.0)),
        };
        let loaded = pieces.into_iter().map(load).collect::<Result<Vec<_>, _>>()?;
        let list = Playlist::new(loaded, options.rounds);
        self.ask(move |control| control.play(channel, list, options, terms))?
    }

    /// Lets a play rest. It is heard no more, and the far end hears what it would hear without it, until the play is resumed;
    /// what ends it still does.
    pub fn pause_play(&self, play: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.pause_play(play))?
    }

    /// Lets a play that rests go on.
    pub fn resume_play(&self, play: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.resume_play(play))?
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
