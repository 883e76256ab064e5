//! Basic alignment, CRC-4 multiframe and its monitoring: G.704 and G.706 with raw numbers.
mod common;
use common::{Log, constant, deframe, feed, random};
use tandem_line::e1::Crc4;
use tandem_line::{CrcMode, E1Config, E1Deframer, E1Framer, E1Terminal, LineEvent, Smf, frame_to_words};
use tandem_testkit::e1::Sender;
use tandem_testkit::{Rng, octets_of};
use tandem_types::Defect;

const OFF: E1Config = E1Config { crc4: CrcMode::Off, cas: false, nfas_loss: false };
const ON: E1Config = E1Config { crc4: CrcMode::On, cas: false, nfas_loss: false };
const AUTO: E1Config = E1Config { crc4: CrcMode::Auto, cas: false, nfas_loss: false };

/// Timeslot 0 of the second multiframe, all other slots holding `octet`.
fn timeslot_0(octet: u8) -> [u8; 16] {
    let mut framer = E1Framer::new(&ON);
    let mut column = || {
        std::array::from_fn(|_| {
            let mut slots = [octet; 32];
            framer.frame(&mut slots);
            slots[0]
        })
    };
    column();
    column()
}

#[test]
fn golden_timeslot_0_of_a_payload_of_ones() {
    assert_eq!(
        timeslot_0(0xff),
        [0x9b, 0x5f, 0x1b, 0x5f, 0x9b, 0xdf, 0x9b, 0x5f, 0x9b, 0xdf, 0x1b, 0xdf, 0x9b, 0xdf, 0x1b, 0xdf]
    );
}

#[test]
fn golden_crc_bits_of_constant_payloads() {
    for (octet, first, second) in [
        (0xff, [1, 0, 1, 1], [1, 0, 1, 0]),
        (0xd5, [1, 1, 1, 0], [1, 1, 1, 1]),
        (0x54, [0, 0, 0, 0], [0, 0, 0, 1]),
        (0x00, [1, 0, 1, 0], [1, 0, 1, 1]),
    ] {
        let column = timeslot_0(octet);
        let bits = |from: usize| -> [u8; 4] { std::array::from_fn(|n| column[from + 2 * n] >> 7) };
        assert_eq!((bits(0), bits(8)), (first, second), "payload {octet:02x}");
    }
}

/// Three multiframes behind alignment, then one with errors at these bits of its first half, then three.
fn with_errors(payload: &mut impl FnMut(&mut Sender, usize) -> Vec<bool>, errors: &[usize]) -> Log {
    let mut sender = Sender::new(true, false);
    let mut bits = payload(&mut sender, 16 * 5);
    let mut errored = payload(&mut sender, 16);
    for at in errors {
        errored[*at] ^= true;
    }
    bits.extend(errored);
    bits.extend(payload(&mut sender, 16 * 2));
    deframe(&ON, &bits).1
}

fn crc_errors(log: &Log) -> Vec<(Smf, u64)> {
    log.events
        .iter()
        .filter_map(|event| match event {
            LineEvent::CrcError { smf: Some(smf), frame } => Some((*smf, *frame)),
            _ => None,
        })
        .collect()
}

#[test]
fn every_single_bit_error_is_found_in_exactly_the_block_it_is_in() {
    let mut quiet = |sender: &mut Sender, frames| constant(sender, 0xd5, frames);
    for at in 0..2048 {
        let c_bit = at % 512 == 0;
        let log = with_errors(&mut quiet, &[at]);
        // A wrong C bit condemns the block before, which it checks; it shows in frame 6 of its own.
        let expected = if c_bit { (Smf::II, 16 * 5 + 6) } else { (Smf::I, 16 * 5 + 14) };
        assert_eq!(crc_errors(&log), [expected], "bit {at}");
        assert!(log.lost().is_empty());
    }
}

#[test]
fn every_burst_of_up_to_four_bits_is_found() {
    let mut rng = Rng::new(7);
    for _ in 0..300 {
        // Not over a C bit, which belongs to another block.
        let at = rng.below(2040) as usize;
        let burst: Vec<usize> = (at..at + 4).filter(|bit| bit % 512 != 0 && rng.once_in(2)).collect();
        let mut random_payload = |sender: &mut Sender, frames| random(sender, &mut rng, frames);
        let log = with_errors(&mut random_payload, &burst);
        assert_eq!(crc_errors(&log).len(), usize::from(!burst.is_empty()), "{burst:?}");
    }
}

