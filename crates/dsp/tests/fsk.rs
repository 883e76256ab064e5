//! Caller identification, both ways: messages from published examples, and transmissions on lines of every kind. The
//! sender of the impairment tests is a sine of its own, so that an error in the crate's modulator cannot hide one in
//! its receiver.

mod signal;

use std::f64::consts::TAU;

use signal::{Band, Random, amplitude, noise, spandsp};
use tandem_dsp::fsk::{
    Absence, CallerIdBank, CallerIdDetector, CallerIdEvent, CallerIdGenerator, CallerIdSender, DateTime,
    Fault, Identity, Keying, Message, MessageError, MessageKind, Parameter, ParameterKind,
};
use tandem_dsp::g711;
use tandem_types::{FrameTime, Law};

/// Examples of both formats as makers of receivers publish them; the checksums of the last two are ours, because the
/// published ones do not fit.
const SINGLE: [u8; 21] = [
    0x04, 0x12, 0x30, 0x39, 0x33, 0x30, 0x31, 0x32, 0x32, 0x34, 0x36, 0x30, 0x39, 0x35, 0x35, 0x35, 0x31,
    0x32, 0x31, 0x32, 0x51,
];
const SINGLE_PRIVATE: [u8; 12] = [0x04, 0x09, 0x30, 0x39, 0x33, 0x30, 0x31, 0x32, 0x32, 0x34, 0x50, 0x0e];
const MULTIPLE: [u8; 35] = [
    0x80, 0x20, 0x01, 0x08, 0x30, 0x33, 0x32, 0x34, 0x30, 0x39, 0x30, 0x32, 0x07, 0x08, 0x4a, 0x4f, 0x48,
    0x4e, 0x20, 0x44, 0x4f, 0x45, 0x02, 0x0a, 0x38, 0x30, 0x30, 0x35, 0x35, 0x35, 0x31, 0x32, 0x31, 0x32,
    0x84,
];

#[test]
fn published_messages_mean_what_their_publishers_say() {
    let single = Message::parse(&SINGLE).expect("a message");
    assert_eq!(single.kind(), MessageKind::NumberDelivery);
    assert_eq!(single.date_time(), Some(DateTime { month: 9, day: 30, hour: 12, minute: 24 }));
    assert_eq!(single.calling_number(), Some(Identity::Known(b"6095551212")));
    assert_eq!((single.calling_name(), single.messages_wait()), (None, None));
    let private = Message::parse(&SINGLE_PRIVATE).expect("a message");
    assert_eq!(private.calling_number(), Some(Identity::Absent(Absence::Private)));
    // Only when, and nothing of who.
    let bare = Message::parse(&[0x04, 0x08, 0x30, 0x39, 0x33, 0x30, 0x31, 0x32, 0x32, 0x34, 0x5f])
        .expect("a message");
    assert_eq!((bare.date_time(), bare.calling_number()), (single.date_time(), None));
    let multiple = Message::parse(&MULTIPLE).expect("a message");
    assert_eq!(multiple.kind(), MessageKind::CallSetup);
    assert_eq!(multiple.date_time(), Some(DateTime { month: 3, day: 24, hour: 9, minute: 2 }));
    assert_eq!(multiple.calling_number(), Some(Identity::Known(b"8005551212")));
    assert_eq!(multiple.calling_name(), Some(Identity::Known(b"JOHN DOE")));
}

#[test]
fn messages_made_are_the_published_ones() {
    let made = Message::new(MessageKind::NumberDelivery, b"093012246095551212").expect("it is short");
    assert_eq!(made.octets(), SINGLE);
    let parameter = |kind, value| Parameter { kind, value };
    let parameters = [
        parameter(ParameterKind::DateTime, b"03240902".as_slice()),
        parameter(ParameterKind::CallingName, b"JOHN DOE"),
        parameter(ParameterKind::CallingNumber, b"8005551212"),
    ];
    let made = Message::of_parameters(MessageKind::CallSetup, &parameters).expect("it is short");
    assert_eq!(made.octets(), MULTIPLE);
    assert!(made.parameters().eq(parameters));
}

