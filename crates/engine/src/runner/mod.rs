//! The two runners. Both drive the same components; neither component can tell which.
mod lockstep;
mod threads;

pub(crate) use lockstep::Lockstep;
pub(crate) use threads::{Requester, Threads};

use crate::control::Control;
use crate::media::MediaWorld;
use crate::prompter::Prompter;
use crate::recorder::Recorder;

/// Everything that runs in an engine.
pub(crate) struct Components {
    pub(crate) media: MediaWorld,
    pub(crate) control: Control,
    pub(crate) prompter: Prompter,
    pub(crate) recorder: Recorder,
}