#[test]
fn one_in_sixteen_random_corruptions_escapes_crc4() {
    let mut rng = Rng::new(8);
    let crc = |frames: &[[u8; 32]; 8]| {
        let mut crc = Crc4::new();
        frames.iter().enumerate().for_each(|(n, frame)| crc.push(&frame_to_words(frame), n % 2 == 0));
        crc.bits()
    };
    let escaped = (0..40_000)
        .filter(|_| {
            let frames: [[u8; 32]; 8] = std::array::from_fn(|_| rng.frame());
            let others: [[u8; 32]; 8] = std::array::from_fn(|_| rng.frame());
            crc(&frames) == crc(&others)
        })
        .count();
    assert!((2250..=2750).contains(&escaped), "{escaped} of 40000");
}

#[test]
fn alignment_from_every_bit_in_four_frames_and_the_multiframe_within_six_ms() {
    for offset in 0..512 {
        let mut sender = Sender::new(true, false);
        let mut bits = constant(&mut sender, 0xd5, 80);
        bits.drain(..offset);
        let (_, log) = deframe(&ON, &bits);
        let first = (512 - offset as u64) % 512;
        let (frame, bit_offset) = log.aligned()[0];
        assert_eq!((bit_offset, log.aligned().len()), (first, 1));
        assert!(frame <= 4, "offset {offset}: frame {frame}");
        let multiframe = log.first(|event| matches!(event, LineEvent::MultiframeAligned { .. }));
        let Some(LineEvent::MultiframeAligned { frame: multiframe }) = multiframe else { panic!() };
        assert!(multiframe - frame <= 48, "offset {offset}: {multiframe}");
        // Every frame after alignment is whole.
        for (octets, aligned) in &log.frames[frame as usize + 1..] {
            assert!(aligned & (octets[1..] == [0xd5; 31]), "offset {offset}");
        }
    }
}

#[test]
fn random_payload_aligns_within_ten_ms_and_finds_its_multiframe_within_400() {
    let mut rng = Rng::new(9);
    let mut slow = 0;
    let starts = if std::env::var_os("TANDEM_SOAK").is_some() { 100_000 } else { 400 };
    for start in 0..starts {
        let mut sender = Sender::new(true, false);
        let mut bits = random(&mut sender, &mut rng, 400);
        let cut = rng.below(4096) as usize;
        bits.drain(..cut);
        let (deframer, log) = deframe(&AUTO, &bits);
        assert!(deframer.is_crc_aligned(), "start {start}");
        let last = log.aligned().last().unwrap().1;
        assert_eq!((last + cut as u64) % 512, 0, "start {start}");
        slow += u32::from(log.aligned()[0].0 > 80);
    }
    assert_eq!(slow, 0);
}

#[test]
fn a_permanent_imitation_is_left_for_the_true_multiframe_within_400_ms() {
    for slot in [1, 9, 31] {
        for config in [ON, AUTO] {
            let mut sender = Sender::new(true, false);
            let mut bits = Vec::new();
            for frame in 0..800 {
                let mut slots = [0xd5; 32];
                slots[slot] = if frame % 2 == 0 { 0x1b } else { 0x5f };
                bits.extend(sender.frame(&slots));
            }
            bits.drain(..slot * 8 - 3);
            let (deframer, log) = deframe(&config, &bits);
            assert!(deframer.is_crc_aligned());
            let first = log.aligned()[0].1;
            assert_eq!(first, 3, "the imitation comes first");
            let last = *log.aligned().last().unwrap();
            assert_eq!((last.1 + slot as u64 * 8 - 3) % 512, 0);
            assert!(last.0 < 3200);
            assert_eq!(log.lost().is_empty(), config == AUTO, "Annex B keeps traffic running");
        }
    }
}

#[test]
fn without_crc4_an_imitation_that_comes_first_cannot_be_told_and_is_kept() {
    let mut sender = Sender::new(false, false);
    let mut bits = Vec::new();
    for frame in 0..8000 {
        let mut slots = [0xd5; 32];
        slots[9] = if frame % 2 == 0 { 0x1b } else { 0x5f };
        bits.extend(sender.frame(&slots));
    }
    bits.drain(..9 * 8 - 3);
    let (deframer, log) = deframe(&OFF, &bits);
    assert_eq!((log.aligned(), log.lost()), (vec![(2, 3)], vec![]));
    assert!(deframer.is_aligned() && deframer.defects().is_empty());
}

/// Frames whose alignment signals with these numbers are wrong.
fn bad_fas(numbers: &[usize]) -> Log {
    let mut sender = Sender::new(false, false);
    let mut bits = constant(&mut sender, 0xd5, 60);
    for number in numbers {
        bits[number * 256 + 4] ^= true;
    }
    deframe(&OFF, &bits).1
}

