//! Zones of tones, by number: which are loaded. No tones are made of them.
use crate::errno::{E2BIG, EBUSY, EFAULT, EINVAL};
use std::collections::BTreeSet;
use tandem_card::dahdi::abi::{SIZE_TONE_DEF, SIZE_TONE_DEF_HEADER};
use tandem_rt::sys::Errno;

#[derive(Debug, Default)]
pub(crate) struct Zones(BTreeSet<i32>);

impl Zones {
    /// Takes a zone: a header with the number of tones and that of the zone, and the tones.
    pub(crate) fn load(&mut self, data: &[u8]) -> Result<(), Errno> {
        let header = data.get(..SIZE_TONE_DEF_HEADER as usize).ok_or(EFAULT)?;
        let number = |at: usize| i32::from_ne_bytes(std::array::from_fn(|n| header[at + n]));
        let (tones, zone) = (number(0), number(4));
        if !(0..MOST_ZONES).contains(&zone) || tones < 0 {
            return Err(EINVAL);
        }
        if tones > MOST_TONES {
            return Err(E2BIG);
        }
        if data.len() < (SIZE_TONE_DEF_HEADER + tones as u32 * SIZE_TONE_DEF) as usize {
            return Err(EFAULT);
        }
        if self.0.insert(zone) { Ok(()) } else { Err(EBUSY) }
    }

    pub(crate) fn free(&mut self, zone: i32) {
        self.0.remove(&zone);
    }

    pub(crate) fn has(&self, zone: i32) -> bool {
        self.0.contains(&zone)
    }
}

const MOST_ZONES: i32 = 128;
/// What a message has room for, and more than any zone of the tools has.
const MOST_TONES: i32 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_loaded_once_and_only_whole() {
        let mut zones = Zones::default();
        let zone = |tones: i32, number: i32, octets: usize| {
            let mut data = vec![0; octets];
            data[..4].copy_from_slice(&tones.to_ne_bytes());
            data[4..8].copy_from_slice(&number.to_ne_bytes());
            data
        };
        for (data, expected) in [
            (zone(2, 5, 112 + 87), Err(EFAULT)),
            (zone(2, 5, 112 + 88), Ok(())),
            (zone(0, 5, 112), Err(EBUSY)),
            (zone(0, 128, 112), Err(EINVAL)),
            (zone(0, -1, 112), Err(EINVAL)),
            (zone(-1, 6, 112), Err(EINVAL)),
            (zone(257, 6, 112), Err(E2BIG)),
            (vec![0; 111], Err(EFAULT)),
        ] {
            assert_eq!(zones.load(&data), expected);
        }
        assert!(zones.has(5) && !zones.has(6));
        zones.free(5);
        assert!(!zones.has(5));
    }
}
