//! Defects, E bits, signalling and consequent actions: G.704, G.732 and G.775 with raw numbers.
mod common;
use common::{Log, constant, deframe, feed, random};
use tandem_line::{CrcMode, E1Config, E1Deframer, E1Framer, E1Terminal, LineEvent, Smf};
use tandem_testkit::e1::Sender;
use tandem_testkit::{Rng, bits_of};
use tandem_types::{Abcd, Defect, TelephoneChannel, Timeslot};

const PLAIN: E1Config = E1Config { crc4: CrcMode::Off, cas: false, nfas_loss: false };
const CAS: E1Config = E1Config { crc4: CrcMode::On, cas: true, nfas_loss: false };

/// Two terminals joined by wires.
struct Pair {
    near: E1Terminal,
    far: E1Terminal,
    at_near: Log,
    at_far: Log,
}

impl Pair {
    fn new(config: E1Config) -> Self {
        let (near, far) = (E1Terminal::new(config), E1Terminal::new(config));
        Self { near, far, at_near: Log::default(), at_far: Log::default() }
    }

    /// One frame each way; `spoil` may change what the far end receives.
    fn step(&mut self, spoil: impl FnOnce(&mut [u8; 32])) {
        let (mut there, mut back) = ([0xd5; 32], [0xd5; 32]);
        self.near.transmit(&mut there);
        self.far.transmit(&mut back);
        spoil(&mut there);
        self.far.receive(&there, &mut self.at_far);
        self.near.receive(&back, &mut self.at_near);
    }

    fn run(&mut self, frames: usize) {
        (0..frames).for_each(|_| self.step(|_| ()));
    }
}

#[test]
fn remote_alarm_is_believed_at_the_third_frame_and_gone_at_the_third() {
    let mut sender = Sender::new(false, false);
    let mut bits = constant(&mut sender, 0xd5, 20);
    for (a, frames) in [(true, 4), (false, 2), (true, 6), (false, 4), (true, 2), (false, 6)] {
        sender.a = a;
        bits.extend(constant(&mut sender, 0xd5, frames));
    }
    let (_, log) = deframe(&PLAIN, &bits);
    assert_eq!(log.defect(Defect::Rai), [(true, 31), (false, 43)]);
}

/// Double frames (512 bits) of ones with so many zeros each, after silence.
fn ones_with_zeros(zeros: &[usize]) -> Log {
    let mut bits = vec![false; 512 * 2];
    for count in zeros {
        let mut period = vec![true; 512];
        (0..*count).for_each(|n| period[10 + n * 61] = false);
        bits.extend(period);
    }
    deframe(&PLAIN, &bits).1
}

#[test]
fn two_zeros_in_each_of_two_double_frames_are_ais() {
    assert_eq!(ones_with_zeros(&[2, 2]).defect(Defect::Ais), [(true, 7)]);
    assert_eq!(ones_with_zeros(&[3, 2, 3, 2, 3]).defect(Defect::Ais), []);
    assert_eq!(ones_with_zeros(&[0, 0, 3, 2, 3, 3]).defect(Defect::Ais), [(true, 7), (false, 15)]);
}

#[test]
fn framed_ones_are_not_ais() {
    for a in [false, true] {
        let mut sender = Sender::new(false, false);
        sender.a = a;
        let (deframer, log) = deframe(&PLAIN, &constant(&mut sender, 0xff, 200));
        assert_eq!(log.defect(Defect::Ais), []);
        assert!(deframer.is_aligned());
    }
}

#[test]
fn ais_ends_when_the_frame_alignment_signal_is_found() {
    let mut bits = vec![true; 256 * 20];
    bits.extend(constant(&mut Sender::new(false, false), 0xd5, 20));
    let (_, log) = deframe(&PLAIN, &bits);
    assert_eq!(log.aligned()[0].0, 22);
    assert_eq!(log.defect(Defect::Ais), [(true, 3), (false, 22)]);
}

