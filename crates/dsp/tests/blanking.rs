//! What a blanked recording has of digits and of everything else, and what is heard of digits on a leg that cannot
//! wait. `--nocapture` shows the figures.

mod signal;

use signal::{Band, Case, Noise, Random};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::blanking::{Blanker, Latency};
use tandem_dsp::dtmf::{DetectorBank, DtmfEvent, LANES};
use tandem_dsp::g711;
use tandem_types::{Digit, FrameTime, Law};

const IDLE: u8 = 0xd5;

/// Both directions after the blanker, as they were sent, the delay taken off again. The detector hears `rx`.
fn blanked(latency: Latency, piece: usize, rx: &[u8], tx: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let delay = latency.frames().0 as usize;
    let mut bank = DetectorBank::new(InstructionSet::detect());
    bank.enable(4, true);
    let mut blanker = Blanker::<2>::new(Law::A, latency);
    let (mut rx, mut tx) = (rx.to_vec(), tx.to_vec());
    rx.extend(vec![IDLE; delay]);
    tx.extend(vec![IDLE; delay]);
    let mut at = FrameTime(7_000_003);
    for (rx, tx) in rx.chunks_mut(piece).zip(tx.chunks_mut(piece)) {
        let frames: Vec<[i16; LANES]> = rx
            .iter()
            .map(|octet| {
                let mut frame = [0; LANES];
                frame[4] = g711::decode(Law::A, *octet);
                frame
            })
            .collect();
        bank.process(&frames, at, |event| blanker.on_digit(&event));
        blanker.pass(at, [rx, tx]);
        at.0 += rx.len() as u64;
    }
    (rx.split_off(delay), tx.split_off(delay))
}

fn octets(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|x| g711::encode(Law::A, *x)).collect()
}

/// Digits, and where they begin and end.
fn digits(case: &Case, seed: u64) -> (Vec<i16>, Vec<(usize, usize)>) {
    let clean = Case { noise: None, ..case.clone() };
    let (samples, _) = clean.signal(&mut Random::new(seed));
    let mut places: Vec<(usize, usize)> = Vec::new();
    for n in (0..samples.len()).filter(|n| samples[*n] != 0) {
        match places.last_mut() {
            Some(last) if n - last.1 < 40 => last.1 = n + 1,
            _ => places.push((n, n + 1)),
        }
    }
    (case.signal(&mut Random::new(seed)).0, places)
}

/// Something else to say: nowhere the idle octet.
fn chatter(length: usize) -> Vec<u8> {
    (0..length).map(|n| 0x40 | (n % 16) as u8).collect()
}

#[test]
fn a_recording_has_nothing_of_digits_and_all_of_the_rest() {
    for (on_ms, off_ms) in [(40.0, 25.0), (50.0, 100.0), (500.0, 60.0), (36.0, 15.0)] {
        for level in [0.0, -10.0, -30.0] {
            let case =
                Case { on_ms, off_ms, low_dbm0: level, high_dbm0: level, digits: 30, ..Case::default() };
            let (samples, places) = digits(&case, 5);
            let rx: Vec<u8> = octets(&samples).iter().map(|x| if *x == IDLE { 0x54 } else { *x }).collect();
            let tx = chatter(rx.len());
            for piece in [1, 8, 160] {
                let (rx_out, tx_out) = blanked(Latency::Recording, piece, &rx, &tx);
                let mut clean_from = 0;
                for (begin, end) in &places {
                    // Blank for 3 ms before and 8 ms after at least, and no longer than 8 ms and 13 ms.
                    for n in begin - 24..end + 64 {
                        assert!(rx_out[n] == IDLE && tx_out[n] == IDLE, "{on_ms} {level} {piece}: {n}");
                    }
                    let kept = clean_from..(begin - 64).max(clean_from);
                    assert!(rx_out[kept.clone()] == rx[kept.clone()] && tx_out[kept.clone()] == tx[kept]);
                    clean_from = end + 104;
                }
                assert!(tx_out[clean_from..] == tx[clean_from..]);
            }
        }
    }
}

