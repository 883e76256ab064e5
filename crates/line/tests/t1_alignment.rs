//! T1 and J1: framing bits, alignment, CRC-6 and its monitoring: G.704, G.706 and T1.403 with raw numbers.
mod t1_common;
use t1_common::{FRAMINGS, Log, constant, deframe, feed, model_of, random, words};
use tandem_line::t1::Crc6;
use tandem_line::{LineEvent, T1Config, T1Deframer, T1Framer, T1Framing};
use tandem_testkit::Rng;
use tandem_testkit::t1::{Framing, Sender, crc6};
use tandem_types::Defect;

const SF: T1Config = T1Config { framing: T1Framing::Sf, cas: false };
const ESF: T1Config = T1Config { framing: T1Framing::Esf, cas: false };
const J1: T1Config = T1Config { framing: T1Framing::J1Esf, cas: false };

/// The F bits of the second superframe, all timeslots holding `octet`.
fn f_bits(config: &T1Config, octet: u8, frames: usize) -> Vec<u8> {
    let mut framer = T1Framer::new(config);
    let mut f_bit = |_| (framer.frame(&[octet; 32])[0] >> 63) as u8;
    (0..2 * frames).map(&mut f_bit).skip(frames).collect()
}

#[test]
fn golden_f_bits_of_a_superframe() {
    for octet in [0xff, 0x00, 0xd5] {
        assert_eq!(f_bits(&SF, octet, 12), [1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0]);
    }
}

#[test]
fn golden_crc_6_of_constant_payloads() {
    for (octet, e) in [
        (0xff, [0, 1, 0, 0, 1, 1]),
        (0x7f, [0, 0, 0, 1, 1, 0]),
        (0xd5, [0, 1, 1, 0, 0, 0]),
        (0x00, [0, 0, 0, 0, 1, 0]),
    ] {
        let f = f_bits(&ESF, octet, 24);
        assert_eq!([f[1], f[5], f[9], f[13], f[17], f[21]], e, "payload {octet:02x}");
        assert_eq!([f[3], f[7], f[11], f[15], f[19], f[23]], [0, 0, 1, 0, 1, 1]);
        // The data link is idle: flags, the second of which lies across two superframes.
        let link: Vec<u8> = f.iter().copied().step_by(2).collect();
        assert_eq!(link, [1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0]);
    }
}

#[test]
fn the_crc_6_of_japan_covers_the_f_bits() {
    let mut sender = Sender::new(Framing::Japanese, false);
    let first: Vec<bool> = constant(&mut sender, 0xff, 24);
    let second: Vec<bool> = constant(&mut sender, 0xff, 24);
    let wanted = crc6(&first);
    let sent = [1, 5, 9, 13, 17, 21].map(|frame| second[frame * 193]);
    assert_eq!(sent, wanted);
    let ours = f_bits(&J1, 0xff, 24);
    assert_eq!([1, 5, 9, 13, 17, 21].map(|frame| ours[frame] == 1), wanted);
    assert_ne!(ours, f_bits(&ESF, 0xff, 24));
}

/// Seven superframes, then one with errors at these bits, then three.
fn with_errors(config: &T1Config, good: &[bool], errors: &[usize]) -> Log {
    let mut bits = good[..24 * 11 * 193].to_vec();
    errors.iter().for_each(|at| bits[24 * 7 * 193 + at] ^= true);
    deframe(config, &bits).1
}

#[test]
fn every_single_bit_error_is_found_in_exactly_the_block_it_is_in() {
    for config in [ESF, J1] {
        let good = constant(&mut Sender::new(model_of(config.framing), false), 0xd5, 24 * 11);
        for at in 0..4632 {
            let log = with_errors(&config, &good, &[at]);
            let number = at / 193 + 1;
            let in_crc_bit = at % 193 == 0 && number % 4 == 2;
            let in_other_f_bit = at % 193 == 0 && !in_crc_bit;
            // A wrong CRC bit condemns the superframe before, which it checks, and shows with the last of the
            // six. In T1 the F bits count as 1; in Japan as themselves, so that it condemns its own as well.
            let before = 24 * 7 + 21;
            let expected: &[u64] = match config.framing {
                T1Framing::J1Esf if in_crc_bit => &[before, before + 24],
                _ if in_crc_bit => &[before],
                T1Framing::Esf if in_other_f_bit => &[],
                _ => &[before + 24],
            };
            assert_eq!(log.crc_errors(), expected, "{:?} bit {at}", config.framing);
            let framing_errors =
                log.events.iter().filter(|e| matches!(e, LineEvent::FasError { .. })).count();
            assert_eq!(framing_errors, usize::from(at % 193 == 0 && number.is_multiple_of(4)), "bit {at}");
            assert_eq!(log.lost(), []);
        }
    }
}

