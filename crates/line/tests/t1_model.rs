//! The T1 framer and deframer against models that work bit by bit.
mod t1_common;
use t1_common::{FRAMINGS, Log, deframe, model_of};
use tandem_line::{LineEvent, T1Config, T1Framer, T1Framing};
use tandem_testkit::fdl::code_word;
use tandem_testkit::t1::Sender;
use tandem_testkit::t1_receive::{Noted, read};
use tandem_testkit::{Rng, bits_of};
use tandem_types::{Abcd, Defect, Timeslot};

/// The 193 bits of a frame on the line.
fn line_bits(words: &[u64; 4]) -> Vec<bool> {
    let octets: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    let bits = bits_of(&octets);
    assert!(!bits[193..].contains(&true));
    bits[..193].to_vec()
}

#[test]
fn the_framer_sends_what_the_model_sends() {
    let mut rng = Rng::new(1);
    for framing in FRAMINGS {
        for cas in [false, true] {
            let mut framer = T1Framer::new(&T1Config { framing, cas });
            let mut sender = Sender::new(model_of(framing), cas);
            for frame in 0..2000 {
                let slots = rng.frame();
                change_something(&mut rng, &mut framer, &mut sender);
                assert_eq!(line_bits(&framer.frame(&slots)), sender.frame(&slots), "{framing:?} {frame}");
            }
        }
    }
}

fn change_something(rng: &mut Rng, framer: &mut T1Framer, sender: &mut Sender) {
    let on = rng.once_in(2);
    match rng.below(40) {
        0 => {
            framer.set_rai(on);
            sender.rai = on;
        }
        1..4 => {
            let slot = rng.below(24) as u8 + 1;
            let abcd = rng.below(16) as u8;
            framer.set_abcd(Timeslot::new(slot).unwrap(), Abcd::new(abcd));
            sender.abcd[usize::from(slot)] = std::array::from_fn(|n| (abcd >> (3 - n)) & 1 == 1);
        }
        _ => {}
    }
}

#[test]
fn timeslots_that_there_are_not_have_no_signalling() {
    let config = T1Config { framing: T1Framing::Esf, cas: true };
    let (mut with, mut without) = (T1Framer::new(&config), T1Framer::new(&config));
    for slot in [0, 25, 31] {
        with.set_abcd(Timeslot::new(slot).unwrap(), Abcd::new(15));
    }
    (0..24).for_each(|_| assert_eq!(with.frame(&[0x5a; 32]), without.frame(&[0x5a; 32])));
}

/// The events of the model, in our terms, and the bits of the data link.
fn ours(noted: &[Noted]) -> (Vec<LineEvent>, Vec<bool>) {
    let (mut events, mut link) = (Vec::new(), Vec::new());
    let frame = |at: usize| at as u64 / 193;
    for noted in noted {
        events.push(match *noted {
            Noted::Aligned { at, first } => LineEvent::Aligned { frame: frame(at), bit_offset: first as u64 },
            Noted::Lost { at } => LineEvent::Lost { frame: frame(at) },
            Noted::FramingError { at } => LineEvent::FasError { frame: frame(at) },
            Noted::CrcError { at } => LineEvent::CrcError { smf: None, frame: frame(at) },
            Noted::Rai { at, on } => LineEvent::Defect { defect: Defect::Rai, present: on, frame: frame(at) },
            Noted::Signalling { at, channel, abcd } => LineEvent::CasChange {
                timeslot: Timeslot::new(channel as u8).unwrap(),
                abcd: Abcd::new(abcd.iter().fold(0, |bits, bit| (bits << 1) | u8::from(*bit))),
                frame: frame(at),
            },
            Noted::Link { bit, .. } => {
                link.push(bit);
                continue;
            }
        });
    }
    (events, link)
}

/// Our events, without those that the model does not speak of.
fn comparable(log: &Log) -> Vec<LineEvent> {
    let of_the_model =
        |event: &LineEvent| !matches!(event, LineEvent::Defect { defect, .. } if *defect != Defect::Rai);
    log.events.iter().copied().filter(of_the_model).collect()
}

fn compare(bits: &[bool], framing: T1Framing, cas: bool, what: &str) -> Log {
    let (deframer, log) = deframe(&T1Config { framing, cas }, bits);
    let got = comparable(&log);
    let whole = bits.len() / 193 * 193;
    let (expected, link) = ours(&read(&bits[..whole], model_of(framing), cas));
    if let Some(at) = got.iter().zip(&expected).position(|(a, b)| a != b) {
        let from = at.saturating_sub(3);
        panic!("{what}: got {:#?}\nexpected {:#?}", &got[from..at + 1], &expected[from..at + 1]);
    }
    assert_eq!(got.len(), expected.len(), "{what}");
    assert!(log.link == link, "{what}: data link");
    assert_eq!(log.frames.len(), bits.len() / 193);
    let counters = deframer.counters();
    let count = |wanted: fn(&LineEvent) -> bool| expected.iter().filter(|event| wanted(event)).count() as u64;
    assert_eq!(counters.frames, log.frames.len() as u64);
    assert_eq!(counters.framing_errors, count(|event| matches!(event, LineEvent::FasError { .. })));
    assert_eq!(counters.crc_errors, count(|event| matches!(event, LineEvent::CrcError { .. })));
    assert_eq!(counters.alignment_losses, count(|event| matches!(event, LineEvent::Lost { .. })));
    log
}

