//! What hosts do with conference bridges.
use super::Engine;
use crate::bridge::{PartyState, PartyTerms};
use crate::control::Control;
use crate::error::EngineError;
use tandem_types::Handle;

impl Engine {
    /// Makes a conference bridge.
    pub fn bridge_new(&self) -> Result<Handle, EngineError> {
        self.ask(Control::new_bridge)?
    }

    /// Takes a bridge down. Its parties keep their calls and hear silence.
    pub fn bridge_free(&self, bridge: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.free_bridge(bridge))?
    }

    /// Makes a channel a party of a bridge; it leaves any other. The pupil of a coach is a party before; when it leaves, its
    /// coach is heard by nobody.
    pub fn bridge_join(&self, bridge: Handle, channel: Handle, terms: PartyTerms) -> Result<(), EngineError> {
        self.ask(move |control| control.join_bridge(bridge, channel, terms))?
    }

    /// Changes how a channel takes part in its bridge.
    pub fn bridge_set_terms(&self, channel: Handle, terms: PartyTerms) -> Result<(), EngineError> {
        self.ask(move |control| control.set_party_terms(channel, terms))?
    }

    /// Has `PartySpeaks` tell who begins to speak in a bridge and who ceases, or no longer: looked at each 100 ms.
    pub fn bridge_watch(&self, bridge: Handle, on: bool) -> Result<(), EngineError> {
        self.ask(move |control| control.watch_bridge(bridge, on))?
    }

    /// Has a bridge heard only while a moderator is in it (`PartyTerms::moderator`), or always: before the first has come and
    /// after the last has left its parties hear what they are connected to. `BridgeModerated` tells of both.
    pub fn bridge_moderate(&self, bridge: Handle, on: bool) -> Result<(), EngineError> {
        self.ask(move |control| control.moderate_bridge(bridge, on))?
    }

    /// Takes a channel out of its bridge.
    pub fn bridge_leave(&self, channel: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.leave_bridge(channel))?
    }

    /// Lets only so many parties of a bridge be heard by all, those that were loudest of late (16 can be told from the others
    /// at most), or, at first and with `None`, all.
    pub fn bridge_limit_talkers(&self, bridge: Handle, most: Option<u8>) -> Result<(), EngineError> {
        self.ask(move |control| control.limit_talkers(bridge, most))?
    }

    /// The channels in a bridge.
    pub fn bridge_parties(&self, bridge: Handle) -> Result<Vec<Handle>, EngineError> {
        self.ask(move |control| control.parties(bridge))?
    }

    /// How a channel takes part in its bridge, how loud it is and whether it speaks; measured each 20 ms.
    pub fn bridge_party(&self, channel: Handle) -> Result<PartyState, EngineError> {
        self.ask(move |control| control.party_state(channel))?
    }
}