#[test]
fn every_burst_of_up_to_six_bits_is_found() {
    let mut rng = Rng::new(7);
    let good = random(&mut Sender::new(Framing::Extended, false), &mut rng, 24 * 11);
    for _ in 0..1000 {
        let at = rng.below(4632 - 6) as usize;
        let burst: Vec<usize> = (at..at + 6).filter(|bit| bit % 193 != 0 && rng.once_in(2)).collect();
        let log = with_errors(&ESF, &good, &burst);
        assert_eq!(log.crc_errors().len(), usize::from(!burst.is_empty()), "{burst:?}");
    }
}

#[test]
fn one_in_sixty_four_random_corruptions_escapes_crc_6() {
    let mut rng = Rng::new(8);
    let mut crc = || {
        let mut crc = Crc6::new();
        (0..24).for_each(|_| crc.push(true, &[rng.word(), rng.word(), rng.word()]));
        crc.bits()
    };
    let escaped = (0..64_000).filter(|_| crc() == crc()).count();
    assert!((900..=1100).contains(&escaped), "{escaped} of 64000");
}

#[test]
fn alignment_from_every_bit_in_four_superframes() {
    for config in [SF, ESF, J1] {
        let model = model_of(config.framing);
        let length = model.frames() * 193;
        let mut sender = Sender::new(model, false);
        let all = constant(&mut sender, 0xd5, model.frames() * 7);
        for offset in (0..length).step_by(if config == ESF { 1 } else { 3 }) {
            let (_, log) = deframe(&config, &all[offset..]);
            let first = (length - offset) % length;
            assert_eq!(log.aligned(), [(4 * model.frames() as u64 - 1, first as u64)], "offset {offset}");
            // Every frame from alignment on is whole.
            let from = 4 * model.frames() - 1;
            for (octets, aligned) in &log.frames[from..] {
                assert!(aligned & (octets[1..25] == [0xd5; 24]), "offset {offset}");
                assert_eq!((octets[0], &octets[25..]), (0xff, &[0xff; 7][..]));
            }
            assert!(log.frames[..from].iter().all(|(_, aligned)| !aligned));
        }
    }
}

#[test]
fn random_payload_is_reframed_in_6_ms_and_12_ms_on_average() {
    let mut rng = Rng::new(9);
    for (config, mean_ms, longest_ms) in [(SF, 7, 50), (ESF, 13, 20), (J1, 13, 20)] {
        let (mut frames, mut longest, starts) = (0, 0, 200);
        for start in 0..starts {
            let mut sender = Sender::new(model_of(config.framing), false);
            let mut bits = random(&mut sender, &mut rng, 250);
            let cut = rng.below(4632) as usize;
            bits.drain(..cut);
            let (_, log) = deframe(&config, &bits);
            let &[(frame, first)] = &log.aligned()[..] else { panic!("start {start}: {:?}", log.events) };
            assert_eq!(
                (first as usize + cut) % (model_of(config.framing).frames() * 193),
                0,
                "start {start}"
            );
            frames += frame + 1;
            longest = longest.max(frame + 1);
        }
        assert!(frames <= mean_ms * 8 * starts, "{:?}: {frames} frames in all", config.framing);
        assert!(longest <= longest_ms * 8, "{:?}: {longest} frames", config.framing);
    }
}

#[test]
fn noise_is_seldom_taken_for_framing_and_never_for_long() {
    let mut rng = Rng::new(10);
    for config in [SF, ESF] {
        let (mut deframer, mut log) = (T1Deframer::new(&config), Log::default());
        (0..40_000).for_each(|_| deframer.push(&[rng.word(), rng.word(), rng.word(), rng.word()], &mut log));
        let trusted = log.frames.iter().filter(|(_, aligned)| *aligned).count();
        assert!(log.aligned().len() <= 2 && trusted <= 60, "{:?}: {trusted}", log.aligned());
    }
}

