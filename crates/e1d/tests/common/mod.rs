//! A server with two looped cards, and a client that writes octets of its own.
#![allow(dead_code)] // each test takes what it needs
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tandem_card::{
    Abilities, Card, CardError, CardInfo, CrcMode, Frame, LineCode, LineOrder, LoopCard, OpenedCard,
    SpanConfig, SpanStatus,
};
use tandem_e1d::{Board, Server};
use tandem_rt::MediaTick;
use tandem_rt::sys::{Errno, GivenEnd, MessageSocket};
use tandem_types::{Abcd, Timeslot};

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

/// A card that outlives the servers that move it, one after the other.
pub(crate) struct Kept<C>(Arc<Mutex<Inner<C>>>);

pub(crate) struct Inner<C> {
    pub(crate) card: C,
    /// What its line shows in place of what the card says.
    pub(crate) status: Option<SpanStatus>,
    /// Orders, as far as there is room.
    pub(crate) orders: Vec<LineOrder>,
}

/// What a server has of it.
struct Handle<C> {
    kept: Arc<Mutex<Inner<C>>>,
    info: CardInfo,
    status: SpanStatus,
    bits: [Abcd; Timeslot::PER_FRAME],
}

impl<C: Card> Kept<C> {
    pub(crate) fn new(card: C) -> Self {
        Self(Arc::new(Mutex::new(Inner { card, status: None, orders: Vec::with_capacity(8) })))
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner<C>> {
        self.0.lock().expect("nobody fails")
    }

    pub(crate) fn handle(&self) -> impl Card + use<C> {
        let info = self.inner().card.info().clone();
        let info = CardInfo { abilities: Abilities { sa_bits: true, ..info.abilities }, ..info };
        let (status, bits) = (SpanStatus::default(), [Abcd::default(); Timeslot::PER_FRAME]);
        Handle { kept: Arc::clone(&self.0), info, status, bits }
    }
}

impl<C> Handle<C> {
    fn inner(&self) -> MutexGuard<'_, Inner<C>> {
        self.kept.lock().expect("nobody fails")
    }
}

impl<C: Card> Card for Handle<C> {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        assert!(!config.framing.cas(), "no signalling bits are taken out of timeslot 16");
        self.inner().card.configure(span, config)
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.inner().card.start()
    }

    fn stop(&mut self) {
        self.inner().card.stop();
    }

    fn service(&mut self, tick: &MediaTick<'_>) {
        let mut inner = self.kept.lock().expect("nobody fails");
        inner.card.service(tick);
    }

    fn receive(&mut self, tick: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        let mut inner = self.kept.lock().expect("nobody fails");
        inner.card.receive(tick, span, frames);
        self.status = inner.status.unwrap_or(*inner.card.status(span));
    }

    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        self.inner().card.transmit(tick, span, frames);
    }

    fn received_bits(&self, _: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.bits
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, _: usize, _: Timeslot, _: Abcd) {}

    fn order(&mut self, _: &MediaTick<'_>, _: usize, order: &LineOrder) {
        let mut inner = self.inner();
        if inner.orders.len() < inner.orders.capacity() {
            inner.orders.push(*order);
        }
    }

    /// Of the span that was received last.
    fn status(&self, _: usize) -> &SpanStatus {
        &self.status
    }
}
