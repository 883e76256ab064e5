//! The DAHDI back end over a driver in memory.
#[path = "dahdi/fake.rs"]
mod fake;
use fake::*;
use tandem_card::dahdi::{DahdiCard, DahdiOptions};
use tandem_card::{
    Card, CardError, CrcMode, Frame, LineCode, LineError, LineOrder, Loopback, PortKind, Presence,
    SpanConfig, T1Framing,
};
use tandem_rt::MediaLoop;
use tandem_types::{Abcd, Defect, Defects, Timeslot};

const E1: &[u8; 2] = b"E1";
const T1: &[u8; 2] = b"T1";

struct Bench {
    fake: Fake,
    card: DahdiCard<Fake>,
    media: MediaLoop,
    granule: usize,
    /// What was received in the last granules, and what is sent.
    heard: Vec<Vec<Frame>>,
    sent: u64,
}

fn clear() -> SpanConfig {
    SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false).with_signalling_slot(slot(16))
}

fn signalled() -> SpanConfig {
    SpanConfig::e1(LineCode::Hdb3, CrcMode::Off, true)
}

fn slot(number: u8) -> Timeslot {
    Timeslot::new(number).expect("a slot")
}

/// What channel `number` receives in a frame: any two channels and any two of 200 frames differ together.
fn line(number: usize, frame: u64) -> u8 {
    (number as u64 * 7 + frame) as u8
}

