//! A small switch to test the exchange against: answers, plays prompts, puts callers together, and can be
//! told to do one thing wrong. Nothing of the engine is in it.
#![allow(dead_code, reason = "every test file uses a part")]
mod caller;

use caller::{Caller, Doing};
use hw_sim::exchange::{Exchange, ExchangeConfig, FarPort, Prompt};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tandem_dsp::g711;
use tandem_rt::Step;
use tandem_types::{Abcd, Defect, Defects, FrameTime, Law, TelephoneChannel};

pub(crate) const IDLE: u8 = 0xd5;
pub(crate) const ON_HOOK: Abcd = Abcd::new(0b1101);
pub(crate) const OFF_HOOK: Abcd = Abcd::new(0b0101);

/// What the switch does wrong, once, at the first chance after `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    FlipIdle,
    FlipPrompt,
    FlipMix,
    SelfInMix,
    MemberMissing,
    DeafToBargeIn,
    DeafToRoomDigit,
    Jitter,
    PromptRestarted,
    Crossed,
    SoundAfterClear,
    CutPromptForNoReason,
    /// Not once, but one bit of one octet of some slot every 3001 frames.
    FlipAnywhere,
    /// Not once, but one octet of every call, in turn at each of [`Edge`].
    FlipAtEdges,
    LateLeave,
}

/// Where something begins or ends, and where it goes on, for control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edge {
    BeforePrompt,
    FirstOfPrompt,
    BeforeSound,
    FirstSound,
    WithinPrompt,
    LastOfPrompt,
    AfterCut,
    FirstOfMix,
    WithinMix,
    LastOfMix,
    AfterClear,
}

pub(crate) struct FakeConfig {
    /// For each span, frames from the exchange to the switch and back.
    pub(crate) wires: Vec<(usize, usize)>,
    pub(crate) prompts: Vec<Arc<[i16]>>,
    pub(crate) fault: Fault,
    pub(crate) from: u64,
    /// Every so many calls the switch clears by itself.
    pub(crate) clears_every: u64,
    /// The switch mixes parties of different spans one tick late.
    pub(crate) sharded: bool,
    /// Callers come into rooms and leave them only at every so many frames, as when control is late.
    pub(crate) batch: u64,
}

pub(crate) struct Fake {
    pub(crate) config: FakeConfig,
    pub(crate) now: u64,
    pub(crate) spans: Vec<FakeSpan>,
    pub(crate) calls: u64,
    /// How often the fault struck.
    pub(crate) struck: u64,
    /// The octets flipped by [`Fault::FlipAnywhere`] and [`Fault::FlipAtEdges`]: when, on which span and slot.
    pub(crate) flips: Vec<(u64, usize, usize)>,
    /// Where each of them was, for the latter.
    pub(crate) edges: Vec<Edge>,
    rooms: BTreeMap<usize, Vec<(usize, usize)>>,
    sums: BTreeMap<usize, i32>,
    fault_until: Option<u64>,
    victim: Option<(usize, usize)>,
    /// The last ticks of all that was received, for parties heard late.
    past: VecDeque<Vec<[u8; 32]>>,
}

pub(crate) struct FakeSpan {
    to_switch: VecDeque<[u8; 32]>,
    from_switch: VecDeque<[u8; 32]>,
    pub(crate) rx_bits: [Abcd; 32],
    pub(crate) tx_bits: [Abcd; 32],
    pub(crate) callers: Vec<Caller>,
    rx: [u8; 32],
    pub(crate) cut: bool,
}

pub(crate) struct FakePort {
    switch: Arc<Mutex<Fake>>,
    span: usize,
}

impl FarPort for FakePort {
    fn exchange_frame(&mut self, slots: &[u8; 32]) -> Option<[u8; 32]> {
        let mut switch = self.switch.lock().expect("one thread");
        let cut = switch.spans[self.span].cut;
        let span = &mut switch.spans[self.span];
        span.to_switch.push_back(if cut { [IDLE; 32] } else { *slots });
        span.rx = span.to_switch.pop_front().expect("a wire has length");
        let heard = span.from_switch.pop_front().expect("a wire has length");
        if self.span + 1 == switch.spans.len() {
            switch.frame();
        }
        (!cut).then_some(heard)
    }

    fn set_bits(&mut self, channel: TelephoneChannel, bits: Abcd) {
        self.switch.lock().expect("one thread").spans[self.span].rx_bits[channel.timeslot().index()] = bits;
    }

    fn bits(&self, channel: TelephoneChannel) -> Option<Abcd> {
        Some(self.switch.lock().expect("one thread").spans[self.span].tx_bits[channel.timeslot().index()])
    }

    fn defects(&self) -> Defects {
        let cut = self.switch.lock().expect("one thread").spans[self.span].cut;
        if cut { Defects::only(Defect::Los) } else { Defects::NONE }
    }
}

