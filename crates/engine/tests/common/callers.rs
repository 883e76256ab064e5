//! Scripted callers on E&M circuits, told by raw bits and frames.
use super::{Line, Script};
use std::collections::VecDeque;
use tandem_card::Frame;
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_dsp::g711;
use tandem_types::{Abcd, Law};

const ON_HOOK: u8 = 0b1101;
const OFF_HOOK: u8 = 0b0101;
const SILENCE: u8 = 0xd5;

/// What a caller does, so many frames after it was answered.
#[derive(Clone, Debug)]
pub enum Act {
    Press(&'static str),
    /// Speaks for so many milliseconds: syllables of 180 ms.
    Talk(u64),
    /// Says these samples.
    Say(Vec<i16>),
    /// Speaks a sine of this frequency until it hangs up.
    Tone(f64),
    HangUp,
}

/// One caller on one circuit.
pub struct Caller {
    pub span: usize,
    pub slot: usize,
    pub seize_at: u64,
    pub number: &'static str,
    pub plan: VecDeque<(u64, Act)>,
    /// How many frames after the seizure the caller gives up, if not answered.
    pub patience: Option<u64>,
    state: State,
    sending: VecDeque<u8>,
    tone: Option<f64>,
    /// All octets sent and heard since the seizure, with the frame of the first.
    pub sent: Vec<u8>,
    pub heard: Vec<u8>,
    pub answered_at: Option<u64>,
    pub cleared_at: Option<u64>,
}

#[derive(PartialEq)]
enum State {
    Idle,
    Dialling,
    Talking,
    Done,
}

impl Caller {
    pub fn new(span: usize, slot: usize, seize_at: u64, plan: &[(u64, Act)]) -> Self {
        Self {
            span,
            slot,
            seize_at,
            number: "1234",
            plan: plan.iter().cloned().collect(),
            patience: None,
            state: State::Idle,
            sending: VecDeque::new(),
            tone: None,
            sent: Vec::new(),
            heard: Vec::new(),
            answered_at: None,
            cleared_at: None,
        }
    }

    fn frame(&mut self, now: u64, heard: &Frame, send: &mut Frame, line: &mut Line) {
        let far_off_hook = line.heard[self.slot] == Abcd::new(OFF_HOOK);
        match self.state {
            State::Idle if now >= self.seize_at => {
                line.send[self.slot] = Abcd::new(OFF_HOOK);
                self.sending.extend([SILENCE; 1600]);
                self.sending.extend(dtmf(self.number));
                self.state = State::Dialling;
            }
            State::Dialling if far_off_hook => {
                self.answered_at = Some(now);
                self.state = State::Talking;
            }
            State::Dialling if self.patience.is_some_and(|most| now > self.seize_at + most) => {
                self.hang_up(now, line);
            }
            State::Talking if !far_off_hook => self.hang_up(now, line),
            _ => {}
        }
        if self.state == State::Talking {
            self.act(now, line);
        }
        if self.state != State::Idle && self.state != State::Done {
            let octet = self.sending.pop_front().unwrap_or_else(|| self.tone_at(now));
            send[self.slot] = octet;
            self.sent.push(octet);
            self.heard.push(heard[self.slot]);
        }
    }

    fn act(&mut self, now: u64, line: &mut Line) {
        let since = now - self.answered_at.expect("talking");
        while self.plan.front().is_some_and(|(at, _)| *at <= since) {
            match self.plan.pop_front().expect("there is one").1 {
                Act::Press(digits) => self.sending.extend(dtmf(digits)),
                Act::Talk(ms) => self.sending.extend(talk(ms)),
                Act::Say(samples) => {
                    self.sending.extend(samples.into_iter().map(|sample| g711::encode(Law::A, sample)));
                }
                Act::Tone(hz) => self.tone = Some(hz),
                Act::HangUp => return self.hang_up(now, line),
            }
        }
    }

    fn hang_up(&mut self, now: u64, line: &mut Line) {
        line.send[self.slot] = Abcd::new(ON_HOOK);
        self.cleared_at = Some(now);
        self.state = State::Done;
    }

    fn tone_at(&self, now: u64) -> u8 {
        let Some(hz) = self.tone else { return SILENCE };
        let phase = now as f64 * hz / 8000.0 * std::f64::consts::TAU;
        g711::encode(Law::A, (4000.0 * phase.sin()) as i16)
    }

    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }
}

/// All callers of a test, and one more thing to do with each frame.
pub struct Callers(pub Vec<Caller>);

impl Script for Callers {
    fn frame(&mut self, now: u64, span: usize, heard: &Frame, send: &mut Frame, line: &mut Line) {
        *send = [SILENCE; 32];
        for caller in self.0.iter_mut().filter(|caller| caller.span == span) {
            caller.frame(now, heard, send, line);
        }
    }
}

/// Syllables whose loudness rises and falls, some -12 dBm0.
fn talk(ms: u64) -> Vec<u8> {
    let sample = |n: u64| {
        let place = n as f64 / 1440.0 * std::f64::consts::TAU;
        let angle = n as f64 * 150.0 / 8000.0 * std::f64::consts::TAU;
        let voice: f64 = (1..=8).map(|k| (f64::from(k) * angle).sin() / f64::from(k)).sum();
        (4000.0 * (0.55 - 0.45 * place.cos()) * voice) as i16
    };
    (0..ms * 8).map(|n| g711::encode(Law::A, sample(n))).collect()
}

/// Digits of 60 ms with pauses of 60 ms.
pub fn dtmf(digits: &str) -> Vec<u8> {
    let frames = tandem_types::Frames::from_ms(60);
    let sender = DtmfSender { on: frames, off: frames, ..DtmfSender::default() };
    let mut generator = DtmfGenerator::new(Law::A, sender);
    generator.dial_str(digits).expect("digits");
    let mut samples = vec![0; digits.len() * 960];
    generator.fill(&mut samples);
    samples.into_iter().map(|sample| g711::encode(Law::A, sample)).collect()
}