#[test]
fn messages_waiting_and_absent_names_are_told() {
    let of = |kind, parameters: &[(u8, &[u8])]| {
        let body: Vec<u8> = parameters
            .iter()
            .flat_map(|(kind, value)| [&[*kind, value.len() as u8], *value].concat())
            .collect();
        Message::new(kind, &body).expect("it is short")
    };
    let waiting = of(MessageKind::MessageWaiting, &[(0x0b, &[0xff])]);
    assert_eq!((waiting.octets()[0], waiting.messages_wait()), (0x82, Some(true)));
    assert_eq!(of(MessageKind::MessageWaiting, &[(0x0b, &[0])]).messages_wait(), Some(false));
    assert_eq!(of(MessageKind::MessageWaiting, &[(0x0b, &[7])]).messages_wait(), None);
    let single = |body: &[u8]| Message::new(MessageKind::SingleMessageWaiting, body).expect("short");
    assert_eq!(single(&[0x42; 3]).messages_wait(), Some(true));
    assert_eq!(single(&[0x6f; 3]).messages_wait(), Some(false));
    let absent = of(MessageKind::CallSetup, &[(0x04, b"P"), (0x08, b"O"), (0x01, b"13010000")]);
    assert_eq!(absent.calling_number(), Some(Identity::Absent(Absence::Private)));
    assert_eq!(absent.calling_name(), Some(Identity::Absent(Absence::Unavailable)));
    assert_eq!(absent.date_time(), None, "there is no month 13");
    let unknown = of(MessageKind::CallSetup, &[(0xe0, b"CCC"), (0x1a, b"123")]);
    let kinds = [0, 1].map(|n| unknown.parameters().nth(n).expect("a parameter").kind);
    assert_eq!(kinds, [ParameterKind::Other(0xe0), ParameterKind::RedirectingNumber]);
    assert_eq!(kinds.map(ParameterKind::code), [0xe0, 0x1a]);
}

#[test]
fn octets_that_are_no_message_are_refused_with_the_reason() {
    let refused = |octets: &[u8]| Message::parse(octets).expect_err("no message");
    assert_eq!(refused(&[]), MessageError::Length);
    assert_eq!(refused(&[0x80]), MessageError::Length);
    assert_eq!(refused(&MULTIPLE[..34]), MessageError::Length);
    assert_eq!(refused(&[0x80, 0, 0x80, 0]), MessageError::Length);
    for n in 2..34 {
        let mut wrong = MULTIPLE;
        wrong[n] ^= 1 << (n % 8);
        assert_eq!(refused(&wrong), MessageError::Checksum, "octet {n}");
    }
    // A parameter that claims three octets of two, and half a parameter at the end.
    assert_eq!(refused(&[0x80, 4, 2, 3, 0x31, 0x32, 0x14]), MessageError::Parameters);
    assert_eq!(refused(&[0x80, 4, 2, 1, 0x31, 0x32, 0x16]), MessageError::Parameters);
    assert!(Message::new(MessageKind::Other(0x55), &[0; 255]).is_some());
    assert!(Message::new(MessageKind::Other(0x55), &[0; 256]).is_none());
    assert!(Message::new(MessageKind::CallSetup, &[2]).is_none());
    let long = Parameter { kind: ParameterKind::Display, value: &[0x20; 254] };
    assert!(Message::of_parameters(MessageKind::CallSetup, &[long]).is_none());
    let both = [Parameter { value: &[0x20; 125], ..long }; 2];
    assert!(Message::of_parameters(MessageKind::CallSetup, &both).is_some());
}

#[test]
fn what_the_generator_sends_the_detector_hears() {
    let longest = Message::new(MessageKind::Other(0x55), &std::array::from_fn::<u8, 255, _>(|n| n as u8));
    let messages = [Message::parse(&SINGLE).ok(), Message::parse(&MULTIPLE).ok(), longest];
    for message in messages.into_iter().flatten() {
        for keying in [Keying::Bell202, Keying::V23] {
            for (seizes, stuffing) in [(true, 0), (true, 10), (false, 0), (false, 3)] {
                for law in [Law::A, Law::Mu] {
                    let sender = CallerIdSender { seizes, stuffing, ..CallerIdSender::new(keying) };
                    let samples = sent(law, sender, message);
                    let events = heard(&samples);
                    let [event] = events[..] else { panic!("{keying:?} {seizes} {stuffing}: {events:?}") };
                    assert_eq!((event.message, event.keying), (Ok(message), keying));
                    assert!(event.dbm0.iter().all(|dbm0| (dbm0 + 13.5).abs() < 1.0), "{event:?}");
                    assert!((event.mark_hz - keying.mark_hz()).abs() < 3.0, "{event:?}");
                    assert!(event.start.0.abs_diff(800) <= 20, "{event:?}");
                    let end = 800 + sender.duration(&message).0 - (4 + u64::from(stuffing)) * 20 / 3;
                    assert!(event.end.0.abs_diff(end) <= 8, "{event:?} {end}");
                }
            }
        }
    }
}

