//! Registers of integers: what kernels over octets and 16-bit words are written in, once, for the sets that have
//! look-ups in a register and products of pairs. The baseline has neither and goes its own way.
//!
//! Instructions of 256 and 512 bits pack and unpack each 128 bits for themselves, so that some put the order right
//! before or behind. A register of a set may be made only by kernels that [`super::run_wide`] runs, where the set is there.

use core::mem::MaybeUninit;

use crate::lanes::LANES;

/// Words of 16 bits of a few lanes, side by side; a single one for the baseline.
pub(crate) trait Words: Copy {
    /// Lanes side by side; a divisor of [`LANES`].
    const WIDTH: usize;

    /// The lanes from `at` on.
    fn of_lanes(lanes: &[i16; LANES], at: usize) -> Self;
    fn to_lanes(self, lanes: &mut [i16; LANES], at: usize);
    fn words(value: i16) -> Self;

    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    /// Where the other has no bits.
    fn and_not(self, other: Self) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn add_saturating(self, other: Self) -> Self;
    fn sub_saturating(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    fn min(self, other: Self) -> Self;
    /// The magnitude; of -32768 there is none.
    fn abs(self) -> Self;
    /// Product of words that have 15 places behind the point, rounded.
    fn multiply_fraction(self, other: Self) -> Self;
    /// All bits where it is greater, else none.
    fn greater(self, other: Self) -> Self;
    /// All bits where they are equal, else none.
    fn equal(self, other: Self) -> Self;
}

/// The baseline has one lane.
impl Words for i16 {
    const WIDTH: usize = 1;

    #[inline(always)]
    fn of_lanes(lanes: &[i16; LANES], at: usize) -> Self {
        lanes[at]
    }

    #[inline(always)]
    fn to_lanes(self, lanes: &mut [i16; LANES], at: usize) {
        lanes[at] = self;
    }

    #[inline(always)]
    fn words(value: i16) -> Self {
        value
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }

    #[inline(always)]
    fn and_not(self, other: Self) -> Self {
        self & !other
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    fn add_saturating(self, other: Self) -> Self {
        self.saturating_add(other)
    }

    #[inline(always)]
    fn sub_saturating(self, other: Self) -> Self {
        self.saturating_sub(other)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Ord::max(self, other)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Ord::min(self, other)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.wrapping_abs()
    }

    #[inline(always)]
    fn multiply_fraction(self, other: Self) -> Self {
        ((i32::from(self) * i32::from(other) + (1 << 14)) >> 15) as Self
    }

    #[inline(always)]
    fn greater(self, other: Self) -> Self {
        -Self::from(self > other)
    }

    #[inline(always)]
    fn equal(self, other: Self) -> Self {
        -Self::from(self == other)
    }
}

/// Octets or words, side by side. What is loaded and stored must be as long as a register.
pub(crate) trait Register: Words {
    /// Octets in a register.
    const OCTETS: usize;

    fn load<T: Integer>(values: &[T]) -> Self;
    fn store<T: Storable>(self, values: &mut [T]);
    fn zero() -> Self;
    fn octets(value: u8) -> Self;
    /// The same 32 bits over and over.
    fn integers(value: i32) -> Self;
    /// The two words side by side, over and over.
    fn word_pairs(pair: [i16; 2]) -> Self;
    /// Sixteen octets, in each 128 bits.
    fn table(octets: &[u8; 16]) -> Self;

    fn xor(self, other: Self) -> Self;
    fn add_octets(self, other: Self) -> Self;
    fn sub_octets(self, other: Self) -> Self;
    fn min_unsigned_octets(self, other: Self) -> Self;
    fn max_signed_octets(self, other: Self) -> Self;
    /// Octets are negated where those of `sign` have their highest bit.
    fn negate_octets(self, sign: Self) -> Self;
    /// The entries of a [`Self::table`] for the lowest four bits of octets; 0 where the highest bit is set.
    fn look_up(self, table: Self) -> Self;

    fn multiply(self, other: Self) -> Self;
    fn shift_left<const BITS: i32>(self) -> Self;
    fn shift_right<const BITS: i32>(self) -> Self;
    fn shift_right_signed<const BITS: i32>(self) -> Self;

