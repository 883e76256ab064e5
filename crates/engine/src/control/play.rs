//! Plays: pieces on their way to a channel, which may pause, go on from elsewhere, and become faster or louder.
//!
//! Whatever changes on the way, the player is stopped, media tells how much of it was heard, and another goes on from there.
use super::operation::Work;
use super::outflow::{Outflow, OutflowState};
use super::{Control, PlayerUse, Terms};
use crate::EngineError;
use crate::event::{EndReason, EventKind};
use crate::playback::{Manner, PlayOptions, Playback, Playlist, Seek};
use crate::prompter::{Feed, RING_BLOCKS};
use crate::streams::PlayStreamOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_dsp::mix::Gain;
use tandem_dsp::stretch::Speed;
use tandem_rt::Producer;
use tandem_switch::PlayerProc;
use tandem_switch::link::{BargeIn, PlayerEnd, PlayerId, PromptBlock};
use tandem_types::{FrameTime, Frames, Handle};

/// A play of the host.
#[derive(Debug)]
pub(super) struct Play {
    source: Source,
    /// Frames that were heard of players before.
    heard: u64,
    /// Of that which plays now, as media counts them.
    progress: Arc<AtomicU64>,
    state: State,
}

/// How far a play has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayState {
    /// How much has been heard.
    pub heard: Frames,
    /// Where it is in its round.
    pub position: Frames,
    /// How long a round is; zero of a stream.
    pub length: Frames,
    /// It rests.
    pub paused: bool,
    /// Of a stream: what was given and has not been heard yet.
    pub waiting: Frames,
    /// Of a live stream: times that it ran dry, and began anew.
    pub dried: u64,
    /// Of a live stream: by how many parts per million the host's clock is faster than the line, as far as it is known.
    pub faster: i32,
}

#[derive(Debug)]
enum Source {
    Memory(Memory),
    /// The host gives it on the way.
    Stream(Box<Outflow>),
}

#[derive(Debug)]
struct Memory {
    list: Playlist,
    manner: Manner,
    /// The position at which its player began, or at which it goes on.
    from: u64,
}

#[derive(Debug)]
enum State {
    /// A player plays it.
    Playing,
    /// Its player has been told to stop; once it has, it goes on so.
    Turning { speed: Speed, seek: Option<Seek>, then_paused: bool },
    /// No player plays it.
    Paused,
    /// It is over for this reason. Its event follows when media tells how much was heard.
    Ending(EndReason),
}

impl Memory {
    fn new(list: Playlist, options: PlayOptions) -> Self {
        let manner = Manner { speed: options.speed, gain: options.gain };
        let from = list.within(options.start.0);
        Self { list, manner, from }
    }

    fn seek(&mut self, seek: Seek) {
        let to = match seek {
            Seek::To(position) => position.0,
            Seek::By(frames) => self.from.saturating_add_signed(frames),
        };
        self.from = self.list.within(to);
    }

    /// Its player is over, and so much of it was heard.
    fn note_heard(&mut self, frames: u64) {
        // What is put out for the last sample stands for more than there is.
        let to = self.from.saturating_add(self.manner.speed.of_voice(frames));
        self.from = self.list.within(to);
    }
}

impl Play {
    fn new(source: Source) -> Self {
        Self { source, heard: 0, progress: Arc::default(), state: State::Playing }
    }

    /// Whether nothing can end it any more.
    pub(super) const fn is_ending(&self) -> bool {
        matches!(self.state, State::Ending(_))
    }

    /// What the host gives, if it does.
    pub(super) fn stream(&mut self) -> Option<&mut Outflow> {
        match &mut self.source {
            Source::Stream(stream) => Some(stream),
            Source::Memory(_) => None,
        }
    }

    /// When it is to be looked whether there is room for more of the host.
    pub(super) fn look(&self) -> Option<FrameTime> {
        match &self.source {
            Source::Stream(stream) => stream.look(),
            Source::Memory(_) => None,
        }
    }

