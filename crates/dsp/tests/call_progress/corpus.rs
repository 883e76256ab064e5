//! Calls of every class, made anew from a seed: of generated signals, of recorded prompts and music where Debian's packages
//! with them are installed, and of espeak-ng's voices.

use super::espeak::{Half, Text};
use super::line::{Call, Way, answered, answered_in};
use tandem_dsp::analysis::Class;
use tandem_testkit::Rng;
use tandem_testkit::call::*;

/// Calls that are never answered: what they hear instead.
fn unanswered(class: Class, kind: &str, country: &'static str, sound: Vec<f64>, rng: &mut Rng) -> Call {
    let way = Way { dbm0: 0.0, noise_dbm0: between(rng, -75.0, -50.0), room: false };
    let mut line: Vec<f64> = silence(between(rng, 300.0, 2000.0) as usize).collect();
    line.extend(sound);
    Call {
        class,
        kind: kind.into(),
        name: String::new(),
        country,
        samples: way.end(line, rng),
        answer: None,
        beep: None,
    }
}

/// Tones of all networks, each so many times.
pub(crate) fn network_tones(times: usize, rng: &mut Rng) -> Vec<Call> {
    let mut calls = Vec::new();
    for _ in 0..times {
        for network in NETWORKS {
            let tones = [
                (Class::DialTone, network.dial),
                (Class::Busy, network.busy),
                (Class::Congestion, network.congestion),
                (Class::Vacant, network.vacant),
                (Class::NoAnswer, network.ringing),
            ];
            for (class, steps) in tones.into_iter().filter(|(_, steps)| !steps.is_empty()) {
                let dbm0 = between(rng, -28.0, -10.0);
                // Busy and the like may come after ring-back.
                let rings = matches!(class, Class::Busy | Class::Congestion) && rng.once_in(2);
                let mut sound = if rings { tone(network.ringing, 12_000, dbm0) } else { vec![] };
                sound.extend(tone(steps, if class == Class::NoAnswer { 30_000 } else { 8000 }, dbm0));
                calls.push(unanswered(class, "tones of 7 countries", network.country, sound, rng));
            }
        }
    }
    calls
}

/// Special information tones, fax machines and modems, before the answer (the tones) and after it.
pub(crate) fn universal_tones(times: usize, rng: &mut Rng) -> Vec<Call> {
    const SPECIAL: [Class; 5] = [
        Class::Special,
        Class::SpecialIntercept,
        Class::SpecialVacant,
        Class::SpecialReorder,
        Class::SpecialNoCircuit,
    ];
    let mut calls = Vec::new();
    for _ in 0..times {
        for (class, segments) in SPECIAL.into_iter().zip(SPECIAL_INFORMATION) {
            let mut sound = special_information(segments, between(rng, -28.0, -12.0));
            sound.extend(silence(300));
            sound.extend(at_level(greeting_of_a_machine(rng), -18.0));
            calls.push(unanswered(class, "with an announcement", "us", sound, rng));
        }
        let fax = fax_answer(-15.0, rng);
        let mut after_answer = |class, kind: &str, tone: Vec<f64>| {
            let mut sound: Vec<f64> = silence(between(rng, 300.0, 2500.0) as usize).collect();
            sound.extend(tone);
            let way = Way::of_a_machine(rng);
            calls.push(answered((class, kind.into()), sound, &way, rng));
        };
        after_answer(Class::Fax, "CED and flags", fax);
        after_answer(Class::Fax, "CNG", tone(&[([1100.0, 0.0], 500, 3000)], 10_500, -15.0));
        after_answer(Class::Modem, "ANS", modem_answer(false, false, 3300, -15.0));
        after_answer(Class::Modem, "/ANS", modem_answer(true, false, 3300, -15.0));
        after_answer(Class::Modem, "ANSam", modem_answer(false, true, 3300, -15.0));
        after_answer(Class::Modem, "/ANSam", modem_answer(true, true, 3300, -15.0));
    }
    calls
}

