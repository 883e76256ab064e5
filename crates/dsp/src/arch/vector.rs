//! Vectors of lanes: what arithmetic over lanes is written in, once, and compiled for each instruction set.
//!
//! Every operation is the one of IEEE 754, nothing is fused, so that a lane gets the same bits in every set.
//! A vector of a set may be made only by kernels that [`super::run`] runs, where the set is there.

use core::ops::{Add, BitAnd, BitOr, Div, Mul, Sub};

use super::register::Words;
use crate::lanes::{LANES, Lanes};

/// A few lanes, side by side.
pub(crate) trait Vector:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// Lanes in a vector; a divisor of [`LANES`].
    const WIDTH: usize;
    /// A truth for each.
    type Mask: Mask;
    /// Words of 16 bits in the same set.
    type Words: Words;

    fn splat(value: f32) -> Self;
    /// The lanes from `at` on.
    fn load(lanes: &Lanes, at: usize) -> Self;
    fn load_integers(lanes: &[i32; LANES], at: usize) -> Self;
    fn load_samples(lanes: &[i16; LANES], at: usize) -> Self;
    fn store(self, lanes: &mut Lanes, at: usize);
    /// Cut to whole numbers of 16 bits.
    fn store_samples(self, lanes: &mut [i16; LANES], at: usize);
    fn less(self, other: Self) -> Self::Mask;
    fn equal(self, other: Self) -> Self::Mask;
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// The value where the mask holds, else 0.
    fn masked(self, mask: Self::Mask) -> Self;
    /// Square root, exactly rounded.
    fn root(self) -> Self;

    #[inline(always)]
    fn differs(self, other: Self) -> Self::Mask {
        self.less(other) | other.less(self)
    }

    /// The other if it is larger.
    fn max(self, other: Self) -> Self;
    /// The other if it is smaller.
    fn min(self, other: Self) -> Self;
}

/// Truths of a vector's lanes.
pub(crate) trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> {
    /// A bit for each lane, the first lowest; what stands above is not looked at.
    fn of_bits(bits: u32) -> Self;
    fn bits(self) -> u32;
    /// Where this holds and the other does not.
    fn and_not(self, other: Self) -> Self;
}

/// The portable vector has one lane.
impl Vector for f32 {
    const WIDTH: usize = 1;
    type Mask = bool;
    type Words = i16;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        value
    }

    #[inline(always)]
    fn load(lanes: &Lanes, at: usize) -> Self {
        lanes[at]
    }

    #[inline(always)]
    fn load_integers(lanes: &[i32; LANES], at: usize) -> Self {
        lanes[at] as Self
    }

    #[inline(always)]
    fn load_samples(lanes: &[i16; LANES], at: usize) -> Self {
        Self::from(lanes[at])
    }

    #[inline(always)]
    fn store(self, lanes: &mut Lanes, at: usize) {
        lanes[at] = self;
    }

    #[inline(always)]
    fn store_samples(self, lanes: &mut [i16; LANES], at: usize) {
        lanes[at] = self as i16;
    }

    #[inline(always)]
    fn less(self, other: Self) -> bool {
        self < other
    }

    #[inline(always)]
    fn equal(self, other: Self) -> bool {
        self == other
    }

    #[inline(always)]
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }

    #[inline(always)]
    fn masked(self, mask: bool) -> Self {
        if mask { self } else { 0.0 }
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self < other { other } else { self }
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    #[inline(always)]
    fn root(self) -> Self {
        libm::sqrtf(self)
    }
}

impl Mask for bool {
    #[inline(always)]
    fn of_bits(bits: u32) -> Self {
        bits & 1 == 1
    }

    #[inline(always)]
    fn bits(self) -> u32 {
        u32::from(self)
    }

    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        self & !other
    }
}

