//! What the timeslots of a generated span carry: random octets, or files.
use std::path::PathBuf;

use tandem_types::{Law, Timeslot};

use super::Framing;
use crate::failure::Failure;
use crate::stream::{CHUNK, Input};

/// A file for a timeslot, as asked for: `FILE`, or `TS=FILE`.
#[derive(Clone, Debug)]
pub(super) struct SlotArgument {
    timeslot: Option<Timeslot>,
    path: PathBuf,
}

impl SlotArgument {
    /// Reads an argument. Only a number before the `=` makes it a timeslot.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let with_number = text.split_once('=').and_then(|(number, path)| {
            let digits = !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
            digits.then_some((number, path))
        });
        let Some((number, path)) = with_number else {
            return Ok(Self { timeslot: None, path: text.into() });
        };
        let timeslot = number.parse().ok().and_then(Timeslot::new).filter(|slot| slot.number() > 0);
        match timeslot {
            Some(_) => Ok(Self { timeslot, path: path.into() }),
            None => Err("timeslots are 1 to 31".into()),
        }
    }
}

/// What differs between the timeslots of E1 and of T1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    last: usize,
    /// The timeslot that signalling takes.
    signalling: Option<usize>,
    idle: u8,
}

impl Layout {
    pub(super) fn new(framing: Framing, cas: bool) -> Self {
        match framing {
            Framing::E1(_) => {
                Self { last: 31, signalling: cas.then_some(SIGNALLING), idle: Law::A.idle_octet() }
            }
            Framing::T1(_) => Self { last: 24, signalling: None, idle: Law::Mu.idle_octet() },
        }
    }
}

/// Where the octets of the timeslots come from.
pub(super) enum Slots {
    /// All at random.
    Random(Random),
    /// From files; timeslots without one, or whose file has ended, are idle.
    Files(Files),
}

/// The files of timeslots, and what those without one send.
pub(super) struct Files {
    files: Box<[Option<SlotFile>; Timeslot::PER_FRAME]>,
    idle: u8,
}

impl Slots {
    /// Opens the files. Without a number a file goes to the timeslot after the one before, past the one that
    /// carries signalling.
    pub(super) fn open(arguments: &[SlotArgument], layout: Layout) -> Result<Self, Failure> {
        let mut files: Box<[Option<SlotFile>; Timeslot::PER_FRAME]> = Box::new([const { None }; 32]);
        let mut next = 1;
        for argument in arguments {
            let skip = usize::from(layout.signalling == Some(next));
            let slot = argument.timeslot.map_or(next + skip, Timeslot::index);
            let name = argument.path.display();
            if layout.signalling == Some(slot) {
                return Err(Failure::Input(format!(
                    "{name}: timeslot {slot} carries the signalling (--cas)"
                )));
            }
            let last = layout.last;
            let file = files
                .get_mut(slot)
                .filter(|_| slot <= last)
                .ok_or_else(|| Failure::Input(format!("{name}: there is no timeslot for it after {last}")))?;
            if file.is_some() {
                return Err(Failure::Input(format!("{name}: timeslot {slot} has a file already")));
            }
            *file = Some(SlotFile::open(&argument.path)?);
            next = slot + 1;
        }
        Ok(Self::Files(Files { files, idle: layout.idle }))
    }

    /// The files.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Input> {
        let files: &[Option<SlotFile>] = match self {
            Self::Random(_) => &[],
            Self::Files(files) => files.files.as_slice(),
        };
        files.iter().flatten().map(|file| &file.input)
    }

    /// The octets of the next frame; what is no timeslot is the framer's.
    pub(super) fn next(&mut self) -> Result<[u8; Timeslot::PER_FRAME], Failure> {
        match self {
            Self::Random(random) => {
                let mut frame = [0; Timeslot::PER_FRAME];
                for eight in frame.as_chunks_mut::<8>().0 {
                    *eight = random.word().to_be_bytes();
                }
                Ok(frame)
            }
            Self::Files(Files { files, idle }) => {
                let mut frame = [*idle; Timeslot::PER_FRAME];
                for (octet, file) in frame.iter_mut().zip(files.iter_mut()) {
                    if let Some(file) = file {
                        *octet = file.next()?.unwrap_or(*idle);
                    }
                }
                Ok(frame)
            }
        }
    }
}

/// A file with the octets of one timeslot.
pub(super) struct SlotFile {
    input: Input,
    octets: Vec<u8>,
    used: usize,
    filled: usize,
}

impl SlotFile {
    fn open(path: &std::path::Path) -> Result<Self, Failure> {
        Ok(Self { input: Input::open(path)?, octets: vec![0; CHUNK], used: 0, filled: 0 })
    }

    fn next(&mut self) -> Result<Option<u8>, Failure> {
        if self.used == self.filled {
            self.filled = self.input.read(&mut self.octets)?;
            self.used = 0;
        }
        let octet = self.octets[..self.filled].get(self.used).copied();
        self.used += usize::from(octet.is_some());
        Ok(octet)
    }
}

/// Random octets: the same seed gives the same capture, on every machine and in every version.
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits: a Weyl sequence, mixed (the generator known as SplitMix64).
    const fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

const SIGNALLING: usize = 16;
