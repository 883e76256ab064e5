//! How a channel takes part in a conference bridge, and what is known of it there.
use tandem_types::Handle;

/// Who hears whom in a bridge. All hear those that are heard by all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Hears the others and is heard by them.
    #[default]
    Full,
    /// Hears, and is heard by nobody.
    Listen,
    /// Is heard, and does not hear the bridge: what it is connected to, if to anything, is what it hears.
    Talk,
    /// Hears, and is heard by its pupil alone: another party of the bridge; by nobody when that has left.
    Coach(Option<Handle>),
}

/// How a channel takes part in a bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PartyTerms {
    /// Who hears it and whether it hears.
    pub role: Role,
    /// By what it is louder to whoever hears it: at most 18 dB; below -78 dB it is not heard.
    pub gain_db: f32,
    /// It is not heard at all.
    pub muted: bool,
    /// A bridge that is moderated can be heard while it is in it.
    pub moderator: bool,
}

/// A party of a bridge as it stands now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartyState {
    /// The bridge.
    pub bridge: Handle,
    /// How it takes part.
    pub terms: PartyTerms,
    /// Level of its last 20 ms, before its gain; -99 for silence, and before it was measured.
    pub level_dbm0: f32,
    /// It spoke in the last 200 ms: was louder than -45 dBm0 and than its background by 9 dB.
    pub speaks: bool,
    /// It is part of what all hear, and not left out for louder ones.
    pub is_heard: bool,
}