    /// How far it has come.
    fn state(&self) -> PlayState {
        let is_running = matches!(self.state, State::Playing | State::Turning { .. });
        let running = if is_running { self.progress.load(Ordering::Relaxed) } else { 0 };
        let heard = Frames(self.heard + running);
        let paused = matches!(self.state, State::Paused | State::Turning { then_paused: true, .. });
        let (position, length, stream) = match &self.source {
            Source::Memory(memory) => {
                let list = &memory.list;
                let at = memory.from.saturating_add(memory.manner.speed.of_voice(running));
                let position = Frames(list.place_in_round(list.within(at)));
                (position, Frames(list.round()), OutflowState::default())
            }
            Source::Stream(stream) => (heard, Frames(0), stream.state()),
        };
        let OutflowState { waiting, dried, faster } = stream;
        PlayState { heard, position, length, paused, waiting, dried, faster }
    }
}

impl Control {
    /// Plays pieces to the far end of the call on a channel.
    pub(crate) fn play(
        &mut self,
        channel: Handle,
        list: Playlist,
        options: PlayOptions,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        self.begin_play(channel, Source::Memory(Memory::new(list, options)), terms)
    }

    /// Plays what the host gives on the way.
    pub(crate) fn play_stream(
        &mut self,
        channel: Handle,
        options: PlayStreamOptions,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        options.check()?;
        self.begin_play(channel, Source::Stream(Box::new(Outflow::new(options))), terms)
    }

    fn begin_play(&mut self, channel: Handle, source: Source, terms: Terms) -> Result<Handle, EngineError> {
        let (index, call) = self.open_channel(channel)?;
        self.check_may_send(index)?;
        if self.channels[index].player.is_some() || self.channels[index].play.is_some() {
            return Err(EngineError::WrongState("something is already playing on the channel"));
        }
        // A digit pressed ahead, or a voice that goes on, ends the play before it begins.
        let pressed = self.channels[index].typed.iter().any(|digit| terms.ends_with(*digit));
        let spoken = terms.voice && self.channels[index].talking;
        let handle = self.begin(index, call, terms, Work::Play(Play::new(source)))?;
        if pressed || spoken {
            self.finish_play(handle, if pressed { EndReason::Digit } else { EndReason::Voice });
            return Ok(handle);
        }
        self.channels[index].play = Some(handle);
        if let Err(error) = self.run_play(index, handle) {
            self.channels[index].play = None;
            self.operations.remove(handle)?;
            return Err(error);
        }
        Ok(handle)
    }

    /// Gives a play a player.
    fn run_play(&mut self, index: usize, handle: Handle) -> Result<(), EngineError> {
        let operation = self.operations.get_mut(handle)?;
        let Work::Play(play) = &mut operation.work else { return Ok(()) };
        let (digit, voice) = (operation.terms.any_digit, operation.terms.voice);
        let barge_in = Some(BargeIn { slot: self.channels[index].slot, digit, voice });
        match &mut play.source {
            Source::Memory(memory) => {
                let playback = Playback::new(memory.list.clone(), memory.from, memory.manner);
                self.start_player(index, playback, barge_in, PlayerUse::Play(handle))
            }
            Source::Stream(stream) => {
                let blocks = stream.blocks();
                let (player, ring) = self.new_player(blocks, barge_in)?;
                let Work::Play(play) = &mut self.operations.get_mut(handle)?.work else { return Ok(()) };
                if let Some(stream) = play.stream() {
                    stream.begin(ring, player.progress());
                }
                self.set_player(index, player, PlayerUse::Play(handle));
                Ok(())
            }
        }
    }

    /// Starts a player on a channel.
    pub(super) fn start_player(
        &mut self,
        index: usize,
        playback: Playback,
        barge_in: Option<BargeIn>,
        user: PlayerUse,
    ) -> Result<(), EngineError> {
        let (player, ring) = self.new_player(RING_BLOCKS, barge_in)?;
        let mut feed = Feed::new(playback, ring);
        if feed.fill() {
            // A prompter that is gone has been closed with the engine.
            let _ = self.prompter.send(feed);
            self.helper_work = true;
        }
        self.set_player(index, player, user);
        Ok(())
    }

    /// A player, if one is free: of a play that turns the old one does not count any more.
    fn new_player(
        &mut self,
        blocks: usize,
        barge_in: Option<BargeIn>,
    ) -> Result<(Box<PlayerProc>, Producer<PromptBlock>), EngineError> {
        if self.players.len() >= self.config.limits.players {
            return Err(NO_PLAYER);
        }
        self.link.new_player(blocks, barge_in).map_err(|_| NO_PLAYER)
    }

