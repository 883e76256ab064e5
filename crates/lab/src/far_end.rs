//! What is at the far ends of a simulated card's wires.
use hw_sim::{LinePort, SlotControl, WireControl};
use std::collections::BTreeMap;
use tandem_line::Framing;
use tandem_rt::{Next, Step};
use tandem_types::{Abcd, FrameTime, Frames, Timeslot};

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
    /// How they frame.
    pub framing: Framing,
    /// The slot that the card sits in, if it is one that can be pulled.
    pub slot: Option<SlotControl>,
}

/// Far ends that send idle frames and on-hook channels (abcd 1101, on T1 0000), and answer alarms as any terminal does.
#[derive(Debug)]
pub struct SilentEnds {
    ports: Vec<LinePort>,
    now: FrameTime,
}

impl SilentEnds {
    /// Lives at these ends.
    #[must_use]
    pub fn new(mut ports: Vec<LinePort>, framing: Framing) -> Self {
        let on_hook = if framing.is_t1() { T1_ON_HOOK } else { BLOCKED };
        for port in &mut ports {
            for timeslot in (0..32).filter_map(Timeslot::new) {
                let _ = port.set_abcd(timeslot, on_hook); // where there is no channel nothing is sent
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
const T1_ON_HOOK: Abcd = Abcd::new(0b0000);
/// The smallest value of A-law, as it is on the line (G.711 with even bits inverted).
const SILENCE: [u8; 32] = [0xd5; 32];
