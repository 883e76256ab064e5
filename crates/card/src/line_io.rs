//! Raw bits: what a line interface without a framer gives, one level below a card.
//!
//! A [`LineIo`] has undone the line code and hands over binary bits, not aligned to anything, with what it
//! saw of the pulses. [`SoftFramer`](crate::SoftFramer) makes a [`Card`](crate::Card) of it. Everything that
//! takes a tick runs on the media thread; `configure`, `start` and `stop` run before and after.
use crate::{CardError, CardInfo, ClockSource, SpanConfig};
use tandem_rt::MediaTick;

/// A device that gives and takes the raw bits of E1 or T1 ports, in words of 64 with the first in the top bit. All calls come from one thread at a time.
///
/// Once a granule the media thread calls [`LineIo::service`], then [`LineIo::receive`] and
/// [`LineIo::transmit`] once for each span. What is sent runs at the rate of the tick. What is received runs at the
/// rate of the line: in some granules a word more or less comes than in others.
pub trait LineIo: Send {
    /// What the device is. Its granule is the number of frames that each call moves.
    fn info(&self) -> &CardInfo;

    /// Sets a span up: its rate and line code. Called before [`LineIo::start`], and, where its abilities say that it has
    /// [changes](crate::Abilities::changes), between two granules of a device that runs.
    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError>;

    /// Starts all spans. Until the first granule is handed over they send ones.
    fn start(&mut self) -> Result<(), CardError>;

    /// Stops all spans and leaves the lines quiet.
    fn stop(&mut self);

    /// Attends to the hardware for the granule that ends with this tick.
    fn service(&mut self, tick: &MediaTick<'_>);

    /// Takes the words that `span` received in this granule, [`most_words`] at most, and says how many there are.
    /// Where the far end's frames begin among the bits is not known here.
    fn receive(&mut self, tick: &MediaTick<'_>, span: usize, words: &mut [u64]) -> (usize, LineSignal);

    /// Whether some bits of a word of the last [`LineIo::receive`] of `span` were not received, and others stand in their
    /// place: a framer keeps its alignment over them. The bits of a cable are always received, right or wrong.
    fn is_erased(&self, span: usize, word: usize) -> bool {
        let _ = (span, word);
        false
    }

    /// Whether bits of such a word are lost to whoever listens too: those that are erased, and what stands for a stream that has
    /// ended, by which a framer judges.
    fn is_lost(&self, span: usize, word: usize) -> bool {
        self.is_erased(span, word)
    }

    /// Hands over the words that leave `span` in the next granule. Frames of T1 fill no whole number of words: a
    /// granule then has now one more, now one less.
    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, words: &[u64]);

    /// Takes the device's clock from here from now on, if it can.
    fn set_clock(&mut self, source: ClockSource);
}

/// Words that a span may receive in a granule of so many frames.
#[must_use]
pub const fn most_words(granule: usize) -> usize {
    4 * granule + 2
}

/// What the line interface saw of the pulses of one granule. Whoever has undone the line code must tell it:
/// a decoded run of zeros says nothing of the signal, since HDB3 sends pulses for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineSignal {
    /// Whether the signal is lost (G.775) at the end of this granule. A device that sees symbols decides it
    /// with [`tandem_line::LosDetector`].
    pub loss_of_signal: bool,
    /// Violations of the line code in this granule: bipolar violations that are no part of the code.
    pub line_code_violations: u32,
    /// Runs of zeros in this granule that are longer than the line code allows.
    pub excess_zeros: u32,
}
