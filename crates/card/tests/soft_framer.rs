//! Two soft framers on a pair of wires that carry bits and nothing else, so that the far end's frames begin
//! anywhere among them.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tandem_card::{
    Abilities, Card, CardError, CardInfo, ClockSource, LineIo, LineSignal, PortKind, SoftFramer, SpanConfig,
};
use tandem_line::{CrcMode, LineCode, T1Framing};
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_rt::{MediaLoop, MediaTick};
use tandem_types::{Abcd, Defect, TelephoneChannel};

#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

type Wire = Arc<Mutex<VecDeque<bool>>>;

/// One port of a bit device: a wire for each direction.
struct Port {
    info: CardInfo,
    out: Wire,
    incoming: Wire,
    signal: LineSignal,
    line_code: Option<LineCode>,
}

impl Port {
    /// Two ports; what each sends the other receives two granules and `offset` bits later.
    fn pair(granule: usize, offset: usize) -> (Self, Self) {
        let wire = || {
            let mut bits = VecDeque::with_capacity(1 << 14);
            bits.resize(512 * granule + offset, true);
            Arc::new(Mutex::new(bits))
        };
        let (east, west) = (wire(), wire());
        (Self::new(granule, &east, &west), Self::new(granule, &west, &east))
    }

    fn new(granule: usize, out: &Wire, incoming: &Wire) -> Self {
        let (spans, abilities) = (vec![PortKind::E1], Abilities::default());
        let info = CardInfo { model: "bits", serial: None, spans, granule, abilities };
        let (out, incoming) = (out.clone(), incoming.clone());
        Self { info, out, incoming, signal: LineSignal::default(), line_code: None }
    }
}

impl LineIo for Port {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, _: usize, config: &SpanConfig) -> Result<(), CardError> {
        self.line_code = Some(config.line_code);
        Ok(())
    }

    fn start(&mut self) -> Result<(), CardError> {
        Ok(())
    }

    fn stop(&mut self) {}

    fn service(&mut self, _: &MediaTick<'_>) {}

    fn receive(&mut self, _: &MediaTick<'_>, _: usize, words: &mut [u64]) -> (usize, LineSignal) {
        let mut wire = self.incoming.lock().unwrap_or_else(PoisonError::into_inner);
        let count = 4 * self.info.granule;
        for word in &mut words[..count] {
            *word = (0..64).fold(0, |word, _| word << 1 | u64::from(wire.pop_front().unwrap_or(true)));
        }
        if self.signal.loss_of_signal {
            words[..count].fill(0);
        }
        (count, self.signal)
    }

    fn transmit(&mut self, _: &MediaTick<'_>, _: usize, words: &[u64]) {
        let mut wire = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        for word in words {
            wire.extend((0..64).map(|place| word << place >> 63 == 1));
        }
    }

    fn set_clock(&mut self, _: ClockSource) {}
}

struct Lab {
    east: SoftFramer<Port>,
    west: SoftFramer<Port>,
    media: MediaLoop,
    granule: usize,
    sent: u8,
    /// Slot 5 of all frames that west received since the last look.
    heard: Vec<u8>,
}

impl Lab {
    fn new(granule: usize, offset: usize, config: SpanConfig) -> Self {
        GuardedAlloc::set_policy(ViolationPolicy::Abort);
        let (east, west) = Port::pair(granule, offset);
        let (mut east, mut west) = (SoftFramer::new(east), SoftFramer::new(west));
        for card in [&mut east, &mut west] {
            card.configure(0, &config).expect("a span");
            card.start().expect("a line");
        }
        Self { east, west, media: MediaLoop::default(), granule, sent: 0, heard: Vec::with_capacity(1 << 14) }
    }

    /// Runs `frames` frames, in which east counts in slot 5.
    fn run(&mut self, frames: usize) {
        self.heard.clear();
        let mut block = [[0xd5; 32]; 8];
        let block = &mut block[..self.granule];
        for _ in 0..frames / self.granule {
            self.media.run_tick(self.granule, |tick| {
                self.east.service(tick);
                self.west.service(tick);
                self.west.receive(tick, 0, block);
                self.heard.extend(block.iter().map(|frame| frame[5]));
                self.west.transmit(tick, 0, block);
                for frame in block.iter_mut() {
                    frame[5] = self.sent;
                    self.sent = self.sent.wrapping_add(1);
                }
                self.east.transmit(tick, 0, block);
            });
        }
    }

    fn is_counting(&self) -> bool {
        self.heard.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1))
    }
}

const CAS: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::Off, true);