/// An exchange at a fake switch.
pub(crate) fn bench(config: ExchangeConfig, fake: FakeConfig) -> (Exchange, Arc<Mutex<Fake>>) {
    let spans = fake.wires.len();
    let switch = Arc::new(Mutex::new(Fake::new(fake)));
    (Exchange::new(config, ports(&switch, spans)), switch)
}

pub(crate) fn ports(switch: &Arc<Mutex<Fake>>, spans: usize) -> Vec<Box<dyn FarPort>> {
    let port = |span| Box::new(FakePort { switch: Arc::clone(switch), span }) as Box<dyn FarPort>;
    (0..spans).map(port).collect()
}

pub(crate) fn run(exchange: &mut Exchange, from: u64, to: u64) {
    for tick in from / 8..to / 8 {
        exchange.step(FrameTime((tick + 1) * 8));
    }
}

/// Noise with the rhythm of syllables and some pauses: as varied as speech, and as quiet in between.
pub(crate) fn speech(seed: u64, length: usize) -> Arc<[i16]> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut low = 0.0_f64;
    (0..length)
        .map(|n| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let noise = (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
            low += 0.3 * (noise - low);
            let syllable = ((n as f64 / 1400.0 + seed as f64).sin() * 1.4).clamp(-0.3, 1.0) + 0.3;
            (low * syllable * 20_000.0) as i16
        })
        .collect()
}

pub(crate) fn prompt(seed: u64, length: usize) -> Arc<[i16]> {
    let mut samples = speech(seed, length).to_vec();
    samples[..300].fill(0);
    samples[length / 2..length / 2 + 900].fill(0);
    samples.into()
}

pub(crate) fn prompts() -> Vec<Arc<[i16]>> {
    vec![prompt(77, 24_000), prompt(78, 8_000)]
}

pub(crate) fn as_prompts(prompts: &[Arc<[i16]>]) -> Vec<Prompt> {
    prompts.iter().map(|samples| Prompt::new(Arc::clone(samples))).collect()
}

impl Fake {
    fn new(config: FakeConfig) -> Self {
        let span = |&(there, back): &(usize, usize)| FakeSpan {
            to_switch: VecDeque::from(vec![[IDLE; 32]; there]),
            from_switch: VecDeque::from(vec![[IDLE; 32]; back]),
            rx_bits: [ON_HOOK; 32],
            tx_bits: [ON_HOOK; 32],
            callers: (0..32).map(|_| Caller::default()).collect(),
            rx: [IDLE; 32],
            cut: false,
        };
        Self {
            spans: config.wires.iter().map(span).collect(),
            config,
            now: 0,
            calls: 0,
            struck: 0,
            flips: Vec::new(),
            edges: Vec::new(),
            rooms: BTreeMap::new(),
            sums: BTreeMap::new(),
            fault_until: None,
            victim: None,
            past: VecDeque::new(),
        }
    }

    /// Whether the fault is due here and now; it then lasts for `frames`.
    fn strikes(&mut self, fault: Fault, span: usize, slot: usize, frames: u64) -> bool {
        if self.config.fault != fault || self.now < self.config.from {
            return false;
        }
        if self.victim.is_none() {
            self.victim = Some((span, slot));
            self.fault_until = Some(self.now + frames);
        }
        let struck = self.victim == Some((span, slot)) && Some(self.now) < self.fault_until;
        self.struck += u64::from(struck);
        struck
    }

    fn frame(&mut self) {
        self.past.push_back(self.spans.iter().map(|span| span.rx).collect());
        if self.past.len() > 9 {
            self.past.pop_front();
        }
        for span in 0..self.spans.len() {
            for slot in (1..32).filter(|slot| *slot != 16) {
                self.work_caller(span, slot);
            }
        }
        self.note_rooms();
        let frames: Vec<[u8; 32]> = (0..self.spans.len()).map(|span| self.send(span)).collect();
        for (span, frame) in self.spans.iter_mut().zip(frames) {
            span.from_switch.push_back(frame);
        }
        self.now += 1;
    }

    fn send(&mut self, span: usize) -> [u8; 32] {
        let mut frame = [IDLE; 32];
        for slot in (1..32).filter(|slot| *slot != 16) {
            frame[slot] = self.octet(span, slot);
        }
        if self.config.fault == Fault::FlipAnywhere
            && self.now >= self.config.from
            && self.now.is_multiple_of(3001)
            && (self.now / 3001) as usize % self.spans.len() == span
        {
            let chance = mixed(self.now);
            let slot = (chance % 15) as usize + 1;
            frame[slot] ^= 1 << (chance >> 32 & 7);
            self.struck += 1;
            self.flips.push((self.now, span, slot));
        }
        if self.config.fault == Fault::FlipAtEdges && self.now >= self.config.from {
            for slot in (1..32).filter(|slot| *slot != 16) {
                frame[slot] = self.flip_at_edge(span, slot, frame[slot]);
            }
        }
        if self.config.fault == Fault::Crossed && self.crossing(span) {
            let (first, second) = self.two_in_conference(span);
            frame.swap(first, second);
        }
        frame
    }