/// Of each digit, milliseconds that are heard: the mean, and the most.
fn residue(latency: Latency, case: &Case) -> (f64, f64) {
    let (samples, places) = digits(case, 17);
    let rx: Vec<u8> = octets(&samples).iter().map(|x| if *x == IDLE { 0x54 } else { *x }).collect();
    let (heard, _) = blanked(latency, 8, &rx, &rx);
    let ms: Vec<f64> = places
        .iter()
        .map(|(begin, end)| heard[*begin..*end].iter().filter(|octet| **octet != IDLE).count() as f64 / 8.0)
        .collect();
    (ms.iter().sum::<f64>() / ms.len() as f64, ms.iter().copied().fold(0.0, f64::max))
}

#[test]
fn what_is_heard_of_a_digit_depends_on_how_long_it_may_wait() {
    let at = |low_dbm0: f32, high_dbm0: f32| Case { low_dbm0, high_dbm0, ..Case::default() };
    let noisy = |below_db| Case { noise: Some(Noise { band: Band::White, below_db }), ..Case::default() };
    let cases = [
        ("-10 dBm0", at(-10.0, -10.0)),
        ("-30 dBm0", at(-30.0, -30.0)),
        ("high tone 4 dB up", at(-10.0, -6.0)),
        ("low tone 8 dB up", at(-6.0, -14.0)),
        ("noise 20 dB down", noisy(20.0)),
        ("noise 12 dB down", noisy(12.0)),
        ("pauses of 15 ms", Case { on_ms: 40.0, off_ms: 15.0, ..Case::default() }),
        ("pauses of 25 ms", Case { on_ms: 40.0, off_ms: 25.0, ..Case::default() }),
    ];
    for (name, case) in cases {
        for (latency, most) in [
            (Latency::Recording, 0.0),
            (Latency::Live40, 6.0),
            (Latency::Live12, 4.0),
            (Latency::Live0, 47.0),
        ] {
            let (mean, longest) = residue(latency, &case);
            println!("{name:20} {latency:?}: {mean:.1} ms of 50 heard, {longest:.1} at most");
            assert!(longest <= most, "{name} {latency:?}: {longest}");
        }
    }
}

#[test]
fn speech_that_is_no_digit_passes_unless_it_is_suspected() {
    let noise = octets(&signal::noise(Band::Telephone, -20.0, 80_000, &mut Random::new(3)));
    let other = chatter(noise.len());
    for latency in [Latency::Recording, Latency::Live40, Latency::Live0] {
        assert!(blanked(latency, 8, &noise, &other) == (noise.clone(), other.clone()), "{latency:?}");
    }
    let (heard, _) = blanked(Latency::Live12, 8, &noise, &noise);
    let lost = heard.iter().zip(&noise).filter(|(heard, said)| heard != said).count();
    println!("noise: {:.2} % lost to suspicion", 100.0 * lost as f64 / noise.len() as f64);
    assert!(lost < noise.len() / 20, "{lost}");
}

/// With `TANDEM_SOAK=1`, where recorded prompts are installed.
#[test]
fn prompts_pass_a_recording_whole_and_lose_little_to_suspicion() {
    let Ok(entries) = std::fs::read_dir("/usr/share/asterisk/sounds/en_US_f_Allison") else {
        println!("skipped: the package asterisk-core-sounds-en-wav is not installed");
        return;
    };
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "wav"));
    files.sort();
    let count = if std::env::var_os("TANDEM_SOAK").is_some() { files.len() } else { 20 };
    let (mut said, mut lost) = (0, 0);
    for path in &files[..count.min(files.len())] {
        let samples: Vec<i16> = std::fs::read(path).expect("a file")[44..]
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| i16::from_le_bytes(*pair))
            .collect();
        let speech = octets(&samples);
        assert!(blanked(Latency::Recording, 160, &speech, &speech).0 == speech, "{path:?}");
        let heard = blanked(Latency::Live12, 160, &speech, &speech).0;
        said += speech.len();
        lost += heard.iter().zip(&speech).filter(|(heard, said)| heard != said).count();
    }
    println!("{:.2} % of {} s of prompts lost to suspicion", 100.0 * lost as f64 / said as f64, said / 8000);
    assert!(lost < said / 50);
}