#[test]
fn a_transmission_takes_the_time_that_its_bits_take() {
    let message = Message::parse(&SINGLE).expect("a message");
    let sender = CallerIdSender::new(Keying::Bell202);
    // 300 bits of seizure, 180 of mark, 21 octets of 10, 4 to end with.
    assert_eq!(sender.duration(&message).0, (300 + 180 + 210 + 4) * 20 / 3 + 1);
    assert_eq!(CallerIdSender { seizes: false, stuffing: 2, ..sender }.duration(&message).0, 2240);
    let mut whole = vec![0; 6000];
    let mut generator = CallerIdGenerator::new(Law::A, sender, message);
    assert!(generator.fill(&mut whole));
    let last = whole.iter().rposition(|sample| *sample != 0).expect("some");
    assert!(last.abs_diff(sender.duration(&message).0 as usize) <= 2, "{last}");
    for cut in [1, 7, 8, 160] {
        let mut again = CallerIdGenerator::new(Law::A, sender, message);
        let mut pieces = vec![0; 6000];
        pieces.chunks_mut(cut).for_each(|piece| {
            again.fill(piece);
        });
        assert!(pieces == whole, "pieces of {cut}");
    }
}

/// A line between a sender and the receiver.
#[derive(Clone, Debug)]
struct Line {
    keying: Keying,
    dbm0: f64,
    /// Level of the space less that of the mark.
    twist_db: f64,
    offset_percent: f64,
    rate_percent: f64,
    noise: Option<(Band, f32)>,
    other: Option<(f64, f64)>,
    seizes: bool,
    a_law: bool,
}

impl Line {
    fn of(keying: Keying) -> Self {
        Self {
            keying,
            dbm0: -13.5,
            twist_db: 0.0,
            offset_percent: 0.0,
            rate_percent: 0.0,
            noise: None,
            other: None,
            seizes: true,
            a_law: true,
        }
    }

    /// The message as it comes out of the line, with silence around it.
    fn carries(&self, message: &[u8], random: &mut Random) -> Vec<i16> {
        let mut bits = Vec::new();
        if self.seizes {
            bits.extend((0..300).map(|n| n % 2 == 1));
        }
        bits.extend(vec![true; if self.seizes { 155 } else { 55 }]);
        for octet in message {
            bits.push(false);
            bits.extend((0..8).map(|bit| octet >> bit & 1 == 1));
            bits.push(true);
        }
        bits.extend([true; 3]);
        let bit_frames = 8000.0 / 1200.0 / (1.0 + self.rate_percent / 100.0);
        let hz = [self.keying.space_hz(), self.keying.mark_hz()]
            .map(|hz| f64::from(hz) * (1.0 + self.offset_percent / 100.0));
        let mark = f64::from(amplitude(self.dbm0 as f32));
        let sizes = [mark * 10f64.powf(self.twist_db / 20.0), mark];
        let (lead, late) = (400 + random.below(40), f64::from(random.unit()));
        let length = lead + (bits.len() as f64 * bit_frames + late) as usize + 800;
        let mut phase = f64::from(random.unit());
        let mut samples: Vec<f64> = vec![0.0; length];
        for (n, sample) in samples.iter_mut().enumerate().skip(lead) {
            // The phase at a sample is exact: sixteen steps a sample find where bits change.
            for step in 0..16 {
                let at = (n - lead) as f64 - late + f64::from(step) / 16.0;
                let Some(bit) = (at >= 0.0).then(|| bits.get((at / bit_frames) as usize)).flatten() else {
                    continue;
                };
                let bit = usize::from(*bit);
                if step == 0 {
                    *sample = sizes[bit] * (TAU * phase).sin();
                }
                phase += hz[bit] / 8000.0 / 16.0;
            }
        }
        if let Some((hz, dbm0)) = self.other {
            let size = f64::from(amplitude(dbm0 as f32));
            let wave = (0..length).map(|n| size * (TAU * hz * n as f64 / 8000.0).sin());
            samples.iter_mut().zip(wave).for_each(|(sample, other)| *sample += other);
        }
        let below =
            self.noise.map(|(band, below_db)| noise(band, self.dbm0 as f32 - below_db, length, random));
        let noise = below.unwrap_or_else(|| vec![0; length]);
        let companded = |x| g711::decode(Law::A, g711::encode(Law::A, x));
        let linear =
            samples.iter().zip(noise).map(|(sample, noise)| (sample.round() as i16).saturating_add(noise));
        linear.map(|x| if self.a_law { companded(x) } else { x }).collect()
    }

