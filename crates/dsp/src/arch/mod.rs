//! Instruction sets: which the machine has, and the kernels compiled for each.
//!
//! A `Kernel` is written once, over `Vector`s of lanes and their `Words`, or in plain Rust, and compiled again for each
//! set. The order of all arithmetic stays as it is written and no operations are fused, so that every variant gives the
//! same bits. A `WideKernel` is written once over `Register`s of integers, whose sums have no order, and a second time
//! in plain Rust for sets without them. Another set needs these two traits for its types, and its name here. This is
//! the one place of the crate with unsafe code: a variant may run only where its set is there, and an
//! [`InstructionSet`] other than the baseline comes from nowhere but [`InstructionSet::all`].
#![allow(unsafe_code)]

mod correlate;
mod echo;
mod register;
mod vector;

pub(crate) use correlate::{FoldedSpace, Spectrum, SpectrumSpace, thinning_gain};
pub(crate) use echo::{BLOCK, Echoes, LAGS, ROUND_BLOCK, adapt, convolve, correlate};
pub(crate) use register::{Register, Words};
pub(crate) use vector::{Mask, Vector};

use core::fmt;

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionSet(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F, BW, VL and VNNI, and AVX2 too.
    #[cfg(all(target_arch = "x86_64", avx512))]
    Avx512,
}

impl InstructionSet {
    /// What every machine of the target has.
    pub const BASELINE: Self = Self(Set::Baseline);

    /// The best that this machine has, of those that kernels are compiled for.
    #[must_use]
    pub fn detect() -> Self {
        Self::all().last().unwrap_or(Self::BASELINE)
    }

    /// All that this machine has, of those that kernels are compiled for, the best last: for tests and benches.
    pub fn all() -> impl Iterator<Item = Self> {
        let sets = [
            Some(Set::Baseline),
            #[cfg(target_arch = "x86_64")]
            x86::has_avx2().then_some(Set::Avx2),
            #[cfg(all(target_arch = "x86_64", avx512))]
            x86::has_avx512().then_some(Set::Avx512),
        ];
        sets.into_iter().flatten().map(Self)
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
            #[cfg(all(target_arch = "x86_64", avx512))]
            Set::Avx512 => "avx512",
        })
    }
}

/// Work on lanes that is compiled for each instruction set. `run` and all that it calls must be
/// `#[inline(always)]`, or they stay what they are for the baseline.
pub(crate) trait Kernel {
    /// What the work gives.
    type Output;

    /// Does the work, in vectors `V` or in loops that the compiler turns into vectors.
    fn run<V: Vector>(self) -> Self::Output;
}