/// Frames in which `place` of each holds what the F bit `ahead` frames later will be, if it is one for framing.
fn imitated(sender: &mut Sender, place: usize, ahead: usize, frames: usize) -> Vec<bool> {
    let mut bits = Vec::new();
    for frame in 0..frames {
        let mut slots = [0xd5; 32];
        // CRCs stay right: the imitation is what the far end was given to send.
        if let Some(bit) = sender.framing.framing_bit((frame + ahead) % sender.framing.frames() + 1) {
            let at = place - 1;
            let mask = 0x80 >> (at % 8);
            let octet = &mut slots[at / 8 + 1];
            *octet = if bit { *octet | mask } else { *octet & !mask };
        }
        bits.extend(sender.frame(&slots));
    }
    bits
}

#[test]
fn crc_6_tells_framing_from_its_imitation() {
    for config in [ESF, J1] {
        for (place, ahead) in [(1, 0), (3, 5), (97, 12), (192, 23)] {
            for cut in [0, 100, 4000] {
                let mut sender = Sender::new(model_of(config.framing), false);
                let mut bits = imitated(&mut sender, place, ahead, 600);
                bits.drain(..cut);
                let (_, log) = deframe(&config, &bits);
                let &[(frame, first)] = &log.aligned()[..] else { panic!("{:?}", log.events) };
                assert_eq!((first as usize + cut) % 4632, 0);
                // 12 ms to see that there are two, and at most twice two superframes and the way to them.
                assert!(frame < 96 + 2 * 96, "{frame}");
            }
        }
    }
}

#[test]
fn a_superframe_and_its_imitation_are_not_told_apart_until_one_ends() {
    let mut sender = Sender::new(Framing::Superframe, false);
    let mut bits = imitated(&mut sender, 50, 7, 1200);
    bits.extend(constant(&mut sender, 0xd5, 200));
    let (_, log) = deframe(&SF, &bits);
    let &[(frame, first)] = &log.aligned()[..] else { panic!("{:?}", log.events) };
    assert!((1200..1210).contains(&frame) && first == 0, "{frame}");
    assert_eq!(log.defect(Defect::Lof), [(true, 200), (false, frame)]);
}

#[test]
fn false_alignment_dies_within_a_second_and_the_true_one_is_found() {
    let mut sender = Sender::new(Framing::Extended, false);
    let mut bits = imitated(&mut sender, 50, 7, 9000);
    // A framing bit is hit while the receiver looks for framing, so that only the imitation is left.
    bits[3 * 193] ^= true;
    let (deframer, log) = deframe(&ESF, &bits);
    let &[(_, imitation), (again, first)] = &log.aligned()[..] else { panic!("{:?}", log.aligned()) };
    assert_eq!((imitation % 193, first % 4632), (50, 0));
    assert!(log.lost()[0] < 96 + 335 * 24 && again < log.lost()[0] + 300);
    assert_eq!((deframer.counters().alignment_changes, deframer.counters().alignment_losses), (1, 1));
}

/// Superframes, ten of them, in which the framing bits with these numbers, of all framing bits, are wrong.
fn wrong_framing_bits(config: &T1Config, numbers: &[usize]) -> (T1Deframer, Log) {
    let model = model_of(config.framing);
    let mut bits = constant(&mut Sender::new(model, false), 0xd5, model.frames() * 20);
    let framing_bits = (0..model.frames() * 20)
        .filter(|frame| model.framing_bit(frame % model.frames() + 1).is_some())
        .collect::<Vec<_>>();
    for number in numbers {
        bits[framing_bits[*number] * 193] ^= true;
    }
    deframe(config, &bits)
}

#[test]
fn the_second_error_in_four_framing_bits_loses_alignment() {
    for (config, from, frame_of) in [(SF, 12 * 6, 1), (ESF, 6 * 6, 4), (J1, 6 * 6, 4)] {
        for apart in 1..=3 {
            let (deframer, log) = wrong_framing_bits(&config, &[from, from + apart]);
            let lost = if frame_of == 1 { from + apart } else { (from + apart) * 4 + 3 } as u64;
            assert_eq!(log.lost(), [lost], "{:?} {apart}", config.framing);
            assert!(log.frames[lost as usize - 1].1 && !log.frames[lost as usize].1);
            assert_eq!(deframer.counters().framing_errors, 2);
            assert_eq!(log.aligned().len(), 2);
            assert_eq!(deframer.counters().alignment_changes, 0, "found where it was");
            let found = log.aligned()[1].0;
            assert_eq!(log.defect(Defect::Lof), [(true, lost), (false, found)]);
            assert_eq!(found - lost, if frame_of == 1 { 48 } else { 96 });
        }
        let (deframer, log) = wrong_framing_bits(&config, &[from, from + 4, from + 8, from + 12]);
        assert_eq!((log.lost(), deframer.counters().framing_errors), (vec![], 4));
    }
}