#[test]
fn loss_of_signal_is_what_the_receiver_says() {
    let mut deframer = E1Deframer::new(&PLAIN);
    let mut log = Log::default();
    feed(&mut deframer, &constant(&mut Sender::new(false, false), 0xd5, 10), &mut log);
    deframer.note_signal(true);
    feed(&mut deframer, &vec![false; 256 * 10], &mut log);
    deframer.note_signal(false);
    feed(&mut deframer, &constant(&mut Sender::new(false, false), 0xd5, 10), &mut log);
    assert_eq!(log.defect(Defect::Los), [(true, 10), (false, 20)]);
    assert_eq!(log.lost(), [14]);
}

#[test]
fn a_line_without_frames_is_lof_after_a_millisecond_and_without_signalling_after_six() {
    let (_, log) = deframe(&PLAIN, &vec![false; 256 * 20]);
    assert_eq!(log.events, [LineEvent::Defect { defect: Defect::Lof, present: true, frame: 8 }]);
    let bits = constant(&mut Sender::new(false, false), 0xd5, 100);
    let (_, log) = deframe(&E1Config { cas: true, ..PLAIN }, &bits);
    // The frame in which alignment was found is the first of 48: three multiframes.
    assert_eq!(log.defect(Defect::LossOfCasMultiframe), [(true, log.aligned()[0].0 + 47)]);
}

#[test]
fn a_clean_start_raises_no_alarm() {
    let mut pair = Pair::new(CAS);
    pair.run(400);
    for log in [&pair.at_near, &pair.at_far] {
        assert_eq!(log.count(|event| matches!(event, LineEvent::Defect { .. })), 0, "{:?}", log.events);
    }
    assert!(pair.near.defects().is_empty() && pair.far.deframer().is_crc_aligned());
}

#[test]
fn an_errored_block_is_reported_back_once_in_the_right_e_bit() {
    let mut pair = Pair::new(CAS);
    pair.run(400);
    let before = pair.near.counters().e_bits;
    for target in 0..20u64 {
        pair.at_far.events.clear();
        pair.at_near.events.clear();
        let errored = pair.far.counters().crc_errors;
        pair.run(target as usize * 5 % 16);
        pair.step(|octets| octets[9] ^= 0x10);
        // The block and its CRC, then at most two multiframes for the way back.
        pair.run(15 + 32);
        assert_eq!(pair.far.counters().crc_errors, errored + 1);
        assert_eq!(pair.near.counters().e_bits, before + target + 1);
        let smf = |log: &Log| {
            log.events.iter().find_map(|event| match event {
                LineEvent::CrcError { smf, .. } => *smf,
                LineEvent::FarEndCrcError { smf, .. } => Some(*smf),
                _ => None,
            })
        };
        assert_eq!(smf(&pair.at_near), smf(&pair.at_far));
    }
}

#[test]
fn of_errored_blocks_that_come_too_fast_two_wait_for_their_e_bit() {
    let mut framer = E1Framer::new(&CAS);
    (0..5).for_each(|_| framer.report_errored_smf(Smf::II));
    let mut e_bits = [0; 10];
    for frame in 0..16 * 5 {
        let mut slots = [0xd5; 32];
        framer.frame(&mut slots);
        match frame % 16 {
            13 => e_bits[frame / 16] = slots[0] >> 7,
            15 => e_bits[5 + frame / 16] = slots[0] >> 7,
            _ => {}
        }
    }
    assert_eq!(e_bits, [1, 1, 1, 1, 1, 0, 0, 1, 1, 1]);
}

