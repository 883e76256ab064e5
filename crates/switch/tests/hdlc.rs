//! Timeslots with HDLC frames: what one end sends the other receives, through ticks of all lengths and bad times.
use tandem_rt::{LONGEST_FRAME, MediaLoop};
use tandem_switch::{
    EarSetup, FrameLengths, HdlcChannel, HdlcSlot, SpanSetup, SwitchControl, SwitchLimits, SwitchProc,
    new_switch,
};
use tandem_testkit::Rng;
use tandem_types::{Abcd, Defect, Defects, FrameTime, Law, SpanIndex, Timeslot};

const LIMITS: SwitchLimits = SwitchLimits { spans: 2, players: 1, taps: 1, bridges: 1, bridge_parties: 2 };

/// Two spans whose lines are joined, a D channel in timeslot 16 of each.
struct Joined {
    _control: SwitchControl,
    switch: SwitchProc,
    media: MediaLoop,
    ends: [HdlcChannel; 2],
    tick: usize,
    lines: [Vec<[u8; 32]>; 2],
}

impl Joined {
    fn new(tick: usize, seven_bits: bool) -> Self {
        let slot = Timeslot::new(16).expect("a timeslot");
        let setup = SpanSetup {
            law: Law::A,
            traffic: 0xfffe_fffe,
            idle_bits: Abcd::default(),
            hdlc: Some(HdlcSlot { slot, seven_bits, lengths: FrameLengths::Any, silent: false }),
            ears: EarSetup::default(),
        };
        let (mut control, switch) = new_switch(&[setup.clone(), setup], &LIMITS);
        let ends = [0, 1].map(|span| control.take_hdlc(SpanIndex(span)).expect("configured"));
        assert!(control.take_hdlc(SpanIndex(0)).is_none(), "taken");
        assert!(control.take_hdlc(SpanIndex(2)).is_none(), "no such span");
        let lines = [(); 2].map(|()| vec![[0xff; 32]; tick]);
        Self { _control: control, switch, media: MediaLoop::default(), ends, tick, lines }
    }

    /// Works a tick; whether control was to be woken.
    fn work(&mut self) -> bool {
        let Self { switch, media, lines, tick, .. } = self;
        let mut news = false;
        media.run_tick(*tick, |moment| {
            for (span, line) in lines.iter().enumerate() {
                let octets: Vec<u8> = line.iter().map(|frame| frame[16]).collect();
                switch.receive_hdlc(span, &octets, moment.end());
            }
            news = switch.process(moment);
        });
        for span in 0..2 {
            self.lines[1 - span].copy_from_slice(self.switch.take_made(span, *tick).0);
        }
        news
    }

    fn pass(&mut self, ticks: usize) {
        for _ in 0..ticks {
            self.work();
        }
    }

    fn received(&mut self, end: usize) -> Vec<(FrameTime, Vec<u8>)> {
        let mut buffer = [0; LONGEST_FRAME];
        std::iter::from_fn(|| {
            self.ends[end].receive(&mut buffer).map(|(at, length)| (at, buffer[..length].to_vec()))
        })
        .collect()
    }

    fn now(&self) -> FrameTime {
        self.media.now()
    }
}

fn frames(rng: &mut Rng, count: usize) -> Vec<Vec<u8>> {
    let frame = |rng: &mut Rng| (0..3 + rng.below(258)).map(|_| (rng.word() >> 56) as u8 | 3).collect();
    (0..count).map(|_| frame(rng)).collect()
}

#[test]
fn all_frames_arrive_in_order_both_ways_whatever_the_tick() {
    for (tick, seven_bits) in [(1, false), (8, false), (40, true), (160, false), (160, true)] {
        let mut rng = Rng::new(tick as u64);
        let mut joined = Joined::new(tick, seven_bits);
        let sent = [frames(&mut rng, 200), frames(&mut rng, 200)];
        let (mut next, mut heard) = ([0; 2], [Vec::new(), Vec::new()]);
        let mut last = FrameTime::ZERO;
        while heard[0].len() + heard[1].len() < 400 {
            let now = joined.now();
            for end in 0..2 {
                while let Some(frame) = sent[end].get(next[end]) {
                    if !joined.ends[end].send(now, frame) {
                        break;
                    }
                    next[end] += 1;
                }
            }
            let news = joined.work();
            for end in 0..2 {
                let came = joined.received(end);
                assert!(news || came.is_empty(), "control is woken when frames have come");
                for (at, frame) in came {
                    assert!(at > now && at <= joined.now(), "{at:?}");
                    heard[1 - end].push(frame);
                }
            }
            last = joined.now();
            assert!(last.0 < 200_000, "tick {tick}: {:?}", heard.each_ref().map(Vec::len));
        }
        assert!(heard == sent, "tick {tick}");
        // 200 frames of some 130 octets, at 8000 octets a second: the line was never idle for long.
        assert!(last.0 < 36_000 + 10 * tick as u64, "tick {tick}: {last:?}");
        for end in &joined.ends {
            assert_eq!((end.counters().0.frames, end.counters().1), (200, 0));
        }
    }
}

#[test]
fn while_a_span_can_carry_nothing_no_frame_comes_and_none_is_made_up() {
    let mut joined = Joined::new(8, false);
    assert!(joined.ends[0].send(FrameTime::ZERO, &[1; 100]));
    (0..6).for_each(|_| assert!(!joined.work()));
    joined.switch.note_defects(1, Defects::only(Defect::Los), FrameTime(48));
    joined.pass(4);
    joined.switch.note_defects(1, Defects::NONE, FrameTime(80));
    joined.pass(20);
    assert!(joined.received(1).is_empty(), "the frame was cut in two");
    assert!(joined.ends[0].send(joined.now(), &[2; 10]));
    joined.pass(4);
    assert_eq!(joined.received(1).into_iter().map(|(_, frame)| frame).collect::<Vec<_>>(), [[2; 10]]);
}

#[test]
fn frames_that_control_does_not_take_are_dropped_and_counted_and_those_taken_are_whole() {
    let mut joined = Joined::new(160, false);
    for number in 0..200_u8 {
        let now = joined.now();
        assert!(joined.ends[0].send(now, &[number; 260]));
        joined.pass(3);
    }
    let (counters, dropped) = joined.ends[1].counters();
    let received = joined.received(1);
    assert_eq!((counters.frames, received.len() as u64 + dropped), (200, 200));
    assert!(received.len() >= 32 && dropped > 100, "{} {dropped}", received.len());
    assert!(received.iter().zip(0..).all(|((_, frame), number)| *frame == vec![number; 260]));
}

#[test]
fn a_frame_that_is_empty_or_too_long_is_not_sent() {
    let mut joined = Joined::new(8, false);
    let now = FrameTime::ZERO;
    assert!(!joined.ends[0].send(now, &[]));
    assert!(!joined.ends[0].send(now, &[1; LONGEST_FRAME + 1]));
    assert!(joined.ends[0].send(now, &[1; LONGEST_FRAME]));
    joined.pass(80);
    assert_eq!(joined.received(1).len(), 1);
}
