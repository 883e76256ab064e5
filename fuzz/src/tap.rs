//! A tapped primary rate interface that hears anything at all of both ends.
use crate::Source;
use std::collections::BTreeMap;
use tandem_isdn::Side;
use tandem_isdn::tap::{Tap, TapEvent, TapState};
use tandem_types::{FrameTime, Frames};

/// Nothing panics, the calls have their bound, each call goes forward only and ends once, and with time all of them end.
pub fn tap(data: &[u8]) {
    let mut source = Source(data);
    let mut listener =
        Listener { tap: Tap::new(MOST_CALLS), now: FrameTime(8_000), states: BTreeMap::new(), next: [0; 2] };
    while !source.is_empty() {
        listener.stimulate(&mut source);
        assert!(listener.tap.calls().count() <= MOST_CALLS);
    }
    listener.fetch();
    for _ in 0..3 {
        listener.now += Frames::from_seconds(86_400);
        listener.tap.handle_timeout(listener.now);
        listener.fetch();
    }
    assert!(listener.states.values().all(|state| *state == TapState::Ended));
    assert_eq!((listener.tap.calls().count(), listener.tap.poll_timeout()), (0, None));
}

const MOST_CALLS: usize = 6;

struct Listener {
    tap: Tap,
    now: FrameTime,
    /// The last state of each call that was told.
    states: BTreeMap<u64, TapState>,
    /// N(S) of each end.
    next: [u8; 2],
}

impl Listener {
    fn stimulate(&mut self, source: &mut Source<'_>) {
        let (what, value) = (source.octet(), source.octet());
        let (from, end) = if what & 1 == 0 { (Side::User, 0) } else { (Side::Network, 1) };
        let first = |command: bool| if command == (end == 1) { 2 } else { 0 };
        match what >> 1 & 15 {
            0..=7 => {
                let ns = self.next[end].wrapping_add(if what & 0x20 == 0 { 0 } else { value & 3 }) & 0x7f;
                self.next[end] = (ns + 1) & 0x7f;
                let head = [first(true), 1, ns << 1, self.next[1 - end] << 1];
                self.hear(from, &[&head[..], &message(value, source)].concat());
            }
            8 => self.hear(from, &[first(true), 1, value << 1, source.octet(), 8, 1, value, value]),
            9 => self.hear(from, &[first(value & 1 == 0), 1, 0x01, value]),
            10 => {
                let control = [0x7f, 0x73, 0x53, 0x1f, 0x03, 0x0f, 0x97, 0xaf][usize::from(value & 7)];
                self.hear(from, &[first(matches!(control, 0x7f | 0x53 | 0x03)), 1, control]);
                self.next = [0; 2];
            }
            11 => self.hear(from, &(0..value % 32).map(|_| source.octet()).collect::<Vec<_>>()),
            12 => self.tap.deafened(self.now),
            13 => self.fetch(),
            14 => self.now += Frames::from_ms(u64::from(value) * 50),
            _ => {
                self.now = self.tap.poll_timeout().unwrap_or(self.now).max(self.now);
                self.tap.handle_timeout(self.now);
                assert!(self.tap.poll_timeout().is_none_or(|due| due > self.now), "what was due is done");
            }
        }
    }

    fn hear(&mut self, from: Side, octets: &[u8]) {
        self.tap.handle_frame(self.now, from, octets);
    }

    fn fetch(&mut self) {
        while let Some(event) = self.tap.poll_event() {
            let TapEvent::Call(call) = event else { continue };
            let before = self.states.insert(call.number, call.state);
            assert!(
                before.is_none_or(|before| before != TapState::Ended && before <= call.state),
                "{before:?}"
            );
            assert_eq!(call.ended.is_some(), call.state == TapState::Ended);
            assert!(call.called.len() <= 64 && call.calling.len() <= 64);
        }
    }
}

/// A message of an ordinary type, with a few references and any elements.
fn message(value: u8, source: &mut Source<'_>) -> Vec<u8> {
    const KINDS: [u8; 16] =
        [0x05, 0x05, 0x05, 0x02, 0x0d, 0x01, 0x07, 0x0f, 0x7b, 0x45, 0x4d, 0x5a, 0x46, 0x7d, 0x33, 0x6e];
    let kind = KINDS[usize::from(value & 15)];
    let reference = if kind == 0x46 { 0 } else { 1 + (value >> 4 & 7) };
    let mut octets = vec![8, 2, value & 0x80, reference, kind];
    for _ in 0..source.octet() & 3 {
        let octet = source.octet();
        octets.extend(match octet & 7 {
            0 | 1 => vec![0x18, 3, if octet & 8 == 0 { 0xa1 } else { 0xa9 }, 0x83, 0x80 | octet >> 4],
            2 => vec![0x70, 3, 0x81, b'1', b'0' + (octet >> 4)],
            3 => vec![0x6c, 3, 0x81, b'2', b'0' + (octet >> 4)],
            4 => vec![0x08, 2, 0x80, 0x80 | octet >> 3],
            5 => vec![0x79, 1, 0x80 | octet >> 3 & 7],
            6 => vec![0x14, 1, octet >> 3 & 3],
            _ => vec![0x2c, 1, b'0' + (octet >> 4)],
        });
    }
    octets
}
