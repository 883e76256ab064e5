//! A canceller on a line, with the meters of G.168 at its four ports.

use tandem_dsp::arch::InstructionSet;
use tandem_dsp::echo::{EchoCanceller, EchoOptions};
use tandem_dsp::g711;
use tandem_testkit::g168::{EchoPath, Meter};
use tandem_types::Law;

/// Length of all cancellers here: 64 ms.
pub(crate) const TAPS: usize = 512;

/// What a test is run over.
#[derive(Clone, Debug)]
pub(crate) struct Conditions {
    pub(crate) law: Law,
    /// The path, and another one for tests that change it.
    pub(crate) path: EchoPath,
    pub(crate) other: EchoPath,
    /// The level of the composite source signal to the line.
    pub(crate) receive_dbm0: f64,
}

pub(crate) type Source = Box<dyn Iterator<Item = f64>>;

pub(crate) fn silence() -> Source {
    Box::new(std::iter::repeat(0.0))
}

pub(crate) struct Line {
    law: Law,
    canceller: EchoCanceller<TAPS>,
    pub(crate) path: EchoPath,
    pub(crate) far: Source,
    pub(crate) near: Source,
    pub(crate) receive: Meter,
    pub(crate) generated: Meter,
    pub(crate) sent: Meter,
    /// The levels of what went to the line in the last 100 ms, which are the longest echo.
    recent: [f64; 100],
    /// The least by which what leaves the canceller is below the highest of them.
    pub(crate) least_loss_db: f64,
}

impl Line {
    /// A line on which nobody talks yet.
    pub(crate) fn new(conditions: &Conditions, options: EchoOptions) -> Self {
        Self {
            law: conditions.law,
            canceller: EchoCanceller::new(InstructionSet::detect(), options),
            path: conditions.path.clone(),
            far: silence(),
            near: silence(),
            receive: Meter::default(),
            generated: Meter::default(),
            sent: Meter::default(),
            recent: [-99.0; 100],
            least_loss_db: f64::MAX,
        }
    }

    pub(crate) fn set_options(&mut self, options: EchoOptions) {
        self.canceller.set_options(options);
    }

    pub(crate) fn canceller(&self) -> &EchoCanceller<TAPS> {
        &self.canceller
    }

    pub(crate) fn run(&mut self, ms: usize) {
        let through = |sample: f64| {
            g711::decode(self.law, g711::encode(self.law, sample.clamp(-32768.0, 32767.0) as i16))
        };
        for _ in 0..ms {
            let mut generated = [0.0; 8];
            let (mut receive, mut send) = ([0; 8], [0; 8]);
            for n in 0..8 {
                generated[n] = self.near.next().expect("endless");
                receive[n] = through(self.far.next().expect("endless"));
                send[n] = through(self.path.echo(f64::from(receive[n])) + generated[n]);
            }
            self.canceller.process(&receive, &mut send);
            for n in 0..8 {
                self.receive.take(f64::from(receive[n]));
                self.generated.take(generated[n]);
                // In A-law even silence has a level: −66 dBm0.
                self.sent.take(f64::from(send[n]));
            }
            self.recent.rotate_right(1);
            self.recent[0] = self.receive.dbm0();
            let receive = self.recent.iter().copied().fold(-99.0, f64::max);
            if receive > -45.0 {
                self.least_loss_db = self.least_loss_db.min(receive - self.sent.dbm0());
            }
        }
    }

    /// Forgets what the meters showed.
    pub(crate) fn begin_measurement(&mut self) {
        for meter in [&mut self.receive, &mut self.generated, &mut self.sent] {
            meter.highest();
        }
        self.least_loss_db = f64::MAX;
    }
}