/// Whoever answered hangs up again: busy tone after the answer.
pub(crate) fn hung_up(times: usize, rng: &mut Rng) -> Vec<Call> {
    let mut calls = Vec::new();
    for network in (0..times).flat_map(|_| NETWORKS) {
        let mut sound: Vec<f64> = silence(between(rng, 100.0, 1500.0) as usize).collect();
        sound.extend(tone(network.busy, 8000, -15.0));
        let (what, way) = ((Class::Busy, "after the answer".into()), Way::of_a_machine(rng));
        calls.push(answered_in(network, what, sound, &way, rng));
    }
    calls
}

/// Calls that are answered by nobody.
pub(crate) fn silent(times: usize, rng: &mut Rng) -> Vec<Call> {
    (0..times)
        .map(|_| {
            let way = Way::of_a_person(rng);
            answered((Class::Silence, "line noise".into()), silence(6000).collect(), &way, rng)
        })
        .collect()
}

/// Generated music in place of ring-back.
pub(crate) fn generated_music(times: usize, rng: &mut Rng) -> Vec<Call> {
    let mut calls = Vec::new();
    for _ in 0..times {
        for style in Style::ALL {
            let sound = at_level(music(style, 22_000, rng), between(rng, -28.0, -14.0));
            calls.push(unanswered(Class::Music, "generated", "cn", sound, rng));
        }
    }
    calls
}

/// Debian's music on hold, 22 s at a time.
pub(crate) fn recorded_music(rng: &mut Rng) -> Vec<Call> {
    let mut calls = Vec::new();
    for (name, samples) in recordings("/usr/share/asterisk/moh") {
        for piece in samples.chunks_exact(22 * 8000) {
            let sound = at_level(piece.to_vec(), between(rng, -28.0, -14.0));
            calls.push(unanswered(Class::Music, "recorded", "cn", sound, rng).named(name.clone()));
        }
    }
    calls
}

/// Recorded prompts of a length, in ms.
fn prompts(language: &str, ms: std::ops::Range<usize>) -> Vec<(String, Vec<f64>)> {
    let mut prompts = recordings(&format!("/usr/share/asterisk/sounds/{language}"));
    prompts.retain(|(_, samples)| ms.contains(&(samples.len() / 8)));
    prompts.retain(|(name, _)| {
        !["beep", "tone", "silence", "confbridge-join", "confbridge-leave", "monkeys"]
            .iter()
            .any(|no| name.contains(no))
    });
    prompts.into_iter().map(|(name, samples)| (name, trimmed(&samples))).collect()
}

/// Recorded prompts: those of 3.5 s and more as announcements before the answer.
pub(crate) fn recorded_announcements(language: &str, rng: &mut Rng) -> Vec<Call> {
    let sound = |sound: Vec<f64>, rng: &mut Rng| at_level(sound, between(rng, -26.0, -14.0));
    let mut calls = Vec::new();
    for (name, prompt) in prompts(language, 3500..20_000) {
        let sound = sound(prompt, rng);
        let kind = format!("recorded, {}", &language[..2]);
        calls.push(unanswered(Class::Announcement, &kind, "us", sound, rng).named(name));
    }
    calls
}

/// Recorded prompts: those of up to 1.1 s as people, those of 4 s and more as machines, as many of each.
pub(crate) fn recorded_greetings(language: &str, rng: &mut Rng) -> Vec<Call> {
    let (people, machines) = (prompts(language, 350..1100), prompts(language, 4000..20_000));
    let mut calls = Vec::new();
    for (person, machine) in people.into_iter().zip(machines) {
        let kind = format!("recorded, {}", &language[..2]);
        calls.push(person_says(person.1, &kind, rng).named(person.0));
        calls.push(machine_plays(machine.1, &kind, rng).named(machine.0));
    }
    calls
}

/// Generated voices, as many people as machines.
pub(crate) fn generated_greetings(times: usize, rng: &mut Rng) -> Vec<Call> {
    let mut calls = Vec::new();
    for _ in 0..times {
        let (person, machine) = (greeting_of_a_person(rng), greeting_of_a_machine(rng));
        calls.push(person_says(person, "generated", rng));
        calls.push(machine_plays(machine, "generated", rng));
    }
    calls
}

