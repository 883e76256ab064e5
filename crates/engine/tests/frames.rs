//! Frames of a signalling channel that are the host's: whole both ways, counted, and bounded on either side.
use std::sync::Arc;
use tandem_card::{CardFactory, CardRequest, FactoryError, LoopCard, OpenedCard};
use tandem_dsp::g711;
use tandem_engine::{Config, Detectors, Engine, EngineError, EventKind, Piece, PlayOptions, Terms};
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_testkit::Rng;
use tandem_types::{Frames, Handle, Law};

/// An allocation or a release inside a tick aborts the test.
#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

/// Makes two cards back to back.
#[derive(Default)]
struct BackToBack(Option<LoopCard>);

impl CardFactory for BackToBack {
    fn models(&self) -> Vec<&'static str> {
        vec!["end"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let card = self.0.take().unwrap_or_else(|| {
            let (near, far) = LoopCard::pair(1, 8);
            self.0 = Some(far);
            near
        });
        Ok(OpenedCard { card: Box::new(card), world: None })
    }
}

fn open(text: &str) -> Engine {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let config = Config::parse(&format!("[engine]\nmode = \"lockstep\"\n{text}")).expect("a configuration");
    Engine::open(config, &mut [Box::new(BackToBack::default())]).expect("opens")
}

fn back_to_back(line: &str) -> Engine {
    let span = |card| format!("[[span]]\ncard = {card}\nport = 0\nsignalling = \"hdlc\"\n{line}\n");
    open(&format!("[[card]]\nmodel = \"end\"\n[[card]]\nmodel = \"end\"\n{}{}", span(0), span(1)))
}

fn pass(engine: &Engine, ms: u64) {
    assert!(engine.advance(Frames::from_ms(ms)));
}

fn told(engine: &Engine) -> Vec<EventKind> {
    std::iter::from_fn(|| engine.event_wait(Some(Frames(0)))).map(|event| event.kind).collect()
}

fn read_all(engine: &Engine, span: usize) -> Vec<Vec<u8>> {
    let next = || engine.read_frame(span, 512).expect("a span of frames");
    std::iter::from_fn(next).map(|frame| frame.octets.into_vec()).collect()
}

/// Sends as fast as there is room, and gives what has come at the other end.
fn exchange(engine: &Engine, from: usize, frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut came = Vec::new();
    for frame in frames {
        while let Err(refused) = engine.send_frame(from, frame.clone()) {
            assert!(matches!(refused, EngineError::Busy(_)), "{refused:?}");
            pass(engine, 20);
            came.extend(read_all(engine, 1 - from));
        }
    }
    pass(engine, 3000);
    came.extend(read_all(engine, 1 - from));
    came
}

#[test]
fn frames_of_every_length_pass_both_ways_at_either_rate_and_channels_beside_them() {
    for line in [
        "",
        "hdlc = { d_channel = 1 }",
        "hdlc = { d_channel_56k = true }",
        "framing = \"t1-esf\"",
        "framing = \"t1-sf\"\nhdlc = { d_channel_56k = true, d_channel = 12 }",
    ] {
        let engine = back_to_back(line);
        pass(&engine, 500);
        let channel = |span: usize| engine.channels(span).expect("open")[4].0;
        let count = engine.channels(0).expect("open").len();
        assert_eq!(count, if line.contains("t1") { 23 } else { 30 }, "{line}");
        engine.channel_listen(channel(1), Detectors::DIGITS).expect("a channel");
        let digits = vec![Piece::of_path("dtmf:12345")];
        engine.play_list(channel(0), digits, PlayOptions::default(), Terms::default()).expect("a channel");
        let mut rng = Rng::new(7);
        for from in [0, 1] {
            let octet = |rng: &mut Rng| if rng.below(3) == 0 { 0xff } else { (rng.word() >> 56) as u8 };
            let frames: Vec<Vec<u8>> =
                (2..=512).step_by(5).map(|length| (0..length).map(|_| octet(&mut rng)).collect()).collect();
            assert_eq!(exchange(&engine, from, &frames), frames, "{line}");
            let counts = engine.frame_counts(1 - from).expect("frames");
            assert_eq!((counts.heard.frames, counts.heard.bad_fcs, counts.waiting), (103, 0, 0));
            assert_eq!(engine.frame_counts(from).expect("frames").sent, 103);
        }
        let digits: String = told(&engine)
            .into_iter()
            .filter_map(|kind| match kind {
                EventKind::Digit { digit, .. } => Some(digit.to_char()),
                _ => None,
            })
            .collect();
        assert_eq!(digits, "12345", "{line}");
        engine.check_conservation().expect("every octet");
    }
}

