//! Players: samples on their way to a channel.
use super::{Control, PlayerUse};
use crate::EngineError;
use crate::prompter::{Feed, RING_BLOCKS};
use std::sync::Arc;

impl Control {
    /// Starts samples on a channel.
    pub(super) fn start_player(
        &mut self,
        index: usize,
        samples: Arc<[i16]>,
        barge_in: bool,
        user: PlayerUse,
    ) -> Result<(), EngineError> {
        let slot = self.channels[index].slot;
        let (player, ring) = self
            .link
            .new_player(RING_BLOCKS, barge_in.then_some(slot))
            .map_err(|_| EngineError::Busy("all players are in use"))?;
        let mut feed = Feed::new(samples, ring);
        if feed.fill() {
            // A prompter that is gone has been closed with the engine.
            let _ = self.prompter.send(feed);
            self.helper_work = true;
        }
        let id = self.link.start_player(player);
        self.players.insert(id, user);
        self.channels[index].player = Some(id);
        self.update_routes(index);
        Ok(())
    }

    /// Silences the channel now. The player is removed when media reports its end, as every player is.
    pub(super) fn stop_playing(&mut self, index: usize) {
        let Some(player) = self.channels[index].player.take() else { return };
        self.update_routes(index);
        self.link.stop_player(player);
    }
}