/// So many of each of a half's texts and voices, by chance.
pub(crate) fn spoken_greetings(half: Half, times: usize, rng: &mut Rng) -> Vec<Call> {
    let (people, machines) = (half.people(), half.machines());
    let kind = if half == Half::Published { "espeak-ng" } else { "tuned by: espeak-ng" };
    let mut calls = Vec::new();
    for _ in 0..times {
        let person = spoken(half, &people, 120..200, rng);
        calls.push(person_says(person, kind, rng));
        let machine = spoken(half, &machines, 130..190, rng);
        calls.push(machine_plays(machine, kind, rng));
    }
    calls
}

/// Announcements of networks, twice.
pub(crate) fn spoken_announcements(half: Half, times: usize, rng: &mut Rng) -> Vec<Call> {
    let texts = half.networks();
    (0..times)
        .map(|_| {
            let once = at_level(spoken(half, &texts, 130..190, rng), between(rng, -26.0, -14.0));
            let mut sound = once.clone();
            sound.extend(silence(800));
            sound.extend(once);
            unanswered(Class::Announcement, "espeak-ng", "cn", sound, rng)
        })
        .collect()
}

fn spoken(half: Half, texts: &[Text], speed: std::ops::Range<u64>, rng: &mut Rng) -> Vec<f64> {
    let text = &texts[rng.below(texts.len() as u64) as usize];
    let voice = half.voices()[rng.below(9) as usize];
    text.spoken(voice, 25 + rng.below(50), speed.start + rng.below(speed.end - speed.start))
}

/// Somebody takes up the receiver, speaks and waits; who hears nothing says hello again.
fn person_says(words: Vec<f64>, kind: &str, rng: &mut Rng) -> Call {
    let mut sound: Vec<f64> = silence(between(rng, 100.0, 1200.0) as usize).collect();
    sound.extend(&words);
    sound.extend(silence(between(rng, 1500.0, 3000.0) as usize));
    sound.extend(&words[..words.len().min(8000)]);
    let way = Way::of_a_person(rng);
    answered((Class::Human, kind.into()), sound, &way, rng)
}

/// A machine plays its greeting, and in three of four cases beeps.
fn machine_plays(words: Vec<f64>, kind: &str, rng: &mut Rng) -> Call {
    let mut sound: Vec<f64> = silence(between(rng, 50.0, 1200.0) as usize).collect();
    sound.extend(words);
    let way = Way::of_a_machine(rng);
    let mut call = answered((Class::Machine, kind.into()), sound, &way, rng);
    if !rng.once_in(4) {
        let hz = between(rng, 350.0, 2000.0).round();
        let beep =
            tone(&[([hz, 0.0], 0, 0)], between(rng, 120.0, 1000.0) as usize, between(rng, -24.0, -10.0));
        let gap: Vec<f64> = silence(between(rng, 100.0, 1200.0) as usize).collect();
        let start = call.samples.len() + gap.len();
        call.beep = Some((start, start + beep.len(), hz));
        call.samples.extend(way.end([gap, beep].concat(), rng));
    }
    call
}

/// The files of a directory, 16 bits at 8 kHz, in order of their names.
fn recordings(directory: &str) -> Vec<(String, Vec<f64>)> {
    let Ok(entries) = std::fs::read_dir(directory) else { return vec![] };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "wav"));
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let octets = std::fs::read(path).expect("a readable file");
        let pairs = octets.get(44..).unwrap_or_default().as_chunks::<2>().0;
        let samples = pairs.iter().map(|pair| f64::from(i16::from_le_bytes(*pair))).collect();
        (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), samples)
    };
    paths.iter().map(read).collect()
}

/// Without the silence before and after.
fn trimmed(samples: &[f64]) -> Vec<f64> {
    let loud = |x: &f64| x.abs() > 300.0;
    let (first, last) = (samples.iter().position(loud), samples.iter().rposition(loud));
    first.zip(last).map_or_else(Vec::new, |(first, last)| samples[first..=last].to_vec())
}

/// Languages of Debian's prompts.
pub(crate) const LANGUAGES: [&str; 5] =
    ["en_US_f_Allison", "es_MX_f_Allison", "fr_CA_f_June", "it_IT_m_Carlo", "ru_RU_f_IvrvoiceRU"];

/// All of a language's prompts that are speech.
pub(crate) fn speech(language: &str) -> Vec<Vec<f64>> {
    prompts(language, 0..60_000).into_iter().map(|(_, samples)| samples).collect()
}