/// Arithmetic of a vector type by intrinsics.
macro_rules! operators {
    ($vector:ident: $($trait:ident $method:ident $intrinsic:ident),*) => {
        $(impl $trait for $vector {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: a vector of this type exists only where its set does.
                Self(unsafe { $intrinsic(self.0, other.0) })
            }
        })*
    };
}

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2 {
    use super::*;
    use crate::arch::register::avx2::Octets32;
    use core::arch::x86_64::*;

    /// Eight lanes.
    #[derive(Clone, Copy)]
    pub(crate) struct F32x8(__m256);
    /// Truths of eight lanes: all bits or none.
    #[derive(Clone, Copy)]
    pub(crate) struct Mask8(__m256);

    operators!(F32x8: Add add _mm256_add_ps, Sub sub _mm256_sub_ps, Mul mul _mm256_mul_ps, Div div _mm256_div_ps);
    operators!(Mask8: BitAnd bitand _mm256_and_ps, BitOr bitor _mm256_or_ps);

    /// The eight values from `at` on.
    #[inline(always)]
    fn eight<T>(lanes: &[T; LANES], at: usize) -> *const T {
        lanes[at..at + 8].as_ptr()
    }

    impl Vector for F32x8 {
        const WIDTH: usize = 8;
        type Mask = Mask8;
        type Words = Octets32;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm256_set1_ps(value) })
        }

        #[inline(always)]
        fn load(lanes: &Lanes, at: usize) -> Self {
            // SAFETY: as above; eight values lie there.
            Self(unsafe { _mm256_loadu_ps(eight(lanes, at)) })
        }

        #[inline(always)]
        fn load_integers(lanes: &[i32; LANES], at: usize) -> Self {
            // SAFETY: as above; eight values lie there.
            Self(unsafe { _mm256_cvtepi32_ps(_mm256_loadu_si256(eight(lanes, at).cast())) })
        }

        #[inline(always)]
        fn load_samples(lanes: &[i16; LANES], at: usize) -> Self {
            // SAFETY: as above; eight values lie there.
            Self(unsafe {
                _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(_mm_loadu_si128(eight(lanes, at).cast())))
            })
        }

        #[inline(always)]
        fn store(self, lanes: &mut Lanes, at: usize) {
            // SAFETY: as above; there is room for eight values.
            unsafe { _mm256_storeu_ps(lanes[at..at + 8].as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn store_samples(self, lanes: &mut [i16; LANES], at: usize) {
            // SAFETY: as above; there is room for eight values.
            unsafe {
                let words = _mm256_cvttps_epi32(self.0);
                let packed = _mm256_permute4x64_epi64::<0b10_00>(_mm256_packs_epi32(words, words));
                _mm_storeu_si128(lanes[at..at + 8].as_mut_ptr().cast(), _mm256_castsi256_si128(packed));
            }
        }

        #[inline(always)]
        fn less(self, other: Self) -> Mask8 {
            // SAFETY: a vector of this type exists only where its set does.
            Mask8(unsafe { _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, other.0) })
        }

        #[inline(always)]
        fn equal(self, other: Self) -> Mask8 {
            // SAFETY: a vector of this type exists only where its set does.
            Mask8(unsafe { _mm256_cmp_ps::<_CMP_EQ_OQ>(self.0, other.0) })
        }

        #[inline(always)]
        fn select(mask: Mask8, yes: Self, no: Self) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm256_blendv_ps(no.0, yes.0, mask.0) })
        }

        #[inline(always)]
        fn masked(self, mask: Mask8) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm256_and_ps(mask.0, self.0) })
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm256_max_ps(other.0, self.0) }) // of equals the second
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm256_min_ps(other.0, self.0) })
        }

        #[inline(always)]
        fn root(self) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm256_sqrt_ps(self.0) })
        }
    }

    impl Mask for Mask8 {
        #[inline(always)]
        fn of_bits(bits: u32) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe {
                let own = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
                let set = _mm256_and_si256(_mm256_set1_epi32(bits as i32), own);
                _mm256_castsi256_ps(_mm256_cmpeq_epi32(set, own))
            })
        }

        #[inline(always)]
        fn bits(self) -> u32 {
            // SAFETY: a mask of this type exists only where its set does.
            unsafe { _mm256_movemask_ps(self.0) as u32 }
        }

        #[inline(always)]
        fn and_not(self, other: Self) -> Self {
            // SAFETY: a mask of this type exists only where its set does.
            Self(unsafe { _mm256_andnot_ps(other.0, self.0) })
        }
    }
}

