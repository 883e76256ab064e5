//! A prompt on the media thread: takes blocks from its ring, gives samples, and ends once.
use crate::link::{BLOCK_FRAMES, BargeIn, Change, PlayerEnd, PlayerId, PromptBlock};
use crate::proc::PIECE;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_rt::Consumer;

/// A player. Its ring is fed by the thread that reads prompts.
#[derive(Debug)]
pub struct PlayerProc {
    pub(crate) id: PlayerId,
    /// What ends the prompt at once.
    pub(crate) barge_in: Option<BargeIn>,
    /// Changes to the routes that are made on the frame on which it starts.
    pub(crate) routes: Vec<Change>,
    blocks: Consumer<PromptBlock>,
    current: PromptBlock,
    position: usize,
    last_block: bool,
    played: u64,
    /// The same, for control to read.
    progress: Arc<AtomicU64>,
    end: Option<PlayerEnd>,
    pub(crate) end_reported: bool,
    pub(crate) piece: [i16; PIECE],
}

impl PlayerProc {
    pub(crate) fn new(id: PlayerId, barge_in: Option<BargeIn>, blocks: Consumer<PromptBlock>) -> Self {
        let current = PromptBlock { samples: [0; BLOCK_FRAMES], length: 0 };
        Self {
            id,
            barge_in,
            routes: Vec::new(),
            blocks,
            current,
            position: 0,
            last_block: false,
            played: 0,
            progress: Arc::default(),
            end: None,
            end_reported: false,
            piece: [0; PIECE],
        }
    }

    /// Its number, to which a route leads.
    #[must_use]
    pub const fn id(&self) -> PlayerId {
        self.id
    }

    /// The frames played so far, as of the last piece.
    #[must_use]
    pub fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.progress)
    }

    /// The end and its played frames, once there is one.
    pub(crate) fn outcome(&self) -> Option<(PlayerEnd, u64)> {
        self.end.map(|end| (end, self.played))
    }

    pub(crate) fn stop(&mut self, reason: PlayerEnd) {
        self.end.get_or_insert(reason);
    }

    /// Fills the piece with the next samples, silence after the end. Returns how many frames starved.
    pub(crate) fn advance(&mut self, frames: usize) -> usize {
        self.piece = [0; PIECE];
        if self.end.is_some() {
            return 0;
        }
        let mut starved = 0;
        for sample in &mut self.piece[..frames] {
            match next(&mut self.blocks, &mut self.current, &mut self.position, &mut self.last_block) {
                Take::Sample(value) => {
                    *sample = value;
                    self.played += 1;
                }
                Take::Starved => starved += 1,
                Take::Finished => {
                    self.end = Some(PlayerEnd::Finished);
                    break;
                }
            }
        }
        self.progress.store(self.played, Ordering::Relaxed);
        starved
    }
}

enum Take {
    Sample(i16),
    Starved,
    Finished,
}

fn next(
    blocks: &mut Consumer<PromptBlock>,
    current: &mut PromptBlock,
    position: &mut usize,
    last_block: &mut bool,
) -> Take {
    while *position >= usize::from(current.length).min(BLOCK_FRAMES) {
        if *last_block {
            return Take::Finished;
        }
        match blocks.pop() {
            Some(block) => {
                *last_block = usize::from(block.length) < BLOCK_FRAMES;
                (*current, *position) = (block, 0);
            }
            // A feeder that is gone without a last block has given up: what it gave is all there is.
            None if blocks.is_abandoned() && blocks.is_empty() => return Take::Finished,
            None => return Take::Starved,
        }
    }
    *position += 1;
    Take::Sample(current.samples[*position - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_rt::ring;

    fn block(samples: &[i16]) -> PromptBlock {
        let mut block = PromptBlock { samples: [0; BLOCK_FRAMES], length: samples.len() as u16 };
        block.samples[..samples.len()].copy_from_slice(samples);
        block
    }

    #[test]
    fn a_short_block_ends_the_prompt() {
        let (mut feeder, blocks) = ring(2);
        feeder.push(block(&[7; 10])).expect("room");
        let mut player = PlayerProc::new(PlayerId(0), None, blocks);
        assert_eq!(player.advance(8), 0);
        assert_eq!((player.piece, player.outcome()), ([7; 8], None));
        assert_eq!(player.advance(8), 0);
        assert_eq!(player.piece, [7, 7, 0, 0, 0, 0, 0, 0]);
        assert_eq!(player.outcome(), Some((PlayerEnd::Finished, 10)));
    }

    #[test]
    fn a_late_feeder_is_counted_and_does_not_end_the_prompt() {
        let (mut feeder, blocks) = ring(2);
        let mut player = PlayerProc::new(PlayerId(0), None, blocks);
        assert_eq!(player.advance(8), 8);
        feeder.push(block(&[1; 160])).expect("room");
        assert_eq!(player.advance(8), 0);
        assert_eq!(player.piece, [1; 8]);
        assert_eq!(player.outcome(), None);
    }

    #[test]
    fn a_feeder_that_is_gone_ends_the_prompt() {
        let (feeder, blocks) = ring(2);
        let mut player = PlayerProc::new(PlayerId(0), None, blocks);
        drop(feeder);
        player.advance(8);
        assert_eq!(player.outcome(), Some((PlayerEnd::Finished, 0)));
    }

    #[test]
    fn the_first_reason_stays() {
        let (_feeder, blocks) = ring(2);
        let mut player = PlayerProc::new(PlayerId(0), None, blocks);
        player.stop(PlayerEnd::Digit);
        player.stop(PlayerEnd::Stopped);
        assert_eq!(player.outcome(), Some((PlayerEnd::Digit, 0)));
    }
}
