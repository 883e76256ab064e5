//! Instruction sets: which the machine has, and the kernels compiled for each.
//!
//! A kernel is written once, in plain Rust over lanes, and compiled again for a set with wider vectors. The order
//! of all arithmetic stays as it is written and no operations are fused, so that every variant gives the same
//! bits. This is the one place of the crate with unsafe code: a variant may run only where its set is there, and
//! an [`InstructionSet`] other than the baseline comes from nowhere but [`InstructionSet::detect`].
#![allow(unsafe_code)]

mod dtmf;

pub(crate) use dtmf::{hop, store};

use core::fmt;

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionSet(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl InstructionSet {
    /// What every machine of the target has.
    pub const BASELINE: Self = Self(Set::Baseline);

    /// The best that this machine has, of those that kernels are compiled for.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if x86::has_avx2() {
            return Self(Set::Avx2);
        }
        Self::BASELINE
    }

    /// All that this machine has, of those that kernels are compiled for: for tests and benches.
    pub fn all() -> impl Iterator<Item = Self> {
        let best = Self::detect();
        core::iter::once(Self::BASELINE).chain((best != Self::BASELINE).then_some(best))
    }

    pub(crate) const fn set(self) -> Set {
        self.0
    }
}

impl Default for InstructionSet {
    fn default() -> Self {
        Self::BASELINE
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self.0 {
            Set::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
        })
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};

    /// Whether the processor has AVX2 and the system keeps its registers (Intel's manual, volume 1, §14.3 and
    /// §14.7.1).
    #[allow(unused_unsafe)] // newer compilers have CPUID as a safe function
    pub(super) fn has_avx2() -> bool {
        // SAFETY: every x86-64 processor has CPUID.
        let (leaves, features) = unsafe { (__cpuid(0).eax, __cpuid(1).ecx) };
        if leaves < 7 || features & AVX_AND_OSXSAVE != AVX_AND_OSXSAVE {
            return false;
        }
        // SAFETY: OSXSAVE says that XGETBV is there.
        let kept = unsafe { extended_control() };
        // SAFETY: leaf 7 is there.
        let more = unsafe { __cpuid_count(7, 0) }.ebx;
        kept & XMM_AND_YMM == XMM_AND_YMM && more & AVX2 != 0
    }

    /// Register 0: which registers the system keeps.
    #[target_feature(enable = "xsave")]
    fn extended_control() -> u64 {
        // SAFETY: the caller has seen that the instruction is there, and register 0 is always defined.
        unsafe { _xgetbv(0) }
    }

    const AVX_AND_OSXSAVE: u32 = 1 << 28 | 1 << 27;
    const XMM_AND_YMM: u64 = 0b110;
    const AVX2: u32 = 1 << 5;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_set_is_among_all_and_the_baseline_comes_first() {
        let mut all = InstructionSet::all();
        assert_eq!(all.next(), Some(InstructionSet::BASELINE));
        let best = InstructionSet::detect();
        assert!(best == InstructionSet::BASELINE || all.next() == Some(best));
    }
}