#[test]
fn frames_that_wait_are_told_at_once_and_again_each_second_until_they_are_read() {
    let engine = back_to_back("");
    pass(&engine, 500);
    told(&engine);
    let before = engine.now();
    engine.send_frame(0, vec![1, 2, 3]).expect("room");
    let waits = || {
        told(&engine)
            .iter()
            .filter(|kind| matches!(kind, EventKind::FramesReceived { number: 1, .. }))
            .count()
    };
    pass(&engine, 10);
    assert_eq!(waits(), 1);
    engine.send_frame(0, vec![4, 5]).expect("room");
    pass(&engine, 900);
    assert_eq!(waits(), 0, "the host knows that some wait");
    pass(&engine, 4_000);
    assert_eq!(waits(), 4);
    let frame = engine.read_frame(1, 3).expect("frames").expect("the first");
    assert_eq!(*frame.octets, [1, 2, 3]);
    // Five octets and a flag take a millisecond at least; cards and ticks some more.
    let ms = (frame.at - before).as_ms();
    assert!((1..=6).contains(&ms), "{ms}");
    let refused = engine.read_frame(1, 1);
    assert!(
        matches!(refused, Err(EngineError::BadArgument(words)) if words.contains("longer")),
        "{refused:?}"
    );
    assert_eq!(read_all(&engine, 1), [vec![4, 5]], "it has stayed");
    pass(&engine, 3_000);
    assert_eq!(waits(), 0);
    engine.send_frame(0, vec![6, 7]).expect("room");
    pass(&engine, 10);
    assert_eq!(waits(), 1, "told at once again");
}

#[test]
fn a_host_that_does_not_read_loses_the_oldest_and_they_are_counted() {
    let engine = back_to_back("");
    pass(&engine, 500);
    let frame = |n: u16| n.to_be_bytes().to_vec();
    for n in 0..1500 {
        while engine.send_frame(0, frame(n)).is_err() {
            pass(&engine, 20);
        }
    }
    pass(&engine, 2_000);
    let counts = engine.frame_counts(1).expect("frames");
    assert_eq!((counts.heard.frames, counts.waiting, counts.unread, counts.dropped), (1500, 1024, 476, 0));
    let came = read_all(&engine, 1);
    assert_eq!(came, (476..1500).map(frame).collect::<Vec<_>>());
    assert_eq!(engine.frame_counts(1).expect("frames").waiting, 0);
}

#[test]
fn who_sends_more_than_there_is_room_for_is_told_when_there_is_some() {
    let engine = back_to_back("");
    pass(&engine, 500);
    told(&engine);
    let mut sent = 0;
    while engine.send_frame(0, vec![0x55; 512]).is_ok() {
        sent += 1;
        assert!(sent <= 40, "there is an end to it");
    }
    assert!(sent >= 32, "{sent}");
    let room =
        || told(&engine).iter().any(|kind| matches!(kind, EventKind::FramesSendable { number: 0, .. }));
    // Half of them take a second at 64 kbit/s.
    pass(&engine, 700);
    assert!(!room());
    pass(&engine, 700);
    assert!(room());
    for _ in 0..16 {
        engine.send_frame(0, vec![0xaa; 512]).expect("half of the room");
    }
    let counts = engine.frame_counts(0).expect("frames");
    assert_eq!((counts.sent, counts.refused), (sent + 16, 1));
    pass(&engine, 5_000);
    assert!(!room(), "told once, to who was refused");
    assert_eq!(read_all(&engine, 1).len() as u64, sent + 16);
}

