//! The octets of signalling slots as cards with DMA lay them into memory: 16 for a span, the first of which says how many of
//! the others hold one.

/// What a span has in memory for a granule.
pub(crate) type Place = [u8; 16];

/// Takes the octets out of a place.
pub(crate) fn take(place: &Place, into: &mut [u8]) -> usize {
    let [count, octets @ ..] = place;
    let count = usize::from(*count).min(octets.len()).min(into.len());
    into[..count].copy_from_slice(&octets[..count]);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_octets_are_taken_than_there_are_and_than_there_is_room_for() {
        let mut place: Place = std::array::from_fn(|n| n as u8);
        let mut into = [0; 20];
        for (count, room, taken) in [(0, 20, 0), (9, 20, 9), (9, 4, 4), (255, 20, 15)] {
            place[0] = count;
            assert_eq!(take(&place, &mut into[..room]), taken);
        }
        assert_eq!(into[..3], [1, 2, 3]);
    }
}