    fn set_player(&mut self, index: usize, player: Box<PlayerProc>, user: PlayerUse) {
        if let PlayerUse::Play(handle) = user
            && let Ok(operation) = self.operations.get_mut(handle)
            && let Work::Play(play) = &mut operation.work
        {
            play.progress = player.progress();
        }
        self.players.insert(player.id(), user);
        self.channels[index].player = Some(player.id());
        let changes = self.route_changes(index);
        self.link.start_player(player, changes);
        self.update_stages(index);
    }

    /// Silences the channel now. The player is removed when media reports its end, as every player is.
    pub(super) fn stop_playing(&mut self, index: usize) {
        let Some(player) = self.channels[index].player.take() else { return };
        self.update_routes(index);
        self.link.stop_player(player);
    }

    /// Lets a play rest where it is, or go on. While it rests it is not heard; what ends it still does.
    pub(super) fn pause_play(&mut self, play: Handle, on: bool) -> Result<(), EngineError> {
        self.turn_play(play, |turn| turn.paused = on)
    }

    /// Lets a play go on from elsewhere.
    pub(crate) fn seek_play(&mut self, play: Handle, seek: Seek) -> Result<(), EngineError> {
        self.turn_play(play, |turn| turn.seek = Some(turn.seek.map_or(seek, |before| before.then(seek))))
    }

    /// Lets a play go on at another speed and volume.
    pub(crate) fn adjust_play(&mut self, play: Handle, speed: Speed, gain: Gain) -> Result<(), EngineError> {
        self.turn_play(play, |turn| (turn.speed, turn.gain) = (speed, gain))
    }

    /// How far a play has come.
    pub(crate) fn play_state(&self, play: Handle) -> Result<PlayState, EngineError> {
        match &self.operations.get(play)?.work {
            Work::Play(play) => Ok(play.state()),
            _ => Err(EngineError::WrongState("the operation plays nothing")),
        }
    }

    /// Changes how a play goes on: at once if it rests and goes on resting, or else when its player has stopped.
    fn turn_play(&mut self, handle: Handle, change: impl FnOnce(&mut Turn)) -> Result<(), EngineError> {
        let operation = self.operations.get_mut(handle)?;
        let index = operation.channel;
        let Work::Play(play) = &mut operation.work else {
            return Err(EngineError::WrongState("the operation plays nothing"));
        };
        let Source::Memory(memory) = &mut play.source else {
            return Err(EngineError::WrongState("what is played comes from the host as a stream"));
        };
        let Manner { speed, gain } = memory.manner;
        let mut turn = match play.state {
            State::Playing => Turn { paused: false, seek: None, speed, gain },
            State::Paused => Turn { paused: true, seek: None, speed, gain },
            State::Turning { speed, seek, then_paused } => Turn { paused: then_paused, seek, speed, gain },
            State::Ending(_) => return Err(EngineError::WrongState("the play is over")),
        };
        let before = turn;
        change(&mut turn);
        if turn == before {
            return Ok(());
        }
        memory.manner.gain = turn.gain;
        if matches!(play.state, State::Paused) {
            memory.manner.speed = turn.speed;
            turn.seek.into_iter().for_each(|seek| memory.seek(seek));
            if turn.paused {
                return Ok(());
            }
            play.state = State::Playing;
            let run = self.run_play(index, handle);
            if run.is_err() {
                self.rest(handle);
            }
            return run;
        }
        let is_playing = matches!(play.state, State::Playing);
        play.state = State::Turning { speed: turn.speed, seek: turn.seek, then_paused: turn.paused };
        if is_playing && let Some(player) = self.channels[index].player {
            self.link.stop_player(player);
        }
        Ok(())
    }

    /// A play that could not go on rests still.
    fn rest(&mut self, handle: Handle) {
        if let Ok(operation) = self.operations.get_mut(handle)
            && let Work::Play(play) = &mut operation.work
        {
            play.state = State::Paused;
        }
    }

