//! What is at the far ends of a simulated card's wires.
use hw_sim::{LinePort, WireControl};
use std::collections::BTreeMap;
use tandem_rt::{Next, Step};
use tandem_types::{Abcd, FrameTime, Frames, TelephoneChannel};

/// The far ends of one card, handed to whoever is to live there.
#[derive(Debug)]
pub struct FarEnds {
    /// What the configuration calls the card.
    pub card: String,
    /// All options of the card, also those that [`SimFactory::allow`](crate::SimFactory::allow) let through.
    pub options: BTreeMap<String, String>,
    /// The far end of each span.
    pub ports: Vec<LinePort>,
    /// The wire of each span. [`Way::AToB`](hw_sim::Way::AToB) leads from the card to the far end.
    pub wires: Vec<WireControl>,
}

/// Far ends that send idle frames and on-hook channels (abcd 1101), and answer alarms as any terminal does.
#[derive(Debug)]
pub struct SilentEnds {
    ports: Vec<LinePort>,
    now: FrameTime,
}

impl SilentEnds {
    /// Lives at these ends.
    #[must_use]
    pub fn new(mut ports: Vec<LinePort>) -> Self {
        for port in &mut ports {
            for channel in TelephoneChannel::all() {
                let _ = port.set_abcd(channel, BLOCKED); // only 0000 is ever refused
            }
        }
        Self { ports, now: FrameTime::ZERO }
    }
}

impl Step for SilentEnds {
    fn step(&mut self, now: FrameTime) -> Next {
        for _ in 0..now.since(self.now).0 {
            for port in &mut self.ports {
                port.exchange_frame(&SILENCE);
            }
        }
        self.now = self.now.max(now);
        Next::At(self.now + Frames(1))
    }
}

const BLOCKED: Abcd = Abcd::new(0b1101);
/// The smallest value of A-law, as it is on the line (G.711 with even bits inverted).
const SILENCE: [u8; 32] = [0xd5; 32];
