//! How many channels one core carries, for each mix of features: the report behind `tandem capacity`.
use crate::tick::{CHANNELS_PER_SPAN, Load, Mix};
use std::fmt;
use tandem_switch::Exhausted;
use tandem_types::{FRAMES_PER_MS, TickLength};

/// How to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Spans of 30 channels, 1 to 128.
    pub spans: usize,
    /// The tick.
    pub tick: TickLength,
    /// Passes, of which the median counts.
    pub passes: usize,
    /// Length of a pass in milliseconds of line time.
    pub pass_ms: u64,
}

impl Default for Options {
    /// 480 channels, a tick of 1 ms, 21 passes of 250 ms.
    fn default() -> Self {
        Self { spans: 16, tick: TickLength::DEFAULT, passes: 21, pass_ms: 250 }
    }
}

/// The cost of one mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The features in use.
    pub mix: Mix,
    /// Channels in use while measuring.
    pub channels: usize,
    /// The tick, in frames.
    pub tick_frames: usize,
    /// Processor time in nanoseconds for one channel and one millisecond of line time: the median.
    pub median_ns: f64,
    /// The same of the quickest pass.
    pub least_ns: f64,
}

impl Figure {
    /// Channels that would take all of one core, at the median.
    #[must_use]
    pub fn channels_per_core(&self) -> u64 {
        (1e6 / self.median_ns) as u64
    }

    /// The figure as one JSON object.
    #[must_use]
    pub fn json(&self) -> String {
        format!(
            "{{\"mix\":\"{}\",\"channels\":{},\"tick_frames\":{},\"ns_per_channel_ms\":{:.2},\
             \"least_ns_per_channel_ms\":{:.2},\"channels_per_core\":{}}}",
            self.mix,
            self.channels,
            self.tick_frames,
            self.median_ns,
            self.least_ns,
            self.channels_per_core()
        )
    }
}

/// One row of a table whose head is [`HEADING`].
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_core = self.channels_per_core();
        write!(f, "{:<12}{:>14.1}{:>14.1}{per_core:>18}", self.mix, self.median_ns, self.least_ns)
    }
}

/// The head of the table.
pub const HEADING: &str = "features      ns, median     ns, least     channels a core";

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasureError {
    /// The load cannot be set up.
    Load(Exhausted),
    /// The switch did not carry the load: octets were lost or not accounted for.
    NotCarried(String),
}

impl fmt::Display for MeasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => error.fmt(f),
            Self::NotCarried(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for MeasureError {}

/// Measures one mix. Takes about as long as the passes cost, a fraction of their line time.
pub fn measure(mix: Mix, options: &Options) -> Result<Figure, MeasureError> {
    let frames = options.tick.frames();
    let mut load = Load::new(options.spans, mix, options.tick).map_err(MeasureError::Load)?;
    let ticks = (options.pass_ms * FRAMES_PER_MS).div_ceil(frames as u64).max(1);
    let line_ms = (ticks * frames as u64) as f64 / FRAMES_PER_MS as f64;
    let channels = options.spans * CHANNELS_PER_SPAN;
    let mut passes: Vec<f64> =
        (0..options.passes.max(1)).map(|_| load.run(ticks) as f64 / (line_ms * channels as f64)).collect();
    load.check().map_err(MeasureError::NotCarried)?;
    passes.sort_by(f64::total_cmp);
    let (median_ns, least_ns) = (passes[passes.len() / 2], passes[0]);
    Ok(Figure { mix, channels, tick_frames: frames, median_ns, least_ns })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_the_same_in_a_table_and_in_json() {
        let figure =
            Figure { mix: Mix::Full, channels: 480, tick_frames: 8, median_ns: 80.0, least_ns: 75.04 };
        assert_eq!(figure.channels_per_core(), 12_500);
        assert_eq!(
            figure.json(),
            r#"{"mix":"full","channels":480,"tick_frames":8,"ns_per_channel_ms":80.00,"least_ns_per_channel_ms":75.04,"channels_per_core":12500}"#
        );
        assert_eq!(figure.to_string(), "full                  80.0          75.0             12500");
        assert_eq!(figure.to_string().len(), HEADING.len());
    }

    #[test]
    fn more_work_costs_more() {
        let options = Options { spans: 2, passes: 5, pass_ms: 50, ..Options::default() };
        let cost = |mix| measure(mix, &options).expect("a figure").least_ns;
        assert!(cost(Mix::Plain) < cost(Mix::Full));
    }
}
