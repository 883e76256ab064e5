//! AMI, HDB3 and B8ZS one symbol at a time, from the rules of G.703 Annex A: 0, 1 for a positive pulse, -1 for a
//! negative one.

/// AMI: a pulse for every 1, of alternating polarity, the first positive.
#[must_use]
pub fn ami(bits: &[bool]) -> Vec<i8> {
    let mut last = -1;
    bits.iter()
        .map(|bit| {
            if *bit {
                last = -last;
                last
            } else {
                0
            }
        })
        .collect()
}

/// HDB3: four zeros become 000V when an odd number of pulses has been sent since the last V, else B00V.
#[must_use]
pub fn hdb3(bits: &[bool]) -> Vec<i8> {
    let mut symbols = Vec::with_capacity(bits.len());
    let (mut last, mut pulses_since_v) = (-1i8, 0u32);
    let mut at = 0;
    while at < bits.len() {
        if bits[at] {
            last = -last;
            pulses_since_v += 1;
            symbols.push(last);
            at += 1;
        } else if at + 4 <= bits.len() && !bits[at + 1] && !bits[at + 2] && !bits[at + 3] {
            if pulses_since_v % 2 == 1 {
                symbols.extend([0, 0, 0, last]);
            } else {
                last = -last;
                symbols.extend([last, 0, 0, last]);
            }
            pulses_since_v = 0;
            at += 4;
        } else {
            symbols.push(0);
            at += 1;
        }
    }
    symbols
}

/// HDB3 back to bits: a pulse that repeats the polarity of the one before, with two zeros between it and
/// whatever came third before it, ends a substitution of four zeros.
#[must_use]
pub fn hdb3_decode(symbols: &[i8]) -> Vec<bool> {
    let mut bits: Vec<bool> = symbols.iter().map(|symbol| *symbol != 0).collect();
    let mut last = 0;
    for (at, symbol) in symbols.iter().enumerate() {
        if *symbol == 0 {
            continue;
        }
        if *symbol == last && at >= 2 && symbols[at - 1] == 0 && symbols[at - 2] == 0 {
            bits[at] = false;
            if at >= 3 {
                bits[at - 3] = false;
            }
        }
        last = *symbol;
    }
    bits
}

/// B8ZS: eight zeros become 000VB0VB, V of the polarity of the pulse before it and B of the other.
#[must_use]
pub fn b8zs(bits: &[bool]) -> Vec<i8> {
    let mut symbols = Vec::with_capacity(bits.len());
    let mut last = -1i8;
    let mut at = 0;
    while at < bits.len() {
        if bits[at] {
            last = -last;
            symbols.push(last);
            at += 1;
        } else if at + 8 <= bits.len() && !bits[at..at + 8].contains(&true) {
            let (v, b) = (last, -last);
            symbols.extend([0, 0, 0, v, b, 0, b, v]);
            at += 8;
        } else {
            symbols.push(0);
            at += 1;
        }
    }
    symbols
}

/// B8ZS back to bits, and where a pulse repeats the polarity of the one before without belonging to a
/// substitution. The polarity before the first pulse of all is whatever makes it one of a substitution.
#[must_use]
pub fn b8zs_decode(symbols: &[i8]) -> (Vec<bool>, Vec<usize>) {
    let (mut bits, mut violations) = (Vec::with_capacity(symbols.len()), Vec::new());
    let mut last = 0i8;
    let mut at = 0;
    while at < symbols.len() {
        let eight = symbols.get(at..at + 8);
        let v = if last == 0 { eight.map_or(0, |eight| eight[3]) } else { last };
        if v != 0 && eight == Some(&[0, 0, 0, v, -v, 0, -v, v]) {
            bits.extend([false; 8]);
            last = v;
            at += 8;
            continue;
        }
        let symbol = symbols[at];
        bits.push(symbol != 0);
        if symbol != 0 {
            if symbol == last {
                violations.push(at);
            }
            last = symbol;
        }
        at += 1;
    }
    (bits, violations)
}
