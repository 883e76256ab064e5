//! HDLC as ISO 3309 writes it down: the frame check sequence a division on paper, frames what stands between the
//! flags of a recording.

/// The sixteen bits that follow a frame, in the order in which they are sent: the first sixteen bits of the frame
/// are inverted, sixteen zeros follow, all is divided by x¹⁶ + x¹² + x⁵ + 1, and the remainder is inverted.
#[must_use]
pub fn check_sequence(frame: &[bool]) -> Vec<bool> {
    let mut dividend = frame.to_vec();
    dividend.extend([false; 16]);
    dividend[..16].iter_mut().for_each(|bit| *bit = !*bit);
    for at in 0..frame.len() {
        if dividend[at] {
            for power in [16, 12, 5, 0] {
                dividend[at + 16 - power] ^= true;
            }
        }
    }
    dividend[frame.len()..].iter().map(|bit| !bit).collect()
}

/// The bits of octets as they are sent, the lowest first.
#[must_use]
pub fn bits_low_first(octets: &[u8]) -> Vec<bool> {
    octets.iter().flat_map(|octet| (0..8).map(move |n| (octet >> n) & 1 == 1)).collect()
}

/// A flag.
pub const FLAG: [bool; 8] = [false, true, true, true, true, true, true, false];

/// What is between two flags when `octets` are sent.
#[must_use]
pub fn between_flags(octets: &[u8]) -> Vec<bool> {
    let mut bits = bits_low_first(octets);
    bits.extend(check_sequence(&bits));
    with_zeros(&bits)
}

/// A zero after every five ones.
#[must_use]
pub fn with_zeros(bits: &[bool]) -> Vec<bool> {
    let mut stuffed: Vec<bool> = Vec::new();
    let mut ones = 0;
    for bit in bits {
        stuffed.push(*bit);
        ones = if *bit { ones + 1 } else { 0 };
        if ones == 5 {
            stuffed.push(false);
            ones = 0;
        }
    }
    stuffed
}

/// What stood between flags.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Heard {
    Frame(Vec<u8>),
    TooLong,
    Abort,
    TooShort,
    NotAligned,
    BadCheck,
}

/// Reads a recording that ends with a flag. Lengths are octets without the check sequence.
#[must_use]
pub fn read(bits: &[bool], shortest: usize, longest: usize) -> Vec<Heard> {
    let flags: Vec<usize> =
        (0..bits.len().saturating_sub(7)).filter(|at| bits[*at..at + 8] == FLAG).collect();
    let mut heard = Vec::new();
    for pair in flags.windows(2) {
        // Two flags may have a zero in common.
        let (start, end) = (pair[0] + 8, pair[1].max(pair[0] + 8));
        heard.extend(judge(&bits[start..end], shortest, longest));
    }
    heard
}

fn judge(between: &[bool], shortest: usize, longest: usize) -> Option<Heard> {
    let abort = between.windows(7).position(|seven| seven.iter().all(|bit| *bit));
    let frame = without_zeros(&between[..abort.unwrap_or(between.len())]);
    let octets = frame.len() / 8;
    if octets > longest + 2 && !(abort.is_some() && frame.len() == 8 * (longest + 3)) {
        return Some(Heard::TooLong);
    }
    if abort.is_some() {
        // One zero may be that of a flag.
        return (frame.len() > 1).then_some(Heard::Abort);
    }
    if frame.is_empty() {
        return None;
    }
    if octets < shortest + 2 {
        return Some(Heard::TooShort);
    }
    if !frame.len().is_multiple_of(8) {
        return Some(Heard::NotAligned);
    }
    let (content, check) = frame.split_at(frame.len() - 16);
    if check_sequence(content) != check {
        return Some(Heard::BadCheck);
    }
    let octet = |eight: &[bool]| (0..8).map(|n| u8::from(eight[n]) << n).sum();
    Some(Heard::Frame(content.chunks(8).map(octet).collect()))
}

fn without_zeros(bits: &[bool]) -> Vec<bool> {
    let (mut plain, mut ones) = (Vec::new(), 0);
    for bit in bits {
        if *bit || ones != 5 {
            plain.push(*bit);
        }
        ones = if *bit { ones + 1 } else { 0 };
    }
    plain
}