/// Runs a kernel as it is compiled for `set`.
#[inline]
pub(crate) fn run<K: Kernel>(set: InstructionSet, kernel: K) -> K::Output {
    match set.set() {
        Set::Baseline => kernel.run::<f32>(),
        // SAFETY: the machine has the set, by its type's promise.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { run_avx2(kernel) },
        // SAFETY: the machine has the set, by its type's promise.
        #[cfg(all(target_arch = "x86_64", avx512))]
        Set::Avx512 => unsafe { run_avx512(kernel) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<vector::avx2::F32x8>()
}

#[cfg(all(target_arch = "x86_64", avx512))]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2")]
fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<vector::avx512::F32x16>()
}

/// Where the 32 bits of a lane lie that came of words of all lanes, interleaved register by register.
#[inline]
pub(crate) const fn interleaved(set: InstructionSet, lane: usize) -> usize {
    let words = match set.set() {
        Set::Baseline => return lane,
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => 16,
        #[cfg(all(target_arch = "x86_64", avx512))]
        Set::Avx512 => 32,
    };
    // Of each eight lanes the first four go to the one register, the others to the next.
    let (first, within) = (lane / words * words, lane % words);
    first + within / 4 % 2 * (words / 2) + within / 8 * 4 + within % 4
}

/// Work on integers that is written over [`Register`]s, and in plain Rust for sets without them. `run` and all that it
/// calls must be `#[inline(always)]`.
pub(crate) trait WideKernel {
    /// Does the work without registers.
    fn plain(self);

    /// Does the work in registers `R`.
    fn run<R: Register>(self);
}

/// Runs a kernel over registers as it is compiled for `set`.
#[inline]
pub(crate) fn run_wide<K: WideKernel>(set: InstructionSet, kernel: K) {
    match set.set() {
        Set::Baseline => kernel.plain(),
        // SAFETY: the machine has the set, by its type's promise.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { run_wide_avx2(kernel) },
        // SAFETY: the machine has the set, by its type's promise.
        #[cfg(all(target_arch = "x86_64", avx512))]
        Set::Avx512 => unsafe { run_wide_avx512(kernel) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_wide_avx2<K: WideKernel>(kernel: K) {
    kernel.run::<register::avx2::Octets32>();
}

#[cfg(all(target_arch = "x86_64", avx512))]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2")]
fn run_wide_avx512<K: WideKernel>(kernel: K) {
    kernel.run::<register::avx512::Octets64>();
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};

    /// Whether the processor has AVX2 and the system keeps its registers (Intel's manual, volume 1, §14.3 and
    /// §14.7.1).
    pub(super) fn has_avx2() -> bool {
        kept_registers() & XMM_AND_YMM == XMM_AND_YMM && extended_features()[0] & AVX2 != 0
    }

    /// Whether it has AVX-512 F, BW, VL and VNNI too (§15.2 to §15.4).
    #[cfg(avx512)]
    pub(super) fn has_avx512() -> bool {
        let [ebx, ecx] = extended_features();
        has_avx2()
            && kept_registers() & OPMASK_AND_ZMM == OPMASK_AND_ZMM
            && ebx & AVX512_F_BW_VL == AVX512_F_BW_VL
            && ecx & AVX512_VNNI != 0
    }

    /// Leaf 7: EBX and ECX, zero where there is no such leaf.
    #[allow(unused_unsafe)] // newer compilers have CPUID as a safe function
    fn extended_features() -> [u32; 2] {
        // SAFETY: every x86-64 processor has CPUID.
        let leaves = unsafe { __cpuid(0) }.eax;
        if leaves < 7 {
            return [0; 2];
        }
        // SAFETY: leaf 7 is there.
        let leaf = unsafe { __cpuid_count(7, 0) };
        [leaf.ebx, leaf.ecx]
    }

    /// Which registers the system keeps: none beyond SSE where it does not say.
    #[allow(unused_unsafe)] // newer compilers have CPUID as a safe function
    fn kept_registers() -> u64 {
        // SAFETY: every x86-64 processor has CPUID.
        let features = unsafe { __cpuid(1) }.ecx;
        if features & AVX_AND_OSXSAVE != AVX_AND_OSXSAVE {
            return 0;
        }
        // SAFETY: OSXSAVE says that XGETBV is there.
        unsafe { extended_control() }
    }

    /// Register 0 of the extended control registers.
    #[target_feature(enable = "xsave")]
    fn extended_control() -> u64 {
        // SAFETY: the caller has seen that the instruction is there, and register 0 is always defined.
        unsafe { _xgetbv(0) }
    }

    const AVX_AND_OSXSAVE: u32 = 1 << 28 | 1 << 27;
    const XMM_AND_YMM: u64 = 0b110;
    const AVX2: u32 = 1 << 5;
    #[cfg(avx512)]
    const OPMASK_AND_ZMM: u64 = 0b1110_0000;
    #[cfg(avx512)]
    const AVX512_F_BW_VL: u32 = 1 << 16 | 1 << 30 | 1 << 31;
    #[cfg(avx512)]
    const AVX512_VNNI: u32 = 1 << 11;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baseline_comes_first_and_the_best_set_last() {
        assert_eq!(InstructionSet::all().next(), Some(InstructionSet::BASELINE));
        assert_eq!(InstructionSet::all().last(), Some(InstructionSet::detect()));
    }
}
