//! Bits that were not received, though how many they are is known: what a deframer keeps over them.
use tandem_line::{
    CrcMode, DeframerSink, E1Config, E1Deframer, E1Framer, FrameWords, LineEvent, frame_to_words,
};
use tandem_testkit::Rng;
use tandem_types::{Abcd, Defect, TelephoneChannel, Timeslot};

const CONFIG: E1Config = E1Config { crc4: CrcMode::On, cas: true, nfas_loss: false };
const ONES: FrameWords = [u64::MAX; 4];

#[derive(Default)]
struct Heard {
    events: Vec<LineEvent>,
    trusted: usize,
}

impl DeframerSink for Heard {
    fn frame(&mut self, _: &[u8; 32], aligned: bool) {
        self.trusted += usize::from(aligned);
    }

    fn event(&mut self, event: LineEvent) {
        self.events.push(event);
    }
}

/// A far end's bits, beginning `offset` bits into a frame.
struct Line {
    framer: E1Framer,
    offset: u32,
    rest: FrameWords,
    rng: Rng,
}

impl Line {
    fn new(offset: u32) -> Self {
        let mut framer = E1Framer::new(&CONFIG);
        for channel in TelephoneChannel::all() {
            framer.set_abcd(channel, Abcd::new(channel.number() % 15 + 1)).expect("not 0000");
        }
        let mut line = Self { framer, offset, rest: ONES, rng: Rng::new(offset.into()) };
        line.next();
        line
    }

    fn next(&mut self) -> FrameWords {
        let mut slots = self.rng.frame();
        self.framer.frame(&mut slots);
        let frame = frame_to_words(&slots);
        let bit = |words: &FrameWords, place: u32| words[place as usize / 64] >> (63 - place % 64) & 1;
        let mut out = [0; 4];
        for place in 0..256 {
            let from = place + self.offset;
            let value = if from < 256 { bit(&self.rest, from) } else { bit(&frame, from - 256) };
            out[place as usize / 64] |= value << (63 - place % 64);
        }
        self.rest = frame;
        out
    }
}

/// A deframer that is aligned in all respects on a line at this offset.
fn aligned(offset: u32) -> (Line, E1Deframer, Heard) {
    let (mut line, mut deframer, mut heard) = (Line::new(offset), E1Deframer::new(&CONFIG), Heard::default());
    (0..400).for_each(|_| deframer.push_words(&line.next(), &mut heard));
    assert!(deframer.is_crc_aligned() && deframer.is_cas_aligned() && deframer.defects().is_empty());
    heard = Heard::default();
    (line, deframer, heard)
}

#[test]
fn alignment_and_signalling_are_kept_over_any_number_of_erased_frames_at_any_offset() {
    for offset in [0, 1, 8, 100, 200, 255] {
        for length in [1, 2, 5, 8, 9, 31, 64, 500] {
            let (mut line, mut deframer, mut heard) = aligned(offset);
            for _ in 0..length {
                line.next();
                deframer.push_erased(&ONES, &mut heard);
            }
            assert!(deframer.is_crc_aligned() && deframer.is_cas_aligned(), "{offset} {length}");
            assert!(deframer.defects().is_empty(), "{offset} {length}: {:?}", deframer.defects());
            (0..200).for_each(|_| deframer.push_words(&line.next(), &mut heard));
            assert!(deframer.is_crc_aligned() && deframer.is_cas_aligned(), "{offset} {length}");
            assert_eq!(deframer.counters().fas_errors, 0, "{offset} {length}");
            let only_crc = heard.events.iter().all(|event| matches!(event, LineEvent::CrcError { .. }));
            assert!(only_crc, "{offset} {length}: {:?}", heard.events);
            assert_eq!(heard.trusted, length + 200);
            let errored = deframer.counters().crc_errors;
            assert!(errored as usize <= length / 8 + 3, "{offset} {length}: {errored}");
            let slot = Timeslot::new(20).expect("a slot");
            assert_eq!(deframer.abcd(slot), Some(Abcd::new(19 % 15 + 1)));
        }
    }
}