    fn octet(&mut self, span: usize, slot: usize) -> u8 {
        let doing = self.spans[span].callers[slot].doing;
        match doing {
            Doing::Playing { number, at } => {
                let octet = g711::encode(Law::A, self.config.prompts[number][at]);
                let ripe = at == 5000;
                let flip = ripe && self.strikes(Fault::FlipPrompt, span, slot, 1);
                octet ^ u8::from(flip)
            }
            Doing::Conferring { room } => self.mix(span, slot, room),
            _ => {
                let free = doing == Doing::Free;
                let flip = free && self.strikes(Fault::FlipIdle, span, slot, 1);
                let sound = doing == Doing::Cleared && self.strikes(Fault::SoundAfterClear, span, slot, 4000);
                IDLE ^ u8::from(flip) ^ u8::from(sound)
            }
        }
    }

    fn flip_at_edge(&mut self, span: usize, slot: usize, octet: u8) -> u8 {
        let Some(edge) = self.spans[span].callers[slot].edge(self.now, &self.config) else { return octet };
        let flipped = octet ^ 1 << (mixed(self.now) >> 32 & 7);
        // Silence at the edge of a conference may be taken for its absence.
        if flipped == IDLE {
            return octet;
        }
        self.struck += 1;
        self.flips.push((self.now, span, slot));
        self.edges.push(edge);
        flipped
    }

    fn members(&self, room: usize) -> &[(usize, usize)] {
        self.rooms.get(&room).map_or(&[], Vec::as_slice)
    }

    /// Who is where is looked at once a frame.
    fn note_rooms(&mut self) {
        self.rooms.values_mut().for_each(Vec::clear);
        for (span, callers) in self.spans.iter().enumerate() {
            for (slot, caller) in callers.callers.iter().enumerate() {
                if let Some(room) = caller.room() {
                    self.rooms.entry(room).or_default().push((span, slot));
                }
            }
        }
        let said = |&(span, slot): &(usize, usize)| decode(self.spans[span].rx[slot]);
        let sums = self.rooms.iter().map(|(room, members)| (*room, members.iter().map(said).sum()));
        self.sums = sums.collect();
    }

    fn mix(&mut self, span: usize, slot: usize, room: usize) -> u8 {
        if self.config.fault == Fault::None && !self.config.sharded {
            let sum = self.sums.get(&room).copied().unwrap_or(0);
            return encode_sum(sum - decode(self.spans[span].rx[slot]));
        }
        let members = self.members(room).to_vec();
        let busy = members.len() > 2;
        let with_self = busy && self.strikes(Fault::SelfInMix, span, slot, 800);
        let first = members.iter().find(|member| **member != (span, slot));
        let loud = first.is_some_and(|(from, slot)| self.spans[*from].rx[*slot] & 0x60 != 0x40);
        let going_on = self.victim.is_some();
        let missing = busy && (loud || going_on) && self.strikes(Fault::MemberMissing, span, slot, 80);
        let late = busy && self.strikes(Fault::Jitter, span, slot, 800);
        let mut sum = 0;
        let others = members.iter().filter(|member| with_self || **member != (span, slot));
        for (from, member) in others.skip(usize::from(missing)) {
            let age = if self.config.sharded && *from != span { 8 } else { 0 } + usize::from(late);
            let row = &self.past[self.past.len().saturating_sub(1 + age)];
            sum += decode(row[*from][*member]);
        }
        let octet = encode_sum(sum);
        let flip = busy && self.strikes(Fault::FlipMix, span, slot, 1);
        octet ^ u8::from(flip)
    }

    fn crossing(&mut self, span: usize) -> bool {
        let (first, second) = self.two_in_conference(span);
        first != second && self.strikes(Fault::Crossed, span, 0, 2000)
    }

    /// Two callers of a span who are in different rooms.
    fn two_in_conference(&self, span: usize) -> (usize, usize) {
        let rooms: Vec<(usize, usize)> = (1..32)
            .filter_map(|slot| self.spans[span].callers[slot].room().map(|room| (slot, room)))
            .filter(|(_, room)| self.members(*room).len() > 1)
            .collect();
        let Some((slot, room)) = rooms.first() else { return (0, 0) };
        rooms.iter().find(|(_, other)| other != room).map_or((0, 0), |(other, _)| (*slot, *other))
    }
}

/// A number that looks like chance.
pub(crate) const fn mixed(number: u64) -> u64 {
    let product = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ product >> 29
}

fn decode(octet: u8) -> i32 {
    i32::from(g711::decode(Law::A, octet))
}

fn encode_sum(sum: i32) -> u8 {
    g711::encode(Law::A, sum.clamp(-32768, 32767) as i16)
}
