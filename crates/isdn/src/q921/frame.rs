//! Frames of the data link (Q.921 §2 and §3), modulo 128, without flags and frame check sequence.
//!
//! [`Frame`] is a view of octets that are a valid frame, [`Repr`] is what they mean. Whether a frame is a command
//! or a response follows from its C/R bit and from the side that sent it, so reading and writing ask for that
//! side.
use core::fmt;

use crate::Side;

/// Octets of the address field.
const ADDRESS_LEN: usize = 2;
/// Address and control of an unnumbered frame.
pub(crate) const UNNUMBERED_LEN: usize = ADDRESS_LEN + 1;
/// Address and control of a frame with sequence numbers.
pub(crate) const NUMBERED_LEN: usize = ADDRESS_LEN + 2;
/// The P/F bit of an unnumbered frame's control field.
const UNNUMBERED_PF: u8 = 0x10;

/// Octets that are a valid frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'f> {
    octets: &'f [u8],
}

/// Why octets are no frame; such are discarded and nobody is told (§2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// §2.9 b: fewer octets than address and control field take.
    Short,
    /// §2.9 e: the address field does not have two octets.
    Address,
}

/// Why a valid frame cannot be understood: a frame rejection condition (§5.8.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The control field is not one of Table 5.
    Undefined,
    /// A frame without an information field has one.
    InformationNotPermitted,
    /// An FRMR whose information field has not five octets (§3.6.11).
    WrongSize,
}

impl<'f> Frame<'f> {
    /// The frame that `octets` are, if they are long enough and have an address of two octets.
    pub const fn new_checked(octets: &'f [u8]) -> Result<Self, Invalid> {
        let [first, rest @ ..] = octets else { return Err(Invalid::Short) };
        let [second, control, ..] = rest else {
            return Err(if *first & 1 == 1 { Invalid::Address } else { Invalid::Short });
        };
        if *first & 1 == 1 || *second & 1 == 0 {
            return Err(Invalid::Address);
        }
        let unnumbered = *control & 3 == 3;
        if !unnumbered && octets.len() < NUMBERED_LEN {
            return Err(Invalid::Short);
        }
        Ok(Self { octets })
    }

    /// Service access point identifier, 0 to 63.
    #[must_use]
    pub const fn sapi(&self) -> u8 {
        self.octets[0] >> 2
    }

    /// Terminal endpoint identifier, 0 to 127.
    #[must_use]
    pub const fn tei(&self) -> u8 {
        self.octets[1] >> 1
    }

    /// The C/R bit.
    #[must_use]
    pub const fn cr(&self) -> bool {
        self.octets[0] & 2 != 0
    }

    /// The frame whole.
    #[must_use]
    pub const fn octets(&self) -> &'f [u8] {
        self.octets
    }
}

/// What a control field says, with its sequence numbers and its P/F bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the fields are N(S), N(R) and the P, F or P/F bit
pub enum Control {
    /// Information.
    I { ns: u8, nr: u8, p: bool },
    /// Receive ready.
    Rr { nr: u8, pf: bool },
    /// Receive not ready.
    Rnr { nr: u8, pf: bool },
    /// Reject.
    Rej { nr: u8, pf: bool },
    /// Set asynchronous balanced mode extended.
    Sabme { p: bool },
    /// Disconnected mode.
    Dm { f: bool },
    /// Unnumbered information.
    Ui { p: bool },
    /// Disconnect.
    Disc { p: bool },
    /// Unnumbered acknowledgement.
    Ua { f: bool },
    /// Frame reject.
    Frmr { f: bool },
    /// Exchange identification.
    Xid { pf: bool },
}

/// The frames of Table 5/Q.921.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // their names are explained at `Control`
pub enum FrameKind {
    I,
    Rr,
    Rnr,
    Rej,
    Sabme,
    Dm,
    Ui,
    Disc,
    Ua,
    Frmr,
    Xid,
}

impl FrameKind {
    /// How many kinds there are.
    pub const COUNT: usize = 11;

    const fn name(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::Rr => "RR",
            Self::Rnr => "RNR",
            Self::Rej => "REJ",
            Self::Sabme => "SABME",
            Self::Dm => "DM",
            Self::Ui => "UI",
            Self::Disc => "DISC",
            Self::Ua => "UA",
            Self::Frmr => "FRMR",
            Self::Xid => "XID",
        }
    }
}

