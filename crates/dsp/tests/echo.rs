//! The echo canceller under what lines do to it: its bounds, its tone disabler, what it tells, saves and takes up, and
//! that every instruction set gives the same. The tests of G.168 are in `g168.rs`.

use tandem_dsp::arch::InstructionSet;
use tandem_dsp::echo::{Disabled, EchoCanceller, EchoOptions, RestoreError};
use tandem_dsp::g711;
use tandem_testkit::Rng;
use tandem_testkit::g168::{Css, EchoPath, Noise, Talker, dbm0_of, hybrid, tone};
use tandem_types::Law;

const PLAIN: EchoOptions =
    EchoOptions { nonlinear: false, comfort_noise: false, tone_disabler: false, learning: true };

fn canceller<const TAPS: usize>(options: EchoOptions) -> EchoCanceller<TAPS> {
    EchoCanceller::new(InstructionSet::detect(), options)
}

fn through(law: Law, sample: f64) -> i16 {
    g711::decode(law, g711::encode(law, sample.clamp(-32768.0, 32767.0) as i16))
}

/// What goes to the line, and what comes back: all of a call.
fn call(
    law: Law,
    far: impl Iterator<Item = f64>,
    path: &mut EchoPath,
    near: impl Iterator<Item = f64>,
) -> (Vec<i16>, Vec<i16>) {
    far.zip(near)
        .map(|(far, near)| {
            let receive = through(law, far);
            (receive, through(law, path.echo(f64::from(receive)) + near))
        })
        .unzip()
}

fn silence() -> std::iter::Repeat<f64> {
    std::iter::repeat(0.0)
}

fn cancel<const TAPS: usize>(canceller: &mut EchoCanceller<TAPS>, receive: &[i16], send: &[i16]) -> Vec<i16> {
    let mut sent = send.to_vec();
    for (receive, send) in receive.chunks(8).zip(sent.chunks_mut(8)) {
        canceller.process(receive, send);
    }
    sent
}

fn level(samples: &[i16]) -> f64 {
    dbm0_of(samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64)
}

fn converged<const TAPS: usize>(options: EchoOptions, path: &mut EchoPath) -> EchoCanceller<TAPS> {
    let mut canceller = canceller(options);
    let (receive, send) = call(Law::A, Css::new(Talker::Single, -10.0).take(24_000), path, silence());
    cancel(&mut canceller, &receive, &send);
    canceller
}

#[test]
fn an_echo_after_48_ms_is_20_db_lower_after_a_second_and_gone_with_the_residual() {
    for law in [Law::A, Law::Mu] {
        let mut path = EchoPath::new(&hybrid(1), 10.0, 384);
        let (receive, send) = call(law, Css::new(Talker::Single, -10.0).take(16_000), &mut path, silence());
        let plain = cancel(&mut canceller::<512>(PLAIN), &receive, &send);
        let lower = level(&send[8000..]) - level(&plain[8000..]);
        assert!(lower >= 20.0, "{law:?}: {lower:.1} dB");
        let all = cancel(&mut canceller::<512>(EchoOptions::default()), &receive, &send);
        assert!(level(&all[4000..]) < -65.0, "{law:?}: {:.1} dBm0", level(&all[4000..]));
    }
}

