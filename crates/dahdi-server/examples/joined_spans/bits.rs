//! Signalling bits: sixteen patterns both ways, another on each of sixteen neighbours.
use crate::joined::{Joined, telephone_slots, turned};
use crate::result;
use tandem_card::dahdi::DahdiOptions;
use tandem_card::{Card, CardError, CrcMode, LineCode, SpanConfig};
use tandem_types::Abcd;

/// Granules until a pattern has come.
const PATIENCE: usize = 5000;

pub(crate) fn both_ways() -> Result<(), CardError> {
    let config = SpanConfig::e1(LineCode::Hdb3, CrcMode::Off, true);
    let mut joined = Joined::start(DahdiOptions::default(), config)?;
    let mut arrived = [0; 2];
    for pattern in 0..16 {
        let bits = [Abcd::new(pattern), Abcd::new(15 - pattern)];
        let mut came = [false; 2];
        joined.pass_bits(bits.map(Some));
        for _ in 0..PATIENCE {
            came = [0, 1].map(|span| {
                let received = joined.card.received_bits(span);
                telephone_slots().all(|slot| received[slot.index()] == turned(bits[1 - span], slot))
            });
            if came == [true; 2] {
                break;
            }
            joined.wait();
            joined.pass_bits([None; 2]);
        }
        for (count, came) in arrived.iter_mut().zip(came) {
            *count += usize::from(came);
        }
    }
    for (span, count) in arrived.iter().enumerate() {
        result(&format!("bits.span{}.patterns", span + 1), count);
    }
    Ok(())
}
