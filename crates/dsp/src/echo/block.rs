//! The block under work: what the line sent, and what the filters leave of it.

use super::history::{PRE_EMPHASIS, behind};
use crate::arch::{BLOCK, Echoes};

pub(super) type Samples = [i16; BLOCK];
pub(super) type Values = [f32; BLOCK];

/// A part of a block may have come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    pub(super) filled: usize,
    /// What the line sent, and what each filter left of it, with the low frequencies weakened.
    pub(super) sent: Values,
    pub(super) foreground: Values,
    pub(super) background: Values,
    /// What the filter that counts left, as it is.
    pub(super) left: Values,
    last_sent: f32,
    last_echo: f32,
}

impl Block {
    /// Takes the next samples sent, and what the filters echo of them: so many of these, from a place on.
    #[inline(always)]
    pub(super) fn take(&mut self, from: usize, sent: &Samples, echoes: &Echoes, count: usize) {
        let sent = sent.map(f32::from);
        let before = behind(&sent, self.last_sent);
        self.last_sent = sent[count - 1];
        let weakened: Values = core::array::from_fn(|n| sent[n] - PRE_EMPHASIS * before[n]);
        let [foreground, background] =
            [&echoes.foreground, &echoes.background].map(|echoes| echoes.map(|echo| echo as f32 * ECHO_UNIT));
        let echo = recurring(&foreground, PRE_EMPHASIS, self.last_echo);
        self.last_echo = echo[count - 1];
        for (place, values) in [
            (&mut self.sent, weakened),
            (&mut self.foreground, core::array::from_fn(|n| weakened[n] - foreground[n])),
            (&mut self.background, core::array::from_fn(|n| weakened[n] - background[n])),
            (&mut self.left, core::array::from_fn(|n| sent[n] - echo[n])),
        ] {
            place[from..from + count].copy_from_slice(&values[..count]);
        }
        self.filled = from + count;
    }
}

/// To each value a part of the result before it is added. In three steps, each over twice as many values.
#[inline(always)]
pub(super) fn recurring(values: &Values, part: f32, last: f32) -> Values {
    let mut sums = *values;
    sums[0] += part * last;
    let [a, b, c, d, e, f, g, _] = sums;
    let sums = added(sums, part, [0.0, a, b, c, d, e, f, g]);
    let [a, b, c, d, e, f, ..] = sums;
    let sums = added(sums, part * part, [0.0, 0.0, a, b, c, d, e, f]);
    let [a, b, c, d, ..] = sums;
    added(sums, part * part * (part * part), [0.0, 0.0, 0.0, 0.0, a, b, c, d])
}

#[inline(always)]
fn added(values: Values, part: f32, others: Values) -> Values {
    core::array::from_fn(|n| values[n] + part * others[n])
}

/// The mean power of a block.
#[inline(always)]
pub(super) fn power(samples: &Values) -> f32 {
    let squares = samples.map(|sample| sample * sample);
    let four: [f32; 4] = core::array::from_fn(|n| squares[n] + squares[n + 4]);
    ((four[0] + four[2]) + (four[1] + four[3])) * (1.0 / BLOCK as f32)
}

/// A block that begins with these samples.
#[inline(always)]
pub(super) fn beginning_with(samples: &[i16]) -> Samples {
    samples.first_chunk().copied().unwrap_or_else(|| {
        let mut block = [0; BLOCK];
        block[..samples.len()].copy_from_slice(samples);
        block
    })
}

/// The history has quarters of samples, weights have 13 places behind the point.
const ECHO_UNIT: f32 = 4.0 / 8192.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_recurs_in_steps_is_what_recurs_one_by_one() {
        let values = [3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0, -6.0];
        let mut last = 8.0;
        let one_by_one = values.map(|value| {
            last = value + 0.5 * last;
            last
        });
        assert_eq!(recurring(&values, 0.5, 8.0), one_by_one); // halves are exact
    }
}
