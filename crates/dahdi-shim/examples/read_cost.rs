//! What the preloaded library costs a program: user time of a read of 160 octets through it, and of the same read by the kernel
//! alone (of a copy of the descriptor that the library does not know). `cargo run --release -p tandem-dahdi-shim --example
//! read_cost`
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tandem_card::{LoopCard, OpenedCard};
use tandem_dahdi_server::{Board, Server};

const CHILD: &str = "TANDEM_READ_COST_CHILD";
const READS: u32 = 400_000;
const SET_BLOCKSIZE: u32 = 0x4004_da01;

fn main() {
    if std::env::var_os(CHILD).is_some() {
        return measure();
    }
    let program = std::env::current_exe().expect("a path");
    let library: PathBuf =
        program.ancestors().nth(2).expect("target/profile").join("libtandem_dahdi_shim.so");
    let path = std::env::temp_dir().join(format!("tandem-read-cost-{}.sock", std::process::id()));
    let (near, _far) = LoopCard::pair(1, 8);
    let cards = vec![OpenedCard { card: Box::new(near), world: None }];
    let board = Board::new(cards, &[(0, 0, false)]).expect("a card");
    let mut server = Server::new(board, &path, 1).expect("a free place");
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    // As fast as it can: the program never waits for time to pass.
    let work = move || {
        while !stopped.load(Ordering::Relaxed) {
            server.attend(0);
            server.tick();
        }
    };
    let thread = std::thread::Builder::new().spawn(work).expect("a thread");
    let ran = Command::new(program)
        .env(CHILD, "1")
        .env("LD_PRELOAD", library)
        .env("TANDEM_DAHDI_SOCKET", &path)
        .status()
        .expect("it runs");
    stop.store(true, Ordering::Relaxed);
    thread.join().expect("it does not fail");
    assert!(ran.success());
}

fn measure() {
    // SAFETY: a path that ends with a zero.
    let fd = unsafe { libc::open(c"/dev/dahdi/pseudo".as_ptr(), libc::O_RDWR) };
    assert!(fd >= 0, "the device opens");
    let mut size = 160_i32;
    // SAFETY: the request takes an integer.
    assert_eq!(unsafe { libc::ioctl(fd, SET_BLOCKSIZE as libc::Ioctl, &raw mut size) }, 0);
    // SAFETY: no pointers are passed.
    let copy = unsafe { libc::dup(fd) };
    for (name, fd) in [("by the kernel alone", copy), ("through the library", fd)] {
        let before = user_ns();
        let mut octets = [0_u8; 160];
        for _ in 0..READS {
            // SAFETY: there is room for so many octets.
            let count = unsafe { libc::read(fd, octets.as_mut_ptr().cast(), octets.len()) };
            assert!(count > 0);
        }
        println!("{name}: {} ns of user time a read", (user_ns() - before) / u64::from(READS));
    }
}

/// User time of this process.
fn user_ns() -> u64 {
    // SAFETY: all octets zero are a valid value, which the call fills.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    usage.ru_utime.tv_sec as u64 * 1_000_000_000 + usage.ru_utime.tv_usec as u64 * 1000
}
