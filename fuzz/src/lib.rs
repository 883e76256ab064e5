//! The bodies of the fuzz targets: each takes any octets and panics when something is wrong.
//!
//! `cargo fuzz run TARGET` feeds them with what it finds; the tests feed them with the corpora.

mod abi;
mod analysis;
mod bank;
mod cas;
mod cid;
mod config;
mod dahdi;
mod deframer;
mod dtmf;
mod e1d;
mod echo;
mod fdl;
mod mf;
mod prompts;
mod q921;
mod q931;
mod t1;
mod tap;
mod tdmop;
mod tones;
mod voices;
mod wav;

pub use abi::abi;
pub use analysis::analysis;
pub use cas::cas;
pub use cid::cid;
pub use config::config;
pub use dahdi::dahdi;
pub use deframer::deframer;
pub use dtmf::dtmf;
pub use e1d::e1d;
pub use echo::echo;
pub use fdl::fdl;
pub use mf::mf;
pub use prompts::prompts;
pub use q921::q921;
pub use q931::q931;
pub use t1::t1;
pub use tap::tap;
pub use tdmop::{cesopsn, packet_span, satop, tdmoe};
pub use tones::tones;
pub use voices::voices;
pub use wav::wav;

use tandem_line::Symbols;

/// A target: its name, which is that of its corpus, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("abi", abi),
    ("analysis", analysis),
    ("cas", cas),
    ("cesopsn", cesopsn),
    ("cid", cid),
    ("config", config),
    ("dahdi", dahdi),
    ("deframer", deframer),
    ("dtmf", dtmf),
    ("e1d", e1d),
    ("echo", echo),
    ("fdl", fdl),
    ("mf", mf),
    ("packet_span", packet_span),
    ("prompts", prompts),
    ("q921", q921),
    ("q931", q931),
    ("satop", satop),
    ("t1", t1),
    ("tap", tap),
    ("tdmoe", tdmoe),
    ("tones", tones),
    ("voices", voices),
    ("wav", wav),
];

/// Feeds a target with the files named on the command line: what its program does without a fuzzer.
pub fn replay_arguments(target: fn(&[u8])) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        target(&std::fs::read(path)?);
    }
    Ok(())
}

/// A frame's worth of symbols from up to 64 octets, which are the planes of pulses, word by word.
fn symbols_of(octets: &[u8]) -> [Symbols; 4] {
    let mut planes = [0; 64];
    planes[..octets.len()].copy_from_slice(octets);
    let word = |at: usize| u64::from_be_bytes(std::array::from_fn(|n| planes[at + n]));
    std::array::from_fn(|n| Symbols { pos: word(n * 16), neg: word(n * 16 + 8) })
}

/// Octets taken off the front of an input one by one; zero when there are no more.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn octet(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
