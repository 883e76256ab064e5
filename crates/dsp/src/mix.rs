//! Conference mixing: every party hears the exact sum of the others, cut to 16 bits once, at the end.
//!
//! Sums are 32 bits wide, which holds 65 536 parties at full scale, so the order of the parties and the way
//! they are spread over threads cannot be heard. A bridge may be spread: each part keeps the sum of its own
//! parties and adds the sums of the other parts, one tick old, with [`add_remote`]. Pieces are at most eight
//! frames; the block forms take any length.

#![allow(clippy::needless_range_loop)] // fixed lengths of eight become one vector operation

/// Frames worked at once.
pub const PIECE: usize = 8;

/// Adds a party to the sum.
#[inline]
pub fn sum_into(sum: &mut [i32; PIECE], party: &[i16; PIECE]) {
    for n in 0..PIECE {
        sum[n] = sum[n].wrapping_add(i32::from(party[n]));
    }
}

/// Takes a party out of the sum: what leaves is what [`sum_into`] brought, to the last bit.
#[inline]
pub fn take_from(sum: &mut [i32; PIECE], party: &[i16; PIECE]) {
    for n in 0..PIECE {
        sum[n] = sum[n].wrapping_sub(i32::from(party[n]));
    }
}

/// Adds the sum of another part of the bridge.
#[inline]
pub fn add_remote(sum: &mut [i32; PIECE], remote: &[i32; PIECE]) {
    for n in 0..PIECE {
        sum[n] = sum[n].wrapping_add(remote[n]);
    }
}

/// What a talking party hears: all but itself.
#[inline]
#[must_use]
pub fn minus_self(sum: &[i32; PIECE], own: &[i16; PIECE]) -> [i16; PIECE] {
    core::array::from_fn(|n| saturate(sum[n].wrapping_sub(i32::from(own[n]))))
}

/// What a party hears that does not talk: everybody. A recorder of the conference hears the same.
#[inline]
#[must_use]
pub fn hear_all(sum: &[i32; PIECE]) -> [i16; PIECE] {
    core::array::from_fn(|n| saturate(sum[n]))
}

/// Adds a party to the sum, for as many frames as both have.
pub fn sum_block_into(sum: &mut [i32], party: &[i16]) {
    for (total, &sample) in sum.iter_mut().zip(party) {
        *total = total.wrapping_add(i32::from(sample));
    }
}

/// Adds another part's sum, for as many frames as both have.
pub fn add_remote_block(sum: &mut [i32], remote: &[i32]) {
    for (total, &other) in sum.iter_mut().zip(remote) {
        *total = total.wrapping_add(other);
    }
}

/// What a talking party hears, for as many frames as all three have.
pub fn minus_self_block(sum: &[i32], own: &[i16], heard: &mut [i16]) {
    for ((out, &total), &sample) in heard.iter_mut().zip(sum).zip(own) {
        *out = saturate(total.wrapping_sub(i32::from(sample)));
    }
}

/// Cuts a sum to 16 bits.
#[inline]
#[must_use]
pub fn saturate(sum: i32) -> i16 {
    sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: [[i16; PIECE]; 4] = [[32767; PIECE], [-32768; PIECE], [30000; PIECE], [-25; PIECE]];

    #[test]
    fn everyone_hears_the_exact_sum_of_the_others() {
        let mut sum = [0; PIECE];
        LOUD.iter().for_each(|party| sum_into(&mut sum, party));
        assert_eq!(minus_self(&sum, &LOUD[0]), [-2793; PIECE]);
        assert_eq!(minus_self(&sum, &LOUD[1]), [32767; PIECE]); // 62742, cut once
        assert_eq!(minus_self(&sum, &LOUD[2]), [-26; PIECE]);
        assert_eq!(minus_self(&sum, &LOUD[3]), [29999; PIECE]);
        assert_eq!(hear_all(&sum), [29974; PIECE]);
    }

    #[test]
    fn order_of_the_parties_cannot_be_heard() {
        let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]];
        let sums = orders.map(|order| {
            let mut sum = [0; PIECE];
            order.iter().for_each(|&n| sum_into(&mut sum, &LOUD[n]));
            sum
        });
        assert!(sums.iter().all(|sum| *sum == sums[0]));
    }

    #[test]
    fn bridge_in_two_parts_sounds_like_one() {
        let mut parts = [[0; PIECE]; 2];
        for (n, party) in LOUD.iter().enumerate() {
            sum_into(&mut parts[n % 2], party);
        }
        let mut whole = parts[0];
        add_remote(&mut whole, &parts[1]);
        assert_eq!(minus_self(&whole, &LOUD[2]), [-26; PIECE]);
        take_from(&mut whole, &LOUD[0]);
        assert_eq!(hear_all(&whole), [-2793; PIECE]);
    }

    #[test]
    fn sixty_five_thousand_parties_at_full_scale_do_not_overflow() {
        let mut sum = [0; PIECE];
        (0..65536).for_each(|_| sum_into(&mut sum, &[-32768; PIECE]));
        assert_eq!(sum, [i32::MIN; PIECE]);
        assert_eq!(hear_all(&sum), [-32768; PIECE]);
    }

    #[test]
    fn blocks_and_pieces_agree() {
        let party: [i16; 160] = core::array::from_fn(|n| (n as i16).wrapping_mul(411));
        let mut sum = [0; 160];
        sum_block_into(&mut sum, &party);
        sum_block_into(&mut sum, &LOUD[0]);
        add_remote_block(&mut sum, &[-7; 3]);
        let mut heard = [0; 160];
        minus_self_block(&sum, &party, &mut heard);
        assert_eq!(heard[..9], [32760, 32760, 32760, 32767, 32767, 32767, 32767, 32767, 0]);
        assert_eq!(heard[9..], [0; 151]);
    }
}