    /// For each word the sum of two products: of these octets without a sign, and of signed ones.
    fn dot_octets(self, signed: Self) -> Self;
    /// Adds to 32-bit sums two products of words each.
    fn add_dot(self, one: Self, other: Self) -> Self;
    /// Adds 32-bit sums.
    fn add_sums(self, other: Self) -> Self;

    /// Octets, or words, of the lower halves in turn, and of the upper halves.
    fn interleave_octets(self, other: Self) -> [Self; 2];
    fn interleave_words(self, other: Self) -> [Self; 2];
    /// Words cut to octets, without a sign and with one, in the order that [`Self::interleave_octets`] undoes.
    fn pack_unsigned(self, other: Self) -> Self;
    fn pack_signed(self, other: Self) -> Self;
    /// Octets in such an order that those interleaved with others come out in the order of memory.
    fn spread(self) -> Self;
    /// Packed octets in the order of memory.
    fn gathered(self) -> Self;
    /// 32-bit sums cut to words, in the order that [`Words`] had before [`Self::interleave_words`].
    fn pack_sums(self, other: Self) -> Self;
    /// 32-bit sums shifted to the right, with their sign.
    fn shift_sums(self, bits: u32) -> Self;
    /// What the 32-bit sums of each register add up to.
    fn totals(registers: [Self; 8]) -> [i32; 8];
    /// What came of interleaved words of the order of memory, in that order.
    fn in_order(halves: [Self; 2]) -> [Self; 2];
    /// Upper words of 32 bits that came of such, in that order.
    fn upper_words(halves: [Self; 2]) -> Self;
    /// Upper words of two registers of 32 bits, by pairs.
    fn pair_upper_words(self, other: Self) -> Self;
}

/// What a register may be stored to: integers that any bits make, or room for them.
pub(crate) trait Storable: Copy {}

/// What it may be loaded from.
pub(crate) trait Integer: Storable {}

impl<T: Integer> Storable for MaybeUninit<T> {}
impl Storable for u8 {}
impl Storable for i16 {}
impl Storable for i32 {}
impl Integer for u8 {}
impl Integer for i16 {}
impl Integer for i32 {}

/// Operations that are one intrinsic.
macro_rules! intrinsics {
    ($($method:ident($($argument:ident),*) $intrinsic:ident),* $(,)?) => {
        $(
            #[inline(always)]
            fn $method(self $(, $argument: Self)*) -> Self {
                // SAFETY: a register of this type exists only where its set does.
                Self(unsafe { $intrinsic(self.0 $(, $argument.0)*) })
            }
        )*
    };
}

/// Shifts by a constant.
macro_rules! shifts {
    ($($method:ident $intrinsic:ident),* $(,)?) => {
        $(
            #[inline(always)]
            fn $method<const BITS: i32>(self) -> Self {
                // SAFETY: a register of this type exists only where its set does.
                Self(unsafe { $intrinsic(self.0, _mm_cvtsi32_si128(BITS)) })
            }
        )*
    };
}

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2 {
    use super::*;
    use core::arch::x86_64::*;

    /// 32 octets.
    #[derive(Clone, Copy)]
    pub(crate) struct Octets32(__m256i);

    impl Octets32 {
        /// The 32-bit sums of a register's halves.
        #[cfg(avx512)]
        #[inline]
        #[target_feature(enable = "avx512f,avx2")]
        #[allow(clippy::incompatible_msrv)] // compiled only where the compiler has them
        pub(super) fn halves_added(register: __m512i) -> Self {
            Self(_mm256_add_epi32(_mm512_castsi512_si256(register), _mm512_extracti64x4_epi64::<1>(register)))
        }
    }

    impl Words for Octets32 {
        const WIDTH: usize = 16;

        #[inline(always)]
        fn of_lanes(lanes: &[i16; LANES], at: usize) -> Self {
            Self::load(&lanes[at..at + Self::WIDTH])
        }

        #[inline(always)]
        fn to_lanes(self, lanes: &mut [i16; LANES], at: usize) {
            self.store(&mut lanes[at..at + Self::WIDTH]);
        }

        #[inline(always)]
        fn words(value: i16) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm256_set1_epi16(value) })
        }