/// A stream with everything that can go wrong in it.
fn stormy(rng: &mut Rng, framing: T1Framing, cas: bool) -> Vec<bool> {
    let mut sender = Sender::new(model_of(framing), cas);
    let mut bits: Vec<bool> = (0..rng.below(600)).map(|_| rng.once_in(2)).collect();
    for _ in 0..rng.below(8) + 2 {
        let mut piece = Vec::new();
        let idle = rng.once_in(2);
        for _ in 0..rng.below(1200) + 60 {
            match rng.below(300) {
                0 => sender.rai = !sender.rai,
                1..5 => sender.abcd[rng.below(24) as usize + 1] = std::array::from_fn(|_| rng.once_in(2)),
                5 => {
                    let length = rng.below(20) + 1;
                    sender.say((0..length).map(|_| rng.once_in(2)).collect());
                }
                // The signature of a customer installation is remote alarm too, except in Japan.
                6 => sender.say(code_word("00111110 11111111")),
                _ => {}
            }
            piece.extend(sender.frame(&if idle { [0xff; 32] } else { rng.frame() }));
        }
        disturb(rng, &mut piece);
        bits.extend(piece);
    }
    bits
}

fn disturb(rng: &mut Rng, piece: &mut Vec<bool>) {
    match rng.below(8) {
        0 => piece.iter_mut().for_each(|bit| *bit ^= rng.once_in(1000)),
        1 => piece.iter_mut().for_each(|bit| *bit ^= rng.once_in(100)),
        2 => {
            let lost = rng.below(piece.len() as u64 / 2 + 1) as usize;
            piece.drain(..lost);
        }
        3 => {
            let ones = rng.below(piece.len() as u64 / 2 + 1) as usize;
            piece[..ones].fill(rng.once_in(2));
        }
        4 => {
            // A slip somewhere upstream.
            let at = piece.len() / 386 * 193;
            let repeated = piece[at..(at + 193).min(piece.len())].to_vec();
            piece.splice(at..at, repeated);
        }
        _ => {}
    }
}

#[test]
fn the_deframer_sees_what_the_model_sees() {
    let mut seen = [0; 6];
    for seed in 0..120 {
        let mut rng = Rng::new(seed + 2000);
        let sent = FRAMINGS[rng.below(3) as usize];
        let cas = rng.once_in(2);
        let bits = stormy(&mut rng, sent, cas);
        let framing = if rng.once_in(8) { FRAMINGS[rng.below(3) as usize] } else { sent };
        let log =
            compare(&bits, framing, cas, &format!("seed {seed} {sent:?} read as {framing:?} cas {cas}"));
        for event in &log.events {
            seen[match event {
                LineEvent::Aligned { .. } => 0,
                LineEvent::Lost { .. } => 1,
                LineEvent::FasError { .. } => 2,
                LineEvent::CrcError { .. } => 3,
                LineEvent::CasChange { .. } => 4,
                LineEvent::Defect { defect: Defect::Rai, .. } => 5,
                _ => continue,
            }] += 1;
        }
    }
    let enough = [300, 150, 500, 500, 3000, 100];
    assert!(seen.iter().zip(enough).all(|(seen, enough)| *seen >= enough), "{seen:?}");
}

/// Channels that hold what the F bits hold, so that there are several alignments to choose from.
#[test]
fn the_choice_between_imitations_goes_as_in_the_model() {
    let mut outcomes = Vec::new();
    for seed in 0..30 {
        let mut rng = Rng::new(seed + 500);
        let framing = FRAMINGS[seed as usize % FRAMINGS.len()];
        let model = model_of(framing);
        let mut sender = Sender::new(model, false);
        let imitations: Vec<(usize, usize, u64)> = (0..1 + seed % 3)
            .map(|_| (rng.below(192) as usize + 1, rng.below(24) as usize, 200 + rng.below(800)))
            .collect();
        let mut bits = Vec::new();
        for frame in 0..1000 {
            let mut piece = sender.frame(&rng.frame());
            for (place, ahead, until) in &imitations {
                let number = (frame + ahead) % model.frames() + 1;
                if let Some(bit) = model.framing_bit(number).filter(|_| (frame as u64) < *until) {
                    piece[*place] = bit;
                }
            }
            bits.extend(piece);
        }
        // What was written over the payload is no part of the CRC, so that few superframes are good; let
        // some of the recordings have none.
        let mut bits = if rng.once_in(2) { recomputed(&bits, model) } else { bits };
        bits.iter_mut().for_each(|bit| *bit ^= rng.once_in(40_000));
        bits.drain(..rng.below(400) as usize);
        let log = compare(&bits, framing, false, &format!("seed {seed} {framing:?}"));
        outcomes.push((framing, log.aligned().len(), log.lost().len()));
    }
    for framing in FRAMINGS {
        assert!(outcomes.iter().any(|(of, found, _)| *of == framing && *found > 0), "{outcomes:?}");
    }
}

/// The same frames with a CRC-6 that is right.
fn recomputed(bits: &[bool], framing: tandem_testkit::t1::Framing) -> Vec<bool> {
    if framing.frames() == 12 {
        return bits.to_vec();
    }
    let mut frames: Vec<Vec<bool>> = bits.chunks(193).map(<[bool]>::to_vec).collect();
    for start in (24..frames.len() - 24).step_by(24) {
        let crc = framing.crc(&frames[start - 24..start]);
        crc.iter().enumerate().for_each(|(n, bit)| frames[start + 1 + 4 * n][0] = *bit);
    }
    frames.concat()
}