/// Bits as they are on a line, made by hand.
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn flag(&mut self) {
        self.0.extend([false, true, true, true, true, true, true, false]);
    }

    /// Octets lowest bit first, a zero behind five ones.
    fn octets(&mut self, octets: &[u8]) {
        let mut ones = 0;
        for bit in octets.iter().flat_map(|octet| (0..8).map(move |n| octet >> n & 1 == 1)) {
            self.0.push(bit);
            ones = if bit { ones + 1 } else { 0 };
            if ones == 5 {
                self.0.push(false);
                ones = 0;
            }
        }
    }

    /// With its check sequence, by long division.
    fn frame(&mut self, octets: &[u8]) {
        let mut rest = 0xffff_u16;
        for bit in octets.iter().flat_map(|octet| (0..8).map(move |n| u16::from(octet >> n & 1))) {
            let carry = (rest & 1) ^ bit;
            rest = rest >> 1 ^ if carry == 1 { 0x8408 } else { 0 };
        }
        self.octets(&[octets, &(!rest).to_le_bytes()].concat());
        self.flag();
    }

    /// Samples whose A-law octets are these bits, highest first.
    fn samples(mut self) -> Arc<[i16]> {
        while !self.0.len().is_multiple_of(8) {
            self.0.push(true);
        }
        let octet = |bits: &[bool]| bits.iter().fold(0, |octet, bit| octet << 1 | u8::from(*bit));
        self.0.chunks(8).map(|bits| g711::decode(Law::A, octet(bits))).collect()
    }
}

const BY_HAND: &str = "[[card]]\nmodel = \"end\"\n[[card]]\nmodel = \"end\"\n\
    [[span]]\nport = 0\nsignalling = \"hdlc\"\n[[span]]\ncard = 1\nport = 0\nsignalling = \"none\"\n";

/// An engine with a span of frames whose far end is a channel of the host.
fn by_hand() -> (Engine, Handle) {
    let engine = open(BY_HAND);
    let channels = engine.channels(1).expect("open");
    let (channel, _) = *channels.iter().find(|(_, slot)| *slot == 16).expect("all slots are channels");
    pass(&engine, 500);
    (engine, channel)
}

#[test]
fn what_is_wrong_with_frames_is_counted_by_its_kind() {
    let (engine, channel) = by_hand();
    let mut bits = Bits::default();
    (0..4).for_each(|_| bits.flag());
    bits.frame(&[0xff, 0x7e, 0x00]);
    bits.octets(&[1, 2, 3, 4, 5, 6]); // a wrong check sequence
    bits.flag();
    bits.octets(&[0x11, 0x22, 0x33]);
    bits.0.extend([true; 9]); // broken off
    bits.flag();
    bits.frame(&[0x33]);
    bits.octets(&[0x11, 0x22, 0x33, 0x44]);
    bits.0.extend([false, true, false]); // no whole octets
    bits.flag();
    bits.frame(&[0x55; 513]);
    bits.frame(&[0x55; 512]);
    bits.frame(&[9, 8]);
    engine.play_samples(channel, bits.samples(), Terms::default()).expect("a channel");
    pass(&engine, 500);
    assert_eq!(read_all(&engine, 0), [vec![0xff, 0x7e, 0x00], vec![0x55; 512], vec![9, 8]]);
    let heard = engine.frame_counts(0).expect("frames").heard;
    // What is idle behind the last flag is taken for a frame as long as it goes on.
    let counts =
        [heard.frames, heard.bad_fcs, heard.aborts, heard.too_short, heard.not_aligned, heard.too_long];
    assert_eq!(counts, [3, 1, 1, 1, 1, 2]);
}

#[test]
fn frames_are_only_for_spans_of_them_and_stay_bounded() {
    let (engine, _) = by_hand();
    for wrong in [vec![], vec![1], vec![0; 513]] {
        let refused = engine.send_frame(0, wrong);
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    }
    assert!(matches!(engine.send_frame(2, vec![1, 2]), Err(EngineError::BadArgument(_))), "no such span");
    engine.send_frame(0, vec![1, 2]).expect("room");
    assert_eq!(engine.frame_counts(0).expect("frames").sent, 1);
    // The span is set up anew, and then without frames.
    let text = |signalling: &str| {
        let text = BY_HAND.replacen("signalling = \"hdlc\"", signalling, 1);
        Config::parse(&format!("[engine]\nmode = \"lockstep\"\n{text}")).expect("a configuration")
    };
    engine
        .reload(text("signalling = \"hdlc\"\nhdlc = { d_channel = 14 }"), None)
        .expect("nothing against it");
    pass(&engine, 500);
    assert_eq!(engine.frame_counts(0).expect("frames").sent, 0, "counted from its set-up on");
    engine.send_frame(0, vec![1, 2]).expect("room");
    engine.reload(text("signalling = \"none\""), None).expect("nothing against it");
    pass(&engine, 500);
    assert!(matches!(engine.send_frame(0, vec![1, 2]), Err(EngineError::Unsupported(_))));
    assert!(matches!(engine.read_frame(0, 512), Err(EngineError::Unsupported(_))));
    assert!(matches!(engine.frame_counts(0), Err(EngineError::Unsupported(_))));
}