    /// How many of so many messages arrive whole.
    fn arrive(&self, messages: usize) -> usize {
        let arrives = |(message, samples): (Message, Vec<i16>)| {
            heard(&samples).iter().any(|event| event.message == Ok(message))
        };
        self.transmissions(messages).map(arrives).filter(|arrived| *arrived).count()
    }

    /// How many arrive at libspandsp's receiver.
    fn arrive_at_peer(&self, messages: usize) -> usize {
        let receiver = if self.keying == Keying::Bell202 { "class" } else { "clip" };
        let arrives = |(message, samples): (Message, Vec<i16>)| {
            let told = message.octets().split_last().expect("some").1;
            spandsp::run(receiver, &spandsp::octets(&samples)).is_some_and(|heard| heard == told)
        };
        self.transmissions(messages).map(arrives).filter(|arrived| *arrived).count()
    }

    fn transmissions(&self, messages: usize) -> impl Iterator<Item = (Message, Vec<i16>)> {
        let mut random = Random::new(77);
        (0..messages).map(move |_| {
            let body: Vec<u8> = (0..30).map(|_| random.bits() as u8).collect();
            let message = Message::new(MessageKind::Other(0x80 | 0x55), &body).expect("short");
            let samples = self.carries(message.octets(), &mut random);
            (message, samples)
        })
    }
}

fn messages() -> usize {
    if std::env::var_os("TANDEM_SOAK").is_some() { 200 } else { 12 }
}

#[track_caller]
fn all_arrive(line: &Line) {
    let arrived = line.arrive(messages());
    assert!(100 * arrived >= 98 * messages(), "{arrived} of {}: {line:?}", messages());
}

fn lines() -> impl Iterator<Item = Line> {
    [Keying::Bell202, Keying::V23]
        .into_iter()
        .flat_map(|keying| [true, false].map(|seizes| Line { seizes, ..Line::of(keying) }))
}

#[test]
fn levels_from_full_scale_to_minus_36_dbm0_are_taken() {
    for line in lines() {
        for dbm0 in [3.0, -4.2, -20.0, -30.0, -36.0] {
            all_arrive(&Line { dbm0, ..line.clone() });
        }
        let faint = Line { dbm0: -48.0, ..line };
        assert_eq!(faint.arrive(messages()), 0, "{faint:?}");
    }
}

#[test]
fn either_frequency_may_be_stronger() {
    for line in lines() {
        // V.23, whose frequencies are closer, with a space 6 dB up in this noise: 19 of 20.
        let (weakest, strongest) = if line.keying == Keying::Bell202 { (-10.0, 6.0) } else { (-6.0, 4.0) };
        let (mark_up, space_up) = if line.keying == Keying::Bell202 { (-12.0, 8.0) } else { (-9.0, 6.0) };
        for twist_db in [mark_up, space_up] {
            all_arrive(&Line { twist_db, ..line.clone() });
        }
        for twist_db in [strongest, -3.0, weakest] {
            all_arrive(&Line { twist_db, ..line.clone() });
            all_arrive(&Line { twist_db, noise: Some((Band::Telephone, 25.0)), ..line.clone() });
        }
    }
}