#[test]
fn frames_come_through_in_order_wherever_they_begin_among_the_bits() {
    for crc4 in [CrcMode::Off, CrcMode::On, CrcMode::Auto] {
        for offset in [0, 1, 101, 255] {
            let mut lab = Lab::new(8, offset, SpanConfig::e1(LineCode::Hdb3, crc4, false));
            lab.run(800);
            lab.run(800);
            assert!(lab.is_counting(), "{crc4:?} at {offset}: {:?}", &lab.heard[..16]);
            for card in [&lab.east, &lab.west] {
                assert!(card.status(0).defects.is_empty(), "{crc4:?} at {offset}");
                assert_eq!(card.status(0).counters.slips_repeated + card.status(0).counters.slips_deleted, 0);
            }
        }
    }
}

#[test]
fn the_delay_is_constant_with_a_granule_of_one_frame() {
    let mut delays = Vec::new();
    for _ in 0..3 {
        let mut lab = Lab::new(1, 0, SpanConfig::default());
        for _ in 0..20 {
            lab.run(100);
            delays.push(lab.sent.wrapping_sub(lab.heard[99]));
        }
    }
    let settled = delays[19];
    for (run, delay) in delays.iter().enumerate().filter(|(run, _)| run % 20 > 5) {
        assert_eq!(*delay, settled, "run {run}");
    }
    // Counted from the frame after the last sent: two on the wire, the framer's window, the store.
    assert!((4..=6).contains(&settled), "{settled} frames");
}

#[test]
fn signalling_bits_of_all_channels_come_through() {
    let mut lab = Lab::new(8, 77, CAS);
    lab.run(400);
    let bits_of = |channel: TelephoneChannel| Abcd::new(channel.number() % 15 + 1);
    lab.media.run_tick(0, |tick| {
        for channel in TelephoneChannel::all() {
            lab.east.set_bits(tick, 0, channel.timeslot(), bits_of(channel));
        }
    });
    lab.run(80);
    for channel in TelephoneChannel::all() {
        let slot = channel.timeslot();
        assert_eq!(lab.west.received_bits(0)[slot.index()], bits_of(channel), "slot {slot}");
    }
}

#[test]
fn a_cut_wire_is_loss_of_signal_here_ones_upwards_and_remote_alarm_there() {
    let mut lab = Lab::new(8, 13, SpanConfig::default());
    lab.run(800);
    lab.west.line_mut().signal.loss_of_signal = true;
    lab.run(80);
    assert!(lab.west.status(0).defects.contains(Defect::Los));
    assert!(lab.east.status(0).defects.contains(Defect::Rai));
    lab.run(8);
    assert!(lab.heard.iter().all(|octet| *octet == 0xff), "{:?}", lab.heard);
    lab.west.line_mut().signal.loss_of_signal = false;
    lab.run(1600);
    lab.run(80);
    assert!(lab.is_counting());
    assert!(lab.west.status(0).defects.is_empty() && lab.east.status(0).defects.is_empty());
}

#[test]
fn violations_of_the_line_code_are_counted() {
    let mut lab = Lab::new(8, 0, SpanConfig::default());
    lab.east.line_mut().signal.line_code_violations = 3;
    lab.run(80);
    assert_eq!(lab.east.status(0).counters.line_code_violations, 30);
    assert_eq!(lab.west.status(0).counters.line_code_violations, 0);
    lab.east.start().expect("a line");
    assert_eq!(lab.east.status(0).counters.line_code_violations, 0, "counted since the start");
}

#[test]
fn a_t1_in_ami_has_no_more_than_fifteen_zeros_in_a_row() {
    for line_code in [LineCode::Ami, LineCode::B8zs] {
        let mut lab = Lab::new(8, 0, SpanConfig::t1(line_code, T1Framing::Esf, false));
        let (mut run, mut longest) = (0, 0);
        for _ in 0..400 {
            lab.media.run_tick(8, |tick| lab.east.transmit(tick, 0, &[[0; 32]; 8]));
            for pulse in lab.east.line().out.lock().expect("a wire").drain(..) {
                run = if pulse { 0 } else { run + 1 };
                longest = longest.max(run);
            }
        }
        assert_eq!(longest <= 15, line_code == LineCode::Ami, "{line_code:?}: {longest}");
    }
}

#[test]
fn the_line_code_goes_to_the_line() {
    let mut lab = Lab::new(8, 0, SpanConfig { line_code: LineCode::Ami, ..SpanConfig::default() });
    assert_eq!(lab.west.line().line_code, Some(LineCode::Ami));
    let refused = lab.west.configure(1, &CAS);
    assert_eq!(refused, Err(CardError::NoSuchSpan { span: 1, spans: 1 }));
}