impl Bench {
    fn new(kinds: &[&'static [u8; 2]], options: DahdiOptions, configs: &[SpanConfig]) -> Self {
        let fake = Fake::new(kinds);
        let options = DahdiOptions { spans: kinds.len() as u16, ..options };
        let mut card = DahdiCard::new(fake.clone(), options).expect("found");
        for (span, config) in configs.iter().enumerate() {
            card.configure(span, config).expect("possible");
        }
        card.start().expect("started");
        fake.driver().take_calls();
        let heard = vec![Vec::new(); kinds.len()];
        Self { fake, card, media: MediaLoop::default(), granule: options.granule, heard, sent: 0 }
    }

    fn one(config: SpanConfig) -> Self {
        Self::new(&[E1], DahdiOptions::default(), &[config])
    }

    /// So many granules, of each of which the card and the host see one; no more calls are made than may be.
    fn pass(&mut self, granules: usize) {
        for _ in 0..granules {
            self.fake.driver().pass(self.granule, line);
            self.work();
        }
    }

    fn work(&mut self) {
        let Self { card, media, granule, heard, sent, fake } = self;
        media.run_tick(*granule, |tick| {
            card.service(tick);
            for (span, heard) in heard.iter_mut().enumerate() {
                let mut frames = vec![[0; 32]; *granule];
                card.receive(tick, span, &mut frames);
                heard.extend(frames);
                let frames: Vec<Frame> =
                    (0..*granule).map(|n| std::array::from_fn(|slot| line(slot, *sent + n as u64))).collect();
                card.transmit(tick, span, &frames);
            }
            *sent += *granule as u64;
        });
        let spans = self.heard.len();
        let (data, control) = fake.driver().take_calls();
        // To put channels in step each is flushed, in place of a read.
        let flushes = fake.driver().take_flushes();
        let in_step = flushes <= 1;
        // A second try takes the place of a request.
        assert!(data <= 63 * spans, "{data} calls that read and write");
        assert!(control <= 2 * spans || !in_step, "{control} others");
        assert!(data + control <= 64 * spans, "{data} and {control}, {flushes} of them flushes");
    }

    /// The frames that came from the line in the last so many.
    fn tail(&self, span: usize, frames: usize) -> &[Frame] {
        &self.heard[span][self.heard[span].len() - frames..]
    }

    fn defects(&self) -> Defects {
        self.card.status(0).defects
    }
}

/// Each frame follows the one before on every channel, all of one frame of the line.
fn assert_in_step(frames: &[Frame], slots: impl Iterator<Item = usize> + Clone) {
    for (n, frame) in frames.iter().enumerate() {
        let first = frames[0][1].wrapping_sub(line(1, 0)).wrapping_add(n as u8);
        for slot in slots.clone() {
            assert_eq!(frame[slot].wrapping_sub(line(slot, 0)), first, "frame {n}, slot {slot}");
        }
    }
}

/// Each frame follows the one before, on each channel by itself.
fn assert_goes_on(frames: &[Frame], slots: impl Iterator<Item = usize>) {
    for slot in slots {
        for pair in frames.windows(2) {
            assert_eq!(pair[1][slot], pair[0][slot].wrapping_add(1), "slot {slot}");
        }
    }
}

#[test]
fn octets_of_all_channels_pass_in_step_and_in_order() {
    for granule in [8, 16, 40, 160] {
        let options = DahdiOptions { granule, ..DahdiOptions::default() };
        let mut bench = Bench::new(&[E1], options, &[clear()]);
        bench.pass(100);
        assert_in_step(bench.tail(0, 40 * granule), 1..32);
        let counters = bench.card.status(0).counters;
        assert_eq!((counters.frames_missed, counters.slips_deleted), (0, 0), "granule {granule}");
        let driver = bench.fake.driver();
        for (number, channel) in (1..).zip(&driver.channels) {
            let sent = &channel.sent[channel.sent.len() - 50 * granule..];
            let follows = sent.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
            assert!(follows, "channel {number}, granule {granule}");
        }
        assert_eq!(bench.card.frames_dropped(0), 0);
    }
}

#[test]
fn what_the_line_brings_is_given_two_blocks_later_at_most() {
    let mut bench = Bench::one(clear());
    // Such a span has none; the engine sets those of idle channels all the same.
    bench.media.run_tick(8, |tick| bench.card.set_bits(tick, 0, slot(1), Abcd::new(0b1101)));
    bench.pass(50);
    let now = bench.fake.driver().frame;
    let last = bench.tail(0, 1)[0][1];
    let age = (line(1, now - 1)).wrapping_sub(last);
    assert!(age <= 16, "{age} frames");
}

#[test]
fn a_span_is_set_up_as_its_configuration_says() {
    let sf = SpanConfig::t1(LineCode::Ami, T1Framing::Sf, true);
    let esf = SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, false);
    let configs = [clear(), signalled(), sf, esf];
    let bench = Bench::new(&[E1, E1, T1, T1], DahdiOptions::default(), &configs);
    assert_eq!(bench.card.info().spans, [PortKind::E1, PortKind::E1, PortKind::T1, PortKind::T1]);
    let driver = bench.fake.driver();
    // HDB3 | CRC4 | CCS, HDB3, AMI | D4, B8ZS | ESF.
    let configs: Vec<_> =
        driver.spans.iter().map(|span| (span.lineconfig, span.sync, span.started)).collect();
    assert_eq!(configs, [(0x700, 1, true), (0x200, 2, true), (0x50, 3, true), (0xa0, 4, true)]);
    let kinds = |from: usize, count: usize| -> Vec<i32> {
        driver.channels[from..from + count].iter().map(|channel| channel.sigtype).collect()
    };
    assert_eq!(kinds(0, 31), [128; 31]);
    let mut expected = [32768; 31];
    expected[15] = 0;
    assert_eq!(kinds(31, 31), expected);
    assert_eq!((kinds(62, 24), kinds(86, 24)), (vec![32768; 24], vec![128; 24]));
}

#[test]
fn a_dynamic_span_is_what_its_channels_make_it_and_other_kinds_are_refused() {
    let options = DahdiOptions { spans: 2, ..DahdiOptions::default() };
    let card = DahdiCard::new(Fake::new(&[DYNAMIC_31, DYNAMIC_24]), options).expect("found");
    assert_eq!(card.info().spans, [PortKind::E1, PortKind::T1]);
    let refused = DahdiCard::new(Fake::new(&[b"TE"]), DahdiOptions::default());
    assert!(matches!(refused, Err(CardError::Unsupported(_))));
    let mut bench = Bench::new(&[DYNAMIC_31], DahdiOptions::default(), &[clear()]);
    bench.pass(40);
    assert_in_step(bench.tail(0, 80), 1..32);
}

#[test]
fn what_dahdi_has_no_words_for_is_refused() {
    let fake = Fake::new(&[E1, T1]);
    let mut card = DahdiCard::new(fake, DahdiOptions { spans: 2, ..DahdiOptions::default() }).expect("found");
    let auto = SpanConfig::e1(LineCode::Hdb3, CrcMode::Auto, false);
    let japan = SpanConfig::t1(LineCode::B8zs, T1Framing::J1Esf, false);
    for (span, config) in [(0, auto), (1, japan), (1, clear())] {
        assert!(matches!(card.configure(span, &config), Err(CardError::Unsupported(_))), "{config:?}");
    }
    assert_eq!(card.configure(2, &clear()), Err(CardError::NoSuchSpan { span: 2, spans: 2 }));
}