#[test]
fn e_bits_are_0_until_a_multiframe_is_received() {
    let mut terminal = E1Terminal::new(CAS);
    let e_bits = |terminal: &mut E1Terminal| {
        let mut e = Vec::new();
        for number in 0..16 {
            let mut slots = [0xd5; 32];
            terminal.transmit(&mut slots);
            if number == 13 || number == 15 {
                e.push(slots[0] >> 7);
            }
        }
        e
    };
    assert_eq!(e_bits(&mut terminal), [0, 0]);
    let mut log = Log::default();
    let mut sender = Sender::new(true, true);
    for octets in tandem_testkit::octets_of(&constant(&mut sender, 0xd5, 100)).chunks_exact(32) {
        terminal.receive(octets.try_into().unwrap(), &mut log);
    }
    assert_eq!(e_bits(&mut terminal), [1, 1]);
}

#[test]
fn every_code_of_every_channel_arrives_within_six_ms() {
    let mut pair = Pair::new(CAS);
    pair.run(200);
    for channel in TelephoneChannel::all() {
        for code in 1..16 {
            let abcd = Abcd::new(code);
            pair.near.set_abcd(channel, abcd).unwrap();
            let mut took = 0;
            while pair.far.abcd(channel.timeslot()) != Some(abcd) {
                pair.run(1);
                took += 1;
                assert!(took <= 48, "channel {channel:?} code {code}");
            }
        }
        pair.at_far.events.clear();
    }
    assert_eq!(pair.far.abcd(Timeslot::new(16).unwrap()), None);
    assert!(pair.far.abcd(Timeslot::new(31).unwrap()) == Some(Abcd::new(15)));
}

#[test]
fn channels_1_to_15_never_send_0000() {
    let mut terminal = E1Terminal::new(CAS);
    let channel = |number| TelephoneChannel::new(number).unwrap();
    assert!(terminal.set_abcd(channel(15), Abcd::new(0)).is_err());
    assert!(terminal.set_abcd(channel(16), Abcd::new(0)).is_ok());
}

#[test]
fn the_second_bad_multiframe_signal_loses_signalling_and_sends_y() {
    let mut pair = Pair::new(CAS);
    pair.run(200);
    pair.near.set_abcd(TelephoneChannel::new(1).unwrap(), Abcd::new(5)).unwrap();
    pair.run(64);
    let mut spoilt = 0;
    while pair.far.deframer().is_cas_aligned() {
        pair.step(|octets| {
            if octets[16] & 0xf0 == 0 {
                octets[16] ^= 0x40;
                spoilt += 1;
            }
        });
        if spoilt == 1 {
            assert!(pair.far.defects().is_empty(), "one bad signal is none");
        }
    }
    assert_eq!(spoilt, 2);
    assert!(pair.far.defects().contains(Defect::LossOfCasMultiframe));
    assert_eq!(pair.far.abcd(Timeslot::new(1).unwrap()), Some(Abcd::new(5)), "frozen");
    // y is in timeslot 16 of the next frame 0 that the far end sends.
    let y = (0..16).any(|_| {
        let mut slots = [0xd5; 32];
        pair.far.transmit(&mut slots);
        slots[16] == 0b0000_1111
    });
    assert!(y);
}

#[test]
fn bit_y_is_the_remote_alarm_of_signalling() {
    let mut sender = Sender::new(false, true);
    let mut bits = constant(&mut sender, 0xd5, 100);
    sender.y = true;
    bits.extend(constant(&mut sender, 0xd5, 100));
    sender.y = false;
    bits.extend(constant(&mut sender, 0xd5, 100));
    let (_, log) = deframe(&E1Config { cas: true, ..PLAIN }, &bits);
    assert_eq!(log.defect(Defect::CasRai), [(true, 128), (false, 224)]);
}

#[test]
fn a_slip_upstream_shows_no_false_signalling() {
    let mut rng = Rng::new(3);
    for _ in 0..60 {
        let mut sender = Sender::new(false, true);
        (1..31).for_each(|channel| {
            sender.abcd[channel] = std::array::from_fn(|n| ((channel % 15 + 1) >> n) & 1 == 1);
        });
        let mut bits = random(&mut sender, &mut rng, 200);
        // The frame is repeated in timeslot 16 only: the framing of the span stays.
        let at = 100 + rng.below(40) as usize;
        let slots: Vec<Vec<bool>> = bits.chunks(256).map(|frame| frame[128..136].to_vec()).collect();
        for frame in at..200 {
            bits[frame * 256 + 128..frame * 256 + 136].copy_from_slice(&slots[frame - 1]);
        }
        let (_, log) = deframe(&E1Config { cas: true, ..PLAIN }, &bits);
        assert_eq!(log.count(|event| matches!(event, LineEvent::CasChange { .. })), 30);
        assert_eq!(log.defect(Defect::LossOfCasMultiframe).len(), 2);
    }
}

