//! What analysers are told to do.

use tandem_types::Frames;

/// What an analyser is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnalysisOptions {
    /// From 0, which favours machines, to 15, which favours people; more count as 15.
    pub operating_point: u8,
    /// What is no louder is silence, in dBm0.
    pub threshold_dbm0: f32,
    /// Without an answer or a verdict, the call was not answered after so long.
    pub no_answer: Frames,
    /// When nobody has spoken for so long after the answer, there is silence.
    pub silence: Frames,
    /// The verdict comes so long after the answer, whatever it is.
    pub total: Frames,
    /// Beeps are listened for so long after the verdict that a machine has answered.
    pub beep: Frames,
}

impl Default for AnalysisOptions {
    /// Operating point 8, −40 dBm0, 90 s, 4 s, 10 s and 60 s.
    fn default() -> Self {
        Self {
            operating_point: 8,
            threshold_dbm0: -40.0,
            no_answer: Frames::from_seconds(90),
            silence: Frames::from_seconds(4),
            total: Frames::from_seconds(10),
            beep: Frames::from_seconds(60),
        }
    }
}
