//! What T1.403 puts onto the data link of a T1, and in-band, as its tables write it: texts of zeros and ones,
//! recordings that are there as a whole, and nothing remembered from bit to bit.

/// A code word as the tables have it, `00001110 11111111`, in the order of the line: the rightmost bit first.
#[must_use]
pub fn code_word(written: &str) -> Vec<bool> {
    written.bytes().rev().filter(|bit| *bit != b' ').map(|bit| bit == b'1').collect()
}

/// Zeros and ones as they are sent.
#[must_use]
pub fn wire(text: &str) -> Vec<bool> {
    text.bytes().map(|bit| bit == b'1').collect()
}

/// A change in the bit-oriented messages of a recording, at the bit that decided it. Codes are as written, with
/// their zeros: line loop up is `0b0000_1110`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Message {
    pub at: usize,
    pub code: u8,
    pub there: bool,
}

/// Reads the messages of a recording. One is there when `enough` of ten words of sixteen bits, ending with this
/// bit, are it, and goes when as many are not.
#[must_use]
pub fn messages(bits: &[bool], enough: usize) -> Vec<Message> {
    let mut noted = Vec::new();
    // What is there, and where in sixteen bits its words end.
    let mut there: Option<(u8, usize)> = None;
    for at in 0..bits.len() {
        let ten: Vec<Option<u8>> =
            (0..10).map(|ago| at.checked_sub(16 * ago).and_then(|at| word_at(bits, at))).collect();
        let times = |code: u8| ten.iter().filter(|word| **word == Some(code)).count();
        if let Some(code) = ten[0].filter(|code| times(*code) >= enough) {
            if there.map(|(code, _)| code) != Some(code) {
                noted.extend(there.map(|(code, _)| Message { at, code, there: false }));
                noted.push(Message { at, code, there: true });
            }
            there = Some((code, at % 16));
        } else if let Some((code, _)) = there.filter(|(_, phase)| *phase == at % 16)
            && 10 - times(code) >= enough
        {
            there = None;
            noted.push(Message { at, code, there: false });
        }
    }
    noted
}

/// The code of the word whose last bit is at a place.
fn word_at(bits: &[bool], at: usize) -> Option<u8> {
    let word = bits.get((at + 1).checked_sub(16)?..=at)?;
    let code: u8 = (0..8).map(|n| u8::from(word[8 + n]) << n).sum();
    let is_word = word[..8].iter().all(|bit| *bit) && !word[8] && !word[15] && code != 0b0111_1110;
    is_word.then_some(code)
}

/// What happened in one second.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Second {
    pub crc: u32,
    pub severe: u32,
    pub framing: u32,
    pub violations: u32,
    pub slips: u32,
    pub payload_loop: bool,
    /// Its number, of which the last two bits are sent.
    pub number: u32,
}

/// The octets of a performance report message, its address to its last second, without the check sequence. The
/// latest second first.
#[must_use]
pub fn report(from_carrier: bool, seconds: [Second; 4]) -> Vec<u8> {
    // SAPI 14, C/R, EA 0; TEI 0, EA 1; unnumbered information.
    let sapi = if from_carrier { "00111010" } else { "00111000" };
    let mut octets = vec![octet(sapi), octet("00000001"), octet("00000011")];
    for second in seconds {
        for row in ["G3 LV G4 U1 U2 G5 SL G6", "FE SE LB G1 R G2 Nm Nl"] {
            let bits: String =
                row.split(' ').map(|name| if field(&second, name) { '1' } else { '0' }).collect();
            octets.push(octet(&bits));
        }
    }
    octets
}

fn octet(text: &str) -> u8 {
    u8::from_str_radix(text, 2).expect("eight bits")
}

fn field(second: &Second, name: &str) -> bool {
    match name {
        "G1" => second.crc == 1,
        "G2" => second.crc > 1 && second.crc <= 5,
        "G3" => second.crc > 5 && second.crc <= 10,
        "G4" => second.crc > 10 && second.crc <= 100,
        "G5" => second.crc > 100 && second.crc <= 319,
        "G6" => second.crc >= 320,
        "SE" => second.severe >= 1,
        "FE" => second.framing >= 1 && second.severe == 0,
        "LV" => second.violations >= 1,
        "SL" => second.slips >= 1,
        "LB" => second.payload_loop,
        "Nm" => second.number / 2 % 2 == 1,
        "Nl" => second.number % 2 == 1,
        "U1" | "U2" | "R" => false,
        _ => panic!("{name}"),
    }
}

/// When an in-band loop code came to be there and went, as numbers of frames of 193 bits: the frame that decided
/// it, counted from 0. Of 10 ms at most an eighth of the places may end no turn of the code; 499 such are the code.
#[must_use]
pub fn loop_code(bits: &[bool], code: &str) -> Vec<(usize, bool)> {
    let code = wire(code);
    let turns: Vec<Vec<bool>> = (0..code.len()).map(|n| [&code[n..], &code[..n]].concat()).collect();
    // Before the recording there were zeros.
    let padded = [vec![false; code.len() - 1], bits.to_vec()].concat();
    let (mut good_in_a_row, mut there, mut noted) = (0, false, Vec::new());
    for (number, ends) in (0..bits.len()).collect::<Vec<_>>().chunks_exact(80 * 193).enumerate() {
        let bad =
            ends.iter().filter(|end| !turns.iter().any(|turn| padded[**end..**end + code.len()] == turn[..]));
        good_in_a_row = if bad.count() <= 1930 { good_in_a_row + 1 } else { 0 };
        if there != (good_in_a_row >= 499) {
            there = !there;
            noted.push((number * 80 + 79, there));
        }
    }
    noted
}

/// 1.26 s of AIS-CI: 1.11 s of ones, and 0.15 s of a signature of 6176 bits, numbered from 0.
#[must_use]
pub fn ais_ci_cycle() -> Vec<bool> {
    let ones = 1_544_000 * 111 / 100;
    let signature = 1_544_000 * 15 / 100;
    let in_signature = |at: usize| !matches!(at % 6176, 3088 | 3474 | 5790);
    (0..ones).map(|_| true).chain((0..signature).map(in_signature)).collect()
}
