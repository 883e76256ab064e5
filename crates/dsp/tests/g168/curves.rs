//! How fast and how far the echo goes down, as curves: `docs/echo/convergence.csv` holds the points, `convergence.svg` is
//! drawn of them.

use super::line::{TAPS, silence};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::echo::EchoCanceller;
use tandem_dsp::g711;
use tandem_testkit::g168::{Css, EchoPath, Noise, Talker, hybrid};
use tandem_types::Law;

/// A call of eight seconds.
struct Panel {
    name: &'static str,
    call: fn() -> Call,
}

/// What goes to the line and comes from it, and of that the near end's and the echo.
struct Call {
    receive: Vec<i16>,
    send: Vec<i16>,
    near: Vec<f64>,
    echo: Vec<f64>,
}

const PANELS: [Panel; 4] = [
    Panel { name: "echo after 48 ms, 10 dB down", call: || call(48 * 8, None, silence()) },
    Panel { name: "another path from 4 s on", call: || call(80, Some((4, 200)), silence()) },
    Panel {
        name: "double talk, as loud, from 3 to 6 s",
        call: || {
            let talks = Css::new(Talker::Double, -10.0).take(24_000);
            call(80, None, Box::new(silence().take(24_000).chain(talks).chain(silence())))
        },
    },
    Panel { name: "noise on the line at -35 dBm0", call: || call(80, None, Box::new(Noise::hoth(7, -35.0))) },
];

const SECONDS: usize = 8;
/// A period of the composite source signal.
const STEP: usize = 2800;

fn call(delay: usize, change: Option<(usize, usize)>, mut near: super::line::Source) -> Call {
    let through =
        |sample: f64| g711::decode(Law::A, g711::encode(Law::A, sample.clamp(-32768.0, 32767.0) as i16));
    let mut path = EchoPath::new(&hybrid(1), 10.0, delay);
    let mut call = Call { receive: vec![], send: vec![], near: vec![], echo: vec![] };
    for (n, far) in Css::new(Talker::Single, -10.0).take(SECONDS * 8000).enumerate() {
        if let Some((second, delay)) = change
            && n == second * 8000
        {
            path.change(&EchoPath::new(&hybrid(2), 10.0, delay));
        }
        let (receive, near) = (through(far), near.next().expect("endless"));
        let echo = path.echo(f64::from(receive));
        call.receive.push(receive);
        call.send.push(through(echo + near));
        call.near.push(near);
        call.echo.push(echo);
    }
    call
}

/// By how many dB the echo is lower, period by period, of what was left. What the near end said is not echo.
fn enhancement(call: &Call, left: &[i16]) -> Vec<f64> {
    let power = |samples: &[f64]| samples.iter().map(|sample| sample * sample).sum::<f64>();
    (0..left.len() / STEP)
        .map(|n| n * STEP..(n + 1) * STEP)
        .map(|part| {
            let error: Vec<f64> = left[part.clone()]
                .iter()
                .zip(&call.near[part.clone()])
                .map(|(left, near)| f64::from(*left) - near)
                .collect();
            10.0 * (power(&call.echo[part]) / power(&error).max(1.0)).log10()
        })
        .collect()
}

fn ours(call: &Call) -> Vec<f64> {
    let mut left = call.send.clone();
    let mut canceller = EchoCanceller::<TAPS>::new(InstructionSet::detect(), super::LINEAR);
    canceller.process(&call.receive, &mut left);
    enhancement(call, &left)
}

/// What another canceller leaves, in a process of its own.
fn theirs(call: &Call, library: &str) -> Option<Vec<f64>> {
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("echo-peer-{library}-{}", std::process::id()));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/g168/peer.c");
    let built = Command::new("cc")
        .args(["-O2", source, &format!("-D{}", library.to_uppercase()), &format!("-l{library}"), "-lm", "-o"])
        .arg(&program)
        .output();
    if !built.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let mut child = Command::new(&program)
        .arg(TAPS.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the peer starts");
    let pairs = call.receive.iter().zip(&call.send);
    let octets: Vec<u8> =
        pairs.flat_map(|(receive, send)| [receive.to_le_bytes(), send.to_le_bytes()].concat()).collect();
    let mut stdin = child.stdin.take().expect("piped");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(&octets).expect("the peer listens"));
        child.wait_with_output().expect("the peer ends")
    });
    let _ = std::fs::remove_file(program);
    let left: Vec<i16> =
        output.stdout.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    Some(enhancement(call, &left))
}

pub(crate) fn place(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/echo").join(name)
}

