//! Which card is in a place: a card that was pulled and is put back is known by its serial number.
use crate::{CardError, Presence};
use std::num::NonZeroU32;

/// The serial number that a register of the card tells: none where it was never programmed, or nothing answers.
pub(crate) const fn serial(register: u32) -> Option<NonZeroU32> {
    match register {
        u32::MAX => None,
        number => NonZeroU32::new(number),
    }
}

/// Refuses another card than the one that is wanted. Cards without a number cannot be told from each other.
pub(crate) fn compare(wanted: Option<NonZeroU32>, found: Option<NonZeroU32>) -> Result<(), CardError> {
    if wanted == found { Ok(()) } else { Err(CardError::Another { wanted, found }) }
}

/// What a place holds whose card could not be used.
pub(crate) const fn presence(error: &CardError) -> Presence {
    match error {
        CardError::Another { found, .. } => Presence::Another { serial: *found },
        _ => Presence::Away,
    }
}
