//! How much of what is sent the DTMF detector takes, as curves: `docs/detectors/acceptance.csv` holds the points,
//! `acceptance.svg` is drawn of them. The tests say whether both are still true.
//!
//! `TANDEM_UPDATE=1 TANDEM_PEERS=1` measures and draws them anew, with libspandsp's receiver beside ours.

mod signal;

use std::fmt::Write;
use std::path::PathBuf;

use signal::{Band, Case, Noise, Random, detected, spandsp};

/// One thing that varies, and its curve.
struct Panel {
    name: &'static str,
    unit: &'static str,
    /// In steps of tenths.
    from: i32,
    to: i32,
    step: i32,
    /// What must be taken, and what must not, in tenths.
    take: &'static [(i32, i32)],
    leave: &'static [(i32, i32)],
    case: fn(f32) -> Case,
}

const PANELS: [Panel; 5] = [
    Panel {
        name: "both frequencies off",
        unit: "%",
        from: -40,
        to: 40,
        step: 2,
        take: &[(-15, 15)],
        leave: &[(-40, -25), (25, 40)],
        case: |x| Case { low_percent: x, high_percent: x, ..Case::default() },
    },
    Panel {
        name: "twist: high tone louder",
        unit: "dB",
        from: -140,
        to: 100,
        step: 10,
        take: &[(-80, 60)],
        leave: &[(-140, -110), (80, 100)],
        case: |x| Case { low_dbm0: -10.0 - x / 2.0, high_dbm0: -10.0 + x / 2.0, ..Case::default() },
    },
    Panel {
        name: "level of each tone",
        unit: "dBm0",
        from: -540,
        to: 0,
        step: 20,
        take: &[(-360, 0)],
        leave: &[(-540, -450)],
        case: |x| Case { low_dbm0: x, high_dbm0: x, ..Case::default() },
    },
    Panel {
        name: "duration",
        unit: "ms",
        from: 160,
        to: 500,
        step: 10,
        take: &[(340, 500)],
        leave: &[(160, 280)],
        case: |x| Case { on_ms: x, ..Case::default() },
    },
    Panel {
        name: "white noise below the digit",
        unit: "dB",
        from: 20,
        to: 200,
        step: 10,
        take: &[(100, 200)],
        leave: &[],
        case: |x| Case { noise: Some(Noise { band: Band::White, below_db: x }), ..Case::default() },
    },
];

/// A point of a curve: of so many digits sent, what was heard of them by ours and by the other receiver.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    tenths: i32,
    ours: usize,
    spandsp: usize,
}

const DIGITS: usize = 50;

impl Panel {
    fn places(&self) -> impl Iterator<Item = i32> {
        (self.from..=self.to).step_by(self.step as usize)
    }

    fn signal(&self, tenths: i32) -> (Vec<i16>, String) {
        let case = Case { digits: DIGITS, ..(self.case)(tenths as f32 / 10.0) };
        case.signal(&mut Random::new(2026))
    }
}

/// Digits heard in the order in which they were sent.
fn right(sent: &str, heard: &str) -> usize {
    let mut rest = sent.chars();
    heard.chars().filter(|digit| rest.any(|sent| sent == *digit)).count()
}

fn place(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/detectors").join(name)
}

fn recorded() -> Vec<Vec<Point>> {
    let text = std::fs::read_to_string(place("acceptance.csv")).expect("the points are in docs");
    let mut panels = vec![Vec::new(); PANELS.len()];
    for line in text.lines().skip(1) {
        let [panel, tenths, ours, spandsp] =
            line.split(',').map(|field| field.parse::<i32>().expect("a number")).collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        panels[panel as usize].push(Point { tenths, ours: ours as usize, spandsp: spandsp as usize });
    }
    panels
}