#[test]
fn frequencies_and_bit_rate_may_be_off() {
    for line in lines() {
        for (offset_percent, rate_percent) in [
            (1.5, 0.0),
            (-1.5, 0.0),
            (0.0, 1.0),
            (0.0, -1.0),
            (1.5, 1.0),
            (1.5, -1.0),
            (-1.5, 1.0),
            (-1.5, -1.0),
        ] {
            let off = Line { offset_percent, rate_percent, ..line.clone() };
            // The rate alone may be twice as far off on a clean line.
            all_arrive(&Line { offset_percent: 0.0, rate_percent: 2.0 * rate_percent, ..off.clone() });
            all_arrive(&off);
            all_arrive(&Line { noise: Some((Band::Telephone, 25.0)), twist_db: -6.0, ..off });
        }
    }
}

#[test]
fn noise_15_db_down_is_no_hindrance() {
    for line in lines() {
        for (band, below_db) in [(Band::Telephone, 20.0), (Band::White, 15.0), (Band::Telephone, 15.0)] {
            all_arrive(&Line { noise: Some((band, below_db)), ..line.clone() });
        }
        for below_db in [20.0, 16.0, 14.0, 12.0, 11.0, 10.0, 9.0, 8.0] {
            let noisy = Line { noise: Some((Band::White, below_db)), ..line.clone() };
            let arrived = noisy.arrive(messages());
            let Line { keying, seizes, .. } = line;
            print!("| {keying:?}, seizure: {seizes}, S/N {below_db} dB | {} | {arrived} |", messages());
            let peer = std::env::var_os("TANDEM_PEERS").map(|_| noisy.arrive_at_peer(messages()));
            println!("{}", peer.map_or(String::new(), |peer| format!(" {peer} |")));
        }
    }
}

#[test]
fn hum_and_tones_beside_it_are_no_hindrance() {
    for line in lines() {
        // Tones 18, 12 and 6 dB above: a receiver for the line has to take them.
        for (hz, above) in
            [(50.0, 18.0), (60.0, 18.0), (100.0, 12.0), (150.0, 6.0), (350.0, -15.0), (3600.0, -6.0)]
        {
            all_arrive(&Line {
                other: Some((hz, line.dbm0 - 10.0 + above)),
                dbm0: line.dbm0 - 10.0,
                ..line.clone()
            });
        }
    }
}

#[test]
fn faults_are_told_where_a_seizure_shows_that_a_message_was_meant() {
    let mut random = Random::new(3);
    let mut wrong = MULTIPLE;
    wrong[20] ^= 0x10;
    for seizes in [true, false] {
        let line = Line { seizes, ..Line::of(Keying::Bell202) };
        let faults = |samples: &[i16]| -> Vec<_> {
            heard(samples).iter().map(|event| event.message.expect_err("a fault")).collect()
        };
        let told = |fault| if seizes { vec![fault] } else { vec![] };
        let samples = line.carries(&wrong, &mut random);
        assert_eq!(faults(&samples), told(Fault::Message(MessageError::Checksum)));
        // Ends after two thirds of the octets; and with the mark, before there are any.
        for keep in [0.66, 0.0] {
            let mut samples = line.carries(&MULTIPLE, &mut random);
            let octets = (35.0 * 10.0 * 20.0 / 3.0) as usize;
            let cut = samples.len() - 820 - ((1.0 - keep) * octets as f64) as usize;
            samples[cut..].fill(0);
            assert_eq!(faults(&samples), told(Fault::CutShort), "{keep}");
        }
        // The next one is heard all the same.
        let mut samples = line.carries(&MULTIPLE, &mut random);
        samples.truncate(samples.len() - 2000);
        samples.extend(line.carries(&MULTIPLE, &mut random));
        assert_eq!(heard(&samples).last().map(|event| event.message.is_ok()), Some(true));
    }
}

