//! What the defects of a span mean for the register-level drivers: its lamp, its signalling bits, a card that is gone.
use tandem_types::{Defect, Defects};

/// The colour of a span's lamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lamp {
    /// No usable signal.
    Red,
    /// The far end has none, or signalling is at fault.
    Yellow,
    Green,
}

impl Lamp {
    pub(crate) const fn of(defects: Defects) -> Self {
        if defects.is_severe() {
            Self::Red
        } else if defects.is_empty() {
            Self::Green
        } else {
            Self::Yellow
        }
    }
}

/// Whether the signalling bits received cannot be used; they keep their last value then.
pub(crate) const fn signalling_is_lost(defects: Defects) -> bool {
    defects.is_severe() || defects.contains(Defect::LossOfCasMultiframe) || defects.contains(Defect::CasAis)
}

/// What every span of a card shows that is gone: nothing is received any more, and it is not the line's fault.
pub(crate) const fn card_is_gone() -> Defects {
    let mut defects = Defects::only(Defect::Los);
    defects.set(Defect::Card, true);
    defects
}