#[test]
fn a_call_that_fails_at_the_start_is_named_with_its_error_and_nothing_stays_open() {
    for (request, name) in [
        (SPANCONFIG, "SPANCONFIG"),
        (CHANCONFIG, "CHANCONFIG"),
        (STARTUP, "STARTUP"),
        (SPECIFY, "SPECIFY"),
        (SET_BUFINFO, "SET_BUFINFO"),
        (SPANSTAT, "SPANSTAT"),
    ] {
        let fake = Fake::new(&[E1]);
        let mut card = DahdiCard::new(fake.clone(), DahdiOptions::default()).expect("found");
        card.configure(0, &clear()).expect("possible");
        fake.driver().refused.insert(request, EINVAL);
        assert_eq!(card.start(), Err(CardError::Failed { function: name, code: EINVAL }));
        // Closed again: the driver asserts it at its end. And a second start is as good as the first.
        fake.driver().refused.clear();
        card.start().expect("no longer refused");
        card.stop();
    }
    let fake = Fake::new(&[E1]);
    let two = DahdiOptions { spans: 2, ..DahdiOptions::default() };
    let missing = DahdiCard::new(fake.clone(), two).map(|_| ());
    assert_eq!(missing, Err(CardError::Failed { function: "SPANSTAT", code: EINVAL }));
    fake.driver().absent = true;
    let missing = DahdiCard::new(fake, DahdiOptions::default()).map(|_| ());
    assert_eq!(missing, Err(CardError::Failed { function: "open of /dev/dahdi/ctl", code: 2 }));
}

#[test]
fn signalling_bits_go_both_ways_and_a_neighbours_do_not() {
    let mut bench = Bench::one(signalled());
    bench.pass(60);
    for number in (1..32).filter(|number| *number != 16) {
        let channel = &mut bench.fake.driver().channels[number - 1];
        channel.rx_bits = 0xb0 | (number as i32 & 0xf);
        channel.events.push_back(13);
    }
    bench.media.run_tick(8, |tick| {
        for number in (1..32).filter(|number| *number != 16) {
            bench.card.set_bits(tick, 0, slot(number), Abcd::new(15 - (number & 0xf)));
        }
    });
    // Two calls for each channel, and one more that throws away what has become late.
    bench.pass(120);
    for number in (1..32).filter(|number| *number != 16) {
        assert_eq!(bench.card.received_bits(0)[number], Abcd::new(number as u8 & 0xf), "slot {number}");
        let bits = bench.fake.driver().channels[number - 1].tx_bits;
        assert_eq!(bits, 15 - (number as i32 & 0xf), "slot {number}");
    }
    bench.pass(20);
    assert_goes_on(bench.tail(0, 80), (1..32).filter(|slot| *slot != 16));
}

#[test]
fn alarms_are_defects_and_counters_count() {
    let mut bench = Bench::one(clear());
    bench.fake.driver().spans[0].crc4count = 40;
    bench.pass(40);
    assert_eq!(bench.defects(), Defects::NONE);
    assert_eq!(bench.card.status(0).counters.crc_errors, 40);
    {
        let mut driver = bench.fake.driver();
        driver.spans[0].alarms = 1 << 3 | 1 << 8;
        driver.spans[0].crc4count = 3;
        // Every channel is told.
        driver.channels.iter_mut().for_each(|channel| channel.events.push_back(4));
    }
    bench.pass(2);
    assert_eq!(bench.defects(), Defects::only(Defect::Los), "asked at once");
    assert_eq!(bench.card.status(0).counters.crc_errors, 43, "set to zero by somebody");
    bench.fake.driver().spans[0].alarms = 0;
    bench.fake.driver().channels.iter_mut().for_each(|channel| channel.events.push_back(5));
    bench.pass(100);
    assert_eq!(bench.defects(), Defects::NONE);
    assert_in_step(bench.tail(0, 80), 1..32);
}