impl Control {
    /// Which frame of Table 5 it is.
    #[must_use]
    pub const fn kind(self) -> FrameKind {
        match self {
            Self::I { .. } => FrameKind::I,
            Self::Rr { .. } => FrameKind::Rr,
            Self::Rnr { .. } => FrameKind::Rnr,
            Self::Rej { .. } => FrameKind::Rej,
            Self::Sabme { .. } => FrameKind::Sabme,
            Self::Dm { .. } => FrameKind::Dm,
            Self::Ui { .. } => FrameKind::Ui,
            Self::Disc { .. } => FrameKind::Disc,
            Self::Ua { .. } => FrameKind::Ua,
            Self::Frmr { .. } => FrameKind::Frmr,
            Self::Xid { .. } => FrameKind::Xid,
        }
    }

    /// The P/F bit.
    #[must_use]
    pub const fn pf(self) -> bool {
        match self {
            Self::I { p: pf, .. } | Self::Sabme { p: pf } | Self::Ui { p: pf } | Self::Disc { p: pf } => pf,
            Self::Rr { pf, .. } | Self::Rnr { pf, .. } | Self::Rej { pf, .. } | Self::Xid { pf } => pf,
            Self::Dm { f: pf } | Self::Ua { f: pf } | Self::Frmr { f: pf } => pf,
        }
    }

    /// Table 5: `Some(true)` for what is always a command, `Some(false)` for what is always a response.
    #[must_use]
    pub const fn is_command(self) -> Option<bool> {
        match self {
            Self::I { .. } | Self::Sabme { .. } | Self::Ui { .. } | Self::Disc { .. } => Some(true),
            Self::Dm { .. } | Self::Ua { .. } | Self::Frmr { .. } => Some(false),
            Self::Rr { .. } | Self::Rnr { .. } | Self::Rej { .. } | Self::Xid { .. } => None,
        }
    }

    const fn numbers(self) -> Option<(Option<u8>, u8)> {
        match self {
            Self::I { ns, nr, .. } => Some((Some(ns), nr)),
            Self::Rr { nr, .. } | Self::Rnr { nr, .. } | Self::Rej { nr, .. } => Some((None, nr)),
            _ => None,
        }
    }

    /// Tables 4 and 5. `second` is the octet after the first of the control field, if there is one.
    const fn decode(first: u8, second: u8) -> Option<Self> {
        let (nr, pf) = (second >> 1, second & 1 == 1);
        if first & 1 == 0 {
            return Some(Self::I { ns: first >> 1, nr, p: pf });
        }
        match first {
            0x01 => return Some(Self::Rr { nr, pf }),
            0x05 => return Some(Self::Rnr { nr, pf }),
            0x09 => return Some(Self::Rej { nr, pf }),
            _ => {}
        }
        let pf = first & UNNUMBERED_PF != 0;
        match first & !UNNUMBERED_PF {
            0x6f => Some(Self::Sabme { p: pf }),
            0x0f => Some(Self::Dm { f: pf }),
            0x03 => Some(Self::Ui { p: pf }),
            0x43 => Some(Self::Disc { p: pf }),
            0x63 => Some(Self::Ua { f: pf }),
            0x87 => Some(Self::Frmr { f: pf }),
            0xaf => Some(Self::Xid { pf }),
            _ => None,
        }
    }

    /// The octets of the control field and their number.
    pub(crate) const fn encode(self) -> ([u8; 2], usize) {
        let pf = self.pf() as u8;
        match self {
            Self::I { ns, nr, .. } => ([ns << 1, nr << 1 | pf], 2),
            Self::Rr { nr, .. } => ([0x01, nr << 1 | pf], 2),
            Self::Rnr { nr, .. } => ([0x05, nr << 1 | pf], 2),
            Self::Rej { nr, .. } => ([0x09, nr << 1 | pf], 2),
            Self::Sabme { .. } => ([0x6f | pf << 4, 0], 1),
            Self::Dm { .. } => ([0x0f | pf << 4, 0], 1),
            Self::Ui { .. } => ([0x03 | pf << 4, 0], 1),
            Self::Disc { .. } => ([0x43 | pf << 4, 0], 1),
            Self::Ua { .. } => ([0x63 | pf << 4, 0], 1),
            Self::Frmr { .. } => ([0x87 | pf << 4, 0], 1),
            Self::Xid { .. } => ([0xaf | pf << 4, 0], 1),
        }
    }
}

