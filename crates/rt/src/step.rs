//! The contract of everything that runs: it is told the time and says when it wants to be called again.
use tandem_types::FrameTime;

/// When a component wants its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At this moment, or earlier if something wakes it.
    At(FrameTime),
    /// Only when something wakes it.
    WhenWoken,
    /// Never again.
    Finished,
}

/// Something that runs. Two runners exist, one for virtual time and one with threads; a component cannot
/// tell which of them drives it.
pub trait Step: Send {
    /// Does all that is due at `now`.
    fn step(&mut self, now: FrameTime) -> Next;
}