#[test]
fn a_gap_in_time_lets_nothing_old_out() {
    let mut blanker = Blanker::<2>::new(Law::A, Latency::Recording);
    let mut out = Vec::new();
    for at in [0, 160, 320, 10_000, 10_160, 10_320, 10_480] {
        let (mut rx, mut tx) = ([0x11; 160], [0x22; 160]);
        blanker.pass(FrameTime(at), [&mut rx, &mut tx]);
        out.push((rx, tx));
    }
    let silent = ([IDLE; 160], [IDLE; 160]);
    assert!(out[..6].iter().all(|piece| *piece == silent));
    assert!(out[6] == ([0x11; 160], [0x22; 160]));
}

/// A digit that began at `at` was heard.
fn begun(digit: char, at: u64) -> DtmfEvent {
    let digit = Digit::from_char(digit).expect("a key");
    DtmfEvent::Start { lane: 0, digit, at: FrameTime(at), reported: FrameTime(at + 330) }
}

/// A digit ended at `end`.
fn ended(end: u64) -> DtmfEvent {
    DtmfEvent::End {
        lane: 0,
        digit: Digit::from_char('1').expect("a key"),
        start: FrameTime(0),
        end: FrameTime(end),
        low_dbm0: 0.0,
        high_dbm0: 0.0,
        twist_db: 0.0,
        low_offset_hz: 0.0,
        high_offset_hz: 0.0,
    }
}

#[test]
fn a_digit_that_replaces_another_and_one_older_than_the_line_are_blanked() {
    let mut blanker = Blanker::<2>::new(Law::Mu, Latency::Recording);
    let mut heard = Vec::new();
    for at in (0..8000).step_by(8) {
        match at {
            1000 => blanker.on_digit(&begun('1', 680)),
            2000 => {
                blanker.on_digit(&ended(1700));
                blanker.on_digit(&begun('2', 1720));
            }
            4000 => blanker.on_digit(&ended(3900)),
            5000 => blanker.on_digit(&begun('3', 4680)),
            6000 => blanker.forget_digit(),
            _ => {}
        }
        let (mut rx, mut tx) = ([0x11; 8], [0x22; 8]);
        blanker.pass(FrameTime(at), [&mut rx, &mut tx]);
        heard.extend(rx);
    }
    let blank: Vec<usize> = (480..8000).filter(|n| heard[*n] == 0xff).map(|n| n - 480).collect();
    // 5 ms before the first to 10 ms after the second; 5 ms before the third until it is forgotten.
    assert!(blank.into_iter().eq((640..3980).chain(4640..6000)));
}

#[test]
fn of_two_digits_at_once_the_one_that_ends_last_counts_whichever_end_is_told_first() {
    // Told at 1600 and at 1800, in either order.
    for ends in [[1400, 1500], [1500, 1400], [1400, 1700]] {
        let mut blanker = Blanker::<2>::new(Law::A, Latency::Recording);
        let mut heard = Vec::new();
        for at in (0..4000).step_by(8) {
            match at {
                1000 => blanker.on_digit(&begun('1', 680)),
                1048 => blanker.on_digit(&begun('1', 720)),
                1600 => blanker.on_digit(&ended(ends[0])),
                1800 => blanker.on_digit(&ended(ends[1])),
                _ => {}
            }
            let (mut rx, mut tx) = ([0x11; 8], [0x22; 8]);
            blanker.pass(FrameTime(at), [&mut rx, &mut tx]);
            heard.extend(rx);
        }
        let blank: Vec<usize> = (480..4000).filter(|n| heard[*n] == IDLE).map(|n| n - 480).collect();
        let last = ends.into_iter().max().expect("two") as usize;
        assert!(blank.into_iter().eq(640..last + 80), "{ends:?}");
    }
}
