//! The front end of the DTMF detector, for each instruction set.
use super::{InstructionSet, Set};
use crate::dtmf::frontend::{FrontEnd, LANES};

/// [`FrontEnd::store`] for `set`.
#[inline]
pub(crate) fn store(
    set: InstructionSet,
    front: &mut FrontEnd,
    at: usize,
    frames: &[[i16; LANES]],
    group: usize,
) {
    match set.set() {
        Set::Baseline => front.store(at, frames, group),
        // SAFETY: the machine has the set, by its type's promise.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { store_avx2(front, at, frames, group) },
    }
}

/// [`FrontEnd::hop`] for `set`.
#[inline]
pub(crate) fn hop(set: InstructionSet, front: &mut FrontEnd, enabled: u8) -> bool {
    match set.set() {
        Set::Baseline => front.hop(enabled),
        // SAFETY: the machine has the set, by its type's promise.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { hop_avx2(front, enabled) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn store_avx2(front: &mut FrontEnd, at: usize, frames: &[[i16; LANES]], group: usize) {
    front.store(at, frames, group);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn hop_avx2(front: &mut FrontEnd, enabled: u8) -> bool {
    front.hop(enabled)
}
