//! The framer and the deframer against models that work bit by bit.
mod common;
use common::{Log, deframe};
use tandem_line::{CrcMode, E1Config, E1Framer, LineEvent, Smf};
use tandem_testkit::e1::Sender;
use tandem_testkit::e1_receive::{Crc, Noted, read};
use tandem_testkit::{Rng, bits_of};
use tandem_types::{Abcd, Defect, TelephoneChannel};

#[test]
fn the_framer_sends_what_the_model_sends() {
    let mut rng = Rng::new(1);
    for crc4 in [CrcMode::Off, CrcMode::On] {
        for cas in [false, true] {
            let config = E1Config { crc4, cas, nfas_loss: false };
            let mut framer = E1Framer::new(&config);
            let mut sender = Sender::new(crc4 == CrcMode::On, cas);
            for _ in 0..500 {
                let mut slots = rng.frame();
                change_something(&mut rng, &mut framer, &mut sender);
                let expected = sender.frame(&slots);
                framer.frame(&mut slots);
                assert_eq!(bits_of(&slots), expected);
            }
        }
    }
}

fn change_something(rng: &mut Rng, framer: &mut E1Framer, sender: &mut Sender) {
    let on = rng.once_in(2);
    match rng.below(12) {
        0 => {
            framer.set_rai(on);
            sender.a = on;
        }
        1 => {
            framer.set_cas_rai(on);
            sender.y = on;
        }
        2 => {
            let sa = rng.below(32) as u8;
            framer.set_sa_bits(sa);
            sender.sa = std::array::from_fn(|n| (sa >> (4 - n)) & 1 == 1);
        }
        3 => {
            let channel = rng.below(30) as u8 + 1;
            let abcd = rng.below(15) as u8 + 1;
            framer.set_abcd(TelephoneChannel::new(channel).unwrap(), Abcd::new(abcd)).unwrap();
            sender.abcd[usize::from(channel)] = std::array::from_fn(|n| (abcd >> (3 - n)) & 1 == 1);
        }
        _ => {}
    }
}

/// The events of the model, in our terms.
fn ours(noted: &[Noted]) -> Vec<LineEvent> {
    let smf = |second| if second { Smf::II } else { Smf::I };
    let frame = |at: usize| at as u64 / 256;
    noted
        .iter()
        .map(|noted| match *noted {
            Noted::Aligned { at, first } => LineEvent::Aligned { frame: frame(at), bit_offset: first as u64 },
            Noted::Lost { at } => LineEvent::Lost { frame: frame(at) },
            Noted::Multiframe { at } => LineEvent::MultiframeAligned { frame: frame(at) },
            Noted::NonCrc { at } => LineEvent::NonCrcInterworking { frame: frame(at) },
            Noted::FasError { at } => LineEvent::FasError { frame: frame(at) },
            Noted::CrcError { at, second } => {
                LineEvent::CrcError { smf: Some(smf(second)), frame: frame(at) }
            }
            Noted::FarEndCrcError { at, second } => {
                LineEvent::FarEndCrcError { smf: smf(second), frame: frame(at) }
            }
            Noted::Rai { at, on } => LineEvent::Defect { defect: Defect::Rai, present: on, frame: frame(at) },
            Noted::CasAligned { at, aligned: true } => LineEvent::CasAligned { frame: frame(at) },
            Noted::CasAligned { at, aligned: false } => {
                LineEvent::Defect { defect: Defect::LossOfCasMultiframe, present: true, frame: frame(at) }
            }
            Noted::Signalling { at, channel, abcd } => LineEvent::CasChange {
                timeslot: TelephoneChannel::new(channel as u8).unwrap().timeslot(),
                abcd: Abcd::new(abcd.iter().fold(0, |bits, bit| (bits << 1) | u8::from(*bit))),
                frame: frame(at),
            },
        })
        .collect()
}

/// Our events, without those that the model does not speak of, in an order that both share.
fn comparable(log: &Log) -> Vec<LineEvent> {
    let mut cas_aligned = false;
    log.events
        .iter()
        .copied()
        .filter(|event| match event {
            LineEvent::CasAligned { .. } => {
                cas_aligned = true;
                true
            }
            LineEvent::Defect { defect: Defect::LossOfCasMultiframe, present: true, .. } => {
                std::mem::take(&mut cas_aligned)
            }
            LineEvent::Defect { defect, .. } => *defect == Defect::Rai,
            _ => true,
        })
        .collect()
}

fn key(event: &LineEvent) -> (u64, String) {
    let frame = match event {
        LineEvent::Aligned { frame, .. }
        | LineEvent::Lost { frame }
        | LineEvent::MultiframeAligned { frame }
        | LineEvent::NonCrcInterworking { frame }
        | LineEvent::Defect { frame, .. }
        | LineEvent::CasAligned { frame }
        | LineEvent::CasChange { frame, .. }
        | LineEvent::CrcError { frame, .. }
        | LineEvent::FarEndCrcError { frame, .. }
        | LineEvent::FasError { frame } => *frame,
    };
    (frame, format!("{event:?}"))
}

