//! Messages on the control socket of osmo-e1d from whoever connects to it, or listens at its place.
use crate::Source;
use tandem_card::{CrcMode, LineCode, LoopCard, OpenedCard, SpanConfig};
use tandem_e1d::Board;
use tandem_e1d::wire::{HEADER, InterfaceInfo, LONGEST, LineInfo, Message, Request, SlotInfo};
use tandem_rt::sys::GivenEnd;

/// Nothing panics; what is taken, written again, says the same and is no longer; infos of an answer come back octet by octet. A
/// board that is asked all of it answers with infos or with an error that is told, and whoever closes leaves nothing behind.
pub fn e1d(data: &[u8]) {
    check(data);
    // The same with a header that is right, so that what is behind it is reached.
    if let Some((kind, rest)) = data.split_first() {
        let rest = &rest[..rest.len().min(LONGEST)];
        let length = (5 + rest.len()) as u16;
        check(&[&[0xe1, 1], &length.to_le_bytes()[..], &[*kind], rest].concat());
    }
    let mut bench = Bench::new();
    let mut source = Source(data);
    while !source.is_empty() {
        bench.stimulate(&mut source);
    }
    bench.close();
}

fn check(octets: &[u8]) {
    let Ok(message) = Message::parse(octets) else { return };
    let mut out = [0; LONGEST];
    let length = message.emit(&mut out).expect("what was read can be written");
    assert!((HEADER..=octets.len()).contains(&length));
    assert_eq!(Message::parse(&out[..length]), Ok(message));
    if let Message::Answer { payload, .. } = message {
        if let Some(infos) = InterfaceInfo::all(payload) {
            assert_eq!(infos.flat_map(InterfaceInfo::to_octets).collect::<Vec<_>>(), payload);
        }
        if let Some(infos) = LineInfo::all(payload) {
            assert_eq!(infos.flat_map(LineInfo::to_octets).collect::<Vec<_>>(), payload);
        }
        if let Some(infos) = SlotInfo::all(payload) {
            // Of the flags of a timeslot one is known.
            let infos: Vec<SlotInfo> = infos.collect();
            let again: Vec<u8> = infos.iter().flat_map(|info| info.to_octets()).collect();
            assert!(SlotInfo::all(&again).expect("as long").eq(infos));
        }
    }
}

struct Bench {
    board: Board,
    given: Vec<GivenEnd>,
}

impl Bench {
    fn new() -> Self {
        let (a, b) = LoopCard::pair(2, 8);
        let cards = [a, b].map(|card| OpenedCard { card: Box::new(card), world: None });
        let e1 = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false);
        let board = Board::new(cards.into(), &[(0, 0, e1), (0, 1, e1), (1, 0, e1), (1, 1, e1)]);
        Self { board: board.expect("cards"), given: Vec::new() }
    }

    fn stimulate(&mut self, source: &mut Source<'_>) {
        let what = source.octet();
        match what % 8 {
            0 => (0..what >> 5).for_each(|_| self.board.tick()),
            1 => self.given.truncate(usize::from(what >> 3)),
            2 => self.board.take_events().for_each(drop),
            kind => {
                // Six kinds of requests, mostly to what there is.
                let place = [source.octet(), source.octet(), source.octet()];
                let [interface, line, slot] = if what & 0x80 == 0 {
                    [place[0] & 1, place[1] & 1, if place[2] < 64 { place[2] } else { 254 }]
                } else {
                    place
                };
                let count = usize::from(what >> 3 & 7);
                let payload: Vec<u8> = (0..count).map(|_| source.octet()).collect();
                let length = (HEADER + count) as u8;
                let header = [0xe1, 1, length, 0, (kind - 3) % 6 + (what >> 6 & 1), interface, line, slot];
                if let Ok(Message::Request(request)) = Message::parse(&[&header[..], &payload].concat()) {
                    self.ask(request);
                }
            }
        }
    }

    fn ask(&mut self, request: Request) {
        match self.board.handle(request) {
            Ok(reply) => {
                let infos = match request {
                    Request::Interfaces { .. } => InterfaceInfo::all(&reply.payload).map(|infos| infos.len()),
                    Request::Lines { .. } | Request::SetLineMode { .. } => {
                        LineInfo::all(&reply.payload).map(|infos| infos.len())
                    }
                    Request::Slots { .. } | Request::OpenSlot { .. } => {
                        SlotInfo::all(&reply.payload).map(|infos| infos.len())
                    }
                    Request::SetSaBits { .. } => reply.payload.is_empty().then_some(0),
                };
                assert!(infos.is_some_and(|count| count <= 32));
                assert_eq!(reply.given.is_some(), matches!(request, Request::OpenSlot { .. }));
                self.given.extend(reply.given);
            }
            Err(errno) => assert!(ERRORS.contains(&errno.0), "{errno}"),
        }
        assert!(self.board.open_slots() <= 4 * 32);
    }

    fn close(mut self) {
        self.given.clear();
        (0..102).for_each(|_| self.board.tick());
        assert_eq!(self.board.open_slots(), 0);
    }
}

/// EBUSY, ENODEV, EINVAL, EMFILE.
const ERRORS: [i32; 4] = [16, 19, 22, 24];
