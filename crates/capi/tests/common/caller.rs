//! A card with somebody at the far end who calls: model `caller`, one E1 span of E&M circuits.
//!
//! On each of the slots 1 to `callers` (1) somebody seizes, dials 1234, waits for an answer, presses `presses`
//! after `wait_ms` (1000), and stays until the switch hangs up or `stay_ms` (20000) have passed. Slot 31
//! answers whoever is called there, after a second, and hangs up two seconds later. Given as raw bits.
use std::collections::VecDeque;
use tandem_card::{Card, CardFactory, CardRequest, FactoryError, LoopCard, OpenedCard};
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_dsp::g711;
use tandem_rt::{MediaLoop, MediaTick, Next, Step};
use tandem_types::{Abcd, FrameTime, Frames, Law, Timeslot};

const ON_HOOK: u8 = 0b1101;
const OFF_HOOK: u8 = 0b0101;
const SILENCE: u8 = 0xd5;
const GRANULE: usize = 8;

/// Makes cards of model `caller`, and cards of model `panic` in vain.
pub struct CallerFactory;

impl CardFactory for CallerFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["caller", "panic"]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        assert_ne!(request.model, "panic", "this model panics");
        let text = |name: &str| request.options.get(name).cloned();
        let number = |name: &str, default: u64| text(name).map_or(default, |text| text.parse().expect(name));
        let plan = Plan {
            presses: text("presses").unwrap_or_default(),
            wait: number("wait_ms", 1000) * 8,
            stay: number("stay_ms", 20_000) * 8,
        };
        let (near, far) = LoopCard::pair(1, GRANULE);
        let mut parties: Vec<Party> = (1..=number("callers", 1)).map(|slot| Party::new(slot as u8)).collect();
        parties.push(Party::new(31));
        let world = FarEnd { card: far, now: 0, plan, parties };
        Ok(OpenedCard { card: Box::new(near), world: Some(Box::new(world)) })
    }
}

struct Plan {
    presses: String,
    wait: u64,
    stay: u64,
}

struct FarEnd {
    card: LoopCard,
    now: u64,
    plan: Plan,
    parties: Vec<Party>,
}

/// Who is on one circuit.
struct Party {
    slot: u8,
    state: State,
    sending: VecDeque<u8>,
}

#[derive(Clone, Copy)]
enum State {
    Idle,
    /// Slot 31 only.
    Ringing {
        since: u64,
    },
    Dialled,
    Talking {
        since: u64,
        pressed: bool,
    },
    Done,
}

impl Party {
    fn new(slot: u8) -> Self {
        Self { slot, state: State::Idle, sending: VecDeque::new() }
    }

    /// Looks at the switch's bit and gives ours.
    fn step(&mut self, now: u64, their_off_hook: bool, plan: &Plan) -> u8 {
        let called = self.slot == 31;
        self.state = match self.state {
            State::Idle if called && their_off_hook => State::Ringing { since: now },
            State::Idle if !called && now >= 800 * u64::from(self.slot) => {
                self.sending.extend([SILENCE; 1600]);
                self.sending.extend(dtmf("1234"));
                State::Dialled
            }
            State::Ringing { since } if now >= since + 3 * 8000 => {
                State::Talking { since: now, pressed: true }
            }
            State::Dialled if their_off_hook => State::Talking { since: now, pressed: false },
            State::Talking { since, pressed: false } if now >= since + plan.wait => {
                self.sending.extend(dtmf(&plan.presses));
                State::Talking { since, pressed: true }
            }
            State::Talking { since, .. } if now >= since + if called { 16_000 } else { plan.stay } => {
                State::Done
            }
            State::Talking { .. } if !their_off_hook => State::Done,
            state => state,
        };
        match self.state {
            State::Idle | State::Ringing { .. } | State::Done => ON_HOOK,
            State::Dialled | State::Talking { .. } => OFF_HOOK,
        }
    }
}

impl Step for FarEnd {
    fn step(&mut self, now: FrameTime) -> Next {
        while self.now < now.0 {
            let start = self.now;
            // This is a simulated world: it runs beside the media section, not in it.
            MediaLoop::new(FrameTime(start)).run_tick(GRANULE, |tick| {
                self.card.service(tick);
                self.card.receive(tick, 0, &mut [[0; 32]; GRANULE]);
            });
            let (mut send, mut bits) = ([[SILENCE; 32]; GRANULE], Vec::new());
            for party in &mut self.parties {
                let slot = Timeslot::new(party.slot).expect("a slot");
                let off_hook = self.card.received_bits(0)[slot.index()] == Abcd::new(OFF_HOOK);
                bits.push((slot, party.step(start, off_hook, &self.plan)));
                for frame in &mut send {
                    frame[slot.index()] = party.sending.pop_front().unwrap_or(SILENCE);
                }
            }
            MediaLoop::new(FrameTime(start)).run_tick(GRANULE, |tick| self.send(tick, &send, &bits));
            self.now += GRANULE as u64;
        }
        Next::At(FrameTime(self.now) + Frames(GRANULE as u64))
    }
}

impl FarEnd {
    fn send(&mut self, tick: &MediaTick<'_>, frames: &[[u8; 32]], bits: &[(Timeslot, u8)]) {
        self.card.transmit(tick, 0, frames);
        for (slot, bits) in bits {
            self.card.set_bits(tick, 0, *slot, Abcd::new(*bits));
        }
    }
}

/// Digits of 60 ms with pauses of 60 ms.
fn dtmf(digits: &str) -> Vec<u8> {
    let frames = Frames::from_ms(60);
    let sender = DtmfSender { on: frames, off: frames, ..DtmfSender::default() };
    let mut generator = DtmfGenerator::new(Law::A, sender);
    generator.dial_str(digits).expect("digits");
    let mut samples = vec![0; digits.len() * 960];
    generator.fill(&mut samples);
    samples.into_iter().map(|sample| g711::encode(Law::A, sample)).collect()
}
