//! What is lost on its way to a card, concealed by the switch: when, for whom, and what taps and counters tell of it.
use tandem_dsp::concealment::Concealer;
use tandem_dsp::g711;
use tandem_rt::MediaLoop;
use tandem_switch::link::{Change, SlotId, Source, TapReader};
use tandem_switch::{EarSetup, SpanSetup, SwitchControl, SwitchLimits, SwitchProc, new_switch};
use tandem_types::{Abcd, Bearer, Frames, Law, LostFrames, SpanIndex, Timeslot};

const LIMITS: SwitchLimits = SwitchLimits { spans: 1, players: 4, taps: 4, bridges: 2, bridge_parties: 4 };
const IDLE: u8 = 0xd5;

fn slot(number: u8) -> SlotId {
    SlotId { span: SpanIndex(0), slot: Timeslot::new(number).expect("a timeslot") }
}

fn listen(sink: u8, source: u8, bearer: Bearer) -> Change {
    Change::Listen { sink: slot(sink), source: Source::Slot(slot(source)), bearer }
}

/// A switch whose slots all receive a voice, but for what is lost.
struct World {
    control: SwitchControl,
    switch: SwitchProc,
    media: MediaLoop,
    tick: usize,
    /// What slot 2 to 5 sent, and every frame that was received.
    sent: [Vec<u8>; 4],
    received: Vec<u8>,
    lost: Vec<bool>,
}

impl World {
    fn new(tick: usize) -> Self {
        let span = SpanSetup {
            law: Law::A,
            traffic: 0xfffe_fffe,
            idle_bits: Abcd::new(0b1101),
            hdlc: None,
            ears: EarSetup::default(),
        };
        let (control, switch) = new_switch(&[span], &LIMITS);
        let (media, sent) = (MediaLoop::default(), Default::default());
        Self { control, switch, media, tick, sent, received: Vec::new(), lost: Vec::new() }
    }

    fn run(&mut self, ticks: usize, is_lost: impl Fn(usize) -> bool) {
        for _ in 0..ticks {
            let begin = self.received.len();
            for frame in begin..begin + self.tick {
                let angle = frame as f64 / 8000.0 * std::f64::consts::TAU;
                let sample = 6000.0 * (angle * 117.0).sin() + 4000.0 * (angle * 234.0 + 1.0).sin();
                let octet = if is_lost(frame) { IDLE } else { g711::encode(Law::A, sample as i16) };
                self.received.push(octet);
                self.lost.push(is_lost(frame));
            }
            let (tick, switch) = (self.tick, &mut self.switch);
            let (received, lost) = (&self.received[begin..], &self.lost[begin..]);
            self.media.run_tick(tick, |moment| {
                // In two granules, as cards have them, if the tick has an even number of frames.
                let granule = if tick.is_multiple_of(2) { tick / 2 } else { tick };
                for first in (0..tick).step_by(granule) {
                    let frames = switch.receive(0, first, granule);
                    frames.iter_mut().zip(&received[first..]).for_each(|(frame, octet)| frame.fill(*octet));
                    let lost: LostFrames = (0..granule).filter(|frame| lost[first + frame]).collect();
                    switch.note_lost(0, first, &lost);
                }
                switch.process(moment);
            });
            for frame in self.switch.take_made(0, self.tick).0 {
                (2..6).zip(&mut self.sent).for_each(|(slot, sent)| sent.push(frame[slot]));
            }
            while self.control.poll().is_some() {}
        }
    }

    /// What a concealer of our own makes of all that was received, and which frames of it were lost.
    fn concealed(&self) -> (Vec<u8>, Vec<bool>) {
        let mut concealer = Concealer::new();
        let octets = self.received.iter().zip(&self.lost).map(|(octet, lost)| {
            let mut sample = [g711::decode(Law::A, *octet)];
            if *lost {
                concealer.lose(&mut sample);
            } else {
                concealer.hear(&mut sample);
            }
            g711::encode(Law::A, sample[0])
        });
        let late = std::iter::repeat_n(false, 30).chain(self.lost.iter().copied());
        (octets.collect(), late.take(self.lost.len()).collect())
    }
}