#[cfg(all(target_arch = "x86_64", avx512))]
#[allow(clippy::incompatible_msrv)] // compiled only where the compiler has them
pub(super) mod avx512 {
    use super::*;
    use crate::arch::register::avx512::Octets64;
    use core::arch::x86_64::*;

    /// Sixteen lanes.
    #[derive(Clone, Copy)]
    pub(crate) struct F32x16(__m512);
    /// Truths of sixteen lanes.
    #[derive(Clone, Copy)]
    pub(crate) struct Mask16(__mmask16);

    operators!(F32x16: Add add _mm512_add_ps, Sub sub _mm512_sub_ps, Mul mul _mm512_mul_ps, Div div _mm512_div_ps);

    impl BitAnd for Mask16 {
        type Output = Self;

        #[inline(always)]
        fn bitand(self, other: Self) -> Self {
            Self(self.0 & other.0)
        }
    }

    impl BitOr for Mask16 {
        type Output = Self;

        #[inline(always)]
        fn bitor(self, other: Self) -> Self {
            Self(self.0 | other.0)
        }
    }

    /// The sixteen values from `at` on.
    #[inline(always)]
    fn sixteen<T>(lanes: &[T; LANES], at: usize) -> *const T {
        lanes[at..at + 16].as_ptr()
    }

    impl Vector for F32x16 {
        const WIDTH: usize = 16;
        type Mask = Mask16;
        type Words = Octets64;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm512_set1_ps(value) })
        }

        #[inline(always)]
        fn load(lanes: &Lanes, at: usize) -> Self {
            // SAFETY: as above; sixteen values lie there.
            Self(unsafe { _mm512_loadu_ps(sixteen(lanes, at)) })
        }

        #[inline(always)]
        fn load_integers(lanes: &[i32; LANES], at: usize) -> Self {
            // SAFETY: as above; sixteen values lie there.
            Self(unsafe { _mm512_cvtepi32_ps(_mm512_loadu_epi32(sixteen(lanes, at))) })
        }

        #[inline(always)]
        fn load_samples(lanes: &[i16; LANES], at: usize) -> Self {
            // SAFETY: as above; sixteen values lie there.
            Self(unsafe {
                _mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(_mm256_loadu_si256(sixteen(lanes, at).cast())))
            })
        }

        #[inline(always)]
        fn store(self, lanes: &mut Lanes, at: usize) {
            // SAFETY: as above; there is room for sixteen values.
            unsafe { _mm512_storeu_ps(lanes[at..at + 16].as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn store_samples(self, lanes: &mut [i16; LANES], at: usize) {
            // SAFETY: as above; there is room for sixteen values.
            unsafe {
                let words = _mm512_cvtsepi32_epi16(_mm512_cvttps_epi32(self.0));
                _mm256_storeu_si256(lanes[at..at + 16].as_mut_ptr().cast(), words);
            }
        }

        #[inline(always)]
        fn less(self, other: Self) -> Mask16 {
            // SAFETY: a vector of this type exists only where its set does.
            Mask16(unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, other.0) })
        }

        #[inline(always)]
        fn equal(self, other: Self) -> Mask16 {
            // SAFETY: a vector of this type exists only where its set does.
            Mask16(unsafe { _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(self.0, other.0) })
        }

        #[inline(always)]
        fn select(mask: Mask16, yes: Self, no: Self) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm512_mask_blend_ps(mask.0, no.0, yes.0) })
        }

        #[inline(always)]
        fn masked(self, mask: Mask16) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm512_maskz_mov_ps(mask.0, self.0) })
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm512_max_ps(other.0, self.0) }) // of equals the second
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm512_min_ps(other.0, self.0) })
        }

        #[inline(always)]
        fn root(self) -> Self {
            // SAFETY: a vector of this type exists only where its set does.
            Self(unsafe { _mm512_sqrt_ps(self.0) })
        }
    }

    impl Mask for Mask16 {
        #[inline(always)]
        fn of_bits(bits: u32) -> Self {
            Self(bits as __mmask16)
        }

        #[inline(always)]
        fn bits(self) -> u32 {
            self.0.into()
        }

        #[inline(always)]
        fn and_not(self, other: Self) -> Self {
            Self(self.0 & !other.0)
        }
    }
}