#[test]
fn every_instruction_set_and_every_length_of_pieces_gives_the_same_samples() {
    let seconds = if std::env::var_os("TANDEM_SOAK").is_some() { 120 } else { 6 };
    let mut path = EchoPath::new(&hybrid(2), 8.0, 100);
    let near = silence()
        .take(16_000)
        .chain(Css::new(Talker::Double, -14.0).take(16_000))
        .chain(Noise::hoth(1, -45.0));
    let far = Css::new(Talker::Single, -8.0).take(40_000).chain(Noise::white(2, -3.0)).take(seconds * 8000);
    let (receive, send) = call(Law::Mu, far, &mut path, near);
    let results = InstructionSet::all().map(|set| {
        let mut canceller = EchoCanceller::<256>::new(set, EchoOptions::default());
        let sent = cancel(&mut canceller, &receive, &send);
        (sent, canceller.report())
    });
    let results: Vec<_> = results.collect();
    assert!(results.iter().all(|result| *result == results[0]));
    assert_ne!(results[0].0, send);
    // Pieces that are no blocks: what is decided at the end of a block counts from there on.
    let mut rng = Rng::new(3);
    let mut all = InstructionSet::all()
        .map(|set| EchoCanceller::<256>::new(set, EchoOptions::default()))
        .collect::<Vec<_>>();
    let mut at = 0;
    while at < receive.len() {
        let end = receive.len().min(at + 1 + rng.below(20) as usize);
        let sent = all.iter_mut().map(|canceller| {
            let mut sent = send[at..end].to_vec();
            canceller.process(&receive[at..end], &mut sent);
            sent
        });
        let sent: Vec<_> = sent.collect();
        assert!(sent.iter().all(|own| *own == sent[0]), "from {at}");
        at = end;
    }
}

#[test]
fn nothing_heard_leaves_every_sample_as_it_was() {
    let mut canceller = canceller::<128>(EchoOptions::default());
    let send: Vec<i16> =
        Css::new(Talker::Double, -5.0).take(8000).map(|sample| through(Law::A, sample)).collect();
    assert_eq!(cancel(&mut canceller, &vec![0; 8000], &send), send);
    assert_eq!(canceller.report().return_loss_db, 99.0);
}

#[test]
fn what_cannot_be_an_echo_passes_in_a_pause_of_the_far_end() {
    let mut path = EchoPath::new(&hybrid(0), 10.0, 20);
    let mut canceller = converged::<256>(EchoOptions::default(), &mut path);
    let (receive, send) = call(Law::A, silence().take(4000), &mut path, Css::new(Talker::Double, -20.0));
    let sent = cancel(&mut canceller, &receive, &send);
    let off: Vec<i16> = sent[800..].iter().zip(&send[800..]).map(|(sent, send)| sent - send).collect();
    assert!(level(&off) < -60.0, "{:.1} dBm0 were changed", level(&off));
}

#[test]
fn speech_of_the_near_end_is_not_taken_for_echo() {
    let mut path = EchoPath::new(&hybrid(3), 10.0, 60);
    let mut canceller = converged::<256>(EchoOptions::default(), &mut path);
    let near: Vec<f64> = Css::new(Talker::Double, -15.0).take(40_000).collect();
    let (receive, send) =
        call(Law::A, Css::new(Talker::Single, -10.0).take(40_000), &mut path, near.iter().copied());
    let sent = cancel(&mut canceller, &receive, &send);
    let error: Vec<i16> =
        sent.iter().zip(&near).map(|(sent, near)| (f64::from(*sent) - near) as i16).collect();
    let all: Vec<i16> = near.iter().map(|sample| *sample as i16).collect();
    // The law alone leaves errors 38 dB down.
    assert!(level(&error) < level(&all) - 15.0, "{:.1} of {:.1} dBm0", level(&error), level(&all));
}