fn told(reader: &mut TapReader) -> (Vec<u8>, Vec<bool>, Vec<u8>, Vec<bool>) {
    let mut told = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    while let Some(block) = reader.pop() {
        for place in 0..usize::from(block.length) {
            told.0.push(block.rx[place]);
            told.1.push(block.rx_lost.contains(place));
            told.2.push(block.tx[place]);
            told.3.push(block.tx_lost.contains(place));
        }
    }
    told
}

#[test]
fn who_hears_a_slot_hears_its_losses_concealed_unless_it_hears_data() {
    for tick in [8, 5, 40, 160] {
        let mut world = World::new(tick);
        // 2 hears 1, 3 hears 1 as data, 4 hears 6 which is not concealed, and 5 hears 7, a slot with a connection for data.
        world.control.apply(vec![
            listen(2, 1, Bearer::Speech),
            listen(3, 1, Bearer::Unrestricted),
            listen(4, 6, Bearer::Speech),
            listen(5, 7, Bearer::Speech),
            listen(7, 8, Bearer::Unrestricted),
        ]);
        world.control.conceal(slot(1), Law::A);
        world.control.conceal(slot(7), Law::A);
        let is_lost = |frame: usize| frame > 500 && (frame / 16 % 20 == 7 || (2000..2600).contains(&frame));
        world.run(4000 / tick, is_lost);
        let (expected, _) = world.concealed();
        assert!(world.sent[0] == expected, "tick {tick}");
        assert_ne!(expected, world.received);
        for other in &world.sent[1..] {
            assert!(*other == world.received, "tick {tick}");
        }
        let totals = world.control.counters().totals();
        let lost = world.lost.iter().filter(|lost| **lost).count() as u64;
        assert_eq!((totals.octets_lost, totals.octets_concealed), (30 * lost, lost), "tick {tick}");
    }
}

#[test]
fn without_losses_a_slot_is_heard_as_it_is_and_375_ms_later_until_it_is_told_otherwise() {
    let mut world = World::new(8);
    world.control.apply(vec![listen(2, 1, Bearer::Speech)]);
    world.control.conceal(slot(1), Law::A);
    world.run(100, |_| false);
    assert_eq!(world.sent[0][30..], world.received[..770]);
    world.control.pass_gaps(slot(1));
    world.run(100, |_| false);
    assert_eq!(world.sent[0][800..], world.received[800..]);
    assert_eq!(world.control.counters().totals().octets_concealed, 0);
}

#[test]
fn taps_tell_which_frames_were_lost_where_they_put_them() {
    for (conceals, tick) in [(true, 8), (false, 8), (true, 160), (true, 5)] {
        let mut world = World::new(tick);
        world.control.apply(vec![listen(2, 1, Bearer::Speech)]);
        if conceals {
            world.control.conceal(slot(1), Law::A);
        }
        // One on the slot that loses, and one on the slot that hears it, with digits blanked.
        let room = Frames(8000);
        let (_, mut on_1) = world.control.start_tap(slot(1), None, None, room).expect("free");
        let (id, mut on_2) = world.control.start_tap(slot(2), None, Some(Law::A), room).expect("free");
        world.run(4000 / tick, |frame| frame / 40 % 10 == 3);
        world.control.stop_tap(id);
        world.run(1, |_| false);
        let (octets, late) = world.concealed();
        let (octets, late) =
            if conceals { (octets, late) } else { (world.received.clone(), world.lost.clone()) };
        let (received, received_lost, ..) = told(&mut on_1);
        assert!(received == octets[..received.len()] && received.len() >= 3840);
        assert!(received_lost == late[..received.len()], "{conceals} {tick}");
        assert_eq!(received_lost.iter().filter(|lost| **lost).count().abs_diff(received.len() / 10) / 41, 0);
        let (_, own_lost, sent, sent_lost) = told(&mut on_2);
        assert!(sent == octets[..sent.len()] && sent.len() == 4000 / tick * tick);
        assert!(sent_lost == late[..sent.len()], "{conceals} {tick}");
        assert!(own_lost == world.lost[..sent.len()], "{conceals} {tick}: the whole span loses");
    }
}