#[test]
fn the_third_bad_fas_in_a_row_loses_alignment() {
    let log = bad_fas(&[20, 22, 24]);
    assert_eq!(log.lost(), [24]);
    assert_eq!(log.defect(Defect::Lof), [(true, 24), (false, 28)]);
    assert!(log.frames[23].1 && !log.frames[24].1, "the frame that lost it is not to be trusted");
    assert_eq!(log.aligned()[1], (28, 26 * 256));
}

#[test]
fn two_bad_fas_and_a_good_one_lose_nothing() {
    let log = bad_fas(&[20, 22, 26, 28]);
    assert_eq!(log.lost(), []);
    assert_eq!(log.count(|event| matches!(event, LineEvent::FasError { .. })), 4);
}

#[test]
fn bit_2_of_the_other_frames_loses_alignment_only_where_asked_for() {
    let mut bits = constant(&mut Sender::new(false, false), 0xd5, 60);
    for number in [21, 23, 25] {
        bits[number * 256 + 1] = false;
    }
    assert_eq!(deframe(&OFF, &bits).1.lost(), []);
    assert_eq!(deframe(&E1Config { nfas_loss: true, ..OFF }, &bits).1.lost(), [25]);
}

/// A second of blocks of which so many in a row are errored, after alignment.
fn errored_blocks(errored: usize) -> (E1Deframer, Log) {
    let mut sender = Sender::new(true, false);
    let mut bits = constant(&mut sender, 0xd5, 16 * 5);
    for block in 0..1000 {
        let mut piece = constant(&mut sender, 0xd5, 8);
        piece[700] ^= block < errored;
        bits.extend(piece);
    }
    bits.extend(constant(&mut sender, 0xd5, 80));
    deframe(&ON, &bits)
}

#[test]
fn alignment_stays_with_914_errored_blocks_in_1000_and_goes_with_915() {
    let (deframer, log) = errored_blocks(914);
    assert_eq!((deframer.counters().crc_errors, log.lost()), (914, vec![]));
    let (deframer, log) = errored_blocks(915);
    assert_eq!((deframer.counters().crc_errors, log.lost().len()), (915, 1));
    assert!(deframer.is_crc_aligned(), "and comes back");
}

#[test]
fn blocks_are_judged_in_seconds_of_1000_that_begin_with_the_first() {
    let mut sender = Sender::new(true, false);
    let mut bits = constant(&mut sender, 0xd5, 16 * 5);
    // Four blocks were compared before these. 914 in each second: the last ones of the first, the first ones of the second.
    for block in 4..2100 {
        let mut piece = constant(&mut sender, 0xd5, 8);
        piece[700] ^= (86..1000 + 914).contains(&block);
        bits.extend(piece);
    }
    let (deframer, log) = deframe(&ON, &bits);
    assert_eq!((deframer.counters().crc_errors, log.lost()), (1828, vec![]));
}

#[test]
fn a_false_multiframe_dies_within_two_seconds() {
    // Timeslot 5 holds the whole of an aligned timeslot 0, multiframe and all, but no CRC.
    let mut sender = Sender::new(true, false);
    let mut bits = Vec::new();
    let bit_1 = [0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1];
    let mut rng = Rng::new(10);
    for frame in 0..17_000usize {
        let mut slots = rng.frame();
        slots[5] = bit_1[(frame + 1) % 16] << 7 | if (frame + 1) % 2 == 0 { 0x1b } else { 0x5f };
        bits.extend(sender.frame(&slots));
    }
    bits.drain(..290);
    let (deframer, log) = deframe(&ON, &bits);
    assert_eq!((log.aligned()[0].1 + 290) % 256, 40, "the imitation comes first");
    assert!(deframer.is_crc_aligned());
    assert!(log.lost()[0] < 16_000);
    assert_eq!((log.aligned().last().unwrap().1 + 290) % 512, 0);
}