    /// Media has played a prompt to its end, or to where it was stopped.
    pub(super) fn handle_player_end(&mut self, player: PlayerId, end: PlayerEnd, played: u64) {
        let Some(user) = self.players.remove(&player) else { return };
        if let Some(index) = self.channels.iter().position(|channel| channel.player == Some(player)) {
            self.channels[index].player = None;
        }
        self.link.remove_player(player);
        match (user, end) {
            (PlayerUse::Play(handle), _) => self.handle_play_end(handle, end, played),
            (PlayerUse::Dial(index), PlayerEnd::Finished) => {
                self.update_routes(index);
                let now = self.now;
                if let Some(circuit) = self.channels[index].circuit() {
                    circuit.handle_digits_sent(now);
                }
                self.far_end_is_heard(index);
                self.run_circuit(index);
            }
            (PlayerUse::Dial(index), _) => self.update_routes(index),
        }
    }

    /// The player of a play has ended: the play is over, or turns.
    fn handle_play_end(&mut self, handle: Handle, end: PlayerEnd, played: u64) {
        let Ok(operation) = self.operations.get_mut(handle) else { return };
        let index = operation.channel;
        let Work::Play(play) = &mut operation.work else { return };
        play.heard += played;
        play.progress = Arc::default();
        if let Source::Memory(memory) = &mut play.source {
            memory.note_heard(played);
        }
        let reason = match (&play.state, &mut play.source, end) {
            (State::Ending(reason), _, _) => *reason,
            (&State::Turning { speed, seek, then_paused }, Source::Memory(memory), PlayerEnd::Stopped) => {
                memory.manner.speed = speed;
                seek.into_iter().for_each(|seek| memory.seek(seek));
                play.state = if then_paused { State::Paused } else { State::Playing };
                if then_paused {
                    self.update_routes(index);
                    return;
                }
                match self.run_play(index, handle) {
                    Ok(()) => return,
                    Err(error) => log::error!("a play cannot go on: {error}"),
                }
                EndReason::Failed
            }
            (_, _, PlayerEnd::Finished) => EndReason::Finished,
            (_, _, PlayerEnd::Digit) => EndReason::Digit,
            (_, _, PlayerEnd::Voice) => EndReason::Voice,
            (_, _, PlayerEnd::Stopped) => EndReason::Stopped,
        };
        self.finish_play(handle, reason);
    }

    /// Ends a play; its event follows when media tells how much was heard of its player, if it has one.
    pub(super) fn end_play(&mut self, index: usize, handle: Handle, reason: EndReason) {
        let Ok(operation) = self.operations.get_mut(handle) else { return };
        let Work::Play(play) = &mut operation.work else { return };
        match play.state {
            // It has left the channel to the next.
            State::Ending(_) => {}
            State::Paused => self.finish_play(handle, reason),
            State::Playing | State::Turning { .. } => {
                play.state = State::Ending(reason);
                self.channels[index].play = None;
                self.stop_playing(index);
            }
        }
    }

    fn finish_play(&mut self, handle: Handle, reason: EndReason) {
        let Ok(operation) = self.operations.remove(handle) else { return };
        let Work::Play(play) = operation.work else { return };
        if self.channels[operation.channel].play == Some(handle) {
            self.channels[operation.channel].play = None;
            self.update_routes(operation.channel);
        }
        let PlayState { heard, position, .. } = play.state();
        let kind = EventKind::PlayDone {
            operation: handle,
            channel: operation.named,
            call: operation.call,
            reason,
            played_ms: heard.as_ms(),
            position_ms: position.as_ms(),
        };
        self.events.tell(self.now, kind);
    }

    /// Ends the play on a channel if a digit that was pressed does.
    pub(super) fn end_play_by_digit(&mut self, index: usize) {
        let channel = &self.channels[index];
        let Some(handle) = channel.play else { return };
        let Ok(operation) = self.operations.get(handle) else { return };
        // With `any_digit` the media thread has stopped the prompt on the frame of the digit, if it had begun to play it.
        if channel.typed.iter().any(|digit| operation.terms.ends_with(*digit)) {
            self.end_play(index, handle, EndReason::Digit);
        }
    }
}

const NO_PLAYER: EngineError = EngineError::Busy("all players are in use");

/// How a play is to go on.
#[derive(Clone, Copy, PartialEq)]
struct Turn {
    paused: bool,
    seek: Option<Seek>,
    speed: Speed,
    gain: Gain,
}
