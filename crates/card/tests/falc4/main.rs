//! The falc4 driver against a small model of the card's registers. Numbers are those of `docs/cards/falc4.md`,
//! written out; the driver's own constants are not used.
mod accesses;
mod faults;
mod media;
mod model;
mod start;
mod status;

use model::Fake;
use tandem_card::{Card, Falc4Driver, Frame, SpanConfig};
use tandem_line::{CrcMode, LineCode};
use tandem_rt::MediaLoop;
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_types::{Defect, Defects, FrameTime, Frames};

/// Every test runs with it armed: what allocates or releases in a tick aborts.
#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

/// A started card whose spans are all set up the same way.
fn started(config: SpanConfig) -> (Fake, Falc4Driver<Fake>) {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let fake = Fake::new();
    let mut card = Falc4Driver::new(fake.clone()).expect("the model's VERSION");
    for span in 0..4 {
        card.configure(span, &config).expect("a span");
    }
    card.start().expect("a card that answers");
    (fake, card)
}

const CCS: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false);
const CAS: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::Off, true);

/// A media thread with one granule of span 0 in its hands.
struct Media {
    ticks: MediaLoop,
    frames: [Frame; 8],
}

impl Media {
    fn new() -> Self {
        Self { ticks: MediaLoop::new(FrameTime(0)), frames: [[0; 32]; 8] }
    }

    /// One service after `frames` frames, in which span 0 sends `octet` in every slot.
    fn turn(&mut self, card: &mut Falc4Driver<Fake>, frames: usize, octet: u8) {
        self.turn_behind(card, frames, 0, octet);
    }

    /// The same so many frames after it was due.
    fn turn_behind(&mut self, card: &mut Falc4Driver<Fake>, frames: usize, behind: u64, octet: u8) {
        let received = &mut self.frames;
        self.ticks.run_tick_behind(frames, Frames(behind), |tick| {
            card.service(tick);
            card.receive(tick, 0, received);
            card.transmit(tick, 0, &[[octet; 32]; 8]);
        });
    }

    /// For so long nothing was done; now it is made up for, tick by tick, while the card has gone on by itself.
    fn stall(&mut self, fake: &Fake, card: &mut Falc4Driver<Fake>, ms: u64) {
        for later in (0..ms).rev() {
            fake.model().ahead = 8 * later;
            self.turn_behind(card, 8, 8 * later, 1);
            assert_eq!(card.status(0).defects, Defects::NONE, "{ms} ms, {later} ms before its end");
        }
    }
}

/// What the spans of a card show that is gone.
fn gone() -> Defects {
    let mut defects = Defects::only(Defect::Los);
    defects.set(Defect::Card, true);
    defects
}