fn compare(bits: &[bool], crc: Crc, cas: bool, what: &str) -> usize {
    let crc4 = match crc {
        Crc::Off => CrcMode::Off,
        Crc::On => CrcMode::On,
        Crc::Auto => CrcMode::Auto,
    };
    let (deframer, log) = deframe(&E1Config { crc4, cas, nfas_loss: false }, bits);
    let mut got = comparable(&log);
    let whole = bits.len() / 256 * 256;
    let mut expected = ours(&read(&bits[..whole], crc, cas));
    got.sort_by_key(key);
    expected.sort_by_key(key);
    let differs = got.iter().zip(&expected).position(|(a, b)| a != b);
    if let Some(at) = differs {
        let from = at.saturating_sub(3);
        panic!("{what}: got {:#?}\nexpected {:#?}", &got[from..at + 1], &expected[from..at + 1]);
    }
    assert_eq!(got.len(), expected.len(), "{what}");
    assert_eq!(log.frames.len(), bits.len() / 256);
    assert_eq!(deframer.counters().frames, log.frames.len() as u64);
    got.len()
}

/// A stream with everything that can go wrong in it.
fn stormy(rng: &mut Rng) -> (Vec<bool>, bool, bool) {
    let (crc4, cas) = (rng.once_in(2), rng.once_in(2));
    let mut sender = Sender::new(crc4, cas);
    let mut bits: Vec<bool> = (0..rng.below(600)).map(|_| rng.once_in(2)).collect();
    for _ in 0..rng.below(10) + 2 {
        let mut piece = Vec::new();
        let idle = rng.once_in(2);
        for _ in 0..rng.below(400) {
            match rng.below(60) {
                0 => sender.a = !sender.a,
                1 => sender.abcd[rng.below(30) as usize + 1] = std::array::from_fn(|_| rng.once_in(2)),
                2 => sender.e[rng.below(2) as usize] ^= true,
                _ => {}
            }
            piece.extend(sender.frame(&if idle { [0xd5; 32] } else { rng.frame() }));
        }
        disturb(rng, &mut piece);
        bits.extend(piece);
    }
    (bits, crc4, cas)
}

fn disturb(rng: &mut Rng, piece: &mut Vec<bool>) {
    match rng.below(7) {
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
            let at = piece.len() / 512 * 256;
            let repeated = piece[at..(at + 256).min(piece.len())].to_vec();
            piece.splice(at..at, repeated);
        }
        _ => {}
    }
}

#[test]
fn the_deframer_sees_what_the_model_sees() {
    let mut events = 0;
    for seed in 0..120 {
        let mut rng = Rng::new(seed + 1000);
        let (bits, crc4, cas) = stormy(&mut rng);
        let crc = match rng.below(5) {
            0 => Crc::Off,
            1 => Crc::On,
            2 => Crc::Auto,
            _ if crc4 => Crc::On,
            _ => Crc::Off,
        };
        let cas = cas ^ rng.once_in(8);
        events += compare(&bits, crc, cas, &format!("seed {seed} {crc:?} crc4 {crc4} cas {cas}"));
    }
    assert!(events > 10_000, "{events}");
}

/// A slot that holds what timeslot 0 holds, so that there are several alignments to choose from.
#[test]
fn the_search_behind_an_imitation_goes_as_in_the_model() {
    let mut outcomes = Vec::new();
    for seed in 0..24 {
        let mut rng = Rng::new(seed + 50);
        let imitations: Vec<usize> = (0..1 + seed % 3).map(|_| rng.below(31) as usize + 1).collect();
        let mut sender = Sender::new(seed % 4 != 3, false);
        let mut bits = Vec::new();
        for frame in 0..3600 {
            let mut slots = rng.frame();
            for (which, slot) in imitations.iter().enumerate() {
                slots[*slot] = if (frame + which) % 2 == 0 { 0x1b } else { 0xdf };
            }
            bits.extend(sender.frame(&slots));
        }
        bits.drain(..rng.below(512) as usize);
        compare(&bits, Crc::Auto, false, &format!("auto {seed}"));
        outcomes.push(outcome(&bits));
        compare(&bits[..256 * 1500], Crc::On, false, &format!("on {seed}"));
    }
    for wanted in [(1, true), (2, true), (1, false)] {
        assert!(outcomes.contains(&wanted), "{wanted:?} in {outcomes:?}");
    }
}

/// How many alignments were tried, and whether the last has a multiframe.
fn outcome(bits: &[bool]) -> (usize, bool) {
    let config = E1Config { crc4: CrcMode::Auto, cas: false, nfas_loss: false };
    let (deframer, log) = deframe(&config, bits);
    assert_eq!(log.lost(), []);
    (log.aligned().len(), deframer.is_crc_aligned())
}
