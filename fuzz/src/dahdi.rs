//! DAHDI programs that ask anything: wrong sizes, wrong devices, wrong order.
use crate::Source;
use tandem_card::{LoopCard, OpenedCard};
use tandem_dahdi_server::Board;
use tandem_types::dahdi::{RequestHeader, RequestKind, device_of_name};

/// Nothing panics or grows; every error is one that the driver has; whoever goes leaves nothing behind.
pub fn dahdi(data: &[u8]) {
    let (near, far) = LoopCard::pair(1, 8);
    let cards = [near, far].map(|card| OpenedCard { card: Box::new(card), world: None });
    let board = Board::new(cards.into(), &[(0, 0, false), (1, 0, true)]).expect("cards");
    let mut bench = Bench { board, open: Vec::new(), block: Vec::new() };
    let _ = device_of_name(data);
    let mut source = Source(data);
    while !source.is_empty() {
        bench.stimulate(&mut source);
    }
    for device in std::mem::take(&mut bench.open) {
        bench.board.close(device);
    }
    let first = bench.board.open("pseudo").expect("all others are closed");
    let mut number = vec![0; 4];
    bench.board.control(first, CHANNO, &mut number).expect("open");
    assert_eq!(number, 32_768_i32.to_ne_bytes(), "the numbers of all others are free");
}

struct Bench {
    board: Board,
    open: Vec<u64>,
    block: Vec<u8>,
}

impl Bench {
    fn stimulate(&mut self, source: &mut Source<'_>) {
        let what = source.octet();
        let device = self.device(source.octet());
        match what % 8 {
            0 => self.open(PATHS[usize::from(source.octet()) % PATHS.len()]),
            1 => {
                self.board.close(device);
                self.open.retain(|open| *open != device);
            }
            2 => {
                let octets = octets(source);
                match self.board.write(device, &octets) {
                    Ok(taken) => assert!(taken <= octets.len()),
                    Err(errno) => check(errno.0),
                }
            }
            3 => (0..what / 8).for_each(|_| self.board.tick()),
            4 => {
                if self.board.read(device, &mut self.block) {
                    assert!((1..=16_384).contains(&self.block.len()));
                }
                let shape = self.board.shape(device);
                assert!(shape.most <= 16_384);
                let _ = (self.board.is_urgent(device), self.board.has_room(device));
            }
            // A message as it comes from a program.
            5 => {
                let message = octets(source);
                if let Some((header, rest)) = RequestHeader::split(&message) {
                    self.handle(header, rest);
                }
            }
            _ => {
                let code = CODES[usize::from(source.octet()) % CODES.len()];
                let mut data = octets(source);
                if what & 0x40 == 0 {
                    // As long as it should be, or longer.
                    data.resize(data.len().max((code >> 16 & 0x3fff) as usize), 0);
                }
                self.control(device, code, data);
            }
        }
    }

    fn handle(&mut self, header: RequestHeader, rest: &[u8]) {
        match header.kind {
            RequestKind::Open => self.open(std::str::from_utf8(rest).unwrap_or_default()),
            RequestKind::Control => self.control(header.device, header.code, rest.to_vec()),
            RequestKind::Write => {
                let _ = self.board.write(header.device, rest);
            }
        }
    }

    fn open(&mut self, path: &str) {
        match self.board.open(path) {
            Ok(device) => self.open.push(device),
            Err(errno) => check(errno.0),
        }
        assert!(self.open.len() <= 1024);
    }

    fn control(&mut self, device: u64, code: u32, mut data: Vec<u8>) {
        let asked = data.len();
        match self.board.control(device, code, &mut data) {
            Ok(()) => assert!(data.len() <= asked, "no more than there is room for"),
            Err(errno) => {
                check(errno.0);
                assert!(data.is_empty());
            }
        }
    }

    /// One that is open, mostly.
    fn device(&self, number: u8) -> u64 {
        let place = usize::from(number) % (self.open.len() + 1);
        self.open.get(place).copied().unwrap_or(number.into())
    }
}

fn octets(source: &mut Source<'_>) -> Vec<u8> {
    let length = source.octet();
    (0..length).map(|_| source.octet()).collect()
}

/// E2BIG, EAGAIN, EFAULT, EBUSY, ENODEV, EINVAL, EMFILE, ENOTTY, ENOENT, ENXIO, ENOSYS.
fn check(errno: i32) {
    assert!([2, 6, 7, 11, 14, 16, 19, 22, 24, 25, 38, 61].contains(&errno), "{errno}");
}

const CHANNO: u32 = 0x8004_da22;
const PATHS: [&str; 10] =
    ["ctl", "channel", "timer", "pseudo", "transcode", "1", "55", "chan/001/003", "chan/002/024", "chan/9/9"];
/// All that programs ask, and some that nobody does.
const CODES: [u32; 66] = [
    0x8004_da01,
    0x4004_da01,
    0x4004_da03,
    0x0000_da04,
    0x8088_da05,
    0xc088_da05,
    0x4088_da05,
    0x4004_da07,
    0x8004_da08,
    0xc004_da09,
    0xc13a_da0a,
    0xc128_da0a,
    0x4008_da0b,
    0x800c_da0c,
    0xc00c_da0c,
    0x400c_da0c,
    0xc00c_da0d,
    0x400c_da0e,
    0x4004_da0f,
    0x8204_da10,
    0xc204_da10,
    0x4204_da10,
    0x4024_da12,
    0x404c_da13,
    0x4004_da14,
    0x4004_da15,
    0x8004_da16,
    0x4004_da16,
    0x4004_da18,
    0x4070_da19,
    0x4004_da1a,
    0x8018_da1b,
    0x4018_da1b,
    0x8018_da1d,
    0x4018_da1d,
    0x4104_da1f,
    0x4004_da20,
    0x4004_da21,
    0x4008_da21,
    0x8004_da22,
    0x8004_da23,
    0x4004_da24,
    0x4004_da25,
    0x4004_da26,
    0x4004_da27,
    0x4004_da28,
    0x8004_da2b,
    0x4004_da2b,
    0x4004_da2f,
    0x4004_da30,
    0x8004_da31,
    0x4004_da32,
    0x0000_da34,
    0x0000_da35,
    0x8004_da36,
    0x4004_da36,
    0xc010_da38,
    0x80a0_da39,
    0x4004_da3a,
    0x4014_da3b,
    0xc048_da50,
    0x4004_da63,
    0x4004_da64,
    0x4004_da65,
    0x4004_da69,
    0x8004_5430,
];
