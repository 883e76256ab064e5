//! What analysers make of all calls there are, of voices too that nothing was tuned by: the tables and the curve of
//! `docs/call-progress.md`.

use super::corpus::*;
use super::espeak::{Half, is_installed};
use super::line::{Call, analyse};
use super::{heard, options};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use tandem_dsp::analysis::{AnalysisOptions, Class};
use tandem_dsp::progress::ToneEvent;
use tandem_testkit::Rng;
use tandem_types::Frames;

type Heard = [(Call, Vec<ToneEvent>)];

/// Per cent of a class, of calls of a kind, and the median and the ninth tenth of the times of its verdicts in ms.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    right: f64,
    median: u64,
    late: u64,
}

fn share(calls: &Heard, class: Class, kind: &str, operating_point: u8) -> Share {
    let own: Vec<_> =
        calls.iter().filter(|(call, _)| call.class == class && call.kind.starts_with(kind)).collect();
    let (mut right, mut times) = (0, Vec::new());
    for (call, tones) in &own {
        let outcome = analyse(call, tones, options(operating_point));
        if outcome.class() == Some(class) {
            right += 1;
            times.extend(outcome.decided_ms(call));
        }
    }
    let (median, late) = quantiles(&mut times);
    Share { right: 100.0 * f64::from(right) / own.len().max(1) as f64, median, late }
}

fn quantiles(times: &mut [u64]) -> (u64, u64) {
    times.sort_unstable();
    let at =
        |part: f64| times.get((part * times.len().saturating_sub(1) as f64) as usize).copied().unwrap_or(0);
    (at(0.5), at(0.9))
}

/// Calls of all classes, greetings last.
fn all_calls(rng: &mut Rng) -> (Vec<Call>, Vec<Call>) {
    let mut calls = network_tones(5, rng);
    calls.extend(universal_tones(10, rng));
    calls.extend(hung_up(5, rng));
    calls.extend(silent(50, rng));
    calls.extend(generated_music(10, rng));
    calls.extend(recorded_music(rng));
    LANGUAGES.iter().for_each(|language| calls.extend(recorded_announcements(language, rng)));
    calls.extend(spoken_announcements(Half::Published, 100, rng));
    let mut greetings = generated_greetings(100, rng);
    LANGUAGES.iter().for_each(|language| greetings.extend(recorded_greetings(language, rng)));
    greetings.extend(spoken_greetings(Half::Tuning, 200, rng));
    greetings.extend(spoken_greetings(Half::Published, 400, rng));
    (calls, greetings)
}

/// How often something was told, and the times of verdicts that were right.
type Row = (BTreeMap<String, usize>, Vec<u64>);

/// A row for each class and kind: what its calls are told as at operating point 8.
fn confusion(calls: &[&Heard]) -> String {
    let mut rows: BTreeMap<(usize, String), Row> = BTreeMap::new();
    for (call, tones) in calls.iter().copied().flatten() {
        let outcome = analyse(call, tones, options(8));
        let place = Class::ALL.iter().position(|class| *class == call.class).expect("a class");
        let (told, times) = rows.entry((place, call.kind.clone())).or_default();
        *told.entry(outcome.class().map_or("nothing", Class::as_str).to_owned()).or_default() += 1;
        if outcome.class() == Some(call.class) {
            times.extend(outcome.decided_ms(call));
        }
    }
    let mut text = String::from(
        "| call | made of | calls | told as | median | 90 % |\n| --- | --- | ---: | --- | ---: | ---: |\n",
    );
    for ((place, kind), (told, mut times)) in rows {
        let count: usize = told.values().sum();
        let mut told: Vec<_> = told.into_iter().collect();
        told.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let told: Vec<String> = told.iter().map(|(class, count)| format!("{class} {count}")).collect();
        let (median, late) = quantiles(&mut times);
        let class = Class::ALL[place];
        let _ = writeln!(text, "| {class} | {kind} | {count} | {} | {median} | {late} |", told.join(", "));
    }
    text
}