        intrinsics! {
            and(other) _mm256_and_si256,
            or(other) _mm256_or_si256,
            add(other) _mm256_add_epi16,
            sub(other) _mm256_sub_epi16,
            add_saturating(other) _mm256_adds_epi16,
            sub_saturating(other) _mm256_subs_epi16,
            max(other) _mm256_max_epi16,
            min(other) _mm256_min_epi16,
            abs() _mm256_abs_epi16,
            multiply_fraction(other) _mm256_mulhrs_epi16,
            greater(other) _mm256_cmpgt_epi16,
            equal(other) _mm256_cmpeq_epi16,
        }

        #[inline(always)]
        fn and_not(self, other: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm256_andnot_si256(other.0, self.0) })
        }
    }

    impl Register for Octets32 {
        const OCTETS: usize = 32;

        #[inline(always)]
        fn load<T: Integer>(values: &[T]) -> Self {
            assert!(size_of_val(values) == Self::OCTETS);
            // SAFETY: kernels of this set run only where it is; so many octets lie there, in any alignment.
            Self(unsafe { _mm256_loadu_si256(values.as_ptr().cast()) })
        }

        #[inline(always)]
        fn store<T: Storable>(self, values: &mut [T]) {
            assert!(size_of_val(values) == Self::OCTETS);
            // SAFETY: as above; any bits make integers.
            unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), self.0) }
        }

        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm256_setzero_si256() })
        }

        #[inline(always)]
        fn octets(value: u8) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm256_set1_epi8(value as i8) })
        }

        #[inline(always)]
        fn integers(value: i32) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm256_set1_epi32(value) })
        }

        #[inline(always)]
        fn word_pairs([one, two]: [i16; 2]) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm256_set1_epi32(i32::from(one) & 0xffff | i32::from(two) << 16) })
        }

        #[inline(always)]
        fn table(octets: &[u8; 16]) -> Self {
            // SAFETY: kernels of this set run only where it is; sixteen octets are 128 bits.
            Self(unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(octets.as_ptr().cast())) })
        }

        intrinsics! {
            xor(other) _mm256_xor_si256,
            add_octets(other) _mm256_add_epi8,
            sub_octets(other) _mm256_sub_epi8,
            min_unsigned_octets(other) _mm256_min_epu8,
            max_signed_octets(other) _mm256_max_epi8,
            add_sums(other) _mm256_add_epi32,
            multiply(other) _mm256_mullo_epi16,
            dot_octets(signed) _mm256_maddubs_epi16,
            pack_unsigned(other) _mm256_packus_epi16,
            pack_signed(other) _mm256_packs_epi16,
            pack_sums(other) _mm256_packs_epi32,
        }

        shifts! {
            shift_left _mm256_sll_epi16,
            shift_right _mm256_srl_epi16,
            shift_right_signed _mm256_sra_epi16,
        }

        #[inline(always)]
        fn negate_octets(self, sign: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm256_sign_epi8(self.0, _mm256_or_si256(sign.0, _mm256_set1_epi8(1))) })
        }

        #[inline(always)]
        fn look_up(self, table: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm256_shuffle_epi8(table.0, self.0) })
        }

        #[inline(always)]
        fn add_dot(self, one: Self, other: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm256_add_epi32(self.0, _mm256_madd_epi16(one.0, other.0)) })
        }

        #[inline(always)]
        fn interleave_octets(self, other: Self) -> [Self; 2] {
            // SAFETY: a register of this type exists only where its set does.
            unsafe {
                [Self(_mm256_unpacklo_epi8(self.0, other.0)), Self(_mm256_unpackhi_epi8(self.0, other.0))]
            }
        }

        #[inline(always)]
        fn interleave_words(self, other: Self) -> [Self; 2] {
            // SAFETY: a register of this type exists only where its set does.
            unsafe {
                [Self(_mm256_unpacklo_epi16(self.0, other.0)), Self(_mm256_unpackhi_epi16(self.0, other.0))]
            }
        }

        #[inline(always)]
        fn spread(self) -> Self {
            self.gathered() // two by two, changing the middle ones is its own reverse
        }

        #[inline(always)]
        fn gathered(self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm256_permute4x64_epi64::<0b11_01_10_00>(self.0) })
        }

        #[inline(always)]
        fn upper_words([low, high]: [Self; 2]) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe {
                _mm256_packs_epi32(_mm256_srai_epi32::<16>(low.0), _mm256_srai_epi32::<16>(high.0))
            })
        }

        #[inline(always)]
        fn pair_upper_words(self, other: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm256_blend_epi16::<0b1010_1010>(_mm256_srli_epi32::<16>(self.0), other.0) })
        }

        #[inline(always)]
        fn shift_sums(self, bits: u32) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm256_sra_epi32(self.0, _mm_cvtsi32_si128(bits as i32)) })
        }

        #[inline(always)]
        fn totals([a, b, c, d, e, f, g, h]: [Self; 8]) -> [i32; 8] {
            // SAFETY: registers of this type exist only where their set does; eight integers are 256 bits.
            unsafe {
                let four = |a: Self, b: Self, c: Self, d: Self| {
                    _mm256_hadd_epi32(_mm256_hadd_epi32(a.0, b.0), _mm256_hadd_epi32(c.0, d.0))
                };
                let (first, second) = (four(a, b, c, d), four(e, f, g, h));
                let sums = _mm256_add_epi32(
                    _mm256_permute2x128_si256::<0x20>(first, second),
                    _mm256_permute2x128_si256::<0x31>(first, second),
                );
                core::mem::transmute(sums)
            }
        }

        #[inline(always)]
        fn in_order([low, high]: [Self; 2]) -> [Self; 2] {
            // SAFETY: a register of this type exists only where its set does.
            unsafe {
                [
                    Self(_mm256_permute2x128_si256::<0x20>(low.0, high.0)),
                    Self(_mm256_permute2x128_si256::<0x31>(low.0, high.0)),
                ]
            }
        }
    }
}

