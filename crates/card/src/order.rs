//! What a card is told to do with its lines besides carrying frames: loops, test defects, the choice of its clock.

use tandem_line::bert::Pattern;
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;
use tandem_line::t1::{Bom, LoopCode};

/// What a card can do besides carrying frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// It can take its clock from a span or from another card.
    pub clocks: bool,
    /// The loops it can close, by [`Loopback`] in the order of its members.
    pub loops: [bool; 3],
    /// It can put errors into what it sends, by [`LineError`] in the order of its members.
    pub errors: [bool; 4],
    /// It can send a remote alarm and AIS on demand.
    pub alarms: bool,
    /// On T1 it can send those of a customer installation.
    pub customer_alarms: bool,
    /// On E1 it sends and receives the national bits Sa4 to Sa8.
    pub sa_bits: bool,
    /// It sends and receives synchronisation status messages.
    pub sync_messages: bool,
    /// On T1 it commands loops at the far end, and closes those that the far end commands.
    pub loop_commands: bool,
    /// It closes those commanded to a network interface unit as well.
    pub network_loops: bool,
    /// The patterns with which it tests a whole line.
    pub line_tests: LineTests,
    /// A span can be set up anew while others run.
    pub changes: bool,
    /// Frames may be lost on their way: [`Card::lost_frames`](crate::Card::lost_frames) tells which.
    pub loses_frames: bool,
}

/// The patterns with which a card can test a whole line, framing and all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineTests {
    /// None.
    #[default]
    None,
    /// 2¹⁵ − 1.
    Prbs15,
    /// Those that test blocks of framers have: 2⁹ − 1, 2¹¹ − 1, 2¹⁵ − 1, the quasi-random signal, fixed patterns.
    Common,
    /// All.
    All,
}

impl LineTests {
    const fn include(self, pattern: Pattern) -> bool {
        match self {
            Self::None => false,
            Self::Prbs15 => matches!(pattern, Pattern::Prbs15),
            Self::Common => matches!(
                pattern,
                Pattern::Prbs9 | Pattern::Prbs11 | Pattern::Prbs15 | Pattern::Qrss | Pattern::Fixed { .. }
            ),
            Self::All => true,
        }
    }
}

impl Abilities {
    /// Whether the order can be done.
    #[must_use]
    pub const fn allow(&self, order: &LineOrder) -> bool {
        match order {
            LineOrder::Loop(None) => true,
            LineOrder::Loop(Some(which)) => self.loops[*which as usize],
            LineOrder::InsertError(which) => self.errors[*which as usize],
            LineOrder::SendAis(_) | LineOrder::SendRai(_) => self.alarms,
            LineOrder::SendAisCi(_) | LineOrder::SendRaiCi(_) => self.customer_alarms,
            LineOrder::SendSaBits(_) => self.sa_bits,
            LineOrder::SyncMessage(_) => self.sync_messages,
            LineOrder::ObeyLoops(LoopObedience::NetworkInterface) => self.network_loops,
            LineOrder::CommandLoop(_) | LineOrder::SendLoopCode(_) | LineOrder::ObeyLoops(_) => {
                self.loop_commands
            }
            LineOrder::TestLine(Some(pattern)) => self.line_tests.include(*pattern),
            LineOrder::TestLine(None) | LineOrder::InsertTestErrors(_) => {
                !matches!(self.line_tests, LineTests::None)
            }
        }
    }
}

/// Where a card takes its clock from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockSource {
    /// Its own oscillator; after a span, that oscillator as the span left it (holdover), where the card can.
    #[default]
    Internal,
    /// The clock recovered from the line of this span.
    Span(usize),
    /// Another card, by the timing cable.
    OtherCard,
}

/// A loop on a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    /// What the host sends comes back to it; the line sends on as before.
    Local = 0,
    /// What the line brings goes back to it, bit for bit; the host hears it too.
    Line = 1,
    /// The timeslots that the line brings go back to it in new frames.
    Payload = 2,
}

/// An error put into what is sent, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// A bipolar violation.
    Code = 0,
    /// An errored frame alignment signal; on T1 a framing bit.
    Framing = 1,
    /// An errored CRC.
    Crc = 2,
    /// An errored bit of traffic.
    Payload = 3,
}

/// An order for the line of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineOrder {
    /// Closes this loop and opens any other, or opens all.
    Loop(Option<Loopback>),
    /// Puts in an error.
    InsertError(LineError),
    /// Sends ones and nothing else, or no longer.
    SendAis(bool),
    /// Sends the remote alarm whatever is received, or no longer.
    SendRai(bool),
    /// Sends the ones of a customer installation of a T1 (AIS-CI) and nothing else, or no longer. They go before AIS.
    SendAisCi(bool),
    /// Sends the remote alarm of a customer installation (RAI-CI) on an extended superframe whatever is received, or no
    /// longer.
    SendRaiCi(bool),
    /// Sends these national bits on an E1, Sa4 in bit 4 to Sa8 in bit 0; at first all are 1. A synchronisation status
    /// message goes before the bit that carries it.
    SendSaBits(u8),
    /// Sends this synchronisation status message, on E1 in an Sa bit, and listens for the far end's; or no longer.
    SyncMessage(Option<(SaBit, Quality)>),
    /// Commands a loop at the far end of a T1, or its end, by a message in the data link of an extended superframe.
    CommandLoop(LoopCommand),
    /// Sends an in-band loop code on a T1 in place of traffic, or no longer. The far end wants it for five seconds.
    SendLoopCode(Option<LoopCode>),
    /// Closes the loops that the far end of a T1 commands to equipment of this kind.
    ObeyLoops(LoopObedience),
    /// Sends this pattern in place of every bit, framing too, and looks for it in every bit that comes, from the
    /// beginning; or no longer. What is found is in the status of the span.
    TestLine(Option<Pattern>),
    /// Sends so many bits of that pattern wrong.
    InsertTestErrors(u32),
}

/// Whose loops are closed on a T1 when the far end commands them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoopObedience {
    /// Nobody's.
    Nobody,
    /// Those of a customer installation.
    #[default]
    Customer,
    /// That of a network interface unit.
    NetworkInterface,
}

/// What the far end of a T1 is told of its loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopCommand {
    /// To send back all bits as they come.
    LineUp,
    /// To end that.
    LineDown,
    /// To send back the timeslots in new frames.
    PayloadUp,
    /// To end that.
    PayloadDown,
    /// The network interface on the way is to send back all bits.
    NetworkUp,
    /// All loops are to end.
    AllDown,
}

impl LoopCommand {
    /// The message that says so.
    pub(crate) const fn message(self) -> Bom {
        match self {
            Self::LineUp => Bom::LineLoopUp,
            Self::LineDown => Bom::LineLoopDown,
            Self::PayloadUp => Bom::PayloadLoopUp,
            Self::PayloadDown => Bom::PayloadLoopDown,
            Self::NetworkUp => Bom::NetworkLoopUp,
            Self::AllDown => Bom::UniversalLoopDown,
        }
    }
}
