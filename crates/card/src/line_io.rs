//! Raw bits: what a line interface without a framer gives, one level below a card.
//!
//! A [`LineIo`] has undone the line code and hands over binary bits, not aligned to anything, with what it
//! saw of the pulses. [`SoftFramer`](crate::SoftFramer) makes a [`Card`](crate::Card) of it. Everything that
//! takes a tick runs on the media thread; `configure`, `start` and `stop` run before and after.
use crate::{CardError, CardInfo, Frame, LineCode};
use tandem_rt::MediaTick;

/// A device that gives and takes the raw bits of E1 ports. All calls come from one thread at a time.
///
/// Once a granule the media thread calls [`LineIo::service`], then [`LineIo::receive`] and
/// [`LineIo::transmit`] once for each span. Both directions run at the rate of the tick: a device whose port
/// has another clock brings it to that rate itself, or takes the tick from that port.
pub trait LineIo: Send {
    /// What the device is. Its granule is the number of frames that each call moves.
    fn info(&self) -> &CardInfo;

    /// Sets the line code of a span in both directions. Called before [`LineIo::start`].
    fn configure(&mut self, span: usize, line_code: LineCode) -> Result<(), CardError>;

    /// Starts all spans. Until the first granule is handed over they send ones.
    fn start(&mut self) -> Result<(), CardError>;

    /// Stops all spans and leaves the lines quiet.
    fn stop(&mut self);

    /// Attends to the hardware for the granule that ends with this tick.
    fn service(&mut self, tick: &MediaTick<'_>);

    /// Takes the bits that `span` received in this granule; `bits` is one granule long. Each element holds
    /// 256 bits in the order of their arrival, the first in the top bit of octet 0; where the far end's
    /// frames begin among them is not known here.
    fn receive(&mut self, tick: &MediaTick<'_>, span: usize, bits: &mut [Frame]) -> LineSignal;

    /// Hands over the bits that leave `span` in the next granule, in the same order; `bits` is one granule
    /// long.
    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, bits: &[Frame]);
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
