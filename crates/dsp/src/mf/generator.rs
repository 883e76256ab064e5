//! The sender of register and line signals: dials a string with the timing and level asked for.

use tandem_types::{Frames, Law};

use super::{MfSignal, MfSystem};
use crate::dialler::{DialError, Dialler};
use crate::level::amplitude_for_dbm0;
use crate::tone::DualTone;

/// How a sender sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MfSender {
    /// Level of each tone in dBm0.
    pub dbm0: f32,
    /// How long each signal sounds.
    pub on: Frames,
    /// How long the signal KP of R1 sounds.
    pub key_pulse_on: Frames,
    /// The pause after each signal.
    pub off: Frames,
}

impl MfSender {
    /// As the system has it: R1 68 ms, KP 100 ms, -7 dBm0 (Q.320, Q.322); R2 as if pulsed, 150 ms, -11.5 dBm0
    /// (Q.442, Q.452); line signals 500 ms, -12 dBm0.
    #[must_use]
    pub const fn of(system: MfSystem) -> Self {
        let (dbm0, ms) = match system {
            MfSystem::R1 => (-7.0, 68),
            MfSystem::R2Forward | MfSystem::R2Backward => (-11.5, 150),
            MfSystem::Line => (-12.0, 500),
        };
        let on = Frames::from_ms(ms);
        Self { dbm0, on, key_pulse_on: Frames::from_ms(100), off: on }
    }

    /// How long a signal sounds.
    #[must_use]
    pub fn on_of(&self, signal: MfSignal) -> Frames {
        let key_pulse = signal.system() == MfSystem::R1 && signal.name() == "KP";
        if key_pulse { self.key_pulse_on } else { self.on }
    }
}

/// Sends signals of one system. What it produces does not depend on how the caller cuts time into blocks.
#[derive(Clone, Debug)]
pub struct MfGenerator {
    system: MfSystem,
    sender: MfSender,
    amplitude: f32,
    dialler: Dialler<MfSignal>,
}

impl MfGenerator {
    /// How many signals can wait.
    pub const CAPACITY: usize = Dialler::<MfSignal>::CAPACITY;

    /// A sender with nothing to send.
    #[must_use]
    pub fn new(law: Law, system: MfSystem, sender: MfSender) -> Self {
        let amplitude = amplitude_for_dbm0(law, sender.dbm0);
        Self { system, sender, amplitude, dialler: Dialler::new(sender.off) }
    }

    /// Sends a signal after those that wait; of another system too.
    pub fn send(&mut self, signal: MfSignal) -> Result<(), DialError> {
        self.dialler.dial(core::iter::once(Ok(signal)))
    }

    /// Sends a string of the symbols that [`MfSystem::signal_of`] knows.
    pub fn dial_str(&mut self, text: &str) -> Result<(), DialError> {
        let system = self.system;
        self.dialler.dial(text.chars().map(|c| system.signal_of(c).ok_or(DialError::NoSuchKey(c))))
    }

    /// Stops at once and forgets the signals that wait.
    pub fn stop(&mut self) {
        self.dialler.stop();
    }

    /// Whether all has been sent, the last pause included.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.dialler.is_finished()
    }

    /// Fills a block, with silence when there is nothing to send; `true` once all has been sent.
    pub fn fill(&mut self, block: &mut [i16]) -> bool {
        let (sender, amplitude) = (self.sender, self.amplitude);
        self.dialler.fill(block, |signal| {
            let [one, two] = signal.hz();
            let second = if one == two { 0.0 } else { two };
            (DualTone::new((one, amplitude), (second, amplitude)), sender.on_of(signal))
        })
    }
}