fn draw(panels: &[Vec<Point>]) -> String {
    const WIDTH: i32 = 440;
    const HEIGHT: i32 = 190;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        2 * WIDTH,
        3 * HEIGHT
    );
    for (index, (panel, points)) in PANELS.iter().zip(panels).enumerate() {
        let (left, top) = (index as i32 % 2 * WIDTH + 40, index as i32 / 2 * HEIGHT + 24);
        let (wide, high) = (WIDTH - 60, HEIGHT - 64);
        let x = |tenths: i32| left + (tenths - panel.from) * wide / (panel.to - panel.from);
        let y = |count: usize| top + high - count as i32 * high / DIGITS as i32;
        for (areas, colour) in [(panel.take, "#dff0df"), (panel.leave, "#f6dede")] {
            for (from, to) in areas {
                let (from, to) = (x(*from), x(*to));
                let wide = to - from;
                let _ = writeln!(
                    svg,
                    "<rect x=\"{from}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" fill=\"{colour}\"/>"
                );
            }
        }
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" fill=\"none\" stroke=\"#888\"/>\n\
             <text x=\"{left}\" y=\"{}\">{}, {}</text>",
            top - 6,
            panel.name,
            panel.unit
        );
        for tenths in (0..=4).map(|quarter| panel.from + (panel.to - panel.from) * quarter / 4) {
            let label = f64::from(tenths) / 10.0;
            let below = top + high + 14;
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{below}\" text-anchor=\"middle\">{label}</text>",
                x(tenths)
            );
        }
        for (share, count) in [("0", 0), ("50 %", DIGITS / 2), ("100 %", DIGITS)] {
            let (x, y) = (left - 4, y(count) + 4);
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{share}</text>");
        }
        let line = |count: fn(&Point) -> usize| {
            let pairs = points.iter().map(|point| format!("{},{}", x(point.tenths), y(count(point))));
            pairs.collect::<Vec<_>>().join(" ")
        };
        let (ours, other) = (line(|point| point.ours), line(|point| point.spandsp));
        let _ = writeln!(
            svg,
            "<polyline points=\"{other}\" fill=\"none\" stroke=\"#b5651d\" stroke-dasharray=\"4 3\"/>\n\
             <polyline points=\"{ours}\" fill=\"none\" stroke=\"#1f4e9c\" stroke-width=\"2\"/>"
        );
    }
    let (x, y) = (WIDTH + 40, 2 * HEIGHT + 40);
    for (line, (colour, text)) in [
        ("#1f4e9c", "Tandem: digits heard of those sent"),
        ("#b5651d", "spandsp 0.0.6, dashed"),
        ("#5a9a5a", "green ground: must be taken"),
        ("#b05050", "red ground: must not be taken"),
    ]
    .into_iter()
    .enumerate()
    {
        let y = y + 18 * line as i32;
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\">{text}</text>");
    }
    svg + "</svg>\n"
}

#[test]
fn the_detector_is_as_its_curves_show() {
    if std::env::var_os("TANDEM_UPDATE").is_some() {
        update();
    }
    for (panel, points) in PANELS.iter().zip(recorded()) {
        assert!(panel.places().eq(points.iter().map(|point| point.tenths)), "{}", panel.name);
        for point in points {
            let (samples, sent) = panel.signal(point.tenths);
            let heard = right(&sent, &detected(&samples));
            // Sines of another machine may differ in their last bit, and tip digits on the edge.
            assert!(heard.abs_diff(point.ours) <= 2, "{} {point:?}: {heard}", panel.name);
            let within =
                |areas: &[(i32, i32)]| areas.iter().any(|(from, to)| (*from..=*to).contains(&point.tenths));
            assert!(!within(panel.take) || heard == DIGITS, "{} {point:?}: {heard}", panel.name);
            assert!(!within(panel.leave) || heard == 0, "{} {point:?}: {heard}", panel.name);
        }
    }
}

#[test]
fn the_drawing_is_that_of_the_points() {
    let drawn = std::fs::read_to_string(place("acceptance.svg")).expect("the drawing is in docs");
    assert!(drawn == draw(&recorded()), "draw it anew: make detectors");
}

fn update() {
    let mut csv = String::from("panel,tenths,heard of 50 by Tandem,by spandsp\n");
    for (index, panel) in PANELS.iter().enumerate() {
        for tenths in panel.places() {
            let (samples, sent) = panel.signal(tenths);
            let other = spandsp::heard("dtmf", &samples).expect("TANDEM_PEERS=1 and libspandsp-dev");
            let _ = writeln!(
                csv,
                "{index},{tenths},{},{}",
                right(&sent, &detected(&samples)),
                right(&sent, &other)
            );
        }
    }
    std::fs::create_dir_all(place("")).expect("a place in docs");
    std::fs::write(place("acceptance.csv"), csv).expect("written");
    std::fs::write(place("acceptance.svg"), draw(&recorded())).expect("written");
}