/// Of every two frames one is erased and one is ones: if that is the one with the alignment signal, alignment is lost at the
/// third, as without erasures.
#[test]
fn what_is_not_erased_is_judged_as_ever() {
    let losses = [0, 1].map(|first| {
        let (mut line, mut deframer, mut heard) = aligned(0);
        (0..first).for_each(|_| deframer.push_words(&line.next(), &mut heard));
        let mut rounds = 0;
        while deframer.is_aligned() && rounds < 50 {
            deframer.push_erased(&ONES, &mut heard);
            deframer.push_words(&ONES, &mut heard);
            rounds += 1;
        }
        (rounds, deframer.counters().fas_errors)
    });
    assert!(losses.contains(&(3, 3)) && losses.contains(&(50, 0)), "{losses:?}");
}

#[test]
fn erased_ones_are_no_ais_and_received_ones_are() {
    let (_, mut deframer, mut heard) = aligned(0);
    (0..20).for_each(|_| deframer.push_erased(&ONES, &mut heard));
    assert!(!deframer.defects().contains(Defect::Ais));
    (0..20).for_each(|_| deframer.push_words(&ONES, &mut heard));
    assert!(deframer.defects().contains(Defect::Ais));
}

#[test]
fn a_far_end_that_is_elsewhere_after_an_erasure_is_found_again() {
    let (_, mut deframer, mut heard) = aligned(17);
    (0..8).for_each(|_| deframer.push_erased(&ONES, &mut heard));
    let mut line = Line::new(90);
    (0..400).for_each(|_| deframer.push_words(&line.next(), &mut heard));
    assert!(deframer.is_crc_aligned() && deframer.is_cas_aligned() && deframer.defects().is_empty());
    assert_eq!(deframer.counters().alignment_losses, 1);
}

/// 100 bits into a frame the next begins at bit 156 of what is pushed: its first octet is before an erasure of the next push.
#[test]
fn an_alignment_signal_beside_an_erasure_that_is_wrong_is_counted_and_one_within_is_not() {
    let errors = |wrong_within: bool, first: usize| {
        let (mut line, mut deframer, mut heard) = aligned(100);
        (0..first).for_each(|_| deframer.push_words(&line.next(), &mut heard));
        let mut wrong = line.next();
        // Two bits of the octet that begins at bit 156: in words of 64, bits 28 to 35 of the third.
        wrong[2] ^= 0b11 << (63 - 32);
        if wrong_within {
            deframer.push_erased(&wrong, &mut heard);
        } else {
            deframer.push_words(&wrong, &mut heard);
        }
        line.next();
        deframer.push_erased(&ONES, &mut heard);
        (0..200).for_each(|_| deframer.push_words(&line.next(), &mut heard));
        assert!(deframer.is_crc_aligned() && deframer.is_cas_aligned());
        deframer.counters().fas_errors
    };
    let beside: u64 = [0, 1].map(|first| errors(false, first)).into_iter().sum();
    let within: u64 = [0, 1].map(|first| errors(true, first)).into_iter().sum();
    // Of two frames in a row one has the signal.
    assert_eq!((beside, within), (1, 0));
}

/// 100 bits into a frame an erased push has the end of one frame, with timeslot 16, and the beginning of the next, without. Where
/// these are of two multiframes, only the first is not believed: bits that change are heard with the multiframe behind it.
#[test]
fn only_the_multiframe_whose_timeslot_16_is_erased_is_not_believed() {
    let believed_after = |place: usize| {
        let (mut line, mut deframer, mut heard) = aligned(100);
        for channel in TelephoneChannel::all() {
            line.framer.set_abcd(channel, Abcd::new(9)).expect("not 0000");
        }
        let slot = Timeslot::new(1).expect("a slot");
        let pushes = (0..100).take_while(|push| {
            let bits = line.next();
            if [place, place + 16, place + 32].contains(push) {
                deframer.push_erased(&ONES, &mut heard);
            } else {
                deframer.push_words(&bits, &mut heard);
            }
            deframer.abcd(slot) != Some(Abcd::new(9))
        });
        pushes.count()
    };
    for place in 0..16 {
        assert_eq!(believed_after(place), 64, "{place}");
    }
}