#[cfg(all(target_arch = "x86_64", avx512))]
#[allow(clippy::incompatible_msrv)] // compiled only where the compiler has them
pub(super) mod avx512 {
    use super::*;
    use core::arch::x86_64::*;

    /// 64 octets.
    #[derive(Clone, Copy)]
    pub(crate) struct Octets64(__m512i);

    impl Words for Octets64 {
        const WIDTH: usize = 32;

        #[inline(always)]
        fn of_lanes(lanes: &[i16; LANES], at: usize) -> Self {
            Self::load(&lanes[at..at + Self::WIDTH])
        }

        #[inline(always)]
        fn to_lanes(self, lanes: &mut [i16; LANES], at: usize) {
            self.store(&mut lanes[at..at + Self::WIDTH]);
        }

        #[inline(always)]
        fn words(value: i16) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm512_set1_epi16(value) })
        }

        intrinsics! {
            and(other) _mm512_and_si512,
            or(other) _mm512_or_si512,
            add(other) _mm512_add_epi16,
            sub(other) _mm512_sub_epi16,
            add_saturating(other) _mm512_adds_epi16,
            sub_saturating(other) _mm512_subs_epi16,
            max(other) _mm512_max_epi16,
            min(other) _mm512_min_epi16,
            abs() _mm512_abs_epi16,
            multiply_fraction(other) _mm512_mulhrs_epi16,
        }

        #[inline(always)]
        fn and_not(self, other: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm512_andnot_si512(other.0, self.0) })
        }

        #[inline(always)]
        fn greater(self, other: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm512_movm_epi16(_mm512_cmpgt_epi16_mask(self.0, other.0)) })
        }

        #[inline(always)]
        fn equal(self, other: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm512_movm_epi16(_mm512_cmpeq_epi16_mask(self.0, other.0)) })
        }
    }

    impl Register for Octets64 {
        const OCTETS: usize = 64;

        #[inline(always)]
        fn load<T: Integer>(values: &[T]) -> Self {
            assert!(size_of_val(values) == Self::OCTETS);
            // SAFETY: kernels of this set run only where it is; so many octets lie there, in any alignment.
            Self(unsafe { _mm512_loadu_epi8(values.as_ptr().cast()) })
        }

        #[inline(always)]
        fn store<T: Storable>(self, values: &mut [T]) {
            assert!(size_of_val(values) == Self::OCTETS);
            // SAFETY: as above; any bits make integers.
            unsafe { _mm512_storeu_epi8(values.as_mut_ptr().cast(), self.0) }
        }

        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm512_setzero_si512() })
        }

        #[inline(always)]
        fn octets(value: u8) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm512_set1_epi8(value as i8) })
        }

        #[inline(always)]
        fn integers(value: i32) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm512_set1_epi32(value) })
        }

        #[inline(always)]
        fn word_pairs([one, two]: [i16; 2]) -> Self {
            // SAFETY: kernels of this set run only where it is.
            Self(unsafe { _mm512_set1_epi32(i32::from(one) & 0xffff | i32::from(two) << 16) })
        }

        #[inline(always)]
        fn table(octets: &[u8; 16]) -> Self {
            // SAFETY: kernels of this set run only where it is; sixteen octets are 128 bits.
            Self(unsafe { _mm512_broadcast_i32x4(_mm_loadu_si128(octets.as_ptr().cast())) })
        }

        intrinsics! {
            xor(other) _mm512_xor_si512,
            add_octets(other) _mm512_add_epi8,
            sub_octets(other) _mm512_sub_epi8,
            min_unsigned_octets(other) _mm512_min_epu8,
            max_signed_octets(other) _mm512_max_epi8,
            add_sums(other) _mm512_add_epi32,
            multiply(other) _mm512_mullo_epi16,
            dot_octets(signed) _mm512_maddubs_epi16,
            add_dot(one, other) _mm512_dpwssd_epi32,
            pack_unsigned(other) _mm512_packus_epi16,
            pack_signed(other) _mm512_packs_epi16,
            pack_sums(other) _mm512_packs_epi32,
        }

        shifts! {
            shift_left _mm512_sll_epi16,
            shift_right _mm512_srl_epi16,
            shift_right_signed _mm512_sra_epi16,
        }

        #[inline(always)]
        fn negate_octets(self, sign: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe {
                _mm512_mask_sub_epi8(self.0, _mm512_movepi8_mask(sign.0), _mm512_setzero_si512(), self.0)
            })
        }

        #[inline(always)]
        fn look_up(self, table: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm512_shuffle_epi8(table.0, self.0) })
        }

        #[inline(always)]
        fn interleave_octets(self, other: Self) -> [Self; 2] {
            // SAFETY: a register of this type exists only where its set does.
            unsafe {
                [Self(_mm512_unpacklo_epi8(self.0, other.0)), Self(_mm512_unpackhi_epi8(self.0, other.0))]
            }
        }

        #[inline(always)]
        fn interleave_words(self, other: Self) -> [Self; 2] {
            // SAFETY: a register of this type exists only where its set does.
            unsafe {
                [Self(_mm512_unpacklo_epi16(self.0, other.0)), Self(_mm512_unpackhi_epi16(self.0, other.0))]
            }
        }

        #[inline(always)]
        fn spread(self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm512_permutexvar_epi64(_mm512_set_epi64(7, 3, 6, 2, 5, 1, 4, 0), self.0) })
        }

        #[inline(always)]
        fn gathered(self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm512_permutexvar_epi64(_mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0), self.0) })
        }

        #[inline(always)]
        fn upper_words([low, high]: [Self; 2]) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe {
                _mm512_packs_epi32(_mm512_srai_epi32::<16>(low.0), _mm512_srai_epi32::<16>(high.0))
            })
        }

        #[inline(always)]
        fn pair_upper_words(self, other: Self) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm512_mask_blend_epi16(0xaaaa_aaaa, _mm512_srli_epi32::<16>(self.0), other.0) })
        }

        #[inline(always)]
        fn shift_sums(self, bits: u32) -> Self {
            // SAFETY: a register of this type exists only where its set does.
            Self(unsafe { _mm512_sra_epi32(self.0, _mm_cvtsi32_si128(bits as i32)) })
        }

        #[inline(always)]
        fn totals(registers: [Self; 8]) -> [i32; 8] {
            // SAFETY: registers of this type exist only where their set does, and AVX2 with it.
            avx2::Octets32::totals(
                registers.map(|register| unsafe { avx2::Octets32::halves_added(register.0) }),
            )
        }

        #[inline(always)]
        fn in_order([low, high]: [Self; 2]) -> [Self; 2] {
            // SAFETY: a register of this type exists only where its set does.
            unsafe {
                let first = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
                let second = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
                [
                    Self(_mm512_permutex2var_epi64(low.0, first, high.0)),
                    Self(_mm512_permutex2var_epi64(low.0, second, high.0)),
                ]
            }
        }
    }
}