/// Whether framing is severe after each frame.
fn severe_frames(config: &T1Config, wrong: &[usize]) -> (Vec<usize>, u64) {
    let model = model_of(config.framing);
    let mut bits = constant(&mut Sender::new(model, false), 0xd5, 400);
    wrong.iter().for_each(|frame| bits[frame * 193] ^= true);
    let (mut deframer, mut log) = (T1Deframer::new(config), Log::default());
    let mut severe = Vec::new();
    for (number, frame) in bits.chunks(193).enumerate() {
        feed(&mut deframer, frame, &mut log);
        if deframer.is_framing_severe() && deframer.is_aligned() {
            severe.push(number);
        }
    }
    assert_eq!(log.lost(), []);
    (severe, deframer.counters().severe_framing_errors)
}

#[test]
fn two_framing_errors_in_three_ms_are_severe() {
    // Frames 4 and 20 of a superframe, both in its 3 ms; severe to the end of the next without errors.
    assert_eq!(severe_frames(&ESF, &[192 + 3, 192 + 19]), ((211..239).collect(), 1));
    // Frame 20 of one and frame 12 of the next.
    assert_eq!(severe_frames(&ESF, &[192 + 19, 216 + 11]), (vec![], 0));
}

#[test]
fn two_terminal_framing_errors_in_three_quarters_of_a_ms_are_severe() {
    // Frames 1 and 5; frames 5 and 9 are not in the same 0.75 ms; frame 2 and 6 are signalling framing.
    assert_eq!(severe_frames(&SF, &[192, 196]), ((196..203).collect(), 1));
    assert_eq!(severe_frames(&SF, &[196, 200]), (vec![], 0));
    assert_eq!(severe_frames(&SF, &[193, 197]), (vec![], 0));
}

#[test]
fn without_alignment_framing_is_severe() {
    assert!(T1Deframer::new(&ESF).is_framing_severe());
}

/// Seconds of 333 superframes, after alignment, of each of which so many in a row are errored.
fn errored_blocks(config: &T1Config, errored: &[usize]) -> (T1Deframer, Log) {
    let mut sender = Sender::new(model_of(config.framing), false);
    let mut bits = constant(&mut sender, 0xd5, 24 * 4);
    for errored in errored {
        for block in 0..333 {
            let mut piece = constant(&mut sender, 0xd5, 24);
            piece[700] ^= block < *errored;
            bits.extend(piece);
        }
    }
    bits.extend(constant(&mut sender, 0xd5, 24 * 12));
    deframe(config, &bits)
}

#[test]
fn alignment_stays_with_319_errored_blocks_in_333_and_goes_with_320() {
    for config in [ESF, J1] {
        let (deframer, log) = errored_blocks(&config, &[319]);
        assert_eq!((deframer.counters().crc_errors, log.lost()), (319, vec![]));
        let (deframer, log) = errored_blocks(&config, &[320]);
        assert_eq!((deframer.counters().crc_errors, log.lost().len()), (320, 1));
        assert!(deframer.is_aligned(), "and comes back");
    }
}

#[test]
fn errored_blocks_of_one_second_do_not_count_in_the_next() {
    let (deframer, log) = errored_blocks(&ESF, &[319, 319, 200]);
    assert_eq!((deframer.counters().crc_errors, log.lost()), (838, vec![]));
    let (_, log) = errored_blocks(&ESF, &[319, 320]);
    assert_eq!(log.lost().len(), 1);
}

#[test]
fn blocks_are_judged_in_seconds_of_333_that_begin_with_the_first() {
    let mut sender = Sender::new(Framing::Extended, false);
    let mut bits = constant(&mut sender, 0xd5, 24 * 4);
    // 319 in each second: the last ones of the first, the first ones of the second.
    for block in 0..700 {
        let mut piece = constant(&mut sender, 0xd5, 24);
        piece[700] ^= (14..333 + 319).contains(&block);
        bits.extend(piece);
    }
    let (deframer, log) = deframe(&ESF, &bits);
    assert_eq!((deframer.counters().crc_errors, log.lost()), (638, vec![]));
}

