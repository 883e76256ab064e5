//! The basic operations of §5.1 on 16 bits.

/// mult_r: the product of two fractions, rounded.
pub(super) fn rounded(one: i16, other: i16) -> i16 {
    let product = (i32::from(one) * i32::from(other) + 16_384) >> 15;
    product.min(32_767) as i16
}

/// mult: likewise, cut.
pub(super) fn cut(one: i16, other: i16) -> i16 {
    let product = (i32::from(one) * i32::from(other)) >> 15;
    product.min(32_767) as i16
}

/// div: a fraction of two numbers, of which the first is neither less than 0 nor more than the other.
pub(super) fn fraction(part: i16, whole: i16) -> i16 {
    match (part, whole) {
        (0, _) | (_, ..=0) => 0,
        (part, whole) => ((i32::from(part) << 15) / i32::from(whole)).min(32_767) as i16,
    }
}

/// norm: how often a number above 0 can be doubled within its 32 bits.
pub(super) const fn headroom(number: i32) -> u32 {
    number.leading_zeros().saturating_sub(1)
}

/// The same of the largest size among 16-bit numbers; `None` if all are 0.
pub(super) fn headroom_of(numbers: &[i16]) -> Option<u32> {
    let largest = largest_size(numbers);
    (largest > 0).then(|| headroom(i32::from(largest) << 16))
}

pub(super) fn largest_size(numbers: &[i16]) -> i16 {
    numbers.iter().map(|number| number.saturating_abs()).max().unwrap_or(0)
}

/// L_mult and L_add over two rows, as long as the shorter is; the sum fits 32 bits.
pub(super) fn correlation(one: &[i16], other: &[i16]) -> i32 {
    let products = one.iter().zip(other).map(|(one, other)| i32::from(*one) * i32::from(*other));
    2 * products.fold(0, i32::wrapping_add)
}
