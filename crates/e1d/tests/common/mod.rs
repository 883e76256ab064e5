//! A server with two looped cards, and a client that writes octets of its own.
#![allow(dead_code)] // each test takes what it needs
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use tandem_card::{Card, CrcMode, LineCode, LoopCard, OpenedCard, SpanConfig};
use tandem_e1d::{Board, Server};
use tandem_rt::sys::{Errno, GivenEnd, MessageSocket};

/// Where nobody listens yet.
pub(crate) fn place(name: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("tandem-e1d-{name}-{}-{number}.ctl", std::process::id()))
}

pub(crate) fn opened(card: impl Card + 'static) -> OpenedCard {
    OpenedCard { card: Box::new(card), world: None }
}

pub(crate) const E1: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false);

/// Interface 0 and interface 1 of so many lines each, joined line by line.
pub(crate) fn joined(name: &str, lines: usize) -> (Server, PathBuf) {
    let (a, b) = LoopCard::pair(lines, 8);
    let spans: Vec<_> = (0..2).flat_map(|card| (0..lines).map(move |port| (card, port, E1))).collect();
    let board = Board::new(vec![opened(a), opened(b)], &spans).expect("cards");
    let path = place(name);
    (Server::new(board, &path).expect("a free place"), path)
}

/// A client, octet by octet.
pub(crate) struct Client(pub(crate) MessageSocket);

pub(crate) type Answer = (Vec<u8>, Option<GivenEnd>);

impl Client {
    pub(crate) fn connect(server: &mut Server, path: &std::path::Path) -> Self {
        let client = Self(MessageSocket::connect(path).expect("it listens"));
        server.attend(0);
        client
    }

    pub(crate) fn send(&self, octets: &[u8]) {
        self.0.send(octets, None).expect("room");
    }

    /// What has come; no octets at the end of the connection.
    pub(crate) fn take(&self) -> Option<Answer> {
        let mut octets = [0; 4097];
        match self.0.receive_given(&mut octets) {
            Ok((count, given)) => Some((octets[..count].to_vec(), given)),
            Err(errno) => {
                assert!([Errno::AGAIN, Errno(104)].contains(&errno), "{errno}");
                None
            }
        }
    }

    /// Kind, interface, line, timeslot and what follows, with the header of its length.
    pub(crate) fn ask(&self, server: &mut Server, kind: u8, place: [u8; 3], payload: &[u8]) -> Answer {
        self.send(&message(kind, place, payload));
        server.attend_to_all();
        self.take().expect("an answer")
    }

    /// The payload of the answer, which is one to this kind.
    pub(crate) fn asked(&self, server: &mut Server, kind: u8, place: [u8; 3], payload: &[u8]) -> Vec<u8> {
        let (octets, given) = self.ask(server, kind, place, payload);
        assert!(given.is_none());
        assert_eq!(octets[..8], [0xe1, 1, octets.len() as u8, 0, 0x80 | kind, 0, 0, 0]);
        octets[8..].to_vec()
    }

    /// Opens a timeslot.
    pub(crate) fn open(&self, server: &mut Server, place: [u8; 3], mode: u8, octets: u8) -> GivenEnd {
        let (answer, given) = self.ask(server, 4, place, &[mode, 0, octets, 0]);
        assert_eq!(answer, [0xe1, 1, 14, 0, 0x84, 0, 0, 0, place[2], mode, 0, octets, 0, 0xa5]);
        given.expect("a descriptor")
    }
}

pub(crate) fn message(kind: u8, place: [u8; 3], payload: &[u8]) -> Vec<u8> {
    [&[0xe1, 1, 8 + payload.len() as u8, 0, kind], &place[..], payload].concat()
}

pub(crate) fn pass(server: &mut Server, ms: usize) {
    (0..ms).for_each(|_| server.tick());
}