#[test]
fn j1_read_as_t1_is_aligned_and_full_of_crc_errors() {
    for (sent, read) in [(J1, ESF), (ESF, J1)] {
        let mut rng = Rng::new(20);
        let bits = random(&mut Sender::new(model_of(sent.framing), false), &mut rng, 8000);
        let (deframer, log) = deframe(&read, &bits);
        let counters = deframer.counters();
        assert_eq!(log.aligned()[0], (95, 0));
        assert!(counters.framing_errors == 0 && counters.crc_blocks >= 320);
        assert!(counters.crc_errors * 100 >= counters.crc_blocks * 95, "{counters:?}");
        let (deframer, _) = deframe(&sent, &bits);
        assert_eq!(deframer.counters().crc_errors, 0);
    }
}

#[test]
fn a_cut_of_any_length_changes_alignment_but_one_of_whole_superframes_does_not() {
    for config in [SF, ESF] {
        let model = model_of(config.framing);
        let length = model.frames() * 193;
        for (cut, changes) in [(1, 1), (193, 1), (length - 1, 1), (length, 0), (2 * length, 0)] {
            let mut bits = constant(&mut Sender::new(model, false), 0xd5, 1000);
            // In the middle of noise, so that alignment is lost in any case.
            let mut rng = Rng::new(30);
            bits[300 * 193..360 * 193].iter_mut().for_each(|bit| *bit = rng.once_in(2));
            bits.drain(320 * 193..320 * 193 + cut);
            let (deframer, log) = deframe(&config, &bits);
            assert_eq!((log.lost().len(), log.aligned().len()), (1, 2), "{cut}");
            assert_eq!(deframer.counters().alignment_changes, changes, "{:?} {cut}", config.framing);
        }
    }
}

#[test]
fn a_frame_lost_upstream_shows_in_the_framing_bits() {
    // The frames stay where they are, the superframe moves: the 2-of-4 rule finds it.
    for config in [SF, ESF] {
        let model = model_of(config.framing);
        let mut bits = constant(&mut Sender::new(model, false), 0xd5, 600);
        bits.drain(300 * 193..301 * 193);
        let (deframer, log) = deframe(&config, &bits);
        assert_eq!((log.lost().len(), log.aligned().len()), (1, 2));
        assert!(log.lost()[0] - 300 <= 36 && log.aligned()[1].1 % 193 == 0);
        assert_eq!(deframer.counters().alignment_changes, 1);
    }
}

#[test]
fn one_frame_comes_out_for_every_193_bits_that_go_in() {
    let mut rng = Rng::new(11);
    for config in [SF, ESF, J1] {
        let mut deframer = T1Deframer::new(&config);
        for push in 1..3000 {
            let mut log = Log::default();
            deframer.push(&[rng.word(), rng.word(), rng.word(), rng.word()], &mut log);
            assert_eq!(log.frames.len(), 1, "push {push}");
        }
        assert_eq!(deframer.counters().frames, 2999);
    }
}

#[test]
fn what_stands_behind_the_193_bits_is_not_looked_at() {
    let mut rng = Rng::new(12);
    let bits = random(&mut Sender::new(Framing::Extended, false), &mut rng, 300);
    let (_, clean) = deframe(&ESF, &bits);
    let (mut deframer, mut log) = (T1Deframer::new(&ESF), Log::default());
    for frame in bits.chunks(193) {
        let mut words = words(frame);
        words[3] |= rng.word() >> 1;
        deframer.push(&words, &mut log);
    }
    assert!(log.events == clean.events && log.frames == clean.frames && log.link == clean.link);
}

#[test]
fn hostile_bits_never_panic() {
    let mut rng = Rng::new(13);
    for framing in FRAMINGS {
        let config = T1Config { framing, cas: true };
        let mut deframer = T1Deframer::new(&config);
        let mut sender = Sender::new(model_of(framing), true);
        let mut log = Log::default();
        let mut pending: Vec<bool> = Vec::new();
        for _ in 0..20_000 {
            match rng.below(400) {
                0 => pending.extend((0..rng.below(3000)).map(|_| rng.once_in(2))),
                1 => pending.extend(vec![rng.once_in(2); rng.below(3000) as usize]),
                2 => pending.truncate(rng.below(193) as usize),
                _ => pending.extend(sender.frame(&rng.frame())),
            }
            let whole = pending.len() / 193 * 193;
            feed(&mut deframer, &pending[..whole], &mut log);
            pending.drain(..whole);
        }
        assert!(log.aligned().len() > 10);
    }
}