#[test]
fn a_driver_that_goes_is_a_dead_card_and_one_that_comes_back_is_set_up_as_it_was() {
    let mut bench = Bench::one(signalled());
    bench.pass(40);
    bench.media.run_tick(8, |tick| bench.card.set_bits(tick, 0, slot(7), Abcd::new(0b0101)));
    bench.pass(40);
    bench.fake.driver().absent = true;
    bench.pass(1);
    let mut gone = Defects::only(Defect::Los);
    gone.set(Defect::Card, true);
    assert_eq!((bench.defects(), bench.card.presence()), (gone, Presence::Away));
    bench.pass(1);
    assert_eq!(bench.tail(0, 8), [[0xd5; 32]; 8]);
    let before = bench.fake.driver().opens;
    bench.pass(2500);
    assert_eq!(bench.fake.driver().opens - before, 2, "looked for once a second");
    bench.fake.driver().absent = false;
    // The granule in which it is found sets everything up.
    while bench.card.presence() == Presence::Away {
        bench.fake.driver().pass(8, line);
        bench.media.run_tick(8, |tick| bench.card.service(tick));
    }
    bench.fake.driver().take_calls();
    bench.pass(200);
    assert_eq!(bench.defects(), Defects::NONE);
    assert_eq!(bench.fake.driver().channels[6].tx_bits, 0b0101);
    assert_in_step(bench.tail(0, 80), (1..32).filter(|slot| *slot != 16));
}

#[test]
fn a_card_that_is_silent_for_a_second_is_dead() {
    let mut bench = Bench::one(clear());
    bench.pass(40);
    (0..124).for_each(|_| bench.work());
    assert_eq!(bench.card.presence(), Presence::There);
    (0..880).for_each(|_| bench.work());
    assert_eq!(bench.card.presence(), Presence::Away);
    assert!(bench.defects().contains(Defect::Card));
}

#[test]
fn errors_of_every_kind_are_either_lived_through_or_the_end_of_the_card() {
    for (errno, lives) in
        [(EAGAIN, true), (4, true), (ELAST, true), (5, false), (ENODEV, false), (EINVAL, false)]
    {
        let mut bench = Bench::one(clear());
        bench.pass(40);
        bench.fake.driver().read_errno = Some(errno);
        bench.pass(50);
        assert_eq!(bench.card.presence() == Presence::There, lives, "read: {errno}");
        bench.fake.driver().read_errno = None;
        bench.fake.driver().write_errno = Some(errno);
        let mut bench = Bench::one(clear());
        bench.pass(40);
        bench.fake.driver().write_errno = Some(errno);
        bench.pass(50);
        assert_eq!(bench.card.presence() == Presence::There, lives, "write: {errno}");
    }
    for request in [GETEVENT, SPANSTAT] {
        let mut bench = Bench::one(clear());
        bench.pass(40);
        bench.fake.driver().channels[3].events.push_back(4);
        bench.fake.driver().refused.insert(request, EINVAL);
        bench.pass(50);
        assert_eq!(bench.card.presence(), Presence::Away, "{request:#x}");
    }
}

#[test]
fn a_storm_of_events_costs_no_more_calls_and_ends_with_the_channels_in_step() {
    for config in [clear(), signalled()] {
        let mut bench = Bench::one(config);
        bench.pass(40);
        for round in 0..200 {
            let mut driver = bench.fake.driver();
            for (number, channel) in driver.channels.iter_mut().enumerate() {
                channel.events.push_back([13, 4, 5, 29, 30, 77, -1][(round + number) % 7]);
            }
            drop(driver);
            bench.pass(1);
        }
        assert_eq!(bench.card.presence(), Presence::There);
        bench.fake.driver().channels.iter_mut().for_each(|channel| channel.events.clear());
        bench.pass(200);
        if config.framing.cas() {
            assert_goes_on(bench.tail(0, 80), (1..32).filter(|slot| *slot != 16));
        } else {
            assert_in_step(bench.tail(0, 80), 1..32);
        }
    }
    let mut bench = Bench::one(clear());
    bench.pass(10);
    bench.fake.driver().channels[30].events.push_back(20);
    bench.pass(4);
    assert_eq!(bench.card.presence(), Presence::Away, "a channel that was removed");
}

#[test]
fn reads_of_wrong_lengths_are_filled_with_idle() {
    let mut bench = Bench::one(clear());
    bench.pass(40);
    for (length, presence) in [(5, Presence::There), (4000, Presence::There), (0, Presence::Away)] {
        bench.fake.driver().read_length = Some(length);
        bench.pass(20);
        assert_eq!(bench.card.presence(), presence, "{length}");
    }
}