#[test]
fn bad_input_stays_bounded_and_does_not_spoil_the_canceller() {
    let mut rng = Rng::new(9);
    let mut noise = move || (rng.word() >> 48) as i16;
    let full = |n: usize| if (n / 4).is_multiple_of(2) { i16::MAX } else { i16::MIN };
    type Signal<'a> = Box<dyn FnMut(usize) -> (i16, i16) + 'a>;
    let signals: [(&str, Signal<'_>); 7] = [
        ("full scale", Box::new(|n| (full(n), full(n + 1)))),
        ("full scale against nothing", Box::new(|n| (0, full(n)))),
        ("DC", Box::new(|_| (20_000, -20_000))),
        ("one impulse", Box::new(|n| if n == 100 { (i16::MAX, i16::MIN) } else { (0, 0) })),
        ("noise", Box::new(move |_| (noise(), noise()))),
        ("silence", Box::new(|_| (0, 0))),
        ("a line that amplifies", Box::new(|n| (full(n) / 30, full(n + 3)))),
    ];
    for (name, mut signal) in signals {
        let mut path = EchoPath::new(&hybrid(1), 10.0, 10);
        let mut canceller = converged::<256>(PLAIN, &mut path);
        let (receive, send): (Vec<i16>, Vec<i16>) = (0..16_000).map(&mut signal).unzip();
        let sent = cancel(&mut canceller, &receive, &send);
        // Never more than the line sent and what a filter of 16 may add.
        assert!(level(&sent[8000..]) <= level(&send[8000..]).max(level(&receive[8000..])) + 6.0, "{name}");
        let (receive, send) =
            call(Law::A, Css::new(Talker::Single, -10.0).take(24_000), &mut path, silence());
        let sent = cancel(&mut canceller, &receive, &send);
        let lower = level(&send[16_000..]) - level(&sent[16_000..]);
        assert!(lower > 20.0, "after {name}: {lower:.1} dB");
    }
}

#[test]
fn a_law_switched_in_mid_call_costs_little_and_not_for_long() {
    let mut path = EchoPath::new(&hybrid(1), 10.0, 30);
    let mut canceller = converged::<256>(PLAIN, &mut path);
    // Octets of one law taken for the other one's.
    let garbled = |sample: f64| g711::decode(Law::Mu, g711::encode(Law::A, sample as i16));
    let far: Vec<f64> = Css::new(Talker::Single, -10.0).take(32_000).collect();
    let receive: Vec<i16> = far.iter().map(|sample| garbled(*sample)).collect();
    let send: Vec<i16> = far.iter().map(|sample| garbled(path.echo(*sample))).collect();
    let sent = cancel(&mut canceller, &receive, &send);
    assert!(level(&sent) <= level(&send) + 1.0, "{:.1} of {:.1}", level(&sent), level(&send));
    let (receive, send) = call(Law::A, Css::new(Talker::Single, -10.0).take(16_000), &mut path, silence());
    let sent = cancel(&mut canceller, &receive, &send);
    assert!(level(&send[8000..]) - level(&sent[8000..]) > 25.0);
}

#[test]
fn a_path_that_changes_every_second_never_makes_the_echo_louder_for_long() {
    let mut canceller = canceller::<512>(PLAIN);
    let mut path = EchoPath::new(&hybrid(0), 8.0, 0);
    let mut far = Css::new(Talker::Single, -10.0);
    for second in 1..20 {
        let (receive, send) = call(Law::A, far.by_ref().take(8000), &mut path, silence());
        let sent = cancel(&mut canceller, &receive, &send);
        assert!(level(&sent) < level(&send), "second {second}");
        path.change(&EchoPath::new(&hybrid(second % 4), 8.0, second * 37 % 400));
    }
}

#[test]
fn two_talkers_always_leave_both_as_they_are() {
    let mut canceller = canceller::<256>(PLAIN);
    let mut path = EchoPath::new(&hybrid(2), 8.0, 40);
    let near: Vec<f64> = Css::new(Talker::Double, -10.0).take(160_000).collect();
    let (receive, send) =
        call(Law::A, Css::new(Talker::Single, -10.0).take(160_000), &mut path, near.iter().copied());
    let sent = cancel(&mut canceller, &receive, &send);
    let error = |samples: &[i16]| {
        let left: Vec<i16> =
            samples.iter().zip(&near).map(|(sample, near)| (f64::from(*sample) - near) as i16).collect();
        level(&left)
    };
    assert!(error(&sent) < error(&send) + 1.0, "{:.1} of {:.1} dBm0", error(&sent), error(&send));
}

#[test]
fn a_tail_longer_than_the_canceller_is_not_made_louder() {
    let mut canceller = canceller::<128>(EchoOptions { nonlinear: false, ..EchoOptions::default() });
    let mut path = EchoPath::new(&hybrid(1), 8.0, 300);
    let (receive, send) = call(Law::A, Css::new(Talker::Single, -10.0).take(80_000), &mut path, silence());
    let sent = cancel(&mut canceller, &receive, &send);
    assert!(level(&sent) < level(&send) + 1.0, "{:.1} of {:.1} dBm0", level(&sent), level(&send));
}

/// The far end gives back what it hears 6 dB louder than the line's echo is weaker: without a canceller it howls.
#[test]
fn a_loop_that_amplifies_by_6_db_does_not_howl() {
    let (loss, gain) = (6.0, 10_f64.powf(12.0 / 20.0));
    let howl = |cancel: bool| {
        let mut canceller = canceller::<256>(EchoOptions::default());
        let mut path = EchoPath::new(&hybrid(0), loss, 20);
        let mut far = [0.0; 400]; // 50 ms there and back
        let mut noise = Noise::white(4, -50.0);
        let mut heard = Vec::new();
        for piece in 0..10_000 {
            let at = piece * 8 % far.len();
            let receive: [i16; 8] = std::array::from_fn(|n| through(Law::A, far[at + n]));
            let mut send = receive
                .map(|sample| through(Law::A, path.echo(f64::from(sample)) + noise.next().expect("endless")));
            if cancel {
                canceller.process(&receive, &mut send);
            }
            (0..8).for_each(|n| far[at + n] = gain * f64::from(send[n]));
            heard.extend(send);
        }
        (level(&heard[..8000]), level(&heard[72_000..]))
    };
    assert!(howl(false).1 > -5.0, "{:?}", howl(false));
    let (early, late) = howl(true);
    assert!(early < -20.0 && late < -35.0, "{early:.1} dBm0 at first, {late:.1} after 9 s");
}

#[test]
fn comfort_noise_is_as_loud_as_the_line_was() {
    for (name, mut noise) in [("white", Noise::white(5, -50.0)), ("Hoth", Noise::hoth(6, -45.0))] {
        let mut canceller = canceller::<256>(EchoOptions::default());
        let mut path = EchoPath::new(&hybrid(1), 12.0, 0);
        let (receive, send) = call(Law::A, silence().take(40_000), &mut path, noise.by_ref());
        let before = level(&cancel(&mut canceller, &receive, &send)[32_000..]);
        let (receive, send) = call(Law::A, Css::new(Talker::Single, -10.0).take(16_000), &mut path, noise);
        let during = level(&cancel(&mut canceller, &receive, &send)[8000..]);
        assert!((during - before).abs() < 2.0, "{name}: {before:.1} and then {during:.1} dBm0");
    }
}

/// A tone, its phase turned every so many frames, in one of the directions.
fn tone_in(direction: usize, hz: f64, dbm0: f64, reversed_every: usize, frames: usize) -> [Vec<i16>; 2] {
    let samples = tone(hz, dbm0)
        .take(frames)
        .enumerate()
        .map(|(n, sample)| through(Law::A, if n / reversed_every % 2 == 1 { -sample } else { sample }));
    let mut directions = [vec![0; frames], vec![0; frames]];
    directions[direction] = samples.collect();
    directions
}

#[test]
fn plain_2100_hz_turns_the_residual_off_and_reversals_the_canceller_until_250_ms_of_silence() {
    const NEVER: usize = usize::MAX;
    for direction in 0..2 {
        for hz in [2079.0, 2100.0, 2121.0] {
            for dbm0 in [-31.0, -12.0, 0.0] {
                for (every, expected) in [(NEVER, Disabled::Nonlinear), (3600, Disabled::Canceller)] {
                    let mut canceller = canceller::<128>(EchoOptions::default());
                    let [receive, send] = tone_in(direction, hz, dbm0, every, 8000);
                    cancel(&mut canceller, &receive, &send);
                    let what = format!("{hz} Hz at {dbm0} dBm0 in {direction}, reversed every {every}");
                    assert_eq!(canceller.report().disabled, expected, "{what}");
                    cancel(&mut canceller, &[0; 1920], &[0; 1920]);
                    assert_eq!(canceller.report().disabled, expected, "{what}, 240 ms after");
                    cancel(&mut canceller, &[0; 240], &[0; 240]);
                    assert_eq!(canceller.report().disabled, Disabled::Nothing, "{what}, 270 ms after");
                }
            }
        }
    }
}

#[test]
fn other_tones_and_speech_turn_nothing_off() {
    for (hz, dbm0) in [(1900.0, 0.0), (2350.0, 0.0), (2000.0, -10.0), (2200.0, -10.0), (2100.0, -45.0)] {
        for every in [usize::MAX, 3600] {
            let mut canceller = canceller::<128>(EchoOptions::default());
            let [receive, send] = tone_in(1, hz, dbm0, every, 16_000);
            cancel(&mut canceller, &receive, &send);
            assert_eq!(canceller.report().disabled, Disabled::Nothing, "{hz} Hz at {dbm0} dBm0");
        }
    }
    let mut canceller = canceller::<128>(EchoOptions::default());
    let mut path = EchoPath::new(&hybrid(0), 10.0, 0);
    let (receive, send) =
        call(Law::A, Css::new(Talker::Single, -5.0).take(80_000), &mut path, Css::new(Talker::Double, -5.0));
    for at in (0..80_000).step_by(80) {
        cancel(&mut canceller, &receive[at..at + 80], &send[at..at + 80]);
        assert_eq!(canceller.report().disabled, Disabled::Nothing, "after {at} frames");
    }
}

#[test]
fn while_the_canceller_is_off_every_sample_passes_as_it_is() {
    let mut path = EchoPath::new(&hybrid(0), 10.0, 0);
    let mut canceller = converged::<128>(EchoOptions::default(), &mut path);
    let [receive, send] = tone_in(0, 2100.0, -10.0, 3600, 8000);
    cancel(&mut canceller, &receive, &send);
    let (receive, send) = call(Law::A, Css::new(Talker::Single, -10.0).take(1600), &mut path, silence());
    assert_eq!(cancel(&mut canceller, &receive, &send), send);
}

#[test]
fn a_canceller_tells_the_loss_and_the_length_of_the_path() {
    let mut path = EchoPath::new(&hybrid(3), 14.0, 200);
    let report = converged::<512>(PLAIN, &mut path).report();
    assert!((report.return_loss_db - 14.0).abs() < 0.5, "{report:?}");
    assert!((205..=290).contains(&report.tail_frames), "{report:?}");
    assert!(report.converged && report.enhancement_db > 25.0 && !report.near_end, "{report:?}");
}

#[test]
fn a_canceller_restored_knows_the_line_at_once() {
    let mut path = EchoPath::new(&hybrid(1), 10.0, 100);
    let before = converged::<256>(PLAIN, &mut path);
    let mut saved = vec![0; EchoCanceller::<256>::SAVED];
    assert_eq!(before.save(&mut saved), Some(saved.len()));
    assert_eq!(before.save(&mut saved.clone()[1..]), None);
    let mut restored = canceller::<256>(PLAIN);
    restored.restore(&saved).expect("what was saved");
    let mut path = EchoPath::new(&hybrid(1), 10.0, 100);
    let (receive, send) = call(Law::A, Css::new(Talker::Single, -10.0).take(2000), &mut path, silence());
    let sent = cancel(&mut restored, &receive, &send);
    assert!(level(&send) - level(&sent) > 25.0, "{:.1} of {:.1}", level(&sent), level(&send));

    let wrong = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut octets = saved.clone();
        change(&mut octets);
        canceller::<256>(PLAIN).restore(&octets)
    };
    assert_eq!(wrong(&|octets| octets[0] = 9), Err(RestoreError), "another version");
    assert_eq!(wrong(&|octets| octets[2] = 1), Err(RestoreError), "other taps");
    assert_eq!(wrong(&|octets| octets[4..8].fill(0xff)), Err(RestoreError), "not a number");
    assert_eq!(wrong(&|octets| octets[8..].fill(0x7f)), Err(RestoreError), "weights of no line");
    assert_eq!(wrong(&|octets| octets.truncate(519)), Err(RestoreError), "cut short");
    assert_eq!(wrong(&|octets| octets.push(0)), Err(RestoreError), "too long");
    assert_eq!(canceller::<128>(PLAIN).restore(&saved), Err(RestoreError));
}