/// What a frame means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr<'f> {
    /// Service access point identifier, 0 to 63.
    pub sapi: u8,
    /// Terminal endpoint identifier, 0 to 127.
    pub tei: u8,
    /// Whether the C/R bit makes it a command.
    pub command: bool,
    /// The control field.
    pub control: Control,
    /// The information field; empty where there is none.
    pub information: &'f [u8],
}

impl<'f> Repr<'f> {
    /// What `frame` means if `sender` sent it.
    pub fn parse(frame: &Frame<'f>, sender: Side) -> Result<Self, Rejection> {
        let octets = frame.octets();
        let second = octets.get(UNNUMBERED_LEN).copied().unwrap_or(0);
        let control = Control::decode(octets[ADDRESS_LEN], second).ok_or(Rejection::Undefined)?;
        let header = if control.numbers().is_some() { NUMBERED_LEN } else { UNNUMBERED_LEN };
        let information = octets.get(header..).unwrap_or(&[]);
        check_information(control, information)?;
        let command = frame.cr() == command_bit(sender);
        Ok(Self { sapi: frame.sapi(), tei: frame.tei(), command, control, information })
    }

    /// The number of octets that [`emit`](Self::emit) writes.
    #[must_use]
    pub const fn buffer_len(&self) -> usize {
        let (_, control) = self.control.encode();
        ADDRESS_LEN + control + self.information.len()
    }

    /// Writes the frame as `sender` sends it to the start of `into`; `None` if it does not fit.
    pub fn emit(&self, sender: Side, into: &mut [u8]) -> Option<usize> {
        let length = self.buffer_len();
        let into = into.get_mut(..length)?;
        let (control, size) = self.control.encode();
        let (header, information) = into.split_at_mut(ADDRESS_LEN + size);
        header[..ADDRESS_LEN].copy_from_slice(&address(self.sapi, self.tei, self.command, sender));
        header[ADDRESS_LEN..].copy_from_slice(&control[..size]);
        information.copy_from_slice(self.information);
        Some(length)
    }

    /// The C/R bit contradicts the control field: what only the other side sends came from here.
    #[must_use]
    pub fn is_misdirected(&self) -> bool {
        self.control.is_command().is_some_and(|command| command != self.command)
    }
}

impl fmt::Display for Repr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.command { "C" } else { "R" };
        let bit = if self.command { "P" } else { "F" };
        let (kind, pf) = (self.control.kind().name(), u8::from(self.control.pf()));
        write!(f, "LAPD SAPI={} TEI={} {direction} {kind} {bit}={pf}", self.sapi, self.tei)?;
        match self.control.numbers() {
            Some((Some(ns), nr)) => write!(f, " N(S)={ns} N(R)={nr}")?,
            Some((None, nr)) => write!(f, " N(R)={nr}")?,
            None => {}
        }
        match self.information.len() {
            0 => Ok(()),
            length => write!(f, " ({length} octets)"),
        }
    }
}

/// Which frames may carry information, and how much (§3.6).
const fn check_information(control: Control, information: &[u8]) -> Result<(), Rejection> {
    match control {
        Control::I { .. } | Control::Ui { .. } | Control::Xid { .. } => Ok(()),
        Control::Frmr { .. } if information.len() == 5 => Ok(()),
        Control::Frmr { .. } => Err(Rejection::WrongSize),
        _ if information.is_empty() => Ok(()),
        _ => Err(Rejection::InformationNotPermitted),
    }
}

/// Table 1: the C/R bit of a command.
const fn command_bit(sender: Side) -> bool {
    matches!(sender, Side::Network)
}

/// The address field (§3.2).
pub(crate) const fn address(sapi: u8, tei: u8, command: bool, sender: Side) -> [u8; ADDRESS_LEN] {
    let cr = (command == command_bit(sender)) as u8;
    [sapi << 2 | cr << 1, tei << 1 | 1]
}