#[test]
fn a_host_that_is_late_loses_whole_blocks_and_one_that_is_early_repeats_some_and_both_are_counted() {
    let mut bench = Bench::one(clear());
    bench.pass(60);
    // 40 ms pass at once: 8 blocks of 2 ms are kept.
    bench.fake.driver().pass(40 * 8, line);
    (0..40).for_each(|_| bench.work());
    let late = bench.card.status(0).counters;
    assert!(late.slips_deleted >= 16, "{late:?}");
    bench.pass(60);
    assert_in_step(bench.tail(0, 80), 1..32);
    let before = bench.card.status(0).counters.slips_repeated;
    (0..10).for_each(|_| bench.work());
    assert!(bench.card.status(0).counters.slips_repeated >= before + 64);
    bench.pass(60);
    assert_in_step(bench.tail(0, 80), 1..32);
}

/// The driver tells that it ran dry, and until that is fetched reads and writes of the channel end with ELAST.
#[test]
fn a_host_that_is_late_by_less_than_is_kept_loses_no_octet_either_way() {
    let mut bench = Bench::one(clear());
    bench.pass(60);
    for late in [4, 5, 6] {
        let before = (bench.card.status(0).counters.frames_missed, bench.card.frames_dropped(0));
        let underruns = bench.fake.driver().channels[30].underruns;
        let sent = bench.fake.driver().channels[30].sent.len();
        // Granules pass without the host, which makes up for them.
        bench.fake.driver().pass(late * 8, line);
        (0..late).for_each(|_| bench.work());
        bench.pass(40);
        let driver = bench.fake.driver();
        let ran_dry = driver.channels[30].underruns > underruns;
        let sent = driver.channels[30].sent[sent..].to_vec();
        drop(driver);
        assert!(ran_dry, "after {late}");
        let jumps = sent.windows(2).filter(|pair| pair[1] != pair[0].wrapping_add(1)).count();
        let lost = (bench.card.status(0).counters.frames_missed, bench.card.frames_dropped(0));
        assert_eq!((jumps, lost), (0, before), "{late} late");
        assert_in_step(bench.tail(0, 40), 1..32);
        bench.pass(60);
    }
}

#[test]
fn orders_are_requests_for_maintenance() {
    let mut bench = Bench::one(clear());
    let orders = [
        LineOrder::Loop(Some(Loopback::Local)),
        LineOrder::Loop(Some(Loopback::Line)),
        LineOrder::Loop(Some(Loopback::Payload)),
        LineOrder::InsertError(LineError::Code),
        LineOrder::InsertError(LineError::Framing),
        LineOrder::InsertError(LineError::Crc),
        LineOrder::SendAis(true),
    ];
    bench.media.run_tick(8, |tick| orders.iter().for_each(|order| bench.card.order(tick, 0, order)));
    bench.fake.driver().spans[0].alarms = 1 << 1;
    bench.pass(60);
    let asked: Vec<i32> = bench.fake.driver().maintenance.iter().map(|(_, command)| *command).collect();
    assert_eq!(asked, [1, 2, 13, 11, 6, 8]);
    assert_eq!(bench.card.status(0).looped, Some(Loopback::Payload));
    bench.media.run_tick(8, |tick| bench.card.order(tick, 0, &LineOrder::Loop(None)));
    bench.pass(10);
    assert_eq!(bench.fake.driver().maintenance.last(), Some(&(1, 0)));
    assert_eq!(bench.card.status(0).looped, None);
}

#[test]
fn the_octets_of_a_d_channel_are_those_that_came() {
    let mut bench = Bench::one(clear());
    let mut octets = Vec::new();
    for granule in 0..200 {
        // Now and then the card is a granule behind.
        if granule % 20 != 19 {
            bench.fake.driver().pass(8, line);
        }
        bench.work();
        let mut more = [0; 16];
        let count = bench.media.run_tick(8, |tick| bench.card.receive_signalling(tick, 0, &mut more));
        octets.extend_from_slice(&more[..count.expect("a D channel")]);
    }
    assert!(octets.len() > 1000, "{}", octets.len());
    assert!(octets.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "none twice, none lost");
}