fn operating_points(greetings: &Heard) -> (String, String) {
    let mut text = String::from(
        "| point | people | machines | people, recorded | machines, recorded | people: ms, 90 % | machines: ms, 90 % |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let mut csv = String::from("point,people,machines,people recorded,machines recorded\n");
    for point in 0..16 {
        let [people, machines] =
            [Class::Human, Class::Machine].map(|class| share(greetings, class, "espeak", point));
        let recorded =
            [Class::Human, Class::Machine].map(|class| share(greetings, class, "recorded", point).right);
        let _ = writeln!(
            text,
            "| {point} | {:.1} | {:.1} | {:.1} | {:.1} | {}, {} | {}, {} |",
            people.right,
            machines.right,
            recorded[0],
            recorded[1],
            people.median,
            people.late,
            machines.median,
            machines.late
        );
        let _ = writeln!(
            csv,
            "{point},{:.1},{:.1},{:.1},{:.1}",
            people.right, machines.right, recorded[0], recorded[1]
        );
    }
    (text, csv)
}

/// Beeps told of those sent, beeps told that were none in greetings, and in how many seconds of recorded speech how many.
fn beeps(greetings: &Heard) -> String {
    let (mut sent, mut told, mut false_ones, mut latest, mut verdicts) = (0, 0, 0, 0, 0);
    for (call, tones) in greetings.iter().filter(|(call, _)| call.class == Class::Machine) {
        let options = AnalysisOptions { beep: Frames::from_seconds(120), ..options(8) };
        let outcome = analyse(call, tones, options);
        if outcome.class() != Some(Class::Machine) {
            continue;
        }
        verdicts += 1;
        let mut own = 0;
        if let Some((_, end, _)) = call.beep {
            sent += 1;
            let right = outcome.beeps.iter().find(|beep| beep.1.0.abs_diff(end as u64) < 160);
            own = usize::from(right.is_some());
            latest = latest.max(right.map_or(0, |beep| beep.2.0.saturating_sub(end as u64) / 8));
        }
        told += own;
        false_ones += outcome.beeps.len() - own;
    }
    let mut text = format!(
        "Of {sent} beeps in {verdicts} calls that were told as machines' {told} were told, {latest} ms after their end at the \
         latest; {false_ones} more were told that were none.\n"
    );
    for language in LANGUAGES {
        let prompts = speech(language);
        let seconds = prompts.iter().map(Vec::len).sum::<usize>() / 8000;
        let told = super::beeps_in(prompts.concat(), &mut Rng::new(1));
        let _ = writeln!(text, "- recorded prompts, {}: {told} in {} min", &language[..2], seconds / 60);
    }
    text
}

fn place(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// Puts a text between the marks of its name.
fn replace(page: &str, name: &str, text: &str) -> String {
    let [begin, end] = [format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->")];
    let (before, rest) = page.split_once(&begin).expect("a mark");
    let (_, after) = rest.split_once(&end).expect("a mark");
    format!("{before}{begin}\n{text}\n{end}{after}")
}

#[test]
fn all_calls_and_voices_that_nothing_was_tuned_by() {
    if std::env::var_os("TANDEM_SOAK").is_none() {
        return;
    }
    if !is_installed() {
        println!("skipped: espeak-ng is not installed");
        return;
    }
    let (calls, greetings) = all_calls(&mut Rng::new(2026));
    let (calls, greetings) = (heard(calls), heard(greetings));
    let [people, machines] =
        [Class::Human, Class::Machine].map(|class| share(&greetings, class, "espeak", 8).right);
    println!("espeak-ng, point 8: people {people:.1} %, machines {machines:.1} %");
    if std::env::var_os("TANDEM_UPDATE").is_some() {
        let (points, csv) = operating_points(&greetings);
        let page = std::fs::read_to_string(place("call-progress.md")).expect("the page is in docs");
        let page = replace(&page, "classes", &confusion(&[&calls, &greetings]));
        let page = replace(&page, "operating points", &points);
        let page = replace(&page, "beeps", &beeps(&greetings));
        std::fs::write(place("call-progress.md"), page).expect("written");
        std::fs::create_dir_all(place("call-progress")).expect("a place in docs");
        std::fs::write(place("call-progress/curve.csv"), csv).expect("written");
        std::fs::write(place("call-progress/curve.svg"), draw(&recorded_points())).expect("written");
    }
    assert!(people >= 75.0 && machines >= 88.0, "{people:.1} {machines:.1}");
}

/// People and machines at each operating point: by espeak-ng, recorded.
fn recorded_points() -> [Vec<(f64, f64)>; 2] {
    let text = std::fs::read_to_string(place("call-progress/curve.csv")).expect("the points are in docs");
    let mut curves: [Vec<(f64, f64)>; 2] = Default::default();
    for line in text.lines().skip(1) {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
        curves[0].push((fields[1], fields[2]));
        curves[1].push((fields[3], fields[4]));
    }
    curves
}

/// Per cent of people over per cent of machines.
fn draw(curves: &[Vec<(f64, f64)>; 2]) -> String {
    const LEAST: f64 = 20.0;
    let (left, top, side) = (50, 20, 360);
    let at = |percent: f64| (percent.max(LEAST) - LEAST) * f64::from(side) / (100.0 - LEAST);
    let x = |machines: f64| left + at(machines) as i32;
    let y = |people: f64| top + side - at(people) as i32;
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"440\" height=\"500\" viewBox=\"0 0 440 500\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
    );
    for percent in (20..=100).step_by(10) {
        let (across, up) = (x(f64::from(percent)), y(f64::from(percent)));
        let _ = writeln!(
            svg,
            "<line x1=\"{left}\" y1=\"{up}\" x2=\"{0}\" y2=\"{up}\" stroke=\"#ddd\"/>\n\
             <line x1=\"{across}\" y1=\"{top}\" x2=\"{across}\" y2=\"{1}\" stroke=\"#ddd\"/>\n\
             <text x=\"{2}\" y=\"{3}\" text-anchor=\"end\">{percent}</text>\n\
             <text x=\"{across}\" y=\"{4}\" text-anchor=\"middle\">{percent}</text>",
            left + side,
            top + side,
            left - 5,
            up + 4,
            top + side + 15
        );
    }
    for (n, (points, (colour, name))) in
        curves.iter().map(Vec::as_slice).chain([VENDOR]).zip(NAMES).enumerate()
    {
        let line: Vec<String> =
            points.iter().map(|(people, machines)| format!("{},{}", x(*machines), y(*people))).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n\
             <text x=\"{left}\" y=\"{}\" fill=\"{colour}\">{name}</text>",
            line.join(" "),
            top + side + 56 + 15 * n as i32
        );
        for (people, machines) in points {
            let _ = writeln!(
                svg,
                "<circle cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"{colour}\"/>",
                x(*machines),
                y(*people)
            );
        }
    }
    let _ = writeln!(
        svg,
        "<text x=\"{0}\" y=\"{1}\" text-anchor=\"middle\">machines told as machines, %</text>\n\
         <text x=\"{left}\" y=\"{2}\">people told as people, %</text>",
        left + side / 2,
        top + side + 32,
        top - 7
    );
    svg + "</svg>\n"
}

const NAMES: [(&str, &str); 3] = [
    ("#1f4e9c", "espeak-ng, voices and texts that nothing was tuned by, 0 (lower right) to 15"),
    ("#5a9a5a", "recorded prompts in five languages as greetings"),
    ("#b5651d", "for orientation: what a vendor states of its own calls"),
];

/// The curve of AudioCodes' manual of the Mediant 2000, steps 0, 4, 8, 11 and 15, of calls in North American English.
const VENDOR: &[(f64, f64)] = &[(72.0, 97.0), (84.0, 94.0), (90.0, 89.0), (94.0, 78.0), (97.0, 46.0)];

#[test]
fn the_drawing_is_that_of_the_points() {
    let drawn = std::fs::read_to_string(place("call-progress/curve.svg")).expect("the drawing is in docs");
    assert!(drawn == draw(&recorded_points()), "draw it anew: make call-progress");
}