#[test]
fn digits_tones_noise_and_square_waves_are_no_transmissions() {
    let mut random = Random::new(9);
    let (digits, _) = signal::Case::default().signal(&mut random);
    let mut inputs = vec![
        digits,
        signal::steady((1200.0, 0.0), -10.0, 5.0),
        signal::steady((1300.0, 2100.0), -10.0, 5.0),
        signal::steady((350.0, 440.0), -10.0, 5.0),
        signal::keyed((1250.0, 0.0), -10.0, 50),
        signal::sweep(300.0, 3400.0, -10.0, 20.0),
        noise(Band::White, -10.0, 240_000, &mut random),
        noise(Band::Telephone, -10.0, 240_000, &mut random),
        vec![i16::MIN; 8000],
    ];
    for period in [2, 3, 4, 6, 7, 8, 20] {
        inputs.push((0..16_000).map(|n| if n / period % 2 == 0 { i16::MAX } else { i16::MIN }).collect());
    }
    for (index, mut samples) in inputs.into_iter().enumerate() {
        samples.extend([0; 800]);
        assert_eq!(heard(&samples), [], "input {index}");
        let line = Line::of(Keying::V23);
        samples.extend(line.carries(&SINGLE, &mut random));
        assert!(heard(&samples).iter().any(|event| event.message.is_ok()), "after input {index}");
    }
}

#[test]
fn a_span_hears_every_lane_for_itself_and_however_time_is_cut() {
    let mut random = Random::new(5);
    let lanes: Vec<Vec<i16>> = (0..32)
        .map(|lane| {
            let keying = if lane % 2 == 0 { Keying::Bell202 } else { Keying::V23 };
            let line = Line { noise: Some((Band::White, 20.0)), ..Line::of(keying) };
            let body: Vec<u8> = (0..=lane).map(|_| random.bits() as u8).collect();
            let message = Message::new(MessageKind::Other(lane), &body).expect("short");
            line.carries(message.octets(), &mut random)
        })
        .collect();
    let length = lanes.iter().map(Vec::len).max().expect("some");
    let frames: Vec<[i16; 32]> =
        (0..length).map(|n| std::array::from_fn(|lane| lanes[lane].get(n).copied().unwrap_or(0))).collect();
    let run = |cut: usize, enabled: u32| {
        let mut bank = CallerIdBank::new();
        (0..33).for_each(|lane| bank.enable(lane, enabled.checked_shr(lane as u32).unwrap_or(1) & 1 == 1));
        assert_eq!((bank.is_enabled(31), bank.is_enabled(32)), (enabled >> 31 == 1, false));
        let mut events = Vec::new();
        for (n, piece) in frames.chunks(cut).enumerate() {
            bank.process(piece, FrameTime(1000 + (n * cut) as u64), |event| events.push(event));
        }
        events.sort_by_key(|event| event.lane);
        events
    };
    let whole = run(length, u32::MAX);
    let kinds: Vec<_> = whole.iter().map(|event| event.message.expect("a message").kind().code()).collect();
    assert_eq!(kinds, (0..32).collect::<Vec<u8>>());
    for cut in [1, 7, 8, 40, 160] {
        assert!(run(cut, u32::MAX) == whole, "pieces of {cut}");
    }
    for lane in [0, 13, 31] {
        assert!(run(8, 1 << lane) == [whole[lane]], "lane {lane} alone");
    }
    assert!(size_of::<CallerIdBank>() <= 32 * 512);
}

fn sent(law: Law, sender: CallerIdSender, message: Message) -> Vec<i16> {
    let mut samples = vec![0; 800 + sender.duration(&message).0 as usize + 800];
    assert!(CallerIdGenerator::new(law, sender, message).fill(&mut samples[800..]));
    samples.iter().map(|x| g711::decode(law, g711::encode(law, *x))).collect()
}

fn heard(samples: &[i16]) -> Vec<CallerIdEvent> {
    let mut events = Vec::new();
    let mut detector = CallerIdDetector::new();
    detector.process(samples, |event| events.push(event));
    detector.process(&[0; 800], |event| events.push(event));
    events
}

#[test]
fn a_date_that_no_year_has_is_none() {
    let told = |text: &str| {
        let time = Parameter { kind: ParameterKind::DateTime, value: text.as_bytes() };
        Message::of_parameters(MessageKind::CallSetup, &[time]).expect("short").date_time().is_some()
    };
    for text in ["02290000", "01312359", "04301200"] {
        assert!(told(text), "{text}");
    }
    for text in ["02300000", "04310000", "00010000", "01000000", "13010000", "01010060", "01012400"] {
        assert!(!told(text), "{text}");
    }
}