#[test]
fn timeslot_16_of_ones_is_ais_of_signalling() {
    let mut bits = constant(&mut Sender::new(false, true), 0xd5, 100);
    bits.extend(constant(&mut Sender::new(false, false), 0xff, 100));
    bits.extend(constant(&mut Sender::new(false, true), 0xd5, 100));
    let (_, log) = deframe(&E1Config { cas: true, ..PLAIN }, &bits);
    assert_eq!(log.defect(Defect::CasAis).iter().map(|(on, _)| *on).collect::<Vec<_>>(), [true, false]);
    assert_eq!(log.defect(Defect::Ais), []);
}

/// Pieces of 16 frames from alignment on, whose timeslot 16 holds ones and so many zeros, all in the first eight frames.
fn timeslot_16_with_zeros(zeros: &[usize]) -> Log {
    let mut sender = Sender::new(false, false);
    let mut bits = constant(&mut sender, 0xd5, 2);
    for count in zeros {
        for frame in 0..16 {
            let mut slots = [0xd5; 32];
            slots[16] = if frame < *count { 0xfe } else { 0xff };
            bits.extend(sender.frame(&slots));
        }
    }
    bits.extend(constant(&mut sender, 0xd5, 1));
    deframe(&E1Config { cas: true, ..PLAIN }, &bits).1
}

#[test]
fn two_zeros_in_each_of_two_multiframes_of_timeslot_16_are_ais_of_signalling() {
    assert_eq!(timeslot_16_with_zeros(&[2, 2]).defect(Defect::CasAis), [(true, 2 + 31)]);
    assert_eq!(timeslot_16_with_zeros(&[3, 2, 3, 2, 3]).defect(Defect::CasAis), []);
    let log = timeslot_16_with_zeros(&[0, 2, 3, 2, 3, 3]);
    assert_eq!(log.defect(Defect::CasAis), [(true, 2 + 31), (false, 2 + 95)]);
}

#[test]
fn a_multiframe_of_zeros_is_no_signalling() {
    let mut bits = constant(&mut Sender::new(false, true), 0xd5, 100);
    bits.extend(constant(&mut Sender::new(false, false), 0x00, 100));
    let (deframer, log) = deframe(&E1Config { cas: true, ..PLAIN }, &bits);
    assert_eq!(log.defect(Defect::LossOfCasMultiframe).len(), 1);
    assert_eq!(deframer.abcd(Timeslot::new(3).unwrap()), Some(Abcd::new(0b1101)), "no zeros are believed");
}

#[test]
fn a_cut_wire_is_told_to_the_far_end_and_mends() {
    let mut pair = Pair::new(CAS);
    pair.run(400);
    for _ in 0..40 {
        pair.step(|octets| *octets = [0xff; 32]);
    }
    assert!(pair.far.defects().contains(Defect::Ais) && pair.far.defects().contains(Defect::Lof));
    assert!(pair.near.defects().contains(Defect::Rai) && pair.near.defects().contains(Defect::CasRai));
    pair.run(400);
    assert!(pair.near.defects().is_empty() && pair.far.defects().is_empty(), "{}", pair.near.defects());
}

#[test]
fn ais_is_nothing_but_ones() {
    let mut terminal = E1Terminal::new(CAS);
    terminal.set_ais(true);
    let mut slots = [0xd5; 32];
    terminal.transmit(&mut slots);
    assert!(!bits_of(&slots).contains(&false));
}