#[test]
fn without_crc4_at_the_far_end_interworking_begins_at_400_ms() {
    let mut sender = Sender::new(false, false);
    let mut deframer = E1Deframer::new(&AUTO);
    let mut log = Log::default();
    feed(&mut deframer, &constant(&mut sender, 0xd5, 3300), &mut log);
    let event = log.first(|event| matches!(event, LineEvent::NonCrcInterworking { .. }));
    let Some(LineEvent::NonCrcInterworking { frame }) = event else { panic!("{:?}", log.events) };
    let after = frame - log.aligned()[0].0;
    // The frame in which alignment was found is the first of them.
    assert_eq!(after, 3199, "400 ms");
    assert_eq!(log.lost(), []);
    let lomf = log.defect(Defect::Lomf);
    assert!(lomf.len() == 2 && lomf[0].0 && lomf[0].1 < 70 && lomf[1] == (false, frame));
    // CRC-4 that comes later is not looked at before the next alignment.
    let mut later = Sender::new(true, false);
    feed(&mut deframer, &constant(&mut later, 0xd5, 200), &mut log);
    assert!(deframer.is_aligned() && !deframer.is_crc_aligned());
    feed(&mut deframer, &vec![false; 256 * 10], &mut log);
    feed(&mut deframer, &constant(&mut later, 0xd5, 200), &mut log);
    assert!(deframer.is_crc_aligned());
}

#[test]
fn in_interworking_both_e_bits_are_0() {
    let (mut near, mut far) = (E1Terminal::new(AUTO), Sender::new(false, false));
    let mut log = Log::default();
    let mut e_bits = Vec::new();
    for frame in 0..16 * 250 {
        let mut slots = [0xd5; 32];
        near.transmit(&mut slots);
        near.receive(octets_of(&constant(&mut far, 0xd5, 1)).as_slice().try_into().unwrap(), &mut log);
        if matches!(frame % 16, 13 | 15) {
            e_bits.push(slots[0] >> 7);
        }
    }
    assert_eq!(log.count(|event| matches!(event, LineEvent::NonCrcInterworking { .. })), 1);
    assert!(e_bits.iter().all(|bit| *bit == 0), "{e_bits:?}");
    assert!(near.defects().is_empty(), "{}", near.defects());
}

#[test]
fn demanded_crc4_that_is_not_there_is_no_alignment() {
    let bits = constant(&mut Sender::new(false, false), 0xd5, 800);
    let (deframer, log) = deframe(&ON, &bits);
    assert!(log.lost().len() >= 10);
    assert_eq!(log.lost()[0] - log.aligned()[0].0, 63, "8 ms");
    assert!(deframer.defects().contains(Defect::Lomf));
}

#[test]
fn a_far_end_without_the_crc4_that_is_demanded_hears_a_remote_alarm_without_a_break() {
    let (mut near, mut far) = (E1Terminal::new(ON), E1Terminal::new(OFF));
    let (mut from_near, mut from_far) = ([0xd5; 32], [0xd5; 32]);
    for frame in 0..8000 {
        near.transmit(&mut from_near);
        far.transmit(&mut from_far);
        near.receive(&from_far, &mut Log::default());
        far.receive(&from_near, &mut Log::default());
        // Until the CRC-4 multiframe has been missed for the first time all is well.
        assert!(frame < 200 || far.defects().contains(Defect::Rai), "frame {frame}");
        (from_near, from_far) = ([0xd5; 32], [0xd5; 32]);
    }
}

#[test]
fn one_frame_comes_out_for_every_256_bits_that_go_in() {
    let mut rng = Rng::new(11);
    let mut deframer = E1Deframer::new(&AUTO);
    for push in 1..5000 {
        let mut log = Log::default();
        deframer.push(&rng.frame(), &mut log);
        assert_eq!(log.frames.len(), 1, "push {push}");
    }
    assert_eq!(deframer.counters().frames, 4999);
}

#[test]
fn hostile_bits_never_panic() {
    let mut rng = Rng::new(12);
    let configs = [OFF, ON, E1Config { cas: true, ..AUTO }, E1Config { cas: true, nfas_loss: true, ..OFF }];
    for config in configs {
        let mut deframer = E1Deframer::new(&config);
        let mut sender = Sender::new(config.crc4 != CrcMode::Off, config.cas);
        let mut log = Log::default();
        let mut pending: Vec<bool> = Vec::new();
        for _ in 0..10_000 {
            match rng.below(200) {
                0 => pending.extend((0..rng.below(3000)).map(|_| rng.once_in(2))),
                1 => pending.extend(vec![rng.once_in(2); rng.below(3000) as usize]),
                2 => pending.truncate(rng.below(256) as usize),
                _ => pending.extend(sender.frame(&rng.frame())),
            }
            let whole = pending.len() / 256 * 256;
            feed(&mut deframer, &pending[..whole], &mut log);
            pending.drain(..whole);
        }
        assert!(log.aligned().len() > 10);
        assert_eq!(octets_of(&pending).len(), pending.len() / 8);
    }
}