/// Of each panel ours, spandsp's and speexdsp's.
fn recorded() -> Vec<[Vec<f64>; 3]> {
    let text = std::fs::read_to_string(place("convergence.csv")).expect("the points are in docs");
    let mut panels: Vec<[Vec<f64>; 3]> = (0..PANELS.len()).map(|_| Default::default()).collect();
    for line in text.lines().skip(1) {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
        for (curve, value) in panels[fields[0] as usize].iter_mut().zip(&fields[2..]) {
            curve.push(*value);
        }
    }
    panels
}

fn draw(panels: &[[Vec<f64>; 3]]) -> String {
    const WIDTH: i32 = 440;
    const HEIGHT: i32 = 210;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        2 * WIDTH,
        2 * HEIGHT + 30
    );
    for (index, (panel, curves)) in PANELS.iter().zip(panels).enumerate() {
        let (left, top) = (index as i32 % 2 * WIDTH + 40, index as i32 / 2 * HEIGHT + 24);
        let (wide, high) = (WIDTH - 60, HEIGHT - 64);
        let x = |ms: f64| left + (ms * f64::from(wide) / (SECONDS as f64 * 1000.0)) as i32;
        // From −10 to 50 dB.
        let y = |db: f64| top + high - ((db.clamp(-10.0, 50.0) + 10.0) * f64::from(high) / 60.0) as i32;
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" fill=\"none\" stroke=\"#888\"/>\n\
             <text x=\"{left}\" y=\"{}\">{}</text>",
            top - 6,
            panel.name
        );
        for second in (0..=SECONDS).step_by(2) {
            let (x, below) = (x(second as f64 * 1000.0), top + high + 14);
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"{below}\" text-anchor=\"middle\">{second} s</text>");
        }
        for db in [0.0, 20.0, 40.0] {
            let (right, y) = (left + wide, y(db));
            let _ = writeln!(
                svg,
                "<line x1=\"{left}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\" stroke=\"#ddd\"/>\n\
                 <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{db} dB</text>",
                left - 3,
                y + 4
            );
        }
        for (curve, style) in curves.iter().zip(STYLES).rev() {
            let points =
                curve.iter().enumerate().map(|(n, db)| format!("{},{}", x((n as f64 + 0.5) * 350.0), y(*db)));
            let points = points.collect::<Vec<_>>().join(" ");
            let _ = writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" {style}/>");
        }
    }
    for (n, (colour, text)) in [
        ("#1f4e9c", "Tandem, 512 taps, filter alone: by how much the echo is lower"),
        ("#b5651d", "spandsp 0.0.6, dashed"),
        ("#5a9a5a", "speexdsp 1.2.1, dotted"),
    ]
    .into_iter()
    .enumerate()
    {
        let x = 40 + [0, 400, 560][n];
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{}\" fill=\"{colour}\">{text}</text>", 2 * HEIGHT + 16);
    }
    svg + "</svg>\n"
}

const STYLES: [&str; 3] = [
    "stroke=\"#1f4e9c\" stroke-width=\"2\"",
    "stroke=\"#b5651d\" stroke-dasharray=\"4 3\"",
    "stroke=\"#5a9a5a\" stroke-dasharray=\"1 3\" stroke-width=\"2\"",
];

#[test]
fn the_echo_goes_down_as_the_curves_show() {
    if std::env::var_os("TANDEM_UPDATE").is_some() {
        update();
    }
    for (panel, curves) in PANELS.iter().zip(recorded()) {
        for (n, (now, then)) in ours(&(panel.call)()).into_iter().zip(&curves[0]).enumerate() {
            // Sines of another machine may differ in their last bit.
            assert!((now - then).abs() < 1.0, "{}, period {n}: {now:.1} dB, once {then}", panel.name);
        }
    }
}

#[test]
fn the_drawing_is_that_of_the_points() {
    let drawn = std::fs::read_to_string(place("convergence.svg")).expect("the drawing is in docs");
    assert!(drawn == draw(&recorded()), "draw it anew: make echo");
}

fn update() {
    let mut csv = String::from("panel,ms,Tandem,spandsp,speexdsp\n");
    for (index, panel) in PANELS.iter().enumerate() {
        let call = (panel.call)();
        let spandsp = theirs(&call, "spandsp").expect("libspandsp-dev is installed");
        let speexdsp = theirs(&call, "speexdsp").expect("libspeexdsp-dev is installed");
        for (n, ((ours, spandsp), speexdsp)) in ours(&call).iter().zip(spandsp).zip(speexdsp).enumerate() {
            let _ = writeln!(csv, "{index},{},{ours:.1},{spandsp:.1},{speexdsp:.1}", n * 350);
        }
    }
    std::fs::create_dir_all(place("")).expect("a place in docs");
    std::fs::write(place("convergence.csv"), csv).expect("written");
    std::fs::write(place("convergence.svg"), draw(&recorded())).expect("written");
}
